/* See nvme-driver.h. */
#include "tests/nvme/nvme-driver.h"

#include <string.h>
#include <time.h>

#include "base/endian.h"

enum {
    PATIENCE_MS = 20000,
    CC = 0x14,
    CSTS = 0x1c,
    AQA = 0x24,
    ASQ = 0x28,
    ACQ = 0x30,
    DOORBELLS = 0x1000
};
#define REGISTERS (PHB_MEMORY_64_START(0) + 0x100000)

static void nap(void)
{
    nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
}

void nd_map(struct nvme_driver *d, struct pci_fixture *p, unsigned slot)
{
    enum { LIST = ND_LIMIT - MEM_PAGE_SIZE, COUNT = 512 };

    *d = (struct nvme_driver){ .p = p, .slot = slot, .bar = REGISTERS + slot * 0x10000 };
    for (uint64_t page = 0; page < ND_LIMIT; page += COUNT * MEM_PAGE_SIZE) {
        for (uint64_t i = 0; i < COUNT; i++)
            gpa_store_be64(p->f->mem, LIST + i * 8, (page + i * MEM_PAGE_SIZE) | 3);
        HCALL(p->f, 0x13c, 0x80000000, page, LIST, COUNT);
    }
    config_store(p, slot, 0x10, 4, (uint32_t)d->bar);
    config_store(p, slot, 0x14, 4, (uint32_t)(d->bar >> 32));
    config_store(p, slot, 0x20, 4, 0x80100000 + slot * 0x1000);
    config_store(p, slot, 4, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
}

bool nd_wait(struct nvme_driver *d, uint32_t mask, uint32_t value)
{
    for (unsigned i = 0; i < PATIENCE_MS; i++) {
        if ((mmio_load(d->p, d->bar + CSTS, 4) & mask) == value)
            return true;
        nap();
    }
    return false;
}

bool nd_enable(struct nvme_driver *d)
{
    mmio_store(d->p, d->bar + CC, 4, 0);
    if (!nd_wait(d, 1, 0))
        return false;
    memset(d->p->f->mem->ram + nd_sq(0), 0, ND_QUEUES * 0x10000);
    mmio_store(d->p, d->bar + AQA, 4, (ND_ENTRIES - 1) << 16 | (ND_ENTRIES - 1));
    mmio_store(d->p, d->bar + ASQ, 8, nd_sq(0));
    mmio_store(d->p, d->bar + ACQ, 4, nd_cq(0));
    mmio_store(d->p, d->bar + ACQ + 4, 4, 0);
    mmio_store(d->p, d->bar + CC, 4, 4 << 20 | 6 << 16 | 1);
    for (unsigned i = 0; i < ND_QUEUES; i++) {
        d->sq_tail[i] = d->cq_head[i] = 0;
        d->phase[i] = true;
    }
    return nd_wait(d, 3, 1);
}

bool nd_start(struct nvme_driver *d, struct pci_fixture *p, unsigned slot)
{
    nd_map(d, p, slot);
    return nd_enable(d);
}

void nd_doorbell(struct nvme_driver *d, unsigned index, uint32_t value)
{
    mmio_store(d->p, d->bar + DOORBELLS + 4 * index, 4, value);
}

uint16_t nd_submit(struct nvme_driver *d, unsigned queue, uint8_t opcode, uint32_t namespace,
                   uint64_t prp1, uint64_t prp2, uint32_t dw10, uint32_t dw11, uint32_t dw12)
{
    uint8_t *c = d->p->f->mem->ram + nd_sq(queue) + d->sq_tail[queue] * 64;

    memset(c, 0, 64);
    c[0] = opcode;
    st_le16(c + 2, ++d->next_id);
    st_le32(c + 4, namespace);
    st_le64(c + 24, prp1);
    st_le64(c + 32, prp2);
    st_le32(c + 40, dw10);
    st_le32(c + 44, dw11);
    st_le32(c + 48, dw12);
    d->sq_tail[queue] = (d->sq_tail[queue] + 1) % ND_ENTRIES;
    nd_doorbell(d, 2 * queue, d->sq_tail[queue]);
    return d->next_id;
}

int nd_take(struct nvme_driver *d, unsigned queue, uint16_t *id, uint32_t *result)
{
    const uint8_t *entry = d->p->f->mem->ram + nd_cq(queue) + d->cq_head[queue] * 16;
    uint16_t status = 0, raw;
    unsigned i;

    for (i = 0; i < PATIENCE_MS; i++) {
        raw = __atomic_load_n((const uint16_t *)(const void *)(entry + 14), __ATOMIC_ACQUIRE);
        status = ld_le16(&raw);
        if ((status & 1) == d->phase[queue])
            break;
        nap();
    }
    if (i == PATIENCE_MS)
        return -1;
    *result = ld_le32(entry);
    *id = ld_le16(entry + 12);
    if (++d->cq_head[queue] == ND_ENTRIES) {
        d->cq_head[queue] = 0;
        d->phase[queue] = !d->phase[queue];
    }
    nd_doorbell(d, 2 * queue + 1, d->cq_head[queue]);
    return status >> 1;
}

int nd_do(struct nvme_driver *d, unsigned queue, uint8_t opcode, uint32_t namespace, uint64_t prp1,
          uint64_t prp2, uint32_t dw10, uint32_t dw11, uint32_t dw12)
{
    uint16_t wanted = nd_submit(d, queue, opcode, namespace, prp1, prp2, dw10, dw11, dw12), id = 0;
    uint32_t result;
    int status = nd_take(d, queue, &id, &result);

    return id == wanted ? status : -2;
}

int nd_make_queue(struct nvme_driver *d, unsigned queue)
{
    int status =
        nd_do(d, 0, 5, 0, nd_cq(queue), 0, (ND_ENTRIES - 1) << 16 | queue, queue << 16 | 3, 0);

    return status ? status
                  : nd_do(d, 0, 1, 0, nd_sq(queue), 0, (ND_ENTRIES - 1) << 16 | queue,
                          queue << 16 | 1, 0);
}
