/* All commands and events of QMP, and the pages about them and about HMP. */
#include <string.h>

#include "base/bits.h"
#include "monitor/hmp.h"
#include "monitor/qmp.h"

const struct qmp_table *const qmp_tables[] = {
    &qmp_run_table, &qmp_info_table, &qmp_qom_table, &qmp_memory_table, &qmp_device_table,
    &qmp_pci_table,
};
const size_t qmp_n_tables = ARRAY_SIZE(qmp_tables);

const struct qmp_event_row qmp_events[] = {
    { EVENT_STOP, "STOP", "", "the processors have been stopped" },
    { EVENT_RESUME, "RESUME", "", "the processors run" },
    { EVENT_SHUTDOWN, "SHUTDOWN", "guest:bool reason:str", "the machine ends, or with -no-shutdown stays stopped" },
    { EVENT_RESET, "RESET", "guest:bool reason:str", "the machine has been reset" },
    { EVENT_POWERDOWN, "POWERDOWN", "", "the guest has been asked to shut down" },
    { EVENT_GUEST_PANICKED, "GUEST_PANICKED", "action:str", "the guest has told of its end" },
    { EVENT_RTC_CHANGE, "RTC_CHANGE", "offset:int qom-path:str", "the guest has set its clock" },
    { EVENT_WATCHDOG, "WATCHDOG", "action:str", "a watchdog timer has expired" },
    { EVENT_DEVICE_DELETED, "DEVICE_DELETED", "device:str? path:str", "the guest has given a device up" },
    { EVENT_UNPLUG_REFUSED, "DEVICE_UNPLUG_GUEST_ERROR", "device:str? path:str",
      "the guest keeps a device that it was asked for" },
};
const size_t qmp_n_events = ARRAY_SIZE(qmp_events);

static void print_args(FILE *out, const char *args)
{
    const char *separator = "", *at = args;
    struct qmp_arg a;

    while (qmp_next_arg(&at, &a)) {
        fprintf(out, "%s%s`%s` %s%s", separator, a.optional ? "[" : "", a.name, a.type, a.optional ? "]" : "");
        separator = ", ";
    }
    if (strstr(args, "..."))
        fprintf(out, "%sothers", separator);
}

void monitor_print_qmp(FILE *out)
{
    fprintf(out, "# QMP\n\nMade from the tables in `monitor/` by `lpar -help-qmp`; see monitor.md for how to use it.\n"
                 "Arguments in brackets may be left out; \"any\" is whatever JSON value the command takes.\n\n"
                 "## Commands\n\n| command | arguments | what it does |\n|---|---|---|\n");
    for (size_t t = 0; t < qmp_n_tables; t++)
        for (size_t i = 0; i < qmp_tables[t]->n; i++) {
            const struct qmp_row *row = &qmp_tables[t]->rows[i];

            fprintf(out, "| `%s` | ", row->name);
            print_args(out, row->args);
            fprintf(out, " | %s |\n", row->text);
        }
    fprintf(out, "\n## Events\n\n| event | data | when |\n|---|---|---|\n");
    for (size_t i = 0; i < qmp_n_events; i++) {
        fprintf(out, "| `%s` | ", qmp_events[i].name);
        print_args(out, qmp_events[i].data);
        fprintf(out, " | %s |\n", qmp_events[i].text);
    }
}

/* A bar ends a cell of a table. */
static void print_cell(FILE *out, const char *text)
{
    for (; *text; text++)
        fprintf(out, *text == '|' ? "\\|" : "%c", *text);
}

static void print_rows(FILE *out, const struct hmp_table *table, const char *before)
{
    fprintf(out, "| command | what it does |\n|---|---|\n");
    for (size_t i = 0; i < table->n; i++) {
        fprintf(out, "| `%s", before);
        print_cell(out, table->rows[i].names);
        fprintf(out, *table->rows[i].args ? " " : "");
        print_cell(out, table->rows[i].args);
        fprintf(out, "` | %s |\n", table->rows[i].text);
    }
}

void monitor_print_hmp(FILE *out)
{
    fprintf(out, "\n## The human monitor\n\n");
    print_rows(out, &hmp_commands, "");
    fprintf(out, "\n");
    print_rows(out, &hmp_infos, "info ");
}
