#!/usr/bin/env bash
# Does the README tell the truth? Clones what is committed into an empty folder, with an empty home
# folder and no compiler cache, and runs there the commands of the README's ```sh blocks, one after
# the other, stopping at the first that fails.
#
#   scripts/fresh.sh [--list]      --list: only prints the commands
#
# LH_NO_SKIP=1 is passed on: then a skipped test is a failure, as in .ci/run.
set -euo pipefail
source_dir=$(cd "$(dirname "$0")/.." && pwd)

# The lines between "```sh" and "```".
commands_of() { awk '/^```sh$/ { inside = 1; next } /^```/ { inside = 0 } inside && NF' "$1"; }

if [ "${1:-}" = --list ]; then commands_of "$source_dir/README.md"; exit 0; fi

work=$(mktemp -d)
chmod 755 "$work"
trap 'rm -rf "$work"' EXIT
mkdir "$work/home"
git clone -q --no-hardlinks "$source_dir" "$work/leasehold"
cd "$work/leasehold"
commands_of README.md >"$work/commands"
[ -s "$work/commands" ] || { echo "fresh.sh: the README has no \`\`\`sh block" >&2; exit 1; }

# A command must not read this loop's input, hence its own descriptor.
while read -r command <&3; do
  echo "==> \$ $command"
  started=$SECONDS
  if ! env -i HOME="$work/home" PATH="$PATH" LANG=C.UTF-8 CCACHE_DISABLE=1 LH_NO_SKIP="${LH_NO_SKIP:-}" bash -c "$command" </dev/null; then
    echo "==> failed after $((SECONDS - started)) s: $command"
    exit 1
  fi
  echo "==> done in $((SECONDS - started)) s: $command"
done 3<"$work/commands"
echo "==> the README's commands work on a fresh clone"
