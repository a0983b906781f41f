/* Device tree nodes of PCI host bridges and functions. [PCI Bus Binding to Open Firmware; LoPAR, PAPR Binding]
 *
 * Addresses are not assigned: that is left to the operating system, which is told by linux,pci-probe-only = 0. */
#include <stdio.h>

#include "base/endian.h"
#include "papr/connectors.h"
#include "pci/phb-internal.h"

enum {
    SPACE_SHIFT = 24,
    EDGE = 0,
    LEVEL = 1,
    MSIS_OF_ALL_BRIDGES = IRQ_COUNT - IRQ_MSI,
    PINS = 4,
};

static void write_ranges(const struct phb *phb, struct tree *t, const char *path)
{
    const struct {
        enum pci_space space;
        uint64_t pci, cpu, size;
    } windows[] = {
        { PCI_SPACE_IO, 0, PHB_IO_START(phb->index), PHB_IO_BYTES },
        { PCI_SPACE_MEMORY_32, PHB_MEMORY_32_PCI, PHB_MEMORY_32_START(phb->index), PHB_MEMORY_32_BYTES },
        { PCI_SPACE_MEMORY_64, PHB_MEMORY_64_START(phb->index), PHB_MEMORY_64_START(phb->index),
          PHB_MEMORY_64_BYTES },
    };
    uint32_t cells[ARRAY_SIZE(windows) * 7], *at = cells;

    for (size_t i = 0; i < ARRAY_SIZE(windows); i++) {
        *at++ = (uint32_t)windows[i].space << SPACE_SHIFT;
        *at++ = (uint32_t)(windows[i].pci >> 32);
        *at++ = (uint32_t)windows[i].pci;
        *at++ = (uint32_t)(windows[i].cpu >> 32);
        *at++ = (uint32_t)windows[i].cpu;
        *at++ = (uint32_t)(windows[i].size >> 32);
        *at++ = (uint32_t)windows[i].size;
    }
    tree_cells(t, path, "ranges", cells, ARRAY_SIZE(cells));
}

/* Each slot's pins, rotated by the slot's number. */
static void write_interrupt_map(const struct phb *phb, struct tree *t, const char *path)
{
    static const uint32_t mask[4] = { 0xf800, 0, 0, 0xffffffff };
    uint32_t cells[PHB_SLOTS * PINS * 7], *at = cells;

    for (unsigned slot = 0; slot < PHB_SLOTS; slot++)
        for (unsigned pin = 1; pin <= PINS; pin++) {
            *at++ = slot << 11;
            *at++ = 0;
            *at++ = 0;
            *at++ = pin;
            *at++ = TREE_PHANDLE_INTC;
            *at++ = IRQ_PCI_LSI + phb->index * PHB_LSIS + phb_lsi_of(slot + pin - 1);
            *at++ = LEVEL;
        }
    tree_cells(t, path, "interrupt-map-mask", mask, ARRAY_SIZE(mask));
    tree_cells(t, path, "interrupt-map", cells, ARRAY_SIZE(cells));
}

static void write_dma(const struct phb *phb, struct tree *t, const char *path)
{
    /* Tokens of query, create, remove; then how many extensions, reset, and the sixth result of query. */
    static const uint32_t applicable[3] = { 0x2026, 0x2027, 0x2028 }, extensions[3] = { 2, 0x2029, 1 };
    const uint32_t window[5] = { phb_liobn(phb, 0), 0, 0, 0, UINT32_C(1) << PHB_DEFAULT_WINDOW_SHIFT };

    tree_cells(t, path, "ibm,ddw-applicable", applicable, ARRAY_SIZE(applicable));
    tree_cells(t, path, "ibm,ddw-extensions", extensions, ARRAY_SIZE(extensions));
    tree_cells(t, path, "ibm,dma-window", window, ARRAY_SIZE(window));
    tree_u32(t, path, "ibm,#dma-address-cells", 2);
    tree_u32(t, path, "ibm,#dma-size-cells", 2);
}

