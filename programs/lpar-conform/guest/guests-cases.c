/* Cases of nested guests, second interface: guests and their processors, state buffers, a guest of a few instructions.
 * [Linux kvm-nested.rst]
 *
 * Buffers are big-endian. Each case makes a guest of its own and deletes it. */
#include "smp.h"

enum {
    GET_CAPABILITIES = 0x460, SET_CAPABILITIES = 0x464, CREATE = 0x470, CREATE_VCPU = 0x474, GET_STATE = 0x478,
    SET_STATE = 0x47c, RUN_VCPU = 0x480, DELETE = 0x488,
};

#define WIDE BIT(0)
#define ROOT (A + 0x310000) /* 64 KiB, then two levels of 4 KiB */
#define LEVEL_2 (A + 0x320000)
#define LEVEL_3 (A + 0x321000)
#define GUEST_MEMORY (A + 0x400000) /* the guest's 2 MiB */
#define BUFFER (A + 0x330000)
#define INPUT (A + 0x331000)
#define OUTPUT (A + 0x332000)
#define CODE_AT 0x1000
enum { BUFFER_BYTES = 0x1000, NIA = 0x1021, MSR = 0x1022, HDEC = 0x1020, LPCR = 0x102c, HFSCR = 0x102d, CR = 0x2000,
       VSR = 0x3000, HDAR = 0xf000, ASDR = 0xf003 };

static u64 guest; /* the case's */
static u64 q[10]; /* status and results of the last call */

static s64 call(u64 token, u64 a, u64 b, u64 c, u64 d, u64 e)
{
    q[0] = token;
    q[1] = a;
    q[2] = b;
    q[3] = c;
    q[4] = d;
    q[5] = e;
    return (s64)hcall(q);
}

/* ---- buffers ---- */

static u8 *end; /* of the elements in BUFFER */

static void put16(u8 *at, u64 v)
{
    at[0] = (u8)(v >> 8);
    at[1] = (u8)v;
}

static void begin(void)
{
    memset((void *)BUFFER, 0, BUFFER_BYTES);
    end = (u8 *)BUFFER + 4;
}

static u8 *add(u64 id, u64 size)
{
    u8 *value = end + 4;

    put16(end, id);
    put16(end + 2, size);
    put16((u8 *)BUFFER + 2, ((u8 *)BUFFER)[3] + 1ul);
    end = value + size;
    return value;
}

static void put_number(u8 *at, u64 v, u64 size)
{
    for (u64 i = 0; i < size; i++)
        at[i] = (u8)(v >> 8 * (size - 1 - i));
}

static void add_number(u64 id, u64 v, u64 size) { put_number(add(id, size), v, size); }

static u64 number(const u8 *at, u64 size)
{
    u64 v = 0;

    for (u64 i = 0; i < size; i++)
        v = v << 8 | at[i];
    return v;
}

/* The element in a buffer, 0 if it is not there. */
static const u8 *element(u64 buffer, u64 id)
{
    const u8 *at = (const u8 *)buffer + 4;

    for (u64 n = number((const u8 *)buffer, 4); n; n--) {
        if (number(at, 2) == id)
            return at + 4;
        at += 4 + number(at + 2, 2);
    }
    return 0;
}

static u64 in_output(u64 id) { return element(OUTPUT, id) ? number(element(OUTPUT, id), 8) : -1ul; }

static s64 set(u64 flags, u64 vcpu) { return call(SET_STATE, flags, guest, vcpu, BUFFER, BUFFER_BYTES); }
static s64 get(u64 flags, u64 vcpu) { return call(GET_STATE, flags, guest, vcpu, BUFFER, BUFFER_BYTES); }

/* ---- what cases begin with ---- */

bool guests(void) { return radix() && world() && call(GET_CAPABILITIES, 0, 0, 0, 0, 0) != FUNCTION; }

static u64 best_capability(void)
{
    call(GET_CAPABILITIES, 0, 0, 0, 0, 0);
    return q[1] & BIT(1);
}

bool capable(void)
{
    s64 status;

    if (!guests())
        return false;
    status = call(SET_CAPABILITIES, 0, best_capability(), 0, 0, 0);
    return status == OK || status == STATE;
}

bool with_guest(void)
{
    if (!capable() || call(CREATE, 0, -1ul, 0, 0, 0) != OK)
        return false;
    guest = q[1];
    return true;
}

bool with_vcpu(void) { return with_guest() && call(CREATE_VCPU, 0, guest, 0, 0, 0) == OK; }

static bool done(bool ok) { return call(DELETE, 0, guest, 0, 0, 0) == OK && ok; }
static bool gives_status(s64 status, s64 expected) { r[0] = (u64)status; return done(status == expected); }

/* ---- capabilities, guests, processors ---- */

bool capabilities_told(void) { return call(GET_CAPABILITIES, 0, 0, 0, 0, 0) == OK && q[1] & BIT(1) && !(q[1] & ~(15ul << 60)); }

