/* Decimal floating-point instructions: results, FPSCR, CR, and which registers they use. Each case
 * goes through the decoder. The arithmetic is compared with another implementation's in
 * decimal-oracle.py; here are the rules around it, and what qemu does otherwise. [ISA3.0 I 5,
 * ISA3.1 I 5.6.5]
 *
 * Numbers are written as 12.3E-4, Inf, NaN7, sNaN7 and have the instruction's format, or that of
 * a letter and a colon before them: s: Short, l: Long, e: Extended. A word is written as # and
 * its hexadecimal digits. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

/* <math.h>, which <check.h> includes, has constants of these names too. */
#undef FP_ZERO
#undef FP_INFINITE
#define FP_ZERO POWER_FP_ZERO
#define FP_INFINITE POWER_FP_INFINITE

#include "cpu-ppc64/fpu/decimal.h"
#include "cpu-ppc64/interp/op.h"

enum { T = 2, A = 4, B = 6 };

#define FPRF(n) PPC_FIELD_PUT(UINT64_C(n), 47, 51)
#define SIGNALLING FPRF(0x01)
#define QUIET FPRF(0x11)
#define MINUS_INFINITY FPRF(0x09)
#define MINUS_NORMAL FPRF(0x08)
#define MINUS_SUBNORMAL FPRF(0x18)
#define MINUS_ZERO FPRF(0x12)
#define PLUS_ZERO FPRF(0x02)
#define PLUS_SUBNORMAL FPRF(0x14)
#define PLUS_NORMAL FPRF(0x04)
#define PLUS_INFINITY FPRF(0x05)
#define INEXACT (FPSCR_FX | FPSCR_XX | FPSCR_FI)
#define FR_FI (FPSCR_FR | FPSCR_FI)
#define DRN(n) PPC_FIELD_PUT(n, 29, 31)
#define RMC(n) ((uint32_t)(n) << 9)
#define R (1u << 16)
#define TE(n) ((uint32_t)(n) << 16 & 0x1f0000)
#define RC 1u

#define LARGEST "9999999999999999E369"
#define LARGEST_Q "9999999999999999999999999999999999E6111"
#define OLD "#0123456789abcdef" /* what the target has before */
#define OLD_Q "#0123456789abcdef 0fedcba987654321"

static uint64_t no_time(void *hv)
{
    (void)hv;
    return 0;
}

static void nothing(void *hv)
{
    (void)hv;
}

static const struct cpu_hv_ops ops = { .timebase = no_time, .lock = nothing, .unlock = nothing };
static struct mem *mem;
static struct cpu *c;

static void set_up(void)
{
    mem = mem_new(1 << 20, NULL);
    c = cpu_new(cpu_model_find("POWER10", NULL), mem, &ops, NULL, 0, NULL);
    ck_assert_ptr_nonnull(c);
    cpu_set_msr(c, MSR_SF | MSR_FP | MSR_VEC | MSR_VSX);
}

static void tear_down(void)
{
    cpu_free(c);
    mem_free(mem);
}

/* ---- numbers as text ------------------------------------------------------------------------- */

static decimal_bits digits_of(const char **text, int *exponent)
{
    decimal_bits v = 0;
    bool fraction = false;

    for (; (**text >= '0' && **text <= '9') || **text == '.'; (*text)++) {
        if (**text == '.') {
            fraction = true;
            continue;
        }
        v = v * 10 + (decimal_bits)(**text - '0');
        *exponent -= fraction;
    }
    return v;
}

static struct decimal parse(const char *text)
{
    struct decimal x = { .class = FP_FINITE, .negative = *text == '-' };

    text += x.negative;
    if (!strcmp(text, "Inf")) {
        x.class = FP_INFINITE;
    } else if (!strncmp(text, "NaN", 3) || !strncmp(text, "sNaN", 4)) {
        x.class = *text == 's' ? FP_SNAN : FP_QNAN;
        text += *text == 's' ? 4 : 3;
        x.coefficient = digits_of(&text, &x.exponent);
    } else {
        x.coefficient = digits_of(&text, &x.exponent);
        if (*text == 'E')
            x.exponent += atoi(text + 1);
        if (!x.coefficient)
            x.class = FP_ZERO;
    }
    return x;
}

struct registers {
    decimal_bits v;
    bool is_pair;
};

static bool is_extended(const char *name)
{
    return name[strlen(name) - 1] == 'q';
}

static struct registers value(const char *text, bool extended)
{
    struct registers r = { .is_pair = extended };

    if (*text == '#') {
        r.is_pair = strchr(text, ' ');
        for (text++; *text; text++)
            if (*text != ' ')
                r.v = r.v << 4 | strtoul((char[2]){ *text, 0 }, NULL, 16);
    } else if (text[1] == ':') {
        r.is_pair = *text == 'e';
        r.v = decimal_pack(*text == 'e'   ? DECIMAL_EXTENDED
                           : *text == 'l' ? DECIMAL_LONG
                                          : DECIMAL_SHORT,
                           parse(text + 2));
    } else {
        r.v = decimal_pack(extended ? DECIMAL_EXTENDED : DECIMAL_LONG, parse(text));
    }
    return r;
}

static void put(unsigned n, struct registers r)
{
    CPU_FPR(c, n) = (uint64_t)(r.is_pair ? r.v >> 64 : r.v);
    if (r.is_pair)
        CPU_FPR(c, n + 1) = (uint64_t)r.v;
}

static decimal_bits get(unsigned n, bool is_pair)
{
    return is_pair ? (decimal_bits)CPU_FPR(c, n) << 64 | CPU_FPR(c, n + 1) : CPU_FPR(c, n);
}

/* ---- execution ------------------------------------------------------------------------------- */

static uint32_t pattern(const char *name)
{
    for (unsigned id = 1; id < ISA_COUNT; id++)
        if (!strcmp(isa_row(id)->name, name))
            return (uint32_t)isa_row(id)->value;
    ck_abort_msg("no row %s", name);
}

static bool execute(const char *name, uint32_t operands)
{
    const uint32_t word = pattern(name) | operands;
    const unsigned id = isa_decode(word);

    ck_assert_str_eq(isa_row(id)->name, name);
    c->nia = c->cia + 4;
    return isa_ops[id](c, word);
}

#define LL(v) ((unsigned long long)(uint64_t)(v))

struct expectation {
    const char *name;
    uint32_t operands; /* beside FRT, FRA and FRB */
    uint64_t fpscr;    /* before */
    const char *a, *b; /* a is NULL if the field has something else, b if it has */
    const char *result;
    uint64_t
        fpscr_after; /* without what was set before, VX and FEX; LEFT: FR and FI are not touched */
};

#define LEFT PPC_BIT(0)

