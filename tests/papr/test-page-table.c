/* The hash page table: its hypercalls, and translation through it by a processor. */
#include <check.h>

#include "cpu-ppc64/mmu/hash.h"
#include "cpu-ppc64/mmu/hpt.h"
#include "tests/papr/fixture.h"

#define FLAG_EXACT PPC_BIT(24)
#define FLAG_READ_4 PPC_BIT(26)
#define FLAG_AVPN PPC_BIT(32)

/* A page of 4 KiB at guest physical address at, for the virtual page number of avpn. */
#define V(avpn) ((uint64_t)(avpn) << 7 | HPTE_VALID)
#define R(at) ((at) | HPTE_M)

START_TEST(enter_finds_a_free_slot)
{
    struct fixture *f = fixture_new(NULL);

    for (unsigned i = 0; i < HPT_GROUP_ENTRIES; i++) {
        ck_assert_int_eq(HCALL(f, H_ENTER, 0, 16 + 3, V(i), R(0x5000)), H_SUCCESS);
        ck_assert_uint_eq(fixture_gpr(f, 4), 16 + i);
    }
    ck_assert_int_eq(HCALL(f, H_ENTER, 0, 16, V(9), R(0x5000)), H_PTEG_FULL);
    ck_assert_int_eq(HCALL(f, H_ENTER, FLAG_EXACT, 17, V(9), R(0x5000)), H_PTEG_FULL);
    ck_assert_int_eq(HCALL(f, H_ENTER, FLAG_EXACT, 31, V(9), R(0x5000)), H_SUCCESS);
    ck_assert_uint_eq(fixture_gpr(f, 4), 31);
    fixture_free(f);
}
END_TEST

START_TEST(enter_checks_what_it_is_given)
{
    struct fixture *f = fixture_new(NULL);

    /* Cached storage where a device would be, uncached RAM, an index beyond the table. */
    ck_assert_int_eq(HCALL(f, H_ENTER, 0, 0, V(1), R(UINT64_C(0x8000000000))), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_ENTER, 0, 0, V(1), 0x5000 | HPTE_I), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_ENTER, 0, UINT64_C(1) << 40, V(1), R(0x5000)), H_PARAMETER);
    /* A page of 16 MiB on a machine with 64 KiB at most, an encoding that is none. */
    ck_assert_int_eq(HCALL(f, H_ENTER, 0, 0, V(1) | HPTE_LARGE, R(0)), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_ENTER, 0, 0, V(1) | HPTE_LARGE, R(0xf000)), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_ENTER, 0, 0, V(1) | HPTE_LARGE, R(0x1000)), H_SUCCESS);
    fixture_free(f);
}
END_TEST

START_TEST(read_protect_and_remove)
{
    struct fixture *f = fixture_new(NULL);

    ck_assert_int_eq(HCALL(f, H_ENTER, FLAG_EXACT, 42, V(5), R(0x5000) | HPTE_R), H_SUCCESS);
    ck_assert_int_eq(HCALL(f, H_READ, 0, 42), H_SUCCESS);
    ck_assert_uint_eq(fixture_gpr(f, 4), V(5));
    ck_assert_uint_eq(fixture_gpr(f, 5), R(0x5000) | HPTE_R);
    ck_assert_int_eq(HCALL(f, H_READ, FLAG_READ_4, 43), H_SUCCESS);
    ck_assert_uint_eq(fixture_gpr(f, 8), V(5));
    ck_assert_int_eq(HCALL(f, H_PROTECT, FLAG_AVPN | 3, 42, 6 << 7), H_NOT_FOUND);
    ck_assert_int_eq(HCALL(f, H_PROTECT, FLAG_AVPN | 3 | HPTE_N, 42, 5 << 7), H_SUCCESS);
    ck_assert_int_eq(HCALL(f, H_CLEAR_REF, 0, 42), H_SUCCESS);
    ck_assert_int_eq(HCALL(f, H_REMOVE, FLAG_AVPN, 42, 5 << 7), H_SUCCESS);
    ck_assert_uint_eq(fixture_gpr(f, 4), V(5));
    ck_assert_uint_eq(fixture_gpr(f, 5), R(0x5000) | HPTE_N | 3);
    ck_assert_int_eq(HCALL(f, H_REMOVE, 0, 42, 0), H_NOT_FOUND);
    ck_assert_int_eq(HCALL(f, H_REMOVE, 0, UINT64_MAX, 0), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_READ, 0, UINT64_MAX), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_PROTECT, 0, UINT64_MAX, 0), H_PARAMETER);
    fixture_free(f);
}
END_TEST

