/* Virtual SCSI adapters; see vscsi.h.
 *
 * The guest sends elements that point to information units in its memory; each is copied once, looked at, done, and
 * answered in the same place, with an element that carries the unit's tag. Data goes straight between image and guest
 * memory.
 *
 *   H_SEND_CRQ -> take_iu() -> scsi_execute() ... image's thread -> done() -> respond() -> vio_crq_send()
 *
 * Aborting waits: nothing takes a request back from the host, and memory must not change after the guest was told that
 * it is aborted. [LoPAR, Virtual SCSI; SRP 6] */
#include "vio/vscsi.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/endian.h"
#include "base/log.h"
#include "vio/srp.h"

enum {
    WINDOW = 0x10000000,
    REQUESTS = 104, /* with some for task management */
    CREDITS = 100,
    MOST_DESCRIPTORS = 4096,
    MOST_PIECES = 1024, /* of one transfer of the host; contiguous ones are joined */
    LARGEST_TRANSFER = 2 << 20, /* what we tell */
    CAPABILITIES_MOST = 128,
};
#define LARGEST_ACCEPTED (UINT64_C(32) << 20)

enum state { FREE, RUNNING, TASK_MANAGEMENT };

struct request {
    enum state state;
    bool aborted; /* is not answered */
    struct vscsi *adapter;
    uint8_t format; /* of the element */
    uint8_t iu[IU_MOST];
    uint64_t iu_ioba;
    uint64_t expected; /* bytes of data that the guest has room for, or sends */
    struct scsi_request scsi;
    struct iovec pieces[MOST_PIECES];
};

struct vscsi {
    struct vio_device device;
    struct platform *platform;
    struct scsi_bus *bus;
    unsigned n_running;
    struct request requests[REQUESTS];
};

/* ---- answers ---- */

/* Writes the answer where the unit was, and tells it. */
static void respond(struct request *q, const uint8_t *iu, uint16_t size)
{
    struct vscsi *s = q->adapter;
    uint8_t element[VIO_CRQ_ELEMENT] = { 0 };

    q->state = FREE;
    element[CRQ_VALID] = CRQ_VALID_COMMAND;
    element[CRQ_FORMAT] = q->format;
    if (dma_write(s->device.dma, q->iu_ioba, iu, size))
        element[CRQ_STATUS] = CRQ_STATUS_OK;
    else
        guest_error("vscsi", "no memory for an answer at %#" PRIx64, q->iu_ioba);
    st_be16(element + CRQ_IU_LENGTH, size);
    memcpy(element + CRQ_IU_POINTER, q->iu + SRP_TAG, 8);
    vio_crq_send(&s->device, element);
}

static void start_response(const struct request *q, uint8_t *iu)
{
    memset(iu, 0, IU_MOST);
    iu[SRP_OPCODE] = SRP_RSP;
    st_be32(iu + SRP_RSP_LIMIT, 1);
    memcpy(iu + SRP_TAG, q->iu + SRP_TAG, 8);
}

static void respond_status(struct request *q)
{
    const struct scsi_request *r = &q->scsi;
    uint64_t residual = q->expected > r->transferred ? q->expected - r->transferred : 0;
    uint8_t iu[IU_MOST];

    start_response(q, iu);
    iu[SRP_RSP_STATUS] = (uint8_t)r->status;
    if (residual) {
        iu[SRP_RSP_FLAGS] = r->to_device ? SRP_RSP_OUT_UNDER : SRP_RSP_IN_UNDER;
        st_be32(iu + (r->to_device ? SRP_RSP_OUT_RESIDUAL : SRP_RSP_IN_RESIDUAL), (uint32_t)residual);
    }
    if (r->sense_size) {
        iu[SRP_RSP_FLAGS] |= SRP_RSP_SENSE_VALID;
        st_be32(iu + SRP_RSP_SENSE_LENGTH, r->sense_size);
        memcpy(iu + SRP_RSP_SIZE, r->sense, r->sense_size);
    }
    respond(q, iu, (uint16_t)(SRP_RSP_SIZE + r->sense_size));
}

static void respond_task(struct request *q, uint8_t code)
{
    uint8_t iu[IU_MOST];

    start_response(q, iu);
    iu[SRP_RSP_FLAGS] = SRP_RSP_DATA_VALID;
    st_be32(iu + SRP_RSP_DATA_LENGTH, 4);
    iu[SRP_RSP_SIZE + 3] = code;
    respond(q, iu, SRP_RSP_SIZE + 4);
}

