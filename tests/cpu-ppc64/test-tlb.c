/* What the software TLB keeps, of which process, and what invalidations take from it: random accesses, switches of
 * processes and privilege, and changed trees, each change followed by an invalidation of the page, or the process,
 * or all. Every access is compared with a walk through the trees as they are. */
#include <check.h>
#include <stdlib.h>

#include "cpu-ppc64/interp/access.h"
#include "cpu-ppc64/interp/code-cache.h"

enum {
    RAM = 4 << 20, PRTB = 0x10000, PROCESSES = 24, PAGES = 40, DATA = 0x200000, DATA_PAGES = 256,
    TREES = 0x20000, TREE = 0x4000, /* root, two levels, leaves */
};

#define VALID PPC_BIT(0)
#define LEAF PPC_BIT(1)
#define CHANGE UINT64_C(0x80)
#define PRIVILEGED UINT64_C(8)
#define READ UINT64_C(4)
#define WRITE UINT64_C(2)
#define EXECUTE UINT64_C(1)
#define KERNEL UINT64_C(0xc000000000000000)

static uint64_t no_time(void *hv)
{
    (void)hv;
    return 0;
}

static void nothing(void *hv)
{
    (void)hv;
}

static const struct cpu_hv_ops ops = { .timebase = no_time, .lock = nothing, .unlock = nothing };
static struct mem *mem;
static struct cpu *c;
static uint32_t seed;

static unsigned random_below(unsigned n)
{
    seed = seed * 1664525 + 1013904223;
    return (unsigned)((uint64_t)(seed >> 8) * n >> 24);
}

static gpa_t tree_of(unsigned pid)
{
    return TREES + (gpa_t)TREE * pid;
}

/* 13 + 9 + 9 bits above 9 bits of leaves, but only the beginnings of the first tables are in use. */
static void set_up(void)
{
    mem = mem_new(RAM, NULL);
    c = cpu_new(cpu_model_find("POWER9", NULL), mem, &ops, NULL, 0, NULL);
    for (unsigned pid = 0; pid < PROCESSES; pid++) {
        gpa_t tree = tree_of(pid);

        /* 9 bits at each of four levels: 48 bits, RTS 17. */
        gpa_store_be64(mem, PRTB + 16 * pid, PPC_FIELD_PUT(2, 1, 2) | tree | PPC_FIELD_PUT(1, 56, 58) | 9);
        for (unsigned level = 0; level < 3; level++)
            gpa_store_be64(mem, tree + 0x1000 * level, VALID | (tree + 0x1000 * (level + 1)) | 9);
    }
    for (unsigned page = 0; page < DATA_PAGES; page++)
        gpa_store_be64(mem, DATA + (page << MEM_PAGE_SHIFT) + 8, page);
    c->process_table = PPC_BIT(0) | PRTB | 0;
    c->lpcr |= LPCR_UPRT | LPCR_HR | LPCR_GTSE;
    c->spr[SPR_PIDR] = 1;
    cpu_set_msr(c, MSR_SF | MSR_ME | MSR_IR | MSR_DR);
    seed = 1;
}

static void tear_down(void)
{
    cpu_free(c);
    mem_free(mem);
}

static void random_state(void)
{
    cpu_set_msr(c, MSR_SF | MSR_ME | MSR_IR | MSR_DR);
    if (random_below(8) == 0)
        ck_assert(cpu_spr_write(c, SPR_AMR, random_below(2) ? 0 : PPC_BITMASK(0, 1)));
    if (random_below(2))
        cpu_set_msr(c, c->msr | MSR_PR);
}

static void switch_process(void)
{
    cpu_set_msr(c, MSR_SF | MSR_ME | MSR_IR | MSR_DR);
    ck_assert(cpu_spr_write(c, SPR_PIDR, 1 + random_below(PROCESSES - 1)));
}

/* PAGES of them, the last ones where they share a TLB entry with the first. */
static ea_t random_page(void)
{
    unsigned n = random_below(PAGES);

    return (random_below(3) ? 0 : KERNEL) | (n < PAGES / 2 ? n : n - PAGES / 2 + 0x100) << MEM_PAGE_SHIFT;
}

static void change_entry(ea_t ea, unsigned pid)
{
    static const uint64_t rights[] = { READ, READ | WRITE, READ | EXECUTE, READ | WRITE | EXECUTE };
    unsigned n = (unsigned)(ea >> MEM_PAGE_SHIFT & 511);
    uint64_t e = VALID | LEAF | (DATA + ((gpa_t)random_below(DATA_PAGES) << MEM_PAGE_SHIFT)) | rights[random_below(4)] |
                 (ea >> 62 && random_below(4) ? PRIVILEGED : 0);

    gpa_store_be64(mem, tree_of(pid) + 0x3000 + 8 * n, random_below(4) ? e : 0);
}

static void invalidate(ea_t ea, unsigned pid)
{
    struct mmu_invalidation what = { .pid = pid, .ea = ea, .page_shift = random_below(2) ? 12 : 16 };

    what.scope = random_below(20) == 0 ? MMU_SCOPE_ALL : random_below(4) ? MMU_SCOPE_PAGE : MMU_SCOPE_PROCESS;
    mmu_invalidate(c, &what);
}

