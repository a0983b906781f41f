/* The translator: guest code to host code, beside the interpreter, which stays its oracle and its fallback.
 *
 * Code is translated a region at a time (a straight run of instructions within one 4 KiB page, with exits)
 * once the interpreter has come by often enough. Regions depend on the physical page and the byte order
 * alone; they are found by a table of entries for each page. Jumps to a fixed place are direct while their target
 * is there (links.c).
 *
 * One struct jit serves one processor. Only x86-64 hosts have one. */
#ifndef CPU_PPC64_JIT_JIT_H
#define CPU_PPC64_JIT_JIT_H

#include <stdio.h>

#include "cpu-ppc64/cpu.h"

struct jit;

/* NULL if the host cannot (err says why): the interpreter does it all then. */
struct jit *jit_new(struct cpu *c, const struct jit_options *options, struct error *err);
void jit_free(struct jit *jit);

/* After how many visits of the interpreter a region is translated: at least 1. Tests want all of it at once. */
/* As cpu_settle(). */
void jit_settle(struct jit *jit);
void jit_set_hot(struct jit *jit, unsigned visits);

/* Each region's place, size and guest address go to this file, as perf wants them of a translator. The caller's. */
void jit_set_perf_map(struct jit *jit, FILE *file);

/* Runs until CPU_REQUEST_STOP is set. */
void jit_run(struct jit *jit, struct cpu *c);

/* Forgets which physical page a fetch address means, with the TLB: all; those of a process, 0 for quadrant 3's; its
 * page of so many bytes. */
void jit_forget_fetches(struct jit *jit);
void jit_forget_process(struct jit *jit, uint32_t pid);
void jit_forget_page(struct jit *jit, uint32_t pid, ea_t page, uint64_t size);
/* Those that lead to the n-th 1 << shift bytes of storage. */
void jit_forget_real(struct jit *jit, uint64_t n, unsigned shift);
/* PIDR has changed. */
void jit_process_changed(struct jit *jit);
/* Code on this page has changed. Any thread. */
void jit_page_changed(struct jit *jit, gpa_t gpa);

/* Counters for people, to the log (-d stats). */
void jit_report(const struct jit *jit);

#endif
