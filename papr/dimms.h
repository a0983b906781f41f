/* Memory modules that are plugged in and taken out while the guest runs: at addresses behind the memory at start, in
 * logical memory blocks of 256 MiB, each with its connector. Their RAM is part of struct mem from the beginning (it
 * costs nothing until it is used); a block that is given back loses its contents. */
#ifndef PAPR_DIMMS_H
#define PAPR_DIMMS_H

#include "papr/connectors.h"
#include "papr/events.h"

struct dimms;

#define LMB_SIZE UINT64_C(0x10000000)
enum { LMB_SHIFT = 28 };

/* The addresses where memory can be plugged: from a multiple of 1 GiB behind the memory at start. Empty (both 0) if
 * maxmem leaves no room. The machine's struct mem reaches to the end. */
gpa_t dimms_area_start(const struct platform_config *config);
gpa_t dimms_area_end(const struct platform_config *config);

/* Makes the connectors of the area's blocks. */
struct dimms *dimms_new(struct platform *p, struct error *err);
void dimms_free(struct dimms *x);
/* gone() hears of a module whose last block was given back; kept() of one that the guest wants to keep. Lock held. */
struct dimms_listener {
    void (*gone)(void *opaque, gpa_t start, uint64_t size);
    void (*kept)(void *opaque, gpa_t start, uint64_t size);
};
void dimms_listen(struct dimms *x, const struct dimms_listener *listener, void *opaque);

/* Plugs a module: at *start, or, if that is UINT64_MAX, where there is room (then *start tells where). Size and start are
 * multiples of 256 MiB, node is one of the machine's. running: the guest is told, else it finds the module in its
 * tree. Lock held, or before the vCPUs run. */
bool dimms_plug(struct dimms *x, gpa_t *start, uint64_t size, unsigned node, bool running, struct error *err);
/* Keeps addresses of the area free of modules, for good; start, size and node as above. The guest sees them as free. */
bool dimms_reserve(struct dimms *x, gpa_t *start, uint64_t size, unsigned node, struct error *err);
/* Asks the guest for a module, named by its start. It goes later (gone()), or not. */
bool dimms_unplug(struct dimms *x, gpa_t start, struct error *err);

/* The module that a block belongs to: its node and whether the guest has it; false if there is none. */
bool dimms_block(const struct dimms *x, gpa_t address, unsigned *node);
/* Bytes that are plugged now. */
uint64_t dimms_plugged(const struct dimms *x);

#endif
