/* The VIO bus and its devices: addresses, terminals with a host that is slow, NVRAM with a file. */
#include <fcntl.h>
#include <libfdt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bits.h"
#include "irq/irq.h"
#include "tests/papr/fixture.h"
#include "vio/nvram.h"
#include "vio/vty.h"

enum {
    H_REG_CRQ = 0xfc,
    H_FREE_CRQ = 0x100,
    H_VIO_SIGNAL = 0x104,
    H_SEND_CRQ = 0x108,
    H_ENABLE_CRQ = 0x2b0
};
enum { DISPLAY_CHARACTER = 0x2000, SET_TCE_BYPASS = 0x2010, QUIESCE, NVRAM_FETCH, NVRAM_STORE };
enum { UNIT = 0x71000000, BUFFER = 0x20000 };

/* ---- a character device under the test's control ---- */

struct chardev {
    char written[4096];
    size_t n_written, room; /* room: what it takes before it says that it is full */
    unsigned ready_calls, waits;
    size_t (*can_read)(void *opaque);
    void (*read)(void *opaque, const uint8_t *data, size_t size);
    void *opaque;
    void (*room_is_there)(void *opaque);
    void *room_opaque;
};

size_t chardev_write(struct chardev *d, const void *data, size_t size)
{
    size_t n = size < d->room ? size : d->room;

    ck_assert_uint_le(n, sizeof d->written - d->n_written);
    memcpy(d->written + d->n_written, data, n);
    d->n_written += n;
    d->room -= n;
    return n;
}

bool chardev_wait_room(const struct chardev *d, int timeout_ms)
{
    struct chardev *written = (struct chardev *)d;

    ck_assert_int_gt(timeout_ms, 0);
    /* Room for five bytes comes twice, then nobody listens any more. */
    if (written->waits++ >= 2)
        return false;
    written->room += 5;
    return true;
}

void chardev_set_reader(struct chardev *d, size_t (*can_read)(void *opaque),
                        void (*read_fn)(void *opaque, const uint8_t *data, size_t size),
                        void *opaque)
{
    d->can_read = can_read;
    d->read = read_fn;
    d->opaque = opaque;
}

void chardev_set_room(struct chardev *d, void (*fn)(void *opaque), void *opaque)
{
    d->room_is_there = fn;
    d->room_opaque = opaque;
}

void chardev_input_ready(struct chardev *d)
{
    d->ready_calls++;
}

static size_t type_keys(struct chardev *d, const void *keys, size_t size)
{
    size_t n = d->can_read(d->opaque);

    if (n > size)
        n = size;
    if (n)
        d->read(d->opaque, keys, n);
    return n;
}

/* ---- a machine ---- */

static struct fixture *f;
static struct irq *irq;
static struct vio_bus *bus;
static struct vtys *vtys;
static struct nvram *nvram;
static struct chardev first, second;
static uint32_t first_unit, second_unit;

static void start(void)
{
    f = fixture_new(NULL);
    irq = irq_new(f->platform, NULL);
    f->platform->irq = irq;
    f->platform->irq_ops = &irq_platform_ops;
    bus = vio_bus_new(irq, NULL, NULL);
    vtys = vtys_new(bus, NULL);
    first = second = (struct chardev){ .room = SIZE_MAX };
    first_unit = second_unit = 0;
    ck_assert(vtys_add(vtys, &first, &first_unit, NULL));
    ck_assert(vtys_add(vtys, &second, &second_unit, NULL));
    ck_assert(platform_add(f->platform, &xics_facility, irq_xics(irq), NULL));
    ck_assert(platform_add(f->platform, &vio_bus_facility, bus, NULL));
    ck_assert(platform_add(f->platform, &vty_facility, vtys, NULL));
    nvram = NULL;
}

static void start_with_nvram(const char *path)
{
    start();
    nvram = nvram_new(f->platform, bus, path, NULL);
    ck_assert(nvram);
    ck_assert(platform_add(f->platform, &nvram_facility, nvram, NULL));
}

static void stop(void)
{
    nvram_free(nvram);
    vtys_free(vtys);
    vio_bus_free(bus);
    irq_free(irq);
    fixture_free(f);
}

/* ---- the bus ---- */

