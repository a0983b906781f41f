/* Host bridges and functions without a driver: configuration space, base addresses, interrupts, DMA windows, nodes. */
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "base/endian.h"
#include "tests/pci/fixture.h"

enum { QUERY_SOURCE = 0x2018, CHANGE_MSI, DDW_QUERY = 0x2026, DDW_CREATE, DDW_REMOVE, DDW_RESET };
enum { BUID_HIGH = 0x8000000, BUID_LOW = 0x20000000, MSIX_ENTRIES = 5, MSIX_BAR = 1 };
enum { SPECIAL = 0x40 }; /* MSI-X, the only capability */

/* ---- a device that remembers ---- */

struct device {
    struct pci_device pci;
    unsigned bar, size;
    uint64_t offset, value;
    unsigned resets;
};

static uint64_t load(struct pci_device *p, unsigned bar, uint64_t offset, unsigned size)
{
    struct device *d = (struct device *)p;

    d->bar = bar;
    d->offset = offset;
    d->size = size;
    return UINT64_C(0x8877665544332211);
}

static void store(struct pci_device *p, unsigned bar, uint64_t offset, unsigned size, uint64_t value)
{
    load(p, bar, offset, size);
    ((struct device *)p)->value = value;
}

static void reset(struct pci_device *p)
{
    ((struct device *)p)->resets++;
}

static const struct pci_device_ops ops = { .load = load, .store = store, .reset = reset };

static struct pci_fixture *p;
static struct device a, b;

static void make(struct device *d, int devfn)
{
    *d = (struct device){ .pci = { .ops = &ops, .type = "test", .vendor = 0x1234, .device = 0x5678,
                                   .subsystem_vendor = 0x9abc, .subsystem = 0xdef0, .class_code = 0x020000,
                                   .revision = 7, .has_intx = true, .wanted_devfn = devfn } };
    pci_device_init(&d->pci);
    pci_device_add_bar(&d->pci, 0, PCI_SPACE_IO, false, 0x20);
    ck_assert(pci_device_add_msix(&d->pci, MSIX_ENTRIES, MSIX_BAR, NULL));
    pci_device_add_bar(&d->pci, 4, PCI_SPACE_MEMORY_64, true, 0x4000);
    ck_assert(phb_add(p->phb, &d->pci, NULL));
}

static void start(void)
{
    p = pci_fixture_new();
    make(&a, -1);
    make(&b, 3 << 3);
    pci_fixture_reset(p);
}

static void stop(void)
{
    phb_remove(&a.pci);
    phb_remove(&b.pci);
    pci_device_fini(&a.pci);
    pci_device_fini(&b.pci);
    pci_fixture_free(p);
}

/* ---- configuration space ---- */

START_TEST(header)
{
    start();
    ck_assert_uint_eq(config_load(p, 0, 0, 4), 0x56781234);
    ck_assert_uint_eq(config_load(p, 0, 2, 2), 0x5678);
    ck_assert_uint_eq(config_load(p, 0, 8, 4), 0x02000007);
    ck_assert_uint_eq(config_load(p, 3, 0x2c, 4), 0xdef09abc);
    ck_assert_uint_eq(config_load(p, 3, 0x3d, 1), 1);
    ck_assert_uint_eq(config_load(p, 0, 0x34, 1), SPECIAL);
    ck_assert_uint_eq(config_load(p, 0, SPECIAL, 4), 4u << 16 | 0x0011);
    /* Read-only bits stay, others are changed. */
    ck_assert_int_eq(config_store(p, 0, 0, 4, UINT32_MAX), 0);
    ck_assert_uint_eq(config_load(p, 0, 0, 4), 0x56781234);
    ck_assert_int_eq(config_store(p, 0, 4, 4, UINT32_MAX), 0);
    ck_assert_uint_eq(config_load(p, 0, 4, 4), 0x00100547);
    ck_assert_int_eq(config_store(p, 0, 0x3c, 1, 0x5a), 0);
    ck_assert_uint_eq(config_load(p, 0, 0x3c, 2), 0x015a);
    pci_fixture_reset(p);
    ck_assert_uint_eq(config_load(p, 0, 4, 4), 0x00100000);
    ck_assert_uint_eq(a.resets, 2);
    stop();
}
END_TEST

