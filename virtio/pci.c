/* Virtio over PCI: the registers of modern drivers, and those of legacy ones. [virtio1.2 4.1]
 *
 * Base address 0 is the legacy interface (I/O), 1 MSI-X, 4 the modern one: a page each for the common configuration,
 * the interrupt status, the device's configuration, and the notifications. A store to a notification address does
 * nothing but wake the device's thread. */
#include <string.h>

#include "base/endian.h"
#include "base/log.h"
#include "virtio/device.h"

enum {
    VENDOR = 0x1af4,
    MODERN_DEVICE = 0x1040, /* plus the virtio device ID */
    BAR_LEGACY = 0,
    BAR_MSIX = 1,
    BAR_MODERN = 4,
    PAGE = 0x1000,
    COMMON_PAGE = 0,
    ISR_PAGE = 1,
    DEVICE_PAGE = 2,
    NOTIFY_PAGE = 3,
    NOTIFY_MULTIPLIER = 4,
    NO_VECTOR = 0xffff,
    LEGACY_RING_ALIGNMENT = 4096,
};

enum { CAP_COMMON = 1, CAP_NOTIFY, CAP_ISR, CAP_DEVICE, CAP_PCI };
enum { ISR_QUEUE = 1, ISR_CONFIG = 2 };

static struct virtio_device *of_pci(struct pci_device *p)
{
    return (struct virtio_device *)p;
}

/* ---- interrupts ---- */

static void send(struct virtio_device *d, uint16_t vector)
{
    if (vector != NO_VECTOR)
        pci_msix_signal(&d->pci, vector);
}

void virtio_pci_signal(struct virtio_device *d, uint64_t queues, bool config)
{
    if (!(d->status & VIRTIO_STATUS_DRIVER_OK))
        return; /* reset in the meantime */
    if (pci_msix_is_enabled(&d->pci)) {
        for (unsigned i = 0; i < d->n_queues; i++)
            if (queues >> i & 1)
                send(d, d->vectors[i]);
        if (config)
            send(d, d->config_vector);
        return;
    }
    d->isr |= (uint8_t)((queues ? ISR_QUEUE : 0) | (config ? ISR_CONFIG : 0));
    pci_set_intx(&d->pci, d->isr);
}

static uint8_t load_isr(struct virtio_device *d)
{
    uint8_t isr = d->isr;

    d->isr = 0;
    pci_set_intx(&d->pci, false);
    return isr;
}

/* ---- what both interfaces do ---- */

static struct virtq *selected(struct virtio_device *d)
{
    return d->queue_select < d->n_queues ? &d->queues[d->queue_select] : NULL;
}

static void kick(struct virtio_device *d, uint64_t queue)
{
    if (queue < d->n_queues && d->status & VIRTIO_STATUS_DRIVER_OK)
        virtio_kick(d, (unsigned)queue);
}

static uint16_t checked_vector(const struct virtio_device *d, uint16_t vector)
{
    return vector < d->pci.n_msix ? vector : NO_VECTOR;
}

static void store_status(struct virtio_device *d, uint8_t status, bool legacy)
{
    uint8_t old = d->status;

    if (!status) {
        virtio_reset(d);
        pci_set_intx(&d->pci, false);
        return;
    }
    if (status & VIRTIO_STATUS_FEATURES_OK && !(old & VIRTIO_STATUS_FEATURES_OK) && !legacy &&
        (!(d->accepted & VIRTIO_F_VERSION_1) || d->accepted & ~virtio_offered(d, false)))
        status &= (uint8_t)~VIRTIO_STATUS_FEATURES_OK;
    d->status = status | (old & VIRTIO_STATUS_NEEDS_RESET);
    if (status & VIRTIO_STATUS_DRIVER_OK && !(old & VIRTIO_STATUS_DRIVER_OK)) {
        if (!legacy && !(status & VIRTIO_STATUS_FEATURES_OK)) {
            guest_error("virtio", "%s: DRIVER_OK without FEATURES_OK", d->pci.type);
            d->status |= VIRTIO_STATUS_NEEDS_RESET;
            return;
        }
        virtio_start(d);
    }
}

/* Before DRIVER_OK only; a queue that is enabled does not change any more. */
static bool may_configure(const struct virtio_device *d, const struct virtq *q)
{
    return q && !q->started && !(d->status & VIRTIO_STATUS_DRIVER_OK) && !d->resetting;
}

