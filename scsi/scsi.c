/* The bus: units by address, the way of a command to its function; see scsi.h. */
#include "scsi/scsi.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/endian.h"
#include "scsi/scsi-internal.h"

enum { INQUIRY = 0x12, REPORT_LUNS = 0xa0, REQUEST_SENSE = 0x03, SHORT_INQUIRY = 36 };

struct scsi_bus {
    struct scsi_unit *first; /* by ascending address */
};

struct scsi_bus *scsi_bus_new(struct error *err)
{
    struct scsi_bus *bus = calloc(1, sizeof *bus);

    if (!bus)
        error_set(err, ERROR_RESOURCE, "out of memory");
    return bus;
}

void scsi_bus_free(struct scsi_bus *bus)
{
    while (bus && bus->first) {
        struct scsi_unit *u = bus->first;

        bus->first = u->next;
        free(u);
    }
    free(bus);
}

static int compare(const struct scsi_address *a, const struct scsi_address *b)
{
    unsigned x = (a->channel * SCSI_TARGETS + a->target) * SCSI_LUNS + a->lun;
    unsigned y = (b->channel * SCSI_TARGETS + b->target) * SCSI_LUNS + b->lun;

    return x < y ? -1 : x > y;
}

static struct scsi_unit *find(const struct scsi_bus *bus, const struct scsi_address *at)
{
    for (struct scsi_unit *u = bus->first; u; u = u->next)
        if (!compare(&u->at, at))
            return u;
    return NULL;
}

static void copy(char *to, size_t size, const char *given, const char *usual)
{
    snprintf(to, size, "%s", given ? given : usual);
}

static struct scsi_unit *new_unit(struct scsi_bus *bus, const struct scsi_address *at,
                                  const struct scsi_unit_options *o)
{
    struct scsi_unit *u = calloc(1, sizeof *u);
    char serial[SERIAL_SIZE];

    if (!u)
        return NULL;
    snprintf(serial, sizeof serial, "lpar-%u-%u-%u", at->channel, at->target, at->lun);
    u->bus = bus;
    u->at = *at;
    u->kind = o->kind;
    u->block = o->block;
    copy(u->vendor, sizeof u->vendor, o->vendor, "LPAR");
    copy(u->product, sizeof u->product, o->product, o->kind == SCSI_CD ? "CD-ROM" : "DISK");
    copy(u->version, sizeof u->version, o->version, "1.0");
    copy(u->serial, sizeof u->serial, o->serial, serial);
    u->removable = o->removable || o->kind == SCSI_CD;
    u->block_size = o->block_size ? o->block_size : o->kind == SCSI_CD ? 2048 : 512;
    u->n_blocks = o->block ? block_size(o->block) / u->block_size : 0;
    u->wwn = o->wwn;
    u->attention = SENSE_POWER_ON & 0xffff;
    return u;
}

bool scsi_bus_add(struct scsi_bus *bus, const struct scsi_address *at, const struct scsi_unit_options *o,
                  struct error *err)
{
    struct scsi_unit **place = &bus->first, *u;

    if (at->channel >= SCSI_CHANNELS || at->target >= SCSI_TARGETS || at->lun >= SCSI_LUNS) {
        error_set(err, ERROR_USAGE, "no SCSI address %u:%u:%u", at->channel, at->target, at->lun);
        error_hint(err, "channel is less than %d, scsi-id than %d, lun than %d", SCSI_CHANNELS, SCSI_TARGETS,
                   SCSI_LUNS);
        return false;
    }
    if (find(bus, at)) {
        error_set(err, ERROR_USAGE, "SCSI address %u:%u:%u is taken", at->channel, at->target, at->lun);
        error_hint(err, "give another scsi-id= or lun=, or none");
        return false;
    }
    u = new_unit(bus, at, o);
    if (!u)
        return error_set(err, ERROR_RESOURCE, "out of memory");
    while (*place && compare(&(*place)->at, at) < 0)
        place = &(*place)->next;
    u->next = *place;
    *place = u;
    return true;
}

