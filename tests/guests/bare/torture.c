/* Programs that change under the processor's feet: instructions are stored over, by the program itself in hot loops, by
 * code outside, and by another processor; pages with code and data get other rights and other memory.
 *
 * The case `random` is one long sequence of chance, which prints a sum over all registers from time to time: torture.py
 * compares what different ways of executing it print. Everything in it is defined by the book, and no interrupt comes
 * at a time that shows. The other cases have a second processor that changes what the first one uses, and say
 * themselves what is wrong. [ISA3.0 II 1.8, 4.3.1; III 5.10]
 *
 * torture.py writes into the image how long it is to last. */
#include "bare.h"
#include "mmu.h"

/* ---- numbers ---- */

static u64 random_state = 1;

static u64 random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static u64 below(u64 n)
{
    return (random() >> 11) % n;
}

/* Big-endian numbers that torture.py writes into the image, where no vector stands. */
enum { ROUNDS = 0x10, SEED = 0x18, PAIRS = 0x20, SECOND = 0x28 };

static u64 argument(u64 at)
{
    const volatile u64 *p = (const volatile u64 *)at;

    asm("" : "+r"(p));
    return be64(*p);
}

/* ---- pages: some of 4 KiB, some of 64 KiB; code for problem state, code for privileged state, data ---- */

enum { MOST_PAGES = 8, BLOCK = 16, SLOT = 8 };
struct area {
    u64 ea;
    unsigned shift, n, n_real;
    bool is_code;
    u64 real[MOST_PAGES];
    int page[MOST_PAGES]; /* which of those is mapped, -1: none */
    u64 how[MOST_PAGES];
};
static struct area areas[] = {
    { 0x10000000, 12, 6, 8, true, { 0 }, { 0 }, { 0 } },
    { 0x30000000, 16, 2, 3, true, { 0 }, { 0 }, { 0 } },
    { KERNEL + 0x10000000, 12, 4, 6, true, { 0 }, { 0 }, { 0 } },
    { 0x50000000, 12, 8, 8, false, { 0 }, { 0 }, { 0 } },
    { 0x70000000, 16, 2, 3, false, { 0 }, { 0 }, { 0 } },
};
enum { CODE_AREAS = 3, AREAS = ARRAY_SIZE(areas) };

static u64 size_of(const struct area *a)
{
    return 1ul << a->shift;
}

/* All, what belongs to the process, or the page: each is enough. */
static void radix_invalidate(const struct area *a, u64 ea)
{
    u64 pid = ea >> 62 ? 0 : 1, kind = below(3), size = a->shift == 12 ? 0 : 5;

    if (kind == 0)
        radix_flush();
    else if (kind == 1)
        asm volatile("ptesync; tlbie %0, %1, 0, 1, 1; eieio; tlbsync; ptesync" ::"r"(0x400ul), "r"(pid << 32)
                     : "memory");
    else
        asm volatile("ptesync; tlbie %0, %1, 0, 1, 1; eieio; tlbsync; ptesync" ::"r"((ea & ~0xffful) | size << 5),
                     "r"(pid << 32)
                     : "memory");
}

static bool hash_protect(u64 ea, u64 how)
{
    u64 pp = how & USER ? (how & WRITE ? 2 : 3) : how & WRITE ? 0 : 0x102;

    return hash_index(ea) != ~0ul &&
           !hcall4(H_PROTECT, pp | (how & EXECUTE ? 0 : 4), hash_index(ea), 0, 0);
}

/* The page k of the area becomes this one, -1: none, with these rights. */
static void set_page(struct area *a, unsigned k, int page, u64 how)
{
    u64 ea = a->ea + k * size_of(a);

    if (mmu == MMU_RADIX) {
        if (page < 0)
            *radix_entry(ea) = 0;
        else
            map(ea, a->real[page], a->shift, how);
        radix_invalidate(a, ea);
    } else if (page < 0 || page != a->page[k] || below(2) || !hash_protect(ea, how)) {
        if (a->page[k] >= 0)
            unmap(ea);
        if (page >= 0)
            map(ea, a->real[page], a->shift, how);
    }
    a->page[k] = page;
    a->how[k] = how;
}

