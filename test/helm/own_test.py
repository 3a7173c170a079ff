#!/usr/bin/env python3
"""The chart as a whole: what stands under `leasehold`, schema, notes, lint, package, kustomize base, made files."""
import functools
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

import chart

METRICS = "injector: {metrics: {enabled: true}}"
LEADER = "injector: {replicas: 2}"
# Own values, and the objects that they add: (kind, name).
OWN = {
    "{}": set(),
    "leasehold: {leaderElection: {lease: true}}": set(),  # nothing to elect with one replica
    "leasehold: {leaderElection: {lease: true}}, " + LEADER: {("Role", "vault-agent-injector-lease"), ("RoleBinding", "vault-agent-injector-lease")},
    "leasehold: {webhook: {onlyAnnotated: true}}": set(),
    "leasehold: {webhook: {matchConditions: [{name: a, expression: 'true'}]}}": set(),
    "leasehold: {networkPolicy: {enabled: true}}": {("NetworkPolicy", "vault-agent-injector")},
    "leasehold: {networkPolicy: {enabled: true, from: [{ipBlock: {cidr: 10.0.0.0/8}}], egress: [{to: [{podSelector: {}}]}]}}":
        {("NetworkPolicy", "vault-agent-injector")},
    "leasehold: {serviceMonitor: {enabled: true, labels: {release: prometheus}}}, " + METRICS: {("ServiceMonitor", "vault-agent-injector")},
    "leasehold: {serviceMonitor: {enabled: true, tlsConfig: null}}, " + METRICS: {("ServiceMonitor", "vault-agent-injector")},
    "leasehold: {podMonitor: {enabled: true}}, " + METRICS: {("PodMonitor", "vault-agent-injector")},
    "leasehold: {serviceMonitor: {enabled: true}, podMonitor: {enabled: true}}, " + METRICS:
        {("ServiceMonitor", "vault-agent-injector"), ("PodMonitor", "vault-agent-injector")},
    "leasehold: {prometheusRule: {enabled: true}}, " + METRICS: {("PrometheusRule", "vault-agent-injector")},
    "leasehold: {prometheusRule: {enabled: true, apiServer: false, kubeStateMetrics: false, rules: [{alert: Own, expr: '1'}]}}, " + METRICS:
        {("PrometheusRule", "vault-agent-injector")},
    "leasehold: {dashboard: {enabled: true, annotations: {folder: vault}}}": {("ConfigMap", "vault-agent-injector-dashboard")},
    "leasehold: {test: {enabled: true}}": {("Pod", "vault-agent-injector-test")},
    "leasehold: {test: {enabled: true, image: busybox}}, global: {openshift: true, imagePullSecrets: [a]}":
        {("Pod", "vault-agent-injector-test"), ("NetworkPolicy", "vault-agent-injector")},
}
EVERYTHING = ("injector: {replicas: 2, metrics: {enabled: true}, podDisruptionBudget: {minAvailable: 1}}, leasehold: {leaderElection: {lease: true}, "
              "webhook: {onlyAnnotated: true}, networkPolicy: {enabled: true}, serviceMonitor: {enabled: true}, podMonitor: {enabled: true}, "
              "prometheusRule: {enabled: true}, dashboard: {enabled: true}, test: {enabled: true}}")


def render(values, **more):
    objects, errors = chart.template("{}" if values == "{}" else "{" + values + "}", **more)
    if objects is None:
        raise AssertionError(f"{values}: {errors}")
    return objects


def identity(item):
    return item["kind"], item["metadata"]["name"]


def one(objects, kind, name=None):
    found = [item for item in objects if item["kind"] == kind and name in (None, item["metadata"]["name"])]
    assert len(found) == 1, (kind, name, len(found))
    return found[0]


def labels_of(objects, kind):
    """Labels by which a selector for that kind finds objects of the chart."""
    pods = [item["spec"]["template"] for item in objects if item["kind"] == "Deployment"]
    return [item["metadata"]["labels"] for item in (pods if kind == "Pod" else [item for item in objects if item["kind"] == kind])]


SELECTORS = {  # kind: (what it selects, where its selector stands)
    "Service": ("Pod", ("selector",)), "Deployment": ("Pod", ("selector", "matchLabels")), "NetworkPolicy": ("Pod", ("podSelector", "matchLabels")),
    "PodDisruptionBudget": ("Pod", ("selector", "matchLabels")), "PodMonitor": ("Pod", ("selector", "matchLabels")),
    "ServiceMonitor": ("Service", ("selector", "matchLabels")),
}


