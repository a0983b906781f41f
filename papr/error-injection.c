/* Error injection; see error-injection.h.
 *
 * A guest opens the facility, which gives it a token, injects with that token, and closes. The kinds are those that
 * /rtas names in ibm,errinjct-tokens: all of them become machine checks of the calling processor, as fwnmi delivers
 * them. */
#include "papr/error-injection.h"

#include <stdlib.h>
#include <string.h>

enum { NOT_OPEN = -4, WORK_BYTES = 1024 };

struct error_injection {
    struct platform *platform;
    struct fwnmi *fwnmi;
    uint32_t open_token; /* 0: closed */
    uint32_t opened;     /* times, so that an old token is not a new one */
};

/* The kinds with the bits of DSISR that the machine check has; the buffer's first doubleword is the address. */
static const struct kind {
    const char *name;
    uint32_t token, dsisr;
    bool recovered;
} kinds[] = {
    { "fatal", 1, 0x100, false },
    { "recovered-random-event", 2, 0x80, true },
    { "recovered-special-event", 3, 0x80, true },
    { "corrupted-page", 4, 0x8000, false },
    { "corrupted-slb", 5, 0x80, true },
    { "corrupted-tlb-start", 13, 0x400, true },
    { "corrupted-tlb-end", 14, 0, true },
};

struct error_injection *error_injection_new(struct platform *p, struct fwnmi *fwnmi, struct error *err)
{
    struct error_injection *x = calloc(1, sizeof *x);

    if (!x) {
        error_set(err, ERROR_RESOURCE, "out of memory for error injection");
        return NULL;
    }
    x->platform = p;
    x->fwnmi = fwnmi;
    return x;
}

void error_injection_free(struct error_injection *x)
{
    free(x);
}

static void error_injection_reset(void *self)
{
    ((struct error_injection *)self)->open_token = 0;
}

/* Results: the token where other calls have their status, then the status. */
static int32_t rtas_ibm_open_errinjct(void *self, struct vcpu *v, struct rtas_args *args)
{
    struct error_injection *x = self;

    (void)v;
    if (x->open_token) {
        args->ret[1] = (uint32_t)NOT_OPEN;
        return 0;
    }
    x->open_token = ++x->opened & INT32_MAX ? x->opened & INT32_MAX : 1;
    args->ret[1] = RTAS_OK;
    return (int32_t)x->open_token;
}

static bool is_open(const struct error_injection *x, uint32_t token)
{
    return x->open_token && token == x->open_token;
}

/* Arguments: kind, token, buffer. */
static int32_t rtas_ibm_errinjct(void *self, struct vcpu *v, struct rtas_args *args)
{
    struct error_injection *x = self;
    uint64_t address;

    if (!is_open(x, args->arg[1]))
        return NOT_OPEN;
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        if (kinds[i].token != args->arg[0])
            continue;
        if (!gpa_is_ram(x->platform->mem, args->arg[2], WORK_BYTES) ||
            !gpa_load_be64(x->platform->mem, args->arg[2], &address))
            return RTAS_PARAMETER;
        if (kinds[i].dsisr)
            fwnmi_inject(x->fwnmi, v, PPC_BIT(42), kinds[i].dsisr, address, kinds[i].recovered);
        return RTAS_OK;
    }
    return RTAS_PARAMETER;
}

/* Argument: token. */
static int32_t rtas_ibm_close_errinjct(void *self, struct vcpu *v, struct rtas_args *args)
{
    struct error_injection *x = self;

    (void)v;
    if (!is_open(x, args->arg[0]))
        return NOT_OPEN;
    x->open_token = 0;
    return RTAS_OK;
}

/* ---- indicators and sensors by location ---- */

enum { SENSOR_EPOW = 9, EPOW_INDEX = 0, LOCATION_BYTES = 4 };

