#!/bin/sh
# mkinitramfs.sh OUT BUSYBOX: packs busybox and the file init beside this script
# into OUT (cpio, gzip). No root: the kernel brings /dev/console itself.
# Kernel modules are left out: the console, which is all that init needs, is
# built into every kernel for pseries.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
out=$1
busybox=$2

tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
cd "$tree"
mkdir -p bin sbin usr/bin usr/sbin etc proc sys dev tmp run mnt root
cp "$busybox" bin/busybox
cp "$here/init" init
chmod 755 init bin/busybox
echo 'root:x:0:0:root:/root:/bin/sh' >etc/passwd
echo 'root:x:0:' >etc/group
echo 'lpar' >etc/hostname
find . -exec touch -hd @0 {} +
find . | LC_ALL=C sort | cpio -o -H newc -R 0:0 --quiet --reproducible | gzip -9n >"$out.part"
mv -f "$out.part" "$out"
