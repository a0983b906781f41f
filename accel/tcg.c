/* The translator as an accelerator: a processor's translator belongs to its struct cpu, and cpu_run() uses it. */
#include "accel/backend.h"

static bool tcg_usable(struct error *err)
{
#if defined(__x86_64__)
    (void)err;
    return true;
#else
    error_set(err, ERROR_UNSUPPORTED, "there is no translator for this host");
    error_hint(err, "use -accel interp");
    return false;
#endif
}

static bool tcg_vcpu_new(struct vcpu *v, struct error *err)
{
    return cpu_enable_jit(v->cpu, &accel_config(v->accel)->jit, err);
}

static void tcg_run(struct vcpu *v, uint64_t limit)
{
    cpu_run(v->cpu, limit);
}

const struct accel_backend accel_tcg = {
    .name = "tcg",
    .usable = tcg_usable,
    .vcpu_new = tcg_vcpu_new,
    .run = tcg_run,
    .ticks = accel_clock_ticks,
};
