/* The facilities of the platform, gathered by hand: the one place that lists them all. */
#ifndef MACHINE_TABLES_H
#define MACHINE_TABLES_H

#include "firmware/client-interface.h"
#include "irq/irq.h"
#include "papr/connectors.h"
#include "papr/events.h"
#include "papr/fwnmi.h"
#include "papr/memory.h"
#include "papr/power.h"
#include "papr/processors.h"
#include "papr/system-parameters.h"
#include "papr/time.h"
#include "vio/nvram.h"
#include "vio/vty.h"

struct parts {
    struct platform *platform;
    struct processors *processors;
    struct time_of_day *time;
    struct fwnmi *fwnmi;
    struct irq *irq;
    struct events *events;
    struct vio_bus *vio;
    struct nvram *nvram;
    struct vtys *vtys;
    struct firmware *firmware;
};

/* Makes every facility of a platform and adds it. nvram: an image's path or NULL. console: for what firmware
 * prints. */
bool parts_new(struct parts *parts, struct platform *p, const char *nvram,
               void (*console)(void *opaque, const char *text, size_t size), void *opaque,
               struct error *err);
void parts_free(struct parts *parts);

#endif
