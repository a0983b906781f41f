/* Entitlements, energy, system parameters. */
#include <string.h>

#include "tests/papr/fixture.h"

enum { BUFFER = 0x20000, GET_PARAMETER = 0x2008, SET_PARAMETER = 0x2009 };

START_TEST(processors)
{
    struct fixture *f = fixture_new(NULL);
    uint64_t before;

    ck_assert_int_eq(HCALL(f, H_GET_PPP), H_SUCCESS);
    ck_assert_uint_eq(fixture_gpr(f, 4), 100 * FIXTURE_VCPUS);
    ck_assert_uint_eq(fixture_gpr(f, 5), 0);
    ck_assert_uint_eq(fixture_gpr(f, 6), 0xffff);
    ck_assert_uint_eq(fixture_gpr(f, 7), UINT64_C(0x0001800000020002));
    ck_assert_uint_eq(fixture_gpr(f, 8), UINT64_C(0x00020000c80000c8));
    ck_assert_int_eq(HCALL(f, H_SET_PPP, 100, 256), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_SET_PPP, 50, 7), H_SUCCESS);
    HCALL(f, H_GET_PPP);
    ck_assert_uint_eq(fixture_gpr(f, 4), 50);
    ck_assert_uint_eq(fixture_gpr(f, 7) >> 40, 0x0107);
    ck_assert_int_eq(HCALL(f, H_SET_PPP, 201, 7), H_CONSTRAINED);
    HCALL(f, H_GET_PPP);
    ck_assert_uint_eq(fixture_gpr(f, 4), 200);
    ck_assert_int_eq(HCALL(f, H_SET_PPP, 1, 7), H_CONSTRAINED);
    HCALL(f, H_GET_PPP);
    ck_assert_uint_eq(fixture_gpr(f, 4), 10);
    ck_assert(platform_reset(f->platform, NULL));
    HCALL(f, H_GET_PPP);
    ck_assert_uint_eq(fixture_gpr(f, 4), 200);
    ck_assert_int_eq(HCALL(f, H_PURR), H_SUCCESS);
    before = fixture_gpr(f, 4);
    HCALL(f, H_PURR);
    ck_assert_uint_ge(fixture_gpr(f, 4), before);
    ck_assert_int_eq(HCALL(f, H_PIC), H_AUTHORITY);
    ck_assert_int_eq(HCALL(f, H_POLL_PENDING), H_SUCCESS);
    fixture_free(f);
}
END_TEST

START_TEST(performance_monitor_modes)
{
    struct fixture *f = fixture_new(NULL);

    ck_assert_int_eq(HCALL(f, H_PERFMON, 1, 0), H_SUCCESS);
    ck_assert_uint_eq(fixture_gpr(f, 4), 0);
    ck_assert_int_eq(HCALL(f, H_PERFMON, 0, 1), H_SUCCESS);
    ck_assert_uint_eq(fixture_gpr(f, 4), 1);
    ck_assert_int_eq(HCALL(f, H_PERFMON, 2, 0), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_PERFMON, 0, UINT64_MAX), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_PERFMON, 1, 1), H_PARAMETER);
    fixture_free(f);
}
END_TEST

START_TEST(memory)
{
    struct fixture *f = fixture_new(NULL);

    ck_assert_int_eq(HCALL(f, H_GET_MPP), H_SUCCESS);
    ck_assert_uint_eq(fixture_gpr(f, 4), FIXTURE_RAM);
    ck_assert_uint_eq(fixture_gpr(f, 5), UINT64_MAX);
    ck_assert_uint_eq(fixture_gpr(f, 10), FIXTURE_RAM);
    ck_assert_int_eq(HCALL(f, H_SET_MPP, 1, 256), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_SET_MPP, FIXTURE_RAM + 1, 1), H_CONSTRAINED);
    ck_assert_int_eq(HCALL(f, H_SET_MPP, 4096, 9), H_SUCCESS);
    HCALL(f, H_GET_MPP);
    ck_assert_uint_eq(fixture_gpr(f, 4), 4096);
    ck_assert_uint_eq(fixture_gpr(f, 7) >> 56, 9);
    ck_assert_int_eq(HCALL(f, H_GET_MPP_X), H_SUCCESS);
    ck_assert_uint_eq(fixture_gpr(f, 10), 0);
    fixture_free(f);
}
END_TEST

