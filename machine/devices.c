/* The devices that a user adds; see devices.h.
 *
 * First what is behind them (images, networks), then the devices in the order in which they are named, then those that
 * -drive and -nic imply. */
#include "machine/devices.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/names.h"
#include "base/option-list.h"
#include "host/net.h"
#include "machine/boot.h"
#include "machine/drives.h"
#include "papr/random.h"
#include "scsi/types.h"
#include "vio/llan.h"
#include "vio/vscsi.h"
#include "vio/vty.h"
#include "virtio/types.h"

/* All types, a line each. */
static const struct device_type *const types[] = {
    &vscsi_type,
    &llan_type,
    &vty_type,
    &scsi_hd_type,
    &scsi_cd_type,
    &phb_type,
    &random_type,
    &virtio_blk_type,
    &virtio_net_type,
    &virtio_rng_type,
    &virtio_scsi_type,
    &virtio_balloon_type,
};

enum { TYPES = ARRAY_SIZE(types), MAC_SIZE = 6 };

static const char *const bus_names[DEVICE_BUSES] = { "-", "VIO", "SCSI", "PCI" };

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

struct devices {
    struct parts *parts;
    struct chardevs *chardevs;
    struct memory_devices *memory;
    struct core_devices *cores;
    struct drives *drives;
    struct netdev *netdevs;
    struct object *objects;
    struct device *first, **last;
    unsigned n_macs, n_nics;
    struct device *making; /* the one whose properties are being set */
    struct control *control;
    struct loop *loop;
};

bool device_options_add(struct device_options *options, enum device_option_kind kind, const char *argument,
                        struct error *err)
{
    if (options->count == DEVICE_OPTIONS_MOST)
        return error_set(err, ERROR_USAGE, "more than %d devices, drives and networks", DEVICE_OPTIONS_MOST);
    options->items[options->count].kind = kind;
    options->items[options->count++].argument = argument;
    return true;
}

static const struct device_type *find_type(const char *name, struct error *err)
{
    const char *valid[TYPES + 1] = { NULL };

    for (size_t i = 0; i < TYPES; i++) {
        if (!strcmp(types[i]->name, name))
            return types[i];
        valid[i] = types[i]->name;
    }
    error_set(err, ERROR_USAGE, "there is no device '%s'", name);
    names_hint(err, name, valid);
    return NULL;
}

/* ---- help ---- */

void devices_print_types(FILE *out)
{
    for (size_t i = 0; i < TYPES; i++)
        fprintf(out, "  %-24s %s (bus %s)\n", types[i]->name, types[i]->text, bus_names[types[i]->bus]);
}

bool devices_print_properties(FILE *out, const char *name, struct error *err)
{
    const struct device_type *type = find_type(name, err);

    if (!type)
        return false;
    fprintf(out, "%s: %s\n  id=NAME, bus=BUS, bootindex=N, and:\n", type->name, type->text);
    for (size_t i = 0; i < type->n_properties; i++) {
        const struct device_property *p = &type->properties[i];

        fprintf(out, "  %-20s %s", p->name, p->text);
        for (unsigned n = 0; p->choices && p->choices[n]; n++)
            fprintf(out, "%s%s", n ? "|" : ": ", p->choices[n]);
        fprintf(out, p->usual ? " (%s)\n" : "\n", p->usual);
    }
    return true;
}

/* ---- properties ---- */

static bool bad_value(struct error *err, const char *name, const char *value, const char *hint)
{
    error_set(err, ERROR_USAGE, "%s: bad value '%s'", name, value);
    error_hint(err, "%s", hint);
    return false;
}

static bool parse_mac(const char *text, uint8_t *mac)
{
    for (unsigned i = 0; i < MAC_SIZE; i++) {
        char *end;
        unsigned long byte = strtoul(text, &end, 16);

        if (!isxdigit((unsigned char)text[0]) || byte > 0xff || end - text > 2 ||
            *end != (i < MAC_SIZE - 1 ? ':' : 0))
            return false;
        mac[i] = (uint8_t)byte;
        text = end + 1;
    }
    return !(mac[0] & 1);
}

static void next_mac(struct devices *d, uint8_t *mac)
{
    static const uint8_t first[MAC_SIZE] = { 0x52, 0x54, 0x00, 0x12, 0x34, 0x56 };

    memcpy(mac, first, MAC_SIZE);
    mac[MAC_SIZE - 1] = (uint8_t)(mac[MAC_SIZE - 1] + d->n_macs++);
}

