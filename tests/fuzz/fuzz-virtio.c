/* Fuzz target: what a guest does to a host bridge and its virtio devices, in any order, by an input that is a list of
 * operations: configuration space, registers, interrupts, DMA windows, rings, kicks and resets. The devices work on
 * threads of their own meanwhile, as they do in a machine; that makes runs differ, but no run may end badly. */
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/endian.h"
#include "host/block.h"
#include "host/net.h"
#include "scsi/scsi.h"
#include "tests/fuzz/random-main.h"
#include "tests/virtio/driver.h"
#include "virtio/types.h"

enum { MEMORY = 1 << 18, DISK = 1 << 20, MOST_OPERATIONS = 300, DEVICES = 7, SLOTS = 8 };

struct input {
    const uint8_t *at, *end;
};

static uint64_t take(struct input *in, unsigned bytes)
{
    uint64_t value = 0;

    while (bytes--)
        value = value << 8 | (in->at < in->end ? *in->at++ : 0);
    return value;
}

/* The machine of all runs. [one a process, as a fuzzer calls one function] */
static struct pci_fixture *p;

static struct block *open_disk(void)
{
    char path[64];
    int fd = memfd_create("fuzz", 0);
    struct block_options options = { .file = path, .format = "raw", .discard = true, .unlocked = true };
    struct block *block;

    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (fd < 0 || ftruncate(fd, DISK) || !(block = block_open(&options, NULL)))
        abort();
    return block;
}

/* A port without another side. */
static bool make_port(const struct device_type *type, const struct device_place *place)
{
    uint8_t *options = calloc(1, type->options_size);
    bool ok;

    memset(options, 0, type->options_size);
    for (size_t i = 0; i < type->n_properties; i++)
        if (type->properties[i].type == PROPERTY_U32)
            memset(options + type->properties[i].offset, 0xff, 4);
    ok = type->create(place, options, NULL);
    free(options);
    return ok;
}

static void make_machine(void)
{
    static const char *const on = "on";
    const struct scsi_unit_options unit = { .kind = SCSI_DISK, .block = open_disk() };
    const struct scsi_address at = { 0, 0, 0 };
    struct device_place ports = { .bus = NULL };
    void *adapter;

    p = pci_fixture_new();
    if (!device_make(p, &virtio_rng_type, NULL) ||
        !device_make(p, &virtio_blk_type, "drive", open_disk(), "num-queues", "2", NULL) ||
        !device_make(p, &virtio_net_type, "netdev", net_open("user,restrict=on", NULL), NULL) ||
        !device_make(p, &virtio_blk_type, "drive", open_disk(), "vectors", "0", "packed", on, NULL) ||
        !(adapter = device_make(p, &virtio_scsi_type, NULL)) ||
        !scsi_bus_add(virtio_scsi_type.bus_of(adapter), &at, &unit, NULL) ||
        !device_make(p, &virtio_balloon_type, "free-page-reporting", on, NULL) ||
        !(ports.bus = device_make(p, &virtio_console_type, NULL)) || !make_port(&virtconsole_type, &ports) ||
        !make_port(&virtserialport_type, &ports))
        abort();
}

/* ---- operations ---- */

/* Mostly addresses in the memory that is used, of which odd ones are rare. */
static uint64_t take_address(struct input *in)
{
    uint64_t form = take(in, 1);

    if (form < 10)
        return take(in, 8);
    return (take(in, 3) % MEMORY) & (form < 40 ? ~UINT64_C(0) : ~UINT64_C(15));
}

static void put_memory(struct input *in)
{
    uint64_t at = take(in, 3) % MEMORY;
    unsigned size = (unsigned)take(in, 1) % 64;

    for (unsigned i = 0; i < size && at + i < MEMORY; i++)
        p->f->mem->ram[at + i] = (uint8_t)take(in, 1);
}

static void do_config(struct input *in)
{
    unsigned slot = (unsigned)take(in, 1) % SLOTS, offset = (unsigned)take(in, 1), size = 1u << take(in, 1) % 4;

    if (take(in, 1) & 1)
        config_store(p, slot, offset, size, (uint32_t)take(in, 4));
    else
        config_load(p, slot, offset | (unsigned)(take(in, 1) & 1) << 8, size);
}

