#!/usr/bin/env python3
"""`render` and `lint` as people call them: exit statuses, what goes to which channel, files of every kind."""
import json
import os
import shutil
import stat
import subprocess
import unittest

import stage

AGENT = stage.program("leasehold-agent", "AGENT_BIN")
CRASH = r"AddressSanitizer|UndefinedBehavior|runtime error:|terminate called|LH_ASSERT|a defect ended"
TEMPLATE = '{{ with secret "secret/data/app" }}user={{ .Data.data.user }}{{ end }}\n'
SAMPLES = "secret/data/app: {data: {data: {user: anna, password: pw-of-anna}, metadata: {version: 1}}}\n"
SECRET = "value-in-the-server"


class ToolCase(unittest.TestCase):
    def setUp(self):
        self.folder = stage.temporary_folder(self)

    def file(self, name, content):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        return path

    def run_agent(self, *words, status, text="", **environment):
        clean = {"PATH": os.environ["PATH"], "HOME": self.folder}
        if "ASAN_OPTIONS" in os.environ:
            clean["ASAN_OPTIONS"] = os.environ["ASAN_OPTIONS"]
        done = subprocess.run([AGENT, *words], input=text.encode(), capture_output=True, timeout=120, env={**clean, **environment})
        out, err = done.stdout.decode(), done.stderr.decode()
        self.assertNotRegex(out + err, CRASH)
        self.assertEqual(done.returncode, status, f"{words}\n{out[-2000:]}\n{err[-2000:]}")
        return out, err


class Render(ToolCase):
    def test_sample_data(self):
        template, data = self.file("a.tmpl", TEMPLATE), self.file("s.yaml", SAMPLES)
        self.assertEqual(self.run_agent("render", "-data", data, template, status=0), ("user=anna\n", ""))
        as_json = self.file("s.json", json.dumps({"secret/data/app": {"data": {"data": {"user": "\U0001f600"}, "metadata": {}}}}))
        self.assertEqual(self.run_agent("render", template, "-data", as_json, status=0)[0], "user=\U0001f600\n")
        self.assertEqual(self.run_agent("render", "-data", data, "-", status=0, text="x" + TEMPLATE)[0], "xuser=anna\n")

    def test_several_templates(self):
        data, first = self.file("s.yaml", SAMPLES), self.file("a.tmpl", TEMPLATE)
        second, bad = self.file("b.tmpl", "plain\n"), self.file("c.tmpl", "x\n{{ if }}")
        out, err = self.run_agent("render", "-data", data, first, second + ":/dest", bad, status=1)
        self.assertEqual(out, f"> {first}\nuser=anna\n> /dest\nplain\n")
        self.assertEqual(err, f"{bad}:2: missing value for if\n")

    def test_watch_shows_passes_without_values(self):
        out, err = self.run_agent("render", "-watch", "-data", self.file("s.yaml", SAMPLES), self.file("a.tmpl", TEMPLATE), status=0)
        self.assertEqual(out, "user=anna\n")
        self.assertRegex(err, r"pass 1\n.* waits for vault.read\(secret/data/app\)\n  got .*\npass 2\n.* rendered, uses vault.read")
        self.assertNotIn("anna", err)

    def test_files(self):
        data, template = self.file("s.yaml", SAMPLES), self.file("a.tmpl", TEMPLATE)
        out = os.path.join(self.folder, "out")
        self.run_agent("render", "-data", data, template, "-out", out, status=0)
        self.assertEqual(stage.read_text(out), "user=anna\n")
        self.assertEqual(stat.S_IMODE(os.stat(out).st_mode), 0o600)
        target = os.path.join(self.folder, "new/folder/file")
        self.run_agent("render", "-data", data, "-write", f"{template}:{target}", status=0)
        self.assertEqual(stage.read_text(target), "user=anna\n")
        self.run_agent("render", "-data", data, template, "-out", self.folder + "/no/folder/x", status=1)

    def test_configuration(self):
        target = os.path.join(self.folder, "from-config")
        config = self.file("agent.hcl", f'template {{\n  contents = <<EOT\n{TEMPLATE}EOT\n  destination = "{target}"\n}}\n')
        data = self.file("s.yaml", SAMPLES)
        self.assertEqual(self.run_agent("render", "-config", config, "-data", data, status=0)[0], "user=anna\n")
        self.run_agent("render", "-config", config, "-data", data, "-write", status=0)
        self.assertEqual(stage.read_text(target), "user=anna\n")

    def test_delimiters_and_missing_keys(self):
        data = self.file("s.yaml", SAMPLES)
        template = self.file("a.tmpl", '<< with secret "secret/data/app" >>{{}}<< .Data.data.nope >><< end >>')
        flags = ["-data", data, "-left-delimiter", "<<", "-right-delimiter=>>", template]
        self.assertEqual(self.run_agent("render", *flags, status=0)[0], "{{}}<no value>")
        self.assertIn("a.tmpl:1:", self.run_agent("render", *flags, "-error-on-missing-key", status=1)[1])

    def test_misuse(self):
        template = self.file("a.tmpl", TEMPLATE)
        for words in [[], ["-nope"], [template, template, "-out", "x"], [template, "-write"], [template, "-out", "x", "-write"], ["-watch=maybe"]]:
            with self.subTest(words):
                out, err = self.run_agent("render", *words, status=2)
                self.assertEqual(out, "")
                self.assertIn("`leasehold-agent render -help` lists the options", err)
        self.assertIn("Exit status", self.run_agent("render", "-help", status=0)[0])

    def test_failures(self):
        template = self.file("a.tmpl", TEMPLATE)
        for words, pattern in [
                (["/nowhere.tmpl"], "open /nowhere.tmpl: no such file"),
                ([template, "-data", "/nowhere.yaml"], "read sample data: open /nowhere.yaml: no such file"),
                ([template, "-data", self.file("bad.yaml", "a: [")], r"bad.yaml:\d+:\d+: sample data is neither YAML nor JSON"),
                ([template, "-data", self.file("junk.yaml", bytes(range(256)))], "sample data is neither"),
                ([template, "-data", self.file("empty.yaml", "")], "sample data must be one map"),
                ([template, "-data", self.file("other.yaml", "secret/data/ap: {data: {}}")], 'did you mean "secret/data/ap"'),
                ([template], "no token: set VAULT_TOKEN"),
                (["-config", self.file("bad.hcl", "template {")], "error loading configuration from"),
        ]:
            with self.subTest(words):
                out, err = self.run_agent("render", *words, status=1)
                self.assertEqual(out, "")
                self.assertRegex(err, pattern)
        closed = f"http://127.0.0.1:{stage.free_port()}"
        self.assertIn("connection refused", self.run_agent("render", template, status=1, VAULT_ADDR=closed, VAULT_TOKEN="t")[1])


