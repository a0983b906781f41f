/* A PCI function's configuration space; see device.h. [PCI Local Bus 3.0, 6] */
#include "pci/device.h"

#include <stdlib.h>
#include <string.h>

#include "base/endian.h"
#include "pci/phb.h"

enum { BAR_IS_IO = 1, BAR_IS_64_BIT = 4, BAR_PREFETCHABLE = 8, BAR_IO_FLAGS = 3, BAR_MEMORY_FLAGS = 15 };

void pci_device_init(struct pci_device *d)
{
    st_le16(d->config + PCI_VENDOR_ID, d->vendor);
    st_le16(d->config + PCI_DEVICE_ID, d->device);
    d->config[PCI_REVISION] = d->revision;
    d->config[PCI_CLASS] = (uint8_t)d->class_code;
    st_le16(d->config + PCI_CLASS + 1, (uint16_t)(d->class_code >> 8));
    st_le16(d->config + PCI_SUBSYSTEM_VENDOR_ID, d->subsystem_vendor);
    st_le16(d->config + PCI_SUBSYSTEM_ID, d->subsystem);
    d->config[PCI_INTERRUPT_PIN] = d->has_intx;
    st_le16(d->writable + PCI_COMMAND,
            PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_INTX_DISABLE |
                0x140 /* parity, SERR#: settings without effect */);
    d->writable[PCI_CACHE_LINE_SIZE] = 0xff;
    d->writable[PCI_LATENCY_TIMER] = 0xff;
    d->writable[PCI_INTERRUPT_LINE] = 0xff;
    d->config_used = PCI_HEADER_BYTES;
}

void pci_device_fini(struct pci_device *d)
{
    free(d->msix);
    d->msix = NULL;
}

static unsigned bar_at(unsigned bar)
{
    return PCI_BAR_0 + 4 * bar;
}

void pci_device_add_bar(struct pci_device *d, unsigned bar, enum pci_space space, bool prefetchable,
                        uint64_t size)
{
    uint8_t flags = space == PCI_SPACE_IO          ? BAR_IS_IO
                    : space == PCI_SPACE_MEMORY_64 ? BAR_IS_64_BIT
                                                   : 0;
    uint64_t mask = ~(size - 1);

    if (prefetchable)
        flags |= BAR_PREFETCHABLE;
    d->bars[bar] = (struct pci_bar){ space, prefetchable, size };
    d->config[bar_at(bar)] = flags;
    st_le32(d->writable + bar_at(bar), (uint32_t)mask);
    d->writable[bar_at(bar)] &= (uint8_t)~BAR_MEMORY_FLAGS;
    if (space == PCI_SPACE_IO)
        d->writable[bar_at(bar)] = (uint8_t)(mask & ~(uint64_t)BAR_IO_FLAGS);
    if (space == PCI_SPACE_MEMORY_64)
        st_le32(d->writable + bar_at(bar + 1), (uint32_t)(mask >> 32));
}

unsigned pci_device_add_capability(struct pci_device *d, uint8_t id, unsigned size)
{
    unsigned at = d->config_used;

    d->config[at] = id;
    d->config[d->last_capability ? d->last_capability + 1 : PCI_CAPABILITIES] = (uint8_t)at;
    d->config[PCI_STATUS] |= PCI_STATUS_CAPABILITIES;
    d->last_capability = at;
    d->config_used = at + (size + 3) / 4 * 4;
    return at;
}

bool pci_config_load(struct pci_device *d, unsigned offset, unsigned size, uint32_t *value)
{
    uint8_t bytes[4] = { 0 };

    if (offset > PCI_CONFIG_BYTES - size)
        return false;
    if (d->ops->config_load)
        d->ops->config_load(d, offset, size);
    memcpy(bytes, d->config + offset, size);
    *value = ld_le32(bytes);
    return true;
}

bool pci_config_store(struct pci_device *d, unsigned offset, unsigned size, uint32_t value)
{
    if (offset > PCI_CONFIG_BYTES - size)
        return false;
    for (unsigned i = 0; i < size; i++) {
        uint8_t mask = d->writable[offset + i], byte = (uint8_t)(value >> 8 * i);

        d->config[offset + i] = (uint8_t)((d->config[offset + i] & ~mask) | (byte & mask));
    }
    pci_intx_update(d);
    if (d->msix_at)
        pci_msix_update(d);
    if (d->ops->config_stored)
        d->ops->config_stored(d, offset, size);
    if (d->phb)
        phb_mappings_changed(d->phb);
    return true;
}

bool pci_bar_address(const struct pci_device *d, unsigned bar, uint64_t *address)
{
    const struct pci_bar *b = &d->bars[bar];
    uint16_t command = ld_le16(d->config + PCI_COMMAND);

    if (b->space == PCI_SPACE_NONE ||
        !(command & (b->space == PCI_SPACE_IO ? PCI_COMMAND_IO : PCI_COMMAND_MEMORY)))
        return false;
    *address = ld_le32(d->config + bar_at(bar)) &
               ~(uint32_t)(b->space == PCI_SPACE_IO ? BAR_IO_FLAGS : BAR_MEMORY_FLAGS);
    if (b->space == PCI_SPACE_MEMORY_64)
        *address |= (uint64_t)ld_le32(d->config + bar_at(bar + 1)) << 32;
    return true;
}

void pci_device_reset(struct pci_device *d)
{
    memcpy(d->config, d->after_reset, sizeof d->config);
    d->intx_level = false;
    for (unsigned i = 0; i < d->n_msix; i++)
        d->msix[i] = (struct pci_msix_entry){ .masked = true };
    if (d->ops->reset)
        d->ops->reset(d);
    if (d->phb)
        phb_mappings_changed(d->phb);
}

void pci_set_intx(struct pci_device *d, bool level)
{
    d->intx_level = level;
    pci_intx_update(d);
}

void pci_intx_update(struct pci_device *d)
{
    if (d->intx_level)
        d->config[PCI_STATUS] |= PCI_STATUS_INTERRUPT;
    else
        d->config[PCI_STATUS] &= (uint8_t)~PCI_STATUS_INTERRUPT;
    if (d->phb)
        phb_update_lsi(d->phb, d->devfn >> 3);
}
