/* Memory by real address. */
#include <string.h>

#include "tests/papr/fixture.h"

static const uint64_t ends[] = {
    FIXTURE_RAM, FIXTURE_RAM - 1, UINT64_MAX, UINT64_MAX - 7, UINT64_C(1) << 60,
};

START_TEST(loads_and_stores)
{
    struct fixture *f = fixture_new(NULL);

    ck_assert_int_eq(HCALL(f, H_LOGICAL_CI_STORE, 8, 0x1000, 0x1122334455667788), H_SUCCESS);
    ck_assert_int_eq(HCALL(f, H_LOGICAL_CI_LOAD, 2, 0x1001), H_SUCCESS);
    ck_assert_uint_eq(fixture_gpr(f, 4), 0x2233);
    ck_assert_int_eq(HCALL(f, H_LOGICAL_CACHE_STORE, 1, 0x1000, 0xabcd), H_SUCCESS);
    ck_assert_int_eq(HCALL(f, H_LOGICAL_CACHE_LOAD, 4, 0x1000), H_SUCCESS);
    ck_assert_uint_eq(fixture_gpr(f, 4), 0xcd223344);
    ck_assert_int_eq(HCALL(f, H_LOGICAL_CI_LOAD, 3, 0x1000), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_LOGICAL_CI_LOAD, 0, 0x1000), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_LOGICAL_CI_LOAD, UINT64_C(0x100000001), 0x1000), H_PARAMETER);
    for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
        ck_assert_int_eq(HCALL(f, H_LOGICAL_CI_LOAD, 8, ends[i]), H_PARAMETER);
        ck_assert_uint_eq(fixture_gpr(f, 4), 8);
        ck_assert_int_eq(HCALL(f, H_LOGICAL_CI_STORE, 8, ends[i], 0), H_PARAMETER);
    }
    ck_assert_int_eq(HCALL(f, H_LOGICAL_ICBI, UINT64_MAX), H_SUCCESS);
    ck_assert_int_eq(HCALL(f, H_LOGICAL_DCBF, UINT64_MAX), H_SUCCESS);
    fixture_free(f);
}
END_TEST

START_TEST(page_init)
{
    const uint64_t zero = 0x8000, copy = 0x4000, icache = 0xc00000;
    struct fixture *f = fixture_new(NULL);
    uint64_t value;

    gpa_fill(f->mem, 0x1000, 0x11, 0x1000);
    gpa_fill(f->mem, 0x2000, 0x22, 0x2000);
    ck_assert_int_eq(HCALL(f, H_PAGE_INIT, 1, 0x1000, 0x2000), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_PAGE_INIT, zero, 0x1800, 0), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_PAGE_INIT, zero, FIXTURE_RAM, 0), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_PAGE_INIT, copy, 0x1000, FIXTURE_RAM), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_PAGE_INIT, copy, 0x1000, 0x2001), H_PARAMETER);
    gpa_load_be64(f->mem, 0x1000, &value);
    ck_assert_uint_eq(value, 0x1111111111111111);
    ck_assert_int_eq(HCALL(f, H_PAGE_INIT, copy | zero | icache, 0x1000, 0x2000), H_SUCCESS);
    gpa_load_be64(f->mem, 0x1ff8, &value);
    ck_assert_uint_eq(value, 0x2222222222222222);
    ck_assert_int_eq(HCALL(f, H_PAGE_INIT, zero, 0x2000, 0), H_SUCCESS);
    gpa_load_be64(f->mem, 0x2ff8, &value);
    ck_assert_uint_eq(value, 0);
    gpa_load_be64(f->mem, 0x3000, &value);
    ck_assert_uint_eq(value, 0x2222222222222222);
    fixture_free(f);
}
END_TEST

