/* Binary floating point in integers; see fpu.h.
 *
 *   unpack -> exact or sticky result in 128 bits (struct wide) -> normalise -> round and pack */
#include "cpu-ppc64/fpu/fpu.h"

typedef unsigned __int128 u128;

#define BIT127 ((u128)1 << 127)

/* significand / 2^127 * 2^exponent, and something below the last bit if sticky. */
struct wide {
    bool negative, sticky;
    int exponent;
    u128 significand;
};

struct shape {
    unsigned precision; /* significant bits with the leading one */
    unsigned width;     /* of the format */
    int emin, emax, bias;
    int wrap;           /* exponent adjustment of enabled overflow and underflow */
};

static const struct shape shapes[] = {
    [FP_HALF] = { 11, 16, -14, 15, 15, 24 },
    [FP_BFLOAT] = { 8, 16, -126, 127, 127, 192 },
    [FP_SINGLE] = { 24, 32, -126, 127, 127, 192 },
    [FP_DOUBLE] = { 53, 64, -1022, 1023, 1023, 1536 },
    [FP_DOUBLE_SINGLE] = { 24, 32, -126, 127, 127, 192 },
};

struct fp fp_unpack(enum fp_format format, uint64_t bits)
{
    const struct shape *f = &shapes[format == FP_DOUBLE_SINGLE ? FP_DOUBLE : format];
    unsigned fraction_bits = f->precision - 1, exponent_bits = f->width - f->precision;
    uint64_t fraction = bits & ((UINT64_C(1) << fraction_bits) - 1);
    unsigned biased = bits >> fraction_bits & ((1u << exponent_bits) - 1);
    struct fp x = { .negative = bits >> (f->width - 1) & 1 };

    if (biased == (1u << exponent_bits) - 1) {
        x.class = !fraction ? FP_INFINITE
                  : fraction >> (fraction_bits - 1) ? FP_QNAN
                                                    : FP_SNAN;
        x.significand = fraction << (52 - fraction_bits);
    } else if (biased) {
        x.class = FP_FINITE;
        x.exponent = (int)biased - f->bias;
        x.significand = UINT64_C(1) << 63 | fraction << (63 - fraction_bits);
    } else if (fraction) {
        unsigned zeros = (unsigned)__builtin_clzll(fraction);

        x.class = FP_FINITE;
        x.significand = fraction << zeros;
        x.exponent = f->emin - (int)(zeros - (63 - fraction_bits));
    }
    return x;
}

/* ---- packing ---- */

static uint64_t pack_parts(const struct shape *f, bool negative, uint64_t biased, uint64_t fraction)
{
    return (uint64_t)negative << (f->width - 1) | biased << (f->precision - 1) | fraction;
}

/* A single that is kept in double format is expanded. */
static uint64_t expand(enum fp_format to, uint64_t bits)
{
    return to == FP_DOUBLE_SINGLE ? fp_double_from_single((uint32_t)bits) : bits;
}

static uint64_t pack_infinity(enum fp_format to, bool negative)
{
    const struct shape *f = &shapes[to];

    return expand(to, pack_parts(f, negative, (uint64_t)(f->emax + f->bias + 1), 0));
}

static uint64_t pack_largest(enum fp_format to, bool negative)
{
    const struct shape *f = &shapes[to];

    return expand(to, pack_parts(f, negative, (uint64_t)(f->emax + f->bias),
                                 (UINT64_C(1) << (f->precision - 1)) - 1));
}

static uint64_t pack_zero(enum fp_format to, bool negative)
{
    return expand(to, pack_parts(&shapes[to], negative, 0, 0));
}

/* A quiet NaN with as much of the payload as fits. */
static uint64_t pack_nan(enum fp_format to, bool negative, uint64_t payload)
{
    const struct shape *f = &shapes[to];
    uint64_t fraction = (payload | UINT64_C(1) << 51) >> (53 - f->precision);

    return expand(to, pack_parts(f, negative, (uint64_t)(f->emax + f->bias + 1), fraction));
}

static uint64_t default_nan(enum fp_format to)
{
    return pack_nan(to, false, 0);
}

static uint64_t invalid(struct fp_status *s, enum fp_format to, uint64_t why)
{
    s->raised |= why;
    s->fr = s->fi = false;
    return default_nan(to);
}

