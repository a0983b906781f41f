/* Scalar floating-point arithmetic, of FPRs and of VSRs. [ISA3.0 I 4.6.6, 4.6.7, 7.6.1.1] */
#include "cpu-ppc64/interp/fp.h"

/* One operation under FPSCR: `expr` computes with the status s, the operands a, b and c3 (as the fields
 * name them), into format fmt. */
#define SCALAR(fmt, target, rc, expr)                                                            \
    struct fp_status s = fp_begin(c);                                                            \
    const enum fp_format to = fmt;                                                               \
    uint64_t result = expr;                                                                      \
                                                                                                 \
    return fp_finish_scalar(c, &s, to, target, result, rc);

#define FA fp_double(CPU_FPR(c, f_fra(i)))
#define FB fp_double(CPU_FPR(c, f_frb(i)))
#define FC fp_double(CPU_FPR(c, f_frc(i)))
#define FT &c->vsr[f_frt(i)]
#define F(fmt, expr) { SCALAR(fmt, FT, f_rc(i), expr) }

OP(fadd) F(FP_DOUBLE, fp_add(&s, to, FA, FB))
OP(fadds) F(FP_DOUBLE_SINGLE, fp_add(&s, to, FA, FB))
OP(fsub) F(FP_DOUBLE, fp_subtract(&s, to, FA, FB))
OP(fsubs) F(FP_DOUBLE_SINGLE, fp_subtract(&s, to, FA, FB))
OP(fmul) F(FP_DOUBLE, fp_multiply(&s, to, FA, FC))
OP(fmuls) F(FP_DOUBLE_SINGLE, fp_multiply(&s, to, FA, FC))
OP(fdiv) F(FP_DOUBLE, fp_divide(&s, to, FA, FB))
OP(fdivs) F(FP_DOUBLE_SINGLE, fp_divide(&s, to, FA, FB))
OP(fsqrt) F(FP_DOUBLE, fp_square_root(&s, to, FB))
OP(fsqrts) F(FP_DOUBLE_SINGLE, fp_square_root(&s, to, FB))
OP(fre) F(FP_DOUBLE, fp_reciprocal(&s, to, FB))
OP(fres) F(FP_DOUBLE_SINGLE, fp_reciprocal(&s, to, FB))
OP(frsqrte) F(FP_DOUBLE, fp_reciprocal_root(&s, to, FB))
OP(frsqrtes) F(FP_DOUBLE_SINGLE, fp_reciprocal_root(&s, to, FB))
OP(fmadd) F(FP_DOUBLE, fp_multiply_add(&s, to, FA, FC, FB, false, false))
OP(fmadds) F(FP_DOUBLE_SINGLE, fp_multiply_add(&s, to, FA, FC, FB, false, false))
OP(fmsub) F(FP_DOUBLE, fp_multiply_add(&s, to, FA, FC, FB, true, false))
OP(fmsubs) F(FP_DOUBLE_SINGLE, fp_multiply_add(&s, to, FA, FC, FB, true, false))
OP(fnmadd) F(FP_DOUBLE, fp_multiply_add(&s, to, FA, FC, FB, false, true))
OP(fnmadds) F(FP_DOUBLE_SINGLE, fp_multiply_add(&s, to, FA, FC, FB, false, true))
OP(fnmsub) F(FP_DOUBLE, fp_multiply_add(&s, to, FA, FC, FB, true, true))
OP(fnmsubs) F(FP_DOUBLE_SINGLE, fp_multiply_add(&s, to, FA, FC, FB, true, true))
OP(frsp) F(FP_DOUBLE_SINGLE, fp_convert(&s, to, FB))

/* To integral values: inexact is not reported. */
OP(frin) F(FP_DOUBLE, fp_round_integral(&s, to, FB, FP_NEAREST_AWAY, false))
OP(friz) F(FP_DOUBLE, fp_round_integral(&s, to, FB, FP_TO_ZERO, false))
OP(frip) F(FP_DOUBLE, fp_round_integral(&s, to, FB, FP_UP, false))
OP(frim) F(FP_DOUBLE, fp_round_integral(&s, to, FB, FP_DOWN, false))

OP(fcfid) F(FP_DOUBLE, fp_from_integer(&s, to, CPU_FPR(c, f_frb(i)), true))
OP(fcfids) F(FP_DOUBLE_SINGLE, fp_from_integer(&s, to, CPU_FPR(c, f_frb(i)), true))
OP(fcfidu) F(FP_DOUBLE, fp_from_integer(&s, to, CPU_FPR(c, f_frb(i)), false))
OP(fcfidus) F(FP_DOUBLE_SINGLE, fp_from_integer(&s, to, CPU_FPR(c, f_frb(i)), false))

static bool to_integer(struct cpu *c, insn_t i, bool truncate, unsigned bits, bool is_signed)
{
    struct fp_status s = fp_begin(c);
    uint64_t v = fp_to_integer(&s, FB, truncate ? FP_TO_ZERO : s.rounding, bits, is_signed);

    /* The high word of a word result is undefined. */
    if (bits == 32 && is_signed)
        v = (uint64_t)(int32_t)v;
    return fp_finish_integer(c, &s, FT, v, f_rc(i));
}

