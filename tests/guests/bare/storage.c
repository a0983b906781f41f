/* Interrupts of storage accesses: data and instruction storage, segments, alignment; DAR and DSISR.
 * [ISA3.0 III 6.5.3 to 6.5.6, 6.5.8] */
#include "bare.h"
#include "mmu.h"

/* DSISR, and SRR1 of instruction storage interrupts. */
#define NO_PAGE BIT(33)
#define NO_EXECUTE BIT(35)
#define PROTECTED BIT(36)
#define BAD_ATTRIBUTE BIT(37)
#define STORE BIT(38)
#define KEY BIT(42)
#define BAD_FUNCTION BIT(61)

#define TRAP BIT(46)

/* Where the cases map their pages: not at a place in which a cache of translations by the low bits of the page's
 * number would also have the vectors or the program. */
#define HERE 0x10155000ul
#define OUTSIDE 0x4000000000000000ul /* of any quadrant that there is, and of any segment */
#define RELOCATED (privileged | MSR_IR | MSR_DR)

CODE(code_ld, "ld 4, 0(3); trap");
CODE(code_std, "std 4, 0(3); trap");
CODE(code_lwzu, "lwzu 4, 8(3); trap");
CODE(code_stdu, "stdu 4, 8(3); trap");
CODE(code_lwarx, "lwarx 4, 0, 3; trap");
CODE(code_ldarx, "ldarx 4, 0, 3; trap");
CODE(code_stwcx, "stwcx. 4, 0, 3; trap");
CODE(code_stdcx, "stdcx. 4, 0, 3; trap");
CODE(code_lharx, "lharx 4, 0, 3; trap");
CODE(code_lqarx, "lqarx 4, 0, 3; trap");
CODE(code_stqcx, "stqcx. 4, 0, 3; trap");
CODE(code_dcbz, "dcbz 0, 3; trap");
CODE(code_dcbf, "dcbf 0, 3; trap");
CODE(code_dcbst, "dcbst 0, 3; trap");
CODE(code_icbi, "icbi 0, 3; trap");
CODE(code_hints, "dcbt 0, 3; dcbtst 0, 3; trap");
CODE(code_lbz, "lbz 4, 0(3); trap");
CODE(code_stb, "stb 4, 0(3); trap");
CODE(code_lq, "lq 4, 0(3); trap");
/* As words, since the little-endian assembler refuses them. */
CODE(code_lmw, ".long 0xbb830000; trap");   /* lmw 28, 0(3) */
CODE(code_stmw, ".long 0xbf830000; trap");  /* stmw 28, 0(3) */
CODE(code_lswi, ".long 0x7c8344aa; trap");  /* lswi 4, 3, 8 */
CODE(code_stswi, ".long 0x7c8345aa; trap"); /* stswi 4, 3, 8 */
CODE(code_lwat, ".long 0x7ca3b48c; trap");  /* lwat 5, 3, 22: no function */
CODE(code_stdat, ".long 0x7ca3cdcc; trap"); /* stdat 5, 3, 25 */

/* Runs code with r3 = ea; what DAR and DSISR are to be. */
static struct state access_at(const u32 *code, u64 msr, u64 ea)
{
    struct state s = start(code, msr);

    s.gpr[3] = ea;
    run(&s);
    return s;
}

static void expect_data_storage(const u32 *code, u64 msr, u64 ea, u64 dsisr)
{
    struct state s = access_at(code, msr, ea);

    expect_interrupt(&s, 0x300, (u64)code, 0);
    expect("DAR", s.dar, ea);
    expect("DSISR", s.dsisr, dsisr);
}

static void expect_done(const u32 *code, u64 msr, u64 ea)
{
    struct state s = access_at(code, msr, ea);

    expect_interrupt(&s, 0x700, (u64)code + 4, TRAP);
}

static void expect_alignment(const u32 *code, u64 msr, u64 ea)
{
    struct state s = access_at(code, msr, ea);

    expect_interrupt(&s, 0x600, (u64)code, 0);
    expect("DAR", s.dar, ea);
}

