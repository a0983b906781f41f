/* Memory that is plugged in: memory-backend-ram objects, and the pc-dimm modules that take them. Which addresses they
 * get, and the guest's part in it, is papr/dimms.h; here are their names.
 *
 * For the event loop's thread, without the machine's lock, or before the vCPUs run. */
#ifndef MACHINE_MEMORY_DEVICES_H
#define MACHINE_MEMORY_DEVICES_H

#include "base/loop.h"
#include "base/option-list.h"
#include "machine/control.h"
#include "machine/nodes.h"
#include "papr/dimms.h"

struct memory_devices;

/* What it gets outlives it. The backends that the nodes name are theirs. */
struct memory_devices *memory_devices_new(struct accel *accel, struct dimms *dimms, struct control *control,
                                          struct loop *loop, const struct nodes *nodes, struct error *err);
void memory_devices_free(struct memory_devices *x);

/* A backend: id=, size=. The list's qom-type has been looked at. */
bool memory_devices_add_backend(struct memory_devices *x, struct option_list *list, struct error *err);
bool memory_devices_has_backend(const struct memory_devices *x, const char *id);
/* Fails if a module has it. */
bool memory_devices_del_backend(struct memory_devices *x, const char *id, struct error *err);

/* A module: pc-dimm with memdev=, id=, node=, addr=. running: the guest is told. */
bool memory_devices_plug(struct memory_devices *x, struct option_list *list, bool running, struct error *err);
bool memory_devices_has(const struct memory_devices *x, const char *id);
/* Asks the guest for it; an event tells how it ended. */
bool memory_devices_unplug(struct memory_devices *x, const char *id, struct error *err);

/* A module as a monitor shows it. */
struct memory_device {
    const char *id, *memdev; /* id NULL: it has none */
    uint64_t start, size;
    unsigned node, slot;
    bool hotplugged;
};
void memory_devices_for_each(struct memory_devices *x, void (*fn)(void *opaque, const struct memory_device *device),
                             void *opaque);

#endif
