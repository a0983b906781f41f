/* Binary floating point against MPFR: results, FR, FI, and the exceptions, in all rounding modes, with
 * overflow and underflow enabled or not; by the functions of fpu/, and by the instructions that call them.
 *
 * MPFR computes with the format's precision and exponents; what it does not say, that a result is tiny
 * before rounding, comes from a second computation without limits, and so do the wrapped results of enabled
 * exceptions. Rounding to odd is rounding to zero with the last bit set. NaNs follow the book's rule, which is
 * written down here once more. Estimates are left to test-corner-cases.c.
 *
 * Usage: fpu-oracle [VECTORS [SEED]]: so many vectors for each format.
 * Exit status 0: all agree. */
#include "tests/cpu-ppc64/fpu-oracle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mpfr.h>

#include "cpu-ppc64/fpu/quad.h"

enum { OPERAND_PRECISION = 256, WRONG_AT_MOST = 20 };

const struct format formats[] = {
    [HALF] = { "half", 11, 16, -14, 15, 0, FP_HALF },
    [BFLOAT] = { "bfloat16", 8, 16, -126, 127, 0, FP_BFLOAT },
    [SINGLE] = { "single", 24, 32, -126, 127, 192, FP_SINGLE },
    [DOUBLE] = { "double", 53, 64, -1022, 1023, 1536, FP_DOUBLE },
    [QUAD] = { "quad", 113, 128, -16382, 16383, 24576, FP_DOUBLE },
};

const struct kind kinds[KINDS] = {
    [SINGLES] = { "single", &formats[SINGLE], &formats[SINGLE], FP_SINGLE },
    [DOUBLES] = { "double", &formats[DOUBLE], &formats[DOUBLE], FP_DOUBLE },
    [DOUBLES_TO_SINGLE] = { "double to single", &formats[DOUBLE], &formats[SINGLE], FP_DOUBLE_SINGLE },
    [QUADS] = { "quad", &formats[QUAD], &formats[QUAD], FP_DOUBLE },
};

static const char *const names[] = {
    "add",
    "subtract",
    "multiply",
    "divide",
    "square root",
    "multiply-add",
    "multiply-subtract",
    "negative multiply-add",
    "negative multiply-subtract",
    "reciprocal",
    "to half",
    "to bfloat16",
    "to single",
    "to double",
    "to quad",
    "to double-extended",
    "to integral",
    "from signed",
    "from unsigned",
    "to signed",
    "to unsigned",
    "compare",
};

static bool is_quad(const struct vector *v)
{
    return v->kind == QUADS;
}
static bool is_fused(enum operation op)
{
    return op >= MULTIPLY_ADD && op <= NEGATIVE_MULTIPLY_SUBTRACT;
}

/* ---- random vectors ---- */

static uint64_t state;

static uint64_t random64(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state * UINT64_C(0x2545f4914f6cdd1d);
}

static unsigned below(unsigned n)
{
    return (unsigned)((random64() >> 32) % n);
}

static unsigned top_of(const struct format *f)
{
    return 2 * (unsigned)f->emax + 1;
}
static u128 compose(const struct format *f, bool negative, unsigned exponent, u128 fraction)
{
    return (u128)negative << (f->width - 1) | (u128)exponent << (f->precision - 1) |
           (fraction & fraction_mask(f));
}

