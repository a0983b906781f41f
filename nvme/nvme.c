/* An NVMe controller: its registers, its thread, and the device type; see nvme-internal.h.
 *
 * A store to a doorbell keeps the number and wakes the device's thread. Enabling and disabling are the thread's work, too:
 * the driver waits for CSTS.RDY, which changes when all is done. [NVMe 1.4 3] */
#include "nvme/nvme.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/endian.h"
#include "base/log.h"
#include "nvme/nvme-internal.h"

enum {
    BAR_REGISTERS = 0,
    BAR_MSIX = 4,
    REGISTER_BYTES = 0x4000,
    DOORBELLS = 0x1000,
    R_CAP = 0x00,
    R_VS = 0x08,
    R_INTMS = 0x0c,
    R_INTMC = 0x10,
    R_CC = 0x14,
    R_CSTS = 0x1c,
    R_AQA = 0x24,
    R_ASQ = 0x28,
    R_ACQ = 0x30,
    REGISTERS_END = 0x38,
    PAGE_SHIFT_MORE = 4, /* pages of up to 64 KiB */
};

enum {
    CC_ENABLE = 1,
    CSTS_READY = 1,
    CSTS_FATAL = 2,
    CSTS_SHUTDOWN_DONE = 2 << 2,
    CSTS_SHUTDOWN = 3 << 2
};
enum { VENDOR = 0x1b36, DEVICE = 0x0010, CLASS_NVME = 0x010802 };

static struct nvme *of_pci(struct pci_device *p)
{
    return (struct nvme *)p;
}

/* ---- interrupts ---- */

/* Machine's lock held, device's not. */
static void update_intx(struct nvme *n)
{
    bool level = false;

    nvme_lock(n);
    for (unsigned i = 0; i < n->n_queues; i++)
        level |= n->cq[i].interrupts && nvme_has_entries(n, i) &&
                 !(n->interrupt_mask >> (n->cq[i].vector & 31) & 1);
    pthread_mutex_unlock(&n->lock);
    pci_set_intx(&n->pci, level);
}

/* Machine's lock held, device's not. */
static void send(struct nvme *n, uint64_t queues)
{
    if (!pci_msix_is_enabled(&n->pci)) {
        update_intx(n);
        return;
    }
    for (unsigned i = 0; i < n->n_queues; i++)
        if (queues >> i & 1) {
            unsigned vector;

            nvme_lock(n);
            vector = n->cq[i].vector;
            pthread_mutex_unlock(&n->lock);
            pci_msix_signal(&n->pci, vector);
        }
}

void nvme_lock(struct nvme *n)
{
    pthread_mutex_lock(&n->lock);
}

void nvme_unlock(struct nvme *n)
{
    uint64_t signals = n->signals;

    n->signals = 0;
    pthread_mutex_unlock(&n->lock);
    if (!signals)
        return;
    accel_lock(n->accel);
    send(n, signals);
    accel_unlock(n->accel);
}

/* ---- the thread ---- */

static void kick(struct nvme *n)
{
    if (!atomic_exchange(&n->kicked, true))
        sem_post(&n->wake);
}

static void forget_queues(struct nvme *n)
{
    memset(n->sq, 0, sizeof n->sq);
    memset(n->cq, 0, sizeof n->cq);
    memset(n->features, 0, sizeof n->features);
    for (unsigned i = 0; i < NVME_QUEUES_MOST; i++)
        n->sq_tail[i] = n->cq_head[i] = 0;
    n->n_events = 0;
    n->signals = 0;
    n->write_cache = block_has_write_cache(n->block);
}

/* Device's lock held. What is under way ends, and is not told any more. */
static void stop(struct nvme *n)
{
    n->live = false;
    while (n->in_flight)
        pthread_cond_wait(&n->idle, &n->lock);
    forget_queues(n);
}

static uint32_t entries(uint32_t field)
{
    return (field & 0xfff) + 1;
}

