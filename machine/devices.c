/* The devices that a user adds; see devices.h.
 *
 * First the devices in the order in which they are named, then those that -drive and -nic imply. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/net.h"
#include "machine/boot.h"
#include "machine/devices-internal.h"

bool device_options_add(struct device_options *options, enum device_option_kind kind, const char *argument,
                        struct error *err)
{
    if (options->count == DEVICE_OPTIONS_MOST)
        return error_set(err, ERROR_USAGE, "more than %d devices, drives and networks", DEVICE_OPTIONS_MOST);
    options->items[options->count].kind = kind;
    options->items[options->count++].argument = argument;
    return true;
}

/* A device that offers this kind of bus: that named "ID" or "ID.0", else the first one. */
static struct device *find_bus_owner(struct devices *d, enum device_bus kind, const char *name)
{
    size_t n = name ? strlen(name) : 0;

    if (name && n > 2 && !strcmp(name + n - 2, ".0"))
        n -= 2;
    for (struct device *x = d->first; x; x = x->next)
        if (x->type->offers == kind && (!name || (x->id && strlen(x->id) == n && !strncmp(x->id, name, n))))
            return x;
    return NULL;
}

/* The bus that a device goes to. A first SCSI bus is made where one is needed by drives that -drive implies. */
static void *find_bus(struct devices *d, const struct device_type *type, const char *name, struct error *err)
{
    struct device *owner;

    if (type->bus == DEVICE_BUS_VIO)
        return d->parts->vio;
    if (type->bus == DEVICE_BUS_NONE)
        return d->parts->phbs; /* host bridges alone are on no bus */
    if (type->bus == DEVICE_BUS_PCI && (!name || !strcmp(name, "pci.0") || !strcmp(name, "pci")))
        return phb_at(d->parts->phbs, 0);
    owner = find_bus_owner(d, type->bus, name);
    if (owner)
        return owner->type->bus_of(owner->self);
    error_set(err, ERROR_USAGE, "%s: there is no %s bus%s%s", type->name, device_bus_name(type->bus), name ? " of " : "",
              name ? name : "");
    if (type->bus == DEVICE_BUS_SCSI)
        error_hint(err, "add -device spapr-vscsi,id=%.32s before it", name ? name : "scsi0");
    return NULL;
}

void device_give_back(struct device *x)
{
    if (x->drive)
        x->drive->taken = false;
    if (x->netdev)
        x->netdev->taken = false;
}

void device_free(struct device *x)
{
    options_free(&x->list);
    free(x->id);
    free(x);
}


static bool take_boot_index(struct device *x, struct error *err)
{
    const char *value = options_get(&x->list, "bootindex");
    uint64_t number = NO_BOOT_INDEX;

    if (value && strcmp(value, "-1") && !device_parse_number(value, NO_BOOT_INDEX - BOOT_ORDER_SIZE - 1, &number))
        return device_bad_value(err, "bootindex", value, "type a number, the lowest boots first");
    x->boot_index = (uint32_t)number;
    return true;
}

/* What firmware wants to know. */
static void note_image(struct devices *d, struct device *x, const char *bus, const uint8_t *options)
{
    for (size_t i = 0; i < x->type->n_properties; i++) {
        const struct device_property *p = &x->type->properties[i];

        if (p->type == PROPERTY_DRIVE)
            memcpy(&x->block, options + p->offset, sizeof x->block);
        if (p->type == PROPERTY_U32 && !strcmp(p->name, "logical_block_size"))
            memcpy(&x->block_size, options + p->offset, sizeof x->block_size);
    }
    if (x->type->bus == DEVICE_BUS_SCSI)
        x->owner = find_bus_owner(d, DEVICE_BUS_SCSI, bus);
}

/* Among all devices. */
static bool is_taken(const struct devices *d, const char *id, struct error *err)
{
    bool taken = memory_devices_has(d->memory, id) || core_devices_has(d->cores, id);

    for (const struct device *other = d->first; other; other = other->next)
        taken |= other->id && !strcmp(other->id, id);
    if (taken)
        error_set(err, ERROR_USAGE, "there are two devices '%s'", id);
    return taken;
}

bool device_plug_platforms(struct devices *d, struct option_list *list, bool running, struct error *err)
{
    const char *id = options_get(list, "id");

    if (id && is_taken(d, id, err))
        return false;
    return core_devices_is_driver(options_get(list, "driver")) ? core_devices_plug(d->cores, list, running, err)
                                                               : memory_devices_plug(d->memory, list, running, err);
}

