/* The disks that the firmware reads; see disks.h. */
#include "firmware/disks.h"

#include <libfdt.h>
#include <stdio.h>
#include <string.h>

bool disk_read(const struct firmware_disk *d, uint64_t offset, void *to, size_t size)
{
    uint64_t end = d->block ? block_size(d->block) : 0;

    return offset <= end && size <= end - offset && !block_read(d->block, offset, to, size);
}

bool disk_write(const struct firmware_disk *d, uint64_t offset, const void *from, size_t size)
{
    uint64_t end = d->block ? block_size(d->block) : 0;

    return offset <= end && size <= end - offset && !block_is_read_only(d->block) &&
           !block_write(d->block, offset, from, size) && !block_flush(d->block);
}

uint64_t disk_blocks(const struct firmware_disk *d)
{
    return d->block ? block_size(d->block) / d->block_size : 0;
}

struct firmware_disk *disks_find(struct firmware_disks *disks, const char *path)
{
    for (unsigned i = 0; i < disks->n; i++)
        if (disks->disk[i].block && !strcmp(disks->disk[i].path, path))
            return &disks->disk[i];
    return NULL;
}

/* The adapter's node is the platform's; the unit's is ours. */
static void write_unit(const struct firmware_disk *d, struct tree *tree)
{
    const uint32_t reg[2] = { (uint32_t)(d->lun >> 32), (uint32_t)d->lun };
    char parent[DISK_PATH_SIZE];

    snprintf(parent, sizeof parent, "%s", d->path);
    *strrchr(parent, '/') = '\0';
    if (fdt_path_offset(tree_fdt(tree), parent) < 0)
        return;
    tree_u32(tree, parent, "#address-cells", 2);
    tree_u32(tree, parent, "#size-cells", 0);
    tree_node(tree, "%s", d->path);
    tree_cells(tree, d->path, "reg", reg, 2);
}

void disks_write_tree(const struct firmware_disks *disks, struct tree *tree)
{
    /* The last one first: a node is put before those that are there. */
    for (unsigned i = disks->n; i-- > 0;) {
        const struct firmware_disk *d = &disks->disk[i];

        if (!d->block)
            continue;
        if (d->lun)
            write_unit(d, tree);
        if (fdt_path_offset(tree_fdt(tree), d->path) < 0)
            continue;
        tree_string(tree, d->path, "device_type", "block");
    }
}
