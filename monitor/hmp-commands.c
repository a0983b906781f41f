/* The human monitor's commands but for info and those that look at memory. */
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/log.h"
#include "monitor/gdb.h"
#include "monitor/hmp.h"
#include "monitor/qmp.h"

/* Through the QMP command of that name; args are given away. */
static void run(struct hmp_call *call, const char *name, struct json_object *args)
{
    struct error err = { 0 };

    if (!qmp_run(call->monitor, name, args, &err))
        hmp_print(call->out, "Error: %s\n", err.cause);
}

static void cmd_stop(struct hmp_call *call)
{
    run(call, "stop", NULL);
}

static void cmd_cont(struct hmp_call *call)
{
    run(call, "cont", NULL);
}

static void cmd_quit(struct hmp_call *call)
{
    run(call, "quit", NULL);
}

static void cmd_reset(struct hmp_call *call)
{
    run(call, "system_reset", NULL);
}

static void cmd_powerdown(struct hmp_call *call)
{
    run(call, "system_powerdown", NULL);
}

static void cmd_wakeup(struct hmp_call *call)
{
    run(call, "system_wakeup", NULL);
}

static void cmd_nmi(struct hmp_call *call)
{
    run(call, "inject-nmi", NULL);
}

/* A processor's number from the next word; the selected one's if there is none. NULL after saying why. */
static struct vcpu *vcpu_word(struct hmp_call *call)
{
    struct monitor *mon = call->monitor;
    uint64_t n = mon->cpu;
    struct vcpu *v;
    char *word = hmp_word(call);

    if (word && !hmp_value(call, word, &n))
        return NULL;
    v = n < accel_limit(mon->accel) ? accel_at(mon->accel, (unsigned)n) : NULL;
    if (v)
        return v;
    hmp_print(call->out, "there is no processor %llu\n", (unsigned long long)n);
    return NULL;
}

static void cmd_mce(struct hmp_call *call)
{
    struct vcpu *v = vcpu_word(call);

    if (v)
        monitor_machine_check(call->monitor, v);
}

static void cmd_cpu(struct hmp_call *call)
{
    struct vcpu *v = vcpu_word(call);

    if (v)
        call->monitor->cpu = v->index;
}

/* Names the file that is missing, or gives it. */
static const char *file_word(struct hmp_call *call)
{
    const char *word = hmp_word(call);

    if (!word)
        hmp_print(call->out, "Error: the name of a file is missing\n");
    return word;
}

static void cmd_dumpdtb(struct hmp_call *call)
{
    const char *path = file_word(call);
    struct json_object *args;

    if (!path)
        return;
    args = json_object_new_object();
    qmp_put_str(args, "filename", path);
    run(call, "dumpdtb", args);
}

static void cmd_dump(struct hmp_call *call)
{
    const char *path = file_word(call);
    struct json_object *args;
    char protocol[4096];

    if (!path)
        return;
    snprintf(protocol, sizeof protocol, "file:%s", path);
    args = json_object_new_object();
    qmp_put_bool(args, "paging", false);
    qmp_put_str(args, "protocol", protocol);
    run(call, "dump-guest-memory", args);
}

static void save(struct hmp_call *call, const char *name)
{
    char *at = hmp_word(call), *size = at ? hmp_word(call) : NULL;
    const char *path = size ? file_word(call) : NULL;
    struct json_object *args;
    uint64_t address, bytes;

    if (!size)
        hmp_print(call->out, "Error: an address, a size and a file are needed\n");
    if (!path || !hmp_value(call, at, &address) || !hmp_value(call, size, &bytes))
        return;
    args = json_object_new_object();
    json_object_object_add(args, "val", json_object_new_uint64(address));
    json_object_object_add(args, "size", json_object_new_uint64(bytes));
    qmp_put_str(args, "filename", path);
    if (!strcmp(name, "memsave"))
        qmp_put_int(args, "cpu-index", call->monitor->cpu);
    run(call, name, args);
}

static void cmd_memsave(struct hmp_call *call)
{
    save(call, "memsave");
}

static void cmd_pmemsave(struct hmp_call *call)
{
    save(call, "pmemsave");
}

/* Items replace those that are on. */
static void cmd_log(struct hmp_call *call)
{
    const char *items = hmp_word(call);
    uint64_t before = log_items_enabled;
    struct error err = { 0 };

    if (!items) {
        for (enum log_item i = 0; i < LOG_ITEM_COUNT; i++)
            hmp_print(call->out, "%c %-14s %s\n", log_on(i) ? '*' : ' ', log_item_name(i), log_item_text(i));
        return;
    }
    log_items_enabled = 0;
    if (!strcmp(items, "none") || log_enable(items, &err))
        return;
    log_items_enabled = before;
    hmp_print(call->out, "Error: %s\n", err.cause);
}

