/* Errors as values, and checked sums. */
#include <string.h>

#include "base/checked.h"
#include "tests/papr/fixture.h"

START_TEST(the_first_cause_counts)
{
    struct error err = { 0 };

    ck_assert(!error_set(&err, ERROR_FILE, "can't open '%s'", "x"));
    ck_assert(!error_set(&err, ERROR_USAGE, "later"));
    ck_assert_int_eq(err.code, ERROR_FILE);
    ck_assert_str_eq(err.cause, "can't open 'x'");
    error_context(&err, "-%s", "kernel");
    ck_assert_str_eq(err.cause, "-kernel: can't open 'x'");
    error_hint(&err, "try %d", 2);
    ck_assert_str_eq(err.hint, "try 2");
}
END_TEST

START_TEST(nobody_need_listen)
{
    ck_assert(!error_set(NULL, ERROR_FILE, "x"));
    error_hint(NULL, "x");
    error_context(NULL, "x");
}
END_TEST

START_TEST(long_texts_are_cut)
{
    struct error err = { 0 };
    char text[2000];

    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    error_set(&err, ERROR_FILE, "%s", text);
    ck_assert_uint_eq(strlen(err.cause), sizeof err.cause - 1);
    error_context(&err, "%s", text);
    ck_assert_uint_eq(strlen(err.cause), sizeof err.cause - 1);
    error_hint(&err, "%s", text);
    ck_assert_uint_eq(strlen(err.hint), sizeof err.hint - 1);
}
END_TEST

START_TEST(context_without_an_error_is_nothing)
{
    struct error err = { 0 };

    error_context(&err, "x");
    ck_assert_str_eq(err.cause, "");
}
END_TEST

START_TEST(sums_say_when_they_wrap)
{
    uint64_t v;

    ck_assert(checked_add(UINT64_MAX - 1, 1, &v) && v == UINT64_MAX);
    ck_assert(!checked_add(UINT64_MAX, 1, &v));
    ck_assert(!checked_mul(UINT64_C(1) << 32, UINT64_C(1) << 32, &v));
    ck_assert(range_within(0, 10, 10) && range_within(10, 0, 10));
    ck_assert(!range_within(11, 0, 10) && !range_within(UINT64_MAX, 2, 10));
    ck_assert(!range_within(2, UINT64_MAX, 10));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = { the_first_cause_counts, nobody_need_listen, long_texts_are_cut,
                                   context_without_an_error_is_nothing, sums_say_when_they_wrap };

    return fixture_run("error", tests, ARRAY_SIZE(tests));
}
