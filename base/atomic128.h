/* Sixteen aligned bytes as one access, for the guest's quadword instructions.
 *
 * The numbers are two doublewords in host byte order, that at the lower address first.
 *
 * On x86-64 loads and stores are single accesses on all processors with AVX. Where the host has no exchange of 16
 * bytes that the compiler knows, one lock makes these functions atomic to each other, but not to narrower stores
 * of another thread to the same bytes (HOST_HAS_ATOMIC_128 is 0). */
#ifndef BASE_ATOMIC128_H
#define BASE_ATOMIC128_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#if defined(__x86_64__) || defined(__GCC_HAVE_SYNC_COMPARE_AND_SWAP_16)
#define HOST_HAS_ATOMIC_128 1
#else
#define HOST_HAS_ATOMIC_128 0
#endif

/* Stores desired if what is there is expected; true if it did. */
static inline bool atomic128_exchange_if(void *p, const uint64_t expected[2], const uint64_t desired[2]);
static inline void atomic128_load(const void *p, uint64_t value[2]);
static inline void atomic128_store(void *p, const uint64_t value[2]);

#if defined(__x86_64__)

typedef uint8_t atomic128_bytes[16];
typedef long long atomic128_vector __attribute__((vector_size(16)));

static inline bool atomic128_exchange_if(void *p, const uint64_t expected[2], const uint64_t desired[2])
{
    uint64_t low = expected[0], high = expected[1];
    bool done;

    __asm__ volatile("lock cmpxchg16b %1"
                     : "=@ccz"(done), "+m"(*(atomic128_bytes *)p), "+a"(low), "+d"(high)
                     : "b"(desired[0]), "c"(desired[1])
                     : "memory");
    return done;
}

static inline void atomic128_load(const void *p, uint64_t value[2])
{
    atomic128_vector v;

    __asm__ volatile("movdqa %1, %0" : "=x"(v) : "m"(*(const atomic128_bytes *)p) : "memory");
    memcpy(value, &v, sizeof v);
}

static inline void atomic128_store(void *p, const uint64_t value[2])
{
    atomic128_vector v;

    memcpy(&v, value, sizeof v);
    __asm__ volatile("movdqa %1, %0" : "=m"(*(atomic128_bytes *)p) : "x"(v) : "memory");
}

#elif HOST_HAS_ATOMIC_128

typedef unsigned __int128 __attribute__((may_alias)) atomic128_word;

static inline bool atomic128_exchange_if(void *p, const uint64_t expected[2], const uint64_t desired[2])
{
    unsigned __int128 e, d;

    memcpy(&e, expected, sizeof e);
    memcpy(&d, desired, sizeof d);
    return __sync_bool_compare_and_swap((atomic128_word *)p, e, d);
}

/* An exchange of zero for zero stores what is there. */
static inline void atomic128_load(const void *p, uint64_t value[2])
{
    unsigned __int128 v = __sync_val_compare_and_swap((atomic128_word *)(uintptr_t)p, 0, 0);

    memcpy(value, &v, sizeof v);
}

static inline void atomic128_store(void *p, const uint64_t value[2])
{
    uint64_t old[2];

    do
        atomic128_load(p, old);
    while (!atomic128_exchange_if(p, old, value));
}

#else

/* base/atomic128.c: the one lock. It guards bytes that several processors, even of several machines, may share. */
void atomic128_lock(void);
void atomic128_unlock(void);

static inline void atomic128_load(const void *p, uint64_t value[2])
{
    const uint64_t *d = (const uint64_t *)p;

    atomic128_lock();
    value[0] = __atomic_load_n(&d[0], __ATOMIC_ACQUIRE);
    value[1] = __atomic_load_n(&d[1], __ATOMIC_ACQUIRE);
    atomic128_unlock();
}

static inline void atomic128_put(void *p, const uint64_t value[2])
{
    uint64_t *d = (uint64_t *)p;

    __atomic_store_n(&d[0], value[0], __ATOMIC_RELEASE);
    __atomic_store_n(&d[1], value[1], __ATOMIC_RELEASE);
}

static inline void atomic128_store(void *p, const uint64_t value[2])
{
    atomic128_lock();
    atomic128_put(p, value);
    atomic128_unlock();
}

static inline bool atomic128_exchange_if(void *p, const uint64_t expected[2], const uint64_t desired[2])
{
    bool same;

    atomic128_lock();
    same = !memcmp(p, expected, 16);
    if (same)
        atomic128_put(p, desired);
    atomic128_unlock();
    return same;
}

#endif
#endif
