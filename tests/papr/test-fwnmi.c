/* Firmware-assisted interrupts: where the processor goes, what it finds there, who owns the log. */
#include <string.h>

#include "tests/papr/fixture.h"

enum { REGISTER = 0x202b, INTERLOCK = 0x202c, BASE = 0x1000000, RESET_AT = 0x3000, CHECK_AT = 0x3100 };

static struct fixture *registered(void)
{
    struct fixture *f = fixture_new(NULL);
    uint32_t ret[16];

    f->platform->rtas_base = BASE;
    ck_assert_int_eq(RTAS(f, REGISTER, ret, 1, RESET_AT, CHECK_AT), RTAS_OK);
    return f;
}

static struct cpu *at(struct fixture *f, unsigned index, uint64_t address)
{
    struct cpu *c = fixture_vcpu(f, index)->cpu;

    c->cia = c->nia = address;
    c->gpr[3] = 0x1234 + index;
    cpu_set_msr(c, MSR_SF | MSR_ME | MSR_EE);
    return c;
}

START_TEST(without_handlers_the_vectors)
{
    struct fixture *f = fixture_new(NULL);
    struct cpu *c = at(f, 0, 0x4000);

    HCALL(f, H_SIGNAL_SYS_RESET, 0);
    ck_assert(cpu_deliver_pending(c));
    ck_assert_uint_eq(c->nia, VECTOR_SYSTEM_RESET);
    at(f, 0, 0x4000);
    fwnmi_inject(f->fwnmi, fixture_vcpu(f, 0), PPC_BIT(42), 0x80, 0x5000, false);
    ck_assert(cpu_deliver_pending(c));
    ck_assert_uint_eq(c->nia, VECTOR_MACHINE_CHECK);
    ck_assert_uint_eq(c->spr[SPR_DSISR], 0x80);
    ck_assert_uint_eq(c->spr[SPR_DAR], 0x5000);
    ck_assert_uint_eq(c->gpr[3], 0x1234);
    fixture_free(f);
}
END_TEST

START_TEST(system_reset_saves_r3)
{
    struct fixture *f = registered();
    struct cpu *c = at(f, 1, 0x4000);
    uint64_t saved, zero = 1;

    ck_assert_int_eq(HCALL(f, H_SIGNAL_SYS_RESET, (uint64_t)-2), H_SUCCESS);
    c = at(f, 1, 0x4000);
    ck_assert(cpu_deliver_pending(c));
    ck_assert_uint_eq(c->nia, RESET_AT);
    ck_assert_uint_eq(c->spr[SPR_SRR0], 0x4000);
    ck_assert_uint_eq(c->gpr[3], BASE + 2048 + 16);
    gpa_load_be64(f->mem, c->gpr[3], &saved);
    gpa_load_be64(f->mem, c->gpr[3] + 8, &zero);
    ck_assert_uint_eq(saved, 0x1235);
    ck_assert_uint_eq(zero, 0);
    ck_assert(!cpu_deliver_pending(c));
    at(f, 0, 0x4000);
    ck_assert(!cpu_deliver_pending(fixture_vcpu(f, 0)->cpu));
    fixture_free(f);
}
END_TEST

START_TEST(machine_check_writes_its_log)
{
    struct fixture *f = registered();
    struct cpu *c = at(f, 0, 0x4000);
    uint8_t log[72];

    fwnmi_inject(f->fwnmi, fixture_vcpu(f, 0), PPC_BIT(42), 0x80, UINT64_C(0xc000000000005000), true);
    ck_assert(cpu_deliver_pending(c));
    ck_assert_uint_eq(c->nia, CHECK_AT);
    ck_assert_uint_eq(c->gpr[3], BASE + 0x30);
    ck_assert_uint_eq(c->spr[SPR_SRR1] & PPC_BIT(42), PPC_BIT(42));
    gpa_read(f->mem, BASE + 0x30, log, sizeof log);
    ck_assert_uint_eq(ld_be64(log), 0x1234);
    ck_assert_uint_eq(ld_be32(log + 8), 0x06641000);
    ck_assert_uint_eq(ld_be32(log + 12), 56);
    ck_assert_uint_eq(log[16], 0x86);
    ck_assert_mem_eq(log + 28, "IBM", 4);
    ck_assert_mem_eq(log + 32, "MC\0\x28\1", 5);
    ck_assert_uint_eq(log[48], 1);    /* SLB */
    ck_assert_uint_eq(log[49], 0x81); /* several entries hit, address there */
    ck_assert_uint_eq(ld_be64(log + 56), UINT64_C(0xc000000000005000));
    fixture_free(f);
}
END_TEST

