/* Front end: fixed-point arithmetic, comparison, logic, rotates and shifts. What the instructions mean is
 * said by interp/fixed.c and interp/logical.c. Forms with OE are left to the interpreter. */
#include "cpu-ppc64/jit/front.h"

#define RA get_gpr(ir, f_ra(i))
#define RB get_gpr(ir, f_rb(i))
#define RS get_gpr(ir, f_rs(i))

static bool finish(struct ir *ir, unsigned target, ir_value v, bool rc)
{
    put_gpr(ir, target, v);
    if (rc)
        put_cr0(ir, v);
    return true;
}

static bool to_rt(struct ir *ir, insn_t i, ir_value v)
{
    return finish(ir, f_rt(i), v, f_rc(i));
}

static bool to_ra(struct ir *ir, insn_t i, ir_value v)
{
    return finish(ir, f_ra(i), v, f_rc(i));
}

/* ---- addition and subtraction ---- */

JIT(addi)
{
    put_gpr(ir, f_rt(i), ir_op2(ir, IR_ADD, get_gpr_or_zero(ir, f_ra(i)), ir_const(ir, (uint64_t)f_si(i))));
    return true;
}

JIT(addis)
{
    put_gpr(ir, f_rt(i),
            ir_op2(ir, IR_ADD, get_gpr_or_zero(ir, f_ra(i)), ir_const(ir, (uint64_t)f_si(i) << 16)));
    return true;
}

JIT(addpcis)
{
    put_gpr(ir, f_rt(i),
            ir_emit(ir, IR_PAGE_EA, 0, 0, 0, (int64_t)ir->offset + 4 + (int64_t)((uint64_t)f_dx(i) << 16)));
    return true;
}

JIT(mulli)
{
    put_gpr(ir, f_rt(i), ir_op2(ir, IR_MUL, RA, ir_const(ir, (uint64_t)f_si(i))));
    return true;
}

/* CA of sum = a + something, and CA32 where the processor has it. b is what was added, without the carry. */
static void put_carries(struct ir *ir, ir_value ca, ir_value a, ir_value b, ir_value sum)
{
    ir_put(ir, SLOT_CA, ca);
    if (ir->level >= ISA_3_0)
        ir_put(ir, SLOT_CA32, ir_emit(ir, IR_CARRY32, a, b, sum, 0));
}

/* a + b, with carry out */
static ir_value add_carrying(struct ir *ir, ir_value a, ir_value b)
{
    ir_value sum = ir_op2(ir, IR_ADD, a, b);

    put_carries(ir, ir_emit(ir, IR_LTU, sum, a, 0, 0), a, b, sum);
    return sum;
}

/* b - a, with CA = there is no borrow. The sum is ~a + b + 1. */
static ir_value subtract_carrying(struct ir *ir, ir_value a, ir_value b)
{
    ir_value difference = ir_op2(ir, IR_SUB, b, a);
    ir_value borrow = ir_emit(ir, IR_LTU, b, a, 0, 0);

    put_carries(ir, ir_op2(ir, IR_XOR, borrow, ir_const(ir, 1)), ir_op_imm(ir, IR_NOT, a, 0), b, difference);
    return difference;
}

/* a + b + CA, with carry out */
static ir_value add_extended(struct ir *ir, ir_value a, ir_value b)
{
    ir_value ca = ir_get(ir, SLOT_CA), part = ir_op2(ir, IR_ADD, a, b), sum = ir_op2(ir, IR_ADD, part, ca);
    ir_value out = ir_op2(ir, IR_OR, ir_emit(ir, IR_LTU, part, a, 0, 0), ir_emit(ir, IR_LTU, sum, part, 0, 0));

    put_carries(ir, out, a, b, sum);
    return sum;
}

