"""An HTTP proxy (absolute requests and CONNECT) and a SOCKS5 proxy on loopback, which note what they are
asked for. Every connection ends with the test."""
import base64
import select
import socket
import threading

CONNECT_SECONDS = 10


def pump(left, right):
    """Bytes in both directions until one side ends."""
    while True:
        ready, _, _ = select.select([left, right], [], [], CONNECT_SECONDS)
        if not ready:
            return
        for end in ready:
            piece = end.recv(65536)
            if not piece:
                return
            (right if end is left else left).sendall(piece)


class ForwardProxy:
    """user: "name:password" that must be shown; refuse: the status line that every request gets."""

    def __init__(self, user=None, refuse=None):
        self.user, self.refuse, self.asked = user, refuse, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.address = f"127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self):
        self.listener.close()

    def _accept(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve_safely, args=(peer,), daemon=True).start()

    def _serve_safely(self, peer):
        with peer:
            try:
                self.serve(peer)
            except OSError:
                pass

    def serve(self, peer):
        raise NotImplementedError


class HttpProxy(ForwardProxy):
    def serve(self, peer):
        head = b""
        while b"\r\n\r\n" not in head:
            piece = peer.recv(65536)
            if not piece:
                return
            head += piece
        head, body = head.split(b"\r\n\r\n", 1)
        lines = head.decode().split("\r\n")
        method, target, _ = lines[0].split(" ")
        fields = dict(line.split(": ", 1) for line in lines[1:])
        self.asked.append(f"{method} {target}")
        wanted = "Basic " + base64.b64encode((self.user or "").encode()).decode()
        if self.refuse or (self.user and fields.get("Proxy-Authorization") != wanted):
            status = self.refuse or "407 Proxy Authentication Required"
            peer.sendall(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
            return
        if method == "CONNECT":
            host, port = target.rsplit(":", 1)
            with socket.create_connection((self.resolve(host), int(port)), CONNECT_SECONDS) as server:
                peer.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                pump(peer, server)
            return
        place, path = target.removeprefix("http://").split("/", 1)
        host, port = place.rsplit(":", 1)
        with socket.create_connection((self.resolve(host), int(port)), CONNECT_SECONDS) as server:
            lines[0] = f"{method} /{path} HTTP/1.1"
            lines = [line for line in lines if not line.startswith("Proxy-")] + ["Connection: close"]
            server.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
            pump(peer, server)

    def resolve(self, host):
        """Names of the tests exist for the proxy alone."""
        return "127.0.0.1" if host.endswith(".test") else host


class SocksProxy(ForwardProxy):
    def serve(self, peer):
        _, count = self.take(peer, 2)
        methods = self.take(peer, count)
        if self.user:
            if 2 not in methods:
                peer.sendall(b"\x05\xff")
                return
            peer.sendall(b"\x05\x02")
            _, size = self.take(peer, 2)
            name = self.take(peer, size)
            password = self.take(peer, self.take(peer, 1)[0])
            right = f"{name.decode()}:{password.decode()}" == self.user
            peer.sendall(b"\x01\x00" if right else b"\x01\x01")
            if not right:
                return
        else:
            peer.sendall(b"\x05\x00")
        _, _, _, kind = self.take(peer, 4)
        assert kind == 3, "names are for the proxy to look up"
        host = self.take(peer, self.take(peer, 1)[0]).decode()
        port = int.from_bytes(self.take(peer, 2), "big")
        self.asked.append(f"{host}:{port}")
        if self.refuse:
            peer.sendall(b"\x05\x02\x00\x01" + bytes(6))
            return
        with socket.create_connection(("127.0.0.1" if host.endswith(".test") else host, port), CONNECT_SECONDS) as server:
            peer.sendall(b"\x05\x00\x00\x01" + bytes(6))
            pump(peer, server)

    @staticmethod
    def take(peer, size):
        data = b""
        while len(data) < size:
            piece = peer.recv(size - len(data))
            if not piece:
                raise OSError("the client has gone")
            data += piece
        return data
