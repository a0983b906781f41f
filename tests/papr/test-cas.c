/* CAS: what is agreed on, and vectors of guests that lie. */
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "cpu-ppc64/mmu/hpt.h"
#include "papr/cas.h"
#include "tests/papr/fixture.h"

enum { VECTORS = 0x80000, BUFFER = 0x100000, BUFFER_SIZE = 0x40000 };

/* Writes the guest's list piece by piece. */
struct writer {
    struct fixture *f;
    gpa_t at;
};

static void put_pvr(struct writer *w, uint32_t mask, uint32_t pvr)
{
    gpa_store_be32(w->f->mem, w->at, mask);
    gpa_store_be32(w->f->mem, w->at + 4, pvr);
    w->at += 8;
}

static void put_byte(struct writer *w, uint8_t byte)
{
    gpa_write(w->f->mem, w->at++, &byte, 1);
}

static void put_vector(struct writer *w, const uint8_t *bytes, size_t size)
{
    put_byte(w, (uint8_t)(size - 1));
    gpa_write(w->f->mem, w->at, bytes, size);
    w->at += size;
}

/* Vectors 1 to 5 as Linux has them, with its choice of interrupt mode and MMU. */
static void put_vectors(struct writer *w, uint8_t irq, uint8_t mmu)
{
    const uint8_t ov1[] = { 0x00, 0x00, 0x80 }, ov_short[] = { 0x80 };
    uint8_t ov5[26] = { [1] = 0xf1, [4] = 0xa0, [5] = 0x05, [21] = 0x80, [22] = irq, [23] = mmu,
                        [25] = 0x40 };

    put_byte(w, 4);
    put_vector(w, ov1, sizeof ov1);
    put_vector(w, ov_short, 1);
    put_vector(w, ov_short, 1);
    put_vector(w, ov_short, 1);
    put_vector(w, ov5, sizeof ov5);
}

static void put_linux_pvrs(struct writer *w)
{
    put_pvr(w, 0xffff0000, 0x004d0000);
    put_pvr(w, 0xffff0000, 0x004e0000);
    put_pvr(w, 0xffffffff, 0x0f000006);
    put_pvr(w, 0xffffffff, 0x0f000005);
    put_pvr(w, 0xffffffff, 0x0f000004);
    put_pvr(w, 0xfffffffe, 0x0f000001); /* ends the list */
}

static int64_t cas(struct fixture *f)
{
    struct error err = { 0 };

    return platform_cas(f->platform, fixture_vcpu(f, 0), VECTORS, &err);
}

static uint32_t phandle(const struct fixture *f, const char *path)
{
    const void *fdt = tree_fdt(f->platform->tree);

    return fdt_get_phandle(fdt, fdt_path_offset(fdt, path));
}

static const void *property(const struct fixture *f, const char *path, const char *name, int *size)
{
    const void *fdt = tree_fdt(f->platform->tree);
    int node = fdt_path_offset(fdt, path);

    ck_assert_int_ge(node, 0);
    return fdt_getprop(fdt, node, name, size);
}

START_TEST(linux_gets_radix_and_xive)
{
    static const uint8_t agreed[] = { 0x19, 0, 0x20, 0, 0, 0xa0, 0x05, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                                      0, 0, 0, 0, 0x80, 0x40, 0x40, 0, 0x40 };
    struct fixture *f = fixture_new(NULL);
    struct writer w = { f, VECTORS };
    uint32_t rtas_before = phandle(f, "/rtas");
    const uint8_t *vector;
    int size;

    put_linux_pvrs(&w);
    put_vectors(&w, 0x40, 0x40);
    ck_assert_int_eq(cas(f), H_SUCCESS);
    ck_assert(f->platform->negotiated.radix);
    ck_assert(f->platform->negotiated.knows_isa_3_0);
    ck_assert_int_eq(f->platform->negotiated.irq_mode, IRQ_XIVE);
    ck_assert_int_eq(f->irq_mode, IRQ_XIVE);
    ck_assert_uint_eq(f->platform->negotiated.compat_pvr, 0x0f000005);
    vector = property(f, "/chosen", "ibm,architecture-vec-5", &size);
    ck_assert_int_eq(size, sizeof agreed);
    ck_assert_mem_eq(vector, agreed, sizeof agreed);
    ck_assert_uint_eq(ld_be32(property(f, "/cpus/PowerPC,POWER9@0", "cpu-version", &size)),
                      0x0f000005);
    ck_assert_uint_eq(phandle(f, "/rtas"), rtas_before);
    fixture_free(f);
}
END_TEST

