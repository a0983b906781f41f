/* Runs the rows of cases.def from the first to the last that the machine's UUID names, one line a case. */
#include "smp.h"

u64 r[10];
u32 rets[8];

bool is_radix_run;

enum kind { HCALL, RTAS, PROBLEM, FUNCTION_ROW, ENDING, SECTION };
static const struct row {
    const char *call, *name;
    enum kind kind;
    u64 token; /* RTAS: the counts, nargs << 8 | nret */
    u64 args[9];
    s64 status;
    bool (*prepare)(void), (*check)(void);
} rows[] = {
#define ARGS(...) { __VA_ARGS__ }
#define HC(call, token, name, spec, args, status, prepare, check) \
    { call, name, HCALL, token, args, status, prepare, check },
#define RT(call, name, counts, args, status, prepare, check) \
    { call, name, RTAS, counts, args, status, prepare, check },
#define PR(call, token) { call, "problem-state", PROBLEM, token, { 0 }, PRIVILEGE, NULL, NULL },
#define FN(call, name, spec, function) \
    { call, name, FUNCTION_ROW, 0, { 0 }, 0, NULL, function },
#define FE(call, name, spec, status, prepare, function) \
    { call, name, FUNCTION_ROW, 0, { 0 }, 0, prepare, function },
#define EN(call, name, spec, how, prepare, function) { call, name, ENDING, 0, { 0 }, 0, prepare, function },
#define MACHINE(name, options) { name, "", SECTION, 0, { 0 }, 0, NULL, NULL },
#include "cases.def"
};

static u64 call_row(const struct row *w)
{
    r[0] = w->token;
    for (u64 i = 0; i < 9; i++)
        r[1 + i] = w->args[i];
    return hcall(r);
}

static bool find_rtas(const struct row *w, u32 *token)
{
    const u32 *p = find_property(w->call, NULL);

    if (p)
        *token = be32(*p);
    return p;
}

static s64 call_rtas(const struct row *w)
{
    u32 *buffer = (u32 *)(A + 0x8000), token = 0;
    u64 nargs = w->token >> 8, nret = w->token & 0xff;

    find_rtas(w, &token);
    buffer[0] = be32(token);
    buffer[1] = be32((u32)nargs);
    buffer[2] = be32((u32)nret);
    for (u64 i = 0; i < nargs && i < 9; i++)
        buffer[3 + i] = be32((u32)w->args[i]);
    buffer[3 + nargs] = be32(0x55555555);
    hcall4(H_RTAS, (u64)buffer, 0, 0, 0);
    for (u64 i = 0; i < 8; i++)
        rets[i] = be32(buffer[4 + nargs + i]);
    return (int)be32(buffer[3 + nargs]);
}

s64 rtas_to(u32 *buffer, const char *name, u64 nargs, u64 nret, u64 a, u64 b, u64 c)
{
    const u32 *token = find_property(name, NULL);
    const u64 args[3] = { a, b, c };

    if (!token)
        return -1;
    buffer[0] = *token;
    buffer[1] = be32((u32)nargs);
    buffer[2] = be32((u32)nret);
    for (u64 i = 0; i < nargs && i < 3; i++)
        buffer[3 + i] = be32((u32)args[i]);
    buffer[3 + nargs] = be32(0x55555555);
    hcall4(H_RTAS, (u64)buffer, 0, 0, 0);
    return (int)be32(buffer[3 + nargs]);
}

s64 rtas(const char *name, u64 nargs, u64 nret, u64 a, u64 b, u64 c)
{
    u32 *buffer = (u32 *)(A + 0x8000);
    s64 status = rtas_to(buffer, name, nargs, nret, a, b, c);

    for (u64 i = 0; i < 8; i++)
        rets[i] = be32(buffer[4 + nargs + i]);
    return status;
}

bool world(void)
{
    static bool made;

    if (!made)
        world_make(radix() ? MMU_RADIX : MMU_HASH);
    made = true;
    return true;
}

CODE(in_problem_state, "sc 1\n trap");

