"""The recorded stand-in for the Kubernetes API (test/golden/injector/fakeapi.py) inside this process, with what the
stories of several replicas need beside it: Leases, conflicts, preconditions, 410, an API server that goes away, and a
note of who sent what."""
import base64, http.server, io, json, os, socket, ssl, subprocess, sys, threading, time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'golden', 'injector'))
sys.dont_write_bytecode = True
import fakeapi  # noqa: E402

fakeapi.KIND['leases'] = 'Lease'
CONFIG = 'vault-agent-injector-cfg'
LOCK = ('configmaps', 'vault', 'vault-k8s-leader')
SECRET = ('secrets', 'vault', 'vault-injector-certs')
WEBHOOKS = (fakeapi.MWC, None, CONFIG)


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


class World:
    """One API server on a port of its own. store, put and drop are fakeapi's."""

    def __init__(self, folder):
        self.folder, self.requests, self.problems, self.gone, self.refuse = folder, [], [], 0, []
        self.watch_owner = False
        self.cert, self.key = os.path.join(folder, 'api.crt'), os.path.join(folder, 'api.key')
        subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', self.key,
                        '-out', self.cert, '-days', '2', '-subj', '/CN=api', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
                       check=True, capture_output=True)
        for x in fakeapi.START:
            fakeapi.put(x['res'], x.get('ns'), x['name'], json.loads(json.dumps(x['obj'])))
        self.port = free_port()
        self.server = None
        self.place = None  # keeps the port while the server is away
        self.start()

    def start(self):
        world = self

        class Handler(StoryHandler):
            pass
        Handler.world = world

        class Server(fakeapi.Server):
            allow_reuse_address = True
            request_queue_size = 64
            sockets = []

            def get_request(self):
                found = super().get_request()
                self.sockets.append(found[0])
                return found
        Server.sockets = []
        if self.place:
            self.place.close()
        self.server = Server(('127.0.0.1', self.port), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.cert, self.key)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self.server.serve_forever, kwargs={'poll_interval': 0.05}, daemon=True).start()

    def go_away(self):
        self.server.shutdown()
        self.server.server_close()
        for s in self.server.sockets:
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        # Bound but not listening: it refuses, and no replica gets the port for its webhook meanwhile.
        self.place = socket.socket()
        self.place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.place.bind(('127.0.0.1', self.port))

    def kubeconfig(self, pod):
        path = os.path.join(self.folder, pod + '.kubeconfig')
        with open(path, 'w') as f:
            f.write('current-context: x\ncontexts: [{name: x, context: {cluster: c, user: u, namespace: vault}}]\n'
                    'clusters: [{name: c, cluster: {server: "https://127.0.0.1:%d", certificate-authority: api.crt}}]\n'
                    'users: [{name: u, user: {token: %s}}]\n' % (self.port, pod))
        return path

    def get(self, key):
        with fakeapi.lock:
            return json.loads(json.dumps(fakeapi.store.get(key)))

    def bundle(self):
        config = self.get(WEBHOOKS)
        return base64.b64decode(config['webhooks'][0]['clientConfig'].get('caBundle', '')).decode() if config else ''

    def set_bundle(self, pem):
        config = self.get(WEBHOOKS)
        config['webhooks'][0]['clientConfig']['caBundle'] = base64.b64encode(pem.encode()).decode()
        fakeapi.put(fakeapi.MWC, None, CONFIG, config)

    def owner(self):
        lock = self.get(LOCK)
        return lock['metadata']['ownerReferences'][0]['name'] if lock else None

    def sent(self, method, text):
        return [r for r in self.requests if r[2] == method and text in r[3]]

    def say_gone(self):
        """Every watch that is open learns that its place is forgotten, and so does the next one of each."""
        with fakeapi.lock:
            self.gone = 2
            for _, _, q in fakeapi.watchers:
                q.put({'type': 'ERROR', 'object': fakeapi.failure(410, 'Expired', 'too old resource version')})


class StoryHandler(fakeapi.Handler):
    world = None

    def serve(self):
        world = self.world
        who = self.headers.get('Authorization', '').replace('Bearer ', '')
        world.requests.append((time.time(), who, self.command, self.path))
        body = self.rfile.read(int(self.headers.get('Content-Length') or 0))
        real, self.rfile = self.rfile, io.BytesIO(body)
        self.path = self.path.replace('/apis/coordination.k8s.io/v1/', '/api/v1/')
        try:
            self.judge(who, body)
        finally:
            self.rfile = real

    def judge(self, who, body):
        world = self.world
        for rule in world.refuse:
            if rule['method'] == self.command and rule['path'] in self.path and rule['times'] > 0:
                rule['times'] -= 1
                return self.answer(403, fakeapi.failure(403, 'Forbidden', 'not allowed'))
        if self.command in ('PUT', 'DELETE', 'PATCH'):
            with fakeapi.lock:
                if self.command == 'PATCH' and world.watch_owner and world.owner() != who:
                    world.problems.append('%s patches while %s leads' % (who, world.owner()))
                if self.conflicts(body):
                    return self.answer(409, fakeapi.failure(409, 'Conflict', 'the object has been modified'))
                return super().serve()
        return super().serve()

    def conflicts(self, body):
        parts = [p for p in self.path.split('?')[0].split('/') if p]
        namespaced = 'namespaces' in parts
        ns = parts[parts.index('namespaces') + 1] if namespaced else None
        old = fakeapi.store.get((parts[-2], ns, parts[-1]))
        if old is None or 'protobuf' in (self.headers.get('Content-Type') or '') or not body:
            return False
        asked = json.loads(body)
        if self.command == 'PUT':
            version = asked.get('metadata', {}).get('resourceVersion')
            return version not in (None, '', old['metadata']['resourceVersion'])
        if self.command == 'DELETE':
            return asked.get('preconditions', {}).get('uid', old['metadata']['uid']) != old['metadata']['uid']
        return False

    def watch(self, res, ns, q):
        if self.world.gone > 0 and q.get('resourceVersion'):
            self.world.gone -= 1
            return self.answer(410, fakeapi.failure(410, 'Expired', 'too old resource version'))
        return super().watch(res, ns, q)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = serve