/* Bits of a number, a NaN now and then: exponents near each other or at the ends, fractions with long runs. */
static u128 random_number(const struct format *f)
{
    unsigned fraction_bits = f->precision - 1, bias = (unsigned)f->emax, top = top_of(f), exponent;
    u128 fraction = (u128)random64() << 64 | random64();

    switch (below(8)) {
    case 0: exponent = below(3); break;
    case 1: exponent = top - 1 - below(2); break;
    case 2: exponent = below(20) ? below(top) : top; break;
    case 3: exponent = bias - 2 + below(f->precision + 20); break; /* where integers are */
    case 4: exponent = bias / 2 + below(2 * f->precision); break;  /* products and squares at the lower end */
    default: exponent = bias - 60 + below(120); break;
    }
    switch (below(7)) {
    case 0: fraction = 0; break;
    case 1: fraction = ~(u128)0; break;
    case 2: fraction = (u128)1 << below(fraction_bits); break;
    case 3: fraction = ~(u128)0 << below(fraction_bits); break;
    case 4: fraction &= ~(u128)0 << below(fraction_bits); break; /* short: exact results and ties */
    case 5: fraction = ((u128)1 << below(fraction_bits)) - ((u128)1 << below(fraction_bits)); break;
    }
    if (!below(24))
        exponent = top;
    else if (exponent == top)
        fraction = 0;
    return compose(f, random64() & 1, exponent, fraction);
}

static u128 multiply(const struct format *f, u128 a, u128 b)
{
    struct fp_status s = { 0 };

    return f == &formats[QUAD] ? quad_multiply(&s, quad_unpack(a), quad_unpack(b))
                      : fp_multiply(&s, f->format, fp_unpack(f->format, (uint64_t)a),
                                    fp_unpack(f->format, (uint64_t)b));
}

/* Operands that have to do with each other. The product may be wrong: it is an operand only. */
static void relate(struct vector *v)
{
    const struct format *f = kinds[v->kind].from;
    u128 related = v->b;
    int exponent;

    switch (v->op) {
    case ADD:
    case SUBTRACT:
    case COMPARE:
        related = v->a ^ (u128)random64() >> below(64) ^ (u128)(random64() & 1) << (f->width - 1);
        break;
    case ROOT: /* a square, or next to one */ related = multiply(f, v->a, v->a) + below(3) - 1; break;
    case DIVIDE: related = multiply(f, v->a, v->c); break;
    default:
        if (!is_fused(v->op))
            return;
        related = multiply(f, v->a, v->c) ^ (u128)(random64() & 1) << (f->width - 1);
        if (below(3)) { /* the addend anywhere beside the product */
            exponent = (int)exponent_of(f, related) + (int)below(4 * f->precision) - 2 * (int)f->precision;
            related = compose(f, random64() & 1, exponent < 0 ? 0 : (unsigned)exponent % top_of(f), v->b);
        }
    }
    if (exponent_of(f, related) == top_of(f))
        return;
    if (v->op == DIVIDE) {
        v->b = v->a;
        v->a = related;
    } else {
        v->b = related;
    }
}

static bool exists(enum operation op, enum kind_id k)
{
    switch (op) {
    case TO_HALF:
    case TO_BFLOAT: return k == SINGLES || k == DOUBLES;
    case TO_SINGLE:
    case TO_QUAD: return k == DOUBLES;
    case TO_DOUBLE: return k == QUADS || k == SINGLES;
    case TO_EXTENDED: return k == QUADS;
    case RECIPROCAL: return k != QUADS;
    case TO_SIGNED:
    case TO_UNSIGNED:
    case TO_INTEGRAL:
    case COMPARE: return k != DOUBLES_TO_SINGLE;
    default: return true;
    }
}

static bool has_mode_away(enum operation op)
{
    return op == TO_EXTENDED || op == TO_INTEGRAL || op == TO_SIGNED || op == TO_UNSIGNED;
}

/* Enabled overflow and underflow have wrapped results where the book says which. */
static bool may_wrap(enum operation op, enum kind_id k)
{
    return op < TO_HALF || (op == TO_SINGLE && k == DOUBLES) || (op == TO_DOUBLE && k == QUADS);
}

static struct vector random_vector(enum kind_id k)
{
    static const uint64_t enables[] = { FPSCR_VE, FPSCR_OE, FPSCR_UE, FPSCR_ZE, FPSCR_XE };
    static const uint64_t sticky[] = { FPSCR_OX, FPSCR_UX, FPSCR_ZX, FPSCR_XX, FPSCR_VXSNAN, FPSCR_VXISI, FPSCR_VXCVI };
    struct vector v = { .kind = k, .bits = 32u << below(k == QUADS ? 3 : 2) };

