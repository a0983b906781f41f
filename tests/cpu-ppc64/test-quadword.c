/* Quadword loads, stores and reservations: pairs of registers, byte orders, invalid forms, and that they are single
 * accesses. [ISA3.0 I 3.3.4, II 4.6.2.2] */
#include <check.h>
#include <pthread.h>
#include <string.h>

#include "base/atomic128.h"
#include "cpu-ppc64/interp/op.h"

enum { RAM = 1 << 20, CODE = 0x10000, DATA = 0x40000, HERE = 0x48000000 };

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

static struct cpu *new_cpu(uint32_t pir)
{
    struct cpu *n = cpu_new(cpu_model_find("POWER10", NULL), mem, &ops, NULL, pir, NULL);

    ck_assert_ptr_nonnull(n);
    cpu_set_msr(n, MSR_SF | MSR_ME);
    cpu_set_decrementer(n, 0x7fffffff);
    return n;
}

static void set_up(void)
{
    mem = mem_new(RAM, NULL);
    for (gpa_t a = 0; a < RAM; a += 4)
        gpa_store_be32(mem, a, HERE);
    c = new_cpu(0);
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

#define D(t, a, i) ((uint32_t)(t) << 21 | (uint32_t)(a) << 16 | ((i) & 0xffff))
#define X(t, a, b) ((uint32_t)(t) << 21 | (uint32_t)(a) << 16 | (uint32_t)(b) << 11)

static void run(uint32_t word)
{
    gpa_store_be32(mem, CODE, c->le ? __builtin_bswap32(word) : word);
    c->nia = CODE;
    cpu_run(c, c->instructions + 1);
}

START_TEST(order_of_the_pair)
{
    static const struct { const char *load, *store; bool x_form; } forms[] = {
        { "lq", "stq", false }, { "lqarx", "stqcx.", true },
    };
    uint64_t low, high;

    for (unsigned le = 0; le < 2; le++)
        for (unsigned n = 0; n < ARRAY_SIZE(forms); n++) {
            cpu_set_msr(c, MSR_SF | (le ? MSR_LE : 0));
            c->gpr[3] = DATA;
            for (unsigned k = 0; k < 16; k++)
                mem->ram[DATA + k] = (uint8_t)k;
            run(insn(forms[n].load, forms[n].x_form ? X(4, 0, 3) : D(4, 3, 0)));
            ck_assert_uint_eq(c->nia, CODE + 4);
            ck_assert_uint_eq(c->gpr[4], le ? UINT64_C(0x0f0e0d0c0b0a0908) : UINT64_C(0x0001020304050607));
            ck_assert_uint_eq(c->gpr[5], le ? UINT64_C(0x0706050403020100) : UINT64_C(0x08090a0b0c0d0e0f));
            c->gpr[6] = UINT64_C(0x1111111122222222);
            c->gpr[7] = UINT64_C(0x3333333344444444);
            run(insn(forms[n].store, forms[n].x_form ? X(6, 0, 3) : D(6, 3, 0)));
            ck_assert_uint_eq(c->nia, CODE + 4);
            low = le ? ld_le64(mem->ram + DATA) : ld_be64(mem->ram + DATA);
            high = le ? ld_le64(mem->ram + DATA + 8) : ld_be64(mem->ram + DATA + 8);
            ck_assert_uint_eq(low, c->gpr[le ? 7 : 6]);
            ck_assert_uint_eq(high, c->gpr[le ? 6 : 7]);
        }
}
END_TEST

START_TEST(invalid_forms)
{
    const uint32_t words[] = {
        insn("lq", D(5, 3, 0)),         insn("lq", D(4, 4, 0)),        insn("stq", D(5, 3, 0)),
        insn("lqarx", X(5, 0, 3)),      insn("lqarx", X(4, 4, 3)),     insn("lqarx", X(4, 0, 4)),
        insn("stqcx.", X(5, 0, 3)),
    };

    c->gpr[3] = c->gpr[4] = DATA;
    for (size_t n = 0; n < ARRAY_SIZE(words); n++) {
        cpu_set_msr(c, MSR_SF);
        run(words[n]);
        ck_assert_uint_eq(c->nia, VECTOR_PROGRAM);
        ck_assert(c->spr[SPR_SRR1] & PROGRAM_ILLEGAL);
    }
}
END_TEST

/* A reservation of one size, or of another quadword, or of one that has changed in either half. */
START_TEST(conditional)
{
    enum { SAME, OTHER_SIZE, OTHER_ADDRESS, LOW_CHANGED, HIGH_CHANGED, NONE };

    c->gpr[3] = DATA;
    c->gpr[8] = DATA + (_i == OTHER_ADDRESS ? 16 : 0);
    c->gpr[6] = c->gpr[7] = 1;
    run(_i == OTHER_SIZE ? insn("ldarx", X(4, 0, 3)) : insn("lqarx", X(4, 0, 3)));
    if (_i == NONE)
        c->reservation.kind = RESERVED_NOT;
    if (_i == LOW_CHANGED || _i == HIGH_CHANGED)
        mem->ram[DATA + (_i == LOW_CHANGED ? 7 : 8)] ^= 1;
    run(insn("stqcx.", X(6, 0, 8)));
    ck_assert_uint_eq(c->nia, CODE + 4);
    ck_assert_uint_eq(c->crf[0], _i == SAME ? CR_EQ : 0);
    ck_assert_uint_eq(ld_be64(mem->ram + c->gpr[8]) == 1, _i == SAME);
    ck_assert(!c->reservation.kind);
}
END_TEST

START_TEST(ordinary_storage_only)
{
    const uint32_t words[] = { insn("lq", D(4, 3, 0)), insn("stq", D(4, 3, 0)) };

    for (size_t n = 0; n < 2; n++) {
        cpu_set_msr(c, MSR_SF);
        c->gpr[3] = RAM;
        run(words[n]);
        ck_assert_uint_eq(c->nia, VECTOR_DATA_STORAGE);
        ck_assert_uint_eq(c->spr[SPR_DSISR], DSISR_BAD_ATTRIBUTE | (n ? DSISR_STORE : 0));
    }
}
END_TEST

/* Two processors add to both halves of one quadword. */
enum { ROUNDS = 20000 };

static void *add(void *arg)
{
    struct cpu *p = arg;

    p->nia = CODE;
    while (p->gpr[9] < ROUNDS)
        cpu_run(p, p->instructions + 1000);
    return NULL;
}

START_TEST(two_processors)
{
    const uint32_t loop[] = {
        insn("lqarx", X(4, 0, 3)),         insn("addi", D(4, 4, 1)), insn("addi", D(5, 5, 1)),
        insn("stqcx.", X(4, 0, 3)),        0x4082fff0, /* bne -16 */
        insn("addi", D(9, 9, 1)),          0x2c294e20, /* cmpdi r9,20000 */
        0x4180ffe4, /* blt -28 */          HERE,
    };
    struct cpu *cpus[2] = { c, new_cpu(1) };
    pthread_t threads[2];

    for (unsigned n = 0; n < ARRAY_SIZE(loop); n++)
        gpa_store_be32(mem, CODE + 4 * n, loop[n]);
    gpa_fill(mem, DATA, 0, 16);
    for (unsigned n = 0; n < 2; n++) {
        cpus[n]->gpr[3] = DATA;
        ck_assert_int_eq(pthread_create(&threads[n], NULL, add, cpus[n]), 0);
    }
    for (unsigned n = 0; n < 2; n++)
        pthread_join(threads[n], NULL);
    ck_assert_uint_eq(ld_be64(mem->ram + DATA), 2 * ROUNDS);
    ck_assert_uint_eq(ld_be64(mem->ram + DATA + 8), 2 * ROUNDS);
    cpu_free(cpus[1]);
}
END_TEST

/* What one stores in one go another never sees in part. */
static _Alignas(16) uint8_t shared[16];

static void *store_both(void *arg)
{
    const uint64_t values[2][2] = { { 0, 0 }, { UINT64_MAX, UINT64_MAX } };

    (void)arg;
    for (unsigned n = 0; n < 200000; n++)
        atomic128_store(shared, values[n & 1]);
    return NULL;
}

START_TEST(single_accesses)
{
    pthread_t thread;
    uint64_t v[2];

    ck_assert_int_eq(pthread_create(&thread, NULL, store_both, NULL), 0);
    for (unsigned n = 0; n < 200000; n++) {
        atomic128_load(shared, v);
        ck_assert_uint_eq(v[0], v[1]);
    }
    pthread_join(thread, NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("quadword");
    TCase *tests = tcase_create("quadword");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, order_of_the_pair);
    tcase_add_test(tests, invalid_forms);
    tcase_add_loop_test(tests, conditional, 0, 6);
    tcase_add_test(tests, ordinary_storage_only);
    tcase_add_test(tests, two_processors);
    tcase_add_test(tests, single_accesses);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
