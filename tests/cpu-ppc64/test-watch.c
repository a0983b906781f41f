/* Data address watch points: which accesses match, what the interrupt tells, that nothing of a store has happened,
 * and that the TLB keeps none of them from being seen. [ISA3.1 III 10.2] */
#include <check.h>
#include <string.h>

#include "cpu-ppc64/interp/access.h"
#include "cpu-ppc64/interp/op.h"
#include "cpu-ppc64/mmu/watch.h"

enum { RAM = 1 << 20, CODE = 0x10000, DATA = 0x40000, HERE = 0x48000000 };

#define BOTH_STATES (DAWRX_PRIVILEGED | DAWRX_PROBLEM)
#define ALL_ACCESSES (DAWRX_DR | DAWRX_DW | DAWRX_WTI | BOTH_STATES)
#define MRD(doublewords) PPC_FIELD_PUT((doublewords) - 1, 48, 53)
#define LOADS DSISR_DAWR
#define STORES (DSISR_DAWR | DSISR_STORE)

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

static void set_up(void)
{
    mem = mem_new(RAM, NULL);
    for (gpa_t a = 0; a < RAM; a += 4)
        gpa_store_be32(mem, a, HERE);
    c = cpu_new(cpu_model_find("POWER10", NULL), mem, &ops, NULL, 0, NULL);
    ck_assert_ptr_nonnull(c);
    cpu_set_msr(c, MSR_SF | MSR_ME | MSR_FP | MSR_VEC | MSR_VSX);
    cpu_set_decrementer(c, 0x7fffffff);
}

static void tear_down(void)
{
    cpu_free(c);
    mem_free(mem);
}

/* ---- helpers --------------------------------------------------------------------------------- */

/* The first row of that name, its prefix included. */
static insn_t insn(const char *name, uint32_t operands)
{
    for (unsigned id = 1; id < ISA_COUNT; id++)
        if (!strcmp(isa_row(id)->name, name))
            return isa_row(id)->value | operands;
    ck_abort_msg("no row %s", name);
}

#define D(t, a, i) ((uint32_t)(t) << 21 | (uint32_t)(a) << 16 | ((i) & 0xffff))
#define X(t, a, b) ((uint32_t)(t) << 21 | (uint32_t)(a) << 16 | (uint32_t)(b) << 11)

static void run(insn_t word)
{
    if (word >> 32)
        gpa_store_be32(mem, CODE, (uint32_t)(word >> 32));
    gpa_store_be32(mem, word >> 32 ? CODE + 4 : CODE, (uint32_t)word);
    c->nia = CODE;
    cpu_run(c, c->instructions + 1);
}

static void clear_data(void)
{
    for (unsigned i = 0; i < 0x200; i++)
        mem->ram[DATA - 0x100 + i] = 0;
}

static bool data_is_clear(void)
{
    for (unsigned i = 0; i < 0x200; i++)
        if (mem->ram[DATA - 0x100 + i])
            return false;
    return true;
}

/* True if the instruction was stopped by a watch point, DAR and DSISR as said. */
static bool stopped(uint64_t dar, uint64_t dsisr)
{
    return c->nia == VECTOR_DATA_STORAGE && c->spr[SPR_DAR] == dar && c->spr[SPR_DSISR] == dsisr &&
           c->spr[SPR_SRR0] == CODE;
}

static void go_on(uint64_t msr)
{
    cpu_set_msr(c, msr);
    c->spr[SPR_DAR] = c->spr[SPR_DSISR] = 0;
}

/* ---- tests ----------------------------------------------------------------------------------- */