START_TEST(older_guest_gets_an_older_level)
{
    struct fixture *f = fixture_new(NULL);
    struct writer w = { f, VECTORS };
    const uint8_t ov1[] = { 0, 0, 0 }, other[] = { 0 }, ov5[] = { 0, 0 };
    const uint8_t *features;
    int size;

    put_pvr(&w, 0xffffffff, 0x0f000003);
    put_pvr(&w, 0xffffffff, 0x0f000004);
    put_pvr(&w, 0xffffffff, 0x0f000002);
    put_pvr(&w, 0, 1);
    put_byte(&w, 4);
    put_vector(&w, ov1, sizeof ov1);
    for (int i = 2; i <= 4; i++)
        put_vector(&w, other, 1);
    put_vector(&w, ov5, sizeof ov5);
    ck_assert_int_eq(cas(f), H_SUCCESS);
    ck_assert_uint_eq(f->platform->negotiated.compat_pvr, 0x0f000004);
    ck_assert_int_eq(fixture_vcpu(f, 0)->cpu->level, CPU_ISA_2_07);
    ck_assert_int_eq(fixture_vcpu(f, 1)->cpu->level, CPU_ISA_2_07);
    ck_assert_int_eq(f->irq_mode, IRQ_XICS);
    ck_assert(!f->platform->negotiated.radix);
    features = property(f, "/cpus/PowerPC,POWER9@0", "ibm,pa-features", &size);
    ck_assert_int_eq(size, 26); /* POWER8's: no radix bit */
    ck_assert_uint_eq(features[0], 24);
    ck_assert_ptr_nonnull(property(f, "/rtas", "ibm,associativity-reference-points", &size));
    ck_assert_int_eq(size, 12);
    fixture_free(f);
}
END_TEST

static void power11(struct platform_config *config)
{
    config->model = cpu_model_find("POWER11", NULL);
    config->cap_dawr1 = true;
}

/* Newest first, each guest gets the newest that it knows, and features of that. */
START_TEST(modes_of_power11)
{
    static const struct { uint32_t pvr; enum cpu_isa_level level; int features; } modes[] = {
        { 0x0f000007, CPU_ISA_3_1, 76 }, { 0x0f000006, CPU_ISA_3_1, 76 }, { 0x0f000005, CPU_ISA_3_0, 68 },
        { 0x0f000004, CPU_ISA_2_07, 26 }, { 0x0f000003, CPU_ISA_2_06, 8 },
    };
    struct fixture *f = fixture_new(power11);
    const char *path = "/cpus/PowerPC,POWER11@0";

    for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
        struct writer w = { f, VECTORS };
        const uint8_t *features;
        int size;

        put_pvr(&w, 0xffff0000, 0x00820000);
        for (uint32_t pvr = modes[i].pvr; pvr >= 0x0f000003; pvr--)
            put_pvr(&w, 0xffffffff, pvr);
        put_pvr(&w, 0, 1);
        put_vectors(&w, 0, 0);
        ck_assert_int_eq(cas(f), H_SUCCESS);
        ck_assert_uint_eq(f->platform->negotiated.compat_pvr, modes[i].pvr);
        ck_assert_int_eq(fixture_vcpu(f, 0)->cpu->level, modes[i].level);
        ck_assert_uint_eq(ld_be32(property(f, path, "cpu-version", &size)), modes[i].pvr);
        features = property(f, path, "ibm,pa-features", &size);
        ck_assert_int_eq(size, modes[i].features);
        ck_assert_uint_eq(features[0], size - 2);
        if (size > 66)
            ck_assert_uint_eq(features[2 + 64], modes[i].level == CPU_ISA_3_1 ? 0x80 : 0); /* the second watch point */
    }
    fixture_free(f);
}
END_TEST

static void limit_to_power8(struct platform_config *config)
{
    config->max_compat_pvr = 0x0f000004;
}

START_TEST(max_compat_rules_out_raw_and_newer)
{
    struct fixture *f = fixture_new(limit_to_power8);
    struct writer w = { f, VECTORS };

    ck_assert_int_eq(fixture_vcpu(f, 0)->cpu->level, CPU_ISA_2_07);
    put_pvr(&w, 0xffff0000, 0x004e0000);
    put_pvr(&w, 0xffffffff, 0x0f000005);
    put_pvr(&w, 0, 1);
    put_vectors(&w, 0, 0);
    ck_assert_int_eq(cas(f), H_HARDWARE);
    w.at = VECTORS;
    put_linux_pvrs(&w);
    put_vectors(&w, 0, 0);
    ck_assert_int_eq(cas(f), H_SUCCESS);
    ck_assert_uint_eq(f->platform->negotiated.compat_pvr, 0x0f000004);
    w.at = VECTORS;
    put_linux_pvrs(&w);
    put_vectors(&w, 0, 0x40);
    ck_assert_int_eq(cas(f), H_PARAMETER); /* no radix at that level */
    fixture_free(f);
}
END_TEST

