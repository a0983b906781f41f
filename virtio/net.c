/* The network device: one pair of queues, control queue, mergeable receive buffers. [virtio1.2 5.1]
 *
 * Frames of the driver are taken by the device's thread and given to the network; when that has no room, the queue is
 * left until it says that there is. Frames that come in are written on the network's thread; when there is no
 * buffer for one, the network keeps it until the driver kicks the queue.
 *
 * Checksums and segmentation that the driver leaves to the device are done in net-offload.c. Frames are not filtered:
 * what the control queue says about that is accepted, and a driver looks itself.
 *
 * Left out: several pairs of queues, receive-side scaling, VLAN filters, segmentation of UDP. */
#include <stdlib.h>
#include <string.h>

#include "host/net.h"
#include "virtio/device.h"
#include "virtio/net-merge.h"
#include "virtio/net-offload.h"
#include "virtio/types.h"

enum { RX, TX, CONTROL };
enum { QUEUE_SIZE = 256, CONTROL_SIZE = 64, MAC_BYTES = 6, CHAINS_MOST = 64 };

#define F_CSUM VIRTIO_BIT(0)
#define F_GUEST_CSUM VIRTIO_BIT(1)
#define F_MTU VIRTIO_BIT(3)
#define F_MAC VIRTIO_BIT(5)
#define F_GUEST_TSO4 VIRTIO_BIT(7)
#define F_GUEST_TSO6 VIRTIO_BIT(8)
#define F_HOST_TSO4 VIRTIO_BIT(11)
#define F_HOST_TSO6 VIRTIO_BIT(12)
#define F_HOST_ECN VIRTIO_BIT(13)
#define F_MRG_RXBUF VIRTIO_BIT(15)
#define F_STATUS VIRTIO_BIT(16)
#define F_CTRL_VQ VIRTIO_BIT(17)
#define F_CTRL_RX VIRTIO_BIT(18)
#define F_CTRL_MAC_ADDR VIRTIO_BIT(23)

enum { C_MAC = 0, C_STATUS = 6, C_PAIRS = 8, C_MTU = 10, CONFIG_BYTES = 12, LINK_UP = 1 };
enum { CLASS_RX = 0, CLASS_MAC = 1, MAC_TABLE_SET = 0, MAC_ADDR_SET = 1, ACK_OK = 0, ACK_ERR = 1 };

struct options {
    struct virtio_options virtio;
    struct net *net;
    uint8_t mac[MAC_BYTES];
    uint32_t rx_queue_size, tx_queue_size, mtu;
    bool csum, tso, mrg_rxbuf, guest_csum, guest_tso4, guest_tso6;
};

struct virtio_net {
    struct virtio_device virtio;
    struct options options;
    struct net *net;
    uint8_t mac[MAC_BYTES];
    bool wants_rx; /* the network keeps a frame until there is a buffer */
    struct net_offload *offload;
    struct net_merge *merge; /* what comes in and is not handed over yet */
};

/* Bytes of the header before each frame. */
static size_t header_size(const struct virtio_net *n)
{
    return n->virtio.features & (F_MRG_RXBUF | VIRTIO_F_VERSION_1) ? NET_HEADER_BYTES : NET_HEADER_BYTES - 2;
}

/* ---- out ---- */

/* False if the network has no room for it: the chain stays where it is. */
static bool send(struct virtio_net *n, const struct virtq_chain *c)
{
    uint8_t header[NET_HEADER_BYTES] = { 0 };
    size_t size = header_size(n);
    struct iovec pieces[64];
    unsigned count;

    if (virtq_read(c, 0, header, size) < size || c->out_bytes - size > NET_FRAME_MOST || c->out_bytes == size)
        return true; /* nothing that could be a frame: dropped */
    if (net_offload_is_needed(header))
        return net_offload_send(n->offload, n->net, &n->virtio, header, c, size);
    count = virtq_slice(c->pieces, c->n_out, size, c->out_bytes - size, pieces, ARRAY_SIZE(pieces));
    /* In more pieces than a driver makes. */
    if (count == ARRAY_SIZE(pieces))
        return net_offload_send(n->offload, n->net, &n->virtio, header, c, size);
    return net_send(n->net, pieces, count);
}

static void process_tx(struct virtio_net *n)
{
    struct virtio_device *d = &n->virtio;
    struct virtq *q = &d->queues[TX];

    do {
        virtq_disable_kicks(q);
        while (virtq_pop(q, d->chain)) {
            if (!send(n, d->chain)) {
                virtq_unpop(q, d->chain->head);
                virtio_signal(d, TX);
                return; /* send_ready() comes */
            }
            virtq_push(q, d->chain->head, 0);
        }
    } while (virtq_enable_kicks(q));
    virtio_signal(d, TX);
}

