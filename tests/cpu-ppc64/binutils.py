"""What binutils knows of the POWER processors, and what the instruction table does: for check-disas.py and
isa-page.py."""
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile

AS = "powerpc64le-linux-gnu-as"
OBJDUMP = "powerpc64le-linux-gnu-objdump"
NOP = 0x60000000
# The processors whose tables are compared, with the ISA level that each has.
LEVELS = {"power8": 207, "power9": 300, "power10": 310}

# Operands to try: of each mnemonic of the tables some are right.
OPERANDS = """
    -- .+8 1 1,.+8 2 0 0,0 4(3) 8(3) 1,2 1,8 2,2 1,1 0,1 1,0 2,3 4,6 1,16 1,100 1,128 12,2 1,0x12345 1,2,3 1,2,0 4,1,2
    2,4,6 4,6,0 2,2,4 2,4,6,0 0,4,6,0 0,1,2 0,2,3 1,0,1 1,1,1 12,2,0 12,2,.+8 1,2,.+8 1,35,36 0,35,36 1,7,5
    1,2,3,4 1,2,3,0 1,2,3,1 1,2,1,2 3,2,1,0 4,1,2,3 0,1,2,3 1,0,5,6 1,2,3,4,5 1,2,3,4,5,6 1,2,3,4,5,0 1,2,3,0,0,0
    3,4,5,1,1 1,16(3) 2,16(3) 1,-8(3) 1,16(3),0 2,16(0),1 1,0(3) 4,8(3)
""".split()


# What binutils has for these processors and the instruction table leaves out: none of it is an instruction of
# ISA 2.07, 3.0 or 3.1 for servers, and the processors raise the illegal-instruction interrupt.
LEFT_OUT = {
    "attn": "the service processor's attention; illegal unless a hypervisor's HID0 allows it",
    "dcbi": "left the architecture for servers before ISA 2.06",
    "eciwx": "external control left the architecture before ISA 2.06",
    "ecowx": "external control left the architecture before ISA 2.06",
    "icswx": "coprocessor requests of ISA 2.07, which no partition is offered; gone in ISA 3.0",
    "icswx.": "as icswx",
    "mtsle": "a bit of POWER6's MSR",
    "mtsrd": "segment registers of POWER3",
    "mtsrdin": "segment registers of POWER3",
    "pbt.": "PowerBus transactions of POWER7's coprocessors",
    "rfi": "32-bit implementations",
    "rmieg": "drafts of ISA 3.0; not in the book as published",
    "tlbia": "32-bit implementations",
    "tlbld": "software-loaded TLBs of the 603",
    "tlbli": "software-loaded TLBs of the 603",
}


def need():
    for tool in (AS, OBJDUMP):
        if not shutil.which(tool):
            sys.exit(f"{tool} is missing: apt-get install binutils-powerpc64le-linux-gnu")


def libraries(build):
    """What liblpar.a needs beside itself, by the build's configuration."""
    with open(os.path.join(build, "config.mk"), encoding="utf-8") as f:
        return next((line.split()[2:] for line in f if line.startswith("LIBS :=")), [])


class Table:
    """Our side: disas-words.c, compiled for `user` (who may run beside another)."""

    def __init__(self, user):
        self.top = os.environ.get("srcdir", os.path.join(os.path.dirname(__file__), "..", ".."))
        build = os.environ.get("builddir", ".")
        self.program = os.path.join(build, "tests", "cpu-ppc64", "disas-words-" + user)
        os.makedirs(os.path.dirname(self.program), exist_ok=True)
        subprocess.run([*os.environ.get("CC", "cc").split(), *os.environ.get("DIFF_CFLAGS", "").split(),
                        "-std=c17", "-O1", "-I", self.top, "-I", build, "-o", self.program,
                        os.path.join(self.top, "tests/cpu-ppc64/disas-words.c"),
                        os.path.join(build, "liblpar.a"), *libraries(build), "-lm"], check=True)

    def _run(self, what, words):
        return subprocess.run([self.program, what], input="\n".join("%x" % w for w in words), stdout=subprocess.PIPE,
                              check=True, text=True).stdout.splitlines()

    def rows(self):
        """name, level, state, value, operand bits of each row."""
        split = (line.split() for line in self._run("rows", []))
        return [(name, int(level), state, int(value, 16), int(bits, 16)) for name, level, state, value, bits in split]

    def names(self, words):
        return self._run("names", words)

    def disassemble(self, words):
        return self._run("disassemble", words)


