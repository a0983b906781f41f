/* A machine that shows itself as POWER8 (max-cpu-compat=power8): what is newer does not exist in problem state,
 * and is as ever in privileged state. [ISA3.0 III 2.5, PCR] */
#include "bare.h"
#include "mmu.h"

#define ILLEGAL BIT(44)
#define TRAP BIT(46)

CODE(code_modsd, "modsd 5, 3, 4; trap");
CODE(code_setb, "setb 5, 0; trap");
CODE(code_lxvx, "lxvx 0, 0, 3; trap");
CODE(code_cmprb, "cmprb 0, 0, 3, 4; trap");
CODE(code_darn, "darn 5, 0; trap");
CODE(code_lwat, "lwat 5, 3, 0; trap");
CODE(code_scv, "scv 0; trap");
CODE(code_brd, "brd 5, 3; trap");
CODE(code_pli, "pli 4, 5; trap");
/* What POWER8 has. */
CODE(code_bctar, "mfspr 3, 815; vpopcntd 1, 2; mtvsrd 1, 3; lbarx 5, 0, 6; trap");

static u64 cell[2] __attribute__((aligned(16)));

static struct state in(const u32 *code, u64 msr)
{
    struct state s = start(code, msr | MSR_FP | MSR_VEC | MSR_VSX);

    s.gpr[3] = (u64)cell;
    s.gpr[4] = 3;
    s.gpr[6] = (u64)cell;
    return s;
}

static void check(const u32 *const *codes, u64 n)
{
    struct state s;

    for (u64 i = 0; i < n; i++) {
        s = in(codes[i], problem);
        expect_run(&s, 0x700, (u64)codes[i], ILLEGAL);
        s = in(codes[i], privileged);
        expect_run(&s, 0x700, (u64)codes[i] + 4, TRAP);
    }
}

static void newer_3_0(void)
{
    static const u32 *const codes[] = { code_modsd, code_setb, code_lxvx,
                                        code_cmprb, code_darn, code_lwat };

    check(codes, ARRAY_SIZE(codes));
}

static void newer_3_1(void)
{
    static const u32 *const codes[] = { code_brd };
    struct state s;

    check(codes, ARRAY_SIZE(codes));
    s = in(code_pli, problem);
    expect_run(&s, 0x700, (u64)code_pli, ILLEGAL);
    s = in(code_pli, privileged);
    expect_run(&s, 0x700, (u64)code_pli + 8, TRAP);
}

static void scv(void)
{
    struct state s = in(code_scv, problem);

    expect_run(&s, 0x700, (u64)code_scv, ILLEGAL);
    s = in(code_scv, privileged);
    run(&s);
    expect("vector", s.vector - 12, 0x17000);
}

static void same(void)
{
    struct state s = in(code_bctar, problem);

    expect_run(&s, 0x700, (u64)code_bctar + 16, TRAP);
}

/* clang-format off */
TESTS({ "newer-3.0", newer_3_0, WORLD, ISA_3_0, 0 },
      { "newer-3.1", newer_3_1, WORLD, ISA_3_1, 0 },
      { "scv", scv, WORLD, ISA_3_0, 0 },
      { "same", same, WORLD, 0, 0 });
/* clang-format on */
