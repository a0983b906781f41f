/* Guest physical memory; see mem.h. */
#include "mem/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/checked.h"
#include "base/endian.h"
#include "mem/populate.h"

#ifdef __SANITIZE_THREAD__
#define UNDER_THREAD_SANITIZER
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define UNDER_THREAD_SANITIZER
#endif
#endif
#ifdef UNDER_THREAD_SANITIZER
void AnnotateBenignRaceSized(const char *file, int line, const volatile void *start, size_t size,
                             const char *text);
#endif

/* Anonymous and private, since that is what Linux gives huge pages to, and at a multiple of their size: the host's TLB
 * is what guests with large working sets wait for. Not reserved: a guest of many gigabytes that uses few of them costs
 * few. */
static void *map_ram(uint64_t size)
{
    enum { HUGE_PAGE = 2 << 20 };
    uint8_t *all = mmap(NULL, size + HUGE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    uint8_t *ram;

    if (all == MAP_FAILED)
        return NULL;
    ram = (uint8_t *)align_up((uintptr_t)all, HUGE_PAGE);
    if (ram != all)
        munmap(all, (size_t)(ram - all));
    if (ram != all + HUGE_PAGE)
        munmap(ram + size, (size_t)(all + HUGE_PAGE - ram));
    madvise(ram, size, MADV_HUGEPAGE);
    return ram;
}

struct mem *mem_new(uint64_t ram_size, struct error *err)
{
    struct mem *mem = calloc(1, sizeof *mem);
    void *ram;

    if (!mem) {
        error_set(err, ERROR_RESOURCE, "out of memory");
        return NULL;
    }
    mem->file = -1;
    mem->page_state = calloc(ram_size >> MEM_PAGE_SHIFT, sizeof *mem->page_state);
    mem->granules = calloc(MEM_GRANULES, sizeof *mem->granules);
    if (!mem->page_state || !mem->granules)
        goto fail;
    ram = map_ram(ram_size);
    if (!ram)
        goto fail;
    mem->ram = ram;
    mem->ram_size = ram_size;
#ifdef UNDER_THREAD_SANITIZER
    /* Races between the guest's own loads and stores are the guest's. */
    AnnotateBenignRaceSized(__FILE__, __LINE__, mem->ram, ram_size, "guest memory");
#endif
    return mem;

fail:
    error_set(err, ERROR_RESOURCE, "can't allocate %llu MiB of guest memory: %s",
              (unsigned long long)(ram_size >> 20), strerror(errno));
    error_hint(err, "give the machine less memory with -m");
    mem_free(mem);
    return NULL;
}

void mem_free(struct mem *mem)
{
    if (!mem)
        return;
    if (mem->ram)
        munmap(mem->ram, mem->ram_size);
    if (mem->file >= 0)
        close(mem->file);
    free(mem->page_state);
    free(mem->granules);
    free(mem->regions);
    free(mem);
}

bool mem_add_mmio(struct mem *mem, gpa_t start, uint64_t size, const struct mmio_ops *ops,
                  void *device, struct error *err)
{
    struct mem_region *grown;
    uint64_t end;
    size_t at = 0;

    if (!size || !checked_add(start, size, &end) || start < mem->ram_size)
        return error_set(err, ERROR_RESOURCE, "device region at 0x%llx overlaps guest memory",
                         (unsigned long long)start);
    for (size_t i = 0; i < mem->n_regions; i++) {
        const struct mem_region *r = &mem->regions[i];

        if (start < r->start + r->size && r->start < end)
            return error_set(err, ERROR_RESOURCE, "device regions overlap at 0x%llx",
                             (unsigned long long)start);
        if (r->start < start)
            at = i + 1;
    }
    grown = realloc(mem->regions, (mem->n_regions + 1) * sizeof *grown);
    if (!grown)
        return error_set(err, ERROR_RESOURCE, "out of memory");
    mem->regions = grown;
    memmove(&grown[at + 1], &grown[at], (mem->n_regions - at) * sizeof *grown);
    grown[at] = (struct mem_region){ start, size, ops, device, true };
    mem->n_regions++;
    return true;
}

void mem_enable_mmio(struct mem *mem, gpa_t start, bool enabled)
{
    for (size_t i = 0; i < mem->n_regions; i++)
        if (mem->regions[i].start == start)
            mem->regions[i].enabled = enabled;
}

static struct mem_region *find_region(struct mem *mem, gpa_t gpa, unsigned size)
{
    size_t low = 0, high = mem->n_regions;

    while (low < high) {
        size_t mid = (low + high) / 2;
        struct mem_region *r = &mem->regions[mid];

        if (gpa < r->start)
            high = mid;
        else if (gpa - r->start >= r->size)
            low = mid + 1;
        else
            return r->enabled && size <= r->size - (gpa - r->start) ? r : NULL;
    }
    return NULL;
}

bool mem_mmio_has_own_lock(struct mem *mem, gpa_t gpa)
{
    const struct mem_region *r = find_region(mem, gpa, 1);

    return r && r->ops->has_own_lock;
}

bool mem_mmio_load(struct mem *mem, gpa_t gpa, unsigned size, uint64_t *value)
{
    struct mem_region *r = find_region(mem, gpa, size);

    if (!r)
        return false;
    *value = r->ops->load(r->device, gpa - r->start, size);
    return true;
}

bool mem_mmio_store(struct mem *mem, gpa_t gpa, unsigned size, uint64_t value)
{
    struct mem_region *r = find_region(mem, gpa, size);

    if (!r)
        return false;
    r->ops->store(r->device, gpa - r->start, size, value);
    return true;
}

uint32_t mem_granule_lock(struct mem *mem, gpa_t gpa)
{
    _Atomic uint32_t *granule = mem_granule(mem, gpa);
    uint32_t version;

    for (unsigned n = 1;; n++) {
        version = atomic_load(granule) & ~UINT32_C(1);
        if (atomic_compare_exchange_weak(granule, &version, version + 1))
            return version;
        if (n % 64 == 0)
            sched_yield();
    }
}

uint32_t mem_page_mark_code(struct mem *mem, gpa_t gpa)
{
    _Atomic uint32_t *state = &mem->page_state[gpa >> MEM_PAGE_SHIFT];

    return (atomic_fetch_or(state, MEM_PAGE_HAS_CODE) | MEM_PAGE_HAS_CODE) & ~MEM_PAGE_RESERVED;
}

uint32_t mem_page_begin_mark(struct mem *mem, gpa_t gpa, uint32_t mark, bool *must_tell)
{
    unsigned others;
    uint32_t old;

    atomic_fetch_add(&mem->n_marking, 1);
    old = atomic_fetch_or(&mem->page_state[gpa >> MEM_PAGE_SHIFT], mark);

    /* Counted before the page is marked: who sees another's mark sees its count, or that it is at its end. */
    others = atomic_load(&mem->n_marking) - 1;
    *must_tell = others || !(old & mark);
    return old | mark;
}

void mem_page_end_mark(struct mem *mem)
{
    atomic_fetch_sub(&mem->n_marking, 1);
}

void mem_invalidate_code(struct mem *mem, gpa_t gpa, uint64_t size)
{
    if (!size)
        return;
    for (uint64_t page = gpa >> MEM_PAGE_SHIFT; page <= (gpa + size - 1) >> MEM_PAGE_SHIFT; page++) {
        _Atomic uint32_t *state = &mem->page_state[page];
        uint32_t old = atomic_load(state);

        while (old & (MEM_PAGE_HAS_CODE | MEM_PAGE_RESERVED) &&
               !atomic_compare_exchange_weak(state, &old, (old + 1) & ~(MEM_PAGE_HAS_CODE | MEM_PAGE_RESERVED)))
            ;
        if (old & MEM_PAGE_HAS_CODE)
            for (const struct mem_code_listener *l = mem->listeners; l; l = l->next)
                l->changed(l->opaque, page << MEM_PAGE_SHIFT);
    }
}

void mem_listen(struct mem *mem, struct mem_code_listener *listener)
{
    listener->next = mem->listeners;
    mem->listeners = listener;
}

void mem_unlisten(struct mem *mem, struct mem_code_listener *listener)
{
    for (struct mem_code_listener **at = &mem->listeners; *at; at = &(*at)->next)
        if (*at == listener) {
            *at = listener->next;
            return;
        }
}

void *gpa_map_write(struct mem *mem, gpa_t gpa, uint64_t size)
{
    if (!gpa_is_ram(mem, gpa, size))
        return NULL;
    mem_invalidate_code(mem, gpa, size);
    return mem->ram + gpa;
}

bool gpa_read(const struct mem *mem, gpa_t gpa, void *buffer, size_t size)
{
    const void *from = gpa_map_read(mem, gpa, size);

    if (!from)
        return false;
    memcpy(buffer, from, size);
    return true;
}

bool gpa_write(struct mem *mem, gpa_t gpa, const void *buffer, size_t size)
{
    void *to = gpa_map_write(mem, gpa, size);

    if (!to)
        return false;
    memcpy(to, buffer, size);
    return true;
}

bool gpa_fill(struct mem *mem, gpa_t gpa, uint8_t byte, uint64_t size)
{
    void *to = gpa_map_write(mem, gpa, size);

    if (!to)
        return false;
    memset(to, byte, size);
    return true;
}

static bool read_file(uint8_t *to, int fd, uint64_t offset, uint64_t size)
{
    while (size) {
        ssize_t n = pread(fd, to, size, (off_t)offset);

        if (n < 0 && errno == EINTR)
            continue;
        if (n == 0)
            errno = ENODATA;
        if (n <= 0)
            return false;
        to += n;
        offset += (uint64_t)n;
        size -= (uint64_t)n;
    }
    return true;
}

bool mem_adopt_file(struct mem *mem, int fd)
{
    if (mmap(mem->ram, mem->ram_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) == MAP_FAILED) {
        int error = errno;

        close(fd);
        errno = error;
        return false;
    }
    mem->file = fd;
    mem->file_takes_writes = populate_can_write(fd);
    return true;
}

/* Not a page may be replaced by a mapping of something else. */
static bool place_in_file(struct mem *mem, uint8_t *to, gpa_t gpa, int fd, uint64_t offset, uint64_t size)
{
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

    /* The end of its last page is overwritten: only where that is RAM as well. A page that has been brought in before
     * may be refused. */
    if (mem->file_takes_writes && gpa % page == 0 && align_up(size, page) <= mem->ram_size - gpa &&
        populate_by_write(mem->file, gpa, fd, offset, size))
        return true;
    return read_file(to, fd, offset, size);
}

bool mem_place_file(struct mem *mem, gpa_t gpa, int fd, uint64_t offset, uint64_t size)
{
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), mapped = align_down(size, page);
    uint8_t *to = gpa_map_write(mem, gpa, size);

    if (!to) {
        errno = EFAULT;
        return false;
    }
    if (mem->file >= 0)
        return place_in_file(mem, to, gpa, fd, offset, size);
    if (!mapped || gpa % page || offset % page ||
        mmap(to, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, fd, (off_t)offset) ==
            MAP_FAILED)
        mapped = 0;
    return read_file(to + mapped, fd, offset + mapped, size - mapped);
}

