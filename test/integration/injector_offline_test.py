#!/usr/bin/env python3
"""leasehold-injector patch and explain, as a process.

    injector_offline_test.py PROGRAM

Ends with "N passed, N failed"."""
import json, os, subprocess, sys, tempfile
sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
GOLDEN = os.path.join(HERE, '..', 'golden', 'injector')
sys.path.insert(0, GOLDEN)
from compare import apply_patch, canon  # noqa: E402

PROGRAM = sys.argv[1]
POD = '''      annotations:
        vault.hashicorp.com/agent-inject: "true"
        vault.hashicorp.com/role: app
        vault.hashicorp.com/agent-inject-secret-db: database/creds/app
'''
DEPLOYMENT = '''# the web application
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: demo}
spec:
  template:
    metadata:
%s    spec:
      containers:
        - name: app
          image: app:1   # pinned
          args: ["yes", '0644', "a: b"]
''' % POD
CONFIG = '''---
# settings, and why
apiVersion: v1
kind:   ConfigMap
metadata: {  name: settings  }
data:
    z: "1"   # odd form
    a: |
      text
'''


def run(*arguments, stdin='', env=None):
    environment = {'PATH': os.environ['PATH'], 'AGENT_INJECT_VAULT_ADDR': 'https://vault:8200'}
    environment.update(env or {})
    done = subprocess.run([PROGRAM] + list(arguments), input=stdin, capture_output=True, text=True, env=environment, timeout=60)
    return done.returncode, done.stdout, done.stderr


def expect(condition, text):
    if not condition:
        raise AssertionError(text)


def patched(text, *arguments):
    status, out, err = run('patch', '-f', '-', *arguments, stdin=text)
    expect(status == 0, err)
    return out


def as_json(text, *arguments):
    return json.loads(patched(text, '-o', 'json', *arguments))


def names(containers):
    return [c['name'] for c in containers]


# ---------------------------------------------------------------- patch
def a_deployment():
    spec = as_json(DEPLOYMENT)['spec']['template']['spec']
    expect(names(spec['containers']) == ['app', 'vault-agent'] and names(spec['initContainers']) == ['vault-agent-init'], str(spec))
    expect(spec['containers'][0]['args'] == ['yes', '0644', 'a: b'], str(spec['containers'][0]))
    mounts = [m['mountPath'] for m in spec['containers'][1]['volumeMounts']]
    expect('/var/run/secrets/kubernetes.io/serviceaccount' in mounts, str(mounts))
    expect('kube-api-access' in names(spec['volumes']), 'the token volume')


def every_kind():
    template = {'metadata': {'annotations': {'vault.hashicorp.com/agent-inject': 'true', 'vault.hashicorp.com/role': 'app'}},
                'spec': {'containers': [{'name': 'app', 'image': 'a'}]}}
    for kind, where in (('Deployment', 'spec.template'), ('StatefulSet', 'spec.template'), ('DaemonSet', 'spec.template'),
                        ('ReplicaSet', 'spec.template'), ('Job', 'spec.template'), ('CronJob', 'spec.jobTemplate.spec.template'),
                        ('ReplicationController', 'spec.template'), ('PodTemplate', 'template'), ('Rollout', 'spec.template'), ('Pod', '')):
        value = json.loads(json.dumps(template))
        for part in reversed(where.split('.') if where else []):
            value = {part: value}
        value.update({'apiVersion': 'x/v1', 'kind': kind, 'metadata': dict(value.get('metadata', {}), name='n')})
        got = as_json(json.dumps(value))
        for part in where.split('.') if where else []:
            got = got[part]
        expect('vault-agent' in names(got['spec']['containers']), kind)


def lists_and_documents():
    deployment = DEPLOYMENT.replace('# the web application\n', '')
    listed = 'apiVersion: v1\nkind: List\nitems:\n' + ''.join(('- ' if i == 0 else '  ') + line + '\n' for i, line in enumerate(deployment.splitlines()))
    got = as_json(listed)
    expect('vault-agent' in names(got['items'][0]['spec']['template']['spec']['containers']), str(got)[:300])
    got = as_json(DEPLOYMENT + CONFIG + '---\n' + DEPLOYMENT)
    expect(got['kind'] == 'List' and [i['kind'] for i in got['items']] == ['Deployment', 'ConfigMap', 'Deployment'], str(got)[:300])


