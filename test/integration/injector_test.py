#!/usr/bin/env python3
"""Runs leasehold-injector as a process and looks at it from outside.

    injector_test.py PROGRAM golden      the recorded cases, each sent five times
    injector_test.py PROGRAM bad-input   what is no review, too big, too slow, or no TLS
    injector_test.py PROGRAM lifecycle   start-up errors, certificate reload, draining shutdown

Needs openssl for a throw-away certificate. Ends with "N passed, N failed"."""
import base64, concurrent.futures, json, os, shutil, signal, socket, ssl, subprocess, sys, tempfile, time

HERE = os.path.dirname(os.path.abspath(__file__))
GOLDEN = os.path.join(HERE, '..', 'golden', 'injector')
REVIEW = {'kind': 'AdmissionReview', 'apiVersion': 'admission.k8s.io/v1', 'request': {
    'uid': 'u-1', 'namespace': 'demo', 'operation': 'CREATE', 'object': {
        'metadata': {'name': 'web', 'annotations': {
            'vault.hashicorp.com/agent-inject': 'true', 'vault.hashicorp.com/role': 'app',
            'vault.hashicorp.com/agent-inject-secret-db': 'database/creds/app'}},
        'spec': {'volumes': [{'name': 'token', 'projected': {'sources': [{'serviceAccountToken': {'path': 'token'}}]}}],
                 'containers': [{'name': 'app', 'image': 'app', 'volumeMounts': [
                     {'name': 'token', 'mountPath': '/var/run/secrets/kubernetes.io/serviceaccount'}]}]}}}}


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def make_certificate(folder, name):
    cert, key = os.path.join(folder, 'tls.crt'), os.path.join(folder, 'tls.key')
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
                    '-keyout', key, '-out', cert, '-days', '2', '-subj', '/CN=' + name,
                    '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'], check=True, capture_output=True)
    return cert, key


class Server:
    def __init__(self, program, folder, extra_env=None, arguments=('agent-inject', '2>&1'), cert=True):
        self.port = free_port()
        env = {k: v for k, v in os.environ.items() if not k.startswith(('AGENT_INJECT_', 'TLS_'))}
        env.update({'AGENT_INJECT_LISTEN': '127.0.0.1:%d' % self.port, 'AGENT_INJECT_VAULT_ADDR': 'https://vault:8200'})
        if cert:
            env.update({'AGENT_INJECT_TLS_CERT_FILE': os.path.join(folder, 'tls.crt'),
                        'AGENT_INJECT_TLS_KEY_FILE': os.path.join(folder, 'tls.key')})
        env.update(extra_env or {})
        self.log = tempfile.TemporaryFile('w+')
        self.process = subprocess.Popen([program] + list(arguments), env=env, stdout=self.log, stderr=self.log)

    def wait_ready(self):
        end = time.time() + 30
        while time.time() < end and self.process.poll() is None:
            try:
                if self.send('GET', '/health/ready', {}, b'')[0] == 204:
                    return self
            except OSError:
                time.sleep(0.05)
        raise AssertionError('not ready: ' + self.output())

    def connect(self, timeout=60):
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context.wrap_socket(socket.create_connection(('127.0.0.1', self.port), timeout=timeout))

    def send(self, method, path, headers, body, connection=None):
        s = connection or self.connect()
        lines = ['%s %s HTTP/1.1' % (method, path), 'Host: localhost', 'Content-Length: %d' % len(body)]
        lines += ['%s: %s' % h for h in headers.items()]
        try:
            s.sendall(('\r\n'.join(lines) + '\r\n\r\n').encode() + body)
        except (ConnectionError, ssl.SSLError):
            pass  # refused before it was all sent: the answer is still to be read
        return read_answer(s)

    def mutate(self, body, headers=None, connection=None):
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        return self.send('POST', '/mutate', headers or {'Content-Type': 'application/json'}, body, connection)

    def output(self):
        self.log.flush()
        self.log.seek(0)
        return self.log.read()

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return 'did not end after SIGTERM'


def read_answer(s):
    data = b''
    while b'\r\n\r\n' not in data:
        part = s.recv(65536)
        if not part:
            return None, {}, data
        data += part
    head, body = data.split(b'\r\n\r\n', 1)
    lines = head.decode().split('\r\n')
    headers = {k.lower(): v for k, v in (line.split(': ', 1) for line in lines[1:])}
    while len(body) < int(headers.get('content-length', 0)):
        part = s.recv(65536)
        if not part:
            break
        body += part
    return int(lines[0].split()[1]), headers, body