static bool parse_number(const char *value, uint64_t most, uint64_t *number)
{
    static const char suffixes[] = "kmgt";
    char *end;
    unsigned long long n = strtoull(value, &end, 0);
    const char *suffix = *end ? strchr(suffixes, tolower((unsigned char)*end)) : NULL;
    unsigned shift = suffix ? 10 * (unsigned)(suffix - suffixes + 1) : 0;

    if (!isdigit((unsigned char)value[0]) || (*end && (!suffix || end[1])) || n > most >> shift)
        return false;
    *number = n << shift;
    return true;
}

/* SLOT or SLOT.FUNCTION, in hexadecimal. */
static bool parse_pci_address(const char *value, int32_t *address)
{
    char *end;
    unsigned long slot = strtoul(value, &end, 16), function = 0;

    if (*end == '.')
        function = strtoul(end + 1, &end, 16);
    *address = (int32_t)(slot << 3 | function);
    return isxdigit((unsigned char)value[0]) && !*end && slot < 32 && function < 8;
}

static bool take_drive(struct devices *d, const char *id, struct block **block, struct error *err)
{
    struct drive *drive = drives_find(d->drives, id, err);

    if (!drive)
        return false;
    if (drive->taken) {
        error_set(err, ERROR_USAGE, "the drive '%s' belongs to another device", id);
        error_hint(err, "name each drive once; -drive with if=none is for -device");
        return false;
    }
    if (!drive_open(drive, err))
        return false;
    drive->taken = true;
    if (d->making)
        d->making->drive = drive;
    *block = drive->block;
    return true;
}

static bool take_netdev(struct devices *d, const char *id, struct net **net, struct error *err)
{
    for (struct netdev *n = d->netdevs; n; n = n->next) {
        if (strcmp(net_id(n->net), id))
            continue;
        if (n->taken)
            return error_set(err, ERROR_USAGE, "the network '%s' belongs to another device", id);
        n->taken = true;
        if (d->making)
            d->making->netdev = n;
        *net = n->net;
        return true;
    }
    error_set(err, ERROR_USAGE, "there is no network '%s'", id);
    error_hint(err, "add -netdev user,id=%s", id);
    return false;
}

static bool find_rng(const struct devices *d, const char *id, const char **file, struct error *err)
{
    for (const struct object *o = d->objects; o; o = o->next)
        if (o->is_rng && !strcmp(o->id, id)) {
            *file = o->file;
            return true;
        }
    error_set(err, ERROR_USAGE, "there is no source of random numbers '%s'", id);
    error_hint(err, "add -object rng-random,id=%s", id);
    return false;
}

static bool take_chardev(struct devices *d, const char *id, struct chardev **chardev, struct error *err)
{
    return (*chardev = chardevs_take(d->chardevs, id, err));
}

static bool set_choice(const struct device_property *p, const char *value, unsigned *to, struct error *err)
{
    for (unsigned i = 0; p->choices[i]; i++)
        if (!strcmp(p->choices[i], value)) {
            *to = i;
            return true;
        }
    error_set(err, ERROR_USAGE, "%s: bad value '%s'", p->name, value);
    names_hint(err, value, p->choices);
    return false;
}

static bool set_bool(const char *name, const char *value, bool *to, struct error *err)
{
    struct option_list list = { .options = { { name, value, false } }, .count = 1 };

    return options_bool(&list, name, to, err);
}

static bool set_property(struct devices *d, const struct device_property *p, const char *value, uint8_t *options,
                         struct error *err)
{
    void *to = options + p->offset;
    uint64_t number;

