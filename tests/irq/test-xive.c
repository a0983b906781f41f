/* XIVE through its pages: PQ over all states and operations, event queues over their end, thread registers
 * against a model that keeps a plain set of pending priorities. */
#include <check.h>
#include <stdlib.h>

#include "base/bits.h"
#include "irq/xive.h"
#include "tests/irq/fake-accel.h"

#define RAM UINT64_C(0x200000)
#define QUEUE UINT64_C(0x100000)
#define OS_PAGE (XIVE_TIMA_BASE + 0x20000)

enum { MSI = 0x1000, LSI = 0x1001, EISN = 0x345678 };
enum { STEPS = 2000, SEEDS = 30 };

static struct accel accel;
static struct mem *mem;
static struct xive *xive;

static void setup(void)
{
    fake_accel_init(&accel);
    fake_current = &accel.vcpus[1];
    mem = mem_new(RAM, NULL);
    xive = xive_new(&accel, mem, FAKE_SERVERS, NULL);
    xive_claim(xive, MSI, false);
    xive_claim(xive, LSI, true);
    xive_set_active(xive, true);
}

static void teardown(void)
{
    xive_free(xive);
    mem_free(mem);
}

static uint64_t load(gpa_t at, unsigned size)
{
    uint64_t value;

    ck_assert(mem_mmio_load(mem, at, size, &value));
    return value;
}

static void store(gpa_t at, unsigned size, uint64_t value)
{
    ck_assert(mem_mmio_store(mem, at, size, value));
}

static gpa_t trigger_page(unsigned lisn)
{
    return XIVE_ESB_BASE + (gpa_t)lisn * 0x20000;
}

static gpa_t esb(unsigned lisn, unsigned offset)
{
    return trigger_page(lisn) + 0x10000 + offset;
}

static void set_pq(unsigned lisn, unsigned pq)
{
    load(esb(lisn, 0xc00 + pq * 0x100), 8);
}

/* Routes a source to vCPU 1 (server 2) and its queue of that priority. */
static struct xive_end *route(unsigned lisn, unsigned priority, unsigned log2_size, bool always)
{
    struct xive_end *end = xive_end(xive, 2, priority);

    *xive_eas(xive, lisn) = (struct xive_eas){
        .valid = true,
        .server = 2,
        .priority = (uint8_t)priority,
        .data = EISN,
    };
    *end = (struct xive_end){
        .valid = true,
        .always_notify = always,
        .queue = QUEUE,
        .log2_size = (uint8_t)log2_size,
        .generation = true,
    };
    return end;
}

/* ---- source pages ---- */

struct transition {
    unsigned before, after;
    bool event;
    uint64_t value; /* of a load */
};

/* Does the operation from each state; events are counted by the queue's offset. */
static void check_transitions(unsigned lisn, bool is_load, gpa_t at, const struct transition *rows)
{
    struct xive_end *end = route(lisn, 5, 16, true);

    for (unsigned i = 0; i < 4; i++) {
        uint32_t offset;

        set_pq(lisn, PQ_OFF);
        set_pq(lisn, rows[i].before);
        offset = end->offset;
        if (is_load)
            ck_assert_uint_eq(load(at, 8), rows[i].value);
        else
            store(at, 8, 0);
        ck_assert_uint_eq(end->offset - offset, rows[i].event);
        ck_assert_uint_eq(load(esb(lisn, 0x800), 8), rows[i].after);
    }
}

START_TEST(pq_of_a_trigger)
{
    static const struct transition rows[] = {
        { PQ_RESET, PQ_PENDING, true, 0 },
        { PQ_OFF, PQ_OFF, false, 0 },
        { PQ_PENDING, PQ_QUEUED, false, 0 },
        { PQ_QUEUED, PQ_QUEUED, false, 0 },
    };

    check_transitions(MSI, false, trigger_page(MSI), rows);
    check_transitions(MSI, false, trigger_page(MSI) + 0xfff8, rows);
    check_transitions(MSI, false, esb(MSI, 0), rows);
    check_transitions(MSI, false, esb(MSI, 0x3f8), rows);
    check_transitions(2, false, trigger_page(2), rows);
}
END_TEST

