/* Fuzz target: message queues with SRP and management datagrams, logical LAN calls, TCEs and resets in any order, by
 * an input that is a list of operations. */
#include "tests/fuzz/random-main.h"
#include "tests/vio/fake-backends.h"

enum { PAGES = 16, MEMORY = PAGES << 12, MOST_OPERATIONS = 400 };

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

/* Mostly addresses within what is mapped, of which odd ones are rare. */
static uint64_t take_address(struct input *in)
{
    uint64_t form = take(in, 1);

    if (form < 16)
        return take(in, 8);
    return take(in, 2) % MEMORY & (form < 64 ? ~UINT64_C(0) : ~UINT64_C(15));
}

static uint64_t take_unit(struct partition *p, struct input *in)
{
    uint64_t form = take(in, 1);

    return form < 4 ? take(in, 4) : form & 1 ? p->lan : p->scsi;
}

static uint64_t take_descriptor(struct input *in)
{
    uint64_t form = take(in, 1), address = take_address(in) & 0xffffffff;

    return (form & 15 ? UINT64_C(1) << 63 : 0) | (form & 16 ? take(in, 3) : take(in, 2) & 0x1fff) << 32 | address;
}

static void put_bytes(struct partition *p, struct input *in, uint64_t at, size_t size)
{
    uint8_t *to = partition_memory(p, 0, MEMORY);

    for (size_t i = 0; i < size && at + i < MEMORY; i++)
        to[at + i] = (uint8_t)take(in, 1);
}

/* A unit that is nearly what it should be, and a message that points to it. */
static void send_iu(struct partition *p, struct input *in)
{
    uint64_t at = take(in, 2) % (MEMORY - IU_MOST) & ~UINT64_C(7);
    uint64_t kind = take(in, 1);
    uint8_t *iu = partition_memory(p, 0, MEMORY) + at;
    static const uint8_t opcodes[] = { 0x00, 0x12, 0x28, 0x2a, 0x08, 0x0a, 0x1a, 0x5a, 0x25, 0x9e, 0x35, 0x42, 0x41,
                                       0x93, 0x88, 0x8a, 0xa0, 0x43, 0x46, 0x4a, 0x51, 0x15, 0x55, 0x03, 0x1b, 0xbd };
    static const uint8_t formats[] = { 0x01, 0x10, 0x10, 0x01, 0x02, 0x20, 0x00, 0x11, 0x30 };
    static const uint8_t flags[] = { 0, 0, 0x10, 0x10, 1, 8, 0x18 };

    memset(iu, 0, IU_MOST);
    if (kind & 1)
        put_bytes(p, in, at, 64);
    iu[SRP_OPCODE] = (uint8_t)(!(kind & 2) ? SRP_CMD : kind & 4 ? SRP_TSK_MGMT : kind >> 3 & 7);
    if (iu[SRP_OPCODE] == SRP_CMD) {
        st_be16(iu + SRP_CMD_LUN, (uint16_t)(0x8000 | (take(in, 1) & 3) << 8));
        iu[SRP_CMD_FORMATS] = formats[take(in, 1) % sizeof formats];
        iu[SRP_CMD_CDB] = opcodes[take(in, 1) % sizeof opcodes];
        for (unsigned i = 1; i < 16; i++)
            iu[SRP_CMD_CDB + i] = (uint8_t)take(in, 1);
        /* Mostly valid: flags of which few are set, and more memory than the command can want. */
        if (!(kind & 16))
            iu[SRP_CMD_CDB + 1] = flags[take(in, 1) % sizeof flags];
        if (kind & 32)
            memset(iu + SRP_CMD_CDB + 2, 0, 5);
        st_be64(iu + SRP_CMD_SIZE, kind & 16 ? take_address(in) : take(in, 2) % (MEMORY / 2));
        st_be32(iu + SRP_CMD_SIZE + 12, (uint32_t)(kind & 8 ? take(in, 4) : MEMORY / 2 - take(in, 1)));
        st_be32(iu + SRP_CMD_SIZE + 16, (uint32_t)take(in, 2));
        put_bytes(p, in, at + SRP_CMD_SIZE + 20, 32);
    }
    HCALL(p->f, CALL_SEND_CRQ, p->scsi, UINT64_C(0x80) << 56 | (kind & 0x40 ? 2ull : 1ull) << 48 | (kind & 0x80 ? take(in, 1) : IU_MOST),
          at);
}

