/* What a device that a user may add says about itself: one const struct in its file, listed in machine/device-types.c.
 *
 * The options of -device are taken apart by the properties, which name places in a struct of the type's own. From the
 * same rows come the help texts. */
#ifndef BASE_DEVICE_TYPE_H
#define BASE_DEVICE_TYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct platform;

/* Kinds of buses: where a device is plugged in, and what it may offer to others. */
enum device_bus { DEVICE_BUS_NONE, DEVICE_BUS_VIO, DEVICE_BUS_SCSI, DEVICE_BUS_PCI, DEVICE_BUS_SERIAL, DEVICE_BUSES };

enum property_type {
    PROPERTY_BOOL,    /* bool */
    PROPERTY_U32,     /* uint32_t, decimal or 0x... */
    PROPERTY_U64,     /* uint64_t, with or without k, M, G */
    PROPERTY_STRING,  /* const char *, NULL; lives as long as the machine */
    PROPERTY_CHOICE,  /* unsigned: index in `choices` */
    PROPERTY_MAC,     /* uint8_t[6]; a free one if it is not given */
    PROPERTY_DRIVE,   /* struct block *, NULL; of a -drive or -blockdev, which belongs to one device */
    PROPERTY_NETDEV,  /* struct net *, NULL; likewise */
    PROPERTY_CHARDEV, /* struct chardev *, NULL; likewise */
    PROPERTY_TPM,     /* struct tpm *, NULL; of a -tpmdev, likewise */
    PROPERTY_RNG,     /* const char *: file of random numbers of an -object, NULL: the host kernel's */
    PROPERTY_FOLDER,  /* const struct p9_options *: of an -fsdev, which lives as long as the machine */
    PROPERTY_PCI_ADDRESS, /* int32_t: slot << 3 | function, -1: any; written SLOT[.FUNCTION] */
    PROPERTY_IGNORED, /* nothing: accepted, since users write it, and without effect */
};

struct device_property {
    const char *name;
    enum property_type type;
    size_t offset; /* in the options */
    const char *usual; /* value if none is given, NULL: zero, or -1 of an address */
    const char *text;  /* one sentence */
    const char *const *choices; /* ends with NULL */
    bool required;
};

/* Where a device goes. */
struct device_place {
    struct platform *platform;
    void *bus;      /* struct vio_bus *, struct scsi_bus *, struct phb *, or the device that offers it */
    const char *id; /* NULL: it has none */
};

struct device_type {
    const char *name; /* "scsi-hd" */
    const char *text;
    enum device_bus bus;    /* that it needs */
    enum device_bus offers; /* to others; NONE */
    const struct device_property *properties;
    size_t n_properties;
    size_t options_size;
    /* Makes and plugs it; options is the struct that the properties filled. NULL with the reason. */
    void *(*create)(const struct device_place *place, const void *options, struct error *err);
    /* After the guest has stopped for good; without the machine's lock. NULL: nothing to do. */
    void (*destroy)(void *device);
    /* Its image has another size now; without the machine's lock. NULL: the guest is not told. */
    void (*resized)(void *device);
    /* The bus that it offers. */
    void *(*bus_of)(void *device);
    /* The path of its node in the device tree; NULL: what can't boot needs none. */
    void (*path_of)(void *device, char *path, size_t size);
};

#endif
