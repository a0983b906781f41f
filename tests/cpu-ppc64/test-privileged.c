/* What a kernel sees of the processor: changes of state, interrupts, privilege, and modified code.
 * A small machine in real mode runs a few words through the main loop. All of its memory is `b .`,
 * so that it stays where an interrupt took it. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "cpu-ppc64/interp/access.h"
#include "cpu-ppc64/interp/op.h"

enum { RAM = 1 << 20, CODE = 0x10000, DATA = 0x40000, HERE = 0x48000000, NOP = 0x60000000 };

static uint64_t now;
static unsigned hypercalls;

static uint64_t time_now(void *hv)
{
    (void)hv;
    return now;
}

static void nothing(void *hv)
{
    (void)hv;
}

static void hypercall(void *hv, struct cpu *c)
{
    (void)hv;
    hypercalls++;
    c->gpr[3] = 0x77;
}

static const struct cpu_hv_ops ops = {
    .timebase = time_now, .lock = nothing, .unlock = nothing, .hypercall = hypercall
};
static struct mem *mem;
static struct cpu *c;

static void set_up(void)
{
    now = 1000;
    hypercalls = 0;
    mem = mem_new(RAM, NULL);
    for (gpa_t a = 0; a < RAM; a += 4)
        gpa_store_be32(mem, a, HERE);
    c = cpu_new(cpu_model_find("POWER9", NULL), mem, &ops, NULL, 0, NULL);
    ck_assert_ptr_nonnull(c);
    cpu_set_msr(c, MSR_SF | MSR_ME);
    cpu_set_decrementer(c, 0x7fffffff);
    c->spr[SPR_FSCR] = 0;
}

static void tear_down(void)
{
    cpu_free(c);
    mem_free(mem);
}

/* ---- helpers --------------------------------------------------------------------------------- */

static uint32_t insn(const char *name, uint32_t operands)
{
    for (unsigned id = 1; id < ISA_COUNT; id++)
        if (!strcmp(isa_row(id)->name, name))
            return (uint32_t)isa_row(id)->value | operands;
    ck_abort_msg("no row %s", name);
}

#define D(t, a, i) ((uint32_t)(t) << 21 | (uint32_t)(a) << 16 | ((i) & 0xffff))
#define X(t, a, b) ((uint32_t)(t) << 21 | (uint32_t)(a) << 16 | (uint32_t)(b) << 11)
#define SPR(t, n) ((uint32_t)(t) << 21 | ((n) & 31u) << 16 | (uint32_t)(n) >> 5 << 11)
#define LEV(n) ((uint32_t)(n) << 5)
#define L1 (1u << 16)

static void put(unsigned index, uint32_t word)
{
    gpa_store_be32(mem, CODE + 4 * index, c->le ? __builtin_bswap32(word) : word);
}

static void go(unsigned n)
{
    cpu_run(c, c->instructions + n);
}

static void run_word(uint32_t word)
{
    put(0, word);
    c->nia = CODE;
    go(1);
}

#define EXPECT_AT(address) ck_assert_uint_eq(c->nia, address)

/* An interrupt was taken at `address` under `msr`, with these bits in SRR1. */
#define EXPECT_INTERRUPT(vector, address, old_msr, bits)                                         \
    do {                                                                                         \
        EXPECT_AT(vector);                                                                       \
        ck_assert_uint_eq(c->spr[SPR_SRR0], address);                                            \
        ck_assert_uint_eq(c->spr[SPR_SRR1], (old_msr) | (bits));                                 \
        ck_assert_uint_eq(c->msr, MSR_SF | ((old_msr) & MSR_ME));                                \
    } while (0)

static void expect_word(uint32_t word, unsigned vector, uint64_t bits)
{
    uint64_t msr = c->msr;

    run_word(word);
    EXPECT_INTERRUPT(vector, CODE, msr, bits);
    cpu_set_msr(c, msr);
}

static void expect_completes(uint32_t word)
{
    run_word(word);
    EXPECT_AT(CODE + 4);
}

/* ---- returns and the MSR --------------------------------------------------------------------- */

START_TEST(return_from_interrupt)
{
    c->spr[SPR_SRR0] = 0x20003;
    c->spr[SPR_SRR1] = MSR_SF | MSR_HV | MSR_PR | MSR_FP | MSR_LE;
    c->reservation.kind = RESERVED_ALONE;
    run_word(insn("rfid", 0));
    EXPECT_AT(0x20000);
    ck_assert_uint_eq(c->msr,
                      MSR_SF | MSR_PR | MSR_EE | MSR_IR | MSR_DR | MSR_FP | MSR_LE | MSR_ME);
    ck_assert(c->le);
}
END_TEST

START_TEST(return_to_32_bit_mode)
{
    c->spr[SPR_SRR0] = UINT64_C(0x500020000);
    c->spr[SPR_SRR1] = MSR_RI;
    run_word(insn("rfid", 0));
    EXPECT_AT(0x20000);
    ck_assert_uint_eq(c->msr, MSR_RI | MSR_ME);
    c->gpr[3] = UINT64_C(0xffffffff00000008);
    c->nia = 0x20000;
    gpa_store_be32(mem, DATA, insn("lwz", D(4, 3, -8)));
    c->nia = DATA;
    go(1);
    ck_assert_uint_eq(c->gpr[4], HERE);
}
END_TEST