START_TEST(addresses_and_interrupts)
{
    static const struct {
        uint32_t wish, unit;
        unsigned lisn;
    } cases[] = {
        { 0, UNIT + 2, 0x1102 },
        { 0x30000000, 0x30000000, 0x11f0 },
        { 0x30003000, 0x30003000, 0x11f3 },
        { 0, UNIT + 3, 0x1103 },
        { 0x7fff, 0x7fff, 0x1107 },
        { UNIT + 5, UNIT + 5, 0x1105 },
        { 0, UNIT + 4, 0x1104 },
        { 0, UNIT + 6, 0x1106 },
    };
    struct vio_device devices[ARRAY_SIZE(cases)] = { { .unit = 0 } };
    struct vio_device taken = { .unit = UNIT, .node = "vty" },
                      same = { .unit = 0x30000800, .node = "x" };
    struct error err = { .code = ERROR_NONE };
    uint32_t last = 0;

    start();
    ck_assert_uint_eq(first_unit, UNIT);
    ck_assert_uint_eq(second_unit, UNIT + 1);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        devices[i].unit = cases[i].wish;
        devices[i].node = "test";
        ck_assert(vio_bus_add(bus, &devices[i], NULL));
        ck_assert_uint_eq(devices[i].unit, cases[i].unit);
        ck_assert_uint_eq(devices[i].line.number, cases[i].lisn);
        ck_assert_ptr_eq(vio_bus_find(bus, cases[i].unit), &devices[i]);
    }
    for (struct vio_device *d = vio_bus_first(bus); d; d = d->next) {
        ck_assert_uint_gt(d->unit, last);
        last = d->unit;
    }
    ck_assert(!vio_bus_add(bus, &taken, &err));
    ck_assert_int_eq(err.code, ERROR_USAGE);
    err.code = ERROR_NONE;
    ck_assert(!vio_bus_add(bus, &same, &err));
    ck_assert_int_eq(err.code, ERROR_RESOURCE);
    ck_assert(!vio_bus_find(bus, 0x30000800));
    stop();
}
END_TEST

START_TEST(queue_calls_of_devices_without_queue)
{
    uint32_t ret[4];

    start();
    ck_assert_int_eq(HCALL(f, H_REG_CRQ, 1, 0x1000, 0x1000), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_REG_CRQ, UNIT, 0x1000, 0xfff), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_REG_CRQ, UNIT, 0x1000, 0x10000001), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_REG_CRQ, UNIT, 0x1800, 0x1000), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_REG_CRQ, UNIT, 0x1000, 0x1000), H_NOT_FOUND);
    ck_assert_int_eq(HCALL(f, H_FREE_CRQ, 1), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_FREE_CRQ, UNIT), H_SUCCESS);
    ck_assert_int_eq(HCALL(f, H_SEND_CRQ, 1, 0, 0), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_SEND_CRQ, UNIT, 0, 0), H_HARDWARE);
    ck_assert_int_eq(HCALL(f, H_ENABLE_CRQ, 1), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_ENABLE_CRQ, UNIT), H_SUCCESS);
    ck_assert_int_eq(HCALL(f, H_VIO_SIGNAL, UNIT, 0), H_SUCCESS);
    ck_assert_int_eq(HCALL(f, H_VIO_SIGNAL, UNIT, 1), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_VIO_SIGNAL, UINT64_C(0x100000000) + UNIT, 0), H_PARAMETER);
    ck_assert_int_eq(RTAS(f, SET_TCE_BYPASS, ret, 1, UNIT, 1), RTAS_PARAMETER);
    ck_assert_int_eq(RTAS(f, QUIESCE, ret, 1), RTAS_OK);
    stop();
}
END_TEST

/* ---- terminals ---- */

