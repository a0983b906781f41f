/* Memory modules: plugged, found in both lists, told of, given back; and nodes. */
#include <libfdt.h>
#include <string.h>

#include "papr/cas.h"
#include "papr/numa.h"
#include "tests/papr/fixture.h"

#define GIB (UINT64_C(1) << 30)
enum { SET_INDICATOR = 0x201a, CHECK_EXCEPTION = 0x200e, BUFFER = 0x20000, LOG_BYTES = 116 };
#define LMB(n) (0x80000000 + (n))

static unsigned gone, kept;

static void on_gone(void *opaque, gpa_t start, uint64_t size)
{
    (void)opaque;
    ck_assert_uint_eq(start, GIB);
    ck_assert_uint_eq(size, 2 * LMB_SIZE);
    gone++;
}

static void on_kept(void *opaque, gpa_t start, uint64_t size)
{
    (void)opaque;
    (void)start;
    (void)size;
    kept++;
}

static const struct dimms_listener listener = { on_gone, on_kept };

static void room(struct platform_config *config)
{
    config->maxram_size = config->ram_size + 6 * LMB_SIZE;
}

static struct fixture *with_room(void)
{
    struct fixture *f = fixture_new(room);

    dimms_listen(f->dimms, &listener, f);
    gone = kept = 0;
    return f;
}

static void negotiate(struct fixture *f, unsigned byte, unsigned bit)
{
    f->platform->negotiated.ov5[byte - 1] |= (uint8_t)(0x80 >> bit);
}

static struct tree *rebuild(struct fixture *f)
{
    struct tree *t = platform_build_tree(f->platform, TREE_AFTER_CAS, NULL);

    tree_free(f->platform->tree);
    return f->platform->tree = t;
}

static const uint8_t *dynamic(struct fixture *f, const char *name, int *size)
{
    struct tree *t = rebuild(f);

    return fdt_getprop(tree_fdt(t), fdt_path_offset(tree_fdt(t), "/ibm,dynamic-reconfiguration-memory"), name, size);
}

static void check_cells(const uint8_t *bytes, int size, const uint32_t *cells, size_t n)
{
    ck_assert_int_eq(size, (int)(4 * n));
    for (size_t i = 0; i < n; i++)
        ck_assert_uint_eq(ld_be32(bytes + 4 * i), cells[i]);
}

START_TEST(both_lists)
{
    struct fixture *f = with_room();
    const uint32_t sets[] = {
        4, 4, 0, 0, 0, UINT32_MAX, 0xa0, 1, 0, GIB, LMB(4), UINT32_MAX, 0,
        2, 0, GIB + LMB_SIZE, LMB(5), 0, 0x108, 3, 0, GIB + 3 * LMB_SIZE, LMB(7), UINT32_MAX, 0,
    };
    gpa_t at = GIB + LMB_SIZE;
    const uint8_t *bytes;
    int size;

    ck_assert(dimms_plug(f->dimms, &at, 2 * LMB_SIZE, 0, false, NULL));
    ck_assert_uint_eq(dimms_plugged(f->dimms), 2 * LMB_SIZE);
    negotiate(f, OV5_DYNAMIC_MEMORY);
    bytes = dynamic(f, "ibm,dynamic-memory", &size);
    ck_assert_int_eq(size, 4 + 24 * 10);
    ck_assert_uint_eq(ld_be32(bytes), 10);
    check_cells(bytes + 4 + 24 * 5, 24, (const uint32_t[]){ 0, GIB + LMB_SIZE, LMB(5), 0, 0, 8 }, 6);
    check_cells(bytes + 4 + 24 * 4, 24, (const uint32_t[]){ 0, GIB, LMB(4), 0, UINT32_MAX, 0 }, 6);
    negotiate(f, OV5_DRMEM_V2);
    bytes = dynamic(f, "ibm,dynamic-memory-v2", &size);
    check_cells(bytes, size, sets, ARRAY_SIZE(sets));
    fixture_free(f);
}
END_TEST

START_TEST(what_cannot_be_plugged)
{
    struct fixture *f = with_room();
    gpa_t any = UINT64_MAX, at = GIB;

    ck_assert(!dimms_plug(f->dimms, &any, 0, 0, false, NULL));
    ck_assert(!dimms_plug(f->dimms, &any, LMB_SIZE / 2, 0, false, NULL));
    ck_assert(!dimms_plug(f->dimms, &any, LMB_SIZE, 1, false, NULL));
    ck_assert(!dimms_plug(f->dimms, &any, 7 * LMB_SIZE, 0, false, NULL));
    at = GIB / 2;
    ck_assert(!dimms_plug(f->dimms, &at, LMB_SIZE, 0, false, NULL));
    at = GIB + 5 * LMB_SIZE;
    ck_assert(!dimms_plug(f->dimms, &at, 2 * LMB_SIZE, 0, false, NULL));
    at = GIB + 1;
    ck_assert(!dimms_plug(f->dimms, &at, LMB_SIZE, 0, false, NULL));
    ck_assert(dimms_plug(f->dimms, &any, 6 * LMB_SIZE, 0, false, NULL));
    ck_assert_uint_eq(any, GIB);
    any = UINT64_MAX;
    ck_assert(!dimms_plug(f->dimms, &any, LMB_SIZE, 0, false, NULL));
    ck_assert(!dimms_unplug(f->dimms, GIB + LMB_SIZE, NULL));
    ck_assert(!dimms_unplug(f->dimms, 0, NULL));
    fixture_free(f);
}
END_TEST

