/* The lock of hosts without an exchange of 16 bytes; see atomic128.h. */
#include "base/atomic128.h"

#if !HOST_HAS_ATOMIC_128
#include <stdatomic.h>

/* Global, since it stands for a property of the host's memory. It is held for a few instructions. */
static atomic_flag taken = ATOMIC_FLAG_INIT;

void atomic128_lock(void)
{
    while (atomic_flag_test_and_set_explicit(&taken, memory_order_acquire))
        ;
}

void atomic128_unlock(void)
{
    atomic_flag_clear_explicit(&taken, memory_order_release);
}
#endif
