/* What the rows of cases.def need done before, and look at after. */
#include "smp.h"

static void put64(u64 at, u64 v) { *(volatile u64 *)at = be64(v); }
static u64 get64(u64 at) { return be64(*(volatile u64 *)at); }

/* ---- before ---- */

bool isa3(void) { return level >= ISA_3_0; }

bool persistent_memory(void) { return (s64)hcall4(0x400, 0x90000000, 0, 0, 0) != FUNCTION; }

bool radix(void) { return isa3() && is_radix_run; }

bool hash(void)
{
    static bool made;

    if (radix())
        return false;
    if (!made && level >= ISA_3_0 && hcall4(H_REGISTER_PROC_TBL, 0x18, 0, 0, 0))
        return false;
    made = true;
    for (u64 i = 0; i < 8; i++)
        hcall4(H_REMOVE, 0, PTEX + i, 0, 0);
    return true;
}

bool entry(void)
{
    return hash() && !hcall4(H_ENTER, 1ul << 39, PTEX, HPTE0, HPTE1);
}

/* An area that all three registrations take: 640 bytes at +4, read as 16 bits and as 32. */
bool area(void)
{
    memset((void *)AREA, 0, 0x2000);
    ((volatile u8 *)AREA)[4] = 2;
    ((volatile u8 *)AREA)[5] = 0x80;
    ((volatile u8 *)AREA)[0x607] = 0x80;
    /* One that begins within a cache line. */
    ((volatile u8 *)AREA)[0x1066] = 2;
    ((volatile u8 *)AREA)[0x1067] = 0x80;
    /* One that is a byte too small, and one that crosses a page. */
    ((volatile u8 *)AREA)[0x404] = 2;
    ((volatile u8 *)AREA)[0x405] = 0x7f;
    ((volatile u8 *)AREA)[0xe84] = 2;
    ((volatile u8 *)AREA)[0xe85] = 0x80;
    ((volatile u8 *)AREA)[0xe87] = 0x80;
    return true;
}

bool vpa(void)
{
    area();
    return !hcall4(0xdc, 0x200000000000, 0, AREA, 0);
}

bool dtl(void)
{
    if (!vpa())
        return false;
    return !hcall4(0xdc, 0x400000000000, 0, AREA, 0);
}

bool slb_shadow(void) { return vpa() && !hcall4(0xdc, 0x600000000000, 0, AREA + 0x600, 0); }

bool filled(void)
{
    put64(A, 0x5a5a5a5a5a5a5a5a);
    put64(A + 0xff8, 0x5a5a5a5a5a5a5a5a);
    return hash();
}

bool xive(void)
{
    static bool is_asked, is_there;

    if (level < ISA_3_0)
        return false;
    if (!is_asked) {
        is_asked = true;
        memset((void *)A, 0, 64);
        /* Any processor; the list's end; five vectors. The first one's third byte: ISA 3.0. The fifth: LMBs
         * by connector, FORM1, resizing, XIVE; for a run of radix trees those, with shootdown by the guest.
         * [LoPAR, B.6.2.3] */
        volatile u8 *p = (u8 *)A, *fifth = p + 28;
        p[15] = 1, p[16] = 4, p[17] = 3, p[20] = 0x80;
        fifth[0] = 25, fifth[2] = 0x20, fifth[5] = 0x80, fifth[6] = 1, fifth[23] = 0x40;
        fifth[24] = fifth[26] = radix() ? 0x40 : 0;
        is_there = !hcall4(0xf002, A, A + 0x100000, 0x80000, 0) && hcall4(0x3d0, 0, 0, 0, 0) == 0;
        memset((void *)A, 0, 0x3000);
    }
    return is_there;
}

bool queue(void)
{
    u64 q[10] = { 0x3b8, 0, 0, 6, A + 0x20000, 16 };

    return xive() && !hcall(q);
}

/* XICS unless XIVE was negotiated or is all there is. */
bool xics(void) { return (s64)hcall4(0x70, own_server, 0, 0, 0) != FUNCTION; }
bool xics_and_several(void) { return xics() && several(); }

/* ---- after ---- */

bool gives_ptex(void) { return r[1] >= PTEX && r[1] < PTEX + 8; }
bool gives_entry(void) { return (r[1] & ~0x60ul) == HPTE0 && (r[2] & ~0x180ul) == HPTE1; }
bool gives_no_entry(void) { return !(r[1] & 1); }
bool gives_value(void) { return (r[1] & ~0x180ul) == HPTE1; }
bool gives_nothing(void) { return r[1] == 0; }
bool bulk_ok(void) { return r[1] >> 60 == 8 && (r[1] & 0xffffff) == PTEX; }
bool bulk_missing(void) { return r[1] >> 60 == 9; }
bool no_chars(void) { return r[1] == 0; }
bool is_year(void) { return rets[0] > 2000 && rets[0] < 2100 && rets[1] >= 1 && rets[1] <= 12; }
bool is_length_4(void) { return rets[0] == 4; }
bool is_running(void) { return rets[0] == 2; }
bool is_value_100(void) { return rets[0] == 100; }
bool gives_lisn(void) { return r[4] == 16; }
bool masked(void) { return r[2] == 0xff; }
bool is_esb_value(void) { return r[1] <= 3; }
bool copied(void) { return hcall4(0x3c, 8, A, 0, 0) == 0; }
bool zeroed(void) { return get64(A) == 0 && get64(A + 0xff8) == 0; }
bool inverted(void) { return get64(A + 0x1000) == ~0ul; }
bool watch_caps(void) { return (r[1] >> 32 & 0xffff) == 0 && r[1]; }
bool all_ones(void) { return r[1] == ~0ul; }
bool pages(void) { return rets[1] || rets[2]; }
bool parm_length(void) { return ((volatile u8 *)A)[1] != 0; }

