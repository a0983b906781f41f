/* The performance monitor's instructions and registers beside its counters: branch history, event-based branches,
 * what problem state may have. [ISA2.07 II 7, 8, III 9; ISA3.1 III 10] */
#include <check.h>
#include <string.h>

#include "cpu-ppc64/interp/op.h"
#include "cpu-ppc64/pmu.h"

enum { RAM = 1 << 20, CODE = 0x10000, HANDLER = 0x20000, HERE = 0x48000000, NOP = 0x60000000 };

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
static const char *const models[] = { "POWER8", "POWER9", "POWER10" };
enum { P8, P9, P10 };
static struct mem *mem;
static struct cpu *c;

static void new_model(const char *name)
{
    cpu_free(c);
    c = cpu_new(cpu_model_find(name, NULL), mem, &ops, NULL, 0, NULL);
    ck_assert_ptr_nonnull(c);
    cpu_set_decrementer(c, 0x7fffffff);
    c->spr[SPR_FSCR] = 1u << FSCR_EBB | 1u << FSCR_TAR;
    c->spr[SPR_MMCR0] = MMCR0_PMAE | MMCR0_BHRBA;
    cpu_set_msr(c, MSR_SF | MSR_ME | MSR_EE | MSR_PR);
    c->nia = CODE;
}

static void set_up(void)
{
    c = NULL;
    mem = mem_new(RAM, NULL);
    for (gpa_t a = 0; a < RAM; a += 4)
        gpa_store_be32(mem, a, HERE);
    new_model("POWER9");
}

static void tear_down(void)
{
    cpu_free(c);
    mem_free(mem);
}

static uint32_t insn(const char *name, uint32_t operands)
{
    for (unsigned id = 1; id < ISA_COUNT; id++)
        if (!strcmp(isa_row(id)->name, name))
            return (uint32_t)isa_row(id)->value | operands;
    ck_abort_msg("no row %s", name);
}

#define BO_BI(bo, bi) ((uint32_t)(bo) << 21 | (uint32_t)(bi) << 16)
#define SPR(t, n) ((uint32_t)(t) << 21 | ((n) & 31u) << 16 | (uint32_t)(n) >> 5 << 11)
#define ALWAYS BO_BI(20, 0)
#define LK 1u
#define RFEBB_S(s) ((uint32_t)(s) << 11)

static void put(uint64_t address, uint32_t word)
{
    gpa_store_be32(mem, address, word);
}

static void go(unsigned n)
{
    cpu_run(c, c->instructions + n);
}

/* Executes one word where the processor is. */
static void run(uint32_t word)
{
    put(c->nia, word);
    go(1);
}

/* Entry n as mfbhrbe reads it from a kernel, with the monitor stopped. */
static uint64_t entry(unsigned n)
{
    uint64_t msr = c->msr, nia = c->nia, mmcr0 = c->spr[SPR_MMCR0], v;

    c->spr[SPR_MMCR0] |= MMCR0_FC;
    cpu_set_msr(c, MSR_SF);
    c->nia = 0x40000;
    run(insn("mfbhrbe", 5u << 21 | n << 11));
    v = c->gpr[5];
    ck_assert_uint_eq(c->nia, 0x40004);
    c->spr[SPR_MMCR0] = mmcr0;
    cpu_set_msr(c, msr);
    c->nia = nia;
    return v;
}

static unsigned entries(void)
{
    unsigned n = 0;

    while (n < BHRB_ENTRIES && entry(n))
        n++;
    return n;
}

static void clear_history(void)
{
    memset(c->bhrb, 0, sizeof c->bhrb);
}

/* ---- branch history -------------------------------------------------------------------------- */

#define TARGET 2

