/* Several virtual processors on threads of their own, interpreted and translated: what one asks of the others, code
 * that another changes, counters that both change. */
#include <check.h>
#include <unistd.h>

#include "accel/accel.h"
#include "base/endian.h"
#include "cpu-ppc64/jit/jit.h"

enum {
    RAM = 0x200000,
    PROGRAM = 0x1000,
    OTHER_PROGRAM = 0x3000,
    FUNCTION = 0x4010,
    COUNTER = 0x100000,
    MOST_MS = 20000
};

/* Big-endian, real mode. */
enum {
    ADD_1_TO_R3 = 0x38630001,
    BRANCH_BACK_1 = 0x4bfffffc,
    BRANCH_SELF = 0x48000000,
    HYPERCALL = 0x44000022,
    R5_IS_1 = 0x38a00001,
    R5_IS_2 = 0x38a00002,
    RETURN = 0x4e800020,
};

static struct mem *mem;
static struct accel *accel;
static void (*called)(struct vcpu *v);

static void hypercall(void *opaque, struct vcpu *v)
{
    (void)opaque;
    if (called)
        called(v);
}

static void put_words(gpa_t at, const uint32_t *words, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        ck_assert(gpa_store_be32(mem, at + 4 * i, words[i]));
}

static void make_with_room(struct accel_order order, unsigned n, unsigned limit)
{
    struct error err = { 0 };
    struct accel_config config = { .model = cpu_model_find("POWER9", &err),
                                   .n_vcpus = n,
                                   .limit = limit,
                                   .hypercall = hypercall,
                                   .order = order };

    mem = mem_new(RAM, &err);
    ck_assert(mem != NULL);
    config.mem = mem;
    accel = accel_new(&config, &err);
    ck_assert(accel != NULL);
    called = NULL;
}

static void make(struct accel_order order, unsigned n)
{
    make_with_room(order, n, n);
}

static void unmake(void)
{
    accel_free(accel);
    mem_free(mem);
}

static struct cpu *cpu(unsigned index)
{
    return accel_vcpu(accel, index)->cpu;
}

static void start(unsigned index, gpa_t at)
{
    accel_lock(accel);
    cpu(index)->nia = at;
    vcpu_start(accel_vcpu(accel, index));
    accel_unlock(accel);
}

/* All are stopped again behind it. */
static void run_ms(unsigned ms)
{
    struct error err = { 0 };

    ck_assert(accel_resume(accel, &err));
    usleep(1000 * ms);
    accel_pause(accel);
}

static const struct accel_order ways[] = { { 1, { ACCEL_INTERP } }, { 0 } };

static const uint32_t spin[] = { ADD_1_TO_R3, BRANCH_BACK_1 };
static const uint32_t call_for_ever[] = { HYPERCALL, BRANCH_BACK_1 };

static unsigned n_flushes, n_late;

static void flush(struct vcpu *v)
{
    struct vcpu *other = accel_vcpu(accel, 1);

    accel_forget_translations(v->accel, &(struct mmu_invalidation){ .scope = MMU_SCOPE_ALL }, 1);
    n_flushes++;
    /* Only of one that is out the request may still stand: it flushes before its next instruction. */
    n_late += !other->is_out && other->cpu->requests & CPU_REQUEST_FLUSH;
}

START_TEST(a_flush_is_done_when_it_returns)
{
    make(ways[_i], 2);
    put_words(PROGRAM, call_for_ever, 2);
    put_words(OTHER_PROGRAM, spin, 2);
    called = flush;
    n_flushes = n_late = 0;
    start(0, PROGRAM);
    start(1, OTHER_PROGRAM);
    for (unsigned ms = 0;
         (n_flushes < 200 || !cpu(1)->gpr[3] || cpu(1)->tlb_flushes < 3) && ms < MOST_MS; ms += 10)
        run_ms(10);
    ck_assert_uint_ge(n_flushes, 200);
    ck_assert_uint_eq(n_late, 0);
    ck_assert_uint_gt(cpu(1)->gpr[3], 0);
    ck_assert_uint_gt(cpu(1)->tlb_flushes, 1);
    unmake();
}
END_TEST

