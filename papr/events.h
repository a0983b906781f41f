/* Events that the platform reports to the partition: an interrupt says that there is one, an RTAS call
 * fetches its log. A request to shut down; something to be taken or given back. */
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

enum hotplug_resource {
    HOTPLUG_CPU = 1, HOTPLUG_MEMORY = 2, HOTPLUG_SLOT = 3, HOTPLUG_PHB = 4, HOTPLUG_PCI = 5, HOTPLUG_PMEM = 6,
};
enum hotplug_action { HOTPLUG_ADD = 1, HOTPLUG_REMOVE = 2 };

/* Tells the guest to take what was attached to a connector, or to give it back: one, by its index, or so many in a
 * row. False if more events wait than there is room for. Lock held, any thread. */
bool events_hotplug(struct events *x, enum hotplug_resource resource, enum hotplug_action action, uint32_t index);
bool events_hotplug_row(struct events *x, enum hotplug_resource resource, enum hotplug_action action,
                        uint32_t count, uint32_t index);

/* Forgets what waits of those: at CAS the guest gets a tree that says what there is. */
void events_forget_hotplug(struct events *x);

/* check-exception, event-scan, node /event-sources. */
extern const struct facility_type events_facility;

#endif
