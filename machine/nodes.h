/* -numa: the nodes of memory and processors, from the command line to struct numa_config. */
#ifndef MACHINE_NODES_H
#define MACHINE_NODES_H

#include "papr/platform.h"

/* What -numa said so far; all zero at first. */
struct nodes {
    struct numa_config numa;
    unsigned first_cpu[NUMA_NODES], last_cpu[NUMA_NODES]; /* as named, by node */
    bool has_cpus[NUMA_NODES];
};

/* Takes the argument of one -numa option, which is cut up: "node[,nodeid=N][,mem=SIZE][,cpus=A[-B]]" or
 * "dist,src=A,dst=B,val=D". */
bool nodes_parse(struct nodes *n, char *argument, struct error *err);

/* When all options are read: shares out what was not named, and checks that it all fits together. */
bool nodes_settle(struct nodes *n, uint64_t ram_size, unsigned max_cpus, unsigned threads, struct error *err);

#endif