START_TEST(raw_mode)
{
    struct fixture *f = fixture_new(NULL);
    struct writer w = { f, VECTORS };

    put_pvr(&w, 0xffff0000, 0x004e0000);
    put_pvr(&w, 0, 1);
    put_vectors(&w, 0x40, 0x40);
    ck_assert_int_eq(cas(f), H_SUCCESS);
    ck_assert_uint_eq(f->platform->negotiated.compat_pvr, 0);
    fixture_free(f);
}
END_TEST

/* Nothing may have changed. */
static void assert_untouched(const struct fixture *f)
{
    ck_assert(!f->platform->negotiated.cas_done);
    ck_assert_int_eq(f->irq_mode, IRQ_XICS);
    ck_assert_int_eq(fixture_vcpu(f, 0)->cpu->level, CPU_ISA_3_0);
    ck_assert_ptr_nonnull(f->platform->tree);
}

START_TEST(impossible_wishes)
{
    static const struct { uint8_t irq, mmu; } wishes[] = {
        { 0x80, 0x40 }, { 0xc0, 0x40 }, { 0x40, 0x80 }, { 0x40, 0xc0 },
    };
    struct fixture *f = fixture_new(NULL);

    for (size_t i = 0; i < ARRAY_SIZE(wishes); i++) {
        struct writer w = { f, VECTORS };

        put_linux_pvrs(&w);
        put_vectors(&w, wishes[i].irq, wishes[i].mmu);
        ck_assert_int_eq(cas(f), H_PARAMETER);
        assert_untouched(f);
    }
    fixture_free(f);
}
END_TEST

static void only_xics(struct platform_config *config)
{
    config->offers_xive = false;
}

START_TEST(xive_that_is_not_there)
{
    struct fixture *f = fixture_new(only_xics);
    struct writer w = { f, VECTORS };

    put_linux_pvrs(&w);
    put_vectors(&w, 0x40, 0x40);
    ck_assert_int_eq(cas(f), H_PARAMETER);
    assert_untouched(f);
    fixture_free(f);
}
END_TEST

static void only_radix(struct platform_config *config)
{
    config->radix_only = true;
}

/* An accelerator without hash page tables. */
START_TEST(hash_that_is_not_there)
{
    struct fixture *f = fixture_new(only_radix);
    struct writer w = { f, VECTORS };
    const uint8_t *support;
    int size;

    support = property(f, "/chosen", "ibm,arch-vec-5-platform-support", &size);
    ck_assert_uint_eq(support[3], 0x40);
    put_linux_pvrs(&w);
    put_vectors(&w, 0x40, 0x00);
    ck_assert_int_eq(cas(f), H_PARAMETER);
    assert_untouched(f);
    w = (struct writer){ f, VECTORS };
    put_linux_pvrs(&w);
    put_vectors(&w, 0x40, 0x40);
    ck_assert_int_eq(cas(f), H_SUCCESS);
    ck_assert(f->platform->negotiated.radix);
    fixture_free(f);
}
END_TEST

START_TEST(no_version_in_common)
{
    struct fixture *f = fixture_new(NULL);
    struct writer w = { f, VECTORS };

    put_pvr(&w, 0xffff0000, 0x00420000);
    put_pvr(&w, 0xffffffff, 0x0f000007);
    put_pvr(&w, 0, 1);
    put_vectors(&w, 0, 0);
    ck_assert_int_eq(cas(f), H_HARDWARE);
    assert_untouched(f);
    fixture_free(f);
}
END_TEST

START_TEST(vectors_beyond_memory)
{
    struct fixture *f = fixture_new(NULL);

    for (unsigned left = 0;; left++) {
        struct writer w = { f, VECTORS };
        uint8_t bytes[256];
        struct error err;

        put_linux_pvrs(&w);
        put_vectors(&w, 0x40, 0x40);
        gpa_read(f->mem, VECTORS, bytes, sizeof bytes);
        if (left >= w.at - VECTORS)
            break;
        gpa_write(f->mem, FIXTURE_RAM - left, bytes, left);
        ck_assert_int_ne(platform_cas(f->platform, fixture_vcpu(f, 0), FIXTURE_RAM - left, &err),
                         H_SUCCESS);
        assert_untouched(f);
    }
    ck_assert_int_eq(platform_cas(f->platform, fixture_vcpu(f, 0), UINT64_MAX, NULL), H_PARAMETER);
    fixture_free(f);
}
END_TEST