static void expect(const struct expectation *e)
{
    const bool extended = is_extended(e->name);
    const struct registers want = value(e->result, extended);
    uint64_t after;
    decimal_bits got;

    put(T, value(OLD_Q, true));
    if (e->a)
        put(A, value(e->a, extended));
    if (e->b)
        put(B, value(e->b, extended));
    c->fpscr = e->fpscr;
    ck_assert(
        execute(e->name, e->operands | T << 21 | (e->a ? A << 16 : 0) | (e->b ? B << 11 : 0)));
    got = get(T, want.is_pair);
    ck_assert_msg(got == want.v, "%s %x of %s, %s: %016llx %016llx instead of %s", e->name,
                  e->operands, e->a, e->b, LL(got >> 64), LL(got), e->result);
    if (!want.is_pair)
        ck_assert_msg(CPU_FPR(c, T + 1) == UINT64_C(0x0fedcba987654321), "%s writes a pair",
                      e->name);
    after = c->fpscr & ~e->fpscr & ~(FPSCR_VX | FPSCR_FEX);
    ck_assert_msg(after == (e->fpscr_after & ~LEFT), "%s %x of %s, %s: FPSCR %llx instead of %llx",
                  e->name, e->operands, e->a, e->b, LL(after), LL(e->fpscr_after));
    ck_assert_msg((c->fpscr & e->fpscr) == (e->fpscr_after & LEFT ? e->fpscr : e->fpscr & ~FR_FI),
                  "%s %x: FPSCR was %llx, is %llx", e->name, e->operands, LL(e->fpscr),
                  LL(c->fpscr));
}

static void expect_all(const struct expectation *e, size_t n)
{
    for (; n--; e++)
        expect(e);
}

#define EXPECT_ALL(...) \
    do { \
        static const struct expectation all_[] = { __VA_ARGS__ }; \
\
        expect_all(all_, ARRAY_SIZE(all_)); \
    } while (0)

/* ---- formats --------------------------------------------------------------------------------- */

START_TEST(encodings)
{
    static const struct {
        const char *text, *word;
    } pairs[] = {
        { "l:1", "#2238000000000001" },
        { "l:-1234567890123.456", "#a62d34b9c1e28e56" },
        { "l:9000000000000888E369", "#77fc00000000006e" },
        { "l:" LARGEST, "#77fcff3fcff3fcff" },
        { "l:1E-398", "#0000000000000001" },
        { "l:-Inf", "#f800000000000000" },
        { "l:NaN1", "#7c00000000000001" },
        { "l:-sNaN", "#fe00000000000000" },
        { "e:1", "#2208000000000000 0000000000000001" },
        { "e:-" LARGEST_Q, "#f7ffcff3fcff3fcf f3fcff3fcff3fcff" },
        { "e:123456789012345678901234567.8901234", "#2606534b9c1e28e5 6f3c127177823534" },
        { "e:sNaN888", "#7e00000000000000 000000000000006e" },
        { "s:12.34567", "#000000002604d2e7" },
        { "s:-9999999E90", "#00000000f7f3fcff" },
    };

    for (size_t k = 0; k < ARRAY_SIZE(pairs); k++)
        ck_assert_msg(value(pairs[k].text, false).v == value(pairs[k].word, false).v, "%s",
                      pairs[k].text);
}
END_TEST

/* 888, 889, 898 and 999 have four declets each; infinities and NaNs have reserved bits. */
START_TEST(what_is_not_canonical_is_understood)
{
    EXPECT_ALL({ "dadd", 0, 0, "#22380000000003ff", "0", "999", PLUS_NORMAL },
               { "dadd", 0, 0, "#223800000000016e", "0", "888", PLUS_NORMAL },
               { "dmul", 0, 0, "#223800000000036f", "1", "889", PLUS_NORMAL },
               { "dadd", 0, 0, "1", "#7bffffffffffffff", "Inf", PLUS_INFINITY },
               { "dadd", 0, 0, "1", "#7dffffffffffffff", "NaN999999999999999", QUIET },
               { "daddq", 0, 0, "#2208000000000000 000000000000037e", "0", "898", PLUS_NORMAL },
               { "dscri", 0, 0, "#22380000000003ff", NULL, "999", 0 },
               { "dctqpq", 0, 0, NULL, "#22380000000003ff", "999", PLUS_NORMAL });
}
END_TEST

/* ---- rounding -------------------------------------------------------------------------------- */

/* In each mode: does the last of 16 digits grow, with less than half behind it, half, more? */
START_TEST(rounding_modes)
{
    static const struct {
        const char *a;
        const char *grows[8]; /* a letter for each of the three */
    } cases[] = {
        { "1234567890123450", { "nny", "nnn", "yyy", "nnn", "nyy", "nny", "yyy", "yyy" } },
        { "1234567890123451", { "nyy", "nnn", "yyy", "nnn", "nyy", "nny", "yyy", "nnn" } },
        { "1234567890123452", { "nny", "nnn", "yyy", "nnn", "nyy", "nny", "yyy", "nnn" } },
        { "1234567890123455", { "nyy", "nnn", "yyy", "nnn", "nyy", "nny", "yyy", "yyy" } },
        { "-1234567890123450", { "nny", "nnn", "nnn", "yyy", "nyy", "nny", "yyy", "yyy" } },
        { "-1234567890123455", { "nyy", "nnn", "nnn", "yyy", "nyy", "nny", "yyy", "yyy" } },
        { "-1234567890123459", { "nyy", "nnn", "nnn", "yyy", "nyy", "nny", "yyy", "nnn" } },
    };

    static const char *const rests[2][3] = { { "0.1", "0.5", "0.9" }, { "-0.1", "-0.5", "-0.9" } };

    for (size_t k = 0; k < ARRAY_SIZE(cases); k++)
        for (unsigned mode = 0; mode < 8; mode++)
            for (unsigned rest = 0; rest < 3; rest++) {
                const char *b = rests[*cases[k].a == '-'][rest];
                const bool grows = cases[k].grows[mode][rest] == 'y';
                struct decimal want = parse(cases[k].a);
                uint64_t fpscr = DRN(mode) | INEXACT | (want.negative ? MINUS_NORMAL : PLUS_NORMAL);

                want.coefficient += grows;
                fpscr |= grows ? FPSCR_FR : 0;
                put(A, value(cases[k].a, false));
                put(B, value(b, false));
                c->fpscr = DRN(mode);
                ck_assert(execute("dadd", T << 21 | A << 16 | B << 11));
                ck_assert_msg(
                    CPU_FPR(c, T) == decimal_pack(DECIMAL_LONG, want) && c->fpscr == fpscr,
                    "mode %u: %s + %s: %016llx, FPSCR %llx", mode, cases[k].a, b, LL(CPU_FPR(c, T)),
                    LL(c->fpscr));
            }
}
END_TEST

