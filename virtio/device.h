/* Virtio devices: what is common to all of them, and what the transport (virtio/pci.c) does with one.
 *
 * A device embeds a struct virtio_device as its first member, fills in ops and calls virtio_init(). Its queues are
 * worked on by a thread of its own, which a driver's kick wakes, and by the threads of its back end.
 *
 * Locks: the device's lock guards queues and requests. It is taken by the device's thread and by back ends' threads
 * (with no other lock), and by vCPU threads that hold the machine's lock. Who holds it does not take the machine's
 * lock: interrupts are noted with virtio_signal() and sent by virtio_unlock(). [virtio1.2 2] */
#ifndef VIRTIO_DEVICE_H
#define VIRTIO_DEVICE_H

#include <pthread.h>
#include <semaphore.h>

#include "base/device-type.h"
#include "pci/phb.h"
#include "virtio/ring.h"

enum { VIRTIO_QUEUES_MOST = 64, VIRTIO_CONFIG_MOST = 256 };

enum virtio_id {
    VIRTIO_ID_NET = 1,
    VIRTIO_ID_BLK = 2,
    VIRTIO_ID_CONSOLE = 3,
    VIRTIO_ID_RNG = 4,
    VIRTIO_ID_BALLOON = 5,
    VIRTIO_ID_SCSI = 8,
    VIRTIO_ID_9P = 9,
};

/* Features that belong to transport and rings. [virtio1.2 6] */
#define VIRTIO_BIT(n) (UINT64_C(1) << (n))
#define VIRTIO_F_NOTIFY_ON_EMPTY VIRTIO_BIT(24)
#define VIRTIO_F_ANY_LAYOUT VIRTIO_BIT(27)
#define VIRTIO_F_INDIRECT_DESC VIRTIO_BIT(28)
#define VIRTIO_F_EVENT_IDX VIRTIO_BIT(29)
#define VIRTIO_F_VERSION_1 VIRTIO_BIT(32)
#define VIRTIO_F_ACCESS_PLATFORM VIRTIO_BIT(33)
#define VIRTIO_F_RING_PACKED VIRTIO_BIT(34)

enum virtio_status {
    VIRTIO_STATUS_ACKNOWLEDGE = 1,
    VIRTIO_STATUS_DRIVER = 2,
    VIRTIO_STATUS_DRIVER_OK = 4,
    VIRTIO_STATUS_FEATURES_OK = 8,
    VIRTIO_STATUS_NEEDS_RESET = 64,
    VIRTIO_STATUS_FAILED = 128,
};

struct virtio_device;

struct virtio_ops {
    /* Fills in config_size bytes with the numbers that virtio_put*() write. Machine's lock held. NULL: none. */
    void (*get_config)(struct virtio_device *d, uint8_t *config);
    /* The driver stored into these bytes. Machine's lock held. NULL: ignored. */
    void (*set_config)(struct virtio_device *d, unsigned offset, const uint8_t *bytes, unsigned size);
    /* There may be chains in this queue. Device's thread, device's lock held. */
    void (*process)(struct virtio_device *d, unsigned queue);
    /* The driver is ready. Device's lock held. NULL: no matter. */
    void (*started)(struct virtio_device *d);
    /* Back to the state after power-on; no request is under way. Device's lock held. NULL: nothing to do. */
    void (*reset)(struct virtio_device *d);
    /* What the device itself allocated, but not the device; thread and queues are gone already. NULL: nothing. */
    void (*destroy)(struct virtio_device *d);
};

/* What the user sets of every virtio device; and the rows of struct device_type for them, in an options struct that has
 * them as `virtio`. vectors: the usual number, as text. */
struct virtio_options {
    int32_t devfn; /* -1: any */
    uint32_t vectors;
    bool disable_legacy, disable_modern, iommu_platform, event_idx, indirect_desc, packed;
};

#define VIRTIO_PROPERTIES(options, usual_vectors)                                                                    \
    { "addr", PROPERTY_PCI_ADDRESS, offsetof(options, virtio.devfn), NULL, "slot and function; the first free slot", \
      NULL, false },                                                                                                 \
    { "vectors", PROPERTY_U32, offsetof(options, virtio.vectors), usual_vectors,                                     \
      "number of MSI-X interrupts; 0: a wire", NULL, false },                                                        \
    { "disable-legacy", PROPERTY_BOOL, offsetof(options, virtio.disable_legacy), "off",                              \
      "no registers for drivers older than virtio 1.0", NULL, false },                                               \
    { "disable-modern", PROPERTY_BOOL, offsetof(options, virtio.disable_modern), "off",                              \
      "only registers for drivers older than virtio 1.0", NULL, false },                                             \
    { "iommu_platform", PROPERTY_BOOL, offsetof(options, virtio.iommu_platform), "on",                               \
      "memory is accessed through the bridge's DMA windows", NULL, false },                                          \
    { "event_idx", PROPERTY_BOOL, offsetof(options, virtio.event_idx), "on",                                         \
      "interrupts and notifications by index", NULL, false },                                                        \
    { "indirect_desc", PROPERTY_BOOL, offsetof(options, virtio.indirect_desc), "on",                                 \
      "tables of descriptors outside the ring", NULL, false },                                                       \
    { "bootindex", PROPERTY_IGNORED, 0, NULL, "place in the order of booting", NULL, false },                                       \
    { "iothread", PROPERTY_IGNORED, 0, NULL, "without effect: each device has a thread of its own", NULL, false },   \
    { "romfile", PROPERTY_IGNORED, 0, NULL, "without effect: there is no ROM", NULL, false },                        \
    { "ats", PROPERTY_IGNORED, 0, NULL, "without effect", NULL, false },                                             \
    { "packed", PROPERTY_BOOL, offsetof(options, virtio.packed), "off", "rings may be packed", NULL, false }

