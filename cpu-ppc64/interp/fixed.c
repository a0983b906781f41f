/* Fixed-point arithmetic, comparison and trap instructions. [ISA3.0 I 3.3.9 to 3.3.12] */
#include "cpu-ppc64/interp/op.h"

/* Ends an instruction: the result to RT, and CR0 if Rc. */
static bool finish(struct cpu *c, insn_t i, uint64_t result)
{
    c->gpr[f_rt(i)] = result;
    if (f_rc(i))
        set_cr0(c, result);
    return true;
}

static void set_overflow(struct cpu *c, bool ov, bool ov32)
{
    c->xer_ov = ov;
    c->xer_ov32 = ov32;
    c->xer_so |= ov;
}

/* RT := a + b + carry, as all additions and subtractions are; CA, CA32 if `carrying`, OV if OE. OV and
 * CA are those of the mode: of bit 32 in 32-bit mode. */
static bool add_parts(struct cpu *c, insn_t i, uint64_t a, uint64_t b, unsigned carry, bool carrying)
{
    uint64_t sum = a + b + carry, changed = (a ^ sum) & (b ^ sum);
    bool ca64 = carry ? sum <= a : sum < a, ca32 = ((a ^ b ^ sum) >> 32) & 1;
    bool ov64 = changed >> 63, ov32 = changed >> 31 & 1;
    bool sf = c->msr & MSR_SF;

    if (carrying) {
        c->xer_ca = sf ? ca64 : ca32;
        c->xer_ca32 = ca32;
    }
    if (f_oe(i))
        set_overflow(c, sf ? ov64 : ov32, ov32);
    return finish(c, i, sum);
}

#define RA c->gpr[f_ra(i)]
#define RB c->gpr[f_rb(i)]

OP(paddi)
{
    uint64_t base;

    if (!prefixed_base(c, i, &base))
        return false;
    c->gpr[f_rt(i)] = base + (uint64_t)f_d34(i);
    return true;
}

OP(pnop)
{
    return true;
}
OP(addi) { c->gpr[f_rt(i)] = gpr_or_zero(c, f_ra(i)) + (uint64_t)f_si(i); return true; }
OP(addis) { c->gpr[f_rt(i)] = gpr_or_zero(c, f_ra(i)) + ((uint64_t)f_si(i) << 16); return true; }
OP(addpcis) { c->gpr[f_rt(i)] = c->nia + ((uint64_t)f_dx(i) << 16); return true; }
OP(mulli) { c->gpr[f_rt(i)] = RA * (uint64_t)f_si(i); return true; }
OP(add) { return add_parts(c, i, RA, RB, 0, false); }
OP(subf) { return add_parts(c, i, ~RA, RB, 1, false); }
OP(addc) { return add_parts(c, i, RA, RB, 0, true); }
OP(subfc) { return add_parts(c, i, ~RA, RB, 1, true); }
OP(adde) { return add_parts(c, i, RA, RB, c->xer_ca, true); }
OP(subfe) { return add_parts(c, i, ~RA, RB, c->xer_ca, true); }
OP(addme) { return add_parts(c, i, RA, UINT64_MAX, c->xer_ca, true); }
OP(subfme) { return add_parts(c, i, ~RA, UINT64_MAX, c->xer_ca, true); }
OP(addze) { return add_parts(c, i, RA, 0, c->xer_ca, true); }
OP(subfze) { return add_parts(c, i, ~RA, 0, c->xer_ca, true); }
OP(neg) { return add_parts(c, i, ~RA, 0, 1, false); }

/* The immediate forms have neither OE nor Rc bits. */
static uint64_t add_immediate(struct cpu *c, uint64_t a, uint64_t b, unsigned carry)
{
    uint64_t sum = a + b + carry;
    bool ca64 = carry ? sum <= a : sum < a, ca32 = ((a ^ b ^ sum) >> 32) & 1;

    c->xer_ca = c->msr & MSR_SF ? ca64 : ca32;
    c->xer_ca32 = ca32;
    return sum;
}

OP(addic) { c->gpr[f_rt(i)] = add_immediate(c, RA, (uint64_t)f_si(i), 0); return true; }
OP(subfic) { c->gpr[f_rt(i)] = add_immediate(c, ~RA, (uint64_t)f_si(i), 1); return true; }

OP(addic_)
{
    c->gpr[f_rt(i)] = add_immediate(c, RA, (uint64_t)f_si(i), 0);
    set_cr0(c, c->gpr[f_rt(i)]);
    return true;
}

