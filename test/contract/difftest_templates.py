"""difftest-templates: random templates, rendered by leasehold and by the real consul-template. A difference
shrinks to a row in the format of test/golden/templates, printed and appended to -rows FILE.

  difftest_templates.py [-count N] [-seconds N] [-seed N] [-rows FILE] [-peer PROGRAM] [-cases FOLDER]

The peer is the consul-template on PATH, started once a template, with data that needs no server. -peer names a
program that reads cases, one a line, and answers each with one line (output, output_base64 or error), as
`golden-templates -answer` does: faster, and it also gets secrets. Without a peer: SKIP.
Ends with "N passed, N failed"; a case whose answer by the peer changes from run to run counts as passed."""
import argparse
import base64
import glob
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

import template_maker

HERE = os.path.dirname(os.path.abspath(__file__))
ENVIRONMENT = {"APP_ENV": "production", "EMPTY": "", "PORT": "8080"}
RUNS_BEFORE_A_VERDICT = 4


class Lines:
    """A program that answers a line with a line. It is started anew when it dies: {"died": status}."""

    def __init__(self, command):
        self.command = command
        self.process = None

    def ask(self, case):
        if self.process is None:
            self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={})
        try:
            self.process.stdin.write(json.dumps(case).encode() + b"\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = b""
        if line:
            return json.loads(line)
        status = self.process.wait()
        self.process = None
        return {"died": status}


class ConsulTemplate:
    """One run of the program a template: 20 ms."""

    def __init__(self, program):
        self.program = program
        self.folder = tempfile.mkdtemp()
        self.source = os.path.join(self.folder, "t")
        self.target = os.path.join(self.folder, "out")

    def ask(self, case):
        if case.get("secrets") or case.get("lists") or case.get("options", {}).get("tz"):
            return None
        options = case.get("options", {})
        with open(self.source, "wb") as file:
            file.write(case["template"].encode())
        settings = {"source": self.source, "destination": self.target, "error_on_missing_key": options.get("missingkey") == "error"}
        for ours, theirs in (("left", "left_delimiter"), ("right", "right_delimiter"), ("denylist", "function_denylist")):
            if ours in options:
                settings[theirs] = options[ours]
        with open(os.path.join(self.folder, "c.json"), "w", encoding="utf-8") as file:
            json.dump({"template": [settings]}, file)
        if os.path.exists(self.target):
            os.remove(self.target)
        try:
            run = subprocess.run([self.program, "-once", "-log-level=err", "-config", os.path.join(self.folder, "c.json")],
                                 capture_output=True, env=case.get("env", {}), timeout=10, check=False)
        except subprocess.TimeoutExpired:
            return None
        if run.returncode != 0:
            text = run.stderr.decode("utf-8", "replace")
            found = text.find(self.source + ": ")
            return {"error": text[found + len(self.source) + 2:].rstrip("\n")} if found >= 0 else None
        with open(self.target, "rb") as file:
            output = file.read()
        try:
            return {"output": output.decode()}
        except UnicodeDecodeError:
            return {"output_base64": base64.b64encode(output).decode()}


# Addresses, and how the capacity of a list is shown.
LOOSE = [(re.compile(r"0x[0-9a-f]{6,16}"), "0xADDRESS"), (re.compile(r"cap=\d+"), "cap=N")]


def normal(answer):
    """What must agree: addresses and capacities are not ours to copy."""
    key, value = next(iter(answer.items()))
    for pattern, shown in LOOSE:
        value = pattern.sub(shown, value) if isinstance(value, str) else value
    if key == "error":
        value = value.replace("\r", "").strip()
    return key, value


class Comparison:
    def __init__(self, ours, peer, excuses):
        self.ours = ours
        self.peer = peer
        self.excuses = excuses

    def difference(self, case):
        """(ours, theirs), or None when they agree, the peer cannot tell or changes its mind."""
        theirs = self.peer.ask(case)
        if theirs is None or "timeout" in theirs or "died" in theirs or "bad" in theirs:
            return None
        mine = self.ours.ask(case)
        if normal(mine) == normal(theirs):
            return None
        if any(excuse(case, mine, theirs) for excuse in self.excuses):
            return None
        for _ in range(RUNS_BEFORE_A_VERDICT):
            again = self.peer.ask(case)
            if again is None or normal(again) == normal(mine) or normal(again) != normal(theirs):
                return None
        return mine, theirs

    def shrink(self, case, limit=400):
        """The smallest case found that still differs: tokens are taken out, longest stretches first."""
        tries = 0
        tokens = template_maker.TOKEN.findall(case["template"])
        size = max(1, len(tokens) // 2)
        while size >= 1 and tries < limit:
            place, shorter = 0, False
            while place < len(tokens) and tries < limit:
                tries += 1
                candidate = dict(case, template="".join(tokens[:place] + tokens[place + size:]))
                if candidate["template"] and self.difference(candidate):
                    tokens = tokens[:place] + tokens[place + size:]
                    case, shorter = candidate, True
                else:
                    place += size
            if not shorter or size > 1:
                size //= 2
        for key in ("options", "env", "lists", "secrets"):
            candidate = {name: value for name, value in case.items() if name != key}
            if key in case and self.difference(candidate):
                case = candidate
        return case


def not_offered(case, mine, theirs):
    """The functions that later versions leave out are offered on purpose (docs/differences.md)."""
    return "error" in theirs and re.search(r'function "sprig_\w+" not defined', theirs["error"]) is not None


def redacted(case, mine, theirs):
    """Errors hide leaves, and not what is empty or short, on purpose (docs/differences.md)."""
    return "[redacted]" in mine.get("error", "") + theirs.get("error", "")


def unordered(case, mine, theirs):
    """spew shows the entries of a map in the order of the moment."""
    def lines(answer):
        return sorted(line.rstrip(",") for line in str(answer.get("output")).splitlines())
    return "spew" in case["template"] and lines(mine) == lines(theirs)


def nested_deep(case, mine, theirs):
    return "max expression depth" in theirs.get("error", "") + mine.get("error", "")


def recorded(folder):
    cases = []
    for path in sorted(glob.glob(os.path.join(folder, "*.jsonl"))):
        with open(path, encoding="utf-8", newline="\n") as file:
            for line in file:
                case = json.loads(line)
                if not any(key in case for key in ("pattern", "error_pattern", "pki", "writes", "now", "files")) and "@DIR@" not in line:
                    if not re.search(r"writeToFile|plugin|sockaddr|timestamp|spew_dump|spew_printf|_rand|Now|_now|genPr|genCA|genS|executeTemplate|mustEnv", line):
                        cases.append(case)
    return cases


def find_peer(arguments):
    if arguments.peer:
        return Lines([arguments.peer])
    program = shutil.which("consul-template")
    return ConsulTemplate(program) if program else None


def signature(case, mine, theirs):
    """Alike for differences that look alike: to report each kind a few times only."""
    def shape(answer):
        return re.sub(r'\d+|"[^"]*"|<[^>]*>', "#", str(answer))[:60]
    names = sorted(set(re.findall(r"[a-zA-Z_]{4,}", re.sub(r'"[^"]*"|`[^`]*`', "", case["template"]))))
    return (tuple(names), next(iter(mine)), next(iter(theirs))) if "output" in mine and "output" in theirs else (shape(mine), shape(theirs))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-count", type=int, default=1000)
    parser.add_argument("-seconds", type=float, default=0)
    parser.add_argument("-seed", type=int, default=1)
    parser.add_argument("-rows")
    parser.add_argument("-peer")
    parser.add_argument("-full", action="store_true")
    parser.add_argument("-cases", default=os.path.join(HERE, "..", "golden", "templates"))
    parser.add_argument("-ours", default=os.path.join(os.environ.get("LEASEHOLD_BIN_DIR", "build/dev/bin"), "golden-templates"))
    arguments = parser.parse_args()
    peer = find_peer(arguments)
    if peer is None:
        print("SKIP no consul-template on PATH: nothing to compare with")
        return 0
    comparison = Comparison(Lines([arguments.ours, "-answer"]), peer, [not_offered, redacted, unordered, nested_deep])
    cases = recorded(arguments.cases)
    started, passed, failed, seen = time.monotonic(), 0, 0, {}
    number = arguments.seed
    while passed + failed < arguments.count if not arguments.seconds else time.monotonic() - started < arguments.seconds:
        chance = random.Random(number)
        maker = template_maker.Maker(chance, arguments.full)
        roll = chance.random()
        case = maker.changed(cases) if cases and roll < 0.3 else maker.probe() if roll < 0.75 else maker.template()
        if arguments.full:
            case.setdefault("options", {})["sprig"] = "full"
        if len(case["template"]) > 20000 or not case["template"]:
            number += 1
            continue
        case.setdefault("env", ENVIRONMENT)
        found = comparison.difference(case)
        if not found:
            passed += 1
        else:
            failed += 1
            small = comparison.shrink(case)
            mine, theirs = comparison.difference(small) or found
            kind = signature(small, mine, theirs)
            seen[kind] = seen.get(kind, 0) + 1
            if seen[kind] <= 2:
                row = {"name": f"difftest_{number}", **small, **theirs}
                print(json.dumps(row, ensure_ascii=False))
                print("  ours:", json.dumps(mine, ensure_ascii=False), flush=True)
                if arguments.rows:
                    with open(arguments.rows, "a", encoding="utf-8") as file:
                        file.write(json.dumps(row, ensure_ascii=False) + "\n")
        number += 1
    print(f"{passed} passed, {failed} failed")
    return 0 if failed == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