bool device_is_platforms(struct option_list *list)
{
    const char *driver = options_get(list, "driver");

    return driver && (memory_devices_is_driver(driver) || core_devices_is_driver(driver));
}

static bool create_from(struct devices *d, struct device *x, struct error *err)
{
    const char *name = options_need(&x->list, "driver", err), *id = options_get(&x->list, "id");
    const char *bus = options_get(&x->list, "bus");
    struct device_place place = { .platform = d->parts->platform };
    uint8_t *options;
    bool ok;

    if (!take_boot_index(x, err))
        return false;
    if (!name || !(x->type = device_type_find(name, err)))
        return false;
    if (id && is_taken(d, id, err))
        return false;
    x->id = id ? strdup(id) : NULL;
    place.id = x->id;
    place.bus = find_bus(d, x->type, bus, err);
    if (!place.bus)
        return false;
    options = calloc(1, x->type->options_size + 1);
    d->making = x;
    ok = options ? device_fill(d, x->type, &x->list, options, err) : error_set(err, ERROR_RESOURCE, "out of memory");
    d->making = NULL;
    if (ok)
        x->self = x->type->create(&place, options, err);
    if (ok)
        note_image(d, x, bus, options);
    free(options);
    return x->self;
}

bool device_create(struct devices *d, const char *argument, struct error *err)
{
    struct device *x = calloc(1, sizeof *x);

    if (!x)
        return error_set(err, ERROR_RESOURCE, "out of memory");
    if (!options_split(&x->list, argument, "driver", err)) {
        device_free(x);
        return false;
    }
    if (device_is_platforms(&x->list)) {
        bool ok = device_plug_platforms(d, &x->list, false, err);

        device_free(x);
        return ok;
    }
    if (!create_from(d, x, err)) {
        device_give_back(x);
        device_free(x);
        return false;
    }
    *d->last = x;
    d->last = &x->next;
    return true;
}

static bool open_backend(struct devices *d, enum device_option_kind kind, const char *argument, bool snapshot,
                         struct error *err)
{
    struct drive *drive;

    switch (kind) {
    case OPTION_DRIVE:
        drive = drives_add_drive(d->drives, argument, snapshot, err);
        return drive && drive_open(drive, err);
    case OPTION_BLOCKDEV:
        return drives_add_blockdev(d->drives, argument, snapshot, err);
    case OPTION_DISK:
    case OPTION_CDROM:
        drive = drives_add_file(d->drives, argument, kind == OPTION_CDROM, snapshot, err);
        return drive && drive_open(drive, err);
    case OPTION_NETDEV:
        return netdevs_add(d, argument, err);
    case OPTION_NIC:
        return netdevs_add_nic(d, argument, err);
    case OPTION_OBJECT:
        return devices_add_object(d, argument, err);
    case OPTION_FSDEV:
    case OPTION_VIRTFS:
        return fsdevs_add(d, argument, kind == OPTION_VIRTFS, err);
    case OPTION_TPMDEV:
        return tpmdevs_add(d, argument, err);
    case OPTION_CHARDEV: /* they are there already */
    case OPTION_DEVICE:
        return true;
    }
    return true;
}

static const char *const option_names[] = {
    [OPTION_DEVICE] = "-device", [OPTION_DRIVE] = "-drive",     [OPTION_BLOCKDEV] = "-blockdev",
    [OPTION_NETDEV] = "-netdev", [OPTION_NIC] = "-nic",         [OPTION_CHARDEV] = "-chardev",
    [OPTION_DISK] = "-hda",      [OPTION_CDROM] = "-cdrom",
    [OPTION_OBJECT] = "-object", [OPTION_FSDEV] = "-fsdev",     [OPTION_VIRTFS] = "-virtfs",
    [OPTION_TPMDEV] = "-tpmdev",
};

/* The device of a -drive that says which bus it is for. */
static bool create_implied_disk(struct devices *d, struct drive *drive, struct error *err)
{
    char argument[256];

    if (drive->interface == DRIVE_IF_SCSI && !find_bus_owner(d, DEVICE_BUS_SCSI, NULL) &&
        !device_create(d, "spapr-vscsi", err))
        return false;
    snprintf(argument, sizeof argument, "%s,drive=%s%s%s",
             drive->interface == DRIVE_IF_VIRTIO ? "virtio-blk-pci" : drive->is_cd ? "scsi-cd" : "scsi-hd", drive->id,
             drive->serial ? ",serial=" : "", drive->serial ? drive->serial : "");
    return device_create(d, argument, err);
}

