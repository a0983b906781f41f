/* The interpreter's main loop.
 *
 * Asynchronous interrupts and requests are looked at between slices of a few hundred instructions,
 * and whenever an operation says that the context changed: that bounds latency to about a
 * microsecond and keeps the fast loop down to a fetch, two stores and an indirect call. */
#include "base/log.h"
#include "cpu-ppc64/debug.h"
#include "cpu-ppc64/disas.h"
#include "cpu-ppc64/interp/branch-history.h"
#include "cpu-ppc64/interp/code-cache.h"
#include "cpu-ppc64/interp/op.h"
#include "cpu-ppc64/interp/run.h"
#include "cpu-ppc64/jit/jit.h"
#include "cpu-ppc64/pmu.h"

enum { SLICE = 512 };

/* Runs up to n instructions, fewer if the context changes; returns how many. A fetch that ends in an interrupt
 * counts as one, so that a guest whose handlers cannot be fetched either does get on in the count. */
static uint64_t run_slice(struct cpu *c, uint64_t n)
{
    uint64_t left = n;

    while (left) {
        struct code_page *page = code_cache_fetch(c);
        ea_t start = align_down(c->nia, MEM_PAGE_SIZE);

        if (UNLIKELY(!page))
            return n - left + 1;
        if (UNLIKELY(c->debug) && left < n && debug_page_has_breakpoint(c))
            return n - left;
        while (left) {
            uint64_t offset = c->nia - start;
            const struct decoded *d;

            if (UNLIKELY(offset >= MEM_PAGE_SIZE))
                break;
            d = &page->insns[offset / 4];
            c->cia = c->nia;
            c->nia += 4;
            left--;
            if (UNLIKELY(!d->fn(c, d->insn)))
                return n - left;
        }
    }
    return n;
}

/* One instruction while the performance monitor runs. */
static uint64_t run_counted(struct cpu *c)
{
    struct code_page *page = code_cache_fetch(c);
    const struct decoded *d;

    if (!page)
        return 1;
    d = &page->insns[(c->nia & (MEM_PAGE_SIZE - 1)) / 4];
    c->cia = c->nia;
    c->nia += 4;
    if (d->fn(c, d->insn))
        branch_history_note(c, d->insn);
    return 1;
}

static void trace_one(const struct cpu *c, const struct decoded *d)
{
    char text[96];

    disas(text, sizeof text, d->insn, c->cia);
    log_trace(LOG_ITEM_EXEC, "cpu %u: %016llx %s", c->pir, (unsigned long long)c->cia, text);
    if (!log_on(LOG_ITEM_CPU))
        return;
    for (unsigned r = 0; r < 32; r += 4)
        log_trace(LOG_ITEM_CPU, "r%-2u %016llx %016llx %016llx %016llx", r,
                  (unsigned long long)c->gpr[r], (unsigned long long)c->gpr[r + 1],
                  (unsigned long long)c->gpr[r + 2], (unsigned long long)c->gpr[r + 3]);
    log_trace(LOG_ITEM_CPU, "lr %016llx ctr %016llx cr %08x xer %08llx msr %016llx",
              (unsigned long long)c->lr, (unsigned long long)c->ctr, cpu_cr(c),
              (unsigned long long)cpu_xer(c), (unsigned long long)c->msr);
}

/* The instruction address breakpoint is set for the present state. [ISA3.0 III 8.3] */
static bool has_breakpoint(const struct cpu *c)
{
    enum { PROBLEM = 1, PRIVILEGED = 2 };

    return (c->spr[SPR_CIABR] & 3) == (c->msr & MSR_PR ? PROBLEM : PRIVILEGED);
}

/* True if an instruction that left the fast loop completed all the same, as isync and mtmsr do: an
 * interrupt would have cleared the MSR's trace bits, even with its vector right behind. Returns and system
 * calls are not traced. */
static bool completed_all_the_same(const struct cpu *c, uint64_t address, const struct decoded *d)
{
    unsigned id = isa_decode_at(d->insn, c->model->level);

    return c->nia == ((address + 4) & c->ea_mask) &&
           (c->msr & (MSR_SE | MSR_BE) || has_breakpoint(c)) && id != ISA_SC &&
           !(isa_row(id)->flags & ISA_FLAG_BRANCH);
}

/* SRR1 bits of the trace interrupt. [ISA3.0 III 6.5.15, ISA3.1 III 7.5.15] */
#define TRACED PPC_BIT(33)
#define TRACED_PREFIXED PPC_BIT(34)
#define TRACED_LOAD PPC_BIT(35) /* or a cache instruction that behaves like one */
#define TRACED_STORE PPC_BIT(36)
#define TRACED_BREAKPOINT PPC_BIT(43)

