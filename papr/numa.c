/* Affinity lists; see numa.h.
 *
 * Form 1 names a node by four domains, of which a single node has only the last. Form 2 names it by its
 * number, and distances stand in a table. Left out: machines with more than one node. */
#include "papr/numa.h"

#include <string.h>

#include "papr/cas.h"

enum { LOCAL_DISTANCE = 10 };

static bool is_form2(const struct platform *p)
{
    return ov5_has(p->negotiated.ov5, OV5_FORM2_AFFINITY);
}

unsigned numa_memory_list(const struct platform *p, uint32_t list[NUMA_LIST_MAX])
{
    unsigned length = is_form2(p) ? 1 : 4;

    memset(list, 0, NUMA_LIST_MAX * sizeof list[0]);
    list[0] = length;
    return 1 + length;
}

unsigned numa_vcpu_list(const struct platform *p, unsigned vcpu_id, uint32_t list[NUMA_LIST_MAX])
{
    unsigned used = numa_memory_list(p, list);

    list[used] = vcpu_id;
    list[0]++;
    return used + 1;
}

void numa_write_lookup_arrays(const struct platform *p, struct tree *t, const char *path)
{
    uint32_t arrays[1 + NUMA_LIST_MAX] = { 1 }; /* one list; then its length and the list */
    unsigned used = numa_memory_list(p, arrays + 1);

    tree_cells(t, path, "ibm,associativity-lookup-arrays", arrays, 1 + used);
}

void numa_write_rtas(const struct platform *p, struct tree *t)
{
    if (is_form2(p)) {
        const uint32_t domains[] = { 1, 1 }, index[] = { 1, 0 };
        const uint8_t distances[] = { 0, 0, 0, 1, LOCAL_DISTANCE };

        tree_u32(t, "/rtas", "ibm,associativity-reference-points", 1);
        tree_cells(t, "/rtas", "ibm,max-associativity-domains", domains, ARRAY_SIZE(domains));
        tree_cells(t, "/rtas", "ibm,numa-lookup-index-table", index, ARRAY_SIZE(index));
        tree_bytes(t, "/rtas", "ibm,numa-distance-table", distances, sizeof distances);
    } else {
        const uint32_t points[] = { 4, 4, 2 }, domains[] = { 4, 0, 0, 0, 1 };

        tree_cells(t, "/rtas", "ibm,associativity-reference-points", points, ARRAY_SIZE(points));
        tree_cells(t, "/rtas", "ibm,max-associativity-domains", domains, ARRAY_SIZE(domains));
    }
}
