/* Loops: what stays in registers from one round to the next. See loops.c. */
#ifndef CPU_PPC64_JIT_LOOPS_H
#define CPU_PPC64_JIT_LOOPS_H

#include "cpu-ppc64/jit/ir.h"

/* The plan for the second translation of a finished region. False if it is no loop, or one with calls. */
bool ir_plan_loop(const struct ir *ir, struct ir_loop *plan);
/* True if the second translation leaves the CR fields as the plan says. */
bool ir_loop_holds(const struct ir *ir, const struct ir_loop *plan);

#endif