START_TEST(move_to_msr)
{
    c->gpr[4] = MSR_EE | MSR_RI | MSR_FP | MSR_PR | MSR_LE;
    run_word(insn("mtmsrd", D(4, 0, 0) | L1));
    ck_assert_uint_eq(c->msr, MSR_SF | MSR_ME | MSR_EE | MSR_RI);
    c->gpr[4] = 0;
    run_word(insn("mtmsr", D(4, 0, 0) | L1));
    ck_assert_uint_eq(c->msr, MSR_SF | MSR_ME);

    /* Neither machine check enable nor endianness are theirs to change. */
    c->gpr[4] = MSR_SF | MSR_FP | MSR_LE;
    expect_completes(insn("mtmsrd", D(4, 0, 0)));
    ck_assert_uint_eq(c->msr, MSR_SF | MSR_FP | MSR_ME);
    c->gpr[4] = MSR_VEC | MSR_LE;
    expect_completes(insn("mtmsr", D(4, 0, 0)));
    ck_assert_uint_eq(c->msr, MSR_SF | MSR_VEC | MSR_ME);
    c->gpr[4] = MSR_SF | MSR_PR;
    expect_completes(insn("mtmsrd", D(4, 0, 0)));
    ck_assert_uint_eq(c->msr, MSR_SF | MSR_PR | MSR_EE | MSR_IR | MSR_DR | MSR_ME);
}
END_TEST

/* ---- system calls ---------------------------------------------------------------------------- */

START_TEST(system_call)
{
    uint64_t msr = MSR_SF | MSR_ME | MSR_EE | MSR_PR;

    cpu_set_msr(c, msr);
    run_word(insn("sc", LEV(0)));
    EXPECT_INTERRUPT(0xc00, CODE + 4, msr, 0);
    ck_assert_uint_eq(hypercalls, 0);
}
END_TEST

START_TEST(hypervisor_call)
{
    expect_completes(insn("sc", LEV(1)));
    ck_assert_uint_eq(hypercalls, 1);
    ck_assert_uint_eq(c->gpr[3], 0x77);
}
END_TEST

START_TEST(system_call_vectored)
{
    uint64_t msr = MSR_SF | MSR_ME | MSR_EE | MSR_PR | MSR_RI;

    cpu_set_msr(c, msr);
    expect_word(insn("scv", LEV(3)), 0xf60, 0);
    ck_assert_uint_eq(c->spr[SPR_FSCR], PPC_FIELD_PUT(FSCR_SCV, 0, 7));
    c->spr[SPR_FSCR] = UINT64_C(1) << FSCR_SCV;
    run_word(insn("scv", LEV(3)));
    EXPECT_AT(0x17060);
    ck_assert_uint_eq(c->lr, CODE + 4);
    ck_assert_uint_eq(c->ctr, msr);
    ck_assert_uint_eq(c->msr, MSR_SF | MSR_ME | MSR_EE | MSR_RI);
    run_word(insn("rfscv", 0));
    EXPECT_AT(CODE + 4);
    ck_assert_uint_eq(c->msr, msr | MSR_IR | MSR_DR);
}
END_TEST

/* ---- privilege ------------------------------------------------------------------------------- */

START_TEST(illegal_and_privileged)
{
    static const char *const privileged[] = { "mfmsr", "mtmsr", "mtmsrd", "rfid", "rfscv", "tlbie",
                                              "tlbiel", "slbia", "hrfid" };

    for (unsigned problem = 0; problem < 2; problem++) {
        cpu_set_msr(c, MSR_SF | MSR_ME | (problem ? MSR_PR : 0));
        expect_word(0, 0x700, PROGRAM_ILLEGAL);
        expect_word(0x04000000, 0x700, PROGRAM_ILLEGAL);
        expect_word(insn("hrfid", 0), 0x700, PROGRAM_PRIVILEGED);
    }
    for (size_t n = 0; n < ARRAY_SIZE(privileged); n++)
        expect_word(insn(privileged[n], 0), 0x700, PROGRAM_PRIVILEGED);
    for (unsigned id = 1; id < ISA_COUNT; id++) {
        const struct isa_row *row = isa_row(id);

        if (!(row->flags & (ISA_FLAG_HV | ISA_FLAG_PRIV)) || row->level > ISA_3_0 ||
            row->facility == FACILITY_TM)
            continue;
        cpu_set_msr(c, MSR_SF | MSR_ME | MSR_PR);
        expect_word((uint32_t)row->value, 0x700, PROGRAM_PRIVILEGED);
        cpu_set_msr(c, MSR_SF | MSR_ME);
        if (row->flags & ISA_FLAG_HV)
            expect_word((uint32_t)row->value, 0x700, PROGRAM_PRIVILEGED);
    }
    cpu_set_msr(c, MSR_SF | MSR_ME | MSR_PR);
    expect_word(insn("twi", D(31, 0, 0)), 0x700, PROGRAM_TRAP);
    cpu_set_msr(c, MSR_SF | MSR_PR);
    c->level = CPU_ISA_2_07;
    expect_word(insn("setb", D(3, 0, 0)), 0x700, PROGRAM_ILLEGAL);
    expect_word(insn("scv", 0), 0x700, PROGRAM_ILLEGAL);
    /* A compatibility mode is for problem state; the same word was decoded already. */
    cpu_set_msr(c, MSR_SF);
    expect_completes(insn("setb", D(3, 0, 0)));
    cpu_set_msr(c, MSR_SF | MSR_PR);
    expect_word(insn("setb", D(3, 0, 0)), 0x700, PROGRAM_ILLEGAL);
}
END_TEST