static bool create_implied(struct devices *d, struct error *err)
{
    char argument[256];

    for (struct drive *drive = drives_first(d->drives); drive; drive = drive->next)
        if (drive->interface != DRIVE_IF_NONE && !drive->taken && !create_implied_disk(d, drive, err)) {
            error_context(err, "-drive %s", drive->id);
            return false;
        }
    for (struct fsdev *x = d->fsdevs; x; x = x->next) {
        snprintf(argument, sizeof argument, "virtio-9p-pci,fsdev=%s,mount_tag=%s", x->id, x->tag ? x->tag : "");
        if (x->tag && !device_create(d, argument, err)) {
            error_context(err, "-virtfs");
            return false;
        }
    }
    for (struct netdev *n = d->netdevs; n; n = n->next) {
        if (!n->nic[0])
            continue;
        snprintf(argument, sizeof argument, "%s,netdev=%s%s%s", n->nic, net_id(n->net), n->mac[0] ? ",mac=" : "",
                 n->mac);
        if (!device_create(d, argument, err)) {
            error_context(err, "-nic");
            return false;
        }
    }
    return true;
}

static bool make_all(struct devices *d, const struct device_options *options, struct error *err)
{
    for (unsigned i = 0; i < options->count; i++)
        if (!open_backend(d, options->items[i].kind, options->items[i].argument, options->snapshot, err)) {
            error_context(err, "%s %s", option_names[options->items[i].kind], options->items[i].argument);
            return false;
        }
    for (unsigned i = 0; i < options->count; i++)
        if (options->items[i].kind == OPTION_DEVICE && !device_create(d, options->items[i].argument, err)) {
            error_context(err, "-device %s", options->items[i].argument);
            return false;
        }
    return create_implied(d, err);
}

struct devices *devices_new(struct parts *parts, struct chardevs *chardevs, struct memory_devices *memory,
                            struct core_devices *cores, const struct device_options *options, struct error *err)
{
    struct devices *d = calloc(1, sizeof *d);

    if (!d) {
        error_set(err, ERROR_RESOURCE, "out of memory");
        return NULL;
    }
    d->parts = parts;
    d->chardevs = chardevs;
    d->memory = memory;
    d->cores = cores;
    d->last = &d->first;
    d->drives = drives_new(err);
    if (d->drives && make_all(d, options, err))
        return d;
    devices_free(d);
    return NULL;
}

bool devices_add_backend(struct devices *d, enum device_option_kind kind, const char *argument, struct error *err)
{
    return open_backend(d, kind, argument, false, err);
}

const char *devices_id_of(const struct devices *d, const void *self)
{
    for (const struct device *x = d->first; x; x = x->next)
        if (x->self == self)
            return x->id;
    return NULL;
}

bool devices_resize_drive(struct devices *d, const char *id, uint64_t size, struct error *err)
{
    struct drive *drive = drives_find(d->drives, id, err);

    if (!drive || !drive_open(drive, err))
        return false;
    if (!drive->block)
        return error_set(err, ERROR_UNSUPPORTED, "there is no image in '%s'", id);
    if (!block_resize(drive->block, size, err))
        return false;
    for (const struct device *x = d->first; x; x = x->next)
        if (x->drive == drive && x->type->resized)
            x->type->resized(x->self);
    return true;
}

struct memory_devices *devices_memory(struct devices *d)
{
    return d->memory;
}

struct core_devices *devices_cores(struct devices *d)
{
    return d->cores;
}

struct drives *devices_drives(struct devices *d)
{
    return d->drives;
}

void devices_free(struct devices *d)
{
    if (!d)
        return;
    phbs_stop(d->parts->phbs);
    /* What comes from outside stops before the devices go, the images are closed after them. Those that were made
     * last may hang on those made before. */
    netdevs_free(d);
    if (d->drives)
        drives_drain(d->drives);
    while (d->first) {
        struct device **at = &d->first, *x;

        while ((*at)->next)
            at = &(*at)->next;
        x = *at;
        *at = NULL;
        if (x->type->destroy)
            x->type->destroy(x->self);
        device_free(x);
    }
    objects_free(d);
    fsdevs_free(d);
    tpmdevs_free(d);
    drives_free(d->drives);
    free(d);
}
