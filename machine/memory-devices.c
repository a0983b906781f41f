/* Memory modules and what is behind them, by name; see memory-devices.h. */
#include "machine/memory-devices.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "machine/values.h"

struct backend {
    char *id;
    uint64_t size;
    int file; /* -1: there is none */
    bool is_shared, taken;
    struct backend *next;
};

struct module {
    struct memory_devices *devices;
    struct memory_device shown; /* id is the module's own, memdev the backend's */
    struct backend *backend;
    struct pmem_module persistent; /* if it is that; start and size of what the guest sees are above */
    bool going; /* under the lock: it is gone, or kept, and the loop will hear of it */
    struct module *next;
};

struct memory_devices {
    struct accel *accel;
    struct mem *mem;
    struct dimms *dimms;
    struct persistent_memory *pmem; /* NULL: none wanted */
    struct control *control;
    struct loop *loop;
    const struct nodes *nodes;
    struct backend *backends;
    struct module *modules; /* changed on the loop's thread and under the lock; read with either */
};

/* ---- what the guest does: lock held, any thread ---- */

static struct module *at_start(const struct memory_devices *x, gpa_t start)
{
    for (struct module *m = x->modules; m; m = m->next)
        if (m->shown.start == start && !m->going)
            return m;
    return NULL;
}

static void emit(struct module *m, enum machine_event_kind kind)
{
    char path[128];

    if (m->shown.id)
        snprintf(path, sizeof path, "/machine/peripheral/%s", m->shown.id);
    else
        snprintf(path, sizeof path, "/machine/peripheral-anon/device[%u]", m->shown.slot);
    control_emit(m->devices->control, &(struct machine_event){ .kind = kind, .device = m->shown.id, .path = path });
}

static void free_module(struct module *m)
{
    if (m->persistent.labels)
        munmap(m->persistent.labels, m->persistent.labels_size);
    free((char *)m->shown.id);
    free(m);
}

static void take_out(struct module *m)
{
    struct memory_devices *x = m->devices;
    struct module **at = &x->modules;

    accel_lock(x->accel);
    while (*at != m)
        at = &(*at)->next;
    *at = m->next;
    accel_unlock(x->accel);
    m->backend->taken = false;
}

static void finish_gone(void *opaque)
{
    struct module *m = opaque;

    take_out(m);
    emit(m, EVENT_DEVICE_DELETED);
    free_module(m);
}

static void finish_kept(void *opaque)
{
    struct module *m = opaque;

    emit(m, EVENT_UNPLUG_REFUSED);
}

static void gone(void *opaque, gpa_t start, uint64_t size)
{
    struct memory_devices *x = opaque;
    struct module *m = at_start(x, start);

    (void)size;
    if (!m)
        return;
    m->going = true;
    loop_post(x->loop, finish_gone, m);
}

/* Notes come in the order of posting: should the module go after all, then after this. */
static void kept(void *opaque, gpa_t start, uint64_t size)
{
    struct memory_devices *x = opaque;
    struct module *m = at_start(x, start);

    (void)size;
    if (m)
        loop_post(x->loop, finish_kept, m);
}

static const struct dimms_listener listener = { gone, kept };

struct memory_devices *memory_devices_new(struct accel *accel, struct mem *mem, struct dimms *dimms,
                                          struct persistent_memory *pmem, struct control *control, struct loop *loop,
                                          const struct nodes *nodes, struct error *err)
{
    struct memory_devices *x = calloc(1, sizeof *x);

    if (!x) {
        error_set(err, ERROR_RESOURCE, "out of memory");
        return NULL;
    }
    *x = (struct memory_devices){ .accel = accel, .mem = mem, .dimms = dimms, .pmem = pmem, .control = control,
                                  .loop = loop, .nodes = nodes };
    dimms_listen(dimms, &listener, x);
    return x;
}

static void free_backend(struct backend *b)
{
    if (b->file >= 0)
        close(b->file);
    free(b->id);
    free(b);
}

void memory_devices_free(struct memory_devices *x)
{
    if (!x)
        return;
    dimms_listen(x->dimms, NULL, NULL);
    while (x->modules) {
        struct module *m = x->modules;

        x->modules = m->next;
        free_module(m);
    }
    while (x->backends) {
        struct backend *b = x->backends;

        x->backends = b->next;
        free_backend(b);
    }
    free(x);
}

/* ---- backends ---- */

static struct backend *find_backend(const struct memory_devices *x, const char *id)
{
    for (struct backend *b = x->backends; b; b = b->next)
        if (!strcmp(b->id, id))
            return b;
    return NULL;
}

bool memory_devices_has_backend(const struct memory_devices *x, const char *id)
{
    return find_backend(x, id);
}

/* A file that is empty gets the size, another must have it. */
static bool open_file(struct backend *b, const char *path, struct error *err)
{
    struct stat status;

    b->file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (b->file < 0 || fstat(b->file, &status) < 0 ||
        (!status.st_size && ftruncate(b->file, (off_t)b->size) < 0))
        return error_set(err, ERROR_RESOURCE, "memory '%s': %s: %s", b->id, path, strerror(errno));
    if (status.st_size && (uint64_t)status.st_size < b->size)
        return error_set(err, ERROR_USAGE, "memory '%s': %s is smaller than size", b->id, path);
    return true;
}

