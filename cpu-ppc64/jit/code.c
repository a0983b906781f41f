/* The code buffer, the tables of entries, the pages of guest code. See jit.h.
 *
 * Code is written through one mapping and run through another, so that no address is both writable and
 * executable. Tables lie behind the code, within reach of its relative addresses. When something runs full,
 * everything is dropped: what is still used is translated again. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/log.h"
#include "cpu-ppc64/jit/jit-internal.h"
#include "cpu-ppc64/mmu/mmu.h"

/* Linux has it since 6.1, the C library's headers do later. */
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

enum { CODE_SIZE = 128 << 20, MAX_TABLES = 8192, METADATA_BLOCK = 1 << 20, HUGE_PAGE = 2 << 20 };
#define TABLES_SIZE ((size_t)MAX_TABLES * PAGE_ENTRIES * sizeof(void *))

struct arena_block {
    struct arena_block *next;
    size_t used;
    uint8_t bytes[] __attribute__((aligned(16)));
};

void *jit_metadata(struct jit *jit, size_t size)
{
    struct arena_block *block = jit->metadata;
    void *p;

    size = (size + 15) & ~(size_t)15;
    if (!block || block->used + size > METADATA_BLOCK) {
        block = malloc(sizeof *block + METADATA_BLOCK);
        if (!block || size > METADATA_BLOCK) {
            free(block);
            return NULL;
        }
        block->next = jit->metadata;
        block->used = 0;
        jit->metadata = block;
    }
    p = block->bytes + block->used;
    block->used += size;
    return p;
}

static void free_metadata(struct jit *jit)
{
    while (jit->metadata) {
        struct arena_block *next = jit->metadata->next;

        free(jit->metadata);
        jit->metadata = next;
    }
}

/* Addresses for so many bytes, at a multiple of a huge page. NULL: none. */
static uint8_t *reserve(size_t size)
{
    uint8_t *all = mmap(NULL, size + HUGE_PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0), *p;

    if (all == MAP_FAILED)
        return NULL;
    p = (uint8_t *)align_up((uintptr_t)all, HUGE_PAGE);
    if (p != all)
        munmap(all, (size_t)(p - all));
    if (p != all + HUGE_PAGE)
        munmap(p + size, (size_t)(all + HUGE_PAGE - p));
    return p;
}

/* Reserved in one piece, then filled: code to run, tables. The writable view of the code is elsewhere. */
static bool map_code(struct jit *jit)
{
    int fd = memfd_create("lpar-code", MFD_CLOEXEC);
    uint8_t *all = reserve(CODE_SIZE + TABLES_SIZE), *writable = reserve(CODE_SIZE);
    bool ok;

    jit->rx = all;
    jit->rw = writable;
    ok = fd >= 0 && all && writable && !ftruncate(fd, CODE_SIZE) &&
         mmap(all, CODE_SIZE, PROT_READ | PROT_EXEC, MAP_SHARED | MAP_FIXED, fd, 0) != MAP_FAILED &&
         mmap(writable, CODE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) != MAP_FAILED &&
         mmap(all + CODE_SIZE, TABLES_SIZE, PROT_READ | PROT_WRITE,
              MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0) != MAP_FAILED;
    if (fd >= 0)
        close(fd);
    if (!ok)
        return false;
    madvise(all + CODE_SIZE, TABLES_SIZE, MADV_HUGEPAGE);
    jit->tables = (const void **)(all + CODE_SIZE);
    jit->code_size = CODE_SIZE;
    return true;
}

void jit_code_prepare(struct jit *jit)
{
    size_t end = align_up(jit->code_used + 1, HUGE_PAGE);

    if (end <= jit->code_prepared || end > jit->code_size)
        return;
    /* Shared memory gets huge pages only where one asks for each. Where there are none, small ones do. */
    if (!madvise(jit->rw + jit->code_prepared, end - jit->code_prepared, MADV_COLLAPSE))
        madvise(jit->rx + jit->code_prepared, end - jit->code_prepared, MADV_COLLAPSE);
    jit->code_prepared = end;
}

