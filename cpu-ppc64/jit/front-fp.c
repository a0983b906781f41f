/* Front end: scalar floating point, of FPRs and of VSRs. What has to become of FPSCR: fpscr.h. Forms with Rc, and
 * those that round otherwise than to nearest, are left to the interpreter. */
#include "base/endian.h"
#include "cpu-ppc64/jit/front.h"

static ir_value get_fpr(struct ir *ir, unsigned n)
{
    return ir_get(ir, SLOT_FPR + n);
}

static bool put_fpr(struct ir *ir, unsigned n, ir_value v)
{
    ir_put(ir, SLOT_FPR + n, v);
    return true;
}

/* ---- arithmetic ---- */

/* a, b, c are 0 where the operation has fewer. */
static bool arithmetic(struct ir *ir, unsigned target, enum ir_fp op, bool single, ir_value a, ir_value b, ir_value c)
{
    bool fused = op >= IR_FP_MADD && op <= IR_FP_NMSUB;
    ir_value v;

    if (fused && !ir->has_fma)
        return false;
    ir->needs |= JIT_NEEDS_FAST_FP;
    v = ir_emit_checked(ir, IR_FP, a, b, c, op);
    ir->insn[v].access.size = single ? 4 : 8;
    ir_put(ir, SLOT_FP_OP, ir_const(ir, (unsigned)op | (single ? IR_FP_SINGLE : 0)));
    ir_put(ir, SLOT_FP_A, a);
    if (b)
        ir_put(ir, SLOT_FP_B, b);
    if (c)
        ir_put(ir, SLOT_FP_C, c);
    ir_put(ir, SLOT_FP_INT_OP, ir_const(ir, 0));
    ir_put(ir, SLOT_FP_COMPARE_OP, ir_const(ir, 0));
    return put_fpr(ir, target, v);
}

#define FA get_fpr(ir, f_fra(i))
#define FB get_fpr(ir, f_frb(i))
#define FC get_fpr(ir, f_frc(i))
#define F(op, single, a, b, c) { return !f_rc(i) && arithmetic(ir, f_frt(i), op, single, a, b, c); }

JIT(fadd) F(IR_FP_ADD, false, FA, FB, 0)
JIT(fadds) F(IR_FP_ADD, true, FA, FB, 0)
JIT(fsub) F(IR_FP_SUB, false, FA, FB, 0)
JIT(fsubs) F(IR_FP_SUB, true, FA, FB, 0)
JIT(fmul) F(IR_FP_MUL, false, FA, FC, 0)
JIT(fmuls) F(IR_FP_MUL, true, FA, FC, 0)
JIT(fdiv) F(IR_FP_DIV, false, FA, FB, 0)
JIT(fdivs) F(IR_FP_DIV, true, FA, FB, 0)
JIT(fsqrt) F(IR_FP_SQRT, false, FB, 0, 0)
JIT(fsqrts) F(IR_FP_SQRT, true, FB, 0, 0)
JIT(fmadd) F(IR_FP_MADD, false, FA, FC, FB)
JIT(fmadds) F(IR_FP_MADD, true, FA, FC, FB)
JIT(fmsub) F(IR_FP_MSUB, false, FA, FC, FB)
JIT(fmsubs) F(IR_FP_MSUB, true, FA, FC, FB)
JIT(fnmadd) F(IR_FP_NMADD, false, FA, FC, FB)
JIT(fnmadds) F(IR_FP_NMADD, true, FA, FC, FB)
JIT(fnmsub) F(IR_FP_NMSUB, false, FA, FC, FB)
JIT(fnmsubs) F(IR_FP_NMSUB, true, FA, FC, FB)
JIT(frsp) F(IR_FP_ROUND, true, FB, 0, 0)
JIT(fcfid) F(IR_FP_FROM_S64, false, FB, 0, 0)
JIT(fcfids) F(IR_FP_FROM_S64, true, FB, 0, 0)
JIT(fcfidu) F(IR_FP_FROM_U64, false, FB, 0, 0)
JIT(fcfidus) F(IR_FP_FROM_U64, true, FB, 0, 0)
JIT(friz) F(IR_FP_TRUNC, false, FB, 0, 0)
JIT(frip) F(IR_FP_CEIL, false, FB, 0, 0)
JIT(frim) F(IR_FP_FLOOR, false, FB, 0, 0)

