/* The radix tree walk of a partition's own (process-scoped) translation. */
#ifndef CPU_PPC64_MMU_RADIX_H
#define CPU_PPC64_MMU_RADIX_H

#include "cpu-ppc64/mmu/mmu.h"

enum radix_result {
    RADIX_OK,
    RADIX_SEGMENT,        /* outside the quadrant's size: segment interrupt */
    RADIX_NO_TRANSLATION,
    RADIX_PROTECTION,     /* the entry forbids this access to this privilege */
    RADIX_NO_EXECUTE,     /* fetch from storage that is not executable or is guarded */
    RADIX_BAD_TREE,       /* a size or level that the processor does not support */
};

/* Walks the tree for ea. With update, sets the reference bit, and the change bit for a store. */
enum radix_result radix_walk(struct cpu *c, ea_t ea, enum mmu_access access, bool update,
                             struct translation *t);

#endif
