/* Interrupts as a partition meets them: numbers, calls and their checks, the switch between controllers, the
 * tree. What the controllers do themselves is in test-xics.c and test-xive.c. */
#include <libfdt.h>
#include <string.h>

#include "base/bits.h"
#include "irq/irq.h"
#include "irq/xive.h"
#include "tests/papr/fixture.h"

enum { MSI = 0x1100, LSI = 0x1200, SET_XIVE = 0x200a, GET_XIVE, INT_OFF, INT_ON };
#define QUEUE UINT64_C(0x100000)

static struct fixture *f;
static struct irq *irq;
static struct irq_line msi, lsi;

static void start(void (*prepare)(struct platform_config *config))
{
    f = fixture_new(prepare);
    irq = irq_new(f->platform, NULL);
    ck_assert(irq);
    ck_assert(irq_claim(irq, MSI, false, &msi, NULL) && irq_claim(irq, LSI, true, &lsi, NULL));
    if (irq_xics(irq))
        ck_assert(platform_add(f->platform, &xics_facility, irq_xics(irq), NULL));
    if (irq_xive(irq))
        ck_assert(platform_add(f->platform, &xive_facility, irq_xive(irq), NULL));
    f->platform->irq = irq;
    f->platform->irq_ops = &irq_platform_ops;
    ck_assert(platform_reset(f->platform, NULL));
}

static void stop(void)
{
    irq_free(irq);
    fixture_free(f);
}

static void select_mode(enum irq_mode mode)
{
    irq_platform_ops.select(irq, mode);
}

static bool line_of(unsigned vcpu)
{
    return atomic_load(&fixture_vcpu(f, vcpu)->cpu->requests) & CPU_REQUEST_EXTERNAL;
}

/* ---- numbers ---- */

START_TEST(numbers_are_claimed_once)
{
    struct irq_line line;
    struct error err = { .code = ERROR_NONE };

    start(NULL);
    ck_assert(!irq_claim(irq, MSI, false, &line, &err));
    ck_assert_int_eq(err.code, ERROR_RESOURCE);
    ck_assert(!irq_claim(irq, 0xfff, false, &line, NULL));
    ck_assert(!irq_claim(irq, 0x2000, false, &line, NULL));
    ck_assert(irq_claim(irq, 0x1fff, true, &line, NULL));
    irq_release(irq, MSI);
    ck_assert(irq_claim(irq, MSI, true, &line, NULL));
    ck_assert_uint_eq(line.number, MSI);
    stop();
}
END_TEST

START_TEST(blocks_of_msis)
{
    unsigned first;

    start(NULL);
    ck_assert(!irq_claim_msis(irq, 0, false, &first));
    ck_assert(!irq_claim_msis(irq, 0xd01, false, &first));
    ck_assert(irq_claim_msis(irq, 3, false, &first));
    ck_assert_uint_eq(first, 0x1300);
    ck_assert(irq_claim_msis(irq, 8, true, &first));
    ck_assert_uint_eq(first, 0x1308);
    ck_assert(irq_claim_msis(irq, 5, false, &first));
    ck_assert_uint_eq(first, 0x1303);
    ck_assert(irq_claim_msis(irq, 1024, true, &first));
    ck_assert_uint_eq(first, 0x1400);
    irq_release(irq, 0x1304);
    ck_assert(irq_claim_msis(irq, 1, true, &first));
    ck_assert_uint_eq(first, 0x1304);
    /* All that is left: 0x1310 to 0x13ff and 0x1800 to 0x1fff. */
    ck_assert(!irq_claim_msis(irq, 0x801, false, &first));
    ck_assert(irq_claim_msis(irq, 0x800, false, &first));
    ck_assert(irq_claim_msis(irq, 0xf0, false, &first));
    ck_assert_uint_eq(first, 0x1310);
    ck_assert(!irq_claim_msis(irq, 1, false, &first));
    stop();
}
END_TEST

/* ---- XICS ---- */

