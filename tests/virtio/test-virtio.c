/* Virtio devices on the bus, driven through their registers: transport, random numbers, disks. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/endian.h"
#include "host/block.h"
#include "tests/virtio/driver.h"
#include "virtio/balloon.h"
#include "virtio/types.h"

enum { SECTOR = 512, DISK_SECTORS = 2048 };
enum { T_IN = 0, T_OUT = 1, T_FLUSH = 4, T_GET_ID = 8, T_DISCARD = 11, T_WRITE_ZEROES = 13 };
enum { HEADER = DRIVER_DATA, STATUS = DRIVER_DATA + 0x100, DATA = DRIVER_DATA + 0x1000 };
#define ALL UINT64_MAX

static struct pci_fixture *p;
static struct driver d;
static struct virtio_device *device;
static struct block *block;
static char path[64];

static uint8_t *ram(uint64_t address)
{
    return p->f->mem->ram + address;
}

static void start_rng(const char *name, const char *value)
{
    p = pci_fixture_new();
    device = device_make(p, &virtio_rng_type, name, value, NULL);
    ck_assert_ptr_nonnull(device);
    pci_fixture_reset(p);
}

static void start_blk(const char *name, const char *value, bool read_only)
{
    struct block_options options = { .file = path, .format = "raw", .read_only = read_only, .discard = true };
    int fd;

    snprintf(path, sizeof path, "/tmp/test-virtio-XXXXXX");
    fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(ftruncate(fd, DISK_SECTORS * SECTOR), 0);
    ck_assert_int_eq(pwrite(fd, "sector five", 11, 5 * SECTOR), 11);
    close(fd);
    block = block_open(&options, NULL);
    ck_assert_ptr_nonnull(block);
    p = pci_fixture_new();
    device = device_make(p, &virtio_blk_type, "drive", block, "serial", "a serial number", name, value, NULL);
    ck_assert_ptr_nonnull(device);
    pci_fixture_reset(p);
}

static void stop(void)
{
    phbs_stop(p->phbs);
    virtio_destroy(device);
    block_close(block);
    block = NULL;
    pci_fixture_free(p);
    if (path[0])
        unlink(path);
    path[0] = 0;
}

static unsigned wait_interrupt(void)
{
    unsigned lisn = 0;

    for (unsigned i = 0; !lisn && i < 100000000; i++)
        lisn = interrupt_take(p);
    return lisn;
}

/* ---- transport ---- */

START_TEST(capabilities)
{
    unsigned seen = 0;

    start_rng(NULL, NULL);
    ck_assert_uint_eq(config_load(p, 0, 0, 4), 0x10051af4);
    ck_assert_uint_eq(config_load(p, 0, 0x2e, 2), 4);
    for (unsigned at = config_load(p, 0, 0x34, 1); at; at = config_load(p, 0, at + 1, 1))
        if (config_load(p, 0, at, 1) == PCI_CAP_VENDOR) {
            ck_assert_uint_eq(config_load(p, 0, at + 4, 1), config_load(p, 0, at + 3, 1) == 5 ? 0 : 4);
            seen |= 1u << config_load(p, 0, at + 3, 1);
        }
    ck_assert_uint_eq(seen, 0x3e);
    stop();
    start_rng("disable-legacy", "on");
    ck_assert_uint_eq(config_load(p, 0, 0, 4), 0x10441af4);
    ck_assert_uint_eq(config_load(p, 0, 8, 1), 1);
    ck_assert_uint_eq(config_load(p, 0, 0x10, 4), 0);
    stop();
}
END_TEST

START_TEST(random_numbers)
{
    const struct driver_piece piece = { DATA, 64, true };
    static const uint8_t zeros[64];
    uint32_t head, length;

    start_rng(NULL, NULL);
    driver_start(&d, p, 0, ALL & ~VIRTIO_F_EVENT_IDX, 2);
    ck_assert_uint_eq(driver_status(&d), 11);
    ck_assert_uint_eq(driver_common(&d, 18, 2), 1);
    driver_set_queue(&d, 0, 8);
    driver_add(&d, 0, 3, &piece, 1);
    driver_kick(&d, 0); /* before the driver is ready: nothing happens */
    driver_ready(&d);
    ck_assert(driver_take(&d, 0, &head, &length));
    ck_assert_uint_eq(head, 3);
    ck_assert_uint_eq(length, 64);
    ck_assert_mem_ne(ram(DATA), zeros, 64);
    ck_assert_uint_eq(wait_interrupt(), d.first_msi + 1);
    driver_add(&d, 0, 0, &piece, 1);
    driver_kick(&d, 0);
    ck_assert(driver_take(&d, 0, &head, &length));
    ck_assert_uint_eq(wait_interrupt(), d.first_msi + 1);
    stop();
}
END_TEST

