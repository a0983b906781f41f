/* The entropy device: fills what the driver offers with the host's random numbers. [virtio1.2 5.4] */
#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

#include "virtio/device.h"
#include "virtio/types.h"

enum { QUEUE_SIZE = 8, CHAIN_MOST = 65536 };

struct options {
    struct virtio_options virtio;
};

static size_t fill(const struct virtio_device *d, struct virtq_chain *chain)
{
    size_t done = 0;

    for (unsigned i = chain->n_out; i < chain->n_out + chain->n_in && done < CHAIN_MOST; i++) {
        const struct iovec *piece = &chain->pieces[i];
        size_t size = piece->iov_len < CHAIN_MOST - done ? piece->iov_len : CHAIN_MOST - done;
        ssize_t n;

        dma_written(d->queues[0].rules.dma, piece->iov_base, size);
        do
            n = getrandom(piece->iov_base, size, 0);
        while (n < 0 && errno == EINTR);
        if (n <= 0)
            break;
        done += (size_t)n;
    }
    return done;
}

static void process(struct virtio_device *d, unsigned queue)
{
    struct virtq *q = &d->queues[queue];

    do {
        virtq_disable_kicks(q);
        while (virtq_pop(q, d->chain))
            virtq_push(q, d->chain->head, (uint32_t)fill(d, d->chain));
    } while (virtq_enable_kicks(q));
    virtio_signal(d, queue);
}

static const struct virtio_ops ops = { .process = process };

static void *create(const struct device_place *place, const void *options, struct error *err)
{
    const struct options *o = options;
    struct virtio_device *d = calloc(1, sizeof *d);

    if (!d) {
        error_set(err, ERROR_RESOURCE, "out of memory");
        return NULL;
    }
    if (virtio_init(d, &ops, VIRTIO_ID_RNG, 0x00ff00, virtio_rng_type.name, 0, &o->virtio,
                    place->platform->accel, err)) {
        virtio_add_queue(d, QUEUE_SIZE);
        if (virtio_plug(d, place->bus, err))
            return d;
    }
    virtio_destroy(d);
    return NULL;
}

static const struct device_property properties[] = {
    VIRTIO_PROPERTIES(struct options, "2"),
    { "rng", PROPERTY_IGNORED, 0, NULL, "without effect: numbers are the host kernel's", NULL, false },
    { "max-bytes", PROPERTY_IGNORED, 0, NULL, "without effect", NULL, false },
    { "period", PROPERTY_IGNORED, 0, NULL, "without effect", NULL, false },
};

const struct device_type virtio_rng_type = {
    .name = "virtio-rng-pci",
    .text = "random numbers of the host",
    .bus = DEVICE_BUS_PCI,
    .properties = properties,
    .n_properties = ARRAY_SIZE(properties),
    .options_size = sizeof(struct options),
    .create = create,
    .destroy = virtio_destroy,
};
