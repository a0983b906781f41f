/* Decimal arithmetic by the library; see decimal-library.h.
 *
 * The library's numbers are in the binary encoding: sign, 14 bits of exponent, 113 bits of
 * coefficient. It is given exponents near 0 only, so that its limits are never met; exponents
 * proper are added here. */
#include "cpu-ppc64/fpu/decimal-library.h"

#include <stddef.h>
#include <string.h>

#include <bid_conf.h>
#include <bid_functions.h>

#define PRECISION 34
#define BIAS 6176
#define COEFFICIENT (((decimal_bits)1 << 113) - 1)
#define DECLETS (((decimal_bits)1 << 110) - 1)
#define SIGN ((decimal_bits)1 << 127)

/* Beyond this distance the smaller number's digits no longer reach those of the sum, nor half of
 * the last. */
#define FAR (2 * PRECISION + 2)

static BID_UINT128 word(decimal_bits v)
{
    BID_UINT128 w;

    _Static_assert(sizeof w == sizeof v, "both in the host's byte order");
    memcpy(&w, &v, sizeof w);
    return w;
}

static decimal_bits bits(BID_UINT128 w)
{
    decimal_bits v;

    memcpy(&v, &w, sizeof v);
    return v;
}

static BID_UINT128 number(bool negative, int exponent, decimal_bits coefficient)
{
    return word((negative ? SIGN : 0) | (decimal_bits)(exponent + BIAS) << 113 | coefficient);
}

static BID_UINT128 negated(BID_UINT128 w)
{
    return word(bits(w) ^ SIGN);
}

static struct decimal_exact taken_apart(BID_UINT128 w)
{
    const decimal_bits v = bits(w);

    return (struct decimal_exact){ .negative = v >> 127,
                                   .exponent = (int)(v >> 113 & 0x3fff) - BIAS,
                                   .coefficient = v & COEFFICIENT };
}

/* ---- powers of ten ---- */

#define TEN_TO_19 UINT64_C(10000000000000000000)

decimal_bits decimal_power_of_ten(unsigned n)
{
    static const uint64_t powers[] = {
        UINT64_C(1), UINT64_C(10), UINT64_C(100), UINT64_C(1000), UINT64_C(10000), UINT64_C(100000),
        UINT64_C(1000000), UINT64_C(10000000), UINT64_C(100000000), UINT64_C(1000000000),
        UINT64_C(10000000000), UINT64_C(100000000000), UINT64_C(1000000000000),
        UINT64_C(10000000000000), UINT64_C(100000000000000), UINT64_C(1000000000000000),
        UINT64_C(10000000000000000), UINT64_C(100000000000000000), UINT64_C(1000000000000000000),
    };

    return n < 19   ? powers[n]
           : n < 38 ? (decimal_bits)TEN_TO_19 * powers[n - 19]
                    : (decimal_bits)TEN_TO_19 * TEN_TO_19;
}

unsigned decimal_count_digits(decimal_bits v)
{
    unsigned n = 0;

    while (n <= 38 && v >= decimal_power_of_ten(n))
        n++;
    return n;
}

enum decimal_rest decimal_rest_of(decimal_bits r, int exponent, int unit)
{
    const int below = unit - exponent - (int)decimal_count_digits(r); /* zeros behind the point */
    decimal_bits tenth;

    if (!r)
        return REST_NONE;
    if (below > 0)
        return REST_BELOW_HALF;
    tenth = decimal_power_of_ten((unsigned)(unit - exponent - 1));
    /* Five times that might not fit. */
    return r / 5 < tenth                  ? REST_BELOW_HALF
           : r / 5 == tenth && r % 5 == 0 ? REST_HALF
                                          : REST_ABOVE_HALF;
}

/* ---- arithmetic ---- */

/* A result toward zero, and what it lacks. */
static struct decimal_exact with_rest(BID_UINT128 result, BID_UINT128 r)
{
    struct decimal_exact x = taken_apart(result), remainder = taken_apart(r);

    x.rest = decimal_rest_of(remainder.coefficient, remainder.exponent, x.exponent);
    return x;
}

