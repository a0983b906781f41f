/* Matrix-multiply assist: outer products into accumulators. [ISA3.1 I 7.6.1.11]
 *
 * Accumulator n is VSRs 4n to 4n + 3 here, which the book allows: priming and depriming move nothing. Row r of
 * an accumulator is VSR 4n + r. A masked instruction computes rows and columns whose mask bit is 1, the others
 * become 0; products whose mask bit is 0 are left out. */
#include "cpu-ppc64/interp/fp.h"

#define ACC (&c->vsr[4 * f_at(i)])

OP(xxmfacc) { return true; }
OP(xxmtacc) { return true; }

OP(xxsetaccz)
{
    for (unsigned r = 0; r < 4; r++)
        ACC[r].q = 0;
    return true;
}

/* Which rows, columns and products; the leftmost is the mask's highest bit. */
struct masks {
    unsigned x, y, products;
};
static const struct masks all = { 0xf, 0xf, 0xff };

static bool is_on(unsigned mask, unsigned n, unsigned of)
{
    return mask >> (of - 1 - n) & 1;
}

/* A factor that is part of the accumulator is an invalid form. */
static bool overlaps(insn_t i)
{
    return f_xa(i) >> 2 == f_at(i) || f_xb(i) >> 2 == f_at(i);
}

/* ---- integers ---- */

/* One product of parts k of two words, `parts` of them in a word. */
static int64_t product(uint32_t a, uint32_t b, unsigned k, unsigned parts)
{
    unsigned bits = 32 / parts, shift = 32 - bits * (k + 1);
    int32_t x = (int32_t)(a << (32 - bits - shift)) >> (32 - bits), y = (int32_t)(b << (32 - bits - shift)) >> (32 - bits);

    /* Bytes of XB are unsigned. */
    return (int64_t)x * (bits == 8 ? (int64_t)(b >> shift & 0xff) : y);
}

enum { ACCUMULATE = 1, SATURATE = 2 };

static bool outer_integers(struct cpu *c, insn_t i, unsigned parts, unsigned how, struct masks m)
{
    const union vsr a = c->vsr[f_xa(i)], b = c->vsr[f_xb(i)];

    if (overlaps(i))
        return cpu_interrupt_program(c, PROGRAM_ILLEGAL);
    for (unsigned r = 0; r < 4; r++)
        for (unsigned col = 0; col < 4; col++) {
            bool wanted = is_on(m.x, r, 4) && is_on(m.y, col, 4);
            uint32_t *to = &ACC[r].w[VSR_W(col)];
            int64_t sum = how & ACCUMULATE ? (int32_t)*to : 0;

            for (unsigned k = 0; k < parts; k++)
                if (is_on(m.products, k, parts))
                    sum += product(a.w[VSR_W(r)], b.w[VSR_W(col)], k, parts);
            if (wanted && how & SATURATE && sum != (int32_t)sum) {
                c->vscr |= 1;
                sum = sum < 0 ? INT32_MIN : INT32_MAX;
            }
            *to = wanted ? (uint32_t)sum : 0;
        }
    return true;
}

#define MASKED(x, y, products) ((struct masks){ x, y, products })

#define INTEGERS(parts, how) { return outer_integers(c, i, parts, how, all); }
#define INTEGERS_MASKED(parts, how, mask)                                                        \
    { return outer_integers(c, i, parts, how, MASKED(f_xmsk(i), f_ymsk(i), mask)); }

