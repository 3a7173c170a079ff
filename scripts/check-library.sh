#!/usr/bin/env bash
# Tries the installed library as another project would: installs it from BUILD into a fresh prefix,
# compiles the public headers with plain g++, builds the examples against find_package(leasehold) from
# another folder, and compares what they print.
#
#   scripts/check-library.sh BUILD
set -euo pipefail
build=$(realpath "$1")
examples=$(realpath "$(dirname "$0")/../examples")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cxx=${CHECK_CXX:-g++}
warnings=(-std=c++20 -Wall -Wextra -Wpedantic -Werror)
# The package must stand on its own.
unset CXXFLAGS LDFLAGS CPATH LIBRARY_PATH

cmake --install "$build" --component library --prefix "$work/prefix" >"$work/install.log"

# In two orders, so that none leans on those before it; cheaper than one by one.
cd "$work/prefix/include"
find . -name '*.h' -printf '#include "%P"\n' | sort >"$work/headers"
[ -s "$work/headers" ]
for order in sort "sort -r"; do
  $order "$work/headers" | "$cxx" "${warnings[@]}" -I. -fsyntax-only -x c++ -
done

# Shared libraries can hold it too, and it drags in nothing that a coroutine or a thread needs.
archives=$(find "$work/prefix" -name 'libleasehold_*.a')
for archive in $archives; do
  if nm --undefined-only "$archive" 2>/dev/null | grep -E 'coro|pthread_create|SSL_|re2'; then
    echo "$archive needs what it should not"
    exit 1
  fi
done

for example in gotemplate hcl; do
  cmake -G Ninja -S "$examples/$example" -B "$work/$example" -DCMAKE_PREFIX_PATH="$work/prefix" \
    -DCMAKE_CXX_COMPILER="$cxx" -DCMAKE_CXX_FLAGS="${warnings[*]}" >"$work/$example.log"
  cmake --build "$work/$example" >>"$work/$example.log" 2>&1 || { cat "$work/$example.log"; exit 1; }
done
# shellcheck disable=SC2086  # one word an archive
"$cxx" -shared -o "$work/all.so" -Wl,--whole-archive $archives -Wl,--no-whole-archive -Wl,-z,text

diff "$examples/gotemplate/expected-output.txt" <("$work/gotemplate/gotemplate_example")
answer=$("$work/hcl/hcl_example" <<<'listener "tcp" { port = 8200 }')
[ "$answer" = '{"listener":[{"tcp":[{"port":8200}]}]}' ] || { echo "hcl example: $answer"; exit 1; }
if "$work/hcl/hcl_example" <<<'a = [' 2>"$work/error"; then
  echo "hcl example: no error for bad input"
  exit 1
fi
grep -q '^At 2:1: ' "$work/error" || { cat "$work/error"; exit 1; }
echo "library: $(wc -l <"$work/headers") headers, 2 examples: passed"
