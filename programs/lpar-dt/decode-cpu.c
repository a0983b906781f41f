/* Properties of processors, and option vector 5, in words; see decode.h. [LoPAR, PAPR Binding: CPU node, root node methods] */
#include <string.h>

#include "base/bits.h"
#include "programs/lpar-dt/decode.h"

/* A bit by its byte and, from the left, its number. */
struct bit {
    uint8_t byte, bit;
    const char *text;
};

static const struct bit pa_bits[] = {
    { 0, 0, "memory management unit" }, { 0, 1, "floating point" }, { 0, 2, "segment look-aside buffer" },
    { 0, 3, "run latch (CTRL)" }, { 0, 5, "data address breakpoint" }, { 0, 6, "no-execute by page" },
    { 1, 2, "cache-inhibited large pages" }, { 1, 3, "rounding to integers (frin, friz, ...)" },
    { 1, 4, "DABRX" }, { 1, 5, "SPRG3 for problem state" }, { 1, 6, "SLB large page of entry 0" }, { 1, 7, "PP 110" },
    { 2, 0, "virtual partition memory" }, { 2, 1, "data stream 2.05" }, { 2, 5, "program priority register" },
    { 2, 6, "data stream 2.02" }, { 2, 7, "data stream 2.06" }, { 3, 0, "data stream: LSD" }, { 3, 1, "data stream: URG" },
    { 5, 0, "little-endian mode" }, { 5, 1, "come-from address register" }, { 5, 2, "EB" },
    { 5, 3, "load and store of quadwords" }, { 6, 0, "data stream 2.07" }, { 16, 0, "vectors (VMX)" },
    { 18, 0, "vector-scalar (VSX)" }, { 20, 0, "vector exclusive-or" }, { 22, 0, "transactional memory" },
    { 24, 0, "external decrementer" }, { 26, 0, "64-bit features" }, { 28, 0, "performance monitor" },
    { 32, 0, "little-endian atomics" }, { 34, 0, "event-based branches" }, { 34, 1, "extended event-based branches" },
    { 40, 0, "radix MMU" }, { 42, 0, "performance monitor 3.0" }, { 44, 0, "PC-relative addressing" },
    { 46, 0, "scv" }, { 48, 0, "SIMD 3.0" }, { 50, 0, "quad-precision floating point" }, { 52, 0, "strings" },
    { 54, 0, "decimal floating point 3.0" }, { 56, 0, "integer decimal" }, { 58, 0, "SHA" },
    { 60, 0, "near-memory atomics" }, { 62, 0, "random numbers (darn)" }, { 64, 0, "second data watch point (DAWR1)" },
    { 68, 0, "DEXCR: SBHE" }, { 68, 1, "DEXCR: IBRTPD" }, { 68, 4, "DEXCR: SRAPD" }, { 68, 5, "DEXCR: NPHIE" },
    { 68, 6, "DEXCR: PHIE" }, { 72, 0, "hashst, hashchk" },
};

static const struct bit vector_5_bits[] = {
    { 2, 0, "logical partitioning" }, { 2, 1, "shared processors" }, { 2, 2, "ibm,dynamic-reconfiguration-memory" },
    { 2, 3, "large pages" }, { 2, 6, "donation of dedicated processors" }, { 2, 7, "MSIs" },
    { 4, 0, "cooperative memory overcommitment" }, { 4, 1, "the same, extended" }, { 5, 0, "affinity, form 1" },
    { 5, 1, "resource reassignment notices" }, { 5, 2, "affinity, form 2" }, { 6, 5, "source of hotplug events" },
    { 6, 7, "resizing of the hash page table" }, { 17, 0, "platform facility: random numbers" },
    { 17, 1, "platform facility: compression" }, { 17, 2, "platform facility: encryption" },
    { 22, 0, "ibm,dynamic-memory-v2" }, { 22, 1, "ibm,drc-info" }, { 23, 0, "XICS or XIVE" }, { 23, 1, "XIVE" },
    { 24, 0, "hash or radix" }, { 24, 1, "radix MMU" }, { 24, 2, "nest MMU" }, { 25, 0, "hash with segment tables" },
    { 25, 1, "hash with tlbie by the guest" }, { 26, 1, "radix with tlbie by the guest" },
};

