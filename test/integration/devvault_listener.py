#!/usr/bin/env python3
"""The listener and the command line: TLS, plain HTTP on it, certificate files, bad flags, bad input.

usage: devvault_listener.py BINARY
"""
import http.client
import os
import socket
import ssl
import subprocess
import sys
from urllib.parse import urlsplit

import devvault_support as support
from devvault_support import check

binary = sys.argv[1]


def run(*flags):
    done = subprocess.run([binary, *flags], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=20)
    return done.returncode, done.stdout


def raw_exchange(address, payload):
    parts = urlsplit(address)
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as connection:
        connection.sendall(payload)
        data = b""
        while True:
            piece = connection.recv(65536)
            data += piece
            if not piece:
                return data


# --- command line ----------------------------------------------------------------------------
status, text = run()
check(status == 1 and "-dev" in text, "without -dev it refuses to run")
status, text = run("-help")
check(status == 0 and all(flag in text for flag in ("-dev-listen-address", "-dev-root-token-id", "-dev-kube", "-setup", "-dev-tls")),
      "-help names the flags")
check("revokes all" in text, "-help says what happens at the end")
check(run("-dev", "-nope")[0] == 1, "an unknown flag is an error")
check(run("-dev", "-dev-listen-address", "127.0.0.1")[0] == 1, "an address without port is an error")
check(run("-dev", "-dev-listen-address", "127.0.0.1:0", "-tls-cert-file", "/none", "-tls-key-file", "/none")[0] == 1,
      "a certificate that is not there is an error")
check(run("version")[1].startswith("leasehold-devvault "), "version")
folder = support.temporary_folder()
setup = os.path.join(folder, "setup")
for line, wanted in (("GETT x", 'line 1: unknown method "GETT"'), ("POST secret/data/x {bad", "line 1: body is not JSON"),
                     ("\n\nPOST nosuch/x {}", "line 3: POST nosuch/x: status 404"), ("POST x ${NO_SUCH_NAME}", "${NO_SUCH_NAME} is not set")):
    with open(setup, "w", encoding="utf8") as out:
        out.write(line + "\n")
    status, text = run("-dev", "-dev-listen-address", "127.0.0.1:0", "-setup", setup)
    check(status == 1 and wanted in text, "-setup: " + wanted)

# --- plain -----------------------------------------------------------------------------------
server = support.Server(binary)
check("DEVELOPMENT" in "\n".join(server.banner), "it says loudly what it is")
port = str(urlsplit(server.address).port)
status, text = run("-dev", "-dev-listen-address", "127.0.0.1:" + port)
check(status == 1 and "address already in use" in text, "a taken port is an error")
check(b"400" in raw_exchange(server.address, b"nonsense\r\n\r\n").split(b"\r\n")[0], "what is not HTTP is answered with 400")
head = b"POST /v1/secret/data/x HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n"
answer = raw_exchange(server.address, head + b"{")
check(b" 413 " in answer and b"request body too large" in answer, "a body over 32 MiB: 413")
deep = server.request("POST", "/v1/secret/data/x", headers={}, body=None)
check(deep.status == 400, "an empty write: 400")
nested = b"[" * 100000
answer = raw_exchange(server.address, b"POST /v1/secret/data/x HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Vault-Token: " +
                      server.root.encode() + b"\r\nContent-Length: %d\r\n\r\n" % len(nested) + nested)
check(b" 400 " in answer.split(b"\r\n")[0], "100 000 brackets: 400")
check(server.vault("GET", "sys/health").status == 200, "it still answers")
check(server.stop() == 0, "SIGTERM ends the server with status 0")

# --- TLS -------------------------------------------------------------------------------------
server = support.Server(binary, "-dev-tls", "-dev-tls-cert-dir", folder)
check(server.address.startswith("https://"), "-dev-tls serves https")
check(os.stat(os.path.join(folder, "vault-key.pem")).st_mode & 0o777 == 0o600, "the key file is for its owner alone")
server.ssl = ssl.create_default_context(cafile=os.path.join(folder, "vault-ca.pem"))
check(server.vault("GET", "sys/health").status == 200, "a client that trusts vault-ca.pem is served")
server.ssl = ssl.create_default_context()
try:
    server.vault("GET", "sys/health")
    check(False, "a client that does not trust it refuses")
except ssl.SSLCertVerificationError:
    check(True, "a client that does not trust it refuses")
plain = raw_exchange(server.address, b"GET /v1/sys/health HTTP/1.1\r\nHost: x\r\n\r\n")
check(b"400" in plain.split(b"\r\n")[0] and b"HTTP request to an HTTPS server" in plain, "plain HTTP on the TLS port: 400")
server.ssl = ssl.create_default_context(cafile=os.path.join(folder, "vault-ca.pem"))
check(server.vault("GET", "sys/health").status == 200, "it still answers")
check(server.stop() == 0, "SIGTERM ends the server with status 0")
server = support.Server(binary, "-tls-cert-file", os.path.join(folder, "vault-cert.pem"), "-tls-key-file", os.path.join(folder, "vault-key.pem"))
server.ssl = ssl.create_default_context(cafile=os.path.join(folder, "vault-ca.pem"))
check(server.vault("GET", "sys/health").status == 200, "certificate files are served")
check(server.stop() == 0, "SIGTERM ends the server with status 0")
