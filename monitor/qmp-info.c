/* QMP commands that ask what this program and its machine are. */
#include <config.h>
#include <string.h>

#include "base/bits.h"
#include "machine/device-ops.h"
#include "machine/versions.h"
#include "monitor/qmp.h"

/* What libvirt knows how to talk to: the newest version that it demands. */
enum { COMPATIBLE_MAJOR = 7, COMPATIBLE_MINOR = 2 };

static struct json_object *empty_list(struct qmp_call *call)
{
    (void)call;
    return json_object_new_array();
}

static struct json_object *query_version(struct qmp_call *call)
{
    struct json_object *o = qmp_ok(), *numbers = qmp_ok();

    (void)call;
    qmp_put_int(numbers, "micro", 0);
    qmp_put_int(numbers, "minor", COMPATIBLE_MINOR);
    qmp_put_int(numbers, "major", COMPATIBLE_MAJOR);
    json_object_object_add(o, "qemu", numbers);
    qmp_put_str(o, "package", "lpar " LPAR_VERSION);
    return o;
}

static struct json_object *query_name(struct qmp_call *call)
{
    struct json_object *o = qmp_ok();
    const char *name = machine_config(call->monitor->machine)->name;

    if (name)
        qmp_put_str(o, "name", name);
    return o;
}

static struct json_object *query_uuid(struct qmp_call *call)
{
    struct json_object *o = qmp_ok();
    const char *uuid = machine_config(call->monitor->machine)->uuid;

    qmp_put_str(o, "UUID", uuid ? uuid : "00000000-0000-0000-0000-000000000000");
    return o;
}

static struct json_object *query_target(struct qmp_call *call)
{
    struct json_object *o = qmp_ok();

    (void)call;
    qmp_put_str(o, "arch", "ppc64");
    return o;
}

static struct json_object *query_kvm(struct qmp_call *call)
{
    struct json_object *o = qmp_ok();
    bool enabled = call->monitor->accel && !strcmp(accel_name(call->monitor->accel), "kvm");

    qmp_put_bool(o, "enabled", enabled);
    qmp_put_bool(o, "present", enabled || accel_can_kvm());
    return o;
}

static struct json_object *query_machines(struct qmp_call *call)
{
    struct json_object *list = json_object_new_array(), *o;

    (void)call;
    for (unsigned i = 0; machine_version_at(i); i++) {
        o = qmp_ok();
        qmp_put_bool(o, "hotpluggable-cpus", true);
        qmp_put_str(o, "name", machine_version_at(i)->name);
        qmp_put_bool(o, "numa-mem-supported", false);
        qmp_put_str(o, "default-cpu-type", "power9_v2.0-powerpc64-cpu");
        qmp_put_int(o, "cpu-max", 2048);
        qmp_put_bool(o, "deprecated", false);
        qmp_put_str(o, "default-ram-id", "ppc_spapr.ram");
        if (i == 0) {
            qmp_put_bool(o, "is-default", true);
            qmp_put_str(o, "alias", "pseries");
        }
        json_object_array_add(list, o);
    }
    o = qmp_ok();
    qmp_put_bool(o, "hotpluggable-cpus", false);
    qmp_put_str(o, "name", "none");
    qmp_put_bool(o, "numa-mem-supported", false);
    qmp_put_int(o, "cpu-max", 1);
    qmp_put_bool(o, "deprecated", false);
    json_object_array_add(list, o);
    return list;
}

static struct json_object *query_cpu_definitions(struct qmp_call *call)
{
    struct json_object *list = json_object_new_array();

    (void)call;
    for (size_t i = 0; cpu_model_at(i); i++) {
        const struct cpu_model *model = cpu_model_at(i);
        char type[64];

        for (size_t k = 0; !k || (model->aliases && model->aliases[k - 1]); k++) {
            const char *name = k ? model->aliases[k - 1] : model->name;
            struct json_object *o = qmp_ok();

            snprintf(type, sizeof type, "%s-powerpc64-cpu", name);
            qmp_put_str(o, "name", name);
            qmp_put_str(o, "typename", type);
            qmp_put_bool(o, "static", false);
            qmp_put_bool(o, "deprecated", false);
            json_object_array_add(list, o);
        }
    }
    return list;
}

static struct json_object *core_properties(const struct core_place *place)
{
    struct json_object *o = qmp_ok();

    qmp_put_int(o, "core-id", place->core_id);
    if (place->has_nodes)
        qmp_put_int(o, "node-id", place->node);
    return o;
}

/* The vCPUs of the core at a place. */
struct core_list {
    struct monitor *monitor;
    struct json_object *list;
};

