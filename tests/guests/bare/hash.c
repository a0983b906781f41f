/* Segments and the hash page table: the segment lookaside buffer's instructions, page sizes, protection, and
 * the hypercalls that change what is translated. [ISA2.07 III 5.7.6 to 5.7.9, 5.9.3; ISA3.0 III 5.9.3] */
#include "bare.h"
#include "mmu.h"

#define NO_PAGE BIT(33)
#define NO_EXECUTE BIT(35)
#define PROTECTED BIT(36)
#define STORE BIT(38)
#define TRAP BIT(46)
#define RELOCATED (privileged | MSR_IR | MSR_DR)

#define HERE 0x20000000ul
#define FAR 0x0000770000000000ul /* another tebibyte */

CODE(code_ld, "ld 4, 0(3); trap");
CODE(code_std, "std 4, 0(3); trap");

/* Runs the load or store of r3, and looks at how it ends. vector 0x700: it is done. */
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

static u64 slbmfee(u64 index)
{
    u64 v;

    asm volatile("slbmfee %0, %1" : "=r"(v) : "r"(index));
    return v;
}

static u64 slbmfev(u64 index)
{
    u64 v;

    asm volatile("slbmfev %0, %1" : "=r"(v) : "r"(index));
    return v;
}

static u64 slbfee(u64 ea, u64 *cr)
{
    u64 v;

    asm volatile("slbfee. %0, %2; mfcr %1" : "=r"(v), "=r"(*cr) : "r"(ea) : "cr0");
    return v;
}

#define SLBIE(rb) asm volatile("isync; slbie %0; isync" ::"r"((u64)(rb)) : "memory")
#define SLBIA(ih) asm volatile("isync; slbia " #ih "; isync" ::: "memory")

/* ---- the segment lookaside buffer ---- */

static void slb_entries(void)
{
    for (u64 i = 2; i < 32; i++)
        slbmte(0x123450000ul * i << 12 | SLB_KS | SLB_C | SLB_L | 0x10,
               i << 28 | 0x7000000000000000ul | SLB_V | i);
    for (u64 i = 2; i < 32; i++) {
        expect("slbmfee", slbmfee(i), i << 28 | 0x7000000000000000ul | SLB_V);
        expect("slbmfev", slbmfev(i), 0x123450000ul * i << 12 | SLB_KS | SLB_C | SLB_L | 0x10);
    }
    slbmte(0, 5);
    expect("slbmfee[V] of one that was taken away", slbmfee(5) & SLB_V, 0);
    expect("its neighbour", slbmfee(6) & SLB_V, SLB_V);
}

static void slb_find(void)
{
    struct segment *a = segment_add(HERE, false, 16, SLB_KP | SLB_C),
                   *b = segment_add(FAR, true, 12, SLB_KS);
    u64 cr, found = slbfee(HERE + 0xfffffff, &cr);

    expect("slbfee. of a segment of 256 MiB", found, segment_rs(a));
    expect("its CR0", cr >> 28, 2);
    found = slbfee(FAR + 0xff12345678, &cr);
    expect("slbfee. of one of 1 TiB", found, segment_rs(b));
    expect("its CR0", cr >> 28, 2);
    found = slbfee(HERE + 0x10000000, &cr);
    expect("slbfee. of none", found, 0);
    expect("its CR0", cr >> 28, 0);
}

static void slbie(void)
{
    struct segment *a = segment_add(HERE, false, 12, SLB_KP),
                   *b = segment_add(FAR, true, 12, SLB_KP | SLB_C);
    u64 *ra = take_memory(12);

    ra[0] = 0x1234;
    map(HERE, (u64)ra, 12, MAP_ALL);
    map(FAR, (u64)ra, 12, MAP_ALL);
    expect_reads(HERE, 0x1234);
    expect_reads(FAR, 0x1234);
    SLBIE(HERE);
    try(code_ld, problem, HERE, 0x380, 0);
    expect_reads(FAR, 0x1234);
    SLBIE(FAR | 1ul << 27 | 1ul << 25); /* class 1, 1 TiB */
    try(code_ld, problem, FAR, 0x380, 0);
    /* Back again: nothing in the page table has changed. */
    slbmte(segment_rs(a), segment_rb(a));
    slbmte(segment_rs(b), segment_rb(b));
    expect_reads(HERE, 0x1234);
    expect_reads(FAR, 0x1234);
}