/* Eight extended opcodes do nothing until a level of the book takes them. [ISA2.07 I, Reserved Instructions] */
START_TEST(reserved_no_operations)
{
    struct cpu *power10 = cpu_new(cpu_model_find("POWER10", NULL), mem, &ops, NULL, 0, NULL), *power9 = c;
    uint64_t beside;

    memset(c->gpr, 0, sizeof c->gpr);
    c->gpr[1] = c->gpr[3] = 0x20000;
    c->gpr[4] = 0x1234;
    for (unsigned problem = 0; problem < 2; problem++) {
        cpu_set_msr(c, MSR_SF | (problem ? MSR_PR : 0));
        for (unsigned xo = 530; xo <= 754; xo += 32)
            expect_completes(31u << 26 | X(3, 1, 4) | xo << 1);
        expect_word(31u << 26 | X(3, 1, 4) | 786u << 1, 0x700, PROGRAM_ILLEGAL);
    }
    ck_assert_uint_eq(c->gpr[3], 0x20000);
    ck_assert(gpa_load_be64(mem, 0x20000 - 8, &beside) && beside == ((uint64_t)HERE << 32 | HERE));
    /* So has a program in a mode of before. */
    c = power10;
    cpu_set_msr(c, MSR_SF | MSR_PR);
    c->spr[SPR_DEXCR] = UINT64_MAX;
    c->level = CPU_ISA_3_0;
    expect_completes(insn("hashst", X(31, 1, 4) | 1));
    ck_assert(gpa_load_be64(mem, 0x20000 - 8, &beside) && beside == ((uint64_t)HERE << 32 | HERE));
    expect_word(insn("brd", X(3, 1, 0)), 0x700, PROGRAM_ILLEGAL);
    cpu_free(power10);
    c = power9;
}
END_TEST

/* mffs ignored the bits that now tell its kin apart: a program that asks for mffscrn gets mffs. glibc counts on it. */
START_TEST(mffs_before_its_kin)
{
    static const char *const kin[] = { "mffsce", "mffscdrn", "mffscdrni", "mffscrn", "mffscrni", "mffsl" };
    const uint64_t before = PPC_BIT(32) | PPC_BIT(38) | PPC_BIT(56) | 1; /* FX XX VE RN */

    cpu_set_msr(c, MSR_SF | MSR_PR | MSR_FP);
    for (unsigned old = 0; old < 2; old++) {
        c->level = old ? CPU_ISA_2_07 : CPU_ISA_3_0;
        for (size_t n = 0; n < ARRAY_SIZE(kin); n++) {
            c->fpscr = before;
            CPU_FPR(c, 1) = 0;
            CPU_FPR(c, 2) = 2;
            expect_completes(insn(kin[n], X(1, 0, 2)));
            ck_assert_msg((CPU_FPR(c, 1) == before) == (old || !strcmp(kin[n], "mffsce")), "%s", kin[n]);
            ck_assert_msg((c->fpscr == before) || !old, "%s", kin[n]);
        }
    }
}
END_TEST

START_TEST(special_registers_of_privileged_state)
{
    c->gpr[3] = 0x1234;
    expect_completes(insn("mfspr", SPR(3, 1000)));
    ck_assert_uint_eq(c->gpr[3], 0x1234);
    expect_completes(insn("mtspr", SPR(3, 1000)));
    expect_completes(insn("mtspr", SPR(3, SPR_PVR)));
    expect_completes(insn("mfspr", SPR(4, SPR_PVR)));
    ck_assert_uint_eq(c->gpr[4], c->model->pvr);
    for (unsigned n = 0; n < 7; n++)
        if (n == 0 || n >= 4)
            expect_word(insn("mfspr", SPR(3, n)), 0x700, PROGRAM_ILLEGAL);
    expect_word(insn("mtspr", SPR(3, 0)), 0x700, PROGRAM_ILLEGAL);
    expect_completes(insn("mtspr", SPR(3, 4)));
    /* Facilities do not bind privileged programs; narrow registers are narrow. */
    expect_completes(insn("mfspr", SPR(5, SPR_UDSCR)));
    c->gpr[3] = UINT64_MAX;
    expect_completes(insn("mtspr", SPR(3, SPR_DSISR)));
    expect_completes(insn("mfspr", SPR(5, SPR_DSISR)));
    ck_assert_uint_eq(c->gpr[5], UINT32_MAX);
    /* A register of a later version, and one of this version in a mode of an older one. */
    c->gpr[3] = 9;
    expect_completes(insn("mtspr", SPR(3, SPR_DEXCR)));
    ck_assert_uint_eq(c->spr[SPR_DEXCR], 0);
    c->level = CPU_ISA_2_07;
    expect_completes(insn("mtspr", SPR(3, SPR_PIDR)));
    ck_assert_uint_eq(c->spr[SPR_PIDR], 9);
}
END_TEST

START_TEST(special_registers_of_problem_state)
{
    static const struct { bool writes; unsigned number; uint64_t reason; } cases[] = {
        { false, 1000, PROGRAM_ILLEGAL },       { true, 1000, PROGRAM_ILLEGAL },
        { false, 1008, PROGRAM_PRIVILEGED },    { true, 1008, PROGRAM_PRIVILEGED },
        { false, SPR_SRR0, PROGRAM_PRIVILEGED }, { true, SPR_SRR1, PROGRAM_PRIVILEGED },
        { false, SPR_PVR, PROGRAM_PRIVILEGED }, { true, SPR_TB, PROGRAM_ILLEGAL },
        { true, SPR_USPRG3, PROGRAM_ILLEGAL },  { true, SPR_DEC, PROGRAM_PRIVILEGED },
    };

    cpu_set_msr(c, MSR_SF | MSR_PR);
    for (size_t n = 0; n < ARRAY_SIZE(cases); n++)
        expect_word(insn(cases[n].writes ? "mtspr" : "mfspr", SPR(3, cases[n].number)), 0x700,
                    cases[n].reason);
    expect_word(insn("mfspr", SPR(3, SPR_UDSCR)), 0xf60, 0);
    ck_assert_uint_eq(c->spr[SPR_FSCR] >> 56, FSCR_DSCR);
    c->spr[SPR_FSCR] = UINT64_C(1) << FSCR_DSCR;
    expect_completes(insn("mfspr", SPR(3, SPR_UDSCR)));
    expect_completes(insn("mfspr", SPR(3, SPR_TB)));
    ck_assert_uint_eq(c->gpr[3], now);
    c->spr[SPR_UAMOR] = 0xf0;
    c->spr[SPR_AMR] = 0xffff;
    c->gpr[3] = 0;
    expect_completes(insn("mtspr", SPR(3, SPR_UAMR)));
    ck_assert_uint_eq(c->spr[SPR_AMR], 0xff0f);
}
END_TEST

