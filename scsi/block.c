/* Commands that move blocks: reads, writes, flushes, ranges that become zeros or free. [SBC-3 5]
 *
 * Addresses and lengths are looked at before anything moves; then one request of the image does it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/endian.h"
#include "scsi/scsi-internal.h"

enum { MOST_RANGES = 64, RANGE_SIZE = 16, UNMAP_HEADER = 8, PATTERN_MOST = 4 << 20 };

/* Address and number of blocks, which stand in the command by its group. [SPC-4 4.2.2] */
static uint64_t lba_of(const uint8_t *cdb)
{
    switch (cdb[0] >> 5) {
    case 0:
        return ld_be32(cdb) & 0x1fffff;
    case 4:
        return ld_be64(cdb + 2);
    default:
        return ld_be32(cdb + 2);
    }
}

static uint64_t count_of(const uint8_t *cdb)
{
    switch (cdb[0] >> 5) {
    case 0:
        return cdb[4] ? cdb[4] : 256;
    case 1:
    case 2:
        return ld_be16(cdb + 7);
    case 4:
        return ld_be32(cdb + 10);
    default:
        return ld_be32(cdb + 6);
    }
}

/* ---- reads and writes ---- */

static void moved(struct block_request *b, int error)
{
    struct scsi_request *r = b->opaque;

    if (error) {
        scsi_fail(r, scsi_sense_of(error, b->op != BLOCK_READ));
    } else {
        r->transferred = r->size;
        scsi_end(r);
    }
    scsi_finish(r);
}

static bool submit(struct scsi_request *r, enum block_op op, uint64_t offset, uint64_t size)
{
    r->block = (struct block_request){ .op = op, .offset = offset, .size = size, .done = moved, .opaque = r };
    block_submit(r->unit->block, &r->block);
    return PENDING;
}

static bool transfer(struct scsi_unit *u, struct scsi_request *r, enum block_op op)
{
    uint64_t lba = lba_of(r->cdb), count = count_of(r->cdb), bytes = count * u->block_size;
    bool is_short = r->cdb[0] >> 5 == 0;

    /* Protection information, which these disks are formatted without. */
    if (!is_short && r->cdb[1] & 0xe0)
        return scsi_fail(r, SENSE_INVALID_FIELD);
    if (op == BLOCK_WRITE && block_is_read_only(u->block))
        return scsi_fail(r, SENSE_WRITE_PROTECTED);
    if (!range_within(lba, count, u->n_blocks))
        return scsi_fail(r, SENSE_OUT_OF_RANGE);
    if (!count)
        return scsi_end(r);
    if (r->to_device != (op == BLOCK_WRITE) || (op == BLOCK_WRITE && r->size < bytes))
        return scsi_fail(r, SENSE_DATA_PHASE);
    scsi_cut(r, bytes);
    if (!r->size)
        return scsi_end(r); /* the guest wants none of it */
    r->block = (struct block_request){ .op = op, .fua = !is_short && r->cdb[1] & 8,
                                       .offset = lba * u->block_size, .pieces = r->pieces,
                                       .n_pieces = r->n_pieces, .done = moved, .opaque = r };
    block_submit(u->block, &r->block);
    return PENDING;
}

static bool read_blocks(struct scsi_unit *u, struct scsi_request *r)
{
    return transfer(u, r, BLOCK_READ);
}

static bool write_blocks(struct scsi_unit *u, struct scsi_request *r)
{
    return transfer(u, r, BLOCK_WRITE);
}

/* Without comparison, as there is no medium that could be bad: the range must be there. */
static bool verify(struct scsi_unit *u, struct scsi_request *r)
{
    if (r->cdb[1] & 0x06)
        return scsi_fail(r, SENSE_INVALID_FIELD);
    return range_within(lba_of(r->cdb), count_of(r->cdb), u->n_blocks) ? scsi_end(r)
                                                                       : scsi_fail(r, SENSE_OUT_OF_RANGE);
}

static bool synchronize(struct scsi_unit *u, struct scsi_request *r)
{
    if (!range_within(lba_of(r->cdb), count_of(r->cdb), u->n_blocks))
        return scsi_fail(r, SENSE_OUT_OF_RANGE);
    r->size = 0;
    return submit(r, BLOCK_FLUSH, 0, 0);
}

/* ---- ranges ---- */

static bool is_zero(const uint8_t *bytes, size_t size)
{
    return !bytes[0] && !memcmp(bytes, bytes + 1, size - 1);
}