START_TEST(output_is_complete_and_in_order)
{
    char text[1000], packed[16];
    size_t at = 0;
    unsigned busy = 0;

    start();
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)('!' + i % 90);
    srand(1);
    while (at < sizeof text) {
        size_t n = (size_t)rand() % 17;
        int64_t status;

        if (n > sizeof text - at)
            n = sizeof text - at;
        memset(packed, '?', sizeof packed);
        memcpy(packed, text + at, n);
        first.room = (size_t)rand() % 12;
        status = HCALL(f, H_PUT_TERM_CHAR, UNIT, n, ld_be64(packed), ld_be64(packed + 8));
        if (status == H_SUCCESS)
            at += n;
        else
            ck_assert_int_eq(status, H_BUSY);
        busy += status == H_BUSY;
    }
    first.room = 100;
    vtys_flush(vtys);
    ck_assert_uint_gt(busy, 0);
    ck_assert_uint_eq(first.n_written, sizeof text);
    ck_assert_mem_eq(first.written, text, sizeof text);
    ck_assert_uint_eq(second.n_written, 0);
    stop();
}
END_TEST

START_TEST(the_rest_of_output_goes_out_with_a_read)
{
    start();
    first.room = 3;
    ck_assert_int_eq(HCALL(f, H_PUT_TERM_CHAR, UNIT, 7, 0x6c6f67696e3a2000), H_SUCCESS);
    ck_assert_uint_eq(first.n_written, 3);
    first.room = 2;
    ck_assert_int_eq(HCALL(f, H_PUT_TERM_CHAR, UNIT, 1, 0x7800000000000000), H_BUSY);
    first.room = 9;
    ck_assert_int_eq(HCALL(f, H_GET_TERM_CHAR, UNIT), H_SUCCESS);
    ck_assert_uint_eq(fixture_gpr(f, 4), 0);
    ck_assert_uint_eq(first.n_written, 7);
    ck_assert_mem_eq(first.written, "login: ", 7);
    stop();
}
END_TEST

START_TEST(bad_terminal_calls)
{
    uint32_t ret[2];

    start();
    ck_assert_int_eq(HCALL(f, H_PUT_TERM_CHAR, UNIT, 17), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_PUT_TERM_CHAR, UNIT, UINT64_C(1) << 63), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_PUT_TERM_CHAR, UNIT + 2, 1), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_GET_TERM_CHAR, UNIT + 2), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_GET_TERM_CHAR, UINT64_C(0x100000000)), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_PUT_TERM_CHAR, UNIT + 1, 0), H_SUCCESS);
    ck_assert_uint_eq(first.n_written + second.n_written, 0);
    /* Unit 0 is the first terminal; so it is for RTAS, by both tokens. */
    ck_assert_int_eq(HCALL(f, H_PUT_TERM_CHAR, 0, 1, 0x6100000000000000), H_SUCCESS);
    ck_assert_int_eq(HCALL(f, H_PUT_TERM_CHAR, UNIT + 1, 1, 0x6200000000000000), H_SUCCESS);
    ck_assert_int_eq(RTAS(f, DISPLAY_CHARACTER, ret, 1, 'c'), RTAS_OK);
    ck_assert_int_eq(RTAS(f, 0xa, ret, 1, 0x164), RTAS_OK);
    ck_assert_mem_eq(first.written, "acd", 4);
    ck_assert_mem_eq(second.written, "b", 2);
    stop();
}
END_TEST

static bool take_interrupt(void)
{
    bool is_high = atomic_load(&fixture_vcpu(f, 0)->cpu->requests) & CPU_REQUEST_EXTERNAL;

    if (is_high) {
        HCALL(f, H_XIRR);
        ck_assert_uint_eq(fixture_gpr(f, 4), 0xff001100);
        HCALL(f, H_EOI, 0xff001100);
    }
    return is_high;
}

