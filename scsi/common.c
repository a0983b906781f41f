/* Commands that all units have: who they are, what they can do, mode pages. [SPC-4 6] */
#include <string.h>

#include "base/endian.h"
#include "scsi/scsi-internal.h"

enum { INQUIRY_SIZE = 74, PAGE_ROOM = 256, MODE_ROOM = 128, ALL_PAGES = 0x3f };
enum { MOST_RANGES = 64, MOST_BLOCKS = 0x3fffff };

static bool test_unit_ready(struct scsi_unit *u, struct scsi_request *r)
{
    (void)u;
    return scsi_end(r);
}

static bool do_nothing(struct scsi_unit *u, struct scsi_request *r)
{
    (void)u;
    return scsi_end(r);
}

static bool request_sense(struct scsi_unit *u, struct scsi_request *r)
{
    uint16_t attention = atomic_exchange(&u->attention, 0);
    uint8_t sense[SCSI_SENSE_SIZE] = { 0x70, [7] = SCSI_SENSE_SIZE - 8 };

    if (r->cdb[1] & 1)
        return scsi_fail(r, SENSE_INVALID_FIELD);
    /* Sense data goes with each status: nothing is kept but what no command has reported yet. */
    if (attention) {
        sense[2] = 6;
        st_be16(sense + 12, attention);
    }
    return scsi_give(r, sense, sizeof sense, r->cdb[4]);
}

/* ---- INQUIRY ---- */

static uint8_t device_type(const struct scsi_unit *u)
{
    return u->kind == SCSI_CD ? 5 : 0;
}

static void put_text(uint8_t *to, size_t size, const char *text)
{
    size_t n = strlen(text);

    memset(to, ' ', size);
    memcpy(to, text, n < size ? n : size);
}

static size_t page_serial(const struct scsi_unit *u, uint8_t *to)
{
    size_t n = strlen(u->serial);

    memcpy(to, u->serial, n);
    return n;
}

/* A designator of the vendor's own, and a world-wide name if there is one. [SPC-4 7.8.6] */
static size_t page_identification(const struct scsi_unit *u, uint8_t *to)
{
    size_t n = strlen(u->serial), at;

    to[0] = 2; /* ASCII */
    to[1] = 0;
    to[3] = (uint8_t)n;
    memcpy(to + 4, u->serial, n);
    at = 4 + n;
    if (u->wwn) {
        to[at] = 1;
        to[at + 1] = 3; /* NAA */
        to[at + 3] = 8;
        st_be64(to + at + 4, u->wwn);
        at += 12;
    }
    return at;
}

/* [SBC-3 6.5.3] */
static size_t page_block_limits(const struct scsi_unit *u, uint8_t *to)
{
    bool discard = u->block && block_can_discard(u->block);

    st_be32(to + 16, discard ? MOST_BLOCKS : 0); /* of an UNMAP */
    st_be32(to + 20, discard ? MOST_RANGES : 0);
    st_be32(to + 24, discard ? 8 : 0); /* granularity */
    st_be64(to + 32, MOST_BLOCKS);     /* of a WRITE SAME */
    return 60;
}

static size_t page_characteristics(const struct scsi_unit *u, uint8_t *to)
{
    (void)u;
    st_be16(to, 1); /* does not turn */
    return 60;
}

/* UNMAP and WRITE SAME with UNMAP are there, and what is unmapped need not read as zeros. [SBC-3 6.5.4] */
static size_t page_provisioning(const struct scsi_unit *u, uint8_t *to)
{
    bool discard = u->block && block_can_discard(u->block);

    to[1] = discard ? 0xe0 : 0;
    to[2] = discard ? 2 : 0; /* thin */
    return 4;
}

static size_t page_list(const struct scsi_unit *u, uint8_t *to);

static const struct {
    uint8_t page, on;
    size_t (*fn)(const struct scsi_unit *u, uint8_t *to); /* what follows the page's header */
} pages[] = {
    { 0x00, ON_ANY, page_list },          { 0x80, ON_ANY, page_serial },
    { 0x83, ON_ANY, page_identification }, { 0xb0, ON_DISK, page_block_limits },
    { 0xb1, ON_DISK, page_characteristics }, { 0xb2, ON_DISK, page_provisioning },
};