static u64 random_rights(const struct area *a)
{
    u64 how = READ | (below(3) ? WRITE : 0) | (a->is_code && below(6) ? EXECUTE : 0);

    return how | (a->ea >> 62 || !below(8) ? 0 : USER);
}

/* ---- code: in blocks of 16 words, so that a change of words 8 never meets a sequence that changes code ---- */

enum {
    SC = 0x44000002,
    ADDI_R3 = 0x38630000,
    XORI_R3 = 0x68630000,
    MULLI_R3 = 0x1c630000,
    ADDI_R10 = 0x394a0000,
    BDNZ = 0x42000000,
    B = 0x48000000
};

static u32 random_simple(void)
{
    switch (below(6)) {
    case 0:
        return XORI_R3 | (u32)below(0x10000);
    case 1:
        return MULLI_R3 | (u32)(below(0x4000) * 2 + 1);
    case 2:
        return ADDI_R10 | (u32)below(0x10000);
    default:
        return ADDI_R3 | (u32)below(0x10000);
    }
}

static bool is_simple(u32 word)
{
    return word >> 16 == ADDI_R3 >> 16 || word >> 16 == XORI_R3 >> 16 || word >> 16 == MULLI_R3 >> 16 ||
           word >> 16 == ADDI_R10 >> 16;
}

/* Branches stay within the block. */
static u32 random_word(unsigned k)
{
    u32 d = (u32)below(0x7ff0) & ~7u;

    switch (below(24)) {
    case 0:
        return 0x80040000 | 12 << 21 | d; /* lwz r12, d(r4) */
    case 1:
        return 0x90640000 | d; /* stw r3, d(r4) */
    case 2:
        return 0xf8640000 | d; /* std r3, d(r4) */
    case 3:
        return 0x80080000 | 12 << 21 | (d & 0xff8); /* lwz r12, d(r8): code */
    case 4:
        return 0x7c636214; /* add r3, r3, r12 */
    case 5:
        return 0x7c635278; /* xor r3, r3, r10 */
    case 6:
        return 0x7d8802a6; /* mflr r12 */
    case 7:
        return B | 4 * (u32)(1 + below(BLOCK - k)) | (u32)below(2); /* b or bl, forward */
    case 8:
        return 0xe8040000 | 12 << 21 | d; /* ld r12, d(r4) */
    default:
        return random_simple();
    }
}

/* What r5 points at becomes addi r3, r3, the low half of r3. */
static const u32 change[BLOCK - SLOT - 1] = {
    0x3cc03863, /* lis r6, 0x3863 */
    0x5066043e, /* rlwimi r6, r3, 0, 16, 31 */
    0x90c50000, /* stw r6, 0(r5) */
    0x7c00286c, /* dcbst 0, r5 */
    0x7c0004ac, /* sync */
    0x7c002fac, /* icbi 0, r5 */
    0x4c00012c  /* isync */
};

static void make_block(u32 *w)
{
    bool changes = !below(3);

    for (unsigned k = 0; k < BLOCK; k++)
        w[k] = k == SLOT ? random_simple() : k > SLOT && changes ? change[k - SLOT - 1] : random_word(k);
    /* Each loop ends with the count, and the program with it. */
    if (below(3)) {
        unsigned at = (unsigned)(1 + below(SLOT - 2));

        w[at] = BDNZ | ((u32)(-4 * (int)below(at + 1)) & 0xfffc);
        if (w[at] == BDNZ)
            w[at] |= (u32)(-4) & 0xfffc;
        w[at + 1] = SC;
    }
    if (!changes && !below(3)) {
        w[BLOCK - 2] = BDNZ | ((u32)(-4 * (int)(1 + below(BLOCK - 2))) & 0xfffc);
        w[BLOCK - 1] = SC;
    }
}

static void make_page(u64 real, u64 size)
{
    for (u64 at = 0; at < size; at += 4 * BLOCK)
        make_block((u32 *)(real + at));
    sync_code((void *)real, size);
}

