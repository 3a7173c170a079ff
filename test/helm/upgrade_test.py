#!/usr/bin/env python3
"""What the chart looks up in a cluster before an upgrade, by the real helm against a stand-in for the API server."""
import http.server
import json
import os
import tempfile
import threading
import unittest

import chart

BUNDLE = "QUJD"
RESOURCES = {  # path of the group: kinds and whether they stand in a namespace
    "/api/v1": [("ServiceAccount", True), ("Service", True)],
    "/apis/apps/v1": [("StatefulSet", True), ("Deployment", True)],
    "/apis/rbac.authorization.k8s.io/v1": [("ClusterRole", False), ("ClusterRoleBinding", False)],
    "/apis/admissionregistration.k8s.io/v1": [("MutatingWebhookConfiguration", False)],
}
WEBHOOK = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/vault-agent-injector-cfg"
SERVER = "/apis/apps/v1/namespaces/vault/statefulsets/vault"


def group_list():
    names = [path.split("/")[2] for path in RESOURCES if path.startswith("/apis/")]
    versions = [{"groupVersion": f"{name}/v1", "version": "v1"} for name in names]
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": [
        {"name": name, "versions": [version], "preferredVersion": version} for name, version in zip(names, versions)]}


def resource_list(path):
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": path.split("/", 2)[2], "resources": [
        {"name": kind.lower() + "s", "singularName": "", "namespaced": spaced, "kind": kind, "verbs": ["get", "list"]} for kind, spaced in RESOURCES[path]]}


class Cluster:
    """Answers discovery and the objects that it is given: {path: object}."""

    def __init__(self, objects):
        answers = {"/version": {"major": "1", "minor": "35", "gitVersion": "v1.35.0"}, "/api": {"kind": "APIVersions", "versions": ["v1"]},
                   "/apis": group_list(), **{path: resource_list(path) for path in RESOURCES}, **objects}

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                answer = answers.get(self.path.partition("?")[0])
                missing = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404}
                body = json.dumps(missing if answer is None else answer).encode()
                self.send_response(404 if answer is None else 200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def upgrade(objects, values="{}"):
    with Cluster(objects) as address, tempfile.TemporaryDirectory() as home:
        config = os.path.join(home, "kubeconfig")
        with open(config, "w", encoding="utf-8") as file:
            json.dump({"apiVersion": "v1", "kind": "Config", "current-context": "c", "clusters": [{"name": "c", "cluster": {"server": address}}],
                       "users": [{"name": "u", "user": {}}], "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}]}, file)
        status, out, err = chart.helm("template", "vault", chart.CHART, "--namespace", "vault", "--is-upgrade", "--dry-run=server",
                                      "--disable-openapi-validation", "--kubeconfig", config, "--values", "-", text=values, home=home)
    return (chart.objects_of(out) if status == 0 else None), err


def bundle(objects):
    return [item["webhooks"][0]["clientConfig"]["caBundle"] for item in objects if item["kind"] == "MutatingWebhookConfiguration"]


class Upgrade(unittest.TestCase):
    live = {WEBHOOK: {"apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingWebhookConfiguration",
                      "metadata": {"name": "vault-agent-injector-cfg"},
                      "webhooks": [{"name": "vault.hashicorp.com", "clientConfig": {"caBundle": BUNDLE}}]}}
    server = {SERVER: {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {
        "name": "vault", "namespace": "vault", "annotations": {"meta.helm.sh/release-name": "vault"}}}}

    def test_the_bundle_stays(self):
        rows = (("{}", BUNDLE), ("injector: {certs: {caBundle: T3du}}", "T3du"), ("injector: {certs: {secretName: s}}", ""))
        for values, want in rows:
            objects, errors = upgrade(self.live, values)
            self.assertIsNotNone(objects, errors)
            self.assertEqual(bundle(objects), [want])
        self.assertEqual(bundle(upgrade({})[0]), [""])

    def test_a_server_of_the_release_is_not_deleted(self):
        objects, errors = upgrade(self.server)
        self.assertIsNone(objects)
        self.assertIn("release vault runs the Vault server vault, and this chart has none: the upgrade would delete it", errors)

    def test_a_server_of_another_release_does_not_matter(self):
        server = json.loads(json.dumps(self.server))
        server[SERVER]["metadata"]["annotations"]["meta.helm.sh/release-name"] = "other"
        for objects, values in ((server, "{}"), ({}, "{}"), (self.server, "server: {enabled: false}"), (self.server, "global: {externalVaultAddr: 'http://v'}")):
            self.assertIsNotNone(*upgrade(objects, values))


if __name__ == "__main__":
    chart.tool("helm")
    unittest.main()
