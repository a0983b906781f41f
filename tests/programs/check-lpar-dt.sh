#!/bin/sh
# lpar-dt on trees that dtc made: text that dtc reads again, differences, exit status. In the build directory.
set -eu
command -v dtc > /dev/null || { echo "no dtc here: not checked"; exit 0; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
fail() { echo "lpar-dt: $*" >&2; exit 1; }

cat > "$dir/a.dts" <<'A'
/dts-v1/;
/memreserve/ 0x1000 0x20;
/ {
    text = "a \"quoted\" \\ text", "another";
    cells = <1 2>; bytes = [01 02 03]; empty; nothing = "";
    c@1 { p = <7>; d { q; }; };
};
A
cat > "$dir/b.dts" <<'B'
/dts-v1/;
/memreserve/ 0x3000 0x20;
/memreserve/ 0x1000 0x20;
/ {
    nothing = ""; empty; bytes = [01 02 03]; cells = <1 2>;
    text = "a \"quoted\" \\ text", "another";
    e { f { g; }; };
    c@1 { p = <8>; d { q; }; };
};
B
dtc -q -O dtb -o "$dir/a.dtb" "$dir/a.dts"
dtc -q -O dtb -o "$dir/b.dtb" "$dir/b.dts"

./lpar-dt print "$dir/a.dtb" > "$dir/again.dts"
dtc -q -O dtb -o "$dir/again.dtb" "$dir/again.dts"
cmp "$dir/a.dtb" "$dir/again.dtb" || fail "printing and compiling changed the tree"
./lpar-dt diff "$dir/a.dtb" "$dir/again.dtb" || fail "a tree differs from itself"
./lpar-dt print --format props "$dir/a.dtb" | grep -qx '/c@1:p = <0x7>' || fail "print --format props"

status=0
./lpar-dt diff "$dir/a.dtb" "$dir/b.dtb" > "$dir/out" || status=$?
[ $status = 1 ] || fail "status $status for trees that differ"
printf '%s\n' '/:memreserve 0x3000 0x20: only in the second' '/c@1:p: <0x7> | <0x8>' '/e: only in the second' | cmp - "$dir/out" || fail "diff printed this"
./lpar-dt diff --ignore '*:p' --ignore=/e --ignore '/:memreserve*' "$dir/a.dtb" "$dir/b.dtb" || fail "--ignore"

for wrong in "print $dir/a.dts" "print $dir/nowhere" "print --format x $dir/a.dtb" "diff $dir/a.dtb" \
    "dump -cpu POWER9" "frobnicate" "diff --what $dir/a.dtb $dir/b.dtb"; do
    status=0
    # shellcheck disable=SC2086  # several words on purpose
    ./lpar-dt $wrong > "$dir/out" 2> "$dir/err" || status=$?
    [ $status = 2 ] && [ -s "$dir/err" ] || fail "$wrong: status $status"
done
# Any byte of a tree may be wrong.
size=$(wc -c < "$dir/a.dtb")
at=0
while [ $at -lt "$size" ]; do
    cp "$dir/a.dtb" "$dir/bad.dtb"
    printf '\377' | dd of="$dir/bad.dtb" bs=1 seek=$at conv=notrunc 2> /dev/null
    status=0
    ./lpar-dt print "$dir/bad.dtb" > /dev/null 2>&1 || status=$?
    [ $status -le 2 ] || fail "byte $at wrong: status $status"
    at=$((at + 3))
done

./lpar-dt dump -M pseries -m 1G -serial null -o "$dir/m.dtb"
./lpar -M pseries,dumpdtb="$dir/n.dtb" -m 1G -serial null
./lpar-dt diff --ignore /chosen:rng-seed "$dir/m.dtb" "$dir/n.dtb" || fail "dump and -M dumpdtb"
./lpar-dt print --format props "$dir/m.dtb" | grep -q '^/cpus/PowerPC,POWER9@0:reg = <0x0>$' || fail "dump"
[ "$(echo "$dir"/*.tmp*)" = "$dir/*.tmp*" ] || fail "temporary files are left"
