/* The monitors of a machine, and what they share; see monitor.h. */
#include "monitor/monitor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/chardev.h"
#include "monitor/gdb.h"
#include "monitor/hmp.h"
#include "monitor/qmp.h"

/* ---- processors and memory ---- */

struct monitor_hold monitor_hold(struct monitor *mon)
{
    struct monitor_hold hold = { mon, mon->accel && !accel_is_paused(mon->accel) };

    if (hold.was_running)
        accel_pause(mon->accel);
    return hold;
}

void monitor_release(struct monitor_hold *hold)
{
    if (hold->was_running)
        control_release(hold->monitor->control);
    hold->was_running = false;
}

struct cpu *monitor_cpu(struct monitor *mon)
{
    struct vcpu *v = accel_at(mon->accel, mon->cpu);

    /* The selected one may have been taken out; the first one stays. */
    return v ? v->cpu : accel_vcpu(mon->accel, 0)->cpu;
}

bool monitor_translate(struct cpu *c, ea_t ea, gpa_t *gpa)
{
    uint64_t msr = c->msr;
    bool found = mmu_probe(c, ea, gpa);

    /* What the kernel sees, while a program of problem state runs; and as if translation were on, while an interrupt
     * handler has it off. */
    if (!found && msr & MSR_PR) {
        c->msr = msr & ~MSR_PR;
        found = mmu_probe(c, ea, gpa);
        c->msr = msr;
    }
    if (found && !(msr & MSR_DR) && !gpa_is_ram(c->mem, *gpa, 1)) {
        c->msr = (msr & ~MSR_PR) | MSR_DR | MSR_IR;
        found = mmu_probe(c, ea, gpa);
        c->msr = msr;
    }
    return found;
}

/* Calls fn for each part that lies within a page. */
static bool for_each_page(struct cpu *c, ea_t ea, uint8_t *buffer, size_t size,
                          bool (*fn)(struct mem *mem, gpa_t gpa, uint8_t *part, size_t n))
{
    while (size) {
        size_t room = MEM_PAGE_SIZE - (ea & (MEM_PAGE_SIZE - 1)), n = size < room ? size : room;
        gpa_t gpa;

        if (!monitor_translate(c, ea, &gpa) || !fn(c->mem, gpa, buffer, n))
            return false;
        ea += n;
        buffer += n;
        size -= n;
    }
    return true;
}

static bool read_part(struct mem *mem, gpa_t gpa, uint8_t *part, size_t n)
{
    return gpa_read(mem, gpa, part, n);
}

static bool write_part(struct mem *mem, gpa_t gpa, uint8_t *part, size_t n)
{
    return gpa_write(mem, gpa, part, n);
}

static bool probe_part(struct mem *mem, gpa_t gpa, uint8_t *part, size_t n)
{
    (void)part;
    return gpa_is_ram(mem, gpa, n);
}

bool monitor_read(struct cpu *c, ea_t ea, void *buffer, size_t size)
{
    return for_each_page(c, ea, buffer, size, read_part);
}

bool monitor_write(struct cpu *c, ea_t ea, const void *buffer, size_t size)
{
    /* All or nothing. */
    return for_each_page(c, ea, (uint8_t *)(uintptr_t)buffer, size, probe_part) &&
           for_each_page(c, ea, (uint8_t *)(uintptr_t)buffer, size, write_part);
}

bool monitor_is_le(struct monitor *mon, const struct cpu *c)
{
    return machine_config(mon->machine)->kernel ? machine_platform(mon->machine)->config->kernel_is_le : c->le;
}

void monitor_nmi(struct monitor *mon, struct vcpu *one)
{
    accel_lock(mon->accel);
    for (unsigned i = 0; i < accel_count(mon->accel); i++)
        if (!one || one == accel_vcpu(mon->accel, i))
            vcpu_system_reset(accel_vcpu(mon->accel, i));
    accel_unlock(mon->accel);
}

void monitor_machine_check(struct monitor *mon, struct vcpu *v)
{
    const uint64_t of_data = PPC_BIT(42);                /* SRR1: a load or store, DSISR tells which error */
    const uint32_t uncorrectable_load_or_store = 0x8000; /* DSISR */

    accel_lock(mon->accel);
    fwnmi_inject(machine_parts(mon->machine)->fwnmi, v, of_data, uncorrectable_load_or_store, 0, false);
    accel_unlock(mon->accel);
}