class RenderFromServer(ToolCase):
    @classmethod
    def setUpClass(cls):
        cls.server_folder = stage.tempfile.mkdtemp(prefix="leasehold-test.")
        cls.vault = stage.Vault(os.path.join(cls.server_folder, "vault"))
        cls.vault.write("secret/data/app", {"data": {"user": SECRET}})

    @classmethod
    def tearDownClass(cls):
        cls.vault.stop()
        shutil.rmtree(cls.server_folder, ignore_errors=True)

    def test_with_a_token(self):
        template = self.file("a.tmpl", TEMPLATE.replace("data/app", "app"))
        out, err = self.run_agent("render", "-watch", template, status=0, VAULT_ADDR=self.vault.address, VAULT_TOKEN="root")
        self.assertEqual(out, f"user={SECRET}\n")
        self.assertNotIn(SECRET, err)
        self.assertIn("pass 2", err)

    def test_with_auto_auth(self):
        jwt = self.file("jwt", self.vault.service_account_token())
        config = self.file("agent.hcl", f'''vault {{ address = "{self.vault.address}" }}
auto_auth {{ method "kubernetes" {{ config = {{ role = "app", token_path = "{jwt}" }} }} }}
template {{
  contents = <<EOT
{TEMPLATE}EOT
}}
''')
        self.assertEqual(self.run_agent("render", "-config", config, status=0)[0], f"user={SECRET}\n")
        wrong = self.file("wrong.hcl", stage.read_text(config).replace('"app"', '"nobody"'))
        self.assertIn("log in: ", self.run_agent("render", "-config", wrong, status=1)[1])

    def test_refusals(self):
        template = self.file("a.tmpl", TEMPLATE)
        _, err = self.run_agent("render", template, status=1, VAULT_ADDR=self.vault.address, VAULT_TOKEN="wrong-token")
        self.assertIn("403", err)
        self.assertNotIn("wrong-token", err)
        missing = self.file("b.tmpl", '{{ with secret "secret/data/nothing" }}{{ end }}')
        self.assertIn("no secret exists at secret/data/nothing",
                      self.run_agent("render", missing, status=1, VAULT_ADDR=self.vault.address, VAULT_TOKEN="root")[1])