static bool enable(struct nvme *n)
{
    uint32_t cc = n->cc;
    unsigned shift = NVME_PAGE_SHIFT_LEAST + (cc >> 7 & 15);
    uint64_t mask = (UINT64_C(1) << shift) - 1;
    uint32_t sq_size = entries(n->aqa), cq_size = entries(n->aqa >> 16);

    if ((cc >> 7 & 15) > PAGE_SHIFT_MORE || cc >> 4 & 7 || cc >> 11 & 7 || n->asq & mask ||
        n->acq & mask || sq_size < 2 || cq_size < 2 || sq_size > NVME_ENTRIES_MOST ||
        cq_size > NVME_ENTRIES_MOST) {
        guest_error("nvme", "enabled with CC %#x, AQA %#x", cc, n->aqa);
        return false;
    }
    forget_queues(n);
    n->page_shift = shift;
    n->sq[0] = (struct nvme_sq){ .exists = true, .base = n->asq, .size = sq_size };
    n->cq[0] = (struct nvme_cq){ .exists = true,
                                 .phase = true,
                                 .interrupts = true,
                                 .base = n->acq,
                                 .size = cq_size,
                                 .n_sqs = 1 };
    n->live = true;
    return true;
}

/* Follows what the driver wrote to CC. */
static void follow(struct nvme *n)
{
    uint32_t cc = n->cc, csts = n->csts;
    bool shut_down = cc >> 14 & 3 && !(csts & CSTS_SHUTDOWN), failed;

    if (!(cc & CC_ENABLE) && (n->live || csts)) {
        stop(n);
        n->csts = 0;
    } else if (cc & CC_ENABLE && !(csts & (CSTS_READY | CSTS_FATAL))) {
        n->csts = enable(n) ? CSTS_READY : CSTS_FATAL;
    }
    if (cc & CC_ENABLE && shut_down) {
        while (n->in_flight)
            pthread_cond_wait(&n->idle, &n->lock);
        /* All that was written is to stay, as after a flush. Others may take the lock meanwhile. */
        nvme_unlock(n);
        failed = block_flush(n->block);
        nvme_lock(n);
        n->csts |= failed ? CSTS_FATAL : CSTS_SHUTDOWN_DONE;
    }
}

static void *run(void *opaque)
{
    struct nvme *n = opaque;

    while (!n->quit) {
        while (sem_wait(&n->wake) && errno == EINTR)
            ;
        atomic_store(&n->kicked, false);
        nvme_lock(n);
        follow(n);
        if (n->live)
            nvme_process(n);
        nvme_unlock(n);
    }
    return NULL;
}

/* ---- registers ---- */

static uint64_t capabilities(void)
{
    return (NVME_ENTRIES_MOST - 1) | 1 << 16 /* contiguous queues */ |
           20 << 24 /* half seconds until it is ready */ |
           UINT64_C(1) << 37 /* the NVM commands */ | (uint64_t)PAGE_SHIFT_MORE << 52;
}

static uint64_t load_register(const struct nvme *n, uint64_t offset)
{
    switch (offset) {
    case R_CAP:
        return capabilities();
    case R_VS:
        return 0x10400 | (uint64_t)n->interrupt_mask << 32; /* and INTMS */
    case R_INTMC:
        return n->interrupt_mask | (uint64_t)n->cc << 32;
    case R_CSTS - 4:
        return (uint64_t)n->csts << 32;
    case R_AQA - 4:
        return (uint64_t)n->aqa << 32;
    case R_ASQ:
        return n->asq;
    case R_ACQ:
        return n->acq;
    default:
        return 0;
    }
}

static uint64_t load(struct pci_device *p, unsigned bar, uint64_t offset, unsigned size)
{
    struct nvme *n = of_pci(p);
    uint64_t value = 0;

    (void)bar;
    if (offset >= REGISTERS_END || offset % size)
        return 0;
    value = load_register(n, offset & ~UINT64_C(7)) >> 8 * (offset & 7);
    return size == 8 ? value : value & ((UINT64_C(1) << 8 * size) - 1);
}

