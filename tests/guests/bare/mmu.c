/* Page tables; see mmu.h. [ISA3.0 III 5.7, ISA2.07 III 5.7] */
#include "mmu.h"

enum mmu mmu;

/* ---- memory: tables in the world's second half, the cases' pages behind it ---- */

static u64 next_table, next_page;

static void *take_table(u64 size)
{
    void *p = (void *)((next_table + size - 1) & ~(size - 1));

    next_table = (u64)p + size;
    return memset(p, 0, size);
}

void *take_memory(unsigned shift)
{
    u64 size = 1ul << shift, at = (next_page + size - 1) & ~(size - 1);

    next_page = at + size;
    return (void *)at;
}

/* ---- radix trees: 52 bits of address, in levels of 13, 9, 9 and 9 bits, or 5 for pages of 64 KiB ---- */

static u64 *process_table,
    *roots[2]; /* of process 0, which has the top quadrant, and of process 1 */
static u64 tables_of_world;

static u64 *descend(u64 *slot, unsigned bits)
{
    if (!*slot)
        *slot = be64(BIT(0) | (u64)take_table(8ul << bits) | bits);
    return (u64 *)(be64(*slot) & 0x0ffffffffffff000ul);
}

static volatile u64 *find_entry(u64 ea, unsigned shift)
{
    u64 *table = roots[ea >> 62 == 0], *slot = &table[ea >> 39 & 0x1fff];

    table = descend(slot, 9);
    slot = &table[ea >> 30 & 0x1ff];
    if (shift == 30)
        return slot;
    table = descend(slot, 9);
    slot = &table[ea >> 21 & 0x1ff];
    if (shift == 21)
        return slot;
    table = descend(slot, 21 - shift);
    return &table[ea >> shift & ((1u << (21 - shift)) - 1)];
}

/* Goes down to the leaf, or to where there is nothing; *above is the entry before that. */
static volatile u64 *walk(u64 ea, volatile u64 **above)
{
    u64 *table = roots[ea >> 62 == 0], *slot = &table[ea >> 39 & 0x1fff];
    unsigned shift = 39;

    while (be64(*slot) & BIT(0) && !(be64(*slot) & BIT(1))) {
        unsigned bits = be64(*slot) & 31;

        *above = slot;
        table = (u64 *)(be64(*slot) & 0x0ffffffffffff000ul);
        shift -= bits;
        slot = &table[ea >> shift & ((1u << bits) - 1)];
    }
    return slot;
}

volatile u64 *radix_entry(u64 ea)
{
    volatile u64 *above;

    return walk(ea, &above);
}

volatile u64 *radix_directory(u64 ea)
{
    volatile u64 *above = NULL;

    walk(ea, &above);
    return above;
}

u64 process_table_at(u64 pid)
{
    return (u64)&process_table[2 * pid];
}

u64 process_root(u64 pid)
{
    return (u64)roots[pid];
}

/* RIC 2, IS 2: everything of the partition. */
void radix_flush(void)
{
    asm volatile("ptesync; tlbie %0, %1, 2, 1, 1; eieio; tlbsync; ptesync" ::"r"(0x800ul), "r"(0ul)
                 : "memory");
}

static void radix_map(u64 ea, u64 ra, unsigned shift, u64 how)
{
    u64 flags = PTE_R | PTE_C | (how & USER ? 0 : PTE_PRIVILEGED) | (how & READ ? PTE_READ : 0) |
                (how & WRITE ? PTE_WRITE : 0) | (how & EXECUTE ? PTE_EXECUTE : 0) |
                (how & NO_CACHE ? (how & GUARDED ? 0x20 : 0x30) : 0);

    *find_entry(ea, shift) = be64(RADIX_PTE(ra, flags));
    asm volatile("ptesync" ::: "memory");
}

static void radix_make(void)
{
    process_table = take_table(0x10000);
    for (u64 pid = 0; pid < 2; pid++) {
        roots[pid] = take_table(0x10000);
        process_table[2 * pid] = be64(2ul << 61 | (u64)roots[pid] | 5 << 5 | 13);
    }
    /* Modify, register, radix, guest translation shootdown; 2^(4 + 12) bytes. */
    expect("H_REGISTER_PROC_TBL", hcall4(H_REGISTER_PROC_TBL, 0x1d, (u64)process_table, 0, 4), 0);
    mtspr(SPR_PIDR, 1);
    for (u64 at = 0; at < WORLD_SIZE; at += 1ul << 21) {
        radix_map(at, at, 21, MAP_ALL);
        radix_map(KERNEL + at, at, 21, READ | WRITE | EXECUTE);
    }
    tables_of_world = next_table;
}

