#!/bin/sh
# fetch-libraries.sh CACHE: gets the libraries that lpar for powerpc64le is linked with, from Debian 12's packages, whole
# or not at all, and prints their folder, which is for configure --host=powerpc64le-linux-gnu --libraries=FOLDER.
# The C library comes with the cross compiler (libc6-dev-ppc64el-cross). Only what lpar needs: what is optional stays
# out, so that a static lpar is small enough to be put into a guest. No root.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
cache=$1
apt_dir=$cache/apt
# shellcheck source=tools/guests/apt-ppc64el.sh
. "$here/apt-ppc64el.sh"

packages='libfdt-dev libjson-c-dev libintelrdfpmath-dev'
out=$cache/debian12/libraries

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
    for package in $packages; do
        deb=$(ppc64el_deb "$package")
        dpkg-deb --fsys-tarfile "$deb" | tar -xf - -C "$work" ./usr/include ./usr/lib
    done
    chmod 755 "$work"
    mv "$work" "$out"
fi
echo "$out"
