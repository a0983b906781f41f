/* What properties mean, in words; see blob.h. [LoPAR, PAPR Binding; IEEE 1275 PCI binding] */
#include "programs/lpar-dt/decode.h"

#include <inttypes.h>
#include <libfdt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "programs/lpar-dt/blob.h"

void say(const struct decoding *d, const char *format, ...)
{
    char text[400];
    va_list list;

    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    d->line(d->opaque, text);
}

/* ---- memory ---- */

static void say_flags(const struct decoding *d, uint64_t address, uint64_t n, uint32_t drc, uint32_t list, uint32_t flags)
{
    char where[32] = "in no node", connector[32] = "without connector";

    if (list != UINT32_MAX)
        snprintf(where, sizeof where, "associativity list %u", list);
    if (drc)
        snprintf(connector, sizeof connector, "connector %#x", drc);
    say(d, "0x%" PRIx64 ": %" PRIu64 " block%s, %s, %s:%s%s%s%s%s", address, n, n == 1 ? "" : "s", connector, where,
        flags & 0x8 ? " assigned" : "", flags & 0x20 ? " connector-invalid" : "", flags & 0x80 ? " reserved" : "",
        flags & 0x100 ? " hot-removable" : "", flags & ~UINT32_C(0x1a8) ? " (and others)" : flags ? "" : " free");
}

static void dynamic_memory_v2(const struct decoding *d)
{
    for (size_t i = 0; i < cell(d, 0) && 1 + 6 * (i + 1) <= d->size / 4; i++)
        say_flags(d, cells2(d, 2 + 6 * i), cell(d, 1 + 6 * i), cell(d, 4 + 6 * i), cell(d, 5 + 6 * i), cell(d, 6 + 6 * i));
}

static void dynamic_memory(const struct decoding *d)
{
    for (size_t i = 0; i < cell(d, 0) && 1 + 6 * (i + 1) <= d->size / 4; i++)
        say_flags(d, cells2(d, 1 + 6 * i), 1, cell(d, 3 + 6 * i), cell(d, 5 + 6 * i), cell(d, 6 + 6 * i));
}

static void bytes_of_2_cells(const struct decoding *d)
{
    say(d, "%" PRIu64 " MiB", cells2(d, 0) >> 20);
}

static void lrdr_capacity(const struct decoding *d)
{
    say(d, "memory up to %" PRIu64 " MiB, in blocks of %" PRIu64 " MiB; at most %u cores", cells2(d, 0) >> 20,
        cells2(d, 2) >> 20, cell(d, 4));
}

/* ---- affinity ---- */

/* Whether form 2 was agreed on. */
static bool is_form2(const struct decoding *d)
{
    int size, chosen = fdt_path_offset(d->fdt, "/chosen");
    const uint8_t *vector = chosen < 0 ? NULL : fdt_getprop(d->fdt, chosen, "ibm,architecture-vec-5", &size);

    return vector && size > 5 && vector[5] & 0x20;
}

static void associativity(const struct decoding *d)
{
    int size, rtas = fdt_path_offset(d->fdt, "/rtas");
    const uint8_t *points = rtas < 0 ? NULL : fdt_getprop(d->fdt, rtas, "ibm,associativity-reference-points", &size);
    uint32_t n = cell(d, 0);

    for (int i = 0; points && 4 * i < size && i < 8; i++) {
        uint32_t point = ld_be32(points + 4 * i);

        if (point && point <= n)
            say(d, i ? "reference point %u: in domain %u" : "reference point %u: in node %u", i + 1, cell(d, point));
    }
}

static void lookup_arrays(const struct decoding *d)
{
    uint32_t lists = cell(d, 0), length = cell(d, 1);

    for (uint32_t i = 0; i < lists && i < 64 && length && length < 16; i++) {
        char text[200] = "";
        size_t used = 0;

        for (uint32_t j = 0; j < length; j++)
            used += (size_t)snprintf(text + used, sizeof text - used, " %u", cell(d, 2 + i * length + j));
        say(d, "list %u: domains%s", i, text);
    }
}

static void reference_points(const struct decoding *d)
{
    say(d, is_form2(d) ? "form 2: domain %u of a list is the node" : "domain %u of a list is the node", cell(d, 0));
    for (size_t i = 1; i < d->size / 4 && !is_form2(d); i++)
        say(d, "domain %u is shared by what is near, step %zu", cell(d, i), i);
}

static void distance_table(const struct decoding *d)
{
    uint32_t all = cell(d, 0), n = 0;

    while (n * n < all && n < 256)
        n++;
    for (uint32_t a = 0; a < n; a++)
        for (uint32_t b = a + 1; b < n && 4 + a * n + b < d->size; b++)
            say(d, "from node %u to node %u (in the order of ibm,numa-lookup-index-table): %u", a, b, d->value[4 + a * n + b]);
}

/* ---- PCI ---- */

static const char *space(uint32_t hi)
{
    static const char *const names[] = { "configuration", "I/O", "32-bit memory", "64-bit memory" };

    return names[hi >> 24 & 3];
}

static void pci_ranges(const struct decoding *d)
{
    for (size_t i = 0; i + 7 <= d->size / 4; i += 7)
        say(d, "%s 0x%" PRIx64 " at 0x%" PRIx64 ", 0x%" PRIx64 " bytes", space(cell(d, i)), cells2(d, i + 1),
            cells2(d, i + 3), cells2(d, i + 5));
}