START_TEST(each_cause_has_its_code)
{
    static const struct {
        uint64_t srr1;
        uint32_t dsisr;
        uint8_t type, subtype;
    } causes[] = {
        { PPC_BIT(42), 0x8000, 0, 3 },  { PPC_BIT(42), 0x4000, 0, 0x44 },   { PPC_BIT(42), 0x800, 2, 0x82 },
        { PPC_BIT(42), 0x400, 4, 0x82 }, { PPC_BIT(42), 0x100, 1, 0x80 },   { PPC_BIT(42), 1, 0, 0 },
        { 0x40000, 0, 0, 0x41 },         { 0x80000, 0, 1, 0x80 },           { 0xc0000, 0, 1, 0x81 },
        { 0x100000, 0, 2, 0x82 },        { 0x140000, 0, 4, 0x82 },          { 0x180000, 0, 0, 0x42 },
        { 0, 0, 0, 0 },
    };
    struct fixture *f = registered();
    uint32_t ret[16];
    uint8_t log[72];

    for (size_t i = 0; i < ARRAY_SIZE(causes); i++) {
        struct cpu *c = at(f, 0, 0x4000);

        fwnmi_inject(f->fwnmi, fixture_vcpu(f, 0), causes[i].srr1, causes[i].dsisr, 1, false);
        ck_assert(cpu_deliver_pending(c));
        gpa_read(f->mem, BASE + 0x30, log, sizeof log);
        ck_assert_uint_eq(ld_be32(log + 8), 0x06741000);
        ck_assert_uint_eq(log[48], causes[i].type);
        ck_assert_uint_eq(log[49], causes[i].subtype);
        ck_assert_int_eq(RTAS(f, INTERLOCK, ret, 1), RTAS_OK);
    }
    fixture_free(f);
}
END_TEST

START_TEST(one_log_at_a_time)
{
    struct fixture *f = registered();
    struct cpu *c = at(f, 0, 0x4000), *other;
    uint32_t ret[16];

    fwnmi_inject(f->fwnmi, fixture_vcpu(f, 0), PPC_BIT(42), 0x80, 0, true);
    cpu_deliver_pending(c);
    /* Another processor waits: its instruction is executed again, an injected check stays asked for. */
    other = at(f, 1, 0x6000);
    fwnmi_inject(f->fwnmi, fixture_vcpu(f, 1), PPC_BIT(42), 0x80, 0, true);
    cpu_deliver_pending(other);
    ck_assert_uint_eq(other->nia, 0x6000);
    /* A second one of the owner's that was mended is nothing. */
    at(f, 0, CHECK_AT);
    fwnmi_inject(f->fwnmi, fixture_vcpu(f, 0), PPC_BIT(42), 0x80, 0, true);
    cpu_deliver_pending(c);
    ck_assert_uint_eq(c->nia, CHECK_AT);
    ck_assert_uint_eq(f->panics, 0);
    ck_assert_int_eq(RTAS(f, INTERLOCK, ret, 1), RTAS_OK);
    at(f, 1, 0x6000);
    cpu_deliver_pending(other);
    ck_assert_uint_eq(other->nia, CHECK_AT);
    /* One of the owner's that was not. Vcpu 0's interlock call is not the owner's. */
    ck_assert_int_eq(RTAS(f, INTERLOCK, ret, 1), RTAS_OK);
    fwnmi_inject(f->fwnmi, fixture_vcpu(f, 1), PPC_BIT(42), 0x80, 0, false);
    at(f, 1, CHECK_AT);
    cpu_deliver_pending(other);
    ck_assert_uint_eq(f->panics, 1);
    fixture_free(f);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        without_handlers_the_vectors, system_reset_saves_r3, machine_check_writes_its_log, each_cause_has_its_code,
        one_log_at_a_time,
    };

    return fixture_run("papr/fwnmi", tests, ARRAY_SIZE(tests));
}
