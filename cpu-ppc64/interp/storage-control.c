/* Caches, barriers, and the instructions that invalidate translations. [ISA3.0 II 4, III 5.9] */
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

OP(dcbz)
{
    ea_t ea = EA_X;
    struct translation t;

    if (!mmu_translate(c, ea, MMU_STORE, &t))
        return false;
    t.gpa = align_down(t.gpa, CACHE_LINE);
    if (t.is_uncached || !gpa_is_ram(c->mem, t.gpa, CACHE_LINE))
        return cpu_interrupt_alignment(c, ea);
    mem_invalidate_code(c->mem, t.gpa, CACHE_LINE);
    memset(c->mem->ram + t.gpa, 0, CACHE_LINE);
    return true;
}

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
OP(wait) { return true; }

/* No accelerator is there to paste to. */
OP(copy) { return cpu_interrupt_program(c, PROGRAM_ILLEGAL); }
OP(paste_) { return cpu_interrupt_program(c, PROGRAM_ILLEGAL); }
OP(cp_abort) { return true; }

/* ---- translations ---- */

/* RIC 0 names one page, whose base is in RB bits 0:51 and whose size does not matter to TLB entries of
 * 4 KiB if all of a larger page's go. */
static bool invalidate(struct cpu *c, insn_t i)
{
    enum { AP_4K = 0 };
    uint64_t rb = c->gpr[f_rb(i)];

    if (!(c->lpcr & LPCR_HR) || f_ric(i) != 0 || PPC_FIELD(rb, 56, 58) != AP_4K ||
        PPC_FIELD(rb, 52, 53))
        mmu_tlb_flush(c);
    else
        mmu_tlb_flush_page(c, rb & PPC_BITMASK(0, 51));
    return false;
}

/* Partition-scoped entries of radix trees are the hypervisor's. */
static bool is_ours(const struct cpu *c, insn_t i)
{
    return !(c->lpcr & LPCR_HR) || f_prs(i);
}

/* Without guest translation shootdown, which is for radix trees, the hypervisor has to be asked. */
OP(tlbie)
{
    if (!(c->lpcr & LPCR_GTSE) || !is_ours(c, i))
        return cpu_interrupt_program(c, PROGRAM_PRIVILEGED);
    return invalidate(c, i);
}

/* An invalidation is complete when tlbie is. */
OP(tlbsync)
{
    if (!(c->lpcr & LPCR_GTSE))
        return cpu_interrupt_program(c, PROGRAM_PRIVILEGED);
    return true;
}

OP(tlbiel)
{
    return is_ours(c, i) ? invalidate(c, i) : cpu_interrupt_program(c, PROGRAM_PRIVILEGED);
}
