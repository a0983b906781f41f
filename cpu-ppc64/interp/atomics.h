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

#endif
