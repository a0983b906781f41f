/* Suspending; see suspend.h. There is nowhere to go: a partition that suspends itself in good order goes on at once,
 * where it is. */
#include "papr/suspend.h"

/* True if nobody but the caller runs or can be woken by an interrupt. */
static bool others_have_joined(const struct platform *p, const struct vcpu *self)
{
    for (unsigned i = 0; i < accel_count(p->accel); i++) {
        const struct vcpu *v = accel_vcpu(p->accel, i);

        if (v != self && (v->state == VCPU_RUNNING || (v->state != VCPU_STOPPED && v->cpu->msr & MSR_EE)))
            return false;
    }
    return true;
}

static int32_t rtas_ibm_suspend_me(void *self, struct vcpu *v, struct rtas_args *args)
{
    (void)args;
    return others_have_joined(self, v) ? RTAS_OK : RTAS_THREADS_ACTIVE;
}

enum { STREAM_INVALID = 0 };

/* r4 stream; out: r4 its state. No stream moves this partition. */
static int64_t h_vasi_state(void *self, struct vcpu *v, struct hcall_args *args)
{
    (void)self;
    (void)v;
    args->out[0] = STREAM_INVALID;
    return H_SUCCESS;
}

/* Arguments: none. There is no other firmware to activate. */
static int32_t rtas_ibm_activate_firmware(void *self, struct vcpu *v, struct rtas_args *args)
{
    (void)self;
    (void)v;
    (void)args;
    return RTAS_OK;
}

static const struct hcall_row suspend_hcalls[] = {
    { H_VASI_STATE, "H_VASI_STATE", NULL, .in = 1, .out = 1, .fn = h_vasi_state },
};

static const struct rtas_row suspend_rtas[] = {
    { 0x202a, "ibm,suspend-me", 0, 1, WHEN_JOIN, rtas_ibm_suspend_me },
    { 0x2050, "ibm,activate-firmware", 0, 1, WHEN_ALWAYS, rtas_ibm_activate_firmware },
};

const struct facility_type suspend_facility = {
    .name = "suspend",
    .hcalls = suspend_hcalls,
    .n_hcalls = ARRAY_SIZE(suspend_hcalls),
    .rtas = suspend_rtas,
    .n_rtas = ARRAY_SIZE(suspend_rtas),
};
