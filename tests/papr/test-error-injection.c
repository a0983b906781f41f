/* Errors on demand, sensors by location, counters. */
#include <string.h>

#include "tests/papr/fixture.h"

enum { OPEN = 0x2051, INJECT = 0x2052, CLOSE = 0x2053, INDICES = 0x2054, SENSOR = 0x2055, INDICATOR = 0x2056 };
enum { BUFFER = 0x20000, OTHER = 0x30000 };

START_TEST(injection)
{
    struct fixture *f = fixture_new(NULL);
    struct cpu *c = fixture_vcpu(f, 0)->cpu;
    uint32_t ret[16], token;

    ck_assert_int_eq(RTAS(f, INJECT, ret, 1, 5, 0, BUFFER), -4);
    ck_assert_int_eq(RTAS(f, CLOSE, ret, 1, 0), -4);
    token = (uint32_t)RTAS(f, OPEN, ret, 2);
    ck_assert_uint_ne(token, 0);
    ck_assert_int_eq((int32_t)ret[1], RTAS_OK);
    RTAS(f, OPEN, ret, 2);
    ck_assert_int_eq((int32_t)ret[1], -4);
    ck_assert_int_eq(RTAS(f, INJECT, ret, 1, 5, token + 1, BUFFER), -4);
    ck_assert_int_eq(RTAS(f, INJECT, ret, 1, 99, token, BUFFER), RTAS_PARAMETER);
    ck_assert_int_eq(RTAS(f, INJECT, ret, 1, 5, token, (uint32_t)FIXTURE_RAM - 8), RTAS_PARAMETER);
    gpa_store_be64(f->mem, BUFFER, UINT64_C(0xc000000000001000));
    ck_assert_int_eq(RTAS(f, INJECT, ret, 1, 5, token, BUFFER), RTAS_OK);
    cpu_set_msr(c, c->msr | MSR_ME);
    ck_assert(cpu_deliver_pending(c));
    ck_assert_uint_eq(c->nia, VECTOR_MACHINE_CHECK);
    ck_assert_uint_eq(c->spr[SPR_DSISR], 0x80);
    ck_assert_uint_eq(c->spr[SPR_DAR], UINT64_C(0xc000000000001000));
    ck_assert_int_eq(RTAS(f, CLOSE, ret, 1, token + 1), -4);
    ck_assert_int_eq(RTAS(f, CLOSE, ret, 1, token), RTAS_OK);
    ck_assert_uint_ne((uint32_t)RTAS(f, OPEN, ret, 2), token);
    fixture_free(f);
}
END_TEST

START_TEST(by_location)
{
    struct fixture *f = fixture_new(NULL);
    uint8_t list[16];
    uint32_t ret[16];

    ck_assert_int_eq(RTAS(f, INDICES, ret, 2, 1, 9, BUFFER, 4096, 1), RTAS_OK);
    gpa_read(f->mem, BUFFER, list, sizeof list);
    ck_assert_mem_eq(list, "\0\0\0\1\0\0\0\0\0\0\0\4U1\0", 16);
    ck_assert_int_eq(RTAS(f, INDICES, ret, 2, 0, 9, BUFFER, 4096, 1), RTAS_PARAMETER);
    ck_assert_int_eq(RTAS(f, INDICES, ret, 2, 1, 3, BUFFER, 4096, 1), RTAS_PARAMETER);
    ck_assert_int_eq(RTAS(f, INDICES, ret, 2, 1, 9, BUFFER, 15, 1), RTAS_PARAMETER);
    ck_assert_int_eq(RTAS(f, INDICES, ret, 2, 1, 9, BUFFER, 16, 2), RTAS_PARAMETER);
    ck_assert_int_eq(RTAS(f, INDICES, ret, 2, 1, 9, (uint32_t)FIXTURE_RAM, 16, 1), RTAS_PARAMETER);
    ck_assert_int_eq(RTAS(f, SENSOR, ret, 2, 9, BUFFER + 8), RTAS_OK);
    ck_assert_int_eq(RTAS(f, SENSOR, ret, 2, 9, BUFFER), RTAS_PARAMETER);
    ck_assert_int_eq(RTAS(f, SENSOR, ret, 2, 3, BUFFER + 8), RTAS_PARAMETER);
    ck_assert_int_eq(RTAS(f, SENSOR, ret, 2, 9, (uint32_t)FIXTURE_RAM), RTAS_PARAMETER);
    ck_assert_int_eq(RTAS(f, INDICATOR, ret, 1, 9, 1, BUFFER), RTAS_PARAMETER);
    fixture_free(f);
}
END_TEST

