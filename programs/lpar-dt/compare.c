/* Two trees, property by property; see blob.h. The order of nodes, properties and
 * reservations means nothing. */
#include <fnmatch.h>
#include <inttypes.h>
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "base/endian.h"
#include "programs/lpar-dt/blob.h"

enum { PATH_BYTES = 4096 };

struct comparison {
    FILE *f;
    const void *a, *b;
    const struct compare_options *options;
    unsigned differences;
};

static bool is_ignored(const struct comparison *c, const char *path, const char *name)
{
    char text[PATH_BYTES + 256];

    snprintf(text, sizeof text, "%s%s%s", path, name ? ":" : "", name ? name : "");
    for (size_t i = 0; i < c->options->n_ignore; i++)
        if (!fnmatch(c->options->ignore[i], text, 0))
            return true;
    return false;
}

static void print_side(FILE *f, const void *value, int size)
{
    if (!value)
        fputs("(absent)", f);
    else if (!size)
        fputs("(empty)", f);
    else
        value_print(f, value, size);
}

/* ---- connectors ---- */

/* The four properties that list a node's connectors have them in the same order, which means nothing: what counts is
 * what they say of each connector. */
enum { MOST_CONNECTORS = 16384 };

static bool is_connector_list(const char *name)
{
    return !strcmp(name, "ibm,drc-indexes") || !strcmp(name, "ibm,drc-names") || !strcmp(name, "ibm,drc-types") ||
           !strcmp(name, "ibm,drc-power-domains");
}

/* An entry of such a list, found in order: cells, or strings. NULL behind the last one. */
struct entry {
    const char *bytes;
    size_t size;
};

static struct entry next_entry(const char *name, const char **at, const char *end)
{
    bool is_text = !strcmp(name, "ibm,drc-names") || !strcmp(name, "ibm,drc-types");
    size_t left = (size_t)(end - *at), size = is_text ? strnlen(*at, left) + 1 : 4;
    struct entry entry = { *at, size };

    if (size > left)
        return (struct entry){ NULL, 0 };
    *at += size;
    return entry;
}

/* What the list says of the connector of that index. */
static struct entry entry_of(const void *fdt, int node, const char *name, uint32_t index)
{
    int size, sizes;
    const char *list = fdt_getprop(fdt, node, name, &size), *indexes = fdt_getprop(fdt, node, "ibm,drc-indexes", &sizes);
    const char *at = list ? list + 4 : NULL, *end = list ? list + size : NULL;

    for (int i = 4; list && indexes && size >= 4 && i + 4 <= sizes; i += 4) {
        struct entry entry = next_entry(name, &at, end);

        if (ld_be32(indexes + i) == index)
            return entry;
    }
    return (struct entry){ NULL, 0 };
}

static bool same_connectors(const struct comparison *c, const char *name, int node_a, int node_b, int size)
{
    int sizes;
    const char *indexes = fdt_getprop(c->a, node_a, "ibm,drc-indexes", &sizes);

    if (!indexes || size < 4 || sizes > 4 * MOST_CONNECTORS)
        return false;
    for (int i = 4; i + 4 <= sizes; i += 4) {
        uint32_t index = ld_be32(indexes + i);
        struct entry a = entry_of(c->a, node_a, name, index), b = entry_of(c->b, node_b, name, index);

        if (!a.bytes || !b.bytes || a.size != b.size || memcmp(a.bytes, b.bytes, a.size))
            return false;
    }
    return true;
}

/* ---- properties ---- */

/* ---- words ---- */

enum { MOST_LINES = 600 };

struct lines {
    char *line[MOST_LINES];
    size_t n;
};

static void keep_line(void *opaque, const char *text)
{
    struct lines *lines = opaque;

    if (lines->n < MOST_LINES && (lines->line[lines->n] = strdup(text)))
        lines->n++;
}

static bool has_line(const struct lines *lines, const char *text)
{
    for (size_t i = 0; i < lines->n; i++)
        if (!strcmp(lines->line[i], text))
            return true;
    return false;
}

static void print_lone_lines(FILE *f, const char *before, const struct lines *of, const struct lines *other)
{
    for (size_t i = 0; i < of->n; i++)
        if (!has_line(other, of->line[i]))
            fprintf(f, "  %s %s\n", before, of->line[i]);
}

