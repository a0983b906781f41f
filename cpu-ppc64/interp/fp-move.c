/* Floating-point loads, stores, moves, and the FPSCR's instructions. [ISA3.0 I 4.6.2 to 4.6.5, 4.6.10] */
#include "cpu-ppc64/interp/access.h"
#include "cpu-ppc64/interp/fp.h"

#define EA_D (gpr_or_zero(c, f_ra(i)) + (uint64_t)f_d(i))
#define EA_DS (gpr_or_zero(c, f_ra(i)) + (uint64_t)f_ds(i))
#define EA_X (gpr_or_zero(c, f_ra(i)) + c->gpr[f_rb(i)])

static bool set_fpr(struct cpu *c, unsigned n, uint64_t v)
{
    c->vsr[n].d[VSR_D(0)] = v;
    c->vsr[n].d[VSR_D(1)] = 0;
    return true;
}

static bool load(struct cpu *c, insn_t i, bool single, ea_t ea, bool update)
{
    uint64_t v;

    if (!(single ? load_u32(c, ea, &v) : load_u64(c, ea, &v)))
        return false;
    if (update)
        c->gpr[f_ra(i)] = ea;
    return set_fpr(c, f_frt(i), single ? fp_double_from_single((uint32_t)v) : v);
}

static bool store(struct cpu *c, insn_t i, bool single, ea_t ea, bool update)
{
    uint64_t v = CPU_FPR(c, f_frs(i));

    if (!(single ? store_u32(c, ea, fp_single_from_double(v)) : store_u64(c, ea, v)))
        return false;
    if (update)
        c->gpr[f_ra(i)] = ea;
    return true;
}

/* A prefixed load or store; its base is checked before the address is used. */
static bool prefixed(struct cpu *c, insn_t i, bool is_load, bool single)
{
    uint64_t base;

    if (!prefixed_base(c, i, &base))
        return false;
    base += (uint64_t)f_d34(i);
    return is_load ? load(c, i, single, base, false) : store(c, i, single, base, false);
}

OP(plfs) { return prefixed(c, i, true, true); }
OP(plfd) { return prefixed(c, i, true, false); }
OP(pstfs) { return prefixed(c, i, false, true); }
OP(pstfd) { return prefixed(c, i, false, false); }
OP(lfs) { return load(c, i, true, EA_D, false); }
OP(lfsu) { return load(c, i, true, EA_D, true); }
OP(lfsx) { return load(c, i, true, EA_X, false); }
OP(lfsux) { return load(c, i, true, EA_X, true); }
OP(lfd) { return load(c, i, false, EA_D, false); }
OP(lfdu) { return load(c, i, false, EA_D, true); }
OP(lfdx) { return load(c, i, false, EA_X, false); }
OP(lfdux) { return load(c, i, false, EA_X, true); }
OP(stfs) { return store(c, i, true, EA_D, false); }
OP(stfsu) { return store(c, i, true, EA_D, true); }
OP(stfsx) { return store(c, i, true, EA_X, false); }
OP(stfsux) { return store(c, i, true, EA_X, true); }
OP(stfd) { return store(c, i, false, EA_D, false); }
OP(stfdu) { return store(c, i, false, EA_D, true); }
OP(stfdx) { return store(c, i, false, EA_X, false); }
OP(stfdux) { return store(c, i, false, EA_X, true); }
OP(stfiwx) { return store_u32(c, EA_X, CPU_FPR(c, f_frs(i))); }

OP(lfiwax)
{
    uint64_t v;

    return load_u32(c, EA_X, &v) && set_fpr(c, f_frt(i), (uint64_t)(int32_t)v);
}

OP(lfiwzx)
{
    uint64_t v;

    return load_u32(c, EA_X, &v) && set_fpr(c, f_frt(i), v);
}

/* Pairs: the even register is the one at the lower address in big-endian mode; a pair's register must be
 * even. */
static bool load_pair(struct cpu *c, insn_t i, ea_t ea)
{
    unsigned t = f_frtp(i);
    uint64_t first, second;

    if (t & 1)
        return cpu_interrupt_program(c, PROGRAM_ILLEGAL);
    if (!load_u64(c, ea, &first) || !load_u64(c, ea + 8, &second))
        return false;
    set_fpr(c, t, c->le ? second : first);
    return set_fpr(c, t + 1, c->le ? first : second);
}

static bool store_pair(struct cpu *c, insn_t i, ea_t ea)
{
    unsigned s = f_frsp(i);

    if (s & 1)
        return cpu_interrupt_program(c, PROGRAM_ILLEGAL);
    return store_u64(c, ea, CPU_FPR(c, s + c->le)) && store_u64(c, ea + 8, CPU_FPR(c, s + !c->le));
}

OP(lfdp) { return load_pair(c, i, EA_DS); }
OP(lfdpx) { return load_pair(c, i, EA_X); }
OP(stfdp) { return store_pair(c, i, EA_DS); }
OP(stfdpx) { return store_pair(c, i, EA_X); }

/* ---- moves ---- */

