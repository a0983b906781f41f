/* Dynamic reconfiguration connectors: places where processors, memory blocks, host bridges, PCI functions or
 * persistent memory can be plugged in while the guest runs. [LoPAR, Dynamic Reconfiguration]
 *
 * A connector is named by its index, whose top four bits are its type. Whoever owns the place makes the
 * connector, attaches a device to it, and is asked for the device's node when the guest configures it:
 *
 *   connector_new()      the place; in the tree by connectors_write_lists()
 *   connector_attach()   a device is there; events_hotplug() tells the guest, which takes it by
 *                        set-indicator and ibm,configure-connector
 *   connector_request_unplug(), events_hotplug()   the guest is to give it back; when it has, or at the next
 *                        reset, or at once if it never took it, ops->released() is called */
#ifndef PAPR_CONNECTORS_H
#define PAPR_CONNECTORS_H

#include "papr/platform.h"

struct connectors;

enum connector_type {
    CONNECTOR_CPU = 1, CONNECTOR_PHB = 2, CONNECTOR_VIO = 3, CONNECTOR_PCI = 4, CONNECTOR_LMB = 8,
    CONNECTOR_PMEM = 9,
};

static inline uint32_t connector_index(enum connector_type type, uint32_t id)
{
    return (uint32_t)type << 28 | id;
}

/* The functions get the device as it was attached. Lock held. */
struct connector_ops {
    /* Writes the device's node, with its children, below the root; path (of size bytes) receives the node's path. */
    void (*write_node)(void *device, struct tree *t, char *path, size_t size);
    /* The guest has given it back, or never had it: it is detached. */
    void (*released)(void *device);
    /* The guest wants to keep a device that it was asked for. May be NULL. */
    void (*unplug_refused)(void *device);
};

struct connectors *connectors_new(struct platform *p, struct error *err);
void connectors_free(struct connectors *x);

/* An empty connector, with the node's path ("/", "/cpus") in whose lists it stands. False, err set, if the index is
 * taken, without memory, or for an unknown type. */
bool connector_new(struct connectors *x, uint32_t index, const char *parent, struct error *err);
bool connector_exists(const struct connectors *x, uint32_t index);
/* The device there, NULL if none. */
void *connector_device(const struct connectors *x, uint32_t index);

/* A device is there from now on; the connector exists and is empty. is_ready: the guest finds it in its tree (at a
 * cold start), else it has to be told. Lock held, or before the vCPUs run. */
void connector_attach(struct connectors *x, uint32_t index, const struct connector_ops *ops, void *device,
                      bool is_ready);
/* Its owner takes the device away without asking; released() is not called. Nothing if none is there. */
void connector_detach(struct connectors *x, uint32_t index);
/* Asks for the device back. True if the guest has to be told; false if it went at once (released() was called) or
 * none is there. */
bool connector_request_unplug(struct connectors *x, uint32_t index);
bool connector_unplug_requested(const struct connectors *x, uint32_t index);

/* The lists ibm,drc-indexes, -names, -types, -power-domains of a node: its connectors in the order of their indexes.
 * Nothing if it has none. */
void connectors_write_lists(const struct connectors *x, struct tree *t, const char *parent);

/* All that are attached are the guest's, what was asked back is gone: reset and CAS. */
void connectors_reset(void *self);

/* Calls of indicators, sensors, power levels and ibm,configure-connector. */
extern const struct facility_type connectors_facility;

#endif
