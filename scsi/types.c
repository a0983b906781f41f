/* The units as devices that a user adds. */
#include "scsi/types.h"

#include <stddef.h>

#include "scsi/scsi.h"

struct options {
    struct block *block;
    uint32_t channel, target, lun, logical_block_size;
    const char *serial, *vendor, *product, *version;
    bool removable;
    uint64_t wwn;
};

enum { ANY = UINT32_MAX };

/* A SCSI unit has no state of its own beside the bus's: what is returned says that it is there. */
static void *create(const struct device_place *place, const struct options *o, enum scsi_kind kind, struct error *err)
{
    struct scsi_bus *bus = place->bus;
    const struct scsi_address at = { o->channel, o->target == ANY ? scsi_bus_free_target(bus) : o->target, o->lun };
    const struct scsi_unit_options unit = {
        .kind = kind, .block = o->block, .serial = o->serial, .vendor = o->vendor, .product = o->product,
        .version = o->version, .removable = o->removable, .block_size = o->logical_block_size, .wwn = o->wwn,
    };

    if (o->logical_block_size & (o->logical_block_size - 1) || o->logical_block_size > 4096 ||
        (o->logical_block_size && o->logical_block_size < 512)) {
        error_set(err, ERROR_USAGE, "logical_block_size=%u is not possible", o->logical_block_size);
        error_hint(err, "choose 512, 1024, 2048 or 4096");
        return NULL;
    }
    return scsi_bus_add(bus, &at, &unit, err) ? bus : NULL;
}

static void *create_disk(const struct device_place *place, const void *options, struct error *err)
{
    return create(place, options, SCSI_DISK, err);
}

static void *create_cd(const struct device_place *place, const void *options, struct error *err)
{
    return create(place, options, SCSI_CD, err);
}

#define PLACE                                                                                                      \
    { "channel", PROPERTY_U32, offsetof(struct options, channel), NULL, "channel of the bus", NULL, false },       \
    { "scsi-id", PROPERTY_U32, offsetof(struct options, target), "0xffffffff", "target; the first free one", NULL, \
      false },                                                                                                     \
    { "lun", PROPERTY_U32, offsetof(struct options, lun), NULL, "logical unit of the target", NULL, false }
#define NAMES                                                                                                        \
    { "serial", PROPERTY_STRING, offsetof(struct options, serial), NULL, "serial number", NULL, false },             \
    { "device_id", PROPERTY_STRING, offsetof(struct options, serial), NULL, "the same", NULL, false },               \
    { "vendor", PROPERTY_STRING, offsetof(struct options, vendor), NULL, "vendor, up to 8 characters", NULL, false }, \
    { "product", PROPERTY_STRING, offsetof(struct options, product), NULL, "product, up to 16 characters", NULL,     \
      false },                                                                                                       \
    { "ver", PROPERTY_STRING, offsetof(struct options, version), NULL, "version, up to 4 characters", NULL, false }, \
    { "wwn", PROPERTY_U64, offsetof(struct options, wwn), NULL, "world-wide name", NULL, false }
#define BLOCKS                                                                                                         \
    { "logical_block_size", PROPERTY_U32, offsetof(struct options, logical_block_size), NULL,                          \
      "bytes of a block (512, or 2048 of a CD)", NULL, false },                                                        \
    { "physical_block_size", PROPERTY_IGNORED, 0, NULL, "without effect: the host's is told", NULL, false },           \
    { "rotation_rate", PROPERTY_IGNORED, 0, NULL, "without effect", NULL, false },                                     \
    { "write-cache", PROPERTY_IGNORED, 0, NULL, "without effect: the drive's cache= says it", NULL, false }

static const struct device_property disk_properties[] = {
    { "drive", PROPERTY_DRIVE, offsetof(struct options, block), NULL, "the disk's image", NULL, true },
    PLACE,
    NAMES,
    BLOCKS,
    { "removable", PROPERTY_BOOL, offsetof(struct options, removable), NULL, "says that it can be taken out", NULL,
      false },
};

static const struct device_property cd_properties[] = {
    { "drive", PROPERTY_DRIVE, offsetof(struct options, block), NULL, "the disc's image; without one it is empty", NULL,
      false },
    PLACE,
    NAMES,
    BLOCKS,
};

const struct device_type scsi_hd_type = {
    .name = "scsi-hd",
    .text = "SCSI disk",
    .bus = DEVICE_BUS_SCSI,
    .properties = disk_properties,
    .n_properties = sizeof disk_properties / sizeof disk_properties[0],
    .options_size = sizeof(struct options),
    .create = create_disk,
};

const struct device_type scsi_cd_type = {
    .name = "scsi-cd",
    .text = "SCSI CD-ROM drive",
    .bus = DEVICE_BUS_SCSI,
    .properties = cd_properties,
    .n_properties = sizeof cd_properties / sizeof cd_properties[0],
    .options_size = sizeof(struct options),
    .create = create_cd,
};
