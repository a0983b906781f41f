/* Quad precision on vector registers. [ISA3.0 I 7.6.1.2 to 7.6.1.8; ISA3.1 for those of 128-bit integers] */
#include "cpu-ppc64/fpu/quad.h"
#include "cpu-ppc64/interp/fp.h"

#define A CPU_VR(c, f_vra(i)).q
#define B CPU_VR(c, f_vrb(i)).q
#define T CPU_VR(c, f_vrt(i)).q
#define SIGN ((quad_bits)1 << 127)
#define INFINITE ((quad_bits)0x7fff << 112)

/* RO chooses rounding to odd. */
static struct fp_status begin(const struct cpu *c, bool to_odd)
{
    struct fp_status s = fp_begin(c);

    if (to_odd)
        s.rounding = FP_TO_ODD;
    return s;
}

static bool finish(struct cpu *c, insn_t i, struct fp_status *s, quad_bits result)
{
    fp_record(c, s);
    c->fpscr &= ~(FPSCR_FR | FPSCR_FI);
    if (!fp_suppressed(s)) {
        T = result;
        c->fpscr = (c->fpscr & ~FPSCR_FPRF) | quad_result_flags(result) | (s->fr ? FPSCR_FR : 0) |
                   (s->fi ? FPSCR_FI : 0);
    }
    return fp_trap(c, s);
}

#define QUAD(to_odd, expr)                                                                       \
    {                                                                                            \
        struct fp_status s = begin(c, to_odd);                                                   \
        const struct quad a __attribute__((unused)) = quad_unpack(A), b = quad_unpack(B);        \
        const struct quad t __attribute__((unused)) = quad_unpack(T);                            \
        const quad_bits result = (expr);                                                         \
                                                                                                 \
        return finish(c, i, &s, result);                                                         \
    }

OP(xsaddqp) QUAD(f_ro(i), quad_add(&s, a, b))
OP(xssubqp) QUAD(f_ro(i), quad_subtract(&s, a, b))
OP(xsmulqp) QUAD(f_ro(i), quad_multiply(&s, a, b))
OP(xsdivqp) QUAD(f_ro(i), quad_divide(&s, a, b))
OP(xssqrtqp) QUAD(f_ro(i), quad_square_root(&s, b))
OP(xsmaddqp) QUAD(f_ro(i), quad_multiply_add(&s, a, b, t, false, false))
OP(xsmsubqp) QUAD(f_ro(i), quad_multiply_add(&s, a, b, t, true, false))
OP(xsnmaddqp) QUAD(f_ro(i), quad_multiply_add(&s, a, b, t, false, true))
OP(xsnmsubqp) QUAD(f_ro(i), quad_multiply_add(&s, a, b, t, true, true))

/* R and RMC: the rounding mode, or FPSCR's. Reserved codes take the latter too. */
static enum fp_rounding rounding_of(const struct cpu *c, insn_t i)
{
    static const enum fp_rounding with_r[] = { FP_NEAREST_EVEN, FP_TO_ZERO, FP_UP, FP_DOWN };

    if (f_r(i))
        return with_r[f_rmc(i)];
    return f_rmc(i) == 0 ? FP_NEAREST_AWAY : (enum fp_rounding)(c->fpscr & FPSCR_RN);
}

OP(xsrqpi) QUAD(false, (s.rounding = rounding_of(c, i), quad_round_integral(&s, b, f_ex(i))))
OP(xsrqpxp) QUAD(false, (s.rounding = rounding_of(c, i), quad_round_extended(&s, b)))

/* ---- conversions ---- */

OP(xscvdpqp) QUAD(false, ((void)b, quad_from_double(&s, fp_double(CPU_VR(c, f_vrb(i)).d[VSR_D(0)]))))
OP(xscvudqp) QUAD(false, ((void)b, quad_from_integer(&s, CPU_VR(c, f_vrb(i)).d[VSR_D(0)], false)))
OP(xscvsdqp)
QUAD(false, ((void)b, quad_from_integer(&s, (quad_bits)(__int128)(int64_t)CPU_VR(c, f_vrb(i)).d[VSR_D(0)], true)))
OP(xscvuqqp) QUAD(false, ((void)b, quad_from_integer(&s, B, false)))
OP(xscvsqqp) QUAD(false, ((void)b, quad_from_integer(&s, B, true)))

OP(xscvqpdp)
{
    struct fp_status s = begin(c, f_ro(i));
    uint64_t result = quad_to_double(&s, quad_unpack(B));

    return fp_finish_scalar(c, &s, FP_DOUBLE, &CPU_VR(c, f_vrt(i)), result, false);
}

/* An integer of up to 64 bits goes to doubleword 0, one of 128 fills the register. */
static bool to_integer(struct cpu *c, insn_t i, unsigned bits, bool is_signed)
{
    struct fp_status s = begin(c, false);
    quad_bits result = quad_to_integer(&s, quad_unpack(B), bits, is_signed);

    fp_record(c, &s);
    c->fpscr &= ~(FPSCR_FR | FPSCR_FI);
    if (!fp_suppressed(&s)) {
        T = bits == 128 ? result : result << 64;
        c->fpscr |= s.fi ? FPSCR_FI : 0;
    }
    return fp_trap(c, &s);
}