/* The driver has looked at entries. What came since then it has not been told of; commands may have waited for room. */
static void take_head(struct nvme *n, unsigned queue, uint32_t head)
{
    bool has_more, waits = false;
    unsigned vector;

    nvme_lock(n);
    atomic_store(&n->cq_head[queue], head);
    has_more = n->cq[queue].interrupts && nvme_has_entries(n, queue);
    vector = n->cq[queue].vector;
    for (unsigned i = 0; i < n->n_queues; i++)
        waits |= n->sq[i].exists && n->sq[i].cq == queue && n->sq[i].head != n->sq_tail[i];
    pthread_mutex_unlock(&n->lock);
    if (!pci_msix_is_enabled(&n->pci))
        update_intx(n);
    else if (has_more)
        pci_msix_signal(&n->pci, vector);
    if (waits)
        kick(n);
}

static void ring(struct nvme *n, uint64_t offset, uint32_t value)
{
    unsigned index = (unsigned)((offset - DOORBELLS) / 4), queue = index / 2;

    if (offset & 3 || queue >= n->n_queues)
        return;
    if (index & 1) {
        take_head(n, queue, value & 0xffff);
    } else {
        atomic_store(&n->sq_tail[queue], value & 0xffff);
        kick(n);
    }
}

static void store_half(uint64_t *to, bool high, uint32_t value)
{
    *to = high ? (*to & UINT32_MAX) | (uint64_t)value << 32 : (*to & ~(uint64_t)UINT32_MAX) | value;
}

/* What the thread reads when the controller is enabled. */
static void store_queue(struct nvme *n, uint64_t offset, uint32_t value)
{
    nvme_lock(n);
    if (offset == R_AQA)
        n->aqa = value;
    else if ((offset & ~UINT64_C(4)) == R_ASQ)
        store_half(&n->asq, offset & 4, value);
    else if ((offset & ~UINT64_C(4)) == R_ACQ)
        store_half(&n->acq, offset & 4, value);
    pthread_mutex_unlock(&n->lock);
}

static void store_word(struct nvme *n, uint64_t offset, uint32_t value)
{
    if (offset >= DOORBELLS) {
        ring(n, offset, value);
        return;
    }
    switch (offset) {
    case R_INTMS:
        n->interrupt_mask |= value;
        update_intx(n);
        break;
    case R_INTMC:
        n->interrupt_mask &= ~value;
        update_intx(n);
        break;
    case R_CC:
        n->cc = value;
        kick(n);
        break;
    default:
        store_queue(n, offset, value);
        break;
    }
}

/* Words and double words; others are undefined, and do nothing here. */
static void store(struct pci_device *p, unsigned bar, uint64_t offset, unsigned size,
                  uint64_t value)
{
    (void)bar;
    if (size < 4 || offset & 3)
        return;
    store_word(of_pci(p), offset, (uint32_t)value);
    if (size == 8)
        store_word(of_pci(p), offset + 4, (uint32_t)(value >> 32));
}

/* Machine's lock held, which is free while what is under way ends. */
static void reset(struct pci_device *p)
{
    struct nvme *n = of_pci(p);

    n->cc = 0;
    accel_unlock(n->accel);
    nvme_lock(n);
    stop(n);
    n->csts = 0;
    n->aqa = 0;
    n->asq = n->acq = 0;
    pthread_mutex_unlock(&n->lock);
    accel_lock(n->accel);
    n->interrupt_mask = 0;
}

static const struct pci_device_ops ops = { .load = load, .store = store, .reset = reset };

/* ---- the device ---- */

static void destroy(void *device)
{
    struct nvme *n = device;

    if (!n)
        return;
    if (n->accel) {
        accel_lock(n->accel);
        phb_remove(&n->pci);
        accel_unlock(n->accel);
        nvme_lock(n);
        stop(n);
        pthread_mutex_unlock(&n->lock);
    }
    if (n->thread_started) {
        n->quit = true;
        sem_post(&n->wake);
        pthread_join(n->thread, NULL);
    }
    /* The image may still be at its way out of done(). */
    block_drain(n->block);
    pci_device_fini(&n->pci);
    pthread_mutex_destroy(&n->lock);
    pthread_cond_destroy(&n->idle);
    sem_destroy(&n->wake);
    free((char *)n->options.serial);
    free(n);
}

