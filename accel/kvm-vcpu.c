/* A vCPU of the host's KVM: its run loop and what ends it; see kvm.h.
 *
 * Whoever wants the vCPU's attention sets a bit of cpu.requests, then run->immediate_exit, then sends the signal; the
 * loop clears immediate_exit before it looks at the bits. So a bit that it has not seen makes the kernel return at once,
 * whether it came before KVM_RUN, within it, or between the two. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "accel/kvm.h"
#include "base/log.h"
#include "cpu-ppc64/mmu/mmu.h"

enum { KICK_SIGNAL = SIGUSR1 };

static void kicked(int signal)
{
    (void)signal;
}

bool kvm_kick_init(struct error *err)
{
    struct sigaction action = { .sa_handler = kicked };

    sigemptyset(&action.sa_mask);
    if (sigaction(KICK_SIGNAL, &action, NULL))
        return error_set(err, ERROR_RESOURCE, "sigaction: %s", strerror(errno));
    return true;
}

static bool enable(const struct kvm_vcpu *k, uint32_t cap)
{
    struct kvm_enable_cap e = { .cap = cap };

    return !ioctl(k->fd, KVM_ENABLE_CAP, &e);
}

bool kvm_vcpu_new(struct vcpu *v, struct error *err)
{
    struct kvm *kvm = accel_backend_state(v->accel);
    struct kvm_vcpu *k = calloc(1, sizeof *k);

    if (!k)
        return error_set(err, ERROR_RESOURCE, "out of memory for processor %u", v->id);
    v->backend = k;
    k->run_size = kvm->run_size;
    k->fd = ioctl(kvm->vm, KVM_CREATE_VCPU, (unsigned long)v->id);
    if (k->fd < 0) {
        error_set(err, ERROR_RESOURCE, "kvm: processor %u: %s", v->id, strerror(errno));
        error_hint(err, "type a smaller -smp");
        return false;
    }
    k->run = mmap(NULL, k->run_size, PROT_READ | PROT_WRITE, MAP_SHARED, k->fd, 0);
    if (k->run == MAP_FAILED) {
        k->run = NULL;
        return error_set(err, ERROR_RESOURCE, "kvm: processor %u: %s", v->id, strerror(errno));
    }
    if (!enable(k, KVM_CAP_PPC_PAPR) || !kvm_state_init(v))
        return error_set(err, ERROR_UNSUPPORTED, "kvm: processor %u cannot be a partition's: %s", v->id, strerror(errno));
    if (accel_config(v->accel)->fwnmi && !enable(k, KVM_CAP_PPC_FWNMI))
        return error_set(err, ERROR_UNSUPPORTED, "kvm: cap-fwnmi: %s", strerror(errno));
    return true;
}

void kvm_vcpu_free(struct vcpu *v)
{
    struct kvm_vcpu *k = kvm_of(v);

    if (!k)
        return;
    if (k->run)
        munmap(k->run, k->run_size);
    if (k->fd >= 0)
        close(k->fd);
    free(k);
    v->backend = NULL;
}

void kvm_vcpu_kick(struct vcpu *v)
{
    struct kvm_vcpu *k = kvm_of(v);

    if (!v->thread_started || !k)
        return;
    __atomic_store_n(&k->run->immediate_exit, 1, __ATOMIC_SEQ_CST);
    pthread_kill(v->thread, KICK_SIGNAL);
}

void kvm_vcpu_reset(struct vcpu *v)
{
    kvm_of(v)->must_forget_areas = true;
}

void kvm_vcpu_set_external(struct vcpu *v, bool level)
{
    struct kvm_interrupt line = { .irq = level ? KVM_INTERRUPT_SET_LEVEL : KVM_INTERRUPT_UNSET };

    /* Any thread may do it, and the kernel wakes the vCPU. */
    if (ioctl(kvm_of(v)->fd, KVM_INTERRUPT, &line))
        log_line(LOG_ERROR, "kvm", "processor %u: its external interrupt cannot be set: %s", v->id, strerror(errno));
}

/* ---- why the kernel has returned ---- */

static bool fail(struct vcpu *v, const char *why)
{
    struct accel *a = v->accel;

    accel_lock(a);
    log_line(LOG_ERROR, "kvm", "processor %u: %s", v->id, why);
    vcpu_halt(v, VCPU_STOPPED);
    if (accel_config(a)->failed)
        accel_config(a)->failed(accel_config(a)->opaque, v, why);
    accel_unlock(a);
    return false;
}