JIT(add) { return !f_oe(i) && to_rt(ir, i, ir_op2(ir, IR_ADD, RA, RB)); }
JIT(subf) { return !f_oe(i) && to_rt(ir, i, ir_op2(ir, IR_SUB, RB, RA)); }
JIT(neg) { return !f_oe(i) && to_rt(ir, i, ir_op_imm(ir, IR_NEG, RA, 0)); }
JIT(addc) { return !f_oe(i) && to_rt(ir, i, add_carrying(ir, RA, RB)); }
JIT(subfc) { return !f_oe(i) && to_rt(ir, i, subtract_carrying(ir, RA, RB)); }
JIT(adde) { return !f_oe(i) && to_rt(ir, i, add_extended(ir, RA, RB)); }
JIT(subfe) { return !f_oe(i) && to_rt(ir, i, add_extended(ir, ir_op_imm(ir, IR_NOT, RA, 0), RB)); }
JIT(addze) { return !f_oe(i) && to_rt(ir, i, add_extended(ir, RA, ir_const(ir, 0))); }
JIT(addme) { return !f_oe(i) && to_rt(ir, i, add_extended(ir, RA, ir_const(ir, UINT64_MAX))); }

JIT(subfze)
{
    return !f_oe(i) && to_rt(ir, i, add_extended(ir, ir_op_imm(ir, IR_NOT, RA, 0), ir_const(ir, 0)));
}

JIT(subfme)
{
    return !f_oe(i) && to_rt(ir, i, add_extended(ir, ir_op_imm(ir, IR_NOT, RA, 0), ir_const(ir, UINT64_MAX)));
}

JIT(addic)
{
    put_gpr(ir, f_rt(i), add_carrying(ir, RA, ir_const(ir, (uint64_t)f_si(i))));
    return true;
}

JIT(addic_) { return finish(ir, f_rt(i), add_carrying(ir, RA, ir_const(ir, (uint64_t)f_si(i))), true); }

JIT(subfic)
{
    put_gpr(ir, f_rt(i), subtract_carrying(ir, RA, ir_const(ir, (uint64_t)f_si(i))));
    return true;
}

/* ---- multiplication and division ---- */

static ir_value low_signed(struct ir *ir, ir_value v)
{
    return ir_op_imm(ir, IR_SEXT32, v, 0);
}

static ir_value low(struct ir *ir, ir_value v)
{
    return ir_op_imm(ir, IR_ZEXT32, v, 0);
}

/* A word in both halves of a register. */
static ir_value twice(struct ir *ir, ir_value word)
{
    return ir_op2(ir, IR_OR, word, ir_op_imm(ir, IR_SHL, word, 32));
}

JIT(mulld) { return !f_oe(i) && to_rt(ir, i, ir_op2(ir, IR_MUL, RA, RB)); }
JIT(mullw) { return !f_oe(i) && to_rt(ir, i, ir_op2(ir, IR_MUL, low_signed(ir, RA), low_signed(ir, RB))); }
JIT(mulhd) { return to_rt(ir, i, ir_emit(ir, IR_MULH_S, RA, RB, 0, 0)); }
JIT(mulhdu) { return to_rt(ir, i, ir_emit(ir, IR_MULH_U, RA, RB, 0, 0)); }

JIT(mulhw)
{
    ir_value product = ir_op2(ir, IR_MUL, low_signed(ir, RA), low_signed(ir, RB));

    return to_rt(ir, i, twice(ir, ir_op_imm(ir, IR_SHR, product, 32)));
}

JIT(mulhwu)
{
    ir_value product = ir_op2(ir, IR_MUL, low(ir, RA), low(ir, RB));

    return to_rt(ir, i, twice(ir, ir_op_imm(ir, IR_SHR, product, 32)));
}

JIT(maddld)
{
    put_gpr(ir, f_rt(i), ir_op2(ir, IR_ADD, ir_op2(ir, IR_MUL, RA, RB), get_gpr(ir, f_rcv(i))));
    return true;
}

static ir_value divide(struct ir *ir, insn_t i, int64_t how)
{
    return ir_emit(ir, IR_DIV, RA, RB, 0, how);
}

JIT(divd) { return !f_oe(i) && to_rt(ir, i, divide(ir, i, IR_DIV_SIGNED)); }
JIT(divdu) { return !f_oe(i) && to_rt(ir, i, divide(ir, i, 0)); }
JIT(divw) { return !f_oe(i) && to_rt(ir, i, divide(ir, i, IR_DIV_SIGNED | IR_DIV_32)); }
JIT(divwu) { return !f_oe(i) && to_rt(ir, i, divide(ir, i, IR_DIV_32)); }
JIT(modsd) { return finish(ir, f_rt(i), divide(ir, i, IR_DIV_SIGNED | IR_DIV_REMAINDER), false); }
JIT(modud) { return finish(ir, f_rt(i), divide(ir, i, IR_DIV_REMAINDER), false); }

