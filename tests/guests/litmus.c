/* litmus [TEST..]: what several processors see of each other's work: storage order, reservations, changed translations
 * and changed code. Each test counts outcomes that the architecture forbids [ISA3.0 II 1.7, 4.6; III 5.10] and says
 * "ok" or "FAIL". aba-amo is only run where there are atomic memory operations.
 * LITMUS_SLOTS and LITMUS_ROUNDS in the environment set how often. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

enum { MOST_THREADS = 8, REGISTERS = 4, LINE = 128, DEADLINE_SPINS = 1 << 22 };

#define SYNC __asm__ volatile("sync" ::: "memory")
#define LWSYNC __asm__ volatile("lwsync" ::: "memory")
#define ISYNC __asm__ volatile("isync" ::: "memory")
/* A value of 0 that depends on v, and a branch that does. */
#define NOTHING_OF(v) ({ uint64_t n_; __asm__ volatile("xor %0,%1,%1" : "=r"(n_) : "r"(v)); n_; })
#define CONTROL_OF(v) __asm__ volatile("cmpdi 7,%0,0; beq 7,1f; 1:" ::"r"(v) : "cr7", "memory")

/* One instance of a test: variables in lines of their own, registers that belong to one thread each. */
struct slot {
    volatile uint64_t x __attribute__((aligned(LINE)));
    volatile uint64_t y __attribute__((aligned(LINE)));
    uint64_t r[REGISTERS] __attribute__((aligned(LINE)));
};

static unsigned n_slots = 4096, n_rounds = 50, n_cpus;
static struct slot *slots;

/* ---- order ---- */

struct order_test {
    const char *name;
    unsigned n_threads;
    void (*thread[4])(struct slot *s);
    bool (*is_forbidden)(const struct slot *s);
};

static void sb_0(struct slot *s) { s->x = 1; SYNC; s->r[0] = s->y; }
static void sb_1(struct slot *s) { s->y = 1; SYNC; s->r[1] = s->x; }
static bool sb_bad(const struct slot *s) { return !s->r[0] && !s->r[1]; }

static void mp_0(struct slot *s) { s->x = 1; LWSYNC; s->y = 1; }
static void mp_1(struct slot *s) { s->r[0] = s->y; LWSYNC; s->r[1] = s->x; }
static void mp_1_control(struct slot *s)
{
    uint64_t v = s->y;

    CONTROL_OF(v);
    ISYNC;
    s->r[1] = s->x;
    s->r[0] = v;
}
static void mp_1_address(struct slot *s)
{
    uint64_t v = s->y;

    s->r[1] = *(volatile uint64_t *)((char *)&s->x + NOTHING_OF(v));
    s->r[0] = v;
}
static bool mp_bad(const struct slot *s) { return s->r[0] && !s->r[1]; }

static void lb_0(struct slot *s) { uint64_t v = s->x; s->y = 1 + NOTHING_OF(v); s->r[0] = v; }
static void lb_1(struct slot *s) { uint64_t v = s->y; s->x = 1 + NOTHING_OF(v); s->r[1] = v; }
static bool lb_bad(const struct slot *s) { return s->r[0] && s->r[1]; }

static void r_0(struct slot *s) { s->x = 1; SYNC; s->y = 1; }
static void r_1(struct slot *s) { s->y = 2; SYNC; s->r[0] = s->x; }
static bool r_bad(const struct slot *s) { return s->y == 2 && !s->r[0]; }

static void s_0(struct slot *s) { s->x = 2; LWSYNC; s->y = 1; }
static void s_1(struct slot *s) { uint64_t v = s->y; s->x = 1 + NOTHING_OF(v); s->r[0] = v; }
static bool s_bad(const struct slot *s) { return s->r[0] && s->x == 2; }

static void ww_0(struct slot *s) { s->x = 1; LWSYNC; s->y = 2; }
static void ww_1(struct slot *s) { s->y = 1; LWSYNC; s->x = 2; }
static bool ww_bad(const struct slot *s) { return s->x == 1 && s->y == 1; }

static void corr_0(struct slot *s) { s->x = 1; s->x = 2; }
static void corr_1(struct slot *s) { s->r[0] = s->x; s->r[1] = s->x; }
static bool corr_bad(const struct slot *s) { return s->r[0] > s->r[1]; }