static void add_vcpus(void *opaque, const struct core_place *place)
{
    const struct core_list *x = opaque;
    char path[160];

    for (unsigned i = 0; place->path && i < place->threads; i++) {
        const struct vcpu *v = accel_at(x->monitor->accel, place->core_id + i);
        struct json_object *o;

        if (!v)
            continue;
        o = qmp_ok();
        snprintf(path, sizeof path, "%s/thread[%u]", place->path, i);
        json_object_object_add(o, "props", core_properties(place));
        qmp_put_int(o, "cpu-index", v->index);
        qmp_put_str(o, "qom-path", path);
        qmp_put_int(o, "thread-id", v->tid);
        qmp_put_str(o, "target", "ppc64");
        json_object_array_add(x->list, o);
    }
}

static int by_index(const void *a, const void *b)
{
    struct json_object *const *one = a, *const *other = b, *x, *y;

    json_object_object_get_ex(*one, "cpu-index", &x);
    json_object_object_get_ex(*other, "cpu-index", &y);
    return json_object_get_int(x) - json_object_get_int(y);
}

static struct json_object *query_cpus_fast(struct qmp_call *call)
{
    const struct machine_device_ops *ops = machine_device_ops(call->monitor->machine);
    struct core_list x = { call->monitor, json_object_new_array() };

    if (call->monitor->accel && ops && ops->for_each_core)
        ops->for_each_core(call->monitor->machine, add_vcpus, &x);
    json_object_array_sort(x.list, by_index);
    return x.list;
}

static void add_core(void *opaque, const struct core_place *place)
{
    const struct core_list *x = opaque;
    struct json_object *o = qmp_ok();

    json_object_object_add(o, "props", core_properties(place));
    qmp_put_int(o, "vcpus-count", place->threads);
    if (place->path)
        qmp_put_str(o, "qom-path", place->path);
    qmp_put_str(o, "type", place->type);
    json_object_array_add(x->list, o);
}

static struct json_object *query_hotpluggable_cpus(struct qmp_call *call)
{
    const struct machine_device_ops *ops = machine_device_ops(call->monitor->machine);
    struct core_list x = { call->monitor, NULL };

    if (!call->monitor->accel)
        return qmp_fail(call, NULL, "The feature 'query-hotpluggable-cpus' is not enabled");
    x.list = json_object_new_array();
    if (ops && ops->for_each_core)
        ops->for_each_core(call->monitor->machine, add_core, &x);
    return x.list;
}

static uint64_t plugged(struct machine *m)
{
    const struct parts *parts = machine_parts(m);

    return parts->dimms ? dimms_plugged(parts->dimms) : 0;
}

static struct json_object *query_memory_size_summary(struct qmp_call *call)
{
    struct json_object *o = qmp_ok();

    qmp_put_int(o, "base-memory", (int64_t)machine_config(call->monitor->machine)->ram_size);
    qmp_put_int(o, "plugged-memory",
                call->monitor->machine ? (int64_t)plugged(call->monitor->machine) : 0);
    return o;
}

static struct json_object *query_current_machine(struct qmp_call *call)
{
    struct json_object *o = qmp_ok();

    (void)call;
    qmp_put_bool(o, "wakeup-suspend-support", false);
    return o;
}

static struct json_object *query_commands(struct qmp_call *call)
{
    struct json_object *list = json_object_new_array();

    (void)call;
    for (size_t t = 0; t < qmp_n_tables; t++)
        for (size_t i = 0; i < qmp_tables[t]->n; i++) {
            struct json_object *o = qmp_ok();

            qmp_put_str(o, "name", qmp_tables[t]->rows[i].name);
            json_object_array_add(list, o);
        }
    return list;
}

static struct json_object *query_events(struct qmp_call *call)
{
    struct json_object *list = json_object_new_array();

    (void)call;
    for (size_t i = 0; i < qmp_n_events; i++) {
        struct json_object *o = qmp_ok();

        qmp_put_str(o, "name", qmp_events[i].name);
        json_object_array_add(list, o);
    }
    return list;
}

/* ---- the schema: from the rows ---- */

static void add_object_type(struct json_object *list, const char *name, const char *args)
{
    struct json_object *o = qmp_ok(), *members = json_object_new_array();
    struct qmp_arg a;

    while (qmp_next_arg(&args, &a)) {
        struct json_object *member = qmp_ok();

        qmp_put_str(member, "name", a.name);
        qmp_put_str(member, "type", a.type);
        if (a.optional)
            json_object_object_add(member, "default", NULL);
        json_object_array_add(members, member);
    }
    qmp_put_str(o, "name", name);
    qmp_put_str(o, "meta-type", "object");
    json_object_object_add(o, "members", members);
    json_object_array_add(list, o);
}

