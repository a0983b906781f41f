/* The code buffer, the tables of entries, the pages of guest code. See jit.h.
 *
 * Code is written through one mapping and run through another, so that no address is both writable and
 * executable. Tables lie behind the code, within reach of its relative addresses.
 *
 * The buffer is a ring of generations. When the last one is full, the oldest is dropped, with what belongs to it (sites,
 * pages that have no newer code): what is still used is translated again, and nothing ever stops for all of it. Within
 * a page, code only names what is older (a loop its first translation), goes through the page's table, or is linked
 * (links.c). */
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

enum { METADATA_BLOCK = 1 << 18, DEFAULT_SIZE = 32 << 20, LEAST_SIZE = 1 << 20, TABLE_SIZE = PAGE_ENTRIES * sizeof(void *),
       ENOUGH_ROOM = 32 << 10, HUGE_PAGE = 2 << 20 };

struct arena_block {
    struct arena_block *next;
    size_t used;
    uint8_t bytes[] __attribute__((aligned(16)));
};

static struct arena_block **arena(struct jit *jit)
{
    return &jit->metadata[jit->generation % GENERATIONS];
}

void *jit_metadata(struct jit *jit, size_t size)
{
    struct arena_block **blocks = arena(jit), *block = *blocks;
    void *p;

    size = (size + 15) & ~(size_t)15;
    if (!block || block->used + size > METADATA_BLOCK) {
        block = malloc(sizeof *block + METADATA_BLOCK);
        if (!block || size > METADATA_BLOCK) {
            free(block);
            return NULL;
        }
        block->next = *blocks;
        block->used = 0;
        *blocks = block;
        jit->metadata_size += METADATA_BLOCK;
    }
    p = block->bytes + block->used;
    block->used += size;
    return p;
}