static void wrc_0(struct slot *s) { s->x = 1; }
static void wrc_1(struct slot *s) { uint64_t v = s->x; LWSYNC; s->y = v; }
static bool wrc_bad(const struct slot *s) { return s->r[0] && !s->r[1]; }

static void iriw_0(struct slot *s) { s->x = 1; }
static void iriw_1(struct slot *s) { s->y = 1; }
static void iriw_2(struct slot *s) { s->r[0] = s->x; SYNC; s->r[1] = s->y; }
static void iriw_3(struct slot *s) { s->r[2] = s->y; SYNC; s->r[3] = s->x; }
static bool iriw_bad(const struct slot *s) { return s->r[0] && !s->r[1] && s->r[2] && !s->r[3]; }

static const struct order_test order_tests[] = {
    { "SB+syncs", 2, { sb_0, sb_1 }, sb_bad },
    { "MP+lwsyncs", 2, { mp_0, mp_1 }, mp_bad },
    { "MP+lwsync+ctrlisync", 2, { mp_0, mp_1_control }, mp_bad },
    { "MP+lwsync+addr", 2, { mp_0, mp_1_address }, mp_bad },
    { "LB+datas", 2, { lb_0, lb_1 }, lb_bad },
    { "R+syncs", 2, { r_0, r_1 }, r_bad },
    { "S+lwsync+data", 2, { s_0, s_1 }, s_bad },
    { "2+2W+lwsyncs", 2, { ww_0, ww_1 }, ww_bad },
    { "CoRR", 2, { corr_0, corr_1 }, corr_bad },
    { "WRC+lwsyncs", 3, { wrc_0, wrc_1, mp_1 }, wrc_bad },
    { "IRIW+syncs", 4, { iriw_0, iriw_1, iriw_2, iriw_3 }, iriw_bad },
};
enum { N_ORDER = sizeof order_tests / sizeof order_tests[0] };

/* ---- threads that begin together ---- */

struct team {
    unsigned n;
    void (*work)(unsigned who, void *opaque);
    void *opaque;
    unsigned arrived; /* atomic: how often, by all */
};
static struct team team;

static void meet(void)
{
    unsigned goal = (__atomic_add_fetch(&team.arrived, 1, __ATOMIC_SEQ_CST) + team.n - 1) / team.n * team.n;

    for (unsigned spins = 0; __atomic_load_n(&team.arrived, __ATOMIC_SEQ_CST) < goal; spins++)
        if (n_cpus < team.n || spins > 10000)
            sched_yield();
}

static void *member(void *who)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET((unsigned)(uintptr_t)who % n_cpus, &set);
    sched_setaffinity(0, sizeof set, &set);
    meet();
    team.work((unsigned)(uintptr_t)who, team.opaque);
    return NULL;
}

static void run_team(unsigned n, void (*work)(unsigned, void *), void *opaque)
{
    pthread_t threads[MOST_THREADS];

    team = (struct team){ .n = n, .work = work, .opaque = opaque };
    for (unsigned i = 0; i < n; i++)
        if (pthread_create(&threads[i], NULL, member, (void *)(uintptr_t)i))
            exit(2);
    for (unsigned i = 0; i < n; i++)
        pthread_join(threads[i], NULL);
}

static void order_work(unsigned who, void *opaque)
{
    const struct order_test *t = opaque;

    for (unsigned i = 0; i < n_slots; i++)
        t->thread[who](&slots[i]);
}

static unsigned long run_order(const struct order_test *t)
{
    unsigned long bad = 0;

    for (unsigned round = 0; round < n_rounds; round++) {
        memset(slots, 0, n_slots * sizeof *slots);
        run_team(t->n_threads, order_work, (void *)t);
        for (unsigned i = 0; i < n_slots; i++)
            bad += t->is_forbidden(&slots[i]);
    }
    return bad;
}

/* ---- reservations ---- */

