/* QMP commands for devices, disks and character devices.
 *
 * What devices there are is not the monitor's to know: the machine answers through struct machine_device_ops
 * (machine/device-ops.h). Without them the lists are empty, and nothing can be added. */
#include <string.h>

#include "base/bits.h"
#include "machine/device-ops.h"
#include "monitor/hmp.h"
#include "monitor/qmp.h"

static const struct machine_device_ops *ops(struct qmp_call *call)
{
    return machine_device_ops(call->monitor->machine);
}

static struct json_object *not_there(struct qmp_call *call, const char *what)
{
    return qmp_fail(call, NULL, "%s is not there yet", what);
}

/* The arguments as a JSON text, which the machine's device options take. */
static struct json_object *device_add(struct qmp_call *call)
{
    const struct machine_device_ops *x = ops(call);
    bool ok;

    if (!x || !x->add)
        return qmp_fail(call, NULL, "Device '%.64s' can't be added while the machine lives", qmp_str(call, "driver"));
    ok = x->add(call->monitor->machine, json_object_to_json_string(call->args), &call->err);
    return ok ? qmp_ok() : NULL;
}

static struct json_object *device_del(struct qmp_call *call)
{
    const struct machine_device_ops *x = ops(call);
    const char *id = qmp_str(call, "id");

    if (!x || !x->del)
        return qmp_fail(call, "DeviceNotFound", "Device '%.64s' not found", id);
    if (x->del(call->monitor->machine, id, &call->err))
        return qmp_ok();
    if (call->err.code == ERROR_USAGE)
        call->error_class = "DeviceNotFound";
    return NULL;
}

static struct json_object *add_backend(struct qmp_call *call, enum device_option_kind kind)
{
    const struct machine_device_ops *x = ops(call);

    if (!x || !x->backend_add)
        return not_there(call, "adding images and networks to this machine");
    return x->backend_add(call->monitor->machine, kind, json_object_to_json_string(call->args), &call->err) ? qmp_ok()
                                                                                                            : NULL;
}

static struct json_object *blockdev_add(struct qmp_call *call)
{
    return add_backend(call, OPTION_BLOCKDEV);
}

static struct json_object *netdev_add(struct qmp_call *call)
{
    return add_backend(call, OPTION_NETDEV);
}

static struct json_object *blockdev_del(struct qmp_call *call)
{
    const struct machine_device_ops *x = ops(call);
    const char *name = qmp_str(call, "node-name");

    if (!x || !x->blockdev_del)
        return qmp_fail(call, NULL, "Failed to find node with node-name='%.64s'", name);
    return x->blockdev_del(call->monitor->machine, name, &call->err) ? qmp_ok() : NULL;
}

static struct json_object *netdev_del(struct qmp_call *call)
{
    const struct machine_device_ops *x = ops(call);
    const char *id = qmp_str(call, "id");

    if (!x || !x->netdev_del)
        return qmp_fail(call, "DeviceNotFound", "Device '%.64s' not found", id);
    return x->netdev_del(call->monitor->machine, id, &call->err) ? qmp_ok() : NULL;
}

static struct json_object *inserted(const struct machine_block *block)
{
    struct json_object *o = qmp_ok(), *image = qmp_ok();

    qmp_put_str(image, "filename", block->filename);
    qmp_put_str(image, "format", block->format);
    qmp_put_int(image, "virtual-size", (int64_t)block->size_bytes);
    json_object_object_add(o, "image", image);
    qmp_put_str(o, "file", block->filename);
    qmp_put_str(o, "drv", block->format);
    qmp_put_bool(o, "ro", block->read_only);
    if (block->node_name)
        qmp_put_str(o, "node-name", block->node_name);
    return o;
}

static void add_block(void *opaque, const struct machine_block *block)
{
    struct json_object *o = qmp_ok();

    qmp_put_str(o, "device", block->device);
    qmp_put_str(o, "type", "unknown");
    qmp_put_bool(o, "removable", block->removable);
    qmp_put_bool(o, "locked", false);
    if (block->filename)
        json_object_object_add(o, "inserted", inserted(block));
    json_object_array_add(opaque, o);
}

