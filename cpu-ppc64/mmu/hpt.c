/* The hash page table as an array; see hpt.h. */
#include "cpu-ppc64/mmu/hpt.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "base/bits.h"
#include "base/endian.h"

bool hpt_init(struct hpt *t, unsigned shift, struct error *err)
{
    /* Not touched, it costs nothing: a partition that uses radix trees may never look at it. */
    void *p = mmap(NULL, (size_t)1 << shift, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (p == MAP_FAILED) {
        error_set(err, ERROR_RESOURCE, "no memory for a hash page table of 2^%u bytes: %s", shift, strerror(errno));
        return false;
    }
    *t = (struct hpt){ p, shift };
    return true;
}

void hpt_destroy(struct hpt *t)
{
    if (t->bytes)
        munmap(t->bytes, (size_t)1 << t->shift);
    *t = (struct hpt){ 0 };
}

static uint64_t *doubleword(const struct hpt *t, uint64_t index, unsigned which)
{
    return (uint64_t *)(void *)(t->bytes + index * HPTE_BYTES + 8 * which);
}

static uint64_t get(const uint64_t *p, int order)
{
    uint64_t v = __atomic_load_n(p, order);

    return ld_be64(&v);
}

static void put(uint64_t *p, uint64_t v, int order)
{
    uint64_t be;

    st_be64(&be, v);
    __atomic_store_n(p, be, order);
}

struct hpte hpt_get(const struct hpt *t, uint64_t index)
{
    struct hpte e;

    e.v = get(doubleword(t, index, 0), __ATOMIC_ACQUIRE);
    e.r = get(doubleword(t, index, 1), __ATOMIC_RELAXED);
    return e;
}

void hpt_set(struct hpt *t, uint64_t index, struct hpte e)
{
    put(doubleword(t, index, 1), e.r, __ATOMIC_RELAXED);
    put(doubleword(t, index, 0), e.v, __ATOMIC_RELEASE);
}

void hpt_note(struct hpt *t, uint64_t index, uint64_t v, uint64_t bits)
{
    uint64_t be;

    st_be64(&be, bits);
    if (hpt_get(t, index).v == v)
        __atomic_fetch_or(doubleword(t, index, 1), be, __ATOMIC_RELAXED);
}

static const struct hpt_page_size page_sizes[] = {
    { 0x000, 12, 12, 0 }, { 0x000, 12, 16, 0x07 }, { 0x000, 12, 24, 0x38 }, { 0x110, 16, 16, 0x01 },
    { 0x110, 16, 24, 0x08 }, { 0x100, 24, 24, 0x00 }, { 0x120, 34, 34, 0x03 },
};

const struct hpt_page_size *hpt_page_size_at(size_t i)
{
    return i < ARRAY_SIZE(page_sizes) ? &page_sizes[i] : NULL;
}

const struct hpt_page_size *hpt_page_size_of(struct hpte e)
{
    if (!(e.v & HPTE_LARGE))
        return &page_sizes[0];
    for (size_t i = 1; i < ARRAY_SIZE(page_sizes); i++) {
        unsigned free_bits = page_sizes[i].shift - 12u;
        uint64_t mask = free_bits >= 8 ? 0xff : (1u << free_bits) - 1;

        if ((e.r >> 12 & mask) == page_sizes[i].encoding)
            return &page_sizes[i];
    }
    return NULL;
}

uint64_t hpt_hash(uint64_t vsid, uint64_t offset, bool is_1t, unsigned base_shift)
{
    uint64_t hash = vsid ^ offset >> base_shift;

    if (is_1t)
        hash ^= vsid << 25;
    return hash & ((UINT64_C(1) << 39) - 1);
}