START_TEST(taken_branches)
{
    c->lr = CODE + 0x40;
    c->ctr = 2;
    run(HERE | 0x10);                              /* b .+16 */
    run(insn("bc", BO_BI(12, 2) | 8));             /* beq, not taken */
    run(insn("bc", BO_BI(16, 0) | 4));             /* bdnz to the next instruction */
    run(insn("bc", BO_BI(16, 0) | 8));             /* CTR is 0 now: not taken */
    run(NOP);
    ck_assert_uint_eq(c->nia, CODE + 0x20);
    run(insn("bclr", ALWAYS));
    c->ctr = CODE + 0x100;
    run(insn("bcctr", ALWAYS | LK));
    c->spr[SPR_TAR] = CODE + 0x203;
    run(insn("bctar", ALWAYS));
    ck_assert_uint_eq(c->nia, CODE + 0x200);
    ck_assert_uint_eq(entry(0), (CODE + 0x200) | TARGET);
    ck_assert_uint_eq(entry(1), CODE + 0x100);
    ck_assert_uint_eq(entry(2), (CODE + 0x100) | TARGET);
    ck_assert_uint_eq(entry(3), CODE + 0x40);
    ck_assert_uint_eq(entry(4), (CODE + 0x40) | TARGET);
    ck_assert_uint_eq(entry(5), CODE + 0x20);
    ck_assert_uint_eq(entry(6), CODE + 0x14);
    ck_assert_uint_eq(entry(7), CODE);
    ck_assert_uint_eq(entry(8), 0);
    ck_assert_uint_eq(entry(BHRB_ENTRIES), 0);
    ck_assert_uint_eq(entry(1023), 0);
}
END_TEST

/* The ring goes around; clrbhrb empties it. */
START_TEST(more_than_there_is_room_for)
{
    for (unsigned n = 0; n < 40; n++)
        run(HERE | 8);
    for (unsigned n = 0; n < BHRB_ENTRIES; n++)
        ck_assert_uint_eq(entry(n), CODE + 8 * (39 - n));
    run(insn("clrbhrb", 0));
    ck_assert_uint_eq(entries(), 0);
    run(HERE | 8);
    ck_assert_uint_eq(entries(), 1);
    run(HERE | 8);
    cpu_reset(c);
    ck_assert_uint_eq(entries(), 0);
}
END_TEST

/* A bcctr that counts is not in the book; it tests CTR and then counts, and is entered if it goes. */
START_TEST(one_that_counts)
{
    c->ctr = 1;
    run(insn("bcctr", BO_BI(16, 0)));
    ck_assert_uint_eq(c->nia, 0);
    ck_assert_uint_eq(entry(0), TARGET);
    ck_assert_uint_eq(entry(1), CODE);
}
END_TEST

START_TEST(one_that_faults_is_not_entered)
{
    c->spr[SPR_FSCR] = 0;
    run(insn("bctar", ALWAYS));
    ck_assert_uint_eq(c->nia, VECTOR_FACILITY_UNAVAILABLE);
    ck_assert_uint_eq(entries(), 0);
}
END_TEST

START_TEST(when_it_is_recorded)
{
    static const struct { uint64_t msr, mmcr0, mmcra; bool recorded[3]; } cases[] = {
        { MSR_PR, MMCR0_PMAE, 0, { true, true, true } },
        { MSR_PR, 0, 0, { false, false, false } },
        { 0, MMCR0_PMAE, 0, { true, true, false } },
        { MSR_PR, MMCR0_PMAE, MMCRA_BHRBRD, { true, true, false } },
        { MSR_PR, MMCR0_PMAE | MMCR0_FC, 0, { false, false, false } },
        { MSR_PR, MMCR0_PMAE | MMCR0_FCP, 0, { false, false, false } },
        { MSR_PR, MMCR0_PMAE | MMCR0_FCPC, 0, { false, false, false } },
        { MSR_PR, MMCR0_PMAE | MMCR0_FCP | MMCR0_FCPC, 0, { true, true, true } },
        { 0, MMCR0_PMAE | MMCR0_FCP, 0, { true, true, false } },
        { MSR_PR | MSR_BE, MMCR0_PMAE, 0, { true, true, true } }, /* and traced */
    };

    new_model(models[_i]);
    for (size_t k = 0; k < ARRAY_SIZE(cases); k++) {
        clear_history();
        cpu_set_msr(c, MSR_SF | MSR_EE | cases[k].msr);
        c->spr[SPR_MMCR0] = cases[k].mmcr0;
        c->spr[SPR_MMCRA] = cases[k].mmcra;
        c->nia = CODE;
        run(HERE | 8);
        ck_assert_msg(entries() == cases[k].recorded[_i], "%s, case %zu", models[_i], k);
    }
}
END_TEST

/* An alert freezes the history: the branch that caused it is the newest. */
START_TEST(alert_freezes)
{
    c->spr[SPR_MMCR0] |= MMCR0_PMC1CE | MMCR0_EBE;
    c->spr[SPR_MMCR1] = 0x02 << 24;
    c->spr[SPR_PMC1] = 0x7ffffffe;
    for (unsigned n = 0; n < 4; n++)
        run(HERE | 8);
    ck_assert(c->spr[SPR_MMCR0] & MMCR0_PMAO && !(c->spr[SPR_MMCR0] & MMCR0_PMAE));
    ck_assert_uint_eq(entries(), 2);
    ck_assert_uint_eq(entry(0), CODE + 8);
}
END_TEST