/* A segment for the hash MMU, with nothing mapped. */
static void segment_here(void)
{
    if (mmu == MMU_HASH)
        segment_add(HERE, false, 12, SLB_KP);
}

/* A page of 4 KiB for a case. */
static u8 *page_here(u64 how)
{
    u8 *ra = take_memory(12);

    memset(ra, 0, 4096);
    map(HERE, (u64)ra, 12, how);
    return ra;
}

/* ---- no translation ---- */

static void no_page(void)
{
    segment_here();
    expect_data_storage(code_ld, problem, HERE + 0x123, NO_PAGE);
    expect_data_storage(code_std, problem, HERE + 0x128, NO_PAGE | STORE);
    expect_data_storage(code_ld, RELOCATED, HERE + 0x123, NO_PAGE);
    expect_data_storage(code_std, privileged | MSR_DR, HERE, NO_PAGE | STORE);
    expect_data_storage(code_lbz, problem, HERE + 0xfff, NO_PAGE);
    expect_data_storage(code_stb, problem, HERE + 0xfff, NO_PAGE | STORE);
    expect_data_storage(code_ldarx, problem, HERE, NO_PAGE);
    expect_data_storage(code_stdcx, problem, HERE, NO_PAGE | STORE);
    expect_data_storage(code_lq, problem, HERE, NO_PAGE);
    /* Relocation of data alone is what counts. */
    expect_done(code_ld, privileged | MSR_IR, (u64)code_ld);
}

/* Update forms leave RA as it was. */
static void no_page_update(void)
{
    struct state s;

    segment_here();
    s = access_at(code_lwzu, problem, HERE);
    expect_interrupt(&s, 0x300, (u64)code_lwzu, 0);
    expect("DAR", s.dar, HERE + 8);
    expect("RA", s.gpr[3], HERE);
    s = access_at(code_stdu, problem, HERE);
    expect("DAR", s.dar, HERE + 8);
    expect("RA", s.gpr[3], HERE);
}

static void no_page_cache(void)
{
    static const u32 *const codes[] = { code_dcbf, code_dcbst, code_icbi, code_dcbz };
    struct state s;

    segment_here();
    for (u64 i = 0; i < 4; i++) {
        s = access_at(codes[i], problem, HERE + 4);
        expect_interrupt(&s, 0x300, (u64)codes[i], 0);
        expect("DAR's block", s.dar & ~127ul, HERE); /* it may be anywhere there */
        expect("DSISR", s.dsisr, codes[i] == code_dcbz ? NO_PAGE | STORE : NO_PAGE);
    }
    s = access_at(code_hints, problem, HERE);
    expect_interrupt(&s, 0x700, (u64)code_hints + 8, TRAP);
}

/* An access to two pages of which the second is missing: DAR is in its first doubleword there. */
static void no_second_page(void)
{
    struct state s;

    page_here(MAP_ALL);
    s = access_at(code_ld, problem, HERE + 0xffc);
    expect_interrupt(&s, 0x300, (u64)code_ld, 0);
    expect("DAR's doubleword", s.dar & ~7ul, HERE + 0x1000);
    expect("DSISR", s.dsisr, NO_PAGE);
    s = access_at(code_std, problem, HERE + 0xffd);
    expect_interrupt(&s, 0x300, (u64)code_std, 0);
    expect("DAR's doubleword", s.dar & ~7ul, HERE + 0x1000);
    expect("DSISR", s.dsisr, NO_PAGE | STORE);
}

static void no_first_page(void)
{
    struct state s;

    segment_here();
    map(HERE + 0x1000, (u64)take_memory(12), 12, MAP_ALL);
    s = access_at(code_ld, problem, HERE + 0xffe);
    expect_interrupt(&s, 0x300, (u64)code_ld, 0);
    expect("DAR's doubleword", s.dar & ~7ul, HERE + 0xff8);
}

