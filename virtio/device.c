/* What virtio devices have in common: threads, locks, start and reset; see device.h. */
#include "virtio/device.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/endian.h"
#include "base/log.h"

static void *run(void *opaque)
{
    struct virtio_device *d = opaque;

    while (!atomic_load(&d->quit)) {
        uint64_t kicked;

        while (sem_wait(&d->wake) && errno == EINTR)
            ;
        kicked = atomic_exchange(&d->kicked, 0);
        virtio_lock(d);
        for (unsigned i = 0; i < d->n_queues; i++)
            if (kicked >> i & 1 && d->live && d->queues[i].started)
                d->ops->process(d, i);
        virtio_unlock(d);
    }
    return NULL;
}

bool virtio_init(struct virtio_device *d, const struct virtio_ops *ops, uint16_t id, uint32_t class_code,
                 const char *type, unsigned config_size, const struct virtio_options *options,
                 struct accel *accel, struct error *err)
{
    d->ops = ops;
    d->id = id;
    d->config_size = config_size;
    d->options = *options;
    d->accel = accel;
    d->pci.type = type;
    d->pci.class_code = class_code;
    pthread_mutex_init(&d->lock, NULL);
    pthread_cond_init(&d->idle, NULL);
    sem_init(&d->wake, 0, 0);
    d->chain = malloc(sizeof *d->chain);
    return d->chain || error_set(err, ERROR_RESOURCE, "%s: out of memory", type);
}

void virtio_add_queue(struct virtio_device *d, uint16_t size)
{
    d->queue_size_most[d->n_queues] = size;
    d->queues[d->n_queues++].size = size;
}

bool virtio_plug(struct virtio_device *d, struct phb *phb, struct error *err)
{
    bool ok = virtio_pci_setup(d, err);

    accel_lock(d->accel);
    ok = ok && phb_add(phb, &d->pci, err);
    accel_unlock(d->accel);
    if (!ok)
        return false;
    if (pthread_create(&d->thread, NULL, run, d))
        return error_set(err, ERROR_RESOURCE, "%s: can't start its thread", d->pci.type);
    d->thread_started = true;
    return true;
}

void virtio_path(void *device, char *path, size_t size)
{
    pci_path(&((struct virtio_device *)device)->pci, path, size);
}

/* Device's lock held: waits for the back end. */
static void wait_idle(struct virtio_device *d)
{
    while (d->in_flight)
        pthread_cond_wait(&d->idle, &d->lock);
}

/* The guest may have given the device back while another of its processors waits for the end of a reset. */
static void leave_bus(struct virtio_device *d)
{
    static const struct timespec moment = { .tv_nsec = 1000000 };

    if (!d->accel)
        return; /* it was never plugged */
    accel_lock(d->accel);
    while (d->resetting) {
        accel_unlock(d->accel);
        nanosleep(&moment, NULL);
        accel_lock(d->accel);
    }
    phb_remove(&d->pci);
    accel_unlock(d->accel);
}

void virtio_destroy(void *device)
{
    struct virtio_device *d = device;

    if (!d)
        return;
    leave_bus(d);
    pthread_mutex_lock(&d->lock);
    d->live = false;
    wait_idle(d);
    pthread_mutex_unlock(&d->lock);
    if (d->thread_started) {
        atomic_store(&d->quit, true);
        sem_post(&d->wake);
        pthread_join(d->thread, NULL);
    }
    pci_device_fini(&d->pci);
    pthread_mutex_destroy(&d->lock);
    pthread_cond_destroy(&d->idle);
    sem_destroy(&d->wake);
    if (d->ops && d->ops->destroy)
        d->ops->destroy(d);
    free(d->chain);
    free(d);
}

/* ---- locks and interrupts ---- */

void virtio_lock(struct virtio_device *d)
{
    pthread_mutex_lock(&d->lock);
}

/* A queue that broke: the driver is told once that only a reset helps. */
static void check_broken(struct virtio_device *d)
{
    for (unsigned i = 0; i < d->n_queues; i++)
        if (d->queues[i].broken && d->live) {
            d->live = false;
            d->config_signal = true;
        }
}

void virtio_unlock(struct virtio_device *d)
{
    uint64_t signals;
    bool config, broken;

    check_broken(d);
    signals = d->signals;
    config = d->config_signal;
    broken = config && !d->live;
    d->signals = 0;
    d->config_signal = false;
    pthread_mutex_unlock(&d->lock);
    if (!signals && !config)
        return;
    accel_lock(d->accel);
    if (broken && d->status & VIRTIO_STATUS_DRIVER_OK)
        d->status |= VIRTIO_STATUS_NEEDS_RESET;
    virtio_pci_signal(d, signals, config);
    accel_unlock(d->accel);
}

void virtio_signal(struct virtio_device *d, unsigned queue)
{
    if (d->live && virtq_wants_signal(&d->queues[queue]))
        d->signals |= UINT64_C(1) << queue;
}

