#!/usr/bin/env bash
# The wounds of today's agent, each provoked, with ours and with a peer: one table.
#
#   bench/wounds.sh [--full] [ROW...]      --full: 50 revocations, long outages, whole lease lives
#
# Environment: AGENT_BIN (build/release/bin/leasehold-agent), PEER_AGENT=/path/to/bao or vault: a second
# column, VAULT_BIN=/path/to/bao: against that server instead of leasehold-devvault, BIN_DIR.
# Exit status: 1 when ours misses a figure.
set -euo pipefail
bench_dir=$(cd "$(dirname "$0")" && pwd)
source_dir=$(cd "$bench_dir/.." && pwd)
export LEASEHOLD_BIN_DIR=${LEASEHOLD_BIN_DIR:-${BIN_DIR:-$source_dir/build/release/bin}}
export PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$source_dir/test/integration
exec python3 "$bench_dir/wounds.py" "$@"
