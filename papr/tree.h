/* Writing and reading the device tree: a thin layer over libfdt's read-write calls, with a sticky
 * error, so that a facility's write_tree reads as a list of properties.
 *
 * Paths are absolute ("/cpus"). Numbers are written as big-endian cells. */
#ifndef PAPR_TREE_H
#define PAPR_TREE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct tree;

enum tree_stage { TREE_RESET, TREE_AFTER_CAS };

/* An empty tree with a root node. NULL when out of memory. */
struct tree *tree_new(void);
/* A copy of a flattened tree of at most size bytes that others made. NULL unless it is wholly
 * consistent, or when out of memory. */
struct tree *tree_from_blob(const void *blob, size_t size);
void tree_free(struct tree *tree);

/* Packs the tree and gives its flattened form, valid until the next change; NULL if any call before
 * failed (then err tells which path). *size receives its bytes. */
const void *tree_blob(struct tree *tree, size_t *size, struct error *err);
/* The libfdt blob itself for reading with libfdt's functions. */
void *tree_fdt(struct tree *tree);

/* Adds the node (parents must exist) unless it exists. */
void tree_node(struct tree *tree, const char *path_format, ...)
    __attribute__((format(printf, 2, 3)));

/* Sets a property of an existing node. */
void tree_bytes(struct tree *tree, const char *path, const char *name, const void *data,
                size_t size);
void tree_empty(struct tree *tree, const char *path, const char *name);
void tree_string(struct tree *tree, const char *path, const char *name, const char *value);
void tree_u32(struct tree *tree, const char *path, const char *name, uint32_t value);
void tree_u64(struct tree *tree, const char *path, const char *name, uint64_t value);
/* count cells from an array. */
void tree_cells(struct tree *tree, const char *path, const char *name, const uint32_t *cells,
                size_t count);
/* Adds NUL-terminated value to a string list property (made if absent), unless it is in it. */
void tree_add_string(struct tree *tree, const char *path, const char *name, const char *value);

/* Makes the tree fail for want of memory, for a writer that could not compute its property. */
void tree_fail(struct tree *tree, const char *path);

/* Removes a property if it is there. */
void tree_remove(struct tree *tree, const char *path, const char *name);

/* The list of memory reservations: adds one, empties it. */
void tree_reserve(struct tree *tree, uint64_t start, uint64_t size);
void tree_clear_reserves(struct tree *tree);

/* The interrupt controller's phandle in every tree, and the first one for other nodes. */
enum { TREE_PHANDLE_INTC = 0x1111, TREE_PHANDLE_FIRST = 0x1112 };

/* Gives each node without one a phandle: that of the same path in the tree before (NULL: none), so
 * that a client's handles stay good when the tree is built anew; else unused ones in tree order from
 * TREE_PHANDLE_FIRST. */
void tree_number_nodes(struct tree *tree, const struct tree *before);

#endif
