/* VSX operations that only move or change bits: between general and vector-scalar registers,
 * logical operations, and sign, exponent and significand of floating-point numbers. [ISA3.0 I 7.6]
 *
 * A scalar result leaves doubleword 1 undefined in the book; here it becomes 0. */
#include "cpu-ppc64/interp/op.h"

/* ---- general-purpose registers --------------------------------------------------------------- */

static bool set_scalar(struct cpu *c, unsigned xt, uint64_t value)
{
    c->vsr[xt].d[VSR_D(0)] = value;
    c->vsr[xt].d[VSR_D(1)] = 0;
    return true;
}

static uint64_t scalar(const struct cpu *c, unsigned x)
{
    return c->vsr[x].d[VSR_D(0)];
}

OP(mfvsrd)
{
    c->gpr[f_ra(i)] = scalar(c, f_xs(i));
    return true;
}

OP(mfvsrwz)
{
    c->gpr[f_ra(i)] = (uint32_t)scalar(c, f_xs(i));
    return true;
}

OP(mfvsrld)
{
    c->gpr[f_ra(i)] = c->vsr[f_xs(i)].d[VSR_D(1)];
    return true;
}

OP(mtvsrd) { return set_scalar(c, f_xt(i), c->gpr[f_ra(i)]); }
OP(mtvsrwa) { return set_scalar(c, f_xt(i), (uint64_t)(int32_t)c->gpr[f_ra(i)]); }
OP(mtvsrwz) { return set_scalar(c, f_xt(i), (uint32_t)c->gpr[f_ra(i)]); }

OP(mtvsrdd)
{
    union vsr *t = &c->vsr[f_xt(i)];

    t->d[VSR_D(0)] = gpr_or_zero(c, f_ra(i));
    t->d[VSR_D(1)] = c->gpr[f_rb(i)];
    return true;
}

OP(mtvsrws)
{
    union vsr *t = &c->vsr[f_xt(i)];

    t->d[0] = t->d[1] = (uint32_t)c->gpr[f_ra(i)] * UINT64_C(0x100000001);
    return true;
}

/* ---- logical --------------------------------------------------------------------------------- */

#define LOGICAL(...)                                                                             \
    const __uint128_t x = c->vsr[f_xa(i)].q, y = c->vsr[f_xb(i)].q;                              \
                                                                                                 \
    c->vsr[f_xt(i)].q = (__VA_ARGS__);                                                           \
    return true;

OP(xxland) { LOGICAL(x & y) }
OP(xxlandc) { LOGICAL(x & ~y) }
OP(xxleqv) { LOGICAL(~(x ^ y)) }
OP(xxlnand) { LOGICAL(~(x & y)) }
OP(xxlnor) { LOGICAL(~(x | y)) }
OP(xxlor) { LOGICAL(x | y) }
OP(xxlorc) { LOGICAL(x | ~y) }
OP(xxlxor) { LOGICAL(x ^ y) }

OP(xxsel)
{
    const __uint128_t control = c->vsr[f_xc(i)].q;

    c->vsr[f_xt(i)].q = (c->vsr[f_xa(i)].q & ~control) | (c->vsr[f_xb(i)].q & control);
    return true;
}

/* ---- signs ----------------------------------------------------------------------------------- */

#define SIGN_DP (UINT64_C(1) << 63)
#define SIGN_SP (UINT32_C(1) << 31)
#define SIGN_QP ((__uint128_t)1 << 127)

OP(xsabsdp) { return set_scalar(c, f_xt(i), scalar(c, f_xb(i)) & ~SIGN_DP); }
OP(xsnabsdp) { return set_scalar(c, f_xt(i), scalar(c, f_xb(i)) | SIGN_DP); }
OP(xsnegdp) { return set_scalar(c, f_xt(i), scalar(c, f_xb(i)) ^ SIGN_DP); }

OP(xscpsgndp)
{
    return set_scalar(c, f_xt(i),
                      (scalar(c, f_xa(i)) & SIGN_DP) | (scalar(c, f_xb(i)) & ~SIGN_DP));
}

/* Each element y of XB (and x of XA), as `expr` makes it. */
#define SIGNS_B(member, expr)                                                                    \
    const union vsr vb = c->vsr[f_xb(i)];                                                        \
    union vsr *vt = &c->vsr[f_xt(i)];                                                            \
                                                                                                 \
    for (unsigned k = 0; k < ARRAY_SIZE(vt->member); k++) {                                      \
        __typeof__(vt->member[0]) y = vb.member[k];                                              \
                                                                                                 \
        vt->member[k] = expr;                                                                    \
    }                                                                                            \
    return true;

#define SIGNS_AB(member, sign)                                                                   \
    const union vsr va = c->vsr[f_xa(i)], vb = c->vsr[f_xb(i)];                                  \
    union vsr *vt = &c->vsr[f_xt(i)];                                                            \
                                                                                                 \
    for (unsigned k = 0; k < ARRAY_SIZE(vt->member); k++)                                        \
        vt->member[k] = (va.member[k] & (sign)) | (vb.member[k] & ~(sign));                      \
    return true;

OP(xvabsdp) { SIGNS_B(d, y & ~SIGN_DP) }
OP(xvnabsdp) { SIGNS_B(d, y | SIGN_DP) }
OP(xvnegdp) { SIGNS_B(d, y ^ SIGN_DP) }
OP(xvabssp) { SIGNS_B(w, y & ~SIGN_SP) }
OP(xvnabssp) { SIGNS_B(w, y | SIGN_SP) }
OP(xvnegsp) { SIGNS_B(w, y ^ SIGN_SP) }
OP(xvcpsgndp) { SIGNS_AB(d, SIGN_DP) }
OP(xvcpsgnsp) { SIGNS_AB(w, SIGN_SP) }

/* Quadruple precision works on the Vector Registers. */
#define QUAD_B(expr)                                                                             \
    const __uint128_t y = CPU_VR(c, f_vrb(i)).q;                                                 \
                                                                                                 \
    CPU_VR(c, f_vrt(i)).q = expr;                                                                \
    return true;

OP(xsabsqp) { QUAD_B(y & ~SIGN_QP) }
OP(xsnabsqp) { QUAD_B(y | SIGN_QP) }
OP(xsnegqp) { QUAD_B(y ^ SIGN_QP) }

OP(xscpsgnqp)
{
    CPU_VR(c, f_vrt(i)).q =
        (CPU_VR(c, f_vra(i)).q & SIGN_QP) | (CPU_VR(c, f_vrb(i)).q & ~SIGN_QP);
    return true;
}