static bool is_nan(struct fp x)
{
    return x.class >= FP_QNAN;
}

/* The result if an operand is a NaN: the first of them. */
static bool nan_result(struct fp_status *s, enum fp_format to, const struct fp *x, unsigned n,
                       uint64_t *result)
{
    bool found = false;

    for (unsigned i = 0; i < n; i++)
        if (x[i].class == FP_SNAN)
            s->raised |= FPSCR_VXSNAN;
    for (unsigned i = 0; i < n && !found; i++)
        if (is_nan(x[i])) {
            *result = pack_nan(to, x[i].negative, x[i].significand);
            found = true;
        }
    if (found)
        s->fr = s->fi = false;
    return found;
}

static u128 shift_right_sticky(u128 v, unsigned n, bool *sticky)
{
    if (n == 0)
        return v;
    if (n >= 128) {
        *sticky |= v != 0;
        return 0;
    }
    *sticky |= (v << (128 - n)) != 0;
    return v >> n;
}

/* True if the magnitude is to be increased: rest are the bits below the last one kept, left-justified. */
static bool rounds_up(enum fp_rounding rounding, bool negative, bool odd, u128 rest, bool sticky)
{
    switch (rounding) {
    case FP_NEAREST_EVEN:
        return rest > BIT127 || (rest == BIT127 && (sticky || odd));
    case FP_NEAREST_AWAY:
        return rest >= BIT127;
    case FP_TO_ZERO:
        return false;
    case FP_UP:
        return !negative && (rest || sticky);
    case FP_DOWN:
        return negative && (rest || sticky);
    case FP_TO_ODD:
        return !odd && (rest || sticky);
    }
    return false;
}

static uint64_t overflow(struct fp_status *s, enum fp_format to, bool negative)
{
    bool infinite = s->rounding == FP_NEAREST_EVEN || s->rounding == FP_NEAREST_AWAY ||
                    s->rounding == (negative ? FP_DOWN : FP_UP);

    s->raised |= FPSCR_OX | FPSCR_XX;
    s->fi = true;
    s->fr = infinite;
    return infinite ? pack_infinity(to, negative) : pack_largest(to, negative);
}

/* x has its leading one at bit 127. */
static uint64_t round_pack(struct fp_status *s, enum fp_format to, struct wide x)
{
    const struct shape *f = &shapes[to];
    bool tiny = x.exponent < f->emin, up;
    uint64_t kept;
    u128 rest;

    if (tiny && s->enabled & FPSCR_UE) {
        s->raised |= FPSCR_UX;
        x.exponent += f->wrap;
        tiny = x.exponent < f->emin; /* not even then: as if disabled */
    }
    if (tiny) {
        x.significand = shift_right_sticky(x.significand, (unsigned)(f->emin - x.exponent), &x.sticky);
        x.exponent = f->emin;
    }
    kept = (uint64_t)(x.significand >> (128 - f->precision));
    rest = x.significand << f->precision;
    s->fi = rest || x.sticky;
    up = s->fi && rounds_up(s->rounding, x.negative, kept & 1, rest, x.sticky);
    s->fr = up;
    kept += up;
    if (kept >> f->precision) {
        kept >>= 1;
        x.exponent++;
    }
    if (s->fi) {
        s->raised |= FPSCR_XX;
        if (tiny)
            s->raised |= FPSCR_UX;
    }
    if (x.exponent > f->emax) {
        if (!(s->enabled & FPSCR_OE))
            return overflow(s, to, x.negative);
        s->raised |= FPSCR_OX;
        x.exponent -= f->wrap;
        if (x.exponent > f->emax)
            return overflow(s, to, x.negative);
    }
    /* Without a leading one it is denormal (or zero): the biased exponent is 0. */
    return expand(to, pack_parts(f, x.negative,
                                 kept >> (f->precision - 1) ? (uint64_t)(x.exponent + f->bias) : 0,
                                 kept & ((UINT64_C(1) << (f->precision - 1)) - 1)));
}

static uint64_t normalise_round_pack(struct fp_status *s, enum fp_format to, struct wide x)
{
    uint64_t high = (uint64_t)(x.significand >> 64);
    int zeros = high ? __builtin_clzll(high) : 64 + __builtin_clzll((uint64_t)x.significand);

    x.significand <<= zeros;
    x.exponent -= zeros;
    return round_pack(s, to, x);
}

