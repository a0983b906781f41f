/* Bits of a doubleword moved by a mask. [ISA3.1 I 3.3.13] */
#ifndef CPU_PPC64_INTERP_BIT_PERMUTE_H
#define CPU_PPC64_INTERP_BIT_PERMUTE_H

#include <stdint.h>

/* The bits of v where mask has ones, gathered at the right. */
static inline uint64_t bits_extract(uint64_t v, uint64_t mask)
{
    uint64_t result = 0;

    for (unsigned at = 0; mask; mask &= mask - 1, at++)
        result |= (v >> __builtin_ctzll(mask) & 1) << at;
    return result;
}

/* The rightmost bits of v, dealt to where mask has ones. */
static inline uint64_t bits_deposit(uint64_t v, uint64_t mask)
{
    uint64_t result = 0;

    for (; mask; mask &= mask - 1, v >>= 1)
        result |= (v & 1) << __builtin_ctzll(mask);
    return result;
}

/* Those where mask has zeros to the left, those where it has ones to the right, each in their order. */
static inline uint64_t bits_centrifuge(uint64_t v, uint64_t mask)
{
    unsigned ones = (unsigned)__builtin_popcountll(mask);

    return bits_extract(v, mask) | (ones == 64 ? 0 : bits_extract(v, ~mask) << ones);
}

/* Zero bits of v before the first one, from the left or the right, among those where mask has ones. */
static inline unsigned bits_leading_zeros(uint64_t v, uint64_t mask)
{
    return v & mask ? (unsigned)__builtin_popcountll(mask & ~(UINT64_MAX >> __builtin_clzll(v & mask)))
                    : (unsigned)__builtin_popcountll(mask);
}

static inline unsigned bits_trailing_zeros(uint64_t v, uint64_t mask)
{
    return v & mask ? (unsigned)__builtin_popcountll(mask & ~(UINT64_MAX << __builtin_ctzll(v & mask)))
                    : (unsigned)__builtin_popcountll(mask);
}

#endif
