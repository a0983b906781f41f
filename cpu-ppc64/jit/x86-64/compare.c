/* Relations: comparisons are not computed where they stand, but where a branch, a selection or an exit asks.
 * XER[SO], which each comparison copies into its CR field, changes only in calls, before which all fields are
 * written; so that it is read from struct cpu. */
#include "cpu-ppc64/jit/x86-64/backend-internal.h"

static bool is_signed(unsigned op)
{
    return op == IR_CMP_S64 || op == IR_CMP_S32;
}

static unsigned size_of(unsigned op)
{
    return op == IR_CMP_S64 || op == IR_CMP_U64 ? 8 : 4;
}

static enum x86_cc code_of(unsigned op, unsigned condition)
{
    enum x86_cc cc;

    switch (condition & 15) {
    case IR_IF_LT:
        cc = is_signed(op) ? CC_L : CC_B;
        break;
    case IR_IF_GT:
        cc = is_signed(op) ? CC_G : CC_A;
        break;
    default:
        cc = CC_E;
    }
    return condition & IR_IF_NOT ? cc ^ 1 : cc;
}

/* Of a value with 0, as which the last operation has left it. */
static bool flags_are_set(const struct backend *b, const struct ir_insn *i, bool equality)
{
    const struct ir_insn *right = &b->ir->insn[i->b];

    return b->flags_at == b->a.p && b->flags_of == i->a && (b->flags_sign || equality) && size_of(i->op) == 8 &&
           right->op == IR_CONST && !right->imm;
}

/* Equality: nothing else is asked. */
static void emit_compare_integers(struct backend *b, const struct ir_insn *i, bool equality)
{
    unsigned size = size_of(i->op), left = use_gpr(b, i->a, RAX);
    const struct ir_insn *right = &b->ir->insn[i->b];

    if (flags_are_set(b, i, equality))
        return;
    if (right->op == IR_CONST && (size == 4 || fits_s32(right->imm))) {
        if (size == 4 ? !(uint32_t)right->imm : !right->imm)
            x86_test_rr(&b->a, size, left, left);
        else
            x86_alu_ri(&b->a, ALU_CMP, size, left, (int32_t)right->imm);
    } else {
        x86_alu_rr(&b->a, ALU_CMP, size, left, use_gpr(b, i->b, RCX));
    }
}

/* All bits of a vector's mask, or none: no number is compared. */
static enum x86_cc emit_all(struct backend *b, const struct ir_insn *i, unsigned condition)
{
    unsigned mask = use_gpr(b, i->a, RAX);
    enum x86_cc cc = condition & (IR_IF_LT | IR_IF_EQ) ? CC_E : CC_B; /* no carry comes from a test */

    if (condition & IR_IF_LT)
        x86_alu_ri(&b->a, ALU_CMP, 4, mask, 0xffff);
    else
        x86_test_rr(&b->a, 4, mask, mask);
    return condition & IR_IF_NOT ? cc ^ 1 : cc;
}

/* The same as a number, in rax. */
static void nibble_of_all(struct backend *b, unsigned mask)
{
    struct x86_asm *a = &b->a;

    x86_alu_ri(a, ALU_CMP, 4, mask, 0xffff);
    x86_setcc(a, CC_E, RDX);
    x86_test_rr(a, 4, mask, mask);
    x86_setcc(a, CC_E, RAX);
    x86_extend(a, 1, false, RDX, RDX);
    x86_extend(a, 1, false, RAX, RAX);
    x86_lea(a, RAX, mem_index(RAX, RDX, 4, 0));
    x86_alu_rr(a, ALU_ADD, 4, RAX, RAX);
}

static void emit_compare(struct backend *b, const struct ir_insn *i, bool equality)
{
    if (i->op == IR_CMP_F64) {
        unsigned x = use_xmm(b, i->a);

        x86_sse_rr(&b->a, X86_UCOMISD, x, use_xmm(b, i->b));
        return;
    }
    emit_compare_integers(b, i, equality);
}

enum x86_cc emit_relation(struct backend *b, ir_value v, unsigned condition)
{
    const struct ir_insn *i = &b->ir->insn[v];
    enum x86_cc met = condition & IR_IF_NOT ? CC_E : CC_NE;

