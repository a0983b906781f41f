/* The /cpus nodes: one a core. [LoPAR, appendix PAPR Binding; its values are what guests of other
 * emulators and hypervisors find]
 *
 * Left out: caches beyond the first level. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpu-ppc64/mmu/hpt.h"
#include "papr/compat.h"
#include "papr/connectors.h"
#include "papr/numa.h"
#include "papr/page-table.h"
#include "papr/processors-internal.h"

enum {
    CACHE_LINE_BYTES = 128,
    CACHE_BYTES = 0x8000,
    CLOCK_HZ = 1000000000,
    LARGE_DECREMENTER_BITS = 56,
    MAX_THREADS = 8,
    MAX_PA_FEATURES = 128,
    PA_HEADER_BYTES = 2,
    PA_TRANSACTIONAL_MEMORY = 22,
    PA_RADIX = 40,
    PA_DAWR1 = 64,
};

/* Segments of each base page size with the pages that may lie in them: those of the base size and of 16 MiB,
 * up to the largest that the machine has. */
static void write_segment_page_sizes(struct tree *t, const char *path, unsigned max_shift)
{
    const struct hpt_page_size *size;
    uint32_t cells[32];
    unsigned n = 0, counted = 0;

    for (size_t i = 0; (size = hpt_page_size_at(i)) && n + 5 <= ARRAY_SIZE(cells); i++) {
        if (size->shift > max_shift || (size->shift != size->base_shift && size->shift != 24))
            continue;
        if (size->shift == size->base_shift) {
            cells[n++] = size->base_shift;
            cells[n++] = size->segment;
            counted = n;
            cells[n++] = 0;
        }
        cells[counted]++;
        cells[n++] = size->shift;
        cells[n++] = size->encoding;
    }
    tree_cells(t, path, "ibm,segment-page-sizes", cells, n);
}

static void write_page_sizes(struct tree *t, const char *path, const struct platform_config *config)
{
    const uint32_t segments[] = { 28, 40, UINT32_MAX, UINT32_MAX };
    /* Encoding in the top three bits, page shift below: 4 KiB, 64 KiB, 2 MiB, 1 GiB. */
    const uint32_t radix[] = { 0U << 29 | 12, 5U << 29 | 16, 1U << 29 | 21, 2U << 29 | 30 };

    tree_cells(t, path, "ibm,processor-segment-sizes", segments, ARRAY_SIZE(segments));
    write_segment_page_sizes(t, path, config->hpt_max_page_shift);
    if (config->model->has_radix)
        tree_cells(t, path, "ibm,processor-radix-AP-encodings", radix, ARRAY_SIZE(radix));
}

/* Those of the mode that the guest is held to. */
static void write_pa_features(const struct platform *p, struct tree *t, const char *path)
{
    enum cpu_isa_level level = compat_level(p->config->model, p->negotiated.compat_pvr);
    uint8_t features[MAX_PA_FEATURES];
    size_t size;
    const uint8_t *bytes = cpu_pa_features(level, &size);

    if (size > sizeof features)
        size = sizeof features;
    memcpy(features, bytes, size);
    if (p->config->cap_htm && size > PA_HEADER_BYTES + PA_TRANSACTIONAL_MEMORY)
        features[PA_HEADER_BYTES + PA_TRANSACTIONAL_MEMORY] |= 0x80;
    if (processors_have_dawr1(p->processors) && level >= CPU_ISA_3_1)
        features[PA_HEADER_BYTES + PA_DAWR1] |= 0x80;
    /* A guest that does not know ISA 3.0 would take the bit for something else. */
    if (p->negotiated.cas_done && !p->negotiated.knows_isa_3_0 && size > PA_HEADER_BYTES + PA_RADIX)
        features[PA_HEADER_BYTES + PA_RADIX] &= 0x7f;
    tree_bytes(t, path, "ibm,pa-features", features, size);
}

/* One attribute byte: none of its bits set. */
static const uint8_t pi_features[] = { 1, 0, 0x00 };

static void write_threads(const struct platform *p, struct tree *t, const char *path, uint32_t id)
{
    unsigned most = compat_max_threads(p->negotiated.compat_pvr);
    unsigned threads = p->config->threads < most ? p->config->threads : most;
    uint32_t servers[MAX_THREADS], groups[2 * MAX_THREADS];

    if (threads > MAX_THREADS)
        threads = MAX_THREADS;
    for (unsigned i = 0; i < threads; i++) {
        servers[i] = groups[2 * i] = id + i;
        groups[2 * i + 1] = 0;
    }
    tree_cells(t, path, "ibm,ppc-interrupt-server#s", servers, threads);
    tree_cells(t, path, "ibm,ppc-interrupt-gserver#s", groups, 2 * threads);
}

