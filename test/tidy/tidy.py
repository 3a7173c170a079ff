#!/usr/bin/env python3
"""House rules that a machine judges better than a reader: banned words each with its replacement,
where costly or third-party headers may stand, leftovers. Prints FILE:LINE: what, and what instead.

  tidy.py [ROOT]               all checks; exit status 1 when anything was found
  tidy.py --headers [ROOT]     compiles every contract header alone (needs clang++-19)
"""
import concurrent.futures
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field

CODE = (".cc", ".h")
TEXT = CODE + (".py", ".sh", ".md", ".cmake", ".txt", ".yaml", ".json")


@dataclass
class Ban:
    """A pattern that must not stand in the files below `where`, but may in those below `except_in`."""
    pattern: str
    instead: str
    where: tuple
    except_in: tuple = ()
    in_comments: bool = False
    suffixes: tuple = CODE
    regex: re.Pattern = field(init=False)

    def __post_init__(self):
        self.regex = re.compile(self.pattern)


BANS = (
    Ban(r"\bdetached\b", "TaskGroup::spawn: every child is awaited", ("src/", "include/")),
    Ban(r"std::(recursive_|shared_|timed_)?mutex\b|std::(jthread|thread)\b|std::condition_variable",
        "one thread and one io_context; threads live in runtime",
        ("src/", "include/"), ("src/common/runtime/", "include/leasehold/runtime/")),
    Ban(r"std::atomic\b", "values that one thread owns; snapshots are posted to the others",
        ("src/agent/", "src/common/"), ("src/common/runtime/", "src/common/log/")),
    # tls reads the variable that names OpenSSL's own store, which OpenSSL does not tell.
    Ban(r"\b(secure_)?getenv\s*\(", "the tables of flags", ("src/", "include/"), ("src/common/flags/", "src/common/tls/")),
    Ban(r"std::this_thread::sleep_(for|until)", "Clock::sleep_for", ("src/", "include/"), ("src/common/runtime/",)),
    Ban(r"\bu?sleep\s*\(\s*\d", "Clock::sleep_for", ("src/", "include/"), ("src/common/runtime/",)),
    # log stamps its lines, http asks whether a certificate has expired: neither decides by it.
    Ban(r"system_clock::now", "Clock::wall_now", ("src/", "include/"),
        ("src/common/runtime/", "src/common/log/", "src/common/http/")),
    Ban(r"\brand\s*\(\)|std::random_device", "the dice that is passed in", ("src/", "include/"),
        ("src/common/runtime/", "src/common/tls/")),
    Ban(r"^\s*using namespace\b", "names in full: a header imposes nothing", ("include/",)),
    Ban(r"\bTODO\b(?!\(#\d+\))", "TODO(#123), with the number of an issue", ("src/", "include/", "test/", "scripts/", "examples/", "cmake/", "docs/"),
        ("test/tidy/", "test/golden/", "test/fuzz/corpus/"), in_comments=True, suffixes=TEXT),
    Ban(r"(?<![\w.])/(work|root|home/(?!vault\b)[a-z]+)/|/tmp/(b|h)/", "a path that every machine has", ("",),
        ("test/tidy/", "test/golden/", "test/fuzz/corpus/"), in_comments=True, suffixes=TEXT),
    Ban(r"#\s*include\s*<iostream>", "<cstdio>, or the log: iostream costs a static constructor", ("src/", "include/")),
)

BEAST_SOURCES_AT_MOST, BEAST_TESTS_AT_MOST = 6, 3
BEAST_HOME = "src/common/http/"

# What a contract may include of others: the coroutine type, executors, the result type, forward declarations.
THIRD_PARTY_IN_CONTRACTS = {
    "boost/asio/any_io_executor.hpp", "boost/asio/awaitable.hpp", "boost/asio/cancellation_type.hpp",
    "boost/asio/this_coro.hpp", "boost/asio/cancellation_signal.hpp", "boost/asio/error.hpp",
    "boost/system/result.hpp", "boost/system/error_code.hpp", "nlohmann/json_fwd.hpp",
}


