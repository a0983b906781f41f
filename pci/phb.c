/* PCI host bridges: windows, slots, interrupts; see phb.h. Configuration and interrupt calls are in phb-rtas.c, nodes in
 * phb-tree.c.
 *
 * A load or store in a window is decoded by looking through the functions' base addresses: there are few of them, and
 * the last hit is tried first. */
#include "pci/phb.h"

#include <stdlib.h>
#include <string.h>

#include "base/endian.h"
#include "base/log.h"
#include "pci/phb-internal.h"

struct phbs *phbs_new(struct platform *p, struct irq *irq, struct dma_spaces *dma, struct error *err)
{
    struct phbs *all = calloc(1, sizeof *all);

    if (!all) {
        error_set(err, ERROR_RESOURCE, "out of memory for PCI host bridges");
        return NULL;
    }
    all->platform = p;
    all->irq = irq;
    all->dma = dma;
    return all;
}

static void free_phb(struct phb *phb)
{
    dma_space_free(phb->dma);
    free(phb);
}

void phbs_free(struct phbs *all)
{
    while (all && all->first) {
        struct phb *phb = all->first;

        all->first = phb->next;
        free_phb(phb);
    }
    free(all);
}

/* ---- loads and stores ---- */

/* The function and base address that answer at this address of the space. */
static struct pci_device *decode(struct phb *phb, bool io, uint64_t address, unsigned size, unsigned *bar,
                                 uint64_t *offset)
{
    for (struct pci_device *d = phb->first; d; d = d->next)
        for (unsigned i = 0; i < PCI_BARS; i++) {
            uint64_t start;

            if (d->bars[i].space == PCI_SPACE_NONE || (d->bars[i].space == PCI_SPACE_IO) != io ||
                !pci_bar_address(d, i, &start) || address < start ||
                address - start >= d->bars[i].size || size > d->bars[i].size - (address - start))
                continue;
            *bar = i;
            *offset = address - start;
            return d;
        }
    return NULL;
}

/* Between a number as a big-endian processor sees it and one whose byte at the lowest address counts least. */
static uint64_t swap(uint64_t value, unsigned size)
{
    return __builtin_bswap64(value) >> (64 - 8 * size);
}

static uint64_t load(struct phb *phb, bool io, uint64_t address, unsigned size)
{
    unsigned bar;
    uint64_t offset;
    struct pci_device *d = decode(phb, io, address, size, &bar, &offset);

    /* What nobody answers is all ones, as on a real bus. */
    return d ? swap(pci_bar_load(d, bar, offset, size), size) : UINT64_MAX >> (64 - 8 * size);
}

static void store(struct phb *phb, bool io, uint64_t address, unsigned size, uint64_t value)
{
    unsigned bar;
    uint64_t offset;
    struct pci_device *d = decode(phb, io, address, size, &bar, &offset);

    if (d)
        pci_bar_store(d, bar, offset, size, swap(value, size));
    else
        guest_error("pci", "a store to %s address %#llx reaches no device", io ? "I/O" : "memory",
                    (unsigned long long)address);
}

#define WINDOW(id, io, pci_start)                                                                \
    static uint64_t load_##id(void *phb, uint64_t offset, unsigned size)                         \
    {                                                                                            \
        return load(phb, io, pci_start + offset, size);                                          \
    }                                                                                            \
    static void store_##id(void *phb, uint64_t offset, unsigned size, uint64_t value)            \
    {                                                                                            \
        store(phb, io, pci_start + offset, size, value);                                         \
    }                                                                                            \
    static const struct mmio_ops id##_ops = { .load = load_##id, .store = store_##id };

WINDOW(io, true, 0)
WINDOW(memory_32, false, PHB_MEMORY_32_PCI)
WINDOW(memory_64, false, PHB_MEMORY_64_START(((struct phb *)phb)->index))

void phb_mappings_changed(struct phb *phb)
{
    /* Nothing is kept of the mappings so far. */
    (void)phb;
}

/* ---- making one ---- */

