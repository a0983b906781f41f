/* Virtual processors: their threads, halting and waking, and the machine's lock.
 *
 * What executes the instructions (interpreter, translator or KVM) is behind backend.h. This file
 * knows threads; what a halt means (H_CEDE, stop-self) is known to papr/.
 *
 * The lock: one mutex of the machine. Everything that touches devices, interrupt controllers and
 * platform state holds it: hypercalls and MMIO on vCPU threads, and the event loop's callbacks.
 * A vCPU thread does not hold it while it executes instructions or sleeps. */
#ifndef ACCEL_ACCEL_H
#define ACCEL_ACCEL_H

#include <pthread.h>

#include "cpu-ppc64/cpu.h"

struct accel;

enum vcpu_state {
    VCPU_RUNNING,
    VCPU_CEDED,   /* H_CEDE, H_CONFER to self with MSR[EE] set: wakes at an interrupt (MSR[EE] is set) or prod */
    VCPU_WAITING, /* H_CONFER to self, H_JOIN: wakes at prod or system reset only */
    VCPU_STOPPED, /* RTAS stopped: wakes at start-cpu or system reset of the machine */
};

struct vcpu {
    struct cpu *cpu;
    struct accel *accel;
    unsigned index; /* its place: below accel_limit() */
    unsigned id;    /* interrupt server number, `reg` of its thread in the device tree */
    _Atomic enum vcpu_state state; /* its own thread halts; all else under the lock */
    _Atomic bool prodded;          /* H_PROD since the last halt */
    _Atomic bool
        is_out;     /* uses no translations: in a hypercall, asleep. Cleared under the lock only */
    bool is_inside; /* under the lock: in cpu_run() */
    pthread_t thread;
    bool thread_started;
    unsigned n_waits; /* hints that its program waits for another; its own thread's */
    long tid; /* the host's number of the thread, 0 before it runs; under the lock */
    _Atomic bool quit; /* the thread is to end */
    bool is_retired; /* under the lock: on its way out, nobody finds it any more */
    _Atomic bool held; /* stays where it is although the machine runs; a debugger's */
    pthread_mutex_t sleep_lock; /* for its thread's sleep; nothing is locked under it */
    pthread_cond_t wake;
    _Atomic bool is_asleep; /* is to be woken, or looks whether to sleep */
    bool sleeps_shortly;    /* its last sleep was short; its thread's */
    void *backend; /* the backend's */
};

/* What a guest may have, where the accelerator cannot give all that lpar knows: the host's processor and kernel decide
 * then. The values of capabilities (machine/caps.c) in their order, from 0 for none; hash page tables are a switch. */
enum accel_limit {
    LIMIT_HASH, LIMIT_HTM, LIMIT_VSX, LIMIT_DFP, LIMIT_CFPC, LIMIT_SBBC, LIMIT_IBS, LIMIT_CCF_ASSIST, LIMIT_NESTED_HV,
    LIMIT_NESTED_PAPR, LIMIT_LARGE_DECR, LIMIT_FWNMI, LIMIT_RPT_INVALIDATE, LIMIT_AIL_MODE_3, LIMIT_DAWR1,
    LIMIT_COUNT,
};
struct accel_limits {
    bool is_limited; /* false: there are none */
    uint8_t most[LIMIT_COUNT];
};

/* What executes the instructions (backend.h), in the order in which they are tried. */
enum accel_kind { ACCEL_INTERP, ACCEL_TCG, ACCEL_KVM, ACCEL_KINDS };
struct accel_order {
    unsigned n;
    enum accel_kind kind[ACCEL_KINDS];
};

struct accel_config {
    const struct cpu_model *model;
    struct mem *mem;
    unsigned n_vcpus; /* at start, in the first places */
    unsigned limit;   /* how many places there are, for accel_add(); 0: n_vcpus */
    unsigned threads; /* a core, 0 is 1: vCPUs that follow each other */
    unsigned (*vcpu_id)(unsigned index, void *opaque);
    /* The hypercall dispatcher: called with the lock held. And before it, without: true if the call needs no lock and
     * has been made; may be NULL. */
    void (*hypercall)(void *opaque, struct vcpu *v);
    bool (*quick_hypercall)(void *opaque, struct vcpu *v);
    void (*missing_instruction)(void *opaque, struct vcpu *v, uint64_t insn, const char *mnemonic);
    /* As cpu_hv_ops.unmaskable, with the lock held. May be NULL. */
    bool (*unmaskable)(void *opaque, struct vcpu *v, enum cpu_vector vector, uint64_t *srr1_bits,
                       uint64_t *address);
    /* As cpu_hv_ops.leave_guest, with the lock held. May be NULL. */
    void (*leave_guest)(void *opaque, struct vcpu *v);
    /* A vCPU that had halted goes on; with the lock held. May be NULL. */
    void (*woken)(void *opaque, struct vcpu *v);
    /* A debugger's point or step stopped this vCPU, and with it all are frozen; lock held. May be NULL. */
    void (*debug_stop)(void *opaque, struct vcpu *v);
    void *opaque;
    /* A vCPU cannot go on, by the host's fault: it stops. Lock held. May be NULL. */
    void (*failed)(void *opaque, struct vcpu *v, const char *why);
    /* What the machine offers and the accelerator has to switch on. */
    bool nested_hv, fwnmi, dawr1, rpt_invalidate;
    struct accel_order order; /* empty: accel_default_order() */
    struct jit_options jit;
    bool perf_map;            /* translated code is named in /tmp/perf-PID.map */
    unsigned ns_per_instruction; /* not 0: all vCPUs run in turns on one thread, interpreted, in a time that this makes */
    uint64_t instruction_limit; /* stop_all after that many on one vCPU, 0: none (for benchmarks) */
};