OP(fctiw) { return to_integer(c, i, false, 32, true); }
OP(fctiwz) { return to_integer(c, i, true, 32, true); }
OP(fctiwu) { return to_integer(c, i, false, 32, false); }
OP(fctiwuz) { return to_integer(c, i, true, 32, false); }
OP(fctid) { return to_integer(c, i, false, 64, true); }
OP(fctidz) { return to_integer(c, i, true, 64, true); }
OP(fctidu) { return to_integer(c, i, false, 64, false); }
OP(fctiduz) { return to_integer(c, i, true, 64, false); }

/* ---- comparisons ---- */

/* FPCC and a CR field; an ordered comparison objects to quiet NaNs too. */
static bool compare(struct cpu *c, unsigned bf, struct fp a, struct fp b, bool ordered)
{
    static const uint8_t flags[] = { CR_LT, CR_EQ, CR_GT, CR_SO };
    struct fp_status s = fp_begin(c);
    uint8_t result = flags[fp_compare(a, b) + 1];
    bool snan = a.class == FP_SNAN || b.class == FP_SNAN;

    if (snan)
        s.raised |= FPSCR_VXSNAN;
    if (ordered && result == CR_SO && !(snan && s.enabled & FPSCR_VE))
        s.raised |= FPSCR_VXVC;
    c->fpscr = (c->fpscr & ~FPSCR_FPCC) | PPC_FIELD_PUT(result, 48, 51);
    fp_record(c, &s);
    c->crf[bf] = result;
    return fp_trap(c, &s);
}

OP(fcmpu) { return compare(c, f_bf(i), FA, FB, false); }
OP(fcmpo) { return compare(c, f_bf(i), FA, FB, true); }

/* Whether software may divide or take the root without special care: bit 1 special operands, bit 2 results
 * that may need it, by exponent ranges. [ISA3.0 I 4.6.6.1] */
static uint8_t test_divide(struct fp a, struct fp b, int emin, int emax, int precision)
{
    bool fe, fg;

    fe = a.class >= FP_INFINITE || b.class >= FP_INFINITE || b.class == FP_ZERO;
    if (!fe && a.class == FP_FINITE) {
        int difference = a.exponent - b.exponent;

        /* Exponents of denormals count as they are stored: the smallest. */
        int ea = a.exponent < emin ? emin : a.exponent, eb = b.exponent < emin ? emin : b.exponent;

        difference = ea - eb;
        fe = eb <= emin || eb >= emax - 2 || difference >= emax || difference <= emin + 1 ||
             ea <= emin + precision - 1;
    } else if (!fe) {
        int eb = b.exponent < emin ? emin : b.exponent;

        fe = eb <= emin || eb >= emax - 2;
    }
    fg = a.class == FP_INFINITE || b.class == FP_INFINITE || b.class == FP_ZERO ||
         (b.class == FP_FINITE && b.exponent < emin);
    return (uint8_t)(8 | (fg ? 4 : 0) | (fe ? 2 : 0));
}

static uint8_t test_root(struct fp b, int emin, int precision)
{
    bool fe = b.class != FP_FINITE || b.negative || b.exponent <= emin + precision - 1;
    bool fg = b.class == FP_INFINITE || b.class == FP_ZERO ||
              (b.class == FP_FINITE && b.exponent < emin);

    return (uint8_t)(8 | (fg ? 4 : 0) | (fe ? 2 : 0));
}

OP(ftdiv) { c->crf[f_bf(i)] = test_divide(FA, FB, -1022, 1023, 53); return true; }
OP(ftsqrt) { c->crf[f_bf(i)] = test_root(FB, -1022, 53); return true; }

/* ---- the same on VSRs ---- */

#define XA fp_double(c->vsr[f_xa(i)].d[VSR_D(0)])
#define XB fp_double(c->vsr[f_xb(i)].d[VSR_D(0)])
#define XTD fp_double(c->vsr[f_xt(i)].d[VSR_D(0)])
#define XT &c->vsr[f_xt(i)]
#define X(fmt, expr) { SCALAR(fmt, XT, false, expr) }

