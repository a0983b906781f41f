/* Checksums and TCP segmentation: what goes to the network beside what it should be. */
#include <stdlib.h>
#include <string.h>

#include "base/endian.h"
#include "tests/papr/fixture.h"
#include "virtio/net-merge.h"
#include "virtio/net-offload.h"

enum { IP = 14, TCP4 = IP + 20, HEADERS4 = TCP4 + 20, TCP6 = IP + 40, HEADERS6 = TCP6 + 20, FRAMES = 64 };

/* ---- a network that keeps what it gets ---- */

static struct {
    uint8_t bytes[4096];
    size_t size;
} sent[FRAMES];
static unsigned n_sent, room;

bool net_send(struct net *net, const struct iovec *pieces, unsigned n_pieces)
{
    size_t size = 0;

    (void)net;
    if (!room)
        return false;
    room--;
    ck_assert_uint_lt(n_sent, FRAMES);
    for (unsigned i = 0; i < n_pieces; i++) {
        ck_assert_uint_le(pieces[i].iov_len, sizeof sent[0].bytes - size);
        memcpy(sent[n_sent].bytes + size, pieces[i].iov_base, pieces[i].iov_len);
        size += pieces[i].iov_len;
    }
    sent[n_sent++].size = size;
    return true;
}

static struct virtio_device device; /* little-endian */
static struct net_offload *offload;
static uint8_t frame[70000];
static struct virtq_chain chain;

static bool send(const uint8_t *header, size_t size)
{
    memmove(frame + NET_HEADER_BYTES, frame, size);
    chain.n_out = 1;
    chain.pieces[0] = (struct iovec){ frame, NET_HEADER_BYTES + size };
    chain.out_bytes = NET_HEADER_BYTES + size;
    return net_offload_send(offload, NULL, &device, header, &chain, NET_HEADER_BYTES);
}

/* Slow and plain: the sum of half words, odd byte padded. */
static uint16_t plain_sum(const uint8_t *bytes, size_t size, uint32_t sum)
{
    for (size_t i = 0; i < size; i++)
        sum += (uint32_t)bytes[i] << (i % 2 ? 0 : 8);
    while (sum > 0xffff)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)sum;
}

static uint32_t pseudo(const uint8_t *f, bool is_ipv6, unsigned protocol, size_t length)
{
    return (is_ipv6 ? plain_sum(f + IP + 8, 32, 0) : plain_sum(f + IP + 12, 8, 0)) + protocol + (uint32_t)length;
}

static size_t make_tcp(bool is_ipv6, size_t payload)
{
    unsigned tcp = is_ipv6 ? TCP6 : TCP4;
    size_t size = tcp + 20 + payload;

    memset(frame, 0, sizeof frame);
    st_be16(frame + 12, is_ipv6 ? 0x86dd : 0x0800);
    if (is_ipv6) {
        frame[IP] = 0x60;
        frame[IP + 6] = 6;
        memcpy(frame + IP + 8, "0123456789abcdefFEDCBA9876543210", 32);
    } else {
        frame[IP] = 0x45;
        st_be16(frame + IP + 4, 0xfffe); /* identification, about to wrap */
        frame[IP + 9] = 6;
        memcpy(frame + IP + 12, "\x0a\x00\x02\x0f\x0a\x00\x02\x02", 8);
    }
    st_be32(frame + tcp + 4, 0xfffffff0);
    frame[tcp + 12] = 0x50;
    frame[tcp + 13] = 0x99; /* CWR, ACK, PSH, FIN */
    for (size_t i = 0; i < payload; i++)
        frame[tcp + 20 + i] = (uint8_t)(i * 31 + i / 256);
    return size;
}

static void start(void)
{
    offload = net_offload_new(NULL);
    n_sent = 0;
    room = FRAMES;
}