def untouched_documents_stay_byte_by_byte():
    for text in (CONFIG, CONFIG * 3, '# nothing\n', 'kind: Pod\nspec: {containers: [{name: a}]}   # not asked for\n', '', '---\n---\n' + CONFIG):
        expect(patched(text) == text, 'changed:\n' + patched(text))
    out = patched(CONFIG + '---\n' + DEPLOYMENT + CONFIG)
    expect(out.startswith(CONFIG + '---\n# the web application\napiVersion: apps/v1\n') and out.endswith(CONFIG), out)


def yaml_and_json_say_the_same():
    text = DEPLOYMENT + CONFIG
    status, out, err = run('patch', '-f', '-', '-o', 'json', stdin=patched(text, '-o', 'yaml'))
    expect(status == 0, err)
    first, second = as_json(text), json.loads(out)
    expect(first == second, 'what was written is read differently')


def odd_scalars_survive():
    values = ['', ' a', 'a ', 'yes', 'no', 'null', '~', '1', '1.5', '0x1f', '1e3', '1_000', '12:30', '2020-01-01', '-', '- a', 'a: b', 'a #b', '#', 'a:',
              '"', "'", '\\', '\t', 'x\ty', 'line\n', 'two\nlines', 'two\nlines\n', 'end\n\n', '\nfirst', ' indented\nblock', 'trail \nblock', '*a', '&a',
              '!a', '|', '>', '%a', '@a', '`a', '{a', '[a', 'ü', '\u2028', '\x7f', '\x01', '😀', '---', '...', '=', '<<', '.5', '.inf', '+1', 'on', 'N',
              '-----BEGIN X-----\nabc\n-----END X-----\n', '{{ with secret "a" }}{{ .Data }}{{ end }}']
    pod = {'kind': 'Pod', 'metadata': {'name': 'p', 'annotations': {'vault.hashicorp.com/agent-inject': 'true', 'vault.hashicorp.com/role': 'r'}},
           'spec': {'containers': [{'name': 'c', 'args': values, 'env': [{'name': v, 'value': v} for v in values]}]}}
    got = json.loads(run('patch', '-f', '-', '-o', 'json', stdin=patched(json.dumps(pod)))[1])
    for i, value in enumerate(values):
        expect(got['spec']['containers'][0]['args'][i] == value, '%r became %r' % (value, got['spec']['containers'][0]['args'][i]))
        expect(got['spec']['containers'][0]['env'][i] == {'name': value, 'value': value}, repr(value))


def numbers_mean_what_kubernetes_reads():
    text = '''kind: Pod
metadata: {annotations: {vault.hashicorp.com/agent-inject: "true", vault.hashicorp.com/role: r}}
spec:
  automountServiceAccountToken: yes
  hostNetwork: no
  volumes: [{name: v, configMap: {name: c, defaultMode: 0644}}]
  terminationGracePeriodSeconds: 1_000
  containers: [{name: &n app, image: *n}]
'''
    spec = as_json(text)['spec']
    expect(spec['volumes'][0]['configMap']['defaultMode'] == 420 and spec['hostNetwork'] is False and spec['terminationGracePeriodSeconds'] == 1000, str(spec))
    expect(spec['containers'][0]['image'] == 'app', 'aliases')


def json_patches_apply():
    out = patched(DEPLOYMENT + CONFIG, '-o', 'jsonpatch').splitlines()
    expect(len(out) == 2 and out[1] == '[]', str(out)[:300])
    original = json.loads(run('patch', '-f', '-', '-o', 'json', stdin=DEPLOYMENT.replace('"true"', '"false"'))[1])
    original['spec']['template']['metadata']['annotations']['vault.hashicorp.com/agent-inject'] = 'true'
    expect(apply_patch(original, json.loads(out[0])) == as_json(DEPLOYMENT), 'the patch gives something else')


