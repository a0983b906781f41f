#!/bin/sh
# Decimal floating point against Python's decimal module: COUNT vectors (default 5,000) for each operation and
# format, from SEED (default 1). Runs in the build directory after liblpar.a is there.
set -eu

top=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
build=${builddir:-.}
out=$build/tests/cpu-ppc64
mkdir -p "$out"

libs=$(sed -n 's/^LIBS := //p' "$build/config.mk")
# shellcheck disable=SC2086  # CC, CFLAGS and libs may be several words
${CC:-cc} -std=c17 -D_GNU_SOURCE -O2 -I"$top" -I"$build" ${DIFF_CFLAGS:-} -o "$out/decimal-oracle" \
    "$top/tests/cpu-ppc64/decimal-oracle.c" "$build/liblpar.a" $libs -lpthread -lm
"$out/decimal-oracle" "${COUNT:-5000}" "${SEED:-1}" | "${PYTHON:-python3}" "$top/tests/cpu-ppc64/decimal-oracle.py"