void virtio_config_changed(struct virtio_device *d)
{
    if (d->live)
        d->config_signal = true;
}

bool virtio_is_live(const struct virtio_device *d)
{
    return d->live;
}

void virtio_begin(struct virtio_device *d)
{
    d->in_flight++;
}

void virtio_end(struct virtio_device *d)
{
    if (!--d->in_flight)
        pthread_cond_broadcast(&d->idle);
}

void virtio_kick(struct virtio_device *d, unsigned queue)
{
    /* Somebody who set a bit before has woken the thread, which takes all of them. */
    if (!atomic_fetch_or(&d->kicked, UINT64_C(1) << queue))
        sem_post(&d->wake);
}

/* ---- start and reset ---- */

uint64_t virtio_offered(const struct virtio_device *d, bool legacy)
{
    uint64_t features = d->offered;

    if (d->options.indirect_desc)
        features |= VIRTIO_F_INDIRECT_DESC;
    if (d->options.event_idx)
        features |= VIRTIO_F_EVENT_IDX;
    if (legacy)
        return (features | VIRTIO_F_NOTIFY_ON_EMPTY | VIRTIO_F_ANY_LAYOUT) & UINT32_MAX;
    features |= VIRTIO_F_VERSION_1;
    if (d->options.iommu_platform)
        features |= VIRTIO_F_ACCESS_PLATFORM;
    if (d->options.packed)
        features |= VIRTIO_F_RING_PACKED;
    return features;
}

/* A driver that does not know about the platform's translation gives guest physical addresses. */
static struct dma_space *space_of(const struct virtio_device *d)
{
    if (d->features & VIRTIO_F_ACCESS_PLATFORM)
        return d->pci.dma;
    return dma_space_physical(d->pci.phb->all->dma);
}

void virtio_start(struct virtio_device *d)
{
    struct virtq_rules rules;

    pthread_mutex_lock(&d->lock);
    d->features = d->accepted;
    rules = (struct virtq_rules){
        .dma = space_of(d),
        .big_endian = d->big_endian,
        .event_index = d->features & VIRTIO_F_EVENT_IDX,
        .indirect = d->features & VIRTIO_F_INDIRECT_DESC,
        .packed = d->features & VIRTIO_F_RING_PACKED,
    };
    d->live = true;
    for (unsigned i = 0; i < d->n_queues; i++)
        if (d->queues[i].started)
            virtq_start(&d->queues[i], &rules);
    if (d->ops->started)
        d->ops->started(d);
    pthread_mutex_unlock(&d->lock);
    for (unsigned i = 0; i < d->n_queues; i++)
        virtio_kick(d, i);
}

static void reset_queues(struct virtio_device *d)
{
    for (unsigned i = 0; i < d->n_queues; i++) {
        virtq_stop(&d->queues[i]);
        d->queues[i].size = d->queue_size_most[i];
        d->queues[i].desc = d->queues[i].avail = d->queues[i].used = 0;
    }
}

void virtio_reset(struct virtio_device *d)
{
    if (d->resetting)
        return; /* another processor waits for the same */
    d->resetting = true;
    pthread_mutex_lock(&d->lock);
    d->live = false;
    if (d->in_flight) {
        /* Requests come to their end without this processor's having to hold up the others. */
        pthread_mutex_unlock(&d->lock);
        accel_unlock(d->accel);
        pthread_mutex_lock(&d->lock);
        wait_idle(d);
        pthread_mutex_unlock(&d->lock);
        accel_lock(d->accel);
        pthread_mutex_lock(&d->lock);
    }
    reset_queues(d);
    d->features = 0;
    d->big_endian = false;
    d->signals = 0;
    d->config_signal = false;
    if (d->ops->reset)
        d->ops->reset(d);
    pthread_mutex_unlock(&d->lock);
    d->status = d->isr = 0;
    d->accepted = 0;
    d->feature_select = d->driver_feature_select = 0;
    d->queue_select = 0;
    d->config_vector = UINT16_MAX;
    for (unsigned i = 0; i < VIRTIO_QUEUES_MOST; i++)
        d->vectors[i] = UINT16_MAX;
    d->resetting = false;
}

/* ---- byte order ---- */

#define NUMBERS(bits)                                                                            \
    void virtio_put##bits(const struct virtio_device *d, void *to, uint##bits##_t v)             \
    {                                                                                            \
        if (d->big_endian)                                                                       \
            st_be##bits(to, v);                                                                  \
        else                                                                                     \
            st_le##bits(to, v);                                                                  \
    }                                                                                            \
    uint##bits##_t virtio_get##bits(const struct virtio_device *d, const void *from)             \
    {                                                                                            \
        return d->big_endian ? ld_be##bits(from) : ld_le##bits(from);                            \
    }

NUMBERS(16)
NUMBERS(32)
NUMBERS(64)
