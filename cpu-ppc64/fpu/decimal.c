/* Decimal floating point; see decimal.h. The library computes (decimal-library.h), exactly but
 * for a known rest; here it is rounded, once, given the exponent nearest to the ideal one, and
 * checked against the format. */
#include "cpu-ppc64/fpu/decimal.h"

struct shape {
    unsigned digits;
    unsigned width;
    int bias;
    int largest;        /* exponent of the last digit; the smallest is -bias */
    int wrap;           /* exponent adjustment of enabled overflow and underflow */
    int narrowing_wrap; /* the same for the next shorter format's results */
};

/* [ISA3.0 I 5.4.1, 5.5.10.3] */
static const struct shape shapes[] = {
    [DECIMAL_SHORT] = { 7, 32, 101, 90, 0, 0 },
    [DECIMAL_LONG] = { 16, 64, 398, 369, 576, 192 },
    [DECIMAL_EXTENDED] = { 34, 128, 6176, 6111, 9216, 3072 },
};

unsigned decimal_precision(enum decimal_format format)
{
    return shapes[format].digits;
}

int decimal_bias(enum decimal_format format)
{
    return shapes[format].bias;
}

int decimal_largest_biased(enum decimal_format format)
{
    return shapes[format].largest + shapes[format].bias;
}

/* ---- formats ---- */

/* The combination field's five leading bits say what it is; for a finite number they hold the
 * exponent's two leading bits (0 to 2) and the first digit. The exponent's other bits follow.
 * [ISA3.0 I 5.4.1] */
enum { LEADING_INFINITE = 0x1e, LEADING_NAN = 0x1f };

static unsigned trailing_bits(const struct shape *f)
{
    return (f->digits - 1) / 3 * 10;
}

/* Bits between the five leading ones of the combination field and the trailing significand. */
static unsigned continuation_bits(const struct shape *f)
{
    return f->width - 6 - trailing_bits(f);
}

static decimal_bits low_bits(unsigned n)
{
    return ((decimal_bits)1 << n) - 1;
}

struct decimal decimal_unpack(enum decimal_format format, decimal_bits bits)
{
    const struct shape *f = &shapes[format];
    const unsigned trailing = trailing_bits(f), continuation = continuation_bits(f);
    const unsigned leading = (unsigned)(bits >> (f->width - 6)) & 0x1f;
    const unsigned rest = (unsigned)(bits >> trailing & low_bits(continuation));
    const bool large = leading >= 0x18; /* the first digit is 8 or 9 */
    struct decimal x = { .negative = bits >> (f->width - 1) & 1 };

    x.coefficient = decimal_library_from_declets(bits & low_bits(trailing));
    if (leading == LEADING_NAN) {
        x.class = rest >> (continuation - 1) ? FP_SNAN : FP_QNAN;
    } else if (leading == LEADING_INFINITE) {
        x.class = FP_INFINITE;
    } else {
        x.exponent =
            (int)((large ? leading >> 1 & 3 : leading >> 3) << continuation | rest) - f->bias;
        x.coefficient +=
            (large ? 8 | (leading & 1) : leading & 7) * decimal_power_of_ten(f->digits - 1);
        x.class = x.coefficient ? FP_FINITE : FP_ZERO;
    }
    return x;
}

decimal_bits decimal_pack(enum decimal_format format, struct decimal x)
{
    const struct shape *f = &shapes[format];
    const unsigned trailing = trailing_bits(f), continuation = continuation_bits(f);
    const decimal_bits unit = decimal_power_of_ten(f->digits - 1);
    const unsigned digit = (unsigned)(x.coefficient / unit),
                   biased = (unsigned)(x.exponent + f->bias);
    const unsigned high = biased >> continuation;
    decimal_bits bits = decimal_library_to_declets(x.coefficient % unit);
    unsigned leading, rest = 0;

    if (x.class == FP_INFINITE) {
        leading = LEADING_INFINITE;
    } else if (x.class >= FP_QNAN) {
        leading = LEADING_NAN;
        rest = x.class == FP_SNAN ? 1u << (continuation - 1) : 0;
    } else {
        leading = digit >= 8 ? 0x18 | high << 1 | (digit & 1) : high << 3 | digit;
        rest = biased & (unsigned)low_bits(continuation);
    }
    bits |= (decimal_bits)rest << trailing | (decimal_bits)leading << (trailing + continuation);
    return bits | (decimal_bits)x.negative << (f->width - 1);
}

