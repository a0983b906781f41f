/* RTAS: the argument buffer, counts, and the calls of time, power, parameters and processors. */
#include <string.h>

#include "tests/papr/fixture.h"

START_TEST(hostile_buffers_are_refused)
{
    static const struct { uint32_t nargs, nret; } counts[] = {
        { 17, 0 }, { 0, 17 }, { 16, 1 }, { 9, 8 }, { UINT32_MAX, 1 }, { 1, UINT32_MAX },
        { 0x80000000, 0x80000000 },
    };
    static const uint64_t places[] = {
        FIXTURE_RAM, FIXTURE_RAM - 4, FIXTURE_RAM - 11, UINT64_C(0x0fffffffffffffff),
        UINT64_MAX, UINT64_MAX - 11,
    };
    struct fixture *f = fixture_new(NULL);

    for (size_t i = 0; i < ARRAY_SIZE(places); i++)
        ck_assert_int_eq(HCALL(f, KVMPPC_H_RTAS, places[i]), H_PARAMETER);
    for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
        gpa_store_be32(f->mem, FIXTURE_RTAS, 0x2004);
        gpa_store_be32(f->mem, FIXTURE_RTAS + 4, counts[i].nargs);
        gpa_store_be32(f->mem, FIXTURE_RTAS + 8, counts[i].nret);
        ck_assert_int_eq(HCALL(f, KVMPPC_H_RTAS, FIXTURE_RTAS), H_PARAMETER);
    }
    ck_assert_uint_eq(f->reboots, 0);
    fixture_free(f);
}
END_TEST

START_TEST(results_must_lie_in_ram_before_anything_happens)
{
    struct fixture *f = fixture_new(NULL);
    gpa_t last = FIXTURE_RAM - 12;

    gpa_store_be32(f->mem, last, 0x2004); /* system-reboot */
    gpa_store_be32(f->mem, last + 4, 0);
    gpa_store_be32(f->mem, last + 8, 1);
    ck_assert_int_eq(HCALL(f, KVMPPC_H_RTAS, last), H_PARAMETER);
    ck_assert_uint_eq(f->reboots, 0);
    fixture_free(f);
}
END_TEST

START_TEST(unknown_calls_and_wrong_counts)
{
    struct fixture *f = fixture_new(NULL);
    uint32_t ret[16];

    ck_assert_int_eq(RTAS(f, 0x20fe, ret, 1), RTAS_PARAMETER);
    ck_assert_int_eq((int64_t)fixture_gpr(f, 3), H_PARAMETER);
    ck_assert_int_eq(RTAS(f, 5, ret, 1), RTAS_PARAMETER);
    ck_assert_int_eq(RTAS(f, 0x2004, ret, 2), RTAS_PARAMETER);
    ck_assert_int_eq((int64_t)fixture_gpr(f, 3), H_SUCCESS);
    ck_assert_int_eq(RTAS(f, 0x2004, ret, 1, 7), RTAS_PARAMETER);
    RTAS(f, 0x2004, ret, 0);
    ck_assert_uint_eq(f->reboots, 0);
    ck_assert_int_eq(RTAS(f, 0x2004, ret, 1), RTAS_OK);
    ck_assert_uint_eq(f->reboots, 1);
    fixture_free(f);
}
END_TEST

START_TEST(the_alias_of_the_buffer_is_taken)
{
    struct fixture *f = fixture_new(NULL);
    uint32_t ret[16];

    RTAS(f, 0x2003, ret, 1, 0, 0);
    ck_assert_uint_eq(f->power_offs, 1);
    HCALL(f, KVMPPC_H_RTAS, FIXTURE_RTAS | UINT64_C(0xc000000000000000));
    ck_assert_uint_eq(f->power_offs, 2);
    fixture_free(f);
}
END_TEST

START_TEST(time_of_day)
{
    struct fixture *f = fixture_new(NULL);
    uint32_t ret[16];

    ck_assert_int_eq(RTAS(f, 0x2001, ret, 8), RTAS_OK);
    ck_assert_uint_eq(ret[1], 2001);
    ck_assert_uint_eq(ret[2], 9);
    ck_assert_uint_eq(ret[3], 9);
    ck_assert_uint_eq(ret[4], 1);
    ck_assert_uint_eq(ret[5], 46);
    ck_assert_uint_eq(ret[6], 40);
    ck_assert_uint_eq(ret[7], 5);
    ck_assert_int_eq(RTAS(f, 0x2002, ret, 1, 2024, 2, 29, 23, 59, 59, 0), RTAS_OK);
    ck_assert_int_eq(RTAS(f, 0x2001, ret, 8), RTAS_OK);
    ck_assert_uint_eq(ret[1], 2024);
    ck_assert_uint_eq(ret[2], 2);
    ck_assert_uint_eq(ret[3], 29);
    ck_assert_uint_eq(ret[6], 59);
    ck_assert_int_eq(RTAS(f, 0x2002, ret, 1, 2023, 2, 29, 0, 0, 0, 0), RTAS_PARAMETER);
    ck_assert_int_eq(RTAS(f, 0x2002, ret, 1, 2023, 0, 1, 0, 0, 0, 0), RTAS_PARAMETER);
    ck_assert_int_eq(RTAS(f, 0x2002, ret, 1, 2023, 13, 1, 0, 0, 0, 0), RTAS_PARAMETER);
    ck_assert_int_eq(RTAS(f, 0x2002, ret, 1, 2023, 1, 1, 24, 0, 0, 0), RTAS_PARAMETER);
    ck_assert_int_eq(RTAS(f, 0x2002, ret, 1, UINT32_MAX, 1, 1, 0, 0, 0, 0), RTAS_PARAMETER);
    fixture_free(f);
}
END_TEST

