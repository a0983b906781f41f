/* Nearest names. */
#include <string.h>

#include "base/names.h"
#include "tests/papr/fixture.h"

static const char *hint(const char *word)
{
    static const char *const valid[] = { "kernel", "initrd", "append", "serial", NULL };
    static struct error err;

    err = (struct error){ 0 };
    error_set(&err, ERROR_USAGE, "unknown");
    names_hint(&err, word, valid);
    return err.hint;
}

START_TEST(near_names_are_asked_for)
{
    ck_assert_str_eq(hint("kernle"), "did you mean 'kernel'?");
    ck_assert_str_eq(hint("Serial"), "did you mean 'serial'?");
    ck_assert_str_eq(hint("init"), "did you mean 'initrd'?");
}
END_TEST

START_TEST(without_a_near_one_all_are_listed)
{
    ck_assert_str_eq(hint("zzzzzzzzzzz"), "valid: kernel, initrd, append, serial");
    ck_assert_ptr_nonnull(strstr(hint(""), "kernel"));
}
END_TEST

START_TEST(distances)
{
    char longer[200];

    memset(longer, 'a', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    ck_assert_uint_eq(names_distance("", ""), 0);
    ck_assert_uint_eq(names_distance("abc", ""), 3);
    ck_assert_uint_eq(names_distance("kitten", "sitting"), 3);
    ck_assert_uint_eq(names_distance("ABC", "abc"), 0);
    ck_assert_uint_eq(names_distance(longer, "a"), 99);
}
END_TEST

START_TEST(long_lists_are_cut)
{
    const char *valid[101];
    struct error err = { 0 };

    for (unsigned i = 0; i < 100; i++)
        valid[i] = "a-name-of-some-length";
    valid[100] = NULL;
    names_hint(&err, "qqqqqqq", valid);
    ck_assert_uint_lt(strlen(err.hint), sizeof err.hint);
    ck_assert_ptr_nonnull(strstr(err.hint, "..."));
    names_hint(NULL, "q", valid);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = { near_names_are_asked_for, without_a_near_one_all_are_listed,
                                   distances, long_lists_are_cut };

    return fixture_run("names", tests, ARRAY_SIZE(tests));
}