JIT(modsw)
{
    return finish(ir, f_rt(i), low_signed(ir, divide(ir, i, IR_DIV_SIGNED | IR_DIV_32 | IR_DIV_REMAINDER)), false);
}

JIT(moduw) { return finish(ir, f_rt(i), divide(ir, i, IR_DIV_32 | IR_DIV_REMAINDER), false); }

/* ---- comparison ---- */

JIT(cmp)
{
    put_relation(ir, f_bf(i), f_l(i) ? IR_CMP_S64 : IR_CMP_S32, RA, RB);
    return true;
}

JIT(cmpi)
{
    put_relation(ir, f_bf(i), f_l(i) ? IR_CMP_S64 : IR_CMP_S32, RA, ir_const(ir, (uint64_t)f_si(i)));
    return true;
}

JIT(cmpl)
{
    put_relation(ir, f_bf(i), f_l(i) ? IR_CMP_U64 : IR_CMP_U32, RA, RB);
    return true;
}

JIT(cmpli)
{
    put_relation(ir, f_bf(i), f_l(i) ? IR_CMP_U64 : IR_CMP_U32, RA, ir_const(ir, f_ui(i)));
    return true;
}

/* ---- logic ---- */

static ir_value not(struct ir *ir, ir_value v)
{
    return ir_op_imm(ir, IR_NOT, v, 0);
}

JIT(and) { return to_ra(ir, i, ir_op2(ir, IR_AND, RS, RB)); }

/* Of a register with itself: a hint of the thread's priority, which depends on privilege from medium high on, or
 * nothing. Low ones are in loops that wait for another processor, which may want this one's host processor: that is
 * left to the operation. */
static bool hint(struct ir *ir, unsigned r)
{
    unsigned priority = r == 31 ? 1 : r == 1 ? 2 : r == 6 ? 3 : r == 2 ? 4 : 0;
    ir_value v;

    if (r == 3 || r == 5 || r == 7 || ((r == 1 || r == 31) && ir->cpu->has_company))
        return false;
    if (!priority)
        return true;
    v = ir_emit(ir, IR_STATE_PUT, ir_const(ir, PPC_FIELD_PUT(priority, 11, 13)), 0, 0,
                (int64_t)(offsetof(struct cpu, spr) + 8 * SPR_PPR));
    ir->insn[v].access.size = 8;
    return true;
}

JIT(or)
{
    if (f_ra(i) == f_rs(i) && f_rb(i) == f_rs(i) && !f_rc(i))
        return hint(ir, f_rs(i));
    return to_ra(ir, i, ir_op2(ir, IR_OR, RS, RB));
}

JIT(xor) { return to_ra(ir, i, ir_op2(ir, IR_XOR, RS, RB)); }
JIT(nand) { return to_ra(ir, i, not(ir, ir_op2(ir, IR_AND, RS, RB))); }
JIT(nor) { return to_ra(ir, i, not(ir, ir_op2(ir, IR_OR, RS, RB))); }
JIT(eqv) { return to_ra(ir, i, not(ir, ir_op2(ir, IR_XOR, RS, RB))); }
JIT(andc) { return to_ra(ir, i, ir_op2(ir, IR_ANDC, RS, RB)); }
JIT(orc) { return to_ra(ir, i, ir_op2(ir, IR_OR, RS, not(ir, RB))); }

static bool with_immediate(struct ir *ir, insn_t i, enum ir_op op, unsigned shift, bool rc)
{
    return finish(ir, f_ra(i), ir_op2(ir, op, RS, ir_const(ir, (uint64_t)f_ui(i) << shift)), rc);
}

JIT(ori) { return with_immediate(ir, i, IR_OR, 0, false); }
JIT(oris) { return with_immediate(ir, i, IR_OR, 16, false); }
JIT(xori) { return with_immediate(ir, i, IR_XOR, 0, false); }
JIT(xoris) { return with_immediate(ir, i, IR_XOR, 16, false); }
JIT(andi_) { return with_immediate(ir, i, IR_AND, 0, true); }
JIT(andis_) { return with_immediate(ir, i, IR_AND, 16, true); }

