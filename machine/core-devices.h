/* Processor cores that come and go: MODEL-spapr-cpu-core devices with core-id=N, which is the number of the core's first
 * vCPU. The cores that the machine starts with are in the list, too. The guest's part is papr/processors.h; here are
 * their names, and their vCPUs' coming and going.
 *
 * For the event loop's thread, without the machine's lock, or before the vCPUs run. */
#ifndef MACHINE_CORE_DEVICES_H
#define MACHINE_CORE_DEVICES_H

#include "base/loop.h"
#include "base/option-list.h"
#include "machine/control.h"
#include "papr/processors.h"

struct core_devices;

/* What it gets outlives it. */
struct core_devices *core_devices_new(struct platform *p, struct control *control, struct loop *loop, struct error *err);
void core_devices_free(struct core_devices *x);

/* Whether a -device's driver is a core of some processor model. */
bool core_devices_is_driver(const char *driver);

/* A core: driver, core-id=, id=, nr-threads=, node-id=. running: the guest is told. */
bool core_devices_plug(struct core_devices *x, struct option_list *list, bool running, struct error *err);
/* By id, or by path for one that has none. */
bool core_devices_has(const struct core_devices *x, const char *id);
/* Asks the guest for it; an event tells how it ended. */
bool core_devices_unplug(struct core_devices *x, const char *id, struct error *err);

/* A place for a core as a monitor shows it: from the last to the first. */
struct core_place {
    unsigned core_id, threads, node;
    bool has_nodes;   /* the machine has more than one */
    const char *path; /* NULL: no core there */
    const char *type; /* the driver of a core here */
};
void core_devices_for_each(const struct core_devices *x, void (*fn)(void *opaque, const struct core_place *place),
                           void *opaque);

#endif
