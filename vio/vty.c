/* Virtual terminals; see vty.h.
 *
 * Input waits in a ring and interrupts when the ring stops being empty; Linux' driver enables that nowhere, so
 * that H_VIO_SIGNAL has no say in it. Output goes to the host device at
 * once; what that does not take is kept (up to one call's 16 bytes), and until it is gone the guest is told
 * H_BUSY, so that nothing is lost or written twice.
 *
 * Left out: server terminals (H_REGISTER_VTERM and its kin), the protocol console. */
#include "vio/vty.h"

#include <stdlib.h>
#include <string.h>

#include "base/endian.h"
#include "base/log.h"

enum { RING = 1024, CALL_BYTES = 16, PATIENCE_MS = 1000 };

struct vty {
    struct vio_device device;
    struct chardev *chardev;
    uint8_t ring[RING];
    size_t head, count;
    uint8_t pending[CALL_BYTES]; /* taken from the guest, not yet by the host */
    size_t n_pending;
    struct vty *next;
};

struct vtys {
    struct vio_bus *bus;
    struct vty *first;
};

struct vtys *vtys_new(struct vio_bus *bus, struct error *err)
{
    struct vtys *vtys = calloc(1, sizeof *vtys);

    if (!vtys)
        error_set(err, ERROR_RESOURCE, "out of memory for terminals");
    else
        vtys->bus = bus;
    vio_bus_set_terminals(bus, vtys);
    return vtys;
}

void vtys_free(struct vtys *vtys)
{
    while (vtys && vtys->first) {
        struct vty *t = vtys->first;

        vtys->first = t->next;
        free(t);
    }
    free(vtys);
}

static size_t can_read(void *opaque)
{
    const struct vty *t = opaque;

    return RING - t->count;
}

static void read_input(void *opaque, const uint8_t *data, size_t size)
{
    struct vty *t = opaque;
    bool was_empty = t->count == 0;

    for (size_t i = 0; i < size && t->count < RING; i++)
        t->ring[(t->head + t->count++) % RING] = data[i];
    if (was_empty)
        irq_line_pulse(&t->device.line);
}

static bool flush_pending(struct vty *t);

/* What the other side was too slow for goes out. */
static void room_is_there(void *opaque)
{
    flush_pending(opaque);
}

bool vtys_add(struct vtys *vtys, struct chardev *chardev, uint32_t *unit, struct error *err)
{
    struct vty *t = calloc(1, sizeof *t), **at = &vtys->first;

    if (!t)
        return error_set(err, ERROR_RESOURCE, "out of memory");
    t->device.node = "vty";
    t->device.device_type = "serial";
    t->device.compatible = "hvterm1";
    t->device.unit = *unit;
    t->chardev = chardev;
    if (!vio_bus_add(vtys->bus, &t->device, err)) {
        free(t);
        return false;
    }
    while (*at)
        at = &(*at)->next;
    *at = t;
    *unit = t->device.unit;
    if (chardev) {
        chardev_set_reader(chardev, can_read, read_input, t);
        chardev_set_room(chardev, room_is_there, t);
    }
    return true;
}

static size_t write_out(struct vty *t, const void *data, size_t size)
{
    return t->chardev ? chardev_write(t->chardev, data, size) : size;
}

/* Unit 0 names the terminal with the lowest address. */
static struct vty *find(struct vtys *vtys, uint64_t unit)
{
    struct vty *lowest = NULL;

    for (struct vty *t = vtys->first; t; t = t->next) {
        if (t->device.unit == unit)
            return t;
        if (!lowest || t->device.unit < lowest->device.unit)
            lowest = t;
    }
    return unit ? NULL : lowest;
}

bool vtys_first(const struct vtys *vtys, uint32_t *unit)
{
    const struct vty *t = NULL;

    for (const struct vty *x = vtys->first; x; x = x->next)
        if (!t || x->device.unit < t->device.unit)
            t = x;
    if (t)
        *unit = t->device.unit;
    return t;
}

/* True when nothing is left from earlier calls. */
static bool flush_pending(struct vty *t)
{
    size_t n = t->n_pending ? write_out(t, t->pending, t->n_pending) : 0;

    t->n_pending -= n;
    memmove(t->pending, t->pending + n, t->n_pending);
    return t->n_pending == 0;
}

static int64_t h_get_term_char(void *self, struct vcpu *v, struct hcall_args *args)
{
    struct vty *t = find(self, args->in[0]);
    uint8_t bytes[CALL_BYTES] = { 0 };
    bool was_full;
    size_t n = 0;

    (void)v;
    if (!t)
        return H_PARAMETER;
    /* The end of a prompt that the other side was too slow for goes out when the guest asks for the answer. */
    flush_pending(t);
    was_full = t->count == RING;
    while (n < CALL_BYTES && t->count) {
        uint8_t byte = t->ring[t->head];

        /* Old drivers drop a NUL that follows a carriage return: it starts the next call. */
        if (n && byte == 0 && bytes[n - 1] == '\r')
            break;
        bytes[n++] = byte;
        t->head = (t->head + 1) % RING;
        t->count--;
    }
    if (was_full && n)
        chardev_input_ready(t->chardev);
    args->out[0] = n;
    args->out[1] = ld_be64(bytes);
    args->out[2] = ld_be64(bytes + 8);
    return H_SUCCESS;
}

