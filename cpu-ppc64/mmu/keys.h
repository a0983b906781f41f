/* Storage keys: what AMR and IAMR say about a page's key. [ISA3.0 III 5.7.9.3, 5.7.13.2] */
#ifndef CPU_PPC64_MMU_KEYS_H
#define CPU_PPC64_MMU_KEYS_H

#include "cpu-ppc64/mmu/mmu.h"

/* key 0 to 31. AMR has two bits for each key, that forbid stores and loads; IAMR's second one forbids
 * fetches. */
static inline bool key_permits(const struct cpu *c, unsigned key, enum mmu_access access)
{
    uint64_t bits = c->spr[access == MMU_FETCH ? SPR_IAMR : SPR_AMR] >> (62 - 2 * key);

    return !(bits & (access == MMU_STORE ? 2 : 1));
}

#endif