bool kept(void) { return get64(A) == 0x5a5a5a5a5a5a5a5a && get64(A + 0xff8) == 0x5a5a5a5a5a5a5a5a; }

/* LoPAR does not speak of address 0. It is memory; but who gives it means none: KVM answers H_PARAMETER, QEMU
 * H_HARDWARE. */
static bool refuses_0(u64 what)
{
    s64 status = (s64)hcall4(0xdc, what, 0, 0, 0);

    r[1] = (u64)status;
    return status == PARAMETER || status == HARDWARE;
}

bool refuses_0_vpa(void) { return refuses_0(0x200000000000); }
bool refuses_0_dtl(void) { return refuses_0(0x400000000000); }
bool refuses_0_slb(void) { return refuses_0(0x600000000000); }

/* Where all implementations that there are differ from the book, either answer will do. */
bool commit_flags(void)
{
    s64 status = (s64)hcall4(0x370, 1, 20, 0, 0);

    r[1] = (u64)status;
    return status == CLOSED || status == PARAMETER;
}

static bool node_flags(u64 flags)
{
    s64 status = (s64)hcall4(0x2ec, flags, own_server, 0, 0);

    r[1] = (u64)status;
    return status == PARAMETER || status == FUNCTION;
}

bool node_flags_0(void) { return node_flags(0); }
bool node_flags_3(void) { return node_flags(3); }

bool sprg0(void)
{
    u64 v;

    asm volatile("mfspr %0, 272" : "=r"(v));
    asm volatile("mtspr 272, %0" ::"r"(&first_processor)); /* start.S wants it */
    return v == 0x123456789abcdef0;
}

bool gives_tce(void) { return r[1] == (A | 3); }

/* ---- whole cases ---- */

bool cede_timer(void)
{
    struct state s;

    mtspr(SPR_DEC, 20000);
    s = call_in_run(H_CEDE, 0, 0, privileged);
    r[1] = s.vector << 32 | s.srr1;
    return s.vector - 12 == 0x900 && s.gpr[3] == 0 && s.srr1 & MSR_EE;
}

bool cede_prodded(void)
{
    struct state s;

    if (hcall4(0xe8, 0, 0, 0, 0))
        return false;
    s = call_in_run(H_CEDE, 0, 0, privileged);
    return s.vector - 12 == 0x700 && s.gpr[3] == 0;
}

bool confer_prodded(void)
{
    return !hcall4(0xe8, 0, 0, 0, 0) && !hcall4(0xe4, 0, 0, 0, 0);
}

bool vpa_shared(void) { return vpa() && ((volatile u8 *)AREA)[9] & 2; }

bool ail_round(void)
{
    bool is_set = !hcall4(H_SET_MODE, 3, 3, 0, 0);

    return !hcall4(H_SET_MODE, 0, 3, 0, 0) && is_set;
}

bool tce_round(void)
{
    r[0] = 0x20, r[1] = LIOBN, r[2] = 0x5000, r[3] = A | 3;
    if (hcall(r))
        return false;
    r[0] = 0x1c, r[1] = LIOBN, r[2] = 0x5000;
    return !hcall(r) && gives_tce();
}

/* An interrupt of the processor itself: source 2, taken, ended, and away. */
bool ipi_round(void)
{
    u64 xirr;

    hcall4(H_CPPR, 0xff, 0, 0, 0);
    if (hcall4(H_IPI, 0, 4, 0, 0))
        return false;
    r[0] = H_XIRR;
    hcall(r);
    xirr = r[1];
    hcall4(H_IPI, 0, 0xff, 0, 0);
    return (xirr & 0xffffff) == 2 && !hcall4(H_EOI, xirr, 0, 0, 0) && !hcall4(H_CPPR, 0, 0, 0, 0);
}

bool stop_watch(void)
{
    return !hcall4(0x45c, 0x101, 1, 60000, 0) && !hcall4(0x45c, 0x200, 1, 0, 0);
}

bool nvram_round(void)
{
    put64(A, 0x0123456789abcdef);
    return !rtas("nvram-store", 3, 2, 0x1000, A, 8) && !rtas("nvram-fetch", 3, 2, 0x1000, A + 64, 8) &&
           get64(A + 64) == 0x0123456789abcdef;
}

/* A list of processors, one vector: the fifth is missing. */
bool cas_missing_vector(void)
{
    memset((void *)A, 0, 64);
    ((volatile u8 *)A)[15] = 1;
    return (s64)hcall4(0xf002, A, A + 0x100000, 0x80000, 0) == PARAMETER;
}

CODE(reset_self, "sc 1\n1: b 1b");

bool sys_reset_self(void)
{
    struct state s = start(reset_self, privileged);

    s.gpr[3] = 0x380;
    s.gpr[4] = 0;
    run(&s);
    return s.vector - 12 == 0x100 && s.gpr[3] == 0;
}
