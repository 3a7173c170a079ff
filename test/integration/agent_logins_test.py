#!/usr/bin/env python3
"""Every login method against a real server: it logs in, renders, and says what is wrong when it cannot.
With VAULT_BIN the same against that server; `cert` needs one that has that method."""
import os
import subprocess
import unittest

import stage
from vault_case import CONTENTS, CRASH, SECRET, VaultCase


class Logins(VaultCase):
    TLS = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.vault.write("sys/auth/approle", {"type": "approle"})
        cls.vault.write("auth/approle/role/app", {"token_policies": "app", "token_ttl": "10m"})
        cls.role_id = cls.vault.api.must("GET", "/v1/auth/approle/role/app/role-id")["data"]["role_id"]
        cls.vault.write("sys/auth/userpass", {"type": "userpass"})
        cls.vault.write("auth/userpass/users/ann", {"password": "pw-of-ann", "token_policies": "app", "token_ttl": "10m"})

    def path(self, name, text=None):
        path = os.path.join(self.folder, name)
        if text is not None:
            stage.write_text(path, text)
        return path

    def start(self, kind, config, **auto_auth):
        run = stage.AgentRun(self.folder, self.vault.address, "", CONTENTS, self.vault.ca)
        run.config["auto_auth"]["method"] = {"type": kind, "mount_path": f"auth/{kind}", "config": config}
        run.config["auto_auth"].update(auto_auth)
        agent = run.start()
        self.addCleanup(self.end, agent)
        return run, agent

    def end(self, agent):
        agent.stop()
        self.assertNotRegex(agent.output(), CRASH)
        self.assertNotIn(SECRET, agent.output())
        self.assertNotIn("pw-of-ann", agent.output())

    def expect_rendered(self, run, agent):
        self.assertTrue(stage.wait_until(lambda: run.rendered() == SECRET), agent.output()[-3000:])

    def expect_says(self, agent, pattern):
        self.assertTrue(agent.says(pattern), f"no {pattern!r} in:\n{agent.output()[-3000:]}")

    def secret_id(self, wrap_ttl=None):
        headers = {"X-Vault-Wrap-TTL": wrap_ttl} if wrap_ttl else {}
        api = stage.HttpJson(self.vault.address, self.vault.ca, {"X-Vault-Token": "root", **headers})
        answer = api.must("POST", "/v1/auth/approle/role/app/secret-id", {})
        return answer["wrap_info"]["token"] if wrap_ttl else answer["data"]["secret_id"]

    def token(self):
        return self.vault.api.must("POST", "/v1/auth/token/create", {"policies": ["app"], "ttl": "10m"})["auth"]["client_token"]

    def test_approle_reads_and_removes_the_secret_id(self):
        run, agent = self.start("approle", {"role_id_file_path": self.path("role", self.role_id + "\n"),
                                            "secret_id_file_path": self.path("secret", self.secret_id() + "\n")})
        self.expect_rendered(run, agent)
        self.assertFalse(os.path.exists(self.path("secret")))
        self.assertTrue(os.path.exists(self.path("role")))

    def test_approle_unwraps_and_checks_who_wrapped(self):
        run, agent = self.start("approle", {"role_id_file_path": self.path("role", self.role_id),
                                            "secret_id_file_path": self.path("secret", self.secret_id("5m")),
                                            "secret_id_response_wrapping_path": "auth/approle/role/app/secret-id"})
        self.expect_rendered(run, agent)

    def test_approle_refuses_a_token_that_another_path_made(self):
        _, agent = self.start("approle", {"role_id_file_path": self.path("role", self.role_id),
                                          "secret_id_file_path": self.path("secret", self.secret_id("5m")),
                                          "secret_id_response_wrapping_path": "auth/approle/role/other/secret-id"})
        self.expect_says(agent, r"SECURITY: unable to validate wrapping token creation path: "
                                r"expected=auth/approle/role/other/secret-id found=auth/approle/role/app/secret-id")

    def test_approle_says_which_file_is_missing(self):
        _, agent = self.start("approle", {"role_id_file_path": self.path("role")})
        self.expect_says(agent, r"error getting path or data from method: error=\"no known role ID: \S+/role is not there\"")
        self.path("role", "")
        self.expect_says(agent, r"role ID file empty and no cached role ID known")

    def test_token_file(self):
        run, agent = self.start("token_file", {"token_file_path": self.path("token", self.token() + "\n")})
        self.expect_rendered(run, agent)
        self.assertTrue(stage.wait_until(lambda: stage.read_text(run.sink) == stage.read_text(self.path("token")).strip()))

    def test_token_file_with_a_bad_token_waits_for_a_good_one(self):
        run, agent = self.start("token_file", {"token_file_path": self.path("token", "hvs.nobody")})
        self.expect_says(agent, "token file validation failed, token may be invalid")
        self.path("token", self.token())
        self.expect_rendered(run, agent)

    def test_userpass_and_a_new_password_file(self):
        run, agent = self.start("userpass", {"username": "ann", "password_file_path": self.path("password", "wrong\n"),
                                             "password_read_period": "100ms"}, enable_reauth_on_new_credentials=True)
        self.expect_says(agent, "invalid username or password")
        self.path("password", "pw-of-ann\n")
        self.expect_rendered(run, agent)
        self.assertTrue(stage.wait_until(lambda: not os.path.exists(self.path("password"))))

    def make_jwt_mount(self):
        key, public = self.path("jwt.key"), self.path("jwt.pub")
        subprocess.run(["openssl", "genrsa", "-out", key, "2048"], check=True, stderr=subprocess.DEVNULL)
        subprocess.run(["openssl", "rsa", "-in", key, "-pubout", "-out", public], check=True, stderr=subprocess.DEVNULL)
        if "jwt/" not in self.vault.api.must("GET", "/v1/sys/auth")["data"]:
            self.vault.write("sys/auth/jwt", {"type": "jwt"})
        self.vault.write("auth/jwt/config", {"jwt_validation_pubkeys": [stage.read_text(public)]})
        self.vault.write("auth/jwt/role/app", {"role_type": "jwt", "user_claim": "sub", "bound_audiences": ["vault"],
                                               "token_policies": "app", "token_ttl": "10m"})
        return key

    def sign(self, key, subject):
        import base64
        import json
        import time

        def part(data):
            return base64.urlsafe_b64encode(data).rstrip(b"=")
        now = int(time.time())
        text = part(b'{"alg":"RS256","typ":"JWT"}') + b"." + part(json.dumps(
            {"sub": subject, "aud": "vault", "iat": now, "exp": now + 600}).encode())
        done = subprocess.run(["openssl", "dgst", "-sha256", "-sign", key], input=text, stdout=subprocess.PIPE, check=True)
        return (text + b"." + part(done.stdout)).decode()

    def test_jwt_logs_in_anew_when_the_file_changes(self):
        key = self.make_jwt_mount()
        run, agent = self.start("jwt", {"path": self.path("jwt.token", self.sign(key, "first")), "role": "app",
                                        "jwt_read_period": "100ms"}, enable_reauth_on_new_credentials=True)
        self.expect_rendered(run, agent)
        self.assertTrue(stage.wait_until(lambda: not os.path.exists(self.path("jwt.token"))), "the file is read and removed")
        first = stage.read_text(run.sink)
        self.path("jwt.token", self.sign(key, "second"))
        self.expect_says(agent, "auth method found new credentials, re-authenticating")
        self.assertTrue(stage.wait_until(lambda: stage.read_text(run.sink) not in ("", first)))

    def test_jwt_says_that_the_file_is_missing(self):
        self.make_jwt_mount()
        _, agent = self.start("jwt", {"path": self.path("no.jwt"), "role": "app"})
        self.expect_says(agent, r"latest known jwt is empty, cannot authenticate: \S+/no.jwt is not there")

    def test_min_backoff_over_max_ends_the_agent(self):
        run = stage.AgentRun(self.folder, self.vault.address, "", CONTENTS, self.vault.ca)
        run.config["auto_auth"]["method"].update(min_backoff="10s", max_backoff="5s")
        agent = run.start()
        self.assertEqual(agent.exit_status(), 1, agent.output()[-2000:])
        self.assertIn("auth handler: min_backoff cannot be greater than max_backoff", agent.output())

    def test_cert(self):
        if not os.environ.get("VAULT_BIN"):
            self.check_cert_without_method()
            return
        cert, key = self.path("client.pem"), self.path("client.key")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
                        "-subj", "/CN=app", "-addext", "extendedKeyUsage=clientAuth", "-keyout", key, "-out", cert],
                       check=True, stderr=subprocess.DEVNULL)
        self.vault.write("sys/auth/cert", {"type": "cert"})
        self.vault.write("auth/cert/certs/app", {"certificate": stage.read_text(cert), "token_policies": "app"})
        run, agent = self.start("cert", {"name": "app", "client_cert": cert, "client_key": key})
        self.expect_rendered(run, agent)

    def check_cert_without_method(self):
        """The development server lacks the method: the login goes out and its refusal is told."""
        _, agent = self.start("cert", {"name": "app"})
        self.expect_says(agent, r"URL: PUT https://\S+/v1/auth/cert/login")
        _, agent = self.start("cert", {"name": "app", "client_cert": self.path("no.pem"), "client_key": self.path("no.key")})
        self.expect_says(agent, r"error authenticating: error=.*no\.pem")


if __name__ == "__main__":
    unittest.main(verbosity=2)