static size_t page_list(const struct scsi_unit *u, uint8_t *to)
{
    size_t n = 0;

    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++)
        if (pages[i].on >> u->kind & 1)
            to[n++] = pages[i].page;
    return n;
}

static bool vital_page(struct scsi_unit *u, struct scsi_request *r)
{
    uint8_t data[PAGE_ROOM] = { device_type(u), r->cdb[2] };

    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++) {
        size_t n;

        if (pages[i].page != r->cdb[2] || !(pages[i].on >> u->kind & 1))
            continue;
        n = pages[i].fn(u, data + 4);
        st_be16(data + 2, (uint16_t)n);
        return scsi_give(r, data, 4 + n, ld_be16(r->cdb + 3));
    }
    return scsi_fail(r, SENSE_INVALID_FIELD);
}

static bool inquiry(struct scsi_unit *u, struct scsi_request *r)
{
    uint8_t data[INQUIRY_SIZE] = { device_type(u), u->removable ? 0x80 : 0, 5, 0x12, INQUIRY_SIZE - 5, 0, 0,
                                   2 /* queues commands */ };

    if (r->cdb[1] & 1)
        return vital_page(u, r);
    if (r->cdb[2])
        return scsi_fail(r, SENSE_INVALID_FIELD);
    put_text(data + 8, VENDOR_SIZE, u->vendor);
    put_text(data + 16, PRODUCT_SIZE, u->product);
    put_text(data + 32, VERSION_SIZE, u->version);
    st_be16(data + 58, 0x00a0); /* SAM-5 */
    st_be16(data + 60, 0x0460); /* SPC-4 */
    st_be16(data + 62, u->kind == SCSI_CD ? 0x03a0 : 0x04c0); /* MMC-5, SBC-3 */
    return scsi_give(r, data, sizeof data, ld_be16(r->cdb + 3));
}

/* ---- mode pages ---- */

static int mode_error_recovery(const struct scsi_unit *u, uint8_t *to)
{
    (void)u;
    to[2] = 0x80; /* writes are reallocated */
    return 12;
}

static int mode_caching(const struct scsi_unit *u, uint8_t *to)
{
    to[2] = u->block && block_has_write_cache(u->block) ? 4 : 0; /* WCE */
    return 20;
}

static int mode_control(const struct scsi_unit *u, uint8_t *to)
{
    (void)u;
    (void)to;
    return 12;
}

/* CD capabilities and mechanical status. [MMC-6, legacy] */
static int mode_cd(const struct scsi_unit *u, uint8_t *to)
{
    to[2] = 0x3b; /* reads CD-R, CD-RW, DVD-ROM */
    to[4] = 0x71;
    to[6] = (uint8_t)(0x29 | (u->locked ? 2 : 0)); /* a tray that can be locked and ejects */
    st_be16(to + 8, 50 * 176);
    st_be16(to + 10, 2);
    st_be16(to + 12, 2048);
    st_be16(to + 14, 16 * 176);
    return 22;
}

static const struct {
    uint8_t page, on;
    int (*fn)(const struct scsi_unit *u, uint8_t *to); /* size, header included */
} mode_pages[] = {
    { 0x01, ON_ANY, mode_error_recovery },
    { 0x08, ON_ANY, mode_caching },
    { 0x0a, ON_ANY, mode_control },
    { 0x2a, ON_CD, mode_cd },
};

int scsi_mode_pages(const struct scsi_unit *u, unsigned page, unsigned control, uint8_t *to)
{
    int size = 0;

    for (size_t i = 0; i < sizeof mode_pages / sizeof mode_pages[0]; i++) {
        uint8_t *at = to + size;
        int n;

        if (!(mode_pages[i].on >> u->kind & 1) || (page != ALL_PAGES && page != mode_pages[i].page))
            continue;
        n = mode_pages[i].fn(u, at);
        /* Nothing can be changed, which the mask of what can says with zeros. */
        if (control == 1)
            memset(at, 0, (size_t)n);
        at[0] = mode_pages[i].page;
        at[1] = (uint8_t)(n - 2);
        size += n;
    }
    return size ? size : -1;
}

