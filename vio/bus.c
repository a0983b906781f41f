/* The VIO bus; see bus.h.
 *
 * A device's DMA window is named by its unit address. Elements of its message queue are the guest's memory: one is free
 * while its first byte is 0, which the guest writes there when it has read the element. */
#include "vio/bus.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/endian.h"
#include "base/log.h"
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
    struct dma_spaces *dma;
    struct vtys *terminals;
    struct vio_device *first; /* by ascending unit address */
};

struct vio_bus *vio_bus_new(struct irq *irq, struct dma_spaces *dma, struct error *err)
{
    struct vio_bus *bus = calloc(1, sizeof *bus);

    if (!bus) {
        error_set(err, ERROR_RESOURCE, "out of memory for the VIO bus");
        return NULL;
    }
    bus->irq = irq;
    bus->dma = dma;
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

static bool open_window(struct vio_bus *bus, struct vio_device *d, struct error *err)
{
    if (!d->dma_window)
        return true;
    d->window_space = d->dma = dma_space_new(bus->dma, err);
    return d->dma && dma_window_open(d->dma, 0, d->unit, 0, MEM_PAGE_SHIFT, d->dma_window >> MEM_PAGE_SHIFT, err);
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
    if (!open_window(bus, device, err)) {
        error_context(err, "%s at unit address 0x%x", device->node, unit);
        return false;
    }
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

void vio_bus_set_terminals(struct vio_bus *bus, struct vtys *vtys)
{
    bus->terminals = vtys;
}

struct vtys *vio_bus_terminals(const struct vio_bus *bus)
{
    return bus->terminals;
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

/* ---- message queues ---- */

void vio_signal(struct vio_device *d)
{
    if (d->signal_enabled)
        irq_line_pulse(&d->line);
}

bool vio_crq_send(struct vio_device *d, const uint8_t element[VIO_CRQ_ELEMENT])
{
    uint64_t at = d->crq_ioba + d->crq_next;
    uint8_t first;

    if (!d->crq_registered || !dma_read(d->dma, at, &first, 1) || first) {
        guest_error("vio", "unit 0x%x: no room in the message queue", d->unit);
        return false;
    }
    /* The byte that says that it is there comes last. */
    if (!dma_write(d->dma, at + 8, element + 8, 8))
        return false;
    atomic_thread_fence(memory_order_release);
    if (!dma_write(d->dma, at, element, 8))
        return false;
    d->crq_next = (d->crq_next + VIO_CRQ_ELEMENT) % d->crq_size;
    vio_signal(d);
    return true;
}

static void forget_crq(struct vio_device *d)
{
    d->crq_registered = false;
    d->crq_next = 0;
}

/* Arguments: unit address, I/O bus address of the queue, its size. */
static int64_t h_reg_crq(void *self, struct vcpu *v, struct hcall_args *args)
{
    struct vio_device *d = vio_bus_find(self, args->in[0]);
    uint64_t queue = args->in[1], length = args->in[2];

    (void)v;
    if (!d || length < CRQ_SMALLEST || length > CRQ_LARGEST || queue % CRQ_ALIGNMENT)
        return H_PARAMETER;
    if (!d->has_crq)
        return H_NOT_FOUND;
    if (d->crq_registered)
        return H_RESOURCE;
    d->crq_registered = true;
    d->crq_ioba = queue;
    d->crq_size = length - length % VIO_CRQ_ELEMENT;
    d->crq_next = 0;
    return H_SUCCESS;
}

static int64_t h_free_crq(void *self, struct vcpu *v, struct hcall_args *args)
{
    struct vio_device *d = vio_bus_find(self, args->in[0]);

    (void)v;
    if (!d)
        return H_PARAMETER;
    if (d->crq_registered && d->ops && d->ops->crq_free && !d->ops->crq_free(d))
        return H_BUSY;
    forget_crq(d);
    return H_SUCCESS;
}

/* Arguments: unit address, the element's 16 bytes. */
static int64_t h_send_crq(void *self, struct vcpu *v, struct hcall_args *args)
{
    struct vio_device *d = vio_bus_find(self, args->in[0]);
    uint8_t element[VIO_CRQ_ELEMENT];

    (void)v;
    if (!d)
        return H_PARAMETER;
    if (!d->has_crq)
        return H_HARDWARE;
    if (!d->crq_registered)
        return H_CLOSED;
    st_be64(element, args->in[1]);
    st_be64(element + 8, args->in[2]);
    return d->ops->crq_message(d, element);
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

/* Arguments: unit address, 1 or 0. Firmware uses addresses of memory, without TCEs. */
static int32_t rtas_ibm_set_tce_bypass(void *self, struct vcpu *v, struct rtas_args *args)
{
    struct vio_bus *bus = self;
    struct vio_device *d = vio_bus_find(bus, args->arg[0]);

    (void)v;
    if (!d || !d->window_space)
        return RTAS_PARAMETER;
    d->dma = args->arg[1] ? dma_space_physical(bus->dma) : d->window_space;
    return RTAS_OK;
}

static void reset_device(struct vio_device *d)
{
    if (d->ops && d->ops->reset)
        d->ops->reset(d);
    forget_crq(d);
    d->signal_enabled = false;
    if (d->window_space)
        dma_space_clear(d->window_space);
    d->dma = d->window_space;
}

/* Ends DMA and frees message queues before the operating system takes over. */
static int32_t rtas_quiesce(void *self, struct vcpu *v, struct rtas_args *args)
{
    struct vio_bus *bus = self;

    (void)v;
    (void)args;
    for (struct vio_device *d = bus->first; d; d = d->next)
        if (d->window_space)
            reset_device(d);
    return RTAS_OK;
}

static const struct rtas_row rtas[] = {
    { 0x2010, "ibm,set-tce-bypass", 2, -1, .fn = rtas_ibm_set_tce_bypass },
    { 0x2011, "quiesce", 0, -1, .fn = rtas_quiesce },
};

static void reset(void *self)
{
    struct vio_bus *bus = self;

    for (struct vio_device *d = bus->first; d; d = d->next) {
        reset_device(d);
        if (d->ops && d->ops->restart)
            d->ops->restart(d);
    }
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
    if (d->dma_window) {
        const uint32_t window[5] = { d->unit, 0, 0, 0, (uint32_t)d->dma_window };

        tree_cells(tree, path, "ibm,my-dma-window", window, 5);
        tree_u32(tree, path, "ibm,#dma-address-cells", 2);
        tree_u32(tree, path, "ibm,#dma-size-cells", 2);
    }
    if (d->ops && d->ops->write_tree)
        d->ops->write_tree(d, tree, path);
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
