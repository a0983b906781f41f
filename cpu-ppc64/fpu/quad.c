/* Quad precision; see quad.h.
 *
 *   unpack -> exact or sticky result in 256 bits (struct wide) -> normalise -> round and pack */
#include "cpu-ppc64/fpu/quad.h"

typedef quad_bits u128;

enum { PRECISION = 113, EXTENDED_PRECISION = 64, BIAS = 16383, EMIN = -16382, EMAX = 16383, WRAP = 24576 };

#define TOP ((u128)1 << 127)
#define INFINITY_BITS ((u128)0x7fff << 112)
#define QUIET ((u128)1 << 111)
#define FRACTION (((u128)1 << 112) - 1)

/* high:low / 2^255 * 2^exponent, and something below the last bit if sticky. */
struct wide {
    bool negative, sticky;
    int exponent;
    u128 high, low;
};

static unsigned leading_zeros(u128 v)
{
    uint64_t high = (uint64_t)(v >> 64);

    return high ? (unsigned)__builtin_clzll(high) : 64 + (unsigned)__builtin_clzll((uint64_t)v);
}

struct quad quad_unpack(quad_bits bits)
{
    unsigned biased = (unsigned)(bits >> 112) & 0x7fff;
    u128 fraction = bits & FRACTION;
    struct quad x = { .negative = bits >> 127 };

    if (biased == 0x7fff) {
        x.class = !fraction ? FP_INFINITE : fraction & QUIET ? FP_QNAN : FP_SNAN;
        x.significand = fraction;
    } else if (biased) {
        x.class = FP_FINITE;
        x.exponent = (int)biased - BIAS;
        x.significand = TOP | fraction << 15;
    } else if (fraction) {
        unsigned zeros = leading_zeros(fraction);

        x.class = FP_FINITE;
        x.significand = fraction << zeros;
        x.exponent = EMIN - (int)(zeros - 15);
    }
    return x;
}

/* ---- packing ---- */

static u128 with_sign(bool negative, u128 magnitude)
{
    return magnitude | (negative ? TOP : 0);
}

static u128 exact(struct fp_status *s, u128 bits)
{
    s->fr = s->fi = false;
    return bits;
}

static u128 invalid(struct fp_status *s, uint64_t why)
{
    s->raised |= why;
    return exact(s, INFINITY_BITS | QUIET);
}

static bool is_nan(struct quad x)
{
    return x.class >= FP_QNAN;
}

/* The result if an operand is a NaN: the first of them. */
static bool nan_result(struct fp_status *s, const struct quad *x, unsigned n, u128 *result)
{
    bool found = false;

    for (unsigned i = n; i-- > 0;) {
        if (x[i].class == FP_SNAN)
            s->raised |= FPSCR_VXSNAN;
        if (is_nan(x[i])) {
            *result = exact(s, with_sign(x[i].negative, INFINITY_BITS | QUIET | x[i].significand));
            found = true;
        }
    }
    return found;
}

static void shift_right(struct wide *x, unsigned n)
{
    if (n >= 256) {
        x->sticky |= x->high || x->low;
        x->high = x->low = 0;
        return;
    }
    if (n >= 128) {
        x->sticky |= x->low != 0;
        x->low = x->high;
        x->high = 0;
        n -= 128;
    }
    if (n) {
        x->sticky |= (x->low << (128 - n)) != 0;
        x->low = x->low >> n | x->high << (128 - n);
        x->high >>= n;
    }
}

static void normalise(struct wide *x)
{
    unsigned n;

    if (!x->high) {
        x->high = x->low;
        x->low = 0;
        x->exponent -= 128;
    }
    n = leading_zeros(x->high);
    if (n) {
        x->high = x->high << n | x->low >> (128 - n);
        x->low <<= n;
        x->exponent -= (int)n;
    }
}

static bool rounds_up(enum fp_rounding rounding, bool negative, bool odd, u128 rest, bool sticky)
{
    switch (rounding) {
    case FP_NEAREST_EVEN:
        return rest > TOP || (rest == TOP && (sticky || odd));
    case FP_NEAREST_AWAY:
        return rest >= TOP;
    case FP_TO_ZERO:
        return false;
    case FP_UP:
        return !negative;
    case FP_DOWN:
        return negative;
    case FP_TO_ODD:
        return !odd;
    }
    return false;
}

