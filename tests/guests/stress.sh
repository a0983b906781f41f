#!/bin/sh
# stress.sh: what only many rounds show of several processors. Debian's stress-ng, which judges its own work (cpu, futex,
# semaphores, mutexes, fork, timers, sigsuspend), on two and four processors; and a boot over and over: none may hang.
# STRESS_S is the time of each class (2), BOOTS how many boots there are (4). With TORTURE=KERNEL, a Linux with
# rcutorture and locktorture built in, these run for TORTURE_S (60) each on four processors. LPAR names the emulator,
# default $builddir/lpar.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
lpar=${LPAR:-${builddir:-$top/build}/lpar}
seconds=${STRESS_S:-2}
boots=${BOOTS:-4}
log=$(mktemp)
trap 'rm -f "$log"' EXIT
passed=0
failed=0

judge() { # judge STATUS NAME
    if [ "$1" = 0 ]; then
        passed=$((passed + 1))
        echo "ok: $2"
    else
        failed=$((failed + 1))
        echo "FAIL: $2"
        tail -n 40 "$log"
    fi
}

# stress OPTION..: all classes, in one guest
stress() {
    # shellcheck disable=SC2016  # the guest's shell expands it
    LPAR="$lpar -m 2G $*" LAYERS="base stress" timeout $((600 + 20 * seconds)) "$top/quickstart" boot -- sh -c '
        status=0
        for class in cpu futex sem mutex fork timer sigsuspend; do
            stress-ng --verify --timeout "$1" --$class 4 >/tmp/log 2>&1 && ! grep -iE "fail|error" /tmp/log ||
                { status=1; cat /tmp/log; }
            grep -E "successful run|passed" /tmp/log | sed "s/^/$class: /"
        done
        ! dmesg | grep -E "BUG|WARNING|stall|lockup|Oops" || status=1
        exit $status' sh "$seconds" </dev/null >"$log" 2>&1
    judge $? "stress-ng, $seconds s a class, $*"
}

# With modules' parameters on the command line, a kernel that has them built in tests itself.
torture() { # torture NAME WORDS
    timeout $((${TORTURE_S:-60} * 4 + 300)) "$lpar" -M pseries -cpu POWER9 -m 1G -smp 4 -nographic -no-reboot \
        -kernel "$TORTURE" -append "console=hvc0 panic=-1 $2" </dev/null >"$log" 2>&1
    grep -aq "$1.*End of test: SUCCESS" "$log" && ! grep -aqE 'BUG|WARNING|stall|lockup|!!!' "$log"
    judge $? "$1"
}

stress -cpu POWER9 -smp 2
stress -cpu POWER8 -smp 4

n=0
while [ $n -lt "$boots" ]; do
    LPAR="$lpar -cpu POWER9 -smp 2" timeout 120 "$top/quickstart" boot -- true </dev/null >"$log" 2>&1 || break
    n=$((n + 1))
done
[ $n -eq "$boots" ]
judge $? "$n boots on two processors"

if [ -n "${TORTURE:-}" ]; then
    s=${TORTURE_S:-60}
    torture rcu-torture "rcutorture.shutdown_secs=$s rcutorture.stat_interval=15 rcutorture.test_no_idle_hz=1"
    torture spin_lock-torture "locktorture.shutdown_secs=$s locktorture.torture_type=spin_lock"
    torture mutex_lock-torture "locktorture.shutdown_secs=$s locktorture.torture_type=mutex_lock"
fi
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
