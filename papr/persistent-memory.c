/* Persistent memory; see persistent-memory.h. The calls are in [LoPAR, Storage Class Memory]; Linux' papr_hcalls tells
 * the same. No call is ever left half done here, so that there is no continue token but 0. */
#include "papr/persistent-memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "papr/numa.h"

#define PARENT "/ibm,persistent-memory"

struct slot {
    struct persistent_memory *memory;
    uint32_t index;
    bool is_taken;
    struct pmem_module module;
};

struct persistent_memory {
    struct platform *platform;
    unsigned n;
    struct slot slots[];
};

struct persistent_memory *persistent_memory_new(struct platform *p, struct error *err)
{
    unsigned n = p->config->pmem_slots;
    struct persistent_memory *x = calloc(1, sizeof *x + n * sizeof x->slots[0]);

    if (!x) {
        error_set(err, ERROR_RESOURCE, "out of memory for persistent memory");
        return NULL;
    }
    x->platform = p;
    x->n = n;
    for (unsigned i = 0; i < n; i++) {
        x->slots[i].memory = x;
        x->slots[i].index = connector_index(CONNECTOR_PMEM, i);
        if (!connector_new(p->connectors, x->slots[i].index, "/", err)) {
            persistent_memory_free(x);
            return NULL;
        }
    }
    return x;
}

void persistent_memory_free(struct persistent_memory *x)
{
    free(x);
}

/* ---- the tree ---- */

static void write_module(const struct slot *s, struct tree *t, const char *path)
{
    const struct pmem_module *m = &s->module;
    uint32_t list[NUMA_LIST_MAX];
    const uint64_t blocks = m->size >> LMB_SHIFT;

    tree_node(t, "%s", path);
    tree_u32(t, path, "reg", s->index);
    tree_string(t, path, "compatible", "ibm,pmemory");
    tree_string(t, path, "device_type", "ibm,pmemory");
    tree_cells(t, path, "ibm,associativity", list, numa_memory_list(s->memory->platform, m->node, list));
    tree_string(t, path, "ibm,unit-guid", m->uuid);
    tree_u32(t, path, "ibm,my-drc-index", s->index);
    tree_cells(t, path, "ibm,block-size", (const uint32_t[]){ (uint32_t)(LMB_SIZE >> 32), (uint32_t)LMB_SIZE }, 2);
    tree_cells(t, path, "ibm,number-of-blocks", (const uint32_t[]){ (uint32_t)(blocks >> 32), (uint32_t)blocks }, 2);
    tree_u32(t, path, "ibm,metadata-size", (uint32_t)m->labels_size);
    tree_string(t, path, "ibm,pmem-application", "operating-system");
    tree_bytes(t, path, "ibm,cache-flush-required", NULL, 0);
    if (m->takes_flush)
        tree_bytes(t, path, "ibm,hcall-flush-required", NULL, 0);
}

/* For a guest that configures the connector: a tree with nothing else in it. */
static void write_node(void *device, struct tree *t, char *path, size_t size)
{
    const struct slot *s = device;

    snprintf(path, size, "/ibm,pmemory@%" PRIx32, s->index);
    write_module(s, t, path);
}

/* Nobody asks the guest for it: it is there for good. */
static void released(void *device)
{
    (void)device;
}

static const struct connector_ops module_ops = { .write_node = write_node, .released = released };

static void write_tree(void *self, struct tree *t, enum tree_stage stage)
{
    const struct persistent_memory *x = self;
    char path[64];

    (void)stage;
    for (unsigned i = 0; i < x->n; i++)
        if (x->slots[i].is_taken) {
            snprintf(path, sizeof path, PARENT "/ibm,pmemory@%" PRIx32, x->slots[i].index);
            write_module(&x->slots[i], t, path);
        }
}

/* ---- plugging ---- */

bool persistent_memory_plug(struct persistent_memory *x, unsigned slot, struct pmem_module *module, bool running,
                            struct error *err)
{
    struct platform *p = x->platform;
    struct slot *s = &x->slots[slot];