bool decimal_is_subnormal(enum decimal_format format, struct decimal x)
{
    const struct shape *f = &shapes[format];

    return x.class == FP_FINITE &&
           x.exponent + (int)decimal_count_digits(x.coefficient) < (int)f->digits - f->bias;
}

uint64_t decimal_result_flags(enum decimal_format format, struct decimal x)
{
    /* Class, less, greater, equal, unordered. */
    static const uint8_t flags[][2] = {
        [FP_ZERO] = { 0x02, 0x12 }, [FP_FINITE] = { 0x04, 0x08 }, [FP_INFINITE] = { 0x05, 0x09 },
        [FP_QNAN] = { 0x11, 0x11 }, [FP_SNAN] = { 0x01, 0x01 },
    };

    return PPC_FIELD_PUT(flags[x.class][x.negative] | (decimal_is_subnormal(format, x) ? 0x10 : 0),
                         47, 51);
}

/* ---- special results ---- */

static struct decimal infinity(bool negative)
{
    return (struct decimal){ .class = FP_INFINITE, .negative = negative };
}

static struct decimal exact(struct fp_status *s, struct decimal x)
{
    s->fr = s->fi = false;
    return x;
}

static struct decimal invalid(struct fp_status *s, uint64_t why)
{
    s->raised |= why;
    return exact(s, (struct decimal){ .class = FP_QNAN });
}

struct decimal decimal_invalid_conversion(struct fp_status *s)
{
    return invalid(s, FPSCR_VXCVI);
}

static bool is_nan(struct decimal x)
{
    return x.class >= FP_QNAN;
}

/* The NaN as a result: its rightmost digits, as many as there are. */
static struct decimal nan_result(struct fp_status *s, enum decimal_format format, struct decimal x)
{
    if (x.class == FP_SNAN)
        s->raised |= FPSCR_VXSNAN;
    x.class = FP_QNAN;
    x.coefficient %= decimal_power_of_ten(shapes[format].digits - 1);
    return exact(s, x);
}

struct decimal decimal_nan_of(struct fp_status *s, enum decimal_format format, struct decimal a,
                              struct decimal b)
{
    const bool first = a.class == FP_SNAN || (b.class != FP_SNAN && is_nan(a));

    return nan_result(s, format, first ? a : b);
}

static int within(const struct shape *f, int exponent)
{
    return exponent < -f->bias ? -f->bias : exponent > f->largest ? f->largest : exponent;
}

static struct decimal zero(enum decimal_format format, bool negative, int ideal)
{
    return (struct decimal){ .class = FP_ZERO,
                             .negative = negative,
                             .exponent = within(&shapes[format], ideal) };
}

/* ---- rounding ---- */

/* True if the magnitude is to be increased by one in its last digit. */
static bool rounds_up(enum decimal_rounding rounding, bool negative, unsigned digit,
                      enum decimal_rest rest)
{
    if (rest == REST_NONE)
        return false;
    switch (rounding) {
    case DECIMAL_NEAREST_EVEN:
        return rest == REST_ABOVE_HALF || (rest == REST_HALF && digit & 1);
    case DECIMAL_TO_ZERO:
        return false;
    case DECIMAL_UP:
        return !negative;
    case DECIMAL_DOWN:
        return negative;
    case DECIMAL_NEAREST_AWAY:
        return rest >= REST_HALF;
    case DECIMAL_NEAREST_TO_ZERO:
        return rest == REST_ABOVE_HALF;
    case DECIMAL_AWAY:
        return true;
    case DECIMAL_PREPARE:
        return digit == 0 || digit == 5;
    }
    return false;
}