def expect(condition, text):
    if not condition:
        raise AssertionError(text)


# ---------------------------------------------------------------- golden
def golden(program, folder):
    make_certificate(folder, 'localhost')
    command = [sys.executable, os.path.join(GOLDEN, 'compare.py'), 'https://127.0.0.1:%d' % free_port(),
               os.path.join(GOLDEN, 'cases'), '--insecure', '--tables', os.path.join(GOLDEN, 'tables'), '--spawn', program,
               '--tls-cert', os.path.join(folder, 'tls.crt'), '--tls-key', os.path.join(folder, 'tls.key'), '-q',
               '--repeat', '5', '--skip-tag', 'quirk-volumes-overwritten',
               '--spawn-env', 'AGENT_INJECT_SHUTDOWN_DELAY=0s', '--spawn-env', 'AGENT_INJECT_LOG_LEVEL=err']
    return subprocess.run(command).returncode


# ---------------------------------------------------------------- bad input
def not_a_review(server):
    for body, status, text in ((b'[1]', 500, 'error decoding admission request'), (b'hello', 500, 'error decoding'),
                               (b'{"kind":', 500, 'unexpected end of JSON input'), (b'{"a":1} x', 500, 'error decoding'),
                               (b'\x00\xff\xfe', 500, 'error decoding'), (b'[' * 100000, 500, 'error decoding'),
                               (b'{"a":' * 100000, 500, 'error decoding'), (b'', 400, 'Empty request body')):
        got = server.mutate(body)
        expect(got[0] == status and text.encode() in got[2], 'for %r: %r' % (body[:20], got))


def no_request(server):
    for body in (b'{}', b'null', b'{"request":null}', b'{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1"}'):
        got = server.mutate(body)
        expect(got[0] == 400 and b'AdmissionReview has no request' in got[2], 'for %r: %r' % (body, got))


def wrong_types(server):
    got = server.mutate({'request': {'uid': 5}})
    expect(got[0] == 500 and b'cannot unmarshal number' in got[2], repr(got))
    for thing in ('pod', 5, [1], None):
        got = server.mutate({'request': {'uid': 'u', 'namespace': 'demo', 'object': thing}})
        expect(got[0] == 200 and json.loads(got[2])['response']['allowed'] is False, repr(got))


def content_type(server):
    got = server.mutate(REVIEW, {'Content-Type': 'text/plain'})
    expect(got[0] == 400 and b'Invalid content-type: "text/plain"' in got[2], repr(got))


def twenty_megabytes(server):
    got = server.mutate(b'{"x":"' + b'a' * 20_000_000 + b'"}')
    expect(got[0] == 413 and b'larger than 8 MiB' in got[2], repr(got)[:300])


def megabytes_of_annotations(server):
    review = json.loads(json.dumps(REVIEW))
    annotations = review['request']['object']['metadata']['annotations']
    for i in range(20000):
        annotations['vault.hashicorp.com/agent-inject-secret-s%05d' % i] = 'kv/%d' % i
    start = time.time()
    got = server.mutate(review)
    expect(got[0] == 200 and json.loads(got[2])['response']['allowed'], repr(got)[:300])
    expect(time.time() - start < 10, 'took %.1f s' % (time.time() - start))


def slow_body(server):
    s = server.connect()
    s.sendall(b'POST /mutate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n')
    return seconds_until_cut(s, 30)


def slow_head(server):
    s = server.connect()
    s.sendall(b'POST /mutate HTTP/1.1\r\nX-Slow: ')
    return seconds_until_cut(s, 10)


def silent_connection(server):
    s = server.connect()
    return seconds_until_cut(s, 10, speak=False)


def seconds_until_cut(s, deadline, speak=True):
    start = time.time()
    s.settimeout(1)
    while time.time() - start < deadline + 20:
        try:
            if speak:
                s.sendall(b'a')
            if s.recv(1000) == b'':
                break
        except (TimeoutError, socket.timeout):
            continue
        except OSError:
            break
    took = time.time() - start
    expect(deadline - 2 < took < deadline + 15, 'cut after %.1f s, want about %d' % (took, deadline))


