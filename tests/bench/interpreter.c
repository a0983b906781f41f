/* Speed of the interpreter in a busy integer loop: a hash over a table of 16 KiB, thirteen
 * instructions a round with a load, a store and two branches.
 *
 * Prints millions of guest instructions a second, the median of several rounds. Usage:
 * interpreter [ROUNDS [INSTRUCTIONS]] */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/bits.h"
#include "base/endian.h"
#include "cpu-ppc64/cpu.h"

enum { RAM = 16 << 20, CODE = 0x1000, TABLE = 0x100000 };

static const uint32_t loop[] = {
    0x78661f60, /* rldicl r6,r3,3,61 */
    0x7c632a78, /* xor    r3,r3,r5 */
    0x1c63001f, /* mulli  r3,r3,31 */
    0x546714ba, /* rlwinm r7,r3,2,18,29 */
    0x7d04382e, /* lwzx   r8,r4,r7 */
    0x7d081a14, /* add    r8,r8,r3 */
    0x7c633214, /* add    r3,r3,r6 */
    0x7d04392e, /* stwx   r8,r4,r7 */
    0x38a50001, /* addi   r5,r5,1 */
    0x2808004d, /* cmplwi r8,77 */
    0x41820008, /* beq    +8 */
    0x39290001, /* addi   r9,r9,1 */
    0x4200ffd0, /* bdnz   loop */
    0x4bffffcc, /* b      loop */
};

static uint64_t still(void *hv)
{
    (void)hv;
    return 0;
}

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    static const struct cpu_hv_ops ops = { .timebase = still };
    unsigned rounds = argc > 1 ? (unsigned)atoi(argv[1]) : 7;
    uint64_t n = argc > 2 ? strtoull(argv[2], NULL, 0) : 50000000;
    struct error err = { 0 };
    struct mem *mem = mem_new(RAM, &err);
    const struct cpu_model *model = cpu_model_find("POWER9", &err);
    struct cpu *c = mem && model ? cpu_new(model, mem, &ops, NULL, 0, &err) : NULL;
    double rate[32];

    if (!c || rounds < 1 || rounds > ARRAY_SIZE(rate)) {
        fprintf(stderr, "interpreter: %s\n", c ? "1 to 32 rounds" : err.cause);
        return 1;
    }
    for (size_t i = 0; i < ARRAY_SIZE(loop); i++)
        gpa_store_be32(mem, CODE + 4 * i, loop[i]);
    c->gpr[4] = TABLE;
    c->nia = CODE;
    for (unsigned r = 0; r < rounds; r++) {
        double start = seconds();

        c->ctr = UINT64_MAX;
        cpu_run(c, c->instructions + n);
        rate[r] = (double)n / (seconds() - start) / 1e6;
    }
    qsort(rate, rounds, sizeof rate[0], by_value);
    printf("interpreter: %.0f million guest instructions a second (median of %u rounds of %.0f million)\n",
           rate[rounds / 2], rounds, (double)n / 1e6);
    cpu_free(c);
    mem_free(mem);
    return 0;
}
