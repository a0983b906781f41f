/* The instructions' side of the floating-point oracle: each vector is executed by every instruction that computes
 * it, of FPRs, of VSRs and of vectors, and what comes out of the registers, FPSCR and the condition register is
 * compared with what the book makes of the outcome. [ISA3.0 I 4.2.2, 4.4, 7.4] */
#include "tests/cpu-ppc64/fpu-oracle.h"

#include <stdio.h>
#include <string.h>

#include "cpu-ppc64/interp/op.h"

/* Where operands stand: A, B and C are registers 4, 5 and 6, the target is 3 (an operand too where it says so). */
enum form { AB, AC, B_ONLY, ACB, MADD_A, MADD_M };

/* What the result is: a number or an integer in doubleword 0, in its low word, in both doublewords, in four
 * words, in the upper words of the doublewords, in all; or a condition. */
enum where { IN_D0, IN_LOW_WORD, IN_DOUBLES, IN_WORDS, IN_UPPER_WORDS, IN_ALL, CONDITION, ORDERED_CONDITION };

enum {
    ANY = -1,       /* FPSCR chooses the rounding */
    ODD = FP_TO_ODD /* RO does */
};

static const struct instruction {
    enum kind_id kind;
    enum operation op;
    const char *name;
    enum form form;
    enum where where;
    int rounding;
    unsigned bits;   /* of the integer, or 0 */
    uint32_t extra;  /* operand bits */
    bool is_integer; /* a result without FPRF */
    bool is_silent;  /* inexact is not told */
} instructions[] = {
#define SCALARS(op, f, x)                                                                                             \
    { DOUBLES, op, "f" f, AB, IN_D0, ANY, 0, 0, 0, 0 }, { DOUBLES, op, "xs" x "dp", AB, IN_D0, ANY, 0, 0, 0, 0 },     \
        { DOUBLES, op, "xv" x "dp", AB, IN_DOUBLES, ANY, 0, 0, 0, 0 },                                                \
        { SINGLES, op, "xv" x "sp", AB, IN_WORDS, ANY, 0, 0, 0, 0 },                                                  \
        { DOUBLES_TO_SINGLE, op, "f" f "s", AB, IN_D0, ANY, 0, 0, 0, 0 },                                             \
        { DOUBLES_TO_SINGLE, op, "xs" x "sp", AB, IN_D0, ANY, 0, 0, 0, 0 },                                           \
        { QUADS, op, "xs" x "qp", AB, IN_ALL, ANY, 0, 0, 0, 0 }, { QUADS, op, "xs" x "qp", AB, IN_ALL, ODD, 0, 1, 0, 0 }
    SCALARS(ADD, "add", "add"),
    SCALARS(SUBTRACT, "sub", "sub"),
    SCALARS(DIVIDE, "div", "div"),
#define PRODUCTS(f, x, kind, form, where) { kind, MULTIPLY, f x, form, where, ANY, 0, 0, 0, 0 }
    PRODUCTS("fmul", "", DOUBLES, AC, IN_D0),
    PRODUCTS("fmul", "s", DOUBLES_TO_SINGLE, AC, IN_D0),
    PRODUCTS("xsmul", "dp", DOUBLES, AB, IN_D0),
    PRODUCTS("xsmul", "sp", DOUBLES_TO_SINGLE, AB, IN_D0),
    PRODUCTS("xvmul", "dp", DOUBLES, AB, IN_DOUBLES),
    PRODUCTS("xvmul", "sp", SINGLES, AB, IN_WORDS),
    PRODUCTS("xsmul", "qp", QUADS, AB, IN_ALL),
    { QUADS, MULTIPLY, "xsmulqp", AB, IN_ALL, ODD, 0, 1, 0, 0 },
#define FUSED(op, f)                                                                                                  \
    { DOUBLES, op, "f" f, ACB, IN_D0, ANY, 0, 0, 0, 0 }, { DOUBLES, op, "xs" f "adp", MADD_A, IN_D0, ANY, 0, 0, 0, 0 }, \
        { DOUBLES, op, "xs" f "mdp", MADD_M, IN_D0, ANY, 0, 0, 0, 0 },                                                \
        { DOUBLES, op, "xv" f "adp", MADD_A, IN_DOUBLES, ANY, 0, 0, 0, 0 },                                           \
        { DOUBLES, op, "xv" f "mdp", MADD_M, IN_DOUBLES, ANY, 0, 0, 0, 0 },                                           \
        { SINGLES, op, "xv" f "asp", MADD_A, IN_WORDS, ANY, 0, 0, 0, 0 },                                             \
        { SINGLES, op, "xv" f "msp", MADD_M, IN_WORDS, ANY, 0, 0, 0, 0 },                                             \
        { DOUBLES_TO_SINGLE, op, "f" f "s", ACB, IN_D0, ANY, 0, 0, 0, 0 },                                            \
        { DOUBLES_TO_SINGLE, op, "xs" f "asp", MADD_A, IN_D0, ANY, 0, 0, 0, 0 },                                      \
        { DOUBLES_TO_SINGLE, op, "xs" f "msp", MADD_M, IN_D0, ANY, 0, 0, 0, 0 },                                      \
        { QUADS, op, "xs" f "qp", MADD_A, IN_ALL, ANY, 0, 0, 0, 0 },                                                  \
        { QUADS, op, "xs" f "qp", MADD_A, IN_ALL, ODD, 0, 1, 0, 0 }
    FUSED(MULTIPLY_ADD, "madd"),
    FUSED(MULTIPLY_SUBTRACT, "msub"),
    FUSED(NEGATIVE_MULTIPLY_ADD, "nmadd"),
    FUSED(NEGATIVE_MULTIPLY_SUBTRACT, "nmsub"),
#define UNARY(kind, op, name, where, rounding) { kind, op, name, B_ONLY, where, rounding, 0, 0, 0, 0 }
#define SILENT(kind, name, where, rounding) { kind, TO_INTEGRAL, name, B_ONLY, where, rounding, 0, 0, 0, 1 }
    UNARY(DOUBLES, ROOT, "fsqrt", IN_D0, ANY),
    UNARY(DOUBLES, ROOT, "xssqrtdp", IN_D0, ANY),
    UNARY(DOUBLES, ROOT, "xvsqrtdp", IN_DOUBLES, ANY),
    UNARY(SINGLES, ROOT, "xvsqrtsp", IN_WORDS, ANY),
    UNARY(DOUBLES_TO_SINGLE, ROOT, "fsqrts", IN_D0, ANY),
    UNARY(DOUBLES_TO_SINGLE, ROOT, "xssqrtsp", IN_D0, ANY),
    UNARY(QUADS, ROOT, "xssqrtqp", IN_ALL, ANY),
    { QUADS, ROOT, "xssqrtqp", B_ONLY, IN_ALL, ODD, 0, 1, 0, 0 },
    UNARY(SINGLES, TO_HALF, "xvcvsphp", IN_WORDS, ANY),
    UNARY(SINGLES, TO_BFLOAT, "xvcvspbf16", IN_WORDS, ANY),
    UNARY(DOUBLES, TO_HALF, "xscvdphp", IN_D0, ANY),
    UNARY(DOUBLES, TO_SINGLE, "xvcvdpsp", IN_UPPER_WORDS, ANY),
    UNARY(DOUBLES, TO_SINGLE, "xscvdpsp", IN_UPPER_WORDS, ANY),
    UNARY(DOUBLES, TO_SINGLE, "frsp", IN_D0, ANY),
    UNARY(DOUBLES, TO_SINGLE, "xsrsp", IN_D0, ANY),
    UNARY(SINGLES, TO_DOUBLE, "xscvspdp", IN_D0, ANY),
    UNARY(SINGLES, TO_DOUBLE, "xvcvspdp", IN_DOUBLES, ANY),
    UNARY(DOUBLES, TO_QUAD, "xscvdpqp", IN_ALL, ANY),
    UNARY(QUADS, TO_DOUBLE, "xscvqpdp", IN_D0, ANY),
    { QUADS, TO_DOUBLE, "xscvqpdp", B_ONLY, IN_D0, ODD, 0, 1, 0, 0 },
#define R (1u << 16)
#define RMC(n) ((unsigned)(n) << 9)
#define EX 1u
#define QUAD_ROUNDING(op, name, ex, silent)                                                                           \
    { QUADS, op, name, B_ONLY, IN_ALL, FP_NEAREST_AWAY, 0, RMC(0) | (ex), 0, silent },                                \
        { QUADS, op, name, B_ONLY, IN_ALL, ANY, 0, RMC(3) | (ex), 0, silent },                                        \
        { QUADS, op, name, B_ONLY, IN_ALL, FP_NEAREST_EVEN, 0, R | RMC(0) | (ex), 0, silent },                        \
        { QUADS, op, name, B_ONLY, IN_ALL, FP_TO_ZERO, 0, R | RMC(1) | (ex), 0, silent },                             \
        { QUADS, op, name, B_ONLY, IN_ALL, FP_UP, 0, R | RMC(2) | (ex), 0, silent },                                  \
        { QUADS, op, name, B_ONLY, IN_ALL, FP_DOWN, 0, R | RMC(3) | (ex), 0, silent }
    QUAD_ROUNDING(TO_EXTENDED, "xsrqpxp", 0, 0),
    QUAD_ROUNDING(TO_INTEGRAL, "xsrqpi", EX, 0),
    QUAD_ROUNDING(TO_INTEGRAL, "xsrqpi", 0, 1),
    UNARY(DOUBLES, TO_INTEGRAL, "xsrdpic", IN_D0, ANY),
    UNARY(DOUBLES, TO_INTEGRAL, "xvrdpic", IN_DOUBLES, ANY),
    UNARY(SINGLES, TO_INTEGRAL, "xvrspic", IN_WORDS, ANY),
    SILENT(DOUBLES, "frin", IN_D0, FP_NEAREST_AWAY),
    SILENT(DOUBLES, "friz", IN_D0, FP_TO_ZERO),
    SILENT(DOUBLES, "frip", IN_D0, FP_UP),
    SILENT(DOUBLES, "frim", IN_D0, FP_DOWN),
    SILENT(DOUBLES, "xsrdpi", IN_D0, FP_NEAREST_AWAY),
    SILENT(DOUBLES, "xsrdpiz", IN_D0, FP_TO_ZERO),
    SILENT(DOUBLES, "xsrdpip", IN_D0, FP_UP),
    SILENT(DOUBLES, "xsrdpim", IN_D0, FP_DOWN),
    SILENT(DOUBLES, "xvrdpi", IN_DOUBLES, FP_NEAREST_AWAY),
    SILENT(DOUBLES, "xvrdpiz", IN_DOUBLES, FP_TO_ZERO),
    SILENT(DOUBLES, "xvrdpip", IN_DOUBLES, FP_UP),
    SILENT(DOUBLES, "xvrdpim", IN_DOUBLES, FP_DOWN),
    SILENT(SINGLES, "xvrspi", IN_WORDS, FP_NEAREST_AWAY),
    SILENT(SINGLES, "xvrspiz", IN_WORDS, FP_TO_ZERO),
    SILENT(SINGLES, "xvrspip", IN_WORDS, FP_UP),
    SILENT(SINGLES, "xvrspim", IN_WORDS, FP_DOWN),
    UNARY(DOUBLES, FROM_SIGNED, "fcfid", IN_D0, ANY),
    UNARY(DOUBLES, FROM_UNSIGNED, "fcfidu", IN_D0, ANY),
    UNARY(DOUBLES, FROM_SIGNED, "xscvsxddp", IN_D0, ANY),
    UNARY(DOUBLES, FROM_UNSIGNED, "xscvuxddp", IN_D0, ANY),
    UNARY(DOUBLES, FROM_SIGNED, "xvcvsxddp", IN_DOUBLES, ANY),
    UNARY(DOUBLES, FROM_UNSIGNED, "xvcvuxddp", IN_DOUBLES, ANY),
    UNARY(SINGLES, FROM_SIGNED, "xvcvsxdsp", IN_UPPER_WORDS, ANY),
    UNARY(SINGLES, FROM_UNSIGNED, "xvcvuxdsp", IN_UPPER_WORDS, ANY),
    UNARY(DOUBLES_TO_SINGLE, FROM_SIGNED, "fcfids", IN_D0, ANY),
    UNARY(DOUBLES_TO_SINGLE, FROM_UNSIGNED, "fcfidus", IN_D0, ANY),
    UNARY(DOUBLES_TO_SINGLE, FROM_SIGNED, "xscvsxdsp", IN_D0, ANY),
    UNARY(DOUBLES_TO_SINGLE, FROM_UNSIGNED, "xscvuxdsp", IN_D0, ANY),
    UNARY(QUADS, FROM_SIGNED, "xscvsqqp", IN_ALL, ANY),
    UNARY(QUADS, FROM_UNSIGNED, "xscvuqqp", IN_ALL, ANY),
#define INTEGER(kind, op, name, where, rounding, bits) { kind, op, name, B_ONLY, where, rounding, bits, 0, 1, 0 }
    INTEGER(DOUBLES, TO_SIGNED, "fctiw", IN_LOW_WORD, ANY, 32),
    INTEGER(DOUBLES, TO_SIGNED, "fctiwz", IN_LOW_WORD, FP_TO_ZERO, 32),
    INTEGER(DOUBLES, TO_UNSIGNED, "fctiwu", IN_LOW_WORD, ANY, 32),
    INTEGER(DOUBLES, TO_UNSIGNED, "fctiwuz", IN_LOW_WORD, FP_TO_ZERO, 32),
    INTEGER(DOUBLES, TO_SIGNED, "fctid", IN_D0, ANY, 64),
    INTEGER(DOUBLES, TO_SIGNED, "fctidz", IN_D0, FP_TO_ZERO, 64),
    INTEGER(DOUBLES, TO_UNSIGNED, "fctidu", IN_D0, ANY, 64),
    INTEGER(DOUBLES, TO_UNSIGNED, "fctiduz", IN_D0, FP_TO_ZERO, 64),
    INTEGER(DOUBLES, TO_SIGNED, "xscvdpsxws", IN_LOW_WORD, FP_TO_ZERO, 32),
    INTEGER(DOUBLES, TO_UNSIGNED, "xscvdpuxws", IN_LOW_WORD, FP_TO_ZERO, 32),
    INTEGER(DOUBLES, TO_SIGNED, "xscvdpsxds", IN_D0, FP_TO_ZERO, 64),
    INTEGER(DOUBLES, TO_UNSIGNED, "xscvdpuxds", IN_D0, FP_TO_ZERO, 64),
    INTEGER(DOUBLES, TO_SIGNED, "xvcvdpsxws", IN_UPPER_WORDS, FP_TO_ZERO, 32),
    INTEGER(DOUBLES, TO_UNSIGNED, "xvcvdpuxws", IN_UPPER_WORDS, FP_TO_ZERO, 32),
    INTEGER(DOUBLES, TO_SIGNED, "xvcvdpsxds", IN_DOUBLES, FP_TO_ZERO, 64),
    INTEGER(DOUBLES, TO_UNSIGNED, "xvcvdpuxds", IN_DOUBLES, FP_TO_ZERO, 64),
    INTEGER(SINGLES, TO_SIGNED, "xvcvspsxws", IN_WORDS, FP_TO_ZERO, 32),
    INTEGER(SINGLES, TO_UNSIGNED, "xvcvspuxws", IN_WORDS, FP_TO_ZERO, 32),
    INTEGER(SINGLES, TO_SIGNED, "xvcvspsxds", IN_DOUBLES, FP_TO_ZERO, 64),
    INTEGER(SINGLES, TO_UNSIGNED, "xvcvspuxds", IN_DOUBLES, FP_TO_ZERO, 64),
    INTEGER(QUADS, TO_SIGNED, "xscvqpswz", IN_D0, FP_TO_ZERO, 32),
    INTEGER(QUADS, TO_UNSIGNED, "xscvqpuwz", IN_D0, FP_TO_ZERO, 32),
    INTEGER(QUADS, TO_SIGNED, "xscvqpsdz", IN_D0, FP_TO_ZERO, 64),
    INTEGER(QUADS, TO_UNSIGNED, "xscvqpudz", IN_D0, FP_TO_ZERO, 64),
    INTEGER(QUADS, TO_SIGNED, "xscvqpsqz", IN_ALL, FP_TO_ZERO, 128),
    INTEGER(QUADS, TO_UNSIGNED, "xscvqpuqz", IN_ALL, FP_TO_ZERO, 128),
    { DOUBLES, COMPARE, "fcmpu", AB, CONDITION, ANY, 0, 0, 0, 0 },
    { DOUBLES, COMPARE, "fcmpo", AB, ORDERED_CONDITION, ANY, 0, 0, 0, 0 },
    { DOUBLES, COMPARE, "xscmpudp", AB, CONDITION, ANY, 0, 0, 0, 0 },
    { DOUBLES, COMPARE, "xscmpodp", AB, ORDERED_CONDITION, ANY, 0, 0, 0, 0 },
    { QUADS, COMPARE, "xscmpuqp", AB, CONDITION, ANY, 0, 0, 0, 0 },
    { QUADS, COMPARE, "xscmpoqp", AB, ORDERED_CONDITION, ANY, 0, 0, 0, 0 },
};

