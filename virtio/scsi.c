/* The SCSI host. [virtio1.2 5.6]
 *
 * Commands go to the units of a SCSI bus, with the guest's memory as the place of their data; they end on the thread of
 * the unit's image. Nothing is taken back from the host, so that aborts are refused: a driver waits, or resets the
 * device, which waits itself.
 *
 * Left out: events (nothing is plugged in while the machine runs), bidirectional commands, protection information. */
#include <stdlib.h>
#include <string.h>

#include "scsi/scsi.h"
#include "virtio/device.h"
#include "virtio/types.h"

enum { CONTROL, EVENT, REQUEST, QUEUES_MOST = 32 };
enum { SMALL_QUEUE = 64 };

enum {
    C_NUM_QUEUES = 0,
    C_SEG_MAX = 4,
    C_MAX_SECTORS = 8,
    C_CMD_PER_LUN = 12,
    C_EVENT_INFO_SIZE = 16,
    C_SENSE_SIZE = 20,
    C_CDB_SIZE = 24,
    C_MAX_CHANNEL = 28,
    C_MAX_TARGET = 30,
    C_MAX_LUN = 32,
    CONFIG_BYTES = 36,
};
enum { SENSE_SIZE = 96, CDB_SIZE = 32, EVENT_BYTES = 16, COMMANDS_OF_UNIT = 128, MOST_SECTORS = 0xffff };

/* A request: address, tag, attribute, priority, reference, command. Its answer: length of sense data, what was not
 * moved, qualifier, status, response, sense data. */
enum { LUN_BYTES = 8, COMMAND_AT = 19, ANSWER_BYTES = 12 };
enum { R_OK = 0, R_BAD_TARGET = 3, R_FAILURE = 9 };
enum { TYPE_TASK = 0, TASK_REJECTED = 11 };

struct options {
    struct virtio_options virtio;
    uint32_t num_queues, queue_size;
};

struct virtio_scsi {
    struct virtio_device virtio;
    struct options options;
    struct scsi_bus *bus;
    uint64_t targets; /* bit n: there is a unit */
};

struct request {
    struct scsi_request scsi;
    struct virtio_scsi *host;
    unsigned queue;
    uint16_t head;
    struct iovec answer[4]; /* its place */
    unsigned n_answer;
    struct iovec pieces[];
};

/* ---- the end of requests ---- */

static void write_pieces(const struct virtio_scsi *s, const struct iovec *pieces, unsigned n, const uint8_t *from,
                         size_t size)
{
    for (unsigned i = 0; i < n && size; i++) {
        size_t length = pieces[i].iov_len < size ? pieces[i].iov_len : size;

        dma_written(s->virtio.queues[REQUEST].rules.dma, pieces[i].iov_base, length);
        memcpy(pieces[i].iov_base, from, length);
        from += length;
        size -= length;
    }
}

/* Device's lock held. */
static void answer(struct virtio_scsi *s, unsigned queue, uint16_t head, const struct iovec *place, unsigned n,
                   uint8_t response, const struct scsi_request *r)
{
    uint8_t bytes[ANSWER_BYTES + SENSE_SIZE] = { 0 };
    struct virtio_device *d = &s->virtio;

    if (!virtio_is_live(d))
        return;
    bytes[11] = response;
    if (r && response == R_OK) {
        virtio_put32(d, bytes, r->sense_size);
        virtio_put32(d, bytes + 4, (uint32_t)(r->size - r->transferred));
        bytes[10] = (uint8_t)r->status;
        memcpy(bytes + ANSWER_BYTES, r->sense, r->sense_size);
    }
    write_pieces(s, place, n, bytes, sizeof bytes);
    virtq_push(&d->queues[queue], head,
               (uint32_t)(sizeof bytes + (r && !r->to_device ? r->transferred : 0)));
    virtio_signal(d, queue);
}

/* Device's lock held. */
static void finish(struct request *q)
{
    struct virtio_scsi *s = q->host;

    /* Instructions may have been decoded while the bytes came in. */
    if (!q->scsi.to_device && virtio_is_live(&s->virtio))
        for (unsigned i = 0; i < q->scsi.n_pieces; i++)
            dma_written(s->virtio.queues[q->queue].rules.dma, q->pieces[i].iov_base, q->pieces[i].iov_len);
    answer(s, q->queue, q->head, q->answer, q->n_answer, R_OK, &q->scsi);
    free(q);
}

static void done(struct scsi_request *r)
{
    struct request *q = r->opaque;
    struct virtio_scsi *s = q->host;

    virtio_lock(&s->virtio);
    finish(q);
    virtio_end(&s->virtio);
    virtio_unlock(&s->virtio);
}

/* ---- their beginning ---- */

