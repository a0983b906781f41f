/* The partition's memory: its nodes, and hypercalls that reach it (or devices) by real address. */
#ifndef PAPR_MEMORY_H
#define PAPR_MEMORY_H

#include "papr/platform.h"

/* H_LOGICAL_CI_LOAD and its kin, H_PAGE_INIT, KVMPPC_H_LOGICAL_MEMOP; /memory@ nodes,
 * /ibm,dynamic-reconfiguration-memory, /ibm,persistent-memory. Its state is the struct platform
 * itself. */
extern const struct facility_type memory_facility;

/* Writes the nodes (memory-tree.c). */
void memory_write_tree(void *self, struct tree *t, enum tree_stage stage);

#endif
