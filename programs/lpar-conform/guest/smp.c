/* Processors beyond the first one; see smp.h. */
#include "smp.h"

struct other others[MAX_PROCESSORS - 1];
u64 n_processors, own_server;

static u8 stacks[MAX_PROCESSORS - 1][0x4000] __attribute__((aligned(16)));

enum { TICKS_A_MS = 512000, LIMIT_MS = 3000 };

/* Server numbers are a property of each core, a number a thread; the boot processor's is in the header. */
void find_processors(void)
{
    u32 size;
    const void *p = NULL;

    own_server = be32(device_tree()[7]);
    n_processors = 1;
    while ((p = find_next_property(p, "ibm,ppc-interrupt-server#s", &size)))
        for (u64 i = 0; i < size / 4 && n_processors < MAX_PROCESSORS; i++) {
            u64 server = be32(((const u32 *)p)[i]);

            if (server != own_server)
                others[n_processors++ - 1].server = server;
        }
}

bool wait_for(volatile u64 *p, u64 v, u64 ms)
{
    u64 begin = mfspr(SPR_TB);

    while (*p != v)
        if (mfspr(SPR_TB) - begin > ms * TICKS_A_MS)
            return false;
    asm volatile("sync" ::: "memory");
    return true;
}

void delay(u64 ms)
{
    volatile u64 never = 0;

    wait_for(&never, 1, ms);
}

void quiet_decrementer(void)
{
    mtspr(SPR_DEC, -1);
    mtspr(SPR_DEC, mfspr(SPR_DEC) >> 32 ? 0x7fffffffffff : 0x7fffffff);
}

void second_main(struct processor *self, u64 unused, u64 msr)
{
    struct other *o = (struct other *)self;

    (void)unused;
    quiet_decrementer();
    o->msr = msr;
    asm volatile("sync" ::: "memory");
    o->is_ready = 1;
    for (;;) {
        s64 (*work)(struct other *) = o->work;

        if (!work)
            continue;
        asm volatile("isync" ::: "memory");
        o->result = (u64)work(o);
        asm volatile("sync" ::: "memory");
        o->work = NULL;
    }
}

bool start_other(u64 n)
{
    struct other *o = &others[n];

    if (n + 1 >= n_processors)
        return false;
    if (o->is_ready)
        return true;
    o->processor.current = &o->processor.stray;
    o->processor.kept_stack = 0;
    o->processor.stack = (u64)stacks[n] + sizeof stacks[n];
    o->work = NULL;
    return !rtas("start-cpu", 3, 1, o->server, (u64)boot_second, (u64)o) &&
           wait_for(&o->is_ready, 1, LIMIT_MS);
}

static s64 stop_self(struct other *o)
{
    static u32 buffer[MAX_PROCESSORS - 1][4];
    u32 *b = buffer[o - others];

    o->is_ready = 0;
    rtas_to(b, "stop-self", 0, 1, 0, 0, 0);
    return 0;
}

bool stop_others(void)
{
    for (u64 n = 0; n + 1 < n_processors; n++) {
        struct other *o = &others[n];
        u64 begin = mfspr(SPR_TB);

        if (!o->is_ready)
            continue;
        if (!is_done(o))
            return false;
        ask(o, stop_self, 0);
        while (rtas("query-cpu-stopped-state", 1, 2, o->server, 0, 0) || rets[0])
            if (mfspr(SPR_TB) - begin > LIMIT_MS * (u64)TICKS_A_MS)
                return false;
    }
    return true;
}

void ask(struct other *o, s64 (*work)(struct other *), u64 argument)
{
    o->argument = argument;
    o->progress = 0;
    asm volatile("sync" ::: "memory");
    o->work = work;
}

bool is_done(struct other *o)
{
    return wait_for((volatile u64 *)&o->work, 0, LIMIT_MS);
}

CODE(call_and_trap, "sc 1\n trap");

struct state call_in_run(u64 token, u64 a, u64 b, u64 msr)
{
    struct state s = start(call_and_trap, msr);

    s.gpr[3] = token;
    s.gpr[4] = a;
    s.gpr[5] = b;
    run(&s);
    return s;
}

s64 cede(struct other *o)
{
    o->progress = 1;
    o->state = call_in_run(H_CEDE, 0, 0, privileged);
    return (s64)o->state.gpr[3];
}

CODE(spin_here, "1: b 1b");

s64 spin(struct other *o)
{
    o->state = start(spin_here, privileged);
    o->progress = 1;
    run(&o->state);
    return (s64)o->state.vector - 12;
}

s64 spin_enabled(struct other *o)
{
    o->state = start(spin_here, privileged | MSR_EE);
    o->progress = 1;
    run(&o->state);
    return (s64)o->state.vector - 12;
}

bool other_vpa(void)
{
    volatile u8 *p = (u8 *)OTHER_VPA;

    if (!start_other(0))
        return false;
    memset((void *)OTHER_VPA, 0, 0x1000);
    p[4] = 2, p[5] = 0x80;
    return !hcall4(0xdc, 0x200000000000, others[0].server, OTHER_VPA, 0);
}

u32 dispatches(void)
{
    return be32(*(volatile u32 *)(OTHER_VPA + 0x100));
}

void wait_halted(void)
{
    u64 begin = mfspr(SPR_TB);

    wait_for(&others[0].progress, 1, LIMIT_MS);
    while (!(dispatches() & 1) && mfspr(SPR_TB) - begin < 100 * TICKS_A_MS)
        ;
}
