/* Watchdogs and suspension. */
#include "tests/papr/fixture.h"

enum { START = 1 << 8, STOP = 2 << 8, QUERY = 3 << 8, QUERY_MIGRATION = 4 << 8 };
enum { POWER_OFF = 1, RESTART = 2, DUMP = 3 };

static void pass(struct fixture *f, uint64_t ms)
{
    accel_lock(f->accel);
    watchdogs_expire(f->watchdogs, loop_now_ns() + ms * 1000000);
    accel_unlock(f->accel);
}

START_TEST(arguments)
{
    struct fixture *f = fixture_new(NULL);

    ck_assert_int_eq(HCALL(f, H_WATCHDOG, PPC_BIT(46) | START | RESTART, 1, 1000), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_WATCHDOG, 0, 1, 1000), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_WATCHDOG, 5 << 8, 1, 1000), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_WATCHDOG, START | RESTART, 0, 1000), H_P2);
    ck_assert_int_eq(HCALL(f, H_WATCHDOG, START | RESTART, 5, 1000), H_P2);
    ck_assert_int_eq(HCALL(f, H_WATCHDOG, START | RESTART, 1, 1), H_P3);
    ck_assert_int_eq(HCALL(f, H_WATCHDOG, START, 1, 1000), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_WATCHDOG, START | 4, 1, 1000), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_WATCHDOG, STOP, 0), H_P2);
    ck_assert_int_eq(HCALL(f, H_WATCHDOG, STOP, 5), H_P2);
    ck_assert_int_eq(HCALL(f, H_WATCHDOG, STOP, 1), H_NOOP);
    ck_assert_int_eq(HCALL(f, H_WATCHDOG, STOP, UINT64_MAX), H_NOOP);
    ck_assert_int_eq(HCALL(f, H_WATCHDOG, QUERY), H_SUCCESS);
    ck_assert_uint_eq(fixture_gpr(f, 4), UINT64_C(0x0001000400000000));
    ck_assert_int_eq(HCALL(f, H_WATCHDOG, QUERY_MIGRATION), H_SUCCESS);
    ck_assert_uint_eq(fixture_gpr(f, 4), 2);
    fixture_free(f);
}
END_TEST

START_TEST(their_time_comes)
{
    struct fixture *f = fixture_new(NULL);

    ck_assert_int_eq(HCALL(f, H_WATCHDOG, START | POWER_OFF, 1, 100000), H_SUCCESS);
    ck_assert_int_eq(HCALL(f, H_WATCHDOG, PPC_BIT(47) | START | RESTART, 2, 50000), H_SUCCESS);
    ck_assert_int_eq(HCALL(f, H_WATCHDOG, START | RESTART, 3, UINT64_MAX), H_SUCCESS);
    pass(f, 10000);
    ck_assert_uint_eq(f->reboots + f->power_offs, 0);
    pass(f, 60000);
    ck_assert_uint_eq(f->reboots, 1);
    ck_assert_uint_eq(f->power_offs, 0);
    /* The first one stops the others. */
    pass(f, 110000);
    ck_assert_uint_eq(f->power_offs, 1);
    ck_assert_int_eq(HCALL(f, H_WATCHDOG, STOP, UINT64_MAX), H_NOOP);
    /* Wound again, stopped, forgotten by a reset. */
    HCALL(f, H_WATCHDOG, START | POWER_OFF, 1, 1000);
    HCALL(f, H_WATCHDOG, START | POWER_OFF, 1, 100000);
    pass(f, 50000);
    ck_assert_int_eq(HCALL(f, H_WATCHDOG, STOP, 1), H_SUCCESS);
    pass(f, 200000);
    HCALL(f, H_WATCHDOG, START | POWER_OFF, 4, 1000);
    ck_assert(platform_reset(f->platform, NULL));
    pass(f, 200000);
    ck_assert_uint_eq(f->power_offs, 1);
    fixture_free(f);
}
END_TEST

START_TEST(a_dump_interrupts_who_runs)
{
    struct fixture *f = fixture_new(NULL);

    HCALL(f, H_WATCHDOG, START | DUMP, 1, 1000);
    pass(f, 2000);
    ck_assert(cpu_deliver_pending(fixture_vcpu(f, 0)->cpu));
    ck_assert_uint_eq(fixture_vcpu(f, 0)->cpu->nia, VECTOR_SYSTEM_RESET);
    ck_assert(!cpu_deliver_pending(fixture_vcpu(f, 1)->cpu));
    fixture_free(f);
}
END_TEST

START_TEST(suspension)
{
    struct fixture *f = fixture_new(NULL);
    uint32_t ret[16];

    ck_assert_int_eq(RTAS(f, 0x202a, ret, 1), RTAS_OK);
    fixture_vcpu(f, 1)->state = VCPU_RUNNING;
    ck_assert_int_eq(RTAS(f, 0x202a, ret, 1), RTAS_THREADS_ACTIVE);
    fixture_vcpu(f, 1)->state = VCPU_CEDED;
    fixture_vcpu(f, 1)->cpu->msr |= MSR_EE;
    ck_assert_int_eq(RTAS(f, 0x202a, ret, 1), RTAS_THREADS_ACTIVE);
    fixture_vcpu(f, 1)->state = VCPU_WAITING;
    fixture_vcpu(f, 1)->cpu->msr &= ~(uint64_t)MSR_EE;
    ck_assert_int_eq(RTAS(f, 0x202a, ret, 1), RTAS_OK);
    ck_assert_int_eq(RTAS(f, 0x2050, ret, 1), RTAS_OK);
    ck_assert_int_eq(HCALL(f, H_VASI_STATE, 7), H_SUCCESS);
    ck_assert_uint_eq(fixture_gpr(f, 4), 0);
    fixture_free(f);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = { arguments, their_time_comes, a_dump_interrupts_who_runs, suspension };

    return fixture_run("papr/watchdog", tests, ARRAY_SIZE(tests));
}
