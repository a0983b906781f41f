/* What the files about devices share; see devices.h. For machine/device*.c, netdevs.c, objects.c, boot-order.c and
 * hotplug.c alone. */
#ifndef MACHINE_DEVICES_INTERNAL_H
#define MACHINE_DEVICES_INTERNAL_H

#include "base/option-list.h"
#include "host/p9.h"
#include "host/tpm.h"
#include "machine/devices.h"

/* boot_index of a device that has none. */
#define NO_BOOT_INDEX UINT32_MAX

struct device {
    const struct device_type *type;
    char *id; /* NULL: none */
    void *self;
    const struct device *owner; /* of the bus that it is on; NULL: the machine's own */
    struct block *block;        /* its image; NULL: none */
    uint32_t block_size, boot_index;
    struct option_list list; /* whose strings the device may have kept */
    struct drive *drive;     /* what it took, NULL */
    struct netdev *netdev;
    struct device *next;
};

/* The back end of a network. */
struct netdev {
    struct net *net;
    bool taken;
    char nic[64]; /* of -nic: the device's type, "" else */
    char mac[32]; /* "": any */
    struct netdev *next;
};

/* What -object makes: sources of random numbers; threads, which devices here have anyway. */
struct object {
    char *id, *file; /* file NULL: the host kernel's numbers */
    bool is_rng;
    struct object *next;
};

/* A folder of the host for guests: what -fsdev and -virtfs say. */
struct fsdev {
    char *id, *path, *tag; /* tag NULL: of -fsdev, a -device names it; else of -virtfs */
    struct p9_options options;
    struct fsdev *next;
};

struct devices {
    struct parts *parts;
    struct chardevs *chardevs;
    struct memory_devices *memory;
    struct core_devices *cores;
    struct drives *drives;
    struct netdev *netdevs;
    struct object *objects;
    struct fsdev *fsdevs;
    struct tpmdev *tpmdevs;
    struct device *first, **last;
    unsigned n_macs, n_nics;
    struct device *making; /* the one whose properties are being set */
    struct control *control;
    struct loop *loop;
};

/* ---- device-types.c ---- */

const struct device_type *device_type_find(const char *name, struct error *err);
const char *device_bus_name(enum device_bus bus);

/* ---- device-properties.c ---- */

/* The options of a type from the properties of a list. */
bool device_fill(struct devices *d, const struct device_type *type, struct option_list *list,
                 uint8_t *options, struct error *err);
/* Decimal or 0x..., with or without k, M, G, T. */
bool device_parse_number(const char *value, uint64_t most, uint64_t *number);
/* False, and the error says so. */
bool device_bad_value(struct error *err, const char *name, const char *value, const char *hint);

/* ---- devices.c ---- */

/* As -device. */
bool device_create(struct devices *d, const char *argument, struct error *err);
/* What it took is free again. */
void device_give_back(struct device *x);
void device_free(struct device *x);
/* Modules of memory and cores are on no bus, and of no struct device_type: the guest's part in them is the
 * platform's. */
bool device_is_platforms(struct option_list *list);
bool device_plug_platforms(struct devices *d, struct option_list *list, bool running, struct error *err);

/* ---- netdevs.c ---- */

bool netdevs_add(struct devices *d, const char *argument, struct error *err);
/* A back end and its device in one: model= and mac= are the device's, the rest is the back end's. */
bool netdevs_add_nic(struct devices *d, const char *argument, struct error *err);
bool netdevs_take(struct devices *d, const char *id, struct net **net, struct error *err);
void netdevs_free(struct devices *d);

/* ---- objects.c ---- */

bool objects_find_rng(const struct devices *d, const char *id, const char **file,
                      struct error *err);
void objects_free(struct devices *d);

/* ---- fsdevs.c ---- */

/* As -fsdev, as -virtfs. */
bool fsdevs_add(struct devices *d, const char *argument, bool is_whole, struct error *err);
bool fsdevs_find(const struct devices *d, const char *id, const struct p9_options **options,
                 struct error *err);
void fsdevs_free(struct devices *d);

/* ---- tpmdevs.c ---- */

/* As -tpmdev. */
bool tpmdevs_add(struct devices *d, const char *argument, struct error *err);
bool tpmdevs_take(struct devices *d, const char *id, struct tpm **tpm, struct error *err);
void tpmdevs_free(struct devices *d);

#endif
