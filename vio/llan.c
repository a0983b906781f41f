/* Logical LAN adapters; see llan.h.
 *
 * The guest gives buffers, which are kept here by their sizes; the page that it gives for such a list is written as
 * the interface says and not read again. A frame takes the smallest buffer that holds it. If those that would hold it
 * are all in use, it waits at the host's end; if there are none of that size, it is lost and counted. */
#include "vio/llan.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/endian.h"
#include "base/log.h"

enum {
    H_REGISTER_LOGICAL_LAN = 0x114,
    H_FREE_LOGICAL_LAN = 0x118,
    H_ADD_LOGICAL_LAN_BUFFER = 0x11c,
    H_SEND_LOGICAL_LAN = 0x120,
    H_MULTICAST_CTRL = 0x130,
    H_CHANGE_LOGICAL_LAN_MAC = 0x14c,
};

enum {
    WINDOW = 0x10000000,
    PAGE = 4096,
    POOLS = 5,
    POOL_BUFFERS = 4096,
    SEND_BUFFERS = 6,
    LARGEST_FRAME = 65536,
    PIECES = 64,
    MAC_SIZE = 6,
    SMALLEST_BUFFER = 16,
    HANDLE_SIZE = 8,     /* begins each buffer; the frame follows */
    QUEUE_ELEMENT = 16,
    LIST_QUEUE = 0,      /* offsets in the page of the buffer list */
    LIST_FILTER = 8,
    LIST_DROPPED = 0xff8,
    ELEMENT_TOGGLE = 0x80,
    ELEMENT_VALID = 0x40,
};

/* Buffer descriptors. */
#define BD_VALID (UINT64_C(1) << 63)
#define BD_TOGGLE (UINT64_C(1) << 62)
#define BD_LENGTH(bd) ((bd) >> 32 & 0xffffff)
#define BD_ADDRESS(bd) ((bd) & 0xffffffff)

struct pool {
    uint64_t size; /* 0: not in use */
    unsigned first, count;
    uint64_t buffers[POOL_BUFFERS]; /* descriptors, a ring */
};

struct llan {
    struct vio_device device;
    struct platform *platform;
    struct net *net;
    uint8_t initial_mac[MAC_SIZE], mac[MAC_SIZE];
    bool open;
    uint64_t list;  /* I/O bus address of the buffer list's page */
    uint64_t queue; /* descriptor of the receive queue */
    uint64_t next;  /* offset in it */
    bool toggle;
    uint64_t dropped;
    struct pool pools[POOLS]; /* by ascending size */
};

static const struct vio_device_ops ops;

static struct llan *find(const struct vio_bus *bus, uint64_t unit)
{
    struct vio_device *d = vio_bus_find(bus, unit);

    return d && d->ops == &ops ? (struct llan *)d : NULL;
}

static bool is_mapped(struct llan *l, uint64_t ioba, uint64_t size, bool read, bool write)
{
    struct iovec pieces[PIECES];

    return (!read || dma_map(l->device.dma, ioba, size, false, pieces, PIECES)) &&
           (!write || dma_map(l->device.dma, ioba, size, true, pieces, PIECES));
}

/* ---- to the guest ---- */

/* The pool whose buffers are the smallest of those that hold so many bytes and, if so asked, are not all in use. */
static struct pool *find_pool(struct llan *l, uint64_t size, bool with_buffer)
{
    for (unsigned i = 0; i < POOLS; i++) {
        struct pool *p = &l->pools[i];

        if (p->size >= size && (p->count || !with_buffer))
            return p;
    }
    return NULL;
}

static void count_dropped(struct llan *l)
{
    uint8_t counter[8];

    st_be64(counter, ++l->dropped);
    dma_write(l->device.dma, l->list + LIST_DROPPED, counter, sizeof counter);
}

static void tell(struct llan *l, uint32_t size, const uint8_t *handle)
{
    uint8_t element[QUEUE_ELEMENT] = { ELEMENT_VALID };
    uint64_t at = BD_ADDRESS(l->queue) + l->next;

    if (l->toggle)
        element[0] |= ELEMENT_TOGGLE;
    st_be16(element + 2, HANDLE_SIZE);
    st_be32(element + 4, size);
    memcpy(element + 8, handle, HANDLE_SIZE);
    /* The byte that says that it is there comes last. */
    if (!dma_write(l->device.dma, at + 8, element + 8, 8))
        guest_error("llan", "the receive queue is not in memory");
    atomic_thread_fence(memory_order_release);
    dma_write(l->device.dma, at, element, 8);
    l->next += QUEUE_ELEMENT;
    if (l->next >= BD_LENGTH(l->queue)) {
        l->next = 0;
        l->toggle = !l->toggle;
    }
    vio_signal(&l->device);
}