#define XA get_fpr(ir, f_xa(i))
#define XB get_fpr(ir, f_xb(i))
#define XT get_fpr(ir, f_xt(i))
#define X(op, single, a, b, c) { return arithmetic(ir, f_xt(i), op, single, a, b, c); }

JIT(xsadddp) X(IR_FP_ADD, false, XA, XB, 0)
JIT(xsaddsp) X(IR_FP_ADD, true, XA, XB, 0)
JIT(xssubdp) X(IR_FP_SUB, false, XA, XB, 0)
JIT(xssubsp) X(IR_FP_SUB, true, XA, XB, 0)
JIT(xsmuldp) X(IR_FP_MUL, false, XA, XB, 0)
JIT(xsmulsp) X(IR_FP_MUL, true, XA, XB, 0)
JIT(xsdivdp) X(IR_FP_DIV, false, XA, XB, 0)
JIT(xsdivsp) X(IR_FP_DIV, true, XA, XB, 0)
JIT(xssqrtdp) X(IR_FP_SQRT, false, XB, 0, 0)
JIT(xssqrtsp) X(IR_FP_SQRT, true, XB, 0, 0)
JIT(xsmaddadp) X(IR_FP_MADD, false, XA, XB, XT)
JIT(xsmaddasp) X(IR_FP_MADD, true, XA, XB, XT)
JIT(xsmaddmdp) X(IR_FP_MADD, false, XA, XT, XB)
JIT(xsmaddmsp) X(IR_FP_MADD, true, XA, XT, XB)
JIT(xsmsubadp) X(IR_FP_MSUB, false, XA, XB, XT)
JIT(xsmsubasp) X(IR_FP_MSUB, true, XA, XB, XT)
JIT(xsmsubmdp) X(IR_FP_MSUB, false, XA, XT, XB)
JIT(xsmsubmsp) X(IR_FP_MSUB, true, XA, XT, XB)
JIT(xsnmaddadp) X(IR_FP_NMADD, false, XA, XB, XT)
JIT(xsnmaddasp) X(IR_FP_NMADD, true, XA, XB, XT)
JIT(xsnmaddmdp) X(IR_FP_NMADD, false, XA, XT, XB)
JIT(xsnmaddmsp) X(IR_FP_NMADD, true, XA, XT, XB)
JIT(xsnmsubadp) X(IR_FP_NMSUB, false, XA, XB, XT)
JIT(xsnmsubasp) X(IR_FP_NMSUB, true, XA, XB, XT)
JIT(xsnmsubmdp) X(IR_FP_NMSUB, false, XA, XT, XB)
JIT(xsnmsubmsp) X(IR_FP_NMSUB, true, XA, XT, XB)
JIT(xsrsp) X(IR_FP_ROUND, true, XB, 0, 0)
JIT(xscvsxddp) X(IR_FP_FROM_S64, false, XB, 0, 0)
JIT(xscvsxdsp) X(IR_FP_FROM_S64, true, XB, 0, 0)
JIT(xscvuxddp) X(IR_FP_FROM_U64, false, XB, 0, 0)
JIT(xscvuxdsp) X(IR_FP_FROM_U64, true, XB, 0, 0)
JIT(xsrdpiz) X(IR_FP_TRUNC, false, XB, 0, 0)
JIT(xsrdpip) X(IR_FP_CEIL, false, XB, 0, 0)
JIT(xsrdpim) X(IR_FP_FLOOR, false, XB, 0, 0)

/* ---- to integers, rounding toward zero ---- */

static bool to_integer(struct ir *ir, unsigned target, enum ir_fp_to_i op, ir_value b)
{
    ir_value v;

    ir->needs |= JIT_NEEDS_FAST_FP;
    v = ir_emit_checked(ir, IR_FP_TO_I, b, 0, 0, op);
    ir_put(ir, SLOT_FP_INT_OP, ir_const(ir, op));
    ir_put(ir, SLOT_FP_INT_A, b);
    return put_fpr(ir, target, v);
}

JIT(fctidz) { return !f_rc(i) && to_integer(ir, f_frt(i), IR_FP_TO_S64, FB); }
JIT(fctiwz) { return !f_rc(i) && to_integer(ir, f_frt(i), IR_FP_TO_S32, FB); }
JIT(xscvdpsxds) { return to_integer(ir, f_xt(i), IR_FP_TO_S64, XB); }
JIT(xscvdpsxws) { return to_integer(ir, f_xt(i), IR_FP_TO_S32_TWICE, XB); }

/* ---- comparison ---- */