/* Those of each kind that touch the watched doubleword at DATA, from r3 on. */
static const struct { const char *name; uint32_t operands; int offset; unsigned first; uint64_t dsisr; } touching[] = {
    { "lbz", D(4, 3, 0), 7, 7, LOADS },         { "lhz", D(4, 3, 0), 0, 0, LOADS },
    { "lwz", D(4, 3, 0), -2, 0, LOADS },        { "ld", D(4, 3, 0), -7, 0, LOADS },
    { "lwbrx", X(4, 0, 3), 4, 4, LOADS },       { "lwarx", X(4, 0, 3), 4, 4, LOADS },
    { "ldarx", X(4, 0, 3), 0, 0, LOADS },       { "lqarx", X(4, 0, 3), 0, 0, LOADS },
    { "lq", D(4, 3, 0), 0, 0, LOADS },          { "lmw", D(28, 3, 0), -8, 0, LOADS },
    { "lswi", X(4, 3, 12), -6, 0, LOADS },      { "lfd", D(4, 3, 0), 0, 0, LOADS },
    { "lvx", X(4, 0, 3), 9, 0, LOADS },         { "lxvx", X(4, 0, 3), -8, 0, LOADS },
    { "plwz", D(4, 3, 0), 4, 4, LOADS },        { "stb", D(4, 3, 0), 7, 7, STORES },
    { "std", D(4, 3, 0), -7, 0, STORES },       { "stdu", D(4, 3, 8), -8, 0, STORES },
    { "stwcx.", X(4, 0, 3), 4, 4, STORES },     { "stdcx.", X(4, 0, 3), 0, 0, STORES },
    { "stqcx.", X(4, 0, 3), 0, 0, STORES },     { "stq", D(4, 3, 0), 0, 0, STORES },
    { "stmw", D(28, 3, 0), -8, 0, STORES },     { "stswi", X(4, 3, 12), -6, 0, STORES },
    { "stfd", D(4, 3, 0), 0, 0, STORES },       { "stvx", X(4, 0, 3), 0, 0, STORES },
    { "stxvx", X(4, 0, 3), -8, 0, STORES },     { "stxvpx", X(4, 0, 3), -24, 0, STORES },
    { "pstd", D(4, 3, 0), -4, 0, STORES },      { "pstq", D(4, 3, 0), -8, 0, STORES },
    { "dcbz", X(0, 0, 3), 100, 0, STORES },     { "stwat", X(4, 3, 0), 0, 0, STORES },
    { "lwat", X(4, 3, 0), 4, 4, STORES },       { "hashst", X(0, 3, 4) | 0x1f << 21 | 1, 8, 0, STORES },
};

START_TEST(all_that_touch)
{
    uint64_t msr = c->msr;

    c->spr[SPR_DEXCR] = UINT64_MAX;
    for (unsigned n = 0; n < WATCHES; n++) {
        watch_set(c, n, DATA + 5, ALL_ACCESSES | MRD(1)); /* the low bits do not count */
        for (size_t k = 0; k < ARRAY_SIZE(touching); k++) {
            insn_t word = insn(touching[k].name, touching[k].operands);
            uint64_t base = DATA + (uint64_t)(int64_t)touching[k].offset;

            clear_data();
            for (unsigned r = 4; r < 32; r++)
                c->gpr[r] = UINT64_MAX;
            memset(c->vsr, 0xff, sizeof c->vsr);
            c->gpr[3] = base;
            c->reservation.kind = RESERVED_ALONE;
            c->reservation.gpa = base;
            c->reservation.size = 8;
            run(word);
            ck_assert_msg(stopped(DATA + touching[k].first, touching[k].dsisr), "%s: nia %llx dar %llx dsisr %llx",
                          touching[k].name, (unsigned long long)c->nia, (unsigned long long)c->spr[SPR_DAR],
                          (unsigned long long)c->spr[SPR_DSISR]);
            ck_assert_msg(data_is_clear(), "%s", touching[k].name);
            ck_assert_uint_eq(c->gpr[3], base);
            ck_assert_uint_eq(c->gpr[4], UINT64_MAX);
            ck_assert_uint_eq(!!(c->spr[SPR_SRR1] & PPC_BIT(34)), word >> 32 != 0);
            go_on(msr);
        }
        watch_set(c, n, 0, 0);
    }
}
END_TEST