def differences():
    out = patched(DEPLOYMENT + CONFIG, '-o', 'diff')
    lines = out.splitlines()
    expect(lines[0] == '--- -' and lines[1] == '+++ -' and lines[2].startswith('@@ '), out[:200])
    expect(any(line.startswith('+') and 'name: vault-agent' in line for line in lines), out)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'a.yaml')
        plain = run('patch', '-f', '-', stdin=DEPLOYMENT.replace('"true"', '"false"'))[1]
        with open(path, 'w') as f:
            f.write(plain)
        expect(run('patch', '-f', path, '-o', 'diff') == (0, '', ''), 'a difference where there is none')


def the_same_as_the_server():
    """Recorded pods through the offline command give the recorded pod."""
    tried = 0
    for name in sorted(os.listdir(os.path.join(GOLDEN, 'cases'))):
        with open(os.path.join(GOLDEN, 'cases', name)) as f:
            case = json.load(f)
        request = (case.get('request') or {}).get('request') or {}
        wanted = (case.get('response') or {}).get('patch_decoded')
        if case.get('flagset') != 'default' or not wanted or 'quirk' in case.get('tags', []) or not isinstance(request.get('object'), dict):
            continue
        if case['args'] != ['agent-inject']:
            continue
        pod = dict(request['object'], apiVersion='v1', kind='Pod')
        env = dict(case['flags'])
        status, out, err = run('patch', '-f', '-', '-o', 'json', '-n', request.get('namespace', 'default'), stdin=json.dumps(pod), env=env)
        expect(status == 0, name + ': ' + err)
        got, want = canon(json.loads(out)), canon(apply_patch(json.loads(json.dumps(pod)), wanted))
        expect(got == want, name)
        tried += 1
        if tried == 20:
            break
    expect(tried == 20, 'only %d cases' % tried)


def refusals():
    bad = DEPLOYMENT.replace('vault.hashicorp.com/role: app', 'vault.hashicorp.com/agent-init-first: maybe')
    status, out, err = run('patch', '-f', '-', stdin=CONFIG + '---\n' + bad)
    expect(status == 1 and out == '' and 'Deployment/web' in err and 'agent-init-first: "maybe"' in err, err)
    status, out, err = run('patch', '-f', '-', stdin='a: [\n')
    expect(status == 1 and out == '' and 'line 2' in err or 'line 1' in err, err)
    for arguments, text in ((('-o', 'xml', '-f', '-'), '-o must be'), ((), 'no manifests'), (('-f', '/nope'), 'no such file'), (('-nope',), 'not defined')):
        status, _, err = run('patch', *arguments)
        expect(status == 1 and text in err, err)
    expect(run('patch', '-f', '-', stdin=DEPLOYMENT, env={'AGENT_INJECT_VAULT_ADDR': ''})[0] == 1, 'without an address')
    off = DEPLOYMENT.replace('    spec:\n      containers', '    spec:\n      automountServiceAccountToken: false\n      containers')
    expect('failed to find service account volume mount' in run('patch', '-f', '-', stdin=off)[2], 'a token out of nothing')


def folders():
    with tempfile.TemporaryDirectory() as folder:
        for name, text in (('b.yaml', DEPLOYMENT), ('a.yml', CONFIG), ('c.txt', 'a: [')):
            with open(os.path.join(folder, name), 'w') as f:
                f.write(text)
        status, out, err = run('patch', '-f', folder)
        expect(status == 0 and out.startswith(CONFIG + '---\n# the web'), out[:400] + err)


def hostile():
    deep = '[' * 5000
    for text in (deep, '{"a":' * 5000, 'a: &a [*a]', '\x00', '\xff\xfe', 'kind: Pod\nspec: {containers: [null, 7, []]}\n', 'kind: List\nitems: [1, null, {items: [2]}]\n',
                 'kind: Pod\nmetadata: 7\nspec: {containers: [{name: a}]}\n', 'a: &a [x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c]\n'
                 'e: &e [*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e]\ng: &g [*f,*f,*f,*f,*f,*f,*f,*f]\nh: [*g,*g,*g,*g,*g,*g,*g,*g]\n'):
        for command in ('patch', 'explain'):
            done = subprocess.run([PROGRAM, command, '-f', '-'], input=text.encode('latin1'), capture_output=True, timeout=60,
                                  env={'AGENT_INJECT_VAULT_ADDR': 'https://v:1'})
            expect(done.returncode in (0, 1) and b'Sanitizer' not in done.stderr, '%s %r: %d %s' % (command, text[:40], done.returncode, done.stderr[-500:]))