static bool add_windows(struct phb *phb, struct error *err)
{
    struct mem *mem = phb->all->platform->mem;
    unsigned n = phb->index;

    return mem_add_mmio(mem, PHB_IO_START(n), PHB_IO_BYTES, &io_ops, phb, err) &&
           mem_add_mmio(mem, PHB_MEMORY_32_START(n), PHB_MEMORY_32_BYTES, &memory_32_ops, phb, err) &&
           mem_add_mmio(mem, PHB_MEMORY_64_START(n), PHB_MEMORY_64_BYTES, &memory_64_ops, phb, err);
}

static bool claim_lsis(struct phb *phb, struct error *err)
{
    for (unsigned i = 0; i < PHB_LSIS; i++)
        if (!irq_claim(phb->all->irq, IRQ_PCI_LSI + phb->index * PHB_LSIS + i, true, &phb->lsi[i], err))
            return false;
    return true;
}

struct phb *phb_new(struct phbs *all, unsigned index, struct error *err)
{
    struct phb *phb, **at = &all->first;

    if (index >= PHB_MOST || phb_at(all, index)) {
        error_set(err, ERROR_USAGE, "PCI host bridge %u is %s", index,
                  index >= PHB_MOST ? "out of range" : "there already");
        error_hint(err, "choose another index, up to %d", PHB_MOST - 1);
        return NULL;
    }
    phb = calloc(1, sizeof *phb);
    if (!phb || !(phb->dma = dma_space_new(all->dma, err))) {
        error_set(err, ERROR_RESOURCE, "out of memory for a PCI host bridge");
        free(phb);
        return NULL;
    }
    phb->all = all;
    phb->index = index;
    phb->buid = UINT64_C(0x800000020000000) + index;
    /* Owned by the list from here on: phbs_free() frees it whatever follows. */
    while (*at && (*at)->index < index)
        at = &(*at)->next;
    phb->next = *at;
    *at = phb;
    return add_windows(phb, err) && phb_add_connectors(phb, err) && claim_lsis(phb, err) && phb_reset_windows(phb, err) ? phb : NULL;
}

struct phb *phb_at(struct phbs *all, unsigned index)
{
    for (struct phb *phb = all->first; phb; phb = phb->next)
        if (phb->index == index)
            return phb;
    return NULL;
}

bool phb_reset_windows(struct phb *phb, struct error *err)
{
    for (unsigned i = 0; i < DMA_WINDOWS; i++)
        if (dma_window_is_open(phb->dma, i))
            dma_window_close(phb->dma, i);
    return dma_window_open(phb->dma, 0, phb_liobn(phb, 0), 0, PHB_DEFAULT_PAGE_SHIFT,
                           UINT64_C(1) << (PHB_DEFAULT_WINDOW_SHIFT - PHB_DEFAULT_PAGE_SHIFT), err);
}

/* ---- slots ---- */

static struct pci_device *at_devfn(struct phb *phb, unsigned devfn)
{
    for (struct pci_device *d = phb->first; d; d = d->next)
        if (d->devfn == devfn)
            return d;
    return NULL;
}

static bool choose_devfn(struct phb *phb, const struct pci_device *d, unsigned *devfn, struct error *err)
{
    if (d->wanted_devfn >= 0) {
        *devfn = (unsigned)d->wanted_devfn;
        if (!at_devfn(phb, *devfn))
            return true;
        error_set(err, ERROR_USAGE, "%s: slot %x.%x is taken", d->type, *devfn >> 3, *devfn & 7);
        error_hint(err, "choose another addr=, or leave it out");
        return false;
    }
    for (unsigned slot = 0; slot < PHB_SLOTS; slot++) {
        bool is_free = true;

        for (unsigned function = 0; function < 8; function++)
            is_free &= !at_devfn(phb, slot << 3 | function);
        *devfn = slot << 3;
        if (is_free)
            return true;
    }
    error_set(err, ERROR_USAGE, "%s: all %d slots of the PCI bus are taken", d->type, PHB_SLOTS);
    error_hint(err, "add a bridge: -device spapr-pci-host-bridge,index=1");
    return false;
}

bool phb_add(struct phb *phb, struct pci_device *d, struct error *err)
{
    struct pci_device **at = &phb->first;
    unsigned devfn;

    if (!choose_devfn(phb, d, &devfn, err))
        return false;
    d->devfn = (uint8_t)devfn;
    d->phb = phb;
    d->dma = phb->dma;
    memcpy(d->after_reset, d->config, sizeof d->config);
    while (*at && (*at)->devfn < devfn)
        at = &(*at)->next;
    d->next = *at;
    *at = d;
    if (phb->all->live)
        pci_device_reset(d);
    if (phb_attach(d, err))
        return true;
    phb_remove(d);
    return false;
}

