/* Cases of XIVE with events that arrive: a source, its queue, the thread's interrupt. The machine has negotiated it. */
#include "smp.h"

#define EVENTS (A + 0x80000) /* a queue of 64 KiB */
#define TIMA 0x60302031a0000ul /* its page for operating systems, where pseries machines have it */
#define TIMA_EA 0x40000000000ul
enum { PRIORITY = 6, EISN = 0x1234 };

static u64 call(u64 token, u64 a, u64 b, u64 c, u64 d, u64 e, u64 *out)
{
    u64 q[10] = { token, a, b, c, d, e };

    hcall(q);
    if (out)
        *out = q[1];
    return q[0];
}

static u64 esb_load(u64 lisn, u64 offset)
{
    u64 v;

    if (call(0x3c8, 0, lisn, offset, 0, 0, &v))
        return -1ul;
    return v >> 56 ? v >> 56 : v; /* in reversed bytes: the case `load` judges that */
}

static bool trigger(u64 lisn) { return !call(0x3c8, 1, lisn, 0, 0, 0, NULL); }
static u32 event(u64 n) { return be32(((volatile u32 *)EVENTS)[n]); }

/* A queue for the server, and the source of its own number leads there; its state is PQ = 00. */
static bool route(u64 server)
{
    memset((void *)EVENTS, 0, 0x10000);
    return !call(0x3b8, 0, server, PRIORITY, EVENTS, 16, NULL) &&
           !call(0x3ac, 2, server, server, PRIORITY, EISN, NULL) && esb_load(server, 0xc00) <= 3;
}

static bool unroute(u64 server)
{
    esb_load(server, 0xd00);
    return !call(0x3ac, 0, server, server, 0xff, 0, NULL) && !call(0x3b8, 0, server, PRIORITY, 0, 0, NULL);
}

/* The generation's bit, which is 1 in the first round, and the number. */
bool event_arrives(void)
{
    bool is_right = route(own_server) && trigger(own_server) && event(0) == (0x80000000u | EISN) && !event(1);

    r[1] = event(0);
    return unroute(own_server) && is_right;
}

bool event_masked(void)
{
    bool is_right = route(own_server) && !call(0x3ac, 3, own_server, own_server, PRIORITY, EISN, NULL) &&
                    trigger(own_server) && !event(0);

    return unroute(own_server) && is_right;
}

bool event_off(void)
{
    bool is_right = route(own_server) && esb_load(own_server, 0xd00) <= 3 && trigger(own_server) && !event(0) &&
                    esb_load(own_server, 0x800) == 1;

    return unroute(own_server) && is_right;
}

/* One is pending, the next one waits; its end tells so, and it comes. */
bool event_queued(void)
{
    u64 pq, ended;
    bool is_right = route(own_server) && trigger(own_server) && trigger(own_server);

    pq = esb_load(own_server, 0x800);
    is_right &= event(0) && !event(1);
    ended = esb_load(own_server, 0);
    is_right &= event(1) == (0x80000000u | EISN);
    r[1] = pq << 8 | ended;
    return unroute(own_server) && is_right && pq == 3 && ended == 1;
}

/* After 16384 of them the generation's bit is the other one. */
bool event_wraps(void)
{
    bool is_right = route(own_server);

    for (u64 i = 0; i < 0x4001 && is_right; i++)
        is_right = trigger(own_server) && esb_load(own_server, 0) != -1ul;
    r[1] = event(0);
    is_right &= event(0) == EISN && event(0x3fff) == (0x80000000u | EISN);
    return unroute(own_server) && is_right;
}

bool source_told(void)
{
    u64 q[10] = { 0x3b0, 0, own_server };
    bool is_right = route(own_server) && !hcall(q) && q[1] == own_server && q[2] == PRIORITY && q[3] == EISN;

    return unroute(own_server) && is_right;
}

bool source_told_masked(void)
{
    u64 q[10] = { 0x3b0, 0, own_server };

    return route(own_server) && unroute(own_server) && !hcall(q) && q[2] == 0xff;
}