    do
        v.op = (enum operation)below(OPERATIONS);
    while (!exists(v.op, k));
    v.rounding = (enum fp_rounding)below(5);
    if (v.rounding == FP_NEAREST_AWAY && !has_mode_away(v.op))
        v.rounding = FP_TO_ODD;
    if (k == QUADS && (v.op == TO_SIGNED || v.op == TO_UNSIGNED))
        v.rounding = FP_TO_ZERO;
    v.fpscr = v.rounding <= FP_DOWN ? (uint64_t)v.rounding : below(4);
    for (size_t i = 0; i < sizeof enables / sizeof enables[0]; i++)
        if (!below(4))
            v.fpscr |= enables[i];
    if (!may_wrap(v.op, k))
        v.fpscr &= ~(FPSCR_OE | FPSCR_UE);
    if (!below(4))
        v.fpscr |= (below(2) ? FPSCR_FX : 0) | sticky[below(sizeof sticky / sizeof sticky[0])];
    v.fpscr |= random64() & (FPSCR_FR | FPSCR_FI | FPSCR_FPRF);
    v.a = random_number(kinds[k].from);
    v.b = random_number(kinds[k].from);
    v.c = random_number(kinds[k].from);
    if (v.op == FROM_SIGNED || v.op == FROM_UNSIGNED) {
        v.b = (u128)random64() << 64 | random64();
        v.b >>= below(127);
        if (k != QUADS)
            v.b = (uint64_t)v.b;
        v.b = below(2) ? 0 - v.b : v.b ^ (u128)below(2) << below(64);
    } else if (!below(4)) {
        relate(&v);
    }
    return v;
}

/* ---- numbers in MPFR ---- */

static void set_integer(mpfr_t to, u128 v)
{
    mpz_t z;

    mpz_init_set_ui(z, (unsigned long)(v >> 64));
    mpz_mul_2exp(z, z, 64);
    mpz_add_ui(z, z, (unsigned long)v);
    mpfr_set_z(to, z, MPFR_RNDN);
    mpz_clear(z);
}

static void set_signed(mpfr_t to, u128 v)
{
    set_integer(to, v >> 127 ? 0 - v : v);
    mpfr_setsign(to, to, v >> 127, MPFR_RNDN);
}

/* Exact. */
static void set_bits(mpfr_t to, const struct format *f, u128 bits)
{
    unsigned fraction_bits = f->precision - 1, exponent = exponent_of(f, bits);
    bool negative = bits >> (f->width - 1) & 1;
    u128 fraction = bits & fraction_mask(f);

    if (exponent == top_of(f)) {
        mpfr_set_inf(to, 1);
    } else if (!exponent && !fraction) {
        mpfr_set_zero(to, 1);
    } else {
        set_integer(to, fraction | (exponent ? (u128)1 << fraction_bits : 0));
        mpfr_mul_2si(to, to, (exponent ? (int)exponent - f->emax : f->emin) - (int)fraction_bits, MPFR_RNDN);
    }
    mpfr_setsign(to, to, negative, MPFR_RNDN);
}

/* The magnitude of an integral number below 2^128. */
static u128 magnitude_of(mpfr_t x)
{
    u128 m = 0;
    mpz_t z;

    mpz_init(z);
    mpfr_get_z(z, x, MPFR_RNDZ);
    for (size_t i = mpz_size(z); i-- > 0;)
        m = m << 64 | mpz_getlimbn(z, (mp_size_t)i);
    mpz_clear(z);
    return m;
}