/* Bytes are numbered from `first`. A bit that no row tells is told by its number. */
static void say_bits(const struct decoding *d, const uint8_t *bytes, size_t n, unsigned first, const struct bit *bits,
                     size_t n_bits)
{
    for (size_t byte = 0; byte < n; byte++)
        for (unsigned bit = 0; bit < 8; bit++) {
            const char *text = "not known";

            if (!(bytes[byte] & 0x80 >> bit))
                continue;
            for (size_t i = 0; i < n_bits; i++)
                if (bits[i].byte == byte + first && bits[i].bit == bit)
                    text = bits[i].text;
            say(d, "byte %u bit %u: %s", (unsigned)byte + first, bit, text);
        }
}

void decode_pa_features(const struct decoding *d)
{
    if (d->size > 2)
        say_bits(d, d->value + 2, d->size - 2, 0, pa_bits, ARRAY_SIZE(pa_bits));
}

void decode_pi_features(const struct decoding *d)
{
    static const struct bit bits[] = { { 0, 4, "no msgsndp" } };

    if (d->size > 2)
        say_bits(d, d->value + 2, d->size - 2, 0, bits, ARRAY_SIZE(bits));
}

void decode_vector_5(const struct decoding *d)
{
    if (d->size > 1)
        say_bits(d, d->value + 1, d->size - 1, 1, vector_5_bits, ARRAY_SIZE(vector_5_bits));
}

void decode_platform_support(const struct decoding *d)
{
    static const char *const interrupts[] = { "XICS", "XIVE", "XICS or XIVE", "reserved" };
    static const char *const mmus[] = { "hash", "radix", "hash or radix, chosen at boot", "hash or radix" };

    for (size_t i = 0; i + 1 < d->size; i += 2) {
        uint8_t byte = d->value[i], value = d->value[i + 1];

        if (byte == 23)
            say(d, "byte 23: interrupts by %s", interrupts[value >> 6]);
        else if (byte == 24)
            say(d, "byte 24: MMU %s", mmus[value >> 6]);
        else if (byte == 25)
            say(d, "byte 25: hash %s", value ? "with extensions" : "without extensions");
        else if (byte == 26)
            say(d, "byte 26: radix %s", value & 0x40 ? "with tlbie by the guest (GTSE)" : "without tlbie by the guest");
        else
            say(d, "byte %u: %#x", byte, value);
    }
}

void decode_cpu_version(const struct decoding *d)
{
    static const struct {
        uint32_t mask, version;
        const char *text;
    } versions[] = {
        { UINT32_MAX, 0x0f000003, "ISA 2.06 mode (POWER7)" }, { UINT32_MAX, 0x0f000004, "ISA 2.07 mode (POWER8)" },
        { UINT32_MAX, 0x0f000005, "ISA 3.0 mode (POWER9)" }, { UINT32_MAX, 0x0f000006, "ISA 3.1 mode (POWER10)" },
        { UINT32_MAX, 0x0f000007, "ISA 3.1 mode (POWER11)" }, { 0xffff0000, 0x004b0000, "POWER8E" },
        { 0xffff0000, 0x004c0000, "POWER8NVL" }, { 0xffff0000, 0x004d0000, "POWER8" }, { 0xffff0000, 0x004e0000, "POWER9" },
        { 0xffff0000, 0x00800000, "POWER10" }, { 0xffff0000, 0x00820000, "POWER11" },
    };
    uint32_t version = cell(d, 0);

    for (size_t i = 0; i < ARRAY_SIZE(versions); i++)
        if ((version & versions[i].mask) == versions[i].version && versions[i].mask == UINT32_MAX)
            say(d, "%s", versions[i].text);
        else if ((version & versions[i].mask) == versions[i].version)
            say(d, "%s, version %u.%u", versions[i].text, version >> 8 & 0xf, version & 0xff);
}

void decode_segment_page_sizes(const struct decoding *d)
{
    for (size_t at = 0; at + 3 <= d->size / 4;) {
        uint32_t base = cell(d, at), segment = cell(d, at + 1), n = cell(d, at + 2);

        at += 3;
        for (uint32_t i = 0; i < n && at + 2 <= d->size / 4; i++, at += 2)
            say(d, "segment with pages of 2^%u bytes (SLB %#x): page of 2^%u bytes, encoding %#x", base, segment,
                cell(d, at), cell(d, at + 1));
    }
}

void decode_radix_sizes(const struct decoding *d)
{
    for (size_t i = 0; i < d->size / 4; i++)
        say(d, "page of 2^%u bytes, AP %u", cell(d, i) & 0x1fffffff, cell(d, i) >> 29);
}

void decode_pft_size(const struct decoding *d)
{
    say(d, cell(d, 1) ? "hash page table of 2^%u bytes" : "no hash page table", cell(d, 1));
}
