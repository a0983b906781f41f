/* The radix MMU, the software TLB and the interrupts of their failures. */
#include <check.h>
#include <stdlib.h>

#include "cpu-ppc64/interp/access.h"

enum { RAM = 4 << 20, PRTB = 0x10000, ROOT = 0x20000, L2 = 0x30000, L3 = 0x40000, L4 = 0x50000 };

#define VALID PPC_BIT(0)
#define LEAF PPC_BIT(1)
#define REFERENCE UINT64_C(0x100)
#define CHANGE UINT64_C(0x80)
#define PRIVILEGED UINT64_C(8)
#define READ UINT64_C(4)
#define WRITE UINT64_C(2)
#define EXECUTE UINT64_C(1)

/* A kernel address: quadrant 3, process 0. */
#define KERNEL UINT64_C(0xc000000000000000)

static uint64_t no_time(void *hv)
{
    (void)hv;
    return 0;
}

static void nothing(void *hv)
{
    (void)hv;
}

static const struct cpu_hv_ops ops = { .timebase = no_time, .lock = nothing, .unlock = nothing };
static struct mem *mem;
static struct cpu *c;

/* The 52-bit tree that Linux uses: 13 + 9 + 9 + 9 bits over 4 KiB pages. Process 0 and process 1 share
 * its root. */
static void set_up(void)
{
    /* RTS = 21: 52 bits; 13 bits of root. */
    uint64_t root = PPC_FIELD_PUT(2, 1, 2) | ROOT | PPC_FIELD_PUT(5, 56, 58) | 13;

    mem = mem_new(RAM, NULL);
    c = cpu_new(cpu_model_find("POWER9", NULL), mem, &ops, NULL, 0, NULL);
    gpa_store_be64(mem, PRTB, root);
    gpa_store_be64(mem, PRTB + 16, root);
    gpa_store_be64(mem, ROOT, VALID | L2 | 9);
    gpa_store_be64(mem, L2, VALID | L3 | 9);
    gpa_store_be64(mem, L3, VALID | L4 | 9);
    c->process_table = PPC_BIT(0) | PRTB | 0;
    c->lpcr |= LPCR_UPRT | LPCR_HR;
    c->spr[SPR_PIDR] = 1;
    cpu_set_msr(c, MSR_SF | MSR_ME | MSR_IR | MSR_DR);
    c->cia = KERNEL + 0x40;
    c->nia = KERNEL + 0x44;
}

static void tear_down(void)
{
    cpu_free(c);
    mem_free(mem);
}

static void map(unsigned page, uint64_t gpa, uint64_t bits)
{
    gpa_store_be64(mem, L4 + 8 * page, VALID | LEAF | gpa | bits);
}

static uint64_t entry(unsigned page)
{
    uint64_t e;

    gpa_load_be64(mem, L4 + 8 * page, &e);
    return e;
}

START_TEST(load_sets_reference_only)
{
    uint64_t v = 0;

    gpa_store_be32(mem, 0x100008, 0x12345678);
    map(3, 0x100000, READ | WRITE | PRIVILEGED);
    ck_assert(load_u32(c, KERNEL + 0x3008, &v));
    ck_assert_uint_eq(v, 0x12345678);
    ck_assert_uint_eq(entry(3) & (REFERENCE | CHANGE), REFERENCE);
    ck_assert(store_u32(c, KERNEL + 0x3008, 1));
    ck_assert_uint_eq(entry(3) & (REFERENCE | CHANGE), REFERENCE | CHANGE);
}
END_TEST

START_TEST(little_endian_value)
{
    uint64_t v = 0;

    cpu_set_msr(c, c->msr | MSR_LE);
    map(0, 0x100000, READ | WRITE | PRIVILEGED);
    ck_assert(store_u32(c, KERNEL, 0x11223344));
    ck_assert_uint_eq(mem->ram[0x100000], 0x44);
    ck_assert(load_u16(c, KERNEL + 1, &v));
    ck_assert_uint_eq(v, 0x2233);
}
END_TEST

