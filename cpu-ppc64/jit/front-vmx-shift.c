/* Front end: vector shifts and rotates by element, counts of bits. See interp/vmx-integer.c.
 *
 * Hosts shift words and doublewords by counts of their own; halfwords go as words, bytes as products with powers
 * of two. */
#include "cpu-ppc64/jit/front-vector.h"

#define VA get_vr(ir, f_vra(i))
#define VB get_vr(ir, f_vrb(i))

enum { ODD_HALFWORDS = 0xaa };

static bool to_vt(struct ir *ir, insn_t i, ir_value v)
{
    return put_vr(ir, f_vrt(i), v);
}

static bool has_shifts(const struct ir *ir)
{
    return ir->vector_features & IR_VECTOR_SHIFTS;
}

/* ---- words and doublewords ---- */

static bool shift(struct ir *ir, insn_t i, enum ir_vector op, ir_value mask)
{
    ir_value x, y;

    if (!has_shifts(ir))
        return false;
    x = VA;
    y = VB;
    return to_vt(ir, i, ir_vector(ir, op, x, V2(AND, y, mask), 0, 0));
}

JIT(vslw) { return shift(ir, i, IR_V_SHL32_EACH, splat32(ir, 31)); }
JIT(vsrw) { return shift(ir, i, IR_V_SHR32_EACH, splat32(ir, 31)); }
JIT(vsraw) { return shift(ir, i, IR_V_SAR32_EACH, splat32(ir, 31)); }
JIT(vsld) { return shift(ir, i, IR_V_SHL64_EACH, splat64(ir, 63)); }
JIT(vsrd) { return shift(ir, i, IR_V_SHR64_EACH, splat64(ir, 63)); }

/* As unsigned numbers; then the sign's bit, which has come down, is made to reach up. */
JIT(vsrad)
{
    ir_value x, n, sign;

    if (!has_shifts(ir))
        return false;
    x = VA;
    n = V2(AND, VB, splat64(ir, 63));
    sign = V2(SHR64_EACH, splat64(ir, UINT64_C(1) << 63), n);
    return to_vt(ir, i, V2(SUB64, V2(XOR, V2(SHR64_EACH, x, n), sign), sign));
}

/* A shift by the whole size gives 0. */
JIT(vrlw)
{
    ir_value x, n;

    if (!has_shifts(ir))
        return false;
    x = VA;
    n = V2(AND, VB, splat32(ir, 31));
    return to_vt(ir, i, V2(OR, V2(SHL32_EACH, x, n), V2(SHR32_EACH, x, V2(SUB32, splat32(ir, 32), n))));
}

JIT(vrld)
{
    ir_value x, n;

    if (!has_shifts(ir))
        return false;
    x = VA;
    n = V2(AND, VB, splat64(ir, 63));
    return to_vt(ir, i, V2(OR, V2(SHL64_EACH, x, n), V2(SHR64_EACH, x, V2(SUB64, splat64(ir, 64), n))));
}

/* ---- halfwords: the lower ones of words, and the upper ones ---- */

static bool shift16(struct ir *ir, insn_t i, enum ir_vector op)
{
    ir_value x, y, low, high, low_n, high_n;

    if (!has_shifts(ir))
        return false;
    x = VA;
    y = VB;
    low_n = V2(AND, y, splat32(ir, 15));
    high_n = V2(AND, VI(SHR32, y, 16), splat32(ir, 15));
    if (op == IR_V_SHL32_EACH) {
        low = x;
        high = V2(AND, x, splat32(ir, 0xffff0000));
    } else {
        low = op == IR_V_SAR32_EACH ? VI(SAR32, VI(SHL32, x, 16), 16) : V2(AND, x, splat32(ir, 0xffff));
        high = x;
    }
    low = ir_vector(ir, op, low, low_n, 0, 0);
    high = ir_vector(ir, op, high, high_n, 0, 0);
    return to_vt(ir, i, ir_vector(ir, IR_V_BLEND16, low, high, 0, ODD_HALFWORDS));
}

JIT(vslh) { return shift16(ir, i, IR_V_SHL32_EACH); }
JIT(vsrh) { return shift16(ir, i, IR_V_SHR32_EACH); }
JIT(vsrah) { return shift16(ir, i, IR_V_SAR32_EACH); }