/* Cuts off the last n digits: they become the rest. */
static void drop(struct decimal_exact *x, unsigned n)
{
    const bool sticky = x->rest != REST_NONE;
    decimal_bits lost = x->coefficient;

    if (!n)
        return;
    if (n > 38) {
        x->coefficient = 0;
        x->rest = lost || sticky ? REST_BELOW_HALF : REST_NONE;
    } else {
        x->coefficient = lost / decimal_power_of_ten(n);
        lost %= decimal_power_of_ten(n);
        x->rest = decimal_rest_of(lost, 0, (int)n);
        if (sticky)
            x->rest = x->rest == REST_NONE   ? REST_BELOW_HALF
                      : x->rest == REST_HALF ? REST_ABOVE_HALF
                                             : x->rest;
    }
    x->exponent += (int)n;
}

/* Rounds to the last digit that is there; sets fr and fi. */
static void round_last(struct fp_status *s, enum decimal_rounding rounding, struct decimal_exact *x)
{
    s->fi = x->rest != REST_NONE;
    s->fr = rounds_up(rounding, x->negative, (unsigned)(x->coefficient % 10), x->rest);
    x->coefficient += s->fr;
    x->rest = REST_NONE;
}

/* The same number with another exponent, as near to the ideal one as digits and exponents allow. */
static struct decimal with_ideal(const struct shape *f, unsigned digits, struct decimal_exact x,
                                 int ideal)
{
    const decimal_bits limit = decimal_power_of_ten(digits - 1);

    ideal = within(f, ideal);
    while (x.exponent > ideal && x.coefficient < limit) {
        x.coefficient *= 10;
        x.exponent--;
    }
    while (x.exponent < ideal && x.coefficient % 10 == 0) {
        x.coefficient /= 10;
        x.exponent++;
    }
    return (struct decimal){ .class = FP_FINITE,
                             .negative = x.negative,
                             .exponent = x.exponent,
                             .coefficient = x.coefficient };
}

static struct decimal overflow(struct fp_status *s, enum decimal_rounding rounding,
                               const struct shape *f, bool negative)
{
    const bool largest = rounding == DECIMAL_TO_ZERO || rounding == DECIMAL_PREPARE ||
                         rounding == (negative ? DECIMAL_UP : DECIMAL_DOWN);

    s->raised |= FPSCR_OX | FPSCR_XX;
    s->fi = true;
    s->fr = !largest;
    if (!largest)
        return infinity(negative);
    return (struct decimal){ .class = FP_FINITE,
                             .negative = negative,
                             .exponent = f->largest,
                             .coefficient = decimal_power_of_ten(f->digits) - 1 };
}

/* The result of an operation, not zero before it is rounded. Wrapped results have the exponents
 * of the format `wrapped`. *is_wrapped tells that it is one. [ISA3.0 I 5.5.3, 5.5.10] */
static struct decimal finish(struct fp_status *s, enum decimal_rounding rounding,
                             const struct shape *f, const struct shape *wrapped, int wrap,
                             struct decimal_exact x, int ideal, bool *is_wrapped)
{
    const int n = (int)decimal_count_digits(x.coefficient), precision = (int)f->digits;
    const bool tiny = x.exponent + n < precision - f->bias;
    int lost = n - precision;

