/* Page tables for bare guests, of both kinds, by the hypervisor's interface.
 *
 * The standard world maps the first 16 MiB of memory, with all of the program and its tables, twice: at 0 for
 * problem state (and privileged state), and at 0xc000000000000000 for privileged state only, readable,
 * writable and executable. A case maps pages of its own elsewhere; they go when it ends. */
#ifndef BARE_MMU_H
#define BARE_MMU_H

#include "bare.h"

enum mmu { MMU_HASH, MMU_RADIX };
extern enum mmu mmu;

#define WORLD_SIZE 0x1000000ul
#define KERNEL 0xc000000000000000ul

void world_make(enum mmu which);
/* Lets another processor take part in it. */
void world_enter(void);
/* Takes away what cases have mapped, and sets the keys' registers to 0. */
void world_restore(void);

enum map {
    READ = 1,
    WRITE = 2,
    EXECUTE = 4,
    USER = 8, /* without USER: for privileged state only */
    NO_CACHE = 16,
    GUARDED = 32,
    KEY_SHIFT = 8, /* a storage key from there on, hash only */
};
#define MAP_ALL (READ | WRITE | EXECUTE | USER)

/* Maps a page of 2^shift bytes. With the hash page table its segment must be there, or one of 256 MiB with
 * that page size is made. */
void map(u64 ea, u64 ra, unsigned shift, u64 how);
/* Takes the page at ea away, with its translations. */
void unmap(u64 ea);
/* Memory that nobody else uses until the case ends, aligned to its size. */
void *take_memory(unsigned shift);

/* Radix: where the entry of ea is. */
volatile u64 *radix_entry(u64 ea);
/* The entry above that one. */
volatile u64 *radix_directory(u64 ea);
/* Where a process's entry of the process table is, and its tree's first level. */
u64 process_table_at(u64 pid);
u64 process_root(u64 pid);
void radix_flush(void);
#define RADIX_PTE(ra, flags) (BIT(0) | BIT(1) | (ra) | (flags))
enum {
    PTE_R = 0x100,
    PTE_C = 0x80,
    PTE_PRIVILEGED = 8,
    PTE_READ = 4,
    PTE_WRITE = 2,
    PTE_EXECUTE = 1
};

/* Hash: a segment, in the next free SLB entry. */
struct segment {
    u64 ea, vsid;
    bool is_1t;
    u8 base_shift; /* 12, 16 or 24 */
    u64 flags;     /* bits of slbmte's RS */
    u64 index;
};
enum { SLB_KS = 0x800, SLB_KP = 0x400, SLB_N = 0x200, SLB_L = 0x100, SLB_C = 0x80, SLB_LP = 0x30 };
#define SLB_V 0x08000000ul
struct segment *segment_add(u64 ea, bool is_1t, unsigned base_shift, u64 flags);
u64 segment_rs(const struct segment *g);
u64 segment_rb(const struct segment *g);
void slbmte(u64 rs, u64 rb);
/* The index of the page table's entry for ea. */
u64 hash_index(u64 ea);
enum { HPTE_R = 0x100, HPTE_C = 0x80 };

#endif
