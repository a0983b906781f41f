/* What others ask about branches. */
#ifndef CPU_PPC64_INTERP_BRANCH_H
#define CPU_PPC64_INTERP_BRANCH_H

#include "cpu-ppc64/cpu.h"
#include "cpu-ppc64/isa/isa.h"

/* True if the instruction that has just completed is a branch of the book's chapter 2 and was taken. It does
 * not matter whether it went to the next instruction. */
bool branch_was_taken(const struct cpu *c, insn_t i);

#endif
