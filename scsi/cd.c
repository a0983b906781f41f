/* What a CD-ROM drive answers beyond a disk: table of contents, features, events. One session, one data track. [MMC-6] */
#include <string.h>

#include "base/endian.h"
#include "scsi/scsi-internal.h"

enum { LEAD_OUT = 0xaa, FRAMES_A_SECOND = 75, LEAD_IN_FRAMES = 150, CD_LARGEST = 80 * 60 * 75 };

static void put_address(uint8_t *to, uint64_t block, bool as_time)
{
    if (as_time) {
        uint64_t frames = block + LEAD_IN_FRAMES;

        to[0] = 0;
        to[1] = (uint8_t)(frames / FRAMES_A_SECOND / 60);
        to[2] = (uint8_t)(frames / FRAMES_A_SECOND % 60);
        to[3] = (uint8_t)(frames % FRAMES_A_SECOND);
    } else {
        st_be32(to, block > UINT32_MAX ? UINT32_MAX : (uint32_t)block);
    }
}

/* [MMC-6 6.25] */
static bool read_toc(struct scsi_unit *u, struct scsi_request *r)
{
    bool as_time = r->cdb[1] & 2;
    unsigned format = r->cdb[2] & 0xf ? r->cdb[2] & 0xf : r->cdb[9] >> 6, first = r->cdb[6];
    uint8_t data[20] = { 0, 0, 1, 1 };
    size_t at = 4;

    if (format == 1) { /* sessions: the first track of the last one */
        data[5] = 0x14;
        data[6] = 1;
        put_address(data + 8, 0, as_time);
        at = 12;
    } else if (format == 0 && (first <= 1 || first == LEAD_OUT)) {
        if (first <= 1) {
            data[at + 1] = 0x14; /* a data track */
            data[at + 2] = 1;
            put_address(data + at + 4, 0, as_time);
            at += 8;
        }
        data[at + 1] = 0x16;
        data[at + 2] = LEAD_OUT;
        put_address(data + at + 4, u->n_blocks, as_time);
        at += 8;
    } else {
        return scsi_fail(r, SENSE_INVALID_FIELD);
    }
    st_be16(data, (uint16_t)(at - 2));
    return scsi_give(r, data, at, ld_be16(r->cdb + 7));
}

static bool is_dvd(const struct scsi_unit *u)
{
    return u->n_blocks > CD_LARGEST;
}

/* Profiles, core, removable medium. [MMC-6 5.3] */
static bool get_configuration(struct scsi_unit *u, struct scsi_request *r)
{
    static const uint8_t features[] = {
        0, 0, 3, 8, 0, 0x10, 0, 0, 0, 8, 0, 0, /* profiles DVD-ROM, CD-ROM */
        0, 1, 3, 8, 0, 0, 0, 2, 0, 0, 0, 0,    /* core: ATAPI, as good as any */
        0, 3, 3, 4, 0x29, 0, 0, 0,             /* removable medium: a tray, locks, ejects */
    };
    uint8_t data[8 + sizeof features] = { 0 };
    unsigned starting = ld_be16(r->cdb + 2), requested = r->cdb[1] & 3;
    size_t size = 8;

    for (size_t at = 0; at < sizeof features; at += 4u + features[at + 3]) {
        unsigned feature = ld_be16(features + at);
        size_t n = 4u + features[at + 3];

        if (requested == 2 ? feature != starting : feature < starting)
            continue;
        memcpy(data + size, features + at, n);
        /* The first feature's profiles say which of them is the present one. */
        if (feature == 0 && scsi_has_medium(u))
            data[size + (is_dvd(u) ? 6 : 10)] = 1;
        size += n;
    }
    st_be32(data, (uint32_t)(size - 4));
    if (scsi_has_medium(u))
        st_be16(data + 6, is_dvd(u) ? 0x10 : 8);
    return scsi_give(r, data, size, ld_be16(r->cdb + 7));
}

/* Asked for now and then: the medium's events, of which there are none new. [MMC-6 6.7] */
static bool get_event_status(struct scsi_unit *u, struct scsi_request *r)
{
    uint8_t data[8] = { 0, 6, 4, 0x10 };

    if (!(r->cdb[1] & 1))
        return scsi_fail(r, SENSE_INVALID_FIELD);
    if (!(r->cdb[4] & 0x10)) {
        data[1] = 2;
        data[2] = 0x80;
        return scsi_give(r, data, 4, ld_be16(r->cdb + 7));
    }
    data[5] = (uint8_t)((scsi_has_medium(u) ? 2 : 0) | (u->ejected ? 1 : 0));
    return scsi_give(r, data, sizeof data, ld_be16(r->cdb + 7));
}

/* A complete disc that nobody can write. [MMC-6 6.22] */
static bool read_disc_information(struct scsi_unit *u, struct scsi_request *r)
{
    uint8_t data[34] = { 0, 32, 0x0e, 1, 1, 1, 1, 0x20 };

    (void)u;
    if (r->cdb[1] & 7)
        return scsi_fail(r, SENSE_INVALID_FIELD);
    return scsi_give(r, data, sizeof data, ld_be16(r->cdb + 7));
}

static bool mechanism_status(struct scsi_unit *u, struct scsi_request *r)
{
    uint8_t data[8] = { 0, u->ejected ? 0x10 : 0 };

    return scsi_give(r, data, sizeof data, ld_be16(r->cdb + 8));
}

static bool set_speed(struct scsi_unit *u, struct scsi_request *r)
{
    (void)u;
    return scsi_end(r);
}

const struct scsi_command scsi_cd_commands[] = {
    { 0x43, ON_CD | WANTS_MEDIUM, "READ TOC/PMA/ATIP", read_toc },
    { 0x46, ON_CD | WITH_ATTENTION, "GET CONFIGURATION", get_configuration },
    { 0x4a, ON_CD | WITH_ATTENTION, "GET EVENT STATUS NOTIFICATION", get_event_status },
    { 0x51, ON_CD | WANTS_MEDIUM, "READ DISC INFORMATION", read_disc_information },
    { 0xbb, ON_CD, "SET CD SPEED", set_speed },
    { 0xbd, ON_CD, "MECHANISM STATUS", mechanism_status },
};
const unsigned scsi_n_cd_commands = sizeof scsi_cd_commands / sizeof scsi_cd_commands[0];
