#!/usr/bin/env python3
"""Stories of two injectors and one API server.

    injector_stories.py PROGRAM STORY [PEER]

start, rotation, repair, leader-death, gone, away, files, rights, two-alone; peer needs the replaced program as PEER, and root.
Prints "ok STORY" and ends with "N passed, N failed"."""
import base64, os, shutil, subprocess, sys, tempfile, time
sys.dont_write_bytecode = True
from api_world import CONFIG, LOCK, SECRET, Replica, Watcher, World, count, expect, fakeapi, wait_for

PODS = ('vault-injector-0', 'vault-injector-1')


class Stage:
    def __init__(self, program, folder):
        self.program, self.world, self.replicas = program, World(folder), []
        self.watcher = Watcher(self.replicas)

    def add(self, pod, elects=True, **environment):
        if elects:
            environment['AGENT_INJECT_USE_LEADER_ELECTOR'] = 'true'
            self.world.watch_owner = True
        replica = Replica([self.program, 'agent-inject', '2>&1'], self.world, pod, environment)
        self.replicas.append(replica)
        return replica

    def two(self, **environment):
        first = self.add(PODS[0], **environment)
        wait_for('the first is ready', first.is_ready)
        second = self.add(PODS[1], **environment)
        wait_for('the second is ready', second.is_ready)
        return first, second

    def end(self):
        problems = self.watcher.end() + self.world.problems
        for replica in self.replicas:
            if replica.process.poll() is None:
                status = replica.stop()
                if status != 0:
                    problems.append('%s: exit status %s' % (replica.pod, status))
            if 'Sanitizer' in replica.output():
                problems.append(replica.output())
        expect(self.watcher.looks > 0, 'nobody was ever ready')
        expect(not problems, '; '.join(problems[:5]))


def start(stage):
    world = stage.world
    first, second = stage.two()
    expect(world.owner() == PODS[0], 'the lock is %s' % world.get(LOCK))
    expect(world.get(LOCK)['metadata']['ownerReferences'][0] ==
           {'apiVersion': 'v1', 'kind': 'Pod', 'name': PODS[0], 'uid': world.get(('pods', 'vault', PODS[0]))['metadata']['uid']}, 'owner reference')
    expect(world.get(('leases', 'vault', 'vault-k8s-leader'))['spec']['holderIdentity'].startswith(PODS[0]), 'no lease')
    data = world.get(SECRET)['data']
    expect(set(data) == {'cert', 'key', 'ca'}, 'keys of the Secret: %s' % sorted(data))
    expect(base64.b64decode(data['key']).startswith(b'-----BEGIN EC PRIVATE KEY-----'), 'key format')
    expect(first.leaf() == second.leaf() == base64.b64decode(data['cert']).decode(), 'two certificates')
    expect(count(world.bundle()) == 1, world.bundle())
    expect({r[1] for r in world.sent('PATCH', CONFIG)} == {PODS[0]}, 'who patched: %s' % world.sent('PATCH', CONFIG))
    expect('handler.auto-tls: Currently the leader' in first.output(), first.output())
    expect('handler.auto-tls: Generated CA' in first.output(), first.output())
    expect('Using internal leader elector logic for webhook certificate management' in first.output(), first.output())
    # What the follower asks the API server for does not grow with time.
    time.sleep(3)
    expect(len([r for r in world.requests if r[1] == PODS[1]]) < 60, 'the follower is loud')


