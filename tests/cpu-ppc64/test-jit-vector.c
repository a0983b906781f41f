/* Translated vector instructions against the interpreter: every row that has a front end, with random operands and
 * registers, alone and several in a row, in both byte orders, by the translator's own verification; with all that
 * this host can, and as on the least of hosts.
 * JIT_WORDS sets how many sequences (default 20,000), JIT_SEED the seed. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "cpu-ppc64/isa/isa.h"
#include "cpu-ppc64/jit/front.h"
#include "cpu-ppc64/jit/jit-internal.h"
#include "cpu-ppc64/jit/x86-64/backend-internal.h"

enum { RAM = 1 << 20, CODE = 0x2000, DATA = 0x40000, DATA_SIZE = 0x3000, MOST_ROWS = 600, SC_1 = 0x44000022 };

static uint64_t state = 88172645463325252u;
static struct mem *mem;
static struct cpu *c;
static unsigned rows[MOST_ROWS], n_rows;

static uint64_t random64(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static uint64_t no_time(void *hv)
{
    (void)hv;
    return 0;
}

static void nothing(void *hv)
{
    (void)hv;
}

static void stop(void *hv, struct cpu *cpu)
{
    (void)hv;
    cpu_request(cpu, CPU_REQUEST_STOP);
}

static const struct cpu_hv_ops ops = { .timebase = no_time, .lock = nothing, .unlock = nothing, .hypercall = stop };

/* Rows of vector facilities, and what is done with vectors. */
static bool is_vector(const struct isa_row *row)
{
    return row->facility == FACILITY_VEC || row->facility == FACILITY_VSX ||
           (row->facility == FACILITY_FP && row->class == ISA_CLASS_VSX) || !strcmp(row->name, "cmpb");
}

static void find_rows(void)
{
    n_rows = 0;
    for (unsigned id = 1; id < ISA_COUNT && n_rows < MOST_ROWS; id++)
        if (jit_functions[id] && is_vector(isa_row(id)) && !(isa_row(id)->value >> 32))
            rows[n_rows++] = id;
}

static void set_up(void)
{
    struct error err = { 0 };

    mem = mem_new(RAM, NULL);
    c = cpu_new(cpu_model_find("POWER10", NULL), mem, &ops, NULL, 0, NULL);
    ck_assert_ptr_nonnull(c);
    ck_assert_msg(cpu_enable_jit(c, &(struct jit_options){ .verify = true }, &err), "this host has a translator");
    find_rows();
    /* Interrupts, which should not come, end the run as well. */
    for (unsigned vector = 0x100; vector < 0x1000; vector += 0x20)
        st_be32(mem->ram + vector, SC_1);
}

static void tear_down(void)
{
    cpu_free(c);
    mem_free(mem);
}

/* ---- random operands ------------------------------------------------------------------------- */

/* Even registers hold addresses, some of them at the end of a page; odd ones small numbers. */
static void random_registers(void)
{
    for (unsigned k = 0; k < 32; k++) {
        unsigned low = random64() % 3 ? (unsigned)random64() % DATA_SIZE : 0x1000 - (unsigned)random64() % 40;

        c->gpr[k] = k % 2 ? random64() % 64 : DATA + low;
    }
    for (unsigned k = 0; k < 32; k += 2)
        if (random64() % 4 == 0)
            c->gpr[k] &= ~UINT64_C(15);
}

/* What arithmetic stumbles over. */
static uint64_t random_element(void)
{
    static const uint64_t special[] = {
        0, UINT64_MAX, UINT64_C(0x8000000000000000), UINT64_C(0x7fffffffffffffff), UINT64_C(0x8000000080000000),
        UINT64_C(0x7fffffff7fffffff), UINT64_C(0x8000800080008000), UINT64_C(0x7fff7fff7fff7fff),
        UINT64_C(0x8080808080808080), UINT64_C(0x7f7f7f7f7f7f7f7f), UINT64_C(0x0101010101010101),
        UINT64_C(0x3ff0000000000000), UINT64_C(0x7ff0000000000000), UINT64_C(0x7ff8000000000000),
        UINT64_C(0x7ff4000000000001), UINT64_C(0x0008000000000000), UINT64_C(0x3f8000007f800000),
        UINT64_C(0x7fc0000000400000), UINT64_C(0x00000000ffffffff), UINT64_C(0x0001020304050607),
    };

    switch (random64() % 4) {
    case 0:
        return special[random64() % ARRAY_SIZE(special)];
    case 1: /* elements that are often equal, or near zero */
        return random64() & UINT64_C(0x8101008103008001);
    default:
        return random64();
    }
}

static void random_vectors(void)
{
    for (unsigned k = 0; k < 64; k++) {
        if (k && random64() % 4 == 0) {
            c->vsr[k] = c->vsr[random64() % k]; /* comparisons find equal elements */
            continue;
        }
        for (unsigned half = 0; half < 2; half++)
            c->vsr[k].d[half] = random_element();
    }
    c->vscr &= ~UINT32_C(1);
}

/* Outer products: no factor within the accumulator, pairs begin with an even register. */
static bool is_invalid(const struct isa_row *row, uint32_t word)
{
    if (strncmp(row->operands, "at xa", 5) != 0)
        return false;
    return f_xa(word) >> 2 == f_at(word) || f_xb(word) >> 2 == f_at(word) ||
           (row->operands[5] == 'p' && (f_xap(word) & 1 || f_xap(word) >> 2 == f_at(word)));
}