START_TEST(page_crossing)
{
    uint64_t v = 0;

    map(0, 0x100000, READ | WRITE | PRIVILEGED);
    map(1, 0x200000, READ | WRITE | PRIVILEGED);
    ck_assert(store_u64(c, KERNEL + 0xffc, UINT64_C(0x0102030405060708)));
    ck_assert_uint_eq(mem->ram[0x100ffc], 1);
    ck_assert_uint_eq(mem->ram[0x200003], 8);
    ck_assert(load_u64(c, KERNEL + 0xffc, &v));
    ck_assert_uint_eq(v, UINT64_C(0x0102030405060708));
}
END_TEST

START_TEST(page_crossing_store_faults_whole)
{
    map(0, 0x100000, READ | WRITE | PRIVILEGED);
    ck_assert(!store_u64(c, KERNEL + 0xffc, UINT64_MAX));
    ck_assert_uint_eq(mem->ram[0x100ffc], 0);
    ck_assert_uint_eq(c->spr[SPR_DAR], KERNEL + 0x1003);
    ck_assert_uint_eq(c->spr[SPR_DSISR], DSISR_NO_TRANSLATION | DSISR_STORE);
    ck_assert_uint_eq(c->nia, VECTOR_DATA_STORAGE);
    ck_assert_uint_eq(c->spr[SPR_SRR0], KERNEL + 0x40);
}
END_TEST

START_TEST(protection)
{
    uint64_t v;

    map(0, 0x100000, READ | PRIVILEGED);
    ck_assert(load_u8(c, KERNEL, &v));
    ck_assert(!store_u8(c, KERNEL, 1));
    ck_assert_uint_eq(c->spr[SPR_DSISR], DSISR_PROTECTION | DSISR_STORE);
    cpu_set_msr(c, MSR_SF | MSR_IR | MSR_DR | MSR_PR);
    c->spr[SPR_DSISR] = 0;
    ck_assert(!load_u8(c, KERNEL, &v));
    ck_assert_uint_eq(c->spr[SPR_DSISR], DSISR_PROTECTION);
}
END_TEST

START_TEST(quadrants)
{
    uint64_t v;

    ck_assert(!load_u8(c, UINT64_C(0x4000000000000000), &v));
    ck_assert_uint_eq(c->nia, VECTOR_DATA_SEGMENT);
    cpu_set_msr(c, MSR_SF | MSR_IR | MSR_DR);
    ck_assert(!load_u8(c, UINT64_C(0x0010000000000000), &v));
    ck_assert_uint_eq(c->nia, VECTOR_DATA_SEGMENT);
    /* Process 1's tree is the same here. */
    map(5, 0x100000, READ);
    cpu_set_msr(c, MSR_SF | MSR_IR | MSR_DR);
    ck_assert(load_u8(c, 0x5000, &v));
    /* There is no process 256 in a table of 4 KiB. */
    c->spr[SPR_PIDR] = 256;
    mmu_tlb_flush(c);
    ck_assert(!load_u8(c, 0x5000, &v));
    ck_assert_uint_eq(c->nia, VECTOR_DATA_STORAGE);
}
END_TEST

START_TEST(large_pages)
{
    struct translation t;

    gpa_store_be64(mem, L3 + 8, VALID | LEAF | 0x200000 | READ | WRITE | EXECUTE | PRIVILEGED);
    ck_assert(mmu_translate(c, KERNEL + 0x200000 + 0x12345, MMU_LOAD, &t));
    ck_assert_uint_eq(t.gpa, 0x212345);
    ck_assert_uint_eq(t.page_shift, 21);
    gpa_store_be64(mem, L2 + 8, VALID | LEAF | READ | PRIVILEGED);
    ck_assert(mmu_translate(c, KERNEL + 0x40000000 + 0x12345, MMU_LOAD, &t));
    ck_assert_uint_eq(t.gpa, 0x12345);
    ck_assert_uint_eq(t.page_shift, 30);
}
END_TEST

