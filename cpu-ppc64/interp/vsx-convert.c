/* Conversions between formats and to and from integers on VSRs, and the parts of a number: exponent,
 * significand, class. [ISA3.0 I 7.6.1.5 to 7.6.1.8] */
#include "cpu-ppc64/interp/fp.h"

#define A c->vsr[f_xa(i)]
#define B c->vsr[f_xb(i)]
#define T c->vsr[f_xt(i)]
#define B_D0 B.d[VSR_D(0)]
#define B_W0 B.w[VSR_W(0)]

/* ---- scalar, floating-point result ---- */

#define TO_FLOAT(fmt, expr)                                                                      \
    {                                                                                            \
        struct fp_status s = fp_begin(c);                                                        \
        const enum fp_format to = fmt;                                                           \
        uint64_t result = expr;                                                                  \
                                                                                                 \
        return fp_finish_scalar(c, &s, to, &T, result, false);                                   \
    }

OP(xscvspdp) TO_FLOAT(FP_DOUBLE, fp_convert(&s, to, fp_single(B_W0)))
OP(xscvsxddp) TO_FLOAT(FP_DOUBLE, fp_from_integer(&s, to, B_D0, true))
OP(xscvuxddp) TO_FLOAT(FP_DOUBLE, fp_from_integer(&s, to, B_D0, false))
OP(xscvsxdsp) TO_FLOAT(FP_DOUBLE_SINGLE, fp_from_integer(&s, to, B_D0, true))
OP(xscvuxdsp) TO_FLOAT(FP_DOUBLE_SINGLE, fp_from_integer(&s, to, B_D0, false))
OP(xscvhpdp) TO_FLOAT(FP_DOUBLE, fp_convert(&s, to, fp_unpack(FP_HALF, B.h[VSR_H(3)])))

/* The result is a single in word 0 (and 1, as later processors have it), FPRF that of the single. */
OP(xscvdpsp)
{
    struct fp_status s = fp_begin(c);
    uint64_t v = fp_convert(&s, FP_SINGLE, fp_double(B_D0));
    uint64_t flags = fp_result_flags(FP_SINGLE, v);

    fp_record(c, &s);
    c->fpscr &= ~(FPSCR_FR | FPSCR_FI);
    if (!fp_suppressed(&s)) {
        T.d[VSR_D(0)] = v << 32 | v;
        T.d[VSR_D(1)] = 0;
        c->fpscr = (c->fpscr & ~FPSCR_FPRF) | flags | (s.fr ? FPSCR_FR : 0) |
                   (s.fi ? FPSCR_FI : 0);
    }
    return fp_trap(c, &s);
}

OP(xscvdphp)
{
    struct fp_status s = fp_begin(c);
    uint64_t v = fp_convert(&s, FP_HALF, fp_double(B_D0));
    struct fp_status none = { 0 };
    uint64_t flags = fp_result_flags(FP_DOUBLE, fp_convert(&none, FP_DOUBLE, fp_unpack(FP_HALF, v)));

    /* A denormal half is a normal double: its class is told here. */
    if (!(v & 0x7c00) && v & 0x3ff)
        flags |= PPC_BIT(47);
    fp_record(c, &s);
    c->fpscr &= ~(FPSCR_FR | FPSCR_FI);
    if (!fp_suppressed(&s)) {
        T.d[VSR_D(0)] = v;
        T.d[VSR_D(1)] = 0;
        c->fpscr = (c->fpscr & ~FPSCR_FPRF) | flags | (s.fr ? FPSCR_FR : 0) |
                   (s.fi ? FPSCR_FI : 0);
    }
    return fp_trap(c, &s);
}

/* Without exceptions: the formats' bits. */
OP(xscvdpspn)
{
    uint64_t v = fp_single_from_double(B_D0);

    T.d[VSR_D(0)] = v << 32 | v;
    T.d[VSR_D(1)] = 0;
    return true;
}

OP(xscvspdpn)
{
    T.d[VSR_D(0)] = fp_double_from_single(B_W0);
    T.d[VSR_D(1)] = 0;
    return true;
}

/* ---- scalar, integer result ---- */

static bool to_integer(struct cpu *c, insn_t i, unsigned bits, bool is_signed)
{
    struct fp_status s = fp_begin(c);
    uint64_t v = fp_to_integer(&s, fp_double(B_D0), FP_TO_ZERO, bits, is_signed);

    /* Words stand in both halves, as processors put them. */
    if (bits == 32)
        v = v << 32 | (uint32_t)v;
    return fp_finish_integer(c, &s, &T, v, false);
}

OP(xscvdpsxds) { return to_integer(c, i, 64, true); }
OP(xscvdpuxds) { return to_integer(c, i, 64, false); }
OP(xscvdpsxws) { return to_integer(c, i, 32, true); }
OP(xscvdpuxws) { return to_integer(c, i, 32, false); }

/* ---- vectors ---- */