bool monitor_save_memory(struct monitor *mon, struct cpu *c, uint64_t address, uint64_t size, const char *path,
                         struct error *err)
{
    uint8_t part[MEM_PAGE_SIZE];
    FILE *f;
    bool ok = true;

    /* What cannot be read is refused before a file is made for it. */
    if (!c && !gpa_is_ram(mon->mem, address, size))
        return error_set(err, ERROR_USAGE, "Invalid addr 0x%016llx/size %lld specified", (unsigned long long)address,
                         (long long)size);
    f = fopen(path, "wbe");
    if (!f)
        return error_set(err, ERROR_FILE, "could not open '%.256s': %s", path, strerror(errno));
    while (size && ok) {
        size_t room = sizeof part - (address & (sizeof part - 1)), n = size < room ? size : room;

        if (!(c ? monitor_read(c, address, part, n) : gpa_read(mon->mem, address, part, n)))
            ok = error_set(err, ERROR_USAGE, "Invalid addr 0x%016llx/size %lld specified",
                           (unsigned long long)address, (long long)size);
        else if (fwrite(part, 1, n, f) != n)
            ok = error_set(err, ERROR_FILE, "can't write '%.256s': %s", path, strerror(errno));
        address += n;
        size -= n;
    }
    if (fclose(f) && ok)
        ok = error_set(err, ERROR_FILE, "can't write '%.256s': %s", path, strerror(errno));
    return ok;
}

/* ---- sessions ---- */

static void on_event(void *opaque, const struct machine_event *event)
{
    struct monitor *mon = opaque;

    for (unsigned i = 0; i < MONITOR_SESSIONS; i++)
        if (mon->qmp[i])
            qmp_event(mon->qmp[i], event);
    if (mon->gdb)
        gdb_event(mon->gdb, event);
}

static bool add_session(struct monitor *mon, unsigned i, const struct monitor_config *config, struct error *err)
{
    switch (config->mode) {
    case MONITOR_CONTROL:
        return (mon->qmp[i] = qmp_new(mon, config->spec, config->pretty, err));
    case MONITOR_HUMAN:
        return (mon->hmp[i] = hmp_new_stream(mon, config->spec, err));
    case MONITOR_GDB:
        if (!mon->accel)
            return error_set(err, ERROR_USAGE, "-gdb: machine none has no processors");
        return (mon->gdb = gdb_new(mon, config->spec, err));
    }
    return false;
}

/* Behind Ctrl-A c of the first terminal that is a serial line. */
static bool add_terminal(struct monitor *mon, struct error *err)
{
    struct chardev *chardev;

    for (unsigned i = 0; i < MACHINE_SERIALS; i++) {
        chardev = machine_serial(mon->machine, i);
        if (chardev && chardev_has_keys(chardev) && !machine_config(mon->machine)->no_monitor)
            return (mon->terminal = hmp_new_terminal(mon, chardev, err));
    }
    return true;
}

struct monitor *monitor_new(struct machine *m, struct error *err)
{
    const struct machine_config *config = machine_config(m);
    struct monitor *mon = calloc(1, sizeof *mon);
    struct machine_listener *listener = calloc(1, sizeof *listener);
    bool ok = mon && listener;

    if (!ok) {
        error_set(err, ERROR_RESOURCE, "out of memory");
        free(mon);
        free(listener);
        return NULL;
    }
    mon->machine = m;
    mon->control = machine_control(m);
    mon->accel = machine_accel(m);
    mon->mem = machine_mem(m);
    *listener = (struct machine_listener){ on_event, mon, NULL };
    mon->listener = listener;
    control_listen(mon->control, listener);
    for (unsigned i = 0; ok && i < config->n_monitors; i++)
        ok = add_session(mon, i, &config->monitors[i], err);
    ok = ok && add_terminal(mon, err);
    if (ok)
        return mon;
    monitor_free(mon);
    return NULL;
}

void monitor_free(struct monitor *mon)
{
    if (!mon)
        return;
    control_unlisten(mon->control, mon->listener);
    free(mon->listener);
    gdb_free(mon->gdb);
    for (unsigned i = 0; i < MONITOR_SESSIONS; i++) {
        qmp_free(mon->qmp[i]);
        hmp_free(mon->hmp[i]);
    }
    hmp_free(mon->terminal);
    free(mon);
}
