/* How a partition calls XIVE: the H_INT_ hypercalls and the device tree node. [LoPAR, XIVE] */
#include "irq/irq.h"
#include "irq/xive.h"

/* Priority 7 is the hypervisor's own. */
enum { RESERVED_PRIORITY = 7 };

enum { SOURCE_H_INT_ESB = 8, SOURCE_LSI = 4 }; /* flags of H_INT_GET_SOURCE_INFO */
enum { CONFIG_SET_EISN = 2, CONFIG_MASK = 1 };
enum { QUEUE_ALWAYS_NOTIFY = 1, QUEUE_DEBUG = 1 };
enum { ESB_STORE = 1 };

#define NEEDS_XIVE(x) \
    do { \
        if (!xive_is_active(x)) \
            return H_FUNCTION; \
    } while (0)

static bool is_usable_priority(uint64_t priority)
{
    return priority < RESERVED_PRIORITY;
}

static uint64_t source_page(uint64_t lisn)
{
    return XIVE_ESB_BASE + (lisn << (XIVE_PAGE_SHIFT + 1));
}

static int64_t h_int_get_source_info(void *self, struct vcpu *v, struct hcall_args *args)
{
    uint64_t lisn = args->in[1];

    (void)v;
    NEEDS_XIVE(self);
    if (args->in[0])
        return H_PARAMETER;
    if (!xive_eas(self, lisn))
        return H_P2;
    if (xive_is_lsi(self, (unsigned)lisn)) {
        args->out[0] = SOURCE_H_INT_ESB | SOURCE_LSI;
        args->out[1] = args->out[2] = UINT64_MAX;
    } else {
        args->out[0] = 0;
        args->out[1] = source_page(lisn) + (UINT64_C(1) << XIVE_PAGE_SHIFT);
        args->out[2] = source_page(lisn);
    }
    args->out[3] = XIVE_PAGE_SHIFT;
    return H_SUCCESS;
}

static int64_t h_int_set_source_config(void *self, struct vcpu *v, struct hcall_args *args)
{
    uint64_t flags = args->in[0], priority = args->in[3];
    struct xive_eas *eas = xive_eas(self, args->in[1]);
    struct vcpu *target;

    NEEDS_XIVE(self);
    if (flags & ~(uint64_t)(CONFIG_SET_EISN | CONFIG_MASK))
        return H_PARAMETER;
    if (!eas)
        return H_P2;
    if (priority == XIVE_MASKED) {
        *eas = (struct xive_eas){ .valid = true, .masked = true };
        return H_SUCCESS;
    }
    if (!is_usable_priority(priority))
        return H_P4;
    target = accel_find(v->accel, args->in[2]);
    if (!target)
        return H_P3;
    eas->masked = flags & CONFIG_MASK;
    eas->server = target->id;
    eas->priority = (uint8_t)priority;
    if (flags & CONFIG_SET_EISN)
        eas->data = args->in[4] & 0x7fffffff;
    return H_SUCCESS;
}

static int64_t h_int_get_source_config(void *self, struct vcpu *v, struct hcall_args *args)
{
    const struct xive_eas *eas = xive_eas(self, args->in[1]);

    (void)v;
    NEEDS_XIVE(self);
    if (args->in[0])
        return H_PARAMETER;
    if (!eas)
        return H_P2;
    args->out[0] = eas->server;
    args->out[1] = eas->masked ? XIVE_MASKED : eas->priority;
    args->out[2] = eas->data;
    return H_SUCCESS;
}

static int64_t h_int_get_queue_info(void *self, struct vcpu *v, struct hcall_args *args)
{
    uint64_t priority = args->in[2];
    const struct vcpu *target = accel_find(v->accel, args->in[1]);
    const struct xive_end *end;

    NEEDS_XIVE(self);
    if (args->in[0])
        return H_PARAMETER;
    if (!is_usable_priority(priority))
        return H_P3;
    if (!target)
        return H_P2;
    end = xive_end(self, target->id, (unsigned)priority);
    args->out[0] = xive_end_page(target->id, (unsigned)priority);
    args->out[1] = end->valid ? end->log2_size : 0;
    return H_SUCCESS;
}

