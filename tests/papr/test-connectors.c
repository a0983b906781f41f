/* Connectors: every state with every indicator, the pieces of a node, lists, unplugging. */
#include <libfdt.h>
#include <stdio.h>
#include <string.h>

#include "tests/papr/fixture.h"

enum { SET_INDICATOR = 0x201a, SET_LEVEL = 0x201b, GET_LEVEL = 0x201c, GET_SENSOR = 0x201d, CONFIGURE = 0x201e };
enum { ISOLATION = 9001, DR = 9002, ALLOCATION = 9003, SENSE = 9003, AREA = 0x40000 };
enum { CPU_4 = 0x10000004, PCI_8 = 0x40000008, LMB_5 = 0x80000005 };

struct device {
    unsigned released, refused;
    bool has_node;
};

static void write_node(void *device, struct tree *t, char *path, size_t size)
{
    snprintf(path, size, "/thing@5");
    if (!((struct device *)device)->has_node)
        return;
    tree_node(t, "/thing@5");
    tree_node(t, "/thing@5/inner");
    tree_u32(t, "/thing@5", "reg", 5);
    tree_empty(t, "/thing@5/inner", "nothing");
}

static void released(void *device)
{
    ((struct device *)device)->released++;
}

static void refused(void *device)
{
    ((struct device *)device)->refused++;
}

static const struct connector_ops ops = { write_node, released, refused };

static struct fixture *with(uint32_t index)
{
    struct fixture *f = fixture_new(NULL);

    ck_assert(connector_new(f->connectors, index, "/", NULL));
    return f;
}

static int32_t set(struct fixture *f, uint32_t type, uint32_t index, uint32_t state)
{
    uint32_t ret[16];

    return RTAS(f, SET_INDICATOR, ret, 1, type, index, state);
}

static uint32_t sense(struct fixture *f, uint32_t index)
{
    uint32_t ret[16];

    ck_assert_int_eq(RTAS(f, GET_SENSOR, ret, 2, SENSE, index), RTAS_OK);
    return ret[1];
}

static int32_t configure(struct fixture *f, uint32_t index)
{
    uint32_t ret[16];

    gpa_store_be32(f->mem, AREA, index);
    return RTAS(f, CONFIGURE, ret, 1, AREA, 0);
}

static void configure_all(struct fixture *f, uint32_t index)
{
    int32_t status = 1;

    while (status > 0)
        status = configure(f, index);
    ck_assert_int_eq(status, RTAS_OK);
}

START_TEST(names_and_lists)
{
    struct fixture *f = with(LMB_5);
    const void *fdt;
    const char *names;
    int size;

    ck_assert(!connector_new(f->connectors, LMB_5, "/", NULL));
    ck_assert(!connector_new(f->connectors, 0x50000000, "/", NULL));
    ck_assert(connector_new(f->connectors, CPU_4, "/cpus", NULL));
    ck_assert(connector_new(f->connectors, 0x20000001, "/", NULL));
    ck_assert(connector_exists(f->connectors, CPU_4));
    ck_assert(!connector_exists(f->connectors, 0));
    ck_assert(platform_reset(f->platform, NULL));
    fdt = tree_fdt(f->platform->tree);
    names = fdt_getprop(fdt, 0, "ibm,drc-names", &size);
    ck_assert_int_eq(size, 4 + 6 + 6);
    ck_assert_mem_eq(names, "\0\0\0\2PHB 1\0LMB 5", 16);
    names = fdt_getprop(fdt, 0, "ibm,drc-types", &size);
    ck_assert_mem_eq(names, "\0\0\0\2PHB\0MEM", 12);
    ck_assert_mem_eq(fdt_getprop(fdt, 0, "ibm,drc-indexes", &size), "\0\0\0\2\x20\0\0\1\x80\0\0\5", 12);
    ck_assert_mem_eq(fdt_getprop(fdt, 0, "ibm,drc-power-domains", &size), "\0\0\0\2\xff\xff\xff\xff", 8);
    ck_assert_mem_eq(fdt_getprop(fdt, fdt_path_offset(fdt, "/cpus"), "ibm,drc-names", &size), "\0\0\0\1CPU 4", 10);
    fixture_free(f);
}
END_TEST

