/* FPSCR from what translated code has left of it; see fpscr.h. */
#include "cpu-ppc64/jit/fpscr.h"

#include <immintrin.h>
#include <string.h>

#include "cpu-ppc64/interp/fp.h"
#include "cpu-ppc64/jit/ir.h"

/* All exceptions masked, rounding to nearest, denormals as they are, no exception recorded. */
enum { MXCSR_DEFAULT = 0x1f80, MXCSR_ZE = 4, MXCSR_OE = 8, MXCSR_UE = 16, MXCSR_PE = 32 };

void jit_fpscr_begin(void)
{
    _mm_setcsr(MXCSR_DEFAULT);
}

/* Invalid operations have not come here; conversions out of range and comparisons raise the host's flag only. */
static uint64_t raised_by_host(void)
{
    unsigned flags = _mm_getcsr();

    return (flags & MXCSR_ZE ? FPSCR_ZX : 0) | (flags & MXCSR_OE ? FPSCR_OX : 0) | (flags & MXCSR_UE ? FPSCR_UX : 0) |
           (flags & MXCSR_PE ? FPSCR_XX : 0);
}

static uint64_t again(struct fp_status *s, enum fp_format to, unsigned op, uint64_t a, uint64_t b, uint64_t c)
{
    struct fp x = fp_double(a), y = fp_double(b), z = fp_double(c);

    switch (op) {
    case IR_FP_ADD: return fp_add(s, to, x, y);
    case IR_FP_SUB: return fp_subtract(s, to, x, y);
    case IR_FP_MUL: return fp_multiply(s, to, x, y);
    case IR_FP_DIV: return fp_divide(s, to, x, y);
    case IR_FP_SQRT: return fp_square_root(s, to, x);
    case IR_FP_MADD: return fp_multiply_add(s, to, x, y, z, false, false);
    case IR_FP_MSUB: return fp_multiply_add(s, to, x, y, z, true, false);
    case IR_FP_NMADD: return fp_multiply_add(s, to, x, y, z, false, true);
    case IR_FP_NMSUB: return fp_multiply_add(s, to, x, y, z, true, true);
    case IR_FP_ROUND: return fp_convert(s, to, x);
    case IR_FP_FROM_S64: return fp_from_integer(s, to, a, true);
    case IR_FP_FROM_U64: return fp_from_integer(s, to, a, false);
    case IR_FP_TRUNC: return fp_round_integral(s, to, x, FP_TO_ZERO, false);
    case IR_FP_CEIL: return fp_round_integral(s, to, x, FP_UP, false);
    default: return fp_round_integral(s, to, x, FP_DOWN, false);
    }
}

static uint64_t rounding_bits(const struct fp_status *s)
{
    return (s->fr ? FPSCR_FR : 0) | (s->fi ? FPSCR_FI : 0);
}

static void settle_arithmetic(struct cpu *c, const uint64_t *notes)
{
    enum fp_format to = notes[0] & IR_FP_SINGLE ? FP_DOUBLE_SINGLE : FP_DOUBLE;
    struct fp_status s = { .rounding = FP_NEAREST_EVEN };
    uint64_t result = again(&s, to, notes[0] & (IR_FP_SINGLE - 1), notes[1], notes[2], notes[3]);

    c->fpscr &= ~(FPSCR_FR | FPSCR_FI | FPSCR_FPRF);
    c->fpscr |= fp_result_flags(to, result) | rounding_bits(&s);
}

static void settle_to_integer(struct cpu *c, unsigned op, uint64_t a)
{
    struct fp_status s = { .rounding = FP_NEAREST_EVEN };

    fp_to_integer(&s, fp_double(a), FP_TO_ZERO, op == IR_FP_TO_S64 ? 64 : 32, true);
    c->fpscr = (c->fpscr & ~(FPSCR_FR | FPSCR_FI)) | rounding_bits(&s);
}

static void settle_comparison(struct cpu *c, uint64_t a, uint64_t b)
{
    static const uint8_t flags[] = { CR_LT, CR_EQ, CR_GT, CR_SO };
    unsigned fpcc = flags[fp_compare(fp_double(a), fp_double(b)) + 1];

    c->fpscr = (c->fpscr & ~FPSCR_FPCC) | PPC_FIELD_PUT(fpcc, 48, 51);
}

void jit_fpscr_settle(struct cpu *c)
{
    uint64_t *arithmetic = &c->fp_notes[0], *to_integer = &c->fp_notes[SLOT_FP_INT_OP - SLOT_NOTES];
    uint64_t *comparison = &c->fp_notes[SLOT_FP_COMPARE_OP - SLOT_NOTES];
    struct fp_status s = { .rounding = FP_NEAREST_EVEN };

    if (!c->fp_pending)
        return;
    s.raised = raised_by_host();
    fp_record(c, &s);
    if (arithmetic[0])
        settle_arithmetic(c, arithmetic);
    if (to_integer[0])
        settle_to_integer(c, (unsigned)to_integer[0], to_integer[1]);
    if (comparison[0])
        settle_comparison(c, comparison[1], comparison[2]);
    arithmetic[0] = to_integer[0] = comparison[0] = 0;
    c->fp_pending = 0;
    _mm_setcsr(MXCSR_DEFAULT);
}
