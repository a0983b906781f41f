/* Partition-scoped translation: from a guest's real addresses to those of the partition that runs it.
 * [ISA3.0 III 5.7.12.3] */
#ifndef CPU_PPC64_MMU_PARTITION_H
#define CPU_PPC64_MMU_PARTITION_H

#include "cpu-ppc64/mmu/mmu.h"

/* HDSISR has the bits of DSISR, and this one if the process table could not be read. [ISA3.0 III 6.5.18] */
#define HDSISR_PROCESS_TABLE PPC_BIT(46)

/* Walks the running guest's tree. WALK_OK, or WALK_PARTITION, and then cpu.guest's hdsisr and asdr say why. With
 * update, reference and change bits are set. */
enum walk_result partition_walk(struct cpu *c, gpa_t real, enum mmu_access access, bool update, struct translation *t);

/* Narrows a translation to the guest's real addresses down to one of the partition's own. Results as before. */
enum walk_result partition_compose(struct cpu *c, enum mmu_access access, bool update, struct translation *t);

/* The interrupt of WALK_PARTITION: ends the guest. Returns false. */
bool partition_fault(struct cpu *c, ea_t ea, enum mmu_access access);

/* Forgets what has been found, of all guests. */
void partition_forget(struct cpu *c);

#endif