/* 2.5, -2.5 and 0.9, as the instruction says, whatever DRN says but where it is asked. */
START_TEST(modes_of_the_instruction)
{
    EXPECT_ALL({ "drintx", RMC(0), DRN(6), NULL, "2.5", "2", PLUS_NORMAL | INEXACT },
               { "drintx", RMC(1), DRN(6), NULL, "2.9", "2", PLUS_NORMAL | INEXACT },
               { "drintx", RMC(2), DRN(1), NULL, "2.5", "3", PLUS_NORMAL | INEXACT | FPSCR_FR },
               { "drintx", RMC(3), DRN(6), NULL, "2.1", "3", PLUS_NORMAL | INEXACT | FPSCR_FR },
               { "drintx", RMC(3), DRN(7), NULL, "2.5", "2", PLUS_NORMAL | INEXACT },
               { "drintx", RMC(3), DRN(7), NULL, "0.1", "1", PLUS_NORMAL | INEXACT | FPSCR_FR },
               { "drintx", R | RMC(0), 0, NULL, "2.1", "3", PLUS_NORMAL | INEXACT | FPSCR_FR },
               { "drintx", R | RMC(0), 0, NULL, "-0.9", "-0", MINUS_ZERO | INEXACT },
               { "drintx", R | RMC(1), 0, NULL, "2.9", "2", PLUS_NORMAL | INEXACT },
               { "drintx", R | RMC(1), 0, NULL, "-2.1", "-3", MINUS_NORMAL | INEXACT | FPSCR_FR },
               { "drintx", R | RMC(2), 0, NULL, "-2.1", "-3", MINUS_NORMAL | INEXACT | FPSCR_FR },
               { "drintx", R | RMC(3), 0, NULL, "3.5", "3", PLUS_NORMAL | INEXACT },
               { "drintn", R | RMC(2), FR_FI, NULL, "2.5", "3", PLUS_NORMAL },
               { "drintxq", RMC(2), 0, NULL, "-2.5", "-3", MINUS_NORMAL | INEXACT | FPSCR_FR },
               { "dqua", RMC(3), DRN(5), "1E1", "25", "2E1", PLUS_NORMAL | INEXACT },
               { "dqua", RMC(2), DRN(5), "1E1", "25", "3E1", PLUS_NORMAL | INEXACT | FPSCR_FR },
               { "dquai", TE(1) | RMC(1), 0, NULL, "29", "2E1", PLUS_NORMAL | INEXACT },
               { "drrnd", RMC(2), DRN(1), "#0000000000000002", "125", "13E1",
                 PLUS_NORMAL | INEXACT | FPSCR_FR });
}
END_TEST

/* What takes more than the library's 34 digits to see. */
START_TEST(rounding_of_34_digits)
{
#define NINES "9999999999999999999999999999999999"
#define HALF_NINES "4999999999999999999999999999999999"
    EXPECT_ALL({ "ddivq", 0, 0, NINES, "2", "5000000000000000000000000000000000",
                 PLUS_NORMAL | INEXACT | FPSCR_FR },
               { "ddivq", 0, DRN(5), NINES, "2", HALF_NINES, PLUS_NORMAL | INEXACT },
               { "dmulq", 0, DRN(5), "5", "3000000000000000000000000000000001",
                 "1500000000000000000000000000000000E1", PLUS_NORMAL | INEXACT },
               { "daddq", 0, DRN(5), NINES, "0.5", NINES, PLUS_NORMAL | INEXACT },
               { "daddq", 0, DRN(5), NINES, "0.5000000000000000000000000000000001",
                 "1000000000000000000000000000000000E1", PLUS_NORMAL | INEXACT | FPSCR_FR },
               { "dsubq", 0, 0, "1E6111", "1E-6176", "1000000000000000000000000000000000E6078",
                 PLUS_NORMAL | INEXACT | FPSCR_FR },
               { "dsubq", 0, DRN(1), "1E6111", "1E-6176", NINES "E6077", PLUS_NORMAL | INEXACT },
               { "dsubq", 0, 0, "1E70", NINES, "1000000000000000000000000000000000E37",
                 PLUS_NORMAL | INEXACT | FPSCR_FR });
}
END_TEST

START_TEST(disabled_overflow)
{
    static const char modes[2][9] = { "ILILIIIL",
                                      "ILLIIIIL" }; /* infinity or the largest number, + and - */

    for (unsigned mode = 0; mode < 8; mode++)
        for (unsigned negative = 0; negative < 2; negative++) {
            const bool infinite = modes[negative][mode] == 'I';
            const struct expectation e[] = {
                { "dmul", 0, DRN(mode), negative ? "-" LARGEST : LARGEST, "10",
                  infinite   ? negative ? "-Inf" : "Inf"
                  : negative ? "-" LARGEST
                             : LARGEST,
                  INEXACT | FPSCR_OX | (infinite ? FPSCR_FR : 0) |
                      (infinite   ? negative ? MINUS_INFINITY : PLUS_INFINITY
                       : negative ? MINUS_NORMAL
                                  : PLUS_NORMAL) },
                { "drdpq", 0, DRN(mode), NULL, negative ? "-1E400" : "1E400",
                  infinite   ? negative ? "#f800000000000000 0000000000000000"
                                        : "#7800000000000000 0000000000000000"
                  : negative ? "#f7fcff3fcff3fcff 0000000000000000"
                             : "#77fcff3fcff3fcff 0000000000000000",
                  INEXACT | FPSCR_OX | (infinite ? FPSCR_FR : 0) |
                      (infinite   ? negative ? MINUS_INFINITY : PLUS_INFINITY
                       : negative ? MINUS_NORMAL
                                  : PLUS_NORMAL) },
            };

            expect_all(e, ARRAY_SIZE(e));
        }
}
END_TEST

START_TEST(ideal_exponents)
{
    EXPECT_ALL({ "dadd", 0, 0, "1.20", "3.4", "4.60", PLUS_NORMAL },
               { "dadd", 0, 0, "9999999999999999", "1E0", "1000000000000000E1", PLUS_NORMAL },
               { "dsub", 0, 0, "1.5", "1.5", "0.0", PLUS_ZERO },
               { "dsub", 0, DRN(3), "1.5", "1.5", "-0.0", MINUS_ZERO },
               { "dadd", 0, 0, "-0E5", "-0E2", "-0E2", MINUS_ZERO },
               { "dadd", 0, DRN(3), "-0E5", "0E2", "-0E2", MINUS_ZERO },
               { "dadd", 0, 0, "0E5", "12E7", "1200E5", PLUS_NORMAL },
               { "dmul", 0, 0, "1.20", "2.0", "2.400", PLUS_NORMAL },
               { "dmul", 0, 0, "0E-300", "1E-300", "0E-398", PLUS_ZERO },
               { "dmul", 0, 0, "0E300", "-1E300", "-0E369", MINUS_ZERO },
               { "dmul", 0, 0, "1E360", "1E20", "100000000000E369", PLUS_NORMAL },
               { "ddiv", 0, 0, "2.400", "2.0", "1.20", PLUS_NORMAL },
               { "ddiv", 0, 0, "1", "4", "0.25", PLUS_NORMAL },
               { "ddiv", 0, 0, "200", "2E-3", "100E3", PLUS_NORMAL },
               { "ddiv", 0, 0, "1", "3", "0.3333333333333333", PLUS_NORMAL | INEXACT },
               { "ddiv", 0, 0, "1", "Inf", "0E-398", PLUS_ZERO },
               { "ddivq", 0, 0, "1", "-Inf", "-0E-6176", MINUS_ZERO },
               { "daddq", 0, 0, "1E6111", "1E6108", "1001E6108", PLUS_NORMAL },
               { "dcffix", 0, 0, NULL, "#0000000000000064", "100", PLUS_NORMAL },
               { "drintx", 0, 0, NULL, "12E3", "12E3", PLUS_NORMAL },
               { "drintx", 0, 0, NULL, "0E-3", "0", PLUS_ZERO },
               { "drsp", 0, 0, NULL, "1200E80", "s:1200E80", PLUS_NORMAL },
               { "drsp", 0, 0, NULL, "12E95", "s:1200000E90", PLUS_NORMAL });
}
END_TEST

