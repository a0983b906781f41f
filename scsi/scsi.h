/* SCSI disks and CD-ROMs over images of the host, for any host bus adapter that a guest drives.
 *
 * The adapter gives a request with its command and the data's place in memory; the logical unit gives status, sense
 * data and how much it moved. It knows nothing of guests, buses or addresses.
 *
 * Threads: scsi_execute() may be called from any thread, for several requests of a unit at a time. It does not wait:
 * what takes long ends by done() on the image's thread, without any lock. [SPC-4, SBC-3, MMC-6] */
#ifndef SCSI_SCSI_H
#define SCSI_SCSI_H

#include "host/block.h"

enum { SCSI_CDB_MOST = 16, SCSI_SENSE_SIZE = 18 };
enum { SCSI_CHANNELS = 4, SCSI_TARGETS = 64, SCSI_LUNS = 32 };

enum scsi_status { SCSI_GOOD = 0, SCSI_CHECK_CONDITION = 2, SCSI_BUSY = 8, SCSI_TASK_ABORTED = 0x40 };

enum scsi_kind { SCSI_DISK, SCSI_CD };

/* Where a unit is. */
struct scsi_address {
    unsigned channel, target, lun;
};

struct scsi_unit;
struct scsi_bus;

struct scsi_request {
    /* The adapter's. */
    uint8_t cdb[SCSI_CDB_MOST]; /* zeros behind the command */
    bool to_device;             /* direction of the data */
    struct iovec *pieces;       /* place of the data; valid until the end, the unit may shorten the last ones */
    unsigned n_pieces;
    uint64_t size;              /* their sum */
    void (*done)(struct scsi_request *r);
    void *opaque;

    /* The result. */
    enum scsi_status status;
    uint8_t sense[SCSI_SENSE_SIZE]; /* fixed format */
    unsigned sense_size;            /* 0: none */
    uint64_t transferred;           /* bytes of the data */

    /* The unit's own. */
    struct scsi_unit *unit;
    struct block_request block;
    uint8_t *memory; /* freed at the end */
    struct iovec memory_piece;
    unsigned next, count; /* of the ranges of an UNMAP */
};

struct scsi_unit_options {
    enum scsi_kind kind;
    struct block *block; /* the caller's, who closes it after the unit is freed; NULL: a CD drive without a disc */
    const char *serial;  /* NULL: a name made of the address */
    const char *vendor, *product, *version; /* NULL: the usual */
    bool removable;
    unsigned block_size; /* 0: 512, or 2048 of a CD */
    uint64_t wwn;        /* 0: none */
};

struct scsi_bus *scsi_bus_new(struct error *err);
/* With its units. Nothing is under way. */
void scsi_bus_free(struct scsi_bus *bus);

/* Adds a unit. Before the guest runs. Strings are copied. False if the place is taken. */
bool scsi_bus_add(struct scsi_bus *bus, const struct scsi_address *at, const struct scsi_unit_options *options,
                  struct error *err);
/* The first free target of channel 0; SCSI_TARGETS if there is none. */
unsigned scsi_bus_free_target(const struct scsi_bus *bus);
/* Calls fn for each unit, in the order of their addresses. */
void scsi_bus_for_each(struct scsi_bus *bus,
                       void (*fn)(void *opaque, const struct scsi_address *at, enum scsi_kind kind),
                       void *opaque);

/* The unit with that image: its address and block size. False if there is none. */
bool scsi_bus_find_block(const struct scsi_bus *bus, const struct block *block, struct scsi_address *at,
                         unsigned *block_size);

/* The power-on state. Nothing is under way. */
void scsi_bus_reset(struct scsi_bus *bus);
/* Waits for what is under way. The caller holds no lock that a done() takes. */
void scsi_bus_drain(struct scsi_bus *bus);

/* Executes the request at that address: also where no unit is, which INQUIRY and REPORT LUNS tell. True: it has
 * ended, done() is not called. False: it will. */
bool scsi_execute(struct scsi_bus *bus, const struct scsi_address *at, struct scsi_request *r);

#endif
