/* Random programs: sequences of the rows of the instruction table with registers that make sense, among them
 * branches, loops, calls, changes of the MSR, and changes of the program itself.
 *
 * A few registers hold addresses, and a few small numbers; most instructions leave those alone, so that memory
 * accesses go where something is to be found. Everything else is left to chance. */
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "cpu-ppc64/cpu.h"
#include "cpu-ppc64/jit/front.h"
#include "tests/differential/program.h"

enum { MOST_FIXUPS = 64 };

struct generator {
    struct program *p;
    uint64_t random;
    bool pure;                /* only what the translator does without calls */
    unsigned level;
    uint32_t pointers, small; /* registers with addresses, registers with small numbers */
    unsigned fixup[MOST_FIXUPS], n_fixups; /* branches that want a target further on */
    unsigned depth;
};

static uint64_t random64(struct generator *g)
{
    return program_random(&g->random);
}

static unsigned below(struct generator *g, unsigned n)
{
    return (unsigned)(random64(g) % n);
}

static bool one_in(struct generator *g, unsigned n)
{
    return !below(g, n);
}

/* ---- values ---- */

static uint64_t random_integer(struct generator *g)
{
    static const uint64_t special[] = {
        0, 1, 2, UINT64_MAX, UINT64_MAX - 1, INT64_MAX, UINT64_C(1) << 63, UINT32_MAX, INT32_MAX,
        UINT64_C(1) << 31, UINT64_C(1) << 32, UINT64_C(0xffffffff80000000), UINT64_C(0x8000000080000000),
        0x7fff, 0x8000, 0xff, 31, 32, 63, 64, UINT64_C(0xffffffff00000000), UINT64_C(0x7fffffffffff8000),
    };

    switch (below(g, 4)) {
    case 0:
    case 1:
        return special[below(g, ARRAY_SIZE(special))];
    case 2:
        return (uint64_t)(int64_t)(int32_t)random64(g) >> below(g, 40);
    default:
        return random64(g) >> below(g, 64);
    }
}

static uint64_t random_double(struct generator *g)
{
    static const uint64_t special[] = {
        0, UINT64_C(0x7ff0000000000000), UINT64_C(0x7ff8000000000000), UINT64_C(0x7ff0000000000001),
        UINT64_C(0x7ff4000000000000), UINT64_C(0x3ff0000000000000), 1, UINT64_C(0x000fffffffffffff),
        UINT64_C(0x0010000000000000), UINT64_C(0x7fefffffffffffff), UINT64_C(0x47efffffe0000000),
        UINT64_C(0x3810000000000000), UINT64_C(0x36a0000000000000), UINT64_C(0x4330000000000000),
        UINT64_C(0x41dfffffffc00000), UINT64_C(0x43e0000000000000), UINT64_C(0x3fe0000000000000),
        UINT64_C(0x380fffffe0000000), UINT64_C(0x3690000000000000),
    };
    uint64_t sign = random64(g) & UINT64_C(1) << 63;

    switch (below(g, 4)) {
    case 0:
        return special[below(g, ARRAY_SIZE(special))] | sign;
    case 1:
        return sign | (uint64_t)(1013 + below(g, 20)) << 52 | (random64(g) & UINT64_C(0xfff00000) << 20);
    case 2: /* representable as single, some as denormal ones */
        return sign | (uint64_t)(870 + below(g, 290)) << 52 | (random64(g) & UINT64_C(0xfffffe0000000));
    default:
        return random64(g);
    }
}

static uint32_t random_single(struct generator *g)
{
    static const uint32_t special[] = { 0, 0x7f800000, 0x7fc00000, 0x7f800001, 0x7fa00000, 0x3f800000, 1,
                                        0x007fffff, 0x00800000, 0x7f7fffff, 0x4f000000 };
    uint32_t sign = (uint32_t)random64(g) & 0x80000000;

    return sign | (one_in(g, 2) ? special[below(g, ARRAY_SIZE(special))]
                                : (uint32_t)(120 + below(g, 16)) << 23 | ((uint32_t)random64(g) & 0x7ff000));
}

static uint64_t random_half(struct generator *g)
{
    switch (below(g, 4)) {
    case 0:
    case 1:
        return random_double(g);
    case 2:
        return (uint64_t)random_single(g) << 32 | random_single(g);
    default:
        return random_integer(g);
    }
}