START_TEST(pq_of_an_end_of_interrupt)
{
    static const struct transition rows[] = {
        { PQ_RESET, PQ_RESET, false, 0 },
        { PQ_OFF, PQ_OFF, false, 0 },
        { PQ_PENDING, PQ_RESET, false, 0 },
        { PQ_QUEUED, PQ_PENDING, true, 1 },
    };

    check_transitions(MSI, true, esb(MSI, 0), rows);
    check_transitions(MSI, true, esb(MSI, 0x7f8), rows);
    check_transitions(LSI, true, esb(LSI, 0), rows);
}
END_TEST

START_TEST(pq_of_loads_and_stores_that_set_it)
{
    for (unsigned pq = 0; pq < 4; pq++) {
        struct transition rows[4];

        for (unsigned i = 0; i < 4; i++)
            rows[i] = (struct transition){ i, pq, false, i };
        check_transitions(MSI, true, esb(MSI, 0xc00 + pq * 0x100), rows);
        check_transitions(MSI, true, esb(MSI, 0xcf8 + pq * 0x100), rows);
        check_transitions(MSI, false, esb(MSI, 0xc00 + pq * 0x100), rows);
        for (unsigned i = 0; i < 4; i++)
            rows[i].after = i;
        check_transitions(MSI, true, esb(MSI, 0x800), rows);
        /* Stores that are not offered. */
        check_transitions(MSI, false, esb(MSI, 0x400), rows);
        check_transitions(MSI, false, esb(MSI, 0x800), rows);
    }
}
END_TEST

START_TEST(an_lsi_makes_one_event_while_its_level_is_high)
{
    struct xive_end *end = route(LSI, 5, 16, true);

    xive_set_source(xive, LSI, true);
    ck_assert_uint_eq(end->offset, 0);
    /* Raised while off: unmasked, it is there. */
    set_pq(LSI, PQ_RESET);
    ck_assert_uint_eq(end->offset, 1);
    ck_assert_uint_eq(load(esb(LSI, 0x800), 8), PQ_PENDING);
    xive_set_source(xive, LSI, true);
    ck_assert_uint_eq(load(esb(LSI, 0x800), 8), PQ_PENDING);
    ck_assert_uint_eq(end->offset, 1);
    ck_assert_uint_eq(load(esb(LSI, 0), 8), 1);
    ck_assert_uint_eq(end->offset, 2);
    xive_set_source(xive, LSI, false);
    ck_assert_uint_eq(load(esb(LSI, 0), 8), 0);
    ck_assert_uint_eq(end->offset, 2);
    ck_assert_uint_eq(load(esb(LSI, 0x800), 8), PQ_RESET);
    xive_set_source(xive, LSI, true);
    ck_assert_uint_eq(end->offset, 3);
}
END_TEST

START_TEST(pages_of_nobody)
{
    uint64_t value;

    ck_assert_uint_eq(load(trigger_page(MSI), 8), UINT64_MAX);
    ck_assert_uint_eq(load(esb(MSI + 5, 0x800), 8), UINT64_MAX);
    store(trigger_page(MSI + 5), 8, 0);
    ck_assert_uint_eq(load(esb(XIVE_SOURCES - 1, 0), 8), UINT64_MAX);
    ck_assert(!xive_eas(xive, MSI + 5));
    ck_assert(!xive_eas(xive, XIVE_SOURCES));
    ck_assert(!xive_eas(xive, UINT64_MAX));
    /* An IPI for each server number, none beyond. */
    ck_assert(xive_eas(xive, FAKE_SERVERS - 1));
    ck_assert(!xive_eas(xive, FAKE_SERVERS));
    ck_assert(
        !mem_mmio_load(mem, XIVE_END_BASE + (UINT64_C(0x20000) * 8 * FAKE_SERVERS), 8, &value));
    xive_set_active(xive, false);
    ck_assert(!mem_mmio_load(mem, esb(MSI, 0x800), 8, &value));
    ck_assert(!mem_mmio_load(mem, OS_PAGE + 0x810, 2, &value));
    ck_assert(!mem_mmio_load(mem, XIVE_END_BASE, 8, &value));
}
END_TEST