/* Pages side by side that are not so in memory. */
static void two_pages(void)
{
    u8 *a = take_memory(12), *unused = take_memory(12), *b = take_memory(12);
    struct state s;

    (void)unused;
    map(HERE, (u64)a, 12, MAP_ALL);
    map(HERE + 0x1000, (u64)b, 12, MAP_ALL);
    s = start(code_std, problem);
    s.gpr[3] = HERE + 0xffd;
    s.gpr[4] = 0x1122334455667788;
    run(&s);
    expect_interrupt(&s, 0x700, (u64)code_std + 4, TRAP);
    expect("byte on the first page", a[0xffd], IS_LE ? 0x88 : 0x11);
    expect("byte on the second page", b[4], IS_LE ? 0x11 : 0x88);
    s.gpr[4] = 0;
    s.nia = (u64)code_ld;
    run(&s);
    expect("what is loaded", s.gpr[4], 0x1122334455667788);
}

static void outside(void)
{
    static const u64 places[] = { OUTSIDE, 0x8000000000000008ul, 0x0040000000000000ul,
                                  0xd000000000000000ul };
    struct state s;

    /* The last one is in the kernel's quadrant, of which the tree has 52 bits. */
    for (u64 i = 0; i < ARRAY_SIZE(places); i++) {
        s = access_at(code_ld, RELOCATED, places[i]);
        expect_interrupt(&s, 0x380, (u64)code_ld, 0);
        expect("DAR", s.dar, places[i]);
        s = access_at(code_std, RELOCATED, places[i]);
        expect_interrupt(&s, 0x380, (u64)code_std, 0);
        s = start((const u32 *)places[i], RELOCATED);
        expect_run(&s, 0x480, places[i] & ~3ul, 0);
    }
}

/* ---- protection ---- */

static void read_only(void)
{
    page_here(READ | USER);
    expect_done(code_ld, problem, HERE);
    expect_data_storage(code_std, problem, HERE, PROTECTED | STORE);
    expect_data_storage(code_std, RELOCATED, HERE + 8, PROTECTED | STORE);
    expect_data_storage(code_stwcx, problem, HERE + 8, PROTECTED | STORE);
}

static void privileged_page(void)
{
    page_here(READ | WRITE);
    expect_done(code_ld, RELOCATED, HERE);
    expect_done(code_std, RELOCATED, HERE);
    expect_data_storage(code_ld, problem, HERE, PROTECTED);
    expect_data_storage(code_std, problem, HERE, PROTECTED | STORE);
    expect_data_storage(code_ld, problem, KERNEL, PROTECTED);
}

static void privileged_read_only(void)
{
    page_here(READ);
    expect_done(code_ld, RELOCATED, HERE);
    expect_data_storage(code_std, RELOCATED, HERE, PROTECTED | STORE);
    expect_data_storage(code_ld, problem, HERE, PROTECTED);
}

/* Radix: stores imply loads. [ISA3.0 III 5.7.10.3] */
static void no_read(void)
{
    page_here(USER | EXECUTE);
    expect_data_storage(code_ld, problem, HERE, PROTECTED);
    expect_data_storage(code_std, problem, HERE, PROTECTED | STORE);
}

/* ---- fetches ---- */

static void put_trap(u8 *at)
{
    *(u32 *)at = 0x7fe00008;
    sync_code(at, 4);
}

static void expect_fetch(u64 msr, u64 bits)
{
    struct state s = start((const u32 *)(HERE + 16), msr);

    expect_run(&s, bits == TRAP ? 0x700 : 0x400, HERE + 16, bits);
    expect("DAR", s.dar, 0x4444444444444444); /* as it was */
    expect("DSISR", s.dsisr, 0x55555555);
}

static void fetch_no_page(void)
{
    segment_here();
    expect_fetch(problem, NO_PAGE);
    expect_fetch(RELOCATED, NO_PAGE);
    expect_fetch(privileged | MSR_IR, NO_PAGE);
}

static void fetch_no_execute(void)
{
    put_trap(page_here(READ | WRITE | USER) + 16);
    expect_fetch(problem, NO_EXECUTE);
    expect_fetch(RELOCATED, NO_EXECUTE);
}

