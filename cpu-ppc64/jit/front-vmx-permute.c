/* Front end: vector permutations: permute, splat, merge, pack, unpack, insert, extract. See
 * interp/vmx-permute.c. The book's left is the host's upper end. */
#include "cpu-ppc64/jit/front-vector.h"

#define VA get_vr(ir, f_vra(i))
#define VB get_vr(ir, f_vrb(i))
#define VC get_vr(ir, f_vrc(i))

static bool to_vt(struct ir *ir, insn_t i, ir_value v)
{
    return put_vr(ir, f_vrt(i), v);
}

/* ---- permute and splat ---- */

JIT(vperm)
{
    ir_value x = VA, y = VB, control = VC;

    return to_vt(ir, i, v_permute(ir, x, y, V2(ANDN, control, splat8(ir, 31))));
}

JIT(vpermr)
{
    ir_value x = VA, y = VB, control = VC;

    return to_vt(ir, i, v_permute(ir, x, y, V2(AND, control, splat8(ir, 31))));
}

JIT(vsldoi)
{
    ir_value x = VA, y = VB;

    return to_vt(ir, i, v_shift_pair(ir, x, y, f_shb(i) & 15));
}

JIT(vspltb) { return to_vt(ir, i, V2(BYTES, VB, splat8(ir, (uint8_t)(15 - (f_uim(i) & 15))))); }

JIT(vsplth)
{
    unsigned first = 2 * (7 - (f_uim(i) & 7));

    return to_vt(ir, i, V2(BYTES, VB, splat16(ir, (uint16_t)(first * 0x101 + 0x100))));
}

JIT(vspltw) { return to_vt(ir, i, VI(WORDS, VB, (3 - (f_uim(i) & 3)) * 0x55)); }

JIT(vspltisb) { return to_vt(ir, i, splat8(ir, (uint8_t)f_sim(i))); }
JIT(vspltish) { return to_vt(ir, i, splat16(ir, (uint16_t)f_sim(i))); }
JIT(vspltisw) { return to_vt(ir, i, splat32(ir, (uint32_t)f_sim(i))); }

/* Controls for vperm: ascending bytes to the right. */
static ir_value address_byte(struct ir *ir, insn_t i)
{
    ir_value ea = get_gpr(ir, f_rb(i));

    if (f_ra(i))
        ea = ir_op2(ir, IR_ADD, get_gpr(ir, f_ra(i)), ea);
    return v_splat_byte(ir, ir_op2(ir, IR_AND, ea, ir_const(ir, 15)));
}

JIT(lvsl)
{
    ir_value first = address_byte(ir, i);

    return to_vt(ir, i,
                 V2(ADD8, first, ir_vector_const(ir, UINT64_C(0x0001020304050607), UINT64_C(0x08090a0b0c0d0e0f))));
}

JIT(lvsr)
{
    ir_value first = address_byte(ir, i);

    return to_vt(ir, i,
                 V2(SUB8, ir_vector_const(ir, UINT64_C(0x1011121314151617), UINT64_C(0x18191a1b1c1d1e1f)), first));
}

/* ---- merge ---- */

static bool merge(struct ir *ir, insn_t i, enum ir_vector op)
{
    ir_value x = VA, y = VB;

    return to_vt(ir, i, ir_vector(ir, op, y, x, 0, 0));
}

JIT(vmrghb) { return merge(ir, i, IR_V_INTERLEAVE_HIGH8); }
JIT(vmrghh) { return merge(ir, i, IR_V_INTERLEAVE_HIGH16); }
JIT(vmrghw) { return merge(ir, i, IR_V_INTERLEAVE_HIGH32); }
JIT(vmrglb) { return merge(ir, i, IR_V_INTERLEAVE_LOW8); }
JIT(vmrglh) { return merge(ir, i, IR_V_INTERLEAVE_LOW16); }
JIT(vmrglw) { return merge(ir, i, IR_V_INTERLEAVE_LOW32); }

enum { UPPER_WORDS = 0xcc };

JIT(vmrgew)
{
    ir_value x = VA, y = VB;

    return to_vt(ir, i, ir_vector(ir, IR_V_BLEND16, VI(SHR64, y, 32), x, 0, UPPER_WORDS));
}

JIT(vmrgow)
{
    ir_value x = VA, y = VB;

    return to_vt(ir, i, ir_vector(ir, IR_V_BLEND16, y, VI(SHL64, x, 32), 0, UPPER_WORDS));
}

/* ---- pack: VRA's elements are the upper half ---- */

