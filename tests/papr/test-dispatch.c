/* The dispatcher: tokens, privilege, conditions, outputs, counters, collisions. */
#include <string.h>

#include "tests/papr/fixture.h"

static unsigned calls;

static int64_t h_echo(void *self, struct vcpu *v, struct hcall_args *args)
{
    (void)self;
    (void)v;
    calls++;
    for (unsigned i = 0; i < 9; i++)
        args->out[i] = args->in[i] + 1;
    return 42;
}

static const struct hcall_row echo_rows[] = {
    { 0x90, "H_ECHO", "hcall-echo", .in = 3, .out = 2, .fn = h_echo },
    { 0x80, "H_ECHO_AGAIN", "hcall-echo", .fn = h_echo },
    { 0xf00b, "H_ECHO_PRIVATE", "hcall-echo", .fn = h_echo },
    { 0x84, "H_RADIX_ONLY", NULL, .when = WHEN_RADIX, .fn = h_echo },
    { 0x88, "H_HASH_ONLY", NULL, .when = WHEN_HASH, .fn = h_echo },
    { 0x8c, "H_NESTED_ONLY", "hcall-nested", .when = WHEN_NESTED_HV, .fn = h_echo },
};
static const struct facility_type echo = { .name = "echo", .hcalls = echo_rows,
                                           .n_hcalls = ARRAY_SIZE(echo_rows) };

static struct fixture *with_echo(void)
{
    struct fixture *f = fixture_new(NULL);

    ck_assert(platform_add(f->platform, &echo, NULL, NULL));
    calls = 0;
    return f;
}

START_TEST(only_the_row_s_outputs_are_written)
{
    struct fixture *f = with_echo();

    ck_assert_int_eq(HCALL(f, 0x90, 10, 20, 30, 40), 42);
    ck_assert_uint_eq(fixture_gpr(f, 4), 11);
    ck_assert_uint_eq(fixture_gpr(f, 5), 21);
    ck_assert_uint_eq(fixture_gpr(f, 6), 30);
    ck_assert_uint_eq(fixture_gpr(f, 7), 40);
    fixture_free(f);
}
END_TEST

START_TEST(problem_state_has_no_hypercalls)
{
    struct fixture *f = with_echo();
    struct cpu *c = fixture_vcpu(f, 0)->cpu;

    c->msr |= MSR_PR;
    ck_assert_int_eq(HCALL(f, 0x90, 10), H_PRIVILEGE);
    ck_assert_uint_eq(fixture_gpr(f, 4), 10);
    ck_assert_uint_eq(calls, 0);
    fixture_free(f);
}
END_TEST

START_TEST(tokens_without_rows_are_no_functions)
{
    static const uint64_t tokens[] = {
        1, 2, 0x7d, 0x7e, 0x48c, 0x488, 0x484, 0xeeff, 0xef00, 0xef10, 0xef11, 0xefff, 0xf00a,
        0xf80c, 0xf80d, 0x10000, UINT64_MAX, INT64_MIN, UINT64_C(0x100000090), 0xf000 + 0x90,
    };
    struct fixture *f = with_echo();

    for (size_t i = 0; i < ARRAY_SIZE(tokens); i++)
        ck_assert_int_eq(HCALL(f, tokens[i]), H_FUNCTION);
    ck_assert_uint_eq(calls, 0);
    ck_assert_int_eq(HCALL(f, 0xf00b), 42);
    fixture_free(f);
}
END_TEST

START_TEST(conditions_hide_rows)
{
    struct fixture *f = with_echo();

    ck_assert_int_eq(HCALL(f, 0x84), H_FUNCTION);
    ck_assert_int_eq(HCALL(f, 0x88), 42);
    f->platform->negotiated.radix = true;
    ck_assert_int_eq(HCALL(f, 0x84), 42);
    ck_assert_int_eq(HCALL(f, 0x88), H_FUNCTION);
    ck_assert_int_eq(HCALL(f, 0x8c), H_FUNCTION);
    f->config.cap_nested_hv = true;
    ck_assert_int_eq(HCALL(f, 0x8c), 42);
    fixture_free(f);
}
END_TEST

static uint64_t echo_count;

static void look_for_echo(void *opaque, const char *name, uint64_t count)
{
    (void)opaque;
    ck_assert_uint_ne(count, 0);
    if (!strcmp(name, "H_ECHO"))
        echo_count = count;
}

START_TEST(calls_are_counted)
{
    struct fixture *f = with_echo();

    HCALL(f, 0x90);
    HCALL(f, 0x90);
    HCALL(f, 0x90);
    echo_count = 0;
    platform_for_each_count(f->platform, look_for_echo, NULL);
    ck_assert_uint_eq(echo_count, 3);
    fixture_free(f);
}
END_TEST

static int32_t rtas_nothing(void *self, struct vcpu *v, struct rtas_args *args)
{
    (void)self;
    (void)v;
    (void)args;
    return RTAS_OK;
}

START_TEST(a_taken_or_impossible_place_fails)
{
    static const struct hcall_row bad_hcalls[] = {
        { H_CEDE, "H_TAKEN", NULL, .fn = h_echo },
        { 0x7e, "H_UNALIGNED", NULL, .fn = h_echo },
        { 0x48c, "H_BEYOND", NULL, .fn = h_echo },
    };
    static const struct rtas_row bad_rtas[] = {
        { 0x2006, "taken-token", 0, 1, 0, rtas_nothing },
        { 0x20fe, "start-cpu", 0, 1, 0, rtas_nothing },
        { 0x2100, "beyond", 0, 1, 0, rtas_nothing },
    };
    struct fixture *f = fixture_new(NULL);
    struct error err = { 0 };

    for (size_t i = 0; i < ARRAY_SIZE(bad_hcalls); i++) {
        struct facility_type type = { .name = "bad", .hcalls = &bad_hcalls[i], .n_hcalls = 1 };

        ck_assert(!platform_add(f->platform, &type, NULL, &err));
    }
    for (size_t i = 0; i < ARRAY_SIZE(bad_rtas); i++) {
        struct facility_type type = { .name = "bad", .rtas = &bad_rtas[i], .n_rtas = 1 };

        ck_assert(!platform_add(f->platform, &type, NULL, NULL));
    }
    ck_assert_ptr_nonnull(strstr(err.cause, "H_TAKEN"));
    fixture_free(f);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        only_the_row_s_outputs_are_written, problem_state_has_no_hypercalls,
        tokens_without_rows_are_no_functions, conditions_hide_rows, calls_are_counted,
        a_taken_or_impossible_place_fails,
    };

    return fixture_run("papr/dispatch", tests, ARRAY_SIZE(tests));
}
