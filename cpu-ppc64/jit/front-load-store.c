/* Front end: fixed-point loads and stores. See interp/load-store.c. */
#include "cpu-ppc64/jit/front.h"
#include "base/endian.h"

static struct ir_access access_of(const struct ir *ir, unsigned size, bool is_signed, bool reversed)
{
    return (struct ir_access){ .size = (uint8_t)size, .is_signed = is_signed,
                               .swapped = size > 1 && (ir->le != (HOST_IS_LE == 1)) != reversed };
}

static ir_value load(struct ir *ir, struct ir_access access, ir_value base, ir_value index, int64_t d)
{
    unsigned snapshot = ir_snapshot(ir);
    ir_value v = ir_emit(ir, index ? IR_LOAD_X : IR_LOAD, base, index, 0, d);

    ir->insn[v].access = access;
    ir->insn[v].extra = (uint16_t)snapshot;
    return v;
}

static void store(struct ir *ir, struct ir_access access, ir_value base, ir_value index, int64_t d, ir_value what)
{
    unsigned snapshot = ir_snapshot(ir);
    ir_value v = index ? ir_emit(ir, IR_STORE_X, base, index, what, 0) : ir_emit(ir, IR_STORE, base, what, 0, d);

    ir->insn[v].access = access;
    ir->insn[v].extra = (uint16_t)snapshot;
}

/* RA = 0 with update is no valid form: left to the interpreter, so that it means one thing. */
static bool is_invalid(insn_t i, bool update)
{
    return update && !f_ra(i);
}

static bool load_d(struct ir *ir, insn_t i, unsigned size, bool is_signed, int64_t d, bool update)
{
    ir_value base, v;

    if (is_invalid(i, update))
        return false;
    base = get_gpr_or_zero(ir, f_ra(i));
    v = load(ir, access_of(ir, size, is_signed, false), base, 0, d);
    if (update)
        put_gpr(ir, f_ra(i), ir_op2(ir, IR_ADD, base, ir_const(ir, (uint64_t)d)));
    put_gpr(ir, f_rt(i), v);
    return true;
}

static bool load_x(struct ir *ir, insn_t i, unsigned size, bool is_signed, bool reversed, bool update)
{
    struct ir_access access = access_of(ir, size, is_signed, reversed);
    ir_value base, index, v;

    if (is_invalid(i, update))
        return false;
    base = get_gpr_or_zero(ir, f_ra(i));
    index = get_gpr(ir, f_rb(i));
    if (update)
        base = ir_op2(ir, IR_ADD, base, index);
    v = update || (!f_ra(i)) ? load(ir, access, update ? base : index, 0, 0) : load(ir, access, base, index, 0);
    if (update)
        put_gpr(ir, f_ra(i), base);
    put_gpr(ir, f_rt(i), v);
    return true;
}

static bool store_d(struct ir *ir, insn_t i, unsigned size, int64_t d, bool update)
{
    ir_value base, what;

    if (is_invalid(i, update))
        return false;
    base = get_gpr_or_zero(ir, f_ra(i));
    what = get_gpr(ir, f_rs(i));
    store(ir, access_of(ir, size, false, false), base, 0, d, what);
    if (update)
        put_gpr(ir, f_ra(i), ir_op2(ir, IR_ADD, base, ir_const(ir, (uint64_t)d)));
    return true;
}

static bool store_x(struct ir *ir, insn_t i, unsigned size, bool reversed, bool update)
{
    struct ir_access access = access_of(ir, size, false, reversed);
    ir_value base, index, what;

    if (is_invalid(i, update))
        return false;
    base = get_gpr_or_zero(ir, f_ra(i));
    index = get_gpr(ir, f_rb(i));
    what = get_gpr(ir, f_rs(i));
    if (update)
        base = ir_op2(ir, IR_ADD, base, index);
    if (update || !f_ra(i))
        store(ir, access, update ? base : index, 0, 0, what);
    else
        store(ir, access, base, index, 0, what);
    if (update)
        put_gpr(ir, f_ra(i), base);
    return true;
}

JIT(lbz) { return load_d(ir, i, 1, false, f_d(i), false); }
JIT(lbzu) { return load_d(ir, i, 1, false, f_d(i), true); }
JIT(lbzx) { return load_x(ir, i, 1, false, false, false); }
JIT(lbzux) { return load_x(ir, i, 1, false, false, true); }
JIT(lhz) { return load_d(ir, i, 2, false, f_d(i), false); }
JIT(lhzu) { return load_d(ir, i, 2, false, f_d(i), true); }
JIT(lhzx) { return load_x(ir, i, 2, false, false, false); }
JIT(lhzux) { return load_x(ir, i, 2, false, false, true); }
JIT(lha) { return load_d(ir, i, 2, true, f_d(i), false); }
JIT(lhau) { return load_d(ir, i, 2, true, f_d(i), true); }
JIT(lhax) { return load_x(ir, i, 2, true, false, false); }
JIT(lhaux) { return load_x(ir, i, 2, true, false, true); }
JIT(lwz) { return load_d(ir, i, 4, false, f_d(i), false); }
JIT(lwzu) { return load_d(ir, i, 4, false, f_d(i), true); }
JIT(lwzx) { return load_x(ir, i, 4, false, false, false); }
JIT(lwzux) { return load_x(ir, i, 4, false, false, true); }
JIT(lwa) { return load_d(ir, i, 4, true, f_ds(i), false); }
JIT(lwax) { return load_x(ir, i, 4, true, false, false); }
JIT(lwaux) { return load_x(ir, i, 4, true, false, true); }
JIT(ld) { return load_d(ir, i, 8, false, f_ds(i), false); }
JIT(ldu) { return load_d(ir, i, 8, false, f_ds(i), true); }
JIT(ldx) { return load_x(ir, i, 8, false, false, false); }
JIT(ldux) { return load_x(ir, i, 8, false, false, true); }
JIT(lhbrx) { return load_x(ir, i, 2, false, true, false); }
JIT(lwbrx) { return load_x(ir, i, 4, false, true, false); }
JIT(ldbrx) { return load_x(ir, i, 8, false, true, false); }

JIT(stb) { return store_d(ir, i, 1, f_d(i), false); }
JIT(stbu) { return store_d(ir, i, 1, f_d(i), true); }
JIT(stbx) { return store_x(ir, i, 1, false, false); }
JIT(stbux) { return store_x(ir, i, 1, false, true); }
JIT(sth) { return store_d(ir, i, 2, f_d(i), false); }
JIT(sthu) { return store_d(ir, i, 2, f_d(i), true); }
JIT(sthx) { return store_x(ir, i, 2, false, false); }
JIT(sthux) { return store_x(ir, i, 2, false, true); }
JIT(stw) { return store_d(ir, i, 4, f_d(i), false); }
JIT(stwu) { return store_d(ir, i, 4, f_d(i), true); }
JIT(stwx) { return store_x(ir, i, 4, false, false); }
JIT(stwux) { return store_x(ir, i, 4, false, true); }
JIT(std) { return store_d(ir, i, 8, f_ds(i), false); }
JIT(stdu) { return store_d(ir, i, 8, f_ds(i), true); }
JIT(stdx) { return store_x(ir, i, 8, false, false); }
JIT(stdux) { return store_x(ir, i, 8, false, true); }
JIT(sthbrx) { return store_x(ir, i, 2, true, false); }
JIT(stwbrx) { return store_x(ir, i, 4, true, false); }
JIT(stdbrx) { return store_x(ir, i, 8, true, false); }
