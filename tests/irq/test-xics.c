/* XICS against a model that knows no order of events: which interrupts are there, and which of them an ICP
 * must hold. Then single cases that the model takes for granted. */
#include <check.h>
#include <stdlib.h>

#include "base/bits.h"
#include "irq/xics.h"
#include "tests/irq/fake-accel.h"

enum { SOURCES = 6, LSIS = 2, STEPS = 400, SEEDS = 300, NOBODY = 0, NEVER = 0xff };

static struct accel accel;
static struct xics *xics;

static void setup(void)
{
    fake_accel_init(&accel);
    xics = xics_new(&accel, FAKE_SERVERS, NULL);
    xics_set_active(xics, true);
    /* The first ones are LSIs. Claimed from the last, so that the order of claims is not that of numbers. */
    for (unsigned i = SOURCES; i-- > 0;)
        xics_claim(xics, XICS_FIRST + i, i < LSIS);
}

static void teardown(void)
{
    xics_free(xics);
}

/* ---- the model ---- */

struct model_source {
    bool level, in_service; /* LSI */
    bool waiting;           /* message */
    unsigned server;
    uint8_t priority, saved;
};

struct model_icp {
    uint8_t cppr, mfrr, priority;
    uint32_t held;
};

static struct model_source sources[SOURCES];
static struct model_icp icps[FAKE_VCPUS];

static void model_reset(void)
{
    for (unsigned i = 0; i < SOURCES; i++)
        sources[i] = (struct model_source){ .priority = NEVER, .saved = NEVER };
    for (unsigned i = 0; i < FAKE_VCPUS; i++)
        icps[i] = (struct model_icp){ .mfrr = NEVER, .priority = NEVER };
}

static bool wants(unsigned i, unsigned vcpu)
{
    const struct model_source *s = &sources[i];

    return s->server == accel.vcpus[vcpu].id && s->priority != NEVER &&
           (i < LSIS ? s->level && !s->in_service : s->waiting);
}

static void let_go(struct model_icp *icp)
{
    if (icp->held >= XICS_FIRST && icp->held - XICS_FIRST < LSIS)
        sources[icp->held - XICS_FIRST].in_service = false;
    else if (icp->held >= XICS_FIRST)
        sources[icp->held - XICS_FIRST].waiting = true;
    icp->held = NOBODY;
    icp->priority = NEVER;
}

static void hold(struct model_icp *icp, uint32_t nr, uint8_t priority)
{
    let_go(icp);
    icp->held = nr;
    icp->priority = priority;
    if (nr >= XICS_FIRST && nr - XICS_FIRST < LSIS)
        sources[nr - XICS_FIRST].in_service = true;
    else if (nr >= XICS_FIRST)
        sources[nr - XICS_FIRST].waiting = false;
}

/* Has the ICP hold the most favoured of what there is; false if it did already. */
static bool settle_one(unsigned vcpu)
{
    struct model_icp *icp = &icps[vcpu];
    uint8_t best = icp->priority < icp->cppr ? icp->priority : icp->cppr;
    uint32_t nr = NOBODY;

    if (icp->held && icp->priority >= icp->cppr) {
        let_go(icp);
        return true;
    }
    if (icp->mfrr < best) {
        best = icp->mfrr;
        nr = XICS_IPI;
    }
    for (unsigned i = 0; i < SOURCES; i++)
        if (wants(i, vcpu) && sources[i].priority < best) {
            best = sources[i].priority;
            nr = XICS_FIRST + i;
        }
    if (nr)
        hold(icp, nr, best);
    return nr;
}

static void settle(void)
{
    for (bool changed = true; changed;) {
        changed = false;
        for (unsigned i = 0; i < FAKE_VCPUS; i++)
            changed |= settle_one(i);
    }
}

static uint32_t model_xirr(unsigned vcpu)
{
    return (uint32_t)icps[vcpu].cppr << 24 | icps[vcpu].held;
}

static uint32_t model_accept(unsigned vcpu)
{
    struct model_icp *icp = &icps[vcpu];
    uint32_t xirr = model_xirr(vcpu);

    if (icp->held)
        icp->cppr = icp->priority;
    icp->held = NOBODY;
    icp->priority = NEVER;
    return xirr;
}

/* Of interrupts that came at once and are equally favoured, any may be held: the model takes the same. */
static void adopt(unsigned vcpu, uint32_t nr)
{
    struct model_icp *icp = &icps[vcpu];
    uint8_t priority = icp->priority;

    if (nr == icp->held || !icp->held)
        return;
    if (nr == XICS_IPI
            ? icp->mfrr == priority
            : nr >= XICS_FIRST && nr < XICS_FIRST + SOURCES && wants(nr - XICS_FIRST, vcpu) &&
                  sources[nr - XICS_FIRST].priority == priority)
        hold(icp, nr, priority);
}

