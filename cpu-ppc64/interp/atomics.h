/* What the instructions that reserve storage or change it in one go share.
 *
 * With no other processor a reservation is the address and the value that was loaded. With others there are two kinds.
 *
 * Most reservations end with a store conditional a few instructions later, with no access to storage between: it
 * succeeds if memory holds the value that was loaded, by one compare-and-exchange. That others may have changed it and
 * changed it back cannot be told from a load that came later. Such pairs are executed in one go (by the interpreter,
 * which looks ahead, or within one region of translated code); once something else happens between, the reservation
 * is stale.
 *
 * All others can be exact: the page is marked, so that each store to it comes by and moves a version on
 * (mem_granule()). As few of them are meant to be used (kernels give up old ones by a new one), the first is stale: if a
 * store conditional meets that, it fails, and the next reservations are exact. */
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

/* The same for a store conditional, which decides later. */
static inline void *host_operand_to_store(struct cpu *c, ea_t ea, unsigned size, gpa_t *gpa)
{
    const struct tlb_entry *e = tlb_slot(c, ea);

    if (LIKELY(e->store_tag == tlb_tag(ea, size))) {
        *gpa = e->gpa_page | (ea & (MEM_PAGE_SIZE - 1));
        return (void *)(e->addend + ea);
    }
    return mmu_host_address_to_store(c, ea, size, gpa);
}

/* Whether the next one is to be exact, with other processors. */
static inline bool reservation_is_exact(struct cpu *c)
{
    if (!c->has_company || !c->reservation.caution)
        return false;
    c->reservation.caution--;
    return true;
}

/* Marks the page and notes the version, before the value is loaded; returns the host address, NULL after an interrupt.
 * Not where anything that was translated is used afterwards, see cpu_hv_ops.flush_others. */
const void *reservation_begin_exact(struct cpu *c, ea_t ea, unsigned size);
/* Keeps other stores away from the granule; false if there has been one, or is about to be, or if the reservation is not
 * of these bytes. */
bool reservation_lock(struct cpu *c, gpa_t gpa, unsigned size);
/* Ends that; returns whether it was stored. */
bool reservation_unlock(struct cpu *c, bool stored);

/* If the instruction is a load and reserve that a store conditional of its size follows with nothing between that
 * accesses storage, waits or goes elsewhere: the number of instructions, with both. Else 0. words: at most so many, as
 * numbers, from the load on. */
enum { RESERVATION_PAIR_MOST = 20 };
unsigned reservation_pair(const struct cpu *c, const uint32_t *words, unsigned n);

/* The operation of a load and reserve that is known to be no pair's, with other processors; NULL: it is something else. */
typedef bool (*atomics_fn)(struct cpu *c, uint64_t insn);
atomics_fn atomics_alone(const struct cpu *c, uint64_t insn);

/* What larx and stcx. of 1 to 8 bytes do, with numbers as they lie in memory. False after an interrupt. pairs: they
 * are a pair, as above, or the only processor's. */
bool atomics_reserve(struct cpu *c, ea_t ea, unsigned size, uint64_t *raw);
bool atomics_store_conditional(struct cpu *c, ea_t ea, unsigned size, uint64_t raw, bool is_pair, bool *stored);

#endif