def files_of(root):
    """Tracked files where there is a repository, else all, without build folders."""
    try:
        listed = subprocess.run(["git", "-C", root, "ls-files", "-co", "--exclude-standard"], check=True, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout.splitlines()
    except (OSError, subprocess.CalledProcessError):
        listed = [os.path.relpath(os.path.join(folder, name), root)
                  for folder, _, names in os.walk(root) for name in names]
        listed = [path for path in listed if not path.startswith(("build/", ".git/"))]
    return sorted(path for path in listed if path.endswith(TEXT) and os.path.isfile(os.path.join(root, path)))


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8", errors="replace") as file:
        return file.read()


def without_comments(text):
    """C++ text with comments and string contents blanked out, line numbers kept."""
    pattern = r'R"(\w*)\((?:.|\n)*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|//[^\n]*|/\*(?:.|\n)*?\*/'

    def blank(match):
        found = match.group(0)
        keep = '""' if found.startswith(('"', "R")) else "' '" if found.startswith("'") else ""
        return keep + "\n" * found.count("\n")

    return re.sub(pattern, blank, text)


def check_bans(path, text):
    bare = without_comments(text) if path.endswith(CODE) else text
    for ban in BANS:
        if not path.endswith(ban.suffixes) or not path.startswith(ban.where) or path.startswith(ban.except_in or ("\0",)):
            continue
        for number, line in enumerate((text if ban.in_comments else bare).splitlines(), 1):
            found = ban.regex.search(line)
            if found:
                yield f"{path}:{number}: '{found.group(0).strip()}' is not used here; instead: {ban.instead}"


def includes(text):
    return re.findall(r'^\s*#\s*include\s*<([^>]+)>', text, re.MULTILINE)


def check_headers(path, text):
    if path.endswith(".h") and "#pragma once" not in text:
        yield f"{path}:1: a header begins with #pragma once"
    if path.startswith("include/"):
        for name in includes(text):
            if ("/" in name and not name.startswith("sys/") or name.endswith((".hpp", ".h")) and "/" not in name) \
                    and name not in THIRD_PARTY_IN_CONTRACTS:
                yield f"{path}:1: <{name}> stands in a contract; third-party headers belong in a .cc"


def check_beast(files):
    """Beast with TLS costs 24 s a file, 50 s under the address sanitizer."""
    users = [path for path, text in files.items()
             if path.endswith(CODE) and any(name.startswith("boost/beast") for name in includes(text))]
    for path in users:
        if path.startswith(("src/", "include/")) and not (path.startswith(BEAST_HOME) and path.endswith((".cc", ".h"))):
            yield f"{path}:1: Beast headers stand only in {BEAST_HOME}"
    for limit, folder in ((BEAST_SOURCES_AT_MOST, "src/"), (BEAST_TESTS_AT_MOST, "test/")):
        inside = [path for path in users if path.startswith(folder) and path.endswith(".cc")]
        if len(inside) > limit:
            yield f"{folder}: {len(inside)} files include Beast, at most {limit} may: {', '.join(inside)}"


def check_all(root):
    files = {path: read(root, path) for path in files_of(root)}
    found = []
    for path, text in files.items():
        found += check_bans(path, text)
        if path.endswith(CODE):
            found += check_headers(path, text)
    return found + list(check_beast(files))


def compile_alone(root, header):
    words = ["clang++-19", "-std=c++20", "-fsyntax-only", "-Wall", "-Werror", "-Wno-pragma-once-outside-header",
             "-I", os.path.join(root, "include"), "-x", "c++", os.path.join(root, "include", header)]
    done = subprocess.run(words, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return f"include/{header}:1: does not compile alone\n{done.stdout}" if done.returncode else None


def check_headers_alone(root):
    headers = [os.path.relpath(os.path.join(folder, name), os.path.join(root, "include"))
               for folder, _, names in os.walk(os.path.join(root, "include")) for name in names if name.endswith(".h")]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return [found for found in pool.map(lambda h: compile_alone(root, h), sorted(headers)) if found]


def main():
    words = sys.argv[1:]
    alone = "--headers" in words
    rest = [w for w in words if w != "--headers"]
    root = rest[0] if rest else os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
    found = check_headers_alone(root) if alone else check_all(root)
    print("\n".join(found) if found else "nothing found")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