START_TEST(energy)
{
    struct fixture *f = fixture_new(NULL);
    uint8_t header[24];

    ck_assert_int_eq(HCALL(f, H_GET_EM_PARMS, 1, 2, 3, 4, 5, 6), H_SUCCESS);
    for (unsigned i = 4; i < 10; i++)
        ck_assert_uint_eq(fixture_gpr(f, i), 0);
    ck_assert_int_eq(HCALL(f, H_BEST_ENERGY, 1), H_NOT_AVAILABLE);
    ck_assert_int_eq(HCALL(f, H_GET_ENERGY_SCALE_INFO, 1, 0, BUFFER, 4096), H_UNSUPPORTED_FLAG);
    ck_assert_int_eq(HCALL(f, H_GET_ENERGY_SCALE_INFO, PPC_BIT(0), 99, BUFFER, 4096), H_P2);
    ck_assert_int_eq(HCALL(f, H_GET_ENERGY_SCALE_INFO, 0, 0, FIXTURE_RAM - 4, 4096), H_P3);
    ck_assert_int_eq(HCALL(f, H_GET_ENERGY_SCALE_INFO, 0, 0, BUFFER, 4), H_P4);
    ck_assert_int_eq(HCALL(f, H_GET_ENERGY_SCALE_INFO, 0, 0, BUFFER, 24), H_PARTIAL);
    ck_assert_int_eq(HCALL(f, H_GET_ENERGY_SCALE_INFO, 0, 0, BUFFER, 4096), H_SUCCESS);
    gpa_read(f->mem, BUFFER, header, sizeof header);
    ck_assert_uint_eq(ld_be64(header), 3);
    ck_assert_uint_eq(ld_be64(header + 8), 24);
    ck_assert_int_eq(HCALL(f, H_GET_ENERGY_SCALE_INFO, PPC_BIT(0), 2, BUFFER, 24 + 144), H_SUCCESS);
    gpa_read(f->mem, BUFFER, header, sizeof header);
    ck_assert_uint_eq(ld_be64(header), 1);
    fixture_free(f);
}
END_TEST

static void with_name(struct platform_config *config)
{
    config->name = "partition";
}

static size_t parameter(struct fixture *f, uint32_t token, uint8_t *value)
{
    uint8_t reply[2 + 512];
    uint32_t ret[16];

    ck_assert_int_eq(RTAS(f, GET_PARAMETER, ret, 1, token, BUFFER, sizeof reply), RTAS_OK);
    gpa_read(f->mem, BUFFER, reply, sizeof reply);
    memcpy(value, reply + 2, 512);
    return ld_be16(reply);
}

START_TEST(parameters)
{
    struct fixture *f = fixture_new(with_name);
    uint8_t value[512];
    uint32_t ret[16];

    ck_assert_uint_eq(parameter(f, 3, value), 1);
    ck_assert_uint_eq(parameter(f, 43, value), 8);
    ck_assert_mem_eq(value, "\0\1\0\1\0\1\0\2", 8);
    /* 4 KiB in 4 KiB, 64 KiB in 4 KiB, 64 KiB in 64 KiB. */
    ck_assert_uint_eq(parameter(f, 50, value), 6);
    ck_assert_mem_eq(value, "\3\3\0\x87\x81\0", 6);
    ck_assert_uint_eq(parameter(f, 55, value), 10);
    ck_assert_str_eq((const char *)value, "partition");
    ck_assert_int_eq(RTAS(f, GET_PARAMETER, ret, 1, 99, BUFFER, 512), RTAS_PARAMETER);
    ck_assert_int_eq(RTAS(f, GET_PARAMETER, ret, 1, 55, BUFFER, 1), RTAS_SYSPARM_PARAMETER);
    ck_assert_int_eq(RTAS(f, GET_PARAMETER, ret, 1, 55, (uint32_t)FIXTURE_RAM, 512), RTAS_SYSPARM_PARAMETER);
    ck_assert_int_eq(RTAS(f, SET_PARAMETER, ret, 1, 55, BUFFER), RTAS_NOT_AUTHORIZED);
    ck_assert_int_eq(RTAS(f, SET_PARAMETER, ret, 1, 99, BUFFER), RTAS_PARAMETER);
    fixture_free(f);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = { processors, performance_monitor_modes, memory, energy, parameters };

    return fixture_run("papr/accounting", tests, ARRAY_SIZE(tests));
}
