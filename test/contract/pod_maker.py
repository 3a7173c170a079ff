"""Random reviews and settings of the injector, from a seed: mostly sound, sometimes odd in one place."""
import copy, json, random

PREFIX = 'vault.hashicorp.com/'
NAMES = ('db', 'Api-Key', 'tls.crt', 'a_b', 'x', 'UPPER', 'with-dash', 'z9')
PATHS = ('database/creds/app', 'kv/data/x', 'secret/data/app/config', 'pki/issue/web" "common_name=a.example', '', ' ', 'ü/ß', '<&>', 'a//b', '/lead')
BOOLEANS = ('true', 'false', 'TRUE', '0', '1', 't', 'f', '', 'yes', 'tRuE', ' true')
NUMBERS = ('0', '5', '01', '-1', '', '+7', '99999999999999999999', 'x', '1.5', '1_0', '100', '2147483648')
FLOATS = ('0.5', '1', '', '0x1p-2', 'nan', 'inf', '-0', '1e400', '.5', 'x')
DURATIONS = ('1s', '5m', '1h30m', '', '0', '10', '1d', 's', '1.5h', '-1s')
QUANTITIES = ('64Mi', '250m', '0', '', '1.5Gi', '0.5', '100k', '1e3', '1024Mi', 'x', '64MB', '1500Mi', '-1', '.', '0.1Gi', '12E', '1000000', '+1', '00250m')
DIRECTORIES = ('/vault/secrets', '/run/creds', '/run/creds/', '', 'relative', '/a/../b', '/')
FILES = ('app.env', 'sub/dir.txt', '../escape', '../../etc/x', 'a//b', '', '/abs')
TEXTS = ('debug', '', 'a b', '"quoted"', "it's", 'ü', '<x>&', 'a\\b', 'line\nfeed', '$(x)', '${VAR?}', 'https://other:8200')
TEMPLATES = ('{{ with secret "a" }}{{ .Data.x }}{{ end }}', '{{- if true -}} x', 'plain', '', ' ', 'multi\nline\n', '<&>\u2028')
PATCHES = ('[{"op":"add","path":"/imagePullPolicy","value":"Always"}]', '[]', 'null', '{}', 'x', '', '[{"op":"replace","path":"/image","value":"mine"}]',
           '[{"op":"remove","path":"/command"}]', '[{"op":"add","path":"/securityContext/seccompProfile","value":{"type":"RuntimeDefault"}}]',
           '[{"op":"add","path":"/env/-","value":{"name":"A","value":"b"}}]', '[{"op":"test","path":"/name","value":"vault-agent"}]',
           '[{"op":"add","path":"/image","value":5}]', '[{"op":"add","path":"/unknown","value":{}}]', '[{"op":"move","from":"/args","path":"/command"}]',
           '[{"op":"add","path":"/resources/limits/memory","value":"0.1Gi"}]', '[{"op":"copy","from":"/args/0","path":"/args/-"}]', '[{"op":"x","path":"/a"}]',
           '[{"op":"add","path":"/livenessProbe","value":{"exec":{"command":["x"]},"periodSeconds":5}}]', '[{"op":"remove","path":"/nope"}]')
TELEMETRY = {'usage-gauge-period': ('10m', '5'), 'maximum-gauge-cardinality': ('5', '1.5', '1e2', 'x'), 'disable-hostname': ('true', 'yes', '"true"'),
             'prefix-filter': ('["+a","-b"]', '["a",null]', 'x', '[1]'), 'prometheus-retention-time': ('24h', '24'), 'unknown': ('1',), 'statsd_address': ('a:1', 'null')}
AUTH = ('token-path', 'role', 'region', 'Mixed-Case', 'a', 'aws-signature', 'type')

