/* The nodes of memory: what is there at boot, and, for guests that can take more while they run, the
 * list of all logical memory blocks. [LoPAR, ibm,dynamic-reconfiguration-memory] */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "papr/cas.h"
#include "papr/dimms.h"
#include "papr/memory.h"
#include "papr/numa.h"

#define DYNAMIC_PATH "/ibm,dynamic-reconfiguration-memory"

enum { LMB_ASSIGNED = 0x8, LMB_DRC_INVALID = 0x20, LMB_RESERVED = 0x80, LMB_HOT_REMOVABLE = 0x100, NO_NODE = -1 };

static void write_block(const struct platform *p, struct tree *t, unsigned node, gpa_t start, uint64_t size)
{
    const uint32_t reg[] = { (uint32_t)(start >> 32), (uint32_t)start, (uint32_t)(size >> 32),
                             (uint32_t)size };
    uint32_t list[NUMA_LIST_MAX];
    char path[64];

    snprintf(path, sizeof path, "/memory@%" PRIx64, start);
    tree_node(t, "%s", path);
    tree_string(t, path, "device_type", "memory");
    tree_cells(t, path, "reg", reg, ARRAY_SIZE(reg));
    tree_cells(t, path, "ibm,associativity", list, numa_memory_list(p, node, list));
}

/* A node's memory in blocks of powers of two, each aligned to its size. */
static void write_blocks_of(const struct platform *p, struct tree *t, unsigned node, gpa_t start, gpa_t end)
{
    while (start < end) {
        uint64_t left = end - start;
        uint64_t size = UINT64_C(1) << (63 - __builtin_clzll(left));
        uint64_t alignment = start & -start;

        if (size > alignment)
            size = alignment;
        write_block(p, t, node, start, size);
        start += size;
    }
}

/* The real mode area, which is node 0's, then the rest node by node. */
static void write_blocks(const struct platform *p, struct tree *t)
{
    const struct platform_config *config = p->config;
    gpa_t start = 0;

    write_block(p, t, 0, 0, config->rma_size);
    for (unsigned node = 0; node < numa_nodes(p); node++) {
        gpa_t end = numa_nodes(p) > 1 ? start + config->numa->ram_size[node] : config->ram_size;

        write_blocks_of(p, t, node, node ? start : config->rma_size, end);
        start = end;
    }
}

/* A block of the list: of the memory at start (and of the gap behind it), plugged, or free. */
struct block {
    uint32_t drc, node, flags;
};

static struct block block_at(const struct platform *p, gpa_t address, bool is_v2)
{
    struct block b = { 0, (uint32_t)NO_NODE, LMB_RESERVED | LMB_DRC_INVALID };
    unsigned node;

    if (address < dimms_area_start(p->config))
        return b;
    b.drc = connector_index(CONNECTOR_LMB, (uint32_t)(address >> LMB_SHIFT));
    b.flags = 0;
    if (p->dimms && dimms_block(p->dimms, address, &node)) {
        b.node = node;
        b.flags = LMB_ASSIGNED | (is_v2 ? LMB_HOT_REMOVABLE : 0);
    }
    return b;
}

enum { SET_CELLS = 6 };

/* Sets of blocks in a row that are alike: count, address, connector of the first, list, flags. */
static size_t list_sets(const struct platform *p, uint32_t *cells)
{
    gpa_t end = dimms_area_end(p->config);
    uint32_t *last = NULL, *cell = cells + 1;
    uint32_t last_drc = 0;

    *cells = 0;
    for (gpa_t at = 0; at < end; at += LMB_SIZE) {
        struct block b = block_at(p, at, true);
        bool in_row = last && last[4] == b.node && last[5] == b.flags && (!b.drc || b.drc == last_drc + 1);

        last_drc = b.drc;
        if (in_row) {
            last[0]++;
            continue;
        }
        last = cell;
        *cell++ = 1;
        *cell++ = (uint32_t)(at >> 32);
        *cell++ = (uint32_t)at;
        *cell++ = b.drc;
        *cell++ = b.node;
        *cell++ = b.flags;
        (*cells)++;
    }
    return (size_t)(cell - cells);
}

/* The older form: each block for itself. */
static size_t list_blocks(const struct platform *p, uint32_t *cells)
{
    gpa_t end = dimms_area_end(p->config);
    uint32_t *cell = cells;

    *cell++ = (uint32_t)(end >> LMB_SHIFT);
    for (gpa_t at = 0; at < end; at += LMB_SIZE) {
        struct block b = block_at(p, at, false);

        *cell++ = (uint32_t)(at >> 32);
        *cell++ = (uint32_t)at;
        *cell++ = b.drc;
        *cell++ = 0;
        *cell++ = b.node;
        *cell++ = b.flags;
    }
    return (size_t)(cell - cells);
}

static void write_dynamic(const struct platform *p, struct tree *t)
{
    const uint32_t lmb_size[] = { (uint32_t)(LMB_SIZE >> 32), (uint32_t)LMB_SIZE };
    bool is_v2 = ov5_has(p->negotiated.ov5, OV5_DRMEM_V2);
    uint32_t *cells = calloc(1 + SET_CELLS * (dimms_area_end(p->config) >> LMB_SHIFT), sizeof cells[0]);

    if (!cells) {
        tree_fail(t, DYNAMIC_PATH);
        return;
    }
    tree_node(t, DYNAMIC_PATH);
    tree_cells(t, DYNAMIC_PATH, "ibm,lmb-size", lmb_size, ARRAY_SIZE(lmb_size));
    tree_u32(t, DYNAMIC_PATH, "ibm,memory-flags-mask", 0xff);
    tree_u32(t, DYNAMIC_PATH, "ibm,memory-preservation-time", 0);
    numa_write_lookup_arrays(p, t, DYNAMIC_PATH);
    if (is_v2)
        tree_cells(t, DYNAMIC_PATH, "ibm,dynamic-memory-v2", cells, list_sets(p, cells));
    else
        tree_cells(t, DYNAMIC_PATH, "ibm,dynamic-memory", cells, list_blocks(p, cells));
    free(cells);
}

/* Of persistent memory: its parent is in every tree, modules are persistent-memory.c's. */
static void write_persistent(struct tree *t)
{
    tree_node(t, "/ibm,persistent-memory");
    tree_string(t, "/ibm,persistent-memory", "device_type", "ibm,persistent-memory");
    tree_u32(t, "/ibm,persistent-memory", "#address-cells", 1);
    tree_u32(t, "/ibm,persistent-memory", "#size-cells", 0);
}

void memory_write_tree(void *self, struct tree *t, enum tree_stage stage)
{
    const struct platform *p = self;

    write_blocks(p, t);
    if (stage == TREE_AFTER_CAS && ov5_has(p->negotiated.ov5, OV5_DYNAMIC_MEMORY) &&
        p->config->maxram_size > p->config->ram_size)
        write_dynamic(p, t);
    write_persistent(t);
}
