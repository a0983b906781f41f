/* Memory modules; see dimms.h. [LoPAR, Dynamic Reconfiguration of Memory] */
#include "papr/dimms.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "papr/numa.h"

#define AREA_ALIGNMENT UINT64_C(0x40000000)
enum { MOST_DIMMS = 256 };

struct dimm;

/* A block: what its connector has as device. */
struct lmb {
    struct dimms *dimms;
    struct dimm *dimm; /* NULL: empty */
    bool is_reserved;  /* somebody else has it */
    gpa_t start;
};

struct dimm {
    bool is_plugged;
    gpa_t start;
    uint64_t size;
    unsigned node;
    uint64_t blocks_left; /* that were not given back */
    bool kept_told;       /* that the guest wants to keep it, since it was asked */
};

struct dimms {
    struct platform *platform;
    gpa_t start, end;
    struct lmb *lmbs; /* of the whole area */
    struct dimm dimms[MOST_DIMMS];
    const struct dimms_listener *listener;
    void *opaque;
};

gpa_t dimms_area_end(const struct platform_config *config)
{
    if (config->maxram_size <= config->ram_size)
        return 0;
    return align_up(config->ram_size, AREA_ALIGNMENT) + (config->maxram_size - config->ram_size);
}

gpa_t dimms_area_start(const struct platform_config *config)
{
    return config->maxram_size <= config->ram_size ? 0 : align_up(config->ram_size, AREA_ALIGNMENT);
}

struct dimms *dimms_new(struct platform *p, struct error *err)
{
    struct dimms *x = calloc(1, sizeof *x);

    if (!x)
        goto no_memory;
    x->platform = p;
    x->start = dimms_area_start(p->config);
    x->end = dimms_area_end(p->config);
    x->lmbs = calloc(((x->end - x->start) >> LMB_SHIFT) + 1, sizeof *x->lmbs);
    if (!x->lmbs)
        goto no_memory;
    for (gpa_t at = x->start; at < x->end; at += LMB_SIZE) {
        x->lmbs[(at - x->start) >> LMB_SHIFT] = (struct lmb){ .dimms = x, .start = at };
        if (!connector_new(p->connectors, connector_index(CONNECTOR_LMB, (uint32_t)(at >> LMB_SHIFT)), "/", err)) {
            dimms_free(x);
            return NULL;
        }
    }
    p->dimms = x;
    return x;
no_memory:
    error_set(err, ERROR_RESOURCE, "out of memory for memory modules");
    free(x);
    return NULL;
}

void dimms_free(struct dimms *x)
{
    if (!x)
        return;
    x->platform->dimms = NULL;
    free(x->lmbs);
    free(x);
}

void dimms_listen(struct dimms *x, const struct dimms_listener *listener, void *opaque)
{
    x->listener = listener;
    x->opaque = opaque;
}

static uint32_t index_of(gpa_t address)
{
    return connector_index(CONNECTOR_LMB, (uint32_t)(address >> LMB_SHIFT));
}

static struct lmb *lmb_at(const struct dimms *x, gpa_t address)
{
    return address >= x->start && address < x->end ? &x->lmbs[(address - x->start) >> LMB_SHIFT] : NULL;
}

/* ---- what the connectors ask ---- */

static void write_node(void *device, struct tree *t, char *path, size_t size)
{
    const struct lmb *lmb = device;
    const struct platform *p = lmb->dimms->platform;
    const uint32_t reg[] = { (uint32_t)(lmb->start >> 32), (uint32_t)lmb->start, (uint32_t)(LMB_SIZE >> 32),
                             (uint32_t)LMB_SIZE };
    uint32_t list[NUMA_LIST_MAX];

    snprintf(path, size, "/memory@%" PRIx64, lmb->start);
    tree_node(t, "%s", path);
    tree_string(t, path, "device_type", "memory");
    tree_cells(t, path, "reg", reg, ARRAY_SIZE(reg));
    tree_cells(t, path, "ibm,associativity", list, numa_memory_list(p, lmb->dimm->node, list));
    tree_u32(t, path, "ibm,my-drc-index", index_of(lmb->start));
}

static void released(void *device)
{
    struct lmb *lmb = device;
    struct dimms *x = lmb->dimms;
    struct dimm *dimm = lmb->dimm;

    lmb->dimm = NULL;
    mem_release(x->platform->mem, lmb->start, LMB_SIZE);
    if (--dimm->blocks_left)
        return;
    dimm->is_plugged = false;
    if (x->listener)
        x->listener->gone(x->opaque, dimm->start, dimm->size);
}

/* The guest wants one block back: the rest of the module stays, too. */
static void refused(void *device)
{
    const struct lmb *lmb = device;
    struct dimms *x = lmb->dimms;
    struct dimm *dimm = lmb->dimm;

    if (dimm->kept_told)
        return;
    dimm->kept_told = true;
    if (x->listener)
        x->listener->kept(x->opaque, dimm->start, dimm->size);
}

