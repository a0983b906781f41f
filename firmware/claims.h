/* Which memory the firmware's client has claimed: a small set of ranges, apart from each other. */
#ifndef FIRMWARE_CLAIMS_H
#define FIRMWARE_CLAIMS_H

#include "mem/mem.h"

enum { MOST_CLAIMS = 512 };

struct range {
    gpa_t start, end; /* end is the first byte behind it */
};

struct claims {
    gpa_t limit; /* nothing is claimed from here on */
    unsigned n;
    struct range ranges[MOST_CLAIMS]; /* sorted; none empty, none touching the next */
};

/* No claims, in [0, limit). */
void claims_reset(struct claims *claims, gpa_t limit);

/* Claims exactly that range; false, with nothing changed, if it is empty, not wholly below the limit, in
 * part claimed, or there are too many claims. */
bool claims_take(struct claims *claims, gpa_t start, uint64_t size);

/* Finds the lowest free range of that size at a multiple of alignment, a power of two, but not at 0 (which
 * means none to clients); false if there is none. */
bool claims_find(const struct claims *claims, uint64_t size, uint64_t alignment, gpa_t *start);

/* Gives back what of the range is claimed. A hole for which there is no room in the set stays claimed. */
void claims_release(struct claims *claims, gpa_t start, uint64_t size);

/* The free ranges, in order; at most MOST_CLAIMS + 1. Returns their number. */
unsigned claims_free(const struct claims *claims, struct range free_ranges[MOST_CLAIMS + 1]);

/* True if the set is as its fields say. */
bool claims_check(const struct claims *claims);

#endif
