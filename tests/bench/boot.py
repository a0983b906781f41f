#!/usr/bin/env python3
"""Boot times of several emulators, interleaved: from the start of the process to the end of it, after the
guest's first process has powered off.

boot.py --kernel FILE --initrd FILE --emu NAME="COMMAND OPTIONS" [--emu ...] [--rounds N] [--append TEXT]

Prints medians of wall and processor time, and ratios to the first emulator. The guest's first process must
power off by itself (--append 'console=hvc0 run=/bin/true' for the test initramfs).
"""
import argparse
import os
import shlex
import statistics
import subprocess
import sys
import time


def run(command, kernel, initrd, append):
    """(wall, processor) seconds of one boot."""
    start = time.monotonic()
    before = os.times()
    result = subprocess.run(
        [*shlex.split(command), "-no-reboot", "-kernel", kernel, "-initrd", initrd, "-append", append],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=600)
    after = os.times()
    if result.returncode != 0:
        sys.stderr.buffer.write(result.stdout[-2000:])
        sys.exit(f"boot.py: '{command}' ended with {result.returncode}")
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return time.monotonic() - start, used


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kernel", required=True)
    parser.add_argument("--initrd", required=True)
    parser.add_argument("--append", default="console=hvc0 quiet run=/bin/true")
    parser.add_argument("--emu", action="append", required=True, metavar="NAME=COMMAND")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    emulators = [e.split("=", 1) for e in options.emu]
    times = {name: [] for name, _ in emulators}
    for r in range(options.rounds):
        for name, command in emulators:
            print(f"round {r + 1} of {options.rounds}: {name}", file=sys.stderr)
            times[name].append(run(command, options.kernel, options.initrd, options.append))
    first = None
    for name, _ in emulators:
        wall = statistics.median(t[0] for t in times[name])
        used = statistics.median(t[1] for t in times[name])
        first = first or (wall, used)
        print(f"{name:12} wall {wall:6.2f} s (x{wall / first[0]:.2f})  processor {used:6.2f} s "
              f"(x{used / first[1]:.2f})")


if __name__ == "__main__":
    main()