/* ---- exceptions ------------------------------------------------------------------------------ */

/* Disabled, then enabled: the target and FPRF stay, FR and FI become 0. */
static void invalid(const char *name, uint32_t operands, const char *a, const char *b, uint64_t why)
{
    const bool pair = is_extended(name);
    const struct expectation e[] = {
        { name, operands, FR_FI, a, b, "NaN", QUIET | FPSCR_FX | why },
        { name, operands, FPSCR_VE | FR_FI | PLUS_NORMAL, a, b, pair ? OLD_Q : OLD,
          FPSCR_FX | why },
    };

    expect_all(e, ARRAY_SIZE(e));
}

START_TEST(invalid_operations)
{
    invalid("dadd", 0, "Inf", "-Inf", FPSCR_VXISI);
    invalid("dsub", 0, "Inf", "Inf", FPSCR_VXISI);
    invalid("dsubq", 0, "-Inf", "-Inf", FPSCR_VXISI);
    invalid("dmul", 0, "Inf", "0", FPSCR_VXIMZ);
    invalid("dmulq", 0, "0", "-Inf", FPSCR_VXIMZ);
    invalid("ddiv", 0, "Inf", "-Inf", FPSCR_VXIDI);
    invalid("ddiv", 0, "0", "0", FPSCR_VXZDZ);
    invalid("ddivq", 0, "-0E5", "0", FPSCR_VXZDZ);
    invalid("dqua", 0, "Inf", "1", FPSCR_VXCVI);
    invalid("dqua", 0, "1", "Inf", FPSCR_VXCVI);
    invalid("dqua", 0, "1E-16", "1", FPSCR_VXCVI);
    invalid("dquai", TE(-16), NULL, "1", FPSCR_VXCVI);
    invalid("dquai", TE(0), NULL, "-Inf", FPSCR_VXCVI);
    invalid("dquaiq", TE(0), NULL, "1E34", FPSCR_VXCVI);
    invalid("drrnd", 0, "#0000000000000001", LARGEST, FPSCR_VXCVI);
    invalid("drrndq", 0, "#0000000000000003", LARGEST_Q, FPSCR_VXCVI);
    invalid("denbcd", 0, NULL, "#000000000000000a", FPSCR_VXCVI);
    invalid("denbcd", 1 << 20, NULL, "#0000000000000009", FPSCR_VXCVI);
    invalid("denbcdq", 1 << 20, NULL, "#f000000000000000 000000000000000c", FPSCR_VXCVI);
    invalid("dadd", 0, "sNaN", "1", FPSCR_VXSNAN);
    invalid("dquai", 0, NULL, "sNaN", FPSCR_VXSNAN);
    invalid("drrnd", 0, "#0000000000000001", "sNaN", FPSCR_VXSNAN);
    invalid("drintn", 0, NULL, "sNaN", FPSCR_VXSNAN);
    invalid("drintxq", 0, NULL, "sNaN", FPSCR_VXSNAN);
    invalid("dctqpq", 0, NULL, "l:sNaN", FPSCR_VXSNAN);
}
END_TEST

/* The first signalling one, else the first; digits and sign stay. */
START_TEST(nans)
{
    EXPECT_ALL(
        { "dadd", 0, 0, "NaN1", "NaN2", "NaN1", QUIET },
        { "dadd", 0, 0, "1", "-NaN2", "-NaN2", QUIET },
        { "dsub", 0, 0, "1", "NaN2", "NaN2", QUIET },
        { "dmul", 0, 0, "NaN1", "sNaN2", "NaN2", QUIET | FPSCR_FX | FPSCR_VXSNAN },
        { "ddiv", 0, 0, "-sNaN1", "sNaN2", "-NaN1", QUIET | FPSCR_FX | FPSCR_VXSNAN },
        { "ddivq", 0, 0, "NaN123456789012345678901", "0", "NaN123456789012345678901", QUIET },
        { "dqua", 0, 0, "NaN7", "Inf", "NaN7", QUIET },
        { "dqua", 0, 0, "Inf", "-Inf", "-Inf", MINUS_INFINITY },
        { "drsp", 0, 0, NULL, "-NaN123456789", "s:-NaN456789", QUIET },
        { "drsp", 0, FR_FI, NULL, "sNaN123456789", "s:sNaN456789", SIGNALLING },
        { "dctdp", 0, FR_FI, NULL, "s:-sNaN456789", "-sNaN456789", SIGNALLING },
        { "drdpq", 0, 0, NULL, "sNaN9123456789012345", "#7c00a395bcf049c5 0000000000000000",
          QUIET | FPSCR_FX | FPSCR_VXSNAN });
}
END_TEST

START_TEST(division_by_zero)
{
    EXPECT_ALL({ "ddiv", 0, FR_FI, "1", "-0", "-Inf", MINUS_INFINITY | FPSCR_FX | FPSCR_ZX },
               { "ddiv", 0, FPSCR_ZE | FR_FI, "1", "-0", OLD, FPSCR_FX | FPSCR_ZX },
               { "ddivq", 0, FPSCR_ZE | FR_FI, "1", "0E9", OLD_Q, FPSCR_FX | FPSCR_ZX },
               { "ddiv", 0, FPSCR_ZE, "Inf", "0", "Inf", PLUS_INFINITY });
}
END_TEST

/* Tiny results are an exception by themselves if it is enabled, and else only if they are
 * inexact. */
START_TEST(underflow)
{
    EXPECT_ALL({ "dmul", 0, 0, "1E-390", "1E-5", "1E-395", PLUS_SUBNORMAL },
               { "dmul", 0, 0, "-15E-390", "1E-9", "-2E-398",
                 MINUS_SUBNORMAL | INEXACT | FPSCR_UX | FPSCR_FR },
               { "dmul", 0, DRN(1), "1E-398", "1E-398", "0E-398", PLUS_ZERO | INEXACT | FPSCR_UX },
               { "dmul", 0, DRN(6), "1E-398", "1E-398", "1E-398",
                 PLUS_SUBNORMAL | INEXACT | FPSCR_UX | FPSCR_FR },
               { "dmul", 0, 0, "9999999999999999E-390", "1E-9", "1000000000000000E-398",
                 PLUS_NORMAL | INEXACT | FPSCR_UX | FPSCR_FR },
               { "dadd", 0, 0, "1E-398", "1E-398", "2E-398", PLUS_SUBNORMAL },
               { "dqua", 0, 0, "0E-398", "1E-397", "10E-398", PLUS_SUBNORMAL },
               { "drsp", 0, 0, NULL, "15E-102", "s:2E-101",
                 PLUS_SUBNORMAL | INEXACT | FPSCR_UX | FPSCR_FR });
}
END_TEST

/* By 576 and 9,216; where a longer format is rounded to a shorter one by 192 and 3,072, in the
 * longer one. */
