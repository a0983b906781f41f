/* The performance monitor: counters of instructions and cycles, and their interrupt. [ISA3.0 III 9]
 *
 * An instruction takes one cycle here, so that counts are the same in each run. The other events that a counter
 * could be set to do not occur. While counters run the interpreter looks at them after each instruction; while
 * they are frozen, as kernels keep them without perf, they cost nothing.
 *
 * Left out: random sampling, thresholds, event-based branches, the branch history. */
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
#define MMCR0_PMC1CE PPC_BIT(48)
#define MMCR0_PMCJCE PPC_BIT(49)
#define MMCR0_PMCCEXT PPC_BIT(54)
#define MMCR0_PMAO PPC_BIT(56)
#define MMCR0_FC56 PPC_BIT(59)

static inline bool pmu_is_running(const struct cpu *c)
{
    return !(c->spr[SPR_MMCR0] & MMCR0_FC);
}

/* True if problem state may read the registers: not with PMCC 0b01, nor with 0b00 if ISA 3.1's extension of it
 * is set. [ISA2.07 III 9.4.4, ISA3.1 III 10.4.4] */
static inline bool pmu_is_readable(const struct cpu *c)
{
    uint64_t mmcr0 = c->spr[SPR_MMCR0], pmcc = PPC_FIELD(mmcr0, 44, 45);

    return pmcc == 0 ? c->model->level < CPU_ISA_3_1 || !(mmcr0 & MMCR0_PMCCEXT) : pmcc != 1;
}

/* So many instructions have completed, the last one at cia, under an MSR. Sets off the alert that a counter's
 * most significant bit asks for. */
void pmu_count(struct cpu *c, uint64_t msr, uint64_t instructions);

/* True if the performance monitor interrupt is pending. */
static inline bool pmu_has_alert(const struct cpu *c)
{
    return c->spr[SPR_MMCR0] & MMCR0_PMAO;
}

#endif