static const struct connector_ops lmb_ops = { write_node, released, refused };

/* ---- plugging ---- */

static bool is_free(const struct dimms *x, gpa_t start, uint64_t size)
{
    if (start < x->start || start > x->end || size > x->end - start)
        return false;
    for (gpa_t at = start; at < start + size; at += LMB_SIZE)
        if (lmb_at(x, at)->dimm || lmb_at(x, at)->is_reserved)
            return false;
    return true;
}

static bool find_room(const struct dimms *x, uint64_t size, gpa_t *start)
{
    for (gpa_t at = x->start; at < x->end; at += LMB_SIZE)
        if (is_free(x, at, size)) {
            *start = at;
            return true;
        }
    return false;
}

static bool check(const struct dimms *x, gpa_t *start, uint64_t size, unsigned node, struct error *err)
{
    bool anywhere = *start == UINT64_MAX;

    if (!size || size % LMB_SIZE || (!anywhere && *start % LMB_SIZE)) {
        error_set(err, ERROR_USAGE, "memory module of %" PRIu64 " MiB: not a multiple of 256 MiB", size >> 20);
        error_hint(err, "size and address are multiples of 256 MiB");
        return false;
    }
    if (node >= numa_nodes(x->platform))
        return error_set(err, ERROR_USAGE, "memory module: there is no node %u", node);
    if (anywhere ? find_room(x, size, start) : is_free(x, *start, size))
        return true;
    error_set(err, ERROR_RESOURCE, "memory module of %" PRIu64 " MiB: no room for it", size >> 20);
    error_hint(err, "memory can be added up to -m maxmem=SIZE");
    return false;
}

bool dimms_plug(struct dimms *x, gpa_t *start, uint64_t size, unsigned node, bool running, struct error *err)
{
    struct dimm *dimm = x->dimms;

    if (!check(x, start, size, node, err))
        return false;
    while (dimm < x->dimms + MOST_DIMMS && dimm->is_plugged)
        dimm++;
    if (dimm == x->dimms + MOST_DIMMS)
        return error_set(err, ERROR_RESOURCE, "memory module: all %d slots are taken", MOST_DIMMS);
    *dimm = (struct dimm){ .is_plugged = true, .start = *start, .size = size, .node = node,
                           .blocks_left = size >> LMB_SHIFT };
    for (gpa_t at = *start; at < *start + size; at += LMB_SIZE) {
        struct lmb *lmb = lmb_at(x, at);

        lmb->dimm = dimm;
        connector_attach(x->platform->connectors, index_of(at), &lmb_ops, lmb, !running);
    }
    if (running && x->platform->events &&
        !events_hotplug_row(x->platform->events, HOTPLUG_MEMORY, HOTPLUG_ADD, (uint32_t)(size >> LMB_SHIFT),
                            index_of(*start))) {
        /* The guest never had it: it goes at once. */
        for (gpa_t at = *start; at < *start + size; at += LMB_SIZE)
            connector_request_unplug(x->platform->connectors, index_of(at));
        return error_set(err, ERROR_RESOURCE, "memory module: too many events wait for the guest");
    }
    return true;
}

bool dimms_reserve(struct dimms *x, gpa_t *start, uint64_t size, unsigned node, struct error *err)
{
    if (!check(x, start, size, node, err))
        return false;
    for (gpa_t at = *start; at < *start + size; at += LMB_SIZE)
        lmb_at(x, at)->is_reserved = true;
    return true;
}

bool dimms_unplug(struct dimms *x, gpa_t start, struct error *err)
{
    struct lmb *first = lmb_at(x, start);
    struct dimm *dimm = first ? first->dimm : NULL;
    gpa_t end;
    bool must_tell = false;

    if (!dimm || dimm->start != start)
        return error_set(err, ERROR_USAGE, "there is no memory module at %#" PRIx64, start);
    dimm->kept_told = false;
    end = start + dimm->size;
    for (gpa_t at = start; at < end; at += LMB_SIZE)
        must_tell |= connector_request_unplug(x->platform->connectors, index_of(at));
    if (must_tell && x->platform->events &&
        !events_hotplug_row(x->platform->events, HOTPLUG_MEMORY, HOTPLUG_REMOVE, (uint32_t)((end - start) >> LMB_SHIFT),
                            index_of(start)))
        return error_set(err, ERROR_RESOURCE, "memory module: too many events wait for the guest");
    return true;
}

bool dimms_block(const struct dimms *x, gpa_t address, unsigned *node)
{
    const struct lmb *lmb = lmb_at(x, address);

    if (!lmb || !lmb->dimm)
        return false;
    *node = lmb->dimm->node;
    return true;
}

uint64_t dimms_plugged(const struct dimms *x)
{
    uint64_t plugged = 0;

    for (size_t i = 0; i < MOST_DIMMS; i++)
        plugged += x->dimms[i].is_plugged ? x->dimms[i].blocks_left << LMB_SHIFT : 0;
    return plugged;
}
