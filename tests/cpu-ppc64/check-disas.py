#!/usr/bin/env python3
"""Compares our disassembly with that of binutils, both ways. Runs in the build directory, where it compiles
disas-words.c.

1. Random words of every row of the instruction table: the same mnemonic and operands, in every word.
2. Random words of every primary and extended opcode: what binutils takes for an instruction of POWER9 (with
   reserved bits clear) is a row of the table.
"""
import os
import random
import re
import shutil
import struct
import subprocess
import sys
import tempfile

OBJDUMP = "powerpc64le-linux-gnu-objdump"
WORDS_PER_ROW = 24

# Mnemonics that the table leaves out, or names otherwise, on purpose.
LEFT_OUT = {
    "attn": "service processor", "cpabort": "cp_abort in the table", "tlbld": "older processors",
    "tlbli": "older processors", "dcba": "withdrawn", "lscbx": "withdrawn", "eciwx": "withdrawn",
    "ecowx": "withdrawn", "mcrxr": "withdrawn before POWER", "tlbia": "withdrawn",
    "mfsr": "32-bit segments", "mfsrin": "32-bit segments", "mtsr": "32-bit segments",
    "mtsrin": "32-bit segments", "mtsrd": "withdrawn", "mtsrdin": "withdrawn", "rfi": "32-bit",
    "slbiag": "ISA 3.0B, not in POWER9", "rmieg": "not in POWER9", "urfid": "ultravisor",
    "dcbi": "withdrawn", "dcbtct": "alias", "dcbtds": "alias",
    "bpermd.": "no such record form", "dstt": "alias of dst", "dststt": "alias of dstst",
    "dssall": "alias of dss",
    "tendall.": "tend. with A = 1", "addex": "only CY = 0 is defined",
    "icswx": "withdrawn", "icswx.": "withdrawn",
    "msgclru": "ultravisor", "msgsndu": "ultravisor", "mtsle": "withdrawn", "pbt.": "withdrawn",
    "svc": "POWER", "svcl": "POWER", "svca": "POWER", "svcla": "POWER",
}

# Operands that binutils spells otherwise: by our mnemonic without suffixes, what to make equal in both
# texts (ours, theirs) before they are compared, and why.
SPELT = {
    "b": (r"0x(f{8})?", "", "an absolute target has 64 bits here, 32 there"),
    "bc": (r"0x(f{8})?", "", "an absolute target has 64 bits here, 32 there"),
    "mfcr": (r",-1$", "", "an optional FXM, absent"),
    "lswi": (r",(0|32)$", ",0", "NB = 0 stands for 32"),
    "stswi": (r",(0|32)$", ",0", "NB = 0 stands for 32"),
    "addex": (r",0$", "", "CY, of which only 0 is defined"),
    "sync": (r",0$", "", "SC, which ISA 3.1 added and which changes nothing here"),
    "wait": (r",0$", "", "PL, which ISA 3.1 added and which changes nothing here"),
    "paste.": (r",0$", "", "L"),
    "mtvsrbmi": (r",.*$", "", "an immediate that is signed there"),
    "dcbf": (r",0$", "", "L, a hint that is not kept apart"),
}

# Quad-precision decimals stand in even registers; binutils takes odd ones for those before them.
EVEN = re.compile(r"d\w+q")


