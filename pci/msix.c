/* MSI-X: the table of vectors, masks and pending bits.
 *
 * A message is a store of a source number to one address; only numbers that the platform gave to this function are
 * let through, so that a guest that writes others into the table reaches nothing of another device.
 * [PCI Local Bus 3.0, 6.8.2; LoPAR, MSI Support] */
#include <stdlib.h>

#include "base/endian.h"
#include "base/log.h"
#include "pci/device.h"
#include "pci/phb.h"

enum {
    BAR_BYTES = 4096,
    PENDING_AT = 2048,
    ENTRY_BYTES = 16,
    CONTROL_AT = 2, /* within the capability */
    CONTROL_ENABLE = 1 << 15,
    CONTROL_MASK_ALL = 1 << 14,
    CAPABILITY_BYTES = 12,
};

bool pci_device_add_msix(struct pci_device *d, unsigned n, unsigned bar, struct error *err)
{
    unsigned at;

    d->msix = calloc(n, sizeof *d->msix);
    if (!d->msix)
        return error_set(err, ERROR_RESOURCE, "out of memory for interrupt vectors");
    for (unsigned i = 0; i < n; i++)
        d->msix[i].masked = true;
    d->n_msix = n;
    d->msix_bar = bar;
    pci_device_add_bar(d, bar, PCI_SPACE_MEMORY_32, false, BAR_BYTES);
    at = pci_device_add_capability(d, PCI_CAP_MSIX, CAPABILITY_BYTES);
    st_le16(d->config + at + CONTROL_AT, (uint16_t)(n - 1));
    st_le32(d->config + at + 4, bar);
    st_le32(d->config + at + 8, PENDING_AT | bar);
    st_le16(d->writable + at + CONTROL_AT, CONTROL_ENABLE | CONTROL_MASK_ALL);
    d->msix_at = at;
    return true;
}

static unsigned control(const struct pci_device *d)
{
    return ld_le16(d->config + d->msix_at + CONTROL_AT);
}

bool pci_msix_is_enabled(const struct pci_device *d)
{
    return d->msix_at && control(d) & CONTROL_ENABLE;
}

static void send(struct pci_device *d, const struct pci_msix_entry *e)
{
    if (!(ld_le16(d->config + PCI_COMMAND) & PCI_COMMAND_MASTER))
        return;
    if (e->address != PCI_MSI_ADDRESS || e->data - d->first_lisn >= d->n_lisns) {
        guest_error("pci", "%s: a message to %#llx with %#x is no interrupt of its", d->type,
                    (unsigned long long)e->address, e->data);
        return;
    }
    phb_send_msi(d->phb, e->data);
}

/* Sends what is pending and no longer held back. */
void pci_msix_update(struct pci_device *d)
{
    if ((control(d) & (CONTROL_ENABLE | CONTROL_MASK_ALL)) != CONTROL_ENABLE || !d->phb)
        return;
    for (unsigned i = 0; i < d->n_msix; i++)
        if (d->msix[i].pending && !d->msix[i].masked) {
            d->msix[i].pending = false;
            send(d, &d->msix[i]);
        }
}

void pci_msix_signal(struct pci_device *d, unsigned vector)
{
    if (vector >= d->n_msix || !pci_msix_is_enabled(d))
        return;
    d->msix[vector].pending = true;
    pci_msix_update(d);
}

void pci_msix_assign(struct pci_device *d, unsigned first_lisn, unsigned count)
{
    bool changed = first_lisn != d->first_lisn || count != d->n_lisns;

    d->first_lisn = first_lisn;
    d->n_lisns = count;
    for (unsigned i = 0; changed && i < d->n_msix; i++) {
        d->msix[i].address = i < count ? PCI_MSI_ADDRESS : 0;
        d->msix[i].data = i < count ? first_lisn + i : 0;
    }
    pci_msix_update(d);
}

/* ---- the table's registers, in words of four bytes ---- */

static uint32_t load_word(const struct pci_device *d, uint64_t offset)
{
    unsigned vector = (unsigned)(offset / ENTRY_BYTES);
    uint32_t bits = 0;

    if (offset >= PENDING_AT) {
        for (unsigned i = 0; i < 32; i++) {
            uint64_t v = (offset - PENDING_AT) * 8 + i;

            if (v < d->n_msix && d->msix[v].pending)
                bits |= UINT32_C(1) << i;
        }
        return bits;
    }
    if (vector >= d->n_msix)
        return 0;
    switch (offset % ENTRY_BYTES) {
    case 0: return (uint32_t)d->msix[vector].address;
    case 4: return (uint32_t)(d->msix[vector].address >> 32);
    case 8: return d->msix[vector].data;
    default: return d->msix[vector].masked;
    }
}

static void store_word(struct pci_device *d, uint64_t offset, uint32_t value)
{
    struct pci_msix_entry *e = &d->msix[offset / ENTRY_BYTES];

    if (offset >= PENDING_AT || offset / ENTRY_BYTES >= d->n_msix)
        return;
    switch (offset % ENTRY_BYTES) {
    case 0: e->address = (e->address & ~(uint64_t)UINT32_MAX) | (value & ~UINT32_C(3)); break;
    case 4: e->address = (e->address & UINT32_MAX) | (uint64_t)value << 32; break;
    case 8: e->data = value; break;
    default: e->masked = value & 1; break;
    }
    pci_msix_update(d);
}

/* Accesses are of aligned words or double words; others are undefined, and do nothing here. */
static uint64_t load_table(const struct pci_device *d, uint64_t offset, unsigned size)
{
    if (size < 4 || offset % size)
        return 0;
    return load_word(d, offset) | (size == 8 ? (uint64_t)load_word(d, offset + 4) << 32 : 0);
}

static void store_table(struct pci_device *d, uint64_t offset, unsigned size, uint64_t value)
{
    if (size < 4 || offset % size)
        return;
    store_word(d, offset, (uint32_t)value);
    if (size == 8)
        store_word(d, offset + 4, (uint32_t)(value >> 32));
}

uint64_t pci_bar_load(struct pci_device *d, unsigned bar, uint64_t offset, unsigned size)
{
    if (d->n_msix && bar == d->msix_bar)
        return load_table(d, offset, size);
    return d->ops->load(d, bar, offset, size);
}

void pci_bar_store(struct pci_device *d, unsigned bar, uint64_t offset, unsigned size, uint64_t value)
{
    if (d->n_msix && bar == d->msix_bar)
        store_table(d, offset, size, value);
    else
        d->ops->store(d, bar, offset, size, value);
}
