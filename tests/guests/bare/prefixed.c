/* Interrupts of prefixed instructions: SRR1[34], blocks of 64 bytes, pages, and what a processor without them
 * does. [ISA3.1 I 1.6.3, III 7.5] */
#include "bare.h"
#include "mmu.h"

#define PREFIXED BIT(34)
#define CROSSING BIT(35)
#define ILLEGAL BIT(44)
#define TRAP BIT(46)
#define NO_PAGE BIT(33)
#define PROTECTED BIT(36)
#define STORE BIT(38)
#define RELOCATED (privileged | MSR_IR | MSR_DR)
#define HERE 0x10000000ul

CODE(code_pli, "pli 4, 0x123456789; trap");
CODE(code_pld, "pld 4, 0x10(3), 0; trap");
CODE(code_pstd, "pstd 4, 0x10(3), 0; trap");
CODE(code_plfd, "plfd 4, 0(3), 0; trap");
CODE(code_plxv, "plxv 4, 0(3), 0; trap");
CODE(code_pnop, "pnop; nop; trap");

static void done(void)
{
    struct state s = start(code_pli, privileged);

    expect_run(&s, 0x700, (u64)code_pli + 8, TRAP);
    expect("RT", s.gpr[4], 0x123456789);
    s = start(code_pnop, privileged);
    expect_run(&s, 0x700, (u64)code_pnop + 12, TRAP);
}

/* Relative to the prefix. */
CODE(code_relative, "nop; pla 4, 0(0), 1; pld 5, 8(0), 1; trap; .quad 0x123456789abcdef");
static void relative(void)
{
    struct state s = start(code_relative, problem);

    /* pld stands 12 bytes behind the beginning, and loads what is 8 bytes behind itself: the trap. */
    expect_run(&s, 0x700, (u64)code_relative + 20, TRAP);
    expect("address", s.gpr[4], (u64)code_relative + 4);
    expect("doubleword", s.gpr[5], *(const u64 *)((u64)code_relative + 20));
}

/* A branch into the suffix executes it alone: addi 4, 0, 0x6789. */
static void suffix_alone(void)
{
    struct state s = start(code_pli + 1, privileged);

    expect_run(&s, 0x700, (u64)code_pli + 8, TRAP);
    expect("RT", s.gpr[4], 0x6789);
}

/* ---- each kind of interrupt has the bit ---- */

static void storage(void)
{
    static const u32 *const codes[] = { code_pld, code_pstd };

    if (mmu == MMU_HASH)
        segment_add(HERE, false, 12, SLB_KP);
    for (u64 i = 0; i < 2; i++) {
        struct state s = start(codes[i], problem);

        s.gpr[3] = HERE;
        expect_run(&s, 0x300, (u64)codes[i], PREFIXED);
        expect("DAR", s.dar, HERE + 0x10);
        expect("DSISR", s.dsisr, NO_PAGE | (i ? STORE : 0));
        s.gpr[3] = 0x4000000000000000;
        expect_run(&s, 0x380, (u64)codes[i], PREFIXED);
        expect("DAR", s.dar, 0x4000000000000010);
    }
}

static void facilities(void)
{
    struct state s = start(code_plfd, privileged);

    expect_run(&s, 0x800, (u64)code_plfd, PREFIXED);
    s = start(code_plxv, privileged | MSR_FP | MSR_VEC);
    expect_run(&s, 0xf40, (u64)code_plxv, PREFIXED);
}

/* The facility of prefixes itself, for problem state. */
static void facility(void)
{
    struct state s = start(code_pli, problem);
    u64 kept = mfspr(SPR_FSCR);

    mtspr(SPR_FSCR, kept & ~BIT(63 - 13) & ~(0xfful << 56));
    run(&s);
    expect("vector", s.vector - 12, 0xf60);
    expect("SRR0", s.srr0, s.nia);
    expect("FSCR's cause", mfspr(SPR_FSCR) >> 56, 13);
    s = start(code_pli, privileged);
    expect_run(&s, 0x700, (u64)code_pli + 8, TRAP);
    mtspr(SPR_FSCR, kept | BIT(63 - 13));
    s = start(code_pli, problem);
    expect_run(&s, 0x700, (u64)code_pli + 8, TRAP);
    mtspr(SPR_FSCR, kept);
}