enum { INSTRUCTIONS = sizeof instructions / sizeof instructions[0] };

static struct cpu *c;
static unsigned ids[INSTRUCTIONS];

static uint64_t no_time(void *hv)
{
    (void)hv;
    return 0;
}

static void nothing(void *hv)
{
    (void)hv;
}

bool instructions_start(void)
{
    static const struct cpu_hv_ops ops = { .timebase = no_time, .lock = nothing, .unlock = nothing };
    struct mem *mem = mem_new(1 << 16, NULL);

    c = mem ? cpu_new(cpu_model_find("POWER10", NULL), mem, &ops, NULL, 0, NULL) : NULL;
    if (!c)
        return false;
    cpu_set_msr(c, MSR_SF | MSR_FP | MSR_VEC | MSR_VSX);
    for (unsigned n = 0; n < INSTRUCTIONS; n++) {
        while (ids[n] < ISA_COUNT && strcmp(isa_row(ids[n])->name, instructions[n].name))
            ids[n]++;
        if (ids[n] == ISA_COUNT)
            printf("fpu-oracle: no row %s\n", instructions[n].name);
    }
    return true;
}

/* ---- what the book makes of an outcome ---- */

/* Sign, class: FPRF without its place. */
static unsigned class_of(const struct format *f, u128 bits)
{
    const bool negative = bits >> (f->width - 1) & 1;
    const unsigned exponent = exponent_of(f, bits), top = 2 * (unsigned)f->emax + 1;
    const bool has_fraction = bits & fraction_mask(f);

    if (exponent == top)
        return has_fraction ? 17 : negative ? 9 : 5;
    if (!exponent && !has_fraction)
        return negative ? 18 : 2;
    return (negative ? 8u : 4u) | (exponent ? 0 : 16u);
}