START_TEST(unavailable_facilities)
{
    expect_word(insn("fadd", X(1, 2, 3)), 0x800, 0);
    expect_word(insn("lfd", D(1, 0, 0)), 0x800, 0);
    expect_word(insn("vaddubm", X(1, 2, 3)), 0xf20, 0);
    expect_word(insn("xxlxor", X(1, 2, 3)), 0xf40, 0);
    expect_word(insn("lxvx", X(1, 0, 3)), 0xf40, 0);
    expect_word(insn("lxvx", X(1, 0, 3) | 1), 0xf20, 0); /* VSR 33 */
    c->spr[SPR_TAR] = 0x20000;
    run_word(insn("bctar", 20 << 21));
    EXPECT_AT(0x20000);
    cpu_set_msr(c, MSR_SF | MSR_PR);
    expect_word(insn("bctar", 20 << 21), 0xf60, 0);
    ck_assert_uint_eq(c->spr[SPR_FSCR] >> 56, FSCR_TAR);
    c->spr[SPR_FSCR] = UINT64_C(1) << FSCR_TAR;
    run_word(insn("bctar", 20 << 21));
    EXPECT_AT(0x20000);
    cpu_set_msr(c, MSR_SF | MSR_FP);
    expect_completes(insn("fadd", X(1, 2, 3)));
    expect_word(insn("xxlxor", X(1, 2, 3)), 0xf40, 0);
    cpu_set_msr(c, MSR_SF | MSR_VSX);
    expect_completes(insn("xxlxor", X(1, 2, 3)));
    expect_word(insn("vaddubm", X(1, 2, 3)), 0xf20, 0);
}
END_TEST

/* Process-scoped ones of radix trees (R, PRS in the place of RA); tlbie needs guest translation shootdown. */
START_TEST(invalidations_of_the_guest)
{
    const uint32_t process = 1u << 17 | 1u << 16; /* PRS, R */

    /* With hash page tables only its own lookaside buffer is a partition's. */
    expect_word(insn("tlbie", X(0, 0, 3)), 0x700, PROGRAM_PRIVILEGED);
    expect_completes(insn("tlbiel", X(0, 0, 3)));
    c->lpcr |= LPCR_HR | LPCR_UPRT;
    expect_word(insn("tlbie", X(0, 0, 3) | process), 0x700, PROGRAM_PRIVILEGED);
    expect_word(insn("tlbsync", 0), 0x700, PROGRAM_PRIVILEGED);
    c->lpcr |= LPCR_GTSE;
    for (uint32_t ric = 0; ric < 4; ric++) {
        expect_completes(insn("tlbie", X(0, 0, 3) | process | ric << 18));
        expect_completes(insn("tlbiel", X(0, 0, 3) | process | ric << 18));
        expect_word(insn("tlbie", X(0, 0, 3) | 1u << 16 | ric << 18), 0x700, PROGRAM_PRIVILEGED);
        expect_word(insn("tlbiel", X(0, 0, 3) | 1u << 16 | ric << 18), 0x700, PROGRAM_PRIVILEGED);
    }
    expect_completes(insn("tlbsync", 0));
}
END_TEST

/* ---- copy and paste, priorities ---------------------------------------------------------------- */

START_TEST(copy_and_paste)
{
    /* To and from memory, beyond memory, and aligned to less than a block. */
    uint64_t bad = PPC_BIT(60);

    c->gpr[3] = DATA;
    expect_completes(insn("cp_abort", 0));
    expect_completes(insn("copy", X(0, 0, 3)));
    expect_word(insn("paste.", X(0, 0, 3)), 0x300, 0);
    ck_assert_uint_eq(c->spr[SPR_DSISR], bad | DSISR_STORE);
    ck_assert_uint_eq(c->spr[SPR_DAR], DATA);
    c->gpr[3] = RAM;
    expect_word(insn("copy", X(0, 0, 3)), 0x300, 0);
    ck_assert_uint_eq(c->spr[SPR_DSISR], bad);
    c->crf[0] = CR_EQ | CR_GT;
    c->xer_so = 1;
    expect_completes(insn("paste.", X(0, 0, 3)));
    ck_assert_uint_eq(c->crf[0], CR_SO);
    c->gpr[3] = DATA + 64;
    expect_word(insn("copy", X(0, 0, 3)), 0x600, 0);
    expect_word(insn("paste.", X(0, 0, 3)), 0x600, 0);
    c->model = cpu_model_find("POWER8", NULL);
    c->level = CPU_ISA_2_07;
    put(1, insn("copy", X(0, 0, 3)));
    c->nia = CODE + 4;
    go(1);
    EXPECT_INTERRUPT(0x700, CODE + 4, MSR_SF | MSR_ME, PROGRAM_ILLEGAL);
}
END_TEST