void phb_remove(struct pci_device *d)
{
    struct phb *phb = d->phb;
    struct pci_device **at;

    if (!phb)
        return;
    phb_detach(d);
    d->intx_level = false;
    phb_update_lsi(phb, d->devfn >> 3);
    phb_release_msis(phb, d);
    for (at = &phb->first; *at != d; at = &(*at)->next)
        ;
    *at = d->next;
    d->phb = NULL;
}

struct phb *phb_find(struct phbs *all, uint32_t buid_high, uint32_t buid_low)
{
    for (struct phb *phb = all->first; phb; phb = phb->next)
        if (phb->buid == ((uint64_t)buid_high << 32 | buid_low))
            return phb;
    return NULL;
}

struct pci_device *phb_function(struct phb *phb, uint32_t config_addr)
{
    unsigned bus = config_addr >> 16 & 0xff;

    return phb && bus == 0 ? at_devfn(phb, config_addr >> 8 & 0xff) : NULL;
}

/* ---- interrupts ---- */

unsigned phb_lsi_of(unsigned slot)
{
    return slot % PHB_LSIS;
}

void phb_update_lsi(struct phb *phb, unsigned slot)
{
    unsigned n = phb_lsi_of(slot);
    bool level = false;

    for (struct pci_device *d = phb->first; d; d = d->next)
        if (phb_lsi_of(d->devfn >> 3) == n)
            level |= d->intx_level &&
                     !(ld_le16(d->config + PCI_COMMAND) & PCI_COMMAND_INTX_DISABLE);
    if (level != phb->lsi_level[n]) {
        phb->lsi_level[n] = level;
        irq_line_set(&phb->lsi[n], level);
    }
}

void phb_send_msi(struct phb *phb, unsigned lisn)
{
    struct irq_line line = irq_line_of(phb->all->irq, lisn);

    irq_line_pulse(&line);
}

void phb_release_msis(struct phb *phb, struct pci_device *d)
{
    unsigned first = d->first_lisn, count = d->n_lisns;

    pci_msix_assign(d, 0, 0);
    for (unsigned i = 0; i < count; i++)
        irq_release(phb->all->irq, first + i);
}

void phb_reset(void *self)
{
    struct phbs *all = self;

    for (struct phb *phb = all->first; phb; phb = phb->next) {
        for (struct pci_device *d = phb->first; d; d = d->next) {
            pci_device_reset(d);
            phb_release_msis(phb, d);
            phb_update_lsi(phb, d->devfn >> 3);
        }
        if (!phb_reset_windows(phb, NULL))
            log_line(LOG_ERROR, "pci", "out of memory: bridge %u has no DMA window", phb->index);
    }
}

void phbs_stop(struct phbs *all)
{
    if (!all)
        return;
    accel_lock(all->platform->accel);
    for (struct phb *phb = all->first; phb; phb = phb->next)
        for (struct pci_device *d = phb->first; d; d = d->next)
            pci_device_reset(d);
    accel_unlock(all->platform->accel);
}

/* ---- as a device that a user adds ---- */

struct options {
    uint32_t index;
};

static void *create(const struct device_place *place, const void *options, struct error *err)
{
    return phb_new(place->bus, ((const struct options *)options)->index, err);
}

static void *bus_of(void *device)
{
    return device;
}

static const struct device_property properties[] = {
    { "index", PROPERTY_U32, offsetof(struct options, index), NULL, "1 to 30: its place in the memory map", NULL,
      true },
};

const struct device_type phb_type = {
    .name = "spapr-pci-host-bridge",
    .text = "another PCI host bridge; the first one, pci.0, is always there",
    .bus = DEVICE_BUS_NONE,
    .offers = DEVICE_BUS_PCI,
    .properties = properties,
    .n_properties = ARRAY_SIZE(properties),
    .options_size = sizeof(struct options),
    .create = create,
    .bus_of = bus_of,
};