static bool concerns(const struct request *management, const struct request *q)
{
    if (q->state != RUNNING)
        return false;
    if (management->iu[SRP_TASK_FUNCTION] == SRP_TASK_ABORT)
        return !memcmp(q->iu + SRP_TAG, management->iu + SRP_TASK_TAG, 8);
    return !memcmp(q->iu + SRP_CMD_LUN, management->iu + SRP_TASK_LUN, 8);
}

/* Answers the task management whose tasks are all over. */
static void respond_to_management(struct vscsi *s)
{
    for (unsigned i = 0; i < REQUESTS; i++) {
        struct request *m = &s->requests[i];
        bool waits = false;

        for (unsigned n = 0; n < REQUESTS && m->state == TASK_MANAGEMENT && !waits; n++)
            waits = s->requests[n].aborted && concerns(m, &s->requests[n]);
        if (m->state == TASK_MANAGEMENT && !waits)
            respond_task(m, SRP_TASK_COMPLETE);
    }
}

/* Lock held. */
static void finish(struct request *q)
{
    struct vscsi *s = q->adapter;

    s->n_running--;
    if (!q->scsi.to_device)
        for (unsigned i = 0; i < q->scsi.n_pieces; i++)
            dma_written(s->device.dma, q->scsi.pieces[i].iov_base, q->scsi.pieces[i].iov_len);
    if (q->aborted)
        q->state = FREE;
    else
        respond_status(q);
    respond_to_management(s);
}

/* On the image's thread. */
static void done(struct scsi_request *r)
{
    struct request *q = r->opaque;
    struct vscsi *s = q->adapter;

    accel_lock(s->platform->accel);
    finish(q);
    accel_unlock(s->platform->accel);
}

/* ---- memory of a command ---- */

/* Adds what a descriptor describes, cut at what is left of the data. */
static bool map_one(struct request *q, const uint8_t *descriptor, bool to_device, uint64_t *left)
{
    struct scsi_request *r = &q->scsi;
    uint64_t ioba = ld_be64(descriptor), size = ld_be32(descriptor + SRP_DESCRIPTOR_LENGTH);
    struct iovec *last = r->n_pieces ? &q->pieces[r->n_pieces - 1] : NULL;
    unsigned n;

    size = size < *left ? size : *left;
    if (!size)
        return true;
    n = dma_map(q->adapter->device.dma, ioba, size, !to_device, q->pieces + r->n_pieces, MOST_PIECES - r->n_pieces);
    if (!n)
        return false;
    if (last && (uint8_t *)last->iov_base + last->iov_len == last[1].iov_base) {
        last->iov_len += last[1].iov_len;
        memmove(last + 1, last + 2, (n - 1) * sizeof *last);
        n--;
    }
    r->n_pieces += n;
    r->size += size;
    *left -= size;
    return true;
}

/* The table's first descriptors may stand in the unit itself, then they are what counts. */
static bool map_table(struct request *q, const uint8_t *table, const uint8_t *end, unsigned inside, bool to_device)
{
    uint64_t ioba = ld_be64(table), left = ld_be32(table + SRP_TABLE_LENGTH);
    uint32_t count = ld_be32(table + SRP_DESCRIPTOR_LENGTH) / SRP_DESCRIPTOR_SIZE;
    const uint8_t *own = table + SRP_TABLE_SIZE;

    if (count > MOST_DESCRIPTORS || left > LARGEST_ACCEPTED ||
        (size_t)inside * SRP_DESCRIPTOR_SIZE > (size_t)(end - own))
        return false;
    q->expected = left;
    for (uint32_t i = 0; i < count && left; i++) {
        uint8_t descriptor[SRP_DESCRIPTOR_SIZE];

        if (inside >= count)
            memcpy(descriptor, own + i * SRP_DESCRIPTOR_SIZE, sizeof descriptor);
        else if (!dma_read(q->adapter->device.dma, ioba + i * SRP_DESCRIPTOR_SIZE, descriptor, sizeof descriptor))
            return false;
        if (!map_one(q, descriptor, to_device, &left))
            return false;
    }
    return true;
}

