/* QMP: the protocol, and what a command is. */
#ifndef MONITOR_QMP_H
#define MONITOR_QMP_H

#include <json-c/json.h>

#include "monitor/monitor-internal.h"

struct qmp_call {
    struct monitor *monitor;
    struct json_object *args; /* checked against the row; NULL: none were given */
    struct error err;
    const char *error_class; /* NULL: GenericError */
};

struct qmp_row {
    const char *name;
    const char *args; /* "filename:str size:int cpu-index:int?": str, int, bool, number, any; ? may be left out */
    const char *text; /* what it does, one sentence */
    /* The value of "return", or NULL with call->err set. */
    struct json_object *(*fn)(struct qmp_call *call);
};

struct qmp_table {
    const struct qmp_row *rows;
    size_t n;
};

/* Of all files: qmp-tables.c. */
extern const struct qmp_table *const qmp_tables[];
extern const size_t qmp_n_tables;
extern const struct qmp_table qmp_run_table, qmp_info_table, qmp_qom_table, qmp_memory_table, qmp_device_table,
    qmp_pci_table;

struct qmp_event_row {
    enum machine_event_kind kind;
    const char *name, *data, *text; /* data as args */
};
extern const struct qmp_event_row qmp_events[];
extern const size_t qmp_n_events;

const struct qmp_row *qmp_find(const char *name);

/* One name and type of a row's arguments after the other: false at the end. at begins as the row's args. */
struct qmp_arg {
    char name[40], type[12];
    bool optional;
};
bool qmp_next_arg(const char **at, struct qmp_arg *arg);

/* The arguments, which exist and have the right type if the row demands it. */
const char *qmp_str(const struct qmp_call *call, const char *name); /* NULL if left out */
uint64_t qmp_int(const struct qmp_call *call, const char *name, uint64_t otherwise);
bool qmp_bool(const struct qmp_call *call, const char *name, bool otherwise);

struct json_object *qmp_ok(void); /* {} */
struct json_object *qmp_fail(struct qmp_call *call, const char *error_class, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* json_object_object_add with what is made here. */
void qmp_put_str(struct json_object *to, const char *name, const char *value);
void qmp_put_int(struct json_object *to, const char *name, int64_t value);
void qmp_put_bool(struct json_object *to, const char *name, bool value);

/* Runs a command by name as a client would; for HMP. */
struct json_object *qmp_execute(struct qmp_call *call, const char *name);
bool qmp_run(struct monitor *mon, const char *name, struct json_object *args, struct error *err);

/* A server at a stream; spec as stream_new() takes it. */
struct qmp *qmp_new(struct monitor *mon, const char *spec, bool pretty, struct error *err);
void qmp_free(struct qmp *q);
void qmp_event(struct qmp *q, const struct machine_event *event);
const char *qmp_name(const struct qmp *q);
bool qmp_is_open(const struct qmp *q);

/* The protocol without a connection, for tests and fuzzers: output goes to write(). */
struct qmp *qmp_new_detached(struct monitor *mon, void (*write)(void *opaque, const char *text, size_t size),
                             void *opaque);
void qmp_opened(struct qmp *q);
void qmp_input(struct qmp *q, const uint8_t *data, size_t size);

#endif
