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

static void print_node(FILE *f, const void *fdt, int node, int depth)
{
    const char *name = fdt_get_name(fdt, node, NULL);
    int at, child, size;

    indent(f, depth);
    fprintf(f, "%s {\n", depth ? name : "/");
    fdt_for_each_property_offset(at, fdt, node)
    {
        const char *property;
        const void *value = fdt_getprop_by_offset(fdt, at, &property, &size);

        indent(f, depth + 1);
        fputs(property, f);
        if (value && size) {
            fputs(" = ", f);
            value_print(f, value, size);
        }
        fputs(";\n", f);
    }
    if (depth < MAX_DEPTH)
        fdt_for_each_subnode(child, fdt, node)
            print_node(f, fdt, child, depth + 1);
    indent(f, depth);
    fputs("};\n", f);
}

void print_dts(FILE *f, const void *fdt)
{
    uint64_t start, size;

    fputs("/dts-v1/;\n", f);
    for (int i = 0; i < fdt_num_mem_rsv(fdt); i++)
        if (!fdt_get_mem_rsv(fdt, i, &start, &size))
            fprintf(f, "/memreserve/ 0x%" PRIx64 " 0x%" PRIx64 ";\n", start, size);
    fputc('\n', f);
    print_node(f, fdt, 0, 0);
}

void print_props(FILE *f, const void *fdt)
{
    char path[4096];

    for (int node = 0; node >= 0; node = fdt_next_node(fdt, node, NULL)) {
        int at, size;

        if (fdt_get_path(fdt, node, path, sizeof path))
            continue;
        fdt_for_each_property_offset(at, fdt, node)
        {
            const char *property;
            const void *value = fdt_getprop_by_offset(fdt, at, &property, &size);

            fprintf(f, "%s:%s", path, property);
            if (value && size) {
                fputs(" = ", f);
                value_print(f, value, size);
            }
            fputc('\n', f);
        }
    }
}