unsigned scsi_bus_free_target(const struct scsi_bus *bus)
{
    struct scsi_address at = { 0 };

    while (at.target < SCSI_TARGETS && find(bus, &at))
        at.target++;
    return at.target;
}

void scsi_bus_for_each(struct scsi_bus *bus,
                       void (*fn)(void *opaque, const struct scsi_address *at, enum scsi_kind kind),
                       void *opaque)
{
    for (struct scsi_unit *u = bus->first; u; u = u->next)
        fn(opaque, &u->at, u->kind);
}

bool scsi_bus_find_block(const struct scsi_bus *bus, const struct block *block, struct scsi_address *at,
                         unsigned *block_size)
{
    for (const struct scsi_unit *u = bus->first; u; u = u->next)
        if (u->block == block) {
            *at = u->at;
            *block_size = u->block_size;
            return true;
        }
    return false;
}

void scsi_bus_reset(struct scsi_bus *bus)
{
    for (struct scsi_unit *u = bus->first; u; u = u->next) {
        u->attention = SENSE_POWER_ON & 0xffff;
        u->locked = false;
    }
}

void scsi_bus_drain(struct scsi_bus *bus)
{
    for (struct scsi_unit *u = bus->first; u; u = u->next)
        if (u->block)
            block_drain(u->block);
}

/* ---- ends ---- */

bool scsi_end(struct scsi_request *r)
{
    r->status = SCSI_GOOD;
    return ENDED;
}

/* Fixed format. [SPC-4 4.5.3] */
bool scsi_fail(struct scsi_request *r, enum sense sense)
{
    memset(r->sense, 0, sizeof r->sense);
    r->sense[0] = 0x70;
    r->sense[2] = sense >> 16;
    r->sense[7] = SCSI_SENSE_SIZE - 8;
    r->sense[12] = sense >> 8 & 0xff;
    r->sense[13] = sense & 0xff;
    r->sense_size = SCSI_SENSE_SIZE;
    r->status = SCSI_CHECK_CONDITION;
    return ENDED;
}

bool scsi_give(struct scsi_request *r, const uint8_t *data, size_t size, size_t allowed)
{
    size_t at = 0;

    size = size < allowed ? size : allowed;
    for (unsigned i = 0; !r->to_device && i < r->n_pieces && at < size; i++) {
        size_t n = r->pieces[i].iov_len < size - at ? r->pieces[i].iov_len : size - at;

        memcpy(r->pieces[i].iov_base, data + at, n);
        at += n;
    }
    r->transferred = at;
    return scsi_end(r);
}

size_t scsi_take(const struct scsi_request *r, void *data, size_t size)
{
    size_t at = 0;

    for (unsigned i = 0; r->to_device && i < r->n_pieces && at < size; i++) {
        size_t n = r->pieces[i].iov_len < size - at ? r->pieces[i].iov_len : size - at;

        memcpy((uint8_t *)data + at, r->pieces[i].iov_base, n);
        at += n;
    }
    return at;
}

void scsi_cut(struct scsi_request *r, uint64_t size)
{
    uint64_t sum = 0;
    unsigned n = 0;

    while (n < r->n_pieces && sum < size) {
        if (r->pieces[n].iov_len > size - sum)
            r->pieces[n].iov_len = size - sum;
        sum += r->pieces[n++].iov_len;
    }
    r->n_pieces = n;
    r->size = sum;
}

void scsi_finish(struct scsi_request *r)
{
    free(r->memory);
    r->memory = NULL;
    r->done(r);
}

enum sense scsi_sense_of(int error, bool is_write)
{
    switch (error) {
    case ENOSPC:
    case EDQUOT:
        return SENSE_SPACE;
    case EROFS:
        return SENSE_WRITE_PROTECTED;
    case EINVAL:
        return SENSE_OUT_OF_RANGE;
    case ENOMEM:
        return SENSE_NO_RESOURCES;
    default:
        return is_write ? SENSE_WRITE_ERROR : SENSE_READ_ERROR;
    }
}

