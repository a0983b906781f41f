/* Quad precision (binary128), in integers: as fpu.h, for numbers of 128 bits. [ISA3.0 I 7.3.2, 7.4] */
#ifndef CPU_PPC64_FPU_QUAD_H
#define CPU_PPC64_FPU_QUAD_H

#include "cpu-ppc64/fpu/fpu.h"

typedef unsigned __int128 quad_bits;

/* A number taken apart: significand / 2^127 * 2^exponent, its leading bit at 127 if it is FP_FINITE. For NaNs
 * the significand is the fraction. */
struct quad {
    enum fp_class class;
    bool negative;
    int exponent;
    quad_bits significand;
};

struct quad quad_unpack(quad_bits bits);

/* Each raises what it must and returns the result packed; NaNs as in fpu.h. */
quad_bits quad_add(struct fp_status *s, struct quad a, struct quad b);
quad_bits quad_subtract(struct fp_status *s, struct quad a, struct quad b);
quad_bits quad_multiply(struct fp_status *s, struct quad a, struct quad b);
quad_bits quad_divide(struct fp_status *s, struct quad a, struct quad b);
quad_bits quad_square_root(struct fp_status *s, struct quad b);
/* a * c + b, or a * c - b if subtract, rounded, then negated (not a NaN) if negate. */
quad_bits quad_multiply_add(struct fp_status *s, struct quad a, struct quad c, struct quad b, bool subtract,
                            bool negate);
/* To an integral value, or to the precision of double-extended; the first raises XX only if asked to. */
quad_bits quad_round_integral(struct fp_status *s, struct quad b, bool raises_inexact);
quad_bits quad_round_extended(struct fp_status *s, struct quad b);
uint64_t quad_to_double(struct fp_status *s, struct quad b);
quad_bits quad_from_double(struct fp_status *s, struct fp b);
/* Toward zero to 32, 64 or 128 bits; out of range and NaN: VXCVI and the nearest. */
quad_bits quad_to_integer(struct fp_status *s, struct quad b, unsigned bits, bool is_signed);
quad_bits quad_from_integer(struct fp_status *s, quad_bits v, bool is_signed);
/* -1, 0, 1, or 2 if unordered. */
int quad_compare(struct quad a, struct quad b);
/* FPRF of a result. */
uint64_t quad_result_flags(quad_bits bits);

#endif
