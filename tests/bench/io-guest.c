/* In a guest: how fast its disk, its network and its shared folder are. Static; run as
 *   io-guest disk DEVICE SECONDS | net ADDRESS PORT SECONDS | files FOLDER SECONDS
 * Each measurement is a line: name, number a second, microseconds of one (the median where it can be told). */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <linux/fs.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { BLOCK = 4096, DEPTH_MOST = 32, TIMES_MOST = 1 << 16 };

static double seconds;

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static uint32_t random_state = 1;

static uint32_t random_number(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state;
}

static int compare(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;

    return x < y ? -1 : x > y;
}

static float times[TIMES_MOST];

static void tell(const char *name, unsigned long n, double took, unsigned long n_times)
{
    double median = n ? took / (double)n : 0;

    if (n_times) {
        qsort(times, n_times, sizeof times[0], compare);
        median = times[n_times / 2];
    }
    printf("%s %.0f %.1f\n", name, (double)n / took, median * 1e6);
    fflush(stdout);
}

/* ---- the disk ---- */

static void disk(int fd, uint64_t size, unsigned depth, int is_write)
{
    static struct iocb requests[DEPTH_MOST];
    struct iocb *list[DEPTH_MOST];
    struct io_event events[DEPTH_MOST];
    double start, began[DEPTH_MOST], t;
    unsigned long done = 0, n_times = 0;
    aio_context_t context = 0;
    uint8_t *buffer = aligned_alloc(65536, DEPTH_MOST * BLOCK);
    char name[32];
    unsigned under_way = 0;

    if (syscall(SYS_io_setup, DEPTH_MOST, &context))
        fail("io_setup");
    memset(buffer, 0x5a, DEPTH_MOST * BLOCK);
    start = t = now();
    for (unsigned i = 0; i < depth; i++)
        requests[i] = (struct iocb){ .aio_fildes = (uint32_t)fd, .aio_lio_opcode = is_write ? IOCB_CMD_PWRITE : IOCB_CMD_PREAD,
                                     .aio_buf = (uintptr_t)(buffer + i * BLOCK), .aio_nbytes = BLOCK, .aio_data = i };
    for (unsigned i = 0; i < depth; i++)
        events[i].data = i;
    for (unsigned ready = depth; t - start < seconds;) {
        for (unsigned i = 0; i < ready; i++) {
            struct iocb *r = &requests[events[i].data];

            r->aio_offset = (int64_t)(random_number() % (size / BLOCK) * BLOCK);
            began[events[i].data] = t;
            list[i] = r;
        }
        if (syscall(SYS_io_submit, context, (long)ready, list) != (long)ready)
            fail("io_submit");
        under_way += ready;
        ready = (unsigned)syscall(SYS_io_getevents, context, 1L, (long)depth, events, NULL);
        if (ready > depth)
            fail("io_getevents");
        under_way -= ready;
        t = now();
        for (unsigned i = 0; i < ready; i++) {
            if (events[i].res != BLOCK)
                fail("a request");
            if (n_times < TIMES_MOST)
                times[n_times++] = (float)(t - began[events[i].data]);
        }
        done += ready;
    }
    if (under_way)
        syscall(SYS_io_getevents, context, (long)under_way, (long)under_way, events, NULL);
    syscall(SYS_io_destroy, context);
    free(buffer);
    snprintf(name, sizeof name, "disk-%s-%u", is_write ? "write" : "read", depth);
    tell(name, done, t - start, n_times);
}

static void disks(const char *device)
{
    int fd = open(device, O_RDWR | O_DIRECT);
    uint64_t size;

    if (fd < 0 || ioctl(fd, BLKGETSIZE64, &size))
        fail(device);
    disk(fd, size, 1, 0);
    disk(fd, size, 1, 1);
    disk(fd, size, DEPTH_MOST, 0);
    disk(fd, size, DEPTH_MOST, 1);
}

/* ---- the network: the host sends what it gets 's', takes what it gets 'r', gives bytes back for 'e' ---- */

static int dial(const char *address, const char *port, char what)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port)) };
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    inet_pton(AF_INET, address, &to.sin_addr);
    if (connect(fd, (struct sockaddr *)&to, sizeof to) || write(fd, &what, 1) != 1)
        fail("connect");
    return fd;
}

static void net(const char *address, const char *port)
{
    static uint8_t buffer[1 << 17];
    double start, t;
    unsigned long done = 0, n = 0;
    int fd = dial(address, port, 'r');

    for (start = t = now(); t - start < seconds; t = now()) {
        ssize_t got = write(fd, buffer, sizeof buffer);

        if (got <= 0)
            fail("write");
        done += (unsigned long)got;
    }
    close(fd);
    tell("net-send-bytes", done, t - start, 0);
    fd = dial(address, port, 's');
    for (done = 0, start = t = now(); t - start < seconds; t = now()) {
        ssize_t got = read(fd, buffer, sizeof buffer);

        if (got <= 0)
            fail("read");
        done += (unsigned long)got;
    }
    close(fd);
    tell("net-receive-bytes", done, t - start, 0);
    fd = dial(address, port, 'e');
    for (start = t = now(); t - start < seconds && n < TIMES_MOST; n++) {
        double before = t;

        if (write(fd, buffer, 1) != 1 || read(fd, buffer, 1) != 1)
            fail("echo");
        t = now();
        times[n] = (float)(t - before);
    }
    tell("net-echo", n, t - start, n);
}

/* ---- a shared folder ---- */

enum { FILES = 100 };

static void files(const char *folder)
{
    unsigned long created = 0, looked = 0, removed = 0;
    double create_took = 0, look_took = 0, remove_took = 0, t;
    struct stat s;
    char name[64], other[64];

    if (chdir(folder))
        fail(folder);
    for (double start = now(); now() - start < seconds;) {
        t = now();
        for (int i = 0; i < FILES; i++, created++) {
            int fd;

            snprintf(name, sizeof name, "file-%d", i);
            fd = open(name, O_CREAT | O_EXCL | O_WRONLY, 0644);
            if (fd < 0 || close(fd))
                fail(name);
        }
        create_took += now() - t;
        t = now();
        for (int i = 0; i < 4 * FILES; i++, looked++) {
            snprintf(name, sizeof name, "file-%d", i % FILES);
            if (stat(name, &s))
                fail(name);
        }
        look_took += now() - t;
        t = now();
        for (int i = 0; i < FILES; i++, removed++) {
            snprintf(name, sizeof name, "file-%d", i);
            snprintf(other, sizeof other, "moved-%d", i);
            if (rename(name, other) || unlink(other))
                fail(other);
        }
        remove_took += now() - t;
    }
    tell("files-create", created, create_took, 0);
    tell("files-stat", looked, look_took, 0);
    tell("files-rename-unlink", removed, remove_took, 0);
}

int main(int argc, char **argv)
{
    if (argc < 4)
        return 2;
    seconds = atof(argv[argc - 1]);
    if (!strcmp(argv[1], "disk"))
        disks(argv[2]);
    else if (!strcmp(argv[1], "net"))
        net(argv[2], argv[3]);
    else
        files(argv[2]);
    return 0;
}