def junk_instead_of_tls(server):
    for junk in (b'\x16\x03\x01\xff\xff' + b'junk' * 100, b'\x00' * 300, b'SSH-2.0-x\r\n'):
        with socket.create_connection(('127.0.0.1', server.port), timeout=20) as s:
            s.sendall(junk)
            s.shutdown(socket.SHUT_WR)
            try:
                while s.recv(1000):
                    pass
            except ConnectionError:
                pass
    end = time.time() + 5
    while time.time() < end and 'TLS handshake error' not in server.output():
        time.sleep(0.1)
    expect('http: TLS handshake error from 127.0.0.1:' in server.output(), 'no log line: ' + server.output()[-500:])


def plain_http(server):
    with socket.create_connection(('127.0.0.1', server.port), timeout=20) as s:
        s.sendall(b'GET /health/ready HTTP/1.1\r\nHost: x\r\n\r\n')
        got = s.recv(1000)
    expect(got.startswith(b'HTTP/1.0 400 Bad Request') and b'HTTP request to an HTTPS server' in got, repr(got))


def hundred_silent(server):
    silent = [socket.create_connection(('127.0.0.1', server.port)) for _ in range(100)]
    got = server.mutate(REVIEW)
    expect(got[0] == 200, repr(got))
    for s in silent:
        s.close()


def refusals_name_the_annotation_but_logs_no_value(server):
    review = json.loads(json.dumps(REVIEW))
    review['request']['object']['metadata']['annotations']['vault.hashicorp.com/agent-inject-token'] = 'CANARY-VALUE'
    got = server.mutate(review)
    message = json.loads(got[2])['response']['status']['message']
    expect('(annotation vault.hashicorp.com/agent-inject-token: "CANARY-VALUE")' in message, message)
    log = server.output()
    expect('injection refused: namespace=demo pod=web annotation=vault.hashicorp.com/agent-inject-token' in log, log[-600:])
    expect('CANARY-VALUE' not in log, 'the log holds an annotation value')


def still_works(server):
    got = server.mutate(REVIEW)
    patch = base64.b64decode(json.loads(got[2])['response']['patch'])
    expect(got[0] == 200 and b'vault-agent-init' in patch, repr(got)[:300])
    expect(server.process.poll() is None, 'the server has ended: ' + server.output())


def bad_input(program, folder):
    make_certificate(folder, 'localhost')
    server = Server(program, folder, {'AGENT_INJECT_SHUTDOWN_DELAY': '0s'}).wait_ready()
    slow = concurrent.futures.ThreadPoolExecutor(3)
    waiting = [(f.__name__, slow.submit(f, server)) for f in (slow_body, slow_head, silent_connection)]
    checks = (not_a_review, no_request, wrong_types, content_type, twenty_megabytes, megabytes_of_annotations,
              junk_instead_of_tls, plain_http, hundred_silent, refusals_name_the_annotation_but_logs_no_value)
    status = run([(f.__name__, lambda f=f: f(server)) for f in checks] +
                 [(name, future.result) for name, future in waiting] +
                 [('still works', lambda: still_works(server)), ('ends with 0', lambda: expect(server.stop() == 0, 'exit status'))])
    server.stop()
    return status