START_TEST(input_interrupts_and_is_complete)
{
    uint8_t keys[3000], got[3000];
    size_t typed = 0, n_got = 0;
    uint32_t ret[1];

    start();
    ck_assert_int_eq(RTAS(f, 0x200a, ret, 1, 0x1100, 0, 5), RTAS_OK);
    HCALL(f, H_CPPR, 0xff);
    for (size_t i = 0; i < sizeof keys; i++)
        keys[i] = (uint8_t)(i * 7 + i / 256);
    typed = type_keys(&first, keys, sizeof keys);
    ck_assert_uint_gt(typed, 100);
    ck_assert_uint_lt(typed, sizeof keys);
    ck_assert_uint_eq(first.can_read(first.opaque), 0);
    ck_assert(take_interrupt());
    ck_assert(!take_interrupt());
    while (n_got < sizeof keys) {
        uint64_t n;
        uint8_t bytes[16];

        ck_assert_int_eq(HCALL(f, H_GET_TERM_CHAR, UNIT), H_SUCCESS);
        n = fixture_gpr(f, 4);
        st_be64(bytes, fixture_gpr(f, 5));
        st_be64(bytes + 8, fixture_gpr(f, 6));
        ck_assert_uint_ge(n, 1);
        ck_assert_uint_le(n, 16);
        memcpy(got + n_got, bytes, n);
        n_got += n;
        ck_assert_uint_ge(first.ready_calls, 1);
        typed += type_keys(&first, keys + typed, sizeof keys - typed);
    }
    ck_assert_mem_eq(got, keys, sizeof keys);
    ck_assert(!take_interrupt()); /* it was never empty in between */
    ck_assert_int_eq(HCALL(f, H_GET_TERM_CHAR, UNIT), H_SUCCESS);
    ck_assert_uint_eq(fixture_gpr(f, 4), 0);
    ck_assert_uint_eq(fixture_gpr(f, 5), 0);
    type_keys(&first, "x", 1);
    ck_assert(take_interrupt());
    type_keys(&first, "y", 1);
    ck_assert(!take_interrupt());
    ck_assert_int_eq(HCALL(f, H_GET_TERM_CHAR, 0), H_SUCCESS);
    ck_assert_uint_eq(fixture_gpr(f, 4), 2);
    ck_assert_uint_eq(fixture_gpr(f, 5), 0x7879000000000000);
    stop();
}
END_TEST

START_TEST(a_nul_after_cr_begins_a_call)
{
    start();
    type_keys(&first, "a\r\0b", 4);
    ck_assert_int_eq(HCALL(f, H_GET_TERM_CHAR, UNIT), H_SUCCESS);
    ck_assert_uint_eq(fixture_gpr(f, 4), 2);
    ck_assert_uint_eq(fixture_gpr(f, 5), 0x610d000000000000);
    ck_assert_int_eq(HCALL(f, H_GET_TERM_CHAR, UNIT), H_SUCCESS);
    ck_assert_uint_eq(fixture_gpr(f, 4), 2);
    ck_assert_uint_eq(fixture_gpr(f, 5), 0x0062000000000000);
    type_keys(&first, "c\0d", 3);
    ck_assert_int_eq(HCALL(f, H_GET_TERM_CHAR, UNIT), H_SUCCESS);
    ck_assert_uint_eq(fixture_gpr(f, 4), 3);
    stop();
}
END_TEST

START_TEST(firmware_waits_but_not_for_ever)
{
    start();
    first.room = 2;
    vtys_write(vtys, "0123456789abcdef", 16);
    ck_assert_uint_eq(first.n_written, 12);
    ck_assert_mem_eq(first.written, "0123456789ab", 12);
    stop();
}
END_TEST

START_TEST(reset_forgets_input)
{
    start();
    while (type_keys(&first, "0123456789", 10))
        ;
    ck_assert(platform_reset(f->platform, NULL));
    ck_assert_uint_eq(first.ready_calls, 1);
    fixture_vcpu(f, 0)->state = VCPU_RUNNING;
    ck_assert_int_eq(HCALL(f, H_GET_TERM_CHAR, UNIT), H_SUCCESS);
    ck_assert_uint_eq(fixture_gpr(f, 4), 0);
    stop();
}
END_TEST

/* ---- NVRAM ---- */

static char image[64];

static void make_image(off_t size)
{
    int fd;

    strcpy(image, "/tmp/test-vio-XXXXXX");
    fd = mkstemp(image);
    ck_assert_int_ge(fd, 0);
    ck_assert(!ftruncate(fd, size));
    close(fd);
}

/* The way Linux computes it: 16-bit words, whose sum is folded. */
static uint8_t linux_checksum(const uint8_t *header)
{
    uint32_t sum = header[0] + ld_le16(header + 2), folded;

    for (unsigned i = 4; i < 16; i += 2)
        sum += ld_le16(header + i);
    sum = ((sum & 0xffff) + (sum >> 16)) & 0xffff;
    folded = (sum >> 8) + (sum << 8);
    return (uint8_t)((sum + folded) >> 8);
}