/* Entries that one word leaves, by IFM 0 to 3: of ISA 2.07, of ISA 3.1. */
START_TEST(filters)
{
    static const struct { const char *name; uint32_t operands; unsigned old[4], new[4]; } cases[] = {
        { "b", 8, { 1, 0, 0, 0 }, { 1, 0, 0, 0 } },
        { "b", 8 | LK, { 1, 1, 0, 0 }, { 1, 1, 0, 0 } },
        { "bc", BO_BI(4, 2) | 8, { 1, 0, 1, 1 }, { 1, 0, 0, 1 } },
        { "bc", BO_BI(7, 2) | 8, { 1, 0, 1, 0 }, { 1, 0, 0, 1 } },      /* with a hint */
        { "bc", ALWAYS | 8, { 1, 0, 0, 0 }, { 1, 0, 0, 0 } },
        { "bc", BO_BI(16, 0) | 8 | LK, { 1, 1, 1, 0 }, { 1, 1, 0, 1 } }, /* bdnzl */
        { "bclr", ALWAYS, { 2, 0, 1, 1 }, { 2, 0, 2, 0 } },
        { "bclr", BO_BI(4, 2), { 2, 0, 2, 2 }, { 2, 0, 2, 2 } },
        { "bclr", BO_BI(16, 0), { 2, 0, 2, 1 }, { 2, 0, 2, 2 } },
        { "bctar", ALWAYS | LK, { 2, 2, 1, 1 }, { 2, 2, 2, 0 } },
        { "sc", 0, { 0, 0, 0, 0 }, { 0, 0, 0, 0 } },
        { "crxor", 0, { 0, 0, 0, 0 }, { 0, 0, 0, 0 } },
    };

    new_model(models[_i]);
    for (size_t k = 0; k < ARRAY_SIZE(cases); k++)
        for (unsigned mode = 0; mode < 4; mode++) {
            clear_history();
            cpu_set_msr(c, MSR_SF | MSR_EE | MSR_PR);
            c->spr[SPR_MMCRA] = PPC_FIELD_PUT(mode, 32, 33);
            c->crf[0] = 0;
            c->ctr = 9;
            c->lr = c->spr[SPR_TAR] = CODE + 0x80;
            c->nia = CODE;
            run(insn(cases[k].name, cases[k].operands));
            ck_assert_msg(entries() == (_i == P10 ? cases[k].new[mode] : cases[k].old[mode]),
                          "%s: %s %x, mode %u: %u", models[_i], cases[k].name, cases[k].operands, mode, entries());
        }
}
END_TEST

START_TEST(history_of_problem_state)
{
    const uint32_t words[] = { insn("mfbhrbe", 5u << 21), insn("clrbhrb", 0) };

    for (unsigned n = 0; n < 2; n++) {
        new_model(models[_i]);
        c->spr[SPR_MMCR0] = MMCR0_FC;
        c->bhrb[0] = 0x1234;
        run(words[n]);
        ck_assert_uint_eq(c->nia, VECTOR_FACILITY_UNAVAILABLE);
        ck_assert_uint_eq(c->spr[SPR_FSCR] >> 56, FSCR_BHRB);
        ck_assert_uint_eq(c->bhrb[0], 0x1234);
        cpu_set_msr(c, MSR_SF | MSR_EE | MSR_PR);
        c->nia = CODE;
        c->spr[SPR_MMCR0] |= MMCR0_BHRBA;
        run(words[n]);
        ck_assert_uint_eq(c->nia, CODE + 4);
        ck_assert_uint_eq(n == 0 ? c->gpr[5] : c->bhrb[0] + 0x1234, 0x1234);
    }
}
END_TEST

/* ---- event-based branches -------------------------------------------------------------------- */

/* Counter 1 becomes negative with the n-th instruction. */
static void alert_after(unsigned n)
{
    c->spr[SPR_MMCR1] = 0x02 << 24;
    c->spr[SPR_PMC1] = 0x80000000 - n;
    c->spr[SPR_MMCR0] = MMCR0_PMAE | MMCR0_PMC1CE | MMCR0_FCECE | MMCR0_EBE | PPC_FIELD_PUT(2, 44, 45);
}

