/* Random hypercalls, RTAS calls and client interface services against a whole platform: none may crash it,
 * corrupt it or take long. Each seed is a guest of its own that can be repeated; the sanitizers are the
 * judges of memory. LPAR_RANDOM_CALLS=N makes N calls a guest, LPAR_RANDOM_SEED=S begins with that seed. */
#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "cpu-ppc64/guest.h"
#include "machine/tables.h"
#include "papr/platform-internal.h"

#define RAM UINT64_C(0x10000000)
enum { GUESTS = 4, CALLS = 20000, LONGEST_MS = 1000, VCPUS = 2, RTAS_AT = 0x8000, CLIENT_AT = 0x9000,
       STRUCTURE_AT = 0xb000 };

struct guest {
    uint64_t random;
    struct platform_config config;
    struct loop *loop;
    struct chardev *chardev;
    struct mem *mem;
    struct accel *accel;
    struct platform *platform;
    struct parts parts;
    char call[256]; /* what is being tried, to be told */
};

static void nothing(void *opaque)
{
    (void)opaque;
}

static void no_panic(void *opaque, const char *reason)
{
    (void)opaque;
    (void)reason;
}

static const struct platform_machine_ops machine_ops = { nothing, nothing, no_panic };

static void swallow(void *opaque, const char *text, size_t size)
{
    (void)opaque;
    (void)text;
    (void)size;
}

static uint64_t draw(struct guest *g)
{
    g->random = g->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return g->random >> 32 ^ g->random << 32 ^ g->random;
}

static uint64_t below(struct guest *g, uint64_t n)
{
    return draw(g) % n;
}

/* Values that handlers look at: small ones, flags, addresses at and around the ends of things. */
static uint64_t argument(struct guest *g)
{
    static const uint64_t special[] = {
        0, 1, 2, 3, 4, 8, 12, 16, 24, 0x1000, 0x10000, 0x1000000, RAM - 8, RAM, RAM + 8, UINT64_MAX,
        INT64_MAX, UINT64_C(1) << 63, 0x71000000, 0x71000001, 0x20000000, 0x80000001, 0x10000000,
        UINT64_C(0x6010000000000), UINT64_C(0x6030203180000), UINT64_C(0x200080000000), 9001, 9003, 50,
        UINT64_C(0xe000000000000000), 0x2000, 0x1100, 0x1300, 255, 256, 0xffffffff,
    };

    switch (below(g, 8)) {
    case 0:
    case 1:
        return special[below(g, ARRAY_SIZE(special))];
    case 2:
        return below(g, RAM) & ~UINT64_C(0xfff);
    case 3:
        return below(g, RAM + 0x10000);
    case 4:
        return UINT64_C(1) << below(g, 64);
    case 5:
        return below(g, 4) << 62 | below(g, 1 << 20);
    case 6:
        return below(g, 64);
    default:
        return draw(g);
    }
}

/* Values that many calls accept, so that they get past their checks. */
static uint64_t friendly(struct guest *g)
{
    switch (below(g, 6)) {
    case 0:
        return 0;
    case 1:
    case 2:
        return below(g, 4);
    case 3:
        return below(g, 2) ? STRUCTURE_AT : below(g, RAM) & ~UINT64_C(0xfff);
    case 4:
        return (1 + below(g, 7)) << 45; /* what to register, of H_REGISTER_VPA */
    default:
        return UINT64_C(1) << below(g, 22);
    }
}

/* A guest of the partition ends as soon as it began, whatever it was made of. */
static void leave_guest(struct guest *g, struct vcpu *v)
{
    static const uint16_t vectors[] = { 0x500, 0x980, 0xc00, 0xe00, 0xe20, 0xe40, 0xf80, 0x200 };

    if (!v->cpu->guest)
        return;
    v->cpu->guest->vector = vectors[below(g, ARRAY_SIZE(vectors))];
    if (!guests_leave(g->parts.guests, v))
        nested_leave(g->parts.nested, v);
    ck_assert_ptr_null(v->cpu->guest);
}

