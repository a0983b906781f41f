/* The special-purpose registers: one row each, for mtspr and mfspr, the debugger and snapshots. */
#ifndef CPU_PPC64_SPR_H
#define CPU_PPC64_SPR_H

#include "cpu-ppc64/cpu.h"

enum spr_access { SPR_NONE, SPR_PROBLEM, SPR_PRIVILEGED };

struct spr_row {
    uint16_t number;
    const char *name;
    uint8_t width; /* 32 or 64 */
    uint8_t readable, writable; /* enum spr_access: the least privilege that may */
    uint16_t level;             /* enum cpu_isa_level: first that has it */
    uint64_t reset;
    /* Instead of struct cpu.spr[number]; NULL for plain registers. */
    uint64_t (*read)(struct cpu *c);
    void (*write)(struct cpu *c, uint64_t value);
    int8_t facility; /* enum fscr_bit of what must be on, -1: none */
    uint16_t last;   /* enum cpu_isa_level: the last that has it, 0: the newest does */
};

/* The i-th row, NULL past the end. */
const struct spr_row *spr_row_at(size_t i);
/* The row of a register that is plain storage in struct cpu.spr to privileged state, has no condition, not even a
 * hypervisor's, and no effect beside; NULL for others. */
const struct spr_row *spr_plain(const struct cpu *c, unsigned number, bool is_write);
/* No processor here has such a register: a privileged program's write does nothing. */
bool spr_is_ignored(unsigned number);
/* PPR[PRI] := priority, if the present privilege may have it. */
void spr_set_priority(struct cpu *c, unsigned priority);
/* Reset values of all registers that lie in struct cpu.spr. */
void spr_reset(struct cpu *c);

#endif