static struct wide widen(struct fp x)
{
    return (struct wide){ x.negative, false, x.exponent, (u128)x.significand << 64 };
}

static uint64_t exact(struct fp_status *s, uint64_t bits)
{
    s->fr = s->fi = false;
    return bits;
}

/* ---- arithmetic ---- */

/* Sum of two numbers whose last bits leave room for a carry and for 64 bits of alignment. */
static uint64_t add_wide(struct fp_status *s, enum fp_format to, struct wide a, struct wide b)
{
    struct wide sum;
    bool lost = false;

    if (a.exponent < b.exponent) {
        struct wide t = a;

        a = b;
        b = t;
    }
    a.significand >>= 1; /* room for the carry; the last bits are zero */
    a.exponent++;
    b.significand = shift_right_sticky(b.significand, (unsigned)(a.exponent - b.exponent), &lost);
    sum = a;
    sum.sticky = lost;
    if (a.negative == b.negative) {
        sum.significand = a.significand + b.significand;
    } else if (a.significand > b.significand || (a.significand == b.significand && !lost)) {
        sum.significand = a.significand - b.significand - lost;
    } else {
        sum.significand = b.significand - a.significand;
        sum.negative = b.negative;
    }
    if (!sum.significand && !lost)
        return exact(s, pack_zero(to, s->rounding == FP_DOWN));
    return normalise_round_pack(s, to, sum);
}

static uint64_t add_signed(struct fp_status *s, enum fp_format to, struct fp a, struct fp b,
                           bool subtract)
{
    const struct fp operands[] = { a, b };
    uint64_t result;

    if (nan_result(s, to, operands, 2, &result))
        return result;
    b.negative ^= subtract;
    if (a.class == FP_INFINITE)
        return b.class == FP_INFINITE && a.negative != b.negative
                   ? invalid(s, to, FPSCR_VXISI)
                   : exact(s, pack_infinity(to, a.negative));
    if (b.class == FP_INFINITE)
        return exact(s, pack_infinity(to, b.negative));
    if (a.class == FP_ZERO && b.class == FP_ZERO)
        return exact(s, pack_zero(to, a.negative == b.negative ? a.negative
                                                               : s->rounding == FP_DOWN));
    if (a.class == FP_ZERO)
        return round_pack(s, to, widen(b));
    if (b.class == FP_ZERO)
        return round_pack(s, to, widen(a));
    return add_wide(s, to, widen(a), widen(b));
}

uint64_t fp_add(struct fp_status *s, enum fp_format to, struct fp a, struct fp b)
{
    return add_signed(s, to, a, b, false);
}

uint64_t fp_subtract(struct fp_status *s, enum fp_format to, struct fp a, struct fp b)
{
    return add_signed(s, to, a, b, true);
}

static struct wide product(struct fp a, struct fp b)
{
    u128 p = (u128)a.significand * b.significand;
    struct wide w = { a.negative != b.negative, false, a.exponent + b.exponent + 1, p };

    if (!(p & BIT127)) {
        w.significand <<= 1;
        w.exponent--;
    }
    return w;
}

uint64_t fp_multiply(struct fp_status *s, enum fp_format to, struct fp a, struct fp b)
{
    const struct fp operands[] = { a, b };
    bool negative = a.negative != b.negative;
    uint64_t result;

    if (nan_result(s, to, operands, 2, &result))
        return result;
    if (a.class == FP_INFINITE || b.class == FP_INFINITE)
        return a.class == FP_ZERO || b.class == FP_ZERO ? invalid(s, to, FPSCR_VXIMZ)
                                                        : exact(s, pack_infinity(to, negative));
    if (a.class == FP_ZERO || b.class == FP_ZERO)
        return exact(s, pack_zero(to, negative));
    return round_pack(s, to, product(a, b));
}

static struct wide quotient(struct fp a, struct fp b)
{
    u128 dividend = (u128)a.significand << 63, q = dividend / b.significand;
    struct wide w = { a.negative != b.negative, dividend % b.significand != 0,
                      a.exponent - b.exponent + 64, q };

    return w;
}