    if (slot >= x->n || s->is_taken) {
        error_set(err, ERROR_RESOURCE, "persistent memory: there is no free slot");
        error_hint(err, "-m SIZE,slots=N,maxmem=SIZE makes slots and room");
        return false;
    }
    if (!dimms_reserve(p->dimms, &module->start, module->size, module->node, err))
        return false;
    s->module = *module;
    s->is_taken = true;
    connector_attach(p->connectors, s->index, &module_ops, s, !running);
    /* One that is not told of it finds it at its next start. */
    if (running && p->events)
        events_hotplug(p->events, HOTPLUG_PMEM, HOTPLUG_ADD, s->index);
    return true;
}

/* ---- calls ---- */

/* The module that r4 names by its connector, NULL if there is none. */
static struct pmem_module *named(struct persistent_memory *x, uint64_t index)
{
    uint64_t i = index - connector_index(CONNECTOR_PMEM, 0);

    return i < x->n && x->slots[i].is_taken ? &x->slots[i].module : NULL;
}

static bool is_length(uint64_t length)
{
    return length == 1 || length == 2 || length == 4 || length == 8;
}

static bool has_labels(const struct pmem_module *m, uint64_t offset, uint64_t length)
{
    return offset <= m->labels_size && length <= m->labels_size - offset;
}

/* r4 connector, r5 offset, r6 length; out: r4 value. */
static int64_t h_scm_read_metadata(void *self, struct vcpu *v, struct hcall_args *args)
{
    const struct pmem_module *m = named(self, args->in[0]);
    uint64_t offset = args->in[1], length = args->in[2], value = 0;

    (void)v;
    if (!m)
        return H_PARAMETER;
    if (!is_length(length))
        return H_P3;
    if (!has_labels(m, offset, length))
        return H_P2;
    for (uint64_t i = 0; i < length; i++)
        value = value << 8 | m->labels[offset + i];
    args->out[0] = value;
    return H_SUCCESS;
}

/* r4 connector, r5 offset, r6 value, r7 length. */
static int64_t h_scm_write_metadata(void *self, struct vcpu *v, struct hcall_args *args)
{
    struct pmem_module *m = named(self, args->in[0]);
    uint64_t offset = args->in[1], value = args->in[2], length = args->in[3];

    (void)v;
    if (!m)
        return H_PARAMETER;
    if (!is_length(length))
        return H_P4;
    if (!has_labels(m, offset, length) || m->is_unarmed || (length < 8 && value >> 8 * length))
        return H_P2;
    for (uint64_t i = 0; i < length; i++)
        m->labels[offset + i] = (uint8_t)(value >> 8 * (length - 1 - i));
    return H_SUCCESS;
}

/* r4 connector, r5 first block, r6 blocks, r7 address or all ones, r8 continue token; out: r4 token, r5 address,
 * r6 blocks. */
static int64_t h_scm_bind_mem(void *self, struct vcpu *v, struct hcall_args *args)
{
    const struct pmem_module *m = named(self, args->in[0]);
    uint64_t first = args->in[1], blocks = args->in[2], all;

    (void)v;
    if (!m)
        return H_PARAMETER;
    if (args->in[4])
        return H_P5;
    if (args->in[3] != UINT64_MAX) /* the address is not the guest's to choose */
        return H_OVERLAP;
    all = m->size >> LMB_SHIFT;
    if (first > all)
        return H_P2;
    if (blocks > all - first)
        return H_P3;
    args->out[0] = 0;
    args->out[1] = m->start + (first << LMB_SHIFT);
    args->out[2] = blocks;
    return H_SUCCESS;
}

