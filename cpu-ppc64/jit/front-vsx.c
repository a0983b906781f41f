/* Front end: VSX moves, logic and permutations. See interp/vsx-move.c and interp/vsx-permute.c. */
#include "cpu-ppc64/jit/front-vector.h"

#define XA get_vsr(ir, f_xa(i))
#define XB get_vsr(ir, f_xb(i))

static bool to_xt(struct ir *ir, insn_t i, ir_value v)
{
    return put_vsr(ir, f_xt(i), v);
}

/* ---- logic ---- */

static bool ab(struct ir *ir, insn_t i, enum ir_vector op)
{
    ir_value x = XA, y = XB;

    return to_xt(ir, i, ir_vector(ir, op, x, y, 0, 0));
}

JIT(xxland) { return ab(ir, i, IR_V_AND); }

JIT(xxlor)
{
    return f_xa(i) == f_xb(i) ? to_xt(ir, i, XA) : ab(ir, i, IR_V_OR);
}

JIT(xxlxor)
{
    return f_xa(i) == f_xb(i) ? to_xt(ir, i, splat64(ir, 0)) : ab(ir, i, IR_V_XOR);
}

JIT(xxlandc)
{
    ir_value x = XA, y = XB;

    return to_xt(ir, i, V2(ANDN, y, x));
}

JIT(xxlnor)
{
    ir_value x = XA, y = XB;

    return to_xt(ir, i, v_not(ir, x == y ? x : V2(OR, x, y)));
}

JIT(xxlnand)
{
    ir_value x = XA, y = XB;

    return to_xt(ir, i, v_not(ir, V2(AND, x, y)));
}

JIT(xxlorc)
{
    ir_value x = XA, y = XB;

    return to_xt(ir, i, x == y ? splat64(ir, UINT64_MAX) : V2(OR, x, v_not(ir, y)));
}

JIT(xxleqv)
{
    ir_value x = XA, y = XB;

    return to_xt(ir, i, x == y ? splat64(ir, UINT64_MAX) : v_not(ir, V2(XOR, x, y)));
}

JIT(xxsel)
{
    ir_value x = XA, y = XB, control = get_vsr(ir, f_xc(i));

    return to_xt(ir, i, v_select(ir, x, y, control));
}

/* ---- permutations ---- */

JIT(xxpermdi)
{
    ir_value x = XA, y = XB;
    unsigned dm = f_dm(i) ^ 3; /* as the host numbers them */

    if (x == y)
        return to_xt(ir, i, VI(WORDS, x, (dm & 1 ? 0x0e : 0x04) | (dm & 2 ? 0xe0 : 0x40)));
    return to_xt(ir, i, ir_vector(ir, IR_V_DOUBLEWORDS2, y, x, 0, dm));
}

JIT(xxsldwi)
{
    ir_value x = XA, y = XB;

    return to_xt(ir, i, v_shift_pair(ir, x, y, 4 * (f_shw(i) & 3)));
}

static bool permute(struct ir *ir, insn_t i, enum ir_vector op)
{
    ir_value x = XA, old = get_vsr(ir, f_xt(i)), control = XB;

    return to_xt(ir, i, v_permute(ir, x, old, ir_vector(ir, op, control, splat8(ir, 31), 0, 0)));
}

JIT(xxperm) { return permute(ir, i, IR_V_ANDN); }
JIT(xxpermr) { return permute(ir, i, IR_V_AND); }

static bool merge(struct ir *ir, insn_t i, enum ir_vector op)
{
    ir_value x = XA, y = XB;

    return to_xt(ir, i, ir_vector(ir, op, y, x, 0, 0));
}

JIT(xxmrghw) { return merge(ir, i, IR_V_INTERLEAVE_HIGH32); }
JIT(xxmrglw) { return merge(ir, i, IR_V_INTERLEAVE_LOW32); }

JIT(xxspltw) { return to_xt(ir, i, VI(WORDS, XB, (3 - (f_uim(i) & 3)) * 0x55)); }

JIT(xxspltib)
{
    need_vec_for(ir, f_xt(i));
    return to_xt(ir, i, splat8(ir, (uint8_t)f_imm8(i)));
}

/* Bytes reversed in each element. */
static bool reverse(struct ir *ir, insn_t i, uint64_t high, uint64_t low)
{
    return to_xt(ir, i, V2(BYTES, XB, ir_vector_const(ir, high, low)));
}

