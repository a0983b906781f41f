/* Deadlines of processors that do not look at the time themselves: one for each, and one thread that waits for
 * the earliest. */
#ifndef ACCEL_CLOCK_H
#define ACCEL_CLOCK_H

#include <stdint.h>

#include "base/error.h"

struct clock;

/* n deadlines, none set. due(opaque, index) is called on the clock's thread, with no lock of anybody's held. */
struct clock *clock_new(unsigned n, void (*due)(void *opaque, unsigned index), void *opaque, struct error *err);
/* Ends the thread. */
void clock_free(struct clock *clock);

/* The time of CLOCK_MONOTONIC, in ns, at which index is due, once. Any thread. */
void clock_set(struct clock *clock, unsigned index, uint64_t deadline_ns);
uint64_t clock_now_ns(void);
/* Not due any more, and due() is not under way for it. Another thread than the clock's. */
void clock_forget(struct clock *clock, unsigned index);

#endif
