/* The block device. [virtio1.2 5.2]
 *
 * A request is taken from its queue by the device's thread and handed to the image with the guest's memory as its
 * buffers; it ends on a thread of the image, which gives it back to the driver. A flush ends when the image's has.
 *
 * Left out: SCSI commands, lifetime, zoned storage, secure erase; discards of several ranges at a time. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/block.h"
#include "virtio/device.h"
#include "virtio/types.h"

enum { SECTOR = 512, QUEUES_MOST = 32, RANGE_SECTORS = 1 << 22 };

/* Requests and how they end. */
enum { T_IN = 0, T_OUT = 1, T_FLUSH = 4, T_GET_ID = 8, T_DISCARD = 11, T_WRITE_ZEROES = 13 };
/* A wish of old drivers that has to be asked for as a feature, which is not offered: SLOF sets it all the same. */
#define T_BARRIER UINT32_C(0x80000000)
enum { S_OK = 0, S_IOERR = 1, S_UNSUPP = 2 };
enum { HEADER_BYTES = 16, ID_BYTES = 20, RANGE_BYTES = 16, RANGE_UNMAP = 1 };

#define F_SEG_MAX VIRTIO_BIT(2)
#define F_RO VIRTIO_BIT(5)
#define F_BLK_SIZE VIRTIO_BIT(6)
#define F_FLUSH VIRTIO_BIT(9)
#define F_TOPOLOGY VIRTIO_BIT(10)
#define F_CONFIG_WCE VIRTIO_BIT(11)
#define F_MQ VIRTIO_BIT(12)
#define F_DISCARD VIRTIO_BIT(13)
#define F_WRITE_ZEROES VIRTIO_BIT(14)

/* The configuration's places. */
enum {
    C_CAPACITY = 0,
    C_SEG_MAX = 12,
    C_BLK_SIZE = 20,
    C_PHYSICAL_EXPONENT = 24,
    C_MIN_IO = 26,
    C_OPT_IO = 28,
    C_WRITEBACK = 32,
    C_NUM_QUEUES = 34,
    C_DISCARD_SECTORS = 36,
    C_DISCARD_SEGMENTS = 40,
    C_DISCARD_ALIGNMENT = 44,
    C_ZEROES_SECTORS = 48,
    C_ZEROES_SEGMENTS = 52,
    C_ZEROES_UNMAP = 56,
    CONFIG_BYTES = 60,
};

struct options {
    struct virtio_options virtio;
    struct block *block;
    const char *serial;
    uint32_t num_queues, queue_size, logical_block_size;
    bool discard, write_zeroes, config_wce;
};

struct blk {
    struct virtio_device virtio;
    struct options options;
    struct block *block;
    char serial[ID_BYTES];
    _Atomic bool writeback; /* as the driver set it */
};

struct request {
    struct block_request block;
    struct blk *blk;
    unsigned queue;
    uint16_t head;
    uint32_t in_bytes; /* that the image writes, before the status */
    uint8_t *status;   /* its place in guest memory */
    struct iovec pieces[];
};

/* ---- the end of requests ---- */

/* Device's lock held. */
static void give_back(struct blk *b, unsigned queue, uint16_t head, uint8_t *status, uint8_t result,
                      uint32_t in_bytes)
{
    struct virtq *q = &b->virtio.queues[queue];

    if (virtio_is_live(&b->virtio)) {
        dma_written(q->rules.dma, status, 1);
        *status = result;
        virtq_push(q, head, in_bytes + 1);
        virtio_signal(&b->virtio, queue);
    }
}

static void done(struct block_request *block, int error)
{
    struct request *r = block->opaque;
    struct blk *b = r->blk;

    virtio_lock(&b->virtio);
    /* Instructions may have been decoded while the bytes came in. */
    if (block->op == BLOCK_READ && virtio_is_live(&b->virtio))
        for (unsigned i = 0; i < block->n_pieces; i++)
            dma_written(b->virtio.queues[r->queue].rules.dma, r->pieces[i].iov_base, r->pieces[i].iov_len);
    give_back(b, r->queue, r->head, r->status, error ? S_IOERR : S_OK, error ? 0 : r->in_bytes);
    virtio_end(&b->virtio);
    virtio_unlock(&b->virtio);
    free(r);
}

/* ---- their beginning ---- */

/* The place of the status: the last byte that the device may write. */
static uint8_t *status_of(const struct virtq_chain *c)
{
    const struct iovec *last = &c->pieces[c->n_out + c->n_in - 1];

    return (uint8_t *)last->iov_base + last->iov_len - 1;
}

