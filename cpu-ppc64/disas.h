/* Instructions as text, in the manner of objdump -Mraw: for traces and error messages. */
#ifndef CPU_PPC64_DISAS_H
#define CPU_PPC64_DISAS_H

#include <stddef.h>
#include <stdint.h>

#include "cpu-ppc64/isa/isa.h"

/* Writes the mnemonic with its suffixes and the operands of the instruction at effective address ea
 * (relative branches are printed as their target). Cut to size, always ended by NUL; ".long 0x..." for
 * what is no instruction. */
void disas(char *text, size_t size, insn_t insn, uint64_t ea);

#endif
