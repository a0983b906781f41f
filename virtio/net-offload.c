/* Checksums and segmentation for network drivers; see net-offload.h. [virtio1.2 5.1.6.2; RFC 1071, 793, 791, 8200]
 *
 * The frame is copied first: what is looked at is what is sent, whatever the guest does to its memory meanwhile. */
#include "virtio/net-offload.h"

#include <stdlib.h>
#include <string.h>

#include "base/endian.h"

enum {
    ETHERNET = 14,
    VLAN_TAG = 4,
    TYPE_VLAN = 0x8100,
    TYPE_IPV4 = 0x0800,
    TYPE_IPV6 = 0x86dd,
    IPV4_HEADER = 20,
    IPV6_HEADER = 40,
    TCP_HEADER = 20,
    PROTOCOL_TCP = 6,
    PROTOCOL_UDP = 17,
    TCP_SEQUENCE = 4,
    TCP_OFFSET = 12,
    TCP_FLAGS = 13,
    TCP_CSUM = 16,
    TCP_FIN_PSH = 0x09,
    TCP_CWR = 0x80,
    UDP_HEADER = 8,
    UDP_CSUM = 6,
    HEADERS_MOST = 256,
};

struct net_offload {
    uint8_t frame[NET_FRAME_MOST];
    uint8_t segment[NET_FRAME_MOST];
    size_t sent; /* bytes of payload that went already, of a frame that was refused meanwhile */
};

struct net_offload *net_offload_new(struct error *err)
{
    struct net_offload *o = calloc(1, sizeof *o);

    if (!o)
        error_set(err, ERROR_RESOURCE, "out of memory");
    return o;
}

void net_offload_free(struct net_offload *o)
{
    free(o);
}

void net_offload_reset(struct net_offload *o)
{
    o->sent = 0;
}

bool net_offload_is_needed(const uint8_t *header)
{
    return header[NET_HEADER_FLAGS] & NET_NEEDS_CSUM || header[NET_HEADER_SEGMENTATION] & ~NET_ECN;
}

/* ---- checksums ---- */

uint64_t net_offload_sum(const uint8_t *bytes, size_t size)
{
    uint64_t sum = 0;

    for (; size >= 4; bytes += 4, size -= 4)
        sum += ld_be32(bytes);
    if (size >= 2)
        sum += ld_be16(bytes);
    if (size & 1)
        sum += (uint64_t)bytes[size & 2] << 8;
    return sum;
}

uint16_t net_offload_fold(uint64_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)sum;
}

/* ---- what is in a frame ---- */

bool net_offload_layers(const uint8_t *frame, size_t size, struct net_layers *l)
{
    unsigned type, ip = ETHERNET;

    if (size < ETHERNET + IPV4_HEADER)
        return false;
    type = ld_be16(frame + 12);
    if (type == TYPE_VLAN) {
        ip += VLAN_TAG;
        type = ld_be16(frame + 16);
    }
    l->ip = ip;
    l->is_ipv6 = type == TYPE_IPV6;
    if (type == TYPE_IPV4 && size >= ip + IPV4_HEADER && frame[ip] >> 4 == 4) {
        l->transport = ip + (frame[ip] & 15u) * 4;
        l->protocol = frame[ip + 9];
        l->end = ip + ld_be16(frame + ip + 2);
        if ((frame[ip] & 15) < 5 || ld_be16(frame + ip + 6) & 0x3fff)
            return false;
    } else if (type == TYPE_IPV6 && size >= ip + IPV6_HEADER) {
        l->transport = ip + IPV6_HEADER;
        l->protocol = frame[ip + 6];
        l->end = l->transport + ld_be16(frame + ip + 4);
    } else {
        return false;
    }
    return l->protocol == PROTOCOL_TCP || l->protocol == PROTOCOL_UDP;
}

uint64_t net_offload_pseudo(const uint8_t *frame, const struct net_layers *l, size_t length)
{
    const uint8_t *ip = frame + l->ip;

    return (l->is_ipv6 ? net_offload_sum(ip + 8, 32) : net_offload_sum(ip + 12, 8)) + l->protocol + length;
}

void net_offload_check(uint8_t *header, const uint8_t *frame, size_t size)
{
    struct net_layers l;
    size_t length;

    if (!net_offload_layers(frame, size, &l) || l.end > size || l.end < l.transport)
        return;
    length = l.end - l.transport;
    if (length < (l.protocol == PROTOCOL_TCP ? (size_t)TCP_HEADER : (size_t)UDP_HEADER))
        return;
    if (l.protocol == PROTOCOL_UDP && !ld_be16(frame + l.transport + UDP_CSUM))
        return; /* none was made */
    if (net_offload_fold(net_offload_sum(frame + l.transport, length) + net_offload_pseudo(frame, &l, length)) == 0xffff)
        header[NET_HEADER_FLAGS] |= NET_DATA_VALID;
}