static void send_ready(void *opaque)
{
    virtio_kick(opaque, TX);
}

/* ---- in ---- */

/* Takes chains until the frame fits; their heads and sizes. 0 if there are not enough: none is taken then. The frame
 * is written as they come. */
static unsigned write_frame(struct virtio_net *n, const uint8_t *header, const uint8_t *frame, size_t size)
{
    struct virtio_device *d = &n->virtio;
    struct virtq *q = &d->queues[RX];
    struct virtq_chain *c = d->chain;
    size_t head = header_size(n), done = 0;
    struct { uint16_t head; uint32_t size; } taken[CHAINS_MOST];
    uint8_t *count_at = NULL;
    uint16_t chains = 0;

    for (;;) {
        size_t offset = chains ? 0 : head, written;

        if (chains == CHAINS_MOST || !virtq_pop(q, c)) {
            while (chains)
                virtq_unpop(q, taken[--chains].head);
            return 0;
        }
        if (!chains) {
            virtq_write(q, c, 0, header, head);
            /* Where the number of chains goes, if it is in one piece with the header, as it is. */
            if (n->virtio.features & F_MRG_RXBUF && c->n_in && c->pieces[c->n_out].iov_len >= NET_HEADER_BYTES)
                count_at = (uint8_t *)c->pieces[c->n_out].iov_base + NET_HEADER_CHAINS;
        }
        written = virtq_write(q, c, offset, frame + done, size - done);
        done += written;
        taken[chains].head = c->head;
        taken[chains++].size = (uint32_t)(offset + written);
        if (done == size)
            break;
        if (!(n->virtio.features & F_MRG_RXBUF))
            break; /* cut off: it is larger than the driver can take, and given back as far as it went */
    }
    if (count_at)
        virtio_put16(d, count_at, chains);
    for (uint16_t i = 0; i < chains; i++)
        virtq_fill(q, taken[i].head, taken[i].size, i);
    return chains;
}

/* False if there is no buffer for it: the driver's next kick tells of one. */
static bool hand_over(struct virtio_net *n, uint8_t *header, const uint8_t *frame, size_t size)
{
    struct virtio_device *d = &n->virtio;
    struct virtq *q = &d->queues[RX];
    unsigned chains;

    virtio_put16(d, header + NET_HEADER_CHAINS, 1);
    virtq_disable_kicks(q);
    chains = write_frame(n, header, frame, size);
    /* A buffer may have come between the look and the asking for a kick. */
    if (!chains && virtq_enable_kicks(q))
        chains = write_frame(n, header, frame, size);
    if (chains) {
        virtq_flush(q, (uint16_t)chains);
        virtio_signal(d, RX);
        return true;
    }
    n->wants_rx = !q->broken;
    return q->broken;
}

/* The packet that was put together. */
static bool hand_over_merged(struct virtio_net *n)
{
    uint8_t header[NET_HEADER_BYTES];
    const uint8_t *frame;
    size_t size;

    if (!net_merge_is_pending(n->merge))
        return true;
    frame = net_merge_finish(n->merge, &n->virtio, header, &size);
    if (!hand_over(n, header, frame, size))
        return false;
    net_merge_reset(n->merge);
    return true;
}

static bool take_frame(struct virtio_net *n, const uint8_t *frame, size_t size)
{
    uint64_t features = n->virtio.features;
    uint8_t header[NET_HEADER_BYTES] = { 0 };

    if (features & (F_GUEST_TSO4 | F_GUEST_TSO6)) {
        bool ipv4 = features & F_GUEST_TSO4, ipv6 = features & F_GUEST_TSO6;
        enum net_merge_result result = net_merge_add(n->merge, frame, size, ipv4, ipv6);

        if (result == NET_MERGE_FULL) {
            if (!hand_over_merged(n))
                return false;
            result = net_merge_add(n->merge, frame, size, ipv4, ipv6);
        }
        if (result == NET_MERGE_TAKEN) {
            if (net_merge_is_complete(n->merge))
                hand_over_merged(n); /* else it stays until there is a buffer */
            return true;
        }
    }
    if (features & F_GUEST_CSUM)
        net_offload_check(header, frame, size);
    return hand_over(n, header, frame, size);
}

