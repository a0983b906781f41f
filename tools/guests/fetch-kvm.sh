#!/bin/sh
# fetch-kvm.sh CACHE: gets KVM-HV's modules of Debian's ppc64el kernel (which fetch-debian.sh got), whole or not at all,
# and prints their folder: kvm.ko, kvm-hv.ko. No root.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
cache=$1
apt_dir=$cache/apt
# shellcheck source=tools/guests/apt-ppc64el.sh
. "$here/apt-ppc64el.sh"

version=$(cat "$cache/debian12/version")
out=$cache/debian12/kvm-$version
if [ ! -e "$out" ]; then
    # Two commands may be started at the same time on an empty cache.
    exec 9>"$cache/lock"
    flock 9
fi
if [ ! -e "$out" ]; then
    work=$(mktemp -d "$cache/debian12/work-XXXXXX")
    trap 'rm -rf "$work"' EXIT
    ppc64el_init >&2
    deb=$(ppc64el_deb "linux-image-$version")
    for m in kvm kvm-hv; do
        dpkg-deb --fsys-tarfile "$deb" |
            tar -xOf - "./lib/modules/$version/kernel/arch/powerpc/kvm/$m.ko" >"$work/$m.ko"
    done
    chmod 755 "$work"
    mv "$work" "$out"
fi
echo "$out"
