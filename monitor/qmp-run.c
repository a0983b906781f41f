/* QMP commands that start, stop and end the machine. */
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "machine/config.h"
#include "monitor/hmp.h"
#include "monitor/qmp.h"

static struct json_object *need_processors(struct qmp_call *call)
{
    if (call->monitor->accel)
        return NULL;
    return qmp_fail(call, NULL, "this machine has no processors");
}

static struct json_object *qmp_capabilities(struct qmp_call *call)
{
    struct json_object *enable;

    if (call->args && json_object_object_get_ex(call->args, "enable", &enable) &&
        json_object_is_type(enable, json_type_array) && json_object_array_length(enable))
        return qmp_fail(call, NULL, "Capability is not available");
    return qmp_ok();
}

static struct json_object *query_status(struct qmp_call *call)
{
    struct json_object *o = qmp_ok();

    qmp_put_bool(o, "running", control_is_running(call->monitor->control));
    qmp_put_bool(o, "singlestep", false);
    qmp_put_str(o, "status", run_state_name(control_state(call->monitor->control)));
    return o;
}

static struct json_object *stop(struct qmp_call *call)
{
    control_pause(call->monitor->control);
    return qmp_ok();
}

static struct json_object *cont(struct qmp_call *call)
{
    return control_resume(call->monitor->control, &call->err) ? qmp_ok() : NULL;
}

static struct json_object *system_reset(struct qmp_call *call)
{
    machine_system_reset(call->monitor->machine);
    return qmp_ok();
}

static struct json_object *system_powerdown(struct qmp_call *call)
{
    machine_power_down(call->monitor->machine);
    return qmp_ok();
}

static struct json_object *system_wakeup(struct qmp_call *call)
{
    return qmp_fail(call, NULL, "wake-up from suspend is not supported by this guest");
}

static struct json_object *quit(struct qmp_call *call)
{
    machine_quit(call->monitor->machine);
    return qmp_ok();
}

static struct json_object *inject_nmi(struct qmp_call *call)
{
    if (!call->monitor->accel)
        return need_processors(call);
    monitor_nmi(call->monitor, NULL);
    return qmp_ok();
}

static struct json_object *human_monitor_command(struct qmp_call *call)
{
    struct monitor *mon = call->monitor;
    unsigned before = mon->cpu;
    uint64_t cpu = qmp_int(call, "cpu-index", before);
    struct json_object *result;
    char *text;

    if (!mon->accel ? cpu != before : cpu >= accel_limit(mon->accel) || !accel_at(mon->accel, (unsigned)cpu))
        return qmp_fail(call, NULL, "Invalid parameter 'CPU number'");
    mon->cpu = (unsigned)cpu;
    text = hmp_run_line(mon, qmp_str(call, "command-line"));
    mon->cpu = before;
    result = json_object_new_string(text ? text : "");
    free(text);
    return result;
}

static struct json_object *set_action(struct qmp_call *call)
{
    static const struct {
        const char *name, *values[5];
    } known[] = {
        { "reboot", { "reset", "shutdown" } },
        { "shutdown", { "poweroff", "pause" } },
        { "panic", { "pause", "shutdown", "exit-failure", "none" } },
        { "watchdog", { "reset", "shutdown", "poweroff", "pause", "none" } },
    };
    const char *chosen[4] = { NULL };

    for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
        bool valid = !(chosen[i] = qmp_str(call, known[i].name));

        for (size_t k = 0; k < ARRAY_SIZE(known[i].values) && known[i].values[k] && !valid; k++)
            valid = !strcmp(known[i].values[k], chosen[i]);
        if (!valid)
            return qmp_fail(call, NULL, "Invalid parameter '%.40s'", chosen[i]);
    }
    machine_set_action(call->monitor->machine, chosen[0], chosen[1], chosen[2]);
    return qmp_ok();
}

static const struct qmp_row rows[] = {
    { "qmp_capabilities", "enable:any?", "begins the session; none of QMP's optional capabilities is there",
      qmp_capabilities },
    { "query-status", "", "whether the machine runs, and what state it is in", query_status },
    { "stop", "", "stops all processors; the guest's time stands still", stop },
    { "cont", "", "lets the processors run", cont },
    { "system_reset", "", "resets the machine at once", system_reset },
    { "system_powerdown", "", "asks the guest to shut down (an EPOW event)", system_powerdown },
    { "system_wakeup", "", "fails: partitions are not suspended", system_wakeup },
    { "quit", "", "ends the emulator", quit },
    { "inject-nmi", "", "system reset interrupts at all processors", inject_nmi },
    { "set-action", "reboot:str? shutdown:str? panic:str? watchdog:str?", "what follows such an event, as -action",
      set_action },
    { "human-monitor-command", "command-line:str cpu-index:int?", "runs a line of the human monitor",
      human_monitor_command },
};

const struct qmp_table qmp_run_table = { rows, ARRAY_SIZE(rows) };