static uint64_t what_was_traced(unsigned id)
{
    const struct isa_row *row = isa_row(id);
    uint64_t bits = row->value >> 32 ? TRACED_PREFIXED : 0;

    switch (row->class) {
    case ISA_CLASS_LOAD:
        return bits | TRACED_LOAD;
    case ISA_CLASS_STORE:
        return bits | TRACED_STORE;
    case ISA_CLASS_ATOMIC:
        return bits | (row->name[0] == 's' ? TRACED_STORE : TRACED_LOAD);
    case ISA_CLASS_CACHE:
        return bits | (id == ISA_DCBZ ? TRACED_STORE : row->flags & ISA_FLAG_MEM ? TRACED_LOAD : 0);
    default:
        return bits;
    }
}

/* One instruction with everything that the fast loop leaves out: the log, and the trace interrupt. */
static uint64_t run_one(struct cpu *c)
{
    struct code_page *page = code_cache_fetch(c);
    uint64_t msr = c->msr, address = c->nia;
    const struct decoded *d;
    bool completed, branched, breaks = has_breakpoint(c) && c->spr[SPR_CIABR] >> 2 == address >> 2;
    unsigned id;

    if (!page)
        return 1;
    d = &page->insns[(c->nia & (MEM_PAGE_SIZE - 1)) / 4];
    c->cia = c->nia;
    c->nia += 4;
    if (log_on(LOG_ITEM_EXEC) && d->insn)
        trace_one(c, d);
    completed = d->fn(c, d->insn) || completed_all_the_same(c, address, d);
    if (completed && pmu_is_running(c))
        branch_history_note(c, d->insn);
    id = isa_decode_at(d->insn, c->model->level);
    branched = id != ISA_INVALID && isa_row(id)->flags & ISA_FLAG_BRANCH;
    /* Not after an instruction that caused an interrupt or returned from one. */
    if (completed && (breaks || msr & MSR_SE || (msr & MSR_BE && branched))) {
        c->cia = address;
        cpu_interrupt(c, VECTOR_TRACE, c->nia, TRACED | (breaks ? TRACED_BREAKPOINT : what_was_traced(id)));
    }
    return 1;
}

/* The same between what a debugger wants to know. */
static uint64_t run_debugged(struct cpu *c)
{
    uint64_t done;

    if (!debug_before(c))
        return 0;
    done = run_one(c);
    debug_after(c);
    return done;
}

bool interp_must_step(const struct cpu *c)
{
    return debug_must_step(c) || log_on(LOG_ITEM_EXEC) || c->msr & (MSR_SE | MSR_BE) || has_breakpoint(c) || pmu_is_running(c);
}

void interp_slice(struct cpu *c, uint64_t most)
{
    uint64_t msr = c->msr, done;
    bool counting = pmu_is_running(c);

    if (debug_must_step(c))
        done = run_debugged(c);
    else if (UNLIKELY(log_on(LOG_ITEM_EXEC) || msr & (MSR_SE | MSR_BE) || has_breakpoint(c)))
        done = run_one(c);
    else
        done = counting ? run_counted(c) : run_slice(c, most < SLICE ? most : SLICE);
    c->instructions += done;
    if (UNLIKELY(counting))
        pmu_count(c, msr, done);
}

void interp_one(struct cpu *c)
{
    c->instructions += run_slice(c, 1);
}

void interp_block(struct cpu *c)
{
    enum { MOST = 64 };
    struct code_page *page = code_cache_fetch(c);
    ea_t start = align_down(c->nia, MEM_PAGE_SIZE);

    for (unsigned n = 0; page && n < MOST; n++) {
        uint64_t offset = c->nia - start;
        const struct decoded *d;

        if (offset >= MEM_PAGE_SIZE)
            break;
        d = &page->insns[offset / 4];
        c->cia = c->nia;
        c->nia += 4;
        c->instructions++;
        if (!d->fn(c, d->insn) || c->nia - c->cia > 8)
            break;
    }
}

void cpu_run(struct cpu *c, uint64_t limit)
{
    if (c->jit && limit == UINT64_MAX) {
        jit_run(c->jit, c);
        return;
    }
    while (!(atomic_load_explicit(&c->requests, memory_order_acquire) & CPU_REQUEST_STOP) &&
           c->instructions < limit) {
        cpu_deliver_pending(c);
        interp_slice(c, limit - c->instructions);
    }
}
