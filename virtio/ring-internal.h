/* Between the two kinds of rings. */
#ifndef VIRTIO_RING_INTERNAL_H
#define VIRTIO_RING_INTERNAL_H

#include "base/endian.h"
#include "virtio/ring.h"

/* Parts of a ring: descriptors; what the driver writes; what the device writes. */
enum { VIRTQ_DESC, VIRTQ_DRIVER, VIRTQ_DEVICE };
enum { DESC_NEXT = 1, DESC_WRITE = 2, DESC_INDIRECT = 4, DESC_BYTES = 16, VIRTQ_EVENT_BYTES = 4 };

struct virtq_desc {
    uint64_t address;
    uint32_t size;
    uint16_t flags, next; /* next: of a packed ring, the identifier stands before the flags */
};

/* Notes it, and returns false. */
bool virtq_break(struct virtq *q, const char *why);
/* Bytes of a part; false, and the queue is broken, at a fault. */
bool virtq_load(struct virtq *q, unsigned part, uint64_t offset, void *to, size_t size);
bool virtq_store(struct virtq *q, unsigned part, uint64_t offset, const void *from, size_t size);
/* A half word that both sides use at the same time: loaded before whatever follows, stored after whatever came before. */
uint16_t virtq_load_index(struct virtq *q, unsigned part, uint64_t offset);
void virtq_store_index(struct virtq *q, unsigned part, uint64_t offset, uint16_t value);
void virtq_fill_desc(const struct virtq *q, const uint8_t *bytes, struct virtq_desc *d);
bool virtq_load_indirect(struct virtq *q, uint64_t table, uint16_t index, struct virtq_desc *d);
/* Adds the memory of a descriptor to the chain. */
bool virtq_add_desc(struct virtq *q, struct virtq_chain *chain, const struct virtq_desc *d);

void virtq_packed_start(struct virtq *q);
bool virtq_packed_has_more(struct virtq *q);
bool virtq_packed_pop(struct virtq *q, struct virtq_chain *chain);
void virtq_packed_unpop(struct virtq *q, uint16_t head);
void virtq_packed_fill(struct virtq *q, uint16_t head, uint32_t written, uint16_t nth);
void virtq_packed_flush(struct virtq *q);
bool virtq_packed_wants_signal(struct virtq *q);
void virtq_packed_disable_kicks(struct virtq *q);
void virtq_packed_enable_kicks(struct virtq *q);

#define VIRTQ_NUMBERS(bits)                                                                      \
    static inline uint##bits##_t get##bits(const struct virtq *q, const void *p)                 \
    {                                                                                            \
        return q->rules.big_endian ? ld_be##bits(p) : ld_le##bits(p);                            \
    }                                                                                            \
    static inline void put##bits(const struct virtq *q, void *p, uint##bits##_t v)               \
    {                                                                                            \
        if (q->rules.big_endian)                                                                 \
            st_be##bits(p, v);                                                                   \
        else                                                                                     \
            st_le##bits(p, v);                                                                   \
    }

VIRTQ_NUMBERS(16)
VIRTQ_NUMBERS(32)
VIRTQ_NUMBERS(64)
#undef VIRTQ_NUMBERS

#endif
