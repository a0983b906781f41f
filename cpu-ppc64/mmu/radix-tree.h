/* What process-scoped and partition-scoped radix trees have in common: their entries, and the way down.
 * [ISA3.0 III 5.7.10] */
#ifndef CPU_PPC64_MMU_RADIX_TREE_H
#define CPU_PPC64_MMU_RADIX_TREE_H

#include "cpu-ppc64/mmu/mmu.h"

/* Page table entries, the last ones of a walk. */
#define PTE_RPN PPC_BITMASK(7, 51)
#define PTE_REFERENCE PPC_BIT(55)
#define PTE_CHANGE PPC_BIT(56)
#define PTE_ATTRIBUTES(e) PPC_FIELD(e, 58, 59) /* 0 normal, 1 SAO, 2 non-idempotent, 3 tolerant I/O */
#define PTE_PRIVILEGED PPC_BIT(60)
#define PTE_READ PPC_BIT(61)
#define PTE_WRITE PPC_BIT(62)
#define PTE_EXECUTE PPC_BIT(63)

struct radix_leaf_place {
    uint64_t pte;
    gpa_t at;       /* where it lies, as load() takes it */
    unsigned shift; /* of its page */
};

/* Reads an entry, of RAM or of what stands for it; WALK_OK or why not. */
typedef enum walk_result radix_load(struct cpu *c, gpa_t at, uint64_t *entry);

/* Size in bits of the addresses that a tree translates, of its table's entry. */
unsigned radix_tree_bits(uint64_t root);

/* From the root, a table's entry, to the page table entry of an address of so many bits. */
enum walk_result radix_descend(struct cpu *c, uint64_t root, unsigned bits, uint64_t address, radix_load *load,
                               struct radix_leaf_place *leaf);

/* Sets bits of an entry in RAM, unless somebody else changed it meanwhile: then the walk has to be done again, and the
 * result is false. gpa has been read before. */
bool radix_set_bits(struct cpu *c, gpa_t gpa, uint64_t old, uint64_t bits);

#endif