/* x is a number of the format. */
static u128 bits_of(mpfr_t x, const struct format *f)
{
    bool negative = mpfr_signbit(x);
    int exponent, last;
    u128 m;
    mpfr_t scaled;

    if (mpfr_inf_p(x))
        return compose(f, negative, top_of(f), 0);
    if (mpfr_zero_p(x))
        return compose(f, negative, 0, 0);
    exponent = (int)mpfr_get_exp(x) - 1;
    last = (exponent < f->emin ? f->emin : exponent) - (int)f->precision + 1;
    mpfr_init2(scaled, OPERAND_PRECISION);
    mpfr_mul_2si(scaled, x, -last, MPFR_RNDN);
    m = magnitude_of(scaled);
    mpfr_clear(scaled);
    return compose(f, negative, exponent < f->emin ? 0 : (unsigned)(exponent + f->emax), m);
}

/* ---- what MPFR says ---- */

static int compute(mpfr_t r, enum operation op, mpfr_t a, mpfr_t b, mpfr_t c, mpfr_rnd_t rnd)
{
    switch (op) {
    case ADD: return mpfr_add(r, a, b, rnd);
    case SUBTRACT: return mpfr_sub(r, a, b, rnd);
    case MULTIPLY: return mpfr_mul(r, a, b, rnd);
    case DIVIDE: return mpfr_div(r, a, b, rnd);
    case ROOT: return mpfr_sqrt(r, b, rnd);
    case MULTIPLY_ADD:
    case NEGATIVE_MULTIPLY_ADD: return mpfr_fma(r, a, c, b, rnd);
    case MULTIPLY_SUBTRACT:
    case NEGATIVE_MULTIPLY_SUBTRACT: return mpfr_fms(r, a, c, b, rnd);
    case RECIPROCAL: return mpfr_ui_div(r, 1, b, rnd);
    default: return mpfr_set(r, b, rnd);
    }
}

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

static mpfr_rnd_t mpfr_rounding(enum fp_rounding rounding)
{
    static const mpfr_rnd_t roundings[] = {
        MPFR_RNDN, MPFR_RNDZ, MPFR_RNDU, MPFR_RNDD, MPFR_RNDN, MPFR_RNDZ
    };

    return roundings[rounding];
}

static u128 default_nan(const struct format *f)
{
    return compose(f, false, top_of(f), (u128)1 << (f->precision - 2));
}

static uint64_t invalid_of(enum operation op, mpfr_t a, mpfr_t b, mpfr_t c)
{
    switch (op) {
    case ADD:
    case SUBTRACT: return FPSCR_VXISI;
    case MULTIPLY: return FPSCR_VXIMZ;
    case DIVIDE: return mpfr_inf_p(b) ? FPSCR_VXIDI : FPSCR_VXZDZ;
    case ROOT: return FPSCR_VXSQRT;
    default:
        return (mpfr_inf_p(a) || mpfr_inf_p(c)) && (mpfr_zero_p(a) || mpfr_zero_p(c)) ? FPSCR_VXIMZ
                                                                                      : FPSCR_VXISI;
    }
}

/* FI, FR and XX of a rounding, from MPFR's: is r below, above or equal to the exact value? */
static void note_rounding(struct outcome *o, mpfr_t r, int ternary)
{
    o->fi = ternary;
    o->fr = mpfr_signbit(r) ? ternary < 0 : ternary > 0;
    if (ternary)
        o->raised |= FPSCR_XX;
}

static void make_odd(struct outcome *o)
{
    if (o->fi && !(o->bits & 1)) {
        o->bits |= 1;
        o->fr = true;
    }
}

/* Arithmetic, and conversion from exact operands. False: the result is out of range even when wrapped, which
 * is undefined. */
static bool arithmetic(const struct vector *v, const struct format *to, mpfr_t a, mpfr_t b, mpfr_t c,
                       struct outcome *o)
{
    const mpfr_rnd_t rnd = mpfr_rounding(v->rounding);
    int ternary, wrap = 0, exponent;
    bool tiny, defined = true;
    mpfr_t r;