static void fetch_execute(void)
{
    put_trap(page_here(READ | EXECUTE | USER) + 16);
    expect_fetch(problem, TRAP);
    expect_fetch(RELOCATED, TRAP);
    unmap(HERE);
    expect_fetch(problem, NO_PAGE);
}

static void fetch_privileged_page(void)
{
    put_trap(page_here(READ | EXECUTE) + 16);
    expect_fetch(RELOCATED, TRAP);
    expect_fetch(problem, PROTECTED);
}

/* Execution alone is enough. */
static void fetch_execute_only(void)
{
    put_trap(page_here(EXECUTE | USER) + 16);
    expect_fetch(problem, TRAP);
}

static void fetch_guarded(void)
{
    put_trap(page_here(MAP_ALL | NO_CACHE | GUARDED) + 16);
    expect_fetch(problem, NO_EXECUTE);
}

/* From the end of one page into another that is not there. */
static void fetch_runs_off(void)
{
    u8 *ra = page_here(MAP_ALL);
    struct state s = start((const u32 *)(HERE + 0xff8), problem);

    *(u32 *)(ra + 0xff8) = 0x60000000;
    *(u32 *)(ra + 0xffc) = 0x60000000;
    sync_code(ra + 0xff8, 8);
    expect_run(&s, 0x400, HERE + 0x1000, NO_PAGE);
}

/* ---- storage keys ---- */

static void keys_hash(void)
{
    u64 key = 21;

    put_trap(page_here(MAP_ALL | key << KEY_SHIFT) + 16);
    expect_done(code_ld, problem, HERE);
    mtspr(SPR_AMR, 2ul << (62 - 2 * key)); /* no stores */
    expect_done(code_ld, problem, HERE);
    expect_data_storage(code_std, problem, HERE, KEY | STORE);
    expect_data_storage(code_std, RELOCATED, HERE, KEY | STORE);
    expect_data_storage(code_dcbz, problem, HERE, KEY | STORE);
    mtspr(SPR_AMR, 1ul << (62 - 2 * key)); /* no loads */
    expect_done(code_std, problem, HERE);
    expect_data_storage(code_ld, problem, HERE, KEY);
    mtspr(SPR_AMR, ~(3ul << (62 - 2 * key)));
    mtspr(SPR_IAMR, ~(3ul << (62 - 2 * key)) & ~1ul << 62);
    /* Key 0 of the code is forbidden to loads now; fetches of it are not. */
    expect_fetch(problem, TRAP);
    mtspr(SPR_AMR, 0);
    mtspr(SPR_IAMR, 1ul << (62 - 2 * key));
    expect_fetch(problem, KEY);
    expect_done(code_ld, problem, HERE);
}

/* Problem state forbids itself the next load. */
CODE(code_self, "mtspr 13, 5; isync; ld 4, 0(3); trap");
static void keys_problem(void)
{
    struct state s = start(code_self, problem);
    u64 key = 3;

    page_here(MAP_ALL | key << KEY_SHIFT);
    expect_done(code_ld, problem, HERE);
    mtspr(SPR_UAMOR, ~0ul);
    s.gpr[3] = HERE;
    s.gpr[5] = 1ul << (62 - 2 * key);
    expect_run(&s, 0x300, (u64)code_self + 8, 0);
    expect("DSISR", s.dsisr, KEY);
    expect("AMR", mfspr(SPR_AMR), s.gpr[5]);
    s.gpr[5] = 0;
    expect_run(&s, 0x700, (u64)code_self + 12, TRAP);
}