START_TEST(xics_from_device_to_end)
{
    uint32_t ret[4];
    uint64_t before;

    start(NULL);
    ck_assert_int_eq(RTAS(f, SET_XIVE, ret, 1, MSI, 0, 5), RTAS_OK);
    ck_assert_int_eq(HCALL(f, H_CPPR, 0x1ff), H_SUCCESS);
    ck_assert_int_eq(HCALL(f, H_XIRR), H_SUCCESS);
    ck_assert_uint_eq(fixture_gpr(f, 4), 0xff000000);
    irq_line_pulse(&msi);
    ck_assert(line_of(0) && !line_of(1));
    ck_assert_int_eq(HCALL(f, H_IPOLL, 0), H_SUCCESS);
    ck_assert_uint_eq(fixture_gpr(f, 4), 0xff000000 | MSI);
    ck_assert_uint_eq(fixture_gpr(f, 5), 0xff);
    before = cpu_timebase(fixture_vcpu(f, 0)->cpu);
    ck_assert_int_eq(HCALL(f, H_XIRR_X, 0), H_SUCCESS);
    ck_assert_uint_eq(fixture_gpr(f, 4), 0xff000000 | MSI);
    ck_assert_uint_ge(fixture_gpr(f, 5), before);
    ck_assert(!line_of(0));
    irq_line_pulse(&msi);
    ck_assert(!line_of(0));
    ck_assert_int_eq(HCALL(f, H_EOI, 0xff000000 | MSI), H_SUCCESS);
    ck_assert(line_of(0));

    ck_assert_int_eq(HCALL(f, H_IPI, 1, 4), H_SUCCESS);
    ck_assert_int_eq(HCALL(f, H_IPOLL, 1), H_SUCCESS);
    ck_assert_uint_eq(fixture_gpr(f, 4), 0);
    ck_assert_uint_eq(fixture_gpr(f, 5), 4);
    ck_assert_int_eq(HCALL(f, H_IPI, 2, 4), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_IPOLL, UINT64_C(1) << 32), H_PARAMETER);
    stop();
}
END_TEST

START_TEST(xics_rtas_calls)
{
    uint32_t ret[4];

    start(NULL);
    ck_assert_int_eq(RTAS(f, SET_XIVE, ret, 1, MSI + 1, 0, 5), RTAS_PARAMETER);
    ck_assert_int_eq(RTAS(f, SET_XIVE, ret, 1, 2, 0, 5), RTAS_PARAMETER);
    ck_assert_int_eq(RTAS(f, SET_XIVE, ret, 1, 0xffffffff, 0, 5), RTAS_PARAMETER);
    ck_assert_int_eq(RTAS(f, SET_XIVE, ret, 1, MSI, 2, 5), RTAS_PARAMETER);
    ck_assert_int_eq(RTAS(f, SET_XIVE, ret, 1, MSI, 0, 0x100), RTAS_PARAMETER);
    ck_assert_int_eq(RTAS(f, GET_XIVE, ret, 3, MSI + 1), RTAS_PARAMETER);
    ck_assert_int_eq(RTAS(f, INT_ON, ret, 1, MSI + 1), RTAS_PARAMETER);
    ck_assert_int_eq(RTAS(f, GET_XIVE, ret, 3, MSI), RTAS_OK);
    ck_assert_uint_eq(ret[1], 0);
    ck_assert_uint_eq(ret[2], 0xff);
    ck_assert_int_eq(RTAS(f, SET_XIVE, ret, 1, MSI, 1, 5), RTAS_OK);
    ck_assert_int_eq(RTAS(f, INT_OFF, ret, 1, MSI), RTAS_OK);
    ck_assert_int_eq(RTAS(f, INT_OFF, ret, 1, MSI), RTAS_OK);
    ck_assert_int_eq(RTAS(f, GET_XIVE, ret, 3, MSI), RTAS_OK);
    ck_assert_uint_eq(ret[1], 1);
    ck_assert_uint_eq(ret[2], 0xff);
    ck_assert_int_eq(RTAS(f, INT_ON, ret, 1, MSI), RTAS_OK);
    ck_assert_int_eq(RTAS(f, GET_XIVE, ret, 3, MSI), RTAS_OK);
    ck_assert_uint_eq(ret[2], 5);
    stop();
}
END_TEST

