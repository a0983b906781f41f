/* Vector floating-point: four single-precision numbers at a time, always rounded to nearest,
 * without exceptions or status bits. [ISA3.0 I 6.10]
 *
 * In non-Java mode (VSCR[NJ], which Linux sets for new processes) denormal operands and results are
 * zeros of the same sign. A NaN among the operands, the first in the order VRA, VRB, VRC, becomes
 * the result, quieted. The estimates are as good as the format allows, or computed in integers, so
 * that a guest gets the same numbers on every host. */
#include "cpu-ppc64/interp/vector.h"

#define SIGN UINT32_C(0x80000000)
#define INFINITE UINT32_C(0x7f800000)
#define QUIET UINT32_C(0x00400000)
#define DEFAULT_NAN UINT32_C(0x7fc00000)
#define SMALLEST_NORMAL UINT32_C(0x00800000)
#define ONE UINT32_C(0x3f800000)

/* ---- numbers --------------------------------------------------------------------------------- */

static bool is_nan(uint32_t v)
{
    return (v & ~SIGN) > INFINITE;
}

static bool is_zero(uint32_t v)
{
    return !(v & ~SIGN);
}

/* v as an operand or a result in the present mode. */
static uint32_t flushed(const struct cpu *c, uint32_t v)
{
    return (c->vscr & VSCR_NJ) && !(v & INFINITE) ? v & SIGN : v;
}

/* Numbers in the order of integers; -0 just below +0. */
static int32_t ordered(uint32_t v)
{
    return (int32_t)(v & SIGN ? v ^ ~SIGN : v);
}

static bool is_less(uint32_t a, uint32_t b)
{
    return !is_nan(a) && !is_nan(b) && !(is_zero(a) && is_zero(b)) && ordered(a) < ordered(b);
}

static bool is_equal(uint32_t a, uint32_t b)
{
    return !is_nan(a) && (a == b || (is_zero(a) && is_zero(b)));
}

/* significand * 2^exponent, rounded to nearest even; at most 64 bits, the lowest of which may stand
 * for anything lost below it. Exponents that would need denormals round as if these did not exist,
 * and become zeros: the callers have none. */
static uint32_t pack(uint32_t sign, uint64_t significand, int exponent)
{
    if (!significand)
        return sign;

    const int shift = __builtin_clzll(significand);
    const int biased = exponent + 63 - shift + 127;
    const uint64_t top = significand << shift, rest = top << 24;
    uint32_t bits = (uint32_t)(top >> 40);

    if (rest > UINT64_C(1) << 63 || (rest == UINT64_C(1) << 63 && (bits & 1)))
        bits++;
    if (biased >= 255)
        return sign | INFINITE;
    if (biased < 1)
        return sign;
    /* The implicit one, and a carry of the rounding, add to the exponent. */
    return sign + ((uint32_t)(biased - 1) << 23) + bits;
}

/* A number, not 0, infinite or NaN, as fraction * 2^exponent with 24 bits of fraction. */
static uint32_t unpack(uint32_t v, int *exponent)
{
    const uint32_t fraction = v & 0x7fffff;
    const int biased = v >> 23 & 0xff;

    if (biased) {
        *exponent = biased - 150;
        return fraction | 0x800000;
    }
    const int shift = __builtin_clz(fraction) - 8;

    *exponent = -149 - shift;
    return fraction << shift;
}

/* ---- arithmetic ------------------------------------------------------------------------------ */

/* The host's own arithmetic gives the same results, as long as nobody in this process touches its
 * rounding mode: IEEE 754, to nearest. NaNs do not come here, and those made here are replaced. */
static float number(uint32_t v)
{
    float f;

    memcpy(&f, &v, sizeof f);
    return f;
}

static uint32_t bits_of(float f)
{
    uint32_t v;

    memcpy(&v, &f, sizeof v);
    return v;
}

/* What is stored: a NaN made by an invalid operation is the default one whatever the host's is. */
static uint32_t result(const struct cpu *c, float f)
{
    const uint32_t v = bits_of(f);

    return is_nan(v) ? DEFAULT_NAN : flushed(c, v);
}

/* Each element from x and y (and z of VRC) when none of them is a NaN; else the first NaN. */
#define FLOAT(expr)                                                                              \
    EACH(U32, is_nan(x) ? x | QUIET : is_nan(y) ? y | QUIET                                      \
                                    : (x = flushed(c, x), y = flushed(c, y), (expr)))

#define FLOAT_C(expr)                                                                            \
    EACH_C(U32, is_nan(x)   ? x | QUIET                                                          \
                : is_nan(y) ? y | QUIET                                                          \
                : is_nan(z) ? z | QUIET                                                          \
                            : (x = flushed(c, x), y = flushed(c, y), z = flushed(c, z), (expr)))

#define FLOAT_B(expr) EACH_B(U32, is_nan(y) ? y | QUIET : (y = flushed(c, y), (expr)))

