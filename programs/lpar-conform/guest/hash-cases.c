/* Cases of translation: blocks of entries, what another processor still knows of an entry, a table's size, process
 * tables. [LoPAR hcall-pft, hcall-bulk, hcall-block-remove, hcall-hpt-resize, hcall-imtt] */
#include "smp.h"

/* ---- H_BLOCK_REMOVE: pages of one block of eight stand in eight groups next to each other ---- */

static bool is_offered(u64 token)
{
    return (s64)hcall4(token, 0, 0, 0, 0) != FUNCTION;
}

/* Not asked by calling it. */
static bool clears(void)
{
    u32 size;
    const char *list = find_property("ibm,hypertas-functions", &size);

    for (u32 i = 0; list && i < size; i++)
        if ((!i || !list[i - 1]) && is_equal(list + i, "hcall-clr-hpt"))
            return true;
    return false;
}

bool block(void)
{
    if (!hash() || !is_offered(0x328))
        return false;
    for (u64 i = 0; i < 9; i++) {
        hcall4(H_REMOVE, 0, BLOCK_PTEX(i), 0, 0);
        if (i < 4 && hcall4(H_ENTER, 1ul << 39, BLOCK_PTEX(i), HPTE0, HPTE1))
            return false;
    }
    /* The fifth is bolted; the ninth is of the next block. */
    return !hcall4(H_ENTER, 1ul << 39, BLOCK_PTEX(4), HPTE0 | 0x10, HPTE1) &&
           !hcall4(H_ENTER, 1ul << 39, BLOCK_PTEX(8), HPTE0, HPTE1);
}

/* The answers are a register lower than what they answer. */
static bool answers(u64 a, u64 b)
{
    return r[1] >> 61 << 3 == 0x20 && (r[1] >> 59 & 7) == a && (r[2] >> 59 & 7) == b;
}

bool block_two(void) { return answers(0, 0) && !gives(BLOCK_PTEX(0)) && !gives(BLOCK_PTEX(1)); }
bool block_second_missing(void) { return answers(0, 1); }
bool block_second_nowhere(void) { return answers(0, 2); }
bool block_second_elsewhere(void) { return answers(0, 5); }

bool gives(u64 ptex)
{
    u64 q[10] = { H_READ, 0, ptex };

    return !hcall(q) && q[1] & 1;
}

/* ---- another processor uses what is taken away ---- */

#define LIVE_EA 0x30000000000ul
#define LIVE_PAGE (A + 0x50000)

static struct {
    volatile u64 seen, count;
} live;

CODE(load_forever, "1: ld 4, 0(3)\n std 4, 0(5)\n addi 6, 6, 1\n std 6, 8(5)\n b 1b");
CODE(store_forever, "1: std 6, 0(3)\n addi 6, 6, 1\n std 6, 8(5)\n b 1b");

static s64 use_page(struct other *o)
{
    world_enter();
    o->state = start(o->argument ? store_forever : load_forever, privileged | MSR_IR | MSR_DR);
    o->state.gpr[3] = LIVE_EA;
    o->state.gpr[5] = (u64)&live;
    o->state.gpr[6] = 0;
    o->progress = 1;
    run(&o->state);
    return (s64)o->state.vector - 12;
}

static bool by_clear(u64 ptex)
{
    (void)ptex;
    return !hcall4(0x358, 0, 0, 0, 0);
}

/* Its page goes, by the call that is given; what comes to stand there afterwards it must not see. */
static bool goes_while_used(bool (*take_away)(u64 ptex), bool is_storing)
{
    struct other *o = &others[0];
    bool is_gone;

    live.seen = live.count = 0;
    *(volatile u64 *)LIVE_PAGE = 1;
    map(LIVE_EA, LIVE_PAGE, 12, READ | WRITE);
    ask(o, use_page, is_storing);
    for (u64 i = 0; i < 1000 && live.count < 100; i++)
        delay(1);
    is_gone = live.count >= 100 && take_away(hash_index(LIVE_EA));
    asm volatile("sync" ::: "memory");
    *(volatile u64 *)LIVE_PAGE = 0x22222222;
    /* With all entries gone, the loop's own page may be missed first. */
    is_gone = is_done(o) && is_gone;
    is_gone &= take_away == by_clear ? o->result == 0x300 || o->result == 0x400
                                     : o->result == 0x300 && o->state.dar == LIVE_EA;
    unmap(LIVE_EA);
    r[1] = o->result << 32 | live.seen;
    return is_gone && (is_storing ? *(volatile u64 *)LIVE_PAGE == 0x22222222 : live.seen == 1);
}