/* Lock held. False if it has to wait. */
static bool take_frame(struct llan *l, const uint8_t *frame, size_t size)
{
    uint64_t wanted = size + HANDLE_SIZE, bd;
    struct pool *p;
    uint8_t handle[HANDLE_SIZE];

    if (!l->open)
        return true;
    p = find_pool(l, wanted, true);
    if (!p && find_pool(l, wanted, false))
        return false;
    if (!p) {
        count_dropped(l);
        return true;
    }
    bd = p->buffers[p->first];
    p->first = (p->first + 1) % POOL_BUFFERS;
    p->count--;
    if (!dma_read(l->device.dma, BD_ADDRESS(bd), handle, sizeof handle) ||
        !dma_write(l->device.dma, BD_ADDRESS(bd) + HANDLE_SIZE, frame, size)) {
        guest_error("llan", "a receive buffer is not in memory");
        return true;
    }
    tell(l, (uint32_t)size, handle);
    return true;
}

/* On the network's thread. */
static bool receive(void *opaque, const uint8_t *frame, size_t size)
{
    struct llan *l = opaque;
    bool taken;

    accel_lock(l->platform->accel);
    taken = take_frame(l, frame, size);
    accel_unlock(l->platform->accel);
    return taken;
}

static void close_lan(struct llan *l)
{
    l->open = false;
    for (unsigned i = 0; i < POOLS; i++)
        l->pools[i].size = l->pools[i].count = 0;
    /* Frames that wait will be dropped. */
    if (l->net)
        net_receive_ready(l->net);
}

/* ---- calls ---- */

static void put_mac(struct llan *l, uint64_t value)
{
    for (unsigned i = 0; i < MAC_SIZE; i++)
        l->mac[i] = (uint8_t)(value >> 8 * (MAC_SIZE - 1 - i));
}

/* Zeros over a range that is known to be mapped. */
static void clear(struct llan *l, uint64_t ioba, uint64_t size)
{
    static const uint8_t zeros[PAGE];

    for (uint64_t at = 0; at < size; at += PAGE)
        dma_write(l->device.dma, ioba + at, zeros, size - at < PAGE ? size - at : PAGE);
}

/* Arguments: unit address, page of the buffer list, descriptor of the receive queue, page of the filter list, MAC. */
static int64_t h_register_logical_lan(void *self, struct vcpu *v, struct hcall_args *args)
{
    struct llan *l = find(self, args->in[0]);
    uint64_t list = args->in[1], queue = args->in[2], filter = args->in[3];
    uint8_t head[16];

    (void)v;
    if (!l)
        return H_PARAMETER;
    if (l->open)
        return H_RESOURCE;
    if (list % PAGE || !is_mapped(l, list, PAGE, true, true) || filter % PAGE ||
        !is_mapped(l, filter, PAGE, true, true))
        return H_PARAMETER;
    if (!(queue & BD_VALID) || BD_ADDRESS(queue) % QUEUE_ELEMENT || BD_LENGTH(queue) % QUEUE_ELEMENT ||
        !BD_LENGTH(queue))
        return H_PARAMETER;
    /* All of it is looked at page by page: it may be large. */
    for (uint64_t at = 0; at < BD_LENGTH(queue); at += PAGE)
        if (!is_mapped(l, BD_ADDRESS(queue) + at, BD_LENGTH(queue) - at < PAGE ? BD_LENGTH(queue) - at : PAGE, true,
                       true))
            return H_PARAMETER;
    l->list = list;
    l->queue = queue & ~BD_TOGGLE;
    l->next = 0;
    l->toggle = true;
    l->dropped = 0;
    put_mac(l, args->in[4]);
    clear(l, list, PAGE);
    st_be64(head + LIST_QUEUE, l->queue);
    st_be64(head + LIST_FILTER, BD_VALID | (uint64_t)PAGE << 32 | filter);
    dma_write(l->device.dma, list, head, sizeof head);
    clear(l, BD_ADDRESS(queue), BD_LENGTH(queue));
    l->device.signal_enabled = false;
    l->open = true;
    return H_SUCCESS;
}

