/* Cases of nested guests, first interface: the partition table, and a guest of a few instructions. [Linux
 * kvm-nested.rst and kvm_host.h's hv_guest_state]
 *
 * The structures have the byte order of the caller, the tables are big-endian. */
#include "nested.h"

enum { H_SET_PARTITION_TABLE = 0xf800, H_ENTER_NESTED = 0xf804, LPID = 1 };


static struct {
    u64 version;
    u32 lpid, vcpu;
    u64 lpcr, pcr, amor, dpdes, hfscr, tb_offset, dawr0, dawrx0, ciabr, hdec_expiry, purr, spurr, ic, vtb, hdar,
        hdsisr, heir, asdr, srr0, srr1, sprg[4], pidr, cfar, ppr;
} hv __attribute__((aligned(256)));

static struct {
    u64 gpr[32], nip, msr, orig_gpr3, ctr, link, xer, ccr, softe, trap, dar, dsisr, result;
} regs __attribute__((aligned(256)));

static void put(u64 at, u64 v) { *(volatile u64 *)at = be64(v); }

/* [ISA3.0 III 5.7.6.1] */
u64 nested_table(void)
{
    memset((void *)PARTITION_TABLE, 0, 0x1000);
    memset((void *)ROOT, 0, 0x12000);
    put(ROOT, BIT(0) | LEVEL_2 | 9);
    put(LEVEL_2, BIT(0) | LEVEL_3 | 9);
    put(LEVEL_3, RADIX_PTE(GUEST_MEMORY, PTE_R | PTE_C | PTE_READ | PTE_WRITE | PTE_EXECUTE));
    put(PARTITION_TABLE + 16 * LPID, BIT(0) | 2ul << 61 | ROOT | 5 << 5 | 13);
    asm volatile("ptesync" ::: "memory");
    return PARTITION_TABLE; /* of 4 KiB */
}

void nested_code(const u32 *code)
{
    memset((void *)GUEST_MEMORY, 0, 0x10000);
    memcpy((void *)(GUEST_MEMORY + CODE_AT), code, 64);
    sync_code((void *)(GUEST_MEMORY + CODE_AT), 64);
}

static void make_guest(const u32 *code)
{
    nested_code(code);
    memset(&hv, 0, sizeof hv);
    memset(&regs, 0, sizeof regs);
    hv.version = 1;
    hv.lpid = LPID;
    hv.hfscr = -1ul;
    hv.hdec_expiry = mfspr(SPR_TB) + 512000000ul * 100;
    regs.nip = CODE_AT;
    regs.msr = MSR_SF | MSR_ME | (IS_LE ? MSR_LE : 0);
    regs.gpr[5] = 41;
}

bool nested(void)
{
    return radix() && world() && (s64)hcall4(H_SET_PARTITION_TABLE, 0x1f, 0, 0, 0) != FUNCTION;
}

bool with_table(void) { return nested() && !hcall4(H_SET_PARTITION_TABLE, nested_table(), 0, 0, 0); }

static u64 enter(void) { return hcall4(H_ENTER_NESTED, (u64)&hv, (u64)&regs, 0, 0); }

CODE(nested_call, "addi 5, 5, 1\n li 3, 0x77\n sc 1\n b .");
CODE(nested_load, "lis 6, 0x4000\n ld 7, 0(6)\n b .");
CODE(nested_jump, "lis 6, 0x4000\n mtctr 6\n bctr\n");

bool table_set(void) { return !hcall4(H_SET_PARTITION_TABLE, nested_table(), 0, 0, 0); }

bool enters_and_calls(void)
{
    u64 vector;

    make_guest(nested_call);
    vector = enter();
    r[1] = vector;
    return vector == 0xc00 && regs.gpr[5] == 42 && regs.gpr[3] == 0x77 && regs.nip == CODE_AT + 12;
}

/* It goes on behind its call. */
bool enters_again(void)
{
    make_guest(nested_call);
    if (enter() != 0xc00)
        return false;
    regs.nip = CODE_AT;
    return enter() == 0xc00 && regs.gpr[5] == 43;
}

bool enters_and_loads(void)
{
    u64 vector;

    make_guest(nested_load);
    vector = enter();
    r[1] = vector << 32 | hv.asdr;
    return vector == 0xe00 && hv.hdar == 0x40000000 && regs.nip == CODE_AT + 4 && hv.hdsisr & 0x40000000;
}

bool enters_and_jumps(void)
{
    make_guest(nested_jump);
    return enter() == 0xe20 && regs.nip == 0x40000000;
}

/* What the guest has stored stands in the caller's memory. */
CODE(nested_store, "li 6, 0x2000\n std 5, 0(6)\n sc 1\n b .");
bool enters_and_stores(void)
{
    make_guest(nested_store);
    return enter() == 0xc00 && *(volatile u64 *)(GUEST_MEMORY + 0x2000) == 41;
}

bool enter_version(void)
{
    make_guest(nested_call);
    hv.version = 99;
    return (s64)enter() == PARAMETER;
}

bool enter_lpid_0(void)
{
    make_guest(nested_call);
    hv.lpid = 0;
    return (s64)enter() == PARAMETER;
}

bool enter_state_nowhere(void) { return (s64)hcall4(H_ENTER_NESTED, NOWHERE, (u64)&regs, 0, 0) == PARAMETER; }

bool enter_regs_nowhere(void)
{
    s64 status;

    make_guest(nested_call);
    status = (s64)hcall4(H_ENTER_NESTED, (u64)&hv, NOWHERE, 0, 0);
    return status == PARAMETER || status == P2; /* KVM's answer, QEMU's */
}

bool enter_without_table(void)
{
    make_guest(nested_call);
    return (s64)enter() == NOT_AVAILABLE;
}