/* Arguments: 1 sensors or 0 indicators, type, buffer, its size, first entry (from 1). Result: the next one. The buffer
 * receives a count, then index, length of location, location of each. The only one with a location is the sensor of
 * warnings, which is the machine. */
static int32_t rtas_ibm_get_indices(void *self, struct vcpu *v, struct rtas_args *args)
{
    struct error_injection *x = self;
    uint8_t list[12 + LOCATION_BYTES] = { 0 };

    (void)v;
    if (args->arg[0] != 1 || args->arg[1] != SENSOR_EPOW)
        return RTAS_PARAMETER;
    if (args->arg[4] != 1 || args->arg[3] < sizeof list)
        return RTAS_PARAMETER;
    st_be32(list, 1);
    st_be32(list + 4, EPOW_INDEX);
    st_be32(list + 8, LOCATION_BYTES);
    memcpy(list + 12, "U1", 3);
    if (!gpa_write(x->platform->mem, args->arg[2], list, sizeof list))
        return RTAS_PARAMETER;
    args->ret[1] = 1;
    return RTAS_OK;
}

/* Arguments: type, address of the location [, one more of no meaning]. Result: state. */
static int32_t rtas_ibm_get_dynamic_sensor_state(void *self, struct vcpu *v, struct rtas_args *args)
{
    struct error_injection *x = self;
    char location[4 + LOCATION_BYTES];

    (void)v;
    if (args->nargs < 2 || args->nargs > 3 || args->nret != 2)
        return RTAS_PARAMETER;
    if (args->arg[0] != SENSOR_EPOW || !gpa_read(x->platform->mem, args->arg[1], location, sizeof location))
        return RTAS_PARAMETER;
    if (ld_be32((const uint8_t *)location) > LOCATION_BYTES || memcmp(location + 4, "U1", 3) != 0)
        return RTAS_PARAMETER;
    args->ret[1] = 0;
    return RTAS_OK;
}

/* Arguments: type, state, address of the location. No indicator has one. */
static int32_t rtas_ibm_set_dynamic_indicator(void *self, struct vcpu *v, struct rtas_args *args)
{
    (void)self;
    (void)v;
    (void)args;
    return RTAS_PARAMETER;
}

static const struct rtas_row error_injection_rtas[] = {
    { 0x2051, "ibm,open-errinjct", 0, 2, WHEN_FWNMI, rtas_ibm_open_errinjct },
    { 0x2052, "ibm,errinjct", 3, 1, WHEN_FWNMI, rtas_ibm_errinjct },
    { 0x2053, "ibm,close-errinjct", 1, 1, WHEN_FWNMI, rtas_ibm_close_errinjct },
    { 0x2054, "ibm,get-indices", 5, 2, WHEN_ALWAYS, rtas_ibm_get_indices },
    { 0x2055, "ibm,get-dynamic-sensor-state", -1, -1, WHEN_ALWAYS, rtas_ibm_get_dynamic_sensor_state },
    { 0x2056, "ibm,set-dynamic-indicator", 3, 1, WHEN_ALWAYS, rtas_ibm_set_dynamic_indicator },
};

/* Names, each with its NUL, and tokens. */
static void error_injection_write_tree(void *self, struct tree *t, enum tree_stage stage)
{
    const struct error_injection *x = self;
    uint8_t list[512];
    size_t used = 0;

    (void)stage;
    if (!x->platform->config->cap_fwnmi)
        return;
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        size_t length = strlen(kinds[i].name) + 1;

        memcpy(list + used, kinds[i].name, length);
        st_be32(list + used + length, kinds[i].token);
        used += length + 4;
    }
    tree_bytes(t, "/rtas", "ibm,errinjct-tokens", list, used);
}

const struct facility_type error_injection_facility = {
    .name = "error-injection",
    .rtas = error_injection_rtas,
    .n_rtas = ARRAY_SIZE(error_injection_rtas),
    .reset = error_injection_reset,
    .write_tree = error_injection_write_tree,
};
