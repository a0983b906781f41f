/* The NVMe controller: commands that do what they should, and those that are refused. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/endian.h"
#include "host/block.h"
#include "tests/nvme/nvme-driver.h"
#include "tests/virtio/driver.h"

enum {
    DISK = 1 << 20,
    CREATE_CQ = 5,
    IDENTIFY = 6,
    SET_FEATURES = 9,
    FLUSH = 0,
    WRITE = 1,
    READ = 2,
    COMPARE = 5,
    ZEROES = 8,
    DATASET = 9,
    DNR = 0x4000
};

static struct pci_fixture *p;
static struct block *disk;
static void *device;
static struct nvme_driver d;
static char path[64];
static int fd;

static void start(bool read_only)
{
    struct block_options options = {
        .file = path, .format = "raw", .discard = true, .unlocked = true, .read_only = read_only
    };

    fd = memfd_create("nvme", 0);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    ck_assert_int_eq(ftruncate(fd, DISK), 0);
    disk = block_open(&options, NULL);
    ck_assert_ptr_nonnull(disk);
    p = pci_fixture_new();
    device = device_make(p, &nvme_type, "drive", disk, "serial", "abc", NULL);
    ck_assert_ptr_nonnull(device);
    pci_fixture_reset(p);
    ck_assert(nd_start(&d, p, 0));
    ck_assert_int_eq(nd_make_queue(&d, 1), 0);
}

static void end(void)
{
    nvme_type.destroy(device);
    block_close(disk);
    pci_fixture_free(p);
    close(fd);
}

static uint8_t *ram(uint64_t at)
{
    return p->f->mem->ram + at;
}

START_TEST(is_identified)
{
    start(false);
    ck_assert_int_eq(nd_do(&d, 0, IDENTIFY, 0, ND_DATA, 0, 1, 0, 0), 0);
    ck_assert_mem_eq(ram(ND_DATA + 4), "abc                 ", 20);
    ck_assert_uint_eq(ld_le32(ram(ND_DATA + 516)), 1);
    ck_assert_int_eq(nd_do(&d, 0, IDENTIFY, 1, ND_DATA, 0, 0, 0, 0), 0);
    ck_assert_uint_eq(ld_le64(ram(ND_DATA)), DISK / 512);
    ck_assert_int_eq(nd_do(&d, 0, IDENTIFY, 2, ND_DATA, 0, 0, 0, 0), DNR | 0x0b);
    ck_assert_int_eq(nd_do(&d, 0, IDENTIFY, 0, ND_DATA, 0, 2, 0, 0), 0);
    ck_assert_uint_eq(ld_le32(ram(ND_DATA)), 1);
    ck_assert_int_eq(nd_do(&d, 0, IDENTIFY, 1, ND_DATA, 0, 0x77, 0, 0), DNR | 2);
    ck_assert_int_eq(nd_do(&d, 0, 0x7f, 0, 0, 0, 0, 0, 0), DNR | 1);
    end();
}
END_TEST

/* Sizes and places in memory of every kind: one page, two, a list, a list that goes on in another. */
START_TEST(blocks_are_written_and_read)
{
    static const struct {
        uint32_t size;
        unsigned offset, list_offset;
    } cases[] = {
        { 512, 0, 0 },    { 4096, 0, 0 },  { 4096, 512, 0 },           { 8192, 0, 0 },
        { 8192, 512, 0 }, { 65536, 0, 0 }, { 65536, 1024, 4096 - 24 }, { 131072, 512, 4096 - 8 },
    };

    start(false);
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        uint32_t size = cases[i].size, pages = (cases[i].offset + size + 4095) / 4096;
        uint64_t lists[2] = { 0x3d0000 + cases[i].list_offset, 0x3e0000 }, prp2 = 0;
        unsigned wrong = 0, in_first = (4096 - cases[i].list_offset) / 8;

        /* The pages lie apart from each other. */
        if (pages == 2)
            prp2 = ND_DATA + 8192;
        for (unsigned k = 1; pages > 2 && k < pages; k++) {
            uint64_t entry = ND_DATA + k * 8192;
            bool fits = pages - 1 <= in_first;

            prp2 = lists[0];
            if (fits || k < in_first)
                st_le64(ram(lists[0] + (k - 1) * 8), entry);
            else
                st_le64(ram(lists[1] + (k - in_first) * 8), entry);
            if (!fits)
                st_le64(ram(lists[0] + (in_first - 1) * 8), lists[1]);
        }
        for (uint32_t at = 0; at < size; at++) {
            uint32_t in = cases[i].offset + at;

            *ram(ND_DATA + in / 4096 * 8192 + in % 4096) = (uint8_t)(at * 7 + at / 512 + i);
        }
        ck_assert_int_eq(
            nd_do(&d, 1, WRITE, 1, ND_DATA + cases[i].offset, prp2, 100, 0, size / 512 - 1), 0);
        ck_assert_int_eq(
            nd_do(&d, 1, COMPARE, 1, ND_DATA + cases[i].offset, prp2, 100, 0, size / 512 - 1), 0);
        memset(ram(ND_DATA), 0, 0x100000);
        ck_assert_int_eq(
            nd_do(&d, 1, READ, 1, ND_DATA + cases[i].offset, prp2, 100, 0, size / 512 - 1), 0);
        for (uint32_t at = 0; at < size; at++) {
            uint32_t in = cases[i].offset + at;

            wrong +=
                *ram(ND_DATA + in / 4096 * 8192 + in % 4096) != (uint8_t)(at * 7 + at / 512 + i);
        }
        ck_assert_msg(!wrong, "case %u: %u bytes", i, wrong);
    }
    ck_assert_int_eq(nd_do(&d, 1, FLUSH, 1, 0, 0, 0, 0, 0), 0);
    ck_assert_int_eq(nd_do(&d, 1, ZEROES, 1, 0, 0, 100, 0, 0), 0);
    ck_assert_int_eq(nd_do(&d, 1, COMPARE, 1, ND_DATA, 0, 101, 0, 0), DNR | 0x285);
    memset(ram(ND_DATA), 1, 512);
    ck_assert_int_eq(nd_do(&d, 1, READ, 1, ND_DATA, 0, 100, 0, 0), 0);
    ck_assert_uint_eq(*ram(ND_DATA), 0);
    memset(ram(ND_DATA), 0, 32);
    st_le32(ram(ND_DATA + 4), 4);
    st_le64(ram(ND_DATA + 8), 104);
    st_le32(ram(ND_DATA + 20), 4);
    st_le64(ram(ND_DATA + 24), 112);
    ck_assert_int_eq(nd_do(&d, 1, DATASET, 1, ND_DATA, 0, 1, 4, 0), 0);
    st_le64(ram(ND_DATA + 24), DISK / 512);
    ck_assert_int_eq(nd_do(&d, 1, DATASET, 1, ND_DATA, 0, 1, 4, 0), DNR | 0x80);
    end();
}
END_TEST

