/* Decimal floating point for an oracle: random operations and what came of them, one a line, for
 * decimal-oracle.py to judge.
 *
 *   operation format rounding enabled a b argument result raised fr fi
 *
 * Words are hexadecimal, FPSCR bits as in the book's register, the argument (an exponent, a number
 * of digits) and the rest decimal. Results that stay in the source's format say so in the
 * operation's name.
 *
 * Usage: decimal-oracle [VECTORS [SEED]]: so many of each operation and format. */
#include <stdio.h>
#include <stdlib.h>

#include "cpu-ppc64/fpu/decimal.h"

static uint64_t state;

static uint64_t random64(void)
{
    uint64_t z = state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static unsigned below(unsigned n)
{
    return (unsigned)(random64() % n);
}

static decimal_bits random128(void)
{
    return (decimal_bits)random64() << 64 | random64();
}

/* So many digits, in patterns that make ties, carries and exact results likely. */
static decimal_bits random_digits(unsigned n)
{
    const decimal_bits limit = decimal_power_of_ten(n);
    decimal_bits v = random128() % limit;
    const unsigned tail = below(n + 1);

    switch (below(6)) {
    case 0: /* a few digits, then zeros */
        return v / decimal_power_of_ten(tail) * decimal_power_of_ten(tail);
    case 1: /* ... then a five and zeros */
        return tail ? v / decimal_power_of_ten(tail) * decimal_power_of_ten(tail) +
                          decimal_power_of_ten(tail) / 2
                    : v;
    case 2: /* ... then nines */
        return v / decimal_power_of_ten(tail) * decimal_power_of_ten(tail) +
               decimal_power_of_ten(tail) - 1;
    case 3: /* a power of ten, or one beside it */
        return (decimal_power_of_ten(tail) + below(3) - 1) % limit;
    default:
        return v;
    }
}

static struct decimal number(enum decimal_format format, int exponent)
{
    const unsigned precision = decimal_precision(format);
    struct decimal x = { .negative = random64() & 1, .exponent = exponent };
    const int smallest = -decimal_bias(format), largest = decimal_largest_biased(format) + smallest;

    x.coefficient =
        below(12) == 0 ? below(33) : random_digits(below(3) ? precision : 1 + below(precision));
    x.class = x.coefficient ? FP_FINITE : FP_ZERO;
    if (x.exponent < smallest)
        x.exponent = smallest;
    if (x.exponent > largest)
        x.exponent = largest;
    return x;
}

static struct decimal special(enum decimal_format format)
{
    const unsigned kind = below(4), payload = decimal_precision(format) - 1;

    if (kind < 2)
        return (struct decimal){ .class = FP_INFINITE, .negative = kind };
    return (struct decimal){ .class = kind == 2 ? FP_QNAN : FP_SNAN,
                             .negative = random64() & 1,
                             .coefficient = random_digits(1 + below(payload)) };
}

/* An exponent near 0, near an end, or any. */
static int random_exponent(enum decimal_format format)
{
    const int span = decimal_largest_biased(format), bias = decimal_bias(format);
    const int precision = (int)decimal_precision(format);

    switch (below(5)) {
    case 0:
        return (int)below((unsigned)span + 1) - bias;
    case 1:
        return (int)below((unsigned)precision * 2) - bias;
    case 2:
        return span - bias - (int)below((unsigned)precision * 2);
    default:
        return (int)below((unsigned)precision * 3) - 2 * precision;
    }
}

static struct decimal operand(enum decimal_format format)
{
    return below(40) ? number(format, random_exponent(format)) : special(format);
}

/* A second operand whose exponent is near the first's, or brings the result near an end of the
 * range. */
static struct decimal partner(enum decimal_format format, struct decimal a, char operation)
{
    const int precision = (int)decimal_precision(format), bias = decimal_bias(format);
    const int span = decimal_largest_biased(format);
    const int near = (int)below((unsigned)precision * 4) - 2 * precision;
    const int end = (below(2) ? -bias : span - bias) + near;

    if (below(3) == 0)
        return operand(format);
    switch (operation) {
    case 'm':
        return number(format, end - a.exponent);
    case 'd':
        return number(format, a.exponent - end);
    default:
        return number(format, a.exponent + near);
    }
}

static void put(decimal_bits v)
{
    printf(" %016llx%016llx", (unsigned long long)(uint64_t)(v >> 64),
           (unsigned long long)(uint64_t)v);
}

struct vector {
    const char *operation;
    enum decimal_format format;
    enum decimal_rounding rounding;
    struct fp_status status;
    decimal_bits a, b, result;
    int argument;
};

static void put_vector(const struct vector *v)
{
    printf("%s %d %d %llx", v->operation, (int)v->format, (int)v->rounding,
           (unsigned long long)v->status.enabled);
    put(v->a);
    put(v->b);
    printf(" %d", v->argument);
    put(v->result);
    printf(" %llx %d %d\n", (unsigned long long)v->status.raised, v->status.fr, v->status.fi);
}

static struct vector begin(const char *operation, enum decimal_format format)
{
    struct vector v = { .operation = operation,
                        .format = format,
                        .rounding = (enum decimal_rounding)below(8) };

    if (below(4) == 0)
        v.status.enabled = (below(2) ? FPSCR_OE : 0) | (below(2) ? FPSCR_UE : 0);
    return v;
}

typedef struct decimal (*arithmetic_fn)(struct fp_status *s, enum decimal_rounding rounding,
                                        enum decimal_format format, struct decimal a,
                                        struct decimal b);

static void arithmetic(const char *operation, arithmetic_fn compute, enum decimal_format format)
{
    struct vector v = begin(operation, format);
    const struct decimal a = operand(format), b = partner(format, a, operation[0]);

    v.a = decimal_pack(format, a);
    v.b = decimal_pack(format, b);
    v.result = decimal_pack(format, compute(&v.status, v.rounding, format, a, b));
    put_vector(&v);
}

static void other_quantum(enum decimal_format format)
{
    struct vector v = begin("quantize", format);
    const struct decimal b = operand(format);
    const int precision = (int)decimal_precision(format), bias = decimal_bias(format);

    v.b = decimal_pack(format, b);
    v.argument = b.exponent + (int)below((unsigned)precision * 3) - precision;
    v.argument = v.argument < -bias ? -bias : v.argument;
    if (v.argument > decimal_largest_biased(format) - bias)
        v.argument = decimal_largest_biased(format) - bias;
    v.result = decimal_pack(format, decimal_quantize(&v.status, v.rounding, format, b, v.argument));
    put_vector(&v);
    v.operation = "reround";
    v.argument = (int)below((unsigned)precision + 2);
    v.status.raised = 0;
    v.result = decimal_pack(
        format, decimal_reround(&v.status, v.rounding, format, b, (unsigned)v.argument));
    put_vector(&v);
    v.operation = "integral";
    v.status.raised = 0;
    v.result = decimal_pack(format, decimal_round_integral(&v.status, v.rounding, b, true));
    put_vector(&v);
}

static void conversions(enum decimal_format format)
{
    const enum decimal_format to = format == DECIMAL_LONG ? DECIMAL_SHORT : DECIMAL_LONG;
    struct vector v = begin("narrow", format);
    const struct decimal b =
        below(2) ? operand(format) : number(format, random_exponent(to) + (int)below(20) - 10);
    struct decimal narrow;
    bool stays_wide;

    v.b = decimal_pack(format, b);
    narrow = decimal_narrow(&v.status, v.rounding, to, b, &stays_wide);
    if (stays_wide)
        v.operation = "narrow-wrapped";
    v.result = decimal_pack(stays_wide ? format : to, narrow);
    put_vector(&v);

    v = begin("to-integer", format);
    v.argument = format == DECIMAL_LONG || below(2) ? 64 : 128;
    v.b = decimal_pack(
        format, below(4) ? number(format, (int)below(45) - (int)below(40)) : operand(format));
    v.result = decimal_to_integer(&v.status, v.rounding, decimal_unpack(format, v.b),
                                  (unsigned)v.argument);
    put_vector(&v);

    v = begin("from-integer", format);
    v.b = random128() >> below(128);
    v.argument = below(2);
    if (v.b >> 127)
        v.argument = 1;
    v.b = v.argument ? v.b & ~((decimal_bits)1 << 127) : v.b;
    v.result =
        decimal_pack(format, decimal_from_integer(&v.status, v.rounding, format, v.argument, v.b));
    put_vector(&v);
}

static void comparison(enum decimal_format format)
{
    struct vector v = begin("compare", format);
    const struct decimal a = operand(format);
    struct decimal b = below(4) ? partner(format, a, 'a') : a;

    if (below(4) == 0 && b.class == FP_FINITE && b.coefficient % 10 == 0 && b.exponent < 0) {
        b.coefficient /= 10; /* the same number, or nearly so */
        b.exponent++;
    }
    v.a = decimal_pack(format, a);
    v.b = decimal_pack(format, b);
    v.argument = decimal_compare(a, b);
    put_vector(&v);
}

int main(int argc, char **argv)
{
    const unsigned long vectors = argc > 1 ? strtoul(argv[1], NULL, 0) : 1000;

    state = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
    for (unsigned long n = 0; n < vectors; n++)
        for (enum decimal_format format = DECIMAL_LONG; format <= DECIMAL_EXTENDED; format++) {
            arithmetic("add", decimal_add, format);
            arithmetic("subtract", decimal_subtract, format);
            arithmetic("multiply", decimal_multiply, format);
            arithmetic("divide", decimal_divide, format);
            other_quantum(format);
            conversions(format);
            comparison(format);
        }
    return 0;
}