uint64_t fp_divide(struct fp_status *s, enum fp_format to, struct fp a, struct fp b)
{
    const struct fp operands[] = { a, b };
    bool negative = a.negative != b.negative;
    uint64_t result;

    if (nan_result(s, to, operands, 2, &result))
        return result;
    if (a.class == FP_INFINITE)
        return b.class == FP_INFINITE ? invalid(s, to, FPSCR_VXIDI)
                                      : exact(s, pack_infinity(to, negative));
    if (b.class == FP_INFINITE)
        return exact(s, pack_zero(to, negative));
    if (b.class == FP_ZERO) {
        if (a.class == FP_ZERO)
            return invalid(s, to, FPSCR_VXZDZ);
        s->raised |= FPSCR_ZX;
        return exact(s, pack_infinity(to, negative));
    }
    if (a.class == FP_ZERO)
        return exact(s, pack_zero(to, negative));
    return normalise_round_pack(s, to, quotient(a, b));
}

/* Integer square root: the largest r with r * r <= v. */
static uint64_t isqrt(u128 v, bool *is_inexact)
{
    u128 r = 0, rest = v;

    for (int bit = 126; bit >= 0; bit -= 2) {
        u128 t = r + ((u128)1 << bit);

        r >>= 1;
        if (rest >= t) {
            rest -= t;
            r += (u128)1 << bit;
        }
    }
    *is_inexact = rest != 0;
    return (uint64_t)r;
}

/* The root of a positive finite number. */
static struct wide root(struct fp b)
{
    struct wide w = { 0 };
    bool odd = b.exponent & 1;
    /* An even exponent: significand / 2^63 in [1, 2) or, made even, [2, 4); its root in [1, 2). */
    u128 v = (u128)b.significand << (odd ? 64 : 63);

    w.significand = (u128)isqrt(v, &w.sticky) << 64;
    w.exponent = (b.exponent - odd) / 2;
    return w;
}

uint64_t fp_square_root(struct fp_status *s, enum fp_format to, struct fp b)
{
    uint64_t result;

    if (nan_result(s, to, &b, 1, &result))
        return result;
    if (b.class == FP_ZERO)
        return exact(s, pack_zero(to, b.negative));
    if (b.negative)
        return invalid(s, to, FPSCR_VXSQRT);
    if (b.class == FP_INFINITE)
        return exact(s, pack_infinity(to, false));
    return normalise_round_pack(s, to, root(b));
}

uint64_t fp_multiply_add(struct fp_status *s, enum fp_format to, struct fp a, struct fp c,
                         struct fp b, bool subtract, bool negate)
{
    const struct fp operands[] = { a, b, c };
    bool negative = a.negative != c.negative;
    uint64_t result;

    if ((a.class == FP_INFINITE && c.class == FP_ZERO) ||
        (a.class == FP_ZERO && c.class == FP_INFINITE)) {
        s->raised |= FPSCR_VXIMZ;
        if (!nan_result(s, to, operands, 3, &result))
            return invalid(s, to, FPSCR_VXIMZ);
        return result;
    }
    if (nan_result(s, to, operands, 3, &result))
        return result;
    b.negative ^= subtract;
    if (a.class == FP_INFINITE || c.class == FP_INFINITE) {
        if (b.class == FP_INFINITE && b.negative != negative)
            return invalid(s, to, FPSCR_VXISI);
        return exact(s, pack_infinity(to, negative ^ negate));
    }
    if (b.class == FP_INFINITE)
        return exact(s, pack_infinity(to, b.negative ^ negate));
    if (a.class == FP_ZERO || c.class == FP_ZERO) {
        if (b.class == FP_ZERO)
            result = exact(s, pack_zero(to, negative == b.negative ? negative
                                                                   : s->rounding == FP_DOWN));
        else
            result = round_pack(s, to, widen(b));
    } else if (b.class == FP_ZERO) {
        result = round_pack(s, to, product(a, c));
    } else {
        result = add_wide(s, to, product(a, c), widen(b));
    }
    if (negate)
        result ^= UINT64_C(1) << (to == FP_DOUBLE_SINGLE ? 63 : shapes[to].width - 1);
    return result;
}

