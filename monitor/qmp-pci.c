/* PCI functions, as the monitors show them. */
#include <inttypes.h>

#include "base/endian.h"
#include "machine/devices.h"
#include "monitor/hmp.h"
#include "monitor/qmp.h"
#include "pci/phb.h"

static void add_region(struct json_object *list, const struct pci_device *d, unsigned bar)
{
    struct json_object *o = qmp_ok();
    const struct pci_bar *b = &d->bars[bar];
    uint64_t address;
    bool is_io = b->space == PCI_SPACE_IO;

    qmp_put_int(o, "bar", bar);
    qmp_put_str(o, "type", is_io ? "io" : "memory");
    /* -1: the guest has given it none, or switched it off. */
    qmp_put_int(o, "address", pci_bar_address(d, bar, &address) ? (int64_t)address : -1);
    qmp_put_int(o, "size", (int64_t)b->size);
    if (!is_io) {
        qmp_put_bool(o, "prefetch", b->prefetchable);
        qmp_put_bool(o, "mem_type_64", b->space == PCI_SPACE_MEMORY_64);
    }
    json_object_array_add(list, o);
}

static struct json_object *function_of(struct qmp_call *call, const struct pci_device *d)
{
    struct json_object *o = qmp_ok(), *class_info = qmp_ok(), *id = qmp_ok(), *regions = json_object_new_array();
    const char *name = devices_id_of(machine_devices(call->monitor->machine), d);

    qmp_put_int(o, "bus", 0);
    qmp_put_int(o, "slot", d->devfn >> 3);
    qmp_put_int(o, "function", d->devfn & 7);
    qmp_put_int(class_info, "class", d->class_code >> 8);
    qmp_put_str(class_info, "desc", d->type);
    json_object_object_add(o, "class_info", class_info);
    qmp_put_int(id, "vendor", d->vendor);
    qmp_put_int(id, "device", d->device);
    qmp_put_int(id, "subsystem-vendor", d->subsystem_vendor);
    qmp_put_int(id, "subsystem", d->subsystem);
    json_object_object_add(o, "id", id);
    qmp_put_int(o, "irq", d->config[PCI_INTERRUPT_LINE]);
    qmp_put_int(o, "irq_pin", d->config[PCI_INTERRUPT_PIN]);
    qmp_put_str(o, "qdev_id", name ? name : "");
    for (unsigned i = 0; i < PCI_BARS; i++)
        if (d->bars[i].space != PCI_SPACE_NONE)
            add_region(regions, d, i);
    json_object_object_add(o, "regions", regions);
    return o;
}

/* An entry for each host bridge: its root bus. */
static struct json_object *query_pci(struct qmp_call *call)
{
    struct json_object *list = json_object_new_array();
    const struct parts *parts = machine_parts(call->monitor->machine);

    if (!parts->phbs)
        return list;
    accel_lock(call->monitor->accel);
    for (const struct phb *phb = parts->phbs->first; phb; phb = phb->next) {
        struct json_object *o = qmp_ok(), *functions = json_object_new_array();

        for (const struct pci_device *d = phb->first; d; d = d->next)
            json_object_array_add(functions, function_of(call, d));
        qmp_put_int(o, "bus", 0);
        json_object_object_add(o, "devices", functions);
        json_object_array_add(list, o);
    }
    accel_unlock(call->monitor->accel);
    return list;
}

void hmp_info_pci(struct hmp_call *call)
{
    const struct parts *parts = machine_parts(call->monitor->machine);

    accel_lock(call->monitor->accel);
    for (const struct phb *phb = parts->phbs->first; phb; phb = phb->next)
        for (const struct pci_device *d = phb->first; d; d = d->next) {
            const char *name = devices_id_of(machine_devices(call->monitor->machine), d);

            hmp_print(call->out, "bridge %u, device %u, function %u: %s, %04x:%04x, id \"%s\"\n", phb->index,
                      d->devfn >> 3U, d->devfn & 7U, d->type, d->vendor, d->device, name ? name : "");
            for (unsigned i = 0; i < PCI_BARS; i++) {
                uint64_t address;

                if (d->bars[i].space == PCI_SPACE_NONE)
                    continue;
                hmp_print(call->out, "  BAR%u: %s, %" PRIu64 " bytes", i,
                          d->bars[i].space == PCI_SPACE_IO ? "I/O" : "memory", d->bars[i].size);
                if (pci_bar_address(d, i, &address))
                    hmp_print(call->out, " at 0x%" PRIx64, address);
                hmp_print(call->out, "\n");
            }
        }
    accel_unlock(call->monitor->accel);
}

static const struct qmp_row rows[] = {
    { "query-pci", "", "PCI functions, an entry for each host bridge", query_pci },
};

const struct qmp_table qmp_pci_table = { rows, ARRAY_SIZE(rows) };