/* Reserved bits 0, as compilers have them; an even register for a base, an odd one for an index. */
static uint32_t random_word(const struct isa_row *row)
{
    enum { RA = 16, RB = 11 };
    uint32_t word;

    do
        word = (uint32_t)(row->value | (random64() & row->operand_bits));
    while (is_invalid(row, word));
    if (row->flags & ISA_FLAG_MEM || !strncmp(row->name, "lvs", 3)) {
        word &= ~(1u << RA);
        if (strchr(row->operands, '(')) /* a displacement */
            word = (word & ~0xffc0u) | 2u << RA;
        else
            word |= 1u << RB;
    }
    return isa_decode(word) == isa_decode(row->value) ? word : (uint32_t)row->value;
}

/* ---- running --------------------------------------------------------------------------------- */

static void put_word(unsigned at, uint32_t word)
{
    if (c->le)
        st_le32(mem->ram + at, word);
    else
        st_be32(mem->ram + at, word);
}

/* To the end, or (interrupted) into an interrupt handler, which is as good. */
static void run(const uint32_t *words, unsigned n, const char *what, bool interrupted)
{
    for (unsigned k = 0; k < n; k++)
        put_word(CODE + 4 * k, words[k]);
    put_word(CODE + 4 * n, SC_1);
    mem_invalidate_code(mem, CODE, 4 * (n + 1));
    random_registers();
    random_vectors();
    c->nia = CODE;
    atomic_store(&c->requests, 0);
    cpu_run(c, UINT64_MAX);
    ck_assert_msg(interrupted || c->nia == CODE + 4 * (n + 1), "%s (%08x) ended at %llx", what, words[0],
                  (unsigned long long)c->nia);
    ck_assert_msg(c->jit->stats.mismatches == 0, "%s (%08x) differs", what, words[0]);
}

static void set_endian(bool is_little)
{
    cpu_set_msr(c, MSR_SF | MSR_FP | MSR_VEC | MSR_VSX | (is_little ? MSR_LE : 0));
}

static unsigned number_of(const char *name, unsigned otherwise)
{
    const char *v = getenv(name);

    return v ? (unsigned)strtoul(v, NULL, 0) : otherwise;
}

/* To x86-64-v2, which leaves some rows to the interpreter. */
static void limit_host(bool limited)
{
    if (limited)
        c->jit->backend->host = (struct host_features){ 0 };
}

START_TEST(each_row)
{
    unsigned times = number_of("JIT_WORDS", 20000) / n_rows / 2 + 1;

    limit_host(_i);
    ck_assert_uint_gt(n_rows, 150);
    for (unsigned k = 0; k < n_rows; k++) {
        const struct isa_row *row = isa_row(rows[k]);
        unsigned long long verified = c->jit->stats.verified;

        for (unsigned n = 0; n < 2 * times; n++) {
            uint32_t word = random_word(row);

            set_endian(n % 2);
            run(&word, 1, row->name, false);
        }
        /* Floating point leaves some operands to the interpreter. */
        ck_assert_msg(c->jit->stats.verified > verified || _i, "%s was never translated", row->name);
    }
}
END_TEST

START_TEST(sequences)
{
    enum { MOST = 40 };
    unsigned times = number_of("JIT_WORDS", 20000) / 10 + 1;
    uint32_t words[MOST];

    limit_host(_i);
    for (unsigned n = 0; n < times; n++) {
        unsigned length = 2 + (unsigned)random64() % (MOST - 2);

        set_endian(n % 2);
        for (unsigned k = 0; k < length; k++) {
            const struct isa_row *row = isa_row(rows[random64() % n_rows]);

            /* What is written to a general register could be an address that does not exist. */
            do
                row = isa_row(rows[random64() % n_rows]);
            while (!strncmp(row->name, "mfvs", 4) || strstr(row->operands, "rt ra") == row->operands ||
                   strstr(row->operands, "rt vrb") == row->operands || !strcmp(row->name, "cmpb"));
            words[k] = random_word(row);
        }
        run(words, length, "sequence", false);
    }
}
END_TEST

START_TEST(facilities_off)
{
    static const uint64_t bits[] = { MSR_FP, MSR_VEC, MSR_VSX };

    for (unsigned k = 0; k < n_rows; k++) {
        const struct isa_row *row = isa_row(rows[k]);

        for (unsigned n = 0; n < 32; n++) {
            uint32_t word = random_word(row);

            set_endian(false);
            for (unsigned bit = 0; bit < ARRAY_SIZE(bits); bit++)
                if (random64() % 2)
                    cpu_set_msr(c, c->msr & ~bits[bit]);
            run(&word, 1, row->name, true);
        }
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("jit-vector");
    TCase *tcase = tcase_create("all");
    SRunner *runner;
    int failed;

    state += number_of("JIT_SEED", 0) * UINT64_C(0x9e3779b97f4a7c15);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 0);
    tcase_add_loop_test(tcase, each_row, 0, 2);
    tcase_add_loop_test(tcase, sequences, 0, 2);
    tcase_add_test(tcase, facilities_off);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