START_TEST(event_and_return)
{
    new_model(models[_i]);
    for (unsigned n = 0; n < 4; n++)
        put(CODE + 4 * n, NOP);
    put(HANDLER, NOP);
    put(HANDLER + 4, insn("rfebb", RFEBB_S(1)));
    c->spr[SPR_EBBHR] = HANDLER | 3;
    c->spr[SPR_BESCR] = BESCR_GE | BESCR_PME;
    alert_after(2);
    go(3); /* two, and the first of the handler */
    ck_assert_uint_eq(c->nia, HANDLER + 4);
    ck_assert_uint_eq(c->spr[SPR_EBBRR], CODE + 8);
    ck_assert_uint_eq(c->spr[SPR_BESCR], BESCR_PMEO);
    ck_assert(c->msr & MSR_PR && c->msr & MSR_EE);
    /* The handler returns without clearing what it was called for: once more. */
    go(2);
    ck_assert_uint_eq(c->nia, HANDLER + 4);
    ck_assert_uint_eq(c->spr[SPR_EBBRR], CODE + 8);
    /* As it should. */
    c->spr[SPR_BESCR] = 0;
    c->spr[SPR_MMCR0] &= ~MMCR0_PMAO;
    go(2);
    ck_assert_uint_eq(c->nia, CODE + 12);
    ck_assert_uint_eq(c->spr[SPR_BESCR], BESCR_GE);
    c->nia = HANDLER + 4;
    put(HANDLER + 4, insn("rfebb", RFEBB_S(0)));
    go(1);
    ck_assert_uint_eq(c->nia, CODE + 8);
    ck_assert_uint_eq(c->spr[SPR_BESCR], 0);
}
END_TEST

/* rfebb completes like another branch, for the trace too. */
START_TEST(traced_return)
{
    cpu_set_msr(c, MSR_SF | MSR_EE | MSR_PR | MSR_SE);
    c->spr[SPR_EBBRR] = CODE + 0x40;
    run(insn("rfebb", RFEBB_S(1)));
    ck_assert_uint_eq(c->nia, VECTOR_TRACE);
    ck_assert_uint_eq(c->spr[SPR_SRR0], CODE + 0x40);
    ck_assert_uint_eq(c->spr[SPR_BESCR], BESCR_GE);
}
END_TEST

/* What keeps it from being taken, and that it comes when that has gone. */
START_TEST(when_events_are_taken)
{
    enum { NO_GE, NO_PME, NO_FSCR, KERNEL, INTERRUPT };
    uint64_t problem = MSR_SF | MSR_EE | MSR_PR;

    for (unsigned n = 0; n < 6; n++)
        put(CODE + 4 * n, NOP);
    c->spr[SPR_EBBHR] = HANDLER;
    c->spr[SPR_BESCR] = (_i == NO_GE ? 0 : BESCR_GE) | (_i == NO_PME ? 0 : BESCR_PME);
    c->spr[SPR_FSCR] = _i == NO_FSCR ? 0 : 1u << FSCR_EBB;
    if (_i == KERNEL)
        cpu_set_msr(c, MSR_SF | MSR_EE);
    alert_after(1);
    if (_i == INTERRUPT)
        c->spr[SPR_MMCR0] &= ~MMCR0_EBE;
    go(3);
    ck_assert(c->spr[SPR_MMCR0] & MMCR0_PMAO);
    if (_i == INTERRUPT) {
        ck_assert_uint_eq(c->nia, VECTOR_PERFORMANCE);
        ck_assert(c->spr[SPR_BESCR] & BESCR_PME);
        return;
    }
    ck_assert_uint_eq(c->nia, CODE + 12);
    ck_assert(!cpu_has_interrupt(c));
    ck_assert_uint_eq(c->spr[SPR_BESCR] & BESCR_PMEO, _i == NO_PME ? 0 : BESCR_PMEO);
    /* In the same slice: the write itself ends it. */
    c->spr[SPR_FSCR] = 1u << FSCR_EBB;
    cpu_set_msr(c, problem);
    c->gpr[3] = _i == NO_GE ? BESCR_GE : _i == NO_PME ? BESCR_PME : 0;
    put(CODE + 12, insn("mtspr", SPR(3, SPR_BESCRS)));
    go(_i == NO_FSCR || _i == KERNEL ? 1 : 2);
    ck_assert_uint_eq(c->nia, HANDLER);
    ck_assert_uint_eq(c->spr[SPR_EBBRR], CODE + (_i == NO_FSCR || _i == KERNEL ? 12 : 16));
}
END_TEST

