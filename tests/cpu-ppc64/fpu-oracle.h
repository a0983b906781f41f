/* A vector of the floating-point oracle, and what it should give: shared by the side that asks MPFR (fpu-oracle.c)
 * and the side that runs instructions (fpu-oracle-words.c). */
#ifndef TESTS_CPU_PPC64_FPU_ORACLE_H
#define TESTS_CPU_PPC64_FPU_ORACLE_H

#include <stdbool.h>
#include <stdint.h>

#include "cpu-ppc64/fpu/fpu.h"

typedef unsigned __int128 u128;

struct format {
    const char *name;
    unsigned precision, width;
    int emin, emax, wrap;
    enum fp_format format;
};

enum { HALF, BFLOAT, SINGLE, DOUBLE, QUAD };
extern const struct format formats[];

/* What is computed with: operands of one format, results of another. */
enum kind_id { SINGLES, DOUBLES, DOUBLES_TO_SINGLE, QUADS, KINDS };
struct kind {
    const char *name;
    const struct format *from, *to;
    enum fp_format result; /* not of quad */
};
extern const struct kind kinds[KINDS];

enum operation {
    ADD,
    SUBTRACT,
    MULTIPLY,
    DIVIDE,
    ROOT,
    MULTIPLY_ADD,
    MULTIPLY_SUBTRACT,
    NEGATIVE_MULTIPLY_ADD,
    NEGATIVE_MULTIPLY_SUBTRACT,
    RECIPROCAL,
    TO_HALF,
    TO_BFLOAT,
    TO_SINGLE,
    TO_DOUBLE,
    TO_QUAD,
    TO_EXTENDED,
    TO_INTEGRAL,
    FROM_SIGNED,
    FROM_UNSIGNED,
    TO_SIGNED,
    TO_UNSIGNED,
    COMPARE,
    OPERATIONS,
};

struct vector {
    enum kind_id kind;
    enum operation op;
    enum fp_rounding rounding;
    uint64_t fpscr; /* before: exceptions, enables; RN is of `rounding`, if it can be */
    unsigned bits;  /* of the integer results */
    u128 a, b, c;
};

struct outcome {
    u128 bits;
    bool fr, fi;
    uint64_t raised;
};

static inline u128 fraction_mask(const struct format *f)
{
    return ((u128)1 << (f->precision - 1)) - 1;
}

static inline unsigned exponent_of(const struct format *f, u128 bits)
{
    return (unsigned)(bits >> (f->precision - 1)) & (2 * (unsigned)f->emax + 1);
}

static inline bool is_nan(const struct format *f, u128 bits)
{
    return exponent_of(f, bits) == 2 * (unsigned)f->emax + 1 && bits & fraction_mask(f);
}

/* The format that the operation's result has. */
const struct format *target_of(const struct vector *v);

void show_number(const char *name, u128 v);
void show_vector(const struct vector *v);

/* Executes the instructions that compute the vector, scalar and vector ones: registers, FPSCR and the condition
 * register are as the outcome says. False, with a message, if one is not. *count grows by their number. */
bool instructions_agree(const struct vector *v, const struct outcome *o, unsigned long *count);

/* Creates the processor for them. False without memory. */
bool instructions_start(void);

#endif
