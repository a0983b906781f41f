#!/bin/sh
# fetch-debian.sh CACHE: gets Debian 12's unmodified ppc64el kernel and busybox.
# Gives, each whole or not at all, and does nothing where they are there:
#   CACHE/debian12/vmlinux    the kernel as packaged
#   CACHE/debian12/version    its release, as in uname -r
#   CACHE/debian12/busybox    a static busybox of the same Debian
# Needs dpkg-deb, apt and, where a mirror is being updated, xz. No root.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
cache=$1
out=$cache/debian12
[ -e "$out/vmlinux" ] && [ -e "$out/version" ] && [ -e "$out/busybox" ] && exit 0

mkdir -p "$out"
# Two commands may be started at the same time on an empty cache.
exec 9>"$cache/lock"
flock 9

apt_dir=$cache/apt
# shellcheck source=tools/guests/apt-ppc64el.sh
. "$here/apt-ppc64el.sh"

# member DEB PATH FILE: one file out of a package
member() {
    dpkg-deb --fsys-tarfile "$1" | tar -xOf - "$2" >"$3.part"
    [ -s "$3.part" ] || { echo "guests: no $2 in $1" >&2; exit 1; }
    mv -f "$3.part" "$3"
}

ppc64el_init
if [ ! -e "$out/busybox" ]; then
    deb=$(ppc64el_deb busybox-static)
    member "$deb" ./bin/busybox "$out/busybox"
    chmod +x "$out/busybox"
fi
if [ ! -e "$out/vmlinux" ] || [ ! -e "$out/version" ]; then
    package=$(ppc64el_depends linux-image-powerpc64le linux-image-)
    [ -n "$package" ] || { echo "guests: linux-image-powerpc64le names no kernel" >&2; exit 1; }
    version=${package#linux-image-}
    deb=$(ppc64el_deb "$package")
    member "$deb" "./boot/vmlinux-$version" "$out/vmlinux"
    echo "$version" >"$out/version"
fi
