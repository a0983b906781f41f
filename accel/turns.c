/* All vCPUs on one thread, in turns, with a time that their instructions make: the same input gives the same run.
 *
 * Each has a turn of so many instructions, unless it halts or waits for another one. Time moves by what is executed,
 * whoever does it, between turns and slices of the interpreter (which counts them; nothing is translated). When all have
 * halted, time jumps to the next decrementer that will wake one. What comes from outside (keys, disks, networks) comes
 * when it comes: a run that needs it is not the same twice. */
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "accel/accel-internal.h"
#include "base/log.h"

enum { TURN = 20000 };

struct turns {
    struct accel *accel;
    unsigned ns_per_instruction;
    _Atomic uint64_t done;    /* instructions of turns that are over, and jumps */
    const struct cpu *now;    /* whose turn it is; NULL: nobody's */
    uint64_t began;           /* its count then */
    uint64_t hash, executed;  /* of all turns */
    uint64_t random;
};

struct turns *turns_new(struct accel *accel, unsigned ns_per_instruction)
{
    struct turns *t = calloc(1, sizeof *t);

    if (t) {
        t->accel = accel;
        t->ns_per_instruction = ns_per_instruction;
        t->hash = UINT64_C(0xcbf29ce484222325);
    }
    return t;
}

void turns_free(struct turns *t)
{
    if (!t)
        return;
    if (log_on(LOG_ITEM_STATS))
        log_trace(LOG_ITEM_STATS, "icount: %" PRIu64 " instructions, hash %016" PRIx64, t->executed, t->hash);
    free(t);
}

/* Of another thread: as of the last turn's end. */
uint64_t turns_ticks(const struct turns *t)
{
    const struct vcpu *v = accel_current();
    uint64_t done = t->done;

    if (v && v->cpu == t->now)
        done += t->now->instructions - t->began;
    return done * t->ns_per_instruction * 64 / 125;
}

void turns_yield(struct turns *t)
{
    struct vcpu *v = accel_current();

    if (v && v->cpu == t->now && accel_count(t->accel) > 1)
        cpu_request(v->cpu, CPU_REQUEST_STOP);
}

uint64_t turns_random(struct turns *t)
{
    uint64_t v = t->random += UINT64_C(0x9e3779b97f4a7c15);

    v = (v ^ v >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    v = (v ^ v >> 27) * UINT64_C(0x94d049bb133111eb);
    return v ^ v >> 31;
}

static void mix(struct turns *t, uint64_t v)
{
    t->hash = (t->hash ^ v) * UINT64_C(0x100000001b3);
    t->hash ^= t->hash >> 29;
}

static void note_state(struct turns *t, const struct vcpu *v)
{
    const struct cpu *c = v->cpu;

    mix(t, v->index);
    mix(t, c->instructions);
    mix(t, c->nia);
    mix(t, c->msr);
    mix(t, c->lr);
    mix(t, c->ctr);
    for (unsigned i = 0; i < 32; i++)
        mix(t, c->gpr[i]);
}

static void take_turn(struct turns *t, struct vcpu *v)
{
    struct cpu *c = v->cpu;

    accel_set_current(v);
    t->began = c->instructions;
    t->now = c;
    vcpu_execute(v, c->instructions + TURN);
    t->now = NULL;
    t->done += c->instructions - t->began;
    t->executed += c->instructions - t->began;
    note_state(t, v);
}

/* One turn of each that may run; false if there is none. */
static bool go_round(struct turns *t)
{
    bool any = false;

    for (unsigned i = 0; i < accel_count(t->accel) && !accel_vcpu(t->accel, 0)->quit; i++) {
        struct vcpu *v = accel_vcpu(t->accel, i);

        if (!vcpu_may_run(v))
            continue;
        if (vcpu_is_to_wake(v))
            vcpu_wake(v);
        if (v->state != VCPU_RUNNING)
            continue;
        take_turn(t, v);
        any = true;
    }
    return any;
}

/* True if a decrementer will wake one: it is time now. */
static bool jump(struct turns *t)
{
    uint64_t least = UINT64_MAX;

    for (unsigned i = 0; i < accel_count(t->accel); i++) {
        const struct vcpu *v = accel_vcpu(t->accel, i);

        if (vcpu_may_run(v) && v->state == VCPU_CEDED && vcpu_ticks_to_expiry(v) < least)
            least = vcpu_ticks_to_expiry(v);
    }
    if (least == UINT64_MAX)
        return false;
    t->done += (least * 125 / 64 + t->ns_per_instruction) / t->ns_per_instruction;
    return true;
}

static bool anyone_may_go_on(struct turns *t)
{
    for (unsigned i = 0; i < accel_count(t->accel); i++) {
        const struct vcpu *v = accel_vcpu(t->accel, i);

        if (vcpu_may_run(v) && (v->state == VCPU_RUNNING || v->state == VCPU_CEDED || vcpu_is_to_wake(v)))
            return true;
    }
    return false;
}

/* With the lock, which is given away meanwhile: until somebody kicks. */
static void sleep_until_kicked(struct turns *t)
{
    struct vcpu *first = accel_vcpu(t->accel, 0);

    accel_unlock(t->accel);
    pthread_mutex_lock(&first->sleep_lock);
    atomic_store(&first->is_asleep, true);
    while (!accel_vcpu(t->accel, 0)->quit && !anyone_may_go_on(t))
        pthread_cond_wait(&first->wake, &first->sleep_lock);
    atomic_store(&first->is_asleep, false);
    pthread_mutex_unlock(&first->sleep_lock);
    accel_lock(t->accel);
}

void *turns_main(void *arg)
{
    struct turns *t = arg;
    sigset_t all;

    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    accel_lock(t->accel);
    for (unsigned i = 0; i < accel_count(t->accel); i++)
        accel_vcpu(t->accel, i)->tid = gettid();
    pthread_cond_broadcast(&t->accel->one_out);
    while (!accel_vcpu(t->accel, 0)->quit) {
        if (go_round(t) || jump(t)) {
            /* Others want the lock, too. */
            accel_unlock(t->accel);
            accel_lock(t->accel);
        } else {
            sleep_until_kicked(t);
        }
    }
    accel_unlock(t->accel);
    return NULL;
}