static void add_block_stats(void *opaque, const struct machine_block *block)
{
    struct json_object *o = qmp_ok(), *stats = qmp_ok();

    qmp_put_int(stats, "rd_bytes", (int64_t)block->read_bytes);
    qmp_put_int(stats, "wr_bytes", (int64_t)block->written_bytes);
    qmp_put_int(stats, "rd_operations", (int64_t)block->reads);
    qmp_put_int(stats, "wr_operations", (int64_t)block->writes);
    qmp_put_int(stats, "flush_operations", (int64_t)block->flushes);
    qmp_put_str(o, "device", block->device);
    if (block->node_name)
        qmp_put_str(o, "node-name", block->node_name);
    json_object_object_add(o, "stats", stats);
    json_object_array_add(opaque, o);
}

static struct json_object *blocks(struct qmp_call *call, void (*add)(void *, const struct machine_block *))
{
    struct json_object *list = json_object_new_array();
    const struct machine_device_ops *x = ops(call);

    if (x && x->for_each_block)
        x->for_each_block(call->monitor->machine, add, list);
    return list;
}

static struct json_object *query_block(struct qmp_call *call)
{
    return blocks(call, add_block);
}

static struct json_object *query_blockstats(struct qmp_call *call)
{
    return blocks(call, add_block_stats);
}

static struct json_object *empty_list(struct qmp_call *call)
{
    (void)call;
    return json_object_new_array();
}

static struct json_object *resize_block(struct qmp_call *call)
{
    const struct machine_device_ops *x = ops(call);
    const char *name = qmp_str(call, "node-name") ? qmp_str(call, "node-name") : qmp_str(call, "device");

    if (!name)
        return qmp_fail(call, NULL, "Parameter 'node-name' is missing");
    if (!x || !x->block_resize)
        return qmp_fail(call, "DeviceNotFound", "Cannot find device='%.64s' nor node-name='%.64s'", name, name);
    if (x->block_resize(call->monitor->machine, name, qmp_int(call, "size", 0), &call->err))
        return qmp_ok();
    if (call->err.code == ERROR_USAGE)
        call->error_class = "DeviceNotFound";
    return NULL;
}

static struct json_object *balloon(struct qmp_call *call)
{
    return qmp_fail(call, "DeviceNotActive", "No balloon device has been activated");
}

/* ---- character devices ---- */

static void add_chardev(struct json_object *list, const char *label, const char *filename, bool open)
{
    struct json_object *o = qmp_ok();

    qmp_put_str(o, "label", label);
    qmp_put_str(o, "filename", filename);
    qmp_put_bool(o, "frontend-open", open);
    json_object_array_add(list, o);
}

static struct json_object *query_chardev(struct qmp_call *call)
{
    struct json_object *list = json_object_new_array();
    const struct machine_config *config = machine_config(call->monitor->machine);
    const struct monitor *mon = call->monitor;
    char label[40];

    for (unsigned i = 0; i < config->n_serial; i++) {
        const char *where = machine_serial_name(mon->machine, i);

        snprintf(label, sizeof label, "serial%u", i);
        add_chardev(list, label, where ? where : config->serial[i], true);
    }
    for (unsigned i = 0; i < MONITOR_SESSIONS; i++) {
        snprintf(label, sizeof label, "compat_monitor%u", i);
        if (mon->qmp[i])
            add_chardev(list, label, qmp_name(mon->qmp[i]), qmp_is_open(mon->qmp[i]));
        if (mon->hmp[i])
            add_chardev(list, label, hmp_name(mon->hmp[i]), true);
    }
    return list;
}

static struct json_object *query_chardev_backends(struct qmp_call *call)
{
    static const char *const kinds[] = { "file", "null", "pty", "socket", "stdio" };
    struct json_object *list = json_object_new_array();

    (void)call;
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        struct json_object *o = qmp_ok();

        qmp_put_str(o, "name", kinds[i]);
        json_object_array_add(list, o);
    }
    return list;
}

