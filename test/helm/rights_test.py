#!/usr/bin/env python3
"""The real injector in the environment of the chart's Deployment, with the objects and no more rights than the chart
gives, against the stand-in for the Kubernetes API.

  rights_test.py INJECTOR"""
import json
import os
import shutil
import sys
import tempfile
import unittest
import urllib.parse

import chart

sys.path.insert(0, os.path.join(chart.ROOT, "test", "integration"))
import api_world  # noqa: E402

PODS = ("vault-injector-0", "vault-injector-1")
LEASE = ("leases", "vault", "vault-k8s-leader")
VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}


def asked(method, target):
    """(group, resource, verb, name, namespace) of a request, as RBAC sees it."""
    url = urllib.parse.urlsplit(target)
    parts = url.path.strip("/").split("/")
    group, rest = ("", parts[2:]) if parts[0] == "api" else (parts[1], parts[3:])
    namespace = None
    if rest[0] == "namespaces":
        namespace, rest = rest[1], rest[2:]
    name = rest[1] if len(rest) > 1 else None
    if method == "GET":
        watching = urllib.parse.parse_qs(url.query).get("watch", ["0"])[0] in ("1", "true")
        verb = "watch" if watching else "get" if name else "list"
    else:
        verb = VERBS[method]
    return group, rest[0], verb, name, namespace


def allows(rules, group, resource, verb, name):
    return any(group in rule["apiGroups"] and resource in rule["resources"] and verb in rule["verbs"] and
               (not rule.get("resourceNames") or name in rule["resourceNames"]) for rule in rules)


class Checked(api_world.StoryHandler):
    """Refuses what the chart's roles do not allow, and notes it."""
    objects, refused = (), []

    def serve(self):
        group, resource, verb, name, namespace = asked(self.command, self.path)
        rules = [rule for item in self.objects for rule in item.get("rules", [])
                 if item["kind"] == "ClusterRole" or item["kind"] == "Role" and item["metadata"]["namespace"] == namespace]
        if allows(rules, group, resource, verb, name):
            super().serve()
            return
        self.refused.append((resource, verb))
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.answer(403, api_world.fakeapi.failure(403, "Forbidden", "not allowed"))

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = serve


class Rights(unittest.TestCase):
    def run_chart(self, values, replicas):
        """Starts the replicas one after the other; what the chart's rights did not allow."""
        objects, errors = chart.template(values)
        self.assertIsNotNone(objects, errors)
        folder = tempfile.mkdtemp(prefix="leasehold-chart.")
        self.addCleanup(shutil.rmtree, folder)
        Checked.objects, Checked.refused = objects, []
        api_world.StoryHandler, before = Checked, api_world.StoryHandler
        world = api_world.World(folder)
        api_world.StoryHandler = before
        self.addCleanup(world.go_away)
        self.put_objects(objects)
        container = next(item for item in objects if item["kind"] == "Deployment")["spec"]["template"]["spec"]["containers"][0]
        self.replicas = [self.start(world, container, pod) for pod in PODS[:replicas]]
        return world

    def change_leader(self, world):
        self.assertEqual(world.owner(), PODS[0])
        self.assertEqual(self.replicas[0].stop(), 0)
        api_world.wait_for("the other one leads", lambda: world.owner() == PODS[1])
        self.assertTrue(self.replicas[1].is_trusted())

    def put_objects(self, objects):
        """The webhook configuration without a caBundle, and the Secret without data."""
        for key in (api_world.LOCK, LEASE, api_world.SECRET):
            api_world.fakeapi.store.pop(key, None)
        for item in json.loads(json.dumps(objects)):
            if item["kind"] in ("MutatingWebhookConfiguration", "Secret"):
                api_world.fakeapi.put(item["kind"].lower() + "s", item["metadata"].get("namespace"), item["metadata"]["name"], item)

    def start(self, world, container, pod):
        field = {"metadata.namespace": "vault", "metadata.name": pod}
        variables = {each["name"]: each.get("value", field[each["valueFrom"]["fieldRef"]["fieldPath"]] if "valueFrom" in each else None)
                     for each in container["env"] if each["name"] != "AGENT_INJECT_LISTEN"}
        for name in [name for name in os.environ if name in ("NAMESPACE", "POD_NAME")]:
            del os.environ[name]
        replica = api_world.Replica([INJECTOR, *container["args"]], world, pod, variables)
        self.addCleanup(replica.log.close)
        self.addCleanup(replica.stop)
        api_world.wait_for(f"{pod} is ready", replica.is_ready)
        self.assertTrue(replica.is_trusted(), replica.output()[-3000:])
        return replica

    def test_one_replica(self):
        world = self.run_chart("{}", 1)
        self.assertEqual(Checked.refused, [])
        self.assertIn("BEGIN CERTIFICATE", world.bundle())

    def test_two_replicas(self):
        """Without rights for the Lease the ConfigMap alone is enough."""
        world = self.run_chart("injector: {replicas: 2}", 2)
        self.assertIn("cert", world.get(api_world.SECRET)["data"])
        self.change_leader(world)
        self.assertEqual(set(resource for resource, _ in Checked.refused), {"leases"})

    def test_two_replicas_with_the_lease(self):
        world = self.run_chart("{injector: {replicas: 2}, leasehold: {leaderElection: {lease: true}}}", 2)
        self.assertRegex(world.get(LEASE)["spec"]["holderIdentity"], "^" + PODS[0])
        self.change_leader(world)
        api_world.wait_for("the Lease too", lambda: world.get(LEASE)["spec"]["holderIdentity"].startswith(PODS[1]))
        self.assertEqual(Checked.refused, [])


if __name__ == "__main__":
    INJECTOR = sys.argv.pop(1)
    chart.tool("helm")
    unittest.main()
