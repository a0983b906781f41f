/* Where comparison with qemu-user cannot help, because it does something else (tests/differential/exceptions.def
 * says what) or cannot be asked: the book's answer, case by case. Each goes through the decoder. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* <math.h> has constants of these names too, and <check.h> includes it. */
#undef FP_INFINITE
#undef FP_ZERO
#define FP_INFINITE CLASS_INFINITE
#define FP_ZERO CLASS_ZERO

#include "cpu-ppc64/interp/fp.h"
#include "cpu-ppc64/interp/vector.h"

enum { RAM = 1 << 20, HERE = 0x1000 };

static uint64_t no_time(void *hv)
{
    (void)hv;
    return 0;
}

static void nothing(void *hv)
{
    (void)hv;
}

static const struct cpu_hv_ops ops = { .timebase = no_time, .lock = nothing, .unlock = nothing };
static struct mem *mem;
static struct cpu *c;

static void set_up_model(const char *model)
{
    mem = mem_new(RAM, NULL);
    c = cpu_new(cpu_model_find(model, NULL), mem, &ops, NULL, 0, NULL);
    ck_assert_ptr_nonnull(c);
    cpu_set_msr(c, MSR_SF | MSR_FP | MSR_VEC | MSR_VSX);
}

static void set_up(void)
{
    set_up_model("POWER10");
}

static void tear_down(void)
{
    cpu_free(c);
    mem_free(mem);
}

/* Registers 3 := 4 op 5, of any kind below 32. */
#define TAB (3u << 21 | 4u << 16 | 5u << 11)
#define TB (3u << 21 | 5u << 11)
enum { OE = 1 << 10, RC = 1 };

/* Executes it; false if there was an interrupt. */
static bool run(const char *name, uint32_t operands)
{
    unsigned id = 1;

    while (id < ISA_COUNT && strcmp(isa_row(id)->name, name))
        id++;
    ck_assert_msg(id < ISA_COUNT, "no row %s", name);
    ck_assert_str_eq(isa_row(isa_decode(isa_row(id)->value | operands))->name, name);
    c->cia = HERE;
    c->nia = HERE + 4;
    isa_ops[id](c, isa_row(id)->value | operands);
    return c->nia == HERE + 4;
}

#define D0(n) c->vsr[n].d[VSR_D(0)]
#define D1(n) c->vsr[n].d[VSR_D(1)]

/* ---- fixed point ----------------------------------------------------------------------------- */

/* The most negative quotient exists, the most positive one plus one does not. [ISA3.0 I 3.3.9] */
START_TEST(extended_quotients)
{
    static const struct { const char *name; uint64_t a, b, quotient; bool exists; } cases[] = {
        { "divde", 1, -UINT64_C(2), UINT64_C(1) << 63, true },
        { "divde", UINT64_MAX, 2, UINT64_C(1) << 63, true },
        { "divde", 1, 2, 0, false },
        { "divde", UINT64_MAX, -UINT64_C(2), 0, false },
        { "divde", 1, 3, UINT64_C(0x5555555555555555), true },
        { "divde", 1, 0, 0, false },
        { "divde", UINT64_C(1) << 63, UINT64_MAX, 0, false },
        { "divdeu", 1, 2, UINT64_C(1) << 63, true },
        { "divdeu", 2, 2, 0, false },
        { "divdeu", UINT64_MAX - 1, UINT64_MAX, UINT64_MAX - 1, true },
        { "divwe", 1, -UINT64_C(2), 0x80000000, true },
        { "divwe", 1, 2, 0, false },
        { "divweu", 1, 2, 0x80000000, true },
        { "divweu", 2, 2, 0, false },
        { "divd", UINT64_C(1) << 63, UINT64_MAX, 0, false },
        { "divw", 0x80000000, UINT32_MAX, 0, false },
    };

    for (size_t n = 0; n < ARRAY_SIZE(cases); n++) {
        cpu_set_xer(c, 0);
        c->gpr[4] = cases[n].a;
        c->gpr[5] = cases[n].b;
        ck_assert(run(cases[n].name, TAB | OE));
        if (cases[n].exists)
            ck_assert_uint_eq(c->gpr[3], cases[n].quotient);
        ck_assert_uint_eq(cpu_xer(c), cases[n].exists ? 0 : PPC_BITMASK(32, 33) | PPC_BIT(44));
    }
}
END_TEST