START_TEST(os_term_reads_a_tame_string)
{
    struct fixture *f = fixture_new(NULL);
    uint32_t ret[16];

    gpa_write(f->mem, 0x20000, "OS panic: \033[2Joh", 17);
    ck_assert_int_eq(RTAS(f, 0x201f, ret, 1, 0x20000), RTAS_OK);
    ck_assert_uint_eq(f->panics, 1);
    ck_assert_str_eq(f->panic_reason, "OS panic: .[2Joh");
    gpa_fill(f->mem, FIXTURE_RAM - 8, 'x', 8);
    ck_assert_int_eq(RTAS(f, 0x201f, ret, 1, (uint32_t)FIXTURE_RAM - 8), RTAS_OK);
    ck_assert_str_eq(f->panic_reason, "xxxxxxxx");
    gpa_fill(f->mem, 0x20000, 'y', 4096);
    ck_assert_int_eq(RTAS(f, 0x201f, ret, 1, 0x20000), RTAS_OK);
    ck_assert_uint_eq(strlen(f->panic_reason), 255);
    ck_assert_int_eq(RTAS(f, 0x201f, ret, 1, 0xfffffff0), RTAS_OK);
    ck_assert_str_eq(f->panic_reason, "");
    fixture_free(f);
}
END_TEST

static void give_uuid(struct platform_config *config)
{
    config->uuid = "12345678-9abc-def0-1234-56789ABCDEF0";
}

START_TEST(system_parameters)
{
    static const uint8_t uuid[] = { 0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf0,
                                    0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf0 };
    static const char text[] = "MaxEntCap=2,DesMem=64,DesProcs=2,MaxPlatProcs=2,HostThrs=4";
    struct fixture *f = fixture_new(give_uuid);
    uint8_t buffer[64];
    uint32_t ret[16];

    ck_assert_int_eq(RTAS(f, 0x2008, ret, 1, 48, 0x20000, 18), RTAS_OK);
    gpa_read(f->mem, 0x20000, buffer, 18);
    ck_assert_uint_eq(ld_be16(buffer), 16);
    ck_assert_mem_eq(buffer + 2, uuid, 16);
    ck_assert_int_eq(RTAS(f, 0x2008, ret, 1, 20, 0x20000, 100), RTAS_OK);
    gpa_read(f->mem, 0x20000, buffer, sizeof buffer);
    ck_assert_uint_eq(ld_be16(buffer), sizeof text);
    ck_assert_str_eq((char *)buffer + 2, text);
    gpa_fill(f->mem, 0x20000, 0xee, 16);
    ck_assert_int_eq(RTAS(f, 0x2008, ret, 1, 20, 0x20000, 5), RTAS_OK);
    gpa_read(f->mem, 0x20000, buffer, 8);
    ck_assert_mem_eq(buffer + 2, "Max\xee\xee\xee", 6);
    ck_assert_int_eq(RTAS(f, 0x2008, ret, 1, 20, 0x20000, 1), RTAS_SYSPARM_PARAMETER);
    ck_assert_int_eq(RTAS(f, 0x2008, ret, 1, 20, (uint32_t)FIXTURE_RAM - 4, 50),
                     RTAS_SYSPARM_PARAMETER);
    ck_assert_int_eq(RTAS(f, 0x2008, ret, 1, 21, 0x20000, 0), RTAS_PARAMETER);
    ck_assert_int_eq(RTAS(f, 0x2009, ret, 1, 20, 0x20000), RTAS_NOT_AUTHORIZED);
    ck_assert_int_eq(RTAS(f, 0x2009, ret, 1, 99, 0x20000), RTAS_PARAMETER);
    fixture_free(f);
}
END_TEST

