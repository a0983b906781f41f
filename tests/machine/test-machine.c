/* Whole machines with programs of a few instructions: how they begin, and the ways they end. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libfdt.h>

#include "base/endian.h"
#include "machine/machine.h"
#include "machine/options.h"
#include "tests/papr/fixture.h"

enum { PROGRAM = 0x100, ARGUMENTS = 0x800, IMAGE = 0x1000, MOST_WORDS = 64 };

/* Instructions. */
#define LI(rt, v) (0x38000000 | (rt) << 21 | ((v) & 0xffff))
#define LIS(rt, v) (0x3c000000 | (rt) << 21 | ((v) & 0xffff))
#define ORI(ra, rs, v) (0x60000000 | (rs) << 21 | (ra) << 16 | ((v) & 0xffff))
#define LWZ(rt, d, ra) (0x80000000 | (rt) << 21 | (ra) << 16 | ((d) & 0xffff))
#define STW(rs, d, ra) (0x90000000 | (rs) << 21 | (ra) << 16 | ((d) & 0xffff))
#define CMPWI(ra, v) (0x2c000000 | (ra) << 16 | ((v) & 0xffff))
#define BNE(d) (0x40820000 | ((d) & 0xfffc))
#define SC1 0x44000022
#define B_SELF 0x48000000
#define RTAS_TOKEN LI(3, 0), ORI(3, 3, 0xf000), LI(4, ARGUMENTS)

static char folder[] = "/tmp/test-machine-XXXXXX";
static char image_path[64], out_path[64], serial[80];
static struct error err;

