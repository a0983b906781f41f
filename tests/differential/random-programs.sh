#!/bin/sh
# Random programs by the interpreter and by the translator; then those that once made a difference. Runs in the build
# directory after liblpar.a is there. COUNT programs (default: as many as SECONDS_, 15, allow), SEED (default 1).
set -eu

top=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
build=${builddir:-.}
out=$build/tests/differential
mkdir -p "$out"

case $(${CC:-cc} -dumpmachine) in
x86_64-*) ;;
*)
    echo "random-programs: this host has no translator"
    exit 0
    ;;
esac

# shellcheck disable=SC2086,SC2046  # CC, CFLAGS and the libraries may be several words
${CC:-cc} -std=c17 -D_GNU_SOURCE -O2 -Wall -Wextra -I"$top" -I"$build" ${DIFF_CFLAGS:-} -o "$out/random-programs" \
    "$top/tests/differential/random-programs.c" "$top/tests/differential/generate.c" "$build/liblpar.a" \
    $(sed -n 's/^LIBS := //p' "$build/config.mk") -lpthread -lm

status=0
if [ -n "${COUNT:-}" ]; then
    "$out/random-programs" --count "$COUNT" --seed "${SEED:-1}" || status=1
else
    "$out/random-programs" --seconds "${SECONDS_:-15}" --seed "${SEED:-1}" || status=1
fi
set -- "$top"/tests/differential/cases/*.txt
[ -e "$1" ] || exit $status
"$out/random-programs" --replay "$@" || status=1
exit $status
