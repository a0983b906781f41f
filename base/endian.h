/* Byte order: the one place where it is decided.
 *
 * Guest-visible structures are declared with be16/be32/be64/le16/le32/le64, one-member structs, so
 * that a forgotten swap does not compile. Raw guest bytes are read with ld_* and written with st_*,
 * which accept any alignment. */
#ifndef BASE_ENDIAN_H
#define BASE_ENDIAN_H

#include <stdint.h>
#include <string.h>

typedef struct { uint16_t raw; } be16;
typedef struct { uint32_t raw; } be32;
typedef struct { uint64_t raw; } be64;
typedef struct { uint16_t raw; } le16;
typedef struct { uint32_t raw; } le32;
typedef struct { uint64_t raw; } le64;

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define HOST_IS_LE 1
#define BE_SWAP(bits, v) __builtin_bswap##bits(v)
#define LE_SWAP(bits, v) (v)
#else
#define HOST_IS_LE 0
#define BE_SWAP(bits, v) (v)
#define LE_SWAP(bits, v) __builtin_bswap##bits(v)
#endif

#define ENDIAN_FUNCTIONS(bits)                                                                   \
    static inline uint##bits##_t be##bits##_get(be##bits v) { return BE_SWAP(bits, v.raw); }      \
    static inline be##bits be##bits##_put(uint##bits##_t v)                                      \
    {                                                                                            \
        return (be##bits){ BE_SWAP(bits, v) };                                                   \
    }                                                                                            \
    static inline uint##bits##_t le##bits##_get(le##bits v) { return LE_SWAP(bits, v.raw); }      \
    static inline le##bits le##bits##_put(uint##bits##_t v)                                      \
    {                                                                                            \
        return (le##bits){ LE_SWAP(bits, v) };                                                   \
    }                                                                                            \
    static inline uint##bits##_t ld_be##bits(const void *p)                                      \
    {                                                                                            \
        uint##bits##_t v;                                                                        \
        memcpy(&v, p, sizeof v);                                                                 \
        return BE_SWAP(bits, v);                                                                 \
    }                                                                                            \
    static inline uint##bits##_t ld_le##bits(const void *p)                                      \
    {                                                                                            \
        uint##bits##_t v;                                                                        \
        memcpy(&v, p, sizeof v);                                                                 \
        return LE_SWAP(bits, v);                                                                 \
    }                                                                                            \
    static inline void st_be##bits(void *p, uint##bits##_t v)                                    \
    {                                                                                            \
        v = BE_SWAP(bits, v);                                                                    \
        memcpy(p, &v, sizeof v);                                                                 \
    }                                                                                            \
    static inline void st_le##bits(void *p, uint##bits##_t v)                                    \
    {                                                                                            \
        v = LE_SWAP(bits, v);                                                                    \
        memcpy(p, &v, sizeof v);                                                                 \
    }

ENDIAN_FUNCTIONS(16)
ENDIAN_FUNCTIONS(32)
ENDIAN_FUNCTIONS(64)
#undef ENDIAN_FUNCTIONS

#endif