static void setup(void)
{
    strcpy(folder, "/tmp/test-machine-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(image_path, sizeof image_path, "%s/image", folder);
    snprintf(out_path, sizeof out_path, "%s/out", folder);
    snprintf(serial, sizeof serial, "file:%s", out_path);
    err = (struct error){ 0 };
}

static void teardown(void)
{
    unlink(image_path);
    unlink(out_path);
    rmdir(folder);
}

static void write_file(const char *path, const void *bytes, size_t size)
{
    FILE *f = fopen(path, "w");

    ck_assert_ptr_nonnull(f);
    ck_assert_uint_eq(fwrite(bytes, 1, size, f), size);
    fclose(f);
}

static size_t read_file(const char *path, char *bytes, size_t size)
{
    FILE *f = fopen(path, "r");
    size_t n;

    ck_assert_ptr_nonnull(f);
    n = fread(bytes, 1, size - 1, f);
    fclose(f);
    bytes[n] = '\0';
    return n;
}

/* An image with instructions at 0x100 and words (an RTAS call's arguments) at 0x800. */
static void make_image(const uint32_t *code, size_t n_code, const uint32_t *words, size_t n_words)
{
    uint8_t bytes[IMAGE] = { 0 };

    for (size_t i = 0; i < n_code; i++)
        st_be32(bytes + PROGRAM + 4 * i, code[i]);
    for (size_t i = 0; i < n_words; i++)
        st_be32(bytes + ARGUMENTS + 4 * i, words[i]);
    write_file(image_path, bytes, sizeof bytes);
}

/* Runs a machine; returns its status, -1 if it could not be made or started (see err). */
static int run(const char *options)
{
    char words[512], *argv[32] = { NULL }, *save, *word;
    struct machine_config config;
    struct machine *machine;
    int argc = 0, status = -1;
    bool ran;

    snprintf(words, sizeof words, "lpar -m 256M -nodefaults -serial %s %s", serial, options);
    for (word = strtok_r(words, " ", &save); word && argc < 31; word = strtok_r(NULL, " ", &save))
        argv[argc++] = word;
    if (options_parse(argc, argv, &config, &err) != OPTIONS_RUN)
        return -1;
    machine = machine_new(&config, &err);
    if (!machine)
        return -1;
    ran = machine_run(machine, &status, &err);
    machine_free(machine);
    return ran ? status : -1;
}

static int run_image(const char *options)
{
    char line[256];

    snprintf(line, sizeof line, "-bios %s %s", image_path, options);
    return run(line);
}

START_TEST(power_off_is_success)
{
    const uint32_t code[] = { RTAS_TOKEN, SC1, B_SELF };
    const uint32_t arguments[] = { 0x2003, 2, 1, 0, 0, 0 };

    setup();
    make_image(code, ARRAY_SIZE(code), arguments, ARRAY_SIZE(arguments));
    ck_assert_msg(run_image("") == 0, "%s", err.cause);
    teardown();
}
END_TEST

START_TEST(a_reboot_may_be_the_end)
{
    const uint32_t code[] = { RTAS_TOKEN, SC1, B_SELF };
    const uint32_t arguments[] = { 0x2004, 0, 1, 0 };

    setup();
    make_image(code, ARRAY_SIZE(code), arguments, ARRAY_SIZE(arguments));
    ck_assert_int_eq(run_image("-no-reboot"), 0);
    ck_assert_int_eq(run_image("-action reboot=shutdown"), 0);
    teardown();
}
END_TEST

/* The first time: writes to memory beyond its image, which a reset leaves, and reboots; the second time
 * finds that, and its own image as it was. */
START_TEST(a_reboot_begins_anew)
{
    enum { MARK = 0x2000, OWN = 0x900 };
    const uint32_t code[] = {
        LWZ(5, OWN, 0),       CMPWI(5, 0), BNE(0), /* the image was not loaded again: for ever */
        LI(6, 1),             STW(6, OWN, 0),
        LWZ(5, MARK, 0),      CMPWI(5, 1), BNE(24),
        LI(7, 0x2003),        STW(7, ARGUMENTS, 0),
        LI(7, 2),             STW(7, ARGUMENTS + 4, 0),
        LI(6, 1),             STW(6, MARK, 0),
        RTAS_TOKEN,           SC1,         B_SELF,
    };
    const uint32_t arguments[] = { 0x2004, 0, 1, 0, 0, 0 };

    setup();
    make_image(code, ARRAY_SIZE(code), arguments, ARRAY_SIZE(arguments));
    ck_assert_int_eq(run_image(""), 0);
    teardown();
}
END_TEST

START_TEST(a_panic_is_failure)
{
    const uint32_t code[] = { RTAS_TOKEN, SC1, B_SELF };
    const uint32_t arguments[] = { 0x201f, 1, 1, ARGUMENTS + 0x40, 0 };

    setup();
    make_image(code, ARRAY_SIZE(code), arguments, ARRAY_SIZE(arguments));
    ck_assert_int_eq(run_image(""), 1);
    teardown();
}
END_TEST

START_TEST(a_program_prints)
{
    const uint32_t code[] = {
        /* H_PUT_TERM_CHAR(0, 2, "ok") */
        LI(3, 0x58), LI(4, 0), LI(5, 2), LIS(6, 0), /* r6 from memory, left-justified */
        0xe8c00000 | (ARGUMENTS + 0x40), /* ld r6 */
        SC1, RTAS_TOKEN, SC1, B_SELF,
    };
    uint32_t arguments[18] = { 0x2003, 2, 1 };
    char text[16];

    setup();
    arguments[16] = 0x6f6b0000;
    make_image(code, ARRAY_SIZE(code), arguments, ARRAY_SIZE(arguments));
    ck_assert_int_eq(run_image(""), 0);
    ck_assert_uint_eq(read_file(out_path, text, sizeof text), 2);
    ck_assert_str_eq(text, "ok");
    teardown();
}
END_TEST

/* r3 has the address of the tree: its magic number decides whether to power off. */
START_TEST(the_tree_is_in_r3)
{
    const uint32_t code[] = {
        LWZ(5, 0, 3), LIS(6, 0xd00d), ORI(6, 6, 0xfeed), 0x7c053000, /* cmpw r5,r6 */
        BNE(0), RTAS_TOKEN, SC1, B_SELF,
    };
    const uint32_t arguments[] = { 0x2003, 2, 1, 0, 0, 0 };

    setup();
    make_image(code, ARRAY_SIZE(code), arguments, ARRAY_SIZE(arguments));
    ck_assert_int_eq(run_image(""), 0);
    teardown();
}
END_TEST

static void *send_signal(void *arg)
{
    (void)arg;
    kill(getpid(), SIGTERM);
    return NULL;
}

START_TEST(a_signal_ends_it)
{
    const uint32_t code[] = { B_SELF };
    pthread_t thread;
    sigset_t mask;

    setup();
    make_image(code, ARRAY_SIZE(code), NULL, 0);
    /* Blocked in all threads: it waits for the machine, however early it comes. */
    sigemptyset(&mask);
    sigaddset(&mask, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &mask, NULL);
    ck_assert(!pthread_create(&thread, NULL, send_signal, NULL));
    ck_assert_int_eq(run_image(""), 128 + SIGTERM);
    pthread_join(thread, NULL);
    teardown();
}
END_TEST

START_TEST(the_tree_is_dumped)
{
    static char blob[1 << 20];
    char line[256];
    size_t size;
    int node;

    setup();
    snprintf(line, sizeof line, "-M pseries,ic-mode=xive,dumpdtb=%s/dtb", folder);
    ck_assert_msg(run(line) == 0, "%s", err.cause);
    snprintf(line, sizeof line, "%s/dtb", folder);
    size = read_file(line, blob, sizeof blob);
    unlink(line);
    ck_assert_int_eq(fdt_check_full(blob, size), 0);
    node = fdt_path_offset(blob, "/memory@0");
    ck_assert_int_ge(node, 0);
    ck_assert_str_eq(fdt_getprop(blob, 0, "compatible", NULL), "qemu,pseries");
    node = fdt_path_offset(blob, "/interrupt-controller");
    ck_assert_str_eq(fdt_getprop(blob, node, "compatible", NULL), "ibm,power-ivpe");
    snprintf(line, sizeof line, "-M pseries,dumpdtb=%s/no/dtb", folder);
    ck_assert_int_eq(run(line), -1);
    ck_assert_ptr_nonnull(strstr(err.cause, "/no/dtb"));
    teardown();
}
END_TEST

START_TEST(bad_images_are_errors)
{
    static uint8_t large[(4 << 20) + 1];

    setup();
    ck_assert_int_eq(run(""), -1);
    ck_assert_ptr_nonnull(strstr(err.hint, "-kernel"));
    err = (struct error){ 0 };
    ck_assert_int_eq(run("-kernel /nonexistent/vmlinux"), -1);
    ck_assert_ptr_nonnull(strstr(err.cause, "/nonexistent/vmlinux"));
    err = (struct error){ 0 };
    write_file(image_path, large, sizeof large);
    ck_assert_int_eq(run_image(""), -1);
    ck_assert_ptr_nonnull(strstr(err.cause, "too large"));
    err = (struct error){ 0 };
    write_file(image_path, "hello", 5);
    ck_assert_int_eq(run_image("-serial nonsense"), -1);
    ck_assert_ptr_nonnull(strstr(err.cause, "nonsense"));
    teardown();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        power_off_is_success, a_reboot_may_be_the_end, a_reboot_begins_anew, a_panic_is_failure,
        a_program_prints, the_tree_is_in_r3, a_signal_ends_it, the_tree_is_dumped,
        bad_images_are_errors,
    };

    return fixture_run("machine", tests, ARRAY_SIZE(tests));
}
