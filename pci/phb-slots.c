/* Connectors of PCI functions: adding and removing them while the guest runs. [LoPAR, Dynamic Reconfiguration of I/O]
 *
 * Each of a bridge's 256 functions has a connector. Who is on the bus is phb.c's business: a function is there before
 * the guest is told of it, and leaves the bus when the guest has isolated its connector. */
#include "papr/connectors.h"
#include "papr/events.h"
#include "pci/phb-internal.h"

enum { FUNCTIONS = PHB_SLOTS * 8, BRIDGE_SHIFT = 16, PATH_BYTES = 48 };

static uint32_t index_of(const struct phb *phb, unsigned devfn)
{
    return connector_index(CONNECTOR_PCI, phb->index << BRIDGE_SHIFT | devfn);
}

uint32_t phb_connector_of(const struct pci_device *d)
{
    return index_of(d->phb, d->devfn);
}

bool phb_add_connectors(struct phb *phb, struct error *err)
{
    struct connectors *x = phb->all->platform->connectors;
    char path[PATH_BYTES];

    phb_path(phb, path, sizeof path);
    for (unsigned devfn = 0; x && devfn < FUNCTIONS; devfn++)
        if (!connector_new(x, index_of(phb, devfn), path, err))
            return false;
    return true;
}

static void write_node(void *device, struct tree *t, char *path, size_t size)
{
    phb_write_function(device, t, path, size);
}

static void released(void *device)
{
    struct pci_device *d = device;
    struct phbs *all = d->phb->all;

    phb_remove(d);
    if (all->listener)
        all->listener->released(all->opaque, d);
}

static const struct connector_ops function_ops = { .write_node = write_node, .released = released };

bool phb_attach(struct pci_device *d, struct error *err)
{
    struct phbs *all = d->phb->all;
    struct platform *p = all->platform;

    if (!p->connectors)
        return true;
    connector_attach(p->connectors, phb_connector_of(d), &function_ops, d, !all->live);
    return !all->live || !p->events ||
           events_hotplug(p->events, HOTPLUG_PCI, HOTPLUG_ADD, phb_connector_of(d)) ||
           error_set(err, ERROR_RESOURCE, "%s: too many events wait for the guest", d->type);
}

void phb_detach(struct pci_device *d)
{
    struct platform *p = d->phb->all->platform;

    if (p->connectors)
        connector_detach(p->connectors, phb_connector_of(d));
}

void phbs_go_live(struct phbs *all, const struct phbs_listener *listener, void *opaque)
{
    all->live = true;
    all->listener = listener;
    all->opaque = opaque;
}

bool phb_request_removal(struct pci_device *d, struct error *err)
{
    struct platform *p = d->phb->all->platform;
    uint32_t index = phb_connector_of(d);

    /* A function that went at once is its owner's again, and perhaps no more. */
    return !p->connectors || !connector_request_unplug(p->connectors, index) || !p->events ||
           events_hotplug(p->events, HOTPLUG_PCI, HOTPLUG_REMOVE, index) ||
           error_set(err, ERROR_RESOURCE, "too many events wait for the guest");
}
