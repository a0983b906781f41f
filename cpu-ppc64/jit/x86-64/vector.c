/* Vector operations: a row for each, most of them one instruction. With AVX results have a register of their own;
 * without, the first operand is copied. */
#include "cpu-ppc64/jit/x86-64/backend-internal.h"

#include <assert.h>

enum form {
    FORM_NONE,
    FORM_AB,      /* result := op(a, b) */
    FORM_BA,      /* result := op(b, a) */
    FORM_AB_IMM,
    FORM_BA_IMM,
    FORM_A,       /* result := op(a) */
    FORM_A_IMM,
    FORM_SHIFT,   /* group opcode, digit in bits 24 and up; by imm */
    FORM_VEX_AB,  /* only with VEX; W in bit 24 */
    FORM_COPY,
    FORM_BLEND8,
};

#define P66(op) (X86_66 | X86_OP(1, op))
#define P38(op) (X86_66 | X86_OP(2, op))
#define P3A(op) (X86_66 | X86_OP(3, op))
#define DIGIT(n) ((n) << 24)
#define W1 (1 << 24)
#define OPCODE_MASK 0xffffff

static const struct vector_row {
    uint32_t op;
    uint8_t form;
} rows[IR_V_COUNT] = {
    [IR_V_COPY] = { SSE_MOVAPS, FORM_COPY },
    [IR_V_CONST] = { 0, FORM_NONE },
    [IR_V_AND] = { P66(0xdb), FORM_AB },
    [IR_V_OR] = { P66(0xeb), FORM_AB },
    [IR_V_XOR] = { P66(0xef), FORM_AB },
    [IR_V_ANDN] = { P66(0xdf), FORM_AB },
    [IR_V_ADD8] = { P66(0xfc), FORM_AB },
    [IR_V_ADD16] = { P66(0xfd), FORM_AB },
    [IR_V_ADD32] = { P66(0xfe), FORM_AB },
    [IR_V_ADD64] = { P66(0xd4), FORM_AB },
    [IR_V_SUB8] = { P66(0xf8), FORM_AB },
    [IR_V_SUB16] = { P66(0xf9), FORM_AB },
    [IR_V_SUB32] = { P66(0xfa), FORM_AB },
    [IR_V_SUB64] = { P66(0xfb), FORM_AB },
    [IR_V_ADD_SAT_U8] = { P66(0xdc), FORM_AB },
    [IR_V_ADD_SAT_U16] = { P66(0xdd), FORM_AB },
    [IR_V_ADD_SAT_S8] = { P66(0xec), FORM_AB },
    [IR_V_ADD_SAT_S16] = { P66(0xed), FORM_AB },
    [IR_V_SUB_SAT_U8] = { P66(0xd8), FORM_AB },
    [IR_V_SUB_SAT_U16] = { P66(0xd9), FORM_AB },
    [IR_V_SUB_SAT_S8] = { P66(0xe8), FORM_AB },
    [IR_V_SUB_SAT_S16] = { P66(0xe9), FORM_AB },
    [IR_V_MAX_U8] = { P66(0xde), FORM_AB },
    [IR_V_MAX_U16] = { P38(0x3e), FORM_AB },
    [IR_V_MAX_U32] = { P38(0x3f), FORM_AB },
    [IR_V_MAX_S8] = { P38(0x3c), FORM_AB },
    [IR_V_MAX_S16] = { P66(0xee), FORM_AB },
    [IR_V_MAX_S32] = { P38(0x3d), FORM_AB },
    [IR_V_MIN_U8] = { P66(0xda), FORM_AB },
    [IR_V_MIN_U16] = { P38(0x3a), FORM_AB },
    [IR_V_MIN_U32] = { P38(0x3b), FORM_AB },
    [IR_V_MIN_S8] = { P38(0x38), FORM_AB },
    [IR_V_MIN_S16] = { P66(0xea), FORM_AB },
    [IR_V_MIN_S32] = { P38(0x39), FORM_AB },
    [IR_V_AVG_U8] = { P66(0xe0), FORM_AB },
    [IR_V_AVG_U16] = { P66(0xe3), FORM_AB },
    [IR_V_EQ8] = { P66(0x74), FORM_AB },
    [IR_V_EQ16] = { P66(0x75), FORM_AB },
    [IR_V_EQ32] = { P66(0x76), FORM_AB },
    [IR_V_EQ64] = { P38(0x29), FORM_AB },
    [IR_V_GT_S8] = { P66(0x64), FORM_AB },
    [IR_V_GT_S16] = { P66(0x65), FORM_AB },
    [IR_V_GT_S32] = { P66(0x66), FORM_AB },
    [IR_V_GT_S64] = { P38(0x37), FORM_AB },
    [IR_V_MUL16] = { P66(0xd5), FORM_AB },
    [IR_V_MUL32] = { P38(0x40), FORM_AB },
    [IR_V_MULH_S16] = { P66(0xe5), FORM_AB },
    [IR_V_MULH_U16] = { P66(0xe4), FORM_AB },
    [IR_V_MUL_EVEN_U32] = { P66(0xf4), FORM_AB },
    [IR_V_MUL_EVEN_S32] = { P38(0x28), FORM_AB },
    [IR_V_MUL_ADD_S16] = { P66(0xf5), FORM_AB },
    [IR_V_MUL_ADD_U8_S8] = { P38(0x04), FORM_AB },
    [IR_V_SHL16] = { P66(0x71) | DIGIT(6), FORM_SHIFT },
    [IR_V_SHL32] = { P66(0x72) | DIGIT(6), FORM_SHIFT },
    [IR_V_SHL64] = { P66(0x73) | DIGIT(6), FORM_SHIFT },
    [IR_V_SHR16] = { P66(0x71) | DIGIT(2), FORM_SHIFT },
    [IR_V_SHR32] = { P66(0x72) | DIGIT(2), FORM_SHIFT },
    [IR_V_SHR64] = { P66(0x73) | DIGIT(2), FORM_SHIFT },
    [IR_V_SAR16] = { P66(0x71) | DIGIT(4), FORM_SHIFT },
    [IR_V_SAR32] = { P66(0x72) | DIGIT(4), FORM_SHIFT },
    [IR_V_SHL_BYTES] = { P66(0x73) | DIGIT(7), FORM_SHIFT },
    [IR_V_SHR_BYTES] = { P66(0x73) | DIGIT(3), FORM_SHIFT },
    [IR_V_SHL64_ALL] = { P66(0xf3), FORM_AB },
    [IR_V_SHR64_ALL] = { P66(0xd3), FORM_AB },
    [IR_V_SHL32_EACH] = { P38(0x47), FORM_VEX_AB },
    [IR_V_SHR32_EACH] = { P38(0x45), FORM_VEX_AB },
    [IR_V_SAR32_EACH] = { P38(0x46), FORM_VEX_AB },
    [IR_V_SHL64_EACH] = { P38(0x47) | W1, FORM_VEX_AB },
    [IR_V_SHR64_EACH] = { P38(0x45) | W1, FORM_VEX_AB },
    [IR_V_INTERLEAVE_LOW8] = { P66(0x60), FORM_AB },
    [IR_V_INTERLEAVE_LOW16] = { P66(0x61), FORM_AB },
    [IR_V_INTERLEAVE_LOW32] = { P66(0x62), FORM_AB },
    [IR_V_INTERLEAVE_LOW64] = { P66(0x6c), FORM_AB },
    [IR_V_INTERLEAVE_HIGH8] = { P66(0x68), FORM_AB },
    [IR_V_INTERLEAVE_HIGH16] = { P66(0x69), FORM_AB },
    [IR_V_INTERLEAVE_HIGH32] = { P66(0x6a), FORM_AB },
    [IR_V_INTERLEAVE_HIGH64] = { P66(0x6d), FORM_AB },
    [IR_V_PACK_S8] = { P66(0x63), FORM_AB },
    [IR_V_PACK_U8] = { P66(0x67), FORM_AB },
    [IR_V_PACK_S16] = { P66(0x6b), FORM_AB },
    [IR_V_PACK_U16] = { P38(0x2b), FORM_AB },
    [IR_V_WIDEN_S8] = { P38(0x20), FORM_A },
    [IR_V_WIDEN_S16] = { P38(0x23), FORM_A },
    [IR_V_WIDEN_S32] = { P38(0x25), FORM_A },
    [IR_V_WORDS] = { P66(0x70), FORM_A_IMM },
    [IR_V_WORDS2] = { X86_OP(1, 0xc6), FORM_AB_IMM },
    [IR_V_DOUBLEWORDS2] = { P66(0xc6), FORM_AB_IMM },
    [IR_V_BLEND16] = { P3A(0x0e), FORM_AB_IMM },
    [IR_V_BLEND8] = { P3A(0x4c), FORM_BLEND8 },
    [IR_V_ALIGN] = { P3A(0x0f), FORM_BA_IMM },
    [IR_V_BYTES] = { P38(0x00), FORM_AB },
    [IR_V_AES_ENCRYPT] = { P38(0xdc), FORM_AB },
    [IR_V_AES_ENCRYPT_LAST] = { P38(0xdd), FORM_AB },
    [IR_V_AES_DECRYPT_LAST] = { P38(0xdf), FORM_AB },
    [IR_V_AES_UNMIX] = { P38(0xdb), FORM_A },
    [IR_V_CARRYLESS] = { P3A(0x44), FORM_AB_IMM },
};

