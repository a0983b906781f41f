/* Binary floating point against MPFR: results, FR, FI, and the exceptions, in all rounding modes.
 *
 * MPFR computes with the format's precision and exponents; what it does not say, that a result is tiny before
 * rounding, comes from a second computation without limits. NaN operands are left to other tests.
 *
 * Usage: fpu-oracle [VECTORS [SEED]]: so many vectors for each of single and double, a quarter of it for quad.
 * Exit status 0: all agree. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mpfr.h>

#include "cpu-ppc64/fpu/fpu.h"
#include "cpu-ppc64/fpu/quad.h"

typedef unsigned __int128 u128;

struct format {
    const char *name;
    unsigned precision, width;
    int emin, emax;
    enum fp_format format;
    bool quad;
};

static const struct format formats[] = {
    { "single", 24, 32, -126, 127, FP_SINGLE, false },
    { "double", 53, 64, -1022, 1023, FP_DOUBLE, false },
    { "quad", 113, 128, -16382, 16383, FP_DOUBLE, true },
};

enum operation { ADD, SUBTRACT, MULTIPLY, DIVIDE, ROOT, FUSED, TO_SINGLE, TO_DOUBLE, INTEGRAL, FROM_SIGNED, OPERATIONS };
static const char *const names[] = {
    "add", "subtract", "multiply", "divide", "square root", "multiply-add", "to single", "to double", "to integral",
    "from a signed integer",
};
static const mpfr_rnd_t roundings[] = { MPFR_RNDN, MPFR_RNDZ, MPFR_RNDU, MPFR_RNDD };

static uint64_t state;

static uint64_t random64(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state * UINT64_C(0x2545f4914f6cdd1d);
}

static unsigned below(unsigned n) { return (unsigned)((random64() >> 32) % n); }

/* Bits of a number that is not a NaN: exponents near each other or at the ends, fractions with long runs. */
static u128 random_number(const struct format *f)
{
    unsigned fraction_bits = f->precision - 1, bias = (unsigned)f->emax, top = 2 * bias + 1, exponent;
    u128 fraction = (u128)random64() << 64 | random64();

    switch (below(6)) {
    case 0: exponent = below(3); break;
    case 1: exponent = top - 1 - below(2); break;
    case 2: exponent = below(40) ? below(top) : top; break;
    default: exponent = bias - 60 + below(120); break;
    }
    switch (below(5)) {
    case 0: fraction = 0; break;
    case 1: fraction = ~(u128)0; break;
    case 2: fraction = (u128)1 << below(fraction_bits); break;
    case 3: fraction = ~(u128)0 << below(fraction_bits); break;
    }
    fraction &= ((u128)1 << fraction_bits) - 1;
    if (exponent == top)
        fraction = 0;
    return (u128)(random64() & 1) << (f->width - 1) | (u128)exponent << fraction_bits | fraction;
}

static void set_integer(mpfr_t to, u128 v)
{
    mpz_t z;

    mpz_init_set_ui(z, (unsigned long)(v >> 64));
    mpz_mul_2exp(z, z, 64);
    mpz_add_ui(z, z, (unsigned long)v);
    mpfr_set_z(to, z, MPFR_RNDN);
    mpz_clear(z);
}

/* Exact. */
static void set_bits(mpfr_t to, const struct format *f, u128 bits)
{
    unsigned fraction_bits = f->precision - 1;
    bool negative = bits >> (f->width - 1) & 1;
    unsigned exponent = (unsigned)(bits >> fraction_bits) & (unsigned)(2 * f->emax + 1);
    u128 fraction = bits & (((u128)1 << fraction_bits) - 1);

    if (exponent == (unsigned)(2 * f->emax + 1)) {
        mpfr_set_inf(to, 1);
    } else if (!exponent && !fraction) {
        mpfr_set_zero(to, 1);
    } else {
        set_integer(to, fraction | (exponent ? (u128)1 << fraction_bits : 0));
        mpfr_mul_2si(to, to, (exponent ? (int)exponent - f->emax : f->emin) - (int)fraction_bits, MPFR_RNDN);
    }
    mpfr_setsign(to, to, negative, MPFR_RNDN);
}

