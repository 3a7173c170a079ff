#!/usr/bin/env python3
"""Kills the leader of three raft nodes while agents run, and counts what was lost (see failover.sh).

Half of the agents reach the cluster through one address, as through a Service; the others ask a node that stays
up, which forwards to the leader. Leases and tokens are short, so that many renewals fall into the election.
"""
import argparse
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

import stage
from http_json import HttpJson
from loopback import free_port, wait_until

TEMPLATE = '{{ with secret "database/creds/app" }}{{ .Data.username }}{{ end }}'
NODES = 3
LEASE_SECONDS = 30
ELECTION_SECONDS = 120


class Balancer:
    """One port for all nodes: each connection goes to the next node that takes it."""

    def __init__(self, ports):
        self.ports, self.turn = ports, 0
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.relay, args=(client,), daemon=True).start()

    def relay(self, client):
        for _ in self.ports:
            self.turn += 1
            try:
                server = socket.create_connection(("127.0.0.1", self.ports[self.turn % len(self.ports)]), 2)
                break
            except OSError:
                continue
        else:
            client.close()
            return
        other = {client: server, server: client}
        with client, server:
            while True:
                for ready in select.select([client, server], [], [])[0]:
                    try:
                        data = ready.recv(65536)
                        if not data:
                            return
                        other[ready].sendall(data)
                    except OSError:
                        return

    def stop(self):
        self.socket.close()


class Cluster(stage.Vault):
    """Three nodes with raft, and a Kubernetes API beside them."""

    def __init__(self, folder):  # pylint: disable=super-init-not-called
        os.makedirs(folder)
        self.folder, self.processes = folder, []
        kube_port = free_port()
        self.ca = self.kube_ca = None
        self.kube_address = f"http://127.0.0.1:{kube_port}"
        self._start("kube", [stage.program("leasehold-devvault", "KUBE_BIN"), "server", "-dev", "-dev-root-token-id=unused",
                             f"-dev-listen-address=127.0.0.1:{free_port()}", f"-dev-kube=127.0.0.1:{kube_port}"])
        if not wait_until(self.kube_answers):
            raise RuntimeError("the Kubernetes API does not answer, see " + folder)
        self.ports = [free_port() for _ in range(NODES)]
        self.nodes = [None] * NODES
        for number in range(NODES):
            self.configure(number)
            self.start_node(number)
        self.key, self.root = self.initialize()
        self.api = self.client(0)
        for number in range(1, NODES):
            self.join(number)
        if not wait_until(lambda: self.voters() == NODES, 60):
            raise RuntimeError("the nodes do not become voters, see " + folder)
        self._set_up()

    def kube_answers(self):
        try:
            return HttpJson(self.kube_address).call("GET", "/version")[0] > 0
        except OSError:
            return False

    def configure(self, number):
        home = os.path.join(self.folder, f"node{number}")
        os.makedirs(os.path.join(home, "data"))
        peers = "".join(f'  retry_join {{ leader_api_addr = "http://127.0.0.1:{port}" }}\n'
                        for other, port in enumerate(self.ports) if other != number)
        cluster_port = free_port()
        stage.write_text(os.path.join(home, "server.hcl"), f"""\
storage "raft" {{
  path = "{home}/data"
  node_id = "node{number}"
{peers}}}
listener "tcp" {{
  address = "127.0.0.1:{self.ports[number]}"
  cluster_address = "127.0.0.1:{cluster_port}"
  tls_disable = true
}}
api_addr = "http://127.0.0.1:{self.ports[number]}"
cluster_addr = "https://127.0.0.1:{cluster_port}"
disable_mlock = true
""")

    def start_node(self, number):
        home = os.path.join(self.folder, f"node{number}")
        process = stage.Process([os.environ["VAULT_BIN"], "server", f"-config={home}/server.hcl"], os.path.join(home, "log"),
                                dict(os.environ, HOME=home))
        self.nodes[number] = process
        if not wait_until(lambda: self.status(number) is not None, 30):
            raise RuntimeError(f"node {number} does not start, see {home}/log")

    def client(self, number):
        return HttpJson(f"http://127.0.0.1:{self.ports[number]}", None, {"X-Vault-Token": getattr(self, "root", "")})

    def status(self, number):
        """sys/health: 200 leader, 429 standby, others not ready; None when nobody answers."""
        try:
            return self.client(number).call("GET", "/v1/sys/health")[0]
        except OSError:
            return None

    def initialize(self):
        answer = self.client(0).must("PUT", "/v1/sys/init", {"secret_shares": 1, "secret_threshold": 1})
        self.key, self.root = answer["keys_base64"][0], answer["root_token"]
        self.client(0).must("PUT", "/v1/sys/unseal", {"key": self.key})
        if not wait_until(lambda: self.status(0) == 200, 30):
            raise RuntimeError("the first node does not become the leader")
        return self.key, self.root

    def join(self, number):
        """A node joins in its own time: unsealed until it is a standby."""
        def standby():
            try:
                self.client(number).call("PUT", "/v1/sys/unseal", {"key": self.key})
            except OSError:
                return False
            return self.status(number) in (200, 429)
        if not wait_until(standby, 60, 0.3):
            raise RuntimeError(f"node {number} does not join")

    def voters(self):
        servers = self.api.must("GET", "/v1/sys/storage/raft/configuration")["data"]["config"]["servers"]
        return sum(1 for server in servers if server["voter"])

    def leader(self):
        return next((number for number in range(NODES) if self.status(number) == 200), None)

    def tokens(self):
        """All tokens that live, the root token left out."""
        return len(self.api.must("GET", "/v1/auth/token/accessors?list=true")["data"]["keys"]) - 1

    def stop(self):
        for node in self.nodes:
            node.stop(signal.SIGKILL)
        super().stop()


