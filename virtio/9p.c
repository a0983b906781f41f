/* The 9P transport device: requests for a folder of the host, which host/p9.h answers on the device's own thread.
 * [virtio1.2 5.11 names it; its configuration is a tag for mounting.] */
#include <stdlib.h>
#include <string.h>

#include "host/p9.h"
#include "virtio/device.h"
#include "virtio/types.h"

enum { QUEUE_SIZE = 128, TAG_MOST = 31, CONFIG_BYTES = 2 + TAG_MOST + 1 };

#define F_MOUNT_TAG VIRTIO_BIT(0)

struct options {
    struct virtio_options virtio;
    const struct p9_options *folder;
    const char *tag;
};

struct virtio_9p {
    struct virtio_device virtio;
    struct p9 *server;
    struct virtq_chain *chain; /* the thread's own, since it works without the device's lock */
    char tag[TAG_MOST + 1];
};

static void get_config(struct virtio_device *d, uint8_t *config)
{
    const struct virtio_9p *x = (const struct virtio_9p *)d;

    memset(config, 0, CONFIG_BYTES);
    virtio_put16(d, config, (uint16_t)strlen(x->tag));
    memcpy(config + 2, x->tag, strlen(x->tag));
}

static void tell_written(const struct virtq *q, const struct virtq_chain *c, size_t bytes)
{
    for (unsigned i = c->n_out; i < c->n_out + c->n_in && bytes; i++) {
        size_t size = c->pieces[i].iov_len < bytes ? c->pieces[i].iov_len : bytes;

        dma_written(q->rules.dma, c->pieces[i].iov_base, size);
        bytes -= size;
    }
}

/* The lock is free while the host's files are read and written: a reset waits for it. */
static void answer(struct virtio_9p *x, struct virtq *q)
{
    struct virtq_chain *c = x->chain;
    size_t bytes;

    virtio_begin(&x->virtio);
    virtio_unlock(&x->virtio);
    bytes = p9_answer(x->server, c->pieces, c->n_out, c->pieces + c->n_out, c->n_in);
    virtio_lock(&x->virtio);
    if (virtio_is_live(&x->virtio)) {
        tell_written(q, c, bytes);
        virtq_push(q, c->head, (uint32_t)bytes);
        virtio_signal(&x->virtio, 0);
    }
    virtio_end(&x->virtio);
}

static void process(struct virtio_device *d, unsigned queue)
{
    struct virtio_9p *x = (struct virtio_9p *)d;
    struct virtq *q = &d->queues[queue];

    do {
        virtq_disable_kicks(q);
        while (virtio_is_live(d) && virtq_pop(q, x->chain))
            answer(x, q);
    } while (virtio_is_live(d) && virtq_enable_kicks(q));
}

static void reset(struct virtio_device *d)
{
    struct virtio_9p *x = (struct virtio_9p *)d;

    p9_reset(x->server);
}

static void destroy(struct virtio_device *d)
{
    struct virtio_9p *x = (struct virtio_9p *)d;

    p9_free(x->server);
    free(x->chain);
}

static const struct virtio_ops ops = {
    .get_config = get_config,
    .process = process,
    .reset = reset,
    .destroy = destroy,
};

static bool make(struct virtio_9p *x, const struct device_place *place, const struct options *o,
                 struct error *err)
{
    if (!virtio_init(&x->virtio, &ops, VIRTIO_ID_9P, 0x000200, virtio_9p_type.name, CONFIG_BYTES,
                     &o->virtio, place->platform->accel, err))
        return false;
    if (strlen(o->tag) > TAG_MOST || !o->tag[0]) {
        error_set(err, ERROR_USAGE, "mount_tag: bad value '%s'", o->tag);
        error_hint(err, "type 1 to %d bytes", TAG_MOST);
        return false;
    }
    strcpy(x->tag, o->tag);
    if (!(x->chain = calloc(1, sizeof *x->chain)))
        return error_set(err, ERROR_RESOURCE, "out of memory");
    if (!(x->server = p9_new(o->folder, err)))
        return false;
    x->virtio.offered |= F_MOUNT_TAG;
    virtio_add_queue(&x->virtio, QUEUE_SIZE);
    return virtio_plug(&x->virtio, place->bus, err);
}

static void *create(const struct device_place *place, const void *options, struct error *err)
{
    struct virtio_9p *x = calloc(1, sizeof *x);

    if (!x) {
        error_set(err, ERROR_RESOURCE, "out of memory");
        return NULL;
    }
    if (make(x, place, options, err))
        return x;
    virtio_destroy(x);
    return NULL;
}

static const struct device_property properties[] = {
    VIRTIO_PROPERTIES(struct options, "2"),
    { "fsdev", PROPERTY_FOLDER, offsetof(struct options, folder), NULL, "the folder, of an -fsdev",
      NULL, true },
    { "mount_tag", PROPERTY_STRING, offsetof(struct options, tag), NULL,
      "its name for the guest's mount", NULL, true },
};

const struct device_type virtio_9p_type = {
    .name = "virtio-9p-pci",
    .text = "a folder of the host",
    .bus = DEVICE_BUS_PCI,
    .properties = properties,
    .n_properties = ARRAY_SIZE(properties),
    .options_size = sizeof(struct options),
    .create = create,
    .destroy = virtio_destroy,
};