START_TEST(each_mode_has_its_calls)
{
    static const uint64_t xics_calls[] = { H_EOI, H_CPPR, H_IPI, H_IPOLL, H_XIRR, H_XIRR_X };
    static const uint64_t xive_calls[] = {
        H_INT_GET_SOURCE_INFO,
        H_INT_SET_SOURCE_CONFIG,
        H_INT_GET_SOURCE_CONFIG,
        H_INT_GET_QUEUE_INFO,
        H_INT_SET_QUEUE_CONFIG,
        H_INT_GET_QUEUE_CONFIG,
        H_INT_ESB,
        H_INT_SYNC,
        H_INT_RESET,
    };
    uint32_t ret[4];

    start(NULL);
    for (size_t i = 0; i < ARRAY_SIZE(xive_calls); i++)
        ck_assert_int_eq(HCALL(f, xive_calls[i], ~UINT64_C(0)), H_FUNCTION);
    select_mode(IRQ_XIVE);
    for (size_t i = 0; i < ARRAY_SIZE(xics_calls); i++)
        ck_assert_int_eq(HCALL(f, xics_calls[i], 77), H_HARDWARE);
    for (uint32_t token = SET_XIVE; token <= INT_ON; token++)
        ck_assert_int_eq(fixture_rtas(f, token, (const uint32_t[]){ 1, 2, 3 },
                                      token == SET_XIVE ? 3 : 1, ret, token == GET_XIVE ? 3 : 1),
                         RTAS_HARDWARE);
    ck_assert_int_eq(HCALL(f, H_INT_SET_OS_REPORTING_LINE, 0, 0), H_FUNCTION);
    for (size_t i = 0; i < ARRAY_SIZE(xive_calls); i++)
        ck_assert_int_eq(HCALL(f, xive_calls[i], UINT64_C(1) << 63), H_PARAMETER);
    stop();
}
END_TEST

/* ---- XIVE ---- */

START_TEST(xive_source_calls)
{
    start(NULL);
    select_mode(IRQ_XIVE);
    ck_assert_int_eq(HCALL(f, H_INT_GET_SOURCE_INFO, 0, MSI + 1), H_P2);
    ck_assert_int_eq(HCALL(f, H_INT_GET_SOURCE_INFO, 0, 0x2000), H_P2);
    ck_assert_int_eq(HCALL(f, H_INT_GET_SOURCE_INFO, 0, ~UINT64_C(0)), H_P2);
    ck_assert_int_eq(HCALL(f, H_INT_GET_SOURCE_INFO, 0, MSI), H_SUCCESS);
    ck_assert_uint_eq(fixture_gpr(f, 4), 0);
    ck_assert_uint_eq(fixture_gpr(f, 5), XIVE_ESB_BASE + MSI * UINT64_C(0x20000) + 0x10000);
    ck_assert_uint_eq(fixture_gpr(f, 6), XIVE_ESB_BASE + MSI * UINT64_C(0x20000));
    ck_assert_uint_eq(fixture_gpr(f, 7), 16);
    ck_assert_int_eq(HCALL(f, H_INT_GET_SOURCE_INFO, 0, LSI), H_SUCCESS);
    ck_assert_uint_eq(fixture_gpr(f, 4), 12);
    ck_assert_uint_eq(fixture_gpr(f, 5), UINT64_MAX);
    ck_assert_uint_eq(fixture_gpr(f, 6), UINT64_MAX);

    /* Wrong in all arguments, then in one fewer each time: the order of checks. */
    ck_assert_int_eq(HCALL(f, H_INT_SET_SOURCE_CONFIG, 4, MSI + 1, 9, 7, 0), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_INT_SET_SOURCE_CONFIG, 0, MSI + 1, 9, 7, 0), H_P2);
    ck_assert_int_eq(HCALL(f, H_INT_SET_SOURCE_CONFIG, 0, MSI, 9, 7, 0), H_P4);
    ck_assert_int_eq(HCALL(f, H_INT_SET_SOURCE_CONFIG, 0, MSI, 9, 0x106, 0), H_P4);
    ck_assert_int_eq(HCALL(f, H_INT_SET_SOURCE_CONFIG, 0, MSI, 9, 6, 0), H_P3);
    ck_assert_int_eq(HCALL(f, H_INT_GET_SOURCE_CONFIG, 0, MSI), H_SUCCESS);
    ck_assert_uint_eq(fixture_gpr(f, 5), 0xff);
    ck_assert_int_eq(HCALL(f, H_INT_SET_SOURCE_CONFIG, 2, MSI, 1, 6, 0xf1234567), H_SUCCESS);
    ck_assert_int_eq(HCALL(f, H_INT_SET_SOURCE_CONFIG, 0, MSI, 1, 5, 99), H_SUCCESS);
    ck_assert_int_eq(HCALL(f, H_INT_GET_SOURCE_CONFIG, 0, MSI), H_SUCCESS);
    ck_assert_uint_eq(fixture_gpr(f, 4), 1);
    ck_assert_uint_eq(fixture_gpr(f, 5), 5);
    ck_assert_uint_eq(fixture_gpr(f, 6), 0x71234567);
    ck_assert_int_eq(HCALL(f, H_INT_SET_SOURCE_CONFIG, 1, MSI, 1, 5, 0), H_SUCCESS);
    ck_assert_int_eq(HCALL(f, H_INT_GET_SOURCE_CONFIG, 0, MSI), H_SUCCESS);
    ck_assert_uint_eq(fixture_gpr(f, 5), 0xff);
    ck_assert_int_eq(HCALL(f, H_INT_SET_SOURCE_CONFIG, 0, MSI, 99, 0xff, 0), H_SUCCESS);
    ck_assert_int_eq(HCALL(f, H_INT_GET_SOURCE_CONFIG, 0, MSI), H_SUCCESS);
    ck_assert_uint_eq(fixture_gpr(f, 4), 0);
    ck_assert_uint_eq(fixture_gpr(f, 6), 0);

    ck_assert_int_eq(HCALL(f, H_INT_ESB, 2, MSI + 1, 0x10000), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_INT_ESB, 0, MSI + 1, 0x10000), H_P2);
    ck_assert_int_eq(HCALL(f, H_INT_ESB, 0, MSI, 0x10000), H_P3);
    ck_assert_int_eq(HCALL(f, H_INT_ESB, 0, MSI, 0xc00), H_SUCCESS);
    ck_assert_uint_eq(fixture_gpr(f, 4), PQ_OFF);
    ck_assert_int_eq(HCALL(f, H_INT_ESB, 1, MSI, 0xf00, 0), H_SUCCESS);
    ck_assert_uint_eq(fixture_gpr(f, 4), UINT64_MAX);
    ck_assert_int_eq(HCALL(f, H_INT_ESB, 0, MSI, 0x800), H_SUCCESS);
    ck_assert_uint_eq(fixture_gpr(f, 4), PQ_QUEUED);
    ck_assert_int_eq(HCALL(f, H_INT_SYNC, 0, MSI + 1), H_P2);
    ck_assert_int_eq(HCALL(f, H_INT_SYNC, 0, 1), H_SUCCESS);
    stop();
}
END_TEST

