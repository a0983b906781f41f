#!/bin/sh
# Debian's kernel starts itself anew by kexec, twice, and by kdump once it has crashed, on radix and hash, with XIVE and
# XICS, on two processors: kexec.guest. LPAR names the emulator, default $builddir/lpar; ROWS other rows; GENERATIONS
# how many kernels follow each other.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
lpar=${LPAR:-${builddir:-$top/build}/lpar}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
status=0

kernel=${XDG_CACHE_HOME:-$HOME/.cache}/lpar/debian12/vmlinux
"$top/tools/guests/fetch-debian.sh" "${kernel%/debian12/*}" || exit 1
# A guest's memory holds it several times.
powerpc64le-linux-gnu-strip -o "$tmp/vmlinux" "$kernel" || { echo "apt-get install gcc-powerpc64le-linux-gnu"; exit 1; }

fails() {
    echo "FAIL: $*"
    cat "$tmp/out"
    status=1
}

# boot OPTIONS APPEND MODE
boot() {
    APPEND=$2 FILES="$top/tests/guests/kexec.guest $tmp/vmlinux" LAYERS=platform LPAR="$lpar -smp 2 $1" \
        timeout "${LIMIT:-300}" "$top/quickstart" boot -- sh /job/kexec.guest "$3" >"$tmp/out" 2>&1 </dev/null
}

# has TEXT: a line of the output is it
has() { grep -qF -- "$1" "$tmp/out"; }

# All generations see the same processors, MMU and interrupt controller, and no kernel complains.
kexec() {
    n=${GENERATIONS:-1}
    boot "$1" '' "$n" || { fails "kexec with $1: status $?"; return; }
    sed -n 's/^generation [0-9]*: //p' "$tmp/out" | sort | uniq -c >"$tmp/kinds"
    { [ "$(sed -n 's/^ *\([0-9]*\) .*/\1/p' "$tmp/kinds")" = $((n + 1)) ] && has "2 processors, $2"; } ||
        { fails "kexec with $1: $(cat "$tmp/kinds")"; return; }
    if grep -E 'BUG|WARNING|Oops' "$tmp/out"; then fails "kexec with $1: a kernel complains"; return; fi
    echo "ok: kexec with $1: $n kernels after the first"
}

kdump() {
    boot "$1" 'crashkernel=384M' kdump || { fails "kdump with $1: status $?"; return; }
    for line in 'generation 1: 1 processors' 'words: 100' 'sysrq: Trigger a crash' 'dump KDUMP   large' \
        'Kernel panic - not syncing: sysrq triggered crash'; do
        has "$line" || { fails "kdump with $1: no '$line'"; return; }
    done
    echo "ok: kdump with $1: $(grep 'vmcore of' "$tmp/out")"
}

kexec '-cpu POWER9 -M ic-mode=xive' 'Radix, XIVE'
kexec '-cpu POWER8' 'Hash, XICS'
[ -z "${ALL:-}" ] || {
    kexec '-cpu POWER9 -M ic-mode=xics' 'Radix, XICS'
    kexec '-cpu POWER10' 'Radix, XIVE'
    kexec '-cpu POWER9 -M max-cpu-compat=power8' 'Hash, XICS'
}
kdump '-cpu POWER9'
kdump '-cpu POWER8'
exit $status
