#!/usr/bin/env python3
"""SIGTERM, SIGKILL and a server that drops everything, each at twelve moments of an agent's life: what
the exit status is, what stands in the file, and which database users stay behind. Prints the table."""
import concurrent.futures
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import proxy
import stage

LOGIN = '{{ with secret "database/creds/app" }}{{ .Data.username }}{{ end }}'
CRASH = ("AddressSanitizer", "UndefinedBehavior", "terminate called", "LH_ASSERT", "a defect ended the program")
#: name, where it stops, how many users may be there at that moment. The first three temporary files are the
#: sink's write check, the pid file and the token.
MOMENTS = [
    ("before login", ("request", "/login", False), 0),
    ("login made, answer under way", ("request", "/login", True), 0),
    ("before the token's rename", ("call", "rename /sink", 1), 1),
    ("before the read", ("request", "v1/database/creds", False), 0),
    ("user made, answer under way", ("request", "v1/database/creds", True), 1),
    ("temporary file made", ("call", "create .tmp", 4), 1),
    ("before the file's rename", ("call", "rename /out", 1), 1),
    ("after the file's rename", ("call", "renamed /out", 1), 1),
    ("during the command", ("command", None), 1),
    ("during a look-up", ("request", "leases/lookup", False), 1),
    ("during a renewal", ("request", "leases/renew", True), 1),
    ("during a second login", ("second", "/login", False), 1),
]
DEEDS = ["SIGTERM", "SIGKILL", "server dropped"]


class Cell:
    """One agent, stopped at one moment by one deed."""

    def __init__(self, ward, moment, deed):
        self.ward, self.deed = ward, deed
        self.name, self.place, self.users_most = moment
        self.folder = tempfile.mkdtemp(dir=ward.folder)
        self.proxy = proxy.Proxy(ward.vault.port)
        self.problems = []

    def start(self):
        self.run = stage.AgentRun(self.folder, self.proxy.address, self.ward.vault.service_account_token(), LOGIN)
        self.run.config["template_config"] = {"lease_check_interval": "500ms"}
        self.run.config["auto_auth"]["method"]["config"]["role"] = self.role = self.ward.own_role()
        self.run.config["template"][0]["contents"] = LOGIN.replace("creds/app", "creds/" + self.role)
        environment = dict(os.environ, HOME=self.folder, VAULT_LOG_LEVEL="debug")
        if self.place[0] == "call":
            environment.update(LEASEHOLD_MOMENT=self.place[1], LEASEHOLD_MOMENT_DIR=self.folder, LEASEHOLD_MOMENT_NTH=str(self.place[2]))
        if self.place[0] == "command":
            self.run.config["template"][0]["command"] = f"touch {self.folder}/reached; while [ ! -e {self.folder}/go ]; do sleep 0.02; done"
        path = os.path.join(self.folder, "config.json")
        stage.write_text(path, stage.json.dumps(self.run.config))
        self.hold = self.proxy.hold(*self.place[1:]) if self.place[0] == "request" else None
        self.agent = stage.Process([self.ward.agent, "agent", f"-config={path}"], os.path.join(self.folder, "log"), environment)

    def reach(self):
        if self.place[0] == "second":
            stage.wait_until(lambda: self.run.rendered() and stage.read_text(self.run.sink), pause=0.02)
            self.hold = self.proxy.hold(*self.place[1:])
            self.ward.vault.api.must("PUT", "/v1/auth/token/revoke", {"token": stage.read_text(self.run.sink)})
        if self.hold:
            return self.hold.reached.wait(stage.PATIENCE)
        return stage.wait_until(lambda: os.path.exists(os.path.join(self.folder, "reached")), pause=0.01)

    def go_on(self):
        stage.write_text(os.path.join(self.folder, "go"), "")
        if self.hold:
            self.hold.go_on.set()

    def users(self):
        return self.ward.users(self.role)

    def works(self):
        return self.run.rendered() in self.users()

    def expect(self, fine, what):
        if not fine:
            self.problems.append(what)

    def play(self):
        self.start()
        self.expect(self.reach(), "the moment did not come")
        status = {"SIGTERM": self.terminate, "SIGKILL": self.kill, "server dropped": self.drop}[self.deed]()
        whole = self.run.rendered()
        left = self.users()
        self.expect(whole == "" or whole.startswith("v-"), "half a file: " + repr(whole))
        self.expect(len(left) <= self.users_most + (self.deed == "server dropped"), f"{len(left)} users left")
        log = self.agent.output()
        self.expect(not any(text in log for text in CRASH), "a crash")
        self.proxy.stop()
        return status, "written" if whole else "none", len(left)

    def terminate(self):
        self.agent.process.send_signal(signal.SIGTERM)
        time.sleep(0.05)
        self.go_on()
        status = self.agent.exit_status()
        self.expect(status == 0, f"exit {status}")
        self.expect(not self.temporaries(), "a temporary file is left")
        return status

    def kill(self):
        self.agent.process.kill()
        status = self.agent.exit_status()
        self.go_on()
        time.sleep(0.1)
        return status

    def drop(self):
        """The agent stays, and the file works again soon after the server is back."""
        self.proxy.dropped = True
        self.go_on()
        time.sleep(1.0)
        self.expect(self.agent.process.poll() is None, "it ended")
        self.proxy.dropped = False
        self.expect(stage.wait_until(self.works, 15), "no working file after the server was back")
        self.expect(self.agent.stop() == 0, "no orderly end afterwards")
        return "stays"

    def temporaries(self):
        return [name for name in os.listdir(self.folder) if name.startswith(".lh.")]


