/* Front end: vector integer arithmetic, comparison, logic. See interp/vmx-integer.c, vmx-compare.c, vmx-logical.c.
 * What saturates tells VSCR[SAT]. */
#include "cpu-ppc64/jit/front-vector.h"

#define VA get_vr(ir, f_vra(i))
#define VB get_vr(ir, f_vrb(i))
#define VC get_vr(ir, f_vrc(i))

static bool to_vt(struct ir *ir, insn_t i, ir_value v)
{
    return put_vr(ir, f_vrt(i), v);
}

/* One operation on VRA and VRB. */
static bool ab(struct ir *ir, insn_t i, enum ir_vector op)
{
    ir_value x = VA, y = VB;

    return to_vt(ir, i, ir_vector(ir, op, x, y, 0, 0));
}

/* ---- logic ---- */

JIT(vand) { return ab(ir, i, IR_V_AND); }

/* Of a register and itself: a copy, all zeros, all ones. */
JIT(vor)
{
    return f_vra(i) == f_vrb(i) ? to_vt(ir, i, VA) : ab(ir, i, IR_V_OR);
}

JIT(vxor)
{
    return f_vra(i) == f_vrb(i) ? to_vt(ir, i, splat64(ir, 0)) : ab(ir, i, IR_V_XOR);
}

JIT(vandc)
{
    ir_value x = VA, y = VB;

    return to_vt(ir, i, V2(ANDN, y, x));
}

JIT(vnor)
{
    ir_value x = VA, y = VB;

    return to_vt(ir, i, v_not(ir, x == y ? x : V2(OR, x, y)));
}

JIT(vnand)
{
    ir_value x = VA, y = VB;

    return to_vt(ir, i, v_not(ir, V2(AND, x, y)));
}

JIT(vorc)
{
    ir_value x = VA, y = VB;

    return to_vt(ir, i, x == y ? splat64(ir, UINT64_MAX) : V2(OR, x, v_not(ir, y)));
}

JIT(veqv)
{
    ir_value x = VA, y = VB;

    return to_vt(ir, i, x == y ? splat64(ir, UINT64_MAX) : v_not(ir, V2(XOR, x, y)));
}

JIT(vsel)
{
    ir_value x = VA, y = VB, z = VC;

    return to_vt(ir, i, v_select(ir, x, y, z));
}

/* ---- add and subtract ---- */

JIT(vaddubm) { return ab(ir, i, IR_V_ADD8); }
JIT(vadduhm) { return ab(ir, i, IR_V_ADD16); }
JIT(vadduwm) { return ab(ir, i, IR_V_ADD32); }
JIT(vaddudm) { return ab(ir, i, IR_V_ADD64); }
JIT(vsububm) { return ab(ir, i, IR_V_SUB8); }
JIT(vsubuhm) { return ab(ir, i, IR_V_SUB16); }
JIT(vsubuwm) { return ab(ir, i, IR_V_SUB32); }
JIT(vsubudm) { return ab(ir, i, IR_V_SUB64); }

/* Where the saturating operation and the plain one differ, an element was saturated. */
static bool saturating(struct ir *ir, insn_t i, enum ir_vector op, enum ir_vector plain)
{
    ir_value x = VA, y = VB, v = ir_vector(ir, op, x, y, 0, 0);

    v_saturated(ir, V2(XOR, v, ir_vector(ir, plain, x, y, 0, 0)));
    return to_vt(ir, i, v);
}

JIT(vaddubs) { return saturating(ir, i, IR_V_ADD_SAT_U8, IR_V_ADD8); }
JIT(vadduhs) { return saturating(ir, i, IR_V_ADD_SAT_U16, IR_V_ADD16); }
JIT(vaddsbs) { return saturating(ir, i, IR_V_ADD_SAT_S8, IR_V_ADD8); }
JIT(vaddshs) { return saturating(ir, i, IR_V_ADD_SAT_S16, IR_V_ADD16); }
JIT(vsububs) { return saturating(ir, i, IR_V_SUB_SAT_U8, IR_V_SUB8); }
JIT(vsubuhs) { return saturating(ir, i, IR_V_SUB_SAT_U16, IR_V_SUB16); }
JIT(vsubsbs) { return saturating(ir, i, IR_V_SUB_SAT_S8, IR_V_SUB8); }
JIT(vsubshs) { return saturating(ir, i, IR_V_SUB_SAT_S16, IR_V_SUB16); }

