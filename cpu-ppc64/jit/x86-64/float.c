/* Scalar floating point on the host's instructions. Results are exact, or the instruction is left to the interpreter:
 * NaN results (which operand's NaN it is, and why, is not the host's rule), singles where rounding to double first
 * might round twice, conversions out of range. Nothing is overwritten before the last check. */
#include "cpu-ppc64/jit/x86-64/backend-internal.h"

enum { S = XMM_SCRATCH + 1, S2 = XMM_SCRATCH };

#define SIGN_BIT (UINT64_C(1) << 63)

enum {
    ADDSD = X86_F2 | X86_OP(1, 0x58),
    MULSD = X86_F2 | X86_OP(1, 0x59),
    SUBSD = X86_F2 | X86_OP(1, 0x5c),
    DIVSD = X86_F2 | X86_OP(1, 0x5e),
    SQRTSD = X86_F2 | X86_OP(1, 0x51),
    CVTSD2SS = X86_F2 | X86_OP(1, 0x5a),
    CVTSS2SD = X86_F3 | X86_OP(1, 0x5a),
    CVTSI2SD = X86_F2 | X86_OP(1, 0x2a),
    CVTSI2SS = X86_F3 | X86_OP(1, 0x2a),
    CVTTSD2SI = X86_F2 | X86_OP(1, 0x2c),
    ROUNDSD = X86_66 | X86_OP(3, 0x0b),
    CMPSD = X86_F2 | X86_OP(1, 0xc2),
    ANDPS = X86_OP(1, 0x54),
    ANDNPS = X86_OP(1, 0x55),
    ORPS = X86_OP(1, 0x56),
    XORPS = X86_OP(1, 0x57),
    VFMADD231SD = X86_66 | X86_OP(2, 0xb9),
    VFMSUB231SD = X86_66 | X86_OP(2, 0xbb),
};

struct stub *exit_stub(struct backend *b, const struct ir_insn *i)
{
    const struct ir_exit *e = &b->ir->exit[i->extra];
    struct stub *s = new_stub(b, STUB_EXIT);

    s->exit = i->extra;
    s->target = (struct place){ PLACE_NONE, 0 };
    capture_state(b, e->snapshot, &s->first_entry, &s->n_entries);
    return s;
}

/* A stub has room for two jumps; a third gets a stub of its own with the same state. */
void leave_if(struct backend *b, struct stub **s, enum x86_cc cc)
{
    uint8_t *from = x86_jcc(&b->a, cc);

    if (!(*s)->from) {
        (*s)->from = from;
    } else if (!(*s)->from2) {
        (*s)->from2 = from;
    } else {
        struct stub *more = new_stub(b, STUB_EXIT);

        more->exit = (*s)->exit;
        more->first_entry = (*s)->first_entry;
        more->n_entries = (*s)->n_entries;
        more->from = from;
        *s = more;
    }
}

static void constant_to(struct backend *b, unsigned xmm, uint64_t v)
{
    x86_mov_ri(&b->a, RAX, v);
    x86_movq_to_xmm(&b->a, 8, xmm, RAX);
}

/* ---- arithmetic ---- */

/* With single operands, rounding to double first is harmless but in fused operations. */
static bool rounds_twice(const struct ir *ir, const struct ir_insn *i)
{
    switch (i->sub) {
    case IR_FP_ADD:
    case IR_FP_SUB:
    case IR_FP_MUL:
    case IR_FP_DIV:
        return !ir_is_single(ir, i->a) || !ir_is_single(ir, i->b);
    case IR_FP_SQRT:
        return !ir_is_single(ir, i->a);
    case IR_FP_ROUND:
        return false;
    default:
        return true;
    }
}

static bool is_fused(const struct ir_insn *i)
{
    return i->sub >= IR_FP_MADD && i->sub <= IR_FP_NMSUB;
}