START_TEST(bad_accesses)
{
    uint32_t ret[3];

    start();
    ck_assert_int_eq(config_store(p, 1, 4, 2, 0), RTAS_HARDWARE);     /* nobody there */
    ck_assert_int_eq(config_store(p, 0, 5, 2, 0), RTAS_HARDWARE);     /* unaligned */
    ck_assert_int_eq(config_store(p, 0, 4, 3, 0), RTAS_HARDWARE);     /* size */
    ck_assert_int_eq(config_store(p, 0, 4, 8, 0), RTAS_HARDWARE);
    ck_assert_int_eq(config_store(p, 0, 0x100, 4, 0), RTAS_HARDWARE); /* beyond */
    ck_assert_int_eq(config_store(p, 0, 0xfc, 4, 0), 0);
    ck_assert_int_eq(RTAS(p->f, 0x2016, ret, 2, 0, BUID_HIGH, BUID_LOW + 1, 4), RTAS_HARDWARE);
    ck_assert_int_eq(RTAS(p->f, 0x2016, ret, 2, 1 << 16, BUID_HIGH, BUID_LOW, 4), RTAS_HARDWARE); /* bus 1 */
    ck_assert_int_eq(RTAS(p->f, 0x2016, ret, 2, 0, BUID_HIGH, BUID_LOW), RTAS_HARDWARE);
    ck_assert_int_eq(RTAS(p->f, 0x2014, ret, 2, 0, 4), RTAS_HARDWARE);
    ck_assert_int_eq(RTAS(p->f, 0x2015, ret, 1, 0, 4, 0), RTAS_HARDWARE);
    stop();
}
END_TEST

START_TEST(slots)
{
    struct device c = { 0 };
    struct error err = { 0 };

    start();
    ck_assert_uint_eq(a.pci.devfn, 0);
    c.pci.ops = &ops;
    c.pci.type = "test";
    c.pci.wanted_devfn = 3 << 3;
    pci_device_init(&c.pci);
    ck_assert(!phb_add(p->phb, &c.pci, &err));
    ck_assert_int_eq(err.code, ERROR_USAGE);
    c.pci.wanted_devfn = -1;
    ck_assert(phb_add(p->phb, &c.pci, NULL));
    ck_assert_uint_eq(c.pci.devfn, 1 << 3);
    phb_remove(&c.pci);
    ck_assert_uint_eq(config_load(p, 1, 0, 4), UINT32_MAX);
    ck_assert_ptr_null(phb_new(p->phbs, 0, NULL));
    ck_assert_ptr_null(phb_new(p->phbs, PHB_MOST, NULL));
    ck_assert_ptr_nonnull(phb_new(p->phbs, PHB_MOST - 1, NULL));
    stop();
}
END_TEST

/* ---- base addresses ---- */