/* Words: what x can grow by is ~y. */
static ir_value add_sat_u32(struct ir *ir, ir_value x, ir_value y)
{
    ir_value v = V2(ADD32, V2(MIN_U32, x, v_not(ir, y)), y);

    v_saturated(ir, V2(XOR, v, V2(ADD32, x, y)));
    return v;
}

/* v, or the greatest or least number with x's sign where `overflow` has its first bit set. */
static ir_value clamp_s32(struct ir *ir, ir_value x, ir_value v, ir_value overflow)
{
    ir_value wrong = VI(SAR32, overflow, 31);

    v_saturated(ir, wrong);
    return ir_vector(ir, IR_V_BLEND8, v, V2(XOR, VI(SAR32, x, 31), splat32(ir, INT32_MAX)), wrong, 0);
}

static ir_value add_sat_s32(struct ir *ir, ir_value x, ir_value y)
{
    ir_value v = V2(ADD32, x, y);

    return clamp_s32(ir, x, v, V2(AND, V2(XOR, x, v), V2(XOR, y, v)));
}

JIT(vadduws)
{
    ir_value x = VA, y = VB;

    return to_vt(ir, i, add_sat_u32(ir, x, y));
}

JIT(vsubuws)
{
    ir_value x = VA, y = VB, v = V2(SUB32, V2(MAX_U32, x, y), y);

    v_saturated(ir, V2(XOR, v, V2(SUB32, x, y)));
    return to_vt(ir, i, v);
}

JIT(vaddsws)
{
    ir_value x = VA, y = VB;

    return to_vt(ir, i, add_sat_s32(ir, x, y));
}

JIT(vsubsws)
{
    ir_value x = VA, y = VB, v = V2(SUB32, x, y);

    return to_vt(ir, i, clamp_s32(ir, x, v, V2(AND, V2(XOR, x, v), V2(XOR, x, y))));
}

/* 1 unless the sum is at least x. */
JIT(vaddcuw)
{
    ir_value x = VA, y = VB;

    return to_vt(ir, i, V2(ADD32, V2(EQ32, V2(MIN_U32, V2(ADD32, x, y), x), x), splat32(ir, 1)));
}

JIT(vsubcuw)
{
    ir_value x = VA, y = VB;

    return to_vt(ir, i, VI(SHR32, V2(EQ32, V2(MAX_U32, x, y), x), 31));
}

static ir_value greater_u64(struct ir *ir, ir_value x, ir_value y)
{
    ir_value sign = splat64(ir, UINT64_C(1) << 63);

    return V2(GT_S64, V2(XOR, x, sign), V2(XOR, y, sign));
}

/* The carry is all ones, -1, in the lower doubleword; it moves up. */
JIT(vadduqm)
{
    ir_value x = VA, y = VB, v = V2(ADD64, x, y);

    return to_vt(ir, i, V2(SUB64, v, VI(SHL_BYTES, greater_u64(ir, x, v), 8)));
}

JIT(vsubuqm)
{
    ir_value x = VA, y = VB;

    return to_vt(ir, i, V2(ADD64, V2(SUB64, x, y), VI(SHL_BYTES, greater_u64(ir, y, x), 8)));
}

JIT(vavgub) { return ab(ir, i, IR_V_AVG_U8); }
JIT(vavguh) { return ab(ir, i, IR_V_AVG_U16); }