# ---------------------------------------------------------------- lifecycle
def start_errors(program, folder):
    rows = (({'AGENT_INJECT_VAULT_ADDR': ''}, (), 'No Vault service configured'),
            ({'AGENT_INJECT_DEFAULT_TEMPLATE': 'yaml'}, (), 'Invalid default flag type: yaml'),
            ({'AGENT_INJECT_REVOKE_ON_SHUTDOWN': 'foo'}, (), 'Error parsing environment variables: cannot parse \'\' as bool: strconv.ParseBool: parsing "foo": invalid syntax'),
            ({'AGENT_INJECT_AUTH_MIN_BACKOFF': '10'}, (), 'Error parsing environment variables: time: missing unit in duration "10"'),
            ({'AGENT_INJECT_LOG_LEVEL': 'loud'}, (), 'Error setting log level: unknown log level: loud'),
            ({'AGENT_INJECT_LISTEN': 'nonsense'}, (), 'Error listening: listen tcp: address nonsense: missing port in address'),
            ({'AGENT_INJECT_TLS_CERT_FILE': '/nope'}, (), 'Error listening: open /nope: no such file or directory'),
            ({'AGENT_INJECT_TLS_MIN_VERSION': 'tls9'}, (), 'Failed to configure TLS: invalid or unsupported TLS version "tls9"'),
            ({'AGENT_INJECT_TLS_CIPHER_SUITES': 'foo'}, (), 'Failed to configure TLS: failed to parse TLS cipher suites list "foo": unsupported cipher "foo"'),
            ({'AGENT_INJECT_TELEMETRY_PATH': 'metrics'}, (), 'invalid telemetry path "metrics"'),
            ({}, ('-nope',), 'flag provided but not defined: -nope'),
            ({}, ('-revoke-on-shutdown=foo',), 'invalid boolean value "foo" for -revoke-on-shutdown: parse error'))
    for env, arguments, text in rows:
        server = Server(program, folder, env, ('agent-inject',) + arguments)
        status = server.process.wait(30)
        expect(status == 1 and text in server.output(), '%r: status %s, %s' % (text, status, server.output()))
    # Without certificate files the API server is needed.
    rows = (({}, 'Error loading in-cluster K8S config: unable to load in-cluster configuration, KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT must be defined'),
            ({'KUBERNETES_SERVICE_HOST': '127.0.0.1', 'KUBERNETES_SERVICE_PORT': '1'}, 'Error loading in-cluster K8S config: open /var/run/secrets/kubernetes.io/serviceaccount/token: no such file or directory'),
            ({'AGENT_INJECT_KUBECONFIG': '/nope'}, 'Error loading kubeconfig: open /nope: no such file or directory'),
            ({'AGENT_INJECT_USE_LEADER_ELECTOR': 'true'}, 'required env POD_NAME not set, please configure downward API'),
            ({'AGENT_INJECT_TLS_CERT_FILE': os.path.join(folder, 'tls.crt')}, 'Error listening: open : no such file or directory'))
    for env, text in rows:
        if 'token' in text and os.path.exists('/var/run/secrets/kubernetes.io/serviceaccount/token'):
            continue
        clean = {'KUBERNETES_SERVICE_HOST': '', 'KUBERNETES_SERVICE_PORT': '', 'POD_NAME': ''}
        server = Server(program, folder, dict(clean, **env), cert=False)
        expect(server.process.wait(30) == 1 and text in server.output(), '%r: %s' % (text, server.output()))


def port_in_use(program, folder):
    first = Server(program, folder, {'AGENT_INJECT_SHUTDOWN_DELAY': '0s'}).wait_ready()
    second = Server(program, folder, {'AGENT_INJECT_LISTEN': '127.0.0.1:%d' % first.port})
    status = second.process.wait(30)
    first.stop()
    expect(status == 1 and 'bind: address already in use' in second.output(), second.output())


def other_commands(program, folder):
    def run_program(*arguments):
        done = subprocess.run([program] + list(arguments), capture_output=True, text=True, env={'PATH': '/usr/bin'})
        return done.returncode, done.stdout, done.stderr
    expect(run_program('version')[:2][0] == 0 and ' v' in run_program('version', 'x')[1], 'version')
    for word in ('--version', '-version', '-v'):
        expect(run_program(word)[0] == 0 and run_program(word)[2].startswith('v'), word)
    expect(run_program()[0] == 127 and run_program('nope')[0] == 127, 'usage status')
    for word in ('--help', '-help', '-h'):
        expect(run_program(word)[0] == 0 and 'agent-inject' in run_program(word)[2], word)
        expect(run_program('agent-inject', word)[0] == 0 and '-vault-address' in run_program('agent-inject', word)[2], word)
    named = os.path.join(folder, 'vault-k8s')
    os.symlink(program, named)
    expect(subprocess.run([named, 'version'], capture_output=True).returncode == 0, 'under the name vault-k8s')


def certificate_of(server):
    with server.connect() as s:
        return s.getpeercert(True)