/* IH 0 and 1 leave entry 0 alone; from ISA 3.0 on 3 takes those of class 1, 4 all. */
static void slbia(void)
{
    segment_add(HERE, false, 12, SLB_KP);
    segment_add(FAR, true, 12, SLB_KP | SLB_C);
    SLBIA(0);
    expect("entry 0", slbmfee(0) & SLB_V, SLB_V);
    for (u64 i = 1; i < 32; i++)
        expect("another entry", slbmfee(i) & SLB_V, 0);
    try(code_ld, RELOCATED & ~MSR_IR, KERNEL + 8, 0x700, 0);
    try(code_ld, RELOCATED & ~MSR_IR, HERE, 0x380, 0);
}

static void slbia_hints(void)
{
    segment_add(HERE, false, 12, SLB_KP);
    SLBIA(1);
    expect("entry 0", slbmfee(0) & SLB_V, SLB_V);
    expect("entry 2", slbmfee(2) & SLB_V, 0);
    if (level < ISA_3_0)
        return;
    world_restore();
    segment_add(HERE, false, 12, SLB_KP);
    segment_add(FAR, true, 12, SLB_KP | SLB_C);
    SLBIA(3);
    expect("entry 0", slbmfee(0) & SLB_V, SLB_V);
    expect("entry of class 0", slbmfee(2) & SLB_V, SLB_V);
    expect("entry of class 1", slbmfee(3) & SLB_V, 0);
    SLBIA(4);
    expect("entry 0", slbmfee(0) & SLB_V, 0);
    expect("entry 2", slbmfee(2) & SLB_V, 0);
}

static void replace(const struct segment *g)
{
    SLBIE(g->ea);
    slbmte(segment_rs(g), segment_rb(g));
}

/* An entry that is replaced maps something else at once. */
static void slb_replaced(void)
{
    struct segment *g = segment_add(HERE, false, 12, SLB_KP);
    u64 *a = take_memory(12), *b = take_memory(12), first;

    a[0] = 1;
    b[0] = 2;
    map(HERE, (u64)a, 12, MAP_ALL);
    first = g->vsid;
    g->vsid = 0x7654321;
    map(HERE, (u64)b, 12, MAP_ALL);
    expect_reads(HERE, 1);
    replace(g);
    expect_reads(HERE, 2);
    g->vsid = first;
    replace(g);
    expect_reads(HERE, 1);
    g->vsid = 0x1111111; /* nothing has been mapped in that one */
    replace(g);
    try(code_ld, problem, HERE, 0x300, NO_PAGE);
}

/* An access to two segments of which one is missing. */
static void slb_boundary(void)
{
    const u64 boundary = HERE + 0x10000000;
    struct state s;

    segment_add(HERE, false, 12, SLB_KP);
    map(boundary - 0x1000, (u64)take_memory(12), 12, MAP_ALL);
    s = try(code_ld, problem, boundary - 4, 0x380, 0);
    expect("DAR's doubleword", s.dar & ~7ul, boundary);
    s = try(code_std, problem, boundary - 1, 0x380, 0);
    expect("DAR's doubleword", s.dar & ~7ul, boundary);
    segment_add(boundary, false, 12, SLB_KP);
    s = try(code_ld, problem, boundary - 4, 0x300, NO_PAGE);
    map(boundary, (u64)take_memory(12), 12, MAP_ALL);
    try(code_ld, problem, boundary - 4, 0x700, 0);
}