static bool by_remove(u64 ptex) { return !hcall4(H_REMOVE, 0, ptex, 0, 0); }

static bool by_bulk_remove(u64 ptex)
{
    u64 q[10] = { H_BULK_REMOVE, 1ul << 62 | ptex, 0, 3ul << 62 };

    return !hcall(q) && q[1] >> 60 == 8;
}

static bool by_block_remove(u64 ptex)
{
    u64 q[10] = { 0x328, 0, 1ul << 62 | ptex, 3ul << 62 };

    return !hcall(q);
}

static bool by_protect(u64 ptex) { return !hcall4(H_PROTECT, 3, ptex, 0, 0); }

bool translated_pair(void) { return hash() && world() && start_other(0); }
bool translated_pair_block(void) { return translated_pair() && is_offered(0x328); }
bool hash_clear(void) { return clears() && hash(); }
bool translated_pair_clear(void) { return hash_clear() && translated_pair(); }
bool live_remove(void) { return goes_while_used(by_remove, false); }
bool live_remove_stores(void) { return goes_while_used(by_remove, true); }
bool live_bulk_remove(void) { return goes_while_used(by_bulk_remove, false); }
bool live_bulk_remove_stores(void) { return goes_while_used(by_bulk_remove, true); }
bool live_block_remove(void) { return goes_while_used(by_block_remove, false); }
bool live_protect(void) { return goes_while_used(by_protect, true); }
bool live_clear(void) { return goes_while_used(by_clear, false); }

/* What another processor has done to the page stands in the entry that is given back. */
bool live_reference_bits(void)
{
    struct other *o = &others[0];
    u64 ptex, q[10] = { H_BULK_REMOVE, 0, 0, 3ul << 62 };

    live.count = 0;
    map(LIVE_EA, LIVE_PAGE, 12, READ | WRITE);
    ptex = hash_index(LIVE_EA);
    hcall4(H_CLEAR_MOD, 0, ptex, 0, 0);
    hcall4(H_CLEAR_REF, 0, ptex, 0, 0);
    ask(o, use_page, 1);
    for (u64 i = 0; i < 1000 && live.count < 100; i++)
        delay(1);
    q[1] = 1ul << 62 | ptex;
    hcall(q);
    is_done(o);
    unmap(LIVE_EA);
    r[1] = q[1];
    return q[1] >> 58 == 0x23; /* response, success, R and C */
}

bool clear_hpt(void)
{
    return entry() && gives(PTEX) && !hcall4(0x358, 0, 0, 0, 0) && !gives(PTEX);
}


/* ---- the table's size ---- */

/* A bolted entry for the page at offset of segment 0x1000, in the group that its hash names; the table has 2^14. */
#define SEGMENT 0x1000ul
#define BOLTED(offset) ((SEGMENT << 5 | (offset) >> 23) << 7 | 0x11)
#define GROUP(offset) (SEGMENT ^ (offset) >> 12)

bool bolted(void)
{
    if (!hash())
        return false;
    for (u64 g = 0; g < 0x2000; g += 0x800)
        hcall4(H_REMOVE, 0, g * 8, 0, 0);
    return !hcall4(H_ENTER, 1ul << 39, GROUP(0) * 8, BOLTED(0), HPTE1);
}

static s64 prepare_size(u64 shift)
{
    s64 status;

    for (u64 i = 0; i < 100; i++) {
        status = (s64)hcall4(0x36c, 0, shift, 0, 0);
        if (status < 9900 || status > 9905)
            break;
        delay(5);
    }
    return status;
}