static void free_metadata(struct jit *jit, unsigned generation)
{
    struct arena_block **blocks = &jit->metadata[generation];

    while (*blocks) {
        struct arena_block *next = (*blocks)->next;

        free(*blocks);
        *blocks = next;
        jit->metadata_size -= METADATA_BLOCK;
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
    size_t tables_size = (size_t)jit->max_tables * TABLE_SIZE;
    uint8_t *all = reserve(jit->code_size + tables_size), *writable = reserve(jit->code_size);
    bool ok;

    jit->rx = all;
    jit->rw = writable;
    ok = fd >= 0 && all && writable && !ftruncate(fd, (off_t)jit->code_size) &&
         mmap(all, jit->code_size, PROT_READ | PROT_EXEC, MAP_SHARED | MAP_FIXED, fd, 0) != MAP_FAILED &&
         mmap(writable, jit->code_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) != MAP_FAILED &&
         mmap(all + jit->code_size, tables_size, PROT_READ | PROT_WRITE,
              MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0) != MAP_FAILED;
    if (fd >= 0)
        close(fd);
    if (!ok)
        return false;
    madvise(all + jit->code_size, tables_size, MADV_HUGEPAGE);
    jit->tables = (const void **)(all + jit->code_size);
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

/* A third is for tables: a page has 8 KiB of them, and some dozen regions. */
static void divide(struct jit *jit, uint64_t size)
{
    size = size ? size : DEFAULT_SIZE;
    size = align_down(size < LEAST_SIZE ? LEAST_SIZE : size, 0x10000);
    jit->max_tables = (unsigned)(size / 3 / TABLE_SIZE);
    jit->code_size = align_down(size - (uint64_t)jit->max_tables * TABLE_SIZE, 0x1000);
}

/* The part of the buffer that the present generation has. */
static void begin_generation(struct jit *jit)
{
    jit->code_used = jit->code_start + jit->generation % GENERATIONS * jit->generation_size;
    jit->code_end = jit->code_used + jit->generation_size;
}

bool jit_code_new(struct jit *jit, uint64_t size, struct error *err)
{
    divide(jit, size);
    jit->n_pages = 2 * (jit->cpu->mem->ram_size >> MEM_PAGE_SHIFT);
    jit->pages = calloc(jit->n_pages, sizeof *jit->pages);
    jit->page_of_table = calloc(jit->max_tables, sizeof *jit->page_of_table);
    if (!jit->pages || !jit->page_of_table) {
        error_set(err, ERROR_RESOURCE, "out of memory for the translator");
        return false;
    }
    if (!map_code(jit)) {
        error_set(err, ERROR_RESOURCE, "cannot map memory for translated code: %s", strerror(errno));
        error_hint(err, "try -accel interp");
        return false;
    }
    backend_thunks(jit);
    jit->generation_size = align_down((jit->code_size - jit->code_start) / GENERATIONS, 64);
    begin_generation(jit);
    return true;
}

void jit_code_free(struct jit *jit)
{
    for (unsigned k = 0; jit->page_of_table && k < jit->max_tables; k++)
        free(jit->page_of_table[k]);
    free(jit->page_of_table);
    free(jit->pages);
    for (unsigned k = 0; k < GENERATIONS; k++)
        free_metadata(jit, k);
    if (jit->rx)
        munmap(jit->rx, jit->code_size + (size_t)jit->max_tables * TABLE_SIZE);
    if (jit->rw)
        munmap(jit->rw, jit->code_size);
}

static void clear_table(struct jit *jit, struct jit_page *page)
{
    for (unsigned k = 0; k < PAGE_ENTRIES; k++)
        __atomic_store_n(&page->table[k], jit->thunks.leave_offset, __ATOMIC_RELEASE);
}

static void free_page(struct jit *jit, unsigned table)
{
    struct jit_page *page = jit->page_of_table[table];

    pthread_mutex_lock(&jit->pages_lock);
    jit_links_clear(jit, page);
    jit->pages[2 * (page->gpa >> MEM_PAGE_SHIFT) + page->le] = NULL;
    pthread_mutex_unlock(&jit->pages_lock);
    free(page);
    jit->page_of_table[table] = NULL;
    jit->n_tables--;
}

void jit_code_reset(struct jit *jit)
{
    for (unsigned k = 0; k < jit->max_tables; k++)
        if (jit->page_of_table[k])
            free_page(jit, k);
    for (unsigned k = 0; k < GENERATIONS; k++)
        free_metadata(jit, k);
    jit->generation = 0;
    begin_generation(jit);
    jit->stats.flushes++;
    jit_forget_fetches(jit);
}

/* What leads into [from, to) of the code leads to the run loop again. */
static void forget_entries(struct jit *jit, struct jit_page *page, const uint8_t *from, const uint8_t *to)
{
    for (unsigned k = 0; k < PAGE_ENTRIES; k++) {
        const uint8_t *code = page->table[k];

        if (code >= from && code < to)
            __atomic_store_n(&page->table[k], jit->thunks.leave_offset, __ATOMIC_RELEASE);
    }
}

void jit_code_advance(struct jit *jit)
{
    const uint8_t *from;

    jit->generation++;
    begin_generation(jit);
    jit_forget_fetches(jit);
    if (jit->generation < GENERATIONS)
        return;
    from = jit->rx + jit->code_used;
    for (unsigned k = 0; k < jit->max_tables; k++) {
        struct jit_page *page = jit->page_of_table[k];

        if (!page)
            continue;
        jit_links_evict(jit, page, from, from + jit->generation_size);
        if (page->generation + GENERATIONS <= jit->generation)
            free_page(jit, k);
        else
            forget_entries(jit, page, from, from + jit->generation_size);
    }
    free_metadata(jit, jit->generation % GENERATIONS);
    jit->stats.evictions++;
}

bool jit_code_has_room(const struct jit *jit)
{
    size_t enough = jit->generation_size / 4 < ENOUGH_ROOM ? jit->generation_size / 4 : ENOUGH_ROOM;

    return jit->code_end - jit->code_used >= enough;
}

size_t jit_code_held(const struct jit *jit)
{
    uint64_t full = jit->generation < GENERATIONS ? jit->generation : GENERATIONS - 1;

    return full * jit->generation_size + jit->code_used - (jit->code_end - jit->generation_size);
}

void jit_code_take_back(struct jit *jit)
{
    struct arena_block **blocks = arena(jit);

    begin_generation(jit);
    if (*blocks && (*blocks)->next)
        free_metadata(jit, jit->generation % GENERATIONS);
    else if (*blocks)
        (*blocks)->used = 0;
}

static const void **take_table(struct jit *jit, struct jit_page *page)
{
    while (jit->n_tables == jit->max_tables)
        jit_code_advance(jit);
    while (jit->page_of_table[jit->next_table])
        jit->next_table = (jit->next_table + 1) % jit->max_tables;
    jit->page_of_table[jit->next_table] = page;
    jit->n_tables++;
    return jit->tables + (size_t)PAGE_ENTRIES * jit->next_table;
}

void jit_page_keep(struct jit *jit, struct jit_page *page)
{
    page->generation = jit->generation;
}

struct jit_page *jit_page_get(struct jit *jit, gpa_t gpa, bool le)
{
    struct jit_page **slot = &jit->pages[2 * (gpa >> MEM_PAGE_SHIFT) + le], *page = *slot;
    uint32_t state;

    if (page && atomic_load_explicit(&page->state, memory_order_acquire) == mem_page_state(jit->cpu->mem, gpa))
        return page;
    if (!page) {
        page = calloc(1, sizeof *page);
        if (!page)
            return NULL;
        page->gpa = gpa;
        page->le = le;
        page->table = take_table(jit, page);
        pthread_mutex_lock(&jit->pages_lock);
        *slot = page;
        pthread_mutex_unlock(&jit->pages_lock);
    }
    jit_page_keep(jit, page);
    /* From now on stores must tell: first the mark, then the TLBs, then the reading. */
    state = mmu_mark_code(jit->cpu, gpa);
    pthread_mutex_lock(&jit->pages_lock);
    jit_links_clear(jit, page);
    pthread_mutex_unlock(&jit->pages_lock);
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
    else
        jit_links_set(jit, page, word, code);
}

void jit_page_changed(struct jit *jit, gpa_t gpa)
{
    pthread_mutex_lock(&jit->pages_lock);
    for (unsigned le = 0; le < 2; le++) {
        struct jit_page *page = jit->pages[2 * (gpa >> MEM_PAGE_SHIFT) + le];

        /* First the state, then the table; jit_publish() does it the other way round. */
        if (page && atomic_exchange(&page->state, 0)) {
            jit_links_clear(jit, page);
            clear_table(jit, page);
        }
    }
    pthread_mutex_unlock(&jit->pages_lock);
}