/* ---- operands ---- */

/* A value as the last operand: in a register, or still where it is in memory. */
struct operand {
    bool in_memory;
    unsigned reg;
    struct x86_mem m;
    const uint64_t *literal; /* not NULL: m is a literal */
};

static struct operand operand_of(struct backend *b, ir_value v)
{
    const struct ir_insn *i = &b->ir->insn[v];
    struct operand o = { .in_memory = false };

    if (b->reg_of[v] == NO_REG && ir_is_vector_const(b->ir, v, &o.literal)) {
        o.in_memory = true;
        o.m = literal_mem();
    } else if (b->reg_of[v] == NO_REG && i->op == IR_GETV && i->last_use == b->now && b->host.avx) {
        /* Older encodings would ask for alignment, which registers in struct cpu have; but not its owner. */
        o.in_memory = true;
        o.m = slot_mem(i->extra);
    } else {
        o.reg = use_xmm(b, v);
    }
    return o;
}

static void after_operand(struct backend *b, const struct operand *o, unsigned tail)
{
    if (o->literal && o->in_memory)
        use_literal(b, o->literal[1], o->literal[0], tail);
}

/* ---- emission ---- */

static void vex_operand(struct backend *b, unsigned op, bool w, unsigned to, unsigned first, const struct operand *o)
{
    if (o->in_memory)
        x86_vex_rrm(&b->a, op, w, false, to, first, o->m);
    else
        x86_vex_rrr(&b->a, op, w, false, to, first, o->reg);
}

