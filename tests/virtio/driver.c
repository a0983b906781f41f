/* See driver.h. */
#include "tests/virtio/driver.h"

#include <sched.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/endian.h"

enum { VECTOR_TABLE = 0x80100000, PATIENCE_S = 20 };
#define REGISTERS (PHB_MEMORY_64_START(0) + 0x100000)

static void set_property(const struct device_property *property, uint8_t *options, const void *value)
{
    void *to = options + property->offset;
    int32_t any = -1;
    uint32_t number;

    switch (property->type) {
    case PROPERTY_BOOL: *(bool *)to = value && !strcmp(value, "on"); break;
    case PROPERTY_U32:
        number = value ? (uint32_t)strtoul(value, NULL, 0) : 0;
        memcpy(to, &number, sizeof number);
        break;
    case PROPERTY_PCI_ADDRESS: memcpy(to, &any, sizeof any); break;
    case PROPERTY_STRING:
    case PROPERTY_DRIVE:
    case PROPERTY_NETDEV: memcpy(to, &value, sizeof value); break;
    default: break;
    }
}

void *device_make(struct pci_fixture *p, const struct device_type *type, ...)
{
    uint8_t *options = calloc(1, type->options_size + 1);
    const struct device_place place = { .platform = p->f->platform, .bus = p->phb };
    const char *name;
    va_list pairs;
    void *device;

    for (size_t i = 0; i < type->n_properties; i++)
        set_property(&type->properties[i], options, type->properties[i].usual);
    va_start(pairs, type);
    while ((name = va_arg(pairs, const char *))) {
        const void *value = va_arg(pairs, const void *);

        for (size_t i = 0; i < type->n_properties; i++)
            if (!strcmp(type->properties[i].name, name))
                set_property(&type->properties[i], options, value);
    }
    va_end(pairs);
    device = type->create(&place, options, NULL);
    free(options);
    return device;
}

uint64_t driver_common(struct driver *d, unsigned offset, unsigned size)
{
    return mmio_load(d->p, d->bar + offset, size);
}

void driver_set_common(struct driver *d, unsigned offset, unsigned size, uint64_t value)
{
    mmio_store(d->p, d->bar + offset, size, value);
}

uint64_t driver_config(struct driver *d, unsigned offset, unsigned size)
{
    return mmio_load(d->p, d->bar + 0x2000 + offset, size);
}

void le16_to(struct driver *d, uint64_t address, uint16_t value)
{
    uint8_t bytes[2];
    uint16_t raw;

    st_le16(bytes, value);
    memcpy(&raw, bytes, 2);
    __atomic_store_n((uint16_t *)(void *)(d->p->f->mem->ram + address), raw, __ATOMIC_RELEASE);
}

uint16_t le16_at(struct driver *d, uint64_t address)
{
    uint16_t raw = __atomic_load_n((uint16_t *)(void *)(d->p->f->mem->ram + address), __ATOMIC_ACQUIRE);

    return ld_le16(&raw);
}

static void map_memory(struct driver *d)
{
    enum { LIST = DRIVER_LIMIT - MEM_PAGE_SIZE, COUNT = 512 };

    for (uint64_t page = 0; page < DRIVER_LIMIT; page += COUNT * MEM_PAGE_SIZE) {
        for (uint64_t i = 0; i < COUNT; i++)
            gpa_store_be64(d->p->f->mem, LIST + i * 8, (page + i * MEM_PAGE_SIZE) | 3);
        HCALL(d->p->f, 0x13c, 0x80000000, page, LIST, COUNT);
    }
}

