"""A server between an agent and Vault that sees every request, and holds, answers or drops those that a
test names. On loopback, any free port."""
import http.client
import http.server
import select
import socket
import struct
import threading
import time

HOLD_SECONDS = 60  # a held request goes on by itself after that, so that no test hangs


class Seen:
    """One request as it arrived."""

    def __init__(self, method, path, body):
        self.at, self.method, self.path, self.body = time.monotonic(), method, path, body
        self.status = None

    @property
    def what(self):
        return f"{self.method} {self.path}"


class Hold:
    """A place where requests stop: before they reach the server, or when its answer is there."""

    def __init__(self, part, after):
        self.part, self.after = part, after
        self.reached, self.go_on = threading.Event(), threading.Event()


class Proxy:
    """fault(seen): None passes the request on; (status, body, headers) answers it; "drop" closes the
    connection without an answer. dropped: no connection is served at all."""

    def __init__(self, target_port):
        self.target_port = target_port
        self.seen, self.holds = [], []
        self.fault = lambda seen: None
        self.dropped = False
        proxy = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def log_message(self, format, *arguments):  # noqa: A002  (the base class calls it so)
                pass

            def handle_any(self):
                seen = Seen(self.command, self.path, self.rfile.read(int(self.headers.get("Content-Length") or 0)))
                proxy.seen.append(seen)
                answer = "drop" if proxy.dropped else proxy.fault(seen)
                if answer is None:
                    answer = self.pass_on(seen)
                if answer == "drop" or proxy.dropped:
                    self.drop()
                    return
                seen.status, body, headers = answer
                try:
                    self.send_response(seen.status)
                    for name, value in headers.items():
                        self.send_header(name, value)
                    if "Content-Length" not in headers:
                        self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                    if len(body) < int(headers.get("Content-Length", 0)):
                        self.close_connection = True  # half an answer
                except OSError:
                    self.close_connection = True

            def drop(self):
                """A reset, as of a process that was killed."""
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.close_connection = True
                self.connection.close()

            def client_is_gone(self):
                readable, _, _ = select.select([self.connection], [], [], 0)
                return bool(readable) and not self.connection.recv(1, socket.MSG_PEEK)

            def pass_on(self, seen):
                proxy.stop_at(seen, after=False)
                if proxy.dropped or self.client_is_gone():
                    return "drop"  # what was held on its way never arrived
                connection = http.client.HTTPConnection("127.0.0.1", proxy.target_port, timeout=HOLD_SECONDS)
                try:
                    connection.request(seen.method, seen.path, seen.body, dict(self.headers))
                    response = connection.getresponse()
                    body = response.read()
                    headers = {name: response.headers[name] for name in ("Content-Type", "Retry-After", "Location")
                               if name in response.headers}
                    answer = response.status, body, headers
                except OSError:
                    return "drop"
                finally:
                    connection.close()
                proxy.stop_at(seen, after=True)
                return answer

            do_GET = do_PUT = do_POST = do_DELETE = do_LIST = handle_any

            def finish(self):
                try:
                    super().finish()
                except (OSError, ValueError):
                    pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, request, client_address):
                pass

            def verify_request(self, request, client_address):
                return not proxy.dropped

            def shutdown_request(self, request):
                if proxy.dropped:
                    proxy.seen.append(Seen("connect", "", b""))
                super().shutdown_request(request)

        self.server = Server(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def hold(self, part, after=False):
        """The next request whose `METHOD /path` contains part stops; wait for .reached, set .go_on."""
        hold = Hold(part, after)
        self.holds.append(hold)
        return hold

    def stop_at(self, seen, after):
        for hold in list(self.holds):
            if hold.after == after and hold.part in seen.what:
                self.holds.remove(hold)
                hold.reached.set()
                hold.go_on.wait(HOLD_SECONDS)

    def release_all(self):
        for hold in self.holds:
            hold.go_on.set()
        self.holds.clear()

    def count(self, part, since=0.0):
        return sum(1 for seen in list(self.seen) if seen.at >= since and part in seen.what)

    def busiest_second(self, since, part=""):
        """The most requests within any one second."""
        times = [seen.at for seen in list(self.seen) if seen.at >= since and part in seen.what]
        return max((sum(1 for other in times if at <= other < at + 1) for at in times), default=0)

    def stop(self):
        self.release_all()
        self.server.shutdown()
        self.server.server_close()
