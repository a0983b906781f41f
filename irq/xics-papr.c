/* How a partition calls XICS: hypercalls, RTAS calls, device tree node. [LoPAR, Interrupt Controller] */
#include "irq/irq.h"
#include "irq/xics.h"

/* While XIVE was negotiated the calls exist but do not work. */
#define NEEDS_XICS(x) \
    do { \
        if (!xics_is_active(x)) \
            return H_HARDWARE; \
    } while (0)

static int64_t h_cppr(void *self, struct vcpu *v, struct hcall_args *args)
{
    NEEDS_XICS(self);
    icp_set_cppr(self, v->index, (uint8_t)args->in[0]);
    return H_SUCCESS;
}

static int64_t h_eoi(void *self, struct vcpu *v, struct hcall_args *args)
{
    NEEDS_XICS(self);
    icp_eoi(self, v->index, (uint32_t)args->in[0]);
    return H_SUCCESS;
}

static int64_t h_ipi(void *self, struct vcpu *v, struct hcall_args *args)
{
    struct vcpu *target = accel_find(v->accel, args->in[0]);

    NEEDS_XICS(self);
    if (!target)
        return H_PARAMETER;
    icp_set_mfrr(self, target->index, (uint8_t)args->in[1]);
    return H_SUCCESS;
}

static int64_t h_ipoll(void *self, struct vcpu *v, struct hcall_args *args)
{
    struct vcpu *target = accel_find(v->accel, args->in[0]);
    uint8_t mfrr;

    NEEDS_XICS(self);
    if (!target)
        return H_PARAMETER;
    args->out[0] = icp_poll(self, target->index, &mfrr);
    args->out[1] = mfrr;
    return H_SUCCESS;
}

static int64_t h_xirr(void *self, struct vcpu *v, struct hcall_args *args)
{
    NEEDS_XICS(self);
    args->out[0] = icp_accept(self, v->index);
    return H_SUCCESS;
}

static int64_t h_xirr_x(void *self, struct vcpu *v, struct hcall_args *args)
{
    NEEDS_XICS(self);
    args->out[0] = icp_accept(self, v->index);
    args->out[1] = cpu_timebase(v->cpu);
    return H_SUCCESS;
}

static const struct hcall_row hcalls[] = {
    { H_EOI, "H_EOI", "hcall-interrupt", .in = 1, .when = WHEN_XICS_OFFERED, .fn = h_eoi, .is_quick = true },
    { H_CPPR, "H_CPPR", "hcall-interrupt", .in = 1, .when = WHEN_XICS_OFFERED, .fn = h_cppr, .is_quick = true },
    { H_IPI, "H_IPI", "hcall-interrupt", .in = 2, .when = WHEN_XICS_OFFERED, .fn = h_ipi, .is_quick = true },
    { H_IPOLL, "H_IPOLL", "hcall-interrupt", 1, 2, WHEN_XICS_OFFERED, h_ipoll, true },
    { H_XIRR, "H_XIRR", "hcall-interrupt", 0, 1, WHEN_XICS_OFFERED, h_xirr, true },
    { H_XIRR_X, "H_XIRR_X", "hcall-interrupt", 1, 2, WHEN_XICS_OFFERED, h_xirr_x, true },
};

static int32_t rtas_ibm_set_xive(void *self, struct vcpu *v, struct rtas_args *args)
{
    uint32_t nr = args->arg[0], server = args->arg[1], priority = args->arg[2];

    if (!xics_is_active(self))
        return RTAS_HARDWARE;
    if (!xics_is_claimed(self, nr) || !accel_find(v->accel, server) || priority > 0xff)
        return RTAS_PARAMETER;
    xics_write_xive(self, nr, server, (uint8_t)priority, (uint8_t)priority);
    return RTAS_OK;
}

static int32_t rtas_ibm_get_xive(void *self, struct vcpu *v, struct rtas_args *args)
{
    unsigned server;
    uint8_t priority, saved;

    (void)v;
    if (!xics_is_active(self))
        return RTAS_HARDWARE;
    if (!xics_is_claimed(self, args->arg[0]))
        return RTAS_PARAMETER;
    xics_read_xive(self, args->arg[0], &server, &priority, &saved);
    args->ret[1] = server;
    args->ret[2] = priority;
    return RTAS_OK;
}

static int32_t set_enabled(struct xics *x, uint32_t nr, bool enabled)
{
    unsigned server;
    uint8_t priority, saved;

    if (!xics_is_active(x))
        return RTAS_HARDWARE;
    if (!xics_is_claimed(x, nr))
        return RTAS_PARAMETER;
    xics_read_xive(x, nr, &server, &priority, &saved);
    /* A second int-off is not to forget what the first one saved. */
    if (enabled)
        xics_write_xive(x, nr, server, saved, saved);
    else if (priority != XICS_MASKED)
        xics_write_xive(x, nr, server, XICS_MASKED, priority);
    return RTAS_OK;
}

static int32_t rtas_ibm_int_off(void *self, struct vcpu *v, struct rtas_args *args)
{
    (void)v;
    return set_enabled(self, args->arg[0], false);
}

static int32_t rtas_ibm_int_on(void *self, struct vcpu *v, struct rtas_args *args)
{
    (void)v;
    return set_enabled(self, args->arg[0], true);
}

static const struct rtas_row rtas[] = {
    { 0x200a, "ibm,set-xive", 3, 1, WHEN_XICS_OFFERED, rtas_ibm_set_xive },
    { 0x200b, "ibm,get-xive", 1, 3, WHEN_XICS_OFFERED, rtas_ibm_get_xive },
    { 0x200c, "ibm,int-off", 1, 1, WHEN_XICS_OFFERED, rtas_ibm_int_off },
    { 0x200d, "ibm,int-on", 1, 1, WHEN_XICS_OFFERED, rtas_ibm_int_on },
};

static void reset(void *self)
{
    xics_reset(self);
}

static void vcpu_added(void *self, struct vcpu *v)
{
    xics_renew_server(self, v->index);
}

static void write_tree(void *self, struct tree *tree, enum tree_stage stage)
{
    static const char path[] = "/interrupt-controller";
    uint32_t ranges[2] = { 0, xics_servers(self) };

    (void)stage;
    if (!xics_is_active(self))
        return;
    tree_node(tree, "%s", path);
    tree_string(tree, path, "device_type", "PowerPC-External-Interrupt-Presentation");
    tree_string(tree, path, "compatible", "IBM,ppc-xicp");
    tree_empty(tree, path, "interrupt-controller");
    tree_cells(tree, path, "ibm,interrupt-server-ranges", ranges, 2);
    tree_u32(tree, path, "#interrupt-cells", 2);
    tree_u32(tree, path, "linux,phandle", TREE_PHANDLE_INTC);
    tree_u32(tree, path, "phandle", TREE_PHANDLE_INTC);
}

const struct facility_type xics_facility = {
    .name = "xics",
    .hcalls = hcalls,
    .n_hcalls = ARRAY_SIZE(hcalls),
    .rtas = rtas,
    .n_rtas = ARRAY_SIZE(rtas),
    .reset = reset,
    .vcpu_added = vcpu_added,
    .write_tree = write_tree,
};
