/* What an instruction or a hypercall takes out of lookaside buffers, and the box into which other processors put what
 * one is to forget. */
#ifndef CPU_PPC64_MMU_INVALIDATION_H
#define CPU_PPC64_MMU_INVALIDATION_H

#include <pthread.h>

#include "mem/mem.h"

enum mmu_scope {
    MMU_SCOPE_ALL,
    MMU_SCOPE_PROCESS, /* radix: all of pid's; of 0: quadrant 3's, whichever process runs */
    MMU_SCOPE_PAGE,    /* radix: of pid, the pages that touch the 1 << page_shift bytes around ea */
    MMU_SCOPE_REAL,    /* whatever leads to the 1 << page_shift bytes of storage around gpa */
    MMU_SCOPE_STORES,  /* the right to store directly to the 4 KiB page of RAM at gpa; translations stay */
};
struct mmu_invalidation {
    enum mmu_scope scope;
    uint32_t pid;
    union {
        ea_t ea;
        gpa_t gpa;
    };
    unsigned page_shift;
};

/* Asked for and not yet done, in any order. More than fit: all. */
enum { MMU_INBOX = 24 };
struct mmu_inbox {
    pthread_mutex_t lock;
    unsigned n;
    struct mmu_invalidation what[MMU_INBOX];
};

#endif