START_TEST(bulk_remove_answers_each)
{
    struct fixture *f = fixture_new(NULL);
    const uint64_t request = PPC_BIT(1), end = PPC_BITMASK(0, 1);

    ck_assert_int_eq(HCALL(f, H_ENTER, FLAG_EXACT, 8, V(5), R(0x5000) | HPTE_R | HPTE_C), H_SUCCESS);
    ck_assert_int_eq(HCALL(f, H_BULK_REMOVE, request | 8, 0, request | 9, 0, end, 0, request | 8, 0), H_SUCCESS);
    ck_assert_uint_eq(fixture_gpr(f, 4), PPC_BIT(0) | PPC_BITMASK(4, 5) | 8);
    ck_assert_uint_eq(fixture_gpr(f, 6), PPC_BIT(0) | PPC_BIT(3) | 9);
    ck_assert_uint_eq(fixture_gpr(f, 8), end);
    ck_assert_int_eq(HCALL(f, H_BULK_REMOVE, request | PPC_BITMASK(8, 63), 0), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_BULK_REMOVE, 0, 0), H_PARAMETER);
    fixture_free(f);
}
END_TEST

/* The processor with one segment of 256 MiB at 0xc..., VSID 7, in privileged state. */
static struct cpu *with_segment(struct fixture *f)
{
    struct cpu *c = fixture_vcpu(f, 0)->cpu;

    c->slb[0] = (struct slb_entry){ UINT64_C(0xc000000000000000) | SLB_VALID, 7 << 12 | SLB_KP };
    cpu_set_msr(c, MSR_SF | MSR_DR | MSR_IR);
    return c;
}

static uint64_t group_of(const struct cpu *c, uint64_t offset)
{
    uint64_t mask = (UINT64_C(1) << (c->hpt->shift - 7)) - 1;

    return (hpt_hash(7, offset, false, 12) & mask) * HPT_GROUP_ENTRIES;
}

START_TEST(processor_translates)
{
    struct fixture *f = fixture_new(NULL);
    const uint64_t ea = UINT64_C(0xc000000000345678), v = V(7 << 5) | 0;
    struct cpu *c = with_segment(f);
    struct translation t;

    ck_assert(!mmu_translate(c, ea, MMU_LOAD, &t));
    ck_assert_uint_eq(c->nia & 0xfff, VECTOR_DATA_STORAGE);
    ck_assert_uint_eq(c->spr[SPR_DSISR], DSISR_NO_TRANSLATION);
    ck_assert_int_eq(HCALL(f, H_ENTER, 0, group_of(c, 0x345678), v, R(0x5000)), H_SUCCESS);
    with_segment(f);
    ck_assert(mmu_translate(c, ea, MMU_LOAD, &t));
    ck_assert_uint_eq(t.gpa, 0x5678);
    ck_assert(!t.can_store);
    ck_assert(mmu_translate(c, ea, MMU_STORE, &t));
    ck_assert_int_eq(HCALL(f, H_READ, 0, group_of(c, 0x345678)), H_SUCCESS);
    ck_assert_uint_eq(fixture_gpr(f, 5), R(0x5000) | HPTE_R | HPTE_C);
    fixture_free(f);
}
END_TEST

