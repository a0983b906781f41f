/* The special-purpose registers: who may reach which on which model, what comes of it, what they keep. */
#include <check.h>
#include <string.h>

#include "cpu-ppc64/spr.h"

enum { RAM = 1 << 16, HERE = 0x1000 };

static uint64_t now;
static struct mem *mem;

static uint64_t time_now(void *hv)
{
    (void)hv;
    return now;
}

static void nothing(void *hv)
{
    (void)hv;
}

static const struct cpu_hv_ops ops = { .timebase = time_now, .lock = nothing, .unlock = nothing };

static struct cpu *new_cpu(const char *model)
{
    struct cpu *c = cpu_new(cpu_model_find(model, NULL), mem, &ops, NULL, 0, NULL);

    ck_assert_ptr_nonnull(c);
    return c;
}

static void set_up(void)
{
    now = 1000;
    mem = mem_new(RAM, NULL);
}

static void tear_down(void)
{
    mem_free(mem);
}

/* What an access comes to. */
enum outcome { OK, NOTHING, ILLEGAL, PRIVILEGED, UNAVAILABLE };

static enum outcome outcome_of(struct cpu *c, bool done, bool touched)
{
    if (done)
        return touched ? OK : NOTHING;
    if (c->nia == VECTOR_FACILITY_UNAVAILABLE)
        return UNAVAILABLE;
    ck_assert_uint_eq(c->nia, VECTOR_PROGRAM);
    return c->spr[SPR_SRR1] & PROGRAM_ILLEGAL ? ILLEGAL : PRIVILEGED;
}

static void enter(struct cpu *c, uint64_t msr)
{
    c->cia = HERE;
    c->nia = HERE + 4;
    cpu_set_msr(c, MSR_SF | msr);
}

static enum outcome read_as(struct cpu *c, uint64_t msr, unsigned number)
{
    const uint64_t untouched = UINT64_C(0x123456789abcdef0);
    uint64_t value = untouched;
    bool done;

    enter(c, msr);
    done = cpu_spr_read(c, number, &value);
    return outcome_of(c, done, value != untouched);
}

/* Writes that are not taken leave no trace; what they would leave is seen by the registers' places. */
static enum outcome write_as(struct cpu *c, uint64_t msr, unsigned number, uint64_t value)
{
    uint64_t before = c->spr[number];
    bool done;

    enter(c, msr);
    done = cpu_spr_write(c, number, value);
    return outcome_of(c, done, c->spr[number] != before);
}

static const char *const models[] = { "POWER8", "POWER9", "POWER10" };
enum { P8 = 1, P9 = 2, P10 = 4, ALL = 7 };

