/* Properties of devices: from the words of -device to the struct of options that a type's rows name. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/names.h"
#include "machine/devices-internal.h"

enum { MAC_SIZE = 6 };

bool device_bad_value(struct error *err, const char *name, const char *value, const char *hint)
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

bool device_parse_number(const char *value, uint64_t most, uint64_t *number)
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
        if (!device_parse_number(value, UINT32_MAX, &number))
            return device_bad_value(err, p->name, value, "type a number");
        memcpy(to, &(uint32_t){ (uint32_t)number }, sizeof(uint32_t));
        return true;
    case PROPERTY_U64:
        if (!device_parse_number(value, UINT64_MAX, &number))
            return device_bad_value(err, p->name, value, "type a number");
        memcpy(to, &number, sizeof number);
        return true;
    case PROPERTY_STRING:
        memcpy(to, &value, sizeof value);
        return true;
    case PROPERTY_CHOICE:
        return set_choice(p, value, to, err);
    case PROPERTY_MAC:
        return parse_mac(value, to) || device_bad_value(err, p->name, value, "type six bytes, as in 52:54:00:12:34:56");
    case PROPERTY_DRIVE:
        return take_drive(d, value, to, err);
    case PROPERTY_NETDEV:
        return netdevs_take(d, value, to, err);
    case PROPERTY_CHARDEV:
        return take_chardev(d, value, to, err);
    case PROPERTY_TPM:
        return tpmdevs_take(d, value, to, err);
    case PROPERTY_RNG:
        return objects_find_rng(d, value, to, err);
    case PROPERTY_FOLDER:
        return fsdevs_find(d, value, to, err);
    case PROPERTY_PCI_ADDRESS:
        return parse_pci_address(value, to) || device_bad_value(err, p->name, value, "type SLOT or SLOT.FUNCTION, as in 3.0");
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

bool device_fill(struct devices *d, const struct device_type *type, struct option_list *list, uint8_t *options,
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
