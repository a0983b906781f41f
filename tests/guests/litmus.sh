#!/bin/sh
# Runs litmus.c in Debian 12's kernel with several processors: by translated code with both MMUs, and interpreted.
# LPAR names the emulator, default $builddir/lpar; LITMUS_ROUNDS how long (50). LITMUS_TESTS: those that are named.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
lpar=${LPAR:-${builddir:-$top/build}/lpar}
command -v powerpc64le-linux-gnu-gcc >/dev/null || {
    echo "litmus: powerpc64le-linux-gnu-gcc is missing: apt-get install gcc-powerpc64le-linux-gnu" >&2
    exit 1
}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
powerpc64le-linux-gnu-gcc -O2 -static -pthread -o "$dir/litmus" "$top/tests/guests/litmus.c"
passed=0
failed=0
rounds=${LITMUS_ROUNDS:-50}

# run ROUNDS OPTION..
run() {
    n=$1
    shift
    # shellcheck disable=SC2086  # a list of words
    if LPAR="$lpar $*" FILES=$dir/litmus timeout 600 "$top/quickstart" boot -- \
        env LITMUS_ROUNDS="$n" /job/litmus ${LITMUS_TESTS:-} </dev/null >"$dir/output" 2>&1; then
        passed=$((passed + 1))
        echo "ok: $*"
    else
        failed=$((failed + 1))
        echo "FAIL: $*"
        tail -n 40 "$dir/output"
    fi
}

run "$rounds" -cpu POWER8 -smp 2
run "$rounds" -cpu POWER9 -smp 4
run $((rounds / 10 + 1)) -cpu POWER10 -smp 2 -accel interp
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
