#!/bin/sh
# fetch-packages.sh CACHE NAME PACKAGE...: unpacks packages of Debian 12 for ppc64el, those and no others, as an archive
# that stands before a guest's initramfs, and prints its file's name. NAME is part of that. Named after what made it,
# built once, whole or not at all. No root.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
cache=$1
name=$2
shift 2
out=$cache/debian12
apt_dir=$cache/apt
# shellcheck source=tools/guests/apt-ppc64el.sh
. "$here/apt-ppc64el.sh"

sum=$({ cat "$0"; echo "$*"; } | cksum)
file=$out/packages-$name-${sum%% *}.cpio
if [ ! -e "$file" ]; then
    mkdir -p "$out"
    # Two commands may be started at the same time on an empty cache.
    exec 9>"$cache/lock"
    flock 9
fi
if [ ! -e "$file" ]; then
    work=$(mktemp -d "$out/work-XXXXXX")
    trap 'rm -rf "$work"' EXIT
    ppc64el_init >&2
    for p; do
        deb=$(ppc64el_deb "$p")
        dpkg-deb -x "$deb" "$work"
    done
    cd "$work"
    rm -rf usr/share/doc usr/share/man usr/share/locale usr/share/info
    find . -exec touch -hd @0 {} +
    find . | LC_ALL=C sort | cpio -o -H newc -R 0:0 --quiet --reproducible >"$file.part"
    mv -f "$file.part" "$file"
fi
echo "$file"