def objdump(words):
    """One text (mnemonic, operands) a word; None where binutils knows none."""
    with tempfile.NamedTemporaryFile() as f:
        f.write(b"".join(struct.pack("<I", w) for w in words))
        f.flush()
        out = subprocess.run(
            [OBJDUMP, "-D", "-z", "-b", "binary", "-m", "powerpc:common64", "-EL",
             "-Mpower10,raw", f.name], stdout=subprocess.PIPE, check=True, text=True).stdout
    texts = {}
    for line in out.splitlines():
        match = re.match(r"\s*([0-9a-f]+):\t[0-9a-f ]+\t(.*)", line)
        if match:
            text = match[2].split("<")[0].strip()
            texts[int(match[1], 16) // 4] = None if text.startswith(".long") else text
    return [texts.get(i) for i in range(len(words))]


def normal(text, row=None):
    """Spelling that both sides share: numbers in decimal, no blanks, branch hints off."""
    name, _, operands = text.partition(" ")
    name = re.sub(r"[+-]$", "", name)
    # Of the matrix-multiply assist raw output shows the names of a later extension, and accumulators as a0 to a7.
    if re.match(r"dm(xv|xx|setaccz)", name):
        name = name[2:] if name != "dmsetaccz" else "xxsetaccz"
        operands = re.sub(r"^\s*a", "", operands)
    operands = operands.replace(" ", "")
    if row in SPELT:
        operands = re.sub(SPELT[row][0], SPELT[row][1], operands)
    operands = re.sub(r"0x[0-9a-f]+", lambda m: str(int(m[0], 16)), operands)
    return name, operands


def compare_rows(program, seed):
    random.seed(seed)
    rows = [line.split() for line in subprocess.run(
        [program, "rows"], stdout=subprocess.PIPE, check=True, text=True).stdout.splitlines()]
    words, names = [], []
    for name, _, value, bits in rows:
        for _ in range(WORDS_PER_ROW):
            word = int(value, 16) | random.getrandbits(32) & int(bits, 16)
            words.append(word)
            names.append(name)
    theirs = objdump(words)
    ours = subprocess.run([program], input="\n".join("%x" % w for w in words),
                          stdout=subprocess.PIPE, check=True, text=True).stdout.splitlines()
    unknown, same_name, same_all, bad = {}, set(), set(), {}
    for word, name, a, b in zip(words, names, ours, theirs):
        if b is None:
            unknown[name] = unknown.get(name, 0) + 1
            continue
        x, y = normal(a, name), normal(b, name)
        if x[0] != y[0]:
            if y[0] not in LEFT_OUT:
                bad.setdefault(name, (word, a, b))
            continue
        same_name.add(name)
        if x == y:
            same_all.add(name)
        else:
            bad.setdefault(name, (word, a, b))
    return rows, unknown, same_name, same_all, bad


def find_missing(program, seed, rows):
    """Mnemonics that binutils knows and the table does not."""
    pairs = {row[0] for row in rows if EVEN.fullmatch(row[0])}
    random.seed(seed)
    words = []
    for primary in range(64):
        if primary == 1:
            continue  # prefixes, which have two words
        for low in range(2048):
            for fields in (0, random.getrandbits(15) << 11, 0x1f << 21, 3 << 21 | 4 << 16 | 5 << 11):
                words.append(primary << 26 | fields | low)
    theirs = objdump(words)
    ours = subprocess.run([program], input="\n".join("%x" % w for w in words),
                          stdout=subprocess.PIPE, check=True, text=True).stdout.splitlines()
    missing = {}
    for word, a, b in zip(words, ours, theirs):
        if b is not None and a.startswith(".long"):
            name = normal(b)[0]
            if name not in LEFT_OUT and name.rstrip(".") not in pairs:
                missing.setdefault(name, (word, b))
    return missing


def main():
    top = os.environ.get("srcdir", os.path.join(os.path.dirname(__file__), "..", ".."))
    build = os.environ.get("builddir", ".")
    if not shutil.which(OBJDUMP):
        sys.exit("check-disas: objdump for POWER is missing: apt-get install "
                 "binutils-powerpc64le-linux-gnu")
    program = os.path.join(build, "tests", "cpu-ppc64", "disas-words")
    os.makedirs(os.path.dirname(program), exist_ok=True)
    subprocess.run([*os.environ.get("CC", "cc").split(), "-std=c17", "-O1", "-I", top, "-I", build, "-o", program,
                    os.path.join(top, "tests/cpu-ppc64/disas-words.c"),
                    os.path.join(build, "liblpar.a"), "-lm"], check=True)
    rows, unknown, same_name, same_all, bad = compare_rows(program, 1)
    missing = find_missing(program, 2, rows)
    for name, (word, a, b) in sorted(bad.items()):
        print(f"{name}: {word:08x} here '{a}', binutils '{b}'")
    for name, (word, b) in sorted(missing.items()):
        print(f"not in the table: {name} ({word:08x} {b})")
    never = [r[0] for r in rows if r[0] not in same_name and r[0] not in bad]
    print(f"{len(rows)} rows: {len(same_name)} with the same name, {len(same_all - bad.keys())} with the same operands "
          f"in every word, {len(never)} unknown to binutils' POWER10: {' '.join(never)}")
    sys.exit(1 if bad or missing else 0)


if __name__ == "__main__":
    main()
