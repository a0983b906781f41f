/* FPSCR of translated code: always behind, brought up to date when somebody may look.
 *
 * Translated arithmetic runs with the host's instructions where FPSCR enables no exception and rounds to nearest
 * (regions check that its last byte is 0). Sticky exceptions gather in MXCSR. FR, FI and FPRF belong to the last
 * operation: it is noted with its operands (slots from SLOT_NOTES on) and done again, exactly, when they are wanted.
 * Operations whose result is a NaN never get that far: the interpreter does them.
 *
 * One bit can differ from the book: the host detects tininess after rounding, so that a result that was rounded up
 * to the smallest normal number does not set UX. */
#ifndef CPU_PPC64_JIT_FPSCR_H
#define CPU_PPC64_JIT_FPSCR_H

#include "cpu-ppc64/cpu.h"

/* Before translated code is entered for the first time, by the thread that enters. */
void jit_fpscr_begin(void);
/* Brings FPSCR up to date, if cpu.fp_pending. After translated code was left, and before an operation of the
 * interpreter that has to do with FPSCR. */
void jit_fpscr_settle(struct cpu *c);

#endif
