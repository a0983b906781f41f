/* Guest physical memory: RAM from address 0, and regions where devices answer (MMIO).
 *
 * RAM is one mapping of a memfd, so that images can be read straight into it and other processes
 * (vhost-user devices) can share it. Everything that takes a guest address checks it; no pointer
 * into RAM is to be kept beyond the call that asked for it.
 *
 * RAM pages (4 KiB) from which instructions have been decoded are remembered, so that stores by
 * whatever means invalidate what was made of them: each page has a version that changes when a page
 * with decoded code is written. */
#ifndef MEM_MEM_H
#define MEM_MEM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bits.h"
#include "base/error.h"

typedef uint64_t gpa_t; /* guest physical ("logical real") address */
typedef uint64_t ea_t;  /* guest effective address */

enum { MEM_PAGE_SHIFT = 12, MEM_PAGE_SIZE = 1 << MEM_PAGE_SHIFT };

/* What a device region answers. Offset is within the region; size 1, 2, 4 or 8, never crossing the
 * region's end. Values are numbers as a big-endian processor's load or store of that size sees them.
 * Called with the machine's lock held. */
struct mmio_ops {
    uint64_t (*load)(void *device, uint64_t offset, unsigned size);
    void (*store)(void *device, uint64_t offset, unsigned size, uint64_t value);
    bool has_own_lock; /* is called without the machine's */
};

struct mem_region {
    gpa_t start;
    uint64_t size;
    const struct mmio_ops *ops;
    void *device;
    _Atomic bool enabled;
};

/* Who wants to know that a page with decoded code changed: called with the page's address, before the change, on
 * whatever thread makes it. */
struct mem_code_listener {
    void (*changed)(void *opaque, gpa_t gpa);
    void *opaque;
    struct mem_code_listener *next;
};

/* The fields ram, ram_size and page_state are read by inline code here and by translators; nobody
 * else touches them. */
struct mem {
    uint8_t *ram;
    uint64_t ram_size;
    int file;                     /* RAM is this file of the kernel's, see mem_adopt_file(); -1: ordinary memory */
    bool file_takes_writes;
    _Atomic uint32_t *page_state; /* per 4 KiB page of RAM: MEM_PAGE_HAS_CODE | MEM_PAGE_RESERVED | version */
    _Atomic uint32_t *granules;   /* versions, see mem_granule() */
    struct mem_region *regions;   /* sorted by start */
    size_t n_regions;
    struct mem_code_listener *listeners;
    _Atomic unsigned n_marking; /* between mem_page_begin_mark() and mem_page_end_mark() */
};

#define MEM_PAGE_HAS_CODE UINT32_C(0x80000000)
/* A processor has a reservation here that must notice every store; see mem_granule(). */
#define MEM_PAGE_RESERVED UINT32_C(0x40000000)

/* RAM of this many bytes (a multiple of 64 KiB), zeroed. NULL on failure. */
struct mem *mem_new(uint64_t ram_size, struct error *err);
void mem_free(struct mem *mem);

/* RAM becomes a file of the kernel's that is mapped (a guest_memfd, of at least that size), which is the mem's from then
 * on, also on failure. Before anything is in it. False with errno. */
bool mem_adopt_file(struct mem *mem, int fd);

/* Adds a device region, enabled. It must not overlap RAM or another region. Before the vCPUs run, or
 * with all of them stopped. The ops and device stay the caller's. */
bool mem_add_mmio(struct mem *mem, gpa_t start, uint64_t size, const struct mmio_ops *ops,
                  void *device, struct error *err);
/* Switches a region (named by its start) off, so that accesses to it fail, or on again. */
void mem_enable_mmio(struct mem *mem, gpa_t start, bool enabled);

/* Loads or stores through the device region at gpa; false if there is none, or the access would
 * cross its end. Size as in mmio_ops. */
bool mem_mmio_load(struct mem *mem, gpa_t gpa, unsigned size, uint64_t *value);
bool mem_mmio_store(struct mem *mem, gpa_t gpa, unsigned size, uint64_t value);
/* Whether what answers there has a lock of its own. Without any lock: regions do not come and go while vCPUs run. */
bool mem_mmio_has_own_lock(struct mem *mem, gpa_t gpa);

/* True if all of [gpa, gpa + size) is RAM. */
static inline bool gpa_is_ram(const struct mem *mem, gpa_t gpa, uint64_t size)
{
    return gpa <= mem->ram_size && size <= mem->ram_size - gpa;
}

/* Host address of that range for reading, NULL unless all of it is RAM. Valid for the call only. */
static inline const void *gpa_map_read(const struct mem *mem, gpa_t gpa, uint64_t size)
{
    return gpa_is_ram(mem, gpa, size) ? mem->ram + gpa : NULL;
}

