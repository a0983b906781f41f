/* The device tree under construction; see tree.h.
 *
 * libfdt's read-write functions work in a buffer of fixed size and say when it is full: then the
 * buffer doubles and the call is made again, up to what firmware has room for. The first failure is
 * kept with its path, all later writes do nothing, and tree_blob() reports it.
 *
 * libfdt puts a new node before its older siblings, so that nodes stand in the reverse of the order
 * of writing. Nothing depends on it. */
#include "papr/tree.h"

#include <libfdt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/endian.h"

enum { FIRST_SIZE = 16 * 1024, LARGEST_SIZE = 2 * 1024 * 1024, PATH_BYTES = 256 };

struct tree {
    void *fdt;
    size_t size;           /* of the buffer */
    int error;             /* the first libfdt error, 0 if none */
    char culprit[PATH_BYTES]; /* path and property it concerned */
};

struct tree *tree_new(void)
{
    struct tree *tree = calloc(1, sizeof *tree);

    if (!tree)
        return NULL;
    tree->size = FIRST_SIZE;
    tree->fdt = malloc(tree->size);
    if (!tree->fdt || fdt_create_empty_tree(tree->fdt, (int)tree->size)) {
        tree_free(tree);
        return NULL;
    }
    return tree;
}

struct tree *tree_from_blob(const void *blob, size_t size)
{
    struct tree *tree;

    if (size > LARGEST_SIZE || fdt_check_full(blob, size) || fdt_totalsize(blob) > size)
        return NULL;
    tree = calloc(1, sizeof *tree);
    if (!tree)
        return NULL;
    tree->size = fdt_totalsize(blob) + FIRST_SIZE;
    tree->fdt = malloc(tree->size);
    if (!tree->fdt || fdt_open_into(blob, tree->fdt, (int)tree->size)) {
        tree_free(tree);
        return NULL;
    }
    return tree;
}

void tree_free(struct tree *tree)
{
    if (!tree)
        return;
    free(tree->fdt);
    free(tree);
}

static void fail(struct tree *tree, int error, const char *path, const char *name)
{
    if (tree->error)
        return;
    tree->error = error;
    snprintf(tree->culprit, sizeof tree->culprit, "%s%s%s", path, name ? ": " : "",
             name ? name : "");
}

void tree_fail(struct tree *tree, const char *path)
{
    fail(tree, -FDT_ERR_NOSPACE, path, NULL);
}

static bool grow(struct tree *tree)
{
    size_t size = tree->size * 2;
    void *fdt;

    if (size > LARGEST_SIZE)
        return false;
    fdt = malloc(size);
    if (!fdt)
        return false;
    if (fdt_open_into(tree->fdt, fdt, (int)size)) {
        free(fdt);
        return false;
    }
    free(tree->fdt);
    tree->fdt = fdt;
    tree->size = size;
    return true;
}

const void *tree_blob(struct tree *tree, size_t *size, struct error *err)
{
    if (!tree->error)
        tree->error = fdt_pack(tree->fdt);
    if (tree->error) {
        error_set(err, ERROR_RESOURCE, "can't build the device tree: %s (%s)", tree->culprit,
                  fdt_strerror(tree->error));
        return NULL;
    }
    *size = fdt_totalsize(tree->fdt);
    return tree->fdt;
}

void *tree_fdt(struct tree *tree)
{
    return tree->fdt;
}

/* Adds the last component of the path below its parent. */
static int add_node(struct tree *tree, const char *path)
{
    const char *name = strrchr(path, '/') + 1;
    int parent = fdt_path_offset_namelen(tree->fdt, path, name - path > 1 ? (int)(name - path) - 1 : 1);

    if (parent < 0)
        return parent;
    return fdt_add_subnode(tree->fdt, parent, name);
}

void tree_node(struct tree *tree, const char *path_format, ...)
{
    char path[PATH_BYTES];
    va_list args;
    int length, result;

    va_start(args, path_format);
    length = vsnprintf(path, sizeof path, path_format, args);
    va_end(args);
    if (tree->error)
        return;
    if (length < 2 || (size_t)length >= sizeof path || path[0] != '/') {
        fail(tree, -FDT_ERR_BADPATH, path, NULL);
        return;
    }
    if (fdt_path_offset(tree->fdt, path) >= 0)
        return;
    do
        result = add_node(tree, path);
    while (result == -FDT_ERR_NOSPACE && grow(tree));
    if (result < 0)
        fail(tree, result, path, NULL);
}