/* ---- bytes: the lower ones of halfwords, and the upper ones ---- */

/* 2^n in each byte, or 2^(7 - n), for the counts in VRB. */
static ir_value powers(struct ir *ir, insn_t i, bool descending)
{
    uint64_t table = descending ? UINT64_C(0x0102040810204080) : UINT64_C(0x8040201008040201);

    return V2(BYTES, splat64(ir, table), V2(AND, VB, splat8(ir, 7)));
}

static ir_value join(struct ir *ir, ir_value low, ir_value high)
{
    return V2(OR, V2(AND, low, splat16(ir, 0xff)), high);
}

JIT(vslb)
{
    ir_value x = VA, p = powers(ir, i, false);
    ir_value high = V2(MUL16, V2(AND, x, splat16(ir, 0xff00)), VI(SHR16, p, 8));

    return to_vt(ir, i, join(ir, V2(MUL16, x, V2(AND, p, splat16(ir, 0xff))), high));
}

/* Seven bits further up than they should be: the product is shifted back. */
JIT(vsrb)
{
    ir_value x = VA, p = powers(ir, i, true);
    ir_value low = VI(SHR16, V2(MUL16, V2(AND, x, splat16(ir, 0xff)), V2(AND, p, splat16(ir, 0xff))), 7);
    ir_value high = VI(SHR16, V2(MUL16, VI(SHR16, x, 8), VI(SHR16, p, 8)), 7);

    return to_vt(ir, i, join(ir, low, VI(SHL16, high, 8)));
}

JIT(vsrab)
{
    ir_value x = VA, p = powers(ir, i, true);
    ir_value low = VI(SAR16, V2(MUL16, VI(SAR16, VI(SHL16, x, 8), 8), V2(AND, p, splat16(ir, 0xff))), 7);
    ir_value high = VI(SAR16, V2(MUL16, VI(SAR16, x, 8), VI(SHR16, p, 8)), 7);

    return to_vt(ir, i, join(ir, low, VI(SHL16, high, 8)));
}

/* What leaves a byte above comes in again below. */
JIT(vrlb)
{
    ir_value x = VA, p = powers(ir, i, false), mask = splat16(ir, 0xff);
    ir_value low = V2(MUL16, V2(AND, x, mask), V2(AND, p, mask));
    ir_value high = V2(MUL16, VI(SHR16, x, 8), VI(SHR16, p, 8));

    low = V2(OR, low, VI(SHR16, low, 8));
    high = V2(OR, high, VI(SHR16, high, 8));
    return to_vt(ir, i, join(ir, low, VI(SHL16, high, 8)));
}

/* ---- the whole register ---- */

/* By the bits that VRB's last byte gives; what leaves one doubleword comes into the other. */
static bool shift_bits(struct ir *ir, insn_t i, enum ir_vector op, enum ir_vector back, enum ir_vector move)
{
    ir_value x = VA, n = V2(AND, VB, ir_vector_const(ir, 0, 7));
    ir_value rest = V2(SUB64, ir_vector_const(ir, 0, 64), n);

    return to_vt(ir, i, V2(OR, ir_vector(ir, op, x, n, 0, 0),
                           ir_vector(ir, back, ir_vector(ir, move, x, 0, 0, 8), rest, 0, 0)));
}

JIT(vsl) { return shift_bits(ir, i, IR_V_SHL64_ALL, IR_V_SHR64_ALL, IR_V_SHL_BYTES); }
JIT(vsr) { return shift_bits(ir, i, IR_V_SHR64_ALL, IR_V_SHL64_ALL, IR_V_SHR_BYTES); }

/* By bytes: numbers from 128 on, below the first byte or beyond the last, yield 0. */
static ir_value byte_count(struct ir *ir, insn_t i)
{
    ir_value n = VI(SHR16, V2(AND, VB, ir_vector_const(ir, 0, 0x78)), 3);

    return V2(BYTES, n, splat8(ir, 0));
}