/* The bytes lie in run as they would in memory. */
static void access_device(struct vcpu *v)
{
    struct kvm_vcpu *k = kvm_of(v);
    struct kvm_run *run = k->run;
    unsigned size = run->mmio.len;
    uint64_t value = 0;

    k->in_access = true;
    for (unsigned i = 0; run->mmio.is_write && i < size; i++)
        value = value << 8 | run->mmio.data[i];
    if (!accel_mmio(v, run->mmio.phys_addr, size, run->mmio.is_write, &value)) {
        /* The instruction cannot be begun anew from here: no machine check, but all ones. */
        guest_error("kvm", "processor %u: %s at %llx, where nothing is", v->id, run->mmio.is_write ? "store" : "load",
                    (unsigned long long)run->mmio.phys_addr);
        value = UINT64_MAX;
    }
    for (unsigned i = 0; !run->mmio.is_write && i < size; i++)
        run->mmio.data[i] = (uint8_t)(value >> 8 * (size - 1 - i));
}

static void call(struct vcpu *v)
{
    kvm_get_registers(v);
    kvm_of(v)->in_hypercall = true;
    accel_hypercall(v);
}

/* False: the vCPU has stopped. */
static bool handle_exit(struct vcpu *v)
{
    struct kvm_run *run = kvm_of(v)->run;
    char why[128];

    switch (run->exit_reason) {
    case KVM_EXIT_PAPR_HCALL:
        call(v);
        return true;
    case KVM_EXIT_MMIO:
        access_device(v);
        return true;
    case KVM_EXIT_NMI:
        cpu_request(v->cpu, CPU_REQUEST_MCHECK);
        return true;
    case KVM_EXIT_INTR:
    case KVM_EXIT_HLT:
    case KVM_EXIT_UNKNOWN:
        snprintf(why, sizeof why, "unknown exit, hardware reason %llx", (unsigned long long)run->hw.hardware_exit_reason);
        return run->exit_reason != KVM_EXIT_UNKNOWN || fail(v, why);
    case KVM_EXIT_FAIL_ENTRY:
        snprintf(why, sizeof why, "the kernel cannot enter the guest: %llx",
                 (unsigned long long)run->fail_entry.hardware_entry_failure_reason);
        return fail(v, why);
    case KVM_EXIT_INTERNAL_ERROR:
        snprintf(why, sizeof why, "the kernel's internal error %u", run->internal.suberror);
        return fail(v, why);
    default:
        snprintf(why, sizeof why, "exit %u of the kernel is unknown", run->exit_reason);
        return fail(v, why);
    }
}

/* System resets and machine checks are taken here, as the processor would: the kernel is told the outcome. */
static void take_unmaskable(struct vcpu *v)
{
    kvm_get_all(v);
    cpu_deliver_pending(v->cpu);
}

static bool let_signal_through(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, KICK_SIGNAL);
    return !pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

static void set_online(struct kvm_vcpu *k, uint32_t online)
{
    struct kvm_one_reg one = { .id = KVM_REG_PPC_ONLINE, .addr = (uintptr_t)&online };

    /* A hint for its accounting, which older kernels do not know. */
    ioctl(k->fd, KVM_SET_ONE_REG, &one);
}

void kvm_vcpu_run(struct vcpu *v, uint64_t limit)
{
    struct kvm_vcpu *k = kvm_of(v);
    struct cpu *c = v->cpu;

    (void)limit;
    if (!k->is_ready)
        k->is_ready = let_signal_through();
    set_online(k, 1);
    /* The machine may have been reset. */
    accel_lock(v->accel);
    if (!kvm_put_partition(v->accel, c))
        log_line(LOG_ERROR, "kvm", "the guest's address translation cannot be set: %s", strerror(errno));
    accel_unlock(v->accel);
    for (;;) {
        uint32_t requests;
        long status;

        __atomic_store_n(&k->run->immediate_exit, 0, __ATOMIC_SEQ_CST);
        requests = atomic_load(&c->requests);
        if (requests & CPU_REQUEST_STOP)
            break;
        if (requests & CPU_REQUEST_FLUSH)
            mmu_flush_requested(c);
        if (requests & (CPU_REQUEST_RESET | CPU_REQUEST_MCHECK))
            take_unmaskable(v);
        if (!kvm_put(v)) {
            fail(v, "its state is refused");
            break;
        }
        status = kvm_enter(k->fd);
        k->in_hypercall = k->in_access = false;
        if (status == -EINTR || status == -EAGAIN)
            continue;
        if (status) {
            char why[128];

            snprintf(why, sizeof why, "KVM_RUN: %s", strerror((int)-status));
            fail(v, why);
            break;
        }
        if (!handle_exit(v))
            break;
    }
    kvm_get_all(v);
    if (v->state == VCPU_STOPPED)
        set_online(k, 0);
}
