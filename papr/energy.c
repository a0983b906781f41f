/* Energy; see energy.h. The host's consumption is not the partition's to know: what can be answered is that
 * nothing is measured and nothing limited. */
#include "papr/energy.h"

#include <string.h>

/* Out: r4 four status codes of two bytes, r5 and r6 power limits, r7 to r9 energy of processors, memory and
 * I/O. Zeros: not reported. */
static int64_t h_get_em_parms(void *self, struct vcpu *v, struct hcall_args *args)
{
    enum { RESULTS = 6 };

    (void)self;
    (void)v;
    for (unsigned i = 0; i < RESULTS; i++)
        args->out[i] = 0;
    return H_SUCCESS;
}

/* r4 flags with the resource, then resources or a buffer. No order is known. */
static int64_t h_best_energy(void *self, struct vcpu *v, struct hcall_args *args)
{
    (void)self;
    (void)v;
    (void)args;
    return H_NOT_AVAILABLE;
}

/* Attributes by number: {number, value, its name, its value in words}. */
enum { ATTRIBUTE_TEXT = 64, ATTRIBUTE_BYTES = 16 + 2 * ATTRIBUTE_TEXT, HEADER_BYTES = 24, INFO_VERSION = 1 };

static const struct attribute {
    uint64_t id, value;
    const char *name, *text;
} attributes[] = {
    { 1, 0, "Power and performance mode", "Not managed" },
    { 2, 0, "Idle power saver", "Off" },
    { 3, 0, "Folding", "Off" },
};

static void put_attribute(uint8_t *at, const struct attribute *a)
{
    memset(at, 0, ATTRIBUTE_BYTES);
    st_be64(at, a->id);
    st_be64(at + 8, a->value);
    strncpy((char *)at + 16, a->name, ATTRIBUTE_TEXT - 1);
    strncpy((char *)at + 16 + ATTRIBUTE_TEXT, a->text, ATTRIBUTE_TEXT - 1);
}

/* r4: bit 0 one attribute; r5 its number or the first, r6 buffer, r7 its size. The buffer receives count,
 * offset of the list, version, and the list. */
static int64_t h_get_energy_scale_info(void *self, struct vcpu *v, struct hcall_args *args)
{
    struct platform *p = self;
    uint8_t reply[HEADER_BYTES + ARRAY_SIZE(attributes) * ATTRIBUTE_BYTES] = { 0 };
    uint64_t flags = args->in[0], first = args->in[1], size = args->in[3], count = 0, needed;
    bool is_single = flags & PPC_BIT(0);

    (void)v;
    if (flags & ~PPC_BIT(0))
        return H_UNSUPPORTED_FLAG;
    for (size_t i = 0; i < ARRAY_SIZE(attributes); i++)
        if (is_single ? attributes[i].id == first : attributes[i].id >= first)
            put_attribute(reply + HEADER_BYTES + count++ * ATTRIBUTE_BYTES, &attributes[i]);
    if (!count)
        return H_P2;
    if (!gpa_is_ram(p->mem, args->in[2], size))
        return H_P3;
    needed = HEADER_BYTES + count * ATTRIBUTE_BYTES;
    if (size < HEADER_BYTES)
        return H_P4;
    st_be64(reply, count);
    st_be64(reply + 8, HEADER_BYTES);
    reply[16] = INFO_VERSION;
    if (size < needed) {
        /* The header tells how many there are; the list does not fit. */
        gpa_write(p->mem, args->in[2], reply, HEADER_BYTES);
        return H_PARTIAL;
    }
    gpa_write(p->mem, args->in[2], reply, needed);
    return H_SUCCESS;
}

static const struct hcall_row energy_hcalls[] = {
    { H_GET_EM_PARMS, "H_GET_EM_PARMS", "hcall-get-emparm", .out = 6, .fn = h_get_em_parms },
    { H_BEST_ENERGY, "H_BEST_ENERGY", NULL, .in = 9, .fn = h_best_energy },
    { H_GET_ENERGY_SCALE_INFO, "H_GET_ENERGY_SCALE_INFO", "hcall-energy-scale-info", .in = 4,
      .fn = h_get_energy_scale_info },
};

const struct facility_type energy_facility = {
    .name = "energy",
    .hcalls = energy_hcalls,
    .n_hcalls = ARRAY_SIZE(energy_hcalls),
};
