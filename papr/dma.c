/* DMA spaces and the hypercalls that fill their tables; see dma.h.
 *
 * A translation is an index into the window's table, which is as fast as any cache of it would be. Entries are
 * atomic words: the guest changes them on one thread while devices read them on others. What the readers must
 * not see is a table that goes away, hence the space's read-write lock, which only opening and closing a window
 * takes for writing. [LoPAR, hcall-tce, hcall-multi-tce] */
#include "papr/dma.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/endian.h"

enum { H_GET_TCE = 0x1c, H_PUT_TCE = 0x20, H_STUFF_TCE = 0x138, H_PUT_TCE_INDIRECT = 0x13c };
enum { INDIRECT_MOST = 512, INDIRECT_ALIGNMENT = 4096 };
enum { TCE_READ = 1, TCE_WRITE = 2 }; /* what the device may do */

struct window {
    bool open;
    uint32_t liobn;
    uint64_t start, count;
    unsigned page_shift;
    _Atomic uint64_t *tces;
};

struct dma_space {
    struct dma_spaces *all;
    bool physical;
    pthread_rwlock_t lock; /* windows[] against readers */
    struct window windows[DMA_WINDOWS];
    _Atomic uint64_t generation;
    struct dma_space *next;
};

struct dma_spaces {
    struct mem *mem;
    struct dma_space physical;
    struct dma_space *first;
};

struct dma_spaces *dma_spaces_new(struct mem *mem, struct error *err)
{
    struct dma_spaces *all = calloc(1, sizeof *all);

    if (!all) {
        error_set(err, ERROR_RESOURCE, "out of memory");
        return NULL;
    }
    all->mem = mem;
    all->physical.all = all;
    all->physical.physical = true;
    pthread_rwlock_init(&all->physical.lock, NULL);
    return all;
}

void dma_spaces_free(struct dma_spaces *all)
{
    if (!all)
        return;
    while (all->first)
        dma_space_free(all->first);
    pthread_rwlock_destroy(&all->physical.lock);
    free(all);
}

struct dma_space *dma_space_new(struct dma_spaces *all, struct error *err)
{
    struct dma_space *space = calloc(1, sizeof *space);

    if (!space) {
        error_set(err, ERROR_RESOURCE, "out of memory");
        return NULL;
    }
    pthread_rwlock_init(&space->lock, NULL);
    space->all = all;
    space->next = all->first;
    all->first = space;
    return space;
}

void dma_space_free(struct dma_space *space)
{
    struct dma_space **at;

    if (!space)
        return;
    for (at = &space->all->first; *at != space; at = &(*at)->next)
        ;
    *at = space->next;
    for (unsigned i = 0; i < DMA_WINDOWS; i++)
        free(space->windows[i].tces);
    pthread_rwlock_destroy(&space->lock);
    free(space);
}

struct dma_space *dma_space_physical(struct dma_spaces *all)
{
    return &all->physical;
}

/* ---- windows ---- */

static bool overlaps(const struct window *w, uint64_t start, uint64_t size)
{
    return w->open && start < w->start + (w->count << w->page_shift) && w->start < start + size;
}

bool dma_window_open(struct dma_space *space, unsigned window, uint32_t liobn, uint64_t start,
                     unsigned page_shift, uint64_t count, struct error *err)
{
    struct window *w = &space->windows[window];
    _Atomic uint64_t *tces;
    unsigned other;
    uint64_t end;

    if (page_shift < MEM_PAGE_SHIFT || page_shift > 40 || !count || count > UINT64_MAX >> page_shift ||
        !checked_add(start, count << page_shift, &end))
        return error_set(err, ERROR_UNSUPPORTED, "DMA window 0x%x has an impossible size", liobn);
    if (w->open || dma_find(space->all, liobn, &other))
        return error_set(err, ERROR_RESOURCE, "DMA window 0x%x is in use", liobn);
    for (unsigned i = 0; i < DMA_WINDOWS; i++)
        if (overlaps(&space->windows[i], start, count << page_shift))
            return error_set(err, ERROR_RESOURCE, "DMA windows overlap at 0x%llx",
                             (unsigned long long)start);
    tces = calloc(count, sizeof *tces);
    if (!tces)
        return error_set(err, ERROR_RESOURCE, "out of memory for DMA window 0x%x", liobn);
    pthread_rwlock_wrlock(&space->lock);
    *w = (struct window){ true, liobn, start, count, page_shift, tces };
    pthread_rwlock_unlock(&space->lock);
    return true;
}

void dma_window_close(struct dma_space *space, unsigned window)
{
    struct window *w = &space->windows[window];
    _Atomic uint64_t *tces = w->tces;

    atomic_fetch_add(&space->generation, 1);
    pthread_rwlock_wrlock(&space->lock);
    *w = (struct window){ 0 };
    pthread_rwlock_unlock(&space->lock);
    free(tces);
}

