/* Segments of TCP put together; see net-merge.h.
 *
 * A segment joins those before it if all of its headers are the same but for what counts bytes: lengths, the sequence
 * number, checksums, and IPv4's identification; its acknowledgement and window are at least as new. Its checksum was
 * right, so that the whole is. What is put together can be cut into the same segments again: all have the same length
 * but the last one. */
#include "virtio/net-merge.h"

#include <stdlib.h>
#include <string.h>

#include "base/endian.h"

enum {
    PROTOCOL_TCP = 6,
    TCP_SEQUENCE = 4,
    TCP_ACKNOWLEDGED = 8,
    TCP_OFFSET = 12,
    TCP_FLAGS = 13,
    TCP_WINDOW = 14,
    TCP_CSUM = 16,
    TCP_HEADER = 20,
    TCP_PSH = 0x08,
    TCP_ACK = 0x10,
    IPV4_HEADER = 20,
    IPV4_LENGTH = 2,
    IPV4_IDENTIFICATION = 4,
    IPV4_CSUM = 10,
    IPV6_LENGTH = 4,
};

struct net_merge {
    uint8_t frame[NET_FRAME_MOST];
    size_t size; /* 0: nothing is under way */
    struct net_layers layers;
    unsigned headers, segment, count;
    bool is_complete;
};

struct net_merge *net_merge_new(struct error *err)
{
    struct net_merge *m = calloc(1, sizeof *m);

    if (!m)
        error_set(err, ERROR_RESOURCE, "out of memory");
    return m;
}

void net_merge_free(struct net_merge *m)
{
    free(m);
}

void net_merge_reset(struct net_merge *m)
{
    m->size = 0;
}

bool net_merge_is_pending(const struct net_merge *m)
{
    return m->size;
}

bool net_merge_is_complete(const struct net_merge *m)
{
    return m->size && m->is_complete;
}

/* Bytes of its headers; 0 if it is none that can be put together with others. */
static unsigned headers_of(const uint8_t *frame, size_t size, struct net_layers *l)
{
    uint8_t header[NET_HEADER_BYTES] = { 0 };
    unsigned headers;

    if (!net_offload_layers(frame, size, l) || l->protocol != PROTOCOL_TCP || l->end > size ||
        l->end < l->transport + TCP_HEADER)
        return 0;
    headers = l->transport + (frame[l->transport + TCP_OFFSET] >> 4) * 4u;
    if (headers < l->transport + TCP_HEADER || headers >= l->end ||
        (frame[l->transport + TCP_FLAGS] & ~TCP_PSH) != TCP_ACK ||
        (!l->is_ipv6 && l->transport != l->ip + IPV4_HEADER))
        return 0;
    net_offload_check(header, frame, size);
    return header[NET_HEADER_FLAGS] & NET_DATA_VALID ? headers : 0;
}

/* The same but for what may differ. */
static bool has_same_headers(const struct net_merge *m, const uint8_t *frame)
{
    const uint8_t *a = m->frame, *b = frame;
    unsigned ip = m->layers.ip, tcp = m->layers.transport;

    if (memcmp(a, b, ip + 2))
        return false;
    if (m->layers.is_ipv6) {
        if (memcmp(a + ip, b + ip, IPV6_LENGTH) ||
            memcmp(a + ip + IPV6_LENGTH + 2, b + ip + IPV6_LENGTH + 2, tcp - ip - IPV6_LENGTH - 2))
            return false;
    } else if (memcmp(a + ip, b + ip, IPV4_LENGTH) ||
               memcmp(a + ip + IPV4_IDENTIFICATION + 2, b + ip + IPV4_IDENTIFICATION + 2,
                      IPV4_CSUM - IPV4_IDENTIFICATION - 2) ||
               memcmp(a + ip + IPV4_CSUM + 2, b + ip + IPV4_CSUM + 2,
                      IPV4_HEADER - IPV4_CSUM - 2)) {
        return false;
    }
    return !memcmp(a + tcp, b + tcp, TCP_SEQUENCE) && a[tcp + TCP_OFFSET] == b[tcp + TCP_OFFSET] &&
           !memcmp(a + tcp + TCP_HEADER, b + tcp + TCP_HEADER, m->headers - tcp - TCP_HEADER);
}