static bool fill_backend(struct memory_devices *x, struct backend *b, struct option_list *list, bool is_file,
                         struct error *err)
{
    static const char *const valid[] = { "id", "size", "mem-path", "share", "prealloc", "merge", "dump", "align", "pmem",
                                         "discard-data", NULL };
    const char *id = options_need(list, "id", err), *size = id ? options_need(list, "size", err) : NULL;
    const char *path = NULL;

    if (!size || !value_size("size", size, 1, &b->size, err) || !options_bool(list, "share", &b->is_shared, err) ||
        (is_file && !(path = options_need(list, "mem-path", err))))
        return false;
    /* How the host keeps it is the host's business. */
    for (size_t i = 4; valid[i]; i++)
        options_get(list, valid[i]);
    if (!options_all_used(list, valid, err))
        return false;
    if (find_backend(x, id))
        return error_set(err, ERROR_USAGE, "there are two objects '%s'", id);
    if (!(b->id = strdup(id)))
        return error_set(err, ERROR_RESOURCE, "out of memory");
    b->taken = nodes_take_memdev(x->nodes, id);
    if (b->taken && path) {
        error_set(err, ERROR_UNSUPPORTED, "memory '%s': a file for what a node has from the start is not there yet", id);
        error_hint(err, "use -object memory-backend-ram for -numa node");
        return false;
    }
    return !path || open_file(b, path, err);
}

bool memory_devices_add_backend(struct memory_devices *x, struct option_list *list, struct error *err)
{
    const char *kind = options_get(list, "qom-type");
    struct backend *b = calloc(1, sizeof *b);

    if (!b)
        return error_set(err, ERROR_RESOURCE, "out of memory");
    b->file = -1;
    if (!fill_backend(x, b, list, !strcmp(kind, "memory-backend-file"), err)) {
        free_backend(b);
        return false;
    }
    b->next = x->backends;
    x->backends = b;
    return true;
}

bool memory_devices_del_backend(struct memory_devices *x, const char *id, struct error *err)
{
    struct backend **at = &x->backends, *b;

    while (*at && strcmp((*at)->id, id))
        at = &(*at)->next;
    b = *at;
    if (!b)
        return error_set(err, ERROR_USAGE, "object '%s' not found", id);
    if (b->taken)
        return error_set(err, ERROR_USAGE, "object '%s' is in use, can not be deleted", id);
    *at = b->next;
    free_backend(b);
    return true;
}

/* ---- modules ---- */

static struct module *find(const struct memory_devices *x, const char *id)
{
    for (struct module *m = x->modules; m; m = m->next)
        if (m->shown.id && !strcmp(m->shown.id, id))
            return m;
    return NULL;
}

bool memory_devices_has(const struct memory_devices *x, const char *id)
{
    return find(x, id);
}

static unsigned free_slot(const struct memory_devices *x)
{
    unsigned slot = 0;

    for (const struct module *m = x->modules; m;)
        if (m->shown.slot == slot) {
            slot++;
            m = x->modules;
        } else {
            m = m->next;
        }
    return slot;
}

/* What only persistent memory has. */
static bool take_persistent(struct memory_devices *x, struct option_list *list, struct module *m, struct error *err)
{
    enum { LEAST_LABELS = 128 << 10 };
    const char *uuid = options_need(list, "uuid", err), *labels = uuid ? options_need(list, "label-size", err) : NULL;
    uint64_t labels_size;

    if (!labels || !value_size("label-size", labels, 1, &labels_size, err) ||
        !options_bool(list, "unarmed", &m->persistent.is_unarmed, err))
        return false;
    if (!x->pmem)
        return error_set(err, ERROR_USAGE, "there is no persistent memory with -M nvdimm=off");
    if (strlen(uuid) != UUID_TEXT - 1)
        return value_bad(err, "uuid", uuid, "type it as 8-4-4-4-12 hexadecimal digits, as uuidgen prints it");
    if (labels_size < LEAST_LABELS || labels_size > UINT32_MAX)
        return value_bad(err, "label-size", labels, "it is 128K or more");
    snprintf(m->persistent.uuid, sizeof m->persistent.uuid, "%s", uuid);
    m->persistent.labels_size = labels_size;
    return true;
}

