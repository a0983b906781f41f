/* Cases with a second processor. */
#include "smp.h"

static struct other *const o = &others[0];

bool second(void) { return start_other(0); }
bool several(void) { return n_processors > 1; }

/* ---- start-cpu and its kin ---- */

/* 64-bit, real mode, big-endian, with machine checks on, and nothing else. */
bool start_cpu(void)
{
    return second() && o->msr == (MSR_SF | MSR_ME);
}

bool start_cpu_again(void)
{
    return second() && stop_others() && second();
}

bool start_cpu_running(void)
{
    return second() && rtas("start-cpu", 3, 1, o->server, (u64)boot_second, 0) == -1;
}

bool stop_self_other(void) { return second() && stop_others(); }

static s64 query(u64 server)
{
    return rtas("query-cpu-stopped-state", 1, 2, server, 0, 0) ? -1 : (s64)rets[0];
}

bool query_stopped(void) { return query(o->server) == 0; }
bool query_running(void) { return second() && query(o->server) == 2; }

/* ---- waiting and waking ---- */

static s64 prod(struct other *p) { return (s64)hcall4(0xe8, p->server, 0, 0, 0); }

bool prod_ceded(void)
{
    if (!other_vpa())
        return false;
    ask(o, cede, 0);
    wait_halted();
    return !prod(o) && is_done(o) && !o->result && ENDED_BY_TRAP(o->state);
}

static s64 cede_later(struct other *p)
{
    p->progress = 1;
    delay(5);
    return cede(p);
}

/* A prod that comes before is remembered. */
bool prod_before_cede(void)
{
    ask(o, cede_later, 0);
    return wait_for(&o->progress, 1, 1000) && !prod(o) && is_done(o) && !o->result;
}

/* One prod, one wake-up. */
static s64 cede_twice(struct other *p)
{
    cede(p);
    p->progress = 2;
    return cede(p);
}

bool prod_once_each(void)
{
    bool is_halted;

    ask(o, cede_twice, 0);
    wait_for(&o->progress, 1, 1000);
    prod(o);
    wait_for(&o->progress, 2, 1000);
    delay(5);
    is_halted = o->work != NULL;
    return !prod(o) && is_done(o) && is_halted;
}

static s64 cede_with_timer(struct other *p)
{
    mtspr(SPR_DEC, 20000);
    return cede(p);
}

bool cede_other_timer(void)
{
    ask(o, cede_with_timer, 0);
    return is_done(o) && !o->result && o->state.vector - 12 == 0x900 && o->state.srr1 & MSR_EE;
}

static s64 confer_self(struct other *p)
{
    p->progress = 1;
    return (s64)hcall4(0xe4, p->server, 0, 0, 0);
}

/* With interrupts on they end it too. [LoPAR H_CONFER] */
static s64 confer_enabled(struct other *p)
{
    if (p->argument)
        mtspr(SPR_DEC, 2000000); /* not before the call */
    p->progress = 1;
    p->state = call_in_run(0xe4, p->server, 0, privileged | MSR_EE);
    return (s64)p->state.gpr[3];
}

bool confer_self_timer(void)
{
    ask(o, confer_enabled, 1);
    return is_done(o) && !o->result && o->state.vector - 12 == 0x900;
}

bool confer_self_reset(void)
{
    if (!other_vpa())
        return false;
    ask(o, confer_enabled, 0);
    wait_halted();
    return !hcall4(0x380, o->server, 0, 0, 0) && is_done(o) && !o->result && o->state.vector - 12 == 0x100;
}

/* With interrupts off they do not. */
static s64 confer_disabled(struct other *p)
{
    mtspr(SPR_DEC, 20000);
    confer_self(p);
    quiet_decrementer();
    p->progress = 2;
    return 0;
}

bool confer_self_no_timer(void)
{
    bool is_waiting;

    ask(o, confer_disabled, 0);
    wait_for(&o->progress, 1, 1000);
    delay(10);
    is_waiting = o->progress == 1;
    return !prod(o) && is_done(o) && is_waiting;
}

bool confer_self_prodded(void)
{
    if (!other_vpa())
        return false;
    ask(o, confer_self, 0);
    wait_halted();
    return !prod(o) && is_done(o) && !o->result;
}

