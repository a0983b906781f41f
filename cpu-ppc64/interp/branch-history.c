/* The branch history: what is entered, and the instructions that read and clear it; see branch-history.h.
 *
 * An entry is the address of a branch; if the branch's target does not stand in the instruction, the next (newer)
 * entry is the target, marked as such. Nothing is ever mispredicted here. */
#include "cpu-ppc64/interp/branch-history.h"

#include <string.h>

#include "cpu-ppc64/interp/branch.h"
#include "cpu-ppc64/interp/op.h"
#include "cpu-ppc64/pmu.h"

#define ENTRY_TARGET PPC_BIT(62)

/* Alerts are awaited, and the state is not frozen; since ISA 3.1 problem state only. [ISA3.0 III 9.5,
 * ISA3.1 III 10.4.7] */
static bool is_recording(const struct cpu *c)
{
    bool problem = c->msr & MSR_PR;

    if (!(c->spr[SPR_MMCR0] & MMCR0_PMAE) || (problem && pmu_freezes_problem_state(c)))
        return false;
    return c->model->level < CPU_ISA_3_1 || (problem && !(c->spr[SPR_MMCRA] & MMCRA_BHRBRD));
}

static void enter(struct cpu *c, uint64_t entry)
{
    c->bhrb_newest = (c->bhrb_newest + 1) % BHRB_ENTRIES;
    c->bhrb[c->bhrb_newest] = entry;
}

/* What the filter leaves of a branch. [MMCRA IFM: ISA2.07 III 9.4.7, ISA3.1 III 10.4.7] */
enum { KEEP_ADDRESS = 1, KEEP_TARGET = 2, KEEP_ALL = 3 };

static bool branches_always(insn_t i)
{
    return (f_bo(i) & 0x14) == 0x14;
}

/* 1a01t, 001at and 011at tell how the branch will go. */
static bool has_hint(insn_t i)
{
    return f_bo(i) & 16 ? f_bo(i) & 8 : f_bo(i) & 4 && f_bo(i) & 2;
}

/* Modes 2 and 3 of ISA 2.07 and 3.0 leave branches out that can be told from the program. */
static unsigned told_by_program(unsigned mode, insn_t i, unsigned id)
{
    if (id == ISA_B)
        return 0;
    if (branches_always(i) || (mode == 3 && (f_bo(i) & 16 || has_hint(i))))
        return id == ISA_BC ? 0 : KEEP_TARGET;
    return KEEP_ALL;
}

static unsigned filter(const struct cpu *c, insn_t i, unsigned id)
{
    unsigned mode = (unsigned)PPC_FIELD(c->spr[SPR_MMCRA], 32, 33);

    if (mode == 0)
        return KEEP_ALL;
    if (mode == 1)
        return f_lk(i) ? KEEP_ALL : 0;
    if (c->model->level < CPU_ISA_3_1)
        return told_by_program(mode, i, id);
    if (mode == 2)
        return id == ISA_B || id == ISA_BC ? 0 : KEEP_ALL;
    return id == ISA_B || branches_always(i) ? 0 : KEEP_ALL;
}

void branch_history_note(struct cpu *c, insn_t i)
{
    unsigned id, kept;

    if (!is_recording(c) || !branch_was_taken(c, i))
        return;
    id = isa_decode(i);
    kept = filter(c, i, id);
    if (kept & KEEP_ADDRESS)
        enter(c, c->cia);
    if (kept & KEEP_TARGET && id != ISA_B && id != ISA_BC)
        enter(c, c->nia | ENTRY_TARGET);
}

/* MMCR0 says whether problem state may have it. */
static bool is_available(struct cpu *c)
{
    return !(c->msr & MSR_PR) || c->spr[SPR_MMCR0] & MMCR0_BHRBA || cpu_interrupt_facility(c, FSCR_BHRB);
}

OP(clrbhrb)
{
    if (!is_available(c))
        return false;
    memset(c->bhrb, 0, sizeof c->bhrb);
    return true;
}

/* Entry 0 is the newest; those that the processor does not have read as 0. */
OP(mfbhrbe)
{
    unsigned n = f_bhrbe(i);

    if (!is_available(c))
        return false;
    c->gpr[f_rt(i)] = n < BHRB_ENTRIES ? c->bhrb[(c->bhrb_newest + BHRB_ENTRIES - n) % BHRB_ENTRIES] : 0;
    return true;
}