# annotation: how likely in percent, values
SINGLE = {
    'role': (80, ('app', '', 'r')), 'agent-inject-status': (3, ('injected', 'Injected', '')), 'agent-request-namespace': (3, ('x', '')),
    'agent-inject-containers': (10, ('app', 'app,side', 'app, side', 'nope', '')), 'agent-copy-volume-mounts': (10, ('app', 'side', 'init', 'nope')),
    'agent-json-patch': (12, PATCHES), 'agent-init-json-patch': (10, PATCHES), 'agent-image': (10, ('other:1', '')),
    'agent-configmap': (8, ('settings', '')), 'agent-extra-secret': (8, ('extra', '')), 'tls-secret': (8, ('tls', '')),
    'agent-service-account-token-volume-name': (8, ('token', 'nope', 'projected', 'plain', '')), 'go-max-procs': (5, ('2', '')),
    'client-timeout': (5, TEXTS), 'client-max-retries': (5, NUMBERS), 'log-level': (8, TEXTS), 'log-format': (5, ('json', '')), 'proxy-address': (5, TEXTS),
    'service': (10, TEXTS), 'namespace': (6, TEXTS), 'tls-server-name': (6, TEXTS), 'ca-cert': (8, TEXTS), 'ca-key': (6, TEXTS),
    'client-cert': (6, TEXTS), 'client-key': (6, TEXTS), 'auth-type': (10, ('kubernetes', 'aws', 'jwt', '')), 'auth-path': (8, ('auth/k8s', '')),
    'agent-cache-use-auto-auth-token': (6, ('true', 'force', '', 'x')), 'agent-cache-listener-port': (6, ('8300', '', 'x')),
    'agent-disable-idle-connections': (5, ('auto-auth', 'a,b', ',', '')), 'agent-disable-keep-alives': (5, ('auto-auth', 'a, b', '')),
    'secret-volume-path': (12, DIRECTORIES), 'preserve-secret-case': (8, BOOLEANS), 'template-static-secret-render-interval': (5, DURATIONS),
    'auth-min-backoff': (6, DURATIONS), 'auth-max-backoff': (6, DURATIONS), 'agent-revoke-grace': (6, NUMBERS), 'agent-run-as-user': (8, NUMBERS),
    'agent-run-as-group': (8, NUMBERS), 'agent-inject-default-template': (10, ('map', 'json', 'JSON', 'yaml', '')),
    'template-max-connections-per-host': (5, NUMBERS), 'template-lease-renewal-threshold': (5, FLOATS),
}
SWITCHES = ('agent-init-first', 'agent-pre-populate', 'agent-pre-populate-only', 'agent-revoke-on-shutdown', 'tls-skip-verify', 'agent-run-as-same-user',
            'agent-share-process-namespace', 'agent-set-security-context', 'agent-cache-enable', 'agent-cache-exit-on-err', 'agent-inject-token',
            'template-config-exit-on-retry-failure', 'agent-enable-quit', 'agent-auto-auth-exit-on-err')
for word in ('limits', 'requests'):
    for unit in ('cpu', 'mem', 'ephemeral'):
        SINGLE['agent-%s-%s' % (word, unit)] = (7, QUANTITIES)
FAMILIES = {'agent-inject-secret-': (100, PATHS), 'agent-inject-template-': (30, TEMPLATES), 'agent-inject-template-file-': (15, FILES),
            'agent-inject-file-': (25, FILES), 'agent-inject-perms-': (15, ('0400', '', 'x')), 'agent-inject-command-': (15, TEXTS),
            'agent-template-left-delim-': (10, ('[[', '')), 'agent-template-right-delim-': (10, (']]', '')), 'error-on-missing-key-': (12, BOOLEANS),
            'secret-volume-path-': (20, DIRECTORIES), 'preserve-secret-case-': (12, BOOLEANS)}
