/* What the floating-point operations share: FPSCR's bookkeeping around an operation. [ISA3.0 I 4.4] */
#ifndef CPU_PPC64_INTERP_FP_H
#define CPU_PPC64_INTERP_FP_H

#include "cpu-ppc64/fpu/fpu.h"
#include "cpu-ppc64/interp/op.h"

#define FPSCR_ENABLES (FPSCR_VE | FPSCR_OE | FPSCR_UE | FPSCR_ZE | FPSCR_XE)

/* Sets FEX and VX from the other bits. */
static inline uint64_t fpscr_summarise(uint64_t fpscr)
{
    bool vx = fpscr & FPSCR_VX_ALL;

    fpscr &= ~(FPSCR_FEX | FPSCR_VX);
    if (vx)
        fpscr |= FPSCR_VX;
    if ((vx && fpscr & FPSCR_VE) || (fpscr & FPSCR_OX && fpscr & FPSCR_OE) ||
        (fpscr & FPSCR_UX && fpscr & FPSCR_UE) || (fpscr & FPSCR_ZX && fpscr & FPSCR_ZE) ||
        (fpscr & FPSCR_XX && fpscr & FPSCR_XE))
        fpscr |= FPSCR_FEX;
    return fpscr;
}

static inline struct fp_status fp_begin(const struct cpu *c)
{
    return (struct fp_status){ .rounding = (enum fp_rounding)(c->fpscr & FPSCR_RN),
                               .enabled = c->fpscr & FPSCR_ENABLES };
}

/* True if an enabled exception keeps the target as it is. */
static inline bool fp_suppressed(const struct fp_status *s)
{
    return (s->raised & FPSCR_VX_ALL && s->enabled & FPSCR_VE) ||
           (s->raised & FPSCR_ZX && s->enabled & FPSCR_ZE);
}

/* Records what was raised; FX if any of it is new. */
static inline void fp_record(struct cpu *c, const struct fp_status *s)
{
    if (s->raised & ~c->fpscr)
        c->fpscr |= FPSCR_FX;
    if (s->raised)
        c->fpscr = fpscr_summarise(c->fpscr | s->raised);
}

/* The end of an operation: the interrupt if an exception that it raised is enabled. */
static inline bool fp_trap(struct cpu *c, const struct fp_status *s)
{
    if (LIKELY(!(s->raised && c->fpscr & FPSCR_FEX && c->msr & (MSR_FE0 | MSR_FE1))))
        return true;
    return cpu_interrupt_program(c, PROGRAM_FP);
}

/* CR1 := FX FEX VX OX. */
static inline void fp_set_cr1(struct cpu *c)
{
    c->crf[1] = c->fpscr >> 28 & 0xf;
}

/* The end of a scalar operation with a floating-point result. */
static inline bool fp_finish_scalar(struct cpu *c, struct fp_status *s, enum fp_format format,
                                    union vsr *target, uint64_t result, bool rc)
{
    fp_record(c, s);
    c->fpscr &= ~(FPSCR_FR | FPSCR_FI);
    if (!fp_suppressed(s)) {
        target->d[VSR_D(0)] = result;
        target->d[VSR_D(1)] = 0;
        c->fpscr &= ~FPSCR_FPRF;
        c->fpscr |= fp_result_flags(format, result) | (s->fr ? FPSCR_FR : 0) |
                    (s->fi ? FPSCR_FI : 0);
    }
    if (rc)
        fp_set_cr1(c);
    return fp_trap(c, s);
}

/* The same for a result that is an integer: FPRF is undefined and left alone. */
static inline bool fp_finish_integer(struct cpu *c, struct fp_status *s, union vsr *target,
                                     uint64_t result, bool rc)
{
    fp_record(c, s);
    c->fpscr &= ~(FPSCR_FR | FPSCR_FI);
    if (!fp_suppressed(s)) {
        target->d[VSR_D(0)] = result;
        target->d[VSR_D(1)] = 0;
        c->fpscr |= (s->fr ? FPSCR_FR : 0) | (s->fi ? FPSCR_FI : 0);
    }
    if (rc)
        fp_set_cr1(c);
    return fp_trap(c, s);
}

/* The same for vectors: any enabled exception of one element keeps all of them. [ISA3.0 I 7.4] */
static inline bool fp_suppressed_vector(const struct fp_status *s)
{
    /* OX, UX, ZX and XX stand 22 bits above OE, UE, ZE and XE. */
    return (s->raised & FPSCR_VX_ALL && s->enabled & FPSCR_VE) ||
           s->raised >> 22 & s->enabled & (FPSCR_OE | FPSCR_UE | FPSCR_ZE | FPSCR_XE);
}

/* The end of a vector operation: FR, FI and FPRF are not its business. */
static inline bool fp_finish_vector(struct cpu *c, struct fp_status *s, union vsr *target,
                                    const union vsr *result)
{
    fp_record(c, s);
    if (!fp_suppressed_vector(s))
        *target = *result;
    return fp_trap(c, s);
}

static inline struct fp fp_double(uint64_t bits)
{
    return fp_unpack(FP_DOUBLE, bits);
}

static inline struct fp fp_single(uint32_t bits)
{
    return fp_unpack(FP_SINGLE, bits);
}

#endif
