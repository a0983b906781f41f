/* Cases of nested guests, second interface: the hypervisor keeps their state, which is read and set by buffers of
 * elements, big-endian. [Linux kvm-nested.rst] */
#include "nested.h"

enum {
    H_GUEST_GET_CAPABILITIES = 0x460, H_GUEST_SET_CAPABILITIES = 0x464, H_GUEST_CREATE = 0x470,
    H_GUEST_CREATE_VCPU = 0x474, H_GUEST_GET_STATE = 0x478, H_GUEST_SET_STATE = 0x47c,
    H_GUEST_RUN_VCPU = 0x480, H_GUEST_DELETE = 0x488
};

#define WIDE BIT(0)
#define INPUT (A + 0x91000)
#define OUTPUT (A + 0x92000)

/* ---- buffers ---- */

static u64 fill; /* where the next element goes */

static void put32(u64 at, u32 v) { *(volatile u32 *)at = be32(v); }
static u32 get32(u64 at) { return be32(*(volatile u32 *)at); }

static void begin(u64 buffer)
{
    put32(buffer, 0);
    fill = buffer + 4;
}

/* Of n words; the count is the buffer's first word. */
static void element(u64 buffer, u32 id, const u64 *values, u64 n)
{
    put32(fill, id << 16 | (u32)(n * 8));
    for (u64 i = 0; i < n; i++) {
        put32(fill + 4 + 8 * i, (u32)(values[i] >> 32));
        put32(fill + 8 + 8 * i, (u32)values[i]);
    }
    fill += 4 + 8 * n;
    put32(buffer, get32(buffer) + 1);
}

static void number(u64 buffer, u32 id, u64 v) { element(buffer, id, &v, 1); }

/* The value of an element of the buffer; all of 8 bytes. */
static bool find(u64 buffer, u32 id, u64 *v)
{
    u64 at = buffer + 4;

    for (u32 n = get32(buffer); n; n--) {
        u32 head = get32(at);

        *v = (u64)get32(at + 4) << 32 | get32(at + 8);
        if (head >> 16 == id)
            return true;
        at += 4 + (head & 0xffff);
    }
    return false;
}

/* ---- guests ---- */

static u64 own_mode;

bool guests_offered(void)
{
    u64 q[10] = { H_GUEST_GET_CAPABILITIES, 0 };

    if (!radix() || !world() || hcall(q))
        return false;
    own_mode = level >= ISA_3_1 ? BIT(2) : BIT(1);
    return q[1] & own_mode;
}

bool capabilities(void)
{
    s64 status;

    if (!guests_offered())
        return false;
    status = (s64)hcall4(H_GUEST_SET_CAPABILITIES, 0, own_mode, 0, 0);
    return status == OK || status == BAD_STATE;
}

static u64 guest_id;

/* One guest at a time, with one processor; it stays as long as cases want it. */
bool guest(void)
{
    u64 q[10] = { H_GUEST_CREATE, 0, -1ul };

    if (!capabilities() || hcall4(H_GUEST_DELETE, WIDE, 0, 0, 0) || hcall(q))
        return false;
    guest_id = q[1];
    return !hcall4(H_GUEST_CREATE_VCPU, 0, guest_id, 0, 0);
}

static s64 state(u64 token, u64 flags, u64 buffer, u64 size)
{
    u64 q[10] = { token, flags, guest_id, 0, buffer, size };

    hcall(q);
    r[1] = q[1];
    return (s64)q[0];
}

static s64 set(u64 flags, u64 buffer) { return state(H_GUEST_SET_STATE, flags, buffer, 0x1000); }

static bool make_ready(const u32 *code)
{
    const u64 tree[3] = { ROOT, 52, 0x10000 }, input[2] = { INPUT, 0x1000 }, output[2] = { OUTPUT, 0x1000 };

    nested_table();
    nested_code(code);
    begin(INPUT);
    element(INPUT, 5, tree, 3);
    if (set(WIDE, INPUT))
        return false;
    begin(INPUT);
    element(INPUT, 0xc00, input, 2);
    element(INPUT, 0xc01, output, 2);
    if (set(0, INPUT))
        return false;
    begin(INPUT);
    number(INPUT, 0x1005, 41);
    number(INPUT, 0x1020, mfspr(SPR_TB) + 512000000ul * 100);
    number(INPUT, 0x1021, CODE_AT);
    number(INPUT, 0x1022, MSR_SF | MSR_ME | (IS_LE ? MSR_LE : 0));
    number(INPUT, 0x102d, -1ul);
    return true;
}

bool guest_made(void)
{
    u64 q[10] = { H_GUEST_CREATE, 0, -1ul };

    return !hcall(q) && q[1] && !hcall4(H_GUEST_DELETE, 0, q[1], 0, 0);
}

bool guest_too_early(void)
{
    return (s64)hcall4(H_GUEST_CREATE, 0, -1ul, 0, 0) == BAD_STATE;
}

bool capabilities_none(void)
{
    u64 q[10] = { H_GUEST_SET_CAPABILITIES, 0, 0 };

    return (s64)hcall(q) == P2 && q[1] == 1;
}

bool capabilities_unknown(void)
{
    u64 q[10] = { H_GUEST_SET_CAPABILITIES, 0, BIT(40) };

    return (s64)hcall(q) == P2 && q[1] == 1 && q[2] == 40;
}