/* OV32 and CA32 came with ISA 3.0; before that their bits are reserved, and read as 0. [ISA3.0 I 3.2.2] */
START_TEST(carries_of_words)
{
    static const char *const carrying[] = { "addc", "subfc", "adde", "subfe", "addme", "subfme", "addze", "subfze" };
    static const char *const overflowing[] = { "add", "subf", "mullw", "mulld", "divw", "divwu", "divd", "divdu",
                                               "divwe", "divweu", "divde", "divdeu", "neg" };
    const bool is_power8 = _i;
    const uint64_t new = PPC_BITMASK(44, 45);
    uint64_t seen = 0;

    if (is_power8) {
        tear_down();
        set_up_model("POWER8");
    }
    for (unsigned k = 0; k < 64; k++) {
        c->gpr[4] = (k & 1 ? UINT64_C(0x7fffffff) << 32 : 0) | (k & 2 ? 0x80000000 : 0xffffffff);
        c->gpr[5] = (k & 4 ? UINT64_MAX : 0) ^ (k & 8 ? 0x7fffffff : 1) ^ (k & 16 ? UINT64_C(1) << 63 : 0);
        for (size_t n = 0; n < ARRAY_SIZE(carrying); n++) {
            cpu_set_xer(c, k & 32 ? PPC_BIT(34) : 0);
            ck_assert(run(carrying[n], (strlen(carrying[n]) > 4 ? TAB & ~(31u << 11) : TAB) | OE));
            seen |= cpu_xer(c);
        }
        for (size_t n = 0; n < ARRAY_SIZE(overflowing); n++) {
            ck_assert(run(overflowing[n], (!strcmp(overflowing[n], "neg") ? TAB & ~(31u << 11) : TAB) | OE));
            seen |= cpu_xer(c);
        }
        ck_assert(run("addic", 3 << 21 | 4 << 16 | 0xffff));
        ck_assert(run("subfic", 3 << 21 | 4 << 16 | 1));
        ck_assert(run("sraw", TAB));
        ck_assert(run("srad", TAB));
        seen |= cpu_xer(c);
    }
    ck_assert_uint_eq(seen & new, is_power8 ? 0 : new);
    ck_assert_uint_eq(seen & PPC_BITMASK(32, 34), PPC_BITMASK(32, 34));
    /* Written and read back. */
    c->gpr[3] = UINT32_MAX;
    ck_assert(run("mtspr", 3 << 21 | 1 << 16));
    ck_assert(run("mfspr", 4 << 21 | 1 << 16));
    ck_assert_uint_eq(c->gpr[4] & new, is_power8 ? 0 : new);
}
END_TEST

/* ---- branches and storage -------------------------------------------------------------------- */

/* Absolute addresses are sign-extended; a branch that is not taken sets LR all the same, and CTR counts. */
START_TEST(absolute_branches)
{
    enum { AA = 2, LK = 1, ALWAYS = 20 << 21, COUNTS = 16 << 21, COUNTS_DOWN = 18 << 21 };

    run("bc", ALWAYS | 0x7ffc | AA);
    ck_assert_uint_eq(c->nia, 0x7ffc);
    ck_assert_uint_eq(c->spr[SPR_CFAR], HERE);
    run("bc", ALWAYS | 0x8000 | AA | LK);
    ck_assert_uint_eq(c->nia, -UINT64_C(0x8000));
    ck_assert_uint_eq(c->lr, HERE + 4);
    run("b", 0x02000000 | AA | LK);
    ck_assert_uint_eq(c->nia, -UINT64_C(0x02000000));
    c->lr = 0;
    c->ctr = 1;
    run("bc", COUNTS | 0x100 | LK);
    ck_assert_uint_eq(c->nia, HERE + 4);
    ck_assert_uint_eq(c->lr, HERE + 4);
    ck_assert_uint_eq(c->ctr, 0);
    c->ctr = 1;
    run("bc", COUNTS_DOWN | 0x100);
    ck_assert_uint_eq(c->nia, HERE + 0x100);
    /* In 32-bit mode half of CTR counts, and addresses have 32 bits. */
    cpu_set_msr(c, 0);
    c->ctr = UINT64_C(0x500000001);
    run("bc", COUNTS_DOWN | 0x8000 | AA);
    ck_assert_uint_eq(c->nia, 0xffff8000);
}
END_TEST

/* Forms with update are invalid where RA is 0 or the register loaded: whatever happens stays within the registers
 * that the instruction names. [ISA3.0 I 3.3.2] */
START_TEST(invalid_update_forms)
{
    static const char *const names[] = { "lbzu", "lhzu", "lhau", "lwzu", "ldu", "stbu", "sthu", "stwu", "stdu" };

    for (size_t n = 0; n < ARRAY_SIZE(names); n++)
        for (unsigned ra = 0; ra < 4; ra += 3) {
            for (unsigned r = 0; r < 32; r++)
                c->gpr[r] = 0x2000;
            run(names[n], 3u << 21 | ra << 16 | 0x100);
            for (unsigned r = 1; r < 32; r++)
                ck_assert_uint_eq(c->gpr[r], r == 3 ? c->gpr[3] : 0x2000);
        }
}
END_TEST

static void put(unsigned size, gpa_t at, int64_t v)
{
    if (size == 4)
        gpa_store_be32(mem, at, (uint32_t)v);
    else
        gpa_store_be64(mem, at, (uint64_t)v);
}

static uint64_t get(unsigned size, gpa_t at)
{
    uint64_t v = 0;
    uint32_t word = 0;

    ck_assert(size == 4 ? gpa_load_be32(mem, at, &word) : gpa_load_be64(mem, at, &v));
    return size == 4 ? word : v;
}

/* The functions of lwat, ldat, stwat and stdat: storage holds `old` and then `next`, the operand is 5.
 * [ISA3.0 II 4.5] */