class Ward:
    def __init__(self, folder, agent):
        self.folder, self.agent, self.roles = folder, agent, 0
        self.postgres = stage.Postgres(os.path.join(folder, "postgres"))
        self.vault = stage.Vault(os.path.join(folder, "vault"))
        self.vault.add_database(self.postgres.dsn)

    def own_role(self):
        """Every cell has a role of its own, so that its users can be told from the others'."""
        self.roles += 1
        name = f"r{self.roles:02d}"
        self.vault.write(f"database/roles/{name}", {"db_name": "app", "default_ttl": "3s", "max_ttl": "10m", "creation_statements": [
            "CREATE ROLE \"{{name}}\" WITH LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}';"],
            "renew_statements": ["SELECT 1"], "revocation_statements": ['DROP ROLE IF EXISTS "{{name}}"']})
        self.vault.write(f"auth/kubernetes/role/{name}", {
            "bound_service_account_names": "app", "bound_service_account_namespaces": "demo", "token_policies": "app", "token_ttl": "10m"})
        return name

    def users(self, role):
        statement = f"select rolname from pg_roles where rolname like 'v-%-{role}-%'"
        done = subprocess.run(["psql", self.postgres.dsn, "-XAtqc", statement], stdout=subprocess.PIPE, text=True, check=True)
        return done.stdout.split()

    def stop(self):
        self.vault.stop()
        self.postgres.stop()


def main():
    agent = sys.argv[1]
    if not shutil.which("psql"):
        print("SKIP no PostgreSQL client here")
        return 0
    folder = tempfile.mkdtemp(prefix="leasehold-test.")
    os.chmod(folder, 0o755)
    ward = Ward(folder, agent)
    failed = 0
    try:
        cells = [Cell(ward, moment, deed) for moment in MOMENTS for deed in DEEDS]
        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            played = list(pool.map(Cell.play, cells))
        print("| moment | " + " | ".join(f"{deed}: exit, file, users" for deed in DEEDS) + " |\n|---|---|---|---|")
        for row, (name, _, _) in enumerate(MOMENTS):
            three = played[row * len(DEEDS):(row + 1) * len(DEEDS)]
            print(f"| {name} | " + " | ".join(", ".join(map(str, cell)) for cell in three) + " |")
        for cell in cells:
            for problem in cell.problems:
                failed += 1
                print(f"FAILED {cell.name}, {cell.deed}: {problem}\n{cell.agent.output()[-1500:]}")
        print(f"{len(cells)} cells, {failed} failed")
    finally:
        ward.stop()
        shutil.rmtree(folder, ignore_errors=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
