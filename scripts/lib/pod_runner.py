#!/usr/bin/env python3
"""Runs a pod as local processes, as a kubelet would: volumes and the projected token first, init
containers one after the other, then all containers at once; restarts what ends; on SIGTERM runs the
preStop hooks, sends SIGTERM to each container, waits the grace period, kills what is left.

  pod_runner.py POD.json --dir DIR --kube URL [--kube-ca FILE] --image 'PATTERN=FOLDER' ... [--config-maps FILE]
                [--secrets FILE] [--token-seconds N]

In DIR: state.json (phase, process numbers, restarts, times), logs/CONTAINER.log, volumes/.
Exit status: 0 the pod ended in order; 1 an init container failed or a container had to be killed.
"""
import argparse
import json
import os
import signal
import subprocess
import sys
import threading
import time

from http_json import HttpJson
from pod_sandbox import Images, command_of, environment, sandbox
from pod_volumes import Volumes

INIT_TRIES = 5
RESTART_PAUSE_SECONDS = (1, 2, 5, 10)


class KubeApi:
    """The few calls of a kubelet: the pod's registration and its tokens."""

    def __init__(self, http, pod, token_seconds):
        self.http = http
        self.pod = pod
        self.token_seconds = token_seconds
        self.base = f"/api/v1/namespaces/{pod['metadata']['namespace']}"

    def register(self):
        created = self.http.must("POST", f"{self.base}/pods", self.pod)
        self.pod["metadata"]["uid"] = created["metadata"]["uid"]

    def request_token(self, audience, seconds):
        body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {
            "audiences": [audience] if audience else [],
            "expirationSeconds": self.token_seconds or seconds,
            "boundObjectRef": {"apiVersion": "v1", "kind": "Pod", "name": self.pod["metadata"]["name"],
                               "uid": self.pod["metadata"]["uid"]},
        }}
        account = self.pod["spec"]["serviceAccountName"]
        return self.http.must("POST", f"{self.base}/serviceaccounts/{account}/token", body)["status"]["token"]

    def forget(self):
        self.http.call("DELETE", f"{self.base}/pods/{self.pod['metadata']['name']}")


class Container:
    """One container and its present process."""

    def __init__(self, runner, spec):
        self.runner = runner
        self.spec = spec
        self.name = spec["name"]
        self.image = runner.images.find(spec["image"])
        self.variables = environment(runner.pod, spec, self.image, runner.config_maps, runner.secrets)
        self.process = None
        self.pid = None
        self.restarts = 0
        self.exit_status = None

    def start(self):
        with open(self.log_path(), "ab") as log:
            reader, writer = os.pipe()
            words = sandbox(self.spec, self.image, self.runner.volumes.paths, info_fd=writer)
            self.process = subprocess.Popen(words + command_of(self.spec, self.image, self.variables), env=self.variables,
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, pass_fds=(writer,))
            os.close(writer)
        with os.fdopen(reader, encoding="utf-8") as info:
            text = info.read()
        # Signals go to the container's own first process, not to bubblewrap.
        self.pid = json.loads(text)["child-pid"] if text else None
        self.runner.save_state()

    def log_path(self):
        return os.path.join(self.runner.folder, "logs", self.name + ".log")

    def wait(self, timeout=None):
        """The exit status, or None when the container still runs after timeout seconds."""
        try:
            self.exit_status = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            return None
        self.pid = None
        return self.exit_status

    def signal(self, number):
        if self.pid:
            try:
                os.kill(self.pid, number)
            except ProcessLookupError:
                pass

    def run_hook(self, command, timeout):
        """Runs a command inside: the same image, mounts and variables, its own process numbers."""
        words = sandbox(self.spec, self.image, self.runner.volumes.paths)
        with open(self.log_path(), "ab") as log:
            try:
                return subprocess.run(words + command, env=self.variables, stdin=subprocess.DEVNULL, stdout=log,
                                      stderr=subprocess.STDOUT, timeout=max(timeout, 0.1), check=False).returncode
            except subprocess.TimeoutExpired:
                return None


