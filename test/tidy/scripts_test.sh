#!/usr/bin/env bash
# Every shell script passes shellcheck, every Python file compiles, and each of the README's commands
# is there.
set -euo pipefail
cd "$(dirname "$0")/../.."
if ! command -v shellcheck >/dev/null; then echo "SKIP shellcheck is not installed"; exit 0; fi
mapfile -t scripts < <(find scripts test bench .ci -name '*.sh' -o -path .ci/run | sort)
shellcheck "${scripts[@]}"
mapfile -t python < <(find scripts test bench -name '*.py' | sort)
python3 - "${python[@]}" <<'PY'
import sys
for path in sys.argv[1:]:
    with open(path, encoding="utf-8") as file:
        compile(file.read(), path, "exec")
PY
scripts/fresh.sh --list | grep -q '^scripts/demo.sh$'
scripts/fresh.sh --list | grep -q '^scripts/test.sh$'
echo "${#scripts[@]} shell scripts, ${#python[@]} Python files"
