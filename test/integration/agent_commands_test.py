#!/usr/bin/env python3
"""status, read, kv get, token, version, generate-config against a development server: words, columns,
channels and exit statuses, called by the name of the replaced program."""
import json
import os
import shutil
import unittest
import unittest.mock

import stage


class CommandCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = stage.tempfile.mkdtemp(prefix="leasehold-test.")
        os.chmod(cls.folder, 0o755)
        cls.vault = stage.Vault(os.path.join(cls.folder, "vault"))
        cls.vault.write("secret/data/app", {"data": {"password": "p1", "user": "anna"}})
        cls.vault.write("secret/data/folder/one", {"data": {"db-user": "x"}})
        cls.vault.write("sys/mounts/kv1", {"type": "kv", "options": {"version": "1"}})
        cls.vault.write("kv1/app", {"foo": "a", "ttl": "1h"})
        cls.command_line = stage.CommandLine(cls.folder)

    @classmethod
    def tearDownClass(cls):
        cls.vault.stop()
        shutil.rmtree(cls.folder, ignore_errors=True)

    def call(self, *words, token="root", **variables):
        if token:
            variables["VAULT_TOKEN"] = token
        return self.command_line.call(*words, **{"VAULT_ADDR": self.vault.address, **variables})

    def expect(self, done, status, stdout=None, stderr=None):
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        if stdout is not None:
            self.assertRegex(done.stdout, stdout)
        if stderr is not None:
            self.assertRegex(done.stderr, stderr)
        return done.stdout

    def new_token(self, **fields):
        return self.vault.write("auth/token/create", fields)["auth"]["client_token"]

    # --- status

    def test_status(self):
        out = self.expect(self.call("status", token=None), 0, r"^Key +Value\n--- +-----\nSeal Type +shamir\nInitialized +true\nSealed +false\n")
        self.assertRegex(out, r"\nHA Enabled +(false|true)\n")
        status = json.loads(self.expect(self.call("status", "-format=json"), 0))
        self.assertEqual((status["sealed"], status["n"]), (False, 1))
        self.assertEqual(self.expect(self.call("status", "-field=sealed"), 0), "false")

    def test_status_of_a_sealed_server(self):
        self.vault.seal()
        self.addCleanup(self.vault.unseal)
        self.expect(self.call("status"), 2, r"\nSealed +true\n(.*\n)*Unseal Progress +0/1\nUnseal Nonce +n/a\n")

    def test_status_without_a_server(self):
        self.expect(self.call("status", VAULT_ADDR=f"http://127.0.0.1:{stage.free_port()}"), 1, r"^$", r"^Error checking seal status: .*refused")
        self.expect(self.call("status", "extra"), 1, r"^$", r"Too many arguments \(expected 0, got 1\)")

    # --- read, kv get

    def test_read(self):
        self.expect(self.call("read", "kv1/app"), 0, r"^Key +Value\n--- +-----\nrefresh_interval +\S+\nfoo +a\nttl +1h\n$")
        self.assertEqual(self.expect(self.call("read", "-field=foo", "/kv1/app/"), 0), "a")
        answer = json.loads(self.expect(self.call("read", "-format=json", "kv1/app"), 0))
        self.assertEqual(answer["data"], {"foo": "a", "ttl": "1h"})
        self.assertEqual(json.loads(self.expect(self.call("read", "kv1/app", VAULT_FORMAT="json"), 0)), answer | {"request_id": unittest.mock.ANY})

    def test_read_what_is_not_there(self):
        self.expect(self.call("read", "kv1/none"), 2, r"^$", r"^No value found at kv1/none\n$")
        self.expect(self.call("read", "-field=x", "kv1/app"), 1, r"^$", r'^Field "x" not present in secret\n$')
        self.expect(self.call("read"), 1, r"^$", r"^Not enough arguments")
        self.expect(self.call("read", "-nosuch", "x"), 1, r"^$", r"^flag provided but not defined: -nosuch\n$")
        self.expect(self.call("read", "-format=xml", "x"), 1, r"^$", r"^Invalid output format: xml")
        self.expect(self.call("read", "kv1/app", "junk"), 1, r"^$", r'^Failed to parse K=V data: invalid key/value pair "junk": format must be key=value\n$')

    def test_read_refused(self):
        out = self.call("read", "kv1/app", token=self.new_token(policies=["default"]))
        self.expect(out, 2, r"^$", r"^Error reading kv1/app: Error making API request\.\n\nURL: GET http://\S+/v1/kv1/app\nCode: 403\. Errors:\n\n\* ")
        self.expect(self.call("read", "kv1/app", token=None), 2, r"^$", r"no token: set VAULT_TOKEN")

    def test_kv_get(self):
        out = self.expect(self.call("kv", "get", "secret/app"), 0)
        self.assertRegex(out, r"^= Secret Path =\nsecret/data/app\n\n=+ Metadata =+\nKey +Value\n--- +-----\ncreated_time +\S+\n"
                              r"custom_metadata +<nil>\ndeletion_time +n/a\ndestroyed +false\nversion +1\n\n"
                              r"====== Data ======\nKey         Value\n---         -----\npassword    p1\nuser        anna\n$")
        self.assertEqual(self.expect(self.call("kv", "get", "-mount=secret", "app"), 0), out)
        self.assertEqual(self.expect(self.call("kv", "get", "-field=user", "secret/app"), 0), "anna")
        self.assertEqual(json.loads(self.expect(self.call("kv", "get", "-format=json", "secret/app"), 0))["data"]["data"]["user"], "anna")
        self.expect(self.call("kv", "get", "kv1/app"), 0, r"^=+ Data =+\nKey    Value\n---    -----\nfoo    a\nttl    1h\n$")
        self.expect(self.call("kv", "get", "secret/none"), 2, r"^$", r"^No value found at secret/data/none\n$")
        self.expect(self.call("kv", "put", "secret/app"), 1, r"^$", r"Usage: vault kv get")

    # --- token

    def test_token_lookup(self):
        token = self.new_token(policies=["default"], ttl="1h")
        out = self.expect(self.call("token", "lookup", token=token), 0, r"^Key +Value\n--- +-----\naccessor +\S+\ncreation_time +\d+\ncreation_ttl +1h\n")
        self.assertRegex(out, r"\nid +" + token + r"\n(.*\n)*policies +\[default\]\n")
        self.assertEqual(self.expect(self.call("token", "lookup", "-field=creation_ttl", token=token), 0), "3600")
        self.expect(self.call("token", "lookup", "-format=json", token), 0, r'"id": "' + token + '"')
        self.expect(self.call("token", "lookup", token="hvs.nosuch"), 2, r"^$", r"^Error looking up token: Error making API request\.")

    def test_token_renew(self):
        token = self.new_token(policies=["default"], ttl="1h")
        for words in (("-self",), (), ("-increment=30m", "-self")):
            out = self.expect(self.call("token", "renew", *words, token=token), 0, r"^Key +Value\n--- +-----\ntoken +" + token + r"\ntoken_accessor +\S+\ntoken_duration +\S+\ntoken_renewable +true\n")
            self.assertRegex(out, r'\ntoken_policies +\["default"\]\nidentity_policies +\[\]\npolicies +\["default"\]\n')
        self.expect(self.call("token", "renew", "-increment=soon", token=token), 1, r"^$", r'^invalid value "soon" for flag -increment: ')
        self.expect(self.call("token", "renew", "-self", token="hvs.nosuch"), 2, r"^$", r"^Error renewing token: Error making API request\.")

    def test_token_revoke(self):
        token = self.new_token(policies=["default"])
        with open(os.path.join(self.folder, ".vault-token"), "w", encoding="utf-8") as file:
            file.write(token + "\n")
        self.addCleanup(os.unlink, os.path.join(self.folder, ".vault-token"))
        self.expect(self.call("token", "revoke", "other"), 1, r"^$", r"only the own token")
        self.expect(self.call("token", "revoke"), 1, r"^$", r"^Not enough arguments \(expected 1 or -self, got 0\)\n$")
        self.expect(self.call("token", "revoke", "-self", token=None), 0, r"^Success! Revoked token \(if it existed\)\n$")
        self.expect(self.call("token", "lookup", token=None), 2)

    # --- version, generate-config

    def test_version(self):
        out = self.expect(self.call("version"), 0, r"^Leasehold v\d+\.\d+\.\d+\n$")
        version = out.split("v", 1)[1].strip()
        self.assertEqual(self.expect(self.call("version", "-field=version"), 0), version)
        self.assertEqual(json.loads(self.expect(self.call("version", "-format=json"), 0)), {"version": version})
        self.assertEqual(self.expect(self.call("-version"), 0), out)

    def test_generate_config(self):
        done = self.call("agent", "generate-config", "-type=env-template", "-exec=./app arg", "-path=secret/app", "-path=secret/folder/*", "made.hcl")
        self.expect(done, 0, r'^Successfully generated "made\.hcl" configuration file!\n\nWarning: the generated file uses \'token_file\'')
        text = stage.read_text(os.path.join(self.folder, "made.hcl"))
        self.assertIn('env_template "APP_PASSWORD" {\n  contents             = "{{ with secret \\"secret/data/app\\" }}{{ .Data.data.password }}{{ end }}"\n'
                      "  error_on_missing_key = true\n}\n", text)
        self.assertIn('env_template "ONE_DB_USER"', text)
        self.assertIn('command                   = ["./app", "arg"]', text)
        self.assertIn(f'address = "{self.vault.address}"', text)
        self.expect(self.call("agent", "-config=made.hcl", "-test-verify-only"), 0)
        self.expect(self.call("agent", "generate-config"), 1, r"^$", r'^Please specify a -type flag; currently only -type="env-template" is supported\.\n$')


if __name__ == "__main__":
    unittest.main(verbosity=2)
