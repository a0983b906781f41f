/* The interpreter in portions, for a run loop that has other ways of executing instructions as well. */
#ifndef CPU_PPC64_INTERP_RUN_H
#define CPU_PPC64_INTERP_RUN_H

#include "cpu-ppc64/cpu.h"

/* True while each instruction has to be looked at: traces, single steps, breakpoints, the performance monitor. */
bool interp_must_step(const struct cpu *c);
/* A few hundred instructions, at most `most`; one if interp_must_step(). */
void interp_slice(struct cpu *c, uint64_t most);
/* One instruction. Not while interp_must_step(). */
void interp_one(struct cpu *c);
/* Up to the next branch that is taken, interrupt, or page end. Not while interp_must_step(). */
void interp_block(struct cpu *c);

#endif