START_TEST(too_few_vectors)
{
    struct fixture *f = fixture_new(NULL);
    struct writer w = { f, VECTORS };

    put_linux_pvrs(&w);
    put_byte(&w, 3); /* four */
    ck_assert_int_eq(cas(f), H_PARAMETER);
    assert_untouched(f);
    fixture_free(f);
}
END_TEST

START_TEST(a_list_without_end_is_cut)
{
    struct fixture *f = fixture_new(NULL);
    struct writer w = { f, VECTORS };

    for (int i = 0; i < 512; i++)
        put_pvr(&w, 0xffffffff, 0x0f000005);
    put_vectors(&w, 0x40, 0x40);
    ck_assert_int_eq(cas(f), H_SUCCESS);
    fixture_free(f);
}
END_TEST

START_TEST(longest_vectors)
{
    struct fixture *f = fixture_new(NULL);
    struct writer w = { f, VECTORS };
    uint8_t ones[256];

    memset(ones, 0xff, sizeof ones);
    put_linux_pvrs(&w);
    put_byte(&w, 255);
    for (int i = 1; i <= 4; i++)
        put_vector(&w, ones, sizeof ones);
    ones[22] = ones[23] = 0x40;
    put_vector(&w, ones, sizeof ones);
    ck_assert_int_eq(cas(f), H_SUCCESS);
    ck_assert_uint_eq(f->platform->negotiated.ov5[31], 0);
    fixture_free(f);
}
END_TEST

START_TEST(others_must_be_halted)
{
    struct fixture *f = fixture_new(NULL);
    struct writer w = { f, VECTORS };

    put_linux_pvrs(&w);
    put_vectors(&w, 0x40, 0x40);
    fixture_vcpu(f, 1)->state = VCPU_RUNNING;
    ck_assert_int_eq(cas(f), H_MULTI_THREADS_ACTIVE);
    assert_untouched(f);
    fixture_free(f);
}
END_TEST

START_TEST(hypercall_form_writes_the_tree)
{
    struct fixture *f = fixture_new(NULL);
    struct writer w = { f, VECTORS };
    uint8_t *copy = malloc(BUFFER_SIZE);
    uint32_t version;

    put_linux_pvrs(&w);
    put_vectors(&w, 0x40, 0x40);
    ck_assert_int_eq(HCALL(f, KVMPPC_H_CAS, VECTORS, BUFFER, 3), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, KVMPPC_H_CAS, VECTORS, BUFFER, 64), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, KVMPPC_H_CAS, VECTORS, BUFFER, FIXTURE_RAM), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, KVMPPC_H_CAS, VECTORS, BUFFER, UINT64_MAX), H_PARAMETER);
    assert_untouched(f);
    ck_assert_int_eq(HCALL(f, KVMPPC_H_CAS, VECTORS, BUFFER, BUFFER_SIZE), H_SUCCESS);
    gpa_load_be32(f->mem, BUFFER, &version);
    ck_assert_uint_eq(version, 1);
    ck_assert(gpa_read(f->mem, BUFFER + 4, copy, BUFFER_SIZE - 4));
    ck_assert_int_eq(fdt_check_full(copy, BUFFER_SIZE - 4), 0);
    ck_assert_ptr_null(fdt_getprop(copy, fdt_path_offset(copy, "/chosen"), "qemu,graphic-width",
                                   NULL));
    ck_assert_ptr_nonnull(fdt_getprop(copy, fdt_path_offset(copy, "/chosen"), "rng-seed", NULL));
    free(copy);
    fixture_free(f);
}
END_TEST

START_TEST(firmware_may_replace_the_tree)
{
    struct fixture *f = fixture_new(NULL);
    uint8_t *blob;
    size_t size;
    const void *present = tree_blob(f->platform->tree, &size, NULL);

    ck_assert_int_eq(HCALL(f, KVMPPC_H_UPDATE_DT, BUFFER), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, KVMPPC_H_UPDATE_DT, FIXTURE_RAM - 4), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, KVMPPC_H_UPDATE_DT, UINT64_MAX), H_PARAMETER);
    blob = gpa_map_write(f->mem, BUFFER, 2 * size);
    ck_assert_int_eq(fdt_open_into(present, blob, (int)(2 * size)), 0);
    ck_assert_int_eq(fdt_setprop_u32(blob, fdt_path_offset(blob, "/rtas"), "linux,rtas-base",
                                     0x123000), 0);
    ck_assert_int_eq(HCALL(f, KVMPPC_H_UPDATE_DT, BUFFER), H_SUCCESS);
    ck_assert_uint_eq(f->platform->rtas_base, 0x123000);
    blob = gpa_map_write(f->mem, BUFFER, 8 * size);
    ck_assert_int_eq(fdt_open_into(blob, blob, (int)(8 * size)), 0);
    ck_assert_int_eq(HCALL(f, KVMPPC_H_UPDATE_DT, BUFFER), H_PARAMETER);
    st_be32(blob + 4, 0x7fffffff); /* its total size */
    ck_assert_int_eq(HCALL(f, KVMPPC_H_UPDATE_DT, BUFFER), H_PARAMETER);
    st_be32(blob + 4, 48);
    ck_assert_int_eq(HCALL(f, KVMPPC_H_UPDATE_DT, BUFFER), H_PARAMETER);
    ck_assert_uint_eq(f->platform->rtas_base, 0x123000);
    fixture_free(f);
}
END_TEST

