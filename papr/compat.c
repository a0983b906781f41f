/* Logical processor versions; see compat.h. */
#include "papr/compat.h"

/* Oldest first. Processors have no level below 2.06 of their own: a guest held to 2.05 gets 2.06,
 * which adds only what that guest does not use. [LoPAR, PAPR processor binding, logical PVR] */
static const struct version {
    uint32_t pvr;
    enum cpu_isa_level level;
    unsigned max_threads;
} versions[] = {
    { 0x0f000002, CPU_ISA_2_06, 2 }, /* 2.05, POWER6 */
    { 0x0f000003, CPU_ISA_2_06, 4 }, /* 2.06, POWER7 */
    { 0x0f100003, CPU_ISA_2_06, 4 }, /* 2.06 plus, POWER7+ */
    { 0x0f000004, CPU_ISA_2_07, 8 }, /* 2.07, POWER8 */
    { 0x0f000005, CPU_ISA_3_0, 8 },  /* 3.00, POWER9 */
    { 0x0f000006, CPU_ISA_3_1, 8 },  /* 3.1, Power10 */
    { 0x0f000007, CPU_ISA_3_1, 8 },  /* 3.1, Power11 */
};

static const struct version *find(uint32_t pvr)
{
    for (size_t i = 0; i < ARRAY_SIZE(versions); i++)
        if (versions[i].pvr == pvr)
            return &versions[i];
    return NULL;
}

bool compat_is_supported(const struct cpu_model *model, uint32_t pvr)
{
    const struct version *version = find(pvr);

    return version && version <= find(model->logical_pvr);
}

bool compat_is_older(uint32_t a, uint32_t b)
{
    return find(a) < find(b);
}

enum cpu_isa_level compat_level(const struct cpu_model *model, uint32_t pvr)
{
    const struct version *version = find(pvr);

    return version ? version->level : model->level;
}

unsigned compat_max_threads(uint32_t pvr)
{
    const struct version *version = find(pvr);

    return version ? version->max_threads : ~0U;
}

uint32_t compat_shown_pvr(const struct cpu_model *model, uint32_t pvr)
{
    return pvr ? pvr : model->pvr;
}

void compat_apply(struct platform *p, uint32_t pvr)
{
    enum cpu_isa_level level = compat_level(p->config->model, pvr);
    bool changed = false;

    for (unsigned i = 0; i < accel_count(p->accel); i++) {
        struct cpu *c = accel_vcpu(p->accel, i)->cpu;

        changed |= c->level != level;
        c->level = level;
    }
    /* Which words are instructions was decided when they were decoded. */
    if (changed)
        mem_invalidate_code(p->mem, 0, p->mem->ram_size);
}
