/* Decimal floating point: conversions between formats and to and from integers and BCD, and
 * instructions on the parts of a number. [ISA3.0 I 5.6.5, 5.6.6] */
#include "cpu-ppc64/interp/dfp.h"

#define LONG DECIMAL_LONG
#define EXTENDED DECIMAL_EXTENDED

/* ---- formats ---- */

/* DFP Short is a format of storage: signalling NaNs pass. */
OP(dctdp)
{
    const struct fp_status s = dfp_begin(c);
    struct decimal b = decimal_unpack(DECIMAL_SHORT, (uint32_t)CPU_FPR(c, f_frb(i)));

    if (b.class == FP_INFINITE)
        b.coefficient = 0;
    return dfp_finish(c, &s, LONG, f_frt(i), b, f_rc(i));
}

OP(dctqpq)
{
    struct fp_status s = dfp_begin(c);
    const struct decimal b = dfp_operand(c, LONG, f_frb(i));

    return dfp_finish(c, &s, EXTENDED, f_frt(i), decimal_widen(&s, b), f_rc(i));
}

OP(drsp)
{
    struct fp_status s = dfp_begin(c);
    const struct decimal b = dfp_operand(c, LONG, f_frb(i));
    bool stays_wide;
    const struct decimal result =
        decimal_narrow(&s, dfp_rounding(c), DECIMAL_SHORT, b, &stays_wide);
    const enum decimal_format format = stays_wide ? LONG : DECIMAL_SHORT;

    return dfp_finish_as(c, &s, format, LONG, f_frt(i), decimal_pack(format, result), result,
                         f_rc(i));
}

/* The target is a pair; its odd register becomes 0 but for wrapped results, which are DFP
 * Extended. */
OP(drdpq)
{
    struct fp_status s = dfp_begin(c);
    const struct decimal b = dfp_operand(c, EXTENDED, f_frb(i));
    bool stays_wide;
    const struct decimal result = decimal_narrow(&s, dfp_rounding(c), LONG, b, &stays_wide);
    const enum decimal_format format = stays_wide ? EXTENDED : LONG;
    const decimal_bits bits = decimal_pack(format, result);

    return dfp_finish_as(c, &s, format, EXTENDED, f_frt(i), stays_wide ? bits : bits << 64, result,
                         f_rc(i));
}

/* ---- integers ---- */

static bool from_integer(struct cpu *c, insn_t i, enum decimal_format format, __int128 v)
{
    struct fp_status s = dfp_begin(c);
    const decimal_bits magnitude = v < 0 ? 0 - (decimal_bits)v : (decimal_bits)v;

    return dfp_finish(c, &s, format, f_frt(i),
                      decimal_from_integer(&s, dfp_rounding(c), format, v < 0, magnitude), f_rc(i));
}

OP(dcffix) { return from_integer(c, i, LONG, (int64_t)CPU_FPR(c, f_frb(i))); }
OP(dcffixq) { return from_integer(c, i, EXTENDED, (int64_t)CPU_FPR(c, f_frb(i))); }

/* FPRF is undefined, and left alone. */
static bool to_integer(struct cpu *c, insn_t i, enum decimal_format format)
{
    struct fp_status s = dfp_begin(c);
    const decimal_bits v =
        decimal_to_integer(&s, dfp_rounding(c), dfp_operand(c, format, f_frb(i)), 64);

    return fp_finish_integer(c, &s, &c->vsr[f_frt(i)], (uint64_t)v, f_rc(i));
}

OP(dctfix) { return to_integer(c, i, LONG); }
OP(dctfixq) { return to_integer(c, i, EXTENDED); }

/* Quadwords are in VRs: a second facility, which the table has no column for. */

OP(dcffixqq)
{
    struct fp_status s = dfp_begin(c);
    const decimal_bits v = CPU_VR(c, f_vrb(i)).q;
    const bool negative = v >> 127;

    if (!op_facility_ok(c, FACILITY_VEC))
        return false;
    return dfp_finish(
        c, &s, EXTENDED, f_frt(i),
        decimal_from_integer(&s, dfp_rounding(c), EXTENDED, negative, negative ? 0 - v : v), false);
}

OP(dctfixqq)
{
    struct fp_status s = dfp_begin(c);
    decimal_bits v;

    if (!op_facility_ok(c, FACILITY_VEC))
        return false;
    v = decimal_to_integer(&s, dfp_rounding(c), dfp_operand(c, EXTENDED, f_frb(i)), 128);
    fp_record(c, &s);
    c->fpscr &= ~(FPSCR_FR | FPSCR_FI);
    if (!fp_suppressed(&s)) {
        CPU_VR(c, f_vrt(i)).q = v;
        c->fpscr |= (s.fr ? FPSCR_FR : 0) | (s.fi ? FPSCR_FI : 0);
    }
    return fp_trap(c, &s);
}

/* ---- BCD ---- */