static void interrupt_map(const struct decoding *d)
{
    for (size_t i = 0; i + 7 <= d->size / 4; i += 7)
        say(d, "slot %u pin %c: interrupt 0x%x, %s", cell(d, i) >> 11 & 31, (int)('A' + (cell(d, i + 3) - 1) % 4),
            cell(d, i + 5), cell(d, i + 6) ? "level" : "edge");
}

static bool is_pci_function(const struct decoding *d)
{
    return fdt_getprop(d->fdt, d->node, "vendor-id", NULL);
}

static void reg(const struct decoding *d)
{
    int size;
    const char *type = fdt_getprop(d->fdt, d->node, "device_type", &size);

    if (is_pci_function(d)) {
        for (size_t i = 0; i + 5 <= d->size / 4; i += 5) {
            uint32_t hi = cell(d, i);

            if (hi & 0xff)
                say(d, "base address register 0x%x: %s, 0x%" PRIx64 " bytes", hi & 0xff, space(hi), cells2(d, i + 3));
            else
                say(d, "bus %u slot %u function %u", hi >> 16 & 0xff, hi >> 11 & 31, hi >> 8 & 7);
        }
    } else if (type && !strcmp(type, "memory")) {
        for (size_t i = 0; i + 4 <= d->size / 4; i += 4)
            say(d, "0x%" PRIx64 ", %" PRIu64 " MiB", cells2(d, i), cells2(d, i + 2) >> 20);
    }
}

static void dma_window(const struct decoding *d)
{
    say(d, "window 0x%x: from 0x%" PRIx64 ", 0x%" PRIx64 " bytes", cell(d, 0), cells2(d, 1), cells2(d, 3));
}

/* ---- interrupts ---- */

static void interrupts(const struct decoding *d)
{
    if (is_pci_function(d)) {
        say(d, "pin %c", (int)('A' + (cell(d, 0) - 1) % 4));
        return;
    }
    for (size_t i = 0; i + 2 <= d->size / 4; i += 2)
        say(d, "interrupt 0x%x, %s", cell(d, i), cell(d, i + 1) ? "level" : "edge");
}

static void ranges_of_numbers(const struct decoding *d)
{
    for (size_t i = 0; i + 2 <= d->size / 4; i += 2)
        say(d, "%u numbers from 0x%x", cell(d, i + 1), cell(d, i));
}

/* ---- connectors ---- */

static void drc_indexes(const struct decoding *d)
{
    static const char *const kinds[16] = { [1] = "processor", [2] = "host bridge", [3] = "virtual device",
                                           [4] = "PCI function", [8] = "memory block", [9] = "persistent memory" };

    for (size_t i = 1; i < d->size / 4;) {
        uint32_t first = cell(d, i);
        size_t n = 1;

        while (i + n < d->size / 4 && cell(d, i + n) == first + n)
            n++;
        say(d, "0x%x: %zu connector%s of type %s", first, n, n == 1 ? "" : "s",
            kinds[first >> 28] ? kinds[first >> 28] : "not known");
        i += n;
    }
}

/* ---- the table ---- */

static const struct {
    const char *name;
    void (*fn)(const struct decoding *d);
} properties[] = {
    { "cpu-version", decode_cpu_version },
    { "ibm,arch-vec-5-platform-support", decode_platform_support },
    { "ibm,architecture-vec-5", decode_vector_5 },
    { "ibm,associativity", associativity },
    { "ibm,associativity-lookup-arrays", lookup_arrays },
    { "ibm,associativity-reference-points", reference_points },
    { "ibm,block-size", bytes_of_2_cells },
    { "ibm,dma-window", dma_window },
    { "ibm,my-dma-window", dma_window },
    { "ibm,drc-indexes", drc_indexes },
    { "ibm,dynamic-memory", dynamic_memory },
    { "ibm,dynamic-memory-v2", dynamic_memory_v2 },
    { "ibm,interrupt-server-ranges", ranges_of_numbers },
    { "ibm,lmb-size", bytes_of_2_cells },
    { "ibm,lrdr-capacity", lrdr_capacity },
    { "ibm,numa-distance-table", distance_table },
    { "ibm,pa-features", decode_pa_features },
    { "ibm,pft-size", decode_pft_size },
    { "ibm,pi-features", decode_pi_features },
    { "ibm,processor-radix-AP-encodings", decode_radix_sizes },
    { "ibm,segment-page-sizes", decode_segment_page_sizes },
    { "ibm,xive-lisn-ranges", ranges_of_numbers },
    { "interrupt-map", interrupt_map },
    { "interrupt-ranges", ranges_of_numbers },
    { "interrupts", interrupts },
    { "ranges", pci_ranges },
    { "reg", reg },
};

bool decode(const void *fdt, int node, const char *name, void (*line)(void *opaque, const char *text), void *opaque)
{
    struct decoding d = { .fdt = fdt, .node = node, .line = line, .opaque = opaque };
    int size;

    d.value = fdt_getprop(fdt, node, name, &size);
    d.size = d.value ? (size_t)size : 0;
    for (size_t i = 0; d.size && i < ARRAY_SIZE(properties); i++)
        if (!strcmp(properties[i].name, name)) {
            properties[i].fn(&d);
            return true;
        }
    return false;
}
