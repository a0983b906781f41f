/* Trees and values as text; see blob.h. What a property is made of is not said in a flattened tree: what
 * looks like strings is printed so, then what can be cells. */
#include <ctype.h>
#include <inttypes.h>
#include <libfdt.h>
#include <string.h>

#include "base/endian.h"
#include "programs/lpar-dt/blob.h"

enum { MAX_DEPTH = 64 };

/* One or more strings, none of them empty, of printable characters only. */
static bool is_strings(const char *value, int size)
{
    bool is_empty = true;

    if (size < 2 || value[size - 1])
        return false;
    for (int i = 0; i < size; i++) {
        if (!value[i] && is_empty)
            return false;
        is_empty = !value[i];
        if (value[i] && !isprint((unsigned char)value[i]))
            return false;
    }
    return true;
}

static void print_strings(FILE *f, const char *value, int size)
{
    for (const char *s = value; s < value + size; s += strlen(s) + 1) {
        fprintf(f, "%s\"", s > value ? ", " : "");
        for (const char *c = s; *c; c++)
            fprintf(f, *c == '"' || *c == '\\' ? "\\%c" : "%c", *c);
        fputc('"', f);
    }
}

void value_print(FILE *f, const void *value, int size)
{
    const uint8_t *bytes = value;

    if (size == 0)
        return;
    if (size == 1 && !bytes[0]) {
        fputs("\"\"", f);
    } else if (is_strings(value, size)) {
        print_strings(f, value, size);
    } else if (size % 4 == 0) {
        for (int i = 0; i < size; i += 4)
            fprintf(f, "%s0x%" PRIx32, i ? " " : "<", ld_be32(bytes + i));
        fputc('>', f);
    } else {
        for (int i = 0; i < size; i++)
            fprintf(f, "%s%02x", i ? " " : "[", bytes[i]);
        fputc(']', f);
    }
}

static void indent(FILE *f, int depth)
{
    for (int i = 0; i < depth; i++)
        fputc('\t', f);
}

/* ---- as dts and by lines ---- */

struct words {
    FILE *f;
    const char *before, *after;
    unsigned n;
};

static void put_words(void *opaque, const char *text)
{
    struct words *w = opaque;

    fprintf(w->f, "%s%s%s", w->before, text, w->after);
    w->n++;
}

static void print_node(FILE *f, const void *fdt, int node, int depth, bool words)
{
    const char *name = fdt_get_name(fdt, node, NULL);
    char before[MAX_DEPTH + 16];
    int at, child, size;

    indent(f, depth);
    fprintf(f, "%s {\n", depth ? name : "/");
    memset(before, '\t', (size_t)depth + 1);
    strcpy(before + depth + 1, "/* ");
    fdt_for_each_property_offset(at, fdt, node)
    {
        const char *property;
        const void *value = fdt_getprop_by_offset(fdt, at, &property, &size);
        struct words w = { f, before, " */\n", 0 };

        indent(f, depth + 1);
        fputs(property, f);
        if (value && size) {
            fputs(" = ", f);
            value_print(f, value, size);
        }
        fputs(";\n", f);
        if (words)
            decode(fdt, node, property, put_words, &w);
    }
    if (depth < MAX_DEPTH)
        fdt_for_each_subnode(child, fdt, node)
            print_node(f, fdt, child, depth + 1, words);
    indent(f, depth);
    fputs("};\n", f);
}

void print_dts(FILE *f, const void *fdt, bool words)
{
    uint64_t start, size;

    fputs("/dts-v1/;\n", f);
    for (int i = 0; i < fdt_num_mem_rsv(fdt); i++)
        if (!fdt_get_mem_rsv(fdt, i, &start, &size))
            fprintf(f, "/memreserve/ 0x%" PRIx64 " 0x%" PRIx64 ";\n", start, size);
    fputc('\n', f);
    print_node(f, fdt, 0, 0, words);
}

void print_props(FILE *f, const void *fdt, bool words)
{
    char path[4096], before[4400];

    for (int node = 0; node >= 0; node = fdt_next_node(fdt, node, NULL)) {
        int at, size;

        if (fdt_get_path(fdt, node, path, sizeof path))
            continue;
        fdt_for_each_property_offset(at, fdt, node)
        {
            const char *property;
            const void *value = fdt_getprop_by_offset(fdt, at, &property, &size);
            struct words w = { f, before, "\n", 0 };

            fprintf(f, "%s:%s", path, property);
            if (value && size) {
                fputs(" = ", f);
                value_print(f, value, size);
            }
            fputc('\n', f);
            snprintf(before, sizeof before, "%s:%s # ", path, property);
            if (words)
                decode(fdt, node, property, put_words, &w);
        }
    }
}

