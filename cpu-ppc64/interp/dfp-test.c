/* Decimal floating point: comparisons and tests, whose results go to a CR field and to FPCC.
 * [ISA3.0 I 5.6.2, 5.6.3] */
#include "cpu-ppc64/interp/dfp.h"

#define LONG DECIMAL_LONG
#define EXTENDED DECIMAL_EXTENDED

/* The rest of FPRF stays as it is. */
static bool set_condition(struct cpu *c, insn_t i, uint8_t condition)
{
    c->fpscr = (c->fpscr & ~FPSCR_FPCC) | PPC_FIELD_PUT(condition, 48, 51);
    c->crf[f_bf(i)] = condition;
    return true;
}

/* An ordered comparison objects to quiet NaNs too. */
static bool compare(struct cpu *c, insn_t i, enum decimal_format format, bool ordered)
{
    static const uint8_t conditions[] = { CR_LT, CR_EQ, CR_GT, CR_SO };
    struct fp_status s = dfp_begin(c);
    const struct decimal a = dfp_operand(c, format, f_fra(i)), b = dfp_operand(c, format, f_frb(i));
    const int order = decimal_compare(a, b);
    const bool signalling = a.class == FP_SNAN || b.class == FP_SNAN;

    if (signalling)
        s.raised |= FPSCR_VXSNAN;
    if (ordered && order == 2 && !(signalling && s.enabled & FPSCR_VE))
        s.raised |= FPSCR_VXVC;
    set_condition(c, i, conditions[order + 1]);
    fp_record(c, &s);
    return fp_trap(c, &s);
}

OP(dcmpu) { return compare(c, i, LONG, false); }
OP(dcmpuq) { return compare(c, i, EXTENDED, false); }
OP(dcmpo) { return compare(c, i, LONG, true); }
OP(dcmpoq) { return compare(c, i, EXTENDED, true); }

static bool test_class(struct cpu *c, insn_t i, enum decimal_format format)
{
    const struct decimal a = dfp_operand(c, format, f_fra(i));
    unsigned bit = 0; /* of DCM */

    switch (a.class) {
    case FP_ZERO:
        bit = 0x20;
        break;
    case FP_FINITE:
        bit = decimal_is_subnormal(format, a) ? 0x10 : 0x08;
        break;
    case FP_INFINITE:
        bit = 0x04;
        break;
    case FP_QNAN:
        bit = 0x02;
        break;
    case FP_SNAN:
        bit = 0x01;
        break;
    }
    return set_condition(c, i, (uint8_t)((a.negative ? CR_LT : 0) | (f_dcm(i) & bit ? CR_EQ : 0)));
}

OP(dtstdc) { return test_class(c, i, LONG); }
OP(dtstdcq) { return test_class(c, i, EXTENDED); }

/* Groups: an extreme exponent is the largest or the smallest of the format. */
static bool test_group(struct cpu *c, insn_t i, enum decimal_format format)
{
    const struct decimal a = dfp_operand(c, format, f_fra(i));
    const int biased = a.exponent + decimal_bias(format);
    const bool extreme = biased == 0 || biased == decimal_largest_biased(format);
    unsigned bit; /* of DGM */

    if (a.class >= FP_INFINITE)
        bit = 0x01;
    else if (a.class == FP_ZERO)
        bit = extreme ? 0x10 : 0x20;
    else if (extreme || decimal_is_subnormal(format, a))
        bit = 0x08;
    else
        bit = decimal_count_digits(a.coefficient) == decimal_precision(format) ? 0x02 : 0x04;
    return set_condition(c, i, (uint8_t)((a.negative ? CR_LT : 0) | (f_dcm(i) & bit ? CR_EQ : 0)));
}

OP(dtstdg) { return test_group(c, i, LONG); }
OP(dtstdgq) { return test_group(c, i, EXTENDED); }

/* Infinities are alike, and so are NaNs. */
static enum fp_class kind(struct decimal x)
{
    return x.class < FP_INFINITE ? FP_FINITE : x.class > FP_INFINITE ? FP_QNAN : FP_INFINITE;
}

static bool test_exponent(struct cpu *c, insn_t i, enum decimal_format format)
{
    const struct decimal a = dfp_operand(c, format, f_fra(i)), b = dfp_operand(c, format, f_frb(i));

    if (kind(a) != kind(b))
        return set_condition(c, i, CR_SO);
    if (kind(a) != FP_FINITE)
        return set_condition(c, i, CR_EQ);
    return set_condition(c, i,
                         a.exponent < b.exponent   ? CR_LT
                         : a.exponent > b.exponent ? CR_GT
                                                   : CR_EQ);
}

OP(dtstex) { return test_exponent(c, i, LONG); }
OP(dtstexq) { return test_exponent(c, i, EXTENDED); }

/* A number of digits is compared with that of significant digits in FRB, of which 0 has none. */
static bool test_significance(struct cpu *c, insn_t i, enum decimal_format format, unsigned digits)
{
    const struct decimal b = dfp_operand(c, format, f_frb(i));
    const unsigned n = decimal_count_digits(b.coefficient);

    if (b.class >= FP_INFINITE)
        return set_condition(c, i, CR_SO);
    return set_condition(c, i, !digits || digits > n ? CR_GT : digits < n ? CR_LT : CR_EQ);
}

OP(dtstsf) { return test_significance(c, i, LONG, CPU_FPR(c, f_fra(i)) & 0x3f); }
OP(dtstsfq) { return test_significance(c, i, EXTENDED, CPU_FPR(c, f_fra(i)) & 0x3f); }
OP(dtstsfi) { return test_significance(c, i, LONG, f_uim6(i)); }
OP(dtstsfiq) { return test_significance(c, i, EXTENDED, f_uim6(i)); }
