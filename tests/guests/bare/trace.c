/* Single-step and branch trace, and the breakpoints: instruction address (CIABR) and data address (DAWR).
 * [ISA3.0 III 6.5.15, 8; ISA3.1 III 7.5.15, 9] */
#include "bare.h"
#include "mmu.h"

/* SRR1 of the trace interrupt. */
#define TRACED BIT(33)
#define PREFIXED BIT(34)
#define LOAD BIT(35)
#define STORE BIT(36)
#define BREAKPOINT BIT(43)

#define TRAP BIT(46)
#define RELOCATED (privileged | MSR_IR | MSR_DR)

/* What is stepped over, and what SRR1 tells about it. */
CODE(
    code_steps,
    "nop; ld 4, 0(3); std 4, 0(3); lwarx 4, 0, 3; stwcx. 4, 0, 3; dcbt 0, 3; dcbz 0, 3; dcbst 0, 3;"
    "isync; mtmsrd 5, 1; mfmsr 6; sync; trap");
static void step(void)
{
    static const u64 kinds[] = { 0, LOAD, STORE, LOAD, STORE, LOAD, STORE, LOAD, 0, 0, 0, 0 };
    static u64 cell[32] __attribute__((aligned(128)));
    struct state s = start(code_steps, privileged | MSR_SE);

    s.gpr[3] = (u64)cell;
    s.gpr[5] = MSR_RI;
    for (u64 i = 0; i < ARRAY_SIZE(kinds); i++) {
        s.nia = (u64)&code_steps[i];
        expect_run(&s, 0xd00, s.nia + 4, TRACED | kinds[i]);
    }
    /* One that causes an interrupt is not traced. */
    s.nia = (u64)&code_steps[ARRAY_SIZE(kinds)];
    expect_run(&s, 0x700, s.nia, TRAP);
}

CODE(code_step_faults, "ld 4, 0(3); sc; .long 0; trap");
static void step_faults(void)
{
    struct state s = start(code_step_faults, problem | MSR_SE);

    if (mmu == MMU_HASH)
        segment_add(0x10000000, false, 12, SLB_KP);
    s.gpr[3] = 0x10000000;
    expect_run(&s, 0x300, s.nia, 0);
    s.nia += 4;
    expect_run(&s, 0xc00, s.nia + 4, 0);
    s.nia += 4;
    expect_run(&s, 0x700, s.nia, BIT(44));
}

static void step_problem(void)
{
    struct state s = start(code_steps, problem | MSR_SE);

    expect_run(&s, 0xd00, s.nia + 4, TRACED);
    set_ail(3);
    s = start(code_steps, problem | MSR_SE);
    expect_run(&s, 0xd00, s.nia + 4, TRACED);
}

/* Neither a return, nor the instruction that turns tracing on, is traced; the next one is. */
CODE(code_step_on, "mtmsrd 4; nop; nop; trap");
CODE(code_step_rfid, "mtsrr0 5; mtsrr1 4; rfid; trap");
static void step_begins(void)
{
    struct state s = start(code_step_on, privileged);

    s.gpr[4] = privileged | MSR_SE;
    run(&s);
    expect_interrupt_from(&s, 0xd00, (u64)code_step_on + 8, TRACED, privileged | MSR_SE);
    s = start(code_step_rfid, privileged);
    s.gpr[4] = privileged | MSR_SE;
    s.gpr[5] = (u64)code_steps;
    run(&s);
    expect_interrupt_from(&s, 0xd00, (u64)code_steps + 4, TRACED, privileged | MSR_SE);
}

/* Branches, taken or not, are traced by either bit; by BE they alone are. */
CODE(code_branches, "b 1f; trap; 1: bne cr0, 2f; nop; 2: bdz 2b; nop; beqlr cr0; bctr; trap");
static void branches(void)
{
    struct state s = start(code_branches, privileged | MSR_BE);
    u64 at = s.nia;

    s.cr = 0x20000000; /* EQ */
    s.lr = at + 28;
    s.ctr = 1;
    expect_run(&s, 0xd00, at + 8, TRACED);
    s.nia = at + 8; /* not taken */
    expect_run(&s, 0xd00, at + 12, TRACED);
    s.nia = at + 12; /* the nop is not traced, bdz is taken */
    expect_run(&s, 0xd00, at + 16, TRACED);
    expect("CTR", s.ctr, 0);
    s.nia = at + 16; /* bdz is not */
    expect_run(&s, 0xd00, at + 20, TRACED);
    s.nia = at + 24;
    expect_run(&s, 0xd00, at + 28, TRACED);
    s.ctr = at + 32;
    s.nia = at + 28;
    expect_run(&s, 0xd00, at + 32, TRACED);
    s.nia = at + 28;
    s.msr = privileged | MSR_SE;
    expect_run(&s, 0xd00, at + 32, TRACED);
    s.msr = privileged;
    expect_run(&s, 0x700, at + 32, TRAP);
}