static u128 overflow(struct fp_status *s, bool negative, unsigned precision)
{
    bool infinite = s->rounding == FP_NEAREST_EVEN || s->rounding == FP_NEAREST_AWAY ||
                    s->rounding == (negative ? FP_DOWN : FP_UP);

    s->raised |= FPSCR_OX | FPSCR_XX;
    s->fi = true;
    s->fr = infinite;
    return with_sign(negative, infinite ? INFINITY_BITS : INFINITY_BITS - ((u128)1 << (PRECISION - precision)));
}

/* x is not zero. Rounded to so many bits, within quad's range of exponents. */
static u128 round_pack(struct fp_status *s, struct wide x, unsigned precision)
{
    bool tiny, up;
    u128 kept, rest;

    normalise(&x);
    tiny = x.exponent < EMIN;
    if (tiny && s->enabled & FPSCR_UE) {
        s->raised |= FPSCR_UX;
        x.exponent += WRAP;
        tiny = x.exponent < EMIN;
    }
    if (tiny) {
        shift_right(&x, (unsigned)(EMIN - x.exponent));
        x.exponent = EMIN;
    }
    kept = x.high >> (128 - precision);
    x.sticky |= x.low != 0;
    rest = x.high << precision;
    s->fi = rest || x.sticky;
    up = s->fi && rounds_up(s->rounding, x.negative, kept & 1, rest, x.sticky);
    s->fr = up;
    kept += up;
    if (kept >> precision) {
        kept >>= 1;
        x.exponent++;
    }
    if (s->fi) {
        s->raised |= FPSCR_XX;
        if (tiny)
            s->raised |= FPSCR_UX;
    }
    kept <<= PRECISION - precision;
    if (x.exponent > EMAX) {
        if (!(s->enabled & FPSCR_OE))
            return overflow(s, x.negative, precision);
        s->raised |= FPSCR_OX;
        x.exponent -= WRAP;
    }
    return with_sign(x.negative, (kept >> 112 ? (u128)(x.exponent + BIAS) << 112 : 0) | (kept & FRACTION));
}

static struct wide widen(struct quad x)
{
    return (struct wide){ x.negative, false, x.exponent, x.significand, 0 };
}

/* ---- sums ---- */

static bool is_less(const struct wide *a, const struct wide *b)
{
    if (a->exponent != b->exponent)
        return a->exponent < b->exponent;
    return a->high != b->high ? a->high < b->high : a->low < b->low;
}

/* Of numbers of at most 226 bits: there is room below them. */
static u128 add_wide(struct fp_status *s, struct wide a, struct wide b)
{
    u128 low;

    normalise(&a);
    normalise(&b);
    if (is_less(&a, &b)) {
        struct wide t = a;

        a = b;
        b = t;
    }
    shift_right(&a, 1); /* room for the carry */
    shift_right(&b, 1);
    shift_right(&b, a.exponent - b.exponent > 300 ? 300 : (unsigned)(a.exponent - b.exponent));
    a.exponent++;
    if (a.negative == b.negative) {
        low = a.low + b.low;
        a.high += b.high + (low < a.low);
    } else {
        /* What is below the last bit makes the difference smaller by less than it. */
        bool borrow = b.sticky;

        low = a.low - b.low - borrow;
        a.high -= b.high + (a.low < b.low || (borrow && a.low == b.low));
    }
    a.low = low;
    a.sticky = b.sticky;
    if (!a.high && !a.low && !a.sticky)
        return exact(s, with_sign(s->rounding == FP_DOWN, 0));
    return round_pack(s, a, PRECISION);
}

static u128 add_zero(struct fp_status *s, struct quad a, struct quad b)
{
    if (a.class == FP_FINITE)
        return round_pack(s, widen(a), PRECISION);
    if (b.class == FP_FINITE)
        return round_pack(s, widen(b), PRECISION);
    return exact(s, with_sign(a.negative == b.negative ? a.negative : s->rounding == FP_DOWN, 0));
}

