/* Translation by segments and the hash page table. [ISA2.07 III 5.7.6 to 5.7.9] */
#ifndef CPU_PPC64_MMU_HASH_H
#define CPU_PPC64_MMU_HASH_H

#include "cpu-ppc64/mmu/mmu.h"

/* SLB entry, doubleword 1. */
#define SLB_B PPC_BITMASK(0, 1)
#define SLB_VSID(e) PPC_FIELD((e)->vsid, 2, 51)
#define SLB_KS PPC_BIT(52)
#define SLB_KP PPC_BIT(53)
#define SLB_N PPC_BIT(54)
#define SLB_CLASS PPC_BIT(56)
#define SLB_L_LP (PPC_BIT(55) | PPC_BITMASK(58, 59))

/* The first entry for ea; NULL: none. */
struct slb_entry *slb_find(struct cpu *c, ea_t ea);

/* Searches the page table for ea. With update, sets the reference bit, and the change bit for a store. */
enum walk_result hash_walk(struct cpu *c, ea_t ea, enum mmu_access access, bool update,
                           struct translation *t);

#endif
