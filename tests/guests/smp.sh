#!/bin/sh
# Boots Debian 12's kernel on several virtual processors to a command that sees all of them: two and four, radix with
# XIVE and hash with XICS, four as two cores of two threads too. LPAR names the emulator, default $builddir/lpar;
# BOOTS how often each is done (1); ROWS other rows.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
lpar=${LPAR:-${builddir:-$top/build}/lpar}
status=0
boot() { # boot SMP CPU MODE
    out=$(LPAR="$lpar -smp $1 -cpu $2 -M ic-mode=$3" timeout "${LIMIT:-300}" "$top/quickstart" boot -- \
        grep -c '^processor' /proc/cpuinfo 2>/dev/null </dev/null)
    [ "$out" = "${1%%,*}" ] && return
    echo "-smp $1 -cpu $2 ic-mode=$3: the guest saw '$out' processors"
    status=1
}
for row in ${ROWS:-2:POWER8:xics 2:POWER9:xive 4:POWER9:dual 4,threads=2:POWER10:dual}; do
    smp=${row%%:*}
    rest=${row#*:}
    n=0
    while [ $n -lt "${BOOTS:-1}" ]; do
        boot "$smp" "${rest%:*}" "${rest#*:}"
        n=$((n + 1))
    done
    echo "-smp $smp ${rest%:*} ${rest#*:}: $n boots"
done
exit $status