START_TEST(wire)
{
    const struct driver_piece piece = { DATA, 16, true };
    uint32_t head, length;

    start_rng("vectors", "0");
    source_enable(p, IRQ_PCI_LSI);
    driver_start(&d, p, 0, ALL & ~VIRTIO_F_EVENT_IDX, 0);
    driver_set_queue(&d, 0, 8);
    driver_ready(&d);
    driver_add(&d, 0, 0, &piece, 1);
    driver_kick(&d, 0);
    ck_assert(driver_take(&d, 0, &head, &length));
    ck_assert_uint_eq(wait_interrupt(), IRQ_PCI_LSI);
    ck_assert_uint_eq(mmio_load(p, d.bar + 0x1000, 1), 1);
    ck_assert_uint_eq(mmio_load(p, d.bar + 0x1000, 1), 0);
    interrupt_take(p); /* was sent again while it was high */
    ck_assert_uint_eq(interrupt_take(p), 0);
    stop();
}
END_TEST

START_TEST(features)
{
    start_rng(NULL, NULL);
    driver_start(&d, p, 0, ALL & ~VIRTIO_F_VERSION_1, 0);
    ck_assert_uint_eq(driver_status(&d), 3); /* a modern driver must know it is one */
    driver_start(&d, p, 0, ALL, 0);
    ck_assert_uint_eq(driver_status(&d), 11);
    ck_assert_uint_eq(d.features, VIRTIO_F_VERSION_1 | VIRTIO_F_ACCESS_PLATFORM | VIRTIO_F_INDIRECT_DESC |
                                      VIRTIO_F_EVENT_IDX);
    /* Not to be changed any more. */
    driver_set_common(&d, 8, 4, 1);
    driver_set_common(&d, 12, 4, 0);
    ck_assert_uint_eq(driver_common(&d, 12, 4), 3);
    driver_reset(&d);
    ck_assert_uint_eq(driver_status(&d), 0);
    ck_assert_uint_eq(driver_common(&d, 12, 4), 0);
    /* What was not offered. */
    driver_set_common(&d, 8, 4, 0);
    driver_set_common(&d, 12, 4, 1 << 5);
    driver_set_common(&d, 8, 4, 1);
    driver_set_common(&d, 12, 4, 1);
    driver_set_common(&d, 20, 1, 11);
    ck_assert_uint_eq(driver_status(&d), 3);
    driver_set_common(&d, 20, 1, 15 - 8);
    ck_assert_uint_eq(driver_status(&d) & VIRTIO_STATUS_NEEDS_RESET, VIRTIO_STATUS_NEEDS_RESET);
    stop();
}
END_TEST

START_TEST(queue_registers)
{
    start_rng(NULL, NULL);
    driver_start(&d, p, 0, ALL, 2);
    ck_assert_uint_eq(driver_common(&d, 24, 2), 8);
    driver_set_common(&d, 24, 2, 3);
    driver_set_common(&d, 24, 2, 16);
    driver_set_common(&d, 24, 2, 0);
    ck_assert_uint_eq(driver_common(&d, 24, 2), 8);
    driver_set_common(&d, 26, 2, 7);
    ck_assert_uint_eq(driver_common(&d, 26, 2), 0xffff); /* no such vector */
    driver_set_queue(&d, 0, 4);
    driver_set_common(&d, 32, 8, 0x12345670);
    ck_assert_uint_eq(driver_common(&d, 32, 8), driver_desc(0)); /* enabled: it stays */
    driver_set_common(&d, 22, 2, 9);
    ck_assert_uint_eq(driver_common(&d, 24, 2), 0); /* no such queue */
    driver_set_common(&d, 28, 2, 1);
    ck_assert_uint_eq(driver_common(&d, 28, 2), 0);
    driver_kick(&d, 63);
    stop();
}
END_TEST

