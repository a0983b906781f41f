/* The VIO bus; see bus.h. Left out: devices with a command queue and DMA window. */
#include "vio/bus.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "irq/irq.h"

enum { FIRST_UNIT = 0x71000000 };

enum { H_VIO_SIGNAL = 0x104 };

struct vio_bus {
    struct irq *irq;
    struct vio_device *first;
    uint32_t next_unit;
};

struct vio_bus *vio_bus_new(struct irq *irq, struct error *err)
{
    struct vio_bus *bus = calloc(1, sizeof *bus);

    if (!bus) {
        error_set(err, ERROR_RESOURCE, "out of memory");
        return NULL;
    }
    bus->irq = irq;
    bus->next_unit = FIRST_UNIT;
    return bus;
}

void vio_bus_free(struct vio_bus *bus)
{
    free(bus);
}

bool vio_bus_add(struct vio_bus *bus, struct vio_device *device, struct error *err)
{
    struct vio_device **at = &bus->first;

    device->unit = bus->next_unit++;
    if (!irq_claim(bus->irq, IRQ_VIO + (device->unit & 0xff), false, &device->line, err))
        return false;
    while (*at)
        at = &(*at)->next;
    device->next = NULL;
    *at = device;
    return true;
}

struct vio_device *vio_bus_find(const struct vio_bus *bus, uint64_t unit)
{
    for (struct vio_device *d = bus->first; d; d = d->next)
        if (d->unit == unit)
            return d;
    return NULL;
}

struct vio_device *vio_bus_first(const struct vio_bus *bus)
{
    return bus->first;
}

static int64_t h_vio_signal(void *self, struct vcpu *v, struct hcall_args *args)
{
    struct vio_device *d = vio_bus_find(self, args->in[0]);

    (void)v;
    if (!d || args->in[1] & ~d->signal_mask)
        return H_PARAMETER;
    d->signal_enabled = args->in[1] & 1;
    return H_SUCCESS;
}

static const struct hcall_row hcalls[] = {
    { H_VIO_SIGNAL, "H_VIO_SIGNAL", "hcall-vio", .in = 2, .fn = h_vio_signal },
};

static void reset(void *self)
{
    struct vio_bus *bus = self;

    for (struct vio_device *d = bus->first; d; d = d->next)
        d->signal_enabled = d->signals_from_start;
}

static void write_device(struct tree *tree, const struct vio_device *d)
{
    uint32_t interrupts[2] = { IRQ_VIO + (d->unit & 0xff), 0 };
    char path[64];

    snprintf(path, sizeof path, "/vdevice/%s@%x", d->node, d->unit);
    tree_node(tree, "%s", path);
    tree_u32(tree, path, "reg", d->unit);
    tree_string(tree, path, "device_type", d->device_type);
    if (d->compatible)
        tree_string(tree, path, "compatible", d->compatible);
    tree_cells(tree, path, "interrupts", interrupts, 2);
}

static void write_tree(void *self, struct tree *tree, enum tree_stage stage)
{
    struct vio_bus *bus = self;

    (void)stage;
    tree_node(tree, "/vdevice");
    tree_string(tree, "/vdevice", "device_type", "vdevice");
    tree_string(tree, "/vdevice", "compatible", "IBM,vdevice");
    tree_u32(tree, "/vdevice", "#address-cells", 1);
    tree_u32(tree, "/vdevice", "#size-cells", 0);
    tree_u32(tree, "/vdevice", "#interrupt-cells", 2);
    tree_empty(tree, "/vdevice", "interrupt-controller");
    for (struct vio_device *d = bus->first; d; d = d->next)
        write_device(tree, d);
}

const struct facility_type vio_bus_facility = {
    .name = "vio",
    .hcalls = hcalls,
    .n_hcalls = ARRAY_SIZE(hcalls),
    .reset = reset,
    .write_tree = write_tree,
};