# ---------------------------------------------------------------- explain
def explained():
    status, out, err = run('explain', '-f', '-', stdin=DEPLOYMENT)
    expect(status == 0, err)
    for text in ('Deployment/web in namespace demo', 'injected: yes, an init container and a sidecar', '/vault/secrets/db from database/creds/app, by the default template (map)',
                 'method kubernetes at auth/kubernetes, role app', 'service = "https://vault:8200" (environment AGENT_INJECT_VAULT_ADDR)',
                 'agent-image = "hashicorp/vault:2.0.4" (built in)', 'problems: none'):
        expect(text in out, text + ' is not in:\n' + out)
    out = run('explain', '-f', '-', '-vault-image', 'mine:1', stdin=DEPLOYMENT)[1]
    expect('agent-image = "mine:1" (flag -vault-image)' in out, out)


def commands_that_need_a_shell():
    command = 'vault.hashicorp.com/agent-inject-command-db: "/bin/sh -c \\"kill -HUP $(pidof web)\\""'
    text = DEPLOYMENT.replace('vault.hashicorp.com/role', command + '\n        vault.hashicorp.com/role')
    out = run('explain', '-f', '-', stdin=text)[1]
    line = 'agent-inject-command-db is started by `sh -c`; notify { signal = "SIGHUP"  process = "web" } in a configuration of your own'
    expect('commands that need a shell' in out and line in out and 'problems: none' in out, out)
    out = run('explain', '-f', '-', '-vault-image', 'mine/leasehold-agent-distroless:1', stdin=text)[1]
    expect("the agent's image mine/leasehold-agent-distroless:1 has none" in out, out)


def problems():
    text = DEPLOYMENT.replace('metadata: {name: web, namespace: demo}', 'metadata: {name: web, annotations: {vault.hashicorp.com/agent-inject: "true"}}')
    out = run('explain', '-f', '-', stdin=text)[1]
    expect('vault.hashicorp.com/agent-inject stands on Deployment/web itself' in out, out)
    out = run('explain', '-f', '-', stdin=DEPLOYMENT.replace('agent-inject-secret-db: database', 'agent-inject-secrt-db: database'))[1]
    expect('did you mean vault.hashicorp.com/agent-inject-secret-db?' in out, out)
    out = run('explain', '-f', '-', stdin=DEPLOYMENT.replace('vault.hashicorp.com/role', 'vault.hashicorp.com/rol'))[1]
    expect('refused' in out and 'no Vault role found' in out and 'did you mean vault.hashicorp.com/role?' in out, out)
    out = run('explain', '-f', '-', stdin=DEPLOYMENT.replace('database/creds/app', 'secret/app'))[1]
    expect('the path must be secret/data/app' in out, out)
    out = run('explain', '-f', '-', stdin=DEPLOYMENT.replace('"true"', '"false"'))[1]
    expect('injected: no: agent-inject is "false"' in out, out)
    expect('no pods in these manifests' in run('explain', '-f', '-', stdin=CONFIG)[1], 'no pods')


CHECKS = (a_deployment, every_kind, lists_and_documents, untouched_documents_stay_byte_by_byte, yaml_and_json_say_the_same, odd_scalars_survive,
          numbers_mean_what_kubernetes_reads, json_patches_apply, differences, the_same_as_the_server, refusals, folders, hostile, explained, commands_that_need_a_shell,
          problems)


def main():
    failed = 0
    for check in CHECKS:
        try:
            check()
            print('ok ' + check.__name__)
        except Exception as e:  # a wrong answer of any kind
            failed += 1
            print('FAILED %s: %r' % (check.__name__, e))
    print('%d passed, %d failed' % (len(CHECKS) - failed, failed))
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
