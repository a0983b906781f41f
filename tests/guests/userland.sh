#!/bin/sh
# userland.sh [JOB..]: runs programs of Debian 12 in guests and judges what they compute.
#
# A job is tests/guests/userland/JOB.guest, a script for the guest's shell that exits with 0 if all is well. Its head
# names the layers of tools/guests/fetch-userland.sh that it wants, and the processors it runs on here and with
# LPAR_TEST_ALL=1. JOB.host, if there is one, is run on this machine: "JOB.host prepare DIR" makes what the job finds in
# /job; "JOB.host judge DIR FILE" reads what the job wrote, when it has ended well. A guest runs all jobs of its
# processor one after the other. LPAR names the emulator, default $builddir/lpar; CPUS and LPAR_TEST_ALL choose more or
# less. V=1 shows what all jobs wrote, not only those that failed.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
jobs_dir=$top/tests/guests/userland
lpar=${LPAR:-${builddir:-$top/build}/lpar}
all=${LPAR_TEST_ALL:-}
limit=${TIMEOUT:-$([ -n "$all" ] && echo 7200 || echo 900)}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
passed=0
failed=0

if [ $# -eq 0 ]; then
    for f in "$jobs_dir"/*.guest; do f=${f##*/}; set -- "$@" "${f%.guest}"; done
fi

# head_of JOB WORD: the rest of the line "# WORD: ..."
head_of() { sed -n "s/^# $2: *//p" "$jobs_dir/$1.guest"; }

# has WORD LIST
has() { case " $2 " in *" $1 "*) ;; *) return 1 ;; esac }

passes() { passed=$((passed + 1)); echo "ok: $*"; }
fails() { failed=$((failed + 1)); echo "FAIL: $*"; }

# What a job is given is the same for all guests.
for job; do
    [ -e "$jobs_dir/$job.guest" ] || { echo "userland: there is no job $job" >&2; exit 2; }
    mkdir "$work/$job"
    cp "$jobs_dir/$job.guest" "$work/$job/"
    [ ! -e "$jobs_dir/$job.host" ] || "$jobs_dir/$job.host" prepare "$work/$job" >"$work/prepared" || {
        cat "$work/prepared"
        echo "FAIL: $job cannot be prepared"
        echo "0 passed, 1 failed"
        exit 1
    }
    [ -z "${V:-}" ] || cat "$work/prepared" 2>/dev/null
done

cat >"$work/run-jobs" <<END
export LPAR_TEST_ALL=$all PYTHONDONTWRITEBYTECODE=1
cd /tmp
for job; do
    echo "@job \$job begin"
    start=\$(cut -d' ' -f1 /proc/uptime)
    sh "/job/\$job.guest" 2>&1
    status=\$?
    end=\$(cut -d' ' -f1 /proc/uptime)
    echo
    echo "@job \$job end \$status \$start \$end"
done
END

# judge CPU JOB OUTPUT
judge() {
    status=$(sed -n "s/^@job $2 end //p" "$3")
    sed -n "/^@job $2 begin\$/,/^@job $2 end /p" "$3" | grep -v "^@job $2 " >"$work/$2.out"
    case $status in
    '0 '*)
        what="$2 on $1 ($(echo "$status" | awk '{ printf "%.1f", $3 - $2 }') s)"
        if [ ! -e "$jobs_dir/$2.host" ] || "$jobs_dir/$2.host" judge "$work/$2" "$work/$2.out" \
            >>"$work/$2.out"; then
            passes "$what"
            [ -z "${V:-}" ] || cat "$work/$2.out"
            return
        fi
        fails "$what: its results are wrong" ;;
    '') fails "$2 on $1: the guest did not finish it" ;;
    *) fails "$2 on $1: status ${status%% *}" ;;
    esac
    cat "$work/$2.out"
}

for cpu in ${CPUS:-POWER8 POWER9 POWER10 POWER11}; do
    list=''
    layers=''
    files=$work/run-jobs
    for job; do
        cpus=$(head_of "$job" cpus)
        [ -z "$all" ] || cpus=$(head_of "$job" all)
        has "$cpu" "$cpus" || [ -n "${CPUS:-}" ] || continue
        list="$list $job"
        layers="$layers $(head_of "$job" layers)"
        files="$files $(echo "$work/$job"/*)"
    done
    [ -n "$list" ] || continue
    # shellcheck disable=SC2086  # a list of words
    LPAR="$lpar -m 4G -cpu $cpu" LAYERS=$layers FILES=$files timeout "$limit" \
        "$top/quickstart" boot -- sh /job/run-jobs $list </dev/null >"$work/output" 2>"$work/log" ||
        tail -n 40 "$work/log" "$work/output"
    for job in $list; do judge "$cpu" "$job" "$work/output"; done
done

echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