/* (x | y) - (x ^ y) / 2 */
static bool average(struct ir *ir, insn_t i, enum ir_vector shift)
{
    ir_value x = VA, y = VB;

    return to_vt(ir, i, V2(SUB32, V2(OR, x, y), ir_vector(ir, shift, V2(XOR, x, y), 0, 0, 1)));
}

JIT(vavguw) { return average(ir, i, IR_V_SHR32); }
JIT(vavgsw) { return average(ir, i, IR_V_SAR32); }

/* Signed numbers as unsigned ones that lie 2^(n-1) higher. */
static bool average_biased(struct ir *ir, insn_t i, enum ir_vector op, ir_value bias)
{
    ir_value x = V2(XOR, VA, bias), y = V2(XOR, VB, bias);

    return to_vt(ir, i, V2(XOR, ir_vector(ir, op, x, y, 0, 0), bias));
}

JIT(vavgsb) { return average_biased(ir, i, IR_V_AVG_U8, splat8(ir, 0x80)); }
JIT(vavgsh) { return average_biased(ir, i, IR_V_AVG_U16, splat16(ir, 0x8000)); }

static bool difference(struct ir *ir, insn_t i, enum ir_vector op)
{
    ir_value x = VA, y = VB;

    return to_vt(ir, i, V2(OR, ir_vector(ir, op, x, y, 0, 0), ir_vector(ir, op, y, x, 0, 0)));
}

JIT(vabsdub) { return difference(ir, i, IR_V_SUB_SAT_U8); }
JIT(vabsduh) { return difference(ir, i, IR_V_SUB_SAT_U16); }

JIT(vabsduw)
{
    ir_value x = VA, y = VB;

    return to_vt(ir, i, V2(SUB32, V2(MAX_U32, x, y), V2(MIN_U32, x, y)));
}

JIT(vnegw) { return to_vt(ir, i, V2(SUB32, splat64(ir, 0), VB)); }
JIT(vnegd) { return to_vt(ir, i, V2(SUB64, splat64(ir, 0), VB)); }

/* ---- maximum and minimum ---- */

JIT(vmaxub) { return ab(ir, i, IR_V_MAX_U8); }
JIT(vmaxuh) { return ab(ir, i, IR_V_MAX_U16); }
JIT(vmaxuw) { return ab(ir, i, IR_V_MAX_U32); }
JIT(vmaxsb) { return ab(ir, i, IR_V_MAX_S8); }
JIT(vmaxsh) { return ab(ir, i, IR_V_MAX_S16); }
JIT(vmaxsw) { return ab(ir, i, IR_V_MAX_S32); }
JIT(vminub) { return ab(ir, i, IR_V_MIN_U8); }
JIT(vminuh) { return ab(ir, i, IR_V_MIN_U16); }
JIT(vminuw) { return ab(ir, i, IR_V_MIN_U32); }
JIT(vminsb) { return ab(ir, i, IR_V_MIN_S8); }
JIT(vminsh) { return ab(ir, i, IR_V_MIN_S16); }
JIT(vminsw) { return ab(ir, i, IR_V_MIN_S32); }

static bool choose64(struct ir *ir, insn_t i, bool is_signed, bool max)
{
    ir_value x = VA, y = VB, greater = is_signed ? V2(GT_S64, x, y) : greater_u64(ir, x, y);

    return to_vt(ir, i, ir_vector(ir, IR_V_BLEND8, max ? y : x, max ? x : y, greater, 0));
}

JIT(vmaxud) { return choose64(ir, i, false, true); }
JIT(vmaxsd) { return choose64(ir, i, true, true); }
JIT(vminud) { return choose64(ir, i, false, false); }
JIT(vminsd) { return choose64(ir, i, true, false); }

/* ---- comparison ---- */

static bool compared(struct ir *ir, insn_t i, ir_value v)
{
    to_vt(ir, i, v);
    if (f_vrc_rc(i))
        ir_put(ir, SLOT_CRF + 6, ir_emit(ir, IR_CMP_ALL, ir_emit(ir, IR_V_MASK, v, 0, 0, 0), 0, 0, 0));
    return true;
}