OP(vaddfp) { FLOAT(result(c, number(x) + number(y))) }
OP(vsubfp) { FLOAT(result(c, number(x) - number(y))) }

/* x * z + y, rounded once. A result is tiny, and zero in non-Java mode, if it is so before rounding:
 * one that rounds to the smallest normal number may be a little less. Its distance from there, of
 * which the sum of two doubles loses at most what `lost` gives back, has the other sign then. */
static uint32_t multiply_add(const struct cpu *c, uint32_t x, uint32_t z, uint32_t y)
{
    const uint32_t v = result(c, __builtin_fmaf(number(x), number(z), number(y)));

    if (UNLIKELY((v & ~SIGN) == SMALLEST_NORMAL && (c->vscr & VSCR_NJ))) {
        const double product = (double)number(x) * number(z), addend = number(y);
        const double sum = product + addend, part = sum - product;
        const double lost = (product - (sum - part)) + (addend - part);
        const double distance = (sum - number(v)) + lost;

        if (v & SIGN ? distance > 0 : distance < 0)
            return v & SIGN;
    }
    return v;
}

OP(vmaddfp) { FLOAT_C(multiply_add(c, x, z, y)) }

/* The negation applies to a number, not to a NaN made here. */
static uint32_t negated(uint32_t v)
{
    return is_nan(v) ? v : v ^ SIGN;
}

OP(vnmsubfp) { FLOAT_C(negated(multiply_add(c, x, z, y ^ SIGN))) }

/* +0 counts as greater than -0. */
OP(vmaxfp) { FLOAT(ordered(x) > ordered(y) ? x : y) }
OP(vminfp) { FLOAT(ordered(x) < ordered(y) ? x : y) }

/* ---- compare --------------------------------------------------------------------------------- */

#define COMPARE_FLOAT(...)                                                                       \
    const union vsr va = CPU_VR(c, f_vra(i)), vb = CPU_VR(c, f_vrb(i));                          \
    union vsr *vt = &CPU_VR(c, f_vrt(i));                                                        \
                                                                                                 \
    for (unsigned k = 0; k < 4; k++) {                                                           \
        const uint32_t x = flushed(c, va.w[k]), y = flushed(c, vb.w[k]);                         \
                                                                                                 \
        vt->w[k] = (__VA_ARGS__) ? UINT32_MAX : 0;                                               \
    }                                                                                            \
    if (f_vrc_rc(i))                                                                             \
        c->crf[6] = vt->q == 0 ? CR_EQ : ~vt->q == 0 ? CR_LT : 0;                                \
    return true;

OP(vcmpeqfp) { COMPARE_FLOAT(is_equal(x, y)) }
OP(vcmpgtfp) { COMPARE_FLOAT(is_less(y, x)) }
OP(vcmpgefp) { COMPARE_FLOAT(is_less(y, x) || is_equal(y, x)) }

/* Bit 0: not x <= y. Bit 1: not x >= -y. CR6 tells whether all are within their bounds. */
OP(vcmpbfp)
{
    const union vsr a = CPU_VR(c, f_vra(i)), b = CPU_VR(c, f_vrb(i));
    union vsr *t = &CPU_VR(c, f_vrt(i));

    for (unsigned k = 0; k < 4; k++) {
        const uint32_t x = flushed(c, a.w[k]), y = flushed(c, b.w[k]);
        const bool is_low_enough = is_less(x, y) || is_equal(x, y);
        const bool is_high_enough = is_less(y ^ SIGN, x) || is_equal(y ^ SIGN, x);

        t->w[k] = (is_low_enough ? 0 : 1U << 31) | (is_high_enough ? 0 : 1U << 30);
    }
    if (f_vrc_rc(i))
        c->crf[6] = t->q == 0 ? CR_EQ : 0;
    return true;
}

/* ---- round to an integer --------------------------------------------------------------------- */

enum rounding { TO_NEAREST, TO_ZERO, TO_PLUS_INFINITY, TO_MINUS_INFINITY };

static uint32_t round_to_integer(uint32_t v, enum rounding rounding)
{
    const int exponent = (int)(v >> 23 & 0xff) - 127;
    const bool is_away =
        rounding == (v & SIGN ? TO_MINUS_INFINITY : TO_PLUS_INFINITY); /* from zero */

    if (exponent >= 23 || is_zero(v))
        return v;
    if (exponent < 0) {
        const bool is_above_half = exponent == -1 && (v & 0x7fffff);

        return (v & SIGN) | (is_away || (rounding == TO_NEAREST && is_above_half) ? ONE : 0);
    }
    /* The fraction's bits below one; rounding up may carry into the exponent, as it should. */
    const uint32_t below = (UINT32_C(1) << (23 - exponent)) - 1;

    if (is_away)
        v += below;
    else if (rounding == TO_NEAREST)
        v += (below >> 1) + (v >> (23 - exponent) & 1);
    return v & ~below;
}

