/* Virtual TPMs; see vtpm.h.
 *
 * An element of the queue points to a buffer with a command, which is copied once; the answer goes to the same place,
 * and the element comes back with its size. One command at a time.
 *
 *   H_SEND_CRQ -> take_command() -> tpm_submit() ... the TPM's thread -> done() -> vio_crq_send() */
#include "vio/vtpm.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/endian.h"
#include "base/log.h"
#include "vio/srp.h"

enum { WINDOW = 0x10000000 };

/* An element: what it is, the message (an answer's has the bit), a size, and a buffer or a number. */
enum { MESSAGE = 1, LENGTH = 2, DATA = 4 };
enum { GET_VERSION = 1, TPM_COMMAND = 2, GET_BUFFER_SIZE = 3, PREPARE_TO_SUSPEND = 4, ANSWER = 0x80 };
enum { VERSION_TPM_2 = 2 };

struct vtpm {
    struct vio_device device;
    struct platform *platform;
    struct tpm *tpm;
    bool is_running;   /* a command */
    bool is_forgotten; /* its answer is for nobody any more */
    uint32_t ioba;     /* its buffer */
    struct tpm_request request;
};

static void answer(struct vtpm *s, uint8_t message, uint16_t length, uint32_t data)
{
    uint8_t element[VIO_CRQ_ELEMENT] = { CRQ_VALID_COMMAND, message | ANSWER };

    st_be16(element + LENGTH, length);
    st_be32(element + DATA, data);
    vio_crq_send(&s->device, element);
}

/* On the TPM's thread. */
static void done(struct tpm_request *r)
{
    struct vtpm *s = r->opaque;

    accel_lock(s->platform->accel);
    s->is_running = false;
    if (!s->is_forgotten) {
        if (!dma_write(s->device.dma, s->ioba, r->buffer, r->size)) {
            guest_error("vtpm", "no memory for an answer at %#" PRIx32, s->ioba);
            r->size = 0;
        }
        answer(s, TPM_COMMAND, (uint16_t)r->size, s->ioba);
    }
    accel_unlock(s->platform->accel);
}

static int64_t take_command(struct vtpm *s, const uint8_t *element)
{
    uint16_t size = ld_be16(element + LENGTH);
    struct tpm_request *r = &s->request;

    if (s->is_running)
        return H_BUSY;
    s->ioba = ld_be32(element + DATA);
    if (size < TPM_HEADER || size > tpm_buffer_size(s->tpm) || !dma_read(s->device.dma, s->ioba, r->buffer, size)) {
        guest_error("vtpm", "no command of %u bytes at %#" PRIx32, size, s->ioba);
        return H_PARAMETER;
    }
    /* The TPM waits for as many bytes as the command says that it has. */
    if (ld_be32(r->buffer + 2) != size) {
        guest_error("vtpm", "a command of %u bytes says that it has %" PRIu32, size, ld_be32(r->buffer + 2));
        return H_PARAMETER;
    }
    r->size = size;
    r->done = done;
    r->opaque = s;
    s->is_running = true;
    s->is_forgotten = false;
    tpm_submit(s->tpm, r);
    return H_SUCCESS;
}

static int64_t take_message(struct vtpm *s, const uint8_t *element)
{
    switch (element[MESSAGE]) {
    case GET_VERSION:
        answer(s, GET_VERSION, 0, VERSION_TPM_2);
        return H_SUCCESS;
    case TPM_COMMAND:
        return take_command(s, element);
    case GET_BUFFER_SIZE:
        answer(s, GET_BUFFER_SIZE, (uint16_t)tpm_buffer_size(s->tpm), 0);
        return H_SUCCESS;
    case PREPARE_TO_SUSPEND: /* all that is to be kept is kept at any time */
        answer(s, PREPARE_TO_SUSPEND, 0, 0);
        return H_SUCCESS;
    }
    guest_error("vtpm", "unknown message %02x", element[MESSAGE]);
    return H_PARAMETER;
}