static bool compare(struct ir *ir, insn_t i, enum ir_vector op)
{
    ir_value x = VA, y = VB;

    return compared(ir, i, ir_vector(ir, op, x, y, 0, 0));
}

/* x > y unless x is the lesser of both. */
static bool compare_unsigned(struct ir *ir, insn_t i, enum ir_vector equal, enum ir_vector min)
{
    ir_value x = VA, y = VB;

    return compared(ir, i, v_not(ir, ir_vector(ir, equal, ir_vector(ir, min, x, y, 0, 0), x, 0, 0)));
}

static bool compare_not(struct ir *ir, insn_t i, enum ir_vector equal)
{
    ir_value x = VA, y = VB;

    return compared(ir, i, v_not(ir, ir_vector(ir, equal, x, y, 0, 0)));
}

/* Not equal, or zero. */
static bool compare_not_zero(struct ir *ir, insn_t i, enum ir_vector equal)
{
    ir_value x = VA, y = VB, zero = ir_vector(ir, equal, x, splat64(ir, 0), 0, 0);

    return compared(ir, i, v_not(ir, V2(ANDN, zero, ir_vector(ir, equal, x, y, 0, 0))));
}

JIT(vcmpequb) { return compare(ir, i, IR_V_EQ8); }
JIT(vcmpequh) { return compare(ir, i, IR_V_EQ16); }
JIT(vcmpequw) { return compare(ir, i, IR_V_EQ32); }
JIT(vcmpequd) { return compare(ir, i, IR_V_EQ64); }
JIT(vcmpgtsb) { return compare(ir, i, IR_V_GT_S8); }
JIT(vcmpgtsh) { return compare(ir, i, IR_V_GT_S16); }
JIT(vcmpgtsw) { return compare(ir, i, IR_V_GT_S32); }
JIT(vcmpgtsd) { return compare(ir, i, IR_V_GT_S64); }
JIT(vcmpgtub) { return compare_unsigned(ir, i, IR_V_EQ8, IR_V_MIN_U8); }
JIT(vcmpgtuh) { return compare_unsigned(ir, i, IR_V_EQ16, IR_V_MIN_U16); }
JIT(vcmpgtuw) { return compare_unsigned(ir, i, IR_V_EQ32, IR_V_MIN_U32); }
JIT(vcmpneb) { return compare_not(ir, i, IR_V_EQ8); }
JIT(vcmpneh) { return compare_not(ir, i, IR_V_EQ16); }
JIT(vcmpnew) { return compare_not(ir, i, IR_V_EQ32); }
JIT(vcmpnezb) { return compare_not_zero(ir, i, IR_V_EQ8); }
JIT(vcmpnezh) { return compare_not_zero(ir, i, IR_V_EQ16); }
JIT(vcmpnezw) { return compare_not_zero(ir, i, IR_V_EQ32); }

JIT(vcmpgtud)
{
    ir_value x = VA, y = VB;

    return compared(ir, i, greater_u64(ir, x, y));
}

/* ---- multiply: the book's odd elements are the even ones here ---- */

/* The lower and the upper halves of each element, as numbers of its size. */
static ir_value bytes_even(struct ir *ir, ir_value v, bool is_signed)
{
    return is_signed ? VI(SAR16, VI(SHL16, v, 8), 8) : V2(AND, v, splat16(ir, 0xff));
}

static ir_value bytes_odd(struct ir *ir, ir_value v, bool is_signed)
{
    return is_signed ? VI(SAR16, v, 8) : VI(SHR16, v, 8);
}

static bool multiply_bytes(struct ir *ir, insn_t i, bool is_signed, ir_value (*part)(struct ir *, ir_value, bool))
{
    ir_value x = part(ir, VA, is_signed), y = part(ir, VB, is_signed);

    return to_vt(ir, i, V2(MUL16, x, y));
}