/* ---- queues ---- */

static void fire(unsigned lisn)
{
    set_pq(lisn, PQ_RESET);
    store(trigger_page(lisn), 8, 0);
}

/* Three times round: each entry has the round's generation, and nothing is written beyond. */
START_TEST(a_queue_wraps_and_toggles)
{
    static const unsigned sizes[] = { 12, 16 };
    unsigned log2_size = sizes[_i];
    uint32_t entries = UINT32_C(1) << (log2_size - 2), entry;
    struct xive_end *end = route(MSI, 6, log2_size, true);

    gpa_store_be32(mem, QUEUE - 4, 0xaaaaaaaa);
    gpa_store_be32(mem, QUEUE + 4 * (gpa_t)entries, 0xbbbbbbbb);
    for (unsigned round = 0; round < 3; round++)
        for (uint32_t i = 0; i < entries; i++) {
            uint32_t data = (EISN + round * entries + i) & 0x7fffffff;

            xive_eas(xive, MSI)->data = data;
            ck_assert_uint_eq(end->offset, i);
            fire(MSI);
            gpa_load_be32(mem, QUEUE + UINT64_C(4) * i, &entry);
            ck_assert_uint_eq(entry, data | (round % 2 ? 0 : 0x80000000));
        }
    ck_assert_uint_eq(end->offset, 0);
    ck_assert(!end->generation);
    gpa_load_be32(mem, QUEUE - 4, &entry);
    ck_assert_uint_eq(entry, 0xaaaaaaaa);
    gpa_load_be32(mem, QUEUE + 4 * (gpa_t)entries, &entry);
    ck_assert_uint_eq(entry, 0xbbbbbbbb);
}
END_TEST

START_TEST(masked_or_unrouted_events_are_dropped)
{
    struct xive_end *end = route(MSI, 6, 16, true);

    store(OS_PAGE + 0x11, 1, 0xff);
    xive_eas(xive, MSI)->masked = true;
    fire(MSI);
    ck_assert_uint_eq(end->offset, 0);
    xive_eas(xive, MSI)->masked = false;
    end->valid = false;
    fire(MSI);
    ck_assert_uint_eq(end->offset, 0);
    ck_assert(!accel.line[1]);
    end->valid = true;
    fire(MSI);
    ck_assert_uint_eq(end->offset, 1);
    ck_assert(accel.line[1]);
}
END_TEST

START_TEST(a_queue_may_notify_once_only)
{
    struct xive_end *end = route(MSI, 6, 16, false);
    gpa_t notification = XIVE_END_BASE + (2 * 8 + 6) * UINT64_C(0x20000);

    ck_assert_uint_eq(xive_end_page(2, 6), notification);
    store(OS_PAGE + 0x11, 1, 0xff);
    fire(MSI);
    ck_assert_uint_eq(load(OS_PAGE + 0x810, 2), 0x8006);
    store(OS_PAGE + 0x11, 1, 0xff);
    fire(MSI);
    ck_assert_uint_eq(end->offset, 2);
    ck_assert(!accel.line[1]);
    ck_assert_uint_eq(load(notification + 0x800, 8), PQ_QUEUED);
    ck_assert_uint_eq(load(notification, 8), 1);
    ck_assert_uint_eq(load(notification, 8), 0);
    store(notification + 0xd00, 8, 0);
    ck_assert_uint_eq(load(notification + 0xd00, 8), PQ_RESET);
    ck_assert_uint_eq(load(notification + 0x800, 8), PQ_OFF);
    ck_assert_uint_eq(load(notification + 0x10800, 8), PQ_RESET);
    end->valid = false;
    ck_assert_uint_eq(load(notification, 8), UINT64_MAX);
}
END_TEST

