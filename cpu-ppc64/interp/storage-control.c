/* Caches, barriers, and the instructions that invalidate translations. [ISA3.0 II 4, III 5.9] */
#include "cpu-ppc64/guest.h"
#include "cpu-ppc64/interp/access.h"
#include "cpu-ppc64/interp/op.h"

#define EA_X ((gpr_or_zero(c, f_ra(i)) + c->gpr[f_rb(i)]) & c->ea_mask)

enum { CACHE_LINE = 128 };

/* ---- caches: the host's are coherent, so that what is left are the checks ---- */

static bool touch(struct cpu *c, ea_t ea, enum mmu_access access)
{
    struct translation t;

    return mmu_translate(c, ea, access, &t);
}

OP(dcbf) { return touch(c, EA_X, MMU_LOAD); }
OP(dcbst) { return touch(c, EA_X, MMU_LOAD); }
OP(icbi) { return touch(c, EA_X, MMU_LOAD); }
OP(dcbt) { return true; }
OP(dcbtst) { return true; }
OP(icbt) { return true; }

bool access_zero_line(struct cpu *c, ea_t ea)
{
    const struct tlb_entry *e;
    struct translation t;
    gpa_t gpa;
    void *p;

    ea = align_down(ea, CACHE_LINE);
    e = tlb_slot(c, ea);
    if (LIKELY(e->store_tag == tlb_tag(ea, 1))) {
        memset((void *)(e->addend + ea), 0, CACHE_LINE);
        return true;
    }
    if (!mmu_translate(c, ea, MMU_STORE, &t))
        return false;
    if (t.is_uncached || !gpa_is_ram(c->mem, t.gpa, CACHE_LINE))
        return cpu_interrupt_alignment(c, ea);
    p = mmu_host_address(c, ea, CACHE_LINE, MMU_STORE, &gpa);
    if (!p)
        return false;
    memset(p, 0, CACHE_LINE);
    return true;
}

OP(dcbz) { return access_zero_line(c, EA_X); }

OP(nop_reserved) { return true; }

/* ---- barriers ---- */

OP(sync)
{
    /* L = 1 is lwsync: order of loads with loads and stores, and of stores with stores. */
    if (f_l2(i) == 1)
        atomic_thread_fence(memory_order_acq_rel);
    else
        atomic_thread_fence(memory_order_seq_cst);
    return true;
}

OP(eieio) { atomic_thread_fence(memory_order_acq_rel); return true; }
OP(isync) { return false; }
/* It may end at any time, so it does at once. */
OP(wait) { return true; }

/* ---- translations ---- */

/* Page sizes by the field AP of RB. [ISA3.0 III 5.10.2] */
static unsigned shift_of(unsigned ap)
{
    return ap == 0 ? 12 : ap == 5 ? 16 : ap == 1 ? 21 : ap == 2 ? 30 : 0;
}

/* RB: address in bits 0:51, IS in 52:53 (one page, a process, all), AP in 56:58; RS: PID in 0:31. RIC: translations, page
 * walk cache (there is none), both and the process table's entry, a group of pages. What takes effect before the next
 * context synchronisation is no matter, so translated code goes on. [ISA3.0 III 5.9.3.3] */
static bool invalidate(struct cpu *c, insn_t i, bool everywhere)
{
    enum { RIC_TLB, RIC_WALKS, RIC_ALL };
    uint64_t rb = c->gpr[f_rb(i)];
    struct mmu_invalidation what = { .pid = guest_tag(c) | (c->gpr[f_rs(i)] >> 32 & ((1u << PROCESS_ID_BITS) - 1)) };

    if (c->lpcr & LPCR_HR && f_ric(i) == RIC_WALKS)
        return true;
    if (c->lpcr & LPCR_HR && f_prs(i) && PPC_FIELD(rb, 52, 53) <= 1) {
        what.page_shift = shift_of((unsigned)PPC_FIELD(rb, 56, 58));
        what.ea = rb & PPC_BITMASK(0, 51);
        what.scope = PPC_FIELD(rb, 52, 53) || f_ric(i) != RIC_TLB || !what.page_shift ? MMU_SCOPE_PROCESS
                                                                                      : MMU_SCOPE_PAGE;
    }
    mmu_invalidate(c, &what);
    if (everywhere && c->hv_ops->flush_others)
        c->hv_ops->flush_others(c->hv, &what);
    return true;
}

/* Those of the partition's own tables: process-scoped ones of radix trees. The others are the hypervisor's. */
static bool is_for_partitions(const struct cpu *c, insn_t i)
{
    return c->lpcr & LPCR_HR && f_prs(i);
}

/* Without guest translation shootdown, and with hash page tables, the hypervisor has to be asked. */
OP(tlbie)
{
    if (!(c->lpcr & LPCR_GTSE) || !is_for_partitions(c, i))
        return cpu_interrupt_program(c, PROGRAM_PRIVILEGED);
    invalidate(c, i, true);
    return false;
}

/* An invalidation is complete when tlbie is. */
OP(tlbsync)
{
    if (!(c->lpcr & LPCR_GTSE))
        return cpu_interrupt_program(c, PROGRAM_PRIVILEGED);
    return true;
}

/* Kernels with hash page tables begin with it, to have nothing of another's left. */
OP(tlbiel)
{
    if (c->lpcr & LPCR_HR && !is_for_partitions(c, i))
        return cpu_interrupt_program(c, PROGRAM_PRIVILEGED);
    return invalidate(c, i, false);
}
