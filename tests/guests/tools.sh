#!/bin/sh
# Debian's tools for the platform on two cores of two threads, one of them plugged in: tools.guest. LPAR names the
# emulator, default $builddir/lpar.
top=$(cd "$(dirname "$0")/../.." && pwd)
lpar=${LPAR:-${builddir:-$top/build}/lpar}
FILES="$top/tests/guests/tools.guest" LAYERS="modules platform" \
    LPAR="$lpar -smp 2,threads=2,maxcpus=8 -m 1G,slots=2,maxmem=4G -object memory-backend-ram,id=m,size=1G
    -device pc-dimm,memdev=m,id=d -device power9_v2.0-spapr-cpu-core,core-id=2,id=c" \
    exec timeout "${LIMIT:-300}" "$top/quickstart" boot -- bash /job/tools.guest </dev/null
