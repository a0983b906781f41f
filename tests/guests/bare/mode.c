/* Changes of state: 32-bit mode, the instructions that change the MSR, byte orders.
 * [ISA3.0 I 1.11.3, III 4.3.1, 4.4.4] */
#include "bare.h"
#include "mmu.h"

#define ILLEGAL BIT(44)
#define TRAP BIT(46)
#define NO_PAGE BIT(33)
#define RELOCATED (privileged | MSR_IR | MSR_DR)
#define HIGH 0xabcdef0100000000ul
#define HERE 0x10000000ul

/* ---- 32-bit mode ---- */

CODE(code_ld, "ld 4, 0(3); trap");
CODE(code_std, "std 4, 0(3); trap");

static void sf0_address(void)
{
    static u64 cell = 0x123456789abcdef0;
    struct state s = start(code_ld, privileged & ~MSR_SF);

    s.gpr[3] = HIGH | (u64)&cell;
    expect_run(&s, 0x700, (u64)code_ld + 4, TRAP);
    expect("what is loaded", s.gpr[4], 0x123456789abcdef0);
    s.nia = (u64)code_std;
    s.gpr[4] = 0x1111222233334444;
    expect_run(&s, 0x700, (u64)code_std + 4, TRAP);
    expect("what is stored", *(volatile u64 *)&cell, 0x1111222233334444);
}

/* DAR has 32 bits, and 64 in 64-bit mode. */
static void sf0_fault(void)
{
    struct state s = start(code_ld, problem & ~MSR_SF);

    if (mmu == MMU_HASH)
        segment_add(HERE, false, 12, SLB_KP);
    s.gpr[3] = HIGH | HERE;
    expect_run(&s, 0x300, (u64)code_ld, 0);
    expect("DAR", s.dar, HERE);
    expect("DSISR", s.dsisr, NO_PAGE);
    s.msr |= MSR_SF;
    expect_run(&s, 0x380, (u64)code_ld, 0);
    expect("DAR", s.dar, HIGH | HERE);
}

/* A sum that overflows 32 bits. */
CODE(code_ldx, "ldx 5, 3, 4; trap");
static void sf0_sum(void)
{
    static u64 cell = 77;
    struct state s = start(code_ldx, problem & ~MSR_SF);

    s.gpr[3] = 0xfffffff0;
    s.gpr[4] = (u64)&cell + 0x10;
    expect_run(&s, 0x700, (u64)code_ldx + 4, TRAP);
    expect("what is loaded", s.gpr[5], 77);
}

/* Behind 0xfffffffc comes 0; in 64-bit mode 0x100000000. */
static void sf0_wrap(void)
{
    u32 *ra = take_memory(12);
    struct state s = start((const u32 *)0xfffffff8, problem & ~MSR_SF);

    ra[1022] = ra[1023] = 0x60000000;
    sync_code(&ra[1022], 8);
    map(0xfffff000, (u64)ra, 12, MAP_ALL);
    expect_run(&s, 0x700, 0, ILLEGAL);
    s.msr |= MSR_SF;
    expect_run(&s, mmu == MMU_HASH ? 0x480 : 0x400, 0x100000000, mmu == MMU_HASH ? 0 : NO_PAGE);
}

CODE(code_bctr, "bctr; trap");
CODE(code_blr, "blr; trap");
CODE(code_bl, "bl 1f; trap; 1: trap");
CODE(code_trap, "trap");
static void sf0_branches(void)
{
    struct state s = start(code_bctr, privileged & ~MSR_SF);

    s.ctr = HIGH | (u64)code_trap;
    expect_run(&s, 0x700, (u64)code_trap, TRAP);
    s.nia = (u64)code_blr;
    s.lr = HIGH | (u64)code_trap;
    expect_run(&s, 0x700, (u64)code_trap, TRAP);
    s.nia = (u64)code_bl;
    expect_run(&s, 0x700, (u64)code_bl + 8, TRAP);
    expect("LR", s.lr, (u64)code_bl + 4);
}

