/* What the front ends of vector instructions share. Elements are numbered as on the host from here on: 0 is the
 * least significant one, the book's last. */
#ifndef CPU_PPC64_JIT_FRONT_VECTOR_H
#define CPU_PPC64_JIT_FRONT_VECTOR_H

#include "cpu-ppc64/jit/front.h"

static inline ir_value get_vsr(struct ir *ir, unsigned n)
{
    return ir_get(ir, SLOT_VSR + n);
}

static inline ir_value get_vr(struct ir *ir, unsigned n)
{
    return ir_get(ir, SLOT_VSR + 32 + n);
}

static inline bool put_vsr(struct ir *ir, unsigned n, ir_value v)
{
    ir_put(ir, SLOT_VSR + n, v);
    return true;
}

static inline bool put_vr(struct ir *ir, unsigned n, ir_value v)
{
    return put_vsr(ir, 32 + n, v);
}

/* An operation on two values, on one and a number, on one. */
#define V2(name, a, b) ir_vector(ir, IR_V_##name, a, b, 0, 0)
#define VI(name, a, imm) ir_vector(ir, IR_V_##name, a, 0, 0, imm)
#define V1(name, a) ir_vector(ir, IR_V_##name, a, 0, 0, 0)

/* The same number in every element. */
static inline ir_value splat64(struct ir *ir, uint64_t n)
{
    return ir_vector_const(ir, n, n);
}

static inline ir_value splat32(struct ir *ir, uint32_t n)
{
    return splat64(ir, n * UINT64_C(0x100000001));
}

static inline ir_value splat16(struct ir *ir, uint16_t n)
{
    return splat64(ir, n * UINT64_C(0x0001000100010001));
}

static inline ir_value splat8(struct ir *ir, uint8_t n)
{
    return splat64(ir, n * UINT64_C(0x0101010101010101));
}

static inline ir_value v_not(struct ir *ir, ir_value v)
{
    return V2(XOR, v, splat64(ir, UINT64_MAX));
}

/* Of b where the control's bits are 1, of a where they are 0. */
static inline ir_value v_select(struct ir *ir, ir_value a, ir_value b, ir_value control)
{
    return V2(OR, V2(ANDN, control, a), V2(AND, control, b));
}

/* Bytes of the pair a, b; number 31 - x of the book's. x is below 32. */
static inline ir_value v_permute(struct ir *ir, ir_value a, ir_value b, ir_value x)
{
    if (a == b)
        return V2(BYTES, a, x);
    return ir_vector(ir, IR_V_BLEND8, V2(BYTES, b, x), V2(BYTES, a, x), VI(SHL16, x, 3), 0);
}

/* A general register's last byte in each byte. */
static inline ir_value v_splat_byte(struct ir *ir, ir_value number)
{
    return V2(BYTES, ir_emit(ir, IR_V_FROM_I, number, number, 0, 0), splat8(ir, 0));
}

/* VSCR[SAT] from what differs from 0 where an element was brought into its range. */
static inline void v_saturated(struct ir *ir, ir_value v)
{
    ir_emit(ir, IR_V_SATURATED, v, 0, 0, 0);
}

/* The pair a, b, shifted left by n bytes: its left half. */
static inline ir_value v_shift_pair(struct ir *ir, ir_value a, ir_value b, unsigned n)
{
    return n ? ir_vector(ir, IR_V_ALIGN, b, a, 0, 16 - n) : a;
}

#endif
