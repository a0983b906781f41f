/* Queues of an NVMe controller, the memory that commands name, and completions; see nvme-internal.h. [NVMe 1.4 4] */
#include <stdatomic.h>
#include <string.h>

#include "base/endian.h"
#include "base/log.h"
#include "nvme/nvme-internal.h"

/* ---- memory ---- */

static unsigned add_page(struct nvme *n, uint64_t address, uint64_t size, bool writable,
                         struct iovec *pieces, unsigned used)
{
    unsigned got = used < NVME_PIECES_MOST ? dma_map(n->pci.dma, address, size, writable,
                                                     pieces + used, NVME_PIECES_MOST - used)
                                           : 0;

    if (!got)
        return 0;
    /* Pages that lie behind each other are one piece. */
    if (used && got == 1 &&
        (uint8_t *)pieces[used - 1].iov_base + pieces[used - 1].iov_len == pieces[used].iov_base) {
        pieces[used - 1].iov_len += pieces[used].iov_len;
        return used;
    }
    return used + got;
}

/* The first entry may begin within a page, all others are pages; more than two are in lists, whose last entry names the
 * next one. [NVMe 1.4 4.3] */
int nvme_map(struct nvme *n, const struct nvme_command *c, uint64_t size, bool writable,
             struct iovec *pieces, unsigned *n_pieces)
{
    uint64_t page = UINT64_C(1) << n->page_shift, offset = c->prp1 & (page - 1), list = c->prp2;
    uint64_t first = page - offset < size ? page - offset : size;
    unsigned used, lists = 0;

    if (offset & 3)
        return NVME_PRP_OFFSET_INVALID;
    if (size > NVME_TRANSFER_MOST)
        return NVME_INVALID_FIELD;
    if (!(used = add_page(n, c->prp1, first, writable, pieces, 0)))
        return NVME_DATA_TRANSFER_ERROR;
    size -= first;
    if (size && size <= page) {
        if (list & (page - 1))
            return NVME_PRP_OFFSET_INVALID;
        if (!(used = add_page(n, list, size, writable, pieces, used)))
            return NVME_DATA_TRANSFER_ERROR;
        size = 0;
    }
    while (size) {
        uint8_t entries[512 * 8];
        uint64_t in_page = (page - (list & (page - 1))) / 8, wanted = (size + page - 1) / page;
        /* Another list follows if the rest does not fit, and so is the last entry of this one. */
        uint64_t count = wanted < in_page ? wanted : in_page;

        if (count > sizeof entries / 8)
            count = sizeof entries / 8; /* more than the greatest transfer takes */
        if (list & 7 || (lists++ && list & (page - 1)))
            return NVME_PRP_OFFSET_INVALID;
        if (lists > 1 + NVME_PIECES_MOST || !dma_read(n->pci.dma, list, entries, count * 8))
            return NVME_DATA_TRANSFER_ERROR;
        for (uint64_t i = 0; i < count && size; i++) {
            uint64_t at = ld_le64(entries + i * 8), part = size < page ? size : page;

            if (i + 1 == in_page && wanted > in_page) {
                list = at;
                break;
            }
            if (at & (page - 1))
                return NVME_PRP_OFFSET_INVALID;
            if (!(used = add_page(n, at, part, writable, pieces, used)))
                return NVME_DATA_TRANSFER_ERROR;
            size -= part;
        }
    }
    *n_pieces = used;
    return NVME_SUCCESS;
}

int nvme_give(struct nvme *n, const struct nvme_command *c, const void *data, uint64_t size)
{
    struct iovec pieces[NVME_PIECES_MOST];
    unsigned count;
    int status = nvme_map(n, c, size, true, pieces, &count);
    size_t done = 0;

    for (unsigned i = 0; status == NVME_SUCCESS && i < count; i++) {
        memcpy(pieces[i].iov_base, (const uint8_t *)data + done, pieces[i].iov_len);
        dma_written(n->pci.dma, pieces[i].iov_base, pieces[i].iov_len);
        done += pieces[i].iov_len;
    }
    return status;
}

int nvme_take(struct nvme *n, const struct nvme_command *c, void *data, uint64_t size)
{
    struct iovec pieces[NVME_PIECES_MOST];
    unsigned count;
    int status = nvme_map(n, c, size, false, pieces, &count);
    size_t done = 0;

    for (unsigned i = 0; status == NVME_SUCCESS && i < count; i++) {
        memcpy((uint8_t *)data + done, pieces[i].iov_base, pieces[i].iov_len);
        done += pieces[i].iov_len;
    }
    return status;
}

