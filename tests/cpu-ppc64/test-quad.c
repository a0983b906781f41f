/* Quad-precision instructions: results, FPSCR, and what no comparison with qemu tells: rounding to odd, FR
 * and FI, rounding modes of an instruction's own, enabled exceptions. Each case goes through the decoder. The
 * arithmetic itself is compared with MPFR in fpu-oracle.c. [ISA3.0 I 7.4, 7.6.1] */
#include <check.h>
#include <stdlib.h>
#include <string.h>

/* <math.h>, which <check.h> includes, has constants of these names too. */
#undef FP_ZERO
#undef FP_INFINITE
#define FP_ZERO POWER_FP_ZERO
#define FP_INFINITE POWER_FP_INFINITE

#include "cpu-ppc64/fpu/fpu.h"
#include "cpu-ppc64/interp/op.h"

enum { T = 2, A = 3, B = 4, RO = 1, EX = 1 };

#define NORMAL PPC_FIELD_PUT(UINT64_C(0x04), 47, 51) /* FPRF of the class and sign */
#define MINUS_NORMAL PPC_FIELD_PUT(UINT64_C(0x08), 47, 51)
#define DENORMAL PPC_FIELD_PUT(UINT64_C(0x14), 47, 51)
#define PLUS_ZERO PPC_FIELD_PUT(UINT64_C(0x02), 47, 51)
#define PLUS_INFINITY PPC_FIELD_PUT(UINT64_C(0x05), 47, 51)
#define A_QNAN PPC_FIELD_PUT(UINT64_C(0x11), 47, 51)
#define INEXACT (FPSCR_FX | FPSCR_XX | FPSCR_FI)

#define ZERO "0000000000000000 0000000000000000"
#define ONE "3fff000000000000 0000000000000000"
#define ONE_1 "3fff000000000000 0000000000000001" /* one and a last bit */
#define ONE_2 "3fff000000000000 0000000000000002"
#define ONE_3 "3fff000000000000 0000000000000003"
#define MINUS_ONE "bfff000000000000 0000000000000000"
#define MINUS_ZERO "8000000000000000 0000000000000000"
#define HALF_BIT "3f8e000000000000 0000000000000000" /* 2^-113, half of one's last bit */
#define LARGEST "7ffeffffffffffff ffffffffffffffff"
#define SMALLEST "0001000000000000 0000000000000000" /* normal */
#define HALF "3ffe000000000000 0000000000000000"
#define INFINITE "7fff000000000000 0000000000000000"
#define QUIET "7fff800000000000 0000000000000005"
#define SIGNALLING "7fff000000000000 0000000000000005"
#define OLD "0123456789abcdef 0fedcba987654321" /* what the target has before */
#define ONES "ffffffffffffffff ffffffffffffffff"

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

static union vsr vector(const char *digits)
{
    union vsr v = { .d = { 0, 0 } };

    for (; *digits; digits++)
        if (*digits != ' ')
            v.q = v.q << 4 | strtoul((char[2]){ *digits, 0 }, NULL, 16);
    return v;
}

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

struct expectation {
    const char *name;
    uint32_t operands;     /* beside VRT and VRB */
    uint64_t fpscr;        /* before */
    const char *a, *b, *t; /* t: the target before; a is NULL if the field belongs to the opcode */
    const char *result;
    uint64_t fpscr_after; /* without what was set before, VX and FEX */
};