START_TEST(xive_queue_calls)
{
    start(NULL);
    select_mode(IRQ_XIVE);
    ck_assert_int_eq(HCALL(f, H_INT_GET_QUEUE_INFO, 0, 9, 7), H_P3);
    ck_assert_int_eq(HCALL(f, H_INT_GET_QUEUE_INFO, 0, 9, 6), H_P2);
    ck_assert_int_eq(HCALL(f, H_INT_GET_QUEUE_INFO, 0, 1, 6), H_SUCCESS);
    ck_assert_uint_eq(fixture_gpr(f, 4), XIVE_END_BASE + (8 + 6) * UINT64_C(0x20000));
    ck_assert_uint_eq(fixture_gpr(f, 5), 0);

    ck_assert_int_eq(HCALL(f, H_INT_SET_QUEUE_CONFIG, 2, 9, 7, QUEUE + 4, 17), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_INT_SET_QUEUE_CONFIG, 0, 9, 7, QUEUE + 4, 17), H_P3);
    ck_assert_int_eq(HCALL(f, H_INT_SET_QUEUE_CONFIG, 0, 9, 6, QUEUE + 4, 17), H_P2);
    ck_assert_int_eq(HCALL(f, H_INT_SET_QUEUE_CONFIG, 0, 1, 6, QUEUE + 4, 17), H_P5);
    ck_assert_int_eq(HCALL(f, H_INT_SET_QUEUE_CONFIG, 0, 1, 6, QUEUE + 4, 64), H_P5);
    ck_assert_int_eq(HCALL(f, H_INT_SET_QUEUE_CONFIG, 0, 1, 6, QUEUE + 4, 16), H_P4);
    ck_assert_int_eq(HCALL(f, H_INT_SET_QUEUE_CONFIG, 0, 1, 6, FIXTURE_RAM, 16), H_P4);
    ck_assert_int_eq(HCALL(f, H_INT_SET_QUEUE_CONFIG, 0, 1, 6, XIVE_ESB_BASE, 16), H_P4);
    ck_assert_int_eq(HCALL(f, H_INT_SET_QUEUE_CONFIG, 0, 1, 6, -(UINT64_C(1) << 24), 24), H_P4);
    ck_assert_int_eq(HCALL(f, H_INT_GET_QUEUE_CONFIG, 1, 1, 6), H_SUCCESS);
    ck_assert_uint_eq(fixture_gpr(f, 4), 0);
    ck_assert_uint_eq(fixture_gpr(f, 6), 0);

    ck_assert_int_eq(HCALL(f, H_INT_SET_QUEUE_CONFIG, 1, 1, 6, QUEUE, 16), H_SUCCESS);
    ck_assert_int_eq(HCALL(f, H_INT_GET_QUEUE_INFO, 0, 1, 6), H_SUCCESS);
    ck_assert_uint_eq(fixture_gpr(f, 5), 16);
    ck_assert_int_eq(HCALL(f, H_INT_GET_QUEUE_CONFIG, 0, 1, 6), H_SUCCESS);
    ck_assert_uint_eq(fixture_gpr(f, 4), 1);
    ck_assert_int_eq(HCALL(f, H_INT_GET_QUEUE_CONFIG, 1, 1, 6), H_SUCCESS);
    ck_assert_uint_eq(fixture_gpr(f, 4), 3);
    ck_assert_uint_eq(fixture_gpr(f, 5), QUEUE);
    ck_assert_uint_eq(fixture_gpr(f, 6), 16);
    ck_assert_uint_eq(fixture_gpr(f, 7), 0);

    ck_assert_int_eq(HCALL(f, H_INT_SET_SOURCE_CONFIG, 2, MSI, 1, 6, 0x42), H_SUCCESS);
    irq_line_pulse(&msi);
    ck_assert_int_eq(HCALL(f, H_INT_ESB, 0, MSI, 0xc00), H_SUCCESS);
    irq_line_pulse(&msi);
    ck_assert_int_eq(HCALL(f, H_INT_GET_QUEUE_CONFIG, 1, 1, 6), H_SUCCESS);
    ck_assert_uint_eq(fixture_gpr(f, 7), 1);
    ck_assert_int_eq(HCALL(f, H_INT_SET_QUEUE_CONFIG, 0, 1, 6, 1, 0), H_SUCCESS);
    ck_assert_int_eq(HCALL(f, H_INT_GET_QUEUE_CONFIG, 0, 1, 6), H_SUCCESS);
    ck_assert_uint_eq(fixture_gpr(f, 6), 0);

    ck_assert_int_eq(HCALL(f, H_INT_SET_QUEUE_CONFIG, 1, 1, 6, QUEUE, 12), H_SUCCESS);
    ck_assert_int_eq(HCALL(f, H_INT_RESET, 0), H_SUCCESS);
    ck_assert_int_eq(HCALL(f, H_INT_GET_QUEUE_CONFIG, 0, 1, 6), H_SUCCESS);
    ck_assert_uint_eq(fixture_gpr(f, 6), 0);
    ck_assert_int_eq(HCALL(f, H_INT_ESB, 0, MSI, 0x800), H_SUCCESS);
    ck_assert_uint_eq(fixture_gpr(f, 4), PQ_OFF);
    stop();
}
END_TEST

