/* Split virtqueues, and what packed ones share with them; see ring.h. [virtio1.2 2.7]
 *
 * The three parts are mapped when the queue starts and again when a translation changed (dma_generation()), so that a
 * ring in a window that maps all memory is read and written directly. A part that is not contiguous in RAM is
 * accessed through the translation each time. */
#include "virtio/ring.h"

#include <string.h>

#include "base/endian.h"
#include "base/log.h"
#include "virtio/ring-internal.h"

enum { DESC = VIRTQ_DESC, AVAIL = VIRTQ_DRIVER, USED = VIRTQ_DEVICE };
enum { USED_BYTES = 8, RING_AT = 4, AVAIL_NO_INTERRUPT = 1, USED_NO_NOTIFY = 1 };

bool virtq_break(struct virtq *q, const char *why)
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

        bool writable = i == USED || (i == DESC && q->rules.packed);

        part->host = dma_map(q->rules.dma, part->ioba, part->size, writable, &piece, 1) ? piece.iov_base : NULL;
    }
}

bool virtq_start(struct virtq *q, const struct virtq_rules *rules)
{
    q->rules = *rules;
    q->broken = false;
    q->started = true;
    q->next_avail = q->next_used = q->signalled = 0;
    q->in_flight = 0;
    if (rules->packed)
        virtq_packed_start(q);
    q->parts[DESC] = (struct virtq_part){ q->desc, (uint64_t)q->size * DESC_BYTES, NULL };
    q->parts[AVAIL] = (struct virtq_part){ q->avail, RING_AT + (uint64_t)q->size * 2 + 2, NULL };
    q->parts[USED] = (struct virtq_part){ q->used, RING_AT + (uint64_t)q->size * USED_BYTES + 2, NULL };
    if (rules->packed)
        q->parts[AVAIL].size = q->parts[USED].size = VIRTQ_EVENT_BYTES;
    if (!q->size || q->desc % 16 || q->avail % 2 || q->used % 4)
        return virtq_break(q, "it lies at unaligned addresses");
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

bool virtq_load(struct virtq *q, unsigned part, uint64_t offset, void *to, size_t size)
{
    const uint8_t *host = host_of(q, part);

    if (LIKELY(host != NULL)) {
        memcpy(to, host + offset, size);
        return true;
    }
    return dma_read(q->rules.dma, q->parts[part].ioba + offset, to, size) ||
           virtq_break(q, "its memory cannot be read");
}

bool virtq_store(struct virtq *q, unsigned part, uint64_t offset, const void *from, size_t size)
{
    uint8_t *host = host_of(q, part);

    if (LIKELY(host != NULL)) {
        dma_written(q->rules.dma, host + offset, size);
        memcpy(host + offset, from, size);
        return true;
    }
    return dma_write(q->rules.dma, q->parts[part].ioba + offset, from, size) ||
           virtq_break(q, "its memory cannot be written");
}

/* A half word that the driver changes at the same time: loaded whole, and before whatever follows. 0 at a fault. */
uint16_t virtq_load_index(struct virtq *q, unsigned part, uint64_t offset)
{
    const uint8_t *host = host_of(q, part);
    uint16_t raw = 0;

    if (LIKELY(host != NULL))
        raw = __atomic_load_n((const uint16_t *)(const void *)(host + offset), __ATOMIC_ACQUIRE);
    else
        virtq_load(q, part, offset, &raw, sizeof raw);
    return get16(q, &raw);
}

/* The same to store: after whatever came before. */
void virtq_store_index(struct virtq *q, unsigned part, uint64_t offset, uint16_t value)
{
    uint8_t *host = host_of(q, part);
    uint16_t raw;

    put16(q, &raw, value);
    if (LIKELY(host != NULL)) {
        dma_written(q->rules.dma, host + offset, sizeof raw);
        __atomic_store_n((uint16_t *)(void *)(host + offset), raw, __ATOMIC_RELEASE);
    } else {
        atomic_thread_fence(memory_order_release);
        virtq_store(q, part, offset, &raw, sizeof raw);
    }
}

/* ---- taking chains ---- */

void virtq_fill_desc(const struct virtq *q, const uint8_t *bytes, struct virtq_desc *d)
{
    d->address = get64(q, bytes);
    d->size = get32(q, bytes + 8);
    d->flags = get16(q, bytes + 12);
    d->next = get16(q, bytes + 14);
}

static bool load_desc(struct virtq *q, uint16_t index, struct virtq_desc *d)
{
    uint8_t bytes[DESC_BYTES];

    if (!virtq_load(q, DESC, (uint64_t)index * DESC_BYTES, bytes, sizeof bytes))
        return false;
    virtq_fill_desc(q, bytes, d);
    return true;
}

bool virtq_load_indirect(struct virtq *q, uint64_t table, uint16_t index, struct virtq_desc *d)
{
    uint8_t bytes[DESC_BYTES];

    if (!dma_read(q->rules.dma, table + (uint64_t)index * DESC_BYTES, bytes, sizeof bytes))
        return virtq_break(q, "a table of descriptors cannot be read");
    virtq_fill_desc(q, bytes, d);
    return true;
}

bool virtq_add_desc(struct virtq *q, struct virtq_chain *chain, const struct virtq_desc *d)
{
    bool writable = d->flags & DESC_WRITE;
    unsigned used = chain->n_out + chain->n_in, n;

    if (!writable && chain->n_in)
        return virtq_break(q, "a readable descriptor follows a writable one");
    if (!d->size)
        return true;
    n = dma_map(q->rules.dma, d->address, d->size, writable, chain->pieces + used, VIRTQ_PIECES - used);
    if (!n)
        return virtq_break(q, "a descriptor's memory cannot be accessed, or is in too many pieces");
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
static bool add_indirect(struct virtq *q, struct virtq_chain *chain, const struct virtq_desc *table)
{
    uint32_t count = table->size / DESC_BYTES, left = count;
    struct virtq_desc d = { 0 };

    if (!q->rules.indirect || table->flags & DESC_NEXT || !count || table->size % DESC_BYTES ||
        count > VIRTQ_PIECES)
        return virtq_break(q, "an indirect descriptor is not as agreed");
    do {
        if (d.next >= count || !left--)
            return virtq_break(q, "a table of descriptors loops or is left");
        if (!virtq_load_indirect(q, table->address, d.next, &d))
            return false;
        if (d.flags & DESC_INDIRECT)
            return virtq_break(q, "an indirect descriptor within a table");
        if (!virtq_add_desc(q, chain, &d))
            return false;
    } while (d.flags & DESC_NEXT);
    return true;
}

static bool add_chain(struct virtq *q, struct virtq_chain *chain)
{
    unsigned left = q->size;
    struct virtq_desc d = { .next = chain->head };

    do {
        if (d.next >= q->size || !left--)
            return virtq_break(q, "a chain of descriptors loops or leaves the queue");
        if (!load_desc(q, d.next, &d))
            return false;
        if (d.flags & DESC_INDIRECT)
            return add_indirect(q, chain, &d);
        if (!virtq_add_desc(q, chain, &d))
            return false;
    } while (d.flags & DESC_NEXT);
    return true;
}

bool virtq_has_more(struct virtq *q)
{
    uint16_t count;

    if (!q->started || q->broken)
        return false;
    if (q->rules.packed)
        return virtq_packed_has_more(q);
    count = (uint16_t)(virtq_load_index(q, AVAIL, 2) - q->next_avail);
    if (count > q->size)
        return virtq_break(q, "more chains are available than fit");
    return count && !q->broken;
}

bool virtq_pop(struct virtq *q, struct virtq_chain *chain)
{
    uint8_t bytes[2];

    if (!virtq_has_more(q))
        return false;
    if (q->rules.packed)
        return virtq_packed_pop(q, chain);
    /* More chains at once than there are descriptors: heads are given twice. */
    if (q->in_flight >= q->size)
        return virtq_break(q, "a chain is available twice");
    if (!virtq_load(q, AVAIL, RING_AT + (uint64_t)(q->next_avail & (q->size - 1)) * 2, bytes, 2))
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

void virtq_unpop(struct virtq *q, uint16_t head)
{
    if (q->rules.packed) {
        virtq_packed_unpop(q, head);
        return;
    }
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
    if (q->rules.packed) {
        virtq_packed_fill(q, head, written, nth);
        return;
    }
    put32(q, bytes, head);
    put32(q, bytes + 4, written);
    virtq_store(q, USED, RING_AT + (uint64_t)at * USED_BYTES, bytes, sizeof bytes);
}

void virtq_flush(struct virtq *q, uint16_t count)
{
    if (!q->started || q->broken)
        return;
    if (q->rules.packed) {
        virtq_packed_flush(q);
        return;
    }
    q->next_used = (uint16_t)(q->next_used + count);
    q->in_flight -= count;
    virtq_store_index(q, USED, 2, q->next_used);
}

void virtq_push(struct virtq *q, uint16_t head, uint32_t written)
{
    virtq_fill(q, head, written, 0);
    virtq_flush(q, 1);
}

bool virtq_wants_signal(struct virtq *q)
{
    uint16_t old = q->signalled, now = q->next_used, event;

    if (!q->started || q->broken)
        return false;
    if (q->rules.packed)
        return virtq_packed_wants_signal(q);
    if (now == old)
        return false;
    q->signalled = now;
    /* What was given back must be seen before the driver's wish is looked at; the driver does it the other way
     * round. [virtio1.2 2.7.7.1] */
    atomic_thread_fence(memory_order_seq_cst);
    if (!q->rules.event_index)
        return !(virtq_load_index(q, AVAIL, 0) & AVAIL_NO_INTERRUPT);
    event = virtq_load_index(q, AVAIL, RING_AT + (uint64_t)q->size * 2);
    return (uint16_t)(now - event - 1) < (uint16_t)(now - old);
}

void virtq_disable_kicks(struct virtq *q)
{
    if (!q->started || q->broken)
        return;
    if (q->rules.packed)
        virtq_packed_disable_kicks(q);
    else if (!q->rules.event_index)
        virtq_store_index(q, USED, 0, USED_NO_NOTIFY);
}

bool virtq_enable_kicks(struct virtq *q)
{
    if (!q->started || q->broken)
        return false;
    if (q->rules.packed)
        virtq_packed_enable_kicks(q);
    else if (q->rules.event_index)
        virtq_store_index(q, USED, RING_AT + (uint64_t)q->size * USED_BYTES, q->next_avail);
    else
        virtq_store_index(q, USED, 0, 0);
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