JIT(extsb) { return to_ra(ir, i, ir_op_imm(ir, IR_SEXT8, RS, 0)); }
JIT(extsh) { return to_ra(ir, i, ir_op_imm(ir, IR_SEXT16, RS, 0)); }
JIT(extsw) { return to_ra(ir, i, ir_op_imm(ir, IR_SEXT32, RS, 0)); }
JIT(cntlzd) { return to_ra(ir, i, ir_op_imm(ir, IR_CLZ64, RS, 0)); }
JIT(cntlzw) { return to_ra(ir, i, ir_op_imm(ir, IR_CLZ32, RS, 0)); }
JIT(cnttzd) { return to_ra(ir, i, ir_op_imm(ir, IR_CTZ64, RS, 0)); }
JIT(cnttzw) { return to_ra(ir, i, ir_op_imm(ir, IR_CTZ32, RS, 0)); }
JIT(popcntd) { return finish(ir, f_ra(i), ir_op_imm(ir, IR_POPCNT64, RS, 0), false); }

/* Bytes that are equal become all ones: as vectors. */
JIT(cmpb)
{
    ir_value x = ir_emit(ir, IR_F_FROM_I, RS, 0, 0, 0), y = ir_emit(ir, IR_F_FROM_I, RB, 0, 0, 0);

    put_gpr(ir, f_ra(i), ir_emit(ir, IR_I_FROM_V, ir_vector(ir, IR_V_EQ8, x, y, 0, 0), 0, 0, 1));
    return true;
}

JIT(brd) { return finish(ir, f_ra(i), ir_op_imm(ir, IR_BSWAP64, RS, 0), false); }
JIT(brw) { return finish(ir, f_ra(i), ir_op_imm(ir, IR_ROTL, ir_op_imm(ir, IR_BSWAP64, RS, 0), 32), false); }

/* ---- rotates ---- */

static uint64_t mask(unsigned first, unsigned last)
{
    return first <= last ? PPC_BITMASK(first, last) : ~PPC_BITMASK(last + 1, first - 1);
}

static uint64_t word_mask(insn_t i)
{
    unsigned first = f_mb(i) + 32, last = f_me(i) + 32;

    return first == last + 1 ? UINT64_MAX : mask(first, last);
}

/* The low word rotated, in both halves if the mask asks for the upper one. */
static ir_value rotated_word(struct ir *ir, ir_value v, unsigned n, uint64_t m)
{
    ir_value word = n ? ir_op_imm(ir, IR_ROTL32, v, n) : m >> 32 ? low(ir, v) : v;

    return m >> 32 ? twice(ir, word) : word;
}

static ir_value masked(struct ir *ir, ir_value v, uint64_t m)
{
    return ir_op2(ir, IR_AND, v, ir_const(ir, m));
}

JIT(rlwinm)
{
    uint64_t m = word_mask(i);

    /* srwi and slwi need no mask. */
    if (f_me(i) == 31 && f_sh(i) && f_mb(i) == 32 - f_sh(i))
        return to_ra(ir, i, ir_op_imm(ir, IR_SHR32, RS, f_mb(i)));
    if (f_mb(i) <= f_me(i) && f_me(i) == 31 - f_sh(i) && f_mb(i) == 0 && f_sh(i))
        return to_ra(ir, i, ir_op_imm(ir, IR_ZEXT32, ir_op_imm(ir, IR_SHL, RS, f_sh(i)), 0));
    /* A field that a plain shift brings into place. */
    if (f_mb(i) <= f_me(i) && f_sh(i) && f_me(i) == 31 && f_mb(i) >= 32 - f_sh(i))
        return to_ra(ir, i, masked(ir, ir_op_imm(ir, IR_SHR32, RS, 32 - f_sh(i)), m));
    return to_ra(ir, i, masked(ir, rotated_word(ir, RS, f_sh(i), m), m));
}

JIT(rlwimi)
{
    uint64_t m = word_mask(i);
    ir_value in = masked(ir, rotated_word(ir, RS, f_sh(i), m), m);

    return to_ra(ir, i, ir_op2(ir, IR_OR, in, masked(ir, RA, ~m)));
}

