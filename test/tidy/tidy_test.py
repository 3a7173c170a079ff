#!/usr/bin/env python3
"""Each check of tidy.py must find what is planted for it, and leave its neighbour alone."""
import os
import shutil
import tempfile
import unittest

import tidy

# (file, text, a word of the expected finding or None when nothing may be found)
PLANTED = (
    ("src/agent/a.cc", "co_spawn(x, f(), detached);\n", "TaskGroup"),
    ("src/agent/a.cc", "// detached children are bad\n", None),
    ("src/agent/a.cc", 'log("detached");\n', None),
    ("src/common/http/a.cc", "std::mutex m;\n", "io_context"),
    ("src/common/http/a.cc", "std::jthread t;\n", "io_context"),
    ("src/common/runtime/a.cc", "std::mutex m;\n", None),
    ("src/common/vault/a.cc", "std::atomic<int> n;\n", "snapshots"),
    ("src/injector/a.cc", "std::atomic<int> n;\n", None),
    ("src/agent/a.cc", 'auto h = std::getenv("HOME");\n', "flags"),
    ("src/common/flags/a.cc", 'auto h = std::getenv("HOME");\n', None),
    ("src/agent/a.cc", "std::this_thread::sleep_for(1s);\n", "Clock::sleep_for"),
    ("src/agent/a.cc", "co_await clock.sleep_for(1s);\n", None),
    ("src/agent/a.cc", "usleep(10);\n", "Clock::sleep_for"),
    ("src/devvault/a.cc", "auto t = std::chrono::system_clock::now();\n", "wall_now"),
    ("src/common/runtime/clock.cc", "return std::chrono::system_clock::now();\n", None),
    ("src/agent/a.cc", "int r = rand();\n", "dice"),
    ("include/leasehold/base/a.h", "#pragma once\nusing namespace std;\n", "using namespace"),
    ("src/agent/a.cc", "// TODO later\n", "issue"),
    ("src/agent/a.cc", "// TODO(#12) later\n", None),
    ("scripts/a.sh", "# TODO later\n", "issue"),
    ("scripts/a.sh", "cp /ro" "ot/x y\n", "every machine"),
    ("docs/a.md", "see /wo" "rk/main/x\n", "every machine"),
    ("docs/a.md", "see /home/vault/.vault-token\n", None),
    ("src/agent/a.cc", "#include <iostream>\n", "cstdio"),
    ("src/agent/a.h", "int f();\n", "pragma once"),
    ("include/leasehold/base/a.h", "#pragma once\n#include <nlohmann/json.hpp>\n", "third-party"),
    ("include/leasehold/base/a.h", "#pragma once\n#include <libpq-fe.h>\n", "third-party"),
    ("include/leasehold/base/a.h", "#pragma once\n#include <nlohmann/json_fwd.hpp>\n#include <string>\n", None),
    ("src/agent/a.cc", "#include <boost/beast/core.hpp>\n", "only in"),
)


class Planted(unittest.TestCase):
    def setUp(self):
        self.root = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.root, ignore_errors=True)

    def plant(self, path, text):
        full = os.path.join(self.root, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8") as file:
            file.write(text)

    def test_each_row(self):
        for path, text, word in PLANTED:
            with self.subTest(path=path, text=text):
                shutil.rmtree(self.root)
                self.plant(path, text)
                found = tidy.check_all(self.root)
                if word is None:
                    self.assertEqual(found, [])
                else:
                    self.assertEqual(len(found), 1, found)
                    self.assertIn(word, found[0])
                    self.assertTrue(found[0].startswith(path + ":"), found[0])

    def test_every_ban_has_a_row(self):
        for ban in tidy.BANS:
            rows = [text for path, text, word in PLANTED if word and path.startswith(ban.where)
                    and any(ban.regex.search(line) for line in text.splitlines())]
            self.assertTrue(rows, f"nothing is planted for {ban.pattern}")

    def test_the_number_of_beast_files(self):
        for folder, limit in (("src/common/http", tidy.BEAST_SOURCES_AT_MOST), ("test/unit/http", tidy.BEAST_TESTS_AT_MOST)):
            with self.subTest(folder=folder):
                for number in range(limit):
                    self.plant(f"{folder}/x{number}.cc", "#include <boost/beast/http.hpp>\n")
                self.assertEqual(tidy.check_all(self.root), [])
                self.plant(f"{folder}/one_too_many.cc", "#include <boost/beast/http.hpp>\n")
                self.assertEqual(len(tidy.check_all(self.root)), 1)
                shutil.rmtree(self.root)

    def test_a_header_that_does_not_compile_alone(self):
        if shutil.which("clang++-19") is None:
            self.skipTest("clang++-19 is missing")
        self.plant("include/leasehold/base/good.h", "#pragma once\n#include <string>\nstd::string f();\n")
        self.assertEqual(tidy.check_headers_alone(self.root), [])
        self.plant("include/leasehold/base/bad.h", "#pragma once\nstd::string f();\n")
        found = tidy.check_headers_alone(self.root)
        self.assertEqual(len(found), 1)
        self.assertIn("bad.h", found[0])


if __name__ == "__main__":
    unittest.main()
