/* Memory that is plugged in: memory-backend-ram and -file objects, and the modules, pc-dimm or nvdimm, that take them.
 * Which addresses they get, and the guest's part in it, is papr/dimms.h or papr/persistent-memory.h; here are their
 * names.
 *
 * For the event loop's thread, without the machine's lock, or before the vCPUs run. */
#ifndef MACHINE_MEMORY_DEVICES_H
#define MACHINE_MEMORY_DEVICES_H

#include "base/loop.h"
#include "base/option-list.h"
#include "machine/control.h"
#include "machine/nodes.h"
#include "papr/persistent-memory.h"

struct memory_devices;

/* What it gets outlives it. pmem NULL: there is to be none. The backends that the nodes name are theirs. */
struct memory_devices *memory_devices_new(struct accel *accel, struct mem *mem, struct dimms *dimms,
                                          struct persistent_memory *pmem, struct control *control, struct loop *loop,
                                          const struct nodes *nodes, struct error *err);
void memory_devices_free(struct memory_devices *x);

/* A backend: id=, size=, and a file's mem-path=, share=. The list's qom-type has been looked at. */
bool memory_devices_add_backend(struct memory_devices *x, struct option_list *list, struct error *err);
bool memory_devices_has_backend(const struct memory_devices *x, const char *id);
/* Fails if a module has it. */
bool memory_devices_del_backend(struct memory_devices *x, const char *id, struct error *err);

/* A module: pc-dimm with memdev=, id=, node=, addr=, or nvdimm, or spapr-nvdimm, which also wants uuid=, label-size=
 * and may have unarmed=. running: the guest is told. */
bool memory_devices_is_driver(const char *driver);
bool memory_devices_plug(struct memory_devices *x, struct option_list *list, bool running, struct error *err);
bool memory_devices_has(const struct memory_devices *x, const char *id);
/* Asks the guest for it; an event tells how it ended. */
bool memory_devices_unplug(struct memory_devices *x, const char *id, struct error *err);

/* A module as a monitor shows it. */
struct memory_device {
    const char *id, *memdev; /* id NULL: it has none */
    uint64_t start, size;
    unsigned node, slot;
    bool hotplugged, is_persistent;
};
void memory_devices_for_each(struct memory_devices *x, void (*fn)(void *opaque, const struct memory_device *device),
                             void *opaque);

#endif