OP(xvi4ger8) INTEGERS(8, 0)
OP(xvi4ger8pp) INTEGERS(8, ACCUMULATE)
OP(xvi8ger4) INTEGERS(4, 0)
OP(xvi8ger4pp) INTEGERS(4, ACCUMULATE)
OP(xvi8ger4spp) INTEGERS(4, ACCUMULATE | SATURATE)
OP(xvi16ger2) INTEGERS(2, 0)
OP(xvi16ger2s) INTEGERS(2, SATURATE)
OP(xvi16ger2pp) INTEGERS(2, ACCUMULATE)
OP(xvi16ger2spp) INTEGERS(2, ACCUMULATE | SATURATE)
OP(pmxvi4ger8) INTEGERS_MASKED(8, 0, f_pmsk8(i))
OP(pmxvi4ger8pp) INTEGERS_MASKED(8, ACCUMULATE, f_pmsk8(i))
OP(pmxvi8ger4) INTEGERS_MASKED(4, 0, f_pmsk4(i))
OP(pmxvi8ger4pp) INTEGERS_MASKED(4, ACCUMULATE, f_pmsk4(i))
OP(pmxvi8ger4spp) INTEGERS_MASKED(4, ACCUMULATE | SATURATE, f_pmsk4(i))
OP(pmxvi16ger2) INTEGERS_MASKED(2, 0, f_pmsk2(i))
OP(pmxvi16ger2s) INTEGERS_MASKED(2, SATURATE, f_pmsk2(i))
OP(pmxvi16ger2pp) INTEGERS_MASKED(2, ACCUMULATE, f_pmsk2(i))
OP(pmxvi16ger2spp) INTEGERS_MASKED(2, ACCUMULATE | SATURATE, f_pmsk2(i))

/* ---- floating point ---- */

/* The second letter of pp, pn, np, nn is the accumulator's sign, the first that of the product. */
enum { NEGATE_PRODUCT = 2, NEGATE_ACCUMULATOR = 4 };

static struct fp negated_if(struct fp x, bool negate)
{
    if (negate && x.class != FP_QNAN && x.class != FP_SNAN)
        x.negative = !x.negative;
    return x;
}

/* a * b, or a * b and the accumulator's element, rounded once; a negative product means that the rounded
 * result is negated, as in xvnmadd. */
static uint64_t fused(struct fp_status *s, enum fp_format to, struct fp a, struct fp b, uint64_t old, unsigned how)
{
    if (!(how & ACCUMULATE))
        return fp_multiply(s, to, a, b);
    return fp_multiply_add(s, to, a, b, fp_unpack(to, old),
                           !(how & NEGATE_PRODUCT) != !(how & NEGATE_ACCUMULATOR), how & NEGATE_PRODUCT);
}

/* Results are written whatever was raised, as if nothing were enabled. [ISA3.1 I 7.6.1.11] */
static struct fp_status begin(const struct cpu *c)
{
    struct fp_status s = fp_begin(c);

    s.enabled = 0;
    return s;
}

/* Rows and columns that are left out become 0. */
static bool outer_singles(struct cpu *c, insn_t i, unsigned how, struct masks m)
{
    const union vsr a = c->vsr[f_xa(i)], b = c->vsr[f_xb(i)];
    struct fp_status s = begin(c);

    if (overlaps(i))
        return cpu_interrupt_program(c, PROGRAM_ILLEGAL);
    for (unsigned r = 0; r < 4; r++)
        for (unsigned col = 0; col < 4; col++) {
            uint32_t *to = &ACC[r].w[VSR_W(col)];

            *to = !is_on(m.x, r, 4) || !is_on(m.y, col, 4)
                      ? 0
                      : (uint32_t)fused(&s, FP_SINGLE, fp_single(a.w[VSR_W(r)]), fp_single(b.w[VSR_W(col)]), *to, how);
        }
    fp_record(c, &s);
    return fp_trap(c, &s);
}