static uint64_t summarised(uint64_t fpscr)
{
    static const struct { uint64_t exception, enable; } pairs[] = { { FPSCR_VX, FPSCR_VE }, { FPSCR_OX, FPSCR_OE },
                                                                    { FPSCR_UX, FPSCR_UE }, { FPSCR_ZX, FPSCR_ZE },
                                                                    { FPSCR_XX, FPSCR_XE } };

    fpscr &= ~(FPSCR_VX | FPSCR_FEX);
    if (fpscr & FPSCR_VX_ALL)
        fpscr |= FPSCR_VX;
    for (unsigned i = 0; i < 5; i++)
        if (fpscr & pairs[i].exception && fpscr & pairs[i].enable)
            fpscr |= FPSCR_FEX;
    return fpscr;
}

static uint64_t raised_by(const struct vector *v, const struct instruction *i, const struct outcome *o)
{
    const struct format *f = kinds[v->kind].from;
    const bool signalling = (is_nan(f, v->a) && !(v->a >> (f->precision - 2) & 1)) ||
                            (is_nan(f, v->b) && !(v->b >> (f->precision - 2) & 1));
    uint64_t raised = o->raised;

    if (v->op == COMPARE) {
        raised = signalling ? FPSCR_VXSNAN : 0;
        /* The second reason only if the first did not stop it. */
        if (i->where == ORDERED_CONDITION && o->bits == 3 && !(signalling && v->fpscr & FPSCR_VE))
            raised |= FPSCR_VXVC;
    }
    return i->is_silent ? raised & ~FPSCR_XX : raised;
}

