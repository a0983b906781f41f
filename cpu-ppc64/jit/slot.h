/* The parts of the processor's state that translated code keeps in values: slots. Everything else is
 * touched only by the interpreter's operations. */
#ifndef CPU_PPC64_JIT_SLOT_H
#define CPU_PPC64_JIT_SLOT_H

#include "cpu-ppc64/cpu.h"

enum slot {
    SLOT_GPR,                      /* 32 of them */
    SLOT_LR = SLOT_GPR + 32,
    SLOT_CTR,
    SLOT_CA,                       /* 0 or 1 */
    SLOT_CA32,
    SLOT_CRF,                      /* 8: a comparison, or a number 0 to 15 */
    SLOT_FPR = SLOT_CRF + 8,       /* 64: doubleword 0 of VSR n; doubleword 1 is 0 when it is written */
    SLOT_VSR = SLOT_FPR + 64,      /* 64: the whole register */
    SLOT_NOTES = SLOT_VSR + 64,    /* what FPSCR will be made of, see jit/fpscr.h: the last arithmetic operation */
    SLOT_FP_OP = SLOT_NOTES,       /* which, and its operands */
    SLOT_FP_A,
    SLOT_FP_B,
    SLOT_FP_C,
    SLOT_FP_INT_OP,                /* the last conversion to an integer since, and its operand */
    SLOT_FP_INT_A,
    SLOT_FP_COMPARE_OP,            /* the last comparison since, and its operands */
    SLOT_FP_COMPARE_A,
    SLOT_FP_COMPARE_B,
    SLOTS,
};

/* Where a slot lives in struct cpu, and how many bytes it has there. */
static inline size_t slot_offset(unsigned slot)
{
    if (slot < SLOT_LR)
        return offsetof(struct cpu, gpr) + 8 * slot;
    if (slot >= SLOT_NOTES)
        return offsetof(struct cpu, fp_notes) + 8 * (slot - SLOT_NOTES);
    if (slot >= SLOT_VSR)
        return offsetof(struct cpu, vsr) + 16 * (slot - SLOT_VSR);
    if (slot >= SLOT_FPR)
        return offsetof(struct cpu, vsr) + 16 * (slot - SLOT_FPR) + 8 * VSR_D(0);
    if (slot >= SLOT_CRF)
        return offsetof(struct cpu, crf) + (slot - SLOT_CRF);
    switch (slot) {
    case SLOT_LR:
        return offsetof(struct cpu, lr);
    case SLOT_CTR:
        return offsetof(struct cpu, ctr);
    case SLOT_CA:
        return offsetof(struct cpu, xer_ca);
    default:
        return offsetof(struct cpu, xer_ca32);
    }
}

static inline unsigned slot_size(unsigned slot)
{
    return slot >= SLOT_NOTES ? 8 : slot >= SLOT_VSR ? 16 : slot >= SLOT_FPR || slot < SLOT_CA ? 8 : 1;
}

/* Written alone, the register's other doubleword becomes 0. */
static inline bool slot_is_fpr(unsigned slot)
{
    return slot >= SLOT_FPR && slot < SLOT_VSR;
}

#endif
