/* Branches, and the condition register's instructions. [ISA3.0 I 2] */
#include "cpu-ppc64/interp/branch.h"

#include "cpu-ppc64/interp/op.h"

/* Goes to target, if taken, and sets LR if LK; the instruction's own address is kept for CFAR. */
static bool branch_to(struct cpu *c, insn_t i, bool taken, uint64_t target)
{
    uint64_t next = c->nia;

    if (taken) {
        c->spr[SPR_CFAR] = c->cia;
        c->nia = target & c->ea_mask & ~UINT64_C(3);
    }
    if (f_lk(i))
        c->lr = next;
    return true;
}

static bool cr_bit(const struct cpu *c, unsigned n)
{
    return c->crf[n / 4] >> (3 - n % 4) & 1;
}

static void set_cr_bit(struct cpu *c, unsigned n, bool v)
{
    unsigned bit = 3 - n % 4;

    c->crf[n / 4] = (uint8_t)((c->crf[n / 4] & ~(1u << bit)) | (unsigned)v << bit);
}

/* BO: 16 ignore the condition, 8 its sense, 4 leave CTR alone, 2 sense of CTR = 0. */
static bool condition_met(const struct cpu *c, insn_t i)
{
    return f_bo(i) & 16 || cr_bit(c, f_bi(i)) == !!(f_bo(i) & 8);
}

static bool counter_met(struct cpu *c, insn_t i)
{
    if (f_bo(i) & 4)
        return true;
    c->ctr--;
    return ((c->ctr & c->ea_mask) == 0) == !!(f_bo(i) & 2);
}

/* Branches leave the condition register as it was, and CTR is one less if it was counted. */
bool branch_was_taken(const struct cpu *c, insn_t i)
{
    uint64_t tested = c->ctr;

    switch (isa_decode(i)) {
    case ISA_B:
        return true;
    case ISA_BCCTR:
        tested++;
        break;
    case ISA_BC:
    case ISA_BCLR:
    case ISA_BCTAR:
        break;
    default:
        return false;
    }
    return condition_met(c, i) && (f_bo(i) & 4 || ((tested & c->ea_mask) == 0) == !!(f_bo(i) & 2));
}

OP(b) { return branch_to(c, i, true, (f_aa(i) ? 0 : c->cia) + (uint64_t)f_li(i)); }

OP(bc)
{
    bool taken = counter_met(c, i);

    taken &= condition_met(c, i);
    return branch_to(c, i, taken, (f_aa(i) ? 0 : c->cia) + (uint64_t)f_bd(i));
}

OP(bclr)
{
    uint64_t target = c->lr;
    bool taken = counter_met(c, i);

    taken &= condition_met(c, i);
    return branch_to(c, i, taken, target);
}

/* The forms that count are invalid by the book, but processors test and then decrement CTR in them, and
 * kernels use one that is never taken to flush the count cache. */
OP(bcctr)
{
    uint64_t target = c->ctr;
    bool taken = condition_met(c, i);

    if (!(f_bo(i) & 4)) {
        taken &= ((c->ctr & c->ea_mask) == 0) == !!(f_bo(i) & 2);
        c->ctr--;
    }
    return branch_to(c, i, taken, target);
}

OP(bctar)
{
    uint64_t target = c->spr[SPR_TAR];
    bool taken = counter_met(c, i);

    taken &= condition_met(c, i);
    return branch_to(c, i, taken, target);
}

/* An event that has occurred meanwhile comes before the instruction that is returned to. [ISA2.07 II 7.3] */
OP(rfebb)
{
    c->spr[SPR_BESCR] = (c->spr[SPR_BESCR] & ~BESCR_GE) | (f_s(i) ? BESCR_GE : 0);
    c->nia = c->spr[SPR_EBBRR] & c->ea_mask & ~UINT64_C(3);
    return !(f_s(i) && c->spr[SPR_BESCR] & (BESCR_PMEO | BESCR_EEO));
}

#define A cr_bit(c, f_ba(i))
#define B cr_bit(c, f_bb(i))

OP(crand) { set_cr_bit(c, f_bt(i), A && B); return true; }
OP(cror) { set_cr_bit(c, f_bt(i), A || B); return true; }
OP(crxor) { set_cr_bit(c, f_bt(i), A != B); return true; }
OP(crnand) { set_cr_bit(c, f_bt(i), !(A && B)); return true; }
OP(crnor) { set_cr_bit(c, f_bt(i), !(A || B)); return true; }
OP(creqv) { set_cr_bit(c, f_bt(i), A == B); return true; }
OP(crandc) { set_cr_bit(c, f_bt(i), A && !B); return true; }
OP(crorc) { set_cr_bit(c, f_bt(i), A || !B); return true; }
OP(mcrf) { c->crf[f_bf(i)] = c->crf[f_bfa(i)]; return true; }
OP(isel) { c->gpr[f_rt(i)] = cr_bit(c, f_bc(i)) ? gpr_or_zero(c, f_ra(i)) : c->gpr[f_rb(i)]; return true; }

OP(setb)
{
    unsigned f = c->crf[f_bfa(i)];

    c->gpr[f_rt(i)] = f & CR_LT ? UINT64_MAX : f & CR_GT ? 1 : 0;
    return true;
}

OP(mcrxrx)
{
    c->crf[f_bf(i)] =
        (uint8_t)(c->xer_ov << 3 | c->xer_ov32 << 2 | c->xer_ca << 1 | c->xer_ca32);
    return true;
}

OP(mfcr) { c->gpr[f_rt(i)] = cpu_cr(c); return true; }

/* The one field of FXM; with none or several the result is undefined: all fields of FXM. */
OP(mfocrf)
{
    uint64_t v = 0;

    for (unsigned n = 0; n < 8; n++)
        if (f_fxm(i) & 0x80 >> n)
            v |= (uint64_t)c->crf[n] << (28 - 4 * n);
    c->gpr[f_rt(i)] = v;
    return true;
}

static bool move_to_cr(struct cpu *c, insn_t i)
{
    for (unsigned n = 0; n < 8; n++)
        if (f_fxm(i) & 0x80 >> n)
            c->crf[n] = c->gpr[f_rs(i)] >> (28 - 4 * n) & 0xf;
    return true;
}

OP(mtcrf) { return move_to_cr(c, i); }
OP(mtocrf) { return move_to_cr(c, i); }
