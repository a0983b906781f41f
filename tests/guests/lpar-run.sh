#!/bin/sh
# `lpar run`: the command's output and status come back; a shared folder is there, and nothing outside of it; a network
# gets an address. Uses $builddir/lpar.
set -u
lpar=${builddir:-$(pwd)}/lpar
passed=0
failed=0
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mkdir "$tmp/shared"
echo secret >"$tmp/outside"
ln -s ../outside "$tmp/shared/link"
printf 'one\ntwo\n' >"$tmp/shared/file"

# expect STATUS OUTPUT WORD...
expect() {
    status=$1
    output=$2
    shift 2
    got=$(timeout 300 "$lpar" run "$@" 2>"$tmp/log"; echo "status $?")
    if [ "$got" = "${output}status $status" ]; then
        passed=$((passed + 1))
        echo "ok: $*"
    else
        failed=$((failed + 1))
        printf 'FAIL: %s\nexpected: %s\ngot: %s\n' "$*" "${output}status $status" "$got"
        cat "$tmp/log"
    fi
}

expect 5 'ppc64le
' -- sh -c 'uname -m; exit 5'
# The link is the guest's to follow, and leads nowhere there.
expect 7 '/share
one
two
../outside
no
kept
10.0.2.15
' --share "$tmp/shared" --net -- sh -c '
    pwd; cat file; readlink link; cat link 2>/dev/null || echo no; cat ../share/../outside 2>/dev/null
    i=0; while [ $i -lt 300 ]; do echo $i >many-$i; i=$((i + 1)); done
    mkdir d && mv many-7 d/seven && cat d/seven | grep -q 7 && ln d/seven hard && rm many-* && echo kept >new && cat new
    dd if=/dev/urandom of=big bs=64k count=64 2>/dev/null; cp big big2; cmp big big2; sync
    ip addr show eth0 | sed -n "s/.*inet \([0-9.]*\).*/\1/p"; exit 7'
expect 125 '' --share /nowhere -- true
expect 125 '' --image /nowhere -- true

# What the guest left on the host.
left=$(cd "$tmp/shared" && LC_ALL=C ls && cat hard new && cmp big big2 && stat -c %s big)
if [ "$left" = 'big
big2
d
file
hard
link
new
7
kept
4194304' ] && [ "$(cat "$tmp/outside")" = secret ]; then
    passed=$((passed + 1))
    echo "ok: what is left in the folder"
else
    failed=$((failed + 1))
    echo "FAIL: what is left in the folder: $left"
fi
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
