#!/bin/sh
# Runs perf.c in Debian 12's kernel, through ./quickstart boot, on each processor with a performance monitor that the
# kernel knows: counts are exact, samples lie where they should; data are watched, branches recorded, events handled by
# the program. LPAR names the emulator, default $builddir/lpar.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
lpar=${LPAR:-${builddir:-$top/build}/lpar}
command -v powerpc64le-linux-gnu-gcc >/dev/null || {
    echo "perf: powerpc64le-linux-gnu-gcc is missing: apt-get install gcc-powerpc64le-linux-gnu" >&2
    exit 1
}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
powerpc64le-linux-gnu-gcc -O2 -static -o "$dir/perf-test" "$top/tests/guests/perf.c" "$top/tests/guests/perf-debug.c"
status=0
for cpu in POWER8 POWER9 POWER10; do
    echo "$cpu:"
    # The kernel lets those of POWER9 alone, since a store to a device that they stop would hang a real one.
    case $cpu in
    POWER8) watch_points=1 ;;
    POWER9) watch_points=0 ;;
    *) watch_points=2 ;;
    esac
    LPAR="$lpar -cpu $cpu" FILES=$dir/perf-test "$top/quickstart" boot -- /job/perf-test $watch_points </dev/null || status=1
done
exit $status
