#!/usr/bin/env python3
"""The agent's process: flags and variables, channels, signals, reload, pid file, bad files. A row per line of
what the replaced program does."""
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import unittest

import stage
from vault_case import CRASH, SECRET, VaultCase

LISTENER = 'listener "tcp" { address = "127.0.0.1:0" tls_disable = true }\n'


class ProcessCase(VaultCase):
    def environment(self, **variables):
        env = {key: value for key, value in os.environ.items() if not key.startswith(("VAULT_", "BAO_"))}
        return env | {"HOME": self.folder} | variables

    def file(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as file:
            file.write(text if isinstance(text, bytes) else text.encode())
        return path

    def call(self, *words, **variables):
        """A command line that ends by itself."""
        done = subprocess.run([stage.program("leasehold-agent", "AGENT_BIN"), "agent", *words], cwd=self.folder, env=self.environment(**variables),
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace", check=False, timeout=60)
        self.assertNotRegex(done.stdout + done.stderr, CRASH)
        return done

    def verify(self, text, *words, name="agent.hcl", **variables):
        self.file(name, text)
        return self.call(f"-config={name}", "-test-verify-only", *words, **variables)

    def refused(self, done, text, status=1):
        """UI texts, errors too, go to standard output."""
        self.assertEqual((done.returncode, done.stdout.splitlines()[-1:] or [""], done.stderr), (status, [text], ""), done.stdout)


class Flags(ProcessCase):
    def test_errors(self):
        self.refused(self.call(), "Must specify exactly at least one config path using -config")
        self.refused(self.call("-nosuch"), "flag provided but not defined: -nosuch")
        self.refused(self.call("-config"), "flag needs an argument: -config")
        self.refused(self.call("-exit-after-auth=maybe"), 'invalid boolean value "maybe" for -exit-after-auth: parse error')
        self.refused(self.verify(LISTENER, "-log-level=loud"), "unknown log level: loud")
        self.refused(self.verify(LISTENER, "-log-format=xml"), "unknown log format: xml")
        self.refused(self.verify(LISTENER, "-log-rotate-duration=x"), 'time: invalid duration "x"')
        self.refused(self.verify(LISTENER, "-log-rotate-bytes=x", "-log-file=l"), 'invalid value "x" for flag -log-rotate-bytes: strconv.ParseInt: parsing "x": invalid syntax')
        self.refused(self.verify(LISTENER, "-log-file=a/b*"), "file name contains globbing character")
        self.refused(self.verify('log_file = "a/*/b"\n' + LISTENER), "directory contains glob character")

    def test_help(self):
        for word in ("-h", "-help", "--help"):
            done = self.call(word)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertIn("-log-rotate-max-files", done.stdout)
            self.assertNotIn("-test-verify-only", done.stdout)

    def test_levels_and_formats(self):
        for level in ("trace", "DEBUG", " info ", "notice", "Warn", "warning", "err", "error"):
            self.assertEqual(self.verify(LISTENER, f"-log-level={level}").returncode, 0, level)
        self.assertEqual(self.verify(LISTENER, "--log-format", "json").returncode, 0)
        self.refused(self.verify(LISTENER, VAULT_LOG_LEVEL="loud"), "unknown log level: loud")
        self.refused(self.verify(LISTENER, BAO_LOG_FORMAT="xml"), "unknown log format: xml")
        self.assertEqual(self.verify('log_level = "loud"\n' + LISTENER, "-log-level=info").returncode, 0)
        self.refused(self.verify('log_level = "loud"\n' + LISTENER), "unknown log level: loud")

    def test_flags_behind_words_are_not_read(self):
        self.file("agent.hcl", LISTENER)
        done = self.call("-config=agent.hcl", "-test-verify-only", "word", "-nosuch")
        self.assertEqual(done.returncode, 0)
        self.assertIn("Command flags must be provided before positional arguments. The following arguments will not be parsed as flags: [-nosuch]\n", done.stdout)

    def test_configuration_by_variable(self):
        self.file("agent.hcl", LISTENER)
        for name in ("VAULT_AGENT_CONFIG_PATH", "BAO_AGENT_CONFIG_PATH"):
            self.assertEqual(self.call("-test-verify-only", **{name: "agent.hcl"}).returncode, 0)

    def test_no_auto_auth(self):
        self.assertEqual(self.verify(LISTENER).stdout, "No auto_auth block found in config, the automatic authentication feature will not be started\n")

    def test_repeated_keys(self):
        text = 'pid_file = "a"\npid_file = "b"\n' + LISTENER
        self.assertEqual(self.verify(text).returncode, 0)
        self.refused(self.verify(text, "-strict-hcl"), 'error loading configuration from agent.hcl: The argument "pid_file" at 2:1 was already set. '
                                                      "Each argument can only be defined once")
        self.assertEqual(self.verify('"pid_file" = "a"\npid_file = "b"\n' + LISTENER, "-strict-hcl").returncode, 0)

    def test_address_precedence(self):
        nowhere = f"http://127.0.0.1:{stage.free_port()}"
        method = 'auto_auth { method "token_file" { config = { token_file_path = "t" } } sink "file" { config = { path = "s" } } }\n'
        self.file("t", "root")
        rows = [(f'vault {{ address = "{self.vault.address}" }}\n', (), {}),
                (f'vault {{ address = "{nowhere}" }}\n', (), {"VAULT_ADDR": self.vault.address}),
                (f'vault {{ address = "{nowhere}" }}\n', (), {"VAULT_ADDR": nowhere, "BAO_ADDR": self.vault.address}),
                (f'vault {{ address = "{nowhere}" }}\n', (f"-address={self.vault.address}",), {"VAULT_ADDR": nowhere})]
        for text, words, variables in rows:
            self.file("agent.hcl", text + method)
            done = self.call("-config=agent.hcl", "-exit-after-auth", *words, **variables)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_junk_in_variables(self):
        self.file("agent.hcl", LISTENER)
        rows = [({"VAULT_SKIP_VERIFY": "junk"}, "Error fetching client: failed to read environment: could not parse VAULT_SKIP_VERIFY"),
                ({"VAULT_CLIENT_TIMEOUT": "junk"}, 'Error fetching client: failed to read environment: could not parse "VAULT_CLIENT_TIMEOUT"'),
                ({"VAULT_RATE_LIMIT": "junk"}, "Error fetching client: failed to read environment: VAULT_RATE_LIMIT was provided but incorrectly formatted"),
                ({"VAULT_CLIENT_CERT": "c"}, "Error fetching client: failed to setup TLS config: both client cert and client key must be provided"),
                ({"VAULT_CACERT": "/nope/ca"}, "Error fetching client: failed to setup TLS config: Error loading CA File: open /nope/ca: no such file or directory"),
                ({"VAULT_AGENT_DISABLE_KEEP_ALIVES": "foo"}, "unknown disable_keep_alives value: foo"),
                ({"VAULT_AGENT_DISABLE_IDLE_CONNECTIONS": "foo"}, "unknown disable_idle_connections value: foo")]
        for variables, text in rows:
            done = self.call("-config=agent.hcl", **variables)
            self.assertEqual(done.returncode, 1, text)
            self.assertIn(text, done.stdout.splitlines())


class BadFiles(ProcessCase):
    def load_error(self, text):
        return f"error loading configuration from agent.hcl: {text}"

    def test_texts(self):
        rows = [(b"a = \"\xff\"", "At 1:5: illegal UTF-8 encoding"), (b"a = 1\0", "At 1:6: unexpected null character (0x00)"),
                (b"a = <<EOT\nx\n", "At 1:5: heredoc not terminated"), (b"a {", "At 1:4: object expected closing RBRACE got: EOF")]
        for text, want in rows:
            done = self.verify(text)
            self.assertEqual(done.returncode, 1)
            self.assertTrue(done.stdout.startswith("error loading configuration from agent.hcl: "), done.stdout)
            self.assertIn(want.split(": ", 1)[1], done.stdout)

    def test_deep_nesting(self):
        for text in (b"a {" * 10000, b"a = " + b"[" * 10000, b'{"a":' * 10000, b'{"a":' + b"[" * 10000, b"a = \"" + b"${" * 10000):
            done = self.verify(text)
            self.assertEqual(done.returncode, 1)
            self.assertLess(len(done.stdout), 100_000)

    def test_huge_files(self):
        path = self.file("agent.hcl", b"")
        os.truncate(path, 100 << 20)
        done = self.call("-config=agent.hcl", "-test-verify-only")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, r"larger than \d+ bytes")
        self.assertEqual(self.call("-config=/dev/zero", "-test-verify-only").returncode, 1)

    def test_many_small_things(self):
        done = self.verify(b"".join(b"key_%d = %d\n" % (i, i) for i in range(20000)) + LISTENER.encode())
        self.assertEqual(done.returncode, 0)

    def test_paths(self):
        os.symlink("loop", os.path.join(self.folder, "loop"))
        self.refused(self.call("-config=loop"), "error loading configuration from loop: stat loop: too many levels of symbolic links")
        self.refused(self.call("-config=none/agent.hcl"), "error loading configuration from none/agent.hcl: stat none/agent.hcl: no such file or directory")
        os.makedirs(os.path.join(self.folder, "dir", "sub.hcl"))
        os.symlink("..", os.path.join(self.folder, "dir", "again"))
        self.refused(self.call("-config=dir"), "error validating configuration: no auto_auth, cache, or listener block found in config")
        self.file("dir/a.hcl", "a = [")
        done = self.call("-config=dir", "-config=none/agent.hcl")
        self.assertRegex(done.stdout, r'^error loading configuration from dir: error loading "dir/a\.hcl": .*\nerror loading configuration from none/agent\.hcl: stat ')

    @unittest.skipUnless(os.getuid() == 0 and shutil.which("setpriv"), "needs to become another user")
    def test_unreadable(self):
        os.chmod(self.file("agent.hcl", LISTENER), 0o600)
        program = os.path.join(self.folder, "agent-copy")
        shutil.copy(stage.program("leasehold-agent", "AGENT_BIN"), program)
        os.chmod(program, 0o755)
        done = subprocess.run(["setpriv", "--reuid=65534", "--clear-groups", program, "agent", "-config=agent.hcl"], cwd=self.folder,
                              stdout=subprocess.PIPE, text=True, check=False)
        self.assertEqual((done.returncode, done.stdout), (1, "error loading configuration from agent.hcl: open agent.hcl: permission denied\n"))


class Running(ProcessCase):
    def run_of(self, contents='{{ with secret "secret/data/app" }}{{ .Data.data.password }}{{ end }}'):
        return stage.AgentRun(self.folder, self.vault.address, self.vault.service_account_token(), contents)

    def start(self, run, *flags, **variables):
        path = self.file("config.json", json.dumps(run.config))
        with open(os.path.join(self.folder, "out.txt"), "wb") as out, open(os.path.join(self.folder, "err.txt"), "wb") as err:
            agent = subprocess.Popen([stage.program("leasehold-agent", "AGENT_BIN"), "agent", f"-config={path}", *flags], stdout=out, stderr=err,
                                     stdin=subprocess.DEVNULL, env=self.environment(**variables))
        self.addCleanup(self.end, agent)
        return agent

    def end(self, agent):
        if agent.poll() is None:
            agent.terminate()
        self.assertEqual(agent.wait(stage.PATIENCE), 0)
        self.assertNotRegex(self.out() + self.err(), CRASH)
        self.assertNotIn(SECRET, self.out() + self.err())

    def out(self):
        return stage.read_text(os.path.join(self.folder, "out.txt"))

    def err(self):
        return stage.read_text(os.path.join(self.folder, "err.txt"))

    def wait(self, condition, what=""):
        self.assertTrue(stage.wait_until(condition), what or self.out()[-1500:] + self.err()[-1500:])

    def test_channels_and_banner(self):
        run = self.run_of()
        agent = self.start(run)
        self.wait(run.rendered)
        self.assertRegex(self.out(), r"^==> Vault Agent started! Log data will stream in below:\n\n\n==> Vault Agent configuration:\n\n"
                                     r"           Api Address 1: http://bufconn\n                     Cgo: disabled\n"
                                     r"               Log Level: \n                 Version: Leasehold v\S+\n\n$")
        self.assertNotIn("==>", self.err())
        self.assertRegex(self.err(), r"^\S+T\S+ \[INFO\]  agent\.sink\.file: creating file sink\n")
        agent.terminate()
        self.assertEqual(agent.wait(stage.PATIENCE), 0)
        self.assertTrue(self.out().endswith("==> Vault Agent shutdown triggered\n"))

    def test_combined_logs(self):
        run = self.run_of()
        self.start(run, "-combine-logs", "-log-level=warn", "-log-format=json")
        self.wait(lambda: "configuration:" in self.out())
        self.assertNotIn("started!", self.out())
        self.wait(run.rendered)
        self.assertEqual(self.err(), "")

    def test_json_lines(self):
        run = self.run_of()
        self.start(run, VAULT_LOG_FORMAT="json")
        self.wait(run.rendered)
        for line in self.err().splitlines():
            self.assertLessEqual({"@level", "@message", "@module", "@timestamp"}, set(json.loads(line)))

    def test_pid_file(self):
        run = self.run_of()
        self.file("pid", "stale")
        agent = self.start(run)
        self.wait(lambda: stage.read_text(run.config["pid_file"]) == str(agent.pid))
        self.assertEqual(os.stat(run.config["pid_file"]).st_mode & 0o777, 0o600)
        run.config["pid_file"] = "/nonexistent/pid"
        done = self.call("-config=" + self.file("other.json", json.dumps(run.config)))
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stdout.splitlines()[-1], "Error storing PID: could not open pid file: open /nonexistent/pid: no such file or directory")

    def test_signals_that_do_not_end_it(self):
        run = self.run_of()
        agent = self.start(run)
        self.wait(run.rendered)
        for number in (signal.SIGUSR1, signal.SIGUSR2):
            agent.send_signal(number)
        self.wait(lambda: "\nvault_agent_auth_success " in self.err())
        self.assertRaises(subprocess.TimeoutExpired, agent.wait, 0.5)
        self.wait(lambda: "\nvault_agent_authenticated 1\n" in self.err())

    def test_reload_of_the_level(self):
        run = self.run_of()
        agent = self.start(run)
        self.wait(run.rendered)
        run.config["log_level"] = "debug"
        self.file("config.json", json.dumps(run.config))
        agent.send_signal(signal.SIGHUP)
        self.wait(lambda: "==> Vault Agent config reload triggered\n" in self.out())
        self.wait(lambda: (agent.send_signal(signal.SIGUSR2), "[DEBUG]" in self.err())[1])

    def test_reload_of_a_wrong_file(self):
        run = self.run_of()
        agent = self.start(run)
        self.wait(run.rendered)
        self.file("config.json", "{")
        agent.send_signal(signal.SIGHUP)
        self.wait(lambda: re.search(r"reload triggered\nerror (loading|validating) configuration", self.out()))
        self.assertIsNone(agent.poll())

    def test_reload_of_templates(self):
        run = self.run_of()
        agent = self.start(run)
        self.wait(run.rendered)
        other = os.path.join(self.folder, "other")
        run.config["template"] = [{"contents": "new", "destination": run.destination}, {"contents": "{{ with secret \"secret/data/app\" }}{{ .Data.data | len }}{{ end }}", "destination": other}]
        self.file("config.json", json.dumps(run.config))
        agent.send_signal(signal.SIGHUP)
        self.wait(lambda: run.rendered() == "new" and stage.read_text(other) == "1")
        run.config["template"][0]["source"] = "/nonexistent"
        run.config["template"][0].pop("contents")
        self.file("config.json", json.dumps(run.config))
        agent.send_signal(signal.SIGHUP)
        self.wait(lambda: "template server failed to create: failed to read template: open /nonexistent: no such file or directory\n" in self.out())
        self.assertIsNone(agent.poll())

    def test_service_manager(self):
        path = os.path.join(self.folder, "notify")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(path)
            manager.settimeout(stage.PATIENCE)
            agent = self.start(self.run_of(), NOTIFY_SOCKET=path)
            self.assertEqual(manager.recv(100), b"READY=1")
            agent.send_signal(signal.SIGHUP)
            self.assertRegex(manager.recv(100), rb"^RELOADING=1\nMONOTONIC_USEC=\d+$")
            self.assertEqual(manager.recv(100), b"READY=1")
            agent.terminate()
            self.assertEqual(manager.recv(100), b"STOPPING=1")
            agent.wait(stage.PATIENCE)  # a second SIGTERM on its way out would end it at once


class Certificates(ProcessCase):
    def test_reload_of_the_trust(self):
        """SIGHUP reads the CA file again: a login that failed for want of trust then works."""
        folder = os.path.join(self.folder, "tls")
        vault = stage.Vault(folder, tls=True)
        self.addCleanup(vault.stop)
        vault.write("secret/data/app", {"data": {"password": SECRET}})
        wrong = os.path.join(self.folder, "ca.pem")
        shutil.copy(vault._any_certificate(), wrong)  # pylint: disable=protected-access
        run = stage.AgentRun(self.folder, vault.address, vault.service_account_token(), "text", wrong)
        run.config["auto_auth"]["method"]["max_backoff"] = "1s"
        run.config["auto_auth"]["method"]["min_backoff"] = "200ms"
        agent = run.start()
        self.addCleanup(agent.stop)
        self.assertTrue(agent.says("error authenticating"))
        shutil.copy(vault.ca, wrong)
        agent.process.send_signal(signal.SIGHUP)
        self.assertTrue(agent.says("authentication successful"), agent.output()[-2000:])


if __name__ == "__main__":
    unittest.main(verbosity=2)
