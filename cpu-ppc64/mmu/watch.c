/* Watch points; see watch.h.
 *
 * Left out: until ISA 3.0 a quadword access is compared by quadwords and a range does not reach beyond 512 bytes;
 * here both are as in ISA 3.1. HRAMMC has no effect. */
#include "cpu-ppc64/mmu/watch.h"

#include "cpu-ppc64/debug.h"

enum { DOUBLEWORD = 8 };

static const enum spr dawrs[WATCHES] = { SPR_DAWR0, SPR_DAWR1 }, dawrxs[WATCHES] = { SPR_DAWRX0, SPR_DAWRX1 };

/* Addresses from first to last; a range does not go around the end of the address space. */
struct range {
    ea_t first, last;
};

static struct range range_from(ea_t first, uint64_t size)
{
    ea_t last = first + size - 1;

    return (struct range){ first, last < first ? UINT64_MAX : last };
}

static struct range watched_range(const struct cpu *c, unsigned n)
{
    uint64_t doublewords = PPC_FIELD(c->spr[dawrxs[n]], 48, 53) + 1;

    return range_from(align_down(c->spr[dawrs[n]], DOUBLEWORD), doublewords * DOUBLEWORD);
}

static bool overlap(struct range a, struct range b)
{
    return a.first <= b.last && b.first <= a.last;
}

static bool watches_kind(const struct cpu *c, unsigned n, enum mmu_access access)
{
    uint64_t dawrx = c->spr[dawrxs[n]];

    return c->watches >> n & 1 && dawrx & (access == MMU_STORE ? DAWRX_DW : DAWRX_DR) &&
           (dawrx & DAWRX_WTI || !(dawrx & DAWRX_WT) == !(c->msr & MSR_DR));
}

static bool watches_state(const struct cpu *c, unsigned n)
{
    return c->spr[dawrxs[n]] & (c->msr & MSR_PR ? DAWRX_PROBLEM : DAWRX_PRIVILEGED);
}

void watch_set(struct cpu *c, unsigned n, uint64_t dawr, uint32_t dawrx)
{
    bool enabled = dawrx & (DAWRX_DW | DAWRX_DR) && dawrx & (DAWRX_PRIVILEGED | DAWRX_PROBLEM);
    struct range range;

    c->spr[dawrs[n]] = dawr;
    c->spr[dawrxs[n]] = dawrx;
    c->watches = (uint8_t)((c->watches & ~(1u << n)) | (unsigned)enabled << n);
    if (!enabled)
        return;
    range = watched_range(c, n);
    mmu_tlb_forget_data(c, range.first);
    mmu_tlb_forget_data(c, range.last);
}

bool watch_covers_page(const struct cpu *c, ea_t page, enum mmu_access access)
{
    if (debug_watch_covers(c, page, page + MEM_PAGE_SIZE - 1, access))
        return true;
    for (unsigned n = 0; n < WATCHES; n++)
        /* All states share one array of real addresses. */
        if (watches_kind(c, n, access) && (!(c->msr & MSR_DR) || watches_state(c, n)) &&
            overlap(watched_range(c, n), range_from(page, MEM_PAGE_SIZE)))
            return true;
    return false;
}

bool watch_stops_slow(struct cpu *c, ea_t ea, unsigned size, enum mmu_access access)
{
    struct range accessed = range_from(ea, size);

    if (debug_watch_stops(c, accessed.first, accessed.last, access))
        return true;
    for (unsigned n = 0; n < WATCHES; n++) {
        struct range watched = watched_range(c, n);

        if (!watches_kind(c, n, access) || !watches_state(c, n) || !overlap(watched, accessed))
            continue;
        cpu_interrupt_data_storage(c, watched.first > ea ? watched.first : ea,
                                   DSISR_DAWR | (access == MMU_STORE ? DSISR_STORE : 0));
        return true;
    }
    return false;
}
