/* The disks that can boot, as firmware wants to know them; see devices.h. */
#include <stdio.h>
#include <string.h>

#include "machine/boot.h"
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

/* Before all that have no boot index: it is less than NO_BOOT_INDEX less the ranks. */
static uint32_t boot_place(const struct device *x, const struct firmware_disk *disk, const char *order)
{
    return x->boot_index != NO_BOOT_INDEX ? x->boot_index
                                          : NO_BOOT_INDEX - BOOT_ORDER_SIZE + boot_rank(order, disk->is_cd ? 'd' : 'c');
}

void devices_boot_order(const struct devices *d, const char *order, struct firmware_disks *disks)
{
    uint32_t place[DISKS_MOST];

    disks->n = 0;
    for (const struct device *x = d->first; x && disks->n < DISKS_MOST; x = x->next) {
        struct firmware_disk disk;
        unsigned at = disks->n;
        uint32_t is;

        if (!describe_disk(x, &disk))
            continue;
        is = boot_place(x, &disk, order);
        for (; at && place[at - 1] > is; at--) {
            disks->disk[at] = disks->disk[at - 1];
            place[at] = place[at - 1];
        }
        disks->disk[at] = disk;
        place[at] = is;
        disks->n++;
    }
}

static bool path_to_boot(const struct device *x, char *path, size_t size)
{
    struct firmware_disk disk;

    if (describe_disk(x, &disk)) {
        snprintf(path, size, "%s", disk.path);
        return true;
    }
    if (!x->type->path_of)
        return false;
    x->type->path_of(x->self, path, size);
    return true;
}

void devices_boot_list(const struct devices *d, char *list, size_t size)
{
    char path[DISK_PATH_SIZE];
    size_t used = 0;

    list[0] = '\0';
    for (uint64_t from = 0; from < NO_BOOT_INDEX;) {
        const struct device *next = NULL;

        for (const struct device *x = d->first; x; x = x->next)
            if (x->boot_index >= from && x->boot_index != NO_BOOT_INDEX && (!next || x->boot_index < next->boot_index))
                next = x;
        if (!next)
            return;
        from = (uint64_t)next->boot_index + 1;
        if (path_to_boot(next, path, sizeof path) && used + strlen(path) + 2 <= size)
            used += (size_t)snprintf(list + used, size - used, "%s%s", used ? " " : "", path);
    }
}
