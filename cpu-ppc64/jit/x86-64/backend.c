/* From IR to x86-64: one pass forward over the region's operations, a function each; then the stubs.
 *
 * The code that enters and leaves translated code (the thunks) is emitted here as well, once. */
#include "cpu-ppc64/jit/front.h"
#include "cpu-ppc64/pmu.h"
#include "cpu-ppc64/jit/x86-64/backend-internal.h"

#include <assert.h>
#include <stdlib.h>

#include "base/log.h"

/* ---- operations with results in general registers ---- */

/* The last instruction has set the flags by the result: all of them as a comparison with 0 would, or equality only. */
static void note_flags(struct backend *b, bool sign)
{
    b->flags_at = b->a.p;
    b->flags_of = (ir_value)b->now;
    b->flags_sign = sign;
}

static void two_operands(struct backend *b, struct ir_insn *i, enum x86_alu op, bool commutes)
{
    struct x86_asm *a = &b->a;
    const struct ir_insn *right = &b->ir->insn[i->b];
    bool immediate = right->op == IR_CONST && fits_s32(right->imm);
    unsigned x = use_gpr(b, i->a, RAX), y = immediate ? NO_REG : use_gpr(b, i->b, RCX), to;

    release_operands(b);
    to = def_gpr(b);
    if (immediate) {
        int32_t v = (int32_t)right->imm;

        if (to != x && op == ALU_ADD) {
            x86_lea(a, to, mem_at(x, v));
            return;
        }
        if (to != x)
            x86_mov_rr(a, 8, to, x);
        /* A mask without upper bits clears them just as well. */
        x86_alu_ri(a, op, op == ALU_AND && v >= 0 ? 4 : 8, to, v);
    } else if (to == x) {
        x86_alu_rr(a, op, 8, to, y);
    } else if (to == y && commutes) {
        x86_alu_rr(a, op, 8, to, x);
    } else if (op == ALU_ADD) {
        x86_lea(a, to, mem_index(x, y, 1, 0));
        return;
    } else if (to == y) {
        x86_mov_rr(a, 8, RDX, x);
        x86_alu_rr(a, op, 8, RDX, y);
        x86_mov_rr(a, 8, to, RDX);
    } else {
        x86_mov_rr(a, 8, to, x);
        x86_alu_rr(a, op, 8, to, y);
    }
    note_flags(b, op != ALU_ADD && op != ALU_SUB);
}

static void emit_andc(struct backend *b, struct ir_insn *i)
{
    unsigned x = use_gpr(b, i->a, RAX), y = use_gpr(b, i->b, RCX), to;

    release_operands(b);
    to = def_gpr(b);
    if (b->host.bmi1) {
        x86_andn(&b->a, to, y, x);
        note_flags(b, true);
        return;
    }
    x86_mov_rr(&b->a, 8, RDX, y);
    x86_unary(&b->a, UNARY_NOT, 8, RDX);
    x86_alu_rr(&b->a, ALU_AND, 8, RDX, x);
    x86_mov_rr(&b->a, 8, to, RDX);
}

/* The operand of a one-operand operation, copied to the result's register. */
static unsigned in_result(struct backend *b, struct ir_insn *i)
{
    unsigned x = use_gpr(b, i->a, RAX), to;

    release_operands(b);
    to = def_gpr(b);
    if (to != x)
        x86_mov_rr(&b->a, 8, to, x);
    return to;
}

/* The same, for operations that have a form with another source. */
static unsigned from_and_result(struct backend *b, struct ir_insn *i, unsigned *from)
{
    *from = use_gpr(b, i->a, RAX);
    release_operands(b);
    return def_gpr(b);
}

static void emit_shift(struct backend *b, struct ir_insn *i, enum x86_shift op)
{
    unsigned n = (unsigned)i->imm, to = in_result(b, i);

    if (n)
        x86_shift_ri(&b->a, op, 8, to, n);
}

static void emit_rotl32(struct backend *b, struct ir_insn *i)
{
    unsigned from, to = from_and_result(b, i, &from), n = (unsigned)i->imm & 31;

    x86_mov_rr(&b->a, 4, to, from);
    if (n)
        x86_shift_ri(&b->a, SHIFT_ROL, 4, to, n);
}

static void emit_shr32(struct backend *b, struct ir_insn *i)
{
    unsigned from, to = from_and_result(b, i, &from);

    x86_mov_rr(&b->a, 4, to, from);
    x86_shift_ri(&b->a, SHIFT_SHR, 4, to, (unsigned)i->imm);
}