START_TEST(blank_memory_gets_partitions)
{
    uint8_t bytes[4096];
    uint32_t ret[2];

    start_with_nvram(NULL);
    ck_assert_int_eq(RTAS(f, NVRAM_FETCH, ret, 2, 0, BUFFER, 4096), RTAS_OK);
    ck_assert_uint_eq(ret[1], 4096);
    gpa_read(f->mem, BUFFER, bytes, sizeof bytes);
    ck_assert_uint_eq(bytes[0], 0x70);
    ck_assert_uint_eq(bytes[1], linux_checksum(bytes));
    ck_assert_uint_eq(ld_be16(bytes + 2) * 16, 2048);
    ck_assert_mem_eq(bytes + 4, "common\0\0\0\0\0", 12);
    ck_assert_uint_eq(bytes[2048], 0x7f);
    ck_assert_uint_eq(bytes[2049], linux_checksum(bytes + 2048));
    ck_assert_uint_eq(ld_be16(bytes + 2050) * 16, 65536 - 2048);
    ck_assert_mem_eq(bytes + 2052, "wwwwwwwwwwww", 12);
    stop();
}
END_TEST

START_TEST(bounds_of_fetch_and_store)
{
    static const uint32_t bad[][3] = {
        { 65536, BUFFER, 1 },      { 65535, BUFFER, 2 },      { 0, BUFFER, 65537 },
        { 0xffffffff, BUFFER, 2 }, { 2, BUFFER, 0xffffffff }, { 0, (uint32_t)FIXTURE_RAM - 1, 2 },
        { 0, 0xffffffff, 1 },
    };
    uint32_t ret[2];

    start_with_nvram(NULL);
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        for (uint32_t token = NVRAM_FETCH; token <= NVRAM_STORE; token++) {
            ck_assert_int_eq(fixture_rtas(f, token, bad[i], 3, ret, 2), RTAS_PARAMETER);
            ck_assert_uint_eq(ret[1], 0);
        }
    ck_assert_int_eq(RTAS(f, NVRAM_STORE, ret, 2, 65536, BUFFER, 0), RTAS_OK);
    gpa_fill(f->mem, BUFFER, 0x5a, 65536);
    ck_assert_int_eq(RTAS(f, NVRAM_STORE, ret, 2, 0, BUFFER, 65536), RTAS_OK);
    gpa_fill(f->mem, BUFFER, 0, 65536);
    ck_assert_int_eq(RTAS(f, NVRAM_FETCH, ret, 2, 65535, BUFFER, 1), RTAS_OK);
    ck_assert_uint_eq(*(const uint8_t *)gpa_map_read(f->mem, BUFFER, 1), 0x5a);
    stop();
}
END_TEST

START_TEST(a_file_keeps_what_is_stored)
{
    static const uint8_t mark[] = "kept";
    uint8_t byte;
    uint32_t ret[2];

    make_image(8192);
    start_with_nvram(image);
    ck_assert_int_eq(RTAS(f, NVRAM_STORE, ret, 2, 8192, BUFFER, 1), RTAS_PARAMETER);
    gpa_write(f->mem, BUFFER, mark, sizeof mark);
    ck_assert_int_eq(RTAS(f, NVRAM_STORE, ret, 2, 5000, BUFFER, sizeof mark), RTAS_OK);
    stop();
    start_with_nvram(image);
    ck_assert_int_eq(RTAS(f, NVRAM_FETCH, ret, 2, 5000, BUFFER, sizeof mark), RTAS_OK);
    ck_assert_mem_eq(gpa_map_read(f->mem, BUFFER, sizeof mark), mark, sizeof mark);
    /* The partitions were made once: a file that is not blank is the guest's. */
    gpa_fill(f->mem, BUFFER, 0, 16);
    ck_assert_int_eq(RTAS(f, NVRAM_STORE, ret, 2, 0, BUFFER, 16), RTAS_OK);
    stop();
    start_with_nvram(image);
    ck_assert_int_eq(RTAS(f, NVRAM_FETCH, ret, 2, 0, BUFFER, 1), RTAS_OK);
    gpa_read(f->mem, BUFFER, &byte, 1);
    ck_assert_uint_eq(byte, 0);
    stop();
    unlink(image);
}
END_TEST