bool queue_told(void)
{
    u64 q[10] = { 0x3bc, 0, own_server, PRIORITY };
    bool is_right = route(own_server) && !hcall(q) && q[2] == EVENTS && q[3] == 16;

    return unroute(own_server) && is_right;
}

bool queue_told_offset(void)
{
    u64 q[10] = { 0x3bc, 1, own_server, PRIORITY };
    bool is_right = route(own_server) && trigger(own_server) && !hcall(q) && q[4] == 1;

    return unroute(own_server) && is_right;
}

bool reset_forgets(void)
{
    u64 q[10] = { 0x3bc, 0, own_server, PRIORITY }, source[10] = { 0x3b0, 0, own_server };

    if (!route(own_server) || call(0x3d0, 0, 0, 0, 0, 0, NULL) || hcall(q) || hcall(source))
        return false;
    r[1] = q[3] << 32 | source[2] << 16 | esb_load(own_server, 0x800);
    return r[1] == 0xff0001;
}

/* ---- the thread's side ---- */

CODE(open_and_wait, "stb 4, 0x11(3)\n eieio\n1: b 1b");
CODE(open_and_trap, "stb 4, 0x11(3)\n eieio\n trap");
CODE(acknowledge, "lhz 4, 0x810(3)\n sync\n trap");

static struct state with_tima(const u32 *code, u64 value, u64 msr)
{
    struct state s = start(code, privileged | MSR_IR | MSR_DR | msr);

    s.gpr[3] = TIMA_EA;
    s.gpr[4] = value;
    run(&s);
    return s;
}

/* Lets interrupts in, takes one, and tells what the acknowledgement told: the controller's bits and the priority. */
static s64 take_event(struct other *o)
{
    struct state s;
    u64 ack;

    world_enter();
    o->progress = 1;
    if (o->argument) {
        with_tima(open_and_trap, 0xff, 0);
        cede(o);
        s = o->state;
    } else {
        s = with_tima(open_and_wait, 0xff, MSR_EE);
    }
    if (s.vector - 12 != 0x500)
        return (s64)s.vector;
    ack = with_tima(acknowledge, 0, 0).gpr[4];
    with_tima(open_and_trap, 0, 0);
    return (s64)(IS_LE ? (ack >> 8 | ack << 8) & 0xffff : ack);
}

bool xive_pair(void)
{
    static bool is_mapped;

    if (!xive() || !world() || !start_other(0))
        return false;
    if (!is_mapped)
        map(TIMA_EA, TIMA, 16, READ | WRITE | NO_CACHE | GUARDED);
    is_mapped = true;
    return true;
}

static bool event_to_other(u64 is_ceding)
{
    struct other *o = &others[0];
    bool is_right;

    if (!route(o->server))
        return false;
    ask(o, take_event, is_ceding);
    wait_for(&o->progress, 1, 1000);
    delay(2);
    is_right = trigger(o->server) && is_done(o) && event(0) == (0x80000000u | EISN);
    r[1] = o->result;
    return unroute(o->server) && is_right && o->result == (0x80 << 8 | PRIORITY);
}

bool event_to_running(void) { return event_to_other(0); }
bool event_to_ceded(void) { return event_to_other(1); }

/* The queue of another one, told by this one. */
bool queue_of_other(void)
{
    u64 q[10] = { 0x3bc, 0, others[0].server, PRIORITY };
    bool is_right = route(others[0].server) && !hcall(q) && q[2] == EVENTS;

    return unroute(others[0].server) && is_right;
}

/* What was triggered while the other one's priority kept it out comes when it lets it in. */
bool event_held_back(void)
{
    struct other *o = &others[0];
    bool is_right = route(o->server) && trigger(o->server);

    ask(o, take_event, 0);
    is_right &= is_done(o) && o->result == (0x80 << 8 | PRIORITY);
    r[1] = o->result;
    return unroute(o->server) && is_right;
}