/* With shlx and shrx. */
static void emit_shift_x(struct backend *b, struct ir_insn *i, unsigned op, unsigned size)
{
    struct x86_asm *a = &b->a;
    unsigned x = use_gpr(b, i->a, RAX), n = use_gpr(b, i->b, RCX), to, result;

    release_operands(b);
    to = def_gpr(b);
    result = to == n ? RAX : to;
    x86_mov_ri(a, RDX, 0);
    x86_shiftx(a, op, size, result, x, n);
    x86_test_ri(a, 4, n, (int32_t)(8 * size));
    x86_cmov(a, CC_NE, 8, result, RDX);
    if (result != to)
        x86_mov_rr(a, 8, to, result);
}

/* Shifts by a register. The processor takes the amount modulo the size, the guest's instructions modulo twice the
 * size, with nothing left in the upper half. */
static void emit_shift_v(struct backend *b, struct ir_insn *i, enum x86_shift op, unsigned size, bool saturates)
{
    struct x86_asm *a = &b->a;
    unsigned x, n, to;

    if (saturates && b->host.bmi2) {
        emit_shift_x(b, i, op == SHIFT_SHL ? X86_SHLX : X86_SHRX, size);
        return;
    }
    x = use_gpr(b, i->a, RAX);
    n = use_gpr(b, i->b, RCX);
    if (n != RCX)
        x86_mov_rr(a, 4, RCX, n);
    x86_mov_rr(a, size, RAX, x);
    if (op == SHIFT_SAR) {
        /* From 64 on as by 63. */
        x86_alu_ri(a, ALU_AND, 4, RCX, 127);
        x86_mov_ri(a, RDX, 63);
        x86_alu_rr(a, ALU_CMP, 4, RCX, RDX);
        x86_cmov(a, CC_A, 4, RCX, RDX);
    }
    x86_shift_cl(a, op, size, RAX);
    if (saturates) {
        x86_mov_ri(a, RDX, 0);
        x86_test_ri(a, 4, RCX, (int32_t)(8 * size));
        x86_cmov(a, CC_NE, 8, RAX, RDX);
    }
    release_operands(b);
    to = def_gpr(b);
    x86_mov_rr(a, 8, to, RAX);
}

static void emit_extend(struct backend *b, struct ir_insn *i, unsigned size, bool is_signed)
{
    unsigned from, to = from_and_result(b, i, &from);

    x86_extend(&b->a, size, is_signed, to, from);
}

static void emit_count(struct backend *b, struct ir_insn *i, unsigned op, unsigned size)
{
    unsigned from, to = from_and_result(b, i, &from);

    x86_count(&b->a, op, size, to, from);
}

static void emit_mul(struct backend *b, struct ir_insn *i)
{
    const struct ir_insn *right = &b->ir->insn[i->b];
    unsigned x, y, to;

    if (right->op == IR_CONST && fits_s32(right->imm)) {
        to = from_and_result(b, i, &x);
        x86_imul_rri(&b->a, 8, to, x, (int32_t)right->imm);
        return;
    }
    x = use_gpr(b, i->a, RAX);
    y = use_gpr(b, i->b, RCX);
    release_operands(b);
    to = def_gpr(b);
    if (to == y) {
        x86_imul_rr(&b->a, 8, to, x);
    } else {
        if (to != x)
            x86_mov_rr(&b->a, 8, to, x);
        x86_imul_rr(&b->a, 8, to, y);
    }
}

static void emit_mulh(struct backend *b, struct ir_insn *i, bool is_signed)
{
    unsigned x = use_gpr(b, i->a, RAX), y = use_gpr(b, i->b, RCX), to;

    if (x != RAX)
        x86_mov_rr(&b->a, 8, RAX, x);
    x86_unary(&b->a, is_signed ? UNARY_IMUL : UNARY_MUL, 8, y);
    release_operands(b);
    to = def_gpr(b);
    x86_mov_rr(&b->a, 8, to, RDX);
}