static bool confer_to_other(u64 count)
{
    return !hcall4(0xe4, o->server, count, 0, 0);
}

bool confer_running(void) { return other_vpa() && confer_to_other(dispatches()); }
bool confer_stale(void) { return other_vpa() && confer_to_other(dispatches() + 7); }
bool confer_no_vpa(void) { return confer_to_other(1); }

/* To one that has ceded: it does not run, whatever is conferred. The call must come back. */
bool confer_halted(void)
{
    bool is_good;

    if (!other_vpa())
        return false;
    ask(o, cede, 0);
    wait_halted();
    is_good = confer_to_other(dispatches());
    return !prod(o) && is_done(o) && is_good;
}

/* H_CONFER and H_PROD change r3 only. [LoPAR H_CONFER, H_PROD] */
static bool only_r3(u64 token, u64 a, u64 b)
{
    u64 q[10] = { token, a, b, 3, 4, 5, 6, 7, 8, 9 };

    hcall(q);
    for (u64 i = 3; i < 10; i++)
        if (q[i] != i)
            return false;
    return !q[0] && q[1] == a && q[2] == b;
}

bool prod_only_r3(void) { return only_r3(0xe8, o->server, 77); }
bool confer_only_r3(void) { return only_r3(0xe4, o->server, 2); }

/* ---- H_JOIN ---- */

static s64 join(struct other *p)
{
    p->progress = 1;
    return (s64)hcall4(0x298, 0, 0, 0, 0);
}

bool join_last(void)
{
    s64 own;

    if (!other_vpa())
        return false;
    ask(o, join, 0);
    wait_halted();
    own = (s64)hcall4(0x298, 0, 0, 0, 0);
    return !prod(o) && is_done(o) && own == 18 && !o->result;
}

static s64 join_in_run(struct other *p)
{
    p->progress = 1;
    p->state = call_in_run(0x298, 0, 0, privileged);
    return (s64)p->state.gpr[3];
}

bool join_reset(void)
{
    if (!other_vpa())
        return false;
    ask(o, join_in_run, 0);
    wait_halted();
    return !hcall4(0x380, o->server, 0, 0, 0) && is_done(o) && !o->result && o->state.vector - 12 == 0x100;
}

static s64 prod_first_later(struct other *p)
{
    (void)p;
    delay(10);
    return (s64)hcall4(0xe8, own_server, 0, 0, 0);
}

bool join_prodded(void)
{
    ask(o, prod_first_later, 0);
    return !hcall4(0x298, 0, 0, 0, 0) && is_done(o) && !o->result;
}

bool join_enabled(void)
{
    struct state s = call_in_run(0x298, 0, 0, privileged | MSR_EE);

    r[0] = s.gpr[3];
    return ENDED_BY_TRAP(s) && (s64)s.gpr[3] == BAD_MODE;
}

/* ---- virtual processor areas ---- */

bool vpa_of_other(void) { return other_vpa() && ((volatile u8 *)OTHER_VPA)[9] & 2; }

static s64 deregister(struct other *p)
{
    return (s64)hcall4(0xdc, 0xa00000000000, p->server, 0, 0);
}

bool vpa_of_other_ends(void)
{
    if (!other_vpa())
        return false;
    ask(o, deregister, 0);
    return is_done(o) && !o->result;
}

/* Even while dispatched, odd while not. [LoPAR Per Virtual Processor Area] */
bool dispatch_count(void)
{
    u32 before, halted, after;

    if (!other_vpa())
        return false;
    delay(1);
    before = dispatches();
    ask(o, cede, 0);
    wait_halted();
    halted = dispatches();
    if (prod(o) || !is_done(o))
        return false;
    after = dispatches();
    r[1] = (u64)before << 32 | halted << 16 | after;
    return !(before & 1) && halted & 1 && !(after & 1) && after > before;
}

/* ---- interrupts ---- */

bool reset_other(void)
{
    ask(o, spin, 0);
    wait_for(&o->progress, 1, 1000);
    return !hcall4(0x380, o->server, 0, 0, 0) && is_done(o) && o->result == 0x100;
}

