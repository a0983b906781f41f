/* Front end: vector loads and stores. See interp/vmx-load-store.c and interp/vsx-load-store.c.
 *
 * What is loaded is one number of 16 bytes, as lxv has it; the order of elements, where it is another, is a
 * permutation behind it. Floating-point scalars are in front-fp.c. */
#include "cpu-ppc64/jit/front-vector.h"

static struct ir_access access_of(const struct ir *ir, unsigned size, unsigned element)
{
    return (struct ir_access){ .size = (uint8_t)size, .swapped = size > 1 && ir->le != (HOST_IS_LE == 1),
                               .element = (uint8_t)element };
}

/* RA|0 + RB, or RA|0 + d. */
struct address {
    ir_value base, index;
    int64_t d;
};

static struct address indexed(struct ir *ir, insn_t i)
{
    if (!f_ra(i))
        return (struct address){ get_gpr(ir, f_rb(i)), 0, 0 };
    return (struct address){ get_gpr(ir, f_ra(i)), get_gpr(ir, f_rb(i)), 0 };
}

static struct address displaced(struct ir *ir, insn_t i, int64_t d)
{
    return (struct address){ get_gpr_or_zero(ir, f_ra(i)), 0, d };
}

/* Without the last four bits. */
static struct address aligned(struct ir *ir, insn_t i)
{
    ir_value sum = get_gpr(ir, f_rb(i));

    if (f_ra(i))
        sum = ir_op2(ir, IR_ADD, get_gpr(ir, f_ra(i)), sum);
    return (struct address){ ir_op2(ir, IR_AND, sum, ir_const(ir, ~UINT64_C(15))), 0, 0 };
}

/* op is the one with a displacement; the indexed one follows it. */
static ir_value load(struct ir *ir, enum ir_op op, struct ir_access access, struct address at)
{
    unsigned snapshot = ir_snapshot(ir);
    ir_value v = ir_emit(ir, at.index ? op + 1 : op, at.base, at.index, 0, at.d);

    ir->insn[v].access = access;
    ir->insn[v].extra = (uint16_t)snapshot;
    return v;
}

static bool store(struct ir *ir, enum ir_op op, struct ir_access access, struct address at, ir_value what)
{
    unsigned snapshot = ir_snapshot(ir);
    ir_value v = at.index ? ir_emit(ir, op + 1, at.base, at.index, what, 0) : ir_emit(ir, op, at.base, what, 0, at.d);

    ir->insn[v].access = access;
    ir->insn[v].extra = (uint16_t)snapshot;
    return true;
}

/* ---- quadwords ---- */

static bool load_quad(struct ir *ir, unsigned vsr, struct address at)
{
    need_vec_for(ir, vsr);
    return put_vsr(ir, vsr, load(ir, IR_VLOAD, access_of(ir, 16, 8), at));
}

static bool store_quad(struct ir *ir, unsigned vsr, struct address at)
{
    need_vec_for(ir, vsr);
    return store(ir, IR_VSTORE, access_of(ir, 16, 8), at, get_vsr(ir, vsr));
}

JIT(lvx) { return load_quad(ir, 32 + f_vrt(i), aligned(ir, i)); }
JIT(lvxl) { return load_quad(ir, 32 + f_vrt(i), aligned(ir, i)); }
JIT(stvx) { return store_quad(ir, 32 + f_vrs(i), aligned(ir, i)); }
JIT(stvxl) { return store_quad(ir, 32 + f_vrs(i), aligned(ir, i)); }
JIT(lxv) { return load_quad(ir, f_xt28(i), displaced(ir, i, f_dq(i))); }
JIT(lxvx) { return load_quad(ir, f_xt(i), indexed(ir, i)); }
JIT(stxv) { return store_quad(ir, f_xs28(i), displaced(ir, i, f_dq(i))); }
JIT(stxvx) { return store_quad(ir, f_xs(i), indexed(ir, i)); }

