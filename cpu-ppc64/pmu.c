/* Counting; see pmu.h. */
#include "cpu-ppc64/pmu.h"

enum { COUNTERS = 6, SELECTED_COUNTERS = 4 };

/* SIER: the sampled instruction address is valid; it was in problem state. [ISA3.0 III 9.4.10] */
#define SIER_PROBLEM PPC_BIT(38)
#define SIER_SIAR_VALID PPC_BIT(41)

/* Event codes that mean completed instructions, or cycles, on counters 1 to 4 of POWER8 to POWER10. */
static bool counts(unsigned counter, unsigned event)
{
    switch (event) {
    case 0x02: /* completed instructions */
    case 0x1e: /* cycles */
        return true;
    case 0xf0: /* cycles */
        return counter == 0;
    case 0xf4: /* run cycles */
    case 0xf2: /* dispatched instructions */
        return counter == 1 || (event == 0xf2 && counter == 2);
    case 0xfa: /* run instructions */
        return counter == 3;
    case 0xfe: /* instructions, at least one */
        return counter == 0;
    default:
        return false;
    }
}

/* MMCR2 has nine bits for each counter, of which the first two freeze it in one state. [ISA3.0 III 9.4.6] */
static bool is_frozen_alone(const struct cpu *c, unsigned counter, uint64_t msr)
{
    return c->spr[SPR_MMCR2] & PPC_BIT(9 * counter + (msr & MSR_PR ? 1 : 0));
}

static bool is_frozen(const struct cpu *c, uint64_t msr)
{
    uint64_t mmcr0 = c->spr[SPR_MMCR0];

    return (msr & MSR_PR ? pmu_freezes_problem_state(c) : (mmcr0 & MMCR0_FCS) != 0) || mmcr0 & (msr & MSR_PMM ? MMCR0_FCM1 : MMCR0_FCM0);
}

/* The registers of group A may be given to problem state, those of group B only be shown; ISA 3.1 can hide
 * them alone. Of group A, counters 5 and 6 can be left out. [ISA2.07 III 9.4.4, ISA3.1 III 10.4.4] */
static bool is_in_group_a(unsigned spr)
{
    return spr == SPR_UMMCR2 || spr == SPR_UMMCRA || spr == SPR_UMMCR0 ||
           (spr >= SPR_UPMC1 && spr < SPR_UPMC1 + COUNTERS);
}

enum pmu_access pmu_problem_access(const struct cpu *c, unsigned spr, bool is_write)
{
    enum { SHOWN, HIDDEN, GIVEN, GIVEN_WITHOUT_5_AND_6 };
    uint64_t mmcr0 = c->spr[SPR_MMCR0];

    switch (PPC_FIELD(mmcr0, 44, 45)) {
    case HIDDEN:
        return PMU_UNAVAILABLE;
    case SHOWN:
        if (is_write)
            return PMU_ILLEGAL;
        return !is_in_group_a(spr) && mmcr0 & MMCR0_PMCCEXT && c->model->level >= CPU_ISA_3_1 ? PMU_UNAVAILABLE
                                                                                            : PMU_OPEN;
    case GIVEN_WITHOUT_5_AND_6:
        if (spr >= SPR_UPMC1 + SELECTED_COUNTERS && spr < SPR_UPMC1 + COUNTERS)
            return PMU_UNAVAILABLE;
        break;
    default:
        break;
    }
    return is_write && !is_in_group_a(spr) ? PMU_ILLEGAL : PMU_OPEN;
}

static void alert(struct cpu *c, uint64_t msr)
{
    uint64_t mmcr0 = c->spr[SPR_MMCR0];

    mmcr0 = (mmcr0 & ~MMCR0_PMAE) | MMCR0_PMAO;
    if (mmcr0 & MMCR0_FCECE)
        mmcr0 |= MMCR0_FC;
    c->spr[SPR_MMCR0] = mmcr0;
    c->spr[SPR_SIAR] = c->cia;
    c->spr[SPR_SIER] = SIER_SIAR_VALID | (msr & MSR_PR ? SIER_PROBLEM : 0);
}

void pmu_count(struct cpu *c, uint64_t msr, uint64_t instructions)
{
    const uint64_t negative = UINT64_C(0x80000000);
    uint64_t mmcr0 = c->spr[SPR_MMCR0];
    bool alerts = false;

    if (is_frozen(c, msr))
        return;
    for (unsigned n = 0; n < COUNTERS; n++) {
        uint64_t *pmc = &c->spr[SPR_PMC1 + n];
        unsigned event = (unsigned)(c->spr[SPR_MMCR1] >> (24 - 8 * (n % SELECTED_COUNTERS))) & 0xff;

        if (is_frozen_alone(c, n, msr) || (n < SELECTED_COUNTERS ? !counts(n, event) : (mmcr0 & MMCR0_FC56) != 0))
            continue;
        *pmc = (uint32_t)(*pmc + instructions);
        alerts |= *pmc & negative && mmcr0 & (n == 0 ? MMCR0_PMC1CE : MMCR0_PMCJCE);
    }
    if (alerts && mmcr0 & MMCR0_PMAE)
        alert(c, msr);
}