/* The one form of address that there is: 1, target, unit in the flat form. */
static bool find_address(const uint8_t *lun, struct scsi_address *at)
{
    at->channel = 0;
    at->target = lun[1];
    at->lun = (lun[2] & 0x3fu) << 8 | lun[3];
    return lun[0] == 1 && (lun[2] & 0xc0) != 0x80 && !(lun[4] | lun[5] | lun[6] | lun[7]);
}

static struct request *new_request(struct virtio_scsi *s, unsigned queue, const struct virtq_chain *c)
{
    struct request *q = calloc(1, sizeof *q + (c->n_out + c->n_in) * sizeof q->pieces[0]);
    size_t head = COMMAND_AT + CDB_SIZE, tail = ANSWER_BYTES + SENSE_SIZE;

    if (!q)
        return NULL;
    q->host = s;
    q->queue = queue;
    q->head = c->head;
    q->n_answer = virtq_slice(c->pieces + c->n_out, c->n_in, 0, tail, q->answer, ARRAY_SIZE(q->answer));
    q->scsi.to_device = c->out_bytes > head;
    q->scsi.size = q->scsi.to_device ? c->out_bytes - head : c->in_bytes - tail;
    q->scsi.n_pieces = q->scsi.to_device ? virtq_slice(c->pieces, c->n_out, head, q->scsi.size, q->pieces, c->n_out)
                                         : virtq_slice(c->pieces + c->n_out, c->n_in, tail, q->scsi.size, q->pieces,
                                                       c->n_in);
    q->scsi.pieces = q->pieces;
    q->scsi.done = done;
    q->scsi.opaque = q;
    return q;
}

/* False if the chain has no place for an answer. */
static bool start(struct virtio_scsi *s, unsigned queue, const struct virtq_chain *c)
{
    uint8_t header[COMMAND_AT + CDB_SIZE];
    struct iovec place[4];
    struct scsi_address at;
    struct request *q = NULL;
    uint8_t response = R_OK;

    if (c->in_bytes < ANSWER_BYTES + SENSE_SIZE)
        return false;
    if (virtq_read(c, 0, header, sizeof header) < sizeof header || !find_address(header, &at) ||
        (c->out_bytes > sizeof header && c->in_bytes > ANSWER_BYTES + SENSE_SIZE) || c->out_bytes > UINT32_MAX ||
        c->in_bytes > UINT32_MAX)
        response = R_FAILURE;
    else if (at.target >= SCSI_TARGETS || !(s->targets >> at.target & 1))
        response = R_BAD_TARGET;
    else if (!(q = new_request(s, queue, c)))
        response = R_FAILURE;
    if (response != R_OK) {
        unsigned n = virtq_slice(c->pieces + c->n_out, c->n_in, 0, ANSWER_BYTES + SENSE_SIZE, place, ARRAY_SIZE(place));

        answer(s, queue, c->head, place, n, response, NULL);
        return true;
    }
    memcpy(q->scsi.cdb, header + COMMAND_AT, SCSI_CDB_MOST);
    virtio_begin(&s->virtio);
    if (scsi_execute(s->bus, &at, &q->scsi)) {
        finish(q);
        virtio_end(&s->virtio);
    }
    return true;
}

/* Returns the bytes that it wrote. */
static size_t control(struct virtio_scsi *s, const struct virtq_chain *c)
{
    uint8_t type[4], bytes[5] = { 0 };
    size_t size = sizeof bytes; /* no notifications are there, which is an answer */

    if (virtq_read(c, 0, type, sizeof type) < sizeof type)
        return 0;
    if (virtio_get32(&s->virtio, type) == TYPE_TASK) {
        bytes[0] = TASK_REJECTED;
        size = 1;
    }
    return virtq_write(&s->virtio.queues[CONTROL], c, 0, bytes, size);
}

static void process(struct virtio_device *d, unsigned queue)
{
    struct virtio_scsi *s = (struct virtio_scsi *)d;
    struct virtq *q = &d->queues[queue];

    if (queue == EVENT)
        return; /* buffers for what does not happen */
    do {
        virtq_disable_kicks(q);
        while (virtq_pop(q, d->chain)) {
            if (queue == CONTROL) {
                virtq_push(q, d->chain->head, (uint32_t)control(s, d->chain));
            } else if (!start(s, queue, d->chain)) {
                q->broken = true;
                return;
            }
        }
    } while (virtq_enable_kicks(q));
    virtio_signal(d, queue);
}

/* ---- configuration ---- */