    mpfr_init2(r, to->precision);
    compute(r, v->op, a, b, c, MPFR_RNDZ);
    tiny = mpfr_regular_p(r) && mpfr_get_exp(r) - 1 < to->emin;
    mpfr_clear_flags();
    ternary = compute(r, v->op, a, b, c, rnd);
    if (mpfr_nan_p(r)) {
        o->raised = invalid_of(v->op, a, b, c);
        o->bits = default_nan(to);
        goto out;
    }
    if (tiny && v->fpscr & FPSCR_UE) {
        o->raised |= FPSCR_UX;
        wrap = to->wrap;
    } else if (mpfr_regular_p(r) && mpfr_get_exp(r) - 1 > to->emax && v->fpscr & FPSCR_OE) {
        o->raised |= FPSCR_OX;
        wrap = -to->wrap;
    }
    if (wrap) {
        mpfr_mul_2si(r, r, wrap, MPFR_RNDN);
        exponent = (int)mpfr_get_exp(r) - 1;
        defined = exponent >= to->emin && exponent <= to->emax;
    } else {
        /* Limits come second: MPFR 4.2.0 rounds negative sums of just below half the smallest number up to it
         * when it has them from the start. */
        limit(to);
        ternary = mpfr_check_range(r, ternary, rnd);
        ternary = mpfr_subnormalize(r, ternary, rnd);
        if (mpfr_overflow_p())
            o->raised |= FPSCR_OX;
        if (mpfr_divby0_p())
            o->raised |= FPSCR_ZX;
        if (tiny && ternary)
            o->raised |= FPSCR_UX;
        limit(NULL);
    }
    note_rounding(o, r, ternary);
    if (defined)
        o->bits = bits_of(r, to);
    if (v->rounding == FP_TO_ODD)
        make_odd(o);
    if (v->op == NEGATIVE_MULTIPLY_ADD || v->op == NEGATIVE_MULTIPLY_SUBTRACT)
        o->bits ^= (u128)1 << (to->width - 1);
out:
    mpfr_clear(r);
    return defined;
}

/* r := x to an integral number. */
static void to_integral(mpfr_t r, mpfr_t x, enum fp_rounding rounding)
{
    if (rounding == FP_NEAREST_AWAY)
        mpfr_round(r, x);
    else
        mpfr_rint(r, x, mpfr_rounding(rounding));
}

static void integral(const struct vector *v, mpfr_t b, struct outcome *o)
{
    mpfr_t r;

    mpfr_init2(r, OPERAND_PRECISION);
    to_integral(r, b, v->rounding);
    note_rounding(o, r, mpfr_cmp(r, b));
    o->bits = bits_of(r, kinds[v->kind].to);
    mpfr_clear(r);
}

/* To 64 bits within quad's exponents: an integral number of units in the last place. */
static void extended(const struct vector *v, mpfr_t b, struct outcome *o)
{
    int exponent, last;
    mpfr_t r, scaled;

    if (!mpfr_regular_p(b)) {
        o->bits = v->b;
        return;
    }
    mpfr_inits2(OPERAND_PRECISION, r, scaled, (mpfr_ptr)NULL);
    exponent = (int)mpfr_get_exp(b) - 1;
    last = (exponent < formats[QUAD].emin ? formats[QUAD].emin : exponent) - 63;
    mpfr_mul_2si(scaled, b, -last, MPFR_RNDN);
    to_integral(r, scaled, v->rounding);
    note_rounding(o, r, mpfr_cmp(r, scaled));
    mpfr_mul_2si(r, r, last, MPFR_RNDN);
    if (o->fi && exponent < formats[QUAD].emin)
        o->raised |= FPSCR_UX;
    if (mpfr_regular_p(r) && mpfr_get_exp(r) - 1 > formats[QUAD].emax) {
        o->raised |= FPSCR_OX;
        mpfr_set_inf(r, mpfr_sgn(r));
    }
    o->bits = bits_of(r, &formats[QUAD]);
    mpfr_clears(r, scaled, (mpfr_ptr)NULL);
}

