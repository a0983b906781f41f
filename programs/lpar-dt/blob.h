/* Flattened trees in files, for reading. */
#ifndef LPAR_DT_BLOB_H
#define LPAR_DT_BLOB_H

#include <stdio.h>

#include "base/error.h"

/* Reads and checks a file; NULL with the reason. The caller frees it. */
void *blob_read(const char *path, struct error *err);

/* Prints a property's value as dts text: <cells>, "strings" or [bytes], whichever it looks like; nothing
 * for an empty one. */
void value_print(FILE *f, const void *value, int size);

/* All of a tree: as dts text, or a line a property ("/path:name = value"). */
void print_dts(FILE *f, const void *fdt);
void print_props(FILE *f, const void *fdt);

/* Prints a line for each property, node or memory reservation that differs, but those that match one of the
 * patterns (fnmatch(3), on "/path:name", or "/path" for a node). Returns the number of lines. */
struct compare_options {
    const char *const *ignore;
    size_t n_ignore;
};
unsigned compare(FILE *f, const void *a, const void *b, const struct compare_options *options);

#endif