static bool compare(struct ir *ir, unsigned bf, ir_value a, ir_value b)
{
    ir->needs |= JIT_NEEDS_FAST_FP;
    ir_emit_checked(ir, IR_FP_ORDERED, a, b, 0, 0);
    put_relation(ir, bf, IR_CMP_F64, a, b);
    ir_put(ir, SLOT_FP_COMPARE_OP, ir_const(ir, 1));
    ir_put(ir, SLOT_FP_COMPARE_A, a);
    ir_put(ir, SLOT_FP_COMPARE_B, b);
    return true;
}

JIT(fcmpu) { return compare(ir, f_bf(i), FA, FB); }
JIT(fcmpo) { return compare(ir, f_bf(i), FA, FB); }
JIT(xscmpudp) { return compare(ir, f_bf(i), XA, XB); }
JIT(xscmpodp) { return compare(ir, f_bf(i), XA, XB); }

/* ---- moves and signs ---- */

static bool move(struct ir *ir, unsigned target, enum ir_fmove how, ir_value a, ir_value b, ir_value c)
{
    ir_value v = ir_emit(ir, IR_FMOVE, a, b, c, 0);

    ir->insn[v].sub = (uint8_t)how;
    return put_fpr(ir, target, v);
}

JIT(fmr) { return !f_rc(i) && move(ir, f_frt(i), IR_FMOVE_COPY, FB, 0, 0); }
JIT(fabs) { return !f_rc(i) && move(ir, f_frt(i), IR_FMOVE_ABS, FB, 0, 0); }
JIT(fneg) { return !f_rc(i) && move(ir, f_frt(i), IR_FMOVE_NEG, FB, 0, 0); }
JIT(fnabs) { return !f_rc(i) && move(ir, f_frt(i), IR_FMOVE_NABS, FB, 0, 0); }
JIT(fcpsgn) { return !f_rc(i) && move(ir, f_frt(i), IR_FMOVE_SIGN, FB, FA, 0); }
JIT(fsel) { return !f_rc(i) && move(ir, f_frt(i), IR_FMOVE_SELECT, FA, FC, FB); }
JIT(xsabsdp) { return move(ir, f_xt(i), IR_FMOVE_ABS, XB, 0, 0); }
JIT(xsnabsdp) { return move(ir, f_xt(i), IR_FMOVE_NABS, XB, 0, 0); }
JIT(xsnegdp) { return move(ir, f_xt(i), IR_FMOVE_NEG, XB, 0, 0); }
JIT(xscpsgndp) { return move(ir, f_xt(i), IR_FMOVE_SIGN, XB, XA, 0); }

/* ---- between register files ---- */

static ir_value bits_of(struct ir *ir, unsigned n)
{
    need_vec_for(ir, n);
    if (ir->current[SLOT_VSR + n])
        return ir_emit(ir, IR_I_FROM_V, ir->current[SLOT_VSR + n], 0, 0, 0);
    return ir_emit(ir, IR_I_FROM_F, get_fpr(ir, n), 0, 0, 0);
}

JIT(mfvsrd)
{
    put_gpr(ir, f_ra(i), bits_of(ir, f_xs(i)));
    return true;
}

JIT(mfvsrwz)
{
    put_gpr(ir, f_ra(i), ir_op_imm(ir, IR_ZEXT32, bits_of(ir, f_xs(i)), 0));
    return true;
}

static bool move_to_vsr(struct ir *ir, insn_t i, ir_value v)
{
    need_vec_for(ir, f_xt(i));
    return put_fpr(ir, f_xt(i), ir_emit(ir, IR_F_FROM_I, v, 0, 0, 0));
}

JIT(mtvsrd) { return move_to_vsr(ir, i, get_gpr(ir, f_ra(i))); }
JIT(mtvsrwa) { return move_to_vsr(ir, i, ir_op_imm(ir, IR_SEXT32, get_gpr(ir, f_ra(i)), 0)); }
JIT(mtvsrwz) { return move_to_vsr(ir, i, ir_op_imm(ir, IR_ZEXT32, get_gpr(ir, f_ra(i)), 0)); }

/* ---- loads and stores ---- */

static struct ir_access access_of(const struct ir *ir, unsigned size)
{
    return (struct ir_access){ .size = (uint8_t)size, .swapped = ir->le != (HOST_IS_LE == 1) };
}

