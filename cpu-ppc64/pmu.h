/* The performance monitor: counters of instructions and cycles, and their interrupt. [ISA3.0 III 9]
 *
 * An instruction takes one cycle here, so that counts are the same in each run. The other events that a counter
 * could be set to do not occur. While counters run the interpreter looks at them after each instruction; while
 * they are frozen, as kernels keep them without perf, they cost nothing.
 *
 * Left out: random sampling, thresholds, events of the timebase. */
#ifndef CPU_PPC64_PMU_H
#define CPU_PPC64_PMU_H

#include "cpu-ppc64/cpu.h"

/* Monitor mode control register 0. [ISA3.0 III 9.4.4] */
#define MMCR0_FC PPC_BIT(32)
#define MMCR0_FCS PPC_BIT(33)
#define MMCR0_FCP PPC_BIT(34)
#define MMCR0_FCM1 PPC_BIT(35)
#define MMCR0_FCM0 PPC_BIT(36)
#define MMCR0_PMAE PPC_BIT(37)
#define MMCR0_FCECE PPC_BIT(38)
#define MMCR0_BHRBA PPC_BIT(42)
#define MMCR0_EBE PPC_BIT(43)
#define MMCR0_PMCC PPC_BITMASK(44, 45)
#define MMCR0_PMC1CE PPC_BIT(48)
#define MMCR0_PMCJCE PPC_BIT(49)
#define MMCR0_FCPC PPC_BIT(51)
#define MMCR0_PMCCEXT PPC_BIT(54)
#define MMCR0_PMAO PPC_BIT(56)
#define MMCR0_FC56 PPC_BIT(59)

/* Monitor mode control register A: no branches are recorded, which ones are. [ISA3.1 III 10.4.7] */
#define MMCRA_BHRBRD PPC_BIT(26)
#define MMCRA_IFM PPC_BITMASK(32, 33)

static inline bool pmu_is_running(const struct cpu *c)
{
    return !(c->spr[SPR_MMCR0] & MMCR0_FC);
}

/* So many instructions have completed, the last one at cia, under an MSR. Sets off the alert that a counter's
 * most significant bit asks for. */
void pmu_count(struct cpu *c, uint64_t msr, uint64_t instructions);

/* Nothing is counted or recorded in problem state. FCPC turns FCP's meaning around where there is a hypervisor. */
static inline bool pmu_freezes_problem_state(const struct cpu *c)
{
    return !(c->spr[SPR_MMCR0] & MMCR0_FCP) != !(c->spr[SPR_MMCR0] & MMCR0_FCPC);
}

/* True if the performance monitor interrupt is pending; and: if the alert is an event-based exception instead. */
static inline bool pmu_has_alert(const struct cpu *c)
{
    return (c->spr[SPR_MMCR0] & (MMCR0_PMAO | MMCR0_EBE)) == MMCR0_PMAO;
}

static inline bool pmu_has_event(const struct cpu *c)
{
    return (c->spr[SPR_MMCR0] & (MMCR0_PMAO | MMCR0_EBE)) == (MMCR0_PMAO | MMCR0_EBE);
}

/* What MMCR0[PMCC] makes of an access of problem state to one of its views of the monitor's registers. */
enum pmu_access { PMU_OPEN, PMU_ILLEGAL, PMU_UNAVAILABLE };
enum pmu_access pmu_problem_access(const struct cpu *c, unsigned spr, bool is_write);

#endif
