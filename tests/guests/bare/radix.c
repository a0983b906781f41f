/* Radix trees: page sizes, processes, and the forms of tlbie and tlbiel. [ISA3.0 III 5.7.10, 5.9.3.3] */
#include "bare.h"
#include "mmu.h"

#define NO_PAGE BIT(33)
#define BAD_TREE BIT(44)
#define STORE BIT(38)
#define TRAP BIT(46)
#define RELOCATED (privileged | MSR_IR | MSR_DR)

#define HERE 0x40000000ul
#define CODE_OFFSET 0x155000ul /* see storage.c */

CODE(code_ld, "ld 4, 0(3); trap");
CODE(code_std, "std 4, 0(3); trap");

static struct state try(const u32 *code, u64 msr, u64 ea, u64 vector, u64 dsisr)
{
    struct state s = start(code, msr);

    s.gpr[3] = ea;
    run(&s);
    if (vector == 0x700)
        expect_interrupt(&s, 0x700, (u64)code + 4, TRAP);
    else
        expect_interrupt(&s, vector, (u64)code, 0);
    if (vector == 0x300)
        expect("DSISR", s.dsisr, dsisr);
    return s;
}

static void expect_reads(u64 ea, u64 value)
{
    struct state s = try(code_ld, problem, ea, 0x700, 0);

    expect("what is loaded", s.gpr[4], value);
}

/* ---- sizes ---- */

static void check_size(unsigned shift)
{
    u64 size = 1ul << shift, *ra = take_memory(shift), last = size - 8;

    ra[0] = 0x1111 + shift;
    ra[last / 8] = 0x2222 + shift;
    map(HERE + size, (u64)ra, shift, MAP_ALL);
    expect_reads(HERE + size, 0x1111 + shift);
    expect_reads(HERE + size + last, 0x2222 + shift);
    try(code_ld, problem, HERE + size - 8, 0x300, NO_PAGE);
    try(code_ld, problem, HERE + 2 * size, 0x300, NO_PAGE);
    unmap(HERE + size);
    try(code_ld, problem, HERE + size, 0x300, NO_PAGE);
}

static void size_4k(void)
{
    check_size(12);
}

static void size_64k(void)
{
    check_size(16);
}

static void size_2m(void)
{
    check_size(21);
}

/* All of memory, and more: a page of 1 GiB. */
static void size_1g(void)
{
    u64 *ra = take_memory(12);

    ra[0] = 0x9876;
    map(HERE, 0, 30, MAP_ALL);
    expect_reads(HERE + (u64)ra, 0x9876);
    try(code_ld, problem, HERE + 0x40000000, 0x300, NO_PAGE);
    unmap(HERE);
    try(code_ld, problem, HERE + (u64)ra, 0x300, NO_PAGE);
}

/* A page whose address has bits below its size: they do not count. */
static void unaligned_leaf(void)
{
    u64 *ra = take_memory(21);

    ra[0] = 0x55;
    map(HERE, (u64)ra + 0x3000, 21, MAP_ALL);
    expect_reads(HERE, 0x55);
}

/* ---- trees that are none ---- */

/* The entry above the leaf's table says that it has 2^3 entries, or 2^17: no page size comes of it. */
static void bad_levels(void)
{
    volatile u64 *slot;
    u64 kept;

    map(HERE, (u64)take_memory(21), 21, MAP_ALL);
    slot = radix_entry(HERE);
    kept = *slot;
    *slot = be64(BIT(0) | 0x800000 | 3);
    radix_flush();
    try(code_ld, problem, HERE, 0x300, BAD_TREE);
    try(code_std, problem, HERE, 0x300, BAD_TREE | STORE);
    *slot = be64(BIT(0) | 0x800000 | 17);
    radix_flush();
    try(code_ld, problem, HERE, 0x300, BAD_TREE);
    *slot = kept;
    radix_flush();
    try(code_ld, problem, HERE, 0x700, 0);
}

/* ---- processes ---- */