static bool is_allowed(ea_t ea, uint64_t right)
{
    uint64_t e, pid = ea >> 62 ? 0 : c->spr[SPR_PIDR];
    bool problem = c->msr & MSR_PR;

    gpa_load_be64(mem, tree_of((unsigned)pid) + 0x3000 + 8 * (ea >> MEM_PAGE_SHIFT & 511), &e);
    return e & VALID && !(problem && e & PRIVILEGED) && e & right &&
           (problem || e & PRIVILEGED || right == EXECUTE || !(c->spr[SPR_AMR] >> 62 & (right == WRITE ? 2 : 1)));
}

static uint64_t page_number(ea_t ea)
{
    uint64_t e;
    unsigned pid = ea >> 62 ? 0 : (unsigned)c->spr[SPR_PIDR];

    gpa_load_be64(mem, tree_of(pid) + 0x3000 + 8 * (ea >> MEM_PAGE_SHIFT & 511), &e);
    return (e & PPC_BITMASK(7, 51)) - DATA;
}

static void access_and_compare(unsigned step)
{
    ea_t ea = random_page();
    unsigned kind = random_below(3);
    /* All asked before the access, whose interrupt changes the state. */
    bool allowed = is_allowed(ea, kind == 0 ? READ : kind == 1 ? WRITE : EXECUTE), done;
    uint64_t v = 0, msr = c->msr, number = page_number(ea);
    const struct code_page *page;

    if (kind == 0) {
        done = load_u64(c, ea + 8, &v);
        ck_assert_msg(!done || v == number >> MEM_PAGE_SHIFT, "step %u: wrong load at %llx", step, (unsigned long long)ea);
    } else if (kind == 1) {
        done = store_u64(c, ea, step);
        gpa_load_be64(mem, DATA + number, &v);
        ck_assert_msg(!done || v == step, "step %u: wrong store at %llx", step, (unsigned long long)ea);
    } else {
        c->nia = ea;
        page = code_cache_fetch(c);
        done = page;
        ck_assert_msg(!done || page->gpa == DATA + number, "step %u: wrong fetch at %llx", step, (unsigned long long)ea);
    }
    ck_assert_msg(done == allowed, "step %u: access %u at %llx should %s", step, kind, (unsigned long long)ea,
                  allowed ? "do" : "fail");
    cpu_set_msr(c, msr);
}

START_TEST(processes_keep_their_translations_apart)
{
    for (unsigned step = 1; step < 400000; step++) {
        unsigned what = random_below(512);

        if (what == 0) {
            switch_process();
        } else if (what < 9) {
            ea_t ea = random_page();
            unsigned pid = ea >> 62 ? 0 : random_below(4) ? (unsigned)c->spr[SPR_PIDR] : 1 + random_below(PROCESSES - 1);

            change_entry(ea, pid);
            invalidate(ea, pid);
        } else if (what < 40) {
            random_state();
        } else {
            access_and_compare(step);
        }
    }
}
END_TEST

/* What a process has found is there when it comes back, and the kernel's stays. */
START_TEST(switches_keep_translations)
{
    uint64_t v, misses;

    gpa_store_be64(mem, tree_of(0) + 0x3000, VALID | LEAF | DATA | READ | PRIVILEGED);
    for (unsigned pid = 1; pid <= 4; pid++)
        gpa_store_be64(mem, tree_of(pid) + 0x3000, VALID | LEAF | (DATA + 0x1000 * pid) | READ);
    for (unsigned turn = 0; turn < 3; turn++) {
        misses = c->tlb_misses;
        for (unsigned pid = 1; pid <= 4; pid++) {
            cpu_set_msr(c, MSR_SF | MSR_IR | MSR_DR);
            ck_assert(cpu_spr_write(c, SPR_PIDR, pid));
            ck_assert(load_u64(c, KERNEL + 8, &v));
            ck_assert_uint_eq(v, 0);
            cpu_set_msr(c, MSR_SF | MSR_IR | MSR_DR | MSR_PR);
            ck_assert(load_u64(c, 8, &v));
            ck_assert_uint_eq(v, pid);
        }
        ck_assert_uint_eq(c->tlb_misses - misses, turn ? 0 : 5);
    }
}
END_TEST

/* More pages of a process, by privileged accesses, than are noted one by one. */
START_TEST(many_pages_of_a_process)
{
    uint64_t v;

    for (unsigned pid = 1; pid <= 2; pid++) {
        cpu_set_msr(c, MSR_SF | MSR_IR | MSR_DR);
        ck_assert(cpu_spr_write(c, SPR_PIDR, pid));
        for (unsigned n = 0; n < 2 * TLB_NOTES; n++) {
            ea_t ea = (ea_t)n << MEM_PAGE_SHIFT;

            gpa_store_be64(mem, tree_of(pid) + 0x3000 + 8 * n, VALID | LEAF | (DATA + (ea ^ pid << MEM_PAGE_SHIFT)) | READ);
            ck_assert(load_u64(c, ea + 8, &v));
            ck_assert_uint_eq(v, n ^ pid);
        }
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("tlb");
    TCase *t = tcase_create("tlb");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, processes_keep_their_translations_apart);
    tcase_add_test(t, switches_keep_translations);
    tcase_add_test(t, many_pages_of_a_process);
    suite_add_tcase(s, t);
    runner = srunner_create(s);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