/* A prefix of type 3 that is none, and a suffix that does not belong to its prefix. */
CODE(code_illegal_prefix, ".long 0x07f00000, 0x60000000; trap");
CODE(code_illegal_suffix, ".long 0x06000000, 0x7c0007ac; trap");
static void illegal(void)
{
    struct state s = start(code_illegal_prefix, privileged);

    expect_run(&s, 0x700, (u64)code_illegal_prefix, ILLEGAL | PREFIXED);
    s = start(code_illegal_suffix, problem);
    expect_run(&s, 0x700, (u64)code_illegal_suffix, ILLEGAL | PREFIXED);
}

/* ---- blocks of 64 bytes ---- */

CODE(code_block, ".rept 14; nop; .endr; pli 4, 1; trap; .balign 64; .rept 15; nop; .endr; .long "
                 "0x06000000, 0x38800001; trap");
static void block(void)
{
    struct state s = start(code_block + 14, privileged);

    /* In the last two words it may be. */
    expect_run(&s, 0x700, (u64)code_block + 64, TRAP);
    expect("RT", s.gpr[4], 1);
    s = start(code_block + 32, privileged);
    s.nia = (u64)code_block + 128 + 60;
    expect_run(&s, 0x600, s.nia, PREFIXED | CROSSING);
    s.msr = problem;
    expect_run(&s, 0x600, s.nia, PREFIXED | CROSSING);
}

/* At the end of a page, the next one missing: the alignment interrupt, since the suffix need not be looked at;
 * and a prefix that is fetched from no page is an instruction like any other. */
static void pages(void)
{
    u32 *ra = take_memory(12);
    struct state s = start((const u32 *)(HERE + 0xffc), problem);

    ra[1023] = 0x06000000;
    sync_code(&ra[1023], 4);
    map(HERE, (u64)ra, 12, MAP_ALL);
    expect_run(&s, 0x600, HERE + 0xffc, PREFIXED | CROSSING);
    s.nia = HERE + 0x1000;
    expect_run(&s, 0x400, HERE + 0x1000, NO_PAGE);
    /* Both there. */
    map(HERE + 0x1000, (u64)ra, 12, MAP_ALL);
    s.nia = HERE + 0xffc;
    expect_run(&s, 0x600, HERE + 0xffc, PREFIXED | CROSSING);
}

/* An operand on two pages. */
static void operand_pages(void)
{
    u8 *ra = take_memory(12);
    struct state s = start(code_pld, problem);

    map(HERE, (u64)ra, 12, READ | USER);
    s.gpr[3] = HERE + 0xffc - 0x10;
    expect_run(&s, 0x300, (u64)code_pld, PREFIXED);
    expect("DAR's doubleword", s.dar & ~7ul, HERE + 0x1000);
    s = start(code_pstd, problem);
    s.gpr[3] = HERE;
    expect_run(&s, 0x300, (u64)code_pstd, PREFIXED);
    expect("DSISR", s.dsisr, PROTECTED | STORE);
}

/* 32-bit mode: the sum is cut. */
static void sf0(void)
{
    static u64 cell = 99;
    struct state s = start(code_pld, problem & ~MSR_SF);

    s.gpr[3] = (u64)&cell - 0x10 + 0xabc00000000ul;
    expect_run(&s, 0x700, (u64)code_pld + 8, TRAP);
    expect("what is loaded", s.gpr[4], 99);
}

/* Before ISA 3.1 a prefix is no instruction, whatever follows. */
static void none_before(void)
{
    struct state s = start(code_pli, privileged);

    expect_run(&s, 0x700, (u64)code_pli, ILLEGAL);
    s = start(code_block + 32, privileged);
    s.nia = (u64)code_block + 128 + 60;
    expect_run(&s, 0x700, s.nia, ILLEGAL);
}

/* clang-format off */
TESTS({ "done", done, REAL, ISA_3_1, 0 },
      { "relative", relative, WORLD, ISA_3_1, 0 },
      { "suffix-alone", suffix_alone, REAL, ISA_3_1, 0 },
      { "storage", storage, WORLD, ISA_3_1, 0 },
      { "facilities", facilities, REAL, ISA_3_1, 0 },
      { "facility", facility, WORLD, ISA_3_1, 0 },
      { "illegal", illegal, WORLD, ISA_3_1, 0 },
      { "block", block, WORLD, ISA_3_1, 0 },
      { "pages", pages, WORLD, ISA_3_1, 0 },
      { "operand-pages", operand_pages, WORLD, ISA_3_1, 0 },
      { "sf0", sf0, WORLD, ISA_3_1, 0 },
      { "none-before", none_before, REAL, 0, ISA_3_0 });
/* clang-format on */
