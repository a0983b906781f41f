#!/bin/sh
# fetch-grub.sh CACHE: gets the modules of Debian 12's GRUB for Open Firmware on Power, whole or not at all, and prints
# their folder, which is for grub-mkimage -O powerpc-ieee1275 -d FOLDER. No root.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
cache=$1
out=$cache/debian12/grub
apt_dir=$cache/apt
# shellcheck source=tools/guests/apt-ppc64el.sh
. "$here/apt-ppc64el.sh"

if [ ! -e "$out" ]; then
    mkdir -p "$cache/debian12"
    # Two commands may be started at the same time on an empty cache.
    exec 9>"$cache/lock"
    flock 9
fi
if [ ! -e "$out" ]; then
    work=$(mktemp -d "$cache/debian12/work-XXXXXX")
    trap 'rm -rf "$work"' EXIT
    ppc64el_init >&2
    deb=$(ppc64el_deb grub-ieee1275-bin)
    dpkg-deb --fsys-tarfile "$deb" | tar -xf - -C "$work" ./usr/lib/grub/powerpc-ieee1275
    mv "$work/usr/lib/grub/powerpc-ieee1275" "$out"
fi
echo "$out"
