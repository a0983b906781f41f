#!/bin/sh
# races.sh [DIR]: builds with ThreadSanitizer in DIR (build-tsan) and boots Debian 12 on two processors to a command,
# translated with XIVE and XICS, and interpreted. By hand, since it builds everything anew. There is no file of
# suppressions: the guest's own memory is declared to be raced for (mem.c), nothing else.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
dir=${1:-$top/build-tsan}
mkdir -p "$dir"
(cd "$dir" && "$top/configure" --enable-sanitizers=thread && make -j"$(nproc)" lpar) >"$dir/build.log" 2>&1 || {
    tail -n 20 "$dir/build.log"
    exit 1
}
rm -f "$dir"/race.*
status=0
boot() {
    TSAN_OPTIONS="log_path=$dir/race history_size=4" LPAR="$dir/lpar -smp 2 $*" timeout 900 "$top/quickstart" boot -- true \
        </dev/null || status=1
}
boot -cpu POWER9
boot -cpu POWER8
boot -cpu POWER9 -accel interp
for f in "$dir"/race.*; do
    [ ! -e "$f" ] || { cat "$f"; status=1; }
done
exit $status
