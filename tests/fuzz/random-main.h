/* A fuzz target as a program: gcc has no libFuzzer, so that without arguments random inputs are tried (FUZZ_RUNS of
 * them, from FUZZ_SEED on; each run's input depends on its number alone), and with file names those inputs.
 *
 * With clang: clang -DLIBFUZZER -fsanitize=fuzzer,address,undefined ... TARGET.c liblpar.a */
#ifndef TESTS_FUZZ_RANDOM_MAIN_H
#define TESTS_FUZZ_RANDOM_MAIN_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#ifndef LIBFUZZER

enum { RANDOM_INPUT_MOST = 4096, RANDOM_RUNS = 2000 };

/* [xorshift64*] */
static uint64_t random_next(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(0x2545f4914f6cdd1d);
}

/* Bytes with many zeros and small numbers, as interfaces like them. */
static size_t random_input(uint64_t number, uint8_t *data)
{
    uint64_t state = number * UINT64_C(0x9e3779b97f4a7c15) + 1;
    size_t size = random_next(&state) % RANDOM_INPUT_MOST;

    for (size_t i = 0; i < size; i++) {
        uint64_t word = random_next(&state);

        data[i] = (uint8_t)(word >> 60 < 6 ? word : word >> 60 < 11 ? word & 7 : 0);
    }
    return size;
}

static int try_file(const char *name)
{
    static uint8_t data[1 << 20];
    FILE *f = fopen(name, "rb");
    size_t size;

    if (!f) {
        perror(name);
        return 1;
    }
    size = fread(data, 1, sizeof data, f);
    fclose(f);
    return LLVMFuzzerTestOneInput(data, size);
}

int main(int argc, char **argv)
{
    const char *runs = getenv("FUZZ_RUNS"), *seed = getenv("FUZZ_SEED");
    uint64_t n = runs ? strtoull(runs, NULL, 0) : RANDOM_RUNS, first = seed ? strtoull(seed, NULL, 0) : 1;
    uint8_t data[RANDOM_INPUT_MOST];

    if (argc > 1) {
        for (int i = 1; i < argc; i++)
            if (try_file(argv[i]))
                return 1;
        return 0;
    }
    for (uint64_t i = 0; i < n; i++) {
        /* Which one it was, should it be the last. */
        if (getenv("FUZZ_TELL"))
            fprintf(stderr, "run %llu\n", (unsigned long long)(first + i));
        LLVMFuzzerTestOneInput(data, random_input(first + i, data));
    }
    printf("%llu random inputs\n1 passed, 0 failed\n", (unsigned long long)n);
    return 0;
}

#endif

#endif