/* Where pages of different rights meet, more often than not. */
static uint64_t random_address(struct generator *g)
{
    uint64_t page = PROGRAM_DATA + 0x1000 * (uint64_t)below(g, PROGRAM_DATA_SIZE / 0x1000), offset;

    if (one_in(g, 3))
        page = PROGRAM_DATA; /* whole pages behind it may be written */
    switch (below(g, 4)) {
    case 0:
        offset = 0xff0 + below(g, 32);
        break;
    case 1:
        offset = 8 * (uint64_t)below(g, 512);
        break;
    case 2:
        offset = 16 * (uint64_t)below(g, 256);
        break;
    default:
        offset = below(g, 4096);
    }
    if (!g->p->writable && one_in(g, 24))
        page = PROGRAM_CODE;
    if (g->p->msr & MSR_DR && one_in(g, 4))
        offset += PROGRAM_AGAIN;
    return page + offset;
}

/* ---- registers ---- */

static unsigned any_of(struct generator *g, uint32_t set)
{
    for (;;) {
        unsigned r = below(g, 32);

        if (set >> r & 1)
            return r;
    }
}

static unsigned free_register(struct generator *g)
{
    return any_of(g, ~(g->pointers | g->small));
}

static unsigned source(struct generator *g)
{
    return one_in(g, 4) ? below(g, 32) : free_register(g);
}

static void choose_registers(struct generator *g)
{
    struct program *p = g->p;

    while (__builtin_popcount(g->pointers) < 6)
        g->pointers |= 1u << below(g, 32);
    g->pointers &= ~1u;
    while (__builtin_popcount(g->small) < 3)
        g->small |= (1u << below(g, 32)) & ~g->pointers;
    for (unsigned k = 0; k < 32; k++)
        p->gpr[k] = g->pointers >> k & 1 ? random_address(g) : g->small >> k & 1 ? below(g, 40) - 8 : random_integer(g);
    for (unsigned k = 0; k < 64; k++) {
        p->vsr[k][0] = random_half(g);
        p->vsr[k][1] = random_half(g);
    }
    p->lr = PROGRAM_CODE + p->start + 4 * (uint64_t)below(g, 300);
    p->ctr = one_in(g, 2) ? below(g, 5) : random_integer(g);
    p->xer = random64(g) & (PPC_BITMASK(32, 34) | PPC_BITMASK(44, 45) | 0x1f);
    p->cr = random64(g) & UINT32_MAX;
    p->fpscr = below(g, 4);
    p->vscr = one_in(g, 8) ? 0x10000 : 0;
    p->fscr = one_in(g, 16) ? random64(g) : UINT64_MAX;
}

/* ---- words ---- */

static void emit(struct generator *g, uint32_t word)
{
    if (g->p->n < PROGRAM_WORDS - 300)
        g->p->word[g->p->n++] = word;
}

static uint32_t d_form(unsigned op, unsigned rt, unsigned ra, unsigned d)
{
    return op << 26 | rt << 21 | ra << 16 | (d & 0xffff);
}

static uint32_t x_form(unsigned rt, unsigned ra, unsigned rb, unsigned xo)
{
    return 31u << 26 | rt << 21 | ra << 16 | rb << 11 | xo << 1;
}

static uint32_t move_spr(unsigned xo, unsigned r, unsigned spr)
{
    return x_form(r, spr & 31, spr >> 5, xo);
}

enum { XO_MFSPR = 339, XO_MTSPR = 467, XO_MFMSR = 83, XO_MTMSRD = 178 };

static void load_immediate(struct generator *g, unsigned r, uint32_t v)
{
    emit(g, d_form(15, r, 0, v >> 16));
    emit(g, d_form(24, r, r, v));
    if (v >> 31)
        emit(g, UINT32_C(0x78000020) | r << 21 | r << 16); /* clrldi */
}

static uint32_t set_field(uint32_t insn, unsigned first, unsigned last, uint32_t value)
{
    uint32_t mask = (UINT32_MAX >> first) & (UINT32_MAX << (31 - last));

    return (insn & ~mask) | (value << (31 - last) & mask);
}

/* ---- one instruction from the table ---- */