START_TEST(logical_states)
{
    struct fixture *f = with(CPU_4);
    struct device device = { .has_node = true };

    /* Empty: unusable. */
    ck_assert_uint_eq(sense(f, CPU_4), 2);
    ck_assert_int_eq(set(f, ISOLATION, CPU_4, 0), RTAS_OK);
    ck_assert_int_eq(set(f, ISOLATION, CPU_4, 1), RTAS_PARAMETER);
    ck_assert_int_eq(set(f, ALLOCATION, CPU_4, 1), RTAS_PARAMETER);
    ck_assert_int_eq(set(f, ALLOCATION, CPU_4, 0), RTAS_OK);
    ck_assert_int_eq(configure(f, CPU_4), -9003);
    /* Attached, taken step by step; each step may be repeated. */
    connector_attach(f->connectors, CPU_4, &ops, &device, false);
    ck_assert_ptr_eq(connector_device(f->connectors, CPU_4), &device);
    ck_assert_uint_eq(sense(f, CPU_4), 2);
    ck_assert_int_eq(set(f, ALLOCATION, CPU_4, 1), RTAS_OK);
    ck_assert_int_eq(set(f, ALLOCATION, CPU_4, 1), RTAS_OK);
    ck_assert_uint_eq(sense(f, CPU_4), 1);
    ck_assert_int_eq(set(f, ISOLATION, CPU_4, 0), RTAS_OK);
    ck_assert_int_eq(configure(f, CPU_4), -9003);
    ck_assert_int_eq(set(f, ISOLATION, CPU_4, 1), RTAS_OK);
    ck_assert_int_eq(set(f, ISOLATION, CPU_4, 1), RTAS_OK);
    ck_assert_int_eq(set(f, ISOLATION, CPU_4, 0), RTAS_PARAMETER);
    ck_assert_int_eq(set(f, ALLOCATION, CPU_4, 0), RTAS_PARAMETER);
    ck_assert_int_eq(set(f, ALLOCATION, CPU_4, 1), RTAS_OK);
    configure_all(f, CPU_4);
    /* Configured; given back without being asked: the device stays. */
    ck_assert_int_eq(set(f, ALLOCATION, CPU_4, 0), RTAS_PARAMETER);
    ck_assert_int_eq(set(f, ISOLATION, CPU_4, 1), RTAS_OK);
    ck_assert_int_eq(set(f, ISOLATION, CPU_4, 0), RTAS_OK);
    ck_assert_int_eq(set(f, ALLOCATION, CPU_4, 0), RTAS_OK);
    ck_assert_uint_eq(device.released, 0);
    ck_assert_uint_eq(sense(f, CPU_4), 2);
    fixture_free(f);
}
END_TEST

START_TEST(physical_states)
{
    struct fixture *f = with(PCI_8);
    struct device device = { .has_node = true };

    ck_assert_uint_eq(sense(f, PCI_8), 0);
    ck_assert_int_eq(set(f, ISOLATION, PCI_8, 1), RTAS_PARAMETER);
    ck_assert_int_eq(set(f, ISOLATION, PCI_8, 0), RTAS_OK);
    ck_assert_int_eq(set(f, ALLOCATION, PCI_8, 1), RTAS_PARAMETER);
    ck_assert_int_eq(set(f, DR, PCI_8, 3), RTAS_OK);
    ck_assert_int_eq(set(f, DR, PCI_8, 4), RTAS_PARAMETER);
    connector_attach(f->connectors, PCI_8, &ops, &device, false);
    ck_assert_uint_eq(sense(f, PCI_8), 1);
    ck_assert_int_eq(set(f, ISOLATION, PCI_8, 1), RTAS_OK);
    ck_assert_int_eq(set(f, ISOLATION, PCI_8, 0), RTAS_PARAMETER);
    configure_all(f, PCI_8);
    ck_assert(connector_request_unplug(f->connectors, PCI_8));
    ck_assert_uint_eq(device.released, 0);
    ck_assert_int_eq(set(f, ISOLATION, PCI_8, 0), RTAS_OK);
    ck_assert_uint_eq(device.released, 1);
    ck_assert_uint_eq(sense(f, PCI_8), 0);
    fixture_free(f);
}
END_TEST

START_TEST(arguments_are_checked)
{
    struct fixture *f = with(CPU_4);
    uint32_t ret[16];

    ck_assert_int_eq(set(f, ISOLATION, CPU_4, 2), RTAS_PARAMETER);
    ck_assert_int_eq(set(f, ISOLATION, CPU_4 + 1, 0), RTAS_PARAMETER);
    ck_assert_int_eq(set(f, ALLOCATION, CPU_4, 2), RTAS_PARAMETER);
    ck_assert_int_eq(set(f, ALLOCATION, CPU_4, 3), RTAS_PARAMETER);
    ck_assert_int_eq(set(f, DR, CPU_4, 0), RTAS_PARAMETER);
    ck_assert_int_eq(set(f, 9000, CPU_4, 0), RTAS_PARAMETER);
    ck_assert_int_eq(set(f, 9004, CPU_4, 0), RTAS_PARAMETER);
    ck_assert_int_eq(RTAS(f, GET_SENSOR, ret, 2, SENSE, CPU_4 + 1), RTAS_PARAMETER);
    ck_assert_int_eq(RTAS(f, GET_SENSOR, ret, 2, 9001, CPU_4), RTAS_PARAMETER);
    ck_assert_int_eq(RTAS(f, GET_SENSOR, ret, 2, 9, 0), RTAS_OK);
    ck_assert_int_eq(RTAS(f, GET_LEVEL, ret, 2, 1), RTAS_PARAMETER);
    ck_assert_int_eq(RTAS(f, GET_LEVEL, ret, 2, UINT32_MAX), RTAS_OK);
    ck_assert_uint_eq(ret[1], 100);
    ck_assert_int_eq(RTAS(f, SET_LEVEL, ret, 2, UINT32_MAX, 7), RTAS_OK);
    ck_assert_int_eq(RTAS(f, SET_LEVEL, ret, 2, 0, 7), RTAS_PARAMETER);
    ck_assert_int_eq(configure(f, CPU_4 + 1), RTAS_PARAMETER);
    ck_assert_int_eq(RTAS(f, CONFIGURE, ret, 1, (uint32_t)FIXTURE_RAM - 100, 0), RTAS_PARAMETER);
    ck_assert_int_eq(RTAS(f, CONFIGURE, ret, 1, AREA, 1), RTAS_PARAMETER);
    fixture_free(f);
}
END_TEST