START_TEST(enabled_overflow_and_underflow_wrap_the_exponent)
{
    EXPECT_ALL(
        { "dmul", 0, FPSCR_OE, "12E300", "1E200", "12E-76", PLUS_NORMAL | FPSCR_FX | FPSCR_OX },
        { "dadd", 0, FPSCR_OE, LARGEST, LARGEST, "2000000000000000E-206",
          PLUS_NORMAL | INEXACT | FPSCR_OX | FPSCR_FR },
        { "dmul", 0, FPSCR_OE | DRN(1), LARGEST, "3", "2999999999999999E-206",
          PLUS_NORMAL | INEXACT | FPSCR_OX },
        { "ddivq", 0, FPSCR_OE, "-1E6111", "1E-100", "-1E-3005",
          MINUS_NORMAL | FPSCR_FX | FPSCR_OX },
        { "dmul", 0, FPSCR_UE, "1E-390", "10E-5", "10E181", PLUS_NORMAL | FPSCR_FX | FPSCR_UX },
        { "ddiv", 0, FPSCR_UE, "1E-390", "3E9", "3333333333333333E161",
          PLUS_NORMAL | INEXACT | FPSCR_UX },
        { "dmulq", 0, FPSCR_UE, "1E-6176", "1E-6176", "1E-3136",
          PLUS_NORMAL | FPSCR_FX | FPSCR_UX },
        { "dadd", 0, FPSCR_UE, "1E-398", "1E-398", "2E178", PLUS_NORMAL | FPSCR_FX | FPSCR_UX },
        { "drsp", 0, FPSCR_OE, NULL, "12345675E100", "l:1234568E-91",
          PLUS_NORMAL | INEXACT | FPSCR_OX | FPSCR_FR },
        { "drsp", 0, FPSCR_UE, NULL, "1E-200", "l:1E-8", PLUS_NORMAL | FPSCR_FX | FPSCR_UX },
        { "drdpq", 0, FPSCR_OE, NULL, "12345678901234567E400", "e:1234567890123457E-2671",
          PLUS_NORMAL | INEXACT | FPSCR_OX | FPSCR_FR },
        { "drdpq", 0, FPSCR_UE, NULL, "-1E-6176", "e:-1E-3104",
          MINUS_NORMAL | FPSCR_FX | FPSCR_UX });
}
END_TEST

START_TEST(an_enabled_exception_interrupts)
{
    static const struct {
        const char *name, *a, *b;
        uint64_t enabled, raised;
        bool target_stays;
    } cases[] = {
        { "dadd", "sNaN", "1", FPSCR_VE, FPSCR_VXSNAN | FPSCR_VX, true },
        { "ddiv", "1", "0", FPSCR_ZE, FPSCR_ZX, true },
        { "dmul", LARGEST, "10", FPSCR_OE, FPSCR_OX, false },
        { "dmul", "1E-398", "1E-9", FPSCR_UE, FPSCR_UX, false },
        { "ddiv", "1", "3", FPSCR_XE, FPSCR_XX, false },
    };

    for (size_t k = 0; k < ARRAY_SIZE(cases); k++) {
        cpu_set_msr(c, MSR_SF | MSR_FP | MSR_FE0 | MSR_FE1);
        put(A, value(cases[k].a, false));
        put(B, value(cases[k].b, false));
        put(T, value(OLD, false));
        c->fpscr = cases[k].enabled;
        ck_assert(!execute(cases[k].name, T << 21 | A << 16 | B << 11));
        ck_assert_uint_eq(c->nia & 0xfff, 0x700);
        ck_assert((c->fpscr & ~(FR_FI | FPSCR_FPRF)) ==
                  (cases[k].enabled | cases[k].raised | FPSCR_FX | FPSCR_FEX));
        ck_assert(cases[k].target_stays == (CPU_FPR(c, T) == value(OLD, false).v));
    }
}
END_TEST

START_TEST(record_forms_set_cr1)
{
    c->crf[1] = 0;
    put(A, value("Inf", false));
    put(B, value("-Inf", false));
    c->fpscr = 0;
    ck_assert(execute("dadd", T << 21 | A << 16 | B << 11 | RC));
    ck_assert_uint_eq(c->crf[1], 0xa); /* FX, VX */
    c->fpscr = FPSCR_OX;
    ck_assert(execute("dxex", T << 21 | B << 11 | RC));
    ck_assert_uint_eq(c->crf[1], 0x1);
    ck_assert_uint_eq(c->fpscr, FPSCR_OX);
}
END_TEST

/* ---- comparisons and tests ------------------------------------------------------------------- */

struct condition {
    const char *name;
    uint32_t operands;
    uint64_t fpscr;
    const char *a, *b;
    uint8_t condition;
    uint64_t raised;
};

static void expect_conditions(const struct condition *e, size_t n)
{
    for (; n--; e++) {
        uint64_t want;

        if (e->a)
            put(A, value(e->a, is_extended(e->name)));
        if (e->b)
            put(B, value(e->b, is_extended(e->name)));
        c->fpscr = e->fpscr | FR_FI | FPRF(0x15);
        want = e->fpscr | FR_FI | FPRF(0x10) | PPC_FIELD_PUT(e->condition, 48, 51);
        want |= e->raised | (e->raised ? FPSCR_FX | FPSCR_VX : 0);
        want |= e->raised && e->fpscr & FPSCR_VE ? FPSCR_FEX : 0;
        ck_assert(
            execute(e->name, 5u << 23 | e->operands | (e->a ? A << 16 : 0) | (e->b ? B << 11 : 0)));
        ck_assert_msg(c->crf[5] == e->condition && c->fpscr == want,
                      "%s %x of %s, %s: %x, FPSCR %llx", e->name, e->operands, e->a, e->b,
                      c->crf[5], LL(c->fpscr));
    }
}

#define CONDITIONS(...) \
    do { \
        static const struct condition all_[] = { __VA_ARGS__ }; \
\
        expect_conditions(all_, ARRAY_SIZE(all_)); \
    } while (0)

START_TEST(comparisons)
{
    CONDITIONS(
        { "dcmpu", 0, 0, "1.0", "1", CR_EQ, 0 }, { "dcmpu", 0, 0, "-0", "0E9", CR_EQ, 0 },
        { "dcmpu", 0, 0, "1E300", "Inf", CR_LT, 0 }, { "dcmpu", 0, 0, "-Inf", "-Inf", CR_EQ, 0 },
        { "dcmpu", 0, 0, "-1E300", "-Inf", CR_GT, 0 },
        { "dcmpu", 0, 0, "1E-398", "-1E369", CR_GT, 0 }, { "dcmpu", 0, 0, "1", "NaN", CR_SO, 0 },
        { "dcmpu", 0, 0, "sNaN", "NaN", CR_SO, FPSCR_VXSNAN },
        { "dcmpo", 0, 0, "1", "2", CR_LT, 0 }, { "dcmpo", 0, 0, "1", "NaN", CR_SO, FPSCR_VXVC },
        { "dcmpo", 0, FPSCR_VE, "1", "NaN", CR_SO, FPSCR_VXVC },
        { "dcmpo", 0, 0, "1", "sNaN", CR_SO, FPSCR_VXSNAN | FPSCR_VXVC },
        { "dcmpo", 0, FPSCR_VE, "1", "sNaN", CR_SO, FPSCR_VXSNAN },
        { "dcmpuq", 0, 0, "1000E-6176", "1E-6173", CR_EQ, 0 },
        { "dcmpoq", 0, 0, LARGEST_Q, "-Inf", CR_GT, 0 });
}
END_TEST

