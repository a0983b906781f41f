/* The memory balloon: memory that the driver gives away goes back to the host. [virtio1.2 5.5]
 *
 * With free page reporting the driver tells which pages are free without being asked. How large the balloon shall be is
 * told by virtio_balloon_set_target(), for monitors.
 *
 * Left out: statistics, hints of free pages (they serve migration), page poisoning. */
#include "virtio/balloon.h"

#include <stdlib.h>
#include <string.h>

#include "base/endian.h"
#include "virtio/device.h"
#include "virtio/types.h"

enum { INFLATE, DEFLATE, REPORTING };
enum { QUEUE_SIZE = 128, PAGE_SHIFT = 12, PAGES_AT_ONCE = 256 };

#define F_MUST_TELL_HOST VIRTIO_BIT(0)
#define F_DEFLATE_ON_OOM VIRTIO_BIT(2)
#define F_REPORTING VIRTIO_BIT(5)

enum { C_NUM_PAGES = 0, C_ACTUAL = 4, CONFIG_BYTES = 16 };

struct options {
    struct virtio_options virtio;
    bool deflate_on_oom, free_page_reporting;
};

struct balloon {
    struct virtio_device virtio;
    struct mem *mem;
    uint32_t target, actual; /* pages; under the machine's lock */
};

/* Pages by number, of which runs are given back together. */
static void inflate(struct balloon *b, const struct virtq_chain *c)
{
    uint8_t numbers[PAGES_AT_ONCE * 4];
    uint64_t start = 0, end = 0; /* the present run, in pages */
    size_t size, at = 0;

    for (; (size = virtq_read(c, at, numbers, sizeof numbers)) >= 4; at += size)
        for (size_t i = 0; i + 4 <= size; i += 4) {
            uint64_t page = virtio_get32(&b->virtio, numbers + i);

            if (page == end) {
                end++;
                continue;
            }
            /* Drivers take pages from above to below, too. */
            if (page + 1 == start) {
                start--;
                continue;
            }
            mem_release(b->mem, start << PAGE_SHIFT, (end - start) << PAGE_SHIFT);
            start = page;
            end = page + 1;
        }
    mem_release(b->mem, start << PAGE_SHIFT, (end - start) << PAGE_SHIFT);
}

/* Free memory lies where the device might write. */
static void report(struct balloon *b, const struct virtq_chain *c)
{
    for (unsigned i = c->n_out; i < c->n_out + c->n_in; i++)
        mem_release(b->mem, (gpa_t)((uint8_t *)c->pieces[i].iov_base - b->mem->ram), c->pieces[i].iov_len);
}

static void process(struct virtio_device *d, unsigned queue)
{
    struct balloon *b = (struct balloon *)d;
    struct virtq *q = &d->queues[queue];

    do {
        virtq_disable_kicks(q);
        while (virtq_pop(q, d->chain)) {
            if (queue == INFLATE)
                inflate(b, d->chain);
            else if (queue == REPORTING)
                report(b, d->chain);
            virtq_push(q, d->chain->head, 0);
        }
    } while (virtq_enable_kicks(q));
    virtio_signal(d, queue);
}

/* This configuration is little-endian for legacy drivers, too. [virtio1.2 5.5.4.0.0.1] */
static void get_config(struct virtio_device *d, uint8_t *config)
{
    const struct balloon *b = (const struct balloon *)d;

    memset(config, 0, CONFIG_BYTES);
    st_le32(config + C_NUM_PAGES, b->target);
    st_le32(config + C_ACTUAL, b->actual);
}

static void set_config(struct virtio_device *d, unsigned offset, const uint8_t *bytes, unsigned size)
{
    if (offset == C_ACTUAL && size == 4)
        ((struct balloon *)d)->actual = ld_le32(bytes);
}

static void reset(struct virtio_device *d)
{
    ((struct balloon *)d)->actual = 0;
}

static const struct virtio_ops ops = {
    .get_config = get_config,
    .set_config = set_config,
    .process = process,
    .reset = reset,
};

void virtio_balloon_set_target(void *device, uint64_t bytes)
{
    struct balloon *b = device;
    uint64_t pages = bytes >> PAGE_SHIFT;

    accel_lock(b->virtio.accel);
    b->target = pages > UINT32_MAX ? UINT32_MAX : (uint32_t)pages;
    accel_unlock(b->virtio.accel);
    virtio_lock(&b->virtio);
    virtio_config_changed(&b->virtio);
    virtio_unlock(&b->virtio);
}

uint64_t virtio_balloon_actual(void *device)
{
    struct balloon *b = device;
    uint64_t actual;

    accel_lock(b->virtio.accel);
    actual = b->actual;
    accel_unlock(b->virtio.accel);
    return actual << PAGE_SHIFT;
}

static void *create(const struct device_place *place, const void *options, struct error *err)
{
    const struct options *o = options;
    struct balloon *b = calloc(1, sizeof *b);

    if (!b) {
        error_set(err, ERROR_RESOURCE, "out of memory");
        return NULL;
    }
    b->mem = place->platform->mem;
    if (virtio_init(&b->virtio, &ops, VIRTIO_ID_BALLOON, 0x00ff00, virtio_balloon_type.name, CONFIG_BYTES,
                    &o->virtio, place->platform->accel, err)) {
        b->virtio.offered = F_MUST_TELL_HOST | (o->deflate_on_oom ? F_DEFLATE_ON_OOM : 0) |
                            (o->free_page_reporting ? F_REPORTING : 0);
        /* A queue that stands for a feature that is not there is left out, and the others move up. */
        for (unsigned i = 0; i < 2u + o->free_page_reporting; i++)
            virtio_add_queue(&b->virtio, QUEUE_SIZE);
        if (virtio_plug(&b->virtio, place->bus, err))
            return b;
    }
    virtio_destroy(b);
    return NULL;
}

static const struct device_property properties[] = {
    { "deflate-on-oom", PROPERTY_BOOL, offsetof(struct options, deflate_on_oom), "off",
      "the driver takes memory back when it runs out of it", NULL, false },
    { "free-page-reporting", PROPERTY_BOOL, offsetof(struct options, free_page_reporting), "off",
      "free memory of the guest goes back to the host", NULL, false },
    VIRTIO_PROPERTIES(struct options, "4"),
};

const struct device_type virtio_balloon_type = {
    .name = "virtio-balloon-pci",
    .text = "memory that the guest gives back",
    .bus = DEVICE_BUS_PCI,
    .properties = properties,
    .n_properties = ARRAY_SIZE(properties),
    .options_size = sizeof(struct options),
    .create = create,
    .destroy = virtio_destroy,
};