size_t vtys_read(struct vtys *vtys, char *text, size_t size)
{
    struct vty *t = vtys->first;
    bool was_full = t && t->count == RING;
    size_t n = 0;

    for (; t && n < size && t->count; n++, t->count--) {
        text[n] = (char)t->ring[t->head];
        t->head = (t->head + 1) % RING;
    }
    if (was_full && n)
        chardev_input_ready(t->chardev);
    return n;
}

static int64_t put_bytes(struct vty *t, const uint8_t *bytes, size_t size)
{
    size_t n;

    if (!flush_pending(t))
        return H_BUSY;
    n = write_out(t, bytes, size);
    t->n_pending = size - n;
    memcpy(t->pending, bytes + n, t->n_pending);
    return H_SUCCESS;
}

static int64_t h_put_term_char(void *self, struct vcpu *v, struct hcall_args *args)
{
    struct vty *t = find(self, args->in[0]);
    uint8_t bytes[CALL_BYTES];

    (void)v;
    if (!t || args->in[1] > CALL_BYTES)
        return H_PARAMETER;
    st_be64(bytes, args->in[2]);
    st_be64(bytes + 8, args->in[3]);
    return put_bytes(t, bytes, args->in[1]);
}

static int32_t rtas_display_character(void *self, struct vcpu *v, struct rtas_args *args)
{
    struct vty *t = find(self, 0);
    uint8_t byte = (uint8_t)args->arg[0];

    (void)v;
    if (!t)
        return RTAS_HARDWARE;
    return put_bytes(t, &byte, 1) == H_SUCCESS ? RTAS_OK : RTAS_BUSY;
}

void vtys_write(struct vtys *vtys, const char *text, size_t size)
{
    struct vty *t = find(vtys, 0);

    while (t && size) {
        size_t n = flush_pending(t) ? write_out(t, text, size) : 0;

        if (!n && !chardev_wait_room(t->chardev, PATIENCE_MS))
            return;
        text += n;
        size -= n;
    }
}

void vtys_flush(struct vtys *vtys)
{
    for (struct vty *t = vtys ? vtys->first : NULL; t; t = t->next)
        while (!flush_pending(t))
            if (!chardev_wait_room(t->chardev, PATIENCE_MS))
                break;
}

static void reset(void *self)
{
    struct vtys *vtys = self;

    for (struct vty *t = vtys->first; t; t = t->next) {
        bool was_full = t->count == RING;

        t->count = 0;
        if (was_full)
            chardev_input_ready(t->chardev);
    }
}

static const struct hcall_row hcalls[] = {
    { H_GET_TERM_CHAR, "H_GET_TERM_CHAR", "hcall-term", .in = 1, .out = 3, .fn = h_get_term_char },
    { H_PUT_TERM_CHAR, "H_PUT_TERM_CHAR", "hcall-term", .in = 4, .fn = h_put_term_char },
};

static const struct rtas_row rtas[] = {
    /* Early code is not exact about counts. */
    { 0x2000, "display-character", -1, -1, .fn = rtas_display_character },
};

const struct facility_type vty_facility = {
    .name = "vty",
    .hcalls = hcalls,
    .n_hcalls = ARRAY_SIZE(hcalls),
    .rtas = rtas,
    .n_rtas = ARRAY_SIZE(rtas),
    .reset = reset,
};

/* ---- as a device that a user adds ---- */

struct options {
    uint32_t reg;
    struct chardev *chardev;
};

static void *create(const struct device_place *place, const void *options, struct error *err)
{
    const struct options *o = options;
    struct vtys *vtys = vio_bus_terminals(place->bus);
    uint32_t unit = o->reg;

    return vtys_add(vtys, o->chardev, &unit, err) ? vtys : NULL;
}

static const struct device_property properties[] = {
    { "reg", PROPERTY_U32, offsetof(struct options, reg), NULL, "unit address; the next free one", NULL, false },
    { "chardev", PROPERTY_CHARDEV, offsetof(struct options, chardev), NULL, "what is behind it", NULL, false },
};

const struct device_type vty_type = {
    .name = "spapr-vty",
    .text = "virtual terminal",
    .bus = DEVICE_BUS_VIO,
    .properties = properties,
    .n_properties = ARRAY_SIZE(properties),
    .options_size = sizeof(struct options),
    .create = create,
};