/* x and y are the operands, NO_REG where they do not matter. Leaves if the double in S lies half way between two singles, or where singles are denormal. */
static void check_rounding(struct backend *b, struct stub **s, unsigned x, unsigned y)
{
    enum { LEAST_NORMAL_SINGLE = 897 };
    struct x86_asm *a = &b->a;
    uint8_t *between;

    x86_movq_from_xmm(a, 8, RAX, S);
    x86_mov_rr(a, 4, RCX, RAX);
    x86_alu_ri(a, ALU_AND, 4, RCX, 0x1fffffff);
    x86_alu_ri(a, ALU_CMP, 4, RCX, 0x10000000);
    if (x == NO_REG) {
        leave_if(b, s, CC_E);
    } else {
        /* Harmless all the same if the operands have no more digits than singles. */
        between = x86_jcc(a, CC_NE);
        x86_movq_from_xmm(a, 8, RCX, x);
        x86_movq_from_xmm(a, 8, RDX, y);
        x86_alu_rr(a, ALU_OR, 4, RCX, RDX);
        x86_test_ri(a, 4, RCX, 0x1fffffff);
        leave_if(b, s, CC_NE);
        x86_patch(a, between, a->p);
    }
    x86_lea(a, RCX, mem_index(RAX, RAX, 1, -1)); /* zero becomes the greatest number */
    x86_shift_ri(a, SHIFT_SHR, 8, RCX, 53);
    x86_alu_ri(a, ALU_CMP, 4, RCX, LEAST_NORMAL_SINGLE);
    leave_if(b, s, CC_B);
}

static void two(struct backend *b, unsigned op, unsigned x, unsigned y)
{
    x86_sse_rr(&b->a, SSE_MOVAPS, S, x);
    x86_sse_rr(&b->a, op, S, y);
}

static void fused(struct backend *b, unsigned op, unsigned x, unsigned y, unsigned z)
{
    x86_sse_rr(&b->a, SSE_MOVAPS, S, z);
    x86_vex_rrr(&b->a, op, true, false, S, x, y);
}

static void from_integer(struct backend *b, const struct ir_insn *i, struct stub **s, unsigned x)
{
    struct x86_asm *a = &b->a;

    x86_movq_from_xmm(a, 8, RAX, x);
    if (i->sub == IR_FP_FROM_U64) {
        x86_test_rr(a, 8, RAX, RAX);
        leave_if(b, s, CC_S);
    }
    x86_sse_rr(a, XORPS, S, S);
    x86_rr(a, i->access.size == 4 ? CVTSI2SS : CVTSI2SD, true, S, RAX, false);
    if (i->access.size == 4)
        x86_sse_rr(a, CVTSS2SD, S, S);
}

static void round_integral(struct backend *b, unsigned x, unsigned how)
{
    enum { NO_INEXACT = 8 };

    x86_sse_rr(&b->a, SSE_MOVAPS, S, x);
    x86_sse_rr(&b->a, ROUNDSD, S, x);
    x86_byte(&b->a, how | NO_INEXACT);
}

static void emit_fp(struct backend *b, struct ir_insn *i)
{
    struct x86_asm *a = &b->a;
    unsigned x = use_xmm(b, i->a), y = i->b ? use_xmm(b, i->b) : 0, z = i->c ? use_xmm(b, i->c) : 0, to;
    struct stub *s = exit_stub(b, i);

    release_operands(b);
    to = def_xmm(b);
    switch (i->sub) {
    case IR_FP_ADD: two(b, ADDSD, x, y); break;
    case IR_FP_SUB: two(b, SUBSD, x, y); break;
    case IR_FP_MUL: two(b, MULSD, x, y); break;
    case IR_FP_DIV: two(b, DIVSD, x, y); break;
    case IR_FP_SQRT: two(b, SQRTSD, x, x); break;
    case IR_FP_MADD:
    case IR_FP_NMADD:
        fused(b, VFMADD231SD, x, y, z);
        break;
    case IR_FP_MSUB:
    case IR_FP_NMSUB:
        fused(b, VFMSUB231SD, x, y, z);
        break;
    case IR_FP_ROUND: x86_sse_rr(a, SSE_MOVAPS, S, x); break;
    case IR_FP_TRUNC: round_integral(b, x, 3); break;
    case IR_FP_CEIL: round_integral(b, x, 2); break;
    case IR_FP_FLOOR: round_integral(b, x, 1); break;
    default:
        from_integer(b, i, &s, x);
        x86_sse_rr(a, SSE_MOVAPS, to, S);
        return;
    }
    x86_sse_rr(a, X86_UCOMISD, S, S);
    leave_if(b, &s, CC_P);
    if (i->access.size == 4) {
        if (rounds_twice(b->ir, i))
            check_rounding(b, &s, is_fused(i) ? NO_REG : x, i->b ? y : x);
        x86_sse_rr(a, CVTSD2SS, S, S);
        x86_sse_rr(a, CVTSS2SD, S, S);
    }
    if (i->sub == IR_FP_NMADD || i->sub == IR_FP_NMSUB) {
        constant_to(b, S2, SIGN_BIT);
        x86_sse_rr(a, XORPS, S, S2);
    }
    x86_sse_rr(a, SSE_MOVAPS, to, S);
}

