/* Interrupts that come from outside the instruction stream: decrementer, external, doorbell, performance
 * monitor; and what becomes of them while they are disabled. [ISA3.0 III 6.5.7, 6.5.11, 6.5.12, 7.3] */
#include "bare.h"
#include "mmu.h"

#define TRAP BIT(46)
#define WAITING (privileged | MSR_EE)

CODE(code_wait, "1: addi 3, 3, 1; b 1b");
/* Until they are enabled: a count, then MSR[EE] on with what r4 says, and off again. */
CODE(code_enable, "1: bdnz 1b; mtmsrd 4, 1; nop; mtmsrd 5, 1; trap");

/* Some thousand instructions with interrupts off, then on. */
static struct state enable_later(void)
{
    struct state s = start(code_enable, privileged);

    s.ctr = 5000;
    s.gpr[4] = MSR_EE | MSR_RI;
    s.gpr[5] = MSR_RI;
    return s;
}

/* SRR0 is somewhere in the loop. */
static void expect_somewhere(struct state *s, u64 vector)
{
    run(s);
    expect("SRR0 in the loop", s->srr0 == (u64)code_wait || s->srr0 == (u64)code_wait + 4, 1);
    expect_interrupt(s, vector, s->srr0, 0);
}

static void expect_pending(u64 vector)
{
    struct state s = enable_later();

    run(&s);
    expect_interrupt_from(&s, vector, (u64)code_enable + 8, 0, privileged | MSR_EE);
}

static void expect_nothing(void)
{
    struct state s = enable_later();

    expect_run(&s, 0x700, (u64)code_enable + 16, TRAP);
}

/* ---- decrementer ---- */

static void decrementer(void)
{
    struct state s = start(code_wait, WAITING);

    mtspr(SPR_DEC, 20000);
    expect_somewhere(&s, 0x900);
    expect("DEC is negative", (s64)mfspr(SPR_DEC) < 0 || (u32)mfspr(SPR_DEC) >> 31, 1);
}

static void decrementer_problem(void)
{
    struct state s = start(code_wait, problem);

    mtspr(SPR_DEC, 20000);
    expect_somewhere(&s, 0x900);
    mtspr(SPR_DEC, 20000);
    set_ail(3);
    s = start(code_wait, problem);
    expect_somewhere(&s, 0x900);
}

/* The exception exists while DEC is negative, and no longer. [ISA2.07 III 7.3] */
static void decrementer_level(void)
{
    mtspr(SPR_DEC, -1);
    expect_pending(0x900);
    /* Taken once, it is still there. */
    expect_pending(0x900);
    mtspr(SPR_DEC, 0x7fffffff);
    expect_nothing();
    mtspr(SPR_DEC, -1);
    mtspr(SPR_DEC, 0x7fffffff);
    expect_nothing();
}

/* Pending when a return enables it: before the first instruction there. When mtmsr does: behind it. */
CODE(code_mtmsr, "mtmsr 4; nop; trap");
static void decrementer_at_once(void)
{
    struct state s = start(code_mtmsr, privileged);

    mtspr(SPR_DEC, -1);
    s.gpr[4] = WAITING;
    run(&s);
    expect_interrupt_from(&s, 0x900, (u64)code_mtmsr + 4, 0, WAITING);
    s = start(code_wait, WAITING);
    expect_run(&s, 0x900, (u64)code_wait, 0);
}

/* From 0x80000000 on it is negative; after -2^31 comes a large positive number, and the exception is gone.
 * The large decrementer has 56 bits, sign-extended. [ISA3.0 III 7.3] */
