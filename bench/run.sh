#!/usr/bin/env bash
# The figures of the release programs: agent start to rendered files (TLS off and on), reads of a cold start, the
# agent's memory and wake-ups with ten templates, 200 agents, bytes of the programs, requests of the webhook.
#
#   bench/run.sh [--quick]
#
# Environment: BIN_DIR (build/release/bin, built when absent), PEER_AGENT=/path/to/bao or vault: a second
# column, VAULT_BIN=/path/to/bao: measures against that server instead of devvault.
set -euo pipefail
bench_dir=$(cd "$(dirname "$0")" && pwd)
source_dir=$(cd "$bench_dir/.." && pwd)
bin_dir=${BIN_DIR:-$source_dir/build/release/bin}
quick=()
[ "${1:-}" != --quick ] || quick=(--quick)

if [ ! -x "$bin_dir/leasehold-agent" ]; then
  (cd "$source_dir" && cmake --preset release >/dev/null && cmake --build --preset release)
fi

echo "machine: $(nproc) processors, $(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -1), $(uname -sr)"
echo
echo "bytes of the programs"
for program in leasehold-agent leasehold-injector leasehold-devvault; do
  [ ! -x "$bin_dir/$program" ] || printf '  %-22s %12d\n' "$program" "$(stat -Lc %s "$bin_dir/$program")"
done
[ -z "${PEER_AGENT:-}" ] || printf '  %-22s %12d\n' "peer: ${PEER_AGENT##*/}" "$(stat -Lc %s "$(command -v "$PEER_AGENT")")"
echo
options=(--agent "$bin_dir/leasehold-agent" --devvault "$bin_dir/leasehold-devvault" "${quick[@]}")
[ -z "${PEER_AGENT:-}" ] || options+=(--peer "$(command -v "$PEER_AGENT")")
[ -z "${VAULT_BIN:-}" ] || options+=(--vault-bin "$VAULT_BIN")
PYTHONPATH=$source_dir/scripts/lib python3 "$bench_dir/agent.py" "${options[@]}"
if [ -x "$bench_dir/mutate.sh" ]; then
  echo
  BIN_DIR=$bin_dir "$bench_dir/mutate.sh"
fi