class Replica:
    """One injector process that speaks to the world as POD."""

    def __init__(self, command, world, pod, environment=None, hosts='vault-agent-injector-svc.vault.svc'):
        self.world, self.pod, self.host = world, pod, hosts
        self.port = free_port()
        env = {k: v for k, v in os.environ.items() if not k.startswith(('AGENT_INJECT_', 'TLS_'))}
        env.update({'AGENT_INJECT_LISTEN': '127.0.0.1:%d' % self.port, 'AGENT_INJECT_VAULT_ADDR': 'https://vault:8200',
                    'AGENT_INJECT_TLS_AUTO': CONFIG, 'AGENT_INJECT_TLS_AUTO_HOSTS': hosts, 'AGENT_INJECT_LOG_LEVEL': 'debug',
                    'AGENT_INJECT_SHUTDOWN_DELAY': '0s', 'NAMESPACE': 'vault', 'POD_NAME': pod,
                    'AGENT_INJECT_KUBECONFIG': world.kubeconfig(pod)})
        env.update(environment or {})
        self.log = open(os.path.join(world.folder, pod + '.log'), 'w+')
        self.process = subprocess.Popen(command, env=env, stdout=self.log, stderr=self.log)

    def output(self):
        self.log.flush()
        with open(self.log.name) as f:
            return f.read()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        try:
            return self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()
            return 'did not end after SIGTERM'

    def connect(self, bundle=None):
        """A connection as the API server makes it, with the bundle as the only authority; without one, unchecked."""
        if bundle is None:
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        else:
            context = ssl.create_default_context(cadata=bundle)
            context.verify_flags &= ~ssl.VERIFY_X509_STRICT if hasattr(ssl, 'VERIFY_X509_STRICT') else ~0
        raw = socket.create_connection(('127.0.0.1', self.port), timeout=10)
        return context.wrap_socket(raw, server_hostname=self.host)

    def is_trusted(self):
        bundle = self.world.bundle()
        try:
            self.connect(bundle).close()
            return True
        except (OSError, ssl.SSLError, ValueError):
            return False

    def leaf(self):
        with self.connect() as s:
            return ssl.DER_cert_to_PEM_cert(s.getpeercert(True))

    def health(self):
        """(status, body); (0, why) when nothing answers."""
        try:
            with self.connect() as s:
                s.sendall(b'GET /health/ready HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
                data = b''
                while True:
                    part = s.recv(65536)
                    if not part:
                        break
                    data += part
            return int(data.split()[1]), data.split(b'\r\n\r\n', 1)[1].decode()
        except (OSError, IndexError, ValueError) as e:
            return 0, str(e)

    def is_ready(self):
        return self.health()[0] == 204


class Watcher:
    """Looks all the time that a ready replica is one that the API server trusts."""

    def __init__(self, replicas):
        self.replicas, self.problems, self.looks, self.ended, self.paused = replicas, [], 0, False, False
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while not self.ended:
            for replica in [] if self.paused else list(self.replicas):
                before = replica.world.bundle()
                if replica.process.poll() is None and replica.is_ready():
                    self.looks += 1
                    try:
                        replica.connect(before).close()
                    except (OSError, ssl.SSLError, ValueError) as e:
                        if self.lasts(replica):
                            self.problems.append('%s is ready and not trusted: %s' % (replica.pod, e))
            time.sleep(0.05)

    def lasts(self, replica):
        """A story may break the bundle; that must be noticed soon."""
        end = time.time() + 3
        while time.time() < end and not self.paused:
            if replica.process.poll() is not None or replica.is_trusted() or not replica.is_ready():
                return False
            time.sleep(0.05)
        return not self.paused

    def end(self):
        self.ended = True
        self.thread.join()
        return self.problems


def wait_for(what, check, seconds=20):
    end = time.time() + seconds
    while time.time() < end:
        if check():
            return
        time.sleep(0.05)
    raise AssertionError('after %d s still not: %s' % (seconds, what))


def expect(condition, text):
    if not condition:
        raise AssertionError(text)


def count(bundle):
    return bundle.count('BEGIN CERTIFICATE')