/* More values in turn than a processor keeps translations for. */
static void keys_many(void)
{
    for (u64 key = 0; key < 32; key++)
        map(HERE + key * 4096, (u64)take_memory(12), 12, MAP_ALL | key << KEY_SHIFT);
    for (u64 round = 0; round < 2; round++)
        for (u64 closed = 1; closed < 32; closed++) {
            mtspr(SPR_AMR, 3ul << (62 - 2 * closed));
            for (u64 key = 0; key < 32; key += key == closed ? 1 : 5)
                if (key == closed)
                    expect_data_storage(code_std, problem, HERE + key * 4096, KEY | STORE);
                else
                    expect_done(code_std, problem, HERE + key * 4096);
            expect_data_storage(code_ld, RELOCATED, HERE + closed * 4096, KEY);
        }
}

/* Key 0 guards problem state's pages from privileged state, and nothing else. [ISA3.0 III 5.7.13.2] */
static void keys_radix(void)
{
    put_trap(page_here(MAP_ALL) + 16);
    mtspr(SPR_AMR, 2ul << 62);
    expect_done(code_ld, RELOCATED, HERE);
    expect_data_storage(code_std, RELOCATED, HERE, KEY | STORE);
    expect_done(code_std, problem, HERE);
    mtspr(SPR_AMR, 1ul << 62);
    expect_data_storage(code_ld, RELOCATED, HERE, KEY);
    expect_done(code_ld, problem, HERE);
    expect_done(code_ld, RELOCATED, KERNEL);
    mtspr(SPR_AMR, ~(3ul << 62));
    expect_done(code_ld, RELOCATED, HERE);
    expect_done(code_std, RELOCATED, HERE);
    mtspr(SPR_AMR, 0);
    mtspr(SPR_IAMR, 1ul << 62);
    expect_fetch(problem, TRAP);
    expect_fetch(privileged | MSR_IR, KEY);
}

/* Problem state changes what UAMOR lets it. */
CODE(code_mtamr, "mtspr 13, 3; mfspr 4, 13; trap");
CODE(code_mtamr_privileged, "mtspr 29, 3; mfspr 4, 13; trap");
static void uamor(void)
{
    struct state s = start(code_mtamr, problem);

    mtspr(SPR_AMR, 0x00ff);
    mtspr(SPR_UAMOR, 0x0f0f);
    s.gpr[3] = 0x1234000000005555;
    expect_run(&s, 0x700, (u64)code_mtamr + 8, TRAP);
    expect("AMR", s.gpr[4], 0x05f5);
    /* By the privileged number there is no such mask. */
    s = start(code_mtamr_privileged, RELOCATED);
    s.gpr[3] = 0x3ff0;
    expect_run(&s, 0x700, (u64)code_mtamr_privileged + 8, TRAP);
    expect("AMR", s.gpr[4], 0x3ff0);
    s = start(code_mtamr_privileged, problem);
    expect_run(&s, 0x700, (u64)code_mtamr_privileged, BIT(45));
}

/* ---- alignment ---- */

static void alignment_reserve(void)
{
    static const u32 *const codes[] = { code_lharx, code_lwarx, code_ldarx, code_lqarx,
                                        code_stwcx, code_stdcx, code_stqcx };

    page_here(MAP_ALL);
    for (u64 i = 0; i < ARRAY_SIZE(codes); i++) {
        expect_alignment(codes[i], problem, HERE + 0x41);
        expect_alignment(codes[i], RELOCATED, HERE + 0x41);
        expect_alignment(codes[i], privileged, 0x41);
    }
    expect_alignment(code_lwarx, problem, HERE + 0x42);
    expect_alignment(code_ldarx, problem, HERE + 0x44);
    expect_alignment(code_lqarx, problem, HERE + 0x48);
}

/* Multiples and strings interrupt in little-endian mode. [ISA3.0 I 3.3.7] */
static void alignment_multiple(void)
{
    static const u32 *const codes[] = { code_lmw, code_stmw, code_lswi, code_stswi };

    page_here(MAP_ALL);
    for (u64 i = 0; i < ARRAY_SIZE(codes); i++)
        if (IS_LE)
            expect_alignment(codes[i], problem, HERE + 0x40);
        else
            expect_done(codes[i], problem, HERE + 0x41);
}

