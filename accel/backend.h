/* What executes a vCPU's instructions: one struct of functions, which the interpreter (interp.c), the translator (tcg.c)
 * and the host's KVM (kvm.c) fill alike. accel.c calls them and knows none of them; the machine, its devices and
 * interrupt controllers know accel.h only.
 *
 * The processor's state is struct cpu for all. A backend that keeps it elsewhere while instructions are executed
 * brings it there before (what differs) and back: the general registers for each hypercall, all of it when run()
 * returns. What others change meanwhile they change with the vCPU out of run(), or by the functions here. */
#ifndef ACCEL_BACKEND_H
#define ACCEL_BACKEND_H

#include "accel/accel.h"

struct accel_backend {
    const char *name; /* as -accel takes it */

    /* Whether this host can at all; without effects. NULL: always. */
    bool (*usable)(struct error *err);
    /* The PVR that guests see whatever the model, 0: the model's. NULL: the model's. */
    uint32_t (*host_pvr)(void);
    /* After usable(). NULL: none. */
    void (*limits)(struct accel_limits *limits);

    /* The machine: memory and the number of processors are in accel_config(). What machine_new returns is
     * accel_backend_state(). NULL: there is nothing to make. */
    void *(*machine_new)(struct accel *a, struct error *err);
    void (*machine_free)(void *state);
    /* v->cpu is there, in its reset state. NULL: there is nothing to make. */
    bool (*vcpu_new)(struct vcpu *v, struct error *err);
    void (*vcpu_free)(struct vcpu *v); /* also one whose vcpu_new failed or was not called */

    /* On the vCPU's thread, without the lock: until CPU_REQUEST_STOP is set, or so many instructions (UINT64_MAX: no
     * limit; only what counts them has one). */
    void (*run)(struct vcpu *v, uint64_t limit);
    /* Bits of cpu.requests were set: run() looks at them soon. Any thread. NULL: it does so by itself. */
    void (*kick)(struct vcpu *v);
    /* cpu_reset() was done: what else the backend keeps. NULL: nothing. */
    void (*reset)(struct vcpu *v);
    /* A hypercall of this vCPU has been answered; the lock is still held. NULL: nothing. */
    void (*hypercall_done)(struct vcpu *v);
    /* The external interrupt line. Lock held. NULL: CPU_REQUEST_EXTERNAL and a kick are enough. */
    void (*set_external)(struct vcpu *v, bool level);

    /* Pages of RAM that were stored to since the last call, a bit for each host page from address 0, in dirty (of
     * enough bytes). on: begin to watch, or end. Lock held, vCPUs paused. NULL: it cannot. */
    bool (*watch_stores)(struct accel *a, bool on, struct error *err);
    bool (*read_stores)(struct accel *a, uint64_t *dirty, struct error *err);

    /* 512 MHz ticks of the host, steady. The offset of the machine's timebase is a multiple of the granule (0: any). */
    uint64_t (*ticks)(void);
    uint64_t tick_granule;
};

extern const struct accel_backend accel_interp, accel_tcg, accel_kvm;

const struct accel_backend *accel_backend(enum accel_kind kind);
/* One line for the people: why that one is not used. */
void accel_tell_unusable(enum accel_kind kind, const struct error *why);

/* For backends. accel_hypercall: as the processor's sc 1, with the state in struct cpu. accel_mmio: a load or store of
 * what is not RAM; false if there is no device. Both on the vCPU's thread, without the lock. accel_timebase_offset:
 * what the machine's timebase is ahead of ticks() while it runs, or was last. */
const struct accel_config *accel_config(const struct accel *a);
void *accel_backend_state(const struct accel *a);
void accel_hypercall(struct vcpu *v);
bool accel_mmio(struct vcpu *v, gpa_t gpa, unsigned size, bool is_store, uint64_t *value);
uint64_t accel_timebase_offset(const struct accel *a);
/* CLOCK_MONOTONIC as ticks(). */
uint64_t accel_clock_ticks(void);

#endif