/* An exception that is enabled keeps the target as it is: invalid operations and divisions by zero do in scalar
 * instructions, all of them in vector ones, for all elements. [ISA3.0 I 7.4] */
static bool is_suppressed(const struct vector *v, const struct instruction *i, uint64_t raised)
{
    if (v->op == COMPARE)
        return false;
    if (i->name[1] != 'v')
        raised &= FPSCR_VX_ALL | FPSCR_ZX;
    return summarised(raised | (v->fpscr & (FPSCR_VE | FPSCR_OE | FPSCR_UE | FPSCR_ZE | FPSCR_XE))) & FPSCR_FEX;
}

static uint64_t expected_fpscr(const struct vector *v, const struct instruction *i, const struct outcome *o,
                               uint64_t raised, bool suppressed)
{
    uint64_t fpscr = v->fpscr | raised;

    if (raised & ~v->fpscr)
        fpscr |= FPSCR_FX;
    fpscr = summarised(fpscr);
    if (i->name[1] == 'v') /* vectors say nothing of their elements */
        return fpscr;
    if (v->op == COMPARE)
        return (fpscr & ~FPSCR_FPCC) | UINT64_C(0x8000) >> (o->bits == 3 ? 3 : o->bits == 2 ? 1 : o->bits ? 2 : 0);
    fpscr &= ~(FPSCR_FR | FPSCR_FI);
    if (suppressed)
        return fpscr;
    if (!i->is_silent)
        fpscr |= (o->fr ? FPSCR_FR : 0) | (o->fi ? FPSCR_FI : 0);
    if (i->is_integer)
        return fpscr; /* FPRF is undefined, and kept here */
    u128 bits = o->bits;

    if (kinds[v->kind].result == FP_DOUBLE_SINGLE) /* the class is the single's */
        bits = fp_single_from_double((uint64_t)bits);
    return (fpscr & ~FPSCR_FPRF) | (uint64_t)class_of(target_of(v), bits) << 12;
}