/* The rightmost digits of the significand: as many as there is room for, beside a sign. */
static bool decode(struct cpu *c, insn_t i, enum decimal_format format)
{
    const struct decimal b = dfp_operand(c, format, f_frb(i));
    const bool is_signed = f_sp(i) & 2;
    const unsigned room = format == LONG ? 16 : 32;
    decimal_bits digits = b.coefficient, bcd = 0;

    if (is_signed)
        bcd = b.negative ? 0xd : f_sp(i) & 1 ? 0xf : 0xc;
    for (unsigned k = is_signed; k < room; k++, digits /= 10)
        bcd |= digits % 10 << 4 * k;
    return dfp_finish_bits(c, format, f_frt(i), bcd, f_rc(i));
}

OP(ddedpd) { return decode(c, i, LONG); }
OP(ddedpdq) { return decode(c, i, EXTENDED); }

static bool encode(struct cpu *c, insn_t i, enum decimal_format format)
{
    struct fp_status s = dfp_begin(c);
    const decimal_bits bcd = dfp_bits(c, format, f_frb(i));
    const bool is_signed = f_s11(i);
    const unsigned room = format == LONG ? 16 : 32, sign = (unsigned)bcd & 0xf;
    struct decimal result = { .class = FP_FINITE,
                              .negative = is_signed && (sign == 0xb || sign == 0xd) };
    bool is_valid = !is_signed || sign > 9;

    for (unsigned k = room; k-- > is_signed;) {
        const unsigned digit = (unsigned)(bcd >> 4 * k) & 0xf;

        is_valid = is_valid && digit <= 9;
        result.coefficient = result.coefficient * 10 + digit;
    }
    if (!result.coefficient)
        result.class = FP_ZERO;
    if (!is_valid)
        result = decimal_invalid_conversion(&s);
    return dfp_finish(c, &s, format, f_frt(i), result, f_rc(i));
}

OP(denbcd) { return encode(c, i, LONG); }
OP(denbcdq) { return encode(c, i, EXTENDED); }

/* ---- parts of a number ---- */

/* Biased exponents that stand for what has none. */
enum { OF_INFINITY = -1, OF_QNAN = -2, OF_SNAN = -3 };

static bool extract_exponent(struct cpu *c, insn_t i, enum decimal_format format)
{
    const struct decimal b = dfp_operand(c, format, f_frb(i));
    const int biased = b.class == FP_INFINITE ? OF_INFINITY
                       : b.class == FP_QNAN   ? OF_QNAN
                       : b.class == FP_SNAN   ? OF_SNAN
                                              : b.exponent + decimal_bias(format);

    return dfp_finish_bits(c, LONG, f_frt(i), (uint64_t)biased, f_rc(i));
}

OP(dxex) { return extract_exponent(c, i, LONG); }
OP(dxexq) { return extract_exponent(c, i, EXTENDED); }

/* What is no exponent makes a quiet NaN. The trailing significand stays, and the first digit
 * between finite numbers. */
static bool insert_exponent(struct cpu *c, insn_t i, enum decimal_format format)
{
    const int64_t biased = (int64_t)CPU_FPR(c, f_fra(i));
    struct decimal b = dfp_operand(c, format, f_frb(i));

    if (biased >= 0 && biased <= decimal_largest_biased(format)) {
        b.class = FP_FINITE;
        b.exponent = (int)biased - decimal_bias(format);
    } else {
        b.class = biased == OF_INFINITY ? FP_INFINITE : biased == OF_SNAN ? FP_SNAN : FP_QNAN;
        b.coefficient %= decimal_power_of_ten(decimal_precision(format) - 1);
    }
    return dfp_finish_bits(c, format, f_frt(i), decimal_pack(format, b), f_rc(i));
}

OP(diex) { return insert_exponent(c, i, LONG); }
OP(diexq) { return insert_exponent(c, i, EXTENDED); }

/* Infinities and NaNs have one digit less to shift. */
static bool shift(struct cpu *c, insn_t i, enum decimal_format format, bool left)
{
    const unsigned n = f_sh16(i);
    struct decimal a = dfp_operand(c, format, f_fra(i));
    const unsigned digits = decimal_precision(format) - (a.class >= FP_INFINITE);

    if (n >= digits)
        a.coefficient = 0;
    else if (left) /* what is to be lost goes first: there is no room for it */
        a.coefficient = a.coefficient % decimal_power_of_ten(digits - n) * decimal_power_of_ten(n);
    else
        a.coefficient /= decimal_power_of_ten(n);
    return dfp_finish_bits(c, format, f_frt(i), decimal_pack(format, a), f_rc(i));
}

OP(dscli) { return shift(c, i, LONG, true); }
OP(dscliq) { return shift(c, i, EXTENDED, true); }
OP(dscri) { return shift(c, i, LONG, false); }
OP(dscriq) { return shift(c, i, EXTENDED, false); }