#define VECTOR(n, statement)                                                                     \
    {                                                                                            \
        struct fp_status s = fp_begin(c);                                                        \
        union vsr r = { .q = 0 };                                                                \
                                                                                                 \
        for (unsigned k = 0; k < n; k++)                                                         \
            statement;                                                                           \
        return fp_finish_vector(c, &s, &T, &r);                                                  \
    }

#define INTEGER(bits, is_signed, x) fp_to_integer(&s, x, FP_TO_ZERO, bits, is_signed)
#define D_OF(k) VSR_D(k)
#define W_OF_D(k) VSR_W(2 * (k)) /* the word that stands for doubleword k */

/* Both words of a doubleword get a word result. */
#define PUT_WORDS(k, v) (r.w[VSR_W(2 * (k))] = r.w[VSR_W(2 * (k) + 1)] = (uint32_t)(v))

OP(xvcvdpsxds) VECTOR(2, r.d[k] = INTEGER(64, true, fp_double(B.d[k])))
OP(xvcvdpuxds) VECTOR(2, r.d[k] = INTEGER(64, false, fp_double(B.d[k])))
OP(xvcvdpsxws) VECTOR(2, PUT_WORDS(k, INTEGER(32, true, fp_double(B.d[D_OF(k)]))))
OP(xvcvdpuxws) VECTOR(2, PUT_WORDS(k, INTEGER(32, false, fp_double(B.d[D_OF(k)]))))
OP(xvcvspsxws) VECTOR(4, r.w[k] = (uint32_t)INTEGER(32, true, fp_single(B.w[k])))
OP(xvcvspuxws) VECTOR(4, r.w[k] = (uint32_t)INTEGER(32, false, fp_single(B.w[k])))
OP(xvcvspsxds) VECTOR(2, r.d[D_OF(k)] = INTEGER(64, true, fp_single(B.w[W_OF_D(k)])))
OP(xvcvspuxds) VECTOR(2, r.d[D_OF(k)] = INTEGER(64, false, fp_single(B.w[W_OF_D(k)])))
OP(xvcvsxddp) VECTOR(2, r.d[k] = fp_from_integer(&s, FP_DOUBLE, B.d[k], true))
OP(xvcvuxddp) VECTOR(2, r.d[k] = fp_from_integer(&s, FP_DOUBLE, B.d[k], false))
OP(xvcvsxwsp) VECTOR(4, r.w[k] = (uint32_t)fp_from_integer(&s, FP_SINGLE, (uint64_t)(int32_t)B.w[k], true))
OP(xvcvuxwsp) VECTOR(4, r.w[k] = (uint32_t)fp_from_integer(&s, FP_SINGLE, B.w[k], false))
OP(xvcvsxdsp) VECTOR(2, PUT_WORDS(k, fp_from_integer(&s, FP_SINGLE, B.d[D_OF(k)], true)))
OP(xvcvuxdsp) VECTOR(2, PUT_WORDS(k, fp_from_integer(&s, FP_SINGLE, B.d[D_OF(k)], false)))
OP(xvcvsxwdp) VECTOR(2, r.d[D_OF(k)] = fp_from_integer(&s, FP_DOUBLE, (uint64_t)(int32_t)B.w[W_OF_D(k)], true))
OP(xvcvuxwdp) VECTOR(2, r.d[D_OF(k)] = fp_from_integer(&s, FP_DOUBLE, B.w[W_OF_D(k)], false))
OP(xvcvspdp) VECTOR(2, r.d[D_OF(k)] = fp_convert(&s, FP_DOUBLE, fp_single(B.w[W_OF_D(k)])))
OP(xvcvdpsp) VECTOR(2, PUT_WORDS(k, fp_convert(&s, FP_SINGLE, fp_double(B.d[D_OF(k)]))))
OP(xvcvhpsp) VECTOR(4, r.w[VSR_W(k)] = (uint32_t)fp_convert(&s, FP_SINGLE, fp_unpack(FP_HALF, B.h[VSR_H(2 * k + 1)])))
OP(xvcvsphp) VECTOR(4, r.w[VSR_W(k)] = (uint16_t)fp_convert(&s, FP_HALF, fp_single(B.w[VSR_W(k)])))

/* ---- parts of numbers ---- */

#define FRACTION_D UINT64_C(0x000fffffffffffff)
#define FRACTION_S UINT32_C(0x007fffff)

static uint64_t exponent_d(uint64_t v) { return v >> 52 & 0x7ff; }
static uint32_t exponent_s(uint32_t v) { return v >> 23 & 0xff; }

/* With the implicit bit, for normal numbers. */
static uint64_t significand_d(uint64_t v)
{
    uint64_t e = exponent_d(v);

    return (v & FRACTION_D) | (e && e != 0x7ff ? UINT64_C(1) << 52 : 0);
}

static uint32_t significand_s(uint32_t v)
{
    uint32_t e = exponent_s(v);

    return (v & FRACTION_S) | (e && e != 0xff ? UINT32_C(1) << 23 : 0);
}

