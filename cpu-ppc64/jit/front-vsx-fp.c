/* Front end: vector floating point and outer products. See interp/vsx-fp.c, vsx-convert.c, mma.c. FPSCR gets sticky
 * exceptions only (fpscr.h). */
#include "cpu-ppc64/jit/front-vector.h"

static ir_value vfp(struct ir *ir, enum ir_vfp op, unsigned size, ir_value a, ir_value b, ir_value c)
{
    ir_value v;

    ir->needs |= JIT_NEEDS_FAST_FP;
    v = ir_emit_checked(ir, IR_VFP, a, b, c, op);
    ir->insn[v].access.size = (uint8_t)size;
    return v;
}

/* ---- arithmetic ---- */

#define XA get_vsr(ir, f_xa(i))
#define XB get_vsr(ir, f_xb(i))
#define XT get_vsr(ir, f_xt(i))

static bool ab(struct ir *ir, insn_t i, enum ir_vfp op, unsigned size)
{
    ir_value x = XA, y = XB;

    return put_vsr(ir, f_xt(i), vfp(ir, op, size, x, y, 0));
}

static bool of_b(struct ir *ir, insn_t i, enum ir_vfp op, unsigned size)
{
    return put_vsr(ir, f_xt(i), vfp(ir, op, size, XB, 0, 0));
}

/* a * b + t, or (m) a * t + b */
static bool fused(struct ir *ir, insn_t i, enum ir_vfp op, unsigned size, bool m)
{
    ir_value x, y, t;

    if (!ir->has_fma)
        return false;
    x = XA;
    y = XB;
    t = XT;
    return put_vsr(ir, f_xt(i), vfp(ir, op, size, x, m ? t : y, m ? y : t));
}

JIT(xvadddp) { return ab(ir, i, IR_VFP_ADD, 8); }
JIT(xvaddsp) { return ab(ir, i, IR_VFP_ADD, 4); }
JIT(xvsubdp) { return ab(ir, i, IR_VFP_SUB, 8); }
JIT(xvsubsp) { return ab(ir, i, IR_VFP_SUB, 4); }
JIT(xvmuldp) { return ab(ir, i, IR_VFP_MUL, 8); }
JIT(xvmulsp) { return ab(ir, i, IR_VFP_MUL, 4); }
JIT(xvdivdp) { return ab(ir, i, IR_VFP_DIV, 8); }
JIT(xvdivsp) { return ab(ir, i, IR_VFP_DIV, 4); }
JIT(xvmaxdp) { return ab(ir, i, IR_VFP_MAX, 8); }
JIT(xvmaxsp) { return ab(ir, i, IR_VFP_MAX, 4); }
JIT(xvmindp) { return ab(ir, i, IR_VFP_MIN, 8); }
JIT(xvminsp) { return ab(ir, i, IR_VFP_MIN, 4); }
JIT(xvsqrtdp) { return of_b(ir, i, IR_VFP_SQRT, 8); }
JIT(xvsqrtsp) { return of_b(ir, i, IR_VFP_SQRT, 4); }
JIT(xvrdpiz) { return of_b(ir, i, IR_VFP_TRUNC, 8); }
JIT(xvrspiz) { return of_b(ir, i, IR_VFP_TRUNC, 4); }
JIT(xvrdpip) { return of_b(ir, i, IR_VFP_CEIL, 8); }
JIT(xvrspip) { return of_b(ir, i, IR_VFP_CEIL, 4); }
JIT(xvrdpim) { return of_b(ir, i, IR_VFP_FLOOR, 8); }
JIT(xvrspim) { return of_b(ir, i, IR_VFP_FLOOR, 4); }
JIT(xvmaddadp) { return fused(ir, i, IR_VFP_MADD, 8, false); }
JIT(xvmaddasp) { return fused(ir, i, IR_VFP_MADD, 4, false); }
JIT(xvmaddmdp) { return fused(ir, i, IR_VFP_MADD, 8, true); }
JIT(xvmaddmsp) { return fused(ir, i, IR_VFP_MADD, 4, true); }
JIT(xvmsubadp) { return fused(ir, i, IR_VFP_MSUB, 8, false); }
JIT(xvmsubasp) { return fused(ir, i, IR_VFP_MSUB, 4, false); }
JIT(xvmsubmdp) { return fused(ir, i, IR_VFP_MSUB, 8, true); }
JIT(xvmsubmsp) { return fused(ir, i, IR_VFP_MSUB, 4, true); }
JIT(xvnmaddadp) { return fused(ir, i, IR_VFP_NMADD, 8, false); }
JIT(xvnmaddasp) { return fused(ir, i, IR_VFP_NMADD, 4, false); }
JIT(xvnmaddmdp) { return fused(ir, i, IR_VFP_NMADD, 8, true); }
JIT(xvnmaddmsp) { return fused(ir, i, IR_VFP_NMADD, 4, true); }
JIT(xvnmsubadp) { return fused(ir, i, IR_VFP_NMSUB, 8, false); }
JIT(xvnmsubasp) { return fused(ir, i, IR_VFP_NMSUB, 4, false); }
JIT(xvnmsubmdp) { return fused(ir, i, IR_VFP_NMSUB, 8, true); }
JIT(xvnmsubmsp) { return fused(ir, i, IR_VFP_NMSUB, 4, true); }

