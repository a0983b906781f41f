/* Address translation: from effective to guest physical addresses, and the slow ways of a load,
 * store or fetch. The fast way is the TLB lookup of interp/access.h. */
#ifndef CPU_PPC64_MMU_MMU_H
#define CPU_PPC64_MMU_MMU_H

#include "cpu-ppc64/cpu.h"

enum mmu_access { MMU_LOAD, MMU_STORE, MMU_FETCH };

struct translation {
    gpa_t gpa;           /* of the effective address itself */
    unsigned page_shift; /* of the page that maps it */
    bool can_load;       /* a load needs no further check */
    bool can_store;      /* a store needs no further check or change bit update */
    bool is_uncached;    /* caching inhibited: no reservations, no unaligned accesses */
};

/* How a walk through radix trees or the hash page table ends. */
enum walk_result {
    WALK_OK,
    WALK_SEGMENT,        /* no segment, or outside the quadrant's size: segment interrupt */
    WALK_NO_TRANSLATION,
    WALK_PROTECTION,     /* the entry forbids this access to this privilege */
    WALK_KEY,            /* its storage key does */
    WALK_NO_EXECUTE,     /* fetch from storage that is not executable or is guarded */
    WALK_BAD_TREE,       /* a size or level that the processor does not support */
    WALK_PARTITION,      /* of a guest: its real address has no translation that permits this; partition.h */
    WALK_AGAIN,          /* within a walk: another processor changed an entry */
};

/* The array for data accesses by MSR[DR], MSR[PR], the keys and the process: to be called when one of them changed.
 * cpu_set_msr() does. */
void mmu_select_tlb(struct cpu *c);

/* Translates one effective address under the present MSR. On failure the storage or segment
 * interrupt has been delivered (DAR, DSISR, SRR0/1 set; for MMU_FETCH at c->nia, else at c->cia) and
 * the result is false. Reference and change bits are set in the page table as the access needs. */
bool mmu_translate(struct cpu *c, ea_t ea, enum mmu_access access, struct translation *t);

/* The same without any effect on the processor or the page tables: for the debugger and the log.
 * False if there is no translation. */
bool mmu_probe(struct cpu *c, ea_t ea, gpa_t *gpa);

/* Loads and stores of 1, 2, 4 or 8 bytes that missed the TLB, cross a page, or go to a device.
 * Values in the guest's byte order as the present MSR[LE] says. False after an interrupt; then
 * nothing was stored. */
bool mmu_load_slow(struct cpu *c, ea_t ea, unsigned size, uint64_t *value);
bool mmu_store_slow(struct cpu *c, ea_t ea, unsigned size, uint64_t value);

/* Forgets translations, on the processor's own thread or while it does not run. */
void mmu_invalidate(struct cpu *c, const struct mmu_invalidation *what);
/* All of them. */
void mmu_tlb_flush(struct cpu *c);
/* PIDR has changed from this value. */
void mmu_process_changed(struct cpu *c, uint64_t old);
/* Another partition's program runs from now on: cpu.guest and all registers have been set. What was translated for
 * others is kept. */
void mmu_guest_changed(struct cpu *c);
/* Has the processor forget that by mmu_flush_requested(): sets CPU_REQUEST_FLUSH. Any thread. */
void mmu_ask(struct cpu *c, const struct mmu_invalidation *what);
/* What CPU_REQUEST_FLUSH asks for, if it is set. On the processor's own thread, where nothing that was translated is
 * in use. */
void mmu_flush_requested(struct cpu *c);
/* Marks the page of RAM as one with decoded code; returns its state word. From then on stores of all processors tell:
 * what is read of the page afterwards is current as long as the state word stays. May do what mmu_flush_requested()
 * does. */
uint32_t mmu_mark_code(struct cpu *c, gpa_t gpa);
/* Marks it as one with a reservation, in the same way; returns the page's marks without that of code. */
uint32_t mmu_mark_reserved(struct cpu *c, gpa_t gpa);
/* Those of one page for data accesses only. */
void mmu_tlb_forget_data(struct cpu *c, ea_t ea);
/* Those of instruction fetches only. */
void mmu_forget_fetches(struct cpu *c);
/* Takes the right to store directly from all entries that map this 4 KiB page of RAM, since code has
 * been decoded from it. */
void mmu_tlb_protect_page(struct cpu *c, gpa_t gpa);

/* Takes the right to store directly from all entries: the next stores come by mmu_store_slow(). */
void mmu_tlb_protect_all(struct cpu *c);

/* False if a store of so many bytes, which is done in parts, touches a watch point: the interrupt has been
 * delivered, that of a fault of translation if there is one. */
bool mmu_store_is_unwatched(struct cpu *c, ea_t ea, unsigned size);

/* Host address of the RAM behind ea for an access of size bytes that must be naturally aligned (the
 * caller has checked) and in ordinary storage: for reservations, dcbz and quadword accesses. NULL
 * after the interrupt has been delivered: translation fault, watch point, or DSISR_BAD_ATTRIBUTE for
 * device storage. *gpa receives the guest physical address. MMU_STORE also invalidates decoded code, and ends
 * reservations of the page. */
void *mmu_host_address(struct cpu *c, ea_t ea, unsigned size, enum mmu_access access, gpa_t *gpa);
/* The same for a store, but for the last sentence: to decide whether to store. */
void *mmu_host_address_to_store(struct cpu *c, ea_t ea, unsigned size, gpa_t *gpa);

#endif