static void write_caches(struct tree *t, const char *path)
{
    tree_u32(t, path, "d-cache-block-size", CACHE_LINE_BYTES);
    tree_u32(t, path, "d-cache-line-size", CACHE_LINE_BYTES);
    tree_u32(t, path, "i-cache-block-size", CACHE_LINE_BYTES);
    tree_u32(t, path, "i-cache-line-size", CACHE_LINE_BYTES);
    tree_u32(t, path, "d-cache-size", CACHE_BYTES);
    tree_u32(t, path, "i-cache-size", CACHE_BYTES);
}

/* Virtual page class keys of the hash MMU for data (AMR) and for instructions (IAMR). */
static const uint32_t storage_keys[] = { 32, 32 };

static uint32_t chip_of(const struct platform_config *config, uint32_t id)
{
    return config->cores_per_chip ? id / config->vsmt / config->cores_per_chip : 0;
}

void processors_write_core(const struct platform *p, struct tree *t, const char *parent, uint32_t id, char *path,
                           size_t size)
{
    const struct platform_config *config = p->config;
    const struct cpu_model *model = config->model;
    const uint32_t pft_size[] = { 0, p->hpt_shift };

    snprintf(path, size, "%s/%s@%x", parent, model->of_name, id);
    tree_node(t, "%s", path);
    tree_u32(t, path, "reg", id);
    tree_string(t, path, "device_type", "cpu");
    tree_string(t, path, "status", "okay");
    tree_empty(t, path, "64-bit");
    tree_u32(t, path, "ibm,my-drc-index", connector_index(CONNECTOR_CPU, id));
    tree_u32(t, path, "cpu-version", compat_shown_pvr(model, p->negotiated.compat_pvr));
    write_caches(t, path);
    tree_u32(t, path, "timebase-frequency", TIMEBASE_HZ);
    tree_u32(t, path, "clock-frequency", CLOCK_HZ);
    tree_u32(t, path, "slb-size", SLB_ENTRIES);
    tree_u32(t, path, "ibm,slb-size", SLB_ENTRIES);
    tree_u32(t, path, "ibm,purr", 1);
    tree_u32(t, path, "ibm,spurr", 1);
    tree_u32(t, path, "ibm,vmx", config->cap_vsx ? 2 : 1);
    if (config->cap_dfp)
        tree_u32(t, path, "ibm,dfp", 1);
    if (model->level >= CPU_ISA_2_07)
        tree_cells(t, path, "ibm,processor-storage-keys", storage_keys, ARRAY_SIZE(storage_keys));
    write_page_sizes(t, path, config);
    write_pa_features(p, t, path);
    tree_bytes(t, path, "ibm,pi-features", pi_features, sizeof pi_features);
    tree_u32(t, path, "ibm,chip-id", chip_of(config, id));
    if (numa_nodes(p) > 1) {
        uint32_t list[NUMA_LIST_MAX];

        tree_cells(t, path, "ibm,associativity", list, numa_vcpu_list(p, id, list));
    }
    tree_cells(t, path, "ibm,pft-size", pft_size, ARRAY_SIZE(pft_size));
    write_threads(p, t, path, id);
    if (config->cap_large_decr && model->level >= CPU_ISA_3_0)
        tree_u32(t, path, "ibm,dec-bits", LARGE_DECREMENTER_BITS);
}

void processors_write_tree(void *self, struct tree *t, enum tree_stage stage)
{
    const struct platform *p = ((struct processors *)self)->platform;
    unsigned threads = p->config->threads;
    const struct vcpu *v;
    char path[64];

    (void)stage;
    tree_node(t, "/cpus");
    tree_u32(t, "/cpus", "#address-cells", 1);
    tree_u32(t, "/cpus", "#size-cells", 0);
    /* Nodes stand in the reverse order of writing: processor 0 comes to be first. */
    for (unsigned core = accel_limit(p->accel) / threads; core-- > 0;)
        if ((v = accel_at(p->accel, core * threads)))
            processors_write_core(p, t, "/cpus", v->id, path, sizeof path);
}
