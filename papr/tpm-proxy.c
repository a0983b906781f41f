/* A TPM of the host, by hypercall; see tpm-proxy.h.
 *
 * The device is opened by the first command and closed when the guest says so, when something fails, and at a reset:
 * whoever closes it ends a session with the host's resource manager. A command may take the TPM a minute, so the
 * machine's lock is dropped meanwhile. */
#include "papr/tpm-proxy.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

enum { SVM_H_TPM_COMM = 0xef10 };
enum { EXECUTE = 1, CLOSE_SESSION = 2 };
enum { LARGEST = 4096, TIMEOUT_MS = 120000 };

struct tpm_proxy {
    struct platform *platform;
    char *path;
    int fd;       /* -1: no session */
    bool is_busy; /* a vCPU is at it, without the machine's lock */
    uint8_t buffer[LARGEST];
};

struct tpm_proxy *tpm_proxy_new(struct platform *p, struct error *err)
{
    struct tpm_proxy *x = calloc(1, sizeof *x);

    if (!x) {
        error_set(err, ERROR_RESOURCE, "out of memory for the TPM proxy");
        return NULL;
    }
    x->platform = p;
    x->fd = -1;
    p->tpm_proxy = x;
    return x;
}

static void close_session(struct tpm_proxy *x)
{
    if (x->fd >= 0)
        close(x->fd);
    x->fd = -1;
}

void tpm_proxy_free(struct tpm_proxy *x)
{
    if (!x)
        return;
    x->platform->tpm_proxy = NULL;
    close_session(x);
    free(x->path);
    free(x);
}

/* Does the command in the buffer, whose place the answer takes: its size, 0 for an error of the host. */
static size_t transact(struct tpm_proxy *x, size_t size)
{
    struct pollfd answer = { .events = POLLIN };
    ssize_t n;

    if (!size)
        return 0;
    if (x->fd < 0)
        x->fd = open(x->path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
    if (x->fd < 0) {
        guest_error("tpm-proxy", "can't open '%s': %s", x->path, strerror(errno));
        return 0;
    }
    answer.fd = x->fd;
    do
        n = write(x->fd, x->buffer, size);
    while (n < 0 && errno == EINTR);
    if (n != (ssize_t)size)
        return 0;
    while ((n = poll(&answer, 1, TIMEOUT_MS)) < 0 && errno == EINTR)
        ;
    if (n <= 0)
        return 0;
    do
        n = read(x->fd, x->buffer, sizeof x->buffer);
    while (n < 0 && errno == EINTR);
    return n > 0 ? (size_t)n : 0;
}

static int64_t execute(struct tpm_proxy *x, const struct hcall_args *args, uint64_t *answer_size)
{
    struct platform *p = x->platform;
    uint64_t in = args->in[1], in_size = args->in[2], out = args->in[3], out_size = args->in[4];

    if (in_size > LARGEST)
        return H_P3;
    if (out_size < LARGEST)
        return H_P5;
    if (!gpa_is_ram(p->mem, out, LARGEST))
        return H_P4;
    if (!gpa_read(p->mem, in, x->buffer, in_size))
        return H_P2;
    x->is_busy = true;
    accel_unlock(p->accel);
    in_size = transact(x, in_size);
    accel_lock(p->accel);
    x->is_busy = false;
    if (!in_size || !gpa_write(p->mem, out, x->buffer, in_size)) {
        close_session(x);
        return H_RESOURCE;
    }
    *answer_size = in_size;
    return H_SUCCESS;
}

/* Arguments: operation; the command's address and size, the answer's address and room. Out: r4 the answer's size. */
static int64_t h_tpm_comm(void *self, struct vcpu *v, struct hcall_args *args)
{
    struct tpm_proxy *x = self;

    (void)v;
    if (args->in[0] != EXECUTE && args->in[0] != CLOSE_SESSION)
        return H_PARAMETER;
    if (x->is_busy)
        return H_RESOURCE;
    if (args->in[0] == EXECUTE)
        return execute(x, args, &args->out[0]);
    close_session(x);
    return H_SUCCESS;
}

static const struct hcall_row hcalls[] = {
    { SVM_H_TPM_COMM, "SVM_H_TPM_COMM", NULL, .in = 5, .out = 1, .when = WHEN_TPM_PROXY, .fn = h_tpm_comm },
};

static void reset(void *self)
{
    struct tpm_proxy *x = self;

    if (!x->is_busy)
        close_session(x);
}

const struct facility_type tpm_proxy_facility = {
    .name = "tpm-proxy",
    .hcalls = hcalls,
    .n_hcalls = ARRAY_SIZE(hcalls),
    .reset = reset,
};

/* ---- the device ---- */

struct options {
    const char *path;
};

static void *create(const struct device_place *place, const void *options, struct error *err)
{
    const struct options *o = options;
    struct tpm_proxy *x = place->platform->tpm_proxy;

    if (place->platform->has_tpm_proxy) {
        error_set(err, ERROR_UNSUPPORTED, "there is a spapr-tpm-proxy already");
        return NULL;
    }
    if (!(x->path = strdup(o->path))) {
        error_set(err, ERROR_RESOURCE, "out of memory for the TPM proxy");
        return NULL;
    }
    place->platform->has_tpm_proxy = true;
    return x;
}

static const struct device_property properties[] = {
    { "host-path", PROPERTY_STRING, offsetof(struct options, path), NULL, "the host's TPM: /dev/tpmrm0", NULL, true },
};

const struct device_type tpm_proxy_type = {
    .name = "spapr-tpm-proxy",
    .text = "TPM of the host, by hypercall",
    .bus = DEVICE_BUS_NONE,
    .properties = properties,
    .n_properties = ARRAY_SIZE(properties),
    .options_size = sizeof(struct options),
    .create = create,
};
