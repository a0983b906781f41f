/* What the decimal floating-point operations share: operands in FPRs and pairs of them, and FPSCR's
 * bookkeeping.
 *
 * A row ends in q if its operands are DFP Extended; the pair's even register has the high half.
 * The table sees to it that pairs are even. [ISA3.0 I 5.2.1] */
#ifndef CPU_PPC64_INTERP_DFP_H
#define CPU_PPC64_INTERP_DFP_H

#include "cpu-ppc64/fpu/decimal.h"
#include "cpu-ppc64/interp/fp.h"

static inline decimal_bits dfp_bits(const struct cpu *c, enum decimal_format format, unsigned n)
{
    return format == DECIMAL_EXTENDED ? (decimal_bits)CPU_FPR(c, n) << 64 | CPU_FPR(c, n + 1)
                                      : CPU_FPR(c, n);
}

static inline struct decimal dfp_operand(const struct cpu *c, enum decimal_format format,
                                         unsigned n)
{
    return decimal_unpack(format, dfp_bits(c, format, n));
}

/* Doublewords 1 of the VSRs become 0, as with all writes to FPRs here. */
static inline void dfp_set_bits(struct cpu *c, enum decimal_format format, unsigned n,
                                decimal_bits v)
{
    if (format == DECIMAL_EXTENDED) {
        c->vsr[n].d[VSR_D(0)] = (uint64_t)(v >> 64);
        c->vsr[n].d[VSR_D(1)] = 0;
        n++;
    }
    c->vsr[n].d[VSR_D(0)] = (uint64_t)v;
    c->vsr[n].d[VSR_D(1)] = 0;
}

static inline struct fp_status dfp_begin(const struct cpu *c)
{
    return (struct fp_status){ .enabled = c->fpscr & FPSCR_ENABLES };
}

static inline enum decimal_rounding dfp_rounding(const struct cpu *c)
{
    return (enum decimal_rounding)PPC_FIELD(c->fpscr, 29, 31);
}

/* The rounding mode that an instruction names: one of the primary or the secondary encodings. */
static inline enum decimal_rounding dfp_own_rounding(const struct cpu *c, unsigned r, unsigned rmc)
{
    static const uint8_t modes[] = {
        DECIMAL_NEAREST_EVEN, DECIMAL_TO_ZERO, DECIMAL_NEAREST_AWAY, 0,
        DECIMAL_UP,           DECIMAL_DOWN,    DECIMAL_AWAY,         DECIMAL_NEAREST_TO_ZERO,
    };

    return !r && rmc == 3 ? dfp_rounding(c) : (enum decimal_rounding)modes[r << 2 | rmc];
}

/* The end of an operation that sets FPSCR: its result into `target` and FPRF, unless an enabled
 * exception suppresses it. FPRF tells the class in `format`; the result may stand in a wider
 * register. */
static inline bool dfp_finish_as(struct cpu *c, const struct fp_status *s,
                                 enum decimal_format format, enum decimal_format in,
                                 unsigned target, decimal_bits bits, struct decimal result, bool rc)
{
    fp_record(c, s);
    c->fpscr &= ~(FPSCR_FR | FPSCR_FI);
    if (!fp_suppressed(s)) {
        dfp_set_bits(c, in, target, bits);
        c->fpscr &= ~FPSCR_FPRF;
        c->fpscr |=
            decimal_result_flags(format, result) | (s->fr ? FPSCR_FR : 0) | (s->fi ? FPSCR_FI : 0);
    }
    if (rc)
        fp_set_cr1(c);
    return fp_trap(c, s);
}

static inline bool dfp_finish(struct cpu *c, const struct fp_status *s, enum decimal_format format,
                              unsigned target, struct decimal result, bool rc)
{
    return dfp_finish_as(c, s, format, format, target, decimal_pack(format, result), result, rc);
}

/* The end of an operation that leaves FPSCR as it is. */
static inline bool dfp_finish_bits(struct cpu *c, enum decimal_format format, unsigned target,
                                   decimal_bits bits, bool rc)
{
    dfp_set_bits(c, format, target, bits);
    if (rc)
        fp_set_cr1(c);
    return true;
}

#endif