static uint64_t load_config(struct virtio_device *d, uint64_t offset, unsigned size)
{
    uint8_t bytes[VIRTIO_CONFIG_MOST + 8] = { 0 };

    if (offset >= d->config_size || !d->ops->get_config)
        return 0;
    d->ops->get_config(d, bytes);
    memset(bytes + d->config_size, 0, sizeof bytes - d->config_size);
    return ld_le64(bytes + offset) & (size == 8 ? UINT64_MAX : (UINT64_C(1) << 8 * size) - 1);
}

static void store_config(struct virtio_device *d, uint64_t offset, unsigned size, uint64_t value)
{
    uint8_t bytes[8];

    if (offset >= d->config_size || size > d->config_size - offset || !d->ops->set_config)
        return;
    st_le64(bytes, value);
    d->ops->set_config(d, (unsigned)offset, bytes, size);
}

/* ---- the common configuration of modern drivers ---- */

enum {
    DEVICE_FEATURE_SELECT = 0,
    DEVICE_FEATURE = 4,
    DRIVER_FEATURE_SELECT = 8,
    DRIVER_FEATURE = 12,
    CONFIG_VECTOR = 16,
    NUM_QUEUES = 18,
    DEVICE_STATUS = 20,
    CONFIG_GENERATION = 21,
    QUEUE_SELECT = 22,
    QUEUE_SIZE = 24,
    QUEUE_VECTOR = 26,
    QUEUE_ENABLE = 28,
    QUEUE_NOTIFY_OFF = 30,
    QUEUE_DESC = 32,
    QUEUE_DRIVER = 40,
    QUEUE_DEVICE = 48,
    COMMON_BYTES = 56,
};

static uint32_t half(uint64_t features, uint32_t select)
{
    return select > 1 ? 0 : (uint32_t)(features >> 32 * select);
}

/* The registers as they are, in their order: any access is of some bytes of them. */
static uint64_t load_common(struct virtio_device *d, uint64_t offset, unsigned size)
{
    const struct virtq *q = selected(d);
    uint8_t bytes[COMMON_BYTES + 8] = { 0 };

    st_le32(bytes + DEVICE_FEATURE_SELECT, d->feature_select);
    st_le32(bytes + DEVICE_FEATURE, half(virtio_offered(d, false), d->feature_select));
    st_le32(bytes + DRIVER_FEATURE_SELECT, d->driver_feature_select);
    st_le32(bytes + DRIVER_FEATURE, half(d->accepted, d->driver_feature_select));
    st_le16(bytes + CONFIG_VECTOR, d->config_vector);
    st_le16(bytes + NUM_QUEUES, (uint16_t)d->n_queues);
    bytes[DEVICE_STATUS] = d->status;
    st_le16(bytes + QUEUE_SELECT, d->queue_select);
    if (q) {
        st_le16(bytes + QUEUE_SIZE, q->size);
        st_le16(bytes + QUEUE_VECTOR, d->vectors[d->queue_select]);
        st_le16(bytes + QUEUE_ENABLE, q->started);
        st_le16(bytes + QUEUE_NOTIFY_OFF, d->queue_select);
        st_le64(bytes + QUEUE_DESC, q->desc);
        st_le64(bytes + QUEUE_DRIVER, q->avail);
        st_le64(bytes + QUEUE_DEVICE, q->used);
    }
    if (offset >= COMMON_BYTES)
        return 0;
    return ld_le64(bytes + offset) & (size == 8 ? UINT64_MAX : (UINT64_C(1) << 8 * size) - 1);
}

static void store_driver_feature(struct virtio_device *d, uint32_t value)
{
    unsigned shift = 32 * d->driver_feature_select;

    if (d->driver_feature_select <= 1 && !(d->status & VIRTIO_STATUS_FEATURES_OK))
        d->accepted = (d->accepted & ~((uint64_t)UINT32_MAX << shift)) | (uint64_t)value << shift;
}

static void store_queue_size(struct virtio_device *d, uint16_t size)
{
    struct virtq *q = selected(d);

    if (!may_configure(d, q))
        return;
    if (size && !(size & (size - 1)) && size <= d->queue_size_most[d->queue_select])
        q->size = size;
    else
        guest_error("virtio", "%s: a queue of %u descriptors", d->pci.type, size);
}

/* Half or all of one of the three addresses. */
static void store_address(struct virtio_device *d, uint64_t offset, unsigned size, uint64_t value)
{
    struct virtq *q = selected(d);
    uint64_t *to;

    if (!may_configure(d, q))
        return;
    to = offset < QUEUE_DRIVER ? &q->desc : offset < QUEUE_DEVICE ? &q->avail : &q->used;
    if (size == 8)
        *to = value;
    else if (offset % 8 == 0)
        *to = (*to & ~(uint64_t)UINT32_MAX) | (uint32_t)value;
    else
        *to = (*to & UINT32_MAX) | value << 32;
}