START_TEST(broken_ring)
{
    const struct driver_piece piece = { DRIVER_LIMIT, 64, true }; /* no TCE */
    uint32_t head, length;

    start_rng(NULL, NULL);
    driver_start(&d, p, 0, ALL, 2);
    driver_set_queue(&d, 0, 8);
    driver_set_common(&d, 16, 2, 0);
    driver_ready(&d);
    driver_add(&d, 0, 0, &piece, 1);
    driver_kick(&d, 0);
    ck_assert_uint_eq(wait_interrupt(), d.first_msi);
    ck_assert_uint_eq(driver_status(&d), 15 | VIRTIO_STATUS_NEEDS_RESET);
    /* After a reset it works again. */
    driver_start(&d, p, 0, ALL, 2);
    driver_set_queue(&d, 0, 8);
    driver_ready(&d);
    driver_add(&d, 0, 0, &(struct driver_piece){ DATA, 64, true }, 1);
    driver_kick(&d, 0);
    ck_assert(driver_take(&d, 0, &head, &length));
    stop();
}
END_TEST

/* Registers reached through configuration space. */
START_TEST(window)
{
    unsigned at;

    start_rng(NULL, NULL);
    driver_start(&d, p, 0, ALL, 0);
    for (at = config_load(p, 0, 0x34, 1); at; at = config_load(p, 0, at + 1, 1))
        if (config_load(p, 0, at, 1) == PCI_CAP_VENDOR && config_load(p, 0, at + 3, 1) == 5)
            break;
    ck_assert_uint_ne(at, 0);
    config_store(p, 0, at + 4, 1, 4);
    config_store(p, 0, at + 8, 4, 20);
    config_store(p, 0, at + 12, 4, 1);
    ck_assert_uint_eq(config_load(p, 0, at + 16, 1), 11);
    config_store(p, 0, at + 16, 1, 0);
    ck_assert_uint_eq(driver_status(&d), 0);
    /* Nothing outside of the registers. */
    config_store(p, 0, at + 8, 4, 0x3fff);
    config_store(p, 0, at + 12, 4, 4);
    config_load(p, 0, at + 16, 4);
    config_store(p, 0, at + 8, 4, 0xfffffffc);
    config_load(p, 0, at + 16, 4);
    config_store(p, 0, at + 4, 1, 0xff);
    config_load(p, 0, at + 16, 4);
    stop();
}
END_TEST

/* ---- disks ---- */

static void make_header(uint32_t type, uint64_t sector)
{
    memset(ram(HEADER), 0, 16);
    st_le32(ram(HEADER), type);
    st_le64(ram(HEADER + 8), sector);
    *ram(STATUS) = 0xee;
}

/* One request by itself; returns its status, and the length given back. */
static uint8_t request(uint32_t type, uint64_t sector, uint32_t size, bool writable, uint32_t *length)
{
    const struct driver_piece pieces[3] = { { HEADER, 16, false }, { DATA, size, writable }, { STATUS, 1, true } };
    const struct driver_piece without[2] = { pieces[0], pieces[2] };
    uint32_t head;

    make_header(type, sector);
    driver_add(&d, 0, 0, size ? pieces : without, size ? 3 : 2);
    driver_kick(&d, 0);
    ck_assert(driver_take(&d, 0, &head, length));
    return *ram(STATUS);
}

static void start_disk(const char *name, const char *value, bool read_only)
{
    start_blk(name, value, read_only);
    driver_start(&d, p, 0, ALL, 2);
    ck_assert_uint_eq(driver_status(&d), 11);
    driver_set_queue(&d, 0, 64);
    driver_ready(&d);
}

static void read_file(uint64_t offset, void *to, size_t size)
{
    int fd = open(path, O_RDONLY);

    ck_assert_int_eq(pread(fd, to, size, (off_t)offset), (ssize_t)size);
    close(fd);
}

START_TEST(disk)
{
    uint8_t back[1024];
    uint32_t length;

    start_disk(NULL, NULL, false);
    ck_assert_uint_eq(driver_config(&d, 0, 8), DISK_SECTORS);
    ck_assert_uint_eq(driver_config(&d, 20, 4), 512);
    ck_assert_uint_eq(driver_config(&d, 12, 4), 254);
    ck_assert_uint_eq(driver_config(&d, 34, 2), 1);
    ck_assert_uint_eq(driver_config(&d, 60, 4), 0);
    ck_assert_uint_eq(request(T_IN, 5, 512, true, &length), 0);
    ck_assert_uint_eq(length, 513);
    ck_assert_mem_eq(ram(DATA), "sector five\0", 12);
    memset(ram(DATA), 0x5a, 1024);
    ck_assert_uint_eq(request(T_OUT, 7, 1024, false, &length), 0);
    ck_assert_uint_eq(length, 1);
    ck_assert_uint_eq(request(T_FLUSH, 0, 0, false, &length), 0);
    read_file(7 * SECTOR, back, 1024);
    ck_assert_mem_eq(back, ram(DATA), 1024);
    ck_assert_uint_eq(request(T_GET_ID, 0, 20, true, &length), 0);
    ck_assert_uint_eq(length, 21);
    ck_assert_str_eq((char *)ram(DATA), "a serial number");
    ck_assert_uint_eq(wait_interrupt(), d.first_msi + 1);
    stop();
}
END_TEST

