/* Split virtqueues; see ring.h. [virtio1.2 2.7]
 *
 * The three parts are mapped when the queue starts and again when a translation changed (dma_generation()), so that a
 * ring in a window that maps all memory is read and written directly. A part that is not contiguous in RAM is
 * accessed through the translation each time. */
#include "virtio/ring.h"

#include <string.h>

#include "base/endian.h"
#include "base/log.h"

enum { DESC, AVAIL, USED };
enum { DESC_NEXT = 1, DESC_WRITE = 2, DESC_INDIRECT = 4 };
enum { DESC_BYTES = 16, USED_BYTES = 8, RING_AT = 4, AVAIL_NO_INTERRUPT = 1, USED_NO_NOTIFY = 1 };

struct desc {
    uint64_t address;
    uint32_t size;
    uint16_t flags, next;
};

static bool break_queue(struct virtq *q, const char *why)
{
    guest_error("virtio", "a queue is broken: %s", why);
    q->broken = true;
    return false;
}

static void map_parts(struct virtq *q)
{
    for (unsigned i = 0; i < 3; i++) {
        struct virtq_part *part = &q->parts[i];
        struct iovec piece;

        part->host = dma_map(q->rules.dma, part->ioba, part->size, i == USED, &piece, 1) ? piece.iov_base
                                                                                        : NULL;
    }
}

bool virtq_start(struct virtq *q, const struct virtq_rules *rules)
{
    q->rules = *rules;
    q->broken = false;
    q->started = true;
    q->next_avail = q->next_used = q->signalled = 0;
    q->in_flight = 0;
    q->parts[DESC] = (struct virtq_part){ q->desc, (uint64_t)q->size * DESC_BYTES, NULL };
    q->parts[AVAIL] = (struct virtq_part){ q->avail, RING_AT + (uint64_t)q->size * 2 + 2, NULL };
    q->parts[USED] = (struct virtq_part){ q->used, RING_AT + (uint64_t)q->size * USED_BYTES + 2, NULL };
    if (!q->size || q->desc % 16 || q->avail % 2 || q->used % 4)
        return break_queue(q, "it lies at unaligned addresses");
    q->generation = dma_generation(rules->dma);
    map_parts(q);
    return true;
}

void virtq_stop(struct virtq *q)
{
    q->started = q->broken = false;
    q->in_flight = 0;
    memset(q->parts, 0, sizeof q->parts);
}

/* ---- words of the rings ---- */

static uint8_t *host_of(struct virtq *q, unsigned part)
{
    uint64_t now = dma_generation(q->rules.dma);

    if (UNLIKELY(now != q->generation)) {
        q->generation = now;
        map_parts(q);
    }
    return q->parts[part].host;
}

static bool load_bytes(struct virtq *q, unsigned part, uint64_t offset, void *to, size_t size)
{
    const uint8_t *host = host_of(q, part);

    if (LIKELY(host != NULL)) {
        memcpy(to, host + offset, size);
        return true;
    }
    return dma_read(q->rules.dma, q->parts[part].ioba + offset, to, size) ||
           break_queue(q, "its memory cannot be read");
}

static bool store_bytes(struct virtq *q, unsigned part, uint64_t offset, const void *from, size_t size)
{
    uint8_t *host = host_of(q, part);

    if (LIKELY(host != NULL)) {
        dma_written(q->rules.dma, host + offset, size);
        memcpy(host + offset, from, size);
        return true;
    }
    return dma_write(q->rules.dma, q->parts[part].ioba + offset, from, size) ||
           break_queue(q, "its memory cannot be written");
}

static uint16_t get16(const struct virtq *q, const void *p)
{
    return q->rules.big_endian ? ld_be16(p) : ld_le16(p);
}

static uint32_t get32(const struct virtq *q, const void *p)
{
    return q->rules.big_endian ? ld_be32(p) : ld_le32(p);
}

static uint64_t get64(const struct virtq *q, const void *p)
{
    return q->rules.big_endian ? ld_be64(p) : ld_le64(p);
}

static void put16(const struct virtq *q, void *p, uint16_t v)
{
    if (q->rules.big_endian)
        st_be16(p, v);
    else
        st_le16(p, v);
}

static void put32(const struct virtq *q, void *p, uint32_t v)
{
    if (q->rules.big_endian)
        st_be32(p, v);
    else
        st_le32(p, v);
}

/* A half word that the driver changes at the same time: loaded whole, and before whatever follows. 0 at a fault. */
static uint16_t load_index(struct virtq *q, unsigned part, uint64_t offset)
{
    const uint8_t *host = host_of(q, part);
    uint16_t raw = 0;

    if (LIKELY(host != NULL))
        raw = __atomic_load_n((const uint16_t *)(const void *)(host + offset), __ATOMIC_ACQUIRE);
    else
        load_bytes(q, part, offset, &raw, sizeof raw);
    return get16(q, &raw);
}