static u128 bits_of(mpfr_t x, const struct format *f)
{
    unsigned fraction_bits = f->precision - 1;
    u128 sign = (u128)(mpfr_signbit(x) != 0) << (f->width - 1), m = 0;
    int exponent;
    mpz_t z;

    if (mpfr_inf_p(x))
        return sign | (u128)(2 * f->emax + 1) << fraction_bits;
    if (mpfr_zero_p(x))
        return sign;
    exponent = (int)mpfr_get_exp(x) - 1;
    mpz_init(z);
    mpfr_get_z_2exp(z, x); /* of the precision's bits */
    for (size_t i = mpz_size(z); i-- > 0;)
        m = m << 64 | mpz_getlimbn(z, (mp_size_t)i);
    mpz_clear(z);
    m >>= mpfr_get_prec(x) - (long)f->precision;
    if (exponent < f->emin)
        return sign | m >> (f->emin - exponent);
    return sign | (u128)(exponent + f->emax) << fraction_bits | (m & (((u128)1 << fraction_bits) - 1));
}

static int compute(mpfr_t r, enum operation op, mpfr_t a, mpfr_t b, mpfr_t c, mpfr_rnd_t rnd)
{
    switch (op) {
    case ADD: return mpfr_add(r, a, b, rnd);
    case SUBTRACT: return mpfr_sub(r, a, b, rnd);
    case MULTIPLY: return mpfr_mul(r, a, b, rnd);
    case DIVIDE: return mpfr_div(r, a, b, rnd);
    case ROOT: return mpfr_sqrt(r, b, rnd);
    case FUSED: return mpfr_fma(r, a, c, b, rnd);
    case INTEGRAL: return mpfr_rint(r, b, rnd);
    default: return mpfr_set(r, b, rnd);
    }
}

struct outcome {
    u128 bits;
    bool fr, fi, invalid;
    uint64_t raised;
};

static void limit(const struct format *f)
{
    if (f) {
        mpfr_set_emin(f->emin - (int)f->precision + 2);
        mpfr_set_emax(f->emax + 1);
    } else {
        mpfr_set_emin(mpfr_get_emin_min());
        mpfr_set_emax(mpfr_get_emax_max());
    }
}

static struct outcome of_mpfr(const struct format *to, enum operation op, mpfr_t a, mpfr_t b, mpfr_t c, mpfr_rnd_t rnd)
{
    struct outcome o = { 0 };
    mpfr_t r, cut;
    int ternary;
    bool tiny;

    mpfr_inits2(to->precision, r, cut, (mpfr_ptr)NULL);
    compute(cut, op, a, b, c, MPFR_RNDZ);
    tiny = mpfr_regular_p(cut) && mpfr_get_exp(cut) - 1 < to->emin;
    limit(to);
    mpfr_clear_flags();
    ternary = compute(r, op, a, b, c, rnd);
    ternary = mpfr_check_range(r, ternary, rnd); /* mpfr_set leaves that out */
    ternary = mpfr_subnormalize(r, ternary, rnd);
    o.invalid = mpfr_nan_p(r);
    o.fi = ternary;
    o.fr = mpfr_signbit(r) ? ternary < 0 : ternary > 0;
    if (ternary)
        o.raised |= FPSCR_XX;
    if (mpfr_overflow_p())
        o.raised |= FPSCR_OX;
    if (mpfr_divby0_p())
        o.raised |= FPSCR_ZX;
    if (tiny && ternary)
        o.raised |= FPSCR_UX;
    limit(NULL);
    if (!o.invalid)
        o.bits = bits_of(r, to);
    mpfr_clears(r, cut, (mpfr_ptr)NULL);
    return o;
}

static u128 quad_operation(struct fp_status *s, enum operation op, u128 a, u128 b, u128 c)
{
    struct quad x = quad_unpack(a), y = quad_unpack(b), z = quad_unpack(c);

    switch (op) {
    case ADD: return quad_add(s, x, y);
    case SUBTRACT: return quad_subtract(s, x, y);
    case MULTIPLY: return quad_multiply(s, x, y);
    case DIVIDE: return quad_divide(s, x, y);
    case ROOT: return quad_square_root(s, y);
    case FUSED: return quad_multiply_add(s, x, z, y, false, false);
    case TO_DOUBLE: return quad_to_double(s, y);
    case INTEGRAL: return quad_round_integral(s, y, true);
    default: return quad_from_integer(s, b, true);
    }
}