#define ADD(name, type, load, store)                                                                              \
    static void name(void *p)                                                                                     \
    {                                                                                                             \
        uint64_t v;                                                                                               \
        __asm__ volatile("1: " load " %0,0,%1; addi %0,%0,1; " store " %0,0,%1; bne- 1b"                          \
                         : "=&r"(v)                                                                               \
                         : "r"(p)                                                                                 \
                         : "cr0", "memory");                                                                      \
    }
ADD(add_1, uint8_t, "lbarx", "stbcx.")
ADD(add_2, uint16_t, "lharx", "sthcx.")
ADD(add_4, uint32_t, "lwarx", "stwcx.")
ADD(add_8, uint64_t, "ldarx", "stdcx.")

/* Neighbours in one granule: none may be lost, nor disturb another. */
static struct {
    uint64_t d;
    uint32_t w;
    uint16_t h;
    uint8_t b;
} counters __attribute__((aligned(LINE)));

static void counter_work(unsigned who, void *opaque)
{
    (void)who;
    (void)opaque;
    for (unsigned i = 0; i < n_slots * n_rounds / 4; i++) {
        add_8(&counters.d);
        add_4(&counters.w);
        add_2(&counters.h);
        add_1(&counters.b);
    }
}

static unsigned long run_counters(void)
{
    unsigned n = n_cpus < 2 ? 2 : n_cpus > MOST_THREADS ? MOST_THREADS : n_cpus;
    uint64_t all = (uint64_t)n * (n_slots * n_rounds / 4);

    memset(&counters, 0, sizeof counters);
    run_team(n, counter_work, NULL);
    return (counters.d != all) + (counters.w != (uint32_t)all) + (counters.h != (uint16_t)all) +
           (counters.b != (uint8_t)all);
}

/* One thread reserves, waits until the other has changed the word and changed it back, and stores conditionally: that
 * must fail. The other counts its changes in seq; in between it may be slow, so that the wait has an end. */
static struct {
    volatile uint64_t word __attribute__((aligned(LINE)));
    uint64_t neighbours[LINE / 8 - 1];
    volatile uint64_t seq __attribute__((aligned(LINE)));
    volatile bool done;
    enum { BY_STORE, BY_STCX, BY_BYTES, BY_AMO } how;
    unsigned long bad, tried;
} aba;

static bool store_if_reserved(volatile uint64_t *p, uint64_t v)
{
    uint32_t cr;

    __asm__ volatile("stdcx. %2,0,%1; mfocrf %0,0x80" : "=r"(cr) : "r"(p), "r"(v) : "cr0", "memory");
    return cr >> 29 & 1;
}

static uint64_t load_and_reserve(volatile uint64_t *p)
{
    uint64_t v;

    __asm__ volatile("ldarx %0,0,%1" : "=r"(v) : "r"(p) : "memory");
    return v;
}

static void put(uint64_t v)
{
    switch (aba.how) {
    case BY_STORE:
        aba.word = v;
        return;
    case BY_BYTES: /* of the granule, not of the word */
        ((volatile uint8_t *)&aba.word)[LINE - 1] = (uint8_t)v;
        return;
    case BY_AMO: { /* function 8: exchange */
        register uint64_t r4 __asm__("r4") = 0, r5 __asm__("r5") = v;

        __asm__ volatile(".machine push; .machine power9; ldat 4,%2,8; .machine pop"
                         : "+r"(r4), "+r"(r5)
                         : "b"(&aba.word)
                         : "memory");
        return;
    }
    case BY_STCX:
        do
            load_and_reserve(&aba.word);
        while (!store_if_reserved(&aba.word, v));
    }
}

static void aba_work(unsigned who, void *opaque)
{
    (void)opaque;
    while (who == 1 && !aba.done) {
        put(1);
        LWSYNC;
        put(0);
        LWSYNC;
        aba.seq++;
    }
    for (unsigned i = 0; who == 0 && i < n_rounds * 20; i++) {
        uint64_t v = load_and_reserve(&aba.word), seq, spins = 0;

        LWSYNC;
        seq = aba.seq;
        /* The round that was under way when we looked is not counted. */
        while (aba.seq < seq + 2 && spins++ < DEADLINE_SPINS)
            ;
        LWSYNC;
        if (aba.seq < seq + 2)
            continue;
        aba.tried++;
        /* Of the value that was seen, so that the other does not notice. */
        aba.bad += store_if_reserved(&aba.word, v);
    }
    if (who == 0)
        aba.done = true;
}