/* CTR is tested by its low half, but all of it is decremented. */
CODE(code_bdnz, "bdnz 1f; trap; 1: trap");
CODE(code_bdz, "bdz 1f; trap; 1: trap");
static void sf0_ctr(void)
{
    struct state s = start(code_bdnz, privileged & ~MSR_SF);

    s.ctr = HIGH | 1;
    expect_run(&s, 0x700, (u64)code_bdnz + 4, TRAP);
    expect("CTR", s.ctr, HIGH);
    s.nia = (u64)code_bdz;
    s.ctr = HIGH | 1;
    expect_run(&s, 0x700, (u64)code_bdz + 8, TRAP);
    s.msr |= MSR_SF;
    s.ctr = HIGH | 1;
    expect_run(&s, 0x700, (u64)code_bdz + 4, TRAP);
    s.nia = (u64)code_bdnz;
    s.ctr = HIGH | 1;
    expect_run(&s, 0x700, (u64)code_bdnz + 8, TRAP);
}

CODE(code_record, "or. 4, 3, 3; mfcr 5; addic. 6, 3, 0; mfcr 7; trap");
static void sf0_record(void)
{
    static const struct {
        u64 value, cr64, cr32;
    } some[] = { { 0x80000000, 4, 8 }, { 0x100000000, 4, 2 },        { 0x8000000000000000, 8, 2 },
                 { 0x7fffffff, 4, 4 }, { 0xffffffff7fffffff, 8, 4 }, { 0, 2, 2 } };

    for (u64 i = 0; i < ARRAY_SIZE(some); i++)
        for (u64 is_64 = 0; is_64 < 2; is_64++) {
            struct state s = start(code_record, is_64 ? privileged : privileged & ~MSR_SF);

            s.gpr[3] = some[i].value;
            expect_run(&s, 0x700, (u64)code_record + 16, TRAP);
            expect("CR0 of or.", s.gpr[5] >> 28 & 15, is_64 ? some[i].cr64 : some[i].cr32);
            expect("CR0 of addic.", s.gpr[7] >> 28 & 15, is_64 ? some[i].cr64 : some[i].cr32);
            expect("the result", s.gpr[4], some[i].value);
        }
}

/* Carry and overflow are those of the mode; the result has 64 bits. */
CODE(code_carry, "addc 5, 3, 4; mfxer 6; addo 7, 3, 4; mfxer 8; trap");
static void sf0_carry(void)
{
    static const struct {
        u64 a, b, ca64, ca32, ov64, ov32;
    } some[] = { { 0xffffffff, 1, 0, 1, 0, 0 },
                 { 0xffffffff00000000, 0x100000000, 1, 0, 0, 0 },
                 { 0x7fffffff, 1, 0, 0, 0, 1 },
                 { 0x7fffffffffffffff, 1, 0, 1, 1, 0 } };

    for (u64 i = 0; i < ARRAY_SIZE(some); i++)
        for (u64 is_64 = 0; is_64 < 2; is_64++) {
            struct state s = start(code_carry, is_64 ? privileged : privileged & ~MSR_SF);

            s.gpr[3] = some[i].a;
            s.gpr[4] = some[i].b;
            expect_run(&s, 0x700, (u64)code_carry + 16, TRAP);
            expect("CA", s.gpr[6] >> 29 & 1, is_64 ? some[i].ca64 : some[i].ca32);
            expect("OV", s.gpr[8] >> 30 & 1, is_64 ? some[i].ov64 : some[i].ov32);
            expect("the sum", s.gpr[5], some[i].a + some[i].b);
        }
}

/* A return into 32-bit mode cuts the address. */
static void sf0_rfid(void)
{
    struct state s = start((const u32 *)(HIGH | (u64)code_trap), privileged & ~MSR_SF);

    expect_run(&s, 0x700, (u64)code_trap, TRAP);
}

