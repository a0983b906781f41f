/* latency: how long interrupts take in a guest of two processors, as medians in microseconds.
 *
 *   ipi     membarrier() with the other processor busy: an interrupt to it, and its answer
 *   wakeup  a byte to and fro by two pipes between the processors, idle meanwhile: half a round
 *   timer   how late a sleep of 200 us ends
 *   msi     a sector read from /dev/vda past the cache: a request to a device and its interrupt (if there is one)
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/membarrier.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 4000, TIMER_ROUNDS = 1000, SLEEP_NS = 200000, SECTOR = 4096 };

static uint64_t samples[ROUNDS];
static volatile bool done;
static int to[2], fro[2];

static uint64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void pin(unsigned cpu)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    sched_setaffinity(0, sizeof set, &set);
}

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

static void tell(const char *name, unsigned n, double divisor)
{
    qsort(samples, n, sizeof samples[0], compare);
    printf("%s %.2f %.2f\n", name, (double)samples[n / 2] / divisor / 1000, (double)samples[n * 9 / 10] / divisor / 1000);
    fflush(stdout);
}

static void *spin(void *unused)
{
    pin(1);
    while (!done)
        ;
    return unused;
}

static void ipi(void)
{
    pthread_t other;

    syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0);
    if (pthread_create(&other, NULL, spin, NULL))
        exit(2);
    usleep(20000);
    for (unsigned i = 0; i < ROUNDS; i++) {
        uint64_t start = now_ns();

        syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
        samples[i] = now_ns() - start;
    }
    done = true;
    pthread_join(other, NULL);
    tell("ipi", ROUNDS, 1);
}

static void *echo(void *unused)
{
    char byte;

    pin(1);
    while (read(to[0], &byte, 1) == 1 && write(fro[1], &byte, 1) == 1)
        ;
    return unused;
}

static void wakeup(void)
{
    pthread_t other;
    char byte = 0;

    if (pipe(to) || pipe(fro) || pthread_create(&other, NULL, echo, NULL))
        exit(2);
    for (unsigned i = 0; i < ROUNDS; i++) {
        uint64_t start = now_ns();

        if (write(to[1], &byte, 1) != 1 || read(fro[0], &byte, 1) != 1)
            exit(2);
        samples[i] = now_ns() - start;
    }
    close(to[1]);
    pthread_join(other, NULL);
    tell("wakeup", ROUNDS, 2);
}

static void timer(void)
{
    prctl(PR_SET_TIMERSLACK, 1UL);
    for (unsigned i = 0; i < TIMER_ROUNDS; i++) {
        struct timespec t = { 0, SLEEP_NS };
        uint64_t start = now_ns();

        nanosleep(&t, NULL);
        samples[i] = now_ns() - start - SLEEP_NS;
    }
    tell("timer", TIMER_ROUNDS, 1);
}

static void msi(void)
{
    int disk = open("/dev/vda", O_RDONLY | O_DIRECT);
    void *buffer = aligned_alloc(65536, 65536);

    if (disk < 0 || !buffer)
        return;
    for (unsigned i = 0; i < TIMER_ROUNDS; i++) {
        uint64_t start = now_ns();

        if (pread(disk, buffer, SECTOR, (off_t)(i % 16) * SECTOR) != SECTOR)
            exit(2);
        samples[i] = now_ns() - start;
    }
    tell("msi", TIMER_ROUNDS, 1);
}

int main(void)
{
    pin(0);
    ipi();
    wakeup();
    timer();
    msi();
    return 0;
}
