/* XIVE: sources with two state bits (PQ), routing (EAS), event queues (END) and the processors' thread
 * interrupt management areas (TIMA), as a machine, with no word about how a partition calls it.
 *
 * It has a lock of its own. Claims and switching come with the machine's lock held, all else with or without. */
#ifndef IRQ_XIVE_H
#define IRQ_XIVE_H

#include "accel/accel.h"

struct xive;

enum {
    XIVE_SOURCES = 0x2000,
    XIVE_PRIORITIES = 8,
    XIVE_MASKED = 0xff,
    XIVE_PAGE_SHIFT = 16, /* of ESB and TIMA pages */
};

#define XIVE_ESB_BASE UINT64_C(0x0006010000000000)
#define XIVE_END_BASE UINT64_C(0x0006010040000000)
#define XIVE_TIMA_BASE UINT64_C(0x0006030203180000)

/* PQ: what the two bits of a source say. */
enum xive_pq { PQ_RESET = 0, PQ_OFF = 1, PQ_PENDING = 2, PQ_QUEUED = 3 };

/* Where a source's events go. */
struct xive_eas {
    bool valid, masked;
    unsigned server; /* number of the target, which exists */
    uint8_t priority;
    uint32_t data; /* 31 bits */
};

/* One event queue: of a server and priority. */
struct xive_end {
    bool valid, always_notify;
    gpa_t queue;
    uint8_t log2_size; /* of the queue in bytes */
    bool generation;
    uint32_t offset;  /* next entry */
    uint8_t esn, ese; /* enum xive_pq of notification and escalation */
};

/* For the vCPUs of accel, whose ids are below n_servers, with one IPI claimed for each server: source n
 * for server n. Inactive. NULL when out of memory or when its regions overlap others. */
struct xive *xive_new(struct accel *accel, struct mem *mem, unsigned n_servers, struct error *err);
void xive_free(struct xive *x);
/* Sources off, routing masked, queues forgotten; the levels of LSIs stay. `threads` resets the TIMAs too
 * (machine reset, but not H_INT_RESET). */
void xive_reset(struct xive *x, bool threads);
/* The TIMA of a vCPU that has been plugged in: as a reset leaves it. */
void xive_renew_thread(struct xive *x, unsigned index);
/* An inactive one has no pages and presents nothing. Switching resets it. */
void xive_set_active(struct xive *x, bool active);
bool xive_is_active(const struct xive *x);
/* Number of server numbers. */
unsigned xive_servers(const struct xive *x);

/* lisn is in range and, to claim, not claimed; to release or set, claimed. */
void xive_claim(struct xive *x, unsigned lisn, bool is_lsi);
void xive_release(struct xive *x, unsigned lisn);
/* Level for an LSI, else each true is one event. */
void xive_set_source(struct xive *x, unsigned lisn, bool level);
bool xive_is_lsi(const struct xive *x, unsigned lisn);

/* Routing is looked at and changed between these two, which no other function here is to be called in but the two that
 * follow and those that tell what does not change. */
void xive_lock(struct xive *x);
void xive_unlock(struct xive *x);
/* The source's routing, to be read and written; NULL for a number that nobody claimed. */
struct xive_eas *xive_eas(struct xive *x, uint64_t lisn);
/* The queue of an existing server and a priority below XIVE_PRIORITIES, to be read and written: with
 * valid, the queue is all in RAM and log2_size from 3 to 31. */
struct xive_end *xive_end(struct xive *x, unsigned server, unsigned priority);
/* Guest address of its pages. */
gpa_t xive_end_page(unsigned server, unsigned priority);

/* An eight-byte load or store at an offset of a claimed source's management page. */
uint64_t xive_esb_load(struct xive *x, unsigned lisn, uint32_t offset);
void xive_esb_store(struct xive *x, unsigned lisn, uint32_t offset, uint64_t value);

#endif
