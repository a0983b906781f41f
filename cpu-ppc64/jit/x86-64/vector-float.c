/* Vector floating point. As in float.c: exact, or left to the interpreter, which is the case of all vectors with a
 * NaN among their results, or among what is compared. */
#include "cpu-ppc64/jit/x86-64/backend-internal.h"

enum { S = XMM_SCRATCH + 1, S2 = XMM_SCRATCH };

enum {
    CMPPS = X86_OP(1, 0xc2), /* with X86_66: doubles */
    UNORDERED = 3,
    ANDPS = X86_OP(1, 0x54),
    ORPS = X86_OP(1, 0x56),
    XORPS = X86_OP(1, 0x57),
    PTEST = X86_66 | X86_OP(2, 0x17),
    PCMPEQD = X86_66 | X86_OP(1, 0x76),
    MAXPS = X86_OP(1, 0x5f),
    MINPS = X86_OP(1, 0x5d),
    CVTDQ2PS = X86_OP(1, 0x5b),
    CVTDQ2PD = X86_F3 | X86_OP(1, 0xe6),
    CVTTPS2DQ = X86_F3 | X86_OP(1, 0x5b),
    CVTTPD2DQ = X86_66 | X86_OP(1, 0xe6),
    CVTPS2PD = X86_OP(1, 0x5a),
    CVTPD2PS = X86_66 | X86_OP(1, 0x5a),
    CVTSI2SD = X86_F2 | X86_OP(1, 0x2a),
    PEXTRQ = X86_66 | X86_OP(3, 0x16),
    UNPCKLPD = X86_66 | X86_OP(1, 0x14),
    ROUNDPS = X86_66 | X86_OP(3, 0x08),
    ROUNDPD = X86_66 | X86_OP(3, 0x09),
    VFMADD231 = X86_66 | X86_OP(2, 0xb8),
    VFMSUB231 = X86_66 | X86_OP(2, 0xba),
};

/* Opcodes of singles; doubles have the prefix 66. */
static const uint16_t plain[] = {
    [IR_VFP_ADD] = X86_OP(1, 0x58),
    [IR_VFP_SUB] = X86_OP(1, 0x5c),
    [IR_VFP_MUL] = X86_OP(1, 0x59),
    [IR_VFP_DIV] = X86_OP(1, 0x5e),
    [IR_VFP_SQRT] = X86_OP(1, 0x51),
};

static unsigned sized(const struct ir_insn *i, unsigned op)
{
    return i->access.size == 8 ? X86_66 | op : op;
}

/* Leaves if x and y have an element where one is a NaN. */
static void leave_if_unordered(struct backend *b, const struct ir_insn *i, struct stub **s, unsigned x, unsigned y)
{
    x86_sse_rr(&b->a, SSE_MOVAPS, S2, x);
    x86_sse_rr(&b->a, sized(i, CMPPS), S2, y);
    x86_byte(&b->a, UNORDERED);
    x86_sse_rr(&b->a, PTEST, S2, S2);
    leave_if(b, s, CC_NE);
}

static void two(struct backend *b, unsigned op, unsigned x, unsigned y)
{
    x86_sse_rr(&b->a, SSE_MOVAPS, S, x);
    x86_sse_rr(&b->a, op, S, y);
}

static void fused(struct backend *b, const struct ir_insn *i, unsigned x, unsigned y, unsigned z)
{
    bool subtracts = i->sub == IR_VFP_MSUB || i->sub == IR_VFP_NMSUB;

    x86_sse_rr(&b->a, SSE_MOVAPS, S, z);
    x86_vex_rrr(&b->a, subtracts ? VFMSUB231 : VFMADD231, i->access.size == 8, false, S, x, y);
}

/* Of equal numbers, which can only be zeros of different sign, the host takes the second one: both ways, and the signs
 * put together. */
static void extreme(struct backend *b, const struct ir_insn *i, unsigned x, unsigned y)
{
    unsigned op = sized(i, i->sub == IR_VFP_MAX ? MAXPS : MINPS);

    two(b, op, x, y);
    x86_sse_rr(&b->a, SSE_MOVAPS, S2, y);
    x86_sse_rr(&b->a, op, S2, x);
    x86_sse_rr(&b->a, i->sub == IR_VFP_MAX ? ANDPS : ORPS, S, S2);
}

static void compare(struct backend *b, const struct ir_insn *i, unsigned x, unsigned y)
{
    two(b, sized(i, CMPPS), x, y);
    x86_byte(&b->a, i->sub == IR_VFP_EQ ? 0 : i->sub == IR_VFP_LT ? 1 : 2);
}