static void make_areas(void)
{
    for (unsigned i = 0; i < AREAS; i++) {
        struct area *a = &areas[i];

        for (unsigned k = 0; k < a->n_real; k++) {
            a->real[k] = (u64)take_memory(a->shift);
            if (a->is_code)
                make_page(a->real[k], size_of(a));
            for (u64 at = 0; !a->is_code && at < size_of(a); at += 8)
                *(u64 *)(a->real[k] + at) = random();
        }
        for (unsigned k = 0; k < a->n; k++) {
            a->page[k] = -1;
            if (mmu == MMU_RADIX)
                map(a->ea + k * size_of(a), a->real[0], a->shift, READ);
            set_page(a, k, (int)k % (int)a->n_real, READ | WRITE | EXECUTE | (a->ea >> 62 ? 0 : USER));
        }
    }
}

/* ---- the case that is compared ---- */

static u64 sum, ends[16]; /* by vector: how programs have ended */

static void add_to_sum(u64 v)
{
    sum = (sum ^ v) * 0x9e3779b97f4a7c15ul;
    sum ^= sum >> 29;
}

static struct area *random_code(void)
{
    return &areas[below(CODE_AREAS)];
}

static void change_words(void)
{
    struct area *a = random_code();
    u32 *page = (u32 *)a->real[below(a->n_real)];

    for (u64 n = 1 + below(4); n--;) {
        u32 *w = &page[below(below(4) ? 64 : size_of(a) / 4)];

        if (is_simple(*w)) {
            *w = random_simple();
            sync_code(w, 4);
        }
    }
}

static void change_blocks(void)
{
    struct area *a = random_code();
    u64 real = a->real[below(a->n_real)] + (below(size_of(a)) & ~(4ul * BLOCK - 1));

    make_block((u32 *)real);
    sync_code((void *)real, 4 * BLOCK);
}

static void copy_page(void)
{
    struct area *a = random_code();
    u64 *from = (u64 *)a->real[below(a->n_real)], *to = (u64 *)a->real[below(a->n_real)];

    for (unsigned k = 0; k < 0x1000 / 8; k++)
        to[k] = from[k];
    sync_code(to, 0x1000);
}

static void change_page(void)
{
    struct area *a = &areas[below(AREAS)];

    set_page(a, (unsigned)below(a->n), below(8) ? (int)below(a->n_real) : -1, random_rights(a));
}

/* What has taken so much away that nothing runs any more is put right again. */
static void restore_page(void)
{
    struct area *a = &areas[below(AREAS)];
    unsigned k = (unsigned)below(a->n);

    set_page(a, k, (int)below(a->n_real), READ | WRITE | (a->is_code ? EXECUTE : 0) | (a->ea >> 62 ? 0 : USER));
}

/* A block's word 8 in some page of the area. */
static u64 random_slot(const struct area *a)
{
    u64 page = a->ea + below(a->n) * size_of(a);

    return page + (below(below(2) ? 256 : size_of(a)) & ~(4ul * BLOCK - 1)) + 4 * SLOT;
}

static void add_state(const struct state *s)
{
    u64 vector = (s->vector - 12) & 0xfff;

    ends[vector >> 8 & 15]++;
    for (unsigned k = 0; k < 32; k++)
        add_to_sum(s->gpr[k]);
    add_to_sum(s->lr);
    add_to_sum(s->ctr);
    add_to_sum(s->cr);
    add_to_sum(vector);
    add_to_sum(s->srr0);
    add_to_sum(s->srr1);
    if (vector == 0x300 || vector == 0x380)
        add_to_sum(s->dar);
    if (vector == 0x300)
        add_to_sum(s->dsisr);
}

/* The decrementer may come in between, at any time: what is interrupted goes on. How often it does so must not change
 * the numbers of chance. */
static void run_through(struct state *s)
{
    for (u64 ticks = random(); true; ticks = ticks * 0x9e3779b97f4a7c15ul + 1) {
        if (ticks >> 63)
            mtspr(SPR_DEC, ticks >> 40 & 4095);
        run(s);
        if (((s->vector - 12) & 0xfff) != 0x900)
            break;
        mtspr(SPR_DEC, 0x7fffffff);
        s->nia = s->srr0;
        s->msr = s->srr1;
    }
    mtspr(SPR_DEC, 0x7fffffff);
}