/* r4 connector, r5 address, r6 blocks, r7 continue token; out: r4 token, r5 blocks. */
static int64_t h_scm_unbind_mem(void *self, struct vcpu *v, struct hcall_args *args)
{
    const struct pmem_module *m = named(self, args->in[0]);
    uint64_t at = args->in[1], blocks = args->in[2];

    (void)v;
    if (!m)
        return H_PARAMETER;
    if (args->in[3])
        return H_P4;
    if (at % LMB_SIZE)
        return H_P2;
    if (!blocks || at < m->start || at - m->start > m->size || blocks > (m->size - (at - m->start)) >> LMB_SHIFT)
        return H_P3;
    args->out[0] = 0;
    args->out[1] = blocks;
    return H_SUCCESS;
}

/* r4 scope, r5 connector, r6 continue token; out: r4 token, r5 blocks. */
static int64_t h_scm_unbind_all(void *self, struct vcpu *v, struct hcall_args *args)
{
    enum { SCOPE_ALL = 1, SCOPE_ONE = 2 };
    struct persistent_memory *x = self;
    const struct pmem_module *m = named(x, args->in[1]);
    uint64_t size = 0;

    (void)v;
    if (args->in[0] != SCOPE_ALL && args->in[0] != SCOPE_ONE)
        return H_PARAMETER;
    if (args->in[2])
        return H_P4;
    if (args->in[0] == SCOPE_ONE && !m)
        return H_P2;
    for (unsigned i = 0; i < x->n; i++)
        if (x->slots[i].is_taken && (args->in[0] == SCOPE_ALL || m == &x->slots[i].module))
            size += x->slots[i].module.size;
    args->out[0] = 0;
    args->out[1] = size >> LMB_SHIFT;
    return H_SUCCESS;
}

/* r4 connector; out: r4 what is wrong, r5 what is known of that. */
static int64_t h_scm_health(void *self, struct vcpu *v, struct hcall_args *args)
{
    const uint64_t unarmed = PPC_BIT(0);
    const struct pmem_module *m = named(self, args->in[0]);

    (void)v;
    if (!m)
        return H_PARAMETER;
    args->out[0] = m->is_unarmed ? unarmed : 0;
    args->out[1] = unarmed;
    return H_SUCCESS;
}

/* r4 connector, r5 continue token; out: r4 token. */
static int64_t h_scm_flush(void *self, struct vcpu *v, struct hcall_args *args)
{
    const struct pmem_module *m = named(self, args->in[0]);

    (void)v;
    if (!m || !m->takes_flush)
        return H_PARAMETER;
    if (args->in[1])
        return H_P2;
    if (!m->flush)
        return H_UNSUPPORTED;
    args->out[0] = 0;
    return m->flush(m->opaque) ? H_SUCCESS : H_HARDWARE;
}

static const struct hcall_row persistent_memory_hcalls[] = {
    { H_SCM_READ_METADATA, "H_SCM_READ_METADATA", NULL, .in = 3, .out = 1, .fn = h_scm_read_metadata },
    { H_SCM_WRITE_METADATA, "H_SCM_WRITE_METADATA", NULL, .in = 4, .fn = h_scm_write_metadata },
    { H_SCM_BIND_MEM, "H_SCM_BIND_MEM", NULL, .in = 5, .out = 3, .fn = h_scm_bind_mem },
    { H_SCM_UNBIND_MEM, "H_SCM_UNBIND_MEM", NULL, .in = 4, .out = 2, .fn = h_scm_unbind_mem },
    { H_SCM_UNBIND_ALL, "H_SCM_UNBIND_ALL", NULL, .in = 3, .out = 2, .fn = h_scm_unbind_all },
    { H_SCM_HEALTH, "H_SCM_HEALTH", NULL, .in = 1, .out = 2, .fn = h_scm_health },
    { H_SCM_FLUSH, "H_SCM_FLUSH", NULL, .in = 2, .out = 1, .fn = h_scm_flush },
};

const struct facility_type persistent_memory_facility = {
    .name = "persistent-memory",
    .hcalls = persistent_memory_hcalls,
    .n_hcalls = ARRAY_SIZE(persistent_memory_hcalls),
    .write_tree = write_tree,
};
