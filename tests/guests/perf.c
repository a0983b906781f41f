/* Does perf work in the guest? Counts instructions and cycles of a known loop, takes samples of it, and what
 * perf-debug.c has; prints a line each and exits with the number of failures. The argument is the number of watch
 * points. Static, for the initial file system of a kernel with perf events. */
#include <linux/perf_event.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "perf.h"

enum { ROUNDS = SPIN_INSTRUCTIONS / 2, PERIOD = 100000, PAGES = 8 };

static int failures;
int watch_points;

void expect(int holds, const char *what, unsigned long long value)
{
    printf("%s: %s (%llu)\n", holds ? "ok" : "FAIL", what, value);
    failures += !holds;
}

/* Two instructions a round. */
__attribute__((noinline)) void spin(void)
{
    uint64_t n = ROUNDS;

    __asm__ volatile("mtctr %0\n1:\n\tnop\n\tbdnz 1b" : : "r"(n) : "ctr");
}

static int open_event(uint64_t config, uint64_t period)
{
    struct perf_event_attr a;

    memset(&a, 0, sizeof a);
    a.size = sizeof a;
    a.type = PERF_TYPE_HARDWARE;
    a.config = config;
    a.disabled = 1;
    a.exclude_kernel = 1;
    a.sample_period = period;
    a.sample_type = PERF_SAMPLE_IP;
    return (int)syscall(SYS_perf_event_open, &a, 0, -1, -1, 0);
}

static void count(uint64_t config, const char *what)
{
    int fd = open_event(config, 0);
    uint64_t value = 0;

    if (fd < 0) {
        expect(0, what, 0);
        return;
    }
    ioctl(fd, PERF_EVENT_IOC_ENABLE, 0);
    spin();
    ioctl(fd, PERF_EVENT_IOC_DISABLE, 0);
    if (read(fd, &value, sizeof value) != sizeof value)
        value = 0;
    expect(value >= 2 * ROUNDS && value < 2 * ROUNDS + 1000, what, value);
    close(fd);
}

/* Samples every so many instructions: their addresses lie in the loop. */
static void sample(void)
{
    int fd = open_event(PERF_COUNT_HW_INSTRUCTIONS, PERIOD);
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    struct perf_event_mmap_page *ring = fd < 0 ? MAP_FAILED : mmap(NULL, (1 + PAGES) * page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    unsigned samples = 0, inside = 0, user = 0;
    uint64_t at;

    if (ring == MAP_FAILED) {
        expect(0, "a ring of samples", 0);
        return;
    }
    ioctl(fd, PERF_EVENT_IOC_ENABLE, 0);
    spin();
    ioctl(fd, PERF_EVENT_IOC_DISABLE, 0);
    for (at = ring->data_tail; at < ring->data_head;) {
        struct perf_event_header *h = (void *)((char *)ring + page + at % (PAGES * page));
        uint64_t ip;

        if (h->type == PERF_RECORD_SAMPLE) {
            memcpy(&ip, h + 1, sizeof ip);
            samples++;
            user += (h->misc & PERF_RECORD_MISC_CPUMODE_MASK) == PERF_RECORD_MISC_USER;
            inside += ip >= (uintptr_t)spin && ip < (uintptr_t)spin + 64;
        }
        at += h->size;
    }
    expect(samples >= 2 * ROUNDS / PERIOD - 1 && samples <= 2 * ROUNDS / PERIOD + 2, "samples", samples);
    expect(inside + 2 >= samples, "samples in the loop", inside);
    expect(user == samples, "samples of problem state", user);
}

int main(int argc, char **argv)
{
    watch_points = argc > 1 ? atoi(argv[1]) : 1;
    count(PERF_COUNT_HW_INSTRUCTIONS, "instructions");
    count(PERF_COUNT_HW_CPU_CYCLES, "cycles");
    sample();
    perf_debug();
    fflush(stdout);
    return failures;
}