bool reset_others(void)
{
    u64 begun = 0;

    for (u64 n = 0; n + 1 < n_processors; n++)
        if (start_other(n)) {
            ask(&others[n], spin, 0);
            wait_for(&others[n].progress, 1, 1000);
            begun++;
        }
    if (hcall4(0x380, -2ul, 0, 0, 0))
        return false;
    for (u64 n = 0; n < begun; n++)
        if (!is_done(&others[n]) || others[n].result != 0x100)
            return false;
    return begun > 0;
}

bool reset_all(void)
{
    struct state s;

    ask(o, spin, 0);
    wait_for(&o->progress, 1, 1000);
    s = call_in_run(0x380, -1ul, 0, privileged);
    return s.vector - 12 == 0x100 && !s.gpr[3] && is_done(o) && o->result == 0x100;
}

/* A processor that has ceded is woken by it. */
bool reset_ceded(void)
{
    if (!other_vpa())
        return false;
    ask(o, cede, 0);
    wait_halted();
    return !hcall4(0x380, o->server, 0, 0, 0) && is_done(o) && o->state.vector - 12 == 0x100;
}

static s64 take_ipi(struct other *p)
{
    u64 q[10] = { H_XIRR };

    hcall4(H_CPPR, 0xff, 0, 0, 0);
    if ((p->argument ? cede(p), (s64)p->state.vector - 12 : spin_enabled(p)) != 0x500)
        return -1;
    hcall(q);
    hcall4(H_IPI, p->server, 0xff, 0, 0);
    hcall4(H_EOI, q[1], 0, 0, 0);
    hcall4(H_CPPR, 0, 0, 0, 0);
    return (s64)(q[1] & 0xffffff);
}

static bool ipi_to(u64 is_ceding)
{
    ask(o, take_ipi, is_ceding);
    wait_for(&o->progress, 1, 1000);
    delay(1 + is_ceding * 3);
    return !hcall4(H_IPI, o->server, 4, 0, 0) && is_done(o) && o->result == 2;
}

bool ipi_other(void) { return ipi_to(0); }
bool ipi_ceded(void) { return ipi_to(1); }

/* It is pending, but nobody has taken it: as H_IPOLL of another processor tells. */
static s64 set_cppr(struct other *p) { return (s64)hcall4(H_CPPR, p->argument, 0, 0, 0); }

static bool poll(u64 *xirr, u64 *mfrr)
{
    u64 q[10] = { 0x70, o->server };

    hcall(q);
    *xirr = q[1] & 0xffffffff, *mfrr = q[2] & 0xff;
    return !q[0];
}

bool ipoll_other(void)
{
    u64 xirr, mfrr, xirr2, mfrr2;

    ask(o, set_cppr, 3);
    if (!is_done(o) || hcall4(H_IPI, o->server, 4, 0, 0) || !poll(&xirr, &mfrr))
        return false;
    ask(o, set_cppr, 0xff);
    if (!is_done(o) || !poll(&xirr2, &mfrr2))
        return false;
    hcall4(H_IPI, o->server, 0xff, 0, 0);
    ask(o, set_cppr, 0);
    r[1] = xirr << 32 | xirr2;
    return is_done(o) && xirr == 0x03000000 && mfrr == 4 && xirr2 == 0xff000002 && mfrr2 == 4;
}

/* ---- the machine as a whole ---- */

CODE(trap_here, "trap");

static s64 trap_translated(struct other *p)
{
    world_enter();
    p->state = start(trap_here, privileged | MSR_IR | MSR_DR);
    run(&p->state);
    return (s64)p->state.vector - 12;
}

/* Interrupt locations are the whole partition's. */
bool ail_of_other(void)
{
    s64 before, after;

    if (!world() || !second())
        return false;
    ask(o, trap_translated, 0);
    is_done(o);
    before = (s64)o->result;
    if (hcall4(H_SET_MODE, 3, 3, 0, 0))
        return false;
    ask(o, trap_translated, 0);
    is_done(o);
    after = (s64)o->result;
    return before == 0x700 && after == (s64)AIL_BASE + 0x700;
}

bool cas_threads(void) { return (s64)hcall4(0xf002, A, A + 0x100000, 0x80000, 0) == -9005; }
bool suspend_threads(void) { return rtas("ibm,suspend-me", 0, 1, 0, 0, 0) == -9005; }
