#!/bin/sh
# The conformance suite on lpar: three processors, both byte orders, no failure; and the runner's own ways.
set -eu
if ! command -v powerpc64le-linux-gnu-gcc >/dev/null; then
    echo "the guest's compiler is missing: apt-get install gcc-powerpc64le-linux-gnu"
    exit 1
fi
failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for cpu in POWER8 POWER9 POWER10; do
    for order in le be; do
        if ! ./lpar-conform --cpu $cpu --order $order >"$work/out" 2>&1; then
            echo "$cpu, $order:"
            grep -v '^ok' "$work/out"
            failed=1
        fi
        # A machine that has nothing would skip all.
        [ "$(grep '^ok' "$work/out" | grep -vc SKIP)" -gt 370 ] || { echo "$cpu, $order: too few ran"; failed=1; }
    done
done
[ "$(./lpar-conform 'H_READ/*' | wc -l)" = 7 ] || { echo "the filter"; failed=1; }
# An emulator that ends at once fails each case, and the runner goes on.
if ./lpar-conform --emu false 'H_PROD/*' >"$work/out"; then echo "no failure of nothing"; failed=1; fi
[ "$(grep -c '^not ok' "$work/out")" = 3 ] || { echo "the restart"; failed=1; }
exit $failed
