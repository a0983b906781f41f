#!/usr/bin/env python3
"""Compares our instruction table with that of binutils, both ways. Runs in the build directory, where it compiles
disas-words.c.

1. Random words of every row of the instruction table, prefixed ones too: the same mnemonic and operands, in every
   word.
2. Random words of every primary and extended opcode: what binutils takes for an instruction (with reserved bits
   clear) is a row of the table.
3. The words of both, as POWER8, POWER9 and POWER10 know them: a row's level is that of the first processor that
   binutils knows it for.
"""
import random
import re
import sys

import binutils

WORDS_PER_ROW = 24

# Mnemonics that binutils prints otherwise, by its name.
OTHER_NAMES = {
    "dcbtct": "dcbt", "dcbtds": "dcbt", "dstt": "dst", "dststt": "dstst", "dssall": "dss", "tendall.": "tend.",
    "cpabort": "cp_abort",
}

# Rows whose words binutils knows for none of the three processors, and why.
UNKNOWN = {
    "lfdp": "phased out in ISA 2.06; POWER6 alone has it there", "lfdpx": "as lfdp", "stfdp": "as lfdp",
    "stfdpx": "as lfdp", "mftb": "POWER4 alone; newer ones have mfspr with the timebase's number there",
    "nop_reserved": "no-operations by the book, without a name",
}

# Rows that binutils knows for another level than ours: its level, and why ours is right.
OTHER_LEVELS = {
    "hashst": (207, "no-operations of POWER8 and POWER9, as which nop_reserved takes them"),
    "hashchk": (207, "as hashst"), "hashstp": (207, "as hashst"), "hashchkp": (207, "as hashst"),
    "vabsdub": (207, "came with ISA 3.0, and GCC makes it for POWER9 first"), "vabsduh": (207, "as vabsdub"),
    "vabsduw": (207, "as vabsdub"),
    "tlbiel": (300, "POWER8's has no RS, RIC, PRS and R: 0 in its words"),
    "wait": (207, "POWER8's waitasec, which its book does not have"),
}

# Rows that left the architecture: the last level that binutils knows them for.
UNTIL = {"nap": 207, "sleep": 207, "doze": 207, "rvwinkle": 207}

# Bits that must be so for binutils, though the book calls them reserved or another form: (mask, value).
FORMS = {
    "copy": (1 << 21, 1 << 21), # ISA 3.0 printed a 1 there
    "paste.": (1 << 21, 1 << 21),
    "mfocrf": (0xff000, 0x8000), "mtocrf": (0xff000, 0x8000), # one field, others are undefined
    "plq": (1 << 21, 0), "pstq": (1 << 21, 0), # the even register of a pair, others are invalid
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
    "paste.": (r",1$", "", "L, see FORMS"),
    "mtvsrbmi": (r",.*$", "", "an immediate that is signed there"),
    "dcbf": (r",0$", "", "L, a hint that is not kept apart"),
}

# Quad-precision decimals stand in even registers; binutils takes odd ones for those before them.
EVEN = re.compile(r"d\w+q")


def normal(text, row=None):
    """Spelling that both sides share: numbers in decimal, no blanks, branch hints off."""
    name, _, operands = text.partition("#")[0].strip().partition(" ")
    name = re.sub(r"[+-]$", "", name)
    # Of the matrix-multiply assist raw output shows the names of a later extension, and accumulators as a0 to a7.
    if re.match(r"p?m?dm(xv|xx|setaccz)", name):
        name = name.replace("dm", "", 1) if name != "dmsetaccz" else "xxsetaccz"
        operands = re.sub(r"^\s*a", "", operands)
    operands = operands.replace(" ", "")
    if row in SPELT:
        operands = re.sub(SPELT[row][0], SPELT[row][1], operands)
    operands = re.sub(r"0x[0-9a-f]+", lambda m: str(int(m[0], 16)), operands)
    return name, operands


def words_of_rows(rows):
    for name, _, _, value, bits in rows:
        for _ in range(WORDS_PER_ROW):
            word = value | random.getrandbits(64) & bits
            mask, fixed = FORMS.get(name, (0, 0))
            word = word & ~mask | fixed
            yield name, word


