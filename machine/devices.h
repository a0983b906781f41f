/* The devices that a user adds, and the host's things behind them: -device, -drive, -blockdev, -netdev, -nic,
 * -chardev. */
#ifndef MACHINE_DEVICES_H
#define MACHINE_DEVICES_H

#include <stdio.h>

#include "base/device-type.h"
#include "firmware/disks.h"
#include "machine/chardevs.h"
#include "machine/core-devices.h"
#include "machine/drives.h"
#include "machine/memory-devices.h"
#include "machine/tables.h"

enum device_option_kind {
    OPTION_DEVICE,
    OPTION_DRIVE,
    OPTION_BLOCKDEV,
    OPTION_NETDEV,
    OPTION_NIC,
    OPTION_CHARDEV,
    OPTION_FSDEV,
    OPTION_VIRTFS,
    OPTION_TPMDEV,
    OPTION_OBJECT, /* before those that name it */
    OPTION_DISK,  /* -hda and its kin: a file's name */
    OPTION_CDROM, /* -cdrom */
};

enum { DEVICE_OPTIONS_MOST = 128 };

/* In the order of the command line. */
struct device_options {
    struct {
        enum device_option_kind kind;
        const char *argument;
    } items[DEVICE_OPTIONS_MOST];
    unsigned count;
    bool snapshot; /* -snapshot: of all drives */
};

/* False if there are too many. */
bool device_options_add(struct device_options *options, enum device_option_kind kind, const char *argument,
                        struct error *err);

struct devices;

/* Opens and makes all of it but the character devices. parts and chardevs outlive it. */
struct devices *devices_new(struct parts *parts, struct chardevs *chardevs, struct memory_devices *memory,
                            struct core_devices *cores, const struct device_options *options, struct error *err);
/* The guest has stopped for good; without the machine's lock. */
void devices_free(struct devices *devices);

/* The disks that can boot: by bootindex, and those without one behind, by the letters of -boot and in the order in which
 * they were made. */
void devices_boot_order(const struct devices *devices, const char *order, struct firmware_disks *disks);
/* The nodes of all devices with a bootindex, apart by blanks: what a firmware of the guest's own tries. As many as fit. */
void devices_boot_list(const struct devices *devices, char *list, size_t size);

/* While the machine lives, on the event loop's thread without the machine's lock: as -device and -object, and asking
 * for them back. */
void devices_go_live(struct devices *d, struct control *control, struct loop *loop); /* from when on */
bool devices_add_backend(struct devices *d, enum device_option_kind kind, const char *argument, struct error *err);
bool devices_del_netdev(struct devices *d, const char *id, struct error *err);
bool devices_plug(struct devices *d, const char *argument, struct error *err);
bool devices_unplug(struct devices *d, const char *id, struct error *err);
bool devices_add_object(struct devices *d, const char *argument, struct error *err);
bool devices_del_object(struct devices *d, const char *id, struct error *err);
/* The name that the user gave to what a device's create() made; NULL: none, or no such device. */
const char *devices_id_of(const struct devices *d, const void *self);
/* Changes the size of a drive's image, and tells the device that has it. */
bool devices_resize_drive(struct devices *d, const char *id, uint64_t size, struct error *err);
struct memory_devices *devices_memory(struct devices *d);
struct core_devices *devices_cores(struct devices *d);
struct drives *devices_drives(struct devices *d);

/* For -device help and -device NAME,help. False if there is no such type. */
void devices_print_types(FILE *out);
bool devices_print_properties(FILE *out, const char *type, struct error *err);

#endif