/* Rows whose effect depends on the time of day, on another processor, or on the hypervisor; and those that have
 * their own function here. */
static bool is_left_out(const struct isa_row *row)
{
    static const char *const names[] = { "darn", "wait", "copy", "paste.", "cp_abort", "rfebb", "clrbhrb",
                                         "mfbhrbe", "rfid", "rfscv", "mfspr", "mtspr", "mtmsr", "mtmsrd", "sc", "scv",
                                         "msgsndp", "msgclrp", "mftb" };

    for (size_t k = 0; k < ARRAY_SIZE(names); k++)
        if (!strcmp(row->name, names[k]))
            return true;
    return !(row->flags & ISA_FLAG_DONE) || row->flags & (ISA_FLAG_HV | ISA_FLAG_BRANCH) ||
           (row->flags & ISA_FLAG_PRIV && strcmp(row->name, "mfmsr"));
}

enum choice { CHOICE_FIXED, CHOICE_MEMORY, CHOICE_VECTOR, CHOICE_OTHER, CHOICES };

static enum choice choice_of(const struct isa_row *row)
{
    if (row->flags & ISA_FLAG_MEM)
        return CHOICE_MEMORY;
    switch (row->class) {
    case ISA_CLASS_FIXED:
        return CHOICE_FIXED;
    case ISA_CLASS_FP:
    case ISA_CLASS_VMX:
    case ISA_CLASS_VSX:
        return CHOICE_VECTOR;
    default:
        return CHOICE_OTHER;
    }
}

static const struct isa_row *random_row(struct generator *g, enum choice choice, bool translated)
{
    static uint16_t rows[CHOICES][2][ISA_COUNT];
    static unsigned n[CHOICES][2];

    if (!n[CHOICE_FIXED][0])
        for (unsigned id = 1; id < ISA_COUNT; id++) {
            enum choice c = choice_of(isa_row(id));

            if (is_left_out(isa_row(id)))
                continue;
            rows[c][0][n[c][0]++] = (uint16_t)id;
            if (jit_functions[id])
                rows[c][1][n[c][1]++] = (uint16_t)id;
        }
    if (!n[choice][translated])
        return random_row(g, CHOICE_FIXED, translated);
    for (;;) {
        const struct isa_row *row = isa_row(rows[choice][translated][below(g, n[choice][translated])]);

        if (isa_level_ok(row->level, g->level) || one_in(g, 64))
            return row;
    }
}

static bool is_multiple(const struct isa_row *row)
{
    return !strcmp(row->name, "lmw") || !strncmp(row->name, "lsw", 3);
}

/* A displacement that stays near: of the D, DS and DQ forms. */
static uint32_t near(struct generator *g, uint32_t insn, bool update)
{
    static const int small[] = { 0, 1, 2, 4, 8, 16, -1, -2, -4, -8, -16, 12, 7 };
    int d = update || one_in(g, 2) ? small[below(g, ARRAY_SIZE(small))] : (int)below(g, 4096) - 2048;
    unsigned op = insn >> 26;
    uint32_t extended = op == 58 || op == 62 || op == 57 || op == 61 ? (op == 61 ? 7 : 3) : op == 56 ? 15 : 0;

    if (op == 61 && (insn & 3) == 2)
        extended = 3;
    return (insn & (0xffff0000 | extended)) | ((uint32_t)d & 0xffff & ~extended);
}

