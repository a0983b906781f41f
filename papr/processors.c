/* The partition's processors; see processors.h. Here are their life, halting and waking, starting
 * and stopping, and the rows of the facility; processors-mmu.c, processors-mode.c, vpa.c and
 * processors-tree.c hold the rest. */
#include "papr/processors.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "papr/compat.h"
#include "papr/numa.h"
#include "papr/processors-internal.h"

struct processors *processors_new(struct platform *p, struct error *err)
{
    struct processors *x = calloc(1, sizeof *x);

    if (x)
        x->areas = calloc(accel_limit(p->accel), sizeof *x->areas);
    if (!x || !x->areas) {
        error_set(err, ERROR_RESOURCE, "out of memory for the processors' facility");
        free(x);
        return NULL;
    }
    x->platform = p;
    p->processors = x;
    return x;
}

void processors_free(struct processors *x)
{
    if (!x)
        return;
    x->platform->processors = NULL;
    free(x->cores);
    free(x->areas);
    free(x);
}

void platform_vcpu_woken(void *opaque, struct vcpu *v)
{
    struct platform *p = opaque;

    if (p->processors)
        vpa_note_dispatch(p->processors, v, true);
}

static uint64_t lpcr_at_start(const struct platform *p)
{
    return p->config->cap_large_decr && p->config->model->level >= CPU_ISA_3_0 ? LPCR_LD : 0;
}

static void reset_vcpu(void *self, struct vcpu *v)
{
    struct processors *x = self;

    x->areas[v->index] = (struct vcpu_areas){ 0 };
    vcpu_reset(v);
    v->cpu->lpcr |= lpcr_at_start(x->platform);
    v->cpu->has_tm = x->platform->config->cap_htm;
    v->state = VCPU_STOPPED;
    v->prodded = false;
}

static void processors_reset(void *self)
{
    struct processors *x = self;
    struct accel *accel = x->platform->accel;

    x->partition_entry = 0;
    for (unsigned i = 0; i < accel_count(accel); i++)
        reset_vcpu(x, accel_vcpu(accel, i));
}

void processors_prepare(struct processors *x, struct vcpu *v, const struct vcpu *like,
                        uint64_t address, uint64_t r3)
{
    struct cpu *c = v->cpu;

    vcpu_reset(v);
    c->lpcr |= lpcr_at_start(x->platform);
    if (like) {
        const uint64_t inherited = LPCR_ILE | LPCR_AIL | LPCR_UPRT | LPCR_HR | LPCR_GTSE;

        c->lpcr |= like->cpu->lpcr & inherited;
        c->process_table = like->cpu->process_table;
        c->tb_offset = like->cpu->tb_offset;
        cpu_set_decrementer(c, INT32_MAX);
    }
    c->level = compat_level(c->model, x->platform->negotiated.compat_pvr);
    c->gpr[3] = r3;
    c->cia = c->nia = address;
}

static struct vcpu *find_vcpu(const struct processors *x, uint64_t id)
{
    return accel_find(x->platform->accel, id);
}

static void halt(struct processors *x, struct vcpu *v, enum vcpu_state state)
{
    vpa_note_dispatch(x, v, false);
    vcpu_halt(v, state);
}

/* True, and forgotten, if someone prodded the processor since it last halted. */
static bool take_prod(struct vcpu *v)
{
    return atomic_exchange(&v->prodded, false);
}

/* Waits for a prod, or an interrupt, which MSR[EE] lets in. */
static int64_t wait_for_interrupt(struct processors *x, struct vcpu *v)
{
    bool has_interrupt = cpu_has_interrupt(v->cpu);

    /* What pends already is taken before the next instruction, as mtmsrd has it; the decrementer's expiry may
     * not have been seen yet. Asked after the above: time goes on, and what is not waited for must be requested. */
    if (cpu_decrementer_pending(v->cpu))
        cpu_request(v->cpu, CPU_REQUEST_DECREMENTER);
    cpu_attend(v->cpu);
    if (!take_prod(v) && !has_interrupt)
        halt(x, v, VCPU_CEDED);
    return H_SUCCESS;
}

/* Waits for a prod or a system reset; with interrupts on, for those too. */
static int64_t wait_for_prod(struct processors *x, struct vcpu *v)
{
    if (v->cpu->msr & MSR_EE)
        return wait_for_interrupt(x, v);
    if (!take_prod(v))
        halt(x, v, VCPU_WAITING);
    return H_SUCCESS;
}

static int64_t h_cede(void *self, struct vcpu *v, struct hcall_args *args)
{
    (void)args;
    cpu_set_msr(v->cpu, v->cpu->msr | MSR_EE);
    return wait_for_interrupt(self, v);
}

