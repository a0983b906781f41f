/* Breakpoints, watch points and single steps of a debugger outside the partition, which the guest cannot see.
 *
 * Pages in which a breakpoint lies are interpreted instruction by instruction, all others run as ever; pages with
 * watched bytes are kept out of the TLB as for the processor's own watch points (mmu/watch.h). Addresses are
 * effective ones, as a debugger knows them, whatever they mean at the moment.
 *
 * A stop is before the instruction: it has not been executed, and nia is its address. All of it is set up while
 * the processors are paused. */
#ifndef CPU_PPC64_DEBUG_H
#define CPU_PPC64_DEBUG_H

#include "cpu-ppc64/cpu.h"
#include "cpu-ppc64/mmu/mmu.h"

enum { DEBUG_BREAKPOINTS = 128, DEBUG_WATCHES = 32 };

enum debug_reason { DEBUG_NONE, DEBUG_BREAKPOINT, DEBUG_WATCH, DEBUG_STEPPED };

struct debug_watch {
    ea_t first, last;
    bool load, store;
};

/* One for all processors of a machine. */
struct debug_points {
    unsigned n_breakpoints, n_watches;
    ea_t breakpoints[DEBUG_BREAKPOINTS];
    struct debug_watch watches[DEBUG_WATCHES];
};

/* Attaches the processor, or has it look at what was changed; NULL detaches it. The points stay the caller's. */
void debug_attach(struct cpu *c, const struct debug_points *points);
/* Before the processor goes on. step: it stops again after one instruction, without taking asynchronous interrupts,
 * whatever points are set. Else what is set on the very first instruction does not stop it (again). */
void debug_prepare(struct cpu *c, bool step);

/* ---- for the interpreter and the MMU ---- */

/* The bit of cpu.watches that stands for the debugger's. */
enum { DEBUG_WATCH_BIT = 1 << 7 };

bool debug_page_has_breakpoint(const struct cpu *c);

/* The next instruction needs debug_before() and debug_after(). */
static inline bool debug_must_step(const struct cpu *c)
{
    return UNLIKELY(c->debug) && (c->debug_step || c->debug_pass || debug_page_has_breakpoint(c));
}

/* False: the instruction at nia must not be executed now. */
bool debug_before(struct cpu *c);
void debug_after(struct cpu *c);

/* As the functions of mmu/watch.h, for the debugger's ranges. If one is hit, the processor is about to stop. */
bool debug_watch_covers(const struct cpu *c, ea_t first, ea_t last, enum mmu_access access);
bool debug_watch_stops(struct cpu *c, ea_t first, ea_t last, enum mmu_access access);

#endif