/* The trees of processes 2 and 3, made of process 1's: they differ at HERE. */
static void make_process(u64 pid, u64 *ra)
{
    u64 *entry = (u64 *)process_table_at(pid), *of_1 = (u64 *)process_root(1);
    u64 *first = take_memory(16), *second = take_memory(12), *third = take_memory(12);

    memset(first, 0, 0x10000);
    memset(third, 0, 4096);
    memcpy(second, (u8 *)(be64(of_1[0]) & 0x0ffffffffffff000ul), 4096);
    first[0] = be64(BIT(0) | (u64)second | 9);
    second[HERE >> 30] = be64(BIT(0) | (u64)third | 9);
    third[0] = be64(RADIX_PTE((u64)ra, PTE_R | PTE_C | PTE_READ | PTE_WRITE | PTE_EXECUTE));
    entry[0] = be64(2ul << 61 | (u64)first | 5 << 5 | 13);
    asm volatile("ptesync" ::: "memory");
}

/* A change of PIDR is enough. Quadrant 3 is process 0's whatever PIDR says. */
static void processes(void)
{
    u64 *a = take_memory(21), *b = take_memory(21);

    a[0] = 2;
    b[0] = 3;
    make_process(2, a);
    make_process(3, b);
    for (u64 i = 0; i < 3; i++) {
        mtspr(SPR_PIDR, 2);
        expect_reads(HERE, 2);
        mtspr(SPR_PIDR, 3);
        expect_reads(HERE, 3);
        try(code_ld, RELOCATED, KERNEL + 0x100, 0x700, 0);
        mtspr(SPR_PIDR, 1);
        try(code_ld, problem, HERE, 0x300, NO_PAGE);
    }
    mtspr(SPR_PIDR, 1);
}

/* Beyond the table: no translation, of data or instructions. Entries have no valid bit: one that is 0 has a tree
 * of no size. */
CODE(code_kernel_ld, "ld 4, 0(3); trap");
static void no_process(void)
{
    static const struct {
        u64 pid, bits;
    } pids[] = { { 7, BAD_TREE }, { 0x10000, NO_PAGE } };

    for (u64 i = 0; i < ARRAY_SIZE(pids); i++) {
        struct state s = start((const u32 *)(KERNEL + (u64)code_kernel_ld), RELOCATED);

        mtspr(SPR_PIDR, pids[i].pid);
        s.gpr[3] = HERE;
        run(&s);
        expect("vector", s.vector - 12, 0x300);
        expect("DSISR", s.dsisr, pids[i].bits);
        s.nia = HERE;
        expect_run(&s, 0x400, HERE, pids[i].bits);
        mtspr(SPR_PIDR, 1);
    }
}

/* ---- invalidations ---- */

#define TLBIE(rb, rs, ric, prs) \
    asm volatile("ptesync; tlbie %0, %1, " #ric ", " #prs \
                 ", 1; eieio; tlbsync; ptesync" ::"r"((u64)(rb)), \
                 "r"((u64)(rs)) \
                 : "memory")
#define TLBIEL(rb, ric, prs) \
    asm volatile("ptesync; tlbiel %0, %1, " #ric ", " #prs ", 1; ptesync" ::"r"((u64)(rb)), \
                 "r"(1ul << 32) \
                 : "memory")

enum form {
    TLBIE_PAGE,
    TLBIE_PID_TLB,
    TLBIE_PID_ALL,
    TLBIE_LPID_ALL,
    TLBIE_ALL,
    TLBIEL_PAGE,
    TLBIEL_PID_TLB,
    TLBIEL_PID_ALL,
    N_FORMS
};

/* Actual page size, RB bits 56:58: 0 4K, 5 64K, 1 2M, 2 1G. */
static u64 actual_size(unsigned shift)
{
    return (shift == 12 ? 0ul : shift == 16 ? 5ul : shift == 21 ? 1ul : 2ul) << 5;
}

static void invalidate(enum form form, u64 ea, unsigned shift)
{
    u64 page = (ea & ~0xffful) | actual_size(shift);

    switch (form) {
    case TLBIE_PAGE:
        TLBIE(page, 1ul << 32, 0, 1);
        break;
    case TLBIE_PID_TLB:
        TLBIE(0x400, 1ul << 32, 0, 1);
        break;
    case TLBIE_PID_ALL:
        TLBIE(0x400, 1ul << 32, 2, 1);
        break;
    case TLBIE_LPID_ALL:
        TLBIE(0x800, 0, 2, 1);
        break;
    case TLBIE_ALL:
        TLBIE(0xc00, 0, 2, 1);
        break;
    case TLBIEL_PAGE:
        TLBIEL(page, 0, 1);
        break;
    case TLBIEL_PID_TLB: /* set by set: POWER9 has 256 */
        for (u64 set = 0; set < 256; set++)
            TLBIEL(0x400 | set << 12, 0, 1);
        break;
    default:
        TLBIEL(0x400, 2, 1);
        for (u64 set = 1; set < 256; set++)
            TLBIEL(0x400 | set << 12, 0, 1);
        break;
    }
}