JIT(xxbrh) { return reverse(ir, i, UINT64_C(0x0e0f0c0d0a0b0809), UINT64_C(0x0607040502030001)); }
JIT(xxbrw) { return reverse(ir, i, UINT64_C(0x0c0d0e0f08090a0b), UINT64_C(0x0405060700010203)); }
JIT(xxbrd) { return reverse(ir, i, UINT64_C(0x08090a0b0c0d0e0f), UINT64_C(0x0001020304050607)); }
JIT(xxbrq) { return reverse(ir, i, UINT64_C(0x0001020304050607), UINT64_C(0x08090a0b0c0d0e0f)); }

/* A word from the book's byte `at`, which may wrap around, to the right end of doubleword 0. */
JIT(xxextractuw)
{
    uint64_t from = UINT64_C(0x8080808000000000);

    for (unsigned k = 0; k < 4; k++)
        from |= (uint64_t)(15 - ((f_uim(i) + 3 - k) & 15)) << 8 * k;
    return to_xt(ir, i, V2(BYTES, XB, ir_vector_const(ir, from, UINT64_C(0x8080808080808080))));
}

/* The word at the right end of doubleword 0 to the book's byte `at`, which may wrap around. */
JIT(xxinsertw)
{
    uint64_t from[2] = { UINT64_C(0x8080808080808080), UINT64_C(0x8080808080808080) };
    uint64_t kept[2] = { UINT64_MAX, UINT64_MAX };
    ir_value old = get_vsr(ir, f_xt(i)), y = XB;

    for (unsigned k = 0; k < 4; k++) {
        unsigned to = 15 - ((f_uim(i) + k) & 15), shift = to % 8 * 8;

        kept[to / 8] &= ~(UINT64_C(0xff) << shift);
        from[to / 8] = (from[to / 8] & ~(UINT64_C(0xff) << shift)) | (uint64_t)(11 - k) << shift;
    }
    return to_xt(ir, i,
                 V2(OR, V2(AND, old, ir_vector_const(ir, kept[1], kept[0])),
                    V2(BYTES, y, ir_vector_const(ir, from[1], from[0]))));
}

/* ---- signs ---- */

enum sign { SIGN_ABS, SIGN_NABS, SIGN_NEG };

static bool change_sign(struct ir *ir, insn_t i, enum sign what, ir_value bits)
{
    ir_value y = XB;

    if (what == SIGN_ABS)
        return to_xt(ir, i, V2(ANDN, bits, y));
    return to_xt(ir, i, what == SIGN_NABS ? V2(OR, y, bits) : V2(XOR, y, bits));
}

static bool copy_sign(struct ir *ir, insn_t i, ir_value bits)
{
    ir_value x = XA, y = XB;

    return to_xt(ir, i, v_select(ir, y, x, bits));
}

#define SIGNS_DP splat64(ir, UINT64_C(1) << 63)
#define SIGNS_SP splat32(ir, UINT32_C(1) << 31)

JIT(xvabsdp) { return change_sign(ir, i, SIGN_ABS, SIGNS_DP); }
JIT(xvnabsdp) { return change_sign(ir, i, SIGN_NABS, SIGNS_DP); }
JIT(xvnegdp) { return change_sign(ir, i, SIGN_NEG, SIGNS_DP); }
JIT(xvabssp) { return change_sign(ir, i, SIGN_ABS, SIGNS_SP); }
JIT(xvnabssp) { return change_sign(ir, i, SIGN_NABS, SIGNS_SP); }
JIT(xvnegsp) { return change_sign(ir, i, SIGN_NEG, SIGNS_SP); }
JIT(xvcpsgndp) { return copy_sign(ir, i, SIGNS_DP); }
JIT(xvcpsgnsp) { return copy_sign(ir, i, SIGNS_SP); }

/* ---- general registers; doubleword 0 alone is in front-fp.c ---- */

JIT(mtvsrdd)
{
    ir_value x = get_gpr_or_zero(ir, f_ra(i)), y = get_gpr(ir, f_rb(i));

    need_vec_for(ir, f_xt(i));
    return to_xt(ir, i, ir_emit(ir, IR_V_FROM_I, x, y, 0, 0));
}

JIT(mtvsrws)
{
    ir_value x = get_gpr(ir, f_ra(i));

    need_vec_for(ir, f_xt(i));
    return to_xt(ir, i, VI(WORDS, ir_emit(ir, IR_V_FROM_I, x, x, 0, 0), 0));
}

JIT(mfvsrld)
{
    need_vec_for(ir, f_xs(i));
    put_gpr(ir, f_ra(i), ir_emit(ir, IR_I_FROM_V, get_vsr(ir, f_xs(i)), 0, 0, 1));
    return true;
}
