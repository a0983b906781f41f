/* Event logs: the power-off request and how it is fetched. */
#include <string.h>

#include "tests/papr/fixture.h"

#define EPOW UINT32_C(0x40000000)
enum { CHECK_EXCEPTION = 0x200e, EVENT_SCAN = 0x200f, BUFFER = 0x20000, LOG_BYTES = 116 };

START_TEST(a_request_is_fetched_once)
{
    struct fixture *f = fixture_new(NULL);
    uint8_t log[LOG_BYTES];
    uint32_t ret[16];

    ck_assert_int_eq(RTAS(f, CHECK_EXCEPTION, ret, 1, 0x500, 0, EPOW, 0, BUFFER, 2048), 1);
    events_power_down(f->events);
    events_power_down(f->events);
    ck_assert_uint_eq(f->epow_pulses, 2);
    ck_assert_int_eq(RTAS(f, CHECK_EXCEPTION, ret, 1, 0x500, 0, ~EPOW, 0, BUFFER, 2048), 1);
    ck_assert_int_eq(RTAS(f, CHECK_EXCEPTION, ret, 1, 0x500, 0, EPOW, 0, BUFFER, 2048, 0), 0);
    gpa_read(f->mem, BUFFER, log, sizeof log);
    ck_assert_uint_eq(ld_be32(log), 0x06340040);
    ck_assert_uint_eq(ld_be32(log + 4), LOG_BYTES - 8);
    ck_assert_uint_eq(log[8], 0x86);
    ck_assert_mem_eq(log + 8 + 12, "IBM", 4);
    ck_assert_mem_eq(log + 24, "PH", 2);
    ck_assert_uint_eq(ld_be32(log + 24 + 8), 0x20010909);
    ck_assert_uint_eq(ld_be32(log + 24 + 12), 0x01464000);
    ck_assert_mem_eq(log + 72, "UH", 2);
    ck_assert_mem_eq(log + 96, "EP", 2);
    ck_assert_uint_eq(log[96 + 8], 3);
    ck_assert_int_eq(RTAS(f, CHECK_EXCEPTION, ret, 1, 0x500, 0, EPOW, 0, BUFFER, 2048), 1);
    fixture_free(f);
}
END_TEST

START_TEST(bad_buffers_and_counts_keep_the_event)
{
    struct fixture *f = fixture_new(NULL);
    uint8_t bytes[2];
    uint32_t ret[16];

    events_power_down(f->events);
    ck_assert_int_eq(RTAS(f, CHECK_EXCEPTION, ret, 1, 0x500, 0, EPOW, 0, BUFFER), RTAS_PARAMETER);
    ck_assert_int_eq(RTAS(f, CHECK_EXCEPTION, ret, 2, 0x500, 0, EPOW, 0, BUFFER, 8),
                     RTAS_PARAMETER);
    ck_assert_int_eq(RTAS(f, CHECK_EXCEPTION, ret, 1, 0x500, 0, EPOW, 0,
                          (uint32_t)FIXTURE_RAM - 8, 2048), RTAS_PARAMETER);
    ck_assert_int_eq(RTAS(f, CHECK_EXCEPTION, ret, 1, 0x500, 0, EPOW, 0, 0xffffffff, 2048),
                     RTAS_PARAMETER);
    ck_assert_int_eq(RTAS(f, EVENT_SCAN, ret, 1, EPOW, 0, BUFFER, 2048), 1);
    ck_assert_uint_eq(f->epow_pulses, 2);
    ck_assert_int_eq(RTAS(f, EVENT_SCAN, ret, 1, ~EPOW, 0, BUFFER, 2048), 1);
    ck_assert_uint_eq(f->epow_pulses, 2);
    gpa_fill(f->mem, BUFFER, 0xee, 16);
    ck_assert_int_eq(RTAS(f, CHECK_EXCEPTION, ret, 1, 0x500, 0, EPOW, 0, BUFFER, 1), RTAS_OK);
    gpa_read(f->mem, BUFFER, bytes, 2);
    ck_assert_mem_eq(bytes, "\x06\xee", 2);
    fixture_free(f);
}
END_TEST

START_TEST(reset_forgets)
{
    struct fixture *f = fixture_new(NULL);
    uint32_t ret[16];

    events_power_down(f->events);
    ck_assert(platform_reset(f->platform, NULL));
    ck_assert_int_eq(RTAS(f, CHECK_EXCEPTION, ret, 1, 0x500, 0, EPOW, 0, BUFFER, 2048), 1);
    fixture_free(f);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_request_is_fetched_once, bad_buffers_and_counts_keep_the_event, reset_forgets,
    };

    return fixture_run("papr/events", tests, ARRAY_SIZE(tests));
}
