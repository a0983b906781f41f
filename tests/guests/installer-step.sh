#!/bin/sh
# The base system's installation, for archives without the installer's own components (some mirrors leave udebs out).
# Runs in the installer, once it has a network, and does with Debian's tools what its partitioner, debootstrap and GRUB
# components do. /tools is a Debian with those tools; ARCHIVE, DIRECTORY and PROXY stand in /tools/env. Prints to the
# console.
set -eu
exec >/dev/console 2>&1 </dev/null
trap 'echo "STEP-FAILED $?"; poweroff -f' EXIT
. /tools/env
if [ -c /dev/hvc1 ]; then setsid sh -i </dev/hvc1 >/dev/hvc1 2>&1 & fi # to look around
if [ -n "$PROXY" ]; then export http_proxy="$PROXY"; fi
echo "STEP-BEGIN $(cut -d' ' -f1 /proc/uptime)"
depmod -a
for m in virtio_blk ext4; do modprobe $m; done
n=0
while [ ! -b /dev/vda ]; do sleep 1; n=$((n + 1)); [ $n -lt 20 ] || exit 3; done
for d in proc sys dev; do mkdir -p /tools/$d; mount -o bind /$d /tools/$d; done
cp /etc/resolv.conf /tools/etc/resolv.conf
# Without what the installer's debconf left in the environment.
in_tools() { chroot /tools /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C HOME=/root TERM=dumb http_proxy="$PROXY" DEBIAN_FRONTEND=noninteractive "$@"; }

printf 'label: gpt\nsize=8MiB,type=9E1A2D38-C612-4316-AA26-8B49521E5A8B,name=prep\nsize=256MiB,type=swap\ntype=linux\n' |
    in_tools sfdisk -q /dev/vda
sleep 1
in_tools mkswap -q /dev/vda2 || in_tools mkswap /dev/vda2
# What GRUB 2.06 reads.
in_tools mkfs.ext4 -q -O ^metadata_csum_seed,^orphan_file /dev/vda3 || in_tools mkfs.ext4 -q /dev/vda3
mkdir -p /tools/target
mount -t ext4 /dev/vda3 /tools/target
echo "STEP-BOOTSTRAP $(cut -d' ' -f1 /proc/uptime)"
in_tools debootstrap --include=ca-certificates,openssh-server,ifupdown,isc-dhcp-client bookworm /target "http://$ARCHIVE$DIRECTORY"
target=/tools/target
for d in proc sys dev; do mount -o bind /$d $target/$d; done
in_target() { in_tools chroot /target "$@"; }
cp /etc/resolv.conf $target/etc/resolv.conf
echo "deb http://$ARCHIVE$DIRECTORY bookworm main" >$target/etc/apt/sources.list
echo "deb-src http://$ARCHIVE$DIRECTORY bookworm main" >>$target/etc/apt/sources.list
if [ -n "$PROXY" ]; then echo "Acquire::http::Proxy \"$PROXY\";" >$target/etc/apt/apt.conf.d/80proxy; fi
uuid() { in_tools blkid -s UUID -o value "$1"; }
printf 'UUID=%s / ext4 errors=remount-ro 0 1\nUUID=%s none swap sw 0 0\n' "$(uuid /dev/vda3)" "$(uuid /dev/vda2)" \
    >$target/etc/fstab
echo guest >$target/etc/hostname
printf '127.0.0.1 localhost guest\n' >$target/etc/hosts
printf 'auto lo\niface lo inet loopback\nallow-hotplug enp0s1\niface enp0s1 inet dhcp\n' >$target/etc/network/interfaces
mkdir -p -m 700 $target/root/.ssh
cp /tools/key.pub $target/root/.ssh/authorized_keys
echo "STEP-KERNEL $(cut -d' ' -f1 /proc/uptime)"
in_target apt-get -qq update
in_target apt-get -qqy --no-install-recommends install linux-image-powerpc64le initramfs-tools grub-ieee1275
echo "STEP-GRUB $(cut -d' ' -f1 /proc/uptime)"
sed -i 's/^GRUB_CMDLINE_LINUX=.*/GRUB_CMDLINE_LINUX="console=hvc0"/; s/^GRUB_TIMEOUT=.*/GRUB_TIMEOUT=1/' $target/etc/default/grub
in_target grub-install --no-nvram /dev/vda1
in_target update-grub
rm -f $target/etc/resolv.conf
for d in proc sys dev; do umount $target/$d; done
echo "LATE-COMMAND $(df -m $target | tail -n 1)"
umount $target
sync
trap - EXIT
poweroff -f
