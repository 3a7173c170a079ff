#!/usr/bin/env python3
"""What each value of the `vault` chart does, a row each: beyond the recorded renders of test/golden/helm."""
import json
import unittest

import chart

ABSENT = object()
POD = "spec.template.spec."
CONTAINER = POD + "containers.0."
HOOK = "webhooks.0."
SELECTOR = {"app.kubernetes.io/name": "vault-agent-injector", "app.kubernetes.io/instance": "vault", "component": "webhook"}
OWN_PODS = {"matchExpressions": [{"key": "app.kubernetes.io/name", "operator": "NotIn", "values": ["vault-agent-injector"]}]}

# values, kind, place in the object (env:NAME is the last variable of that name), what stands there
ROWS = (
    ("injector: {enabled: 'yes'}", "Deployment", "", ABSENT),
    ("injector: {enabled: '-'}, global: {enabled: false}", "Deployment", "", ABSENT),
    ("injector: {enabled: 'false'}", "Service", "", ABSENT),
    ("injector: {enabled: false, podDisruptionBudget: {minAvailable: 1}}, global: {openshift: true, psp: {enable: true}}",
     "PodDisruptionBudget", "", ABSENT),
    ("injector: {enabled: false}, global: {openshift: true}", "NetworkPolicy", "", ABSENT),
    ("injector: {enabled: false}, global: {psp: {enable: true}}", "PodSecurityPolicy", "", ABSENT),
    ("injector: {replicas: 0}", "Deployment", "spec.replicas", 0),
    ("injector: {replicas: 0}", "Role", "", ABSENT),
    ("injector: {replicas: 2}", "Secret", "metadata.name", "vault-injector-certs"),
    ("injector: {replicas: 2, leaderElector: {enabled: false}}", "Secret", "", ABSENT),
    ("injector: {replicas: 2}, global: {enabled: false}", "Role", "", ABSENT),
    # Names.
    ("nameOverride: x", "Deployment", "metadata.name", "vault-x-agent-injector"),
    ("nameOverride: ault", "Deployment", "metadata.name", "vault-agent-injector"),
    ("nameOverride: ault", "Service", "metadata.labels", {
        "app.kubernetes.io/name": "ault-agent-injector", "app.kubernetes.io/instance": "vault", "app.kubernetes.io/managed-by": "Helm"}),
    (f"nameOverride: {'n' * 62}-x", "Service", "metadata.labels", {
        "app.kubernetes.io/name": "n" * 62 + "-agent-injector", "app.kubernetes.io/instance": "vault", "app.kubernetes.io/managed-by": "Helm"}),
    (f"fullnameOverride: {'f' * 62}-x", "Service", "metadata.name", "f" * 62 + "-agent-injector-svc"),
    ("fullnameOverride: f", "MutatingWebhookConfiguration", HOOK + "clientConfig.service.name", "f-agent-injector-svc"),
    ("global: {namespace: ns1}", "ClusterRoleBinding", "subjects.0.namespace", "ns1"),
    ("global: {namespace: ns1}", "Deployment", "env:AGENT_INJECT_TLS_AUTO_HOSTS",
     "vault-agent-injector-svc,vault-agent-injector-svc.ns1,vault-agent-injector-svc.ns1.svc"),
    # Where Vault is.
    ("server: {service: {port: 8300}}", "Deployment", "env:AGENT_INJECT_VAULT_ADDR", "http://vault.vault.svc:8300"),
    ("global: {externalVaultAddr: 'http://a'}, injector: {externalVaultAddr: 'http://b'}", "Deployment", "env:AGENT_INJECT_VAULT_ADDR", "http://a"),
    ("global: {tlsDisable: false, namespace: ns1}", "Deployment", "env:AGENT_INJECT_VAULT_ADDR", "https://vault.ns1.svc:8200"),
    # The environment.
    ("injector: {port: 1}", "Deployment", "env:AGENT_INJECT_LISTEN", ":1"),
    ("injector: {port: 1}", "Service", "spec.ports", [{"name": "https", "port": 443, "targetPort": 1}]),
    ("injector: {logLevel: '', logFormat: ''}", "Deployment", "env:AGENT_INJECT_LOG_LEVEL", "info"),
    ("injector: {logLevel: '', logFormat: ''}", "Deployment", "env:AGENT_INJECT_LOG_FORMAT", "standard"),
    ("injector: {logLevel: 'off'}", "Deployment", "env:AGENT_INJECT_LOG_LEVEL", "off"),
    ("injector: {authPath: 'yes'}", "Deployment", "env:AGENT_INJECT_VAULT_AUTH_PATH", "yes"),
    ("injector: {authPath: 'a\"b'}", "Deployment", "env:AGENT_INJECT_VAULT_AUTH_PATH", 'a"b'),
    ("injector: {revokeOnShutdown: true}", "Deployment", "env:AGENT_INJECT_REVOKE_ON_SHUTDOWN", "true"),
    ("injector: {agentDefaults: {cpuLimit: null, memLimit: ''}}", "Deployment", "env:AGENT_INJECT_CPU_LIMIT", ""),
    ("injector: {agentDefaults: {cpuLimit: null, memLimit: ''}}", "Deployment", "env:AGENT_INJECT_MEM_LIMIT", ""),
    ("injector: {agentDefaults: {cpuLimit: null}}", "Deployment", "env:AGENT_INJECT_CPU_REQUEST", "250m"),
    ("injector: {agentDefaults: {ephemeralLimit: ''}}", "Deployment", "env:AGENT_INJECT_EPHEMERAL_LIMIT", ABSENT),
    ("injector: {agentDefaults: {ephemeralLimit: 1Gi}}", "Deployment", "env:AGENT_INJECT_EPHEMERAL_REQUEST", ABSENT),
    ("injector: {agentDefaults: {templateConfig: {staticSecretRenderInterval: 1m}}}", "Deployment",
     "env:AGENT_INJECT_TEMPLATE_CONFIG_EXIT_ON_RETRY_FAILURE", "true"),
    ("injector: {agentDefaults: {templateConfig: {staticSecretRenderInterval: 1m}}}", "Deployment",
     "env:AGENT_INJECT_TEMPLATE_STATIC_SECRET_RENDER_INTERVAL", "1m"),
    ("injector: {metrics: {enabled: false}}", "Deployment", "env:AGENT_INJECT_TELEMETRY_PATH", ABSENT),
    ("injector: {extraEnvironmentVars: {a.b: 1, AGENT_INJECT_LISTEN: ':9'}}", "Deployment", "env:A_B", "1"),
    ("injector: {extraEnvironmentVars: {AGENT_INJECT_LISTEN: ':9'}}", "Deployment", "env:AGENT_INJECT_LISTEN", ":9"),
    ("injector: {extraEnvironmentVars: {POD_NAME: x}}", "Deployment", "env:POD_NAME", {"fieldRef": {"fieldPath": "metadata.name"}}),
    ("injector: {extraEnvironmentVars: {q: 'say \"x\": {{ .Release.Name }}'}}", "Deployment", "env:Q", 'say "x": {{ .Release.Name }}'),
    # Images.
    ("injector: {image: {tag: ''}}", "Deployment", CONTAINER + "image", "leasehold/injector:"),
    ("injector: {image: {tag: '1@sha256:00'}}", "Deployment", CONTAINER + "image", "leasehold/injector:1@sha256:00"),
    ("injector: {agentImage: {repository: 'r:5000/a', tag: '2'}}", "Deployment", "env:AGENT_INJECT_VAULT_IMAGE", "r:5000/a:2"),
    ("global: {imagePullSecrets: [{name: a}, {other: x}, b]}", "Deployment", POD + "imagePullSecrets", [{"name": "a"}, {"name": "b"}]),
    # Certificates.
    ("injector: {certs: {secretName: s, certName: c, keyName: k}}", "Deployment", "env:AGENT_INJECT_TLS_KEY_FILE", "/etc/webhook/certs/k"),
    ("injector: {certs: {secretName: s, certName: c, keyName: k}}", "Deployment", "env:AGENT_INJECT_TLS_AUTO", ABSENT),
    ("injector: {certs: {secretName: s}}", "Deployment", POD + "volumes", [{"name": "webhook-certs", "secret": {"secretName": "s"}}]),
    ("injector: {certs: {secretName: ''}}", "Deployment", CONTAINER + "volumeMounts", ABSENT),
    # The pod.
    ("injector: {securityContext: {pod: 'runAsUser: 7'}}", "Deployment", POD + "securityContext", {"runAsUser": 7}),
    ("injector: {securityContext: {container: {privileged: true}}}", "Deployment", CONTAINER + "securityContext", {"privileged": True}),
    ("injector: {securityContext: {container: {privileged: true}}}, global: {openshift: true}", "Deployment",
     CONTAINER + "securityContext", {"privileged": True}),
    ("global: {openshift: true}", "Deployment", POD + "securityContext", ABSENT),
    ("injector: {uid: 1000650000}", "Deployment", POD + "securityContext.runAsUser", 1000650000),
    ("injector: {uid: 1000650000}", "Deployment", POD + "securityContext.fsGroup", 1000),
    ("injector: {hostNetwork: true}, global: {openshift: true}", "Deployment", POD + "hostNetwork", ABSENT),
    ("injector: {affinity: {}, tolerations: [{operator: Exists}], nodeSelector: {a: b}}", "Deployment", POD + "tolerations", [{"operator": "Exists"}]),
    ("injector: {affinity: {}}", "Deployment", POD + "affinity", ABSENT),
    ("{}", "Deployment", POD + "affinity.podAntiAffinity", {
        "requiredDuringSchedulingIgnoredDuringExecution": [{"labelSelector": {"matchLabels": SELECTOR}, "topologyKey": "kubernetes.io/hostname"}]}),
    ("injector: {affinity: null}", "Deployment", POD + "affinity", ABSENT),
    ("injector: {nodeSelector: 'a: \"{{ .Release.Namespace }}\"'}", "Deployment", POD + "nodeSelector", {"a": "vault"}),
    ("injector: {nodeSelector: null, tolerations: null, topologySpreadConstraints: null}", "Deployment", POD + "tolerations", ABSENT),
    ("injector: {topologySpreadConstraints: '[{maxSkew: 1}]'}", "Deployment", POD + "topologySpreadConstraints", [{"maxSkew": 1}]),
    ("injector: {priorityClassName: p}", "Deployment", POD + "priorityClassName", "p"),
    ("injector: {priorityClassName: p}", "Deployment", POD + "resources", ABSENT),
    ("injector: {annotations: 'a: {{ template \"vault.fullname\" . }}'}", "Deployment", "spec.template.metadata.annotations", {"a": "vault"}),
    ('injector: {annotations: "\\n  a: b\\n  c: d\\n"}', "Deployment", "spec.template.metadata.annotations", {"a": "b", "c": "d"}),
    ("injector: {extraLabels: {component: other, team: t}}", "Deployment", "spec.template.metadata.labels", SELECTOR | {"team": "t"}),
    ("injector: {extraLabels: {team: t}}", "Deployment", "spec.selector.matchLabels", SELECTOR),
    ("injector: {strategy: {type: Recreate}}", "Deployment", "spec.strategy", {"type": "Recreate"}),
    ("injector: {livenessProbe: {periodSeconds: 9, other: 1}}", "Deployment", CONTAINER + "livenessProbe", {
        "httpGet": {"path": "/health/ready", "port": 8080, "scheme": "HTTPS"},
        "failureThreshold": 2, "initialDelaySeconds": 5, "periodSeconds": 9, "successThreshold": 1, "timeoutSeconds": 5}),
    ("injector: {startupProbe: {failureThreshold: 0}}", "Deployment", CONTAINER + "startupProbe.failureThreshold", 0),
    ("injector: {service: {annotations: 'a: {{ template \"vault.name\" . }}'}}", "Service", "metadata.annotations", {"a": "vault"}),
    ("injector: {serviceAccount: {annotations: 'a: {{ include \"vault.namespace\" . }}'}}", "ServiceAccount", "metadata.annotations", {"a": "vault"}),
    ("injector: {serviceAccount: {annotations: {a: b}}}, server: {dev: {enabled: true}}", "ServiceAccount", "metadata.annotations", {"a": "b"}),
    # The webhook: new keys, older keys.
    ("{}", "MutatingWebhookConfiguration", HOOK + "clientConfig.caBundle", ""),
    ("injector: {webhook: {timeoutSeconds: 0, matchPolicy: ''}}", "MutatingWebhookConfiguration", HOOK + "timeoutSeconds", 30),
    ("injector: {webhook: {timeoutSeconds: 0, matchPolicy: ''}}", "MutatingWebhookConfiguration", HOOK + "matchPolicy", "Exact"),
    ("injector: {webhook: {failurePolicy: ''}, failurePolicy: Fail}", "MutatingWebhookConfiguration", HOOK + "failurePolicy", "Fail"),
    ("injector: {failurePolicy: Fail}", "MutatingWebhookConfiguration", HOOK + "failurePolicy", "Ignore"),
    ("injector: {webhook: {objectSelector: ''}}", "MutatingWebhookConfiguration", HOOK + "objectSelector", ABSENT),
    ("injector: {webhook: {objectSelector: ''}, objectSelector: {matchLabels: {a: b}}}", "MutatingWebhookConfiguration",
     HOOK + "objectSelector", {"matchLabels": {"a": "b"}}),
    ("injector: {webhook: null, objectSelector: 'matchLabels: {a: \"{{ .Release.Name }}\"}'}", "MutatingWebhookConfiguration",
     HOOK + "objectSelector", {"matchLabels": {"a": "vault"}}),
    ("injector: {objectSelector: {matchLabels: {a: b}}}", "MutatingWebhookConfiguration", HOOK + "objectSelector", OWN_PODS),
    ("injector: {namespaceSelector: {matchLabels: {a: b}}}", "MutatingWebhookConfiguration", HOOK + "namespaceSelector", {"matchLabels": {"a": "b"}}),
    ("injector: {webhook: {namespaceSelector: {matchLabels: {c: d}}}, namespaceSelector: {matchLabels: {a: b}}}",
     "MutatingWebhookConfiguration", HOOK + "namespaceSelector", {"matchLabels": {"c": "d"}}),
    ("injector: {webhookAnnotations: 'a: {{ .Release.Name }}'}", "MutatingWebhookConfiguration", "metadata.annotations", {"a": "vault"}),
    ("injector: {webhook: {annotations: {c: d}}, webhookAnnotations: {a: b}}", "MutatingWebhookConfiguration", "metadata.annotations", {"c": "d"}),
    # PodSecurityPolicy and NetworkPolicy.
    ("global: {psp: {enable: true, annotations: {a: b}}}", "PodSecurityPolicy", "metadata.annotations", {"a": "b"}),
    ("global: {psp: {enable: true}}, injector: {replicas: 1}", "Role", "metadata.labels", {
        "app.kubernetes.io/name": "vault", "app.kubernetes.io/instance": "vault", "app.kubernetes.io/managed-by": "Helm"}),
    ("global: {openshift: true, namespace: ns1}, injector: {port: 9}", "NetworkPolicy", "metadata.namespace", "ns1"),
    ("global: {openshift: true}, injector: {port: 9}", "NetworkPolicy", "spec.ingress.0.ports", [{"port": 9, "protocol": "TCP"}]),
    # What belongs to the other parts of the `vault` chart is taken and ignored.
    ("server: {enabled: '-', ha: {enabled: true, raft: {enabled: true}}}, csi: {enabled: true}, ui: {enabled: true}, "
     "serverTelemetry: {serviceMonitor: {enabled: true}}, global: {serverTelemetry: {prometheusOperator: true}}",
     "Deployment", "metadata.name", "vault-agent-injector"),
)