/* ---- as JSON ---- */

static void put_json_string(FILE *f, const char *text)
{
    fputc('"', f);
    for (; *text; text++)
        if (*text == '"' || *text == '\\')
            fprintf(f, "\\%c", *text);
        else if (!isascii((unsigned char)*text) || iscntrl((unsigned char)*text))
            fprintf(f, "\\u%04x", (unsigned char)*text);
        else
            fputc(*text, f);
    fputc('"', f);
}

static void put_json_words(void *opaque, const char *text)
{
    struct words *w = opaque;

    fputs(w->n++ ? ", " : "", w->f);
    put_json_string(w->f, text);
}

/* true if empty, strings as a list of strings, cells as a list of numbers, other bytes as {"bytes": HEX}. */
static void print_json_value(FILE *f, const char *value, int size)
{
    const uint8_t *bytes = (const uint8_t *)value;

    if (!value || !size) {
        fputs("true", f);
    } else if ((size == 1 && !*value) || is_strings(value, size)) {
        for (const char *s = value; s < value + size; s += strlen(s) + 1) {
            fputs(s > value ? ", " : "[", f);
            put_json_string(f, s);
        }
        fputc(']', f);
    } else if (size % 4 == 0) {
        for (int i = 0; i < size; i += 4)
            fprintf(f, "%s%" PRIu32, i ? ", " : "[", ld_be32(bytes + i));
        fputc(']', f);
    } else {
        fputs("{\"bytes\": \"", f);
        for (int i = 0; i < size; i++)
            fprintf(f, "%02x", bytes[i]);
        fputs("\"}", f);
    }
}

static void drop_words(void *opaque, const char *text)
{
    (void)opaque;
    (void)text;
}

static void print_json_words(FILE *f, const void *fdt, int node)
{
    const char *between = "";
    int at;

    fputs(", \"words\": {", f);
    fdt_for_each_property_offset(at, fdt, node)
    {
        struct words w = { f, NULL, NULL, 0 };
        const char *property;

        fdt_getprop_by_offset(fdt, at, &property, NULL);
        if (!decode(fdt, node, property, drop_words, NULL))
            continue;
        fputs(between, f);
        between = ", ";
        put_json_string(f, property);
        fputs(": [", f);
        decode(fdt, node, property, put_json_words, &w);
        fputc(']', f);
    }
    fputc('}', f);
}

static void print_json_node(FILE *f, const void *fdt, int node, int depth, bool words)
{
    int at, child, size;
    const char *between = "";

    fputs("{\"properties\": {", f);
    fdt_for_each_property_offset(at, fdt, node)
    {
        const char *property;
        const void *value = fdt_getprop_by_offset(fdt, at, &property, &size);

        fputs(between, f);
        between = ", ";
        put_json_string(f, property);
        fputs(": ", f);
        print_json_value(f, value, size);
    }
    fputc('}', f);
    if (words)
        print_json_words(f, fdt, node);
    fputs(", \"nodes\": {", f);
    between = "\n";
    if (depth < MAX_DEPTH)
        fdt_for_each_subnode(child, fdt, node)
        {
            fputs(between, f);
            between = ",\n";
            indent(f, depth + 1);
            put_json_string(f, fdt_get_name(fdt, child, NULL));
            fputs(": ", f);
            print_json_node(f, fdt, child, depth + 1, words);
        }
    fputs("}}", f);
}

void print_json(FILE *f, const void *fdt, bool words)
{
    uint64_t start, size;

    fputs("{\"reserved\": [", f);
    for (int i = 0; i < fdt_num_mem_rsv(fdt); i++)
        if (!fdt_get_mem_rsv(fdt, i, &start, &size))
            fprintf(f, "%s[%" PRIu64 ", %" PRIu64 "]", i ? ", " : "", start, size);
    fputs("], \"/\": ", f);
    print_json_node(f, fdt, 0, 0, words);
    fputs("}\n", f);
}
