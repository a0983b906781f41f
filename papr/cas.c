/* Client architecture support; see cas.h.
 *
 * The vectors in guest memory are
 *
 *   { mask, PVR } ...   until an entry whose PVR has bits outside of its mask
 *   count - 1           of the option vectors
 *   { length - 1, bytes } ...
 *
 * They are walked once, from the first byte to the last one that matters, and each byte is read once.
 * All choices are made into a struct proposal; then the platform is switched, and switched back if
 * the new tree can't be had. Asking for what the machine does not have is an error of the guest and
 * answered as one. */
#include "papr/cas.h"

#include <inttypes.h>
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "papr/compat.h"
#include "papr/connectors.h"
#include "papr/events.h"
#include "papr/page-table.h"
#include "papr/platform-internal.h"

enum {
    MAX_PVR_ENTRIES = 512,
    MAX_VECTOR_BYTES = 256,
    VECTOR_1 = 1,
    VECTOR_5 = 5,
    OV1_ISA_3_0_BYTE = 3, /* bit 0: the guest knows ISA 3.0 */
};

struct proposal {
    uint32_t compat_pvr; /* 0: raw */
    uint8_t ov1[MAX_VECTOR_BYTES], ov5[MAX_VECTOR_BYTES]; /* zeros beyond their length */
};

static void set(uint8_t mask[OV5_BYTES], unsigned byte, unsigned bit)
{
    mask[byte - 1] |= (uint8_t)(0x80 >> bit);
}

void cas_offer(const struct platform *p, uint8_t mask[OV5_BYTES])
{
    const struct platform_config *config = p->config;

    memset(mask, 0, OV5_BYTES);
    set(mask, OV5_DYNAMIC_MEMORY);
    set(mask, OV5_FORM1_AFFINITY);
    if (config->form2_affinity)
        set(mask, OV5_FORM2_AFFINITY);
    if (config->modern_hotplug_events)
        set(mask, OV5_HOTPLUG_EVENTS);
    if (config->resize_hpt)
        set(mask, OV5_HPT_RESIZE);
    set(mask, OV5_DRMEM_V2);
    if (config->offers_xive)
        set(mask, OV5_XIVE);
    if (config->model->has_radix &&
        compat_level(config->model, config->max_compat_pvr) >= CPU_ISA_3_0) {
        set(mask, OV5_RADIX);
        set(mask, OV5_RADIX_GTSE);
    }
}

/* A place in guest memory that moves on as it is read. */
struct reader {
    const struct mem *mem;
    gpa_t at;
};

static bool read_bytes(struct reader *r, void *buffer, size_t size)
{
    if (!gpa_read(r->mem, r->at, buffer, size))
        return false;
    r->at += size;
    return true;
}

/* Finds the best logical PVR of the list, and whether the processor as it is will do. */
static bool read_pvr_list(const struct platform *p, struct reader *r, uint32_t *best, bool *raw_ok)
{
    const struct cpu_model *model = p->config->model;
    uint32_t max = p->config->max_compat_pvr;

    *best = 0;
    *raw_ok = false;
    for (unsigned i = 0; i < MAX_PVR_ENTRIES; i++) {
        be32 entry[2];
        uint32_t mask, pvr;

        if (!read_bytes(r, entry, sizeof entry))
            return false;
        mask = be32_get(entry[0]);
        pvr = be32_get(entry[1]);
        if (~mask & pvr)
            return true;
        if ((model->pvr & mask) == (pvr & mask))
            *raw_ok = true;
        else if (compat_is_supported(model, pvr) && !(*best && compat_is_older(pvr, *best)) &&
                 !(max && compat_is_older(max, pvr)))
            *best = pvr;
    }
    return true;
}

static bool read_vectors(struct reader *r, struct proposal *wish)
{
    uint8_t last;

    if (!read_bytes(r, &last, 1))
        return false;
    if (last + 1 < VECTOR_5)
        return false;
    for (unsigned number = 1; number <= VECTOR_5; number++) {
        uint8_t skipped[MAX_VECTOR_BYTES];
        uint8_t *bytes = number == VECTOR_1 ? wish->ov1 : number == VECTOR_5 ? wish->ov5 : skipped;
        uint8_t length;

        if (!read_bytes(r, &length, 1) || !read_bytes(r, bytes, (size_t)length + 1))
            return false;
    }
    return true;
}

