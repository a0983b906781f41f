/* What a monitor asks of the devices that a user adds; see device-ops.h. */
#include "machine/device-ops.h"

#include "machine/devices.h"

static bool add(struct machine *m, const char *json, struct error *err)
{
    return devices_plug(machine_devices(m), json, err);
}

static bool del(struct machine *m, const char *id, struct error *err)
{
    return devices_unplug(machine_devices(m), id, err);
}

static bool backend_add(struct machine *m, enum device_option_kind kind, const char *json, struct error *err)
{
    return devices_add_backend(machine_devices(m), kind, json, err);
}

static bool blockdev_del(struct machine *m, const char *name, struct error *err)
{
    return drives_remove(devices_drives(machine_devices(m)), name, err);
}

static bool netdev_del(struct machine *m, const char *id, struct error *err)
{
    return devices_del_netdev(machine_devices(m), id, err);
}

static bool resize(struct machine *m, const char *name, uint64_t size_bytes, struct error *err)
{
    return devices_resize_drive(machine_devices(m), name, size_bytes, err);
}

static bool object_add(struct machine *m, const char *json, struct error *err)
{
    return devices_add_object(machine_devices(m), json, err);
}

static bool object_del(struct machine *m, const char *id, struct error *err)
{
    return devices_del_object(machine_devices(m), id, err);
}

static void for_each_memory(struct machine *m, void (*fn)(void *opaque, const struct memory_device *device),
                            void *opaque)
{
    memory_devices_for_each(devices_memory(machine_devices(m)), fn, opaque);
}

static void for_each_core(struct machine *m, void (*fn)(void *opaque, const struct core_place *place), void *opaque)
{
    core_devices_for_each(devices_cores(machine_devices(m)), fn, opaque);
}

/* Drives that devices have; what is only the file of another node is not shown. A -blockdev has a node's name, and no
 * device's. */
static void for_each_block(struct machine *m, void (*fn)(void *opaque, const struct machine_block *block),
                           void *opaque)
{
    for (struct drive *d = drives_first(devices_drives(machine_devices(m))); d; d = d->next) {
        struct block_counts counts = { 0 };
        struct machine_block block = {
            .device = d->is_node ? "" : d->id,
            .node_name = d->is_node ? d->id : NULL,
            .filename = d->file,
            .format = d->format ? d->format : "raw",
            .read_only = d->options.read_only,
            .removable = d->is_cd,
        };

        if (d->is_node && !d->block)
            continue;
        if (d->block) {
            counts = block_counts(d->block);
            block.size_bytes = block_size(d->block);
        }
        block.reads = counts.reads;
        block.writes = counts.writes;
        block.flushes = counts.flushes;
        block.read_bytes = counts.read_bytes;
        block.written_bytes = counts.written_bytes;
        fn(opaque, &block);
    }
}

const struct machine_device_ops machine_user_devices = {
    .add = add,
    .del = del,
    .backend_add = backend_add,
    .blockdev_del = blockdev_del,
    .netdev_del = netdev_del,
    .object_add = object_add,
    .object_del = object_del,
    .for_each_memory = for_each_memory,
    .for_each_core = for_each_core,
    .for_each_block = for_each_block,
    .block_resize = resize,
};
