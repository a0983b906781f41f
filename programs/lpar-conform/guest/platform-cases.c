/* Cases of the platform as a whole: what it tells of itself, the tree it is given, its handlers, its end. */
#include "smp.h"

/* ---- optional calls: skipped where the call is not there ---- */

static bool is_there(u64 token)
{
    return (s64)hcall4(token, 0, 0, 0, 0) != FUNCTION;
}

bool optional(void) { return true; } /* conform.c looks at the answer */
bool perfmon(void) { return is_there(0x7c); }
bool mpp(void) { return is_there(0x2d4); }
bool has_indices(void) { return find_property("ibm,get-indices", NULL); }
bool has_errinjct(void) { return find_property("ibm,open-errinjct", NULL); }

/* ---- entitlements ---- */

bool gives_entitlement(void) { return r[1] >= 5 && (r[3] & 0xffff) == 0xffff; }
bool gives_purr(void)
{
    u64 first = r[1], q[10] = { 0xf4 };

    delay(1);
    return !hcall(q) && q[1] > first;
}
bool gives_random(void)
{
    u64 q[10] = { 0x300 };

    return !hcall(q) && q[1] != r[1];
}
bool gives_memory(void) { return r[1] == 0x10000000; }
bool gives_zeros(void) { return !(r[1] | r[2] | r[3] | r[4] | r[5] | r[6]); }

bool set_ppp_round(void)
{
    u64 q[10] = { 0xec }, capacity;

    if (hcall(q))
        return false;
    capacity = q[1];
    if (hcall4(0xf0, capacity, 64, 0, 0))
        return false;
    q[0] = 0xec;
    return !hcall(q) && q[1] == capacity && (q[4] >> 40 & 0xff) == 64 && !hcall4(0xf0, capacity, 128, 0, 0);
}

bool set_mpp_round(void)
{
    u64 q[10] = { 0x2d4 };

    return !hcall4(0x2d0, 0x8000000, 100, 0, 0) && !hcall(q) && q[1] == 0x8000000 && q[4] >> 56 == 100 &&
           !hcall4(0x2d0, 0x10000000, 128, 0, 0);
}

bool perfmon_round(void)
{
    u64 on[10] = { 0x7c, 1, 0 }, off[10] = { 0x7c, 0, 1 };

    return !hcall(on) && !hcall(off) && off[1] == 1;
}

/* ---- energy, counters: structures are big-endian ---- */

static u64 get64(u64 at) { return be64(*(volatile u64 *)at); }
static u32 get32(u64 at) { return be32(*(volatile u32 *)at); }
static void put32(u64 at, u32 v) { *(volatile u32 *)at = be32(v); }

bool energy_info(void)
{
    u64 n = get64(A), list = get64(A + 8);

    return n > 0 && n < 20 && list >= 24 && list < 200 && ((volatile u8 *)A)[16] == 1 &&
           ((volatile u8 *)A + list)[16] != 0;
}

bool energy_one(void) { return get64(A) == 1 && get64(A + get64(A + 8)) == 1; }

bool request_40(void)
{
    put32(A, 0x40);
    put32(A + 4, -1u);
    return is_there(0xf080);
}

bool request_10(void)
{
    put32(A, 0x10);
    return is_there(0xf080);
}

bool request_unknown(void)
{
    put32(A, 0x999);
    return is_there(0xf080);
}

bool gives_counters(void) { return (get32(A + 8) & 0xffff) >= 1 && get32(A + 12) == 0; }
bool is_catalogue(void) { return get32(A) == 0x32347837 && get64(A + 8) == r[1]; }

/* Version 1 or 2, no request. */
bool data_request(void)
{
    ((volatile u8 *)A)[0] = 2;
    return is_there(0xf07c);
}

bool data_request_of_one(void)
{
    ((volatile u8 *)A)[0] = 2;
    ((volatile u8 *)A)[1] = 1;
    return is_there(0xf07c);
}

/* ---- the tree: a copy of the guest's own, with a property in /rtas ---- */

#define COPY (A + 0x200000)
#define RTAS_BASE (A + 0x100000)

static void copy(u64 to, const void *from, u64 n) { memcpy((void *)to, from, n); }

