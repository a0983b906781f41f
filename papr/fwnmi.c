/* ibm,nmi-register and ibm,nmi-interlock; see fwnmi.h.
 *
 * Left out: delivery. System resets go to vector 0x100, where guests that registered a handler take
 * them as well, and nothing raises machine checks yet. */
#include "papr/fwnmi.h"

#include <stdlib.h>

#define HANDLER_LIMIT UINT64_C(0x2000000) /* a branch from a vector reaches that far */

struct fwnmi {
    struct platform *platform;
    bool registered;
    gpa_t system_reset, machine_check;
    const struct vcpu *interlock; /* who handles a machine check, NULL: nobody */
};

struct fwnmi *fwnmi_new(struct platform *p, struct error *err)
{
    struct fwnmi *x = calloc(1, sizeof *x);

    if (!x) {
        error_set(err, ERROR_RESOURCE, "out of memory for firmware-assisted interrupts");
        return NULL;
    }
    x->platform = p;
    return x;
}

void fwnmi_free(struct fwnmi *x)
{
    free(x);
}

bool fwnmi_handlers(const struct fwnmi *x, gpa_t *system_reset, gpa_t *machine_check)
{
    *system_reset = x->system_reset;
    *machine_check = x->machine_check;
    return x->registered;
}

static void fwnmi_reset(void *self)
{
    struct fwnmi *x = self;

    x->registered = false;
    x->system_reset = x->machine_check = 0;
    x->interlock = NULL;
}

static bool is_handler(const struct fwnmi *x, gpa_t address)
{
    return address < HANDLER_LIMIT && address < x->platform->config->rma_size;
}

/* Arguments: handlers of system resets and of machine checks. */
static int32_t rtas_ibm_nmi_register(void *self, struct vcpu *v, struct rtas_args *args)
{
    struct fwnmi *x = self;

    (void)v;
    if (!x->platform->rtas_base)
        return RTAS_PARAMETER;
    if (!is_handler(x, args->arg[0]) || !is_handler(x, args->arg[1]))
        return RTAS_PARAMETER;
    x->registered = true;
    x->system_reset = args->arg[0];
    x->machine_check = args->arg[1];
    return RTAS_OK;
}

/* Whoever handles a machine check is done with the log. From others it means nothing. */
static int32_t rtas_ibm_nmi_interlock(void *self, struct vcpu *v, struct rtas_args *args)
{
    struct fwnmi *x = self;

    (void)args;
    if (!x->registered)
        return RTAS_PARAMETER;
    if (x->interlock == v)
        x->interlock = NULL;
    return RTAS_OK;
}

static const struct rtas_row fwnmi_rtas[] = {
    { 0x202b, "ibm,nmi-register", 2, 1, WHEN_FWNMI, rtas_ibm_nmi_register },
    { 0x202c, "ibm,nmi-interlock", 0, 1, WHEN_FWNMI, rtas_ibm_nmi_interlock },
};

const struct facility_type fwnmi_facility = {
    .name = "fwnmi",
    .rtas = fwnmi_rtas,
    .n_rtas = ARRAY_SIZE(fwnmi_rtas),
    .reset = fwnmi_reset,
};
