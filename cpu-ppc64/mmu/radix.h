/* The radix tree walk of a partition's own (process-scoped) translation. */
#ifndef CPU_PPC64_MMU_RADIX_H
#define CPU_PPC64_MMU_RADIX_H

#include "cpu-ppc64/mmu/mmu.h"

/* Walks the tree for ea. With update, sets the reference bit, and the change bit for a store. */
enum walk_result radix_walk(struct cpu *c, ea_t ea, enum mmu_access access, bool update,
                             struct translation *t);

/* Whose tree ea is looked up in: PIDR's process, or 0. */
uint32_t radix_process(const struct cpu *c, ea_t ea);

#endif