/* linux,rtas-base goes in front of the node's properties, its name behind the last string. */
bool tree_with_base(void)
{
    static const char name[] = "linux,rtas-base";
    const u32 *header = device_tree();
    u32 from = be32(header[2]), strings = be32(header[3]), n_strings = be32(header[8]), n = be32(header[9]);
    const u8 *words = (const u8 *)header + from;
    u64 at = 0, new_strings = from + n + 16;
    u32 *h = (u32 *)COPY;

    while (at < n && !(be32(*(const u32 *)(words + at)) == 1 && is_equal((const char *)words + at + 4, "rtas")))
        at += 4;
    if (at >= n)
        return false;
    at += 12; /* the word, and "rtas" with its end, in words */
    copy(COPY, header, from + at);
    put32(COPY + from + at, 3);
    put32(COPY + from + at + 4, 4);
    put32(COPY + from + at + 8, n_strings);
    put32(COPY + from + at + 12, RTAS_BASE);
    copy(COPY + from + at + 16, words + at, n - at);
    copy(COPY + new_strings, (const u8 *)header + strings, n_strings);
    copy(COPY + new_strings + n_strings, name, sizeof name);
    h[3] = be32((u32)new_strings);
    h[8] = be32(n_strings + (u32)sizeof name);
    h[9] = be32(n + 16);
    h[1] = be32((u32)(new_strings + n_strings + sizeof name));
    return true;
}

bool tree_accepted(void) { return tree_with_base() && !hcall4(0xf003, COPY, 0, 0, 0); }

bool tree_alias(void)
{
    return tree_with_base() && !hcall4(0xf003, COPY | 0xc000000000000000, 0, 0, 0);
}

/* ---- the client interface: a service's name, counts, arguments ---- */

bool service_peer(void)
{
    memcpy((void *)(A + 0x100), "peer", 5);
    put32(A, A + 0x100), put32(A + 4, 1), put32(A + 8, 1), put32(A + 12, 0);
    return (s64)hcall4(0xf005, A, 0, 0, 0) != FUNCTION;
}

bool gives_root(void) { return get32(A + 16) != 0 && get32(A + 16) != -1u; }

/* ---- handlers of firmware-assisted NMI ---- */

#define NMI_HANDLER 0x1fff000ul /* below 32 MiB */

/* Each handler is a branch to the vector of a trap in the vectors' page, where run() waits. */
bool registered(void)
{
    volatile u32 *p = (u32 *)NMI_HANDLER;

    p[0] = 0x7fe00008;   /* trap: to 0x700, with all registers as they are */
    p[16] = 0x7fe00008;
    sync_code((void *)NMI_HANDLER, 128);
    return tree_accepted() && !rtas("ibm,nmi-register", 2, 1, NMI_HANDLER, NMI_HANDLER + 64, 0);
}

/* The handler is entered with the address of r3's save area. */
bool reset_registered(void)
{
    struct state s;

    if (!registered())
        return false;
    s = call_in_run(0x380, own_server, 0, privileged);
    r[1] = s.gpr[3];
    return s.srr0 == NMI_HANDLER && s.gpr[3] >= RTAS_BASE && get64(s.gpr[3]) == 0;
}

static s64 open_errors(void) { return rtas("ibm,open-errinjct", 0, 2, 0, 0, 0); }

bool errors_open(void)
{
    s64 token = open_errors();

    return token > 0 && !rets[0] && !rtas("ibm,close-errinjct", 1, 1, (u64)token, 0, 0);
}

bool errors_open_twice(void)
{
    s64 token = open_errors();
    bool is_refused;

    open_errors();
    is_refused = (int)rets[0] == -4;
    return is_refused && !rtas("ibm,close-errinjct", 1, 1, (u64)token, 0, 0);
}

bool errors_closed_twice(void)
{
    u64 token = (u64)open_errors();

    return !rtas("ibm,close-errinjct", 1, 1, token, 0, 0) &&
           rtas("ibm,close-errinjct", 1, 1, token, 0, 0) == -4;
}

static bool inject(u64 kind, u64 buffer, s64 status)
{
    u64 token = (u64)open_errors();
    bool is_right = rtas("ibm,errinjct", 3, 1, kind, token, buffer) == status;

    return !rtas("ibm,close-errinjct", 1, 1, token, 0, 0) && is_right;
}

bool inject_nothing(void) { return inject(14, A, 0); } /* corrupted-tlb-end */
bool inject_unknown(void) { return inject(99, A, -3); }
bool inject_nowhere(void) { return inject(14, 0xf0000000, -3); }

/* ---- connectors ---- */

#define OWN_CONNECTOR (0x10000000 | own_server)