static void integer(const struct vector *v, mpfr_t b, struct outcome *o)
{
    const bool is_signed = v->op == TO_SIGNED;
    const u128 all = v->bits == 128 ? ~(u128)0 : ((u128)1 << v->bits) - 1;
    mpfr_t r, lowest, highest;

    mpfr_inits2(OPERAND_PRECISION, r, lowest, highest, (mpfr_ptr)NULL);
    set_integer(highest, is_signed ? all >> 1 : all);
    mpfr_set_zero(lowest, 1);
    if (is_signed)
        mpfr_set_si_2exp(lowest, -1, (long)v->bits - 1, MPFR_RNDN);
    to_integral(r, b, v->rounding);
    if (mpfr_less_p(r, lowest) || mpfr_greater_p(r, highest)) {
        o->raised = FPSCR_VXCVI;
        mpfr_set(r, mpfr_less_p(r, lowest) ? lowest : highest, MPFR_RNDN);
    } else {
        note_rounding(o, r, mpfr_cmp(r, b));
    }
    o->bits = magnitude_of(r);
    if (mpfr_signbit(r))
        o->bits = 0 - o->bits;
    mpfr_clears(r, lowest, highest, (mpfr_ptr)NULL);
}

const struct format *target_of(const struct vector *v)
{
    switch (v->op) {
    case TO_HALF: return &formats[HALF];
    case TO_BFLOAT: return &formats[BFLOAT];
    case TO_SINGLE: return &formats[SINGLE];
    case TO_DOUBLE: return &formats[DOUBLE];
    case TO_QUAD: return &formats[QUAD];
    default: return kinds[v->kind].to;
    }
}

/* ---- what the book says about NaNs ---- */

/* A NaN made quiet, with as much of its fraction as there is room for. */
static u128 quieted(const struct format *from, const struct format *to, u128 bits)
{
    u128 fraction = bits & fraction_mask(from);
    int more = (int)to->precision - (int)from->precision;

    fraction = more < 0 ? fraction >> -more : fraction << more;
    return default_nan(to) | compose(to, bits >> (from->width - 1) & 1, 0, fraction);
}

static bool is_signalling(const struct format *f, u128 bits)
{
    return is_nan(f, bits) && !(bits >> (f->precision - 2) & 1);
}

static bool is_infinity(const struct format *f, u128 bits)
{
    return exponent_of(f, bits) == top_of(f) && !(bits & fraction_mask(f));
}

static bool is_zero(const struct format *f, u128 bits)
{
    return !(bits << (129 - f->width));
}

/* True if an operand is a NaN, with what follows: the first of A, B and C is the result. [ISA3.0 I 4.3.2, 4.4.1] */
static bool of_nans(const struct vector *v, struct outcome *o)
{
    const struct format *f = kinds[v->kind].from, *to = target_of(v);
    const bool two = v->op <= DIVIDE || v->op == COMPARE || is_fused(v->op);
    const u128 operands[] = { two ? v->a : v->b, v->b, is_fused(v->op) ? v->c : v->b };
    const u128 *first = NULL;

    if (v->op == FROM_SIGNED || v->op == FROM_UNSIGNED)
        return false;
    for (unsigned i = 3; i-- > 0;) {
        if (is_signalling(f, operands[i]))
            o->raised |= FPSCR_VXSNAN;
        if (is_nan(f, operands[i]))
            first = &operands[i];
    }
    if (!first)
        return false;
    if (is_fused(v->op) && ((is_infinity(f, v->a) && is_zero(f, v->c)) || (is_zero(f, v->a) && is_infinity(f, v->c))))
        o->raised |= FPSCR_VXIMZ;
    switch (v->op) {
    case COMPARE: o->bits = 3; o->raised = 0; break; /* the instructions raise */
    case TO_SIGNED: o->bits = 0 - ((u128)1 << (v->bits - 1)); o->raised |= FPSCR_VXCVI; break;
    case TO_UNSIGNED: o->bits = 0; o->raised |= FPSCR_VXCVI; break;
    default: o->bits = quieted(f, to, *first);
    }
    if (kinds[v->kind].result == FP_DOUBLE_SINGLE && to == &formats[SINGLE])
        o->bits = fp_double_from_single((uint32_t)o->bits);
    return true;
}

