/* The partition's non-volatile memory; see nvram.h.
 *
 * The bytes are the guest's to lay out, by the CHRP convention: partitions one after another, each with a
 * header of 16 bytes (signature, checksum, length in units of 16 bytes, name). Blank memory gets two: the
 * system's and the free space, since no other firmware is there to make them and Linux keeps no crash logs
 * without. [LoPAR, Non-Volatile Memory] */
#include "vio/nvram.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/checked.h"
#include "base/endian.h"
#include "base/log.h"

enum { DEFAULT_SIZE = 64 << 10, SMALLEST = 8 << 10, LARGEST = 1 << 20 };

enum { HEADER_BYTES = 16, LENGTH_UNIT = 16, NAME_BYTES = 12, SYSTEM_BYTES = 2 << 10 };
enum { SIGNATURE_SYSTEM = 0x70, SIGNATURE_FREE = 0x7f };

struct nvram {
    struct vio_device device;
    struct platform *platform;
    uint8_t *bytes;
    uint8_t *incoming; /* of the same size: what a store brings, until it is in the file */
    uint32_t size;
    int fd;          /* -1: none */
    bool has_failed; /* a write to the file: said once, as the guest may go on for ever */
};

static bool open_file(struct nvram *n, const char *path, struct error *err)
{
    struct stat st;

    n->fd = open(path, O_RDWR | O_CLOEXEC);
    if (n->fd < 0 || fstat(n->fd, &st)) {
        error_set(err, ERROR_FILE, "can't open NVRAM image '%s': %s", path, strerror(errno));
        error_hint(err, "make one with: truncate -s 64K '%s'", path);
        return false;
    }
    if (st.st_size < SMALLEST || st.st_size > LARGEST || st.st_size % LENGTH_UNIT) {
        error_set(err, ERROR_FORMAT, "NVRAM image '%s' has %lld bytes", path,
                  (long long)st.st_size);
        error_hint(err, "8 KiB to 1 MiB are possible, in steps of %d bytes", LENGTH_UNIT);
        return false;
    }
    n->size = (uint32_t)st.st_size;
    return true;
}

static bool read_file(struct nvram *n)
{
    for (uint32_t done = 0; done < n->size;) {
        ssize_t got = pread(n->fd, n->bytes + done, n->size - done, done);

        if (got <= 0 && !(got < 0 && errno == EINTR))
            return false;
        done += got > 0 ? (uint32_t)got : 0;
    }
    return true;
}

static bool write_file(const struct nvram *n, uint32_t offset, const uint8_t *data, uint32_t length)
{
    while (n->fd >= 0 && length) {
        ssize_t put = pwrite(n->fd, data, length, offset);

        if (put <= 0 && !(put < 0 && errno == EINTR))
            return false;
        if (put > 0) {
            offset += (uint32_t)put;
            data += put;
            length -= (uint32_t)put;
        }
    }
    return true;
}

/* The sum of the header's other bytes with carries added in at the bottom. */
static uint8_t header_checksum(const uint8_t *header)
{
    unsigned sum = header[0];

    for (unsigned i = 2; i < HEADER_BYTES; i++) {
        sum += header[i];
        sum = (sum & 0xff) + (sum >> 8);
    }
    return (uint8_t)sum;
}

static void put_header(uint8_t *header, uint8_t signature, const char *name, uint32_t bytes)
{
    memset(header, 0, HEADER_BYTES);
    header[0] = signature;
    st_be16(header + 2, (uint16_t)(bytes / LENGTH_UNIT));
    memcpy(header + 4, name, strnlen(name, NAME_BYTES));
    header[1] = header_checksum(header);
}

static bool is_blank(const struct nvram *n)
{
    for (uint32_t i = 0; i < n->size; i++)
        if (n->bytes[i])
            return false;
    return true;
}