static void run_somewhere(void)
{
    struct area *a = random_code(), *data = &areas[CODE_AREAS + below(AREAS - CODE_AREAS)];
    bool is_problem = !(a->ea >> 62) && below(4);
    u64 page = a->ea + below(a->n) * size_of(a);
    struct state s = start(NULL, is_problem ? problem : (privileged | MSR_EE | MSR_IR | MSR_DR));

    s.nia = page + (below(2) ? below(256) : below(size_of(a))) / 64 * 64;
    if (!below(4))
        s.nia = page + size_of(a) - 64 * (1 + below(2)); /* over the page's end */
    s.gpr[3] = random();
    s.gpr[4] = data->ea + below(data->n) * size_of(data) + (below(2) ? 0 : below(64) * 8);
    s.gpr[5] = random_slot(below(2) ? a : random_code());
    s.gpr[8] = a->ea + below(a->n) * size_of(a);
    s.ctr = below(4) ? 1 + below(40) : 1 + below(1500);
    run_through(&s);
    add_state(&s);
}

static void tell_sum(u64 round)
{
    print("round ");
    print_hex(round);
    print(" sum ");
    print_hex(sum);
    print("\n");
}

static void test_random(void)
{
    u64 rounds = argument(ROUNDS);

    random_state = argument(SEED) * 0x9e3779b97f4a7c15ul | 1;
    sum = 0;
    memset(ends, 0, sizeof ends);
    make_areas();
    for (u64 n = 1; n <= rounds; n++) {
        switch (below(16)) {
        case 0:
        case 1:
        case 2:
            change_words();
            break;
        case 3:
            change_blocks();
            break;
        case 4:
            if (!below(4))
                copy_page();
            break;
        case 5:
        case 6:
            change_page();
            break;
        case 7:
        case 8:
        case 9:
            restore_page();
            break;
        }
        run_somewhere();
        if (n % 512 == 0 || n == rounds)
            tell_sum(n);
    }
    for (unsigned i = 0; i < AREAS; i++)
        for (unsigned k = 0; k < areas[i].n_real; k++)
            for (u64 at = 0; at < size_of(&areas[i]); at += 8)
                add_to_sum(*(u64 *)(areas[i].real[k] + at));
    tell_sum(rounds);
    print("ends:");
    for (unsigned k = 0; k < ARRAY_SIZE(ends); k++)
        if (ends[k]) {
            print(" ");
            print_hex(k << 8);
            print(" ");
            print_hex(ends[k]);
        }
    print("\n");
}

/* ---- a second processor ---- */

/* It runs C in real mode with interrupts off, and does what `job` says. */
static volatile struct {
    u64 up, epoch, seen_epoch, seen_value, counter; /* start of the page of problem state */
} *shared;
static void (*volatile job)(void);
static volatile u64 job_done, wrong_at, wrong_seen, wrong_expected, n_wrong;

extern const u8 torture_entry[];
void torture_second(void);
asm(".pushsection .text\n"
    /* Big-endian words, as boot in start.S; r3 is where it goes on. */
    ".globl torture_entry\ntorture_entry:\n"
    ".byte 0x7c,0x80,0x00,0xa6\n" /* mfmsr r4 */
#if IS_LE
    ".byte 0x60,0x84,0x00,0x01\n" /* ori r4, r4, MSR_LE */
#else
    ".byte 0x60,0x00,0x00,0x00\n"
#endif
    ".byte 0x7c,0x9b,0x03,0xa6\n" /* mtsrr1 r4 */
    ".byte 0x7c,0x7a,0x03,0xa6\n" /* mtsrr0 r3 */
    ".byte 0x4c,0x00,0x00,0x24\n" /* rfid */
    ".globl torture_begin\ntorture_begin:\n"
    "lis 1, second_stack_end@ha; addi 1, 1, second_stack_end@l; addi 1, 1, -96\n"
    "lis 2, .TOC.@ha; addi 2, 2, .TOC.@l\n"
    "lis 12, torture_second@ha; addi 12, 12, torture_second@l; mtctr 12; bctrl\n1: b 1b\n"
    ".popsection\n.pushsection .bss\n.balign 16\n.space 0x4000\nsecond_stack_end:\n.popsection");