static void emit_memory(struct generator *g, const struct isa_row *row)
{
    uint32_t insn = (uint32_t)row->value | ((uint32_t)random64(g) & (uint32_t)row->operand_bits);
    bool update = row->flags & ISA_FLAG_UPDATE, stray = !g->p->writable && one_in(g, 24);
    unsigned ra = stray ? below(g, 32) : any_of(g, g->pointers), rb = any_of(g, stray ? ~0u : g->small);
    unsigned op = insn >> 26;

    if (is_multiple(row) && (g->p->writable || !one_in(g, 4)))
        return;
    if (row->value >> 32) {
        uint32_t prefix = (uint32_t)((row->value | (random64(g) & row->operand_bits)) >> 32);
        uint32_t d = below(g, 64);

        /* Displacements of either sign near the register, the upper bits in the prefix. */
        prefix = (prefix & ~UINT32_C(0x13ffff)) | (one_in(g, 2) ? 0x3ffff : 0);
        if (prefix & 1)
            d = 0u - d;
        emit(g, prefix);
        emit(g, set_field(set_field(insn, 11, 15, ra), 16, 31, d & 0xffff));
        return;
    }
    if (row->class != ISA_CLASS_VSX && row->class != ISA_CLASS_VMX && row->class != ISA_CLASS_FP &&
        !strchr("s", row->name[0]))
        insn = set_field(insn, 6, 10, update && one_in(g, 16) ? ra : free_register(g));
    if (op == 31 || op == 4) {
        if (!stray && one_in(g, 6) && !update) {
            insn = set_field(set_field(insn, 11, 15, 0), 16, 20, ra);
        } else if (!stray && !update && one_in(g, 4)) {
            insn = set_field(set_field(insn, 11, 15, rb ? rb : 1), 16, 20, ra);
        } else {
            insn = set_field(set_field(insn, 11, 15, ra), 16, 20, rb);
        }
    } else {
        insn = near(g, set_field(insn, 11, 15, ra), update);
    }
    if ((!strcmp(row->name, "dcbz") || !strcmp(row->name, "stmw") || !strncmp(row->name, "st", 2)) && stray &&
        !(g->p->msr & MSR_DR))
        return;
    emit(g, insn);
}

static void emit_row(struct generator *g)
{
    static const uint8_t choices[] = { CHOICE_FIXED, CHOICE_FIXED, CHOICE_FIXED, CHOICE_FIXED, CHOICE_MEMORY,
                                       CHOICE_MEMORY, CHOICE_MEMORY, CHOICE_VECTOR, CHOICE_OTHER };
    bool translated = g->pure || !one_in(g, 4);
    const struct isa_row *row = random_row(g, choices[below(g, ARRAY_SIZE(choices))], translated);
    uint32_t insn;

    if (row->flags & ISA_FLAG_MEM) {
        emit_memory(g, row);
        return;
    }
    if (row->value >> 32)
        emit(g, (uint32_t)((row->value | (random64(g) & row->operand_bits)) >> 32));
    insn = (uint32_t)row->value | ((uint32_t)random64(g) & (uint32_t)row->operand_bits);
    if (g->pure && row->class == ISA_CLASS_FIXED && insn >> 26 == 31 && strstr(row->operands, "oe"))
        insn &= ~UINT32_C(0x400);
    if (row->class == ISA_CLASS_FIXED && strncmp(row->name, "t", 1)) {
        uint32_t mask = (uint32_t)row->operand_bits;

        /* Results go to free registers, whichever field names them. */
        insn = (insn & ~(mask & set_field(0, 6, 10, 31))) | (mask & set_field(0, 6, 10, free_register(g)));
        insn = (insn & ~(mask & set_field(0, 11, 15, 31))) | (mask & set_field(0, 11, 15, free_register(g)));
        if (one_in(g, 8))
            insn = (insn & ~(mask & set_field(0, 16, 20, 31))) | (mask & set_field(0, 16, 20, insn >> (one_in(g, 2) ? 16 : 21) & 31));
        if (row->operands[0] == 'r' && row->operands[1] == 'a' && one_in(g, 3)) /* RS may be any */
            insn = set_field(insn, 6, 10, source(g));
        /* mr */
        if (!strcmp(row->name, "or") && one_in(g, 2))
            insn = set_field(insn, 16, 20, insn >> 21 & 31);
    } else if (!strncmp(row->name, "mf", 2) && row->class != ISA_CLASS_FP) {
        insn = set_field(insn, strncmp(row->name, "mfvsr", 5) ? 6 : 11, strncmp(row->name, "mfvsr", 5) ? 10 : 15,
                         free_register(g));
    } else if (row->name[0] == 't' && !one_in(g, 4)) {
        insn = set_field(insn, 6, 10, 1u << below(g, 5)); /* traps that seldom trap */
    }
    emit(g, insn);
}

/* ---- special registers and the MSR ---- */

