/* The floating-point unit against the host's: random and special numbers under the four rounding
 * modes.
 *
 * What the host does not do as Power does is worked out here from what it does: which NaN survives,
 * the causes of invalid operations, tininess before rounding (the host's may be after), FR and FI
 * (by comparison with the result that is rounded to zero). The host's quirks about an invalid fused
 * multiplication with a quiet NaN are left out. */
#include <check.h>
#include <fenv.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* <math.h> has constants of these names too, and <check.h> includes it. */
#undef FP_ZERO
#undef FP_INFINITE
#define FP_ZERO POWER_FP_ZERO
#define FP_INFINITE POWER_FP_INFINITE

#include "base/bits.h"
#include "cpu-ppc64/fpu/fpu.h"

enum { VECTORS = 30000 };
enum op { ADD, SUBTRACT, MULTIPLY, DIVIDE, ROOT, FUSED, OPS };

static const char *const names[] = { "add", "subtract", "multiply", "divide", "root", "fused" };
static const int modes[] = { FE_TONEAREST, FE_TOWARDZERO, FE_UPWARD, FE_DOWNWARD };
static uint64_t seed;

static uint64_t random64(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed * UINT64_C(0x2545f4914f6cdd1d);
}

static void set_up(void)
{
    seed = UINT64_C(0x9e3779b97f4a7c15);
}

static void tear_down(void)
{
    fesetround(FE_TONEAREST);
}

/* ---- formats --------------------------------------------------------------------------------- */

struct format {
    enum fp_format id;
    unsigned fraction, exponent; /* widths */
};

static const struct format single = { FP_SINGLE, 23, 8 }, twice = { FP_DOUBLE, 52, 11 };

static uint64_t compose(const struct format *f, unsigned negative, uint64_t biased,
                        uint64_t fraction)
{
    return (uint64_t)negative << (f->fraction + f->exponent) | biased << f->fraction | fraction;
}

static uint64_t fraction_of(const struct format *f, uint64_t v)
{
    return v & ((UINT64_C(1) << f->fraction) - 1);
}

static uint64_t magnitude(const struct format *f, uint64_t v)
{
    return v & ((UINT64_C(1) << (f->fraction + f->exponent)) - 1);
}

static uint64_t infinity(const struct format *f)
{
    return compose(f, 0, (1u << f->exponent) - 1, 0);
}

static bool is_infinite(const struct format *f, uint64_t v)
{
    return magnitude(f, v) == infinity(f);
}
static bool is_zero(const struct format *f, uint64_t v) { return magnitude(f, v) == 0; }
static bool is_nan(const struct format *f, uint64_t v) { return magnitude(f, v) > infinity(f); }
static bool is_negative(const struct format *f, uint64_t v)
{
    return v >> (f->fraction + f->exponent);
}

static uint64_t quiet_bit(const struct format *f)
{
    return UINT64_C(1) << (f->fraction - 1);
}

static bool is_signalling(const struct format *f, uint64_t v)
{
    return is_nan(f, v) && !(v & quiet_bit(f));
}

/* Numbers where something happens: few significant bits, extreme or neighbouring exponents. */
static uint64_t random_number(const struct format *f, uint64_t near)
{
    unsigned top = (1u << f->exponent) - 1;
    uint64_t r = random64(), biased = random64() & top;
    uint64_t fraction = random64() & (quiet_bit(f) * 2 - 1);

    if (r & 1)
        fraction &= -(UINT64_C(1) << (random64() % f->fraction));
    if (r & 2)
        fraction = (quiet_bit(f) * 2 - 1) - fraction;
    switch (r >> 2 & 15) {
    case 0: return compose(f, r >> 10 & 1, 0, 0);
    case 1: return compose(f, r >> 10 & 1, top, r & 0x800 ? fraction : 0);
    case 2: return compose(f, r >> 10 & 1, r >> 11 & 3, fraction);
    case 3: return compose(f, r >> 10 & 1, top - 1 - (r >> 11 & 1), fraction);
    case 4: return near ^ (r & 7) ^ (uint64_t)(r >> 10 & 1) << (f->fraction + f->exponent);
    case 5: case 6: /* close exponents: cancellation */
        biased = (near >> f->fraction & top) + (random64() % 9) - 4;
        return compose(f, r >> 10 & 1, biased & top, fraction);
    case 7: case 8: case 9: /* near one */
        return compose(f, r >> 10 & 1, top / 2 + random64() % (2 * f->fraction) - f->fraction,
                       fraction);
    case 10: /* products and quotients at the lower end */
        return compose(f, r >> 10 & 1, top / 4 + random64() % 64 - 32, fraction);
    case 11: /* and at the upper */
        return compose(f, r >> 10 & 1, top * 3u / 4 + random64() % 16 - 8, fraction);
    default: return compose(f, r >> 10 & 1, biased, fraction);
    }
}