START_TEST(atomic_functions)
{
    enum { AT = 0x2008 };
    static const struct { unsigned function; int64_t old, next, result; bool fails; } fetches[] = {
        { 0, -1, 0, 4, false },   { 1, -1, 0, -6, false },  { 2, 8, 0, 13, false },   { 3, 7, 0, 5, false },
        { 4, -1, 0, -1, false },  { 4, 1, 0, 5, false },    { 5, -1, 0, 5, false },   { 5, 6, 0, 6, false },
        { 6, -1, 0, 5, false },   { 6, 1, 0, 1, false },    { 7, -1, 0, -1, false },  { 7, 6, 0, 5, false },
        { 8, 1, 0, 5, false },    { 16, 4, 0, 9, false },   { 16, 5, 0, 5, false },   { 24, 7, 8, 8, false },
        { 24, 8, 8, 8, true },    { 25, 8, 8, 9, false },   { 25, 7, 8, 7, true },    { 28, 7, 3, 6, false },
        { 28, 3, 3, 3, true },
    };
    static const struct { unsigned function; int64_t old, next, result; } stores[] = {
        { 0, -1, 0, 4 }, { 1, -1, 0, -6 }, { 2, 8, 0, 13 }, { 3, 7, 0, 5 },  { 4, -1, 0, -1 }, { 5, -1, 0, 5 },
        { 6, -1, 0, 5 }, { 7, -1, 0, -1 }, { 24, 3, 3, 5 }, { 24, 3, 4, 3 },
    };

    static const struct { const char *name; unsigned offset, function; bool fits; } apart[] = {
        { "lwat", 1, 0, false },  { "ldat", 4, 0, false },   { "lwat", 20, 24, false }, { "lwat", 20, 25, false },
        { "lwat", 16, 24, true }, { "lwat", 20, 16, true },  { "lwat", 20, 0, true },   { "lwat", 20, 28, true },
        { "lwat", 24, 28, false }, { "ldat", 16, 24, false }, { "ldat", 8, 24, true },   { "ldat", 24, 28, false },
        { "stwat", 20, 24, false }, { "stdat", 16, 24, false }, { "stdat", 16, 0, true },
    };

    for (unsigned size = 4; size <= 8; size += 4) {
        const uint64_t mask = UINT64_MAX >> (64 - 8 * size);

        c->gpr[4] = AT;
        for (size_t n = 0; n < ARRAY_SIZE(fetches); n++) {
            const unsigned function = fetches[n].function;

            c->gpr[7] = 5;
            c->gpr[8] = 9;
            put(size, AT, fetches[n].old);
            put(size, function == 28 ? AT - size : AT + size, fetches[n].next); /* the one bound comes before */
            ck_assert(run(size == 4 ? "lwat" : "ldat", 6u << 21 | 4 << 16 | function << 11));
            ck_assert_msg(get(size, AT) == ((uint64_t)fetches[n].result & mask), "function %u, %u bytes: %llx",
                          function, size, (unsigned long long)get(size, AT));
            ck_assert_uint_eq(c->gpr[6], fetches[n].fails ? UINT64_C(1) << (8 * size - 1)
                                                          : (uint64_t)fetches[n].old & mask);
        }
        for (size_t n = 0; n < ARRAY_SIZE(stores); n++) {
            c->gpr[6] = 5;
            put(size, AT, stores[n].old);
            put(size, AT + size, stores[n].next);
            ck_assert(run(size == 4 ? "stwat" : "stdat", 6u << 21 | 4 << 16 | stores[n].function << 11));
            ck_assert_uint_eq(get(size, AT), (uint64_t)stores[n].result & mask);
        }
    }
    ck_assert(!run("lwat", 6u << 21 | 4 << 16 | 9 << 11));
    ck_assert_uint_eq(c->nia, VECTOR_DATA_STORAGE);
    ck_assert_uint_eq(c->spr[SPR_DSISR] & DSISR_BAD_AMO, DSISR_BAD_AMO);
    /* Both parts lie in one block of 32 bytes. */
    for (size_t n = 0; n < ARRAY_SIZE(apart); n++) {
        c->gpr[4] = AT + apart[n].offset;
        ck_assert_uint_eq(run(apart[n].name, 6u << 21 | 4 << 16 | apart[n].function << 11), apart[n].fits);
        if (!apart[n].fits)
            ck_assert_uint_eq(c->nia, VECTOR_ALIGNMENT);
    }
}
END_TEST

/* ---- FPSCR ----------------------------------------------------------------------------------- */

#define FEX_AND_VX (FPSCR_FEX | FPSCR_VX)

/* FEX and VX follow from the others, whatever is written; FX comes with an exception bit that mtfsb1 sets, and is
 * a bit as others of the other instructions. [ISA3.0 I 4.6.10] */