/* A request to the image, with the pieces of [offset, offset + size) of n pieces; NULL when out of memory. */
static struct request *new_request(struct blk *b, unsigned queue, const struct virtq_chain *c, enum block_op op,
                                   uint64_t at)
{
    unsigned most = c->n_out + c->n_in;
    struct request *r = malloc(sizeof *r + most * sizeof r->pieces[0]);

    if (!r)
        return NULL;
    *r = (struct request){
        .block = { .op = op, .offset = at, .pieces = r->pieces, .done = done, .opaque = r },
        .blk = b, .queue = queue, .head = c->head, .status = status_of(c),
    };
    if (op == BLOCK_READ)
        r->block.n_pieces =
            virtq_slice(c->pieces + c->n_out, c->n_in, 0, c->in_bytes - 1, r->pieces, most);
    if (op == BLOCK_WRITE)
        r->block.n_pieces = virtq_slice(c->pieces, c->n_out, HEADER_BYTES, c->out_bytes - HEADER_BYTES,
                                        r->pieces, most);
    return r;
}

static bool is_written_through(const struct blk *b)
{
    /* Who does not know flushes expects none to be needed. */
    return !(b->virtio.features & F_FLUSH) || !b->writeback;
}

/* True if sectors from `sector` on, in bytes, are within the image. */
static bool range_of(const struct blk *b, uint64_t sector, uint64_t bytes, uint64_t *at)
{
    uint64_t size = block_size(b->block);

    *at = sector * SECTOR;
    return bytes % b->options.logical_block_size == 0 && sector <= size / SECTOR &&
           *at % b->options.logical_block_size == 0 && bytes <= size - *at;
}

/* Each of these returns how the request ended, or -1 if it is under way. */

static int submit(struct blk *b, struct request *r)
{
    if (!r)
        return S_IOERR;
    virtio_begin(&b->virtio);
    block_submit(b->block, &r->block);
    return -1;
}

static int read_or_write(struct blk *b, unsigned queue, const struct virtq_chain *c, bool is_write,
                         uint64_t sector)
{
    uint64_t bytes = is_write ? c->out_bytes - HEADER_BYTES : c->in_bytes - 1, at;
    struct request *r;

    if (!bytes || bytes > UINT32_MAX - 1 || !range_of(b, sector, bytes, &at) ||
        (is_write && block_is_read_only(b->block)))
        return S_IOERR;
    r = new_request(b, queue, c, is_write ? BLOCK_WRITE : BLOCK_READ, at);
    if (r && is_write)
        r->block.fua = is_written_through(b);
    else if (r)
        r->in_bytes = (uint32_t)bytes;
    return submit(b, r);
}

static int change_range(struct blk *b, unsigned queue, const struct virtq_chain *c, uint32_t type)
{
    uint8_t range[RANGE_BYTES];
    uint64_t sector, at;
    uint32_t count, flags;
    struct request *r;

    if (!(b->virtio.features & (type == T_DISCARD ? F_DISCARD : F_WRITE_ZEROES)))
        return S_UNSUPP;
    if (c->out_bytes != HEADER_BYTES + RANGE_BYTES)
        return S_UNSUPP; /* one range, as the configuration says */
    virtq_read(c, HEADER_BYTES, range, sizeof range);
    sector = virtio_get64(&b->virtio, range);
    count = virtio_get32(&b->virtio, range + 8);
    flags = virtio_get32(&b->virtio, range + 12);
    if (flags & ~(uint32_t)(type == T_DISCARD ? 0 : RANGE_UNMAP))
        return S_UNSUPP;
    if (!count || count > RANGE_SECTORS || !range_of(b, sector, (uint64_t)count * SECTOR, &at) ||
        block_is_read_only(b->block))
        return S_IOERR;
    r = new_request(b, queue, c, type == T_DISCARD ? BLOCK_DISCARD : BLOCK_WRITE_ZEROES, at);
    if (r) {
        r->block.size = (uint64_t)count * SECTOR;
        r->block.may_unmap = flags & RANGE_UNMAP;
        r->block.fua = type == T_WRITE_ZEROES && is_written_through(b);
    }
    return submit(b, r);
}