START_TEST(base_addresses)
{
    start();
    /* Sizes, as every system finds them out. */
    config_store(p, 0, 0x10, 4, UINT32_MAX);
    config_store(p, 0, 0x14, 4, UINT32_MAX);
    config_store(p, 0, 0x20, 4, UINT32_MAX);
    config_store(p, 0, 0x24, 4, UINT32_MAX);
    ck_assert_uint_eq(config_load(p, 0, 0x10, 4), 0xffffffe1);
    ck_assert_uint_eq(config_load(p, 0, 0x14, 4), 0xfffff000);
    ck_assert_uint_eq(config_load(p, 0, 0x20, 4), 0xffffc00c);
    ck_assert_uint_eq(config_load(p, 0, 0x24, 4), 0xffffffff);
    ck_assert_uint_eq(config_load(p, 0, 0x18, 4), 0);

    config_store(p, 0, 0x10, 4, 0x1000);
    config_store(p, 0, 0x20, 4, 0x00008000);
    config_store(p, 0, 0x24, 4, 0x2100);
    ck_assert_uint_eq(mmio_load(p, PHB_MEMORY_64_START(0) + 0x8010, 4), UINT32_MAX); /* not enabled */
    config_store(p, 0, 4, 2, PCI_COMMAND_IO | PCI_COMMAND_MEMORY);
    ck_assert_uint_eq(mmio_load(p, PHB_MEMORY_64_START(0) + 0x8010, 4), 0x44332211);
    ck_assert_uint_eq(a.bar, 4);
    ck_assert_uint_eq(a.offset, 0x10);
    ck_assert_uint_eq(a.size, 4);
    mmio_store(p, PHB_IO_START(0) + 0x101e, 2, 0xabcd);
    ck_assert_uint_eq(a.bar, 0);
    ck_assert_uint_eq(a.offset, 0x1e);
    ck_assert_uint_eq(a.value, 0xabcd);
    /* Beyond its end, and not in part. */
    ck_assert_uint_eq(mmio_load(p, PHB_IO_START(0) + 0x101e, 4), UINT32_MAX);
    ck_assert_uint_eq(mmio_load(p, PHB_MEMORY_64_START(0) + 0xc000, 1), 0xff);
    /* The same base address in the 32-bit window. */
    config_store(p, 0, 0x20, 4, 0x90000000);
    config_store(p, 0, 0x24, 4, 0);
    ck_assert_uint_eq(mmio_load(p, PHB_MEMORY_32_START(0) + 0x10000000, 8), UINT64_C(0x8877665544332211));
    stop();
}
END_TEST

/* ---- interrupts ---- */

#define TABLE (PHB_MEMORY_32_START(0) + 0x100000)