#define SIGN (UINT64_C(1) << 63)
#define FRB CPU_FPR(c, f_frb(i))

static bool move(struct cpu *c, insn_t i, uint64_t v)
{
    set_fpr(c, f_frt(i), v);
    if (f_rc(i))
        fp_set_cr1(c);
    return true;
}

OP(fmr) { return move(c, i, FRB); }
OP(fneg) { return move(c, i, FRB ^ SIGN); }
OP(fabs) { return move(c, i, FRB & ~SIGN); }
OP(fnabs) { return move(c, i, FRB | SIGN); }
OP(fcpsgn) { return move(c, i, (FRB & ~SIGN) | (CPU_FPR(c, f_fra(i)) & SIGN)); }

OP(fmrgew)
{
    return set_fpr(c, f_frt(i),
                   (CPU_FPR(c, f_fra(i)) & ~(uint64_t)UINT32_MAX) | FRB >> 32);
}

OP(fmrgow) { return set_fpr(c, f_frt(i), CPU_FPR(c, f_fra(i)) << 32 | (uint32_t)FRB); }

OP(fsel)
{
    struct fp a = fp_double(CPU_FPR(c, f_fra(i)));
    bool ge = a.class < FP_QNAN && (a.class == FP_ZERO || !a.negative);

    return move(c, i, ge ? CPU_FPR(c, f_frc(i)) : FRB);
}

/* ---- FPSCR ---- */

/* Bits that can be written; FEX and VX follow from the others, bit 52 is reserved. */
#define FPSCR_WRITABLE                                                                           \
    (FPSCR_DRN | ((uint64_t)UINT32_MAX & ~(FPSCR_FEX | FPSCR_VX | PPC_BIT(52))))

static bool write_fpscr(struct cpu *c, uint64_t mask, uint64_t v, bool rc)
{
    const struct fp_status all = { .raised = FPSCR_EXCEPTIONS };

    mask &= FPSCR_WRITABLE;
    c->fpscr = fpscr_summarise((c->fpscr & ~mask) | (v & mask));
    if (rc)
        fp_set_cr1(c);
    return fp_trap(c, &all);
}

OP(mffs) { return move(c, i, c->fpscr); }

OP(mffsce)
{
    set_fpr(c, f_frt(i), c->fpscr);
    c->fpscr = fpscr_summarise(c->fpscr & ~FPSCR_ENABLES);
    return true;
}

/* The control bits alone, and a new rounding mode. */
#define FPSCR_CONTROL (FPSCR_DRN | FPSCR_ENABLES | FPSCR_NI | FPSCR_RN)

static bool swap_mode(struct cpu *c, insn_t i, uint64_t mask, uint64_t v)
{
    set_fpr(c, f_frt(i), c->fpscr & FPSCR_CONTROL);
    c->fpscr = (c->fpscr & ~mask) | (v & mask);
    return true;
}

OP(mffscdrn) { return swap_mode(c, i, FPSCR_DRN, FRB); }
OP(mffscdrni) { return swap_mode(c, i, FPSCR_DRN, PPC_FIELD_PUT(f_drm(i), 29, 31)); }
OP(mffscrn) { return swap_mode(c, i, FPSCR_RN, FRB); }
OP(mffscrni) { return swap_mode(c, i, FPSCR_RN, f_rm(i)); }

/* Without the sticky bits. */
OP(mffsl)
{
    return set_fpr(c, f_frt(i),
                   c->fpscr & (FPSCR_CONTROL | FPSCR_FR | FPSCR_FI | FPSCR_FPRF));
}

OP(mcrfs)
{
    unsigned shift = 28 - 4 * f_bfa(i);

    c->crf[f_bf(i)] = c->fpscr >> shift & 0xf;
    /* The exception bits that were read are cleared. */
    c->fpscr = fpscr_summarise(c->fpscr &
                               ~((UINT64_C(0xf) << shift) & (FPSCR_EXCEPTIONS | FPSCR_FX)));
    return true;
}

OP(mtfsf)
{
    uint64_t mask = 0;

    if (f_l6(i)) {
        mask = UINT64_MAX;
    } else {
        for (unsigned n = 0; n < 8; n++)
            if (f_flm(i) & 0x80 >> n)
                mask |= UINT64_C(0xf) << (28 - 4 * n) << (f_w15(i) ? 32 : 0);
    }
    return write_fpscr(c, mask, FRB, f_rc(i));
}

OP(mtfsfi)
{
    unsigned shift = 28 - 4 * f_bf(i) + (f_w(i) ? 32 : 0);

    return write_fpscr(c, UINT64_C(0xf) << shift, (uint64_t)f_u(i) << shift, f_rc(i));
}

OP(mtfsb0)
{
    return write_fpscr(c, PPC_BIT(32 + f_bt(i)), 0, f_rc(i));
}

OP(mtfsb1)
{
    uint64_t bit = PPC_BIT(32 + f_bt(i));

    if (bit & FPSCR_EXCEPTIONS & ~c->fpscr)
        c->fpscr |= FPSCR_FX;
    return write_fpscr(c, bit, bit, f_rc(i));
}