OP(xscvqpswz) { return to_integer(c, i, 32, true); }
OP(xscvqpuwz) { return to_integer(c, i, 32, false); }
OP(xscvqpsdz) { return to_integer(c, i, 64, true); }
OP(xscvqpudz) { return to_integer(c, i, 64, false); }
OP(xscvqpsqz) { return to_integer(c, i, 128, true); }
OP(xscvqpuqz) { return to_integer(c, i, 128, false); }

/* ---- comparisons ---- */

static bool set_condition(struct cpu *c, insn_t i, unsigned condition)
{
    c->fpscr = (c->fpscr & ~FPSCR_FPCC) | (uint64_t)condition << 12;
    c->crf[f_bf(i)] = (uint8_t)condition;
    return true;
}

static unsigned condition_of(int order)
{
    return order < 0 ? CR_LT : order == 0 ? CR_EQ : order == 1 ? CR_GT : CR_SO;
}

static bool compare(struct cpu *c, insn_t i, bool ordered)
{
    struct fp_status s = fp_begin(c);
    const struct quad a = quad_unpack(A), b = quad_unpack(B);
    int order = quad_compare(a, b);

    if (a.class == FP_SNAN || b.class == FP_SNAN)
        s.raised |= FPSCR_VXSNAN | (ordered && !(s.enabled & FPSCR_VE) ? FPSCR_VXVC : 0);
    else if (order == 2 && ordered)
        s.raised |= FPSCR_VXVC;
    fp_record(c, &s);
    set_condition(c, i, condition_of(order));
    return fp_trap(c, &s);
}

OP(xscmpoqp) { return compare(c, i, true); }
OP(xscmpuqp) { return compare(c, i, false); }

/* All ones or zeros; an SNaN is invalid, and so is a QNaN unless equality alone is asked for. */
static bool compare_mask(struct cpu *c, insn_t i, bool less, bool equal, bool greater)
{
    struct fp_status s = fp_begin(c);
    const struct quad a = quad_unpack(A), b = quad_unpack(B);
    int order = quad_compare(a, b);
    bool holds = (order == -1 && less) || (order == 0 && equal) || (order == 1 && greater);

    if (a.class == FP_SNAN || b.class == FP_SNAN)
        s.raised |= FPSCR_VXSNAN | (greater && !(s.enabled & FPSCR_VE) ? FPSCR_VXVC : 0);
    else if (order == 2 && greater)
        s.raised |= FPSCR_VXVC;
    fp_record(c, &s);
    if (!fp_suppressed(&s))
        T = holds ? ~(quad_bits)0 : 0;
    return fp_trap(c, &s);
}

OP(xscmpeqqp) { return compare_mask(c, i, false, true, false); }
OP(xscmpgeqp) { return compare_mask(c, i, false, true, true); }
OP(xscmpgtqp) { return compare_mask(c, i, false, false, true); }

/* As a > b ? a : b in C: VRB if they are not comparable. */
static bool choose(struct cpu *c, insn_t i, int wanted)
{
    struct fp_status s = fp_begin(c);
    const struct quad a = quad_unpack(A), b = quad_unpack(B);

    if (a.class == FP_SNAN || b.class == FP_SNAN)
        s.raised |= FPSCR_VXSNAN;
    fp_record(c, &s);
    if (!fp_suppressed(&s))
        T = quad_compare(a, b) == wanted ? A : B;
    return fp_trap(c, &s);
}

OP(xsmaxcqp) { return choose(c, i, 1); }
OP(xsmincqp) { return choose(c, i, -1); }

/* ---- parts of a number ---- */

OP(xscmpexpqp)
{
    unsigned a = (unsigned)(A >> 112) & 0x7fff, b = (unsigned)(B >> 112) & 0x7fff;
    bool unordered = (A & ~SIGN) > INFINITE || (B & ~SIGN) > INFINITE;

    return set_condition(c, i, unordered ? CR_SO : a < b ? CR_LT : a > b ? CR_GT : CR_EQ);
}

OP(xststdcqp)
{
    const quad_bits magnitude = B & ~SIGN;
    const bool negative = B >> 127;
    unsigned tested = f_dcmx(i);
    bool holds;

    if (magnitude > INFINITE)
        holds = tested & 0x40;
    else if (magnitude == INFINITE)
        holds = tested & (negative ? 0x10 : 0x20);
    else if (!magnitude)
        holds = tested & (negative ? 0x04 : 0x08);
    else
        holds = !(magnitude >> 112) && tested & (negative ? 0x01 : 0x02);
    return set_condition(c, i, (negative ? CR_LT : 0) | (holds ? CR_EQ : 0));
}

OP(xsxexpqp)
{
    T = (B >> 112 & 0x7fff) << 64;
    return true;
}

OP(xsxsigqp)
{
    unsigned exponent = (unsigned)(B >> 112) & 0x7fff;

    T = (B & (((quad_bits)1 << 112) - 1)) | (quad_bits)(exponent && exponent != 0x7fff) << 112;
    return true;
}

OP(xsiexpqp)
{
    T = (A & ~INFINITE) | (B >> 64 & 0x7fff) << 112;
    return true;
}