JIT(vmuloub) { return multiply_bytes(ir, i, false, bytes_even); }
JIT(vmulosb) { return multiply_bytes(ir, i, true, bytes_even); }
JIT(vmuleub) { return multiply_bytes(ir, i, false, bytes_odd); }
JIT(vmulesb) { return multiply_bytes(ir, i, true, bytes_odd); }

enum { ODD_HALFWORDS = 0xaa, UPPER_WORDS = 0xcc };

static ir_value products_even_u16(struct ir *ir, ir_value x, ir_value y)
{
    return ir_vector(ir, IR_V_BLEND16, V2(MUL16, x, y), VI(SHL32, V2(MULH_U16, x, y), 16), 0, ODD_HALFWORDS);
}

static ir_value products_odd_u16(struct ir *ir, ir_value x, ir_value y)
{
    return ir_vector(ir, IR_V_BLEND16, VI(SHR32, V2(MUL16, x, y), 16), V2(MULH_U16, x, y), 0, ODD_HALFWORDS);
}

JIT(vmulouh)
{
    ir_value x = VA, y = VB;

    return to_vt(ir, i, products_even_u16(ir, x, y));
}

JIT(vmuleuh)
{
    ir_value x = VA, y = VB;

    return to_vt(ir, i, products_odd_u16(ir, x, y));
}

/* One of the two products that are added is 0. */
static bool multiply_s16(struct ir *ir, insn_t i, uint32_t mask)
{
    ir_value x = V2(AND, VA, splat32(ir, mask)), y = VB;

    return to_vt(ir, i, V2(MUL_ADD_S16, x, y));
}

JIT(vmulosh) { return multiply_s16(ir, i, 0xffff); }
JIT(vmulesh) { return multiply_s16(ir, i, 0xffff0000); }

static bool multiply_words(struct ir *ir, insn_t i, enum ir_vector op, bool odd)
{
    ir_value x = VA, y = VB;

    if (odd)
        x = VI(SHR64, x, 32), y = VI(SHR64, y, 32);
    return to_vt(ir, i, ir_vector(ir, op, x, y, 0, 0));
}

JIT(vmulouw) { return multiply_words(ir, i, IR_V_MUL_EVEN_U32, false); }
JIT(vmulosw) { return multiply_words(ir, i, IR_V_MUL_EVEN_S32, false); }
JIT(vmuleuw) { return multiply_words(ir, i, IR_V_MUL_EVEN_U32, true); }
JIT(vmulesw) { return multiply_words(ir, i, IR_V_MUL_EVEN_S32, true); }
JIT(vmuluwm) { return ab(ir, i, IR_V_MUL32); }

/* The lower halves' product, and above it both mixed ones. */
JIT(vmulld)
{
    ir_value x = VA, y = VB;
    ir_value mixed =
        V2(ADD64, V2(MUL_EVEN_U32, VI(SHR64, x, 32), y), V2(MUL_EVEN_U32, x, VI(SHR64, y, 32)));

    return to_vt(ir, i, V2(ADD64, V2(MUL_EVEN_U32, x, y), VI(SHL64, mixed, 32)));
}

JIT(vmladduhm)
{
    ir_value x = VA, y = VB, z = VC;

    return to_vt(ir, i, V2(ADD16, V2(MUL16, x, y), z));
}

/* ---- sums across elements ---- */

static bool multiply_sum_bytes(struct ir *ir, insn_t i, bool is_signed)
{
    ir_value x = VA, y = VB, z = VC;
    ir_value even = V2(MUL_ADD_S16, bytes_even(ir, x, is_signed), bytes_even(ir, y, false));
    ir_value odd = V2(MUL_ADD_S16, bytes_odd(ir, x, is_signed), bytes_odd(ir, y, false));

    return to_vt(ir, i, V2(ADD32, V2(ADD32, even, odd), z));
}

JIT(vmsumubm) { return multiply_sum_bytes(ir, i, false); }
JIT(vmsummbm) { return multiply_sum_bytes(ir, i, true); }