static int64_t h_free_logical_lan(void *self, struct vcpu *v, struct hcall_args *args)
{
    struct llan *l = find(self, args->in[0]);

    (void)v;
    if (!l)
        return H_PARAMETER;
    if (!l->open)
        return H_RESOURCE;
    close_lan(l);
    return H_SUCCESS;
}

/* The pool of that size, a new one if need be; NULL if there are too many. */
static struct pool *pool_for(struct llan *l, uint64_t size)
{
    unsigned n = 0, at = 0;

    while (n < POOLS && l->pools[n].size) {
        if (l->pools[n].size == size)
            return &l->pools[n];
        at += l->pools[n++].size < size;
    }
    if (n == POOLS)
        return NULL;
    memmove(&l->pools[at + 1], &l->pools[at], (n - at) * sizeof l->pools[0]);
    l->pools[at].size = size;
    l->pools[at].first = l->pools[at].count = 0;
    return &l->pools[at];
}

/* Arguments: unit address, descriptor. */
static int64_t h_add_logical_lan_buffer(void *self, struct vcpu *v, struct hcall_args *args)
{
    struct llan *l = find(self, args->in[0]);
    uint64_t bd = args->in[1];
    struct pool *p;

    (void)v;
    if (!l)
        return H_PARAMETER;
    if (BD_ADDRESS(bd) % 4 || BD_LENGTH(bd) < SMALLEST_BUFFER ||
        !is_mapped(l, BD_ADDRESS(bd), BD_LENGTH(bd), true, true))
        return H_PARAMETER;
    if (!l->open)
        return H_RESOURCE;
    p = pool_for(l, BD_LENGTH(bd));
    if (!p || p->count == POOL_BUFFERS)
        return H_RESOURCE;
    p->buffers[(p->first + p->count++) % POOL_BUFFERS] = bd;
    if (l->net)
        net_receive_ready(l->net);
    return H_SUCCESS;
}

/* Arguments: unit address, six descriptors, continue token. Result: token. */
static int64_t h_send_logical_lan(void *self, struct vcpu *v, struct hcall_args *args)
{
    struct llan *l = find(self, args->in[0]);
    struct iovec pieces[PIECES];
    unsigned n_pieces = 0;
    uint64_t total = 0;

    (void)v;
    if (!l)
        return H_PARAMETER;
    if (!l->open)
        return H_DROPPED;
    if (args->in[7])
        return H_HARDWARE;
    for (unsigned i = 0; i < SEND_BUFFERS && args->in[1 + i] & BD_VALID; i++)
        total += BD_LENGTH(args->in[1 + i]);
    args->out[0] = 0;
    if (!total)
        return H_SUCCESS;
    if (total > LARGEST_FRAME)
        return H_RESOURCE;
    for (unsigned i = 0; i < SEND_BUFFERS && args->in[1 + i] & BD_VALID; i++) {
        uint64_t bd = args->in[1 + i];
        unsigned n;

        if (!BD_LENGTH(bd))
            continue;
        n = dma_map(l->device.dma, BD_ADDRESS(bd), BD_LENGTH(bd), false, pieces + n_pieces, PIECES - n_pieces);
        if (!n)
            return H_DEST_PARM;
        n_pieces += n;
    }
    /* Drivers try again for a while. */
    return !l->net || net_send(l->net, pieces, n_pieces) ? H_SUCCESS : H_BUSY;
}

/* All multicasts come through. */
static int64_t h_multicast_ctrl(void *self, struct vcpu *v, struct hcall_args *args)
{
    (void)v;
    return find(self, args->in[0]) ? H_SUCCESS : H_PARAMETER;
}

static int64_t h_change_logical_lan_mac(void *self, struct vcpu *v, struct hcall_args *args)
{
    struct llan *l = find(self, args->in[0]);

    (void)v;
    if (!l)
        return H_PARAMETER;
    put_mac(l, args->in[1]);
    return H_SUCCESS;
}