/* Segments with the same virtual one: an alias. */
static void slb_alias(void)
{
    struct segment *a = segment_add(HERE, false, 12, SLB_KP),
                   *b = segment_add(HERE + 0x10000000, false, 12, SLB_KP);
    u64 *ra = take_memory(12);

    ra[0] = 77;
    map(HERE, (u64)ra, 12, MAP_ALL);
    try(code_ld, problem, HERE + 0x10000000, 0x300, NO_PAGE);
    b->vsid = a->vsid;
    replace(b);
    expect_reads(HERE + 0x10000000, 77);
}

/* ---- sizes ---- */

static void check_size(u64 ea, bool is_1t, unsigned base_shift, unsigned shift)
{
    u64 size = 1ul << shift, *ra = take_memory(shift);
    struct segment *g = segment_add(ea, is_1t, base_shift, SLB_KP);
    u64 page = ea + (is_1t ? 0x3000000000ul : 0x5000000ul), last = size - 8;

    page &= ~(size - 1);
    ra[0] = 0x1111 + shift;
    ra[last / 8] = 0x2222 + shift;
    map(page, (u64)ra, shift, MAP_ALL);
    expect_reads(page, 0x1111 + shift);
    if (shift == base_shift) {
        expect_reads(page + last, 0x2222 + shift);
        try(code_ld, problem, page + size, 0x300, NO_PAGE);
    } else {
        /* Each piece of the segment's size hashes to a group of its own: only the first is there. */
        try(code_ld, problem, page + (1ul << base_shift), 0x300, NO_PAGE);
        map(page + (size - (1ul << base_shift)), (u64)ra, shift, MAP_ALL);
        expect_reads(page + last, 0x2222 + shift);
    }
    if (page >= ea + size)
        try(code_ld, problem, page - 8, 0x300, NO_PAGE);
    SLBIE(g->ea | (u64)is_1t << 25);
    try(code_ld, problem, page, 0x380, 0);
}

static void sizes_256m(void)
{
    check_size(0x30000000, false, 12, 12);
    check_size(0x40000000, false, 16, 16);
    check_size(0x50000000, false, 24, 24);
}

static void sizes_1t(void)
{
    check_size(FAR, true, 12, 12);
    check_size(FAR + 0x10000000000, true, 16, 16);
    check_size(FAR + 0x20000000000, true, 24, 24);
}

/* Larger pages in segments of smaller ones. */
static void sizes_mixed(void)
{
    check_size(0x30000000, false, 12, 16);
    check_size(0x40000000, false, 12, 24);
    check_size(0x50000000, false, 16, 24);
    check_size(FAR, true, 12, 16);
    check_size(FAR + 0x10000000000, true, 16, 24);
}

/* An entry of another size than the segment's is none. */
static void size_wrong(void)
{
    struct segment *g = segment_add(HERE, false, 12, SLB_KP);
    u64 *ra = take_memory(16);

    ra[0] = 5;
    map(HERE, (u64)ra, 16, MAP_ALL); /* 64 KiB by base pages of 4 KiB */
    expect_reads(HERE, 5);
    g->base_shift = 16;
    replace(g);
    try(code_ld, problem, HERE, 0x300, NO_PAGE);
}

/* ---- protection ---- */

/* The keys and PP of figure "PP bit protection states": a letter for each PP, 0 none, 1 read, 2 both.
 * [ISA2.07 III 5.7.9.2] */
