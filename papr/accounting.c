/* Entitlements; see accounting.h.
 *
 * The partition has the whole machine to itself: each of its cores is a core of the machine, all of its
 * memory is backed. It is capped, belongs to no pool, and may ask for less than that, which is noted and
 * changes nothing else. Capacities count in hundredths of a core. */
#include "papr/accounting.h"

#include <stdlib.h>

#include "papr/dimms.h"

enum {
    CORE_CAPACITY = 100,
    SMALLEST_CAPACITY = 5, /* of each core */
    LARGEST_WEIGHT = 255,
    STANDARD_WEIGHT = 128,
    NO_POOL = 0xffff,
};

struct accounting {
    struct platform *platform;
    uint64_t capacity, memory;       /* that the guest asked for, UINT64_MAX: all */
    uint8_t cpu_weight, memory_weight;
    uint64_t perfmon;                /* modes that H_PERFMON has set */
};

struct accounting *accounting_new(struct platform *p, struct error *err)
{
    struct accounting *x = calloc(1, sizeof *x);

    if (!x)
        error_set(err, ERROR_RESOURCE, "out of memory for the accounting facility");
    else
        x->platform = p;
    return x;
}

void accounting_free(struct accounting *x)
{
    free(x);
}

static uint64_t cores(const struct accounting *x)
{
    unsigned threads = x->platform->config->threads;

    return accel_count(x->platform->accel) / (threads ? threads : 1);
}

/* What the guest asked for, else all: more when a core is added. */
static uint64_t capacity(const struct accounting *x)
{
    uint64_t most = cores(x) * CORE_CAPACITY;

    return x->capacity < most ? x->capacity : most;
}

static uint64_t memory(const struct accounting *x)
{
    const struct platform *p = x->platform;

    return p->config->ram_size + (p->dimms ? dimms_plugged(p->dimms) : 0);
}

static void accounting_reset(void *self)
{
    struct accounting *x = self;

    x->capacity = x->memory = UINT64_MAX;
    x->cpu_weight = x->memory_weight = STANDARD_WEIGHT;
    x->perfmon = 0;
}

/* r4 entitled capacity, r5 unallocated capacity, r6 group and pool, r7 capped, weights, processors of the
 * pool and of the machine, r8 the pool's processors and capacity. */
static int64_t h_get_ppp(void *self, struct vcpu *v, struct hcall_args *args)
{
    const struct accounting *x = self;

    (void)v;
    args->out[0] = capacity(x);
    args->out[1] = 0;
    args->out[2] = NO_POOL;
    args->out[3] = PPC_FIELD_PUT(1, 15, 15) | PPC_FIELD_PUT(x->cpu_weight, 16, 23) |
                   PPC_FIELD_PUT(cores(x), 32, 47) | PPC_FIELD_PUT(cores(x), 48, 63);
    args->out[4] = PPC_FIELD_PUT(cores(x), 0, 15) | PPC_FIELD_PUT(cores(x) * CORE_CAPACITY, 16, 39) |
                   PPC_FIELD_PUT(cores(x) * CORE_CAPACITY, 40, 63);
    return H_SUCCESS;
}

/* The value within its limits; *clamped says whether it was not. */
static uint64_t clamp(uint64_t value, uint64_t least, uint64_t most, bool *clamped)
{
    *clamped = value < least || value > most;
    return value < least ? least : value > most ? most : value;
}

/* r4 capacity, r5 weight. */
static int64_t h_set_ppp(void *self, struct vcpu *v, struct hcall_args *args)
{
    struct accounting *x = self;
    bool clamped;

    (void)v;
    if (args->in[1] > LARGEST_WEIGHT)
        return H_PARAMETER;
    x->capacity = clamp(args->in[0], cores(x) * SMALLEST_CAPACITY, cores(x) * CORE_CAPACITY, &clamped);
    x->cpu_weight = (uint8_t)args->in[1];
    return clamped ? H_CONSTRAINED : H_SUCCESS;
}

/* Out: r4 the caller's processor utilisation. */
static int64_t h_purr(void *self, struct vcpu *v, struct hcall_args *args)
{
    (void)self;
    args->out[0] = cpu_timebase(v->cpu);
    return H_SUCCESS;
}

/* The pool's figures are for partitions that are allowed to see them; as there is no pool, none is. */
static int64_t h_pic(void *self, struct vcpu *v, struct hcall_args *args)
{
    (void)self;
    (void)v;
    (void)args;
    return H_AUTHORITY;
}