static bool pack(struct ir *ir, insn_t i, enum ir_vector op, ir_value mask)
{
    ir_value x = V2(AND, VA, mask), y = V2(AND, VB, mask);

    return to_vt(ir, i, ir_vector(ir, op, y, x, 0, 0));
}

JIT(vpkuhum) { return pack(ir, i, IR_V_PACK_U8, splat16(ir, 0xff)); }
JIT(vpkuwum) { return pack(ir, i, IR_V_PACK_U16, splat32(ir, 0xffff)); }

JIT(vpkudum)
{
    enum { EVEN_WORDS = 0x88 };
    ir_value x = VA, y = VB;

    return to_vt(ir, i, ir_vector(ir, IR_V_WORDS2, y, x, 0, EVEN_WORDS));
}

/* Elements brought between low and high (with IR_V_COPY: only below high), which no pack changes any more. */
static bool pack_saturated(struct ir *ir, insn_t i, enum ir_vector op, enum ir_vector max, ir_value low,
                           enum ir_vector min, ir_value high)
{
    ir_value x = VA, y = VB, clamped_x = x, clamped_y = y;

    if (max != IR_V_COPY) {
        clamped_x = ir_vector(ir, max, x, low, 0, 0);
        clamped_y = ir_vector(ir, max, y, low, 0, 0);
    }
    clamped_x = ir_vector(ir, min, clamped_x, high, 0, 0);
    clamped_y = ir_vector(ir, min, clamped_y, high, 0, 0);
    v_saturated(ir, V2(OR, V2(XOR, clamped_x, x), V2(XOR, clamped_y, y)));
    return to_vt(ir, i, ir_vector(ir, op, clamped_y, clamped_x, 0, 0));
}

JIT(vpkuhus) { return pack_saturated(ir, i, IR_V_PACK_U8, IR_V_COPY, 0, IR_V_MIN_U16, splat16(ir, 0xff)); }
JIT(vpkuwus) { return pack_saturated(ir, i, IR_V_PACK_U16, IR_V_COPY, 0, IR_V_MIN_U32, splat32(ir, 0xffff)); }

JIT(vpkshus)
{
    return pack_saturated(ir, i, IR_V_PACK_U8, IR_V_MAX_S16, splat64(ir, 0), IR_V_MIN_S16, splat16(ir, 0xff));
}

JIT(vpkswus)
{
    return pack_saturated(ir, i, IR_V_PACK_U16, IR_V_MAX_S32, splat64(ir, 0), IR_V_MIN_S32, splat32(ir, 0xffff));
}

JIT(vpkshss)
{
    return pack_saturated(ir, i, IR_V_PACK_S8, IR_V_MAX_S16, splat16(ir, 0xff80), IR_V_MIN_S16, splat16(ir, 0x7f));
}

JIT(vpkswss)
{
    return pack_saturated(ir, i, IR_V_PACK_S16, IR_V_MAX_S32, splat32(ir, 0xffff8000), IR_V_MIN_S32,
                          splat32(ir, 0x7fff));
}

/* ---- unpack ---- */

JIT(vupkhsb) { return to_vt(ir, i, V1(WIDEN_S8, VI(SHR_BYTES, VB, 8))); }
JIT(vupkhsh) { return to_vt(ir, i, V1(WIDEN_S16, VI(SHR_BYTES, VB, 8))); }
JIT(vupkhsw) { return to_vt(ir, i, V1(WIDEN_S32, VI(SHR_BYTES, VB, 8))); }
JIT(vupklsb) { return to_vt(ir, i, V1(WIDEN_S8, VB)); }
JIT(vupklsh) { return to_vt(ir, i, V1(WIDEN_S16, VB)); }
JIT(vupklsw) { return to_vt(ir, i, V1(WIDEN_S32, VB)); }

/* ---- insert and extract: n bytes from the book's byte `at` on, which may wrap around ---- */

enum { NO_BYTE = 0x80 };

struct bytes {
    uint8_t b[16];
};

static ir_value bytes_const(struct ir *ir, const struct bytes *v)
{
    uint64_t low = 0, high = 0;

    for (unsigned k = 0; k < 8; k++) {
        low |= (uint64_t)v->b[k] << 8 * k;
        high |= (uint64_t)v->b[8 + k] << 8 * k;
    }
    return ir_vector_const(ir, high, low);
}

/* To the right end of doubleword 0. */
static bool extract(struct ir *ir, insn_t i, unsigned n)
{
    struct bytes from;

    memset(&from, NO_BYTE, sizeof from);
    for (unsigned k = 0; k < n; k++)
        from.b[8 + k] = (uint8_t)(15 - ((f_uim(i) + n - 1 - k) & 15));
    return to_vt(ir, i, V2(BYTES, VB, bytes_const(ir, &from)));
}