    switch (p->type) {
    case PROPERTY_BOOL:
        return set_bool(p->name, value, to, err);
    case PROPERTY_U32:
        if (!parse_number(value, UINT32_MAX, &number))
            return bad_value(err, p->name, value, "type a number");
        memcpy(to, &(uint32_t){ (uint32_t)number }, sizeof(uint32_t));
        return true;
    case PROPERTY_U64:
        if (!parse_number(value, UINT64_MAX, &number))
            return bad_value(err, p->name, value, "type a number");
        memcpy(to, &number, sizeof number);
        return true;
    case PROPERTY_STRING:
        memcpy(to, &value, sizeof value);
        return true;
    case PROPERTY_CHOICE:
        return set_choice(p, value, to, err);
    case PROPERTY_MAC:
        return parse_mac(value, to) || bad_value(err, p->name, value, "type six bytes, as in 52:54:00:12:34:56");
    case PROPERTY_DRIVE:
        return take_drive(d, value, to, err);
    case PROPERTY_NETDEV:
        return take_netdev(d, value, to, err);
    case PROPERTY_CHARDEV:
        return take_chardev(d, value, to, err);
    case PROPERTY_RNG:
        return find_rng(d, value, to, err);
    case PROPERTY_PCI_ADDRESS:
        return parse_pci_address(value, to) || bad_value(err, p->name, value, "type SLOT or SLOT.FUNCTION, as in 3.0");
    case PROPERTY_IGNORED:
        return true;
    }
    return true;
}

/* Without a value. */
static bool set_usual(struct devices *d, const struct device_property *p, uint8_t *options, struct error *err)
{
    if (p->required) {
        error_set(err, ERROR_USAGE, "%s= is missing", p->name);
        error_hint(err, "add %s=..., %s", p->name, p->text);
        return false;
    }
    if (p->type == PROPERTY_MAC)
        next_mac(d, options + p->offset);
    if (p->type == PROPERTY_PCI_ADDRESS)
        memcpy(options + p->offset, &(int32_t){ -1 }, sizeof(int32_t));
    return !p->usual || set_property(d, p, p->usual, options, err);
}

static bool unknown_property(const struct device_type *type, const struct option_list *list, struct error *err)
{
    const char **valid = calloc(type->n_properties + 1, sizeof *valid);
    bool ok;

    for (size_t i = 0; valid && i < type->n_properties; i++)
        valid[i] = type->properties[i].name;
    ok = options_all_used(list, valid ? valid : (const char *const[]){ NULL }, err);
    free(valid);
    return ok;
}

static bool fill(struct devices *d, const struct device_type *type, struct option_list *list, uint8_t *options,
                 struct error *err)
{
    /* Unknown names first: a drive is not to be opened for a device that will not be. */
    for (size_t i = 0; i < type->n_properties; i++)
        options_get(list, type->properties[i].name);
    if (!unknown_property(type, list, err))
        return false;
    for (size_t i = 0; i < type->n_properties; i++) {
        const struct device_property *p = &type->properties[i];
        const char *value = options_get(list, p->name);
        /* Two names may stand for the same place: one that is not given leaves it alone. */
        bool ok = value ? set_property(d, p, value, options, err) : set_usual(d, p, options, err);

        if (!ok)
            return false;
    }
    return true;
}

/* ---- devices ---- */

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

static bool create(struct devices *d, const char *argument, struct error *err);

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
    error_set(err, ERROR_USAGE, "%s: there is no %s bus%s%s", type->name, bus_names[type->bus], name ? " of " : "",
              name ? name : "");
    if (type->bus == DEVICE_BUS_SCSI)
        error_hint(err, "add -device spapr-vscsi,id=%.32s before it", name ? name : "scsi0");
    return NULL;
}

/* What it took is free again. */
static void give_back(struct device *x)
{
    if (x->drive)
        x->drive->taken = false;
    if (x->netdev)
        x->netdev->taken = false;
}

static void free_device(struct device *x)
{
    options_free(&x->list);
    free(x->id);
    free(x);
}

#define NO_BOOT_INDEX UINT32_MAX

