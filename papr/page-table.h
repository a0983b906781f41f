/* The hash page table's facility: the hypercalls by which a partition fills, reads, changes and resizes
 * it. [LoPAR, Hypervisor Call Functions, Page Frame Table Access; Hash Page Table Resize Option] */
#ifndef PAPR_PAGE_TABLE_H
#define PAPR_PAGE_TABLE_H

#include "papr/platform.h"

struct page_table;

extern const struct facility_type page_table_facility;

struct page_table *page_table_new(struct platform *p, struct error *err);
void page_table_free(struct page_table *t);

/* log2 of the table's size in bytes at reset: a 128th of the memory, or of the most that there may be if the
 * table cannot be resized. */
unsigned page_table_default_shift(const struct platform_config *config);

/* Whether H_BLOCK_REMOVE takes pages of that size in segments of that base page size. */
bool page_table_takes_blocks(unsigned base_shift, unsigned shift);

/* log2 of the size that the table of a guest that cannot resize it has to have: enough for the most memory
 * that there may be, and not less than it has. */
unsigned page_table_fixed_shift(const struct page_table *t);

/* An empty table of that size in its place, unless it has it. No processor translates through it. False without the
 * memory, with nothing changed. */
bool page_table_grow(struct page_table *t, unsigned shift);

/* The same size without entries, as when a guest comes back to the hash MMU. Stops the other processors. */
void page_table_clear(struct page_table *t);

#endif