static u128 add_numbers(struct fp_status *s, struct quad a, struct quad b)
{
    if (a.class == FP_INFINITE || b.class == FP_INFINITE) {
        if (a.class == b.class && a.negative != b.negative)
            return invalid(s, FPSCR_VXISI);
        return exact(s, with_sign(a.class == FP_INFINITE ? a.negative : b.negative, INFINITY_BITS));
    }
    if (a.class == FP_ZERO || b.class == FP_ZERO)
        return add_zero(s, a, b);
    return add_wide(s, widen(a), widen(b));
}

quad_bits quad_add(struct fp_status *s, struct quad a, struct quad b)
{
    const struct quad operands[] = { a, b };
    u128 result;

    return nan_result(s, operands, 2, &result) ? result : add_numbers(s, a, b);
}

quad_bits quad_subtract(struct fp_status *s, struct quad a, struct quad b)
{
    if (!is_nan(b))
        b.negative = !b.negative;
    return quad_add(s, a, b);
}

/* ---- products ---- */

static struct wide product(struct quad a, struct quad b)
{
    u128 a1 = a.significand >> 64, a0 = (uint64_t)a.significand, b1 = b.significand >> 64,
         b0 = (uint64_t)b.significand, middle = a1 * b0 + (a0 * b0 >> 64);
    u128 cross = a0 * b1 + (uint64_t)middle;

    /* The leading bit is the first or the second. */
    return (struct wide){ a.negative != b.negative, false, a.exponent + b.exponent + 1,
                          a1 * b1 + (middle >> 64) + (cross >> 64), cross << 64 | (uint64_t)(a0 * b0) };
}

static bool is_infinity_by_zero(struct quad a, struct quad b)
{
    return (a.class == FP_INFINITE && b.class == FP_ZERO) || (a.class == FP_ZERO && b.class == FP_INFINITE);
}

quad_bits quad_multiply(struct fp_status *s, struct quad a, struct quad b)
{
    const struct quad operands[] = { a, b };
    bool negative = a.negative != b.negative;
    u128 result;

    if (nan_result(s, operands, 2, &result))
        return result;
    if (is_infinity_by_zero(a, b))
        return invalid(s, FPSCR_VXIMZ);
    if (a.class == FP_INFINITE || b.class == FP_INFINITE)
        return exact(s, with_sign(negative, INFINITY_BITS));
    if (a.class == FP_ZERO || b.class == FP_ZERO)
        return exact(s, with_sign(negative, 0));
    return round_pack(s, product(a, b), PRECISION);
}

static u128 multiply_add(struct fp_status *s, struct quad a, struct quad c, struct quad b)
{
    struct quad whole = { .negative = a.negative != c.negative };

    if (a.class == FP_INFINITE || c.class == FP_INFINITE || b.class == FP_INFINITE) {
        whole.class = a.class == FP_INFINITE || c.class == FP_INFINITE ? FP_INFINITE : FP_ZERO;
        return add_numbers(s, whole, b);
    }
    if (a.class == FP_ZERO || c.class == FP_ZERO)
        return add_zero(s, whole, b);
    if (b.class == FP_ZERO)
        return round_pack(s, product(a, c), PRECISION);
    return add_wide(s, product(a, c), widen(b));
}

quad_bits quad_multiply_add(struct fp_status *s, struct quad a, struct quad c, struct quad b, bool subtract,
                            bool negate)
{
    const struct quad operands[] = { a, b, c };
    u128 result;

    if (is_infinity_by_zero(a, c)) {
        s->raised |= FPSCR_VXIMZ;
        if (!nan_result(s, operands, 3, &result))
            return invalid(s, FPSCR_VXIMZ);
        return result;
    }
    if (nan_result(s, operands, 3, &result))
        return result;
    b.negative ^= subtract;
    result = multiply_add(s, a, c, b);
    return negate && !(s->raised & FPSCR_VXISI) ? result ^ TOP : result;
}

/* ---- quotients and roots ---- */

