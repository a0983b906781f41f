#!/bin/bash
# KVM-HV without POWER hardware: "L0", an emulator of a pseries machine that offers nested virtualisation (QEMU, by
# translation), boots Debian 12's kernel with its module kvm_hv, "L1", and in there lpar for powerpc64le runs guests with
# -accel kvm, "L2". One boot of L1 for all of it:
#   - Debian's kernel as L2 on one processor and on two, to user space and power-off;
#   - the conformance cases, which end as under the other accelerators but for kvm-conform.expected;
#   - the device tree of one command line under kvm and interp: no difference but those of kvm-tree.expected.
#
# L0="PROGRAM [OPTION].." another emulator and more options; L1_KERNEL and L2_KERNEL other kernels (L1's modules in
# L1_MODULES, none: built in); L2_INITRD a cpio.gz whose first process powers off; API v1, v2 (nested interfaces) or bare
# (powernv); LIMIT seconds in all; LOG keeps the console; ONLY a list of the parts.
set -u -o pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
builddir=${builddir:-$top/build}
cache=${XDG_CACHE_HOME:-$HOME/.cache}/lpar
limit=${LIMIT:-600}
only=${ONLY:-one two conform tree}
work=$(mktemp -d)
l0=
trap '[ -n "$l0" ] && kill $l0 2>/dev/null; rm -rf "$work"' EXIT

die() { echo "$*"; exit 1; }
for tool in qemu-system-ppc64:qemu-system-ppc cpio:cpio powerpc64le-linux-gnu-strip:gcc-powerpc64le-linux-gnu; do
    command -v "${tool%%:*}" >/dev/null || die "${tool%%:*} is missing: apt-get install ${tool#*:}"
done
cross=$(srcdir=$top builddir=$builddir "$top/tests/cross-build.sh") || die "lpar for powerpc64le cannot be built"
"$top/tools/guests/fetch-debian.sh" "$cache" || die "no guest"
modules=${L1_MODULES:-$("$top/tools/guests/fetch-kvm.sh" "$cache")} || die "no KVM modules"
l1_kernel=${L1_KERNEL:-$cache/debian12/vmlinux}
l2_kernel=${L2_KERNEL:-$cache/debian12/vmlinux}

# ---- what L1 holds: not compressed, as unpacking costs more there than here ----------------------------------------
r=$work/root
mkdir -p "$r"/{bin,dev,proc,sys,tmp,l2}
cp "$cache/debian12/busybox" "$r/bin/"
[ "$modules" = none ] || cp "$modules"/kvm.ko "$modules"/kvm-hv.ko "$r/l2/" || die "no modules in $modules"
for p in lpar lpar-conform lpar-dt; do powerpc64le-linux-gnu-strip -o "$r/l2/$p" "$cross/$p" || exit 1; done
cp "$builddir/conform-le.bin" "$r/l2/" && cp "$l2_kernel" "$r/l2/vmlinux" || exit 1
if [ -n "${L2_INITRD:-}" ]; then
    cp "$L2_INITRD" "$r/l2/initrd"
else
    mkdir -p "$work/l2"/{bin,proc,dev}
    cp "$cache/debian12/busybox" "$work/l2/bin/"
    cat >"$work/l2/init" <<'INIT'
#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
echo "L2: $(/bin/busybox grep -c '^processor' /proc/cpuinfo) processors, $(/bin/busybox uname -m)"
/bin/busybox poweroff -f
INIT
    chmod +x "$work/l2/init"
    (cd "$work/l2" && find . | cpio -o -H newc -R 0:0 --quiet | gzip -1) >"$r/l2/initrd"
fi
cat >"$r/init" <<INIT
#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin:/l2 only=' $only '
INIT
cat >>"$r/init" <<'INIT'
mount -t proc proc /proc; mount -t sysfs sys /sys
mountpoint -q /dev || mount -t devtmpfs dev /dev
cd /l2
for m in kvm kvm-hv; do [ ! -e $m.ko ] || insmod ./$m.ko; done
machine='-M pseries,cap-cfpc=broken,cap-sbbc=broken,cap-ibs=broken,cap-ccf-assist=off'
# Without zeros in front, which would make an octal number of it.
hundredths() { sed 's/ .*//; s/[.]//; s/^0*//' /proc/uptime; }
# part NAME COMMAND...: with its status and the time it took in L1, in hundredths of a second
part() {
    name=$1
    shift
    case $only in *" $name "*) ;; *) return ;; esac
    echo "@@BEGIN $name"
    begin=$(hundredths)
    "$@"
    status=$?
    end=$(hundredths)
    echo
    echo "@@END $name $status $((end - begin))"
}
boot() {
    lpar -accel kvm $machine -smp $1 -m 512M -nographic -nodefaults -serial stdio -no-reboot \
        -kernel vmlinux -initrd initrd -append 'console=hvc0 panic=-1 quiet' </dev/null
}
# Guests without a kernel are quick; no case waits for long.
conform() {
    lpar-conform --smp 1 --limit 30 --cpu host --emu "/l2/lpar -accel kvm $machine -nographic -nodefaults -serial stdio" >conform.out
    grep '^ok' conform.out | grep -vc SKIP
    grep -v '^ok' conform.out
    return 0
}
tree() {
    for accel in kvm interp; do
        cpu=
        [ $accel = kvm ] || cpu="-cpu $(sed -n 's/^cpu[^:]*: \(POWER[0-9]*\).*/\1/p' /proc/cpuinfo | head -n 1)"
        lpar -accel $accel $cpu $machine,dumpdtb=$accel.dtb -smp 2 -m 1G -nographic -kernel vmlinux || return 1
    done
    lpar-dt diff kvm.dtb interp.dtb
    [ $? -le 1 ]
}
echo "@@READY $(cut -d' ' -f1 /proc/uptime) $(uname -r)"
part one boot 1
part two boot 2
part conform conform
part tree tree
echo "@@DONE"
poweroff -f
INIT
chmod +x "$r/init"
(cd "$r" && find . | cpio -o -H newc --quiet -R 0:0) >"$work/initrd" || exit 1

