/* Images by name: what -drive, -blockdev, -hda and -cdrom say. */
#ifndef MACHINE_DRIVES_H
#define MACHINE_DRIVES_H

#include "base/option-list.h"
#include "host/block.h"

enum drive_interface { DRIVE_IF_NONE, DRIVE_IF_SCSI, DRIVE_IF_VIRTIO };

struct drive {
    char *id;
    char *file, *format, *serial;
    struct block_options options; /* file and format are those above */
    enum drive_interface interface;
    bool is_cd;
    bool is_protocol; /* a -blockdev that others may name as their file */
    bool is_node;     /* of -blockdev: its name is that of a node */
    struct block *block; /* NULL: not opened, or an empty CD drive */
    bool taken;          /* by a device, or by a node whose file it is */
    struct drive *base;  /* the node that is this one's file, NULL */
    struct drive *next;
};

struct drives; /* all of a machine */

struct drives *drives_new(struct error *err);
/* Closes the images, whose devices are gone. */
void drives_free(struct drives *drives);

/* Each adds a drive and returns it; it belongs to the list. NULL with the reason. */
struct drive *drives_add_drive(struct drives *drives, const char *argument, bool snapshot, struct error *err);
struct drive *drives_add_blockdev(struct drives *drives, const char *argument, bool snapshot, struct error *err);
struct drive *drives_add_file(struct drives *drives, const char *file, bool is_cd, bool snapshot, struct error *err);

/* Closes the image of a drive that nobody has taken. False if there is none, or it is in use. */
bool drives_remove(struct drives *drives, const char *id, struct error *err);
struct drive *drives_first(struct drives *drives);
struct drive *drives_find(struct drives *drives, const char *id, struct error *err);
/* Opens it, unless it is open or has no image. */
bool drive_open(struct drive *drive, struct error *err);
/* Waits for what is under way, in all. */
void drives_drain(struct drives *drives);

#endif
