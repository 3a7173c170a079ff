#!/usr/bin/env python3
"""What the Kubernetes API server does between `kubectl apply` and the kubelet, as far as the demo
needs it: a Deployment becomes a Pod, the ServiceAccount admission adds the projected token, the
webhook is asked, its JSON patch is applied.

  admission.py pod MANIFEST.yaml [--set-annotation NAME=VALUE ...] > pod.json
  admission.py admit POD.json --webhook URL --ca FILE > patched.json
"""
import argparse
import base64
import copy
import json
import sys
import time
import uuid

import yaml

from http_json import HttpJson

TOKEN_MOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"
TOKEN_SECONDS = 3607  # what the real admission plugin asks for


def pod_of(manifests, annotations):
    """The Pod that the first Deployment of the manifests stands for."""
    deployment = next(m for m in manifests if m and m.get("kind") == "Deployment")
    template = copy.deepcopy(deployment["spec"]["template"])
    metadata = template.setdefault("metadata", {})
    name = deployment["metadata"]["name"]
    suffix = uuid.uuid4().hex
    metadata["name"] = f"{name}-{suffix[:9]}-{suffix[9:14]}"
    metadata["generateName"] = f"{name}-{suffix[:9]}-"
    metadata["namespace"] = deployment["metadata"].get("namespace", "default")
    metadata.setdefault("annotations", {}).update(annotations)
    spec = template["spec"]
    spec.setdefault("serviceAccountName", "default")
    spec.setdefault("restartPolicy", "Always")
    spec.setdefault("terminationGracePeriodSeconds", 30)
    add_service_account_token(spec, suffix[14:19])
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def add_service_account_token(spec, suffix):
    """The volume and mounts of the ServiceAccount admission plugin."""
    volume = f"kube-api-access-{suffix}"
    spec.setdefault("volumes", []).append({"name": volume, "projected": {"defaultMode": 420, "sources": [
        {"serviceAccountToken": {"expirationSeconds": TOKEN_SECONDS, "path": "token"}},
        {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
        {"downwardAPI": {"items": [{"path": "namespace", "fieldRef": {"fieldPath": "metadata.namespace"}}]}},
    ]}})
    for container in spec.get("initContainers", []) + spec["containers"]:
        container.setdefault("volumeMounts", []).append(
            {"name": volume, "mountPath": TOKEN_MOUNT, "readOnly": True})


def review_of(pod):
    return {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {
        "uid": str(uuid.uuid4()),
        "kind": {"group": "", "version": "v1", "kind": "Pod"},
        "resource": {"group": "", "version": "v1", "resource": "pods"},
        "namespace": pod["metadata"]["namespace"],
        "operation": "CREATE",
        "object": pod,
    }}


def resolve(document, pointer):
    """(parent, last key) of a JSON pointer (RFC 6901); KeyError, IndexError when it leads nowhere."""
    *parents, last = [p.replace("~1", "/").replace("~0", "~") for p in pointer.split("/")[1:]]
    for part in parents:
        document = document[int(part)] if isinstance(document, list) else document[part]
    return document, last


def apply_patch(document, operations):
    """RFC 6902, the three operations that webhooks send."""
    document = copy.deepcopy(document)
    for operation in operations:
        parent, key = resolve(document, operation["path"])
        kind, is_list = operation["op"], isinstance(parent, list)
        if kind == "add" and is_list:
            parent.insert(len(parent) if key == "-" else int(key), operation["value"])
        elif kind == "add" or kind == "replace":
            parent[int(key) if is_list else key] = operation["value"]
        elif kind == "remove":
            del parent[int(key) if is_list else key]
        else:
            raise SystemExit(f"JSON patch operation {kind!r} is not understood")
    return document


def admit(pod, webhook, ca_file):
    """Asks the webhook. Ends the program with its words when the pod is refused."""
    base, _, path = webhook.rpartition("/")
    review = review_of(pod)
    started = time.monotonic()
    status, answer = HttpJson(base, ca_file).call("POST", "/" + path, review)
    milliseconds = (time.monotonic() - started) * 1000
    if status != 200:
        raise SystemExit(f"the webhook answered {status}: {answer}")
    response = answer["response"]
    if not response["allowed"]:
        raise SystemExit("the webhook refused the pod: " + response.get("status", {}).get("message", "no reason"))
    if response["uid"] != review["request"]["uid"]:
        raise SystemExit("the webhook answered for another review")
    if "patch" not in response:
        raise SystemExit("the webhook allowed the pod without a patch")
    operations = json.loads(base64.b64decode(response["patch"]))
    print(f"{len(operations)} operations in {milliseconds:.1f} ms", file=sys.stderr)
    return apply_patch(pod, operations)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    pod = commands.add_parser("pod")
    pod.add_argument("manifest")
    pod.add_argument("--set-annotation", action="append", default=[], metavar="NAME=VALUE")
    admission = commands.add_parser("admit")
    admission.add_argument("pod")
    admission.add_argument("--webhook", required=True)
    admission.add_argument("--ca", required=True)
    arguments = parser.parse_args()
    if arguments.command == "pod":
        with open(arguments.manifest, encoding="utf-8") as file:
            manifests = list(yaml.safe_load_all(file))
        result = pod_of(manifests, dict(a.split("=", 1) for a in arguments.set_annotation))
    else:
        with open(arguments.pod, encoding="utf-8") as file:
            result = admit(json.load(file), arguments.webhook, arguments.ca)
    json.dump(result, sys.stdout, indent=1)


if __name__ == "__main__":
    main()
