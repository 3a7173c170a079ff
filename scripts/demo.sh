#!/usr/bin/env bash
# The main job on one machine: PostgreSQL, a Vault server, the injector, and an injected pod whose
# application lives on database logins that last for seconds. Shows (a) renewals, (b) a change of
# the login without a failed query, (c) recovery after a revocation, (d) a sealed server, (e) a clean
# end. Everything runs on loopback, below one temporary folder, and is stopped and removed at the end.
#
#   scripts/demo.sh [--keep] [--revocations N] [--dir DIR]
#   scripts/demo.sh --stop DIR        ends what --keep left running, and removes it
#
#   --keep            leaves everything running after (d) and says what to try
#   --revocations N   how often (c) is measured (3)
#   --dir DIR         works in DIR, which must be empty or new, and leaves logs and figures there
#
# Environment: VAULT_BIN, AGENT_BIN, INJECTOR_BIN replace a program by a peer (vault or bao, vault-k8s);
# BIN_DIR: programs that are built already, instead of build/release/bin; LOG_LEVEL: of all programs (info).
# Exit status 0 only if every step was observed; with a peer: injection, rendering, renewal, rotation
# and a clean end.
set -euo pipefail
lib_dir=$(cd "$(dirname "$0")/lib" && pwd)
source_dir=$(cd "$lib_dir/../.." && pwd)
# shellcheck source=lib/common.sh
. "$lib_dir/common.sh"
# shellcheck source=lib/servers.sh
. "$lib_dir/servers.sh"

ttl=24 max_ttl=84  # seconds; ten sealed seconds must fit between a due renewal and the lease's end
keep=false revocations=3 run_dir='' leave_files=false observer=
bin_dir=${BIN_DIR:-}
log_level=${LOG_LEVEL:-info}

usage() { sed -n '2,20s/^# \{0,1\}//p' "$0"; exit "${1:-0}"; }

parse_arguments() {
  while [ $# -gt 0 ]; do
    case $1 in
      --keep) keep=true ;;
      --revocations) revocations=${2:?}; shift ;;
      --dir) run_dir=${2:?}; leave_files=true; shift ;;
      --stop) stop_kept "${2:?}"; exit 0 ;;
      -h | --help) usage ;;
      *) usage 2 >&2 ;;
    esac
    shift
  done
}

build() {
  [ -z "$bin_dir" ] || return 0
  say "building the release programs (the first time takes minutes)"
  (cd "$source_dir" && cmake --preset release "${compiler_cache[@]}" >/dev/null && cmake --build --preset release)
  bin_dir=$source_dir/build/release/bin
}

# Nothing is changed or removed in a folder that does not bear this mark.
mark=.leasehold-demo

make_run_dir() {
  if [ -z "$run_dir" ]; then
    run_dir=$(mktemp -d "${TMPDIR:-/tmp}/leasehold-demo.XXXXXX")
  else
    mkdir -p "$run_dir"
    run_dir=$(cd "$run_dir" && pwd)
    [ ! -e "$run_dir/pids" ] || die "$run_dir is in use: $0 --stop $run_dir"
    [ -z "$(ls -A "$run_dir")" ] || die "$run_dir is not empty"
  fi
  : >"$run_dir/$mark"
  chmod 755 "$run_dir"  # PostgreSQL runs as another user and must get through
  mkdir -p "$run_dir/logs" "$run_dir/pod"
  chmod 700 "$run_dir/logs"
  : >"$run_dir/pids"
}

stop_kept() {
  run_dir=$(cd "$1" && pwd)
  [ -e "$run_dir/$mark" ] || die "$run_dir is not a folder of this demo"
  stop_all
}

stop_all() {
  stop_processes
  "$lib_dir/postgres.sh" stop "$run_dir/postgres" || true
  remove_memory_volumes
  rm -rf "$run_dir/postgres"
  if [ "$leave_files" = false ]; then rm -rf "$run_dir"; fi
}

