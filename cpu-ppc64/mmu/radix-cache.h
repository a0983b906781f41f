/* What walks of radix trees have found, kept until an instruction or a hypercall invalidates it: a processor's
 * translation lookaside buffer as the book has it, while struct cpu's arrays of tlb_entry are quick copies of parts of
 * it, 4 KiB each, for one way of addressing. Entries have the size of the page that they are of, and the process that
 * they belong to, so that a change of PIDR takes nothing away. [ISA3.0 III 5.10.1]
 *
 * One struct radix_cache serves one processor, on its thread. */
#ifndef CPU_PPC64_MMU_RADIX_CACHE_H
#define CPU_PPC64_MMU_RADIX_CACHE_H

#include "cpu-ppc64/cpu.h"

enum { RADIX_CACHE_SETS = 512, RADIX_CACHE_WAYS = 4 };

struct radix_leaf {
    ea_t page;    /* effective address of its first byte; all ones: no entry */
    uint64_t pte; /* the tree's last entry, as a number */
    uint32_t pid; /* 0 for the addresses of quadrant 3 */
    uint8_t shift;
};

struct radix_cache {
    struct radix_leaf leaves[RADIX_CACHE_SETS][RADIX_CACHE_WAYS];
    uint8_t oldest[RADIX_CACHE_SETS];
    uint64_t shifts; /* bit n: there are, or were, pages of 1 << n bytes */
};

/* NULL when out of memory. */
struct radix_cache *radix_cache_new(void);
void radix_cache_free(struct radix_cache *cache);

/* The entry for an address of a process, NULL: none. Valid until the next call of another function. */
const struct radix_leaf *radix_cache_find(const struct radix_cache *cache, uint32_t pid, ea_t ea);
/* Keeps, or replaces, the entry of the page of so many bytes around ea. */
void radix_cache_put(struct radix_cache *cache, uint32_t pid, ea_t ea, unsigned shift, uint64_t pte);

void radix_cache_forget_all(struct radix_cache *cache);
void radix_cache_forget_process(struct radix_cache *cache, uint32_t pid);
/* Pages of any size that have bytes of [page, page + size), which is aligned. */
void radix_cache_forget_page(struct radix_cache *cache, uint32_t pid, ea_t page, uint64_t size);

#endif