static void store_common(struct virtio_device *d, uint64_t offset, unsigned size, uint64_t value)
{
    if (offset >= QUEUE_DESC && offset < COMMON_BYTES) {
        if ((size == 4 || size == 8) && offset % size == 0)
            store_address(d, offset, size, value);
        return;
    }
    switch (offset) {
    case DEVICE_FEATURE_SELECT: d->feature_select = (uint32_t)value; break;
    case DRIVER_FEATURE_SELECT: d->driver_feature_select = (uint32_t)value; break;
    case DRIVER_FEATURE: store_driver_feature(d, (uint32_t)value); break;
    case CONFIG_VECTOR: d->config_vector = checked_vector(d, (uint16_t)value); break;
    case DEVICE_STATUS: store_status(d, (uint8_t)value, false); break;
    case QUEUE_SELECT: d->queue_select = (uint16_t)value; break;
    case QUEUE_SIZE: store_queue_size(d, (uint16_t)value); break;
    case QUEUE_VECTOR:
        if (selected(d))
            d->vectors[d->queue_select] = checked_vector(d, (uint16_t)value);
        break;
    case QUEUE_ENABLE:
        /* What lies there is looked at when the driver is ready. */
        if (value == 1 && may_configure(d, selected(d)))
            selected(d)->started = true;
        break;
    default: break;
    }
}

static uint64_t load_modern(struct virtio_device *d, uint64_t offset, unsigned size)
{
    switch (offset / PAGE) {
    case COMMON_PAGE: return load_common(d, offset % PAGE, size);
    case ISR_PAGE: return offset % PAGE ? 0 : load_isr(d);
    case DEVICE_PAGE: return load_config(d, offset % PAGE, size);
    default: return 0;
    }
}

static void store_modern(struct virtio_device *d, uint64_t offset, unsigned size, uint64_t value)
{
    switch (offset / PAGE) {
    case COMMON_PAGE: store_common(d, offset % PAGE, size, value); break;
    case DEVICE_PAGE: store_config(d, offset % PAGE, size, value); break;
    case NOTIFY_PAGE: kick(d, offset % PAGE / NOTIFY_MULTIPLIER); break;
    default: break;
    }
}

/* ---- the legacy interface [virtio1.2 4.1.4.10] ---- */

enum {
    LEGACY_DEVICE_FEATURES = 0,
    LEGACY_DRIVER_FEATURES = 4,
    LEGACY_QUEUE_ADDRESS = 8,
    LEGACY_QUEUE_SIZE = 12,
    LEGACY_QUEUE_SELECT = 14,
    LEGACY_QUEUE_NOTIFY = 16,
    LEGACY_STATUS = 18,
    LEGACY_ISR = 19,
    LEGACY_CONFIG_VECTOR = 20,
    LEGACY_QUEUE_VECTOR = 22,
    LEGACY_HEADER = 20, /* 24 while MSI-X is enabled */
};

static unsigned legacy_header(const struct virtio_device *d)
{
    return pci_msix_is_enabled(&d->pci) ? LEGACY_HEADER + 4 : LEGACY_HEADER;
}

static uint64_t load_legacy(struct virtio_device *d, uint64_t offset, unsigned size)
{
    const struct virtq *q = selected(d);
    unsigned header = legacy_header(d);

    if (offset >= header)
        return load_config(d, offset - header, size);
    switch (offset) {
    case LEGACY_DEVICE_FEATURES: return virtio_offered(d, true);
    case LEGACY_DRIVER_FEATURES: return (uint32_t)d->accepted;
    case LEGACY_QUEUE_ADDRESS: return q ? q->desc / LEGACY_RING_ALIGNMENT : 0;
    case LEGACY_QUEUE_SIZE: return q ? q->size : 0;
    case LEGACY_QUEUE_SELECT: return d->queue_select;
    case LEGACY_STATUS: return d->status;
    case LEGACY_ISR: return load_isr(d);
    case LEGACY_CONFIG_VECTOR: return d->config_vector;
    case LEGACY_QUEUE_VECTOR: return q ? d->vectors[d->queue_select] : NO_VECTOR;
    default: return 0;
    }
}

