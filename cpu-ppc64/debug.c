/* Breakpoints and watch points of a debugger; see debug.h. */
#include "cpu-ppc64/debug.h"

void debug_attach(struct cpu *c, const struct debug_points *points)
{
    c->debug = points;
    c->debug_step = c->debug_pass = false;
    c->debug_reason = DEBUG_NONE;
    c->watches = (uint8_t)((c->watches & ~DEBUG_WATCH_BIT) | (points && points->n_watches ? DEBUG_WATCH_BIT : 0));
    /* Ways around the points may be in the TLB or among the addresses of fetches. */
    mmu_tlb_flush(c);
}

void debug_prepare(struct cpu *c, bool step)
{
    c->debug_step = step;
    c->debug_pass = true;
    c->debug_reason = DEBUG_NONE;
}

bool debug_page_has_breakpoint(const struct cpu *c)
{
    ea_t page = align_down(c->nia & c->ea_mask, MEM_PAGE_SIZE);

    for (unsigned i = 0; i < c->debug->n_breakpoints; i++)
        if (align_down(c->debug->breakpoints[i], MEM_PAGE_SIZE) == page)
            return true;
    return false;
}

static void stop(struct cpu *c, enum debug_reason reason, ea_t address)
{
    c->debug_step = c->debug_pass = false;
    c->debug_reason = (uint8_t)reason;
    c->debug_address = address;
    if (c->hv_ops->debug_stop)
        c->hv_ops->debug_stop(c->hv, c);
}

bool debug_before(struct cpu *c)
{
    ea_t nia = c->nia & c->ea_mask;

    for (unsigned i = 0; i < c->debug->n_breakpoints && !c->debug_pass; i++)
        if (c->debug->breakpoints[i] == nia) {
            c->nia = nia;
            stop(c, DEBUG_BREAKPOINT, nia);
            return false;
        }
    return true;
}

void debug_after(struct cpu *c)
{
    c->debug_pass = false;
    if (c->debug_step)
        stop(c, DEBUG_STEPPED, c->nia);
}

static const struct debug_watch *find(const struct cpu *c, ea_t first, ea_t last, enum mmu_access access)
{
    for (unsigned i = 0; c->debug && i < c->debug->n_watches; i++) {
        const struct debug_watch *w = &c->debug->watches[i];

        if ((access == MMU_STORE ? w->store : w->load) && w->first <= last && first <= w->last)
            return w;
    }
    return NULL;
}

bool debug_watch_covers(const struct cpu *c, ea_t first, ea_t last, enum mmu_access access)
{
    return find(c, first, last, access);
}

bool debug_watch_stops(struct cpu *c, ea_t first, ea_t last, enum mmu_access access)
{
    const struct debug_watch *w = c->debug_pass ? NULL : find(c, first, last, access);

    if (!w)
        return false;
    c->nia = c->cia; /* to be done again */
    stop(c, DEBUG_WATCH, w->first > first ? w->first : first);
    return true;
}