/* ---- completions ---- */

bool nvme_has_entries(const struct nvme *n, unsigned cq)
{
    return n->cq[cq].exists && n->cq_head[cq] != n->cq[cq].tail;
}

static bool is_full(const struct nvme *n, unsigned cq)
{
    return (n->cq[cq].tail + 1) % n->cq[cq].size == n->cq_head[cq] % n->cq[cq].size;
}

void nvme_complete(struct nvme *n, uint16_t sq, uint16_t id, int status, uint32_t result)
{
    struct nvme_cq *cq = &n->cq[n->sq[sq].cq];
    uint8_t entry[NVME_COMPLETION_BYTES] = { 0 };
    uint64_t at = cq->base + (uint64_t)cq->tail * NVME_COMPLETION_BYTES;
    bool was_empty;

    if (!n->live || !n->sq[sq].exists || !cq->exists)
        return;
    was_empty = !nvme_has_entries(n, n->sq[sq].cq);
    st_le32(entry, result);
    st_le16(entry + 8, (uint16_t)n->sq[sq].head);
    st_le16(entry + 10, sq);
    st_le16(entry + 12, id);
    st_le16(entry + 14, (uint16_t)(((unsigned)status & 0x7fff) << 1 | cq->phase));
    /* The phase makes the entry valid: it comes last. */
    dma_write(n->pci.dma, at, entry, sizeof entry - 2);
    atomic_thread_fence(memory_order_release);
    dma_write(n->pci.dma, at + sizeof entry - 2, entry + sizeof entry - 2, 2);
    if (++cq->tail == cq->size) {
        cq->tail = 0;
        cq->phase = !cq->phase;
    }
    /* The driver has heard of entries that are there still; it says when it has looked at them, and whatever came in
     * the meantime is told then. */
    if (cq->interrupts && was_empty)
        n->signals |= UINT64_C(1) << n->sq[sq].cq;
}

/* ---- submissions ---- */

static bool fetch(struct nvme *n, uint16_t queue, struct nvme_command *c)
{
    struct nvme_sq *q = &n->sq[queue];

    if (!dma_read(n->pci.dma, q->base + (uint64_t)q->head * NVME_COMMAND_BYTES, c->bytes,
                  sizeof c->bytes)) {
        guest_error("nvme", "submission queue %u is no memory", queue);
        return false;
    }
    q->head = (q->head + 1) % q->size;
    c->opcode = c->bytes[0];
    c->sq = queue;
    c->id = ld_le16(c->bytes + 2);
    c->namespace = ld_le32(c->bytes + 4);
    c->prp1 = ld_le64(c->bytes + 24);
    c->prp2 = ld_le64(c->bytes + 32);
    for (unsigned i = 0; i < 6; i++)
        c->dw[i] = ld_le32(c->bytes + 40 + 4 * i);
    return true;
}

static int start(struct nvme *n, const struct nvme_command *c, uint32_t *result)
{
    /* Scattered lists are not offered, nor are fused commands. */
    if (c->bytes[1] & 0xc3)
        return NVME_INVALID_FIELD;
    return c->sq ? nvme_io(n, c) : nvme_admin(n, c, result);
}

/* Requests that are under way need a place for their completion, too: no more are taken than have one. */
static bool has_room(const struct nvme *n, uint16_t sq)
{
    const struct nvme_cq *cq = &n->cq[n->sq[sq].cq];
    uint32_t used = (cq->tail + cq->size - n->cq_head[n->sq[sq].cq] % cq->size) % cq->size;

    return used + n->in_flight + 1 < cq->size && !is_full(n, n->sq[sq].cq);
}

static void process_queue(struct nvme *n, uint16_t queue)
{
    /* Bounded by what one round of the queue holds: the others shall not starve. */
    for (uint32_t i = 0; i < n->sq[queue].size && n->sq[queue].exists && n->live; i++) {
        uint32_t tail = n->sq_tail[queue], result = 0;
        struct nvme_command c;
        int status;

        if (tail >= n->sq[queue].size || n->sq[queue].head == tail || !has_room(n, queue) ||
            !fetch(n, queue, &c))
            return;
        status = start(n, &c, &result);
        if (status != NVME_UNDER_WAY)
            nvme_complete(n, queue, c.id, status, result);
    }
}

void nvme_process(struct nvme *n)
{
    for (unsigned i = 0; i < n->n_queues && n->live; i++)
        if (n->sq[i].exists)
            process_queue(n, (uint16_t)i);
}
