#!/usr/bin/env python3
"""Start time, memory, reads and wake-ups of agents against a development server on loopback (called by run.sh).

Start: from just before the process is made until the last destination exists, with KV v2 secrets,
Kubernetes login, exit_after_auth. Memory: /proc/PID/smaps_rollup of an agent that has run for 30 s. Cold start:
what the kernel reads from storage for a program that is in no cache. Wake-ups: voluntary context switches of all
threads of an idle agent, its look-ups of the token among them.
"""
import argparse
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

from http_json import HttpJson
from loopback import free_port

TEMPLATE = '{{ with secret "secret/data/app%d" }}user={{ .Data.data.user }}\npassword={{ .Data.data.password }}\n{{ end }}'
RENDER_SECONDS = 60  # a machine that is busy with other things is slow, not broken
MEMORY_FIELDS = ("Rss", "Pss", "Anonymous")


class Server:
    """A development server with ten KV v2 secrets and a Kubernetes role; our devvault is the API."""

    def __init__(self, arguments, folder, tls):
        self.processes = []
        port, kube_port = free_port(), free_port()
        self.kube = f"{'https' if tls else 'http'}://127.0.0.1:{kube_port}"
        self.address = f"{'https' if tls else 'http'}://127.0.0.1:{port}"
        self.ca = os.path.join(folder, "vault-ca.pem") if tls else None
        os.makedirs(folder, exist_ok=True)
        flags = ["server", "-dev", "-dev-root-token-id=root", f"-dev-listen-address=127.0.0.1:{port}"]
        if tls:
            flags += ["-dev-tls", f"-dev-tls-cert-dir={folder}"]
        self.kube_ca = self.ca
        if arguments.vault_bin:
            self.kube, self.kube_ca = f"http://127.0.0.1:{kube_port}", None
            self._start([arguments.devvault, "server", "-dev", "-dev-root-token-id=unused", f"-dev-kube=127.0.0.1:{kube_port}",
                         f"-dev-listen-address=127.0.0.1:{free_port()}"], folder, "kube")
            self._start([arguments.vault_bin, *flags, "-dev-no-store-token"], folder, "vault")
        else:
            self._start([arguments.devvault, *flags, f"-dev-kube=127.0.0.1:{kube_port}"], folder, "vault")
        self._set_up(folder)

    def _start(self, words, folder, name):
        with open(os.path.join(folder, name + ".log"), "wb") as log:
            self.processes.append(subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                                   env=dict(os.environ, HOME=folder)))

    def _set_up(self, folder):
        deadline = time.monotonic() + 20
        vault = None
        while vault is None:
            try:
                client = HttpJson(self.address, self.ca, {"X-Vault-Token": "root"})
                if client.call("GET", "/v1/sys/health")[0] == 200:
                    vault = client
            except OSError:
                if time.monotonic() > deadline:
                    raise SystemExit("the server does not answer") from None
                time.sleep(0.05)
        certificate = self.ca or os.path.join(folder, "any.pem")
        if not self.ca:
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
                            "-subj", "/CN=unused", "-keyout", "/dev/null", "-out", certificate], check=True, stderr=subprocess.DEVNULL)
        with open(certificate, encoding="utf-8") as file:
            kube_ca = file.read()
        vault.must("POST", "/v1/sys/auth/kubernetes", {"type": "kubernetes"})
        vault.must("POST", "/v1/auth/kubernetes/config", {
            "kubernetes_host": self.kube, "kubernetes_ca_cert": kube_ca, "disable_local_ca_jwt": True})
        vault.must("PUT", "/v1/sys/policies/acl/app", {"policy": 'path "secret/data/*" { capabilities = ["read"] }'})
        vault.must("POST", "/v1/auth/kubernetes/role/app", {
            "bound_service_account_names": "app", "bound_service_account_namespaces": "demo", "token_policies": "app", "token_ttl": "1h"})
        for number in range(10):
            vault.must("POST", f"/v1/secret/data/app{number}", {"data": {"user": f"user-{number}", "password": "bench-password"}})
        self.token_file = os.path.join(folder, "jwt")
        kube = HttpJson(self.kube, self.kube_ca)
        pod = kube.must("POST", "/api/v1/namespaces/demo/pods", {
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "bench", "namespace": "demo"},
            "spec": {"serviceAccountName": "app", "containers": [{"name": "app", "image": "app"}]}})
        body = {"spec": {"audiences": [], "expirationSeconds": 3600, "boundObjectRef": {
            "apiVersion": "v1", "kind": "Pod", "name": "bench", "uid": pod["metadata"]["uid"]}}}
        with open(self.token_file, "w", encoding="utf-8") as file:
            file.write(kube.must("POST", "/api/v1/namespaces/demo/serviceaccounts/app/token", body)["status"]["token"])

    def stop(self):
        for process in self.processes:
            process.send_signal(signal.SIGTERM)
        for process in self.processes:
            process.wait(20)