static void make_call(struct guest *g, uint64_t token)
{
    struct vcpu *v = accel_vcpu(g->accel, (unsigned)below(g, VCPUS));
    struct timespec before, after;
    int64_t ms;

    if (below(g, 4) == 0)
        v->cpu->msr ^= MSR_EE;
    v->cpu->gpr[3] = token;
    accel_lock(g->accel);
    for (unsigned i = 0; i < VCPUS; i++)
        accel_vcpu(g->accel, i)->state = below(g, 2) ? VCPU_STOPPED : VCPU_CEDED;
    v->state = VCPU_RUNNING;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
    platform_hypercall(g->platform, v);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
    leave_guest(g, v);
    accel_unlock(g->accel);
    ms = (after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000;
    ck_assert_msg(ms < LONGEST_MS, "%s took %" PRId64 " ms", g->call, ms);
    v->cpu->msr &= ~(uint64_t)MSR_PR;
}

static void random_hcall(struct guest *g)
{
    const struct hcall_row *row = NULL;
    uint64_t token = argument(g);
    uint64_t *gpr[VCPUS];
    bool is_friendly;

    for (unsigned i = 0; i < 8 && !row; i++)
        row = g->platform->dispatch->hcalls[below(g, HCALL_SLOTS)].row;
    if (!row && below(g, 16)) {
        /* The slots are sparse: walk on to the next one. */
        for (size_t i = below(g, HCALL_PAPR_LAST / 4); i < HCALL_SLOTS && !row; i++)
            row = g->platform->dispatch->hcalls[i].row;
    }
    if (row)
        token = row->token;
    for (unsigned i = 0; i < VCPUS; i++)
        gpr[i] = &accel_vcpu(g->accel, i)->cpu->gpr[4];
    is_friendly = below(g, 2);
    for (unsigned i = 0; i < 9; i++) {
        uint64_t value = is_friendly ? friendly(g) : argument(g);

        for (unsigned j = 0; j < VCPUS; j++)
            gpr[j][i] = value;
    }
    snprintf(g->call, sizeof g->call,
             "%s (%#" PRIx64 ") %#" PRIx64 " %#" PRIx64 " %#" PRIx64 " %#" PRIx64 " %#" PRIx64 " %#" PRIx64,
             row ? row->name : "?", token, gpr[0][0], gpr[0][1], gpr[0][2], gpr[0][3], gpr[0][4], gpr[0][5]);
    make_call(g, token);
}

static void set_argument(struct guest *g, uint64_t value)
{
    for (unsigned i = 0; i < VCPUS; i++)
        accel_vcpu(g->accel, i)->cpu->gpr[4] = value;
}

/* A guest of the partition with any registers and any tree. */
static void random_guest(struct guest *g)
{
    enum { TABLE_AT = 0xc000, REGISTERS_AT = 0xd000, STATE_WORDS = 31, REGISTER_WORDS = 39, LPID = 1 };

    g->platform->negotiated.radix = g->config.offers_xive;
    for (unsigned i = 0; i < STATE_WORDS; i++)
        gpa_store_be64(g->mem, STRUCTURE_AT + 8 * i, argument(g));
    gpa_store_be64(g->mem, STRUCTURE_AT, 1 + below(g, 2));
    gpa_store_be64(g->mem, STRUCTURE_AT + 8, (uint64_t)LPID << 32 | below(g, 4));
    for (unsigned i = 0; i < REGISTER_WORDS; i++)
        gpa_store_be64(g->mem, REGISTERS_AT + 8 * i, argument(g));
    gpa_store_be64(g->mem, TABLE_AT + 16 * LPID, PPC_BIT(0) | argument(g));
    gpa_store_be64(g->mem, TABLE_AT + 16 * LPID + 8, argument(g));
    for (unsigned i = 0; i < VCPUS; i++) {
        uint64_t *gpr = accel_vcpu(g->accel, i)->cpu->gpr;

        gpr[4] = TABLE_AT;
        gpr[5] = REGISTERS_AT;
    }
    make_call(g, H_SET_PARTITION_TABLE);
    set_argument(g, STRUCTURE_AT);
    snprintf(g->call, sizeof g->call, "H_ENTER_NESTED");
    make_call(g, H_ENTER_NESTED);
}

static void random_rtas(struct guest *g)
{
    const struct rtas_row *row = NULL;
    uint32_t nargs, nret;

    while (!row)
        row = g->platform->dispatch->rtas[below(g, RTAS_SLOTS)].row;
    nargs = row->nargs < 0 || !below(g, 16) ? (uint32_t)below(g, 10) : (uint32_t)row->nargs;
    nret = row->nret < 0 || !below(g, 16) ? (uint32_t)below(g, 7) : (uint32_t)row->nret;
    gpa_store_be32(g->mem, RTAS_AT, row->token);
    gpa_store_be32(g->mem, RTAS_AT + 4, nargs);
    gpa_store_be32(g->mem, RTAS_AT + 8, nret);
    for (unsigned i = 0; i < nargs; i++)
        gpa_store_be32(g->mem, RTAS_AT + 12 + 4 * i, (uint32_t)argument(g));
    set_argument(g, RTAS_AT);
    snprintf(g->call, sizeof g->call, "RTAS %s", row->name);
    make_call(g, KVMPPC_H_RTAS);
}

static void random_service(struct guest *g)
{
    static const char *const services[] = {
        "finddevice", "getprop", "getproplen", "setprop", "nextprop", "peer", "child", "parent",
        "package-to-path", "open", "close", "instance-to-package", "instance-to-path", "write", "claim",
        "release", "call-method", "milliseconds", "quiesce", "exit", "test", "read", "seek", "interpret",
    };
    static const char *const strings[] = {
        "/", "/chosen", "/cpus", "/rtas", "/vdevice/vty@71000000", "name", "reg", "bootargs", "linux,rtas-base",
        "ibm,client-architecture-support", "instantiate-rtas", "/memory@0", "", "/cpus/@0:,@:",
        "a string that is longer than any name a property of the tree may ever have had, and then some more",
    };
    enum { STRING_AT = 0x9400, STRING_SIZE = 256 };
    const char *name = services[below(g, ARRAY_SIZE(services))];
    uint32_t nargs = (uint32_t)below(g, 7), nret = (uint32_t)below(g, 4);

    gpa_write(g->mem, CLIENT_AT + 0x200, name, strlen(name) + 1);
    for (unsigned i = 0; i < ARRAY_SIZE(strings); i++)
        gpa_write(g->mem, STRING_AT + i * STRING_SIZE, strings[i], strlen(strings[i]) + 1);
    gpa_store_be32(g->mem, CLIENT_AT, CLIENT_AT + 0x200);
    gpa_store_be32(g->mem, CLIENT_AT + 4, nargs);
    gpa_store_be32(g->mem, CLIENT_AT + 8, nret);
    for (unsigned i = 0; i < nargs; i++) {
        uint64_t kind = below(g, 4);
        uint64_t value = kind == 0 ? STRING_AT + below(g, ARRAY_SIZE(strings)) * STRING_SIZE
                         : kind == 1 ? 0x1112 + below(g, 40) : argument(g);

        gpa_store_be32(g->mem, CLIENT_AT + 12 + 4 * i, (uint32_t)value);
    }
    set_argument(g, CLIENT_AT);
    snprintf(g->call, sizeof g->call, "client interface %s", name);
    make_call(g, KVMPPC_H_VOF_CLIENT);
}

/* As if the guest had agreed on something else. */
static void change_mode(struct guest *g)
{
    struct platform *p = g->platform;

    p->negotiated.radix = g->config.offers_xive && below(g, 2);
    p->negotiated.irq_mode = g->config.offers_xive && below(g, 2) ? IRQ_XIVE : IRQ_XICS;
    accel_lock(g->accel);
    p->irq_ops->select(p->irq, p->negotiated.irq_mode);
    accel_unlock(g->accel);
}

/* A page that handlers read structures from. */
static void scribble(struct guest *g)
{
    uint64_t words[64];

    if (below(g, 8) == 0)
        change_mode(g);
    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        st_be64((uint8_t *)&words[i], argument(g));
    /* What begins as the state of a guest of the partition does: version, lpid and token. Or as a buffer of elements. */
    if (below(g, 2)) {
        st_be64(&words[0], below(g, 4));
        st_be64(&words[1], below(g, 6) << 32 | below(g, 4));
    } else {
        st_be64(&words[0], (1 + below(g, 2)) << 32 | (below(g, 2) ? 0x1000 + below(g, 0x54) : below(g, 8)) << 16 | 8);
    }
    gpa_write(g->mem, below(g, 2) ? (gpa_t)STRUCTURE_AT : below(g, RAM - sizeof words) & ~UINT64_C(7), words, sizeof words);
}

static unsigned vcpu_id(unsigned index, void *opaque)
{
    (void)opaque;
    return index;
}

static struct guest *guest_new(uint64_t seed)
{
    struct guest *g = calloc(1, sizeof *g);
    struct accel_config accel_config = { .n_vcpus = VCPUS, .vcpu_id = vcpu_id };
    struct chardev_config chardev_config = { .lock = nothing, .unlock = nothing, .quit = nothing };
    struct error err = { 0 };
    uint32_t unit;

    ck_assert_ptr_nonnull(g);
    g->random = seed;
    g->config = (struct platform_config){
        .model = cpu_model_find(seed % 2 ? "POWER9" : "POWER8", NULL), .hpt_max_page_shift = 24,
        .ram_size = RAM, .maxram_size = 4 * RAM, .rma_size = RAM, .n_vcpus = VCPUS, .max_vcpus = VCPUS,
        .threads = 1, .vsmt = 1, .offers_xics = true, .offers_xive = seed % 2, .form2_affinity = true,
        .modern_hotplug_events = true, .resize_hpt = true, .cap_vsx = true, .cap_dfp = true,
        .cap_large_decr = true, .cap_fwnmi = true, .cap_ail_mode_3 = true, .cap_rpt_invalidate = true, .has_key_store = true,
        .cap_nested_hv = seed & 2, .cap_nested_papr = !(seed & 2),
        .bootargs = "quiet",
    };
    g->loop = loop_new(&err);
    g->mem = mem_new(RAM, &err);
    accel_config.model = g->config.model;
    accel_config.mem = g->mem;
    g->accel = accel_new(&accel_config, &err);
    g->platform = platform_new(g->accel, g->mem, &g->config, &machine_ops, g, &err);
    ck_assert_ptr_nonnull(g->platform);
    chardev_config.loop = g->loop;
    g->chardev = chardev_new("null", &chardev_config, &err);
    ck_assert_msg(parts_new(&g->parts, g->platform, g->loop, swallow, NULL, &err), "%s", err.cause);
    ck_assert(vtys_add(g->parts.vtys, g->chardev, &unit, &err));
    ck_assert(parts_add_key_store(&g->parts, NULL, &err));
    ck_assert(parts_add_nvram(&g->parts, NULL, &err));
    ck_assert_msg(platform_reset(g->platform, &err), "%s", err.cause);
    ck_assert(firmware_boot(g->parts.firmware, accel_vcpu(g->accel, 0), 0x400000, 0x500000, 0, 0, &err));
    return g;
}

static void guest_free(struct guest *g)
{
    vtys_flush(g->parts.vtys);
    chardev_free(g->chardev);
    parts_free(&g->parts);
    platform_free(g->platform);
    accel_free(g->accel);
    mem_free(g->mem);
    loop_free(g->loop);
    free(g);
}

static uint64_t setting(const char *name, uint64_t standard)
{
    const char *text = getenv(name);

    return text ? strtoull(text, NULL, 0) : standard;
}

START_TEST(any_call_is_answered_soon)
{
    uint64_t seed = setting("LPAR_RANDOM_SEED", 1) + (uint64_t)_i, calls = setting("LPAR_RANDOM_CALLS", CALLS);
    struct guest *g = guest_new(seed);

    for (uint64_t i = 0; i < calls; i++) {
        switch (below(g, 9)) {
        case 0:
            scribble(g);
            break;
        case 1:
        case 2:
            random_rtas(g);
            break;
        case 3:
            random_service(g);
            break;
        case 4:
            random_guest(g);
            break;
        default:
            random_hcall(g);
        }
        if (i % 4096 == 4095) /* as after a reboot */
            ck_assert(platform_reset(g->platform, NULL));
    }
    guest_free(g);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("machine/random-calls");
    TCase *tcase = tcase_create("random-calls");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tcase, 0);
    tcase_add_loop_test(tcase, any_call_is_answered_soon, 0, GUESTS);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