def reloads_certificate(program, folder):
    """In place, and by the swap of a symbolic link as the kubelet does it."""
    live = os.path.join(folder, 'live')
    first, second = os.path.join(folder, 'one'), os.path.join(folder, 'two')
    for name in (first, second):
        os.mkdir(name)
        make_certificate(name, os.path.basename(name))
    os.symlink(first, live)
    env = {'AGENT_INJECT_TLS_CERT_FILE': live + '/tls.crt', 'AGENT_INJECT_TLS_KEY_FILE': live + '/tls.key',
           'AGENT_INJECT_SHUTDOWN_DELAY': '0s'}
    server = Server(program, folder, env).wait_ready()
    try:
        before = certificate_of(server)
        os.symlink(second, live + '.new')
        os.rename(live + '.new', live)
        wait_for_change(server, before, 'after the swap of a link')
        before = certificate_of(server)
        with open(os.path.join(second, 'tls.key'), 'w') as key:
            key.write('half written')
        time.sleep(3)
        expect(certificate_of(server) == before, 'a broken pair was taken')
        make_certificate(second, 'again')
        wait_for_change(server, before, 'after writing in place')
    finally:
        expect(server.stop() == 0, 'exit status')


def wait_for_change(server, before, when):
    end = time.time() + 10
    while time.time() < end:
        if certificate_of(server) != before:
            return
        time.sleep(0.2)
    raise AssertionError('still the old certificate ' + when)


def drains(program, folder):
    """SIGTERM: not ready at once, still serving with Connection: close, then gone with status 0."""
    server = Server(program, folder, {'AGENT_INJECT_SHUTDOWN_DELAY': '3s'}).wait_ready()
    kept = server.connect()
    expect(server.mutate(REVIEW, connection=kept)[0] == 200, 'before')
    server.process.send_signal(signal.SIGTERM)
    start = time.time()
    while server.send('GET', '/health/ready', {}, b'')[0] != 503:
        expect(time.time() - start < 2, 'still ready')
    status, headers, _ = server.mutate(REVIEW, connection=kept)
    expect(status == 200 and headers.get('connection') == 'close', 'kept connection: %s %r' % (status, headers))
    expect(server.mutate(REVIEW)[0] == 200, 'new connection while draining')
    expect(server.process.wait(30) == 0, 'exit status')
    took = time.time() - start
    expect(2.5 < took < 10, 'ended after %.1f s, want about 3' % took)


def metrics(program, folder):
    server = Server(program, folder, {'AGENT_INJECT_TELEMETRY_PATH': '/metrics', 'AGENT_INJECT_SHUTDOWN_DELAY': '0s'}).wait_ready()
    for _ in range(10):
        expect(server.mutate(REVIEW)[0] == 200, 'mutate')
    bad = json.loads(json.dumps(REVIEW))
    bad['request']['object']['metadata']['annotations']['vault.hashicorp.com/agent-inject'] = 'maybe'
    server.mutate(bad)
    text = server.send('GET', '/metrics', {}, b'')[2].decode()
    server.stop()
    for line in ('vault_agent_injector_injections_by_namespace_total{injection_type="init_and_sidecar",namespace="demo"} 10',
                 'vault_agent_injector_failed_injections_by_namespace_total{namespace="demo"} 1',
                 'vault_agent_injector_request_processing_duration_ms_count 11',
                 'vault_agent_injector_request_queue_length 0'):
        expect(line + '\n' in text, line + ' is not in\n' + text)


def lifecycle(program, folder):
    make_certificate(folder, 'localhost')
    checks = (start_errors, port_in_use, other_commands, reloads_certificate, drains, metrics)
    return run([(f.__name__, lambda f=f: f(program, folder)) for f in checks])


def run(checks):
    failed = 0
    for name, check in checks:
        try:
            check()
            print('pass', name)
        except (AssertionError, OSError, ValueError, KeyError, subprocess.SubprocessError) as problem:
            failed += 1
            print('FAIL %s: %s: %s' % (name, type(problem).__name__, problem))
    print('%d passed, %d failed' % (len(checks) - failed, failed))
    return 1 if failed else 0


def main():
    parts = {'golden': golden, 'bad-input': bad_input, 'lifecycle': lifecycle}
    if len(sys.argv) != 3 or sys.argv[2] not in parts:
        print(__doc__, file=sys.stderr)
        return 2
    if not shutil.which('openssl'):
        print('SKIP no openssl')
        return 0
    folder = tempfile.mkdtemp(prefix='injector-')
    try:
        return parts[sys.argv[2]](os.path.abspath(sys.argv[1]), folder)
    finally:
        shutil.rmtree(folder)


if __name__ == '__main__':
    sys.exit(main())
