#!/usr/bin/env python3
"""Agents that are killed, handed over, asked and watched, as processes against a real server and a real
PostgreSQL: how many logins and database users are left, and what is said."""
import http.server
import json
import os
import random
import re
import shutil
import signal
import ssl
import stat
import subprocess
import threading
import time
import unittest
import urllib.request

import stage

CONTENTS = '{{ with secret "database/creds/app" }}{{ .Data.username }}\n{{ .Data.password }}{{ end }}'
CRASH = r"AddressSanitizer|UndefinedBehavior|runtime error: (?!encountered)|terminate called|LH_ASSERT"


class Operations(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not shutil.which("psql"):
            raise unittest.SkipTest("no PostgreSQL client here")
        cls.server_folder = stage.tempfile.mkdtemp(prefix="leasehold-test.")
        os.chmod(cls.server_folder, 0o755)
        cls.postgres = stage.Postgres(os.path.join(cls.server_folder, "postgres"))
        cls.vault = stage.Vault(os.path.join(cls.server_folder, "vault"))
        cls.vault.add_database(cls.postgres.dsn)

    @classmethod
    def tearDownClass(cls):
        cls.vault.stop()
        cls.postgres.stop()
        shutil.rmtree(cls.server_folder, ignore_errors=True)

    def setUp(self):
        self.folder = stage.temporary_folder(self)
        self.database_users("drop")
        self.run_ = stage.AgentRun(self.folder, self.vault.address, self.vault.service_account_token(), CONTENTS)
        self.state = os.path.join(self.folder, "state", "state.json")
        self.run_.config["state"] = {"path": self.state}
        self.outputs = []

    def tearDown(self):
        for agent in self.outputs:
            agent.stop()
        log = stage.read_text(os.path.join(self.folder, "log"))
        crash = re.search(CRASH, log)
        self.assertIsNone(crash, log[crash.start():crash.start() + 2000] if crash else "")
        for secret in (self.run_.rendered().split("\n")[-1], stage.read_text(self.run_.sink)):
            if secret:
                self.assertNotIn(secret, log + stage.read_text(self.state + ".journal"))

    def sql(self, text):
        done = subprocess.run(["psql", self.postgres.dsn, "-XAtq", "-c", text], stdout=subprocess.PIPE, text=True, check=True)
        return done.stdout.split()

    def database_users(self, what="list"):
        names = self.sql("select rolname from pg_roles where rolname like 'v-%'")
        if what == "drop":
            self.vault.api.must("PUT", "/v1/sys/leases/revoke-prefix/database/creds/app")
            return []
        return names

    def start(self, **config):
        self.run_.config.update(config)
        agent = self.run_.start()
        self.outputs.append(agent)
        return agent

    def works(self):
        """Whether PostgreSQL takes the login in the rendered file."""
        lines = self.run_.rendered().split("\n")
        if len(lines) != 2:
            return False
        host = self.postgres.dsn.split("@", 1)[1]
        done = subprocess.run(["psql", f"postgresql://{lines[0]}:{lines[1]}@{host}", "-XAtqc", "select 1"],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        return done.stdout.strip() == "1"

    def tool(self, *words):
        done = subprocess.run([stage.program("leasehold-agent", "AGENT_BIN"), *words, f"-state={self.state}"],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        return done.returncode, done.stdout + done.stderr

    def logins(self):
        return len([1 for line in stage.read_text(os.path.join(self.folder, "log")).split("\n")
                    if "authentication successful" in line])

    def test_a_killed_agent_goes_on(self):
        agent = self.start()
        self.assertTrue(stage.wait_until(self.works), agent.output()[-3000:])
        user = self.run_.rendered()
        self.assertEqual(stat.S_IMODE(os.stat(self.state).st_mode), 0o600)
        for _ in range(3):
            agent.process.kill()
            agent.process.wait()
            agent = self.start()
            self.assertTrue(stage.wait_until(lambda: self.tool("ready")[0] == 0), agent.output()[-3000:])
        self.assertEqual(self.run_.rendered(), user)
        self.assertEqual(self.logins(), 1)
        self.assertEqual(len(self.database_users()), 1)

    def test_killed_at_any_instant_one_user_is_left(self):
        dice = random.Random(7)
        for _ in range(12):
            agent = self.start()
            time.sleep(dice.random() * 0.4)
            agent.process.kill()
            agent.process.wait()
        agent = self.start()
        self.assertTrue(stage.wait_until(self.works), agent.output()[-3000:])
        self.assertTrue(stage.wait_until(lambda: len(self.database_users()) == 1), str(self.database_users()))
        self.assertTrue(self.works())

    def test_init_hands_over_and_the_sidecar_revokes(self):
        init = self.start(exit_after_auth=True, revoke_on_shutdown=True)
        self.assertEqual(init.exit_status(), 0, init.output()[-3000:])
        self.assertTrue(self.works(), "what is handed over is not revoked")
        user = self.run_.rendered()
        sidecar = self.start(exit_after_auth=False)
        self.assertTrue(stage.wait_until(lambda: self.tool("ready")[0] == 0), sidecar.output()[-3000:])
        self.assertEqual((self.run_.rendered(), self.logins(), len(self.database_users())), (user, 1, 1))
        self.assertEqual(sidecar.stop(), 0)
        self.assertTrue(stage.wait_until(lambda: not self.database_users()), "the token was revoked at the end")

    def test_sigterm_in_init_before_anything_is_rendered(self):
        self.run_.config["template"][0]["contents"] = '{{ with secret "secret/data/none" }}x{{ end }}'
        init = self.start(exit_after_auth=True)
        self.assertTrue(init.says("no secret exists"), init.output()[-3000:])
        self.assertEqual(init.stop(signal.SIGTERM), 1)

    def test_tools_probes_and_metrics(self):
        port = stage.free_port()
        agent = self.start(listener=[{"type": "tcp", "address": f"127.0.0.1:{port}", "role": "metrics_only", "tls_disable": True}])
        self.assertTrue(stage.wait_until(lambda: self.tool("ready")[0] == 0), agent.output()[-3000:])
        status, text = self.tool("ready")
        self.assertRegex(text, r"ready\nsecret vault\.read\(database/creds/app\): read \S+ ago, last proved \S+ ago, ends in ")
        status, text = self.tool("why", self.run_.destination)
        self.assertEqual(status, 0)
        self.assertRegex(text, r"lease:    database/creds/app/\S+\n  token:    accessor \S+\n  issued: .*, for 1m0s\n  next:     renew at ")
        self.assertRegex(text, r"written: vault\.read\(database/creds/app\): first read")

        def get(path):
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/agent/v1/{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        for probe in ("startup", "ready", "live"):
            self.assertEqual(get(probe)[0], 200)
        metrics = get("metrics")[1]
        self.assertRegex(metrics, r"vault_agent_auth_success [12]\n")
        self.assertRegex(metrics, r'leasehold_agent_secret_expiry_seconds\{secret="vault.read\(database/creds/app\)"\} [345]\d\.\d+\n')

        user = self.run_.rendered()
        self.vault.api.must("PUT", "/v1/sys/leases/revoke-prefix/database/creds/app")
        asked = time.monotonic()
        self.assertEqual(self.tool("check"), (0, "leases are being looked up\n"))
        self.assertEqual(self.tool("check"), (0, "asked already, within this second\n"))
        self.assertTrue(stage.wait_until(lambda: self.run_.rendered() != user and self.works()))
        self.assertLess(time.monotonic() - asked, 2.5)
        self.assertRegex(self.tool("why", self.run_.destination)[1], r"read: its lease was gone")
        agent.stop()
        self.assertEqual(self.tool("ready")[0], 1)
        self.assertEqual(self.tool("why", self.run_.destination)[0], 0, "also after its end")

    def test_a_refused_login_is_told_everywhere(self):
        message = os.path.join(self.folder, "termination-log")
        stage.write_text(message, "")
        self.run_.config["auto_auth"]["method"]["config"]["role"] = "no-such-role"
        agent = self.start(termination_message_path=message)
        self.assertTrue(stage.wait_until(lambda: "cannot log in" in stage.read_text(message)), agent.output()[-3000:])
        wanted = r"cannot log in: role no-such-role, mount auth/kubernetes, server http://\S+: 400: invalid role name .*; the role does not exist"
        self.assertRegex(stage.read_text(message), wanted)
        status, text = self.tool("ready")
        self.assertEqual(status, 1)
        self.assertRegex(text, r"not ready: not logged in yet\nlast problem: " + wanted)

    def test_typed_outputs_and_a_signal(self):
        host, port = self.postgres.dsn.split("@", 1)[1].split("/")[0].split(":")
        got = os.path.join(self.folder, "signalled")
        program = os.path.join(self.folder, "lh-test-app")
        stage.write_text(program, f"#!/bin/sh\ntrap 'echo signal >> {got}' HUP\necho ready > {got}\nwhile :; do sleep 0.1; done\n")
        os.chmod(program, 0o755)
        app = subprocess.Popen([program])
        self.addCleanup(lambda: (app.kill(), app.wait()))
        self.assertTrue(stage.wait_until(lambda: stage.read_text(got)))
        def out(kind):
            return os.path.join(self.folder, kind)
        connection = {"host": host, "port": int(port), "database": "app"}
        self.run_.config["template"] += [
            {"output": kind, "secret": "database/creds/app", "destination": out(kind), "connection": connection,
             **({"notify": {"signal": "SIGHUP", "process": "lh-test-app"}} if kind == "dotenv" else {})}
            for kind in ("dotenv", "json", "pgpass", "pg_service", "jdbc", "yaml", "properties")]
        agent = self.start()
        self.assertTrue(stage.wait_until(lambda: "signal" in stage.read_text(got)), agent.output()[-3000:])
        user, password = self.run_.rendered().split("\n")
        self.assertEqual(len(self.database_users()), 1, "one lease for all files")
        with open(out("json"), encoding="utf-8") as file:
            self.assertEqual(json.load(file), {"username": user, "password": password})
        shell = subprocess.run(["sh", "-c", f". {out('dotenv')}; printf '%s %s' \"$USERNAME\" \"$PASSWORD\""],
                               stdout=subprocess.PIPE, text=True, check=True)
        self.assertEqual(shell.stdout, f"{user} {password}")
        self.assertEqual(stat.S_IMODE(os.stat(out("pgpass")).st_mode), 0o600)
        for words, environment in (
                (["psql", "-h", host, "-p", port, "-U", user, "-d", "app", "-wXAtqc", "select current_user"], {"PGPASSFILE": out("pgpass")}),
                (["psql", "service=app", "-wXAtqc", "select current_user"], {"PGSERVICEFILE": out("pg_service")})):
            done = subprocess.run(words, stdout=subprocess.PIPE, text=True, env=dict(os.environ, **environment))
            self.assertEqual(done.stdout.strip(), user)

    def certificate(self, name):
        """Files of a new self-signed certificate of 127.0.0.1."""
        pem, key = os.path.join(self.folder, name + ".pem"), os.path.join(self.folder, name + ".key")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
                        "-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", pem],
                       check=True, stderr=subprocess.DEVNULL)
        return pem, key

    def test_metrics_over_tls_and_a_new_certificate(self):
        port = stage.free_port()
        first, second, served = self.certificate("first"), self.certificate("second"), self.certificate("served")

        def put(pair):
            for source, target in zip(pair, served):
                shutil.copy(source, target)

        def get(trusted):
            try:
                with urllib.request.urlopen(f"https://127.0.0.1:{port}/agent/v1/live", timeout=5,
                                            context=ssl.create_default_context(cafile=trusted[0])) as answer:
                    return answer.read().decode().split("\n")[0]
            except OSError as error:
                return str(error)
        put(first)
        agent = self.start(listener=[{"type": "tcp", "address": f"127.0.0.1:{port}", "role": "metrics_only",
                                      "tls_cert_file": served[0], "tls_key_file": served[1]}])
        self.assertTrue(stage.wait_until(lambda: get(first) == "live"), agent.output()[-3000:])
        put(second)
        os.kill(agent.pid, signal.SIGHUP)
        self.assertTrue(stage.wait_until(lambda: get(second) == "live"), get(second))
        self.assertIn("CERTIFICATE_VERIFY_FAILED", get(first))
        stage.write_text(served[0], "no certificate")
        os.kill(agent.pid, signal.SIGHUP)
        self.assertTrue(agent.says("Error reloading listener 127.0.0.1:.*: error loading TLS cert: tls: failed to find any PEM data"))
        self.assertEqual(get(second), "live", "the old one stays in use")
        agent.stop()
        agent = self.start()
        self.assertEqual(agent.exit_status(), 1)
        self.assertTrue(agent.says("Error starting listener: error loading TLS cert: tls: failed to find any PEM data"))

    def test_a_notification_over_tls(self):
        heard = []

        class App(http.server.BaseHTTPRequestHandler):
            def do_POST(self):  # noqa: N802  (the base class calls it so)
                heard.append(self.path)
                self.send_response(204)
                self.end_headers()

            def log_message(self, format, *arguments):  # noqa: A002  (the base class calls it so)
                pass
        pem, key = self.certificate("app")
        app = http.server.HTTPServer(("127.0.0.1", 0), App)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem, key)
        app.socket = context.wrap_socket(app.socket, server_side=True)
        thread = threading.Thread(target=app.serve_forever, daemon=True)
        thread.start()
        self.addCleanup(lambda: (app.shutdown(), app.server_close()))
        url = f"https://127.0.0.1:{app.server_address[1]}/-/reload"
        self.run_.config["template"][0]["notify"] = {"http": url, "ca_cert": pem}
        agent = self.start()
        self.assertTrue(stage.wait_until(lambda: heard), agent.output()[-3000:])
        self.assertEqual(heard, ["/-/reload"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