# Members of a container, as an API server writes them and as people do.
RICH = {'args': (['a', 'b'], [], None), 'command': (['x'],), 'workingDir': ('/w', ''), 'ports': ([{'containerPort': 80}], [{'containerPort': 80, 'protocol': 'TCP', 'name': 'h', 'hostPort': 0}]),
        'envFrom': ([{'configMapRef': {'name': 'c'}}], [{'prefix': 'P', 'secretRef': {'name': 's', 'optional': True}}]),
        'resources': ({}, {'limits': {'cpu': '0.5', 'memory': '1Gi'}}, {'requests': {'cpu': 1, 'memory': '1024Mi'}}, {'claims': [{'name': 'c'}]}),
        'resizePolicy': ([{'resourceName': 'cpu', 'restartPolicy': 'NotRequired'}],), 'restartPolicy': ('Always',),
        'volumeDevices': ([{'name': 'd', 'devicePath': '/d'}],), 'tty': (True, False), 'stdin': (False, True), 'stdinOnce': (True,), 'imagePullPolicy': ('Always', ''),
        'terminationMessagePath': ('/dev/termination-log',), 'terminationMessagePolicy': ('File',),
        'livenessProbe': ({'httpGet': {'path': '/h', 'port': 80}, 'periodSeconds': 5}, {'tcpSocket': {'port': 'http'}}, {'grpc': {'port': 9}}, {'exec': {'command': ['a']}}, {}),
        'readinessProbe': ({'httpGet': {'port': 'p', 'scheme': 'HTTPS', 'httpHeaders': [{'name': 'n', 'value': ''}]}, 'failureThreshold': 0},),
        'startupProbe': ({'exec': {}, 'terminationGracePeriodSeconds': 0},),
        'lifecycle': ({}, {'postStart': {'exec': {'command': ['x']}}, 'preStop': {'sleep': {'seconds': 0}}}, {'preStop': {'httpGet': {'port': 1}}}),
        'securityContext': ({}, {'runAsUser': 0, 'privileged': False}, {'capabilities': {'add': ['A'], 'drop': []}, 'seccompProfile': {'type': 'RuntimeDefault'}}, {'seLinuxOptions': {'level': 's0'}, 'procMount': 'Default'}),
        'unknown': ({'a': 1},), 'env': ([{'name': 'E', 'value': ''}], [{'name': 'F', 'valueFrom': {'fieldRef': {'fieldPath': 'metadata.name'}}}],
                                         [{'name': 'R', 'valueFrom': {'resourceFieldRef': {'resource': 'limits.cpu'}}}], [{'name': 'S', 'valueFrom': {'secretKeyRef': {'name': 's', 'key': 'k', 'optional': False}}}])}
POINTERS = ('/image', '/name', '/args/0', '/args/-', '/args/-1', '/args/9', '/env/0/value', '/env/-', '/env/0', '/resources/limits/cpu', '/resources', '/securityContext/runAsUser',
            '/securityContext', '/lifecycle', '/nope', '/nope/deeper', '/volumeMounts/0/readOnly', '/volumeMounts/1', '', 'image', '/a~1b', '/livenessProbe', '/command', '/imagePullPolicy')
VALUES = ('x', '', 5, 0, None, True, [], {}, ['a'], {'name': 'A', 'value': 'b'}, {'limits': {'cpu': '2'}}, {'type': 'x'}, 1.5, '0.5', {'httpGet': {'port': 80}})
FLAGS = {'REVOKE_ON_SHUTDOWN': ('true', '1'), 'RUN_AS_USER': ('0', '500', 'x'), 'RUN_AS_GROUP': ('0', '600'), 'RUN_AS_SAME_USER': ('true',),
         'SET_SECURITY_CONTEXT': ('false',), 'DEFAULT_TEMPLATE': ('json',), 'CPU_REQUEST': ('1', '0.5', 'x'), 'MEM_LIMIT': ('1Gi', '1024Mi'),
         'EPHEMERAL_LIMIT': ('1G',), 'TEMPLATE_CONFIG_EXIT_ON_RETRY_FAILURE': ('false',), 'TEMPLATE_STATIC_SECRET_RENDER_INTERVAL': ('5m',),
         'TEMPLATE_MAX_CONNECTIONS_PER_HOST': ('7',), 'AUTH_MIN_BACKOFF': ('1s',), 'AUTH_MAX_BACKOFF': ('1m',), 'DISABLE_IDLE_CONNECTIONS': ('auto-auth',),
         'DISABLE_KEEP_ALIVES': ('caching,templating',), 'VAULT_NAMESPACE': ('team',), 'PROXY_ADDR': ('http://proxy:3128',), 'VAULT_AUTH_TYPE': ('aws', 'jwt'),
         'VAULT_AUTH_PATH': ('auth/other',), 'VAULT_IMAGE': ('mine:2',), 'VAULT_CACERT_BYTES': ('UEVN', '-----BEGIN', 'YQ')}