/* Quotient or remainder in rax or rdx; 0 where the book has none. */
static void emit_div(struct backend *b, struct ir_insn *i)
{
    struct x86_asm *a = &b->a;
    unsigned size = i->imm & IR_DIV_32 ? 4 : 8, x = use_gpr(b, i->a, RAX), y = use_gpr(b, i->b, RCX), to;
    unsigned result = i->imm & IR_DIV_REMAINDER ? RDX : RAX;
    uint8_t *by_zero, *by_minus_one = NULL, *done = NULL, *overflow = NULL;

    if (y != RCX)
        x86_mov_rr(a, size, RCX, y);
    x86_mov_rr(a, size, RAX, x);
    x86_mov_ri(a, RDX, 0);
    x86_test_rr(a, size, RCX, RCX);
    by_zero = x86_jcc(a, CC_E);
    if (i->imm & IR_DIV_SIGNED) {
        x86_alu_ri(a, ALU_CMP, size, RCX, -1);
        by_minus_one = x86_jcc(a, CC_E);
        x86_cqo(a, size);
        x86_unary(a, UNARY_IDIV, size, RCX);
        done = x86_jmp(a);
        x86_patch(a, by_minus_one, a->p);
        /* The remainder is 0 already. */
        x86_unary(a, UNARY_NEG, size, RAX);
        overflow = x86_jcc(a, CC_NO);
        x86_patch(a, by_zero, a->p);
        x86_mov_ri(a, RAX, 0);
        x86_patch(a, overflow, a->p);
        x86_patch(a, done, a->p);
    } else {
        x86_unary(a, UNARY_DIV, size, RCX);
        done = x86_jmp(a);
        x86_patch(a, by_zero, a->p);
        x86_mov_ri(a, RAX, 0);
        x86_patch(a, done, a->p);
    }
    release_operands(b);
    to = def_gpr(b);
    x86_mov_rr(a, size, to, result);
}

static void emit_ltu(struct backend *b, struct ir_insn *i)
{
    unsigned x = use_gpr(b, i->a, RAX), y = use_gpr(b, i->b, RCX), to;

    x86_alu_rr(&b->a, ALU_CMP, 8, x, y);
    x86_setcc(&b->a, CC_B, RDX);
    release_operands(b);
    to = def_gpr(b);
    x86_extend(&b->a, 1, false, to, RDX);
}

static void emit_carry32(struct backend *b, struct ir_insn *i)
{
    unsigned x = use_gpr(b, i->a, RAX), y = use_gpr(b, i->b, RCX), to;

    x86_mov_rr(&b->a, 8, RDX, x);
    x86_alu_rr(&b->a, ALU_XOR, 8, RDX, y);
    x86_alu_rr(&b->a, ALU_XOR, 8, RDX, use_gpr(b, i->c, RAX));
    x86_shift_ri(&b->a, SHIFT_SHR, 8, RDX, 32);
    x86_alu_ri(&b->a, ALU_AND, 4, RDX, 1);
    release_operands(b);
    to = def_gpr(b);
    x86_mov_rr(&b->a, 4, to, RDX);
}

static void emit_set_if(struct backend *b, struct ir_insn *i)
{
    enum x86_cc cc = emit_relation(b, i->a, (unsigned)i->imm);
    unsigned to;

    x86_setcc(&b->a, cc, RDX);
    release_operands(b);
    to = def_gpr(b);
    x86_extend(&b->a, 1, false, to, RDX);
}

static void emit_select(struct backend *b, struct ir_insn *i)
{
    unsigned x = use_gpr(b, i->b, RDX), y, to;
    enum x86_cc cc;

    /* The relation uses rax and rcx only; whatever must be loaded is loaded before it. */
    y = b->ir->insn[i->c].op == IR_CONST ? NO_REG : use_gpr(b, i->c, RDX);
    cc = emit_relation(b, i->a, (unsigned)i->imm);
    x86_mov_rr(&b->a, 8, RAX, x);
    if (y == NO_REG)
        y = use_gpr(b, i->c, RCX);
    x86_cmov(&b->a, cc ^ 1, 8, RAX, y);
    release_operands(b);
    to = def_gpr(b);
    x86_mov_rr(&b->a, 8, to, RAX);
}

static void emit_page_ea(struct backend *b, struct ir_insn *i)
{
    unsigned to;

    release_operands(b);
    to = def_gpr(b);
    x86_load(&b->a, 8, false, to, cpu_mem(offsetof(struct cpu, page_ea)));
    if (fits_s32(i->imm)) {
        if (i->imm)
            x86_alu_ri(&b->a, ALU_ADD, 8, to, (int32_t)i->imm);
    } else {
        x86_mov_ri(&b->a, RAX, (uint64_t)i->imm);
        x86_alu_rr(&b->a, ALU_ADD, 8, to, RAX);
    }
}

/* A home's content as the region finds it. Others are read when they are first needed. */
void bind_get(struct backend *b, const struct ir_insn *i)
{
    unsigned home = backend_home_of(i->extra);

    if (home == NO_REG)
        return;
    if (b->in_gpr[home])
        b->reg_of[b->in_gpr[home]] = NO_REG;
    b->in_gpr[home] = (ir_value)b->now;
    b->reg_of[b->now] = (uint8_t)home;
    b->home_value[i->extra] = (ir_value)b->now;
}

