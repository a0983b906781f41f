/* Events that the platform reports to the partition: an interrupt says that there is one, an RTAS call
 * fetches its log. So far: a request to shut down. */
#ifndef PAPR_EVENTS_H
#define PAPR_EVENTS_H

#include "papr/platform.h"
#include "papr/time.h"

/* Interrupt source numbers of the classes; edge. */
enum { EVENTS_LISN_EPOW = 0x1000, EVENTS_LISN_HOTPLUG = 0x1001 };

struct events;

/* The lines are the two sources above; the clock dates the logs and outlives the facility. */
struct events *events_new(struct platform *p, const struct time_of_day *clock, struct irq_line epow,
                          struct irq_line hotplug, struct error *err);
void events_free(struct events *x);

/* Asks the guest to shut down in good order. Asking again before the guest has fetched the event
 * repeats its interrupt. Lock held, any thread. */
void events_power_down(struct events *x);

/* check-exception, event-scan, node /event-sources. */
extern const struct facility_type events_facility;

#endif
