#!/usr/bin/env bash
# Three raft nodes, their leader killed while agents run: is a lease lost, a login made twice, a password dead?
#
#   VAULT_BIN=/path/to/bao bench/failover.sh [--agents N] [--rounds N] [--seconds N]
#
# Environment: VAULT_BIN (bao or vault, needed), AGENT_BIN (build/release/bin/leasehold-agent), PEER_AGENT: the same
# with another agent, BIN_DIR. Exit status: 1 when ours loses something.
set -euo pipefail
bench_dir=$(cd "$(dirname "$0")" && pwd)
source_dir=$(cd "$bench_dir/.." && pwd)
if [ ! -x "${VAULT_BIN:-}" ]; then
  echo "SKIP failover: set VAULT_BIN to the path of a bao or vault program, which can run with raft" >&2
  exit 77
fi
export LEASEHOLD_BIN_DIR=${LEASEHOLD_BIN_DIR:-${BIN_DIR:-$source_dir/build/release/bin}}
export PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$source_dir/test/integration
exec python3 "$bench_dir/failover.py" "$@"
