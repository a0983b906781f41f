/* See radix-cache.h. */
#include "cpu-ppc64/mmu/radix-cache.h"

#include <stdlib.h>
#include <string.h>

#define NO_PAGE UINT64_MAX

struct radix_cache *radix_cache_new(void)
{
    struct radix_cache *cache = calloc(1, sizeof *cache);

    if (cache)
        memset(cache->leaves, 0xff, sizeof cache->leaves);
    return cache;
}

void radix_cache_free(struct radix_cache *cache)
{
    free(cache);
}

/* Neighbouring pages of one process lie in neighbouring sets. */
static unsigned set_of(uint32_t pid, ea_t ea, unsigned shift)
{
    return ((unsigned)(ea >> shift) + pid * 0x9e5u + shift * 37) % RADIX_CACHE_SETS;
}

static struct radix_leaf *find(const struct radix_cache *cache, uint32_t pid, ea_t ea, unsigned shift)
{
    const struct radix_leaf *set = cache->leaves[set_of(pid, ea, shift)];
    ea_t page = ea >> shift << shift;

    for (unsigned way = 0; way < RADIX_CACHE_WAYS; way++)
        if (set[way].page == page && set[way].pid == pid && set[way].shift == shift)
            return (struct radix_leaf *)&set[way];
    return NULL;
}

const struct radix_leaf *radix_cache_find(const struct radix_cache *cache, uint32_t pid, ea_t ea)
{
    for (uint64_t left = cache->shifts; left; left &= left - 1) {
        const struct radix_leaf *leaf = find(cache, pid, ea, (unsigned)__builtin_ctzll(left));

        if (leaf)
            return leaf;
    }
    return NULL;
}

void radix_cache_put(struct radix_cache *cache, uint32_t pid, ea_t ea, unsigned shift, uint64_t pte)
{
    struct radix_leaf *leaf = find(cache, pid, ea, shift);
    unsigned set = set_of(pid, ea, shift);

    for (unsigned way = 0; !leaf && way < RADIX_CACHE_WAYS; way++)
        if (cache->leaves[set][way].page == NO_PAGE)
            leaf = &cache->leaves[set][way];
    if (!leaf)
        leaf = &cache->leaves[set][cache->oldest[set]++ % RADIX_CACHE_WAYS];
    *leaf = (struct radix_leaf){ ea >> shift << shift, pte, pid, (uint8_t)shift };
    cache->shifts |= UINT64_C(1) << shift;
}

void radix_cache_forget_all(struct radix_cache *cache)
{
    if (cache->shifts)
        memset(cache->leaves, 0xff, sizeof cache->leaves);
    cache->shifts = 0;
}

void radix_cache_forget_process(struct radix_cache *cache, uint32_t pid)
{
    struct radix_leaf *leaf = &cache->leaves[0][0];

    for (unsigned n = 0; n < RADIX_CACHE_SETS * RADIX_CACHE_WAYS; n++)
        if (leaf[n].pid == pid)
            leaf[n].page = NO_PAGE;
}

void radix_cache_forget_page(struct radix_cache *cache, uint32_t pid, ea_t page, uint64_t size)
{
    for (uint64_t left = cache->shifts; left; left &= left - 1) {
        unsigned shift = (unsigned)__builtin_ctzll(left);

        for (uint64_t at = 0; at < size; at += UINT64_C(1) << shift) {
            struct radix_leaf *leaf = find(cache, pid, page + at, shift);

            if (leaf)
                leaf->page = NO_PAGE;
        }
    }
}
