/* Calls glibc's functions of math-functions.h with random arguments in one format.
 *
 * math FILE COUNT      writes a record for each call
 * math -c FILE COUNT   compares with the records of such a file, shows what differs; status 1 if only results do
 *
 * -DFORMAT is one of enum math_format; long double is what -mabi=ibmlongdouble or ieeelongdouble says. */
#define _GNU_SOURCE
#include <fenv.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "math-functions.h"

#if FORMAT == 0
typedef float T;
#define NAME(n) n##f
#elif FORMAT == 1
typedef double T;
#define NAME(n) n
#else
typedef long double T;
#define NAME(n) n##l
#endif

struct range {
    int first, last;
    int negative;
};

static const struct function {
    const char *name;
    T (*one)(T);
    T (*two)(T, T);
    struct range range[2];
} functions[] = {
#define ONE(name, first, last, sign, ...) { #name, NAME(name), NULL, { { first, last, sign }, { 0, 0, 0 } } },
#define TWO(name, first, last, first2, last2, ...) \
    { #name, NULL, NAME(name), { { first, last, 0 }, { first2, last2, 1 } } },
    FUNCTIONS(ONE, TWO)
};
enum { COUNT = sizeof functions / sizeof *functions };

static uint64_t seed = UINT64_C(0x9e3779b97f4a7c15);

static uint64_t random_bits(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

/* All bits of the format's fraction are random: terms of 50 bits that do not overlap. */
static T random_value(const struct range *r)
{
    T x = 0.5;
    int e = r->first + (int)(random_bits() % (uint64_t)(r->last - r->first + 1));

#if FORMAT == 0
    x += (T)(random_bits() >> 41) * 0x1p-24f;
    x = ldexpf(x, e);
#elif FORMAT == 1
    x += (T)(random_bits() >> 12) * 0x1p-53;
    x = ldexp(x, e);
#else
    x += (T)(random_bits() >> 14) * 0x1p-51L;
    x += (T)(random_bits() >> 14) * 0x1p-101L;
    x = ldexpl(x, e);
#endif
    return r->negative && random_bits() & 1 ? -x : x;
}

/* A result that differs: in words, and as a record for math-judge -t. */
static void show(const struct function *fn, const struct math_record *expected, const struct math_record *got)
{
    printf("%s(%016" PRIx64 "%016" PRIx64 ", %016" PRIx64 "%016" PRIx64 "): %016" PRIx64 "%016" PRIx64
           " exceptions %08" PRIx32 " instead of %016" PRIx64 "%016" PRIx64 " exceptions %08" PRIx32 "\nrecord ",
           fn->name, got->argument[0][1], got->argument[0][0], got->argument[1][1], got->argument[1][0],
           got->result[1], got->result[0], got->flags, expected->result[1], expected->result[0], expected->flags);
    for (size_t i = 0; i < sizeof *got; i++)
        printf("%02x", ((const unsigned char *)got)[i]);
    printf("\n");
}

int main(int argc, char **argv)
{
    int compare = argc > 1 && !strcmp(argv[1], "-c");
    FILE *f = argc > 2 + compare ? fopen(argv[1 + compare], compare ? "rb" : "wb") : NULL;
    unsigned long count = f ? strtoul(argv[2 + compare], NULL, 0) : 0, different = 0, otherwise = 0, calls = 0;

    if (!count) {
        fprintf(stderr, "usage: math [-c] FILE COUNT\n");
        return 2;
    }
    for (unsigned n = 0; n < COUNT; n++) {
        const struct function *fn = &functions[n];

        for (unsigned long i = 0; i < count; i++) {
            struct math_record r = { .function = (uint16_t)n, .format = FORMAT, .arguments = fn->one ? 1 : 2 }, e;
            volatile T a = random_value(&fn->range[0]), b = fn->one ? 0 : random_value(&fn->range[1]), y;
            T t;

            feclearexcept(FE_ALL_EXCEPT);
            y = fn->one ? fn->one(a) : fn->two(a, b);
            r.flags = (uint32_t)fetestexcept(FE_ALL_EXCEPT);
            memcpy(r.argument[0], (t = a, &t), sizeof t);
            memcpy(r.argument[1], (t = b, &t), sizeof t);
            memcpy(r.result, (t = y, &t), sizeof t);
            calls++;
            if (!compare) {
                if (fwrite(&r, sizeof r, 1, f) != 1)
                    return 1;
                continue;
            }
            if (fread(&e, sizeof e, 1, f) != 1) {
                printf("FAIL: there are fewer results than calls\n");
                return 1;
            }
            if (memcmp(&r, &e, sizeof r)) {
                show(fn, &e, &r);
                different++;
                otherwise += r.flags != e.flags || memcmp(r.argument, e.argument, sizeof r.argument);
            }
        }
    }
    if (compare)
        printf("%lu calls of %d functions, %lu differ\n", calls, COUNT, different);
    if (!compare && fclose(f))
        return 1;
    return otherwise ? 3 : different != 0;
}