JIT(vslo)
{
    ir_value x = VA, first = ir_vector_const(ir, UINT64_C(0x0f0e0d0c0b0a0908), UINT64_C(0x0706050403020100));

    return to_vt(ir, i, V2(BYTES, x, V2(SUB8, first, byte_count(ir, i))));
}

JIT(vsro)
{
    ir_value x = VA, first = ir_vector_const(ir, UINT64_C(0x7f7e7d7c7b7a7978), UINT64_C(0x7776757473727170));

    return to_vt(ir, i, V2(BYTES, x, V2(ADD8, first, byte_count(ir, i))));
}

/* ---- counts ---- */

static ir_value ones_in_bytes(struct ir *ir, ir_value v)
{
    ir_value ones = ir_vector_const(ir, UINT64_C(0x0403030203020201), UINT64_C(0x0302020102010100));
    ir_value mask = splat8(ir, 15);

    return V2(ADD8, V2(BYTES, ones, V2(AND, v, mask)), V2(BYTES, ones, V2(AND, VI(SHR16, v, 4), mask)));
}

static ir_value ones_in_halfwords(struct ir *ir, ir_value v)
{
    return V2(MUL_ADD_U8_S8, ones_in_bytes(ir, v), splat8(ir, 1));
}

static ir_value ones_in_words(struct ir *ir, ir_value v)
{
    return V2(MUL_ADD_S16, ones_in_halfwords(ir, v), splat16(ir, 1));
}

JIT(vpopcntb) { return to_vt(ir, i, ones_in_bytes(ir, VB)); }
JIT(vpopcnth) { return to_vt(ir, i, ones_in_halfwords(ir, VB)); }
JIT(vpopcntw) { return to_vt(ir, i, ones_in_words(ir, VB)); }

JIT(vpopcntd)
{
    ir_value words = ones_in_words(ir, VB);

    return to_vt(ir, i, V2(AND, V2(ADD32, words, VI(SHR64, words, 32)), splat64(ir, UINT32_MAX)));
}

/* Doublewords one after the other, as numbers. */
static bool count64(struct ir *ir, insn_t i, enum ir_op op)
{
    ir_value y = VB;
    ir_value high = ir_op_imm(ir, op, ir_emit(ir, IR_I_FROM_V, y, 0, 0, 0), 0);
    ir_value low = ir_op_imm(ir, op, ir_emit(ir, IR_I_FROM_V, y, 0, 0, 1), 0);

    return to_vt(ir, i, ir_emit(ir, IR_V_FROM_I, high, low, 0, 0));
}

JIT(vclzd)
{
    return count64(ir, i, IR_CLZ64);
}
JIT(vctzd)
{
    return count64(ir, i, IR_CTZ64);
}

/* The last bits of the bytes as a number; the book's first byte is its most significant one. */
static ir_value last_bits(struct ir *ir, ir_value v)
{
    return ir_emit(ir, IR_V_MASK, VI(SHL16, v, 7), 0, 0, 0);
}

JIT(vclzlsbb)
{
    ir_value mask = ir_op2(ir, IR_OR, ir_op_imm(ir, IR_SHL, last_bits(ir, VB), 16), ir_const(ir, 0x8000));

    put_gpr(ir, f_rt(i), ir_op_imm(ir, IR_CLZ32, mask, 0));
    return true;
}

JIT(vctzlsbb)
{
    ir_value mask = ir_op2(ir, IR_OR, last_bits(ir, VB), ir_const(ir, 0x10000));

    put_gpr(ir, f_rt(i), ir_op_imm(ir, IR_CTZ32, mask, 0));
    return true;
}

/* ---- masks: first bits of elements ---- */

JIT(vextractbm)
{
    put_gpr(ir, f_rt(i), ir_emit(ir, IR_V_MASK, VB, 0, 0, 0));
    return true;
}

JIT(vexpandbm) { return to_vt(ir, i, V2(GT_S8, splat64(ir, 0), VB)); }
JIT(vexpandhm) { return to_vt(ir, i, VI(SAR16, VB, 15)); }
JIT(vexpandwm) { return to_vt(ir, i, VI(SAR32, VB, 31)); }
JIT(vexpanddm) { return to_vt(ir, i, V2(GT_S64, splat64(ir, 0), VB)); }
