/* Data address watch points: DAWR0 and DAWR1 with their DAWRX. [ISA2.07 III 8.1, ISA3.1 III 10.2]
 *
 * The hypervisor sets them for its partition (H_SET_MODE). A page that an enabled one touches is not entered into
 * the TLB for the kind of access that it watches, so that each such access takes the slow way and is compared
 * there: whatever else goes by the TLB, translated code too, costs nothing more. */
#ifndef CPU_PPC64_MMU_WATCH_H
#define CPU_PPC64_MMU_WATCH_H

#include "cpu-ppc64/mmu/mmu.h"

/* Match range in doublewords less one; store, load; translated, or whichever; whose accesses. */
#define DAWRX_MRD PPC_BITMASK(48, 53)
#define DAWRX_DW PPC_BIT(57)
#define DAWRX_DR PPC_BIT(58)
#define DAWRX_WT PPC_BIT(59)
#define DAWRX_WTI PPC_BIT(60)
#define DAWRX_HYPERVISOR PPC_BIT(61)
#define DAWRX_PRIVILEGED PPC_BIT(62)
#define DAWRX_PROBLEM PPC_BIT(63)

enum { WATCHES = 2 };

/* DAWRn := dawr, DAWRXn := dawrx; 0 switches it off. On the processor's own thread. */
void watch_set(struct cpu *c, unsigned n, uint64_t dawr, uint32_t dawrx);

/* True if direct accesses of that kind (MMU_LOAD or MMU_STORE) to this page of 4 KiB would escape a watch
 * point under the present MSR. */
bool watch_covers_page(const struct cpu *c, ea_t page, enum mmu_access access);

/* True if one of the bytes is watched: the data storage interrupt has been delivered, DAR the first such byte. */
bool watch_stops_slow(struct cpu *c, ea_t ea, unsigned size, enum mmu_access access);

static inline bool watch_stops(struct cpu *c, ea_t ea, unsigned size, enum mmu_access access)
{
    return UNLIKELY(c->watches) && watch_stops_slow(c, ea, size, access);
}

#endif