START_TEST(ranges)
{
    uint8_t back[512], ones[512];
    uint32_t length;

    start_disk(NULL, NULL, false);
    memset(ones, 1, sizeof ones);
    for (unsigned i = 0; i < 2; i++) {
        memset(ram(DATA), 1, 512);
        ck_assert_uint_eq(request(T_OUT, 100 + i, 512, false, &length), 0);
    }
    memset(ram(DATA), 0, 16);
    st_le64(ram(DATA), 100);
    st_le32(ram(DATA + 8), 1);
    ck_assert_uint_eq(request(T_WRITE_ZEROES, 0, 16, false, &length), 0);
    read_file(100 * SECTOR, back, 512);
    ck_assert_uint_eq(back[0] | back[511], 0);
    read_file(101 * SECTOR, back, 512);
    ck_assert_mem_eq(back, ones, 512);
    ck_assert_uint_eq(request(T_DISCARD, 0, 16, false, &length), 0);
    st_le32(ram(DATA + 12), 1); /* unmap: not a flag of discards */
    ck_assert_uint_eq(request(T_WRITE_ZEROES, 0, 16, false, &length), 0);
    ck_assert_uint_eq(request(T_DISCARD, 0, 16, false, &length), 2);
    st_le32(ram(DATA + 12), 0);
    st_le64(ram(DATA), DISK_SECTORS);
    ck_assert_uint_eq(request(T_DISCARD, 0, 16, false, &length), 1);
    st_le64(ram(DATA), UINT64_MAX / 512 + 1);
    ck_assert_uint_eq(request(T_WRITE_ZEROES, 0, 16, false, &length), 1);
    ck_assert_uint_eq(request(T_DISCARD, 0, 15, false, &length), 2);
    ck_assert_uint_eq(request(T_DISCARD, 0, 32, false, &length), 2);
    stop();
}
END_TEST

START_TEST(bad_requests)
{
    uint32_t length, head;

    start_disk(NULL, NULL, false);
    ck_assert_uint_eq(request(T_IN, DISK_SECTORS, 512, true, &length), 1);
    ck_assert_uint_eq(request(T_IN, DISK_SECTORS - 1, 1024, true, &length), 1);
    ck_assert_uint_eq(request(T_IN, UINT64_MAX, 512, true, &length), 1);
    ck_assert_uint_eq(request(T_IN, UINT64_C(1) << 55, 512, true, &length), 1);
    ck_assert_uint_eq(request(T_IN, 0, 100, true, &length), 1);
    ck_assert_uint_eq(request(T_IN, 0, 0, true, &length), 1);
    ck_assert_uint_eq(request(T_OUT, 0, 512, true, &length), 1); /* nothing to write */
    ck_assert_uint_eq(request(77, 0, 512, true, &length), 2);
    ck_assert_uint_eq(length, 1);
    /* Half a header; then no place for the status, after which only a reset helps. */
    driver_add(&d, 0, 0, (const struct driver_piece[]){ { HEADER, 8, false }, { STATUS, 1, true } }, 2);
    driver_kick(&d, 0);
    ck_assert(driver_take(&d, 0, &head, &length));
    ck_assert_uint_eq(*ram(STATUS), 1);
    driver_add(&d, 0, 0, (const struct driver_piece[]){ { HEADER, 16, false } }, 1);
    driver_kick(&d, 0);
    for (unsigned i = 0; !(driver_status(&d) & VIRTIO_STATUS_NEEDS_RESET) && i < 100000000; i++)
        ;
    ck_assert_uint_eq(driver_status(&d), 15 | VIRTIO_STATUS_NEEDS_RESET);
    stop();
}
END_TEST

START_TEST(read_only_disk)
{
    uint32_t length;

    start_disk(NULL, NULL, true);
    ck_assert_uint_ne(d.features & VIRTIO_BIT(5), 0);
    ck_assert_uint_eq(d.features & (VIRTIO_BIT(13) | VIRTIO_BIT(14)), 0);
    ck_assert_uint_eq(request(T_OUT, 7, 512, false, &length), 1);
    ck_assert_uint_eq(request(T_WRITE_ZEROES, 0, 16, false, &length), 2);
    ck_assert_uint_eq(request(T_IN, 5, 512, true, &length), 0);
    stop();
}
END_TEST