class Lint(ToolCase):
    def lint(self, *words, status, text=""):
        out, err = self.run_agent("lint", *words, "-o", "json", status=status, text=text)
        self.assertEqual(err, "")
        return [(os.path.basename(one["file"]), one["rule"]) for one in json.loads(out)["problems"]]

    def test_clean(self):
        template = self.file("a.tmpl", TEMPLATE)
        self.assertEqual(self.lint(template, status=0), [])
        self.assertEqual(self.run_agent("lint", template, status=0), ("0 problems in 0 of 1 file\n", ""))

    def test_text(self):
        template = self.file("a.tmpl", '{{ with secret "secret/data/app" }}\n  {{ .Data.user }}{{ end }}')
        self.assertEqual(self.run_agent("lint", template, status=1)[0],
                         f"{template}:2:11: error: .Data.user of the KV v2 secret \"secret/data/app\" does not exist [kv2-data]\n"
                         "  2 |   {{ .Data.user }}{{ end }}\n"
                         "    |           ^~~~~\n"
                         "  cause: An answer of KV v2 has the secret in .Data.data, beside .Data.metadata; .Data.x is <no value>.\n"
                         "  fix:   write .Data.data.user\n\n"
                         "1 problem in 1 of 1 file\n")

    def test_several_files_at_once(self):
        self.file("dir/a.tmpl", "{{ nope }}")
        self.file("dir/sub/b.hcl", 'template {\n  contents = "{{ if }}"\n  command_timeout = 30\n}\nunknown = 1\n')
        self.file("dir/sub/c.yaml", "metadata:\n  annotations:\n    vault.hashicorp.com/agent-inject: true\n")
        self.file("dir/.hidden/d.tmpl", "{{ nope }}")
        self.file("dir/readme.md", "{{ nope }}")
        self.file("dir/package.json", '{"name": "not ours"}')
        self.file("dir/chart/Chart.yaml", "name: x")
        self.file("dir/chart/templates/pod.yaml", "{{- include }}")
        self.assertEqual(self.lint(os.path.join(self.folder, "dir"), status=1),
                         [("a.tmpl", "unknown-function"), ("b.hcl", "template-syntax"), ("b.hcl", "nanoseconds"),
                          ("b.hcl", "unknown-key"), ("c.yaml", "annotation-not-text")])

    def test_sample_data(self):
        template = self.file("a.tmpl", '{{ with secret "secret/data/app" }}{{ .Data.data.usr }}{{ end }}')
        data = self.file("s.yaml", SAMPLES)
        self.assertEqual(self.lint(template, status=0), [])
        self.assertEqual(self.lint(template, "-data", data, status=1), [("a.tmpl", "missing-key")])
        self.assertNotIn("pw-of-anna", self.run_agent("lint", template, "-data", data, status=1)[0])

    def test_odd_files(self):
        rows = [
            ("gone.tmpl", None, "unreadable"),
            ("empty.tmpl", b"", "empty-file"),
            ("blank.hcl", b" \n\t", "empty-file"),
            ("what.bin", b"x", "unreadable"),
            ("junk.hcl", bytes(range(256)) * 10, "config-syntax"),
            ("junk.json", b"\x00\xff\xfe", "config-syntax"),
            ("junk.yaml", bytes(range(256)) * 10, "manifest-syntax"),
            ("junk.tmpl", b"\x00\xff{{\xff\x00}}", "template-syntax"),
            ("deep.json", b'{"a":' * 100000, "config-syntax"),
            ("deep.yaml", b"[" * 100000, "manifest-syntax"),
            ("deep.tmpl", b"{{" + b"(" * 100000, "template-syntax"),
        ]
        for name, content, rule in rows:
            with self.subTest(name):
                path = os.path.join(self.folder, name)
                if content is not None:
                    self.file(name, content)
                self.assertEqual(self.lint(path, status=1), [(name, rule)])
        fifo = os.path.join(self.folder, "pipe.tmpl")
        os.mkfifo(fifo)
        self.assertEqual(self.lint(fifo, status=1), [("pipe.tmpl", "unreadable")])
        secret = self.file("unreadable.tmpl", "x")
        os.chmod(secret, 0)
        if not os.access(secret, os.R_OK):
            self.assertEqual(self.lint(secret, status=1), [("unreadable.tmpl", "unreadable")])

    def test_big_files(self):
        self.assertEqual(self.lint(self.file("big.tmpl", "x" * 10_000_000), status=0), [])
        self.assertEqual(self.lint(self.file("lines.tmpl", "line\n" * 2_000_000 + "{{ nope }}"), status=1), [("lines.tmpl", "unknown-function")])
        self.assertEqual(self.lint(self.file("huge.tmpl", "x" * 17_000_000), status=1), [("huge.tmpl", "unreadable")])
        many = self.lint(self.file("many.tmpl", "{{ nope }}\n" * 20_000), status=1)
        self.assertEqual(len(many), 1001)
        self.assertEqual(many[-1], ("many.tmpl", "too-many"))

    def test_standard_input_and_kinds(self):
        self.assertEqual(self.lint("-", "-kind", "template", status=1, text="{{ nope }}"), [("standard input", "unknown-function")])
        path = self.file("configuration", "exit_after_auth = \"true\"")
        self.assertEqual(self.lint(path, "-kind=config", status=1), [("configuration", "quoted-boolean")])

    def test_misuse(self):
        template = self.file("a.tmpl", TEMPLATE)
        for words in [[], ["-nope", template], [template, "-o", "xml"], [template, "-kind", "pod"], [template, "-data", "/nowhere"]]:
            with self.subTest(words):
                out, err = self.run_agent("lint", *words, status=2)
                self.assertEqual(out, "")
                self.assertIn("`leasehold-agent lint -help` lists the options", err)
        self.assertIn("Exit status", self.run_agent("lint", "-help", status=0)[0])


if __name__ == "__main__":
    unittest.main(verbosity=2)