START_TEST(priority_hints)
{
    /* Registers, and what is left for problem state and for a kernel after each in turn. */
    static const struct { unsigned r, problem, privileged; } hints[] = {
        { 31, 1, 1 }, { 1, 2, 2 }, { 6, 3, 3 }, { 2, 4, 4 }, { 5, 4, 5 }, { 3, 4, 6 }, { 7, 4, 6 }, { 26, 4, 6 }, { 27, 4, 6 },
    };

    for (unsigned problem = 0; problem < 2; problem++)
        for (size_t n = 0; n < ARRAY_SIZE(hints); n++) {
            unsigned r = hints[n].r;

            cpu_set_msr(c, MSR_SF | (problem ? MSR_PR : 0));
            c->gpr[r] = 0x1234;
            expect_completes(insn("or", D(r, r, 0) | r << 11));
            ck_assert_uint_eq(c->gpr[r], 0x1234);
            ck_assert_uint_eq(PPC_FIELD(c->spr[SPR_PPR], 11, 13), problem ? hints[n].problem : hints[n].privileged);
        }
    /* Those that move, and the one that compares. */
    expect_completes(insn("or", X(1, 2, 1)));
    c->gpr[31] = 0x100;
    c->gpr[2] = 0x21;
    expect_completes(insn("or", X(31, 31, 2)));
    ck_assert_uint_eq(c->gpr[31], 0x121);
    expect_completes(insn("or", X(31, 31, 31) | 1));
    ck_assert_uint_eq(PPC_FIELD(c->spr[SPR_PPR], 11, 13), 4);
}
END_TEST

/* ---- segments -------------------------------------------------------------------------------- */

START_TEST(segments_that_slbia_leaves)
{
    /* By IH: entries 0, 1 (class 0), 2 (class 1), a bit each. */
    static const uint8_t left_before_3_0[8] = { 1, 1, 1, 1, 1, 1, 1, 1 }, left[8] = { 1, 1, 1, 2, 0, 1, 1, 7 };

    for (unsigned old = 0; old < 2; old++)
        for (unsigned ih = 0; ih < 8; ih++) {
            unsigned found = 0;

            c->model = cpu_model_find(old ? "POWER8" : "POWER9", NULL);
            for (unsigned n = 0; n < 3; n++) {
                c->gpr[4] = n == 2 ? PPC_BIT(56) : 0; /* class */
                c->gpr[3] = (uint64_t)(n + 1) << 28 | PPC_BIT(36) | n;
                if (n == 0)
                    c->gpr[4] = PPC_BIT(56);
                expect_completes(insn("slbmte", X(4, 0, 3)));
            }
            expect_completes(insn("slbia", ih << 21));
            for (unsigned n = 0; n < 3; n++) {
                c->gpr[3] = (uint64_t)(n + 1) << 28;
                expect_completes(insn("slbfee.", X(5, 0, 3)));
                found |= (c->crf[0] == CR_EQ ? 1u : 0) << n;
            }
            /* Entry 0 is of class 1 here. */
            ck_assert_msg(found == (old ? left_before_3_0[ih] : left[ih]), "POWER%u, IH %u: %x", old ? 8 : 9, ih, found);
        }
}
END_TEST

/* A valid entry that is replaced: the translations of the old one are gone. */
START_TEST(replaced_segment)
{
    c->gpr[3] = PPC_FIELD_PUT(5, 0, 35) | PPC_BIT(36) | 7;
    c->gpr[4] = 0x1000;
    expect_completes(insn("slbmte", X(4, 0, 3)));
    c->tlb[0].load_tag = 0;
    c->tlb_spaces[0].is_filled = true;
    c->gpr[3] = PPC_FIELD_PUT(6, 0, 35) | PPC_BIT(36) | 7;
    expect_completes(insn("slbmte", X(4, 0, 3)));
    ck_assert_uint_eq(c->tlbs[0][0].load_tag, TLB_NO_TAG);
    c->gpr[3] = PPC_FIELD_PUT(5, 0, 35);
    c->gpr[5] = 9;
    expect_completes(insn("slbfee.", X(5, 0, 3)));
    ck_assert_uint_eq(c->crf[0], 0);
    ck_assert_uint_eq(c->gpr[5], 0);
    c->gpr[3] = 7;
    expect_completes(insn("slbmfee", X(5, 0, 3)));
    ck_assert_uint_eq(c->gpr[5], PPC_FIELD_PUT(6, 0, 35) | PPC_BIT(36));
    c->gpr[3] = 99; /* none */
    expect_completes(insn("slbmfev", X(5, 0, 3)));
    ck_assert_uint_eq(c->gpr[5], 0);
    expect_completes(insn("slbsync", 0));
}
END_TEST

/* ---- trace ----------------------------------------------------------------------------------- */

#define TRACED PPC_BIT(33)

START_TEST(single_step)
{
    static const char *const contexts[] = { "isync", "slbia", "tlbiel" };
    uint64_t msr = MSR_SF | MSR_ME | MSR_SE;

    cpu_set_msr(c, msr);
    run_word(NOP);
    EXPECT_INTERRUPT(0xd00, CODE + 4, msr, TRACED);
    cpu_set_msr(c, msr);
    run_word(HERE | 0x100); /* b .+0x100 */
    EXPECT_INTERRUPT(0xd00, CODE + 0x100, msr, TRACED);
    /* Those that end a slice complete like others. */
    for (size_t n = 0; n < ARRAY_SIZE(contexts); n++) {
        cpu_set_msr(c, msr);
        run_word(insn(contexts[n], 0));
        EXPECT_INTERRUPT(0xd00, CODE + 4, msr, TRACED);
    }
    cpu_set_msr(c, msr);
    c->gpr[3] = MSR_EE;
    run_word(insn("mtmsrd", D(3, 0, 0) | L1));
    EXPECT_INTERRUPT(0xd00, CODE + 4, msr | MSR_EE, TRACED);
    /* Not those that cause interrupts, and not returns. */
    cpu_set_msr(c, msr);
    run_word(insn("twi", D(31, 0, 0)));
    EXPECT_INTERRUPT(0x700, CODE, msr, PROGRAM_TRAP);
    cpu_set_msr(c, msr);
    run_word(insn("sc", 0));
    EXPECT_INTERRUPT(0xc00, CODE + 4, msr, 0);
    cpu_set_msr(c, msr);
    c->spr[SPR_SRR0] = CODE + 4;
    c->spr[SPR_SRR1] = msr;
    run_word(insn("rfid", 0));
    EXPECT_AT(CODE + 4);
    /* An instruction right below the vector of its interrupt. */
    cpu_set_msr(c, msr);
    gpa_store_be32(mem, 0x6fc, 0);
    c->nia = 0x6fc;
    go(1);
    EXPECT_INTERRUPT(0x700, 0x6fc, msr, PROGRAM_ILLEGAL);
}
END_TEST

