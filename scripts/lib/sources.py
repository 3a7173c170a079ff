"""Where the demo's observations come from: the application's log, PostgreSQL's own tables, Vault's
API, the pod's state file. Each source is only read, so that what is measured is what happened."""
import json
import os
import subprocess
from urllib.parse import urlsplit


class ApplicationLog:
    """The JSON lines of the application, read as they come."""

    def __init__(self, path):
        self.path = path
        self.offset = 0
        self.failures = []      # (time, error)
        self.first_queries = {}  # user -> time of the first query that succeeded
        self.read_at = {}       # user -> time when the application read this login
        self.queries = 0
        self.user = None        # of the last login that worked

    def read(self):
        try:
            with open(self.path, "rb") as file:
                file.seek(self.offset)
                chunk = file.read()
        except FileNotFoundError:
            return self
        complete = chunk.rfind(b"\n") + 1
        self.offset += complete
        for line in chunk[:complete].splitlines():
            if line.startswith(b"{"):
                self._take(json.loads(line))
        return self

    def _take(self, event):
        self.queries = event["ok"] + event["failures"]
        kind = event["event"]
        if kind == "failed":
            self.failures.append((event["t"], event["error"]))
        elif kind == "credentials":
            self.read_at[event["user"]] = event["t"]
        elif kind == "first_query":
            self.first_queries.setdefault(event["user"], event["t"])
            self.user = event["user"]

    def failed_between(self, start, end):
        return [error for at, error in self.failures if start <= at <= end]


class Database:
    """One psql that answers questions until it is closed."""

    def __init__(self, dsn):
        parts = urlsplit(dsn)
        environment = dict(os.environ, PGPASSWORD=parts.password)
        self.process = subprocess.Popen(
            ["psql", "-X", "-q", "-A", "-t", "-F", "|", "-h", parts.hostname, "-p", str(parts.port), "-U", parts.username,
             "-d", parts.path.lstrip("/")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)

    def rows(self, statement):
        self.process.stdin.write(statement + ";\n\\echo .\n")
        self.process.stdin.flush()
        rows = []
        for line in self.process.stdout:
            if line == ".\n":
                return rows
            rows.append(line.rstrip("\n").split("|"))
        raise SystemExit("psql ended")

    def roles(self):
        """Every role that Vault made: name -> time until which its password is valid."""
        return {name: float(until or 0) for name, until in self.rows(
            "select rolname, extract(epoch from rolvaliduntil) from pg_roles where rolname like 'v-%'")}

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Pod:
    def __init__(self, folder, runner_pid):
        self.folder = folder
        self.runner_pid = runner_pid

    def state(self):
        with open(os.path.join(self.folder, "state.json"), encoding="utf-8") as file:
            return json.load(file)

    def running(self):
        try:
            os.kill(self.runner_pid, 0)
            return not _is_zombie(self.runner_pid)
        except ProcessLookupError:
            return False

    def restarts(self):
        return sum(c["restarts"] for c in self.state()["containers"].values())

    def token(self):
        """What the agent's sink wrote: the sidecar's home folder."""
        with open(os.path.join(self.folder, "volumes", "home-sidecar", ".vault-token"), encoding="utf-8") as file:
            return file.read().strip()

    def agent_memory(self):
        """RSS, PSS and anonymous memory of the sidecar's agent in bytes, or {}."""
        pid = self.state()["containers"].get("vault-agent", {}).get("pid")
        try:
            with open(f"/proc/{pid}/smaps_rollup", encoding="utf-8") as file:
                fields = dict(line.split(":", 1) for line in file if ":" in line and line.endswith("kB\n"))
        except (OSError, ValueError):
            return {}
        return {name: int(fields[name].split()[0]) * 1024 for name in ("Rss", "Pss", "Anonymous")}


def _is_zombie(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            return file.read().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True