static void round_integral(struct backend *b, const struct ir_insn *i, unsigned x)
{
    enum { NO_INEXACT = 8, DOWN = 1, UP = 2, TO_ZERO = 3 };
    unsigned how = i->sub == IR_VFP_TRUNC ? TO_ZERO : i->sub == IR_VFP_CEIL ? UP : DOWN;

    x86_sse_rr(&b->a, i->access.size == 8 ? ROUNDPD : ROUNDPS, S, x);
    x86_byte(&b->a, how | NO_INEXACT);
}

static void from_s64(struct backend *b, unsigned x)
{
    struct x86_asm *a = &b->a;

    x86_sse_rr(a, XORPS, S, S);
    x86_sse_rr(a, XORPS, S2, S2);
    x86_movq_from_xmm(a, 8, RAX, x);
    x86_rr(a, CVTSI2SD, true, S, RAX, false);
    x86_rr(a, PEXTRQ, true, x, RAX, false);
    x86_byte(a, 1);
    x86_rr(a, CVTSI2SD, true, S2, RAX, false);
    x86_sse_rr(a, UNPCKLPD, S, S2);
}

/* What cannot be converted becomes the least integer; so does that number itself. */
static void to_s32(struct backend *b, const struct ir_insn *i, struct stub **s, unsigned x)
{
    const uint64_t least = UINT64_C(0x8000000080000000);

    x86_sse_rr(&b->a, i->access.size == 8 ? CVTTPD2DQ : CVTTPS2DQ, S, x);
    load_literal(b, S2, least, least);
    x86_sse_rr(&b->a, PCMPEQD, S2, S);
    x86_sse_rr(&b->a, PTEST, S2, S2);
    leave_if(b, s, CC_NE);
}

static bool compares(unsigned sub)
{
    return sub >= IR_VFP_MAX && sub <= IR_VFP_LE;
}

static bool never_nan(unsigned sub)
{
    return compares(sub) || (sub >= IR_VFP_FROM_S32 && sub <= IR_VFP_TO_S32);
}

void emit_vfp(struct backend *b, struct ir_insn *i)
{
    struct x86_asm *a = &b->a;
    unsigned x = use_xmm(b, i->a), y = i->b ? use_xmm(b, i->b) : 0, z = i->c ? use_xmm(b, i->c) : 0, to;
    struct stub *s = exit_stub(b, i);

    release_operands(b);
    to = def_xmm(b);
    if (compares(i->sub))
        leave_if_unordered(b, i, &s, x, y);
    switch ((enum ir_vfp)i->sub) {
    case IR_VFP_ADD:
    case IR_VFP_SUB:
    case IR_VFP_MUL:
    case IR_VFP_DIV:
        two(b, sized(i, plain[i->sub]), x, y);
        break;
    case IR_VFP_SQRT: x86_sse_rr(a, sized(i, plain[i->sub]), S, x); break;
    case IR_VFP_MADD:
    case IR_VFP_MSUB:
    case IR_VFP_NMADD:
    case IR_VFP_NMSUB:
        fused(b, i, x, y, z);
        break;
    case IR_VFP_MAX:
    case IR_VFP_MIN:
        extreme(b, i, x, y);
        break;
    case IR_VFP_EQ:
    case IR_VFP_LT:
    case IR_VFP_LE:
        compare(b, i, x, y);
        break;
    case IR_VFP_TRUNC:
    case IR_VFP_CEIL:
    case IR_VFP_FLOOR:
        round_integral(b, i, x);
        break;
    case IR_VFP_FROM_S32: x86_sse_rr(a, i->access.size == 8 ? CVTDQ2PD : CVTDQ2PS, S, x); break;
    case IR_VFP_FROM_S64: from_s64(b, x); break;
    case IR_VFP_TO_S32: to_s32(b, i, &s, x); break;
    case IR_VFP_WIDEN: x86_sse_rr(a, CVTPS2PD, S, x); break;
    case IR_VFP_NARROW: x86_sse_rr(a, CVTPD2PS, S, x); break;
    }
    if (!never_nan(i->sub)) {
        const struct ir_insn result = { .access.size = i->sub == IR_VFP_NARROW ? 4 : i->access.size };

        leave_if_unordered(b, &result, &s, S, S);
    }
    if (i->sub == IR_VFP_NMADD || i->sub == IR_VFP_NMSUB) {
        uint64_t signs = i->access.size == 8 ? UINT64_C(1) << 63 : UINT64_C(0x8000000080000000);

        x86_sse_rm(a, XORPS, S, literal_mem());
        use_literal(b, signs, signs, 0);
    }
    x86_sse_rr(a, SSE_MOVAPS, to, S);
}