/* Ordinary storage: anything else may be anywhere. */
static void alignment_not(void)
{
    page_here(MAP_ALL);
    for (u64 i = 0; i < 16; i++) {
        expect_done(code_ld, problem, HERE + i);
        expect_done(code_std, problem, HERE + 0x3c + i);
    }
}

/* Caching inhibited: only aligned, no reservations, no dcbz. */
static void uncached(void)
{
    page_here(MAP_ALL | NO_CACHE);
    expect_done(code_ld, problem, HERE + 8);
    expect_done(code_std, problem, HERE + 8);
    expect_alignment(code_ld, problem, HERE + 4);
    expect_alignment(code_std, problem, HERE + 4);
    map(HERE + 0x1000, (u64)take_memory(12), 12, MAP_ALL | NO_CACHE);
    expect_alignment(code_ld, problem, HERE + 0xffc);
    expect_alignment(code_std, problem, HERE + 0xffc);
    expect_alignment(code_dcbz, problem, HERE);
    expect_data_storage(code_lwarx, problem, HERE, BAD_ATTRIBUTE);
    expect_data_storage(code_stdcx, problem, HERE, BAD_ATTRIBUTE | STORE);
    expect_data_storage(code_lq, problem, HERE, BAD_ATTRIBUTE);
}

/* Where no memory is, as a device is mapped: what answers nothing is a machine check; but before that come the
 * interrupts of the page. */
static void nothing_there(void)
{
    u64 page = (HERE & ~0xfffful) + 0x10000;
    struct state s;

    map(page, 1ul << 40, 16, MAP_ALL | NO_CACHE | GUARDED);
    s = access_at(code_ld, problem, page + 8);
    expect("vector", s.vector - 12, 0x200);
    expect("SRR0", s.srr0, (u64)code_ld);
    expect("DAR", s.dar, page + 8);
    s = access_at(code_std, RELOCATED, page + 8);
    expect("vector", s.vector - 12, 0x200);
    expect_alignment(code_ld, problem, page + 2);
    expect_alignment(code_std, problem, page + 2);
    expect_alignment(code_dcbz, problem, page);
    expect_data_storage(code_lwarx, problem, page, BAD_ATTRIBUTE);
    expect_data_storage(code_lq, problem, page, BAD_ATTRIBUTE);
    s = start((const u32 *)page, problem);
    expect_run(&s, 0x400, page, NO_EXECUTE);
}

/* ---- other ---- */

/* Atomic operations: a function that there is not. [ISA3.0 II 4.5] */
static void atomic_function(void)
{
    page_here(MAP_ALL);
    expect_data_storage(code_lwat, problem, HERE + 16, BAD_FUNCTION | STORE);
    expect_data_storage(code_stdat, problem, HERE + 16, BAD_FUNCTION | STORE);
}

/* ---- code that changes ---- */

CODE(code_store_std, "std 4, 0(3); trap");
#if IS_LE
CODE(code_store_words, "srdi 5, 4, 32; stw 4, 0(3); stw 5, 4(3); trap");
#else
CODE(code_store_words, "srdi 5, 4, 32; stw 5, 0(3); stw 4, 4(3); trap");
#endif
CODE(code_store_reserve, "1: ldarx 5, 0, 3; stdcx. 4, 0, 3; bne 1b; trap");
CODE(code_store_quad, "stq 4, 0(3); trap");
CODE(code_store_vector, "mtvsrd 0, 4; xxpermdi 0, 0, 0, 0; stxvd2x 0, 0, 3; trap");
CODE(code_store_float, "mtfprd 1, 4; stfd 1, 0(3); trap");
CODE(code_store_reversed, "stdbrx 4, 0, 3; trap");
CODE(code_store_zero, "dcbz 0, 3; trap");
CODE(code_store_atomic, ".long 0x7c6344cc; trap"); /* ldat 3, 3, 8: exchange with r4 */

static u64 two_words(u32 first, u32 second)
{
    return IS_LE ? (u64)second << 32 | first : (u64)first << 32 | second;
}

/* What has been executed, and is written over by whatever kind of store through another address, is executed
 * anew after the caches have been told. */
