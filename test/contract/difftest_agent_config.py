#!/usr/bin/env python3
"""Random agent configurations, read by ours and by the replaced program: same verdict, same words?

    difftest_agent_config.py OURS PEER [-n 500] [-seed 1] [-cases test/golden/agent-config] [-v]

-start gives it to both for real instead. Takes recorded configurations and changes them: other values for keys, keys dropped, doubled, renamed or
moved, blocks of the server's own keys. Both programs get each as `agent -config=FILE -test-verify-only`.
Ends with `N passed, N failed`; each mismatch is printed with the configuration. -n bounds the run.
"""
import argparse
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile

START_SECONDS = 1.5
VALUES = ['"x"', '""', "1", "0", "-1", "1.5", "true", "false", '"true"', '"5m"', '"1h30m"', '"5 minutes"', '"7"', "0644", '"0644"', "[]", '["a"]',
          '["a", 1]', "[1]", "{}", '{ a = "b" }', "[{}]", '[{ a = 1 }]', '"2d"', "99999999999", '"-1s"', '"tls13"', '"${x}"', '"+a"', '["+a"]',
          "<<EOT\nline\nEOT", "1e3", "0x1F", '"SIGTERM"', '"auto-auth"', '["templating"]', '"unix:///x"', '"never"', '"retry"', '["::1"]', '"10.0.0.1"']
# Keys of the server's configuration and of listeners that the agent's parser reads too.
TOP = ["seal", "hsm", "kms", "user_lockout", "entropy", "storage", "ha_storage", "service_registration", "cluster_name", "cache_size", "disable_cache",
       "disable_mlock", "default_lease_ttl", "max_lease_ttl", "ui", "raw_storage_endpoint", "plugin_directory", "log_level", "log_format", "log_file",
       "log_rotate_bytes", "log_rotate_duration", "log_rotate_max_files", "pid_file", "exit_after_auth", "telemetry", "template_config", "exec",
       "cache", "api_proxy", "vault", "disable_idle_connections", "disable_keep_alives", "log_requests_level", "disable_sealwrap", "enable_ui",
       "administrative_namespace", "imprecise_lease_role_tracking", "experiments", "detect_deadlocks", "unsafe_allow_api_audit_creation",
       "default_max_request_duration", "plugin_file_uid", "max_request_duration", "introspection_endpoint", "disable_indexing"]
LISTENER = ["tls_cipher_suites", "custom_response_headers", "tls_min_version", "tls_max_version", "tls_prefer_server_cipher_suites", "socket_mode",
            "proxy_protocol_behavior", "proxy_protocol_authorized_addrs", "x_forwarded_for_authorized_addrs", "x_forwarded_for_hop_skips",
            "x_forwarded_for_reject_not_authorized", "x_forwarded_for_reject_not_present", "http_read_timeout", "http_idle_timeout", "http_write_timeout",
            "http_read_header_timeout", "max_request_size", "max_request_duration", "telemetry", "profiling", "inflight_requests_logging", "cors_enabled",
            "cors_allowed_origins", "cors_allowed_headers", "cluster_address", "tls_disable", "tls_client_ca_file", "tls_require_and_verify_client_cert",
            "tls_disable_client_certs", "require_request_header", "role", "agent_api", "unauthenticated_metrics_access", "address", "purpose",
            "max_request_json_memory", "max_request_json_strings", "disable_unauthed_rekey_endpoints", "chroot_namespace", "redact_addresses",
            "tls_acme_ca_directory", "tls_acme_domains"]
TELEMETRY = ["statsite_address", "statsd_address", "dogstatsd_addr", "dogstatsd_tags", "circonus_api_token", "circonus_broker_id", "stackdriver_project_id",
             "stackdriver_debug_logs", "prometheus_retention_time", "disable_hostname", "enable_hostname_label", "metrics_prefix", "filter_default",
             "prefix_filter", "usage_gauge_period", "maximum_gauge_cardinality", "lease_metrics_epsilon", "num_lease_metrics_buckets",
             "add_lease_metrics_namespace_labels", "add_mount_point_rollback_metrics", "rollback_metrics_include_mount_point", "unknown_thing"]
BLOCKS = {
    "seal": ['"shamir" { %s }', '"transit" { address = "x" %s }', '{ %s }', '"awskms" { region = "r" disabled = %v }'],
    "user_lockout": ['"all" { %s }', '"userpass" { lockout_threshold = %v }', '{ %s }', '"ldap" { lockout_duration = %v lockout_counter_reset = "1m" }',
                     '"x" { disable_lockout = %v }'],
    "kms": ['"shamir" { %s }', '"transit" { purpose = %v }', '{ %s }'],
    "hsm": ['"pkcs11" { %s }'],
    "entropy": ['"seal" { mode = "augmentation" }', '"seal" { mode = %v }', '"x" { }'],
}
KEY = re.compile(r'(?m)(?<=[\s{])([a-z_]+) = ("(?:[^"\\\n]|\\.)*"|\[[^\]\n]*\]|[\w.-]+)(?=[\s}])')


def value(dice):
    return dice.choice(VALUES)


