"""What the tests of leasehold-devvault share: a PostgreSQL cluster, the server, requests, checks.

Each test is a script: exit status 0 when every check held; a failing check prints what was expected.
"""
import atexit
import contextlib
import http.client
import json
import os
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import time
from urllib.parse import urlsplit

import stage

ROOT = stage.SOURCE_DIR
CREATE = ("CREATE ROLE \"{{name}}\" WITH LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}'; "
          "GRANT SELECT ON ALL TABLES IN SCHEMA public TO \"{{name}}\";")


def check(condition, what):
    if not condition:
        sys.exit("FAILED: " + what)
    print("ok: " + what, flush=True)


def within(limit, what, probe):
    """Asks every 50 ms until probe() is true."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        if probe():
            check(True, what)
            return
        time.sleep(0.05)
    check(False, "%s (not within %s s)" % (what, limit))


def temporary_folder():
    folder = tempfile.mkdtemp(prefix="lh-devvault-")
    atexit.register(shutil.rmtree, folder, True)
    return folder


class Postgres(stage.Postgres):
    """A cluster of its own, stopped at exit."""

    def __init__(self):
        if not shutil.which("psql"):
            print("SKIP no PostgreSQL client here")
            sys.exit(0)
        super().__init__(temporary_folder())
        atexit.register(self.stop)
        parts = urlsplit(self.dsn)
        self.port, self.user, self.password = parts.port, parts.username, parts.password

    def rows(self, sql, dsn=None):
        done = subprocess.run(["psql", dsn or self.dsn, "-XAtq", "-F", "|", "-v", "ON_ERROR_STOP=1", "-c", sql],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        return done.stdout.split("\n")[:-1] if done.returncode == 0 else None

    def has_role(self, name):
        return self.rows("select 1 from pg_roles where rolname = '%s'" % name) == ["1"]

    def dsn_of(self, user, password):
        return "postgresql://%s:%s@127.0.0.1:%d/app?connect_timeout=5" % (user, password, self.port)


class Answer:
    def __init__(self, status, raw):
        self.status = status
        self.raw = raw
        self.body = json.loads(raw) if raw[:1] in (b"{", b"[") else None

    @property
    def data(self):
        return self.body["data"]

    @property
    def error(self):
        return (self.body or {}).get("errors", [""])[0]


class Server:
    """leasehold-devvault on free ports, ended at exit."""

    def __init__(self, binary, *flags, expect_start=True):
        self.root = "root-token-of-this-test"
        self.log = open(os.path.join(temporary_folder(), "log"), "w+")
        self.process = subprocess.Popen(
            [binary, "server", "-dev", "-dev-listen-address", "127.0.0.1:0", "-dev-root-token-id", self.root,
             "-log-level", "debug", *flags],
            stdout=subprocess.PIPE, stderr=self.log, text=True)
        atexit.register(self.kill)
        self.banner = []
        for line in self.process.stdout:
            self.banner.append(line.rstrip("\n"))
            if line.startswith("Root Token:"):
                break
        self.started = any(line.startswith("Root Token:") for line in self.banner)
        if expect_start and not self.started:
            sys.exit("the server did not start: " + self.log_text())
        self.address = self._after("Api Address:")
        self.kube_address = self._after("Kubernetes API:")
        self.unseal_key = self._after("Unseal Key:")
        self.ssl = None

    def _after(self, label):
        for line in self.banner:
            if label in line:
                return line.split(label, 1)[1].strip()
        return ""

    def log_text(self):
        self.log.flush()
        self.log.seek(0)
        return self.log.read()

    def request(self, method, path, body=None, token=None, address=None, headers=None, timeout=60):
        parts = urlsplit(address or self.address)
        if parts.scheme == "https":
            connection = http.client.HTTPSConnection(parts.hostname, parts.port, timeout=timeout, context=self.ssl)
        else:
            connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)
        with contextlib.closing(connection):
            fields = dict(headers or {})
            if token is None and address is None:
                token = self.root
            if token:
                fields["X-Vault-Token"] = token
            connection.request(method, path, None if body is None else json.dumps(body), fields)
            response = connection.getresponse()
            return Answer(response.status, response.read())

    def vault(self, method, path, body=None, token=None, timeout=60):
        return self.request(method, "/v1/" + path, body, token, timeout=timeout)

    def must(self, method, path, body=None, token=None):
        answer = self.vault(method, path, body, token)
        if answer.status >= 400:
            sys.exit("FAILED: %s %s: %d %s" % (method, path, answer.status, answer.raw.decode()))
        return answer

    def kube(self, method, path, body=None):
        return self.request(method, path, body, address=self.kube_address)

    def stop(self, limit=15):
        """SIGTERM; gives the exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(limit)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def configure_database(self, postgres, **role):
        self.must("POST", "sys/mounts/database", {"type": "database"})
        self.must("POST", "database/config/pg", {
            "plugin_name": "postgresql-database-plugin", "allowed_roles": "*",
            "connection_url": "postgresql://{{username}}:{{password}}@127.0.0.1:%d/app?sslmode=disable" % postgres.port,
            "username": postgres.user, "password": postgres.password})
        self.must("POST", "database/roles/app", {"db_name": "pg", "creation_statements": [CREATE],
                                                 "default_ttl": "1h", "max_ttl": "24h", **role})