/* Two registers: in little-endian mode the second one is at the lower address. */
static bool load_pair(struct ir *ir, unsigned t, ir_value ea, int64_t d)
{
    struct ir_access access = access_of(ir, 16, 8);
    ir_value first = load(ir, IR_VLOAD, access, (struct address){ ea, 0, d });
    ir_value second = load(ir, IR_VLOAD, access, (struct address){ ea, 0, d + 16 });

    need_vec_for(ir, t);
    put_vsr(ir, t + ir->le, first);
    return put_vsr(ir, t + !ir->le, second);
}

static bool store_pair(struct ir *ir, unsigned s, ir_value ea, int64_t d)
{
    struct ir_access access = access_of(ir, 16, 8);
    ir_value first = get_vsr(ir, s + ir->le), second = get_vsr(ir, s + !ir->le);

    need_vec_for(ir, s);
    store(ir, IR_VSTORE, access, (struct address){ ea, 0, d }, first);
    return store(ir, IR_VSTORE, access, (struct address){ ea, 0, d + 16 }, second);
}

static ir_value sum(struct ir *ir, insn_t i)
{
    ir_value index = get_gpr(ir, f_rb(i));

    return f_ra(i) ? ir_op2(ir, IR_ADD, get_gpr(ir, f_ra(i)), index) : index;
}

JIT(lxvp) { return load_pair(ir, f_xtp(i), get_gpr_or_zero(ir, f_ra(i)), f_dq(i)); }
JIT(lxvpx) { return load_pair(ir, f_xtp(i), sum(ir, i), 0); }
JIT(stxvp) { return store_pair(ir, f_xsp(i), get_gpr_or_zero(ir, f_ra(i)), f_dq(i)); }
JIT(stxvpx) { return store_pair(ir, f_xsp(i), sum(ir, i), 0); }

/* ---- elements: the first in storage is the most significant one ---- */

/* In big-endian mode that is the number itself. The permutation is its own inverse. */
static ir_value reorder(struct ir *ir, ir_value v, unsigned element)
{
    if (!ir->le)
        return v;
    switch (element) {
    case 8: return VI(WORDS, v, IR_WORDS_SWAP);
    case 4: return VI(WORDS, v, IR_WORDS_REVERSE);
    case 2: return V2(BYTES, v, ir_vector_const(ir, UINT64_C(0x0100030205040706), UINT64_C(0x09080b0a0d0c0f0e)));
    default: return V2(BYTES, v, ir_vector_const(ir, UINT64_C(0x0001020304050607), UINT64_C(0x08090a0b0c0d0e0f)));
    }
}

static bool load_elements(struct ir *ir, insn_t i, unsigned element)
{
    need_vec_for(ir, f_xt(i));
    return put_vsr(ir, f_xt(i),
                   reorder(ir, load(ir, IR_VLOAD, access_of(ir, 16, element), indexed(ir, i)), element));
}

static bool store_elements(struct ir *ir, insn_t i, unsigned element)
{
    need_vec_for(ir, f_xs(i));
    return store(ir, IR_VSTORE, access_of(ir, 16, element), indexed(ir, i),
                 reorder(ir, get_vsr(ir, f_xs(i)), element));
}

JIT(lxvd2x) { return load_elements(ir, i, 8); }
JIT(lxvw4x) { return load_elements(ir, i, 4); }
JIT(lxvh8x) { return load_elements(ir, i, 2); }
JIT(lxvb16x) { return load_elements(ir, i, 1); }
JIT(stxvd2x) { return store_elements(ir, i, 8); }
JIT(stxvw4x) { return store_elements(ir, i, 4); }
JIT(stxvh8x) { return store_elements(ir, i, 2); }
JIT(stxvb16x) { return store_elements(ir, i, 1); }

/* ---- numbers ---- */

static ir_value load_number(struct ir *ir, insn_t i, unsigned size, bool is_signed)
{
    struct ir_access access = access_of(ir, size, 0);

    access.is_signed = is_signed;
    return load(ir, IR_LOAD, access, indexed(ir, i));
}

JIT(lxvdsx)
{
    ir_value v = load_number(ir, i, 8, false);

    need_vec_for(ir, f_xt(i));
    return put_vsr(ir, f_xt(i), ir_emit(ir, IR_V_FROM_I, v, v, 0, 0));
}