/* ---- comparison ---- */

static bool compared(struct ir *ir, insn_t i, ir_value v)
{
    put_vsr(ir, f_xt(i), v);
    if (f_xrc(i))
        ir_put(ir, SLOT_CRF + 6, ir_emit(ir, IR_CMP_ALL, ir_emit(ir, IR_V_MASK, v, 0, 0, 0), 0, 0, 0));
    return true;
}

static bool compare(struct ir *ir, insn_t i, enum ir_vfp op, unsigned size)
{
    ir_value x = XA, y = XB;

    /* Greater is less the other way round. */
    return compared(ir, i, op == IR_VFP_EQ ? vfp(ir, op, size, x, y, 0) : vfp(ir, op, size, y, x, 0));
}

JIT(xvcmpeqdp) { return compare(ir, i, IR_VFP_EQ, 8); }
JIT(xvcmpeqsp) { return compare(ir, i, IR_VFP_EQ, 4); }
JIT(xvcmpgtdp) { return compare(ir, i, IR_VFP_LT, 8); }
JIT(xvcmpgtsp) { return compare(ir, i, IR_VFP_LT, 4); }
JIT(xvcmpgedp) { return compare(ir, i, IR_VFP_LE, 8); }
JIT(xvcmpgesp) { return compare(ir, i, IR_VFP_LE, 4); }

/* ---- conversion: the word that stands for a doubleword is its first, the upper one ---- */

enum { UPPER_WORDS = 0x0d, LOW_WORDS_TWICE = 0x50 };

static bool from_words(struct ir *ir, insn_t i, enum ir_vfp op)
{
    return put_vsr(ir, f_xt(i), vfp(ir, op, 8, VI(WORDS, XB, UPPER_WORDS), 0, 0));
}

static bool to_words(struct ir *ir, insn_t i, enum ir_vfp op)
{
    return put_vsr(ir, f_xt(i), VI(WORDS, vfp(ir, op, 8, XB, 0, 0), LOW_WORDS_TWICE));
}

JIT(xvcvsxwdp) { return from_words(ir, i, IR_VFP_FROM_S32); }
JIT(xvcvspdp) { return from_words(ir, i, IR_VFP_WIDEN); }
JIT(xvcvdpsp) { return to_words(ir, i, IR_VFP_NARROW); }
JIT(xvcvdpsxws) { return to_words(ir, i, IR_VFP_TO_S32); }
JIT(xvcvsxwsp) { return of_b(ir, i, IR_VFP_FROM_S32, 4); }
JIT(xvcvspsxws) { return of_b(ir, i, IR_VFP_TO_S32, 4); }
JIT(xvcvsxddp) { return of_b(ir, i, IR_VFP_FROM_S64, 8); }

/* ---- scalars that leave FR, FI and FPRF alone: doubleword 0 with 0 beside it ---- */

static ir_value scalar(struct ir *ir, unsigned n)
{
    return ir_emit(ir, IR_V_FROM_F, ir_get(ir, SLOT_FPR + n), 0, 0, 0);
}

static bool scalar_ab(struct ir *ir, insn_t i, enum ir_vfp op)
{
    ir_value x = scalar(ir, f_xa(i)), y = scalar(ir, f_xb(i));

    return put_vsr(ir, f_xt(i), vfp(ir, op, 8, x, y, 0));
}

