/* The disks that can boot, as firmware wants to know them; see devices.h. */
#include <stdio.h>
#include <string.h>

#include "machine/devices-internal.h"
#include "scsi/types.h"
#include "vio/vscsi.h"

/* A unit's number in the name of its node, which is the one that the adapter's protocol has. [SAM-5 4.7; virtio 1.2
 * 5.6.6.1] */
static uint64_t lun_of(const struct device_type *adapter, const struct scsi_address *at)
{
    return adapter == &vscsi_type
               ? (UINT64_C(0x8000) | at->target << 8 | at->channel << 5 | at->lun) << 48
               : (UINT64_C(0x01000000) | at->target << 16 | (at->lun >= 256 ? 0x4000U : 0) | at->lun) << 32;
}

static bool describe_disk(const struct device *x, struct firmware_disk *disk)
{
    struct scsi_address at;
    unsigned block_size;
    size_t length;

    *disk = (struct firmware_disk){ .block = x->block, .block_size = x->block_size, .is_cd = x->type == &scsi_cd_type };
    if (!x->block)
        return false;
    if (!x->owner) {
        if (!x->type->path_of)
            return false;
        x->type->path_of(x->self, disk->path, sizeof disk->path);
        return true;
    }
    if (!x->owner->type->path_of ||
        !scsi_bus_find_block(x->owner->type->bus_of(x->owner->self), x->block, &at, &block_size))
        return false;
    disk->block_size = block_size;
    disk->lun = lun_of(x->owner->type, &at);
    x->owner->type->path_of(x->owner->self, disk->path, sizeof disk->path);
    length = strlen(disk->path);
    snprintf(disk->path + length, sizeof disk->path - length, "/disk@%llx", (unsigned long long)disk->lun);
    return true;
}

void devices_boot_order(const struct devices *d, struct firmware_disks *disks)
{
    uint32_t index[DISKS_MOST];

    disks->n = 0;
    for (const struct device *x = d->first; x && disks->n < DISKS_MOST; x = x->next) {
        struct firmware_disk disk;
        unsigned at = disks->n;

        if (!describe_disk(x, &disk))
            continue;
        for (; at && index[at - 1] > x->boot_index; at--) {
            disks->disk[at] = disks->disk[at - 1];
            index[at] = index[at - 1];
        }
        disks->disk[at] = disk;
        index[at] = x->boot_index;
        disks->n++;
    }
}
