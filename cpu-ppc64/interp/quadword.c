/* Quadwords in pairs of registers: an even one and the next. [ISA3.0 I 3.3.4, II 4.6.2.2]
 *
 * The aligned ones are single accesses, and so is the exchange of stqcx. where the host has one
 * (base/atomic128.h). They are for ordinary storage only. */
#include "base/atomic128.h"
#include "cpu-ppc64/interp/atomics.h"
#include "cpu-ppc64/interp/op.h"

enum { QUADWORD = 16 };

/* The even register has the more significant doubleword: at the lower address in big-endian mode. */
static void load_to_pair(struct cpu *c, unsigned rtp, const uint64_t memory[2])
{
    c->gpr[rtp] = guest_order(c, 8, memory[c->le]);
    c->gpr[rtp + 1] = guest_order(c, 8, memory[!c->le]);
}

static void pair_to_memory(const struct cpu *c, unsigned rsp, uint64_t memory[2])
{
    memory[c->le] = guest_order(c, 8, c->gpr[rsp]);
    memory[!c->le] = guest_order(c, 8, c->gpr[rsp + 1]);
}

/* NULL after the interrupt. */
static void *operand(struct cpu *c, ea_t ea, enum mmu_access access, gpa_t *gpa)
{
    ea &= c->ea_mask;
    if (ea & (QUADWORD - 1)) {
        cpu_interrupt_alignment(c, ea);
        return NULL;
    }
    return host_operand(c, ea, QUADWORD, access, gpa);
}

static bool load_quadword(struct cpu *c, unsigned rtp, ea_t ea, bool reserves)
{
    bool is_exact = reserves && !(ea & (QUADWORD - 1)) && reservation_is_exact(c);
    uint64_t memory[2];
    gpa_t gpa;
    const void *p = is_exact ? reservation_begin_exact(c, ea & c->ea_mask, QUADWORD) : operand(c, ea, MMU_LOAD, &gpa);

    if (!p)
        return false;
    atomic128_load(p, memory);
    load_to_pair(c, rtp, memory);
    if (reserves)
        memcpy(c->reservation.value, memory, sizeof memory);
    if (reserves && !is_exact) {
        c->reservation.gpa = gpa;
        c->reservation.size = QUADWORD;
        c->reservation.kind = c->has_company ? RESERVED_STALE : RESERVED_ALONE;
    }
    return !is_exact;
}

OP(lq)
{
    if (f_rtp(i) & 1 || f_rtp(i) == f_ra(i))
        return cpu_interrupt_program(c, PROGRAM_ILLEGAL);
    return load_quadword(c, f_rtp(i), gpr_or_zero(c, f_ra(i)) + (uint64_t)f_dq(i), false);
}

OP(lqarx)
{
    if (f_rtp(i) & 1 || f_rtp(i) == f_ra(i) || f_rtp(i) == f_rb(i))
        return cpu_interrupt_program(c, PROGRAM_ILLEGAL);
    return load_quadword(c, f_rtp(i), gpr_or_zero(c, f_ra(i)) + c->gpr[f_rb(i)], true);
}

OP(stq)
{
    uint64_t memory[2];
    gpa_t gpa;
    void *p;

    if (f_rsp(i) & 1)
        return cpu_interrupt_program(c, PROGRAM_ILLEGAL);
    p = operand(c, gpr_or_zero(c, f_ra(i)) + (uint64_t)f_ds(i), MMU_STORE, &gpa);
    if (!p)
        return false;
    pair_to_memory(c, f_rsp(i), memory);
    atomic128_store(p, memory);
    return true;
}

OP(stqcx_)
{
    bool stored = false;
    uint64_t memory[2];
    gpa_t gpa;
    ea_t ea;
    void *p;

    if (f_rsp(i) & 1)
        return cpu_interrupt_program(c, PROGRAM_ILLEGAL);
    ea = (gpr_or_zero(c, f_ra(i)) + c->gpr[f_rb(i)]) & c->ea_mask;
    if (ea & (QUADWORD - 1))
        return cpu_interrupt_alignment(c, ea);
    p = host_operand_to_store(c, ea, QUADWORD, &gpa);
    if (!p)
        return false;
    pair_to_memory(c, f_rsp(i), memory);
    if (c->has_company) {
        if (reservation_lock(c, gpa, QUADWORD))
            stored = reservation_unlock(c, atomic128_exchange_if(p, c->reservation.value, memory));
    } else if (c->reservation.kind && c->reservation.gpa == gpa && c->reservation.size == QUADWORD) {
        mem_invalidate_code(c->mem, gpa, QUADWORD);
        stored = atomic128_exchange_if(p, c->reservation.value, memory);
    }
    c->reservation.kind = RESERVED_NOT;
    c->crf[0] = (uint8_t)((stored ? CR_EQ : 0) | c->xer_so);
    return true;
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
    return store_is_unwatched(c, ea, QUADWORD) && store_u64(c, ea, c->gpr[f_rsp(i)]) &&
           store_u64(c, ea + 8, c->gpr[f_rsp(i) + 1]);
}