bool dma_window_is_open(const struct dma_space *space, unsigned window)
{
    return space->windows[window].open;
}

uint64_t dma_window_start(const struct dma_space *space, unsigned window)
{
    return space->windows[window].start;
}

struct dma_space *dma_find(struct dma_spaces *all, uint64_t liobn, unsigned *window)
{
    for (struct dma_space *s = all->first; s; s = s->next)
        for (unsigned i = 0; i < DMA_WINDOWS; i++)
            if (s->windows[i].open && s->windows[i].liobn == liobn) {
                *window = i;
                return s;
            }
    return NULL;
}

static void fill(struct dma_space *space, struct window *w, uint64_t first, uint64_t count, uint64_t tce)
{
    bool replaces = false;

    for (uint64_t i = 0; i < count; i++) {
        uint64_t old = atomic_exchange_explicit(&w->tces[first + i], tce, memory_order_acq_rel);

        replaces |= old && old != tce;
    }
    if (replaces)
        atomic_fetch_add(&space->generation, 1);
}

uint64_t dma_generation(const struct dma_space *space)
{
    return atomic_load_explicit(&space->generation, memory_order_acquire);
}

void dma_space_clear(struct dma_space *space)
{
    for (unsigned i = 0; i < DMA_WINDOWS; i++) {
        struct window *w = &space->windows[i];

        /* Entries that were never set are not written: they cost no memory so far. */
        for (uint64_t n = 0; n < w->count; n++)
            if (atomic_load_explicit(&w->tces[n], memory_order_relaxed))
                fill(space, w, n, 1, 0);
    }
}

/* ---- translation ---- */

/* Guest address of ioba and how many bytes of its page follow from there; 0 bytes at a fault. Lock held. */
static uint64_t translate(const struct dma_space *space, uint64_t ioba, unsigned access, gpa_t *gpa)
{
    for (unsigned i = 0; i < DMA_WINDOWS; i++) {
        const struct window *w = &space->windows[i];
        uint64_t index = (ioba - w->start) >> w->page_shift, offset, tce;

        if (!w->open || ioba < w->start || index >= w->count)
            continue;
        tce = atomic_load_explicit(&w->tces[index], memory_order_acquire);
        if ((tce & access) != access)
            return 0;
        offset = ioba & ((UINT64_C(1) << w->page_shift) - 1);
        *gpa = align_down(tce, UINT64_C(1) << w->page_shift) + offset;
        return (UINT64_C(1) << w->page_shift) - offset;
    }
    return 0;
}

static uint64_t find_ram(struct dma_space *space, uint64_t ioba, uint64_t size, unsigned access,
                         gpa_t *gpa)
{
    uint64_t n = size;

    if (space->physical)
        *gpa = ioba;
    else
        n = translate(space, ioba, access, gpa);
    if (n > size)
        n = size;
    return gpa_is_ram(space->all->mem, *gpa, n) ? n : 0;
}

unsigned dma_map(struct dma_space *space, uint64_t ioba, uint64_t size, bool writable,
                 struct iovec *pieces, unsigned most)
{
    struct mem *mem = space->all->mem;
    unsigned count = 0;
    gpa_t next = 0;

    if (!size || size - 1 > UINT64_MAX - ioba)
        return 0;
    pthread_rwlock_rdlock(&space->lock);
    while (size) {
        gpa_t gpa = 0;
        uint64_t n = find_ram(space, ioba, size, writable ? TCE_WRITE : TCE_READ, &gpa);

        if (n && count && gpa == next) {
            pieces[count - 1].iov_len += n;
        } else if (n && count < most) {
            pieces[count].iov_base = mem->ram + gpa;
            pieces[count++].iov_len = n;
        } else {
            count = 0;
            break;
        }
        if (writable)
            mem_invalidate_code(mem, gpa, n);
        next = gpa + n;
        ioba += n;
        size -= n;
    }
    pthread_rwlock_unlock(&space->lock);
    return count;
}

void dma_written(struct dma_space *space, const void *host, size_t size)
{
    struct mem *mem = space->all->mem;

    mem_invalidate_code(mem, (gpa_t)((const uint8_t *)host - mem->ram), size);
}

bool dma_read(struct dma_space *space, uint64_t ioba, void *buffer, size_t size)
{
    uint8_t *to = buffer;
    struct iovec piece;

    while (size) {
        /* Piece by piece: at most to the end of a 4 KiB page, which every page size contains. */
        size_t n = MEM_PAGE_SIZE - ioba % MEM_PAGE_SIZE;

        n = n < size ? n : size;
        if (!dma_map(space, ioba, n, false, &piece, 1))
            return false;
        memcpy(to, piece.iov_base, n);
        ioba += n;
        to += n;
        size -= n;
    }
    return true;
}