def compare_rows(table, rows):
    """Rows that binutils knows words of, and for those that differ a word and both texts."""
    known, bad = {}, {}
    cases = list(words_of_rows(rows))
    words = [word for _, word in cases]
    texts = zip(*(binutils.objdump(words, cpu) for cpu in reversed(binutils.LEVELS)))
    for (name, word), ours, theirs in zip(cases, table.disassemble(words), texts):
        theirs = next((text for text in theirs if text), None)
        if theirs is None:
            continue
        known.setdefault(name, []).append(word)
        a, b = normal(ours, name), normal(theirs, name)
        if a != b and OTHER_NAMES.get(b[0]) != a[0]:
            bad.setdefault(name, f"{name}: {word:08x} here '{ours}', binutils '{theirs}'")
    return known, bad


def opcode_words():
    """Words of every primary and extended opcode, some fields of them at random."""
    for primary in range(64):
        if primary == 1:
            continue
        for low in range(2048):
            for fields in (0, random.getrandbits(15) << 11, 0x1f << 21, 3 << 21 | 4 << 16 | 5 << 11):
                yield primary << 26 | fields | low
    for high in range(64): # prefixes: type and subtype, then every suffix
        for primary in range(64):
            for low in range(2048) if high >> 4 == 3 and primary in (59, 60, 63) else range(0, 2048, 32):
                suffix = primary << 26 | random.choice((0, random.getrandbits(15) << 11)) | low
                yield (1 << 26 | high << 20) << 32 | suffix


def find_missing(table, cpu):
    """Mnemonics that binutils knows and the table does not, or not at the processor's level."""
    words = list(opcode_words())
    levels = {name: level for name, level, _, _, _ in table.rows()}
    missing = {}
    for word, name, theirs in zip(words, table.names(words), binutils.objdump(words, cpu)):
        if theirs is None:
            continue
        theirs_name = normal(theirs)[0]
        if theirs_name in binutils.LEFT_OUT or theirs_name == "addex": # of whose CY only 0 is defined
            continue
        if name == "(invalid)" and EVEN.fullmatch(theirs_name.rstrip(".")):
            continue
        if name == "(invalid)":
            missing.setdefault(theirs_name, f"not in the table: {theirs_name} ({word:08x} {theirs})")
        elif levels[name] > binutils.LEVELS[cpu] and OTHER_LEVELS.get(name, (999,))[0] > binutils.LEVELS[cpu]:
            missing.setdefault(theirs_name, f"{name}: level {levels[name]}, but binutils' {cpu} has it "
                                            f"({word:08x} {theirs})")
    return missing


def compare_levels(rows, known):
    """Rows that binutils does not know for a processor of their level, or does for one of a lower level."""
    bad = {}
    cases = [(row[0], word) for row in rows for word in known.get(row[0], [])]
    for cpu, cpu_level in binutils.LEVELS.items():
        theirs = {}
        for (name, word), text in zip(cases, binutils.objdump([word for _, word in cases], cpu)):
            if text is not None:
                theirs[name] = word, text
        for name, level, _, _, _ in rows:
            expected = OTHER_LEVELS.get(name, (level,))[0] <= cpu_level <= UNTIL.get(name, 999)
            if name in known and expected != (name in theirs):
                bad.setdefault(name, f"{name}: level {level}, but binutils' {cpu} " + (
                    "knows %08x (%s)" % theirs[name] if name in theirs else "does not know it"))
    return bad


def main():
    binutils.need()
    random.seed(1)
    table = binutils.Table("check-disas")
    rows = table.rows()
    known, bad = compare_rows(table, rows)
    levels = compare_levels(rows, known)
    missing = {}
    for cpu in binutils.LEVELS:
        for name, text in find_missing(table, cpu).items():
            missing.setdefault(name, text)
    unknown = [row[0] for row in rows if row[0] not in known and row[0] not in UNKNOWN]
    for texts in (bad, levels, missing):
        for name in sorted(texts):
            print(texts[name])
    if unknown:
        print(f"unknown to binutils: {' '.join(unknown)}")
    print(f"{len(rows)} rows, {len(known)} of them with the same names and operands in every word")
    sys.exit(1 if bad or levels or missing or unknown else 0)


if __name__ == "__main__":
    main()