static void room_for_memory(struct platform_config *config)
{
    config->maxram_size = config->ram_size + UINT64_C(0x80000000);
}

static void much_memory_to_come(struct platform_config *config)
{
    config->maxram_size = UINT64_C(8) << 30;
}

START_TEST(a_table_that_cannot_be_resized_is_large)
{
    struct fixture *f = fixture_new(much_memory_to_come);
    const uint8_t ov1[] = { 0, 0, 0x80 }, ov5[26] = { [21] = 0x80, [25] = 0x40 };
    struct writer w = { f, VECTORS };
    unsigned before = f->platform->hpt_shift;
    int size;

    put_linux_pvrs(&w);
    put_byte(&w, 4);
    for (unsigned i = 0; i < 4; i++)
        put_vector(&w, ov1, sizeof ov1);
    put_vector(&w, ov5, sizeof ov5);
    ck_assert_uint_lt(before, 26);
    ck_assert_int_eq(cas(f), H_SUCCESS);
    ck_assert_uint_eq(f->platform->hpt_shift, 33 - 7);
    ck_assert_uint_eq(fixture_vcpu(f, 0)->cpu->hpt->shift, 33 - 7);
    ck_assert_uint_eq(ld_be32((const uint8_t *)property(f, "/cpus/PowerPC,POWER9@0", "ibm,pft-size", &size) + 4), 26);
    /* One that can keeps its table, and so does radix. */
    ck_assert(platform_reset(f->platform, NULL));
    w.at = VECTORS;
    put_linux_pvrs(&w);
    put_vectors(&w, 0, 0);
    ck_assert_int_eq(cas(f), H_SUCCESS);
    ck_assert_uint_eq(f->platform->hpt_shift, before);
    fixture_free(f);
}
END_TEST

START_TEST(memory_to_come)
{
    static const uint32_t sets[] = { 2, 4, 0, 0, 0, UINT32_MAX, 0xa0, 8, 0, 0x40000000, 0x80000004,
                                     UINT32_MAX, 0 };
    struct fixture *f = fixture_new(room_for_memory);
    struct writer w = { f, VECTORS };
    uint32_t chosen_before = phandle(f, "/chosen");
    const uint8_t *cells;
    int size;

    ck_assert_int_lt(fdt_path_offset(tree_fdt(f->platform->tree),
                                     "/ibm,dynamic-reconfiguration-memory"), 0);
    put_linux_pvrs(&w);
    put_vectors(&w, 0x40, 0x40);
    ck_assert_int_eq(cas(f), H_SUCCESS);
    cells = property(f, "/ibm,dynamic-reconfiguration-memory", "ibm,dynamic-memory-v2", &size);
    ck_assert_int_eq(size, sizeof sets);
    for (size_t i = 0; i < ARRAY_SIZE(sets); i++)
        ck_assert_uint_eq(ld_be32(cells + 4 * i), sets[i]);
    ck_assert_uint_ne(chosen_before, 0);
    ck_assert_uint_eq(phandle(f, "/chosen"), chosen_before);
    fixture_free(f);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        linux_gets_radix_and_xive, older_guest_gets_an_older_level,
        modes_of_power11, max_compat_rules_out_raw_and_newer, raw_mode, impossible_wishes, xive_that_is_not_there,
        hash_that_is_not_there,
        no_version_in_common, vectors_beyond_memory, too_few_vectors, a_list_without_end_is_cut,
        longest_vectors, others_must_be_halted, hypercall_form_writes_the_tree,
        firmware_may_replace_the_tree, a_table_that_cannot_be_resized_is_large, memory_to_come,
    };

    return fixture_run("papr/cas", tests, ARRAY_SIZE(tests));
}