JIT(rlwnm)
{
    uint64_t m = word_mask(i);
    ir_value word = ir_emit(ir, IR_ROTL32_V, RS, RB, 0, 0);

    return to_ra(ir, i, masked(ir, m >> 32 ? twice(ir, word) : word, m));
}

JIT(rldicl)
{
    unsigned sh = f_sh6(i), mb = f_mb6(i);

    if (sh && mb == 64 - sh)
        return to_ra(ir, i, ir_op_imm(ir, IR_SHR, RS, mb));
    if (sh && mb > 64 - sh)
        return to_ra(ir, i, masked(ir, ir_op_imm(ir, IR_SHR, RS, 64 - sh), mask(mb, 63)));
    return to_ra(ir, i, masked(ir, ir_op_imm(ir, IR_ROTL, RS, sh), mask(mb, 63)));
}

JIT(rldicr)
{
    unsigned sh = f_sh6(i), me = f_me6(i);

    if (me == 63 - sh)
        return to_ra(ir, i, ir_op_imm(ir, IR_SHL, RS, sh));
    return to_ra(ir, i, masked(ir, ir_op_imm(ir, IR_ROTL, RS, sh), mask(0, me)));
}

static uint64_t insert_mask(insn_t i)
{
    unsigned first = f_mb6(i), last = 63 - f_sh6(i);

    return first == last + 1 ? UINT64_MAX : mask(first, last);
}

JIT(rldic)
{
    unsigned sh = f_sh6(i), mb = f_mb6(i);

    /* Zero-extended, then shifted: array indices. */
    if (mb + sh <= 63)
        return to_ra(ir, i, ir_op_imm(ir, IR_SHL, masked(ir, RS, mask(mb + sh, 63)), sh));
    return to_ra(ir, i, masked(ir, ir_op_imm(ir, IR_ROTL, RS, sh), insert_mask(i)));
}

JIT(rldimi)
{
    uint64_t m = insert_mask(i);
    ir_value in = masked(ir, ir_op_imm(ir, IR_ROTL, RS, f_sh6(i)), m);

    return to_ra(ir, i, ir_op2(ir, IR_OR, in, masked(ir, RA, ~m)));
}

JIT(rldcl) { return to_ra(ir, i, masked(ir, ir_emit(ir, IR_ROTL_V, RS, RB, 0, 0), mask(f_mb6(i), 63))); }
JIT(rldcr) { return to_ra(ir, i, masked(ir, ir_emit(ir, IR_ROTL_V, RS, RB, 0, 0), mask(0, f_me6(i)))); }

/* ---- shifts ---- */

JIT(sld) { return to_ra(ir, i, ir_emit(ir, IR_SHL_V, RS, RB, 0, 0)); }
JIT(srd) { return to_ra(ir, i, ir_emit(ir, IR_SHR_V, RS, RB, 0, 0)); }
JIT(slw) { return to_ra(ir, i, ir_emit(ir, IR_SHL32_V, RS, RB, 0, 0)); }
JIT(srw) { return to_ra(ir, i, ir_emit(ir, IR_SHR32_V, RS, RB, 0, 0)); }

/* CA if ones fall out of a negative number. */
static bool shift_right_algebraic(struct ir *ir, insn_t i, ir_value v, unsigned n)
{
    ir_value result = ir_op_imm(ir, IR_SAR, v, n), ca;

    if (n) {
        /* The lost bits, if v is negative: those of v & (v >> 63) below n; a carry is "0 < them". */
        ir_value lost = masked(ir, ir_op2(ir, IR_AND, v, ir_op_imm(ir, IR_SAR, v, 63)), (UINT64_C(1) << n) - 1);

        ca = ir_emit(ir, IR_LTU, ir_const(ir, 0), lost, 0, 0);
    } else {
        ca = ir_const(ir, 0);
    }
    ir_put(ir, SLOT_CA, ca);
    if (ir->level >= ISA_3_0)
        ir_put(ir, SLOT_CA32, ca);
    return to_ra(ir, i, result);
}

