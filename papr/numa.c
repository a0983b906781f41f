/* Affinity lists; see numa.h.
 *
 * Form 1 names a node by four domains, each within the one before: nodes that share more of them are nearer. With one
 * node, or where the distances do not count, only the last differs from 0. Form 2 names a node by its number, and
 * distances stand in a table. */
#include "papr/numa.h"

#include <stdlib.h>
#include <string.h>

#include "papr/cas.h"

enum { LOCAL_DISTANCE = 10, DOMAINS = 4 };

static bool is_form2(const struct platform *p)
{
    return ov5_has(p->negotiated.ov5, OV5_FORM2_AFFINITY);
}

unsigned numa_nodes(const struct platform *p)
{
    const struct numa_config *numa = p->config->numa;

    return numa && numa->n_nodes > 1 ? numa->n_nodes : 1;
}

static unsigned distance(const struct platform *p, unsigned a, unsigned b)
{
    return numa_nodes(p) > 1 ? p->config->numa->distance[a][b] : LOCAL_DISTANCE;
}

/* How many of the four domains two nodes at that distance have in common. */
static unsigned common_domains(unsigned distance)
{
    static const unsigned farthest[DOMAINS] = { 120, 60, 30, 10 }; /* that share 1, 2, 3, 4 */

    for (unsigned shared = DOMAINS; shared > 0; shared--)
        if (distance <= farthest[shared - 1])
            return shared;
    return 0;
}

/* The domains of all nodes. A node begins with its own number in each and takes over those that it shares with nodes
 * before it, the outermost first. */
static void find_domains(const struct platform *p, uint32_t domains[NUMA_NODES][DOMAINS])
{
    unsigned n = numa_nodes(p);

    memset(domains, 0, NUMA_NODES * sizeof domains[0]);
    for (unsigned i = 0; i < n; i++)
        domains[i][DOMAINS - 1] = i;
    if (n == 1 || !p->config->form1_from_distances)
        return;
    for (unsigned i = 0; i < n; i++)
        for (unsigned level = 0; level < DOMAINS - 1; level++)
            domains[i][level] = i;
    for (unsigned from = 0; from < n; from++)
        for (unsigned to = from + 1; to < n; to++)
            for (unsigned level = common_domains(distance(p, from, to)); level > 0; level--)
                domains[to][level - 1] = domains[from][level - 1];
}

unsigned numa_memory_list(const struct platform *p, unsigned node, uint32_t list[NUMA_LIST_MAX])
{
    uint32_t domains[NUMA_NODES][DOMAINS];

    memset(list, 0, NUMA_LIST_MAX * sizeof list[0]);
    if (is_form2(p)) {
        list[0] = 1;
        list[1] = node;
        return 2;
    }
    find_domains(p, domains);
    list[0] = DOMAINS;
    memcpy(list + 1, domains[node], sizeof domains[node]);
    return 1 + DOMAINS;
}

unsigned numa_node_of_core(const struct platform *p, unsigned core)
{
    return numa_nodes(p) > 1 && core < NUMA_CORES ? p->config->numa->node_of_core[core] : 0;
}

unsigned numa_vcpu_list(const struct platform *p, unsigned vcpu_id, uint32_t list[NUMA_LIST_MAX])
{
    unsigned core = vcpu_id / (p->config->vsmt ? p->config->vsmt : 1);
    unsigned used = numa_memory_list(p, numa_node_of_core(p, core), list);

    list[used] = vcpu_id;
    list[0]++;
    return used + 1;
}

void numa_write_lookup_arrays(const struct platform *p, struct tree *t, const char *path)
{
    uint32_t arrays[2 + NUMA_NODES * NUMA_LIST_MAX]; /* lists, cells of each, and those */
    unsigned n = numa_nodes(p), length = 0, used = 2;

    for (unsigned node = 0; node < n; node++) {
        uint32_t list[NUMA_LIST_MAX];

        length = numa_memory_list(p, node, list) - 1;
        memcpy(arrays + used, list + 1, length * sizeof list[0]);
        used += length;
    }
    arrays[0] = n;
    arrays[1] = length;
    tree_cells(t, path, "ibm,associativity-lookup-arrays", arrays, used);
}

static void write_form2(const struct platform *p, struct tree *t)
{
    unsigned n = numa_nodes(p);
    const uint32_t domains[] = { 1, n };
    uint32_t index[1 + NUMA_NODES] = { n };
    uint8_t distances[4 + NUMA_NODES * NUMA_NODES], *at = distances + 4;

    st_be32(distances, n * n);
    for (unsigned a = 0; a < n; a++) {
        index[1 + a] = a;
        for (unsigned b = 0; b < n; b++)
            *at++ = (uint8_t)distance(p, a, b);
    }
    tree_u32(t, "/rtas", "ibm,associativity-reference-points", 1);
    tree_cells(t, "/rtas", "ibm,max-associativity-domains", domains, ARRAY_SIZE(domains));
    tree_cells(t, "/rtas", "ibm,numa-lookup-index-table", index, 1 + n);
    tree_bytes(t, "/rtas", "ibm,numa-distance-table", distances, (size_t)(at - distances));
}

static void write_form1(const struct platform *p, struct tree *t)
{
    unsigned n = numa_nodes(p);
    bool is_deep = n > 1 && p->config->form1_from_distances;
    /* The flat form: of the outer domains there is one, 0, which with one node nobody counts. */
    uint32_t outer = n > 1;
    const uint32_t points[] = { 4, 4, 2 }, deep_points[] = { 4, 3, 2, 1 };
    const uint32_t domains[] = { 4, outer, outer, outer, n }, deep_domains[] = { 4, n, n, n, n };

    tree_cells(t, "/rtas", "ibm,associativity-reference-points", is_deep ? deep_points : points,
               is_deep                            ? ARRAY_SIZE(deep_points)
               : p->config->form1_has_two_points ? 2
                                                  : ARRAY_SIZE(points));
    tree_cells(t, "/rtas", "ibm,max-associativity-domains", is_deep ? deep_domains : domains, ARRAY_SIZE(domains));
}

void numa_write_rtas(const struct platform *p, struct tree *t)
{
    if (is_form2(p))
        write_form2(p, t);
    else
        write_form1(p, t);
}