/* Header, block descriptor, pages. [SPC-4 6.11, 6.12] */
static bool mode_sense(struct scsi_unit *u, struct scsi_request *r, bool is_long)
{
    uint8_t data[MODE_ROOM + 16] = { 0 };
    uint8_t parameter = 0;
    unsigned page = r->cdb[2] & 0x3f, control = r->cdb[2] >> 6;
    bool descriptor = !(r->cdb[1] & 8) && u->kind == SCSI_DISK;
    size_t header = is_long ? 8 : 4, at = header;
    int n;

    if (u->kind == SCSI_DISK)
        parameter = (uint8_t)(0x10 | (block_is_read_only(u->block) ? 0x80 : 0)); /* FUA, WP */
    if (control == 3 || (r->cdb[3] && page != ALL_PAGES))
        return scsi_fail(r, SENSE_INVALID_FIELD);
    if (descriptor) {
        st_be32(data + at, u->n_blocks > 0xffffff ? 0xffffff : (uint32_t)u->n_blocks);
        st_be32(data + at + 4, u->block_size);
        at += 8;
    }
    n = scsi_mode_pages(u, page, control, data + at);
    if (n < 0)
        return scsi_fail(r, SENSE_INVALID_FIELD);
    at += (size_t)n;
    if (is_long) {
        st_be16(data, (uint16_t)(at - 2));
        data[3] = parameter;
        st_be16(data + 6, descriptor ? 8 : 0);
    } else {
        data[0] = (uint8_t)(at - 1);
        data[2] = parameter;
        data[3] = descriptor ? 8 : 0;
    }
    return scsi_give(r, data, at, is_long ? ld_be16(r->cdb + 7) : r->cdb[4]);
}

static bool mode_sense_6(struct scsi_unit *u, struct scsi_request *r)
{
    return mode_sense(u, r, false);
}

static bool mode_sense_10(struct scsi_unit *u, struct scsi_request *r)
{
    return mode_sense(u, r, true);
}

/* Values that are what they are may be set to what they are. */
static bool mode_select(struct scsi_unit *u, struct scsi_request *r, bool is_long)
{
    uint8_t data[MODE_ROOM + 16], present[MODE_ROOM] = { 0 };
    size_t size = is_long ? ld_be16(r->cdb + 7) : r->cdb[4], header = is_long ? 8 : 4, at;
    int n;

    if (!size)
        return scsi_end(r);
    if ((r->cdb[1] & 0x11) != 0x10)
        return scsi_fail(r, SENSE_INVALID_FIELD);
    if (size < header || size > sizeof data || scsi_take(r, data, size) != size)
        return scsi_fail(r, SENSE_PARAMETER_LENGTH);
    r->transferred = size;
    at = header + (is_long ? ld_be16(data + 6) : data[3]);
    while (at + 2 <= size) {
        n = scsi_mode_pages(u, data[at] & 0x3f, 0, present);
        if (n < 0 || data[at + 1] + 2 != n || at + (size_t)n > size ||
            memcmp(data + at + 2, present + 2, (size_t)n - 2) != 0)
            return scsi_fail(r, SENSE_INVALID_PARAMETER);
        at += (size_t)n;
    }
    return at <= size ? scsi_end(r) : scsi_fail(r, SENSE_PARAMETER_LENGTH);
}

static bool mode_select_6(struct scsi_unit *u, struct scsi_request *r)
{
    return mode_select(u, r, false);
}

static bool mode_select_10(struct scsi_unit *u, struct scsi_request *r)
{
    return mode_select(u, r, true);
}

const struct scsi_command scsi_common_commands[] = {
    { 0x00, ON_ANY | WANTS_MEDIUM, "TEST UNIT READY", test_unit_ready },
    { 0x03, ON_ANY | WITH_ATTENTION, "REQUEST SENSE", request_sense },
    { 0x12, ON_ANY | WITH_ATTENTION, "INQUIRY", inquiry },
    { 0x15, ON_ANY, "MODE SELECT(6)", mode_select_6 },
    { 0x16, ON_DISK, "RESERVE(6)", do_nothing }, /* there is one initiator */
    { 0x17, ON_DISK, "RELEASE(6)", do_nothing },
    { 0x1a, ON_ANY, "MODE SENSE(6)", mode_sense_6 },
    { 0x55, ON_ANY, "MODE SELECT(10)", mode_select_10 },
    { 0x5a, ON_ANY, "MODE SENSE(10)", mode_sense_10 },
};
const unsigned scsi_n_common_commands = sizeof scsi_common_commands / sizeof scsi_common_commands[0];
