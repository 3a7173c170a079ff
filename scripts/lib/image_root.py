"""An image's root as a container: unpacked from an OCI layout, entered with unshare and chroot, so that
nothing of the machine but its network and kernel is in reach. Needs root."""
import gzip
import json
import os
import shutil
import signal
import subprocess
import tempfile


class ImageLayout:
    """A folder as `buildah push IMAGE oci:FOLDER` writes it."""

    def __init__(self, folder):
        self.folder = folder
        with open(os.path.join(folder, "index.json"), encoding="utf-8") as file:
            descriptor = json.load(file)["manifests"][0]
        self.digest = descriptor["digest"]
        self.manifest = json.loads(self._blob(descriptor["digest"]))
        self.config = json.loads(self._blob(self.manifest["config"]["digest"]))
        self.layers = [self._path(layer["digest"]) for layer in self.manifest["layers"]]

    def _path(self, digest):
        return os.path.join(self.folder, "blobs", *digest.split(":"))

    def _blob(self, digest):
        with open(self._path(digest), "rb") as file:
            return file.read()

    def size(self):
        """The sum of the uncompressed layers, with the tar's own headers."""
        return sum(self._uncompressed(layer) for layer in self.layers)

    def compressed_size(self):
        return sum(os.path.getsize(layer) for layer in self.layers)

    @staticmethod
    def _uncompressed(layer):
        with open(layer, "rb") as file:
            if file.read(2) != b"\x1f\x8b":
                return os.path.getsize(layer)
        with gzip.open(layer) as file:
            return sum(len(block) for block in iter(lambda: file.read(65536), b""))

    def unpack(self, folder):
        os.makedirs(folder)
        for layer in self.layers:
            subprocess.run(["tar", "-xpf", layer, "--numeric-owner", "-C", folder], check=True)
        return folder


class Pause:
    """What the containers of a pod with shareProcessNamespace have in common."""

    def __init__(self):
        self.holder = subprocess.Popen(["unshare", "--pid", "--fork", "--kill-child", "sleep", "infinity"])
        self.pid = first_child(self.holder.pid)

    def stop(self):
        self.holder.kill()
        self.holder.wait()

    def enter(self):
        return ["nsenter", "--target", str(self.pid), "--pid"]


def first_child(pid, tries=200):
    for _ in range(tries):
        try:
            with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
                children = file.read().split()
            if children:
                return int(children[0])
        except FileNotFoundError:
            break
        subprocess.run(["sleep", "0.02"], check=True)
    raise RuntimeError(f"process {pid} has no child")


# $1 root, $2 user:group, $3 ro or rw, $4 folders with file systems of their own, $5 PATH; then the command.
ENTER = r"""
root=$1 user=$2 access=$3 volumes=$4 path=$5; shift 5
mount --make-rprivate /
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
for volume in $volumes; do mount -t tmpfs -o mode=1777 tmpfs "$root$volume"; done
[ "$access" = rw ] || mount -o remount,bind,ro "$root"
chroot=$(command -v chroot)
PATH=$path
export PATH
exec "$chroot" --userspec="$user" "$root" "$@"
"""


class Container:
    """One run of an image: its own copy of the root, its own mounts and, without a pause, its own
    process numbers, of which the command has the first."""

    def __init__(self, root, folder, config):
        self.root = tempfile.mkdtemp(prefix="root.", dir=folder)
        shutil.rmtree(self.root)
        subprocess.run(["cp", "-a", root, self.root], check=True)
        for mount_point in ("proc", "dev"):
            os.makedirs(os.path.join(self.root, mount_point), exist_ok=True)
        for device, number in (("null", "3"), ("urandom", "9")):
            subprocess.run(["mknod", "-m", "666", os.path.join(self.root, "dev", device), "c", "1", number], check=True)
        self.config = config["config"]
        self.env = dict(pair.split("=", 1) for pair in self.config["Env"])
        self.log_path = os.path.join(folder, os.path.basename(self.root) + ".log")
        self.process = None

    def path(self, inside):
        return os.path.join(self.root, inside.lstrip("/"))

    def put(self, inside, text, mode=0o644):
        os.makedirs(os.path.dirname(self.path(inside)), exist_ok=True)
        with open(self.path(inside), "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(self.path(inside), mode)

    def folder(self, inside, mode=0o1777):
        os.makedirs(self.path(inside), exist_ok=True)
        os.chmod(self.path(inside), mode)
        return self.path(inside)

    def words(self, command, args):
        """As a kubelet puts them together."""
        if command is not None:
            return command + (args or [])
        return self.config["Entrypoint"] + (args or [])

    def start(self, command=None, args=None, env=None, user=None, read_only=True, volumes=(), pause=None):
        inside = ["sh", "-ec", ENTER, "sh", self.root, user or self.config["User"], "ro" if read_only else "rw", " ".join(volumes),
                  self.env["PATH"]]
        outside = pause.enter() + ["unshare", "--mount"] if pause else ["unshare", "--mount", "--pid", "--fork", "--kill-child"]
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(outside + inside + self.words(command, args), stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log, env={**self.env, **(env or {}), "PATH": os.environ["PATH"]})
        return self

    def output(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def main_pid(self):
        """On the machine; in the container it is 1, unless the numbers are shared."""
        return first_child(self.process.pid)

    def wait(self, seconds=30):
        return self.process.wait(seconds)

    def terminate(self, seconds=30):
        """SIGTERM to the first process; the exit status."""
        if self.process.poll() is None:
            os.kill(self.main_pid(), signal.SIGTERM)
        return self.process.wait(seconds)

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