/* ---- the machine state register ---- */

CODE(code_mtmsrd, "mtmsrd 3; mfmsr 4; trap");
CODE(code_mtmsrd_1, "mtmsrd 3, 1; mfmsr 4; trap");
CODE(code_mtmsr, "mtmsr 3; mfmsr 4; trap");
CODE(code_mtmsr_1, "mtmsr 3, 1; mfmsr 4; trap");
#define CHANGEABLE (MSR_VEC | MSR_VSX | MSR_FP | MSR_FE0 | MSR_FE1 | MSR_PMM | MSR_RI)
#define FIXED (MSR_ME | MSR_LE)

/* The MSR that is after code has run with r3. */
static u64 msr_after(const u32 *code, u64 before, u64 value)
{
    struct state s = start(code, before);

    s.gpr[3] = value;
    run(&s);
    expect_interrupt_from(&s, 0x700, (u64)code + 8, TRAP, s.gpr[4]);
    return s.gpr[4];
}

static void mtmsrd(void)
{
    u64 fixed = privileged & FIXED;

    expect("all on", msr_after(code_mtmsrd, privileged, MSR_SF | CHANGEABLE | FIXED),
           MSR_SF | CHANGEABLE | fixed);
    expect("all off", msr_after(code_mtmsrd, privileged | CHANGEABLE, MSR_SF), MSR_SF | fixed);
    expect("SF off", msr_after(code_mtmsrd, privileged, MSR_RI), MSR_RI | fixed);
    /* There is no HV, no bits that are reserved. */
    expect(
        "HV, reserved bits",
        msr_after(code_mtmsrd, privileged, MSR_SF | BIT(3) | BIT(1) | BIT(35) | BIT(45) | BIT(60)),
        MSR_SF | fixed);
    expect("L=1", msr_after(code_mtmsrd_1, privileged | MSR_FP, MSR_VEC | MSR_IR),
           (privileged & ~MSR_RI) | MSR_FP);
}

static void mtmsr(void)
{
    u64 fixed = privileged & FIXED;

    expect("all on", msr_after(code_mtmsr, privileged, CHANGEABLE | FIXED),
           MSR_SF | CHANGEABLE | fixed);
    expect("all off", msr_after(code_mtmsr, privileged | CHANGEABLE, 0), MSR_SF | fixed);
    expect("SF stays off", msr_after(code_mtmsr, privileged & ~MSR_SF, MSR_SF), fixed);
    expect("L=1", msr_after(code_mtmsr_1, privileged | MSR_FP, MSR_VEC | MSR_IR),
           (privileged & ~MSR_RI) | MSR_FP);
    expect("L=1, on", msr_after(code_mtmsr_1, privileged & ~MSR_RI, MSR_RI | MSR_VEC), privileged);
}

/* Into problem state: external interrupts and relocation come on with it. */
CODE(code_enter, "mtmsrd 3; trap; trap");
CODE(code_enter_mtmsr, "mtmsr 3; trap; trap");
CODE(code_return, "mtsrr0 4; mtsrr1 3; rfid; trap");
static void to_problem_state(void)
{
    static const u32 *const codes[] = { code_enter, code_enter_mtmsr };
    u64 becomes = MSR_SF | MSR_PR | MSR_EE | MSR_IR | MSR_DR | (privileged & FIXED);
    struct state s;

    for (u64 i = 0; i < ARRAY_SIZE(codes); i++) {
        s = start(codes[i], RELOCATED);
        s.gpr[3] = MSR_SF | MSR_PR;
        run(&s);
        expect_interrupt_from(&s, 0x700, (u64)codes[i] + 4, TRAP, becomes);
    }
    s = start(code_return, privileged);
    s.gpr[3] = MSR_SF | MSR_PR | (privileged & MSR_LE);
    s.gpr[4] = (u64)code_trap | 3; /* the last bits do not count */
    run(&s);
    expect_interrupt_from(&s, 0x700, (u64)code_trap, TRAP, becomes);
}