static u128 operation(struct fp_status *s, const struct format *f, enum operation op, u128 a, u128 b, u128 c)
{
    struct fp x = fp_unpack(f->format, (uint64_t)a), y = fp_unpack(f->format, (uint64_t)b),
              z = fp_unpack(f->format, (uint64_t)c);

    switch (op) {
    case ADD: return fp_add(s, f->format, x, y);
    case SUBTRACT: return fp_subtract(s, f->format, x, y);
    case MULTIPLY: return fp_multiply(s, f->format, x, y);
    case DIVIDE: return fp_divide(s, f->format, x, y);
    case ROOT: return fp_square_root(s, f->format, y);
    case FUSED: return fp_multiply_add(s, f->format, x, z, y, false, false);
    case TO_SINGLE: return fp_convert(s, FP_SINGLE, y);
    case TO_DOUBLE: return fp_convert(s, FP_DOUBLE, y);
    case INTEGRAL: return fp_round_integral(s, f->format, y, s->rounding, true);
    default: return fp_from_integer(s, f->format, (uint64_t)b, true);
    }
}

/* Single words: not all operations concern all formats. */
static bool exists(const struct format *f, enum operation op)
{
    return !((op == TO_SINGLE && f->format != FP_DOUBLE) || (op == TO_SINGLE && f->quad) ||
             (op == TO_DOUBLE && f->format == FP_DOUBLE && !f->quad));
}

static bool agree(const struct format *f, enum operation op, unsigned rn, u128 a, u128 b, u128 c)
{
    const struct format *to = op == TO_SINGLE ? &formats[0] : op == TO_DOUBLE ? &formats[1] : f;
    struct fp_status s = { .rounding = (enum fp_rounding)rn };
    struct outcome here = { 0 }, there;
    mpfr_t x, y, z;

    mpfr_inits2(256, x, y, z, (mpfr_ptr)NULL);
    set_bits(x, f, a);
    set_bits(y, f, b);
    set_bits(z, f, c);
    if (op == FROM_SIGNED) {
        bool negative = f->quad ? b >> 127 : (uint64_t)b >> 63;
        u128 v = f->quad ? b : (u128)(__int128)(int64_t)b;

        set_integer(y, negative ? 0 - v : v);
        if (negative)
            mpfr_neg(y, y, MPFR_RNDN);
    }
    there = of_mpfr(to, op, x, y, z, roundings[rn]);
    mpfr_clears(x, y, z, (mpfr_ptr)NULL);
    here.bits = f->quad ? quad_operation(&s, op, a, b, c) : operation(&s, f, op, a, b, c);
    here.fr = s.fr;
    here.fi = s.fi;
    here.invalid = s.raised & FPSCR_VX_ALL;
    here.raised = s.raised & ~FPSCR_VX_ALL;
    if (here.invalid && there.invalid)
        return true;
    if (here.bits == there.bits && here.fr == there.fr && here.fi == there.fi && here.raised == there.raised &&
        here.invalid == there.invalid)
        return true;
    printf("%s of %s, RN=%u: %016llx%016llx %016llx%016llx %016llx%016llx\n", names[op], f->name, rn,
           (unsigned long long)(a >> 64), (unsigned long long)a, (unsigned long long)(b >> 64), (unsigned long long)b,
           (unsigned long long)(c >> 64), (unsigned long long)c);
    printf("  here %016llx%016llx fr %d fi %d raised %llx, MPFR %016llx%016llx fr %d fi %d raised %llx invalid %d\n",
           (unsigned long long)(here.bits >> 64), (unsigned long long)here.bits, here.fr, here.fi,
           (unsigned long long)s.raised, (unsigned long long)(there.bits >> 64), (unsigned long long)there.bits,
           there.fr, there.fi, (unsigned long long)there.raised, there.invalid);
    return false;
}

int main(int argc, char **argv)
{
    unsigned long vectors = argc > 1 ? strtoul(argv[1], NULL, 0) : 1000000;
    unsigned wrong = 0;

    state = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
    limit(NULL);
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        const struct format *f = &formats[i];
        unsigned long n = f->quad ? vectors / 4 : vectors, done = 0;

        while (done < n && wrong < 10) {
            enum operation op = (enum operation)below(OPERATIONS);
            u128 a = random_number(f), b = random_number(f), c = random_number(f);

            if (!exists(f, op))
                continue;
            if (below(4) == 0 && (op == ADD || op == SUBTRACT)) /* cancellation */
                b = a ^ (u128)random64() >> below(64);
            if ((b >> (f->precision - 1) & (unsigned)(2 * f->emax + 1)) == (unsigned)(2 * f->emax + 1))
                b = b >> (f->precision - 1) << (f->precision - 1);
            wrong += !agree(f, op, (unsigned)done & 3, a, b, c);
            done++;
        }
        printf("%s: %lu vectors\n", f->name, done);
    }
    mpfr_free_cache();
    return wrong ? 1 : 0;
}