static struct json_object *query_qmp_schema(struct qmp_call *call)
{
    static const char *const builtin[][2] = { { "str", "string" },      { "int", "int" },   { "bool", "boolean" },
                                              { "number", "number" }, { "any", "value" } };
    struct json_object *list = json_object_new_array(), *o;
    char type[80];

    (void)call;
    for (size_t i = 0; i < ARRAY_SIZE(builtin); i++) {
        o = qmp_ok();
        qmp_put_str(o, "name", builtin[i][0]);
        qmp_put_str(o, "meta-type", "builtin");
        qmp_put_str(o, "json-type", builtin[i][1]);
        json_object_array_add(list, o);
    }
    for (size_t t = 0; t < qmp_n_tables; t++)
        for (size_t i = 0; i < qmp_tables[t]->n; i++) {
            const struct qmp_row *row = &qmp_tables[t]->rows[i];

            snprintf(type, sizeof type, "%s-arg", row->name);
            o = qmp_ok();
            qmp_put_str(o, "name", row->name);
            qmp_put_str(o, "meta-type", "command");
            qmp_put_str(o, "arg-type", type);
            qmp_put_str(o, "ret-type", "any");
            json_object_array_add(list, o);
            add_object_type(list, type, row->args);
        }
    for (size_t i = 0; i < qmp_n_events; i++) {
        snprintf(type, sizeof type, "%s-arg", qmp_events[i].name);
        o = qmp_ok();
        qmp_put_str(o, "name", qmp_events[i].name);
        qmp_put_str(o, "meta-type", "event");
        qmp_put_str(o, "arg-type", type);
        json_object_array_add(list, o);
        add_object_type(list, type, qmp_events[i].data);
    }
    return list;
}

/* ---- what there is none of ---- */

static struct json_object *query_balloon(struct qmp_call *call)
{
    return qmp_fail(call, "DeviceNotActive", "No balloon device has been activated");
}

static struct json_object *query_migrate(struct qmp_call *call)
{
    (void)call;
    return qmp_ok();
}

static struct json_object *migrate_set(struct qmp_call *call)
{
    (void)call;
    return qmp_ok();
}

static const struct qmp_row rows[] = {
    { "query-version", "", "version of the protocol's model, and of this program as its package", query_version },
    { "query-name", "", "the name that -name gave", query_name },
    { "query-uuid", "", "the UUID that -uuid gave, or zeroes", query_uuid },
    { "query-target", "", "the architecture: ppc64", query_target },
    { "query-kvm", "", "whether KVM is there and in use", query_kvm },
    { "query-machines", "compat-props:bool?", "the machine versions", query_machines },
    { "query-cpu-definitions", "", "the processor models", query_cpu_definitions },
    { "query-cpus-fast", "", "the processors of this machine and their threads", query_cpus_fast },
    { "query-hotpluggable-cpus", "", "the cores that there are and could be", query_hotpluggable_cpus },
    { "query-memory-size-summary", "", "bytes of memory", query_memory_size_summary },
    { "query-current-machine", "", "what this machine can do", query_current_machine },
    { "query-commands", "", "the names of all commands", query_commands },
    { "query-events", "", "the names of all events", query_events },
    { "query-qmp-schema", "", "arguments of all commands and data of all events", query_qmp_schema },
    { "query-command-line-options", "option:str?", "options that clients might use: none are told", empty_list },
    { "query-tpm-models", "", "none", empty_list },
    { "query-tpm-types", "", "none", empty_list },
    { "query-tpm", "", "none", empty_list },
    { "query-iothreads", "", "none", empty_list },
    { "query-mice", "", "none", empty_list },
    { "query-jobs", "", "none", empty_list },
    { "query-block-jobs", "", "none", empty_list },
    { "query-stats", "target:str vcpus:any? providers:any?", "none", empty_list },
    { "query-stats-schemas", "provider:str?", "none", empty_list },
    { "query-rx-filter", "name:str?", "none", empty_list },
    { "query-migrate-capabilities", "", "none: there is no migration", empty_list },
    { "query-migrate-parameters", "", "none: there is no migration", query_migrate },
    { "query-migrate", "", "the state of a migration: there is none", query_migrate },
    { "migrate-set-capabilities", "capabilities:any", "has no effect", migrate_set },
    { "query-balloon", "", "fails: there is no balloon", query_balloon },
};

const struct qmp_table qmp_info_table = { rows, ARRAY_SIZE(rows) };
