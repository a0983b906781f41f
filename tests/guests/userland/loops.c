/* For perf.guest: two loops with known numbers of instructions, three quarters of them in the first. */
#include <stdint.h>
#include <stdlib.h>

/* Two instructions a round. */
#define LOOP(name)                                                                                   \
    __attribute__((noinline)) void name(uint64_t n);                                                 \
    __attribute__((noinline)) void name(uint64_t n)                                                  \
    {                                                                                                \
        __asm__ volatile("mtctr %0\n1:\n\tnop\n\tbdnz 1b" : : "r"(n) : "ctr");                       \
    }

LOOP(three_quarters)
LOOP(one_quarter)

int main(int argc, char **argv)
{
    unsigned long n = argc > 1 ? strtoul(argv[1], NULL, 0) : 1;

    for (unsigned long i = 0; i < n; i++) {
        three_quarters(150000);
        one_quarter(50000);
    }
    return 0;
}