JIT(lxvwsx)
{
    ir_value v = load_number(ir, i, 4, false);

    need_vec_for(ir, f_xt(i));
    return put_vsr(ir, f_xt(i), VI(WORDS, ir_emit(ir, IR_V_FROM_I, v, v, 0, 0), 0));
}

/* In doubleword 0, the other becomes 0. */
static bool put_scalar(struct ir *ir, unsigned vsr, ir_value number)
{
    need_vec_for(ir, vsr);
    ir_put(ir, SLOT_FPR + vsr, ir_emit(ir, IR_F_FROM_I, number, 0, 0, 0));
    return true;
}

JIT(lxsibzx) { return put_scalar(ir, f_xt(i), load_number(ir, i, 1, false)); }
JIT(lxsihzx) { return put_scalar(ir, f_xt(i), load_number(ir, i, 2, false)); }
JIT(lxsiwzx) { return put_scalar(ir, f_xt(i), load_number(ir, i, 4, false)); }
JIT(lxsiwax) { return put_scalar(ir, f_xt(i), load_number(ir, i, 4, true)); }

/* Of doubleword 0. */
static bool store_left(struct ir *ir, insn_t i, unsigned size)
{
    ir_value v = ir_emit(ir, IR_I_FROM_F, ir_get(ir, SLOT_FPR + f_xs(i)), 0, 0, 0);

    need_vec_for(ir, f_xs(i));
    return store(ir, IR_STORE, access_of(ir, size, 0), indexed(ir, i), v);
}

JIT(stxsibx) { return store_left(ir, i, 1); }
JIT(stxsihx) { return store_left(ir, i, 2); }
JIT(stxsiwx) { return store_left(ir, i, 4); }

static bool load_right(struct ir *ir, insn_t i, unsigned size)
{
    ir_value v = load_number(ir, i, size, false);

    need_vec_for(ir, f_xt(i));
    return put_vsr(ir, f_xt(i), ir_emit(ir, IR_V_FROM_I, ir_const(ir, 0), v, 0, 0));
}

JIT(lxvrbx) { return load_right(ir, i, 1); }
JIT(lxvrhx) { return load_right(ir, i, 2); }
JIT(lxvrwx) { return load_right(ir, i, 4); }
JIT(lxvrdx) { return load_right(ir, i, 8); }
static bool store_right(struct ir *ir, insn_t i, unsigned size)
{
    need_vec_for(ir, f_xs(i));
    return store(ir, IR_STORE, access_of(ir, size, 0), indexed(ir, i),
                 ir_emit(ir, IR_I_FROM_V, get_vsr(ir, f_xs(i)), 0, 0, 1));
}

JIT(stxvrbx) { return store_right(ir, i, 1); }
JIT(stxvrhx) { return store_right(ir, i, 2); }
JIT(stxvrwx) { return store_right(ir, i, 4); }
JIT(stxvrdx) { return store_right(ir, i, 8); }

/* ---- one element, from the place that it has in the aligned quadword ---- */

static bool store_element(struct ir *ir, insn_t i, unsigned size)
{
    ir_value ea = ir_op2(ir, IR_AND, sum(ir, i), ir_const(ir, ~(uint64_t)(size - 1)));
    ir_value first = ir_op2(ir, IR_AND, ea, ir_const(ir, 15)),
             bytes = ir_vector_const(ir, 0, UINT64_C(0x0706050403020100));
    ir_value element;

    if (!ir->le)
        first = ir_op2(ir, IR_SUB, ir_const(ir, 16 - size), first);
    element = V2(BYTES, get_vr(ir, f_vrs(i)), V2(ADD8, bytes, v_splat_byte(ir, first)));
    return store(ir, IR_STORE, access_of(ir, size, 0), (struct address){ ea, 0, 0 },
                 ir_emit(ir, IR_I_FROM_V, element, 0, 0, 1));
}

JIT(stvebx)
{
    return store_element(ir, i, 1);
}
JIT(stvehx)
{
    return store_element(ir, i, 2);
}
JIT(stvewx)
{
    return store_element(ir, i, 4);
}
