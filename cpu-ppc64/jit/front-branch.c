/* Front end: branches and the condition register. See interp/branch.c for what they mean.
 *
 * A branch function ends the region with an exit, or emits a conditional one and lets the translator go on
 * with the next instruction. CFAR is not kept: it is for debugging, and holds the last branch that the
 * interpreter took. */
#include "cpu-ppc64/jit/front.h"
#include "mem/mem.h"

static ir_value page_ea(struct ir *ir, int64_t offset)
{
    return ir_emit(ir, IR_PAGE_EA, 0, 0, 0, offset);
}

static void put_link(struct ir *ir)
{
    ir_put(ir, SLOT_LR, page_ea(ir, (int64_t)ir->offset + 4));
}

static enum ir_exit_kind kind_of(const struct ir *ir, int64_t offset)
{
    if (offset < 0 || offset >= MEM_PAGE_SIZE)
        return IR_EXIT_FAR;
    if (offset == ir->start)
        return IR_EXIT_LOOP;
    return offset > ir->offset ? IR_EXIT_PAGE : IR_EXIT_PAGE_BACK;
}

/* b: the translator follows it where it can, so that only what is left ends here. */
JIT(b)
{
    int64_t offset = (int64_t)ir->offset + f_li(i);

    if (f_aa(i))
        return false;
    if (f_lk(i))
        put_link(ir);
    ir_exit(ir, kind_of(ir, offset), (int32_t)offset, 0);
    return true;
}

/* Conditions that must hold for the branch: at most one of CTR and one of CR. If both are there, the first leaves
 * the region where it fails, to the next instruction. */
struct conditions {
    unsigned n;
    struct {
        ir_value relation;
        unsigned condition;
    } c[2];
};

static struct conditions conditions_of(struct ir *ir, insn_t i)
{
    struct conditions r = { 0 };

    if (!(f_bo(i) & 4)) {
        ir_value ctr = ir_op2(ir, IR_SUB, ir_get(ir, SLOT_CTR), ir_const(ir, 1));

        ir_put(ir, SLOT_CTR, ctr);
        r.c[r.n].relation = ir_emit(ir, IR_CMP_U64, ctr, ir_const(ir, 0), 0, 0);
        r.c[r.n++].condition = IR_IF_EQ | (f_bo(i) & 2 ? 0 : IR_IF_NOT);
    }
    if (!(f_bo(i) & 16)) {
        r.c[r.n].relation = ir_get(ir, SLOT_CRF + f_bi(i) / 4);
        r.c[r.n++].condition = (unsigned)CR_LT >> f_bi(i) % 4 | (f_bo(i) & 8 ? 0 : IR_IF_NOT);
    }
    return r;
}

/* Where the instruction after this one lies. */
static void exit_to_next_if(struct ir *ir, ir_value relation, unsigned condition)
{
    int32_t next = ir->offset + 4;

    ir_exit_if(ir, relation, condition, next < MEM_PAGE_SIZE ? IR_EXIT_PAGE : IR_EXIT_FAR, next, 0);
}

JIT(bc)
{
    int64_t offset = (int64_t)ir->offset + f_bd(i);
    struct conditions all;
    enum ir_exit_kind kind = kind_of(ir, offset);

    if (f_aa(i))
        return false;
    all = conditions_of(ir, i);
    if (f_lk(i))
        put_link(ir);
    if (all.n == 0) {
        ir_exit(ir, kind, (int32_t)offset, 0);
        return true;
    }
    if (all.n == 2)
        exit_to_next_if(ir, all.c[0].relation, all.c[0].condition ^ IR_IF_NOT);
    ir_exit_if(ir, all.c[all.n - 1].relation, all.c[all.n - 1].condition, kind, (int32_t)offset,
               0);
    return true;
}

static bool branch_to_register(struct ir *ir, insn_t i, ir_value target)
{
    struct conditions all = conditions_of(ir, i);

    target = ir_op2(ir, IR_AND, target, ir_const(ir, ~UINT64_C(3)));
    if (f_lk(i))
        put_link(ir);
    if (all.n == 0) {
        ir_exit(ir, IR_EXIT_INDIRECT, 0, target);
        return true;
    }
    if (all.n == 2)
        exit_to_next_if(ir, all.c[0].relation, all.c[0].condition ^ IR_IF_NOT);
    ir_exit_if(ir, all.c[all.n - 1].relation, all.c[all.n - 1].condition, IR_EXIT_INDIRECT, 0, target);
    return true;
}

