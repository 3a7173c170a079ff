#!/usr/bin/env bash
# A PostgreSQL cluster in a folder of its own, for tests and the demo. Loopback only, passwords
# required on TCP, durability off.
#
#   postgres.sh start DIR [PORT]    PORT 0 or absent: a free one. Prints the superuser's DSN, e.g.
#                                   postgresql://vaultadmin:vault-pw@127.0.0.1:41234/app
#   postgres.sh stop DIR            ends that cluster; a second call does nothing
#   postgres.sh resume DIR          starts a stopped cluster again, on the port that it had
#   postgres.sh dsn DIR             prints the DSN again
#
# The superuser's password is $LEASEHOLD_PG_PASSWORD, else vault-pw. Started as root it runs as the
# user postgres ($LEASEHOLD_PG_OSUSER). The programs come from $LEASEHOLD_PG_BIN, else pg_config, else
# the newest /usr/lib/postgresql/*/bin.
# Exit status: 0 done; 1 it failed (the server's log is on stderr); 2 usage.
set -euo pipefail

usage() { sed -n '2,14s/^# \{0,1\}//p' "$0" >&2; exit 2; }
[ $# -ge 2 ] || usage
command=$1
mkdir -p "$2"
dir=$(cd "$2" && pwd)
port=${3:-0}
os_user=${LEASEHOLD_PG_OSUSER:-postgres}
data=$dir/data
admin=vaultadmin
database=app

find_programs() {
  if [ -n "${LEASEHOLD_PG_BIN:-}" ]; then echo "$LEASEHOLD_PG_BIN"; return; fi
  local candidate
  # shellcheck disable=SC2012  # version numbers hold nothing odd
  for candidate in $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -t/ -k5 -Vr) "$(pg_config --bindir 2>/dev/null || true)"; do
    if [ -x "$candidate/initdb" ] && [ -x "$candidate/pg_ctl" ]; then echo "$candidate"; return; fi
  done
  echo "postgres.sh: no PostgreSQL server programs found; install postgresql or set LEASEHOLD_PG_BIN" >&2
  exit 1
}

as_owner() {
  if [ "$(id -u)" = 0 ]; then (cd / && runuser -u "$os_user" -- "$@"); else "$@"; fi
}

free_port() {
  python3 - <<'PY'
import socket
with socket.socket() as s:
    s.bind(("127.0.0.1", 0))
    print(s.getsockname()[1])
PY
}

dsn() { echo "postgresql://$admin:$(cat "$dir/password")@127.0.0.1:$(cat "$dir/port")/$database"; }

# The folder for the socket is a short one of its own: a socket path may have 107 bytes at most.
socket_folder() { cat "$dir/socket"; }

launch() {
  local programs
  programs=$(find_programs)
  if ! as_owner "$programs/pg_ctl" -D "$data" -w -t 60 -l "$data/server.log" \
      -o "-p $(cat "$dir/port") -k $(socket_folder)" start >/dev/null; then
    cat "$data/server.log" >&2 2>/dev/null || true
    return 1
  fi
}

start() {
  local programs
  programs=$(find_programs)
  if [ -e "$data" ]; then echo "postgres.sh: $data exists; use resume, or another folder" >&2; exit 1; fi
  [ "$port" != 0 ] || port=$(free_port)
  echo "$port" >"$dir/port"
  (umask 077 && echo "${LEASEHOLD_PG_PASSWORD:-vault-pw}" >"$dir/password")
  mktemp -d /tmp/lhpg.XXXXXX >"$dir/socket"
  chmod 755 "$dir"
  mkdir -m 700 "$data"
  if [ "$(id -u)" = 0 ]; then
    chown "$os_user" "$data" "$(socket_folder)"
    # initdb runs as another user and must be able to reach the folder.
    local parent=$dir
    while [ "$parent" != / ]; do
      if ! as_owner test -x "$parent"; then echo "postgres.sh: user $os_user cannot enter $parent" >&2; exit 1; fi
      parent=$(dirname "$parent")
    done
  fi
  as_owner "$programs/initdb" -D "$data" -U postgres --auth-local=trust --auth-host=scram-sha-256 \
    -E UTF8 --locale=C -N >"$dir/initdb.log" 2>&1 || { cat "$dir/initdb.log" >&2; exit 1; }
  as_owner tee -a "$data/postgresql.conf" >/dev/null <<'CONF'
listen_addresses = '127.0.0.1'
fsync = off
synchronous_commit = off
full_page_writes = off
shared_buffers = 32MB
max_connections = 100
timezone = 'UTC'
log_timezone = 'UTC'
log_statement = ddl
CONF
  launch
  as_owner "$programs/psql" -h "$(socket_folder)" -p "$port" -U postgres -X -q -v ON_ERROR_STOP=1 \
    >&2 <<SQL
create role $admin with superuser login password '$(cat "$dir/password")';
create database $database owner $admin;
SQL
  dsn
}

stop() {
  [ -f "$data/postmaster.pid" ] || { cleanup_socket; return 0; }
  as_owner "$(find_programs)/pg_ctl" -D "$data" -m immediate -w -t 30 stop >/dev/null
  cleanup_socket
}

# The socket folder is needed again by resume, so only its content goes.
cleanup_socket() {
  [ -f "$dir/socket" ] || return 0
  rmdir "$(socket_folder)" 2>/dev/null || true
}

case $command in
  start) start ;;
  stop) stop ;;
  resume)
    mkdir -p "$(socket_folder)"
    [ "$(id -u)" != 0 ] || chown "$os_user" "$(socket_folder)"
    launch
    dsn ;;
  dsn) dsn ;;
  *) usage ;;
esac
