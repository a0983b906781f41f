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

/* The interrupt controller's phandle in every tree, and the first one for other nodes. */
enum { TREE_PHANDLE_INTC = 0x1111, TREE_PHANDLE_FIRST = 0x1112 };

/* Gives each node without one a phandle, in tree order from TREE_PHANDLE_FIRST. */
void tree_number_nodes(struct tree *tree);

#endif
