/* The client interface, called as a client calls it; and what it says to one that lies. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libfdt.h>

#include "firmware/client-interface.h"
#include "tests/papr/fixture.h"

#define ERROR UINT32_MAX
enum {
    CALL = 0x20000, STRINGS = 0x21000, BUFFER = 0x30000,
    KERNEL = 0x400000, KERNEL_END = 0x500000, INITRD = 0x600000, INITRD_SIZE = 0x2345,
};

static struct firmware *firmware;
static struct fixture *f;
static char printed[256];
static uint32_t results[8];

static void note_printed(void *opaque, const char *text, size_t size)
{
    (void)opaque;
    snprintf(printed, sizeof printed, "%.*s", (int)size, text);
}

static void prepare(struct platform_config *config)
{
    config->bootargs = "root=/dev/sda";
    config->stdout_path = "/event-sources"; /* any node will do */
}

static void boot(void)
{
    f = fixture_new(prepare);
    firmware = firmware_new(f->platform, note_printed, NULL, NULL);
    ck_assert_ptr_nonnull(firmware);
    ck_assert(platform_add(f->platform, &firmware_facility, firmware, NULL));
    ck_assert(firmware_boot(firmware, fixture_vcpu(f, 0), KERNEL, KERNEL_END, INITRD, INITRD_SIZE,
                            NULL));
}

static void end(void)
{
    firmware_free(firmware);
    fixture_free(f);
}

/* Puts a string into the client's memory. */
static uint32_t string(const char *text)
{
    static uint32_t next = 0;
    uint32_t at = STRINGS + next++ % 16 * 0x100;

    ck_assert(gpa_write(f->mem, at, text, strlen(text) + 1));
    return at;
}