/* ---- the switch ---- */

START_TEST(an_lsi_outlives_the_switch)
{
    uint32_t ret[4];

    start(NULL);
    ck_assert_int_eq(RTAS(f, SET_XIVE, ret, 1, LSI, 0, 5), RTAS_OK);
    ck_assert_int_eq(HCALL(f, H_CPPR, 0xff), H_SUCCESS);
    irq_line_set(&lsi, true);
    ck_assert(line_of(0));
    select_mode(IRQ_XICS);
    ck_assert(line_of(0)); /* nothing changed */
    select_mode(IRQ_XIVE);
    ck_assert(!line_of(0));
    ck_assert_int_eq(HCALL(f, H_INT_GET_SOURCE_INFO, 0, LSI), H_SUCCESS);
    ck_assert_uint_eq(fixture_gpr(f, 4) & 4, 4);
    ck_assert_int_eq(HCALL(f, H_INT_SET_QUEUE_CONFIG, 1, 0, 6, QUEUE, 16), H_SUCCESS);
    ck_assert_int_eq(HCALL(f, H_INT_SET_SOURCE_CONFIG, 2, LSI, 0, 6, 0x42), H_SUCCESS);
    ck_assert_int_eq(HCALL(f, H_INT_ESB, 0, LSI, 0xc00), H_SUCCESS);
    ck_assert_int_eq(HCALL(f, H_INT_ESB, 0, LSI, 0x800), H_SUCCESS);
    ck_assert_uint_eq(fixture_gpr(f, 4), PQ_PENDING);
    ck_assert(platform_reset(f->platform, NULL));
    ck_assert(!line_of(0));
    ck_assert_int_eq(RTAS(f, GET_XIVE, ret, 3, LSI), RTAS_OK);
    ck_assert_uint_eq(ret[2], 0xff);
    ck_assert_int_eq(HCALL(f, H_CPPR, 0xff), H_SUCCESS);
    ck_assert_int_eq(RTAS(f, SET_XIVE, ret, 1, LSI, 0, 5), RTAS_OK);
    ck_assert(line_of(0));
    stop();
}
END_TEST

