#!/usr/bin/env python3
"""The agent against bad input and bad weather: it says what is wrong and what to do, ends with the right
status or goes on when the weather is better, and never crashes."""
import http.client
import http.server
import os
import subprocess
import threading
import unittest

import stage
from vault_case import CONTENTS, CRASH, SECRET, VaultCase


class AgentCase(VaultCase):
    def setUp(self):
        super().setUp()
        self.started = []
        self.addCleanup(self.no_crash_and_no_secret)

    def run_of(self, contents=CONTENTS, address=None, ca=None):
        return stage.AgentRun(self.folder, address or self.vault.address, self.vault.service_account_token(), contents, ca)

    def start(self, run, *flags, **options):
        agent = run.start(*flags, **options)
        self.started.append(agent)
        return agent

    def no_crash_and_no_secret(self):
        for agent in self.started:
            agent.stop()
            self.assertNotRegex(agent.output(), CRASH)
            self.assertNotIn(SECRET, agent.output())

    def expect_says(self, agent, pattern):
        self.assertTrue(agent.says(pattern), f"no {pattern!r} in:\n{agent.output()[-3000:]}")

    def expect_rendered(self, run, text=SECRET):
        self.assertTrue(stage.wait_until(lambda: run.rendered() == text), f"not rendered: {stage.read_text(run.folder + '/log')[-3000:]}")

    def expect_exit(self, agent, status):
        self.assertEqual(agent.exit_status(), status, agent.output()[-3000:])

    def expect_orderly_end(self, agent):
        self.assertEqual(agent.stop(), 0, agent.output()[-2000:])


class Weather(AgentCase):
    """What goes away by itself: the agent stays, says so, and goes on."""

    def test_a_failing_command_does_not_stop_the_others(self):
        run = self.run_of()
        done = os.path.join(self.folder, "second-ran")
        run.config["template_config"] = {}
        run.config["template"][0]["command"] = "exit 3"
        run.config["template"].append({"contents": CONTENTS, "destination": run.destination + "2", "command": f"touch {done}"})
        agent = self.start(run)
        self.assertTrue(stage.wait_until(lambda: os.path.exists(done)), agent.output()[-3000:])
        self.expect_says(agent, r"1 error occurred:[\s|]+\* failed to execute command")
        self.expect_orderly_end(agent)

    def test_a_log_file_beside_stderr(self):
        run = self.run_of()
        log = os.path.join(self.folder, "agent.txt")
        agent = self.start(run, f"-log-file={log}", "-log-rotate-bytes=300")
        self.expect_rendered(run)
        self.expect_orderly_end(agent)
        archives = [name for name in os.listdir(self.folder) if name.startswith("agent-") and name.endswith(".txt")]
        self.assertTrue(archives)
        text = "".join(stage.read_text(os.path.join(self.folder, name)) for name in sorted(archives)) + stage.read_text(log)
        self.assertIn("(runner) rendered", text)
        for line in text.splitlines():
            self.assertIn(line, agent.output())

    def test_fine(self):
        run = self.run_of()
        agent = self.start(run)
        self.expect_rendered(run)
        self.assertTrue(stage.wait_until(lambda: stage.read_text(run.sink)))
        self.assertEqual(stage.read_text(run.config["pid_file"]), str(agent.pid))
        self.expect_orderly_end(agent)
        self.assertFalse(os.path.exists(run.config["pid_file"]))

    def test_exit_after_auth(self):
        run = self.run_of()
        run.config["exit_after_auth"] = True
        self.expect_exit(self.start(run), 0)
        self.assertEqual(run.rendered(), SECRET)

    def test_sealed(self):
        run = self.run_of()
        self.vault.seal()
        self.addCleanup(self.vault.unseal)
        agent = self.start(run)
        self.expect_says(agent, "error authenticating.*(\n.*)*Vault is sealed")
        self.vault.unseal()
        self.expect_rendered(run)
        self.expect_orderly_end(agent)

    def test_sealed_and_told_to_end(self):
        run = self.run_of()
        self.vault.seal()
        self.addCleanup(self.vault.unseal)
        agent = self.start(run)
        self.expect_says(agent, "error authenticating")
        self.assertEqual(agent.stop(seconds=5), 0)

    def test_unreachable(self):
        run = self.run_of(address=f"http://127.0.0.1:{stage.free_port()}")
        agent = self.start(run)
        self.expect_says(agent, "error authenticating.*connect.*refused")
        self.assertEqual(agent.stop(seconds=5), 0)
        self.assertEqual(run.rendered(), "")

    def test_standby_without_active_node(self):
        """Such a node answers 500 for some seconds, then requests are served again."""
        with Relay(self.vault.port) as relay:
            relay.answer = (500, b'{"errors":["no active Vault instance found"]}')
            run = self.run_of(address=relay.address)
            agent = self.start(run)
            self.expect_says(agent, "no active Vault instance found")
            relay.answer = None
            self.expect_rendered(run)
            self.expect_orderly_end(agent)

    def test_standby_redirects_to_the_active_node(self):
        with Relay(self.vault.port) as relay:
            relay.redirect_to = self.vault.address
            run = self.run_of(address=relay.address)
            agent = self.start(run)
            self.expect_rendered(run)
            self.expect_orderly_end(agent)

    def test_wrong_ca(self):
        folder = os.path.join(self.folder, "tls")
        vault = stage.Vault(folder, tls=True)
        self.addCleanup(vault.stop)
        other = os.path.join(self.folder, "other.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
                        "-subj", "/CN=another CA", "-keyout", "/dev/null", "-out", other], check=True, stderr=subprocess.DEVNULL)
        run = self.run_of(address=vault.address, ca=other)
        agent = self.start(run)
        self.expect_says(agent, "error authenticating.*(certificate|x509)")
        self.assertEqual(agent.stop(seconds=5), 0)

    def test_missing_ca_file(self):
        run = self.run_of(ca="/nowhere/ca.pem")
        agent = self.start(run)
        self.expect_says(agent, "/nowhere/ca.pem")
        self.expect_exit(agent, 1)

    def test_token_file_is_empty_at_first(self):
        run = self.run_of()
        token = stage.read_text(run.token_path)
        stage.write_text(run.token_path, "")
        agent = self.start(run)
        self.expect_says(agent, "error (getting path or data from method|authenticating)")
        stage.write_text(run.token_path, token)
        self.expect_rendered(run)
        self.expect_orderly_end(agent)

    def test_token_file_vanishes(self):
        """Noticed at the next login only; here the token is revoked to cause one."""
        run = self.run_of()
        agent = self.start(run)
        self.expect_rendered(run)
        stage.wait_until(lambda: stage.read_text(run.sink))
        os.rename(run.token_path, run.token_path + ".away")
        self.vault.api.must("PUT", "/v1/auth/token/revoke", {"token": stage.read_text(run.sink)})
        if not os.environ.get("AGENT_BIN"):  # a peer notices after minutes
            self.assertTrue(agent.says(r"error getting path or data from method.*no such file", 120), agent.output()[-3000:])
            former = stage.read_text(run.sink)
            os.rename(run.token_path + ".away", run.token_path)
            self.assertTrue(stage.wait_until(lambda: stage.read_text(run.sink) not in ("", former)))
        self.expect_orderly_end(agent)