/* Whether the hypervisor could use the processor meanwhile: it waits for nothing. */
static int64_t h_poll_pending(void *self, struct vcpu *v, struct hcall_args *args)
{
    (void)self;
    (void)v;
    (void)args;
    return H_SUCCESS;
}

/* r4 modes to set, r5 modes to clear; out: r4 the modes before. */
static int64_t h_perfmon(void *self, struct vcpu *v, struct hcall_args *args)
{
    const uint64_t modes = PPC_BIT(63); /* let the performance monitor count */
    struct accounting *x = self;

    (void)v;
    if ((args->in[0] | args->in[1]) & ~modes || args->in[0] & args->in[1])
        return H_PARAMETER;
    args->out[0] = x->perfmon;
    x->perfmon = (x->perfmon & ~args->in[1]) | args->in[0];
    return H_SUCCESS;
}

/* r4 entitled bytes, r5 mapped bytes (-1: not shared), r6 group and pool, r7 weights and what is
 * unallocated, r8 the pool's size (-1), r9 the loan that is asked for, r10 bytes behind it all. */
static int64_t h_get_mpp(void *self, struct vcpu *v, struct hcall_args *args)
{
    const struct accounting *x = self;

    (void)v;
    args->out[0] = x->memory < memory(x) ? x->memory : memory(x);
    args->out[1] = UINT64_MAX;
    args->out[2] = NO_POOL;
    args->out[3] = PPC_FIELD_PUT(x->memory_weight, 0, 7);
    args->out[4] = UINT64_MAX;
    args->out[5] = 0;
    args->out[6] = memory(x);
    return H_SUCCESS;
}

/* r4 bytes, r5 weight. */
static int64_t h_set_mpp(void *self, struct vcpu *v, struct hcall_args *args)
{
    struct accounting *x = self;
    bool clamped;

    (void)v;
    if (args->in[1] > LARGEST_WEIGHT)
        return H_PARAMETER;
    x->memory = clamp(args->in[0], 0, memory(x), &clamped);
    x->memory_weight = (uint8_t)args->in[1];
    return clamped ? H_CONSTRAINED : H_SUCCESS;
}

/* Coalesced bytes here and in the pool, time that took, the pool's bytes in use, two reserved: nothing. */
static int64_t h_get_mpp_x(void *self, struct vcpu *v, struct hcall_args *args)
{
    enum { RESULTS = 7 };

    (void)self;
    (void)v;
    for (unsigned i = 0; i < RESULTS; i++)
        args->out[i] = 0;
    return H_SUCCESS;
}

/* hcall-cmo and hcall-cmo-x would say that memory is overcommitted, and have guests give pages back: their
 * calls are there, as they are where it is not, and are not advertised. */
static const struct hcall_row accounting_hcalls[] = {
    { H_PERFMON, "H_PERFMON", "hcall-perfmon", .in = 2, .out = 1, .fn = h_perfmon },
    { H_GET_PPP, "H_GET_PPP", "hcall-splpar", .out = 5, .fn = h_get_ppp },
    { H_SET_PPP, "H_SET_PPP", "hcall-splpar", .in = 2, .fn = h_set_ppp },
    { H_PURR, "H_PURR", "hcall-splpar", .out = 1, .fn = h_purr },
    { H_PIC, "H_PIC", "hcall-pic", .fn = h_pic },
    { H_POLL_PENDING, "H_POLL_PENDING", "hcall-poll-pending", .fn = h_poll_pending },
    { H_SET_MPP, "H_SET_MPP", NULL, .in = 2, .fn = h_set_mpp },
    { H_GET_MPP, "H_GET_MPP", NULL, .out = 7, .fn = h_get_mpp },
    { H_GET_MPP_X, "H_GET_MPP_X", NULL, .out = 7, .fn = h_get_mpp_x },
};

/* The level of H_GET_PPP's answer. */
static void accounting_write_tree(void *self, struct tree *t, enum tree_stage stage)
{
    (void)self;
    (void)stage;
    tree_u32(t, "/", "ibm,partition-no", 1);
    tree_u32(t, "/", "ibm,partition-performance-parameters-level", 1);
}

const struct facility_type accounting_facility = {
    .name = "accounting",
    .hcalls = accounting_hcalls,
    .n_hcalls = ARRAY_SIZE(accounting_hcalls),
    .reset = accounting_reset,
    .write_tree = accounting_write_tree,
};
