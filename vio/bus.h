/* The VIO bus: virtual devices named by unit address, under /vdevice. [LoPAR, Virtual I/O] */
#ifndef VIO_BUS_H
#define VIO_BUS_H

#include "papr/dma.h"

struct vio_bus;
struct vio_device;
struct irq;

enum { VIO_CRQ_ELEMENT = 16 };

/* What a device does beyond answering calls of its own; each may be NULL. With the machine's lock held. */
struct vio_device_ops {
    /* An element that the guest sent by H_SEND_CRQ; returns the call's status. Only for devices with a queue. */
    int64_t (*crq_message)(struct vio_device *d, const uint8_t element[VIO_CRQ_ELEMENT]);
    /* The guest gives its queue up. False while requests are under way, which it is told to wait for. */
    bool (*crq_free)(struct vio_device *d);
    /* Its properties beyond those that all have. */
    void (*write_tree)(const struct vio_device *d, struct tree *tree, const char *path);
    /* To the state after power-on; queue and TCEs are gone afterwards. May drop the machine's lock to wait for what is
     * under way. */
    void (*reset)(struct vio_device *d);
    /* After reset(), when it is the machine that is reset, and not firmware that comes to its end. */
    void (*restart)(struct vio_device *d);
};

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
    const struct vio_device_ops *ops; /* NULL: none of it */
    bool has_crq;
    uint64_t dma_window; /* bytes from I/O bus address 0 on, 0: no DMA */

    struct dma_space *dma; /* what it may use: that of the window, or physical addresses. NULL: no DMA */
    struct dma_space *window_space;
    bool crq_registered;
    uint64_t crq_ioba, crq_size, crq_next; /* the guest's queue */
    struct vio_device *next;
};

/* An empty bus whose devices interrupt through irq, and reach memory through windows among `dma`. */
struct vio_bus *vio_bus_new(struct irq *irq, struct dma_spaces *dma, struct error *err);
void vio_bus_free(struct vio_bus *bus);

/* Plugs a device in, at its unit address or, if that is 0, at the next free one from 0x71000000 on, with
 * its interrupt source claimed. The device stays the caller's, who frees it when no call reaches the bus any
 * more. Fails if the address or its interrupt is taken. */
bool vio_bus_add(struct vio_bus *bus, struct vio_device *device, struct error *err);
/* By unit address, NULL if there is none. */
struct vio_device *vio_bus_find(const struct vio_bus *bus, uint64_t unit);
/* The one with the lowest address; the others follow in their order. */
struct vio_device *vio_bus_first(const struct vio_bus *bus);

/* The terminals' facility, which a new terminal is to be added to. */
struct vtys;
void vio_bus_set_terminals(struct vio_bus *bus, struct vtys *vtys);
struct vtys *vio_bus_terminals(const struct vio_bus *bus);

/* Puts an element into the guest's queue and interrupts, if it wants that. False if there is no queue, or it is full or
 * not in memory. */
bool vio_crq_send(struct vio_device *d, const uint8_t element[VIO_CRQ_ELEMENT]);
/* Interrupts, if the guest enabled that. */
void vio_signal(struct vio_device *d);

extern const struct facility_type vio_bus_facility;

#endif