/* Whether a load or a store was traced stands in SRR1. */
START_TEST(trace_of_storage_accesses)
{
    static const struct { const char *name; uint64_t bit; } cases[] = {
        { "lwz", PPC_BIT(35) },   { "stw", PPC_BIT(36) },  { "lwarx", PPC_BIT(35) }, { "stwcx.", PPC_BIT(36) },
        { "dcbz", PPC_BIT(36) },  { "dcbf", PPC_BIT(35) }, { "addi", 0 },            { "sync", 0 },
        { "icbi", PPC_BIT(35) },
    };
    uint64_t msr = MSR_SF | MSR_ME | MSR_SE;

    for (size_t n = 0; n < ARRAY_SIZE(cases); n++) {
        cpu_set_msr(c, msr);
        c->gpr[3] = DATA;
        run_word(insn(cases[n].name, !strcmp(cases[n].name, "sync") ? 0 : D(4, 3, 0)));
        EXPECT_INTERRUPT(0xd00, CODE + 4, msr, TRACED | cases[n].bit);
    }
}
END_TEST

START_TEST(instruction_breakpoint)
{
    uint64_t msr = MSR_SF | MSR_ME;

    for (unsigned n = 0; n < 8; n++)
        put(n, NOP);
    c->spr[SPR_CIABR] = (CODE + 8) | 2;
    cpu_set_msr(c, msr);
    c->nia = CODE;
    go(8);
    ck_assert_uint_eq(c->spr[SPR_SRR0], CODE + 12);
    ck_assert_uint_eq(c->spr[SPR_SRR1], msr | TRACED | PPC_BIT(43));
    /* Not where it caused an interrupt, not in the other state. */
    put(2, insn("twi", D(31, 0, 0)));
    cpu_set_msr(c, msr);
    c->nia = CODE + 8;
    go(1);
    EXPECT_INTERRUPT(0x700, CODE + 8, msr, PROGRAM_TRAP);
    put(2, NOP);
    c->spr[SPR_CIABR] = (CODE + 8) | 1;
    cpu_set_msr(c, msr);
    c->nia = CODE + 8;
    go(1);
    EXPECT_AT(CODE + 12);
    cpu_set_msr(c, msr | MSR_PR);
    c->nia = CODE + 8;
    go(1);
    EXPECT_INTERRUPT(0xd00, CODE + 12, msr | MSR_PR, TRACED | PPC_BIT(43));
}
END_TEST

START_TEST(transactions_fail)
{
    enum { TBEGIN = 0x7c00051d, TEND = 0x7c00055d, TABORT = 0x7c00071d, TRECLAIM = 0x7c00075d };
    uint64_t msr = MSR_SF | MSR_ME | MSR_TM;

    expect_word(TBEGIN, 0xf60, 0);
    ck_assert_uint_eq(c->spr[SPR_FSCR] >> 56, FSCR_TM);
    c->has_tm = true;
    cpu_set_msr(c, msr);
    expect_completes(TBEGIN);
    ck_assert_uint_eq(c->crf[0], CR_LT | CR_EQ);
    ck_assert_uint_eq(c->spr[SPR_TFHAR], CODE + 4);
    ck_assert_uint_eq(c->spr[SPR_TFIAR], CODE);
    ck_assert(c->spr[SPR_TEXASR] & PPC_BIT(7) && c->spr[SPR_TEXASR] & PPC_BIT(36));
    expect_completes(TEND);
    ck_assert_uint_eq(c->crf[0], 0);
    expect_completes(TABORT);
    expect_word(TRECLAIM, 0x700, PROGRAM_TM_BAD_THING);
    cpu_set_msr(c, msr | MSR_PR);
    expect_word(TRECLAIM, 0x700, PROGRAM_PRIVILEGED);
    /* POWER10 has no such words. */
    c->model = cpu_model_find("POWER10", NULL);
    cpu_set_msr(c, msr);
    expect_word(TBEGIN, 0x700, PROGRAM_ILLEGAL);
}
END_TEST

START_TEST(branch_trace)
{
    uint64_t msr = MSR_SF | MSR_BE;

    cpu_set_msr(c, msr);
    expect_completes(NOP);
    put(1, insn("bc", 4 << 21 | 2 << 16 | 0x20)); /* bne: CR0[EQ] = 0 */
    go(1);
    EXPECT_INTERRUPT(0xd00, CODE + 0x24, msr, TRACED);
    cpu_set_msr(c, msr);
    c->crf[0] = CR_EQ;
    c->nia = CODE + 4;
    go(1);
    EXPECT_INTERRUPT(0xd00, CODE + 8, msr, TRACED); /* not taken, but a branch */
}
END_TEST

/* ---- asynchronous interrupts ----------------------------------------------------------------- */

/* True if a decrementer interrupt is taken before the next instruction. */
static bool decrementer_fires(void)
{
    cpu_set_msr(c, MSR_SF | MSR_EE);
    put(0, HERE);
    c->nia = CODE;
    go(1);
    ck_assert(c->nia == CODE || c->nia == 0x900);
    return c->nia == 0x900;
}

static void set_decrementer(uint64_t v)
{
    cpu_set_msr(c, MSR_SF);
    c->gpr[3] = v;
    expect_completes(insn("mtspr", SPR(3, SPR_DEC)));
}

static uint64_t decrementer(void)
{
    cpu_set_msr(c, MSR_SF);
    expect_completes(insn("mfspr", SPR(4, SPR_DEC)));
    return c->gpr[4];
}

