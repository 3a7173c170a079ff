#!/usr/bin/env bash
# Installs the Debian 12 packages that building, testing and the demo need, and only those that are
# missing; for the tests also helm and kubectl (scripts/kube-tools.sh). Needs root or sudo only when a
# package is missing.
#
#   scripts/setup-debian.sh [--build | --image | --demo | --test]     default: --test, which is everything
#   scripts/setup-debian.sh --list [--build | --image | --demo | --test]
set -euo pipefail

# libboost1.81-dev by name: libboost-all-dev is 1.74, which lacks what we use.
build_packages=(
  git ca-certificates cmake ninja-build pkgconf clang-19 lld-19 llvm-19 libclang-rt-19-dev libstdc++-12-dev libc6-dev
  libboost1.81-dev libssl-dev nlohmann-json3-dev libre2-dev libyaml-dev libpq-dev
)
image_packages=(busybox-static)
demo_packages=(postgresql python3 python3-yaml curl jq openssl bubblewrap busybox-static procps tzdata)
test_packages=(libgtest-dev clang-tidy-19 shellcheck g++ npm buildah debootstrap ccache)

list=false what=--test
for argument in "$@"; do
  case $argument in
    --list) list=true ;;
    --build | --image | --demo | --test) what=$argument ;;
    *) sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
  esac
done

packages=("${build_packages[@]}")
case $what in
  --build) ;;
  --image) packages+=("${image_packages[@]}") ;;
  *) packages+=("${demo_packages[@]}") ;;
esac
[ "$what" != --test ] || packages+=("${test_packages[@]}")
if [ "$list" = true ]; then printf '%s\n' "${packages[@]}"; exit 0; fi

if ! command -v dpkg-query >/dev/null; then
  echo "setup-debian.sh: not a Debian machine; install what '$0 --list' names by other means" >&2
  exit 0
fi

# Without them the tests of the chart say SKIP.
bring_kube_tools() {
  [ "$what" = --test ] || return 0
  "$(dirname "$0")/kube-tools.sh" >/dev/null || echo "setup-debian.sh: no helm and kubectl" >&2
}

missing=()
for package in "${packages[@]}"; do
  # It also comes with other people's packages of Node.js, beside which Debian's cannot be installed.
  if [ "$package" = npm ] && command -v npm >/dev/null; then continue; fi
  dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -q '^installed' || missing+=("$package")
done
if [ ${#missing[@]} = 0 ]; then bring_kube_tools; exit 0; fi

echo "==> installing ${missing[*]}"
as_root=()
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null || { echo "setup-debian.sh: as root: apt-get install ${missing[*]}" >&2; exit 1; }
  as_root=(sudo)
fi
# Debian's PostgreSQL package starts a cluster when it is installed for the first time; the demo and
# the tests bring their own and leave the machine without one.
if [[ " ${missing[*]} " == *" postgresql "* ]] && [ ! -d /etc/postgresql ]; then
  "${as_root[@]}" mkdir -p /etc/postgresql-common/createcluster.d
  echo 'create_main_cluster = false' | "${as_root[@]}" tee /etc/postgresql-common/createcluster.d/leasehold.conf >/dev/null
fi
log=$(mktemp)
install_all() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update &&
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"
}
if ! install_all >"$log" 2>&1; then
  tail -20 "$log" >&2
  echo "setup-debian.sh: apt-get failed, see $log" >&2
  exit 1
fi
rm -f "$log"
bring_kube_tools