bool capabilities_unknown(void)
{
    return call(SET_CAPABILITIES, 0, 1, 0, 0, 0) == P2 && q[1] == 1 && q[2] == 63;
}

bool capabilities_set(void) { return call(SET_CAPABILITIES, 0, best_capability(), 0, 0, 0) == OK; }
bool create_too_early(void) { return call(CREATE, 0, -1ul, 0, 0, 0) == STATE; }
bool guest_made(void) { return guest && done(true); }
bool vcpu_made(void) { return gives_status(call(CREATE_VCPU, 0, guest, 0, 0, 0), OK); }
bool vcpu_flag(void) { return gives_status(call(CREATE_VCPU, 1, guest, 0, 0, 0), FLAG); }
bool vcpu_2048(void) { return gives_status(call(CREATE_VCPU, 0, guest, 2048, 0, 0), P3); }
bool vcpu_twice(void) { return gives_status(call(CREATE_VCPU, 0, guest, 0, 0, 0), IN_USE); }
bool guest_deleted(void) { return done(true) && call(DELETE, 0, guest, 0, 0, 0) == P2; }

bool guests_deleted(void)
{
    return call(CREATE, 0, -1ul, 0, 0, 0) == OK && call(DELETE, BIT(0), 0, 0, 0, 0) == OK &&
           call(DELETE, 0, guest, 0, 0, 0) == P2;
}

/* ---- state ---- */

static void add_tables(void)
{
    u8 *at = add(5, 24);

    put_number(at, ROOT, 8);
    put_number(at + 8, 52, 8);
    put_number(at + 16, 0x10000, 8);
}

bool state_wide(void)
{
    begin();
    add_number(3, 0x0f000005, 4);
    add_number(4, 0x123456789, 8);
    add_tables();
    if (set(WIDE, 0) != OK)
        return done(false);
    begin();
    add(4, 8);
    add(5, 24);
    return done(get(WIDE, 0) == OK && number(element(BUFFER, 4), 8) == 0x123456789 &&
                number(element(BUFFER, 5), 8) == ROOT && number(element(BUFFER, 5) + 8, 8) == 52 &&
                number(element(BUFFER, 5) + 16, 8) == 0x10000);
}

bool state_of_vcpu(void)
{
    begin();
    add_number(0x1000 + 14, 0x0123456789abcdef, 8);
    add_number(CR, 0x12345678, 4);
    put_number(add(VSR + 33, 16), 0xfedcba9876543210, 8);
    if (set(0, 0) != OK)
        return done(false);
    begin();
    add(VSR + 33, 16);
    add(CR, 4);
    add(0x1000 + 14, 8);
    return done(get(0, 0) == OK && number(element(BUFFER, 0x1000 + 14), 8) == 0x0123456789abcdef &&
                number(element(BUFFER, CR), 4) == 0x12345678 &&
                number(element(BUFFER, VSR + 33), 8) == 0xfedcba9876543210);
}

/* Elements that are wrong: unknown, of another size, of the other scope, only to be read, of no such value. Which one
 * is told; the first one has no effect then. QEMU's status is H_P3. */
static bool refuses(u64 flags, s64 status)
{
    s64 is = set(flags, 0);

    r[0] = (u64)is;
    return done((is == status || is == P3) && (is == P3 || q[1] == 1));
}

static void begin_second(u64 flags)
{
    begin();
    if (flags)
        add_number(4, 0, 8);
    else
        add_number(0x1000, 0, 8);
}

bool element_unknown(void) { begin_second(0); add(0x1fff, 8); return refuses(0, ELEMENT_ID); }
bool element_size(void) { begin_second(0); add(0x1001, 4); return refuses(0, ELEMENT_SIZE); }
bool element_scope(void) { begin_second(0); add(4, 8); return refuses(0, ELEMENT_ID); }
bool element_scope_wide(void) { begin_second(WIDE); add(0x1001, 8); return refuses(WIDE, ELEMENT_ID); }
bool element_read_only(void) { begin_second(0); add(HDAR, 8); return refuses(0, ELEMENT_ID); }
bool element_value(void) { begin_second(WIDE); add_number(5, 1, 24); return refuses(WIDE, ELEMENT_VALUE); }
bool set_flags(void) { begin(); return gives_status(set(2, 0), PARAMETER); }
bool get_flags(void) { begin(); return gives_status(get(4, 0), PARAMETER); }
bool set_no_guest(void) { begin(); return call(SET_STATE, 0, 4000, 0, BUFFER, BUFFER_BYTES) == P2 && done(true); }
bool get_no_guest(void) { begin(); return call(GET_STATE, 0, 4000, 0, BUFFER, BUFFER_BYTES) == P2 && done(true); }
bool set_nowhere(void) { return gives_status(call(SET_STATE, 0, guest, 0, NOWHERE, BUFFER_BYTES), P3); }
bool get_nowhere(void) { return gives_status(call(GET_STATE, 0, guest, 0, NOWHERE, BUFFER_BYTES), P3); }

