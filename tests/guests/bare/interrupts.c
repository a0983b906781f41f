/* Interrupts that instructions cause, with what SRR0, SRR1, DAR and DSISR tell. [ISA3.0 III 6.5] */
#include "bare.h"
#include "mmu.h"

#define ILLEGAL BIT(44)
#define PRIVILEGED BIT(45)
#define TRAP BIT(46)

CODE(code_trap, "trap");
static void trap(void)
{
    struct state s = start(code_trap, privileged);

    expect_run(&s, 0x700, (u64)code_trap, TRAP);
}

static void trap_in_problem_state(void)
{
    struct state s = start(code_trap, problem);

    expect_run(&s, 0x700, (u64)code_trap, TRAP);
}

TESTS({ "trap", trap, REAL, 0, 0 },
      { "trap-in-problem-state", trap_in_problem_state, WORLD, 0, 0 });