#define DCM(n) ((uint32_t)(n) << 10)

START_TEST(tests_of_class_and_group)
{
    CONDITIONS({ "dtstdc", DCM(0x20), 0, "-0", NULL, CR_LT | CR_EQ, 0 },
               { "dtstdc", DCM(0x1f), 0, "0", NULL, 0, 0 },
               { "dtstdc", DCM(0x10), 0, "999999999999999E-398", NULL, CR_EQ, 0 },
               { "dtstdc", DCM(0x08), 0, "1000000000000000E-398", NULL, CR_EQ, 0 },
               { "dtstdc", DCM(0x04), 0, "-Inf", NULL, CR_LT | CR_EQ, 0 },
               { "dtstdc", DCM(0x02), 0, "NaN", NULL, CR_EQ, 0 },
               { "dtstdc", DCM(0x01), 0, "sNaN", NULL, CR_EQ, 0 },
               { "dtstdc", DCM(0x3e), 0, "-sNaN", NULL, CR_LT, 0 },
               { "dtstdcq", DCM(0x10), 0, "1E-6150", NULL, CR_EQ, 0 });
    CONDITIONS({ "dtstdg", DCM(0x20), 0, "0", NULL, CR_EQ, 0 },
               { "dtstdg", DCM(0x10), 0, "0E369", NULL, CR_EQ, 0 },
               { "dtstdg", DCM(0x10), 0, "-0E-398", NULL, CR_LT | CR_EQ, 0 },
               { "dtstdg", DCM(0x08), 0, "1E-390", NULL, CR_EQ, 0 },
               { "dtstdg", DCM(0x08), 0, "1E369", NULL, CR_EQ, 0 },
               { "dtstdg", DCM(0x04), 0, "999999999999999", NULL, CR_EQ, 0 },
               { "dtstdg", DCM(0x02), 0, "1000000000000000", NULL, CR_EQ, 0 },
               { "dtstdg", DCM(0x01), 0, "-Inf", NULL, CR_LT | CR_EQ, 0 },
               { "dtstdg", DCM(0x3d), 0, "1000000000000000", NULL, 0, 0 },
               { "dtstdgq", DCM(0x02), 0, "1000000000000000000000000000000000", NULL, CR_EQ, 0 });
}
END_TEST

#define UIM(n) ((uint32_t)(n) << 16)

START_TEST(tests_of_exponent_and_significance)
{
    CONDITIONS(
        { "dtstex", 0, 0, "1E5", "99E4", CR_GT, 0 }, { "dtstex", 0, 0, "0E3", "7E4", CR_LT, 0 },
        { "dtstex", 0, 0, "-1", "2", CR_EQ, 0 }, { "dtstex", 0, 0, "Inf", "-Inf", CR_EQ, 0 },
        { "dtstex", 0, 0, "sNaN", "NaN", CR_EQ, 0 }, { "dtstex", 0, 0, "Inf", "NaN", CR_SO, 0 },
        { "dtstexq", 0, 0, "1", "Inf", CR_SO, 0 });
    CONDITIONS({ "dtstsf", 0, 0, "#ffffffffffffffc3", "123", CR_EQ, 0 },
               { "dtstsf", 0, 0, "#0000000000000002", "123", CR_LT, 0 },
               { "dtstsf", 0, 0, "#0000000000000004", "123", CR_GT, 0 },
               { "dtstsf", 0, 0, "#0000000000000000", "123", CR_GT, 0 },
               { "dtstsf", 0, 0, "#0000000000000001", "0", CR_GT, 0 },
               { "dtstsf", 0, 0, "#0000000000000001", "Inf", CR_SO, 0 },
               { "dtstsfq", 0, 0, "#0000000000000022", LARGEST_Q, CR_EQ, 0 },
               { "dtstsfi", UIM(3), 0, NULL, "0.123", CR_EQ, 0 },
               { "dtstsfiq", UIM(33), 0, NULL, LARGEST_Q, CR_LT, 0 });
}
END_TEST

/* ---- other quanta ---------------------------------------------------------------------------- */

START_TEST(quantize)
{
    EXPECT_ALL({ "dqua", 0, FR_FI, "0.001", "12.3", "12.300", PLUS_NORMAL },
               { "dqua", 0, 0, "1E369", "12.3", "0E369", PLUS_ZERO | INEXACT },
               { "dqua", 0, 0, "5E-398", "-0E300", "-0E-398", MINUS_ZERO },
               { "dquai", TE(-2), 0, NULL, "3", "3.00", PLUS_NORMAL },
               { "dquai", TE(2) | RMC(2), 0, NULL, "250", "3E2", PLUS_NORMAL | INEXACT | FPSCR_FR },
               { "dquaiq", TE(-16), 0, NULL, "3", "3.0000000000000000", PLUS_NORMAL },
               { "dquaq", 0, 0, "1E6111", "1E6111", "1E6111", PLUS_NORMAL });
    EXPECT_ALL(
        { "drrnd", 0, 0, "#0000000000000003", "12345", "123E2", PLUS_NORMAL | INEXACT },
        { "drrnd", 0, 0, "#0000000000000002", "9.99", "10", PLUS_NORMAL | INEXACT | FPSCR_FR },
        { "drrnd", 0, FR_FI, "#ffffffffffffffc0", "12345", "12345", PLUS_NORMAL },
        { "drrnd", 0, 0, "#0000000000000005", "12345", "12345", PLUS_NORMAL },
        { "drrnd", 0, 0, "#0000000000000002", "1200", "12E2", PLUS_NORMAL },
        { "drrnd", 0, 0, "#0000000000000001", "-Inf", "-Inf", MINUS_INFINITY },
        { "drrndq", 0, 0, "#0000000000000001", "1500", "2E3", PLUS_NORMAL | INEXACT | FPSCR_FR });
}
END_TEST

/* ---- conversions ----------------------------------------------------------------------------- */

START_TEST(between_formats)
{
    EXPECT_ALL({ "dctdp", 0, FR_FI, NULL, "s:-12.34567", "-12.34567", MINUS_NORMAL },
               { "dctdp", 0, 0, NULL, "#ffffffff7bffffff", "Inf", PLUS_INFINITY },
               { "dctdp", 0, 0, NULL, "s:1E-101", "1E-101", PLUS_NORMAL },
               { "dctqpq", 0, FR_FI, NULL, "l:-1E-398", "-1E-398", MINUS_NORMAL },
               { "dctqpq", 0, 0, NULL, "l:-Inf", "-Inf", MINUS_INFINITY },
               { "drsp", 0, 0, NULL, "1E-101", "s:1E-101", PLUS_SUBNORMAL },
               { "drsp", 0, 0, NULL, "1234567.5", "s:1234568", PLUS_NORMAL | INEXACT | FPSCR_FR },
               { "drdpq", 0, 0, NULL, "1", "#2238000000000001 0000000000000000", PLUS_NORMAL },
               { "drdpq", 0, DRN(1), NULL, "-1234567890123456.9",
                 "#a63934b9c1e28e56 0000000000000000", MINUS_NORMAL | INEXACT },
               { "drdpq", 0, FPSCR_VE, NULL, "sNaN", OLD_Q, FPSCR_FX | FPSCR_VXSNAN });
}
END_TEST

