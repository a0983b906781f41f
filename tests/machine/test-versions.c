/* Machine versions. */
#include <string.h>

#include "machine/versions.h"
#include "tests/papr/fixture.h"

START_TEST(pseries_is_the_newest)
{
    ck_assert_ptr_eq(machine_version_find("pseries", NULL), machine_version_at(0));
    ck_assert_str_eq(machine_version_at(0)->name, "pseries-11.1");
}
END_TEST

START_TEST(each_is_found_by_its_name)
{
    unsigned n = 0;

    while (machine_version_at(n)) {
        ck_assert_ptr_eq(machine_version_find(machine_version_at(n)->name, NULL),
                         machine_version_at(n));
        n++;
    }
    ck_assert_uint_eq(n, 20);
    ck_assert_str_eq(machine_version_at(n - 1)->name, "pseries-5.0");
}
END_TEST

START_TEST(a_difference_holds_for_all_older_ones)
{
    ck_assert(!machine_version_keeps(machine_version_find("pseries-11.1", NULL), KEEPS_FORM1_ONLY));
    ck_assert(!machine_version_keeps(machine_version_find("pseries-6.2", NULL), KEEPS_FORM1_ONLY));
    ck_assert(machine_version_keeps(machine_version_find("pseries-6.1", NULL), KEEPS_FORM1_ONLY));
    ck_assert(machine_version_keeps(machine_version_find("pseries-5.0", NULL), KEEPS_FORM1_ONLY));
    ck_assert(!machine_version_keeps(machine_version_find("pseries-5.2", NULL), KEEPS_FLAT_FORM1));
    ck_assert(machine_version_keeps(machine_version_find("pseries-5.1", NULL), KEEPS_FLAT_FORM1));
}
END_TEST

START_TEST(wrong_names_have_a_hint)
{
    struct error err = { 0 };

    ck_assert_ptr_null(machine_version_find("pseries-4.2", &err));
    ck_assert_ptr_nonnull(strstr(err.hint, "pseries-5.0"));
    err = (struct error){ 0 };
    ck_assert_ptr_null(machine_version_find("pseries-11.2", &err));
    ck_assert_ptr_nonnull(strstr(err.hint, "pseries-11."));
    err = (struct error){ 0 };
    ck_assert_ptr_null(machine_version_find("", &err));
    ck_assert(err.hint[0]);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = { pseries_is_the_newest, each_is_found_by_its_name,
                                   a_difference_holds_for_all_older_ones, wrong_names_have_a_hint };

    return fixture_run("versions", tests, ARRAY_SIZE(tests));
}
