#!/usr/bin/env python3
"""What lpar itself takes of the host's memory, with Debian 12 at a command of its shell.

Boots Debian and sums the resident pages of /proc/PID/smaps by what they are: the guest's memory (the mappings as large
as that, and files laid into it), translated code (both mappings of it count once), its tables, libraries, and the rest.
Usage: overhead.py [LPAR OPTION..]. The last line is MiB without guest memory and translated code with its tables.
"""

import collections
import os
import re
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
RAM_MIB = 1024


def mappings(pid):
    """(size, resident KiB, rights, name) of each."""
    with open(f"/proc/{pid}/smaps", encoding="ascii", errors="replace") as lines:
        for line in lines:
            match = re.match(r"([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \S+\s*(.*)$", line)
            if match:
                head = int(match[2], 16) - int(match[1], 16), match[3], match[4].strip(), int(match[1], 16)
            elif line.startswith("Rss:"):
                yield head[3], head[0], int(line.split()[1]), head[1], head[2]


def guest_memory(all_mappings):
    """Files that are laid into it cut it into pieces, which follow each other."""
    begin, size = max(((at, size) for at, size, _, rights, _ in all_mappings if "w" in rights), key=lambda m: m[1])
    end = begin + size
    for at, size, *_ in sorted(all_mappings):
        if at == end and end - begin < RAM_MIB << 20:
            end += size
    for at, size, *_ in sorted(all_mappings, reverse=True):
        if at + size == begin and end - begin < RAM_MIB << 20:
            begin = at
    return begin, end


def kinds(pid):
    sums = collections.Counter()
    all_mappings = list(mappings(pid))
    begin, end = guest_memory(all_mappings)
    code_ends = {at + size for at, size, _, rights, name in all_mappings if "lpar-code" in name and "x" in rights}
    for at, size, resident, rights, name in all_mappings:
        if begin <= at < end:
            kind = "guest memory"
        elif "lpar-code" in name:
            kind = "translated code" if "x" in rights else "translated code, seen again"
        elif at in code_ends:
            kind = "its tables"
        elif ".so" in name:
            kind = "libraries"
        elif name.endswith("lpar"):
            kind = "the program"
        else:
            kind = "heap and stacks"
        sums[kind] += resident
    return sums


def find_child(pid):
    """The emulator: the descendant that was started with the guest's kernel."""
    out = subprocess.run(["ps", "-eo", "pid,ppid,args"], stdout=subprocess.PIPE, text=True, check=True).stdout
    rows = [line.split(None, 2) for line in out.splitlines()[1:]]
    family = {pid}
    for _ in range(6):
        family |= {int(p) for p, parent, _ in rows if int(parent) in family}
    for p, _, args in rows:
        if int(p) in family and " -kernel " in args and "python" not in args.split()[0]:
            return int(p)
    return None


def main():
    lpar = os.environ.get("LPAR", os.path.join(os.environ.get("builddir", TOP + "/build"), "lpar"))
    environment = dict(os.environ, LPAR=" ".join([lpar, "-m", str(RAM_MIB), *sys.argv[1:]]))
    command = [TOP + "/quickstart", "boot", "--", "sh", "-c", "echo here; sleep 20"]
    with subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True) as guest:
        for line in guest.stdout:
            if line.strip() == "here":
                break
        time.sleep(1)
        sums = kinds(find_child(guest.pid))
        guest.stdout.read()
    for kind, kib in sums.most_common():
        print(f"{kib / 1024:8.1f} MiB {kind}")
    own = sum(kib for kind, kib in sums.items() if kind in ("libraries", "the program", "heap and stacks"))
    print(f"{own / 1024:.1f}")


if __name__ == "__main__":
    main()