static void emit_spr(struct generator *g)
{
    static const uint16_t sprs[] = { SPR_XER, SPR_XER, SPR_LR, SPR_VRSAVE, SPR_TAR, SPR_SPRG0, SPR_SPRG1, SPR_SRR0,
                                     SPR_SRR1, SPR_DAR, SPR_DSISR, SPR_UDSCR, SPR_PPR };
    unsigned spr = sprs[below(g, ARRAY_SIZE(sprs))];

    if (g->pure || one_in(g, 3))
        spr = SPR_LR;
    if (one_in(g, 2))
        emit(g, move_spr(XO_MTSPR, source(g), spr));
    else
        emit(g, move_spr(XO_MFSPR, free_register(g), one_in(g, 3) ? SPR_CTR : spr));
}

/* Facilities on or off, problem state; by mtmsrd or rfid. */
static void emit_msr(struct generator *g)
{
    static const uint32_t bits[] = { MSR_FP, MSR_VEC, MSR_VSX, MSR_FP | MSR_VEC | MSR_VSX, MSR_PR, MSR_IR | MSR_DR,
                                     MSR_DR };
    unsigned r = free_register(g), other = free_register(g);
    uint32_t flip = bits[below(g, ARRAY_SIZE(bits))];

    if (g->p->msr & MSR_PR || (flip & (MSR_PR | MSR_IR | MSR_DR) && (g->p->writable || !strcmp(g->p->model, "POWER8"))))
        return;
    emit(g, x_form(r, 0, 0, XO_MFMSR));
    emit(g, d_form(26, r, r, flip));
    emit(g, d_form(27, r, r, flip >> 16));
    if (one_in(g, 2) && !(flip & MSR_PR)) {
        emit(g, x_form(r, 0, 0, XO_MTMSRD));
        return;
    }
    if (r == other)
        return;
    load_immediate(g, other, PROGRAM_CODE + g->p->start + 4 * (g->p->n + 5 + below(g, 3)));
    emit(g, move_spr(XO_MTSPR, other, SPR_SRR0));
    emit(g, move_spr(XO_MTSPR, r, SPR_SRR1));
    emit(g, UINT32_C(0x4c000024)); /* rfid */
}

/* ---- branches ---- */

static void body(struct generator *g, unsigned n);

static void want_target(struct generator *g)
{
    if (g->n_fixups < MOST_FIXUPS)
        g->fixup[g->n_fixups++] = g->p->n;
}

static uint32_t branch_conditional(struct generator *g, unsigned bo)
{
    return 16u << 26 | bo << 21 | below(g, 32) << 16 | one_in(g, 16);
}

static void emit_forward_branch(struct generator *g)
{
    if (one_in(g, 3))
        want_target(g);
    switch (below(g, 4)) {
    case 0:
        emit(g, UINT32_C(0x48000004) + 4 * below(g, 6) + one_in(g, 8));
        break;
    default:
        /* A condition of CR more often than one of CTR. */
        emit(g, branch_conditional(g, one_in(g, 5) ? below(g, 32) : 4 | 8 * below(g, 2)) | (4 + 4 * below(g, 8)));
    }
}

static void emit_loop(struct generator *g)
{
    struct program *p = g->p;
    unsigned r = free_register(g), start;

    if (g->depth > 1)
        return;
    g->depth++;
    emit(g, d_form(14, r, 0, 1 + below(g, 12)));
    emit(g, move_spr(XO_MTSPR, r, SPR_CTR));
    start = p->n;
    body(g, 1 + below(g, 6));
    emit(g, branch_conditional(g, one_in(g, 4) ? 8 * below(g, 2) : 16) | ((0u - 4 * (p->n - start)) & 0xfffc));
    g->depth--;
}

/* bl, body, bclr: over the body by a branch around. */
static void emit_call(struct generator *g)
{
    struct program *p = g->p;
    unsigned at = p->n, link;

    if (g->depth > 1 || g->pure ? g->depth > 2 : g->depth > 3)
        return;
    g->depth++;
    emit(g, PROGRAM_NOP); /* b over */
    link = p->n;
    body(g, 1 + below(g, 4));
    if (one_in(g, 2))
        emit(g, UINT32_C(0x4c000020) | (one_in(g, 4) ? below(g, 32) : 4 | 8 * below(g, 2)) << 21 | below(g, 32) << 16);
    body(g, below(g, 3));
    emit(g, UINT32_C(0x4e800020));
    if (p->n < PROGRAM_WORDS - 300)
        p->word[at] = UINT32_C(0x48000000) | 4 * (p->n - at);
    emit(g, UINT32_C(0x48000001) | ((0u - 4 * (p->n - link)) & 0x3fffffc));
    g->depth--;
}

