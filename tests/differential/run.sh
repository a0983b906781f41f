#!/bin/sh
# Compares the interpreter with qemu-user, instruction by instruction, in both byte orders. Runs in the build
# directory after liblpar.a is there. COUNT states for each instruction (default 1008), SEED (default 1).
set -eu

top=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
build=${builddir:-.}
out=$build/tests/differential
mkdir -p "$out"

need() { # need COMMAND PACKAGE
    command -v "$1" >/dev/null || {
        echo "differential: $1 is missing: apt-get install $2" >&2
        exit 1
    }
}
need powerpc64le-linux-gnu-gcc gcc-powerpc64le-linux-gnu
need powerpc64-linux-gnu-gcc gcc-powerpc64-linux-gnu
need qemu-ppc64le-static qemu-user-static

# shellcheck disable=SC2086,SC2046  # CC, CFLAGS and the libraries may be several words
${CC:-cc} -std=c17 -D_GNU_SOURCE -O2 -I"$top" -I"$build" ${DIFF_CFLAGS:-} -o "$out/diff-user" \
    "$top/tests/differential/diff-user.c" "$build/liblpar.a" \
    $(sed -n 's/^LIBS := //p' "$build/config.mk") -lpthread -lm

status=0
for order in le be; do
    case $order in
    le) triple=powerpc64le-linux-gnu emulator=qemu-ppc64le-static ;;
    be) triple=powerpc64-linux-gnu emulator=qemu-ppc64-static ;;
    esac
    "$triple-gcc" -O2 -static -mcpu=power9 -o "$out/guest-$order" "$top/tests/differential/guest.c"
    "$out/diff-user" --emu "$emulator -cpu power10" --guest "$out/guest-$order" \
        --endian $order --count "${COUNT:-1008}" --seed "${SEED:-1}" || status=1
done
exit $status
