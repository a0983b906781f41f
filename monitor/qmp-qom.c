/* QMP's view of objects, as much of it as management programs read: types by name, and a small tree of paths. */
#include <string.h>

#include "base/bits.h"
#include "machine/tables.h"
#include "machine/versions.h"
#include "monitor/qmp.h"

/* Types that clients ask for, and their parents. */
static const struct {
    const char *name, *parent;
} types[] = {
    { "tcg-accel", "accel" },
    { "memory-backend-ram", "memory-backend" },
    { "memory-backend-file", "memory-backend" },
    { "memory-backend-memfd", "memory-backend" },
    { "spapr-vty", "vio-spapr-device" },
    { "spapr-nvram", "vio-spapr-device" },
    { "none-machine", "machine" },
};

static void add_type(struct json_object *list, const char *name, const char *parent)
{
    struct json_object *o = qmp_ok();

    qmp_put_str(o, "name", name);
    qmp_put_str(o, "parent", parent);
    json_object_array_add(list, o);
}

static struct json_object *qom_list_types(struct qmp_call *call)
{
    struct json_object *list = json_object_new_array();
    const char *implements = qmp_str(call, "implements");
    char name[64];

    for (size_t i = 0; i < ARRAY_SIZE(types); i++)
        if (!implements || !strcmp(implements, types[i].parent) || !strcmp(implements, types[i].name))
            add_type(list, types[i].name, types[i].parent);
    for (unsigned i = 0; machine_version_at(i); i++) {
        snprintf(name, sizeof name, "%s-machine", machine_version_at(i)->name);
        if (!implements || !strcmp(implements, "machine"))
            add_type(list, name, "spapr-machine");
    }
    return list;
}

static struct json_object *property(const char *name, const char *type)
{
    struct json_object *o = qmp_ok();

    qmp_put_str(o, "name", name);
    qmp_put_str(o, "type", type);
    return o;
}

static bool is_machine(const char *type)
{
    size_t n = strlen(type);

    return n > 8 && !strcmp(type + n - 8, "-machine");
}

static struct json_object *properties_of(const char *type)
{
    static const char *const backend[][2] = {
        { "size", "int" },        { "share", "bool" },  { "prealloc", "bool" }, { "merge", "bool" },
        { "dump", "bool" },       { "policy", "str" },  { "host-nodes", "int" },
    };
    static const char *const machine[][2] = {
        { "type", "string" },         { "kernel", "string" },      { "initrd", "string" },
        { "append", "string" },       { "memory-backend", "string" }, { "cap-htm", "string" },
        { "cap-hpt-max-page-size", "string" }, { "cap-nested-hv", "bool" }, { "cap-cfpc", "string" },
        { "cap-sbbc", "string" },     { "cap-ibs", "string" },     { "cap-ccf-assist", "bool" },
        { "cap-large-decr", "bool" }, { "ic-mode", "string" },     { "resize-hpt", "string" },
        { "vsmt", "uint32" },         { "max-cpu-compat", "string" }, { "dump-guest-core", "bool" },
    };
    struct json_object *list = json_object_new_array();

    if (!strncmp(type, "memory-backend-", 15))
        for (size_t i = 0; i < ARRAY_SIZE(backend); i++)
            json_object_array_add(list, property(backend[i][0], backend[i][1]));
    if (!strcmp(type, "memory-backend-file"))
        json_object_array_add(list, property("mem-path", "string"));
    if (is_machine(type) && strcmp(type, "none-machine"))
        for (size_t i = 0; i < ARRAY_SIZE(machine); i++)
            json_object_array_add(list, property(machine[i][0], machine[i][1]));
    if (!strcmp(type, "spapr-vty")) {
        json_object_array_add(list, property("reg", "uint32"));
        json_object_array_add(list, property("chardev", "str"));
    }
    return list;
}

static bool is_type(const char *name)
{
    char version[64];

    for (size_t i = 0; i < ARRAY_SIZE(types); i++)
        if (!strcmp(name, types[i].name) || !strcmp(name, types[i].parent))
            return true;
    if (!is_machine(name))
        return false;
    snprintf(version, sizeof version, "%.*s", (int)strlen(name) - 8, name);
    return machine_version_find(version, NULL);
}

static struct json_object *qom_list_properties(struct qmp_call *call)
{
    const char *type = qmp_str(call, "typename");

    return is_type(type) ? properties_of(type) : qmp_fail(call, "DeviceNotFound", "Class '%.64s' not found", type);
}

static struct json_object *device_list_properties(struct qmp_call *call)
{
    const char *type = qmp_str(call, "typename");