static struct json_object *chardev_add(struct qmp_call *call)
{
    return not_there(call, "adding character devices while the machine lives");
}

static struct json_object *chardev_remove(struct qmp_call *call)
{
    return qmp_fail(call, NULL, "Chardev '%.64s' not found", qmp_str(call, "id"));
}

static struct json_object *add_client(struct qmp_call *call)
{
    return not_there(call, "passing descriptors");
}

static struct json_object *object_add(struct qmp_call *call)
{
    const struct machine_device_ops *x = ops(call);

    if (!x || !x->object_add)
        return not_there(call, "adding objects to this machine");
    return x->object_add(call->monitor->machine, json_object_to_json_string(call->args), &call->err) ? qmp_ok() : NULL;
}

static struct json_object *object_del(struct qmp_call *call)
{
    const struct machine_device_ops *x = ops(call);
    const char *id = qmp_str(call, "id");

    if (!x || !x->object_del)
        return qmp_fail(call, NULL, "object '%.64s' not found", id);
    return x->object_del(call->monitor->machine, id, &call->err) ? qmp_ok() : NULL;
}

/* ---- memory ---- */

static void add_memory(void *opaque, const struct memory_device *device)
{
    struct json_object *o = qmp_ok(), *data = qmp_ok();
    char path[128];

    if (device->id)
        qmp_put_str(data, "id", device->id);
    snprintf(path, sizeof path, "/objects/%s", device->memdev);
    qmp_put_str(data, "memdev", path);
    qmp_put_int(data, "addr", (int64_t)device->start);
    qmp_put_int(data, "size", (int64_t)device->size);
    qmp_put_int(data, "slot", device->slot);
    qmp_put_int(data, "node", device->node);
    qmp_put_bool(data, "hotplugged", device->hotplugged);
    qmp_put_bool(data, "hotpluggable", true);
    qmp_put_str(o, "type", device->is_persistent ? "nvdimm" : "dimm");
    json_object_object_add(o, "data", data);
    json_object_array_add(opaque, o);
}

static struct json_object *query_memory_devices(struct qmp_call *call)
{
    struct json_object *list = json_object_new_array();
    const struct machine_device_ops *x = ops(call);

    if (x && x->for_each_memory)
        x->for_each_memory(call->monitor->machine, add_memory, list);
    return list;
}

static const struct qmp_row rows[] = {
    { "device_add", "driver:str bus:str? id:str? ...", "adds a device", device_add },
    { "device_del", "id:str", "asks the guest to give a device up", device_del },
    { "blockdev-add", "driver:str node-name:str ...", "opens an image, as -blockdev", blockdev_add },
    { "blockdev-del", "node-name:str", "closes it, if no device has it", blockdev_del },
    { "netdev_add", "type:str id:str ...", "adds a network, as -netdev", netdev_add },
    { "netdev_del", "id:str", "removes it, if no device has it", netdev_del },
    { "object-add", "qom-type:str id:str ...", "adds an object: memory for a module, numbers for virtio-rng-pci", object_add },
    { "object-del", "id:str", "removes memory that no module has", object_del },
    { "query-memory-devices", "", "memory that was plugged in", query_memory_devices },
    { "query-block", "", "the disks", query_block },
    { "query-blockstats", "query-nodes:bool?", "what has been read from the disks and written to them",
      query_blockstats },
    { "query-named-block-nodes", "flat:bool?", "images by node name: none are told", empty_list },
    { "block_resize", "device:str? node-name:str? size:int", "changes a disk's size", resize_block },
    { "balloon", "value:int", "fails: there is no balloon", balloon },
    { "query-chardev", "", "the other sides of serial lines and monitors", query_chardev },
    { "query-chardev-backends", "", "the kinds of those", query_chardev_backends },
    { "chardev-add", "id:str backend:any", "fails: not there yet", chardev_add },
    { "chardev-remove", "id:str", "fails: none can be removed", chardev_remove },
    { "add_client", "protocol:str fdname:str skipauth:bool? tls:bool?", "fails: not there yet", add_client },
};

const struct qmp_table qmp_device_table = { rows, ARRAY_SIZE(rows) };