class Database(AgentCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.postgres = stage.Postgres(os.path.join(cls.server_folder, "postgres"))
        cls.vault.add_database(cls.postgres.dsn)

    @classmethod
    def tearDownClass(cls):
        cls.postgres.stop()
        super().tearDownClass()

    def test_down_while_a_credential_is_asked_for(self):
        run = self.run_of('{{ with secret "database/creds/app" }}{{ .Data.username }}{{ end }}')
        self.postgres.stop()
        agent = self.start(run)
        self.expect_says(agent, r"database/creds/app\): .*(\n.*)*\(retry attempt 1 after")
        self.assertEqual(run.rendered(), "")
        self.postgres.resume()
        self.assertTrue(stage.wait_until(lambda: run.rendered().startswith("v-")), agent.output()[-3000:])
        self.expect_orderly_end(agent)


class Mistakes(AgentCase):
    """What the user must mend: exit status 1 and a text that says where."""

    def test_unwritable_destination(self):
        run = self.run_of()
        blocker = os.path.join(self.folder, "file")
        stage.write_text(blocker, "not a folder")
        run.config["template"][0]["destination"] = os.path.join(blocker, "out")
        agent = self.start(run)
        self.expect_exit(agent, 1)
        self.expect_says(agent, "file/out|not a directory")

    def test_template_syntax(self):
        run = self.run_of('line one\n{{ with secret "secret/data/app" }}{{ .Data.data.password }}')
        agent = self.start(run)
        self.expect_exit(agent, 1)
        self.expect_says(agent, r"template: :2: unexpected EOF")

    def test_unknown_function(self):
        run = self.run_of('{{ nosuch "x" }}')
        agent = self.start(run)
        self.expect_exit(agent, 1)
        self.expect_says(agent, r'template: :1: function "nosuch" not defined|function \\"nosuch\\" not defined')

    def test_template_error_while_it_runs(self):
        run = self.run_of('\n{{ with secret "secret/data/app" }}{{ index .Data.data.password "x" }}{{ end }}')
        agent = self.start(run)
        self.expect_exit(agent, 1)
        self.expect_says(agent, r"template: :2:\d+: executing")

    def test_missing_key(self):
        run = self.run_of('{{ with secret "secret/data/app" }}{{ .Data.data.nothing }}{{ end }}')
        run.config["template"][0]["error_on_missing_key"] = True
        agent = self.start(run)
        self.expect_exit(agent, 1)
        self.expect_says(agent, r'map has no entry for key \\?"nothing')

    def test_syntax_error_in_hcl(self):
        agent = self.start(self.run_of(), text='pid_file = "x"\n\nvault {\n  address = = "y"\n}\n')
        self.expect_exit(agent, 1)
        self.expect_says(agent, r"error loading configuration from .*config\.json: .*\n?.*4:\d+")

    def test_syntax_error_in_json(self):
        agent = self.start(self.run_of(), text='{\n  "pid_file": "x",\n  "vault": nope\n}\n')
        self.expect_exit(agent, 1)
        self.expect_says(agent, r"error loading configuration from .*config\.json: .*3:\d+")

    def test_empty_configuration(self):
        agent = self.start(self.run_of(), text="")
        self.expect_exit(agent, 1)
        self.expect_says(agent, r"[Nn]o auto_auth|error (loading|validating) configuration")

    def test_no_configuration(self):
        agent = stage.Process([stage.program("leasehold-agent", "AGENT_BIN"), "agent"], os.path.join(self.folder, "log"))
        self.started.append(agent)
        self.expect_exit(agent, 1)
        self.expect_says(agent, "Must specify exactly at least one config path using -config")

    def test_configuration_file_is_missing(self):
        agent = stage.Process([stage.program("leasehold-agent", "AGENT_BIN"), "agent", "-config=/nowhere/agent.hcl"],
                              os.path.join(self.folder, "log"))
        self.started.append(agent)
        self.expect_exit(agent, 1)
        self.expect_says(agent, "/nowhere/agent.hcl")

    def test_unknown_log_level(self):
        agent = self.start(self.run_of(), "-log-level=loud")
        self.expect_exit(agent, 1)
        self.expect_says(agent, "unknown log level: loud")

    def test_unknown_flag(self):
        agent = self.start(self.run_of(), "-nosuch")
        self.expect_exit(agent, 1)
        self.expect_says(agent, "flag provided but not defined: -nosuch")

    def test_wrong_role(self):
        run = self.run_of()
        run.config["auto_auth"]["method"]["config"]["role"] = "nosuch"
        run.config["auto_auth"]["method"]["exit_on_err"] = True
        agent = self.start(run)
        self.expect_exit(agent, 1)
        self.expect_says(agent, "invalid role name")

    def test_forbidden_path(self):
        run = self.run_of('{{ with secret "kv/other" }}{{ .Data }}{{ end }}')
        agent = self.start(run)
        self.expect_says(agent, r"vault\.read\(kv/other\).*(\n.*)*permission denied")
        self.expect_orderly_end(agent)

    def test_pid_file_in_a_missing_folder(self):
        run = self.run_of()
        run.config["pid_file"] = "/nowhere/at/all/pid"
        agent = self.start(run)
        self.expect_exit(agent, 1)
        self.expect_says(agent, r"could not open pid file.*/nowhere/at/all/pid")


class Relay:
    """A server in front of Vault: passes requests on, or answers as a node in trouble does."""

    def __init__(self, target_port):
        self.answer = None
        self.redirect_to = None
        relay = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, format, *arguments):  # noqa: A002  (the base class calls it so)
                pass

            def handle_any(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                location = None
                if relay.answer:
                    status, answer = relay.answer
                elif relay.redirect_to:
                    status, answer, location = 307, b"", relay.redirect_to + self.path
                else:
                    status, answer = self.pass_on(body)
                self.send_response(status)
                if location:
                    self.send_header("Location", location)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def pass_on(self, body):
                connection = http.client.HTTPConnection("127.0.0.1", target_port)
                try:
                    connection.request(self.command, self.path, body, dict(self.headers))
                    response = connection.getresponse()
                    return response.status, response.read()
                finally:
                    connection.close()

            do_GET = do_PUT = do_POST = do_DELETE = do_LIST = handle_any

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


if __name__ == "__main__":
    unittest.main()