def usable(dsn, users):
    """Those of the users that can log in to PostgreSQL now."""
    names = ",".join(f"'{user}'" for user in users if user)
    if not names:
        return set()
    done = subprocess.run(["psql", dsn, "-XAtqc", f"select rolname from pg_roles where rolvaliduntil > now() and rolname in ({names})"],
                          stdout=subprocess.PIPE, text=True, check=True)
    return set(done.stdout.split())


def start_agents(program, cluster, balancer, direct, folder, count):
    runs, processes = [], []
    for number in range(count):
        address = balancer.address if number % 2 == 0 else f"http://127.0.0.1:{direct}"
        run = stage.AgentRun(os.path.join(folder, str(number)), address, cluster.service_account_token(), TEMPLATE)
        run.config["template_config"] = {}
        path = os.path.join(run.folder, "config.json")
        stage.write_text(path, json.dumps(run.config))
        processes.append(stage.Process([program, "agent", f"-config={path}"], os.path.join(run.folder, "log"),
                                       dict(os.environ, HOME=run.folder, VAULT_LOG_LEVEL="debug")))
        runs.append(run)
    if not wait_until(lambda: all(run.rendered() for run in runs), 60):
        raise RuntimeError("not every agent has rendered, see " + folder)
    return runs, processes


def fail_over(cluster, dsn, runs, seconds):
    """Kills the leader and watches. Numbers of what was lost."""
    leader, first = cluster.leader(), [run.rendered() for run in runs]
    tokens = cluster.tokens()
    start = time.monotonic()
    cluster.nodes[leader].stop(signal.SIGKILL)
    elected, dead = None, 0
    while time.monotonic() - start < seconds or elected is None:
        if elected is None and cluster.leader() is not None:
            elected = time.monotonic() - start
        users = [run.rendered() for run in runs]
        dead = max(dead, len(users) - len(usable(dsn, users) & set(users)))
        if time.monotonic() - start > ELECTION_SECONDS:
            raise RuntimeError("no new leader")
        time.sleep(0.5)
    cluster.api = cluster.client(cluster.leader())
    replaced = sum(1 for run, user in zip(runs, first) if run.rendered() != user)
    result = {"elected": elected, "dead": dead, "replaced": replaced, "logins": cluster.tokens() - tokens}
    cluster.start_node(leader)
    cluster.join(leader)
    return result


def measure(name, program, cluster, dsn, folder, options):
    leader = cluster.leader()
    balancer = Balancer(cluster.ports)
    processes, lost = [], 0
    try:
        # A node that no round kills: each round kills the leader, so this holds for one round; later ones move on.
        direct = cluster.ports[(leader + 1) % NODES]
        runs, processes = start_agents(program, cluster, balancer, direct, folder, options.agents)
        for number in range(options.rounds):
            if cluster.ports[cluster.leader()] == direct and number > 0:
                print(f"{name}: round {number + 1} left out, the agents' own node leads now")
                break
            result = fail_over(cluster, dsn, runs, options.seconds)
            lost += result["dead"] + result["replaced"] + result["logins"]
            print(f"{name}: leader killed, next one after {result['elected']:.1f} s; of {len(runs)} agents in {options.seconds} s: "
                  f"{result['replaced']} leases replaced, {result['dead']} passwords dead, {result['logins']} logins more", flush=True)
    finally:
        for process in processes:
            process.stop(signal.SIGKILL)
        balancer.stop()
    # The next agents are counted from nothing.
    cluster.api.must("PUT", "/v1/sys/leases/revoke-prefix/auth/kubernetes/login", {"sync": True})
    return lost


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--agents", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--seconds", type=int, default=90, help="to watch after each kill; leases last %ds" % LEASE_SECONDS)
    options = parser.parse_args()
    agents = stage.agents_to_compare()
    folder = tempfile.mkdtemp(prefix="leasehold-failover.")
    os.chmod(folder, 0o755)
    postgres = stage.Postgres(os.path.join(folder, "postgres"))
    cluster, lost = None, {}
    try:
        cluster = Cluster(os.path.join(folder, "cluster"))
        cluster.add_database(postgres.dsn)
        cluster.write("database/roles/app", {"db_name": "app", "default_ttl": f"{LEASE_SECONDS}s", "max_ttl": "1h", "creation_statements": [
            "CREATE ROLE \"{{name}}\" WITH LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}';"]})
        cluster.write("auth/kubernetes/role/app", {"bound_service_account_names": "app", "bound_service_account_namespaces": "demo",
                                                   "token_policies": "app", "token_ttl": f"{LEASE_SECONDS * 2}s", "token_max_ttl": "1h"})
        health = cluster.api.must("GET", "/v1/sys/health")
        print(f"server: {os.path.basename(os.environ['VAULT_BIN'])} {health.get('version', '')}, {NODES} raft nodes; leases of {LEASE_SECONDS} s", flush=True)
        for name, program in agents.items():
            lost[name] = measure(name, program, cluster, postgres.dsn, os.path.join(folder, name.split()[0]), options)
    finally:
        if cluster is not None:
            cluster.stop()
        postgres.stop()
        if not lost.get("ours", 1):
            shutil.rmtree(folder, ignore_errors=True)
        else:
            print(f"files stay in {folder}", file=sys.stderr)
    sys.exit(1 if lost["ours"] else 0)


if __name__ == "__main__":
    main()
