/* Devices that come and go while the machine lives; see devices.h. */
#include <stdio.h>
#include <string.h>

#include "accel/accel.h"
#include "base/loop.h"
#include "host/net.h"
#include "machine/control.h"
#include "machine/devices-internal.h"

static void destroy(struct device *x)
{
    /* What comes from outside stops before the device goes. */
    if (x->netdev)
        net_unset_receiver(x->netdev->net);
    x->type->destroy(x->self);
}

static void finish_removal(struct devices *d, struct device *x)
{
    struct device **at = &d->first;
    char path[128] = "/machine/peripheral-anon/device[0]";

    while (*at != x)
        at = &(*at)->next;
    *at = x->next;
    if (!*at)
        d->last = at;
    if (x->block) {
        accel_lock(d->parts->platform->accel);
        firmware_remove_disk(d->parts->firmware, x->block);
        accel_unlock(d->parts->platform->accel);
    }
    destroy(x);
    if (x->id)
        snprintf(path, sizeof path, "/machine/peripheral/%s", x->id);
    control_emit(d->control, &(struct machine_event){ .kind = EVENT_DEVICE_DELETED, .device = x->id, .path = path });
    device_give_back(x);
    device_free(x);
}

/* PCI functions alone, which begin with a struct pci_device, and have no buses of their own. */
static bool is_hotpluggable(const struct device_type *type)
{
    return type->bus == DEVICE_BUS_PCI && type->offers == DEVICE_BUS_NONE;
}

static bool was_released(const struct devices *d, const struct pci_device *function)
{
    bool released;

    accel_lock(d->parts->platform->accel);
    released = !function->phb;
    accel_unlock(d->parts->platform->accel);
    return released;
}

/* Those that the guest has let go: they are on no bus. */
static void remove_released(void *opaque)
{
    struct devices *d = opaque;

    for (struct device *x = d->first, *next; x; x = next) {
        next = x->next;
        if (is_hotpluggable(x->type) && was_released(d, x->self))
            finish_removal(d, x);
    }
}

/* Lock held, any thread. */
static void function_released(void *opaque, struct pci_device *function)
{
    struct devices *d = opaque;

    (void)function;
    loop_post(d->loop, remove_released, d);
}

static const struct phbs_listener phbs_listener = { function_released };

static bool plug_function(struct devices *d, const char *driver, const char *argument, struct error *err)
{
    const struct device_type *type = device_type_find(driver, err);

    if (!type)
        return false;
    if (!is_hotpluggable(type))
        return error_set(err, ERROR_UNSUPPORTED, "Device '%s' can't be added while the machine lives", driver);
    return device_create(d, argument, err);
}

static bool unplug_function(struct devices *d, struct device *x, struct error *err)
{
    struct pci_device *function = x->self;
    bool ok = true;

    if (!is_hotpluggable(x->type))
        return error_set(err, ERROR_UNSUPPORTED, "Device '%s' does not support hotplugging", x->id);
    accel_lock(d->parts->platform->accel);
    if (function->phb) /* else it is on its way */
        ok = phb_request_removal(function, err);
    accel_unlock(d->parts->platform->accel);
    return ok;
}

bool devices_plug(struct devices *d, const char *argument, struct error *err)
{
    struct option_list list = { 0 };
    const char *driver;
    bool ok = options_split(&list, argument, "driver", err) && (driver = options_need(&list, "driver", err));

    if (ok && device_is_platforms(&list))
        ok = device_plug_platforms(d, &list, true, err);
    else if (ok)
        ok = plug_function(d, driver, argument, err);
    options_free(&list);
    return ok;
}

bool devices_unplug(struct devices *d, const char *id, struct error *err)
{
    if (memory_devices_has(d->memory, id))
        return memory_devices_unplug(d->memory, id, err);
    if (core_devices_has(d->cores, id))
        return core_devices_unplug(d->cores, id, err);
    for (struct device *x = d->first; x; x = x->next)
        if (x->id && !strcmp(x->id, id))
            return unplug_function(d, x, err);
    return error_set(err, ERROR_USAGE, "Device '%s' not found", id);
}

void devices_go_live(struct devices *d, struct control *control, struct loop *loop)
{
    d->control = control;
    d->loop = loop;
    phbs_go_live(d->parts->phbs, &phbs_listener, d);
}