START_TEST(moves_to_fpscr)
{
    ck_assert(run("mtfsb1", 7 << 21)); /* VXSNAN */
    ck_assert_uint_eq(c->fpscr, FPSCR_FX | FPSCR_VX | FPSCR_VXSNAN);
    ck_assert(run("mtfsb0", 0 << 21)); /* FX */
    ck_assert(run("mtfsb1", 7 << 21)); /* it was one already */
    ck_assert_uint_eq(c->fpscr, FPSCR_VX | FPSCR_VXSNAN);
    ck_assert(run("mtfsb1", 24 << 21 | RC)); /* VE */
    ck_assert_uint_eq(c->fpscr, FEX_AND_VX | FPSCR_VXSNAN | FPSCR_VE);
    ck_assert_uint_eq(c->crf[1], 6);
    ck_assert(run("mtfsb0", 1 << 21)); /* FEX and VX cannot be written */
    ck_assert(run("mtfsb0", 2 << 21));
    ck_assert_uint_eq(c->fpscr, FEX_AND_VX | FPSCR_VXSNAN | FPSCR_VE);
    ck_assert(run("mtfsb0", 7 << 21));
    ck_assert_uint_eq(c->fpscr, FPSCR_VE);
    ck_assert(run("mtfsb1", 1 << 21));
    ck_assert(run("mtfsb1", 2 << 21));
    ck_assert_uint_eq(c->fpscr, FPSCR_VE);
    D0(5) = UINT64_MAX;
    ck_assert(run("mtfsf", 0xffu << 17 | 5 << 11));
    ck_assert_uint_eq(c->fpscr, UINT32_MAX & ~PPC_BIT(52));
    D0(5) = FEX_AND_VX;
    ck_assert(run("mtfsf", 0xffu << 17 | 5 << 11));
    ck_assert_uint_eq(c->fpscr, 0);
    D0(5) = PPC_BITMASK(0, 31);
    ck_assert(run("mtfsf", 0xffu << 17 | 1 << 16 | 5 << 11)); /* W: the upper word, of which DRN is there */
    ck_assert_uint_eq(c->fpscr, PPC_BITMASK(29, 31));
    D0(5) = FPSCR_XE;
    ck_assert(run("mtfsf", 1u << 25 | 5 << 11)); /* L: all */
    ck_assert_uint_eq(c->fpscr, FPSCR_XE);
    ck_assert(run("mtfsfi", 1 << 23 | 2 << 12)); /* XX */
    ck_assert_uint_eq(c->fpscr, FPSCR_FEX | FPSCR_XX | FPSCR_XE);
    ck_assert(run("mtfsfi", 7 << 23 | 1 << 16 | 5 << 12)); /* W: DRN */
    ck_assert_uint_eq(c->fpscr, FPSCR_FEX | FPSCR_XX | FPSCR_XE | PPC_BIT(29) | PPC_BIT(31));
    /* What is read is cleared, but FEX and VX. */
    c->fpscr = fpscr_summarise(UINT32_MAX & ~PPC_BIT(52));
    ck_assert(run("mcrfs", 2 << 23));
    ck_assert_uint_eq(c->crf[2], 15);
    ck_assert_uint_eq(c->fpscr & PPC_BITMASK(32, 35), FEX_AND_VX);
    ck_assert(run("mcrfs", 2 << 23 | 4 << 18));
    ck_assert_uint_eq(c->fpscr & PPC_BITMASK(48, 51), PPC_BITMASK(48, 51));
}
END_TEST

static bool is_illegal(uint32_t word)
{
    gpa_store_be32(mem, HERE, word);
    c->nia = HERE;
    cpu_run(c, c->instructions + 1);
    return c->nia == VECTOR_PROGRAM;
}

/* Where mffsl and its kin are not known yet, they are mffs, whose book has them ignore what distinguishes them; and
 * so in a mode of that level. C libraries count on it. */
START_TEST(moves_from_fpscr)
{
    enum { MFFS = 0xfc60048e, MFFSCE = 0xfc61048e, MFFSCRNI = 0xfc77048e, MFFSL = 0xfc78048e };
    const uint64_t before = FPSCR_FX | FPSCR_XX | FPSCR_XE | FPSCR_FEX | FPSCR_RN;
    struct { const char *model; unsigned level; bool problem; uint64_t mffsl, after; } cases[] = {
        { "POWER8", CPU_ISA_2_07, false, before, before },
        { "POWER9", CPU_ISA_3_0, false, FPSCR_XE | FPSCR_RN, FPSCR_FX | FPSCR_XX },
        { "POWER9", CPU_ISA_2_07, true, before, before },
        { "POWER9", CPU_ISA_2_07, false, FPSCR_XE | FPSCR_RN, FPSCR_FX | FPSCR_XX },
    };

    for (size_t n = 0; n < ARRAY_SIZE(cases); n++) {
        tear_down();
        set_up_model(cases[n].model);
        c->level = cases[n].level;
        if (cases[n].problem)
            cpu_set_msr(c, c->msr | MSR_PR);
        c->fpscr = before;
        ck_assert(!is_illegal(MFFS));
        ck_assert_uint_eq(D0(3), before);
        ck_assert(!is_illegal(MFFSL));
        ck_assert_uint_eq(D0(3), cases[n].mffsl);
        ck_assert(!is_illegal(MFFSCRNI));
        ck_assert(!is_illegal(MFFSCE));
        ck_assert_uint_eq(c->fpscr, cases[n].after);
    }
}
END_TEST

/* A move that makes FEX 1 interrupts where MSR[FE0] or [FE1] says so. [ISA3.0 III 6.5.9] */
START_TEST(moves_to_fpscr_interrupt)
{
    cpu_set_msr(c, c->msr | MSR_FE0 | MSR_FE1);
    ck_assert(run("mtfsb1", 24 << 21));
    ck_assert(!run("mtfsb1", 7 << 21));
    ck_assert_uint_eq(c->nia, VECTOR_PROGRAM);
    ck_assert_uint_eq(c->spr[SPR_SRR0], HERE);
    ck_assert_uint_eq(c->spr[SPR_SRR1] & PPC_BITMASK(42, 47), PROGRAM_FP);
    ck_assert_uint_eq(c->fpscr & PPC_BITMASK(32, 34), PPC_BITMASK(32, 34));
}
END_TEST

/* So does a change of the MSR that allows for what waits in FPSCR, ahead of the next instruction. */
START_TEST(moves_to_msr_interrupt)
{
    static const char *const names[] = { "mtmsrd", "mtmsr", "rfid", "rfscv" };
    const uint64_t msr = c->msr;

    for (size_t n = 0; n < ARRAY_SIZE(names); n++)
        for (unsigned enabled = 0; enabled < 2; enabled++) {
            const uint64_t next = n < 2 ? HERE + 4 : 0x2000;

            cpu_set_msr(c, msr);
            c->fpscr = enabled ? FEX_AND_VX | FPSCR_VE | FPSCR_VXSNAN : FPSCR_VX | FPSCR_VXSNAN;
            c->spr[SPR_SRR0] = c->lr = next;
            c->spr[SPR_SRR1] = c->ctr = c->gpr[3] = msr | MSR_FE0;
            run(names[n], n < 2 ? 3 << 21 : 0);
            ck_assert_uint_eq(c->nia, enabled ? VECTOR_PROGRAM : next);
            if (!enabled)
                continue;
            ck_assert_uint_eq(c->spr[SPR_SRR0], next);
            ck_assert_uint_eq(c->spr[SPR_SRR1], msr | MSR_FE0 | PROGRAM_FP | PPC_BIT(47));
        }
}
END_TEST

