/* What the instructions that reserve storage or change it in one go share. */
#ifndef CPU_PPC64_INTERP_ATOMICS_H
#define CPU_PPC64_INTERP_ATOMICS_H

#include "cpu-ppc64/interp/access.h"

/* A number as the guest's byte order has it in memory, as a host number, and back. */
static inline uint64_t guest_order(const struct cpu *c, unsigned size, uint64_t v)
{
    return c->le == (HOST_IS_LE == 1) ? v : __builtin_bswap64(v) >> (64 - 8 * size);
}

/* mmu_host_address() for an aligned operand, by way of the TLB if it is there. */
static inline void *host_operand(struct cpu *c, ea_t ea, unsigned size, enum mmu_access access, gpa_t *gpa)
{
    const struct tlb_entry *e = tlb_slot(c, ea);

    if (LIKELY((access == MMU_STORE ? e->store_tag : e->load_tag) == tlb_tag(ea, size))) {
        *gpa = e->gpa_page | (ea & (MEM_PAGE_SIZE - 1));
        return (void *)(e->addend + ea);
    }
    return mmu_host_address(c, ea, size, access, gpa);
}

/* Notes the granule's version, before the value is loaded. If a store is under way, the next one is not ours. */
static inline void reservation_begin(struct cpu *c, gpa_t gpa)
{
    c->reservation.granule = mem_granule(c->mem, gpa);
    c->reservation.version = atomic_load_explicit(c->reservation.granule, memory_order_acquire) & ~UINT32_C(1);
}

/* Keeps other store conditionals away from the granule; false if one has stored there, or is about to. A processor by
 * itself has no use for versions, and translated code does not note them then. */
static inline bool reservation_lock(struct cpu *c)
{
    uint32_t version = c->reservation.version;

    if (!c->has_company)
        return true;
    return atomic_compare_exchange_strong(c->reservation.granule, &version, version + 1);
}

/* Ends that; returns whether it was stored. */
static inline bool reservation_unlock(struct cpu *c, bool stored)
{
    if (c->has_company)
        atomic_store_explicit(c->reservation.granule, c->reservation.version + (stored ? 2 : 0), memory_order_release);
    return stored;
}

/* What larx and stcx. of 1 to 8 bytes do, with numbers as they lie in memory. False after an interrupt. */
bool atomics_reserve(struct cpu *c, ea_t ea, unsigned size, uint64_t *raw);
bool atomics_store_conditional(struct cpu *c, ea_t ea, unsigned size, uint64_t raw, bool *stored);

#endif