bool dma_write(struct dma_space *space, uint64_t ioba, const void *buffer, size_t size)
{
    const uint8_t *from = buffer;
    struct iovec piece;

    while (size) {
        size_t n = MEM_PAGE_SIZE - ioba % MEM_PAGE_SIZE;

        n = n < size ? n : size;
        if (!dma_map(space, ioba, n, true, &piece, 1))
            return false;
        memcpy(piece.iov_base, from, n);
        dma_written(space, piece.iov_base, n);
        ioba += n;
        from += n;
        size -= n;
    }
    return true;
}

/* ---- hypercalls ---- */

/* The window of a LIOBN, with the index of ioba's page in it, from which count pages are within. */
static struct window *find_pages(struct dma_spaces *all, uint64_t liobn, uint64_t ioba, uint64_t count,
                                 uint64_t *index, struct dma_space **space)
{
    unsigned i;
    struct window *w;

    *space = dma_find(all, liobn, &i);
    w = *space ? &(*space)->windows[i] : NULL;

    if (!w || ioba < w->start)
        return NULL;
    *index = (ioba - w->start) >> w->page_shift;
    return range_within(*index, count, w->count) && *index < w->count ? w : NULL;
}

/* Arguments: LIOBN, IOBA. Result: TCE. */
static int64_t h_get_tce(void *self, struct vcpu *v, struct hcall_args *args)
{
    uint64_t index;
    struct dma_space *space;
    struct window *w = find_pages(self, args->in[0], args->in[1], 1, &index, &space);

    (void)v;
    if (!w)
        return H_PARAMETER;
    args->out[0] = atomic_load_explicit(&w->tces[index], memory_order_relaxed);
    return H_SUCCESS;
}

/* Arguments: LIOBN, IOBA, TCE. Whether the entry leads to RAM is looked at when a device uses it. */
static int64_t h_put_tce(void *self, struct vcpu *v, struct hcall_args *args)
{
    uint64_t index;
    struct dma_space *space;
    struct window *w = find_pages(self, args->in[0], args->in[1], 1, &index, &space);

    (void)v;
    if (!w)
        return H_PARAMETER;
    fill(space, w, index, 1, args->in[2]);
    return H_SUCCESS;
}

/* Arguments: LIOBN, IOBA, TCE, number of pages that get it. */
static int64_t h_stuff_tce(void *self, struct vcpu *v, struct hcall_args *args)
{
    uint64_t index, count = args->in[3];
    struct dma_space *space;
    struct window *w = find_pages(self, args->in[0], args->in[1], count, &index, &space);

    (void)v;
    if (!w || !count)
        return H_PARAMETER;
    fill(space, w, index, count, args->in[2]);
    return H_SUCCESS;
}

/* Arguments: LIOBN, IOBA, address of a page with TCEs, their number. */
static int64_t h_put_tce_indirect(void *self, struct vcpu *v, struct hcall_args *args)
{
    struct dma_spaces *all = self;
    uint64_t index, list = args->in[2], count = args->in[3];
    struct dma_space *space;
    struct window *w;
    be64 tces[INDIRECT_MOST];

    (void)v;
    if (!count || count > INDIRECT_MOST || list % INDIRECT_ALIGNMENT)
        return H_PARAMETER;
    w = find_pages(all, args->in[0], args->in[1], count, &index, &space);
    if (!w || !gpa_read(all->mem, list, tces, count * sizeof tces[0]))
        return H_PARAMETER;
    for (uint64_t i = 0; i < count; i++)
        fill(space, w, index + i, 1, be64_get(tces[i]));
    return H_SUCCESS;
}

static const struct hcall_row hcalls[] = {
    { H_GET_TCE, "H_GET_TCE", "hcall-tce", .in = 2, .out = 1, .fn = h_get_tce },
    { H_PUT_TCE, "H_PUT_TCE", "hcall-tce", .in = 3, .fn = h_put_tce },
    { H_STUFF_TCE, "H_STUFF_TCE", "hcall-multi-tce", .in = 4, .fn = h_stuff_tce },
    { H_PUT_TCE_INDIRECT, "H_PUT_TCE_INDIRECT", "hcall-multi-tce", .in = 4, .fn = h_put_tce_indirect },
};

/* Entries do not outlive a reset of the machine. Who opened a second window closes it in its own reset. */
static void reset(void *self)
{
    struct dma_spaces *all = self;

    for (struct dma_space *s = all->first; s; s = s->next)
        dma_space_clear(s);
}

const struct facility_type dma_facility = {
    .name = "dma",
    .hcalls = hcalls,
    .n_hcalls = ARRAY_SIZE(hcalls),
    .reset = reset,
};
