#!/usr/bin/env python3
"""Runs the bare guest torture.c: code and pages that change all the time, by chance.

Each seed is executed by the interpreter and by the translator in several ways: as it is, with everything translated at
once and a code cache that is always full, and with each region compared (verify=on). They must print the same, and the
cases with two processors must pass. $LPAR names the emulator, default $builddir/lpar. $TORTURE_SECONDS of processor
time are spent (default: one seed for each processor, byte order and way).
"""

import os
import resource
import struct
import subprocess
import sys
import tempfile

import run

WAYS = [("tcg", 1), ("tcg,hot=1,tb-size=1", 1), ("tcg,verify=on,hot=1", 0)]
ARGUMENTS = 0x10  # where torture.c has them
TIMEOUT_S = 120


def execute(image, processor, accel, has_second, seed, rounds, pairs, directory):
    path = os.path.join(directory, "image")
    with open(image, "rb") as source:
        content = bytearray(source.read())
    content[ARGUMENTS:ARGUMENTS + 32] = struct.pack(">4Q", rounds, seed, pairs, has_second)
    with open(path, "wb") as target:
        target.write(content)
    builddir = os.environ.get("builddir", os.path.join(run.HERE, "../../../build"))
    lpar = os.environ.get("LPAR", os.path.join(builddir, "lpar"))
    command = [lpar, "-cpu", processor, "-m", "256", "-smp", str(1 + has_second), "-accel", accel, "-bios", path]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired as late:
        return (late.stdout or b"").decode(errors="replace") + f"  no end after {TIMEOUT_S} s\n"
    return done.stdout.decode(errors="replace") + (f"  status {done.returncode}\n" if done.returncode else "")


def sums(output):
    return [line for line in output.splitlines() if line.startswith(("round ", "ends:"))]


def judge(output, reference):
    """What is wrong with it, as lines."""
    lines = output.splitlines()
    wrong = [line for line in lines if line.startswith("  ") or line.endswith(" failed") or "verify" in line]
    if "end of cases" not in lines:
        wrong.append("  the guest did not come to its end")
    if sums(output) != sums(reference):
        first = next((pair for pair in zip(sums(output), sums(reference)) if pair[0] != pair[1]), ("-", "-"))
        wrong.append(f"  differs from the interpreter: {first[0]}, which has: {first[1]}")
    return wrong


def spent():
    return sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])


def main():
    seconds = float(os.environ.get("TORTURE_SECONDS", "0"))
    seed = int(os.environ.get("SEED", "1"))
    rounds, pairs = (6000, 400) if seconds else (1200, 60)
    passed = failed = 0

    with tempfile.TemporaryDirectory() as directory:
        images = [(order, run.build("torture", order, prefix, directory)) for order, prefix, _ in run.ORDERS]
        while True:
            for processor in run.PROCESSORS:
                for order, image in images:
                    def one(accel, has_second):
                        return execute(image, processor, accel, has_second, seed, rounds, pairs, directory)
                    reference = one("interp", 1)
                    for accel, output in [("interp", reference)] + [(a, one(a, n)) for a, n in WAYS]:
                        wrong = judge(output, reference)
                        passed += not wrong
                        failed += bool(wrong)
                        if wrong:
                            print(f"{processor}, {order}, {accel}, seed {seed}:", *wrong[:20], sep="\n", flush=True)
                    seed += 1
            if spent() >= seconds or failed > 20:
                break
    print(f"{spent():.0f} s of processor time, {seed - 1} seeds")
    print(f"{passed} passed, {failed} failed")
    return failed != 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except subprocess.CalledProcessError as error:
        sys.exit(f"torture: {error.cmd[0]} failed")
