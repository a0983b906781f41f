/* Memory modules and what is behind them, by name; see memory-devices.h. */
#include "machine/memory-devices.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine/values.h"

struct backend {
    char *id;
    uint64_t size;
    bool taken;
    struct backend *next;
};

struct module {
    struct memory_devices *devices;
    struct memory_device shown; /* id is the module's own, memdev the backend's */
    struct backend *backend;
    bool going; /* under the lock: it is gone, or kept, and the loop will hear of it */
    struct module *next;
};

struct memory_devices {
    struct accel *accel;
    struct dimms *dimms;
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

struct memory_devices *memory_devices_new(struct accel *accel, struct dimms *dimms, struct control *control,
                                          struct loop *loop, const struct nodes *nodes, struct error *err)
{
    struct memory_devices *x = calloc(1, sizeof *x);

    if (!x) {
        error_set(err, ERROR_RESOURCE, "out of memory");
        return NULL;
    }
    *x = (struct memory_devices){ .accel = accel, .dimms = dimms, .control = control, .loop = loop,
                                  .nodes = nodes };
    dimms_listen(dimms, &listener, x);
    return x;
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
        free(b->id);
        free(b);
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

bool memory_devices_add_backend(struct memory_devices *x, struct option_list *list, struct error *err)
{
    static const char *const valid[] = { "id", "size", "prealloc", "merge", "dump", "share", NULL };
    const char *id = options_need(list, "id", err), *size = id ? options_need(list, "size", err) : NULL;
    struct backend *b;
    uint64_t bytes;

    if (!size || !value_size("size", size, 1, &bytes, err))
        return false;
    /* How the host keeps it is the host's business. */
    for (size_t i = 2; valid[i]; i++)
        options_get(list, valid[i]);
    if (!options_all_used(list, valid, err))
        return false;
    if (find_backend(x, id))
        return error_set(err, ERROR_USAGE, "there are two objects '%s'", id);
    b = calloc(1, sizeof *b);
    if (!b || !(b->id = strdup(id))) {
        free(b);
        return error_set(err, ERROR_RESOURCE, "out of memory");
    }
    b->size = bytes;
    b->taken = nodes_take_memdev(x->nodes, id);
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
    free(b->id);
    free(b);
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

static bool take_options(struct memory_devices *x, struct option_list *list, struct module *m, struct error *err)
{
    static const char *const valid[] = { "id", "memdev", "node", "addr", "slot", NULL };
    const char *memdev = options_need(list, "memdev", err), *id = options_get(list, "id");
    uint64_t node = 0, start = UINT64_MAX;

    options_get(list, "driver");
    options_get(list, "slot");
    if (!memdev || !options_unsigned(list, "node", UINT32_MAX, &node, err) ||
        !options_unsigned(list, "addr", UINT64_MAX, &start, err) || !options_all_used(list, valid, err))
        return false;
    m->backend = find_backend(x, memdev);
    if (!m->backend) {
        error_set(err, ERROR_USAGE, "there is no memory '%s'", memdev);
        error_hint(err, "add -object memory-backend-ram,id=%s,size=1G", memdev);
        return false;
    }
    if (m->backend->taken)
        return error_set(err, ERROR_USAGE, "the memory '%s' belongs to another device", memdev);
    if (id && !(m->shown.id = strdup(id)))
        return error_set(err, ERROR_RESOURCE, "out of memory");
    m->shown.memdev = m->backend->id;
    m->shown.size = m->backend->size;
    m->shown.node = (unsigned)node;
    m->shown.start = start;
    m->shown.slot = free_slot(x);
    return true;
}

bool memory_devices_plug(struct memory_devices *x, struct option_list *list, bool running, struct error *err)
{
    struct module *m = calloc(1, sizeof *m);
    bool ok;

    if (!m)
        return error_set(err, ERROR_RESOURCE, "out of memory");
    m->devices = x;
    m->shown.hotplugged = running;
    if (!take_options(x, list, m, err)) {
        free_module(m);
        return false;
    }
    accel_lock(x->accel);
    ok = dimms_plug(x->dimms, &m->shown.start, m->shown.size, m->shown.node, running, err);
    if (ok) {
        m->next = x->modules;
        x->modules = m;
        m->backend->taken = true;
    }
    accel_unlock(x->accel);
    if (!ok)
        free_module(m);
    return ok;
}

bool memory_devices_unplug(struct memory_devices *x, const char *id, struct error *err)
{
    struct module *m = find(x, id);
    bool ok;

    if (!m)
        return error_set(err, ERROR_USAGE, "Device '%s' not found", id);
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