# The volumes in memory of a pod whose runner was killed: they hold its token and password.
remove_memory_volumes() {
  local link target
  for link in "$run_dir"/pod/volumes/*; do
    [ -L "$link" ] || continue
    target=$(dirname "$(readlink "$link")")
    case $target in /dev/shm/leasehold-pod.*) rm -rf "$target" ;; esac
  done
}

# Whatever happens: nothing stays behind, unless --keep came to its end.
# shellcheck disable=SC2317  # called by the trap
on_exit() {
  local status=$?
  trap - EXIT INT TERM
  [ -z "$observer" ] || kill "$observer" 2>/dev/null || true
  if [ "$status" != 0 ] && [ -d "$run_dir/logs" ] && [ "$leave_files" = false ]; then
    note "the last lines of the logs:"
    tail -n 5 "$run_dir"/logs/*.log "$run_dir"/pod/logs/vault-agent*.log 2>/dev/null | sed 's/^/    /' || true
  fi
  say "stopping everything"
  stop_all
  exit "$status"
}

inject_pod() {
  "$python" "$lib_dir/admission.py" pod "$source_dir/examples/webapp.yaml" \
    --set-annotation vault.hashicorp.com/tls-secret=vault-tls \
    --set-annotation vault.hashicorp.com/ca-cert=/vault/tls/vault-ca.pem \
    --set-annotation "vault.hashicorp.com/log-level=$log_level" >"$run_dir/pod.json"
  "$python" "$lib_dir/admission.py" admit "$run_dir/pod.json" --webhook "$webhook/mutate" --ca "$webhook_ca" \
    >"$run_dir/patched.json" 2>"$run_dir/logs/admission.log" || die "injection: $(cat "$run_dir/logs/admission.log")"
  note "patched: $(cat "$run_dir/logs/admission.log")"
  note "containers: $(jq -r '[.spec.initContainers[].name, .spec.containers[].name] | join(", ")' "$run_dir/patched.json")"
}

start_pod() {
  start_process pod "$run_dir/logs/pod.log" "$python" "$lib_dir/pod_runner.py" "$run_dir/patched.json" --dir "$run_dir/pod" \
    --kube "$kube_address" --kube-ca "$kube_ca" --config-maps "$run_dir/config-maps.json" --secrets "$run_dir/secrets.json" \
    --image "leasehold/agent*=$run_dir/images/agent" --image "leasehold/webapp*=$run_dir/images/webapp"
}

observe() {
  local options=()
  [ -z "${VAULT_BIN:-}${AGENT_BIN:-}${INJECTOR_BIN:-}" ] || options+=(--peer --end-wait "$((ttl + max_ttl))")
  [ "$keep" = false ] || options+=(--without-end)
  # In the background, so that a signal to this script is heard at once.
  VAULT_TOKEN=$root_token UNSEAL_KEY=$unseal_key DATABASE_DSN=$database_dsn "$python" "$lib_dir/observe.py" \
    --vault "$vault_address" --ca "$vault_ca" --pod-dir "$run_dir/pod" --runner-pid "$(pid_of pod)" --ttl "$ttl" \
    --max-ttl "$max_ttl" --revocations "$revocations" --figures "$run_dir/figures.json" "${options[@]}" &
  observer=$!
  local status=0
  wait "$observer" || status=$?
  observer=
  return $status
}

print_summary() {
  say "summary (${SECONDS} s in all)"
  jq -r '
    def mib: (. / 1048576 * 100 | round / 100 | tostring) + " MiB";
    (.steps | to_entries[] | "    \(.key): \(.value)"),
    "    pod start to rendered file: \(.pod_start_seconds) s",
    "    renewals of one lease: \(.renewals)",
    "    new login in place before the old one was dropped: \(.rotation_lead_seconds) s",
    "    recovery after revocation: \(.recovery_seconds) s, failed queries meanwhile: \(.failed_between_revocation_and_recovery)",
    "    renewed after unsealing: \(.renewed_after_unseal_seconds) s later, failed queries while sealed: \(.failed_while_sealed)",
    (if .queries then "    queries: \(.queries)" else empty end),
    (if .agent_memory_bytes.Rss then
       "    agent memory: \(.agent_memory_bytes.Rss | mib) resident, \(.agent_memory_bytes.Anonymous | mib) anonymous" else empty end)
  ' "$run_dir/figures.json"
}

print_what_to_try() {
  cat <<TRY
==> everything runs on; try in this or another shell:
    export VAULT_ADDR=$vault_address VAULT_CACERT=$vault_ca VAULT_TOKEN=$root_token
    tail -f $run_dir/pod/logs/vault-agent.log                     # the agent
    tail -f $run_dir/pod/logs/webapp.log                          # the application
    cat $run_dir/pod/volumes/vault-secrets/db-creds               # the rendered file
    curl --cacert \$VAULT_CACERT -H "X-Vault-Token: \$VAULT_TOKEN" -X PUT \$VAULT_ADDR/v1/sys/leases/revoke-prefix/database/creds/webapp
    psql $database_dsn -c '\\du v-*'
    kill $(pid_of pod)                                            # ends the pod
    $0 --stop $run_dir                                            # ends and removes everything
TRY
}

main() {
  parse_arguments "$@"
  "$source_dir/scripts/setup-debian.sh" --demo
  build
  make_run_dir
  trap on_exit EXIT
  trap 'exit 130' INT TERM
  say "PostgreSQL, Vault, the Kubernetes API, the injector"
  start_postgres
  start_vault
  note "Vault: $vault_address (${VAULT_BIN:-leasehold-devvault}), leases of $ttl s, at most $max_ttl s"
  start_injector
  note "injector: $webhook (${INJECTOR_BIN:-leasehold-injector})"
  (umask 077 && : >"$run_dir/addresses")
  printf '%s\n' "vault_address=$vault_address" "webhook=$webhook" "kube_address=$kube_address" "root_token=$root_token" >"$run_dir/addresses"
  say "examples/webapp.yaml is admitted"
  make_images
  make_cluster_objects
  inject_pod
  say "the pod starts (${AGENT_BIN:-leasehold-agent} as /bin/vault)"
  start_pod
  local status=0
  observe || status=$?
  print_summary
  if [ "$keep" = true ]; then
    trap - EXIT
    print_what_to_try
  fi
  exit "$status"
}

main "$@"