static unsigned long run_aba(int how)
{
    memset(&aba, 0, sizeof aba);
    aba.how = how;
    run_team(2, aba_work, NULL);
    return aba.bad + (aba.tried == 0);
}

/* ---- translations: once a page is read-only, nobody's store arrives any more ---- */

static struct {
    volatile uint64_t *writable, *alias;
    volatile bool done;
    unsigned long bad;
} page;

static void on_fault(int signal)
{
    (void)signal; /* begins the store anew */
}

static void page_work(unsigned who, void *opaque)
{
    size_t size = (size_t)sysconf(_SC_PAGESIZE);

    (void)opaque;
    while (who && !page.done)
        page.writable[who]++;
    for (unsigned i = 0; who == 0 && i < n_rounds * 4; i++) {
        uint64_t before[MOST_THREADS];

        if (mprotect((void *)page.writable, size, PROT_READ))
            exit(2);
        for (unsigned k = 1; k < team.n; k++)
            before[k] = page.alias[k];
        for (unsigned spins = 0; spins < 2000; spins++)
            for (unsigned k = 1; k < team.n; k++)
                page.bad += page.alias[k] != before[k];
        if (mprotect((void *)page.writable, size, PROT_READ | PROT_WRITE))
            exit(2);
        for (unsigned spins = 0; spins < 2000 && page.alias[1] == before[1]; spins++)
            ;
    }
    if (who == 0)
        page.done = true;
}

static unsigned long run_protect(void)
{
    size_t size = (size_t)sysconf(_SC_PAGESIZE);
    int fd = memfd_create("litmus", 0);

    if (fd < 0 || ftruncate(fd, (off_t)size))
        return 1;
    signal(SIGSEGV, on_fault);
    memset(&page, 0, sizeof page);
    page.writable = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    page.alias = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
    if (page.writable == MAP_FAILED || page.alias == MAP_FAILED)
        return 1;
    run_team(n_cpus < 3 ? 2 : 3, page_work, NULL);
    signal(SIGSEGV, SIG_DFL);
    return page.bad;
}

/* ---- code: who sees the flag, and has done isync, executes the new instruction ---- */

static struct {
    uint32_t *code;
    volatile uint64_t flag __attribute__((aligned(LINE)));
    volatile uint64_t seen __attribute__((aligned(LINE)));
    unsigned long bad;
} patch;

#define LI_R3(value) (0x38600000U | ((value) & 0x7fff))
#define BLR 0x4e800020U

static uint64_t call(const void *code)
{
    register uint64_t r3 __asm__("r3");

    __asm__ volatile("mtctr %1; bctrl" : "=r"(r3) : "r"(code) : "ctr", "lr", "memory");
    return r3;
}

static void patch_work(unsigned who, void *opaque)
{
    (void)opaque;
    for (uint64_t i = 1; i <= n_rounds * 40; i++) {
        if (who == 0) {
            patch.code[0] = LI_R3((uint32_t)i);
            __asm__ volatile("dcbst 0,%0; sync; icbi 0,%0; sync; isync" ::"r"(patch.code) : "memory");
            patch.flag = i;
            while (patch.seen < i)
                if (n_cpus < 2)
                    sched_yield();
        } else {
            while (patch.flag < i) /* and the old one meanwhile, to have it translated */
                if (n_cpus < 2)
                    sched_yield();
                else
                    call(patch.code);
            CONTROL_OF(patch.flag);
            ISYNC;
            patch.bad += call(patch.code) != (i & 0x7fff);
            LWSYNC;
            patch.seen = i;
        }
    }
}

