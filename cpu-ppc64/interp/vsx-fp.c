/* Vector floating-point arithmetic and comparison on VSRs. [ISA3.0 I 7.6.1.3, 7.6.1.4] */
#include "cpu-ppc64/interp/fp.h"

#define A c->vsr[f_xa(i)]
#define B c->vsr[f_xb(i)]
#define T c->vsr[f_xt(i)]

/* Each doubleword, or word, element by `expr` of a, b and t (unpacked) under the status s. */
#define EACH(fmt, member, n, unpack, expr)                                                       \
    {                                                                                            \
        struct fp_status s = fp_begin(c);                                                        \
        const enum fp_format to __attribute__((unused)) = fmt;                                   \
        union vsr r;                                                                             \
                                                                                                 \
        for (unsigned k = 0; k < n; k++) {                                                       \
            const struct fp a __attribute__((unused)) = unpack(A.member[k]);                     \
            const struct fp b __attribute__((unused)) = unpack(B.member[k]);                     \
            const struct fp t __attribute__((unused)) = unpack(T.member[k]);                     \
                                                                                                 \
            r.member[k] = (expr);                                                                \
        }                                                                                        \
        return fp_finish_vector(c, &s, &T, &r);                                                  \
    }

#define DP(expr) EACH(FP_DOUBLE, d, 2, fp_double, expr)
#define SP(expr) EACH(FP_SINGLE, w, 4, fp_single, (uint32_t)(expr))

OP(xvadddp) DP(fp_add(&s, to, a, b))
OP(xvaddsp) SP(fp_add(&s, to, a, b))
OP(xvsubdp) DP(fp_subtract(&s, to, a, b))
OP(xvsubsp) SP(fp_subtract(&s, to, a, b))
OP(xvmuldp) DP(fp_multiply(&s, to, a, b))
OP(xvmulsp) SP(fp_multiply(&s, to, a, b))
OP(xvdivdp) DP(fp_divide(&s, to, a, b))
OP(xvdivsp) SP(fp_divide(&s, to, a, b))
OP(xvsqrtdp) DP(fp_square_root(&s, to, b))
OP(xvsqrtsp) SP(fp_square_root(&s, to, b))
OP(xvredp) DP(fp_reciprocal(&s, to, b))
OP(xvresp) SP(fp_reciprocal(&s, to, b))
OP(xvrsqrtedp) DP(fp_reciprocal_root(&s, to, b))
OP(xvrsqrtesp) SP(fp_reciprocal_root(&s, to, b))
OP(xvmaddadp) DP(fp_multiply_add(&s, to, a, b, t, false, false))
OP(xvmaddasp) SP(fp_multiply_add(&s, to, a, b, t, false, false))
OP(xvmaddmdp) DP(fp_multiply_add(&s, to, a, t, b, false, false))
OP(xvmaddmsp) SP(fp_multiply_add(&s, to, a, t, b, false, false))
OP(xvmsubadp) DP(fp_multiply_add(&s, to, a, b, t, true, false))
OP(xvmsubasp) SP(fp_multiply_add(&s, to, a, b, t, true, false))
OP(xvmsubmdp) DP(fp_multiply_add(&s, to, a, t, b, true, false))
OP(xvmsubmsp) SP(fp_multiply_add(&s, to, a, t, b, true, false))
OP(xvnmaddadp) DP(fp_multiply_add(&s, to, a, b, t, false, true))
OP(xvnmaddasp) SP(fp_multiply_add(&s, to, a, b, t, false, true))
OP(xvnmaddmdp) DP(fp_multiply_add(&s, to, a, t, b, false, true))
OP(xvnmaddmsp) SP(fp_multiply_add(&s, to, a, t, b, false, true))
OP(xvnmsubadp) DP(fp_multiply_add(&s, to, a, b, t, true, true))
OP(xvnmsubasp) SP(fp_multiply_add(&s, to, a, b, t, true, true))
OP(xvnmsubmdp) DP(fp_multiply_add(&s, to, a, t, b, true, true))
OP(xvnmsubmsp) SP(fp_multiply_add(&s, to, a, t, b, true, true))
OP(xvrdpi) DP(fp_round_integral(&s, to, b, FP_NEAREST_AWAY, false))
OP(xvrspi) SP(fp_round_integral(&s, to, b, FP_NEAREST_AWAY, false))
OP(xvrdpic) DP(fp_round_integral(&s, to, b, s.rounding, true))
OP(xvrspic) SP(fp_round_integral(&s, to, b, s.rounding, true))
OP(xvrdpim) DP(fp_round_integral(&s, to, b, FP_DOWN, false))
OP(xvrspim) SP(fp_round_integral(&s, to, b, FP_DOWN, false))
OP(xvrdpip) DP(fp_round_integral(&s, to, b, FP_UP, false))
OP(xvrspip) SP(fp_round_integral(&s, to, b, FP_UP, false))
OP(xvrdpiz) DP(fp_round_integral(&s, to, b, FP_TO_ZERO, false))
OP(xvrspiz) SP(fp_round_integral(&s, to, b, FP_TO_ZERO, false))

/* ---- maximum and minimum ---- */

static uint64_t quiet(uint64_t v, bool single)
{
    return v | (single ? UINT64_C(1) << 22 : UINT64_C(1) << 51);
}

/* A number wins over a quiet NaN; a signalling one is made quiet and wins over all. +0 is above -0. */
static uint64_t extreme(struct fp_status *s, struct fp a, uint64_t va, struct fp b, uint64_t vb,
                        bool maximum, bool single)
{
    int order;

    if (a.class == FP_SNAN || b.class == FP_SNAN) {
        s->raised |= FPSCR_VXSNAN;
        if (a.class == FP_SNAN)
            return quiet(va, single);
        return a.class == FP_QNAN ? va : quiet(vb, single);
    }
    if (a.class == FP_QNAN)
        return b.class == FP_QNAN ? va : vb;
    if (b.class == FP_QNAN)
        return va;
    order = fp_compare(a, b);
    if (order == 0)
        return (a.negative == maximum) ? vb : va;
    return (order > 0) == maximum ? va : vb;
}

