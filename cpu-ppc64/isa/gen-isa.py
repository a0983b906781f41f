#!/usr/bin/env python3
"""Generates C from the instruction table.

gen-isa.py --out DIR --isa FILE... --interp FILE...   writes isa-gen.h, isa-table.c, isa-dispatch.c
gen-isa.py --doc FILE --isa FILE... --interp FILE...  writes the page that lists all instructions

A table line: NAME ; PATTERN ; OPERANDS ; LEVEL ; FACILITY ; CLASS ; FLAGS. PATTERN has 32 characters 0, 1
and . (blanks are ignored). Lines that begin with `field` define fields, see fields.isa. Any mistake ends
the run with file:line.

Prefixed instructions: PATTERN has 64 characters, the prefix word, then the suffix word. Fields in the prefix
have bits pFIRST:LAST. The wrapper of such a row checks FSCR[PREFIX].
"""
import argparse
import re
import sys

LEVELS = {"2.06": "ISA_2_06", "2.07": "ISA_2_07", "3.0": "ISA_3_0", "3.1": "ISA_3_1"}
FACILITIES = {"-": "NONE", "fp": "FP", "vec": "VEC", "vsx": "VSX", "dfp": "DFP", "tm": "TM",
              "ebb": "EBB", "tar": "TAR"}
# Facilities that a VSR number chooses: (below 32, from 32 on).
CHOSEN = {"vsx|vec:sx": ("VSX", "VEC"), "fp|vec:sx": ("FP", "VEC")}
CLASSES = ["fixed", "branch", "cr", "load", "store", "atomic", "cache", "sync", "system", "fp",
           "vmx", "vsx"]
FLAGS = ["user", "priv", "hv", "mem", "update", "branch"]
KINDS = ["gpr", "fpr", "vr", "vsr", "crf", "crb", "num", "hex", "snum", "target", "spr", "none"]


class Wrong(Exception):
    pass


class Field:
    def __init__(self, words):
        if len(words) < 4 or words[-1] not in KINDS:
            raise Wrong("a field line is: field NAME BITS [signed] [shift N] [less N] KIND")
        self.name = words[1]
        self.kind = words[-1]
        self.parts = []
        for part in words[2].split("+"):
            match = re.fullmatch(r"(p?)(\d+):(\d+)", part)
            if not match or not int(match[2]) <= int(match[3]) <= 31:
                raise Wrong(f"bits '{part}' are not first:last")
            # As bits of the 64 that hold both words, counted from the most significant.
            word = 0 if match[1] else 32
            self.parts.append((word + int(match[2]), word + int(match[3])))
        self.signed = "signed" in words[3:-1]
        self.shift = int(words[words.index("shift") + 1]) if "shift" in words else 0
        self.less = int(words[words.index("less") + 1]) if "less" in words else 0
        self.width = sum(last - first + 1 for first, last in self.parts)

    def bits(self):
        """The field's bits as a mask of prefix and word."""
        return sum(((1 << (last - first + 1)) - 1) << (63 - last) for first, last in self.parts)

    def c_function(self):
        terms, left = [], self.width
        for first, last in self.parts:
            n = last - first + 1
            left -= n
            word = "(uint32_t)i" if first >= 32 and self.width <= 32 else "i"
            term = f"({word} >> {63 - last} & {hex((1 << n) - 1)}u)"
            terms.append(f"{term} << {left}" if left else term)
        value = " | ".join(terms)
        if self.signed and self.width > 32:
            return (f"static inline int64_t f_{self.name}(insn_t i)\n{{\n    uint64_t v = {value};\n\n"
                    f"    return (int64_t)(v << {64 - self.width}) >> {64 - self.width};\n}}\n")
        if any(first < 32 for first, _ in self.parts):
            value = f"(uint32_t)({value})"
        if self.less:
            return (f"static inline int64_t f_{self.name}(insn_t i)\n{{\n    return "
                    f"(int64_t)(({value}) << {self.shift}) - {self.less};\n}}\n")
        if not self.signed:
            return (f"static inline unsigned f_{self.name}(insn_t i)\n{{\n    return "
                    f"({value}) << {self.shift};\n}}\n")
        return (f"static inline int64_t f_{self.name}(insn_t i)\n{{\n    uint32_t v = {value};\n\n"
                f"    return (int64_t)((int32_t)(v << {32 - self.width}) >> {32 - self.width}) * "
                f"{1 << self.shift};\n}}\n")


