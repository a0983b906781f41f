/* -numa; see nodes.h. */
#include "machine/nodes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "machine/values.h"

enum { HERE = 10, STANDARD_DISTANCE = 20, FARTHEST = 254, MIB = 1 << 20 };
#define RAM_UNIT (UINT64_C(256) << 20)

/* The value of "name=value" if word is that, NULL if not. */
static const char *value_of(const char *word, const char *name)
{
    size_t n = strlen(name);

    return !strncmp(word, name, n) && word[n] == '=' ? word + n + 1 : NULL;
}

static bool unknown(const char *word, struct error *err)
{
    error_set(err, ERROR_USAGE, "-numa: '%s' is not known", word);
    error_hint(err, "type -numa node,mem=512M,cpus=0-1, -numa node,memdev=ID, -numa cpu,node-id=1,core-id=2 or -numa dist,src=0,dst=1,val=40");
    return false;
}

static bool parse_range(const char *value, unsigned *first, unsigned *last)
{
    char *end;

    *first = *last = (unsigned)strtoul(value, &end, 10);
    if (*end == '-')
        *last = (unsigned)strtoul(end + 1, &end, 10);
    return !*end && *first <= *last && *last < NUMA_CORES * 8;
}

static bool parse_node(struct nodes *n, char *words, struct error *err)
{
    unsigned id = n->numa.n_nodes, first = 0, last = 0;
    const char *memdev = "";
    bool has_cpus = false;
    uint64_t ram = 0;
    char *save;

    for (char *word = strtok_r(words, ",", &save); word; word = strtok_r(NULL, ",", &save)) {
        const char *value;

        if ((value = value_of(word, "nodeid"))) {
            if (!value_unsigned("-numa nodeid", value, NUMA_NODES - 1, &id, err))
                return false;
        } else if ((value = value_of(word, "mem"))) {
            if (!value_size("-numa mem", value, MIB, &ram, err))
                return false;
        } else if ((value = value_of(word, "memdev"))) {
            memdev = value;
        } else if ((value = value_of(word, "cpus"))) {
            has_cpus = true;
            if (!parse_range(value, &first, &last))
                return error_set(err, ERROR_USAGE, "-numa cpus=%s: not a range such as 0-3", value);
        } else {
            return unknown(word, err);
        }
    }
    if (id >= NUMA_NODES || id != n->numa.n_nodes) {
        error_set(err, ERROR_USAGE, "-numa node %u: nodes come in order, at most %d", id, NUMA_NODES);
        return false;
    }
    if ((size_t)snprintf(n->memdev[id], sizeof n->memdev[id], "%s", memdev) >= sizeof n->memdev[id] || (ram && *memdev)) {
        error_set(err, ERROR_USAGE, "-numa node %u: memdev=%s %s", id, memdev, ram ? "and mem=" : "is too long");
        error_hint(err, "name one of mem= and memdev=, a short one");
        return false;
    }
    n->numa.n_nodes++;
    n->numa.ram_size[id] = ram;
    n->has_cpus[id] = has_cpus;
    n->first_cpu[id] = first;
    n->last_cpu[id] = last;
    return true;
}

static bool parse_distance(struct nodes *n, char *words, struct error *err)
{
    unsigned src = 0, dst = 0, val = 0;
    char *save;

    for (char *word = strtok_r(words, ",", &save); word; word = strtok_r(NULL, ",", &save)) {
        const char *value;

        if ((value = value_of(word, "src"))) {
            if (!value_unsigned("-numa dist src", value, NUMA_NODES - 1, &src, err))
                return false;
        } else if ((value = value_of(word, "dst"))) {
            if (!value_unsigned("-numa dist dst", value, NUMA_NODES - 1, &dst, err))
                return false;
        } else if ((value = value_of(word, "val"))) {
            if (!value_unsigned("-numa dist val", value, FARTHEST, &val, err))
                return false;
        } else {
            return unknown(word, err);
        }
    }
    if (val < HERE || (src == dst) != (val == HERE)) {
        error_set(err, ERROR_USAGE, "-numa dist,src=%u,dst=%u,val=%u: not a distance", src, dst, val);
        error_hint(err, "10 is the distance of a node to itself, others are 11 to 254");
        return false;
    }
    n->numa.distance[src][dst] = (uint8_t)val;
    return true;
}

