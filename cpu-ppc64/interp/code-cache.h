/* Decoded instructions, kept by the 4 KiB page of RAM they came from.
 *
 * A page's instructions are decoded one by one when first executed. A page of decoded code is good
 * while the state word of its RAM page is what it was (see mem.h): stores to it, by whoever, change
 * the word. Stale code may run on until the next context synchronisation, as the book allows.
 *
 * In front of it lies a small table from effective page to decoded page, the interpreter's
 * instruction TLB. */
#ifndef CPU_PPC64_INTERP_CODE_CACHE_H
#define CPU_PPC64_INTERP_CODE_CACHE_H

#include "cpu-ppc64/cpu.h"

struct decoded {
    bool (*fn)(struct cpu *c, uint64_t insn);
    uint64_t insn;
};

enum { CODE_PAGE_INSNS = MEM_PAGE_SIZE / 4 };

struct code_page {
    gpa_t gpa;
    uint32_t state; /* the RAM page's state word when this was begun */
    bool le;
    struct decoded insns[CODE_PAGE_INSNS];
};

struct code_cache *code_cache_new(void);
void code_cache_free(struct code_cache *code);
/* For a processor that seldom interprets: a quarter of the pages. Before the first instruction. */
void code_cache_be_small(struct code_cache *code);

/* The decoded page for an instruction fetch at c->nia under the present MSR; NULL after the
 * instruction storage or segment interrupt has been delivered. */
struct code_page *code_cache_fetch(struct cpu *c);

/* The guest physical address of its page of RAM; false after the interrupt. */
bool code_cache_translate(struct cpu *c, gpa_t *gpa);

/* The function that executes this instruction on this processor, in its mode. offset: within 64 bytes or a multiple,
 * which matters to a prefix without its suffix. */
typedef bool (*code_fn)(struct cpu *c, uint64_t insn);
code_fn code_operation(const struct cpu *c, uint64_t insn, unsigned offset);

/* Forgets effective addresses (not decoded code), with the TLB: all; those of a process, 0 for quadrant 3's; its
 * page of so many bytes. */
void code_cache_flush_addresses(struct code_cache *code);
void code_cache_forget_process(struct code_cache *code, uint32_t pid);
void code_cache_forget_page(struct code_cache *code, uint32_t pid, ea_t page, uint64_t size);
/* Those that lead to the n-th 1 << shift bytes of storage. */
void code_cache_forget_real(struct code_cache *code, uint64_t n, unsigned shift);

#endif