JIT(xsmaxdp)
{
    return scalar_ab(ir, i, IR_VFP_MAX);
}
JIT(xsmindp)
{
    return scalar_ab(ir, i, IR_VFP_MIN);
}

/* C's (a > b) ? a : b, (a < b) ? a : b */
static bool type_c(struct ir *ir, insn_t i, bool maximum)
{
    ir_value x = scalar(ir, f_xa(i)), y = scalar(ir, f_xb(i));
    ir_value holds = maximum ? vfp(ir, IR_VFP_LT, 8, y, x, 0) : vfp(ir, IR_VFP_LT, 8, x, y, 0);

    return put_vsr(ir, f_xt(i), ir_vector(ir, IR_V_BLEND8, y, x, holds, 0));
}

JIT(xsmaxcdp)
{
    return type_c(ir, i, true);
}
JIT(xsmincdp)
{
    return type_c(ir, i, false);
}

static bool compare_scalars(struct ir *ir, insn_t i, enum ir_vfp op)
{
    ir_value x = scalar(ir, f_xa(i)), y = scalar(ir, f_xb(i));
    ir_value holds = op == IR_VFP_EQ ? vfp(ir, op, 8, x, y, 0) : vfp(ir, op, 8, y, x, 0);

    return put_vsr(ir, f_xt(i), V2(AND, holds, ir_vector_const(ir, UINT64_MAX, 0)));
}

JIT(xscmpeqdp)
{
    return compare_scalars(ir, i, IR_VFP_EQ);
}
JIT(xscmpgtdp)
{
    return compare_scalars(ir, i, IR_VFP_LT);
}
JIT(xscmpgedp)
{
    return compare_scalars(ir, i, IR_VFP_LE);
}

/* Between formats, by their bits alone: no exception, but NaNs, of which the host would make quiet ones, and results
 * that are denormal singles are left to the interpreter. */
JIT(xscvspdpn)
{
    ir_value bits = ir_emit(ir, IR_I_FROM_F, ir_get(ir, SLOT_FPR + f_xb(i)), 0, 0, 0);
    ir_value word = ir_emit(ir, IR_F_FROM_I, ir_op_imm(ir, IR_SHR, bits, 32), 0, 0, 0);

    ir_put(ir, SLOT_FPR + f_xt(i), vfp(ir, IR_VFP_WIDEN, 8, word, 0, 0));
    return true;
}

JIT(xscvdpspn)
{
    enum { LEAST_NORMAL_SINGLE = 897 }; /* exponent field of 2^-126 in double format */
    ir_value bits = ir_emit(ir, IR_I_FROM_F, ir_get(ir, SLOT_FPR + f_xb(i)), 0, 0, 0), word;
    /* Zero becomes the greatest number. */
    ir_value exponent =
        ir_op2(ir, IR_ADD, ir_op_imm(ir, IR_SHL, bits, 1), ir_const(ir, UINT64_MAX));

    exponent = ir_op_imm(ir, IR_SHR, exponent, 53);
    ir_exit_if(ir, ir_emit(ir, IR_CMP_U64, exponent, ir_const(ir, LEAST_NORMAL_SINGLE), 0, 0),
               IR_IF_LT, IR_EXIT_INTERPRET, ir->offset, 0);
    word = ir_op2(ir, IR_OR,
                  ir_op2(ir, IR_AND, ir_op_imm(ir, IR_SHR, bits, 32), ir_const(ir, 0xc0000000)),
                  ir_op2(ir, IR_AND, ir_op_imm(ir, IR_SHR, bits, 29), ir_const(ir, 0x3fffffff)));
    word = ir_op2(ir, IR_OR, ir_op_imm(ir, IR_SHL, word, 32), word);
    ir_put(ir, SLOT_FPR + f_xt(i), ir_emit(ir, IR_F_FROM_I, word, 0, 0, 0));
    return true;
}

/* ---- outer products: each row is one element of A with all of B, and the accumulator's row ---- */

static ir_value row_of_words(struct ir *ir, ir_value a, unsigned r)
{
    return VI(WORDS, a, (3 - r) * 0x55);
}

static unsigned acc(insn_t i)
{
    return 4 * f_at(i);
}

/* All rows are computed before one is put: the operands are those before the instruction. */
static bool put_rows(struct ir *ir, insn_t i, const ir_value rows[4])
{
    for (unsigned r = 0; r < 4; r++)
        put_vsr(ir, acc(i) + r, rows[r]);
    return true;
}

