#!/usr/bin/env bash
# Cross-builds the agent and the injector for arm64 with clang, checks that they are static, and runs the
# unit tests under qemu-user. Takes 20 minutes on two cores, so it is run by hand and not by test.sh.
#
#   scripts/cross-arm64.sh [--no-tests] [FOLDER]      default build/arm64; keeps the sysroot there
#
# Needs the packages mmdebstrap and qemu-user-static, and those of scripts/setup-debian.sh --test.
set -euo pipefail
cd "$(dirname "$0")/.."
tests=ON
if [ "${1:-}" = --no-tests ]; then tests=OFF; shift; fi
work=$(realpath -m "${1:-build/arm64}")
sysroot=$work/sysroot
triple=aarch64-linux-gnu
# shellcheck source=lib/common.sh
. scripts/lib/common.sh
for tool in mmdebstrap qemu-aarch64-static clang++-19 lld-19; do
  command -v "$tool" >/dev/null || die "$tool is missing: apt-get install mmdebstrap qemu-user-static, scripts/setup-debian.sh --test"
done

# Headers and libraries, unpacked only: nothing of the other architecture runs.
if [ ! -e "$sysroot/complete" ]; then
  say "sysroot"
  rm -rf "$sysroot"
  mkdir -p "$work"
  mmdebstrap --quiet --variant=extract --architectures=arm64 \
    --include=libc6-dev,libstdc++-12-dev,libboost1.81-dev,libssl-dev,nlohmann-json3-dev,libre2-dev,libyaml-dev,libpq-dev,libcrypt-dev,libgtest-dev \
    bookworm "$sysroot" >"$work/sysroot.log" 2>&1 || { tail -5 "$work/sysroot.log" >&2; die "no sysroot"; }
  # Links such as libm.so -> /lib/... would lead out of the sysroot, and the archive be taken instead.
  find "$sysroot" -type l -lname '/*' | while read -r link; do
    ln -sfnr "$sysroot$(readlink "$link")" "$link"
  done
  touch "$sysroot/complete"
fi

say "configure"
export PKG_CONFIG_SYSROOT_DIR=$sysroot PKG_CONFIG_LIBDIR=$sysroot/usr/lib/$triple/pkgconfig:$sysroot/usr/share/pkgconfig
cmake --preset release -B "$work/release" "${compiler_cache[@]}" -DLEASEHOLD_TESTS=$tests \
  -DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR=aarch64 -DCMAKE_SYSROOT="$sysroot" \
  -DCMAKE_C_COMPILER_TARGET=$triple -DCMAKE_CXX_COMPILER_TARGET=$triple -DCMAKE_LIBRARY_ARCHITECTURE=$triple \
  -DCMAKE_FIND_ROOT_PATH="$sysroot" -DCMAKE_FIND_ROOT_PATH_MODE_PROGRAM=NEVER -DCMAKE_FIND_ROOT_PATH_MODE_LIBRARY=ONLY \
  -DCMAKE_FIND_ROOT_PATH_MODE_INCLUDE=ONLY -DCMAKE_FIND_ROOT_PATH_MODE_PACKAGE=ONLY \
  -DCMAKE_CROSSCOMPILING_EMULATOR="$(command -v qemu-aarch64-static)" >"$work/configure.log" 2>&1 ||
  { tail -20 "$work/configure.log" >&2; die "cmake failed"; }

# What needs no other program: ctest's tests of one module or of parts of a program.
unit_tests=(base_test json_test flags_test hcl_test yaml_test log_test tls_test metrics_registry_test vault_test agent_config_test
  agent_commands_test fixed_shell_test injector_pod_test)
targets=(leasehold-agent leasehold-injector)
[ $tests = OFF ] || targets+=("${unit_tests[@]}")
say "build ${targets[*]}"
cmake --build "$work/release" -j "${JOBS:-$(nproc)}" --target "${targets[@]}" >"$work/build.log" 2>&1 || { tail -40 "$work/build.log" >&2; die "build failed"; }
for program in leasehold-agent leasehold-injector; do
  file=$work/release/bin/$program
  readelf -h "$file" | grep -q AArch64 || die "$program is not for arm64"
  ! readelf -d "$file" | grep -q NEEDED || die "$program needs shared libraries"
  qemu-aarch64-static "$file" version
  note "$program: $(stat -c %s "$file") bytes"
done
[ $tests = ON ] || exit 0
say "unit tests under qemu-user"
pattern=$(IFS='|'; echo "${unit_tests[*]}")
LD_LIBRARY_PATH='' QEMU_LD_PREFIX=$sysroot ctest --test-dir "$work/release" --output-on-failure --no-tests=error -R "^($pattern)\$"
