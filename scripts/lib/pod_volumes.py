"""The volumes of a pod as folders: emptyDir, projected (token, config map, downward API), config map
and secret. Files of projected volumes are replaced as the kubelet does it: a new folder, then one
rename of the `..data` link, so that a reader sees either all old or all new files."""
import os
import shutil
import tempfile


class Volumes:
    def __init__(self, pod, folder, config_maps, secrets, request_token):
        """config_maps, secrets: name -> {key: text}. request_token(audience or None, seconds) -> JWT."""
        self.pod = pod
        self.folder = folder
        self.config_maps = config_maps
        self.secrets = secrets
        self.request_token = request_token
        self.memory = None
        self.paths = {}

    def create(self):
        os.makedirs(self.folder, mode=0o755, exist_ok=True)
        for volume in self.pod["spec"].get("volumes", []):
            name = volume["name"]
            if name in self.paths:
                raise SystemExit(f"two volumes are called {name}")
            self.paths[name] = self._create_one(name, volume)

    def _create_one(self, name, volume):
        path = os.path.join(self.folder, name)
        if "emptyDir" in volume:
            if (volume["emptyDir"] or {}).get("medium") == "Memory":
                os.symlink(self._memory_folder(name), path)
            else:
                os.mkdir(path)
            os.chmod(path, 0o777)
            return os.path.realpath(path)
        os.mkdir(path)
        if "projected" in volume:
            publish(path, self._projected_files(volume["projected"]))
        elif "secret" in volume:
            publish(path, dict(self._lookup(self.secrets, volume["secret"]["secretName"], "secret")))
        elif "configMap" in volume:
            publish(path, dict(self._lookup(self.config_maps, volume["configMap"]["name"], "config map")))
        else:
            raise SystemExit(f"volume {name} has a type that this runner does not know: {sorted(volume)}")
        return path

    def _memory_folder(self, name):
        """emptyDir of medium Memory lies in memory here too, where the machine has /dev/shm."""
        if self.memory is None:
            parent = "/dev/shm" if os.access("/dev/shm", os.W_OK) else self.folder
            self.memory = tempfile.mkdtemp(prefix="leasehold-pod.", dir=parent)
        path = os.path.join(self.memory, name)
        os.mkdir(path)
        return path

    @staticmethod
    def _lookup(objects, name, kind):
        if name not in objects:
            raise SystemExit(f"{kind} {name} does not exist")
        return objects[name]

    def _projected_files(self, projected):
        files = {}
        for source in projected["sources"]:
            if "serviceAccountToken" in source:
                wanted = source["serviceAccountToken"]
                files[wanted["path"]] = self.request_token(wanted.get("audience"), wanted.get("expirationSeconds", 3600))
            elif "configMap" in source:
                data = self._lookup(self.config_maps, source["configMap"]["name"], "config map")
                for item in source["configMap"].get("items", [{"key": k, "path": k} for k in data]):
                    files[item["path"]] = data[item["key"]]
            elif "downwardAPI" in source:
                for item in source["downwardAPI"]["items"]:
                    files[item["path"]] = field_of(self.pod, item["fieldRef"]["fieldPath"])
            else:
                raise SystemExit(f"projected source {sorted(source)} is not known")
        return files

    def refresh_tokens(self):
        for volume in self.pod["spec"].get("volumes", []):
            if any("serviceAccountToken" in s for s in volume.get("projected", {}).get("sources", [])):
                publish(self.paths[volume["name"]], self._projected_files(volume["projected"]))

    def remove(self):
        for folder in (self.memory, self.folder):
            if folder:
                shutil.rmtree(folder, ignore_errors=True)


def publish(folder, files):
    """Puts the files there all at once."""
    data = os.path.join(folder, "..data")
    former = os.readlink(data) if os.path.islink(data) else None
    version = tempfile.mkdtemp(prefix="..version-", dir=folder)
    os.chmod(version, 0o755)
    for name, text in files.items():
        path = os.path.join(version, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        link = os.path.join(folder, name.split("/")[0])
        if not os.path.islink(link):
            os.symlink(os.path.join("..data", name.split("/")[0]), link)
    fresh = os.path.join(folder, "..data_tmp")
    os.symlink(os.path.basename(version), fresh)
    os.rename(fresh, data)
    if former:
        shutil.rmtree(os.path.join(folder, former), ignore_errors=True)


def field_of(pod, path):
    """The fields that the downward API offers and injected pods ask for."""
    known = {
        "metadata.name": pod["metadata"]["name"],
        "metadata.namespace": pod["metadata"]["namespace"],
        "metadata.uid": pod["metadata"].get("uid", ""),
        "spec.nodeName": "localhost",
        "spec.serviceAccountName": pod["spec"].get("serviceAccountName", "default"),
        "status.podIP": "127.0.0.1",
        "status.hostIP": "127.0.0.1",
    }
    if path not in known:
        raise SystemExit(f"fieldRef {path} is not known")
    return known[path]