/* What accesses come to on the models that have a register. To the others it is an unknown one. */
static const struct {
    unsigned number;
    unsigned models;
    enum outcome problem_read, problem_write, privileged_read, privileged_write;
} accesses[] = {
    { SPR_UDSCR, ALL, UNAVAILABLE, UNAVAILABLE, OK, NOTHING },
    { SPR_DSCR, ALL, PRIVILEGED, PRIVILEGED, OK, OK },
    { SPR_DSISR, ALL, PRIVILEGED, PRIVILEGED, OK, OK },
    { SPR_DAR, ALL, PRIVILEGED, PRIVILEGED, OK, OK },
    { SPR_SRR0, ALL, PRIVILEGED, PRIVILEGED, OK, OK },
    { SPR_SRR1, ALL, PRIVILEGED, PRIVILEGED, OK, OK },
    { SPR_CFAR, ALL, PRIVILEGED, PRIVILEGED, OK, OK },
    { SPR_AMR, ALL, PRIVILEGED, PRIVILEGED, OK, OK },
    { SPR_IAMR, ALL, PRIVILEGED, PRIVILEGED, OK, OK },
    { SPR_UAMOR, ALL, PRIVILEGED, PRIVILEGED, OK, OK },
    { SPR_PIDR, P9 | P10, PRIVILEGED, PRIVILEGED, OK, OK },
    { SPR_TFHAR, P8 | P9, UNAVAILABLE, UNAVAILABLE, UNAVAILABLE, UNAVAILABLE },
    { SPR_TFIAR, P8 | P9, UNAVAILABLE, UNAVAILABLE, UNAVAILABLE, UNAVAILABLE },
    { SPR_TEXASR, P8 | P9, UNAVAILABLE, UNAVAILABLE, UNAVAILABLE, UNAVAILABLE },
    { SPR_TEXASRU, P8 | P9, UNAVAILABLE, UNAVAILABLE, UNAVAILABLE, UNAVAILABLE },
    { SPR_UCTRL, ALL, OK, ILLEGAL, OK, NOTHING },
    { SPR_TIDR, P9, PRIVILEGED, PRIVILEGED, OK, OK },
    { SPR_CTRL, ALL, PRIVILEGED, PRIVILEGED, NOTHING, OK },
    { SPR_FSCR, ALL, PRIVILEGED, PRIVILEGED, OK, OK },
    { SPR_PSPB, ALL, PRIVILEGED, PRIVILEGED, OK, OK },
    { SPR_DPDES, ALL, PRIVILEGED, PRIVILEGED, OK, NOTHING },
    { SPR_DAWR0, ALL, PRIVILEGED, PRIVILEGED, NOTHING, NOTHING },
    { SPR_DAWR1, ALL, PRIVILEGED, PRIVILEGED, NOTHING, NOTHING },
    { SPR_CIABR, ALL, PRIVILEGED, PRIVILEGED, NOTHING, NOTHING },
    { SPR_USPRG3, ALL, OK, ILLEGAL, OK, NOTHING },
    { SPR_TB, ALL, OK, ILLEGAL, OK, NOTHING },
    { SPR_TBU, ALL, OK, ILLEGAL, OK, NOTHING },
    { SPR_TBL_W, ALL, PRIVILEGED, PRIVILEGED, NOTHING, NOTHING },
    { SPR_SPRG0, ALL, PRIVILEGED, PRIVILEGED, OK, OK },
    { SPR_SPRG3, ALL, PRIVILEGED, PRIVILEGED, OK, OK },
    { SPR_PVR, ALL, PRIVILEGED, PRIVILEGED, OK, NOTHING },
    { SPR_SPURR, ALL, PRIVILEGED, PRIVILEGED, OK, NOTHING },
    { SPR_PURR, ALL, PRIVILEGED, PRIVILEGED, OK, NOTHING },
    { SPR_LPCR, ALL, PRIVILEGED, PRIVILEGED, NOTHING, NOTHING },
    { SPR_UHDEXCR, P10, OK, ILLEGAL, OK, NOTHING },
    { SPR_HASHKEYR, P10, PRIVILEGED, PRIVILEGED, OK, OK },
    { SPR_HASHPKEYR, ALL, PRIVILEGED, PRIVILEGED, NOTHING, NOTHING },
    { SPR_UDEXCR, P10, OK, ILLEGAL, OK, NOTHING },
    { SPR_DEXCR, P10, PRIVILEGED, PRIVILEGED, OK, OK },
    { SPR_TAR, ALL, UNAVAILABLE, UNAVAILABLE, OK, OK },
    { SPR_EBBHR, ALL, UNAVAILABLE, UNAVAILABLE, OK, OK },
    { SPR_EBBRR, ALL, UNAVAILABLE, UNAVAILABLE, OK, OK },
    { SPR_PSSCR, P9 | P10, PRIVILEGED, PRIVILEGED, OK, OK },
    { 855, ALL, PRIVILEGED, PRIVILEGED, NOTHING, NOTHING }, /* the hypervisor's PSSCR */
    { SPR_IC, ALL, PRIVILEGED, PRIVILEGED, OK, NOTHING },
    { SPR_VTB, ALL, PRIVILEGED, PRIVILEGED, OK, NOTHING },
    { SPR_PPR, ALL, OK, OK, OK, OK },
    { SPR_PIR, ALL, PRIVILEGED, PRIVILEGED, OK, NOTHING },
    { SPR_SIER2, P10, PRIVILEGED, PRIVILEGED, OK, OK },
    { SPR_MMCR3, P10, PRIVILEGED, PRIVILEGED, OK, OK },
    { 808, ALL, NOTHING, NOTHING, NOTHING, NOTHING },
    { 811, ALL, NOTHING, NOTHING, NOTHING, NOTHING },
    { 0, ALL, ILLEGAL, ILLEGAL, ILLEGAL, ILLEGAL },
    { 4, ALL, ILLEGAL, ILLEGAL, ILLEGAL, NOTHING },
    { 6, ALL, ILLEGAL, ILLEGAL, ILLEGAL, NOTHING },
    { 1000, ALL, ILLEGAL, ILLEGAL, NOTHING, NOTHING },
};

