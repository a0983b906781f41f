/* KVM-HV: what the files of this accelerator share. [Linux: virt/kvm/api] */
#ifndef ACCEL_KVM_H
#define ACCEL_KVM_H

#include <linux/kvm.h>

#include "accel/backend.h"

enum { KVM_STATE_ROWS = 48 };

/* The whole machine. */
struct kvm {
    int fd;             /* /dev/kvm */
    int vm;
    size_t run_size;    /* of each vCPU's struct kvm_run */
    bool radix;         /* and the process table, as the kernel has them */
    uint64_t process_table;
    bool gtse;
};

/* One vCPU: what the kernel's copy of its state is, as far as it is known here. What struct cpu holds and this does not
 * is brought to the kernel before the next instruction. */
struct kvm_vcpu {
    int fd; /* -1: none */
    struct kvm_run *run;
    size_t run_size;
    bool is_ready;      /* the signal is let through: it runs on its thread */
    bool in_hypercall;  /* the kernel takes r3 to r12 from run when it is entered next */
    bool in_access;     /* it finishes an instruction then */
    struct kvm_regs regs;
    uint64_t rows[KVM_STATE_ROWS]; /* kvm-state.c */
    bool has_row[KVM_STATE_ROWS];
    union vsr vsr[64];
    uint64_t fpscr, lpcr, timebase_offset;
    uint32_t vscr;
    enum cpu_isa_level level; /* ARCH_COMPAT */
    bool must_forget_areas;   /* VPA and its kin, which the kernel keeps */
};

static inline struct kvm_vcpu *kvm_of(const struct vcpu *v)
{
    return v->backend;
}

/* KVM_RUN: 0 or -errno. Floating-point and vector registers of the caller survive (kvm-enter.c). */
long kvm_enter(int vcpu_fd);

/* kvm-state.c. init: which registers this kernel has; the state it has after creation. get_registers: those of each
 * hypercall. get_all: everything; what is under way is finished first. put: what differs.
 * False when the kernel refuses (errno). */
bool kvm_state_init(struct vcpu *v);
void kvm_get_registers(struct vcpu *v);
void kvm_get_all(struct vcpu *v);
bool kvm_put(struct vcpu *v);

/* kvm-vcpu.c. */
bool kvm_vcpu_new(struct vcpu *v, struct error *err);
void kvm_vcpu_free(struct vcpu *v);
void kvm_vcpu_run(struct vcpu *v, uint64_t limit);
void kvm_vcpu_kick(struct vcpu *v);
void kvm_vcpu_reset(struct vcpu *v);
void kvm_vcpu_set_external(struct vcpu *v, bool level);
/* Once for the process: the signal that interrupts KVM_RUN. */
bool kvm_kick_init(struct error *err);

/* kvm-limits.c: what guests of that machine may have. */
void kvm_read_limits(int vm, struct accel_limits *limits);

/* kvm.c: what the partition has registered (process table, MMU) becomes the kernel's. Lock held. */
bool kvm_put_partition(struct accel *a, const struct cpu *c);

#endif