static bool of_mpfr(const struct vector *v, struct outcome *o)
{
    const struct format *f = kinds[v->kind].from;
    bool defined = true;
    mpfr_t a, b, c;

    if (of_nans(v, o))
        return true;
    mpfr_inits2(OPERAND_PRECISION, a, b, c, (mpfr_ptr)NULL);
    set_bits(a, f, v->a);
    set_bits(b, f, v->b);
    set_bits(c, f, v->c);
    switch (v->op) {
    case TO_SIGNED:
    case TO_UNSIGNED: integer(v, b, o); break;
    case TO_INTEGRAL: integral(v, b, o); break;
    case TO_EXTENDED: extended(v, b, o); break;
    case COMPARE: o->bits = mpfr_less_p(a, b) ? 0 : mpfr_greater_p(a, b) ? 2 : 1; break;
    case FROM_SIGNED: set_signed(b, is_quad(v) ? v->b : (u128)(__int128)(int64_t)v->b); goto rounded;
    case FROM_UNSIGNED: set_integer(b, is_quad(v) ? v->b : (uint64_t)v->b); goto rounded;
    default:
    rounded:
        defined = arithmetic(v, target_of(v), a, b, c, o);
        if (kinds[v->kind].result == FP_DOUBLE_SINGLE && target_of(v) == &formats[SINGLE])
            o->bits = fp_double_from_single((uint32_t)o->bits);
    }
    mpfr_clears(a, b, c, (mpfr_ptr)NULL);
    return defined;
}

/* ---- what is said here ---- */

static u128 of_quad(struct fp_status *s, const struct vector *v)
{
    const struct quad a = quad_unpack(v->a), b = quad_unpack(v->b), c = quad_unpack(v->c);

    switch (v->op) {
    case ADD: return quad_add(s, a, b);
    case SUBTRACT: return quad_subtract(s, a, b);
    case MULTIPLY: return quad_multiply(s, a, b);
    case DIVIDE: return quad_divide(s, a, b);
    case ROOT: return quad_square_root(s, b);
    case MULTIPLY_ADD: return quad_multiply_add(s, a, c, b, false, false);
    case MULTIPLY_SUBTRACT: return quad_multiply_add(s, a, c, b, true, false);
    case NEGATIVE_MULTIPLY_ADD: return quad_multiply_add(s, a, c, b, false, true);
    case NEGATIVE_MULTIPLY_SUBTRACT: return quad_multiply_add(s, a, c, b, true, true);
    case TO_DOUBLE: return quad_to_double(s, b);
    case TO_EXTENDED: return quad_round_extended(s, b);
    case TO_INTEGRAL: return quad_round_integral(s, b, true);
    case FROM_SIGNED: return quad_from_integer(s, v->b, true);
    case FROM_UNSIGNED: return quad_from_integer(s, v->b, false);
    case TO_SIGNED: return quad_to_integer(s, b, v->bits, true);
    case TO_UNSIGNED: return quad_to_integer(s, b, v->bits, false);
    case COMPARE: return (u128)(quad_compare(a, b) + 1);
    default: abort();
    }
}