/* Where the command's data is. False if that is not memory, or nonsense. */
static bool map_data(struct request *q)
{
    const uint8_t *iu = q->iu, *end = iu + IU_MOST;
    unsigned out = iu[SRP_CMD_FORMATS] >> 4, in = iu[SRP_CMD_FORMATS] & 0xf, format = out ? out : in;
    const uint8_t *at = iu + SRP_CMD_SIZE + (iu[SRP_CMD_MORE_CDB] & ~3u);
    uint64_t left = LARGEST_ACCEPTED;

    q->scsi.to_device = out != 0;
    q->scsi.n_pieces = 0;
    q->scsi.size = 0;
    q->expected = 0;
    if (out && in)
        return false;
    switch (format) {
    case SRP_BUFFER_NONE:
        return true;
    case SRP_BUFFER_DIRECT:
        if (end - at < SRP_DESCRIPTOR_SIZE)
            return false;
        q->expected = ld_be32(at + SRP_DESCRIPTOR_LENGTH);
        return q->expected <= LARGEST_ACCEPTED && map_one(q, at, out, &left);
    case SRP_BUFFER_INDIRECT:
        if (end - at < SRP_TABLE_SIZE)
            return false;
        return map_table(q, at, end, iu[out ? SRP_CMD_OUT_COUNT : SRP_CMD_IN_COUNT], out);
    default:
        return false;
    }
}

/* ---- information units ---- */

/* Addresses with bus, target and LUN; or a LUN of the only target that such a guest knows. [SAM-5 4.7.7] */
static struct scsi_address address_of(const uint8_t *lun)
{
    unsigned first = ld_be16(lun);

    switch (first >> 14) {
    case 2:
        return (struct scsi_address){ first >> 5 & 7, first >> 8 & 0x3f, first & 0x1f };
    case 1:
        return (struct scsi_address){ 0, 0, first & 0x3fff };
    default:
        return (struct scsi_address){ 0, first >> 8 & 0x3f, first & 0xff };
    }
}

static void do_command(struct vscsi *s, struct request *q)
{
    struct scsi_address at = address_of(q->iu + SRP_CMD_LUN);
    struct scsi_request *r = &q->scsi;

    *r = (struct scsi_request){ .pieces = q->pieces, .done = done, .opaque = q };
    memcpy(r->cdb, q->iu + SRP_CMD_CDB, sizeof r->cdb);
    q->state = RUNNING;
    q->aborted = false;
    s->n_running++;
    if (!map_data(q)) {
        guest_error("vscsi", "command 0x%02x: its data is not in memory", r->cdb[0]);
        r->status = SCSI_CHECK_CONDITION;
        r->sense[0] = 0x70;
        r->sense[2] = 4; /* hardware error: internal target failure */
        r->sense[7] = SCSI_SENSE_SIZE - 8;
        r->sense[12] = 0x44;
        r->sense_size = SCSI_SENSE_SIZE;
        r->n_pieces = 0;
        finish(q);
    } else if (scsi_execute(s->bus, &at, r)) {
        finish(q);
    }
}

static void do_management(struct vscsi *s, struct request *q)
{
    switch (q->iu[SRP_TASK_FUNCTION]) {
    case SRP_TASK_ABORT:
    case SRP_TASK_ABORT_SET:
    case SRP_TASK_CLEAR_SET:
    case SRP_TASK_LUN_RESET:
        break;
    default:
        respond_task(q, SRP_TASK_NOT_SUPPORTED);
        return;
    }
    for (unsigned i = 0; i < REQUESTS; i++)
        if (concerns(q, &s->requests[i]))
            s->requests[i].aborted = true;
    q->state = TASK_MANAGEMENT;
    respond_to_management(s);
}

static void do_login(struct request *q)
{
    uint8_t iu[SRP_LOGIN_RSP_SIZE] = { SRP_LOGIN_RSP };

    memcpy(iu + SRP_TAG, q->iu + SRP_TAG, 8);
    st_be32(iu + SRP_LOGIN_RSP_LIMIT, CREDITS);
    st_be32(iu + SRP_LOGIN_RSP_MAX_IT, IU_MOST);
    st_be32(iu + SRP_LOGIN_RSP_MAX_TI, IU_MOST);
    st_be16(iu + SRP_LOGIN_RSP_FORMATS, SRP_FORMAT_DIRECT | SRP_FORMAT_INDIRECT);
    respond(q, iu, sizeof iu);
}

