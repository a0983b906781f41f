/* Images in guest memory that is a file of the kernel's: written by whole pages where it takes writes, read into the
 * mapping where not, and the same outcome as in ordinary memory. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "mem/mem.h"
#include "mem/populate.h"
#include "tests/papr/fixture.h"

enum { RAM = 1 << 20 };

static uint64_t page;
static uint8_t content[5 * 65536];

static int image(void)
{
    int fd = memfd_create("image", MFD_CLOEXEC);

    page = (uint64_t)sysconf(_SC_PAGESIZE);
    for (size_t i = 0; i < sizeof content; i++)
        content[i] = (uint8_t)(i * 2654435761u >> 11 | 1);
    ck_assert_int_eq(write(fd, content, sizeof content), sizeof content);
    return fd;
}

static int memory_file(void)
{
    int fd = memfd_create("memory", MFD_CLOEXEC);

    ck_assert_int_eq(ftruncate(fd, RAM), 0);
    return fd;
}

/* The same file, but for reading only by its descriptor: as one without a way to write. Its mapping is made before. */
static int read_only(int fd)
{
    char path[64];

    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return open(path, O_RDONLY | O_CLOEXEC);
}

START_TEST(whether_it_takes_writes)
{
    int fd = memory_file(), other = read_only(fd), ends[2];

    ck_assert(populate_can_write(fd));
    ck_assert(!populate_can_write(other));
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert(!populate_can_write(ends[1]));
    ck_assert(!populate_can_write(-1));
    close(fd);
    close(other);
    close(ends[0]);
    close(ends[1]);
}
END_TEST

START_TEST(whole_pages_and_zeros_behind_the_end)
{
    int from = image(), fd = memory_file();
    uint64_t size = 2 * page + 100, offset = 3;
    uint8_t *map = mmap(NULL, RAM, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    ck_assert(map != MAP_FAILED);
    memset(map, 0xee, RAM);
    ck_assert(populate_by_write(fd, page, from, offset, size));
    ck_assert_mem_eq(map + page, content + offset, size);
    for (uint64_t i = page + size; i < 4 * page; i++)
        ck_assert_uint_eq(map[i], 0);
    ck_assert_uint_eq(map[page - 1], 0xee);
    ck_assert_uint_eq(map[4 * page], 0xee);
    /* Pages only; and the file may be shorter than it was said to be. */
    ck_assert(!populate_by_write(fd, 100, from, 0, page));
    ck_assert_int_eq(errno, EINVAL);
    ck_assert(!populate_by_write(fd, 0, from, sizeof content - 10, 20));
    ck_assert_int_eq(errno, ENODATA);
    munmap(map, RAM);
    close(fd);
    close(from);
}
END_TEST

static void place(struct mem *mem, int from)
{
    const uint64_t size = 2 * page + 100;

    ck_assert(mem_place_file(mem, 4 * page, from, 0, size));
    ck_assert_mem_eq(mem->ram + 4 * page, content, size);
    /* Not at a page's start. */
    ck_assert(mem_place_file(mem, 9 * page + 8, from, 1, size));
    ck_assert_mem_eq(mem->ram + 9 * page + 8, content + 1, size);
    /* The last page of RAM is not exceeded. */
    ck_assert(mem_place_file(mem, RAM - 100, from, 0, 100));
    ck_assert_mem_eq(mem->ram + RAM - 100, content, 100);
    /* Once more, as at a reset. */
    memset(mem->ram + 4 * page, 0, size);
    ck_assert(mem_place_file(mem, 4 * page, from, 0, size));
    ck_assert_mem_eq(mem->ram + 4 * page, content, size);
    mem_release(mem, 4 * page, page);
    for (uint64_t i = 0; i < page; i++)
        ck_assert_uint_eq(mem->ram[4 * page + i], 0);
}

START_TEST(a_machine_s_memory)
{
    int from = image();
    struct error err = { 0 };
    struct mem *mem = mem_new(RAM, &err);

    place(mem, from);
    mem_free(mem);
    mem = mem_new(RAM, &err);
    ck_assert(mem_adopt_file(mem, memory_file()));
    ck_assert(mem->file_takes_writes);
    place(mem, from);
    mem_free(mem);
    close(from);
}
END_TEST

/* The probe says no: everything is read. */
START_TEST(a_file_that_takes_no_writes)
{
    int from = image(), other;
    struct error err = { 0 };
    struct mem *mem = mem_new(RAM, &err);

    ck_assert(mem_adopt_file(mem, memory_file()));
    mem->file_takes_writes = false;
    place(mem, from);
    /* It says yes, and the kernel refuses all the same. */
    other = read_only(mem->file);
    ck_assert_int_eq(dup2(other, mem->file), mem->file);
    close(other);
    mem->file_takes_writes = true;
    ck_assert(mem_place_file(mem, 4 * page, from, 7, 2 * page));
    ck_assert_mem_eq(mem->ram + 4 * page, content + 7, 2 * page);
    mem_free(mem);
    close(from);
}
END_TEST

START_TEST(what_cannot_be_adopted)
{
    struct error err = { 0 };
    struct mem *mem = mem_new(RAM, &err);
    int ends[2];

    ck_assert_int_eq(pipe(ends), 0);
    ck_assert(!mem_adopt_file(mem, ends[0]));
    ck_assert_int_eq(mem->file, -1);
    close(ends[1]);
    mem_free(mem);
}
END_TEST

START_TEST(a_file_that_is_mapped)
{
    struct mem *mem = mem_new(RAM, NULL);
    int from = image();
    uint8_t byte = 0;

    /* Shared: stores reach the file, until the place is given back. */
    ck_assert(mem_map_file(mem, 2 * page, from, 2 * page, true));
    ck_assert_mem_eq(mem->ram + 2 * page, content, 2 * page);
    ck_assert(gpa_write(mem, 3 * page, "\0", 1));
    ck_assert_int_eq(pread(from, &byte, 1, (off_t)page), 1);
    ck_assert_uint_eq(byte, 0);
    mem_release(mem, 2 * page, 2 * page);
    ck_assert(gpa_write(mem, 2 * page, "\0", 1));
    ck_assert_int_eq(pread(from, &byte, 1, 0), 1);
    ck_assert_uint_eq(byte, content[0]);
    /* A copy: they do not. */
    ck_assert(mem_map_file(mem, 2 * page, from, 2 * page, false));
    ck_assert(gpa_write(mem, 2 * page, "\0", 1));
    ck_assert_int_eq(pread(from, &byte, 1, 0), 1);
    ck_assert_uint_eq(byte, content[0]);
    /* Whole pages of RAM only. */
    ck_assert(!mem_map_file(mem, 100, from, page, true));
    ck_assert(!mem_map_file(mem, 0, from, 100, true));
    ck_assert(!mem_map_file(mem, RAM, from, page, true));
    mem_free(mem);
    close(from);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = { whether_it_takes_writes, whole_pages_and_zeros_behind_the_end, a_machine_s_memory,
                                   a_file_that_takes_no_writes, what_cannot_be_adopted, a_file_that_is_mapped };

    return fixture_run("populate", tests, ARRAY_SIZE(tests));
}