START_TEST(pieces_of_a_node)
{
    struct fixture *f = with(CPU_4);
    struct device device = { .has_node = true };
    char text[64];
    uint32_t cell;

    connector_attach(f->connectors, CPU_4, &ops, &device, true);
    ck_assert_int_eq(configure(f, CPU_4), 2);
    gpa_load_be32(f->mem, AREA + 8, &cell);
    ck_assert_uint_eq(cell, 20);
    gpa_read(f->mem, AREA + 20, text, sizeof text);
    ck_assert_str_eq(text, "thing@5");
    ck_assert_int_eq(configure(f, CPU_4), 3);
    gpa_read(f->mem, AREA + 20, text, sizeof text);
    ck_assert_str_eq(text, "reg");
    gpa_load_be32(f->mem, AREA + 12, &cell);
    ck_assert_uint_eq(cell, 4);
    gpa_load_be32(f->mem, AREA + 16, &cell);
    ck_assert_uint_eq(cell, 24);
    gpa_load_be32(f->mem, AREA + 24, &cell);
    ck_assert_uint_eq(cell, 5);
    ck_assert_int_eq(configure(f, CPU_4), 2);
    ck_assert_int_eq(configure(f, CPU_4), 3);
    gpa_load_be32(f->mem, AREA + 12, &cell);
    ck_assert_uint_eq(cell, 0);
    ck_assert_int_eq(configure(f, CPU_4), 4);
    ck_assert_int_eq(configure(f, CPU_4), 0);
    ck_assert_int_eq(configure(f, CPU_4), 2); /* from the beginning */
    device.has_node = false;
    connectors_reset(f->connectors);
    ck_assert_int_eq(configure(f, CPU_4), RTAS_HARDWARE);
    fixture_free(f);
}
END_TEST

START_TEST(unplugging)
{
    struct fixture *f = with(LMB_5);
    struct device device = { .has_node = true };

    ck_assert(!connector_request_unplug(f->connectors, LMB_5));
    /* Never taken: gone at once. */
    connector_attach(f->connectors, LMB_5, &ops, &device, false);
    ck_assert(!connector_request_unplug(f->connectors, LMB_5));
    ck_assert_uint_eq(device.released, 1);
    ck_assert_ptr_null(connector_device(f->connectors, LMB_5));
    /* Asked for and given. A block that nobody asked for is not taken. */
    connector_attach(f->connectors, LMB_5, &ops, &device, true);
    ck_assert_int_eq(set(f, ISOLATION, LMB_5, 0), RTAS_HARDWARE);
    ck_assert(connector_request_unplug(f->connectors, LMB_5));
    ck_assert(connector_unplug_requested(f->connectors, LMB_5));
    ck_assert_int_eq(set(f, ISOLATION, LMB_5, 0), RTAS_OK);
    ck_assert_int_eq(set(f, ALLOCATION, LMB_5, 0), RTAS_OK);
    ck_assert_uint_eq(device.released, 2);
    /* Refused, in two ways. */
    connector_attach(f->connectors, LMB_5, &ops, &device, true);
    connector_request_unplug(f->connectors, LMB_5);
    ck_assert_int_eq(set(f, ISOLATION, LMB_5, 1), RTAS_OK);
    ck_assert_uint_eq(device.refused, 1);
    ck_assert(!connector_unplug_requested(f->connectors, LMB_5));
    connector_request_unplug(f->connectors, LMB_5);
    ck_assert_int_eq(configure(f, LMB_5), 2);
    ck_assert_uint_eq(device.refused, 2);
    /* The next reset takes it. */
    connector_request_unplug(f->connectors, LMB_5);
    ck_assert(platform_reset(f->platform, NULL));
    ck_assert_uint_eq(device.released, 3);
    fixture_free(f);
}
END_TEST

START_TEST(cores)
{
    struct fixture *f = fixture_new(NULL);
    char name[24];

    ck_assert(processors_add_connectors(f->processors, NULL));
    ck_assert_uint_eq(sense(f, 0x10000001), 1);
    ck_assert_int_eq(configure(f, 0x10000001), 2);
    gpa_read(f->mem, AREA + 20, name, sizeof name);
    ck_assert_str_eq(name, "PowerPC,POWER9@1");
    configure_all(f, 0x10000001);
    ck_assert_int_eq(configure(f, 0x10000002), RTAS_PARAMETER);
    fixture_free(f);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        names_and_lists, logical_states, physical_states, arguments_are_checked, pieces_of_a_node, unplugging, cores,
    };

    return fixture_run("papr/connectors", tests, ARRAY_SIZE(tests));
}