bool jit_code_new(struct jit *jit, struct error *err)
{
    if (!map_code(jit)) {
        error_set(err, ERROR_RESOURCE, "cannot map memory for translated code: %s", strerror(errno));
        error_hint(err, "try -accel interp");
        return false;
    }
    jit->n_pages = 2 * (jit->cpu->mem->ram_size >> MEM_PAGE_SHIFT);
    jit->pages = calloc(jit->n_pages, sizeof *jit->pages);
    if (!jit->pages) {
        error_set(err, ERROR_RESOURCE, "out of memory for the translator");
        return false;
    }
    backend_thunks(jit);
    jit->code_used = jit->code_start;
    return true;
}

void jit_code_free(struct jit *jit)
{
    for (size_t i = 0; jit->pages && i < jit->n_pages; i++)
        free(jit->pages[i]);
    free(jit->pages);
    free_metadata(jit);
    if (jit->rx)
        munmap(jit->rx, CODE_SIZE + TABLES_SIZE);
    if (jit->rw)
        munmap(jit->rw, CODE_SIZE);
}

static void clear_table(struct jit *jit, struct jit_page *page)
{
    for (unsigned k = 0; k < PAGE_ENTRIES; k++)
        __atomic_store_n(&page->table[k], jit->thunks.leave_offset, __ATOMIC_RELEASE);
}

void jit_code_reset(struct jit *jit)
{
    pthread_mutex_lock(&jit->pages_lock);
    for (size_t i = 0; i < jit->n_pages; i++) {
        free(jit->pages[i]);
        jit->pages[i] = NULL;
    }
    pthread_mutex_unlock(&jit->pages_lock);
    free_metadata(jit);
    jit->n_tables = 0;
    jit->code_used = jit->code_start;
    jit->stats.flushes++;
    jit_forget_fetches(jit);
}

struct jit_page *jit_page_get(struct jit *jit, gpa_t gpa, bool le)
{
    struct jit_page **slot = &jit->pages[2 * (gpa >> MEM_PAGE_SHIFT) + le], *page = *slot;
    uint32_t state;

    if (page && atomic_load_explicit(&page->state, memory_order_acquire) == mem_page_state(jit->cpu->mem, gpa))
        return page;
    if (!page) {
        if (jit->n_tables == MAX_TABLES)
            jit_code_reset(jit);
        page = calloc(1, sizeof *page);
        if (!page)
            return NULL;
        page->gpa = gpa;
        page->le = le;
        page->table = jit->tables + (size_t)PAGE_ENTRIES * jit->n_tables++;
        pthread_mutex_lock(&jit->pages_lock);
        *slot = page;
        pthread_mutex_unlock(&jit->pages_lock);
    }
    /* From now on stores must tell: first the mark, then the TLBs, then the reading. */
    state = mmu_mark_code(jit->cpu, gpa);
    clear_table(jit, page);
    memset(page->heat, 0, sizeof page->heat);
    atomic_store(&page->state, state);
    /* A store that found the page stale has not cleared the table: it is for the next visit to see. */
    if (mem_page_state(jit->cpu->mem, gpa) != state)
        atomic_store(&page->state, 0);
    return page;
}

void jit_publish(struct jit *jit, struct jit_page *page, unsigned word, const void *code)
{
    __atomic_store_n(&page->table[word], code, __ATOMIC_SEQ_CST);
    if (!atomic_load(&page->state))
        __atomic_store_n(&page->table[word], jit->thunks.leave_offset, __ATOMIC_RELEASE);
}

void jit_page_changed(struct jit *jit, gpa_t gpa)
{
    pthread_mutex_lock(&jit->pages_lock);
    for (unsigned le = 0; le < 2; le++) {
        struct jit_page *page = jit->pages[2 * (gpa >> MEM_PAGE_SHIFT) + le];

        /* First the state, then the table; jit_publish() does it the other way round. */
        if (page && atomic_exchange(&page->state, 0))
            clear_table(jit, page);
    }
    pthread_mutex_unlock(&jit->pages_lock);
}