static int64_t h_int_set_queue_config(void *self, struct vcpu *v, struct hcall_args *args)
{
    uint64_t priority = args->in[2], queue = args->in[3], size = args->in[4];
    const struct vcpu *target = accel_find(v->accel, args->in[1]);
    struct xive_end *end;

    NEEDS_XIVE(self);
    if (args->in[0] & ~(uint64_t)QUEUE_ALWAYS_NOTIFY)
        return H_PARAMETER;
    if (!is_usable_priority(priority))
        return H_P3;
    if (!target)
        return H_P2;
    end = xive_end(self, target->id, (unsigned)priority);
    if (size == 0) {
        *end = (struct xive_end){ .valid = false };
        return H_SUCCESS;
    }
    if (size != 12 && size != 16 && size != 21 && size != 24)
        return H_P5;
    if (queue & ((UINT64_C(1) << size) - 1) || !gpa_is_ram(v->cpu->mem, queue, UINT64_C(1) << size))
        return H_P4;
    *end = (struct xive_end){
        .valid = true,
        .always_notify = args->in[0] & QUEUE_ALWAYS_NOTIFY,
        .queue = queue,
        .log2_size = (uint8_t)size,
        .generation = true,
    };
    return H_SUCCESS;
}

static int64_t h_int_get_queue_config(void *self, struct vcpu *v, struct hcall_args *args)
{
    uint64_t priority = args->in[2];
    bool debug = args->in[0] & QUEUE_DEBUG;
    const struct vcpu *target = accel_find(v->accel, args->in[1]);
    const struct xive_end *end;

    NEEDS_XIVE(self);
    if (args->in[0] & ~(uint64_t)QUEUE_DEBUG)
        return H_PARAMETER;
    if (!is_usable_priority(priority))
        return H_P3;
    if (!target)
        return H_P2;
    end = xive_end(self, target->id, (unsigned)priority);
    args->out[0] = end->always_notify ? QUEUE_ALWAYS_NOTIFY : 0;
    if (debug) /* the generation is the book's bit 62 */
        args->out[0] |= (uint64_t)end->generation << 1;
    args->out[1] = end->valid ? end->queue : 0;
    args->out[2] = end->valid ? end->log2_size : 0;
    args->out[3] = debug ? end->offset : 0;
    return H_SUCCESS;
}

static int64_t h_int_esb(void *self, struct vcpu *v, struct hcall_args *args)
{
    uint64_t flags = args->in[0], lisn = args->in[1], offset = args->in[2];

    (void)v;
    NEEDS_XIVE(self);
    if (flags & ~(uint64_t)ESB_STORE)
        return H_PARAMETER;
    if (!xive_eas(self, lisn))
        return H_P2;
    if (offset >= UINT64_C(1) << XIVE_PAGE_SHIFT)
        return H_P3;
    if (flags & ESB_STORE) {
        xive_esb_store(self, (unsigned)lisn, (uint32_t)offset, args->in[3]);
        args->out[0] = UINT64_MAX;
    } else {
        args->out[0] = xive_esb_load(self, (unsigned)lisn, (uint32_t)offset);
    }
    return H_SUCCESS;
}

/* Events are in their queue before the store that made them completes: nothing to wait for. */
static int64_t h_int_sync(void *self, struct vcpu *v, struct hcall_args *args)
{
    (void)v;
    NEEDS_XIVE(self);
    if (args->in[0])
        return H_PARAMETER;
    return xive_eas(self, args->in[1]) ? H_SUCCESS : H_P2;
}