static int start(struct blk *b, unsigned queue, const struct virtq_chain *c, uint32_t *in_bytes)
{
    uint8_t header[HEADER_BYTES];
    uint32_t type;
    uint64_t sector;

    if (virtq_read(c, 0, header, sizeof header) < sizeof header)
        return S_IOERR;
    type = virtio_get32(&b->virtio, header) & ~T_BARRIER;
    sector = virtio_get64(&b->virtio, header + 8);
    switch (type) {
    case T_IN: return read_or_write(b, queue, c, false, sector);
    case T_OUT: return read_or_write(b, queue, c, true, sector);
    case T_FLUSH: return submit(b, new_request(b, queue, c, BLOCK_FLUSH, 0));
    case T_DISCARD:
    case T_WRITE_ZEROES: return change_range(b, queue, c, type);
    case T_GET_ID:
        *in_bytes = (uint32_t)(c->in_bytes - 1 < ID_BYTES ? c->in_bytes - 1 : ID_BYTES);
        virtq_write(&b->virtio.queues[queue], c, 0, b->serial, *in_bytes);
        return S_OK;
    default: return S_UNSUPP;
    }
}

static void process(struct virtio_device *d, unsigned queue)
{
    struct blk *b = (struct blk *)d;
    struct virtq *q = &d->queues[queue];

    do {
        virtq_disable_kicks(q);
        while (virtq_pop(q, d->chain)) {
            uint32_t in_bytes = 0;
            int result;

            if (!d->chain->in_bytes) {
                q->broken = true; /* nowhere to say how it ended */
                return;
            }
            result = start(b, queue, d->chain, &in_bytes);
            if (result >= 0)
                give_back(b, queue, d->chain->head, status_of(d->chain), (uint8_t)result, in_bytes);
        }
    } while (virtq_enable_kicks(q));
}

/* ---- configuration ---- */

static unsigned log2_of(unsigned v)
{
    return 31 - (unsigned)__builtin_clz(v);
}

static void get_config(struct virtio_device *d, uint8_t *config)
{
    const struct blk *b = (const struct blk *)d;
    unsigned logical = b->options.logical_block_size, physical = block_host_block_size(b->block);

    memset(config, 0, CONFIG_BYTES);
    virtio_put64(d, config + C_CAPACITY, block_size(b->block) / SECTOR);
    virtio_put32(d, config + C_SEG_MAX, b->options.queue_size - 2);
    virtio_put32(d, config + C_BLK_SIZE, logical);
    config[C_PHYSICAL_EXPONENT] = (uint8_t)(physical > logical ? log2_of(physical / logical) : 0);
    virtio_put16(d, config + C_MIN_IO, 1);
    virtio_put32(d, config + C_OPT_IO, 0);
    config[C_WRITEBACK] = b->writeback;
    virtio_put16(d, config + C_NUM_QUEUES, (uint16_t)d->n_queues);
    virtio_put32(d, config + C_DISCARD_SECTORS, RANGE_SECTORS);
    virtio_put32(d, config + C_DISCARD_SEGMENTS, 1);
    virtio_put32(d, config + C_DISCARD_ALIGNMENT, physical / SECTOR);
    virtio_put32(d, config + C_ZEROES_SECTORS, RANGE_SECTORS);
    virtio_put32(d, config + C_ZEROES_SEGMENTS, 1);
    config[C_ZEROES_UNMAP] = 1;
}

static void set_config(struct virtio_device *d, unsigned offset, const uint8_t *bytes, unsigned size)
{
    struct blk *b = (struct blk *)d;

    if (offset == C_WRITEBACK && size == 1 && d->accepted & F_CONFIG_WCE)
        b->writeback = bytes[0] & 1;
}

static void reset(struct virtio_device *d)
{
    struct blk *b = (struct blk *)d;

    b->writeback = block_has_write_cache(b->block);
}

/* The image may still be at its way out of done(). */
static void destroy(struct virtio_device *d)
{
    struct blk *b = (struct blk *)d;

    if (b->block)
        block_drain(b->block);
}

static const struct virtio_ops ops = {
    .get_config = get_config,
    .set_config = set_config,
    .process = process,
    .reset = reset,
    .destroy = destroy,
};

static void resized(void *device)
{
    virtio_lock(device);
    virtio_config_changed(device);
    virtio_unlock(device);
}

