/* Event logs; see events.h. [LoPAR, RTAS Event Return Format; Environmental and Power Warnings; Hot Plug Events]
 *
 * A log of version 6 is a summary (8 bytes), then the extended part: a header (16) and sections, here
 *
 *   "PH" who and when (48)   "UH" how bad (24)   "EP" or "HP" what: a power warning, something plugged (20) */
#include "papr/events.h"

#include "papr/cas.h"

#include <stdlib.h>
#include <string.h>

enum {
    SUMMARY_BYTES = 8, EXTENDED_HEADER_BYTES = 16, PH_BYTES = 48, UH_BYTES = 24, WHAT_BYTES = 20,
    EXTENDED_BYTES = EXTENDED_HEADER_BYTES + PH_BYTES + UH_BYTES + WHAT_BYTES,
    LOG_BYTES = SUMMARY_BYTES + EXTENDED_BYTES,
    QUEUE_LENGTH = 64,
    NO_EVENT = 1, /* status of both calls */
};

/* Classes, as the calls' masks name them. */
#define MASK_EPOW UINT32_C(0x40000000)
#define MASK_HOTPLUG UINT32_C(0x10000000)

struct event {
    uint32_t mask; /* its class */
    bool is_hotplug;
    uint8_t log[LOG_BYTES];
};

struct events {
    struct platform *platform;
    const struct time_of_day *clock;
    struct irq_line epow, hotplug;
    struct event queue[QUEUE_LENGTH]; /* oldest first */
    unsigned n_queued;
};

struct events *events_new(struct platform *p, const struct time_of_day *clock, struct irq_line epow,
                          struct irq_line hotplug, struct error *err)
{
    struct events *x = calloc(1, sizeof *x);

    if (!x) {
        error_set(err, ERROR_RESOURCE, "out of memory for platform events");
        return NULL;
    }
    x->platform = p;
    x->clock = clock;
    x->epow = epow;
    x->hotplug = hotplug;
    p->events = x;
    return x;
}

void events_free(struct events *x)
{
    if (x)
        x->platform->events = NULL;
    free(x);
}

static void events_reset(void *self)
{
    ((struct events *)self)->n_queued = 0;
}

static bool is_pending(const struct events *x, uint32_t mask)
{
    for (unsigned i = 0; i < x->n_queued; i++)
        if (x->queue[i].mask & mask)
            return true;
    return false;
}

/* Interrupts for those classes of the mask that have events waiting. */
static void signal_pending(struct events *x, uint32_t mask)
{
    if (is_pending(x, mask & MASK_EPOW))
        irq_line_pulse(&x->epow);
    if (is_pending(x, mask & MASK_HOTPLUG))
        irq_line_pulse(&x->hotplug);
}

static uint8_t bcd(int value)
{
    return (uint8_t)(value / 10 % 10 << 4 | value % 10);
}

static void put_section(uint8_t *section, const char *id, unsigned size, uint8_t version)
{
    memcpy(section, id, 2);
    st_be16(section + 2, (uint16_t)size);
    section[4] = version;
}

enum { TYPE_EPOW = 0x40, TYPE_HOTPLUG = 0xe5, INITIATOR_HOTPLUG = 6 };

static void put_summary(uint8_t *log, uint32_t type, uint32_t initiator)
{
    enum { VERSION_6 = 6, SEVERITY_EVENT = 1, NOT_RECOVERED = 2 };

    st_be32(log, VERSION_6 << 24 | SEVERITY_EVENT << 21 | NOT_RECOVERED << 19 | 1 << 18 | initiator << 12 | type);
    st_be32(log + 4, EXTENDED_BYTES);
}

static void put_extended_header(uint8_t *header)
{
    enum { VALID = 0x80, NEW_LOG = 0x04, BIG_ENDIAN_LOG = 0x02, POWERPC_PLATFORM_EVENT = 0x8e };

    header[0] = VALID | NEW_LOG | BIG_ENDIAN_LOG;
    header[2] = POWERPC_PLATFORM_EVENT;
    memcpy(header + 12, "IBM", 4);
}

