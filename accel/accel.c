/* Virtual processors' threads; see accel.h.
 *
 * A vCPU's thread sleeps on its condition variable while the machine is paused or the vCPU halted, and otherwise is in
 * cpu_run(), which it leaves when CPU_REQUEST_STOP is set. It sleeps without the machine's lock: who changes what it
 * looks at (requests, prodded, paused ...) does that first and then wakes it by vcpu_kick(). It goes on under the lock. */
#include "accel/accel-internal.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "accel/backend.h"
#include "accel/clock.h"
#include "cpu-ppc64/guest.h"
#include "cpu-ppc64/jit/jit.h"
#include "cpu-ppc64/mmu/mmu.h"

enum { NS_PER_S = 1000000000 };

/* The vCPU that this host thread runs. One per thread by nature. */
static _Thread_local struct vcpu *current;

struct vcpu *accel_current(void)
{
    return current;
}

void accel_set_current(struct vcpu *v)
{
    current = v;
}

uint64_t accel_clock_ticks(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    /* 512 MHz = 64 ticks in 125 ns. */
    return (uint64_t)now.tv_sec * TIMEBASE_HZ + (uint64_t)now.tv_nsec * 64 / 125;
}

/* What the machine's timebase follows. */
static uint64_t host_ticks(const struct accel *a)
{
    return a->turns ? turns_ticks(a->turns) : a->backend->ticks();
}

uint64_t accel_timebase(const struct accel *a)
{
    uint64_t value = atomic_load_explicit(&a->tb_value, memory_order_acquire);

    return atomic_load_explicit(&a->tb_frozen, memory_order_acquire) ? value
                                                                     : host_ticks(a) + value;
}

static void freeze_timebase(struct accel *a)
{
    uint64_t now = accel_timebase(a);

    if (a->tb_frozen)
        return;
    /* A reader between the two stores sees a wrong value once, but all vCPUs are on their way out. */
    atomic_store(&a->tb_value, now);
    atomic_store(&a->tb_frozen, true);
}

static void thaw_timebase(struct accel *a)
{
    uint64_t granule = a->backend->tick_granule, value;

    if (!a->tb_frozen)
        return;
    value = a->tb_value - host_ticks(a);
    /* Time may go on a little later, but not run backwards. */
    value = granule ? align_up(value, granule) : value;
    atomic_store(&a->tb_offset, value);
    atomic_store(&a->tb_value, value);
    atomic_store(&a->tb_frozen, false);
}

/* Who waits in ask_others() looks again: a vCPU has gone out, has done what it was asked for, or is asked itself.
 * What they look at has been written before; they count themselves before they look. */
