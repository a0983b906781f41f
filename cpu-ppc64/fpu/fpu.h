/* Binary floating point as Power computes it, in integers: results, and every status bit, exact and the same
 * on all hosts. Tininess is detected before rounding, FR and FI tell about the rounding, enabled overflow and
 * underflow wrap the exponent. [ISA3.0 I 4.3, 4.4]
 *
 * Quad precision is in quad.h. */
#ifndef CPU_PPC64_FPU_FPU_H
#define CPU_PPC64_FPU_FPU_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bits.h"

/* FPSCR, as a 64-bit register. [ISA3.0 I 4.2.2] */
#define FPSCR_DRN PPC_BITMASK(29, 31)
#define FPSCR_FX PPC_BIT(32)
#define FPSCR_FEX PPC_BIT(33)
#define FPSCR_VX PPC_BIT(34)
#define FPSCR_OX PPC_BIT(35)
#define FPSCR_UX PPC_BIT(36)
#define FPSCR_ZX PPC_BIT(37)
#define FPSCR_XX PPC_BIT(38)
#define FPSCR_VXSNAN PPC_BIT(39)
#define FPSCR_VXISI PPC_BIT(40)
#define FPSCR_VXIDI PPC_BIT(41)
#define FPSCR_VXZDZ PPC_BIT(42)
#define FPSCR_VXIMZ PPC_BIT(43)
#define FPSCR_VXVC PPC_BIT(44)
#define FPSCR_FR PPC_BIT(45)
#define FPSCR_FI PPC_BIT(46)
#define FPSCR_FPRF PPC_BITMASK(47, 51)
#define FPSCR_FPCC PPC_BITMASK(48, 51)
#define FPSCR_VXSOFT PPC_BIT(53)
#define FPSCR_VXSQRT PPC_BIT(54)
#define FPSCR_VXCVI PPC_BIT(55)
#define FPSCR_VE PPC_BIT(56)
#define FPSCR_OE PPC_BIT(57)
#define FPSCR_UE PPC_BIT(58)
#define FPSCR_ZE PPC_BIT(59)
#define FPSCR_XE PPC_BIT(60)
#define FPSCR_NI PPC_BIT(61)
#define FPSCR_RN PPC_BITMASK(62, 63)

#define FPSCR_VX_ALL                                                                             \
    (FPSCR_VXSNAN | FPSCR_VXISI | FPSCR_VXIDI | FPSCR_VXZDZ | FPSCR_VXIMZ | FPSCR_VXVC |          \
     FPSCR_VXSOFT | FPSCR_VXSQRT | FPSCR_VXCVI)
#define FPSCR_EXCEPTIONS (FPSCR_OX | FPSCR_UX | FPSCR_ZX | FPSCR_XX | FPSCR_VX_ALL)

enum fp_rounding {
    FP_NEAREST_EVEN, /* RN = 0 to 3 */
    FP_TO_ZERO,
    FP_UP,
    FP_DOWN,
    FP_NEAREST_AWAY, /* of fri and its kin */
    FP_TO_ODD,       /* of quad operations: the last bit is 1 if the result is inexact */
};

/* What an operation runs under, and what it did. */
struct fp_status {
    enum fp_rounding rounding;
    uint64_t enabled; /* FPSCR_VE ... FPSCR_XE */
    uint64_t raised;  /* FPSCR_EXCEPTIONS bits */
    bool fr, fi;      /* of the last rounding */
};

enum fp_format {
    FP_HALF,
    FP_BFLOAT,       /* bfloat16: a single cut to its upper half */
    FP_SINGLE,       /* in the low 32 bits */
    FP_DOUBLE,
    FP_DOUBLE_SINGLE, /* results: rounded to single, kept in double format */
};

enum fp_class { FP_ZERO, FP_FINITE, FP_INFINITE, FP_QNAN, FP_SNAN };

/* A number taken apart: significand / 2^63 * 2^exponent, its leading bit at 63 if it is FP_FINITE. For
 * NaNs the significand is the fraction of the double format. */
struct fp {
    enum fp_class class;
    bool negative;
    int exponent;
    uint64_t significand;
};

struct fp fp_unpack(enum fp_format format, uint64_t bits);

/* Each raises what it must and returns the result packed. NaN operands: the first in the order a, b, c wins
 * and is made quiet; without one, invalid operations give the default NaN. */
uint64_t fp_add(struct fp_status *s, enum fp_format to, struct fp a, struct fp b);
uint64_t fp_subtract(struct fp_status *s, enum fp_format to, struct fp a, struct fp b);
uint64_t fp_multiply(struct fp_status *s, enum fp_format to, struct fp a, struct fp b);
uint64_t fp_divide(struct fp_status *s, enum fp_format to, struct fp a, struct fp b);
uint64_t fp_square_root(struct fp_status *s, enum fp_format to, struct fp b);
/* (a * c + b), negated at the end (not a NaN) if negate; subtract: (a * c - b). */
uint64_t fp_multiply_add(struct fp_status *s, enum fp_format to, struct fp a, struct fp c,
                         struct fp b, bool subtract, bool negate);
/* 1 / b and 1 / sqrt(b), correctly rounded, though the book asks for 14 bits or fewer. */
uint64_t fp_reciprocal(struct fp_status *s, enum fp_format to, struct fp b);
uint64_t fp_reciprocal_root(struct fp_status *s, enum fp_format to, struct fp b);
/* The same number in another format. */
uint64_t fp_convert(struct fp_status *s, enum fp_format to, struct fp b);
/* To an integral value in the same format; inexact only if `exact` asks for it. */
uint64_t fp_round_integral(struct fp_status *s, enum fp_format to, struct fp b,
                           enum fp_rounding rounding, bool raises_inexact);
/* To an integer of 32 or 64 bits; out of range and NaN: VXCVI and the nearest, as the book says. */
uint64_t fp_to_integer(struct fp_status *s, struct fp b, enum fp_rounding rounding, unsigned bits,
                       bool is_signed);
uint64_t fp_from_integer(struct fp_status *s, enum fp_format to, uint64_t v, bool is_signed);

/* -1, 0, 1, or 2 if unordered. */
int fp_compare(struct fp a, struct fp b);

/* FPRF of a result in that format (FP_SINGLE, FP_DOUBLE or FP_DOUBLE_SINGLE). */
uint64_t fp_result_flags(enum fp_format format, uint64_t bits);

/* Loads and stores of single format: no rounding, no exceptions. [ISA3.0 I 4.6.2, 4.6.3] */
uint64_t fp_double_from_single(uint32_t w);
uint32_t fp_single_from_double(uint64_t d);

#define FP_DEFAULT_NAN UINT64_C(0x7ff8000000000000)

#endif
