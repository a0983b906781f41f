/* The monitors of a machine: QMP (JSON, for programs), HMP (lines, for people) and the debugger's stub.
 *
 * All of it runs on the event loop's thread and takes the machine's lock where it touches devices; registers and
 * memory of a running machine are read with all vCPUs held for a moment (monitor_hold()). */
#ifndef MONITOR_MONITOR_H
#define MONITOR_MONITOR_H

#include <stdio.h>

#include "machine/machine.h"

struct monitor;

/* Makes those that the machine's config names, and the human one behind Ctrl-A c of the terminal. The machine
 * outlives them. NULL with the reason. */
struct monitor *monitor_new(struct machine *m, struct error *err);
/* Sends what has not been sent. */
void monitor_free(struct monitor *mon);

/* The tables of commands and events as a page of documentation. */
void monitor_print_qmp(FILE *out);
void monitor_print_hmp(FILE *out);

#endif