static void compare(void)
{
    ck_assert(xics_check(xics));
    for (unsigned i = 0; i < FAKE_VCPUS; i++) {
        uint8_t mfrr;

        adopt(i, icp_poll(xics, i, &mfrr) & 0xffffff);
    }
    settle();
    for (unsigned i = 0; i < FAKE_VCPUS; i++) {
        uint8_t mfrr;

        ck_assert_uint_eq(icp_poll(xics, i, &mfrr), model_xirr(i));
        ck_assert_uint_eq(mfrr, icps[i].mfrr);
        ck_assert(accel.line[i] == (icps[i].held != NOBODY));
    }
}

/* ---- random sequences ---- */

/* Few priorities, so that they meet. */
static uint8_t random_priority(void)
{
    static const uint8_t some[] = { 0, 1, 3, 4, 5, 6, 0xfe, 0xff };

    return some[rand() % ARRAY_SIZE(some)];
}

static void route(unsigned i)
{
    struct model_source *s = &sources[i];

    s->server = accel.vcpus[rand() % FAKE_VCPUS].id;
    s->priority = random_priority();
    s->saved = random_priority();
    xics_write_xive(xics, XICS_FIRST + i, s->server, s->priority, s->saved);
}

static void signal_source(unsigned i)
{
    bool level = rand() % 2;

    if (i < LSIS)
        sources[i].level = level;
    else
        sources[i].waiting |= level;
    xics_set_source(xics, XICS_FIRST + i, level);
}

static void end_of_interrupt(unsigned vcpu, unsigned i)
{
    uint8_t cppr = random_priority();
    uint32_t nr = rand() % 8 ? XICS_FIRST + i : (uint32_t)rand() & 0xffffff;

    /* One that is held has not been accepted; a guest that ends it has lost count, and so would the model. */
    for (unsigned n = 0; n < FAKE_VCPUS; n++)
        if (icps[n].held == nr)
            return;
    if (nr >= XICS_FIRST && nr < XICS_FIRST + LSIS)
        sources[nr - XICS_FIRST].in_service = false;
    icps[vcpu].cppr = cppr;
    icp_eoi(xics, vcpu, (uint32_t)cppr << 24 | nr);
}

static void step(void)
{
    unsigned vcpu = rand() % FAKE_VCPUS, i = rand() % SOURCES;

    switch (rand() % 7) {
    case 0:
        icps[vcpu].cppr = random_priority();
        icp_set_cppr(xics, vcpu, icps[vcpu].cppr);
        break;
    case 1:
        icps[vcpu].mfrr = random_priority();
        icp_set_mfrr(xics, vcpu, icps[vcpu].mfrr);
        break;
    case 2:
        ck_assert_uint_eq(model_accept(vcpu), icp_accept(xics, vcpu));
        break;
    case 3:
        end_of_interrupt(vcpu, i);
        break;
    case 4:
        route(i);
        break;
    default:
        signal_source(i);
    }
    settle();
}

START_TEST(holds_the_most_favoured_of_all)
{
    srand((unsigned)_i);
    model_reset();
    for (unsigned n = 0; n < STEPS; n++) {
        step();
        compare();
    }
}
END_TEST

/* ---- single cases ---- */

START_TEST(reset_blocks_everything)
{
    uint8_t mfrr;

    xics_write_xive(xics, XICS_FIRST + 3, 2, 0, 0);
    xics_set_source(xics, XICS_FIRST + 3, true);
    icp_set_mfrr(xics, 1, 0);
    ck_assert_uint_eq(icp_poll(xics, 1, &mfrr), 0);
    ck_assert(!accel.line[1]);
    icp_set_cppr(xics, 1, 0xff);
    ck_assert_uint_eq(icp_poll(xics, 1, &mfrr), 0xff000000 | XICS_IPI);
    ck_assert(accel.line[1]);
    xics_reset(xics);
    ck_assert_uint_eq(icp_poll(xics, 1, &mfrr), 0);
    ck_assert_uint_eq(mfrr, 0xff);
    ck_assert(!accel.line[1]);
}
END_TEST