bool mem_map_file(struct mem *mem, gpa_t gpa, int fd, uint64_t size, bool is_shared)
{
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    uint8_t *to;

    /* An adopted file's pages cannot be another's. */
    if (mem->file >= 0 || gpa % page || size % page) {
        errno = EINVAL;
        return false;
    }
    to = gpa_map_write(mem, gpa, size);
    if (!to) {
        errno = EFAULT;
        return false;
    }
    return mmap(to, size, PROT_READ | PROT_WRITE, (is_shared ? MAP_SHARED : MAP_PRIVATE) | MAP_NORESERVE | MAP_FIXED,
                fd, 0) != MAP_FAILED;
}

void mem_release(struct mem *mem, gpa_t gpa, uint64_t size)
{
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    gpa_t start, end;

    if (!gpa_is_ram(mem, gpa, size))
        return;
    start = align_up(gpa, page);
    end = align_down(gpa + size, page);
    if (start >= end)
        return;
    mem_invalidate_code(mem, start, end - start);
    if (mem->file >= 0) {
        fallocate(mem->file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)start, (off_t)(end - start));
        return;
    }
    /* What was a file's pages (mem_place_file()) becomes memory as well. */
    if (mmap(mem->ram + start, end - start, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) != MAP_FAILED)
        madvise(mem->ram + start, end - start, MADV_HUGEPAGE);
}

#define GPA_NUMBERS(bits)                                                                        \
    bool gpa_load_be##bits(const struct mem *mem, gpa_t gpa, uint##bits##_t *value)              \
    {                                                                                            \
        const void *from = gpa_map_read(mem, gpa, bits / 8);                                     \
                                                                                                 \
        *value = from ? ld_be##bits(from) : 0;                                                   \
        return from != NULL;                                                                     \
    }                                                                                            \
    bool gpa_store_be##bits(struct mem *mem, gpa_t gpa, uint##bits##_t value)                    \
    {                                                                                            \
        void *to = gpa_map_write(mem, gpa, bits / 8);                                            \
                                                                                                 \
        if (to)                                                                                  \
            st_be##bits(to, value);                                                              \
        return to != NULL;                                                                       \
    }

GPA_NUMBERS(16)
GPA_NUMBERS(32)
GPA_NUMBERS(64)