OP(xsadddp) X(FP_DOUBLE, fp_add(&s, to, XA, XB))
OP(xsaddsp) X(FP_DOUBLE_SINGLE, fp_add(&s, to, XA, XB))
OP(xssubdp) X(FP_DOUBLE, fp_subtract(&s, to, XA, XB))
OP(xssubsp) X(FP_DOUBLE_SINGLE, fp_subtract(&s, to, XA, XB))
OP(xsmuldp) X(FP_DOUBLE, fp_multiply(&s, to, XA, XB))
OP(xsmulsp) X(FP_DOUBLE_SINGLE, fp_multiply(&s, to, XA, XB))
OP(xsdivdp) X(FP_DOUBLE, fp_divide(&s, to, XA, XB))
OP(xsdivsp) X(FP_DOUBLE_SINGLE, fp_divide(&s, to, XA, XB))
OP(xssqrtdp) X(FP_DOUBLE, fp_square_root(&s, to, XB))
OP(xssqrtsp) X(FP_DOUBLE_SINGLE, fp_square_root(&s, to, XB))
OP(xsredp) X(FP_DOUBLE, fp_reciprocal(&s, to, XB))
OP(xsresp) X(FP_DOUBLE_SINGLE, fp_reciprocal(&s, to, XB))
OP(xsrsqrtedp) X(FP_DOUBLE, fp_reciprocal_root(&s, to, XB))
OP(xsrsqrtesp) X(FP_DOUBLE_SINGLE, fp_reciprocal_root(&s, to, XB))
OP(xsrsp) X(FP_DOUBLE_SINGLE, fp_convert(&s, to, XB))
OP(xsrdpi) X(FP_DOUBLE, fp_round_integral(&s, to, XB, FP_NEAREST_AWAY, false))
OP(xsrdpic) X(FP_DOUBLE, fp_round_integral(&s, to, XB, s.rounding, true))
OP(xsrdpim) X(FP_DOUBLE, fp_round_integral(&s, to, XB, FP_DOWN, false))
OP(xsrdpip) X(FP_DOUBLE, fp_round_integral(&s, to, XB, FP_UP, false))
OP(xsrdpiz) X(FP_DOUBLE, fp_round_integral(&s, to, XB, FP_TO_ZERO, false))

/* A-forms: XA * XB + XT; M-forms: XA * XT + XB. */
#define MADD_A(fmt, sub, neg) X(fmt, fp_multiply_add(&s, to, XA, XB, XTD, sub, neg))
#define MADD_M(fmt, sub, neg) X(fmt, fp_multiply_add(&s, to, XA, XTD, XB, sub, neg))

OP(xsmaddadp) MADD_A(FP_DOUBLE, false, false)
OP(xsmaddmdp) MADD_M(FP_DOUBLE, false, false)
OP(xsmsubadp) MADD_A(FP_DOUBLE, true, false)
OP(xsmsubmdp) MADD_M(FP_DOUBLE, true, false)
OP(xsnmaddadp) MADD_A(FP_DOUBLE, false, true)
OP(xsnmaddmdp) MADD_M(FP_DOUBLE, false, true)
OP(xsnmsubadp) MADD_A(FP_DOUBLE, true, true)
OP(xsnmsubmdp) MADD_M(FP_DOUBLE, true, true)
OP(xsmaddasp) MADD_A(FP_DOUBLE_SINGLE, false, false)
OP(xsmaddmsp) MADD_M(FP_DOUBLE_SINGLE, false, false)
OP(xsmsubasp) MADD_A(FP_DOUBLE_SINGLE, true, false)
OP(xsmsubmsp) MADD_M(FP_DOUBLE_SINGLE, true, false)
OP(xsnmaddasp) MADD_A(FP_DOUBLE_SINGLE, false, true)
OP(xsnmaddmsp) MADD_M(FP_DOUBLE_SINGLE, false, true)
OP(xsnmsubasp) MADD_A(FP_DOUBLE_SINGLE, true, true)
OP(xsnmsubmsp) MADD_M(FP_DOUBLE_SINGLE, true, true)

OP(xscmpudp) { return compare(c, f_bf(i), XA, XB, false); }
OP(xscmpodp) { return compare(c, f_bf(i), XA, XB, true); }
OP(xstdivdp) { c->crf[f_bf(i)] = test_divide(XA, XB, -1022, 1023, 53); return true; }
OP(xstsqrtdp) { c->crf[f_bf(i)] = test_root(XB, -1022, 53); return true; }

OP(xvtdivdp)
{
    uint8_t flags = 0;

    for (unsigned k = 0; k < 2; k++)
        flags |= test_divide(fp_double(c->vsr[f_xa(i)].d[k]), fp_double(c->vsr[f_xb(i)].d[k]), -1022,
                             1023, 53);
    c->crf[f_bf(i)] = flags;
    return true;
}

OP(xvtdivsp)
{
    uint8_t flags = 0;

    for (unsigned k = 0; k < 4; k++)
        flags |= test_divide(fp_single(c->vsr[f_xa(i)].w[k]), fp_single(c->vsr[f_xb(i)].w[k]), -126,
                             127, 24);
    c->crf[f_bf(i)] = flags;
    return true;
}

OP(xvtsqrtdp)
{
    uint8_t flags = 0;

    for (unsigned k = 0; k < 2; k++)
        flags |= test_root(fp_double(c->vsr[f_xb(i)].d[k]), -1022, 53);
    c->crf[f_bf(i)] = flags;
    return true;
}

OP(xvtsqrtsp)
{
    uint8_t flags = 0;

    for (unsigned k = 0; k < 4; k++)
        flags |= test_root(fp_single(c->vsr[f_xb(i)].w[k]), -126, 24);
    c->crf[f_bf(i)] = flags;
    return true;
}