def one_change(dice, text):
    keys = list(KEY.finditer(text))
    what = dice.randrange(9)
    if what <= 2 and keys:
        key = dice.choice(keys)
        return text[: key.start(2)] + value(dice) + text[key.end(2):]
    if what == 3 and keys:
        key = dice.choice(keys)
        return text[: key.start()] + text[key.end():]
    if what == 4 and keys:
        key = dice.choice(keys)
        return text[: key.end()] + f"\n{key.group(1)} = {value(dice)}\n" + text[key.end():]
    if what == 5 and keys:
        key = dice.choice(keys)
        name = dice.choice([key.group(1).upper(), key.group(1) + "s", '"' + key.group(1) + '"', dice.choice(keys).group(1)])
        return text[: key.start(1)] + name + text[key.end(1):]
    if what == 6:
        return text + f"\n{dice.choice(TOP)} = {value(dice)}\n"
    if what == 7:
        name = dice.choice(list(BLOCKS))
        block = dice.choice(BLOCKS[name]).replace("%v", value(dice)).replace("%s", f"k = {value(dice)}" if dice.random() < 0.5 else "")
        return text + f"\n{name} {block}\n"
    if dice.random() < 0.4:
        keys = " ".join(f"\n  {dice.choice(TELEMETRY)} = {value(dice)}" for _ in range(dice.randrange(1, 3)))
        return text + "\ntelemetry {" + keys + "\n}\n"
    keys = " ".join(f"\n  {dice.choice(LISTENER)} = {value(dice)}" for _ in range(dice.randrange(1, 3)))
    kind = dice.choice(['"tcp"', '"unix"', '"tcp"', ""])
    return text + f"\nlistener {kind} {{\n  address = \"127.0.0.1:1\"\n  tls_disable = true{keys}\n}}\n"


def run(program, name, folder):
    done = subprocess.run([program, "agent", f"-config={name}", "-test-verify-only"], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          timeout=60, check=False, env={"PATH": os.environ["PATH"], "HOME": folder})
    text = done.stdout.decode(errors="replace").replace("OpenBao", "Vault").replace("openbao", "vault")
    text = re.sub(r"\.tmp\.[0-9a-f]{8}", ".tmp.<8 hex>", text)
    return done.returncode, text


def neutral(text):
    """What is said of the configuration: no banner, no block of settings, no names of either product."""
    text = text.replace("OpenBao", "Vault").replace("openbao", "vault")
    text = re.sub(r"\.tmp\.[0-9a-f]{8}", ".tmp.<8 hex>", text)
    kept = [line for line in text.split("\n") if line.strip() and not re.match(r"==> Vault Agent|^ +[A-Z][\w ]+: ?", line)]
    return "\n".join(kept)


def start(program, name, folder):
    """The agent for real, for START_SECONDS; then SIGTERM. Whether it ended by itself, how, and what it said."""
    process = subprocess.Popen([program, "agent", f"-config={name}"], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                               env={"PATH": os.environ["PATH"], "HOME": folder})
    try:
        process.wait(START_SECONDS)
        ended = process.returncode
    except subprocess.TimeoutExpired:
        ended = "runs"
        process.terminate()
    out, _ = process.communicate(timeout=30)
    return ended, neutral(out.decode(errors="replace"))


def cases_of(path):
    names = sorted(name for name in os.listdir(path) if name.endswith(".json"))
    for name in names:
        with open(os.path.join(path, name), encoding="utf-8") as file:
            case = json.load(file)
        if case["format"] == "hcl" and (case["ok"] or case["stage"] != "load"):
            yield case["config"]


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ours")
    parser.add_argument("peer")
    parser.add_argument("-n", type=int, default=500)
    parser.add_argument("-seed", type=int, default=1)
    parser.add_argument("-cases", default=os.path.join(here, "..", "golden", "agent-config"))
    parser.add_argument("-v", action="store_true", help="print what both said of each mismatch in full")
    parser.add_argument("-start", action="store_true", help="start the agents for real, 1.5 s each")
    given = parser.parse_args()
    given.ours, given.peer = os.path.abspath(given.ours), os.path.abspath(given.peer)
    dice = random.Random(given.seed)
    bases = list(cases_of(given.cases))
    passed = failed = 0
    folder = tempfile.mkdtemp(prefix="difftest.")
    try:
        os.mkdir(os.path.join(folder, "out"))
        with open(os.path.join(folder, "jwt"), "w", encoding="utf-8") as file:
            file.write("jwt")
        for number in range(given.n):
            text = dice.choice(bases)
            for _ in range(dice.randrange(1, 3)):
                text = one_change(dice, text)
            with open(os.path.join(folder, "agent.hcl"), "w", encoding="utf-8") as file:
                file.write(text)
            ours, peer = ((start if given.start else run)(program, "agent.hcl", folder) for program in (given.ours, given.peer))
            if ours == peer:
                passed += 1
                continue
            failed += 1
            print(f"--- case {number} of seed {given.seed}")
            if given.v:
                print(text)
            print(f"peer {peer[0]}: {peer[1].strip()}\nours {ours[0]}: {ours[1].strip()}", flush=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