static void emit_exit_if(struct backend *b, struct ir_insn *i)
{
    enum x86_cc cc = emit_relation(b, i->a, (unsigned)i->imm);
    const struct ir_exit *e = &b->ir->exit[i->extra];
    struct stub *s;

    if (b->ir->loop && e->kind == IR_EXIT_LOOP) {
        /* The common way: no jump there and back. */
        uint8_t *on = x86_jcc(&b->a, cc ^ 1);

        emit_round_end(b, e);
        x86_patch(&b->a, on, b->a.p);
        return;
    }
    s = new_stub(b, STUB_EXIT);
    s->from = x86_jcc(&b->a, cc);
    s->exit = i->extra;
    s->target = place_of(b, e->target);
    capture_state(b, e->snapshot, &s->first_entry, &s->n_entries);
}

static void emit_last_exit(struct backend *b, struct ir_insn *i)
{
    const struct ir_exit *e = &b->ir->exit[i->extra];
    uint32_t first;
    uint16_t count;

    if (b->ir->loop && e->kind == IR_EXIT_LOOP) {
        emit_round_end(b, e);
        return;
    }
    capture_state(b, e->snapshot, &first, &count);
    emit_exit(b, e, first, count, place_of(b, e->target));
    b->n_entries = first;
}

static struct stub *exit_stub_of(struct backend *b, const struct ir_insn *i)
{
    struct stub *s = new_stub(b, STUB_EXIT);

    s->exit = i->extra;
    capture_state(b, b->ir->exit[i->extra].snapshot, &s->first_entry, &s->n_entries);
    return s;
}

static void emit_privileged(struct backend *b, struct ir_insn *i)
{
    struct stub *s = exit_stub_of(b, i);

    _Static_assert(MSR_PR == 0x4000, "bit 6 of the second byte");
    x86_test_mi8(&b->a, cpu_mem(offsetof(struct cpu, msr) + 1), 0x40);
    s->from = x86_jcc(&b->a, CC_NE);
}

static void emit_set_ee_ri(struct backend *b, struct ir_insn *i)
{
    struct x86_asm *a = &b->a;
    unsigned v = use_gpr(b, i->a, RCX);
    struct stub *s = exit_stub_of(b, i);
    uint8_t *disabled;

    if (v != RCX)
        x86_mov_rr(a, 4, RCX, v);
    x86_load(a, 8, false, RAX, cpu_mem(offsetof(struct cpu, msr)));
    x86_alu_ri(a, ALU_AND, 4, RCX, MSR_EE | MSR_RI);
    x86_alu_ri(a, ALU_AND, 8, RAX, (int32_t)~(MSR_EE | MSR_RI));
    x86_alu_rr(a, ALU_OR, 8, RAX, RCX);
    x86_store(a, 8, cpu_mem(offsetof(struct cpu, msr)), RAX);
    x86_test_ri(a, 4, RAX, MSR_EE);
    disabled = x86_jcc(a, CC_E);
    x86_alu_mi(a, ALU_CMP, 4, cpu_mem(offsetof(struct cpu, requests)), 0);
    s->from = x86_jcc(a, CC_NE);
    /* An alert of the performance monitor is no request. */
    x86_test_mi8(a, cpu_mem(offsetof(struct cpu, spr[SPR_MMCR0])), MMCR0_PMAO);
    s->from2 = x86_jcc(a, CC_NE);
    x86_patch(a, disabled, a->p);
}