static void take_srp(struct vscsi *s, struct request *q)
{
    switch (q->iu[SRP_OPCODE]) {
    case SRP_LOGIN_REQ:
        do_login(q);
        break;
    case SRP_CMD:
        do_command(s, q);
        break;
    case SRP_TSK_MGMT:
        do_management(s, q);
        break;
    default:
        guest_error("vscsi", "unknown SRP opcode 0x%02x", q->iu[SRP_OPCODE]);
        break;
    }
}

/* ---- management datagrams ---- */

static uint16_t give_adapter_info(struct vscsi *s, const struct request *q)
{
    uint8_t info[ADAPTER_INFO_SIZE] = { 0 };
    uint16_t size = ld_be16(q->iu + MAD_LENGTH);

    memcpy(info + ADAPTER_INFO_VERSION, "16.a", 4);
    memcpy(info + ADAPTER_INFO_PARTITION, "lpar", 4);
    st_be32(info + ADAPTER_INFO_MAD_VERSION, 1);
    st_be32(info + ADAPTER_INFO_OS, 2); /* Linux */
    st_be32(info + ADAPTER_INFO_LARGEST, LARGEST_TRANSFER);
    size = size < sizeof info ? size : sizeof info;
    return dma_write(s->device.dma, ld_be64(q->iu + MAD_BUFFER), info, size) ? MAD_SUCCESS : MAD_FAILED;
}

/* A list of what the client can: flags, two names, then items {type, length, does the server support it}. None is
 * supported, which each is told. */
static uint16_t give_capabilities(struct vscsi *s, const struct request *q)
{
    enum { ITEMS = 4 + 32 + 32, ITEM_LENGTH = 4, ITEM_SUPPORT = 6, ITEM_HEADER = 8 };
    uint8_t list[CAPABILITIES_MOST];
    uint64_t ioba = ld_be64(q->iu + MAD_BUFFER);
    size_t size = ld_be16(q->iu + MAD_LENGTH), at = ITEMS;

    if (size < ITEMS || size > sizeof list || !dma_read(s->device.dma, ioba, list, size))
        return MAD_FAILED;
    while (at + ITEM_HEADER <= size) {
        uint16_t length = ld_be16(list + at + ITEM_LENGTH);

        st_be16(list + at + ITEM_SUPPORT, 0);
        if (length < ITEM_HEADER)
            break;
        at += length;
    }
    return dma_write(s->device.dma, ioba, list, size) ? MAD_SUCCESS : MAD_FAILED;
}

static void take_mad(struct vscsi *s, struct request *q)
{
    uint32_t type = ld_be32(q->iu + MAD_TYPE);
    uint16_t status = MAD_NOT_SUPPORTED;

    switch (type) {
    case MAD_ADAPTER_INFO:
        status = give_adapter_info(s, q);
        break;
    case MAD_CAPABILITIES:
        status = give_capabilities(s, q);
        break;
    case MAD_ENABLE_FAST_FAIL: /* there is no path that could fail slowly */
        status = MAD_SUCCESS;
        break;
    default:
        guest_error("vscsi", "unknown management datagram %" PRIu32, type);
        break;
    }
    st_be16(q->iu + MAD_STATUS, status);
    respond(q, q->iu, MAD_SIZE);
}

/* ---- the queue ---- */

static struct request *free_request(struct vscsi *s)
{
    for (unsigned i = 0; i < REQUESTS; i++)
        if (s->requests[i].state == FREE)
            return &s->requests[i];
    return NULL;
}

static int64_t take_iu(struct vscsi *s, const uint8_t *element)
{
    struct request *q = free_request(s);
    uint16_t size = ld_be16(element + CRQ_IU_LENGTH);

    if (!q) {
        guest_error("vscsi", "more requests than credits");
        return H_DROPPED;
    }
    q->format = element[CRQ_FORMAT];
    q->iu_ioba = ld_be64(element + CRQ_IU_POINTER);
    memset(q->iu, 0, sizeof q->iu);
    if (size > IU_MOST || !dma_read(s->device.dma, q->iu_ioba, q->iu, size)) {
        guest_error("vscsi", "no information unit of %u bytes at %#" PRIx64, size, q->iu_ioba);
        return H_PARAMETER;
    }
    if (q->format == CRQ_FORMAT_SRP)
        take_srp(s, q);
    else
        take_mad(s, q);
    return H_SUCCESS;
}

