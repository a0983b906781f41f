/* The bare guests' frame: console, device tree, power-off, the run through a program's table. */
#include "bare.h"
#include "mmu.h"

u64 privileged, problem, ail;
enum level level;

static const u8 *tree;
static const char *name_now = "", *mmu_now = "";
static u64 failures_now;

void bare_main(const void *fdt);
void unexpected(const struct state *stray);

u32 be32(u32 v)
{
    return IS_LE ? __builtin_bswap32(v) : v;
}

u64 be64(u64 v)
{
    return IS_LE ? __builtin_bswap64(v) : v;
}

/* Bytes are moved one by one: the compiler must not make calls of these of them. */
#define LITERALLY __attribute__((optimize("no-tree-loop-distribute-patterns")))

LITERALLY void *memcpy(void *to, const void *from, u64 n)
{
    u8 *t = to;
    const u8 *f = from;

    while (n--)
        *t++ = *f++;
    return to;
}

LITERALLY void *memset(void *to, int v, u64 n)
{
    u8 *t = to;

    while (n--)
        *t++ = (u8)v;
    return to;
}

bool is_equal(const char *a, const char *b)
{
    while (*a && *a == *b)
        a++, b++;
    return *a == *b;
}

u64 mfmsr(void)
{
    u64 v;

    asm volatile("mfmsr %0" : "=r"(v));
    return v;
}

/* ---- the platform ---- */

u64 hcall4(u64 token, u64 a, u64 b, u64 c, u64 d)
{
    u64 r[10] = { token, a, b, c, d };

    return hcall(r);
}

static char buffer[16];
static u64 n_buffer;

/* Up to 16 characters a call, in two registers. */
static void flush(void)
{
    u64 words[2] = { 0, 0 };

    if (!n_buffer)
        return;
    memcpy(words, buffer, n_buffer);
    while (hcall4(H_PUT_TERM_CHAR, 0x71000000, n_buffer, be64(words[0]), be64(words[1])) == 1)
        ;
    n_buffer = 0;
}

void print(const char *text)
{
    for (; *text; text++) {
        buffer[n_buffer++] = *text;
        if (n_buffer == sizeof buffer || *text == '\n')
            flush();
    }
}

void print_hex(u64 v)
{
    char text[17];

    for (unsigned i = 0; i < 16; i++)
        text[i] = "0123456789abcdef"[v >> (60 - 4 * i) & 15];
    text[16] = 0;
    print(text);
}

const u32 *device_tree(void)
{
    return (const u32 *)tree;
}

/* The flattened tree is walked from end to end: words 1 node, 2 its end, 3 property, 4 nothing. */
const void *find_next_property(const void *behind, const char *name, u32 *size)
{
    const u32 *header = (const u32 *)tree;
    const u8 *p = tree + be32(header[2]), *strings = tree + be32(header[3]);

    for (;;) {
        u32 token = be32(*(const u32 *)p);

        p += 4;
        if (token == 1) {
            while (*p++)
                ;
            p = (const u8 *)(((u64)p + 3) & ~3ul);
        } else if (token == 3) {
            u32 length = be32(((const u32 *)p)[0]), at = be32(((const u32 *)p)[1]);

            p += 8;
            if (p > (const u8 *)behind && is_equal((const char *)strings + at, name)) {
                if (size)
                    *size = length;
                return p;
            }
            p += (length + 3) & ~3u;
        } else if (token != 2 && token != 4) {
            return NULL;
        }
    }
}

const void *find_property(const char *name, u32 *size)
{
    return find_next_property(NULL, name, size);
}

void power_off(void)
{
    const u32 *token = find_property("power-off", NULL);
    static u32 args[5];

    flush();
    if (token) {
        args[0] = *token;
        args[1] = be32(2);
        args[2] = be32(1);
        args[3] = args[4] = be32(0xffffffff);
        hcall4(H_RTAS, (u64)args, 0, 0, 0);
    }
    for (;;)
        ;
}

void sync_code(void *at, u64 size)
{
    for (u8 *p = at; p < (u8 *)at + size; p += 4)
        asm volatile("dcbst 0, %0; sync; icbi 0, %0; sync; isync" ::"r"(p) : "memory");
}

void set_ail(u64 mode)
{
    if (hcall4(H_SET_MODE, mode, 3, 0, 0))
        print("H_SET_MODE refuses interrupt locations\n");
    ail = mode;
}

/* ---- expectations ---- */

static void tell(const char *what, u64 seen, u64 expected)
{
    failures_now++;
    print("  ");
    print(name_now);
    print(mmu_now);
    print(": ");
    print(what);
    print(" is ");
    print_hex(seen);
    print(", expected ");
    print_hex(expected);
    print("\n");
}

void expect(const char *what, u64 seen, u64 expected)
{
    if (seen != expected)
        tell(what, seen, expected);
}

#define SRR1_INFO \
    (BIT(33) | BIT(34) | BIT(35) | BIT(36) | BIT(42) | BIT(43) | BIT(44) | BIT(45) | BIT(46) | \
     BIT(47))