static void emit_operation(struct backend *b, struct ir_insn *i)
{
    struct x86_asm *a = &b->a;
    unsigned to;

    switch ((enum ir_op)i->op) {
    case IR_NOP:
    case IR_CONST:
    case IR_GETF:
    case IR_GETV:
    case IR_CMP_S64:
    case IR_CMP_U64:
    case IR_CMP_S32:
    case IR_CMP_U32:
    case IR_CMP_F64:
    case IR_CMP_ALL:
        break;
    case IR_GET: bind_get(b, i); break;
    case IR_PAGE_EA: emit_page_ea(b, i); break;
    case IR_ADD: two_operands(b, i, ALU_ADD, true); break;
    case IR_SUB: two_operands(b, i, ALU_SUB, false); break;
    case IR_AND: two_operands(b, i, ALU_AND, true); break;
    case IR_OR: two_operands(b, i, ALU_OR, true); break;
    case IR_XOR: two_operands(b, i, ALU_XOR, true); break;
    case IR_ANDC: emit_andc(b, i); break;
    case IR_NOT: x86_unary(a, UNARY_NOT, 8, in_result(b, i)); break;
    case IR_NEG: x86_unary(a, UNARY_NEG, 8, in_result(b, i)); break;
    case IR_COPY: in_result(b, i); break;
    case IR_MUL: emit_mul(b, i); break;
    case IR_MULH_S: emit_mulh(b, i, true); break;
    case IR_MULH_U: emit_mulh(b, i, false); break;
    case IR_DIV: emit_div(b, i); break;
    case IR_SHL: emit_shift(b, i, SHIFT_SHL); break;
    case IR_SHR: emit_shift(b, i, SHIFT_SHR); break;
    case IR_SAR: emit_shift(b, i, SHIFT_SAR); break;
    case IR_ROTL: emit_shift(b, i, SHIFT_ROL); break;
    case IR_ROTL32: emit_rotl32(b, i); break;
    case IR_SHR32: emit_shr32(b, i); break;
    case IR_SHL_V: emit_shift_v(b, i, SHIFT_SHL, 8, true); break;
    case IR_SHR_V: emit_shift_v(b, i, SHIFT_SHR, 8, true); break;
    case IR_SAR_V: emit_shift_v(b, i, SHIFT_SAR, 8, false); break;
    case IR_SHL32_V: emit_shift_v(b, i, SHIFT_SHL, 4, true); break;
    case IR_SHR32_V: emit_shift_v(b, i, SHIFT_SHR, 4, true); break;
    case IR_ROTL_V: emit_shift_v(b, i, SHIFT_ROL, 8, false); break;
    case IR_ROTL32_V: emit_shift_v(b, i, SHIFT_ROL, 4, false); break;
    case IR_SEXT8: emit_extend(b, i, 1, true); break;
    case IR_SEXT16: emit_extend(b, i, 2, true); break;
    case IR_SEXT32: emit_extend(b, i, 4, true); break;
    case IR_ZEXT32: emit_extend(b, i, 4, false); break;
    case IR_CLZ64: emit_count(b, i, X86_LZCNT, 8); break;
    case IR_CLZ32: emit_count(b, i, X86_LZCNT, 4); break;
    case IR_CTZ64: emit_count(b, i, X86_TZCNT, 8); break;
    case IR_CTZ32: emit_count(b, i, X86_TZCNT, 4); break;
    case IR_POPCNT64: emit_count(b, i, X86_POPCNT, 8); break;
    case IR_BSWAP64: x86_bswap(a, 8, in_result(b, i)); break;
    case IR_LTU:
        if (!ir_is_sunk(b->ir, (ir_value)b->now))
            emit_ltu(b, i);
        break;
    case IR_CARRY32:
        if (!ir_is_sunk(b->ir, (ir_value)b->now))
            emit_carry32(b, i);
        break;
    case IR_CR_NIBBLE:
        emit_nibble(b, i->a, RAX);
        release_operands(b);
        to = def_gpr(b);
        x86_mov_rr(a, 4, to, RAX);
        break;
    case IR_SET_IF: emit_set_if(b, i); break;
    case IR_SELECT: emit_select(b, i); break;
    case IR_LOAD:
    case IR_LOAD_X:
    case IR_FLOAD:
    case IR_FLOAD_X:
    case IR_VLOAD:
    case IR_VLOAD_X:
        emit_load(b, i);
        break;
    case IR_STORE:
    case IR_STORE_X:
    case IR_FSTORE:
    case IR_FSTORE_X:
    case IR_VSTORE:
    case IR_VSTORE_X:
        emit_store(b, i);
        break;
    case IR_GUARD: emit_guard(b, i); break;
    case IR_LARX: emit_larx(b, i); break;
    case IR_STCX: emit_stcx(b, i); break;
    case IR_DCBZ: emit_dcbz(b, i); break;
    case IR_STATE_GET:
        x86_load(a, i->access.size, false, def_gpr(b), cpu_mem((size_t)i->imm));
        break;
    case IR_STATE_PUT:
        x86_store(a, i->access.size, cpu_mem((size_t)i->imm), use_gpr(b, i->a, RAX));
        break;
    case IR_PRIVILEGED: emit_privileged(b, i); break;
    case IR_SET_EE_RI: emit_set_ee_ri(b, i); break;
    case IR_V:
    case IR_V_MASK:
    case IR_V_SATURATED:
    case IR_V_FROM_F:
    case IR_F_FROM_V:
    case IR_V_FROM_I:
    case IR_I_FROM_V:
    case IR_F_FROM_I:
    case IR_I_FROM_F:
        emit_v(b, i);
        break;
    case IR_FENCE:
        /* A locked operation on the stack orders as mfence does, for less. */
        x86_byte(a, 0xf0);
        x86_alu_mi(a, ALU_OR, 4, mem_at(RSP, 0), 0);
        break;
    case IR_CALL: emit_call(b, i); break;
    case IR_EXIT_IF: emit_exit_if(b, i); break;
    case IR_EXIT: emit_last_exit(b, i); break;
    default:
        if (!emit_float(b, i))
            assert(!"every operation is emitted somewhere");
    }
}