START_TEST(fetch_without_execute_right)
{
    struct translation t;

    map(7, 0x100000, READ | PRIVILEGED);
    c->nia = KERNEL + 0x7000;
    ck_assert(!mmu_translate(c, c->nia, MMU_FETCH, &t));
    ck_assert_uint_eq(c->nia, VECTOR_INSN_STORAGE);
    ck_assert_uint_eq(c->spr[SPR_SRR0], KERNEL + 0x7000);
    ck_assert_uint_eq(c->spr[SPR_SRR1] & (PPC_BITMASK(33, 36) | PPC_BITMASK(42, 47)),
                      DSISR_NO_EXEC_GUARDED);
}
END_TEST

START_TEST(nothing_there_is_a_machine_check)
{
    uint64_t v;

    map(9, UINT64_C(0x40000000), READ | WRITE | PRIVILEGED);
    ck_assert(!load_u32(c, KERNEL + 0x9000, &v));
    ck_assert_uint_eq(c->nia, VECTOR_MACHINE_CHECK);
}
END_TEST

START_TEST(hostile_trees)
{
    static const uint64_t entries[] = {
        VALID | L4 | 0,  VALID | L4 | 31, VALID | L4 | 4, VALID | (RAM - 8) | 9, VALID | PPC_BIT(5) | 9,
        VALID | L3 | 9, UINT64_MAX,
    };
    uint64_t v;

    for (size_t i = 0; i < ARRAY_SIZE(entries); i++) {
        cpu_set_msr(c, MSR_SF | MSR_IR | MSR_DR);
        mmu_tlb_flush(c);
        gpa_store_be64(mem, L3, entries[i]);
        gpa_store_be64(mem, L4, 0);
        ck_assert(!load_u32(c, KERNEL, &v));
        ck_assert_msg(c->nia == VECTOR_DATA_STORAGE || c->nia == VECTOR_MACHINE_CHECK,
                      "entry %zu: vector %llx", i, (unsigned long long)c->nia);
    }
}
END_TEST

START_TEST(interrupt_with_ail)
{
    c->lpcr |= LPCR_AIL | LPCR_ILE;
    cpu_set_msr(c, MSR_SF | MSR_EE | MSR_PR | MSR_IR | MSR_DR | MSR_FP | MSR_RI | MSR_ME);
    cpu_interrupt(c, VECTOR_EXTERNAL, 0x1234, 0);
    ck_assert_uint_eq(c->nia, UINT64_C(0xc000000000004500));
    ck_assert_uint_eq(c->msr, MSR_SF | MSR_ME | MSR_IR | MSR_DR | MSR_LE);
    ck_assert_uint_eq(c->spr[SPR_SRR1],
                      MSR_SF | MSR_EE | MSR_PR | MSR_IR | MSR_DR | MSR_FP | MSR_RI | MSR_ME);
    /* Not for a machine check, nor with relocation off. */
    cpu_interrupt(c, VECTOR_MACHINE_CHECK, 0, 0);
    ck_assert_uint_eq(c->nia, VECTOR_MACHINE_CHECK);
    cpu_interrupt(c, VECTOR_DATA_STORAGE, 0, 0);
    ck_assert_uint_eq(c->nia, VECTOR_DATA_STORAGE);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("mmu");
    TCase *tests = tcase_create("mmu");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, load_sets_reference_only);
    tcase_add_test(tests, little_endian_value);
    tcase_add_test(tests, page_crossing);
    tcase_add_test(tests, page_crossing_store_faults_whole);
    tcase_add_test(tests, protection);
    tcase_add_test(tests, quadrants);
    tcase_add_test(tests, large_pages);
    tcase_add_test(tests, fetch_without_execute_right);
    tcase_add_test(tests, nothing_there_is_a_machine_check);
    tcase_add_test(tests, hostile_trees);
    tcase_add_test(tests, interrupt_with_ail);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