static int set_or_append(struct tree *tree, const char *path, const char *name, const void *data,
                         size_t size, bool append)
{
    int node = fdt_path_offset(tree->fdt, path);

    if (node < 0)
        return node;
    if (append)
        return fdt_appendprop(tree->fdt, node, name, data, (int)size);
    return fdt_setprop(tree->fdt, node, name, data, (int)size);
}

static void put(struct tree *tree, const char *path, const char *name, const void *data, size_t size,
                bool append)
{
    int result;

    if (tree->error)
        return;
    if (size > LARGEST_SIZE) {
        fail(tree, -FDT_ERR_NOSPACE, path, name);
        return;
    }
    do
        result = set_or_append(tree, path, name, data, size, append);
    while (result == -FDT_ERR_NOSPACE && grow(tree));
    if (result)
        fail(tree, result, path, name);
}

void tree_bytes(struct tree *tree, const char *path, const char *name, const void *data, size_t size)
{
    put(tree, path, name, data, size, false);
}

void tree_empty(struct tree *tree, const char *path, const char *name)
{
    put(tree, path, name, "", 0, false);
}

void tree_string(struct tree *tree, const char *path, const char *name, const char *value)
{
    put(tree, path, name, value, strlen(value) + 1, false);
}

void tree_u32(struct tree *tree, const char *path, const char *name, uint32_t value)
{
    be32 cell = be32_put(value);

    put(tree, path, name, &cell, sizeof cell, false);
}

void tree_u64(struct tree *tree, const char *path, const char *name, uint64_t value)
{
    be64 cells = be64_put(value);

    put(tree, path, name, &cells, sizeof cells, false);
}

void tree_cells(struct tree *tree, const char *path, const char *name, const uint32_t *cells,
                size_t count)
{
    be32 block[64];

    put(tree, path, name, "", 0, false);
    for (size_t done = 0; done < count;) {
        size_t n = count - done < ARRAY_SIZE(block) ? count - done : ARRAY_SIZE(block);

        for (size_t i = 0; i < n; i++)
            block[i] = be32_put(cells[done + i]);
        put(tree, path, name, block, n * sizeof block[0], true);
        done += n;
    }
}

void tree_add_string(struct tree *tree, const char *path, const char *name, const char *value)
{
    int node = fdt_path_offset(tree->fdt, path);

    if (node >= 0 && fdt_stringlist_search(tree->fdt, node, name, value) >= 0)
        return;
    put(tree, path, name, value, strlen(value) + 1, true);
}

void tree_remove(struct tree *tree, const char *path, const char *name)
{
    int node = fdt_path_offset(tree->fdt, path);

    if (node >= 0)
        fdt_delprop(tree->fdt, node, name);
}

void tree_reserve(struct tree *tree, uint64_t start, uint64_t size)
{
    int result;

    if (tree->error)
        return;
    do
        result = fdt_add_mem_rsv(tree->fdt, start, size);
    while (result == -FDT_ERR_NOSPACE && grow(tree));
    if (result)
        fail(tree, result, "memory reservations", NULL);
}

void tree_clear_reserves(struct tree *tree)
{
    while (fdt_num_mem_rsv(tree->fdt) > 0)
        fdt_del_mem_rsv(tree->fdt, 0);
}

static void set_phandle(struct tree *tree, const char *path, uint32_t phandle)
{
    tree_u32(tree, path, "phandle", phandle);
}

/* The phandle that the node at path has in another tree, 0 if none. */
static uint32_t phandle_in(const struct tree *other, const char *path)
{
    int node = other ? fdt_path_offset(other->fdt, path) : -1;

    return node < 0 ? 0 : fdt_get_phandle(other->fdt, node);
}

static uint32_t largest_phandle(const struct tree *tree)
{
    uint32_t largest = 0;

    if (tree && fdt_find_max_phandle(tree->fdt, &largest))
        largest = 0;
    return largest;
}

void tree_number_nodes(struct tree *tree, const struct tree *before)
{
    uint32_t next = TREE_PHANDLE_FIRST;

    if (largest_phandle(tree) >= next)
        next = largest_phandle(tree) + 1;
    if (largest_phandle(before) >= next)
        next = largest_phandle(before) + 1;
    /* A node's offset survives what is added within it, and that is all that changes here. */
    for (int node = 0; node >= 0 && !tree->error; node = fdt_next_node(tree->fdt, node, NULL)) {
        char path[PATH_BYTES];
        uint32_t phandle;
        int result;

        if (fdt_get_phandle(tree->fdt, node))
            continue;
        result = fdt_get_path(tree->fdt, node, path, sizeof path);
        if (result) {
            fail(tree, result, "phandles", NULL);
            return;
        }
        phandle = phandle_in(before, path);
        set_phandle(tree, path, phandle ? phandle : next++);
    }
}