static void sse_operand(struct backend *b, unsigned op, unsigned to, const struct operand *o)
{
    if (o->in_memory)
        x86_sse_rm(&b->a, op, to, o->m);
    else
        x86_sse_rr(&b->a, op, to, o->reg);
}

/* to := op(first, o), and an immediate byte if imm >= 0 */
static void two_operands(struct backend *b, unsigned op, unsigned to, unsigned first, const struct operand *o, int imm)
{
    unsigned in = to;

    if (b->host.avx) {
        vex_operand(b, op, false, to, first, o);
    } else {
        if (!o->in_memory && o->reg == to && first != to)
            in = XMM_SCRATCH + 1;
        if (in != first)
            x86_sse_rr(&b->a, SSE_MOVAPS, in, first);
        sse_operand(b, op, in, o);
    }
    if (imm >= 0)
        x86_byte(&b->a, (unsigned)imm);
    after_operand(b, o, imm >= 0);
    if (in != to)
        x86_sse_rr(&b->a, SSE_MOVAPS, to, in);
}

void emit_vector(struct backend *b, unsigned op, unsigned to, unsigned first, unsigned second)
{
    two_operands(b, op, to, first, &(struct operand){ .reg = second }, -1);
}

static unsigned result(struct backend *b)
{
    release_operands(b);
    return def_xmm(b);
}

