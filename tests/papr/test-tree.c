/* The device tree writer: growth, sticky errors, phandles, copies. */
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "papr/tree.h"
#include "tests/papr/fixture.h"

START_TEST(it_grows_and_then_fails_for_good)
{
    struct tree *tree = tree_new();
    static uint8_t block[64 * 1024];
    struct error err = { 0 };
    size_t size;

    tree_node(tree, "/a");
    for (int i = 0; i < 20; i++) {
        char name[8];

        snprintf(name, sizeof name, "p%d", i);
        tree_bytes(tree, "/a", name, block, sizeof block);
    }
    ck_assert_ptr_nonnull(tree_blob(tree, &size, NULL));
    ck_assert_uint_gt(size, 20 * sizeof block);
    for (int i = 0; i < 20; i++) {
        char name[8];

        snprintf(name, sizeof name, "q%d", i);
        tree_bytes(tree, "/a", name, block, sizeof block);
    }
    ck_assert_ptr_null(tree_blob(tree, &size, &err));
    ck_assert_ptr_nonnull(strstr(err.cause, "/a: q"));
    tree_u32(tree, "/a", "more", 1);
    ck_assert_ptr_null(tree_blob(tree, &size, NULL));
    tree_free(tree);
}
END_TEST

START_TEST(the_first_error_is_kept)
{
    struct tree *tree = tree_new();
    struct error err = { 0 };
    size_t size;

    tree_u32(tree, "/nowhere", "x", 1);
    tree_node(tree, "/also/nowhere");
    ck_assert_ptr_null(tree_blob(tree, &size, &err));
    ck_assert_ptr_nonnull(strstr(err.cause, "/nowhere: x"));
    tree_free(tree);
}
END_TEST

START_TEST(values)
{
    struct tree *tree = tree_new();
    uint32_t cells[150];
    const uint8_t *bytes;
    int size;

    for (size_t i = 0; i < ARRAY_SIZE(cells); i++)
        cells[i] = (uint32_t)i;
    tree_node(tree, "/a@%x", 16);
    tree_node(tree, "/a@10");
    tree_cells(tree, "/a@10", "cells", cells, ARRAY_SIZE(cells));
    tree_u64(tree, "/a@10", "u64", 0x0123456789abcdef);
    tree_add_string(tree, "/a@10", "list", "one");
    tree_add_string(tree, "/a@10", "list", "two");
    tree_add_string(tree, "/a@10", "list", "one");
    bytes = fdt_getprop(tree_fdt(tree), fdt_path_offset(tree_fdt(tree), "/a@10"), "cells", &size);
    ck_assert_int_eq(size, sizeof cells);
    ck_assert_uint_eq(ld_be32(bytes + 4 * 149), 149);
    bytes = fdt_getprop(tree_fdt(tree), fdt_path_offset(tree_fdt(tree), "/a@10"), "u64", &size);
    ck_assert_uint_eq(ld_be64(bytes), 0x0123456789abcdef);
    bytes = fdt_getprop(tree_fdt(tree), fdt_path_offset(tree_fdt(tree), "/a@10"), "list", &size);
    ck_assert_int_eq(size, 8);
    ck_assert_mem_eq(bytes, "one\0two", 8);
    tree_free(tree);
}
END_TEST

static uint32_t phandle(struct tree *tree, const char *path)
{
    return fdt_get_phandle(tree_fdt(tree), fdt_path_offset(tree_fdt(tree), path));
}

START_TEST(phandles_outlive_a_rebuild)
{
    struct tree *before = tree_new(), *after = tree_new();

    tree_node(before, "/gone");
    tree_node(before, "/kept");
    tree_node(before, "/pic");
    tree_u32(before, "/pic", "phandle", TREE_PHANDLE_INTC);
    tree_number_nodes(before, NULL);
    ck_assert_uint_eq(phandle(before, "/"), TREE_PHANDLE_FIRST);
    ck_assert_uint_eq(phandle(before, "/pic"), TREE_PHANDLE_INTC);
    tree_node(after, "/kept");
    tree_node(after, "/new");
    tree_node(after, "/newer");
    tree_number_nodes(after, before);
    ck_assert_uint_eq(phandle(after, "/"), phandle(before, "/"));
    ck_assert_uint_eq(phandle(after, "/kept"), phandle(before, "/kept"));
    ck_assert_uint_gt(phandle(after, "/new"), TREE_PHANDLE_FIRST + 2);
    ck_assert_uint_ne(phandle(after, "/new"), phandle(after, "/newer"));
    tree_free(before);
    tree_free(after);
}
END_TEST

START_TEST(damaged_blobs_are_refused)
{
    struct tree *tree = tree_new(), *copy;
    uint8_t *blob = malloc(4096);
    const void *packed;
    size_t size;

    tree_node(tree, "/a");
    tree_node(tree, "/a/b");
    tree_string(tree, "/a/b", "name-of-it", "text");
    packed = tree_blob(tree, &size, NULL);
    ck_assert_uint_le(size, 4096);
    memcpy(blob, packed, size);
    copy = tree_from_blob(blob, size);
    ck_assert_ptr_nonnull(copy);
    tree_u32(copy, "/a/b", "x", 1);
    ck_assert_ptr_nonnull(tree_blob(copy, &size, NULL));
    tree_free(copy);
    tree_blob(tree, &size, NULL);
    for (size_t cut = 0; cut < size; cut++)
        ck_assert_ptr_null(tree_from_blob(blob, cut));
    /* Any one damaged byte: refused or harmless. */
    for (size_t i = 0; i < size; i++)
        for (unsigned bit = 0; bit < 8; bit++) {
            blob[i] ^= (uint8_t)(1 << bit);
            copy = tree_from_blob(blob, size);
            if (copy) {
                tree_number_nodes(copy, tree);
                tree_free(copy);
            }
            blob[i] ^= (uint8_t)(1 << bit);
        }
    free(blob);
    tree_free(tree);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        it_grows_and_then_fails_for_good, the_first_error_is_kept, values,
        phandles_outlive_a_rebuild, damaged_blobs_are_refused,
    };

    return fixture_run("papr/tree", tests, ARRAY_SIZE(tests));
}
