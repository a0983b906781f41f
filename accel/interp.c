/* The interpreter as an accelerator: struct cpu is all it needs. */
#include "accel/backend.h"

static void interp_run(struct vcpu *v, uint64_t limit)
{
    cpu_run(v->cpu, limit);
}

const struct accel_backend accel_interp = {
    .name = "interp",
    .run = interp_run,
    .ticks = accel_clock_ticks,
};
