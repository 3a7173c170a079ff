#!/usr/bin/env python3
"""The agent against servers and files that are not as they should be: a clear error, nothing lost, no
crash, no secret in the log, and it goes on when all is well again."""
import os
import shutil
import unittest

import proxy
import stage
from vault_case import CONTENTS, CRASH, SECRET, VaultCase

HALF = b'{"request_id":"x","auth":{"client_token":"hvs.half-of-it'


class Case(VaultCase):
    def setUp(self):
        super().setUp()
        self.relay = proxy.Proxy(self.vault.port)
        self.addCleanup(self.relay.stop)
        self.run_ = stage.AgentRun(self.folder, self.relay.address, self.vault.service_account_token(), CONTENTS)
        self.run_.config["template_config"] = {}
        self.agent = None
        self.addCleanup(self.no_crash_and_no_secret)

    def no_crash_and_no_secret(self):
        if self.agent:
            self.agent.stop()
            self.assertNotRegex(self.agent.output(), CRASH)
            self.assertNotIn(SECRET, self.agent.output())
            self.assertNotIn("half-of-it", self.agent.output())

    def start(self):
        self.agent = self.run_.start()
        return self.agent

    def expect_says(self, pattern):
        self.assertTrue(self.agent.says(pattern), f"no {pattern!r} in:\n{self.agent.output()[-3000:]}")

    def expect_rendered(self, text=SECRET):
        self.assertTrue(stage.wait_until(lambda: self.run_.rendered() == text), self.agent.output()[-3000:])

    def sick(self, part, status, body, headers=None):
        """Answers that to requests with part in their path, until well() is called."""
        self.relay.fault = lambda seen: (status, body, headers or {}) if part in seen.path else None

    def well(self):
        self.relay.fault = lambda seen: None


class Answers(Case):
    def check(self, part, status, body, pattern, headers=None):
        with self.subTest(part=part, status=status):
            self.sick(part, status, body, headers)
            self.start()
            self.expect_says(pattern)
            self.well()
            self.expect_rendered()
            self.assertEqual(self.agent.stop(), 0, self.agent.output()[-2000:])
            self.no_crash_and_no_secret()
            for path in (self.run_.destination, self.run_.sink, os.path.join(self.folder, "log")):
                if os.path.exists(path):
                    os.remove(path)

    def test_html(self):
        page = b"<html><body>Welcome to the proxy</body></html>"
        self.check("/login", 200, page, "unreadable answer of 46 bytes(.|\n)*not Vault's")
        self.check("/secret/data/app", 200, page, "unreadable answer of 46 bytes(.|\n)*not Vault's")
        self.check("/login", 404, page, "Welcome to the proxy")

    def test_half_a_body(self):
        self.check("/login", 200, HALF, "error authenticating(.|\n)*(unexpected EOF|EOF)", {"Content-Length": "500"})
        self.check("/login", 200, HALF, "unreadable answer of")
        self.check("/secret/data/app", 200, HALF, r"vault\.read\(secret/data/app\)(.|\n)*EOF", {"Content-Length": "500"})

    def test_a_redirect_loop(self):
        here = self.relay.address
        self.check("/login", 307, b"", "nil auth info(.|\n)*redirect", {"Location": here + "/v1/auth/kubernetes/login"})
        self.check("/secret/data/app", 307, b"", "no secret exists at secret/data/app(.|\n)*redirect",
                   {"Location": here + "/v1/secret/data/app"})

    def test_ten_thousand_headers(self):
        headers = {f"X-Header-{number}": "value" for number in range(10_000)}
        self.check("/login", 200, b"{}", "server response headers exceeded 65536 bytes", headers)

    def test_no_content(self):
        self.check("/login", 204, b"", "authentication returned nil auth info")
        self.check("/secret/data/app", 204, b"", "no secret exists at secret/data/app")

    def test_an_answer_that_is_too_large(self):
        self.check("/secret/data/app", 200, b"x", "larger than|EOF|malformed", {"Content-Length": str(64 * 1024 * 1024)})


class Secrets(Case):
    def test_ten_megabytes(self):
        value = "0123456789abcdef" * (10 * 1024 * 1024 // 16)
        body = stage.json.dumps({"request_id": "x", "data": {"data": {"password": value}, "metadata": {"version": 1}}}).encode()
        self.sick("/secret/data/app", 200, body, {"Content-Type": "application/json"})
        self.start()
        self.assertTrue(stage.wait_until(lambda: len(self.run_.rendered()) == len(value)), self.agent.output()[-2000:])
        self.assertEqual(self.run_.rendered(), value)
        self.assertEqual(self.agent.stop(), 0)
        self.assertNotIn("0123456789abcdef", self.agent.output())


class Files(Case):
    def with_token(self, text):
        token = stage.read_text(self.run_.token_path)
        stage.write_text(self.run_.token_path, text(token))
        self.start()
        return token

    def test_token_file_with_a_newline_at_its_end(self):
        self.with_token(lambda token: token + "\n\n")
        self.expect_rendered()

    def test_token_file_with_a_newline_inside(self):
        token = self.with_token(lambda token: token[:40] + "\n" + token[40:])
        self.expect_says("holds blanks or control characters: it is no token")
        self.assertNotIn(token[:40], self.agent.output())
        stage.write_text(self.run_.token_path, token)
        self.expect_rendered()

    def test_token_file_with_nul(self):
        token = self.with_token(lambda token: token + "\0")
        self.expect_says("holds blanks or control characters: it is no token")
        stage.write_text(self.run_.token_path, token)
        self.expect_rendered()

    def test_token_file_with_nothing(self):
        token = self.with_token(lambda _: "")
        self.expect_says("is empty")
        stage.write_text(self.run_.token_path, token)
        self.expect_rendered()

    def test_token_of_token_file_with_a_newline_inside(self):
        path = os.path.join(self.folder, "own")
        stage.write_text(path, "hvs.one\nhvs.two")
        self.run_.config["auto_auth"]["method"] = {"type": "token_file", "config": {"token_file_path": path}}
        self.start()
        self.expect_says("configured Vault token contains non-printable characters and cannot be used")
        self.assertNotIn("hvs.one", self.agent.output())

    def test_a_folder_that_vanishes(self):
        place = os.path.join(self.folder, "deep")
        self.run_.destination = self.run_.config["template"][0]["destination"] = os.path.join(place, "out")
        self.run_.config["template"][0]["create_dest_dirs"] = True
        self.run_.config["template_config"]["static_secret_render_interval"] = "1s"
        self.start()
        self.expect_rendered()
        shutil.rmtree(place)
        self.vault.write("secret/data/app", {"data": {"password": SECRET}})
        self.expect_rendered()

    @unittest.skipUnless(os.path.exists("/sys/kernel"), "no file system here that refuses files")
    def test_a_file_system_that_takes_no_files(self):
        self.run_.config["template"][0]["destination"] = "/sys/kernel/leasehold-out"
        self.run_.config["template"].append({"contents": CONTENTS, "destination": self.run_.destination})
        self.start()
        self.expect_rendered()
        self.expect_says("error rendering(.|\n)*/sys/kernel/leasehold-out(.|\n)*(read-only|permission denied|not permitted)")
        self.assertEqual(self.relay.count("/login"), 1)


if __name__ == "__main__":
    unittest.main()
