#!/bin/sh
# Builds lpar and its companions for powerpc64le, static, in $builddir/cross, and prints that folder. Several checks want
# them at the same time: one builds, the others wait.
set -eu
srcdir=${srcdir:-$(cd "$(dirname "$0")/.." && pwd)}
builddir=${builddir:-$srcdir/build}
cache=${XDG_CACHE_HOME:-$HOME/.cache}/lpar
host=powerpc64le-linux-gnu
command -v $host-gcc >/dev/null || {
    echo "the cross build needs $host-gcc: apt-get install gcc-powerpc64le-linux-gnu" >&2
    exit 1
}
libraries=$("$srcdir/tools/guests/fetch-libraries.sh" "$cache")
mkdir -p "$builddir/cross"
cd "$builddir/cross"
exec 8>lock
flock 8
# This build's compiler and flags are not the other's; and one make is not to be the other's part.
run() { env -u CC -u LDFLAGS -u CFLAGS -u MAKEFLAGS -u MAKELEVEL "$@" >out 2>&1 || { cat out >&2; exit 1; }; }
[ -e Makefile ] ||
    run "$srcdir/configure" --host=$host --enable-werror --enable-static --libraries="$libraries"
run make --no-print-directory -j"$(nproc)"
pwd