/* ---- a region ---- */

static void check_facilities(struct backend *b)
{
    struct stub *s;

    if (!b->ir->needs)
        return;
    s = new_stub(b, STUB_EXIT);
    s->exit = IR_EXIT_AT_START;
    x86_test_mi8(&b->a, cpu_mem(offsetof(struct cpu, missing)), b->ir->needs & ~JIT_NEEDS_FAST_FP);
    s->from = x86_jcc(&b->a, CC_NE);
    if (b->ir->needs & JIT_NEEDS_FAST_FP) {
        /* VE, OE, UE, ZE, XE, NI and RN are the last byte of FPSCR. */
        x86_alu_mi(&b->a, ALU_CMP, 1, cpu_mem(offsetof(struct cpu, fpscr)), 0);
        s->from2 = x86_jcc(&b->a, CC_NE);
        x86_store_i(&b->a, 1, cpu_mem(offsetof(struct cpu, fp_pending)), 1);
    }
}

bool backend_has_fma(const struct backend *b)
{
    return b->host.fma;
}

static struct loop_entry *new_loop_entry(struct backend *b)
{
    struct loop_entry *loop = b->ir->loops ? jit_metadata(b->jit, sizeof *loop) : NULL;

    if (loop)
        *loop = (struct loop_entry){ .page = (struct jit_page *)(uintptr_t)b->page, .offset = b->ir->start,
                                     .rounds = b->jit->hot_loop };
    return loop;
}

/* What is written to its home already. */
static void emit_early(struct backend *b, const struct ir_early *e)
{
    const struct ir_insn *i = &b->ir->insn[e->value];
    struct state_entry entry = { .slot = e->slot };
    unsigned constants = b->n_constants;

    if (ir_is_sunk(b->ir, e->value)) {
        entry.op = i->op;
        entry.a = place_of(b, i->a);
        entry.b = place_of(b, i->b);
        entry.c = place_of(b, i->c);
        emit_sunk(b, &entry);
    } else {
        entry.a = place_of(b, e->value);
        store_entry(b, &entry);
    }
    b->n_constants = constants;
}

/* Notes where the next guest instruction's code begins. */
static void mark(struct backend *b, unsigned offset)
{
    if (b->marking && b->n_marks < sizeof b->marks / sizeof *b->marks &&
        (!b->n_marks || b->marks[b->n_marks - 1].offset != offset))
        b->marks[b->n_marks++] = (struct code_mark){ b->a.p, offset };
}

const void *backend_compile(struct jit *jit, const struct jit_page *page, struct loop_entry *loop)
{
    struct backend *b = jit->backend;
    uint8_t *start = jit->rw + jit->code_used;
    unsigned early = 0;

    jit_code_prepare(jit);
    b->ir = &jit->ir;
    b->jit = jit;
    b->page = page;
    b->a = (struct x86_asm){ start, jit->rw + jit->code_end, false };
    b->n_links = b->n_stubs = b->n_entries = b->n_constants = b->n_literals = b->n_literal_uses = 0;
    b->last_site = NULL;
    b->failed = false;
    b->marking = log_on(LOG_ITEM_OUT_ASM);
    b->n_marks = 0;
    b->pending_lookup = 0;
    b->flags_at = b->guard_good_at = NULL;
    memset(b->reg_of, NO_REG, b->ir->n);
    memset(b->spill_of, NO_SPILL, b->ir->n);
    memset(b->in_gpr, 0, sizeof b->in_gpr);
    memset(b->in_xmm, 0, sizeof b->in_xmm);
    forget_registers(b);
    b->loop_entry = loop;
    if (loop) {
        emit_loop_entry(b);
    } else {
        check_facilities(b);
        b->body = b->a.p;
        b->loop_entry = new_loop_entry(b);
    }
    for (unsigned n = loop ? b->ir->body : 1; n < b->ir->n && !b->failed && !b->a.full; n++) {
        b->now = n;
        start_operation(b);
        if (b->ir->insn[n].op != IR_NOP)
            mark(b, b->ir->insn[n].offset);
        emit_operation(b, &b->ir->insn[n]);
        for (; early < b->ir->n_early && b->ir->early[early].after == n; early++)
            emit_early(b, &b->ir->early[early]);
    }
    mark(b, MARK_STUBS);
    emit_stubs(b);
    emit_literals(b);
    if (b->failed || b->a.full)
        return NULL;
    /* Entries begin at a multiple of 16. */
    jit->code_used = ((size_t)(b->a.p - jit->rw) + 15) & ~(size_t)15;
    jit->stats.host_bytes += (size_t)(b->a.p - start);
    for (unsigned k = 0; k < b->n_links; k++)
        jit_link(jit, b->links[k].to, &b->links[k].link);
    if (b->marking)
        jit_dump_code(jit, page, b->marks, b->n_marks, b->a.p);
    jit_note_for_perf(jit, b->ir->start, jit->rx + (start - jit->rw), (size_t)(b->a.p - start));
    return jit->rx + (start - jit->rw);
}

