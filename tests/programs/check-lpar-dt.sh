#!/bin/sh
# lpar-dt on trees that dtc made: text that dtc reads again, differences, exit status. In the build directory.
set -eu
command -v dtc > /dev/null || { echo "dtc is missing: apt-get install device-tree-compiler"; exit 1; }
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
    "dump -cpu POWRE9" "frobnicate" "dump --cas hsah" "dump --cas ov5=xy" "dump --cas mode=power11" "print --cas hash $dir/a.dtb" "diff --what $dir/a.dtb $dir/b.dtb"; do
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

# Trees as folders and archives, JSON. A property's bytes are those of its JSON.
./lpar-dt print --format json "$dir/m.dtb" > "$dir/m.json"
"${PYTHON:-python3}" - "$dir/m.json" "$dir/tree" << 'P'
import json, os, struct, sys
def write(node, path):
    os.makedirs(path)
    for name, value in node["properties"].items():
        if value is True: data = b""
        elif isinstance(value, dict): data = bytes.fromhex(value["bytes"])
        elif value and isinstance(value[0], str): data = b"".join(s.encode() + b"\0" for s in value)
        else: data = b"".join(struct.pack(">I", n) for n in value)
        with open(f"{path}/{name}", "wb") as f: f.write(data)
    with open(f"{path}/name", "wb") as f: f.write(os.path.basename(path).split("@")[0].encode() + b"\0")
    for name, below in node["nodes"].items(): write(below, f"{path}/{name}")
write(json.load(open(sys.argv[1]))["/"], sys.argv[2])
P
./lpar-dt diff "$dir/m.dtb" "$dir/tree" || fail "a folder"
for format in ustar gnu pax; do
    tar -C "$dir" --format=$format -czf "$dir/tree.tar.gz" ./tree
    ./lpar-dt diff "$dir/m.dtb" "$dir/tree.tar.gz" || fail "an archive ($format)"
done
head -c 5000 "$dir/tree.tar.gz" > "$dir/cut.tar.gz"
! ./lpar-dt print "$dir/cut.tar.gz" > /dev/null 2>&1 || fail "an archive that is cut off"

# Machines as trees, after CAS, and in words.
words() { ./lpar-dt dump --format props --words "$@" | sed -n 's/.* # //p' > "$dir/words"; }
has() { grep -qxF -- "$1" "$dir/words" || fail "not in words: $1"; }
words -M pseries-7.2 -cpu POWER9 -m 2G,slots=2,maxmem=3G --cas linux
has "byte 5 bit 2: affinity, form 2"
has "byte 23 bit 1: XIVE"
has "ISA 3.0 mode (POWER9)"
has "0x80000000: 4 blocks, connector 0x80000008, in no node: free"
has "byte 40 bit 0: radix MMU"
has "slot 1 pin A: interrupt 0x1201, level"
has "I/O 0x0 at 0x200000000000, 0x10000 bytes"
has "reference point 1: in node 0"
words -M pseries-7.2 -cpu POWER9 -m 2G,slots=2,maxmem=3G --cas hash,xics,drmem-v1,form1,mode=power8,isa-2.07
has "ISA 2.07 mode (POWER8)"
has "domain 4 of a list is the node"
has "0x90000000: 1 block, connector 0x80000009, in no node: free"
! grep -q "byte 23 bit\|byte 24 bit\|byte 40 bit 0" "$dir/words" || fail "radix or XIVE, which the guest did not want"
status=0
./lpar-dt diff --words --ignore /chosen:rng-seed --cas linux "-M pseries-6.1 -m 512M" pseries-7.2 > "$dir/out" || status=$?
[ $status = 1 ] && grep -qx '  > byte 5 bit 2: affinity, form 2' "$dir/out" || fail "diff of machines"
./lpar-dt diff --ignore /chosen:rng-seed pseries-7.1 "-M pseries-7.2" || fail "two machines that are the same"
[ "$(echo "$dir"/*.tmp*)" = "$dir/*.tmp*" ] || fail "temporary files are left"