static void check_segments(bool is_ipv6, size_t payload, unsigned most)
{
    unsigned tcp = is_ipv6 ? TCP6 : TCP4, count = (unsigned)((payload + most - 1) / most);

    ck_assert_uint_eq(n_sent, count);
    for (unsigned i = 0; i < count; i++) {
        const uint8_t *s = sent[i].bytes;
        size_t n = i + 1 < count ? most : payload - (size_t)most * (count - 1), length = 20 + n;

        ck_assert_uint_eq(sent[i].size, tcp + length);
        ck_assert_uint_eq(ld_be32(s + tcp + 4), (uint32_t)(0xfffffff0 + i * most));
        ck_assert_uint_eq(s[tcp + 13], (i ? 0x10 : 0x90) | (i + 1 == count ? 9 : 0));
        ck_assert_uint_eq(plain_sum(s + tcp, length, pseudo(s, is_ipv6, 6, length)), 0xffff);
        for (size_t k = 0; k < n; k++)
            ck_assert_uint_eq(s[tcp + 20 + k], (uint8_t)((i * most + k) * 31 + (i * most + k) / 256));
        if (is_ipv6) {
            ck_assert_uint_eq(ld_be16(s + IP + 4), length);
        } else {
            ck_assert_uint_eq(ld_be16(s + IP + 2), 20 + length);
            ck_assert_uint_eq(ld_be16(s + IP + 4), (uint16_t)(0xfffe + i));
            ck_assert_uint_eq(plain_sum(s + IP, 20, 0), 0xffff);
        }
    }
}

START_TEST(segments)
{
    uint8_t header[NET_HEADER_BYTES] = { NET_NEEDS_CSUM, 0 };

    for (unsigned is_ipv6 = 0; is_ipv6 < 2; is_ipv6++)
        for (size_t payload = 1; payload < 9000; payload += 1237) {
            start();
            header[1] = is_ipv6 ? NET_TSO6 : NET_TSO4 | NET_ECN;
            st_le16(header + NET_HEADER_SEGMENT, 1449);
            ck_assert(send(header, make_tcp(is_ipv6, payload)));
            check_segments(is_ipv6, payload, 1449);
            net_offload_free(offload);
        }
}
END_TEST

/* The network is full in between: the rest goes when it is offered again. */
START_TEST(full_network)
{
    uint8_t header[NET_HEADER_BYTES] = { NET_NEEDS_CSUM, NET_TSO4 };
    size_t size;

    start();
    st_le16(header + NET_HEADER_SEGMENT, 1000);
    size = make_tcp(false, 4500);
    room = 2;
    ck_assert(!send(header, size));
    ck_assert_uint_eq(n_sent, 2);
    ck_assert(!net_offload_send(offload, NULL, &device, header, &chain, NET_HEADER_BYTES));
    room = FRAMES;
    ck_assert(net_offload_send(offload, NULL, &device, header, &chain, NET_HEADER_BYTES));
    check_segments(false, 4500, 1000);
    net_offload_free(offload);
}
END_TEST

START_TEST(checksums)
{
    uint8_t header[NET_HEADER_BYTES] = { NET_NEEDS_CSUM }, checked[NET_HEADER_BYTES] = { 0 };

    for (unsigned is_ipv6 = 0; is_ipv6 < 2; is_ipv6++)
        for (size_t payload = 0; payload < 70; payload += 23) {
            unsigned tcp = is_ipv6 ? TCP6 : TCP4;
            size_t size = make_tcp(is_ipv6, payload), length = size - tcp;

            start();
            if (is_ipv6)
                st_be16(frame + IP + 4, (uint16_t)length);
            else
                st_be16(frame + IP + 2, (uint16_t)(20 + length));
            st_be16(frame + tcp + 16, plain_sum(NULL, 0, pseudo(frame, is_ipv6, 6, length)));
            st_le16(header + NET_HEADER_CSUM_START, (uint16_t)tcp);
            st_le16(header + NET_HEADER_CSUM_OFFSET, 16);
            ck_assert(net_offload_is_needed(header));
            ck_assert(send(header, size));
            ck_assert_uint_eq(n_sent, 1);
            ck_assert_uint_eq(plain_sum(sent[0].bytes + tcp, length, pseudo(sent[0].bytes, is_ipv6, 6, length)),
                              0xffff);
            /* And the other way: right, then wrong. */
            memset(checked, 0, sizeof checked);
            net_offload_check(checked, sent[0].bytes, sent[0].size);
            ck_assert_uint_eq(checked[0], NET_DATA_VALID);
            sent[0].bytes[size - 1] ^= 1;
            memset(checked, 0, sizeof checked);
            net_offload_check(checked, sent[0].bytes, sent[0].size);
            ck_assert_uint_eq(checked[0], 0);
            net_offload_free(offload);
        }
}
END_TEST

