/* Transactional memory for guests that insist on it (cap-htm=on): every transaction fails at its beginning, for
 * good, so that its program takes the other way. There is never a transaction, and MSR[TS] stays 0. Where the
 * facility is off, the table's wrappers raise the facility unavailable interrupt. [ISA2.07 II 5] */
#include "cpu-ppc64/interp/op.h"

/* TEXASR: the failure is persistent, an implementation's reason, recorded, its address exact. */
#define TEXASR_PERSISTENT PPC_BIT(7)
#define TEXASR_IMPLEMENTATION PPC_BIT(15)
#define TEXASR_PROBLEM PPC_BIT(35)
#define TEXASR_SUMMARY PPC_BIT(36)
#define TEXASR_EXACT PPC_BIT(37)

OP(tbegin_)
{
    c->spr[SPR_TEXASR] = TEXASR_PERSISTENT | TEXASR_IMPLEMENTATION | TEXASR_SUMMARY | TEXASR_EXACT |
                         (c->msr & MSR_PR ? TEXASR_PROBLEM : 0);
    c->spr[SPR_TFIAR] = c->cia | !!(c->msr & MSR_PR);
    c->spr[SPR_TFHAR] = c->nia;
    c->crf[0] = CR_LT | CR_EQ;
    return true;
}

/* Outside of a transaction these tell so in CR0 and do nothing else. */
static bool outside(struct cpu *c)
{
    c->crf[0] = 0;
    return true;
}

OP(tend_) { return outside(c); }
OP(tabort_) { return outside(c); }
OP(tabortwc_) { return outside(c); }
OP(tabortwci_) { return outside(c); }
OP(tabortdc_) { return outside(c); }
OP(tabortdci_) { return outside(c); }
OP(tsr_) { return outside(c); }
OP(tcheck) { c->crf[f_bf(i)] = 0; return true; }

/* There is nothing to reclaim, and nothing that could be resumed: a TM Bad Thing. */
OP(treclaim_) { return cpu_interrupt_program(c, PROGRAM_TM_BAD_THING); }
OP(trechkpt_) { return cpu_interrupt_program(c, PROGRAM_TM_BAD_THING); }