START_TEST(event_registers)
{
    uint64_t all = BESCR_GE | BESCR_PME | BESCR_PMEO, v;

    new_model(models[_i]);
    if (_i != P8)
        all |= BESCR_EE | BESCR_EEO;
    ck_assert(cpu_spr_write(c, SPR_BESCR, UINT64_MAX) && cpu_spr_read(c, SPR_BESCR, &v));
    ck_assert_uint_eq(v, all);
    ck_assert(cpu_spr_write(c, SPR_BESCRR, BESCR_GE | BESCR_PMEO) && cpu_spr_read(c, SPR_BESCRS, &v));
    ck_assert_uint_eq(v, all & ~(BESCR_GE | BESCR_PMEO));
    ck_assert(cpu_spr_write(c, SPR_BESCRS + 1, 0x80000000) && cpu_spr_read(c, SPR_BESCRR, &v));
    ck_assert_uint_eq(v, all & ~BESCR_PMEO);
    ck_assert(cpu_spr_write(c, SPR_BESCRR + 1, 1) && cpu_spr_read(c, SPR_BESCRR + 1, &v));
    ck_assert_uint_eq(v, (all & ~BESCR_PME) >> 32);
    c->spr[SPR_FSCR] = 0;
    run(insn("rfebb", RFEBB_S(1)));
    ck_assert_uint_eq(c->nia, VECTOR_FACILITY_UNAVAILABLE);
    ck_assert_uint_eq(c->spr[SPR_FSCR] >> 56, FSCR_EBB);
}
END_TEST

/* ---- registers of problem state -------------------------------------------------------------- */

enum outcome { OPEN, ILLEGAL, UNAVAILABLE };

static enum outcome outcome_of(bool done)
{
    if (done)
        return OPEN;
    if (c->nia == VECTOR_PROGRAM && c->spr[SPR_SRR1] & PROGRAM_ILLEGAL)
        return ILLEGAL;
    ck_assert_uint_eq(c->nia, VECTOR_FACILITY_UNAVAILABLE);
    ck_assert_uint_eq(c->spr[SPR_FSCR] >> 56, FSCR_PM);
    return UNAVAILABLE;
}

START_TEST(who_has_the_registers)
{
    /* By PMCC 0 to 3. */
    static const struct { unsigned spr; enum outcome read[4], write[4]; } rules[] = {
        { SPR_UMMCR0, { OPEN, UNAVAILABLE, OPEN, OPEN }, { ILLEGAL, UNAVAILABLE, OPEN, OPEN } },
        { SPR_UMMCR2, { OPEN, UNAVAILABLE, OPEN, OPEN }, { ILLEGAL, UNAVAILABLE, OPEN, OPEN } },
        { SPR_UMMCRA, { OPEN, UNAVAILABLE, OPEN, OPEN }, { ILLEGAL, UNAVAILABLE, OPEN, OPEN } },
        { SPR_UPMC1, { OPEN, UNAVAILABLE, OPEN, OPEN }, { ILLEGAL, UNAVAILABLE, OPEN, OPEN } },
        { SPR_UPMC1 + 3, { OPEN, UNAVAILABLE, OPEN, OPEN }, { ILLEGAL, UNAVAILABLE, OPEN, OPEN } },
        { SPR_UPMC1 + 4, { OPEN, UNAVAILABLE, OPEN, UNAVAILABLE }, { ILLEGAL, UNAVAILABLE, OPEN, UNAVAILABLE } },
        { SPR_UPMC1 + 5, { OPEN, UNAVAILABLE, OPEN, UNAVAILABLE }, { ILLEGAL, UNAVAILABLE, OPEN, UNAVAILABLE } },
        { SPR_USIAR, { OPEN, UNAVAILABLE, OPEN, OPEN }, { ILLEGAL, ILLEGAL, ILLEGAL, ILLEGAL } },
        { SPR_USIER, { OPEN, UNAVAILABLE, OPEN, OPEN }, { ILLEGAL, ILLEGAL, ILLEGAL, ILLEGAL } },
        { SPR_UMMCR1, { OPEN, UNAVAILABLE, OPEN, OPEN }, { ILLEGAL, ILLEGAL, ILLEGAL, ILLEGAL } },
    };

    new_model(models[_i]);
    for (size_t k = 0; k < ARRAY_SIZE(rules); k++)
        for (unsigned pmcc = 0; pmcc < 4; pmcc++) {
            uint64_t v;

            for (unsigned write = 0; write < 2; write++) {
                c->spr[SPR_MMCR0] = MMCR0_FC | PPC_FIELD_PUT(pmcc, 44, 45);
                c->cia = CODE;
                c->nia = CODE + 4;
                cpu_set_msr(c, MSR_SF | MSR_PR);
                ck_assert_msg(outcome_of(write ? cpu_spr_write(c, rules[k].spr, MMCR0_FC)
                                               : cpu_spr_read(c, rules[k].spr, &v)) ==
                                  (write ? rules[k].write[pmcc] : rules[k].read[pmcc]),
                              "%s: %s of %u with PMCC %u", models[_i], write ? "write" : "read", rules[k].spr, pmcc);
            }
        }
    /* ISA 3.1 hides those that it would only show. */
    for (unsigned n = 0; n < 2; n++) {
        uint64_t v;

        c->spr[SPR_MMCR0] = MMCR0_FC | MMCR0_PMCCEXT;
        c->cia = CODE;
        c->nia = CODE + 4;
        cpu_set_msr(c, MSR_SF | MSR_PR);
        ck_assert(outcome_of(cpu_spr_read(c, n ? SPR_USIAR : SPR_UPMC1, &v)) == (n && _i == P10 ? UNAVAILABLE : OPEN));
    }
}
END_TEST

