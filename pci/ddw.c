/* Dynamic DMA windows: the guest makes a window at high addresses that holds all of its memory in large pages, and maps
 * it once. [LoPAR, DMA Window Manipulation Calls]
 *
 * A bridge has room for two windows. The default one may be removed to make room for a larger one at its place. What a
 * table may cost is bound to the memory the guest could have. */
#include "pci/phb.h"

enum { SMALLEST_LIMIT = 1 << 18 }; /* entries: 1 GiB of 4 KiB pages */
#define WINDOW_64_START UINT64_C(0x800000000000000)

static const struct {
    unsigned shift;
    uint32_t bit;
} page_sizes[] = { { 12, 1 << 0 }, { 16, 1 << 1 }, { 21, 1 << 8 }, { 24, 1 << 2 } };

/* How many entries a table may have: four times as many as 4 KiB pages of all memory would need at least. */
static uint64_t largest_table(const struct phb *phb)
{
    uint64_t pages = phb->all->platform->config->maxram_size >> MEM_PAGE_SHIFT;
    uint64_t limit = SMALLEST_LIMIT;

    while (limit < 2 * pages)
        limit *= 2;
    return limit;
}

static struct phb *phb_of(void *self, const struct rtas_args *args)
{
    return phb_find(self, args->arg[1], args->arg[2]);
}

/* Arguments: configuration address, bus unit identifier. Results: windows available, largest table (two cells, or one),
 * page sizes, migration's mask. */
static int32_t rtas_ibm_query_pe_dma_window(void *self, struct vcpu *v, struct rtas_args *args)
{
    struct phb *phb = phb_of(self, args);
    uint64_t largest;
    uint32_t mask = 0, available = 0;
    unsigned at = 2;

    (void)v;
    if (args->nargs != 3 || (args->nret != 5 && args->nret != 6) || !phb)
        return RTAS_PARAMETER;
    for (size_t i = 0; i < ARRAY_SIZE(page_sizes); i++)
        mask |= page_sizes[i].bit;
    for (unsigned i = 0; i < DMA_WINDOWS; i++)
        available += !dma_window_is_open(phb->dma, i);
    largest = largest_table(phb);
    args->ret[1] = available;
    if (args->nret == 6)
        args->ret[at++] = (uint32_t)(largest >> 32);
    args->ret[at++] = largest > UINT32_MAX && args->nret == 5 ? UINT32_MAX : (uint32_t)largest;
    args->ret[at] = mask;
    return RTAS_OK;
}

/* Arguments: configuration address, bus unit identifier, log2 of page and of window. Results: LIOBN, address. */
static int32_t rtas_ibm_create_pe_dma_window(void *self, struct vcpu *v, struct rtas_args *args)
{
    struct phb *phb = phb_of(self, args);
    uint32_t page_shift = args->arg[3], window_shift = args->arg[4];
    bool is_offered = false;
    unsigned window = 0;
    uint64_t start;

    (void)v;
    if (!phb)
        return RTAS_PARAMETER;
    for (size_t i = 0; i < ARRAY_SIZE(page_sizes); i++)
        is_offered |= page_sizes[i].shift == page_shift;
    if (!is_offered || window_shift < page_shift || window_shift > 59)
        return RTAS_PARAMETER;
    while (window < DMA_WINDOWS && dma_window_is_open(phb->dma, window))
        window++;
    if (window == DMA_WINDOWS || UINT64_C(1) << (window_shift - page_shift) > largest_table(phb))
        return RTAS_HARDWARE;
    /* The first one takes the place of the default window, if that was removed. */
    start = window == 0 ? 0 : WINDOW_64_START;
    if (!dma_window_open(phb->dma, window, phb_liobn(phb, window), start, page_shift,
                         UINT64_C(1) << (window_shift - page_shift), NULL))
        return RTAS_HARDWARE;
    args->ret[1] = phb_liobn(phb, window);
    args->ret[2] = (uint32_t)(start >> 32);
    args->ret[3] = (uint32_t)start;
    return RTAS_OK;
}

/* Argument: LIOBN. With the last one gone, the default window is back. */
static int32_t rtas_ibm_remove_pe_dma_window(void *self, struct vcpu *v, struct rtas_args *args)
{
    struct phbs *all = self;
    unsigned window, left = 0;

    (void)v;
    for (struct phb *phb = all->first; phb; phb = phb->next) {
        if (dma_find(all->dma, args->arg[0], &window) != phb->dma)
            continue;
        dma_window_close(phb->dma, window);
        for (unsigned i = 0; i < DMA_WINDOWS; i++)
            left += dma_window_is_open(phb->dma, i);
        if (!left && window != 0 && !phb_reset_windows(phb, NULL))
            return RTAS_HARDWARE;
        return RTAS_OK;
    }
    return RTAS_PARAMETER;
}

/* Arguments: configuration address, bus unit identifier. */
static int32_t rtas_ibm_reset_pe_dma_window(void *self, struct vcpu *v, struct rtas_args *args)
{
    struct phb *phb = phb_of(self, args);

    (void)v;
    if (!phb)
        return RTAS_PARAMETER;
    return phb_reset_windows(phb, NULL) ? RTAS_OK : RTAS_HARDWARE;
}

static const struct rtas_row rtas[] = {
    { 0x2026, "ibm,query-pe-dma-window", -1, -1, WHEN_ALWAYS, rtas_ibm_query_pe_dma_window },
    { 0x2027, "ibm,create-pe-dma-window", 5, 4, WHEN_ALWAYS, rtas_ibm_create_pe_dma_window },
    { 0x2028, "ibm,remove-pe-dma-window", 1, 1, WHEN_ALWAYS, rtas_ibm_remove_pe_dma_window },
    { 0x2029, "ibm,reset-pe-dma-window", 3, 1, WHEN_ALWAYS, rtas_ibm_reset_pe_dma_window },
};

const struct facility_type ddw_facility = {
    .name = "ddw",
    .rtas = rtas,
    .n_rtas = ARRAY_SIZE(rtas),
};