JIT(bclr) { return branch_to_register(ir, i, ir_get(ir, SLOT_LR)); }
JIT(bcctr) { return f_bo(i) & 4 && branch_to_register(ir, i, ir_get(ir, SLOT_CTR)); }

/* ---- the condition register ---- */

static ir_value get_bit(struct ir *ir, unsigned n)
{
    return ir_emit(ir, IR_SET_IF, ir_get(ir, SLOT_CRF + n / 4), 0, 0, CR_LT >> n % 4);
}

static bool put_bit(struct ir *ir, unsigned n, ir_value bit)
{
    unsigned shift = 3 - n % 4;
    ir_value rest = ir_op2(ir, IR_AND, get_nibble(ir, n / 4), ir_const(ir, 15u & ~(1u << shift)));

    ir_put(ir, SLOT_CRF + n / 4, ir_op2(ir, IR_OR, rest, ir_op_imm(ir, IR_SHL, bit, shift)));
    return true;
}

#define A get_bit(ir, f_ba(i))
#define B get_bit(ir, f_bb(i))

static ir_value flip(struct ir *ir, ir_value bit)
{
    return ir_op2(ir, IR_XOR, bit, ir_const(ir, 1));
}

JIT(crand) { return put_bit(ir, f_bt(i), ir_op2(ir, IR_AND, A, B)); }
JIT(cror) { return put_bit(ir, f_bt(i), ir_op2(ir, IR_OR, A, B)); }
JIT(crnand) { return put_bit(ir, f_bt(i), flip(ir, ir_op2(ir, IR_AND, A, B))); }
JIT(crnor) { return put_bit(ir, f_bt(i), flip(ir, ir_op2(ir, IR_OR, A, B))); }
JIT(crandc) { return put_bit(ir, f_bt(i), ir_op2(ir, IR_AND, A, flip(ir, B))); }
JIT(crorc) { return put_bit(ir, f_bt(i), ir_op2(ir, IR_OR, A, flip(ir, B))); }

/* crclr and crset are crxor and creqv of one bit with itself. */
JIT(crxor)
{
    if (f_ba(i) == f_bb(i))
        return put_bit(ir, f_bt(i), ir_const(ir, 0));
    return put_bit(ir, f_bt(i), ir_op2(ir, IR_XOR, A, B));
}

JIT(creqv)
{
    if (f_ba(i) == f_bb(i))
        return put_bit(ir, f_bt(i), ir_const(ir, 1));
    return put_bit(ir, f_bt(i), flip(ir, ir_op2(ir, IR_XOR, A, B)));
}

JIT(mcrf)
{
    ir_put(ir, SLOT_CRF + f_bf(i), ir_op2(ir, IR_OR, get_nibble(ir, f_bfa(i)), ir_const(ir, 0)));
    return true;
}

static bool move_to_cr(struct ir *ir, insn_t i)
{
    ir_value rs = get_gpr(ir, f_rs(i));

    for (unsigned n = 0; n < 8; n++)
        if (f_fxm(i) & 0x80 >> n)
            ir_put(ir, SLOT_CRF + n,
                   ir_op2(ir, IR_AND, ir_op_imm(ir, IR_SHR, rs, 28 - 4 * n), ir_const(ir, 15)));
    return true;
}

JIT(mtcrf) { return move_to_cr(ir, i); }
JIT(mtocrf) { return move_to_cr(ir, i); }

static bool move_from_cr(struct ir *ir, insn_t i, unsigned fields)
{
    ir_value sum = ir_const(ir, 0);

    for (unsigned n = 0; n < 8; n++)
        if (fields & 0x80 >> n)
            sum = ir_op2(ir, IR_OR, sum, ir_op_imm(ir, IR_SHL, get_nibble(ir, n), 28 - 4 * n));
    put_gpr(ir, f_rt(i), sum);
    return true;
}

JIT(mfcr) { return move_from_cr(ir, i, 0xff); }
JIT(mfocrf) { return move_from_cr(ir, i, f_fxm(i)); }

/* ---- barriers; the host keeps the order of all but a store and a later load ---- */

JIT(sync)
{
    if (f_l2(i) != 1)
        ir_emit(ir, IR_FENCE, 0, 0, 0, 0);
    return true;
}

JIT(isync)
{
    int32_t next = ir->offset + 4;

    ir_exit(ir, IR_EXIT_SYNC, next, 0);
    return true;
}

JIT(eieio) { return true; }
JIT(dcbt) { return true; }
JIT(dcbtst) { return true; }