OP(vrfin) { FLOAT_B(round_to_integer(y, TO_NEAREST)) }
OP(vrfiz) { FLOAT_B(round_to_integer(y, TO_ZERO)) }
OP(vrfip) { FLOAT_B(round_to_integer(y, TO_PLUS_INFINITY)) }
OP(vrfim) { FLOAT_B(round_to_integer(y, TO_MINUS_INFINITY)) }

/* ---- convert --------------------------------------------------------------------------------- */

/* An integer divided by 2^UIM. */
OP(vcfux) { EACH_B(U32, pack(0, y, -(int)f_uim(i))) }
OP(vcfsx) { EACH_B(S32, pack(y < 0 ? SIGN : 0, y < 0 ? -(int64_t)y : y, -(int)f_uim(i))) }

/* v * 2^scale without its fraction, kept below 2^33 in magnitude. Infinite: as large. NaN: 0. */
static int64_t scaled_integer(uint32_t v, unsigned scale)
{
    const int exponent = (int)(v >> 23 & 0xff) - 127 + (int)scale;
    const int64_t fraction = (v & 0x7fffff) | 0x800000;
    int64_t magnitude;

    if (is_nan(v) || exponent < 0)
        return 0;
    if (exponent > 32 || (v & INFINITE) == INFINITE)
        magnitude = INT64_C(1) << 33;
    else
        magnitude = exponent >= 23 ? fraction << (exponent - 23) : fraction >> (23 - exponent);
    return v & SIGN ? -magnitude : magnitude;
}

OP(vctuxs) { EACH_B(U32, CLAMP_U32(scaled_integer(y, f_uim(i)))) }
OP(vctsxs) { EACH_B(U32, CLAMP_S32(scaled_integer(y, f_uim(i)))) }

/* ---- estimates ------------------------------------------------------------------------------- */

static uint32_t reciprocal(const struct cpu *c, uint32_t v)
{
    return result(c, 1.0f / number(v));
}

/* Of -0 it is minus infinity, of other negative numbers a NaN. */
static uint32_t reciprocal_root(const struct cpu *c, uint32_t v)
{
    if (is_zero(v))
        return v | INFINITE;
    if (v & SIGN)
        return DEFAULT_NAN;
    return result(c, 1.0f / __builtin_sqrtf(number(v)));
}

/* ln 2 as a fraction of 2^62. */
#define LN2_62 INT64_C(0x2c5c85fdf473de6b)

static int64_t multiply_62(int64_t a, int64_t b)
{
    return (int64_t)((__int128)a * b >> 62);
}

/* 2 to the power v: the integer part is the exponent, the rest a Taylor series. */
static uint32_t power_of_two(const struct cpu *c, uint32_t v)
{
    int exponent;

    if (is_zero(v))
        return ONE;
    if ((v & ~SIGN) >= UINT32_C(0x43160000)) /* 150 and more, and infinite */
        return v & SIGN ? 0 : INFINITE;

    /* As a fixed-point number with 40 bits below the point; what is lost below is less than the
     * rounding of a result near 1. */
    const int64_t fraction = unpack(v, &exponent);
    const int shift = exponent + 40;
    int64_t fixed = shift >= 0 ? fraction << shift : shift > -24 ? fraction >> -shift : 0;

    if (v & SIGN)
        fixed = -fixed;

    const int64_t x = multiply_62((fixed & ((INT64_C(1) << 40) - 1)) << 22, LN2_62);
    int64_t term = INT64_C(1) << 62, sum = term;

    for (int n = 1; term; n++) {
        term = multiply_62(term, x) / n;
        sum += term;
    }
    const int power = (int)(fixed >> 40);

    /* Denormal results, which pack() does not make, lose their bits one at a time here. */
    if (power >= -126)
        return pack(0, (uint64_t)sum, power - 62);
    return power < -149 ? 0 : flushed(c, (uint32_t)(sum >> (62 - 149 - power)));
}

/* The logarithm to base 2: the exponent, and a bit of the rest for each squaring. */
static uint32_t logarithm(uint32_t v)
{
    int exponent;

    if (is_zero(v))
        return SIGN | INFINITE;
    if (v & SIGN)
        return DEFAULT_NAN;
    if (v == INFINITE)
        return v;

    uint64_t x = (uint64_t)unpack(v, &exponent) << 39; /* 1.f with 62 bits below the point */
    int64_t value = exponent + 23;

    for (int n = 0; n < 40; n++) {
        x = (uint64_t)((__uint128_t)x * x >> 62);
        value *= 2;
        if (x >> 63) {
            x >>= 1;
            value++;
        }
    }
    return pack(value < 0 ? SIGN : 0, (uint64_t)(value < 0 ? -value : value), -40);
}

OP(vrefp) { FLOAT_B(reciprocal(c, y)) }
OP(vrsqrtefp) { FLOAT_B(reciprocal_root(c, y)) }
OP(vexptefp) { FLOAT_B(power_of_two(c, y)) }
OP(vlogefp) { FLOAT_B(logarithm(y)) }
