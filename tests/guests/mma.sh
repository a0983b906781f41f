#!/bin/sh
# Runs mma.c, compiled for POWER10, in Debian 12's kernel on POWER10 and POWER11. LPAR names the emulator, default
# $builddir/lpar.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
lpar=${LPAR:-${builddir:-$top/build}/lpar}
command -v powerpc64le-linux-gnu-gcc >/dev/null || {
    echo "mma: powerpc64le-linux-gnu-gcc is missing: apt-get install gcc-powerpc64le-linux-gnu" >&2
    exit 1
}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
powerpc64le-linux-gnu-gcc -O2 -mcpu=power10 -static -o "$dir/mma-test" "$top/tests/guests/mma.c"
status=0
for cpu in POWER10 POWER11; do
    echo "$cpu:"
    LPAR="$lpar -cpu $cpu" FILES=$dir/mma-test "$top/quickstart" boot -- /job/mma-test </dev/null || status=1
done
exit $status
