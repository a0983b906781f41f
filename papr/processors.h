/* The partition's processors: virtual processor areas, ceding and conferring, modes, the process
 * table, starting and stopping, and the /cpus nodes. */
#ifndef PAPR_PROCESSORS_H
#define PAPR_PROCESSORS_H

#include "papr/platform.h"

struct processors;

/* State for the vCPUs of p->accel; sets p->processors. NULL when out of memory. The reset of the facility resets the
 * processors themselves too: all stopped, with the registers of cpu_reset() and LPCR[LD] by
 * cap_large_decr; whoever boots then sets one up and calls vcpu_start(). */
struct processors *processors_new(struct platform *p, struct error *err);
void processors_free(struct processors *x);

/* One flat entry state for a processor that software starts at an address: 64-bit, real mode,
 * big-endian, all registers but r3 clear; translation mode and interrupt modes are those of the
 * processor like (NULL: those of reset). Does not start it. */
void processors_prepare(struct processors *x, struct vcpu *v, const struct vcpu *like,
                        uint64_t address, uint64_t r3);

/* Connectors for all cores that the machine may have, those that are there attached. p->connectors is set. */
bool processors_add_connectors(struct processors *x, struct error *err);

/* Cores that come and go, by their number from 0: vCPUs number * threads and on. gone: the guest has given it back, or
 * never had it, and its vCPUs are retired: to be removed with all stopped. kept: the guest wants to keep it. Lock held,
 * any thread. */
struct cores_listener {
    void (*gone)(void *opaque, unsigned core);
    void (*kept)(void *opaque, unsigned core);
};
void processors_listen(struct processors *x, const struct cores_listener *listener, void *opaque);
/* Lock held, all stopped. A core is there, its vCPUs have been added. running: the guest is told, else it finds the core
 * in its tree. False: it could not be told, and the vCPUs are to be removed again. */
bool processors_plug_core(struct processors *x, unsigned core, bool running, struct error *err);
/* Asks the guest for a core that is there. Lock held. */
bool processors_unplug_core(struct processors *x, unsigned core, struct error *err);

/* Makes all processors forget their translations; see accel_flush_translations(). */
void processors_flush_translations(struct processors *x);

extern const struct facility_type processors_facility;

#endif