static void put_ph(const struct events *x, uint8_t *section)
{
    enum { DATE = 8, TIME = 12, CREATOR = 24, SECTIONS = 27 };
    struct tm utc;
    uint32_t nanoseconds;

    time_now(x->clock, &utc, &nanoseconds);
    put_section(section, "PH", PH_BYTES, 0);
    section[DATE] = bcd((utc.tm_year + 1900) / 100);
    section[DATE + 1] = bcd((utc.tm_year + 1900) % 100);
    section[DATE + 2] = bcd(utc.tm_mon + 1);
    section[DATE + 3] = bcd(utc.tm_mday);
    section[TIME] = bcd(utc.tm_hour);
    section[TIME + 1] = bcd(utc.tm_min);
    section[TIME + 2] = bcd(utc.tm_sec);
    section[CREATOR] = 'H'; /* the hypervisor */
    section[SECTIONS] = 3;
}

static void put_uh(uint8_t *section, uint8_t subsystem, uint8_t subtype)
{
    enum { SUBSYSTEM = 8, SUBTYPE = 11 };

    put_section(section, "UH", UH_BYTES, 0);
    section[SUBSYSTEM] = subsystem;
    section[SUBTYPE] = subtype;
}

static void put_ep(uint8_t *section)
{
    enum { ACTION = 8, MODIFIER = 9, EXTENDED_MODIFIER = 10 };
    enum { SYSTEM_SHUTDOWN = 3, NORMAL = 1, PARTITION = 1, VERSION = 2 };

    put_section(section, "EP", WHAT_BYTES, VERSION);
    section[ACTION] = SYSTEM_SHUTDOWN;
    section[MODIFIER] = NORMAL;
    section[EXTENDED_MODIFIER] = PARTITION;
}

/* A further event of the queue with its log up to the last section; NULL if there is no room. */
static struct event *add_event(struct events *x, uint32_t mask, uint32_t type, uint32_t initiator,
                               uint8_t subsystem, uint8_t subtype)
{
    struct event *event = &x->queue[x->n_queued];
    uint8_t *extended = event->log + SUMMARY_BYTES;

    if (x->n_queued == QUEUE_LENGTH)
        return NULL;
    x->n_queued++;
    memset(event, 0, sizeof *event);
    event->mask = mask;
    put_summary(event->log, type, initiator);
    put_extended_header(extended);
    put_ph(x, extended + EXTENDED_HEADER_BYTES);
    put_uh(extended + EXTENDED_HEADER_BYTES + PH_BYTES, subsystem, subtype);
    return event;
}

static uint8_t *last_section(struct event *event)
{
    return event->log + LOG_BYTES - WHAT_BYTES;
}

void events_power_down(struct events *x)
{
    enum { EXTERNAL_ENVIRONMENT = 0xa0, NORMAL_SHUTDOWN = 0xd0 };
    struct event *event;

    for (unsigned i = 0; i < x->n_queued; i++)
        if (x->queue[i].mask == MASK_EPOW && !x->queue[i].is_hotplug)
            goto signal;
    event = add_event(x, MASK_EPOW, TYPE_EPOW, 0, EXTERNAL_ENVIRONMENT, NORMAL_SHUTDOWN);
    if (event)
        put_ep(last_section(event));
signal:
    signal_pending(x, MASK_EPOW);
}

/* The class by which the guest hears of plugging: its own, if the guest has agreed to it. */
static uint32_t hotplug_mask(const struct events *x)
{
    return ov5_has(x->platform->negotiated.ov5, OV5_HOTPLUG_EVENTS) ? MASK_HOTPLUG : MASK_EPOW;
}

enum { ID_INDEX = 2, ID_COUNT_INDEXED = 4 };

static bool add_hotplug(struct events *x, uint8_t resource, uint8_t action, uint8_t id_type, uint32_t first,
                        uint32_t second)
{
    enum { VERSION = 1, RESOURCE = 8, ACTION = 9, ID_TYPE = 10, ID = 12, SUBSYSTEM_PLATFORM = 0x80 };
    uint32_t mask = hotplug_mask(x);
    struct event *event = add_event(x, mask, TYPE_HOTPLUG, INITIATOR_HOTPLUG, SUBSYSTEM_PLATFORM, 0);
    uint8_t *section;

    if (!event)
        return false;
    event->is_hotplug = true;
    section = last_section(event);
    put_section(section, "HP", WHAT_BYTES, VERSION);
    section[RESOURCE] = resource;
    section[ACTION] = action;
    section[ID_TYPE] = id_type;
    st_be32(section + ID, first);
    st_be32(section + ID + 4, second);
    signal_pending(x, mask);
    return true;
}