/* The process may not write beyond half of the store. */
START_TEST(a_store_that_fails_changes_nothing)
{
    const struct rlimit half = { 6000, RLIM_INFINITY };
    uint8_t before[8192], after[8192];
    uint32_t ret[2];
    int fd;

    make_image(8192);
    signal(SIGXFSZ, SIG_IGN);
    start_with_nvram(image);
    fd = open(image, O_RDONLY);
    ck_assert_int_eq(pread(fd, before, sizeof before, 0), sizeof before);
    ck_assert(!setrlimit(RLIMIT_FSIZE, &half));
    gpa_fill(f->mem, BUFFER, 0x77, 4096);
    ck_assert_int_eq(RTAS(f, NVRAM_STORE, ret, 2, 4096, BUFFER, 4096), RTAS_HARDWARE);
    ck_assert_uint_eq(ret[1], 0);
    ck_assert_int_eq(pread(fd, after, sizeof after, 0), sizeof after);
    ck_assert_mem_eq(after, before, sizeof after);
    ck_assert_int_eq(RTAS(f, NVRAM_FETCH, ret, 2, 4096, BUFFER, 1), RTAS_OK);
    ck_assert_uint_eq(*(const uint8_t *)gpa_map_read(f->mem, BUFFER, 1), 0);
    ck_assert_int_eq(RTAS(f, NVRAM_STORE, ret, 2, 4096, BUFFER, 16), RTAS_OK);
    close(fd);
    stop();
    unlink(image);
}
END_TEST

START_TEST(bad_images)
{
    static const off_t sizes[] = { 0, 8191, 8193, (1 << 20) + 16 };
    struct error err = { .code = ERROR_NONE };

    start();
    ck_assert(!nvram_new(f->platform, bus, "/nonexistent/nvram", &err));
    ck_assert_int_eq(err.code, ERROR_FILE);
    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
        make_image(sizes[i]);
        err = (struct error){ .code = ERROR_NONE };
        ck_assert(!nvram_new(f->platform, bus, image, &err));
        ck_assert_int_eq(err.code, ERROR_FORMAT);
        unlink(image);
    }
    make_image(1 << 20);
    nvram = nvram_new(f->platform, bus, image, NULL);
    ck_assert(nvram);
    unlink(image);
    stop();
}
END_TEST

/* ---- the tree ---- */

START_TEST(nodes)
{
    static const char *const paths[] = {
        "/vdevice/vty@71000000",
        "/vdevice/vty@71000001",
        "/vdevice/nvram@71000002",
    };
    const void *fdt, *value;
    int size;

    start_with_nvram(NULL);
    ck_assert(platform_reset(f->platform, NULL));
    fdt = tree_fdt(f->platform->tree);
    for (uint32_t i = 0; i < ARRAY_SIZE(paths); i++) {
        int node = fdt_path_offset(fdt, paths[i]);

        value = fdt_getprop(fdt, node, "reg", &size);
        ck_assert_int_eq(size, 4);
        ck_assert_uint_eq(ld_be32(value), UNIT + i);
        value = fdt_getprop(fdt, node, "interrupts", &size);
        ck_assert_int_eq(size, 8);
        ck_assert_uint_eq(ld_be64(value), (UINT64_C(0x1100) + i) << 32);
    }
    value = fdt_getprop(fdt, fdt_path_offset(fdt, paths[2]), "#bytes", &size);
    ck_assert_int_eq(size, 4);
    ck_assert_uint_eq(ld_be32(value), 65536);
    stop();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        addresses_and_interrupts,
        queue_calls_of_devices_without_queue,
        output_is_complete_and_in_order,
        the_rest_of_output_goes_out_with_a_read,
        bad_terminal_calls,
        input_interrupts_and_is_complete,
        a_nul_after_cr_begins_a_call,
        firmware_waits_but_not_for_ever,
        reset_forgets_input,
        blank_memory_gets_partitions,
        bounds_of_fetch_and_store,
        a_file_keeps_what_is_stored,
        a_store_that_fails_changes_nothing,
        bad_images,
        nodes,
    };

    return fixture_run("vio", tests, ARRAY_SIZE(tests));
}