static void protection(void)
{
    static const u8 with_key_0[8] = { 2, 2, 2, 1, 9, 9, 1, 9 },
                    with_key_1[8] = { 0, 1, 2, 1, 9, 9, 0, 9 };
    u64 *ra = take_memory(12), flags[4] = { 0, SLB_KP, SLB_KS, SLB_KS | SLB_KP };
    struct segment *g = segment_add(HERE, false, 12, 0);

    map(HERE, (u64)ra, 12, MAP_ALL);
    for (u64 f = 0; f < 4; f++) {
        g->flags = flags[f];
        replace(g);
        for (u64 pp = 0; pp < 8; pp++) {
            /* pp0 comes in at bit 8, as H_PROTECT takes it. */
            if (with_key_0[pp] == 9)
                continue;
            expect("H_PROTECT",
                   hcall4(H_PROTECT, (pp & 3) | (pp & 4 ? 1ul << 8 : 0), hash_index(HERE), 0, 0),
                   0);
            for (u64 is_problem = 0; is_problem < 2; is_problem++) {
                bool key = flags[f] & (is_problem ? SLB_KP : SLB_KS);
                u8 may = key ? with_key_1[pp] : with_key_0[pp];
                u64 msr = is_problem ? problem : RELOCATED;

                try(code_ld, msr, HERE, may >= 1 ? 0x700 : 0x300, PROTECTED);
                try(code_std, msr, HERE, may == 2 ? 0x700 : 0x300, PROTECTED | STORE);
            }
        }
    }
}

CODE(code_far_trap, "trap");
static void segment_no_execute(void)
{
    struct segment *g = segment_add(HERE, false, 12, SLB_KP | SLB_N);
    u32 *ra = take_memory(12);
    struct state s = start((const u32 *)HERE, problem);

    ra[0] = code_far_trap[0];
    sync_code(ra, 4);
    map(HERE, (u64)ra, 12, MAP_ALL);
    expect_run(&s, 0x400, HERE, NO_EXECUTE);
    try(code_ld, problem, HERE, 0x700, 0);
    g->flags = SLB_KP;
    replace(g);
    expect_run(&s, 0x700, HERE, TRAP);
}

/* ---- the table ---- */

/* The group of the page is full: the entry is in the other one, with H set. */
static void secondary(void)
{
    u64 *ra = take_memory(12), group, r[10];

    ra[0] = 0xabcdef;
    segment_add(HERE, false, 12, SLB_KP);
    map(HERE, (u64)ra, 12, MAP_ALL);
    group = hash_index(HERE) & ~7ul;
    unmap(HERE);
    for (u64 i = 0; i < 8; i++) { /* pages of a segment that nobody has */
        r[0] = H_ENTER, r[1] = BIT(24), r[2] = group + i;
        r[3] = 0x3ffffffffff00000ul + (i << 12) + 1, r[4] = (u64)ra | 0x10;
        hcall(r);
    }
    map(HERE, (u64)ra, 12, MAP_ALL);
    expect("another group", (hash_index(HERE) & ~7ul) != group, 1);
    expect_reads(HERE, 0xabcdef);
    for (u64 i = 0; i < 8; i++)
        hcall4(H_REMOVE, 0, group + i, 0, 0);
}

static void removed(void)
{
    u64 *ra = take_memory(12);

    segment_add(HERE, false, 12, SLB_KP);
    map(HERE, (u64)ra, 12, MAP_ALL);
    try(code_ld, problem, HERE, 0x700, 0);
    try(code_std, problem, HERE, 0x700, 0);
    unmap(HERE);
    try(code_ld, problem, HERE, 0x300, NO_PAGE);
    try(code_std, problem, HERE, 0x300, NO_PAGE | STORE);
}

/* H_PROTECT takes rights away and gives them, at once. */
static void protected_later(void)
{
    u64 *ra = take_memory(12);

    segment_add(HERE, false, 12, SLB_KP);
    map(HERE, (u64)ra, 12, MAP_ALL);
    try(code_std, problem, HERE, 0x700, 0);
    hcall4(H_PROTECT, 3, hash_index(HERE), 0, 0);
    try(code_std, problem, HERE, 0x300, PROTECTED | STORE);
    try(code_ld, problem, HERE, 0x700, 0);
    hcall4(H_PROTECT, 2, hash_index(HERE), 0, 0);
    try(code_std, problem, HERE, 0x700, 0);
}

