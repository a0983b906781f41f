#!/bin/sh
# latency.sh [ROUNDS]: latency of interrupts (latency.c) in Debian 12 on two processors, of lpar and of QEMU in turns;
# medians of the rounds in microseconds, and QEMU's divided by lpar's. LPAR and QEMU name the emulators.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
lpar=${LPAR:-${builddir:-$top/build}/lpar}
qemu=${QEMU:-qemu-system-ppc64}
rounds=${1:-5}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
powerpc64le-linux-gnu-gcc -O2 -static -pthread -o "$dir/latency" "$top/tests/bench/latency.c"
truncate -s 1M "$dir/disk"

run() { # run NAME EMULATOR..: its figures, marked with the name
    name=$1
    shift
    LPAR="$* -smp 2 -drive if=none,id=d,file=$dir/disk,format=raw -device virtio-blk-pci,drive=d" LAYERS=modules \
        FILES=$dir/latency timeout 300 "$top/quickstart" boot -- sh -c 'modprobe virtio_pci; modprobe virtio_blk; sleep 1
        exec /job/latency' </dev/null 2>"$dir/log" >"$dir/out" || { cat "$dir/log" "$dir/out"; exit 1; } >&2
    sed "s/^/$name /" "$dir/out" >>"$dir/all"
}

n=0
while [ $n -lt "$rounds" ]; do
    run lpar "$lpar"
    run qemu "$qemu" -M pseries,x-vof=on -vga none -nodefaults -serial stdio -display none
    n=$((n + 1))
done
python3 - "$dir/all" <<'PYTHON'
import statistics, sys

figures = {}
for line in open(sys.argv[1]):
    who, test, median = line.split()[:3]
    figures.setdefault(test, {}).setdefault(who, []).append(float(median))
print(f"{'':8} {'lpar us':>10} {'QEMU us':>10} {'ratio':>8}")
for test, of in figures.items():
    lpar, qemu = (statistics.median(of.get(who, [0])) for who in ("lpar", "qemu"))
    print(f"{test:8} {lpar:10.2f} {qemu:10.2f} {qemu / lpar:8.1f}")
PYTHON