static s64 call_in_problem_state(const struct row *w)
{
    struct state s;

    world();
    s = start(in_problem_state, privileged | MSR_PR | MSR_EE | MSR_IR | MSR_DR);
    s.gpr[3] = w->token;
    run(&s);
    return s.vector - 12 == 0x700 ? (s64)s.gpr[3] : 0x700;
}

static void print_number(u64 n)
{
    char text[21];
    u64 at = sizeof text - 1;

    for (text[at] = 0; at && (n || !text[at]); n /= 10)
        text[--at] = (char)('0' + n % 10);
    print(text + at);
}

static void tell(const char *verdict, u64 number, const struct row *w)
{
    print(verdict);
    print_number(number);
    print(" ");
    print(w->call);
    print("/");
    print(w->name);
}

/* What a case may have left is taken back here, whatever it did. */
static void clean(void)
{
    static const u64 flags[] = { 0xc00000000000, 0xe00000000000, 0xa00000000000 };

    if (!stop_others()) {
        print("again\n");
        power_off();
    }
    for (u64 i = 0; i < ARRAY_SIZE(flags); i++) {
        hcall4(0xdc, flags[i], own_server, 0, 0);
        for (u64 n = 0; n + 1 < n_processors; n++)
            hcall4(0xdc, flags[i], others[n].server, 0, 0);
    }
    hcall4(H_SET_MODE, 0, 3, 0, 0);
    memset((void *)A, 0, 0x3000);
    mtspr(SPR_DEC, -1);
    mtspr(SPR_DEC, mfspr(SPR_DEC) >> 32 ? 0x7fffffffffff : 0x7fffffff);
}

static void run_row(u64 number, const struct row *w)
{
    s64 status = w->status;
    u32 token;

    if (w->kind == SECTION)
        return;
    clean();
    if ((w->prepare && !w->prepare()) || (w->kind == RTAS && !find_rtas(w, &token))) {
        tell("ok ", number, w);
        print(" # SKIP not on this machine\n");
        return;
    }
    if (w->kind == HCALL)
        status = (s64)call_row(w);
    else if (w->kind == RTAS)
        status = call_rtas(w);
    else if (w->kind == PROBLEM)
        status = call_in_problem_state(w);
    if (w->kind == ENDING) {
        /* What is told now holds if the machine ends, or begins again. */
        tell("ends ", number, w);
        print("\n");
    }
    if (w->prepare == optional && status == FUNCTION && w->status != FUNCTION) {
        tell("ok ", number, w);
        print(" # SKIP an optional call\n");
        return;
    }
    if (status == w->status && (!w->check || w->check()) && w->kind != ENDING) {
        tell("ok ", number, w);
        print("\n");
        return;
    }
    tell("not ok ", number, w);
    print(" # status ");
    print_hex((u64)status);
    print(status == w->status ? ", outputs differ: " : ", expected ");
    print_hex(status == w->status ? r[1] : (u64)w->status);
    print("\n");
}

/* The UUID's last twelve digits: six of the first case, six of the last one. */
static u64 digits(const char *p)
{
    u64 v = 0;

    for (u64 i = 0; i < 6; i++)
        v = v << 4 | (u64)(p[i] <= '9' ? p[i] - '0' : (p[i] | 32) - 'a' + 10);
    return v;
}

static void run_rows(void)
{
    const char *uuid = find_property("vm,uuid", NULL);
    u64 first = 1, last = ARRAY_SIZE(rows);

    find_processors();
    if (!dump_is_right()) {
        print("the dump is wrong\n");
        power_off();
    }
    print("begin of cases\n");
    is_radix_run = uuid && uuid[7] == '1';
    if (uuid && digits(uuid + 24)) {
        first = digits(uuid + 24);
        last = digits(uuid + 30);
    }
    for (u64 n = first; n <= last && n <= ARRAY_SIZE(rows); n++)
        run_row(n, &rows[n - 1]);
}

TESTS({ "conform", run_rows, REAL, 0, 0 });