static bool follows(const struct net_merge *m, const uint8_t *frame, unsigned headers,
                    size_t payload)
{
    const uint8_t *tcp = m->frame + m->layers.transport, *next = frame + m->layers.transport;
    size_t before = m->size - m->headers;

    return headers == m->headers && !m->is_complete && payload <= m->segment &&
           m->size + payload <= NET_FRAME_MOST &&
           ld_be32(next + TCP_SEQUENCE) == ld_be32(tcp + TCP_SEQUENCE) + (uint32_t)before &&
           (int32_t)(ld_be32(next + TCP_ACKNOWLEDGED) - ld_be32(tcp + TCP_ACKNOWLEDGED)) >= 0 &&
           has_same_headers(m, frame);
}

enum net_merge_result net_merge_add(struct net_merge *m, const uint8_t *frame, size_t size,
                                    bool ipv4, bool ipv6)
{
    struct net_layers l;
    unsigned headers = headers_of(frame, size, &l);
    bool wanted = headers && (l.is_ipv6 ? ipv6 : ipv4);
    size_t payload = wanted ? l.end - headers : 0;
    bool is_last = wanted && frame[l.transport + TCP_FLAGS] & TCP_PSH;

    if (!wanted)
        return m->size ? NET_MERGE_FULL : NET_MERGE_PASS;
    if (!m->size) {
        memcpy(m->frame, frame, l.end);
        m->size = l.end;
        m->layers = l;
        m->headers = headers;
        m->segment = (unsigned)payload;
        m->count = 1;
        m->is_complete = is_last;
        return NET_MERGE_TAKEN;
    }
    if (l.is_ipv6 != m->layers.is_ipv6 || l.transport != m->layers.transport ||
        !follows(m, frame, headers, payload))
        return NET_MERGE_FULL;
    memcpy(m->frame + m->size, frame + headers, payload);
    memcpy(m->frame + l.transport + TCP_ACKNOWLEDGED, frame + l.transport + TCP_ACKNOWLEDGED, 4);
    memcpy(m->frame + l.transport + TCP_WINDOW, frame + l.transport + TCP_WINDOW, 2);
    m->frame[l.transport + TCP_FLAGS] |= frame[l.transport + TCP_FLAGS] & TCP_PSH;
    m->size += payload;
    m->count++;
    m->is_complete = is_last || payload < m->segment || m->size + m->segment > NET_FRAME_MOST;
    return NET_MERGE_TAKEN;
}

const uint8_t *net_merge_finish(struct net_merge *m, const struct virtio_device *d, uint8_t *header,
                                size_t *size)
{
    const struct net_layers *l = &m->layers;
    uint8_t *ip = m->frame + l->ip, *tcp = m->frame + l->transport;
    size_t length = m->size - l->transport;

    memset(header, 0, NET_HEADER_BYTES);
    *size = m->size;
    if (m->count == 1) {
        header[NET_HEADER_FLAGS] = NET_DATA_VALID;
        return m->frame;
    }
    if (l->is_ipv6) {
        st_be16(ip + IPV6_LENGTH, (uint16_t)length);
    } else {
        st_be16(ip + IPV4_LENGTH, (uint16_t)(m->size - l->ip));
        st_be16(ip + IPV4_CSUM, 0);
        st_be16(ip + IPV4_CSUM, (uint16_t)~net_offload_fold(net_offload_sum(ip, IPV4_HEADER)));
    }
    /* The sum of the pseudo header, to which the segments' own bytes are to be added. */
    st_be16(tcp + TCP_CSUM, net_offload_fold(net_offload_pseudo(m->frame, l, length)));
    header[NET_HEADER_FLAGS] = NET_NEEDS_CSUM;
    header[NET_HEADER_SEGMENTATION] = l->is_ipv6 ? NET_TSO6 : NET_TSO4;
    virtio_put16(d, header + NET_HEADER_LENGTH, (uint16_t)m->headers);
    virtio_put16(d, header + NET_HEADER_SEGMENT, (uint16_t)m->segment);
    virtio_put16(d, header + NET_HEADER_CSUM_START, (uint16_t)l->transport);
    virtio_put16(d, header + NET_HEADER_CSUM_OFFSET, TCP_CSUM);
    return m->frame;
}