/* Many requests at once, and resets in the middle of them. */
START_TEST(resets_under_way)
{
    start_blk(NULL, NULL, false);
    for (unsigned round = 0; round < 50; round++) {
        driver_start(&d, p, 0, ALL, 2);
        driver_set_queue(&d, 0, 64);
        driver_ready(&d);
        make_header(T_IN, 0);
        for (uint16_t i = 0; i < 20; i++) {
            const struct driver_piece pieces[3] = { { HEADER, 16, false },
                                                    { DATA + i * 0x10000u, 0x10000, true },
                                                    { STATUS + i, 1, true } };

            driver_add(&d, 0, (uint16_t)(i * 3), pieces, 3);
            driver_kick(&d, 0);
        }
        if (round % 2) {
            uint32_t head, length;

            for (unsigned i = 0; i < round % 20; i++)
                ck_assert(driver_take(&d, 0, &head, &length));
        }
        driver_reset(&d);
        ck_assert_uint_eq(driver_status(&d), 0);
        /* Nothing comes after the reset. */
        memset(ram(DATA), 0x77, 0x10000);
        memset(ram(driver_used(0)), 0, 4);
        for (unsigned i = 0; i < 100; i++)
            driver_status(&d);
        ck_assert_uint_eq(*ram(DATA + 0x8000), 0x77);
        ck_assert_uint_eq(le16_at(&d, driver_used(0) + 2), 0);
    }
    stop();
}
END_TEST

/* ---- the balloon ---- */

START_TEST(balloon)
{
    uint32_t head, length;

    p = pci_fixture_new();
    device = device_make(p, &virtio_balloon_type, "free-page-reporting", "on", NULL);
    ck_assert_ptr_nonnull(device);
    pci_fixture_reset(p);
    driver_start(&d, p, 0, ALL & ~VIRTIO_F_EVENT_IDX, 4);
    for (unsigned i = 0; i < 3; i++)
        driver_set_queue(&d, i, 8);
    driver_set_common(&d, 16, 2, 0);
    driver_ready(&d);
    memset(ram(DATA), 0x55, 0x8000);
    /* Pages up, down, and some that are not there. */
    for (unsigned i = 0; i < 6; i++)
        st_le32(ram(HEADER + i * 4),
                (const uint32_t[]){ (DATA >> 12) + 1, (DATA >> 12) + 2, UINT32_MAX, (DATA >> 12) + 5, (DATA >> 12) + 4,
                                    0x4000 }[i]);
    driver_add(&d, 0, 0, &(struct driver_piece){ HEADER, 24, false }, 1);
    driver_kick(&d, 0);
    ck_assert(driver_take(&d, 0, &head, &length));
    ck_assert_uint_eq(wait_interrupt(), d.first_msi + 1);
    for (unsigned i = 0; i < 8; i++)
        ck_assert_uint_eq(*ram(DATA + i * 0x1000), i == 0 || i == 3 || i > 5 ? 0x55 : 0);
    driver_add(&d, 2, 0, &(struct driver_piece){ DATA + 0x6000, 0x1000, true }, 1);
    driver_kick(&d, 2);
    ck_assert(driver_take(&d, 2, &head, &length));
    ck_assert_uint_eq(wait_interrupt(), d.first_msi + 3);
    ck_assert_uint_eq(*ram(DATA + 0x6000), 0);
    ck_assert_uint_eq(*ram(DATA + 0x7000), 0x55);
    virtio_balloon_set_target(device, 0x123000);
    ck_assert_uint_eq(wait_interrupt(), d.first_msi);
    ck_assert_uint_eq(driver_config(&d, 0, 4), 0x123);
    mmio_store(p, d.bar + 0x2004, 4, 5);
    ck_assert_uint_eq(virtio_balloon_actual(device), 5 << 12);
    stop();
}
END_TEST

static void *reset_it(void *opaque)
{
    driver_reset(opaque);
    return NULL;
}