START_TEST(wrong_commands_are_refused)
{
    start(false);
    ck_assert_int_eq(nd_do(&d, 1, READ, 1, ND_DATA, 0, DISK / 512, 0, 0), DNR | 0x80);
    ck_assert_int_eq(nd_do(&d, 1, READ, 1, ND_DATA, 0, DISK / 512 - 1, 0, 1), DNR | 0x80);
    ck_assert_int_eq(nd_do(&d, 1, READ, 1, ND_DATA, 0, UINT32_MAX, UINT32_MAX, 0), DNR | 0x80);
    ck_assert_int_eq(nd_do(&d, 1, READ, 2, ND_DATA, 0, 0, 0, 0), DNR | 0x0b);
    ck_assert_int_eq(nd_do(&d, 1, READ, 1, ND_DATA + 1, 0, 0, 0, 0), DNR | 0x13);
    ck_assert_int_eq(nd_do(&d, 1, READ, 1, ND_LIMIT, 0, 0, 0, 0), DNR | 4); /* no TCE */
    ck_assert_int_eq(nd_do(&d, 1, READ, 1, ND_DATA, ND_DATA + 8, 0, 0, 15), DNR | 0x13);
    ck_assert_int_eq(nd_do(&d, 1, READ, 1, ND_DATA, 0, 0, 0, 0x7ff),
                     DNR | 2); /* more than the greatest transfer */
    ck_assert_int_eq(nd_do(&d, 1, 0x55, 1, 0, 0, 0, 0, 0), DNR | 1);
    ck_assert_int_eq(nd_do(&d, 0, CREATE_CQ, 0, nd_cq(2), 0, 15 << 16 | 1, 3, 0),
                     DNR | 0x101); /* it is there */
    ck_assert_int_eq(nd_do(&d, 0, CREATE_CQ, 0, nd_cq(2), 0, 15 << 16 | 99, 3, 0), DNR | 0x101);
    ck_assert_int_eq(nd_do(&d, 0, CREATE_CQ, 0, nd_cq(2), 0, 4095u << 16 | 2, 3, 0), DNR | 0x102);
    ck_assert_int_eq(nd_do(&d, 0, CREATE_CQ, 0, nd_cq(2), 0, 15 << 16 | 2, 2, 0), DNR | 2);
    ck_assert_int_eq(nd_do(&d, 0, 1, 0, nd_sq(2), 0, 15 << 16 | 2, 7 << 16 | 1, 0), DNR | 0x100);
    ck_assert_int_eq(nd_do(&d, 0, 4, 0, 0, 0, 1, 0, 0),
                     DNR | 0x10c); /* a submission queue uses it */
    ck_assert_int_eq(nd_do(&d, 0, 0, 0, 0, 0, 1, 0, 0), 0);
    ck_assert_int_eq(nd_do(&d, 0, 4, 0, 0, 0, 1, 0, 0), 0);
    ck_assert_int_eq(nd_do(&d, 0, 0, 0, 0, 0, 1, 0, 0), DNR | 0x101);
    ck_assert_int_eq(nd_do(&d, 0, SET_FEATURES, 0, 0, 0, 7, 0xffff, 0), DNR | 2);
    end();
}
END_TEST

