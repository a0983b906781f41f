/* DMA windows: what the hypercalls accept, what devices may reach, and the tables beside an obvious model. */
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/endian.h"
#include "papr/dma.h"
#include "tests/papr/fixture.h"

enum { H_GET_TCE = 0x1c, H_PUT_TCE = 0x20, H_STUFF_TCE = 0x138, H_PUT_TCE_INDIRECT = 0x13c };
enum { LIOBN = 0x71000003, PAGES = 16, READ = 1, WRITE = 2 };
#define START UINT64_C(0x100000)
#define AT(page) (START + (uint64_t)(page)*4096)

static struct fixture *f;
static struct dma_spaces *all;
static struct dma_space *space;

static void start(void)
{
    f = fixture_new(NULL);
    all = dma_spaces_new(f->mem, NULL);
    space = dma_space_new(all, NULL);
    ck_assert(dma_window_open(space, 0, LIOBN, START, 12, PAGES, NULL));
    ck_assert(platform_add(f->platform, &dma_facility, all, NULL));
}

static void stop(void)
{
    dma_spaces_free(all);
    fixture_free(f);
}

START_TEST(test_calls)
{
    start();
    ck_assert_int_eq(HCALL(f, H_PUT_TCE, LIOBN, AT(3) + 5, 0x5003), H_SUCCESS);
    ck_assert_int_eq(HCALL(f, H_GET_TCE, LIOBN, AT(3)), H_SUCCESS);
    ck_assert_uint_eq(fixture_gpr(f, 4), 0x5003);
    ck_assert_int_eq(HCALL(f, H_GET_TCE, LIOBN, AT(2)), H_SUCCESS);
    ck_assert_uint_eq(fixture_gpr(f, 4), 0);
    ck_assert_int_eq(HCALL(f, H_PUT_TCE, LIOBN + 1, AT(3), 3), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_PUT_TCE, LIOBN, AT(0) - 1, 3), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_PUT_TCE, LIOBN, AT(PAGES), 3), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_STUFF_TCE, LIOBN, AT(14), 0x9001, 2), H_SUCCESS);
    ck_assert_int_eq(HCALL(f, H_GET_TCE, LIOBN, AT(15)), H_SUCCESS);
    ck_assert_uint_eq(fixture_gpr(f, 4), 0x9001);
    ck_assert_int_eq(HCALL(f, H_STUFF_TCE, LIOBN, AT(14), 0x9001, 3), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_STUFF_TCE, LIOBN, AT(14), 0x9001, 0), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_STUFF_TCE, LIOBN, AT(14), 0x9001, UINT64_MAX), H_PARAMETER);
    stop();
}
END_TEST

START_TEST(test_indirect)
{
    be64 list[3] = { be64_put(0x1003), be64_put(0x2003), be64_put(0x3003) };

    start();
    ck_assert(gpa_write(f->mem, 0x8000, list, sizeof list));
    ck_assert_int_eq(HCALL(f, H_PUT_TCE_INDIRECT, LIOBN, AT(4), 0x8000, 3), H_SUCCESS);
    ck_assert_int_eq(HCALL(f, H_GET_TCE, LIOBN, AT(6)), H_SUCCESS);
    ck_assert_uint_eq(fixture_gpr(f, 4), 0x3003);
    ck_assert_int_eq(HCALL(f, H_PUT_TCE_INDIRECT, LIOBN, AT(4), 0x8008, 3), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_PUT_TCE_INDIRECT, LIOBN, AT(4), 0x8000, 513), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_PUT_TCE_INDIRECT, LIOBN, AT(4), 0x8000, 0), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_PUT_TCE_INDIRECT, LIOBN, AT(14), 0x8000, 3), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_PUT_TCE_INDIRECT, LIOBN, AT(4), FIXTURE_RAM, 3), H_PARAMETER);
    stop();
}
END_TEST