/* ---- the host -------------------------------------------------------------------------------- */

#define HOST(type, uint, name, root_of, fused_of)                                                \
    static __attribute__((noinline)) uint64_t name(enum op op, uint64_t x, uint64_t y, uint64_t z) \
    {                                                                                            \
        volatile type a, b, c, r = 0;                                                            \
        type t;                                                                                  \
        uint bits = (uint)x;                                                                     \
                                                                                                 \
        memcpy(&t, &bits, sizeof t);                                                             \
        a = t;                                                                                   \
        bits = (uint)y;                                                                          \
        memcpy(&t, &bits, sizeof t);                                                             \
        b = t;                                                                                   \
        bits = (uint)z;                                                                          \
        memcpy(&t, &bits, sizeof t);                                                             \
        c = t;                                                                                   \
        switch (op) {                                                                            \
        case ADD: r = a + b; break;                                                              \
        case SUBTRACT: r = a - b; break;                                                         \
        case MULTIPLY: r = a * b; break;                                                         \
        case DIVIDE: r = a / b; break;                                                           \
        case ROOT: r = root_of(a); break;                                                        \
        default: r = fused_of(a, b, c);                                                          \
        }                                                                                        \
        t = r;                                                                                   \
        memcpy(&bits, &t, sizeof t);                                                             \
        return bits;                                                                             \
    }

HOST(double, uint64_t, host_double, sqrt, fma)
HOST(float, uint32_t, host_single, sqrtf, fmaf)

struct outcome {
    uint64_t bits, raised;
    bool fr, fi;
};

/* Causes of invalid operations; z is the addend of a fused multiplication x * y + z. */
static uint64_t invalid_causes(const struct format *f, enum op op, uint64_t x, uint64_t y,
                               uint64_t z)
{
    uint64_t why = 0;
    bool any_nan = is_nan(f, x) || (op != ROOT && is_nan(f, y)) || (op == FUSED && is_nan(f, z));
    bool opposite = is_negative(f, x) != is_negative(f, y);

    if (is_signalling(f, x) || (op != ROOT && is_signalling(f, y)) ||
        (op == FUSED && is_signalling(f, z)))
        why |= FPSCR_VXSNAN;
    if ((op == MULTIPLY || op == FUSED) && ((is_infinite(f, x) && is_zero(f, y)) ||
                                            (is_zero(f, x) && is_infinite(f, y))))
        why |= FPSCR_VXIMZ;
    if (any_nan)
        return why;
    if ((op == ADD || op == SUBTRACT) && is_infinite(f, x) && is_infinite(f, y) &&
        opposite == (op == ADD))
        why |= FPSCR_VXISI;
    if (op == FUSED && !why && is_infinite(f, z) && (is_infinite(f, x) || is_infinite(f, y)) &&
        opposite != is_negative(f, z))
        why |= FPSCR_VXISI;
    if (op == DIVIDE && is_infinite(f, x) && is_infinite(f, y))
        why |= FPSCR_VXIDI;
    if (op == DIVIDE && is_zero(f, x) && is_zero(f, y))
        why |= FPSCR_VXZDZ;
    if (op == ROOT && is_negative(f, x) && !is_zero(f, x))
        why |= FPSCR_VXSQRT;
    return why;
}