static void ask_little(struct vcpu *v)
{
    const struct mmu_invalidation what[] = { { .scope = MMU_SCOPE_STORES, .gpa = PROGRAM },
                                             { .scope = MMU_SCOPE_STORES, .gpa = OTHER_PROGRAM } };

    accel_forget_translations(v->accel, what, 2);
    n_flushes++;
    n_late += !accel_vcpu(accel, 1)->is_out && cpu(1)->requests & CPU_REQUEST_FLUSH;
}

START_TEST(nothing_else_is_forgotten)
{
    unsigned periods = 0;
    uint64_t before;

    make(ways[_i], 2);
    put_words(PROGRAM, call_for_ever, 2);
    put_words(OTHER_PROGRAM, spin, 2);
    called = ask_little;
    start(0, PROGRAM);
    start(1, OTHER_PROGRAM);
    run_ms(20);
    before = cpu(1)->tlb_flushes;
    n_flushes = n_late = 0;
    for (; n_flushes < 5000 && periods < MOST_MS / 100; periods++)
        run_ms(100);
    ck_assert_uint_ge(n_flushes, 200);
    ck_assert_uint_eq(n_late, 0);
    /* While it is out at the beginning and end of each, more may come than the box holds. */
    ck_assert_uint_le(cpu(1)->tlb_flushes, before + 2 * periods);
    unmake();
}
END_TEST

static unsigned n_stops, n_moved;

static void stop(struct vcpu *v)
{
    uint64_t before;

    accel_stop_others(v->accel);
    /* What it has counted is in its registers, and stays. */
    before = cpu(1)->gpr[3];
    usleep(100);
    n_moved += cpu(1)->gpr[3] != before || !accel_vcpu(accel, 1)->is_out;
    n_stops++;
}

START_TEST(who_is_stopped_stays_so_under_the_lock)
{
    make(ways[_i], 2);
    put_words(PROGRAM, call_for_ever, 2);
    put_words(OTHER_PROGRAM, spin, 2);
    called = stop;
    n_stops = n_moved = 0;
    start(0, PROGRAM);
    start(1, OTHER_PROGRAM);
    for (unsigned ms = 0; n_stops < 50 && ms < MOST_MS; ms += 10)
        run_ms(10);
    ck_assert_uint_ge(n_stops, 50);
    ck_assert_uint_eq(n_moved, 0);
    unmake();
}
END_TEST

/* Each asks the other. */
START_TEST(two_that_flush_each_other_get_on)
{
    make(ways[_i], 2);
    put_words(PROGRAM, call_for_ever, 2);
    called = flush;
    n_flushes = 0;
    start(0, PROGRAM);
    start(1, PROGRAM);
    for (unsigned ms = 0; n_flushes < 400 && ms < MOST_MS; ms += 10)
        run_ms(10);
    ck_assert_uint_ge(n_flushes, 400);
    unmake();
}
END_TEST

static _Atomic unsigned n_done;

static void done(struct vcpu *v)
{
    n_done++;
    vcpu_halt(v, VCPU_STOPPED);
}

/* The one calls a function over and over and tells what it returned, the other stores into it. Nobody stops them, since
 * that would let them see by itself. */
START_TEST(code_that_another_changes_is_executed_anew)
{
    /* bl FUNCTION; stw r5,0(r8); b .-8 */
    static const uint32_t caller[] = { 0x48001011, 0x90a80000, 0x4bfffff8 };
    static const uint32_t function[] = { R5_IS_1, RETURN };
    /* stw r7,0(r4); dcbst 0,r4; sync; icbi 0,r4; sync; isync; sc 1; b . */
    static const uint32_t changer[] = { 0x90e40000, 0x7c00206c, 0x7c0004ac, 0x7c0027ac,
                                        0x7c0004ac, 0x4c00012c, HYPERCALL,  BRANCH_SELF };
    struct error err = { 0 };

    make(ways[_i], 2);
    put_words(OTHER_PROGRAM, caller, 3);
    put_words(FUNCTION, function, 2);
    put_words(PROGRAM, changer, 8);
    called = done;
    n_done = 0;
    cpu(0)->gpr[4] = FUNCTION;
    cpu(1)->gpr[8] = COUNTER;
    start(1, OTHER_PROGRAM);
    ck_assert(accel_resume(accel, &err));
    usleep(5000);
    for (unsigned n = 0; n < 40; n++) {
        uint32_t value = n % 2 ? 1 : 2, seen = 0;

        accel_lock(accel);
        accel_wait_stopped(accel_vcpu(accel, 0));
        accel_unlock(accel);
        cpu(0)->gpr[7] = value == 1 ? R5_IS_1 : R5_IS_2;
        start(0, PROGRAM);
        for (unsigned ms = 0; seen != value && ms < 2000; ms++) {
            usleep(1000);
            ck_assert(gpa_load_be32(mem, COUNTER, &seen));
        }
        ck_assert_uint_eq(seen, value);
        while (n_done <= n)
            usleep(100);
    }
    accel_pause(accel);
    unmake();
}
END_TEST

