/* What the files of accel/ share; see accel.h. */
#ifndef ACCEL_ACCEL_INTERNAL_H
#define ACCEL_ACCEL_INTERNAL_H

#include <stdio.h>

#include "accel/accel.h"
#include "accel/backend.h"

struct turns;

struct accel {
    struct accel_config config;
    const struct accel_backend *backend;
    void *backend_state; /* the backend's, of the whole machine */
    struct vcpu **vcpus; /* those that there are, by index; changed with all stopped and under the lock */
    unsigned n_vcpus;
    struct vcpu **places; /* limit of them, NULL: none there */
    unsigned limit;
    unsigned n_host_cpus;
    pthread_mutex_t lock;
    pthread_cond_t all_out; /* n_inside became 0 */
    pthread_cond_t one_out; /* it became less, or a thread has its number */
    _Atomic unsigned n_askers; /* asleep in await_answer(), or about to be */
    _Atomic uint32_t answers;  /* what they sleep on */
    unsigned n_inside;      /* vCPUs in cpu_run(); under the lock */
    FILE *perf_map;         /* NULL: none */
    struct clock *clock;    /* of decrementers; NULL: instructions are interpreted */
    _Atomic bool paused; /* changed under the lock */
    _Atomic bool tb_frozen;
    _Atomic uint64_t tb_offset; /* what to add to the host's ticks, or was last */
    _Atomic uint64_t tb_value; /* while frozen: the timebase; else what to add to the host's ticks */
    struct turns *turns; /* all vCPUs run on one thread; NULL: on one each */
};

/* accel.c. The lock is held for all but accel_set_current(). */
void accel_set_current(struct vcpu *v);
bool vcpu_may_run(const struct vcpu *v);
/* A halted one has a reason to go on; it does. */
bool vcpu_is_to_wake(const struct vcpu *v);
void vcpu_wake(struct vcpu *v);
/* Executes until something stops it or it has executed so many instructions; gives the lock away meanwhile. */
void vcpu_execute(struct vcpu *v, uint64_t limit);
/* Ticks until its decrementer turns negative. */
uint64_t vcpu_ticks_to_expiry(const struct vcpu *v);

/* turns.c: all vCPUs on one thread, one after the other, with a time that their instructions make. */
struct turns *turns_new(struct accel *accel, unsigned ns_per_instruction);
void turns_free(struct turns *turns);
uint64_t turns_ticks(const struct turns *turns);
/* The present one gives up the rest of its turn. */
void turns_yield(struct turns *turns);
/* The same numbers in each run, made by splitmix64. */
uint64_t turns_random(struct turns *turns);
/* The thread's function. */
void *turns_main(void *turns);

#endif
