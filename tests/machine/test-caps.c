/* Capabilities: the table itself, defaults by processor, and what cannot be had. */
#include <string.h>

#include "machine/caps.h"
#include "tests/papr/fixture.h"

START_TEST(rows_are_sound)
{
    for (enum cap_id id = 0; id < CAP_COUNT; id++) {
        const struct cap_row *row = cap_row(id);
        unsigned n = 0;

        ck_assert_ptr_nonnull(row->name);
        ck_assert(!strncmp(row->name, "cap-", 4) && row->text && row->values);
        ck_assert_int_eq(cap_find(row->name), id);
        for (; row->choices[n].name; n++)
            ck_assert_uint_eq(row->choices[n].value, n);
        ck_assert_uint_le(row->standard, row->most);
        ck_assert_uint_lt(row->most, n);
    }
    ck_assert_int_eq(cap_find("cap-none"), CAP_COUNT);
}
END_TEST

START_TEST(defaults_follow_the_processor)
{
    struct caps caps = { 0 };

    ck_assert(caps_settle(&caps, CPU_ISA_3_0, CPU_ISA_3_0, NULL));
    ck_assert_uint_eq(caps.value[CAP_LARGE_DECR], 1);
    ck_assert_uint_eq(caps.value[CAP_CFPC], CAP_WORKAROUND);
    ck_assert_uint_eq(caps.value[CAP_IBS], 1);
    ck_assert_uint_eq(caps.value[CAP_HTM], 0);
    caps = (struct caps){ 0 };
    ck_assert(caps_settle(&caps, CPU_ISA_2_07, CPU_ISA_2_07, NULL));
    ck_assert_uint_eq(caps.value[CAP_LARGE_DECR], 0);
    ck_assert_uint_eq(caps.value[CAP_AIL_MODE_3], 1);
}
END_TEST

START_TEST(the_user_s_values_stay)
{
    struct caps caps = { 0 };

    ck_assert(cap_set(&caps, CAP_VSX, "off", NULL));
    ck_assert(cap_set(&caps, CAP_IBS, "fixed-ccd", NULL));
    ck_assert(cap_set(&caps, CAP_CFPC, "broken", NULL));
    ck_assert(caps_settle(&caps, CPU_ISA_3_0, CPU_ISA_3_0, NULL));
    ck_assert_uint_eq(caps.value[CAP_VSX], 0);
    ck_assert_uint_eq(caps.value[CAP_IBS], 3);
    ck_assert_uint_eq(caps.value[CAP_CFPC], CAP_BROKEN);
}
END_TEST

/* The host has a say: the first capability that it cannot give is named, with the value to set. */
START_TEST(an_accelerator_s_limits)
{
    struct caps caps = { 0 };
    struct accel_limits limits = { 0 };
    struct error err = { 0 };

    ck_assert(caps_settle(&caps, CPU_ISA_3_0, CPU_ISA_3_0, NULL));
    ck_assert(caps_fit(&caps, &limits, "kvm", NULL));
    limits.is_limited = true;
    memset(limits.most, 4, sizeof limits.most);
    ck_assert(caps_fit(&caps, &limits, "kvm", NULL));
    limits.most[LIMIT_SBBC] = 0;
    ck_assert(!caps_fit(&caps, &limits, "kvm", &err));
    ck_assert_str_eq(err.cause, "cap-sbbc=workaround: the host's kvm cannot give it to guests");
    ck_assert_str_eq(err.hint, "set -M cap-sbbc=broken");
    ck_assert(cap_set(&caps, CAP_SBBC, "broken", NULL));
    ck_assert(caps_fit(&caps, &limits, "kvm", NULL));
}
END_TEST

START_TEST(what_cannot_be_had_is_refused)
{
    struct caps caps = { 0 };
    struct error err = { 0 };

    ck_assert(!cap_set(&caps, CAP_CFPC, "fixd", &err));
    ck_assert_ptr_nonnull(strstr(err.hint, "fixed"));
    err = (struct error){ 0 };
    ck_assert(cap_set(&caps, CAP_LARGE_DECR, "on", NULL));
    ck_assert(!caps_settle(&caps, CPU_ISA_2_07, CPU_ISA_2_07, &err));
    ck_assert_ptr_nonnull(strstr(err.cause, "cap-large-decr"));
    ck_assert_ptr_nonnull(strstr(err.hint, "cap-large-decr=off"));
    caps = (struct caps){ 0 };
    err = (struct error){ 0 };
    ck_assert(cap_set(&caps, CAP_HTM, "on", NULL));
    ck_assert(caps_settle(&caps, CPU_ISA_3_0, CPU_ISA_3_0, NULL));
    ck_assert(!caps_settle(&caps, CPU_ISA_3_1, CPU_ISA_3_1, &err));
    ck_assert_ptr_nonnull(strstr(err.hint, "an older -cpu"));
    err = (struct error){ 0 };
    ck_assert(!caps_settle(&caps, CPU_ISA_3_1, CPU_ISA_3_0, &err)); /* POWER10 as POWER9 */
}
END_TEST

int main(void)
{
    const TTest *const tests[] = { rows_are_sound, defaults_follow_the_processor,
                                   the_user_s_values_stay, an_accelerator_s_limits, what_cannot_be_had_is_refused };

    return fixture_run("caps", tests, ARRAY_SIZE(tests));
}