class Row:
    def __init__(self, columns, where, fields):
        if len(columns) != 7:
            raise Wrong(f"{len(columns)} columns instead of 7")
        self.name, pattern, self.operands, level, self.facility, self.cls, flags = columns
        self.where = where
        pattern = pattern.replace(" ", "")
        if not re.fullmatch(r"([01.]{32}){1,2}", pattern):
            raise Wrong(f"pattern of '{self.name}' is not 32 or 64 of 0, 1 and .")
        self.prefixed = len(pattern) == 64
        if self.prefixed != pattern.startswith("000001"):
            raise Wrong(f"'{self.name}': a prefix, and nothing else, has the primary opcode 1")
        self.pattern = pattern
        self.mask = int("".join("0" if c == "." else "1" for c in pattern), 2)
        self.value = int(pattern.replace(".", "0"), 2)
        if level not in LEVELS:
            raise Wrong(f"unknown level '{level}'")
        self.level = LEVELS[level]
        if self.facility not in FACILITIES and self.facility not in CHOSEN:
            raise Wrong(f"unknown facility '{self.facility}'")
        if self.cls not in CLASSES:
            raise Wrong(f"unknown class '{self.cls}'")
        self.flags = [f for f in flags.split(",") if f]
        for flag in self.flags:
            if flag not in FLAGS:
                raise Wrong(f"unknown flag '{flag}'")
        for word in re.findall(r"[a-z_0-9]+", self.operands.replace("|0", "")):
            if word not in fields:
                raise Wrong(f"unknown field '{word}'")
        self.operand_bits = 0
        for word in re.findall(r"[a-z_0-9]+", self.operands.replace("|0", "")):
            if self.operand_bits & fields[word].bits():
                raise Wrong(f"'{self.name}': field '{word}' shares bits with another operand")
            if fields[word].bits() >> 32 and not self.prefixed:
                raise Wrong(f"'{self.name}': field '{word}' lies in a prefix")
            self.operand_bits |= fields[word].bits()
        if self.operand_bits & self.mask:
            raise Wrong(f"'{self.name}': an operand's field covers fixed bits")
        self.c_name = self.name.replace(".", "_")
        self.enum = "ISA_" + self.c_name.upper()

    def vsr_field(self):
        for word in self.operands.split():
            if re.fullmatch(r"x[ts](28)?", word):
                return word
        raise Wrong(f"'{self.name}' needs a VSR operand to choose its facility")


def read_tables(paths):
    fields, rows, pending = {}, [], []
    for path in sorted(paths, key=lambda p: not p.endswith("fields.isa")):
        short = path[path.rfind("cpu-ppc64"):] if "cpu-ppc64" in path else path
        for number, line in enumerate(open(path, encoding="utf-8"), 1):
            line = line.split("#")[0].strip()
            if not line:
                continue
            try:
                if line.startswith("field "):
                    field = Field(line.split())
                    if field.name in fields:
                        raise Wrong(f"field '{field.name}' twice")
                    fields[field.name] = field
                else:
                    pending.append((f"{short}:{number}", [c.strip() for c in line.split(";")]))
            except Wrong as wrong:
                sys.exit(f"{path}:{number}: {wrong}")
    names = set()
    for where, columns in pending:
        try:
            row = Row(columns, where, fields)
            if row.name in names:
                raise Wrong(f"'{row.name}' twice")
            names.add(row.name)
            rows.append(row)
        except Wrong as wrong:
            sys.exit(f"{where}: {wrong}")
    check_overlaps(rows)
    return fields, rows


