/* Modules of persistent memory: what lpar-conform's machine, with one that is whole and needs no flush, does not have. */
#include "tests/papr/fixture.h"

#include <libfdt.h>

#include "papr/tree.h"

#define GIB UINT64_C(0x40000000)
#define PMEM(n) (UINT64_C(0x90000000) + (n))
#define ANYWHERE UINT64_MAX

static unsigned flushes;
static bool flush_works;
static uint8_t labels[0x20000];

static bool flush(void *opaque)
{
    ck_assert_ptr_eq(opaque, labels);
    flushes++;
    return flush_works;
}

static void room(struct platform_config *config)
{
    config->maxram_size = config->ram_size + 6 * LMB_SIZE;
    config->pmem_slots = 3;
}

static struct pmem_module module_at(gpa_t start)
{
    return (struct pmem_module){ .start = start, .size = 2 * LMB_SIZE, .labels = labels,
                                 .labels_size = sizeof labels, .opaque = labels,
                                 .uuid = "75a3cdd7-6a2f-4791-8d15-fe0a920e8e9e" };
}

START_TEST(places)
{
    struct fixture *f = fixture_new(room);
    struct pmem_module m = module_at(ANYWHERE), other = module_at(GIB + LMB_SIZE);
    gpa_t dimm = ANYWHERE;

    ck_assert(persistent_memory_plug(f->persistent_memory, 0, &m, false, NULL));
    ck_assert_uint_eq(m.start, GIB);
    /* Its slot and its blocks are taken, also for other memory, which does not count it. */
    ck_assert(!persistent_memory_plug(f->persistent_memory, 0, &other, false, NULL));
    ck_assert(!persistent_memory_plug(f->persistent_memory, 1, &other, false, NULL));
    ck_assert(!persistent_memory_plug(f->persistent_memory, 3, &other, false, NULL));
    ck_assert(dimms_plug(f->dimms, &dimm, LMB_SIZE, 0, false, NULL));
    ck_assert_uint_eq(dimm, GIB + 2 * LMB_SIZE);
    ck_assert_uint_eq(dimms_plugged(f->dimms), LMB_SIZE);
    other.start = ANYWHERE;
    ck_assert(persistent_memory_plug(f->persistent_memory, 2, &other, false, NULL));
    ck_assert_uint_eq(other.start, GIB + 3 * LMB_SIZE);
    ck_assert_int_eq(HCALL(f, 0x3ec, PMEM(2), 1, 1, ANYWHERE, 0), H_SUCCESS);
    ck_assert_uint_eq(fixture_gpr(f, 5), GIB + 4 * LMB_SIZE);
    ck_assert_uint_eq(fixture_gpr(f, 6), 1);
    ck_assert_int_eq(HCALL(f, 0x3f0, PMEM(2), GIB + 4 * LMB_SIZE, 2, 0), H_P3);
    ck_assert_int_eq(HCALL(f, 0x3f0, PMEM(2), GIB, 1, 0), H_P3);
    ck_assert_int_eq(HCALL(f, 0x3fc, 1, 0, 0), H_SUCCESS);
    ck_assert_uint_eq(fixture_gpr(f, 5), 4);
    ck_assert_int_eq(HCALL(f, 0x3fc, 2, PMEM(0), 0), H_SUCCESS);
    ck_assert_uint_eq(fixture_gpr(f, 5), 2);
    ck_assert_int_eq(HCALL(f, 0x3fc, 2, PMEM(1), 0), H_P2);
    fixture_free(f);
}
END_TEST

START_TEST(not_armed)
{
    struct fixture *f = fixture_new(room);
    struct pmem_module m = module_at(ANYWHERE);

    m.is_unarmed = true;
    ck_assert(persistent_memory_plug(f->persistent_memory, 1, &m, false, NULL));
    ck_assert_int_eq(HCALL(f, 0x400, PMEM(1)), H_SUCCESS);
    ck_assert_uint_eq(fixture_gpr(f, 4), PPC_BIT(0));
    ck_assert_uint_eq(fixture_gpr(f, 5), PPC_BIT(0));
    ck_assert_int_eq(HCALL(f, 0x3e8, PMEM(1), 0, 1, 1), H_P2);
    ck_assert_int_eq(HCALL(f, 0x3e4, PMEM(1), UINT64_MAX, 1), H_P2);
    ck_assert_int_eq(HCALL(f, 0x3e4, PMEM(1) + (UINT64_C(1) << 32), 0, 1), H_PARAMETER);
    fixture_free(f);
}
END_TEST

START_TEST(flushed_by_call)
{
    struct fixture *f = fixture_new(room);
    struct pmem_module m = module_at(ANYWHERE);
    struct tree *t;
    int node;

    m.takes_flush = true;
    ck_assert(persistent_memory_plug(f->persistent_memory, 0, &m, false, NULL));
    ck_assert_int_eq(HCALL(f, 0x44c, PMEM(0), 0), H_UNSUPPORTED);
    m = module_at(ANYWHERE);
    m.takes_flush = true;
    m.flush = flush;
    ck_assert(persistent_memory_plug(f->persistent_memory, 1, &m, false, NULL));
    flushes = 0;
    flush_works = true;
    ck_assert_int_eq(HCALL(f, 0x44c, PMEM(1), 0), H_SUCCESS);
    flush_works = false;
    ck_assert_int_eq(HCALL(f, 0x44c, PMEM(1), 0), H_HARDWARE);
    ck_assert_int_eq(HCALL(f, 0x44c, PMEM(1), 1), H_P2);
    ck_assert_uint_eq(flushes, 2);
    t = platform_build_tree(f->platform, TREE_AFTER_CAS, NULL);
    node = fdt_path_offset(tree_fdt(t), "/ibm,persistent-memory/ibm,pmemory@90000001");
    ck_assert_int_gt(node, 0);
    ck_assert(fdt_getprop(tree_fdt(t), node, "ibm,hcall-flush-required", NULL));
    tree_free(t);
    fixture_free(f);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = { places, not_armed, flushed_by_call };

    return fixture_run("papr/persistent-memory", tests, ARRAY_SIZE(tests));
}
