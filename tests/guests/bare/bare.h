/* What the bare guests share: a program is a table of cases; each runs a few instructions in a state of its
 * choice, and looks at the interrupt that ends them.
 *
 * C code runs in real mode with interrupts off. run() loads a whole processor state, and returns when an
 * interrupt is taken, with all registers as the handler found them. Whatever is translated lives in the
 * standard world of mmu.h, or in pages that a case maps itself. */
#ifndef BARE_H
#define BARE_H

#include "state.h"

asm(".machine power10");

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long u64;
typedef long s64;
typedef _Bool bool;
#define true 1
#define false 0
#define NULL ((void *)0)

#define BIT(n) (1ul << (63 - (n))) /* the book's numbers */
#define ARRAY_SIZE(a) (sizeof(a) / sizeof *(a))

#define MSR_SF BIT(0)
#define MSR_VEC BIT(38)
#define MSR_VSX BIT(40)
#define MSR_EE BIT(48)
#define MSR_PR BIT(49)
#define MSR_FP BIT(50)
#define MSR_ME BIT(51)
#define MSR_FE0 BIT(52)
#define MSR_SE BIT(53)
#define MSR_BE BIT(54)
#define MSR_FE1 BIT(55)
#define MSR_IR BIT(58)
#define MSR_DR BIT(59)
#define MSR_PMM BIT(61)
#define MSR_RI BIT(62)
#define MSR_LE BIT(63)

#define AIL_BASE 0xc000000000004000ul
#define AIL_SCV_BASE 0xc000000000003000ul

enum {
    SPR_DEC = 22,
    SPR_PIDR = 48,
    SPR_IAMR = 61,
    SPR_FSCR = 153,
    SPR_UAMOR = 157,
    SPR_AMR = 29,
    SPR_PVR = 287,
    SPR_TB = 268,
    SPR_DSCR = 17,
    SPR_TAR = 815
};
#define mfspr(n) \
    ({ \
        u64 v_; \
        asm volatile("mfspr %0, %1" : "=r"(v_) : "i"(n) : "memory"); \
        v_; \
    })
#define mtspr(n, v) asm volatile("mtspr %0, %1; isync" ::"i"(n), "r"((u64)(v)) : "memory")

/* Registers before and after. start.S knows the offsets. */
struct state {
    u64 gpr[32];
    u64 nia, msr; /* where and in which state to run; not changed by run() */
    u64 lr, ctr, xer, cr;
    u64 dar, dsisr;
    u64 srr0, srr1; /* of the interrupt */
    u64 vector;     /* its vector's effective address, plus 12 */
    u64 handler_msr;
};
_Static_assert(sizeof(struct state) == STATE_SIZE, "start.S");
_Static_assert(__builtin_offsetof(struct state, handler_msr) == STATE_HANDLER_MSR, "start.S");

void run(struct state *s);

/* What run() and the vectors keep of a processor; SPRG0 points to it. start.S knows the offsets. */
struct processor {
    struct state *current; /* where an interrupt puts the registers */
    u64 kept_stack;        /* of the C code that called run(); 0: nobody did */
    u64 stack;             /* its end */
    struct state stray;    /* of an interrupt that no run() waits for */
};
_Static_assert(__builtin_offsetof(struct processor, stray) == PROCESSOR_STRAY, "start.S");

/* Where start-cpu starts another processor, with its struct processor as r3; it goes on in second_main() with
 * the MSR that it had as the third argument. */
extern const u32 boot_second[];
void second_main(struct processor *self, u64 unused, u64 msr);

/* Instructions for run(): CODE(name, "assembler") in the image's snippets, which the standard world maps for
 * problem state too. */
#define CODE(name, text) \
    extern const u32 name[]; \
    asm(".pushsection .snippets, \"ax\"\n.balign 64\n.globl " #name "\n" #name ":\n" text \
        "\n.popsection")

/* A state that executes code, with registers that hold something recognisable. */
struct state start(const u32 *code, u64 msr);
/* The MSR of C code, and that of a program of problem state in the standard world. */
u64 mfmsr(void);
extern u64 privileged, problem;

/* What a processor does. */
enum level { ISA_2_07 = 207, ISA_3_0 = 300, ISA_3_1 = 310 };
extern enum level level;

/* Looks at a value: tells about it if it is not the one that was expected. */
void expect(const char *what, u64 seen, u64 expected);
/* The interrupt of s: vector, SRR0, and all of SRR1: the MSR that was running, but for bits 33:36 and 42:47,
 * which are `bits`; and the handler's MSR. */
void expect_interrupt(const struct state *s, u64 vector, u64 srr0, u64 bits);
/* The same, for an MSR that the code has changed. */
void expect_interrupt_from(const struct state *s, u64 vector, u64 srr0, u64 bits, u64 msr);
/* Run s, and expect that. */
void expect_run(struct state *s, u64 vector, u64 srr0, u64 bits);
extern u64 ail; /* 0 or 3, as set_ail() left it */
void set_ail(u64 mode);

enum flags {
    REAL = 0,
    WORLD = 1, /* in the standard world, once for each MMU that the processor has */
    RADIX = 2, /* in that with radix trees only */
    HASH = 4,  /* in that with the hash page table only */
};

/* A row of a program's table. */
struct test {
    const char *name;
    void (*function)(void);
    unsigned flags;
    enum level first, last; /* 0: no bound */
};
extern const struct test tests[];
extern const u64 n_tests;
#define TESTS(...) \
    const struct test tests[] = { __VA_ARGS__ }; \
    const u64 n_tests = ARRAY_SIZE(tests)

/* The platform. */
u64 hcall(u64 *r); /* r[0] token and status, r[1] to r[9] r4 to r12 */
u64 hcall4(u64 token, u64 a, u64 b, u64 c, u64 d);
enum {
    H_REMOVE = 4,
    H_ENTER = 8,
    H_READ = 12,
    H_CLEAR_MOD = 0x10,
    H_CLEAR_REF = 0x14,
    H_PROTECT = 0x18,
    H_PUT_TERM_CHAR = 0x58,
    H_EOI = 0x64,
    H_CPPR = 0x68,
    H_IPI = 0x6c,
    H_XIRR = 0x74,
    H_CEDE = 0xe0,
    H_BULK_REMOVE = 0x124,
    H_SET_MODE = 0x31c,
    H_REGISTER_PROC_TBL = 0x37c,
    H_RTAS = 0xf000
};
/* A property of the device tree by name, in the first node that has it; NULL: none. */
const void *find_property(const char *name, u32 *size);
/* In the first node that has it behind that one (a property's value). */
const void *find_next_property(const void *behind, const char *name, u32 *size);
/* The flattened tree. */
const u32 *device_tree(void);
u32 be32(u32 v);
u64 be64(u64 v);
bool is_equal(const char *a, const char *b);
/* Powers the machine off. */
void power_off(void);

void *memcpy(void *to, const void *from, u64 n);
void *memset(void *to, int v, u64 n);
void print(const char *text);
void print_hex(u64 v);
/* Makes instructions that were stored be fetched. */
void sync_code(void *at, u64 size);

#endif
