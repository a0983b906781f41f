/* Front end: AES, SHA-2, carry-less products. See interp/crypto.c.
 *
 * The book's byte 0 of the state of AES is the host's byte 15; the instructions of x86-64 have it in byte 0. The
 * reversals between two rounds cancel each other (ir_vector()). */
#include "cpu-ppc64/jit/front-vector.h"

#define VA get_vr(ir, f_vra(i))
#define VB get_vr(ir, f_vrb(i))

static bool to_vt(struct ir *ir, insn_t i, ir_value v)
{
    return put_vr(ir, f_vrt(i), v);
}

static ir_value reversed(struct ir *ir, ir_value v)
{
    return V2(BYTES, v, ir_vector_const(ir, UINT64_C(0x0001020304050607), UINT64_C(0x08090a0b0c0d0e0f)));
}

static bool cipher(struct ir *ir, insn_t i, enum ir_vector op)
{
    ir_value x, key;

    if (!(ir->vector_features & IR_VECTOR_AES))
        return false;
    x = VA;
    key = VB;
    return to_vt(ir, i, reversed(ir, ir_vector(ir, op, reversed(ir, x), reversed(ir, key), 0, 0)));
}

JIT(vcipher) { return cipher(ir, i, IR_V_AES_ENCRYPT); }
JIT(vcipherlast) { return cipher(ir, i, IR_V_AES_ENCRYPT_LAST); }
JIT(vncipherlast) { return cipher(ir, i, IR_V_AES_DECRYPT_LAST); }

/* The key is added before columns are unmixed, not after. */
JIT(vncipher)
{
    ir_value x, key;

    if (!(ir->vector_features & IR_VECTOR_AES))
        return false;
    x = VA;
    key = VB;
    x = V2(AES_DECRYPT_LAST, reversed(ir, x), reversed(ir, key));
    return to_vt(ir, i, reversed(ir, V1(AES_UNMIX, x)));
}

/* A last round with the key 0, whose shift of rows is undone before. */
JIT(vsbox)
{
    ir_value rows;

    if (!(ir->vector_features & IR_VECTOR_AES))
        return false;
    rows = ir_vector_const(ir, UINT64_C(0x0306090c0f020508), UINT64_C(0x0b0e0104070a0d00));
    return to_vt(ir, i, V2(AES_ENCRYPT_LAST, V2(BYTES, VA, rows), splat64(ir, 0)));
}

/* ---- SHA-2 ---- */

static ir_value rotr32(struct ir *ir, ir_value v, unsigned n)
{
    return V2(OR, VI(SHR32, v, n), VI(SHL32, v, 32 - n));
}

static ir_value rotr64(struct ir *ir, ir_value v, unsigned n)
{
    return V2(OR, VI(SHR64, v, n), VI(SHL64, v, 64 - n));
}

static ir_value xor3(struct ir *ir, ir_value x, ir_value y, ir_value z)
{
    return V2(XOR, V2(XOR, x, y), z);
}

static ir_value sigma256(struct ir *ir, ir_value v, bool is_capital, bool is_one)
{
    if (is_capital && is_one)
        return xor3(ir, rotr32(ir, v, 6), rotr32(ir, v, 11), rotr32(ir, v, 25));
    if (is_capital)
        return xor3(ir, rotr32(ir, v, 2), rotr32(ir, v, 13), rotr32(ir, v, 22));
    if (is_one)
        return xor3(ir, rotr32(ir, v, 17), rotr32(ir, v, 19), VI(SHR32, v, 10));
    return xor3(ir, rotr32(ir, v, 7), rotr32(ir, v, 18), VI(SHR32, v, 3));
}

static ir_value sigma512(struct ir *ir, ir_value v, bool is_capital, bool is_one)
{
    if (is_capital && is_one)
        return xor3(ir, rotr64(ir, v, 14), rotr64(ir, v, 18), rotr64(ir, v, 41));
    if (is_capital)
        return xor3(ir, rotr64(ir, v, 28), rotr64(ir, v, 34), rotr64(ir, v, 39));
    if (is_one)
        return xor3(ir, rotr64(ir, v, 19), rotr64(ir, v, 61), VI(SHR64, v, 6));
    return xor3(ir, rotr64(ir, v, 1), rotr64(ir, v, 8), VI(SHR64, v, 7));
}

/* Halfwords of `one`, the others of `zero`. */
static bool chosen(struct ir *ir, insn_t i, ir_value (*sigma)(struct ir *, ir_value, bool, bool), unsigned halfwords)
{
    ir_value x = VA;

    if (halfwords == 0 || halfwords == 0xff)
        return to_vt(ir, i, sigma(ir, x, f_st(i), halfwords));
    return to_vt(ir, i, ir_vector(ir, IR_V_BLEND16, sigma(ir, x, f_st(i), false), sigma(ir, x, f_st(i), true), 0,
                                  halfwords));
}

JIT(vshasigmaw)
{
    unsigned halfwords = 0;

    for (unsigned k = 0; k < 4; k++)
        halfwords |= (f_six(i) >> k & 1 ? 3u : 0) << 2 * k;
    return chosen(ir, i, sigma256, halfwords);
}

JIT(vshasigmad)
{
    return chosen(ir, i, sigma512, (f_six(i) >> 1 & 1 ? 0x0fu : 0) | (f_six(i) >> 3 & 1 ? 0xf0u : 0));
}

/* ---- polynomials over GF(2) ---- */

enum { LOW_LOW = 0x00, HIGH_HIGH = 0x11 };

JIT(vpmsumd)
{
    ir_value x, y;

    if (!(ir->vector_features & IR_VECTOR_CARRYLESS))
        return false;
    x = VA;
    y = VB;
    return to_vt(ir, i, V2(XOR, ir_vector(ir, IR_V_CARRYLESS, x, y, 0, LOW_LOW),
                           ir_vector(ir, IR_V_CARRYLESS, x, y, 0, HIGH_HIGH)));
}

JIT(vpmsumw)
{
    ir_value x, y, even_x, even_y, odd_x, odd_y, low, high;

    if (!(ir->vector_features & IR_VECTOR_CARRYLESS))
        return false;
    x = VA;
    y = VB;
    even_x = V2(AND, x, splat64(ir, UINT32_MAX));
    even_y = V2(AND, y, splat64(ir, UINT32_MAX));
    odd_x = VI(SHR64, x, 32);
    odd_y = VI(SHR64, y, 32);
    low = V2(XOR, ir_vector(ir, IR_V_CARRYLESS, even_x, even_y, 0, LOW_LOW),
             ir_vector(ir, IR_V_CARRYLESS, odd_x, odd_y, 0, LOW_LOW));
    high = V2(XOR, ir_vector(ir, IR_V_CARRYLESS, even_x, even_y, 0, HIGH_HIGH),
              ir_vector(ir, IR_V_CARRYLESS, odd_x, odd_y, 0, HIGH_HIGH));
    return to_vt(ir, i, V2(INTERLEAVE_LOW64, low, high));
}

JIT(vpermxor)
{
    ir_value x = VA, y = VB, control = get_vr(ir, f_vrc(i)), last = splat8(ir, 15);

    return to_vt(ir, i, V2(XOR, V2(BYTES, x, V2(ANDN, VI(SHR16, control, 4), last)),
                           V2(BYTES, y, V2(ANDN, control, last))));
}