static bool is_receiving(const struct virtio_net *n)
{
    return virtio_is_live(&n->virtio) && n->virtio.queues[RX].started;
}

static bool receive(void *opaque, const uint8_t *frame, size_t size)
{
    struct virtio_net *n = opaque;
    bool taken;

    virtio_lock(&n->virtio);
    taken = !is_receiving(n) || take_frame(n, frame, size);
    virtio_unlock(&n->virtio);
    return taken;
}

static void receive_end(void *opaque)
{
    struct virtio_net *n = opaque;

    virtio_lock(&n->virtio);
    if (is_receiving(n))
        hand_over_merged(n);
    virtio_unlock(&n->virtio);
}

/* ---- control ---- */

static uint8_t control(struct virtio_net *n, const struct virtq_chain *c)
{
    uint8_t command[2];

    if (virtq_read(c, 0, command, sizeof command) < sizeof command)
        return ACK_ERR;
    if (command[0] == CLASS_RX)
        return ACK_OK;
    if (command[0] == CLASS_MAC && command[1] == MAC_TABLE_SET)
        return ACK_OK;
    if (command[0] == CLASS_MAC && command[1] == MAC_ADDR_SET)
        return virtq_read(c, sizeof command, n->mac, MAC_BYTES) == MAC_BYTES ? ACK_OK : ACK_ERR;
    return ACK_ERR;
}

static void process_control(struct virtio_net *n)
{
    struct virtio_device *d = &n->virtio;
    struct virtq *q = &d->queues[CONTROL];

    do {
        virtq_disable_kicks(q);
        while (virtq_pop(q, d->chain)) {
            uint8_t ack = control(n, d->chain);

            virtq_push(q, d->chain->head, (uint32_t)virtq_write(q, d->chain, 0, &ack, 1));
        }
    } while (virtq_enable_kicks(q));
    virtio_signal(d, CONTROL);
}

static void process(struct virtio_device *d, unsigned queue)
{
    struct virtio_net *n = (struct virtio_net *)d;

    if (queue == TX) {
        process_tx(n);
    } else if (queue == CONTROL) {
        process_control(n);
    } else if (n->wants_rx) {
        n->wants_rx = false;
        net_receive_ready(n->net);
    }
}

/* ---- configuration ---- */

static void get_config(struct virtio_device *d, uint8_t *config)
{
    const struct virtio_net *n = (const struct virtio_net *)d;

    memcpy(config + C_MAC, n->mac, MAC_BYTES);
    virtio_put16(d, config + C_STATUS, LINK_UP);
    virtio_put16(d, config + C_PAIRS, 1);
    virtio_put16(d, config + C_MTU, (uint16_t)n->options.mtu);
}

/* How legacy drivers set their address. */
static void set_config(struct virtio_device *d, unsigned offset, const uint8_t *bytes, unsigned size)
{
    struct virtio_net *n = (struct virtio_net *)d;

    if (!(d->accepted & VIRTIO_F_VERSION_1))
        for (unsigned i = 0; i < size && offset + i < C_MAC + MAC_BYTES; i++)
            n->mac[offset + i] = bytes[i];
}

static void reset(struct virtio_device *d)
{
    struct virtio_net *n = (struct virtio_net *)d;

    memcpy(n->mac, n->options.mac, MAC_BYTES);
    net_offload_reset(n->offload);
    net_merge_reset(n->merge);
    /* What is kept for a driver that is gone goes. */
    if (n->wants_rx && n->net)
        net_receive_ready(n->net);
    n->wants_rx = false;
}

static void destroy(struct virtio_device *d)
{
    net_offload_free(((struct virtio_net *)d)->offload);
    net_merge_free(((struct virtio_net *)d)->merge);
}

static const struct virtio_ops ops = {
    .get_config = get_config,
    .set_config = set_config,
    .process = process,
    .reset = reset,
    .destroy = destroy,
};

static bool check_size(uint32_t size, const char *name, struct error *err)
{
    if (size >= 16 && size <= VIRTQ_SIZE_MOST && !(size & (size - 1)))
        return true;
    error_set(err, ERROR_USAGE, "%s=%u is not possible", name, size);
    error_hint(err, "choose a power of two from 16 to %d", VIRTQ_SIZE_MOST);
    return false;
}