/* To an address that is made up here, through CTR, LR or TAR. */
static void emit_indirect(struct generator *g)
{
    static const uint32_t branches[] = { 0x4c000420, 0x4c000020, 0x4c000460 };
    static const uint16_t sprs[] = { SPR_CTR, SPR_LR, SPR_TAR };
    unsigned r = free_register(g), which = below(g, g->pure ? 2 : 3), bo = one_in(g, 2) ? 20 : 4 | 8 * below(g, 2);

    load_immediate(g, r, PROGRAM_CODE + g->p->start + 4 * (g->p->n + 4 + below(g, 6)) + below(g, 4));
    emit(g, move_spr(XO_MTSPR, r, sprs[which]));
    emit(g, branches[which] | bo << 21 | below(g, 32) << 16 | one_in(g, 4));
}

/* ---- changes of the program ---- */

/* Another instruction into a word of the program, behind or before this, as a careful program does it. [ISA3.0 II
 * 1.8] */
static void emit_modification(struct generator *g)
{
    struct program *p = g->p;
    unsigned a = free_register(g), w = free_register(g), c = free_register(g);
    unsigned word = one_in(g, 3) && p->n ? below(g, p->n) : p->n + 12 + below(g, 16);
    uint32_t ea = PROGRAM_CODE + p->start + 4 * word;

    if (a == w || a == c || w == c || !a || !c)
        return;
    p->may_change[word] = true;
    load_immediate(g, a, ea + (p->msr & MSR_DR && !p->writable ? PROGRAM_ALIAS : 0));
    load_immediate(g, c, ea);
    load_immediate(g, w, d_form(14 + below(g, 2), free_register(g), free_register(g), (unsigned)random64(g)));
    emit(g, d_form(36, w, a, 0));
    emit(g, x_form(0, 0, a, 54));  /* dcbst */
    emit(g, x_form(0, 0, 0, 598)); /* sync */
    emit(g, x_form(0, 0, c, 982)); /* icbi */
    emit(g, x_form(0, 0, 0, 598));
    emit(g, UINT32_C(0x4c00012c)); /* isync */
    /* Nobody else is to store there. */
    emit(g, d_form(14, a, 0, 0));
    emit(g, d_form(14, c, 0, 0));
}

/* bl to a pair of words there. */
static void emit_call_of_last_page(struct generator *g, unsigned word)
{
    emit(g, UINT32_C(0x48000001) | (0x2000 + 8 * word - g->p->start - 4 * g->p->n));
}

/* Another translation for a page of the data, or now and then of the code. [ISA3.0 III 5.10.1.2] */
static void emit_translation(struct generator *g)
{
    enum { PRIVILEGED = 8, READ = 4, WRITE = 2, EXECUTE = 1, XO_STDBRX = 660, XO_STDX = 149, XO_TLBIE = 306,
           XO_TLBSYNC = 566, PAGE_SCOPED = 3 };
    static const uint8_t rights[] = { READ | WRITE, READ | WRITE, READ, READ | WRITE | PRIVILEGED, 0 };
    static const uint8_t code_rights[] = { READ | EXECUTE, READ | EXECUTE, READ | EXECUTE | PRIVILEGED, READ };
    bool again = one_in(g, 4), of_code = !again && one_in(g, 2);
    const uint32_t last = PROGRAM_CODE + 0x2000;
    uint32_t ea = of_code ? last : PROGRAM_DATA + 0x1000 * below(g, PROGRAM_DATA_SIZE >> 12);
    uint32_t to = of_code ? last - 0x1000 * below(g, 3) : PROGRAM_DATA + 0x1000 * below(g, PROGRAM_DATA_SIZE >> 12);
    unsigned word = below(g, 512);
    uint32_t entry = PROGRAM_ALIAS + (again ? PROGRAM_TABLE_AGAIN : PROGRAM_TABLE) + 8 * (ea >> 12);
    unsigned at = free_register(g), pte = free_register(g), high = free_register(g), page = free_register(g);
    unsigned right = of_code ? code_rights[below(g, ARRAY_SIZE(code_rights))] : rights[below(g, ARRAY_SIZE(rights))];

    if (!(g->p->msr & MSR_DR) || g->p->msr & MSR_PR || g->p->writable || !at || at == pte || at == high ||
        at == page || pte == high || pte == page || high == page)
        return;
    if (of_code)
        emit_call_of_last_page(g, word);
    load_immediate(g, at, entry);
    load_immediate(g, page, ea + (again ? PROGRAM_AGAIN : 0));
    load_immediate(g, pte, to | right);
    load_immediate(g, high, right ? UINT32_C(0xc0000000) : 0);
    emit(g, UINT32_C(0x7800000e) | high << 21 | pte << 16); /* rldimi pte,high,32,0 */
    emit(g, x_form(pte, 0, at, g->p->le ? XO_STDBRX : XO_STDX));
    emit(g, x_form(2, 0, 0, 598)); /* ptesync */
    emit(g, x_form(0, PAGE_SCOPED, page, XO_TLBIE));
    emit(g, UINT32_C(0x7c0006ac)); /* eieio */
    emit(g, x_form(0, 0, 0, XO_TLBSYNC));
    emit(g, x_form(2, 0, 0, 598));
    emit(g, UINT32_C(0x4c00012c));
    emit(g, d_form(14, at, 0, 0));
    if (of_code)
        emit_call_of_last_page(g, word);
}