static bool parse_cpu(struct nodes *n, char *words, struct error *err)
{
    unsigned node = NUMA_NODES, core = NUMA_CORES;
    char *save;

    for (char *word = strtok_r(words, ",", &save); word; word = strtok_r(NULL, ",", &save)) {
        const char *value;

        if ((value = value_of(word, "node-id"))) {
            if (!value_unsigned("-numa cpu,node-id", value, NUMA_NODES - 1, &node, err))
                return false;
        } else if ((value = value_of(word, "core-id"))) {
            if (!value_unsigned("-numa cpu,core-id", value, NUMA_CORES - 1, &core, err))
                return false;
        } else {
            return unknown(word, err);
        }
    }
    if (node >= n->numa.n_nodes || core == NUMA_CORES || n->n_cores == ARRAY_SIZE(n->cores)) {
        error_set(err, ERROR_USAGE, "-numa cpu: there is no such node, no core-id=, or there are too many");
        error_hint(err, "type -numa cpu,node-id=N,core-id=C after -numa node,nodeid=N");
        return false;
    }
    n->cores[n->n_cores].core = core;
    n->cores[n->n_cores++].node = (uint8_t)node;
    return true;
}

bool nodes_take_memdev(const struct nodes *n, const char *id)
{
    for (unsigned i = 0; i < n->numa.n_nodes; i++)
        if (*n->memdev[i] && !strcmp(n->memdev[i], id))
            return true;
    return false;
}

bool nodes_parse(struct nodes *n, char *argument, struct error *err)
{
    char *rest = strchr(argument, ',');
    char none[] = "";

    if (rest)
        *rest++ = '\0';
    if (!strcmp(argument, "node"))
        return parse_node(n, rest ? rest : none, err);
    if (!strcmp(argument, "cpu"))
        return parse_cpu(n, rest ? rest : none, err);
    if (!strcmp(argument, "dist"))
        return parse_distance(n, rest ? rest : none, err);
    return unknown(argument, err);
}

static bool settle_memory(struct numa_config *numa, uint64_t ram_size, struct error *err)
{
    uint64_t named = 0, each = ram_size / numa->n_nodes & ~(RAM_UNIT - 1);

    for (unsigned i = 0; i < numa->n_nodes; i++)
        named += numa->ram_size[i];
    if (!named) {
        for (unsigned i = 0; i < numa->n_nodes; i++)
            numa->ram_size[i] = each;
        numa->ram_size[numa->n_nodes - 1] += ram_size - each * numa->n_nodes;
        named = ram_size;
    }
    for (unsigned i = 0; i < numa->n_nodes; i++)
        if (numa->ram_size[i] % RAM_UNIT || (!i && !numa->ram_size[i]) || named != ram_size) {
            error_set(err, ERROR_USAGE, "-numa: the memory of the nodes is not that of the machine");
            error_hint(err, "mem= are multiples of 256M, not 0 for node 0, and %llu MiB together",
                       (unsigned long long)(ram_size / MIB));
            return false;
        }
    return true;
}

/* What was said for one direction holds for the other; but both have to agree. */
static bool settle_distances(struct numa_config *numa, struct error *err)
{
    for (unsigned a = 0; a < numa->n_nodes; a++)
        for (unsigned b = 0; b < numa->n_nodes; b++) {
            uint8_t *there = &numa->distance[a][b], *back = &numa->distance[b][a];

            if (!*there)
                *there = a == b ? HERE : *back ? *back : STANDARD_DISTANCE;
            if (*back && *back != *there) {
                error_set(err, ERROR_USAGE, "-numa dist: from node %u to %u is not as far as back", a, b);
                error_hint(err, "distances are the same in both directions");
                return false;
            }
        }
    return true;
}

bool nodes_settle(struct nodes *n, uint64_t ram_size, unsigned max_cpus, unsigned threads, unsigned cores_per_socket,
                  struct error *err)
{
    struct numa_config *numa = &n->numa;
    unsigned cores = max_cpus / (threads ? threads : 1);

    if (!numa->n_nodes)
        return true;
    for (unsigned core = 0; core < cores && core < NUMA_CORES; core++)
        numa->node_of_core[core] = (uint8_t)(core / cores_per_socket % numa->n_nodes);
    for (unsigned i = 0; i < numa->n_nodes; i++) {
        if (!n->has_cpus[i])
            continue;
        if (n->last_cpu[i] >= max_cpus)
            return error_set(err, ERROR_USAGE, "-numa cpus: there is no processor %u", n->last_cpu[i]);
        for (unsigned cpu = n->first_cpu[i]; cpu <= n->last_cpu[i]; cpu++)
            numa->node_of_core[cpu / threads] = (uint8_t)i;
    }
    for (unsigned i = 0; i < n->n_cores; i++) {
        if (n->cores[i].core >= max_cpus)
            return error_set(err, ERROR_USAGE, "-numa cpu: there is no core %u", n->cores[i].core);
        numa->node_of_core[n->cores[i].core / threads] = n->cores[i].node;
    }
    return settle_memory(numa, ram_size, err) && settle_distances(numa, err);
}