/* ---- thunks ---- */

static const uint8_t saved[] = { RBX, RBP, R12, R13, R14, R15 };

static void homes(struct x86_asm *a, bool store)
{
    for (unsigned k = 0; k < backend_n_homes; k++) {
        unsigned slot = backend_home_slots[k];

        if (store)
            x86_store(a, 8, slot_mem(slot), backend_home_of(slot));
        else
            x86_load(a, 8, false, backend_home_of(slot), slot_mem(slot));
    }
}

static const uint8_t *emit_enter(struct x86_asm *a)
{
    const uint8_t *at = a->p;

    for (unsigned k = 0; k < sizeof saved; k++)
        x86_push(a, saved[k]);
    x86_alu_ri(a, ALU_SUB, 8, RSP, FRAME_SIZE);
    x86_lea(a, RBP, mem_at(RDI, CPU_BIAS));
    x86_mov_rr(a, 8, RAX, RSI);
    homes(a, false);
    x86_jmp_reg(a, RAX);
    return at;
}

static void emit_return(struct x86_asm *a, enum leave how)
{
    x86_mov_ri(a, RAX, how);
    x86_alu_ri(a, ALU_ADD, 8, RSP, FRAME_SIZE);
    for (unsigned k = sizeof saved; k-- > 0;)
        x86_pop(a, saved[k]);
    x86_ret(a);
}

/* With or without the page's address to be added to rax. */
static const uint8_t *emit_leave(struct x86_asm *a, bool add_page, enum leave how)
{
    const uint8_t *at = a->p;

    if (add_page)
        x86_alu_rm(a, ALU_ADD, 8, RAX, cpu_mem(offsetof(struct cpu, page_ea)));
    x86_store(a, 8, cpu_mem(offsetof(struct cpu, nia)), RAX);
    homes(a, true);
    emit_return(a, how);
    return at;
}

/* Behind an operation that may have gone anywhere: to the code there, by jit_next(), or to the run loop. */
static const uint8_t *emit_leave_done(struct x86_asm *a)
{
    const uint8_t *at = a->p;
    uint8_t *out;

    x86_lea(a, RDI, cpu_mem(0));
    x86_mov_ri(a, RAX, (uintptr_t)jit_next);
    x86_call_reg(a, RAX);
    x86_test_rr(a, 8, RAX, RAX);
    out = x86_jcc(a, CC_E);
    homes(a, false);
    x86_jmp_reg(a, RAX);
    x86_patch(a, out, a->p);
    emit_return(a, LEAVE_LOOKUP);
    return at;
}