uint64_t fp_reciprocal(struct fp_status *s, enum fp_format to, struct fp b)
{
    const struct fp one = { FP_FINITE, false, 0, UINT64_C(1) << 63 };
    uint64_t result;

    if (nan_result(s, to, &b, 1, &result))
        return result;
    if (b.class == FP_ZERO) {
        s->raised |= FPSCR_ZX;
        return exact(s, pack_infinity(to, b.negative));
    }
    return fp_divide(s, to, one, b);
}

uint64_t fp_reciprocal_root(struct fp_status *s, enum fp_format to, struct fp b)
{
    const struct fp one = { FP_FINITE, false, 0, UINT64_C(1) << 63 };
    struct wide w;
    struct fp r;
    uint64_t result;

    if (nan_result(s, to, &b, 1, &result))
        return result;
    if (b.class == FP_ZERO) {
        s->raised |= FPSCR_ZX;
        return exact(s, pack_infinity(to, b.negative));
    }
    if (b.negative)
        return invalid(s, to, FPSCR_VXSQRT);
    if (b.class == FP_INFINITE)
        return exact(s, pack_zero(to, false));
    w = root(b);
    r = (struct fp){ FP_FINITE, false, w.exponent, (uint64_t)(w.significand >> 64) };
    w = quotient(one, r);
    w.sticky = true;
    return normalise_round_pack(s, to, w);
}

/* ---- conversions ---- */

uint64_t fp_convert(struct fp_status *s, enum fp_format to, struct fp b)
{
    uint64_t result;

    if (nan_result(s, to, &b, 1, &result))
        return result;
    if (b.class == FP_ZERO)
        return exact(s, pack_zero(to, b.negative));
    if (b.class == FP_INFINITE)
        return exact(s, pack_infinity(to, b.negative));
    return round_pack(s, to, widen(b));
}

/* The magnitude as an integer, rounded; at most 2^65. */
static u128 integral(struct fp b, enum fp_rounding rounding, bool *inexact, bool *up)
{
    u128 whole, rest;

    *inexact = *up = false;
    if (b.class == FP_ZERO)
        return 0;
    if (b.exponent >= 64)
        return (u128)1 << 65;
    if (b.exponent >= 63)
        return (u128)b.significand << (b.exponent - 63);
    if (b.exponent < -1) {
        whole = 0;
        rest = 1; /* anything below a half */
    } else {
        whole = b.exponent < 0 ? 0 : b.significand >> (63 - b.exponent);
        rest = (u128)b.significand << (64 + b.exponent + 1);
    }
    *inexact = rest != 0;
    *up = *inexact && rounds_up(rounding, b.negative, whole & 1, rest, false);
    return whole + *up;
}

uint64_t fp_round_integral(struct fp_status *s, enum fp_format to, struct fp b,
                           enum fp_rounding rounding, bool raises_inexact)
{
    bool inexact, up;
    u128 whole;
    uint64_t result;
    struct fp x = { FP_FINITE, b.negative, 63, 0 };
    int zeros;

    if (nan_result(s, to, &b, 1, &result))
        return result;
    if (b.class == FP_INFINITE)
        return exact(s, pack_infinity(to, b.negative));
    if (b.class == FP_ZERO || b.exponent >= 63) {
        s->fr = s->fi = false;
        return b.class == FP_ZERO ? pack_zero(to, b.negative) : round_pack(s, to, widen(b));
    }
    whole = integral(b, rounding, &inexact, &up);
    if (!whole) {
        result = pack_zero(to, b.negative);
    } else {
        zeros = __builtin_clzll((uint64_t)whole);
        x.significand = (uint64_t)whole << zeros;
        x.exponent = 63 - zeros;
        result = round_pack(s, to, widen(x));
    }
    s->fr = s->fi = false;
    if (inexact && raises_inexact) {
        s->raised |= FPSCR_XX;
        s->fi = true;
        s->fr = up;
    }
    return result;
}