/* ---- running one ---- */

static void set_operand(const struct vector *v, union vsr *r, u128 bits)
{
    const bool is_integer = v->op == FROM_SIGNED || v->op == FROM_UNSIGNED;

    if (v->kind == QUADS)
        r->q = bits;
    else if (v->kind == SINGLES && !is_integer)
        r->w[0] = r->w[1] = r->w[2] = r->w[3] = (uint32_t)bits;
    else
        r->d[0] = r->d[1] = (uint64_t)bits;
}

static uint32_t word_of(const struct instruction *i, unsigned id)
{
    static const uint32_t operands[] = {
        [AB] = 3u << 21 | 4 << 16 | 5 << 11,           [AC] = 3u << 21 | 4 << 16 | 5 << 6,
        [B_ONLY] = 3u << 21 | 5 << 11,                 [ACB] = 3u << 21 | 4 << 16 | 5 << 11 | 6 << 6,
        [MADD_A] = 3u << 21 | 4 << 16 | 6 << 11,       [MADD_M] = 3u << 21 | 4 << 16 | 5 << 11,
    };
    uint32_t word = (uint32_t)isa_row(id)->value | operands[i->form] | i->extra;

    return i->where >= CONDITION ? (word & ~(31u << 21)) | 3 << 23 : word;
}

