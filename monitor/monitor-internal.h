/* What the parts of the monitor share. */
#ifndef MONITOR_MONITOR_INTERNAL_H
#define MONITOR_MONITOR_INTERNAL_H

#include "cpu-ppc64/mmu/mmu.h"
#include "host/stream.h"
#include "machine/control.h"
#include "monitor/monitor.h"

struct gdb;
struct hmp;
struct qmp;

enum { MONITOR_SESSIONS = MACHINE_MONITORS };

struct monitor {
    struct machine *machine;
    struct control *control;
    struct accel *accel; /* NULL: machine of type none */
    struct mem *mem;
    struct machine_listener *listener;
    struct qmp *qmp[MONITOR_SESSIONS];
    struct hmp *hmp[MONITOR_SESSIONS];
    struct hmp *terminal; /* behind Ctrl-A c */
    struct gdb *gdb;
    unsigned cpu; /* that `info registers` and x look at */
};

/* While held, no vCPU executes, so that their registers may be looked at; the guest's time stands still, and no
 * event tells of it. Not to be nested. */
struct monitor_hold {
    struct monitor *monitor;
    bool was_running;
};
struct monitor_hold monitor_hold(struct monitor *mon);
void monitor_release(struct monitor_hold *hold);

/* The processor that memory is looked at through. */
struct cpu *monitor_cpu(struct monitor *mon);

/* Copies what the vCPU would see at an effective address, whatever its privilege; false if one byte of it is not
 * there. While vCPUs are held or paused. Writing makes decoded code forget. */
bool monitor_read(struct cpu *c, ea_t ea, void *buffer, size_t size);
bool monitor_write(struct cpu *c, ea_t ea, const void *buffer, size_t size);
/* Where an effective address lies. */
bool monitor_translate(struct cpu *c, ea_t ea, gpa_t *gpa);

/* The byte order that the kernel's tools expect: that of the kernel that was loaded, else the processor's present. */
bool monitor_is_le(struct monitor *mon, const struct cpu *c);

/* System reset interrupt at the vCPU / at all. */
void monitor_nmi(struct monitor *mon, struct vcpu *one);
/* Has a machine check interrupt delivered to the vCPU when its MSR[ME] lets it. */
void monitor_machine_check(struct monitor *mon, struct vcpu *v);

/* memsave (ea of the vCPU) and pmemsave (c NULL): size bytes to a file. */
bool monitor_save_memory(struct monitor *mon, struct cpu *c, uint64_t address, uint64_t size, const char *path,
                         struct error *err);
/* dump.c: an ELF core of the whole machine. */
bool monitor_dump_core(struct monitor *mon, const char *path, struct error *err);

#endif