class Objects(unittest.TestCase):
    maxDiff = None

    def check_whole(self, objects):
        """What an API server does not check: references, selectors, names."""
        identities = [identity(item) for item in objects]
        self.assertEqual(len(identities), len(set(identities)))
        for item in objects:
            self.assertRegex(item["metadata"]["name"], r"^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$")
            for label in item["metadata"].get("labels", {}).values():
                self.assertRegex(label, r"^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$")
            if item["kind"] in SELECTORS:
                selected, path = SELECTORS[item["kind"]]
                selector = functools.reduce(lambda at, key: at[key], path, item["spec"])
                self.assertTrue(any(selector.items() <= labels.items() for labels in labels_of(objects, selected)), item["kind"])
            if item["kind"].endswith("Binding"):
                self.assertIn((item["roleRef"]["kind"], item["roleRef"]["name"]), identities)
                self.assertIn(("ServiceAccount", item["subjects"][0]["name"]), identities)
            if item["kind"] == "MutatingWebhookConfiguration":
                self.assertIn(("Service", item["webhooks"][0]["clientConfig"]["service"]["name"]), identities)

    def test_own_values_add_what_they_say(self):
        for values, added in OWN.items():
            with self.subTest(values=values):
                objects = render(values)
                self.check_whole(objects)
                theirs = {identity(item) for item in render(LEADER if LEADER in values else "{}")}
                self.assertEqual({identity(item) for item in objects} - theirs, added)
                self.assertEqual(theirs - {identity(item) for item in objects}, set())
        self.check_whole(render(EVERYTHING))
        self.check_whole(render(EVERYTHING, release="other", namespace="infra"))

    def test_nothing_of_it_without_the_injector(self):
        self.assertEqual(render(EVERYTHING.replace("{replicas", "{enabled: false, replicas")), [])

    def test_what_is_not_asked_for_stays_equal(self):
        """An own value changes no object of the `vault` chart but the one that it is about."""
        changed = {"webhook": "MutatingWebhookConfiguration", "podMonitor": "Deployment"}
        for values in OWN:
            with self.subTest(values=values):
                base = render(re.sub(r"^leasehold: \{.*?\}\}?\}(, |$)", "", values) or "{}" if values != "{}" else "{}")
                kinds = {kind for key, kind in changed.items() if key + ":" in values}
                got = {identity(item): item for item in render(values)}
                for item in base:
                    if item["kind"] not in kinds:
                        self.assertEqual(got[identity(item)], item)

    def test_lease_rights(self):
        role = one(render("leasehold: {leaderElection: {lease: true}}, " + LEADER), "Role", "vault-agent-injector-lease")
        self.assertEqual({(group, resource, verb) for rule in role["rules"] for group in rule["apiGroups"]
                          for resource in rule["resources"] for verb in rule["verbs"]},
                         {("coordination.k8s.io", "leases", verb) for verb in ("get", "create", "update")})

    def test_match_conditions(self):
        hook = one(render("leasehold: {webhook: {onlyAnnotated: true, matchConditions: [{name: a, expression: 'true'}]}}"),
                   "MutatingWebhookConfiguration")["webhooks"][0]
        self.assertEqual([each["name"] for each in hook["matchConditions"]], ["asks-for-injection", "a"])
        self.assertIn("'vault.hashicorp.com/agent-inject' in object.metadata.annotations", hook["matchConditions"][0]["expression"])
        objects, errors = chart.template("leasehold: {webhook: {onlyAnnotated: true}}", arguments=("--kube-version", "1.27.9"))
        self.assertIsNone(objects)
        self.assertIn("need Kubernetes 1.28 (this is v1.27.9)", errors)

    def test_network_policy(self):
        policy = one(render("leasehold: {networkPolicy: {enabled: true, from: [{ipBlock: {cidr: 10.0.0.0/8}}], egress: [{}]}}, injector: {port: 9}"),
                     "NetworkPolicy")
        self.assertEqual(policy["spec"]["ingress"], [{"from": [{"ipBlock": {"cidr": "10.0.0.0/8"}}], "ports": [{"port": 9, "protocol": "TCP"}]}])
        self.assertEqual((policy["spec"]["egress"], policy["spec"]["policyTypes"]), ([{}], ["Ingress", "Egress"]))

    def test_monitors(self):
        objects = render("leasehold: {serviceMonitor: {enabled: true, interval: 9s, labels: {release: p}}, podMonitor: {enabled: true}}, " + METRICS)
        monitor = one(objects, "ServiceMonitor")
        endpoint = {"port": "https", "path": "/metrics", "scheme": "https", "interval": "9s", "tlsConfig": {"insecureSkipVerify": True}}
        self.assertEqual(monitor["spec"]["endpoints"], [endpoint])
        self.assertEqual(monitor["metadata"]["labels"]["release"], "p")
        self.assertEqual(one(objects, "PodMonitor")["spec"]["podMetricsEndpoints"], [endpoint | {"interval": "30s"}])
        container = one(objects, "Deployment")["spec"]["template"]["spec"]["containers"][0]
        self.assertEqual(container["ports"], [{"name": "https", "containerPort": 8080}])
        self.assertEqual([port["name"] for port in one(objects, "Service")["spec"]["ports"]], ["https"])

    def test_what_needs_metrics_says_so(self):
        for key in ("serviceMonitor", "podMonitor", "prometheusRule"):
            objects, errors = chart.template(f"leasehold: {{{key}: {{enabled: true}}}}")
            self.assertIsNone(objects)
            self.assertIn(f"leasehold.{key}.enabled needs injector.metrics.enabled=true", errors)

    def test_only_metrics_that_there_are(self):
        """Rules and dashboard name metrics that the injector has."""
        with open(os.path.join(chart.ROOT, "src", "injector", "shard.cc"), encoding="utf-8") as file:
            names = set(re.findall(r'"(vault_agent_injector_\w+)"', file.read()))
        self.assertGreaterEqual(len(names), 4)
        objects = render(EVERYTHING)
        dashboard = json.loads(one(objects, "ConfigMap")["data"]["leasehold-injector.json"])
        expressions = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
        expressions += [rule["expr"] for group in one(objects, "PrometheusRule")["spec"]["groups"] for rule in group["rules"]]
        self.assertGreater(len(expressions), 12)
        for expression in expressions:
            used = {re.sub(r"_(bucket|sum|count)$", "", name) for name in re.findall(r"vault_agent_injector_\w+", expression)}
            self.assertLessEqual(used, names)
            for pair in ("()", "{}", "[]"):
                self.assertEqual(expression.count(pair[0]), expression.count(pair[1]), expression)

    def test_alerts(self):
        def alerts(values):
            return [rule["alert"] for rule in one(render(values), "PrometheusRule")["spec"]["groups"][0]["rules"]]
        few = alerts("leasehold: {prometheusRule: {enabled: true, apiServer: false, kubeStateMetrics: false, rules: [{alert: Own, expr: '1'}]}}, " + METRICS)
        self.assertEqual(few, ["VaultInjectorDown", "VaultInjectorRefusesPods", "VaultInjectorSlow", "Own"])
        self.assertIn("VaultInjectorNoLeader", alerts(EVERYTHING))
        self.assertNotIn("VaultInjectorNoLeader", alerts("leasehold: {prometheusRule: {enabled: true}}, " + METRICS))

    def injector(self, *words, text=None):
        if "LEASEHOLD_BIN_DIR" not in os.environ:  # ctest sets it
            self.skipTest("LEASEHOLD_BIN_DIR is not set")
        program = os.path.join(os.environ["LEASEHOLD_BIN_DIR"], "leasehold-injector")
        return subprocess.run([program, *words], input=text, capture_output=True, text=True, timeout=60)

    def test_the_injector_knows_its_variables(self):
        done = self.injector("agent-inject", "--help")
        known = set(re.findall(r"AGENT_INJECT_\w+", done.stdout + done.stderr))
        values = EVERYTHING.replace("injector: {", "injector: {agentDefaults: {ephemeralLimit: 1Gi, ephemeralRequest: 1Gi, "
                                                   "templateConfig: {staticSecretRenderInterval: 1m}}, ", 1)
        names = set()
        for more in ("", "global: {openshift: true}, ", "csi: {}, "):
            deployment = one(render(more + (values if more else values.replace("injector: {", "injector: {certs: {secretName: s}, ", 1))), "Deployment")
            names |= {each["name"] for each in deployment["spec"]["template"]["spec"]["containers"][0]["env"]}
        self.assertGreaterEqual(len(names), 23)
        self.assertLessEqual(names - {"NAMESPACE", "POD_NAME"}, known)

    def test_the_test_pod_is_injected(self):
        """By the real injector: the added agent ends at once, and the annotation that the pod looks for is there."""
        pod = one(render("leasehold: {test: {enabled: true}}"), "Pod")
        done = self.injector("patch", "-f", "-", "-o", "json", "-vault-address", "http://vault:8200", text=json.dumps(pod))
        self.assertEqual(done.returncode, 0, done.stderr)
        patched = json.loads(done.stdout)
        self.assertEqual(patched["metadata"]["annotations"]["vault.hashicorp.com/agent-inject-status"], "injected")
        self.assertEqual([each["name"] for each in patched["spec"]["containers"]], ["test", "vault-agent"])
        self.assertNotIn("initContainers", patched["spec"])
        agent = patched["spec"]["containers"][1]
        self.assertEqual((agent["command"], agent["args"]), (["/bin/sh", "-ec"], ["exit 0"]))
        script = pod["spec"]["containers"][0]["command"]
        for status, code in (("injected", 0), ("", 1)):
            self.assertEqual(subprocess.run(script, env={"STATUS": status}, stdout=subprocess.DEVNULL).returncode, code)


