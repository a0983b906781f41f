/* -numa: the nodes of memory and processors, from the command line to struct numa_config. */
#ifndef MACHINE_NODES_H
#define MACHINE_NODES_H

#include "papr/platform.h"

enum { NODE_MEMDEV_SIZE = 64 };

/* What -numa said so far; all zero at first. */
struct nodes {
    struct numa_config numa;
    char memdev[NUMA_NODES][NODE_MEMDEV_SIZE]; /* the object that is the node's memory; "": none is named */
    struct {
        unsigned core; /* by the number of its first processor */
        uint8_t node;
    } cores[NUMA_NODES * 16]; /* named one by one */
    unsigned n_cores;
    unsigned first_cpu[NUMA_NODES], last_cpu[NUMA_NODES]; /* as named, by node */
    bool has_cpus[NUMA_NODES];
};

/* Takes the argument of one -numa option, which is cut up: "node[,nodeid=N][,mem=SIZE|,memdev=ID][,cpus=A[-B]]",
 * "cpu,node-id=N,core-id=C" or "dist,src=A,dst=B,val=D". */
bool nodes_parse(struct nodes *n, char *argument, struct error *err);

/* Whether a node's memory is the object of that name. */
bool nodes_take_memdev(const struct nodes *n, const char *id);

/* When all options are read (the sizes of objects are in ram_size then): shares out what was not named (processors by sockets), and checks that it all fits together. */
bool nodes_settle(struct nodes *n, uint64_t ram_size, unsigned max_cpus, unsigned threads, unsigned cores_per_socket,
                  struct error *err);

#endif