static const char *name_of_class(uint32_t class_code)
{
    static const struct {
        uint32_t class_code, mask;
        const char *name;
    } names[] = {
        { 0x000000, 0xff0000, "legacy-device" },
        { 0x010000, 0xffff00, "scsi" },
        { 0x010802, 0xffffff, "nvme" },
        { 0x010000, 0xff0000, "mass-storage" },
        { 0x020000, 0xffff00, "ethernet" },
        { 0x020000, 0xff0000, "network" },
        { 0x030000, 0xff0000, "display" },
        { 0x060400, 0xffff00, "pci" },
        { 0x070000, 0xffff00, "serial" },
        { 0x070000, 0xff0000, "communication-controller" },
        { 0x0c0330, 0xffffff, "usb-xhci" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if ((class_code & names[i].mask) == names[i].class_code)
            return names[i].name;
    return "unknown-device";
}

static void write_reg(const struct pci_device *d, struct tree *t, const char *path)
{
    uint32_t cells[(1 + PCI_BARS) * 5] = { (uint32_t)d->devfn << 8 };
    size_t n = 5;

    for (unsigned i = 0; i < PCI_BARS; i++) {
        const struct pci_bar *b = &d->bars[i];

        if (b->space == PCI_SPACE_NONE)
            continue;
        cells[n] = (uint32_t)b->space << SPACE_SHIFT | (uint32_t)d->devfn << 8 | (PCI_BAR_0 + 4 * i);
        cells[n + 3] = (uint32_t)(b->size >> 32);
        cells[n + 4] = (uint32_t)b->size;
        n += 5;
    }
    tree_cells(t, path, "reg", cells, n);
}

void phb_path(const struct phb *phb, char *path, size_t size)
{
    snprintf(path, size, "/pci@%llx", (unsigned long long)phb->buid);
}

static void function_path(const struct pci_device *d, const char *parent, char *path, size_t size)
{
    char function[8] = "";

    if (d->devfn & 7)
        snprintf(function, sizeof function, ",%x", d->devfn & 7U);
    snprintf(path, size, "%s/%s@%x%s", parent, name_of_class(d->class_code), d->devfn >> 3U, function);
}

void pci_path(const struct pci_device *d, char *path, size_t size)
{
    char bridge[32];

    phb_path(d->phb, bridge, sizeof bridge);
    function_path(d, bridge, path, size);
}

static void write_function(const struct pci_device *d, struct tree *t, const char *parent, char *path, size_t size)
{
    const struct phb *phb = d->phb;
    unsigned slot = d->devfn >> 3, function = d->devfn & 7;
    char loc_code[96];

    function_path(d, parent, path, size);
    snprintf(loc_code, sizeof loc_code, "qemu_%s:%04x:%02x:%02x.%x", d->type, phb->index, 0U, slot, function);
    tree_node(t, "%s", path);
    tree_u32(t, path, "vendor-id", d->vendor);
    tree_u32(t, path, "device-id", d->device);
    tree_u32(t, path, "revision-id", d->revision);
    tree_u32(t, path, "class-code", d->class_code);
    if (d->config[PCI_INTERRUPT_PIN])
        tree_u32(t, path, "interrupts", d->config[PCI_INTERRUPT_PIN]);
    if (d->subsystem)
        tree_u32(t, path, "subsystem-id", d->subsystem);
    if (d->subsystem_vendor)
        tree_u32(t, path, "subsystem-vendor-id", d->subsystem_vendor);
    tree_u32(t, path, "min-grant", 0);
    tree_u32(t, path, "max-latency", 0);
    tree_u32(t, path, "cache-line-size", 0);
    tree_u32(t, path, "devsel-speed", 0);
    tree_string(t, path, "ibm,loc-code", loc_code);
    if (d->n_msix)
        tree_u32(t, path, "ibm,req#msi-x", d->n_msix);
    if (phb->all->platform->connectors)
        tree_u32(t, path, "ibm,my-drc-index", phb_connector_of(d));
    write_reg(d, t, path);
}

void phb_write_function(const struct pci_device *d, struct tree *t, char *path, size_t size)
{
    write_function(d, t, "", path, size);
}

/* The last one first: a node is put before those that are there, and systems number devices in their order. */
static void write_functions(const struct pci_device *d, struct tree *t, const char *parent)
{
    char path[128];

    if (!d)
        return;
    write_functions(d->next, t, parent);
    write_function(d, t, parent, path, sizeof path);
}

static void write_bridge(const struct phb *phb, struct tree *t)
{
    const uint32_t reg[4] = { (uint32_t)(phb->buid >> 32), (uint32_t)phb->buid, 0, 0 }, buses[2] = { 0, 0xff };
    char path[32];

    phb_path(phb, path, sizeof path);
    tree_node(t, "%s", path);
    tree_string(t, path, "device_type", "pci");
    tree_string(t, path, "compatible", "IBM,Logical_PHB");
    tree_u32(t, path, "#address-cells", 3);
    tree_u32(t, path, "#size-cells", 2);
    tree_u32(t, path, "#interrupt-cells", 1);
    tree_empty(t, path, "used-by-rtas");
    tree_cells(t, path, "bus-range", buses, 2);
    tree_cells(t, path, "reg", reg, 4);
    write_ranges(phb, t, path);
    tree_u32(t, path, "ibm,pci-config-space-type", 1);
    tree_u32(t, path, "ibm,pe-total-#msi", MSIS_OF_ALL_BRIDGES);
    /* Bus numbers are final: firmware need not look for buses. */
    tree_u32(t, path, "qemu,phb-enumerated", 1);
    write_interrupt_map(phb, t, path);
    write_dma(phb, t, path);
    write_functions(phb->first, t, path);
    if (phb->all->platform->connectors)
        connectors_write_lists(phb->all->platform->connectors, t, path);
}

static void write_bridges(const struct phb *phb, struct tree *t)
{
    if (!phb)
        return;
    write_bridges(phb->next, t);
    write_bridge(phb, t);
}

void phb_write_tree(void *self, struct tree *tree, enum tree_stage stage)
{
    (void)stage;
    write_bridges(((struct phbs *)self)->first, tree);
}
