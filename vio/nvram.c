/* The partition's non-volatile memory; see nvram.h. */
#include "vio/nvram.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/checked.h"

enum { DEFAULT_SIZE = 64 << 10, SMALLEST = 8 << 10, LARGEST = 1 << 20 };

struct nvram {
    struct vio_device device;
    struct platform *platform;
    uint8_t *bytes;
    uint32_t size;
    int fd; /* -1: none */
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
    if (st.st_size < SMALLEST || st.st_size > LARGEST) {
        error_set(err, ERROR_FORMAT, "NVRAM image '%s' has %lld bytes", path,
                  (long long)st.st_size);
        error_hint(err, "8 KiB to 1 MiB are possible");
        return false;
    }
    n->size = (uint32_t)st.st_size;
    return true;
}

struct nvram *nvram_new(struct platform *p, struct vio_bus *bus, const char *path,
                        struct error *err)
{
    struct nvram *n = calloc(1, sizeof *n);

    if (!n) {
        error_set(err, ERROR_RESOURCE, "out of memory");
        return NULL;
    }
    n->platform = p;
    n->fd = -1;
    n->size = DEFAULT_SIZE;
    n->device.node = "nvram";
    n->device.device_type = "nvram";
    n->device.compatible = "qemu,spapr-nvram";
    if (path && !open_file(n, path, err))
        goto fail;
    n->bytes = calloc(1, n->size);
    if (!n->bytes) {
        error_set(err, ERROR_RESOURCE, "out of memory");
        goto fail;
    }
    if (n->fd >= 0 && pread(n->fd, n->bytes, n->size, 0) != (ssize_t)n->size) {
        error_set(err, ERROR_FILE, "can't read NVRAM image '%s'", path);
        goto fail;
    }
    if (vio_bus_add(bus, &n->device, err))
        return n;
fail:
    nvram_free(n);
    return NULL;
}

void nvram_free(struct nvram *n)
{
    if (!n)
        return;
    if (n->fd >= 0)
        close(n->fd);
    free(n->bytes);
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
        !gpa_read(n->platform->mem, args->arg[1], n->bytes + offset, length))
        return RTAS_PARAMETER;
    if (n->fd >= 0 && (pwrite(n->fd, n->bytes + offset, length, offset) != (ssize_t)length ||
                       fdatasync(n->fd)))
        return RTAS_HARDWARE;
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