static int64_t h_int_reset(void *self, struct vcpu *v, struct hcall_args *args)
{
    (void)v;
    NEEDS_XIVE(self);
    if (args->in[0])
        return H_PARAMETER;
    xive_reset(self, false);
    return H_SUCCESS;
}

#define ROW(name, n_in, n_out, function) \
    { \
        name, #name, NULL, n_in, n_out, WHEN_XIVE_OFFERED, function, true \
    }

/* Those that look at routing or change it. */
#define LOCKED(function) \
    static int64_t function##_locked(void *self, struct vcpu *v, struct hcall_args *args) \
    { \
        int64_t status; \
\
        xive_lock(self); \
        status = function(self, v, args); \
        xive_unlock(self); \
        return status; \
    }
LOCKED(h_int_get_source_info)
LOCKED(h_int_set_source_config)
LOCKED(h_int_get_source_config)
LOCKED(h_int_get_queue_info)
LOCKED(h_int_set_queue_config)
LOCKED(h_int_get_queue_config)

/* Offered by option vector 5, not by a string. */
static const struct hcall_row hcalls[] = {
    ROW(H_INT_GET_SOURCE_INFO, 2, 4, h_int_get_source_info_locked),
    ROW(H_INT_SET_SOURCE_CONFIG, 5, 0, h_int_set_source_config_locked),
    ROW(H_INT_GET_SOURCE_CONFIG, 2, 3, h_int_get_source_config_locked),
    ROW(H_INT_GET_QUEUE_INFO, 3, 2, h_int_get_queue_info_locked),
    ROW(H_INT_SET_QUEUE_CONFIG, 5, 0, h_int_set_queue_config_locked),
    ROW(H_INT_GET_QUEUE_CONFIG, 3, 4, h_int_get_queue_config_locked),
    ROW(H_INT_ESB, 4, 1, h_int_esb),
    ROW(H_INT_SYNC, 2, 0, h_int_sync),
    ROW(H_INT_RESET, 1, 0, h_int_reset),
};

static void reset(void *self)
{
    xive_reset(self, true);
}

static void vcpu_added(void *self, struct vcpu *v)
{
    xive_renew_thread(self, v->index);
}

static void write_tree(void *self, struct tree *tree, enum tree_stage stage)
{
    static const char path[] = "/interrupt-controller@60302031b0000";
    /* The user's page, then the OS's. */
    static const uint32_t reg[] = {
        0x60302, 0x31b0000, 0, 0x10000, 0x60302, 0x31a0000, 0, 0x10000
    };
    static const uint32_t reserved[] = { RESERVED_PRIORITY, 0xf8 };
    uint32_t ipis[2] = { 0, xive_servers(self) };

    (void)stage;
    if (!xive_is_active(self))
        return;
    tree_node(tree, "%s", path);
    tree_string(tree, path, "device_type", "power-ivpe");
    tree_cells(tree, path, "reg", reg, ARRAY_SIZE(reg));
    tree_string(tree, path, "compatible", "ibm,power-ivpe");
    tree_u32(tree, path, "ibm,xive-eq-sizes", 16);
    tree_cells(tree, path, "ibm,xive-lisn-ranges", ipis, 2);
    tree_empty(tree, path, "interrupt-controller");
    tree_u32(tree, path, "#interrupt-cells", 2);
    tree_u32(tree, path, "linux,phandle", TREE_PHANDLE_INTC);
    tree_u32(tree, path, "phandle", TREE_PHANDLE_INTC);
    tree_cells(tree, "/", "ibm,plat-res-int-priorities", reserved, 2);
    /* Said of a machine without XICS too, as guests of the pseries machine have always found it. */
    tree_add_string(tree, "/rtas", "ibm,hypertas-functions", "hcall-interrupt");
}

const struct facility_type xive_facility = {
    .name = "xive",
    .hcalls = hcalls,
    .n_hcalls = ARRAY_SIZE(hcalls),
    .reset = reset,
    .vcpu_added = vcpu_added,
    .write_tree = write_tree,
};
