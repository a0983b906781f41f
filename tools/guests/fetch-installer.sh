#!/bin/sh
# fetch-installer.sh CACHE: gets Debian 12's netboot installer for ppc64el, whole or not at all, and prints its folder,
# which holds vmlinux and initrd.gz. From the package of the archive's images: apt has its checksum. No root.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
cache=$1
out=$cache/debian12/installer
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
    deb=$(ppc64el_deb debian-installer-12-netboot-ppc64el)
    images=./usr/lib/debian-installer/images/12/ppc64el/text/debian-installer/ppc64el
    dpkg-deb --fsys-tarfile "$deb" | tar -xf - -C "$work" "$images"
    mv "$work/$images" "$out"
fi
echo "$out"