/* Others get the host's processor, and the lock if they wait for it. */
static void yield_host(struct accel *accel)
{
    accel_unlock(accel);
    sched_yield();
    accel_lock(accel);
}

/* Until the target, which was not dispatched when its counter was seen so, is; but not for ever, since it may wait for
 * us. */
static void yield_host_to(const struct processors *x, const struct vcpu *target, uint32_t seen)
{
    enum { MOST = 16 };
    uint32_t count = seen;

    for (unsigned n = 0; n < MOST && count == seen; n++) {
        yield_host(x->platform->accel);
        if (!vpa_dispatch_count(x, target, &count))
            return;
    }
}

/* r4 processor or -1 (all others), r5 its dispatch counter as the caller saw it. */
static int64_t h_confer(void *self, struct vcpu *v, struct hcall_args *args)
{
    struct processors *x = self;
    uint64_t id = args->in[0];
    uint32_t seen = (uint32_t)args->in[1], count;
    struct vcpu *target;

    if (id == UINT64_MAX) {
        yield_host(x->platform->accel);
        return H_SUCCESS;
    }
    target = find_vcpu(x, id);
    if (!target)
        return H_PARAMETER;
    if (target == v)
        return wait_for_prod(x, v);
    if (seen & 1 && vpa_dispatch_count(x, target, &count) && count == seen)
        yield_host_to(x, target, seen);
    return H_SUCCESS;
}

/* r4 processor. */
static int64_t h_prod(void *self, struct vcpu *v, struct hcall_args *args)
{
    struct vcpu *target = find_vcpu(self, args->in[0]);

    (void)v;
    if (!target)
        return H_PARAMETER;
    vcpu_prod(target);
    return H_SUCCESS;
}

static bool others_have_joined(const struct processors *x, const struct vcpu *self)
{
    struct accel *accel = x->platform->accel;

    for (unsigned i = 0; i < accel_count(accel); i++) {
        const struct vcpu *v = accel_vcpu(accel, i);

        if (v != self && (v->state == VCPU_RUNNING || v->cpu->msr & MSR_EE))
            return false;
    }
    return true;
}

static int64_t h_join(void *self, struct vcpu *v, struct hcall_args *args)
{
    (void)args;
    if (v->cpu->msr & MSR_EE)
        return H_BAD_MODE;
    if (others_have_joined(self, v))
        return H_CONTINUE;
    return wait_for_prod(self, v);
}

/* r4 value. */
static int64_t h_set_sprg0(void *self, struct vcpu *v, struct hcall_args *args)
{
    (void)self;
    v->cpu->spr[SPR_SPRG0] = args->in[0];
    return H_SUCCESS;
}

/* The data address breakpoint registers are gone since POWER8. */
static int64_t h_set_dabr(void *self, struct vcpu *v, struct hcall_args *args)
{
    (void)self;
    (void)v;
    (void)args;
    return H_HARDWARE;
}

/* r4: a processor, -1 all, -2 all but the caller. */
static int64_t h_signal_sys_reset(void *self, struct vcpu *v, struct hcall_args *args)
{
    struct processors *x = self;
    struct accel *accel = x->platform->accel;
    int64_t who = (int64_t)args->in[0];
    struct vcpu *target = find_vcpu(x, args->in[0]);

    if (who < -2 || (who >= 0 && !target))
        return H_PARAMETER;
    for (unsigned i = 0; i < accel_count(accel); i++) {
        struct vcpu *other = accel_vcpu(accel, i);

        if (who == -1 || (who == -2 && other != v) || other == target)
            vcpu_system_reset(other);
    }
    return H_SUCCESS;
}

/* r4 flags, r5 processor; out: r4 to r9 the list, two cells in each, filled up with ones. */
static int64_t h_home_node_associativity(void *self, struct vcpu *v, struct hcall_args *args)
{
    enum { FLAG_VCPU = 1, REGISTERS = 6 };
    struct processors *x = self;
    uint32_t list[NUMA_LIST_MAX], cells[2 * REGISTERS];
    unsigned used;

    (void)v;
    if (args->in[0] != FLAG_VCPU)
        return H_FUNCTION;
    if (!find_vcpu(x, args->in[1]))
        return H_P2;
    used = numa_vcpu_list(x->platform, (unsigned)args->in[1], list);
    memset(cells, 0xff, sizeof cells);
    memcpy(cells, list + 1, (used - 1) * sizeof list[0]);
    for (unsigned i = 0; i < REGISTERS; i++)
        args->out[i] = (uint64_t)cells[2 * i] << 32 | cells[2 * i + 1];
    return H_SUCCESS;
}