static void code_changes(void)
{
    static const struct {
        const u32 *code;
        bool swaps, zeroes;
        enum level first;
    } stores[] = {
        { code_store_std, false, false, 0 },         { code_store_words, false, false, 0 },
        { code_store_reserve, false, false, 0 },     { code_store_quad, false, false, 0 },
        { code_store_vector, false, false, 0 },      { code_store_float, false, false, 0 },
        { code_store_reversed, true, false, 0 },     { code_store_zero, false, true, 0 },
        { code_store_atomic, false, false, ISA_3_0 }
    };
    u8 *ra = page_here(MAP_ALL);
    const u64 alias = HERE + 0x1000, trap_nop = two_words(0x7fe00008, 0x60000000),
              sc_nop = two_words(0x44000002, 0x60000000);

    map(alias, (u64)ra, 12, READ | WRITE | USER);
    for (u64 i = 0; i < ARRAY_SIZE(stores); i++) {
        if (level < stores[i].first)
            continue;
        for (u64 k = 0; k < 4; k++) {
            u64 value = k & 1 ? sc_nop : trap_nop;
            struct state s = start(stores[i].code, problem | MSR_FP | MSR_VEC | MSR_VSX);

            s.gpr[3] = alias;
            s.gpr[4] = s.gpr[5] = stores[i].swaps ? __builtin_bswap64(value) : value;
            run(&s);
            expect("the store's end", s.srr1 & TRAP, TRAP);
            sync_code(ra, 16);
            s = start((const u32 *)HERE, problem);
            if (stores[i].zeroes)
                expect_run(&s, 0x700, HERE, BIT(44));
            else if (k & 1)
                expect_run(&s, 0xc00, HERE + 4, 0);
            else
                expect_run(&s, 0x700, HERE, TRAP);
        }
    }
}

static u64 attributes_of(u64 ea)
{
    u64 r[10] = { H_READ, 0, 0 };

    if (mmu == MMU_RADIX)
        return be64(*radix_entry(ea)) & (PTE_R | PTE_C);
    r[2] = hash_index(ea);
    hcall(r);
    return r[2] & (HPTE_R | HPTE_C);
}

static void clear_attributes(u64 ea)
{
    if (mmu == MMU_RADIX) {
        *radix_entry(ea) &= ~be64(PTE_R | PTE_C);
        radix_flush();
    } else {
        u64 r[10];

        /* Again, without them. */
        r[0] = H_READ, r[1] = 0, r[2] = hash_index(ea);
        hcall(r);
        hcall4(H_REMOVE, 0, hash_index(ea), 0, 0);
        hcall4(H_ENTER, BIT(24), hash_index(ea), r[1], r[2] & ~(u64)(HPTE_R | HPTE_C));
    }
}

/* Reference and change bits are set by what needs them. */
static void reference_change(void)
{
    put_trap(page_here(MAP_ALL) + 16);
    clear_attributes(HERE);
    expect("R and C at first", attributes_of(HERE), 0);
    expect_done(code_ld, problem, HERE);
    expect("R and C after a load", attributes_of(HERE), PTE_R);
    expect_done(code_ld, problem, HERE);
    expect_done(code_std, problem, HERE);
    expect("R and C after a store", attributes_of(HERE), PTE_R | PTE_C);
    clear_attributes(HERE);
    expect_fetch(problem, TRAP);
    expect("R and C after a fetch", attributes_of(HERE), PTE_R);
}

static void ail_storage(void)
{
    struct state s;

    set_ail(3);
    segment_here();
    expect_data_storage(code_ld, problem, HERE, NO_PAGE);
    expect_data_storage(code_std, RELOCATED, HERE, NO_PAGE | STORE);
    expect_data_storage(code_ld, privileged | MSR_DR, HERE, NO_PAGE);
    s = access_at(code_ld, problem, OUTSIDE);
    expect_interrupt(&s, 0x380, (u64)code_ld, 0);
    s = start((const u32 *)HERE, problem);
    expect_run(&s, 0x400, HERE, NO_PAGE);
    s = start((const u32 *)OUTSIDE, problem);
    expect_run(&s, 0x480, OUTSIDE, 0);
    s = access_at(code_lwarx, problem, 0x41);
    expect_interrupt(&s, 0x600, (u64)code_lwarx, 0);
}