def place(item, path):
    if path.startswith("env:"):
        found = [each for each in place(item, CONTAINER + "env") if each["name"] == path[4:]]
        return found[-1].get("value", found[-1].get("valueFrom")) if found else ABSENT
    for key in filter(None, path.split(".")):
        if isinstance(item, list):
            item = item[int(key)]
        elif key in item:
            item = item[key]
        else:
            return ABSENT
    return item


class Values(unittest.TestCase):
    maxDiff = None

    def test_rows(self):
        for values, kind, path, want in ROWS:
            with self.subTest(values=values, kind=kind, place=path):
                # Rows are written in flow style, so that each is one line.
                objects, errors = chart.template(values if values == "{}" else "{" + values + "}")
                self.assertIsNotNone(objects, errors)
                found = [item for item in objects if item["kind"] == kind]
                self.assertLessEqual(len(found), 1)
                self.assertEqual(place(found[0], path) if found else ABSENT, want)

    def test_a_section_set_to_null_has_its_default(self):
        default, _ = chart.template()
        for path, _ in section_values(chart.defaults()):
            if path == "injector.webhook":  # with it the older keys count, see test/golden/helm/webhook-legacy-effective
                continue
            with self.subTest(path=path):
                objects, errors = chart.template(nested(path, None))
                self.assertIsNotNone(objects, errors)
                self.assertEqual(objects, default)

    def test_values_set_to_null_end_no_render(self):
        """All plain values of a section at once."""
        for path, values in [("", chart.defaults()), *section_values(chart.defaults())]:
            nothing = {key: None for key, value in values.items() if not isinstance(value, dict) or not value}
            with self.subTest(path=path):
                self.assertIsNotNone(*chart.template(nested(path, nothing)))

    def test_api_versions(self):
        budget = "injector: {podDisruptionBudget: {minAvailable: 1}}"
        for version, want in (("1.20.0", "policy/v1beta1"), ("1.21.0", "policy/v1"), ("1.35.0", "policy/v1")):
            objects, errors = chart.template(budget, arguments=("--kube-version", version))
            self.assertIsNotNone(objects, errors)
            versions = {item["kind"]: item["apiVersion"] for item in objects}
            self.assertEqual(versions["PodDisruptionBudget"], want)
            self.assertEqual(versions["MutatingWebhookConfiguration"], "admissionregistration.k8s.io/v1")


def section_values(values, prefix=""):
    for key, value in values.items():
        if isinstance(value, dict) and value:
            yield prefix + key, value
            yield from section_values(value, f"{prefix}{key}.")


def nested(path, value):
    """A values file that sets the path to the value."""
    for key in reversed(path.split(".") if path else []):
        value = {key: value}
    return json.dumps(value)


if __name__ == "__main__":
    chart.tool("helm")
    unittest.main()