static u128 of_fp(struct fp_status *s, const struct vector *v)
{
    const enum fp_format from = kinds[v->kind].from->format, to = kinds[v->kind].result;
    const struct fp a = fp_unpack(from, (uint64_t)v->a), b = fp_unpack(from, (uint64_t)v->b),
                    c = fp_unpack(from, (uint64_t)v->c);

    switch (v->op) {
    case ADD: return fp_add(s, to, a, b);
    case SUBTRACT: return fp_subtract(s, to, a, b);
    case MULTIPLY: return fp_multiply(s, to, a, b);
    case DIVIDE: return fp_divide(s, to, a, b);
    case ROOT: return fp_square_root(s, to, b);
    case MULTIPLY_ADD: return fp_multiply_add(s, to, a, c, b, false, false);
    case MULTIPLY_SUBTRACT: return fp_multiply_add(s, to, a, c, b, true, false);
    case NEGATIVE_MULTIPLY_ADD: return fp_multiply_add(s, to, a, c, b, false, true);
    case NEGATIVE_MULTIPLY_SUBTRACT: return fp_multiply_add(s, to, a, c, b, true, true);
    case RECIPROCAL: return fp_reciprocal(s, to, b);
    case TO_HALF:
    case TO_BFLOAT:
    case TO_SINGLE:
    case TO_DOUBLE: return fp_convert(s, target_of(v)->format, b);
    case TO_QUAD: return quad_from_double(s, b);
    case TO_INTEGRAL: return fp_round_integral(s, to, b, s->rounding, true);
    case FROM_SIGNED: return fp_from_integer(s, to, (uint64_t)v->b, true);
    case FROM_UNSIGNED: return fp_from_integer(s, to, (uint64_t)v->b, false);
    case TO_SIGNED: return (u128)(__int128)(int64_t)fp_to_integer(s, b, s->rounding, v->bits, true);
    case TO_UNSIGNED: return fp_to_integer(s, b, s->rounding, v->bits, false);
    case COMPARE: return (u128)(fp_compare(a, b) + 1);
    default: abort();
    }
}

void show_number(const char *name, u128 v)
{
    printf(" %s %016llx%016llx", name, (unsigned long long)(v >> 64), (unsigned long long)v);
}

void show_vector(const struct vector *v)
{
    printf("%s, %s, rounding %d, FPSCR %llx, %u bits:\n ", kinds[v->kind].name, names[v->op], (int)v->rounding,
           (unsigned long long)v->fpscr, v->bits);
    show_number("a", v->a);
    show_number("b", v->b);
    show_number("c", v->c);
    printf("\n");
}

static void show_outcome(const char *whose, const struct outcome *o)
{
    printf("  %5s:", whose);
    show_number("result", o->bits);
    printf(" FR %d FI %d raised %llx\n", o->fr, o->fi, (unsigned long long)o->raised);
}

/* False if a function of fpu/ says something else, and says how. */
static bool function_agrees(const struct vector *v, const struct outcome *there)
{
    struct fp_status s = { .rounding = v->rounding, .enabled = v->fpscr & (FPSCR_VE | FPSCR_OE | FPSCR_UE | FPSCR_ZE) };
    struct outcome here = { 0 };

    here.bits = is_quad(v) ? of_quad(&s, v) : of_fp(&s, v);
    here.fr = s.fr;
    here.fi = s.fi;
    here.raised = s.raised;
    if (here.bits == there->bits && here.fr == there->fr && here.fi == there->fi && here.raised == there->raised)
        return true;
    show_vector(v);
    show_outcome("here", &here);
    show_outcome("MPFR", there);
    return false;
}

int main(int argc, char **argv)
{
    unsigned long vectors = argc > 1 ? strtoul(argv[1], NULL, 0) : 1000000, instructions = 0;
    unsigned wrong = 0;

    state = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
    if (!state) {
        fprintf(stderr, "fpu-oracle: the seed must not be 0\n");
        return 2;
    }
    if (!instructions_start()) {
        fprintf(stderr, "fpu-oracle: out of memory\n");
        return 2;
    }
    limit(NULL);
    for (enum kind_id k = 0; k < KINDS; k++) {
        unsigned long done = 0;

        while (done < vectors && wrong < WRONG_AT_MOST) {
            struct vector v = random_vector(k);
            struct outcome o = { 0 };

            if (!of_mpfr(&v, &o))
                continue;
            done++;
            wrong += !function_agrees(&v, &o) || !instructions_agree(&v, &o, &instructions);
        }
        printf("%s: %lu vectors, %lu instructions\n", kinds[k].name, done, instructions);
        instructions = 0;
    }
    mpfr_free_cache();
    return wrong ? 1 : 0;
}
