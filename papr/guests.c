/* See guests.h. Ids of guests are the numbers by which translations are told apart, too. */
#include "papr/guests.h"

#include <stdlib.h>

#include "cpu-ppc64/guest.h"
#include "papr/guest-state.h"
#include "papr/processors.h"

enum { GUEST_VCPUS = 2048, VCPUS_IN_ALL = 8192 }; /* what a partition may have us keep is some 16 MiB */

enum { LOGICAL_PVR_POWER8 = 0x0f000004, LOGICAL_PVR_POWER9 = 0x0f000005, LOGICAL_PVR_POWER11 = 0x0f000007 };

struct guest_vcpu {
    struct guest_processor state;
    bool is_running;
};

struct guest {
    struct guest_wide wide;
    struct guest_vcpu *vcpus[GUEST_VCPUS];
    unsigned n_running;
};

/* What runs on a processor of the partition. */
struct visit {
    struct cpu_guest guest;
    struct guest_processor own; /* the partition's registers */
    struct guest *of;           /* NULL: nothing runs */
    struct guest_vcpu *vcpu;
    uint64_t tb_offset; /* as it was when it began */
};

struct guests {
    struct platform *platform;
    struct nested *nested;
    struct guest *guests[GUEST_LPIDS]; /* by id; 0 is none */
    unsigned n_vcpus;
    uint64_t capabilities; /* that were set, 0: none yet */
    struct visit **visits; /* by index of the partition's processor; made when they are first needed */
};

/* Capabilities: which processors guests may be like. */
#define CAPABILITY_COPY_MEMORY PPC_BIT(0)
#define CAPABILITY_POWER9 PPC_BIT(1)
#define CAPABILITY_POWER10 PPC_BIT(2)
#define CAPABILITY_POWER11 PPC_BIT(3)

struct guests *guests_new(struct platform *p, struct nested *nested, struct error *err)
{
    struct guests *x = calloc(1, sizeof *x);

    if (x) {
        x->platform = p;
        x->nested = nested;
        x->visits = calloc(p->config->max_vcpus, sizeof(struct visit *));
    }
    if (!x || !x->visits) {
        error_set(err, ERROR_RESOURCE, "out of memory for nested virtualisation");
        free(x);
        return NULL;
    }
    return x;
}

static void delete(struct guests *x, unsigned id)
{
    struct guest *g = x->guests[id];

    x->guests[id] = NULL;
    for (unsigned i = 0; g && i < GUEST_VCPUS; i++) {
        x->n_vcpus -= g->vcpus[i] != NULL;
        free(g->vcpus[i]);
    }
    free(g);
}

static void guests_reset(void *self)
{
    struct guests *x = self;

    for (unsigned id = 0; id < GUEST_LPIDS; id++)
        delete(x, id);
    for (unsigned i = 0; i < x->platform->config->max_vcpus; i++)
        if (x->visits[i])
            x->visits[i]->of = NULL;
    x->capabilities = 0;
}

void guests_free(struct guests *x)
{
    if (!x)
        return;
    guests_reset(x);
    for (unsigned i = 0; i < x->platform->config->max_vcpus; i++)
        free(x->visits[i]);
    free(x->visits);
    free(x);
}

static struct guest *find(const struct guests *x, uint64_t id)
{
    return id < GUEST_LPIDS ? x->guests[id] : NULL;
}

/* ---- what there is ---- */

static uint64_t offered(const struct guests *x)
{
    const struct cpu_model *model = x->platform->config->model;

    if (model->level < CPU_ISA_3_1)
        return CAPABILITY_POWER9;
    return CAPABILITY_POWER9 | CAPABILITY_POWER10 | (model->logical_pvr >= LOGICAL_PVR_POWER11 ? CAPABILITY_POWER11 : 0);
}

/* r4 flags. Out: r4 capabilities. */
static int64_t h_guest_get_capabilities(void *self, struct vcpu *v, struct hcall_args *args)
{
    (void)v;
    if (args->in[0])
        return H_PARAMETER;
    args->out[0] = offered(self);
    return H_SUCCESS;
}