START_TEST(test_access)
{
    uint8_t data[8192], back[8192];
    struct iovec pieces[3];

    start();
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 7 + 1);
    HCALL(f, H_PUT_TCE, LIOBN, AT(0), 0x5000 | READ | WRITE);
    HCALL(f, H_PUT_TCE, LIOBN, AT(1), 0x9000 | READ);
    HCALL(f, H_PUT_TCE, LIOBN, AT(2), 0x6000 | WRITE);
    /* Each right by itself; across a page's end; not past a page that lacks the right. */
    ck_assert(dma_write(space, AT(0) + 100, data, 3996));
    ck_assert(gpa_read(f->mem, 0x5064, back, 3996));
    ck_assert(!memcmp(data, back, 3996));
    ck_assert(!dma_write(space, AT(1), data, 1));
    ck_assert(!dma_read(space, AT(2), back, 1));
    ck_assert(dma_read(space, AT(0) + 4090, back, 12));
    ck_assert(!memcmp(back, data + 3990, 6));
    ck_assert(!dma_read(space, AT(3), back, 1));
    ck_assert(!dma_read(space, 0x5000, back, 1));
    /* Adjacent pages are one piece, others are more, and there may be no more than are asked for. */
    HCALL(f, H_PUT_TCE, LIOBN, AT(3), 0x7000 | WRITE);
    ck_assert_uint_eq(dma_map(space, AT(2) + 8, 8000, true, pieces, 1), 1);
    ck_assert_ptr_eq(pieces[0].iov_base, f->mem->ram + 0x6008);
    ck_assert_uint_eq(pieces[0].iov_len, 8000);
    ck_assert_uint_eq(dma_map(space, AT(0) + 8, 8000, false, pieces, 1), 0);
    ck_assert_uint_eq(dma_map(space, AT(0) + 8, 8000, false, pieces, 2), 2);
    ck_assert_uint_eq(dma_map(space, AT(0), 0, false, pieces, 2), 0);
    ck_assert_uint_eq(dma_map(space, AT(0), UINT64_MAX, false, pieces, 2), 0);
    /* What is no RAM is not there. */
    HCALL(f, H_PUT_TCE, LIOBN, AT(4), FIXTURE_RAM | READ | WRITE);
    HCALL(f, H_PUT_TCE, LIOBN, AT(5), 0xfffffffffffff003);
    ck_assert(!dma_read(space, AT(4), back, 1));
    ck_assert(!dma_write(space, AT(5), back, 1));
    /* The physical space knows no tables. */
    ck_assert(dma_read(dma_space_physical(all), 0x5064, back, 100));
    ck_assert(!memcmp(back, data, 100));
    ck_assert(!dma_read(dma_space_physical(all), FIXTURE_RAM - 1, back, 2));
    stop();
}
END_TEST

START_TEST(test_windows)
{
    uint8_t byte = 1;
    unsigned which;

    start();
    ck_assert(!dma_window_open(space, 1, LIOBN, START * 2, 12, 1, NULL));          /* number */
    ck_assert(!dma_window_open(space, 1, LIOBN + 1, AT(PAGES - 1), 12, 4, NULL));  /* overlap */
    ck_assert(!dma_window_open(space, 1, LIOBN + 1, 0, 12, UINT64_MAX, NULL));     /* size */
    ck_assert(!dma_window_open(space, 1, LIOBN + 1, UINT64_MAX - 4095, 12, 2, NULL));
    ck_assert(dma_window_open(space, 1, LIOBN + 1, UINT64_C(1) << 59, 21, 4, NULL));
    ck_assert_ptr_eq(dma_find(all, LIOBN + 1, &which), space);
    ck_assert_uint_eq(which, 1);
    HCALL(f, H_PUT_TCE, LIOBN + 1, (UINT64_C(1) << 59) + 0x200000, 0x400003);
    ck_assert(dma_write(space, (UINT64_C(1) << 59) + 0x212345, &byte, 1));
    ck_assert_uint_eq(f->mem->ram[0x412345], 1);
    /* A large page that ends beyond RAM. */
    HCALL(f, H_PUT_TCE, LIOBN + 1, UINT64_C(1) << 59, FIXTURE_RAM + 3);
    ck_assert(!dma_write(space, UINT64_C(1) << 59, &byte, 1));
    dma_window_close(space, 1);
    ck_assert(!dma_write(space, (UINT64_C(1) << 59) + 0x212345, &byte, 1));
    ck_assert_ptr_null(dma_find(all, LIOBN + 1, &which));
    HCALL(f, H_PUT_TCE, LIOBN, AT(0), 0x5003);
    ck_assert(platform_reset(f->platform, NULL));
    ck_assert(!dma_write(space, AT(0), &byte, 1));
    stop();
}
END_TEST

/* Random calls and accesses beside an array of entries. */
START_TEST(test_model)
{
    uint64_t model[PAGES] = { 0 };

    start();
    srand(1);
    for (int i = 0; i < 20000; i++) {
        unsigned page = (unsigned)rand() % (PAGES + 2), n = (unsigned)rand() % 4;
        uint64_t tce = (uint64_t)(rand() % 4) | ((uint64_t)(rand() % 20) + 0x3ff0) << 12;
        bool fits = n && page < PAGES && n <= PAGES - page, writable = rand() & 1;
        struct iovec piece[4];

        if (rand() & 1) {
            ck_assert_int_eq(HCALL(f, H_STUFF_TCE, LIOBN, AT(page), tce, n),
                             fits ? H_SUCCESS : H_PARAMETER);
            for (unsigned k = 0; fits && k < n; k++)
                model[page + k] = tce;
            continue;
        }
        for (unsigned k = 0; fits && k < n; k++)
            fits = model[page + k] & (writable ? WRITE : READ) && (model[page + k] & ~3) < FIXTURE_RAM;
        ck_assert_int_eq(dma_map(space, AT(page), n * 4096, writable, piece, 4) != 0, fits);
        if (fits)
            ck_assert_ptr_eq(piece[0].iov_base, f->mem->ram + (model[page] & ~UINT64_C(3)));
    }
    stop();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = { test_calls, test_indirect, test_access, test_windows, test_model };

    return fixture_run("dma", tests, ARRAY_SIZE(tests));
}
