/* The facilities of the platform, gathered by hand: the one place that lists them all. */
#ifndef MACHINE_TABLES_H
#define MACHINE_TABLES_H

#include "firmware/client-interface.h"
#include "irq/irq.h"
#include "papr/accounting.h"
#include "papr/connectors.h"
#include "papr/dma.h"
#include "papr/dimms.h"
#include "papr/counters.h"
#include "papr/energy.h"
#include "papr/error-injection.h"
#include "papr/events.h"
#include "papr/fwnmi.h"
#include "papr/key-store.h"
#include "papr/memory.h"
#include "papr/guests.h"
#include "papr/nested.h"
#include "papr/page-table.h"
#include "papr/persistent-memory.h"
#include "papr/power.h"
#include "papr/processors.h"
#include "papr/kernel-dump.h"
#include "papr/random.h"
#include "papr/suspend.h"
#include "papr/system-parameters.h"
#include "papr/time.h"
#include "papr/tpm-proxy.h"
#include "pci/phb.h"
#include "vio/llan.h"
#include "papr/watchdog.h"
#include "vio/nvram.h"
#include "vio/vty.h"

struct parts {
    struct platform *platform;
    struct processors *processors;
    struct page_table *page_table;
    struct accounting *accounting;
    struct nested *nested;
    struct guests *guests;
    struct watchdogs *watchdogs;
    struct error_injection *error_injection;
    struct time_of_day *time;
    struct fwnmi *fwnmi;
    struct connectors *connectors;
    struct dimms *dimms;
    struct persistent_memory *persistent_memory;
    struct random *random;
    struct tpm_proxy *tpm_proxy;
    struct kernel_dump *kernel_dump;
    struct irq *irq;
    struct events *events;
    struct dma_spaces *dma;
    struct phbs *phbs;
    struct vio_bus *vio;
    struct nvram *nvram;
    struct key_store *key_store;
    struct vtys *vtys;
    struct firmware *firmware;
};

/* Makes the facilities of a platform and adds them. console: for what firmware prints. loop: for their timers. */
bool parts_new(struct parts *parts, struct platform *p, struct loop *loop,
               void (*console)(void *opaque, const char *text, size_t size), void *opaque,
               struct error *err);
/* Adds the NVRAM: an image's path or NULL. The terminals come before it, so that the first of them has the
 * unit address at which guests look for it. */
bool parts_add_nvram(struct parts *parts, const char *path, struct error *err);
/* Adds the key store, in a file or, with NULL, in memory. */
bool parts_add_key_store(struct parts *parts, const char *path, struct error *err);
void parts_free(struct parts *parts);

#endif
