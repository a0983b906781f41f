/* What an operation of the interpreter is, and the checks that come before it.
 *
 * An operation executes one instruction: c->cia is its address, c->nia already that of the next one.
 * It returns true to go on at c->nia within the same context, false when the context changed (an
 * interrupt was delivered, the MSR written, code invalidated). Operations are found by the generator
 * of the instruction table by lines that begin with `OP(name)`. */
#ifndef CPU_PPC64_INTERP_OP_H
#define CPU_PPC64_INTERP_OP_H

#include "cpu-ppc64/guest.h"
#include "cpu-ppc64/isa/isa.h"
#include "gen/isa-gen.h"

typedef bool (*op_fn)(struct cpu *c, insn_t i);

#define OP(name)                                                                                 \
    bool op_##name(struct cpu *c, insn_t i);                                                     \
    bool op_##name(struct cpu *c __attribute__((unused)), insn_t i __attribute__((unused)))

/* One for each row of the table. */
extern const op_fn isa_ops[ISA_COUNT];

/* A row without an operation: logs the mnemonic once, raises the illegal-instruction interrupt. */
bool op_missing(struct cpu *c, insn_t i);
/* A word that is no instruction (of the processor's ISA level). */
bool op_invalid(struct cpu *c, insn_t i);
/* A prefix whose suffix lies in the next 64 bytes: the alignment interrupt. */
bool op_prefix_crossing(struct cpu *c, insn_t i);
/* or Rx,Rx,Rx, which moves nothing and sets the program's priority. */
bool op_or_priority(struct cpu *c, insn_t i);
/* An instruction for hypervisors: the privileged-instruction program interrupt. */
bool op_hypervisor(struct cpu *c, insn_t i);

/* Raises the unavailable interrupt and returns false unless the facility is on (interp/system.c has
 * the slow part). */
bool op_facility_unavailable(struct cpu *c, enum facility f);

static inline bool op_facility_ok(struct cpu *c, enum facility f)
{
    switch (f) {
    case FACILITY_FP:
    case FACILITY_DFP:
        if (LIKELY(c->msr & MSR_FP) && guest_may_use(c, FSCR_FP))
            return true;
        break;
    case FACILITY_VEC:
        if (LIKELY(c->msr & MSR_VEC) && guest_may_use(c, FSCR_VEC_VSX))
            return true;
        break;
    case FACILITY_VSX:
        if (LIKELY(c->msr & MSR_VSX) && guest_may_use(c, FSCR_VEC_VSX))
            return true;
        break;
    case FACILITY_NONE:
        return true;
    default:
        break;
    }
    return op_facility_unavailable(c, f);
}

static inline bool op_privileged_ok(struct cpu *c, insn_t i __attribute__((unused)))
{
    if (LIKELY(!(c->msr & MSR_PR)))
        return true;
    return cpu_interrupt_program(c, PROGRAM_PRIVILEGED);
}

/* (RA|0) */
static inline uint64_t gpr_or_zero(const struct cpu *c, unsigned ra)
{
    return ra ? c->gpr[ra] : 0;
}

/* The base of a prefixed instruction's sum: (RA|0), or its own address if the prefix says that it is
 * relative. False after the illegal-instruction interrupt: relative to two things. [ISA3.1 I 1.6.3] */
static inline bool prefixed_base(struct cpu *c, insn_t i, uint64_t *base)
{
    *base = f_pcrel(i) ? c->cia : gpr_or_zero(c, f_ra(i));
    return !(f_pcrel(i) && f_ra(i)) || cpu_interrupt_program(c, PROGRAM_ILLEGAL);
}

/* CR field 0 from a result compared with 0, as record forms do. In 32-bit mode only the low word
 * counts. [ISA3.0 I 2.3.1] */
static inline void set_cr0(struct cpu *c, uint64_t result)
{
    int64_t v = LIKELY(c->msr & MSR_SF) ? (int64_t)result : (int32_t)result;

    c->crf[0] = (uint8_t)((v < 0 ? CR_LT : v > 0 ? CR_GT : CR_EQ) | c->xer_so);
}

#endif