/* Factors that are part of the accumulator make an invalid form; so does an odd first one of a pair. */
static bool is_outer(const struct ir *ir, unsigned at, unsigned a, unsigned b, bool is_pair)
{
    return ir->has_fma && a >> 2 != at && b >> 2 != at && !(is_pair && a & 1);
}

static bool outer(struct ir *ir, insn_t i, enum ir_vfp op, unsigned size)
{
    unsigned first = size == 8 ? f_xap(i) : f_xa(i);
    ir_value rows[4], b;

    if (!is_outer(ir, f_at(i), first, f_xb(i), size == 8))
        return false;
    b = XB;
    for (unsigned r = 0; r < 4; r++) {
        ir_value a = get_vsr(ir, first + (size == 8 ? r / 2 : 0));

        if (size == 8)
            a = VI(WORDS, a, r % 2 ? 0x44 : 0xee);
        else
            a = row_of_words(ir, a, r);
        rows[r] = vfp(ir, op, size, a, b, op == IR_VFP_MUL ? 0 : get_vsr(ir, acc(i) + r));
    }
    return put_rows(ir, i, rows);
}

JIT(xvf32ger) { return outer(ir, i, IR_VFP_MUL, 4); }
JIT(xvf32gerpp) { return outer(ir, i, IR_VFP_MADD, 4); }
JIT(xvf32gerpn) { return outer(ir, i, IR_VFP_MSUB, 4); }
JIT(xvf32gernp) { return outer(ir, i, IR_VFP_NMSUB, 4); }
JIT(xvf32gernn) { return outer(ir, i, IR_VFP_NMADD, 4); }
JIT(xvf64ger) { return outer(ir, i, IR_VFP_MUL, 8); }
JIT(xvf64gerpp) { return outer(ir, i, IR_VFP_MADD, 8); }
JIT(xvf64gerpn) { return outer(ir, i, IR_VFP_MSUB, 8); }
JIT(xvf64gernp) { return outer(ir, i, IR_VFP_NMSUB, 8); }
JIT(xvf64gernn) { return outer(ir, i, IR_VFP_NMADD, 8); }

/* Halfwords in pairs, summed to words that wrap around. */
static bool outer_halfwords(struct ir *ir, insn_t i)
{
    ir_value rows[4], a, b;

    if (!is_outer(ir, f_at(i), f_xa(i), f_xb(i), false))
        return false;
    a = XA;
    b = XB;
    for (unsigned r = 0; r < 4; r++)
        rows[r] = V2(ADD32, V2(MUL_ADD_S16, row_of_words(ir, a, r), b), get_vsr(ir, acc(i) + r));
    return put_rows(ir, i, rows);
}

/* Signed bytes of A, unsigned ones of B. */
static bool outer_bytes(struct ir *ir, insn_t i, bool accumulates)
{
    ir_value rows[4], even_a, odd_a, even_b, odd_b, a, b, sum;

    if (!is_outer(ir, f_at(i), f_xa(i), f_xb(i), false))
        return false;
    a = XA;
    b = XB;
    even_a = VI(SAR16, VI(SHL16, a, 8), 8);
    odd_a = VI(SAR16, a, 8);
    even_b = V2(AND, b, splat16(ir, 0xff));
    odd_b = VI(SHR16, b, 8);
    for (unsigned r = 0; r < 4; r++) {
        sum = V2(ADD32, V2(MUL_ADD_S16, row_of_words(ir, even_a, r), even_b),
                 V2(MUL_ADD_S16, row_of_words(ir, odd_a, r), odd_b));
        rows[r] = accumulates ? V2(ADD32, sum, get_vsr(ir, acc(i) + r)) : sum;
    }
    return put_rows(ir, i, rows);
}

JIT(xvi16ger2pp) { return outer_halfwords(ir, i); }
JIT(xvi8ger4) { return outer_bytes(ir, i, false); }
JIT(xvi8ger4pp) { return outer_bytes(ir, i, true); }

/* Accumulators are the registers: nothing moves. */
JIT(xxmfacc) { return true; }
JIT(xxmtacc) { return true; }

JIT(xxsetaccz)
{
    ir_value zero = splat64(ir, 0);

    return put_rows(ir, i, (ir_value[4]){ zero, zero, zero, zero });
}