def objdump(words, cpu, options="raw"):
    """One text (mnemonic, operands) for each word, or prefix and suffix as one number; None where binutils knows
    no instruction of that processor."""
    with tempfile.NamedTemporaryFile() as f:
        # Each has eight bytes of its own: no pair crosses a boundary, no word is taken for a suffix.
        f.write(b"".join(struct.pack("<II", *(divmod(w, 1 << 32) if w >> 32 else (w, NOP))) for w in words))
        f.flush()
        out = subprocess.run([OBJDUMP, "-D", "-z", "-b", "binary", "-m", "powerpc:common64", "-EL",
                              f"-M{cpu}{',' + options if options else ''}", f.name],
                             stdout=subprocess.PIPE, check=True, text=True).stdout
    texts = {}
    for line in out.splitlines():
        match = re.match(r"\s*([0-9a-f]+):\t[0-9a-f ]+\t(.*)", line)
        if match and int(match[1], 16) % 8 == 0:
            text = match[2].split("<")[0].strip()
            texts[int(match[1], 16) // 8] = None if text.startswith(".") else text
    return [texts.get(i) for i in range(len(words))]


def assemble(cpu, lines):
    """The words of those lines that the assembler takes, by line; the messages about the others."""
    with tempfile.TemporaryDirectory() as d:
        source, out = os.path.join(d, "a.s"), os.path.join(d, "a.o")
        messages, good = {}, list(range(len(lines)))
        for _ in range(2):
            with open(source, "w", encoding="ascii") as f:
                f.write("".join(f"\t{lines[i]}\n\t.balign 8\n" for i in good))
            done = subprocess.run([AS, "-mbig", "-m" + cpu, "-o", out, source], stderr=subprocess.PIPE, text=True,
                                  env={**os.environ, "LC_ALL": "C"})
            found = [re.match(r"\S+:(\d+): Error: (.*)", line) for line in done.stderr.splitlines()]
            messages.update({good[(int(m[1]) - 1) // 2]: m[2] for m in found if m})
            if not done.returncode:
                break
            good = [i for i in good if i not in messages]
        done.check_returncode()
        dump = subprocess.run([OBJDUMP, "-s", "-j", ".text", out], stdout=subprocess.PIPE, check=True, text=True).stdout
    text = bytes.fromhex("".join("".join(line[1:].split(" ", 1)[1][:35].split())
                                 for line in dump.splitlines() if re.match(r" [0-9a-f]+ ", line)))
    pairs = struct.iter_unpack(">II", text + b"\0" * (-len(text) % 8))
    return {i: a << 32 | b if a >> 26 == 1 else a for i, (a, b) in zip(good, pairs)}, messages


def mnemonics():
    """All that the assembler knows: by name, the oldest of the processors that has it (and the newest, if that is
    not power10).

    Candidates are the strings in the assembler and its libraries, and the ends of those strings, because linkers
    keep one string for two where one ends like the other. What it does not call unrecognized is a mnemonic."""
    files = [shutil.which(AS)]
    listed = subprocess.run(["ldd", files[0]], stdout=subprocess.PIPE, check=True, text=True).stdout
    files += re.findall(r"=> (\S*lib(?:opcodes|bfd)\S*)", listed)
    candidates = set()
    for path in files:
        with open(path, "rb") as f:
            for string in re.findall(rb"([a-z][a-z0-9_]{0,23}[.+-]?)\0", f.read()):
                string = string.decode()
                candidates.update(string[i:] for i in range(len(string)) if string[i].isalpha())
    candidates = sorted(candidates)
    known = {}
    for cpu in LEVELS:
        _, messages = assemble(cpu, candidates)
        for i, name in enumerate(candidates):
            if not messages.get(i, "").startswith("unrecognized opcode"):
                known.setdefault(name, []).append(cpu)
    return known


def words_of(names):
    """Words of every mnemonic (a dictionary as mnemonics() returns it), with several operands where it takes them."""
    words = {}
    for cpu in LEVELS:
        tried = [(name, operands.replace("--", "")) for name, cpus in names.items() if cpus[-1] == cpu
                 for operands in OPERANDS]
        found, _ = assemble(cpu, [f"{name} {operands}" for name, operands in tried])
        for i, word in found.items():
            words.setdefault(tried[i][0], []).append(word)
    return words