START_TEST(protection_and_keys)
{
    struct fixture *f = fixture_new(NULL);
    const uint64_t ea = UINT64_C(0xc000000000345678);
    struct cpu *c = with_segment(f);
    struct translation t;

    /* PP 0: with key 0 all, with key 1 nothing. Storage key 5. */
    ck_assert_int_eq(HCALL(f, H_ENTER, 0, group_of(c, 0x345678), V(7 << 5), R(0x5000) | 5 << 9 | HPTE_N), H_SUCCESS);
    cpu_set_msr(c, c->msr | MSR_PR);
    ck_assert(!mmu_translate(c, ea, MMU_LOAD, &t));
    ck_assert_uint_eq(c->spr[SPR_DSISR], DSISR_PROTECTION);
    with_segment(f);
    ck_assert(cpu_spr_write(c, SPR_AMR, PPC_BIT(10)));
    ck_assert(mmu_translate(c, ea, MMU_LOAD, &t));
    ck_assert(!mmu_translate(c, ea, MMU_STORE, &t));
    ck_assert_uint_eq(c->spr[SPR_DSISR], DSISR_KEY | DSISR_STORE);
    with_segment(f);
    c->nia = ea;
    ck_assert(!mmu_translate(c, ea, MMU_FETCH, &t));
    ck_assert_uint_eq(c->spr[SPR_SRR1] & PPC_BITMASK(33, 47), DSISR_NO_EXEC_GUARDED);
    /* No segment: the segment interrupts. */
    with_segment(f);
    ck_assert(!mmu_translate(c, 0x1000, MMU_LOAD, &t));
    ck_assert_uint_eq(c->nia & 0xfff, VECTOR_DATA_SEGMENT);
    ck_assert_uint_eq(c->spr[SPR_DAR], 0x1000);
    fixture_free(f);
}
END_TEST

START_TEST(block_remove_judges_each)
{
    struct fixture *f = fixture_new(NULL);
    const uint64_t request = PPC_BIT(1), end = PPC_BITMASK(0, 1), response = PPC_BIT(0);
    struct cpu *c = with_segment(f);
    const uint64_t v = V(7 << 5), avpn = v & ~UINT64_C(0x7f);
    uint64_t first = group_of(c, 0x8000), second = group_of(c, 0xf000), beyond = group_of(c, 0x10000);

    ck_assert_int_eq(HCALL(f, H_ENTER, FLAG_EXACT, first, v, R(0x5000) | HPTE_R | HPTE_C), H_SUCCESS);
    ck_assert_int_eq(HCALL(f, H_ENTER, FLAG_EXACT, second, v, R(0x6000) | HPTE_R), H_SUCCESS);
    ck_assert_int_eq(HCALL(f, H_ENTER, FLAG_EXACT, beyond, v, R(0x7000)), H_SUCCESS);
    ck_assert_int_eq(HCALL(f, H_ENTER, FLAG_EXACT, first + 1, v | HPTE_BOLTED, R(0x7000)), H_SUCCESS);
    ck_assert_int_eq(HCALL(f, H_ENTER, FLAG_EXACT, first + 2, v | HPTE_LARGE, R(0x10000 | 0x1000)), H_SUCCESS);
    /* All that can be wrong, and the good ones among them. */
    ck_assert_int_eq(HCALL(f, H_BLOCK_REMOVE, avpn, request | PPC_BITMASK(8, 63), request | (first + 5),
                           request | (first + 1), request | PPC_BIT(7) | first, request | second,
                           request | beyond, request | (first + 2), end), H_PARTIAL);
    ck_assert_uint_eq(fixture_gpr(f, 4), response | PPC_FIELD_PUT(2, 2, 4) | PPC_BITMASK(8, 63));
    ck_assert_uint_eq(fixture_gpr(f, 5), response | PPC_FIELD_PUT(1, 2, 4) | (first + 5));
    ck_assert_uint_eq(fixture_gpr(f, 6), response | PPC_FIELD_PUT(1, 2, 4) | (first + 1));
    ck_assert_uint_eq(fixture_gpr(f, 7), response | PPC_BITMASK(5, 6) | first);
    ck_assert_uint_eq(fixture_gpr(f, 8), response | PPC_BIT(5) | second);
    ck_assert_uint_eq(fixture_gpr(f, 9), response | PPC_FIELD_PUT(5, 2, 4) | beyond);
    ck_assert_uint_eq(fixture_gpr(f, 10), response | PPC_FIELD_PUT(3, 2, 4) | (first + 2));
    ck_assert_uint_eq(fixture_gpr(f, 11), end);
    ck_assert_int_eq(HCALL(f, H_READ, 0, first), H_SUCCESS);
    ck_assert_uint_eq(fixture_gpr(f, 4), 0);
    /* Another AVPN; then all is well; then what is no request. */
    ck_assert_int_eq(HCALL(f, H_BLOCK_REMOVE, avpn + 0x80, request | PPC_BIT(7) | beyond, end), H_PARTIAL);
    ck_assert_int_eq(HCALL(f, H_BLOCK_REMOVE, avpn, request | beyond, end), H_SUCCESS);
    ck_assert_int_eq(HCALL(f, H_BLOCK_REMOVE, avpn, 0), H_PARAMETER);
    fixture_free(f);
}
END_TEST