/* The same to store: after whatever came before. */
static void store_index(struct virtq *q, uint64_t offset, uint16_t value)
{
    uint8_t *host = host_of(q, USED);
    uint16_t raw;

    put16(q, &raw, value);
    if (LIKELY(host != NULL)) {
        dma_written(q->rules.dma, host + offset, sizeof raw);
        __atomic_store_n((uint16_t *)(void *)(host + offset), raw, __ATOMIC_RELEASE);
    } else {
        atomic_thread_fence(memory_order_release);
        store_bytes(q, USED, offset, &raw, sizeof raw);
    }
}

/* ---- taking chains ---- */

static bool fill_desc(const struct virtq *q, const uint8_t *bytes, struct desc *d)
{
    d->address = get64(q, bytes);
    d->size = get32(q, bytes + 8);
    d->flags = get16(q, bytes + 12);
    d->next = get16(q, bytes + 14);
    return true;
}

static bool load_desc(struct virtq *q, uint16_t index, struct desc *d)
{
    uint8_t bytes[DESC_BYTES];

    return load_bytes(q, DESC, (uint64_t)index * DESC_BYTES, bytes, sizeof bytes) && fill_desc(q, bytes, d);
}

static bool load_indirect(struct virtq *q, uint64_t table, uint16_t index, struct desc *d)
{
    uint8_t bytes[DESC_BYTES];

    if (!dma_read(q->rules.dma, table + (uint64_t)index * DESC_BYTES, bytes, sizeof bytes))
        return break_queue(q, "a table of descriptors cannot be read");
    return fill_desc(q, bytes, d);
}

static bool add_desc(struct virtq *q, struct virtq_chain *chain, const struct desc *d)
{
    bool writable = d->flags & DESC_WRITE;
    unsigned used = chain->n_out + chain->n_in, n;

    if (!writable && chain->n_in)
        return break_queue(q, "a readable descriptor follows a writable one");
    if (!d->size)
        return true;
    n = dma_map(q->rules.dma, d->address, d->size, writable, chain->pieces + used, VIRTQ_PIECES - used);
    if (!n)
        return break_queue(q, "a descriptor's memory cannot be accessed, or is in too many pieces");
    if (writable) {
        chain->n_in += n;
        chain->in_bytes += d->size;
    } else {
        chain->n_out += n;
        chain->out_bytes += d->size;
    }
    return true;
}

/* The descriptors of an indirect table, which ends the chain. */
static bool add_indirect(struct virtq *q, struct virtq_chain *chain, const struct desc *table)
{
    uint32_t count = table->size / DESC_BYTES, left = count;
    struct desc d = { 0 };

    if (!q->rules.indirect || table->flags & DESC_NEXT || !count || table->size % DESC_BYTES ||
        count > VIRTQ_PIECES)
        return break_queue(q, "an indirect descriptor is not as agreed");
    do {
        if (d.next >= count || !left--)
            return break_queue(q, "a table of descriptors loops or is left");
        if (!load_indirect(q, table->address, d.next, &d))
            return false;
        if (d.flags & DESC_INDIRECT)
            return break_queue(q, "an indirect descriptor within a table");
        if (!add_desc(q, chain, &d))
            return false;
    } while (d.flags & DESC_NEXT);
    return true;
}

static bool add_chain(struct virtq *q, struct virtq_chain *chain)
{
    unsigned left = q->size;
    struct desc d = { .next = chain->head };

    do {
        if (d.next >= q->size || !left--)
            return break_queue(q, "a chain of descriptors loops or leaves the queue");
        if (!load_desc(q, d.next, &d))
            return false;
        if (d.flags & DESC_INDIRECT)
            return add_indirect(q, chain, &d);
        if (!add_desc(q, chain, &d))
            return false;
    } while (d.flags & DESC_NEXT);
    return true;
}

bool virtq_has_more(struct virtq *q)
{
    uint16_t count;

    if (!q->started || q->broken)
        return false;
    count = (uint16_t)(load_index(q, AVAIL, 2) - q->next_avail);
    if (count > q->size)
        return break_queue(q, "more chains are available than fit");
    return count && !q->broken;
}

