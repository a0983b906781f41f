#!/bin/sh
# Boots Debian 12's kernel to a command with every region of the guest's code executed by the translator and by the
# interpreter (-accel tcg,verify=on): no register and no store may differ. LPAR names the emulator, default
# $builddir/lpar; CPUS the processors.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
lpar=${LPAR:-${builddir:-$top/build}/lpar}
case $(${CC:-cc} -dumpmachine) in
x86_64-*) ;;
*)
    echo "verify: this host has no translator"
    exit 0
    ;;
esac
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
status=0
for cpu in ${CPUS:-POWER8 POWER9 POWER10}; do
    LPAR="$lpar -cpu $cpu -accel tcg,verify=on -d stats -D $dir/log" timeout "${LIMIT:-900}" "$top/quickstart" boot -- \
        uname -m >"$dir/out" 2>"$dir/err" </dev/null
    result=$?
    counts=$(sed -n 's/.*, \([0-9]* verified, [0-9]* mismatches\).*/\1/p' "$dir/log" "$dir/err" | tail -1)
    echo "$cpu: status $result, ${counts:-no counts}"
    case $result,$(cat "$dir/out"),$counts in
    0,ppc64le,[1-9]*" verified, 0 mismatches") ;;
    *)
        status=1
        grep -h 'verify' "$dir/log" "$dir/err" | head -100
        tail -20 "$dir/err"
        ;;
    esac
done
exit $status