/* The same for writing: code decoded from the range is invalidated now, so write at once. */
void *gpa_map_write(struct mem *mem, gpa_t gpa, uint64_t size);

/* Copies between guest RAM and a buffer of ours; false, with nothing copied, if not all is RAM. */
bool gpa_read(const struct mem *mem, gpa_t gpa, void *buffer, size_t size);
bool gpa_write(struct mem *mem, gpa_t gpa, const void *buffer, size_t size);
bool gpa_fill(struct mem *mem, gpa_t gpa, uint8_t byte, uint64_t size);

/* (Where RAM is an adopted file: by writing to that, whole pages, zeros behind the end; or by reading.)
 * Lays size bytes of the file from offset on into RAM at gpa: whole pages by a private mapping of the file,
 * which costs next to nothing, the rest by reading. What the guest writes does not reach the file; the file
 * is not to be changed in place while the machine lives (replaced by another is fine). False with errno if it
 * cannot be read; the range must be RAM. Not for parts of RAM that another process shares. */
bool mem_place_file(struct mem *mem, gpa_t gpa, int fd, uint64_t offset, uint64_t size);

/* RAM at gpa becomes a file's pages, shared with whoever else has them (stores reach the file) or a copy that is made
 * page by page when it is written. All of it in whole host pages. False with errno. */
bool mem_map_file(struct mem *mem, gpa_t gpa, int fd, uint64_t size, bool is_shared);

/* Gives the host back what is behind [gpa, gpa + size): it reads as zeros afterwards, or as before where the host
 * would not take it. Nothing if it is not all RAM; only whole host pages. */
void mem_release(struct mem *mem, gpa_t gpa, uint64_t size);
/* Single big-endian numbers of RAM. Loads give 0 in *value when they fail. */
bool gpa_load_be16(const struct mem *mem, gpa_t gpa, uint16_t *value);
bool gpa_load_be32(const struct mem *mem, gpa_t gpa, uint32_t *value);
bool gpa_load_be64(const struct mem *mem, gpa_t gpa, uint64_t *value);
bool gpa_store_be16(struct mem *mem, gpa_t gpa, uint16_t value);
bool gpa_store_be32(struct mem *mem, gpa_t gpa, uint32_t value);
bool gpa_store_be64(struct mem *mem, gpa_t gpa, uint64_t value);

/* Reservations are kept for granules of 128 bytes, in pages that are marked as reserved. Who stores to such a page makes
 * the version of the granule odd, which keeps others away, and then the next even number, or what it was if a store
 * conditional did not store. Granules that are far apart share a version, so that a store conditional may fail without
 * need, as it may by the book. Other ways to store take the mark away and change the page's version. */
enum { MEM_GRANULE_SHIFT = 7, MEM_GRANULES = 1 << 16 };

static inline _Atomic uint32_t *mem_granule(const struct mem *mem, gpa_t gpa)
{
    return &mem->granules[gpa >> MEM_GRANULE_SHIFT & (MEM_GRANULES - 1)];
}

/* Keeps others away; returns the version, even. To be given back soon: others wait without sleeping. */
uint32_t mem_granule_lock(struct mem *mem, gpa_t gpa);
static inline void mem_granule_unlock(struct mem *mem, gpa_t gpa, uint32_t version)
{
    atomic_store_explicit(mem_granule(mem, gpa), version, memory_order_release);
}

/* The page at gpa (which is RAM): version and marks. */
static inline uint32_t mem_page_marks(const struct mem *mem, gpa_t gpa)
{
    return atomic_load_explicit(&mem->page_state[gpa >> MEM_PAGE_SHIFT], memory_order_acquire);
}

/* State word of its code: without what matters to reservations only. */
static inline uint32_t mem_page_state(const struct mem *mem, gpa_t gpa)
{
    return mem_page_marks(mem, gpa) & ~MEM_PAGE_RESERVED;
}

/* Marks the page as one with decoded code and returns its new state word. */
uint32_t mem_page_mark_code(struct mem *mem, gpa_t gpa);

/* The same, with either mark, where several processors have TLBs: to be ended when all of them have forgotten the right
 * to store to the page directly. must_tell: the caller has to see to that, as the page was not marked, or whoever did
 * is not at the end yet. */
uint32_t mem_page_begin_mark(struct mem *mem, gpa_t gpa, uint32_t mark, bool *must_tell);
void mem_page_end_mark(struct mem *mem);

/* To be called before bytes of [gpa, gpa + size), all RAM, change by other means than the functions
 * above: pages with decoded code or reservations get a new version and lose the marks. */
void mem_invalidate_code(struct mem *mem, gpa_t gpa, uint64_t size);

/* Adds a listener, which stays the caller's until it is removed. While no vCPU runs. */
void mem_listen(struct mem *mem, struct mem_code_listener *listener);
void mem_unlisten(struct mem *mem, struct mem_code_listener *listener);

#endif