static void no_resize(struct platform_config *config)
{
    config->resize_hpt = false;
}

START_TEST(resizing_has_its_answers)
{
    struct fixture *f = fixture_new(no_resize);

    ck_assert_int_eq(HCALL(f, H_RESIZE_HPT_PREPARE, 0, 20), H_AUTHORITY);
    ck_assert_int_eq(HCALL(f, H_RESIZE_HPT_COMMIT, 0, 20), H_AUTHORITY);
    fixture_free(f);
    f = fixture_new(NULL);
    f->platform->negotiated.radix = true;
    ck_assert_int_eq(HCALL(f, H_RESIZE_HPT_PREPARE, 1, 20), H_NOT_AVAILABLE);
    ck_assert_int_eq(HCALL(f, H_RESIZE_HPT_COMMIT, 1, 20), H_NOT_AVAILABLE);
    f->platform->negotiated.radix = false;
    ck_assert_int_eq(HCALL(f, H_RESIZE_HPT_PREPARE, 0, HPT_MIN_SHIFT - 1), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_RESIZE_HPT_PREPARE, 0, HPT_MAX_SHIFT), H_RESOURCE);
    ck_assert_int_eq(HCALL(f, H_RESIZE_HPT_PREPARE, 0, 0), H_SUCCESS);
    ck_assert_int_eq(HCALL(f, H_RESIZE_HPT_COMMIT, 1, 19), H_PARAMETER);
    fixture_free(f);
}
END_TEST

START_TEST(resizing_keeps_bolted_entries)
{
    struct fixture *f = fixture_new(NULL);
    const uint64_t ea = UINT64_C(0xc000000000345678);
    struct cpu *c = with_segment(f);
    unsigned shift = c->hpt->shift + 1;
    struct translation t;

    ck_assert_int_eq(HCALL(f, H_ENTER, 0, group_of(c, 0x345678), V(7 << 5) | HPTE_BOLTED, R(0x5000)), H_SUCCESS);
    ck_assert_int_eq(HCALL(f, H_RESIZE_HPT_COMMIT, 0, shift), H_CLOSED);
    ck_assert_int_eq(HCALL(f, H_RESIZE_HPT_PREPARE, 0, HPT_MAX_SHIFT + 1), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_RESIZE_HPT_PREPARE, 1, shift), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_RESIZE_HPT_PREPARE, 0, shift), H_SUCCESS);
    ck_assert_int_eq(HCALL(f, H_RESIZE_HPT_COMMIT, 0, shift), H_SUCCESS);
    ck_assert_uint_eq(c->hpt->shift, shift);
    ck_assert(mmu_translate(c, ea, MMU_LOAD, &t));
    ck_assert_uint_eq(t.gpa, 0x5678);
    ck_assert_int_eq(HCALL(f, H_CLEAR_HPT), H_SUCCESS);
    ck_assert(!mmu_translate(c, ea, MMU_LOAD, &t));
    fixture_free(f);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        enter_finds_a_free_slot, enter_checks_what_it_is_given, read_protect_and_remove, bulk_remove_answers_each,
        processor_translates, protection_and_keys, block_remove_judges_each, resizing_has_its_answers,
        resizing_keeps_bolted_entries,
    };

    return fixture_run("papr/page-table", tests, ARRAY_SIZE(tests));
}