/* A register of a device, wherever its base address has got to. */
static void do_register(struct input *in)
{
    static const uint64_t windows[] = { PHB_IO_START(0), PHB_MEMORY_32_START(0), PHB_MEMORY_64_START(0) };
    unsigned form = (unsigned)take(in, 1), size = 1u << take(in, 1) % 4;
    uint64_t at;

    if (form < 8)
        at = windows[form % 3] + take(in, 5);
    else
        at = form < 40 ? PHB_IO_START(0) + 0x1000 + form % DEVICES * 0x100 + take(in, 1) % 64
             : form < 80 ? PHB_MEMORY_32_START(0) + 0x100000 + form % DEVICES * 0x1000 + take(in, 2) % 4096
                         : PHB_MEMORY_64_START(0) + 0x100000 + form % DEVICES * 0x10000 + take(in, 1) % 4 * 0x1000 +
                               take(in, 1) % 64;
    if (take(in, 1) & 3)
        mmio_store(p, at, size, take(in, size));
    else
        mmio_load(p, at, size);
}

static void do_rtas(struct input *in)
{
    static const uint8_t tokens[] = { 0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0x20, 0x21, 0x22, 0x26, 0x27, 0x28, 0x29 };
    uint32_t args[6], ret[8];
    unsigned nargs = (unsigned)take(in, 1) % 7, nret = 1 + (unsigned)take(in, 1) % 6;

    for (unsigned i = 0; i < 6; i++)
        args[i] = (uint32_t)(take(in, 1) & 1 ? take(in, 4) : take(in, 1) % 64);
    if (take(in, 1) & 7) {
        args[0] = (uint32_t)take(in, 1) % SLOTS << 11;
        args[1] = 0x8000000;
        args[2] = 0x20000000;
    }
    fixture_rtas(p->f, 0x2000 + tokens[take(in, 1) % sizeof tokens], args, nargs, ret, nret);
}

static void do_tce(struct input *in)
{
    static const uint64_t tokens[] = { 0x1c, 0x20, 0x20, 0x138, 0x13c };
    uint64_t args[4] = { 0x80000000 + take(in, 1) % 3, take_address(in), take_address(in) | take(in, 1) % 4,
                         take(in, 1) & 1 ? take(in, 2) : take(in, 1) % 32 };

    if (take(in, 1) & 1)
        args[1] |= UINT64_C(0x800000000000000);
    fixture_hcall(p->f, tokens[take(in, 1) % 5], args, 4);
}

/* ---- drivers that mostly do what they should ---- */

enum { RNG, BLK, NET, BLK_WIRE, SCSI, BALLOON, CONSOLE, RINGS = 3, RING_SIZE = 16 };

static struct driver drivers[DEVICES];

/* A device from its reset to its being ready, with rings where a driver has them or where the input says. */
static void start_device(unsigned slot, uint64_t features, struct input *in)
{
    struct driver *d = &drivers[slot];

    driver_start(d, p, slot, features, slot == BLK_WIRE ? 0 : 3);
    for (unsigned i = 0; i < RINGS + (slot == CONSOLE); i++)
        driver_set_queue(d, i, RING_SIZE);
    if (in) {
        driver_set_common(d, 22, 2, take(in, 1) % 4);
        driver_set_common(d, 24, 2, 4u << take(in, 1) % 4);
        driver_set_common(d, 26, 2, take(in, 1) % 3);
        driver_set_common(d, 28, 2, 0);
        driver_set_common(d, 32, 8, take_address(in));
        driver_set_common(d, 40, 8, take_address(in));
        driver_set_common(d, 48, 8, take_address(in));
    }
    driver_ready(d);
}

static void do_start(struct input *in)
{
    unsigned slot = (unsigned)take(in, 1) % DEVICES, form = (unsigned)take(in, 1);

    start_device(slot, form & 1 ? UINT64_MAX : take(in, 6) | UINT64_C(3) << 32, form & 2 ? in : NULL);
}

