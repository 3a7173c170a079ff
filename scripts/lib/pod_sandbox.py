"""One container as a local process: bubblewrap gives it its own root, its mounts, its user and its
process numbers. An image is a folder with image.json, much like the config of a real one:

  {"user": "100:1000", "env": {"HOME": "/home/vault"}, "entrypoint": [], "cmd": [], "workdir": "/",
   "files": {"/bin/vault": "/path/on/the/machine"}, "links": {"/bin/sh": "busybox"},
   "folders": ["/home/vault"]}

Libraries and /etc come from the machine. The network is the machine's: everything here listens on
loopback.
"""
import fnmatch
import json
import os
import re
import shutil

from pod_volumes import field_of

BUBBLEWRAP = shutil.which("bwrap") or "/usr/bin/bwrap"
MACHINE_FILES = ("/etc/ssl", "/etc/nsswitch.conf", "/etc/resolv.conf", "/etc/hosts", "/etc/ld.so.cache",
                 "/usr/lib", "/usr/lib64", "/usr/share/ca-certificates", "/usr/share/zoneinfo")


class Images:
    def __init__(self, patterns):
        """patterns: list of (glob, folder), first match wins."""
        self.patterns = patterns

    def find(self, name):
        for pattern, folder in self.patterns:
            if fnmatch.fnmatch(name, pattern):
                with open(os.path.join(folder, "image.json"), encoding="utf-8") as file:
                    return json.load(file)
        raise SystemExit(f"no folder plays the image {name}: give --image '{name}=FOLDER'")


def environment(pod, container, image, config_maps, secrets):
    """Variables of a container: the image's, envFrom, env; later ones win and see earlier ones."""
    result = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOSTNAME": pod["metadata"]["name"]}
    result.update(image.get("env", {}))
    for source in container.get("envFrom", []):
        if "configMapRef" in source:
            result.update(config_maps[source["configMapRef"]["name"]])
        else:
            result.update(secrets[source["secretRef"]["name"]])
    for variable in container.get("env", []):
        result[variable["name"]] = _value_of(pod, variable, config_maps, secrets, result)
    return result


def _value_of(pod, variable, config_maps, secrets, known):
    source = variable.get("valueFrom")
    if not source:
        return expand(variable.get("value", ""), known)
    if "fieldRef" in source:
        return field_of(pod, source["fieldRef"]["fieldPath"])
    if "configMapKeyRef" in source:
        return config_maps[source["configMapKeyRef"]["name"]][source["configMapKeyRef"]["key"]]
    if "secretKeyRef" in source:
        return secrets[source["secretKeyRef"]["name"]][source["secretKeyRef"]["key"]]
    raise SystemExit(f"variable {variable['name']}: {sorted(source)} is not known")


def expand(text, variables):
    """$(NAME) as Kubernetes does it: unknown names stay, $$ is a dollar sign."""
    return re.sub(r"\$\$|\$\(([A-Za-z_][A-Za-z0-9_.-]*)\)",
                  lambda m: "$" if m.group(0) == "$$" else variables.get(m.group(1), m.group(0)), text)


def command_of(container, image, variables):
    """command replaces the image's entry point, and then its arguments count no more."""
    command = container.get("command")
    arguments = container.get("args")
    if command is None:
        command = image.get("entrypoint", [])
        arguments = image.get("cmd", []) if arguments is None else arguments
    return [expand(part, variables) for part in command + (arguments or [])]


def sandbox(container, image, volume_paths, info_fd=None):
    """The bubblewrap command line up to the container's own command. Variables are not in it: they
    come with the environment of the call, since everybody can read command lines."""
    security = container.get("securityContext", {})
    image_user, _, image_group = image.get("user", "0:0").partition(":")
    uid, gid = security.get("runAsUser", int(image_user)), security.get("runAsGroup", int(image_group or 0))
    words = [BUBBLEWRAP, "--unshare-user", "--uid", str(uid), "--gid", str(gid), "--unshare-pid", "--as-pid-1",
             "--unshare-ipc", "--die-with-parent", "--new-session", "--cap-drop", "ALL",
             "--tmpfs", "/", "--symlink", "usr/lib", "/lib", "--symlink", "usr/lib64", "/lib64"]
    for path in MACHINE_FILES:
        words += ["--ro-bind-try", path, path]
    words += ["--proc", "/proc", "--dev", "/dev"]
    for folder in image.get("folders", []):
        words += ["--dir", folder]
    for path, source in image.get("files", {}).items():
        words += ["--ro-bind", source, path]
    for path, target in image.get("links", {}).items():
        words += ["--symlink", target, path]
    for mount in sorted(container.get("volumeMounts", []), key=lambda m: m["mountPath"]):
        source = os.path.join(volume_paths[mount["name"]], mount.get("subPath", ""))
        words += ["--ro-bind" if mount.get("readOnly") else "--bind", source, mount["mountPath"]]
    if security.get("readOnlyRootFilesystem"):
        words += ["--remount-ro", "/"]
    else:
        words += ["--dir", "/tmp"]
    words += ["--chdir", container.get("workingDir", image.get("workdir", "/"))]
    if info_fd is not None:
        words += ["--info-fd", str(info_fd)]
    return words
