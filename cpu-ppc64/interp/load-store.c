/* Fixed-point loads and stores. [ISA3.0 I 3.3.2 to 3.3.8] */
#include "cpu-ppc64/interp/access.h"
#include "cpu-ppc64/interp/op.h"

#define EA_D (gpr_or_zero(c, f_ra(i)) + (uint64_t)f_d(i))
#define EA_DS (gpr_or_zero(c, f_ra(i)) + (uint64_t)f_ds(i))
#define EA_X (gpr_or_zero(c, f_ra(i)) + c->gpr[f_rb(i)])

/* RT := what was loaded, sign-extended as `type` says. */
#define LOAD(bits, type, ea)                                                                     \
    uint64_t v;                                                                                  \
                                                                                                 \
    if (!load_u##bits(c, ea, &v))                                                                \
        return false;                                                                            \
    c->gpr[f_rt(i)] = (uint64_t)(type)v;                                                         \
    return true;

/* The same, and RA := the effective address. */
#define LOAD_UPDATE(bits, type, address)                                                         \
    const uint64_t ea = address;                                                                 \
    uint64_t v;                                                                                  \
                                                                                                 \
    if (!load_u##bits(c, ea, &v))                                                                \
        return false;                                                                            \
    c->gpr[f_ra(i)] = ea;                                                                        \
    c->gpr[f_rt(i)] = (uint64_t)(type)v;                                                         \
    return true;

#define STORE_UPDATE(bits, address)                                                              \
    const uint64_t ea = address;                                                                 \
                                                                                                 \
    if (!store_u##bits(c, ea, c->gpr[f_rs(i)]))                                                  \
        return false;                                                                            \
    c->gpr[f_ra(i)] = ea;                                                                        \
    return true;

#define RS c->gpr[f_rs(i)]

OP(lbz) { LOAD(8, uint64_t, EA_D) }
OP(lbzx) { LOAD(8, uint64_t, EA_X) }
OP(lbzu) { LOAD_UPDATE(8, uint64_t, EA_D) }
OP(lbzux) { LOAD_UPDATE(8, uint64_t, EA_X) }
OP(lhz) { LOAD(16, uint64_t, EA_D) }
OP(lhzx) { LOAD(16, uint64_t, EA_X) }
OP(lhzu) { LOAD_UPDATE(16, uint64_t, EA_D) }
OP(lhzux) { LOAD_UPDATE(16, uint64_t, EA_X) }
OP(lha) { LOAD(16, int16_t, EA_D) }
OP(lhax) { LOAD(16, int16_t, EA_X) }
OP(lhau) { LOAD_UPDATE(16, int16_t, EA_D) }
OP(lhaux) { LOAD_UPDATE(16, int16_t, EA_X) }
OP(lwz) { LOAD(32, uint64_t, EA_D) }
OP(lwzx) { LOAD(32, uint64_t, EA_X) }
OP(lwzu) { LOAD_UPDATE(32, uint64_t, EA_D) }
OP(lwzux) { LOAD_UPDATE(32, uint64_t, EA_X) }
OP(lwa) { LOAD(32, int32_t, EA_DS) }
OP(lwax) { LOAD(32, int32_t, EA_X) }
OP(lwaux) { LOAD_UPDATE(32, int32_t, EA_X) }
OP(ld) { LOAD(64, uint64_t, EA_DS) }
OP(ldx) { LOAD(64, uint64_t, EA_X) }
OP(ldu) { LOAD_UPDATE(64, uint64_t, EA_DS) }
OP(ldux) { LOAD_UPDATE(64, uint64_t, EA_X) }

OP(stb) { return store_u8(c, EA_D, RS); }
OP(stbx) { return store_u8(c, EA_X, RS); }
OP(stbu) { STORE_UPDATE(8, EA_D) }
OP(stbux) { STORE_UPDATE(8, EA_X) }
OP(sth) { return store_u16(c, EA_D, RS); }
OP(sthx) { return store_u16(c, EA_X, RS); }
OP(sthu) { STORE_UPDATE(16, EA_D) }
OP(sthux) { STORE_UPDATE(16, EA_X) }
OP(stw) { return store_u32(c, EA_D, RS); }
OP(stwx) { return store_u32(c, EA_X, RS); }
OP(stwu) { STORE_UPDATE(32, EA_D) }
OP(stwux) { STORE_UPDATE(32, EA_X) }
OP(std) { return store_u64(c, EA_DS, RS); }
OP(stdx) { return store_u64(c, EA_X, RS); }
OP(stdu) { STORE_UPDATE(64, EA_DS) }
OP(stdux) { STORE_UPDATE(64, EA_X) }

/* ---- prefixed: a displacement of 34 bits, from RA or from the instruction ---- */

#define LOAD_PREFIXED(bits, type) \
    uint64_t base; \
\
    if (!prefixed_base(c, i, &base)) \
        return false; \
    LOAD(bits, type, base + (uint64_t)f_d34(i))

#define STORE_PREFIXED(bits) \
    uint64_t base; \
\
    return prefixed_base(c, i, &base) && store_u##bits(c, base + (uint64_t)f_d34(i), RS);

OP(plbz) { LOAD_PREFIXED(8, uint64_t) }
OP(plhz) { LOAD_PREFIXED(16, uint64_t) }
OP(plha) { LOAD_PREFIXED(16, int16_t) }
OP(plwz) { LOAD_PREFIXED(32, uint64_t) }
OP(plwa) { LOAD_PREFIXED(32, int32_t) }
OP(pld) { LOAD_PREFIXED(64, uint64_t) }
OP(pstb) { STORE_PREFIXED(8) }
OP(psth) { STORE_PREFIXED(16) }
OP(pstw) { STORE_PREFIXED(32) }
OP(pstd) { STORE_PREFIXED(64) }

/* ---- byte-reverse ---- */

#define LOAD_REVERSED(bits)                                                                      \
    uint64_t v;                                                                                  \
                                                                                                 \
    if (!load_u##bits(c, EA_X, &v))                                                              \
        return false;                                                                            \
    c->gpr[f_rt(i)] = __builtin_bswap##bits((uint##bits##_t)v);                                  \
    return true;

OP(lhbrx) { LOAD_REVERSED(16) }
OP(lwbrx) { LOAD_REVERSED(32) }
OP(ldbrx) { LOAD_REVERSED(64) }
OP(sthbrx) { return store_u16(c, EA_X, __builtin_bswap16((uint16_t)RS)); }
OP(stwbrx) { return store_u32(c, EA_X, __builtin_bswap32((uint32_t)RS)); }
OP(stdbrx) { return store_u64(c, EA_X, __builtin_bswap64(RS)); }

/* ---- multiple and string: alignment interrupt in little-endian mode ---- */

OP(lmw)
{
    uint64_t ea = EA_D, v[32];

    if (c->le)
        return cpu_interrupt_alignment(c, ea);
    for (unsigned r = f_rt(i); r < 32; r++)
        if (!load_u32(c, ea + 4 * (r - f_rt(i)), &v[r]))
            return false;
    for (unsigned r = f_rt(i); r < 32; r++)
        c->gpr[r] = v[r];
    return true;
}

OP(stmw)
{
    uint64_t ea = EA_D;

    if (c->le)
        return cpu_interrupt_alignment(c, ea);
    for (unsigned r = f_rs(i); r < 32; r++)
        if (!store_u32(c, ea + 4 * (r - f_rs(i)), c->gpr[r]))
            return false;
    return true;
}

/* n bytes into the low words of RT, RT + 1, ... (31 is followed by 0), zero-filled. */
static bool load_string(struct cpu *c, insn_t i, ea_t ea, unsigned n)
{
    uint8_t bytes[128];
    uint64_t v;

    if (c->le)
        return cpu_interrupt_alignment(c, ea);
    for (unsigned k = 0; k < n; k++) {
        if (!load_u8(c, ea + k, &v))
            return false;
        bytes[k] = (uint8_t)v;
    }
    for (unsigned k = 0; k < n; k += 4) {
        uint32_t word = 0;

        for (unsigned b = 0; b < 4 && k + b < n; b++)
            word |= (uint32_t)bytes[k + b] << (24 - 8 * b);
        c->gpr[(f_rt(i) + k / 4) % 32] = word;
    }
    return true;
}

static bool store_string(struct cpu *c, insn_t i, ea_t ea, unsigned n)
{
    if (c->le)
        return cpu_interrupt_alignment(c, ea);
    for (unsigned k = 0; k < n; k++)
        if (!store_u8(c, ea + k, c->gpr[(f_rs(i) + k / 4) % 32] >> (24 - 8 * (k % 4))))
            return false;
    return true;
}

static unsigned string_count(const struct cpu *c)
{
    return cpu_xer(c) & 0x7f;
}

OP(lswi) { return load_string(c, i, gpr_or_zero(c, f_ra(i)), f_nb(i) ? f_nb(i) : 32); }
OP(stswi) { return store_string(c, i, gpr_or_zero(c, f_ra(i)), f_nb(i) ? f_nb(i) : 32); }
OP(lswx) { return load_string(c, i, EA_X, string_count(c)); }
OP(stswx) { return store_string(c, i, EA_X, string_count(c)); }

/* ---- quadword: an even register and the next; the even one is the more significant ---- */

/* Quadwords are not accessed in caching-inhibited storage. */
static bool is_for_quadwords(struct cpu *c, ea_t ea, enum mmu_access access)
{
    const struct tlb_entry *e = tlb_slot(c, ea &= c->ea_mask);
    struct translation t;

    if (LIKELY((access == MMU_STORE ? e->store_tag : e->load_tag) == tlb_tag(ea, 8)))
        return true;
    if (!mmu_translate(c, ea, access, &t))
        return false;
    return !t.is_uncached ||
           cpu_interrupt_data_storage(c, ea, DSISR_BAD_ATTRIBUTE | (access == MMU_STORE ? DSISR_STORE : 0));
}

OP(lq)
{
    uint64_t ea = gpr_or_zero(c, f_ra(i)) + (uint64_t)f_dq(i);
    union vsr v;

    if (f_rtp(i) & 1 || f_rtp(i) == f_ra(i))
        return cpu_interrupt_program(c, PROGRAM_ILLEGAL);
    if (ea & 15)
        return cpu_interrupt_alignment(c, ea);
    if (!is_for_quadwords(c, ea, MMU_LOAD) || !load_u128(c, ea, &v))
        return false;
    c->gpr[f_rtp(i)] = v.d[VSR_D(0)];
    c->gpr[f_rtp(i) + 1] = v.d[VSR_D(1)];
    return true;
}

OP(stq)
{
    uint64_t ea = EA_DS;
    union vsr v;

    if (f_rsp(i) & 1)
        return cpu_interrupt_program(c, PROGRAM_ILLEGAL);
    if (ea & 15)
        return cpu_interrupt_alignment(c, ea);
    v.d[VSR_D(0)] = c->gpr[f_rsp(i)];
    v.d[VSR_D(1)] = c->gpr[f_rsp(i) + 1];
    return is_for_quadwords(c, ea, MMU_STORE) && store_u128(c, ea, &v);
}

/* The prefixed forms put the doubleword at the lower address into the even register in both byte orders,
 * and need no alignment. [ISA3.1 I 3.3.4] */
OP(plq)
{
    uint64_t base, ea, first, second;

    if (!prefixed_base(c, i, &base))
        return false;
    if (f_rtp(i) & 1 || f_rtp(i) == f_ra(i))
        return cpu_interrupt_program(c, PROGRAM_ILLEGAL);
    ea = base + (uint64_t)f_d34(i);
    if (!load_u64(c, ea, &first) || !load_u64(c, ea + 8, &second))
        return false;
    c->gpr[f_rtp(i)] = first;
    c->gpr[f_rtp(i) + 1] = second;
    return true;
}

OP(pstq)
{
    uint64_t base, ea;

    if (!prefixed_base(c, i, &base))
        return false;
    if (f_rsp(i) & 1)
        return cpu_interrupt_program(c, PROGRAM_ILLEGAL);
    ea = base + (uint64_t)f_d34(i);
    return store_u64(c, ea, c->gpr[f_rsp(i)]) && store_u64(c, ea + 8, c->gpr[f_rsp(i) + 1]);
}
