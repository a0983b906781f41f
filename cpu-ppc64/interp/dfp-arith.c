/* Decimal floating point: arithmetic, and instructions that give a number another quantum.
 * [ISA3.0 I 5.6.1, 5.6.4] */
#include "cpu-ppc64/interp/dfp.h"

#define LONG DECIMAL_LONG
#define EXTENDED DECIMAL_EXTENDED

/* ---- arithmetic ---- */

typedef struct decimal (*arithmetic_fn)(struct fp_status *s, enum decimal_rounding rounding,
                                        enum decimal_format format, struct decimal a,
                                        struct decimal b);

static bool arithmetic(struct cpu *c, insn_t i, enum decimal_format format, arithmetic_fn compute)
{
    struct fp_status s = dfp_begin(c);
    const struct decimal a = dfp_operand(c, format, f_fra(i)), b = dfp_operand(c, format, f_frb(i));

    return dfp_finish(c, &s, format, f_frt(i), compute(&s, dfp_rounding(c), format, a, b), f_rc(i));
}

OP(dadd) { return arithmetic(c, i, LONG, decimal_add); }
OP(daddq) { return arithmetic(c, i, EXTENDED, decimal_add); }
OP(dsub) { return arithmetic(c, i, LONG, decimal_subtract); }
OP(dsubq) { return arithmetic(c, i, EXTENDED, decimal_subtract); }
OP(dmul) { return arithmetic(c, i, LONG, decimal_multiply); }
OP(dmulq) { return arithmetic(c, i, EXTENDED, decimal_multiply); }
OP(ddiv) { return arithmetic(c, i, LONG, decimal_divide); }
OP(ddivq) { return arithmetic(c, i, EXTENDED, decimal_divide); }

/* ---- quantize ---- */

static bool quantize_immediate(struct cpu *c, insn_t i, enum decimal_format format)
{
    struct fp_status s = dfp_begin(c);
    const enum decimal_rounding rounding = dfp_own_rounding(c, 0, f_rmc(i));
    const struct decimal b = dfp_operand(c, format, f_frb(i));

    return dfp_finish(c, &s, format, f_frt(i),
                      decimal_quantize(&s, rounding, format, b, (int)f_te(i)), f_rc(i));
}

OP(dquai) { return quantize_immediate(c, i, LONG); }
OP(dquaiq) { return quantize_immediate(c, i, EXTENDED); }

/* The exponent of FRA for the number in FRB. An infinity can be given that of an infinity. */
static bool quantize(struct cpu *c, insn_t i, enum decimal_format format)
{
    struct fp_status s = dfp_begin(c);
    const enum decimal_rounding rounding = dfp_own_rounding(c, 0, f_rmc(i));
    const struct decimal a = dfp_operand(c, format, f_fra(i)), b = dfp_operand(c, format, f_frb(i));
    struct decimal result;

    if (a.class >= FP_QNAN || b.class >= FP_QNAN)
        result = decimal_nan_of(&s, format, a, b);
    else if (a.class == FP_INFINITE)
        result = b.class == FP_INFINITE
                     ? (struct decimal){ .class = FP_INFINITE, .negative = b.negative }
                     : decimal_invalid_conversion(&s);
    else
        result = decimal_quantize(&s, rounding, format, b, a.exponent);
    return dfp_finish(c, &s, format, f_frt(i), result, f_rc(i));
}

OP(dqua) { return quantize(c, i, LONG); }
OP(dquaq) { return quantize(c, i, EXTENDED); }

/* FRA has a number of digits, whatever the format of FRB. */
static bool reround(struct cpu *c, insn_t i, enum decimal_format format)
{
    struct fp_status s = dfp_begin(c);
    const enum decimal_rounding rounding = dfp_own_rounding(c, 0, f_rmc(i));
    const struct decimal b = dfp_operand(c, format, f_frb(i));
    const unsigned digits = CPU_FPR(c, f_fra(i)) & 0x3f;

    return dfp_finish(c, &s, format, f_frt(i), decimal_reround(&s, rounding, format, b, digits),
                      f_rc(i));
}

OP(drrnd) { return reround(c, i, LONG); }
OP(drrndq) { return reround(c, i, EXTENDED); }

static bool round_integral(struct cpu *c, insn_t i, enum decimal_format format, bool raises_inexact)
{
    struct fp_status s = dfp_begin(c);
    const enum decimal_rounding rounding = dfp_own_rounding(c, f_r(i), f_rmc(i));
    const struct decimal b = dfp_operand(c, format, f_frb(i));

    return dfp_finish(c, &s, format, f_frt(i),
                      decimal_round_integral(&s, rounding, b, raises_inexact), f_rc(i));
}

OP(drintx) { return round_integral(c, i, LONG, true); }
OP(drintxq) { return round_integral(c, i, EXTENDED, true); }
OP(drintn) { return round_integral(c, i, LONG, false); }
OP(drintnq) { return round_integral(c, i, EXTENDED, false); }
