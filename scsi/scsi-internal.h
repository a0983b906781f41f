/* Between the files of this room: units, and what their commands are made of. */
#ifndef SCSI_SCSI_INTERNAL_H
#define SCSI_SCSI_INTERNAL_H

#include <stdatomic.h>

#include "scsi/scsi.h"

enum { VENDOR_SIZE = 8, PRODUCT_SIZE = 16, VERSION_SIZE = 4, SERIAL_SIZE = 36 };

struct scsi_unit {
    struct scsi_bus *bus;
    struct scsi_address at;
    enum scsi_kind kind;
    struct block *block;
    char vendor[VENDOR_SIZE + 1], product[PRODUCT_SIZE + 1], version[VERSION_SIZE + 1];
    char serial[SERIAL_SIZE + 1];
    bool removable;
    unsigned block_size;
    uint64_t n_blocks;
    uint64_t wwn;
    /* A condition that the next command reports; ASC << 8 | ASCQ, 0: none. */
    _Atomic uint16_t attention;
    _Atomic bool locked, ejected; /* of a CD drive */
    struct scsi_unit *next;
};

/* Additional sense codes, with their key: key << 16 | ASC << 8 | ASCQ. [SPC-4 4.5.6] */
enum sense {
    SENSE_NO_MEDIUM = 0x023a00,
    SENSE_READ_ERROR = 0x031100,
    SENSE_WRITE_ERROR = 0x030c00,
    SENSE_INVALID_OPCODE = 0x052000,
    SENSE_OUT_OF_RANGE = 0x052100,
    SENSE_INVALID_FIELD = 0x052400,
    SENSE_LUN_NOT_SUPPORTED = 0x052500,
    SENSE_INVALID_PARAMETER = 0x052600,
    SENSE_PARAMETER_LENGTH = 0x051a00,
    SENSE_REMOVAL_PREVENTED = 0x055302,
    SENSE_POWER_ON = 0x062900,
    SENSE_WRITE_PROTECTED = 0x072700,
    SENSE_SPACE = 0x072707,
    SENSE_DATA_PHASE = 0x0b4b00,
    SENSE_NO_RESOURCES = 0x0b5503,
};

/* What a command's function says: that it has ended (r->status tells how), or that a done() will come. */
enum { PENDING = false, ENDED = true };

enum {
    ON_DISK = 1 << SCSI_DISK,
    ON_CD = 1 << SCSI_CD,
    ON_ANY = ON_DISK | ON_CD,
    WANTS_MEDIUM = 1 << 4,
    WITH_ATTENTION = 1 << 5, /* executed in spite of a condition to be reported */
};

struct scsi_command {
    uint8_t opcode;
    uint8_t flags;
    const char *name;
    bool (*fn)(struct scsi_unit *u, struct scsi_request *r);
};

extern const struct scsi_command scsi_common_commands[], scsi_block_commands[], scsi_cd_commands[];
extern const unsigned scsi_n_common_commands, scsi_n_block_commands, scsi_n_cd_commands;

bool scsi_end(struct scsi_request *r);
bool scsi_fail(struct scsi_request *r, enum sense sense);
/* Gives the guest the first bytes of data, as many as it has room for and allows, and ends. */
bool scsi_give(struct scsi_request *r, const uint8_t *data, size_t size, size_t allowed);
/* Bytes that the guest sent, at most size: their number. */
size_t scsi_take(const struct scsi_request *r, void *data, size_t size);
/* Cuts the pieces to this many bytes. */
void scsi_cut(struct scsi_request *r, uint64_t size);
/* Ends the request after an image's answer; the adapter is told. */
void scsi_finish(struct scsi_request *r);
/* The sense of an image's error. */
enum sense scsi_sense_of(int error, bool is_write);

bool scsi_has_medium(const struct scsi_unit *u);
/* Mode pages of a unit: written at `to` (room for 128 bytes), their number of bytes; -1: there is no such page. */
int scsi_mode_pages(const struct scsi_unit *u, unsigned page, unsigned control, uint8_t *to);

#endif