extern const u8 torture_begin[];

#define barrier() asm volatile("sync" ::: "memory")

void torture_second(void)
{
    job_done = 1;
    for (;;) {
        while (!job || job_done)
            ;
        barrier();
        job();
        barrier();
        job_done = 1;
    }
}

static bool start_second(void)
{
    static u32 args[7];
    static bool is_there;
    const u32 *token = find_property("start-cpu", NULL);

    if (is_there || !token || !argument(SECOND))
        return is_there;
    args[0] = *token;
    args[1] = be32(3);
    args[2] = be32(1);
    args[3] = be32(1);
    args[4] = be32((u32)(u64)torture_entry);
    args[5] = be32((u32)(u64)torture_begin);
    hcall4(H_RTAS, (u64)args, 0, 0, 0);
    expect("start-cpu", be32(args[6]), 0);
    is_there = !args[6];
    while (is_there && !job_done)
        ;
    return is_there;
}

static void begin_job(void (*f)(void))
{
    job = f;
    job_done = 0;
    barrier();
}

static void end_job(void)
{
    while (!job_done)
        ;
    barrier();
}

static void note_wrong(u64 at, u64 seen, u64 expected)
{
    if (n_wrong++)
        return;
    wrong_at = at;
    wrong_seen = seen;
    wrong_expected = expected;
}

static void spin(u64 n)
{
    for (volatile u64 k = 0; k < n; k++)
        ;
}

static volatile u64 delays[64]; /* what the second one waits for, so that it needs no numbers of its own */

static void make_delays(void)
{
    for (unsigned k = 0; k < ARRAY_SIZE(delays); k++)
        delays[k] = below(8) ? below(400) : below(40000);
}

/* Pages: code and the page behind it, both at HERE; the shared one; that which is taken away. */
#define HERE 0x10000000ul
#define SHARED 0x50000000ul
#define VICTIM 0x50010000ul
static u64 here, victim, other;

/* A decrementer of 32 bits comes every four seconds, which a slow host takes for a case; problem state cannot have it
 * off. */
static void run_on(struct state *s)
{
    for (run(s); ((s->vector - 12) & 0xfff) == 0x900; run(s)) {
        mtspr(SPR_DEC, 0x7fffffff);
        s->nia = s->srr0;
        s->msr = s->srr1;
    }
}

static bool make_pair(void)
{
    n_wrong = 0;
    if (!start_second())
        return false; /* there is none */
    here = (u64)take_memory(13);
    shared = take_memory(12);
    victim = (u64)take_memory(12);
    other = (u64)take_memory(12);
    memset((void *)shared, 0, 0x1000);
    memset((void *)victim, 0, 0x1000);
    memset((void *)other, 0, 0x1000);
    map(HERE, here, 12, READ | EXECUTE | USER);
    map(HERE + 0x1000, here + 0x1000, 12, READ | EXECUTE | USER);
    map(SHARED, (u64)shared, 12, READ | WRITE | USER);
    map(VICTIM, victim, 12, READ | WRITE | USER);
    make_delays();
    return true;
}

static void expect_all_right(void)
{
    expect("faults seen by the second processor", n_wrong, 0);
    if (n_wrong) {
        expect("the first of them, in round", wrong_at, 0);
        expect("there, a value", wrong_seen, wrong_expected);
    }
}

static u64 rounds_of_pair(void)
{
    return argument(PAIRS);
}

static void take_rights(u64 ea, u64 real, u64 how)
{
    if (mmu == MMU_HASH) {
        if (!hash_protect(ea, how))
            note_wrong(0, 0xbad, 0);
        return;
    }
    map(ea, real, 12, how);
    asm volatile("ptesync; tlbie %0, %1, 0, 1, 1; eieio; tlbsync; ptesync" ::"r"(ea), "r"(1ul << 32) : "memory");
}

