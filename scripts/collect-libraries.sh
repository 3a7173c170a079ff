#!/usr/bin/env bash
# Copies the shared libraries that a program needs, and the loader, below a folder, at the places where
# the program looks for them. Nothing to do for a static program.
#
#   scripts/collect-libraries.sh PROGRAM FOLDER
set -euo pipefail
[ $# = 2 ] || { sed -n '2,5s/^# \{0,1\}//p' "$0" >&2; exit 2; }
program=$1 folder=$2
mkdir -p "$folder"
if ! libraries=$(ldd "$program" 2>/dev/null); then exit 0; fi  # "not a dynamic executable"
# Lines such as "libssl.so.3 => /lib/x86_64-linux-gnu/libssl.so.3 (0x...)" and "/lib64/ld-linux-x86-64.so.2 (0x...)".
awk '$2 == "=>" && $3 ~ "^/" { print $3 } $1 ~ "^/" { print $1 }' <<<"$libraries" | sort -u | while read -r library; do
  install -D -m 755 "$(realpath "$library")" "$folder$library"
done
