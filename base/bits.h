/* Bit numbers as the Power books count them: bit 0 is the most significant one. The book's numbers
 * appear only as arguments of these macros. */
#ifndef BASE_BITS_H
#define BASE_BITS_H

#include <stddef.h>
#include <stdint.h>

#define PPC_BIT(n) (UINT64_C(1) << (63 - (n)))
#define PPC_BIT32(n) (UINT32_C(1) << (31 - (n)))
/* Bits a to b inclusive, a <= b, of a 64-bit word. */
#define PPC_BITMASK(a, b) ((PPC_BIT(a) - PPC_BIT(b)) | PPC_BIT(a))
/* The field of bits a to b of v, right-justified. */
#define PPC_FIELD(v, a, b) (((v) & PPC_BITMASK(a, b)) >> (63 - (b)))
#define PPC_FIELD_PUT(x, a, b) (((uint64_t)(x) << (63 - (b))) & PPC_BITMASK(a, b))

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)

static inline uint64_t align_down(uint64_t v, uint64_t power_of_two)
{
    return v & ~(power_of_two - 1);
}

/* Wraps to 0 when v is within power_of_two of 2^64: check v first where a guest or user chose it. */
static inline uint64_t align_up(uint64_t v, uint64_t power_of_two)
{
    return (v + power_of_two - 1) & ~(power_of_two - 1);
}

static inline uint64_t rotl64(uint64_t v, unsigned n)
{
    n &= 63;
    return n ? v << n | v >> (64 - n) : v;
}

static inline uint32_t rotl32(uint32_t v, unsigned n)
{
    n &= 31;
    return n ? v << n | v >> (32 - n) : v;
}

#endif
