/* The stub of gdb's remote protocol: a debugger outside the partition. */
#ifndef MONITOR_GDB_H
#define MONITOR_GDB_H

#include "monitor/monitor-internal.h"

struct gdb;

/* At a stream, by default a server (tcp::1234). */
struct gdb *gdb_new(struct monitor *mon, const char *spec, struct error *err);
void gdb_free(struct gdb *g);
void gdb_event(struct gdb *g, const struct machine_event *event);

/* The protocol without a connection, for tests and fuzzers. */
struct gdb *gdb_new_detached(struct monitor *mon, void (*write)(void *opaque, const char *text, size_t size),
                             void *opaque);
void gdb_opened(struct gdb *g);
void gdb_closed(struct gdb *g);
void gdb_input(struct gdb *g, const uint8_t *data, size_t size);

#endif
