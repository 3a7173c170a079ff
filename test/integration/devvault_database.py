#!/usr/bin/env python3
"""The database engine when things go wrong: PostgreSQL away, revocations that fail, sealing, the end.

usage: devvault_database.py BINARY
"""
import socket
import sys
import threading
import time

import devvault_support as support
from devvault_support import check, within

postgres = support.Postgres()
server = support.Server(sys.argv[1])
server.configure_database(postgres)
server.must("POST", "secret/data/x", {"data": {"a": "1"}})


def creds(role="app"):
    return server.must("GET", "database/creds/" + role).body


def lookup(lease):
    return server.vault("POST", "sys/leases/lookup", {"lease_id": lease})


# --- PostgreSQL away: a bounded 500, and nobody else waits -----------------------------------
kept = creds()
check(postgres.has_role(kept["data"]["username"]), "a credential is a real role")
postgres.stop()
begun = time.monotonic()
refused = server.vault("GET", "database/creds/app")
check(refused.status == 500 and "connect" in refused.error, "PostgreSQL down: 500 " + refused.error)
check(time.monotonic() - begun < 10, "... in %.2f s" % (time.monotonic() - begun))
check(server.vault("POST", "sys/leases/renew", {"lease_id": kept["lease_id"]}).status == 400, "a renewal is refused")
check(lookup(kept["lease_id"]).data["renewable"], "... and the lease lives on")

# A server that accepts and then says nothing: the call hangs until its time-out, other calls do not.
silent = socket.create_server(("127.0.0.1", 0))
server.must("POST", "database/config/void", {
    "plugin_name": "postgresql-database-plugin", "allowed_roles": "*", "verify_connection": False,
    "connection_url": "postgresql://{{username}}:{{password}}@127.0.0.1:%d/app" % silent.getsockname()[1],
    "username": "u", "password": "p"})
server.must("POST", "database/roles/void", {"db_name": "void", "creation_statements": [support.CREATE]})
hanging = {}


def hang():
    start = time.monotonic()
    hanging["status"] = server.vault("GET", "database/creds/void").status
    hanging["seconds"] = time.monotonic() - start


thread = threading.Thread(target=hang)
thread.start()
slowest = 0.0
for _ in range(20):
    start = time.monotonic()
    check_status = server.vault("GET", "secret/data/x").status
    slowest = max(slowest, time.monotonic() - start)
    if check_status != 200:
        check(False, "other requests are answered")
check(slowest < 1.5, "20 other requests meanwhile, the slowest took %.3f s" % slowest)
thread.join()
check(hanging["status"] == 500 and 2 < hanging["seconds"] < 10, "a server that does not answer: 500 in %.1f s" % hanging["seconds"])

# --- revocation while it is away: tried again ------------------------------------------------
postgres.resume()
server.must("POST", "database/roles/short", {"db_name": "pg", "creation_statements": [support.CREATE], "default_ttl": 2, "max_ttl": 2})
short = creds("short")
postgres.stop()
within(6, "a lease whose revocation fails answers look-ups with renewable false",
       lambda: lookup(short["lease_id"]).status == 200 and lookup(short["lease_id"]).data["renewable"] is False)
check(server.vault("POST", "sys/leases/renew", {"lease_id": short["lease_id"]}).error == "lease expired", "it cannot be renewed")
postgres.resume()
check(server.vault("PUT", "sys/leases/revoke", {"lease_id": short["lease_id"]}).status == 204, "revoking it by hand works")
check(not postgres.has_role(short["data"]["username"]), "... and its role is gone")
creds()
check(True, "credentials are given again on the old configuration")

# --- statements ------------------------------------------------------------------------------
server.must("POST", "database/roles/own", {
    "db_name": "pg", "creation_statements": [support.CREATE, "CREATE TABLE \"t_{{name}}\" (i int); ALTER TABLE \"t_{{name}}\" OWNER TO \"{{name}}\""],
    "revocation_statements": ["DROP OWNED BY \"{{name}}\"; DROP ROLE \"{{name}}\""],
    "renew_statements": ["ALTER ROLE \"{{name}}\" VALID UNTIL '{{expiration}}'", "COMMENT ON ROLE \"{{name}}\" IS 'renewed'"],
    "default_ttl": "10m"})
own = creds("own")
user = own["data"]["username"]
server.must("POST", "sys/leases/renew", {"lease_id": own["lease_id"], "increment": 1200})
check(postgres.rows("select shobj_description(oid, 'pg_authid'), rolvaliduntil > now() + interval '19 minutes' "
                    "from pg_roles where rolname = '%s'" % user) == ["renewed|t"], "renew_statements run and VALID UNTIL moves")
server.must("PUT", "sys/leases/revoke", {"lease_id": own["lease_id"]})
check(not postgres.has_role(user), "revocation_statements run")
server.must("POST", "database/roles/stuck", {
    "db_name": "pg", "creation_statements": [support.CREATE], "revocation_statements": ["DROP ROLE no_such_role"]})
