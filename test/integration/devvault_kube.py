#!/usr/bin/env python3
"""Logins with ServiceAccount tokens of -dev-kube: good, expired, of another audience, of a deleted pod.

usage: devvault_kube.py BINARY
"""
import base64
import json
import os
import ssl
import sys

import devvault_support as support
from devvault_support import check

SETUP = """
# what a user would send with curl
POST sys/auth/kubernetes {"type": "kubernetes"}
POST auth/kubernetes/config {"kubernetes_host": "${KUBE_ADDR}", "kubernetes_ca_cert": "${KUBE_CA_PEM}", \\
  "disable_local_ca_jwt": true}
POST sys/policies/acl/web {"policy": "path \\"secret/data/web\\" { capabilities = [\\"read\\"] }"}
POST auth/kubernetes/role/web {"bound_service_account_names": "web", "bound_service_account_namespaces": "shop", \\
  "audience": "vault", "token_policies": "web", "token_ttl": "10m"}
POST secret/data/web {"data": {"colour": "${TEST_COLOUR}"}}
"""


def claims_of(jwt):
    part = jwt.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def make_pod(server, name):
    answer = server.kube("POST", "/api/v1/namespaces/shop/pods",
                         {"metadata": {"name": name}, "spec": {"serviceAccountName": "web"}})
    check(answer.status == 201, "pod %s is made" % name)
    return answer.body["metadata"]["uid"]


def token_for(server, pod, uid, audience="vault", seconds=3600):
    answer = server.kube("POST", "/api/v1/namespaces/shop/serviceaccounts/web/token", {
        "spec": {"audiences": [audience], "expirationSeconds": seconds,
                 "boundObjectRef": {"kind": "Pod", "apiVersion": "v1", "name": pod, "uid": uid}}})
    check(answer.status == 201, "a token for %s, audience %s, %d s" % (pod, audience, seconds))
    return answer.body["status"]["token"]


def run(binary, with_tls):
    folder = support.temporary_folder()
    setup = os.path.join(folder, "setup")
    with open(setup, "w", encoding="utf8") as out:
        out.write(SETUP)
    os.environ["TEST_COLOUR"] = 'red "and" blue'
    flags = ["-dev-kube", "127.0.0.1:0", "-setup", setup]
    if with_tls:
        flags += ["-dev-tls", "-dev-tls-cert-dir", folder]
    server = support.Server(binary, *flags)
    if with_tls:
        server.ssl = ssl.create_default_context(cafile=os.path.join(folder, "vault-ca.pem"))
    check(server.kube_address.startswith("https:" if with_tls else "http:"), "kube API at " + server.kube_address)
    login = lambda jwt: server.vault("POST", "auth/kubernetes/login", {"role": "web", "jwt": jwt}, token="")

    uid = make_pod(server, "web-0")
    good = token_for(server, "web-0", uid)
    claims = claims_of(good)
    check(claims["aud"] == ["vault"] and claims["kubernetes.io"]["pod"] == {"name": "web-0", "uid": uid}
          and claims["kubernetes.io"]["namespace"] == "shop" and claims["exp"] - claims["iat"] == 3600,
          "audience, expiry, pod and namespace stand in the token")
    answer = login(good)
    check(answer.status == 200 and answer.body["auth"]["metadata"]["service_account_namespace"] == "shop", "a good token logs in")
    own = answer.body["auth"]["client_token"]
    check(server.vault("GET", "secret/data/web", token=own).data["data"] == {"colour": 'red "and" blue'},
          "the policy lets it read what -setup wrote")

    head, body, signature = good.split(".")
    other = "A" if signature[5] != "A" else "B"
    check(login(".".join([head, body, signature[:5] + other + signature[6:]])).status == 403, "a changed signature is refused")
    expired = login(token_for(server, "web-0", uid, seconds=-600))
    check(expired.status == 403 and "expired" in expired.error, "an expired token is refused: " + expired.error)
    # Within the 60 s that the login itself is lenient, the review must refuse it.
    check(login(token_for(server, "web-0", uid, seconds=-5)).status == 403, "a just expired token is refused by the review")
    wrong = login(token_for(server, "web-0", uid, audience="other"))
    check(wrong.status == 403 and "audience" in wrong.error, "another audience is refused: " + wrong.error)
    review = server.kube("POST", "/apis/authentication.k8s.io/v1/tokenreviews",
                         {"spec": {"token": good, "audiences": ["other"]}})
    check("authenticated" not in review.body["status"] and "audience" in review.body["status"]["error"],
          "the review refuses another audience too")

    check(server.kube("DELETE", "/api/v1/namespaces/shop/pods/web-0").status == 200, "the pod is deleted")
    check(login(good).status == 403, "the token of a deleted pod is refused")
    again = make_pod(server, "web-0")
    check(again != uid and login(good).status == 403, "a new pod of the same name does not revive it")
    check(login(token_for(server, "web-0", again)).status == 200, "the new pod's token logs in")
    check(server.vault("GET", "auth/token/lookup-self", token=own).status == 200, "the first Vault token lives on")
    check(server.kube("GET", "/version").body["major"] == "1", "/version answers")
    check(server.kube("GET", "/openid/v1/jwks").body["keys"][0]["kty"] == "RSA", "the key is published")
    check(server.stop() == 0, "SIGTERM ends the server with status 0")
    log = server.log_text()
    check(good not in log and own not in log and signature not in log, "no token stands in the log")


run(sys.argv[1], with_tls=False)
run(sys.argv[1], with_tls=True)
