/* The table of device types, and the help that comes from it; see devices.h. */
#include <string.h>

#include "base/names.h"
#include "machine/devices-internal.h"
#include "nvme/nvme.h"
#include "papr/random.h"
#include "papr/tpm-proxy.h"
#include "scsi/types.h"
#include "vio/llan.h"
#include "vio/vscsi.h"
#include "vio/vtpm.h"
#include "vio/vty.h"
#include "virtio/types.h"

/* All types, a line each. */
static const struct device_type *const types[] = {
    &vscsi_type,
    &llan_type,
    &vty_type,
    &vtpm_type,
    &scsi_hd_type,
    &scsi_cd_type,
    &phb_type,
    &random_type,
    &tpm_proxy_type,
    &virtio_blk_type,
    &virtio_net_type,
    &virtio_rng_type,
    &virtio_scsi_type,
    &virtio_balloon_type,
    &virtio_9p_type,
    &virtio_console_type,
    &virtconsole_type,
    &virtserialport_type,
    &nvme_type,
};

enum { TYPES = ARRAY_SIZE(types) };

static const char *const bus_names[DEVICE_BUSES] = { "-", "VIO", "SCSI", "PCI", "serial" };

const struct device_type *device_type_find(const char *name, struct error *err)
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

const char *device_bus_name(enum device_bus bus)
{
    return bus_names[bus];
}

/* ---- help ---- */

void devices_print_types(FILE *out)
{
    for (size_t i = 0; i < TYPES; i++)
        fprintf(out, "  %-24s %s (bus %s)\n", types[i]->name, types[i]->text, bus_names[types[i]->bus]);
}

bool devices_print_properties(FILE *out, const char *name, struct error *err)
{
    const struct device_type *type = device_type_find(name, err);

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