quad_bits quad_divide(struct fp_status *s, struct quad a, struct quad b)
{
    const struct quad operands[] = { a, b };
    struct wide x = { .negative = a.negative != b.negative, .exponent = a.exponent - b.exponent };
    u128 result, rest = a.significand;
    bool carry = false;

    if (nan_result(s, operands, 2, &result))
        return result;
    if (a.class == b.class && a.class != FP_FINITE)
        return invalid(s, a.class == FP_ZERO ? FPSCR_VXZDZ : FPSCR_VXIDI);
    if (a.class == FP_INFINITE)
        return exact(s, with_sign(x.negative, INFINITY_BITS));
    if (b.class == FP_INFINITE || a.class == FP_ZERO)
        return exact(s, with_sign(x.negative, 0));
    if (b.class == FP_ZERO) {
        s->raised |= FPSCR_ZX;
        return exact(s, with_sign(x.negative, INFINITY_BITS));
    }
    for (unsigned n = 0; n < 128; n++) {
        bool bit = carry || rest >= b.significand;

        if (bit)
            rest -= b.significand;
        x.high = x.high << 1 | bit;
        carry = rest >> 127;
        rest <<= 1;
    }
    x.sticky = rest || carry;
    return round_pack(s, x, PRECISION);
}

quad_bits quad_square_root(struct fp_status *s, struct quad b)
{
    struct wide x = { .exponent = b.exponent >> 1 }, square = { 0 };
    struct quad root = { 0 };
    u128 result, high, low;

    if (nan_result(s, &b, 1, &result))
        return result;
    if (b.class == FP_ZERO)
        return exact(s, with_sign(b.negative, 0));
    if (b.negative)
        return invalid(s, FPSCR_VXSQRT);
    if (b.class == FP_INFINITE)
        return exact(s, INFINITY_BITS);
    /* The root of a number of 255 or 256 bits has 128. */
    high = b.exponent & 1 ? b.significand : b.significand >> 1;
    low = b.exponent & 1 ? 0 : b.significand << 127;
    for (u128 bit = TOP; bit; bit >>= 1) {
        root.significand |= bit;
        square = product(root, root);
        if (square.high > high || (square.high == high && square.low > low))
            root.significand ^= bit;
    }
    square = product(root, root);
    x.high = root.significand;
    x.sticky = square.high != high || square.low != low;
    return round_pack(s, x, PRECISION);
}

/* ---- rounding and conversion ---- */

quad_bits quad_round_integral(struct fp_status *s, struct quad b, bool raises_inexact)
{
    struct wide x = widen(b);
    u128 result, kept, rest;
    bool up;

    if (nan_result(s, &b, 1, &result))
        return result;
    if (b.class == FP_ZERO)
        return exact(s, with_sign(b.negative, 0));
    if (b.class == FP_INFINITE)
        return exact(s, with_sign(b.negative, INFINITY_BITS));
    if (b.exponent >= PRECISION - 1) {
        result = round_pack(s, x, PRECISION);
        return exact(s, result);
    }
    /* The integer into the high half: exponent 127. */
    shift_right(&x, (unsigned)(127 - (b.exponent < -2 ? -2 : b.exponent)));
    kept = x.high;
    rest = x.low;
    s->fi = rest || x.sticky;
    up = s->fi && rounds_up(s->rounding, b.negative, kept & 1, rest, x.sticky);
    s->fr = up;
    kept += up;
    if (s->fi && raises_inexact)
        s->raised |= FPSCR_XX;
    if (!raises_inexact)
        s->fr = s->fi = false;
    if (!kept)
        return with_sign(b.negative, 0);
    {
        struct fp_status quiet = { .rounding = FP_TO_ZERO };

        return round_pack(&quiet, (struct wide){ b.negative, false, 127, kept, 0 }, PRECISION);
    }
}

quad_bits quad_round_extended(struct fp_status *s, struct quad b)
{
    u128 result;

    if (nan_result(s, &b, 1, &result))
        return result;
    if (b.class == FP_ZERO)
        return exact(s, with_sign(b.negative, 0));
    if (b.class == FP_INFINITE)
        return exact(s, with_sign(b.negative, INFINITY_BITS));
    return round_pack(s, widen(b), EXTENDED_PRECISION);
}

