#!/bin/sh
# Boots Debian with each MMU and looks at what its kernel makes of the platform: papr.py.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
emulator=${LPAR:-${builddir:-$top/build}/lpar}
failed=0
check() { # check CPU MMU
    if ! FILES="$top/tests/guests/papr.py" LAYERS=python LPAR="$emulator -m 4G -cpu $1" \
        timeout 300 "$top/quickstart" boot -- python3 /job/papr.py "$2"; then
        failed=$((failed + 1))
        echo "FAIL: -cpu $1"
    fi
}
check POWER8 hash
check POWER9 radix
[ $failed -eq 0 ]
