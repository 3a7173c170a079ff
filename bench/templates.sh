#!/usr/bin/env bash
# CPU time of one rendering of the three templates in test/golden/templates/bench, parse and execute, and
# execute alone, single thread; memory that a rendering takes over its output.
#
#   bench/templates.sh [--seconds N] [--beside COMMAND]
#
# --beside: a program that prints the same for another implementation; it gets the files as arguments and
# runs at once after ours, so that both see the same machine.
# Environment: BIN_DIR (build/release/bin), which needs templates-bench: configure the preset release with
# -DLEASEHOLD_TESTS=ON.
set -euo pipefail
source_dir=$(cd "$(dirname "$0")/.." && pwd)
bench=${BIN_DIR:-$source_dir/build/release/bin}/templates-bench
seconds=2
beside=
while [ $# -gt 0 ]; do
  case $1 in
    --seconds) seconds=$2 ;;
    --beside) beside=$2 ;;
    *) sed -n '2,11p' "$0" >&2; exit 2 ;;
  esac
  shift 2
done
[ -x "$bench" ] || { echo "no program $bench: build templates-bench" >&2; exit 1; }
folder=$source_dir/test/golden/templates/bench
files=("$folder/small.json" "$folder/medium.json" "$folder/large.json")
"$bench" "$seconds" "${files[@]}"
if [ -n "$beside" ]; then
  echo "beside: $beside"
  # A command with arguments of its own.
  # shellcheck disable=SC2086
  $beside "${files[@]}"
fi
