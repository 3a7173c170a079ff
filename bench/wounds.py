#!/usr/bin/env python3
"""Provokes each wound of the replaced agent and measures what an application would see (see wounds.sh).

A row is a function that takes a Ward and gives (text, healed). Its document string is the figure to reach.
"""
import argparse
import concurrent.futures
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

import proxy
import stage

LOGIN = '{{ with secret "database/creds/%s" }}{{ .Data.username }}{{ end }}'
KV = '{{ with secret "secret/data/app" }}{{ .Data.data.password }}{{ end }}'
ROLES = {"app": ("60s", "10m"), "brief": ("30s", "10m"), "short": ("10s", "10m"), "rotating": ("20s", "40s"), "cached": ("30s", "80s")}


class Ward:
    """One agent program, its server, and what a row needs to hurt it."""

    def __init__(self, vault, postgres, agent, folder, full):
        self.vault, self.postgres, self.agent, self.folder, self.full = vault, postgres, agent, folder, full
        self.ours = "leasehold" in os.path.basename(agent)
        self.processes, self.proxies, self.count = [], [], 0

    def proxy(self):
        self.proxies.append(proxy.Proxy(self.vault.port))
        return self.proxies[-1]

    def run_of(self, contents, address, role="app"):
        self.count += 1
        run = stage.AgentRun(os.path.join(self.folder, str(self.count)), address, self.vault.service_account_token(), contents)
        run.config["auto_auth"]["method"]["config"]["role"] = role
        run.config["template_config"] = {}
        return run

    def start(self, run, *flags):
        path = os.path.join(run.folder, "config.json")
        stage.write_text(path, json.dumps(run.config))
        process = stage.Process([self.agent, "agent", f"-config={path}", *flags], os.path.join(run.folder, "log"),
                                dict(os.environ, HOME=run.folder, VAULT_LOG_LEVEL="debug"))
        self.processes.append(process)
        return process

    def rendered(self, run, former="", seconds=60):
        """The user in the file when it is another than the former one and can log in."""
        return stage.wait_until(lambda: run.rendered() not in ("", former) and self.works(run.rendered()) and run.rendered(), seconds, 0.02)

    def sql(self, statement):
        done = subprocess.run(["psql", self.postgres.dsn, "-XAtqc", statement], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        return done.stdout.split()

    def works(self, user):
        return bool(user) and self.sql(f"select 1 from pg_roles where rolname = '{user}'") == ["1"]

    def users(self):
        return set(self.sql("select rolname from pg_roles where rolname like 'v-%'"))

    def revoke_leases(self, role):
        self.vault.api.must("PUT", f"/v1/sys/leases/revoke-prefix/database/creds/{role}", {})

    def dead_seconds(self, run, seconds):
        """How long of that time the user in the file could not log in."""
        end, dead = time.monotonic() + seconds, 0.0
        while time.monotonic() < end:
            start = time.monotonic()
            good = self.works(run.rendered())
            time.sleep(0.1)
            dead += 0 if good else time.monotonic() - start
        return dead

    def clear(self):
        for process in self.processes:
            process.stop(signal.SIGKILL)
        for one in self.proxies:
            one.stop()
        self.processes, self.proxies = [], []


def revoked_lease(ward):
    """lease revoked out of band: new login <= 5 s (p99)"""
    run = ward.run_of(LOGIN % "app", ward.vault.address)
    ward.start(run)
    user, took = ward.rendered(run), []
    for _ in range(50 if ward.full else 8) if ward.ours else range(2):
        ward.revoke_leases("app")
        start = time.monotonic()
        user = ward.rendered(run, user, 60)
        took.append(time.monotonic() - start)
        time.sleep(1.5)
    worst = max(took)
    return f"median {statistics.median(took):.1f} s, worst {worst:.1f} s of {len(took)}", worst <= 5


def revoked_token(ward):
    """auto-auth token revoked: new login <= 5 s, <= 1 attempt a second"""
    relay = ward.proxy()
    run = ward.run_of(LOGIN % "app", relay.address)
    ward.start(run)
    user, took, busiest = ward.rendered(run), [], 0
    for _ in range(5 if ward.ours else 1):
        stage.wait_until(lambda: stage.read_text(run.sink))
        time.sleep(1.5)
        start = time.monotonic()
        ward.vault.api.must("PUT", "/v1/auth/token/revoke", {"token": stage.read_text(run.sink)})
        user = ward.rendered(run, user, 60)
        took.append(time.monotonic() - start)
        busiest = max(busiest, relay.busiest_second(start, "login"), relay.busiest_second(start, "renew"))
    return f"worst {max(took):.1f} s of {len(took)}, busiest second {busiest} attempts", max(took) <= 5 and busiest <= 2


def new_token(ward):
    """new token (20 s, max 40 s), lease 60 s: the file always works"""
    run = ward.run_of(LOGIN % "app", ward.vault.address, role="brief")
    ward.start(run)
    ward.rendered(run)
    dead = ward.dead_seconds(run, 130 if ward.full else 60)
    return f"dead for {dead:.1f} s", dead < 0.5


def server_away(ward):
    """server away: <= 1 request in 5 s after a minute; back: p50 <= 3 s, max <= 10 s"""
    patients = []
    for _ in range(24 if ward.ours else 8):  # the median of few is a matter of luck
        relay = ward.proxy()
        run = ward.run_of(LOGIN % "brief", relay.address)
        ward.start(run)
        patients.append((relay, run))
    former = [ward.rendered(run) for _, run in patients]
    for relay, _ in patients:
        relay.dropped = True
    time.sleep(60)
    start = time.monotonic()
    time.sleep(120 if ward.full else 45)
    length = time.monotonic() - start
    rate = sum(relay.count("", start) for relay, _ in patients) / len(patients) / length
    ward.revoke_leases("brief")
    back = time.monotonic()
    for relay, _ in patients:
        relay.dropped = False
    with concurrent.futures.ThreadPoolExecutor(len(patients)) as pool:
        times = list(pool.map(lambda pair: ward.rendered(pair[0][1], pair[1], 60) and time.monotonic() - back, zip(patients, former)))
    lost = times.count(None)
    times = [taken if taken else 60.0 for taken in times]
    text = f"{rate:.2f} requests/s; back after p50 {statistics.median(times):.1f} s, max {max(times):.1f} s" + (f", {lost} not" if lost else "")
    return text, rate <= 0.22 and statistics.median(times) <= 3.5 and max(times) <= 10


def init_and_sidecar(ward):
    """init, then sidecar: one login, one lease"""
    relay = ward.proxy()
    run = ward.run_of(LOGIN % "app", relay.address)
    run.config["state"] = {"path": os.path.join(run.folder, "state")}
    before = ward.users()
    run.config["exit_after_auth"] = True
    ward.start(run).exit_status()
    run.config["exit_after_auth"] = False
    agent = ward.start(run)
    agent.says("renewed auth token|rendered|auth handler", 10)
    time.sleep(3)
    logins, users = relay.count("login"), len(ward.users() - before)
    return f"{logins} logins, {users} leases", logins == 1 and users == 1


def failing_command(ward):
    """failing command: never a new lease"""
    run = ward.run_of(LOGIN % "app", ward.vault.address)
    run.config["template"][0]["command"] = "exit 1"
    before = ward.users()
    ward.start(run)
    ward.rendered(run)
    time.sleep(20)
    made = len(ward.users() - before)
    return f"{made} users in 20 s", made == 1


def cached_renewals(ward):
    """cache answers a renewal: never a dead password"""
    run = ward.run_of(LOGIN % "cached", ward.vault.address)
    run.config["cache"] = {"use_auto_auth_token": True}
    run.config["listener"] = [{"type": "tcp", "address": f"127.0.0.1:{stage.free_port()}", "tls_disable": True}]
    ward.start(run)
    ward.rendered(run)
    dead = ward.dead_seconds(run, 260 if ward.full else 90)
    return f"dead for {dead:.1f} s", dead < 0.5


def renewals_answered_503(ward):
    """renewal answered 503 three times: renewed again, not leaked"""
    relay = ward.proxy()
    refused = []

    def fault(seen):
        if "leases/renew" not in seen.path or len(refused) >= 3 or time.monotonic() < healthy:
            return None
        refused.append(seen)
        return 503, b'{"errors":["Vault is sealed"]}', {}

    healthy = time.monotonic() + 3  # the peer renews at once after the read
    relay.fault = fault
    before = ward.users()
    run = ward.run_of(LOGIN % "brief", relay.address)
    ward.start(run)
    ward.rendered(run)
    stage.wait_until(lambda: len(refused) >= 3, 40)
    time.sleep(6)
    made = len(ward.users() - before)
    return f"{len(refused)} refused, {made} leases", made == 1 and len(refused) == 3


def static_beside_dynamic(ward):
    """a static secret beside a dynamic one: only what changed is written"""
    relay = ward.proxy()
    run = ward.run_of(LOGIN % "app", relay.address)
    ran = os.path.join(run.folder, "ran")
    run.config["template_config"]["static_secret_render_interval"] = "1s"
    run.config["template"][0]["command"] = f"echo >> {ran}"
    run.config["template"].append({"contents": KV, "destination": run.destination + "2"})
    before = ward.users()
    ward.start(run)
    ward.rendered(run)
    start = time.monotonic()
    time.sleep(12)
    polls, commands = relay.count("secret/data/app", start), len(stage.read_text(ran).splitlines())
    made = len(ward.users() - before)
    return f"{polls} polls, command ran {commands} times, {made} leases", commands == 1 and made == 1


def first_pass_trap(ward):
    """first-pass trap: the template renders all the same"""
    run = ward.run_of('{{ (secret "database/creds/app").Data.username | trimPrefix "x" }}', ward.vault.address)
    ward.start(run)
    start = time.monotonic()
    user = ward.rendered(run, seconds=10)
    return (f"rendered after {time.monotonic() - start:.2f} s", True) if user else ("not rendered in 10 s", False)


def refused_login(ward):
    """refused login: one line names role, mount, server, cause and fix"""
    run = ward.run_of(KV, ward.vault.address, role="nobody")
    agent = ward.start(run)
    agent.says("error authenticating", 10)
    time.sleep(0.5)
    wanted = ("nobody", "auth/kubernetes", ward.vault.address.split("//")[1], "invalid role name|role", "check|fix|advice")
    lines = agent.output().splitlines()
    best = max((sum(1 for part in wanted if re.search(part, line)) for line in lines), default=0)
    return f"best line has {best} of {len(wanted)}", best == len(wanted)


def told_to_end_in_init(ward):
    """SIGTERM in init before anything is rendered: not 0"""
    relay = ward.proxy()
    hold = relay.hold("v1/database/creds")
    run = ward.run_of(LOGIN % "app", relay.address)
    run.config["exit_after_auth"] = True
    agent = ward.start(run)
    hold.reached.wait(20)
    status = agent.stop()
    return f"exit {status}", status not in (0, None)


def drained_pool(ward):
    """rotation: the old login works on for drain = 8 s"""
    run = ward.run_of(LOGIN % "rotating", ward.vault.address)
    run.config["template_config"]["drain"] = "8s"
    ward.start(run)
    old = ward.rendered(run)
    new = ward.rendered(run, old, 60)
    start = time.monotonic()
    stage.wait_until(lambda: not ward.works(old), 60, 0.1)
    worked = time.monotonic() - start
    return f"worked on for {worked:.1f} s", bool(new) and worked >= 6


ROWS = [revoked_lease, revoked_token, new_token, server_away, init_and_sidecar, failing_command, cached_renewals, renewals_answered_503,
        static_beside_dynamic, first_pass_trap, refused_login, told_to_end_in_init, drained_pool]


def prepare(vault):
    vault.write("secret/data/app", {"data": {"password": "a-value"}})
    for name, (ttl, most) in ROLES.items():
        vault.write(f"database/roles/{name}", {"db_name": "app", "default_ttl": ttl, "max_ttl": most, "creation_statements": [
            "CREATE ROLE \"{{name}}\" WITH LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}';"]})
    vault.write("auth/kubernetes/role/brief", {
        "bound_service_account_names": "app", "bound_service_account_namespaces": "demo", "token_policies": "app",
        "token_ttl": "20s", "token_max_ttl": "40s"})


def measure(row, agent, folder, full):
    """One row with a server of its own state."""
    ward = Ward(VAULT, POSTGRES, agent, folder, full)
    try:
        return row(ward)
    except Exception as defect:  # noqa: BLE001  (a row that breaks is a row that failed)
        return f"broke: {defect}", False
    finally:
        ward.clear()


def main():
    global VAULT, POSTGRES
    parser = argparse.ArgumentParser()
    parser.add_argument("--full", action="store_true")
    parser.add_argument("rows", nargs="*")
    options = parser.parse_args()
    rows = [row for row in ROWS if not options.rows or row.__name__ in options.rows]
    agents = stage.agents_to_compare()
    folder = tempfile.mkdtemp(prefix="leasehold-wounds.")
    os.chmod(folder, 0o755)
    POSTGRES = stage.Postgres(os.path.join(folder, "postgres"))
    VAULT = stage.Vault(os.path.join(folder, "vault"))
    missed = []
    try:
        VAULT.add_database(POSTGRES.dsn)
        prepare(VAULT)
        health = VAULT.api.must("GET", "/v1/sys/health")
        print(f"server: {os.path.basename(os.environ.get('VAULT_BIN', 'leasehold-devvault'))} {health.get('version', '')}\n")
        print("| wound: figure | " + " | ".join(agents) + " |\n|---" * 1 + "|---" * len(agents) + "|", flush=True)
        for row in rows:
            cells = []
            for name, agent in agents.items():
                text, healed = measure(row, agent, os.path.join(folder, f"{row.__name__}-{name.split()[0]}"), options.full)
                cells.append(text + ("" if healed else " ✗"))
                if name == "ours" and not healed:
                    missed.append(row.__name__)
            print(f"| {row.__doc__} | " + " | ".join(cells) + " |", flush=True)
    finally:
        VAULT.stop()
        POSTGRES.stop()
        shutil.rmtree(folder, ignore_errors=True)
    print(f"\n{len(rows) - len(missed)} of {len(rows)} figures reached" + (": missed " + ", ".join(missed) if missed else ""))
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