/* r4 flags, r5 capabilities: once. Out, if they are wrong: r4 how many words are, r5 the first bit that is. */
static int64_t h_guest_set_capabilities(void *self, struct vcpu *v, struct hcall_args *args)
{
    struct guests *x = self;
    uint64_t wanted = args->in[1], wrong = wanted & ~offered(x);

    (void)v;
    if (args->in[0])
        return H_PARAMETER;
    if (wrong || !wanted) {
        args->out[0] = 1;
        args->out[1] = (uint64_t)__builtin_clzll(wrong ? wrong : offered(x));
        return H_P2;
    }
    if (x->capabilities)
        return H_STATE;
    x->capabilities = wanted;
    return H_SUCCESS;
}

/* r4 flags, r5 token: -1, since nothing takes long here. Out: r4 id. */
static int64_t h_guest_create(void *self, struct vcpu *v, struct hcall_args *args)
{
    struct guests *x = self;

    (void)v;
    if (args->in[0])
        return H_UNSUPPORTED_FLAG;
    if (args->in[1] != UINT64_MAX)
        return H_P2;
    if (!x->capabilities)
        return H_STATE;
    for (unsigned id = 1; id < GUEST_LPIDS; id++)
        if (!x->guests[id]) {
            x->guests[id] = calloc(1, sizeof *x->guests[id]);
            args->out[0] = id;
            return x->guests[id] ? H_SUCCESS : H_NO_MEM;
        }
    return H_NO_MEM;
}

/* r4 flags, r5 guest, r6 number of the processor. */
static int64_t h_guest_create_vcpu(void *self, struct vcpu *v, struct hcall_args *args)
{
    struct guests *x = self;
    struct guest *g = find(x, args->in[1]);
    uint64_t number = args->in[2];

    (void)v;
    if (args->in[0])
        return H_UNSUPPORTED_FLAG;
    if (!g)
        return H_P2;
    if (number >= GUEST_VCPUS)
        return H_P3;
    if (g->vcpus[number])
        return H_IN_USE;
    if (x->n_vcpus == VCPUS_IN_ALL)
        return H_NOT_ENOUGH_RESOURCES;
    g->vcpus[number] = calloc(1, sizeof *g->vcpus[number]);
    if (!g->vcpus[number])
        return H_NOT_ENOUGH_RESOURCES;
    guest_processor_init(&g->vcpus[number]->state);
    x->n_vcpus++;
    return H_SUCCESS;
}

/* r4 flags: all; r5 guest. */
static int64_t h_guest_delete(void *self, struct vcpu *v, struct hcall_args *args)
{
    struct guests *x = self;
    bool all = args->in[0] & PPC_BIT(0);

    (void)v;
    if (args->in[0] & ~PPC_BIT(0))
        return H_UNSUPPORTED_FLAG;
    if (!all && !find(x, args->in[1]))
        return H_P2;
    for (unsigned id = 1; id < GUEST_LPIDS; id++)
        if (x->guests[id] && x->guests[id]->n_running && (all || id == args->in[1]))
            return H_IN_USE;
    for (unsigned id = 1; id < GUEST_LPIDS; id++)
        if (all || id == args->in[1])
            delete(x, id);
    /* The next one of that id is another. */
    processors_flush_translations(x->platform->processors);
    return H_SUCCESS;
}

/* ---- state ---- */

#define STATE_WIDE PPC_BIT(0)

/* r4 flags, r5 guest, r6 processor: the processor, NULL for the whole guest. H_SUCCESS or why not. */
static int64_t state_of(struct guests *x, const struct hcall_args *args, struct guest **g, struct guest_vcpu **vcpu)
{
    *g = find(x, args->in[1]);
    *vcpu = NULL;
    if (args->in[0] & ~STATE_WIDE)
        return H_PARAMETER;
    if (!*g)
        return H_P2;
    if (args->in[0] & STATE_WIDE)
        return H_SUCCESS;
    if (args->in[2] >= GUEST_VCPUS || !(*vcpu = (*g)->vcpus[args->in[2]]))
        return H_P3;
    return (*vcpu)->is_running ? H_IN_USE : H_SUCCESS;
}

