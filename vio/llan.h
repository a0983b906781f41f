/* Logical LAN adapters (l-lan): frames through lists of buffers that the guest gives by hypercalls.
 * [LoPAR, Interpartition Logical LAN (ILLAN)] */
#ifndef VIO_LLAN_H
#define VIO_LLAN_H

#include "base/device-type.h"
#include "host/net.h"
#include "vio/bus.h"

struct llan;

/* An adapter, plugged in at its unit address (0: any), before the guest runs. net: the other end of the cable, the
 * caller's, who closes it before the adapter is freed; NULL: nobody. */
struct llan *llan_new(struct platform *p, struct vio_bus *bus, uint32_t unit, struct net *net, const uint8_t mac[6],
                      struct error *err);
void llan_free(struct llan *l);

/* The calls of all adapters; its state is the struct vio_bus. */
extern const struct facility_type llan_facility;

/* spapr-vlan */
extern const struct device_type llan_type;

#endif