/* What the guest wants that this machine can't do: NULL if nothing. */
static const char *impossible(const struct platform *p, const uint8_t *ov5,
                              const uint8_t mask[OV5_BYTES])
{
    if (ov5_has(ov5, OV5_MMU_BOTH))
        return "both MMU modes";
    if (ov5_has(ov5, OV5_XIVE_BOTH))
        return "both interrupt modes";
    if (ov5_has(ov5, OV5_RADIX) && !ov5_has(mask, OV5_RADIX))
        return "the radix MMU, which this machine does not offer";
    if (!ov5_has(ov5, OV5_RADIX) && p->config->radix_only)
        return "the hash MMU, which this machine does not offer";
    if (ov5_has(ov5, OV5_XIVE) && !p->config->offers_xive)
        return "XIVE, which this machine does not offer";
    if (!ov5_has(ov5, OV5_XIVE) && !p->config->offers_xics)
        return "XICS, which this machine does not offer";
    return NULL;
}

static int64_t read_proposal(const struct platform *p, gpa_t vectors, struct proposal *wish)
{
    struct reader reader = { p->mem, platform_buffer_address(vectors) };
    uint8_t mask[OV5_BYTES];
    const char *reason;
    bool raw_ok;

    memset(wish, 0, sizeof *wish);
    if (!read_pvr_list(p, &reader, &wish->compat_pvr, &raw_ok))
        return H_PARAMETER;
    if (!wish->compat_pvr && (!raw_ok || p->config->max_compat_pvr)) {
        guest_error("cas", "the guest's list has no processor version that this machine can be");
        return H_HARDWARE;
    }
    if (!read_vectors(&reader, wish)) {
        guest_error("cas", "option vectors 1 and 5 are missing");
        return H_PARAMETER;
    }
    cas_offer(p, mask);
    reason = impossible(p, wish->ov5, mask);
    if (reason) {
        guest_error("cas", "the guest wants %s", reason);
        return H_PARAMETER;
    }
    return H_SUCCESS;
}

static bool others_are_halted(const struct platform *p, const struct vcpu *self)
{
    for (unsigned i = 0; i < accel_count(p->accel); i++) {
        const struct vcpu *v = accel_vcpu(p->accel, i);

        if (v != self && v->state == VCPU_RUNNING)
            return false;
    }
    return true;
}

static struct platform_negotiated agree(const struct platform *p, const struct proposal *wish)
{
    struct platform_negotiated n = { .cas_done = true, .compat_pvr = wish->compat_pvr };

    _Static_assert(sizeof n.ov5 == OV5_BYTES, "one size of vector 5");
    cas_offer(p, n.ov5);
    for (size_t i = 0; i < OV5_BYTES; i++)
        n.ov5[i] &= wish->ov5[i];
    n.radix = ov5_has(n.ov5, OV5_RADIX);
    n.irq_mode = ov5_has(n.ov5, OV5_XIVE) ? IRQ_XIVE : IRQ_XICS;
    n.knows_isa_3_0 = ov5_has(wish->ov1, OV1_ISA_3_0_BYTE, 0);
    return n;
}

static void switch_to(struct platform *p, const struct platform_negotiated *n)
{
    p->negotiated = *n;
    if (p->irq_ops)
        p->irq_ops->select(p->irq, n->irq_mode);
    compat_apply(p, n->compat_pvr);
}

/* The size of the hash page table from now on: guests that cannot resize it have it as large as they may ever
 * need it. */
static unsigned agreed_hpt_shift(const struct platform *p, const struct platform_negotiated *n)
{
    if (n->radix || ov5_has(n->ov5, OV5_HPT_RESIZE) || !p->page_table)
        return p->hpt_shift;
    return page_table_fixed_shift(p->page_table);
}

/* Carries the call out up to the new tree, which fits into max_size bytes and is given to the caller
 * on H_SUCCESS only. */
static int64_t negotiate(struct platform *p, struct vcpu *v, gpa_t vectors, size_t max_size,
                         struct tree **tree, struct error *err)
{
    struct platform_negotiated before = p->negotiated, after;
    struct proposal wish;
    unsigned shift_before = p->hpt_shift;
    int64_t status;
    size_t size;