/* A block that is not zeros, as often as it is wanted. */
static bool write_pattern(struct scsi_unit *u, struct scsi_request *r, const uint8_t *block, uint64_t lba,
                          uint64_t bytes)
{
    if (bytes > PATTERN_MOST)
        return scsi_fail(r, SENSE_INVALID_FIELD);
    r->memory = malloc(bytes);
    if (!r->memory)
        return scsi_fail(r, SENSE_NO_RESOURCES);
    for (uint64_t at = 0; at < bytes; at += u->block_size)
        memcpy(r->memory + at, block, u->block_size);
    r->memory_piece = (struct iovec){ r->memory, bytes };
    r->block = (struct block_request){ .op = BLOCK_WRITE, .offset = lba * u->block_size,
                                       .pieces = &r->memory_piece, .n_pieces = 1, .done = moved, .opaque = r };
    block_submit(u->block, &r->block);
    return PENDING;
}

/* [SBC-3 5.42, 5.43] */
static bool write_same(struct scsi_unit *u, struct scsi_request *r)
{
    uint64_t lba = lba_of(r->cdb), count = count_of(r->cdb);
    bool no_data = r->cdb[0] == 0x93 && r->cdb[1] & 1, unmap = r->cdb[1] & 8;
    uint8_t block[4096] = { 0 };

    if (r->cdb[1] & 0xf6)
        return scsi_fail(r, SENSE_INVALID_FIELD);
    if (block_is_read_only(u->block))
        return scsi_fail(r, SENSE_WRITE_PROTECTED);
    if (!count || !range_within(lba, count, u->n_blocks))
        return scsi_fail(r, count ? SENSE_OUT_OF_RANGE : SENSE_INVALID_FIELD);
    if (!no_data && scsi_take(r, block, u->block_size) != u->block_size)
        return scsi_fail(r, SENSE_DATA_PHASE);
    scsi_cut(r, no_data ? 0 : u->block_size);
    if (!is_zero(block, u->block_size))
        return write_pattern(u, r, block, lba, count * u->block_size);
    r->block = (struct block_request){ .op = BLOCK_WRITE_ZEROES, .may_unmap = unmap,
                                       .offset = lba * u->block_size, .size = count * u->block_size,
                                       .done = moved, .opaque = r };
    block_submit(u->block, &r->block);
    return PENDING;
}

static void unmapped(struct block_request *b, int error);

/* The next range that is not empty; false if there is none. All were checked. */
static bool unmap_next(struct scsi_request *r)
{
    while (r->next < r->count) {
        const uint8_t *range = r->memory + UNMAP_HEADER + RANGE_SIZE * r->next++;
        uint64_t bytes = (uint64_t)ld_be32(range + 8) * r->unit->block_size;

        if (!bytes)
            continue;
        r->block = (struct block_request){ .op = BLOCK_DISCARD, .offset = ld_be64(range) * r->unit->block_size,
                                           .size = bytes, .done = unmapped, .opaque = r };
        block_submit(r->unit->block, &r->block);
        return true;
    }
    return false;
}

static void unmapped(struct block_request *b, int error)
{
    struct scsi_request *r = b->opaque;

    if (error)
        scsi_fail(r, scsi_sense_of(error, true));
    else if (unmap_next(r))
        return;
    else
        scsi_end(r);
    scsi_finish(r);
}

/* A list of ranges. [SBC-3 5.28] */
static bool unmap(struct scsi_unit *u, struct scsi_request *r)
{
    size_t size = ld_be16(r->cdb + 7), ranges;

    if (r->cdb[1] & 1)
        return scsi_fail(r, SENSE_INVALID_FIELD);
    if (!size)
        return scsi_end(r);
    if (block_is_read_only(u->block))
        return scsi_fail(r, SENSE_WRITE_PROTECTED);
    if (size < UNMAP_HEADER || !(r->memory = malloc(size)) || scsi_take(r, r->memory, size) != size)
        return scsi_fail(r, SENSE_PARAMETER_LENGTH);
    r->transferred = size;
    ranges = ld_be16(r->memory + 2);
    if (ranges > size - UNMAP_HEADER)
        ranges = size - UNMAP_HEADER;
    r->next = 0;
    r->count = (unsigned)(ranges / RANGE_SIZE);
    if (r->count > MOST_RANGES)
        return scsi_fail(r, SENSE_INVALID_PARAMETER);
    for (unsigned i = 0; i < r->count; i++) {
        const uint8_t *range = r->memory + UNMAP_HEADER + RANGE_SIZE * i;

        if (!range_within(ld_be64(range), ld_be32(range + 8), u->n_blocks))
            return scsi_fail(r, SENSE_OUT_OF_RANGE);
    }
    return unmap_next(r) ? PENDING : scsi_end(r);
}