/* After any of them a changed entry is seen, for loads, stores and fetches. */
static void check_invalidation(unsigned shift)
{
    u64 page = shift == 21 ? HERE : HERE + (CODE_OFFSET & ~((1ul << shift) - 1)),
        inside = CODE_OFFSET & ((1ul << shift) - 1);
    u64 *a = take_memory(shift), *b = take_memory(shift),
        flags = PTE_R | PTE_C | PTE_READ | PTE_WRITE | PTE_EXECUTE;

    a[0] = 1;
    b[0] = 2;
    *(u32 *)((u8 *)a + inside + 16) = 0x7fe00008; /* trap */
    *(u32 *)((u8 *)b + inside + 16) = 0x44000002; /* sc */
    sync_code((u8 *)a + inside, 32);
    sync_code((u8 *)b + inside, 32);
    map(page, (u64)a, shift, MAP_ALL);
    for (enum form form = 0; form < N_FORMS; form++) {
        struct state s = start((const u32 *)(page + inside + 16), problem);

        expect_reads(page, 1);
        try(code_std, problem, page + 8, 0x700, 0);
        expect_run(&s, 0x700, page + inside + 16, TRAP);
        *radix_entry(page) = be64(RADIX_PTE((u64)b, flags));
        invalidate(form, page, shift);
        expect_reads(page, 2);
        expect_run(&s, 0xc00, page + inside + 20, 0);
        b[1] = 0;
        try(code_std, problem, page + 8, 0x700, 0);
        expect("where a store goes", b[1] != 0, 1);
        *radix_entry(page) = be64(RADIX_PTE((u64)a, flags & ~(u64)PTE_WRITE));
        invalidate(form, page, shift);
        try(code_std, problem, page + 8, 0x300, BIT(36) | STORE);
        *radix_entry(page) = 0;
        invalidate(form, page, shift);
        try(code_ld, problem, page, 0x300, NO_PAGE);
        expect_run(&s, 0x400, page + inside + 16, NO_PAGE);
        *radix_entry(page) = be64(RADIX_PTE((u64)a, flags));
        invalidate(form, page, shift);
    }
}

static void invalidate_4k(void)
{
    check_invalidation(12);
}

static void invalidate_64k(void)
{
    check_invalidation(16);
}

/* Parts of the page other than the one that tlbie names. */
static void invalidate_2m(void)
{
    u64 *a = take_memory(21), *b = take_memory(21);

    check_invalidation(21);
    for (u64 i = 0; i < 512; i++)
        a[i * 512] = 1, b[i * 512] = 2;
    *radix_entry(HERE) = be64(RADIX_PTE((u64)a, PTE_R | PTE_C | PTE_READ));
    radix_flush();
    for (u64 i = 0; i < 512; i += 7)
        expect_reads(HERE + i * 4096, 1);
    *radix_entry(HERE) = be64(RADIX_PTE((u64)b, PTE_R | PTE_C | PTE_READ));
    invalidate(TLBIE_PAGE, HERE, 21);
    for (u64 i = 0; i < 512; i += 7)
        expect_reads(HERE + i * 4096, 2);
}

/* The page walk cache: a directory entry that changes. RIC 1 and 2. */
static void invalidate_walk_cache(void)
{
    u64 *a = take_memory(12), *table = take_memory(12), *b = take_memory(12);
    volatile u64 *slot;
    u64 flags = PTE_R | PTE_C | PTE_READ;

    a[0] = 1;
    b[0] = 2;
    map(HERE, (u64)a, 12, READ | USER);
    expect_reads(HERE, 1);
    /* The entry above the leaf. */
    slot = (volatile u64 *)radix_directory(HERE);
    memset(table, 0, 4096);
    table[0] = be64(RADIX_PTE((u64)b, flags));
    *slot = be64(BIT(0) | (u64)table | 9);
    TLBIE(0x400, 1ul << 32, 1, 1);
    TLBIE((HERE & ~0xffful), 1ul << 32, 0, 1);
    expect_reads(HERE, 2);
    *slot = 0;
    TLBIE(0x400, 1ul << 32, 2, 1);
    try(code_ld, problem, HERE, 0x300, NO_PAGE);
}

