/* Fuzz target: what a guest does to an NVMe controller, by an input that is a list of operations: registers, doorbells,
 * commands that are nearly right, and memory. The controller works on threads of its own meanwhile. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/endian.h"
#include "host/block.h"
#include "nvme/nvme-internal.h"
#include "tests/fuzz/random-main.h"
#include "tests/nvme/nvme-driver.h"
#include "tests/virtio/driver.h"

enum { DISK = 1 << 20, MOST_OPERATIONS = 300, SPACE = 0x30000 };

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
static struct nvme_driver d;
static void *device;

static void make_machine(void)
{
    char path[64];
    int fd = memfd_create("fuzz", 0);
    struct block_options options = {
        .file = path, .format = "raw", .discard = true, .unlocked = true
    };

    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    p = pci_fixture_new();
    if (fd < 0 || ftruncate(fd, DISK) ||
        !(device =
              device_make(p, &nvme_type, "drive", block_open(&options, NULL), "serial", "1", NULL)))
        abort();
}

static uint64_t take_address(struct input *in)
{
    uint64_t form = take(in, 1);

    if (form < 8)
        return take(in, 8);
    return (form & 1 ? ND_DATA : 0x100000) +
           (take(in, 3) % SPACE & (form < 24 ? ~UINT64_C(0) : ~UINT64_C(4095)));
}

static void do_register(struct input *in)
{
    static const uint16_t offsets[] = {
        0x0c, 0x10, 0x14, 0x14, 0x24, 0x28, 0x2c, 0x30, 0x34, 0x1000
    };
    unsigned form = (unsigned)take(in, 1), size = 1u << form % 4;
    uint64_t at = form & 16 ? take(in, 2) % 0x4000 : offsets[take(in, 1) % ARRAY_SIZE(offsets)];

    if (form & 32)
        mmio_load(p, d.bar + at, size);
    else
        mmio_store(p, d.bar + at, size, form & 64 ? take(in, size) : take(in, 1));
}

static void do_enable(struct input *in)
{
    uint64_t sq = take(in, 1) & 7 ? nd_sq(0) : take_address(in);

    mmio_store(p, d.bar + 0x14, 4, 0);
    mmio_store(p, d.bar + 0x24, 4, take(in, 1) & 7 ? (ND_ENTRIES - 1) * 0x10001u : take(in, 4));
    mmio_store(p, d.bar + 0x28, 8, sq);
    mmio_store(p, d.bar + 0x30, 8, nd_cq(0));
    mmio_store(p, d.bar + 0x14, 4, 1u | (uint32_t)(take(in, 1) & 3) << 7);
    memset(d.sq_tail, 0, sizeof d.sq_tail);
}

/* A command at a queue's end, which the doorbell tells of. */
static void do_command(struct input *in)
{
    static const uint8_t admin[] = { 0, 1, 2, 4, 5, 6, 8, 9, 10, 12 }, io[] = { 0, 1, 2, 5, 8, 9 };
    unsigned queue = (unsigned)take(in, 1) % ND_QUEUES, form = (unsigned)take(in, 1);
    uint8_t opcode = form & 1 ? (uint8_t)take(in, 1)
                     : queue  ? io[take(in, 1) % sizeof io]
                              : admin[take(in, 1) % sizeof admin];
    uint32_t dw[3];

    for (unsigned i = 0; i < 3; i++)
        dw[i] = (uint32_t)(form & 2 << i ? take(in, 4) : take(in, 1) % 4);
    if (!queue && (opcode == 1 || opcode == 5) && form & 128) {
        dw[0] |= (ND_ENTRIES - 1) << 16;
        dw[1] = dw[0] << 16 | 3;
    }
    nd_submit(&d, queue, opcode, form & 64 ? (uint32_t)take(in, 4) : 1, take_address(in),
              take_address(in), dw[0], dw[1], dw[2]);
}

static void do_queues(struct input *in)
{
    (void)in;
    for (unsigned i = 1; i < ND_QUEUES; i++) {
        nd_submit(&d, 0, 5, 0, nd_cq(i), 0, (ND_ENTRIES - 1) << 16 | i, i << 16 | 3, 0);
        nd_submit(&d, 0, 1, 0, nd_sq(i), 0, (ND_ENTRIES - 1) << 16 | i, i << 16 | 1, 0);
        d.sq_tail[i] = 0;
    }
}

static void do_doorbell(struct input *in)
{
    unsigned form = (unsigned)take(in, 1);

    nd_doorbell(&d, (unsigned)take(in, 1) % (2 * ND_QUEUES + 2),
                (uint32_t)(form & 7 ? take(in, 1) % ND_ENTRIES : take(in, 4)));
}

static void do_memory(struct input *in)
{
    uint64_t at = ND_DATA + take(in, 3) % SPACE;

    st_le64(p->f->mem->ram + (at & ~UINT64_C(7)), take_address(in));
}

static void do_tce(struct input *in)
{
    uint64_t args[3] = { 0x80000000, ND_DATA + (take(in, 1) % 64 << 12), 0 };

    args[2] = take(in, 1) & 3 ? args[1] | 3 : 0;
    fixture_hcall(p->f, 0x20, args, 3);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const operations[])(struct input * in) = {
        do_register, do_enable,  do_queues,  do_queues,   do_command, do_command,
        do_command,  do_command, do_command, do_doorbell, do_memory,  do_tce,
    };
    struct input in = { data, data + size };

    if (!p)
        make_machine();
    accel_lock(p->f->accel);
    dma_facility.reset(p->dma);
    phb_facility.reset(p->phbs);
    accel_unlock(p->f->accel);
    nd_map(&d, p, 0);
    do_enable(&(struct input){ 0 });
    do_queues(&in);
    for (unsigned i = 0; i < MOST_OPERATIONS && in.at < in.end; i++)
        operations[take(&in, 1) % ARRAY_SIZE(operations)](&in);
    return 0;
}
