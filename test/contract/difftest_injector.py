#!/usr/bin/env python3
"""difftest-injector: random pods, sent to leasehold-injector and to the real vault-k8s. A difference shrinks to a case
in the format of test/golden/injector, printed and written to -rows FOLDER.

  difftest_injector.py PROGRAM PEER [-count N] [-seconds N] [-seed N] [-rows FOLDER]

Needs root: the peer looks for its service account at a fixed path, which is mounted for it alone.
Ends with "N passed, N failed"; a pod that the peer answers differently from time to time counts as passed if ours is
one of its answers."""
import argparse, json, os, shutil, subprocess, sys, tempfile, time, types
sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'integration'))
from api_world import World, free_port, wait_for  # noqa: E402
import compare  # noqa: E402
import pod_maker  # noqa: E402

PLACE = '/var/run/secrets/kubernetes.io/serviceaccount'
RUNS_BEFORE_A_VERDICT = 6
OPTIONS = types.SimpleNamespace(messages='contains', lenient=False)
PODS_PER_SETTING = 150


class Pair:
    """Both programs under the same settings."""

    def __init__(self, program, peer, folder, world, flags):
        self.processes = []
        self.clients = [self.spawn([program, 'agent-inject'], folder, flags, {'AGENT_INJECT_SHUTDOWN_DELAY': '0s'}),
                        self.spawn(['unshare', '-m', 'sh', '-c', 'mount --bind "$1" %s && exec "$2" agent-inject' % PLACE, 'sh',
                                    os.path.join(folder, 'account'), peer], folder, flags,
                                   {'KUBERNETES_SERVICE_HOST': '127.0.0.1', 'KUBERNETES_SERVICE_PORT': str(world.port)})]
        for client in self.clients:
            wait_for('a server', lambda c=client: compare.wait_ready(c, 1), 30)

    def spawn(self, command, folder, flags, more):
        port = free_port()
        env = {'PATH': os.environ['PATH'], 'AGENT_INJECT_LISTEN': '127.0.0.1:%d' % port, 'AGENT_INJECT_LOG_LEVEL': 'err',
               'AGENT_INJECT_TLS_CERT_FILE': os.path.join(folder, 'api.crt'), 'AGENT_INJECT_TLS_KEY_FILE': os.path.join(folder, 'api.key')}
        env.update(flags)
        env.update(more)
        self.processes.append(subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        return compare.Client('https://127.0.0.1:%d' % port, True, None, 'localhost', 20)

    def end(self):
        for process in self.processes:
            process.kill()
            process.wait()

    def recorded(self, review, flags):
        """What the peer says, as a case of the corpus."""
        status, data = self.clients[1].send('POST', '/mutate', {'Content-Type': 'application/json'}, json.dumps(review))
        case = {'name': 'random', 'flagset': 'random', 'flags': flags, 'args': ['agent-inject'], 'tags': [], 'request': review, 'status': status}
        if status == 200:
            case['response'] = json.loads(data)
            if 'cannot unmarshal' in (compare.message_of(case['response']) or ''):
                case['tags'].append('message-loose')  # names Go types
        elif data:
            case['response_text'] = data.decode('utf-8', 'replace')
        return case

    def differences(self, review, flags):
        problems = []
        for _ in range(RUNS_BEFORE_A_VERDICT):
            case = self.recorded(review, flags)
            try:
                problems = compare.check(case, self.clients[0], OPTIONS)
            except (compare.PatchError, KeyError, TypeError, AttributeError, IndexError):
                return [], case  # the peer's own patch does not apply: no API server would take it
            if not problems:
                return [], case
        return problems, case


def shrink(pair, review, flags):
    """The smallest review that still differs, by leaving out members and elements."""
    best, improved, end = review, True, time.time() + 60
    while improved and time.time() < end:
        improved = False
        for smaller in pod_maker.smaller(best):
            if pair.differences(smaller, flags)[0]:
                best, improved = smaller, True
                break
    return best


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('program')
    parser.add_argument('peer')
    parser.add_argument('-count', type=int, default=600)
    parser.add_argument('-seconds', type=float, default=40)
    parser.add_argument('-seed', type=int, default=int(time.time()))
    parser.add_argument('-rows')
    parser.add_argument('-odd', action='store_true', help='also members of the wrong type, which ours does not look at')
    options = parser.parse_args()
    print('seed %d' % options.seed)
    folder = tempfile.mkdtemp(prefix='leasehold-difftest.')
    world = World(folder)
    account = os.path.join(folder, 'account')
    os.makedirs(account)
    made = not os.path.isdir(PLACE)
    os.makedirs(PLACE, exist_ok=True)
    for name in ('token', 'namespace'):
        with open(os.path.join(account, name), 'w') as f:
            f.write('vault')
    shutil.copy(world.cert, os.path.join(account, 'ca.crt'))
    passed, failed, end = 0, 0, time.time() + options.seconds
    seed = options.seed
    try:
        while passed + failed < options.count and time.time() < end:
            flags = pod_maker.Maker(seed).flags()
            pair = Pair(options.program, options.peer, folder, world, flags)
            try:
                for _ in range(PODS_PER_SETTING):
                    if passed + failed >= options.count or time.time() > end:
                        break
                    seed += 1
                    review = pod_maker.Maker(seed, options.odd).review()
                    problems, _ = pair.differences(review, flags)
                    if not problems:
                        passed += 1
                        continue
                    failed += 1
                    small = shrink(pair, review, flags)
                    problems, case = pair.differences(small, flags)
                    case['name'] = 'random-%d' % seed
                    print('FAILED seed %d\n  flags %s\n  %s\n  %s' % (seed, json.dumps(flags), json.dumps(small), '\n  '.join(problems[:5])))
                    if options.rows:
                        with open(os.path.join(options.rows, case['name'] + '.json'), 'w') as f:
                            json.dump(case, f, indent=1)
                    if failed >= 10:
                        end = 0
            finally:
                pair.end()
    finally:
        shutil.rmtree(folder)
        if made:
            os.removedirs(PLACE)
    print('%d passed, %d failed' % (passed, failed))
    return 1 if failed or not passed else 0


if __name__ == '__main__':
    sys.exit(main())
