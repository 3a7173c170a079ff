#!/usr/bin/env python3
"""Sets up a fresh Vault for the demo over its HTTP API: database engine with a short-lived role,
policy, Kubernetes auth. The same requests for every server.

  VAULT_TOKEN=... DATABASE_DSN=... vault_setup.py --vault URL [--ca FILE] --kube URL --kube-ca FILE [--ttl 24s] [--max-ttl 84s]

DATABASE_DSN is the DSN of a PostgreSQL superuser, postgresql://USER:PASSWORD@HOST:PORT/NAME.
"""
import argparse
import os
from urllib.parse import urlsplit

from http_json import HttpJson

ACCOUNT = "webapp"
NAMESPACE = "demo"

POLICY = """
path "database/creds/webapp" { capabilities = ["read"] }
"""

# As the Vault documentation has it; the table rights are those that the application needs.
CREATION = """CREATE ROLE "{{name}}" WITH LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}';
GRANT SELECT, INSERT ON visits TO "{{name}}";"""


def requests(arguments):
    """(method, path, body) in order."""
    dsn = urlsplit(os.environ["DATABASE_DSN"])
    host = f"{dsn.hostname}:{dsn.port}{dsn.path}"
    with open(arguments.kube_ca, encoding="utf-8") as file:
        kube_ca = file.read()
    return [
        ("POST", "sys/mounts/database", {"type": "database"}),
        ("POST", "database/config/app", {
            "plugin_name": "postgresql-database-plugin", "allowed_roles": "webapp",
            "connection_url": f"postgresql://{{{{username}}}}:{{{{password}}}}@{host}?sslmode=disable",
            "username": dsn.username, "password": dsn.password}),
        ("POST", "database/roles/webapp", {
            "db_name": "app", "creation_statements": [CREATION],
            "default_ttl": arguments.ttl, "max_ttl": arguments.max_ttl}),
        ("PUT", "sys/policies/acl/webapp", {"policy": POLICY}),
        ("POST", "sys/auth/kubernetes", {"type": "kubernetes"}),
        # Outside of a cluster the CA must be given, also when the API is plain HTTP and needs none.
        ("POST", "auth/kubernetes/config", {
            "kubernetes_host": arguments.kube, "kubernetes_ca_cert": kube_ca, "disable_local_ca_jwt": True}),
        ("POST", "auth/kubernetes/role/webapp", {
            "bound_service_account_names": ACCOUNT, "bound_service_account_namespaces": NAMESPACE,
            "token_policies": "webapp", "token_ttl": arguments.token_ttl, "token_max_ttl": "1h"}),
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vault", required=True)
    parser.add_argument("--ca")
    parser.add_argument("--kube", required=True)
    parser.add_argument("--kube-ca", required=True)
    parser.add_argument("--ttl", default="24s")
    parser.add_argument("--max-ttl", default="84s")
    parser.add_argument("--token-ttl", default="60s")
    arguments = parser.parse_args()
    vault = HttpJson(arguments.vault, arguments.ca, {"X-Vault-Token": os.environ["VAULT_TOKEN"]})
    for method, path, body in requests(arguments):
        vault.must(method, "/v1/" + path, body)


if __name__ == "__main__":
    main()