START_TEST(what_is_read_only_stays)
{
    start(true);
    ck_assert_int_eq(nd_do(&d, 1, WRITE, 1, ND_DATA, 0, 0, 0, 0), DNR | 0x20);
    ck_assert_int_eq(nd_do(&d, 1, ZEROES, 1, ND_DATA, 0, 0, 0, 0), DNR | 0x20);
    ck_assert_int_eq(nd_do(&d, 1, READ, 1, ND_DATA, 0, 0, 0, 0), 0);
    end();
}
END_TEST

/* More commands than the completion queue takes wait; none is lost. */
START_TEST(completions_wait_for_room)
{
    bool seen[64] = { false };
    unsigned taken = 0;

    start(false);
    d.next_id = 0;
    for (unsigned round = 0; round < 4; round++) {
        uint32_t result;
        uint16_t id;

        for (unsigned i = 0; i < ND_ENTRIES - 1; i++)
            nd_submit(&d, 1, READ, 1, ND_DATA + i * 4096, 0, i, 0, 7);
        for (unsigned i = 0; i < ND_ENTRIES - 1; i++, taken++) {
            ck_assert_int_eq(nd_take(&d, 1, &id, &result), 0);
            ck_assert(id <= 60 && !seen[id]);
            seen[id] = true;
        }
    }
    ck_assert_uint_eq(taken, 60);
    end();
}
END_TEST

START_TEST(is_shut_down_and_enabled_again)
{
    start(false);
    for (unsigned i = 0; i < 5; i++)
        nd_submit(&d, 1, WRITE, 1, ND_DATA, 0, i * 8, 0, 7);
    mmio_store(p, d.bar + 0x14, 4, 4 << 20 | 6 << 16 | 1 << 14 | 1);
    ck_assert(nd_wait(&d, 0xc, 8));
    ck_assert(nd_enable(&d));
    ck_assert_int_eq(nd_make_queue(&d, 1), 0);
    ck_assert_int_eq(nd_do(&d, 1, READ, 1, ND_DATA, 0, 0, 0, 7), 0);
    /* Nonsense in its registers is fatal, until it is disabled. */
    mmio_store(p, d.bar + 0x14, 4, 0);
    ck_assert(nd_wait(&d, 1, 0));
    mmio_store(p, d.bar + 0x28, 8, 0x123);
    mmio_store(p, d.bar + 0x14, 4, 1);
    ck_assert(nd_wait(&d, 3, 2));
    ck_assert(nd_enable(&d));
    end();
}
END_TEST

START_TEST(interrupts_come_for_what_is_new)
{
    unsigned first, taken = 0;

    start(false);
    first = msis_allocate(p, 0, 3);
    ck_assert_uint_ne(first, 0);
    for (unsigned i = 0; i < 3; i++) {
        mmio_store(p, PHB_MEMORY_32_START(0) + 0x100000 + i * 16 + 12, 4, 0);
        source_enable(p, first + i);
    }
    config_store(p, 0, 0x42, 2, 0x8000);
    ck_assert_int_eq(nd_do(&d, 1, READ, 1, ND_DATA, 0, 0, 0, 0), 0);
    for (unsigned i = 0; i < 10000 && taken != first + 1; i++) {
        taken = interrupt_take(p);
        usleep(1000);
    }
    ck_assert_uint_eq(taken, first + 1);
    end();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = { is_identified,
                                   blocks_are_written_and_read,
                                   wrong_commands_are_refused,
                                   what_is_read_only_stays,
                                   completions_wait_for_room,
                                   is_shut_down_and_enabled_again,
                                   interrupts_come_for_what_is_new };

    return fixture_run("nvme", tests, ARRAY_SIZE(tests));
}
