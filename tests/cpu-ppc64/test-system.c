/* Instructions about the system that change little and are easily forgotten: hints, random numbers, the segment
 * lookaside buffer, doorbells, transactions. Each goes through the decoder and its wrapper. */
#include <check.h>

#include "cpu-ppc64/interp/op.h"
#include "cpu-ppc64/mmu/hash.h"

enum { RAM = 1 << 20, HERE = 0x1000 };

static uint64_t time_now(void *hv)
{
    (void)hv;
    return 0x123456789abcdef0;
}

static void nothing(void *hv)
{
    (void)hv;
}

static const struct cpu_hv_ops ops = { .timebase = time_now, .lock = nothing, .unlock = nothing };
static struct mem *mem;
static struct cpu *c;

static void set_up(void)
{
    mem = mem_new(RAM, NULL);
    c = cpu_new(cpu_model_find("POWER9", NULL), mem, &ops, NULL, 0, NULL);
    ck_assert_ptr_nonnull(c);
    cpu_set_msr(c, MSR_SF);
}

static void tear_down(void)
{
    cpu_free(c);
    mem_free(mem);
}

#define X(t, a, b) ((uint32_t)(t) << 21 | (uint32_t)(a) << 16 | (uint32_t)(b) << 11)

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

/* ---- hints and numbers ----------------------------------------------------------------------- */

START_TEST(hints)
{
    c->gpr[4] = UINT64_MAX; /* no storage is there */
    ck_assert(run("dst", X(0, 4, 4)));
    ck_assert(run("dstst", X(0, 4, 4)));
    ck_assert(run("dss", X(0, 0, 0)));
    ck_assert(run("icbt", X(0, 4, 4)));
    ck_assert(run("dcbt", X(0, 4, 4)));
    ck_assert(run("dcbtst", X(0, 4, 4)));
    ck_assert(run("wait", 0));
    ck_assert(run("nop_reserved", X(1, 2, 3)));
    ck_assert(run("slbsync", 0));
}
END_TEST

START_TEST(timebase)
{
    ck_assert(run("mftb", X(3, SPR_TB & 31, SPR_TB >> 5)));
    ck_assert_uint_eq(c->gpr[3], time_now(NULL));
    ck_assert(run("mftb", X(3, SPR_TBU & 31, SPR_TBU >> 5)));
    ck_assert_uint_eq(c->gpr[3], time_now(NULL) >> 32);
}
END_TEST

/* L says which kind; all ones are the error, which a good source hardly ever gives. [ISA3.0 I 3.3.9] */
START_TEST(random_numbers)
{
    for (unsigned t = 0; t < 32; t++) {
        uint64_t any = 0;

        for (unsigned l = 0; l < 3; l++)
            for (unsigned n = 0; n < 8; n++) {
                ck_assert(run("darn", X(t, l, 0)));
                ck_assert_uint_ne(c->gpr[t], UINT64_MAX);
                if (!l)
                    ck_assert_uint_eq(c->gpr[t] >> 32, 0);
                any |= l ? c->gpr[t] : 0;
            }
        ck_assert_uint_ne(any >> 32, 0);
        ck_assert(run("darn", X(t, 3, 0)));
        ck_assert_uint_eq(c->gpr[t], UINT64_MAX);
    }
}
END_TEST

/* ---- segment lookaside buffer ---------------------------------------------------------------- */

#define ESID UINT64_C(0xc00000010)
#define ESID_OF(n) ((ESID + (n)) << 28)

/* Entries 0 to 3, the odd ones of class 1. */
static void fill(void)
{
    for (unsigned n = 0; n < 4; n++) {
        c->gpr[4] = UINT64_C(0x1000) << 12 | (n & 1 ? SLB_CLASS : 0);
        c->gpr[5] = ESID_OF(n) | SLB_VALID | n;
        ck_assert(run("slbmte", X(4, 0, 5)));
    }
}

/* A bit for each of the four that is valid. */
static unsigned valid(void)
{
    unsigned bits = 0;

    for (unsigned n = 0; n < 4; n++) {
        c->gpr[5] = n;
        ck_assert(run("slbmfee", X(6, 0, 5)));
        ck_assert(run("slbmfev", X(7, 0, 5)));
        ck_assert_uint_eq(c->gpr[6], c->gpr[6] ? ESID_OF(n) | SLB_VALID : 0);
        ck_assert_uint_eq(!c->gpr[6], !c->gpr[7]);
        bits |= (unsigned)!!c->gpr[6] << n;
    }
    return bits;
}