static void body(struct generator *g, unsigned n)
{
    while (n--) {
        unsigned what = below(g, 64);

        if (what < 6)
            emit_forward_branch(g);
        else if (what < 8)
            emit_loop(g);
        else if (what < 9)
            emit_call(g);
        else if (what < 10)
            emit_indirect(g);
        else if (what < 12)
            emit_spr(g);
        else if (what < 13 && one_in(g, 3))
            emit_msr(g);
        else if (what < 14 && one_in(g, 3))
            emit_modification(g);
        else if (what < 15 && one_in(g, 3))
            emit_translation(g);
        else if (what < 15 && one_in(g, 16))
            emit(g, (uint32_t)random64(g) & ~UINT32_C(1) << 26); /* any word, mostly none */
        else
            emit_row(g);
    }
}

static void aim(struct generator *g)
{
    struct program *p = g->p;

    for (unsigned k = 0; k < g->n_fixups; k++) {
        unsigned at = g->fixup[k], op, distance;

        if (at + 1 >= p->n)
            continue;
        op = p->word[at] >> 26;
        distance = 4 * (1 + below(g, p->n - at));
        if (op == 18)
            p->word[at] = UINT32_C(0x48000000) | distance;
        else if (op == 16)
            p->word[at] = (p->word[at] & 0xffff0001) | distance;
    }
}

static void choose_mode(struct generator *g)
{
    static const char *const models[] = { "POWER8", "POWER9", "POWER10" };
    static const unsigned levels[] = { 207, 300, 310 };
    unsigned m = below(g, 3);
    struct program *p = g->p;

    p->model = models[m];
    g->level = levels[m];
    p->le = one_in(g, 2);
    p->msr = MSR_SF | MSR_ME;
    if (m && !one_in(g, 4))
        p->msr |= MSR_IR | MSR_DR | (one_in(g, 2) ? MSR_PR : 0);
    p->writable = !(p->msr & MSR_DR) || one_in(g, 4);
    if (!one_in(g, 6))
        p->msr |= MSR_FP | MSR_VEC | MSR_VSX;
    else
        p->msr |= random64(g) & (MSR_FP | MSR_VEC | MSR_VSX);
    if (one_in(g, 8))
        p->msr |= MSR_FE0 | MSR_FE1;
    p->hot = one_in(g, 3) ? 2 + below(g, 15) : 1;
    p->memory = random64(g);
    /* Some programs lie on two pages. */
    p->start = one_in(g, 3) ? 0xe00 + 4 * below(g, 128) : 4 * below(g, 64);
}

void program_generate(struct program *p, uint64_t seed)
{
    struct generator g = { .p = p, .random = seed };

    memset(p, 0, sizeof *p);
    choose_mode(&g);
    g.pure = one_in(&g, 2);
    choose_registers(&g);
    body(&g, one_in(&g, 4) ? 100 + below(&g, 100) : 10 + below(&g, 60));
    aim(&g);
}
