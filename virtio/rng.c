/* The entropy device: fills what the driver offers with the host's random numbers. [virtio1.2 5.4] */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "virtio/device.h"
#include "virtio/types.h"

enum { QUEUE_SIZE = 8, CHAIN_MOST = 65536 };

struct options {
    struct virtio_options virtio;
    const char *file;
};

struct virtio_rng {
    struct virtio_device virtio;
    int fd; /* -1: the kernel's numbers. Reading does not block: nothing is as good an answer as a little */
};

static ssize_t read_numbers(const struct virtio_rng *r, void *to, size_t size)
{
    ssize_t n;

    do
        n = r->fd < 0 ? getrandom(to, size, 0) : read(r->fd, to, size);
    while (n < 0 && errno == EINTR);
    return n;
}

static size_t fill(const struct virtio_device *d, struct virtq_chain *chain)
{
    size_t done = 0;

    for (unsigned i = chain->n_out; i < chain->n_out + chain->n_in && done < CHAIN_MOST; i++) {
        const struct iovec *piece = &chain->pieces[i];
        size_t size = piece->iov_len < CHAIN_MOST - done ? piece->iov_len : CHAIN_MOST - done;
        ssize_t n;

        dma_written(d->queues[0].rules.dma, piece->iov_base, size);
        n = read_numbers((const struct virtio_rng *)d, piece->iov_base, size);
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

static void destroy(struct virtio_device *d)
{
    struct virtio_rng *r = (struct virtio_rng *)d;

    if (r->fd >= 0)
        close(r->fd);
}

static const struct virtio_ops ops = { .process = process, .destroy = destroy };

static bool make(struct virtio_rng *r, const struct device_place *place, const struct options *o, struct error *err)
{
    if (!virtio_init(&r->virtio, &ops, VIRTIO_ID_RNG, 0x00ff00, virtio_rng_type.name, 0, &o->virtio,
                     place->platform->accel, err))
        return false;
    if (o->file && (r->fd = open(o->file, O_RDONLY | O_NONBLOCK | O_CLOEXEC)) < 0)
        return error_set(err, ERROR_FILE, "can't open '%s': %s", o->file, strerror(errno));
    virtio_add_queue(&r->virtio, QUEUE_SIZE);
    return virtio_plug(&r->virtio, place->bus, err);
}

static void *create(const struct device_place *place, const void *options, struct error *err)
{
    struct virtio_rng *r = calloc(1, sizeof *r);

    if (!r) {
        error_set(err, ERROR_RESOURCE, "out of memory");
        return NULL;
    }
    r->fd = -1;
    if (make(r, place, options, err))
        return r;
    virtio_destroy(r);
    return NULL;
}

static const struct device_property properties[] = {
    VIRTIO_PROPERTIES(struct options, "2"),
    { "rng", PROPERTY_RNG, offsetof(struct options, file), NULL, "source of an -object; the host kernel's numbers",
      NULL, false },
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