def check_overlaps(rows):
    """Two rows may match the same word only if one is a special case of the other."""
    for i, a in enumerate(rows):
        for b in rows[i + 1:]:
            common = a.mask & b.mask
            if (a.value ^ b.value) & common or a.prefixed != b.prefixed:
                continue
            if common not in (a.mask, b.mask) or a.mask == b.mask:
                sys.exit(f"{b.where}: '{b.name}' and '{a.name}' ({a.where}) match the same words")


def read_operations(paths):
    found = {}
    for path in paths:
        for number, line in enumerate(open(path, encoding="utf-8"), 1):
            match = re.match(r"OP\((\w+)\)", line)
            if match:
                if match[1] in found:
                    sys.exit(f"{path}:{number}: OP({match[1]}) is also in {found[match[1]]}")
                found[match[1]] = path
    return found


HEAD = "/* Generated by cpu-ppc64/isa/gen-isa.py; do not edit. */\n"


def header(fields, rows):
    out = [HEAD, "#ifndef GEN_ISA_GEN_H\n#define GEN_ISA_GEN_H\n\n",
           '#include "cpu-ppc64/isa/isa.h"\n\nenum isa_id {\n    ISA_INVALID,\n']
    out += [f"    {row.enum}, /* {row.where} */\n" for row in rows]
    out.append("    ISA_COUNT,\n};\n\n")
    out += [f.c_function() + "\n" for f in fields.values()]
    # What the disassembler needs: one line a field.
    out.append("/* ISA_FIELD(name, KIND) for each field, in the order of the file. */\n")
    out.append("#define ISA_FIELDS(ISA_FIELD) \\\n")
    out.append(" \\\n".join(f"    ISA_FIELD({f.name}, {f.kind.upper()})" for f in fields.values()))
    out.append("\n\n#endif\n")
    return "".join(out)


def table(rows, operations):
    out = [HEAD, '#include "gen/isa-gen.h"\n\n',
           'static const struct isa_row rows[ISA_COUNT] = {\n',
           '    [ISA_INVALID] = { .name = "(invalid)", .operands = "" },\n']
    for r in rows:
        facility = CHOSEN[r.facility][0] if r.facility in CHOSEN else FACILITIES[r.facility]
        flags = r.flags + (["done"] if r.c_name in operations else [])
        flags = " | ".join("ISA_FLAG_" + f.upper() for f in flags) or "0"
        out.append(f'    [{r.enum}] = {{ "{r.name}", "{r.operands}", {r.mask:#x}, '
                   f'{r.value:#x}, {r.operand_bits:#x}, {r.level}, FACILITY_{facility}, '
                   f'ISA_CLASS_{r.cls.upper()}, {flags} }}, /* {r.where} */\n')
    out.append("};\n\nconst struct isa_row *isa_row(unsigned id)\n{\n"
               "    return &rows[id < ISA_COUNT ? id : ISA_INVALID];\n}\n\n")
    # By primary opcode, the most specific row first: the first match is it. Prefixed ones are few.
    groups = {}
    for r in rows:
        groups.setdefault("prefixed" if r.prefixed else f"primary_{r.value >> 26}", []).append(r)
    out.append("/* Candidates by primary opcode, those with more fixed bits first. */\n")
    for name in sorted(groups):
        group = sorted(groups[name], key=lambda r: -bin(r.mask).count("1"))
        names = ", ".join(r.enum for r in group)
        out.append(f"static const uint16_t {name}[] = {{ {names}, ISA_INVALID }};\n")
    out.append("static const uint16_t none[] = { ISA_INVALID };\n"
               "static const uint16_t *const primaries[64] = {\n")
    for primary in range(64):
        name = f"primary_{primary}"
        out.append(f"    {name if name in groups else 'none'},\n")
    prefixed = "prefixed" if "prefixed" in groups else "none"
    out.append("};\n\nunsigned isa_decode_at(insn_t insn, unsigned level)\n{\n"
               f"    const uint16_t *id = insn >> 32 ? {prefixed} : primaries[insn >> 26];\n\n"
               "    while (*id != ISA_INVALID && ((insn & rows[*id].mask) != rows[*id].value || "
               "rows[*id].level > level))\n"
               "        id++;\n    return *id;\n}\n\n"
               "unsigned isa_decode(insn_t insn)\n{\n    return isa_decode_at(insn, UINT16_MAX);\n}\n")
    return "".join(out)


