"""Real programs for the integration tests: PostgreSQL, a Vault server, a Kubernetes API, agents. All of
it on loopback, in a temporary folder, stopped by the process numbers that were started.

The programs come from $LEASEHOLD_BIN_DIR; VAULT_BIN, AGENT_BIN and KUBE_BIN replace one, as in the demo.
"""
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

SOURCE_DIR = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(SOURCE_DIR, "scripts", "lib"))

from http_json import HttpJson  # noqa: E402  (the path is set just above)
from loopback import free_port, wait_until  # noqa: E402

BIN_DIR = os.environ.get("LEASEHOLD_BIN_DIR", os.path.join(SOURCE_DIR, "build", "dev", "bin"))
POSTGRES = os.path.join(SOURCE_DIR, "scripts", "lib", "postgres.sh")
PATIENCE = 30.0  # seconds until something that takes milliseconds counts as not happening


def program(name, variable):
    return os.environ.get(variable) or os.path.join(BIN_DIR, name)


def agents_to_compare():
    """Ours, and the one of PEER_AGENT if it is set: names for people and programs."""
    agents = {"ours": program("leasehold-agent", "AGENT_BIN")}
    if os.environ.get("PEER_AGENT"):
        agents[os.path.basename(os.environ["PEER_AGENT"]) + " agent"] = os.environ["PEER_AGENT"]
    return agents