static bool check_options(const struct options *o, struct error *err)
{
    uint32_t size = o->queue_size, logical = o->logical_block_size;

    if (!o->num_queues || o->num_queues > QUEUES_MOST) {
        error_set(err, ERROR_USAGE, "num-queues=%u is not possible", o->num_queues);
        error_hint(err, "choose 1 to %d", QUEUES_MOST);
    } else if (size < 4 || size > VIRTQ_SIZE_MOST || size & (size - 1)) {
        error_set(err, ERROR_USAGE, "queue-size=%u is not possible", size);
        error_hint(err, "choose a power of two from 4 to %d", VIRTQ_SIZE_MOST);
    } else if (logical < SECTOR || logical > 4096 || logical & (logical - 1)) {
        error_set(err, ERROR_USAGE, "logical_block_size=%u is not possible", logical);
        error_hint(err, "choose 512, 1024, 2048 or 4096");
    } else {
        return true;
    }
    return false;
}

static uint64_t features_of(const struct options *o)
{
    uint64_t features = F_SEG_MAX | F_BLK_SIZE | F_FLUSH | F_TOPOLOGY;

    if (block_is_read_only(o->block))
        features |= F_RO;
    if (o->num_queues > 1)
        features |= F_MQ;
    if (o->config_wce)
        features |= F_CONFIG_WCE;
    if (o->discard && !block_is_read_only(o->block))
        features |= F_DISCARD;
    if (o->write_zeroes && !block_is_read_only(o->block))
        features |= F_WRITE_ZEROES;
    return features;
}

static void *create(const struct device_place *place, const void *options, struct error *err)
{
    const struct options *o = options;
    struct virtio_options common = o->virtio;
    struct blk *b;

    if (!check_options(o, err))
        return NULL;
    b = calloc(1, sizeof *b);
    if (!b) {
        error_set(err, ERROR_RESOURCE, "out of memory");
        return NULL;
    }
    b->options = *o;
    b->block = o->block;
    b->writeback = block_has_write_cache(o->block);
    if (o->serial)
        memcpy(b->serial, o->serial, strnlen(o->serial, sizeof b->serial));
    b->options.serial = NULL;
    /* One for each queue, and one for the configuration. */
    if (common.vectors == UINT32_MAX)
        common.vectors = o->num_queues + 1;
    if (virtio_init(&b->virtio, &ops, VIRTIO_ID_BLK, 0x010000, virtio_blk_type.name, CONFIG_BYTES, &common,
                    place->platform->accel, err)) {
        b->virtio.offered = features_of(o);
        for (unsigned i = 0; i < o->num_queues; i++)
            virtio_add_queue(&b->virtio, (uint16_t)o->queue_size);
        if (virtio_plug(&b->virtio, place->bus, err))
            return b;
    }
    virtio_destroy(b);
    return NULL;
}

static const struct device_property properties[] = {
    { "drive", PROPERTY_DRIVE, offsetof(struct options, block), NULL, "the disk's image", NULL, true },
    { "serial", PROPERTY_STRING, offsetof(struct options, serial), NULL, "serial number, up to 20 characters", NULL,
      false },
    { "num-queues", PROPERTY_U32, offsetof(struct options, num_queues), "1", "number of request queues", NULL, false },
    { "queue-size", PROPERTY_U32, offsetof(struct options, queue_size), "256", "descriptors of a queue", NULL, false },
    { "logical_block_size", PROPERTY_U32, offsetof(struct options, logical_block_size), "512", "bytes of a block",
      NULL, false },
    { "physical_block_size", PROPERTY_IGNORED, 0, NULL, "without effect: the host's is told", NULL, false },
    { "discard", PROPERTY_BOOL, offsetof(struct options, discard), "on", "the driver may discard", NULL, false },
    { "write-zeroes", PROPERTY_BOOL, offsetof(struct options, write_zeroes), "on", "the driver may write zeroes", NULL,
      false },
    { "config-wce", PROPERTY_BOOL, offsetof(struct options, config_wce), "on",
      "the driver may switch the write cache off", NULL, false },
    { "write-cache", PROPERTY_IGNORED, 0, NULL, "without effect: the drive's cache= says it", NULL, false },
    { "scsi", PROPERTY_IGNORED, 0, NULL, "without effect", NULL, false },
    VIRTIO_PROPERTIES(struct options, "0xffffffff"),
};

const struct device_type virtio_blk_type = {
    .name = "virtio-blk-pci",
    .text = "disk",
    .bus = DEVICE_BUS_PCI,
    .properties = properties,
    .n_properties = ARRAY_SIZE(properties),
    .options_size = sizeof(struct options),
    .create = create,
    .destroy = virtio_destroy,
    .path_of = virtio_path,
    .resized = resized,
};