bool scsi_has_medium(const struct scsi_unit *u)
{
    return u->block && !u->ejected;
}

/* ---- where no unit is ---- */

static bool has_target(const struct scsi_bus *bus, const struct scsi_address *at)
{
    for (const struct scsi_unit *u = bus->first; u; u = u->next)
        if (u->at.channel == at->channel && u->at.target == at->target)
            return true;
    return false;
}

/* All LUNs of the target, in peripheral device addressing. [SPC-4 6.33, SAM-5 4.7] */
static bool report_luns(const struct scsi_bus *bus, const struct scsi_address *at, struct scsi_request *r)
{
    uint8_t data[8 + 8 * SCSI_LUNS] = { 0 };
    size_t size = 8;
    bool has_zero = false;

    if (r->cdb[2] > 2)
        return scsi_fail(r, SENSE_INVALID_FIELD);
    for (const struct scsi_unit *u = bus->first; u && r->cdb[2] != 1; u = u->next) {
        if (u->at.channel != at->channel || u->at.target != at->target)
            continue;
        /* LUN 0 is always in the list: it answers. */
        if (u->at.lun && !has_zero && size == 8)
            size += 8;
        has_zero = true;
        data[size + 1] = (uint8_t)u->at.lun;
        size += 8;
    }
    st_be32(data, (uint32_t)(size - 8));
    return scsi_give(r, data, size, ld_be32(r->cdb + 6));
}

static bool execute_nowhere(const struct scsi_bus *bus, const struct scsi_address *at, struct scsi_request *r)
{
    /* Not capable of having a unit there, of no type. */
    uint8_t data[SHORT_INQUIRY] = { 0x7f, 0, 5, 2, SHORT_INQUIRY - 5 };

    memset(data + 8, ' ', SHORT_INQUIRY - 8);
    if (r->cdb[0] == INQUIRY && !(r->cdb[1] & 1))
        return scsi_give(r, data, sizeof data, ld_be16(r->cdb + 3));
    if (r->cdb[0] == REPORT_LUNS && has_target(bus, at))
        return report_luns(bus, at, r);
    return scsi_fail(r, SENSE_LUN_NOT_SUPPORTED);
}

/* ---- commands ---- */

static const struct {
    const struct scsi_command *commands;
    const unsigned *count;
} tables[] = {
    { scsi_common_commands, &scsi_n_common_commands },
    { scsi_block_commands, &scsi_n_block_commands },
    { scsi_cd_commands, &scsi_n_cd_commands },
};

static const struct scsi_command *find_command(const struct scsi_unit *u, uint8_t opcode)
{
    for (size_t t = 0; t < sizeof tables / sizeof tables[0]; t++)
        for (unsigned i = 0; i < *tables[t].count; i++) {
            const struct scsi_command *c = &tables[t].commands[i];

            if (c->opcode == opcode && c->flags >> u->kind & 1)
                return c;
        }
    return NULL;
}

bool scsi_execute(struct scsi_bus *bus, const struct scsi_address *at, struct scsi_request *r)
{
    struct scsi_unit *u = find(bus, at);
    const struct scsi_command *c;
    uint16_t attention;

    r->status = SCSI_GOOD;
    r->sense_size = 0;
    r->transferred = 0;
    r->memory = NULL;
    r->unit = u;
    if (!u)
        return execute_nowhere(bus, at, r);
    if (r->cdb[0] == REPORT_LUNS)
        return report_luns(bus, at, r);
    c = find_command(u, r->cdb[0]);
    if (!c)
        return scsi_fail(r, SENSE_INVALID_OPCODE);
    if (!(c->flags & WITH_ATTENTION) && (attention = atomic_exchange(&u->attention, 0)))
        return scsi_fail(r, 0x060000 | attention);
    if (c->flags & WANTS_MEDIUM && !scsi_has_medium(u))
        return scsi_fail(r, SENSE_NO_MEDIUM);
    if (c->fn(u, r) == PENDING)
        return PENDING;
    free(r->memory);
    r->memory = NULL;
    return ENDED;
}