/* Descriptors, then the driver's ring, and the device's at the next multiple of 4096. */
static void store_legacy_address(struct virtio_device *d, uint32_t page)
{
    struct virtq *q = selected(d);

    if (!q || (page && !may_configure(d, q)))
        return;
    if (!page) {
        /* How a legacy driver gives a queue back, after which it may be set up anew. */
        pthread_mutex_lock(&d->lock);
        virtq_stop(q);
        q->desc = q->avail = q->used = 0;
        pthread_mutex_unlock(&d->lock);
        return;
    }
    q->desc = (uint64_t)page * LEGACY_RING_ALIGNMENT;
    q->avail = q->desc + (uint64_t)q->size * 16;
    q->used = align_up(q->avail + 6 + (uint64_t)q->size * 2, LEGACY_RING_ALIGNMENT);
    q->started = true;
}

static void store_legacy_status(struct virtio_device *d, uint8_t status)
{
    struct vcpu *v = accel_current();

    /* The byte order is that of the processor that the driver runs on. */
    if (status && !(d->status & VIRTIO_STATUS_DRIVER_OK))
        d->big_endian = v && !(v->cpu->msr & MSR_LE);
    d->accepted &= virtio_offered(d, true);
    store_status(d, status, true);
}

static void store_legacy(struct virtio_device *d, uint64_t offset, unsigned size, uint64_t value)
{
    unsigned header = legacy_header(d);

    if (offset >= header) {
        store_config(d, offset - header, size, value);
        return;
    }
    switch (offset) {
    case LEGACY_DRIVER_FEATURES:
        if (!(d->status & VIRTIO_STATUS_DRIVER_OK))
            d->accepted = (uint32_t)value;
        break;
    case LEGACY_QUEUE_ADDRESS: store_legacy_address(d, (uint32_t)value); break;
    case LEGACY_QUEUE_SELECT: d->queue_select = (uint16_t)value; break;
    case LEGACY_QUEUE_NOTIFY: kick(d, value); break;
    case LEGACY_STATUS: store_legacy_status(d, (uint8_t)value); break;
    case LEGACY_CONFIG_VECTOR: d->config_vector = checked_vector(d, (uint16_t)value); break;
    case LEGACY_QUEUE_VECTOR:
        if (selected(d))
            d->vectors[d->queue_select] = checked_vector(d, (uint16_t)value);
        break;
    default: break;
    }
}

/* ---- the PCI function ---- */

static uint64_t load(struct pci_device *p, unsigned bar, uint64_t offset, unsigned size)
{
    return bar == BAR_MODERN ? load_modern(of_pci(p), offset, size) : load_legacy(of_pci(p), offset, size);
}

static void store(struct pci_device *p, unsigned bar, uint64_t offset, unsigned size, uint64_t value)
{
    struct virtio_device *d = of_pci(p);

    if (d->resetting)
        return; /* a second processor, while the first waits for the end of requests */
    if (bar == BAR_MODERN)
        store_modern(d, offset, size, value);
    else
        store_legacy(d, offset, size, value);
}

/* The capability through which firmware reaches the registers without mapping them: bar, offset, length and data, the
 * last four bytes of which are those registers. [virtio1.2 4.1.4.9] */
enum { WINDOW_BAR = 4, WINDOW_OFFSET = 8, WINDOW_LENGTH = 12, WINDOW_DATA = 16, WINDOW_BYTES = 20 };

static bool window_target(const struct virtio_device *d, unsigned *bar, uint64_t *offset, unsigned *size)
{
    const uint8_t *cap = d->pci.config + d->window.at;

    *bar = cap[WINDOW_BAR];
    *offset = ld_le32(cap + WINDOW_OFFSET);
    *size = ld_le32(cap + WINDOW_LENGTH);
    return *bar < PCI_BARS && d->pci.bars[*bar].space != PCI_SPACE_NONE && *bar != BAR_MSIX &&
           (*size == 1 || *size == 2 || *size == 4) && *offset % *size == 0 &&
           *offset < d->pci.bars[*bar].size && *size <= d->pci.bars[*bar].size - *offset;
}

static bool touches_window(const struct virtio_device *d, unsigned offset, unsigned size)
{
    unsigned data = d->window.at + WINDOW_DATA;

    return d->window.at && offset < data + 4 && data < offset + size;
}

static void config_load(struct pci_device *p, unsigned offset, unsigned size)
{
    struct virtio_device *d = of_pci(p);
    unsigned bar, length;
    uint64_t at;

    if (touches_window(d, offset, size) && window_target(d, &bar, &at, &length))
        st_le32(p->config + d->window.at + WINDOW_DATA, (uint32_t)load(p, bar, at, length));
}

