#!/usr/bin/env bash
# Requests a second and CPU a request of the webhook, over keep-alive TLS with 1 and 16 connections,
# each beside a floor in the same minute: a server that only reads the request and writes as many
# bytes, from blocking threads. What a wake-up or a TLS record costs on this machine is in both.
#
#   bench/mutate.sh [--injector PATH] [--seconds N] [--review FILE]
#
# Environment: BIN_DIR (build/release/bin). The certificate is ECDSA P-256, made anew.
set -euo pipefail
bench_dir=$(cd "$(dirname "$0")" && pwd)
source_dir=$(cd "$bench_dir/.." && pwd)
injector=${BIN_DIR:-$source_dir/build/release/bin}/leasehold-injector
seconds=5
review=$bench_dir/review.json
while [ $# -gt 0 ]; do
  case $1 in
    --injector) injector=$2 ;;
    --seconds) seconds=$2 ;;
    --review) review=$2 ;;
    *) sed -n '2,8p' "$0" >&2; exit 2 ;;
  esac
  shift 2
done
[ -x "$injector" ] || { echo "no program $injector: build it, or name it with --injector" >&2; exit 1; }

folder=$(mktemp -d)
server='' floor=''
cleanup() {
  exec 5>&- || true  # ends the floor
  [ -z "$floor" ] || wait "$floor" 2>/dev/null || true
  [ -z "$server" ] || { kill "$server" 2>/dev/null && wait "$server" 2>/dev/null; } || true
  rm -rf "$folder"
}
trap cleanup EXIT

"${CXX:-clang++-19}" -std=c++20 -O2 "$bench_dir/mutate_bench.cc" -o "$folder/mutate_bench" -lssl -lcrypto -pthread
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$folder/tls.key" -out "$folder/tls.crt" \
  -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 2>/dev/null
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
env AGENT_INJECT_LISTEN=127.0.0.1:"$port" AGENT_INJECT_LOG_LEVEL=err AGENT_INJECT_VAULT_ADDR=https://vault:8200 \
  AGENT_INJECT_SHUTDOWN_DELAY=0s AGENT_INJECT_TLS_CERT_FILE="$folder/tls.crt" AGENT_INJECT_TLS_KEY_FILE="$folder/tls.key" \
  "$injector" agent-inject >"$folder/log" 2>&1 &
server=$!
for _ in $(seq 100); do
  if python3 - "$port" <<'EOF' 2>/dev/null; then break; fi
import ssl, sys, urllib.request
urllib.request.urlopen("https://localhost:%s/health/ready" % sys.argv[1], timeout=2, context=ssl._create_unverified_context())
EOF
  kill -0 "$server" 2>/dev/null || { cat "$folder/log" >&2; exit 1; }
  sleep 0.05
done

# As many bytes as the webhook answers.
bytes=$(curl -sk --data-binary @"$review" -H 'Content-Type: application/json' "https://127.0.0.1:$port/mutate" | wc -c)
mkfifo "$folder/input"
"$folder/mutate_bench" --floor "$folder/tls.crt" "$folder/tls.key" "$bytes" <"$folder/input" >"$folder/floor" &
floor=$!
exec 5>"$folder/input"
until [ -s "$folder/floor" ]; do sleep 0.05; done

echo "/mutate, keep-alive TLS, review of $(stat -Lc %s "$review") bytes, answer of $bytes, $seconds s each"
for connections in 1 16; do
  printf 'injector'
  "$folder/mutate_bench" "$port" "$server" "$review" "$connections" "$seconds"
  printf 'floor   '
  "$folder/mutate_bench" "$(cat "$folder/floor")" "$floor" "$review" "$connections" "$seconds"
done
echo "  memory of the injector $(awk '/^VmRSS/ {printf "%.1f MB", $2 / 1024}' "/proc/$server/status") resident"