    if (!is_type(type))
        return qmp_fail(call, "DeviceNotFound", "Device '%.64s' not found", type);
    return properties_of(type);
}

/* ---- the tree ---- */

static const struct {
    const char *path, *name, *type;
} nodes[] = {
    { "/", "machine", "child<pseries-machine>" },
    { "/", "objects", "child<container>" },
    { "/", "chardevs", "child<container>" },
    { "/", "type", "string" },
    { "/machine", "peripheral", "child<container>" },
    { "/machine", "peripheral-anon", "child<container>" },
    { "/machine", "unattached", "child<container>" },
    { "/machine", "type", "string" },
    { "/machine", "rtc-time", "struct tm" },
    { "/machine/peripheral", "type", "string" },
    { "/machine/peripheral-anon", "type", "string" },
    { "/machine/unattached", "type", "string" },
    { "/objects", "type", "string" },
    { "/chardevs", "type", "string" },
};

/* "/machine" and "/machine/" are the same. */
static void clean_path(char *to, size_t size, const char *path)
{
    size_t n;

    snprintf(to, size, "%s", path);
    n = strlen(to);
    while (n > 1 && to[n - 1] == '/')
        to[--n] = '\0';
}

static struct json_object *qom_list(struct qmp_call *call)
{
    struct json_object *list = json_object_new_array();
    bool found = false;
    char path[160];

    clean_path(path, sizeof path, qmp_str(call, "path"));
    for (size_t i = 0; i < ARRAY_SIZE(nodes); i++)
        if (!strcmp(nodes[i].path, path)) {
            found = true;
            json_object_array_add(list, property(nodes[i].name, nodes[i].type));
        }
    if (found)
        return list;
    json_object_put(list);
    return qmp_fail(call, "DeviceNotFound", "Device '%.100s' not found", path);
}

static struct json_object *time_of_day(struct monitor *mon)
{
    struct json_object *o = qmp_ok();
    uint32_t nanoseconds;
    struct tm t;

    accel_lock(mon->accel);
    time_now(machine_parts(mon->machine)->time, &t, &nanoseconds);
    accel_unlock(mon->accel);
    qmp_put_int(o, "tm_year", t.tm_year);
    qmp_put_int(o, "tm_mon", t.tm_mon);
    qmp_put_int(o, "tm_mday", t.tm_mday);
    qmp_put_int(o, "tm_hour", t.tm_hour);
    qmp_put_int(o, "tm_min", t.tm_min);
    qmp_put_int(o, "tm_sec", t.tm_sec);
    return o;
}

static struct json_object *qom_get(struct qmp_call *call)
{
    const char *name = qmp_str(call, "property");
    struct monitor *mon = call->monitor;
    char path[160], type[80];

    clean_path(path, sizeof path, qmp_str(call, "path"));
    if (!strcmp(path, "/machine") && !strcmp(name, "type")) {
        snprintf(type, sizeof type, "%s-machine",
                 mon->accel ? machine_config(mon->machine)->version->name : "none");
        return json_object_new_string(type);
    }
    if (!strcmp(path, "/machine") && !strcmp(name, "rtc-time") && mon->accel)
        return time_of_day(mon);
    for (size_t i = 0; i < ARRAY_SIZE(nodes); i++)
        if (!strcmp(nodes[i].path, path) && !strcmp(nodes[i].name, name) && !strcmp(name, "type"))
            return json_object_new_string("container");
    for (size_t i = 0; i < ARRAY_SIZE(nodes); i++)
        if (!strcmp(nodes[i].path, path))
            return qmp_fail(call, NULL, "Property 'container.%.64s' not found", name);
    return qmp_fail(call, "DeviceNotFound", "Device '%.100s' not found", path);
}

static struct json_object *qom_set(struct qmp_call *call)
{
    return qmp_fail(call, NULL, "Property '%.64s' is read-only", qmp_str(call, "property"));
}

static const struct qmp_row rows[] = {
    { "qom-list-types", "implements:str? abstract:bool?", "types by name", qom_list_types },
    { "qom-list-properties", "typename:str", "the properties of a type of object", qom_list_properties },
    { "device-list-properties", "typename:str", "the properties of a type of device", device_list_properties },
    { "qom-list", "path:str", "what lies below a path", qom_list },
    { "qom-get", "path:str property:str", "a value", qom_get },
    { "qom-set", "path:str property:str value:any", "fails: nothing there can be written", qom_set },
};

const struct qmp_table qmp_qom_table = { rows, ARRAY_SIZE(rows) };
