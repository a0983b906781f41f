/* What a network driver leaves to its device: checksums, and cutting TCP segments to size. */
#ifndef VIRTIO_NET_OFFLOAD_H
#define VIRTIO_NET_OFFLOAD_H

#include "host/net.h"
#include "virtio/device.h"

/* The header before each frame: flags, kind of segmentation, and half words: bytes of headers, of a segment, where the
 * checksum begins, where it goes from there, number of chains. [virtio1.2 5.1.6] */
enum {
    NET_HEADER_FLAGS = 0,
    NET_HEADER_SEGMENTATION = 1,
    NET_HEADER_LENGTH = 2,
    NET_HEADER_SEGMENT = 4,
    NET_HEADER_CSUM_START = 6,
    NET_HEADER_CSUM_OFFSET = 8,
    NET_HEADER_CHAINS = 10,
    NET_HEADER_BYTES = 12,

    NET_NEEDS_CSUM = 1,
    NET_DATA_VALID = 2,
    NET_TSO4 = 1,
    NET_TSO6 = 4,
    NET_ECN = 0x80,
};

/* A place for one frame, and how far it has been sent. */
struct net_offload;

struct net_offload *net_offload_new(struct error *err);
void net_offload_free(struct net_offload *o);
/* Forgets a frame that was sent in part. */
void net_offload_reset(struct net_offload *o);

bool net_offload_is_needed(const uint8_t *header);
/* Sends the chain's frame, which follows `skip` bytes of header, as the header says, in as many frames as it takes.
 * False if the network had no room: then the same chain is to be offered again, and what went is not sent twice. What
 * is not as it should be is dropped. Device's lock held. */
bool net_offload_send(struct net_offload *o, struct net *net, const struct virtio_device *d, const uint8_t *header,
                      const struct virtq_chain *c, size_t skip);

/* Says in the header that the frame's TCP or UDP checksum is right, if it is. */
void net_offload_check(uint8_t *header, const uint8_t *frame, size_t size);

/* What is in a frame. */
struct net_layers {
    unsigned ip, transport, protocol; /* offsets; the protocol's number */
    bool is_ipv6;
    size_t end; /* of the IP packet, as it says */
};

/* False unless the frame holds an unfragmented IP packet that begins with TCP or UDP; how long it is, is not looked
 * at. */
bool net_offload_layers(const uint8_t *frame, size_t size, struct net_layers *l);
/* The sum of what TCP and UDP count beside their own bytes: addresses, protocol, length. */
uint64_t net_offload_pseudo(const uint8_t *frame, const struct net_layers *l, size_t length);

/* The Internet checksum's sum of bytes, to be folded by net_offload_fold(); the first byte is the high half of a half
 * word. */
uint64_t net_offload_sum(const uint8_t *bytes, size_t size);
uint16_t net_offload_fold(uint64_t sum);

#endif