static int64_t crq_message(struct vio_device *d, const uint8_t *element)
{
    static const uint8_t initialized[VIO_CRQ_ELEMENT] = { CRQ_VALID_INIT, CRQ_INIT_COMPLETE };

    switch (element[CRQ_VALID]) {
    case CRQ_VALID_INIT:
        if (element[CRQ_FORMAT] == CRQ_INIT)
            vio_crq_send(d, initialized);
        return H_SUCCESS;
    case CRQ_VALID_COMMAND:
        return take_message((struct vtpm *)d, element);
    }
    guest_error("vtpm", "unknown message %02x %02x", element[CRQ_VALID], element[CRQ_FORMAT]);
    return H_PARAMETER;
}

static bool crq_free(struct vio_device *d)
{
    struct vtpm *s = (struct vtpm *)d;

    s->is_forgotten = true;
    return !s->is_running;
}

static void reset(struct vio_device *d)
{
    struct vtpm *s = (struct vtpm *)d;

    s->is_forgotten = true;
    while (s->is_running) {
        accel_unlock(s->platform->accel);
        tpm_drain(s->tpm);
        accel_lock(s->platform->accel);
    }
}

static void nothing(struct tpm_request *r)
{
    (void)r;
}

/* What firmware does first: TPM2_Startup. Operating systems expect it to be done. [TPM 2.0 part 3, TPM2_Startup] */
static void start_up(struct vtpm *s)
{
    static const uint8_t command[] = { 0x80, 0x01, 0, 0, 0, 12, 0, 0, 0x01, 0x44, 0, 0 }; /* TPM_SU_CLEAR */
    struct tpm_request *r = &s->request;

    memcpy(r->buffer, command, sizeof command);
    r->size = sizeof command;
    r->done = nothing;
    tpm_submit(s->tpm, r);
    tpm_drain(s->tpm);
    if (ld_be32(r->buffer + 6))
        log_line(LOG_WARN, "vtpm", "the TPM does not start: error %#" PRIx32, ld_be32(r->buffer + 6));
}

/* Firmware's quiescing comes to reset() alone: what was measured by then stays. */
static void restart(struct vio_device *d)
{
    struct vtpm *s = (struct vtpm *)d;
    struct error err = { 0 };

    if (!tpm_start(s->tpm, &err))
        log_line(LOG_ERROR, "vtpm", "%s", err.cause);
    else if (!s->platform->config->has_guest_firmware)
        start_up(s);
}

static const struct vio_device_ops ops = {
    .crq_message = crq_message,
    .crq_free = crq_free,
    .reset = reset,
    .restart = restart,
};

struct vtpm *vtpm_new(struct platform *p, struct vio_bus *bus, uint32_t unit, struct tpm *tpm, struct error *err)
{
    struct vtpm *s = calloc(1, sizeof *s);

    if (!s) {
        error_set(err, ERROR_RESOURCE, "out of memory");
        return NULL;
    }
    s->platform = p;
    s->tpm = tpm;
    s->device = (struct vio_device){ .unit = unit, .node = "vtpm", .device_type = "IBM,vtpm",
                                     .compatible = "IBM,vtpm20", .signal_mask = 1, .ops = &ops, .has_crq = true,
                                     .dma_window = WINDOW };
    if (vio_bus_add(bus, &s->device, err))
        return s;
    free(s);
    return NULL;
}

void vtpm_free(struct vtpm *s)
{
    if (!s)
        return;
    tpm_drain(s->tpm);
    free(s);
}

uint32_t vtpm_unit(const struct vtpm *s)
{
    return s->device.unit;
}

/* ---- as a device that a user adds ---- */

struct options {
    uint32_t reg;
    struct tpm *tpm;
};

static void *create(const struct device_place *place, const void *options, struct error *err)
{
    const struct options *o = options;

    return vtpm_new(place->platform, place->bus, o->reg, o->tpm, err);
}

static void destroy(void *device)
{
    vtpm_free(device);
}

static const struct device_property properties[] = {
    { "tpmdev", PROPERTY_TPM, offsetof(struct options, tpm), NULL, "id of a -tpmdev", NULL, true },
    { "reg", PROPERTY_U32, offsetof(struct options, reg), NULL, "unit address; the next free one", NULL, false },
};

const struct device_type vtpm_type = {
    .name = "tpm-spapr",
    .text = "virtual TPM 2.0",
    .bus = DEVICE_BUS_VIO,
    .properties = properties,
    .n_properties = ARRAY_SIZE(properties),
    .options_size = sizeof(struct options),
    .create = create,
    .destroy = destroy,
};