static s64 indicate(u64 type, u64 index, u64 state) { return rtas("set-indicator", 3, 1, type, index, state); }

bool isolation_on(void) { return !indicate(9001, OWN_CONNECTOR, 1); }
bool allocation_usable(void) { return !indicate(9003, OWN_CONNECTOR, 1); }
bool allocation_state_4(void) { return indicate(9003, OWN_CONNECTOR, 4) == -3; }
bool isolation_state_2(void) { return indicate(9001, OWN_CONNECTOR, 2) == -3; }
bool identify_logical(void) { return indicate(9002, OWN_CONNECTOR, 2) == -3; }
bool unusable_in_use(void) { return indicate(9003, OWN_CONNECTOR, 0) == -3; }

bool sense_present(void)
{
    return !rtas("get-sensor-state", 2, 2, 9003, OWN_CONNECTOR, 0) && rets[0] == 1;
}

/* A PCI slot without a card: physical. */
#define EMPTY_SLOT 0x400000f8
bool sense_empty(void) { return !rtas("get-sensor-state", 2, 2, 9003, EMPTY_SLOT, 0) && rets[0] == 0; }
bool unisolate_empty(void) { return indicate(9001, EMPTY_SLOT, 1) == -3; }
bool isolate_empty(void) { return !indicate(9001, EMPTY_SLOT, 0); }
bool identify_slot(void) { return !indicate(9002, EMPTY_SLOT, 2) && !indicate(9002, EMPTY_SLOT, 0); }
bool identify_state_4(void) { return indicate(9002, EMPTY_SLOT, 4) == -3; }
bool allocate_physical(void) { return indicate(9003, EMPTY_SLOT, 1) == -3; }

bool connector_empty(void)
{
    put32(A, EMPTY_SLOT);
    return rtas("ibm,configure-connector", 2, 1, A, 0, 0) == -9003;
}

/* Nodes, properties with name and value in the work area, and the end. */
bool connector_read(void)
{
    s64 status;
    u64 depth = 0, n_properties = 0;

    put32(A, (u32)OWN_CONNECTOR);
    for (u64 i = 0; i < 500; i++) {
        status = rtas("ibm,configure-connector", 2, 1, A, 0, 0);
        if (status == 0)
            return depth == 1 && n_properties > 5;
        depth += status == 2;
        depth -= status == 4;
        n_properties += status == 3;
        if (status < 0 || status > 4 || (status != 4 && (get32(A + 8) < 20 || get32(A + 8) > 4095)))
            return false;
        if (status == 3 && get32(A + 16) + get32(A + 12) > 4096)
            return false;
    }
    return false;
}

/* ---- places ---- */

static s64 call5(const char *name, u64 nargs, u64 nret, u32 a, u32 b, u32 c, u32 d, u32 e)
{
    const u32 *token = find_property(name, NULL);
    u32 *p = (u32 *)(A + 0x8000), args[5] = { a, b, c, d, e };

    if (!token)
        return -1;
    p[0] = *token, p[1] = be32((u32)nargs), p[2] = be32((u32)nret);
    for (u64 i = 0; i < nargs; i++)
        p[3 + i] = be32(args[i]);
    hcall4(H_RTAS, (u64)p, 0, 0, 0);
    rets[0] = be32(p[4 + nargs]);
    return (int)be32(p[3 + nargs]);
}

bool indices(void)
{
    return !call5("ibm,get-indices", 5, 2, 1, 9, A, 1024, 1) && get32(A) >= 1 && get32(A + 8) >= 1;
}

/* The first place of the list: its length, and its text. */
bool sense_place(void)
{
    if (!indices())
        return false;
    return !rtas("ibm,get-dynamic-sensor-state", 2, 2, 9, A + 8, 0) && rets[0] == 0;
}

bool sense_other_place(void)
{
    put32(A, 4);
    memcpy((void *)(A + 4), "XX9", 4);
    return rtas("ibm,get-dynamic-sensor-state", 2, 2, 9, A, 0) == -3;
}

/* ---- options of the guest's architecture ---- */

/* A list of processors without this one. */
bool other_processor(void)
{
    volatile u8 *p = (u8 *)A;

    p[0] = 0xff, p[1] = 0xff, p[2] = 0xff, p[3] = 0xff;
    p[4] = 0x12, p[5] = 0x34, p[6] = 0x56, p[7] = 0x78;
    p[15] = 1; /* the list's end: any value, no mask: matches nothing that the mask lets through */
    p[8] = p[9] = p[10] = p[11] = 0;
    p[12] = 0xff;
    p[16] = 4, p[17] = 3, p[20] = 0x80;
    return true;
}

