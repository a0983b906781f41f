/* A virtqueue, split or packed, as the device sees it. [virtio1.2 2.7, 2.8]
 *
 * The rings are guest memory: each of their words is read once into a copy of ours, checked, and used; whatever the
 * guest writes there costs a bounded amount of work. A ring that breaks the rules is broken until the device is reset.
 *
 * Threads: under the device's lock, all of it. */
#ifndef VIRTIO_RING_H
#define VIRTIO_RING_H

#include "papr/dma.h"

enum {
    VIRTQ_SIZE_MOST = 1024,
    VIRTQ_PIECES = 1024, /* of one chain; as many as the host's vectored calls take */
};

/* What was agreed on for all queues of a device. */
struct virtq_rules {
    struct dma_space *dma;
    bool big_endian; /* legacy devices of big-endian guests */
    bool event_index, indirect, packed;
};

/* One of the three parts of a ring, where it is mapped while that is possible. */
struct virtq_part {
    uint64_t ioba;
    uint64_t size;
    uint8_t *host; /* NULL: not in one piece */
};

struct virtq {
    /* Set by the transport before virtq_start(). */
    uint16_t size; /* a power of two, at most VIRTQ_SIZE_MOST */
    uint64_t desc, avail, used;

    bool started, broken;
    struct virtq_rules rules;
    struct virtq_part parts[3];
    uint64_t generation; /* of the DMA space when parts were mapped */
    uint16_t next_avail; /* index of the next chain to take */
    uint16_t next_used;  /* index of the next entry to give back */
    uint16_t signalled;  /* next_used when the driver was last interrupted */
    uint32_t in_flight; /* taken and not given back; of packed rings, descriptors */

    /* Packed rings: next_avail and next_used are places in the ring, each with the round it is in. */
    bool avail_wrap, used_wrap, signalled_wrap;
    uint16_t counts[VIRTQ_SIZE_MOST]; /* descriptors of the chain with that identifier, 0: not in flight */
    uint16_t filled;                  /* descriptors that virtq_fill() went over */
    uint16_t first_head;              /* the first of those: it is made visible last */
    uint32_t first_written;
};

/* A request of the driver: what the device reads, then what it writes. */
struct virtq_chain {
    uint16_t head;
    unsigned n_out, n_in; /* pieces; those for writing follow those for reading */
    uint64_t out_bytes, in_bytes;
    struct iovec pieces[VIRTQ_PIECES];
};

/* False (and broken) if the addresses are not aligned. */
bool virtq_start(struct virtq *q, const struct virtq_rules *rules);
/* Stops it and forgets everything but what the transport set. */
void virtq_stop(struct virtq *q);

/* Takes the next chain. False if there is none, or if the queue is broken. */
bool virtq_pop(struct virtq *q, struct virtq_chain *chain);
/* Puts the chain that was taken last back, as if it had not been; then the one before may be put back, and so on. */
void virtq_unpop(struct virtq *q, uint16_t head);
/* Gives a chain back, of whose writable part so many bytes were written. */
void virtq_push(struct virtq *q, uint16_t head, uint32_t written);
/* The same in two steps for several chains at once: fills entries 0, 1, ... for them; then makes all count visible. */
void virtq_fill(struct virtq *q, uint16_t head, uint32_t written, uint16_t nth);
void virtq_flush(struct virtq *q, uint16_t count);
/* Whether the driver wants to be interrupted for what was given back since the last time. */
bool virtq_wants_signal(struct virtq *q);
/* Whether there may be chains to take. */
bool virtq_has_more(struct virtq *q);
/* The driver need not kick / shall kick from now on; the latter returns true if a chain came in the meantime. */
void virtq_disable_kicks(struct virtq *q);
bool virtq_enable_kicks(struct virtq *q);

/* Copies from the readable part at offset, to the writable part; returns the bytes copied, fewer at its end. */
size_t virtq_read(const struct virtq_chain *chain, size_t offset, void *to, size_t size);
size_t virtq_write(const struct virtq *q, const struct virtq_chain *chain, size_t offset, const void *from,
                   size_t size);
/* The pieces of [offset, offset + size) of a list of pieces, into at most `most`; their number. */
unsigned virtq_slice(const struct iovec *pieces, unsigned n, size_t offset, size_t size, struct iovec *slice,
                     unsigned most);

#endif