/* What stands before the data of a device's requests; returns its size. */
static uint32_t make_header(unsigned slot, struct input *in, uint8_t *at)
{
    static const uint8_t types[] = { 0, 1, 4, 8, 11, 13 };
    static const uint8_t commands[] = { 0x00, 0x12, 0x28, 0x2a, 0x25, 0x9e, 0xa0, 0x1a, 0x5a, 0x35, 0x42, 0x41 };

    memset(at, 0, 256);
    if (slot == BLK || slot == BLK_WIRE) {
        st_le32(at, take(in, 1) & 15 ? types[take(in, 1) % sizeof types] : (uint32_t)take(in, 4));
        st_le64(at + 8, take(in, 1) & 15 ? take(in, 2) % (DISK / 512 + 2) : take(in, 8));
        return 16;
    }
    if (slot == SCSI) {
        at[0] = 1;
        at[1] = (uint8_t)(take(in, 1) & 15 ? 0 : take(in, 1));
        at[2] = (uint8_t)(take(in, 1) & 15 ? 0x40 : take(in, 1));
        at[19] = take(in, 1) & 15 ? commands[take(in, 1) % sizeof commands] : (uint8_t)take(in, 1);
        for (unsigned i = 20; i < 36; i++)
            at[i] = (uint8_t)(take(in, 1) & 3 ? 0 : take(in, 1) % 16);
        return 51;
    }
    if (slot == CONSOLE) {
        st_le32(at, (uint32_t)(take(in, 1) & 7 ? take(in, 1) % 3 : take(in, 4)));
        st_le16(at + 4, (uint16_t)(take(in, 1) % 8));
        st_le16(at + 6, (uint16_t)(take(in, 1) % 3));
        return 8;
    }
    if (slot == NET) {
        at[0] = (uint8_t)(take(in, 1) & 3);
        at[1] = (uint8_t)(take(in, 1) % 6);
        for (unsigned i = 2; i < 12; i += 2)
            st_le16(at + i, (uint16_t)(take(in, 1) & 7 ? take(in, 1) : take(in, 2)));
        /* Ethernet, IPv4 and TCP, as far as it matters. */
        memset(at + 12, 0xff, 6);
        st_be16(at + 24, take(in, 1) & 1 ? 0x0800 : 0x86dd);
        at[26] = take(in, 1) & 7 ? 0x45 : (uint8_t)take(in, 1);
        at[26 + 9] = at[26 + 6] = (uint8_t)(take(in, 1) & 1 ? 6 : 17);
        st_be16(at + 28, (uint16_t)take(in, 2));
        at[26 + 20 + 12] = at[26 + 40 + 12] = 0x50;
        return 12 + 14 + 60;
    }
    return 0;
}

/* A request in a device's ring, well formed for the most part, and a kick. */
static void do_request(struct input *in)
{
    unsigned slot = (unsigned)take(in, 1) % DEVICES, form = (unsigned)take(in, 1), n = 0;
    unsigned queue = slot == SCSI ? 2 : slot == CONSOLE ? form % 4 : slot == NET || slot == BALLOON ? form % 3 : 0;
    uint64_t at = DRIVER_DATA + take(in, 1) % 64 * 0x1000;
    uint32_t header = make_header(slot, in, p->f->mem->ram + at);
    struct driver_piece pieces[4];

    if (!drivers[slot].p)
        return;
    if (header && (slot != NET || queue != 0) && (slot != CONSOLE || queue & 1))
        pieces[n++] = (struct driver_piece){ at, form & 8 ? header : (uint32_t)(take(in, 1) % 64), false };
    if (slot == SCSI)
        pieces[n++] = (struct driver_piece){ at + 0x400, 108, true };
    if (form & 16)
        pieces[n++] = (struct driver_piece){ take(in, 1) & 15 ? at + 0x1000 : take_address(in),
                                             (uint32_t)take(in, 1) % 40 * (form & 32 ? 512 : 77),
                                             slot == RNG || form & 64 };
    if (slot == BLK || slot == BLK_WIRE)
        pieces[n++] = (struct driver_piece){ at + 0x300, 1, true };
    if (slot == RNG || ((slot == NET || slot == CONSOLE) && queue % 2 == 0) || !n)
        pieces[n++] = (struct driver_piece){ at + 0x800, (uint32_t)take(in, 2), slot == CONSOLE ? !(queue & 1) : slot != BALLOON || queue == 2 };
    driver_add(&drivers[slot], queue, (uint16_t)(take(in, 1) % (RING_SIZE / 4) * 4), pieces, n);
    if (form & 128)
        driver_kick(&drivers[slot], queue);
}

