#!/usr/bin/env bash
# Builds a program with the preset release and lays out the roots of its images. The Dockerfiles run it;
# docs/images.md says what is in them.
#
#   scripts/image-root.sh agent FOLDER       FOLDER/default with busybox, FOLDER/distroless without
#   scripts/image-root.sh injector FOLDER    FOLDER/distroless
#
# SOURCE_DATE_EPOCH: the time of all files (2026-01-01). REVISION: the commit, for the provenance file.
set -euo pipefail
cd "$(dirname "$0")/.."
usage() { sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2; }
[ $# = 2 ] || usage
what=$1 folder=$2
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-1767225600}
case $what in
  agent) program=leasehold-agent name=vault others=(bao leasehold-agent) ;;
  injector) program=leasehold-injector name=leasehold-injector others=(vault-k8s) ;;
  *) usage ;;
esac
umask 022

# shellcheck source=lib/common.sh
. scripts/lib/common.sh
# shellcheck source=lib/image_papers.sh
. scripts/lib/image_papers.sh

cmake --preset release "${compiler_cache[@]}"
cmake --build --preset release --target "$program"

lay_accounts() {
  local root=$1
  install -d "$root/etc"
  printf '%s\n' 'root:x:0:0:root:/:/sbin/nologin' 'vault:x:100:1000:vault:/home/vault:/bin/sh' \
    'nobody:x:65534:65534:nobody:/:/sbin/nologin' >"$root/etc/passwd"
  printf '%s\n' 'root:x:0:' 'vault:x:1000:' 'nogroup:x:65534:' >"$root/etc/group"
  echo 'hosts: files dns' >"$root/etc/nsswitch.conf"
}

# lay_program ROOT: what both images of a program have.
lay_program() {
  local root=$1 other
  install -D -m 755 "build/release/bin/$program" "$root/bin/$name"
  for other in "${others[@]}"; do ln -s "$name" "$root/bin/$other"; done
  install -D -m 644 /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
  lay_accounts "$root"
  # Any user may be the one: clusters such as OpenShift give each namespace its own.
  install -d -m 1777 -o 100 -g 1000 "$root/home/vault" "$root/tmp"
}

lay_busybox() {
  local root=$1 applet
  install -m 755 /bin/busybox "$root/bin/busybox"
  for applet in $(/bin/busybox --list); do
    [ -e "$root/bin/$applet" ] || ln -s busybox "$root/bin/$applet"
  done
  [ -e "$root/bin/pgrep" ] || install -m 755 scripts/image/pgrep.sh "$root/bin/pgrep"
  [ -e "$root/bin/pkill" ] || ln -s pgrep "$root/bin/pkill"
}

rm -rf "$folder"
lay_program "$folder/distroless"
if [ "$what" = agent ]; then
  cp -a "$folder/distroless" "$folder/default"
  ln -s vault "$folder/distroless/bin/sh"
  lay_busybox "$folder/default"
  lay_papers "$folder/default" "$program" "bin/$name" bin/busybox
fi
lay_papers "$folder/distroless" "$program" "bin/$name"
find "$folder" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