static void expect(const struct expectation *e)
{
    union vsr got, want = vector(e->result);
    uint64_t after;

    if (e->a)
        CPU_VR(c, A) = vector(e->a);
    CPU_VR(c, B) = vector(e->b);
    CPU_VR(c, T) = vector(e->t ? e->t : OLD);
    c->fpscr = e->fpscr;
    ck_assert(execute(e->name, e->operands | T << 21 | (e->a ? A << 16 : 0) | B << 11));
    got = CPU_VR(c, T);
    ck_assert_msg(got.q == want.q, "%s %x: %016llx %016llx instead of %s", e->name, e->operands,
                  (unsigned long long)got.d[VSR_D(0)], (unsigned long long)got.d[VSR_D(1)], e->result);
    after = c->fpscr & ~e->fpscr & ~(FPSCR_VX | FPSCR_FEX);
    ck_assert_msg(after == e->fpscr_after, "%s %x of %s: FPSCR %llx instead of %llx", e->name, e->operands,
                  e->b, (unsigned long long)after, (unsigned long long)e->fpscr_after);
    ck_assert_msg((c->fpscr & e->fpscr) == (e->fpscr & ~(FPSCR_FR | FPSCR_FI)),
                  "%s %x: FPSCR was %llx, is %llx", e->name, e->operands, (unsigned long long)e->fpscr,
                  (unsigned long long)c->fpscr);
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

/* ---- rounding -------------------------------------------------------------------------------- */

START_TEST(rounding_to_odd)
{
    EXPECT_ALL({ "xsaddqp", 0, 0, ONE, HALF_BIT, NULL, ONE, NORMAL | INEXACT },
               { "xsaddqp", 0, 2, ONE, HALF_BIT, NULL, ONE_1, NORMAL | INEXACT | FPSCR_FR },
               { "xsaddqp", RO, 0, ONE, HALF_BIT, NULL, ONE_1, NORMAL | INEXACT | FPSCR_FR },
               { "xsaddqp", RO, 2, ONE_1, HALF_BIT, NULL, ONE_1, NORMAL | INEXACT },
               { "xsaddqp", RO, 0, ONE, ONE, NULL, "4000000000000000 0000000000000000", NORMAL },
               { "xssubqp", RO, 3, ONE, ONE, NULL, ZERO, PLUS_ZERO },
               { "xssubqp", 0, 3, ONE, ONE, NULL, MINUS_ZERO, PPC_FIELD_PUT(UINT64_C(0x12), 47, 51) },
               { "xsmulqp", RO, 0, ONE_1, ONE_1, NULL, ONE_3, NORMAL | INEXACT | FPSCR_FR },
               { "xsdivqp", RO, 0, ONE, ONE_1, NULL, "3ffeffffffffffff ffffffffffffffff",
                 NORMAL | INEXACT | FPSCR_FR },
               { "xssqrtqp", RO, 0, NULL, ONE_2, NULL, ONE_1, NORMAL | INEXACT | FPSCR_FR },
               { "xsaddqp", RO, 0, LARGEST, LARGEST, NULL, LARGEST, NORMAL | INEXACT | FPSCR_OX },
               { "xscvqpdp", RO, 0, NULL, "3fff000000000000 0010000000000000", NULL,
                 "3ff0000000000001 0000000000000000", NORMAL | INEXACT | FPSCR_FR },
               { "xscvqpdp", 0, 0, NULL, "3fff000000000000 0010000000000000", NULL,
                 "3ff0000000000000 0000000000000000", NORMAL | INEXACT });
}
END_TEST

/* The whole family rounds the sum, and negates what it got. */
START_TEST(multiply_add_rounds_before_it_negates)
{
#define MINUS_1_2 "bfff000000000000 0000000000000002"
#define MINUS_1_3 "bfff000000000000 0000000000000003"
    EXPECT_ALL({ "xsmaddqp", 0, 0, ONE_1, ONE_1, ZERO, ONE_2, NORMAL | INEXACT },
               { "xsmaddqp", RO, 0, ONE_1, ONE_1, ZERO, ONE_3, NORMAL | INEXACT | FPSCR_FR },
               { "xsmsubqp", RO, 0, ONE_1, ONE_1, ZERO, ONE_3, NORMAL | INEXACT | FPSCR_FR },
               { "xsnmaddqp", RO, 0, ONE_1, ONE_1, ZERO, MINUS_1_3, MINUS_NORMAL | INEXACT | FPSCR_FR },
               { "xsnmsubqp", RO, 0, ONE_1, ONE_1, ZERO, MINUS_1_3, MINUS_NORMAL | INEXACT | FPSCR_FR },
               { "xsnmsubqp", 0, 0, ONE_1, ONE_1, ZERO, MINUS_1_2, MINUS_NORMAL | INEXACT },
               { "xsnmsubqp", 0, 2, ONE_1, ONE_1, ZERO, MINUS_1_3, MINUS_NORMAL | INEXACT | FPSCR_FR },
               { "xsnmaddqp", 0, 3, ONE_1, ONE_1, ZERO, MINUS_1_2, MINUS_NORMAL | INEXACT },
               { "xsnmsubqp", RO, 0, ONE_1, ONE, HALF_BIT, "bfff000000000000 0000000000000001",
                 MINUS_NORMAL | INEXACT | FPSCR_FR },
               { "xsnmsubqp", RO, 0, ONE, ONE, QUIET, QUIET, A_QNAN },
               { "xsmaddqp", 0, 0, INFINITE, ZERO, SIGNALLING, QUIET,
                 A_QNAN | FPSCR_FX | FPSCR_VXIMZ | FPSCR_VXSNAN });
}
END_TEST

#define R (1u << 16)
#define RMC(n) ((uint32_t)(n) << 9)
#define TWO "4000000000000000 0000000000000000"
#define TWO_AND_A_HALF "4000400000000000 0000000000000000"
#define THREE "4000800000000000 0000000000000000"

START_TEST(modes_of_the_instruction)
{
    EXPECT_ALL({ "xsrqpi", RMC(0), 1, NULL, TWO_AND_A_HALF, NULL, THREE, NORMAL },
               { "xsrqpi", RMC(3), 0, NULL, TWO_AND_A_HALF, NULL, TWO, NORMAL },
               { "xsrqpi", RMC(3), 1, NULL, TWO_AND_A_HALF, NULL, TWO, NORMAL },
               { "xsrqpi", RMC(3), 2, NULL, TWO_AND_A_HALF, NULL, THREE, NORMAL },
               { "xsrqpi", RMC(3), 3, NULL, TWO_AND_A_HALF, NULL, TWO, NORMAL },
               { "xsrqpi", R | RMC(0), 2, NULL, TWO_AND_A_HALF, NULL, TWO, NORMAL },
               { "xsrqpi", R | RMC(1), 2, NULL, TWO_AND_A_HALF, NULL, TWO, NORMAL },
               { "xsrqpi", R | RMC(2), 0, NULL, TWO_AND_A_HALF, NULL, THREE, NORMAL },
               { "xsrqpi", R | RMC(3), 2, NULL, TWO_AND_A_HALF, NULL, TWO, NORMAL },
               { "xsrqpi", EX | RMC(0), 0, NULL, TWO_AND_A_HALF, NULL, THREE, NORMAL | INEXACT | FPSCR_FR },
               { "xsrqpi", EX | R | RMC(1), 0, NULL, TWO_AND_A_HALF, NULL, TWO, NORMAL | INEXACT },
               { "xsrqpi", EX, 0, NULL, TWO, NULL, TWO, NORMAL },
               { "xsrqpi", EX | R | RMC(2), 0, NULL, "8000000000000000 0000000000000001", NULL, MINUS_ZERO,
                 PPC_FIELD_PUT(UINT64_C(0x12), 47, 51) | INEXACT },
               { "xsrqpi", EX, 0, NULL, SIGNALLING, NULL, QUIET, A_QNAN | FPSCR_FX | FPSCR_VXSNAN });
#define HALFWAY "3fff000000000000 0001000000000000" /* 1 + 2^-64 */
#define NEXT "3fff000000000000 0002000000000000"    /* of 64 bits */
    EXPECT_ALL({ "xsrqpxp", RMC(0), 1, NULL, HALFWAY, NULL, NEXT, NORMAL | INEXACT | FPSCR_FR },
               { "xsrqpxp", RMC(3), 0, NULL, HALFWAY, NULL, ONE, NORMAL | INEXACT },
               { "xsrqpxp", RMC(3), 2, NULL, HALFWAY, NULL, NEXT, NORMAL | INEXACT | FPSCR_FR },
               { "xsrqpxp", R | RMC(0), 2, NULL, HALFWAY, NULL, ONE, NORMAL | INEXACT },
               { "xsrqpxp", R | RMC(2), 0, NULL, HALFWAY, NULL, NEXT, NORMAL | INEXACT | FPSCR_FR },
               { "xsrqpxp", R | RMC(3), 0, NULL, HALFWAY, NULL, ONE, NORMAL | INEXACT },
               { "xsrqpxp", RMC(0), 0, NULL, LARGEST, NULL, INFINITE,
                 PLUS_INFINITY | INEXACT | FPSCR_FR | FPSCR_OX },
               { "xsrqpxp", R | RMC(1), 0, NULL, LARGEST, NULL, "7ffeffffffffffff fffe000000000000",
                 NORMAL | INEXACT },
               { "xsrqpxp", RMC(0), 0, NULL, SIGNALLING, NULL, QUIET, A_QNAN | FPSCR_FX | FPSCR_VXSNAN });
}
END_TEST

/* ---- exceptions ------------------------------------------------------------------------------ */

#define FR_FI (FPSCR_FR | FPSCR_FI)

START_TEST(enabled_exceptions_keep_the_target)
{
    EXPECT_ALL(
        { "xsaddqp", 0, FR_FI, ONE, SIGNALLING, NULL, QUIET, A_QNAN | FPSCR_FX | FPSCR_VXSNAN },
        { "xsaddqp", 0, FPSCR_VE | FR_FI | NORMAL, ONE, SIGNALLING, NULL, OLD, FPSCR_FX | FPSCR_VXSNAN },
        { "xssubqp", 0, FPSCR_VE | FR_FI, INFINITE, INFINITE, NULL, OLD, FPSCR_FX | FPSCR_VXISI },
        { "xsmulqp", 0, FPSCR_VE | FR_FI, INFINITE, ZERO, NULL, OLD, FPSCR_FX | FPSCR_VXIMZ },
        { "xsdivqp", 0, FPSCR_VE | FR_FI, ZERO, ZERO, NULL, OLD, FPSCR_FX | FPSCR_VXZDZ },
        { "xsdivqp", 0, FPSCR_VE | FR_FI, INFINITE, INFINITE, NULL, OLD, FPSCR_FX | FPSCR_VXIDI },
        { "xssqrtqp", 0, FPSCR_VE | FR_FI, NULL, MINUS_ONE, NULL, OLD, FPSCR_FX | FPSCR_VXSQRT },
        { "xsdivqp", 0, FPSCR_ZE | FR_FI, ONE, ZERO, NULL, OLD, FPSCR_FX | FPSCR_ZX },
        { "xsdivqp", 0, FR_FI, ONE, ZERO, NULL, INFINITE, PLUS_INFINITY | FPSCR_FX | FPSCR_ZX },
        { "xscvqpsdz", 0, FPSCR_VE | FR_FI, NULL, QUIET, NULL, OLD, FPSCR_FX | FPSCR_VXCVI },
        { "xscvqpdp", 0, FPSCR_VE | FR_FI, NULL, SIGNALLING, NULL, OLD, FPSCR_FX | FPSCR_VXSNAN },
        { "xscvdpqp", 0, FPSCR_VE | FR_FI, NULL, "7ff0000000000001 0000000000000000", NULL, OLD,
          FPSCR_FX | FPSCR_VXSNAN },
        { "xsrqpxp", 0, FPSCR_VE | FR_FI, NULL, SIGNALLING, NULL, OLD, FPSCR_FX | FPSCR_VXSNAN });
}
END_TEST

/* By 24,576. An exact result out of range is no inexact one. */
START_TEST(enabled_overflow_and_underflow_wrap_the_exponent)
{
    EXPECT_ALL(
        { "xsaddqp", 0, FPSCR_OE, LARGEST, LARGEST, NULL, "1fffffffffffffff ffffffffffffffff",
          NORMAL | FPSCR_FX | FPSCR_OX },
        { "xsmulqp", 0, FPSCR_UE, SMALLEST, HALF, NULL, "6000000000000000 0000000000000000",
          NORMAL | FPSCR_FX | FPSCR_UX },
        { "xsmulqp", 0, 0, SMALLEST, HALF, NULL, "0000800000000000 0000000000000000", DENORMAL },
        { "xsmulqp", 0, FPSCR_UE, "0001000000000000 0000000000000001", HALF, NULL,
          "6000000000000000 0000000000000001", NORMAL | FPSCR_FX | FPSCR_UX },
        { "xsmulqp", RO, 0, "0001000000000000 0000000000000001", HALF, NULL,
          "0000800000000000 0000000000000001", DENORMAL | INEXACT | FPSCR_UX | FPSCR_FR },
        { "xsmulqp", 0, 0, LARGEST, LARGEST, NULL, INFINITE, PLUS_INFINITY | INEXACT | FPSCR_OX | FPSCR_FR });
}
END_TEST

START_TEST(an_enabled_exception_interrupts)
{
    cpu_set_msr(c, MSR_SF | MSR_FP | MSR_VEC | MSR_VSX | MSR_FE0 | MSR_FE1);
    CPU_VR(c, A) = vector(ONE);
    CPU_VR(c, B) = vector(ZERO);
    CPU_VR(c, T) = vector(OLD);
    c->fpscr = FPSCR_ZE;
    ck_assert(!execute("xsdivqp", T << 21 | A << 16 | B << 11));
    ck_assert_uint_eq(c->nia & 0xfff, 0x700);
    ck_assert(c->fpscr == (FPSCR_ZE | FPSCR_ZX | FPSCR_FX | FPSCR_FEX));
    ck_assert(CPU_VR(c, T).q == vector(OLD).q);
}
END_TEST

/* ---- conversions ----------------------------------------------------------------------------- */

#define MINUS_ONE_AND_A_HALF "bfff800000000000 0000000000000000"
#define INVALID (FPSCR_FX | FPSCR_VXCVI)

START_TEST(to_integers)
{
    EXPECT_ALL(
        { "xscvqpsdz", 0, 0, NULL, MINUS_ONE_AND_A_HALF, NULL, "ffffffffffffffff 0000000000000000", INEXACT },
        { "xscvqpudz", 0, 0, NULL, MINUS_ONE_AND_A_HALF, NULL, ZERO, INVALID },
        { "xscvqpudz", 0, 2, NULL, "bffe000000000000 0000000000000000", NULL, ZERO, INEXACT },
        { "xscvqpswz", 0, 0, NULL, QUIET, NULL, "ffffffff80000000 0000000000000000", INVALID },
        { "xscvqpswz", 0, 0, NULL, INFINITE, NULL, "000000007fffffff 0000000000000000", INVALID },
        { "xscvqpuwz", 0, 0, NULL, INFINITE, NULL, "00000000ffffffff 0000000000000000", INVALID },
        { "xscvqpsdz", 0, 0, NULL, SIGNALLING, NULL, "8000000000000000 0000000000000000",
          INVALID | FPSCR_VXSNAN },
        { "xscvqpsqz", 0, 0, NULL, "c07e000000000000 0000000000000000", NULL, MINUS_ZERO, 0 },
        { "xscvqpsqz", 0, 0, NULL, "407e000000000000 0000000000000000", NULL,
          "7fffffffffffffff ffffffffffffffff", INVALID },
        { "xscvqpuqz", 0, 0, NULL, "407e000000000000 0000000000000000", NULL, MINUS_ZERO, 0 },
        { "xscvqpuqz", 0, 0, NULL, "407effffffffffff ffffffffffffffff", NULL,
          "ffffffffffffffff ffffffffffff8000", 0 },
        { "xscvqpuqz", 0, 0, NULL, "407f000000000000 0000000000000000", NULL, ONES, INVALID },
        { "xscvqpuqz", 0, 0, NULL, MINUS_ONE, NULL, ZERO, INVALID });
}
END_TEST

START_TEST(from_integers)
{
    EXPECT_ALL(
        { "xscvuqqp", 0, 0, NULL, ONES, NULL, "407f000000000000 0000000000000000",
          NORMAL | INEXACT | FPSCR_FR },
        { "xscvuqqp", 0, 1, NULL, ONES, NULL, "407effffffffffff ffffffffffffffff", NORMAL | INEXACT },
        { "xscvsqqp", 0, 0, NULL, ONES, NULL, MINUS_ONE, MINUS_NORMAL },
        { "xscvsqqp", 0, 0, NULL, MINUS_ZERO, NULL, "c07e000000000000 0000000000000000", MINUS_NORMAL },
        { "xscvsdqp", 0, 0, NULL, "ffffffffffffffff 0123456789abcdef", NULL, MINUS_ONE, MINUS_NORMAL },
        { "xscvudqp", 0, 0, NULL, "ffffffffffffffff 0123456789abcdef", NULL,
          "403effffffffffff fffe000000000000", NORMAL },
        { "xscvsqqp", 0, 3, NULL, ZERO, NULL, ZERO, PLUS_ZERO });
}
END_TEST

/* ---- comparisons ----------------------------------------------------------------------------- */

START_TEST(comparisons)
{
    static const struct {
        const char *name, *a, *b;
        uint64_t fpscr, raised;
        unsigned condition;
    } cases[] = {
        { "xscmpuqp", ONE, ONE_1, 0, 0, CR_LT },
        { "xscmpuqp", ONE, MINUS_ONE, 0, 0, CR_GT },
        { "xscmpoqp", ZERO, MINUS_ZERO, 0, 0, CR_EQ },
        { "xscmpuqp", QUIET, ONE, 0, 0, CR_SO },
        { "xscmpuqp", SIGNALLING, ONE, 0, FPSCR_VXSNAN, CR_SO },
        { "xscmpoqp", QUIET, ONE, 0, FPSCR_VXVC, CR_SO },
        { "xscmpoqp", QUIET, ONE, FPSCR_VE, FPSCR_VXVC, CR_SO },
        { "xscmpoqp", QUIET, SIGNALLING, 0, FPSCR_VXVC | FPSCR_VXSNAN, CR_SO },
        { "xscmpoqp", QUIET, SIGNALLING, FPSCR_VE, FPSCR_VXSNAN, CR_SO },
        { "xscmpexpqp", ONE, ONE_1, 0, 0, CR_EQ },
        { "xscmpexpqp", HALF, ONE, 0, 0, CR_LT },
        { "xscmpexpqp", SIGNALLING, ONE, 0, 0, CR_SO },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        CPU_VR(c, A) = vector(cases[i].a);
        CPU_VR(c, B) = vector(cases[i].b);
        c->fpscr = cases[i].fpscr;
        ck_assert(execute(cases[i].name, 5 << 23 | A << 16 | B << 11));
        ck_assert_uint_eq(c->crf[5], cases[i].condition);
        ck_assert_msg((c->fpscr & (FPSCR_EXCEPTIONS | FPSCR_FPCC)) ==
                          (cases[i].raised | PPC_FIELD_PUT((uint64_t)cases[i].condition, 48, 51)),
                      "case %zu: FPSCR %llx", i, (unsigned long long)c->fpscr);
    }
}
END_TEST

START_TEST(masks_and_choices)
{
    EXPECT_ALL(
        { "xscmpeqqp", 0, 0, ZERO, MINUS_ZERO, NULL, ONES, 0 },
        { "xscmpeqqp", 0, 0, QUIET, QUIET, NULL, ZERO, 0 },
        { "xscmpeqqp", 0, 0, SIGNALLING, ONE, NULL, ZERO, FPSCR_FX | FPSCR_VXSNAN },
        { "xscmpeqqp", 0, FPSCR_VE, SIGNALLING, ONE, NULL, OLD, FPSCR_FX | FPSCR_VXSNAN },
        { "xscmpgeqp", 0, 0, ONE, ONE, NULL, ONES, 0 }, { "xscmpgeqp", 0, 0, ONE, ONE_1, NULL, ZERO, 0 },
        { "xscmpgtqp", 0, 0, ONE_1, ONE, NULL, ONES, 0 }, { "xscmpgtqp", 0, 0, ONE, ONE, NULL, ZERO, 0 },
        { "xscmpgtqp", 0, 0, QUIET, ONE, NULL, ZERO, FPSCR_FX | FPSCR_VXVC },
        { "xscmpgtqp", 0, FPSCR_VE, QUIET, ONE, NULL, OLD, FPSCR_FX | FPSCR_VXVC },
        { "xscmpgeqp", 0, 0, ONE, SIGNALLING, NULL, ZERO, FPSCR_FX | FPSCR_VXVC | FPSCR_VXSNAN },
        { "xscmpgeqp", 0, FPSCR_VE, ONE, SIGNALLING, NULL, OLD, FPSCR_FX | FPSCR_VXSNAN },
        { "xsmaxcqp", 0, 0, ONE_1, ONE, NULL, ONE_1, 0 }, { "xsmincqp", 0, 0, ONE_1, ONE, NULL, ONE, 0 },
        { "xsmaxcqp", 0, 0, ZERO, MINUS_ZERO, NULL, MINUS_ZERO, 0 },
        { "xsmaxcqp", 0, 0, QUIET, ONE, NULL, ONE, 0 }, { "xsmincqp", 0, 0, ONE, QUIET, NULL, QUIET, 0 },
        { "xsmaxcqp", 0, FPSCR_VE, ONE, SIGNALLING, NULL, OLD, FPSCR_FX | FPSCR_VXSNAN });
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("quad precision");
    TCase *tests = tcase_create("instructions");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, rounding_to_odd);
    tcase_add_test(tests, multiply_add_rounds_before_it_negates);
    tcase_add_test(tests, modes_of_the_instruction);
    tcase_add_test(tests, enabled_exceptions_keep_the_target);
    tcase_add_test(tests, enabled_overflow_and_underflow_wrap_the_exponent);
    tcase_add_test(tests, an_enabled_exception_interrupts);
    tcase_add_test(tests, to_integers);
    tcase_add_test(tests, from_integers);
    tcase_add_test(tests, comparisons);
    tcase_add_test(tests, masks_and_choices);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