/* ---- size ---- */

static bool read_capacity_10(struct scsi_unit *u, struct scsi_request *r)
{
    uint8_t data[8];

    /* "More than that" tells to ask with 16 bytes. */
    st_be32(data, u->n_blocks - 1 > UINT32_MAX ? UINT32_MAX : (uint32_t)(u->n_blocks - 1));
    st_be32(data + 4, u->block_size);
    if (!u->n_blocks)
        return scsi_fail(r, SENSE_NO_MEDIUM);
    return scsi_give(r, data, sizeof data, sizeof data);
}

static bool service_action_in(struct scsi_unit *u, struct scsi_request *r)
{
    uint8_t data[32] = { 0 };
    unsigned host_size = block_host_block_size(u->block), exponent = 0;

    if ((r->cdb[1] & 0x1f) != 0x10) /* READ CAPACITY(16) */
        return scsi_fail(r, SENSE_INVALID_FIELD);
    if (!u->n_blocks)
        return scsi_fail(r, SENSE_NO_MEDIUM);
    while (u->block_size << exponent < host_size)
        exponent++;
    st_be64(data, u->n_blocks - 1);
    st_be32(data + 8, u->block_size);
    data[13] = (uint8_t)exponent;
    data[14] = block_can_discard(u->block) ? 0x80 : 0;
    return scsi_give(r, data, sizeof data, ld_be32(r->cdb + 10));
}

static bool start_stop(struct scsi_unit *u, struct scsi_request *r)
{
    bool loads = r->cdb[4] & 2, starts = r->cdb[4] & 1;

    if (u->kind == SCSI_CD && loads && !(r->cdb[4] & 0xf0)) {
        if (!starts && u->locked)
            return scsi_fail(r, SENSE_REMOVAL_PREVENTED);
        u->ejected = !starts;
    }
    return scsi_end(r);
}

static bool prevent_removal(struct scsi_unit *u, struct scsi_request *r)
{
    u->locked = r->cdb[4] & 1;
    return scsi_end(r);
}

#define READS ON_ANY | WANTS_MEDIUM
#define WRITES ON_DISK | WANTS_MEDIUM

const struct scsi_command scsi_block_commands[] = {
    { 0x08, READS, "READ(6)", read_blocks },
    { 0x0a, WRITES, "WRITE(6)", write_blocks },
    { 0x1b, ON_ANY, "START STOP UNIT", start_stop },
    { 0x1e, ON_ANY, "PREVENT ALLOW MEDIUM REMOVAL", prevent_removal },
    { 0x25, READS, "READ CAPACITY(10)", read_capacity_10 },
    { 0x28, READS, "READ(10)", read_blocks },
    { 0x2a, WRITES, "WRITE(10)", write_blocks },
    { 0x2e, WRITES, "WRITE AND VERIFY(10)", write_blocks },
    { 0x2f, READS, "VERIFY(10)", verify },
    { 0x35, READS, "SYNCHRONIZE CACHE(10)", synchronize },
    { 0x41, WRITES, "WRITE SAME(10)", write_same },
    { 0x42, WRITES, "UNMAP", unmap },
    { 0x88, READS, "READ(16)", read_blocks },
    { 0x8a, WRITES, "WRITE(16)", write_blocks },
    { 0x8e, WRITES, "WRITE AND VERIFY(16)", write_blocks },
    { 0x8f, READS, "VERIFY(16)", verify },
    { 0x91, READS, "SYNCHRONIZE CACHE(16)", synchronize },
    { 0x93, WRITES, "WRITE SAME(16)", write_same },
    { 0x9e, READS, "SERVICE ACTION IN(16)", service_action_in },
    { 0xa8, READS, "READ(12)", read_blocks },
    { 0xaa, WRITES, "WRITE(12)", write_blocks },
    { 0xae, WRITES, "WRITE AND VERIFY(12)", write_blocks },
    { 0xaf, READS, "VERIFY(12)", verify },
};
const unsigned scsi_n_block_commands = sizeof scsi_block_commands / sizeof scsi_block_commands[0];
