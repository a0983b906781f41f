/* What perf offers beyond counters: watch points of data, the branches before a sample, and event-based branches,
 * which a program handles itself. Called by perf.c. */
#include <linux/hw_breakpoint.h>
#include <linux/perf_event.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "perf.h"

enum { ACCESSES = 100, PAGES = 8 };

static int open_event(struct perf_event_attr *a)
{
    a->size = sizeof *a;
    a->disabled = 1;
    a->exclude_kernel = 1;
    return (int)syscall(SYS_perf_event_open, a, 0, -1, -1, 0);
}

/* ---- watch points ---------------------------------------------------------------------------- */

static volatile uint64_t watched[4];

static void loads_and_stores(void)
{
    for (unsigned n = 0; n < ACCESSES; n++) {
        watched[0]++;
        watched[1] = n;      /* the watched one: two stores, */
        watched[1] = n + 1;
        watched[2] += watched[1]; /* a load */
    }
}

static void watch(uint32_t type, uint64_t accesses, const char *what)
{
    struct perf_event_attr a;
    uint64_t value = 0;
    int fd;

    memset(&a, 0, sizeof a);
    a.type = PERF_TYPE_BREAKPOINT;
    a.bp_type = type;
    a.bp_addr = (uintptr_t)&watched[1];
    a.bp_len = HW_BREAKPOINT_LEN_8;
    fd = open_event(&a);
    if (fd < 0) {
        expect(0, what, 0);
        return;
    }
    ioctl(fd, PERF_EVENT_IOC_ENABLE, 0);
    loads_and_stores();
    ioctl(fd, PERF_EVENT_IOC_DISABLE, 0);
    if (read(fd, &value, sizeof value) != sizeof value)
        value = 0;
    expect(value == accesses, what, value);
    close(fd);
}

/* Two at once, where there are two. */
static void watch_two(void)
{
    uint64_t values[2] = { 0, 0 };
    struct perf_event_attr a;
    int fd[2];

    for (unsigned n = 0; n < 2; n++) {
        memset(&a, 0, sizeof a);
        a.type = PERF_TYPE_BREAKPOINT;
        a.bp_type = HW_BREAKPOINT_W;
        a.bp_addr = (uintptr_t)&watched[n];
        a.bp_len = HW_BREAKPOINT_LEN_8;
        fd[n] = open_event(&a);
        ioctl(fd[n], PERF_EVENT_IOC_ENABLE, 0);
    }
    if (fd[0] < 0 || fd[1] < 0) {
        expect(fd[0] >= 0 && watch_points == 1, "one watch point", 1);
    } else {
        loads_and_stores();
        for (unsigned n = 0; n < 2; n++)
            if (read(fd[n], &values[n], sizeof values[n]) != sizeof values[n])
                values[n] = 0;
        expect(watch_points == 2 && values[0] == ACCESSES && values[1] == 2 * ACCESSES, "two watch points",
               values[0] + values[1]);
    }
    close(fd[0]);
    close(fd[1]);
}

/* ---- branch history -------------------------------------------------------------------------- */

/* Samples of spin(), each with the branches before it: bdnz to the instruction before. */
static void branches(void)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    struct perf_event_mmap_page *ring;
    unsigned samples = 0, entries = 0, right = 0;
    struct perf_event_attr a;
    int fd;

    memset(&a, 0, sizeof a);
    a.type = PERF_TYPE_HARDWARE;
    a.config = PERF_COUNT_HW_INSTRUCTIONS;
    a.sample_period = 100000;
    a.sample_type = PERF_SAMPLE_BRANCH_STACK;
    a.branch_sample_type = PERF_SAMPLE_BRANCH_USER | PERF_SAMPLE_BRANCH_ANY;
    fd = open_event(&a);
    ring = fd < 0 ? MAP_FAILED : mmap(NULL, (1 + PAGES) * page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (ring == MAP_FAILED) {
        expect(0, "a ring of branches", 0);
        return;
    }
    ioctl(fd, PERF_EVENT_IOC_ENABLE, 0);
    spin();
    ioctl(fd, PERF_EVENT_IOC_DISABLE, 0);
    for (uint64_t at = ring->data_tail; at < ring->data_head;) {
        const struct perf_event_header *h = (const void *)((const char *)ring + page + at % (PAGES * page));
        const uint64_t *nr = (const uint64_t *)(h + 1);
        const struct perf_branch_entry *e = (const void *)(nr + 1);

        if (h->type == PERF_RECORD_SAMPLE) {
            samples++;
            for (unsigned n = 0; n < *nr; n++) {
                entries++;
                right += e[n].from >= (uintptr_t)spin && e[n].from < (uintptr_t)spin + 64 && e[n].to == e[n].from - 4;
            }
        }
        at += h->size;
    }
    expect(samples > 0 && entries >= 16 * samples, "branches before samples", entries);
    expect(right + 8 >= entries, "branches of the loop", right);
    close(fd);
}

