/* The copy-paste facility, by which programs hand work to accelerators. [ISA3.0 II 4.4]
 *
 * There are none here: nothing is ever taken over, and what was copied makes no difference. What is left are the
 * checks of the operands. */
#include "cpu-ppc64/interp/op.h"
#include "cpu-ppc64/mmu/watch.h"

enum { BLOCK = 128 };

static bool translate_block(struct cpu *c, insn_t i, enum mmu_access access, ea_t *ea, bool *is_memory)
{
    struct translation t;

    *ea = (gpr_or_zero(c, f_ra(i)) + c->gpr[f_rb(i)]) & c->ea_mask;
    if (*ea & (BLOCK - 1))
        return cpu_interrupt_alignment(c, *ea);
    if (!mmu_translate(c, *ea, access, &t) || watch_stops(c, *ea, BLOCK, access))
        return false;
    *is_memory = gpa_is_ram(c->mem, t.gpa, BLOCK);
    return true;
}

/* From memory, ... */
OP(copy)
{
    bool is_memory;
    ea_t ea;

    if (!translate_block(c, i, MMU_LOAD, &ea, &is_memory))
        return false;
    return is_memory || cpu_interrupt_data_storage(c, ea, DSISR_BAD_COPY);
}

/* ... but not to it. CR0 tells that the block was not taken. */
OP(paste_)
{
    bool is_memory;
    ea_t ea;

    if (!translate_block(c, i, MMU_STORE, &ea, &is_memory))
        return false;
    if (is_memory)
        return cpu_interrupt_data_storage(c, ea, DSISR_BAD_COPY | DSISR_STORE);
    c->crf[0] = c->xer_so;
    return true;
}

OP(cp_abort) { return true; }