bool get_unknown(void)
{
    s64 is;

    begin();
    add(0x1fff, 8);
    is = get(0, 0);
    r[0] = (u64)is;
    return done(is == ELEMENT_ID || is == P3);
}

bool get_size(void)
{
    s64 is;

    begin();
    add(CR, 8);
    is = get(0, 0);
    r[0] = (u64)is;
    return done(is == ELEMENT_SIZE || is == P3);
}

/* ---- running ---- */

static void put_entry(u64 at, u64 v) { *(volatile u64 *)at = be64(v); }

static bool prepared(const u32 *code)
{
    u8 *at;

    memset((void *)ROOT, 0, 0x12000);
    put_entry(ROOT, BIT(0) | LEVEL_2 | 9);
    put_entry(LEVEL_2, BIT(0) | LEVEL_3 | 9);
    put_entry(LEVEL_3, RADIX_PTE(GUEST_MEMORY, PTE_R | PTE_C | PTE_READ | PTE_WRITE | PTE_EXECUTE));
    asm volatile("ptesync" ::: "memory");
    memset((void *)GUEST_MEMORY, 0, 0x10000);
    memcpy((void *)(GUEST_MEMORY + CODE_AT), code, 64);
    sync_code((void *)(GUEST_MEMORY + CODE_AT), 64);
    memset((void *)INPUT, 0, 0x2000);
    begin();
    add_tables();
    if (set(WIDE, 0) != OK)
        return false;
    begin();
    at = add(0xc00, 16);
    put_number(at, INPUT, 8);
    put_number(at + 8, 0x1000, 8);
    at = add(0xc01, 16);
    put_number(at, OUTPUT, 8);
    put_number(at + 8, 0x1000, 8);
    add_number(NIA, CODE_AT, 8);
    add_number(MSR, MSR_SF | MSR_ME | (IS_LE ? MSR_LE : 0), 8);
    add_number(HFSCR, -1ul, 8);
    add_number(HDEC, mfspr(SPR_TB) + 512000000ul * 100, 8);
    add_number(0x1005, 41, 8);
    return set(0, 0) == OK;
}

/* The vector, or minus the status. */
static s64 run_guest(void)
{
    s64 status = call(RUN_VCPU, 0, guest, 0, 0, 0);

    return status == OK ? (s64)q[1] : status < 0 ? status : -status;
}

CODE(guests_call, "addi 5, 5, 1\n li 3, 0x77\n sc 1\n b .");
CODE(guests_load, "lis 6, 0x4000\n ld 7, 0(6)\n b .");
CODE(guests_jump, "lis 6, 0x4000\n mtctr 6\n bctr\n");
CODE(guests_store, "li 6, 0x2000\n std 5, 0(6)\n sc 1\n b .");
CODE(guests_illegal, "nop\n .long 0\n b .");

bool runs_and_calls(void)
{
    return done(prepared(guests_call) && run_guest() == 0xc00 && in_output(0x1003) == 0x77 && in_output(0x1005) == 42);
}

/* It goes on behind its call, with what the input buffer sets. */
bool runs_again(void)
{
    bool ok = prepared(guests_call) && run_guest() == 0xc00;

    begin();
    add_number(NIA, CODE_AT, 8);
    add_number(0x1005, 99, 8);
    memcpy((void *)INPUT, (void *)BUFFER, 0x100);
    return done(ok && run_guest() == 0xc00 && in_output(0x1005) == 100);
}

bool runs_and_loads(void)
{
    return done(prepared(guests_load) && run_guest() == 0xe00 && in_output(HDAR) == 0x40000000 &&
                (in_output(ASDR) & ~0xffful) == 0x40000000 && in_output(NIA) == CODE_AT + 4);
}

bool runs_and_jumps(void) { return done(prepared(guests_jump) && run_guest() == 0xe20 && in_output(NIA) == 0x40000000); }

bool runs_and_stores(void)
{
    return done(prepared(guests_store) && run_guest() == 0xc00 && *(volatile u64 *)(GUEST_MEMORY + 0x2000) == 41);
}

bool runs_illegal(void) { return done(prepared(guests_illegal) && run_guest() == 0xe40 && in_output(NIA) == CODE_AT + 4); }

bool run_bad_input(void)
{
    s64 is;

    if (!prepared(guests_call))
        return done(false);
    begin();
    add(0x1fff, 8);
    memcpy((void *)INPUT, (void *)BUFFER, 0x100);
    is = call(RUN_VCPU, 0, guest, 0, 0, 0);
    return done(is == ELEMENT_ID || is == P3);
}

bool run_flags(void) { return gives_status(call(RUN_VCPU, 1, guest, 0, 0, 0), FLAG); }
bool run_no_guest(void) { return call(RUN_VCPU, 0, 4000, 0, 0, 0) == P2 && done(true); }
bool run_no_vcpu(void) { return gives_status(call(RUN_VCPU, 0, guest, 7, 0, 0), P3); }
bool run_no_tree(void) { return gives_status(call(RUN_VCPU, 0, guest, 0, 0, 0), NOT_AVAILABLE); }
