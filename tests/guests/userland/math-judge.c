/* math-judge FILE..: reads records of math.c and prints the largest error of each function and format in ulp, against
 * MPFR's values, and after it the error that is allowed. Exits with 1 if one is larger. With -t before the files, they are texts with
 * lines "record HEX", and functions may be missing. */
#include <math.h>
#include <stdint.h>
#define MPFR_USE_INTMAX_T 1
#include <mpfr.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "math-functions.h"

/* Bits beyond the format's own with which the true value is computed; and enough for any argument. */
enum { GUARD = 64, ARGUMENT_BITS = 2400 };

static const struct format {
    const char *name;
    int precision, least, greatest; /* exponents: of the least bit, and of the first power that is too large */
} formats[MATH_FORMATS] = {
    [MATH_FLOAT] = { "float", 24, -149, 128 },
    [MATH_DOUBLE] = { "double", 53, -1074, 1024 },
    [MATH_IBM] = { "IBM", 106, -1074, 1024 },
    [MATH_QUAD] = { "quad", 113, -16494, 16384 },
};

/* ---- functions ------------------------------------------------------------------------------- */

static int lgamma_without_sign(mpfr_ptr y, mpfr_srcptr x, mpfr_rnd_t rnd)
{
    int sign;

    return mpfr_lgamma(y, &sign, x, rnd);
}

#define mpfr_tgamma mpfr_gamma
#undef mpfr_lgamma
#define mpfr_lgamma lgamma_without_sign

/* In parentheses, because some of MPFR's names are macros as well. */
#define ONE(name, first, last, sign, ...) { #name, (mpfr_##name), NULL, { __VA_ARGS__ } },
#define TWO(name, first, last, first2, last2, ...) { #name, NULL, (mpfr_##name), { __VA_ARGS__ } },

static const struct function {
    const char *name;
    int (*one)(mpfr_ptr, mpfr_srcptr, mpfr_rnd_t);
    int (*two)(mpfr_ptr, mpfr_srcptr, mpfr_srcptr, mpfr_rnd_t);
    int stated[MATH_FORMATS];
} functions[] = { FUNCTIONS(ONE, TWO) };

enum { COUNT = sizeof functions / sizeof *functions };

static const struct beyond {
    const char *name;
    enum math_format format;
    double error;
} beyond[] = {
#define BEYOND(name, format, error) { #name, format, error },
    BEYOND_STATED(BEYOND)
};

static double allowed(const struct function *fn, unsigned format)
{
    for (size_t i = 0; i < sizeof beyond / sizeof *beyond; i++)
        if (beyond[i].format == format && !strcmp(beyond[i].name, fn->name))
            return beyond[i].error;
    return fn->stated[format] + 0.5;
}

/* ---- values ---------------------------------------------------------------------------------- */

static double double_of(uint64_t bits)
{
    double d;

    memcpy(&d, &bits, sizeof d);
    return d;
}

static void set_quad(mpfr_ptr x, const uint64_t v[2])
{
    int exponent = (int)(v[1] >> 48 & 0x7fff);
    uint64_t high = v[1] & ((UINT64_C(1) << 48) - 1);

    if (exponent == 0x7fff && (high || v[0])) {
        mpfr_set_nan(x);
        return;
    }
    if (exponent == 0x7fff) {
        mpfr_set_inf(x, v[1] >> 63 ? -1 : 1);
        return;
    }
    mpfr_set_uj(x, high | (exponent ? UINT64_C(1) << 48 : 0), MPFR_RNDN);
    mpfr_mul_2ui(x, x, 64, MPFR_RNDN);
    mpfr_add_d(x, x, (double)(v[0] >> 32) * 0x1p32, MPFR_RNDN);
    mpfr_add_d(x, x, (double)(v[0] & UINT32_MAX), MPFR_RNDN);
    mpfr_mul_2si(x, x, (exponent ? exponent : 1) - 16383 - 112, MPFR_RNDN);
    if (v[1] >> 63)
        mpfr_neg(x, x, MPFR_RNDN);
}