    *is_wrapped = tiny && s->enabled & FPSCR_UE;
    if (*is_wrapped) {
        s->raised |= FPSCR_UX;
        x.exponent += wrap;
        ideal += wrap;
    } else if (tiny && lost < -f->bias - x.exponent) {
        lost = -f->bias - x.exponent;
    }
    if (lost > 0)
        drop(&x, (unsigned)lost);
    round_last(s, rounding, &x);
    if (x.coefficient == decimal_power_of_ten(f->digits)) {
        x.coefficient /= 10;
        x.exponent++;
    }
    if (s->fi)
        s->raised |= FPSCR_XX | (tiny ? FPSCR_UX : 0);
    if (!*is_wrapped &&
        x.exponent + (int)decimal_count_digits(x.coefficient) > f->largest + precision) {
        if (!(s->enabled & FPSCR_OE))
            return overflow(s, rounding, f, x.negative);
        s->raised |= FPSCR_OX;
        x.exponent -= wrap;
        ideal -= wrap;
        *is_wrapped = true;
    }
    if (!x.coefficient) /* all of it was rounded away */
        return (struct decimal){ .class = FP_ZERO, .negative = x.negative, .exponent = x.exponent };
    if (*is_wrapped)
        f = wrapped;
    /* An inexact result has the smallest exponent. */
    return with_ideal(f, (unsigned)precision, x, s->fi ? -f->bias : ideal);
}

static struct decimal finish_plain(struct fp_status *s, enum decimal_rounding rounding,
                                   enum decimal_format format, struct decimal_exact x, int ideal)
{
    const struct shape *f = &shapes[format];
    bool is_wrapped;

    return finish(s, rounding, f, f, f->wrap, x, ideal, &is_wrapped);
}

static struct decimal_exact exactly(struct decimal x)
{
    return (struct decimal_exact){ .negative = x.negative,
                                   .exponent = x.exponent,
                                   .coefficient = x.coefficient };
}

/* ---- arithmetic ---- */

static int smaller(int a, int b)
{
    return a < b ? a : b;
}

static struct decimal add(struct fp_status *s, enum decimal_rounding rounding,
                          enum decimal_format format, struct decimal a, struct decimal b)
{
    const int ideal = smaller(a.exponent, b.exponent);
    struct decimal_exact sum;

    if (a.class == FP_INFINITE)
        return b.class == FP_INFINITE && a.negative != b.negative ? invalid(s, FPSCR_VXISI)
                                                                  : exact(s, infinity(a.negative));
    if (b.class == FP_INFINITE)
        return exact(s, infinity(b.negative));
    if (a.class == FP_ZERO && b.class == FP_ZERO)
        return exact(
            s,
            zero(format, a.negative == b.negative ? a.negative : rounding == DECIMAL_DOWN, ideal));
    sum = a.class == FP_ZERO   ? exactly(b)
          : b.class == FP_ZERO ? exactly(a)
                               : decimal_library_add(exactly(a), exactly(b));
    if (!sum.coefficient)
        return exact(s, zero(format, rounding == DECIMAL_DOWN, ideal));
    return finish_plain(s, rounding, format, sum, ideal);
}

struct decimal decimal_add(struct fp_status *s, enum decimal_rounding rounding,
                           enum decimal_format format, struct decimal a, struct decimal b)
{
    if (is_nan(a) || is_nan(b))
        return decimal_nan_of(s, format, a, b);
    return add(s, rounding, format, a, b);
}

struct decimal decimal_subtract(struct fp_status *s, enum decimal_rounding rounding,
                                enum decimal_format format, struct decimal a, struct decimal b)
{
    if (is_nan(a) || is_nan(b))
        return decimal_nan_of(s, format, a, b);
    b.negative = !b.negative;
    return add(s, rounding, format, a, b);
}

struct decimal decimal_multiply(struct fp_status *s, enum decimal_rounding rounding,
                                enum decimal_format format, struct decimal a, struct decimal b)
{
    const bool negative = a.negative != b.negative;
    const int ideal = a.exponent + b.exponent;