static bool take_boot_index(struct device *x, struct error *err)
{
    const char *value = options_get(&x->list, "bootindex");
    uint64_t number = NO_BOOT_INDEX;

    if (value && strcmp(value, "-1") && !parse_number(value, NO_BOOT_INDEX - BOOT_ORDER_SIZE - 1, &number))
        return bad_value(err, "bootindex", value, "type a number, the lowest boots first");
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

/* Modules of memory and cores are on no bus, and of no struct device_type: the guest's part in them is the
 * platform's. */
static bool is_platforms(struct option_list *list)
{
    const char *driver = options_get(list, "driver");

    return driver && (!strcmp(driver, "pc-dimm") || core_devices_is_driver(driver));
}

static bool plug_platforms(struct devices *d, struct option_list *list, bool running, struct error *err)
{
    const char *id = options_get(list, "id");

    if (id && is_taken(d, id, err))
        return false;
    return core_devices_is_driver(options_get(list, "driver")) ? core_devices_plug(d->cores, list, running, err)
                                                               : memory_devices_plug(d->memory, list, running, err);
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
    if (!name || !(x->type = find_type(name, err)))
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
    ok = options ? fill(d, x->type, &x->list, options, err) : error_set(err, ERROR_RESOURCE, "out of memory");
    d->making = NULL;
    if (ok)
        x->self = x->type->create(&place, options, err);
    if (ok)
        note_image(d, x, bus, options);
    free(options);
    return x->self;
}

static bool create(struct devices *d, const char *argument, struct error *err)
{
    struct device *x = calloc(1, sizeof *x);

    if (!x)
        return error_set(err, ERROR_RESOURCE, "out of memory");
    if (!options_split(&x->list, argument, "driver", err)) {
        free_device(x);
        return false;
    }
    if (is_platforms(&x->list)) {
        bool ok = plug_platforms(d, &x->list, false, err);

        free_device(x);
        return ok;
    }
    if (!create_from(d, x, err)) {
        give_back(x);
        free_device(x);
        return false;
    }
    *d->last = x;
    d->last = &x->next;
    return true;
}

/* ---- networks ---- */

static bool add_netdev(struct devices *d, const char *argument, struct error *err)
{
    struct netdev *n = calloc(1, sizeof *n), **at = &d->netdevs;

    if (!n || !(n->net = net_open(argument, err))) {
        free(n);
        return false;
    }
    for (; *at; at = &(*at)->next)
        if (net_id(n->net)[0] && !strcmp(net_id((*at)->net), net_id(n->net))) {
            error_set(err, ERROR_USAGE, "there are two networks '%s'", net_id(n->net));
            net_close(n->net);
            free(n);
            return false;
        }
    *at = n;
    return true;
}

/* A back end and its device in one: model= and mac= are the device's, the rest is the back end's. */
static bool add_nic(struct devices *d, const char *argument, struct error *err)
{
    struct option_list list = { 0 };
    char text[1024] = "", id[32];
    const char *model, *mac, *name;
    struct netdev *n;
    size_t at = 0;

    if (!strcmp(argument, "none"))
        return true;
    if (!options_split(&list, argument, "type", err))
        return false;
    model = options_get(&list, "model");
    mac = options_get(&list, "mac");
    name = options_get(&list, "id");
    snprintf(id, sizeof id, "#nic%u", d->n_nics);
    for (unsigned i = 0; i < list.count && at < sizeof text; i++)
        if (!list.options[i].used)
            at += (size_t)snprintf(text + at, sizeof text - at, "%s=%s,", list.options[i].name,
                                   list.options[i].value ? list.options[i].value : "on");
    if (at < sizeof text)
        at += (size_t)snprintf(text + at, sizeof text - at, "id=%s", name ? name : id);
    if (at >= sizeof text || !add_netdev(d, text, err)) {
        options_free(&list);
        return false;
    }
    for (n = d->netdevs; n->next; n = n->next)
        ;
    snprintf(n->nic, sizeof n->nic, "%s",
             !model || !strcmp(model, "ibmveth") ? "spapr-vlan" : !strcmp(model, "virtio") ? "virtio-net-pci" : model);
    snprintf(n->mac, sizeof n->mac, "%s", mac ? mac : "");
    d->n_nics += !name;
    options_free(&list);
    return true;
}

/* ---- objects ---- */

static bool take_object(struct object *o, struct option_list *list, struct error *err)
{
    static const char *const kinds[] = { "rng-random", "rng-builtin", "iothread", "memory-backend-ram", NULL };
    static const char *const valid[] = { "id", "filename", NULL };
    const char *kind = options_need(list, "qom-type", err), *id = options_need(list, "id", err);
    const char *file = NULL;

    if (!kind || !id)
        return false;
    if (strcmp(kind, kinds[0]) && strcmp(kind, kinds[1]) && strcmp(kind, kinds[2])) {
        error_set(err, ERROR_USAGE, "there is no object '%s'", kind);
        names_hint(err, kind, kinds);
        return false;
    }
    if (!strcmp(kind, "rng-random"))
        file = options_get(list, "filename");
    o->is_rng = strcmp(kind, "iothread");
    o->id = strdup(id);
    o->file = file ? strdup(file) : NULL;
    return options_all_used(list, valid, err) &&
           ((o->id && !file == !o->file) || error_set(err, ERROR_RESOURCE, "out of memory"));
}

static void free_object(struct object *o)
{
    if (!o)
        return;
    free(o->id);
    free(o->file);
    free(o);
}

static bool has_object(const struct devices *d, const char *id)
{
    for (const struct object *o = d->objects; o; o = o->next)
        if (!strcmp(o->id, id))
            return true;
    return memory_devices_has_backend(d->memory, id);
}

static bool add_from(struct devices *d, struct option_list *list, struct error *err)
{
    const char *kind = options_get(list, "qom-type"), *id = options_get(list, "id");
    struct object *o;

    if (id && has_object(d, id))
        return error_set(err, ERROR_USAGE, "there are two objects '%s'", id);
    if (kind && !strcmp(kind, "memory-backend-ram"))
        return memory_devices_add_backend(d->memory, list, err);
    o = calloc(1, sizeof *o);
    if (!o)
        return error_set(err, ERROR_RESOURCE, "out of memory");
    if (!take_object(o, list, err)) {
        free_object(o);
        return false;
    }
    o->next = d->objects;
    d->objects = o;
    return true;
}

bool devices_add_object(struct devices *d, const char *argument, struct error *err)
{
    struct option_list list = { 0 };
    bool ok = options_split(&list, argument, "qom-type", err) && add_from(d, &list, err);

    options_free(&list);
    return ok;
}

bool devices_del_object(struct devices *d, const char *id, struct error *err)
{
    for (const struct object *o = d->objects; o; o = o->next)
        if (!strcmp(o->id, id))
            return error_set(err, ERROR_USAGE, "object '%s' is in use, can not be deleted", id);
    return memory_devices_del_backend(d->memory, id, err);
}

/* ---- the whole ---- */

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
        return add_netdev(d, argument, err);
    case OPTION_NIC:
        return add_nic(d, argument, err);
    case OPTION_OBJECT:
        return devices_add_object(d, argument, err);
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
    [OPTION_OBJECT] = "-object",
};