JIT(vmsumshm)
{
    ir_value x = VA, y = VB, z = VC;

    return to_vt(ir, i, V2(ADD32, V2(MUL_ADD_S16, x, y), z));
}

JIT(vmsumuhm)
{
    ir_value x = VA, y = VB, z = VC;

    return to_vt(ir, i, V2(ADD32, V2(ADD32, products_even_u16(ir, x, y), products_odd_u16(ir, x, y)), z));
}

JIT(vsum4ubs)
{
    ir_value x = VA, y = VB, pairs = V2(MUL_ADD_U8_S8, x, splat8(ir, 1));

    return to_vt(ir, i, add_sat_u32(ir, V2(MUL_ADD_S16, pairs, splat16(ir, 1)), y));
}

JIT(vsum4sbs)
{
    ir_value x = VA, y = VB, pairs = V2(MUL_ADD_U8_S8, splat8(ir, 1), x);

    return to_vt(ir, i, add_sat_s32(ir, V2(MUL_ADD_S16, pairs, splat16(ir, 1)), y));
}

JIT(vsum4shs)
{
    ir_value x = VA, y = VB;

    return to_vt(ir, i, add_sat_s32(ir, V2(MUL_ADD_S16, x, splat16(ir, 1)), y));
}

/* Doublewords: the lower, the upper word with its sign. */
static ir_value low_word(struct ir *ir, ir_value v)
{
    enum { EVEN_TWICE = 0xa0 };

    return ir_vector(ir, IR_V_BLEND16, v, VI(SAR32, VI(WORDS, v, EVEN_TWICE), 31), 0, UPPER_WORDS);
}

static ir_value high_word(struct ir *ir, ir_value v)
{
    enum { ODD_TWICE = 0xf5 };

    return ir_vector(ir, IR_V_BLEND16, VI(WORDS, v, ODD_TWICE), VI(SAR32, v, 31), 0, UPPER_WORDS);
}

/* The words that `mask` leaves of signed doublewords. */
static ir_value clamp_s64_to_s32(struct ir *ir, ir_value v, ir_value mask)
{
    ir_value max = splat64(ir, INT32_MAX), min = splat64(ir, (uint64_t)INT32_MIN);
    ir_value above = V2(GT_S64, v, max), below = V2(GT_S64, min, v);

    v = ir_vector(ir, IR_V_BLEND8, v, max, above, 0);
    v = ir_vector(ir, IR_V_BLEND8, v, min, below, 0);
    v_saturated(ir, V2(AND, V2(OR, above, below), mask));
    return V2(AND, v, mask);
}

JIT(vsum2sws)
{
    ir_value x = VA, y = VB, v = V2(ADD64, V2(ADD64, low_word(ir, x), high_word(ir, x)), low_word(ir, y));

    return to_vt(ir, i, clamp_s64_to_s32(ir, v, splat64(ir, UINT32_MAX)));
}

JIT(vsumsws)
{
    ir_value x = VA, y = VB, v = V2(ADD64, low_word(ir, x), high_word(ir, x));

    v = V2(ADD64, V2(ADD64, v, VI(WORDS, v, IR_WORDS_SWAP)), low_word(ir, y));
    return to_vt(ir, i, clamp_s64_to_s32(ir, v, ir_vector_const(ir, 0, UINT32_MAX)));
}

/* ---- sign extension ---- */

JIT(vextsb2w) { return to_vt(ir, i, VI(SAR32, VI(SHL32, VB, 24), 24)); }
JIT(vextsh2w) { return to_vt(ir, i, VI(SAR32, VI(SHL32, VB, 16), 16)); }
JIT(vextsb2d) { return to_vt(ir, i, low_word(ir, VI(SAR32, VI(SHL32, VB, 24), 24))); }
JIT(vextsh2d) { return to_vt(ir, i, low_word(ir, VI(SAR32, VI(SHL32, VB, 16), 16))); }
JIT(vextsw2d) { return to_vt(ir, i, low_word(ir, VB)); }
