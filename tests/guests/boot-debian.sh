#!/bin/sh
# Boots Debian 12's ppc64el kernel through ./quickstart boot and runs commands
# in it: what they write and their exit statuses must come back unchanged.
# LPAR names the emulator and its options, default $builddir/lpar.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
LPAR=${LPAR:-${builddir:-$top/build}/lpar}
export LPAR
passed=0
failed=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# expect STATUS OUTPUT CMD...: in a guest of its own
expect() {
    status=$1
    output=$2
    shift 2
    # The line end protects blank lines at the end, which $() would cut off.
    got=$(timeout 300 "$top/quickstart" boot -- "$@" 2>"$log"; echo "status $?")
    if [ "$got" = "${output}status $status" ]; then
        passed=$((passed + 1))
        echo "ok: $*"
    else
        failed=$((failed + 1))
        echo "FAIL: $*"
        echo "expected: ${output}status $status"
        echo "got: $got"
        cat "$log"
    fi
}

expect 0 'ppc64le
' uname -m
# shellcheck disable=SC2016  # the guest's shell expands it
expect 7 'one two  three
it'\''s $HOME
no line end' sh -c 'echo "$1"; echo "$2"; printf "no line end"; exit 7' sh 'one two  three' "it's \$HOME"
expect 127 '/job/command: exec: line 1: no-such-command: not found
' no-such-command

# Both MMUs, all processors.
emulator=$LPAR
for cpu in POWER8 POWER10 POWER11; do
    LPAR="$emulator -cpu $cpu"
    expect 0 'ppc64le
' uname -m
done

echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