/* Relocation comes on: the next instruction is fetched by it. */
static void relocation_on(void)
{
    struct state s = start(code_mtmsrd, privileged);
    u32 *ra = take_memory(16);
    u64 offset = (u64)code_mtmsrd & 0xffff;

    /* Where code runs in real mode, other code is mapped. */
    unmap((u64)code_mtmsrd & ~0xfffful);
    memset(ra, 0, 0x10000);
    ra[offset / 4 + 1] = 0x44000002; /* sc */
    sync_code(ra, 0x10000);
    map((u64)code_mtmsrd & ~0xfffful, (u64)ra, 16, MAP_ALL);
    s.gpr[3] = RELOCATED;
    run(&s);
    expect_interrupt_from(&s, 0xc00, (u64)code_mtmsrd + 8, 0, RELOCATED);
    unmap((u64)code_mtmsrd & ~0xfffful);
    map((u64)code_mtmsrd & ~0xfffful, (u64)code_mtmsrd & ~0xfffful, 16, MAP_ALL);
}

/* ---- rfscv ---- */

CODE(code_rfscv, ".long 0x4c0000a4; trap");
static void rfscv(void)
{
    struct state s = start(code_rfscv, privileged);
    u64 becomes = problem & ~MSR_RI;

    s.lr = (u64)code_trap;
    s.ctr = MSR_SF | MSR_PR | (privileged & MSR_LE);
    run(&s);
    expect_interrupt_from(&s, 0x700, (u64)code_trap, TRAP, becomes);
    s = start(code_rfscv, problem);
    expect_run(&s, 0x700, (u64)code_rfscv, BIT(45));
}

/* ---- byte orders ---- */

static u32 swap(u32 v)
{
    return __builtin_bswap32(v);
}

/* Code of the other byte order: instructions and data are read by it; interrupts come back to this one. */
static void other_order(void)
{
    static u32 code[4] __attribute__((aligned(16)));
    static u64 cell = 0x0102030405060708;
    static u32 word = 0x11223344;
    struct state s;

    code[0] = swap(0xe8830000); /* ld 4, 0(3) */
    code[1] = swap(0x80c50000); /* lwz 6, 0(5) */
    code[2] = swap(0x90e50000); /* stw 7, 0(5) */
    code[3] = swap(0x7fe00008); /* trap */
    sync_code(code, sizeof code);
    s = start(code, privileged ^ MSR_LE);
    s.gpr[3] = (u64)&cell;
    s.gpr[5] = (u64)&word;
    s.gpr[7] = 0x55667788;
    expect_run(&s, 0x700, (u64)&code[3], TRAP);
    expect("a doubleword", s.gpr[4], 0x0807060504030201);
    expect("a word", s.gpr[6], 0x44332211);
    expect("what is stored", *(volatile u32 *)&word, 0x88776655);
    /* The same words in this order are other instructions. */
    code[0] = 0x7fe00008;
    sync_code(code, 4);
    s = start(code, privileged);
    expect_run(&s, 0x700, (u64)code, TRAP);
}

/* rfid from one to the other, and a fault there. */
static void order_by_rfid(void)
{
    static u32 code[2];
    struct state s = start(code_return, privileged);

    code[0] = swap(0x60000000);
    code[1] = swap(0x44000002); /* sc */
    sync_code(code, sizeof code);
    s.gpr[3] = problem ^ MSR_LE;
    s.gpr[4] = (u64)code;
    run(&s);
    expect_interrupt_from(&s, 0xc00, (u64)&code[2], 0, problem ^ MSR_LE);
    /* mtmsrd does not change it. */
    expect("LE", msr_after(code_mtmsrd, privileged, privileged ^ MSR_LE), privileged);
}