# ---- L1 ------------------------------------------------------------------------------------------------------------
caps=cap-cfpc=broken,cap-sbbc=broken,cap-ibs=broken,cap-ccf-assist=off,x-vof=on
devices="-nodefaults -no-reboot"
case ${API:-v1} in
v1) machine="pseries,cap-nested-hv=on,$caps -cpu POWER9" ;;
v2) machine="pseries,cap-nested-papr=on,$caps -cpu POWER10" ;;
bare) machine="powernv${POWERNV:-9} -cpu POWER${POWERNV:-9}" devices="-net none -no-reboot" ;;
*) die "API is v1, v2 or bare" ;;
esac
begin=$SECONDS
# shellcheck disable=SC2086  # lists of words
${L0:-qemu-system-ppc64} -M $machine -accel tcg -smp ${L1_SMP:-1} -m ${L1_MEMORY:-2G} $devices -display none \
    -monitor none -serial stdio -kernel "$l1_kernel" -initrd "$work/initrd" \
    -append "console=hvc0 panic=-1 quiet loglevel=2" </dev/null >"$work/console" 2>&1 &
l0=$!
while kill -0 $l0 2>/dev/null && ! grep -q '^@@DONE' "$work/console"; do
    if [ $((SECONDS - begin)) -ge "$limit" ]; then
        echo "time limit: $limit seconds"
        break
    fi
    sleep 0.3
done
for _ in {1..30}; do kill -0 $l0 2>/dev/null || break; sleep 0.1; done
kill $l0 2>/dev/null
wait $l0 2>/dev/null
l0=
tr -d '\r' <"$work/console" >"$work/log"
[ -z "${LOG:-}" ] || cp "$work/log" "$LOG"

# ---- what came of it -------------------------------------------------------------------------------------------------
failed=0
ready=$(sed -n 's/^@@READY //p' "$work/log")
[ -n "$ready" ] || { tail -n 30 "$work/log"; die "L1 did not get to user space"; }
echo "L1 ready after $ready"

# of PART: what it wrote
of() { sed -n "/^@@BEGIN $1\$/,/^@@END $1 /p" "$work/log" | grep -v '^@@'; }
# fault PART TEXT
fault() { of "$1" | tail -n "${SHOWN:-25}"; echo "$1: $2"; failed=1; }
for part in $only; do
    end=$(sed -n "s/^@@END $part //p" "$work/log")
    if [ -z "$end" ]; then fault "$part" "did not end"; continue; fi
    [ "${end% *}" = 0 ] || { fault "$part" "status ${end% *}"; continue; }
    echo "$part: ${end#* } hundredths of a second"
    case $part in
    one | two)
        n=1
        [ "$part" = one ] || n=2
        [ -n "${L2_INITRD:-}" ] || of "$part" | grep -q "L2: $n processors, ppc64le" || fault "$part" "no user space"
        of "$part" | grep -q 'reboot: Power down' || fault "$part" "no power-off"
        ;;
    conform)
        [ "$(of conform | grep -v '^$' | head -n 1)" -gt 300 ] || fault conform "too few cases ran"
        of conform >"$work/conform"
        "$top/tests/guests/kvm-expected.py" "$top/tests/guests/kvm-conform.expected" <(
            sed -n 's/^not ok [0-9]* \([^ ]*\) .*/\1/p' "$work/conform") || failed=1
        ;;
    tree)
        of tree >"$work/tree"
        # lpar below has the revision that lpar above names: no difference then.
        case ${L0:-} in
        *lpar*) grep -v ':cpu-version: ' "$top/tests/guests/kvm-tree.expected" ;;
        *) cat "$top/tests/guests/kvm-tree.expected" ;;
        esac >"$work/tree.expected"
        "$top/tests/guests/kvm-expected.py" "$work/tree.expected" <(grep -v '^$' "$work/tree") || failed=1
        ;;
    esac
done
exit $failed