static void emit_ab(struct backend *b, unsigned op, ir_value first, ir_value second, int imm)
{
    unsigned x = use_xmm(b, first);
    struct operand o = operand_of(b, second);

    two_operands(b, op, result(b), x, &o, imm);
}

static void emit_a(struct backend *b, unsigned op, ir_value v, int imm)
{
    struct operand o = operand_of(b, v);
    unsigned to = result(b);

    if (b->host.avx)
        vex_operand(b, op, false, to, 0, &o);
    else
        sse_operand(b, op, to, &o);
    if (imm >= 0)
        x86_byte(&b->a, (unsigned)imm);
    after_operand(b, &o, imm >= 0);
}

static void emit_shift(struct backend *b, unsigned op, ir_value v, unsigned imm)
{
    unsigned x = use_xmm(b, v), to = result(b), digit = op >> 24;

    op &= OPCODE_MASK;
    if (b->host.avx) {
        x86_vex_rrr(&b->a, op, false, false, digit, to, x);
    } else {
        if (to != x)
            x86_sse_rr(&b->a, SSE_MOVAPS, to, x);
        x86_sse_rr(&b->a, op, digit, to);
    }
    x86_byte(&b->a, imm);
}

static void emit_each(struct backend *b, unsigned op, ir_value first, ir_value second)
{
    unsigned x = use_xmm(b, first);
    struct operand o = operand_of(b, second);

    assert(b->host.avx2 && "front ends ask for IR_VECTOR_SHIFTS");
    vex_operand(b, op & OPCODE_MASK, op >> 24, result(b), x, &o);
    after_operand(b, &o, 0);
}

static void emit_blend8(struct backend *b, const struct ir_insn *i)
{
    unsigned x = use_xmm(b, i->a), y = use_xmm(b, i->b), mask = use_xmm(b, i->c), to = result(b);
    struct x86_asm *a = &b->a;

    if (b->host.avx) {
        x86_vex_rrr(a, P3A(0x4c), false, false, to, x, y);
        x86_byte(a, mask << 4);
        return;
    }
    x86_sse_rr(a, P66(0xef), XMM_SCRATCH, XMM_SCRATCH); /* pxor */
    x86_sse_rr(a, P66(0x64), XMM_SCRATCH, mask);        /* pcmpgtb: all ones where negative */
    x86_sse_rr(a, SSE_MOVAPS, XMM_SCRATCH + 1, XMM_SCRATCH);
    x86_sse_rr(a, P66(0xdb), XMM_SCRATCH, y);
    x86_sse_rr(a, P66(0xdf), XMM_SCRATCH + 1, x);
    x86_sse_rr(a, P66(0xeb), XMM_SCRATCH, XMM_SCRATCH + 1);
    x86_sse_rr(a, SSE_MOVAPS, to, XMM_SCRATCH);
}

static void emit_copy(struct backend *b, ir_value v)
{
    unsigned x = use_xmm(b, v), to = result(b);

    if (to != x)
        x86_sse_rr(&b->a, SSE_MOVAPS, to, x);
}