static void map_registers(struct driver *d)
{
    uint64_t at = REGISTERS + (uint64_t)d->slot * 0x10000;

    config_store(d->p, d->slot, 0x20, 4, (uint32_t)at);
    config_store(d->p, d->slot, 0x24, 4, (uint32_t)(at >> 32));
    config_store(d->p, d->slot, 0x14, 4, VECTOR_TABLE + d->slot * 0x1000);
    config_store(d->p, d->slot, 0x10, 4, 0x1000 + d->slot * 0x100);
    config_store(d->p, d->slot, 4, 2, PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
    d->bar = at;
}

static void enable_vectors(struct driver *d, unsigned vectors)
{
    uint64_t table = PHB_MEMORY_32_START(0) + (VECTOR_TABLE - 0x80000000) + d->slot * 0x1000;

    d->first_msi = msis_allocate(d->p, d->slot, vectors);
    for (unsigned i = 0; i < vectors; i++)
        mmio_store(d->p, table + i * 16 + 12, 4, 0);
    config_store(d->p, d->slot, 0x42, 2, 0x8000);
}

void driver_start(struct driver *d, struct pci_fixture *p, unsigned slot, uint64_t features, unsigned vectors)
{
    *d = (struct driver){ .p = p, .slot = slot };
    map_memory(d);
    map_registers(d);
    if (vectors)
        enable_vectors(d, vectors);
    driver_reset(d);
    driver_set_common(d, 20, 1, 3);
    for (unsigned i = 0; i < 2; i++) {
        driver_set_common(d, 0, 4, i);
        d->features |= driver_common(d, 4, 4) << 32 * i;
    }
    d->features &= features;
    for (unsigned i = 0; i < 2; i++) {
        driver_set_common(d, 8, 4, i);
        driver_set_common(d, 12, 4, (uint32_t)(d->features >> 32 * i));
    }
    driver_set_common(d, 20, 1, 11);
}

void driver_set_queue(struct driver *d, unsigned queue, uint16_t size)
{
    memset(d->p->f->mem->ram + driver_desc(queue), 0, 0x10000);
    d->size[queue] = size;
    d->next[queue] = d->taken[queue] = 0;
    driver_set_common(d, 22, 2, queue);
    driver_set_common(d, 24, 2, size);
    driver_set_common(d, 26, 2, queue + 1);
    driver_set_common(d, 32, 8, driver_desc(queue));
    driver_set_common(d, 40, 4, (uint32_t)driver_avail(queue));
    driver_set_common(d, 44, 4, driver_avail(queue) >> 32);
    driver_set_common(d, 48, 8, driver_used(queue));
    driver_set_common(d, 28, 2, 1);
}

void driver_ready(struct driver *d)
{
    driver_set_common(d, 20, 1, 15);
}

uint8_t driver_status(struct driver *d)
{
    return (uint8_t)driver_common(d, 20, 1);
}

void driver_reset(struct driver *d)
{
    driver_set_common(d, 20, 1, 0);
}

void driver_add(struct driver *d, unsigned queue, uint16_t head, const struct driver_piece *pieces, unsigned n)
{
    uint8_t *desc = d->p->f->mem->ram + driver_desc(queue);
    uint16_t index = d->next[queue]++;

    for (unsigned i = 0; i < n; i++) {
        uint8_t *at = desc + (head + i) * 16u;

        st_le64(at, pieces[i].address);
        st_le32(at + 8, pieces[i].size);
        st_le16(at + 12, (uint16_t)((i + 1 < n) | (pieces[i].writable ? 2 : 0)));
        st_le16(at + 14, (uint16_t)(head + i + 1));
    }
    le16_to(d, driver_avail(queue) + 4 + (uint64_t)(index % d->size[queue]) * 2, head);
    le16_to(d, driver_avail(queue) + 2, (uint16_t)(index + 1));
}

void driver_kick(struct driver *d, unsigned queue)
{
    mmio_store(d->p, d->bar + 0x3000 + queue * 4, 2, queue);
}

bool driver_take(struct driver *d, unsigned queue, uint32_t *head, uint32_t *length)
{
    const uint8_t *entry = d->p->f->mem->ram + driver_used(queue) + 4 + (d->taken[queue] % d->size[queue]) * 8u;
    time_t limit = time(NULL) + PATIENCE_S;

    while (le16_at(d, driver_used(queue) + 2) == d->taken[queue]) {
        if (time(NULL) > limit)
            return false;
        sched_yield();
    }
    d->taken[queue]++;
    *head = ld_le32(entry);
    *length = ld_le32(entry + 4);
    return true;
}
