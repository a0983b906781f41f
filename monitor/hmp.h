/* HMP: the monitor for people. */
#ifndef MONITOR_HMP_H
#define MONITOR_HMP_H

#include "monitor/monitor-internal.h"

struct chardev;

/* Text that grows; what does not fit into memory, or into 16 MiB, is dropped. */
struct hmp_out {
    char *text;
    size_t size, room;
};
void hmp_print(struct hmp_out *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

struct hmp_call {
    struct monitor *monitor;
    struct hmp_out *out;
    const char *option; /* what stands behind the name and a slash (x/4i), "" */
    char *rest;         /* the arguments */
};

struct hmp_row {
    const char *names; /* "c|cont" */
    const char *args;  /* for help */
    const char *text;
    void (*fn)(struct hmp_call *call);
    bool needs_processors, holds; /* holds: all vCPUs stand still meanwhile */
};
struct hmp_table {
    const struct hmp_row *rows;
    size_t n;
};
extern const struct hmp_table hmp_commands, hmp_infos;

/* Cuts the next word off the arguments; NULL at the end. Quotes group. */
char *hmp_word(struct hmp_call *call);
/* A number, register ($r3, $nip, $msr, any SPR's name) or sum, product of such. False after saying what is wrong. */
bool hmp_value(struct hmp_call *call, const char *text, uint64_t *value);
bool hmp_register(struct cpu *c, const char *name, uint64_t *value);

void hmp_info(struct hmp_call *call);
void hmp_info_pci(struct hmp_call *call);
void hmp_examine(struct hmp_call *call);
void hmp_examine_physical(struct hmp_call *call);
void hmp_print_value(struct hmp_call *call);
void hmp_translate(struct hmp_call *call);

/* Runs one line; what it prints is the caller's to free, NULL if there is no memory. */
char *hmp_run_line(struct monitor *mon, const char *line);

/* Sessions: at a stream, or behind Ctrl-A c of a terminal. */
struct hmp *hmp_new_stream(struct monitor *mon, const char *spec, struct error *err);
struct hmp *hmp_new_terminal(struct monitor *mon, struct chardev *chardev, struct error *err);
void hmp_free(struct hmp *h);
const char *hmp_name(const struct hmp *h);

#endif