/* The trees of the cases begin below the roots' first level: what hangs there that is not the world's goes. */
static void radix_restore(void)
{
    for (u64 i = 0; i < 0x2000; i++)
        for (u64 pid = 0; pid < 2; pid++)
            if (roots[pid][i] && i != 0)
                roots[pid][i] = 0;
    for (u64 pid = 0; pid < 2; pid++) {
        u64 *table = (u64 *)(be64(roots[pid][0]) & 0x0ffffffffffff000ul);

        memset(table + 1, 0, 511 * 8);
        table = (u64 *)(be64(table[0]) & 0x0ffffffffffff000ul);
        memset(table + WORLD_SIZE / (1ul << 21), 0, (512 - WORLD_SIZE / (1ul << 21)) * 8);
    }
    next_table = tables_of_world;
    radix_flush();
    mtspr(SPR_PIDR, 1);
}

/* ---- segments and the hash page table ---- */

static struct segment segments[32];
static u64 n_segments, n_segments_of_world;
static struct page {
    u64 ea, index;
} pages[2048];
static u64 n_pages, n_pages_of_world, group_mask;

void slbmte(u64 rs, u64 rb)
{
    asm volatile("isync; slbmte %0, %1; isync" ::"r"(rs), "r"(rb) : "memory");
}

static u64 segment_mask(const struct segment *g)
{
    return (1ul << (g->is_1t ? 40 : 28)) - 1;
}

u64 segment_rs(const struct segment *g)
{
    u64 size = g->base_shift == 12 ? 0 : g->base_shift == 16 ? SLB_L | 0x10 : SLB_L;

    return (u64)g->is_1t << 62 | g->vsid << (g->is_1t ? 24 : 12) | g->flags | size;
}

u64 segment_rb(const struct segment *g)
{
    return (g->ea & ~segment_mask(g)) | SLB_V | g->index;
}

struct segment *segment_add(u64 ea, bool is_1t, unsigned base_shift, u64 flags)
{
    struct segment *g = &segments[n_segments];

    *g = (struct segment){ ea,    0x1000 + (ea >> 28 & 0xffff) + (ea >> 60) * 0x100000,
                           is_1t, (u8)base_shift,
                           flags, n_segments };
    n_segments++;
    slbmte(segment_rs(g), segment_rb(g));
    return g;
}

static struct segment *find_segment(u64 ea)
{
    for (u64 i = 0; i < n_segments; i++)
        if (((ea ^ segments[i].ea) & ~segment_mask(&segments[i])) == 0)
            return &segments[i];
    return NULL;
}

/* L and the real page number's low bits, for a page in a segment. */
static u64 size_encoding(unsigned base_shift, unsigned shift)
{
    if (shift == 12)
        return 0;
    if (shift == 16)
        return base_shift == 12 ? 0x7000 : 0x1000;
    return base_shift == 12 ? 0x38000 : base_shift == 16 ? 0x8000 : 0;
}

static void hash_map(u64 ea, u64 ra, unsigned shift, u64 how)
{
    struct segment *g = find_segment(ea);
    u64 offset, hash, v, r, args[10], key = how >> KEY_SHIFT;

    if (!g)
        g = segment_add(ea, false, shift, SLB_KP);
    offset = ea & segment_mask(g);
    hash = g->vsid ^ offset >> g->base_shift ^ (g->is_1t ? g->vsid << 25 : 0);
    v = (u64)g->is_1t << 62 | (g->vsid << (g->is_1t ? 17 : 5) | offset >> 23) << 7 |
        (shift > 12 ? 4 : 0) | 1;
    if (g->base_shift > 23)
        v &= ~0x80ul;
    r = ra | size_encoding(g->base_shift, shift) | (key >> 3) << 60 | (key & 7) << 9 | HPTE_R |
        HPTE_C | (how & NO_CACHE ? 0x20 | (how & GUARDED ? 8 : 0) : 0x10) | (how & EXECUTE ? 0 : 4);
    if (how & USER)
        r |= how & WRITE ? 2 : 3;
    else
        r |= how & WRITE ? 0 : BIT(0) | 2;
    args[0] = H_ENTER;
    args[1] = 0;
    args[2] = (hash & group_mask) * 8;
    args[3] = v;
    args[4] = r;
    hcall(args);
    if (args[0]) { /* the first group is full */
        args[0] = H_ENTER;
        args[1] = 0;
        args[2] = (~hash & group_mask) * 8;
        args[3] = v | 2;
        args[4] = r;
        hcall(args);
    }
    expect("H_ENTER", args[0], 0);
    pages[n_pages++] = (struct page){ ea, args[1] };
}

