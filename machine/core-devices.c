/* Cores by name; see core-devices.h. vCPUs are made and freed with all of them stopped for a moment. */
#include "machine/core-devices.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "papr/numa.h"

#define DRIVER_SUFFIX "-spapr-cpu-core"

struct place {
    bool is_taken;
    bool was_plugged; /* by the user, else the machine began with it */
    unsigned number;  /* of those without id */
    char *id;
    bool going;       /* under the lock: the loop will hear of it */
};

struct core_devices {
    struct platform *platform;
    struct control *control;
    struct loop *loop;
    unsigned n, threads;
    unsigned n_unnamed;
    struct place places[]; /* by core */
};

static void place_path(const struct place *place, char *path, size_t size)
{
    if (place->id)
        snprintf(path, size, "/machine/peripheral/%s", place->id);
    else
        snprintf(path, size, "/machine/%s/device[%u]", place->was_plugged ? "peripheral-anon" : "unattached",
                 place->number);
}

/* ---- vCPUs ---- */

/* All have stopped. */
static void remove_vcpus(struct core_devices *x, unsigned core)
{
    struct accel *accel = x->platform->accel;

    accel_lock(accel);
    for (unsigned i = core * x->threads; i < (core + 1) * x->threads; i++)
        if (accel_at(accel, i))
            vcpu_retire(accel_at(accel, i));
    accel_unlock(accel);
    for (unsigned i = core * x->threads; i < (core + 1) * x->threads; i++)
        accel_remove(accel, i);
}

static bool add_vcpus(struct core_devices *x, unsigned core, struct error *err)
{
    struct accel *accel = x->platform->accel;
    unsigned first = core * x->threads, i = first;

    while (i < first + x->threads && accel_add(accel, i, err))
        i++;
    if (i == first + x->threads)
        return true;
    while (i-- > first)
        accel_remove(accel, i);
    return false;
}

/* ---- what the guest does: lock held, any thread ---- */

static void finish_gone(void *opaque)
{
    struct core_devices *x = opaque;
    char path[128];

    for (unsigned i = 0; i < x->n; i++) {
        struct place *place = &x->places[i], gone;
        bool going;

        accel_lock(x->platform->accel);
        going = place->going;
        accel_unlock(x->platform->accel);
        if (!going)
            continue;
        accel_pause(x->platform->accel);
        remove_vcpus(x, i);
        gone = *place;
        *place = (struct place){ .is_taken = false };
        control_release(x->control);
        place_path(&gone, path, sizeof path);
        control_emit(x->control, &(struct machine_event){ .kind = EVENT_DEVICE_DELETED, .device = gone.id, .path = path });
        free(gone.id);
    }
}

static void gone(void *opaque, unsigned core)
{
    struct core_devices *x = opaque;

    x->places[core].going = true;
    loop_post(x->loop, finish_gone, x);
}

struct kept {
    struct core_devices *devices;
    unsigned core;
};

static void finish_kept(void *opaque)
{
    struct kept *kept = opaque;
    const struct place *place = &kept->devices->places[kept->core];
    char path[128];

    place_path(place, path, sizeof path);
    if (place->is_taken)
        control_emit(kept->devices->control,
                     &(struct machine_event){ .kind = EVENT_UNPLUG_REFUSED, .device = place->id, .path = path });
    free(kept);
}

static void kept(void *opaque, unsigned core)
{
    struct kept *kept = malloc(sizeof *kept);
    struct core_devices *x = opaque;

    if (!kept)
        return;
    *kept = (struct kept){ x, core };
    loop_post(x->loop, finish_kept, kept);
}

static const struct cores_listener listener = { gone, kept };

struct core_devices *core_devices_new(struct platform *p, struct control *control, struct loop *loop, struct error *err)
{
    unsigned n = p->config->max_vcpus / p->config->threads;
    struct core_devices *x = calloc(1, sizeof *x + n * sizeof x->places[0]);

    if (!x) {
        error_set(err, ERROR_RESOURCE, "out of memory");
        return NULL;
    }
    x->platform = p;
    x->control = control;
    x->loop = loop;
    x->n = n;
    x->threads = p->config->threads;
    for (unsigned i = 0; i < n; i++)
        x->places[i] = (struct place){ .is_taken = accel_at(p->accel, i * x->threads), .number = i };
    processors_listen(p->processors, &listener, x);
    return x;
}

void core_devices_free(struct core_devices *x)
{
    if (!x)
        return;
    processors_listen(x->platform->processors, NULL, NULL);
    for (unsigned i = 0; i < x->n; i++)
        free(x->places[i].id);
    free(x);
}

/* ---- names ---- */

/* The model's name in a driver's; false if it is no core. */
static bool model_of(const char *driver, char *name, size_t size)
{
    size_t length = strlen(driver), suffix = strlen(DRIVER_SUFFIX);

    if (length <= suffix || length - suffix >= size || strcasecmp(driver + length - suffix, DRIVER_SUFFIX))
        return false;
    memcpy(name, driver, length - suffix);
    name[length - suffix] = 0;
    return true;
}

