/* The facilities of the platform; see tables.h. */
#include "machine/tables.h"

#include <string.h>

static bool make_states(struct parts *x, struct platform *p, struct loop *loop,
                        void (*console)(void *opaque, const char *text, size_t size), void *opaque,
                        struct error *err)
{
    struct irq_line epow, hotplug;

    x->platform = p;
    x->irq = irq_new(p, err);
    if (!x->irq || !irq_claim(x->irq, IRQ_EPOW, false, &epow, err) ||
        !irq_claim(x->irq, IRQ_HOTPLUG, false, &hotplug, err))
        return false;
    p->irq = x->irq;
    p->irq_ops = &irq_platform_ops;
    return (x->processors = processors_new(p, err)) && (x->page_table = page_table_new(p, err)) &&
           (x->accounting = accounting_new(p, err)) && (x->nested = nested_new(p, err)) &&
           (x->guests = guests_new(p, x->nested, err)) &&
           (x->time = time_new(p->config->is_deterministic ? time_fixed : NULL, err)) &&
           (x->fwnmi = fwnmi_new(p, err)) && (x->connectors = connectors_new(p, err)) &&
           processors_add_connectors(x->processors, err) &&
           (x->dimms = dimms_new(p, err)) && (x->persistent_memory = persistent_memory_new(p, err)) &&
           (x->random = random_new(p, err)) &&
           (x->tpm_proxy = tpm_proxy_new(p, err)) &&
           (x->kernel_dump = kernel_dump_new(p, err)) && (x->watchdogs = watchdogs_new(p, loop, err)) &&
           (x->error_injection = error_injection_new(p, x->fwnmi, err)) &&
           (x->events = events_new(p, x->time, epow, hotplug, err)) &&
           (x->dma = dma_spaces_new(p->mem, err)) &&
           (x->phbs = phbs_new(p, x->irq, x->dma, err)) && phb_new(x->phbs, 0, err) &&
           (x->vio = vio_bus_new(x->irq, x->dma, err)) && (x->vtys = vtys_new(x->vio, err)) &&
           (x->firmware = firmware_new(p, console, opaque, err));
}

bool parts_new(struct parts *x, struct platform *p, struct loop *loop,
               void (*console)(void *opaque, const char *text, size_t size), void *opaque,
               struct error *err)
{
    memset(x, 0, sizeof *x);
    if (!make_states(x, p, loop, console, opaque, err))
        return false;

    /* In the order in which they reset and write their nodes: parents first. */
    const struct {
        const struct facility_type *type;
        void *self;
    } facilities[] = {
        { &platform_facility, p },
        { &processors_facility, x->processors },
        { &page_table_facility, x->page_table },
        { &memory_facility, p },
        { &persistent_memory_facility, x->persistent_memory },
        { &accounting_facility, x->accounting },
        { &nested_facility, x->nested },
        { &guests_facility, x->guests },
        { &energy_facility, p },
        { &watchdogs_facility, x->watchdogs },
        { &suspend_facility, p },
        { &error_injection_facility, x->error_injection },
        { &counters_facility, p },
        { &random_facility, x->random },
        { &tpm_proxy_facility, x->tpm_proxy },
        { &kernel_dump_facility, x->kernel_dump },
        { &time_facility, x->time },
        { &power_facility, p },
        { &system_parameters_facility, p },
        { &connectors_facility, x->connectors },
        { &fwnmi_facility, x->fwnmi },
        { &xics_facility, irq_xics(x->irq) },
        { &xive_facility, irq_xive(x->irq) },
        { &events_facility, x->events },
        { &dma_facility, x->dma },
        { &phb_facility, x->phbs },
        { &ddw_facility, x->phbs },
        { &eeh_facility, x->phbs },
        { &vio_bus_facility, x->vio },
        { &llan_facility, x->vio },
        { &vty_facility, x->vtys },
        { &firmware_facility, x->firmware },
    };

    for (size_t i = 0; i < ARRAY_SIZE(facilities); i++)
        if (facilities[i].self && !platform_add(p, facilities[i].type, facilities[i].self, err))
            return false;
    return true;
}

bool parts_add_nvram(struct parts *x, const char *path, struct error *err)
{
    x->nvram = nvram_new(x->platform, x->vio, path, err);
    return x->nvram && platform_add(x->platform, &nvram_facility, x->nvram, err);
}

bool parts_add_key_store(struct parts *x, const char *path, struct error *err)
{
    x->key_store = key_store_new(x->platform, path, err);
    return x->key_store && platform_add(x->platform, &key_store_facility, x->key_store, err);
}

void parts_free(struct parts *x)
{
    key_store_free(x->key_store);
    firmware_free(x->firmware);
    vtys_free(x->vtys);
    nvram_free(x->nvram);
    vio_bus_free(x->vio);
    phbs_free(x->phbs);
    dma_spaces_free(x->dma);
    events_free(x->events);
    error_injection_free(x->error_injection);
    watchdogs_free(x->watchdogs);
    kernel_dump_free(x->kernel_dump);
    tpm_proxy_free(x->tpm_proxy);
    random_free(x->random);
    persistent_memory_free(x->persistent_memory);
    dimms_free(x->dimms);
    connectors_free(x->connectors);
    fwnmi_free(x->fwnmi);
    time_free(x->time);
    guests_free(x->guests);
    nested_free(x->nested);
    accounting_free(x->accounting);
    page_table_free(x->page_table);
    processors_free(x->processors);
    irq_free(x->irq);
}