START_TEST(decrementer_of_32_bits)
{
    set_decrementer(100);
    now += 100;
    ck_assert_uint_eq(decrementer(), 0);
    ck_assert(!decrementer_fires());
    now++;
    ck_assert_uint_eq(decrementer(), UINT32_MAX);
    ck_assert(decrementer_fires());
    ck_assert(decrementer_fires()); /* as long as it is negative */
    now += UINT64_C(1) << 31;
    ck_assert_uint_eq(decrementer(), 0x7fffffff); /* once around */
    ck_assert(!decrementer_fires());
    now += UINT64_C(1) << 31;
    ck_assert_uint_eq(decrementer(), UINT32_MAX); /* and again, without having been set */
    ck_assert(decrementer_fires());
    now += UINT64_C(5) << 32;
    ck_assert(decrementer_fires());
    set_decrementer(0x80000000);
    ck_assert(decrementer_fires());
    set_decrementer(UINT64_C(0xff7fffffff));
    ck_assert_uint_eq(decrementer(), 0x7fffffff);
    ck_assert(!decrementer_fires());
}
END_TEST

START_TEST(large_decrementer)
{
    c->lpcr |= LPCR_LD;
    set_decrementer(0x80000000);
    ck_assert_uint_eq(decrementer(), 0x80000000);
    ck_assert(!decrementer_fires());
    now += UINT64_C(0x80000001);
    ck_assert_uint_eq(decrementer(), UINT64_MAX);
    ck_assert(decrementer_fires());
    set_decrementer(UINT64_C(1) << 55);
    ck_assert_uint_eq(decrementer(), UINT64_C(0xff80000000000000));
    ck_assert(decrementer_fires());
    now++;
    ck_assert(!decrementer_fires());
}
END_TEST

/* Enabled by the instruction before, a pending interrupt comes at once. */
START_TEST(enabling_interrupts)
{
    cpu_request(c, CPU_REQUEST_EXTERNAL);
    put(0, NOP);
    put(1, insn("mtmsrd", D(4, 0, 0) | L1));
    put(2, insn("addi", D(5, 0, 1)));
    c->gpr[4] = MSR_EE;
    c->gpr[5] = 0;
    c->nia = CODE;
    go(8);
    EXPECT_INTERRUPT(0x500, CODE + 8, MSR_SF | MSR_ME | MSR_EE, 0);
    ck_assert_uint_eq(c->gpr[5], 0);
    /* It is a level: again with the next chance. */
    c->spr[SPR_SRR0] = CODE + 8;
    put(3, insn("rfid", 0));
    c->nia = CODE + 12;
    go(2);
    EXPECT_INTERRUPT(0x500, CODE + 8, MSR_SF | MSR_ME | MSR_EE, 0);
}
END_TEST

START_TEST(order_of_pending_interrupts)
{
    static const struct { unsigned clear, vector; } order[] = {
        { 0, 0x100 }, { 0, 0x200 }, { CPU_REQUEST_EXTERNAL, 0x500 }, { 0, 0x900 }, { 0, 0xa00 },
    };

    cpu_set_decrementer(c, 0x80000000);
    cpu_request(c, CPU_REQUEST_DOORBELL | CPU_REQUEST_EXTERNAL | CPU_REQUEST_MCHECK |
                       CPU_REQUEST_RESET);
    for (size_t n = 0; n < ARRAY_SIZE(order); n++) {
        cpu_set_msr(c, MSR_SF | MSR_ME | MSR_EE);
        c->nia = CODE;
        go(1);
        EXPECT_AT(order[n].vector);
        ck_assert_uint_eq(c->spr[SPR_SRR0], CODE);
        cpu_request_clear(c, order[n].clear);
        if (order[n].vector == 0x900)
            cpu_set_decrementer(c, 0x7fffffff);
    }
    /* The doorbell was the last and is gone. */
    cpu_set_msr(c, MSR_SF | MSR_EE);
    c->nia = CODE;
    put(0, HERE);
    go(1);
    EXPECT_AT(CODE);
}
END_TEST

START_TEST(relocated_interrupts)
{
    uint64_t on = MSR_SF | MSR_ME | MSR_IR | MSR_DR;

    c->lpcr |= LPCR_AIL | LPCR_ILE;
    cpu_set_msr(c, on | MSR_PR);
    cpu_interrupt(c, VECTOR_SYSTEM_CALL, CODE, 0);
    EXPECT_AT(UINT64_C(0xc000000000004c00));
    ck_assert_uint_eq(c->msr, on | MSR_LE);
    cpu_set_msr(c, on);
    cpu_interrupt(c, VECTOR_MACHINE_CHECK, CODE, 0);
    EXPECT_AT(0x200);
    ck_assert_uint_eq(c->msr, MSR_SF | MSR_ME | MSR_LE);
    cpu_set_msr(c, on);
    cpu_interrupt(c, VECTOR_SYSTEM_RESET, CODE, 0);
    EXPECT_AT(0x100);
    /* Not with one of the two translations off. */
    cpu_set_msr(c, on & ~MSR_DR);
    cpu_interrupt(c, VECTOR_DECREMENTER, CODE, 0);
    EXPECT_AT(0x900);
    cpu_set_msr(c, on);
    cpu_system_call_vectored(c, 2);
    EXPECT_AT(UINT64_C(0xc000000000003040));
    c->lpcr &= ~LPCR_AIL;
    cpu_set_msr(c, on);
    cpu_interrupt(c, VECTOR_DECREMENTER, CODE, 0);
    EXPECT_AT(0x900);
}
END_TEST

/* ---- modified code --------------------------------------------------------------------------- */

enum way { STORE, STORE_CONDITIONAL, STORE_TWO, CLEAR, OUTSIDE, WAYS };

