/* The partition's time of day: the host's clock and an offset that the guest sets. */
#ifndef PAPR_TIME_H
#define PAPR_TIME_H

#include <time.h>

#include "papr/platform.h"

struct time_of_day;

/* now gives the seconds and nanoseconds of UTC; NULL: the host's clock. NULL when out of memory. */
struct time_of_day *time_new(void (*now)(struct timespec *), struct error *err);
/* A clock for it that stands still in 2001. */
void time_fixed(struct timespec *now);
void time_free(struct time_of_day *x);

/* The guest's time less the source's, in seconds: 0 at the start, and what the guest sets. */
void time_set_offset(struct time_of_day *x, int64_t offset_s);

/* Who wants to know that the guest has set its clock: called with the new offset, on the vCPU's thread, lock held. */
void time_on_change(struct time_of_day *x, void (*changed)(void *opaque, int64_t offset_s), void *opaque);

/* The time as the guest has it. */
void time_now(const struct time_of_day *x, struct tm *utc, uint32_t *nanoseconds);

/* get-time-of-day, set-time-of-day. The offset outlives a reset, as a clock does. */
extern const struct facility_type time_facility;

#endif