OP(addex)
{
    uint64_t a = RA, b = RB, sum = a + b + c->xer_ov;

    /* CY = 0 is the only form: OV is the carry. */
    c->xer_ov32 = ((a ^ b ^ sum) >> 32) & 1;
    c->xer_ov = c->msr & MSR_SF ? (c->xer_ov ? sum <= a : sum < a) : c->xer_ov32;
    c->gpr[f_rt(i)] = sum;
    return true;
}

OP(mullw)
{
    int64_t product = (int64_t)(int32_t)RA * (int32_t)RB;

    if (f_oe(i))
        set_overflow(c, product != (int32_t)product, product != (int32_t)product);
    return finish(c, i, (uint64_t)product);
}

OP(mulld)
{
    int64_t product;
    bool overflow = __builtin_mul_overflow((int64_t)RA, (int64_t)RB, &product);

    if (f_oe(i))
        set_overflow(c, overflow, overflow);
    return finish(c, i, (uint64_t)product);
}

/* The book leaves the high word of a high-word product undefined; both words get it here. */
static uint64_t twice(uint32_t v)
{
    return (uint64_t)v << 32 | v;
}

OP(mulhw)
{
    return finish(c, i, twice((uint32_t)(((int64_t)(int32_t)RA * (int32_t)RB) >> 32)));
}

OP(mulhwu) { return finish(c, i, twice((uint32_t)(((uint64_t)(uint32_t)RA * (uint32_t)RB) >> 32))); }
OP(mulhd) { return finish(c, i, (uint64_t)(((__int128)(int64_t)RA * (int64_t)RB) >> 64)); }
OP(mulhdu) { return finish(c, i, (uint64_t)(((unsigned __int128)RA * RB) >> 64)); }

OP(maddhd)
{
    __int128 sum = (__int128)(int64_t)RA * (int64_t)RB + (int64_t)c->gpr[f_rcv(i)];

    c->gpr[f_rt(i)] = (uint64_t)(sum >> 64);
    return true;
}

OP(maddhdu)
{
    c->gpr[f_rt(i)] = (uint64_t)(((unsigned __int128)RA * RB + c->gpr[f_rcv(i)]) >> 64);
    return true;
}

OP(maddld) { c->gpr[f_rt(i)] = RA * RB + c->gpr[f_rcv(i)]; return true; }

/* Quotients that do not exist are undefined in the book; they are 0 here, with OV as it says. */
static bool finish_divide(struct cpu *c, insn_t i, bool exists, uint64_t quotient)
{
    if (f_oe(i))
        set_overflow(c, !exists, !exists);
    return finish(c, i, exists ? quotient : 0);
}

OP(divw)
{
    int32_t a = (int32_t)RA, b = (int32_t)RB;
    bool exists = b && !(a == INT32_MIN && b == -1);

    return finish_divide(c, i, exists, exists ? (uint32_t)(a / b) : 0);
}

OP(divwu)
{
    uint32_t a = (uint32_t)RA, b = (uint32_t)RB;

    return finish_divide(c, i, b, b ? a / b : 0);
}

OP(divd)
{
    int64_t a = (int64_t)RA, b = (int64_t)RB;
    bool exists = b && !(a == INT64_MIN && b == -1);

    return finish_divide(c, i, exists, exists ? (uint64_t)(a / b) : 0);
}

OP(divdu)
{
    uint64_t a = RA, b = RB;

    return finish_divide(c, i, b, b ? a / b : 0);
}

OP(divwe)
{
    int64_t a = (int64_t)((uint64_t)(uint32_t)RA << 32), b = (int32_t)RB, q = 0;
    bool exists = b && !(a == INT64_MIN && b == -1);

    if (exists) {
        q = a / b;
        exists = q == (int32_t)q;
    }
    return finish_divide(c, i, exists, (uint32_t)q);
}

OP(divweu)
{
    uint64_t a = (uint64_t)(uint32_t)RA << 32, b = (uint32_t)RB;
    bool exists = (uint32_t)RA < b;

    return finish_divide(c, i, exists, exists ? a / b : 0);
}

OP(divde)
{
    __int128 a = (__int128)((unsigned __int128)RA << 64), b = (int64_t)RB, q = 0;
    bool exists = b && !((int64_t)RA == INT64_MIN && b == -1);

    if (exists) {
        q = a / b;
        exists = q == (int64_t)q;
    }
    return finish_divide(c, i, exists, (uint64_t)q);
}