/* One page, once as code of one byte order and once of the other. */
static void order_same_page(void)
{
    static u32 code[2] __attribute__((aligned(8)));
    struct state s;

    code[0] = 0x7fe00008;
    code[1] = swap(0x44000002);
    sync_code(code, sizeof code);
    for (u64 i = 0; i < 3; i++) {
        s = start(code, privileged);
        expect_run(&s, 0x700, (u64)code, TRAP);
        s = start(code + 1, privileged ^ MSR_LE);
        expect_run(&s, 0xc00, (u64)code + 8, 0);
    }
}

/* Interrupts taken in the other byte order: the handler there notes the registers and returns to code of this
 * order, which calls the hypervisor to have it as before. */
CODE(code_other_handler,
     "mfmsr 20; mfsrr0 21; mfsrr1 22; xori 23, 20, 1; mtsrr1 23; mtsrr0 24; rfid");
CODE(code_order_back, "sc 1; sc");
static void order_of_interrupts(void)
{
    enum { WORDS = 7 };
    u32 kept[WORDS], *vector = (u32 *)0x700;
    struct state s = start(code_trap, privileged);

    asm("" : "+r"(vector)); /* the compiler takes low addresses for mistakes */
    for (u64 i = 0; i < WORDS; i++) {
        kept[i] = vector[i];
        vector[i] = swap(code_other_handler[i]);
    }
    sync_code(vector, sizeof kept);
    expect("H_SET_MODE", hcall4(H_SET_MODE, !IS_LE, 4, 0, 0), 0);
    s.gpr[3] = H_SET_MODE, s.gpr[4] = IS_LE, s.gpr[5] = 4, s.gpr[6] = s.gpr[7] = 0;
    s.gpr[24] = (u64)code_order_back;
    run(&s);
    for (u64 i = 0; i < WORDS; i++)
        vector[i] = kept[i];
    sync_code(vector, sizeof kept);
    expect("vector of the end", s.vector - 12, 0xc00);
    expect("handler's MSR", s.gpr[20], (privileged & ~MSR_RI) ^ MSR_LE);
    expect("its SRR0", s.gpr[21], (u64)code_trap);
    expect("its SRR1", s.gpr[22], privileged | TRAP);
}

static void order_by_hypercall(void)
{
    expect("H_SET_MODE, flags", hcall4(H_SET_MODE, 2, 4, 0, 0), -256ul);
    expect("H_SET_MODE, value 1", hcall4(H_SET_MODE, IS_LE, 4, 1, 0), -56ul);
    expect("H_SET_MODE, value 2", hcall4(H_SET_MODE, IS_LE, 4, 0, 1), -57ul);
}

/* clang-format off */
TESTS({ "sf0-address", sf0_address, REAL, 0, 0 },
      { "sf0-fault", sf0_fault, WORLD, 0, 0 },
      { "sf0-sum", sf0_sum, WORLD, 0, 0 },
      { "sf0-wrap", sf0_wrap, WORLD, 0, 0 },
      { "sf0-branches", sf0_branches, REAL, 0, 0 },
      { "sf0-ctr", sf0_ctr, REAL, 0, 0 },
      { "sf0-record", sf0_record, REAL, 0, 0 },
      { "sf0-carry", sf0_carry, REAL, 0, 0 },
      { "sf0-rfid", sf0_rfid, REAL, 0, 0 },
      { "mtmsrd", mtmsrd, REAL, 0, 0 },
      { "mtmsr", mtmsr, REAL, 0, 0 },
      { "to-problem-state", to_problem_state, WORLD, 0, 0 },
      { "relocation-on", relocation_on, HASH, 0, 0 },
      { "rfscv", rfscv, WORLD, ISA_3_0, 0 },
      { "other-order", other_order, REAL, 0, 0 },
      { "order-by-rfid", order_by_rfid, WORLD, 0, 0 },
      { "order-same-page", order_same_page, REAL, 0, 0 },
      { "order-of-interrupts", order_of_interrupts, REAL, 0, 0 },
      { "order-by-hypercall", order_by_hypercall, REAL, 0, 0 });
/* clang-format on */
