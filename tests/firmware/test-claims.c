/* The set of claimed ranges, compared with a map of pages. */
#include <stdlib.h>
#include <string.h>

#include "firmware/claims.h"
#include "tests/papr/fixture.h"

enum { PAGES = 96, PAGE = 0x1000, ROUNDS = 20000 };

static bool model_is(const bool *pages, unsigned start, unsigned n, bool value)
{
    for (unsigned i = start; i < start + n; i++)
        if (i >= PAGES || pages[i] != value)
            return false;
    return true;
}

static void set_model(bool *pages, unsigned start, unsigned n, bool value)
{
    for (unsigned i = start; i < start + n && i < PAGES; i++)
        pages[i] = value;
}

static void compare_with_model(const struct claims *claims, const bool *pages)
{
    struct range ranges[MOST_CLAIMS + 1];
    unsigned n = claims_free(claims, ranges);
    bool are_free[PAGES] = { false };

    ck_assert(claims_check(claims));
    for (unsigned i = 0; i < n; i++)
        for (gpa_t at = ranges[i].start; at < ranges[i].end; at += PAGE)
            are_free[at / PAGE] = true;
    for (unsigned i = 0; i < PAGES; i++)
        ck_assert_int_eq(are_free[i], !pages[i]);
}

START_TEST(random_calls_agree_with_a_map)
{
    static struct claims claims;
    bool pages[PAGES] = { false };

    srand(4711);
    claims_reset(&claims, PAGES * PAGE);
    for (unsigned round = 0; round < ROUNDS; round++) {
        unsigned start = (unsigned)rand() % (PAGES + 2), n = (unsigned)rand() % 9;

        if (rand() % 2) {
            bool expected = n && model_is(pages, start, n, false);

            ck_assert_int_eq(claims_take(&claims, start * PAGE, n * PAGE), expected);
            if (expected)
                set_model(pages, start, n, true);
        } else {
            claims_release(&claims, start * PAGE, n * PAGE);
            set_model(pages, start, n, false);
        }
        compare_with_model(&claims, pages);
    }
}
END_TEST

START_TEST(finds_the_lowest_fit)
{
    static struct claims claims;
    gpa_t at;

    claims_reset(&claims, 0x100000);
    ck_assert(claims_take(&claims, 0, 0x3000));
    ck_assert(claims_take(&claims, 0x5000, 0x1000));
    ck_assert(claims_find(&claims, 0x2000, 0x1000, &at));
    ck_assert_uint_eq(at, 0x3000);
    ck_assert(claims_find(&claims, 0x2001, 0x1000, &at));
    ck_assert_uint_eq(at, 0x6000);
    ck_assert(claims_find(&claims, 1, 0x10000, &at));
    ck_assert_uint_eq(at, 0x10000);
    ck_assert(claims_find(&claims, 0xfa000, 1, &at));
    ck_assert(!claims_find(&claims, 0xfa001, 1, &at));
    ck_assert(!claims_find(&claims, 0, 1, &at));
    ck_assert(!claims_find(&claims, 1, 0x80000000, &at));
}
END_TEST

START_TEST(impossible_ranges_are_refused)
{
    static struct claims claims;

    claims_reset(&claims, 0x100000);
    ck_assert(!claims_take(&claims, 0, 0));
    ck_assert(!claims_take(&claims, 0xff000, 0x1001));
    ck_assert(!claims_take(&claims, UINT64_MAX - 0xfff, 0x2000));
    ck_assert(claims_take(&claims, 0xff000, 0x1000));
    claims_release(&claims, UINT64_MAX - 0xfff, 0x2000);
    ck_assert(claims_check(&claims));
    ck_assert_uint_eq(claims.n, 1);
}
END_TEST

START_TEST(a_full_set_stays_sound)
{
    static struct claims claims;
    unsigned n = 0;

    claims_reset(&claims, UINT32_MAX);
    while (claims_take(&claims, n * 0x2000 + 0x1000, 0x1000))
        n++;
    ck_assert_uint_eq(n, MOST_CLAIMS);
    claims_release(&claims, 0x1400, 0x100);
    ck_assert(claims_check(&claims));
    ck_assert(!claims_take(&claims, 0x1400, 0x100));
    ck_assert(claims_take(&claims, 0x2000, 0x1000));
    ck_assert_uint_eq(claims.n, MOST_CLAIMS - 1);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = { random_calls_agree_with_a_map, finds_the_lowest_fit,
                                   impossible_ranges_are_refused, a_full_set_stays_sound };

    return fixture_run("claims", tests, ARRAY_SIZE(tests));
}