START_TEST(starting_and_stopping_processors)
{
    struct fixture *f = fixture_new(NULL);
    struct vcpu *caller = fixture_vcpu(f, 0), *other = fixture_vcpu(f, 1);
    uint32_t ret[16];

    ck_assert_int_eq(RTAS(f, 0x2005, ret, 2, 1), RTAS_OK);
    ck_assert_uint_eq(ret[1], 0);
    ck_assert_int_eq(RTAS(f, 0x2005, ret, 2, 0), RTAS_OK);
    ck_assert_uint_eq(ret[1], 2);
    ck_assert_int_eq(RTAS(f, 0x2005, ret, 2, 2), RTAS_PARAMETER);
    ck_assert_int_eq(RTAS(f, 0x2006, ret, 1, 7, 0x1000, 5), RTAS_PARAMETER);
    ck_assert_int_eq(RTAS(f, 0x2006, ret, 1, 0, 0x1000, 5), RTAS_HARDWARE);
    caller->cpu->lpcr |= LPCR_ILE | LPCR_AIL | LPCR_UPRT | LPCR_HR | LPCR_GTSE;
    caller->cpu->process_table = 0x12345;
    other->cpu->gpr[1] = 99;
    ck_assert_int_eq(RTAS(f, 0x2006, ret, 1, 1, 0x1000, 5), RTAS_OK);
    ck_assert_int_eq(other->state, VCPU_RUNNING);
    ck_assert_uint_eq(other->cpu->nia, 0x1000);
    ck_assert_uint_eq(other->cpu->gpr[3], 5);
    ck_assert_uint_eq(other->cpu->gpr[1], 0);
    ck_assert_uint_eq(other->cpu->msr, MSR_SF | MSR_ME);
    ck_assert_uint_eq(other->cpu->lpcr, caller->cpu->lpcr);
    ck_assert_uint_eq(other->cpu->process_table, 0x12345);
    RTAS(f, 0x2007, ret, 1);
    ck_assert_int_eq(caller->state, VCPU_STOPPED);
    fixture_free(f);
}
END_TEST

START_TEST(handlers_of_unmaskable_interrupts)
{
    struct fixture *f = fixture_new(NULL);
    gpa_t reset, check;
    uint32_t ret[16];

    ck_assert_int_eq(RTAS(f, 0x202b, ret, 1, 0x100, 0x200), RTAS_PARAMETER);
    ck_assert_int_eq(RTAS(f, 0x202c, ret, 1), RTAS_PARAMETER);
    f->platform->rtas_base = 0x30000;
    ck_assert_int_eq(RTAS(f, 0x202b, ret, 1, 0x2000000, 0x200), RTAS_PARAMETER);
    ck_assert_int_eq(RTAS(f, 0x202b, ret, 1, 0x100, 0x2000000), RTAS_PARAMETER);
    ck_assert(!fwnmi_handlers(f->fwnmi, &reset, &check));
    ck_assert_int_eq(RTAS(f, 0x202b, ret, 1, 0x100, 0x1fffffc), RTAS_OK);
    ck_assert(fwnmi_handlers(f->fwnmi, &reset, &check));
    ck_assert_uint_eq(reset, 0x100);
    ck_assert_uint_eq(check, 0x1fffffc);
    ck_assert_int_eq(RTAS(f, 0x202c, ret, 1), RTAS_OK);
    ck_assert(platform_reset(f->platform, NULL));
    ck_assert(!fwnmi_handlers(f->fwnmi, &reset, &check));
    fixture_free(f);
}
END_TEST

START_TEST(there_are_no_connectors)
{
    struct fixture *f = fixture_new(NULL);
    uint32_t ret[16];

    ck_assert_int_eq(RTAS(f, 0x201a, ret, 1, 9001, 0x10000000, 1), RTAS_PARAMETER);
    ck_assert_int_eq(RTAS(f, 0x201d, ret, 2, 9003, 0x10000000), RTAS_PARAMETER);
    ck_assert_int_eq(RTAS(f, 0x201d, ret, 2, 9, 0), RTAS_OK);
    ck_assert_uint_eq(ret[1], 0);
    ck_assert_int_eq(RTAS(f, 0x201e, ret, 1, 0x20000, 0), RTAS_PARAMETER);
    ck_assert_int_eq(RTAS(f, 0x201c, ret, 2, UINT32_MAX), RTAS_OK);
    ck_assert_uint_eq(ret[1], 100);
    ck_assert_int_eq(RTAS(f, 0x201b, ret, 2, 0, 100), RTAS_PARAMETER);
    fixture_free(f);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        hostile_buffers_are_refused, results_must_lie_in_ram_before_anything_happens,
        unknown_calls_and_wrong_counts, the_alias_of_the_buffer_is_taken, time_of_day,
        os_term_reads_a_tame_string, system_parameters, starting_and_stopping_processors,
        handlers_of_unmaskable_interrupts, there_are_no_connectors,
    };

    return fixture_run("papr/rtas", tests, ARRAY_SIZE(tests));
}