class Maker:
    def __init__(self, seed, odd=False):
        """odd: also pods that no API server sends, because a member has the wrong type."""
        self.dice, self.odd = random.Random(seed), odd

    def chance(self, percent):
        return self.dice.random() * 100 < percent

    def flags(self):
        flags = {'AGENT_INJECT_VAULT_ADDR': 'https://vault.vault.svc:8200'}
        for name, values in FLAGS.items():
            if self.chance(12):
                flags['AGENT_INJECT_' + name] = self.dice.choice(values)
        return flags

    def annotations(self):
        made = {'agent-inject': 'true' if self.chance(95) else self.dice.choice(BOOLEANS)}
        # Few at a time: with many, one error hides all other differences.
        weight = self.dice.choice((0.3, 0.7, 1.2))
        sound = self.chance(70)
        for name, (percent, values) in SINGLE.items():
            if self.chance(percent if name == 'role' else percent * weight):
                made[name] = self.dice.choice(values[:2] if sound and values in (NUMBERS, DURATIONS, QUANTITIES, FLOATS) else values)
        for name in SWITCHES:
            if self.chance(12 * weight):
                made[name] = self.dice.choice(('true', 'false') if sound else BOOLEANS)
        for name in self.dice.sample(NAMES, self.dice.choice((0, 1, 1, 2, 3))):
            for family, (percent, values) in FAMILIES.items():
                if self.chance(percent):
                    made[family + name] = self.dice.choice(('true', 'false') if sound and values is BOOLEANS else values)
        for name in AUTH:
            if self.chance(5 * weight):
                made['auth-config-' + name] = self.dice.choice(TEXTS)
        if self.chance(10 * weight):
            for name, values in TELEMETRY.items():
                if self.chance(40):
                    made['agent-telemetry-' + name] = self.dice.choice(values)
        if self.chance(4):
            made[self.dice.choice(('agent-inject-template-file', 'agent-inject-secret-', 'agent-inject-template-file-', 'auth-config-', 'unknown', 'agent-inject-secret'))] = 'v'
        for name in ('agent-json-patch', 'agent-init-json-patch'):
            if self.chance(12 * weight):
                made[name] = self.patch()
        return {PREFIX + name: value for name, value in made.items()}

    def patch(self):
        """A JSON patch that may or may not apply."""
        operations = []
        for _ in range(self.dice.choice((1, 1, 2, 3))):
            operation = {'op': self.dice.choice(('add', 'add', 'add', 'replace', 'remove', 'test', 'copy', 'move')), 'path': self.dice.choice(POINTERS)}
            if operation['op'] in ('add', 'replace', 'test') and self.chance(95):
                operation['value'] = self.dice.choice(VALUES)
            if operation['op'] in ('copy', 'move'):
                operation['from'] = self.dice.choice(POINTERS)
            operations.append(operation)
        return json.dumps(operations)

    def enrich(self, container):
        for name, values in RICH.items():
            if self.chance(18):
                container[name] = copy.deepcopy(self.dice.choice(values))

    def spoil(self, pod):
        """One value somewhere gets another type."""
        places = []

        def walk(value):
            if isinstance(value, (dict, list)):
                for key in (value if isinstance(value, dict) else range(len(value))):
                    places.append((value, key))
                    walk(value[key])
        walk(pod)
        at, key = self.dice.choice(places)
        at[key] = copy.deepcopy(self.dice.choice((None, 5, 'x', True, [], {}, [1], {'a': 'b'}, 1.5, '')))

    def container(self, name, token_path):
        made = {'name': name, 'image': name + ':1', 'resources': {}}
        mounts = []
        if self.chance(92):
            mounts.append({'name': 'token', 'mountPath': token_path, 'readOnly': True})
        if self.chance(25):
            mounts.insert(0, {'name': 'data', 'mountPath': '/data', 'subPath': 'x'})
        if self.chance(8):
            mounts.insert(self.dice.choice((0, len(mounts))), {'name': 'aws', 'mountPath': '/var/run/secrets/eks.amazonaws.com/serviceaccount', 'readOnly': True})
        if mounts:
            made['volumeMounts'] = mounts
        if self.chance(30):
            made['securityContext'] = self.dice.choice(({}, {'runAsUser': 1000}, {'runAsUser': 0}, {'privileged': False}))
        if name == 'init' and self.chance(50) or self.chance(10):
            self.enrich(made)
        elif self.chance(20):
            made['env'] = [{'name': n, 'value': n.lower()} for n in self.dice.sample(('AWS_ROLE_ARN', 'AWS_REGION', 'AWS_DEFAULT_REGION', 'HOME'), 2)]
        return made

    def pod(self):
        token_path = '/var/run/secrets/kubernetes.io/serviceaccount'
        spec = {'volumes': [{'name': 'token', 'projected': {'sources': [{'serviceAccountToken': {'path': 'token'}}]}}, {'name': 'data', 'emptyDir': {}}],
                'containers': [self.container('app', token_path)]}
        if self.chance(20):
            spec['volumes'].append({'name': 'projected', 'projected': {'sources': [{'serviceAccountToken': {'path': 'jwt', 'audience': 'vault'}}]}})
        if self.chance(10):
            spec['volumes'].append({'name': 'plain', 'secret': {'secretName': 's'}})
        if self.chance(30):
            spec['containers'].append(self.container('side', token_path))
        if self.chance(30):
            spec['initContainers'] = [self.container('init', token_path)]
            if self.chance(20):
                spec['initContainers'][0]['restartPolicy'] = 'Always'
        if self.chance(8):
            spec['shareProcessNamespace'] = self.chance(50)
        made = {'kind': 'Pod', 'apiVersion': 'v1', 'metadata': {'name': 'web', 'annotations': self.annotations()}, 'spec': spec}
        if self.chance(5):
            made['status'] = {'phase': self.dice.choice(('Pending', 'Running', ''))}
        if self.chance(3):
            del made['metadata']['name']
        if self.odd and self.chance(8):
            self.spoil(made)
        return made

    def review(self):
        return {'kind': 'AdmissionReview', 'apiVersion': 'admission.k8s.io/' + self.dice.choice(('v1', 'v1', 'v1beta1')),
                'request': {'uid': 'u', 'namespace': self.dice.choice(('demo',) * 20 + ('kube-system', 'kube-node-lease', '')), 'operation': 'CREATE', 'object': self.pod()}}


def smaller(review):
    """All reviews with one annotation, one member of the spec, or one element less."""
    pod = review['request']['object']
    if not isinstance(pod, dict) or not isinstance(pod.get('spec'), dict) or not isinstance(pod.get('metadata'), dict):
        return

    def without(*path):
        copied = copy.deepcopy(review)
        at = copied['request']['object']
        for key in path[:-1]:
            at = at[key]
        del at[path[-1]]
        return copied
    for name in list(pod['metadata'].get('annotations') or {}):
        yield without('metadata', 'annotations', name)
    for key in list(pod['spec']):
        if key not in ('containers', 'volumes'):
            yield without('spec', key)
    for key in ('containers', 'initContainers', 'volumes'):
        for i, element in enumerate(pod['spec'].get(key) or []):
            if len(pod['spec'][key]) > 1:
                yield without('spec', key, i)
            for member in list(element) if isinstance(element, dict) else []:
                if member != 'name':
                    yield without('spec', key, i, member)
