#!/usr/bin/env python3
"""One suite against leasehold-devvault and against a real server (VAULT_BIN): the recorded exchanges of
test/golden/vault-api, then what the agent's decisions rest on, row by row.

usage: contract_test.py DEVVAULT      last line: server: NAME VERSION, N passed, 0 failed
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

import stage

GOLDEN = os.path.join(stage.SOURCE_DIR, "test", "golden", "vault-api")
POLICY = 'path "database/creds/*" { capabilities = ["read"] }\npath "secret/data/*" { capabilities = ["read"] }'


class Suite:
    def __init__(self, vault):
        self.vault, self.passed, self.failed = vault, 0, []

    def call(self, method, path, body=None, token="root", headers=None):
        api = stage.HttpJson(self.vault.address, self.vault.ca, {"X-Vault-Token": token, **(headers or {})})
        return api.call(method, "/v1/" + path, body)

    def expect(self, name, got, status, pattern=""):
        text = stage.json.dumps(got[1], sort_keys=True)
        if got[0] == status and re.search(pattern, text):
            self.passed += 1
        else:
            self.failed.append(name)
            print(f"FAILED {name}: want {status} {pattern!r}, got {got[0]} {text[:400]}")
        return got[1] or {}

    def token(self, **options):
        return self.call("POST", "auth/token/create", {"policies": ["app"], "ttl": "10m", **options})[1]["auth"]["client_token"]

    def lease(self, token):
        return self.call("GET", "database/creds/app", token=token)[1]


def rows(suite):
    """What leads the agent to log in, to read anew, to renew again, or to wait."""
    token = suite.token()
    dead = suite.token()
    suite.call("PUT", "auth/token/revoke", {"token": dead})
    suite.expect("a dead token is denied in bare words", suite.call("GET", "secret/data/app", token=dead), 403,
                 r'"errors": \["(permission denied|2 errors occurred:.*invalid token)')
    suite.expect("a policy denies in other words", suite.call("GET", "sys/policies/acl/app", token=token), 403,
                 r'1 error occurred:\\n\\t\* permission denied')
    suite.expect("renewing the token", suite.call("PUT", "auth/token/renew-self", {}, token), 200, r'"renewable": true')
    suite.expect("a dead token cannot renew itself", suite.call("PUT", "auth/token/renew-self", {}, dead), 403, "permission denied|bad token|invalid token")
    suite.expect("looking the token up", suite.call("GET", "auth/token/lookup-self", token=token), 200, r'"ttl": \d+')
    suite.expect("nothing at a path of KV v2", suite.call("GET", "secret/data/none", token=token), 404, r'"errors": \[\]')
    suite.expect("no mount", suite.call("GET", "nowhere/x", token="root"), 404, "no handler for route")
    suite.expect("the mount of a path", suite.call("GET", "sys/internal/ui/mounts/secret/app", token=token), 200, r'"version": "2"')
    leased = suite.expect("a lease", suite.call("GET", "database/creds/app", token=token), 200, r'"lease_id": "database/creds/app/')
    lease = leased["lease_id"]
    suite.expect("a lease is renewable", (200, leased), 200, r'"renewable": true')
    suite.expect("looking the lease up", suite.call("PUT", "sys/leases/lookup", {"lease_id": lease}, token), 200, r'"expire_time": "20')
    suite.expect("renewing the lease", suite.call("PUT", "sys/leases/renew", {"lease_id": lease}, token), 200, r'"lease_duration": \d+')
    suite.expect("an ordinary token may not revoke", suite.call("PUT", "sys/leases/revoke", {"lease_id": lease}, token), 403, "permission denied")
    suite.expect("capabilities of the token", suite.call("PUT", "sys/capabilities-self", {"paths": ["sys/leases/revoke"]}, token), 200,
                 r'"sys/leases/revoke": \["deny"\]')
    suite.call("PUT", "sys/leases/revoke", {"lease_id": lease, "sync": True})
    suite.expect("looking a revoked lease up", suite.call("PUT", "sys/leases/lookup", {"lease_id": lease}, token), 400, "invalid lease")
    suite.expect("renewing a revoked lease", suite.call("PUT", "sys/leases/renew", {"lease_id": lease}, token), 400, "lease not found")
    other = suite.token()
    held = suite.lease(other)["lease_id"]
    suite.expect("a lease can be renewed with another token", suite.call("PUT", "sys/leases/renew", {"lease_id": held}, token), 200, "lease_duration")
    suite.call("PUT", "auth/token/revoke", {"token": other})
    gone = stage.wait_until(lambda: suite.call("PUT", "sys/leases/lookup", {"lease_id": held}, token)[0] == 400, 10)
    suite.expect("leases die with their token", (200 if gone else 0, {}), 200)
    batch = suite.call("POST", "auth/token/create", {"policies": ["app"], "ttl": "5m", "type": "batch", "no_parent": True})
    suite.expect("a batch token", batch, 200, r'"token_type": "batch"')
    suite.expect("a batch token is not renewable", batch, 200, r'"renewable": false')
    wrapped = suite.call("PUT", "sys/wrapping/wrap", {"token": token}, token, {"X-Vault-Wrap-TTL": "120"})
    suite.expect("wrapping", wrapped, 200, r'"ttl": 120')
    inner = wrapped[1]["wrap_info"]["token"]
    suite.expect("what was wrapped", suite.call("PUT", "sys/wrapping/unwrap", {}, inner), 200, r'"token": "')
    suite.expect("a wrapping token serves once", suite.call("PUT", "sys/wrapping/unwrap", {}, inner), 400, "wrapping token is not valid")
    suite.expect("an unknown role", suite.call("PUT", "auth/kubernetes/login", {"role": "none", "jwt": "a.b.c"}), 400, "invalid role name")
    suite.expect("a bad ServiceAccount token", suite.call("PUT", "auth/kubernetes/login", {"role": "app", "jwt": "a.b.c"}), 403, "permission denied")
    login = suite.call("PUT", "auth/kubernetes/login", {"role": "app", "jwt": suite.vault.service_account_token()})
    suite.expect("a login", login, 200, r'"client_token": "')
    suite.expect("a login by PUT or POST", suite.call("POST", "auth/kubernetes/login", {"role": "app", "jwt": suite.vault.service_account_token()}), 200)
    suite.vault.seal()
    suite.expect("sealed", suite.call("GET", "secret/data/app", token=token), 503, "Vault is sealed")
    suite.expect("health of a sealed server", suite.call("GET", "sys/health"), 503, r'"sealed": true')
    suite.vault.unseal()
    stage.wait_until(lambda: suite.call("GET", "sys/health")[0] == 200)
    suite.expect("tokens outlive a seal", suite.call("GET", "auth/token/lookup-self", token=token), 200)


def replay(vault, dsn, suite):
    """The recordings; a scenario that misses once is tried again, since times depend on the machine."""
    words = [sys.executable, os.path.join(GOLDEN, "replay.py"), "--addr", vault.address, "--token", "root", "--pg", dsn]
    files = sorted(os.path.join(GOLDEN, name) for name in os.listdir(GOLDEN) if name.endswith(".jsonl"))
    done = subprocess.run(words + files, stdout=subprocess.PIPE, text=True)
    failed = re.findall(r"^FAIL (\S+)", done.stdout, re.M)
    if failed:
        again = subprocess.run([*words, "--only", "^(%s)$" % "|".join(failed), *files], stdout=subprocess.PIPE, text=True)
        failed = re.findall(r"^FAIL (\S+)", again.stdout, re.M)
        print("".join(line + "\n" for line in again.stdout.splitlines() if "FAIL" in line), end="")
    total = re.search(r"(\d+) scenarios", done.stdout)
    suite.passed += (int(total.group(1)) if total else 0) - len(failed)
    suite.failed += failed if total else ["the replay did not run: " + done.stdout[-500:]]


def main():
    if not shutil.which("psql"):
        print("SKIP no PostgreSQL client here")
        return 0
    folder = tempfile.mkdtemp(prefix="leasehold-test.")
    os.chmod(folder, 0o755)
    postgres = stage.Postgres(os.path.join(folder, "postgres"))
    vault = stage.Vault(os.path.join(folder, "vault"))
    suite = Suite(vault)
    try:
        vault.add_database(postgres.dsn)
        vault.write("sys/policies/acl/app", {"policy": POLICY})
        vault.write("secret/data/app", {"data": {"password": "a-value"}})
        rows(suite)
        replay(vault, postgres.dsn, suite)
        health = vault.api.must("GET", "/v1/sys/health")
        name = os.path.basename(os.environ.get("VAULT_BIN", sys.argv[1]))
    finally:
        vault.stop()
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)
    for missed in suite.failed:
        print("FAILED " + missed)
    print(f"server: {name} {health.get('version', '')}, {suite.passed} passed, {len(suite.failed)} failed")
    return 1 if suite.failed else 0


if __name__ == "__main__":
    sys.exit(main())