/* The device of a -drive that says which bus it is for. */
static bool create_implied_disk(struct devices *d, struct drive *drive, struct error *err)
{
    char argument[256];

    if (drive->interface == DRIVE_IF_SCSI && !find_bus_owner(d, DEVICE_BUS_SCSI, NULL) &&
        !create(d, "spapr-vscsi", err))
        return false;
    snprintf(argument, sizeof argument, "%s,drive=%s%s%s",
             drive->interface == DRIVE_IF_VIRTIO ? "virtio-blk-pci" : drive->is_cd ? "scsi-cd" : "scsi-hd", drive->id,
             drive->serial ? ",serial=" : "", drive->serial ? drive->serial : "");
    return create(d, argument, err);
}

static bool create_implied(struct devices *d, struct error *err)
{
    char argument[256];

    for (struct drive *drive = drives_first(d->drives); drive; drive = drive->next)
        if (drive->interface != DRIVE_IF_NONE && !drive->taken && !create_implied_disk(d, drive, err)) {
            error_context(err, "-drive %s", drive->id);
            return false;
        }
    for (struct netdev *n = d->netdevs; n; n = n->next) {
        if (!n->nic[0])
            continue;
        snprintf(argument, sizeof argument, "%s,netdev=%s%s%s", n->nic, net_id(n->net), n->mac[0] ? ",mac=" : "",
                 n->mac);
        if (!create(d, argument, err)) {
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
        if (options->items[i].kind == OPTION_DEVICE && !create(d, options->items[i].argument, err)) {
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

/* ---- the order of booting ---- */

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

/* ---- while the machine lives ---- */

static void destroy(struct device *x)
{
    /* What comes from outside stops before the device goes. */
    if (x->netdev)
        net_unset_receiver(x->netdev->net);
    x->type->destroy(x->self);
}

static void finish_removal(struct devices *d, struct device *x)
{
    struct device **at = &d->first;
    char path[128] = "/machine/peripheral-anon/device[0]";

    while (*at != x)
        at = &(*at)->next;
    *at = x->next;
    if (!*at)
        d->last = at;
    if (x->block) {
        accel_lock(d->parts->platform->accel);
        firmware_remove_disk(d->parts->firmware, x->block);
        accel_unlock(d->parts->platform->accel);
    }
    destroy(x);
    if (x->id)
        snprintf(path, sizeof path, "/machine/peripheral/%s", x->id);
    control_emit(d->control, &(struct machine_event){ .kind = EVENT_DEVICE_DELETED, .device = x->id, .path = path });
    give_back(x);
    free_device(x);
}

/* PCI functions alone, which begin with a struct pci_device, and have no buses of their own. */
static bool is_hotpluggable(const struct device_type *type)
{
    return type->bus == DEVICE_BUS_PCI && type->offers == DEVICE_BUS_NONE;
}

static bool was_released(const struct devices *d, const struct pci_device *function)
{
    bool released;

    accel_lock(d->parts->platform->accel);
    released = !function->phb;
    accel_unlock(d->parts->platform->accel);
    return released;
}

/* Those that the guest has let go: they are on no bus. */
static void remove_released(void *opaque)
{
    struct devices *d = opaque;

    for (struct device *x = d->first, *next; x; x = next) {
        next = x->next;
        if (is_hotpluggable(x->type) && was_released(d, x->self))
            finish_removal(d, x);
    }
}

/* Lock held, any thread. */
static void function_released(void *opaque, struct pci_device *function)
{
    struct devices *d = opaque;

    (void)function;
    loop_post(d->loop, remove_released, d);
}

static const struct phbs_listener phbs_listener = { function_released };

static bool plug_function(struct devices *d, const char *driver, const char *argument, struct error *err)
{
    const struct device_type *type = find_type(driver, err);

    if (!type)
        return false;
    if (!is_hotpluggable(type))
        return error_set(err, ERROR_UNSUPPORTED, "Device '%s' can't be added while the machine lives", driver);
    return create(d, argument, err);
}

static bool unplug_function(struct devices *d, struct device *x, struct error *err)
{
    struct pci_device *function = x->self;
    bool ok = true;

    if (!is_hotpluggable(x->type))
        return error_set(err, ERROR_UNSUPPORTED, "Device '%s' does not support hotplugging", x->id);
    accel_lock(d->parts->platform->accel);
    if (function->phb) /* else it is on its way */
        ok = phb_request_removal(function, err);
    accel_unlock(d->parts->platform->accel);
    return ok;
}

bool devices_plug(struct devices *d, const char *argument, struct error *err)
{
    struct option_list list = { 0 };
    const char *driver;
    bool ok = options_split(&list, argument, "driver", err) && (driver = options_need(&list, "driver", err));

    if (ok && is_platforms(&list))
        ok = plug_platforms(d, &list, true, err);
    else if (ok)
        ok = plug_function(d, driver, argument, err);
    options_free(&list);
    return ok;
}

bool devices_unplug(struct devices *d, const char *id, struct error *err)
{
    if (memory_devices_has(d->memory, id))
        return memory_devices_unplug(d->memory, id, err);
    if (core_devices_has(d->cores, id))
        return core_devices_unplug(d->cores, id, err);
    for (struct device *x = d->first; x; x = x->next)
        if (x->id && !strcmp(x->id, id))
            return unplug_function(d, x, err);
    return error_set(err, ERROR_USAGE, "Device '%s' not found", id);
}

void devices_go_live(struct devices *d, struct control *control, struct loop *loop)
{
    d->control = control;
    d->loop = loop;
    phbs_go_live(d->parts->phbs, &phbs_listener, d);
}

bool devices_add_backend(struct devices *d, enum device_option_kind kind, const char *argument, struct error *err)
{
    return open_backend(d, kind, argument, false, err);
}

bool devices_del_netdev(struct devices *d, const char *id, struct error *err)
{
    for (struct netdev **at = &d->netdevs; *at; at = &(*at)->next) {
        struct netdev *n = *at;

        if (strcmp(net_id(n->net), id))
            continue;
        if (n->taken)
            return error_set(err, ERROR_USAGE, "the network '%s' belongs to a device", id);
        *at = n->next;
        net_close(n->net);
        free(n);
        return true;
    }
    return error_set(err, ERROR_USAGE, "Device '%s' not found", id);
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
    while (d->netdevs) {
        struct netdev *n = d->netdevs;

        d->netdevs = n->next;
        net_close(n->net);
        free(n);
    }
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
        free_device(x);
    }
    while (d->objects) {
        struct object *o = d->objects;

        d->objects = o->next;
        free_object(o);
    }
    drives_free(d->drives);
    free(d);
}