/* Calls a service; returns its first result. Without results: the interface's own. */
static uint32_t call_array(const char *service, const uint32_t *args, unsigned nargs, unsigned nret)
{
    gpa_t cell = CALL;
    int64_t status;

    gpa_store_be32(f->mem, cell, string(service));
    gpa_store_be32(f->mem, cell += 4, nargs);
    gpa_store_be32(f->mem, cell += 4, nret);
    for (unsigned i = 0; i < nargs; i++)
        gpa_store_be32(f->mem, cell += 4, args[i]);
    status = HCALL(f, KVMPPC_H_VOF_CLIENT, CALL);
    for (unsigned i = 0; i < nret && i < 8; i++)
        gpa_load_be32(f->mem, cell += 4, &results[i]);
    return nret ? results[0] : (uint32_t)status;
}
#define CALL_N(service, nret, ...)                                                               \
    call_array(service, (const uint32_t[]){ 0, ##__VA_ARGS__ } + 1,                              \
               sizeof((const uint32_t[]){ 0, ##__VA_ARGS__ }) / sizeof(uint32_t) - 1, nret)
#define CALL_1(service, ...) CALL_N(service, 1, ##__VA_ARGS__)

static uint32_t find(const char *path)
{
    return CALL_1("finddevice", string(path));
}

static const char *text_at(gpa_t at)
{
    return gpa_map_read(f->mem, at, 256);
}

START_TEST(the_kernel_is_entered_as_a_client)
{
    const struct cpu *c;
    uint32_t word;

    boot();
    c = fixture_vcpu(f, 0)->cpu;
    ck_assert_uint_eq(c->nia, KERNEL);
    ck_assert(!(c->msr & (MSR_LE | MSR_IR | MSR_DR | MSR_EE | MSR_PR)));
    ck_assert_uint_eq(c->gpr[3], INITRD);
    ck_assert_uint_eq(c->gpr[4], INITRD_SIZE);
    ck_assert_uint_eq(c->gpr[5], FIRMWARE_ENTRY);
    ck_assert_uint_gt(c->gpr[1], 0x8000);
    ck_assert(gpa_load_be32(f->mem, FIRMWARE_ENTRY + 12, &word));
    ck_assert_uint_eq(word, 0x44000022); /* sc 1 */
    end();
}
END_TEST

START_TEST(nodes_are_found_and_walked)
{
    uint32_t root, cpus, node;

    boot();
    root = find("/");
    cpus = find("/cpus");
    ck_assert_uint_ne(root, ERROR);
    ck_assert_uint_eq(CALL_1("peer", 0), root);
    ck_assert_uint_eq(CALL_1("parent", cpus), root);
    ck_assert_uint_eq(CALL_1("parent", root), 0);
    for (node = CALL_1("child", root); node && node != cpus; node = CALL_1("peer", node))
        ck_assert_uint_ne(node, ERROR);
    ck_assert_uint_eq(node, cpus);
    ck_assert_uint_eq(find("/nowhere"), ERROR);
    ck_assert_uint_eq(find(""), ERROR);
    ck_assert_uint_eq(find("/memory"), find("/memory@0"));
    ck_assert_uint_eq(find("/cpus:arguments"), cpus);
    ck_assert_uint_eq(find("/CPUS"), ERROR);
    end();
}
END_TEST

START_TEST(unit_addresses_have_no_case)
{
    boot();
    tree_node(f->platform->tree, "/a@71abc");
    tree_u32(f->platform->tree, "/a@71abc", "phandle", 0x7777);
    tree_node(f->platform->tree, "/a@71abc/b");
    tree_u32(f->platform->tree, "/a@71abc/b", "phandle", 0x7778);
    ck_assert_uint_eq(find("/a@71ABC"), 0x7777);
    ck_assert_uint_eq(find("/a@71ABC/b"), 0x7778);
    ck_assert_uint_eq(find("/a@71ABC/B"), ERROR);
    end();
}
END_TEST

START_TEST(properties_are_read)
{
    uint32_t chosen;

    boot();
    chosen = find("/chosen");
    ck_assert_uint_eq(CALL_1("getproplen", chosen, string("bootargs")), 14);
    gpa_fill(f->mem, BUFFER, 0xee, 64);
    ck_assert_uint_eq(CALL_1("getprop", chosen, string("bootargs"), BUFFER, 5), 14);
    ck_assert_mem_eq(text_at(BUFFER), "root=\xee", 6);
    ck_assert_uint_eq(CALL_1("getprop", chosen, string("bootargs"), BUFFER, 64), 14);
    ck_assert_str_eq(text_at(BUFFER), "root=/dev/sda");
    ck_assert_uint_eq(CALL_1("getprop", chosen, string("none"), BUFFER, 64), ERROR);
    ck_assert_uint_eq(CALL_1("getprop", find("/memory@0"), string("name"), BUFFER, 64), 7);
    ck_assert_str_eq(text_at(BUFFER), "memory");
    end();
}
END_TEST

/* Every property of a node is told, whatever the length of its name. */
START_TEST(properties_are_listed)
{
    char before[64] = "", expected[64];
    unsigned n = 0, in_tree = 0;
    uint32_t rtas;
    int at, node;

    boot();
    rtas = find("/rtas");
    node = fdt_path_offset(tree_fdt(f->platform->tree), "/rtas");
    fdt_for_each_property_offset(at, tree_fdt(f->platform->tree), node) in_tree++;
    while (CALL_1("nextprop", rtas, string(before), BUFFER) == 1) {
        snprintf(expected, sizeof expected, "%s", text_at(BUFFER));
        ck_assert_uint_ne(CALL_1("getproplen", rtas, string(expected)), ERROR);
        strcpy(before, expected);
        n++;
    }
    ck_assert_uint_eq(n, in_tree);
    ck_assert_uint_gt(n, 10);
    ck_assert_uint_eq(CALL_1("nextprop", rtas, 0, BUFFER), 1);
    end();
}
END_TEST

START_TEST(paths_are_told)
{
    uint32_t cpus, handle;

    boot();
    cpus = find("/cpus");
    gpa_fill(f->mem, BUFFER, 0xee, 64);
    ck_assert_uint_eq(CALL_1("package-to-path", cpus, BUFFER, 3), 5);
    ck_assert_mem_eq(text_at(BUFFER), "/cp\xee", 4);
    ck_assert_uint_eq(CALL_1("package-to-path", cpus, BUFFER, 64), 5);
    ck_assert_str_eq(text_at(BUFFER), "/cpus");
    handle = CALL_1("open", string("/cpus"));
    ck_assert_uint_ne(handle, 0);
    ck_assert_uint_ne(handle, ERROR);
    ck_assert_uint_eq(CALL_1("instance-to-package", handle), cpus);
    ck_assert_uint_eq(CALL_1("instance-to-path", handle, BUFFER, 64), 5);
    ck_assert_uint_eq(CALL_N("close", 0, handle), 0);
    ck_assert_uint_eq(CALL_1("instance-to-package", handle), ERROR);
    ck_assert_uint_eq(CALL_1("open", string("/nowhere")), 0);
    end();
}
END_TEST

START_TEST(the_console_prints)
{
    uint32_t handle;

    boot();
    ck_assert_uint_eq(CALL_1("getprop", find("/chosen"), string("stdout"), BUFFER, 4), 4);
    ck_assert(gpa_load_be32(f->mem, BUFFER, &handle));
    ck_assert_uint_eq(CALL_1("write", handle, string("hello"), 5), 5);
    ck_assert_str_eq(printed, "hello");
    ck_assert_uint_eq(CALL_N("quiesce", 0), 0);
    ck_assert_uint_eq(CALL_1("write", handle, string("after"), 5), 5);
    ck_assert_str_eq(printed, "after");
    ck_assert_uint_eq(CALL_1("write", handle, (uint32_t)FIXTURE_RAM - 2, 5), ERROR);
    ck_assert_uint_eq(CALL_1("write", 99, string("no"), 2), ERROR);
    end();
}
END_TEST

START_TEST(memory_is_claimed)
{
    uint32_t at, cells[4];

    boot();
    ck_assert_uint_eq(CALL_1("claim", 0x100, 0x10, 0), ERROR);
    ck_assert_uint_eq(CALL_1("claim", KERNEL_END - 1, 0x10, 0), ERROR);
    ck_assert_uint_eq(CALL_1("claim", INITRD + INITRD_SIZE - 1, 1, 0), ERROR);
    ck_assert_uint_eq(CALL_1("claim", KERNEL_END, 0x10000, 0), KERNEL_END);
    ck_assert_uint_eq(CALL_1("claim", KERNEL_END, 0x10000, 0), ERROR);
    at = CALL_1("claim", 0, 0x100000, 0x100000);
    ck_assert_uint_eq(at, 0x100000);
    ck_assert_uint_eq(CALL_1("claim", 0, 0x1000, 0x1001), ERROR);
    ck_assert_uint_eq(CALL_1("claim", 0, 0xffffffff, 0x1000), ERROR);
    ck_assert_uint_eq(CALL_1("claim", 0xffffffff, 0xffffffff, 0), ERROR);
    CALL_1("getprop", find("/memory@0"), string("available"), BUFFER, 16);
    for (unsigned i = 0; i < 4; i++)
        gpa_load_be32(f->mem, BUFFER + 4 * i, &cells[i]);
    ck_assert_uint_eq(cells[1], FIRMWARE_END);
    ck_assert_uint_eq(cells[3], 0x100000 - FIRMWARE_END);
    CALL_N("release", 0, at, 0x100000);
    ck_assert_uint_eq(CALL_1("claim", 0x180000, 0x1000, 0), 0x180000);
    end();
}
END_TEST

START_TEST(rtas_is_instantiated)
{
    const uint32_t expected[] = { 0x7c641b78, 0x3c600000, 0x6063f000, 0x44000022, 0x4e800020 };
    uint32_t handle, word;

    boot();
    handle = CALL_1("open", string("/rtas"));
    ck_assert_uint_eq(CALL_N("call-method", 2, string("instantiate-rtas"), handle, 0x700000), 0);
    ck_assert_uint_eq(results[1], 0x700000);
    for (unsigned i = 0; i < ARRAY_SIZE(expected); i++) {
        ck_assert(gpa_load_be32(f->mem, 0x700000 + 4 * i, &word));
        ck_assert_uint_eq(word, expected[i]);
    }
    ck_assert_uint_eq(f->platform->rtas_base, 0x700000);
    ck_assert_uint_ne(CALL_N("call-method", 2, string("instantiate-rtas"), handle,
                             (uint32_t)FIXTURE_RAM - 16), 0);
    ck_assert_uint_ne(CALL_N("call-method", 2, string("nothing"), handle, 0), 0);
    end();
}
END_TEST

/* PVR list { POWER9 logical }, five vectors; vector 5 asks for radix and XIVE. */
static void write_vectors(gpa_t at)
{
    uint8_t bytes[64] = { 0 };
    unsigned n = 0;

    st_be32(bytes, 0xffffffff);
    st_be32(bytes + 4, 0x0f000005);
    st_be32(bytes + 12, 0xffffffff); /* ends the list */
    n = 16;
    bytes[n++] = 5 - 1;
    n += 2 + 2 + 2 + 2; /* vectors 1 to 4 of one byte each */
    bytes[n++] = 26 - 1;
    bytes[n + 23 - 1] = 0x40;
    bytes[n + 24 - 1] = 0x40;
    gpa_write(f->mem, at, bytes, sizeof bytes);
}

START_TEST(what_a_client_wrote_survives_cas)
{
    uint32_t chosen, root, handle;

    boot();
    root = CALL_1("open", string("/"));
    chosen = find("/chosen");
    CALL_1("getprop", chosen, string("stdout"), BUFFER, 4);
    gpa_load_be32(f->mem, BUFFER, &handle);
    ck_assert_uint_eq(CALL_1("setprop", chosen, string("bootargs"), string("quiet"), 6), 6);
    write_vectors(BUFFER);
    ck_assert_uint_eq(CALL_N("call-method", 2, string("ibm,client-architecture-support"), root,
                             BUFFER), 0);
    ck_assert_uint_eq(results[1], 0);
    ck_assert(f->platform->negotiated.radix);
    ck_assert_uint_eq(find("/chosen"), chosen);
    CALL_1("getprop", chosen, string("bootargs"), BUFFER, 64);
    ck_assert_str_eq(text_at(BUFFER), "quiet");
    ck_assert_uint_eq(CALL_1("write", handle, string("still"), 5), 5);
    ck_assert_uint_eq(CALL_1("getprop", chosen, string("stdout"), BUFFER, 4), 4);
    ck_assert_uint_ne(CALL_1("getproplen", find("/memory@0"), string("available")), ERROR);
    ck_assert_uint_eq(CALL_N("call-method", 2, string("ibm,client-architecture-support"), root,
                             (uint32_t)FIXTURE_RAM - 4), 0);
    ck_assert_uint_ne(results[1], 0);
    end();
}
END_TEST

START_TEST(a_client_s_share_is_bounded)
{
    uint32_t chosen;
    char name[32];
    unsigned kept = 0;

    boot();
    chosen = find("/chosen");
    ck_assert_uint_eq(CALL_1("setprop", chosen, string("phandle"), BUFFER, 4), ERROR);
    ck_assert_uint_eq(CALL_1("setprop", chosen, string(""), BUFFER, 4), ERROR);
    ck_assert_uint_eq(CALL_1("setprop", chosen, string("big"), BUFFER, 0x2000000), ERROR);
    ck_assert_uint_eq(CALL_1("setprop", chosen, string("lie"), (uint32_t)FIXTURE_RAM - 4, 8), ERROR);
    for (unsigned i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "property-%u", i);
        if (CALL_1("setprop", chosen, string(name), BUFFER, 0x10000) != ERROR)
            kept++;
    }
    ck_assert_uint_eq(kept, 16);
    ck_assert_uint_eq(CALL_1("setprop", chosen, string("property-3"), BUFFER, 4), 4);
    end();
}
END_TEST

START_TEST(the_end_of_a_client_is_a_panic)
{
    boot();
    CALL_N("exit", 0);
    ck_assert_uint_eq(f->panics, 1);
    ck_assert_uint_eq(f->power_offs, 0);
    end();
}
END_TEST

static bool fails(int64_t status)
{
    return status < 0;
}

START_TEST(lies_are_answered)
{
    const uint32_t bad[] = { 0, 1, 0x7fffffff, 0xffffffff, (uint32_t)FIXTURE_RAM - 1,
                             (uint32_t)FIXTURE_RAM };
    const char *const services[] = {
        "finddevice", "getprop", "getproplen", "setprop", "nextprop", "peer", "child", "parent",
        "package-to-path", "open", "close", "instance-to-package", "instance-to-path", "write",
        "claim", "release", "call-method", "test", "interpret", "no-such-service",
    };
    const uint32_t counts[][2] = { { 0xffffffff, 1 }, { 1, 0xffffffff }, { 0x80000000, 0x80000000 },
                                   { 11, 0 }, { 0, 11 }, { 6, 5 } };

    boot();
    for (size_t s = 0; s < ARRAY_SIZE(services); s++)
        for (unsigned n = 0; n <= 6; n++)
            for (size_t a = 0; a < ARRAY_SIZE(bad) * ARRAY_SIZE(bad); a++) {
                uint32_t args[6];

                for (unsigned i = 0; i < 6; i++)
                    args[i] = i % 2 ? bad[a / ARRAY_SIZE(bad)] : bad[a % ARRAY_SIZE(bad)];
                call_array(services[s], args, n, 2);
            }
    ck_assert_uint_eq(CALL_1("no-such-service", 1, 2), ERROR);
    ck_assert_uint_eq(CALL_1("getprop", find("/"), string("model")), ERROR);
    ck_assert(fails(HCALL(f, KVMPPC_H_VOF_CLIENT, FIXTURE_RAM - 8)));
    ck_assert(fails(HCALL(f, KVMPPC_H_VOF_CLIENT, UINT64_MAX)));
    for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
        gpa_store_be32(f->mem, CALL, string("peer"));
        gpa_store_be32(f->mem, CALL + 4, counts[i][0]);
        gpa_store_be32(f->mem, CALL + 8, counts[i][1]);
        ck_assert(fails(HCALL(f, KVMPPC_H_VOF_CLIENT, CALL)));
    }
    /* A name that never ends. */
    gpa_fill(f->mem, BUFFER, 'x', 0x1000);
    gpa_store_be32(f->mem, CALL, BUFFER);
    gpa_store_be32(f->mem, CALL + 4, 0);
    gpa_store_be32(f->mem, CALL + 8, 0);
    ck_assert(fails(HCALL(f, KVMPPC_H_VOF_CLIENT, CALL)));
    ck_assert_uint_eq(CALL_1("finddevice", BUFFER), ERROR);
    end();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        the_kernel_is_entered_as_a_client, nodes_are_found_and_walked, unit_addresses_have_no_case,
        properties_are_read, properties_are_listed, paths_are_told, the_console_prints,
        memory_is_claimed, rtas_is_instantiated, what_a_client_wrote_survives_cas,
        a_client_s_share_is_bounded, the_end_of_a_client_is_a_panic, lies_are_answered,
    };

    return fixture_run("client-interface", tests, ARRAY_SIZE(tests));
}
