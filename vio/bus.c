/* The VIO bus; see bus.h.
 *
 * Left out: message queues (CRQ) and DMA windows, which no device here has. Their calls answer as they do for
 * devices without them. */
#include "vio/bus.h"

#include <stdio.h>
#include <stdlib.h>

#include "irq/irq.h"

enum { FIRST_UNIT = 0x71000000 };

enum {
    H_REG_CRQ = 0xfc,
    H_FREE_CRQ = 0x100,
    H_VIO_SIGNAL = 0x104,
    H_SEND_CRQ = 0x108,
    H_ENABLE_CRQ = 0x2b0
};
enum { CRQ_SMALLEST = 0x1000, CRQ_LARGEST = 0x10000000, CRQ_ALIGNMENT = 0x1000 };

struct vio_bus {
    struct irq *irq;
    struct vio_device *first; /* by ascending unit address */
};

struct vio_bus *vio_bus_new(struct irq *irq, struct error *err)
{
    struct vio_bus *bus = calloc(1, sizeof *bus);

    if (!bus) {
        error_set(err, ERROR_RESOURCE, "out of memory for the VIO bus");
        return NULL;
    }
    bus->irq = irq;
    return bus;
}

void vio_bus_free(struct vio_bus *bus)
{
    free(bus);
}

/* The bus's interrupts are 256; which of them is a matter of the address, by ranges that machines have
 * grown to use. */
static unsigned irq_number(uint32_t unit)
{
    if (unit >= FIRST_UNIT)
        return IRQ_VIO + (unit & 0xff);
    if (unit >= 0x30000000)
        return IRQ_VIO + (0xf0 | (unit >> 12 & 0xf));
    return IRQ_VIO + (unit >> 12 & 0xff);
}

bool vio_bus_add(struct vio_bus *bus, struct vio_device *device, struct error *err)
{
    struct vio_device **at = &bus->first;
    uint32_t unit = device->unit;

    if (!unit)
        for (unit = FIRST_UNIT; vio_bus_find(bus, unit); unit++)
            ;
    if (vio_bus_find(bus, unit)) {
        error_set(err, ERROR_USAGE, "%s: unit address 0x%x is taken", device->node, unit);
        error_hint(err, "give another one with reg=, or none");
        return false;
    }
    if (!irq_claim(bus->irq, irq_number(unit), false, &device->line, err)) {
        error_context(err, "%s at unit address 0x%x", device->node, unit);
        return false;
    }
    device->unit = unit;
    while (*at && (*at)->unit < unit)
        at = &(*at)->next;
    device->next = *at;
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

static int64_t h_reg_crq(void *self, struct vcpu *v, struct hcall_args *args)
{
    uint64_t queue = args->in[1], length = args->in[2];

    (void)v;
    if (!vio_bus_find(self, args->in[0]) || length < CRQ_SMALLEST || length > CRQ_LARGEST ||
        queue % CRQ_ALIGNMENT)
        return H_PARAMETER;
    return H_NOT_FOUND;
}

static int64_t h_free_crq(void *self, struct vcpu *v, struct hcall_args *args)
{
    (void)v;
    return vio_bus_find(self, args->in[0]) ? H_SUCCESS : H_PARAMETER;
}

static int64_t h_send_crq(void *self, struct vcpu *v, struct hcall_args *args)
{
    (void)v;
    return vio_bus_find(self, args->in[0]) ? H_HARDWARE : H_PARAMETER;
}

static int64_t h_enable_crq(void *self, struct vcpu *v, struct hcall_args *args)
{
    (void)v;
    return vio_bus_find(self, args->in[0]) ? H_SUCCESS : H_PARAMETER;
}

static const struct hcall_row hcalls[] = {
    { H_REG_CRQ, "H_REG_CRQ", "hcall-vio", .in = 3, .fn = h_reg_crq },
    { H_FREE_CRQ, "H_FREE_CRQ", "hcall-vio", .in = 1, .fn = h_free_crq },
    { H_VIO_SIGNAL, "H_VIO_SIGNAL", "hcall-vio", .in = 2, .fn = h_vio_signal },
    { H_SEND_CRQ, "H_SEND_CRQ", "hcall-vio", .in = 3, .fn = h_send_crq },
    { H_ENABLE_CRQ, "H_ENABLE_CRQ", "hcall-vio", .in = 1, .fn = h_enable_crq },
};

/* Two calls of firmware, with any number of results. */
static int32_t rtas_ibm_set_tce_bypass(void *self, struct vcpu *v, struct rtas_args *args)
{
    (void)self;
    (void)v;
    (void)args;
    return RTAS_PARAMETER; /* for a device without DMA window, as all are */
}

/* Ends DMA and frees message queues before the operating system takes over. */
static int32_t rtas_quiesce(void *self, struct vcpu *v, struct rtas_args *args)
{
    (void)self;
    (void)v;
    (void)args;
    return RTAS_OK;
}

static const struct rtas_row rtas[] = {
    { 0x2010, "ibm,set-tce-bypass", 2, -1, .fn = rtas_ibm_set_tce_bypass },
    { 0x2011, "quiesce", 0, -1, .fn = rtas_quiesce },
};

static void reset(void *self)
{
    struct vio_bus *bus = self;

    for (struct vio_device *d = bus->first; d; d = d->next)
        d->signal_enabled = false;
}

static void write_device(struct tree *tree, const struct vio_device *d)
{
    uint32_t interrupts[2] = { d->line.number, 0 };
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
    .rtas = rtas,
    .n_rtas = ARRAY_SIZE(rtas),
    .reset = reset,
    .write_tree = write_tree,
};
