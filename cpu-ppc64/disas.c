/* Disassembly from the instruction table: the operands column, word by word. */
#include "cpu-ppc64/disas.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "gen/isa-gen.h"

enum kind {
    KIND_GPR, KIND_FPR, KIND_VR, KIND_VSR, KIND_CRF, KIND_CRB, KIND_NUM, KIND_HEX, KIND_SNUM,
    KIND_TARGET, KIND_SPR, KIND_NONE
};

#define GETTER(name, kind) static int64_t get_##name(insn_t i) { return (int64_t)f_##name(i); }
ISA_FIELDS(GETTER)
#undef GETTER

static const struct {
    const char *name;
    enum kind kind;
    int64_t (*get)(insn_t i);
} fields[] = {
#define ENTRY(name, kind) { #name, KIND_##kind, get_##name },
    ISA_FIELDS(ENTRY)
#undef ENTRY
};

/* Index of the field whose name begins at word, or -1. *length receives the name's. */
static int find_field(const char *word, size_t *length)
{
    size_t n = 0;

    while (isalnum((unsigned char)word[n]) || word[n] == '_')
        n++;
    *length = n;
    for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
        if (strlen(fields[i].name) == n && !strncmp(fields[i].name, word, n))
            return (int)i;
    return -1;
}

static void print_operand(char *out, size_t size, enum kind kind, int64_t v, uint64_t ea, bool aa)
{
    static const char *const prefix[] = {
        [KIND_GPR] = "r", [KIND_FPR] = "f", [KIND_VR] = "v", [KIND_VSR] = "vs", [KIND_CRF] = "cr"
    };

    switch (kind) {
    case KIND_TARGET:
        snprintf(out, size, "0x%llx", (unsigned long long)(aa ? (uint64_t)v : ea + (uint64_t)v));
        break;
    case KIND_HEX:
        snprintf(out, size, "0x%llx", (unsigned long long)v);
        break;
    case KIND_CRB: {
        static const char *const bits[] = { "lt", "gt", "eq", "so" };

        if (v < 4)
            snprintf(out, size, "%s", bits[v]);
        else
            snprintf(out, size, "4*cr%d+%s", (int)(v / 4), bits[v % 4]);
        break;
    }
    case KIND_NUM:
    case KIND_SNUM:
    case KIND_SPR:
    case KIND_NONE:
        snprintf(out, size, "%lld", (long long)v);
        break;
    default:
        snprintf(out, size, "%s%lld", prefix[kind], (long long)v);
    }
}

/* Suffixes o, ., l and a, by the fields that the row has. */
static void print_mnemonic(char *out, size_t size, const struct isa_row *row, insn_t i)
{
    static const struct { const char *field; const char *suffix; } suffixes[] = {
        { "oe", "o" }, { "ro", "o" }, { "lk", "l" }, { "aa", "a" }, { "rc", "." },
        { "vrc_rc", "." }, { "xrc", "." }, { "ex", "x" },
    };

    snprintf(out, size, "%s", row->name);
    for (size_t s = 0; s < ARRAY_SIZE(suffixes); s++)
        for (const char *word = row->operands; *word; word++) {
            size_t n;
            int f = isalnum((unsigned char)*word) ? find_field(word, &n) : -1;

            if (f < 0)
                continue;
            if (!strcmp(fields[f].name, suffixes[s].field) && fields[f].get(i) &&
                strlen(out) + 2 < size)
                strcat(out, suffixes[s].suffix);
            word += n - 1;
        }
}

void disas(char *text, size_t size, insn_t insn, uint64_t ea)
{
    const struct isa_row *row = isa_row(isa_decode(insn));
    bool aa = insn & 2, first = true;
    char operand[32];
    size_t at, n;

    if (isa_decode(insn) == ISA_INVALID) {
        if (insn >> 32)
            snprintf(text, size, ".quad 0x%016llx", (unsigned long long)insn);
        else
            snprintf(text, size, ".long 0x%08x", (uint32_t)insn);
        return;
    }
    print_mnemonic(text, size, row, insn);
    for (const char *p = row->operands; *p;) {
        int f = isalnum((unsigned char)*p) ? find_field(p, &n) : -1;

        at = strlen(text);
        if (f < 0 || fields[f].kind == KIND_NONE) {
            if (f >= 0)
                p += n;
            else if (*p == '(' || *p == ')')
                snprintf(text + at, size - at, "%c", *p++);
            else
                p++;
            continue;
        }
        p += n;
        if (p[0] == '|' && p[1] == '0' && !fields[f].get(insn)) {
            snprintf(operand, sizeof operand, "0");
        } else {
            print_operand(operand, sizeof operand, fields[f].kind, fields[f].get(insn), ea, aa);
        }
        if (p[0] == '|')
            p += 2;
        snprintf(text + at, size - at, "%s%s", first ? " " : text[at - 1] == '(' ? "" : ",",
                 operand);
        first = false;
    }
}