static const struct hcall_row processor_hcalls[] = {
    { H_SET_DABR, "H_SET_DABR", "hcall-dabr", .in = 1, .fn = h_set_dabr },
    { H_SET_XDABR, "H_SET_XDABR", NULL, .in = 2, .fn = h_set_dabr },
    { H_REGISTER_VPA, "H_REGISTER_VPA", "hcall-splpar", .in = 3, .fn = h_register_vpa },
    { H_CEDE, "H_CEDE", "hcall-splpar", .fn = h_cede, .is_quick = true },
    { H_CONFER, "H_CONFER", "hcall-splpar", .in = 2, .fn = h_confer },
    { H_PROD, "H_PROD", "hcall-splpar", .in = 1, .fn = h_prod, .is_quick = true },
    { H_JOIN, "H_JOIN", "hcall-join", .when = WHEN_JOIN, .fn = h_join },
    { H_SET_MODE, "H_SET_MODE", "hcall-set-mode", .in = 4, .fn = h_set_mode },
    { H_SET_SPRG0, "H_SET_SPRG0", "hcall-sprg0", .in = 1, .fn = h_set_sprg0, .is_quick = true },
    { H_HOME_NODE_ASSOCIATIVITY, "H_HOME_NODE_ASSOCIATIVITY", "hcall-vphn", .in = 2, .out = 6,
      .fn = h_home_node_associativity },
    { H_GET_CPU_CHARACTERISTICS, "H_GET_CPU_CHARACTERISTICS", NULL, .out = 2,
      .fn = h_get_cpu_characteristics },
    { H_SIGNAL_SYS_RESET, "H_SIGNAL_SYS_RESET", NULL, .in = 1, .fn = h_signal_sys_reset },
    { H_REGISTER_PROC_TBL, "H_REGISTER_PROC_TBL", NULL, .in = 4, .when = WHEN_ISA_3_0,
      .fn = h_register_proc_tbl },
    { H_CLEAN_SLB, "H_CLEAN_SLB", NULL, .in = 3, .when = WHEN_ISA_3_0, .fn = h_clean_slb },
    { H_INVALIDATE_PID, "H_INVALIDATE_PID", NULL, .in = 2, .when = WHEN_ISA_3_0,
      .fn = h_invalidate_pid },
    { H_RPT_INVALIDATE, "H_RPT_INVALIDATE", "hcall-rpt-invalidate", .in = 6,
      .when = WHEN_RPT_INVALIDATE, .fn = h_rpt_invalidate },
};

/* Argument: processor. Result: 0 stopped, 1 about to, 2 not. */
static int32_t rtas_query_cpu_stopped_state(void *self, struct vcpu *v, struct rtas_args *args)
{
    enum { STATE_STOPPED = 0, STATE_STOPPING = 1, STATE_RUNNING = 2 };
    const struct vcpu *target = find_vcpu(self, args->arg[0]);

    (void)v;
    if (!target)
        return RTAS_PARAMETER;
    args->ret[1] = target->state != VCPU_STOPPED ? STATE_RUNNING
                   : target->is_inside           ? STATE_STOPPING
                                                 : STATE_STOPPED;
    return RTAS_OK;
}

/* Arguments: processor, address, its r3. */
static int32_t rtas_start_cpu(void *self, struct vcpu *v, struct rtas_args *args)
{
    struct processors *x = self;
    struct vcpu *target = find_vcpu(x, args->arg[0]);

    if (!target)
        return RTAS_PARAMETER;
    if (target->state != VCPU_STOPPED)
        return RTAS_HARDWARE;
    accel_wait_stopped(target);
    /* Another processor may have been quicker, or have given it back. */
    if (target->state != VCPU_STOPPED || target->is_retired)
        return RTAS_HARDWARE;
    processors_prepare(x, target, v, args->arg[1], args->arg[2]);
    vcpu_start(target);
    vpa_note_dispatch(x, target, true);
    return RTAS_OK;
}

static int32_t rtas_stop_self(void *self, struct vcpu *v, struct rtas_args *args)
{
    (void)args;
    halt(self, v, VCPU_STOPPED);
    return RTAS_OK;
}

static const struct rtas_row processor_rtas[] = {
    { 0x2005, "query-cpu-stopped-state", 1, 2, WHEN_ALWAYS, rtas_query_cpu_stopped_state },
    { 0x2006, "start-cpu", 3, 1, WHEN_ALWAYS, rtas_start_cpu },
    { 0x2007, "stop-self", 0, 1, WHEN_ALWAYS, rtas_stop_self },
};

const struct facility_type processors_facility = {
    .name = "processors",
    .hcalls = processor_hcalls,
    .n_hcalls = ARRAY_SIZE(processor_hcalls),
    .rtas = processor_rtas,
    .n_rtas = ARRAY_SIZE(processor_rtas),
    .reset = processors_reset,
    .vcpu_added = reset_vcpu,
    .write_tree = processors_write_tree,
};