/* ---- code that another processor changes ---- */

CODE(code_follow, "1: ld 5, 8(4); cmpd 5, 6; beq 1b; isync; b 2f; nop\n"
                  "2: li 7, 0; std 7, 24(4); lwsync; std 5, 16(4); mr 6, 5; bdnz 1b; sc");
enum { FOLLOW_WORDS = 13, FOLLOW_BRANCH = 4, FOLLOW_LI = 6 };

static u64 changed_at; /* the real address of the li */

static void do_changes(void)
{
    for (u64 n = 1; n <= rounds_of_pair(); n++) {
        u32 *w = (u32 *)changed_at;

        *w = 0x38e00000 | (n & 0x7fff);
        asm volatile("dcbst 0, %0; sync; icbi 0, %0; sync; isync" ::"r"(w) : "memory");
        shared->epoch = n;
        while (shared->seen_epoch != n)
            ;
        barrier();
        if (shared->seen_value != (n & 0x7fff))
            note_wrong(n, shared->seen_value, n & 0x7fff);
        spin(delays[n % ARRAY_SIZE(delays)] / 16);
    }
}

/* The changed instruction stands in the loop's page or in the next one. */
static void change_from_outside(u64 at, u64 li_at)
{
    u32 *code = (u32 *)(here + at), *li = (u32 *)(here + li_at);
    u64 n = (u64)FOLLOW_WORDS - FOLLOW_LI;
    struct state s = start(NULL, problem);

    memset((void *)shared, 0, 0x1000);
    memcpy(code, code_follow, 4 * FOLLOW_LI);
    memcpy(li, code_follow + FOLLOW_LI, 4 * n);
    code[FOLLOW_BRANCH] = B | ((u32)(li_at - at - 4 * FOLLOW_BRANCH) & 0x3fffffc);
    /* bdnz back to the loop's beginning */
    li[5] = BDNZ | ((u32)(at - li_at - 20) & 0xfffc);
    changed_at = (u64)li;
    sync_code((void *)here, 0x2000);
    s.nia = HERE + at;
    s.gpr[4] = SHARED;
    s.gpr[6] = 0;
    s.ctr = rounds_of_pair();
    begin_job(do_changes);
    run_on(&s);
    end_job();
    expect_interrupt(&s, 0xc00, HERE + li_at + 28, 0);
    expect("rounds", s.gpr[6], rounds_of_pair());
    expect_all_right();
}

static void test_change_other(void)
{
    if (!make_pair())
        return;
    change_from_outside(0x40, 0x100);
    change_from_outside(0xfc0, 0xff0);
    change_from_outside(0xf00, 0x1000);
    change_from_outside(0x1800, 0x0);
}

/* ---- rights and pages that another processor takes away while the first one stores ---- */

CODE(code_store, "1: std 5, 0(4); addi 5, 5, 1; bdnz 1b; sc");
CODE(code_store_more, "1: ld 6, 8(4); std 5, 0(4); add 7, 7, 6; addi 5, 5, 1; nop; b 1b");

static volatile u64 at_round;

/* Nothing may be stored any more when the rights are gone and everybody knows. */
static void do_protect(void)
{
    volatile u64 *p = (volatile u64 *)victim;
    u64 seen = *p;

    spin(delays[at_round % ARRAY_SIZE(delays)]);
    take_rights(VICTIM, victim, READ | USER);
    seen = *p;
    spin(200);
    if (*p != seen)
        note_wrong(at_round, *p, seen);
}

static void run_until_fault(struct state *s, u64 vector)
{
    run_on(s);
    expect("vector", s->vector - 12, vector);
    if (vector == 0x300)
        expect("DAR's page", s->dar & ~0xffful, VICTIM);
}

/* What r5 has counted has been stored, up to the last one. */
static void expect_stored(const struct state *s, u64 n, u64 real)
{
    if (s->gpr[5] != n << 32)
        expect("what is stored last", *(volatile u64 *)real, s->gpr[5] - 1);
}

