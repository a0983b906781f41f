/* The branch history rolling buffer: where the last taken branches were. [ISA3.0 II 8, III 9.5]
 *
 * It is written only while the performance monitor runs, when the main loop executes one instruction at a time. */
#ifndef CPU_PPC64_INTERP_BRANCH_HISTORY_H
#define CPU_PPC64_INTERP_BRANCH_HISTORY_H

#include "cpu-ppc64/cpu.h"
#include "cpu-ppc64/isa/isa.h"

/* An instruction at c->cia has completed while counters were running: enters it if it is a branch that was taken
 * and the monitor's control registers want it. */
void branch_history_note(struct cpu *c, insn_t i);

#endif
