#!/bin/sh
# docs/hcalls.md and docs/rtas.md say what the dispatch tables hold, and no call is missing that QEMU has
# (papr/known-calls.def), but for those of qemu-calls-missing. In the build directory.
set -eu
srcdir=${srcdir:-..}
status=0
for page in hcalls rtas; do
    if ! ./lpar "-help-$page" | cmp -s - "$srcdir/docs/$page.md"; then
        echo "docs/$page.md is not what 'lpar -help-$page' prints: run 'make docs'" >&2
        status=1
    fi
done
missing=$({ ./lpar -help-hcalls | awk -F ' *[|] *' '$4 == "-" && $8 == "yes" { print $3 }'
    ./lpar -help-rtas | awk -F ' *[|] *' '$4 == "-" && $7 == "yes" { print $3 }'; } | sort)
expected=$(grep -v '^#' "$srcdir/tests/programs/qemu-calls-missing" | sort)
if [ "$missing" != "$expected" ]; then
    echo "QEMU has calls that are missing here, or no longer missing (tests/programs/qemu-calls-missing):" >&2
    { echo "$missing"; echo "$expected"; } | sort | uniq -u >&2
    status=1
fi
exit $status
