/* Return address protection: digests as another implementation has them, and when nothing happens. */
#include <check.h>

#include "cpu-ppc64/interp/op.h"

enum { RAM = 0x200000, HERE = 0x1000, STACK = 0x100000 };

/* For r6, -8(r5). */
enum { HASHST = 0x7fe535a5, HASHCHK = 0x7fe535e5, HASHSTP = 0x7fe53525, HASHCHKP = 0x7fe53565 };

#define PROBLEM_ASPECT PPC_BIT(37)
#define PRIVILEGED_ASPECT PPC_BIT(5)
#define KEY UINT64_C(0x6dae3e2eb6a33431)

static uint64_t time_now(void *hv)
{
    (void)hv;
    return 0;
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
    c = cpu_new(cpu_model_find("POWER10", NULL), mem, &ops, NULL, 0, NULL);
    ck_assert_ptr_nonnull(c);
    c->spr[SPR_HASHKEYR] = KEY;
    c->gpr[5] = STACK;
}

static void tear_down(void)
{
    cpu_free(c);
    mem_free(mem);
}

static bool run(uint32_t word)
{
    c->cia = HERE;
    c->nia = HERE + 4;
    return isa_ops[isa_decode(word)](c, word);
}

static uint64_t stored(void)
{
    uint64_t value = 0;

    ck_assert(gpa_load_be64(mem, STACK - 8, &value));
    return value;
}

/* From qemu 7.2, whose key was known; the address of the stack counts too. */
START_TEST(digests)
{
    static const struct { uint64_t b, digest; } cases[] = {
        { UINT64_C(0x0123456789abcdef), UINT64_C(0xf5b286f0a26972e5) },
        { UINT64_C(0x091a2b3c4d5e6f78), UINT64_C(0xedc2c19e9b79c0d0) },
        { UINT64_C(0x1111111111111101), UINT64_C(0xacac210c14c57d7f) },
        { UINT64_C(0x1907f6e5d4c3b28a), UINT64_C(0xaee13de8d208100c) },
    };

    cpu_set_msr(c, MSR_SF);
    c->spr[SPR_DEXCR] = PRIVILEGED_ASPECT;
    for (size_t n = 0; n < ARRAY_SIZE(cases); n++) {
        c->gpr[6] = cases[n].b;
        ck_assert(run(HASHST));
        ck_assert_uint_eq(stored(), cases[n].digest);
        ck_assert(run(HASHCHK));
        c->gpr[6] ^= 1;
        ck_assert(!run(HASHCHK));
        ck_assert_uint_eq(c->nia, VECTOR_PROGRAM);
        ck_assert_uint_eq(c->spr[SPR_SRR0], HERE);
        ck_assert_uint_eq(c->spr[SPR_SRR1], MSR_SF | PROGRAM_TRAP);
    }
}
END_TEST

START_TEST(words)
{
    static const struct { const char *name; uint32_t word; } cases[] = {
        { "hashst", HASHST }, { "hashchk", HASHCHK }, { "hashstp", HASHSTP }, { "hashchkp", HASHCHKP },
    };

    for (size_t n = 0; n < ARRAY_SIZE(cases); n++)
        ck_assert_str_eq(isa_row(isa_decode(cases[n].word))->name, cases[n].name);
}
END_TEST

START_TEST(off_means_nothing)
{
    c->gpr[6] = 0x1234;
    cpu_set_msr(c, MSR_SF);
    c->spr[SPR_DEXCR] = PROBLEM_ASPECT;
    ck_assert(run(HASHST));
    ck_assert(run(HASHCHK));
    ck_assert(run(HASHSTP));
    ck_assert_uint_eq(stored(), 0);
    /* Each pair has an aspect of its own, and a key. */
    c->spr[SPR_DEXCR] = PRIVILEGED_ASPECT >> 1;
    ck_assert(run(HASHST));
    ck_assert_uint_eq(stored(), 0);
    ck_assert(run(HASHSTP));
    ck_assert_uint_ne(stored(), 0);
    ck_assert(run(HASHCHKP));
    c->spr[SPR_DEXCR] |= PRIVILEGED_ASPECT;
    ck_assert(!run(HASHCHK));
}
END_TEST

START_TEST(problem_state)
{
    c->gpr[6] = 0x1234;
    cpu_set_msr(c, MSR_SF | MSR_PR);
    c->spr[SPR_DEXCR] = PROBLEM_ASPECT;
    ck_assert(!run(HASHSTP));
    ck_assert_uint_eq(c->spr[SPR_SRR1] & PROGRAM_PRIVILEGED, PROGRAM_PRIVILEGED);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("hash");
    TCase *t = tcase_create("all");
    SRunner *runner = srunner_create(s);
    int failed;

    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, digests);
    tcase_add_test(t, words);
    tcase_add_test(t, off_means_nothing);
    tcase_add_test(t, problem_state);
    suite_add_tcase(s, t);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
