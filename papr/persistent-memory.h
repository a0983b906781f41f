/* Modules of persistent memory: RAM in the area where memory can be plugged (papr/dimms.h) that outlives the machine if
 * a file is behind it, and a label area beside it that only calls reach. The guest finds a module as a node below
 * /ibm,persistent-memory and binds it before it uses it; it has one address for life here, so that binding only tells
 * where. [LoPAR, Storage Class Memory] */
#ifndef PAPR_PERSISTENT_MEMORY_H
#define PAPR_PERSISTENT_MEMORY_H

#include "papr/dimms.h"

struct persistent_memory;

enum { UUID_TEXT = 37 };

/* What is behind a module; what it points at stays the caller's and outlives the module. */
struct pmem_module {
    gpa_t start;         /* set by plugging, unless it is another than UINT64_MAX */
    uint64_t size;       /* without the labels: a multiple of 256 MiB */
    uint8_t *labels;
    uint64_t labels_size;
    unsigned node;
    bool is_unarmed;     /* its contents may be lost, and labels are not written */
    bool takes_flush;    /* the guest is to flush it by a call, else its own caches are all */
    char uuid[UUID_TEXT];
    bool (*flush)(void *opaque); /* writes back what is behind it; NULL: there is nothing */
    void *opaque;
};

/* Makes config->pmem_slots connectors. */
struct persistent_memory *persistent_memory_new(struct platform *p, struct error *err);
void persistent_memory_free(struct persistent_memory *x);

/* Plugs a module into a slot, for good. running: the guest is told. Lock held, or before the vCPUs run. */
bool persistent_memory_plug(struct persistent_memory *x, unsigned slot, struct pmem_module *module, bool running,
                            struct error *err);

/* The H_SCM calls, and the nodes. */
extern const struct facility_type persistent_memory_facility;

#endif
