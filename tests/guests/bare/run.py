#!/usr/bin/env python3
"""Builds the bare guests, runs them on each processor in both byte orders, and counts their cases.

A guest prints `case NAME passed` or `case NAME failed` (with lines before that
tell what was seen and what was expected) and `end of cases`; then it powers
off. Cases named in known-failures are expected to fail: one that passes all
the same has failed. $LPAR names the emulator, default $builddir/lpar.

--qemu runs the same images with qemu-system-ppc64 instead, whose list is
qemu-differs: to compare, not a check. What stands there may pass, and QEMU may
end in the middle.
"""

import argparse
import collections
import concurrent.futures
import fnmatch
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TIMEOUT_S = 60
PROCESSORS = ["POWER8", "POWER9", "POWER10"]
# Name of the source, and options of the machine that it needs.
PROGRAMS = [
    ("interrupts", []),
    ("storage", []),
    ("async", []),
    ("trace", []),
    ("hash", ["-M", "pseries,cap-hpt-max-page-size=16m"]),
    ("radix", []),
    ("mode", []),
    ("prefixed", []),
    ("compat", ["-M", "pseries,max-cpu-compat=power8"]),
]
ORDERS = [
    ("le", "powerpc64le-linux-gnu-", "gcc-powerpc64le-linux-gnu"),
    ("be", "powerpc64-linux-gnu-", "gcc-powerpc64-linux-gnu"),
]
FLAGS = (
    "-O2 -std=gnu17 -mcpu=power8 -mabi=elfv2 -mno-altivec -mno-vsx -msoft-float -ffreestanding "
    "-nostdlib -fno-pic -no-pie -static -fno-stack-protector -fno-strict-aliasing "
    "-Wall -Wextra -Werror -Wl,-T,image.ld -Wl,--build-id=none"
).split()

Run = collections.namedtuple("Run", "program options order processor image")


def build(program, order, prefix, directory):
    elf = os.path.join(directory, f"{program}.{order}.elf")
    image = elf[:-4]
    sources = ["start.S", "bare.c", "mmu.c", program + ".c"]
    is_le = f"-DIS_LE={int(order == 'le')}"
    subprocess.run([prefix + "gcc", *FLAGS, is_le, "-o", elf, *sources], cwd=HERE, check=True)
    subprocess.run([prefix + "objcopy", "-O", "binary", elf, image], check=True)
    return image


def command_of(run, qemu):
    if qemu:
        emulator = ["qemu-system-ppc64", "-nodefaults", "-display", "none", "-serial", "stdio"]
    else:
        builddir = os.environ.get("builddir", os.path.join(HERE, "../../../build"))
        emulator = [os.environ.get("LPAR", os.path.join(builddir, "lpar"))]
    return [*emulator, "-cpu", run.processor, "-m", "256", *run.options, "-bios", run.image]


def execute(run, qemu):
    """Status and output of one guest."""
    try:
        done = subprocess.run(command_of(run, qemu), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE if qemu else subprocess.STDOUT,
                              timeout=TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired as late:
        return 1, (late.stdout or b"").decode(errors="replace") + f"  no end after {TIMEOUT_S} s\n"
    return done.returncode, done.stdout.decode(errors="replace")


def read_known(name):
    """[(pattern of program/case, pattern of processor, reason)]"""
    known = []
    with open(os.path.join(HERE, name), encoding="utf-8") as lines:
        for line in lines:
            if line.strip() and not line.startswith("#"):
                known.append(line.split(None, 2))
    return known


def is_known(known, run, case):
    return any(fnmatch.fnmatchcase(f"{run.program}/{case}", what) and
               fnmatch.fnmatchcase(run.processor, processor) for what, processor, _ in known)


def judge(run, known, qemu):
    status, output = execute(run, qemu)
    passed, expected, failures, lines = 0, 0, [], []

    for line in output.splitlines():
        match = re.fullmatch(r"case (\S+) (passed|failed)", line)
        if not match:
            lines.append(line)
            continue
        is_expected = is_known(known, run, match[1])
        if match[2] == "passed" and is_expected and not qemu:
            failures.append(f"  {match[1]}: passes, but stands in known-failures")
        elif match[2] == "passed":
            passed += 1
        elif is_expected:
            expected += 1
        else:
            failures.append("\n".join(lines) or f"  {match[1]}")
        lines = []
    if (status or lines != ["end of cases"]) and not qemu:
        failures.append("\n".join(lines + [f"  the guest did not end as it should, status {status}"]))
    return passed, expected, failures


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--qemu", action="store_true", help="with qemu-system-ppc64")
    parser.add_argument("--cpu", action="append", help="only this processor")
    parser.add_argument("--keep", metavar="DIR", help="keep the images there")
    parser.add_argument("program", nargs="*", help="only these programs")
    args = parser.parse_args()

    missing = [package for _, prefix, package in ORDERS if not shutil.which(prefix + "gcc")]
    if missing:
        sys.exit(f"bare: compilers are missing: apt-get install {' '.join(missing)}")
    known = read_known("qemu-differs" if args.qemu else "known-failures")
    passed = expected = failed = 0
    with tempfile.TemporaryDirectory() as temporary, concurrent.futures.ThreadPoolExecutor(2) as pool:
        directory = args.keep or temporary
        runs = []
        programs = [p for p in PROGRAMS if not args.program or p[0] in args.program]
        jobs = [(p, o, pool.submit(build, p[0], o[0], o[1], directory)) for p in programs for o in ORDERS]
        for (program, options), (order, _, _), job in jobs:
            image = job.result()
            runs += [Run(program, options, order, cpu, image) for cpu in args.cpu or PROCESSORS]
        for run, (good, foreseen, failures) in zip(runs, pool.map(lambda r: judge(r, known, args.qemu), runs)):
            passed += good
            expected += foreseen
            failed += len(failures)
            for text in failures:
                print(f"{run.program} on {run.processor}, {run.order}:\n{text}")
    if expected:
        print(f"{expected} known failures")
    print(f"{passed} passed, {failed} failed")
    return failed != 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except subprocess.CalledProcessError as error:
        sys.exit(f"bare: {error.cmd[0]} failed")