static void tell_askers(struct accel *a)
{
    if (!atomic_load(&a->n_askers))
        return;
    atomic_fetch_add(&a->answers, 1);
    syscall(SYS_futex, &a->answers, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

/* A vCPU that is out uses no translations, and flushes before it does again what it was asked to flush meanwhile:
 * others do not wait for it. It comes in again under the lock, so that who holds the lock knows that those who are out
 * stay out. */
static void go_out(struct vcpu *v)
{
    atomic_store(&v->is_out, true);
    tell_askers(v->accel);
}

static void come_in(struct vcpu *v)
{
    atomic_store(&v->is_out, false);
}

/* For a moment, in which the other side may be ready if it has a host processor of its own; now and then, with n
 * counting up, the host's processor is given away. */
enum { PAUSES = 64, YIELDS = PAUSES - 1 };
static void wait_a_little(unsigned n)
{
    if (n % PAUSES == YIELDS)
        sched_yield();
#if defined(__x86_64__)
    else
        __builtin_ia32_pause();
#endif
}

/* True if v, which was asked for something, is out or has done it, which clears the bit. */
static bool has_answered(const struct vcpu *v, uint32_t request)
{
    if (atomic_load(&v->is_out))
        return true;
    return !(request & CPU_REQUEST_STOP) && !(atomic_load(&v->cpu->requests) & request);
}

/* Two may wait for each other. */
static void answer(const struct vcpu *self)
{
    if (!atomic_load(&self->is_out))
        mmu_flush_requested(self->cpu);
}

static void await_answer(struct accel *a, const struct vcpu *self, const struct vcpu *v,
                         uint32_t request)
{
    enum { SPINS = 300 };

    for (unsigned n = 0; n < SPINS; n++) {
        if (has_answered(v, request))
            return;
        answer(self);
        wait_a_little(0);
    }
    atomic_fetch_add(&a->n_askers, 1);
    for (;;) {
        uint32_t answers = atomic_load(&a->answers);

        answer(self);
        if (has_answered(v, request))
            break;
        syscall(SYS_futex, &a->answers, FUTEX_WAIT_PRIVATE, answers, NULL, NULL, 0);
    }
    atomic_fetch_sub(&a->n_askers, 1);
}

/* Has another vCPU look at its requests: one whose processor does not by itself is interrupted. */
static void request(struct vcpu *v, uint32_t bits)
{
    cpu_request(v->cpu, bits);
    if (v->accel->backend->kick && v != current)
        v->accel->backend->kick(v);
}

/* Asks all vCPUs but self, on whose thread this runs, for something and waits for each: to forget n things, or, with
 * none, to stop. */
static void ask_others(struct accel *a, const struct vcpu *self, const struct mmu_invalidation *what, unsigned n)
{
    uint32_t bits = n ? CPU_REQUEST_FLUSH : CPU_REQUEST_STOP;

    for (unsigned i = 0; i < a->n_vcpus; i++) {
        if (a->vcpus[i] == self)
            continue;
        for (unsigned k = 0; k < n; k++)
            mmu_ask(a->vcpus[i]->cpu, &what[k]);
        request(a->vcpus[i], bits);
    }
    tell_askers(a);
    for (unsigned i = 0; i < a->n_vcpus; i++)
        if (a->vcpus[i] != self)
            await_answer(a, self, a->vcpus[i], bits);
}

static void up_flush_done(void *hv)
{
    tell_askers(((struct vcpu *)hv)->accel);
}

/* A loop that waits for another processor says so in each round. Most waits are shorter than a system call; and where
 * each has a host processor, the other one probably runs. */
static void up_yield(void *hv)
{
    enum { ROUNDS = 8, ROUNDS_WITH_CPUS = 256 };
    struct vcpu *v = hv;
    const struct accel *a = v->accel;

    if (a->turns)
        turns_yield(a->turns);
    else if (a->n_vcpus > 1)
        wait_a_little(++v->n_waits % (a->n_vcpus > a->n_host_cpus ? ROUNDS : ROUNDS_WITH_CPUS) ? 0 : YIELDS);
}

static void up_flush_others(void *hv, const struct mmu_invalidation *what)
{
    struct vcpu *v = hv;

    if (v->accel->n_vcpus > 1)
        ask_others(v->accel, v, what, 1);
}

static void forget(struct vcpu *v, const struct mmu_invalidation *what, unsigned n)
{
    for (unsigned k = 0; k < n; k++)
        mmu_invalidate(v->cpu, &what[k]);
}

void accel_forget_translations(struct accel *a, const struct mmu_invalidation *what, unsigned n)
{
    if (!current || current->accel != a) {
        for (unsigned i = 0; i < a->n_vcpus; i++)
            forget(a->vcpus[i], what, n);
        return;
    }
    forget(current, what, n);
    ask_others(a, current, what, n);
}

void accel_stop_others(struct accel *a)
{
    if (current && current->accel == a)
        ask_others(a, current, NULL, 0);
}

void accel_wait_stopped(struct vcpu *v)
{
    while (v->is_inside)
        pthread_cond_wait(&v->accel->one_out, &v->accel->lock);
}

void accel_hypercall(struct vcpu *v)
{
    struct accel *a = v->accel;

    if (!a->backend->hypercall_done && a->config.quick_hypercall && a->config.quick_hypercall(a->config.opaque, v))
        return;
    go_out(v);
    accel_lock(a);
    a->config.hypercall(a->config.opaque, v);
    if (a->backend->hypercall_done)
        a->backend->hypercall_done(v);
    come_in(v);
    accel_unlock(a);
}

static void up_leave_guest(void *hv, struct cpu *c)
{
    struct vcpu *v = hv;
    struct accel *a = v->accel;

    (void)c;
    go_out(v);
    accel_lock(a);
    a->config.leave_guest(a->config.opaque, v);
    come_in(v);
    accel_unlock(a);
}

bool accel_mmio(struct vcpu *v, gpa_t gpa, unsigned size, bool is_store, uint64_t *value)
{
    struct accel *a = v->accel;
    bool ok;

    go_out(v);
    accel_lock(a);
    ok = is_store ? mem_mmio_store(a->config.mem, gpa, size, *value) : mem_mmio_load(a->config.mem, gpa, size, value);
    come_in(v);
    accel_unlock(a);
    return ok;
}

const struct accel_config *accel_config(const struct accel *a)
{
    return &a->config;
}

void *accel_backend_state(const struct accel *a)
{
    return a->backend_state;
}

const char *accel_name(const struct accel *a)
{
    return a->backend->name;
}

uint64_t accel_timebase_offset(const struct accel *a)
{
    return a->tb_offset;
}

/* The processor's way up: hv is the vCPU. */
static void up_hypercall(void *hv, struct cpu *c)
{
    (void)c;
    accel_hypercall(hv);
}

/* Not to be waited for while the one who holds the lock waits for us. */
static bool up_lock_for_device(void *hv)
{
    struct vcpu *v = hv;
    unsigned n = 0;

    while (pthread_mutex_trylock(&v->accel->lock)) {
        if (atomic_load(&v->cpu->requests) & (CPU_REQUEST_FLUSH | CPU_REQUEST_STOP))
            return false;
        wait_a_little(n++);
    }
    return true;
}

static bool up_send_doorbell(void *hv, unsigned thread)
{
    struct vcpu *v = hv;
    struct accel *a = v->accel;
    unsigned index = v->index - v->cpu->tir + thread;
    struct vcpu *target;

    if (thread >= a->config.threads || !(target = accel_at(a, index)))
        return true;
    cpu_request(target->cpu, CPU_REQUEST_DOORBELL);
    vcpu_kick(target);
    return true;
}

static uint64_t up_timebase(void *hv)
{
    return accel_timebase(((struct vcpu *)hv)->accel);
}

static void up_lock(void *hv)
{
    accel_lock(((struct vcpu *)hv)->accel);
}

static void up_unlock(void *hv)
{
    accel_unlock(((struct vcpu *)hv)->accel);
}

static void up_missing_instruction(void *hv, struct cpu *c, uint64_t insn, const char *mnemonic)
{
    struct vcpu *v = hv;

    (void)c;
    if (!v->accel->config.missing_instruction)
        return;
    go_out(v);
    v->accel->config.missing_instruction(v->accel->config.opaque, v, insn, mnemonic);
    accel_lock(v->accel);
    come_in(v);
    accel_unlock(v->accel);
}

static bool up_unmaskable(void *hv, struct cpu *c, enum cpu_vector vector, uint64_t *srr1_bits,
                          uint64_t *address)
{
    struct vcpu *v = hv;
    struct accel *a = v->accel;
    bool ok;

    (void)c;
    if (!a->config.unmaskable)
        return true;
    accel_lock(a);
    ok = a->config.unmaskable(a->config.opaque, v, vector, srr1_bits, address);
    accel_unlock(a);
    return ok;
}

/* Ticks until then; a thousand seconds at most. */
static uint64_t ticks_to(const struct vcpu *v, uint64_t expiry)
{
    uint64_t now = cpu_timebase(v->cpu), most = UINT64_C(1000) * TIMEBASE_HZ;
    uint64_t ticks = expiry > now ? expiry - now : 0;

    /* A large decrementer may lie decades ahead: look once in a thousand seconds at least. */
    return ticks < most ? ticks : most;
}

uint64_t vcpu_ticks_to_expiry(const struct vcpu *v)
{
    return ticks_to(v, v->cpu->dec_expiry);
}

static uint64_t ns_of_ticks(uint64_t ticks)
{
    return ticks * 125 / 64 + 1;
}

static void up_decrementer_set(void *hv)
{
    struct vcpu *v = hv;

    const struct cpu_guest *guest;
    struct clock *clock = v->accel->clock;
    uint64_t now;

    if (!clock || !v->cpu)
        return;
    guest = v->cpu->guest;
    now = clock_now_ns();
    clock_set(clock, 2 * v->index, now + ns_of_ticks(vcpu_ticks_to_expiry(v)));
    if (UNLIKELY(guest))
        clock_set(clock, 2 * v->index + 1, now + ns_of_ticks(ticks_to(v, guest->hdec_expiry)));
}

/* Each vCPU has two deadlines; the second is its guest's. */
static void decrementer_due(void *opaque, unsigned index)
{
    cpu_request(((struct accel *)opaque)->places[index / 2]->cpu,
                index % 2 ? CPU_REQUEST_HYPERVISOR_DECREMENTER : CPU_REQUEST_DECREMENTER);
}

static void up_debug_stop(void *hv, struct cpu *c)
{
    struct vcpu *v = hv;
    struct accel *a = v->accel;

    (void)c;
    accel_lock(a);
    accel_freeze(a);
    if (a->config.debug_stop)
        a->config.debug_stop(a->config.opaque, v);
    accel_unlock(a);
}

static bool up_random(void *hv, uint64_t *value)
{
    const struct accel *a = ((struct vcpu *)hv)->accel;

    if (!a->turns)
        return getrandom(value, sizeof *value, GRND_NONBLOCK) == (ssize_t)sizeof *value;
    *value = turns_random(a->turns);
    return true;
}

static const struct cpu_hv_ops up = {
    .random = up_random,
    .hypercall = up_hypercall,
    .timebase = up_timebase,
    .lock = up_lock,
    .unlock = up_unlock,
    .lock_for_device = up_lock_for_device,
    .flush_others = up_flush_others,
    .flush_done = up_flush_done,
    .yield = up_yield,
    .send_doorbell = up_send_doorbell,
    .missing_instruction = up_missing_instruction,
    .unmaskable = up_unmaskable,
    .leave_guest = up_leave_guest,
    .decrementer_set = up_decrementer_set,
    .debug_stop = up_debug_stop,
};

/* Where perf looks for the names of code that a process has made. */
static bool open_perf_map(struct accel *a, struct error *err)
{
    char path[64];

    snprintf(path, sizeof path, "/tmp/perf-%ld.map", (long)getpid());
    a->perf_map = fopen(path, "w");
    if (!a->perf_map) {
        error_set(err, ERROR_RESOURCE, "%s: %s", path, strerror(errno));
        return false;
    }
    setvbuf(a->perf_map, NULL, _IOLBF, 0);
    return true;
}

static bool init_condition(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;
    bool ok;

    if (pthread_condattr_init(&attributes))
        return false;
    ok = !pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) &&
         !pthread_cond_init(condition, &attributes);
    pthread_condattr_destroy(&attributes);
    return ok;
}

static void free_vcpu(struct vcpu *v)
{
    if (!v)
        return;
    if (v->accel->backend->vcpu_free)
        v->accel->backend->vcpu_free(v);
    cpu_free(v->cpu);
    pthread_cond_destroy(&v->wake);
    pthread_mutex_destroy(&v->sleep_lock);
    free(v);
}

static struct vcpu *new_vcpu(struct accel *a, unsigned index, struct error *err)
{
    const struct accel_config *config = &a->config;
    struct vcpu *v = calloc(1, sizeof *v);

    if (!v || pthread_mutex_init(&v->sleep_lock, NULL) || !init_condition(&v->wake)) {
        error_set(err, ERROR_RESOURCE, "out of memory for processor %u", index);
        free(v);
        return NULL;
    }
    v->accel = a;
    v->index = index;
    v->id = config->vcpu_id ? config->vcpu_id(index, config->opaque) : index;
    v->state = VCPU_STOPPED;
    v->is_out = true;
    v->cpu = cpu_new(config->model, config->mem, &up, v, v->id, err);
    if (!v->cpu)
        goto fail;
    v->cpu->tir = index % config->threads;
    v->cpu->has_company = a->limit > 1;
    if (a->backend->vcpu_new && !a->backend->vcpu_new(v, err))
        goto fail;
    if (config->perf_map && v->cpu->jit) {
        if (!a->perf_map && !open_perf_map(a, err))
            goto fail;
        jit_set_perf_map(v->cpu->jit, a->perf_map);
    }
    if (v->cpu->jit && !a->clock && !(a->clock = clock_new(2 * a->limit, decrementer_due, a, err)))
        goto fail;
    return v;
fail:
    free_vcpu(v);
    return NULL;
}

/* The list of those that there are, anew. */
static void list_vcpus(struct accel *a)
{
    a->n_vcpus = 0;
    for (unsigned i = 0; i < a->limit; i++)
        if (a->places[i])
            a->vcpus[a->n_vcpus++] = a->places[i];
}

bool accel_add(struct accel *a, unsigned index, struct error *err)
{
    struct vcpu *v;

    assert(index < a->limit && !a->places[index] && a->paused);
    v = new_vcpu(a, index, err);
    if (!v)
        return false;
    accel_lock(a);
    a->places[index] = v;
    list_vcpus(a);
    accel_unlock(a);
    return true;
}

void vcpu_retire(struct vcpu *v)
{
    v->is_retired = true;
    vcpu_halt(v, VCPU_STOPPED);
}

/* Has the thread return, if there is one. Not with the lock held. */
static void end_thread(struct vcpu *v)
{
    accel_lock(v->accel);
    v->quit = true;
    request(v, CPU_REQUEST_STOP);
    vcpu_kick(v);
    accel_unlock(v->accel);
    if (v->thread_started)
        pthread_join(v->thread, NULL);
}

void accel_remove(struct accel *a, unsigned index)
{
    struct vcpu *v = a->places[index];

    assert(v && a->paused && !a->n_inside);
    end_thread(v);
    if (a->clock)
        for (unsigned k = 0; k < 2; k++)
            clock_forget(a->clock, 2 * index + k);
    accel_lock(a);
    a->places[index] = NULL;
    list_vcpus(a);
    accel_unlock(a);
    free_vcpu(v);
}

static struct accel *new_with(const struct accel_backend *backend, const struct accel_config *config,
                              struct error *err)
{
    struct accel *a = calloc(1, sizeof *a);
    unsigned limit = config->limit > config->n_vcpus ? config->limit : config->n_vcpus;

    if (a) {
        a->vcpus = calloc(limit, sizeof *a->vcpus);
        a->places = calloc(limit, sizeof *a->places);
    }
    if (!a || !a->vcpus || !a->places || pthread_mutex_init(&a->lock, NULL) || !init_condition(&a->all_out) ||
        !init_condition(&a->one_out)) {
        error_set(err, ERROR_RESOURCE, "out of memory for %u processors", limit);
        if (a) {
            free(a->vcpus);
            free(a->places);
        }
        free(a);
        return NULL;
    }
    a->config = *config;
    a->backend = backend;
    if (!a->config.threads)
        a->config.threads = 1;
    a->limit = limit;
    a->n_host_cpus = (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
    if (config->ns_per_instruction && !(a->turns = turns_new(a, config->ns_per_instruction))) {
        error_set(err, ERROR_RESOURCE, "out of memory");
        accel_free(a);
        return NULL;
    }
    a->paused = true;
    a->tb_frozen = true;
    if (backend->machine_new && !(a->backend_state = backend->machine_new(a, err))) {
        accel_free(a);
        return NULL;
    }
    for (unsigned i = 0; i < config->n_vcpus; i++)
        if (!accel_add(a, i, err)) {
            accel_free(a);
            return NULL;
        }
    return a;
}

struct accel *accel_new(const struct accel_config *config, struct error *err)
{
    struct accel_order order = config->order.n ? config->order : accel_default_order();

    /* What counts instructions, exactly. */
    if (config->ns_per_instruction)
        return new_with(&accel_interp, config, err);

    /* The last one's failure is the user's; those before are told in a line. */
    for (unsigned i = 0; i + 1 < order.n; i++) {
        struct error why = { 0 };
        struct accel *a = new_with(accel_backend(order.kind[i]), config, &why);

        if (a)
            return a;
        accel_tell_unusable(order.kind[i], &why);
    }
    return new_with(accel_backend(order.kind[order.n - 1]), config, err);
}

void accel_free(struct accel *a)
{
    if (!a)
        return;
    /* All are told before the first one is waited for. */
    accel_lock(a);
    for (unsigned i = 0; i < a->n_vcpus; i++) {
        a->vcpus[i]->quit = true;
        request(a->vcpus[i], CPU_REQUEST_STOP);
        vcpu_kick(a->vcpus[i]);
    }
    accel_unlock(a);
    for (unsigned i = 0; i < a->n_vcpus; i++)
        end_thread(a->vcpus[i]);
    clock_free(a->clock);
    if (a->perf_map)
        fclose(a->perf_map);
    for (unsigned i = 0; i < a->n_vcpus; i++)
        free_vcpu(a->vcpus[i]);
    if (a->backend_state)
        a->backend->machine_free(a->backend_state);
    pthread_cond_destroy(&a->all_out);
    pthread_cond_destroy(&a->one_out);
    pthread_mutex_destroy(&a->lock);
    turns_free(a->turns);
    free(a->vcpus);
    free(a->places);
    free(a);
}

unsigned accel_count(const struct accel *a)
{
    return a->n_vcpus;
}

struct vcpu *accel_vcpu(struct accel *a, unsigned n)
{
    return a->vcpus[n];
}

unsigned accel_limit(const struct accel *a)
{
    return a->limit;
}

struct vcpu *accel_at(struct accel *a, unsigned index)
{
    struct vcpu *v = index < a->limit ? a->places[index] : NULL;

    return v && !v->is_retired ? v : NULL;
}

struct vcpu *accel_find(struct accel *a, uint64_t id)
{
    unsigned low = 0, high = a->n_vcpus;

    /* Numbers ascend with indices. */
    while (low < high) {
        unsigned mid = (low + high) / 2;

        if (a->vcpus[mid]->id == id)
            return a->vcpus[mid]->is_retired ? NULL : a->vcpus[mid];
        if (a->vcpus[mid]->id < id)
            low = mid + 1;
        else
            high = mid;
    }
    return NULL;
}

void accel_lock(struct accel *a)
{
    pthread_mutex_lock(&a->lock);
}

void accel_unlock(struct accel *a)
{
    pthread_mutex_unlock(&a->lock);
}

/* Host time at which the decrementer turns negative. */
static struct timespec decrementer_deadline(const struct vcpu *v)
{
    uint64_t ns = ns_of_ticks(vcpu_ticks_to_expiry(v));
    struct timespec at;

    clock_gettime(CLOCK_MONOTONIC, &at);
    ns += (uint64_t)at.tv_nsec;
    at.tv_sec += (time_t)(ns / NS_PER_S);
    at.tv_nsec = (long)(ns % NS_PER_S);
    return at;
}

void vcpu_wake(struct vcpu *v)
{
    const struct accel_config *config = &v->accel->config;

    v->prodded = false;
    v->state = VCPU_RUNNING;
    if (config->woken)
        config->woken(config->opaque, v);
}

/* The reason for a halt's end has come. */
bool vcpu_is_to_wake(const struct vcpu *v)
{
    switch (atomic_load(&v->state)) {
    case VCPU_CEDED:
        return v->prodded || cpu_has_interrupt(v->cpu);
    case VCPU_WAITING:
        return v->prodded || atomic_load(&v->cpu->requests) & CPU_REQUEST_RESET;
    default:
        return false;
    }
}

bool vcpu_may_run(const struct vcpu *v)
{
    return !v->accel->paused && !v->held;
}

static bool is_to_look(const struct vcpu *v)
{
    return v->quit || (vcpu_may_run(v) && (v->state == VCPU_RUNNING || vcpu_is_to_wake(v)));
}

/* With a host processor for each vCPU, one that was woken quickly last time waits a moment before it sleeps: what wakes
 * a thread costs more. */
static bool comes_shortly(struct vcpu *v)
{
    enum { MOMENT_NS = 30000 };
    uint64_t end;

    if (!v->sleeps_shortly || v->accel->n_vcpus > v->accel->n_host_cpus)
        return false;
    end = clock_now_ns() + MOMENT_NS;
    do {
        for (unsigned n = 0; n < PAUSES / 4; n++)
            wait_a_little(0);
        if (is_to_look(v))
            return true;
    } while (clock_now_ns() < end);
    return false;
}

/* Without the lock. */
static void sleep_until_to_look(struct vcpu *v)
{
    enum { SHORT_NS = 50000 };
    uint64_t start;

    if (is_to_look(v) || comes_shortly(v))
        return;
    start = clock_now_ns();
    pthread_mutex_lock(&v->sleep_lock);
    /* Its partner is in vcpu_kick(). */
    atomic_store(&v->is_asleep, true);
    while (!is_to_look(v)) {
        if (vcpu_may_run(v) && v->state == VCPU_CEDED) {
            struct timespec deadline = decrementer_deadline(v);

            pthread_cond_timedwait(&v->wake, &v->sleep_lock, &deadline);
        } else {
            /* A stopped one has no use for a system reset. */
            if (vcpu_may_run(v) && v->state == VCPU_STOPPED)
                cpu_request_clear(v->cpu, CPU_REQUEST_RESET);
            pthread_cond_wait(&v->wake, &v->sleep_lock);
        }
    }
    atomic_store(&v->is_asleep, false);
    pthread_mutex_unlock(&v->sleep_lock);
    v->sleeps_shortly = clock_now_ns() - start < SHORT_NS;
}

/* Comes back with the lock. */
static void sleep_until_runnable(struct vcpu *v)
{
    struct accel *a = v->accel;

    for (;;) {
        sleep_until_to_look(v);
        accel_lock(a);
        if (v->quit)
            return;
        if (vcpu_may_run(v) && vcpu_is_to_wake(v))
            vcpu_wake(v);
        if (vcpu_may_run(v) && v->state == VCPU_RUNNING)
            return;
        accel_unlock(a);
    }
}

void vcpu_execute(struct vcpu *v, uint64_t limit)
{
    struct accel *a = v->accel;

    cpu_request_clear(v->cpu, CPU_REQUEST_STOP);
    a->n_inside++;
    v->is_inside = true;
    come_in(v);
    accel_unlock(a);
    /* Time may have stood still; and what ended a halt is to be seen at once. */
    up_decrementer_set(v);
    if (cpu_decrementer_pending(v->cpu))
        cpu_request(v->cpu, CPU_REQUEST_DECREMENTER);
    a->backend->run(v, limit);
    go_out(v);
    accel_lock(a);
    v->is_inside = false;
    pthread_cond_broadcast(&a->one_out);
    if (--a->n_inside == 0)
        pthread_cond_broadcast(&a->all_out);
}

static void *vcpu_main(void *arg)
{
    struct vcpu *v = arg;
    struct accel *a = v->accel;
    uint64_t limit = a->config.instruction_limit ? a->config.instruction_limit : UINT64_MAX;
    sigset_t all;

    /* Signals are the main thread's business. */
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    /* The decrementer is not to be late by the 50 us that the host's timers may be. */
    prctl(PR_SET_TIMERSLACK, 1UL);
    current = v;
    accel_lock(a);
    v->tid = gettid();
    pthread_cond_broadcast(&a->one_out);
    accel_unlock(a);
    for (;;) {
        sleep_until_runnable(v);
        if (v->quit)
            break;
        vcpu_execute(v, limit);
        if (v->cpu->instructions >= limit)
            v->state = VCPU_STOPPED;
        accel_unlock(a);
    }
    accel_unlock(a);
    return NULL;
}

bool accel_resume(struct accel *a, struct error *err)
{
    bool ok = true;

    accel_lock(a);
    thaw_timebase(a);
    a->paused = false;
    for (unsigned i = 0; i < a->n_vcpus && ok; i++) {
        struct vcpu *v = a->vcpus[i];

        if (!v->thread_started && (!a->turns || i == 0)) {
            int error = a->turns ? pthread_create(&v->thread, NULL, turns_main, a->turns)
                                 : pthread_create(&v->thread, NULL, vcpu_main, v);

            if (error) {
                error_set(err, ERROR_RESOURCE, "can't start a thread for processor %u: %s", v->index,
                          strerror(error));
                ok = false;
                break;
            }
            v->thread_started = true;
        }
        vcpu_kick(v);
    }
    /* Who asks for the threads' numbers finds them. */
    for (unsigned i = 0; i < a->n_vcpus && ok; i++)
        while (!a->vcpus[i]->tid && (!a->turns || i == 0))
            pthread_cond_wait(&a->one_out, &a->lock);
    accel_unlock(a);
    return ok;
}

void accel_freeze(struct accel *a)
{
    freeze_timebase(a);
    a->paused = true;
    for (unsigned i = 0; i < a->n_vcpus; i++)
        request(a->vcpus[i], CPU_REQUEST_STOP);
}

void accel_pause(struct accel *a)
{
    accel_lock(a);
    accel_freeze(a);
    while (a->n_inside)
        pthread_cond_wait(&a->all_out, &a->lock);
    accel_unlock(a);
}

bool accel_is_paused(const struct accel *a)
{
    return a->paused;
}

void vcpu_halt(struct vcpu *v, enum vcpu_state state)
{
    v->state = state;
    request(v, CPU_REQUEST_STOP);
}

void vcpu_kick(struct vcpu *v)
{
    if (v->accel->turns)
        v = v->accel->vcpus[0]; /* whose thread is that of all */
    /* What it is to look at has been written. Its partner is in sleep_until_to_look(). */
    atomic_thread_fence(memory_order_seq_cst);
    if (!atomic_load(&v->is_asleep))
        return;
    pthread_mutex_lock(&v->sleep_lock);
    pthread_cond_signal(&v->wake);
    pthread_mutex_unlock(&v->sleep_lock);
}

void vcpu_prod(struct vcpu *v)
{
    v->prodded = true;
    vcpu_kick(v);
}

void vcpu_start(struct vcpu *v)
{
    v->state = VCPU_RUNNING;
    v->prodded = false;
    vcpu_kick(v);
}

void vcpu_reset(struct vcpu *v)
{
    cpu_reset(v->cpu);
    if (v->accel->backend->reset)
        v->accel->backend->reset(v);
}

void vcpu_set_external(struct vcpu *v, bool level)
{
    if (v->accel->backend->set_external) {
        v->accel->backend->set_external(v, level);
        return;
    }
    if (level) {
        cpu_request(v->cpu, CPU_REQUEST_EXTERNAL);
        vcpu_kick(v);
    } else {
        cpu_request_clear(v->cpu, CPU_REQUEST_EXTERNAL);
    }
}

void vcpu_machine_check(struct vcpu *v)
{
    request(v, CPU_REQUEST_MCHECK);
    vcpu_kick(v);
}

void vcpu_system_reset(struct vcpu *v)
{
    request(v, CPU_REQUEST_RESET);
    vcpu_kick(v);
}