    if (i->op == IR_CMP_ALL)
        return emit_all(b, i, condition);
    if (i->op == IR_CMP_F64 && (condition & 15) == IR_IF_SO) {
        /* Never: NaNs have left the region. */
        x86_alu_rr(&b->a, ALU_XOR, 4, RAX, RAX);
        return met;
    }
    if (i->type == IR_REL && (condition & 15) == IR_IF_SO) {
        x86_test_mi8(&b->a, cpu_mem(offsetof(struct cpu, xer_so)), 1);
        return met;
    }
    if (i->type == IR_REL) {
        emit_compare(b, i, !(condition & (IR_IF_LT | IR_IF_GT)));
        return code_of(i->op, condition);
    }
    /* A field as a number. */
    if (i->op == IR_GET && b->reg_of[v] == NO_REG)
        x86_test_mi8(&b->a, slot_mem(i->extra), condition & 15);
    else
        x86_test_ri(&b->a, 4, use_gpr(b, v, RAX), (int32_t)(condition & 15));
    return met;
}

/* The number for what the flags say, in rax: LT 8, GT 4, EQ 2, SO 1. */
static void nibble_of_flags(struct backend *b, unsigned op)
{
    struct x86_asm *a = &b->a;

    x86_mov_ri(a, RAX, CR_EQ);
    x86_cmov_mem(a, code_of(op, IR_IF_LT), RAX, cpu_mem(offsetof(struct cpu, jit_eight)));
    x86_cmov_mem(a, code_of(op, IR_IF_GT), RAX, cpu_mem(offsetof(struct cpu, jit_four)));
    /* Floating-point numbers that can be compared leave SO clear. */
    if (op != IR_CMP_F64)
        x86_rm(a, 0x0a, false, RAX, cpu_mem(offsetof(struct cpu, xer_so)), true); /* or al, [xer_so] */
}

void emit_nibble(struct backend *b, ir_value relation, unsigned to)
{
    const struct ir_insn *i = &b->ir->insn[relation];

    if (i->op == IR_CMP_ALL) {
        nibble_of_all(b, use_gpr(b, i->a, RAX));
    } else {
        emit_compare(b, i, false);
        nibble_of_flags(b, i->op);
    }
    x86_mov_rr(&b->a, 8, to, RAX);
}

static void emit_sunk_integers(struct backend *b, const struct state_entry *e)
{
    struct x86_asm *a = &b->a;
    unsigned left = RAX, right = RCX;

    if (e->a.kind == PLACE_GPR)
        left = e->a.n;
    else
        load_place(b, RAX, e->a);
    if (e->b.kind == PLACE_GPR)
        right = e->b.n;
    else if (e->b.kind != PLACE_NONE)
        load_place(b, RCX, e->b);
    switch (e->op) {
    case IR_CMP_ALL:
        nibble_of_all(b, left);
        break;
    case IR_LTU:
        x86_alu_rr(a, ALU_CMP, 8, left, right);
        x86_setcc(a, CC_B, RAX);
        break;
    case IR_CARRY32:
        if (left != RAX)
            x86_mov_rr(a, 8, RAX, left);
        x86_alu_rr(a, ALU_XOR, 8, RAX, right);
        load_place(b, RCX, e->c);
        x86_alu_rr(a, ALU_XOR, 8, RAX, RCX);
        x86_shift_ri(a, SHIFT_SHR, 8, RAX, 32);
        x86_alu_ri(a, ALU_AND, 4, RAX, 1);
        break;
    default:
        x86_alu_rr(a, ALU_CMP, size_of(e->op), left, right);
        nibble_of_flags(b, e->op);
    }
    x86_store(a, 1, slot_mem(e->slot), RAX);
}

/* A floating-point value at its place, in a register. */
static unsigned xmm_at(struct backend *b, struct place p, unsigned scratch)
{
    if (p.kind == PLACE_XMM)
        return p.n;
    if (p.kind == PLACE_XMM_SPILL)
        x86_sse_rm(&b->a, SSE_MOVUPS_LOAD, scratch, mem_at(RSP, XMM_SPILL_OFFSET + (int32_t)(16 * p.n)));
    else
        x86_sse_rm(&b->a, SSE_MOVSD_LOAD, scratch, slot_mem(p.n));
    return scratch;
}

void emit_sunk(struct backend *b, const struct state_entry *e)
{
    if (e->op == IR_CMP_F64) {
        unsigned x = xmm_at(b, e->a, XMM_SCRATCH);

        x86_sse_rr(&b->a, X86_UCOMISD, x, xmm_at(b, e->b, XMM_SCRATCH + 1));
        nibble_of_flags(b, e->op);
        x86_store(&b->a, 1, slot_mem(e->slot), RAX);
        return;
    }
    emit_sunk_integers(b, e);
}