static bool insert(struct ir *ir, insn_t i, unsigned n)
{
    struct bytes from, kept;
    ir_value target = get_vr(ir, f_vrt(i)), source = VB;

    memset(&from, NO_BYTE, sizeof from);
    memset(&kept, 0xff, sizeof kept);
    for (unsigned k = 0; k < n; k++) {
        unsigned to = 15 - ((f_uim(i) + k) & 15);

        from.b[to] = (uint8_t)(8 + n - 1 - k);
        kept.b[to] = 0;
    }
    return to_vt(ir, i, V2(OR, V2(AND, target, bytes_const(ir, &kept)), V2(BYTES, source, bytes_const(ir, &from))));
}

JIT(vextractub) { return extract(ir, i, 1); }
JIT(vextractuh) { return extract(ir, i, 2); }
JIT(vextractuw) { return extract(ir, i, 4); }
JIT(vextractd) { return extract(ir, i, 8); }
JIT(vinsertb) { return insert(ir, i, 1); }
JIT(vinserth) { return insert(ir, i, 2); }
JIT(vinsertw) { return insert(ir, i, 4); }
JIT(vinsertd) { return insert(ir, i, 8); }

/* To a GPR. `first` and what follows are the numbers of the host's bytes for an index of 0; zeros come in where they
 * pass beyond the register, to 0x80 or more. */
static bool extract_indexed(struct ir *ir, insn_t i, unsigned n, unsigned first, enum ir_vector op)
{
    ir_value index = v_splat_byte(ir, ir_op2(ir, IR_AND, get_gpr(ir, f_ra(i)), ir_const(ir, 15))), source = VB;
    uint64_t numbers = 0;
    ir_value at;

    for (unsigned k = 0; k < 8; k++)
        numbers |= (uint64_t)(k < n ? first + k : NO_BYTE + 15) << 8 * k;
    at = ir_vector(ir, op, ir_vector_const(ir, 0, numbers), index, 0, 0);
    put_gpr(ir, f_rt(i), ir_emit(ir, IR_I_FROM_V, V2(BYTES, source, at), 0, 0, 1));
    return true;
}

JIT(vextublx) { return extract_indexed(ir, i, 1, 15, IR_V_SUB8); }
JIT(vextuhlx) { return extract_indexed(ir, i, 2, 14, IR_V_SUB8); }
JIT(vextuwlx) { return extract_indexed(ir, i, 4, 12, IR_V_SUB8); }
JIT(vextubrx) { return extract_indexed(ir, i, 1, 0x70, IR_V_ADD8); }
JIT(vextuhrx) { return extract_indexed(ir, i, 2, 0x70, IR_V_ADD8); }
JIT(vextuwrx) { return extract_indexed(ir, i, 4, 0x70, IR_V_ADD8); }

/* ---- bits ---- */

/* VRA's bits that the bytes of VRB number: the byte with the bit, then whether it has it. */
JIT(vbpermq)
{
    ir_value x = VA, n = VB;
    ir_value byte = V2(AND, VI(SHR16, V2(XOR, n, splat8(ir, 0x78)), 3), splat8(ir, 15));
    ir_value bit = V2(BYTES, splat64(ir, UINT64_C(0x0102040810204080)), V2(AND, n, splat8(ir, 7)));

    /* From 128 on there is none. */
    byte = V2(OR, byte, V2(AND, n, splat8(ir, 0x80)));
    x = V2(EQ8, V2(AND, V2(BYTES, x, byte), bit), bit);
    return to_vt(ir, i, ir_emit(ir, IR_V_FROM_I, ir_emit(ir, IR_V_MASK, x, 0, 0, 0), ir_const(ir, 0), 0, 0));
}

/* Doublewords as eight rows of eight bits, transposed: blocks of 4, 2, 1 are exchanged. */
JIT(vgbbd)
{
    static const struct {
        uint8_t shift;
        uint64_t mask;
    } steps[] = {
        { 28, UINT64_C(0x00000000f0f0f0f0) }, { 14, UINT64_C(0x0000cccc0000cccc) },
        { 7, UINT64_C(0x00aa00aa00aa00aa) },
    };
    ir_value v = VB;

    for (unsigned k = 0; k < ARRAY_SIZE(steps); k++) {
        ir_value x = V2(AND, V2(XOR, v, VI(SHR64, v, steps[k].shift)), splat64(ir, steps[k].mask));

        v = V2(XOR, v, V2(XOR, x, VI(SHL64, x, steps[k].shift)));
    }
    return to_vt(ir, i, v);
}