/* Random headers before random frames: dropped, or sent; nothing out of bounds (the sanitizers look). */
START_TEST(random_frames)
{
    srand(3);
    for (int i = 0; i < 30000; i++) {
        uint8_t header[NET_HEADER_BYTES], checked[NET_HEADER_BYTES] = { 0 };
        size_t size = make_tcp(rand() & 1, (size_t)(rand() % 3000));

        start();
        for (unsigned k = 0; k < sizeof header; k++)
            header[k] = (uint8_t)(rand() % 3 ? 0 : rand());
        header[1] = (uint8_t)(rand() % 8);
        for (int k = rand() % 4; k; k--)
            frame[12 + rand() % 60] = (uint8_t)rand();
        if (rand() % 3 == 0)
            size = (size_t)rand() % 80;
        net_offload_check(checked, frame, size);
        if (st_le16(header + NET_HEADER_SEGMENT, (uint16_t)(64 + rand() % 2000)), size)
            send(header, size);
        net_offload_free(offload);
    }
}
END_TEST

/* What was cut is put together, and cut again as its header says: the same segments come. */
START_TEST(merged_segments_can_be_cut_again)
{
    static uint8_t first[FRAMES][4096];
    static size_t sizes[FRAMES];
    struct net_merge *m = net_merge_new(NULL);

    for (unsigned round = 0; round < 60; round++) {
        bool is_ipv6 = round & 1;
        unsigned most = 100 + 37 * round, tcp = is_ipv6 ? TCP6 : TCP4, n;
        size_t payload = 2 * most + round * 97 % most + 1, size = make_tcp(is_ipv6, payload), merged_size;
        uint8_t header[NET_HEADER_BYTES] = { NET_NEEDS_CSUM, is_ipv6 ? NET_TSO6 : NET_TSO4 };
        const uint8_t *merged;

        frame[tcp + 13] = 0x18;
        st_le16(header + NET_HEADER_SEGMENT, (uint16_t)most);
        start();
        ck_assert(send(header, size));
        n = n_sent;
        for (unsigned i = 0; i < n; i++) {
            memcpy(first[i], sent[i].bytes, sizes[i] = sent[i].size);
            ck_assert_int_eq(net_merge_add(m, sent[i].bytes, sent[i].size, true, true), NET_MERGE_TAKEN);
            ck_assert_int_eq(net_merge_is_complete(m), i + 1 == n);
        }
        merged = net_merge_finish(m, &device, header, &merged_size);
        ck_assert_uint_eq(merged_size, size);
        ck_assert_uint_eq(header[NET_HEADER_FLAGS], NET_NEEDS_CSUM);
        memcpy(frame, merged, size);
        n_sent = 0;
        ck_assert(send(header, size));
        ck_assert_uint_eq(n_sent, n);
        for (unsigned i = 0; i < n; i++) {
            ck_assert_uint_eq(sent[i].size, sizes[i]);
            ck_assert_mem_eq(sent[i].bytes, first[i], sizes[i]);
        }
        net_merge_reset(m);
        ck_assert(!net_merge_is_pending(m));
        net_offload_free(offload);
    }
    net_merge_free(m);
}
END_TEST