/* Neighbours, and what only seems to be an access. */
START_TEST(those_beside)
{
    static const struct { const char *name; uint32_t operands; int offset; } beside[] = {
        { "lbz", D(4, 3, 0), -1 },   { "lbz", D(4, 3, 0), 8 },      { "ld", D(4, 3, 0), 8 },
        { "std", D(4, 3, 0), -8 },   { "std", D(4, 3, 0), 8 },      { "stvx", X(4, 0, 3), 16 },
        { "stmw", D(28, 3, 0), -16 }, { "dcbz", X(0, 0, 3), -1 },   { "dcbf", X(0, 0, 3), 0 },
        { "dcbst", X(0, 0, 3), 0 },  { "dcbt", X(0, 0, 3), 0 },     { "icbi", X(0, 0, 3), 0 },
        { "stxvl", X(4, 3, 5), 0 },
    };
    uint64_t msr = c->msr;

    watch_set(c, 0, DATA, ALL_ACCESSES | MRD(1));
    c->gpr[5] = 0; /* no bytes */
    for (size_t k = 0; k < ARRAY_SIZE(beside); k++) {
        c->gpr[3] = DATA + (uint64_t)(int64_t)beside[k].offset;
        run(insn(beside[k].name, beside[k].operands));
        ck_assert_msg(c->nia == CODE + 4, "%s at %d", beside[k].name, beside[k].offset);
        go_on(msr);
    }
}
END_TEST

/* A TLB entry from before does not hide the page, and one from beside the watched bytes does not either. */
START_TEST(tlb_does_not_hide)
{
    uint64_t v, msr = c->msr;

    ck_assert(load_u64(c, DATA, &v) && store_u64(c, DATA, v));
    watch_set(c, 0, DATA, DAWRX_DW | DAWRX_WTI | BOTH_STATES);
    ck_assert(load_u64(c, DATA, &v));
    ck_assert(store_u64(c, DATA + 0x800, v));
    c->cia = CODE;
    ck_assert(!store_u64(c, DATA, v));
    ck_assert(stopped(DATA, STORES));
    go_on(msr);
    /* Only stores are watched: loads go by the TLB. */
    ck_assert_uint_eq(tlb_slot(c, DATA)->load_tag, DATA);
    ck_assert_uint_eq(tlb_slot(c, DATA)->store_tag, TLB_NO_TAG);
    /* Switched off, the page is an ordinary one again. */
    watch_set(c, 0, DATA, 0);
    ck_assert(store_u64(c, DATA, v));
    ck_assert_uint_eq(tlb_slot(c, DATA)->store_tag, DATA);
    /* A range of 512 bytes in two pages. */
    watch_set(c, 0, DATA + 0xf80, ALL_ACCESSES | MRD(64));
    ck_assert(load_u64(c, DATA + 0xf78, &v) && load_u64(c, DATA + 0x1180, &v));
    c->cia = CODE;
    ck_assert(!load_u8(c, DATA + 0x117f, &v));
    ck_assert(stopped(DATA + 0x117f, LOADS));
    go_on(msr);
    c->cia = CODE;
    ck_assert(!store_u64(c, DATA + 0xf7c, v));
    ck_assert(stopped(DATA + 0xf80, STORES));
    go_on(msr);
    /* At the end of the address space there is no way around. */
    watch_set(c, 0, UINT64_MAX, ALL_ACCESSES | MRD(64));
    ck_assert(load_u64(c, 0, &v));
    cpu_reset(c);
    ck_assert_uint_eq(c->watches, 0);
}
END_TEST

START_TEST(kinds_and_states)
{
    /* 1: load, 2: store; problem state; bits; which are stopped. */
    static const struct { bool problem; uint32_t bits; unsigned stopped; } cases[] = {
        { false, (uint32_t)(DAWRX_DR | DAWRX_WTI | DAWRX_PRIVILEGED), 1 },
        { false, (uint32_t)(DAWRX_DW | DAWRX_WTI | DAWRX_PRIVILEGED), 2 },
        { false, (uint32_t)(DAWRX_DR | DAWRX_DW | DAWRX_WTI | DAWRX_PROBLEM), 0 },
        { true, (uint32_t)(DAWRX_DR | DAWRX_DW | DAWRX_WTI | DAWRX_PROBLEM), 3 },
        { true, (uint32_t)(DAWRX_DR | DAWRX_DW | DAWRX_WTI | DAWRX_PRIVILEGED), 0 },
        { false, (uint32_t)(DAWRX_DR | DAWRX_DW | DAWRX_WTI), 0 },
        { false, (uint32_t)(DAWRX_DR | DAWRX_DW | DAWRX_WTI | DAWRX_HYPERVISOR), 0 },
        { false, (uint32_t)(DAWRX_WTI | BOTH_STATES), 0 },
        /* Real addressing: WT asks for the other. */
        { false, (uint32_t)(DAWRX_DR | DAWRX_DW | BOTH_STATES), 3 },
        { false, (uint32_t)(DAWRX_DR | DAWRX_DW | DAWRX_WT | BOTH_STATES), 0 },
        { false, (uint32_t)(DAWRX_DR | DAWRX_DW | DAWRX_WT | DAWRX_WTI | BOTH_STATES), 3 },
    };

    for (size_t k = 0; k < ARRAY_SIZE(cases); k++) {
        uint64_t v = 0, msr = MSR_SF | (cases[k].problem ? MSR_PR : 0);

        for (unsigned problem = 0; problem < 2; problem++) {
            /* The other state has been here before. */
            watch_set(c, 0, DATA, 0);
            cpu_set_msr(c, msr ^ (problem ? MSR_PR : 0));
            ck_assert(load_u64(c, DATA, &v) && store_u64(c, DATA, v));
            watch_set(c, 0, DATA, cases[k].bits);
            if (cases[k].stopped != 3) {
                (void)load_u64(c, DATA, &v);
                (void)store_u64(c, DATA, v);
            }
            cpu_set_msr(c, msr);
            ck_assert_msg(!load_u64(c, DATA, &v) == (cases[k].stopped & 1), "case %zu: load", k);
            cpu_set_msr(c, msr);
            ck_assert_msg(!store_u64(c, DATA, v) == cases[k].stopped >> 1, "case %zu: store", k);
        }
    }
}
END_TEST