/* ---- floating point -------------------------------------------------------------------------- */

#define INFINITE UINT64_C(0x7ff0000000000000)
#define QUIET UINT64_C(0x7ff8000000000000)
#define SIGNALLING UINT64_C(0x7ff4000000000001)
#define ONE UINT64_C(0x3ff0000000000000)
#define MINUS UINT64_C(0x8000000000000000)
#define TINY_2_60 UINT64_C(0x3c30000000000000)

/* Integers become singles in one rounding: these lie just above the middle of two singles, and on it after a
 * rounding to double. */
START_TEST(singles_from_integers)
{
    static const struct { const char *name; uint64_t integer, number; } cases[] = {
        { "fcfidus", UINT64_C(0x8000008000000001), UINT64_C(0x43e0000020000000) },
        { "fcfids", UINT64_C(0x4000004000000001), UINT64_C(0x43d0000020000000) },
        { "fcfids", -UINT64_C(0x4000004000000001), UINT64_C(0xc3d0000020000000) },
        { "xscvuxdsp", UINT64_C(0x8000008000000001), UINT64_C(0x43e0000020000000) },
        { "xscvsxdsp", UINT64_C(0x4000004000000001), UINT64_C(0x43d0000020000000) },
        { "xscvsxdsp", UINT64_C(0x8000008000000001), UINT64_C(0xc3dfffffe0000000) },
    };

    for (size_t n = 0; n < ARRAY_SIZE(cases); n++) {
        c->fpscr = 0;
        D0(5) = cases[n].integer;
        ck_assert(run(cases[n].name, TB));
        ck_assert_msg(D0(3) == cases[n].number, "%s: %016llx", cases[n].name, (unsigned long long)D0(3));
        ck_assert_uint_eq(c->fpscr & (FPSCR_XX | FPSCR_FI), FPSCR_XX | FPSCR_FI);
    }
    D0(5) = UINT64_C(0x8000008000000001);
    D1(5) = UINT64_C(0x4000004000000001);
    ck_assert(run("xvcvuxdsp", TB));
    ck_assert_uint_eq(D0(3) >> 32, 0x5f000001);
    ck_assert_uint_eq(D1(3) >> 32, 0x5e800001);
}
END_TEST

/* The classes of a double as a single: what is too small for a normal one is denormal. CR: sign, 0, match, no
 * single. [ISA3.0 I 7.6.3] */
START_TEST(classes_of_singles)
{
    enum { NAN_ = 64, PLUS_INF = 32, MINUS_INF = 16, PLUS_0 = 8, MINUS_0 = 4, PLUS_DENORMAL = 2, MINUS_DENORMAL = 1 };
    static const struct { uint64_t number; unsigned class, cr; } cases[] = {
        { QUIET, NAN_, 2 }, { SIGNALLING, NAN_, 3 }, { INFINITE, PLUS_INF, 2 }, { INFINITE | MINUS, MINUS_INF, 10 },
        { 0, PLUS_0, 2 }, { MINUS, MINUS_0, 10 }, { ONE, 0, 0 }, { ONE | 1, 0, 1 }, { ONE | MINUS, 0, 8 },
        { UINT64_C(0x380fffffc0000000), PLUS_DENORMAL, 2 }, /* the largest denormal single */
        { UINT64_C(0xb6a0000000000000), MINUS_DENORMAL, 10 }, /* the smallest */
        { UINT64_C(0x3690000000000000), PLUS_DENORMAL, 3 }, /* half of it */
        { 1, PLUS_DENORMAL, 3 },
        { UINT64_C(0x3810000000000000), 0, 0 }, /* the smallest normal single */
        { UINT64_C(0x47efffffe0000000), 0, 0 }, { UINT64_C(0x47f0000000000000), 0, 1 },
    };

    for (size_t n = 0; n < ARRAY_SIZE(cases); n++)
        for (unsigned dcmx = 0; dcmx < 128; dcmx++) {
            unsigned cr = cases[n].class & dcmx ? cases[n].cr : cases[n].cr & ~2u;

            D0(5) = cases[n].number;
            ck_assert(run("xststdcsp", 6 << 23 | dcmx << 16 | 5 << 11));
            ck_assert_msg(c->crf[6] == cr, "%016llx, DCMX %u: %u instead of %u",
                          (unsigned long long)cases[n].number, dcmx, c->crf[6], cr);
            ck_assert_uint_eq(PPC_FIELD(c->fpscr, 48, 51), cr);
        }
}
END_TEST

/* The negative forms round first and negate then: upwards, 1 - 2^-60 becomes 1, and that -1. A NaN is not
 * negated. [ISA3.0 I 4.6.6.2] */