static bool take_options(struct memory_devices *x, struct option_list *list, struct module *m, struct error *err)
{
    static const char *const valid[] = { "id", "memdev", "node", "addr", "slot", "uuid", "label-size", "unarmed", NULL };
    const char *memdev = options_need(list, "memdev", err), *id = options_get(list, "id");
    uint64_t node = 0, start = UINT64_MAX;

    options_get(list, "driver");
    options_get(list, "slot");
    if (!memdev || !options_unsigned(list, "node", UINT32_MAX, &node, err) ||
        !options_unsigned(list, "addr", UINT64_MAX, &start, err) ||
        (m->shown.is_persistent && !take_persistent(x, list, m, err)) || !options_all_used(list, valid, err))
        return false;
    m->backend = find_backend(x, memdev);
    if (!m->backend) {
        error_set(err, ERROR_USAGE, "there is no memory '%s'", memdev);
        error_hint(err, "add -object memory-backend-ram,id=%s,size=1G", memdev);
        return false;
    }
    if (m->backend->taken)
        return error_set(err, ERROR_USAGE, "the memory '%s' belongs to another device", memdev);
    if (m->backend->size <= m->persistent.labels_size)
        return error_set(err, ERROR_USAGE, "the memory '%s' has no room for more than the labels", memdev);
    if (id && !(m->shown.id = strdup(id)))
        return error_set(err, ERROR_RESOURCE, "out of memory");
    m->shown.memdev = m->backend->id;
    m->shown.size = m->backend->size - m->persistent.labels_size;
    m->shown.node = (unsigned)node;
    m->shown.start = start;
    m->shown.slot = free_slot(x);
    return true;
}

/* The labels are the end of what is behind the module. */
static bool map_labels(struct module *m, struct error *err)
{
    const struct backend *b = m->backend;
    int how = b->file < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : b->is_shared ? MAP_SHARED : MAP_PRIVATE;
    void *labels = mmap(NULL, m->persistent.labels_size, PROT_READ | PROT_WRITE, how, b->file,
                        b->file < 0 ? 0 : (off_t)m->shown.size);

    if (labels == MAP_FAILED)
        return error_set(err, ERROR_RESOURCE, "the labels of '%s': %s", b->id, strerror(errno));
    m->persistent.labels = labels;
    return true;
}

static bool flush_file(void *opaque)
{
    const struct module *m = opaque;

    return !fsync(m->backend->file);
}

static bool plug_persistent(struct memory_devices *x, struct module *m, bool running, struct error *err)
{
    if (m->shown.size % LMB_SIZE)
        return error_set(err, ERROR_USAGE, "memory '%s': its size without the labels is no multiple of 256 MiB",
                         m->backend->id);
    if (!map_labels(m, err))
        return false;
    m->persistent.start = m->shown.start;
    m->persistent.size = m->shown.size;
    m->persistent.node = m->shown.node;
    m->persistent.flush = m->backend->file >= 0 ? flush_file : NULL;
    m->persistent.opaque = m;
    if (!persistent_memory_plug(x->pmem, m->shown.slot, &m->persistent, running, err))
        return false;
    m->shown.start = m->persistent.start;
    return true;
}

/* After its place is known, and before the guest can run. */
static bool map_contents(struct memory_devices *x, const struct module *m, struct error *err)
{
    const struct backend *b = m->backend;

    if (b->file < 0 || mem_map_file(x->mem, m->shown.start, b->file, m->shown.size, b->is_shared))
        return true;
    return error_set(err, ERROR_RESOURCE, "memory '%s' cannot be mapped: %s", b->id, strerror(errno));
}

static const char *const drivers[] = { "pc-dimm", "nvdimm", "spapr-nvdimm" };

bool memory_devices_is_driver(const char *driver)
{
    for (size_t i = 0; i < ARRAY_SIZE(drivers); i++)
        if (!strcmp(driver, drivers[i]))
            return true;
    return false;
}

bool memory_devices_plug(struct memory_devices *x, struct option_list *list, bool running, struct error *err)
{
    const char *driver = options_get(list, "driver");
    struct module *m = calloc(1, sizeof *m);
    bool ok;

    if (!m)
        return error_set(err, ERROR_RESOURCE, "out of memory");
    m->devices = x;
    m->shown.hotplugged = running;
    m->shown.is_persistent = strcmp(driver, "pc-dimm");
    m->persistent.takes_flush = !strcmp(driver, "spapr-nvdimm");
    if (!take_options(x, list, m, err)) {
        free_module(m);
        return false;
    }
    accel_lock(x->accel);
    ok = m->shown.is_persistent ? plug_persistent(x, m, running, err)
                                : dimms_plug(x->dimms, &m->shown.start, m->shown.size, m->shown.node, running, err);
    if (ok) {
        m->next = x->modules;
        x->modules = m;
        m->backend->taken = true;
        ok = map_contents(x, m, err);
    }
    accel_unlock(x->accel);
    if (!ok && !m->backend->taken)
        free_module(m);
    return ok;
}

bool memory_devices_unplug(struct memory_devices *x, const char *id, struct error *err)
{
    struct module *m = find(x, id);
    bool ok;

    if (!m)
        return error_set(err, ERROR_USAGE, "Device '%s' not found", id);
    if (m->shown.is_persistent)
        return error_set(err, ERROR_UNSUPPORTED, "persistent memory stays: '%s' cannot be unplugged", id);
    accel_lock(x->accel);
    ok = m->going || dimms_unplug(x->dimms, m->shown.start, err);
    accel_unlock(x->accel);
    return ok;
}

void memory_devices_for_each(struct memory_devices *x, void (*fn)(void *opaque, const struct memory_device *device),
                             void *opaque)
{
    for (const struct module *m = x->modules; m; m = m->next)
        fn(opaque, &m->shown);
}