bool events_hotplug(struct events *x, enum hotplug_resource resource, enum hotplug_action action, uint32_t index)
{
    return add_hotplug(x, (uint8_t)resource, (uint8_t)action, ID_INDEX, index, 0);
}

bool events_hotplug_row(struct events *x, enum hotplug_resource resource, enum hotplug_action action,
                        uint32_t count, uint32_t index)
{
    return add_hotplug(x, (uint8_t)resource, (uint8_t)action, ID_COUNT_INDEXED, count, index);
}

static void remove_event(struct events *x, unsigned i)
{
    x->n_queued--;
    memmove(&x->queue[i], &x->queue[i + 1], (x->n_queued - i) * sizeof x->queue[0]);
}

void events_forget_hotplug(struct events *x)
{
    for (unsigned i = x->n_queued; i > 0; i--)
        if (x->queue[i - 1].is_hotplug)
            remove_event(x, i - 1);
}

/* Arguments: vector, additional information, mask, critical, buffer, its size [, more information].
 * The buffer receives as much of the log as fits. */
static int32_t rtas_check_exception(void *self, struct vcpu *v, struct rtas_args *args)
{
    struct events *x = self;
    uint32_t mask = args->arg[2], size = args->arg[5];
    unsigned i = 0;

    (void)v;
    if (args->nargs < 6 || args->nargs > 7 || args->nret != 1)
        return RTAS_PARAMETER;
    while (i < x->n_queued && !(x->queue[i].mask & mask))
        i++;
    if (i == x->n_queued)
        return NO_EVENT;
    if (!gpa_write(x->platform->mem, args->arg[4], x->queue[i].log,
                   size < LOG_BYTES ? size : LOG_BYTES))
        return RTAS_PARAMETER;
    remove_event(x, i);
    signal_pending(x, mask);
    return RTAS_OK;
}

/* Arguments: mask, critical, buffer, its size. Nothing is reported this way, but classes that wait
 * get their interrupt again. */
static int32_t rtas_event_scan(void *self, struct vcpu *v, struct rtas_args *args)
{
    (void)v;
    signal_pending(self, args->arg[0]);
    return NO_EVENT;
}

static const struct rtas_row events_rtas[] = {
    { 0x200e, "check-exception", -1, -1, WHEN_ALWAYS, rtas_check_exception },
    { 0x200f, "event-scan", 4, 1, WHEN_ALWAYS, rtas_event_scan },
};

static void write_source(struct tree *t, const char *path, uint32_t lisn)
{
    const uint32_t interrupt[] = { lisn, 0 }; /* edge */

    tree_node(t, "%s", path);
    tree_cells(t, path, "interrupts", interrupt, ARRAY_SIZE(interrupt));
}

static void events_write_tree(void *self, struct tree *t, enum tree_stage stage)
{
    const struct events *x = self;
    bool has_hotplug = x->platform->config->modern_hotplug_events;
    const uint32_t ranges[] = { EVENTS_LISN_EPOW, 1, EVENTS_LISN_HOTPLUG, 1 };

    (void)stage;
    tree_node(t, "/event-sources");
    tree_empty(t, "/event-sources", "interrupt-controller");
    tree_u32(t, "/event-sources", "#interrupt-cells", 2);
    tree_cells(t, "/event-sources", "interrupt-ranges", ranges, has_hotplug ? 4 : 2);
    write_source(t, "/event-sources/epow-events", EVENTS_LISN_EPOW);
    if (has_hotplug)
        write_source(t, "/event-sources/hot-plug-events", EVENTS_LISN_HOTPLUG);
}

const struct facility_type events_facility = {
    .name = "events",
    .rtas = events_rtas,
    .n_rtas = ARRAY_SIZE(events_rtas),
    .reset = events_reset,
    .write_tree = events_write_tree,
};