START_TEST(who_may_reach_what)
{
    struct cpu *c = new_cpu(models[_i]);

    for (size_t n = 0; n < ARRAY_SIZE(accesses); n++) {
        unsigned number = accesses[n].number;
        bool is_there = accesses[n].models & 1u << _i;
        enum outcome unknown = number & 0x10 ? PRIVILEGED : ILLEGAL;
        /* Bits that all of them have. */
        uint64_t value = number == SPR_IAMR    ? PPC_BIT(11) | PPC_BIT(13)
                         : number == SPR_PPR   ? PPC_FIELD_PUT(3, 11, 13)
                         : number == SPR_FSCR                    ? 1u << FSCR_TAR
                         : number == SPR_DEXCR                   ? PPC_BIT(37)
                         : number == SPR_CTRL                    ? 0
                                                                 : 0x155;

        cpu_reset(c);
        ck_assert_msg(read_as(c, MSR_PR, number) == (is_there ? accesses[n].problem_read : unknown),
                      "%s: problem state reads %u", models[_i], number);
        ck_assert_msg(write_as(c, MSR_PR, number, value) == (is_there ? accesses[n].problem_write : unknown),
                      "%s: problem state writes %u", models[_i], number);
        cpu_reset(c);
        ck_assert_msg(read_as(c, 0, number) == (is_there ? accesses[n].privileged_read : NOTHING),
                      "%s: a kernel reads %u", models[_i], number);
        ck_assert_msg(write_as(c, 0, number, value) == (is_there ? accesses[n].privileged_write : NOTHING),
                      "%s: a kernel writes %u", models[_i], number);
    }
    cpu_free(c);
}
END_TEST

/* Numbers that are no register's: what comes of them depends on the number and the state alone. */
START_TEST(numbers_of_nothing)
{
    struct cpu *c = new_cpu(models[_i]);

    for (unsigned number = 0; number < 1024; number++) {
        enum outcome problem = number >= 808 && number <= 811 ? NOTHING : number & 0x10 ? PRIVILEGED : ILLEGAL;
        bool is_there = false;

        for (size_t i = 0; spr_row_at(i); i++)
            is_there |= spr_row_at(i)->number == number && spr_row_at(i)->level <= c->model->level &&
                        (!spr_row_at(i)->last || spr_row_at(i)->last >= c->model->level);
        if (is_there)
            continue;
        ck_assert_msg(read_as(c, MSR_PR, number) == problem, "%s: problem state reads %u", models[_i], number);
        ck_assert_msg(write_as(c, MSR_PR, number, 1) == problem, "%s: problem state writes %u", models[_i], number);
        ck_assert_msg(read_as(c, 0, number) == (number == 0 || (number >= 4 && number <= 6) ? ILLEGAL : NOTHING),
                      "%s: a kernel reads %u", models[_i], number);
        ck_assert_msg(write_as(c, 0, number, 1) == (number == 0 ? ILLEGAL : NOTHING), "%s: a kernel writes %u", models[_i],
                      number);
    }
    cpu_free(c);
}
END_TEST