START_TEST(a_masked_message_is_not_lost)
{
    unsigned server;
    uint8_t priority, saved;

    icp_set_cppr(xics, 0, 0xff);
    xics_set_source(xics, XICS_FIRST + 4, true);
    ck_assert(!accel.line[0]);
    xics_write_xive(xics, XICS_FIRST + 4, 0, 5, 5);
    ck_assert_uint_eq(icp_accept(xics, 0), 0xff000000 | (XICS_FIRST + 4));
    icp_eoi(xics, 0, 0xff000000 | (XICS_FIRST + 4));
    ck_assert(!accel.line[0]);

    /* Refused for its priority, then masked, then asked again and again. */
    icp_set_cppr(xics, 0, 3);
    xics_set_source(xics, XICS_FIRST + 4, true);
    xics_write_xive(xics, XICS_FIRST + 4, 0, XICS_MASKED, 5);
    icp_set_cppr(xics, 0, 0xff);
    icp_set_cppr(xics, 0, 0xff);
    ck_assert(!accel.line[0]);
    xics_read_xive(xics, XICS_FIRST + 4, &server, &priority, &saved);
    xics_write_xive(xics, XICS_FIRST + 4, server, saved, saved);
    ck_assert_uint_eq(icp_accept(xics, 0), 0xff000000 | (XICS_FIRST + 4));
}
END_TEST

START_TEST(an_lsi_comes_again_while_its_level_is_high)
{
    const unsigned nr = XICS_FIRST;

    xics_write_xive(xics, nr, 4, 5, 5);
    icp_set_cppr(xics, 2, 0xff);
    xics_set_source(xics, nr, true);
    ck_assert_uint_eq(icp_accept(xics, 2), 0xff000000 | nr);
    xics_set_source(xics, nr, true);
    ck_assert(!accel.line[2]);
    icp_eoi(xics, 2, 0xff000000 | nr);
    ck_assert(accel.line[2]);
    ck_assert_uint_eq(icp_accept(xics, 2), 0xff000000 | nr);
    xics_set_source(xics, nr, false);
    icp_eoi(xics, 2, 0xff000000 | nr);
    ck_assert(!accel.line[2]);
}
END_TEST

START_TEST(an_inactive_one_keeps_levels_only)
{
    xics_write_xive(xics, XICS_FIRST, 0, 5, 5);
    icp_set_cppr(xics, 0, 0xff);
    xics_set_source(xics, XICS_FIRST, true);
    ck_assert(accel.line[0]);
    xics_set_active(xics, false);
    ck_assert(!accel.line[0]);
    xics_set_source(xics, XICS_FIRST + 1, true);
    xics_set_source(xics, XICS_FIRST + 5, true);
    xics_set_active(xics, true);
    icp_set_cppr(xics, 0, 0xff);
    xics_write_xive(xics, XICS_FIRST + 5, 0, 5, 5);
    ck_assert(!accel.line[0]);
    xics_write_xive(xics, XICS_FIRST + 1, 0, 5, 5);
    ck_assert_uint_eq(icp_accept(xics, 0), 0xff000000 | (XICS_FIRST + 1));
    xics_write_xive(xics, XICS_FIRST, 0, 4, 4);
    ck_assert_uint_eq(icp_accept(xics, 0), 0x05000000 | XICS_FIRST);
}
END_TEST

START_TEST(a_released_source_is_forgotten)
{
    xics_write_xive(xics, XICS_FIRST + 2, 0, 5, 5);
    xics_write_xive(xics, XICS_FIRST + 3, 0, 6, 6);
    icp_set_cppr(xics, 0, 0xff);
    xics_set_source(xics, XICS_FIRST + 2, true);
    xics_set_source(xics, XICS_FIRST + 3, true);
    xics_release(xics, XICS_FIRST + 2);
    ck_assert(xics_check(xics));
    ck_assert(!xics_is_claimed(xics, XICS_FIRST + 2));
    ck_assert_uint_eq(icp_accept(xics, 0), 0xff000000 | (XICS_FIRST + 3));
    icp_eoi(xics, 0, 0xff000000 | (XICS_FIRST + 3));
    xics_claim(xics, XICS_FIRST + 2, false);
    xics_write_xive(xics, XICS_FIRST + 2, 0, 5, 5);
    ck_assert(!accel.line[0]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("xics");
    TCase *tcase = tcase_create("xics");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, holds_the_most_favoured_of_all, 0, SEEDS);
    tcase_add_test(tcase, reset_blocks_everything);
    tcase_add_test(tcase, a_masked_message_is_not_lost);
    tcase_add_test(tcase, an_lsi_comes_again_while_its_level_is_high);
    tcase_add_test(tcase, an_inactive_one_keeps_levels_only);
    tcase_add_test(tcase, a_released_source_is_forgotten);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
