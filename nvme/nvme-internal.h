/* Between the files of the NVMe controller: nvme.c has registers, threads and the device type; queues.c queues, memory
 * and completions; admin.c and io.c the commands.
 *
 * Locks, as virtio's: the device's lock guards queues and what is under way. The device's thread and the image's take it
 * with no other lock, a vCPU's thread with the machine's. Who holds it does not take the machine's: interrupts are noted,
 * and nvme_unlock() sends them. [NVMe 1.4] */
#ifndef NVME_INTERNAL_H
#define NVME_INTERNAL_H

#include <pthread.h>
#include <semaphore.h>

#include "host/block.h"
#include "nvme/nvme.h"
#include "pci/phb.h"

enum {
    NVME_QUEUES_MOST = 33, /* pairs, the first one is the administrator's */
    NVME_ENTRIES_MOST = 1024,
    NVME_COMMAND_BYTES = 64,
    NVME_COMPLETION_BYTES = 16,
    NVME_PAGE_SHIFT_LEAST = 12,
    NVME_TRANSFER_SHIFT = 7, /* MDTS: the greatest transfer in the least pages */
    NVME_TRANSFER_MOST = 1 << (NVME_PAGE_SHIFT_LEAST + NVME_TRANSFER_SHIFT),
    NVME_PIECES_MOST = NVME_TRANSFER_MOST / (1 << NVME_PAGE_SHIFT_LEAST) + 2,
    NVME_EVENTS_MOST = 4, /* asynchronous event requests that are kept */
};

/* Status codes with their types; DNR: it is no use to try again. [NVMe 1.4 4.6.1] */
enum {
    NVME_SUCCESS = 0,
    NVME_DNR = 0x4000,
    NVME_INVALID_OPCODE = NVME_DNR | 0x01,
    NVME_INVALID_FIELD = NVME_DNR | 0x02,
    NVME_DATA_TRANSFER_ERROR = NVME_DNR | 0x04,
    NVME_INTERNAL_ERROR = 0x06,
    NVME_INVALID_NAMESPACE = NVME_DNR | 0x0b,
    NVME_PRP_OFFSET_INVALID = NVME_DNR | 0x13,
    NVME_WRITE_PROTECTED = NVME_DNR | 0x20,
    NVME_LBA_OUT_OF_RANGE = NVME_DNR | 0x80,
    NVME_QUEUE_COMPLETION_INVALID = NVME_DNR | 0x100,
    NVME_QUEUE_IDENTIFIER_INVALID = NVME_DNR | 0x101,
    NVME_QUEUE_SIZE_INVALID = NVME_DNR | 0x102,
    NVME_EVENT_LIMIT = NVME_DNR | 0x105,
    NVME_INTERRUPT_VECTOR_INVALID = NVME_DNR | 0x108,
    NVME_LOG_PAGE_INVALID = NVME_DNR | 0x109,
    NVME_QUEUE_DELETION_INVALID = NVME_DNR | 0x10c,
    NVME_FEATURE_NOT_CHANGEABLE = NVME_DNR | 0x10e,
    NVME_WRITE_FAULT = 0x280,
    NVME_READ_ERROR = 0x281,
    NVME_COMPARE_FAILURE = NVME_DNR | 0x285,
    NVME_UNDER_WAY = -1, /* it will be completed later */
};

struct nvme_sq {
    bool exists;
    uint64_t base;
    uint32_t size;
    uint32_t head;
    uint16_t cq;
};

struct nvme_cq {
    bool exists, phase, interrupts;
    uint64_t base;
    uint32_t size, tail;
    uint16_t vector;
    unsigned n_sqs; /* that complete into it */
};

struct nvme_options {
    int32_t devfn;
    struct block *block;
    const char *serial;
    uint32_t max_ioqpairs, logical_block_size;
};

struct nvme {
    struct pci_device pci; /* first */
    struct nvme_options options;
    struct block *block;
    struct accel *accel;
    unsigned n_queues; /* pairs, with the administrator's */

    /* Under the machine's lock, and read by the thread. */
    _Atomic uint32_t cc; /* controller configuration */
    uint32_t interrupt_mask;
    _Atomic uint32_t csts;

    /* Stored by vCPUs, looked at by whoever works on the queue. */
    _Atomic uint32_t sq_tail[NVME_QUEUES_MOST], cq_head[NVME_QUEUES_MOST];

    pthread_mutex_t lock;
    pthread_cond_t idle;
    /* Under the device's lock. */
    uint32_t aqa; /* changed under the machine's, too */
    uint64_t asq, acq;
    bool live; /* enabled and ready */
    unsigned page_shift;
    unsigned in_flight;
    struct nvme_sq sq[NVME_QUEUES_MOST];
    struct nvme_cq cq[NVME_QUEUES_MOST];
    uint64_t signals; /* bit n: completion queue n's interrupt is to be sent */
    uint16_t events[NVME_EVENTS_MOST];
    unsigned n_events;
    uint32_t features[32]; /* values that were set, by feature */
    uint64_t host_reads, host_writes, units_read, units_written;
    bool write_cache;

    pthread_t thread;
    bool thread_started;
    sem_t wake;
    _Atomic bool quit, kicked;
};

/* One command, as it was fetched. */
struct nvme_command {
    uint8_t bytes[NVME_COMMAND_BYTES];
    uint8_t opcode;
    uint16_t sq, id;
    uint32_t namespace;
    uint64_t prp1, prp2;
    uint32_t dw[6]; /* command double words 10 to 15 */
};

/* Sends what was noted. Not with the machine's lock held. */
void nvme_lock(struct nvme *n);
void nvme_unlock(struct nvme *n);

/* ---- queues.c, device's lock held ---- */

/* Takes commands of all submission queues. */
void nvme_process(struct nvme *n);
/* Completes a command, with the first double word. */
void nvme_complete(struct nvme *n, uint16_t sq, uint16_t id, int status, uint32_t result);
/* The guest's memory that a command names; NVME_SUCCESS or why not. */
int nvme_map(struct nvme *n, const struct nvme_command *c, uint64_t size, bool writable,
             struct iovec *pieces, unsigned *n_pieces);
/* Copies out to it, or in from it. */
int nvme_give(struct nvme *n, const struct nvme_command *c, const void *data, uint64_t size);
int nvme_take(struct nvme *n, const struct nvme_command *c, void *data, uint64_t size);
/* Whether the completion queue has entries that the driver has not taken. */
bool nvme_has_entries(const struct nvme *n, unsigned cq);

/* ---- commands: a status, or NVME_UNDER_WAY ---- */

int nvme_admin(struct nvme *n, const struct nvme_command *c, uint32_t *result);
int nvme_io(struct nvme *n, const struct nvme_command *c);

static inline uint64_t nvme_blocks(const struct nvme *n)
{
    return block_size(n->block) / n->options.logical_block_size;
}

#endif