OP(divdeu)
{
    bool exists = RA < RB;

    return finish_divide(c, i, exists,
                         exists ? (uint64_t)(((unsigned __int128)RA << 64) / RB) : 0);
}

OP(modsw)
{
    int32_t a = (int32_t)RA, b = (int32_t)RB;

    c->gpr[f_rt(i)] = b && !(a == INT32_MIN && b == -1) ? (uint64_t)(int64_t)(a % b) : 0;
    return true;
}

OP(moduw)
{
    uint32_t a = (uint32_t)RA, b = (uint32_t)RB;

    c->gpr[f_rt(i)] = b ? a % b : 0;
    return true;
}

OP(modsd)
{
    int64_t a = (int64_t)RA, b = (int64_t)RB;

    c->gpr[f_rt(i)] = b && !(a == INT64_MIN && b == -1) ? (uint64_t)(a % b) : 0;
    return true;
}

OP(modud)
{
    uint64_t a = RA, b = RB;

    c->gpr[f_rt(i)] = b ? a % b : 0;
    return true;
}

/* ---- comparisons ---- */

static bool compare(struct cpu *c, unsigned bf, bool less, bool equal)
{
    c->crf[bf] = (uint8_t)((less ? CR_LT : equal ? CR_EQ : CR_GT) | c->xer_so);
    return true;
}

static bool compare_signed(struct cpu *c, insn_t i, int64_t a, int64_t b)
{
    if (!f_l(i)) {
        a = (int32_t)a;
        b = (int32_t)b;
    }
    return compare(c, f_bf(i), a < b, a == b);
}

static bool compare_unsigned(struct cpu *c, insn_t i, uint64_t a, uint64_t b)
{
    if (!f_l(i)) {
        a = (uint32_t)a;
        b = (uint32_t)b;
    }
    return compare(c, f_bf(i), a < b, a == b);
}

OP(cmp) { return compare_signed(c, i, (int64_t)RA, (int64_t)RB); }
OP(cmpi) { return compare_signed(c, i, (int64_t)RA, f_si(i)); }
OP(cmpl) { return compare_unsigned(c, i, RA, RB); }
OP(cmpli) { return compare_unsigned(c, i, RA, f_ui(i)); }

OP(cmprb)
{
    uint8_t v = (uint8_t)RA, bytes[4];
    bool in_range;

    for (unsigned k = 0; k < 4; k++)
        bytes[k] = (uint8_t)(RB >> 8 * k); /* low, high of the second range; then of the first */
    in_range = bytes[0] <= v && v <= bytes[1];
    if (f_l(i))
        in_range |= bytes[2] <= v && v <= bytes[3];
    c->crf[f_bf(i)] = in_range ? CR_GT : 0;
    return true;
}

OP(cmpeqb)
{
    uint8_t v = (uint8_t)RA;
    bool found = false;

    for (unsigned k = 0; k < 8; k++)
        found |= (uint8_t)(RB >> 8 * k) == v;
    c->crf[f_bf(i)] = found ? CR_GT : 0;
    return true;
}

/* Bits of TO: less, greater, equal, logically less, logically greater. */
static bool trap(struct cpu *c, insn_t i, int64_t a, int64_t b)
{
    unsigned to = f_to(i);
    uint64_t ua = (uint64_t)a, ub = (uint64_t)b;

    if ((to & 16 && a < b) || (to & 8 && a > b) || (to & 4 && a == b) || (to & 2 && ua < ub) ||
        (to & 1 && ua > ub))
        return cpu_interrupt_program(c, PROGRAM_TRAP);
    return true;
}

OP(td) { return trap(c, i, (int64_t)RA, (int64_t)RB); }
OP(tdi) { return trap(c, i, (int64_t)RA, f_si(i)); }
OP(tw) { return trap(c, i, (int32_t)RA, (int32_t)RB); }
OP(twi) { return trap(c, i, (int32_t)RA, f_si(i)); }

OP(addg6s)
{
    uint64_t a = RA, b = RB, sixes = 0;
    unsigned carry = 0;

    /* A 6 in each digit that the binary sum does not carry out of. */
    for (unsigned k = 0; k < 64; k += 4) {
        unsigned digit = (unsigned)(a >> k & 15) + (unsigned)(b >> k & 15) + carry;

        carry = digit >> 4;
        if (!carry)
            sixes |= UINT64_C(6) << k;
    }
    c->gpr[f_rt(i)] = sixes;
    return true;
}