static void removed_in_bulk(void)
{
    u64 r[10] = { H_BULK_REMOVE };

    segment_add(HERE, false, 12, SLB_KP);
    for (u64 i = 0; i < 4; i++) {
        map(HERE + i * 4096, (u64)take_memory(12), 12, MAP_ALL);
        try(code_std, problem, HERE + i * 4096, 0x700, 0);
        r[1 + 2 * i] = 1ul << 62 | hash_index(HERE + i * 4096);
    }
    r[7] |= 1ul << 63; /* the end: the fourth stays */
    hcall(r);
    expect("H_BULK_REMOVE", r[0], 0);
    for (u64 i = 0; i < 4; i++)
        try(code_ld, problem, HERE + i * 4096, i < 3 ? 0x300 : 0x700, NO_PAGE);
}

/* What H_CLEAR_MOD and H_CLEAR_REF take away, the next access sets again. */
static void reference_cleared(void)
{
    u64 r[10];

    segment_add(HERE, false, 12, SLB_KP);
    map(HERE, (u64)take_memory(12), 12, MAP_ALL);
    for (u64 round = 0; round < 2; round++) {
        try(code_std, problem, HERE, 0x700, 0);
        r[0] = H_READ, r[1] = 0, r[2] = hash_index(HERE);
        hcall(r);
        expect("R and C after a store", r[2] & (HPTE_R | HPTE_C), HPTE_R | HPTE_C);
        expect("H_CLEAR_MOD", hcall4(H_CLEAR_MOD, 0, hash_index(HERE), 0, 0), 0);
        try(code_ld, problem, HERE, 0x700, 0);
        r[0] = H_READ, r[1] = 0, r[2] = hash_index(HERE);
        hcall(r);
        expect("R and C after a load", r[2] & (HPTE_R | HPTE_C), HPTE_R);
        expect("H_CLEAR_REF", hcall4(H_CLEAR_REF, 0, hash_index(HERE), 0, 0), 0);
        r[0] = H_READ, r[1] = 0, r[2] = hash_index(HERE);
        hcall(r);
        expect("R and C after none", r[2] & (HPTE_R | HPTE_C), 0);
    }
}

/* Without guest translation shootdown these are the hypervisor's. [ISA3.0 III 5.9.3.3] */
CODE(code_tlbie, "li 3, 0; li 4, 0; tlbie 3, 4; trap");
static void tlbie_refused(void)
{
    struct state s = start(code_tlbie, privileged);

    expect_run(&s, 0x700, (u64)code_tlbie + 8, BIT(45));
}

/* clang-format off */
TESTS({ "slb-entries", slb_entries, HASH, 0, 0 },
      { "slb-find", slb_find, HASH, 0, 0 },
      { "slbie", slbie, HASH, 0, 0 },
      { "slbia", slbia, HASH, 0, 0 },
      { "slbia-hints", slbia_hints, HASH, 0, 0 },
      { "slb-replaced", slb_replaced, HASH, 0, 0 },
      { "slb-boundary", slb_boundary, HASH, 0, 0 },
      { "slb-alias", slb_alias, HASH, 0, 0 },
      { "sizes-256m", sizes_256m, HASH, 0, 0 },
      { "sizes-1t", sizes_1t, HASH, 0, 0 },
      { "sizes-mixed", sizes_mixed, HASH, 0, 0 },
      { "size-wrong", size_wrong, HASH, 0, 0 },
      { "protection", protection, HASH, 0, 0 },
      { "segment-no-execute", segment_no_execute, HASH, 0, 0 },
      { "secondary", secondary, HASH, 0, 0 },
      { "removed", removed, HASH, 0, 0 },
      { "removed-in-bulk", removed_in_bulk, HASH, 0, 0 },
      { "reference-cleared", reference_cleared, HASH, 0, 0 },
      { "protected-later", protected_later, HASH, 0, 0 },
      { "tlbie-refused", tlbie_refused, HASH, 0, 0 });
/* clang-format on */