static const struct hcall_row hcalls[] = {
    { H_REGISTER_LOGICAL_LAN, "H_REGISTER_LOGICAL_LAN", NULL, .in = 5, .fn = h_register_logical_lan },
    { H_FREE_LOGICAL_LAN, "H_FREE_LOGICAL_LAN", NULL, .in = 1, .fn = h_free_logical_lan },
    { H_ADD_LOGICAL_LAN_BUFFER, "H_ADD_LOGICAL_LAN_BUFFER", NULL, .in = 2, .fn = h_add_logical_lan_buffer },
    { H_SEND_LOGICAL_LAN, "H_SEND_LOGICAL_LAN", NULL, .in = 8, .out = 1, .fn = h_send_logical_lan },
    { H_MULTICAST_CTRL, "H_MULTICAST_CTRL", NULL, .in = 3, .fn = h_multicast_ctrl },
    { H_CHANGE_LOGICAL_LAN_MAC, "H_CHANGE_LOGICAL_LAN_MAC", NULL, .in = 2, .fn = h_change_logical_lan_mac },
};

const struct facility_type llan_facility = {
    .name = "llan",
    .hcalls = hcalls,
    .n_hcalls = ARRAY_SIZE(hcalls),
};

/* ---- the device ---- */

static void reset(struct vio_device *d)
{
    struct llan *l = (struct llan *)d;

    close_lan(l);
    memcpy(l->mac, l->initial_mac, MAC_SIZE);
}

static void write_tree(const struct vio_device *d, struct tree *tree, const char *path)
{
    const struct llan *l = (const struct llan *)d;
    uint8_t address[8] = { 0 };
    /* Old drivers expect eight bytes unless the address is one that is administered locally. */
    size_t size = (l->initial_mac[0] & 3) == 2 ? MAC_SIZE : sizeof address;

    memcpy(address + size - MAC_SIZE, l->initial_mac, MAC_SIZE);
    tree_bytes(tree, path, "local-mac-address", address, size);
    tree_u32(tree, path, "ibm,mac-address-filters", 0);
}

static const struct vio_device_ops ops = { .write_tree = write_tree, .reset = reset };

struct llan *llan_new(struct platform *p, struct vio_bus *bus, uint32_t unit, struct net *net, const uint8_t mac[6],
                      struct error *err)
{
    struct llan *l = calloc(1, sizeof *l);

    if (!l) {
        error_set(err, ERROR_RESOURCE, "out of memory");
        return NULL;
    }
    l->platform = p;
    l->net = net;
    memcpy(l->initial_mac, mac, MAC_SIZE);
    memcpy(l->mac, mac, MAC_SIZE);
    l->device = (struct vio_device){ .unit = unit, .node = "l-lan", .device_type = "network",
                                     .compatible = "IBM,l-lan", .signal_mask = 1, .ops = &ops,
                                     .dma_window = WINDOW };
    if (!vio_bus_add(bus, &l->device, err)) {
        free(l);
        return NULL;
    }
    if (net)
        net_set_receiver(net, &(struct net_receiver){ .receive = receive, .opaque = l });
    return l;
}

void llan_free(struct llan *l)
{
    free(l);
}

struct options {
    uint32_t reg;
    struct net *net;
    uint8_t mac[MAC_SIZE];
};

static void *create(const struct device_place *place, const void *options, struct error *err)
{
    const struct options *o = options;

    return llan_new(place->platform, place->bus, o->reg, o->net, o->mac, err);
}

static void destroy(void *device)
{
    llan_free(device);
}

static void path_of(void *device, char *path, size_t size)
{
    snprintf(path, size, "/vdevice/l-lan@%" PRIx32, ((struct llan *)device)->device.unit);
}

static const struct device_property properties[] = {
    { "reg", PROPERTY_U32, offsetof(struct options, reg), NULL, "unit address; the next free one", NULL, false },
    { "netdev", PROPERTY_NETDEV, offsetof(struct options, net), NULL, "the network", NULL, false },
    { "mac", PROPERTY_MAC, offsetof(struct options, mac), NULL, "the adapter's address", NULL, false },
    { "use-rx-buffer-pools", PROPERTY_IGNORED, 0, NULL, "without effect: there are always pools", NULL, false },
};

const struct device_type llan_type = {
    .name = "spapr-vlan",
    .text = "logical LAN adapter",
    .bus = DEVICE_BUS_VIO,
    .properties = properties,
    .n_properties = ARRAY_SIZE(properties),
    .options_size = sizeof(struct options),
    .create = create,
    .destroy = destroy,
    .path_of = path_of,
};