static void cmd_device_del(struct hmp_call *call)
{
    const char *id = hmp_word(call);
    struct json_object *args = json_object_new_object();

    if (id)
        qmp_put_str(args, "id", id);
    run(call, "device_del", args);
}

/* KIND,NAME=VALUE,...: all values are strings, as on the command line. */
static void add(struct hmp_call *call, const char *command, const char *kind)
{
    struct json_object *args = json_object_new_object();
    char *save, *word = hmp_word(call);

    word = word ? strtok_r(word, ",", &save) : NULL;
    if (word)
        qmp_put_str(args, kind, word);
    while (word && (word = strtok_r(NULL, ",", &save))) {
        char *value = strchr(word, '=');

        if (value)
            *value++ = '\0';
        qmp_put_str(args, word, value ? value : "on");
    }
    run(call, command, args);
}

static void cmd_device_add(struct hmp_call *call)
{
    add(call, "device_add", "driver");
}

static void cmd_object_add(struct hmp_call *call)
{
    add(call, "object-add", "qom-type");
}

static void cmd_object_del(struct hmp_call *call)
{
    const char *id = hmp_word(call);
    struct json_object *args = json_object_new_object();

    if (id)
        qmp_put_str(args, "id", id);
    run(call, "object-del", args);
}

static void cmd_gdbserver(struct hmp_call *call)
{
    const char *spec = hmp_word(call);
    struct error err = { 0 };

    if (call->monitor->gdb) {
        hmp_print(call->out, "there is a gdb server already\n");
        return;
    }
    call->monitor->gdb = gdb_new(call->monitor, spec ? spec : "tcp::1234", &err);
    if (!call->monitor->gdb)
        hmp_print(call->out, "Error: %s\n", err.cause);
    else
        hmp_print(call->out, "waiting for gdb on %s\n", spec ? spec : "tcp::1234");
}

static const struct hmp_row rows[] = {
    { "help|?", "[COMMAND]", "says what there is", NULL, false, false },
    { "info", "SUBJECT", "shows the state of something", hmp_info, false, false },
    { "stop|s", "", "stops all processors", cmd_stop, false, false },
    { "cont|c", "", "lets them run", cmd_cont, false, false },
    { "quit|q", "", "ends the emulator", cmd_quit, false, false },
    { "system_reset", "", "resets the machine at once", cmd_reset, false, false },
    { "system_powerdown", "", "asks the guest to shut down", cmd_powerdown, false, false },
    { "system_wakeup", "", "fails: partitions are not suspended", cmd_wakeup, false, false },
    { "nmi", "", "system reset interrupts at all processors", cmd_nmi, true, false },
    { "mce", "[CPU]", "a machine check: an uncorrectable error of a load or store", cmd_mce, true, false },
    { "cpu", "N", "selects the processor that registers and addresses are looked up in", cmd_cpu, true, false },
    { "x", "/[COUNT][xducsi][bhwg] ADDRESS", "shows memory at an effective address; i: as instructions", hmp_examine,
      true, true },
    { "xp", "/[COUNT][xducsi][bhwg] ADDRESS", "shows memory at a physical address", hmp_examine_physical, true, true },
    { "p|print", "[/FORMAT] EXPRESSION", "computes, with $r0 to $r31, $nip, $msr, $lr, $ctr and SPRs by name",
      hmp_print_value, true, true },
    { "gva2gpa", "ADDRESS", "translates an effective address", hmp_translate, true, true },
    { "memsave", "ADDRESS SIZE FILE", "writes memory at an effective address to a file", cmd_memsave, true, false },
    { "pmemsave", "ADDRESS SIZE FILE", "writes memory at a physical address to a file", cmd_pmemsave, true, false },
    { "dump-guest-memory", "FILE", "writes registers and memory as an ELF core", cmd_dump, true, false },
    { "dumpdtb", "FILE", "writes the present device tree", cmd_dumpdtb, true, false },
    { "log", "[ITEM,...|none]", "trace items: lists them, or switches exactly these on", cmd_log, true, true },
    { "device_add", "DRIVER[,NAME=VALUE...]", "adds a device", cmd_device_add, true, false },
    { "device_del", "ID", "asks the guest to give a device up", cmd_device_del, true, false },
    { "object_add", "TYPE,NAME=VALUE...", "adds an object", cmd_object_add, true, false },
    { "object_del", "ID", "removes it", cmd_object_del, true, false },
    { "gdbserver", "[WHERE]", "lets gdb connect (tcp::1234)", cmd_gdbserver, true, false },
};

const struct hmp_table hmp_commands = { rows, ARRAY_SIZE(rows) };