def rotation(stage):
    """The Secret and the bundle are those of another program: nobody's leaf may become invalid on the way to ours."""
    world, folder = stage.world, stage.world.folder
    old = make_foreign(folder, 'old')
    fakeapi.put('secrets', 'vault', SECRET[2], {'metadata': {'labels': {'keep': 'me'}}, 'data': {
        'cert': encoded(old + '.crt'), 'key': encoded(old + '.key')}})
    with open(os.path.join(folder, 'old-ca.crt')) as f:
        old_ca = f.read()
    world.set_bundle(old_ca)
    life = {'AGENT_INJECT_TLS_AUTO_LEAF_LIFE': '10s'}
    first, second = stage.two(**life)
    wait_for('old and new CA stand together', lambda: count(world.bundle()) == 2, 5)
    expect(world.bundle().startswith(old_ca.strip()[:60]), 'the old one stands first')
    expect(world.get(SECRET)['metadata']['labels'] == {'keep': 'me'}, 'the Secret lost its labels')
    wait_for('both serve ours', lambda: first.leaf() == second.leaf() != leaf_of(old), 8)
    leaf = first.leaf()
    wait_for('both have a new leaf', lambda: first.leaf() == second.leaf() != leaf, 20)
    wait_for('the old CA is gone', lambda: count(world.bundle()) == 1, 30)
    expect(old_ca.strip()[60:120] not in world.bundle(), 'the wrong one is gone')
    expect(first.is_trusted() and second.is_trusted(), 'trusted after all')
    expect(first.output().count('Generated CA') + second.output().count('Generated CA') == 1, 'one CA is enough')


def repair(stage):
    world = stage.world
    first, second = stage.two()
    good = world.bundle()
    world.set_bundle('')
    wait_for('an empty bundle is repaired', lambda: world.bundle() == good, 5)
    world.set_bundle('garbage')
    wait_for('garbage is repaired', lambda: world.bundle() == good, 5)
    config = world.get((fakeapi.MWC, None, CONFIG))
    fakeapi.drop(fakeapi.MWC, None, CONFIG)
    time.sleep(1)
    expect(first.process.poll() is None and second.process.poll() is None, 'died without its configuration')
    config['webhooks'][0]['clientConfig'].pop('caBundle', None)
    fakeapi.put(fakeapi.MWC, None, CONFIG, config)
    wait_for('a new configuration is completed', lambda: world.bundle() == good, 10)
    world.refuse.append({'method': 'PATCH', 'path': CONFIG, 'times': 3})
    world.set_bundle('')
    wait_for('refusals are outlived', lambda: world.bundle() == good, 15)
    expect('Error updating MutatingWebhookConfiguration' in first.output(), first.output()[-2000:])
    wait_for('ready again', lambda: first.is_ready() and second.is_ready(), 5)
    # The Secret too.
    fakeapi.drop(*SECRET)
    world.set_bundle('')
    wait_for('the Secret is back', lambda: world.get(SECRET) is not None, 10)


def leader_death(stage):
    world = stage.world
    first, second = stage.two()
    good, leaf = world.bundle(), second.leaf()
    first.kill()
    # The pod lives on, its container restarts: leader for life.
    time.sleep(3)
    expect(world.owner() == PODS[0], 'a living pod lost the lock')
    fakeapi.drop('pods', 'vault', PODS[0])
    wait_for('the second leads', lambda: world.owner() == PODS[1], 30)
    expect(world.bundle() == good and second.leaf() == leaf, 'a change of leader changes no certificate')
    wait_for('the Lease is the second one\'s',
             lambda: world.get(('leases', 'vault', 'vault-k8s-leader'))['spec']['holderIdentity'].startswith(PODS[1]), 30)
    world.set_bundle('')
    wait_for('the second repairs', lambda: world.bundle() == good, 15)
    expect(second.is_ready(), 'ready')
    # In order: SIGTERM gives the locks back.
    fakeapi.put('pods', 'vault', 'vault-injector-2', {'spec': {'nodeName': 'node-a'}, 'status': {'phase': 'Running'}})
    third = stage.add('vault-injector-2')
    wait_for('the third is ready', third.is_ready)
    expect(second.stop() == 0, 'exit status')
    wait_for('the third leads', lambda: world.owner() == 'vault-injector-2', 5)


def gone(stage):
    world = stage.world
    first, second = stage.two()
    good = world.bundle()
    for _ in range(3):
        world.say_gone()
        time.sleep(0.5)
    lists = len(world.sent('GET', 'mutatingwebhookconfigurations?'))
    expect(lists >= 4, 'no new list after 410: %d' % lists)
    expect(first.is_ready() and second.is_ready(), 'ready all the time')
    world.set_bundle('')
    wait_for('the bundle is still watched', lambda: world.bundle() == good, 10)
    expect(len(world.requests) < 400, 'a storm of %d requests' % len(world.requests))