static void emit_to_integer(struct backend *b, struct ir_insn *i)
{
    struct x86_asm *a = &b->a;
    unsigned x = use_xmm(b, i->a), to;
    struct stub *s = exit_stub(b, i);

    release_operands(b);
    to = def_xmm(b);
    /* What cannot be converted becomes the least integer, the only one from which 1 cannot be taken. A word is converted
     * as such: what does not fit would be inexact as a doubleword, and that would stay in MXCSR. */
    x86_rr(a, CVTTSD2SI, i->sub == IR_FP_TO_S64, RAX, x, false);
    x86_alu_ri(a, ALU_CMP, i->sub == IR_FP_TO_S64 ? 8 : 4, RAX, 1);
    leave_if(b, &s, CC_O);
    if (i->sub == IR_FP_TO_S32)
        x86_extend(a, 4, true, RAX, RAX);
    if (i->sub == IR_FP_TO_S32_TWICE) {
        x86_mov_rr(a, 4, RCX, RAX);
        x86_shift_ri(a, SHIFT_SHL, 8, RAX, 32);
        x86_alu_rr(a, ALU_OR, 8, RAX, RCX);
    }
    x86_movq_to_xmm(a, 8, to, RAX);
}

static void emit_ordered(struct backend *b, struct ir_insn *i)
{
    unsigned x = use_xmm(b, i->a), y = use_xmm(b, i->b);
    struct stub *s = exit_stub(b, i);

    x86_sse_rr(&b->a, X86_UCOMISD, x, y);
    leave_if(b, &s, CC_P);
}

/* ---- moves ---- */

static void emit_fmove(struct backend *b, struct ir_insn *i)
{
    struct x86_asm *a = &b->a;
    unsigned x = use_xmm(b, i->a), y = i->b ? use_xmm(b, i->b) : 0, z = i->c ? use_xmm(b, i->c) : 0, to;

    x86_sse_rr(a, SSE_MOVAPS, S, x);
    switch (i->sub) {
    case IR_FMOVE_ABS:
        constant_to(b, S2, ~SIGN_BIT);
        x86_sse_rr(a, ANDPS, S, S2);
        break;
    case IR_FMOVE_NEG:
        constant_to(b, S2, SIGN_BIT);
        x86_sse_rr(a, XORPS, S, S2);
        break;
    case IR_FMOVE_NABS:
        constant_to(b, S2, SIGN_BIT);
        x86_sse_rr(a, ORPS, S, S2);
        break;
    case IR_FMOVE_SIGN:
        constant_to(b, S2, ~SIGN_BIT);
        x86_sse_rr(a, ANDPS, S, S2);
        x86_sse_rr(a, ANDNPS, S2, y);
        x86_sse_rr(a, ORPS, S, S2);
        break;
    case IR_FMOVE_SELECT:
        x86_sse_rr(a, XORPS, S, S);
        x86_sse_rr(a, CMPSD, S, x);
        x86_byte(a, 2); /* 0 <= x, not for NaNs */
        x86_sse_rr(a, SSE_MOVAPS, S2, S);
        x86_sse_rr(a, ANDPS, S, y);
        x86_sse_rr(a, ANDNPS, S2, z);
        x86_sse_rr(a, ORPS, S, S2);
        break;
    default:
        break;
    }
    release_operands(b);
    to = def_xmm(b);
    x86_sse_rr(a, SSE_MOVAPS, to, S);
}

bool emit_float(struct backend *b, struct ir_insn *i)
{
    switch (i->op) {
    case IR_FP: emit_fp(b, i); break;
    case IR_FP_TO_I: emit_to_integer(b, i); break;
    case IR_FP_ORDERED: emit_ordered(b, i); break;
    case IR_VFP: emit_vfp(b, i); break;
    case IR_FMOVE: emit_fmove(b, i); break;
    default:
        return false;
    }
    return true;
}