static void config_stored(struct pci_device *p, unsigned offset, unsigned size)
{
    struct virtio_device *d = of_pci(p);
    unsigned bar, length;
    uint64_t at;

    if (touches_window(d, offset, size) && window_target(d, &bar, &at, &length))
        store(p, bar, at, length, ld_le32(p->config + d->window.at + WINDOW_DATA));
}

static void reset(struct pci_device *p)
{
    virtio_reset(of_pci(p));
}

static const struct pci_device_ops pci_ops = {
    .load = load,
    .store = store,
    .config_stored = config_stored,
    .config_load = config_load,
    .reset = reset,
};

static unsigned add_capability(struct virtio_device *d, uint8_t type, unsigned page, uint32_t length,
                               unsigned extra)
{
    unsigned at = pci_device_add_capability(&d->pci, PCI_CAP_VENDOR, 16 + extra);
    uint8_t *cap = d->pci.config + at;

    cap[2] = (uint8_t)(16 + extra);
    cap[3] = type;
    cap[WINDOW_BAR] = type == CAP_PCI ? 0 : BAR_MODERN;
    st_le32(cap + WINDOW_OFFSET, page * PAGE);
    st_le32(cap + WINDOW_LENGTH, length);
    return at;
}

static void add_modern(struct virtio_device *d)
{
    unsigned at;

    pci_device_add_bar(&d->pci, BAR_MODERN, PCI_SPACE_MEMORY_64, true, 4 * PAGE);
    add_capability(d, CAP_COMMON, COMMON_PAGE, PAGE, 0);
    add_capability(d, CAP_ISR, ISR_PAGE, PAGE, 0);
    add_capability(d, CAP_DEVICE, DEVICE_PAGE, PAGE, 0);
    at = add_capability(d, CAP_NOTIFY, NOTIFY_PAGE, PAGE, 4);
    st_le32(d->pci.config + at + 16, NOTIFY_MULTIPLIER);
    at = add_capability(d, CAP_PCI, 0, 0, 4);
    d->pci.writable[at + WINDOW_BAR] = 0xff;
    memset(d->pci.writable + at + WINDOW_OFFSET, 0xff, WINDOW_BYTES - WINDOW_OFFSET);
    d->window.at = at;
}

static uint16_t transitional_id(uint16_t id)
{
    switch (id) {
    case VIRTIO_ID_NET: return 0x1000;
    case VIRTIO_ID_BLK: return 0x1001;
    case VIRTIO_ID_BALLOON: return 0x1002;
    case VIRTIO_ID_CONSOLE: return 0x1003;
    case VIRTIO_ID_SCSI: return 0x1004;
    case VIRTIO_ID_RNG: return 0x1005;
    default: return 0;
    }
}

/* Large enough for the header and the device's configuration. */
static uint64_t legacy_size(const struct virtio_device *d)
{
    uint64_t size = 32;

    while (size < LEGACY_HEADER + 4 + d->config_size)
        size *= 2;
    return size;
}

bool virtio_pci_setup(struct virtio_device *d, struct error *err)
{
    struct pci_device *p = &d->pci;
    bool legacy = !d->options.disable_legacy && transitional_id(d->id);

    if (d->options.disable_modern && !legacy) {
        error_set(err, ERROR_USAGE, "%s: disable-modern=on leaves nothing", p->type);
        error_hint(err, "leave disable-modern or disable-legacy off");
        return false;
    }
    if (d->options.vectors > PCI_MSIX_MOST) {
        error_set(err, ERROR_USAGE, "%s: vectors=%u is not possible", p->type, d->options.vectors);
        error_hint(err, "choose up to %d, or 0", PCI_MSIX_MOST);
        return false;
    }
    p->ops = &pci_ops;
    p->vendor = p->subsystem_vendor = VENDOR;
    p->device = legacy ? transitional_id(d->id) : (uint16_t)(MODERN_DEVICE + d->id);
    p->subsystem = legacy ? d->id : 0x1100;
    p->revision = legacy ? 0 : 1;
    p->has_intx = true;
    p->wanted_devfn = d->options.devfn;
    pci_device_init(p);
    if (d->options.vectors && !pci_device_add_msix(p, d->options.vectors, BAR_MSIX, err))
        return false;
    if (legacy)
        pci_device_add_bar(p, BAR_LEGACY, PCI_SPACE_IO, false, legacy_size(d));
    if (!d->options.disable_modern)
        add_modern(d);
    d->config_vector = NO_VECTOR;
    memset(d->vectors, 0xff, sizeof d->vectors);
    return true;
}
