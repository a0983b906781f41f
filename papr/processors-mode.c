/* H_SET_MODE: how interrupts are delivered and what is watched; and what the processor does about
 * speculation (H_GET_CPU_CHARACTERISTICS). */
#include "cpu-ppc64/guest.h"
#include "cpu-ppc64/mmu/watch.h"
#include "papr/processors-internal.h"

void processors_change_lpcr(struct processors *x, uint64_t clear, uint64_t set)
{
    struct accel *accel = x->platform->accel;

    accel_stop_others(accel);
    for (unsigned i = 0; i < accel_count(accel); i++) {
        uint64_t *lpcr = guest_own_lpcr(accel_vcpu(accel, i)->cpu);

        *lpcr = (*lpcr & ~clear) | set;
    }
}

enum { CIABR_PRIVILEGE = 3, CIABR_HYPERVISOR = 3 };

static int64_t set_ciabr(struct cpu *c, uint64_t flags, uint64_t value1, uint64_t value2)
{
    if (flags)
        return H_UNSUPPORTED_FLAG;
    if (value2)
        return H_P4;
    if ((value1 & CIABR_PRIVILEGE) == CIABR_HYPERVISOR)
        return H_P3;
    c->spr[SPR_CIABR] = value1;
    return H_SUCCESS;
}

static int64_t set_dawr(struct cpu *c, unsigned n, uint64_t flags, uint64_t value1, uint64_t value2)
{
    if (flags)
        return H_UNSUPPORTED_FLAG;
    if (value2 & DAWRX_HYPERVISOR)
        return H_P4;
    watch_set(c, n, value1, (uint32_t)value2);
    return H_SUCCESS;
}

static int64_t set_interrupt_location(struct processors *x, uint64_t flags, uint64_t value1,
                                      uint64_t value2)
{
    if (value1)
        return H_P3;
    if (value2)
        return H_P4;
    if (flags != 0 && !(flags == 3 && x->platform->config->cap_ail_mode_3))
        return H_UNSUPPORTED_FLAG;
    processors_change_lpcr(x, LPCR_AIL, flags ? LPCR_AIL : 0);
    return H_SUCCESS;
}

static int64_t set_interrupt_endian(struct processors *x, uint64_t flags, uint64_t value1,
                                    uint64_t value2)
{
    if (value1)
        return H_P3;
    if (value2)
        return H_P4;
    if (flags > 1)
        return H_UNSUPPORTED_FLAG;
    processors_change_lpcr(x, LPCR_ILE, flags ? LPCR_ILE : 0);
    return H_SUCCESS;
}

/* r4 flags, r5 resource, r6 and r7 values. A second watch point that is not offered is no resource. */
int64_t h_set_mode(void *self, struct vcpu *v, struct hcall_args *args)
{
    enum { CIABR = 1, DAWR0 = 2, ADDRESS_TRANSLATION = 3, ENDIAN = 4, DAWR1 = 5 };
    uint64_t flags = args->in[0], value1 = args->in[2], value2 = args->in[3];
    struct cpu *c = v->cpu;

    switch (args->in[1]) {
    case CIABR:
        return set_ciabr(c, flags, value1, value2);
    case DAWR0:
        return set_dawr(c, 0, flags, value1, value2);
    case DAWR1:
        return processors_have_dawr1(self) ? set_dawr(c, 1, flags, value1, value2) : H_P2;
    case ADDRESS_TRANSLATION:
        return set_interrupt_location(self, flags, value1, value2);
    case ENDIAN:
        return set_interrupt_endian(self, flags, value1, value2);
    default:
        return H_P2;
    }
}

/* r4 of H_GET_CPU_CHARACTERISTICS. */
#define CHARACTER_SPEC_BARRIER PPC_BIT(0)
#define CHARACTER_BCCTRL_SERIALISED PPC_BIT(1)
#define CHARACTER_L1D_FLUSH_ORI30 PPC_BIT(2)
#define CHARACTER_L1D_FLUSH_TRIG2 PPC_BIT(3)
#define CHARACTER_L1D_THREAD_PRIVATE PPC_BIT(4)
#define CHARACTER_BRANCH_HINTS PPC_BIT(5)
#define CHARACTER_COUNT_CACHE_DISABLED PPC_BIT(7)
#define CHARACTER_BCCTR_FLUSH_ASSIST PPC_BIT(9)
/* r5. */
#define BEHAVIOUR_FAVOUR_SECURITY PPC_BIT(0)
#define BEHAVIOUR_L1D_FLUSH PPC_BIT(1)
#define BEHAVIOUR_BOUNDS_BARRIER PPC_BIT(2)
#define BEHAVIOUR_FLUSH_COUNT_CACHE PPC_BIT(5)
#define BEHAVIOUR_NO_L1D_FLUSH_ENTRY PPC_BIT(7)
#define BEHAVIOUR_NO_L1D_FLUSH_USER_ACCESS PPC_BIT(8)

enum ibs_level { IBS_BROKEN, IBS_WORKAROUND, IBS_FIXED_IBS, IBS_FIXED_CCD, IBS_FIXED_NA };

static const struct { uint64_t characteristics, behaviour; } cfpc_levels[] = {
    [CAP_BROKEN] = { 0, BEHAVIOUR_L1D_FLUSH },
    [CAP_WORKAROUND] = { CHARACTER_L1D_FLUSH_ORI30 | CHARACTER_L1D_FLUSH_TRIG2 |
                             CHARACTER_L1D_THREAD_PRIVATE,
                         BEHAVIOUR_L1D_FLUSH },
    [CAP_FIXED] = { 0, BEHAVIOUR_NO_L1D_FLUSH_ENTRY | BEHAVIOUR_NO_L1D_FLUSH_USER_ACCESS },
}, sbbc_levels[] = {
    [CAP_BROKEN] = { 0, BEHAVIOUR_BOUNDS_BARRIER },
    [CAP_WORKAROUND] = { CHARACTER_SPEC_BARRIER, BEHAVIOUR_BOUNDS_BARRIER },
    [CAP_FIXED] = { 0, 0 },
}, ibs_levels[] = {
    [IBS_BROKEN] = { 0, 0 },
    [IBS_WORKAROUND] = { 0, BEHAVIOUR_FLUSH_COUNT_CACHE },
    [IBS_FIXED_IBS] = { CHARACTER_BCCTRL_SERIALISED, 0 },
    [IBS_FIXED_CCD] = { CHARACTER_COUNT_CACHE_DISABLED, 0 },
    [IBS_FIXED_NA] = { 0, 0 },
};

/* Out: r4 characteristics, r5 behaviour. */
int64_t h_get_cpu_characteristics(void *self, struct vcpu *v, struct hcall_args *args)
{
    const struct platform_config *config = ((struct processors *)self)->platform->config;
    unsigned cfpc = config->cap_cfpc, sbbc = config->cap_sbbc, ibs = config->cap_ibs;

    (void)v;
    args->out[0] = CHARACTER_BRANCH_HINTS | cfpc_levels[cfpc].characteristics |
                   sbbc_levels[sbbc].characteristics | ibs_levels[ibs].characteristics;
    if (ibs == IBS_WORKAROUND && config->cap_ccf_assist)
        args->out[0] |= CHARACTER_BCCTR_FLUSH_ASSIST;
    args->out[1] = BEHAVIOUR_FAVOUR_SECURITY | cfpc_levels[cfpc].behaviour |
                   sbbc_levels[sbbc].behaviour | ibs_levels[ibs].behaviour;
    return H_SUCCESS;
}
