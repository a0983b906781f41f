/* Decimal arithmetic without limits of format and rounding mode: the only place that knows the
 * library that computes (Intel's decimal floating-point library, as Debian has it in
 * libintelrdfpmath-dev).
 *
 * The library's widest format has 34 digits and five of the book's eight rounding modes. So it
 * is asked to round toward zero, and for the exact remainder: 34 digits, and where the rest lies
 * between the last digit and the next, are enough to round in any mode to any number of digits,
 * once. */
#ifndef CPU_PPC64_FPU_DECIMAL_LIBRARY_H
#define CPU_PPC64_FPU_DECIMAL_LIBRARY_H

#include <stdbool.h>
#include <stdint.h>

/* An unsigned decimal significand, or one of the formats' words. */
typedef unsigned __int128 decimal_bits;

/* What is left below the last digit, in units of it. */
enum decimal_rest { REST_NONE, REST_BELOW_HALF, REST_HALF, REST_ABOVE_HALF };

/* (coefficient + rest) * 10^exponent, negated if negative. If there is a rest, the coefficient
 * has 34 digits. */
struct decimal_exact {
    bool negative;
    int exponent;
    decimal_bits coefficient;
    enum decimal_rest rest;
};

/* Operands have coefficients of 1 to 34 digits, no rest, and any exponents; signs are taken into
 * account. A sum of 0 is positive. */
struct decimal_exact decimal_library_add(struct decimal_exact a, struct decimal_exact b);
struct decimal_exact decimal_library_multiply(struct decimal_exact a, struct decimal_exact b);
struct decimal_exact decimal_library_divide(struct decimal_exact a, struct decimal_exact b);
/* -1, 0 or 1; exponents within decimal128's range. */
int decimal_library_compare(struct decimal_exact a, struct decimal_exact b);

/* Eleven declets of densely packed decimal (110 bits) to a number of 33 digits, and back.
 * Declets that are not canonical are understood and not made. [ISA3.0 I 5.4.1] */
decimal_bits decimal_library_from_declets(decimal_bits declets);
decimal_bits decimal_library_to_declets(decimal_bits digits);

/* 10^n, n at most 38, and the number of digits of a number: 0 of 0. */
decimal_bits decimal_power_of_ten(unsigned n);
unsigned decimal_count_digits(decimal_bits v);

/* What a remainder r * 10^exponent below 10^unit is in units of 10^unit. */
enum decimal_rest decimal_rest_of(decimal_bits r, int exponent, int unit);

#endif