/* ---- RTAS as a hypercall ---- */

bool rtas_unknown(void)
{
    put32(A, 0x2fff), put32(A + 4, 0), put32(A + 8, 1), put32(A + 12, 0);
    return true;
}

bool rtas_told_counts(void) { return (int)get32(A + 12 + 9 * 4) == -3; }
bool rtas_told(void) { return (int)get32(A + 12) == -3; }

/* The call itself succeeds, whatever the status in the buffer is. */
bool rtas_known(void)
{
    const u32 *token = find_property("get-time-of-day", NULL);

    if (token)
        *(volatile u32 *)A = *token;
    put32(A + 4, 9), put32(A + 8, 1);
    return token;
}

/* ---- the machine's end ---- */

static void linger(void) { delay(2000); }

bool power_off_now(void)
{
    rtas("power-off", 2, 1, -1ul, -1ul, 0);
    linger();
    return false;
}

bool reboot_now(void)
{
    rtas("system-reboot", 0, 1, 0, 0, 0);
    linger();
    return false;
}

bool os_term_now(void)
{
    memcpy((void *)A, "the conformance suite", 22);
    rtas("ibm,os-term", 1, 1, A, 0, 0);
    linger();
    return false;
}

bool watch_powers_off(void)
{
    hcall4(0x45c, 0x101, 1, 20, 0);
    linger();
    return false;
}

bool watch_restarts(void)
{
    hcall4(0x45c, 0x102, 2, 20, 0);
    linger();
    return false;
}

CODE(spin_waiting, "1: b 1b");

/* Dump and restart: a system reset. */
bool watch_resets(void)
{
    struct state s = start(spin_waiting, privileged);

    if (hcall4(0x45c, 0x103, 3, 20, 0))
        return false;
    run(&s);
    r[1] = s.vector << 32 | s.srr0;
    return s.vector - 12 == 0x100;
}

/* ---- platform-assisted kernel dump ---- */

#define DUMP_SOURCE (A + 0x90000)
#define DUMP_REGION (A + 0xa0000)
#define DUMP_CPUS (A + 0xb0000)

static void put_section(u64 at, u32 type, u64 from, u64 length, u64 to)
{
    put32(at, 1);
    put32(at + 4, type << 16);
    put32(at + 8, 0), put32(at + 12, (u32)from);
    put32(at + 16, 0), put32(at + 20, (u32)length);
    put32(at + 32, 0), put32(at + 36, (u32)to);
}

bool has_dump(void) { return find_property("ibm,configure-kernel-dump", NULL); }

/* The processors' registers, and 32 KiB of memory. */
bool dump_structure(void)
{
    memset((void *)A, 0, 0x200);
    put32(A, 1), put32(A + 4, 2 << 16), put32(A + 8, 40);
    put_section(A + 40, 1, 0, 0x8000, DUMP_CPUS);
    put_section(A + 80, 0x11, DUMP_SOURCE, 0x8000, DUMP_REGION);
    for (u64 i = 0; i < 0x8000; i += 4)
        put32(DUMP_SOURCE + i, (u32)i * 3), put32(DUMP_REGION + i, 0);
    return has_dump();
}

static s64 configure(u64 command) { return rtas("ibm,configure-kernel-dump", 3, 1, command, A, 200); }

bool dump_registers(void) { return dump_structure() && !configure(1) && !configure(2); }
bool dump_registers_twice(void) { return dump_structure() && !configure(1) && configure(1) == -9 && !configure(2); }

bool dump_taken(void)
{
    if (!dump_structure() || configure(1))
        return false;
    rtas("ibm,os-term", 1, 1, A + 0x1000, 0, 0);
    linger();
    return false;
}

bool dump_is_right(void)
{
    const u32 *p = find_property("ibm,kernel-dump", NULL);

    if (!p)
        return true;
    for (u64 i = 0; i < 0x8000; i += 4)
        if (get32(DUMP_REGION + i) != (u32)i * 3)
            return false;
    return (be32(p[1]) & 0xffff) == 0xc000 && get32(DUMP_CPUS) == 0x52454753 && get32(DUMP_CPUS + 28) == n_processors &&
           get32(DUMP_CPUS + 32) == 0x43505553 && be32(p[27]) == 0x8000 && configure(1) == -10 && !configure(3);
}