/* Rows from two registers, an even XA and the next; two columns. */
static bool outer_doubles(struct cpu *c, insn_t i, unsigned how, struct masks m)
{
    const unsigned first = f_xap(i) & ~1u; /* odd is refused below */
    const union vsr a[2] = { c->vsr[first], c->vsr[first + 1] }, b = c->vsr[f_xb(i)];
    struct fp_status s = begin(c);

    if (f_xap(i) & 1 || overlaps(i))
        return cpu_interrupt_program(c, PROGRAM_ILLEGAL);
    for (unsigned r = 0; r < 4; r++)
        for (unsigned col = 0; col < 2; col++) {
            uint64_t *to = &ACC[r].d[VSR_D(col)];

            *to = !is_on(m.x, r, 4) || !is_on(m.y, col, 2)
                      ? 0
                      : fused(&s, FP_DOUBLE, fp_double(a[r / 2].d[VSR_D(r % 2)]), fp_double(b.d[VSR_D(col)]), *to, how);
        }
    fp_record(c, &s);
    return fp_trap(c, &s);
}

/* b * c + first, rounded to the significand of a single, whatever its exponent: first to odd with the bits of a
 * double, which are many more. Zero has no bits to round, but a sign by the rounding mode. */
static struct fp rounded_significand(struct fp_status *s, struct fp b, struct fp c, struct fp first)
{
    struct fp_status odd = { .rounding = FP_TO_ODD };
    struct fp sum = fp_double(fp_multiply_add(&odd, FP_DOUBLE, b, c, first, false, false));
    int exponent = sum.exponent;

    if (sum.class != FP_FINITE)
        return fp_double(fp_multiply_add(s, FP_DOUBLE, b, c, first, false, false));
    s->raised |= odd.raised;
    sum.exponent = 0;
    sum = fp_double(fp_convert(s, FP_DOUBLE_SINGLE, sum));
    sum.exponent += exponent;
    return sum;
}

/* Two products of halves: the first is exact, the second is added to it and rounded to single, of bfloat16 to a
 * single's significand only: what it is too large or too small for may become a single again with the accumulator.
 * The sum with that is rounded to single. */
static uint32_t half_products(struct fp_status *s, enum fp_format from, uint32_t a, uint32_t b, uint32_t old,
                              unsigned how, unsigned products)
{
    const uint32_t x = products & 2 ? a : a & 0xffff, y = products & 2 ? b : b & 0xffff;
    const bool second = products & 1;
    const struct fp first = fp_double(fp_multiply(s, FP_DOUBLE, fp_unpack(from, x >> 16), fp_unpack(from, y >> 16)));
    const struct fp x2 = fp_unpack(from, second ? x & 0xffff : 0), y2 = fp_unpack(from, second ? y & 0xffff : 0);
    struct fp sum;

    if (from == FP_BFLOAT)
        sum = rounded_significand(s, x2, y2, first);
    else
        sum = fp_single((uint32_t)fp_multiply_add(s, FP_SINGLE, x2, y2, first, false, false));
    if (!(how & ACCUMULATE))
        return (uint32_t)fp_convert(s, FP_SINGLE, sum);
    return (uint32_t)fp_add(s, FP_SINGLE, negated_if(sum, how & NEGATE_PRODUCT),
                            negated_if(fp_single(old), how & NEGATE_ACCUMULATOR));
}

static bool outer_halves(struct cpu *c, insn_t i, enum fp_format from, unsigned how, struct masks m)
{
    const union vsr a = c->vsr[f_xa(i)], b = c->vsr[f_xb(i)];
    struct fp_status s = begin(c);

    if (overlaps(i))
        return cpu_interrupt_program(c, PROGRAM_ILLEGAL);
    for (unsigned r = 0; r < 4; r++)
        for (unsigned col = 0; col < 4; col++) {
            uint32_t *to = &ACC[r].w[VSR_W(col)];

            *to = !is_on(m.x, r, 4) || !is_on(m.y, col, 4)
                      ? 0
                      : half_products(&s, from, a.w[VSR_W(r)], b.w[VSR_W(col)], *to, how, m.products);
        }
    fp_record(c, &s);
    return fp_trap(c, &s);
}