static uint64_t nan_of(const struct format *f, enum op op, uint64_t x, uint64_t y, uint64_t z)
{
    /* FRA, FRB, FRC: the addend comes before the second factor. */
    if (is_nan(f, x))
        return x | quiet_bit(f);
    if (op == FUSED && is_nan(f, z))
        return z | quiet_bit(f);
    if (op != ROOT && is_nan(f, y))
        return y | quiet_bit(f);
    return infinity(f) | quiet_bit(f);
}

/* From the host's result and flags, and its result rounded to zero, to Power's status. */
static struct outcome judge(const struct format *f, uint64_t bits, uint64_t truncated, int flags)
{
    struct outcome o = { .bits = bits };

    o.fi = flags & FE_INEXACT;
    o.fr = o.fi && magnitude(f, bits) > magnitude(f, truncated);
    if (o.fi)
        o.raised |= FPSCR_XX;
    if (flags & FE_OVERFLOW)
        o.raised |= FPSCR_OX;
    if (flags & FE_DIVBYZERO)
        o.raised |= FPSCR_ZX;
    if (o.fi && magnitude(f, truncated) < compose(f, 0, 1, 0))
        o.raised |= FPSCR_UX;
    return o;
}

static struct outcome expected(const struct format *f, enum op op, uint64_t x, uint64_t y,
                               uint64_t z, unsigned rn)
{
    uint64_t (*host)(enum op, uint64_t, uint64_t, uint64_t) =
        f == &twice ? host_double : host_single;
    uint64_t why = invalid_causes(f, op, x, y, z), truncated, bits;
    int flags;

    fesetround(FE_TOWARDZERO);
    truncated = host(op, x, y, z);
    fesetround(modes[rn]);
    feclearexcept(FE_ALL_EXCEPT);
    bits = host(op, x, y, z);
    flags = fetestexcept(FE_ALL_EXCEPT);
    fesetround(FE_TONEAREST);
    if (is_nan(f, bits)) {
        if (op != FUSED)
            ck_assert_int_eq(!why, !(flags & FE_INVALID));
        return (struct outcome){ .bits = nan_of(f, op, x, y, z), .raised = why };
    }
    ck_assert(!why);
    return judge(f, bits, truncated, flags);
}

static uint64_t ours(struct fp_status *s, enum op op, enum fp_format from, enum fp_format to,
                     uint64_t x, uint64_t y, uint64_t z)
{
    struct fp a = fp_unpack(from, x), b = fp_unpack(from, y), c = fp_unpack(from, z);

    switch (op) {
    case ADD: return fp_add(s, to, a, b);
    case SUBTRACT: return fp_subtract(s, to, a, b);
    case MULTIPLY: return fp_multiply(s, to, a, b);
    case DIVIDE: return fp_divide(s, to, a, b);
    case ROOT: return fp_square_root(s, to, a);
    default: return fp_multiply_add(s, to, a, b, c, false, false);
    }
}

#define EXPECT(what, s, got, want, x, y, z) \
    ck_assert_msg((got) == (want).bits && (s).raised == (want).raised && (s).fr == (want).fr && \
                      (s).fi == (want).fi, \
                  "%s %016llx %016llx %016llx rn %u: %016llx raised %llx fr %d fi %d instead of " \
                  "%016llx raised %llx fr %d fi %d", \
                  what, (unsigned long long)(x), (unsigned long long)(y), (unsigned long long)(z), \
                  (unsigned)(s).rounding, (unsigned long long)(got), \
                  (unsigned long long)(s).raised, (s).fr, (s).fi, (unsigned long long)(want).bits, \
                  (unsigned long long)(want).raised, (want).fr, (want).fi)

/* ---- arithmetic ------------------------------------------------------------------------------ */

