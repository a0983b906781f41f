/* The nodes of memory: what is there at boot, and, for guests that can take more while they run, the
 * list of all logical memory blocks. [LoPAR, ibm,dynamic-reconfiguration-memory] */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "papr/cas.h"
#include "papr/memory.h"
#include "papr/numa.h"

#define LMB_SIZE UINT64_C(0x10000000)
#define HOTPLUG_ALIGNMENT UINT64_C(0x40000000)
#define DYNAMIC_PATH "/ibm,dynamic-reconfiguration-memory"

enum { LMB_SHIFT = 28, LMB_RESERVED = 0x80, LMB_DRC_INVALID = 0x20, NO_NODE = -1 };
#define DRC_LMB UINT32_C(0x80000000)

static void write_block(const struct platform *p, struct tree *t, gpa_t start, uint64_t size)
{
    const uint32_t reg[] = { (uint32_t)(start >> 32), (uint32_t)start, (uint32_t)(size >> 32),
                             (uint32_t)size };
    uint32_t list[NUMA_LIST_MAX];
    char path[64];

    snprintf(path, sizeof path, "/memory@%" PRIx64, start);
    tree_node(t, "%s", path);
    tree_string(t, path, "device_type", "memory");
    tree_cells(t, path, "reg", reg, ARRAY_SIZE(reg));
    tree_cells(t, path, "ibm,associativity", list, numa_memory_list(p, list));
}

/* The real mode area, then blocks of powers of two, each aligned to its size. */
static void write_blocks(const struct platform *p, struct tree *t)
{
    uint64_t start = p->config->rma_size;

    write_block(p, t, 0, p->config->rma_size);
    while (start < p->config->ram_size) {
        uint64_t left = p->config->ram_size - start;
        uint64_t size = UINT64_C(1) << (63 - __builtin_clzll(left));
        uint64_t alignment = start & -start;

        if (size > alignment)
            size = alignment;
        write_block(p, t, start, size);
        start += size;
    }
}

/* Sets of blocks in a row that are alike: count, address, connector of the first, list, flags. */
static void write_lmb_sets(struct tree *t, uint64_t boot_blocks, uint64_t free_blocks)
{
    gpa_t start = boot_blocks << LMB_SHIFT;
    const uint32_t sets[] = {
        2,
        (uint32_t)boot_blocks, 0, 0, 0, (uint32_t)NO_NODE, LMB_RESERVED | LMB_DRC_INVALID,
        (uint32_t)free_blocks, (uint32_t)(start >> 32), (uint32_t)start,
        DRC_LMB | (uint32_t)boot_blocks, (uint32_t)NO_NODE, 0,
    };

    tree_cells(t, DYNAMIC_PATH, "ibm,dynamic-memory-v2", sets, ARRAY_SIZE(sets));
}

/* The older form: each block for itself. */
static void write_lmbs(struct tree *t, uint64_t boot_blocks, uint64_t free_blocks)
{
    uint64_t count = boot_blocks + free_blocks;
    const size_t cells_of_one = 6, n = 1 + count * cells_of_one;
    uint32_t *cells = calloc(n, sizeof cells[0]), *cell = cells;

    if (!cells) {
        tree_fail(t, DYNAMIC_PATH);
        return;
    }
    *cell++ = (uint32_t)count;
    for (uint64_t i = 0; i < count; i++) {
        bool is_boot = i < boot_blocks;
        gpa_t start = i << LMB_SHIFT;

        *cell++ = (uint32_t)(start >> 32);
        *cell++ = (uint32_t)start;
        *cell++ = is_boot ? 0 : DRC_LMB | (uint32_t)i;
        *cell++ = 0;
        *cell++ = (uint32_t)NO_NODE;
        *cell++ = is_boot ? LMB_RESERVED | LMB_DRC_INVALID : 0;
    }
    tree_cells(t, DYNAMIC_PATH, "ibm,dynamic-memory", cells, n);
    free(cells);
}

static void write_dynamic(const struct platform *p, struct tree *t)
{
    const struct platform_config *config = p->config;
    const uint32_t lmb_size[] = { (uint32_t)(LMB_SIZE >> 32), (uint32_t)LMB_SIZE };
    uint64_t boot_blocks = align_up(config->ram_size, HOTPLUG_ALIGNMENT) >> LMB_SHIFT;
    uint64_t free_blocks = (config->maxram_size - config->ram_size) >> LMB_SHIFT;

    tree_node(t, DYNAMIC_PATH);
    tree_cells(t, DYNAMIC_PATH, "ibm,lmb-size", lmb_size, ARRAY_SIZE(lmb_size));
    tree_u32(t, DYNAMIC_PATH, "ibm,memory-flags-mask", 0xff);
    tree_u32(t, DYNAMIC_PATH, "ibm,memory-preservation-time", 0);
    numa_write_lookup_arrays(p, t, DYNAMIC_PATH);
    if (ov5_has(p->negotiated.ov5, OV5_DRMEM_V2))
        write_lmb_sets(t, boot_blocks, free_blocks);
    else
        write_lmbs(t, boot_blocks, free_blocks);
}

/* There is no persistent memory yet, but its parent is in every tree. */
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
