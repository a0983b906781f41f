/* Packed virtqueues; see ring.h. [virtio1.2 2.8]
 *
 * One ring of descriptors, which both sides write. A descriptor is available while its AVAIL flag is that of the present
 * round and its USED flag is not; the device gives a chain back by writing one descriptor, with both flags of its round,
 * where the oldest chain began, and goes on behind as many descriptors as the chain had. The last descriptor of a
 * chain carries the identifier by which it is given back. */
#include "virtio/ring-internal.h"

enum { ID_AT = 12, FLAGS_AT = 14, FLAG_AVAIL = 1 << 7, FLAG_USED = 1 << 15 };
/* The two event structures: place with the round in bit 15, and what is wanted. */
enum { EVENT_PLACE = 0, EVENT_FLAGS = 2, EVENT_ENABLE = 0, EVENT_DISABLE = 1, EVENT_AT_PLACE = 2 };

void virtq_packed_start(struct virtq *q)
{
    q->avail_wrap = q->used_wrap = q->signalled_wrap = true;
    q->filled = 0;
    memset(q->counts, 0, sizeof q->counts);
}

/* Goes n <= size places on. */
static void advance(const struct virtq *q, uint16_t *place, bool *wrap, unsigned n)
{
    unsigned at = *place + n;

    if (at >= q->size) {
        at -= q->size;
        *wrap = !*wrap;
    }
    *place = (uint16_t)at;
}

static bool is_available(uint16_t flags, bool wrap)
{
    return !(flags & FLAG_AVAIL) != wrap && !(flags & FLAG_USED) == wrap;
}

bool virtq_packed_has_more(struct virtq *q)
{
    uint16_t flags = virtq_load_index(q, VIRTQ_DESC, (uint64_t)q->next_avail * DESC_BYTES + FLAGS_AT);

    return !q->broken && is_available(flags, q->avail_wrap);
}

/* A descriptor of this ring: identifier and flags stand the other way round. */
static bool load_desc(struct virtq *q, uint16_t place, struct virtq_desc *d, uint16_t *id)
{
    uint8_t bytes[DESC_BYTES];

    if (!virtq_load(q, VIRTQ_DESC, (uint64_t)place * DESC_BYTES, bytes, sizeof bytes))
        return false;
    virtq_fill_desc(q, bytes, d);
    *id = d->flags;
    d->flags = d->next;
    return true;
}

/* A table is read from its beginning to its end; its descriptors have no links. */
static bool add_indirect(struct virtq *q, struct virtq_chain *chain, const struct virtq_desc *table)
{
    uint32_t count = table->size / DESC_BYTES;

    if (!q->rules.indirect || table->flags & DESC_NEXT || !count || table->size % DESC_BYTES || count > VIRTQ_PIECES)
        return virtq_break(q, "an indirect descriptor is not as agreed");
    for (uint32_t i = 0; i < count; i++) {
        struct virtq_desc d;

        if (!virtq_load_indirect(q, table->address, (uint16_t)i, &d))
            return false;
        d.flags = d.next & DESC_WRITE;
        if (!virtq_add_desc(q, chain, &d))
            return false;
    }
    return true;
}

bool virtq_packed_pop(struct virtq *q, struct virtq_chain *chain)
{
    uint16_t place = q->next_avail, count = 0, id;
    bool wrap = q->avail_wrap;
    struct virtq_desc d;

    chain->n_out = chain->n_in = 0;
    chain->out_bytes = chain->in_bytes = 0;
    do {
        if (count >= q->size - q->in_flight)
            return virtq_break(q, "a chain is longer than what is free of the ring");
        if (!load_desc(q, place, &d, &id))
            return false;
        /* The driver made all of the chain available before its first descriptor. */
        if (!is_available(d.flags, wrap))
            return virtq_break(q, "a chain is available in part");
        if (d.flags & DESC_INDIRECT ? !add_indirect(q, chain, &d) : !virtq_add_desc(q, chain, &d))
            return false;
        advance(q, &place, &wrap, 1);
        count++;
    } while (d.flags & DESC_NEXT);
    if (id >= q->size || q->counts[id])
        return virtq_break(q, "an identifier is out of range, or in use");
    chain->head = id;
    q->counts[id] = count;
    q->in_flight += count;
    q->next_avail = place;
    q->avail_wrap = wrap;
    return true;
}