static void compare_arithmetic(const struct format *f, enum op op)
{
    for (unsigned n = 0; n < VECTORS; n++) {
        uint64_t x = random_number(f, random64() >> (f == &twice ? 0 : 32));
        uint64_t y = random_number(f, x), z = random_number(f, y);
        struct outcome want;
        struct fp_status s;
        uint64_t got;

        if (op == FUSED && n & 1) { /* the addend near the product, for cancellation */
            struct fp_status unused = { .rounding = n >> 1 & 3 };

            z = ours(&unused, MULTIPLY, f->id, f->id, x, y, 0) ^ (random64() & 3) ^
                compose(f, 1, 0, 0);
        }
        for (unsigned rn = 0; rn < 4; rn++) {
            s = (struct fp_status){ .rounding = rn };
            want = expected(f, op, x, y, z, rn);
            got = ours(&s, op, f->id, f->id, x, y, z);
            EXPECT(names[op], s, got, want, x, y, z);
        }
    }
}

START_TEST(double_arithmetic) { compare_arithmetic(&twice, _i); }
END_TEST

START_TEST(single_arithmetic) { compare_arithmetic(&single, _i); }
END_TEST

/* Singles in registers are doubles: same numbers, same status, and back again. */
START_TEST(single_in_double_format)
{
    for (unsigned n = 0; n < VECTORS; n++) {
        uint64_t x = random_number(&single, 0), y = random_number(&single, x);
        uint64_t z = random_number(&single, y);
        struct fp_status s = { .rounding = n & 3 }, t = s;
        uint64_t packed = ours(&s, _i, FP_SINGLE, FP_SINGLE, x, y, z);
        uint64_t wide =
            ours(&t, _i, FP_DOUBLE, FP_DOUBLE_SINGLE, fp_double_from_single((uint32_t)x),
                 fp_double_from_single((uint32_t)y), fp_double_from_single((uint32_t)z));

        ck_assert_uint_eq(fp_double_from_single((uint32_t)packed), wide);
        ck_assert_uint_eq(fp_single_from_double(wide), packed);
        ck_assert_uint_eq(s.raised, t.raised);
        ck_assert(s.fr == t.fr && s.fi == t.fi);
    }
}
END_TEST

START_TEST(negated_and_subtracting_fused)
{
    for (unsigned n = 0; n < VECTORS; n++) {
        uint64_t x = random_number(&twice, 0), y = random_number(&twice, x);
        uint64_t z = random_number(&twice, y), sign = UINT64_C(1) << 63;
        struct fp a = fp_unpack(FP_DOUBLE, x), c = fp_unpack(FP_DOUBLE, y),
                  b = fp_unpack(FP_DOUBLE, z);
        struct fp_status s = { .rounding = n & 3 }, t = s;
        uint64_t plain = fp_multiply_add(&s, FP_DOUBLE, a, c, b, false, false), r;

        if (is_nan(&twice, plain)) {
            r = fp_multiply_add(&t, FP_DOUBLE, a, c, b, false, true);
            ck_assert_uint_eq(r, plain);
            continue;
        }
        r = fp_multiply_add(&t, FP_DOUBLE, a, c, b, false, true);
        ck_assert_uint_eq(r, plain ^ sign);
        ck_assert(t.fr == s.fr && t.fi == s.fi && t.raised == s.raised);
        r = fp_multiply_add(&t, FP_DOUBLE, a, c, fp_unpack(FP_DOUBLE, z ^ sign), true, false);
        ck_assert_uint_eq(r, plain);
    }
}
END_TEST

/* An enabled overflow or underflow gives the rounded number with its exponent wrapped. */
START_TEST(wrapped_exponents)
{
    for (unsigned n = 0; n < VECTORS; n++) {
        volatile double x = 1 + ldexp((double)(random64() >> 12), -52);
        volatile double y = 1 + ldexp((double)(random64() >> 12), -52), product, scaled;
        int exponent = n & 1 ? 600 : -600, wrap = n & 1 ? -1536 : 1536;
        struct fp_status s = { .rounding = n >> 1 & 3, .enabled = n & 1 ? FPSCR_OE : FPSCR_UE };
        uint64_t got, want, bx, by;
        double t;

        fesetround(modes[n >> 1 & 3]);
        feclearexcept(FE_ALL_EXCEPT);
        product = x * y;
        s.fi = fetestexcept(FE_INEXACT);
        fesetround(FE_TONEAREST);
        scaled = ldexp(product, 2 * exponent + wrap);
        t = scaled;
        memcpy(&want, &t, 8);
        t = ldexp(x, exponent);
        memcpy(&bx, &t, 8);
        t = ldexp(y, exponent);
        memcpy(&by, &t, 8);
        bool inexact = s.fi;
        got = ours(&s, MULTIPLY, FP_DOUBLE, FP_DOUBLE, bx, by, 0);
        ck_assert_uint_eq(got, want);
        ck_assert_uint_eq(s.raised, (n & 1 ? FPSCR_OX : FPSCR_UX) | (inexact ? FPSCR_XX : 0));
        ck_assert(s.fi == inexact);
    }
}
END_TEST