class Agent:
    """One agent program and its working folder."""

    def __init__(self, program, folder):
        self.program = program
        self.folder = folder
        os.makedirs(folder, exist_ok=True)

    def config(self, server, templates, exit_after_auth):
        vault = {"address": server.address}
        if server.ca:
            vault["ca_cert"] = server.ca
        document = {
            "auto_auth": {"method": {"type": "kubernetes", "mount_path": "auth/kubernetes",
                                     "config": {"role": "app", "token_path": server.token_file}},
                          "sink": [{"type": "file", "config": {"path": os.path.join(self.folder, "token")}}]},
            "exit_after_auth": exit_after_auth, "vault": vault,
            "template": [{"contents": TEMPLATE % n, "destination": os.path.join(self.folder, f"out{n}")} for n in range(templates)],
            "template_config": {"exit_on_retry_failure": True}}
        path = os.path.join(self.folder, "config.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(document, file)
        return path

    def spawn(self, config):
        with open(os.path.join(self.folder, "log"), "ab") as log:
            return os.posix_spawn(self.program, [os.path.basename(self.program), "agent", f"-config={config}"],
                                  {"PATH": os.environ["PATH"], "HOME": self.folder},
                                  file_actions=[(os.POSIX_SPAWN_DUP2, log.fileno(), 1), (os.POSIX_SPAWN_DUP2, log.fileno(), 2)])

    def outputs(self, templates):
        """Their paths; none of the files is there any more."""
        paths = [os.path.join(self.folder, f"out{n}") for n in range(templates)]
        for path in paths:
            if os.path.exists(path):
                os.unlink(path)
        return paths

    def start_times(self, server, runs, templates):
        """Milliseconds from the start to the last rendered file."""
        config = self.config(server, templates, True)
        times = []
        for _ in range(runs + 2):  # the first two warm the page cache
            outputs = self.outputs(templates)
            started = time.perf_counter()
            pid = self.spawn(config)
            while not all(os.path.exists(output) for output in outputs):
                if time.perf_counter() - started > RENDER_SECONDS:
                    os.kill(pid, signal.SIGKILL)
                    raise SystemExit(f"{self.program} renders nothing, see {self.folder}/log")
                time.sleep(0.0002)
            times.append((time.perf_counter() - started) * 1000)
            os.waitpid(pid, 0)
        return times[2:]

    def run_idle(self, server, templates):
        """The process number of an agent that has rendered everything and runs on."""
        outputs = self.outputs(templates)
        pid = self.spawn(self.config(server, templates, False))
        deadline = time.monotonic() + RENDER_SECONDS
        while not all(os.path.exists(o) for o in outputs) and time.monotonic() < deadline:
            time.sleep(0.05)
        missing = [o for o in outputs if not os.path.exists(o)]
        if missing:
            end(pid)
            raise SystemExit(f"{self.program} did not render {missing}, see {self.folder}/log")
        return pid

    def memory(self, server, templates, seconds):
        pid = self.run_idle(server, templates)
        try:
            time.sleep(seconds)
            return memory_of(pid)
        finally:
            end(pid)

    def wake_ups(self, server, seconds):
        """A second."""
        pid = self.run_idle(server, 10)
        try:
            time.sleep(2)
            before = switches_of(pid)
            time.sleep(seconds)
            return (switches_of(pid) - before) / seconds
        finally:
            end(pid)

    def cold_start_reads(self, server):
        """MiB that are read from storage until ten files are there; nan where the file system does not tell."""
        copy = os.path.join(self.folder, os.path.basename(self.program))
        shutil.copy(self.program, copy)
        with open(copy, "rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        pid = Agent(copy, self.folder).run_idle(server, 10)
        try:
            with open(f"/proc/{pid}/io", encoding="utf-8") as file:
                size = int(re.search(r"^read_bytes: (\d+)", file.read(), re.MULTILINE).group(1))
        finally:
            end(pid)
            os.unlink(copy)
        return size / 2**20 if size else float("nan")

    def crowd(self, server, count):
        """MiB (PSS) of many agents with ten templates each."""
        agents = [Agent(self.program, os.path.join(self.folder, f"of-many-{number}")) for number in range(count)]
        pids = []
        try:
            for agent in agents:
                pids.append(agent.run_idle(server, 10))
            time.sleep(3)
            return sum(memory_of(pid)["Pss"] for pid in pids)
        finally:
            for pid in pids:
                end(pid)


def memory_of(pid):
    with open(f"/proc/{pid}/smaps_rollup", encoding="utf-8") as file:
        fields = dict(re.findall(r"^(\w+): +(\d+) kB$", file.read(), re.MULTILINE))
    return {name: int(fields[name]) / 1024 for name in MEMORY_FIELDS}


def switches_of(pid):
    total = 0
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/status", encoding="utf-8") as file:
            total += int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", file.read(), re.MULTILINE).group(1))
    return total


def end(pid):
    os.kill(pid, signal.SIGTERM)
    os.waitpid(pid, 0)


def measure_start(agents, server, runs, tls):
    for templates in (1, 10) if tls else (1,):
        times = [a.start_times(server, runs, templates) for a in agents]
        name = f"start to {templates} rendered file{'s' if templates > 1 else ''}, TLS {'on' if tls else 'off'}"
        yield f"{name}, median ms", [statistics.median(t) for t in times]
        yield f"{name}, p90 ms", [sorted(t)[int(len(t) * 0.9)] for t in times]


def measure_idle(agents, server, arguments):
    seconds = 3 if arguments.quick else 30
    for templates in (1, 10):
        usage = [a.memory(server, templates, seconds) for a in agents]
        for field in MEMORY_FIELDS:
            yield f"{field} MiB, {templates} template{'s' if templates > 1 else ''}", [u[field] for u in usage]
    yield "wake-ups a second, 10 templates", [a.wake_ups(server, seconds) for a in agents]
    yield "cold start: MiB read, 10 templates", [a.cold_start_reads(server) for a in agents]
    many = 20 if arguments.quick else 200
    # A peer of 80 MiB each would not fit: a tenth of them, times ten.
    yield f"Pss MiB of {many} agents (peer: of {many // 10}, times 10)", \
        [agents[0].crowd(server, many)] + [10 * a.crowd(server, many // 10) for a in agents[1:]]


def measure(arguments, folder):
    """Rows of (text, one figure for each agent)."""
    agents = [Agent(arguments.agent, os.path.join(folder, "ours"))]
    if arguments.peer:
        agents.append(Agent(arguments.peer, os.path.join(folder, "peer")))
    for tls in (False, True):
        server = Server(arguments, os.path.join(folder, "tls" if tls else "plain"), tls)
        try:
            yield from measure_start(agents, server, 5 if arguments.quick else 30, tls)
            if tls:
                yield from measure_idle(agents, server, arguments)
        finally:
            server.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--agent", required=True)
    parser.add_argument("--devvault", required=True)
    parser.add_argument("--peer")
    parser.add_argument("--vault-bin")
    parser.add_argument("--quick", action="store_true", help="five starts, three seconds: to see that it works")
    arguments = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="leasehold-bench.")
    print(f"{'agent' + (' (quick, not for comparison)' if arguments.quick else ''):44} {'ours':>10}" + (f" {'peer':>10}" if arguments.peer else ""))
    try:
        for name, figures in measure(arguments, folder):
            print(f"  {name:42} " + " ".join(f"{f:10.2f}" for f in figures), flush=True)
    except SystemExit as stop:
        print(f"stopped: {stop}; files stay in {folder}", file=sys.stderr)
        sys.exit(1)
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