/* ---- out ---- */

static bool send_one(struct net *net, uint8_t *frame, size_t size)
{
    const struct iovec piece = { frame, size };

    return net_send(net, &piece, 1);
}

/* The driver has put the sum of the pseudo header where the checksum goes. */
static bool complete_csum(uint8_t *frame, size_t size, unsigned start, unsigned offset)
{
    uint16_t csum;

    if (start > size || offset > size - start || size - start - offset < 2)
        return false;
    csum = (uint16_t)~net_offload_fold(net_offload_sum(frame + start, size - start));
    /* A sum of zero is written as its other form, as UDP's zero means that there is none. */
    st_be16(frame + start + offset, csum ? csum : 0xffff);
    return true;
}

/* Lengths and checksums of the segment that holds `payload` bytes from `at` on. */
static void finish_segment(uint8_t *s, const struct net_layers *l, unsigned headers, size_t at, size_t payload,
                           unsigned index, bool is_last)
{
    uint8_t *ip = s + l->ip, *tcp = s + l->transport;
    size_t length = headers - l->transport + payload;

    if (l->is_ipv6) {
        st_be16(ip + 4, (uint16_t)length);
    } else {
        st_be16(ip + 2, (uint16_t)(l->transport - l->ip + length));
        st_be16(ip + 4, (uint16_t)(ld_be16(ip + 4) + index));
        st_be16(ip + 10, 0);
        st_be16(ip + 10, (uint16_t)~net_offload_fold(net_offload_sum(ip, l->transport - l->ip)));
    }
    st_be32(tcp + TCP_SEQUENCE, ld_be32(tcp + TCP_SEQUENCE) + (uint32_t)at);
    if (!is_last)
        tcp[TCP_FLAGS] &= (uint8_t)~TCP_FIN_PSH;
    if (index)
        tcp[TCP_FLAGS] &= (uint8_t)~TCP_CWR;
    st_be16(tcp + TCP_CSUM, 0);
    st_be16(tcp + TCP_CSUM,
            (uint16_t)~net_offload_fold(net_offload_sum(tcp, length) + net_offload_pseudo(s, l, length)));
}

static bool send_segments(struct net_offload *o, struct net *net, size_t size, unsigned most)
{
    struct net_layers l;
    unsigned headers;
    size_t payload;

    if (!net_offload_layers(o->frame, size, &l) || l.protocol != PROTOCOL_TCP || !most || size < l.transport + TCP_HEADER)
        return true;
    headers = l.transport + (o->frame[l.transport + TCP_OFFSET] >> 4) * 4u;
    if (headers < l.transport + TCP_HEADER || headers > HEADERS_MOST || headers > size ||
        most > NET_FRAME_MOST - HEADERS_MOST)
        return true;
    payload = size - headers;
    while (o->sent < payload) {
        size_t n = payload - o->sent < most ? payload - o->sent : most;

        memcpy(o->segment, o->frame, headers);
        memcpy(o->segment + headers, o->frame + headers + o->sent, n);
        finish_segment(o->segment, &l, headers, o->sent, n, (unsigned)(o->sent / most), o->sent + n == payload);
        if (!send_one(net, o->segment, headers + n))
            return false;
        o->sent += n;
    }
    return true;
}

bool net_offload_send(struct net_offload *o, struct net *net, const struct virtio_device *d, const uint8_t *header,
                      const struct virtq_chain *c, size_t skip)
{
    size_t size = virtq_read(c, skip, o->frame, sizeof o->frame);
    unsigned kind = header[NET_HEADER_SEGMENTATION] & ~(unsigned)NET_ECN;
    bool done = true;

    if (kind == NET_TSO4 || kind == NET_TSO6)
        done = send_segments(o, net, size, virtio_get16(d, header + NET_HEADER_SEGMENT));
    else if (!kind && (!(header[NET_HEADER_FLAGS] & NET_NEEDS_CSUM) ||
                       complete_csum(o->frame, size, virtio_get16(d, header + NET_HEADER_CSUM_START),
                                     virtio_get16(d, header + NET_HEADER_CSUM_OFFSET))))
        done = send_one(net, o->frame, size);
    if (done)
        o->sent = 0;
    return done;
}