START_TEST(segments)
{
    static const struct { unsigned hint, left; } cases[] = {
        { 0, 1 }, { 1, 1 }, { 2, 1 }, { 3, 5 }, { 4, 0 }, { 6, 1 }, { 7, 15 },
    };
    const struct cpu_model *power8 = cpu_model_find("POWER8", NULL), *power9 = c->model;

    fill();
    ck_assert_uint_eq(valid(), 15);
    c->gpr[5] = ESID_OF(2) | 0x123;
    ck_assert(run("slbfee.", X(6, 0, 5)));
    ck_assert_uint_eq(c->gpr[6], UINT64_C(0x1000) << 12);
    ck_assert_uint_eq(c->crf[0], CR_EQ);
    ck_assert(run("slbie", X(0, 0, 5)));
    ck_assert_uint_eq(valid(), 11);
    c->gpr[5] = ESID_OF(2);
    ck_assert(run("slbfee.", X(6, 0, 5)));
    ck_assert_uint_eq(c->gpr[6], 0);
    ck_assert_uint_eq(c->crf[0], 0);
    for (size_t n = 0; n < ARRAY_SIZE(cases); n++) {
        fill();
        ck_assert(run("slbia", X(cases[n].hint, 0, 0)));
        ck_assert_uint_eq(valid(), cases[n].left);
    }
    /* Hints of ISA 2.07 do not change what is invalidated. */
    for (unsigned hint = 0; hint < 8; hint++) {
        fill();
        c->model = power8;
        ck_assert(run("slbia", X(hint, 0, 0)));
        c->model = power9;
        ck_assert_uint_eq(valid(), 1);
    }
    /* Those that came from segment tables, which are not there. */
    fill();
    c->gpr[5] = ESID_OF(2);
    ck_assert(run("slbieg", X(4, 0, 5)));
    ck_assert(run("slbiag", X(4, 0, 0)));
    ck_assert_uint_eq(valid(), 15);
    /* An entry beyond the last one is none. */
    c->gpr[5] = SLB_ENTRIES;
    ck_assert(run("slbmfee", X(6, 0, 5)));
    ck_assert_uint_eq(c->gpr[6], 0);
    c->gpr[5] = ESID_OF(9) | SLB_VALID | SLB_ENTRIES;
    ck_assert(run("slbmte", X(4, 0, 5)));
    ck_assert(run("slbfee.", X(6, 0, 5)));
    ck_assert_uint_eq(c->gpr[6], 0);
}
END_TEST

/* ---- doorbells ------------------------------------------------------------------------------- */

START_TEST(doorbells)
{
    enum { TYPE = 5 << 27 };

    c->gpr[5] = TYPE;
    run("msgsndp", X(0, 0, 5));
    ck_assert_uint_eq(atomic_load(&c->requests) & CPU_REQUEST_DOORBELL, CPU_REQUEST_DOORBELL);
    ck_assert(run("msgclrp", X(0, 0, 5)));
    ck_assert_uint_eq(atomic_load(&c->requests) & CPU_REQUEST_DOORBELL, 0);
    c->gpr[5] = TYPE | 1; /* another thread, of which there is none */
    run("msgsndp", X(0, 0, 5));
    c->gpr[5] = 4 << 27;
    run("msgsndp", X(0, 0, 5));
    ck_assert_uint_eq(atomic_load(&c->requests) & CPU_REQUEST_DOORBELL, 0);
}
END_TEST

/* ---- transactions ---------------------------------------------------------------------------- */

/* With cap-htm=on every transaction fails at once. [ISA2.07 II 5.5] */
START_TEST(transactions)
{
    static const char *const outside[] = { "tend.",    "tabort.",   "tabortwc.", "tabortwci.",
                                           "tabortdc.", "tabortdci.", "tsr." };

    for (size_t n = 0; n < ARRAY_SIZE(outside); n++) {
        cpu_set_msr(c, MSR_SF);
        ck_assert(!run(outside[n], 0));
        ck_assert_uint_eq(c->nia, VECTOR_FACILITY_UNAVAILABLE);
    }
    c->has_tm = true;
    cpu_set_msr(c, MSR_SF | MSR_TM);
    ck_assert(run("tbegin.", 0));
    ck_assert_uint_eq(c->crf[0], CR_LT | CR_EQ);
    ck_assert_uint_eq(c->spr[SPR_TFHAR], HERE + 4);
    for (size_t n = 0; n < ARRAY_SIZE(outside); n++) {
        c->crf[0] = 15;
        ck_assert(run(outside[n], 0));
        ck_assert_uint_eq(c->crf[0], 0);
    }
    c->crf[3] = 15;
    ck_assert(run("tcheck", X(3 << 2, 0, 0)));
    ck_assert_uint_eq(c->crf[3], 0);
    ck_assert(!run("treclaim.", 0));
    ck_assert_uint_eq(c->spr[SPR_SRR1], MSR_SF | MSR_TM | PROGRAM_TM_BAD_THING);
    cpu_set_msr(c, MSR_SF | MSR_TM);
    ck_assert(!run("trechkpt.", 0));
    ck_assert_uint_eq(c->spr[SPR_SRR1], MSR_SF | MSR_TM | PROGRAM_TM_BAD_THING);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("system");
    SRunner *runner = srunner_create(suite);
    TCase *tests = tcase_create("system");
    int failed;

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, hints);
    tcase_add_test(tests, timebase);
    tcase_add_test(tests, random_numbers);
    tcase_add_test(tests, segments);
    tcase_add_test(tests, doorbells);
    tcase_add_test(tests, transactions);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