/* ---- event-based branches -------------------------------------------------------------------- */

#define SPR_UPMC1 771
#define SPR_UMMCR0 779
#define SPR_BESCRS 800
#define SPR_BESCRR 802
#define SPR_EBBHR 804
#define SPR_BESCR 806
#define MMCR0_PMAE 0x04000000
#define EVENT_PERIOD 100000

uint64_t events_handled;
uint64_t event_start = 0x80000000 - EVENT_PERIOD;
void handle_event(void);

/* The program may be anywhere: below the 512 bytes that it may use beyond its stack, and not by CR. Starts the counter
 * anew, unfreezes it, takes the event back and waits for the next one. */
__asm__(".text\n"
        ".globl handle_event\n"
        "handle_event:\n"
        "\tstd 3,-640(1)\n"
        "\tstd 4,-648(1)\n"
        "\tlis 4,events_handled@ha\n"
        "\tld 3,events_handled@l(4)\n"
        "\taddi 3,3,1\n"
        "\tstd 3,events_handled@l(4)\n"
        "\tlis 4,event_start@ha\n"
        "\tld 3,event_start@l(4)\n"
        "\tmtspr 771,3\n"
        "\tlis 3,0x0400\n"
        "\tmtspr 779,3\n"
        "\tli 3,1\n"
        "\tmtspr 802,3\n"
        "\tsldi 3,3,32\n"
        "\tmtspr 800,3\n"
        "\tld 3,-640(1)\n"
        "\tld 4,-648(1)\n"
        "\t.long 0x4c000924\n"); /* rfebb 1 */

#define MTSPR(number, value) __asm__ volatile("mtspr %0,%1" : : "i"(number), "r"((uint64_t)(value)) : "memory")

static void events(void)
{
    struct perf_event_attr a;
    uint64_t ignored;
    int fd;

    memset(&a, 0, sizeof a);
    a.type = PERF_TYPE_RAW;
    a.config = 0x1001e | UINT64_C(1) << 63; /* cycles on counter 1, handled by the program */
    a.exclusive = 1;
    a.pinned = 1;
    a.exclude_hv = 1;
    a.exclude_idle = 1;
    fd = open_event(&a);
    if (fd < 0) {
        expect(0, "an event for the program", 0);
        return;
    }
    ioctl(fd, PERF_EVENT_IOC_ENABLE, 0);
    expect(read(fd, &ignored, sizeof ignored) == sizeof ignored, "the event is on", 0);
    MTSPR(SPR_EBBHR, (uintptr_t)handle_event);
    MTSPR(SPR_BESCR, UINT64_C(0x8000000100000000));
    MTSPR(SPR_UPMC1, event_start);
    MTSPR(SPR_UMMCR0, MMCR0_PMAE);
    spin();
    MTSPR(SPR_BESCR, 0);
    expect(events_handled >= SPIN_INSTRUCTIONS / EVENT_PERIOD - 1 &&
               events_handled <= SPIN_INSTRUCTIONS / EVENT_PERIOD + 1,
           "events handled by the program", events_handled);
    close(fd);
}

void perf_debug(void)
{
    if (watch_points) {
        watch(HW_BREAKPOINT_W, 2 * ACCESSES, "stores to a watched variable");
        watch(HW_BREAKPOINT_R, ACCESSES, "loads of it");
        watch(HW_BREAKPOINT_RW, 3 * ACCESSES, "both");
        watch_two();
    }
    branches();
    events();
}
