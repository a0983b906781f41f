#!/bin/bash
# boot-matrix.sh GUESTS [N]: boots every kernel of a folder of guests N times (default 10) with each
# ic-mode, to userspace and power-off, and prints a line a combination.
#
# GUESTS holds any of debian12/vmlinux with debian12/initramfs.cpio.gz, vmlinux-le-64k and vmlinux-le-4k
# with plain.cpio.gz, vmlinux-be-64k with be.cpio.gz. Their first process prints "GUEST-DONE rc=0" and
# powers off. LPAR names the emulator and its extra options (default build/lpar); ONLY a pattern of
# kernels; MODES the ic-modes; CPUS the processors (default POWER9), APPEND more for the kernel (disable_radix); TIMEOUT the seconds a boot may take (default 300).
set -u
guests=$1
n=${2:-10}
lpar=${LPAR:-build/lpar}
modes=${MODES:-xics xive dual}
cpus=${CPUS:-POWER9}
log=$(mktemp -d)
trap 'rm -rf "$log"' EXIT
failed=0

boot() { # boot KERNEL INITRD MODE LOG CPU
    # shellcheck disable=SC2086  # LPAR may hold options
    timeout "${TIMEOUT:-300}" $lpar -M "pseries,ic-mode=$3" -cpu "$5" -m 1G -smp 1 -nographic \
        -nodefaults -serial stdio -no-reboot -kernel "$1" -initrd "$2" \
        -append "console=hvc0 run=/bin/true ${APPEND:-}" < /dev/null > "$4" 2>&1 || return 1
    grep -q 'GUEST-DONE rc=0' "$4"
}

row() { # row NAME KERNEL INITRD
    local cpu mode i good start end
    [ -e "$2" ] || { echo "$1: not there: $2"; failed=1; return; }
    # shellcheck disable=SC2053  # a pattern on purpose
    [[ $1 == ${ONLY:-*} ]] || return
    for cpu in $cpus; do for mode in $modes; do
        good=0
        start=$(date +%s%N)
        for ((i = 1; i <= n; i++)); do
            if boot "$2" "$3" "$mode" "$log/$1-$mode-$i" "$cpu"; then
                good=$((good + 1))
            else
                failed=1
                echo "--- $1 $cpu ic-mode=$mode, boot $i failed; the console's end:"
                tail -15 "$log/$1-$mode-$i"
            fi
        done
        end=$(date +%s%N)
        echo "$1 $cpu ic-mode=$mode: $good of $n boots, $(((end - start) / n / 1000000)) ms each"
    done; done
}

row debian12 "$guests/debian12/vmlinux" "$guests/debian12/initramfs.cpio.gz"
row le-64k "$guests/vmlinux-le-64k" "$guests/plain.cpio.gz"
row le-4k "$guests/vmlinux-le-4k" "$guests/plain.cpio.gz"
row be-64k "$guests/vmlinux-be-64k" "$guests/be.cpio.gz"
exit $failed
