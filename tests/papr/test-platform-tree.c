/* The reset tree: what guests look for. */
#include <libfdt.h>
#include <string.h>

#include "tests/papr/fixture.h"

static const void *fdt;

static const char *text(const char *path, const char *name)
{
    int node = fdt_path_offset(fdt, path);

    ck_assert_msg(node >= 0, "no node %s", path);
    return fdt_getprop(fdt, node, name, NULL);
}

static uint32_t cell(const char *path, const char *name, unsigned i)
{
    int size, node = fdt_path_offset(fdt, path);
    const uint8_t *cells = fdt_getprop(fdt, node, name, &size);

    ck_assert_msg(cells && size >= (int)(4 * i + 4), "no cell %u in %s of %s", i, name, path);
    return ld_be32(cells + 4 * i);
}

static bool lists(const char *name, const char *string)
{
    return fdt_stringlist_search(fdt, fdt_path_offset(fdt, "/rtas"), name, string) >= 0;
}

static void give_kernel(struct platform_config *config)
{
    config->kernel_start = 0x400000;
    config->kernel_size = 0x1000;
    config->kernel_is_le = true;
    config->initrd_start = 0x1000000;
    config->initrd_size = 0x2000;
    config->bootargs = "quiet";
    config->name = "guest";
    config->stdout_path = "/vdevice/vty@71000000";
}

START_TEST(root_and_chosen)
{
    static const uint8_t support[] = { 0x17, 0x80, 0x18, 0xc0, 0x19, 0x00, 0x1a, 0x40 };
    struct fixture *f = fixture_new(give_kernel);
    uint64_t start, size;

    fdt = tree_fdt(f->platform->tree);
    ck_assert_str_eq(text("/", "compatible"), "qemu,pseries");
    ck_assert_str_eq(text("/", "model"), "IBM pSeries (emulated by qemu)");
    ck_assert_str_eq(text("/", "ibm,partition-name"), "guest");
    ck_assert_ptr_null(text("/", "system-id"));
    ck_assert_str_eq(text("/chosen", "bootargs"), "quiet");
    ck_assert_str_eq(text("/chosen", "stdout-path"), "/vdevice/vty@71000000");
    ck_assert_mem_eq(text("/chosen", "ibm,arch-vec-5-platform-support"), support, sizeof support);
    ck_assert_mem_eq(text("/chosen", "ibm,architecture-vec-5"), "\0\0", 2);
    ck_assert_uint_eq(cell("/chosen", "linux,initrd-end", 0), 0x1002000);
    ck_assert_uint_eq(cell("/chosen", "qemu,boot-kernel", 1), 0x400000);
    ck_assert_ptr_nonnull(text("/chosen", "qemu,boot-kernel-le"));
    ck_assert_int_eq(fdt_num_mem_rsv(fdt), 2);
    ck_assert_int_eq(fdt_get_mem_rsv(fdt, 1, &start, &size), 0);
    fixture_free(f);
}
END_TEST

START_TEST(rtas_lists_come_from_rows)
{
    struct fixture *f = fixture_new(NULL);

    fdt = tree_fdt(f->platform->tree);
    ck_assert_uint_eq(cell("/rtas", "start-cpu", 0), 0x2006);
    ck_assert_uint_eq(cell("/rtas", "ibm,nmi-register", 0), 0x202b);
    ck_assert_uint_eq(cell("/rtas", "rtas-size", 0), 0x83c);
    ck_assert(lists("ibm,hypertas-functions", "hcall-splpar"));
    ck_assert(lists("ibm,hypertas-functions", "hcall-debug"));
    ck_assert(!lists("ibm,hypertas-functions", "hcall-rpt-invalidate"));
    ck_assert(!lists("ibm,hypertas-functions", "hcall-memop1"));
    ck_assert(lists("qemu,hypertas-functions", "hcall-memop1"));
    f->config.cap_rpt_invalidate = true;
    f->config.cap_fwnmi = false;
    ck_assert(platform_reset(f->platform, NULL));
    fdt = tree_fdt(f->platform->tree);
    ck_assert(lists("ibm,hypertas-functions", "hcall-rpt-invalidate"));
    ck_assert_ptr_null(text("/rtas", "ibm,nmi-register"));
    fixture_free(f);
}
END_TEST

START_TEST(processors)
{
    struct fixture *f = fixture_new(NULL);

    fdt = tree_fdt(f->platform->tree);
    ck_assert_uint_eq(cell("/cpus/PowerPC,POWER9@1", "reg", 0), 1);
    ck_assert_uint_eq(cell("/cpus/PowerPC,POWER9@1", "ibm,ppc-interrupt-server#s", 0), 1);
    ck_assert_uint_eq(cell("/cpus/PowerPC,POWER9@0", "ibm,processor-radix-AP-encodings", 3),
                      0x4000001e);
    ck_assert_uint_eq(cell("/cpus/PowerPC,POWER9@0", "ibm,pft-size", 1), 19);
    ck_assert_uint_eq(cell("/cpus/PowerPC,POWER9@0", "ibm,dec-bits", 0), 56);
    ck_assert_uint_eq(cell("/cpus/PowerPC,POWER9@0", "cpu-version", 0), f->config.model->pvr);
    fixture_free(f);
}
END_TEST

static void odd_memory(struct platform_config *config)
{
    config->rma_size = 0x1000000;
    config->ram_size = 0x3800000;
}

START_TEST(memory_is_cut_into_aligned_powers_of_two)
{
    struct fixture *f = fixture_new(odd_memory);

    fdt = tree_fdt(f->platform->tree);
    ck_assert_uint_eq(cell("/memory@0", "reg", 3), 0x1000000);
    ck_assert_uint_eq(cell("/memory@1000000", "reg", 3), 0x1000000);
    ck_assert_uint_eq(cell("/memory@2000000", "reg", 3), 0x1000000);
    ck_assert_uint_eq(cell("/memory@3000000", "reg", 3), 0x800000);
    ck_assert_int_lt(fdt_path_offset(fdt, "/memory@3800000"), 0);
    fixture_free(f);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        root_and_chosen, rtas_lists_come_from_rows, processors,
        memory_is_cut_into_aligned_powers_of_two,
    };

    return fixture_run("papr/platform-tree", tests, ARRAY_SIZE(tests));
}
