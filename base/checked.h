/* Sums and products of sizes that a guest or a file chose: they say when they would wrap. */
#ifndef BASE_CHECKED_H
#define BASE_CHECKED_H

#include <stdbool.h>
#include <stdint.h>

/* *sum = a + b; false (and *sum unspecified) if that does not fit. */
static inline bool checked_add(uint64_t a, uint64_t b, uint64_t *sum)
{
    return !__builtin_add_overflow(a, b, sum);
}

static inline bool checked_mul(uint64_t a, uint64_t b, uint64_t *product)
{
    return !__builtin_mul_overflow(a, b, product);
}

/* True if the range [start, start + size) lies within [0, limit). An empty range within or at the
 * end is inside. */
static inline bool range_within(uint64_t start, uint64_t size, uint64_t limit)
{
    return start <= limit && size <= limit - start;
}

#endif