static struct page *find_page(u64 ea)
{
    for (u64 i = n_pages; i-- > 0;)
        if (pages[i].ea == ea)
            return &pages[i];
    return NULL;
}

u64 hash_index(u64 ea)
{
    struct page *p = find_page(ea);

    return p ? p->index : ~0ul;
}

/* The number of groups is the first index of a group that does not exist. */
static u64 find_group_mask(void)
{
    u64 groups = 1;

    while (hcall4(H_READ, 0, groups * 8, 0, 0) == 0)
        groups *= 2;
    return groups - 1;
}

static void hash_make(void)
{
    if (level >= ISA_3_0)
        expect("H_REGISTER_PROC_TBL", hcall4(H_REGISTER_PROC_TBL, 0x18, 0, 0, 0), 0);
    asm volatile("isync; slbmte %0, %0; slbia; isync" ::"r"(0ul) : "memory");
    group_mask = find_group_mask();
    segment_add(KERNEL, false, 16, SLB_KP);
    segment_add(0, false, 16, SLB_KP);
    for (u64 at = 0; at < WORLD_SIZE; at += 0x10000) {
        hash_map(at, at, 16, MAP_ALL);
        hash_map(KERNEL + at, at, 16, READ | WRITE | EXECUTE);
    }
    n_segments_of_world = n_segments;
    n_pages_of_world = n_pages;
}

static void hash_restore(void)
{
    while (n_pages > n_pages_of_world)
        hcall4(H_REMOVE, 0, pages[--n_pages].index, 0, 0);
    for (u64 i = 0; i < 32; i++)
        slbmte(0, i);
    asm volatile("isync; slbia; isync" ::: "memory");
    n_segments = n_segments_of_world;
    for (u64 i = 0; i < n_segments; i++)
        slbmte(segment_rs(&segments[i]), segment_rb(&segments[i]));
}

/* ---- both ---- */

void map(u64 ea, u64 ra, unsigned shift, u64 how)
{
    (mmu == MMU_HASH ? hash_map : radix_map)(ea, ra, shift, how);
}

void unmap(u64 ea)
{
    struct page *p;

    if (mmu == MMU_RADIX) {
        *radix_entry(ea) = 0;
        radix_flush();
    } else if ((p = find_page(ea))) {
        hcall4(H_REMOVE, 0, p->index, 0, 0);
        *p = pages[--n_pages];
    }
}

static void restore_rest(void)
{
    next_page =
        2 * WORLD_SIZE + 0x155000; /* no multiple of a large number: see HERE in storage.c */
    mtspr(SPR_AMR, 0);
    mtspr(SPR_UAMOR, 0);
    mtspr(SPR_IAMR, 0);
}

void world_make(enum mmu which)
{
    mmu = which;
    next_table = WORLD_SIZE / 2;
    if (which == MMU_HASH)
        hash_make();
    else
        radix_make();
    restore_rest();
}

/* The segments, or the process; on the processor that calls. */
void world_enter(void)
{
    if (mmu == MMU_HASH) {
        asm volatile("isync; slbmte %0, %0; slbia; isync" ::"r"(0ul) : "memory");
        for (u64 i = 0; i < n_segments; i++)
            slbmte(segment_rs(&segments[i]), segment_rb(&segments[i]));
    } else {
        mtspr(SPR_PIDR, 1);
    }
    mtspr(SPR_AMR, 0);
    mtspr(SPR_UAMOR, 0);
    mtspr(SPR_IAMR, 0);
}

void world_restore(void)
{
    if (mmu == MMU_HASH)
        hash_restore();
    else
        radix_restore();
    restore_rest();
}