/* ---- conversions ----------------------------------------------------------------------------- */

static __attribute__((noinline)) uint64_t host_narrow(uint64_t x)
{
    volatile double d;
    volatile float f;
    double t;
    float u;
    uint32_t bits;

    memcpy(&t, &x, sizeof t);
    d = t;
    f = (float)d;
    u = f;
    memcpy(&bits, &u, sizeof u);
    return bits;
}

START_TEST(double_to_single)
{
    for (unsigned n = 0; n < 2 * VECTORS; n++) {
        uint64_t x = random_number(&twice, 0), got, truncated, bits;
        struct outcome want;
        int flags;

        if (n & 1) /* into the single's range */
            x = compose(&twice, n >> 1 & 1, 1023 - 160 + random64() % 300, fraction_of(&twice, x));
        for (unsigned rn = 0; rn < 4; rn++) {
            struct fp_status s = { .rounding = rn };

            fesetround(FE_TOWARDZERO);
            truncated = host_narrow(x);
            fesetround(modes[rn]);
            feclearexcept(FE_ALL_EXCEPT);
            bits = host_narrow(x);
            flags = fetestexcept(FE_ALL_EXCEPT);
            fesetround(FE_TONEAREST);
            want = judge(&single, bits, truncated, flags);
            if (is_nan(&twice, x))
                want = (struct outcome){ .bits = bits,
                                         .raised = is_signalling(&twice, x) ? FPSCR_VXSNAN : 0 };
            got = fp_convert(&s, FP_SINGLE, fp_unpack(FP_DOUBLE, x));
            EXPECT("narrow", s, got, want, x, 0, 0);
        }
    }
}
END_TEST

START_TEST(single_to_double)
{
    for (unsigned n = 0; n < VECTORS; n++) {
        uint32_t x = (uint32_t)random_number(&single, 0);
        struct fp_status s = { .rounding = n & 3 };
        uint64_t want, got = fp_convert(&s, FP_DOUBLE, fp_unpack(FP_SINGLE, x));
        volatile float f;
        float t;
        double d;

        memcpy(&t, &x, sizeof t);
        f = t;
        d = f;
        memcpy(&want, &d, sizeof d);
        ck_assert_uint_eq(got, want);
        ck_assert_uint_eq(s.raised, is_signalling(&single, x) ? FPSCR_VXSNAN : 0);
        ck_assert(!s.fi && !s.fr);
        if (!is_signalling(&single, x))
            ck_assert_uint_eq(fp_double_from_single(x), want);
    }
}
END_TEST

/* All 65536 half-precision numbers survive the way up and back; the values of a few. */
START_TEST(half_precision)
{
    static const struct { uint32_t half; uint64_t twice; } known[] = {
        { 0x3c00, UINT64_C(0x3ff0000000000000) }, { 0x7bff, UINT64_C(0x40effc0000000000) },
        { 0x0001, UINT64_C(0x3e70000000000000) }, { 0x8400, UINT64_C(0xbf10000000000000) },
        { 0x7c00, UINT64_C(0x7ff0000000000000) },
    };
    struct fp_status s = { 0 };

    for (uint32_t h = 0; h < 0x10000; h++) {
        uint64_t d = fp_convert(&s, FP_DOUBLE, fp_unpack(FP_HALF, h));
        bool nan = (h & 0x7fff) > 0x7c00;

        ck_assert_uint_eq(fp_convert(&s, FP_HALF, fp_unpack(FP_DOUBLE, d)), nan ? h | 0x200 : h);
        ck_assert(!s.fi);
    }
    for (size_t n = 0; n < ARRAY_SIZE(known); n++)
        ck_assert_uint_eq(fp_convert(&s, FP_DOUBLE, fp_unpack(FP_HALF, known[n].half)),
                          known[n].twice);
}
END_TEST

