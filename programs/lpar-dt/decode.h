/* The table of what decode() knows, in two files; see blob.h. */
#ifndef LPAR_DT_DECODE_H
#define LPAR_DT_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/endian.h"

/* A property that is being put into words. */
struct decoding {
    const void *fdt;
    int node;
    const uint8_t *value;
    size_t size;
    void (*line)(void *opaque, const char *text);
    void *opaque;
};

/* Gives a line of at most 400 characters. */
void say(const struct decoding *d, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The i-th cell, 0 beyond the end. */
static inline uint32_t cell(const struct decoding *d, size_t i)
{
    return i < d->size / 4 ? ld_be32(d->value + 4 * i) : 0;
}

static inline uint64_t cells2(const struct decoding *d, size_t i)
{
    return (uint64_t)cell(d, i) << 32 | cell(d, i + 1);
}

/* Of processors (decode-cpu.c). */
void decode_pa_features(const struct decoding *d);
void decode_pi_features(const struct decoding *d);
void decode_cpu_version(const struct decoding *d);
void decode_segment_page_sizes(const struct decoding *d);
void decode_radix_sizes(const struct decoding *d);
void decode_pft_size(const struct decoding *d);
void decode_vector_5(const struct decoding *d);
void decode_platform_support(const struct decoding *d);

#endif