bool capabilities_set(void) { return !hcall4(H_GUEST_SET_CAPABILITIES, 0, own_mode, 0, 0); }
bool capabilities_twice(void) { return (s64)hcall4(H_GUEST_SET_CAPABILITIES, 0, own_mode, 0, 0) == BAD_STATE; }

bool vcpu_second(void) { return !hcall4(H_GUEST_CREATE_VCPU, 0, guest_id, 1, 0); }
bool vcpu_again(void) { return (s64)hcall4(H_GUEST_CREATE_VCPU, 0, guest_id, 0, 0) == IN_USE; }
bool vcpu_far(void) { return (s64)hcall4(H_GUEST_CREATE_VCPU, 0, guest_id, 1ul << 20, 0) == P3; }
bool vcpu_flags(void) { return (s64)hcall4(H_GUEST_CREATE_VCPU, 1, guest_id, 1, 0) == FLAG; }

bool guest_gone(void)
{
    return !hcall4(H_GUEST_DELETE, 0, guest_id, 0, 0) && (s64)hcall4(H_GUEST_DELETE, 0, guest_id, 0, 0) == P2;
}

/* What is set is read again, and only that. */
bool state_round(void)
{
    u64 v;

    begin(INPUT);
    number(INPUT, 0x1007, 0x0123456789abcdef);
    if (set(0, INPUT))
        return false;
    begin(INPUT);
    number(INPUT, 0x1007, 0);
    number(INPUT, 0x1008, 77);
    return !state(H_GUEST_GET_STATE, 0, INPUT, 0x1000) && find(INPUT, 0x1007, &v) && v == 0x0123456789abcdef &&
           find(INPUT, 0x1008, &v) && !v;
}

/* Of wrong elements Linux's hvcall.h knows codes of their own; QEMU says that the buffer is wrong. */
enum { WRONG_ID = -79, WRONG_SIZE = -80 };
static bool refuses(s64 status, s64 code) { return status == code || status == P3; }

/* A buffer with one wrong element sets nothing, and says which. */
bool state_unknown(void)
{
    u64 v;
    s64 status;

    begin(INPUT);
    number(INPUT, 0x1007, 5);
    number(INPUT, 0x0fff, 0);
    status = set(0, INPUT);
    if (!refuses(status, WRONG_ID) || r[1] != 1)
        return false;
    begin(INPUT);
    number(INPUT, 0x1007, 0);
    return !state(H_GUEST_GET_STATE, 0, INPUT, 0x1000) && find(INPUT, 0x1007, &v) && v == 0;
}

bool state_size(void)
{
    const u64 two[2] = { 0, 0 };

    begin(INPUT);
    element(INPUT, 0x1007, two, 2);
    return refuses(set(0, INPUT), WRONG_SIZE);
}

bool state_scope(void)
{
    begin(INPUT);
    number(INPUT, 0x1007, 0);
    return refuses(set(WIDE, INPUT), WRONG_ID);
}

bool state_read_only(void)
{
    begin(INPUT);
    number(INPUT, 0xf000, 0);
    return refuses(set(0, INPUT), WRONG_ID);
}

bool state_nowhere(void)
{
    return set(0, NOWHERE) == P3 && state(H_GUEST_GET_STATE, 0, NOWHERE, 0x1000) == P3;
}

bool state_flags(void)
{
    begin(INPUT);
    return set(BIT(5), INPUT) == PARAMETER && state(H_GUEST_GET_STATE, BIT(5), INPUT, 0x1000) == PARAMETER;
}

bool state_of_unknown(void)
{
    begin(INPUT);
    guest_id = 4000;
    return set(0, INPUT) == P2 && state(H_GUEST_GET_STATE, 0, INPUT, 0x1000) == P2;
}

static s64 run_guest(void)
{
    u64 q[10] = { H_GUEST_RUN_VCPU, 0, guest_id, 0 };

    hcall(q);
    r[1] = q[1];
    return (s64)q[0];
}

bool guest_calls(void)
{
    u64 gpr3, gpr5;

    return make_ready(nested_call) && !run_guest() && r[1] == 0xc00 && find(OUTPUT, 0x1003, &gpr3) &&
           find(OUTPUT, 0x1005, &gpr5) && gpr3 == 0x77 && gpr5 == 42;
}

bool guest_loads(void)
{
    u64 hdar;

    return make_ready(nested_load) && !run_guest() && r[1] == 0xe00 && find(OUTPUT, 0xf000, &hdar) &&
           hdar == 0x40000000;
}

bool run_flags(void) { return make_ready(nested_call) && (s64)hcall4(H_GUEST_RUN_VCPU, 1, guest_id, 0, 0) == FLAG; }
bool run_without_tree(void) { return run_guest() == NOT_AVAILABLE; }
bool run_unknown_vcpu(void) { return make_ready(nested_call) && (s64)hcall4(H_GUEST_RUN_VCPU, 0, guest_id, 9, 0) == P3; }

bool run_wrong_input(void)
{
    if (!make_ready(nested_call))
        return false;
    begin(INPUT);
    number(INPUT, 0x0fff, 0);
    return refuses(run_guest(), WRONG_ID);
}