#define SMALLEST_64 "#8000000000000000"
#define LARGEST_64 "#7fffffffffffffff"
#define INVALID (FPSCR_FX | FPSCR_VXCVI)

START_TEST(integers)
{
    EXPECT_ALL(
        { "dcffix", 0, 0, NULL, "#fffffffffffffffb", "-5", MINUS_NORMAL },
        { "dcffix", 0, 0, NULL, LARGEST_64, "9223372036854776E3",
          PLUS_NORMAL | INEXACT | FPSCR_FR },
        { "dcffix", 0, DRN(1), NULL, SMALLEST_64, "-9223372036854775E3", MINUS_NORMAL | INEXACT },
        { "dcffix", 0, DRN(3), NULL, "#0000000000000000", "0", PLUS_ZERO },
        { "dcffixq", 0, FR_FI, NULL, SMALLEST_64, "-9223372036854775808", MINUS_NORMAL },
        { "dctfix", 0, 0, NULL, "-2.5", "#fffffffffffffffe", INEXACT },
        { "dctfix", 0, DRN(3), NULL, "-2.5", "#fffffffffffffffd", INEXACT | FPSCR_FR },
        { "dctfix", 0, FR_FI, NULL, "12E3", "#0000000000002ee0", 0 },
        { "dctfix", 0, 0, NULL, "1E19", LARGEST_64, INVALID },
        { "dctfix", 0, 0, NULL, "-Inf", SMALLEST_64, INVALID },
        { "dctfix", 0, 0, NULL, "NaN", SMALLEST_64, INVALID },
        { "dctfix", 0, 0, NULL, "sNaN", SMALLEST_64, INVALID | FPSCR_VXSNAN },
        { "dctfix", 0, FPSCR_VE | FR_FI | PLUS_NORMAL, NULL, "NaN", OLD, INVALID },
        { "dctfixq", 0, 0, NULL, "9223372036854775807.4", LARGEST_64, INEXACT },
        { "dctfixq", 0, 0, NULL, "9223372036854775807.5", LARGEST_64, INVALID },
        { "dctfixq", 0, 0, NULL, "-9223372036854775808.5", SMALLEST_64, INEXACT },
        { "dctfixq", 0, DRN(6), NULL, "-9223372036854775808.1", SMALLEST_64, INVALID });
}
END_TEST

/* Quadwords in VRs. */
START_TEST(quadword_integers)
{
    const decimal_bits smallest = (decimal_bits)1 << 127;
    static const struct {
        const char *text;
        bool negative;
        uint64_t raised;
    } out_of_range[] = { { "1E38", false, 0 },
                         { "1701411834604692317316873037158842E5", true, INVALID },
                         { "-999999999999999999999999999999999E6", true, INVALID },
                         { "Inf", true, INVALID } };

    CPU_VR(c, B).q = smallest;
    c->fpscr = 0;
    ck_assert(execute("dcffixqq", T << 21 | B << 11));
    ck_assert(get(T, true) == value("-1701411834604692317316873037158841E5", true).v);
    ck_assert(c->fpscr == (MINUS_NORMAL | INEXACT));
    CPU_VR(c, B).q = 12345;
    ck_assert(execute("dcffixqq", T << 21 | B << 11));
    ck_assert(get(T, true) == value("12345", true).v);
    for (size_t k = 0; k < ARRAY_SIZE(out_of_range); k++) {
        const bool negative = *out_of_range[k].text == '-';

        put(B, value(out_of_range[k].text, true));
        c->fpscr = 0;
        ck_assert(execute("dctfixqq", T << 21 | B << 11));
        ck_assert_msg((c->fpscr & ~FPSCR_VX) == out_of_range[k].raised, "%s", out_of_range[k].text);
        if (out_of_range[k].raised)
            ck_assert(CPU_VR(c, T).q == (negative ? smallest : smallest - 1));
        else
            ck_assert(CPU_VR(c, T).q == decimal_power_of_ten(38));
    }
    put(B, value("-2.5", true));
    c->fpscr = DRN(6);
    ck_assert(execute("dctfixqq", T << 21 | B << 11));
    ck_assert(CPU_VR(c, T).q == (decimal_bits)-3);
    ck_assert(c->fpscr == (DRN(6) | INEXACT | FPSCR_FR));
    cpu_set_msr(c, MSR_SF | MSR_FP);
    ck_assert(!execute("dctfixqq", T << 21 | B << 11));
    ck_assert_uint_eq(c->nia & 0xfff, 0xf20); /* VEC is not available */
}
END_TEST

/* What instructions that do not touch FPSCR find in it. */
#define EVERYTHING (FR_FI | FPRF(0x1f) | FPSCR_OX | DRN(5))

#define SP(n) ((uint32_t)(n) << 19)
#define S (1u << 20)

START_TEST(bcd)
{
    EXPECT_ALL(
        { "ddedpd", SP(0), EVERYTHING, NULL, "-1234567890123456E9", "#1234567890123456", LEFT },
        { "ddedpd", SP(1), 0, NULL, "12", "#0000000000000012", 0 },
        { "ddedpd", SP(2), 0, NULL, "1234567890123456", "#234567890123456c", 0 },
        { "ddedpd", SP(2), 0, NULL, "-7", "#000000000000007d", 0 },
        { "ddedpd", SP(3), 0, NULL, "7", "#000000000000007f", 0 },
        { "ddedpd", SP(3), 0, NULL, "-7", "#000000000000007d", 0 },
        { "ddedpd", SP(2), 0, NULL, "-sNaN89", "#000000000000089d", 0 },
        { "ddedpd", SP(0), 0, NULL, "#7800000000000012", "#0000000000000012", 0 },
        { "ddedpdq", SP(0), 0, NULL, "1234567890123456789012345678901234",
          "#3456789012345678 9012345678901234", 0 },
        { "ddedpdq", SP(3), 0, NULL, "1234567890123456789012345678901234",
          "#4567890123456789 012345678901234f", 0 });
    EXPECT_ALL(
        { "denbcd", 0, FR_FI, NULL, "#1234567890123456", "1234567890123456", PLUS_NORMAL },
        { "denbcd", S, 0, NULL, "#123456789012345b", "-123456789012345", MINUS_NORMAL },
        { "denbcd", S, 0, NULL, "#000000000000000d", "-0", MINUS_ZERO },
        { "denbcd", S, 0, NULL, "#000000000000001a", "1", PLUS_NORMAL },
        { "denbcd", S, 0, NULL, "#000000000000001e", "1", PLUS_NORMAL },
        { "denbcdq", 0, 0, NULL, "#9999999999999999 9999999999999999",
          "99999999999999999999999999999999", PLUS_NORMAL },
        { "denbcdq", S, 0, NULL, "#0000000000000000 000000000000012d", "-12", MINUS_NORMAL });
}
END_TEST

