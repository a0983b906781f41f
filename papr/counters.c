/* Counters; see counters.h. A request and its answer share one buffer of the guest's. */
#include "papr/counters.h"

#include <string.h>

/* H_GET_PERF_COUNTER_INFO: request number, starting index, secondary index, values returned, detail, size of an
 * element, version asked for, version of the answer, 12 reserved bytes; then the elements. */
enum {
    GPCI_REQUEST = 0, GPCI_INDEX = 4, GPCI_COUNT = 10, GPCI_DETAIL = 12, GPCI_ELEMENT_BYTES = 16,
    GPCI_VERSION_IN = 18, GPCI_VERSION_OUT = 19, GPCI_HEADER = 32, GPCI_LARGEST = 4096,
    GPCI_VERSION = 8,
};
enum {
    REQUEST_DISPATCH_TIMEBASE = 0x10, REQUEST_PARTITION_TIMES = 0x20, REQUEST_CAPABILITIES = 0x40,
    REQUEST_RUN_INSTRUCTIONS = 0x100,
};

struct answer {
    uint8_t bytes[GPCI_LARGEST];
    uint16_t count, element_bytes;
    size_t used;
};

static uint8_t *element(struct answer *a, size_t size)
{
    uint8_t *at = a->bytes + a->used;

    if (size > sizeof a->bytes - a->used)
        return NULL;
    a->element_bytes = (uint16_t)size;
    a->count++;
    a->used += size;
    return at;
}

/* Timebase while dispatched, hardware number, states, of each processor from the index on. */
static void dispatch_timebase(const struct platform *p, uint32_t first, struct answer *a)
{
    for (unsigned i = first; i < accel_count(p->accel); i++) {
        const struct vcpu *v = accel_vcpu(p->accel, i);
        uint8_t *e = element(a, 32);

        if (!e)
            return;
        st_be64(e, cpu_timebase(v->cpu));
        st_be32(e + 8, v->id);
        st_be32(e + 12, v->id);
    }
}

/* Number, then time entitled, capped, donated, idle. */
static void partition_times(const struct platform *p, uint32_t first, struct answer *a)
{
    uint8_t *e = first <= 1 ? element(a, 56) : NULL;

    if (!e)
        return;
    st_be64(e, 1);
    st_be64(e + 8, accel_timebase(p->accel) * accel_count(p->accel));
}

/* Whether other partitions' counters may be seen, and the mask of what may. */
static void capabilities(const struct platform *p, uint32_t first, struct answer *a)
{
    (void)p;
    (void)first;
    element(a, 16);
}

/* Instructions of each processor from the index on. */
static void run_instructions(const struct platform *p, uint32_t first, struct answer *a)
{
    for (unsigned i = first; i < accel_count(p->accel); i++) {
        const struct vcpu *v = accel_vcpu(p->accel, i);
        uint8_t *e = element(a, 48);

        if (!e)
            return;
        st_be32(e, v->id);
        st_be64(e + 16, v->cpu->instructions);
    }
}

static const struct {
    uint32_t number;
    void (*fn)(const struct platform *p, uint32_t first, struct answer *a);
} requests[] = {
    { REQUEST_DISPATCH_TIMEBASE, dispatch_timebase },
    { REQUEST_PARTITION_TIMES, partition_times },
    { REQUEST_CAPABILITIES, capabilities },
    { REQUEST_RUN_INSTRUCTIONS, run_instructions },
};

/* r4 buffer, r5 its size. */
static int64_t h_get_perf_counter_info(void *self, struct vcpu *v, struct hcall_args *args)
{
    const struct platform *p = self;
    uint64_t size = args->in[1];
    struct answer a = { .used = GPCI_HEADER };
    uint32_t number, first;

    (void)v;
    if (size < GPCI_HEADER || size > GPCI_LARGEST || !gpa_is_ram(p->mem, args->in[0], size))
        return H_PARAMETER;
    gpa_read(p->mem, args->in[0], a.bytes, GPCI_HEADER);
    number = ld_be32(a.bytes + GPCI_REQUEST);
    first = ld_be32(a.bytes + GPCI_INDEX);
    for (size_t i = 0; i < ARRAY_SIZE(requests); i++) {
        if (requests[i].number != number)
            continue;
        /* The answer's own index: that of the caller's processor is -1. */
        requests[i].fn(p, first == UINT32_MAX ? 0 : first, &a);
        st_be16(a.bytes + GPCI_COUNT, a.count);
        st_be32(a.bytes + GPCI_DETAIL, 0);
        st_be16(a.bytes + GPCI_ELEMENT_BYTES, a.element_bytes);
        a.bytes[GPCI_VERSION_OUT] = GPCI_VERSION;
        if (a.used > size)
            return H_PARAMETER;
        gpa_write(p->mem, args->in[0], a.bytes, a.used);
        return H_SUCCESS;
    }
    return H_PARAMETER;
}