uint64_t quad_to_double(struct fp_status *s, struct quad b)
{
    struct fp x = { .class = b.class, .negative = b.negative, .exponent = b.exponent };

    /* What is cut off stays as a last bit, far below those of a double. */
    x.significand = is_nan(b) ? (uint64_t)(b.significand >> 60)
                              : (uint64_t)(b.significand >> 64) | ((uint64_t)b.significand != 0);
    return fp_convert(s, FP_DOUBLE, x);
}

quad_bits quad_from_double(struct fp_status *s, struct fp b)
{
    struct quad x = { .class = b.class, .negative = b.negative, .exponent = b.exponent };
    u128 result;

    x.significand = b.class >= FP_QNAN ? (u128)b.significand << 60 : (u128)b.significand << 64;
    if (nan_result(s, &x, 1, &result))
        return result;
    if (x.class == FP_FINITE)
        return round_pack(s, widen(x), PRECISION);
    return exact(s, with_sign(x.negative, x.class == FP_ZERO ? 0 : INFINITY_BITS));
}

quad_bits quad_to_integer(struct fp_status *s, struct quad b, unsigned bits, bool is_signed)
{
    u128 largest = is_signed ? ((u128)1 << (bits - 1)) - 1 : bits == 128 ? ~(u128)0 : ((u128)1 << bits) - 1;
    u128 lowest = is_signed ? ~largest : 0, v;

    s->fr = s->fi = false;
    if (b.class == FP_SNAN)
        s->raised |= FPSCR_VXSNAN;
    if (is_nan(b)) {
        s->raised |= FPSCR_VXCVI;
        return lowest;
    }
    if (b.class == FP_ZERO)
        return 0;
    v = b.class == FP_INFINITE || b.exponent > 127 ? ~(u128)0
        : b.exponent < 0                           ? 0
                                                   : b.significand >> (127 - b.exponent);
    if (b.class == FP_INFINITE || b.exponent > 127 || v > largest + (b.negative && is_signed) ||
        (b.negative && !is_signed && v)) {
        s->raised |= FPSCR_VXCVI;
        return b.negative ? lowest : largest;
    }
    s->fi = b.exponent < 0 || (b.exponent < 127 && b.significand << (b.exponent + 1));
    if (s->fi)
        s->raised |= FPSCR_XX;
    return b.negative ? 0 - v : v;
}

quad_bits quad_from_integer(struct fp_status *s, quad_bits v, bool is_signed)
{
    bool negative = is_signed && v >> 127;

    if (!v)
        return exact(s, 0);
    return round_pack(s, (struct wide){ negative, false, 127, negative ? 0 - v : v, 0 }, PRECISION);
}

int quad_compare(struct quad a, struct quad b)
{
    struct wide x = widen(a), y = widen(b);
    int sign;

    if (is_nan(a) || is_nan(b))
        return 2;
    if (a.class == FP_ZERO && b.class == FP_ZERO)
        return 0;
    if (a.class == FP_ZERO)
        return b.negative ? 1 : -1;
    if (a.class != FP_ZERO && (b.class == FP_ZERO || a.negative != b.negative))
        return a.negative ? -1 : 1;
    sign = a.negative ? -1 : 1;
    if (a.class != b.class)
        return a.class == FP_INFINITE ? sign : -sign;
    if (a.class == FP_INFINITE)
        return 0;
    return is_less(&x, &y) ? -sign : is_less(&y, &x) ? sign : 0;
}

/* C and FPCC, [ISA3.0 I table 4]. */
uint64_t quad_result_flags(quad_bits bits)
{
    bool negative = bits >> 127;
    u128 magnitude = bits & ~TOP;
    unsigned flags;

    if (magnitude > INFINITY_BITS)
        flags = 0x11;
    else if (magnitude == INFINITY_BITS)
        flags = negative ? 0x09 : 0x05;
    else if (!magnitude)
        flags = negative ? 0x12 : 0x02;
    else
        flags = (negative ? 0x08 : 0x04) | (magnitude >> 112 ? 0 : 0x10);
    return (uint64_t)flags << 12;
}
