#!/usr/bin/env python3
"""compare-with-qemu.py: device trees before CAS beside those of the host's QEMU.

Machine versions x processors x interrupt modes x numbers of processors x nodes x maxmem, and some machines with
devices. What may differ are the patterns of docs/device-tree.md; where QEMU refuses a machine, so must we. A part of
the matrix, in which each pair of values occurs; with LPAR_MATRIX=all the whole one. In the build directory, $srcdir set.
"""

import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

SRCDIR = os.environ.get("srcdir", "..")
QEMU = os.environ.get("QEMU", "qemu-system-ppc64")
COMMON = "-nodefaults -vga none -nographic -serial null".split()
LIMIT_S = 60

VERSIONS = "5.0 5.1 5.2 6.0 6.1 6.2 7.0 7.1 7.2".split()
PROCESSORS = "POWER8 POWER9 POWER10".split()
MODES = "xics xive dual".split()
VCPUS = "1 4".split()
NODES = {
    "flat": [],
    "two": "-object memory-backend-ram,id=m0,size=1G -object memory-backend-ram,id=m1,size=1G "
           "-numa node,nodeid=0,memdev=m0 -numa node,nodeid=1,memdev=m1".split(),
    "far": "-object memory-backend-ram,id=m0,size=512M -object memory-backend-ram,id=m1,size=1536M "
           "-numa node,nodeid=0,memdev=m0 -numa node,nodeid=1,memdev=m1 -numa dist,src=0,dst=1,val=80".split(),
}
MEMORY = {"2G": "2G", "4G": "2G,slots=4,maxmem=4G"}
AXES = [VERSIONS, PROCESSORS, MODES, VCPUS, list(NODES), list(MEMORY)]


def options_of(row):
    version, processor, mode, vcpus, nodes, memory = row
    options = ["-M", f"pseries-{version},ic-mode={mode}", "-cpu", processor, "-smp", vcpus, "-m", MEMORY[memory]]
    return options + NODES[nodes]


def pairs(row):
    return {(i, row[i], j, row[j]) for i in range(len(row)) for j in range(i)}


def part_of_matrix():
    """Rows that hold every pair of values: the one that adds most, again and again."""
    rows = list(itertools.product(*AXES))
    missing = set().union(*(pairs(row) for row in rows))
    chosen = []
    while missing:
        best = max(rows, key=lambda row: len(pairs(row) & missing))
        chosen.append(best)
        missing -= pairs(best)
    return chosen


def machines(folder):
    whole = os.environ.get("LPAR_MATRIX") == "all"
    yield from map(options_of, itertools.product(*AXES) if whole else part_of_matrix())
    yield ("-M pseries,ic-mode=xive -cpu POWER9 -m 2G,slots=4,maxmem=4G -smp 1 -name me "
           "-uuid 12345678-1234-1234-1234-123456789abc").split()
    yield "-M pseries,max-cpu-compat=power8 -cpu POWER9 -m 512M".split()
    yield "-M pseries,max-cpu-compat=power8,ic-mode=xive -cpu POWER9 -m 512M".split()
    yield "-M pseries,cap-vsx=off,cap-dfp=off -cpu POWER8 -m 512M".split()
    disk = f"{folder}/disk"
    with open(disk, "wb") as f:
        f.truncate(1 << 20)
    yield ("-M pseries -cpu POWER9 -m 1G -netdev user,id=n -device virtio-net-pci,netdev=n,romfile= -device virtio-rng-pci "
           f"-drive file={disk},format=raw,if=none,id=d -device virtio-blk-pci,drive=d,num-queues=1,addr=5 "
           "-device virtio-scsi-pci,num_queues=1 -device spapr-pci-host-bridge,index=1").split()
    yield ("-M pseries -cpu POWER9 -m 1G -boot once=d,menu=on -netdev user,id=n "
           "-device virtio-net-pci,netdev=n,bootindex=3,romfile= -netdev user,id=n2 -device spapr-vlan,netdev=n2,bootindex=4 "
           f"-drive file={disk},format=raw,if=none,id=d,readonly=on -device virtio-blk-pci,drive=d,bootindex=1 "
           f"-device virtio-scsi-pci,id=s -drive file={disk},format=raw,if=none,id=e,readonly=on "
           f"-device scsi-hd,drive=e,bus=s.0,bootindex=0 -device spapr-vscsi,id=v "
           f"-drive file={disk},format=raw,if=none,id=f,readonly=on -device scsi-cd,drive=f,bus=v.0,bootindex=2").split()
    if len(sys.argv) == 3:
        yield ["-M", "pseries", "-cpu", "POWER9", "-m", "1G", "-kernel", sys.argv[1], "-initrd", sys.argv[2], "-append",
               "console=hvc0 quiet"]


def run(command, text=None):
    p = subprocess.run(command, input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
                       timeout=LIMIT_S)
    return p.returncode, p.stdout


def their_tree(options, path):
    commands = [{"execute": "qmp_capabilities"}, {"execute": "dumpdtb", "arguments": {"filename": path}},
                {"execute": "quit"}]
    _, output = run([QEMU, *options, *COMMON, "-machine", "x-vof=on", "-qmp", "stdio", "-S"],
                    "".join(json.dumps(c) + "\n" for c in commands))
    return os.path.exists(path), output


def compare(number, options, folder, patterns):
    """Returns whether all is well, and what to say."""
    ours, theirs = f"{folder}/ours-{number}.dtb", f"{folder}/theirs-{number}.dtb"
    there, their_words = their_tree(options, theirs)
    status, our_words = run(["./lpar-dt", "dump", *options, *COMMON, "-o", ours])
    title = " ".join(options)
    if there != (status == 0):
        return False, f"{'only QEMU makes' if there else 'only lpar makes'}: {title}\n{their_words if status == 0 else our_words}"
    if not there:
        return True, f"refused: {title}"
    status, output = run(["./lpar-dt", "diff", *patterns, ours, theirs])
    os.unlink(ours)
    os.unlink(theirs)
    return status == 0, f"{'same' if status == 0 else 'differs'}: {title}\n{output}".rstrip()


def main():
    if not shutil.which(QEMU):
        sys.exit(f"{QEMU} is missing: apt-get install qemu-system-ppc")
    with open(f"{SRCDIR}/docs/device-tree.md", encoding="utf-8") as f:
        patterns = [word for p in re.findall(r"^\| `([^`]*)` \|", f.read(), re.M) for word in ("--ignore", p)]
    assert patterns
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(os.cpu_count()) as pool:
        jobs = [pool.submit(compare, i, options, folder, patterns) for i, options in enumerate(machines(folder))]
        for job in jobs:
            ok, text = job.result()
            passed, failed = passed + ok, failed + (not ok)
            if not ok or os.environ.get("V"):
                print(text, flush=True)
    print(f"{passed} passed, {failed} failed")
    return failed > 0


sys.exit(main())