    if (!others_are_halted(p, v))
        return H_MULTI_THREADS_ACTIVE;
    status = read_proposal(p, vectors, &wish);
    if (status)
        return status;
    after = agree(p, &wish);
    switch_to(p, &after);
    if (p->connectors)
        connectors_reset(p->connectors);
    if (p->events)
        events_forget_hotplug(p->events);
    p->hpt_shift = agreed_hpt_shift(p, &after); /* for the tree; the table follows */
    *tree = platform_build_tree(p, TREE_AFTER_CAS, err);
    if (!*tree)
        status = H_HARDWARE;
    else if (!tree_blob(*tree, &size, err))
        status = H_HARDWARE;
    else if (size > max_size)
        status = H_PARAMETER;
    else if (p->page_table && !page_table_grow(p->page_table, p->hpt_shift))
        status = H_HARDWARE;
    if (status) {
        p->hpt_shift = shift_before;
        tree_free(*tree);
        *tree = NULL;
        switch_to(p, &before);
    }
    return status;
}

static void replace_tree(struct platform *p, struct tree *tree)
{
    tree_free(p->tree);
    p->tree = tree;
}

static void accept(struct platform *p, struct tree *tree)
{
    const struct platform_negotiated *n = &p->negotiated;

    log_trace(LOG_ITEM_HCALL, "CAS: agreed on %s, %s, processor version %#x",
              n->radix ? "radix" : "hash", n->irq_mode == IRQ_XIVE ? "XIVE" : "XICS",
              compat_shown_pvr(p->config->model, n->compat_pvr));
    replace_tree(p, tree);
}

int64_t platform_cas(struct platform *p, struct vcpu *v, gpa_t vectors, struct error *err)
{
    struct tree *tree;
    int64_t status = negotiate(p, v, vectors, SIZE_MAX, &tree, err);

    if (status == H_SUCCESS)
        accept(p, tree);
    return status;
}

/* The form for a firmware in the guest: r4 vectors, r5 buffer, r6 its size. The buffer receives a
 * version word and the tree, from which the firmware takes what is new. */
enum { CAS_HEADER_BYTES = 4, CAS_VERSION = 1 };

int64_t h_cas(void *self, struct vcpu *v, struct hcall_args *args)
{
    struct platform *p = self;
    gpa_t buffer = platform_buffer_address(args->in[1]);
    uint64_t buffer_size = args->in[2];
    struct error err = { 0 };
    struct tree *tree;
    const void *blob;
    size_t size;
    int64_t status;

    if (buffer_size < CAS_HEADER_BYTES || !gpa_is_ram(p->mem, buffer, buffer_size))
        return H_PARAMETER;
    status = negotiate(p, v, args->in[0], buffer_size - CAS_HEADER_BYTES, &tree, &err);
    if (status == H_HARDWARE && err.code)
        log_line(LOG_ERROR, "cas", "%s", err.cause);
    if (status)
        return status;
    platform_tree_strip_boot(tree);
    blob = tree_blob(tree, &size, NULL);
    gpa_store_be32(p->mem, buffer, CAS_VERSION);
    if (blob)
        gpa_write(p->mem, buffer + CAS_HEADER_BYTES, blob, size);
    accept(p, tree);
    return H_SUCCESS;
}

/* A copy of the flattened tree in guest memory: first all its bytes, then the checks. */
static struct tree *copy_tree(const struct platform *p, gpa_t at, uint32_t size)
{
    void *blob = malloc(size);
    struct tree *tree = NULL;

    if (blob && gpa_read(p->mem, at, blob, size))
        tree = tree_from_blob(blob, size);
    free(blob);
    return tree;
}

static gpa_t rtas_base_in(struct tree *tree)
{
    const void *fdt = tree_fdt(tree);
    int length, node = fdt_path_offset(fdt, "/rtas");
    const void *base = node < 0 ? NULL : fdt_getprop(fdt, node, "linux,rtas-base", &length);

    return base && length == 4 ? ld_be32(base) : 0;
}

/* r4: address of the flattened tree that the guest's firmware leaves to the system. */
int64_t h_update_dt(void *self, struct vcpu *v, struct hcall_args *args)
{
    enum { TOTAL_SIZE_OFFSET = 4 };
    struct platform *p = self;
    gpa_t at = platform_buffer_address(args->in[0]);
    struct tree *tree;
    size_t present;
    uint32_t size;

    (void)v;
    if (!p->tree || !tree_blob(p->tree, &present, NULL))
        return H_PARAMETER;
    if (!gpa_load_be32(p->mem, at + TOTAL_SIZE_OFFSET, &size) || !size || size > 2 * present)
        return H_PARAMETER;
    tree = copy_tree(p, at, size);
    if (!tree)
        return H_PARAMETER;
    replace_tree(p, tree);
    p->rtas_base = rtas_base_in(tree);
    return H_SUCCESS;
}