START_TEST(negative_forms_round_first)
{
    static const struct { const char *name; uint32_t operands; uint64_t result; } cases[] = {
        { "fnmadd", 3u << 21 | 4 << 16 | 4 << 6 | 5 << 11, ONE | MINUS }, /* -(1 * 1 + -2^-60) */
        { "fnmsub", 3u << 21 | 4 << 16 | 4 << 6 | 6 << 11, ONE | MINUS }, /* -(1 * 1 - 2^-60) */
        { "xsnmaddmdp", 3u << 21 | 4 << 16 | 5 << 11, ONE | MINUS },
        { "xsnmsubmdp", 3u << 21 | 4 << 16 | 6 << 11, ONE | MINUS },
        { "xvnmaddmdp", 3u << 21 | 4 << 16 | 5 << 11, ONE | MINUS },
        { "xvnmsubmdp", 3u << 21 | 4 << 16 | 6 << 11, ONE | MINUS },
        { "fnmadd", 3u << 21 | 7 << 16 | 4 << 6 | 5 << 11, QUIET | 1 },
        { "xsnmsubmdp", 3u << 21 | 4 << 16 | 7 << 11, QUIET | 1 },
    };

    for (size_t n = 0; n < ARRAY_SIZE(cases); n++) {
        c->fpscr = FP_UP;
        D0(3) = D1(3) = D0(4) = D1(4) = ONE;
        D0(5) = D1(5) = TINY_2_60 | MINUS;
        D0(6) = D1(6) = TINY_2_60;
        D0(7) = QUIET | 1;
        ck_assert(run(cases[n].name, cases[n].operands));
        ck_assert_msg(D0(3) == cases[n].result, "%s: %016llx", cases[n].name, (unsigned long long)D0(3));
    }
}
END_TEST

/* The same in outer products: the second letter is the accumulator's sign within, the first that of all. */
START_TEST(negative_outer_products)
{
    static const struct { const char *name; float accumulator; uint32_t result; } cases[] = {
        { "xvf32gerpp", -0x1p-30f, 0x3f800000 }, /* up: 1 - 2^-30 -> 1 */
        { "xvf32gerpn", 0x1p-30f, 0x3f800000 },
        { "xvf32gernp", 0x1p-30f, 0xbf800000 }, /* -(1 - 2^-30) */
        { "xvf32gernn", -0x1p-30f, 0xbf800000 }, /* -(1 + -2^-30) */
        { "xvf32gernp", -0x1p-30f, 0xbf800001 }, /* -(1 + 2^-30), of which the sum goes up */
        { "xvf32gernn", 0x1p-30f, 0xbf800001 },
    };

    for (size_t n = 0; n < ARRAY_SIZE(cases); n++) {
        c->fpscr = FP_UP;
        for (unsigned k = 0; k < 4; k++) {
            c->vsr[40].w[k] = c->vsr[41].w[k] = 0x3f800000;
            memcpy(&c->vsr[0].w[k], &cases[n].accumulator, 4);
        }
        ck_assert(run(cases[n].name, 0u << 23 | 8 << 16 | 9 << 11 | 6));
        for (unsigned k = 0; k < 4; k++)
            ck_assert_msg(c->vsr[0].w[k] == cases[n].result, "%s: %08x", cases[n].name, c->vsr[0].w[k]);
    }
    c->fpscr = FP_UP;
    for (unsigned k = 0; k < 2; k++)
        D0(40 + k) = D1(40 + k) = ONE, D0(42) = D1(42) = ONE, D0(k) = D1(k) = TINY_2_60;
    ck_assert(run("xvf64gernp", 0u << 23 | 8 << 16 | 10 << 11 | 6));
    ck_assert_uint_eq(D0(0), ONE | MINUS);
    ck_assert_uint_eq(D1(1), ONE | MINUS);
    D0(0) = TINY_2_60;
    ck_assert(run("xvf64gernn", 0u << 23 | 8 << 16 | 10 << 11 | 6));
    ck_assert_uint_eq(D0(0), (ONE | MINUS) + 1);
}
END_TEST

/* One outer product of 2^a * 2^b + 2^c * 2^d with an accumulator of 2^e, all elements the same. */
static uint32_t halves(const char *name, const int exponents[5], uint64_t fpscr)
{
    uint32_t power[5];

    for (unsigned k = 0; k < 5; k++)
        power[k] = (uint32_t)(exponents[k] + 127) << 23;
    for (unsigned k = 0; k < 4; k++) {
        c->vsr[40].w[k] = power[0] | power[2] >> 16;
        c->vsr[41].w[k] = power[1] | power[3] >> 16;
        for (unsigned r = 0; r < 4; r++)
            c->vsr[r].w[k] = power[4] | 0x80000000;
    }
    c->fpscr = fpscr;
    ck_assert(run(name, 0u << 23 | 8 << 16 | 9 << 11 | 6));
    return c->vsr[3].w[2];
}

/* The sum of two products of bfloat16 is a single by its significand, and by its exponent only in the end; enabled
 * exceptions wrap nothing. [ISA3.1 I 7.6.1.11] */
