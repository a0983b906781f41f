/* The disks that the firmware reads by itself, without a driver: the images behind the machine's disks, and where
 * those are in the device tree. */
#ifndef FIRMWARE_DISKS_H
#define FIRMWARE_DISKS_H

#include "host/block.h"
#include "papr/tree.h"

enum { DISKS_MOST = 32, DISK_PATH_SIZE = 128, DISK_MOST_TRANSFER = 1 << 20 };

struct firmware_disk {
    char path[DISK_PATH_SIZE]; /* its node, which need not be in the platform's tree yet */
    struct block *block;       /* NULL: it has been taken out */
    unsigned block_size;       /* 512 to 4096, a power of two */
    bool is_cd;
    uint64_t lun;              /* of a unit behind an adapter: the number in its node's name; 0: no such unit */
    unsigned busy;             /* transfers under way without the machine's lock */
};

/* In the order in which they are tried. */
struct firmware_disks {
    struct firmware_disk disk[DISKS_MOST];
    unsigned n;
};

/* Reads bytes, also those of a part of a block. False beyond the end, or when the host can't. */
bool disk_read(const struct firmware_disk *d, uint64_t offset, void *to, size_t size);
/* On stable storage when it returns. */
bool disk_write(const struct firmware_disk *d, uint64_t offset, const void *from, size_t size);
uint64_t disk_blocks(const struct firmware_disk *d);

/* Makes the nodes of units behind adapters, and says of all that they are disks. */
void disks_write_tree(const struct firmware_disks *disks, struct tree *tree);

/* The disk of that node; NULL. */
struct firmware_disk *disks_find(struct firmware_disks *disks, const char *path);

#endif