static void decrementer_wrap(void)
{
    struct state s;
    bool is_large;

    mtspr(SPR_DEC, -1);
    is_large = mfspr(SPR_DEC) >> 32;
    expect("a large decrementer", is_large, level >= ISA_3_0);
    /* More ticks are left if they have passed before the interrupt could be taken. */
    for (u64 left = 3000000; left < 1ul << 30; left *= 4) {
        mtspr(SPR_DEC, (is_large ? 0xff80000000000000ul : 0x80000000ul) + left);
        s = enable_later();
        run(&s);
        if (s.vector - 12 == 0x900)
            break;
    }
    expect_interrupt_from(&s, 0x900, (u64)code_enable + 8, 0, privileged | MSR_EE);
    while (is_large ? mfspr(SPR_DEC) >> 63 : mfspr(SPR_DEC) >> 31)
        ;
    expect_nothing();
    expect("DEC's high bits", mfspr(SPR_DEC) >> (is_large ? 55 : 31), 0);
    expect("DEC is large", mfspr(SPR_DEC) > (is_large ? 0x7f000000000000ul : 0x7f000000ul), 1);
}

static void decrementer_counts(void)
{
    u64 tb, dec, ticks;

    mtspr(SPR_DEC, 0x7fffffff);
    dec = mfspr(SPR_DEC); /* first, as it is read last */
    tb = mfspr(SPR_TB);
    while (mfspr(SPR_TB) - tb < 100000)
        ;
    ticks = dec - mfspr(SPR_DEC);
    expect("it counts as the time base does", ticks >= 100000, 1);
}

/* H_CEDE sleeps until the decrementer is due, and the interrupt is taken behind it. */
CODE(code_cede, "sc 1; nop; trap");
static void cede(void)
{
    struct state s = start(code_cede, privileged);
    u64 tb = mfspr(SPR_TB);

    mtspr(SPR_DEC, 500000);
    s.gpr[3] = H_CEDE;
    run(&s);
    expect_interrupt_from(&s, 0x900, (u64)code_cede + 4, 0, privileged | MSR_EE);
    expect("status", s.gpr[3], 0);
    expect("time passed", mfspr(SPR_TB) - tb >= 500000, 1);
}

/* ---- external ---- */

static void send_ipi(void)
{
    expect("H_CPPR", hcall4(H_CPPR, 0xff, 0, 0, 0), 0);
    expect("H_IPI", hcall4(H_IPI, 0, 4, 0, 0), 0);
}

/* The interrupt is level-sensitive: taken until it is accepted. */
static void external(void)
{
    struct state s = start(code_wait, WAITING);
    u64 r[10] = { H_XIRR };

    send_ipi();
    expect_somewhere(&s, 0x500);
    expect_pending(0x500);
    hcall(r);
    expect("H_XIRR", r[0], 0);
    expect("XIRR", r[1], 0xff000002);
    expect_nothing();
    expect("H_IPI off", hcall4(H_IPI, 0, 0xff, 0, 0), 0);
    expect("H_EOI", hcall4(H_EOI, 0xff000002, 0, 0, 0), 0);
    expect_nothing();
}

/* A masked one comes when the priority lets it. */
static void external_masked(void)
{
    u64 r[10] = { H_XIRR };

    expect("H_CPPR", hcall4(H_CPPR, 4, 0, 0, 0), 0);
    expect("H_IPI", hcall4(H_IPI, 0, 4, 0, 0), 0);
    expect_nothing();
    expect("H_CPPR", hcall4(H_CPPR, 5, 0, 0, 0), 0);
    expect_pending(0x500);
    hcall(r);
    expect("XIRR", r[1], 0x05000002);
    hcall4(H_IPI, 0, 0xff, 0, 0);
    hcall4(H_EOI, 0x05000002, 0, 0, 0);
    hcall4(H_CPPR, 0, 0, 0, 0);
    expect_nothing();
}

/* ---- doorbell ---- */