static void emit_row(struct backend *b, const struct ir_insn *i)
{
    const struct vector_row *row = &rows[i->sub];
    int imm = (int)(i->imm & 0xff);

    switch ((enum form)row->form) {
    case FORM_AB: emit_ab(b, row->op, i->a, i->b, -1); break;
    case FORM_BA: emit_ab(b, row->op, i->b, i->a, -1); break;
    case FORM_AB_IMM: emit_ab(b, row->op, i->a, i->b, imm); break;
    case FORM_BA_IMM: emit_ab(b, row->op, i->b, i->a, imm); break;
    case FORM_A: emit_a(b, row->op, i->a, -1); break;
    case FORM_A_IMM: emit_a(b, row->op, i->a, imm); break;
    case FORM_SHIFT: emit_shift(b, row->op, i->a, (unsigned)imm); break;
    case FORM_VEX_AB: emit_each(b, row->op, i->a, i->b); break;
    case FORM_COPY: emit_copy(b, i->a); break;
    case FORM_BLEND8: emit_blend8(b, i); break;
    case FORM_NONE: break; /* a constant is made where it is used */
    }
}

/* ---- between kinds of registers ---- */

/* Doubleword 0 is the upper half on the host. */
static void v_from_i(struct backend *b, const struct ir_insn *i)
{
    const struct ir_insn *low = &b->ir->insn[i->b];
    bool low_is_zero = low->op == IR_CONST && !low->imm;
    unsigned x = use_gpr(b, i->a, RAX), y = low_is_zero ? NO_REG : use_gpr(b, i->b, RCX), to = result(b);
    struct x86_asm *a = &b->a;

    if (low_is_zero) {
        x86_movq_to_xmm(a, 8, to, x);
        x86_rr(a, P66(0x73), false, 7, to, false); /* pslldq */
        x86_byte(a, 8);
    } else {
        x86_movq_to_xmm(a, 8, to, y);
        x86_rr(a, P3A(0x22), true, to, x, false); /* pinsrq */
        x86_byte(a, 1);
    }
}

static void i_from_v(struct backend *b, const struct ir_insn *i)
{
    unsigned x = use_xmm(b, i->a), to;

    release_operands(b);
    to = def_gpr(b);
    if (i->imm) {
        x86_movq_from_xmm(&b->a, 8, to, x);
    } else {
        x86_rr(&b->a, P3A(0x16), true, x, to, false); /* pextrq */
        x86_byte(&b->a, 1);
    }
}

static void v_mask(struct backend *b, const struct ir_insn *i)
{
    unsigned x = use_xmm(b, i->a), to;

    release_operands(b);
    to = def_gpr(b);
    x86_rr(&b->a, P66(0xd7), false, to, x, false);
}

static void v_saturated(struct backend *b, const struct ir_insn *i)
{
    unsigned x = use_xmm(b, i->a);

    x86_sse_rr(&b->a, P38(0x17), x, x); /* ptest */
    x86_setcc(&b->a, CC_NE, RAX);
    x86_rm(&b->a, 0x08, false, RAX, cpu_mem(offsetof(struct cpu, vscr)), true);
}

static void f_from_i(struct backend *b, const struct ir_insn *i)
{
    unsigned x = use_gpr(b, i->a, RAX);

    x86_movq_to_xmm(&b->a, 8, result(b), x);
}

static void i_from_f(struct backend *b, const struct ir_insn *i)
{
    unsigned x = use_xmm(b, i->a), to;

    release_operands(b);
    to = def_gpr(b);
    x86_movq_from_xmm(&b->a, 8, to, x);
}

void emit_v(struct backend *b, struct ir_insn *i)
{
    enum { UPPER_TWICE = 0xee };

    switch (i->op) {
    case IR_V: emit_row(b, i); break;
    case IR_V_MASK: v_mask(b, i); break;
    case IR_V_SATURATED: v_saturated(b, i); break;
    case IR_V_FROM_F: emit_shift(b, P66(0x73) | DIGIT(7), i->a, 8); break;
    case IR_F_FROM_V: emit_a(b, P66(0x70), i->a, UPPER_TWICE); break;
    case IR_V_FROM_I: v_from_i(b, i); break;
    case IR_I_FROM_V: i_from_v(b, i); break;
    case IR_F_FROM_I: f_from_i(b, i); break;
    default: i_from_f(b, i);
    }
}