static double as_double(uint64_t x)
{
    double d;

    memcpy(&d, &x, sizeof d);
    return d;
}

/* Doubles around the sizes of integers. */
static uint64_t random_integral(void)
{
    uint64_t x = random_number(&twice, 0);

    return random64() & 3
               ? compose(&twice, random64() & 1, 1020 + random64() % 70, fraction_of(&twice, x))
               : x;
}

static double rounded(double d, unsigned rn)
{
    volatile double v = d, r;

    fesetround(modes[rn & 3]);
    r = rn == FP_NEAREST_AWAY ? round(v) : nearbyint(v);
    fesetround(FE_TONEAREST);
    return r;
}

START_TEST(round_to_integral)
{
    for (unsigned n = 0; n < 2 * VECTORS; n++) {
        uint64_t x = random_integral(), want, got;
        double r, d = as_double(x);
        struct fp_status s = { .rounding = FP_TO_ZERO };
        bool raises = n & 1, inexact;

        if (is_nan(&twice, x))
            continue;
        for (unsigned rn = 0; rn <= FP_NEAREST_AWAY; rn++) {
            s = (struct fp_status){ .rounding = FP_TO_ZERO };
            r = rounded(d, rn);
            memcpy(&want, &r, sizeof r);
            inexact = raises && r != d;
            got = fp_round_integral(&s, FP_DOUBLE, fp_unpack(FP_DOUBLE, x), rn, raises);
            ck_assert_msg(got == want, "%a rn %u: %016llx", d, rn, (unsigned long long)got);
            ck_assert_uint_eq(s.raised, inexact ? FPSCR_XX : 0);
            ck_assert(s.fi == inexact && s.fr == (inexact && fabs(r) > fabs(d)));
        }
    }
}
END_TEST

static const struct { unsigned bits; bool is_signed; } integers[] = {
    { 32, true }, { 32, false }, { 64, true }, { 64, false },
};

START_TEST(to_integer)
{
    const unsigned bits = integers[_i].bits;
    const bool is_signed = integers[_i].is_signed;
    const double least = is_signed ? -ldexp(1, (int)bits - 1) : 0;
    const double beyond = ldexp(1, (int)bits - is_signed);
    const uint64_t lowest = is_signed ? -(UINT64_C(1) << (bits - 1)) : 0;
    const uint64_t highest = UINT64_MAX >> (64 - bits + is_signed);

    for (unsigned n = 0; n < VECTORS; n++) {
        uint64_t x = random_integral(), got, want;
        double d = as_double(x), r;

        for (unsigned rn = 0; rn <= FP_NEAREST_AWAY; rn++) {
            struct fp_status s = { .rounding = FP_TO_ZERO };
            uint64_t raised = 0;
            bool fi = false, fr = false;

            if (is_nan(&twice, x)) {
                want = lowest;
                raised = FPSCR_VXCVI | (is_signalling(&twice, x) ? FPSCR_VXSNAN : 0);
            } else {
                r = rounded(d, rn);
                if (r < least || r >= beyond) {
                    want = r < least ? lowest : highest;
                    raised = FPSCR_VXCVI;
                } else {
                    want = is_signed ? (uint64_t)(int64_t)r : (uint64_t)r;
                    fi = r != d;
                    fr = fi && fabs(r) > fabs(d);
                    raised = fi ? FPSCR_XX : 0;
                }
            }
            got = fp_to_integer(&s, fp_unpack(FP_DOUBLE, x), rn, bits, is_signed);
            ck_assert_msg(got == want && s.raised == raised && s.fi == fi && s.fr == fr,
                          "%a rn %u: %016llx raised %llx", d, rn, (unsigned long long)got,
                          (unsigned long long)s.raised);
        }
    }
}
END_TEST