/* The catalogue: a page with its header, and one for the list of events, which is empty. The header has, for schemas,
 * events, groups and formulas, where their list begins (page), its pages, and its entries. */
enum { CATALOG_PAGE = 4096, CATALOG_VERSION = 1, CATALOG_PAGES = 2, EVENTS_OFFSET = 0x48 };

/* r4 page, r5 version of the catalogue, r6 number of the page. */
static int64_t h_get_24x7_catalog_page(void *self, struct vcpu *v, struct hcall_args *args)
{
    struct platform *p = self;
    uint8_t page[CATALOG_PAGE] = { 0 };

    (void)v;
    if (args->in[0] % CATALOG_PAGE || !gpa_is_ram(p->mem, args->in[0], CATALOG_PAGE))
        return H_PARAMETER;
    /* A version of 0 asks for whatever there is. */
    if (args->in[1] && args->in[1] != CATALOG_VERSION)
        return H_P2;
    if (args->in[2] >= CATALOG_PAGES)
        return H_P3;
    if (!args->in[2]) {
        memcpy(page, "24x7", 4);
        st_be32(page + 4, CATALOG_PAGES);
        st_be64(page + 8, CATALOG_VERSION);
        memcpy(page + 16, "20260101000000", 14); /* when it was made */
        st_be16(page + EVENTS_OFFSET, 1);
        st_be16(page + EVENTS_OFFSET + 2, 1);
    }
    gpa_write(p->mem, args->in[0], page, sizeof page);
    args->out[0] = CATALOG_VERSION;
    return H_SUCCESS;
}

/* r4 request, r5 its size, r6 result, r7 its size: no counter is in the catalogue, so the first one fails. */
static int64_t h_get_24x7_data(void *self, struct vcpu *v, struct hcall_args *args)
{
    enum { REQUEST_HEADER = 16, RESULT_HEADER = 32, FAILING_REQUEST = 3 };
    struct platform *p = self;
    uint8_t request[REQUEST_HEADER], result[RESULT_HEADER] = { 0 };

    (void)v;
    if (args->in[1] < REQUEST_HEADER || args->in[1] > CATALOG_PAGE ||
        !gpa_is_ram(p->mem, args->in[0], args->in[1]))
        return H_PARAMETER;
    if (args->in[3] < RESULT_HEADER || args->in[3] > CATALOG_PAGE || !gpa_is_ram(p->mem, args->in[2], args->in[3]))
        return H_P3;
    gpa_read(p->mem, args->in[0], request, sizeof request);
    if (request[0] < 1 || request[0] > 2)
        return H_PARAMETER;
    result[0] = request[0];
    st_be64(result + 16, CATALOG_VERSION);
    result[FAILING_REQUEST] = 0;
    gpa_write(p->mem, args->in[2], result, sizeof result);
    return request[1] ? H_HARDWARE : H_SUCCESS;
}

static const struct hcall_row counters_hcalls[] = {
    { H_GET_24X7_CATALOG_PAGE, "H_GET_24X7_CATALOG_PAGE", NULL, .in = 3, .out = 1, .fn = h_get_24x7_catalog_page },
    { H_GET_24X7_DATA, "H_GET_24X7_DATA", NULL, .in = 4, .fn = h_get_24x7_data },
    { H_GET_PERF_COUNTER_INFO, "H_GET_PERF_COUNTER_INFO", NULL, .in = 2, .fn = h_get_perf_counter_info },
};

const struct facility_type counters_facility = {
    .name = "counters",
    .hcalls = counters_hcalls,
    .n_hcalls = ARRAY_SIZE(counters_hcalls),
};