stuck = creds("stuck")
refused = server.vault("PUT", "sys/leases/revoke", {"lease_id": stuck["lease_id"]})
check(refused.status == 400 and "no_such_role" in refused.error, "a failing revocation is reported: " + refused.error)
check(lookup(stuck["lease_id"]).data["renewable"], "... and the lease lives on unchanged")
server.must("PUT", "sys/leases/revoke-force/database/creds/stuck")
check(lookup(stuck["lease_id"]).status == 400, "revoke-force forgets it")
postgres.rows("drop owned by \"%s\"; drop role \"%s\"" % (stuck["data"]["username"], stuck["data"]["username"]))
block = "DO $$ BEGIN CREATE ROLE \"{{name}}\" LOGIN PASSWORD '{{password}}'; PERFORM 1; END $$"
server.must("POST", "database/roles/block", {"db_name": "pg", "creation_statements": [block]})
check(postgres.has_role(creds("block")["data"]["username"]), "a DO block with semicolons runs whole")

# --- root rotation ---------------------------------------------------------------------------
postgres.rows("create role rotating superuser login password 'first'")
server.must("POST", "database/config/rot", {
    "plugin_name": "postgresql-database-plugin", "allowed_roles": "*", "username": "rotating", "password": "first",
    "connection_url": "postgresql://{{username}}:{{password}}@127.0.0.1:%d/app" % postgres.port})
server.must("POST", "database/roles/rot", {"db_name": "rot", "creation_statements": [support.CREATE]})
creds("rot")
server.must("POST", "database/rotate-root/rot")
check(postgres.rows("select 1", postgres.dsn_of("rotating", "first")) is None, "the old root password no longer works")
creds("rot")
check(True, "the rotated one does")
check("password" not in server.must("GET", "database/config/rot").data["connection_details"], "it is not shown")

# --- static roles, SCRAM verifiers -----------------------------------------------------------
postgres.rows("create role still login password 'initial'")
server.must("POST", "database/static-roles/still", {"db_name": "pg", "username": "still", "rotation_period": "5s"})
first = server.must("GET", "database/static-creds/still").data
check(postgres.rows("select 1", postgres.dsn_of("still", first["password"])) == ["1"], "a static role's password is set at once")
within(12, "... and changed after its period",
       lambda: server.must("GET", "database/static-creds/still").data["password"] != first["password"])
server.must("DELETE", "database/static-roles/still")
server.must("POST", "sys/policies/password/digits", {"policy": "length = 16\nrule \"charset\" { charset = \"0123456789\" }"})
server.must("POST", "database/config/scram", {
    "password_policy": "digits",
    "plugin_name": "postgresql-database-plugin", "allowed_roles": "*", "username": postgres.user, "password": postgres.password,
    "password_authentication": "scram-sha-256", "username_template": "web-{{.RoleName | uppercase}}-{{random 6}}",
    "connection_url": "postgresql://{{username}}:{{password}}@127.0.0.1:%d/app" % postgres.port})
server.must("POST", "database/roles/scram", {"db_name": "scram", "creation_statements": [support.CREATE]})
scram = creds("scram")["data"]
check(postgres.rows("select 1", postgres.dsn_of(scram["username"], scram["password"])) == ["1"], "a SCRAM verifier logs in")
check(len(scram["password"]) == 16 and scram["password"].isdigit(), "password_policy is followed")
check(scram["username"].startswith("web-SCRAM-") and len(scram["username"]) == 16, "username_template: " + scram["username"])

# --- sealing ---------------------------------------------------------------------------------
sealed = creds("short")
server.must("PUT", "sys/seal")
check(server.vault("GET", "secret/data/x").status == 503, "a sealed server answers 503")
time.sleep(2.5)
check(postgres.has_role(sealed["data"]["username"]), "... and revokes nothing")
check(server.vault("PUT", "sys/unseal", {"key": "00" * 32}).status == 400, "a wrong key does not open it")
server.must("PUT", "sys/unseal", {"key": server.unseal_key})
check(server.vault("GET", "secret/data/x").data["data"] == {"a": "1"}, "nothing is lost")
within(3, "the lease that ended meanwhile is revoked", lambda: not postgres.has_role(sealed["data"]["username"]))
check(lookup(kept["lease_id"]).data["renewable"], "the others live on")

# --- the end ---------------------------------------------------------------------------------
last = creds()
check(server.stop() == 0, "SIGTERM ends the server with status 0")
check(not postgres.has_role(last["data"]["username"]) and not postgres.has_role(kept["data"]["username"]),
      "all roles are dropped at the end")
log = server.log_text()
check(last["data"]["password"] not in log and postgres.password not in log and server.root not in log, "no secret stands in the log")

server = support.Server(sys.argv[1])
server.configure_database(postgres)
creds()
postgres.stop()
begun = time.monotonic()
check(server.stop() == 0 and time.monotonic() - begun < 12, "with PostgreSQL away it ends all the same, in %.1f s" % (time.monotonic() - begun))
postgres.resume()