    if (is_nan(a) || is_nan(b))
        return decimal_nan_of(s, format, a, b);
    if (a.class == FP_INFINITE || b.class == FP_INFINITE)
        return a.class == FP_ZERO || b.class == FP_ZERO ? invalid(s, FPSCR_VXIMZ)
                                                        : exact(s, infinity(negative));
    if (a.class == FP_ZERO || b.class == FP_ZERO)
        return exact(s, zero(format, negative, ideal));
    return finish_plain(s, rounding, format, decimal_library_multiply(exactly(a), exactly(b)),
                        ideal);
}

struct decimal decimal_divide(struct fp_status *s, enum decimal_rounding rounding,
                              enum decimal_format format, struct decimal a, struct decimal b)
{
    const bool negative = a.negative != b.negative;
    const int ideal = a.exponent - b.exponent;

    if (is_nan(a) || is_nan(b))
        return decimal_nan_of(s, format, a, b);
    if (a.class == FP_INFINITE)
        return b.class == FP_INFINITE ? invalid(s, FPSCR_VXIDI) : exact(s, infinity(negative));
    if (b.class == FP_INFINITE) /* with the smallest exponent */
        return exact(s, zero(format, negative, -shapes[format].bias));
    if (b.class == FP_ZERO) {
        if (a.class == FP_ZERO)
            return invalid(s, FPSCR_VXZDZ);
        s->raised |= FPSCR_ZX;
        return exact(s, infinity(negative));
    }
    if (a.class == FP_ZERO)
        return exact(s, zero(format, negative, ideal));
    return finish_plain(s, rounding, format, decimal_library_divide(exactly(a), exactly(b)), ideal);
}

int decimal_compare(struct decimal a, struct decimal b)
{
    if (is_nan(a) || is_nan(b))
        return 2;
    if (a.class == FP_INFINITE || b.class == FP_INFINITE) {
        const int x = a.class != FP_INFINITE ? 0 : a.negative ? -1 : 1;
        const int y = b.class != FP_INFINITE ? 0 : b.negative ? -1 : 1;

        return (x > y) - (x < y);
    }
    return decimal_library_compare(exactly(a), exactly(b));
}

/* ---- other quanta ---- */

/* b's digits from the one of weight 10^exponent on, rounded there. */
static struct decimal_exact cut(struct fp_status *s, enum decimal_rounding rounding,
                                struct decimal b, int exponent)
{
    struct decimal_exact x = exactly(b);

    if (exponent > x.exponent)
        drop(&x, (unsigned)(exponent - x.exponent));
    round_last(s, rounding, &x);
    return x;
}

static struct decimal not_special(struct decimal_exact x)
{
    return (struct decimal){ .class = x.coefficient ? FP_FINITE : FP_ZERO,
                             .negative = x.negative,
                             .exponent = x.exponent,
                             .coefficient = x.coefficient };
}

struct decimal decimal_quantize(struct fp_status *s, enum decimal_rounding rounding,
                                enum decimal_format format, struct decimal b, int exponent)
{
    const unsigned digits = shapes[format].digits;
    struct decimal_exact x;

    if (is_nan(b))
        return nan_result(s, format, b);
    if (b.class == FP_ZERO)
        return exact(s, zero(format, b.negative, exponent));
    if (b.class == FP_INFINITE ||
        exponent + (int)digits < b.exponent + (int)decimal_count_digits(b.coefficient))
        return decimal_invalid_conversion(s);
    x = cut(s, rounding, b, exponent);
    for (; x.exponent > exponent; x.exponent--)
        x.coefficient *= 10;
    if (s->fi)
        s->raised |= FPSCR_XX;
    return not_special(x);
}

struct decimal decimal_reround(struct fp_status *s, enum decimal_rounding rounding,
                               enum decimal_format format, struct decimal b, unsigned digits)
{
    const unsigned n = decimal_count_digits(b.coefficient);
    struct decimal_exact x;

