/* A debugger's breakpoints, watch points and steps, interpreted and translated: the stop is before the instruction,
 * going on does not stop at the same place, and translated code cannot run past what was set. */
#include <check.h>

#include "cpu-ppc64/debug.h"
#include "cpu-ppc64/jit/jit.h"

enum { RAM = 1 << 20, CODE = 0x10000, AGAIN = CODE + 4, STORE = CODE + 8, LOAD = CODE + 12, END = 0x20000, DATA = 0x40000 };
enum { ROUNDS = 1000 };

static unsigned stops;
static uint64_t now;

static uint64_t timebase(void *hv)
{
    (void)hv;
    return now;
}

static void nothing(void *hv)
{
    (void)hv;
}

static void debug_stop(void *hv, struct cpu *c)
{
    (void)hv;
    stops++;
    cpu_request(c, CPU_REQUEST_STOP);
}

static const struct cpu_hv_ops ops = {
    .timebase = timebase, .lock = nothing, .unlock = nothing, .debug_stop = debug_stop
};

static struct mem *mem;
static struct cpu *c;
static struct debug_points points;

/* A loop on one page that counts in r3 and in memory, and then a page that goes back to its beginning. */
static void set_up(bool translated)
{
    const uint32_t loop[] = {
        0x7cc903a6, /* mtctr r6 */
        0x38630001, /* addi r3,r3,1 */
        0xf8640000, /* std r3,0(r4) */
        0xe8a40000, /* ld r5,0(r4) */
        0x4200fff4, /* bdnz AGAIN */
        0x4800ffec, /* b END */
    };

    points = (struct debug_points){ 0 };
    stops = 0;
    now = 0;
    mem = mem_new(RAM, NULL);
    for (unsigned i = 0; i < ARRAY_SIZE(loop); i++)
        gpa_store_be32(mem, CODE + 4 * i, loop[i]);
    gpa_store_be32(mem, END, 0x4bff0000); /* b CODE */
    c = cpu_new(cpu_model_find("POWER9", NULL), mem, &ops, NULL, 0, NULL);
    ck_assert_ptr_nonnull(c);
    if (translated && cpu_enable_jit(c, NULL, NULL))
        jit_set_hot(c->jit, 1);
    c->nia = CODE;
    c->gpr[4] = DATA;
    c->gpr[6] = ROUNDS;
    debug_attach(c, &points);
}

static void tear_down(void)
{
    cpu_free(c);
    mem_free(mem);
}

static void run(bool step)
{
    cpu_request_clear(c, CPU_REQUEST_STOP);
    debug_prepare(c, step);
    cpu_run(c, UINT64_MAX);
}

static void run_to(enum debug_reason reason, ea_t nia, uint64_t r3)
{
    unsigned before = stops;

    run(false);
    ck_assert_uint_eq(stops, before + 1);
    ck_assert_uint_eq(c->debug_reason, reason);
    ck_assert_uint_eq(c->nia, nia);
    ck_assert_uint_eq(c->gpr[3], r3);
}

static void break_at(ea_t address)
{
    points.breakpoints[points.n_breakpoints++] = address;
    debug_attach(c, &points);
}

START_TEST(breakpoints_stop_before_the_instruction_each_time)
{
    set_up(_i);
    break_at(END);
    run_to(DEBUG_BREAKPOINT, END, ROUNDS);
    run_to(DEBUG_BREAKPOINT, END, 2 * ROUNDS);
    /* On a page that runs translated by now. */
    break_at(STORE);
    run_to(DEBUG_BREAKPOINT, STORE, 2 * ROUNDS + 1);
    ck_assert_uint_eq(c->gpr[5], 2 * ROUNDS);
    run_to(DEBUG_BREAKPOINT, STORE, 2 * ROUNDS + 2);
    points.n_breakpoints = 1;
    debug_attach(c, &points);
    run_to(DEBUG_BREAKPOINT, END, 3 * ROUNDS);
    tear_down();
}
END_TEST

START_TEST(a_step_is_one_instruction_and_no_interrupt)
{
    set_up(_i);
    break_at(END);
    run_to(DEBUG_BREAKPOINT, END, ROUNDS);
    cpu_set_msr(c, c->msr | MSR_EE);
    cpu_set_decrementer(c, UINT64_MAX);
    cpu_request(c, CPU_REQUEST_EXTERNAL);
    for (ea_t at = CODE; at <= LOAD; at += 4) {
        run(true);
        ck_assert_uint_eq(c->debug_reason, DEBUG_STEPPED);
        ck_assert_uint_eq(c->nia, at);
    }
    /* Then it comes. */
    points.breakpoints[0] = VECTOR_EXTERNAL;
    debug_attach(c, &points);
    run_to(DEBUG_BREAKPOINT, VECTOR_EXTERNAL, ROUNDS + 1);
    ck_assert_uint_eq(c->spr[SPR_SRR0], LOAD + 4);
    tear_down();
}
END_TEST

static void watch(bool load, bool store)
{
    points.watches[0] = (struct debug_watch){ DATA + 7, DATA + 7, load, store };
    points.n_watches = 1;
    debug_attach(c, &points);
}

START_TEST(watch_points_stop_before_the_access)
{
    uint64_t value;

    set_up(_i);
    break_at(END);
    run_to(DEBUG_BREAKPOINT, END, ROUNDS);
    watch(false, true);
    run_to(DEBUG_WATCH, STORE, ROUNDS + 1);
    ck_assert_uint_eq(c->debug_address, DATA + 7);
    gpa_load_be64(mem, DATA, &value);
    ck_assert_uint_eq(value, ROUNDS);
    run_to(DEBUG_WATCH, STORE, ROUNDS + 2);
    gpa_load_be64(mem, DATA, &value);
    ck_assert_uint_eq(value, ROUNDS + 1);
    watch(true, false);
    run_to(DEBUG_WATCH, LOAD, ROUNDS + 2);
    run_to(DEBUG_WATCH, LOAD, ROUNDS + 3);
    watch(true, true);
    run_to(DEBUG_WATCH, STORE, ROUNDS + 4);
    run_to(DEBUG_WATCH, LOAD, ROUNDS + 4);
    points.n_watches = 0;
    debug_attach(c, &points);
    run_to(DEBUG_BREAKPOINT, END, 2 * ROUNDS);
    tear_down();
}
END_TEST

START_TEST(points_outlive_a_reset)
{
    set_up(_i);
    watch(false, true);
    run_to(DEBUG_WATCH, STORE, 1);
    cpu_reset(c);
    c->nia = CODE;
    c->gpr[4] = DATA;
    c->gpr[6] = ROUNDS;
    run_to(DEBUG_WATCH, STORE, 1);
    debug_attach(c, NULL);
    ck_assert_uint_eq(c->watches, 0);
    tear_down();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("debug");
    TCase *tcase = tcase_create("debug");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_loop_test(tcase, breakpoints_stop_before_the_instruction_each_time, 0, 2);
    tcase_add_loop_test(tcase, a_step_is_one_instruction_and_no_interrupt, 0, 2);
    tcase_add_loop_test(tcase, watch_points_stop_before_the_access, 0, 2);
    tcase_add_loop_test(tcase, points_outlive_a_reset, 0, 2);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