START_TEST(fields_that_are_shared)
{
    const uint64_t given = PPC_FIELD_PUT(2, 44, 45);
    uint64_t v;

    c->spr[SPR_MMCR0] = given | MMCR0_FC56 | MMCR0_FC;
    ck_assert(cpu_spr_read(c, SPR_UMMCR0, &v));
    ck_assert_uint_eq(v, MMCR0_FC);
    ck_assert(cpu_spr_write(c, SPR_UMMCR0, UINT64_MAX & ~MMCR0_FC));
    ck_assert_uint_eq(c->spr[SPR_MMCR0], given | MMCR0_FC56 | MMCR0_PMAE | MMCR0_PMAO);
    c->spr[SPR_MMCR0] = given;
    ck_assert(cpu_spr_write(c, SPR_UMMCR2, UINT64_MAX));
    ck_assert_uint_eq(c->spr[SPR_MMCR2], UINT64_C(0x4020100804020000));
    ck_assert(cpu_spr_write(c, SPR_UMMCRA, UINT64_MAX));
    ck_assert_uint_eq(c->spr[SPR_MMCRA], 0);
    c->spr[SPR_MMCRA] = UINT64_MAX;
    ck_assert(cpu_spr_read(c, SPR_UMMCRA, &v));
    ck_assert_uint_eq(v, 0);
    ck_assert(cpu_spr_write(c, SPR_UPMC1 + 2, UINT64_C(0x123456789)));
    ck_assert_uint_eq(c->spr[SPR_PMC1 + 2], 0x23456789);
    /* A kernel by the same numbers. */
    cpu_set_msr(c, MSR_SF);
    ck_assert(cpu_spr_write(c, SPR_UMMCR0, MMCR0_FC56) && cpu_spr_read(c, SPR_UMMCR0, &v));
    ck_assert_uint_eq(v, MMCR0_FC56);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("monitor");
    TCase *tests = tcase_create("monitor");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, taken_branches);
    tcase_add_test(tests, more_than_there_is_room_for);
    tcase_add_test(tests, one_that_counts);
    tcase_add_test(tests, one_that_faults_is_not_entered);
    tcase_add_loop_test(tests, when_it_is_recorded, 0, ARRAY_SIZE(models));
    tcase_add_test(tests, alert_freezes);
    tcase_add_loop_test(tests, filters, 0, ARRAY_SIZE(models));
    tcase_add_loop_test(tests, history_of_problem_state, 0, ARRAY_SIZE(models));
    tcase_add_loop_test(tests, event_and_return, 0, ARRAY_SIZE(models));
    tcase_add_test(tests, traced_return);
    tcase_add_loop_test(tests, when_events_are_taken, 0, 5);
    tcase_add_loop_test(tests, event_registers, 0, ARRAY_SIZE(models));
    tcase_add_loop_test(tests, who_has_the_registers, 0, ARRAY_SIZE(models));
    tcase_add_test(tests, fields_that_are_shared);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