def away(stage):
    world = stage.world
    world.go_away()
    first = stage.add(PODS[0])
    wait_for('it listens and says why it is not ready', lambda: first.health()[0] == 503, 10)
    wait_for('the reason is told', lambda: 'connect' in first.health()[1], 10)
    world.start()
    wait_for('ready once the API server is there', first.is_ready, 60)
    good = world.bundle()
    world.go_away()
    time.sleep(12)
    expect(first.is_ready(), 'an absent API server is no reason to stop: %r' % (first.health(),))
    # Until it asks the server again it cannot know that the bundle was broken meanwhile.
    stage.watcher.paused = True
    world.start()
    world.set_bundle('')
    wait_for('the bundle is watched again', lambda: world.bundle() == good, 60)


def files(stage):
    world, folder = stage.world, stage.world.folder
    pair = make_foreign(folder, 'file')
    environment = {'AGENT_INJECT_TLS_CERT_FILE': pair + '.crt', 'AGENT_INJECT_TLS_KEY_FILE': pair + '.key',
                   'AGENT_INJECT_TLS_CA_CERT_FILE': os.path.join(folder, 'file-ca.crt')}
    first = stage.add(PODS[0], elects=False, **environment)
    wait_for('the CA file is published', lambda: first.is_ready() and first.is_trusted())
    first.stop()
    # cert-manager keeps the bundle: hands off.
    config = world.get((fakeapi.MWC, None, CONFIG))
    config['metadata']['annotations'] = {'cert-manager.io/inject-ca-from': 'vault/injector'}
    fakeapi.put(fakeapi.MWC, None, CONFIG, config)
    world.set_bundle(world.bundle() + '\n')
    kept, patches = world.bundle(), len(world.sent('PATCH', CONFIG))
    second = stage.add(PODS[1], elects=False, **environment)
    wait_for('ready', second.is_ready)
    time.sleep(1)
    expect(world.bundle() == kept and len(world.sent('PATCH', CONFIG)) == patches, 'cert-manager\'s bundle was changed')


def rights(stage):
    """As little RBAC as the replaced program needs to live: no Leases, and webhook configurations only by name."""
    world = stage.world
    world.refuse += [{'method': method, 'path': path, 'times': 10 ** 6} for method, path in (
        ('GET', 'mutatingwebhookconfigurations?'), ('GET', '/leases'), ('POST', '/leases'), ('PUT', '/leases'), ('GET', '/nodes'))]
    first, second = stage.two()
    expect(world.owner() == PODS[0] and first.leaf() == second.leaf(), 'the ConfigMap alone is enough')
    expect('not allowed' in first.output(), 'what is missing is told')


def two_alone(stage):
    """Two replicas without an election: each has an authority, and none throws out the other's."""
    first, second = stage.two(elects=False)
    time.sleep(2)
    expect(first.is_ready() and second.is_ready() and first.is_trusted() and second.is_trusted(), 'they fight')
    expect(count(stage.world.bundle()) == 2, stage.world.bundle())
    patches = len(stage.world.sent('PATCH', CONFIG))
    time.sleep(2)
    expect(len(stage.world.sent('PATCH', CONFIG)) == patches, 'they go on patching')


