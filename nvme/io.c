/* The commands of I/O queues; see nvme-internal.h. [NVMe 1.4 6] */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/endian.h"
#include "nvme/nvme-internal.h"

enum {
    FLUSH = 0x00,
    WRITE = 0x01,
    READ = 0x02,
    COMPARE = 0x05,
    WRITE_ZEROES = 0x08,
    DATASET_MANAGEMENT = 0x09
};
enum {
    FUA = 1u << 30,
    DEALLOCATE = 1u << 25,
    RANGES_MOST = 256,
    RANGE_BYTES = 16,
    DEALLOCATE_RANGES = 1 << 2
};

struct request {
    struct block_request block;
    struct nvme *nvme;
    uint16_t sq, id;
    uint8_t *compare; /* what was read, to be compared with the pieces */
    struct iovec compare_piece;
    struct request *ranges; /* of the same command, still to be done */
    unsigned n_pieces;
    struct iovec pieces[];
};

static struct request *new_request(struct nvme *n, const struct nvme_command *c, enum block_op op,
                                   unsigned n_pieces);

static int status_of(const struct request *r, int error)
{
    if (!error)
        return NVME_SUCCESS;
    if (error == EROFS)
        return NVME_WRITE_PROTECTED;
    return r->block.op == BLOCK_READ ? NVME_READ_ERROR : NVME_WRITE_FAULT;
}

static int compare(const struct request *r)
{
    size_t at = 0;

    for (unsigned i = 0; i < r->n_pieces; i++) {
        if (memcmp(r->pieces[i].iov_base, r->compare + at, r->pieces[i].iov_len))
            return NVME_COMPARE_FAILURE;
        at += r->pieces[i].iov_len;
    }
    return NVME_SUCCESS;
}

static void done(struct block_request *block, int error)
{
    struct request *r = block->opaque, *next = r->ranges;
    struct nvme *n = r->nvme;
    int status = status_of(r, error);

    nvme_lock(n);
    if (next && !error && n->live) {
        block_submit(n->block, &next->block);
        pthread_mutex_unlock(&n->lock);
        free(r);
        return;
    }
    if (block->op == BLOCK_READ && !r->compare)
        for (unsigned i = 0; i < r->n_pieces; i++)
            dma_written(n->pci.dma, r->pieces[i].iov_base, r->pieces[i].iov_len);
    if (r->compare && status == NVME_SUCCESS)
        status = compare(r);
    n->in_flight--;
    nvme_complete(n, r->sq, r->id, status, 0);
    if (!n->in_flight)
        pthread_cond_broadcast(&n->idle);
    /* Commands may have waited for room. */
    nvme_process(n);
    nvme_unlock(n);
    while (r) {
        next = r->ranges;
        free(r->compare);
        free(r);
        r = next;
    }
}

static struct request *new_request(struct nvme *n, const struct nvme_command *c, enum block_op op,
                                   unsigned n_pieces)
{
    struct request *r = calloc(1, sizeof *r + n_pieces * sizeof r->pieces[0]);

    if (!r)
        return NULL;
    r->block = (struct block_request){
        .op = op, .done = done, .opaque = r, .pieces = r->pieces, .n_pieces = n_pieces
    };
    r->nvme = n;
    r->sq = c->sq;
    r->id = c->id;
    r->n_pieces = n_pieces;
    return r;
}

static int submit(struct nvme *n, struct request *r)
{
    if (!r)
        return NVME_INTERNAL_ERROR;
    n->in_flight++;
    block_submit(n->block, &r->block);
    return NVME_UNDER_WAY;
}

/* Without a cache that the driver knows of, what is written is there. */
static bool is_written_through(const struct nvme *n)
{
    return !n->write_cache;
}

static int range_of(const struct nvme *n, uint64_t first, uint64_t count)
{
    uint64_t blocks = nvme_blocks(n);

    return first < blocks && count <= blocks - first ? NVME_SUCCESS : NVME_LBA_OUT_OF_RANGE;
}