static size_t make_segment(unsigned at, size_t payload)
{
    size_t size = make_tcp(false, payload);

    frame[TCP4 + 13] = 0x10;
    st_be32(frame + TCP4 + 4, at);
    st_be16(frame + IP + 2, (uint16_t)(size - IP));
    st_be16(frame + TCP4 + 16, 0);
    st_be16(frame + TCP4 + 16, (uint16_t)~plain_sum(frame + TCP4, size - TCP4, pseudo(frame, false, 6, size - TCP4)));
    return size;
}

static void refit_csum(size_t size)
{
    st_be16(frame + TCP4 + 16, 0);
    st_be16(frame + TCP4 + 16, (uint16_t)~plain_sum(frame + TCP4, size - TCP4, pseudo(frame, false, 6, size - TCP4)));
}

START_TEST(others_are_not_merged)
{
    struct net_merge *m = net_merge_new(NULL);
    size_t size = make_segment(1000, 500);

    ck_assert_int_eq(net_merge_add(m, frame, size, false, true), NET_MERGE_PASS); /* not wanted */
    frame[TCP4 + 13] |= 2; /* SYN */
    refit_csum(size);
    ck_assert_int_eq(net_merge_add(m, frame, size, true, true), NET_MERGE_PASS);
    size = make_segment(1000, 500);
    frame[HEADERS4] ^= 1; /* its checksum is wrong now */
    ck_assert_int_eq(net_merge_add(m, frame, size, true, true), NET_MERGE_PASS);
    ck_assert_int_eq(net_merge_add(m, frame, make_segment(1000, 0), true, true), NET_MERGE_PASS);
    ck_assert_int_eq(net_merge_add(m, frame, make_segment(1000, 500), true, true), NET_MERGE_TAKEN);
    ck_assert_int_eq(net_merge_add(m, frame, make_segment(1501, 500), true, true), NET_MERGE_FULL); /* a hole */
    ck_assert_int_eq(net_merge_add(m, frame, make_segment(1000, 500), true, true), NET_MERGE_FULL); /* again */
    ck_assert_int_eq(net_merge_add(m, frame, make_segment(1500, 501), true, true), NET_MERGE_FULL); /* longer */
    size = make_segment(1500, 500);
    frame[IP + 15] ^= 1; /* from somebody else */
    refit_csum(size);
    ck_assert_int_eq(net_merge_add(m, frame, size, true, true), NET_MERGE_FULL);
    size = make_segment(1500, 500);
    frame[TCP4 + 1] ^= 1; /* another port */
    refit_csum(size);
    ck_assert_int_eq(net_merge_add(m, frame, size, true, true), NET_MERGE_FULL);
    ck_assert_int_eq(net_merge_add(m, frame, make_segment(1500, 500), true, true), NET_MERGE_TAKEN);
    ck_assert_int_eq(net_merge_add(m, frame, make_segment(2000, 1), true, true), NET_MERGE_TAKEN); /* the last */
    ck_assert(net_merge_is_complete(m));
    ck_assert_int_eq(net_merge_add(m, frame, make_segment(2001, 1), true, true), NET_MERGE_FULL);
    net_merge_reset(m);
    /* No packet is longer than IP can say. */
    for (unsigned at = 0;; at += 500) {
        enum net_merge_result result = net_merge_add(m, frame, make_segment(at, 500), true, true);

        ck_assert_int_eq(result, NET_MERGE_TAKEN);
        if (net_merge_is_complete(m)) {
            uint8_t header[NET_HEADER_BYTES];

            net_merge_finish(m, &device, header, &size);
            ck_assert_uint_le(size, NET_FRAME_MOST);
            ck_assert_uint_gt(size, 65000);
            break;
        }
    }
    net_merge_free(m);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = { segments, full_network, checksums, random_frames, merged_segments_can_be_cut_again,
                                   others_are_not_merged };

    return fixture_run("virtio/net-offload", tests, ARRAY_SIZE(tests));
}