/* A reset waits for a request that a back end has, and holds nobody up meanwhile. */
START_TEST(reset_waits)
{
    pthread_t thread;
    bool live = true;

    start_rng(NULL, NULL);
    driver_start(&d, p, 0, ALL, 2);
    driver_set_queue(&d, 0, 8);
    driver_ready(&d);
    virtio_lock(device);
    virtio_begin(device);
    virtio_unlock(device);
    ck_assert_int_eq(pthread_create(&thread, NULL, reset_it, &d), 0);
    while (live) {
        virtio_lock(device);
        live = virtio_is_live(device);
        virtio_unlock(device);
    }
    /* Registers answer, and say that it is not over; a second reset waits for the first one's end by itself. */
    for (unsigned i = 0; i < 1000; i++)
        ck_assert_uint_eq(driver_status(&d), 15);
    driver_reset(&d);
    driver_set_common(&d, 20, 1, 1);
    ck_assert_uint_eq(driver_status(&d), 15);
    virtio_lock(device);
    virtio_end(device);
    virtio_unlock(device);
    pthread_join(thread, NULL);
    ck_assert_uint_eq(driver_status(&d), 0);
    stop();
}
END_TEST

/* The registers of legacy drivers, which have rings of guest physical addresses. */
START_TEST(legacy)
{
    const uint64_t io = PHB_IO_START(0) + 0x1000;
    uint32_t head, length;

    start_blk(NULL, NULL, false);
    driver_start(&d, p, 0, 0, 0);
    mmio_store(p, io + 18, 1, 0);
    mmio_store(p, io + 18, 1, 3);
    ck_assert_uint_eq(mmio_load(p, io, 4) & (1 << 9 | 1 << 28), 1 << 9 | 1 << 28);
    mmio_store(p, io + 4, 4, 1 << 9);
    ck_assert_uint_eq(mmio_load(p, io + 20, 8), DISK_SECTORS);
    mmio_store(p, io + 14, 2, 0);
    ck_assert_uint_eq(mmio_load(p, io + 12, 2), 256);
    memset(ram(DRIVER_RING), 0, 0x10000);
    mmio_store(p, io + 8, 4, DRIVER_RING >> 12);
    ck_assert_uint_eq(mmio_load(p, io + 8, 4), DRIVER_RING >> 12);
    mmio_store(p, io + 18, 1, 7);
    ck_assert_uint_eq(mmio_load(p, io + 18, 1), 7);
    /* 256 descriptors of 16 bytes; then the driver's ring, and the device's on the next page. */
    make_header(T_IN, 5);
    st_le64(ram(DRIVER_RING), HEADER);
    st_le32(ram(DRIVER_RING + 8), 16);
    st_le16(ram(DRIVER_RING + 12), 1);
    st_le16(ram(DRIVER_RING + 14), 1);
    st_le64(ram(DRIVER_RING + 16), DATA);
    st_le32(ram(DRIVER_RING + 24), 512);
    st_le16(ram(DRIVER_RING + 28), 3);
    st_le16(ram(DRIVER_RING + 30), 2);
    st_le64(ram(DRIVER_RING + 32), STATUS);
    st_le32(ram(DRIVER_RING + 40), 1);
    st_le16(ram(DRIVER_RING + 44), 2);
    le16_to(&d, DRIVER_RING + 4096 + 2, 1);
    mmio_store(p, io + 16, 2, 0);
    while (le16_at(&d, DRIVER_RING + 8192 + 2) != 1)
        ;
    head = ld_le32(ram(DRIVER_RING + 8192 + 4));
    length = ld_le32(ram(DRIVER_RING + 8192 + 8));
    ck_assert_uint_eq(head, 0);
    ck_assert_uint_eq(length, 513);
    ck_assert_mem_eq(ram(DATA), "sector five", 11);
    stop();
}
END_TEST

START_TEST(bad_properties)
{
    start_rng(NULL, NULL);
    ck_assert_ptr_null(device_make(p, &virtio_rng_type, "vectors", "129", NULL));
    ck_assert_ptr_null(device_make(p, &virtio_rng_type, "disable-legacy", "on", "disable-modern", "on", NULL));
    ck_assert_ptr_null(device_make(p, &virtio_blk_type, "num-queues", "0", NULL));
    ck_assert_ptr_null(device_make(p, &virtio_blk_type, "queue-size", "48", NULL));
    ck_assert_ptr_null(device_make(p, &virtio_blk_type, "logical_block_size", "100", NULL));
    stop();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        capabilities, random_numbers, wire,         features,       queue_registers,  broken_ring, window, disk,
        ranges,       bad_requests,   read_only_disk, resets_under_way, reset_waits, balloon, legacy,        bad_properties,
    };

    return fixture_run("virtio", tests, ARRAY_SIZE(tests));
}