#define PP ACCUMULATE
#define PN (ACCUMULATE | NEGATE_ACCUMULATOR)
#define NP (ACCUMULATE | NEGATE_PRODUCT)
#define NN (ACCUMULATE | NEGATE_PRODUCT | NEGATE_ACCUMULATOR)

#define HALVES(from, how) { return outer_halves(c, i, from, how, all); }
#define HALVES_MASKED(from, how)                                                                 \
    { return outer_halves(c, i, from, how, MASKED(f_xmsk(i), f_ymsk(i), f_pmsk2(i))); }
#define SINGLES(how) { return outer_singles(c, i, how, all); }
#define SINGLES_MASKED(how) { return outer_singles(c, i, how, MASKED(f_xmsk(i), f_ymsk(i), 0)); }
#define DOUBLES(how) { return outer_doubles(c, i, how, MASKED(0xf, 3, 0)); }
#define DOUBLES_MASKED(how) { return outer_doubles(c, i, how, MASKED(f_xmsk(i), f_ymsk2(i), 0)); }

OP(xvbf16ger2) HALVES(FP_BFLOAT, 0)
OP(xvbf16ger2pp) HALVES(FP_BFLOAT, PP)
OP(xvbf16ger2pn) HALVES(FP_BFLOAT, PN)
OP(xvbf16ger2np) HALVES(FP_BFLOAT, NP)
OP(xvbf16ger2nn) HALVES(FP_BFLOAT, NN)
OP(pmxvbf16ger2) HALVES_MASKED(FP_BFLOAT, 0)
OP(pmxvbf16ger2pp) HALVES_MASKED(FP_BFLOAT, PP)
OP(pmxvbf16ger2pn) HALVES_MASKED(FP_BFLOAT, PN)
OP(pmxvbf16ger2np) HALVES_MASKED(FP_BFLOAT, NP)
OP(pmxvbf16ger2nn) HALVES_MASKED(FP_BFLOAT, NN)
OP(xvf16ger2) HALVES(FP_HALF, 0)
OP(xvf16ger2pp) HALVES(FP_HALF, PP)
OP(xvf16ger2pn) HALVES(FP_HALF, PN)
OP(xvf16ger2np) HALVES(FP_HALF, NP)
OP(xvf16ger2nn) HALVES(FP_HALF, NN)
OP(pmxvf16ger2) HALVES_MASKED(FP_HALF, 0)
OP(pmxvf16ger2pp) HALVES_MASKED(FP_HALF, PP)
OP(pmxvf16ger2pn) HALVES_MASKED(FP_HALF, PN)
OP(pmxvf16ger2np) HALVES_MASKED(FP_HALF, NP)
OP(pmxvf16ger2nn) HALVES_MASKED(FP_HALF, NN)
OP(xvf32ger) SINGLES(0)
OP(xvf32gerpp) SINGLES(PP)
OP(xvf32gerpn) SINGLES(PN)
OP(xvf32gernp) SINGLES(NP)
OP(xvf32gernn) SINGLES(NN)
OP(pmxvf32ger) SINGLES_MASKED(0)
OP(pmxvf32gerpp) SINGLES_MASKED(PP)
OP(pmxvf32gerpn) SINGLES_MASKED(PN)
OP(pmxvf32gernp) SINGLES_MASKED(NP)
OP(pmxvf32gernn) SINGLES_MASKED(NN)
OP(xvf64ger) DOUBLES(0)
OP(xvf64gerpp) DOUBLES(PP)
OP(xvf64gerpn) DOUBLES(PN)
OP(xvf64gernp) DOUBLES(NP)
OP(xvf64gernn) DOUBLES(NN)
OP(pmxvf64ger) DOUBLES_MASKED(0)
OP(pmxvf64gerpp) DOUBLES_MASKED(PP)
OP(pmxvf64gerpn) DOUBLES_MASKED(PN)
OP(pmxvf64gernp) DOUBLES_MASKED(NP)
OP(pmxvf64gernn) DOUBLES_MASKED(NN)
