/* Decimal floating point as Power computes it: the three formats, the eight rounding modes,
 * ideal exponents, and what FPSCR learns of an operation. [ISA3.0 I 5] */
#ifndef CPU_PPC64_FPU_DECIMAL_H
#define CPU_PPC64_FPU_DECIMAL_H

#include "cpu-ppc64/fpu/decimal-library.h"
#include "cpu-ppc64/fpu/fpu.h"

enum decimal_format { DECIMAL_SHORT, DECIMAL_LONG, DECIMAL_EXTENDED };

/* As FPSCR[DRN] has them. [ISA3.0 I 5.5.2] */
enum decimal_rounding {
    DECIMAL_NEAREST_EVEN,
    DECIMAL_TO_ZERO,
    DECIMAL_UP,
    DECIMAL_DOWN,
    DECIMAL_NEAREST_AWAY,
    DECIMAL_NEAREST_TO_ZERO,
    DECIMAL_AWAY,
    DECIMAL_PREPARE, /* for shorter precision: no digit 0 or 5 at the end of an inexact result */
};

/* A number taken apart: coefficient * 10^exponent, which is 0 with any exponent if it is
 * FP_ZERO. For infinities and NaNs the coefficient is the trailing significand. */
struct decimal {
    enum fp_class class;
    bool negative;
    int exponent;
    decimal_bits coefficient;
};

/* Of the format's low bits. Packed numbers are canonical, but for infinities, which keep a
 * coefficient. */
struct decimal decimal_unpack(enum decimal_format format, decimal_bits bits);
decimal_bits decimal_pack(enum decimal_format format, struct decimal x);

unsigned decimal_precision(enum decimal_format format);
/* What is added to an exponent to give the biased one, and the largest of those. */
int decimal_bias(enum decimal_format format);
int decimal_largest_biased(enum decimal_format format);

/* Each raises what it must; fr and fi are set. NaN operands: the first signalling one, else the
 * first, made quiet; without one, invalid operations give the default NaN. */
struct decimal decimal_add(struct fp_status *s, enum decimal_rounding rounding,
                           enum decimal_format format, struct decimal a, struct decimal b);
struct decimal decimal_subtract(struct fp_status *s, enum decimal_rounding rounding,
                                enum decimal_format format, struct decimal a, struct decimal b);
struct decimal decimal_multiply(struct fp_status *s, enum decimal_rounding rounding,
                                enum decimal_format format, struct decimal a, struct decimal b);
struct decimal decimal_divide(struct fp_status *s, enum decimal_rounding rounding,
                              enum decimal_format format, struct decimal a, struct decimal b);

/* To an exponent, which infinities cannot have; to so many significant digits (0: all of them);
 * to an integer, which is inexact only if asked to be. */
struct decimal decimal_quantize(struct fp_status *s, enum decimal_rounding rounding,
                                enum decimal_format format, struct decimal b, int exponent);
struct decimal decimal_reround(struct fp_status *s, enum decimal_rounding rounding,
                               enum decimal_format format, struct decimal b, unsigned digits);
struct decimal decimal_round_integral(struct fp_status *s, enum decimal_rounding rounding,
                                      struct decimal b, bool raises_inexact);

/* From DFP Long to Short, or from Extended to Long, that is from format + 1. Signalling NaNs
 * stay such in Short. *stays_wide: an enabled overflow or underflow has its wrapped result in
 * the source's format. */
struct decimal decimal_narrow(struct fp_status *s, enum decimal_rounding rounding,
                              enum decimal_format format, struct decimal b, bool *stays_wide);
/* From DFP Long to Extended: only a signalling NaN is changed. */
struct decimal decimal_widen(struct fp_status *s, struct decimal b);

struct decimal decimal_from_integer(struct fp_status *s, enum decimal_rounding rounding,
                                    enum decimal_format format, bool negative,
                                    decimal_bits magnitude);
/* To a signed integer of 64 or 128 bits; out of range and NaN: VXCVI and the nearest, or the
 * smallest. */
decimal_bits decimal_to_integer(struct fp_status *s, enum decimal_rounding rounding,
                                struct decimal b, unsigned bits);

/* What an operation gives for operands of which one is a NaN. */
struct decimal decimal_nan_of(struct fp_status *s, enum decimal_format format, struct decimal a,
                              struct decimal b);

/* VXCVI, and its default NaN. */
struct decimal decimal_invalid_conversion(struct fp_status *s);

/* -1, 0, 1, or 2 if unordered. */
int decimal_compare(struct decimal a, struct decimal b);

/* Nonzero and less than the smallest normal number. */
bool decimal_is_subnormal(enum decimal_format format, struct decimal x);

/* FPRF of a result. */
uint64_t decimal_result_flags(enum decimal_format format, struct decimal x);

#endif
