#!/bin/sh
# docs/hcalls.md and docs/rtas.md say what the dispatch tables hold, and a trace of calls is readable. In the
# build directory.
set -eu
srcdir=${srcdir:-..}
status=0
for page in hcalls rtas; do
    if ! ./lpar "-help-$page" | cmp -s - "$srcdir/docs/$page.md"; then
        echo "docs/$page.md is not what 'lpar -help-$page' prints: run 'make docs'" >&2
        status=1
    fi
done
exit $status