class Whole(unittest.TestCase):
    maxDiff = None

    def test_lint(self):
        for values in ("{}", "{" + EVERYTHING + "}", "injector: {enabled: false}"):
            status, out, err = chart.helm("lint", "--strict", chart.CHART, "--values", "-", text=values)
            self.assertEqual(status, 0, out + err)

    def test_schema_names_every_wrong_type(self):
        """A list is right for no value but those that may be one."""
        with open(os.path.join(chart.CHART, "values.schema.json"), encoding="utf-8") as file:
            schema = json.load(file)
        wrong, want = wrong_values(schema, "")
        _, errors = chart.template(json.dumps(wrong))
        got = {line.strip()[2:] for line in errors.splitlines() if line.lstrip().startswith("- at ") and "validation failed" not in line}
        self.assertIn("chart(s):\nleasehold:\n", errors)
        self.assertEqual(got, want)
        self.assertIn("at '/injector/enabled': got array, want boolean or string", got)
        self.assertGreater(len(got), 80)

    def test_schema_knows_every_value(self):
        with open(os.path.join(chart.CHART, "values.schema.json"), encoding="utf-8") as file:
            self.assertEqual(list(unknown_values(chart.defaults(), json.load(file), "")), [])

    def test_slips_in_own_values_are_refused(self):
        for values, want in (("leasehold: {dashbord: {}}", "at '/leasehold': additional properties 'dashbord' not allowed"),
                             ("leasehold: {profile: modern}", "at '/leasehold/profile': value must be 'compat'")):
            objects, errors = chart.template(values)
            self.assertIsNone(objects)
            self.assertIn(want, errors)

    def test_notes(self):
        rows = (
            ("{}", ("vault-agent-injector runs in namespace infra", "http://vault.infra.svc:8200", "failurePolicy Ignore", "made and renewed", "installs no server")),
            ("{global: {externalVaultAddr: 'https://v'}, injector: {webhook: {failurePolicy: Fail}, certs: {secretName: s}}}",
             ("https://v", "failurePolicy Fail", "of the Secret s")),
            ("injector: {enabled: false}", ("The injector is off",)),
            ("fullnameOverride: " + "x" * 60, ("longer than the 63 characters",)),
            ("csi: {enabled: true}", ("has no CSI provider",)),
            ("{injector: null, server: null, csi: null}", ("runs in namespace infra",)),
            ("leasehold: {test: {enabled: true}}", ("helm test vault --namespace infra",)),
        )
        with tempfile.TemporaryDirectory() as home:
            for values, texts in rows:
                status, out, err = chart.helm("install", "vault", chart.CHART, "--dry-run=client", "--namespace", "infra", "--values", "-",
                                              text=values, home=home)
                self.assertEqual(status, 0, err)
                notes = out.partition("NOTES:\n")[2]
                for text in texts:
                    self.assertIn(text, notes)
        self.assertNotIn("installs no server", self.notes_without_server())

    def notes_without_server(self):
        with tempfile.TemporaryDirectory() as home:
            return chart.helm("install", "vault", chart.CHART, "--dry-run=client", "--values", "-", text="server: {enabled: false}", home=home)[1]

    def test_package_is_the_same(self):
        with tempfile.TemporaryDirectory() as folder:
            status, out, err = chart.helm("package", chart.CHART, "--destination", folder, home=folder)
            self.assertEqual(status, 0, out + err)
            package = os.path.join(folder, "leasehold-0.1.0.tgz")
            status, out, err = chart.helm("template", "vault", package, "--namespace", "vault", "--values", "-", text="{" + EVERYTHING + "}")
            self.assertEqual(status, 0, err)
            self.assertEqual(chart.objects_of(out), render(EVERYTHING))

    def test_made_files_are_up_to_date(self):
        done = subprocess.run([sys.executable, os.path.join(chart.ROOT, "scripts", "make-chart-files.py"), "--check"], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout), (0, ""))

    def test_versions_agree(self):
        with open(os.path.join(chart.CHART, "Chart.yaml"), encoding="utf-8") as file:
            about = chart.yaml.load(file, Loader=chart.LOADER)
        injector = chart.defaults()["injector"]
        images = {each["name"]: each["image"] for each in chart.yaml.load(about["annotations"]["artifacthub.io/images"], Loader=chart.LOADER)}
        self.assertEqual(images, {"injector": "{repository}:{tag}".format(**injector["image"]), "agent": "{repository}:{tag}".format(**injector["agentImage"])})
        self.assertEqual({injector["image"]["tag"], injector["agentImage"]["tag"]}, {about["appVersion"]})
        self.assertTrue(chart.yaml.load(about["annotations"]["artifacthub.io/changes"], Loader=chart.LOADER))

    def test_the_page_s_examples(self):
        with open(os.path.join(chart.ROOT, "docs", "chart.md"), encoding="utf-8") as file:
            blocks = re.findall(r"```yaml\n(.*?)```", file.read(), re.S)
        kustomizations = [block for block in blocks if block.startswith("namespace:")]
        for block in blocks:
            if block not in kustomizations:
                objects, errors = chart.template(block)
                self.assertIsNotNone(objects, errors)
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "kustomization.yaml"), "w", encoding="utf-8") as file:
                file.write(kustomizations[0].replace("leasehold/deploy", os.path.relpath(chart.ROOT, os.path.realpath(folder)) + "/deploy"))
            container = one(kustomized(folder, "infra"), "Deployment")["spec"]["template"]["spec"]["containers"][0]
        variables = {each["name"]: each.get("value") for each in container["env"]}
        self.assertEqual(container["image"], "registry.example/leasehold-injector:0.1.0")
        self.assertEqual(variables["AGENT_INJECT_VAULT_ADDR"], "https://vault.example:8200")
        self.assertIn("infra.svc", variables["AGENT_INJECT_TLS_AUTO_HOSTS"])

    def test_kustomize_base_is_the_default_render(self):
        base = os.path.join(chart.ROOT, "deploy", "kustomize")
        self.assertEqual(kustomized(base, "vault"), as_kustomize(render("{}")))
        # As a base, in another namespace.
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "kustomization.yaml"), "w", encoding="utf-8") as file:
                file.write(f"namespace: infra\nresources: [{os.path.relpath(base, os.path.realpath(folder))}]\n")
            self.assertEqual(kustomized(folder, "infra"), as_kustomize(render("{}", namespace="infra")))


