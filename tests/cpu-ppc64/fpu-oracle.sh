#!/bin/sh
# Floating point against MPFR: COUNT vectors (default a million) for each format, from SEED (default 1). Runs in the
# build directory after liblpar.a is there.
set -eu

top=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
build=${builddir:-.}
out=$build/tests/cpu-ppc64
mkdir -p "$out"

echo '#include <mpfr.h>' | ${CC:-cc} -E - > /dev/null 2>&1 || {
    echo "fpu-oracle: MPFR is missing: apt-get install libmpfr-dev" >&2
    exit 1
}
# shellcheck disable=SC2086,SC2046  # CC, CFLAGS and the libraries may be several words
${CC:-cc} -std=c17 -D_GNU_SOURCE -O2 -I"$top" -I"$build" ${DIFF_CFLAGS:-} -o "$out/fpu-oracle" \
    "$top/tests/cpu-ppc64/fpu-oracle.c" "$top/tests/cpu-ppc64/fpu-oracle-words.c" "$build/liblpar.a" \
    $(sed -n 's/^LIBS := //p' "$build/config.mk") -lmpfr -lgmp -lpthread -lm
exec "$out/fpu-oracle" "${COUNT:-1000000}" "${SEED:-1}"
