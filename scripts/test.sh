#!/usr/bin/env bash
# Everything that must hold before a change goes in: builds asan (with the fuzz targets), release,
# and the threaded part under tsan; runs every test with ctest and each fuzz target for ten seconds;
# builds the images twice and runs them; prints what each stage took. Goes on after a failed stage, so that one
# run shows all.
#
#   scripts/test.sh [--no-install]
#
# LH_NO_SKIP=1: a skipped test is a failure. FUZZ_SECONDS (10). JOBS (all processors).
# ccache is used when it is there. Exit status 0 only when every stage passed.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
fuzz_seconds=${FUZZ_SECONDS:-10}
jobs=${JOBS:-$(nproc)}
logs=build/test-logs
stages=() failed=()

# shellcheck source=lib/common.sh
. scripts/lib/common.sh

# stage NAME COMMAND...: runs it, notes the time and whether it passed.
stage() {
  local name=$1 started=$SECONDS verdict=passed
  shift
  printf '\n==> %s\n' "$name"
  "$@" || { verdict=FAILED; failed+=("$name"); }
  stages+=("$(printf '%-26s %-7s %5d s' "$name" "$verdict" $((SECONDS - started)))")
}

build() {
  cmake --preset "$1" "${compiler_cache[@]}" >"$logs/configure-$1.log" 2>&1 || { cat "$logs/configure-$1.log"; return 1; }
  # Quiet unless it fails: thousands of lines would hide the tests.
  cmake --build --preset "$1" -j "$jobs" >"$logs/build-$1.log" 2>&1 || { tail -60 "$logs/build-$1.log"; return 1; }
  tail -1 "$logs/build-$1.log"
}

run_tests() {
  local log=$logs/ctest-$1.log detail=build/$1/Testing/Temporary/LastTest.log status=0
  ctest --test-dir "build/$1" --output-on-failure --no-tests=error -j "$jobs" 2>&1 | tee "$log" || status=1
  if [ "${LH_NO_SKIP:-}" = 1 ] && { grep -q '\*\*\*Skipped' "$log" || grep -q '^\[  SKIPPED \]' "$detail"; }; then
    echo "tests were skipped, and LH_NO_SKIP is set:"
    grep -h '\*\*\*Skipped' "$log"
    grep -h '^\[  SKIPPED \]' "$detail" | sort -u
    status=1
  fi
  return $status
}

# One target: the corpus of the tree is read, what is found goes to a folder of the build.
fuzz_one() {
  local program=$1 name=${1##*/fuzz-} found
  found=build/asan/fuzz/$name
  mkdir -p "$found/corpus"
  local seeds=()
  [ ! -d "test/fuzz/corpus/$name" ] || seeds=("test/fuzz/corpus/$name")
  if "$program" -max_total_time="$fuzz_seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="$found/" "$found/corpus" "${seeds[@]}" >"$found/log" 2>&1; then
    printf '    %-24s %10s runs\n' "$name" "$(sed -n 's/^stat::number_of_executed_units: *//p' "$found/log")"
  else
    printf '    %-24s FAILED, see %s\n' "$name" "$found/log"
    tail -30 "$found/log"
    return 1
  fi
}

fuzz_all() {
  export -f fuzz_one
  export fuzz_seconds
  find build/asan/bin -maxdepth 1 -name 'fuzz-*' -type f | sort | grep . >"$logs/fuzz-targets" ||
    { echo "no fuzz targets were built"; return 1; }
  xargs -P "$jobs" -I{} bash -c 'fuzz_one {}' <"$logs/fuzz-targets"
}

mkdir -p "$logs"
[ "${1:-}" = --no-install ] || stage "packages" scripts/setup-debian.sh --test
stage "build asan" build asan
stage "test asan" run_tests asan
stage "fuzz" fuzz_all
stage "build release" build release
stage "library" scripts/check-library.sh build/release
stage "images" test/images.sh
stage "build tsan" build tsan
stage "test tsan" run_tests tsan

printf '\n==> stages\n'
printf '    %s\n' "${stages[@]}"
printf '    %-26s %13d s\n' total $SECONDS
if [ ${#failed[@]} -gt 0 ]; then
  printf '==> FAILED: %s\n' "${failed[*]}"
  exit 1
fi
echo "==> all passed"