/* What is left of a register into which all ones were written, in privileged state. */
static const struct {
    unsigned number, models;
    uint64_t kept;
} widths[] = {
    { SPR_DSISR, ALL, UINT32_MAX },
    { SPR_DAR, ALL, UINT64_MAX },
    { SPR_VRSAVE, ALL, UINT32_MAX },
    { SPR_PSPB, ALL, UINT32_MAX },
    { SPR_DSCR, ALL, 0x1ffffff },
    { SPR_UDSCR, ALL, 0x1ffffff },
    { SPR_IAMR, ALL, UINT64_C(0x5555555555555555) },
    { SPR_PIDR, P9 | P10, 0xfffff },
    { SPR_DEC, ALL, UINT32_MAX },
    { SPR_PPR, ALL, PPC_FIELD_PUT(4, 11, 13) }, /* there is no priority 7 for it: what was */
    { SPR_PPR32, ALL, PPC_FIELD_PUT(4, 11, 13) >> 32 },
    { SPR_CTRL, ALL, 0 },
    { SPR_UAMOR, ALL, UINT64_MAX },
    { SPR_TAR, ALL, UINT64_MAX },
    { SPR_EBBHR, ALL, UINT64_MAX },
    { SPR_PMC1 + 5, ALL, UINT32_MAX },
    { SPR_BESCR, P8, UINT64_C(0x8000000100000001) },
    { SPR_BESCR, P9 | P10, UINT64_C(0x8000000300000003) },
    { SPR_DEXCR, P10, UINT64_C(0x9e0000009e000000) },
    { SPR_FSCR, P8, UINT64_C(0xff00000000000184) },
    { SPR_FSCR, P9, UINT64_C(0xff00000000001184) },
    { SPR_FSCR, P10, UINT64_C(0xff00000000003184) },
};

START_TEST(width)
{
    struct cpu *c = new_cpu(models[_i]);

    for (size_t n = 0; n < ARRAY_SIZE(widths); n++) {
        uint64_t value = 0;

        if (!(widths[n].models & 1u << _i))
            continue;
        cpu_reset(c);
        enter(c, 0);
        ck_assert(cpu_spr_write(c, widths[n].number, UINT64_MAX));
        ck_assert(cpu_spr_read(c, widths[n].number, &value));
        ck_assert_msg(value == widths[n].kept, "%s: %u keeps %llx", models[_i], widths[n].number,
                      (unsigned long long)value);
    }
    cpu_free(c);
}
END_TEST

/* A priority that the state may not have changes nothing. */
START_TEST(priorities)
{
    static const struct { bool problem; unsigned boost, most; } cases[] = { { true, 0, 4 }, { true, 1, 5 }, { false, 0, 6 } };
    struct cpu *c = new_cpu(models[_i]);
    uint64_t value;

    for (size_t n = 0; n < ARRAY_SIZE(cases); n++)
        for (unsigned priority = 0; priority < 8; priority++) {
            cpu_reset(c);
            enter(c, cases[n].problem ? MSR_PR : 0);
            c->spr[SPR_PSPB] = cases[n].boost;
            ck_assert(cpu_spr_write(c, SPR_PPR32, priority == 4 ? 2u << 18 : priority << 18));
            if (priority == 4)
                ck_assert(cpu_spr_write(c, SPR_PPR, PPC_FIELD_PUT(4, 11, 13) | PPC_BIT(0) | 1));
            ck_assert(cpu_spr_read(c, SPR_PPR, &value));
            ck_assert_uint_eq(value, PPC_FIELD_PUT(priority && priority <= cases[n].most ? priority : 4, 11, 13));
        }
    cpu_free(c);
}
END_TEST

/* Counters that a partition only reads go on with time or work. */
START_TEST(what_moves)
{
    static const enum spr numbers[] = { SPR_TB, SPR_VTB, SPR_PURR, SPR_SPURR, SPR_IC };
    struct cpu *c = new_cpu(models[_i]);
    uint64_t before, after;

    for (size_t n = 0; n < ARRAY_SIZE(numbers); n++) {
        enter(c, 0);
        ck_assert(cpu_spr_read(c, numbers[n], &before));
        now += 100;
        c->instructions += 100;
        ck_assert(cpu_spr_read(c, numbers[n], &after));
        ck_assert_uint_eq(after, before + 100);
    }
    cpu_free(c);
}
END_TEST