CODE(code_step_prefixed, "pli 4, 1; pld 4, 0(3), 0; pstd 4, 0(3), 0; trap");
static void step_prefixed(void)
{
    static u64 cell;
    struct state s = start(code_step_prefixed, privileged | MSR_SE);

    s.gpr[3] = (u64)&cell;
    expect_run(&s, 0xd00, s.nia + 8, TRACED | PREFIXED);
    s.nia += 8;
    expect_run(&s, 0xd00, s.nia + 8, TRACED | PREFIXED | LOAD);
    s.nia += 8;
    expect_run(&s, 0xd00, s.nia + 8, TRACED | PREFIXED | STORE);
}

/* ---- instruction address breakpoint: H_SET_MODE resource 1; the last two bits say in which state ---- */

enum { IN_PROBLEM = 1, IN_PRIVILEGED = 2 };

static void set_ciabr(u64 v)
{
    expect("H_SET_MODE", hcall4(H_SET_MODE, 0, 1, v, 0), 0);
}

CODE(code_ciabr, "nop; nop; b 1f; nop; 1: nop; trap");
static void ciabr(void)
{
    struct state s = start(code_ciabr, privileged);

    set_ciabr(((u64)code_ciabr + 4) | IN_PRIVILEGED);
    expect_run(&s, 0xd00, (u64)code_ciabr + 8, TRACED | BREAKPOINT);
    /* A branch is complete when it has branched. */
    set_ciabr(((u64)code_ciabr + 8) | IN_PRIVILEGED);
    expect_run(&s, 0xd00, (u64)code_ciabr + 16, TRACED | BREAKPOINT);
    set_ciabr(((u64)code_ciabr + 4) | IN_PROBLEM);
    expect_run(&s, 0x700, (u64)code_ciabr + 20, TRAP);
    set_ciabr(((u64)code_ciabr + 12) | IN_PRIVILEGED); /* jumped over */
    expect_run(&s, 0x700, (u64)code_ciabr + 20, TRAP);
    set_ciabr(((u64)code_ciabr + 20) | IN_PRIVILEGED); /* interrupts of its own come first */
    expect_run(&s, 0x700, (u64)code_ciabr + 20, TRAP);
    set_ciabr(0);
    expect_run(&s, 0x700, (u64)code_ciabr + 20, TRAP);
    expect("H_SET_MODE, hypervisor state", hcall4(H_SET_MODE, 0, 1, 3, 0), -56ul);
}

static void ciabr_problem(void)
{
    struct state s = start(code_ciabr, problem);

    set_ciabr(((u64)code_ciabr + 4) | IN_PROBLEM);
    expect_run(&s, 0xd00, (u64)code_ciabr + 8, TRACED | BREAKPOINT);
    set_ciabr(((u64)code_ciabr + 4) | IN_PRIVILEGED);
    expect_run(&s, 0x700, (u64)code_ciabr + 20, TRAP);
    s.msr = RELOCATED;
    expect_run(&s, 0xd00, (u64)code_ciabr + 8, TRACED | BREAKPOINT);
    set_ciabr(0);
}

/* ---- data address watchpoints: H_SET_MODE resources 2 and 5 ---- */

#define DSISR_DAWR BIT(41)
#define DSISR_STORE BIT(38)

/* DAWRX, bits of 32: MRD 48:53 (length of the range in doublewords, less one), 56 HRAMMC, 57 DW, 58 DR, 59 WT,
 * 60 WTI, 61:63 in hypervisor, privileged, problem state. [ISA3.0 III 8.1] */
#define ON_STORE BIT(57)
#define ON_LOAD BIT(58)
#define WT BIT(59)
#define WTI BIT(60)
#define PRIVILEGED BIT(62)
#define PROBLEM BIT(63)
#define MRD(doublewords) ((u64)((doublewords)-1) << 10)

static void set_dawr(u64 which, u64 address, u64 how)
{
    expect("H_SET_MODE", hcall4(H_SET_MODE, 0, which ? 5 : 2, address, how), 0);
}

CODE(code_ld, "ld 4, 0(3); trap");
CODE(code_std, "std 4, 0(3); trap");
CODE(code_lbz, "lbz 4, 0(3); trap");
CODE(code_stb, "stb 4, 0(3); trap");
CODE(code_dcbz, "dcbz 0, 3; trap");
CODE(code_ldarx, "ldarx 4, 0, 3; trap");
CODE(code_lvx, "lvx 4, 0, 3; trap");

static u64 watched[64] __attribute__((aligned(512)));

static void expect_watched(const u32 *code, u64 msr, u64 ea, u64 dsisr)
{
    struct state s = start(code, msr);

    s.gpr[3] = ea;
    expect_run(&s, 0x300, (u64)code, 0);
    expect("DSISR", s.dsisr, dsisr);
}

static void expect_unwatched(const u32 *code, u64 msr, u64 ea)
{
    struct state s = start(code, msr);

    s.gpr[3] = ea;
    expect_run(&s, 0x700, (u64)code + 4, TRAP);
}

