/* An NVMe driver in the test's hands: queues in guest memory, reached through the bridge's default window. */
#ifndef TESTS_NVME_DRIVER_H
#define TESTS_NVME_DRIVER_H

#include "nvme/nvme.h"
#include "tests/pci/fixture.h"

enum { ND_ENTRIES = 16, ND_QUEUES = 3, ND_DATA = 0x200000, ND_LIMIT = 0x400000 };

struct nvme_driver {
    struct pci_fixture *p;
    unsigned slot;
    uint64_t bar;
    uint32_t sq_tail[ND_QUEUES], cq_head[ND_QUEUES];
    bool phase[ND_QUEUES];
    uint16_t next_id;
};

/* Where a queue's entries are. */
static inline uint64_t nd_sq(unsigned queue)
{
    return 0x100000 + queue * 0x10000;
}
static inline uint64_t nd_cq(unsigned queue)
{
    return nd_sq(queue) + 0x8000;
}

/* Maps memory and registers, enables the controller; false if it does not become ready. */
bool nd_start(struct nvme_driver *d, struct pci_fixture *p, unsigned slot);
void nd_map(struct nvme_driver *d, struct pci_fixture *p, unsigned slot);
bool nd_enable(struct nvme_driver *d);
/* Until CSTS has this value under the mask. */
bool nd_wait(struct nvme_driver *d, uint32_t mask, uint32_t value);
/* I/O queue pair n, made by the administrator's commands. */
int nd_make_queue(struct nvme_driver *d, unsigned queue);

/* A command: opcode, name space, PRPs, double words 10 to 12. Its identifier. */
uint16_t nd_submit(struct nvme_driver *d, unsigned queue, uint8_t opcode, uint32_t namespace,
                   uint64_t prp1, uint64_t prp2, uint32_t dw10, uint32_t dw11, uint32_t dw12);
/* The next completion: its status, -1 if none comes. */
int nd_take(struct nvme_driver *d, unsigned queue, uint16_t *id, uint32_t *result);
/* Both. */
int nd_do(struct nvme_driver *d, unsigned queue, uint8_t opcode, uint32_t namespace, uint64_t prp1,
          uint64_t prp2, uint32_t dw10, uint32_t dw11, uint32_t dw12);
void nd_doorbell(struct nvme_driver *d, unsigned index, uint32_t value);

#endif