def wrong_values(schema, path):
    """A values tree with a wrong type at each leaf of the schema, and the messages that helm prints."""
    if "properties" in schema:
        parts = {key: wrong_values(part, f"{path}/{key}") for key, part in schema["properties"].items()}
        return {key: value for key, (value, _) in parts.items()}, set().union(*(messages for _, messages in parts.values()))
    if "enum" in schema:
        return "other", {f"at '{path}': value must be '{schema['enum'][0]}'"}
    order = ("null", "boolean", "integer", "string", "array", "object")  # helm's, whatever the schema's
    types = sorted(schema["type"] if isinstance(schema["type"], list) else [schema["type"]], key=order.index)
    value, name = (True, "boolean") if "array" in types else ([], "array")
    return value, {f"at '{path}': got {name}, want {' or '.join(types)}"}


def unknown_values(values, schema, path):
    """Defaults that the schema does not know."""
    for key, value in values.items():
        part = schema.get("properties", {}).get(key)
        if part is None:
            yield f"{path}/{key}"
        elif isinstance(value, dict) and "properties" in part:
            yield from unknown_values(value, part, f"{path}/{key}")


def kustomized(folder, namespace):
    done = subprocess.run([chart.tool("kubectl"), "kustomize", folder], capture_output=True, text=True, timeout=60)
    if done.returncode:
        raise AssertionError(done.stderr)
    objects = json.loads(json.dumps(chart.objects_of(done.stdout)).replace("$(NAMESPACE)", namespace))
    variables = one(objects, "Deployment")["spec"]["template"]["spec"]["containers"][0]["env"]
    # Kubernetes expands what stands before; a patch of kustomize puts what it changes in front.
    names = [each["name"] for each in variables]
    assert names.index("NAMESPACE") < names.index("AGENT_INJECT_TLS_AUTO_HOSTS")
    del variables[names.index("NAMESPACE")]
    return sorted(objects, key=identity)


def as_kustomize(objects):
    objects = json.loads(json.dumps(objects))
    for item in objects:
        del item["metadata"]["labels"]["app.kubernetes.io/managed-by"]
    return sorted(objects, key=identity)


if __name__ == "__main__":
    chart.tool("helm")
    chart.tool("kubectl")
    unittest.main()