/* The lines of the property's meaning that only one tree has: < of the first, > of the second. */
static void compare_words(struct comparison *c, const char *name, int node_a, int node_b)
{
    struct lines a = { .n = 0 }, b = { .n = 0 };

    decode(c->a, node_a, name, keep_line, &a);
    decode(c->b, node_b, name, keep_line, &b);
    print_lone_lines(c->f, "<", &a, &b);
    print_lone_lines(c->f, ">", &b, &a);
    while (a.n)
        free(a.line[--a.n]);
    while (b.n)
        free(b.line[--b.n]);
}

static void compare_property(struct comparison *c, const char *path, const char *name, int node_a,
                             int node_b)
{
    int size_a = 0, size_b = 0;
    const void *a = fdt_getprop(c->a, node_a, name, &size_a);
    const void *b = fdt_getprop(c->b, node_b, name, &size_b);

    if (a && b && size_a == size_b && !memcmp(a, b, (size_t)size_a))
        return;
    if (a && b && size_a == size_b && is_connector_list(name) && same_connectors(c, name, node_a, node_b, size_a))
        return;
    if (is_ignored(c, path, name))
        return;
    fprintf(c->f, "%s:%s: ", path, name);
    print_side(c->f, a, size_a);
    fputs(" | ", c->f);
    print_side(c->f, b, size_b);
    fputc('\n', c->f);
    c->differences++;
    if (c->options->words)
        compare_words(c, name, node_a, node_b);
}

static void compare_properties(struct comparison *c, const char *path, int node_a, int node_b)
{
    const char *name;
    int at;

    fdt_for_each_property_offset(at, c->a, node_a)
    {
        fdt_getprop_by_offset(c->a, at, &name, NULL);
        compare_property(c, path, name, node_a, node_b);
    }
    fdt_for_each_property_offset(at, c->b, node_b)
    {
        fdt_getprop_by_offset(c->b, at, &name, NULL);
        if (!fdt_getprop(c->a, node_a, name, NULL))
            compare_property(c, path, name, node_a, node_b);
    }
}

/* The node itself, not one whose name differs in the unit address. */
static int exact_node(const void *fdt, const char *path)
{
    char found[PATH_BYTES];
    int node = fdt_path_offset(fdt, path);

    if (node < 0 || fdt_get_path(fdt, node, found, sizeof found) || strcmp(found, path))
        return -1;
    return node;
}

/* A node that one side lacks is one difference, with all below it. */
static void note_lone_node(struct comparison *c, const char *path, const char *side)
{
    if (is_ignored(c, path, NULL))
        return;
    fprintf(c->f, "%s: only in %s\n", path, side);
    c->differences++;
}

/* Nodes of one that the other lacks; calls common (if not NULL) for those in both. */
static void walk(struct comparison *c, const void *one, const void *other, const char *side,
                 void (*common)(struct comparison *c, const char *path, int in_one, int in_other))
{
    char path[PATH_BYTES];
    int depth = 0, lone_depth = -1;

    for (int node = 0; node >= 0 && depth >= 0; node = fdt_next_node(one, node, &depth)) {
        int match;

        if (lone_depth >= 0 && depth > lone_depth)
            continue;
        lone_depth = -1;
        if (fdt_get_path(one, node, path, sizeof path))
            continue;
        match = exact_node(other, path);
        if (match < 0) {
            note_lone_node(c, path, side);
            lone_depth = depth;
        } else if (common) {
            common(c, path, node, match);
        }
    }
}

static bool has_reserve(const void *fdt, uint64_t start, uint64_t size)
{
    uint64_t other_start, other_size;

    for (int i = 0; i < fdt_num_mem_rsv(fdt); i++)
        if (!fdt_get_mem_rsv(fdt, i, &other_start, &other_size) && other_start == start &&
            other_size == size)
            return true;
    return false;
}

/* Reservations of one that the other lacks. */
static void compare_reserves(struct comparison *c, const void *one, const void *other,
                             const char *side)
{
    uint64_t start, size;
    char name[64];

    for (int i = 0; i < fdt_num_mem_rsv(one); i++) {
        if (fdt_get_mem_rsv(one, i, &start, &size) || has_reserve(other, start, size))
            continue;
        snprintf(name, sizeof name, "memreserve 0x%" PRIx64 " 0x%" PRIx64, start, size);
        if (is_ignored(c, "/", name))
            continue;
        fprintf(c->f, "/:%s: only in %s\n", name, side);
        c->differences++;
    }
}

unsigned compare(FILE *f, const void *a, const void *b, const struct compare_options *options)
{
    struct comparison c = { f, a, b, options, 0 };

    compare_reserves(&c, a, b, "the first");
    compare_reserves(&c, b, a, "the second");
    walk(&c, a, b, "the first", compare_properties);
    walk(&c, b, a, "the second", NULL);
    return c.differences;
}