struct virtio_device {
    struct pci_device pci; /* first: the transport's */
    const struct virtio_ops *ops;
    uint16_t id;
    unsigned n_queues, config_size;
    uint64_t offered; /* features */
    struct virtio_options options;
    struct accel *accel;

    /* Under the machine's lock: the transport's registers. */
    uint8_t status, isr;
    uint64_t accepted; /* what the driver wrote so far; agreed on with FEATURES_OK */
    uint32_t feature_select, driver_feature_select;
    uint16_t queue_select, config_vector, vectors[VIRTIO_QUEUES_MOST];
    bool resetting;
    struct { uint8_t bar; uint32_t offset, length; unsigned at; } window; /* configuration access capability */

    pthread_mutex_t lock;
    pthread_cond_t idle; /* in_flight became 0 */
    /* Under the device's lock. */
    bool live;       /* DRIVER_OK, and no reset since */
    bool big_endian; /* legacy driver of a big-endian guest */
    uint64_t features; /* as agreed on */
    unsigned in_flight; /* requests that a back end has */
    struct virtq queues[VIRTIO_QUEUES_MOST];
    uint16_t queue_size_most[VIRTIO_QUEUES_MOST];
    struct virtq_chain *chain; /* scratch for those who hold the lock */
    uint64_t signals;  /* bit n: queue n's interrupt is to be sent by virtio_unlock() */
    bool config_signal;

    pthread_t thread;
    bool thread_started;
    sem_t wake;
    _Atomic uint64_t kicked; /* bit n: queue n */
    _Atomic bool quit;
};

/* Before plugging in: identity (the transport fills in the PCI part), queues by virtio_add_queue(), offered features but
 * the transport's. The accelerator is for its lock. */
bool virtio_init(struct virtio_device *d, const struct virtio_ops *ops, uint16_t id, uint32_t class_code,
                 const char *type, unsigned config_size, const struct virtio_options *options,
                 struct accel *accel, struct error *err);
void virtio_add_queue(struct virtio_device *d, uint16_t size);
/* Makes the PCI function of it and plugs it in. */
bool virtio_plug(struct virtio_device *d, struct phb *phb, struct error *err);
/* Unplugs it, ends the thread, waits for requests that are under way, frees the device (which calloc() made) with all
 * that is common. Without the machine's lock. NULL is fine. */
void virtio_destroy(void *device);
/* As struct device_type wants it. */
void virtio_path(void *device, char *path, size_t size);

void virtio_lock(struct virtio_device *d);
/* Also sends the interrupts that were noted. Not with the machine's lock held. */
void virtio_unlock(struct virtio_device *d);

/* Device's lock held: if the driver wants it, an interrupt for this queue will be sent. */
void virtio_signal(struct virtio_device *d, unsigned queue);
/* The same for a change of the configuration. */
void virtio_config_changed(struct virtio_device *d);
/* Device's lock held: whether requests may be taken and given back. */
bool virtio_is_live(const struct virtio_device *d);
/* Device's lock held: counts requests that leave for a back end and come back. */
void virtio_begin(struct virtio_device *d);
void virtio_end(struct virtio_device *d);
/* Has process() called for this queue soon, as if the driver had kicked. Any thread, any lock. */
void virtio_kick(struct virtio_device *d, unsigned queue);

/* Numbers in the byte order that was agreed on. */
void virtio_put16(const struct virtio_device *d, void *to, uint16_t v);
void virtio_put32(const struct virtio_device *d, void *to, uint32_t v);
void virtio_put64(const struct virtio_device *d, void *to, uint64_t v);
uint16_t virtio_get16(const struct virtio_device *d, const void *from);
uint32_t virtio_get32(const struct virtio_device *d, const void *from);
uint64_t virtio_get64(const struct virtio_device *d, const void *from);

/* ---- between device.c and pci.c ---- */

bool virtio_pci_setup(struct virtio_device *d, struct error *err);
/* Machine's lock held. */
void virtio_pci_signal(struct virtio_device *d, uint64_t queues, bool config);
/* The driver set DRIVER_OK; wrote 0 to the status. Machine's lock held; the second drops it while it waits. */
void virtio_start(struct virtio_device *d);
void virtio_reset(struct virtio_device *d);
uint64_t virtio_offered(const struct virtio_device *d, bool legacy);

#endif
