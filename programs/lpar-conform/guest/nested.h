/* A nested guest of a few instructions, for both interfaces. */
#ifndef CONFORM_NESTED_H
#define CONFORM_NESTED_H

#include "smp.h"

#define PARTITION_TABLE (A + 0x700000)
#define ROOT (A + 0x310000) /* 64 KiB, then two levels of 4 KiB */
#define LEVEL_2 (A + 0x320000)
#define LEVEL_3 (A + 0x321000)
#define GUEST_MEMORY (A + 0x400000) /* the nested guest's 2 MiB, from its 0 on */
#define CODE_AT 0x1000

/* Makes its tree, and a partition table that names it; returns that. */
u64 nested_table(void);
/* Puts its instructions in place. */
void nested_code(const u32 *code);
extern const u32 nested_call[], nested_load[];

#endif