static unsigned long run_patch(void)
{
    memset(&patch, 0, sizeof patch);
    patch.code = mmap(NULL, (size_t)sysconf(_SC_PAGESIZE), PROT_READ | PROT_WRITE | PROT_EXEC,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (patch.code == MAP_FAILED)
        return 1;
    patch.code[0] = LI_R3(0);
    patch.code[1] = BLR;
    __builtin___clear_cache((char *)patch.code, (char *)(patch.code + 2));
    run_team(2, patch_work, NULL);
    return patch.bad;
}

/* ---- */

static unsigned long run_aba_stcx(void) { return run_aba(BY_STCX); }
static unsigned long run_aba_store(void) { return run_aba(BY_STORE); }
static unsigned long run_aba_bytes(void) { return run_aba(BY_BYTES); }
static unsigned long run_aba_amo(void)
{
    enum { HWCAP2_ISA_3_0 = 0x00800000 };

    return getauxval(AT_HWCAP2) & HWCAP2_ISA_3_0 ? run_aba(BY_AMO) : 0;
}

/* A reservation with storage accesses between its two parts, as lists without locks have them. Each takes the first of a
 * list of numbers and puts it back: whoever loses or doubles one does not find all at the end. */
enum { NODES = 64 };
static struct {
    volatile uint64_t head __attribute__((aligned(LINE)));
    volatile uint64_t next[NODES + 1];
    uint8_t seen[NODES + 1];
} list;

static uint64_t take_first(void)
{
    uint64_t first, next;

    do {
        first = load_and_reserve(&list.head);
        if (!first)
            return 0;
        next = list.next[first];
    } while (!store_if_reserved(&list.head, next));
    return first;
}

static void give_back(uint64_t n)
{
    uint64_t first;

    do {
        first = load_and_reserve(&list.head);
        list.next[n] = first;
        LWSYNC;
    } while (!store_if_reserved(&list.head, n));
}

static void list_work(unsigned who, void *opaque)
{
    (void)who;
    (void)opaque;
    for (unsigned i = 0; i < n_rounds * 400; i++) {
        uint64_t a = take_first(), b = take_first();

        if (a)
            give_back(a);
        if (b)
            give_back(b);
    }
}

static unsigned long run_list(void)
{
    unsigned long bad = 0;

    memset(&list, 0, sizeof list);
    for (uint64_t n = 1; n <= NODES; n++)
        list.next[n] = n < NODES ? n + 1 : 0;
    list.head = 1;
    run_team(n_cpus < 2 ? 2 : n_cpus > MOST_THREADS ? MOST_THREADS : n_cpus, list_work, NULL);
    for (unsigned n = 0; n < NODES; n++) {
        uint64_t first = take_first();

        bad += !first || list.seen[first]++;
    }
    return bad;
}

static const struct {
    const char *name;
    unsigned long (*run)(void);
} other_tests[] = {
    { "counters", run_counters },
    { "protect", run_protect },
    { "patch", run_patch },
    { "aba-stcx", run_aba_stcx },
    { "aba-store", run_aba_store },
    { "aba-bytes", run_aba_bytes },
    { "aba-amo", run_aba_amo },
    { "list", run_list },
};
enum { N_OTHER = sizeof other_tests / sizeof other_tests[0] };

static bool is_wanted(const char *name, int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (!strcmp(argv[i], name))
            return true;
    return argc < 2;
}

static unsigned tell(const char *name, unsigned long bad)
{
    printf("%s: %s", bad ? "FAIL" : "ok", name);
    if (bad)
        printf(": %lu outcomes that must not be", bad);
    printf("\n");
    fflush(stdout);
    return bad != 0;
}

static void from_environment(const char *name, unsigned *value)
{
    const char *text = getenv(name);

    if (text && atoi(text) > 0)
        *value = (unsigned)atoi(text);
}

int main(int argc, char **argv)
{
    unsigned failed = 0;
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);

    n_cpus = cpus > 0 ? (unsigned)cpus : 1;
    from_environment("LITMUS_SLOTS", &n_slots);
    from_environment("LITMUS_ROUNDS", &n_rounds);
    slots = aligned_alloc(LINE, n_slots * sizeof *slots);
    if (!slots)
        return 2;
    printf("%u processors, %u times %u\n", n_cpus, n_rounds, n_slots);
    for (unsigned i = 0; i < N_ORDER; i++)
        if (is_wanted(order_tests[i].name, argc, argv))
            failed += tell(order_tests[i].name, run_order(&order_tests[i]));
    for (unsigned i = 0; i < N_OTHER; i++)
        if (is_wanted(other_tests[i].name, argc, argv))
            failed += tell(other_tests[i].name, other_tests[i].run());
    return failed != 0;
}
