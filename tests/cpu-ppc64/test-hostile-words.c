/* Random instruction words with random registers, in problem and privileged state, both byte orders, on three
 * processors: whatever they are, the processor goes on, and stays within guest memory (the sanitizers look).
 * HOSTILE_WORDS sets how many for each (default 700,000), HOSTILE_SEED the seed. */
#include <check.h>
#include <stdlib.h>

#include "cpu-ppc64/cpu.h"
#include "cpu-ppc64/isa/isa.h"
#include "cpu-ppc64/mmu/watch.h"
#include "gen/isa-gen.h"

enum { RAM = 1 << 20, WORDS = 24 };

static uint64_t state;

static uint64_t random64(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static uint64_t ticks(void *hv)
{
    return ++*(uint64_t *)hv;
}

static void nothing(void *hv)
{
    (void)hv;
}

static void hypercall(void *hv, struct cpu *c)
{
    (void)hv;
    c->gpr[3] = random64();
}

/* Mostly words of the table, with their prefixes, some of them any. */
static void fill_words(struct mem *mem, gpa_t start)
{
    for (unsigned i = 0; i < WORDS; i++) {
        const struct isa_row *row = isa_row((unsigned)(1 + random64() % (ISA_COUNT - 1)));
        uint64_t bits = random64();

        if (random64() % 8)
            bits = row->value | (bits & ~row->mask);
        if (row->value >> 32 && i + 1 < WORDS)
            gpa_store_be32(mem, start + 4 * i++, (uint32_t)(bits >> 32));
        gpa_store_be32(mem, start + 4 * i, (uint32_t)bits);
    }
}

/* Addresses in RAM, at its end, beyond it, and anything. */
static uint64_t number(void)
{
    switch (random64() % 4) {
    case 0:
        return random64() % RAM;
    case 1:
        return RAM - random64() % 32;
    case 2:
        return random64() % 64;
    default:
        return random64();
    }
}

START_TEST(words)
{
    static const struct cpu_hv_ops ops = {
        .timebase = ticks, .lock = nothing, .unlock = nothing, .hypercall = hypercall
    };
    const char *count = getenv("HOSTILE_WORDS"), *seed = getenv("HOSTILE_SEED");
    static const char *const models[] = { "POWER8", "POWER9", "POWER10" };
    uint64_t time = 0, n = count ? strtoull(count, NULL, 0) : 700000, done = 0;
    struct mem *mem = mem_new(RAM, NULL);
    struct cpu *c = cpu_new(cpu_model_find(models[_i], NULL), mem, &ops, &time, 0, NULL);

    state = seed ? strtoull(seed, NULL, 0) * 2 + 1 : 88172645463325253u;
    while (done < n) {
        bool translated = random64() % 4 == 0;
        uint64_t start = 0x2000 + random64() % (RAM / 2), before = c->instructions;

        start &= ~UINT64_C(3);
        fill_words(mem, start);
        for (unsigned i = 0; i < 32; i++)
            c->gpr[i] = number();
        for (unsigned i = 0; i < 64; i++)
            c->vsr[i].d[0] = random64(), c->vsr[i].d[1] = random64();
        c->ctr = number();
        c->lr = number();
        c->lpcr = random64() & (LPCR_AIL | LPCR_UPRT | LPCR_HR | LPCR_ILE | LPCR_LD | LPCR_GTSE);
        c->process_table = random64() & (PPC_BIT(0) | (RAM - 1));
        c->spr[SPR_FSCR] = random64();
        for (unsigned i = 0; i < WATCHES; i++)
            watch_set(c, i, number(), random64() % 4 ? 0 : (uint32_t)random64());
        /* Mostly frozen: the monitor makes it slow. */
        c->spr[SPR_MMCR0] = random64() % 4 ? 0x80000000 : random64();
        c->spr[SPR_MMCRA] = random64();
        c->spr[SPR_BESCR] = random64();
        c->spr[SPR_EBBHR] = start + 8;
        c->fpscr = random64() & UINT32_MAX;
        c->has_tm = random64() & 1;
        c->level = random64() % 4 ? c->model->level : CPU_ISA_2_07;
        cpu_set_msr(c, random64() & ~(translated ? 0 : MSR_IR | MSR_DR));
        c->nia = start;
        cpu_run(c, c->instructions + WORDS);
        done += c->instructions - before + 1;
        /* What one round wrote is another's prey. */
        if (random64() % 64 == 0)
            gpa_fill(mem, 0, (uint8_t)random64(), RAM);
        atomic_store(&c->requests, 0);
    }
    ck_assert_uint_ge(done, n);
    cpu_free(c);
    mem_free(mem);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("hostile words");
    TCase *tests = tcase_create("hostile words");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_loop_test(tests, words, 0, 3);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