/* ---- thread registers ---- */

struct model_thread {
    bool pending[8];
    uint8_t cppr, pipr; /* PIPR is as of the last change, but for an acknowledge */
};

static struct model_thread threads[FAKE_VCPUS];

static uint8_t most_favoured(const struct model_thread *t)
{
    for (uint8_t p = 0; p < 8; p++)
        if (t->pending[p])
            return p;
    return 0xff;
}

static bool interrupts(const struct model_thread *t)
{
    return t->pipr < t->cppr;
}

static uint64_t model_registers(const struct model_thread *t)
{
    uint64_t ipb = 0;

    for (unsigned p = 0; p < 8; p++)
        ipb = ipb << 1 | t->pending[p];
    return (uint64_t)(interrupts(t) ? 0x80 : 0) << 56 | (uint64_t)t->cppr << 48 | ipb << 40 |
           UINT64_C(0xffff000000) | t->pipr;
}

static void model_present(struct model_thread *t, unsigned priority)
{
    t->pending[priority] = true;
    if (priority < t->pipr)
        t->pipr = (uint8_t)priority;
}

static uint16_t model_acknowledge(struct model_thread *t)
{
    bool was = interrupts(t);

    if (was) {
        t->cppr = t->pipr;
        t->pending[t->pipr] = false;
    }
    return (uint16_t)(was << 15 | t->cppr);
}

static void step(struct model_thread *t)
{
    unsigned value = rand() % 12, offset;

    switch (rand() % 5) {
    case 0:
        route(MSI, value % 8, 16, true);
        xive_eas(xive, MSI)->server = fake_current->id;
        *xive_end(xive, fake_current->id, value % 8) = *xive_end(xive, 2, value % 8);
        fire(MSI);
        model_present(t, value % 8);
        break;
    case 1:
        /* Bits of the offset that do not count. */
        offset = 0x11 | (rand() % 2 ? 0x3c0 : 0);
        if (rand() % 2)
            store(OS_PAGE + offset, 1, value);
        else
            store(OS_PAGE + 0x10, 4, UINT32_C(0x77000000) | value << 16 | 0x1234);
        t->cppr = value > 7 ? 0xff : (uint8_t)value;
        t->pipr = most_favoured(t);
        break;
    case 2:
        ck_assert_uint_eq(load(OS_PAGE + 0x810, 2), model_acknowledge(t));
        break;
    case 3:
        store(OS_PAGE + 0x812, 1, value);
        if (value < 8)
            t->pending[value] = true;
        t->pipr = most_favoured(t);
        break;
    default:
        fake_current = &accel.vcpus[rand() % FAKE_VCPUS];
    }
}

START_TEST(thread_registers)
{
    srand((unsigned)_i);
    for (unsigned i = 0; i < FAKE_VCPUS; i++)
        threads[i] = (struct model_thread){ .pipr = 0xff };
    for (unsigned n = 0; n < STEPS; n++) {
        const struct vcpu *present = fake_current;

        step(&threads[fake_current->index]);
        for (unsigned i = 0; i < FAKE_VCPUS; i++) {
            fake_current = &accel.vcpus[i];
            ck_assert_uint_eq(load(OS_PAGE + 0x10, 8), model_registers(&threads[i]));
            ck_assert(accel.line[i] == interrupts(&threads[i]));
        }
        fake_current = &accel.vcpus[present->index];
        if (rand() % 8 == 0)
            fake_current = &accel.vcpus[rand() % FAKE_VCPUS];
    }
}
END_TEST

