/* Virtual terminals: the partition's serial lines (hvc0, hvc1, ...). [LoPAR, Virtual Terminal Option] */
#ifndef VIO_VTY_H
#define VIO_VTY_H

#include "base/device-type.h"
#include "host/chardev.h"
#include "vio/bus.h"

struct vtys;

/* The facility of all virtual terminals on the bus, none yet. */
struct vtys *vtys_new(struct vio_bus *bus, struct error *err);
void vtys_free(struct vtys *vtys);

/* Adds a terminal with that host device behind it, which stays the caller's, at the unit address *unit (0: any), which
 * receives the address. NULL: nobody is behind it. */
bool vtys_add(struct vtys *vtys, struct chardev *chardev, uint32_t *unit, struct error *err);

/* The address of the first one; false if there is none. */
bool vtys_first(const struct vtys *vtys, uint32_t *unit);

/* Writes to the first terminal, as firmware does before a driver is there. Waits a second for a slow other
 * side, then drops what is left. */
void vtys_write(struct vtys *vtys, const char *text, size_t size);

/* Takes what was typed at the first terminal: up to size characters, without waiting. Returns their number. */
size_t vtys_read(struct vtys *vtys, char *text, size_t size);

/* Gives out what was taken from the guest and not yet by the other sides, which have a second each. For the
 * machine's end. */
void vtys_flush(struct vtys *vtys);

extern const struct facility_type vty_facility;

/* spapr-vty */
extern const struct device_type vty_type;

#endif