static int64_t crq_message(struct vio_device *d, const uint8_t *element)
{
    static const uint8_t initialized[VIO_CRQ_ELEMENT] = { CRQ_VALID_INIT, CRQ_INIT_COMPLETE };
    struct vscsi *s = (struct vscsi *)d;

    switch (element[CRQ_VALID]) {
    case CRQ_VALID_INIT:
        if (element[CRQ_FORMAT] == CRQ_INIT)
            vio_crq_send(d, initialized);
        return H_SUCCESS;
    case CRQ_VALID_COMMAND:
        if (element[CRQ_FORMAT] == CRQ_FORMAT_SRP || element[CRQ_FORMAT] == CRQ_FORMAT_MAD)
            return take_iu(s, element);
        break;
    case CRQ_VALID_TRANSPORT:
        return H_SUCCESS;
    }
    guest_error("vscsi", "unknown message %02x %02x", element[CRQ_VALID], element[CRQ_FORMAT]);
    return H_SUCCESS;
}

/* What runs is not answered any more. */
static void abort_all(struct vscsi *s)
{
    for (unsigned i = 0; i < REQUESTS; i++)
        if (s->requests[i].state == RUNNING)
            s->requests[i].aborted = true;
        else
            s->requests[i].state = FREE;
}

static bool crq_free(struct vio_device *d)
{
    struct vscsi *s = (struct vscsi *)d;

    abort_all(s);
    if (!s->n_running)
        scsi_bus_reset(s->bus);
    return !s->n_running;
}

static void reset(struct vio_device *d)
{
    struct vscsi *s = (struct vscsi *)d;

    abort_all(s);
    while (s->n_running) {
        accel_unlock(s->platform->accel);
        scsi_bus_drain(s->bus);
        accel_lock(s->platform->accel);
    }
    scsi_bus_reset(s->bus);
}

static void write_tree(const struct vio_device *d, struct tree *tree, const char *path)
{
    (void)d;
    tree_u32(tree, path, "#address-cells", 2);
    tree_u32(tree, path, "#size-cells", 0);
}

static const struct vio_device_ops ops = {
    .crq_message = crq_message,
    .crq_free = crq_free,
    .write_tree = write_tree,
    .reset = reset,
};

struct vscsi *vscsi_new(struct platform *p, struct vio_bus *bus, uint32_t unit, struct error *err)
{
    struct vscsi *s = calloc(1, sizeof *s);

    if (!s) {
        error_set(err, ERROR_RESOURCE, "out of memory");
        return NULL;
    }
    s->platform = p;
    s->device = (struct vio_device){ .unit = unit, .node = "v-scsi", .device_type = "vscsi",
                                     .compatible = "IBM,v-scsi", .signal_mask = 1, .ops = &ops, .has_crq = true,
                                     .dma_window = WINDOW };
    for (unsigned i = 0; i < REQUESTS; i++)
        s->requests[i].adapter = s;
    s->bus = scsi_bus_new(err);
    if (s->bus && vio_bus_add(bus, &s->device, err))
        return s;
    scsi_bus_free(s->bus);
    free(s);
    return NULL;
}

void vscsi_free(struct vscsi *s)
{
    if (!s)
        return;
    scsi_bus_drain(s->bus);
    scsi_bus_free(s->bus);
    free(s);
}

struct scsi_bus *vscsi_bus(struct vscsi *s)
{
    return s->bus;
}

uint32_t vscsi_unit(const struct vscsi *s)
{
    return s->device.unit;
}

/* ---- as a device that a user adds ---- */

struct options {
    uint32_t reg;
};

static void *create(const struct device_place *place, const void *options, struct error *err)
{
    const struct options *o = options;

    return vscsi_new(place->platform, place->bus, o->reg, err);
}

static void destroy(void *device)
{
    vscsi_free(device);
}

static void *bus_of(void *device)
{
    return vscsi_bus(device);
}

static void path_of(void *device, char *path, size_t size)
{
    snprintf(path, size, "/vdevice/v-scsi@%" PRIx32, vscsi_unit(device));
}

static const struct device_property properties[] = {
    { "reg", PROPERTY_U32, offsetof(struct options, reg), NULL, "unit address; the next free one", NULL, false },
};

const struct device_type vscsi_type = {
    .name = "spapr-vscsi",
    .text = "virtual SCSI adapter",
    .bus = DEVICE_BUS_VIO,
    .offers = DEVICE_BUS_SCSI,
    .properties = properties,
    .n_properties = ARRAY_SIZE(properties),
    .options_size = sizeof(struct options),
    .create = create,
    .destroy = destroy,
    .bus_of = bus_of,
    .path_of = path_of,
};
