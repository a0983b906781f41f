/* Segments of TCP that come in for a driver that takes larger ones than the network carries: those that follow each
 * other are handed over as one. [virtio1.2 5.1.6.4.1] */
#ifndef VIRTIO_NET_MERGE_H
#define VIRTIO_NET_MERGE_H

#include "virtio/net-offload.h"

struct net_merge;

enum net_merge_result {
    NET_MERGE_TAKEN, /* it is in the packet that is being put together, or begins one */
    NET_MERGE_FULL,  /* it is not for that packet: finish it first */
    NET_MERGE_PASS,  /* it is no segment that could be put together, and no packet is under way */
};

struct net_merge *net_merge_new(struct error *err);
void net_merge_free(struct net_merge *m);
/* Forgets the packet. */
void net_merge_reset(struct net_merge *m);

/* ipv4, ipv6: what the driver takes. */
enum net_merge_result net_merge_add(struct net_merge *m, const uint8_t *frame, size_t size,
                                    bool ipv4, bool ipv6);
/* A packet is under way; it is not worth to wait for more of it. */
bool net_merge_is_pending(const struct net_merge *m);
bool net_merge_is_complete(const struct net_merge *m);
/* The packet that is under way, with its header; it stays until net_merge_reset(). */
const uint8_t *net_merge_finish(struct net_merge *m, const struct virtio_device *d, uint8_t *header,
                                size_t *size);

#endif