static bool check_options(const struct nvme_options *o, struct error *err)
{
    uint32_t block = o->logical_block_size;

    if (o->max_ioqpairs < 1 || o->max_ioqpairs > NVME_QUEUES_MOST - 1) {
        error_set(err, ERROR_USAGE, "max_ioqpairs=%u is not possible", o->max_ioqpairs);
        error_hint(err, "choose 1 to %d", NVME_QUEUES_MOST - 1);
        return false;
    }
    if (block != 512 && block != 4096) {
        error_set(err, ERROR_USAGE, "logical_block_size=%u is not possible", block);
        error_hint(err, "choose 512 or 4096");
        return false;
    }
    return true;
}

static bool make(struct nvme *n, const struct device_place *place, struct error *err)
{
    struct pci_device *p = &n->pci;
    bool ok;

    p->ops = &ops;
    p->type = nvme_type.name;
    p->vendor = VENDOR;
    p->device = DEVICE;
    p->subsystem_vendor = 0x1af4;
    p->subsystem = 0x1100;
    p->class_code = CLASS_NVME;
    p->revision = 2;
    p->has_intx = true;
    p->wanted_devfn = n->options.devfn;
    pci_device_init(p);
    pci_device_add_bar(p, BAR_REGISTERS, PCI_SPACE_MEMORY_64, false, REGISTER_BYTES);
    if (!pci_device_add_msix(p, n->n_queues, BAR_MSIX, err))
        return false;
    n->accel = place->platform->accel;
    accel_lock(n->accel);
    ok = phb_add(place->bus, p, err);
    accel_unlock(n->accel);
    if (!ok)
        return false;
    if (pthread_create(&n->thread, NULL, run, n))
        return error_set(err, ERROR_RESOURCE, "%s: can't start its thread", p->type);
    n->thread_started = true;
    return true;
}

static void *create(const struct device_place *place, const void *options, struct error *err)
{
    const struct nvme_options *o = options;
    struct nvme *n;

    if (!check_options(o, err))
        return NULL;
    n = calloc(1, sizeof *n);
    if (!n) {
        error_set(err, ERROR_RESOURCE, "out of memory");
        return NULL;
    }
    n->options = *o;
    n->options.serial = strdup(o->serial);
    n->block = o->block;
    n->n_queues = o->max_ioqpairs + 1;
    n->page_shift = NVME_PAGE_SHIFT_LEAST;
    pthread_mutex_init(&n->lock, NULL);
    pthread_cond_init(&n->idle, NULL);
    sem_init(&n->wake, 0, 0);
    forget_queues(n);
    if (n->options.serial && make(n, place, err))
        return n;
    destroy(n);
    return NULL;
}

static void path_of(void *device, char *path, size_t size)
{
    pci_path(&((struct nvme *)device)->pci, path, size);
}

static const struct device_property properties[] = {
    { "drive", PROPERTY_DRIVE, offsetof(struct nvme_options, block), NULL, "the disk image", NULL,
      true },
    { "serial", PROPERTY_STRING, offsetof(struct nvme_options, serial), NULL,
      "serial number, of up to 20 characters", NULL, true },
    { "addr", PROPERTY_PCI_ADDRESS, offsetof(struct nvme_options, devfn), NULL,
      "slot and function; the first free slot", NULL, false },
    { "max_ioqpairs", PROPERTY_U32, offsetof(struct nvme_options, max_ioqpairs), "8",
      "pairs of I/O queues", NULL, false },
    { "logical_block_size", PROPERTY_U32, offsetof(struct nvme_options, logical_block_size), "512",
      "bytes of a block: 512 or 4096", NULL, false },
    { "bootindex", PROPERTY_IGNORED, 0, NULL, "place in the order of booting", NULL, false },
};

const struct device_type nvme_type = {
    .name = "nvme",
    .text = "NVMe controller with a disk",
    .bus = DEVICE_BUS_PCI,
    .properties = properties,
    .n_properties = ARRAY_SIZE(properties),
    .options_size = sizeof(struct nvme_options),
    .create = create,
    .destroy = destroy,
    .path_of = path_of,
};
