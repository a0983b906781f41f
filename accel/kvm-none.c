/* KVM where there is none for the guest's processors. */
#include "accel/backend.h"

static bool none_usable(struct error *err)
{
    error_set(err, ERROR_UNSUPPORTED, "this host is not a POWER machine");
    error_hint(err, "leave -accel out, or use -accel tcg");
    return false;
}

static bool none_vcpu_new(struct vcpu *v, struct error *err)
{
    (void)v;
    return none_usable(err);
}

static void none_run(struct vcpu *v, uint64_t limit)
{
    (void)v;
    (void)limit;
}

const struct accel_backend accel_kvm = {
    .name = "kvm",
    .usable = none_usable,
    .vcpu_new = none_vcpu_new,
    .run = none_run,
    .ticks = accel_clock_ticks,
};
