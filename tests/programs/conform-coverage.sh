#!/bin/sh
# Each call of lpar's dispatch tables has a case of its success, or a reason why there is none, and one of each status
# of its text; and the table in docs/conformance.md says so. `--write` writes that table anew. In the build directory.
set -eu
srcdir=${srcdir:-..}
page=$srcdir/docs/conformance.md
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

complain() {
    echo "$1"
    failed=1
}

./lpar-conform --coverage >"$work/table" || complain "a status has no case: $(grep missing "$work/table")"
sed '/^<!-- made by/q' "$page" >"$work/page"
cat "$work/table" >>"$work/page"
if [ "${1:-}" = --write ]; then
    cp "$work/page" "$page"
elif ! cmp -s "$work/page" "$page"; then
    complain "docs/conformance.md is not what 'lpar-conform --coverage' prints: run 'make docs'"
fi

# Hypercalls by token, since the suite's names are shorter; RTAS calls by name.
while read -r kind key; do
    if [ "$kind" = hcall ]; then
        line=$(grep -F "| $key | " "$work/table" || true)
    else
        line=$(grep -F "|  | $key | " "$work/table" || true)
    fi
    case $line in
    *'| OK '*[1-9]* | *'| 0 '*[1-9]* | *', OK '*[1-9]* | *'| OK:'* | *'| OK, '* | *'| 0:'* | *'| 0, '*) ;;
    *) complain "$key has no case of its success" ;;
    esac
done <<END
$(./lpar -help-hcalls | awk -F ' *[|] *' '$4 == "yes" { print "hcall", $2 }')
$(./lpar -help-rtas | awk -F ' *[|] *' '$4 == "yes" { print "rtas", $3 }')
END
[ "$(./lpar-conform --list | wc -l)" -ge 900 ] || complain "there are too few cases"
[ -z "$(./lpar-conform --list | cut -f 1 | sort | uniq -d)" ] || complain "two cases have the same name"
exit $failed