START_TEST(products_beyond_singles)
{
    ck_assert_uint_eq(halves("xvbf16ger2pp", (int[]){ 64, 63, 64, 63, 127 }, 0), 0x7f000000); /* 2^128 - 2^127 */
    ck_assert_uint_eq(c->fpscr & FPSCR_EXCEPTIONS, 0);
    ck_assert_uint_eq(halves("xvbf16ger2", (int[]){ 64, 63, 64, 63, 127 }, 0), 0x7f800000);
    ck_assert_uint_eq(c->fpscr & FPSCR_EXCEPTIONS, FPSCR_OX | FPSCR_XX);
    ck_assert_uint_eq(halves("xvbf16ger2", (int[]){ 64, 63, 64, 63, 127 }, FPSCR_OE | FPSCR_UE), 0x7f800000);
    ck_assert_uint_eq(halves("xvbf16ger2pp", (int[]){ -75, -75, -75, -76, -125 }, FP_UP), 0x80ffffff);
    ck_assert_uint_eq(halves("xvbf16ger2", (int[]){ -74, -75, -75, -75, 0 }, FPSCR_UE), 2);
    ck_assert_uint_eq(halves("xvbf16ger2", (int[]){ 0, 0, -12, -12, 0 }, 0), 0x3f800000);
    ck_assert_uint_eq(c->fpscr & FPSCR_EXCEPTIONS, FPSCR_XX);
    ck_assert_uint_eq(halves("xvbf16ger2", (int[]){ 0, 0, -12, -12, 0 }, FP_UP), 0x3f800001);
}
END_TEST

/* Infinity times zero and a signalling NaN are two reasons. */
START_TEST(two_reasons)
{
    D0(4) = INFINITE;
    D0(5) = SIGNALLING;
    D0(6) = 0;
    ck_assert(run("fmadd", 3u << 21 | 4 << 16 | 6 << 6 | 5 << 11));
    ck_assert_uint_eq(c->fpscr & FPSCR_VX_ALL, FPSCR_VXIMZ | FPSCR_VXSNAN);
    ck_assert_uint_eq(D0(3), SIGNALLING | QUIET);
    c->fpscr = 0;
    D0(4) = QUIET;
    ck_assert(run("xsmaxjdp", TAB));
    ck_assert_uint_eq(c->fpscr & FPSCR_VX_ALL, FPSCR_VXSNAN);
    c->fpscr = 0;
    ck_assert(run("xsminjdp", TAB));
    ck_assert_uint_eq(c->fpscr & FPSCR_VX_ALL, FPSCR_VXSNAN);
    /* One element overflows, the other underflows. */
    c->fpscr = 0;
    D0(4) = D0(5) = UINT64_C(0x7fe0000000000000);
    D1(4) = D1(5) = UINT64_C(0x0010000000000001);
    ck_assert(run("xvmuldp", TAB));
    ck_assert_uint_eq(c->fpscr, FPSCR_FX | FPSCR_OX | FPSCR_UX | FPSCR_XX);
    ck_assert_uint_eq(D0(3), INFINITE);
    ck_assert_uint_eq(D1(3), 0);
    /* One element is out of range, the other is not. */
    c->fpscr = 0;
    D0(5) = UINT64_C(0x7fe0000000000000);
    D1(5) = ONE;
    ck_assert(run("xvcvdpsxds", TB));
    ck_assert_uint_eq(D0(3), INT64_MAX);
    ck_assert_uint_eq(D1(3), 1);
    ck_assert_uint_eq(c->fpscr & FPSCR_VX_ALL, FPSCR_VXCVI);
}
END_TEST

/* ---- estimates ------------------------------------------------------------------------------- */

static double as_double(uint64_t bits)
{
    double d;

    memcpy(&d, &bits, 8);
    return d;
}

static uint64_t bits_of(double d)
{
    uint64_t bits;

    memcpy(&bits, &d, 8);
    return bits;
}

static const struct {
    const char *name;
    bool root;
    double tolerance; /* the book's */
} estimates[] = {
    { "fre", false, 0x1p-8 },       { "fres", false, 0x1p-8 },       { "frsqrte", true, 0x1p-5 },
    { "frsqrtes", true, 0x1p-5 },   { "xsredp", false, 0x1p-14 },    { "xsresp", false, 0x1p-14 },
    { "xsrsqrtedp", true, 0x1p-14 }, { "xsrsqrtesp", true, 0x1p-14 }, { "xvredp", false, 0x1p-14 },
    { "xvrsqrtedp", true, 0x1p-14 },
};

START_TEST(estimates_are_near)
{
    srand(1);
    for (unsigned k = 0; k < 2000; k++) {
        double x = ldexp(1 + rand() / 0x1p31, rand() % 200 - 100), y;

        D0(5) = D1(5) = bits_of(x);
        ck_assert(run(estimates[_i].name, TB));
        y = as_double(D0(3));
        ck_assert_double_le(fabs(estimates[_i].root ? y * y * x - 1 : y * x - 1), estimates[_i].tolerance);
        ck_assert_uint_eq(c->fpscr & (FPSCR_VX | FPSCR_ZX | FPSCR_OX | FPSCR_UX), 0);
    }
}
END_TEST

START_TEST(estimates_of_special_values)
{
    const bool root = estimates[_i].root;
    const struct { uint64_t x, result; uint64_t raised; } cases[] = {
        { 0, INFINITE, FPSCR_ZX },
        { MINUS, INFINITE | MINUS, FPSCR_ZX },
        { INFINITE, 0, 0 },
        { INFINITE | MINUS, root ? QUIET : MINUS, root ? FPSCR_VXSQRT : 0 },
        { ONE | MINUS, root ? QUIET : ONE | MINUS, root ? FPSCR_VXSQRT : 0 },
        { QUIET | MINUS | UINT64_C(1) << 40, QUIET | MINUS | UINT64_C(1) << 40, 0 },
        { INFINITE | UINT64_C(1) << 40, QUIET | UINT64_C(1) << 40, FPSCR_VXSNAN },
    };

    for (size_t n = 0; n < ARRAY_SIZE(cases); n++)
        for (unsigned enabled = 0; enabled < 2; enabled++) {
            c->fpscr = enabled ? FPSCR_VE | FPSCR_ZE : 0;
            D0(3) = 0x77;
            D0(5) = cases[n].x;
            D1(5) = ONE;
            ck_assert(run(estimates[_i].name, TB));
            ck_assert_msg(D0(3) == (enabled && cases[n].raised ? 0x77 : cases[n].result), "%s of %016llx: %016llx",
                          estimates[_i].name, (unsigned long long)cases[n].x, (unsigned long long)D0(3));
            ck_assert_uint_eq(c->fpscr & (FPSCR_VX_ALL | FPSCR_ZX), cases[n].raised);
        }
}
END_TEST