/* RIC 3 takes a cluster of small pages. */
static void invalidate_cluster(void)
{
    u64 *a = take_memory(16), *b = take_memory(16);

    for (u64 i = 0; i < 16; i++) {
        a[i * 512] = 1;
        b[i * 512] = 2;
        map(HERE + i * 4096, (u64)a + i * 4096, 12, READ | USER);
        expect_reads(HERE + i * 4096, 1);
    }
    for (u64 i = 0; i < 16; i++)
        *radix_entry(HERE + i * 4096) =
            be64(RADIX_PTE((u64)b + i * 4096, PTE_R | PTE_C | PTE_READ));
    TLBIE(HERE, 1ul << 32, 3, 1);
    for (u64 i = 0; i < 16; i++)
        expect_reads(HERE + i * 4096, 2);
}

/* Without guest translation shootdown only tlbiel is the partition's. */
CODE(code_tlbie, "li 3, 0x800; li 4, 0; tlbie 3, 4, 2, 1, 1; trap");
CODE(code_tlbsync, "tlbsync; trap");
CODE(code_tlbiel, "li 3, 0x400; li 4, 0; tlbiel 3, 4, 2, 1, 1; trap");
static void no_shootdown(void)
{
    struct state s;

    /* The same table, registered anew without the flag. */
    expect("H_REGISTER_PROC_TBL", hcall4(H_REGISTER_PROC_TBL, 0x1c, process_table_at(0), 0, 4), 0);
    s = start(code_tlbie, privileged);
    expect_run(&s, 0x700, (u64)code_tlbie + 8, BIT(45));
    s = start(code_tlbsync, privileged);
    expect_run(&s, 0x700, (u64)code_tlbsync, BIT(45));
    s = start(code_tlbiel, privileged);
    expect_run(&s, 0x700, (u64)code_tlbiel + 12, TRAP);
    expect("H_REGISTER_PROC_TBL", hcall4(H_REGISTER_PROC_TBL, 0x1d, process_table_at(0), 0, 4), 0);
    s = start(code_tlbie, privileged);
    expect_run(&s, 0x700, (u64)code_tlbie + 12, TRAP);
}

/* An attempt at partition-scoped invalidation is the hypervisor's. */
CODE(code_tlbie_partition, "li 3, 0x800; li 4, 0; tlbie 3, 4, 2, 0, 1; trap");
static void partition_scoped(void)
{
    struct state s = start(code_tlbie_partition, privileged);

    expect_run(&s, 0x700, (u64)code_tlbie_partition + 8, BIT(45));
}

/* clang-format off */
TESTS({ "size-4k", size_4k, RADIX, 0, 0 },
      { "size-64k", size_64k, RADIX, 0, 0 },
      { "size-2m", size_2m, RADIX, 0, 0 },
      { "size-1g", size_1g, RADIX, 0, 0 },
      { "unaligned-leaf", unaligned_leaf, RADIX, 0, 0 },
      { "bad-levels", bad_levels, RADIX, 0, 0 },
      { "processes", processes, RADIX, 0, 0 },
      { "no-process", no_process, RADIX, 0, 0 },
      { "invalidate-4k", invalidate_4k, RADIX, 0, 0 },
      { "invalidate-64k", invalidate_64k, RADIX, 0, 0 },
      { "invalidate-2m", invalidate_2m, RADIX, 0, 0 },
      { "invalidate-walk-cache", invalidate_walk_cache, RADIX, 0, 0 },
      { "invalidate-cluster", invalidate_cluster, RADIX, 0, 0 },
      { "no-shootdown", no_shootdown, RADIX, 0, 0 },
      { "partition-scoped", partition_scoped, RADIX, 0, 0 });
/* clang-format on */
