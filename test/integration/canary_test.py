#!/usr/bin/env python3
"""No secret where others can read it. Runs the demo at log level trace; collects each token, each JWT and
every version of every rendered file while it runs; then searches the logs, standard output, command
lines, environments and metrics for all of them. The first two tests plant secrets, which must be found.

The demo's own verdict counts as well: this is also its test.
"""
import base64
import os
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.parse
import urllib.request

import canary
import stage

DEMO = os.path.join(stage.SOURCE_DIR, "scripts", "demo.sh")
LOOK_EVERY_SECONDS = 0.05
METRICS_EVERY_SECONDS = 5
# The application gets its login through its environment: that is what sourcing the file means.
APPLICATION = (b"/app/webapp", b". /vault/secrets/db-creds")
LEAST = {"token": 2, "jwt": 1, "rendered": 5, "password": 5}


class Collector(threading.Thread):
    """Looks at the demo from outside, again and again, until it is told to stop."""

    def __init__(self, folder, pid):
        super().__init__(daemon=True)
        self.folder, self.pid = folder, pid
        self.done = threading.Event()
        self.secrets = {}   # text -> name
        self.places = {}    # name -> bytes
        self.samples = 0

    def run(self):
        next_metrics = 0.0
        while not self.done.wait(LOOK_EVERY_SECONDS):
            self.collect_files()
            self.sample_processes()
            if time.monotonic() > next_metrics:
                self.fetch_metrics()
                next_metrics = time.monotonic() + METRICS_EVERY_SECONDS

    def keep(self, kind, text):
        if len(text) >= 8 and text not in self.secrets:
            self.secrets[text] = f"{kind} {sum(1 for n in self.secrets.values() if n.startswith(kind)) + 1}"

    def collect_files(self):
        volumes = os.path.join(self.folder, "pod", "volumes")
        for volume in (os.listdir(volumes) if os.path.isdir(volumes) else []):
            path = os.path.join(volumes, volume)
            if volume.startswith("home-"):
                self.keep("token", stage.read_text(os.path.join(path, ".vault-token")).strip())
            elif volume.startswith("kube-api-access-"):
                self.keep("jwt", stage.read_text(os.path.join(path, "token")).strip())
            elif volume == "vault-secrets":
                self.collect_rendered(path)

    def collect_rendered(self, folder):
        for name in os.listdir(folder):
            text = stage.read_text(os.path.join(folder, name))
            self.keep("rendered", text)
            for password in re.findall(r'DB_PASSWORD="([^"]+)"', text):
                self.keep("password", password)

    def sample_processes(self):
        for pid in canary.process_tree(self.pid):
            texts = canary.process_texts(pid)
            command = texts.get("cmdline", b"")
            for name, text in texts.items():
                if name == "environ" and any(word in command for word in APPLICATION):
                    continue
                short = command.replace(b"\0", b" ")[:60].decode(errors="replace")
                self.places[f"/proc/{pid}/{name} of {short}#{hash(text)}"] = text
            self.samples += 1

    def fetch_metrics(self):
        """Whatever the programs publish; 404 is an answer without secrets."""
        addresses = dict(line.split("=", 1) for line in stage.read_text(os.path.join(self.folder, "addresses")).splitlines())
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        for name, path in (("webhook", "/metrics"), ("vault_address", "/v1/sys/metrics?format=prometheus")):
            if name not in addresses:
                continue
            request = urllib.request.Request(addresses[name] + path, headers={"X-Vault-Token": addresses["root_token"]})
            try:
                with urllib.request.urlopen(request, context=context, timeout=5) as answer:
                    text = answer.read()
            except urllib.error.HTTPError as error:
                text = error.read()
            except OSError:
                continue
            self.places[f"{name}{path}#{hash(text)}"] = text


def files_below(folder):
    places = {}
    for base, _, names in os.walk(folder):
        for name in names:
            if name.endswith(".log"):
                with open(os.path.join(base, name), "rb") as file:
                    places[os.path.relpath(os.path.join(base, name), folder)] = file.read()
    return places