static void get_config(struct virtio_device *d, uint8_t *config)
{
    const struct virtio_scsi *s = (const struct virtio_scsi *)d;

    virtio_put32(d, config + C_NUM_QUEUES, s->options.num_queues);
    virtio_put32(d, config + C_SEG_MAX, s->options.queue_size - 2);
    virtio_put32(d, config + C_MAX_SECTORS, MOST_SECTORS);
    virtio_put32(d, config + C_CMD_PER_LUN, COMMANDS_OF_UNIT);
    virtio_put32(d, config + C_EVENT_INFO_SIZE, EVENT_BYTES);
    virtio_put32(d, config + C_SENSE_SIZE, SENSE_SIZE);
    virtio_put32(d, config + C_CDB_SIZE, CDB_SIZE);
    virtio_put16(d, config + C_MAX_CHANNEL, 0);
    virtio_put16(d, config + C_MAX_TARGET, SCSI_TARGETS - 1);
    virtio_put32(d, config + C_MAX_LUN, SCSI_LUNS - 1);
}

static void note_target(void *opaque, const struct scsi_address *at, enum scsi_kind kind)
{
    struct virtio_scsi *s = opaque;

    (void)kind;
    if (at->channel == 0 && at->target < SCSI_TARGETS)
        s->targets |= UINT64_C(1) << at->target;
}

static void started(struct virtio_device *d)
{
    struct virtio_scsi *s = (struct virtio_scsi *)d;

    s->targets = 0;
    scsi_bus_for_each(s->bus, note_target, s);
}

static void reset(struct virtio_device *d)
{
    scsi_bus_reset(((struct virtio_scsi *)d)->bus);
}

static void destroy(struct virtio_device *d)
{
    struct virtio_scsi *s = (struct virtio_scsi *)d;

    if (!s->bus)
        return;
    /* Images may still be on their way out of done(). */
    scsi_bus_drain(s->bus);
    scsi_bus_free(s->bus);
}

static const struct virtio_ops ops = {
    .get_config = get_config,
    .process = process,
    .started = started,
    .reset = reset,
    .destroy = destroy,
};

static void *bus_of(void *device)
{
    return ((struct virtio_scsi *)device)->bus;
}

static bool make(struct virtio_scsi *s, const struct device_place *place, struct error *err)
{
    const struct options *o = &s->options;
    struct virtio_options common = o->virtio;

    /* One for each queue, and one for the configuration. */
    if (common.vectors == UINT32_MAX)
        common.vectors = o->num_queues + 3;
    if (!virtio_init(&s->virtio, &ops, VIRTIO_ID_SCSI, 0x010000, virtio_scsi_type.name, CONFIG_BYTES, &common,
                     place->platform->accel, err))
        return false;
    s->bus = scsi_bus_new(err);
    virtio_add_queue(&s->virtio, SMALL_QUEUE);
    virtio_add_queue(&s->virtio, SMALL_QUEUE);
    for (unsigned i = 0; i < o->num_queues; i++)
        virtio_add_queue(&s->virtio, (uint16_t)o->queue_size);
    return s->bus && virtio_plug(&s->virtio, place->bus, err);
}

static void *create(const struct device_place *place, const void *options, struct error *err)
{
    const struct options *o = options;
    struct virtio_scsi *s;

    if (!o->num_queues || o->num_queues > QUEUES_MOST || o->queue_size < 4 || o->queue_size > VIRTQ_SIZE_MOST ||
        o->queue_size & (o->queue_size - 1)) {
        error_set(err, ERROR_USAGE, "num_queues=%u with virtqueue_size=%u is not possible", o->num_queues,
                  o->queue_size);
        error_hint(err, "choose up to %d queues of up to %d descriptors, a power of two", QUEUES_MOST,
                   VIRTQ_SIZE_MOST);
        return NULL;
    }
    s = calloc(1, sizeof *s);
    if (!s) {
        error_set(err, ERROR_RESOURCE, "out of memory");
        return NULL;
    }
    s->options = *o;
    if (make(s, place, err))
        return s;
    virtio_destroy(s);
    return NULL;
}

static const struct device_property properties[] = {
    { "num_queues", PROPERTY_U32, offsetof(struct options, num_queues), "1", "number of request queues", NULL, false },
    { "virtqueue_size", PROPERTY_U32, offsetof(struct options, queue_size), "256", "descriptors of a queue", NULL,
      false },
    VIRTIO_PROPERTIES(struct options, "0xffffffff"),
};

const struct device_type virtio_scsi_type = {
    .name = "virtio-scsi-pci",
    .text = "SCSI adapter",
    .bus = DEVICE_BUS_PCI,
    .offers = DEVICE_BUS_SCSI,
    .properties = properties,
    .n_properties = ARRAY_SIZE(properties),
    .options_size = sizeof(struct options),
    .create = create,
    .destroy = virtio_destroy,
    .path_of = virtio_path,
    .bus_of = bus_of,
};
