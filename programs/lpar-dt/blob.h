/* Trees for reading: where they come from, and how they are shown. */
#ifndef LPAR_DT_BLOB_H
#define LPAR_DT_BLOB_H

#include <stdio.h>

#include "base/error.h"

/* Reads a whole file, of at most 64 MiB; NULL with the reason. A file that gzip made is unpacked. The caller frees it. */
void *file_read(const char *path, size_t *size, struct error *err);

/* Reads a tree: a flattened one, a folder with a file for each property as Linux has them in /proc/device-tree, or a tar
 * archive of such a folder. NULL with the reason. The caller frees it. */
void *blob_read(const char *path, struct error *err);

/* The tree of the machine with these options of lpar (argv[0] is the program's name). cas: what a guest says of itself,
 * as vectors_make() takes it; NULL: nothing yet. NULL with the reason. The caller frees it. */
void *machine_blob(int argc, char **argv, const char *cas, size_t *size, struct error *err);

/* What is compared or printed: a file's name, "pseries-7.2" or another machine's, or options in one word that begin with
 * a dash ("-M pseries-7.2 -smp 4"). */
void *source_read(const char *source, const char *cas, struct error *err);

/* Makes what a guest hands to ibm,client-architecture-support: all that the machine offers in vector 5 (offer, of n
 * bytes), changed by the words of spec: "linux" alone, or such as "hash,xics,mode=power9"; "file=PATH": as they are. The
 * caller frees it. NULL with the reason. */
void *vectors_make(const char *spec, const unsigned char *offer, size_t n, size_t *size, struct error *err);
void vectors_print_help(FILE *f);

/* Prints a property's value as dts text: <cells>, "strings" or [bytes], whichever it looks like; nothing
 * for an empty one. */
void value_print(FILE *f, const void *value, int size);

/* Says what the value of a property means, a line a call, if it is one of those that need it. False: it is not. */
bool decode(const void *fdt, int node, const char *name, void (*line)(void *opaque, const char *text), void *opaque);

/* All of a tree: as dts text, a line a property ("/path:name = value"), or JSON. words: with what decode() says. */
void print_dts(FILE *f, const void *fdt, bool words);
void print_props(FILE *f, const void *fdt, bool words);
void print_json(FILE *f, const void *fdt, bool words);

/* Prints a line for each property, node or memory reservation that differs, but those that match one of the
 * patterns (fnmatch(3), on "/path:name", or "/path" for a node). Returns the number of lines. */
struct compare_options {
    const char *const *ignore;
    size_t n_ignore;
    bool words; /* and below it, the lines of decode() in which they differ */
};
unsigned compare(FILE *f, const void *a, const void *b, const struct compare_options *options);

#endif