/* With translation: WT, and effective addresses, of which 32-bit mode has the low half. */
START_TEST(translated)
{
    enum { PRTB = 0x20000, ROOT = 0x80000 };
    const uint64_t page = DATA | PPC_BIT(0) | PPC_BIT(1) | 6; /* valid leaf, read and write */
    uint64_t v, msr = MSR_SF | MSR_DR | MSR_PR;

    /* A tree of 52 bits: 13 + 9 + 9 + 9 over pages of 4 KiB. */
    gpa_store_be64(mem, PRTB, PPC_FIELD_PUT(2, 1, 2) | ROOT | PPC_FIELD_PUT(5, 56, 58) | 13);
    for (unsigned level = 0; level < 3; level++)
        gpa_store_be64(mem, ROOT + level * 0x10000, PPC_BIT(0) | (ROOT + (level + 1) * 0x10000) | 9);
    for (unsigned n = 0; n < 2; n++)
        gpa_store_be64(mem, ROOT + 0x30000 + 8 * n, page);
    c->process_table = PPC_BIT(0) | PRTB;
    c->lpcr |= LPCR_UPRT | LPCR_HR;
    cpu_set_msr(c, msr);
    ck_assert(load_u64(c, 0x1000, &v));
    watch_set(c, 0, 0x1000, (uint32_t)(DAWRX_DR | DAWRX_WT | DAWRX_PROBLEM));
    c->cia = CODE;
    ck_assert(load_u64(c, 0x0, &v)); /* the same storage by another address */
    ck_assert(!load_u64(c, 0x1000, &v));
    ck_assert(stopped(0x1000, LOADS));
    cpu_set_msr(c, msr & ~MSR_SF);
    c->cia = CODE;
    ck_assert(!load_u64(c, UINT64_C(0x100001000), &v));
    ck_assert(stopped(0x1000, LOADS));
    watch_set(c, 0, 0x1000, (uint32_t)(DAWRX_DR | DAWRX_PROBLEM));
    cpu_set_msr(c, msr);
    ck_assert(load_u64(c, 0x1000, &v));
    /* A fault of translation comes first. */
    watch_set(c, 0, 0x2000, ALL_ACCESSES | MRD(1));
    c->cia = CODE;
    ck_assert(!store_u64(c, 0x2000, v));
    ck_assert(stopped(0x2000, DSISR_NO_TRANSLATION | DSISR_STORE));
    cpu_set_msr(c, msr);
    c->cia = CODE;
    ck_assert(!store_u128(c, 0x1ff8, &c->vsr[0]));
    ck_assert(stopped(0x2007, DSISR_NO_TRANSLATION | DSISR_STORE));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("watch points");
    TCase *tests = tcase_create("watch points");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, all_that_touch);
    tcase_add_test(tests, those_beside);
    tcase_add_test(tests, tlb_does_not_hide);
    tcase_add_test(tests, kinds_and_states);
    tcase_add_test(tests, translated);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