START_TEST(memop)
{
    struct fixture *f = fixture_new(NULL);
    char text[16] = "";

    gpa_write(f->mem, 0x1000, "abcdefgh", 8);
    ck_assert_int_eq(HCALL(f, KVMPPC_H_LOGICAL_MEMOP, 0x1002, 0x1000, 1, 3, 0), H_SUCCESS);
    gpa_read(f->mem, 0x1000, text, 8);
    ck_assert_str_eq(text, "ababcdef");
    ck_assert_int_eq(HCALL(f, KVMPPC_H_LOGICAL_MEMOP, 0x2000, 0x1000, 0, 2, 1), H_SUCCESS);
    gpa_read(f->mem, 0x2000, text, 3);
    ck_assert_mem_eq(text, "\x9e\x9d\0", 3);
    ck_assert_int_eq(HCALL(f, KVMPPC_H_LOGICAL_MEMOP, 0x1001, 0x1000, 1, 1, 0), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, KVMPPC_H_LOGICAL_MEMOP, 0x1000, 0x2000, 4, 1, 0), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, KVMPPC_H_LOGICAL_MEMOP, 0x1000, 0x2000, 64, 1, 0), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, KVMPPC_H_LOGICAL_MEMOP, 0x1000, 0x2000, 3, 1, 2), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, KVMPPC_H_LOGICAL_MEMOP, 0x1000, 0x2000, 0, 0x80000001, 0),
                     H_PARAMETER);
    ck_assert_int_eq(HCALL(f, KVMPPC_H_LOGICAL_MEMOP, 0x1000, 0x2000, 3, 0x80000000, 0),
                     H_PARAMETER);
    for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
        ck_assert_int_eq(HCALL(f, KVMPPC_H_LOGICAL_MEMOP, ends[i], 0x1000, 0, 16, 0), H_PARAMETER);
        ck_assert_int_eq(HCALL(f, KVMPPC_H_LOGICAL_MEMOP, 0x1000, ends[i], 0, 16, 0), H_PARAMETER);
    }
    fixture_free(f);
}
END_TEST

static uint64_t device_value;

static uint64_t device_load(void *device, uint64_t offset, unsigned size)
{
    (void)device;
    return offset << 8 | size;
}

static void device_store(void *device, uint64_t offset, unsigned size, uint64_t value)
{
    (void)device;
    (void)offset;
    (void)size;
    device_value = value;
}

START_TEST(devices_are_reached)
{
    static const struct mmio_ops ops = { .load = device_load, .store = device_store };
    const gpa_t base = UINT64_C(0x200000000000);
    struct fixture *f = fixture_new(NULL);

    ck_assert(mem_add_mmio(f->mem, base, 0x1000, &ops, NULL, NULL));
    ck_assert_int_eq(HCALL(f, H_LOGICAL_CI_LOAD, 4, base + 0x10), H_SUCCESS);
    ck_assert_uint_eq(fixture_gpr(f, 4), 0x1004);
    ck_assert_int_eq(HCALL(f, H_LOGICAL_CI_STORE, 2, base, 0x12345), H_SUCCESS);
    ck_assert_uint_eq(device_value, 0x2345);
    ck_assert_int_eq(HCALL(f, H_LOGICAL_CI_LOAD, 8, base + 0xffc), H_PARAMETER);
    gpa_store_be32(f->mem, 0x1000, 0x55667788);
    ck_assert_int_eq(HCALL(f, KVMPPC_H_LOGICAL_MEMOP, base, 0x1000, 2, 1, 1), H_SUCCESS);
    ck_assert_uint_eq(device_value, 0xaa998877);
    fixture_free(f);
}
END_TEST

static uint64_t byte_load(void *device, uint64_t offset, unsigned size)
{
    (void)size;
    return ((uint8_t *)device)[offset];
}

static void byte_store(void *device, uint64_t offset, unsigned size, uint64_t value)
{
    (void)size;
    ((uint8_t *)device)[offset] = (uint8_t)value;
}

START_TEST(overlapping_copies_on_a_device)
{
    static const struct mmio_ops ops = { .load = byte_load, .store = byte_store };
    const gpa_t base = UINT64_C(0x200000000000);
    struct fixture *f = fixture_new(NULL);
    char bytes[0x1000] = "abcdefgh";

    ck_assert(mem_add_mmio(f->mem, base, sizeof bytes, &ops, bytes, NULL));
    ck_assert_int_eq(HCALL(f, KVMPPC_H_LOGICAL_MEMOP, base + 2, base, 0, 6, 0), H_SUCCESS);
    ck_assert_str_eq(bytes, "ababcdef");
    ck_assert_int_eq(HCALL(f, KVMPPC_H_LOGICAL_MEMOP, base, base + 2, 0, 6, 0), H_SUCCESS);
    ck_assert_str_eq(bytes, "abcdefef");
    fixture_free(f);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        loads_and_stores, page_init, memop, devices_are_reached, overlapping_copies_on_a_device,
    };

    return fixture_run("papr/memory", tests, ARRAY_SIZE(tests));
}