void virtq_packed_unpop(struct virtq *q, uint16_t head)
{
    uint16_t count = q->counts[head];

    q->counts[head] = 0;
    q->in_flight -= count;
    if (q->next_avail < count) {
        q->next_avail = (uint16_t)(q->next_avail + q->size);
        q->avail_wrap = !q->avail_wrap;
    }
    q->next_avail = (uint16_t)(q->next_avail - count);
}

static void write_used(struct virtq *q, uint16_t place, bool wrap, uint16_t id, uint32_t written)
{
    uint8_t bytes[6];

    put32(q, bytes, written);
    put16(q, bytes + 4, id);
    virtq_store(q, VIRTQ_DESC, (uint64_t)place * DESC_BYTES + 8, bytes, sizeof bytes);
    virtq_store_index(q, VIRTQ_DESC, (uint64_t)place * DESC_BYTES + FLAGS_AT, wrap ? FLAG_AVAIL | FLAG_USED : 0);
}

void virtq_packed_fill(struct virtq *q, uint16_t head, uint32_t written, uint16_t nth)
{
    uint16_t place = q->next_used;
    bool wrap = q->used_wrap;

    if (!nth) {
        /* The driver looks at the first one first: it is written when all are. */
        q->filled = q->counts[head];
        q->first_head = head;
        q->first_written = written;
    } else {
        advance(q, &place, &wrap, q->filled);
        write_used(q, place, wrap, head, written);
        q->filled = (uint16_t)(q->filled + q->counts[head]);
    }
    q->counts[head] = 0;
}

void virtq_packed_flush(struct virtq *q)
{
    write_used(q, q->next_used, q->used_wrap, q->first_head, q->first_written);
    q->in_flight -= q->filled;
    advance(q, &q->next_used, &q->used_wrap, q->filled);
    q->filled = 0;
}

bool virtq_packed_wants_signal(struct virtq *q)
{
    uint16_t old = q->signalled, now = q->next_used, place, flags;
    bool old_wrap = q->signalled_wrap;

    if (now == old && q->used_wrap == old_wrap)
        return false;
    q->signalled = now;
    q->signalled_wrap = q->used_wrap;
    /* As with split rings: first what was given back, then the driver's wish. */
    atomic_thread_fence(memory_order_seq_cst);
    flags = virtq_load_index(q, VIRTQ_DRIVER, EVENT_FLAGS);
    if ((flags & 3) != EVENT_AT_PLACE || !q->rules.event_index)
        return (flags & 3) != EVENT_DISABLE;
    place = virtq_load_index(q, VIRTQ_DRIVER, EVENT_PLACE);
    /* All three as distances in one round: what lies in the round before is negative. */
    if (old_wrap != q->used_wrap)
        old = (uint16_t)(old - q->size);
    if (place >> 15 != q->used_wrap)
        place = (uint16_t)((place & 0x7fff) - q->size);
    else
        place &= 0x7fff;
    return (uint16_t)(now - place - 1) < (uint16_t)(now - old);
}

void virtq_packed_disable_kicks(struct virtq *q)
{
    virtq_store_index(q, VIRTQ_DEVICE, EVENT_FLAGS, EVENT_DISABLE);
}

void virtq_packed_enable_kicks(struct virtq *q)
{
    if (q->rules.event_index)
        virtq_store_index(q, VIRTQ_DEVICE, EVENT_PLACE,
                          (uint16_t)(q->next_avail | (q->avail_wrap ? UINT16_C(1) << 15 : 0)));
    virtq_store_index(q, VIRTQ_DEVICE, EVENT_FLAGS, q->rules.event_index ? EVENT_AT_PLACE : EVENT_ENABLE);
}
