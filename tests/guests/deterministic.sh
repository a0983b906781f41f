#!/bin/sh
# deterministic.sh: two boots of Debian 12's kernel with -icount execute the same: as many instructions, through the same
# states, on two processors, with XIVE and with XICS. LPAR names the emulator, default $builddir/lpar; ROWS other rows.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
lpar=${LPAR:-${builddir:-$top/build}/lpar}
cache=${XDG_CACHE_HOME:-$HOME/.cache}/lpar
"$top/tools/guests/fetch-debian.sh" "$cache"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0

# The kernel alone: it ends in a panic, since there is nothing to start, and that ends the emulator.
boot() { # boot SMP CPU MODE
    timeout "${LIMIT:-300}" "$lpar" -M "pseries,ic-mode=$3" -smp "$1" -cpu "$2" -m 1G -nographic -no-reboot -icount shift=1 \
        -d stats -kernel "$cache/debian12/vmlinux" -append 'console=hvc0 panic=-1' </dev/null >"$log" 2>&1 || :
    grep -a 'icount:' "$log"
}

for row in ${ROWS:-2:POWER9:xive 2:POWER8:xics}; do
    smp=${row%%:*}
    rest=${row#*:}
    first=$(boot "$smp" "${rest%:*}" "${rest#*:}")
    second=$(boot "$smp" "${rest%:*}" "${rest#*:}")
    if grep -aq 'Kernel panic - not syncing: VFS' "$log" && [ "$first" = "$second" ]; then
        echo "ok: $row: ${first#*icount: }"
    else
        echo "FAIL: $row: $first; then $second"
        tail -n 20 "$log"
        status=1
    fi
done
exit $status
