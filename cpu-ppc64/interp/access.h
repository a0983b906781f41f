/* The interpreter's loads and stores: the TLB lookup in line, everything else in mmu/.
 *
 * Values are numbers: the guest's byte order (MSR[LE]) has been dealt with. Each function returns
 * false after an interrupt, and then nothing has changed. An effective address is cut to 32 bits in
 * 32-bit mode here, so callers pass plain sums. */
#ifndef CPU_PPC64_INTERP_ACCESS_H
#define CPU_PPC64_INTERP_ACCESS_H

#include "cpu-ppc64/mmu/mmu.h"

static inline struct tlb_entry *tlb_slot(struct cpu *c, ea_t ea)
{
    return &c->tlb[ea >> MEM_PAGE_SHIFT & (TLB_ENTRIES - 1)];
}

/* Page address, keeping low bits that make an access of this size unaligned: those miss. */
static inline uint64_t tlb_tag(ea_t ea, unsigned size)
{
    return ea & (~(uint64_t)(MEM_PAGE_SIZE - 1) | (size - 1));
}

static inline bool load_u8(struct cpu *c, ea_t ea, uint64_t *value)
{
    struct tlb_entry *e = tlb_slot(c, ea &= c->ea_mask);

    if (LIKELY(e->load_tag == tlb_tag(ea, 1))) {
        *value = *(const uint8_t *)(e->addend + ea);
        return true;
    }
    return mmu_load_slow(c, ea, 1, value);
}

static inline bool store_u8(struct cpu *c, ea_t ea, uint64_t value)
{
    struct tlb_entry *e = tlb_slot(c, ea &= c->ea_mask);

    if (LIKELY(e->store_tag == tlb_tag(ea, 1))) {
        *(uint8_t *)(e->addend + ea) = (uint8_t)value;
        return true;
    }
    return mmu_store_slow(c, ea, 1, value);
}

#define ACCESS_FUNCTIONS(bits)                                                                   \
    static inline bool load_u##bits(struct cpu *c, ea_t ea, uint64_t *value)                     \
    {                                                                                            \
        struct tlb_entry *e = tlb_slot(c, ea &= c->ea_mask);                                     \
                                                                                                 \
        if (LIKELY(e->load_tag == tlb_tag(ea, bits / 8))) {                                      \
            const void *p = (const void *)(e->addend + ea);                                      \
                                                                                                 \
            *value = c->le ? ld_le##bits(p) : ld_be##bits(p);                                    \
            return true;                                                                         \
        }                                                                                        \
        return mmu_load_slow(c, ea, bits / 8, value);                                            \
    }                                                                                            \
    static inline bool store_u##bits(struct cpu *c, ea_t ea, uint64_t value)                     \
    {                                                                                            \
        struct tlb_entry *e = tlb_slot(c, ea &= c->ea_mask);                                     \
                                                                                                 \
        if (LIKELY(e->store_tag == tlb_tag(ea, bits / 8))) {                                     \
            void *p = (void *)(e->addend + ea);                                                  \
                                                                                                 \
            if (c->le)                                                                           \
                st_le##bits(p, (uint##bits##_t)value);                                           \
            else                                                                                 \
                st_be##bits(p, (uint##bits##_t)value);                                           \
            return true;                                                                         \
        }                                                                                        \
        return mmu_store_slow(c, ea, bits / 8, value);                                           \
    }

ACCESS_FUNCTIONS(16)
ACCESS_FUNCTIONS(32)
ACCESS_FUNCTIONS(64)
#undef ACCESS_FUNCTIONS

/* Sixteen bytes as one 128-bit number (lvx, lxv): in little-endian mode the byte at the lowest
 * address is the least significant. */
static inline bool load_u128(struct cpu *c, ea_t ea, union vsr *value)
{
    uint64_t low, high;

    if (c->le) {
        if (!load_u64(c, ea, &low) || !load_u64(c, ea + 8, &high))
            return false;
    } else if (!load_u64(c, ea, &high) || !load_u64(c, ea + 8, &low)) {
        return false;
    }
    value->d[VSR_D(0)] = high;
    value->d[VSR_D(1)] = low;
    return true;
}

/* To be asked before a store that is done in parts: none of it happens if one byte of it is watched. */
static inline bool store_is_unwatched(struct cpu *c, ea_t ea, unsigned size)
{
    return LIKELY(!c->watches) || mmu_store_is_unwatched(c, ea, size);
}

/* False after an interrupt: if the second doubleword faults, the first may have been stored, as the
 * book allows for a storage access that crosses a page. */
static inline bool store_u128(struct cpu *c, ea_t ea, const union vsr *value)
{
    uint64_t high = value->d[VSR_D(0)], low = value->d[VSR_D(1)];

    return store_is_unwatched(c, ea, 16) && store_u64(c, ea, c->le ? low : high) &&
           store_u64(c, ea + 8, c->le ? high : low);
}

#endif
