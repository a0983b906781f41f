/* Affinity of memory and processors. The form of the lists is what the guest chose at CAS. [LoPAR, Associativity] */
#ifndef PAPR_NUMA_H
#define PAPR_NUMA_H

#include "papr/platform.h"

enum { NUMA_LIST_MAX = 8 };

/* Nodes that there are, at least one. */
unsigned numa_nodes(const struct platform *p);

/* The node of a core, by its number from 0. */
unsigned numa_node_of_core(const struct platform *p, unsigned core);

/* ibm,associativity of a node's memory: the length cell and the list. Returns the cells used. */
unsigned numa_memory_list(const struct platform *p, unsigned node, uint32_t list[NUMA_LIST_MAX]);

/* The same of a processor thread. */
unsigned numa_vcpu_list(const struct platform *p, unsigned vcpu_id, uint32_t list[NUMA_LIST_MAX]);

/* ibm,associativity-lookup-arrays: each node's list without its length cell. */
void numa_write_lookup_arrays(const struct platform *p, struct tree *t, const char *path);

/* Reference points and distances, in /rtas. */
void numa_write_rtas(const struct platform *p, struct tree *t);

#endif