struct decimal_exact decimal_library_add(struct decimal_exact a, struct decimal_exact b)
{
    const struct decimal_exact high = a.exponent >= b.exponent ? a : b,
                               low = a.exponent >= b.exponent ? b : a;
    const int distance = high.exponent - low.exponent < FAR ? high.exponent - low.exponent : FAR;
    const BID_UINT128 x = number(high.negative, distance, high.coefficient),
                      y = number(low.negative, 0, low.coefficient);
    unsigned flags = 0;
    const BID_UINT128 sum = bid128_add(x, y, BID_ROUNDING_TO_ZERO, &flags);
    struct decimal_exact result;

    if (flags & BID_INEXACT_EXCEPTION) {
        /* The first step is exact: the sum is as near to the larger number as the smaller one is
         * to 0. So is the second, but where a unit less a much smaller number comes out, which
         * is cut and still above half. */
        const BID_UINT128 short_of = bid128_add(x, negated(sum), BID_ROUNDING_TO_ZERO, &flags);

        result = with_rest(sum, bid128_add(short_of, y, BID_ROUNDING_TO_ZERO, &flags));
    } else {
        result = taken_apart(sum);
    }
    result.exponent += high.exponent - distance;
    if (!result.coefficient)
        result.negative = false;
    return result;
}

struct decimal_exact decimal_library_multiply(struct decimal_exact a, struct decimal_exact b)
{
    const BID_UINT128 x = number(a.negative, 0, a.coefficient),
                      y = number(b.negative, 0, b.coefficient);
    unsigned flags = 0;
    const BID_UINT128 product = bid128_mul(x, y, BID_ROUNDING_TO_ZERO, &flags);
    struct decimal_exact result = taken_apart(product);

    if (flags & BID_INEXACT_EXCEPTION)
        result =
            with_rest(product, bid128_fma(x, y, negated(product), BID_ROUNDING_TO_ZERO, &flags));
    result.exponent += a.exponent + b.exponent;
    return result;
}

/* The remainder a - q * b is q's last unit times something less than b. */
static enum decimal_rest quotient_rest(struct decimal_exact remainder, int unit, decimal_bits b)
{
    const decimal_bits r =
        remainder.coefficient * decimal_power_of_ten((unsigned)(remainder.exponent - unit));

    return !r ? REST_NONE : 2 * r < b ? REST_BELOW_HALF : 2 * r == b ? REST_HALF : REST_ABOVE_HALF;
}

struct decimal_exact decimal_library_divide(struct decimal_exact a, struct decimal_exact b)
{
    const BID_UINT128 x = number(a.negative, 0, a.coefficient),
                      y = number(b.negative, 0, b.coefficient);
    unsigned flags = 0;
    const BID_UINT128 quotient = bid128_div(x, y, BID_ROUNDING_TO_ZERO, &flags);
    struct decimal_exact result = taken_apart(quotient);

    if (flags & BID_INEXACT_EXCEPTION) {
        const BID_UINT128 r = bid128_fma(negated(quotient), y, x, BID_ROUNDING_TO_ZERO, &flags);

        result.rest = quotient_rest(taken_apart(r), result.exponent, b.coefficient);
    }
    result.exponent += a.exponent - b.exponent;
    return result;
}

int decimal_library_compare(struct decimal_exact a, struct decimal_exact b)
{
    const BID_UINT128 x = number(a.negative, a.exponent, a.coefficient),
                      y = number(b.negative, b.exponent, b.coefficient);
    unsigned flags = 0;

    return bid128_quiet_less(x, y, &flags) ? -1 : bid128_quiet_greater(x, y, &flags);
}

/* ---- densely packed decimal ---- */

/* Finite numbers with the smallest exponent and no leading digit: nothing but declets in the one
 * encoding, but a coefficient in the other. */

decimal_bits decimal_library_from_declets(decimal_bits declets)
{
    return bits(bid_dpd_to_bid128(word(declets & DECLETS))) & COEFFICIENT;
}

decimal_bits decimal_library_to_declets(decimal_bits digits)
{
    return bits(bid_to_dpd128(word(digits))) & DECLETS;
}