JIT(srawi) { return shift_right_algebraic(ir, i, low_signed(ir, RS), f_sh(i)); }
JIT(sradi) { return shift_right_algebraic(ir, i, RS, f_sh6(i)); }
/* By the low bits of n. CA: the result shifted back is not what it was, and that was negative. */
static bool shift_right_by(struct ir *ir, insn_t i, ir_value v, ir_value n)
{
    ir_value result = ir_emit(ir, IR_SAR_V, v, n, 0, 0), back = ir_emit(ir, IR_SHL_V, result, n, 0, 0);
    ir_value lost = ir_op2(ir, IR_AND, ir_op2(ir, IR_XOR, v, back), ir_op_imm(ir, IR_SAR, v, 63));
    ir_value ca = ir_emit(ir, IR_LTU, ir_const(ir, 0), lost, 0, 0);

    ir_put(ir, SLOT_CA, ca);
    if (ir->level >= ISA_3_0)
        ir_put(ir, SLOT_CA32, ca);
    return to_ra(ir, i, result);
}

JIT(sraw) { return shift_right_by(ir, i, low_signed(ir, RS), ir_op2(ir, IR_AND, RB, ir_const(ir, 63))); }
JIT(srad) { return shift_right_by(ir, i, RS, ir_op2(ir, IR_AND, RB, ir_const(ir, 127))); }

JIT(extswsli) { return to_ra(ir, i, ir_op_imm(ir, IR_SHL, low_signed(ir, RS), f_sh6(i))); }

/* ---- traps ---- */

/* The interpreter raises the interrupt. */
static bool trap(struct ir *ir, insn_t i, enum ir_op is_signed, enum ir_op is_unsigned, ir_value a, ir_value b)
{
    static const struct {
        uint8_t to, condition;
        bool logical;
    } conditions[] = {
        { 16, IR_IF_LT, false }, { 8, IR_IF_GT, false }, { 4, IR_IF_EQ, false },
        { 2, IR_IF_LT, true },   { 1, IR_IF_GT, true },
    };

    if (f_to(i) == 31) {
        ir_exit(ir, IR_EXIT_INTERPRET, ir->offset, 0);
        return true;
    }
    for (unsigned k = 0; k < sizeof conditions / sizeof *conditions; k++)
        if (f_to(i) & conditions[k].to)
            ir_exit_if(ir, ir_emit(ir, conditions[k].logical ? is_unsigned : is_signed, a, b, 0, 0),
                       conditions[k].condition, IR_EXIT_INTERPRET, ir->offset, 0);
    return true;
}

JIT(td) { return trap(ir, i, IR_CMP_S64, IR_CMP_U64, RA, RB); }
JIT(tdi) { return trap(ir, i, IR_CMP_S64, IR_CMP_U64, RA, ir_const(ir, (uint64_t)f_si(i))); }
JIT(tw) { return trap(ir, i, IR_CMP_S32, IR_CMP_U32, RA, RB); }
JIT(twi) { return trap(ir, i, IR_CMP_S32, IR_CMP_U32, RA, ir_const(ir, (uint64_t)f_si(i))); }

/* ---- conditions as numbers ---- */

static unsigned condition_of(unsigned bit)
{
    return CR_LT >> bit % 4;
}

JIT(isel)
{
    ir_value relation = ir_get(ir, SLOT_CRF + f_bc(i) / 4);

    put_gpr(ir, f_rt(i),
            ir_emit(ir, IR_SELECT, relation, get_gpr_or_zero(ir, f_ra(i)), RB, condition_of(f_bc(i))));
    return true;
}

static bool set_by(struct ir *ir, insn_t i, unsigned invert, bool negate)
{
    ir_value v = ir_emit(ir, IR_SET_IF, ir_get(ir, SLOT_CRF + f_bi(i) / 4), 0, 0, condition_of(f_bi(i)) | invert);

    put_gpr(ir, f_rt(i), negate ? ir_op_imm(ir, IR_NEG, v, 0) : v);
    return true;
}

JIT(setbc) { return set_by(ir, i, 0, false); }
JIT(setbcr) { return set_by(ir, i, IR_IF_NOT, false); }
JIT(setnbc) { return set_by(ir, i, 0, true); }
JIT(setnbcr) { return set_by(ir, i, IR_IF_NOT, true); }