static __attribute__((noinline)) uint64_t host_from_integer(uint64_t v, bool is_signed,
                                                            bool to_double)
{
    volatile int64_t sv = (int64_t)v;
    volatile uint64_t uv = v;
    volatile double d = 0;
    volatile float f = 0;
    double t;
    float u;
    uint32_t word;
    uint64_t bits;

    /* Compilers' own conversions of unsigned numbers may make -0 of 0. */
    is_signed |= sv >= 0;
    if (to_double)
        d = is_signed ? (double)sv : (double)uv;
    else
        f = is_signed ? (float)sv : (float)uv;
    t = d;
    u = f;
    memcpy(&bits, &t, sizeof t);
    memcpy(&word, &u, sizeof u);
    return to_double ? bits : word;
}

START_TEST(from_integer)
{
    const struct format *f = _i & 1 ? &twice : &single;
    const bool is_signed = _i & 2;

    for (unsigned n = 0; n < VECTORS; n++) {
        uint64_t v = random64() >> random64() % 64, got, truncated;

        v = n & 1 ? v : 0 - v;
        for (unsigned rn = 0; rn < 4; rn++) {
            struct fp_status s = { .rounding = rn };
            struct outcome want;
            int flags;

            fesetround(FE_TOWARDZERO);
            feclearexcept(FE_ALL_EXCEPT);
            truncated = host_from_integer(v, is_signed, _i & 1);
            flags = fetestexcept(FE_INEXACT);
            fesetround(modes[rn]);
            want = judge(f, host_from_integer(v, is_signed, _i & 1), truncated, flags);
            fesetround(FE_TONEAREST);
            want.raised &= ~FPSCR_UX; /* what judge() takes 0 for */
            got = fp_from_integer(&s, f->id, v, is_signed);
            EXPECT("from integer", s, got, want, v, is_signed, 0);
        }
    }
}
END_TEST

/* ---- comparison and classes ------------------------------------------------------------------ */

START_TEST(comparison_and_classes)
{
    for (unsigned n = 0; n < 2 * VECTORS; n++) {
        uint64_t x = random_number(&twice, 0), y = n % 7 ? random_number(&twice, x) : x, flags;
        double a = as_double(x), b = as_double(y);
        int want = isunordered(a, b) ? 2 : isless(a, b) ? -1 : isgreater(a, b) ? 1 : 0;

        ck_assert_int_eq(fp_compare(fp_unpack(FP_DOUBLE, x), fp_unpack(FP_DOUBLE, y)), want);
        flags = isnan(a)                             ? 0x11
                : isinf(a)                           ? (signbit(a) ? 9 : 5)
                : a == 0                             ? (signbit(a) ? 0x12 : 2)
                : fabs(a) < DBL_MIN                  ? (signbit(a) ? 0x18 : 0x14)
                                                     : (signbit(a) ? 8 : 4);
        ck_assert_uint_eq(fp_result_flags(FP_DOUBLE, x), PPC_FIELD_PUT(flags, 47, 51));
    }
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("fpu");
    Suite *s = suite_create("fpu");
    SRunner *sr;
    int failed;

    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_set_timeout(tc, 120);
    tcase_add_loop_test(tc, double_arithmetic, 0, OPS);
    tcase_add_loop_test(tc, single_arithmetic, 0, OPS);
    tcase_add_loop_test(tc, single_in_double_format, 0, OPS);
    tcase_add_test(tc, negated_and_subtracting_fused);
    tcase_add_test(tc, wrapped_exponents);
    tcase_add_test(tc, double_to_single);
    tcase_add_test(tc, single_to_double);
    tcase_add_test(tc, half_precision);
    tcase_add_test(tc, round_to_integral);
    tcase_add_loop_test(tc, to_integer, 0, ARRAY_SIZE(integers));
    tcase_add_loop_test(tc, from_integer, 0, 4);
    tcase_add_test(tc, comparison_and_classes);
    suite_add_tcase(s, tc);
    sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