static void receive(struct partition *p, struct input *in)
{
    static uint8_t frame[65536];
    size_t size = take(in, 2);

    p->net.receiver.receive(p->net.receiver.opaque, frame, size ? size : 1);
}

static void operate(struct partition *p, struct input *in)
{
    struct fixture *f = p->f;
    /* In this order, whatever the compiler thinks of the order of arguments. */
    uint64_t unit, a, b, c, d;

    /* Random inputs have many zeros and small numbers, which are the commands. */
    switch ((take(in, 1) + 3) % 20) {
    case 0:
        unit = take_unit(p, in), a = take_address(in) & (take(in, 1) & 7 ? ~UINT64_C(0xfff) : ~UINT64_C(0));
        b = take(in, 1) ? 4096 : take(in, 5);
        HCALL(f, CALL_REG_CRQ, unit, a, b);
        break;
    case 1:
        HCALL(f, CALL_FREE_CRQ, take_unit(p, in));
        break;
    case 2:
        unit = take_unit(p, in), a = take(in, 8), b = take_address(in);
        HCALL(f, CALL_SEND_CRQ, unit, a, b);
        break;
    case 3: case 4: case 5: case 6:
        send_iu(p, in);
        break;
    case 7:
        a = take(in, 2), b = take(in, 1);
        put_bytes(p, in, a, b);
        break;
    case 8: case 9:
        fake_block_end_one(take(in, 1) & 1 ? &p->disc : &p->disk);
        break;
    case 10:
        unit = take_unit(p, in), a = take_address(in) & ~UINT64_C(0xfff), b = take_descriptor(in);
        c = take_address(in) & ~UINT64_C(0xfff), d = take(in, 8);
        HCALL(f, CALL_REGISTER_LAN, unit, a, b, c, d);
        break;
    case 11:
        HCALL(f, CALL_FREE_LAN, take_unit(p, in));
        break;
    case 12:
        unit = take_unit(p, in), a = take_descriptor(in);
        HCALL(f, CALL_ADD_BUFFER, unit, a);
        break;
    case 13:
        unit = take_unit(p, in), a = take_descriptor(in), b = take_descriptor(in), c = take_descriptor(in);
        HCALL(f, CALL_SEND_LAN, unit, a, b, c);
        break;
    case 14: case 15:
        receive(p, in);
        break;
    case 16:
        unit = take_unit(p, in), a = take_address(in), b = take(in, 1) & 7 ? PARTITION_MEMORY | take(in, 3) : take(in, 8);
        HCALL(f, CALL_PUT_TCE, unit, a, b);
        break;
    case 17:
        unit = take_unit(p, in), a = take(in, 1);
        HCALL(f, CALL_VIO_SIGNAL, unit, a);
        break;
    case 18:
        p->disk.error = take(in, 1) & 3 ? 0 : EIO;
        p->net.room = (unsigned)take(in, 1);
        break;
    default:
        if (take(in, 1))
            break;
        accel_lock(f->accel);
        platform_reset(f->platform, NULL);
        accel_unlock(f->accel);
        partition_map(p, p->scsi, PAGES);
        partition_map(p, p->lan, PAGES);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct partition *p;
    struct input in = { data, data + size };

    /* One for all inputs, as making it takes longer than an input does; each begins with a reset. */
    if (!p)
        p = partition_new();
    accel_lock(p->f->accel);
    platform_reset(p->f->platform, NULL);
    accel_unlock(p->f->accel);
    p->disk.error = 0;
    memset(partition_memory(p, 0, MEMORY), 0, MEMORY);
    partition_map(p, p->scsi, PAGES);
    partition_map(p, p->lan, PAGES);
    HCALL(p->f, CALL_REG_CRQ, p->scsi, 0, 4096);
    for (unsigned i = 0; in.at < in.end && i < MOST_OPERATIONS; i++)
        operate(p, &in);
    return 0;
}