static void map_table(unsigned slot)
{
    config_store(p, slot, 0x14, 4, 0x80100000);
    config_store(p, slot, 4, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
}

static void signal(unsigned vector)
{
    accel_lock(p->f->accel);
    pci_msix_signal(&a.pci, vector);
    accel_unlock(p->f->accel);
}

START_TEST(messages)
{
    unsigned first;

    start();
    map_table(0);
    first = msis_allocate(p, 0, MSIX_ENTRIES);
    ck_assert_uint_eq(first, IRQ_MSI);
    ck_assert_uint_eq(mmio_load(p, TABLE + 16, 8), PCI_MSI_ADDRESS);
    ck_assert_uint_eq(mmio_load(p, TABLE + 24, 4), first + 1);
    ck_assert_uint_eq(mmio_load(p, TABLE + 28, 4), 1);
    signal(1);
    ck_assert_uint_eq(interrupt_take(p), 0); /* not enabled: lost, as there are wires then */
    config_store(p, 0, SPECIAL + 2, 2, 0x8000);
    signal(1);
    ck_assert_uint_eq(interrupt_take(p), 0); /* masked: pending */
    ck_assert_uint_eq(mmio_load(p, TABLE + 2048, 4), 2);
    mmio_store(p, TABLE + 28, 4, 0);
    ck_assert_uint_eq(interrupt_take(p), first + 1);
    ck_assert_uint_eq(mmio_load(p, TABLE + 2048, 4), 0);
    signal(1);
    ck_assert_uint_eq(interrupt_take(p), first + 1);
    /* The mask of all. */
    config_store(p, 0, SPECIAL + 2, 2, 0xc000);
    signal(1);
    ck_assert_uint_eq(interrupt_take(p), 0);
    config_store(p, 0, SPECIAL + 2, 2, 0x8000);
    ck_assert_uint_eq(interrupt_take(p), first + 1);
    /* Not of a function that may not be master; of no vector that is not there. */
    config_store(p, 0, 4, 2, PCI_COMMAND_MEMORY);
    signal(1);
    signal(MSIX_ENTRIES);
    ck_assert_uint_eq(interrupt_take(p), 0);
    stop();
}
END_TEST

START_TEST(messages_of_others)
{
    unsigned mine, other;

    start();
    map_table(0);
    mine = msis_allocate(p, 0, 2);
    other = msis_allocate(p, 3, 2);
    ck_assert_uint_ne(mine, other);
    config_store(p, 0, SPECIAL + 2, 2, 0x8000);
    mmio_store(p, TABLE + 12, 4, 0);
    /* A number that is another's, the other way round, elsewhere. */
    mmio_store(p, TABLE + 8, 4, other);
    signal(0);
    ck_assert_uint_eq(interrupt_take(p), 0);
    mmio_store(p, TABLE + 8, 4, mine + 1);
    signal(0);
    ck_assert_uint_eq(interrupt_take(p), mine + 1);
    mmio_store(p, TABLE, 8, 0x1000);
    signal(0);
    ck_assert_uint_eq(interrupt_take(p), 0);
    /* Half words and unaligned ones are nothing; the end of the table is. */
    mmio_store(p, TABLE + 8, 2, 0);
    ck_assert_uint_eq(mmio_load(p, TABLE + 8, 4), mine + 1);
    ck_assert_uint_eq(mmio_load(p, TABLE + 16 * MSIX_ENTRIES, 8), 0);
    mmio_store(p, TABLE + 16 * MSIX_ENTRIES, 8, UINT64_MAX);
    mmio_store(p, TABLE + 4088, 8, UINT64_MAX);
    stop();
}
END_TEST

START_TEST(change_msi)
{
    uint32_t ret[4];

    start();
    ck_assert_int_eq(RTAS(p->f, CHANGE_MSI, ret, 3, 0, BUID_HIGH, BUID_LOW, 4, 0, 1), RTAS_HARDWARE);
    ck_assert_int_eq(RTAS(p->f, CHANGE_MSI, ret, 3, 0, BUID_HIGH, BUID_LOW, 3, 1, 1), RTAS_PARAMETER);
    ck_assert_int_eq(RTAS(p->f, CHANGE_MSI, ret, 3, 0, BUID_HIGH, BUID_LOW, 0, 1, 1), RTAS_PARAMETER);
    ck_assert_int_eq(RTAS(p->f, CHANGE_MSI, ret, 3, 1 << 11, BUID_HIGH, BUID_LOW, 4, 1, 1), RTAS_PARAMETER);
    ck_assert_int_eq(RTAS(p->f, CHANGE_MSI, ret, 2, 0, BUID_HIGH, BUID_LOW, 4, 1, 1), RTAS_PARAMETER);
    ck_assert_int_eq(RTAS(p->f, QUERY_SOURCE, ret, 3, 0, BUID_HIGH, BUID_LOW, 0), RTAS_HARDWARE);
    /* More than there are: told how many, and nothing allocated. */
    ck_assert_int_eq(RTAS(p->f, CHANGE_MSI, ret, 3, 0, BUID_HIGH, BUID_LOW, 4, 9, 1), 0);
    ck_assert_uint_eq(ret[1], MSIX_ENTRIES);
    ck_assert_int_eq(RTAS(p->f, QUERY_SOURCE, ret, 3, 0, BUID_HIGH, BUID_LOW, 0), RTAS_HARDWARE);
    ck_assert_int_eq(RTAS(p->f, CHANGE_MSI, ret, 4, 0, BUID_HIGH, BUID_LOW, 1, 3, 41), 0);
    ck_assert_uint_eq(ret[1], 3);
    ck_assert_uint_eq(ret[2], 42);
    ck_assert_uint_eq(ret[3], 2);
    ck_assert_int_eq(RTAS(p->f, QUERY_SOURCE, ret, 3, 0, BUID_HIGH, BUID_LOW, 2), 0);
    ck_assert_uint_eq(ret[1], IRQ_MSI + 2);
    ck_assert_uint_eq(ret[2], 1);
    ck_assert_int_eq(RTAS(p->f, QUERY_SOURCE, ret, 3, 0, BUID_HIGH, BUID_LOW, 3), RTAS_HARDWARE);
    /* Again and again: what was allocated before is freed. */
    for (int i = 0; i < 5000; i++)
        ck_assert_int_eq(RTAS(p->f, CHANGE_MSI, ret, 3, 0, BUID_HIGH, BUID_LOW, 4, 5, 1), 0);
    ck_assert_int_eq(RTAS(p->f, CHANGE_MSI, ret, 3, 0, BUID_HIGH, BUID_LOW, 4, 0, 1), 0);
    ck_assert_uint_eq(ret[1], 0);
    stop();
}
END_TEST

START_TEST(wires)
{
    start();
    source_enable(p, IRQ_PCI_LSI + 0);
    source_enable(p, IRQ_PCI_LSI + 3);
    pci_set_intx(&a.pci, true);
    pci_set_intx(&b.pci, true);
    ck_assert_uint_eq(config_load(p, 0, 6, 2) & 8, 8);
    ck_assert_uint_eq(interrupt_take(p), IRQ_PCI_LSI + 0);
    ck_assert_uint_eq(interrupt_take(p), IRQ_PCI_LSI + 0); /* still high: it comes again */
    pci_set_intx(&a.pci, false);
    ck_assert_uint_eq(interrupt_take(p), IRQ_PCI_LSI + 0); /* was presented already */
    ck_assert_uint_eq(interrupt_take(p), IRQ_PCI_LSI + 3);
    config_store(p, 3, 4, 2, PCI_COMMAND_INTX_DISABLE);
    interrupt_take(p);
    ck_assert_uint_eq(interrupt_take(p), 0);
    pci_fixture_reset(p);
    ck_assert_uint_eq(interrupt_take(p), 0);
    stop();
}
END_TEST

/* ---- DMA windows ---- */

START_TEST(windows)
{
    uint32_t ret[6];
    uint8_t byte = 1;

    start();
    ck_assert_int_eq(RTAS(p->f, DDW_QUERY, ret, 6, 0, BUID_HIGH, BUID_LOW), 0);
    ck_assert_uint_eq(ret[1], 1);
    ck_assert_uint_eq(ret[2], 0);
    ck_assert_uint_eq(ret[3], 1 << 18);
    ck_assert_uint_eq(ret[4], 0x107);
    ck_assert_uint_eq(ret[5], 0);
    ck_assert_int_eq(RTAS(p->f, DDW_QUERY, ret, 5, 0, BUID_HIGH, BUID_LOW), 0);
    ck_assert_uint_eq(ret[2], 1 << 18);
    ck_assert_uint_eq(ret[3], 0x107);
    ck_assert_int_eq(RTAS(p->f, DDW_CREATE, ret, 4, 0, BUID_HIGH, BUID_LOW, 13, 30), RTAS_PARAMETER);
    ck_assert_int_eq(RTAS(p->f, DDW_CREATE, ret, 4, 0, BUID_HIGH, BUID_LOW, 24, 23), RTAS_PARAMETER);
    ck_assert_int_eq(RTAS(p->f, DDW_CREATE, ret, 4, 0, BUID_HIGH, BUID_LOW, 12, 60), RTAS_PARAMETER);
    ck_assert_int_eq(RTAS(p->f, DDW_CREATE, ret, 4, 0, BUID_HIGH, BUID_LOW, 12, 31), RTAS_HARDWARE);
    ck_assert_int_eq(RTAS(p->f, DDW_CREATE, ret, 4, 0, BUID_HIGH, BUID_LOW, 16, 26), 0);
    ck_assert_uint_eq(ret[1], 0x80000001);
    ck_assert_uint_eq(ret[2], 0x8000000);
    ck_assert_uint_eq(ret[3], 0);
    ck_assert_int_eq(RTAS(p->f, DDW_CREATE, ret, 4, 0, BUID_HIGH, BUID_LOW, 16, 26), RTAS_HARDWARE);
    ck_assert_int_eq(HCALL(p->f, 0x20, 0x80000001, UINT64_C(0x800000000010000), 0x20003), 0);
    ck_assert(dma_write(p->phb->dma, UINT64_C(0x800000000010005), &byte, 1));
    ck_assert_uint_eq(p->f->mem->ram[0x20005], 1);
    ck_assert_int_eq(RTAS(p->f, DDW_REMOVE, ret, 1, 0x80000001), 0);
    ck_assert(!dma_write(p->phb->dma, UINT64_C(0x800000000010005), &byte, 1));
    ck_assert_int_eq(RTAS(p->f, DDW_REMOVE, ret, 1, 0x80000001), RTAS_PARAMETER);
    /* The default window makes room for a larger one, and comes back when that is gone or by reset. */
    ck_assert_int_eq(RTAS(p->f, DDW_REMOVE, ret, 1, 0x80000000), 0);
    ck_assert_int_eq(RTAS(p->f, DDW_CREATE, ret, 4, 0, BUID_HIGH, BUID_LOW, 24, 32), 0);
    ck_assert_uint_eq(ret[1], 0x80000000);
    ck_assert_uint_eq(ret[2], 0);
    ck_assert_int_eq(RTAS(p->f, DDW_RESET, ret, 1, 0, BUID_HIGH, BUID_LOW), 0);
    ck_assert_int_eq(HCALL(p->f, 0x20, 0x80000000, (1 << 30) - 1, 3), 0);
    ck_assert_int_eq(HCALL(p->f, 0x20, 0x80000000, 1 << 30, 3), H_PARAMETER);
    ck_assert_int_eq(RTAS(p->f, DDW_QUERY, ret, 6, 0, BUID_HIGH, BUID_LOW + 9), RTAS_PARAMETER);
    stop();
}
END_TEST

START_TEST(nodes)
{
    const void *fdt;
    const uint32_t *cells;
    int node, length;

    start();
    fdt = tree_fdt(p->f->platform->tree);
    node = fdt_path_offset(fdt, "/pci@800000020000000");
    ck_assert_int_ge(node, 0);
    cells = fdt_getprop(fdt, node, "interrupt-map", &length);
    ck_assert_int_eq(length, 32 * 4 * 28);
    /* Slot 3, pin 2: the wires rotate. */
    ck_assert_uint_eq(ld_be32(cells + (3 * 4 + 1) * 7 + 5), IRQ_PCI_LSI + 0);
    /* Systems number devices in the nodes' order. */
    ck_assert_str_eq(fdt_get_name(fdt, fdt_first_subnode(fdt, node), NULL), "ethernet@0");
    node = fdt_path_offset(fdt, "/pci@800000020000000/ethernet@3");
    ck_assert_int_ge(node, 0);
    cells = fdt_getprop(fdt, node, "reg", &length);
    ck_assert_int_eq(length, 4 * 5 * 4);
    ck_assert_uint_eq(ld_be32(cells), 3 << 11);
    ck_assert_uint_eq(ld_be32(cells + 15), 0x03000000 | 3 << 11 | 0x20);
    ck_assert_uint_eq(ld_be32(cells + 19), 0x4000);
    cells = fdt_getprop(fdt, node, "ibm,req#msi-x", &length);
    ck_assert_uint_eq(ld_be32(cells), MSIX_ENTRIES);
    stop();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        header, bad_accesses, slots, base_addresses, messages, messages_of_others, change_msi, wires, windows, nodes,
    };

    return fixture_run("pci", tests, ARRAY_SIZE(tests));
}