OP(xvmaxdp) DP(extreme(&s, a, A.d[k], b, B.d[k], true, false))
OP(xvmindp) DP(extreme(&s, a, A.d[k], b, B.d[k], false, false))
OP(xvmaxsp) SP(extreme(&s, a, A.w[k], b, B.w[k], true, true))
OP(xvminsp) SP(extreme(&s, a, A.w[k], b, B.w[k], false, true))

/* The scalar forms write no FPRF: they end as vector ones do. */
#define SCALAR(expr)                                                                             \
    {                                                                                            \
        struct fp_status s = fp_begin(c);                                                        \
        const uint64_t va __attribute__((unused)) = A.d[VSR_D(0)], vb = B.d[VSR_D(0)];           \
        const struct fp a __attribute__((unused)) = fp_double(va), b = fp_double(vb);            \
        union vsr r;                                                                             \
                                                                                                 \
        r.d[VSR_D(0)] = (expr);                                                                  \
        r.d[VSR_D(1)] = 0;                                                                       \
        return fp_finish_vector(c, &s, &T, &r);                                                  \
    }

OP(xsmaxdp) SCALAR(extreme(&s, a, va, b, vb, true, false))
OP(xsmindp) SCALAR(extreme(&s, a, va, b, vb, false, false))

static void note_snan(struct fp_status *s, struct fp a, struct fp b)
{
    if (a.class == FP_SNAN || b.class == FP_SNAN)
        s->raised |= FPSCR_VXSNAN;
}

/* As C's (a > b) ? a : b. */
static uint64_t type_c(struct fp_status *s, struct fp a, uint64_t va, struct fp b, uint64_t vb,
                       bool maximum)
{
    int order = fp_compare(a, b);

    note_snan(s, a, b);
    return order == (maximum ? 1 : -1) ? va : vb;
}

/* As Java's Math.max: NaNs win, and as they are; -0 is below +0. */
static uint64_t type_j(struct fp_status *s, struct fp a, uint64_t va, struct fp b, uint64_t vb,
                       bool maximum)
{
    int order = fp_compare(a, b);

    note_snan(s, a, b);
    if (a.class >= FP_QNAN)
        return va;
    if (b.class >= FP_QNAN)
        return vb;
    if (order == 0)
        return (a.negative == maximum) ? vb : va;
    return (order > 0) == maximum ? va : vb;
}

OP(xsmaxcdp) SCALAR(type_c(&s, a, va, b, vb, true))
OP(xsmincdp) SCALAR(type_c(&s, a, va, b, vb, false))
OP(xsmaxjdp) SCALAR(type_j(&s, a, va, b, vb, true))
OP(xsminjdp) SCALAR(type_j(&s, a, va, b, vb, false))

/* ---- comparisons ---- */

enum relation { EQUAL, GREATER, GREATER_EQUAL };

/* All but equality object to quiet NaNs too. */
static bool holds(struct fp_status *s, struct fp a, struct fp b, enum relation relation)
{
    int order = fp_compare(a, b);
    bool snan = a.class == FP_SNAN || b.class == FP_SNAN;

    note_snan(s, a, b);
    if (relation != EQUAL && order == 2 && !(snan && s->enabled & FPSCR_VE))
        s->raised |= FPSCR_VXVC;
    switch (relation) {
    case EQUAL:
        return order == 0;
    case GREATER:
        return order == 1;
    default:
        return order == 0 || order == 1;
    }
}

#define COMPARE_EACH(member, n, unpack, relation)                                                \
    {                                                                                            \
        struct fp_status s = fp_begin(c);                                                        \
        bool all = true, any = false;                                                            \
        union vsr r;                                                                             \
                                                                                                 \
        for (unsigned k = 0; k < n; k++) {                                                       \
            bool yes = holds(&s, unpack(A.member[k]), unpack(B.member[k]), relation);            \
                                                                                                 \
            r.member[k] = 0;                                                                     \
            r.member[k] -= yes;                                                                  \
            all &= yes;                                                                          \
            any |= yes;                                                                          \
        }                                                                                        \
        if (f_xrc(i) && !fp_suppressed(&s))                                                      \
            c->crf[6] = (uint8_t)((all ? 8 : 0) | (any ? 0 : 2));                                \
        return fp_finish_vector(c, &s, &T, &r);                                                  \
    }

OP(xvcmpeqdp) COMPARE_EACH(d, 2, fp_double, EQUAL)
OP(xvcmpgtdp) COMPARE_EACH(d, 2, fp_double, GREATER)
OP(xvcmpgedp) COMPARE_EACH(d, 2, fp_double, GREATER_EQUAL)
OP(xvcmpeqsp) COMPARE_EACH(w, 4, fp_single, EQUAL)
OP(xvcmpgtsp) COMPARE_EACH(w, 4, fp_single, GREATER)
OP(xvcmpgesp) COMPARE_EACH(w, 4, fp_single, GREATER_EQUAL)

OP(xscmpeqdp) SCALAR(holds(&s, a, b, EQUAL) ? UINT64_MAX : 0)
OP(xscmpgtdp) SCALAR(holds(&s, a, b, GREATER) ? UINT64_MAX : 0)
OP(xscmpgedp) SCALAR(holds(&s, a, b, GREATER_EQUAL) ? UINT64_MAX : 0)
