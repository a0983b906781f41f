/* Front end: special registers, the MSR's interrupt bits, reservations, dcbz. See interp/system.c, atomics.c. */
#include "base/endian.h"
#include "base/log.h"
#include "cpu-ppc64/jit/front.h"
#include "cpu-ppc64/spr.h"

/* ---- special registers ---- */

static int slot_of_spr(unsigned spr)
{
    return spr == SPR_LR ? SLOT_LR : spr == SPR_CTR ? SLOT_CTR : -1;
}

/* A register that is nothing but storage, here and now; its row. */
static const struct spr_row *plain_spr(struct ir *ir, unsigned spr, bool is_write)
{
    const struct spr_row *row = spr_plain(ir->cpu, spr, is_write);

    if (row)
        front_need_privilege(ir);
    return row;
}

static int64_t offset_of_spr(unsigned spr)
{
    return (int64_t)(offsetof(struct cpu, spr) + 8 * spr);
}

static ir_value get_state(struct ir *ir, int64_t offset, unsigned size)
{
    ir_value v = ir_emit(ir, IR_STATE_GET, 0, 0, 0, offset);

    ir->insn[v].access.size = (uint8_t)size;
    return v;
}

JIT(mfspr)
{
    int slot = slot_of_spr(f_spr(i));
    const struct spr_row *row = slot < 0 ? plain_spr(ir, f_spr(i), false) : NULL;

    if (slot >= 0)
        put_gpr(ir, f_rt(i), ir_get(ir, (unsigned)slot));
    else if (row)
        put_gpr(ir, f_rt(i), get_state(ir, offset_of_spr(f_spr(i)), row->width / 8));
    return slot >= 0 || row;
}

JIT(mtspr)
{
    int slot = slot_of_spr(f_spr(i));
    const struct spr_row *row = slot < 0 ? plain_spr(ir, f_spr(i), true) : NULL;
    ir_value v;

    if (slot >= 0) {
        ir_put(ir, (unsigned)slot, get_gpr(ir, f_rs(i)));
    } else if (row) {
        v = get_gpr(ir, f_rs(i));
        v = ir_emit(ir, IR_STATE_PUT, row->width == 32 ? ir_op_imm(ir, IR_ZEXT32, v, 0) : v, 0, 0,
                    offset_of_spr(f_spr(i)));
        ir->insn[v].access.size = 8;
    } else if (spr_is_ignored(f_spr(i)) && !log_on(LOG_ITEM_UNIMP)) {
        /* As Linux's flushes of a cache by such a write. */
        front_need_privilege(ir);
        return true;
    }
    return slot >= 0 || row;
}

/* ---- the MSR ---- */

JIT(mfmsr)
{
    put_gpr(ir, f_rt(i), get_state(ir, offsetof(struct cpu, msr), 8));
    return true;
}

/* Only the form that enables and disables interrupts. */
JIT(mtmsrd)
{
    if (!f_l15(i))
        return false;
    ir_emit_enable(ir, get_gpr(ir, f_rs(i)));
    return true;
}

/* ---- reservations: bytes as they lie in memory are turned here ---- */

static ir_value turned(struct ir *ir, ir_value v, unsigned size)
{
    if (ir->le == (HOST_IS_LE == 1) || size == 1)
        return v;
    return ir_op_imm(ir, IR_SHR, ir_op_imm(ir, IR_BSWAP64, v, 0), 64 - 8 * (int)size);
}

static void base_and_index(struct ir *ir, insn_t i, ir_value *base, ir_value *index)
{
    *base = get_gpr(ir, f_ra(i) ? f_ra(i) : f_rb(i));
    *index = f_ra(i) ? get_gpr(ir, f_rb(i)) : 0;
}

static bool load_and_reserve(struct ir *ir, insn_t i, unsigned size)
{
    ir_value base, index, v;
    unsigned snapshot;

    if (ir->cpu->has_company && ir->pair_end < 0)
        return false;
    snapshot = ir_snapshot(ir);

    base_and_index(ir, i, &base, &index);
    v = ir_emit(ir, IR_LARX, base, index, 0, 0);
    ir->insn[v].access.size = (uint8_t)size;
    ir->insn[v].extra = (uint16_t)snapshot;
    put_gpr(ir, f_rt(i), turned(ir, v, size));
    return true;
}

static bool store_conditional(struct ir *ir, insn_t i, unsigned size)
{
    ir_value base, index, what, v;
    uint64_t unused;
    unsigned snapshot;

    if (ir->cpu->has_company && ir->pair_end != ir->offset)
        return false;
    what = turned(ir, get_gpr(ir, f_rs(i)), size);
    base_and_index(ir, i, &base, &index);
    /* The scratch registers are all needed. */
    if (ir_is_const(ir, what, &unused))
        what = ir_emit(ir, IR_COPY, what, 0, 0, 0);
    snapshot = ir_snapshot(ir);
    v = ir_emit(ir, IR_STCX, base, index, what, 0);
    ir->insn[v].access.size = (uint8_t)size;
    ir->insn[v].extra = (uint16_t)snapshot;
    ir_put(ir, SLOT_CRF, v);
    return true;
}

JIT(lbarx) { return load_and_reserve(ir, i, 1); }
JIT(lharx) { return load_and_reserve(ir, i, 2); }
JIT(lwarx) { return load_and_reserve(ir, i, 4); }
JIT(ldarx) { return load_and_reserve(ir, i, 8); }
JIT(stbcx_) { return store_conditional(ir, i, 1); }
JIT(sthcx_) { return store_conditional(ir, i, 2); }
JIT(stwcx_) { return store_conditional(ir, i, 4); }
JIT(stdcx_) { return store_conditional(ir, i, 8); }

JIT(dcbz)
{
    ir_value base, index, v;
    unsigned snapshot;

    if (ir->cpu->has_company && ir->pair_end < 0)
        return false;
    snapshot = ir_snapshot(ir);

    base_and_index(ir, i, &base, &index);
    v = ir_emit(ir, IR_DCBZ, base, index, 0, 0);
    ir->insn[v].extra = (uint16_t)snapshot;
    return true;
}
