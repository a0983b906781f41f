#!/bin/sh
# The conformance suite on lpar: processors, MMUs, byte orders, one and two virtual processors, no failure, and
# nothing skipped that lpar has; and the runner's own ways. CONFORM_MORE=1: also four processors and the interpreter.
set -eu
if ! command -v powerpc64le-linux-gnu-gcc >/dev/null; then
    echo "the guest's compiler is missing: apt-get install gcc-powerpc64le-linux-gnu"
    exit 1
fi
failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

complain() {
    echo "$1"
    failed=1
}

# run CPU MMU ORDER SMP [OPTION...]: no case fails; those that were run are added to $work/done-CPU.
run() {
    name="$1, $2, $3, $4 processors"
    cpu=$1 mmu=$2 order=$3 smp=$4
    shift 4
    if ! ./lpar-conform --cpu "$cpu" --mmu "$mmu" --order "$order" --smp "$smp" "$@" >"$work/out" 2>"$work/errors"; then
        complain "$name:"
        grep -v '^ok' "$work/out" || cat "$work/errors"
    fi
    grep '^ok' "$work/out" | grep -v '# SKIP' | cut -d ' ' -f 3 >>"$work/done-$cpu" || true
}

for order in le be; do
    for smp in 1 2; do
        run POWER8 hash "$order" "$smp"
        for cpu in POWER9 POWER10; do
            run $cpu hash "$order" "$smp"
            run $cpu radix "$order" "$smp"
        done
    done
done
if [ -n "${CONFORM_MORE:-}" ]; then
    for order in le be; do
        run POWER8 hash "$order" 4
        run POWER9 radix "$order" 4
        run POWER10 hash "$order" 4 --emu './lpar -accel interp'
    done
fi

# Each case was run on a POWER9 and a POWER10, but for calls that lpar has not (docs/hcalls.md).
./lpar -help-hcalls | awk -F ' *[|] *' '$4 == "-" { print $3 }' >"$work/missing"
./lpar-conform --list | cut -f 1 | sort >"$work/all"
for cpu in POWER9 POWER10; do
    sort -u "$work/done-$cpu" | comm -23 "$work/all" - | while IFS=/ read -r call name; do
        grep -qx "$call" "$work/missing" || echo "$cpu: $call/$name is skipped in each run"
    done >"$work/skipped"
    [ ! -s "$work/skipped" ] || complain "$(cat "$work/skipped")"
done
[ "$(sort -u "$work/done-POWER8" | wc -l)" -gt 700 ] || complain "POWER8: too few cases were run"

# The runner: filters, lists, JSON, columns side by side, an emulator that ends at once.
[ "$(./lpar-conform 'H_READ/*' | wc -l)" = 7 ] || complain "the filter"
[ "$(./lpar-conform --list H_READ | wc -l)" = 6 ] || complain "the list"
./lpar-conform --json H_READ H_CEDE | "${PYTHON:-python3}" -c '
import json, sys
results = json.load(sys.stdin)
assert len(results) == 10 and all(r["result"] == "passed" for r in results), results
assert {"number", "case", "spec", "emulator", "cpu", "order", "mmu", "smp", "machine", "detail"} <= set(results[0])' ||
    complain "JSON"
./lpar-conform --matrix --emu ./lpar --emu './lpar -accel interp' --emu false H_READ >"$work/out" && complain "the matrix's status"
[ "$(grep -c '^ok      ok      NOT OK  H_READ/' "$work/out")" = 6 ] || complain "the matrix"
if ./lpar-conform --emu false 'H_PROD/*' >"$work/out"; then complain "no failure of nothing"; fi
[ "$(grep -c '^not ok' "$work/out")" = "$(./lpar-conform --list H_PROD | wc -l)" ] || complain "the restart"
if ./lpar-conform --list 'H_NOTHING' >/dev/null && ./lpar-conform H_NOTHING 2>/dev/null; then complain "a pattern of nothing"; fi
exit $failed