bool core_devices_is_driver(const char *driver)
{
    char name[64];

    return model_of(driver, name, sizeof name);
}

/* What this machine's cores are. */
static void core_type(const struct core_devices *x, char *text, size_t size)
{
    snprintf(text, size, "%s" DRIVER_SUFFIX, x->platform->config->model->aliases[0]);
}

/* One past the last: there is none. */
static unsigned find(const struct core_devices *x, const char *id)
{
    char path[128];
    unsigned i = 0;

    for (; i < x->n; i++) {
        const struct place *place = &x->places[i];

        place_path(place, path, sizeof path);
        if (place->is_taken && ((place->id && !strcmp(place->id, id)) || !strcmp(path, id)))
            break;
    }
    return i;
}

bool core_devices_has(const struct core_devices *x, const char *id)
{
    return find(x, id) < x->n;
}

/* ---- plugging ---- */

/* Its core, from which the arguments follow that need not be given. */
static bool check(struct core_devices *x, struct option_list *list, unsigned *core, struct error *err)
{
    static const char *const valid[] = { "id", "core-id", "nr-threads", "node-id", NULL };
    const char *driver = options_get(list, "driver");
    const struct cpu_model *model = x->platform->config->model;
    uint64_t id = UINT64_MAX, threads = x->threads, node;
    char name[64], type[96];

    options_get(list, "id");
    if (!options_unsigned(list, "core-id", UINT32_MAX, &id, err) ||
        !options_unsigned(list, "nr-threads", UINT32_MAX, &threads, err))
        return false;
    if (!model_of(driver, name, sizeof name) || cpu_model_find(name, NULL) != model) {
        core_type(x, type, sizeof type);
        return error_set(err, ERROR_USAGE, "CPU core type should be %s", type);
    }
    if (threads != x->threads)
        return error_set(err, ERROR_USAGE, "invalid nr-threads %u, must be %u", (unsigned)threads, x->threads);
    if (id == UINT64_MAX)
        return error_set(err, ERROR_USAGE, "a core needs its core-id");
    if (id % x->threads)
        return error_set(err, ERROR_USAGE, "invalid core id %u", (unsigned)id);
    if (id / x->threads >= x->n) {
        error_set(err, ERROR_USAGE, "core id %u out of range", (unsigned)id);
        error_hint(err, "there is room for -smp maxcpus=N");
        return false;
    }
    *core = (unsigned)id / x->threads;
    if (x->places[*core].is_taken)
        return error_set(err, ERROR_USAGE, "core %u already populated", (unsigned)id);
    node = numa_node_of_core(x->platform, *core);
    if (!options_unsigned(list, "node-id", UINT32_MAX, &id, err))
        return false;
    if (options_get(list, "node-id") && id != node)
        return error_set(err, ERROR_USAGE, "node-id=%u must match the node of the core, %u", (unsigned)id, (unsigned)node);
    return options_all_used(list, valid, err);
}

static bool plug(struct core_devices *x, unsigned core, bool running, struct error *err)
{
    struct accel *accel = x->platform->accel;
    bool ok;

    accel_pause(accel);
    ok = add_vcpus(x, core, err);
    if (ok) {
        accel_lock(accel);
        ok = processors_plug_core(x->platform->processors, core, running, err);
        accel_unlock(accel);
        if (!ok)
            remove_vcpus(x, core);
    }
    control_release(x->control);
    return ok;
}

bool core_devices_plug(struct core_devices *x, struct option_list *list, bool running, struct error *err)
{
    const char *id = options_get(list, "id");
    struct place place = { .is_taken = true, .was_plugged = true };
    unsigned core = 0;

    if (!check(x, list, &core, err))
        return false;
    if (id && !(place.id = strdup(id)))
        return error_set(err, ERROR_RESOURCE, "out of memory");
    if (!plug(x, core, running, err)) {
        free(place.id);
        return false;
    }
    if (!id)
        place.number = x->n_unnamed++;
    x->places[core] = place;
    return true;
}

bool core_devices_unplug(struct core_devices *x, const char *id, struct error *err)
{
    unsigned core = find(x, id);
    bool ok;

    if (core == x->n)
        return error_set(err, ERROR_USAGE, "Device '%s' not found", id);
    if (!core)
        return error_set(err, ERROR_UNSUPPORTED, "Boot CPU core may not be unplugged");
    accel_lock(x->platform->accel);
    ok = x->places[core].going || processors_unplug_core(x->platform->processors, core, err);
    accel_unlock(x->platform->accel);
    return ok;
}

void core_devices_for_each(const struct core_devices *x, void (*fn)(void *opaque, const struct core_place *place),
                           void *opaque)
{
    char path[128], type[96];

    core_type(x, type, sizeof type);
    for (unsigned i = x->n; i-- > 0;) {
        place_path(&x->places[i], path, sizeof path);
        fn(opaque, &(struct core_place){ i * x->threads, x->threads, numa_node_of_core(x->platform, i),
                                         numa_nodes(x->platform) > 1, x->places[i].is_taken ? path : NULL,
                                         type });
    }
}