def checks(row):
    """The conditions before the operation, as C expressions."""
    out = []
    if "hv" in row.flags:
        return None
    if row.prefixed:
        out.append("op_facility_ok(c, FACILITY_PREFIX)")
    if "priv" in row.flags:
        out.append("op_privileged_ok(c, i)")
    if row.facility in CHOSEN:
        low, high = CHOSEN[row.facility]
        out.append(f"op_facility_ok(c, f_{row.vsr_field()}(i) < 32 ? FACILITY_{low} : "
                   f"FACILITY_{high})")
    elif row.facility != "-":
        out.append(f"op_facility_ok(c, FACILITY_{FACILITIES[row.facility]})")
    return out


def dispatch(rows, operations):
    out = [HEAD, '#include "cpu-ppc64/interp/op.h"\n\n']
    entries = []
    for r in rows:
        conditions = checks(r)
        if conditions is None:
            entries.append((r, "op_hypervisor"))
            continue
        operation = f"op_{r.c_name}" if r.c_name in operations else "op_missing"
        if r.c_name in operations:
            out.append(f"bool {operation}(struct cpu *c, insn_t i);\n")
        if not conditions:
            entries.append((r, operation))
            continue
        # The loop has set nia as if there were one word.
        skip = "c->nia = c->cia + 8;\n    " if r.prefixed else ""
        out.append(f"/* {r.where} */\nstatic bool run_{r.c_name}(struct cpu *c, insn_t i)\n{{\n    {skip}"
                   f"return {' && '.join(conditions)} && {operation}(c, i);\n}}\n")
        entries.append((r, f"run_{r.c_name}"))
    out.append("\nconst op_fn isa_ops[ISA_COUNT] = {\n    [ISA_INVALID] = op_invalid,\n")
    out += [f"    [{r.enum}] = {fn}, /* {r.where} */\n" for r, fn in entries]
    out.append("};\n")
    known = {r.c_name for r in rows}
    for name in sorted(operations):
        if name not in known:
            sys.exit(f"{operations[name]}: OP({name}) has no line in the instruction table")
    return "".join(out)


def document(rows, operations):
    out = ["# Instructions\n\nGenerated from the instruction table (`make docs`). State: done, missing "
           "(raises the illegal-instruction\ninterrupt and is named in the log), or illegal for "
           "partitions.\n\n| mnemonic | encoding | operands | ISA | facility | state |\n"
           "|---|---|---|---|---|---|\n"]
    for r in sorted(rows, key=lambda row: row.name):
        state = ("illegal for partitions" if "hv" in r.flags
                 else "done" if r.c_name in operations else "missing")
        level = r.level.removeprefix("ISA_").replace("_", ".")
        facility = r.facility.replace("|", " or ")
        out.append(f"| {r.name} | `{r.pattern}` | {r.operands.replace('|', chr(92) + '|')} | {level} | "
                   f"{facility} | {state} |\n")
    return "".join(out)


def write(path, text):
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out")
    parser.add_argument("--doc")
    parser.add_argument("--isa", nargs="+", required=True)
    parser.add_argument("--interp", nargs="*", default=[])
    args = parser.parse_args()
    fields, rows = read_tables(args.isa)
    operations = read_operations(args.interp)
    if args.out:
        write(f"{args.out}/isa-gen.h", header(fields, rows))
        write(f"{args.out}/isa-table.c", table(rows, operations))
        write(f"{args.out}/isa-dispatch.c", dispatch(rows, operations))
    if args.doc:
        write(args.doc, document(rows, operations))


if __name__ == "__main__":
    main()