bool virtq_pop(struct virtq *q, struct virtq_chain *chain)
{
    uint8_t bytes[2];

    if (!virtq_has_more(q))
        return false;
    /* More chains at once than there are descriptors: heads are given twice. */
    if (q->in_flight >= q->size)
        return break_queue(q, "a chain is available twice");
    if (!load_bytes(q, AVAIL, RING_AT + (uint64_t)(q->next_avail & (q->size - 1)) * 2, bytes, 2))
        return false;
    chain->head = get16(q, bytes);
    chain->n_out = chain->n_in = 0;
    chain->out_bytes = chain->in_bytes = 0;
    if (!add_chain(q, chain))
        return false;
    q->next_avail++;
    q->in_flight++;
    return true;
}

void virtq_unpop(struct virtq *q)
{
    q->next_avail--;
    q->in_flight--;
}

/* ---- giving them back ---- */

void virtq_fill(struct virtq *q, uint16_t head, uint32_t written, uint16_t nth)
{
    uint8_t bytes[USED_BYTES];
    uint16_t at = (uint16_t)(q->next_used + nth) & (uint16_t)(q->size - 1);

    if (!q->started || q->broken)
        return;
    put32(q, bytes, head);
    put32(q, bytes + 4, written);
    store_bytes(q, USED, RING_AT + (uint64_t)at * USED_BYTES, bytes, sizeof bytes);
}

void virtq_flush(struct virtq *q, uint16_t count)
{
    if (!q->started || q->broken)
        return;
    q->next_used = (uint16_t)(q->next_used + count);
    q->in_flight -= count;
    store_index(q, 2, q->next_used);
}

void virtq_push(struct virtq *q, uint16_t head, uint32_t written)
{
    virtq_fill(q, head, written, 0);
    virtq_flush(q, 1);
}

bool virtq_wants_signal(struct virtq *q)
{
    uint16_t old = q->signalled, now = q->next_used, event;

    if (!q->started || q->broken || now == old)
        return false;
    q->signalled = now;
    /* What was given back must be seen before the driver's wish is looked at; the driver does it the other way
     * round. [virtio1.2 2.7.7.1] */
    atomic_thread_fence(memory_order_seq_cst);
    if (!q->rules.event_index)
        return !(load_index(q, AVAIL, 0) & AVAIL_NO_INTERRUPT);
    event = load_index(q, AVAIL, RING_AT + (uint64_t)q->size * 2);
    return (uint16_t)(now - event - 1) < (uint16_t)(now - old);
}

void virtq_disable_kicks(struct virtq *q)
{
    if (q->started && !q->broken && !q->rules.event_index)
        store_index(q, 0, USED_NO_NOTIFY);
}

bool virtq_enable_kicks(struct virtq *q)
{
    if (!q->started || q->broken)
        return false;
    if (q->rules.event_index)
        store_index(q, RING_AT + (uint64_t)q->size * USED_BYTES, q->next_avail);
    else
        store_index(q, 0, 0);
    atomic_thread_fence(memory_order_seq_cst);
    return virtq_has_more(q);
}

/* ---- bytes of a chain ---- */

unsigned virtq_slice(const struct iovec *pieces, unsigned n, size_t offset, size_t size, struct iovec *slice,
                     unsigned most)
{
    unsigned count = 0;

    for (unsigned i = 0; i < n && size && count < most; i++) {
        size_t length = pieces[i].iov_len;

        if (offset >= length) {
            offset -= length;
            continue;
        }
        length = length - offset < size ? length - offset : size;
        slice[count++] = (struct iovec){ (uint8_t *)pieces[i].iov_base + offset, length };
        size -= length;
        offset = 0;
    }
    return count;
}

size_t virtq_read(const struct virtq_chain *chain, size_t offset, void *to, size_t size)
{
    size_t done = 0;

    for (unsigned i = 0; i < chain->n_out && done < size; i++) {
        size_t length = chain->pieces[i].iov_len, n;

        if (offset >= length) {
            offset -= length;
            continue;
        }
        n = length - offset < size - done ? length - offset : size - done;
        memcpy((uint8_t *)to + done, (const uint8_t *)chain->pieces[i].iov_base + offset, n);
        done += n;
        offset = 0;
    }
    return done;
}

size_t virtq_write(const struct virtq *q, const struct virtq_chain *chain, size_t offset, const void *from,
                   size_t size)
{
    size_t done = 0;

    for (unsigned i = chain->n_out; i < chain->n_out + chain->n_in && done < size; i++) {
        size_t length = chain->pieces[i].iov_len, n;
        uint8_t *to = (uint8_t *)chain->pieces[i].iov_base + offset;

        if (offset >= length) {
            offset -= length;
            continue;
        }
        n = length - offset < size - done ? length - offset : size - done;
        dma_written(q->rules.dma, to, n);
        memcpy(to, (const uint8_t *)from + done, n);
        done += n;
        offset = 0;
    }
    return done;
}