static void take(struct fixture *f, uint32_t lmb)
{
    uint32_t ret[16];

    ck_assert_int_eq(RTAS(f, SET_INDICATOR, ret, 1, 9003, lmb, 1), RTAS_OK);
    ck_assert_int_eq(RTAS(f, SET_INDICATOR, ret, 1, 9001, lmb, 1), RTAS_OK);
    gpa_store_be32(f->mem, BUFFER, lmb);
    do
        RTAS(f, 0x201e, ret, 1, BUFFER, 0);
    while ((int32_t)ret[0] > 0);
    ck_assert_int_eq((int32_t)ret[0], RTAS_OK);
}

static void give(struct fixture *f, uint32_t lmb)
{
    uint32_t ret[16];

    ck_assert_int_eq(RTAS(f, SET_INDICATOR, ret, 1, 9001, lmb, 0), RTAS_OK);
    ck_assert_int_eq(RTAS(f, SET_INDICATOR, ret, 1, 9003, lmb, 0), RTAS_OK);
}

static void fetch(struct fixture *f, uint32_t mask, uint8_t log[LOG_BYTES])
{
    uint32_t ret[16];

    ck_assert_int_eq(RTAS(f, CHECK_EXCEPTION, ret, 1, 0x500, 0, mask, 0, BUFFER, 2048), RTAS_OK);
    gpa_read(f->mem, BUFFER, log, LOG_BYTES);
}

START_TEST(while_the_guest_runs)
{
    struct fixture *f = with_room();
    uint8_t log[LOG_BYTES];
    uint32_t word = 7;
    gpa_t at = UINT64_MAX;

    /* A guest without events of their own hears of it as of a power warning. */
    ck_assert(dimms_plug(f->dimms, &at, 2 * LMB_SIZE, 0, true, NULL));
    ck_assert_uint_eq(f->epow_pulses, 1);
    fetch(f, 0x40000000, log);
    ck_assert_uint_eq(ld_be32(log), 0x063460e5);
    ck_assert_mem_eq(log + 96, "HP\0\x14\1", 5);
    ck_assert_mem_eq(log + 104, "\2\1\4\0\0\0\0\2\x80\0\0\4", 12);
    take(f, LMB(4));
    take(f, LMB(5));
    gpa_store_be32(f->mem, at, 42);
    negotiate(f, OV5_HOTPLUG_EVENTS);
    ck_assert(dimms_unplug(f->dimms, at, NULL));
    ck_assert_uint_eq(f->hotplug_pulses, 1);
    fetch(f, 0x10000000, log);
    ck_assert_mem_eq(log + 104, "\2\2\4\0\0\0\0\2\x80\0\0\4", 12);
    give(f, LMB(5));
    ck_assert_uint_eq(gone, 0);
    give(f, LMB(4));
    ck_assert_uint_eq(gone, 1);
    gpa_load_be32(f->mem, at, &word);
    ck_assert_uint_eq(word, 0);
    ck_assert_uint_eq(dimms_plugged(f->dimms), 0);
    fixture_free(f);
}
END_TEST

START_TEST(a_guest_may_keep_it_and_a_reset_takes_it)
{
    struct fixture *f = with_room();
    uint32_t ret[16];
    gpa_t at = GIB;

    ck_assert(dimms_plug(f->dimms, &at, 2 * LMB_SIZE, 0, false, NULL));
    ck_assert(platform_reset(f->platform, NULL));
    ck_assert(dimms_unplug(f->dimms, at, NULL));
    ck_assert_int_eq(RTAS(f, SET_INDICATOR, ret, 1, 9001, LMB(4), 1), RTAS_OK);
    ck_assert_int_eq(RTAS(f, SET_INDICATOR, ret, 1, 9001, LMB(5), 1), RTAS_OK);
    ck_assert_uint_eq(kept, 1);
    ck_assert(dimms_unplug(f->dimms, at, NULL));
    ck_assert(platform_reset(f->platform, NULL));
    ck_assert_uint_eq(gone, 1);
    fixture_free(f);
}
END_TEST

