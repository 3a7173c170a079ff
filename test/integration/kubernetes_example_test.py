#!/usr/bin/env python3
"""examples/agent-init-container.yaml: the init container of Vault's documentation renders, and each of its
usual slips is named by lint and by the agent's first error line."""
import os
import re
import subprocess
import textwrap
import unittest

import stage
from vault_case import VaultCase

EXAMPLE = os.path.join(stage.SOURCE_DIR, "examples", "agent-init-container.yaml")
ERROR_LINE = re.compile(r"^(error loading .*|\S+ \[ERROR\] .*)\n", re.M)


class ExampleCase(VaultCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.vault.write("secret/data/myapp/config", {"data": {"username": "appuser", "password": "suP3rsec"}})
        cls.vault.write("auth/kubernetes/role/example", {
            "bound_service_account_names": "app", "bound_service_account_namespaces": "demo", "token_policies": "app", "token_ttl": "10m"})

    def setUp(self):
        super().setUp()
        for name in ("etc", "home", "secrets"):
            os.makedirs(os.path.join(self.folder, name))
        self.manifest = stage.read_text(EXAMPLE)

    def slip(self, right, wrong):
        self.assertIn(right, self.manifest)
        self.manifest = self.manifest.replace(right, wrong)

    def lint(self, *flags):
        path = os.path.join(self.folder, "pod.yaml")
        stage.write_text(path, self.manifest)
        done = subprocess.run([stage.program("leasehold-agent", "AGENT_BIN"), "lint", *flags, path], stdout=subprocess.PIPE, text=True, check=False)
        return done.returncode, done.stdout

    def in_folder(self, text):
        for path, name in (("/etc/vault", "etc"), ("/home/vault", "home"), ("/etc/secrets", "secrets")):
            text = text.replace(path, os.path.join(self.folder, name))
        return text

    def start(self):
        """What the kubelet would do: the ConfigMap as files, the arguments and variables of the container."""
        name, config = re.search(r"\n  (\S+): \|\n((?:    .*\n|\n)+)---", self.manifest).groups()
        config = self.in_folder(textwrap.dedent(config))
        jwt = os.path.join(self.folder, "jwt")
        stage.write_text(jwt, self.vault.service_account_token())
        config = config.replace('role = "example"', f'role = "example"\ntoken_path = "{jwt}"')
        stage.write_text(os.path.join(self.folder, "etc", name), config)
        args = [self.in_folder(word) for word in re.search(r"args:\n((?: +- \S+\n)+)", self.manifest).group(1).replace("- ", "").split()]
        vault = os.path.join(self.folder, "vault")
        if not os.path.exists(vault):
            os.symlink(stage.program("leasehold-agent", "AGENT_BIN"), vault)
        env = {"VAULT_ADDR": self.vault.address, "HOME": self.folder, "PATH": os.environ["PATH"]}
        agent = stage.Process([vault, *args], os.path.join(self.folder, "log"), env)
        self.addCleanup(agent.stop)
        return agent

    def first_error(self, agent):
        match = stage.wait_until(lambda: ERROR_LINE.search(agent.output()), stage.PATIENCE)
        self.assertTrue(match, agent.output()[-3000:])
        return match.group(1)

    def test_right(self):
        self.assertEqual(self.lint("-auth", "auth/kubernetes"), (0, "0 problems in 0 of 1 file\n"))
        agent = self.start()
        self.assertEqual(agent.exit_status(), 0, agent.output()[-3000:])
        page = stage.read_text(os.path.join(self.folder, "secrets", "index.html"))
        self.assertEqual(page, "<html>\n<body>\n<p>Some secrets:</p>\n<ul>\n<li><pre>username: appuser</pre></li>\n"
                               "<li><pre>password: suP3rsec</pre></li>\n</ul>\n\n</body>\n</html>\n")
        self.assertTrue(stage.read_text(os.path.join(self.folder, "home", ".vault-token")))
        self.assertIn("[DEBUG] agent: (runner) all templates rendered", agent.output())

    def test_key_of_the_config_map(self):
        self.slip("  vault-agent-config.hcl: |", "  agent.hcl: |")
        status, text = self.lint()
        self.assertEqual(status, 1)
        self.assertIn("config-path", text)
        self.assertIn('the ConfigMap has no key "vault-agent-config.hcl"; it has agent.hcl', text)
        self.assertIn("write -config=/etc/vault/agent.hcl", text)
        agent = self.start()
        self.assertEqual(agent.exit_status(), 1)
        path = os.path.join(self.folder, "etc", "vault-agent-config.hcl")
        self.assertEqual(self.first_error(agent), f"error loading configuration from {path}: stat {path}: no such file or directory; "
                                                  "its folder has agent.hcl")

    def test_login_mount(self):
        self.slip('mount_path = "auth/kubernetes"', 'mount_path = "auth/k8s"')
        status, text = self.lint("-auth", "auth/kubernetes")
        self.assertEqual(status, 1)
        self.assertIn("login-mount", text)
        self.assertIn('no auth method is mounted at "auth/k8s"', text)
        self.assertIn('write mount_path = "auth/kubernetes"', text)
        error = self.first_error(self.start())
        self.assertRegex(error, r"agent\.auth\.handler: error authenticating")
        self.assertIn("no auth method is mounted at auth/k8s", error)

    def test_login_mount_without_auth(self):
        self.slip('mount_path = "auth/kubernetes"', 'mount_path = "kubernetes"')
        status, text = self.lint()
        self.assertEqual(status, 1)
        self.assertIn('write mount_path = "auth/kubernetes"', text)
        self.assertIn("no auth method is mounted at kubernetes", self.first_error(self.start()))

    def test_role_of_another_mount(self):
        samples = os.path.join(self.folder, "samples.yaml")
        stage.write_text(samples, "auth/kubernetes-prod/role/example: {token_policies: [x]}\n"
                                  "secret/data/myapp/config: {data: {data: {username: u, password: p}, metadata: {version: 1}}}\n")
        status, text = self.lint("-data", samples)
        self.assertEqual(status, 1)
        self.assertIn('the sample data has no role "example" at "auth/kubernetes"', text)
        self.assertIn('write mount_path = "auth/kubernetes-prod"', text)

    def test_field_of_kv_version_2(self):
        self.slip(".Data.data.username", ".Data.username")
        status, text = self.lint()
        self.assertEqual(status, 1)
        self.assertIn("kv2-data", text)
        self.assertIn("write .Data.data.username", text)
        agent = self.start()
        error = self.first_error(agent)
        self.assertIn('.Data.username of the KV v2 secret "secret/data/myapp/config" does not exist; write .Data.data.username', error)
        self.assertEqual(agent.exit_status(), 0)

    def test_mended_after_a_slip(self):
        self.slip("  vault-agent-config.hcl: |", "  agent.hcl: |")
        self.assertEqual(self.start().exit_status(), 1)
        self.slip("  agent.hcl: |", "  vault-agent-config.hcl: |")
        agent = self.start()
        self.assertEqual(agent.exit_status(), 0, agent.output()[-3000:])
        self.assertIn("appuser", stage.read_text(os.path.join(self.folder, "secrets", "index.html")))


if __name__ == "__main__":
    unittest.main(verbosity=2)