/* The word at CODE + 0x80 is executed, changed from within the same page, and executed again. */
START_TEST(modified_code)
{
    const uint32_t first = insn("addi", D(5, 0, 1)), second = insn("addi", D(5, 0, 2));
    uint64_t ignored;

    /* A data translation of the page from before it was code. */
    ck_assert(load_u32(c, CODE, &ignored));
    ck_assert(store_u32(c, CODE + 0x80, first));
    put(0x21, HERE);
    c->nia = CODE + 0x80;
    go(2);
    ck_assert_uint_eq(c->gpr[5], 1);

    c->gpr[3] = CODE + 0x80;
    c->gpr[4] = second;
    put(0, insn("lwarx", X(6, 0, 3)));
    switch (_i) {
    case STORE: put(1, insn("stw", D(4, 3, 0))); break;
    case STORE_CONDITIONAL: put(1, insn("stwcx.", X(4, 0, 3))); break;
    case STORE_TWO:
        c->gpr[4] = (uint64_t)second << 32 | HERE;
        put(1, insn("std", D(4, 3, 0)));
        break;
    case CLEAR: put(1, insn("dcbz", X(0, 0, 3))); break;
    default: put(1, NOP);
    }
    put(2, insn("dcbst", X(0, 0, 3)));
    put(3, insn("sync", 0));
    put(4, insn("icbi", X(0, 0, 3)));
    put(5, insn("isync", 0));
    put(6, HERE | (0x80 - 0x18));
    c->nia = CODE;
    if (_i == OUTSIDE) {
        go(2);
        gpa_store_be32(mem, CODE + 0x80, second);
    }
    go(20);
    if (_i == CLEAR) {
        EXPECT_AT(0x700);
        ck_assert_uint_eq(c->spr[SPR_SRR0], CODE + 0x80);
    } else {
        EXPECT_AT(CODE + 0x84);
        ck_assert_uint_eq(c->gpr[5], 2);
    }
}
END_TEST

/* ---- alignment ------------------------------------------------------------------------------- */

START_TEST(alignment)
{
    static const struct { const char *name; uint32_t operands; unsigned offset; } cases[] = {
        { "lharx", X(4, 0, 3), 1 },  { "lwarx", X(4, 0, 3), 2 },   { "ldarx", X(4, 0, 3), 4 },
        { "lqarx", X(4, 0, 3), 8 },  { "sthcx.", X(4, 0, 3), 1 },  { "stwcx.", X(4, 0, 3), 2 },
        { "stdcx.", X(4, 0, 3), 4 }, { "stqcx.", X(4, 0, 3), 8 },  { "lq", D(4, 3, 0), 8 },
        { "stq", D(4, 3, 0), 8 },    { "lwat", X(4, 3, 0), 2 },    { "stdat", X(4, 3, 0), 4 },
    };

    for (unsigned le = 0; le < 2; le++) {
        cpu_set_msr(c, MSR_SF | (le ? MSR_LE : 0));
        for (size_t n = 0; n < ARRAY_SIZE(cases); n++) {
            c->gpr[3] = DATA + cases[n].offset;
            expect_word(insn(cases[n].name, cases[n].operands), 0x600, 0);
            ck_assert_uint_eq(c->spr[SPR_DAR], DATA + cases[n].offset);
            c->gpr[3] = DATA;
            expect_completes(insn(cases[n].name, cases[n].operands));
        }
    }
}
END_TEST

START_TEST(multiple_and_string)
{
    static const char *const moves[] = { "lmw", "stmw", "lswi", "stswi" };

    for (size_t n = 0; n < ARRAY_SIZE(moves); n++) {
        uint32_t word = insn(moves[n], D(29, 3, 0) | (n < 2 ? 0 : 8 << 11));

        c->gpr[3] = DATA;
        cpu_set_msr(c, MSR_SF);
        expect_completes(word);
        cpu_set_msr(c, MSR_SF | MSR_LE);
        expect_word(word, 0x600, 0);
        ck_assert_uint_eq(c->spr[SPR_DAR], DATA);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("privileged");
    SRunner *runner = srunner_create(suite);
    TCase *tests = tcase_create("privileged");
    int failed;

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, return_from_interrupt);
    tcase_add_test(tests, return_to_32_bit_mode);
    tcase_add_test(tests, move_to_msr);
    tcase_add_test(tests, system_call);
    tcase_add_test(tests, hypervisor_call);
    tcase_add_test(tests, system_call_vectored);
    tcase_add_test(tests, illegal_and_privileged);
    tcase_add_test(tests, reserved_no_operations);
    tcase_add_test(tests, mffs_before_its_kin);
    tcase_add_test(tests, special_registers_of_privileged_state);
    tcase_add_test(tests, special_registers_of_problem_state);
    tcase_add_test(tests, unavailable_facilities);
    tcase_add_test(tests, invalidations_of_the_guest);
    tcase_add_test(tests, copy_and_paste);
    tcase_add_test(tests, priority_hints);
    tcase_add_test(tests, segments_that_slbia_leaves);
    tcase_add_test(tests, replaced_segment);
    tcase_add_test(tests, single_step);
    tcase_add_test(tests, trace_of_storage_accesses);
    tcase_add_test(tests, instruction_breakpoint);
    tcase_add_test(tests, transactions_fail);
    tcase_add_test(tests, branch_trace);
    tcase_add_test(tests, decrementer_of_32_bits);
    tcase_add_test(tests, large_decrementer);
    tcase_add_test(tests, enabling_interrupts);
    tcase_add_test(tests, order_of_pending_interrupts);
    tcase_add_test(tests, relocated_interrupts);
    tcase_add_loop_test(tests, modified_code, 0, WAYS);
    tcase_add_test(tests, alignment);
    tcase_add_test(tests, multiple_and_string);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
