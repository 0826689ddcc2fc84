#!/bin/bash
# Runs every fuzz target for a short while, from its seeds: tests/fuzz/smoke.sh [RUNS] [BUILD_DIR]
#
# Configures and builds preset `fuzz` when BUILD_DIR is the usual one. Seeds of fuzz_x are tests/fuzz/seeds/x. What a run finds
# is written to BUILD_DIR/found; nothing in the source tree changes. Exit code 1 when a target fails.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
runs=${1:-20000}
build=${2:-$root/build/fuzz}
cd "$root"
if [ "$build" = "$root/build/fuzz" ]; then
  [ -f "$build/build.ninja" ] || cmake --preset fuzz >/dev/null
  ninja -C "$build" $(cd tests/fuzz && ls fuzz_*.cpp | sed 's/\.cpp$//') >/dev/null
fi
mkdir -p "$build/found"
failed=0
for source in tests/fuzz/fuzz_*.cpp; do
  name=$(basename "$source" .cpp)
  seeds=tests/fuzz/seeds/${name#fuzz_}
  corpus=$(mktemp -d)
  arguments=(-runs="$runs" -max_len=4096 -timeout=10 -print_final_stats=0 -verbosity=0 "-artifact_prefix=$build/found/$name-")
  [ -f "tests/fuzz/${name#fuzz_}.dict" ] && arguments+=("-dict=tests/fuzz/${name#fuzz_}.dict")
  inputs=("$corpus")
  [ -d "$seeds" ] && inputs+=("$seeds")
  if "$build/$name" "${arguments[@]}" "${inputs[@]}" >"$build/found/$name.log" 2>&1; then
    echo "$name: $runs runs, nothing found"
  else
    echo "$name: FAILED"
    tail -40 "$build/found/$name.log"
    failed=1
  fi
  rm -rf "$corpus"
done
exit $failed