/* At base + index, or base + d where there is no index. */
static bool load(struct ir *ir, unsigned target, unsigned size, ir_value base, ir_value index, int64_t d)
{
    unsigned snapshot = ir_snapshot(ir);
    ir_value v = ir_emit(ir, index ? IR_FLOAD_X : IR_FLOAD, base, index, 0, d);

    ir->insn[v].access = access_of(ir, size);
    ir->insn[v].extra = (uint16_t)snapshot;
    return put_fpr(ir, target, v);
}

static bool store(struct ir *ir, unsigned from, unsigned size, ir_value base, ir_value index, int64_t d)
{
    ir_value what = get_fpr(ir, from), v;
    unsigned snapshot = ir_snapshot(ir);

    v = index ? ir_emit(ir, IR_FSTORE_X, base, index, what, 0) : ir_emit(ir, IR_FSTORE, base, what, 0, d);
    ir->insn[v].access = access_of(ir, size);
    ir->insn[v].extra = (uint16_t)snapshot;
    return true;
}

typedef bool access_fn(struct ir *ir, unsigned n, unsigned size, ir_value base, ir_value index, int64_t d);

static bool at_d(struct ir *ir, insn_t i, access_fn *access, unsigned n, unsigned size, int64_t d)
{
    return access(ir, n, size, get_gpr_or_zero(ir, f_ra(i)), 0, d);
}

static bool at_x(struct ir *ir, insn_t i, access_fn *access, unsigned n, unsigned size)
{
    if (!f_ra(i))
        return access(ir, n, size, get_gpr(ir, f_rb(i)), 0, 0);
    return access(ir, n, size, get_gpr(ir, f_ra(i)), get_gpr(ir, f_rb(i)), 0);
}

static bool with_update(struct ir *ir, insn_t i, access_fn *access, unsigned n, unsigned size, ir_value offset)
{
    ir_value ea;

    if (!f_ra(i))
        return false; /* an invalid form */
    ea = ir_op2(ir, IR_ADD, get_gpr(ir, f_ra(i)), offset);

    access(ir, n, size, ea, 0, 0);
    put_gpr(ir, f_ra(i), ea);
    return true;
}

#define D ir_const(ir, (uint64_t)f_d(i))
#define RB get_gpr(ir, f_rb(i))

JIT(lfs) { return at_d(ir, i, load, f_frt(i), 4, f_d(i)); }
JIT(lfsu) { return with_update(ir, i, load, f_frt(i), 4, D); }
JIT(lfsx) { return at_x(ir, i, load, f_frt(i), 4); }
JIT(lfsux) { return with_update(ir, i, load, f_frt(i), 4, RB); }
JIT(lfd) { return at_d(ir, i, load, f_frt(i), 8, f_d(i)); }
JIT(lfdu) { return with_update(ir, i, load, f_frt(i), 8, D); }
JIT(lfdx) { return at_x(ir, i, load, f_frt(i), 8); }
JIT(lfdux) { return with_update(ir, i, load, f_frt(i), 8, RB); }
JIT(stfs) { return at_d(ir, i, store, f_frs(i), 4, f_d(i)); }
JIT(stfsu) { return with_update(ir, i, store, f_frs(i), 4, D); }
JIT(stfsx) { return at_x(ir, i, store, f_frs(i), 4); }
JIT(stfsux) { return with_update(ir, i, store, f_frs(i), 4, RB); }
JIT(stfd) { return at_d(ir, i, store, f_frs(i), 8, f_d(i)); }
JIT(stfdu) { return with_update(ir, i, store, f_frs(i), 8, D); }
JIT(stfdx) { return at_x(ir, i, store, f_frs(i), 8); }
JIT(stfdux) { return with_update(ir, i, store, f_frs(i), 8, RB); }
JIT(lxsdx) { return at_x(ir, i, load, f_xt(i), 8); }
JIT(lxsspx) { return at_x(ir, i, load, f_xt(i), 4); }
JIT(stxsdx) { return at_x(ir, i, store, f_xs(i), 8); }
JIT(stxsspx) { return at_x(ir, i, store, f_xs(i), 4); }
JIT(lxsd) { return at_d(ir, i, load, 32 + f_vrt(i), 8, f_ds(i)); }
JIT(lxssp) { return at_d(ir, i, load, 32 + f_vrt(i), 4, f_ds(i)); }
JIT(stxsd) { return at_d(ir, i, store, 32 + f_vrs(i), 8, f_ds(i)); }
JIT(stxssp) { return at_d(ir, i, store, 32 + f_vrs(i), 4, f_ds(i)); }
