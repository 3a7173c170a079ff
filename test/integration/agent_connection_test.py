#!/usr/bin/env python3
"""The way to the server: proxies, redirects, retries, the rate limit, certificates from variables, header
fields, and requests that are shown instead of sent. Real servers, real TLS."""
import http.server
import os
import shutil
import threading
import time
import unittest

import forward_proxies
import stage


class Scripted:
    """A server that answers each request with the next of its answers: (status, headers, body)."""

    def __init__(self, answers):
        self.answers, self.seen = list(answers), []
        scripted = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, format, *arguments):  # noqa: A002  (the base class calls it so)
                pass

            def do_GET(self):
                scripted.seen.append((self.path, dict(self.headers), time.monotonic()))
                status, headers, body = scripted.answers.pop(0) if scripted.answers else (404, {}, "{}")
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body.encode())

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


SECRET = (200, {}, '{"data":{"x":"1"}}')
BUSY = (503, {}, '{"errors":["sealed"]}')


class ConnectionCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = stage.tempfile.mkdtemp(prefix="leasehold-test.")
        os.chmod(cls.folder, 0o755)
        cls.plain = stage.Vault(os.path.join(cls.folder, "plain"))
        cls.secure = stage.Vault(os.path.join(cls.folder, "secure"), tls=True)
        for vault in (cls.plain, cls.secure):
            vault.write("secret/data/app", {"data": {"password": "p1"}})
        cls.command_line = stage.CommandLine(cls.folder)

    @classmethod
    def tearDownClass(cls):
        cls.plain.stop()
        cls.secure.stop()
        shutil.rmtree(cls.folder, ignore_errors=True)

    def call(self, *words, **variables):
        return self.command_line.call(*words, **{"VAULT_TOKEN": "root", "VAULT_CLIENT_TIMEOUT": "20s", **variables})

    def reads(self, **variables):
        done = self.call("kv", "get", "-field=password", "secret/app", **variables)
        self.assertEqual((done.returncode, done.stdout), (0, "p1"), done.stderr)

    def fails(self, pattern, *words, **variables):
        done = self.call(*(words or ("kv", "get", "-field=password", "secret/app")), **variables)
        self.assertNotEqual(done.returncode, 0, done.stdout)
        self.assertRegex(done.stderr, pattern)
        return done.stderr

    def proxy(self, kind, **settings):
        proxy = kind(**settings)
        self.addCleanup(proxy.stop)
        return proxy

    def scripted(self, *answers):
        server = Scripted(answers)
        self.addCleanup(server.stop)
        return server

    def plain_name(self):
        return self.plain.address.replace("127.0.0.1", "vault.test")

    def secure_name(self):
        return {"VAULT_ADDR": self.secure.address.replace("127.0.0.1", "vault.test"), "VAULT_CACERT": self.secure.ca,
                "VAULT_TLS_SERVER_NAME": "localhost"}

    # --- proxies

    def test_http_through_a_proxy(self):
        for variables in ({"VAULT_PROXY_ADDR": "http://{}"}, {"VAULT_HTTP_PROXY": "http://{}"}, {"http_proxy": "{}"}):
            proxy = self.proxy(forward_proxies.HttpProxy)
            self.reads(VAULT_ADDR=self.plain_name(), **{key: value.format(proxy.address) for key, value in variables.items()})
            self.assertIn(f"GET {self.plain_name()}/v1/secret/data/app", proxy.asked)

    def test_https_through_a_proxy(self):
        proxy = self.proxy(forward_proxies.HttpProxy)
        self.reads(HTTPS_PROXY=f"http://{proxy.address}", **self.secure_name())
        self.assertEqual(proxy.asked[0], f"CONNECT vault.test:{self.secure.port}")

    def test_the_proxys_user(self):
        for kind, scheme in ((forward_proxies.HttpProxy, "http"), (forward_proxies.SocksProxy, "socks5")):
            proxy = self.proxy(kind, user="anna:p@ss")
            self.reads(VAULT_PROXY_ADDR=f"{scheme}://anna:p%40ss@{proxy.address}", VAULT_ADDR=self.plain_name())
            self.reads(VAULT_PROXY_ADDR=f"{scheme}://anna:p%40ss@{proxy.address}", **self.secure_name())
            text = self.fails("Proxy Authentication Required|authentication failed",
                              VAULT_PROXY_ADDR=f"{scheme}://anna:canary-word@{proxy.address}", **self.secure_name())
            self.assertNotIn("canary-word", text)

    def test_socks(self):
        proxy = self.proxy(forward_proxies.SocksProxy)
        self.reads(VAULT_PROXY_ADDR=f"socks5://{proxy.address}", VAULT_ADDR=self.plain_name())
        self.reads(VAULT_PROXY_ADDR=f"socks5h://{proxy.address}", **self.secure_name())
        self.assertEqual(proxy.asked[-1], f"vault.test:{self.secure.port}")
        refusing = self.proxy(forward_proxies.SocksProxy, refuse=True)
        self.fails("connection not allowed by ruleset", VAULT_PROXY_ADDR=f"socks5://{refusing.address}", **self.secure_name())

    def test_no_proxy_and_own_addresses(self):
        proxy = self.proxy(forward_proxies.HttpProxy)
        self.reads(VAULT_ADDR=self.plain.address, HTTP_PROXY=f"http://{proxy.address}")
        self.assertEqual(proxy.asked, [])
        self.reads(VAULT_ADDR=self.plain.address, VAULT_HTTP_PROXY=f"http://{proxy.address}")
        self.assertNotEqual(proxy.asked, [])
        self.fails("no such host", VAULT_ADDR=self.plain_name(), HTTP_PROXY=f"http://{proxy.address}", NO_PROXY="example.com,.test")

    def test_proxies_that_refuse_or_are_not_there(self):
        refusing = self.proxy(forward_proxies.HttpProxy, refuse="403 Forbidden")
        self.fails(r"Forbidden \(proxy 127\.0\.0\.1:\d+ answered 403 to CONNECT vault\.test:\d+\)", HTTPS_PROXY=refusing.address,
                   **self.secure_name())
        self.fails("proxyconnect tcp: dial tcp 127.0.0.1:.* connection refused", VAULT_ADDR=self.plain_name(),
                   VAULT_PROXY_ADDR=f"http://127.0.0.1:{stage.free_port()}")
        self.fails('parse "127.0.0.1:1": first path segment in URL cannot contain colon', VAULT_PROXY_ADDR="127.0.0.1:1",
                   VAULT_ADDR=self.plain_name())
        self.fails("its scheme is none of http, https, socks5, socks5h", VAULT_PROXY_ADDR="ftp://x", VAULT_ADDR=self.plain_name())

    # --- redirects, retries, rate

    def test_redirects_can_be_refused(self):
        to = {"Location": self.plain.address + "/v1/secret/data/app"}
        for _ in range(1):
            done = self.call("read", "-field=data", "secret/data/app", VAULT_ADDR=self.scripted((307, to, "")).address)
            self.assertEqual((done.returncode, done.stdout), (0, "map[password:p1]"), done.stderr)
        for words, variables in ((("-disable-redirects",), {}), ((), {"VAULT_DISABLE_REDIRECTS": "true"})):
            self.fails("No value found at secret/data/app", "read", *words, "secret/data/app",
                       VAULT_ADDR=self.scripted((307, to, "")).address, **variables)
        self.fails("could not parse VAULT_DISABLE_REDIRECTS", "read", "a/b", VAULT_ADDR="http://127.0.0.1:1", VAULT_DISABLE_REDIRECTS="maybe")

    def test_a_redirect_to_https(self):
        to = {"Location": self.secure.address + "/v1/secret/data/app"}
        done = self.call("read", "-field=data", "secret/data/app", VAULT_ADDR=self.scripted((307, to, "")).address,
                         VAULT_SKIP_VERIFY="true")
        self.assertEqual((done.returncode, done.stdout), (0, "map[password:p1]"), done.stderr)

    def test_retries(self):
        server = self.scripted(BUSY, SECRET)
        self.fails("sealed", "read", "a/b", VAULT_ADDR=server.address)
        self.assertEqual(len(server.seen), 1)
        server = self.scripted(BUSY, (429, {"Retry-After": "1"}, "{}"), SECRET)
        done = self.call("read", "-field=x", "a/b", VAULT_ADDR=server.address, VAULT_MAX_RETRIES="2")
        self.assertEqual((done.returncode, done.stdout), (0, "1"), done.stderr)
        self.assertEqual(len(server.seen), 3)
        server = self.scripted((501, {}, "{}"), SECRET)
        self.fails("Code: 501", "read", "a/b", VAULT_ADDR=server.address, VAULT_MAX_RETRIES="2")
        for wrong, text in (("x", 'strconv.ParseInt: parsing "x": invalid syntax'), ("-1", r"out of range \[0 to 9223372036854775807\]: -1")):
            self.fails(text, "read", "a/b", VAULT_ADDR=server.address, VAULT_MAX_RETRIES=wrong)

    def test_the_rate_limit(self):
        server = self.scripted(BUSY, BUSY, BUSY, BUSY)
        self.fails("sealed", "read", "a/b", VAULT_ADDR=server.address, VAULT_RATE_LIMIT="0.5:1", VAULT_MAX_RETRIES="1")
        self.assertGreaterEqual(server.seen[1][2] - server.seen[0][2], 1.9)
        for wrong in ("x", "1:x"):
            self.fails("VAULT_RATE_LIMIT was provided but incorrectly formatted", "read", "a/b", VAULT_ADDR=server.address,
                       VAULT_RATE_LIMIT=wrong)

    # --- certificates

    def test_certificates_from_variables(self):
        authority = stage.read_text(self.secure.ca)
        self.reads(VAULT_ADDR=self.secure.address, VAULT_CACERT_BYTES=authority)
        self.fails("Couldn't parse PEM", VAULT_ADDR=self.secure.address, VAULT_CACERT_BYTES="x")
        self.fails("both client cert and client key must be provided", VAULT_ADDR=self.secure.address, VAULT_CACERT_BYTES=authority,
                   VAULT_CLIENT_CERT_BYTES=authority)

    # --- header fields and requests that are shown

    def test_header_fields(self):
        server = self.scripted(SECRET)
        self.call("read", "-header=my-field=v 1", "-mfa=totp:123", "-policy-override", "-ns=team/", "-wrap-ttl=5m", "a/b", VAULT_ADDR=server.address)
        fields = server.seen[0][1]
        self.assertEqual([fields.get(name) for name in ("My-Field", "X-Vault-MFA", "X-Vault-Policy-Override", "X-Vault-Namespace", "X-Vault-Wrap-TTL")],
                         ["v 1", "totp:123", "true", "team/", "5m0s"])
        self.fails("Header starting by 'X-Vault-' are for internal usage only", "read", "-header=X-Vault-A=b", "a/b", VAULT_ADDR=server.address)
        self.fails('invalid value "ab" for flag -header: missing = in KV pair: "ab"', "read", "-header=ab", "a/b", VAULT_ADDR=server.address)
        self.fails('invalid value "abc" for flag -wrap-ttl: time: invalid duration "abc"', "read", "-wrap-ttl=abc", "a/b", VAULT_ADDR=server.address)

    def test_help_names_these_flags_where_they_have_an_effect(self):
        for flag in ("-header", "-mfa", "-policy-override", "-wrap-ttl", "-output-curl-string", "-output-policy"):
            self.assertIn(f"\n  {flag}", self.call("read", "-help").stdout)
            self.assertNotIn(f"\n  {flag}", self.call("agent", "-help").stdout)

    def test_wrapped_answers(self):
        done = self.call("read", "-wrap-ttl=60s", "secret/data/app", VAULT_ADDR=self.plain.address)
        self.assertRegex(done.stdout, r"\nwrapping_token: +\S+\nwrapping_accessor: +\S+\nwrapping_token_ttl: +1m\n"
                                      r"wrapping_token_creation_time: +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.?\d* \+0000 UTC\nwrapping_token_creation_path: +secret/data/app\n$")
        self.assertEqual(self.call("read", "-field=wrapping_token_ttl", "secret/data/app", VAULT_ADDR=self.plain.address, VAULT_WRAP_TTL="60s").stdout, "60")

    def test_requests_are_shown_not_sent(self):
        server = self.scripted()
        rows = {
            ("read", "-output-curl-string", "-ns=a", "x/y"):
                'curl -H "X-Vault-Request: true" -H "X-Vault-Namespace: a/" -H "X-Vault-Token: $(vault print token)" "{}/v1/x/y"\n',
            ("token", "revoke", "-output-curl-string", "-self"):
                'curl -X PUT -H "X-Vault-Request: true" -H "X-Vault-Token: $(vault print token)" "{}/v1/auth/token/revoke-self"\n',
            ("token", "renew", "-output-curl-string"):
                'curl -X PUT -H "X-Vault-Request: true" -H "X-Vault-Token: $(vault print token)" -d \'{{"increment":0}}\' "{}/v1/auth/token/renew-self"\n',
            ("status", "-output-policy"): 'path "sys/seal-status" {{\n  capabilities = ["read"]\n}}\n',
            ("token", "renew", "-output-policy"): 'path "auth/token/renew-self" {{\n  capabilities = ["create", "update"]\n}}\n',
        }
        for words, wanted in rows.items():
            done = self.call(*words, VAULT_ADDR=server.address)
            self.assertEqual((done.returncode, done.stdout), (0, wanted.format(server.address)), done.stderr)
        self.assertEqual(server.seen, [])


if __name__ == "__main__":
    unittest.main()