START_TEST(the_os_sees_its_registers_only)
{
    const gpa_t pages[] = { XIVE_TIMA_BASE, XIVE_TIMA_BASE + 0x10000, XIVE_TIMA_BASE + 0x30000 };

    store(OS_PAGE + 0x11, 1, 0xff);
    ck_assert_uint_eq(load(OS_PAGE + 0x10, 4), 0x00ff00ff);
    ck_assert_uint_eq(load(OS_PAGE + 0x14, 4), 0xff0000ff);
    ck_assert_uint_eq(load(OS_PAGE + 0x11, 1), UINT64_MAX);
    ck_assert_uint_eq(load(OS_PAGE + 0x18, 4), UINT64_MAX);
    ck_assert_uint_eq(load(OS_PAGE + 0x00, 8), UINT64_MAX);
    ck_assert_uint_eq(load(OS_PAGE + 0x30, 8), UINT64_MAX);
    ck_assert_uint_eq(load(OS_PAGE + 0x830, 2), UINT64_MAX);
    ck_assert_uint_eq(load(OS_PAGE + 0x810, 4), UINT64_MAX);
    store(OS_PAGE + 0x10, 1, 0x80);
    store(OS_PAGE + 0x12, 4, UINT64_MAX);
    store(OS_PAGE + 0x810, 2, 0);
    ck_assert_uint_eq(load(OS_PAGE + 0x10, 4), 0x00ff00ff);
    for (unsigned i = 0; i < 3; i++) {
        store(pages[i] + 0x11, 1, 0);
        ck_assert_uint_eq(load(pages[i] + 0x10, 8), UINT64_MAX);
        ck_assert_uint_eq(load(pages[i] + 0x810, 2), UINT64_MAX);
    }
    ck_assert_uint_eq(load(OS_PAGE + 0x10, 4), 0x00ff00ff);
    /* A thread that is no processor's. */
    fake_current = NULL;
    ck_assert_uint_eq(load(OS_PAGE + 0x810, 2), UINT64_MAX);
    store(OS_PAGE + 0x11, 1, 0);
    fake_current = &accel.vcpus[1];
    ck_assert_uint_eq(load(OS_PAGE + 0x10, 4), 0x00ff00ff);
}
END_TEST

/* ---- resets ---- */

START_TEST(a_reset_forgets_all_but_levels)
{
    struct xive_end *end = route(LSI, 5, 16, true);

    store(OS_PAGE + 0x11, 1, 0xff);
    xive_set_source(xive, LSI, true);
    set_pq(LSI, PQ_RESET);
    ck_assert(accel.line[1]);
    /* The hypercall's reset leaves the threads. */
    xive_reset(xive, false);
    ck_assert(!end->valid);
    ck_assert(accel.line[1]);
    ck_assert(xive_eas(xive, LSI)->masked && xive_eas(xive, LSI)->valid);
    ck_assert_uint_eq(load(esb(LSI, 0x800), 8), PQ_OFF);
    xive_reset(xive, true);
    ck_assert(!accel.line[1]);
    ck_assert_uint_eq(load(OS_PAGE + 0x10, 8), UINT64_C(0xffff0000ff));
    xive_set_active(xive, false);
    xive_set_active(xive, true);
    end = route(LSI, 5, 16, true);
    set_pq(LSI, PQ_RESET);
    ck_assert_uint_eq(end->offset, 1);
    xive_release(xive, LSI);
    ck_assert(!xive_eas(xive, LSI));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("xive");
    TCase *tcase = tcase_create("xive");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, pq_of_a_trigger);
    tcase_add_test(tcase, pq_of_an_end_of_interrupt);
    tcase_add_test(tcase, pq_of_loads_and_stores_that_set_it);
    tcase_add_test(tcase, an_lsi_makes_one_event_while_its_level_is_high);
    tcase_add_test(tcase, pages_of_nobody);
    tcase_add_loop_test(tcase, a_queue_wraps_and_toggles, 0, 2);
    tcase_add_test(tcase, masked_or_unrouted_events_are_dropped);
    tcase_add_test(tcase, a_queue_may_notify_once_only);
    tcase_add_loop_test(tcase, thread_registers, 0, SEEDS);
    tcase_add_test(tcase, the_os_sees_its_registers_only);
    tcase_add_test(tcase, a_reset_forgets_all_but_levels);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
