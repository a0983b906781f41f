/* The platform's life: made empty, given facilities, reset, asked for its tree; and the calls that
 * concern the platform as a whole. */
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/log.h"
#include "papr/compat.h"
#include "papr/platform-internal.h"

struct platform *platform_new(struct accel *accel, struct mem *mem,
                              const struct platform_config *config,
                              const struct platform_machine_ops *machine_ops, void *machine,
                              struct error *err)
{
    struct platform *p = calloc(1, sizeof *p);
    struct platform_dispatch *dispatch = calloc(1, sizeof *dispatch);

    if (!p || !dispatch) {
        error_set(err, ERROR_RESOURCE, "out of memory for the platform");
        free(dispatch);
        free(p);
        return NULL;
    }
    p->accel = accel;
    p->mem = mem;
    p->config = config;
    p->machine_ops = machine_ops;
    p->machine = machine;
    p->dispatch = dispatch;
    return p;
}

void platform_free(struct platform *p)
{
    if (!p)
        return;
    tree_free(p->tree);
    free(p->dispatch->facilities);
    free(p->dispatch);
    free(p);
}

struct tree *platform_build_tree(struct platform *p, enum tree_stage stage, struct error *err)
{
    struct platform_dispatch *d = p->dispatch;
    struct tree *tree = tree_new();
    size_t size;

    if (!tree) {
        error_set(err, ERROR_RESOURCE, "out of memory for the device tree");
        return NULL;
    }
    for (size_t i = 0; i < d->n_facilities; i++)
        if (d->facilities[i].type->write_tree)
            d->facilities[i].type->write_tree(d->facilities[i].self, tree, stage);
    tree_number_nodes(tree, stage == TREE_AFTER_CAS ? p->tree : NULL);
    if (!tree_blob(tree, &size, err)) {
        tree_free(tree);
        return NULL;
    }
    return tree;
}

static bool draw_rng_seed(struct platform_dispatch *d, bool is_deterministic, struct error *err)
{
    if (is_deterministic)
        memset(d->rng_seed, 0x5a, sizeof d->rng_seed);
    else if (getrandom(d->rng_seed, sizeof d->rng_seed, 0) != (ssize_t)sizeof d->rng_seed)
        return error_set(err, ERROR_RESOURCE, "the host gives no random numbers for rng-seed");
    return true;
}

bool platform_reset(struct platform *p, struct error *err)
{
    struct platform_dispatch *d = p->dispatch;

    if (!draw_rng_seed(d, p->config->is_deterministic, err))
        return false;
    p->negotiated = (struct platform_negotiated){
        .irq_mode = p->config->offers_xics ? IRQ_XICS : IRQ_XIVE,
        .compat_pvr = p->config->max_compat_pvr,
    };
    p->rtas_base = 0;
    for (size_t i = 0; i < d->n_facilities; i++)
        if (d->facilities[i].type->reset)
            d->facilities[i].type->reset(d->facilities[i].self);
    if (p->irq_ops)
        p->irq_ops->select(p->irq, p->negotiated.irq_mode);
    compat_apply(p, p->negotiated.compat_pvr);
    tree_free(p->tree);
    p->tree = platform_build_tree(p, TREE_RESET, err);
    return p->tree;
}

void platform_vcpu_added(struct platform *p, struct vcpu *v)
{
    const struct platform_dispatch *d = p->dispatch;

    for (size_t i = 0; i < d->n_facilities; i++)
        if (d->facilities[i].type->vcpu_added)
            d->facilities[i].type->vcpu_added(d->facilities[i].self, v);
}

/* r4: the argument buffer. The status of the RTAS call itself goes into the buffer. */
static int64_t h_rtas(void *self, struct vcpu *v, struct hcall_args *args)
{
    return platform_rtas(self, v, args->in[0]);
}

static const struct hcall_row platform_hcalls[] = {
    { KVMPPC_H_RTAS, "KVMPPC_H_RTAS", NULL, .in = 1, .fn = h_rtas },
    { KVMPPC_H_CAS, "KVMPPC_H_CAS", NULL, .in = 3, .fn = h_cas },
    { KVMPPC_H_UPDATE_DT, "KVMPPC_H_UPDATE_DT", NULL, .in = 1, .fn = h_update_dt },
};

const struct facility_type platform_facility = {
    .name = "platform",
    .hcalls = platform_hcalls,
    .n_hcalls = ARRAY_SIZE(platform_hcalls),
    .write_tree = platform_write_tree,
};
