#!/bin/sh
# compare-with-qemu.sh [KERNEL INITRD]: our device tree before CAS beside that of the host's QEMU, for some
# machines; what may differ are the patterns of docs/device-tree.md. In the build directory, $srcdir set.
set -eu
qemu=${QEMU:-qemu-system-ppc64}
command -v "$qemu" > /dev/null || { echo "no $qemu here: not compared"; exit 0; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failed=0
sed -n 's/^| `\([^`]*\)` |.*/\1/p' "${srcdir:-..}/docs/device-tree.md" > "$dir/patterns"
[ -s "$dir/patterns" ]

compare() { # compare OPTION...
    rm -f "$dir/theirs.dtb"
    # The monitor takes its commands one at a time, as a person would type them.
    { sleep 2; echo "dumpdtb $dir/theirs.dtb"; sleep 1; echo quit; } |
        "$qemu" -machine x-vof=on "$@" -nodefaults -vga none -nographic -serial null -monitor stdio -S \
            > "$dir/log" 2>&1 || true
    [ -s "$dir/theirs.dtb" ] || { cat "$dir/log"; echo "QEMU gave no tree for $*"; exit 1; }
    ./lpar-dt dump "$@" -nodefaults -vga none -nographic -serial null -o "$dir/ours.dtb"
    set -- "$*"
    while read -r pattern; do set -- "$@" --ignore "$pattern"; done < "$dir/patterns"
    title=$1
    shift
    if ./lpar-dt diff "$@" "$dir/ours.dtb" "$dir/theirs.dtb" > "$dir/out"; then
        echo "same: $title"
    else
        echo "differs: $title"
        cat "$dir/out"
        failed=1
    fi
}

compare -M pseries -cpu POWER9 -m 1G -smp 1
compare -M pseries,ic-mode=xive -cpu POWER9 -m 2G,slots=4,maxmem=4G -smp 1 -name me \
    -uuid 12345678-1234-1234-1234-123456789abc
compare -M pseries-6.1,ic-mode=xics -cpu POWER9 -m 768M
compare -M pseries,max-cpu-compat=power8 -cpu POWER9 -m 512M
compare -M pseries,cap-vsx=off,cap-dfp=off -cpu POWER8 -m 512M
truncate -s 1M "$dir/disk"
compare -M pseries -cpu POWER9 -m 1G -netdev user,id=n -device virtio-net-pci,netdev=n,romfile= -device virtio-rng-pci \
    -drive "file=$dir/disk,format=raw,if=none,id=d" -device virtio-blk-pci,drive=d,num-queues=1,addr=5 \
    -device virtio-scsi-pci,num_queues=1 -device spapr-pci-host-bridge,index=1
[ $# -lt 2 ] || compare -M pseries -cpu POWER9 -m 1G -kernel "$1" -initrd "$2" -append "console=hvc0 quiet"
exit $failed