/* The best this host has first. */
struct accel_order accel_default_order(void);
/* The accelerator of that name; false: there is none. The name of one. */
bool accel_find_kind(const char *name, enum accel_kind *kind);
const char *accel_kind_name(enum accel_kind kind);
/* Drops from the front what this host cannot do, with a line for each that tells why. False if nothing is left; err
 * tells of the last one. */
bool accel_choose(struct accel_order *order, struct error *err);
/* Whether this host has a KVM for these guests. */
bool accel_can_kvm(void);
/* The processor that a guest has with this accelerator whatever it asks for: its PVR; 0: any. */
uint32_t accel_host_pvr(enum accel_kind kind);
/* Of one that can be used. */
struct accel_limits accel_limits(enum accel_kind kind);

/* All vCPUs, stopped (VCPU_STOPPED), no threads yet. */
struct accel *accel_new(const struct accel_config *config, struct error *err);
/* Ends the threads and frees everything. Not with the lock held. */
void accel_free(struct accel *accel);

/* Its name, as -accel takes it. */
const char *accel_name(const struct accel *accel);

/* vCPUs come and go with all of them stopped (accel_pause()), on the loop's thread, without the lock.
 * accel_add: at an empty place, stopped; its thread starts at accel_resume(). accel_remove: ends the thread and frees
 * it; vcpu_retire() came before. */
bool accel_add(struct accel *accel, unsigned index, struct error *err);
void accel_remove(struct accel *accel, unsigned index);

/* Those that there are: the n-th, n < accel_count(), in the order of their indices, retired ones among them. */
unsigned accel_count(const struct accel *accel);
struct vcpu *accel_vcpu(struct accel *accel, unsigned n);
/* By index and by server number; NULL if there is none or it is retired. */
unsigned accel_limit(const struct accel *accel);
struct vcpu *accel_at(struct accel *accel, unsigned index);
struct vcpu *accel_find(struct accel *accel, uint64_t id);

/* The vCPU on whose thread this runs, NULL on other threads. For devices whose answer depends on who
 * asks (the XIVE thread interrupt management area). */
struct vcpu *accel_current(void);

void accel_lock(struct accel *accel);
void accel_unlock(struct accel *accel);

/* Lets the vCPUs run (starting their threads the first time) / brings all to a stop between two
 * instructions and waits until they are. Not with the lock held, not on a vCPU's thread. */
bool accel_resume(struct accel *accel, struct error *err);
void accel_pause(struct accel *accel);
bool accel_is_paused(const struct accel *accel);
/* From a vCPU's own thread (in a hypercall): no vCPU executes a further instruction until
 * accel_resume(); returns at once. For power-off, reset, panic. Lock held. */
void accel_freeze(struct accel *accel);

/* Halting and waking. vcpu_halt is for the vCPU's own thread within a hypercall and takes effect when that returns;
 * vcpu_start wants the lock; vcpu_prod and vcpu_kick do not. vcpu_kick has a halted or running vCPU look at its requests
 * again. */
void vcpu_halt(struct vcpu *v, enum vcpu_state state);
void vcpu_prod(struct vcpu *v);
void vcpu_start(struct vcpu *v);
void vcpu_kick(struct vcpu *v);
/* Any thread: stops it for good, to be removed by accel_remove(). Lock held. */
void vcpu_retire(struct vcpu *v);

/* Lock held, in a hypercall of the vCPU on whose thread this runs, or with all stopped.
 * accel_forget_translations: all vCPUs have forgotten these, and what they began with them is done.
 * accel_stop_others: no other vCPU executes anything until the lock is given away: to change what they look at without
 * it. accel_wait_stopped: a halted vCPU has left its last instruction; gives the lock away meanwhile. */
void accel_forget_translations(struct accel *accel, const struct mmu_invalidation *what, unsigned n);
void accel_stop_others(struct accel *accel);
void accel_wait_stopped(struct vcpu *v);

/* The processor's state as it is when the machine starts; while it does not run. */
void vcpu_reset(struct vcpu *v);

/* The external interrupt line of a vCPU: level. Its interrupt controller's lock held. */
void vcpu_set_external(struct vcpu *v, bool level);
/* System reset interrupt (NMI), machine check interrupt. */
void vcpu_system_reset(struct vcpu *v);
void vcpu_machine_check(struct vcpu *v);

/* 512 MHz ticks since the machine's start, standing still while paused. Any thread. */
uint64_t accel_timebase(const struct accel *accel);
enum { TIMEBASE_HZ = 512000000 };

#endif