static const uint8_t *emit_slow(struct x86_asm *a, const uint8_t *leave_done)
{
    enum { GPRS = offsetof(struct frame, gpr), SIZE = sizeof(struct frame) + 8 };
    _Static_assert((SIZE + 8) % 16 == 0, "the stack is aligned at the call");
    const uint8_t *at = a->p;
    uint8_t *failed;

    x86_alu_ri(a, ALU_SUB, 8, RSP, SIZE);
    for (unsigned r = 0; r < X86_REGS; r++)
        x86_store(a, 8, mem_at(RSP, (int32_t)(GPRS + 8 * r)), r);
    for (unsigned r = 0; r < X86_REGS; r++)
        x86_sse_rm(a, SSE_MOVUPS_STORE, r, mem_at(RSP, (int32_t)(16 * r)));
    x86_lea(a, RDI, cpu_mem(0));
    x86_mov_rr(a, 8, RSI, RSP);
    x86_mov_rr(a, 8, RDX, RCX);
    x86_mov_ri(a, RAX, (uintptr_t)jit_slow_access);
    x86_call_reg(a, RAX);
    x86_byte(a, 0x84); /* test al, al */
    x86_byte(a, 0xc0);
    failed = x86_jcc(a, CC_E);
    for (unsigned r = 0; r < X86_REGS; r++)
        if (r != RSP)
            x86_load(a, 8, false, r, mem_at(RSP, (int32_t)(GPRS + 8 * r)));
    for (unsigned r = 0; r < X86_REGS; r++)
        x86_sse_rm(a, SSE_MOVUPS_LOAD, r, mem_at(RSP, (int32_t)(16 * r)));
    x86_alu_ri(a, ALU_ADD, 8, RSP, SIZE);
    x86_ret(a);
    x86_patch(a, failed, a->p);
    x86_alu_ri(a, ALU_ADD, 8, RSP, SIZE + 8); /* and the return address */
    x86_patch(a, x86_jmp(a), (uint8_t *)leave_done);
    return at;
}

/* Of stubs: rax, effective address, and rdx, that of the last byte, to a host address in rax. ZF tells. */
static const uint8_t *emit_lookup_thunk(struct backend *b, struct x86_asm *a, size_t tag)
{
    const uint8_t *at;
    uint8_t *other;

    b->a = *a;
    at = b->a.p;
    emit_tlb_entry(b);
    x86_alu_ri(&b->a, ALU_AND, 8, RDX, -MEM_PAGE_SIZE);
    x86_alu_rm(&b->a, ALU_CMP, 8, RDX, mem_at(RCX, (int32_t)tag));
    other = x86_jcc(&b->a, CC_NE);
    x86_load(&b->a, 8, false, RDX, mem_at(RCX, offsetof(struct tlb_entry, addend)));
    x86_lea(&b->a, RAX, mem_index(RAX, RDX, 1, 0));
    x86_patch(&b->a, other, b->a.p);
    x86_ret(&b->a);
    *a = b->a;
    return at;
}

void backend_thunks(struct jit *jit)
{
    struct x86_asm a = { jit->rw, jit->rw + jit->code_size, false };
    ptrdiff_t move = jit->rx - jit->rw;
    const uint8_t *leave_done;

    jit->thunks.enter = emit_enter(&a) + move;
    jit->thunks.leave_offset = emit_leave(&a, true, LEAVE_LOOKUP) + move;
    jit->thunks.leave_ea = emit_leave(&a, false, LEAVE_LOOKUP) + move;
    jit->thunks.leave_interpret = emit_leave(&a, true, LEAVE_INTERPRET) + move;
    leave_done = emit_leave_done(&a);
    jit->thunks.leave_done = leave_done + move;
    jit->thunks.slow = emit_slow(&a, leave_done) + move;
    jit->thunks.lookup_load = emit_lookup_thunk(jit->backend, &a, offsetof(struct tlb_entry, load_tag)) + move;
    jit->thunks.lookup_store = emit_lookup_thunk(jit->backend, &a, offsetof(struct tlb_entry, store_tag)) + move;
    jit->code_start = ((size_t)(a.p - jit->rw) + 63) & ~(size_t)63;
}

struct backend *backend_new(struct error *err)
{
    struct backend *b = calloc(1, sizeof *b);

    if (!b) {
        error_set(err, ERROR_RESOURCE, "out of memory for the translator");
        return NULL;
    }
    b->host = (struct host_features){
        .bmi1 = __builtin_cpu_supports("bmi"),
        .bmi2 = __builtin_cpu_supports("bmi2"),
        .avx = __builtin_cpu_supports("avx"),
        .avx2 = __builtin_cpu_supports("avx2"),
        .fma = __builtin_cpu_supports("fma"),
        .aes = __builtin_cpu_supports("aes"),
        .pclmul = __builtin_cpu_supports("pclmul"),
    };
    /* Of the same generation; the compiler's builtin does not know their names everywhere. */
    b->host.movbe = b->host.lzcnt = b->host.bmi2;
    return b;
}

uint8_t backend_vector_features(const struct backend *b)
{
    return (uint8_t)((b->host.avx2 ? IR_VECTOR_SHIFTS : 0) | (b->host.aes ? IR_VECTOR_AES : 0) |
                     (b->host.pclmul ? IR_VECTOR_CARRYLESS : 0));
}

void backend_free(struct backend *b)
{
    free(b);
}
