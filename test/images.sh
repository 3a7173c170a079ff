#!/usr/bin/env bash
# Builds the three images twice from what is committed or lies in the checkout, and requires equal
# digests, bounded sizes, the papers, and that the images do what docs/images.md says, run from their
# unpacked roots. Needs root; neither a daemon nor a registry: buildah builds, debootstrap makes the base.
#
#   test/images.sh [FOLDER]      default build/images; keeps the base there for the next run
#
# LH_NO_SKIP=1: not being root is a failure, and no reason to skip. LEASEHOLD_BIN_DIR (build/asan/bin): where leasehold-devvault is. IMAGES_COLD=1: the second round
# compiles everything anew, with an empty ccache.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(realpath -m "${1:-build/images}")
cache=$(realpath -m "${CCACHE_DIR:-$(ccache --get-config cache_dir 2>/dev/null || echo "$work/ccache")}")
bin_dir=${LEASEHOLD_BIN_DIR:-build/asan/bin}
epoch=1767225600
images=(agent distroless injector)
if [ "$(id -u)" != 0 ]; then
  echo "SKIP images: needs root, for debootstrap and the roots of the images"
  [ "${LH_NO_SKIP:-}" != 1 ]
  exit
fi
for tool in buildah debootstrap; do
  command -v "$tool" >/dev/null || { echo "test/images.sh: $tool is missing: scripts/setup-debian.sh --test" >&2; exit 1; }
done

say() { printf '    %4d s  %s\n' "$SECONDS" "$*"; }
# Without a daemon; no file of the machine's own containers is touched.
store() { buildah --root "$work/storage" --runroot "$work/run" --storage-driver "$driver" "$@"; }
driver=overlay
store images >/dev/null 2>&1 || driver=vfs

# What debian:12 is, with the packages of the build and ccache, which lets the builds share results.
make_base() {
  local name container root
  name=localhost/leasehold-base:$(sha256sum <scripts/setup-debian.sh | cut -c1-12)
  echo "$name" >"$work/base"
  ! store images -q "$name" >/dev/null 2>&1 || return 0
  container=$(store from scratch)
  root=$(store mount "$container")
  debootstrap --variant=minbase bookworm "$root" >"$work/debootstrap.log" 2>&1 || { tail -5 "$work/debootstrap.log"; return 1; }
  # Updates, as the official base has them.
  sed -i -E 's#^(deb [^ ]+/)debian/? bookworm main#&\n\1debian bookworm-updates main\n\1debian-security bookworm-security main#' "$root/etc/apt/sources.list"
  install -D scripts/setup-debian.sh "$root/tmp/setup-debian.sh"
  # shellcheck disable=SC2016  # the inner shell's variables
  store run --isolation chroot "$container" sh -c '/tmp/setup-debian.sh --build &&
    apt-get install -y --no-install-recommends ccache && apt-get clean && rm -rf /var/lib/apt/lists/*' >"$work/packages.log" 2>&1 ||
    { tail -5 "$work/packages.log"; return 1; }
  store umount "$container" >/dev/null
  store config --env CCACHE_DIR=/ccache "$container"  # of the build stage alone: nothing of it is in the images
  store commit -q "$container" "$name" >/dev/null
  store rm "$container" >/dev/null
}

# build ROUND NAME DOCKERFILE TARGET
build() {
  local round=$1 name=$2 from=$cache target=(--target "$4")
  [ -n "$4" ] || target=()
  [ "$round" = 1 ] || [ -z "${IMAGES_COLD:-}" ] || from=$work/empty-ccache
  store bud -q --isolation chroot --layers --timestamp "$epoch" --volume "$from:/ccache" "${target[@]}" \
    --build-arg BASE="$(cat "$work/base")" --build-arg SOURCE_DATE_EPOCH="$epoch" \
    --build-arg REVISION="$revision" --file "$3" --tag "$name:$round" . >"$work/$name-$round.log" 2>&1 ||
    { tail -40 "$work/$name-$round.log"; return 1; }
  rm -rf "$work/$name-$round"
  store push -q --disable-compression "$name:$round" "oci:$work/$name-$round"
}

round() {
  build "$1" distroless Dockerfile.agent distroless
  build "$1" agent Dockerfile.agent default
  build "$1" injector Dockerfile.injector ''
  # The next round must not find the layers of this one.
  local keep image
  keep=$(store images -q --no-trunc "$(cat "$work/base")")
  store images -a -q --no-trunc | sort -u | while read -r image; do
    [ "$image" = "$keep" ] || store rmi -f "$image" >/dev/null 2>&1 || true
  done
}

rm -rf "$work/empty-ccache"
mkdir -p "$work" "$cache" "$work/empty-ccache"
revision=$(git rev-parse HEAD 2>/dev/null || true)
make_base
say "base: $(cat "$work/base")"
for number in 1 2; do
  round "$number"
  say "round $number built"
done
status=0
for image in "${images[@]}"; do
  one=$(sed -n 's/.*"digest":"\([^"]*\)".*/\1/p' "$work/$image-1/index.json")
  two=$(sed -n 's/.*"digest":"\([^"]*\)".*/\1/p' "$work/$image-2/index.json")
  if [ -n "$one" ] && [ "$one" = "$two" ]; then say "$image $one twice"; else say "$image differs: $one, $two"; status=1; fi
done
LEASEHOLD_BIN_DIR=$bin_dir PYTHONDONTWRITEBYTECODE=1 python3 test/integration/images_test.py "$work" || status=1
say "images: $([ $status = 0 ] && echo passed || echo FAILED)"
exit $status