def peer(stage, program):
    """The replaced program leads, ours joins and follows; it dies, and ours leads."""
    world, folder = stage.world, stage.world.folder
    account = os.path.join(folder, 'account')
    os.makedirs(account)
    for name, text in (('token', 'vault-injector-0'), ('namespace', 'vault')):
        with open(os.path.join(account, name), 'w') as f:
            f.write(text)
    shutil.copy(world.cert, os.path.join(account, 'ca.crt'))
    place = '/var/run/secrets/kubernetes.io/serviceaccount'
    made = not os.path.isdir(place)
    os.makedirs(place, exist_ok=True)
    command = ['unshare', '-m', 'sh', '-c', 'mount --bind "$1" %s && exec "$2" agent-inject' % place, 'sh', account, program]
    world.watch_owner = True
    other = Replica(command, world, PODS[0], {'AGENT_INJECT_USE_LEADER_ELECTOR': 'true', 'KUBERNETES_SERVICE_HOST': '127.0.0.1',
                                              'KUBERNETES_SERVICE_PORT': str(world.port)})
    try:
        wait_for('the peer serves', other.is_trusted, 40)
        bundle = world.bundle()
        ours = stage.add(PODS[1])
        wait_for('ours serves the peer\'s certificate', lambda: ours.is_ready() and ours.leaf() == other.leaf(), 20)
        time.sleep(5)
        expect(world.owner() == PODS[0] and world.bundle() == bundle, 'ours did not follow')
        expect({r[1] for r in world.sent('PATCH', CONFIG)} == {PODS[0]}, 'ours patched')
    finally:
        other.kill()
        if made:
            os.removedirs(place)
    fakeapi.drop('pods', 'vault', PODS[0])
    wait_for('ours leads', lambda: world.owner() == PODS[1], 30)
    wait_for('old and new CA stand together', lambda: count(world.bundle()) == 2, 20)
    expect(world.bundle().startswith(bundle.strip()[:200]), 'the peer\'s CA stands first')
    wait_for('ours serves its own', lambda: ours.is_ready() and ours.is_trusted() and 'ca' in world.get(SECRET)['data'], 20)


def make_foreign(folder, name):
    """A CA and a leaf that another program could have made."""
    def openssl(*arguments):
        subprocess.run(('openssl',) + arguments, check=True, capture_output=True, cwd=folder)
    curve = ('-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes')
    openssl('req', '-x509', *curve, '-keyout', name + '-ca.key', '-out', name + '-ca.crt', '-days', '2', '-subj', '/CN=' + name)
    openssl('req', *curve, '-keyout', name + '.key', '-out', name + '.csr', '-subj', '/CN=leaf')
    with open(os.path.join(folder, 'san'), 'w') as f:
        f.write('subjectAltName=DNS:vault-agent-injector-svc.vault.svc\n')
    openssl('x509', '-req', '-in', name + '.csr', '-CA', name + '-ca.crt', '-CAkey', name + '-ca.key', '-CAcreateserial', '-out',
            name + '.crt', '-days', '1', '-extfile', 'san')
    return os.path.join(folder, name)


def leaf_of(pair):
    with open(pair + '.crt') as f:
        return f.read()


def encoded(path):
    with open(path, 'rb') as f:
        return base64.b64encode(f.read()).decode()


STORIES = {'start': start, 'rotation': rotation, 'repair': repair, 'leader-death': leader_death, 'gone': gone, 'away': away,
           'files': files, 'rights': rights, 'two-alone': two_alone, 'peer': peer}


def main():
    program, name = sys.argv[1:3]
    folder = tempfile.mkdtemp(prefix='leasehold-story.')
    stage = Stage(program, folder)
    passed = True
    try:
        STORIES[name](stage, *sys.argv[3:])
    except Exception as e:  # the logs matter whatever went wrong
        passed = False
        print('FAILED %s: %s' % (name, e))
        for r in stage.world.requests[-40:]:
            print('    %.2f %s %s %s' % r)
        for replica in stage.replicas:
            print('---- %s\n%s' % (replica.pod, replica.output()[-4000:]))
    try:
        stage.end()
    except AssertionError as e:
        passed = False
        print('FAILED %s: %s' % (name, e))
    for replica in stage.replicas:
        if replica.process.poll() is None:
            replica.kill()
    shutil.rmtree(folder)
    print(('ok ' + name + '\n1 passed, 0 failed') if passed else '0 passed, 1 failed')
    return 0 if passed else 1


if __name__ == '__main__':
    sys.exit(main())
