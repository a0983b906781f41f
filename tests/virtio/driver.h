/* A virtio driver in the test's hands: finds the function's registers, agrees on features, keeps rings in guest memory.
 *
 * Its memory is reached as the device is told to: through the bridge's default window, whose pages are mapped one to
 * one, or as physical memory. */
#ifndef TESTS_VIRTIO_DRIVER_H
#define TESTS_VIRTIO_DRIVER_H

#include "tests/pci/fixture.h"
#include "virtio/device.h"

enum { DRIVER_QUEUES = 4, DRIVER_RING = 0x100000, DRIVER_DATA = 0x200000, DRIVER_LIMIT = 0x400000 };

/* One element of a chain. */
struct driver_piece {
    uint64_t address;
    uint32_t size;
    bool writable;
};

struct driver {
    struct pci_fixture *p;
    unsigned slot;
    uint64_t bar; /* where the modern registers are in guest physical memory */
    unsigned first_msi; /* of vector 0 */
    uint64_t features;
    uint16_t size[DRIVER_QUEUES];
    uint16_t next[DRIVER_QUEUES];  /* index of the next chain that is made available */
    uint16_t taken[DRIVER_QUEUES]; /* index of the next one that comes back */
};

/* Makes and plugs a device of the type with its usual properties but those named: pairs of a name and a value (text, or a
 * pointer for drives and networks), ended by NULL. */
void *device_make(struct pci_fixture *p, const struct device_type *type, ...);

/* Maps the registers, resets the device, and agrees on what it offers of `features`; vectors: allocated, for queue n
 * vector n + 1. */
void driver_start(struct driver *d, struct pci_fixture *p, unsigned slot, uint64_t features, unsigned vectors);
/* Rings of so many descriptors at DRIVER_RING + queue * 0x10000. */
void driver_set_queue(struct driver *d, unsigned queue, uint16_t size);
void driver_ready(struct driver *d);
uint8_t driver_status(struct driver *d);
void driver_reset(struct driver *d);

/* Puts a chain of n elements into descriptors from `head` on, makes it available; and tells the device. */
void driver_add(struct driver *d, unsigned queue, uint16_t head, const struct driver_piece *pieces, unsigned n);
void driver_kick(struct driver *d, unsigned queue);
/* Waits until a chain comes back: its head and length. False if none does. */
bool driver_take(struct driver *d, unsigned queue, uint32_t *head, uint32_t *length);

/* The parts of a queue's ring. */
static inline uint64_t driver_desc(unsigned queue)
{
    return DRIVER_RING + (uint64_t)queue * 0x10000;
}
static inline uint64_t driver_avail(unsigned queue)
{
    return driver_desc(queue) + 0x8000;
}
static inline uint64_t driver_used(unsigned queue)
{
    return driver_desc(queue) + 0xc000;
}

/* Registers of the modern interface. */
uint64_t driver_common(struct driver *d, unsigned offset, unsigned size);
void driver_set_common(struct driver *d, unsigned offset, unsigned size, uint64_t value);
uint64_t driver_config(struct driver *d, unsigned offset, unsigned size);

void le16_to(struct driver *d, uint64_t address, uint16_t value);
uint16_t le16_at(struct driver *d, uint64_t address);

#endif
