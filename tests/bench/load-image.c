/* Ways of bringing a large image (512 MiB, as an initrd may be) into guest memory. For each way: processor time and wall time to load it, and then to read it once, as the guest
 * will. Medians of several rounds, and as ratios to memcpy into
 * fresh memory.
 *
 * Usage: load-image [MIB [ROUNDS]]. The file is made in the current folder and is in the page cache. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <time.h>
#include <unistd.h>

#include "mem/mem.h"
#include "mem/populate.h"

enum { MOST_ROUNDS = 15, OFFSET = 16 << 20 };

struct way {
    const char *name;
    bool (*load)(struct mem *mem, int fd, size_t size);
    double cpu[MOST_ROUNDS], wall[MOST_ROUNDS];
};

/* memcpy out of a mapping of the file. */
static bool copy(void *to, int fd, size_t size)
{
    void *file = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);

    if (file == MAP_FAILED)
        return false;
    memcpy(to, file, size);
    return munmap(file, size) == 0;
}

static bool by_memcpy(struct mem *mem, int fd, size_t size)
{
    return copy(mem->ram + OFFSET, fd, size);
}

static bool by_pread(struct mem *mem, int fd, size_t size)
{
    size_t done = 0;

    while (done < size) {
        ssize_t n = pread(fd, mem->ram + OFFSET + done, size - done, (off_t)done);

        if (n <= 0)
            return false;
        done += (size_t)n;
    }
    return true;
}

static bool by_private_mapping(struct mem *mem, int fd, size_t size)
{
    return mmap(mem->ram + OFFSET, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, fd, 0) !=
           MAP_FAILED;
}

/* RAM as a file of the kernel's: what is measured behind it is filling that. */
static bool as_memfd(struct mem *mem)
{
    int fd = memfd_create("load-image", MFD_CLOEXEC);

    return fd >= 0 && !ftruncate(fd, (off_t)mem->ram_size) && mem_adopt_file(mem, fd);
}

static bool by_memcpy_to_memfd(struct mem *mem, int fd, size_t size)
{
    return as_memfd(mem) && copy(mem->ram + OFFSET, fd, size);
}

static bool by_write_to_memfd(struct mem *mem, int fd, size_t size)
{
    return as_memfd(mem) && populate_by_write(mem->file, OFFSET, fd, 0, size);
}

static bool by_sendfile_to_memfd(struct mem *mem, int fd, size_t size)
{
    off_t from = 0;

    if (!as_memfd(mem) || lseek(mem->file, OFFSET, SEEK_SET) < 0)
        return false;
    while ((size_t)from < size)
        if (sendfile(mem->file, fd, &from, size - (size_t)from) <= 0)
            return false;
    return true;
}

/* As an accelerator would use it; only some kernels have it, and few with write(). */
static bool by_write_to_guest_memfd(struct mem *mem, int fd, size_t size)
{
    struct { uint64_t size, flags, reserved[6]; } create = { .size = mem->ram_size, .flags = 3 };
    int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
    int vm = kvm >= 0 ? ioctl(kvm, _IO(0xae, 0x01), 0UL) : -1;
    int guest = vm >= 0 ? ioctl(vm, _IOWR(0xae, 0xd4, create), &create) : -1;
    bool ok = guest >= 0 && populate_can_write(guest) && mem_adopt_file(mem, guest) &&
              populate_by_write(mem->file, OFFSET, fd, 0, size);

    if (guest >= 0 && mem->file != guest)
        close(guest);
    if (vm >= 0)
        close(vm);
    if (kvm >= 0)
        close(kvm);
    return ok;
}

static struct way ways[] = {
    { "memcpy", by_memcpy, { 0 }, { 0 } },
    { "pread", by_pread, { 0 }, { 0 } },
    { "private mapping", by_private_mapping, { 0 }, { 0 } },
    { "memcpy to memfd", by_memcpy_to_memfd, { 0 }, { 0 } },
    { "write to memfd", by_write_to_memfd, { 0 }, { 0 } },
    { "sendfile to memfd", by_sendfile_to_memfd, { 0 }, { 0 } },
    { "write to guest_memfd", by_write_to_guest_memfd, { 0 }, { 0 } },
};

static double now(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Reads every page, so that nothing is left to be faulted in. */
static uint64_t read_all(const uint8_t *p, size_t size)
{
    uint64_t sum = 0, v;

    for (size_t i = 0; i < size; i += sizeof v) {
        memcpy(&v, p + i, sizeof v);
        sum += v;
    }
    return sum;
}

static bool run(struct way *w, unsigned round, int fd, size_t size, uint64_t sum)
{
    struct mem *mem = mem_new(align_up(size + OFFSET, 1 << 20), NULL);
    double cpu = now(CLOCK_PROCESS_CPUTIME_ID), wall = now(CLOCK_MONOTONIC);
    bool ok;

    if (!mem)
        return false;
    ok = w->load(mem, fd, size) && read_all(mem->ram + OFFSET, size) == sum;
    w->cpu[round] = now(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    w->wall[round] = now(CLOCK_MONOTONIC) - wall;
    mem_free(mem);
    return ok;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(double *v, unsigned n)
{
    qsort(v, n, sizeof *v, by_value);
    return v[n / 2];
}

static int make_file(size_t size)
{
    static uint8_t block[1 << 20];
    char name[] = "load-image-XXXXXX";
    int fd = mkstemp(name);

    if (fd < 0)
        return -1;
    unlink(name);
    for (size_t i = 0; i < sizeof block; i++)
        block[i] = (uint8_t)(i * 2654435761u >> 13);
    for (size_t done = 0; done < size; done += sizeof block)
        if (write(fd, block, sizeof block) != sizeof block)
            return -1;
    return fd;
}

int main(int argc, char **argv)
{
    size_t size = (size_t)(argc > 1 ? atoi(argv[1]) : 512) << 20;
    unsigned rounds = argc > 2 ? (unsigned)atoi(argv[2]) : 5;
    int fd = make_file(size);
    const void *file;
    uint64_t sum;

    if (fd < 0 || !rounds || rounds > MOST_ROUNDS ||
        (file = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0)) == MAP_FAILED) {
        fprintf(stderr, "load-image: can't make a file of %zu MiB here\n", size >> 20);
        return 1;
    }
    sum = read_all(file, size);
    for (unsigned r = 0; r < rounds; r++)
        for (size_t w = 0; w < ARRAY_SIZE(ways); w++)
            if (!run(&ways[w], r, fd, size, sum)) {
                ways[w].cpu[r] = ways[w].wall[r] = 1e9;
            }
    printf("%zu MiB, median of %u rounds, load and first read:\n", size >> 20, rounds);
    for (size_t w = 0; w < ARRAY_SIZE(ways); w++)
        if (median(ways[w].cpu, rounds) > 1e8)
            printf("  %-20s not possible here\n", ways[w].name);
        else
            printf("  %-20s cpu %6.0f ms (x%.2f)  wall %6.0f ms\n", ways[w].name,
               median(ways[w].cpu, rounds) * 1e3,
               median(ways[w].cpu, rounds) / median(ways[0].cpu, rounds),
               median(ways[w].wall, rounds) * 1e3);
    return 0;
}