static void xics_only(struct platform_config *config)
{
    config->offers_xive = false;
}

static void xive_only(struct platform_config *config)
{
    config->offers_xics = false;
}

START_TEST(a_mode_that_is_not_there)
{
    start(xics_only);
    ck_assert(!irq_xive(irq));
    select_mode(IRQ_XIVE);
    ck_assert_int_eq(HCALL(f, H_CPPR, 0xff), H_SUCCESS);
    ck_assert_int_eq(HCALL(f, H_INT_RESET, 0), H_FUNCTION);
    stop();
    start(xive_only);
    ck_assert(!irq_xics(irq));
    select_mode(IRQ_XICS);
    ck_assert_int_eq(HCALL(f, H_CPPR, 0xff), H_FUNCTION);
    ck_assert_int_eq(HCALL(f, H_INT_RESET, 0), H_SUCCESS);
    stop();
}
END_TEST

/* ---- the tree ---- */

static void wide_cores(struct platform_config *config)
{
    config->max_vcpus = 6;
    config->threads = 2;
    config->vsmt = 4;
}

static void check_cells(const char *path, const char *name, const uint32_t *cells, int n)
{
    const void *fdt = tree_fdt(f->platform->tree);
    int size;
    const void *value = fdt_getprop(fdt, fdt_path_offset(fdt, path), name, &size);

    ck_assert_int_eq(size, 4 * n);
    for (int i = 0; i < n; i++)
        ck_assert_uint_eq(ld_be32((const uint8_t *)value + 4 * i), cells[i]);
}

static void rebuild_tree(void)
{
    tree_free(f->platform->tree);
    f->platform->tree = platform_build_tree(f->platform, TREE_RESET, NULL);
    ck_assert(f->platform->tree);
}

START_TEST(nodes)
{
    static const char xics[] = "/interrupt-controller",
                      xive[] = "/interrupt-controller@60302031b0000";
    static const uint32_t servers[] = { 0, 12 }, phandle = 0x1111, reserved[] = { 7, 0xf8 };

    start(wide_cores);
    check_cells(xics, "ibm,interrupt-server-ranges", servers, 2);
    check_cells(xics, "phandle", &phandle, 1);
    ck_assert_int_lt(fdt_path_offset(tree_fdt(f->platform->tree), xive), 0);
    select_mode(IRQ_XIVE);
    rebuild_tree();
    check_cells(xive, "ibm,xive-lisn-ranges", servers, 2);
    check_cells(xive, "phandle", &phandle, 1);
    check_cells("/", "ibm,plat-res-int-priorities", reserved, 2);
    /* An IPI for each of those servers. */
    ck_assert_int_eq(HCALL(f, H_INT_GET_SOURCE_INFO, 0, 11), H_SUCCESS);
    ck_assert_int_eq(HCALL(f, H_INT_GET_SOURCE_INFO, 0, 12), H_P2);
    stop();
}
END_TEST

static void too_wide_cores(struct platform_config *config)
{
    config->max_vcpus = 4096;
    config->vsmt = 2;
}

START_TEST(more_servers_than_ipis)
{
    struct error err = { .code = ERROR_NONE };

    f = fixture_new(too_wide_cores);
    ck_assert(!irq_new(f->platform, &err));
    ck_assert_int_eq(err.code, ERROR_UNSUPPORTED);
    ck_assert(strstr(err.hint, "vsmt"));
    fixture_free(f);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        numbers_are_claimed_once, blocks_of_msis,
        xics_from_device_to_end,  xics_rtas_calls,
        each_mode_has_its_calls,  xive_source_calls,
        xive_queue_calls,         an_lsi_outlives_the_switch,
        a_mode_that_is_not_there, nodes,
        more_servers_than_ipis,
    };

    return fixture_run("irq-calls", tests, ARRAY_SIZE(tests));
}