START_TEST(facilities_of_problem_state)
{
    static const struct { unsigned number; enum fscr_bit facility; } gated[] = {
        { SPR_UDSCR, FSCR_DSCR }, { SPR_TAR, FSCR_TAR }, { SPR_EBBHR, FSCR_EBB }, { SPR_BESCR, FSCR_EBB },
        { SPR_BESCRS + 1, FSCR_EBB },
    };
    struct cpu *c = new_cpu(models[_i]);

    for (size_t n = 0; n < ARRAY_SIZE(gated); n++) {
        uint64_t fscr = UINT64_MAX;

        enter(c, 0);
        ck_assert(cpu_spr_write(c, SPR_FSCR, ~(1u << gated[n].facility)));
        ck_assert(read_as(c, MSR_PR, gated[n].number) == UNAVAILABLE);
        ck_assert_uint_eq(c->spr[SPR_SRR0], HERE);
        ck_assert_uint_eq(c->spr[SPR_FSCR] >> 56, gated[n].facility);
        enter(c, 0);
        ck_assert(cpu_spr_write(c, SPR_FSCR, 1u << gated[n].facility));
        ck_assert(read_as(c, MSR_PR, gated[n].number) == OK);
        ck_assert(read_as(c, MSR_PR, SPR_FSCR) == PRIVILEGED);
        enter(c, 0);
        ck_assert(cpu_spr_read(c, SPR_FSCR, &fscr));
        ck_assert_uint_eq(fscr, 1u << gated[n].facility);
    }
    cpu_free(c);
}
END_TEST

START_TEST(transactional_memory)
{
    struct cpu *c = new_cpu("POWER8");
    uint64_t value;

    ck_assert(read_as(c, MSR_PR | MSR_TM, SPR_TFHAR) == UNAVAILABLE);
    ck_assert_uint_eq(c->spr[SPR_FSCR] >> 56, FSCR_TM);
    c->has_tm = true;
    ck_assert(read_as(c, 0, SPR_TFHAR) == UNAVAILABLE);
    ck_assert(write_as(c, MSR_PR | MSR_TM, SPR_TEXASR, UINT64_C(0x1122334455667788)) == OK);
    ck_assert(cpu_spr_read(c, SPR_TEXASRU, &value));
    ck_assert_uint_eq(value, 0x11223344);
    ck_assert(cpu_spr_write(c, SPR_TEXASRU, UINT64_C(0x99999999aabbccdd)));
    ck_assert_uint_eq(c->spr[SPR_TEXASR], UINT64_C(0xaabbccdd55667788));
    cpu_free(c);
}
END_TEST

START_TEST(problem_state_sees_its_half_of_dexcr)
{
    struct cpu *c = new_cpu("POWER10");
    uint64_t value = 0;

    enter(c, 0);
    ck_assert(cpu_spr_write(c, SPR_DEXCR, UINT64_C(0x8400000002000000)));
    enter(c, MSR_PR);
    ck_assert(cpu_spr_read(c, SPR_UDEXCR, &value));
    ck_assert_uint_eq(value, 0x02000000);
    cpu_free(c);
}
END_TEST

START_TEST(compatibility_mode)
{
    struct cpu *c = new_cpu("POWER10");

    c->level = CPU_ISA_3_0;
    ck_assert(read_as(c, MSR_PR, SPR_UDEXCR) == ILLEGAL);
    ck_assert(read_as(c, 0, SPR_UDEXCR) == OK);
    ck_assert(write_as(c, 0, SPR_DEXCR, PPC_BIT(37)) == OK);
    cpu_free(c);
}
END_TEST

