"""JSON over HTTP(S) for the demo's Python parts: Vault, the Kubernetes API and the webhook."""
import json
import ssl
import urllib.error
import urllib.request


class HttpJson:
    """One server. call() answers (status, decoded body or None) for every status below 600; only a
    failure to talk at all raises OSError."""

    def __init__(self, address, ca_file=None, headers=None):
        self.address = address.rstrip("/")
        self.headers = headers or {}
        self.context = ssl.create_default_context(cafile=ca_file) if self.address.startswith("https") else None

    def call(self, method, path, body=None, headers=None, timeout=30):
        request = urllib.request.Request(self.address + path, method=method,
                                         data=None if body is None else json.dumps(body).encode())
        for name, value in {"Content-Type": "application/json", **self.headers, **(headers or {})}.items():
            request.add_header(name, value)
        try:
            with urllib.request.urlopen(request, context=self.context, timeout=timeout) as answer:
                return answer.status, _decode(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, _decode(error.read())

    def must(self, method, path, body=None, **options):
        """As call(), but any status from 300 up ends the program with the server's words."""
        status, answer = self.call(method, path, body, **options)
        if status >= 300:
            raise SystemExit(f"{method} {self.address}{path}: {status} {json.dumps(answer)}")
        return answer


def _decode(raw):
    if not raw:
        return None
    try:
        return json.loads(raw)
    except ValueError:
        return {"text": raw.decode(errors="replace")}
