/* The functions of libm that math.c computes and math-judge.c judges, in one order for both.
 *
 * FUNCTION1(name, first exponent, last exponent, sign, float, double, IBM long double, IEEE quad): one argument of
 * magnitude 2^(first - 1) to 2^last, of both signs or positive. The last four are the errors that glibc 2.36 (Debian 12)
 * states for powerpc64, rounding to nearest: sysdeps/powerpc/fpu/libm-test-ulps, 0 where it names none. They are distances
 * from the correctly rounded value, so that n means an error of up to n + 0.5 ulp. FUNCTION2 has the two ranges of its two
 * arguments, the first one positive.
 *
 * asinh stays below 2, since from there on glibc's for IBM's format is good to 59 bits only, and j0 and y1 stay away from
 * their zeros. */
#ifndef MATH_FUNCTIONS_H
#define MATH_FUNCTIONS_H

#include <stdint.h>

#define FUNCTIONS(FUNCTION1, FUNCTION2)              \
    FUNCTION1(sqrt, -60, 60, 0, 0, 0, 1, 0)          \
    FUNCTION1(cbrt, -60, 60, 1, 1, 4, 1, 1)          \
    FUNCTION1(exp, -30, 8, 1, 1, 1, 1, 1)            \
    FUNCTION1(exp2, -30, 8, 1, 0, 1, 2, 1)           \
    FUNCTION1(exp10, -30, 6, 1, 1, 2, 1, 2)          \
    FUNCTION1(expm1, -30, 8, 1, 1, 1, 1, 2)          \
    FUNCTION1(log, -60, 60, 0, 1, 1, 1, 1)           \
    FUNCTION1(log2, -60, 60, 0, 1, 1, 1, 3)          \
    FUNCTION1(log10, -60, 60, 0, 2, 2, 1, 2)         \
    FUNCTION1(log1p, -30, 60, 0, 1, 1, 2, 3)         \
    FUNCTION1(sin, -20, 40, 1, 1, 1, 1, 2)           \
    FUNCTION1(cos, -20, 40, 1, 3, 1, 4, 2)           \
    FUNCTION1(tan, -20, 40, 1, 3, 0, 2, 1)           \
    FUNCTION1(asin, -20, 0, 1, 1, 1, 2, 1)           \
    FUNCTION1(acos, -20, 0, 1, 1, 1, 1, 1)           \
    FUNCTION1(atan, -20, 20, 1, 1, 1, 1, 1)          \
    FUNCTION1(sinh, -20, 8, 1, 2, 2, 3, 2)           \
    FUNCTION1(cosh, -20, 8, 1, 2, 2, 3, 2)           \
    FUNCTION1(tanh, -20, 8, 1, 2, 2, 1, 2)           \
    FUNCTION1(asinh, -20, 1, 1, 2, 2, 2, 4)          \
    FUNCTION1(acosh, 2, 60, 0, 2, 2, 2, 4)           \
    FUNCTION1(atanh, -20, 0, 1, 2, 2, 2, 4)          \
    FUNCTION1(erf, -20, 3, 1, 1, 1, 1, 1)            \
    FUNCTION1(erfc, -20, 5, 1, 2, 2, 3, 4)           \
    FUNCTION1(tgamma, -10, 7, 1, 8, 9, 5, 4)         \
    FUNCTION1(lgamma, -10, 20, 0, 4, 3, 3, 5)        \
    FUNCTION1(j0, -10, 0, 1, 9, 3, 5, 7)             \
    FUNCTION1(y1, -10, 0, 0, 9, 3, 2, 5)             \
    FUNCTION2(pow, -3, 3, -5, 6, 1, 1, 1, 2)         \
    FUNCTION2(atan2, -20, 20, -20, 20, 1, 0, 2, 2)   \
    FUNCTION2(hypot, -20, 20, -20, 20, 0, 1, 1, 1)   \
    FUNCTION2(fmod, -20, 60, -20, 20, 0, 0, 1, 0)    \
    FUNCTION2(remainder, -20, 60, -20, 20, 0, 0, 0, 0)

/* BEYOND(name, format, error): glibc's figures are those of its own tests' arguments. Random ones go farther in these
 * functions: seen with 5,000 arguments of each, where qemu-user and guests agree on every bit. */
#define BEYOND_STATED(BEYOND)         \
    BEYOND(exp2, MATH_FLOAT, 0.51)    \
    BEYOND(tan, MATH_DOUBLE, 0.52)    \
    BEYOND(atan2, MATH_DOUBLE, 0.51)  \
    BEYOND(exp10, MATH_IBM, 2.4)      \
    BEYOND(expm1, MATH_IBM, 1.6)      \
    BEYOND(hypot, MATH_IBM, 1.6)      \
    BEYOND(tan, MATH_IBM, 5.2)        \
    BEYOND(tanh, MATH_IBM, 2.8)       \
    BEYOND(y1, MATH_IBM, 2.7)

enum math_format { MATH_FLOAT, MATH_DOUBLE, MATH_IBM, MATH_QUAD, MATH_FORMATS };

/* Values as they lie in memory, in 16 bytes from the first on, little-endian. */
struct math_record {
    uint16_t function;
    uint8_t format, arguments;
    uint32_t flags; /* the exceptions that were raised */
    uint64_t argument[2][2], result[2];
};

#endif