uint64_t fp_to_integer(struct fp_status *s, struct fp b, enum fp_rounding rounding, unsigned bits,
                       bool is_signed)
{
    u128 largest = ((u128)1 << (bits - is_signed)) - 1, magnitude;
    u128 smallest = is_signed ? (u128)1 << (bits - 1) : 0; /* its magnitude */
    bool inexact = false, up = false;

    s->fr = s->fi = false;
    if (is_nan(b)) {
        if (b.class == FP_SNAN)
            s->raised |= FPSCR_VXSNAN;
        s->raised |= FPSCR_VXCVI;
        return is_signed ? (uint64_t)(0 - smallest) : 0;
    }
    magnitude = b.class == FP_INFINITE ? (u128)1 << 65 : integral(b, rounding, &inexact, &up);
    if (magnitude > (b.negative ? smallest : largest)) {
        s->raised |= FPSCR_VXCVI;
        return b.negative ? (uint64_t)(0 - smallest) : (uint64_t)largest;
    }
    if (inexact) {
        s->raised |= FPSCR_XX;
        s->fi = true;
        s->fr = up;
    }
    return (uint64_t)(b.negative ? 0 - magnitude : magnitude);
}

uint64_t fp_from_integer(struct fp_status *s, enum fp_format to, uint64_t v, bool is_signed)
{
    bool negative = is_signed && (int64_t)v < 0;
    struct fp x = { FP_FINITE, negative, 63, negative ? 0 - v : v };
    int zeros;

    if (!v)
        return exact(s, pack_zero(to, false));
    zeros = __builtin_clzll(x.significand);
    x.significand <<= zeros;
    x.exponent -= zeros;
    return round_pack(s, to, widen(x));
}

/* ---- comparison, classes, single format ---- */

int fp_compare(struct fp a, struct fp b)
{
    int sign;

    if (is_nan(a) || is_nan(b))
        return 2;
    if (a.class == FP_ZERO && b.class == FP_ZERO)
        return 0;
    if (a.class == FP_ZERO)
        return b.negative ? 1 : -1;
    if (b.class == FP_ZERO || a.negative != b.negative)
        return a.negative ? -1 : 1;
    sign = a.negative ? -1 : 1;
    if (a.class == FP_INFINITE || b.class == FP_INFINITE)
        return a.class == b.class ? 0 : a.class == FP_INFINITE ? sign : -sign;
    if (a.exponent != b.exponent)
        return a.exponent > b.exponent ? sign : -sign;
    if (a.significand != b.significand)
        return a.significand > b.significand ? sign : -sign;
    return 0;
}

uint64_t fp_result_flags(enum fp_format format, uint64_t bits)
{
    struct fp x = fp_unpack(format == FP_DOUBLE_SINGLE ? FP_DOUBLE : format, bits);
    int emin = shapes[format].emin;
    /* Class, less, greater, equal, unordered. */
    uint64_t flags;

    switch (x.class) {
    case FP_ZERO:
        flags = x.negative ? 0x12 : 0x02;
        break;
    case FP_INFINITE:
        flags = x.negative ? 0x09 : 0x05;
        break;
    case FP_FINITE:
        flags = (x.negative ? 0x08 : 0x04) | (x.exponent < emin ? 0x10 : 0);
        break;
    default:
        flags = 0x11;
    }
    return PPC_FIELD_PUT(flags, 47, 51);
}

uint64_t fp_double_from_single(uint32_t w)
{
    uint64_t sign = (uint64_t)(w >> 31) << 63, fraction = w & 0x7fffff;
    unsigned biased = w >> 23 & 0xff, zeros;

    if (biased == 0xff)
        return sign | UINT64_C(0x7ff) << 52 | fraction << 29;
    if (biased)
        return sign | (uint64_t)(biased + 896) << 52 | fraction << 29;
    if (!fraction)
        return sign;
    zeros = (unsigned)__builtin_clzll(fraction) - 40; /* above the leading one of the fraction */
    return sign | (uint64_t)(897 - zeros) << 52 |
           (fraction << (29 + zeros) & ((UINT64_C(1) << 52) - 1));
}

uint32_t fp_single_from_double(uint64_t d)
{
    unsigned biased = d >> 52 & 0x7ff;
    uint64_t significand;

    if (biased > 896 || !(d & ~(UINT64_C(1) << 63)))
        return (uint32_t)(d >> 32 & 0xc0000000) | (uint32_t)(d >> 29 & 0x3fffffff);
    if (biased < 874)
        return (uint32_t)(d >> 32 & 0x80000000);
    significand = UINT64_C(1) << 52 | (d & ((UINT64_C(1) << 52) - 1));
    return (uint32_t)(d >> 32 & 0x80000000) | (uint32_t)(significand >> (30 + 896 - biased));
}