/* All memory is reached without translation, whatever the MMU would say; its end with it too. */
static void real_memory(void)
{
    u64 *last = (u64 *)0xffffff8;

    *last = 0x1357;
    expect_done(code_ld, privileged, (u64)last);
    expect_done(code_std, privileged, (u64)last);
    *last = 0x2468;
    map(HERE, (u64)last & ~0xffful, 12, MAP_ALL);
    expect_done(code_ld, problem, HERE + 0xff8);
    expect("the last doubleword", access_at(code_ld, problem, HERE + 0xff8).gpr[4], 0x2468);
}

/* Real addresses: the top four bits do not count. */
static void real_address(void)
{
    static u64 cell = 0x12345678;
    struct state s = access_at(code_ld, privileged, (u64)&cell | 0xf000000000000000ul);

    expect_interrupt(&s, 0x700, (u64)code_ld + 4, TRAP);
    expect("what is loaded", s.gpr[4], 0x12345678);
    s = start((const u32 *)((u64)code_ld + 4 + 0xa000000000000000ul), privileged);
    expect_run(&s, 0x700, (u64)code_ld + 4 + 0xa000000000000000ul, TRAP);
}

/* clang-format off */
TESTS({ "no-page", no_page, WORLD, 0, 0 },
      { "no-page-update", no_page_update, WORLD, 0, 0 },
      { "no-page-cache", no_page_cache, WORLD, 0, 0 },
      { "no-second-page", no_second_page, WORLD, 0, 0 },
      { "no-first-page", no_first_page, WORLD, 0, 0 },
      { "two-pages", two_pages, WORLD, 0, 0 },
      { "outside", outside, WORLD, 0, 0 },
      { "read-only", read_only, WORLD, 0, 0 },
      { "privileged-page", privileged_page, WORLD, 0, 0 },
      { "privileged-read-only", privileged_read_only, WORLD, 0, 0 },
      { "no-read", no_read, RADIX, 0, 0 },
      { "fetch-no-page", fetch_no_page, WORLD, 0, 0 },
      { "fetch-no-execute", fetch_no_execute, WORLD, 0, 0 },
      { "fetch-execute", fetch_execute, WORLD, 0, 0 },
      { "fetch-privileged-page", fetch_privileged_page, WORLD, 0, 0 },
      { "fetch-execute-only", fetch_execute_only, RADIX, 0, 0 },
      { "fetch-guarded", fetch_guarded, RADIX, 0, 0 },
      { "fetch-runs-off", fetch_runs_off, WORLD, 0, 0 },
      { "keys-hash", keys_hash, HASH, 0, 0 },
      { "keys-problem", keys_problem, HASH, 0, 0 },
      { "keys-many", keys_many, HASH, 0, 0 },
      { "keys-radix", keys_radix, RADIX, 0, 0 },
      { "uamor", uamor, WORLD, 0, 0 },
      { "alignment-reserve", alignment_reserve, WORLD, 0, 0 },
      { "alignment-multiple", alignment_multiple, WORLD, 0, 0 },
      { "alignment-not", alignment_not, WORLD, 0, 0 },
      { "uncached", uncached, RADIX, 0, 0 },
      { "nothing-there", nothing_there, WORLD, 0, 0 },
      { "atomic-function", atomic_function, WORLD, ISA_3_0, 0 },
      { "code-changes", code_changes, WORLD, 0, 0 },
      { "reference-change", reference_change, WORLD, 0, 0 },
      { "ail-storage", ail_storage, WORLD, 0, 0 },
      { "real-memory", real_memory, WORLD, 0, 0 },
      { "real-address", real_address, REAL, 0, 0 });
/* clang-format on */