static int transfer(struct nvme *n, const struct nvme_command *c, enum block_op op, bool is_compare)
{
    uint64_t first = c->dw[0] | (uint64_t)c->dw[1] << 32, count = (c->dw[2] & 0xffff) + 1;
    uint64_t size = count * n->options.logical_block_size;
    struct iovec pieces[NVME_PIECES_MOST];
    struct request *r;
    unsigned n_pieces;
    int status = range_of(n, first, count);

    if (status)
        return status;
    if (op == BLOCK_WRITE && block_is_read_only(n->block))
        return NVME_WRITE_PROTECTED;
    status = nvme_map(n, c, size, op == BLOCK_READ && !is_compare, pieces, &n_pieces);
    if (status)
        return status;
    r = new_request(n, c, op, n_pieces);
    if (!r)
        return NVME_INTERNAL_ERROR;
    memcpy(r->pieces, pieces, n_pieces * sizeof pieces[0]);
    r->block.offset = first * n->options.logical_block_size;
    r->block.size = size;
    r->block.fua = op == BLOCK_WRITE && (c->dw[2] & FUA || is_written_through(n));
    if (is_compare) {
        if (!(r->compare = malloc(size))) {
            free(r);
            return NVME_INTERNAL_ERROR;
        }
        r->compare_piece = (struct iovec){ r->compare, size };
        r->block.pieces = &r->compare_piece;
        r->block.n_pieces = 1;
    }
    *(op == BLOCK_READ ? &n->host_reads : &n->host_writes) += 1;
    *(op == BLOCK_READ ? &n->units_read : &n->units_written) += size / 512;
    return submit(n, r);
}

static int write_zeroes(struct nvme *n, const struct nvme_command *c)
{
    uint64_t first = c->dw[0] | (uint64_t)c->dw[1] << 32, count = (c->dw[2] & 0xffff) + 1;
    int status = range_of(n, first, count);
    struct request *r;

    if (status)
        return status;
    if (block_is_read_only(n->block))
        return NVME_WRITE_PROTECTED;
    if ((r = new_request(n, c, BLOCK_WRITE_ZEROES, 0))) {
        r->block.offset = first * n->options.logical_block_size;
        r->block.size = count * n->options.logical_block_size;
        r->block.may_unmap = c->dw[2] & DEALLOCATE;
        r->block.fua = c->dw[2] & FUA || is_written_through(n);
    }
    return submit(n, r);
}

static void free_ranges(struct request *r)
{
    while (r) {
        struct request *next = r->ranges;

        free(r);
        r = next;
    }
}

/* Ranges are freed one after the other. */
static int dataset_management(struct nvme *n, const struct nvme_command *c)
{
    uint8_t ranges[RANGES_MOST * RANGE_BYTES];
    unsigned count = (c->dw[0] & 0xff) + 1;
    struct request *all = NULL, **last = &all;
    int status = nvme_take(n, c, ranges, count * RANGE_BYTES);

    if (status || !(c->dw[1] & DEALLOCATE_RANGES))
        return status; /* the rest are hints */
    if (block_is_read_only(n->block))
        return NVME_WRITE_PROTECTED;
    for (unsigned i = 0; i < count; i++) {
        uint64_t first = ld_le64(ranges + i * RANGE_BYTES + 8),
                 blocks = ld_le32(ranges + i * RANGE_BYTES + 4);

        if (!blocks)
            continue;
        status = range_of(n, first, blocks);
        if (!status && !(*last = new_request(n, c, BLOCK_DISCARD, 0)))
            status = NVME_INTERNAL_ERROR;
        if (status) {
            free_ranges(all);
            return status;
        }
        (*last)->block.offset = first * n->options.logical_block_size;
        (*last)->block.size = blocks * n->options.logical_block_size;
        last = &(*last)->ranges;
    }
    return all ? submit(n, all) : NVME_SUCCESS;
}

int nvme_io(struct nvme *n, const struct nvme_command *c)
{
    if (c->namespace != 1 && !(c->opcode == FLUSH && c->namespace == UINT32_MAX))
        return NVME_INVALID_NAMESPACE;
    switch (c->opcode) {
    case FLUSH:
        return submit(n, new_request(n, c, BLOCK_FLUSH, 0));
    case WRITE:
        return transfer(n, c, BLOCK_WRITE, false);
    case READ:
        return transfer(n, c, BLOCK_READ, false);
    case COMPARE:
        return transfer(n, c, BLOCK_READ, true);
    case WRITE_ZEROES:
        return write_zeroes(n, c);
    case DATASET_MANAGEMENT:
        return dataset_management(n, c);
    default:
        return NVME_INVALID_OPCODE;
    }
}