START_TEST(partition_counters)
{
    struct fixture *f = fixture_new(NULL);
    uint8_t bytes[128];

    gpa_store_be32(f->mem, BUFFER, 0x10);
    gpa_store_be32(f->mem, BUFFER + 4, UINT32_MAX);
    ck_assert_int_eq(HCALL(f, H_GET_PERF_COUNTER_INFO, BUFFER, 4096), H_SUCCESS);
    gpa_read(f->mem, BUFFER, bytes, sizeof bytes);
    ck_assert_uint_eq(ld_be16(bytes + 10), 2);
    ck_assert_uint_eq(ld_be16(bytes + 16), 32);
    ck_assert_uint_eq(ld_be32(bytes + 32 + 32 + 8), 1);
    ck_assert_int_eq(HCALL(f, H_GET_PERF_COUNTER_INFO, BUFFER, 40), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_GET_PERF_COUNTER_INFO, BUFFER, 8), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_GET_PERF_COUNTER_INFO, FIXTURE_RAM - 64, 4096), H_PARAMETER);
    for (uint32_t request = 0; request < 0x200; request++) {
        bool known = request == 0x10 || request == 0x20 || request == 0x40 || request == 0x100;

        gpa_store_be32(f->mem, BUFFER, request);
        gpa_store_be32(f->mem, BUFFER + 4, 0);
        ck_assert_int_eq(HCALL(f, H_GET_PERF_COUNTER_INFO, BUFFER, 4096), known ? H_SUCCESS : H_PARAMETER);
    }
    fixture_free(f);
}
END_TEST

START_TEST(catalogue)
{
    struct fixture *f = fixture_new(NULL);
    uint8_t page[32];

    ck_assert_int_eq(HCALL(f, H_GET_24X7_CATALOG_PAGE, BUFFER, 0, 0), H_SUCCESS);
    gpa_read(f->mem, BUFFER, page, sizeof page);
    ck_assert_mem_eq(page, "24x7\0\0\0\2\0\0\0\0\0\0\0\1", 16);
    ck_assert_int_eq(HCALL(f, H_GET_24X7_CATALOG_PAGE, BUFFER + 8, 0, 0), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_GET_24X7_CATALOG_PAGE, BUFFER, 2, 0), H_P2);
    ck_assert_int_eq(HCALL(f, H_GET_24X7_CATALOG_PAGE, BUFFER, 1, 2), H_P3);
    gpa_fill(f->mem, BUFFER, 0, 4096);
    ck_assert_int_eq(HCALL(f, H_GET_24X7_DATA, BUFFER, 4096, OTHER, 4096), H_PARAMETER);
    gpa_store_be16(f->mem, BUFFER, 0x0100);
    ck_assert_int_eq(HCALL(f, H_GET_24X7_DATA, BUFFER, 4096, OTHER, 4096), H_SUCCESS);
    gpa_store_be16(f->mem, BUFFER, 0x0201);
    ck_assert_int_eq(HCALL(f, H_GET_24X7_DATA, BUFFER, 4096, OTHER, 4096), H_HARDWARE);
    ck_assert_int_eq(HCALL(f, H_GET_24X7_DATA, BUFFER, 8, OTHER, 4096), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_GET_24X7_DATA, BUFFER, 4096, OTHER, 8), H_P3);
    fixture_free(f);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = { injection, by_location, partition_counters, catalogue };

    return fixture_run("papr/error-injection", tests, ARRAY_SIZE(tests));
}