    if (is_nan(b))
        return nan_result(s, format, b);
    if (b.class == FP_INFINITE)
        return exact(s, infinity(b.negative));
    if (!digits || n <= digits)
        return exact(s, b);
    x = cut(s, rounding, b, b.exponent + (int)(n - digits));
    if (x.coefficient == decimal_power_of_ten(digits)) {
        x.coefficient /= 10;
        x.exponent++;
    }
    if (x.exponent > shapes[format].largest)
        return decimal_invalid_conversion(s);
    if (s->fi)
        s->raised |= FPSCR_XX;
    return not_special(x);
}

struct decimal decimal_round_integral(struct fp_status *s, enum decimal_rounding rounding,
                                      struct decimal b, bool raises_inexact)
{
    struct decimal x;

    if (b.class == FP_INFINITE)
        return exact(s, infinity(b.negative));
    if (is_nan(b)) {
        if (b.class == FP_SNAN)
            s->raised |= FPSCR_VXSNAN;
        b.class = FP_QNAN;
        return exact(s, b);
    }
    x = not_special(cut(s, rounding, b, 0));
    if (!raises_inexact)
        return exact(s, x);
    if (s->fi)
        s->raised |= FPSCR_XX;
    return x;
}

/* ---- conversions ---- */

struct decimal decimal_narrow(struct fp_status *s, enum decimal_rounding rounding,
                              enum decimal_format format, struct decimal b, bool *stays_wide)
{
    const struct shape *f = &shapes[format], *source = &shapes[format + 1];

    *stays_wide = false;
    if (b.class == FP_SNAN && format == DECIMAL_SHORT) {
        b.coefficient %= decimal_power_of_ten(f->digits - 1);
        return exact(s, b);
    }
    if (is_nan(b))
        return nan_result(s, format, b);
    if (b.class == FP_INFINITE)
        return exact(s, infinity(b.negative));
    if (b.class == FP_ZERO)
        return exact(s, zero(format, b.negative, b.exponent));
    return finish(s, rounding, f, source, source->narrowing_wrap, exactly(b), b.exponent,
                  stays_wide);
}

struct decimal decimal_widen(struct fp_status *s, struct decimal b)
{
    if (is_nan(b))
        return nan_result(s, DECIMAL_EXTENDED, b);
    return exact(s, b.class == FP_INFINITE ? infinity(b.negative) : b);
}

struct decimal decimal_from_integer(struct fp_status *s, enum decimal_rounding rounding,
                                    enum decimal_format format, bool negative,
                                    decimal_bits magnitude)
{
    if (!magnitude)
        return exact(s, zero(format, negative, 0));
    return finish_plain(s, rounding, format,
                        (struct decimal_exact){ .negative = negative, .coefficient = magnitude },
                        0);
}

decimal_bits decimal_to_integer(struct fp_status *s, enum decimal_rounding rounding,
                                struct decimal b, unsigned bits)
{
    const decimal_bits smallest = (decimal_bits)1 << (bits - 1); /* its magnitude */
    const decimal_bits limit = b.negative ? smallest : smallest - 1;
    struct decimal_exact x;

    if (is_nan(b)) {
        s->raised |= FPSCR_VXCVI | (b.class == FP_SNAN ? FPSCR_VXSNAN : 0);
        return 0 - smallest;
    }
    /* 2^127 has 39 digits. */
    if (b.class == FP_INFINITE ||
        (b.class == FP_FINITE && b.exponent + (int)decimal_count_digits(b.coefficient) > 39)) {
        s->raised |= FPSCR_VXCVI;
        return b.negative ? 0 - smallest : limit;
    }
    x = cut(s, rounding, b, 0);
    for (; x.exponent > 0 && x.coefficient && x.coefficient <= limit / 10; x.exponent--)
        x.coefficient *= 10;
    if (x.coefficient > limit || (x.coefficient && x.exponent > 0)) {
        s->fr = s->fi = false;
        s->raised |= FPSCR_VXCVI;
        return b.negative ? 0 - smallest : limit;
    }
    if (s->fi)
        s->raised |= FPSCR_XX;
    return b.negative ? 0 - x.coefficient : x.coefficient;
}