static void check_dawr(u64 which)
{
    u64 at = (u64)&watched[4];

    watched[4] = 0;
    set_dawr(which, at, ON_STORE | PROBLEM | WTI);
    expect_watched(code_std, problem, at, DSISR_DAWR | DSISR_STORE);
    expect("nothing was stored", watched[4], 0);
    expect_watched(code_stb, problem, at + 7, DSISR_DAWR | DSISR_STORE);
    expect_watched(code_std, problem, at - 4, DSISR_DAWR | DSISR_STORE);
    expect_unwatched(code_ld, problem, at);
    expect_unwatched(code_std, problem, at + 8);
    expect_unwatched(code_std, problem, at - 8);
    expect_unwatched(code_std, RELOCATED, at);
    set_dawr(which, at, ON_LOAD | PRIVILEGED | WTI);
    expect_watched(code_ld, RELOCATED, at, DSISR_DAWR);
    expect_watched(code_lbz, RELOCATED, at + 3, DSISR_DAWR);
    expect_watched(code_ldarx, RELOCATED, at, DSISR_DAWR);
    expect_unwatched(code_ld, problem, at);
    expect_unwatched(code_std, RELOCATED, at);
    set_dawr(which, at, ON_LOAD | ON_STORE | PRIVILEGED | PROBLEM | WTI);
    expect_watched(code_ld, problem, at, DSISR_DAWR);
    expect_watched(code_std, RELOCATED, at, DSISR_DAWR | DSISR_STORE);
    set_dawr(which, 0, 0);
    expect_unwatched(code_std, problem, at);
    expect_unwatched(code_ld, RELOCATED, at);
}

static void dawr0(void)
{
    check_dawr(0);
}

static void dawr1(void)
{
    check_dawr(1);
}

/* A range of doublewords, up to 64 of them within 512 bytes. */
static void dawr_range(void)
{
    u64 at = (u64)&watched[8];

    set_dawr(0, at, ON_LOAD | PROBLEM | WTI | MRD(5));
    for (u64 i = 0; i < 5; i++)
        expect_watched(code_ld, problem, at + 8 * i, DSISR_DAWR);
    expect_unwatched(code_ld, problem, at + 8 * 5);
    expect_unwatched(code_ld, problem, at - 8);
    set_dawr(0, 0, 0);
}

/* With data relocation or without. */
static void dawr_translation(void)
{
    u64 at = (u64)&watched[4];

    set_dawr(0, at, ON_LOAD | PRIVILEGED | WT);
    expect_watched(code_ld, RELOCATED, at, DSISR_DAWR);
    expect_unwatched(code_ld, privileged, at);
    set_dawr(0, at, ON_LOAD | PRIVILEGED);
    expect_unwatched(code_ld, RELOCATED, at);
    expect_watched(code_ld, privileged, at, DSISR_DAWR);
    set_dawr(0, 0, 0);
}

/* A whole vector is an access to its doublewords; dcbz is a store to its block. */
static void dawr_wide(void)
{
    set_dawr(0, (u64)&watched[3], ON_LOAD | ON_STORE | PROBLEM | WTI);
    expect_watched(code_lvx, problem | MSR_VEC, (u64)&watched[2], DSISR_DAWR);
    expect_unwatched(code_lvx, problem | MSR_VEC, (u64)&watched[4]);
    expect_watched(code_dcbz, problem, (u64)&watched[0], DSISR_DAWR | DSISR_STORE);
    set_dawr(0, 0, 0);
}

/* Storage interrupts of the page come first. */
static void dawr_after_storage(void)
{
    if (mmu == MMU_HASH)
        segment_add(0x10000000, false, 12, SLB_KP);
    set_dawr(0, 0x10000000, ON_LOAD | ON_STORE | PROBLEM | WTI);
    expect_watched(code_ld, problem, 0x10000000, BIT(33));
    set_dawr(0, 0, 0);
}

static void dawr_refused(void)
{
    expect("H_SET_MODE, hypervisor state", hcall4(H_SET_MODE, 0, 2, 0x1000, ON_LOAD | BIT(61)),
           -57ul);
    expect("H_SET_MODE, flags", hcall4(H_SET_MODE, 1, 2, 0x1000, ON_LOAD), -256ul);
}

/* clang-format off */
TESTS({ "step", step, REAL, 0, 0 },
      { "step-faults", step_faults, WORLD, 0, 0 },
      { "step-problem", step_problem, WORLD, 0, 0 },
      { "step-begins", step_begins, REAL, 0, 0 },
      { "branches", branches, REAL, 0, 0 },
      { "step-prefixed", step_prefixed, REAL, ISA_3_1, 0 },
      { "ciabr", ciabr, REAL, 0, 0 },
      { "ciabr-problem", ciabr_problem, WORLD, 0, 0 },
      { "dawr0", dawr0, WORLD, 0, 0 },
      { "dawr1", dawr1, WORLD, ISA_3_1, 0 },
      { "dawr-range", dawr_range, WORLD, 0, 0 },
      { "dawr-translation", dawr_translation, WORLD, 0, 0 },
      { "dawr-wide", dawr_wide, WORLD, 0, 0 },
      { "dawr-after-storage", dawr_after_storage, WORLD, 0, 0 },
      { "dawr-refused", dawr_refused, REAL, 0, 0 });
/* clang-format on */
