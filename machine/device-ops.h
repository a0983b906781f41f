/* What a monitor asks of devices: filled in by whoever has them. Every function may be NULL. All are called on the
 * event loop's thread, without the machine's lock. */
#ifndef MACHINE_DEVICE_OPS_H
#define MACHINE_DEVICE_OPS_H

#include "machine/machine.h"
#include "machine/core-devices.h"
#include "machine/memory-devices.h"

struct machine_block {
    const char *device, *node_name, *filename, *format; /* node_name: NULL if it has none */
    uint64_t size_bytes; /* filename is NULL: an empty drive */
    bool read_only, removable;
    uint64_t reads, writes, flushes, read_bytes, written_bytes;
};

struct machine_device_ops {
    /* The device is a JSON object: driver, id, properties; -device takes the same. */
    bool (*add)(struct machine *m, const char *json, struct error *err);
    /* Asks the guest; EVENT_DEVICE_DELETED follows when it has agreed. */
    bool (*del)(struct machine *m, const char *id, struct error *err);
    /* Images and networks, and giving them back. */
    bool (*backend_add)(struct machine *m, enum device_option_kind kind, const char *json, struct error *err);
    bool (*blockdev_del)(struct machine *m, const char *name, struct error *err);
    bool (*netdev_del)(struct machine *m, const char *id, struct error *err);
    /* -object's argument, or a JSON object. */
    bool (*object_add)(struct machine *m, const char *json, struct error *err);
    bool (*object_del)(struct machine *m, const char *id, struct error *err);
    void (*for_each_memory)(struct machine *m, void (*fn)(void *opaque, const struct memory_device *device),
                            void *opaque);
    void (*for_each_core)(struct machine *m, void (*fn)(void *opaque, const struct core_place *place), void *opaque);
    void (*for_each_block)(struct machine *m, void (*fn)(void *opaque, const struct machine_block *block),
                           void *opaque);
    bool (*block_resize)(struct machine *m, const char *name, uint64_t size_bytes, struct error *err);
};

/* NULL: there are none. The ops are constant. */
const struct machine_device_ops *machine_device_ops(const struct machine *m);
/* Those of devices that -device and its kin make: what machine_new() sets. */
extern const struct machine_device_ops machine_user_devices;
void machine_set_device_ops(struct machine *m, const struct machine_device_ops *ops);

#endif
