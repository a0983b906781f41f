/* Ranges of memory that are claimed; see claims.h. */
#include "firmware/claims.h"

#include <string.h>

#include "base/checked.h"

void claims_reset(struct claims *claims, gpa_t limit)
{
    claims->limit = limit;
    claims->n = 0;
}

static bool insert(struct claims *c, unsigned at, struct range range)
{
    if (c->n == MOST_CLAIMS)
        return false;
    memmove(&c->ranges[at + 1], &c->ranges[at], (c->n - at) * sizeof range);
    c->ranges[at] = range;
    c->n++;
    return true;
}

static void delete(struct claims *c, unsigned at)
{
    c->n--;
    memmove(&c->ranges[at], &c->ranges[at + 1], (c->n - at) * sizeof c->ranges[0]);
}

bool claims_take(struct claims *c, gpa_t start, uint64_t size)
{
    struct range new = { start, start + size };
    unsigned at = 0;
    bool joins_before, joins_after;

    if (!size || !range_within(start, size, c->limit))
        return false;
    while (at < c->n && c->ranges[at].end <= start)
        at++;
    if (at < c->n && c->ranges[at].start < new.end)
        return false;
    joins_before = at > 0 && c->ranges[at - 1].end == start;
    joins_after = at < c->n && c->ranges[at].start == new.end;
    if (joins_before && joins_after) {
        c->ranges[at - 1].end = c->ranges[at].end;
        delete(c, at);
    } else if (joins_before) {
        c->ranges[at - 1].end = new.end;
    } else if (joins_after) {
        c->ranges[at].start = start;
    } else {
        return insert(c, at, new);
    }
    return true;
}

bool claims_find(const struct claims *c, uint64_t size, uint64_t alignment, gpa_t *start)
{
    gpa_t at = alignment;

    for (unsigned i = 0; i <= c->n; i++) {
        gpa_t end = i < c->n ? c->ranges[i].start : c->limit;

        if (size && at < end && end - at >= size) {
            *start = at;
            return true;
        }
        /* Ends are at most the limit, far from where this would wrap. */
        if (i < c->n && c->ranges[i].end > at)
            at = align_up(c->ranges[i].end, alignment);
    }
    return false;
}

void claims_release(struct claims *c, gpa_t start, uint64_t size)
{
    gpa_t end;

    if (!size || !checked_add(start, size, &end))
        return;
    for (unsigned i = 0; i < c->n; i++) {
        struct range *r = &c->ranges[i];

        if (r->end <= start || r->start >= end)
            continue;
        if (r->start >= start && r->end <= end) {
            delete(c, i--);
        } else if (r->start < start && r->end > end) {
            if (insert(c, i + 1, (struct range){ end, r->end }))
                r->end = start;
            return;
        } else if (r->start < start) {
            r->end = start;
        } else {
            r->start = end;
        }
    }
}

unsigned claims_free(const struct claims *c, struct range free_ranges[MOST_CLAIMS + 1])
{
    unsigned n = 0;
    gpa_t at = 0;

    for (unsigned i = 0; i <= c->n; i++) {
        gpa_t end = i < c->n ? c->ranges[i].start : c->limit;

        if (at < end)
            free_ranges[n++] = (struct range){ at, end };
        if (i < c->n)
            at = c->ranges[i].end;
    }
    return n;
}

bool claims_check(const struct claims *c)
{
    if (c->n > MOST_CLAIMS)
        return false;
    for (unsigned i = 0; i < c->n; i++)
        if (c->ranges[i].start >= c->ranges[i].end || c->ranges[i].end > c->limit ||
            (i && c->ranges[i - 1].end >= c->ranges[i].start))
            return false;
    return true;
}