START_TEST(no_update_is_lost)
{
    /* mtctr r6; 1: ldarx r5,0,r4; addi r5,r5,1; stdcx. r5,0,r4; bne 1b; bdnz 1b; sc 1; b . */
    static const uint32_t count[] = { 0x7cc903a6, 0x7ca020a8, 0x38a50001, 0x7ca021ad,
                                      0x4082fff4, 0x4200fff0, HYPERCALL,  BRANCH_SELF };
    enum { N = 4, TIMES = 100000 };
    uint64_t sum;

    make(ways[_i], N);
    put_words(PROGRAM, count, 8);
    called = done;
    n_done = 0;
    for (unsigned i = 0; i < N; i++) {
        cpu(i)->gpr[4] = COUNTER;
        cpu(i)->gpr[6] = TIMES;
        start(i, PROGRAM);
    }
    for (unsigned ms = 0; n_done < N && ms < MOST_MS; ms += 10)
        run_ms(10);
    ck_assert_uint_eq(n_done, N);
    ck_assert(gpa_load_be64(mem, COUNTER, &sum));
    ck_assert_uint_eq(sum, N * TIMES);
    unmake();
}
END_TEST

/* The first one stays and counts; another comes to a place behind an empty one, counts, and goes, running as it is. */
START_TEST(processors_come_and_go)
{
    struct error err = { 0 };
    uint64_t before = 0;

    make_with_room(ways[_i], 1, 4);
    put_words(PROGRAM, spin, 2);
    start(0, PROGRAM);
    run_ms(5);
    for (unsigned round = 0; round < 10; round++) {
        struct vcpu *v;

        ck_assert(accel_add(accel, 2, &err));
        ck_assert_uint_eq(accel_count(accel), 2);
        v = accel_at(accel, 2);
        ck_assert(v && v == accel_vcpu(accel, 1) && v == accel_find(accel, 2) && v->index == 2);
        ck_assert_ptr_null(accel_at(accel, 1));
        ck_assert_ptr_null(accel_find(accel, 1));
        start(1, PROGRAM);
        for (unsigned ms = 0; !v->cpu->gpr[3] && ms < MOST_MS; ms += 5)
            run_ms(5);
        ck_assert_uint_gt(v->cpu->gpr[3], 0);
        accel_lock(accel);
        vcpu_retire(v);
        accel_unlock(accel);
        ck_assert_ptr_null(accel_at(accel, 2));
        ck_assert_ptr_null(accel_find(accel, 2));
        run_ms(2);
        /* A loaded host may let the first one wait. */
        for (unsigned ms = 0; cpu(0)->gpr[3] <= before && ms < MOST_MS; ms += 5)
            run_ms(5);
        accel_remove(accel, 2);
        ck_assert_uint_eq(accel_count(accel), 1);
        ck_assert_uint_gt(cpu(0)->gpr[3], before);
        before = cpu(0)->gpr[3];
    }
    unmake();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = { a_flush_is_done_when_it_returns, nothing_else_is_forgotten,
                                   who_is_stopped_stays_so_under_the_lock,
                                   two_that_flush_each_other_get_on,
                                   code_that_another_changes_is_executed_anew, no_update_is_lost,
                                   processors_come_and_go };
    Suite *suite = suite_create("several");
    TCase *tc = tcase_create("several");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tc, 60);
    for (size_t i = 0; i < ARRAY_SIZE(tests); i++)
        tcase_add_loop_test(tc, tests[i], 0, ARRAY_SIZE(ways));
    suite_add_tcase(suite, tc);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