def read_text(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def write_text(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


class Process:
    """A program with its output in a file."""

    def __init__(self, words, log_path, env=None):
        self.log_path = log_path
        with open(log_path, "ab") as log:
            self.process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=env)

    @property
    def pid(self):
        return self.process.pid

    def output(self):
        return read_text(self.log_path)

    def says(self, pattern, seconds=PATIENCE):
        """Waits for a pattern in the output; the match, or None."""
        return wait_until(lambda: re.search(pattern, self.output()), seconds)

    def exit_status(self, seconds=PATIENCE):
        """The exit status, None when it still runs after that time."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def stop(self, number=signal.SIGTERM, seconds=PATIENCE):
        if self.process.poll() is None:
            self.process.send_signal(number)
        status = self.exit_status(seconds)
        if status is None:
            self.process.kill()
            self.process.wait()
        return status


class CommandLine:
    """The agent under the name of the replaced program, called in a folder of its own and without the caller's
    variables of Vault and of proxies."""

    def __init__(self, folder):
        self.folder, self.program = folder, os.path.join(folder, "vault-cli")
        os.symlink(program("leasehold-agent", "AGENT_BIN"), self.program)

    def call(self, *words, **variables):
        env = {key: value for key, value in os.environ.items() if "_PROXY" not in key.upper() and not key.startswith(("VAULT_", "BAO_"))}
        env.update({"HOME": self.folder}, **variables)
        return subprocess.run([self.program, *words], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False,
                              cwd=self.folder)


class Postgres:
    def __init__(self, folder):
        self.folder = folder
        self.dsn = self._run("start")

    def _run(self, command):
        done = subprocess.run([POSTGRES, command, self.folder], stdout=subprocess.PIPE, text=True, check=True)
        return done.stdout.strip()

    def stop(self):
        self._run("stop")

    def resume(self):
        self._run("resume")


class Vault:
    """A development server (ours by default) and a Kubernetes API that vouches for one pod."""

    def __init__(self, folder, port=None, tls=False):
        os.makedirs(folder, exist_ok=True)
        self.folder, self.processes = folder, []
        self.port, kube_port = port or free_port(), free_port()
        self.address = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        self.ca = os.path.join(folder, "vault-ca.pem") if tls else None
        self.kube_address = f"{'https' if tls else 'http'}://127.0.0.1:{kube_port}"
        flags = ["server", "-dev", "-dev-root-token-id=root", f"-dev-listen-address=127.0.0.1:{self.port}", "-log-level=trace"]
        if tls:
            flags += ["-dev-tls", f"-dev-tls-cert-dir={folder}"]
        kube_flag = f"-dev-kube=127.0.0.1:{kube_port}"
        devvault = program("leasehold-devvault", "KUBE_BIN")
        self.kube_ca = self.ca
        if os.environ.get("VAULT_BIN"):
            self.kube_address, self.kube_ca = f"http://127.0.0.1:{kube_port}", None
            self._start("kube", [devvault, "server", "-dev", "-dev-root-token-id=unused",
                                 f"-dev-listen-address=127.0.0.1:{free_port()}", kube_flag])
            self._start("vault", [os.environ["VAULT_BIN"], *flags, "-dev-no-store-token"])
        else:
            self._start("vault", [devvault, *flags, kube_flag])
        self.api = None
        if not wait_until(self._answers):
            raise RuntimeError("the server does not answer: " + self.processes[-1].output()[-2000:])
        self.unseal_key = self.processes[-1].says(r"Unseal Key: *(\S+)").group(1)
        self._set_up()

    def _start(self, name, words):
        self.processes.append(Process(words, os.path.join(self.folder, name + ".log"), dict(os.environ, HOME=self.folder)))

    def _answers(self):
        try:
            self.api = HttpJson(self.address, self.ca, {"X-Vault-Token": "root"})
            # Beside another server the Kubernetes API is a process of its own, which takes its time.
            return self.api.call("GET", "/v1/sys/health")[0] == 200 and HttpJson(self.kube_address, self.kube_ca).call("GET", "/version")[0] > 0
        except OSError:
            return False

    def _set_up(self):
        """Kubernetes auth with a role `app` that may read KV v2 and database credentials."""
        with open(self.ca or self._any_certificate(), encoding="utf-8") as file:
            kube_ca = file.read()
        self.write("sys/auth/kubernetes", {"type": "kubernetes"})
        self.write("auth/kubernetes/config", {
            "kubernetes_host": self.kube_address, "kubernetes_ca_cert": kube_ca, "disable_local_ca_jwt": True})
        self.write("sys/policies/acl/app", {"policy": 'path "secret/data/*" { capabilities = ["read"] }\n'
                                                      'path "database/creds/*" { capabilities = ["read"] }'})
        self.write("auth/kubernetes/role/app", {
            "bound_service_account_names": "app", "bound_service_account_namespaces": "demo", "token_policies": "app", "token_ttl": "10m"})

    def _any_certificate(self):
        path = os.path.join(self.folder, "any.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
                        "-subj", "/CN=unused", "-keyout", "/dev/null", "-out", path], check=True, stderr=subprocess.DEVNULL)
        return path

    def write(self, path, body):
        return self.api.must("POST", "/v1/" + path, body)

    def add_database(self, dsn):
        host = dsn.split("@", 1)[1]
        self.write("sys/mounts/database", {"type": "database"})
        self.write("database/config/app", {
            "plugin_name": "postgresql-database-plugin", "allowed_roles": "*", "username": "vaultadmin", "password": "vault-pw",
            "connection_url": f"postgresql://{{{{username}}}}:{{{{password}}}}@{host}?sslmode=disable"})
        self.write("database/roles/app", {"db_name": "app", "default_ttl": "1m", "max_ttl": "10m", "creation_statements": [
            "CREATE ROLE \"{{name}}\" WITH LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}';"]})

    def service_account_token(self):
        kube = HttpJson(self.kube_address, self.kube_ca)
        name = f"app-{time.monotonic_ns()}"
        pod = kube.must("POST", "/api/v1/namespaces/demo/pods", {
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "demo"},
            "spec": {"serviceAccountName": "app", "containers": [{"name": "app", "image": "app"}]}})
        answer = kube.must("POST", "/api/v1/namespaces/demo/serviceaccounts/app/token", {"spec": {
            "audiences": [], "expirationSeconds": 3600, "boundObjectRef": {
                "apiVersion": "v1", "kind": "Pod", "name": name, "uid": pod["metadata"]["uid"]}}})
        return answer["status"]["token"]

    def seal(self):
        self.api.must("PUT", "/v1/sys/seal")

    def unseal(self):
        self.api.must("PUT", "/v1/sys/unseal", {"key": self.unseal_key})

    def stop(self):
        for process in self.processes:
            process.stop()


class AgentRun:
    """An agent's folder: configuration, token file, sink, one template; starts agents in it."""

    def __init__(self, folder, address, jwt, contents, ca=None):
        os.makedirs(folder, exist_ok=True)
        self.folder = folder
        self.token_path = os.path.join(folder, "jwt")
        self.sink = os.path.join(folder, "sink")
        self.destination = os.path.join(folder, "out")
        write_text(self.token_path, jwt)
        self.config = {
            "auto_auth": {"method": {"type": "kubernetes", "mount_path": "auth/kubernetes",
                                     "config": {"role": "app", "token_path": self.token_path}},
                          "sink": [{"type": "file", "config": {"path": self.sink}}]},
            "exit_after_auth": False, "pid_file": os.path.join(folder, "pid"),
            "vault": {"address": address, **({"ca_cert": ca} if ca else {})},
            "template": [{"contents": contents, "destination": self.destination}],
            "template_config": {"exit_on_retry_failure": True}}

    def start(self, *flags, text=None):
        """text: the configuration as it shall stand in the file, instead of self.config."""
        path = os.path.join(self.folder, "config.json")
        write_text(path, json.dumps(self.config) if text is None else text)
        return Process([program("leasehold-agent", "AGENT_BIN"), "agent", f"-config={path}", *flags],
                       os.path.join(self.folder, "log"), dict(os.environ, HOME=self.folder, VAULT_LOG_LEVEL="trace"))

    def rendered(self):
        return read_text(self.destination)


def temporary_folder(case):
    """Removed after the test; PostgreSQL, as another user, may pass through it."""
    folder = tempfile.mkdtemp(prefix="leasehold-test.")
    os.chmod(folder, 0o755)
    case.addCleanup(shutil.rmtree, folder, ignore_errors=True)
    return folder