static s64 commit_size(u64 shift)
{
    s64 status;

    for (u64 i = 0; i < 100; i++) {
        status = (s64)hcall4(0x370, 0, shift, 0, 0);
        if (status != 1)
            break;
        delay(5);
    }
    return status;
}

bool resize_prepare(void) { return !prepare_size(20); }

/* Bolted entries move to where their hash leads in the new table, and others go. */
bool resize_commit(void)
{
    u64 loose = 0x777 * 8;

    if (hcall4(H_ENTER, 1ul << 39, loose, HPTE0, HPTE1) || prepare_size(20) || commit_size(20))
        return false;
    return gives((GROUP(0) & 0x1fff) * 8) && !gives(loose) && !prepare_size(21) && !commit_size(21) &&
           gives(GROUP(0) * 8);
}

bool resize_other_size(void) { return !prepare_size(20) && commit_size(19) == CLOSED; }

bool resize_cancelled(void)
{
    return !prepare_size(20) && !prepare_size(0) && commit_size(20) == CLOSED;
}

/* Two that would share a place; the table stays as it was. */
bool resize_collision(void)
{
    u64 offset = 1ul << 23;

    return !hcall4(H_ENTER, 1ul << 39, GROUP(offset) * 8, BOLTED(offset), HPTE1) && !prepare_size(18) &&
           commit_size(18) == PTEG_FULL && gives(GROUP(0) * 8) && gives(GROUP(offset) * 8);
}

/* ---- process tables ---- */

CODE(trap_there, "trap");

static bool translates(void)
{
    struct state s = start(trap_there, privileged | MSR_IR | MSR_DR);

    run(&s);
    return s.vector - 12 == 0x700;
}

bool table_radix(void)
{
    world_make(MMU_RADIX);
    return translates();
}

/* With an empty table, after radix trees. */
bool table_hash(void)
{
    if (hcall4(H_REGISTER_PROC_TBL, 0x18, 0, 0, 0) || hcall4(H_ENTER, 1ul << 39, PTEX + 1, HPTE0, HPTE1) ||
        hcall4(H_REGISTER_PROC_TBL, 0x1d, A, 0, 4))
        return false;
    return !hcall4(H_REGISTER_PROC_TBL, 0x18, 0, 0, 0) && !gives(PTEX + 1) && !hcall4(H_ENTER, 1ul << 39, PTEX, HPTE0, HPTE1) &&
           gives(PTEX);
}

bool table_kept_radix(void) { return !hcall4(H_REGISTER_PROC_TBL, 0x1d, A, 0, 4) && !hcall4(H_REGISTER_PROC_TBL, 5, 0, 0, 0); }
bool table_kept_other(void) { return !hcall4(H_REGISTER_PROC_TBL, 0x1d, A, 0, 4) && (s64)hcall4(H_REGISTER_PROC_TBL, 0, 0, 0, 0) == PARAMETER; }
bool table_deregistered(void) { return !hcall4(H_REGISTER_PROC_TBL, 0x1d, A, 0, 4) && !hcall4(H_REGISTER_PROC_TBL, 0x10, 0, 0, 0); }

/* ---- H_RPT_INVALIDATE ---- */

bool radix_world(void) { return radix() && world(); }
bool radix_offered(void) { return radix() && world() && is_offered(0x448); }
bool hash_offered(void) { return hash() && world() && is_offered(0x448); }

static bool by_rpt_invalidate(u64 ptex)
{
    (void)ptex;
    *radix_entry(LIVE_EA) = 0;
    asm volatile("ptesync" ::: "memory");
    /* Process 1, all processors, the TLB, 4 KiB pages. */
    r[0] = 0x448, r[1] = 1, r[2] = 1, r[3] = 2, r[4] = 1, r[5] = LIVE_EA, r[6] = LIVE_EA + 0x1000;
    return !hcall(r);
}

bool radix_pair(void) { return radix_offered() && start_other(0); }
bool live_rpt_invalidate(void) { return goes_while_used(by_rpt_invalidate, false); }
