/* QMP commands that write what the machine holds to files. */
#include <string.h>

#include "base/bits.h"
#include "monitor/qmp.h"

static struct json_object *save(struct qmp_call *call, struct cpu *c)
{
    struct monitor_hold hold = monitor_hold(call->monitor);
    bool ok = monitor_save_memory(call->monitor, c, qmp_int(call, "val", 0), qmp_int(call, "size", 0),
                                  qmp_str(call, "filename"), &call->err);

    monitor_release(&hold);
    return ok ? qmp_ok() : NULL;
}

static struct json_object *memsave(struct qmp_call *call)
{
    uint64_t cpu = qmp_int(call, "cpu-index", 0);

    if (!call->monitor->accel || cpu >= accel_limit(call->monitor->accel) ||
        !accel_at(call->monitor->accel, (unsigned)cpu))
        return qmp_fail(call, NULL, "Parameter 'cpu-index' expects a CPU number");
    return save(call, accel_at(call->monitor->accel, (unsigned)cpu)->cpu);
}

static struct json_object *pmemsave(struct qmp_call *call)
{
    return call->monitor->accel ? save(call, NULL) : qmp_fail(call, NULL, "this machine has no memory");
}

static struct json_object *dump_guest_memory(struct qmp_call *call)
{
    const char *protocol = qmp_str(call, "protocol"), *format = qmp_str(call, "format");
    struct monitor_hold hold;
    bool ok;

    if (!call->monitor->accel)
        return qmp_fail(call, NULL, "this machine has no memory");
    if (strncmp(protocol, "file:", 5))
        return qmp_fail(call, NULL, "Invalid parameter 'protocol': only file:PATH is there");
    if (format && strcmp(format, "elf"))
        return qmp_fail(call, NULL, "Invalid parameter 'format': only elf is there");
    if (qmp_bool(call, "paging", false))
        return qmp_fail(call, NULL, "Invalid parameter 'paging': memory is dumped by physical addresses");
    hold = monitor_hold(call->monitor);
    ok = monitor_dump_core(call->monitor, protocol + 5, &call->err);
    monitor_release(&hold);
    return ok ? qmp_ok() : NULL;
}

static struct json_object *query_dump_capability(struct qmp_call *call)
{
    struct json_object *o = qmp_ok(), *formats = json_object_new_array();

    (void)call;
    json_object_array_add(formats, json_object_new_string("elf"));
    json_object_object_add(o, "formats", formats);
    return o;
}

static struct json_object *query_dump(struct qmp_call *call)
{
    struct json_object *o = qmp_ok();

    (void)call;
    qmp_put_str(o, "status", "none");
    qmp_put_int(o, "completed", 0);
    qmp_put_int(o, "total", 0);
    return o;
}

static struct json_object *dumpdtb(struct qmp_call *call)
{
    return machine_write_tree(call->monitor->machine, qmp_str(call, "filename"), &call->err) ? qmp_ok() : NULL;
}

static struct json_object *screendump(struct qmp_call *call)
{
    return qmp_fail(call, NULL, "There is no console to take a screendump from");
}

static const struct qmp_row rows[] = {
    { "memsave", "val:int size:int filename:str cpu-index:int?", "writes memory at an effective address to a file",
      memsave },
    { "pmemsave", "val:int size:int filename:str", "writes memory at a physical address to a file", pmemsave },
    { "dump-guest-memory", "paging:bool protocol:str detach:bool? begin:int? length:int? format:str?",
      "writes registers and memory as an ELF core to file:PATH", dump_guest_memory },
    { "query-dump-guest-memory-capability", "", "the formats of dump-guest-memory", query_dump_capability },
    { "query-dump", "", "the state of a dump in the background: there is none", query_dump },
    { "dumpdtb", "filename:str", "writes the present device tree to a file", dumpdtb },
    { "screendump", "filename:str device:str? head:int? format:str?", "fails: there is no display", screendump },
};

const struct qmp_table qmp_memory_table = { rows, ARRAY_SIZE(rows) };
