/* The VIO bus: virtual devices named by unit address, under /vdevice. [LoPAR, Virtual I/O] */
#ifndef VIO_BUS_H
#define VIO_BUS_H

#include "papr/platform.h"

struct vio_bus;
struct irq;

/* What every device on the bus has; the first member of its own struct. */
struct vio_device {
    uint32_t unit; /* `reg`, and the name in hypercalls; 0 before vio_bus_add(): any */
    struct irq_line line;
    const char *node; /* "vty" */
    const char *device_type;
    const char *compatible; /* NULL: none */
    uint64_t signal_mask; /* modes that H_VIO_SIGNAL may set: 1 for devices with a message queue, 0
                               for those that always interrupt */
    bool signal_enabled;  /* by H_VIO_SIGNAL */
    struct vio_device *next;
};

/* An empty bus whose devices interrupt through irq. */
struct vio_bus *vio_bus_new(struct irq *irq, struct error *err);
void vio_bus_free(struct vio_bus *bus);

/* Plugs a device in, at its unit address or, if that is 0, at the next free one from 0x71000000 on, with
 * its interrupt source claimed. The device stays the caller's, who frees it when no call reaches the bus any
 * more. Fails if the address or its interrupt is taken. */
bool vio_bus_add(struct vio_bus *bus, struct vio_device *device, struct error *err);
/* By unit address, NULL if there is none. */
struct vio_device *vio_bus_find(const struct vio_bus *bus, uint64_t unit);
/* The one with the lowest address; the others follow in their order. */
struct vio_device *vio_bus_first(const struct vio_bus *bus);

extern const struct facility_type vio_bus_facility;

#endif