OP(xsxexpdp) { c->gpr[f_rt(i)] = exponent_d(B_D0); return true; }
OP(xsxsigdp) { c->gpr[f_rt(i)] = significand_d(B_D0); return true; }

OP(xsiexpdp)
{
    uint64_t a = c->gpr[f_ra(i)], b = c->gpr[f_rb(i)];

    T.d[VSR_D(0)] = (a & ~(UINT64_C(0x7ff) << 52)) | (b & 0x7ff) << 52;
    T.d[VSR_D(1)] = 0;
    return true;
}

#define PARTS(n, statement)                                                                      \
    {                                                                                            \
        union vsr r;                                                                             \
                                                                                                 \
        for (unsigned k = 0; k < n; k++)                                                         \
            statement;                                                                           \
        T = r;                                                                                   \
        return true;                                                                             \
    }

OP(xvxexpdp) PARTS(2, r.d[k] = exponent_d(B.d[k]))
OP(xvxexpsp) PARTS(4, r.w[k] = exponent_s(B.w[k]))
OP(xvxsigdp) PARTS(2, r.d[k] = significand_d(B.d[k]))
OP(xvxsigsp) PARTS(4, r.w[k] = significand_s(B.w[k]))
OP(xviexpdp) PARTS(2, r.d[k] = (A.d[k] & ~(UINT64_C(0x7ff) << 52)) | (B.d[k] & 0x7ff) << 52)
OP(xviexpsp) PARTS(4, r.w[k] = (A.w[k] & ~(UINT32_C(0xff) << 23)) | (B.w[k] & 0xff) << 23)

/* Exponents alone; NaNs are unordered. */
OP(xscmpexpdp)
{
    uint64_t a = A.d[VSR_D(0)], b = B_D0;
    bool nan = fp_double(a).class >= FP_QNAN || fp_double(b).class >= FP_QNAN;
    uint64_t ea = exponent_d(a), eb = exponent_d(b);
    uint8_t flags = nan ? CR_SO : ea < eb ? CR_LT : ea > eb ? CR_GT : CR_EQ;

    c->fpscr = (c->fpscr & ~FPSCR_FPCC) | PPC_FIELD_PUT(flags, 48, 51);
    c->crf[f_bf(i)] = flags;
    return true;
}

/* Data classes: NaN 64, +inf 32, -inf 16, +0 8, -0 4, +denormal 2, -denormal 1. */
static bool is_of_class(struct fp x, int emin, unsigned classes)
{
    switch (x.class) {
    case FP_QNAN:
    case FP_SNAN:
        return classes & 64;
    case FP_INFINITE:
        return classes & (x.negative ? 16 : 32);
    case FP_ZERO:
        return classes & (x.negative ? 4 : 8);
    default:
        return x.exponent < emin && classes & (x.negative ? 1 : 2);
    }
}

static bool test_class(struct cpu *c, insn_t i, uint64_t v, bool matches, bool not_single)
{
    uint8_t flags = (uint8_t)((v >> 63 ? CR_LT : 0) | (matches ? CR_EQ : 0) |
                              (not_single ? CR_SO : 0));

    c->fpscr = (c->fpscr & ~FPSCR_FPCC) | PPC_FIELD_PUT(flags, 48, 51);
    c->crf[f_bf(i)] = flags;
    return true;
}

OP(xststdcdp) { return test_class(c, i, B_D0, is_of_class(fp_double(B_D0), -1022, f_dcmx(i)), false); }

/* The number is taken as a single in double format; SO says that it is none. */
OP(xststdcsp)
{
    uint64_t v = B_D0;
    struct fp x = fp_double(v);
    bool not_single = fp_double_from_single(fp_single_from_double(v)) != v &&
                      !(x.class >= FP_QNAN && !(v & 0x1fffffff));

    return test_class(c, i, v, is_of_class(x, -126, f_dcmx(i)), not_single);
}

OP(xvtstdcdp) PARTS(2, r.d[k] = is_of_class(fp_double(B.d[k]), -1022, f_dcmxv(i)) ? UINT64_MAX : 0)
OP(xvtstdcsp) PARTS(4, r.w[k] = is_of_class(fp_single(B.w[k]), -126, f_dcmxv(i)) ? UINT32_MAX : 0)

/* ---- bfloat16: the second halfword of each word ---- */

OP(xvcvbf16spn)
{
    const union vsr b = B;

    for (unsigned k = 0; k < 4; k++)
        T.w[k] = b.w[k] << 16;
    return true;
}

OP(xvcvspbf16)
{
    struct fp_status s = fp_begin(c);
    union vsr r;

    for (unsigned k = 0; k < 4; k++)
        r.w[k] = (uint32_t)fp_convert(&s, FP_BFLOAT, fp_single(B.w[k]));
    return fp_finish_vector(c, &s, &T, &r);
}