/* ---- parts of a number ----------------------------------------------------------------------- */

START_TEST(exponents)
{
    EXPECT_ALL({ "dxex", 0, EVERYTHING, NULL, "-5E-398", "#0000000000000000", LEFT },
               { "dxex", 0, 0, NULL, "0E369", "#00000000000002ff", 0 },
               { "dxex", 0, 0, NULL, "-Inf", "#ffffffffffffffff", 0 },
               { "dxex", 0, 0, NULL, "NaN5", "#fffffffffffffffe", 0 },
               { "dxex", 0, 0, NULL, "sNaN5", "#fffffffffffffffd", 0 },
               { "dxexq", 0, 0, NULL, "1", "#0000000000001820", 0 });
    EXPECT_ALL(
        { "diex", 0, EVERYTHING, "#0000000000000000", "-9.5", "-95E-398", LEFT },
        { "diex", 0, 0, "#00000000000002ff", "9000000000000005", "9000000000000005E369", 0 },
        { "diex", 0, 0, "#0000000000000300", "9000000000000005", "NaN5", 0 },
        { "diex", 0, 0, "#ffffffffffffffff", "-5", "#f800000000000005", 0 },
        { "diex", 0, 0, "#fffffffffffffffe", "-5", "-NaN5", 0 },
        { "diex", 0, 0, "#fffffffffffffffd", "5", "sNaN5", 0 },
        { "diex", 0, 0, "#fffffffffffffffc", "5", "NaN5", 0 },
        { "diex", 0, 0, "#8000000000000000", "5", "NaN5", 0 },
        { "diex", 0, 0, "#000000000000018e", "sNaN77", "77", 0 },
        { "diex", 0, 0, "#000000000000018e", "#fa00000000000012", "-12", 0 },
        { "diexq", 0, 0, "#0000000000002fff", "-NaN77", "-77E6111", 0 },
        { "diexq", 0, 0, "#ffffffffffffffff", "5", "#7800000000000000 0000000000000005", 0 });
}
END_TEST

#define SH(n) ((uint32_t)(n) << 10)

START_TEST(shifts)
{
    EXPECT_ALL(
        { "dscli", SH(2), EVERYTHING, "-1234567890123456E3", NULL, "-3456789012345600E3", LEFT },
        { "dscli", SH(15), 0, "1234567890123456", NULL, "6000000000000000", 0 },
        { "dscli", SH(16), 0, "1234567890123456E9", NULL, "0E9", 0 },
        { "dscli", SH(63), 0, "-1E9", NULL, "-0E9", 0 },
        { "dscli", SH(14), 0, "sNaN12", NULL, "sNaN200000000000000", 0 },
        { "dscli", SH(15), 0, "#7dff000000000012", NULL, "NaN", 0 },
        { "dscli", SH(1), 0, "#7a00000000000012", NULL, "#78000000000000a0", 0 },
        { "dscri", SH(2), 0, "-1234567890123456E3", NULL, "-12345678901234E3", 0 },
        { "dscri", SH(16), 0, "1234567890123456", NULL, "0", 0 },
        { "dscri", SH(1), 0, "-sNaN12", NULL, "-sNaN1", 0 },
        { "dscliq", SH(33), 0, "17", NULL, "7000000000000000000000000000000000", 0 },
        { "dscliq", SH(40), 0, "NaN1", NULL, "NaN", 0 },
        { "dscriq", SH(33), 0, "7000000000000000000000000000000000E-6176", NULL, "7E-6176", 0 });
}
END_TEST

/* ---- registers ------------------------------------------------------------------------------- */

START_TEST(odd_pairs_are_illegal)
{
    static const struct {
        const char *name;
        uint32_t odd;
    } cases[] = {
        { "daddq", 1 << 21 },    { "daddq", 1 << 16 },    { "ddivq", 1 << 11 },
        { "dcmpoq", 1 << 16 },   { "dtstsfq", 1 << 11 },  { "dtstdcq", 1 << 16 },
        { "dscliq", 1 << 21 },   { "dquaq", 1 << 16 },    { "drrndq", 1 << 21 },
        { "dctqpq", 1 << 21 },   { "drdpq", 1 << 21 },    { "dctfixq", 1 << 11 },
        { "dxexq", 1 << 11 },    { "dcffixqq", 1 << 21 }, { "dctfixqq", 1 << 11 },
        { "dtstsfiq", 1 << 11 },
    };

    for (size_t k = 0; k < ARRAY_SIZE(cases); k++)
        ck_assert_msg(isa_decode(pattern(cases[k].name) | cases[k].odd) == ISA_INVALID, "%s",
                      cases[k].name);
    /* These are not pairs. */
    ck_assert_uint_eq(isa_decode(pattern("drrndq") | 1 << 16), ISA_DRRNDQ);
    ck_assert_uint_eq(isa_decode(pattern("dctfixq") | 1 << 21), ISA_DCTFIXQ);
    ck_assert_uint_eq(isa_decode(pattern("dctqpq") | 1 << 11), ISA_DCTQPQ);
}
END_TEST

START_TEST(every_row_has_an_operation)
{
    unsigned rows = 0;

    for (unsigned id = 1; id < ISA_COUNT; id++)
        if (isa_row(id)->facility == FACILITY_DFP) {
            ck_assert_msg(isa_row(id)->flags & ISA_FLAG_DONE, "%s", isa_row(id)->name);
            rows++;
        }
    ck_assert_uint_eq(rows, 54);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("decimal floating point");
    TCase *tests = tcase_create("decimal floating point");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, encodings);
    tcase_add_test(tests, what_is_not_canonical_is_understood);
    tcase_add_test(tests, rounding_modes);
    tcase_add_test(tests, modes_of_the_instruction);
    tcase_add_test(tests, rounding_of_34_digits);
    tcase_add_test(tests, disabled_overflow);
    tcase_add_test(tests, ideal_exponents);
    tcase_add_test(tests, invalid_operations);
    tcase_add_test(tests, nans);
    tcase_add_test(tests, division_by_zero);
    tcase_add_test(tests, underflow);
    tcase_add_test(tests, enabled_overflow_and_underflow_wrap_the_exponent);
    tcase_add_test(tests, an_enabled_exception_interrupts);
    tcase_add_test(tests, record_forms_set_cr1);
    tcase_add_test(tests, comparisons);
    tcase_add_test(tests, tests_of_class_and_group);
    tcase_add_test(tests, tests_of_exponent_and_significance);
    tcase_add_test(tests, quantize);
    tcase_add_test(tests, between_formats);
    tcase_add_test(tests, integers);
    tcase_add_test(tests, quadword_integers);
    tcase_add_test(tests, bcd);
    tcase_add_test(tests, exponents);
    tcase_add_test(tests, shifts);
    tcase_add_test(tests, odd_pairs_are_illegal);
    tcase_add_test(tests, every_row_has_an_operation);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
