/* The segment lookaside buffer's instructions. [ISA2.07 III 5.9.3.1; ISA3.0 III 5.9.3.2]
 *
 * Two entries for one segment are the guest's mistake: that with the lower number is used, and there is no machine
 * check. Whatever takes a segment away makes the processor forget all translations: they are not kept by segment. */
#include "cpu-ppc64/interp/op.h"
#include "cpu-ppc64/mmu/hash.h"

#define ESID PPC_BITMASK(0, 35)

/* Index in RB bits 52:63; those beyond the last entry name none. */
static struct slb_entry *named(struct cpu *c, uint64_t rb)
{
    uint64_t index = PPC_FIELD(rb, 52, 63);

    return index < SLB_ENTRIES ? &c->slb[index] : NULL;
}

OP(slbmte)
{
    uint64_t rb = c->gpr[f_rb(i)];
    struct slb_entry *e = named(c, rb);

    if (e) {
        bool was_valid = e->esid & SLB_VALID;

        e->esid = rb & (ESID | SLB_VALID);
        e->vsid = c->gpr[f_rs(i)] & PPC_BITMASK(0, 59);
        if (was_valid)
            mmu_tlb_flush(c);
    }
    return true;
}

OP(slbie)
{
    struct slb_entry *e = slb_find(c, c->gpr[f_rb(i)] & ESID);

    if (e)
        e->esid &= ~SLB_VALID;
    mmu_tlb_flush(c);
    return true;
}

/* These two are about entries that came from segment tables: there are none. */
OP(slbieg)
{
    mmu_tlb_flush(c);
    return true;
}

OP(slbiag) { return true; } /* and not even of this processor's */

/* Entry 0 stays, unless ISA 3.0's IH names it too; what else IH tells is about translations, of which all go. */
OP(slbia)
{
    enum { ALL_BUT_0 = 0, CLASS_1 = 3, ALL = 4, NONE = 7 };
    unsigned ih = c->model->level >= CPU_ISA_3_0 ? f_ih(i) : ALL_BUT_0;

    for (unsigned n = ih == CLASS_1 || ih == ALL ? 0 : 1; n < SLB_ENTRIES && ih != NONE; n++)
        if (ih != CLASS_1 || c->slb[n].vsid & SLB_CLASS)
            c->slb[n].esid &= ~SLB_VALID;
    /* Radix trees have no segments, and what is kept of them is never behind. */
    if (!(c->lpcr & LPCR_HR))
        mmu_tlb_flush(c);
    return true;
}

OP(slbmfev)
{
    const struct slb_entry *e = named(c, c->gpr[f_rb(i)]);

    c->gpr[f_rt(i)] = e && e->esid & SLB_VALID ? e->vsid : 0;
    return true;
}

OP(slbmfee)
{
    const struct slb_entry *e = named(c, c->gpr[f_rb(i)]);

    c->gpr[f_rt(i)] = e && e->esid & SLB_VALID ? e->esid : 0;
    return true;
}

OP(slbfee_)
{
    const struct slb_entry *e = slb_find(c, c->gpr[f_rb(i)]);

    c->gpr[f_rt(i)] = e ? e->vsid : 0;
    c->crf[0] = (uint8_t)((e ? CR_EQ : 0) | c->xer_so);
    return true;
}

OP(slbsync) { return true; }