static float as_float(uint32_t bits)
{
    float f;

    memcpy(&f, &bits, 4);
    return f;
}

/* One part in 4096 of reciprocals, in 16 of powers, 1/32 of logarithms. [ISA3.0 I 6.9.5] */
START_TEST(estimates_of_vectors)
{
    srand(1);
    for (unsigned k = 0; k < 2000; k++) {
        float x = ldexpf(1 + (float)rand() / 0x1p31f, rand() % 100 - 50), e = (float)(rand() % 250 - 125) + x * 0x1p-50f;
        uint32_t bits;

        memcpy(&bits, &x, 4);
        for (unsigned n = 0; n < 4; n++)
            c->vsr[32 + 5].w[n] = bits;
        ck_assert(run("vrefp", TB));
        ck_assert_double_le(fabs((double)as_float(c->vsr[32 + 3].w[1]) * (double)x - 1), 0x1p-12);
        ck_assert(run("vrsqrtefp", TB));
        ck_assert_double_le(fabs((double)as_float(c->vsr[32 + 3].w[2]) * sqrt((double)x) - 1), 0x1p-12);
        ck_assert(run("vlogefp", TB));
        ck_assert_double_le(fabs((double)as_float(c->vsr[32 + 3].w[3]) - log2((double)x)), 0x1p-5);
        memcpy(&bits, &e, 4);
        c->vsr[32 + 5].w[0] = bits;
        ck_assert(run("vexptefp", TB));
        ck_assert_double_le(fabs((double)as_float(c->vsr[32 + 3].w[0]) / exp2((double)e) - 1), 0x1p-4);
    }
}
END_TEST

/* ---- decimal, vectors ------------------------------------------------------------------------ */

/* A sum that is zero is positive, and no sign of an operand comes through. [ISA3.0 I 6.17.1] */
START_TEST(decimal_zeros)
{
    static const struct { const char *name; unsigned a, b; } cases[] = {
        { "bcdadd.", 0xd, 0xd }, { "bcdadd.", 0xb, 0xb }, { "bcdadd.", 0xc, 0xd }, { "bcdsub.", 0xd, 0xc },
    };

    for (size_t n = 0; n < ARRAY_SIZE(cases); n++)
        for (unsigned ps = 0; ps < 2; ps++) {
            c->vsr[36] = c->vsr[37] = (union vsr){ .d = { 0, 0 } };
            D1(36) = cases[n].a;
            D1(37) = cases[n].b;
            ck_assert(run(cases[n].name, TAB | ps << 9));
            ck_assert_uint_eq(D0(35), 0);
            ck_assert_uint_eq(D1(35), ps ? 0xf : 0xc);
            ck_assert_uint_eq(c->crf[6], CR_EQ);
        }
}
END_TEST

/* Under the mask come the rotated bits, beside it those that were there. [ISA3.0 I 6.12.2] */
START_TEST(rotate_and_insert)
{
    for (unsigned k = 0; k < 2; k++) {
        c->vsr[36].d[k] = UINT64_C(0x1122334455667788);
        c->vsr[35].d[k] = UINT64_C(0xaaaaaaaaaaaaaaaa);
        c->vsr[37].d[k] = 16 << 16 | 31 << 8 | 8; /* MB ME SH */
    }
    ck_assert(run("vrldmi", TAB));
    ck_assert_uint_eq(D0(35), UINT64_C(0xaaaa4455aaaaaaaa));
    ck_assert_uint_eq(D1(35), UINT64_C(0xaaaa4455aaaaaaaa));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("corner cases");
    SRunner *runner = srunner_create(suite);
    TCase *tests = tcase_create("corner cases");
    int failed;

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, extended_quotients);
    tcase_add_loop_test(tests, carries_of_words, 0, 2);
    tcase_add_test(tests, absolute_branches);
    tcase_add_test(tests, invalid_update_forms);
    tcase_add_test(tests, atomic_functions);
    tcase_add_test(tests, moves_to_fpscr);
    tcase_add_test(tests, moves_from_fpscr);
    tcase_add_test(tests, moves_to_fpscr_interrupt);
    tcase_add_test(tests, moves_to_msr_interrupt);
    tcase_add_test(tests, singles_from_integers);
    tcase_add_test(tests, classes_of_singles);
    tcase_add_test(tests, negative_forms_round_first);
    tcase_add_test(tests, negative_outer_products);
    tcase_add_test(tests, products_beyond_singles);
    tcase_add_test(tests, two_reasons);
    tcase_add_loop_test(tests, estimates_are_near, 0, ARRAY_SIZE(estimates));
    tcase_add_loop_test(tests, estimates_of_special_values, 0, ARRAY_SIZE(estimates));
    tcase_add_test(tests, estimates_of_vectors);
    tcase_add_test(tests, decimal_zeros);
    tcase_add_test(tests, rotate_and_insert);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