/* A descriptor of a packed ring, which one device has. */
static void do_packed(struct input *in)
{
    uint8_t *at = p->f->mem->ram + driver_desc(0) + take(in, 1) % RING_SIZE * 16;
    unsigned form = (unsigned)take(in, 1);

    st_le64(at, form & 1 ? take_address(in) : DRIVER_DATA + take(in, 1) * 0x100);
    st_le32(at + 8, form & 2 ? (uint32_t)take(in, 4) : (uint32_t)take(in, 1) * 16);
    st_le16(at + 12, (uint16_t)(take(in, 1) % (RING_SIZE + 1)));
    st_le16(at + 14, (uint16_t)(take(in, 1) % 8 | (form & 4 ? 0x80 : 0x8000)));
    if (form & 8)
        driver_kick(&drivers[BLK_WIRE], 0);
}

/* Bytes of a ring. */
static void do_scratch(struct input *in)
{
    uint64_t at = driver_desc((unsigned)take(in, 1) % RINGS) + take(in, 1) % 4 * 0x4000 + take(in, 1);

    p->f->mem->ram[at] = (uint8_t)take(in, 1);
}

/* Chains that nearly are what they should be, in a ring at its own place. */
static void do_chain(struct input *in)
{
    uint64_t desc = take(in, 1) % 16 * 0x1000, avail = desc + 0x800;
    uint8_t *ram = p->f->mem->ram;
    unsigned n = (unsigned)take(in, 1) % 8;

    for (unsigned i = 0; i < n; i++) {
        st_le64(ram + desc + i * 16u, take_address(in));
        st_le32(ram + desc + i * 16u + 8, (uint32_t)(take(in, 1) & 15 ? take(in, 2) % 4096 : take(in, 4)));
        st_le16(ram + desc + i * 16u + 12, (uint16_t)(take(in, 1) % 8));
        st_le16(ram + desc + i * 16u + 14, (uint16_t)(take(in, 1) % 9));
    }
    st_le16(ram + avail + 4 + take(in, 1) % 8 * 2, (uint16_t)(take(in, 1) % 9));
    st_le16(ram + avail + 2, (uint16_t)take(in, 1));
}

static void do_kick(struct input *in)
{
    struct driver d = { .p = p, .bar = PHB_MEMORY_64_START(0) + 0x100000 + take(in, 1) % DEVICES * 0x10000 };

    driver_kick(&d, (unsigned)take(in, 1) % 4);
}

static void do_interrupt(struct input *in)
{
    uint32_t ret[1];

    RTAS(p->f, 0x200a, ret, 1, (uint32_t)(IRQ_PCI_LSI + take(in, 2) % 0x200), 0, 5);
    interrupt_take(p);
}

/* Until the devices have looked at what they were told to. */
static void settle(void)
{
    for (struct pci_device *d = p->phb->first; d; d = d->next) {
        struct virtio_device *v = (struct virtio_device *)d;

        while (atomic_load(&v->kicked))
            sched_yield();
        virtio_lock(v);
        virtio_unlock(v);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const operations[])(struct input *in) = {
        put_memory, put_memory, do_config, do_register, do_register, do_register, do_rtas,
        do_tce,     do_start,   do_chain,  do_request,  do_request,  do_request,  do_request,
        do_request, do_packed,  do_kick,   do_kick,     do_scratch,  do_interrupt,
    };
    struct input in = { data, data + size };

    if (!p)
        make_machine();
    /* What a reset of the machine does to them. */
    accel_lock(p->f->accel);
    dma_facility.reset(p->dma);
    phb_facility.reset(p->phbs);
    accel_unlock(p->f->accel);
    memset(p->f->mem->ram, 0, MEMORY);
    for (unsigned i = 0; i < DEVICES; i++)
        start_device(i, UINT64_MAX, NULL);
    for (unsigned i = 0; i < MOST_OPERATIONS && in.at < in.end; i++)
        operations[take(&in, 1) % ARRAY_SIZE(operations)](&in);
    settle();
    return 0;
}