static void test_protect_other(void)
{
    if (!make_pair())
        return;
    memcpy((void *)here, code_store_more, 24);
    memcpy((void *)(here + 0x1000), code_store, 16);
    sync_code((void *)here, 0x2000);
    for (u64 n = 1; n <= rounds_of_pair() && !n_wrong; n++) {
        struct state s = start(NULL, problem);

        s.nia = HERE + (n & 1 ? 0 : 0x1000);
        s.gpr[4] = VICTIM;
        s.gpr[5] = n << 32;
        s.ctr = 1ul << 40;
        at_round = n;
        begin_job(do_protect);
        run_until_fault(&s, 0x300);
        end_job();
        expect_stored(&s, n, victim);
        take_rights(VICTIM, victim, READ | WRITE | USER);
    }
    expect_all_right();
}

/* Another page comes there: the old one stays as it is from then on. */
static void do_replace(void)
{
    volatile u64 *p = (volatile u64 *)victim, *q = (volatile u64 *)other;
    u64 seen, then = *q;

    spin(delays[at_round % ARRAY_SIZE(delays)]);
    if (mmu == MMU_HASH) {
        unmap(VICTIM);
        map(VICTIM, other, 12, READ | WRITE | USER);
    } else {
        take_rights(VICTIM, other, READ | WRITE | USER);
    }
    seen = *p;
    while (*q == then)
        ;
    if (*p != seen)
        note_wrong(at_round, *p, seen);
    take_rights(VICTIM, other, READ | USER);
}

static void test_replace_other(void)
{
    if (!make_pair())
        return;
    memcpy((void *)here, code_store_more, 24);
    memcpy((void *)(here + 0x1000), code_store, 16);
    sync_code((void *)here, 0x2000);
    for (u64 n = 1; n <= rounds_of_pair() && !n_wrong; n++) {
        struct state s = start(NULL, problem);
        u64 page = victim;

        s.nia = HERE + (n & 1 ? 0 : 0x1000);
        s.gpr[4] = VICTIM;
        s.gpr[5] = n << 32;
        s.ctr = 1ul << 40;
        at_round = n;
        begin_job(do_replace);
        do { /* while it is not there: once more */
            run_until_fault(&s, 0x300);
            s.nia = s.srr0;
        } while (!job_done);
        end_job();
        expect_stored(&s, n, other);
        victim = other;
        other = page;
        take_rights(VICTIM, victim, READ | WRITE | USER);
    }
    expect_all_right();
}

/* The page of the instructions themselves. */
static void do_no_execute(void)
{
    spin(delays[at_round % ARRAY_SIZE(delays)]);
    take_rights(HERE, here, READ | USER);
}

static void test_execute_other(void)
{
    if (!make_pair())
        return;
    memcpy((void *)here, code_store_more, 24);
    sync_code((void *)here, 0x1000);
    for (u64 n = 1; n <= rounds_of_pair(); n++) {
        struct state s = start(NULL, problem);

        s.nia = HERE;
        s.gpr[4] = VICTIM;
        s.gpr[5] = n << 32;
        at_round = n;
        begin_job(do_no_execute);
        do { /* a hash page table's entry may be invalid for a moment */
            run_until_fault(&s, 0x400);
            s.nia = s.srr0;
        } while (s.srr1 & BIT(33));
        end_job();
        expect("SRR0 in the page", s.srr0 & ~0xffful, HERE);
        expect("SRR1", s.srr1 & BIT(35), BIT(35));
        if (s.srr0 == HERE)
            expect_stored(&s, n, victim);
        take_rights(HERE, here, READ | EXECUTE | USER);
    }
    expect_all_right();
}

TESTS({ "random", test_random, WORLD, 0, 0 }, { "change-other", test_change_other, WORLD, 0, 0 },
      { "protect-other", test_protect_other, WORLD, 0, 0 }, { "replace-other", test_replace_other, WORLD, 0, 0 },
      { "execute-other", test_execute_other, WORLD, 0, 0 });