void expect_interrupt_from(const struct state *s, u64 vector, u64 srr0, u64 bits, u64 msr)
{
    u64 here = mfmsr();
    bool relocated = ail == 3 && (msr & (MSR_IR | MSR_DR)) == (MSR_IR | MSR_DR) &&
                     vector != 0x100 && vector != 0x200;

    expect("vector", s->vector - 12, vector + (relocated ? AIL_BASE : 0));
    expect("SRR0", s->srr0, srr0);
    expect("SRR1", s->srr1, (msr & ~SRR1_INFO) | bits);
    /* Interrupts keep ME, turn SF on, set the byte order, and clear the rest. [ISA3.0 III 6.5] */
    expect("handler's MSR", s->handler_msr,
           MSR_SF | (here & (MSR_ME | MSR_LE)) | (relocated ? MSR_IR | MSR_DR : 0));
}

void expect_interrupt(const struct state *s, u64 vector, u64 srr0, u64 bits)
{
    expect_interrupt_from(s, vector, srr0, bits, s->msr);
}

void expect_run(struct state *s, u64 vector, u64 srr0, u64 bits)
{
    run(s);
    expect_interrupt(s, vector, srr0, bits);
}

struct state start(const u32 *code, u64 msr)
{
    struct state s;

    for (u64 i = 0; i < 32; i++)
        s.gpr[i] = 0x1111111100000000ul + i;
    s.nia = (u64)code;
    s.msr = msr;
    s.lr = 0x2222222200000000ul;
    s.ctr = 0x3333333300000000ul;
    s.xer = 0;
    s.cr = 0;
    s.dar = 0x4444444444444444ul;
    s.dsisr = 0x55555555;
    s.srr0 = s.srr1 = s.vector = s.handler_msr = 0;
    return s;
}

/* An interrupt while C code runs: there is no way on. */
void unexpected(const struct state *stray)
{
    tell("an interrupt of the test program itself: vector", stray->vector - 12, 0);
    tell("its SRR0", stray->srr0, 0);
    tell("its SRR1", stray->srr1, 0);
    tell("its DAR", stray->dar, 0);
    tell("its DSISR", stray->dsisr, 0);
    print("case ");
    print(name_now);
    print(mmu_now);
    print(" failed\n");
    power_off();
}

/* ---- the run ---- */

/* As far away as it can be: some seconds with 32 bits, which a case does not last. */
static void quiet_decrementer(void)
{
    mtspr(SPR_DEC, -1);
    mtspr(SPR_DEC, mfspr(SPR_DEC) >> 32 ? 0x7fffffffffff : 0x7fffffff);
}

static void run_test(const struct test *t, const char *mmu)
{
    name_now = t->name;
    mmu_now = mmu;
    failures_now = 0;
    quiet_decrementer();
    t->function();
    set_ail(0);
    print("case ");
    print(name_now);
    print(mmu_now);
    print(failures_now ? " failed\n" : " passed\n");
}

static bool is_for(const struct test *t, unsigned flags)
{
    return (!t->first || level >= t->first) && (!t->last || level <= t->last) &&
           (t->flags & flags || t->flags == flags);
}

static void run_in_world(enum mmu which, unsigned flags, const char *name)
{
    world_make(which);
    problem = privileged | MSR_PR | MSR_EE | MSR_IR | MSR_DR;
    for (u64 i = 0; i < n_tests; i++)
        if (is_for(&tests[i], flags)) {
            run_test(&tests[i], name);
            world_restore();
        }
}

/* The boot code stands where the system reset vector belongs: put a stub there, a copy of the next one. */
static void make_reset_vector(void)
{
    volatile u32 *reset = (u32 *)0x100;
    const volatile u32 *next = (const u32 *)0x200;

    asm("" : "+r"(reset), "+r"(next));
    reset[0] = next[0];
    reset[1] = next[1];
    reset[2] = next[2] + 0x100;
    sync_code((void *)0x100, 12);
}

static enum level find_level(void)
{
    switch (mfspr(SPR_PVR) >> 16) {
    case 0x4b:
    case 0x4c:
    case 0x4d:
        return ISA_2_07;
    case 0x4e:
        return ISA_3_0;
    default:
        return ISA_3_1;
    }
}

void bare_main(const void *fdt)
{
    tree = fdt;
    mtspr(SPR_DEC, 0x7fffffff);
    make_reset_vector();
    if (hcall4(H_SET_MODE, IS_LE, 4, 0, 0))
        print("H_SET_MODE refuses interrupts of this byte order\n");
    privileged = (mfmsr() | MSR_RI) & ~MSR_FP;
    level = find_level();
    /* Problem state has all facilities: DSCR, event-based branches, TAR, scv, prefixes. */
    mtspr(SPR_FSCR,
          mfspr(SPR_FSCR) | BIT(63 - 2) | BIT(63 - 7) | BIT(63 - 8) | BIT(63 - 12) | BIT(63 - 13));
    for (u64 i = 0; i < n_tests; i++)
        if (is_for(&tests[i], REAL))
            run_test(&tests[i], "");
    run_in_world(MMU_HASH, WORLD | HASH, "/hash");
    if (level >= ISA_3_0)
        run_in_world(MMU_RADIX, WORLD | RADIX, "/radix");
    print("end of cases\n");
    power_off();
}