static bool make_partitions(struct nvram *n)
{
    put_header(n->bytes, SIGNATURE_SYSTEM, "common", SYSTEM_BYTES);
    put_header(n->bytes + SYSTEM_BYTES, SIGNATURE_FREE, "wwwwwwwwwwww", n->size - SYSTEM_BYTES);
    return write_file(n, 0, n->bytes, SYSTEM_BYTES + HEADER_BYTES);
}

static bool fill(struct nvram *n, const char *path, struct error *err)
{
    if (path && !open_file(n, path, err))
        return false;
    n->bytes = calloc(1, n->size);
    n->incoming = malloc(n->size);
    if (!n->bytes || !n->incoming)
        return error_set(err, ERROR_RESOURCE, "out of memory for NVRAM");
    if (path && !read_file(n))
        return error_set(err, ERROR_FILE, "can't read NVRAM image '%s'", path);
    if (is_blank(n) && !make_partitions(n))
        return error_set(err, ERROR_FILE, "can't write NVRAM image '%s': %s", path,
                         strerror(errno));
    return true;
}

struct nvram *nvram_new(struct platform *p, struct vio_bus *bus, const char *path,
                        struct error *err)
{
    struct nvram *n = calloc(1, sizeof *n);

    if (!n) {
        error_set(err, ERROR_RESOURCE, "out of memory for NVRAM");
        return NULL;
    }
    n->platform = p;
    n->fd = -1;
    n->size = DEFAULT_SIZE;
    n->device.node = "nvram";
    n->device.device_type = "nvram";
    n->device.compatible = "qemu,spapr-nvram";
    if (fill(n, path, err) && vio_bus_add(bus, &n->device, err))
        return n;
    nvram_free(n);
    return NULL;
}

void nvram_free(struct nvram *n)
{
    if (!n)
        return;
    if (n->fd >= 0) {
        /* Here and not at each store, which would hold all processors up for as long as the disk takes. */
        fdatasync(n->fd);
        close(n->fd);
    }
    free(n->bytes);
    free(n->incoming);
    free(n);
}

/* Arguments of both calls: offset, buffer, length; results: status, length. */
static int32_t rtas_nvram_fetch(void *self, struct vcpu *v, struct rtas_args *args)
{
    struct nvram *n = self;
    uint32_t offset = args->arg[0], length = args->arg[2];

    (void)v;
    if (!range_within(offset, length, n->size) ||
        !gpa_write(n->platform->mem, args->arg[1], n->bytes + offset, length))
        return RTAS_PARAMETER;
    args->ret[1] = length;
    return RTAS_OK;
}

static int32_t rtas_nvram_store(void *self, struct vcpu *v, struct rtas_args *args)
{
    struct nvram *n = self;
    uint32_t offset = args->arg[0], length = args->arg[2];

    (void)v;
    if (!range_within(offset, length, n->size) ||
        !gpa_read(n->platform->mem, args->arg[1], n->incoming, length))
        return RTAS_PARAMETER;
    if (!write_file(n, offset, n->incoming, length)) {
        if (!n->has_failed)
            log_line(LOG_ERROR, "nvram", "can't write the image: %s", strerror(errno));
        n->has_failed = true;
        write_file(n, offset, n->bytes + offset, length); /* what of it did get there goes back */
        return RTAS_HARDWARE;
    }
    memcpy(n->bytes + offset, n->incoming, length);
    args->ret[1] = length;
    return RTAS_OK;
}

static void write_tree(void *self, struct tree *tree, enum tree_stage stage)
{
    struct nvram *n = self;
    char path[64];

    (void)stage;
    snprintf(path, sizeof path, "/vdevice/nvram@%x", n->device.unit);
    tree_u32(tree, path, "#bytes", n->size);
}

static const struct rtas_row rtas[] = {
    { 0x2012, "nvram-fetch", 3, 2, .fn = rtas_nvram_fetch },
    { 0x2013, "nvram-store", 3, 2, .fn = rtas_nvram_store },
};

const struct facility_type nvram_facility = {
    .name = "nvram",
    .rtas = rtas,
    .n_rtas = ARRAY_SIZE(rtas),
    .write_tree = write_tree,
};
