/* The VIO bus: virtual devices named by unit address, under /vdevice. [LoPAR, Virtual I/O] */
#ifndef VIO_BUS_H
#define VIO_BUS_H

#include "papr/platform.h"

struct vio_bus;
struct irq;

/* What every device on the bus has; the first member of its own struct. */
struct vio_device {
    uint32_t unit;          /* `reg`, and the name in hypercalls */
    struct irq_line line;
    const char *node;       /* "vty" */
    const char *device_type;
    const char *compatible; /* NULL: none */
    uint64_t signal_mask;   /* modes that H_VIO_SIGNAL may set */
    bool signals_from_start; /* enabled after reset */
    bool signal_enabled;
    struct vio_device *next;
};

/* An empty bus whose devices interrupt through irq. */
struct vio_bus *vio_bus_new(struct irq *irq, struct error *err);
void vio_bus_free(struct vio_bus *bus);

/* Plugs a device in, at the next free unit address from 0x71000000 on, with its interrupt source
 * claimed. The device stays the caller's and outlives the bus. */
bool vio_bus_add(struct vio_bus *bus, struct vio_device *device, struct error *err);
/* By unit address, NULL if there is none. */
struct vio_device *vio_bus_find(const struct vio_bus *bus, uint64_t unit);
/* In the order of their addresses. */
struct vio_device *vio_bus_first(const struct vio_bus *bus);

extern const struct facility_type vio_bus_facility;

#endif