class Planted(unittest.TestCase):
    """The search itself: what is planted must be found, and only that."""

    SECRET = "s.Planted+Secret/With=Odd Characters~01"

    def test_each_form_is_found(self):
        raw = self.SECRET.encode()
        texts = {"plain": b"token=" + raw + b"\n", "URL-escaped": urllib.parse.quote(self.SECRET, safe="").encode(),
                 "JSON": b'{"a":"' + raw + b'"}'}
        for before in range(6):
            for after in range(4):
                text = b"x" * before + raw + b"y" * after
                texts[f"base64 {before} {after}"] = base64.b64encode(text)
                texts[f"base64url {before} {after}"] = base64.urlsafe_b64encode(text)
        for name, text in texts.items():
            with self.subTest(name):
                self.assertTrue(canary.search({"planted": self.SECRET}, {"place": text}))
        self.assertEqual(canary.search({"planted": self.SECRET}, {"place": b"token=s.Another" + base64.b64encode(b"s.Another")}), [])

    def test_command_line_and_environment_are_seen(self):
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(30)", self.SECRET + "argv"],
                                 env={"PLANTED": self.SECRET + "environ"})
        try:
            stage.wait_until(lambda: b"argv" in canary.process_texts(child.pid).get("cmdline", b""), 10)
            collector = Collector("/nowhere", os.getpid())
            collector.sample_processes()
            for word in ("argv", "environ"):
                self.assertTrue(canary.search({"planted": self.SECRET + word}, collector.places), word)
        finally:
            child.kill()
            child.wait()


class Demo(unittest.TestCase):
    def test_no_secret_shows(self):
        base = tempfile.mkdtemp(prefix="leasehold-canary.")
        os.chmod(base, 0o755)  # PostgreSQL runs as another user
        self.addCleanup(shutil.rmtree, base, ignore_errors=True)
        folder, log = os.path.join(base, "run"), os.path.join(base, "demo.log")
        environment = dict(os.environ, BIN_DIR=stage.BIN_DIR, LOG_LEVEL="trace", AGENT_INJECT_TELEMETRY_PATH="/metrics")
        with open(log, "wb") as output:
            demo = subprocess.Popen([DEMO, "--dir", folder], stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment)
        collector = Collector(folder, demo.pid)
        collector.start()
        try:
            status = demo.wait(500)
        finally:
            if demo.poll() is None:
                demo.terminate()
                demo.wait(90)
            collector.done.set()
            collector.join()
        print(stage.read_text(log), flush=True)
        self.check(folder, collector)
        self.assertEqual(status, 0, "the demo did not show all that it has to")

    def check(self, folder, collector):
        secrets = {name: text for text, name in collector.secrets.items()}
        for kind, least in LEAST.items():
            count = sum(1 for name in secrets if name.startswith(kind))
            self.assertGreaterEqual(count, least, f"only {count} of {kind} were collected: the search would prove little")
        places = {**collector.places, **files_below(folder)}
        # The search must find something that is planted here and now, with these very secrets.
        planted = dict(places, planted=b"log line " + base64.b64encode(b"<" + next(iter(secrets.values())).encode() + b">"))
        self.assertEqual(len({line.split(" in ")[1] for line in canary.search(secrets, planted)} & {"planted"}), 1)
        found = canary.search(secrets, places)
        self.assertEqual(found, [], "secrets show:\n" + "\n".join(found))
        print(f"{len(secrets)} secrets, {len(places)} places, {collector.samples} samples of processes: nothing shows", flush=True)


def sandbox_works():
    done = subprocess.run(["bwrap", "--unshare-user", "--unshare-pid", "--ro-bind", "/", "/", "--proc", "/proc", "true"],
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return done.returncode == 0


if __name__ == "__main__":
    if shutil.which("bwrap") is None or not sandbox_works():
        print("SKIP bubblewrap cannot make namespaces here, and the demo's pod needs them")
        sys.exit(0)
    unittest.main()
