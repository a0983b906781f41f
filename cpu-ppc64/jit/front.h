/* What the front ends share: a function `JIT(name)` makes the IR of one instruction.
 *
 * It returns false, having emitted nothing, where this form of the instruction is left to the
 * interpreter's operation, which the translator then calls. Instructions without a function are called
 * as well. The generator of the instruction table finds the functions by lines that begin with
 * `JIT(name)`. */
#ifndef CPU_PPC64_JIT_FRONT_H
#define CPU_PPC64_JIT_FRONT_H

#include "cpu-ppc64/isa/isa.h"
#include "cpu-ppc64/jit/ir.h"
#include "gen/isa-gen.h"

typedef bool (*jit_fn)(struct ir *ir, insn_t i);

/* One for each row of the table, NULL: none. */
extern const jit_fn jit_functions[ISA_COUNT];

#define JIT(name)                                                                                \
    bool jit_##name(struct ir *ir, insn_t i);                                                    \
    bool jit_##name(struct ir *ir __attribute__((unused)), insn_t i __attribute__((unused)))

/* struct ir.needs: facilities that must be on when the region is entered. Bits of cpu.missing. */
enum {
    JIT_NEEDS_FP = CPU_MISSING_FP,
    JIT_NEEDS_VEC = CPU_MISSING_VEC,
    JIT_NEEDS_VSX = CPU_MISSING_VSX,
    JIT_NEEDS_FAST_FP = 0x80, /* FPSCR: all exceptions disabled, rounding to nearest, IEEE mode */
};

/* Of instructions that ask for VEC where their vector-scalar register is one of the upper half, a Vector Register. */
static inline void need_vec_for(struct ir *ir, unsigned vsr)
{
    if (vsr >= 32)
        ir->needs |= JIT_NEEDS_VEC;
}

static inline ir_value get_gpr(struct ir *ir, unsigned r)
{
    return ir_get(ir, SLOT_GPR + r);
}

static inline void put_gpr(struct ir *ir, unsigned r, ir_value v)
{
    ir_put(ir, SLOT_GPR + r, v);
}

/* What follows is executed in privileged state only; problem state leaves it to the interpreter, which objects. */
static inline void front_need_privilege(struct ir *ir)
{
    if (!ir->is_privileged)
        ir_emit_checked(ir, IR_PRIVILEGED, 0, 0, 0, 0);
    ir->is_privileged = true;
}

/* (RA|0) */
static inline ir_value get_gpr_or_zero(struct ir *ir, unsigned r)
{
    return r ? get_gpr(ir, r) : ir_const(ir, 0);
}

static inline void put_relation(struct ir *ir, unsigned field, enum ir_op op, ir_value a, ir_value b)
{
    ir_put(ir, SLOT_CRF + field, ir_emit(ir, op, a, b, 0, 0));
}

/* CR0 of a record form. */
static inline void put_cr0(struct ir *ir, ir_value result)
{
    put_relation(ir, 0, IR_CMP_S64, result, ir_const(ir, 0));
}

/* A number 0 to 15 for what field holds. */
static inline ir_value get_nibble(struct ir *ir, unsigned field)
{
    ir_value v = ir_get(ir, SLOT_CRF + field);

    return ir->insn[v].type == IR_REL ? ir_emit(ir, IR_CR_NIBBLE, v, 0, 0, 0) : v;
}

#endif