static void set_value(mpfr_ptr x, unsigned format, const uint64_t v[2])
{
    float f;

    switch (format) {
    case MATH_FLOAT:
        memcpy(&f, v, sizeof f);
        mpfr_set_flt(x, f, MPFR_RNDN);
        break;
    case MATH_DOUBLE:
        mpfr_set_d(x, double_of(v[0]), MPFR_RNDN);
        break;
    case MATH_IBM: /* the greater part first; the other has no meaning with an infinity or NaN */
        mpfr_set_d(x, double_of(v[0]), MPFR_RNDN);
        if (mpfr_number_p(x))
            mpfr_add_d(x, x, double_of(v[1]), MPFR_RNDN);
        break;
    default:
        set_quad(x, v);
    }
}

/* ---- judgement ------------------------------------------------------------------------------- */

static mpfr_t a, b, got;

static double error_of(const struct math_record *r)
{
    const struct format *f = &formats[r->format];
    mpfr_t y;
    double error;
    long last;

    set_value(a, r->format, r->argument[0]);
    set_value(b, r->format, r->argument[1]);
    set_value(got, r->format, r->result);
    mpfr_init2(y, f->precision + GUARD);
    if (functions[r->function].one)
        functions[r->function].one(y, a, MPFR_RNDN);
    else
        functions[r->function].two(y, a, b, MPFR_RNDN);
    if (mpfr_nan_p(y) || mpfr_nan_p(got)) {
        error = mpfr_nan_p(y) && mpfr_nan_p(got) ? 0 : HUGE_VAL;
    } else if (mpfr_zero_p(y) || mpfr_inf_p(y)) {
        error = mpfr_equal_p(y, got) ? 0 : HUGE_VAL;
    } else if (mpfr_inf_p(got)) {
        error = mpfr_get_exp(y) > f->greatest && mpfr_sgn(y) == mpfr_sgn(got) ? 0 : HUGE_VAL;
    } else {
        last = mpfr_get_exp(y) - f->precision;
        if (last < f->least)
            last = f->least;
        mpfr_sub(got, got, y, MPFR_RNDN);
        mpfr_mul_2si(got, got, -last, MPFR_RNDN);
        error = fabs(mpfr_get_d(got, MPFR_RNDN));
    }
    mpfr_clear(y);
    return error;
}

/* The next record of a file; false at its end. */
static int read_record(FILE *f, int is_text, struct math_record *r)
{
    char line[1000];
    unsigned byte;

    if (!is_text)
        return fread(r, sizeof *r, 1, f) == 1;
    while (fgets(line, sizeof line, f)) {
        size_t n = 0;

        if (strncmp(line, "record ", 7))
            continue;
        while (n < sizeof *r && sscanf(line + 7 + 2 * n, "%2x", &byte) == 1)
            ((unsigned char *)r)[n++] = (unsigned char)byte;
        return n == sizeof *r;
    }
    return 0;
}

int main(int argc, char **argv)
{
    int is_text = argc > 1 && !strcmp(argv[1], "-t");
    static double worst[COUNT][MATH_FORMATS];
    static unsigned long seen[COUNT][MATH_FORMATS];
    struct math_record r;
    int status = 0;

    mpfr_inits2(ARGUMENT_BITS, a, b, got, (mpfr_ptr)0);
    for (int i = 1 + is_text; i < argc; i++) {
        FILE *f = fopen(argv[i], "rb");

        if (!f) {
            perror(argv[i]);
            return 1;
        }
        while (read_record(f, is_text, &r)) {
            double error;

            if (r.function >= COUNT || r.format >= MATH_FORMATS)
                return 1;
            error = error_of(&r);
            seen[r.function][r.format]++;
            if (error > worst[r.function][r.format])
                worst[r.function][r.format] = error;
        }
        fclose(f);
    }
    printf("%-10s", "ulp");
    for (int f = 0; f < MATH_FORMATS; f++)
        printf("%15s", formats[f].name);
    printf("\n");
    for (int n = 0; n < COUNT; n++) {
        if (is_text && !seen[n][MATH_FLOAT] && !seen[n][MATH_DOUBLE] && !seen[n][MATH_IBM] && !seen[n][MATH_QUAD])
            continue;
        printf("%-10s", functions[n].name);
        for (int f = 0; f < MATH_FORMATS; f++) {
            double limit = allowed(&functions[n], (unsigned)f);
            int bad = (!seen[n][f] && !is_text) || worst[n][f] > limit;

            printf("%9.3f%c%5.2f", worst[n][f], bad ? '!' : '<', limit);
            status |= bad;
        }
        printf("\n");
    }
    return status;
}
