/* What a guest hands to ibm,client-architecture-support, from words; see blob.h. [LoPAR, Root Node Methods] */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/endian.h"
#include "base/names.h"
#include "papr/cas.h"
#include "programs/lpar-dt/blob.h"

enum { OV1_BYTES = 3, OV1_KNOWS_ISA_3_0 = 2, VECTORS = 5, MOST_MODES = 4, WORD_BYTES = 512 };

struct wishes {
    uint8_t ov1[OV1_BYTES], ov5[OV5_BYTES];
    uint32_t modes[MOST_MODES]; /* logical processor versions; all 0: any */
    unsigned n_modes;
};

static void put(struct wishes *w, unsigned byte, unsigned bit, bool on)
{
    uint8_t mask = (uint8_t)(0x80 >> bit);

    w->ov5[byte - 1] = (uint8_t)(on ? w->ov5[byte - 1] | mask : w->ov5[byte - 1] & ~mask);
}

static void hash(struct wishes *w)
{
    put(w, OV5_RADIX, false);
    put(w, OV5_RADIX_GTSE, false);
}

static void radix(struct wishes *w)
{
    put(w, OV5_RADIX, true);
    put(w, OV5_RADIX_GTSE, true);
}

static void no_gtse(struct wishes *w)
{
    put(w, OV5_RADIX_GTSE, false);
}

static void xics(struct wishes *w)
{
    put(w, OV5_XIVE, false);
}

static void xive(struct wishes *w)
{
    put(w, OV5_XIVE, true);
}

static void form1(struct wishes *w)
{
    put(w, OV5_FORM2_AFFINITY, false);
}

static void no_drmem(struct wishes *w)
{
    put(w, OV5_DYNAMIC_MEMORY, false);
}

static void drmem_v1(struct wishes *w)
{
    put(w, OV5_DRMEM_V2, false);
}

static void no_hpt_resize(struct wishes *w)
{
    put(w, OV5_HPT_RESIZE, false);
}

static void no_hotplug_events(struct wishes *w)
{
    put(w, OV5_HOTPLUG_EVENTS, false);
}

static void isa_2_07(struct wishes *w)
{
    w->ov1[OV1_KNOWS_ISA_3_0] &= 0x7f;
    hash(w);
    xics(w);
}

static void nothing(struct wishes *w)
{
    memset(w->ov5, 0, sizeof w->ov5);
}

static void all(struct wishes *w)
{
    (void)w;
}

static const struct {
    const char *name, *text;
    void (*fn)(struct wishes *w);
} words[] = {
    { "linux", "all that the machine offers, as newer Linux does", all },
    { "none", "nothing in vector 5", nothing },
    { "hash", "the hash MMU", hash },
    { "radix", "the radix MMU", radix },
    { "no-gtse", "radix, whose translations the hypervisor takes back", no_gtse },
    { "xics", "the XICS interrupt controller", xics },
    { "xive", "XIVE", xive },
    { "form1", "affinity in form 1, not 2", form1 },
    { "no-drmem", "no ibm,dynamic-reconfiguration-memory", no_drmem },
    { "drmem-v1", "ibm,dynamic-memory for ibm,dynamic-memory-v2", drmem_v1 },
    { "no-hpt-resize", "the hash page table keeps its size", no_hpt_resize },
    { "no-hotplug-events", "hotplug by the events of power", no_hotplug_events },
    { "isa-2.07", "a guest that does not know ISA 3.0", isa_2_07 },
};

static const struct {
    const char *name;
    uint32_t version;
} modes[] = { { "power8", 0x0f000004 }, { "power9", 0x0f000005 }, { "power10", 0x0f000006 }, { "power11", 0x0f000007 } };

void vectors_print_help(FILE *f)
{
    fputs("What a guest says of itself, separated by commas:\n", f);
    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        fprintf(f, "  %-20s %s\n", words[i].name, words[i].text);
    fputs("  mode=power8|power9|power10|power11\n"
          "                       the processor's mode (any); may be given several times\n"
          "  ov5=HEX              vector 5 in hexadecimal digits, its first byte being byte 1\n"
          "  file=PATH            the call's whole argument: versions and vectors\n",
          f);
}