CODE(code_doorbell, "msgsndp 3; nop; nop; trap");
static void doorbell(void)
{
    struct state s = start(code_doorbell, WAITING);

    s.gpr[3] = 5ul << 27;
    run(&s);
    expect("SRR0 behind it", s.srr0 >= s.nia + 4 && s.srr0 <= s.nia + 12, 1);
    expect_interrupt(&s, 0xa00, s.srr0, 0);
    expect_nothing(); /* taken, it is gone */
    /* Disabled, it waits; msgclrp takes it back. */
    s = start(code_doorbell, privileged);
    s.gpr[3] = 5ul << 27;
    expect_run(&s, 0x700, (u64)code_doorbell + 12, TRAP);
    expect("DPDES", mfspr(176), 1);
    expect_pending(0xa00);
    expect("DPDES", mfspr(176), 0);
    expect_run(&s, 0x700, (u64)code_doorbell + 12, TRAP);
    asm volatile("msgclrp %0" ::"r"(5ul << 27));
    expect_nothing();
    /* Another type, another thread: nothing. */
    s.gpr[3] = 4ul << 27;
    expect_run(&s, 0x700, (u64)code_doorbell + 12, TRAP);
    expect_nothing();
}

CODE(code_msgsndp, "msgsndp 3; trap");
static void doorbell_problem(void)
{
    struct state s = start(code_msgsndp, problem);

    expect_run(&s, 0x700, (u64)code_msgsndp, BIT(45));
}

/* ---- performance monitor ---- */

enum { MMCR0 = 795, PMC5 = 791 };
#define FC BIT(32)
#define PMAE BIT(37)
#define FCECE BIT(38)
#define PMCJCE BIT(49)
#define PMAO BIT(56)

/* Counter 5 counts completed instructions; when it turns negative an alert occurs. */
static void performance_monitor(void)
{
    struct state s = start(code_wait, WAITING);

    mtspr(MMCR0, FC);
    mtspr(PMC5, 0x7ffff000);
    mtspr(MMCR0, PMAE | FCECE | PMCJCE);
    expect_somewhere(&s, 0xf00);
    expect("MMCR0 after it", mfspr(MMCR0) & (FC | PMAE | PMAO), FC | PMAO);
    /* Still there until PMAO is cleared. */
    expect_pending(0xf00);
    mtspr(MMCR0, FC);
    expect_nothing();
}

/* ---- several at once ---- */

/* The book leaves the order open; each is taken when its time comes, and none is lost. */
static void all_of_them(void)
{
    struct state s = start(code_msgsndp, privileged);
    u64 seen = 0, r[10] = { H_XIRR };

    s.gpr[3] = 5ul << 27;
    run(&s);
    send_ipi();
    mtspr(SPR_DEC, -1);
    for (u64 i = 0; i < 3; i++) {
        s = start(code_wait, WAITING);
        run(&s);
        switch (s.vector - 12) {
        case 0x500:
            hcall(r);
            hcall4(H_IPI, 0, 0xff, 0, 0);
            hcall4(H_EOI, 0xff000002, 0, 0, 0);
            seen |= 1;
            break;
        case 0x900:
            mtspr(SPR_DEC, 0x7fffffff);
            seen |= 2;
            break;
        case 0xa00:
            seen |= 4;
            break;
        }
    }
    expect("interrupts that came", seen, 7);
    expect_nothing();
}

/* clang-format off */
TESTS({ "decrementer", decrementer, REAL, 0, 0 },
      { "decrementer-problem", decrementer_problem, WORLD, 0, 0 },
      { "decrementer-level", decrementer_level, REAL, 0, 0 },
      { "decrementer-at-once", decrementer_at_once, REAL, 0, 0 },
      { "decrementer-wrap", decrementer_wrap, REAL, 0, 0 },
      { "decrementer-counts", decrementer_counts, REAL, 0, 0 },
      { "cede", cede, REAL, 0, 0 },
      { "external", external, REAL, 0, 0 },
      { "external-masked", external_masked, REAL, 0, 0 },
      { "doorbell", doorbell, REAL, 0, 0 },
      { "doorbell-problem", doorbell_problem, WORLD, 0, 0 },
      { "performance-monitor", performance_monitor, REAL, 0, 0 },
      { "all-of-them", all_of_them, REAL, 0, 0 });
/* clang-format on */