/* r7 buffer, r8 its size. Out, if an element is wrong: r4 which one. */
static int64_t h_guest_get_state(void *self, struct vcpu *v, struct hcall_args *args)
{
    struct guests *x = self;
    struct guest *g;
    struct guest_vcpu *vcpu;
    int64_t status = state_of(x, args, &g, &vcpu);

    (void)v;
    if (status != H_SUCCESS)
        return status;
    return guest_buffer_get(x->platform->mem, args->in[3], args->in[4], &g->wide, vcpu ? &vcpu->state : NULL, &args->out[0]);
}

static int64_t h_guest_set_state(void *self, struct vcpu *v, struct hcall_args *args)
{
    struct guests *x = self;
    struct guest *g;
    struct guest_vcpu *vcpu;
    int64_t status = state_of(x, args, &g, &vcpu);
    uint64_t tree;

    (void)v;
    if (status != H_SUCCESS)
        return status;
    tree = g->wide.tree;
    status = guest_buffer_set(x->platform->mem, args->in[3], args->in[4], &g->wide, vcpu ? &vcpu->state : NULL, &args->out[0]);
    if (g->wide.tree != tree)
        processors_flush_translations(x->platform->processors);
    return status;
}

/* ---- running ---- */

/* Compatibility register of a guest that is to be like the processor of that logical PVR. */
static uint64_t pcr_of(uint32_t logical_pvr)
{
    return logical_pvr == LOGICAL_PVR_POWER8 ? PPC_BIT(60) : logical_pvr == LOGICAL_PVR_POWER9 ? PPC_BIT(59) : 0;
}

static struct visit *visit_of(struct guests *x, struct vcpu *v)
{
    if (!x->visits[v->index])
        x->visits[v->index] = calloc(1, sizeof(struct visit));
    return nested_prepare(v) ? x->visits[v->index] : NULL;
}

/* r4 flags, r5 guest, r6 processor. Out, when it has ended: r4 the interrupt's vector. Returns what the guest's r3 is: the
 * dispatcher writes that there; the partition's is guests_leave()'s. */
static int64_t h_guest_run_vcpu(void *self, struct vcpu *v, struct hcall_args *args)
{
    struct guests *x = self;
    struct guest *g = find(x, args->in[1]);
    struct guest_vcpu *vcpu = g && args->in[2] < GUEST_VCPUS ? g->vcpus[args->in[2]] : NULL;
    struct guest_processor *state = vcpu ? &vcpu->state : NULL;
    struct visit *visit;
    int64_t status;

    if (args->in[0])
        return H_UNSUPPORTED_FLAG;
    if (!g)
        return H_P2;
    if (!vcpu)
        return H_P3;
    if (vcpu->is_running)
        return H_IN_USE;
    if (!g->wide.tree || !state->output)
        return H_NOT_AVAILABLE;
    visit = visit_of(x, v);
    if (!visit)
        return H_NOT_ENOUGH_RESOURCES;
    if (state->input) {
        struct guest_wide wide = g->wide;

        status = guest_buffer_set(x->platform->mem, state->input, state->input_size, &wide, state, &args->out[0]);
        if (status != H_SUCCESS) {
            v->cpu->gpr[4] = args->out[0];
            return status;
        }
    }
    cpu_settle(v->cpu);
    guest_state_store(v->cpu, &visit->own, 0);
    visit->of = g;
    visit->vcpu = vcpu;
    visit->tb_offset = g->wide.tb_offset;
    vcpu->is_running = true;
    g->n_running++;
    guest_state_load(v->cpu, state, 0);
    guest_enter(v->cpu, &visit->guest, &(struct guest_entry){
        .lpid = (uint32_t)args->in[1],
        .tree = g->wide.tree,
        .process_table = g->wide.process_table,
        .msr = *guest_number(state, ELEMENT_MSR),
        .lpcr = *guest_number(state, ELEMENT_LPCR),
        .pcr = pcr_of(g->wide.logical_pvr),
        .hfscr = *guest_number(state, ELEMENT_HFSCR),
        .tb_offset = g->wide.tb_offset,
        .hdec_expiry = *guest_number(state, ELEMENT_HDEC_EXPIRY),
        .doorbell = *guest_number(state, ELEMENT_DPDES) & 1,
        .is_new_here = nested_has_moved(x->nested, v, (uint32_t)args->in[1], (uint32_t)args->in[2]),
    });
    return (int64_t)v->cpu->gpr[3];
}