/* The result's bits where they belong, the rest as it is. */
static bool is_expected(const struct vector *v, const struct instruction *i, const union vsr *t, u128 bits)
{
    const uint64_t d = (uint64_t)bits;
    const uint32_t w = (uint32_t)bits;

    switch (i->where) {
    case IN_LOW_WORD: return (uint32_t)t->d[VSR_D(0)] == w;
    case IN_DOUBLES: return t->d[0] == d && t->d[1] == d;
    case IN_WORDS: return t->w[0] == w && t->w[1] == w && t->w[2] == w && t->w[3] == w;
    case IN_UPPER_WORDS: return t->d[VSR_D(0)] >> 32 == w && (i->name[1] != 'v' || t->d[VSR_D(1)] >> 32 == w);
    case IN_ALL: return t->q == bits;
    case CONDITION:
    case ORDERED_CONDITION: return c->crf[3] == 8 >> (bits == 3 ? 3 : bits == 2 ? 1 : bits ? 2 : 0);
    default:
        if (v->op == TO_SINGLE) /* kept in double format */
            return t->d[VSR_D(0)] == fp_double_from_single(w);
        return t->d[VSR_D(0)] == (i->bits == 32 && v->op == TO_UNSIGNED ? w : d);
    }
}

static bool agrees(const struct vector *v, const struct instruction *i, unsigned id, const struct outcome *o)
{
    /* FPRs and VSRs below 32; quads, of instructions with VR operands, in 32 to 63. */
    union vsr *r = v->kind == QUADS || v->op == TO_QUAD ? &c->vsr[32] : &c->vsr[0], before;
    const uint64_t raised = raised_by(v, i, o);
    const bool suppressed = is_suppressed(v, i, raised);
    const uint64_t fpscr = expected_fpscr(v, i, o, raised, suppressed);
    uint32_t word = word_of(i, id);
    bool ok;

    r[3].d[0] = r[3].d[1] = UINT64_C(0x123456789abcdef0);
    set_operand(v, &r[4], v->a);
    set_operand(v, &r[5], v->b);
    set_operand(v, &r[6], v->c);
    if (i->form == MADD_A)
        set_operand(v, &r[3], v->b);
    if (i->form == MADD_M)
        set_operand(v, &r[3], v->c);
    before = r[3];
    c->fpscr = summarised(v->fpscr);
    c->cia = 0x1000;
    c->nia = 0x1004;
    isa_ops[id](c, word);
    ok = suppressed ? r[3].q == before.q : is_expected(v, i, &r[3], o->bits);
    if (ok && c->fpscr == fpscr && c->nia == 0x1004)
        return true;
    show_vector(v);
    printf("  %s (%08x):", i->name, word);
    show_number("register", r[3].q);
    show_number("expected", suppressed ? before.q : o->bits);
    printf(" FPSCR %llx, expected %llx\n", (unsigned long long)c->fpscr, (unsigned long long)fpscr);
    return false;
}

bool instructions_agree(const struct vector *v, const struct outcome *o, unsigned long *count)
{
    for (unsigned n = 0; n < INSTRUCTIONS; n++) {
        const struct instruction *i = &instructions[n];

        if (i->kind != v->kind || i->op != v->op || (i->bits && i->bits != v->bits) ||
            (i->rounding == ANY ? v->rounding > FP_DOWN : i->rounding != (int)v->rounding))
            continue;
        ++*count;
        if (!agrees(v, i, ids[n], o))
            return false;
    }
    return true;
}