static bool add_mode(struct wishes *w, const char *name, struct error *err)
{
    const char *valid[ARRAY_SIZE(modes) + 1] = { NULL };

    for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
        valid[i] = modes[i].name;
        if (!strcmp(modes[i].name, name) && w->n_modes < MOST_MODES) {
            w->modes[w->n_modes++] = modes[i].version;
            return true;
        }
    }
    error_set(err, ERROR_USAGE, "--cas: unknown mode '%s'", name);
    names_hint(err, name, valid);
    return false;
}

static bool take_bytes(struct wishes *w, const char *digits, struct error *err)
{
    memset(w->ov5, 0, sizeof w->ov5);
    for (size_t i = 0; digits[i]; i++) {
        if (!isxdigit((unsigned char)digits[i]) || i >= 2 * sizeof w->ov5)
            return error_set(err, ERROR_USAGE, "--cas: ov5=%s are not up to %d bytes in hexadecimal", digits, OV5_BYTES);
        w->ov5[i / 2] |= (uint8_t)((digits[i] <= '9' ? digits[i] - '0' : (digits[i] & 0xf) + 9) << (i % 2 ? 0 : 4));
    }
    return true;
}

static bool take_word(struct wishes *w, const char *word, struct error *err)
{
    const char *valid[ARRAY_SIZE(words) + 4] = { "mode", "ov5", "file" };

    if (!strncmp(word, "mode=", 5))
        return add_mode(w, word + 5, err);
    if (!strncmp(word, "ov5=", 4))
        return take_bytes(w, word + 4, err);
    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        if (!strcmp(words[i].name, word)) {
            words[i].fn(w);
            return true;
        }
        valid[i + 3] = words[i].name;
    }
    error_set(err, ERROR_USAGE, "--cas: unknown word '%s'", word);
    names_hint(err, word, valid);
    return false;
}

static uint8_t *put_version(uint8_t *at, uint32_t mask, uint32_t version)
{
    st_be32(at, mask);
    st_be32(at + 4, version);
    return at + 8;
}

/* A vector of n bytes: its length less one, then those. */
static uint8_t *put_vector(uint8_t *at, const uint8_t *bytes, size_t n)
{
    *at++ = (uint8_t)(n - 1);
    memcpy(at, bytes, n);
    return at + n;
}

static void *assemble(const struct wishes *w, size_t *size)
{
    static const uint8_t empty[1];
    uint8_t *bytes = malloc(8 * (ARRAY_SIZE(modes) + 2) + VECTORS * (1 + OV5_BYTES) + 1), *at = bytes;

    if (!bytes)
        return NULL;
    for (size_t i = 0; i < (w->n_modes ? w->n_modes : ARRAY_SIZE(modes)); i++)
        at = put_version(at, UINT32_MAX, w->n_modes ? w->modes[i] : modes[i].version);
    at = put_version(at, 0xfffffffe, 0x0f000001); /* the last one: more bits than the mask has */
    *at++ = VECTORS - 1;
    at = put_vector(at, w->ov1, sizeof w->ov1);
    for (unsigned i = 2; i < VECTORS; i++)
        at = put_vector(at, empty, sizeof empty);
    at = put_vector(at, w->ov5, sizeof w->ov5);
    *size = (size_t)(at - bytes);
    return bytes;
}

void *vectors_make(const char *spec, const unsigned char *offer, size_t n, size_t *size, struct error *err)
{
    struct wishes w = { .ov1 = { 0, 0, 0x80 } };
    char text[WORD_BYTES], *save;
    void *bytes;

    if (!strncmp(spec, "file=", 5))
        return file_read(spec + 5, size, err);
    if ((size_t)snprintf(text, sizeof text, "%s", spec) >= sizeof text) {
        error_set(err, ERROR_USAGE, "--cas: too many words");
        return NULL;
    }
    memcpy(w.ov5, offer, n < sizeof w.ov5 ? n : sizeof w.ov5);
    /* Of both interrupt controllers and both MMUs a guest has to take one. */
    put(&w, OV5_XIVE_BOTH, false);
    put(&w, OV5_MMU_BOTH, false);
    for (char *word = strtok_r(text, ",", &save); word; word = strtok_r(NULL, ",", &save))
        if (!take_word(&w, word, err))
            return NULL;
    bytes = assemble(&w, size);
    if (!bytes)
        error_set(err, ERROR_RESOURCE, "out of memory");
    return bytes;
}