class PodRunner:
    def __init__(self, pod, folder, kube, images, config_maps, secrets, token_seconds):
        self.pod = pod
        self.folder = folder
        self.images = images
        self.config_maps = config_maps
        self.secrets = secrets
        self.kube = KubeApi(kube, pod, token_seconds)
        self.volumes = Volumes(pod, os.path.join(folder, "volumes"), config_maps, secrets, self.kube.request_token)
        self.stopping = threading.Event()
        self.state_lock = threading.Lock()
        self.containers = []
        self.phase = "Pending"
        self.times = {"created": time.time()}
        self.hooks = {}
        self.killed = []

    def save_state(self):
        with self.state_lock:
            state = {"phase": self.phase, "times": self.times, "hooks": self.hooks, "killed": self.killed,
                     "containers": {c.name: {"pid": c.pid, "restarts": c.restarts, "exit_status": c.exit_status}
                                    for c in self.containers}}
            path = os.path.join(self.folder, "state.json")
            with open(path + ".tmp", "w", encoding="utf-8") as file:
                json.dump(state, file, indent=1)
            os.rename(path + ".tmp", path)

    def run(self):
        os.makedirs(os.path.join(self.folder, "logs"), exist_ok=True)
        self.kube.register()
        threads = []
        try:
            self.volumes.create()
            threading.Thread(target=self.refresh_tokens, daemon=True).start()
            if not self.run_init_containers():
                self.phase = "Failed"
                return 1
            self.times["initialized"] = time.time()
            self.phase = "Running"
            main = [Container(self, spec) for spec in self.pod["spec"]["containers"]]
            self.containers += main
            threads = [threading.Thread(target=self.keep_running, args=(c,)) for c in main]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.phase = "Succeeded"
            return 1 if self.killed else 0
        finally:
            self.times["ended"] = time.time()
            self.save_state()
            self.kube.forget()
            self.volumes.remove()

    def run_init_containers(self):
        for spec in self.pod["spec"].get("initContainers", []):
            container = Container(self, spec)
            self.containers.append(container)
            for attempt in range(INIT_TRIES):
                container.start()
                while container.wait(0.05) is None:
                    if self.stopping.is_set():
                        self.end(container)
                if container.exit_status == 0 or self.stopping.is_set():
                    break
                container.restarts += 1
                self.stopping.wait(RESTART_PAUSE_SECONDS[min(attempt, len(RESTART_PAUSE_SECONDS) - 1)])
            self.save_state()
            if container.exit_status != 0:
                print(f"init container {spec['name']} failed: {container.exit_status}", file=sys.stderr)
                return False
        return True

    def keep_running(self, container):
        """One container's life: started, started again when it ends, ended when the pod ends."""
        while not self.stopping.is_set():
            container.start()
            while container.wait(0.05) is None:
                if self.stopping.is_set():
                    self.end(container)
            if not self.stopping.is_set():
                container.restarts += 1
                print(f"container {container.name} ended with {container.exit_status}, starting it again", file=sys.stderr)
                self.save_state()
                self.stopping.wait(RESTART_PAUSE_SECONDS[min(container.restarts, len(RESTART_PAUSE_SECONDS)) - 1])

    def end(self, container):
        """preStop, SIGTERM, grace period, SIGKILL. The hook's time counts against the grace period."""
        deadline = time.monotonic() + self.pod["spec"].get("terminationGracePeriodSeconds", 30)
        hook = container.spec.get("lifecycle", {}).get("preStop", {}).get("exec")
        if hook and container.process.poll() is None:
            self.hooks[container.name] = container.run_hook(hook["command"], deadline - time.monotonic())
        container.signal(signal.SIGTERM)
        if container.wait(max(deadline - time.monotonic(), 2)) is None:
            self.killed.append(container.name)
            container.signal(signal.SIGKILL)
            container.wait()

    def refresh_tokens(self):
        """The kubelet asks for a new token when 80 % of its time is over."""
        seconds = self.kube.token_seconds or 3600
        while not self.stopping.wait(seconds * 0.8):
            self.volumes.refresh_tokens()


def read_json(path):
    if path is None:
        return {}
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pod")
    parser.add_argument("--dir", required=True)
    parser.add_argument("--kube", required=True, help="URL of the Kubernetes API")
    parser.add_argument("--kube-ca", help="its CA, when the URL begins with https")
    parser.add_argument("--image", action="append", default=[], metavar="PATTERN=FOLDER")
    parser.add_argument("--config-maps", help="JSON file: name -> key -> text")
    parser.add_argument("--secrets", help="JSON file: name -> key -> text")
    parser.add_argument("--token-seconds", type=int, help="lifetime of the projected tokens, instead of the pod's")
    arguments = parser.parse_args()
    runner = PodRunner(read_json(arguments.pod), arguments.dir, HttpJson(arguments.kube, arguments.kube_ca),
                       Images([tuple(i.split("=", 1)) for i in arguments.image]),
                       read_json(arguments.config_maps), read_json(arguments.secrets), arguments.token_seconds)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: runner.stopping.set())
    sys.exit(runner.run())


if __name__ == "__main__":
    main()
