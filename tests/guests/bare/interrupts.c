/* Interrupts that instructions cause, but for those of storage: program, unavailable facilities, system calls,
 * with what SRR0 and SRR1 tell; and the two that a hypervisor sends. [ISA3.0 III 6.5] */
#include "bare.h"
#include "mmu.h"

#define FP_ENABLED BIT(43)
#define ILLEGAL BIT(44)
#define PRIVILEGED BIT(45)
#define TRAP BIT(46)
#define NEXT BIT(47) /* SRR0 is not the address of the instruction that caused it */

/* A case of one interrupt: in which MSR, which instructions, its vector, how far from the first instruction
 * SRR0 is, and the bits of SRR1. */
#define CASE(name, msr_, text, vector, at, bits) \
    CODE(code_##name, text); \
    static void name(void) \
    { \
        struct state s = start(code_##name, msr_); \
        expect_run(&s, vector, (u64)code_##name + (at), bits); \
    }

/* ---- program interrupts ---- */

CASE(trap, privileged, "trap", 0x700, 0, TRAP)
CASE(trap_problem, problem, "trap", 0x700, 0, TRAP)
CASE(trap_conditions, privileged, "tdi 20,30,0; twi 31,3,3; nop", 0x700, 4, TRAP)
CASE(zero_word, privileged, ".long 0", 0x700, 0, ILLEGAL)
CASE(zero_word_problem, problem, ".long 0", 0x700, 0, ILLEGAL)
/* Extended opcode 1023. */
CASE(no_instruction, privileged, "nop; .long 0x7c0007fe; nop", 0x700, 4, ILLEGAL)
CASE(attn, privileged, ".long 0x00000200", 0x700, 0, ILLEGAL)
CASE(mfmsr_problem, problem, "mfmsr 3", 0x700, 0, PRIVILEGED)
CASE(mtmsrd_problem, problem, "mtmsrd 3", 0x700, 0, PRIVILEGED)
CASE(mtmsrd_1_problem, problem, "mtmsrd 3, 1", 0x700, 0, PRIVILEGED)
CASE(rfid_problem, problem, "rfid", 0x700, 0, PRIVILEGED)
CASE(slbmte_problem, problem, "slbmte 3, 4", 0x700, 0, PRIVILEGED)
CASE(slbia_problem, problem, "slbia", 0x700, 0, PRIVILEGED)
CASE(tlbie_problem, problem, "tlbie 3, 4", 0x700, 0, PRIVILEGED)
CASE(tlbsync_problem, problem, "tlbsync", 0x700, 0, PRIVILEGED)
CASE(mtsrr0_problem, problem, "mtsrr0 3", 0x700, 0, PRIVILEGED)
CASE(mfpvr_problem, problem, "mfspr 3, 287", 0x700, 0, PRIVILEGED)
CASE(hrfid_privileged, privileged, "hrfid", 0x700, 0, PRIVILEGED)
CASE(hrfid_problem, problem, "hrfid", 0x700, 0, PRIVILEGED)
CASE(ldcix_privileged, privileged, "ldcix 3, 0, 4", 0x700, 0, PRIVILEGED)
CASE(msgsnd_privileged, privileged, "msgsnd 3", 0x700, 0, PRIVILEGED)
CASE(nap_privileged, privileged, ".long 0x4c000364", 0x700, 0, PRIVILEGED)
/* Numbers with 0x10 are privileged, whether there is a register or not. [ISA3.0 III 4.4.4] */
CASE(spr_528_problem, problem, "mfspr 3, 528", 0x700, 0, PRIVILEGED)
CASE(spr_512_problem, problem, "mfspr 3, 512", 0x700, 0, ILLEGAL)
CASE(spr_0_to_privileged, privileged, "mtspr 0, 3", 0x700, 0, ILLEGAL)
CASE(spr_0_from_privileged, privileged, "mfspr 3, 0", 0x700, 0, ILLEGAL)
CASE(spr_4_from_privileged, privileged, "mfspr 3, 4", 0x700, 0, ILLEGAL)
CASE(spr_6_from_privileged, privileged, "mfspr 3, 6", 0x700, 0, ILLEGAL)
/* Reserved numbers that are no-operations in any state. [ISA2.07 III 4.4.4] */
CASE(spr_noop_problem, problem, "mtspr 808, 3; mfspr 3, 811; trap", 0x700, 8, TRAP)
CASE(lq_odd, privileged, ".long 0xe0640000", 0x700, 0, ILLEGAL) /* lq r3: an odd register */

/* Of the hypervisor's registers privileged programs see nothing: no-operation. [ISA3.0 III 4.4.4] */
CODE(code_spr_hv, "mfspr 3, 318; mtspr 318, 4; mfspr 5, 528; trap");
static void spr_hv_privileged(void)
{
    struct state s = start(code_spr_hv, privileged);

    s.gpr[3] = s.gpr[5] = 0x123456789;
    expect_run(&s, 0x700, (u64)code_spr_hv + 12, TRAP);
    expect("RT of LPCR", s.gpr[3], 0x123456789);
    expect("RT of SPR 528", s.gpr[5], 0x123456789);
}

/* ---- floating-point enabled exceptions ---- */

/* The status register is what the last case left: none of its exceptions, and none enabled. */
CODE(code_fp_clear, "li 3, 0; mtfprd 0, 3; mtfsf 255, 0; trap");
static void clear_fpscr(void)
{
    struct state s = start(code_fp_clear, privileged | MSR_FP);

    expect_run(&s, 0x700, (u64)code_fp_clear + 12, TRAP);
}

/* FPSCR[ZE] on, then 1.0 / 0.0 in f3. */
#define DIVIDE "mtfsb1 27; mtfprd 1, 3; mtfprd 2, 4; mtfprd 3, 5; "
CODE(code_divide, DIVIDE "fdiv 3, 1, 2; mffprd 6, 3; trap");

static struct state divide(u64 mode)
{
    struct state s = start(code_divide, privileged | MSR_FP | mode);

    clear_fpscr();
    s.gpr[3] = 0x3ff0000000000000;
    s.gpr[4] = 0;
    s.gpr[5] = 0x123;
    return s;
}

static void fp_precise(void)
{
    struct state s = divide(MSR_FE0 | MSR_FE1);

    expect_run(&s, 0x700, (u64)code_divide + 16, FP_ENABLED);
}

/* Imprecise modes may be precise. [ISA3.0 I 4.4] */
static void fp_imprecise(void)
{
    struct state s = divide(MSR_FE0);

    expect_run(&s, 0x700, (u64)code_divide + 16, FP_ENABLED);
    s = divide(MSR_FE1);
    expect_run(&s, 0x700, (u64)code_divide + 16, FP_ENABLED);
}

/* Ignored: but the target is not changed, since the exception is enabled. */
static void fp_ignored(void)
{
    struct state s = divide(0);

    expect_run(&s, 0x700, (u64)code_divide + 24, TRAP);
    expect("f3", s.gpr[6], 0x123);
}

/* An instruction of the status register makes an enabled exception exist. */
CODE(code_fp_mtfsb1, "mtfsb1 27; mtfsb1 5; nop");
static void fp_mtfsb1(void)
{
    struct state s = start(code_fp_mtfsb1, privileged | MSR_FP | MSR_FE0 | MSR_FE1);

    clear_fpscr();
    expect_run(&s, 0x700, (u64)code_fp_mtfsb1 + 4, FP_ENABLED);
}

/* It exists while the mode is "ignore": the instruction that changes the mode completes, and SRR0 is behind
 * it. [ISA3.0 III 6.5.9] */
CODE(code_fp_mtmsrd, "mtfsb1 27; mtfsb1 5; mtmsrd 3; nop; trap");
static void fp_mtmsrd(void)
{
    struct state s = start(code_fp_mtmsrd, privileged | MSR_FP);

    clear_fpscr();
    s.gpr[3] = privileged | MSR_FP | MSR_FE0 | MSR_FE1;
    run(&s);
    expect_interrupt_from(&s, 0x700, (u64)code_fp_mtmsrd + 12, FP_ENABLED | NEXT, s.gpr[3]);
}

CODE(code_fp_make, "mtfsb1 27; mtfsb1 5; trap");
CODE(code_nops, "nop; nop; trap");
static void fp_rfid(void)
{
    struct state s = start(code_fp_make, privileged | MSR_FP);

    clear_fpscr();
    expect_run(&s, 0x700, (u64)code_fp_make + 8, TRAP);
    s = start(code_nops, privileged | MSR_FP | MSR_FE0 | MSR_FE1);
    expect_run(&s, 0x700, (u64)code_nops, FP_ENABLED | NEXT);
    s = start(code_nops, privileged | MSR_FP);
    expect_run(&s, 0x700, (u64)code_nops + 8, TRAP);
}

CODE(code_vsx_divide, DIVIDE "xsdivdp 3, 1, 2; nop; trap");
static void fp_vsx(void)
{
    struct state s = divide(MSR_FE0 | MSR_FE1 | MSR_VSX);

    s.nia = (u64)code_vsx_divide;
    expect_run(&s, 0x700, (u64)code_vsx_divide + 16, FP_ENABLED);
}

/* ---- facilities ---- */

CASE(fp_off, privileged, "fadd 1, 2, 3", 0x800, 0, 0)
CASE(fp_off_problem, problem, "nop; lfd 1, 0(3)", 0x800, 4, 0)
CASE(fp_off_mffs, privileged | MSR_VEC | MSR_VSX, "mffs 1", 0x800, 0, 0)
CASE(fp_off_mtfprd, privileged | MSR_VEC | MSR_VSX, "mtfprd 1, 3", 0x800, 0, 0)
CASE(vec_off, privileged | MSR_FP | MSR_VSX, "vaddubm 1, 2, 3", 0xf20, 0, 0)
CASE(vec_off_problem, problem | MSR_FP | MSR_VSX, "lvx 1, 0, 3", 0xf20, 0, 0)
CASE(vec_off_mtvrd, privileged | MSR_FP | MSR_VSX, "mtvsrd 33, 3", 0xf20, 0, 0)
CASE(vsx_off, privileged | MSR_FP | MSR_VEC, "xxlor 1, 2, 3", 0xf40, 0, 0)
CASE(vsx_off_problem, problem | MSR_FP | MSR_VEC, "lxvd2x 1, 0, 3", 0xf40, 0, 0)
CASE(vsx_on_alone, privileged | MSR_VSX, "xxlor 1, 2, 3; trap", 0x700, 4, TRAP)
/* Before anything of storage. */
CASE(fp_off_before_storage, problem, "lfd 1, -8(0)", 0x800, 0, 0)

/* Problem state without the facility: the cause goes to FSCR bits 0:7. */
static void check_facility(const u32 *code, u64 fscr_without, u64 cause)
{
    struct state s = start(code, problem);
    u64 kept = mfspr(SPR_FSCR),
        all = kept | BIT(63 - 2) | BIT(63 - 7) | BIT(63 - 8) | BIT(63 - 12) | BIT(63 - 13);

    mtspr(SPR_FSCR, all & ~fscr_without & ~(0xfful << 56));
    expect_run(&s, 0xf60, (u64)code, 0);
    expect("FSCR's cause", mfspr(SPR_FSCR) >> 56, cause);
    /* A privileged program is not bound by it. */
    s = start(code, privileged);
    expect_run(&s, 0x700, (u64)code + 4, TRAP);
    mtspr(SPR_FSCR, all);
    s = start(code, problem);
    expect_run(&s, 0x700, (u64)code + 4, TRAP);
    mtspr(SPR_FSCR, kept);
}

#define FACILITY(name, text, bit) \
    CODE(code_##name, text "; trap"); \
    static void name(void) \
    { \
        check_facility(code_##name, BIT(63 - (bit)), bit); \
    }
FACILITY(facility_dscr, "mfspr 3, 3", 2)
FACILITY(facility_ebb, "mfspr 3, 804", 7)
FACILITY(facility_tar, "mfspr 3, 815", 8)
FACILITY(facility_tar_write, "mtspr 815, 3", 8)

/* bctar branches to itself behind: TAR is set by a privileged program before. */
CODE(code_facility_bctar, "bctar 20, 0; trap");
static void facility_bctar(void)
{
    mtspr(SPR_TAR, (u64)code_facility_bctar + 4);
    check_facility(code_facility_bctar, BIT(63 - 8), 8);
}

/* scv is not executable without its bit in any state. */
CODE(code_scv, "scv 3; trap");
static void facility_scv(void)
{
    struct state s = start(code_scv, problem);
    u64 kept = mfspr(SPR_FSCR);

    mtspr(SPR_FSCR, kept & ~BIT(63 - 12) & ~(0xfful << 56));
    expect_run(&s, 0xf60, (u64)code_scv, 0);
    expect("FSCR's cause", mfspr(SPR_FSCR) >> 56, 12);
    mtspr(SPR_FSCR, kept);
}

/* Without transactional memory, which the machine does not offer, in any state. ISA 3.1 has no such
 * instructions. */
CODE(code_tbegin, "tbegin. 0");
static void facility_tm(void)
{
    struct state s = start(code_tbegin, problem);

    if (level >= ISA_3_1) {
        expect_run(&s, 0x700, (u64)code_tbegin, ILLEGAL);
        return;
    }
    expect_run(&s, 0xf60, (u64)code_tbegin, 0);
    expect("FSCR's cause", mfspr(SPR_FSCR) >> 56, 5);
    s = start(code_tbegin, privileged);
    expect_run(&s, 0xf60, (u64)code_tbegin, 0);
}

/* Group A of the performance monitor's registers, by MMCR0[PMCC]: 00 reads, 01 no access, 10 and 11 both.
 * [ISA2.07 III 9.4.4] */
CODE(code_pmc1, "mfspr 3, 771; trap");
static void facility_pmu(void)
{
    struct state s;
    u64 kept = mfspr(795);

    mtspr(795, BIT(32)); /* PMCC 00, counters frozen */
    s = start(code_pmc1, problem);
    expect_run(&s, 0x700, (u64)code_pmc1 + 4, TRAP);
    mtspr(795, BIT(32) | BIT(45));
    s = start(code_pmc1, problem);
    expect_run(&s, 0xf60, (u64)code_pmc1, 0);
    expect("FSCR's cause", mfspr(SPR_FSCR) >> 56, 3);
    if (level >= ISA_3_1) { /* PMCCEXT takes the registers of group B only, to which the counters do not belong */
        mtspr(795, BIT(32) | BIT(54));
        s = start(code_pmc1, problem);
        expect_run(&s, 0x700, (u64)code_pmc1 + 4, TRAP);
    }
    mtspr(795, BIT(32) | BIT(44));
    s = start(code_pmc1, problem);
    expect_run(&s, 0x700, (u64)code_pmc1 + 4, TRAP);
    mtspr(795, kept);
}

/* ---- system calls ---- */

CASE(sc_privileged, privileged, "nop; sc; nop", 0xc00, 8, 0)
CASE(sc_problem, problem, "sc; nop", 0xc00, 4, 0)
/* An unknown call of the hypervisor is no interrupt. */
CODE(code_sc_1, "sc 1; trap");
static void sc_1(void)
{
    struct state s = start(code_sc_1, privileged);

    s.gpr[3] = 0x1234;
    expect_run(&s, 0x700, (u64)code_sc_1 + 4, TRAP);
    expect("status", s.gpr[3], -2ul);
}

/* LR and CTR take the part of SRR0 and SRR1, which stay as they are; EE and RI stay on. */
static void check_scv(u64 msr, u64 vector)
{
    struct state s = start(code_scv, msr);
    u64 kept = mfspr(SPR_FSCR), info = 0x783f0000;

    mtspr(SPR_FSCR, kept | BIT(63 - 12));
    run(&s);
    mtspr(SPR_FSCR, kept);
    expect("vector", s.vector - 12, vector);
    expect("LR", s.lr, (u64)code_scv + 4);
    expect("CTR", s.ctr & ~info, msr & ~info);
    expect("SRR0", s.srr0, s.nia);
    expect("SRR1", s.srr1, msr);
    expect("handler's MSR", s.handler_msr,
           (privileged & ~MSR_RI) | (msr & (MSR_EE | MSR_RI)) |
               (vector == AIL_SCV_BASE + 0x60 ? MSR_IR | MSR_DR : 0));
}

static void scv_real(void)
{
    check_scv(privileged, 0x17060);
}

static void scv_problem(void)
{
    check_scv(problem, 0x17060);
    check_scv(problem & ~MSR_RI, 0x17060);
    set_ail(3);
    check_scv(problem, AIL_SCV_BASE + 0x60);
    check_scv(privileged | MSR_IR | MSR_DR, AIL_SCV_BASE + 0x60);
    check_scv(privileged | MSR_IR, 0x17060);
}

/* ---- where interrupts are taken ---- */

/* With LPCR[AIL] 3 and relocation on, behind 0xc000000000004000, with relocation on. */
static void ail_3(void)
{
    static const struct {
        const u32 *code;
        u64 vector, at, bits, cause;
    } some[] = { { code_trap, 0x700, 0, TRAP, 0 },    { code_zero_word, 0x700, 0, ILLEGAL, 0 },
                 { code_sc_problem, 0xc00, 4, 0, 0 }, { code_fp_off, 0x800, 0, 0, 0 },
                 { code_vec_off, 0xf20, 0, 0, 0 },    { code_vsx_off, 0xf40, 0, 0, 0 } };
    u64 states[] = { problem, privileged | MSR_IR | MSR_DR, privileged | MSR_IR,
                     privileged | MSR_DR, privileged };

    set_ail(3);
    for (u64 i = 0; i < ARRAY_SIZE(some); i++)
        for (u64 k = 0; k < ARRAY_SIZE(states); k++) {
            struct state s = start(some[i].code, states[k]);

            expect_run(&s, some[i].vector, (u64)some[i].code + some[i].at, some[i].bits);
        }
}

/* Other places and high reserved bits are refused. */
static void ail_others(void)
{
    /* QEMU 7 takes 2. */
    expect("H_SET_MODE, AIL 1", hcall4(H_SET_MODE, 1, 3, 0, 0), -256ul);
    expect("H_SET_MODE, AIL 2", hcall4(H_SET_MODE, 2, 3, 0, 0), -256ul);
    expect("H_SET_MODE, AIL 3, value 1", hcall4(H_SET_MODE, 3, 3, 1, 0), -56ul);
    expect("H_SET_MODE, AIL 3, value 2", hcall4(H_SET_MODE, 3, 3, 0, 1), -57ul);
}

/* H_SIGNAL_SYS_RESET to itself: neither EE nor AIL matters. What SRR1 42:45 say is the processor's own. */
CODE(code_reset, "sc 1; nop; nop; trap");
static void system_reset(void)
{
    struct state s = start(code_reset, privileged | MSR_IR | MSR_DR);

    set_ail(3);
    s.gpr[3] = 0x380;
    s.gpr[4] = 0;
    run(&s);
    s.srr1 &= ~0x3c0000ul;
    expect_interrupt(&s, 0x100, (u64)code_reset + 4, 0);
    expect("status", s.gpr[3], 0);
}

/* Nothing answers at the top of real memory. What SRR1 and DSISR tell is the processor's own. */
CODE(code_load, "ld 4, 0(3); nop");
CODE(code_store, "std 4, 0(3); nop");
static void machine_check(void)
{
    static const u32 *const codes[] = { code_load, code_store };

    for (u64 i = 0; i < 2; i++) {
        struct state s = start(codes[i], privileged);

        s.gpr[3] = 0x0fff000000000000;
        run(&s);
        expect("vector", s.vector - 12, 0x200);
        expect("SRR0", s.srr0, s.nia);
        expect("SRR1[RI]", s.srr1 & MSR_RI, MSR_RI);
        expect("DAR", s.dar, s.gpr[3]);
    }
}

/* clang-format off */
TESTS({ "trap", trap, REAL, 0, 0 },
      { "trap-problem", trap_problem, WORLD, 0, 0 },
      { "trap-conditions", trap_conditions, REAL, 0, 0 },
      { "zero-word", zero_word, REAL, 0, 0 },
      { "zero-word-problem", zero_word_problem, WORLD, 0, 0 },
      { "no-instruction", no_instruction, REAL, 0, 0 },
      { "attn", attn, REAL, 0, 0 },
      { "mfmsr-problem", mfmsr_problem, WORLD, 0, 0 },
      { "mtmsrd-problem", mtmsrd_problem, WORLD, 0, 0 },
      { "mtmsrd-1-problem", mtmsrd_1_problem, WORLD, 0, 0 },
      { "rfid-problem", rfid_problem, WORLD, 0, 0 },
      { "slbmte-problem", slbmte_problem, WORLD, 0, 0 },
      { "slbia-problem", slbia_problem, WORLD, 0, 0 },
      { "tlbie-problem", tlbie_problem, WORLD, 0, 0 },
      { "tlbsync-problem", tlbsync_problem, WORLD, 0, 0 },
      { "mtsrr0-problem", mtsrr0_problem, WORLD, 0, 0 },
      { "mfpvr-problem", mfpvr_problem, WORLD, 0, 0 },
      { "hrfid-privileged", hrfid_privileged, REAL, 0, 0 },
      { "hrfid-problem", hrfid_problem, WORLD, 0, 0 },
      { "ldcix-privileged", ldcix_privileged, REAL, 0, 0 },
      { "msgsnd-privileged", msgsnd_privileged, REAL, 0, 0 },
      { "nap-privileged", nap_privileged, REAL, 0, ISA_2_07 },
      { "spr-528-problem", spr_528_problem, WORLD, 0, 0 },
      { "spr-512-problem", spr_512_problem, WORLD, 0, 0 },
      { "spr-0-to-privileged", spr_0_to_privileged, REAL, 0, 0 },
      { "spr-0-from-privileged", spr_0_from_privileged, REAL, 0, 0 },
      { "spr-4-from-privileged", spr_4_from_privileged, REAL, 0, 0 },
      { "spr-6-from-privileged", spr_6_from_privileged, REAL, 0, 0 },
      { "spr-noop-problem", spr_noop_problem, WORLD, 0, 0 },
      { "spr-hv-privileged", spr_hv_privileged, REAL, 0, 0 },
      { "lq-odd", lq_odd, REAL, 0, 0 },
      { "fp-precise", fp_precise, REAL, 0, 0 },
      { "fp-imprecise", fp_imprecise, REAL, 0, 0 },
      { "fp-ignored", fp_ignored, REAL, 0, 0 },
      { "fp-mtfsb1", fp_mtfsb1, REAL, 0, 0 },
      { "fp-mtmsrd", fp_mtmsrd, REAL, 0, 0 },
      { "fp-rfid", fp_rfid, REAL, 0, 0 },
      { "fp-vsx", fp_vsx, REAL, 0, 0 },
      { "fp-off", fp_off, REAL, 0, 0 },
      { "fp-off-problem", fp_off_problem, WORLD, 0, 0 },
      { "fp-off-mffs", fp_off_mffs, REAL, 0, 0 },
      { "fp-off-mtfprd", fp_off_mtfprd, REAL, 0, 0 },
      { "fp-off-before-storage", fp_off_before_storage, WORLD, 0, 0 },
      { "vec-off", vec_off, REAL, 0, 0 },
      { "vec-off-problem", vec_off_problem, WORLD, 0, 0 },
      { "vec-off-mtvrd", vec_off_mtvrd, REAL, 0, 0 },
      { "vsx-off", vsx_off, REAL, 0, 0 },
      { "vsx-off-problem", vsx_off_problem, WORLD, 0, 0 },
      { "vsx-on-alone", vsx_on_alone, REAL, 0, 0 },
      { "facility-dscr", facility_dscr, WORLD, 0, 0 },
      { "facility-ebb", facility_ebb, WORLD, 0, 0 },
      { "facility-tar", facility_tar, WORLD, 0, 0 },
      { "facility-tar-write", facility_tar_write, WORLD, 0, 0 },
      { "facility-bctar", facility_bctar, WORLD, 0, 0 },
      { "facility-scv", facility_scv, WORLD, ISA_3_0, 0 },
      { "facility-tm", facility_tm, WORLD, 0, 0 },
      { "facility-pmu", facility_pmu, WORLD, 0, 0 },
      { "sc-privileged", sc_privileged, REAL, 0, 0 },
      { "sc-problem", sc_problem, WORLD, 0, 0 },
      { "sc-1", sc_1, REAL, 0, 0 },
      { "scv-real", scv_real, REAL, ISA_3_0, 0 },
      { "scv-problem", scv_problem, WORLD, ISA_3_0, 0 },
      { "ail-3", ail_3, WORLD, 0, 0 },
      { "ail-others", ail_others, REAL, 0, 0 },
      { "system-reset", system_reset, WORLD, 0, 0 },
      { "machine-check", machine_check, REAL, 0, 0 });
/* clang-format on */
