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

#endif