START_TEST(events_wait_and_are_forgotten)
{
    struct fixture *f = with_room();
    uint32_t ret[16];
    unsigned n = 0;

    while (events_hotplug(f->events, HOTPLUG_PCI, HOTPLUG_ADD, 0x40000008) && n < 1000)
        n++;
    ck_assert_uint_eq(n, 64);
    events_forget_hotplug(f->events);
    ck_assert_int_eq(RTAS(f, CHECK_EXCEPTION, ret, 1, 0x500, 0, UINT32_MAX, 0, BUFFER, 2048), 1);
    events_power_down(f->events);
    ck_assert(events_hotplug(f->events, HOTPLUG_PCI, HOTPLUG_ADD, 0x40000008));
    events_forget_hotplug(f->events);
    ck_assert_int_eq(RTAS(f, CHECK_EXCEPTION, ret, 1, 0x500, 0, UINT32_MAX, 0, BUFFER, 2048), 0);
    fixture_free(f);
}
END_TEST

/* ---- nodes ---- */

static struct numa_config numa;

static void check_property(const void *fdt, int node, const char *name, const uint32_t *cells, size_t n)
{
    int size;
    const uint8_t *bytes = fdt_getprop(fdt, node, name, &size);

    ck_assert_ptr_nonnull(bytes);
    check_cells(bytes, size, cells, n);
}

static void three_nodes(struct platform_config *config)
{
    static const uint8_t distances[3][3] = { { 10, 20, 80 }, { 20, 10, 40 }, { 80, 40, 10 } };

    numa = (struct numa_config){ .n_nodes = 3, .ram_size = { FIXTURE_RAM / 2, FIXTURE_RAM / 4, FIXTURE_RAM / 4 } };
    for (unsigned i = 0; i < 3; i++)
        memcpy(numa.distance[i], distances[i], 3);
    numa.node_of_core[1] = 2;
    config->numa = &numa;
    config->rma_size = FIXTURE_RAM / 2;
    config->form1_from_distances = true;
}

START_TEST(form_1)
{
    struct fixture *f = fixture_new(three_nodes);
    const void *fdt = tree_fdt(f->platform->tree);
    uint32_t list[NUMA_LIST_MAX];
    int rtas = fdt_path_offset(fdt, "/rtas"), cpus = fdt_path_offset(fdt, "/cpus/PowerPC,POWER9@1");

    /* 1 shares all but the last with 0; 2 shares the outermost with 0, and two with 1, which are those of 0. */
    ck_assert_uint_eq(numa_memory_list(f->platform, 1, list), 5);
    ck_assert_mem_eq(list, ((const uint32_t[]){ 4, 0, 0, 0, 1 }), 20);
    numa_memory_list(f->platform, 2, list);
    ck_assert_mem_eq(list, ((const uint32_t[]){ 4, 0, 0, 2, 2 }), 20);
    check_property(fdt, cpus, "ibm,associativity", (const uint32_t[]){ 5, 0, 0, 2, 2, 1 }, 6);
    check_property(fdt, rtas, "ibm,associativity-reference-points", (const uint32_t[]){ 4, 3, 2, 1 }, 4);
    check_property(fdt, rtas, "ibm,max-associativity-domains", (const uint32_t[]){ 4, 3, 3, 3, 3 }, 5);
    ck_assert_int_ge(fdt_path_offset(fdt, "/memory@2000000"), 0);
    ck_assert_int_ge(fdt_path_offset(fdt, "/memory@3000000"), 0);
    ck_assert_int_eq(HCALL(f, H_HOME_NODE_ASSOCIATIVITY, 1, 1), H_SUCCESS);
    ck_assert_uint_eq(fixture_gpr(f, 4), 0);
    ck_assert_uint_eq(fixture_gpr(f, 5), UINT64_C(0x0000000200000002));
    ck_assert_uint_eq(fixture_gpr(f, 6), UINT64_C(0x00000001ffffffff));
    f->config.form1_from_distances = false;
    numa_memory_list(f->platform, 2, list);
    ck_assert_mem_eq(list, ((const uint32_t[]){ 4, 0, 0, 0, 2 }), 20);
    fixture_free(f);
}
END_TEST

START_TEST(form_2)
{
    struct fixture *f = fixture_new(three_nodes);
    const void *fdt;
    int size, rtas;

    negotiate(f, OV5_FORM2_AFFINITY);
    fdt = tree_fdt(rebuild(f));
    rtas = fdt_path_offset(fdt, "/rtas");
    check_property(fdt, rtas, "ibm,max-associativity-domains", (const uint32_t[]){ 1, 3 }, 2);
    check_property(fdt, rtas, "ibm,numa-lookup-index-table", (const uint32_t[]){ 3, 0, 1, 2 }, 4);
    ck_assert_mem_eq(fdt_getprop(fdt, rtas, "ibm,numa-distance-table", &size),
                     "\0\0\0\x09\x0a\x14\x50\x14\x0a\x28\x50\x28\x0a", 13);
    ck_assert_int_eq(size, 13);
    check_property(fdt, fdt_path_offset(fdt, "/memory@2000000"), "ibm,associativity", (const uint32_t[]){ 1, 1 }, 2);
    fixture_free(f);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        both_lists, what_cannot_be_plugged, while_the_guest_runs, a_guest_may_keep_it_and_a_reset_takes_it,
        events_wait_and_are_forgotten, form_1, form_2,
    };

    return fixture_run("papr/dimms", tests, ARRAY_SIZE(tests));
}