/* What the partition is told: interrupts of its own are no reason that has a number. */
static unsigned reason_of(unsigned vector)
{
    return vector == VECTOR_EXTERNAL ? 0 : vector;
}

bool guests_leave(struct guests *x, struct vcpu *v)
{
    struct visit *visit = x->visits[v->index];
    struct cpu *c = v->cpu;
    struct guest_processor *state;

    if (!visit || !visit->of)
        return false;
    state = &visit->vcpu->state;
    cpu_settle(c);
    guest_state_store(c, state, visit->tb_offset);
    *guest_number(state, ELEMENT_MSR) |= visit->guest.srr1_bits;
    *guest_number(state, ELEMENT_HFSCR) = visit->guest.hfscr;
    *guest_number(state, ELEMENT_DPDES) = atomic_load(&c->requests) & CPU_REQUEST_DOORBELL ? 1 : 0;
    state->hdar = visit->guest.vector == VECTOR_HYPERVISOR_INSN_STORAGE ? c->nia : visit->guest.hdar;
    state->hdsisr = (uint32_t)visit->guest.hdsisr;
    state->asdr = visit->guest.asdr;
    state->heir = visit->guest.heir;
    /* guest_exit() takes the offset off the decrementer. */
    guest_state_load(c, &visit->own, visit->tb_offset);
    guest_exit(c);
    visit->vcpu->is_running = false;
    visit->of->n_running--;
    visit->of = NULL;
    c->gpr[3] = guest_buffer_report(x->platform->mem, state, visit->guest.vector) ? H_SUCCESS : (uint64_t)H_HARDWARE;
    c->gpr[4] = reason_of(visit->guest.vector);
    return true;
}

enum { WHEN = WHEN_NESTED_PAPR | WHEN_RADIX };

static const struct hcall_row guests_hcalls[] = {
    { H_GUEST_GET_CAPABILITIES, "H_GUEST_GET_CAPABILITIES", NULL, .in = 1, .out = 1, .when = WHEN,
      .fn = h_guest_get_capabilities },
    { H_GUEST_SET_CAPABILITIES, "H_GUEST_SET_CAPABILITIES", NULL, .in = 2, .out = 2, .when = WHEN,
      .fn = h_guest_set_capabilities },
    { H_GUEST_CREATE, "H_GUEST_CREATE", NULL, .in = 2, .out = 1, .when = WHEN, .fn = h_guest_create },
    { H_GUEST_CREATE_VCPU, "H_GUEST_CREATE_VCPU", NULL, .in = 3, .when = WHEN, .fn = h_guest_create_vcpu },
    { H_GUEST_GET_STATE, "H_GUEST_GET_STATE", NULL, .in = 5, .out = 1, .when = WHEN, .fn = h_guest_get_state },
    { H_GUEST_SET_STATE, "H_GUEST_SET_STATE", NULL, .in = 5, .out = 1, .when = WHEN, .fn = h_guest_set_state },
    { H_GUEST_RUN_VCPU, "H_GUEST_RUN_VCPU", NULL, .in = 3, .when = WHEN, .fn = h_guest_run_vcpu },
    { H_GUEST_DELETE, "H_GUEST_DELETE", NULL, .in = 2, .when = WHEN, .fn = h_guest_delete },
};

const struct facility_type guests_facility = {
    .name = "guests",
    .hcalls = guests_hcalls,
    .n_hcalls = ARRAY_SIZE(guests_hcalls),
    .reset = guests_reset,
};