static uint64_t features_of(const struct options *o)
{
    uint64_t features = F_MAC | F_STATUS | F_CTRL_VQ | F_CTRL_RX | F_CTRL_MAC_ADDR;

    if (o->csum)
        features |= F_CSUM | (o->tso ? F_HOST_TSO4 | F_HOST_TSO6 | F_HOST_ECN : 0);
    if (o->guest_csum)
        features |= F_GUEST_CSUM | (o->guest_tso4 ? F_GUEST_TSO4 : 0) | (o->guest_tso6 ? F_GUEST_TSO6 : 0);
    if (o->mrg_rxbuf)
        features |= F_MRG_RXBUF;
    if (o->mtu)
        features |= F_MTU;
    return features;
}

static bool make(struct virtio_net *n, const struct device_place *place, struct error *err)
{
    const struct options *o = &n->options;
    const struct net_receiver receiver = { receive, receive_end, send_ready, n };

    n->offload = net_offload_new(err);
    n->merge = net_merge_new(err);
    if (!n->offload || !n->merge || !virtio_init(&n->virtio, &ops, VIRTIO_ID_NET, 0x020000, virtio_net_type.name,
                                    o->mtu ? CONFIG_BYTES : C_PAIRS, &o->virtio, place->platform->accel, err))
        return false;
    n->virtio.offered = features_of(o);
    virtio_add_queue(&n->virtio, (uint16_t)o->rx_queue_size);
    virtio_add_queue(&n->virtio, (uint16_t)o->tx_queue_size);
    virtio_add_queue(&n->virtio, CONTROL_SIZE);
    if (!virtio_plug(&n->virtio, place->bus, err))
        return false;
    net_set_receiver(n->net, &receiver);
    return true;
}

static void *create(const struct device_place *place, const void *options, struct error *err)
{
    const struct options *o = options;
    struct virtio_net *n;

    if (!check_size(o->rx_queue_size, "rx_queue_size", err) || !check_size(o->tx_queue_size, "tx_queue_size", err))
        return NULL;
    if (o->mtu && (o->mtu < 68 || o->mtu > 65535)) {
        error_set(err, ERROR_USAGE, "host_mtu=%u is not possible", o->mtu);
        error_hint(err, "choose 68 to 65535, or 0");
        return NULL;
    }
    n = calloc(1, sizeof *n);
    if (!n) {
        error_set(err, ERROR_RESOURCE, "out of memory");
        return NULL;
    }
    n->options = *o;
    n->net = o->net;
    memcpy(n->mac, o->mac, MAC_BYTES);
    if (make(n, place, err))
        return n;
    virtio_destroy(n);
    return NULL;
}

static const struct device_property properties[] = {
    { "netdev", PROPERTY_NETDEV, offsetof(struct options, net), NULL, "the network", NULL, true },
    { "mac", PROPERTY_MAC, offsetof(struct options, mac), NULL, "address; 52:54:00:12:34:56 and following", NULL,
      false },
    { "rx_queue_size", PROPERTY_U32, offsetof(struct options, rx_queue_size), "256", "descriptors", NULL, false },
    { "tx_queue_size", PROPERTY_U32, offsetof(struct options, tx_queue_size), "256", "descriptors", NULL, false },
    { "host_mtu", PROPERTY_U32, offsetof(struct options, mtu), "0", "MTU that the driver is told; 0: none", NULL,
      false },
    { "csum", PROPERTY_BOOL, offsetof(struct options, csum), "on", "the driver may leave checksums to the device",
      NULL, false },
    { "host_tso", PROPERTY_BOOL, offsetof(struct options, tso), "on", "and segmentation of TCP", NULL, false },
    { "guest_csum", PROPERTY_BOOL, offsetof(struct options, guest_csum), "on",
      "the driver is told which checksums are right", NULL, false },
    { "guest_tso4", PROPERTY_BOOL, offsetof(struct options, guest_tso4), "on",
      "segments of TCP over IPv4 that follow each other come as one", NULL, false },
    { "guest_tso6", PROPERTY_BOOL, offsetof(struct options, guest_tso6), "on", "and those over IPv6", NULL, false },
    { "mrg_rxbuf", PROPERTY_BOOL, offsetof(struct options, mrg_rxbuf), "on", "a frame may take several buffers", NULL,
      false },
    VIRTIO_PROPERTIES(struct options, "4"),
};

const struct device_type virtio_net_type = {
    .name = "virtio-net-pci",
    .text = "network interface",
    .bus = DEVICE_BUS_PCI,
    .properties = properties,
    .n_properties = ARRAY_SIZE(properties),
    .options_size = sizeof(struct options),
    .create = create,
    .destroy = virtio_destroy,
    .path_of = virtio_path,
};