START_TEST(decrementer)
{
    struct cpu *c = new_cpu("POWER9");
    uint64_t value;

    enter(c, 0);
    ck_assert(cpu_spr_write(c, SPR_DEC, UINT64_C(0x1ffffffff)));
    ck_assert(cpu_spr_read(c, SPR_DEC, &value));
    ck_assert_uint_eq(value, UINT32_MAX);
    c->lpcr |= LPCR_LD;
    ck_assert(cpu_spr_write(c, SPR_DEC, UINT64_C(0x00ffffffffffff00)));
    ck_assert(cpu_spr_read(c, SPR_DEC, &value));
    ck_assert_uint_eq(value, UINT64_C(0xffffffffffffff00));
    ck_assert(cpu_spr_write(c, SPR_DEC, UINT64_C(0xff7fffffffffff00)));
    ck_assert(cpu_spr_read(c, SPR_DEC, &value));
    ck_assert_uint_eq(value, UINT64_C(0x007fffffffffff00));
    cpu_free(c);
}
END_TEST

START_TEST(doorbell_that_is_pending)
{
    struct cpu *c = new_cpu("POWER8");
    uint64_t value = 9;

    enter(c, 0);
    ck_assert(cpu_spr_read(c, SPR_DPDES, &value));
    ck_assert_uint_eq(value, 0);
    cpu_request(c, CPU_REQUEST_DOORBELL);
    ck_assert(cpu_spr_read(c, SPR_DPDES, &value));
    ck_assert_uint_eq(value, 1);
    cpu_free(c);
}
END_TEST

START_TEST(model_names)
{
    static const struct { const char *name, *of_name; uint32_t pvr, logical; } names[] = {
        { "power8_v2.0", "PowerPC,POWER8", 0x004d0200, 0x0f000004 },
        { "POWER8E", "PowerPC,POWER8", 0x004b0201, 0x0f000004 },
        { "power8nvl", "PowerPC,POWER8", 0x004c0100, 0x0f000004 },
        { "POWER9", "PowerPC,POWER9", 0x004e1202, 0x0f000005 },
        { "power10_v2.0", "PowerPC,POWER10", 0x00801200, 0x0f000006 },
        { "Power11", "PowerPC,POWER11", 0x00821200, 0x0f000007 },
    };

    for (size_t n = 0; n < ARRAY_SIZE(names); n++) {
        const struct cpu_model *model = cpu_model_find(names[n].name, NULL);
        const uint8_t *features;
        size_t size;

        ck_assert_ptr_nonnull(model);
        ck_assert_str_eq(model->of_name, names[n].of_name);
        ck_assert_uint_eq(model->pvr, names[n].pvr);
        ck_assert_uint_eq(model->logical_pvr, names[n].logical);
        features = cpu_pa_features(model->level, &size);
        ck_assert_uint_eq(features[0], size - 2);
        ck_assert_uint_eq(size, model->level == CPU_ISA_2_07 ? 26 : model->level == CPU_ISA_3_0 ? 68 : 76);
        ck_assert(model->has_radix == (model->level >= CPU_ISA_3_0));
    }
}
END_TEST

/* Numbers are there once, names too. */
START_TEST(rows)
{
    for (size_t i = 0; spr_row_at(i); i++)
        for (size_t j = 0; j < i; j++) {
            ck_assert_uint_ne(spr_row_at(i)->number, spr_row_at(j)->number);
            ck_assert_str_ne(spr_row_at(i)->name, spr_row_at(j)->name);
        }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("spr");
    TCase *t = tcase_create("all");
    SRunner *runner = srunner_create(s);
    int failed;

    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_loop_test(t, who_may_reach_what, 0, ARRAY_SIZE(models));
    tcase_add_loop_test(t, numbers_of_nothing, 0, ARRAY_SIZE(models));
    tcase_add_loop_test(t, width, 0, ARRAY_SIZE(models));
    tcase_add_loop_test(t, priorities, 0, ARRAY_SIZE(models));
    tcase_add_loop_test(t, what_moves, 0, ARRAY_SIZE(models));
    tcase_add_loop_test(t, facilities_of_problem_state, 0, ARRAY_SIZE(models));
    tcase_add_test(t, transactional_memory);
    tcase_add_test(t, problem_state_sees_its_half_of_dexcr);
    tcase_add_test(t, compatibility_mode);
    tcase_add_test(t, decrementer);
    tcase_add_test(t, doorbell_that_is_pending);
    tcase_add_test(t, model_names);
    tcase_add_test(t, rows);
    suite_add_tcase(s, t);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
