# Shared by the scripts: messages, waiting, ports, and a list of the processes that a run started.
# shellcheck shell=bash
# shellcheck disable=SC2154,SC2034  # run_dir is the caller's, the rest is for the caller

say() { printf '==> %s\n' "$*"; }
note() { printf '    %s\n' "$*"; }
die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

# The Python that has yaml: another one may stand before Debian's own in PATH.
python=python3
python3 -c 'import yaml' 2>/dev/null || python=/usr/bin/python3

# ccache where it is installed. Paths count from the checkout, so that clones share their results.
compiler_cache=()
if command -v ccache >/dev/null && [ -z "${CCACHE_DISABLE:-}" ]; then
  compiler_cache=(-DCMAKE_C_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
  CCACHE_BASEDIR=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
  export CCACHE_BASEDIR CCACHE_NOHASHDIR=1
fi

# free_port: a port on loopback that nothing listens on.
free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# wait_for SECONDS COMMAND...: until the command succeeds; 1 when the time is over.
wait_for() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $deadline ] || return 1
    sleep 0.1
  done
}

# start_process NAME LOG COMMAND...: in the background, noted in $run_dir/pids as "PID NAME".
start_process() {
  local name=$1 log=$2
  shift 2
  "$@" >"$log" 2>&1 </dev/null &
  echo "$! $name" >>"$run_dir/pids"
}

pid_of() { awk -v name="$1" '$2 == name { pid = $1 } END { print pid }' "$run_dir/pids"; }

is_running() { kill -0 "$1" 2>/dev/null; }

# stop_processes: ends what start_process started, the newest first, each within 45 s (a pod takes
# its grace period), and by force after that.
stop_processes() {
  local pid name deadline
  [ -f "$run_dir/pids" ] || return 0
  while read -r pid name; do
    is_running "$pid" || continue
    kill -TERM "$pid" 2>/dev/null || true
    deadline=$((SECONDS + 45))
    while is_running "$pid" && [ $SECONDS -lt $deadline ]; do sleep 0.1; done
    if is_running "$pid"; then
      note "$name did not end, killing it"
      kill -KILL "$pid" 2>/dev/null || true
    fi
    wait "$pid" 2>/dev/null || true
  done < <(tac "$run_dir/pids")
  rm -f "$run_dir/pids"
}
