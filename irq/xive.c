/* XIVE.
 *
 *   store to a source's trigger page, or a device
 *        |  PQ 00 -> 10: an event            (10 -> 11: remembered only)
 *        v
 *   EAS: target, priority, data
 *        v
 *   END: data and generation bit into the event queue in memory
 *        v
 *   TIMA of the target: IPB |= priority; PIPR < CPPR: the external line goes up
 *
 * The guest acknowledges in its TIMA, reads the queue, ends the interrupt with a load of the source's page
 * (11 -> 10 makes another event), and writes its CPPR. [LoPAR, XIVE Exploitation]
 *
 * An LSI is asserted as long as its wire is high: it makes an event whenever its PQ becomes or is 00.
 *
 * Left out, since partitions without a hypervisor below them have no use for it: escalation, backlog of
 * processors that are not dispatched, groups, the hypervisor's and the user's registers. */
#include "irq/xive.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/log.h"

/* Registers of the OS ring, at offset 0x10 of the area. INC (5) is always 0. */
enum { RING_OS = 0x10, NSR = 0, CPPR = 1, IPB = 2, LSMFB = 3, ACK = 4, INC = 5, AGE = 6, PIPR = 7 };
/* Operations with effects, at offsets of the OS page; other bits of the offset do not count. */
enum {
    OP_SET_CPPR = 0x011,
    OP_ACKNOWLEDGE = 0x810,
    OP_SET_PENDING = 0x812,
    OP_BITS = 0xc3f,
    OP_SPECIAL = 0x800,
    RAW_BITS = 0x03f
};
enum { NSR_EO = 0x80, NO_PRIORITY = 0xff };

struct source {
    bool claimed, is_lsi, asserted;
    uint8_t pq;
    struct xive_eas eas;
};

struct thread {
    uint8_t nsr, cppr, ipb, pipr;
};

struct xive {
    pthread_mutex_t lock; /* of all that follows */
    struct accel *accel;
    struct mem *mem;
    _Atomic bool active; /* changed under the lock */
    unsigned n_servers;
    struct thread *threads; /* by vCPU index */
    struct xive_end *ends;  /* XIVE_PRIORITIES for each server */
    struct source sources[XIVE_SOURCES];
};

/* ---- presentation ---- */

static uint8_t most_favoured(uint8_t ipb)
{
    /* Bit 0 (0x80) is priority 0. */
    return ipb ? (uint8_t)(__builtin_clz(ipb) - 24) : NO_PRIORITY;
}

static void update_line(struct xive *x, unsigned index)
{
    struct thread *t = &x->threads[index];
    struct vcpu *v = accel_at(x->accel, index);

    t->nsr = t->pipr < t->cppr ? NSR_EO : 0;
    if (x->active && v)
        vcpu_set_external(v, t->nsr);
}

static void present(struct xive *x, unsigned index, uint8_t priority)
{
    struct thread *t = &x->threads[index];

    t->ipb |= (uint8_t)(0x80 >> priority);
    if (priority < t->pipr)
        t->pipr = priority;
    update_line(x, index);
}

/* The guest asks itself for an interrupt of that priority. */
static void set_pending(struct xive *x, unsigned index, uint8_t priority)
{
    struct thread *t = &x->threads[index];

    if (priority < XIVE_PRIORITIES)
        t->ipb |= (uint8_t)(0x80 >> priority);
    t->pipr = most_favoured(t->ipb);
    update_line(x, index);
}

static void set_cppr(struct xive *x, unsigned index, uint8_t cppr)
{
    struct thread *t = &x->threads[index];

    t->cppr = cppr >= XIVE_PRIORITIES ? NO_PRIORITY : cppr;
    t->pipr = most_favoured(t->ipb);
    update_line(x, index);
}

/* Takes the pending interrupt: its priority becomes CPPR. Returns NSR and the new CPPR. */
static uint16_t acknowledge(struct xive *x, unsigned index)
{
    struct thread *t = &x->threads[index];
    struct vcpu *v = accel_at(x->accel, index);
    uint8_t nsr = t->nsr;

    if (nsr & NSR_EO) {
        t->cppr = t->pipr;
        t->ipb &= (uint8_t) ~(0x80 >> t->pipr);
        /* PIPR keeps its value until the next write of CPPR; it is no longer below CPPR. */
        t->nsr = 0;
        if (x->active && v)
            vcpu_set_external(v, false);
    }
    return (uint16_t)(nsr << 8 | t->cppr);
}

/* ---- routing ---- */

/* PQ's part in a trigger: true if an event is to be made. */
static bool trigger_pq(uint8_t *pq)
{
    switch (*pq) {
    case PQ_RESET:
        *pq = PQ_PENDING;
        return true;
    case PQ_PENDING:
    case PQ_QUEUED:
        *pq = PQ_QUEUED;
        return false;
    default:
        return false;
    }
}

/* PQ's part in an end of interrupt: true if an event was queued. */
static bool eoi_pq(uint8_t *pq)
{
    switch (*pq) {
    case PQ_QUEUED:
        *pq = PQ_PENDING;
        return true;
    case PQ_PENDING:
        *pq = PQ_RESET;
        return false;
    default:
        return false;
    }
}

static void enqueue(struct xive *x, struct xive_end *end, uint32_t data)
{
    uint32_t entries = UINT32_C(1) << (end->log2_size - 2);

    gpa_store_be32(x->mem, end->queue + UINT64_C(4) * end->offset,
                   (uint32_t)end->generation << 31 | data);
    end->offset = (end->offset + 1) % entries;
    if (!end->offset)
        end->generation = !end->generation;
}

static void notify(struct xive *x, unsigned lisn)
{
    const struct xive_eas *eas = &x->sources[lisn].eas;
    const struct vcpu *v;
    struct xive_end *end;

    if (log_on(LOG_ITEM_IRQ))
        log_trace(LOG_ITEM_IRQ, "xive: event of source 0x%x%s, server %u priority %u data 0x%x",
                  lisn, eas->masked ? " (masked)" : "", eas->server, eas->priority, eas->data);
    if (!eas->valid || eas->masked)
        return;
    end = xive_end(x, eas->server, eas->priority);
    if (!end->valid)
        return;
    enqueue(x, end, eas->data);
    v = accel_find(x->accel, eas->server); /* none if its processor has been taken out */
    if (v && (end->always_notify || trigger_pq(&end->esn)))
        present(x, v->index, eas->priority);
}

static void trigger(struct xive *x, unsigned lisn)
{
    if (trigger_pq(&x->sources[lisn].pq))
        notify(x, lisn);
}

/* True if the LSI's level is high and no event of it is out or forbidden: then one goes out. */
static bool sample_lsi(struct xive *x, unsigned lisn)
{
    struct source *s = &x->sources[lisn];

    if (!s->is_lsi || !s->asserted || s->pq != PQ_RESET)
        return false;
    s->pq = PQ_PENDING;
    notify(x, lisn);
    return true;
}

static bool end_of_interrupt(struct xive *x, unsigned lisn)
{
    if (!eoi_pq(&x->sources[lisn].pq))
        return sample_lsi(x, lisn);
    notify(x, lisn);
    return true;
}

static void xive_set_source_locked(struct xive *x, unsigned lisn, bool level)
{
    struct source *s = &x->sources[lisn];

    if (s->is_lsi)
        s->asserted = level;
    if (!x->active)
        return;
    if (s->is_lsi)
        sample_lsi(x, lisn);
    else if (level)
        trigger(x, lisn);
}

void xive_set_source(struct xive *x, unsigned lisn, bool level)
{
    pthread_mutex_lock(&x->lock);
    xive_set_source_locked(x, lisn, level);
    pthread_mutex_unlock(&x->lock);
}

/* ---- source pages ---- */

/* What a management page does is in bits 10 and 11 of the offset, and the PQ to set in bits 8 and 9. */
enum { ESB_FIRST, ESB_SECOND, ESB_GET, ESB_SET };

static unsigned esb_operation(uint64_t offset)
{
    return offset >> 10 & 3;
}

/* A load at ESB_GET or ESB_SET. */
static uint64_t pq_load(uint8_t *pq, uint64_t offset)
{
    uint64_t old = *pq;

    if (esb_operation(offset) == ESB_SET)
        *pq = offset >> 8 & 3;
    return old;
}

static uint64_t xive_esb_load_locked(struct xive *x, unsigned lisn, uint32_t offset)
{
    uint64_t old;

    if (esb_operation(offset) < ESB_GET)
        return end_of_interrupt(x, lisn);
    old = pq_load(&x->sources[lisn].pq, offset);
    sample_lsi(x, lisn);
    return old;
}

uint64_t xive_esb_load(struct xive *x, unsigned lisn, uint32_t offset)
{
    uint64_t result;

    pthread_mutex_lock(&x->lock);
    result = xive_esb_load_locked(x, lisn, offset);
    pthread_mutex_unlock(&x->lock);
    return result;
}

static void xive_esb_store_locked(struct xive *x, unsigned lisn, uint32_t offset, uint64_t value)
{
    (void)value;
    switch (esb_operation(offset)) {
    case ESB_FIRST:
        trigger(x, lisn);
        break;
    case ESB_SET:
        x->sources[lisn].pq = offset >> 8 & 3;
        sample_lsi(x, lisn);
        break;
    default:
        /* End of interrupt by store is not offered. */
        guest_error("xive", "store to offset %03x of source 0x%x", offset, lisn);
    }
}

void xive_esb_store(struct xive *x, unsigned lisn, uint32_t offset, uint64_t value)
{
    pthread_mutex_lock(&x->lock);
    xive_esb_store_locked(x, lisn, offset, value);
    pthread_mutex_unlock(&x->lock);
}

static bool is_management_page(uint64_t offset)
{
    return offset >> XIVE_PAGE_SHIFT & 1;
}

static uint64_t esb_load_locked(void *device, uint64_t offset, unsigned size)
{
    struct xive *x = device;
    unsigned lisn = (unsigned)(offset >> (XIVE_PAGE_SHIFT + 1));

    (void)size;
    if (!is_management_page(offset) || !x->sources[lisn].claimed) {
        guest_error("xive", "load from trigger page or unknown source 0x%x", lisn);
        return UINT64_MAX;
    }
    return xive_esb_load_locked(x, lisn, offset & 0xffff);
}

static void esb_store_locked(void *device, uint64_t offset, unsigned size, uint64_t value)
{
    struct xive *x = device;
    unsigned lisn = (unsigned)(offset >> (XIVE_PAGE_SHIFT + 1));

    (void)size;
    if (!x->sources[lisn].claimed)
        guest_error("xive", "store to unknown source 0x%x", lisn);
    else if (is_management_page(offset))
        xive_esb_store_locked(x, lisn, offset & 0xffff, value);
    else
        trigger(x, lisn);
}

static uint64_t esb_load(void *device, uint64_t offset, unsigned size)
{
    struct xive *x = device;
    uint64_t value;

    pthread_mutex_lock(&x->lock);
    value = esb_load_locked(device, offset, size);
    pthread_mutex_unlock(&x->lock);
    return value;
}

static void esb_store(void *device, uint64_t offset, unsigned size, uint64_t value)
{
    struct xive *x = device;

    pthread_mutex_lock(&x->lock);
    esb_store_locked(device, offset, size, value);
    pthread_mutex_unlock(&x->lock);
}

static const struct mmio_ops esb_ops = { .load = esb_load, .store = esb_store, .has_own_lock = true };

/* An END's pages are its two PQs: notification, then escalation. There is no store. */
static uint64_t end_load_locked(void *device, uint64_t offset, unsigned size)
{
    struct xive *x = device;
    struct xive_end *end = &x->ends[offset >> (XIVE_PAGE_SHIFT + 1)];
    uint8_t *pq = is_management_page(offset) ? &end->ese : &end->esn;

    (void)size;
    if (!end->valid)
        return UINT64_MAX;
    return esb_operation(offset) < ESB_GET ? eoi_pq(pq) : pq_load(pq, offset);
}

static void end_store_locked(void *device, uint64_t offset, unsigned size, uint64_t value)
{
    (void)device;
    (void)size;
    (void)value;
    guest_error("xive", "store to offset %llx of the queues' pages", (unsigned long long)offset);
}

static uint64_t end_load(void *device, uint64_t offset, unsigned size)
{
    struct xive *x = device;
    uint64_t value;

    pthread_mutex_lock(&x->lock);
    value = end_load_locked(device, offset, size);
    pthread_mutex_unlock(&x->lock);
    return value;
}

static void end_store(void *device, uint64_t offset, unsigned size, uint64_t value)
{
    struct xive *x = device;

    pthread_mutex_lock(&x->lock);
    end_store_locked(device, offset, size, value);
    pthread_mutex_unlock(&x->lock);
}

static const struct mmio_ops end_ops = { .load = end_load, .store = end_store, .has_own_lock = true };

/* ---- thread interrupt management area: pages hardware, hypervisor, OS, user ---- */

enum { PAGE_OS = 2 };

/* Registers as they are: four or eight bytes, of which those the OS may not see are 0. */
static uint64_t load_raw(const struct thread *t, unsigned reg, unsigned size)
{
    const uint8_t ring[16] = {
        [NSR] = t->nsr, [CPPR] = t->cppr, [IPB] = t->ipb,   [LSMFB] = 0xff,
        [ACK] = 0xff,   [AGE] = 0,        [PIPR] = t->pipr,
    };
    uint64_t value = 0;

    for (unsigned i = reg; i < reg + size; i++)
        value = value << 8 | (i < RING_OS + sizeof ring ? ring[i - RING_OS] : 0);
    return value;
}

static uint64_t tima_load_locked(void *device, uint64_t offset, unsigned size)
{
    struct xive *x = device;
    const struct vcpu *v = accel_current();
    unsigned op = offset & OP_BITS, reg = offset & RAW_BITS;

    if (v && offset >> XIVE_PAGE_SHIFT == PAGE_OS) {
        if (op == OP_ACKNOWLEDGE && size == 2)
            return acknowledge(x, v->index);
        if (!(op & OP_SPECIAL) && size >= 4 && reg >= RING_OS && reg <= RING_OS + PIPR)
            return load_raw(&x->threads[v->index], reg, size);
    }
    guest_error("xive", "load of %u bytes from TIMA offset %05llx", size,
                (unsigned long long)offset);
    return UINT64_MAX;
}

/* True if bytes of a raw store at reg include the CPPR, the only register that may be written so; *cppr
 * receives it. */
static bool raw_store_has_cppr(unsigned reg, unsigned size, uint64_t value, uint8_t *cppr)
{
    if (size < 4 || reg > RING_OS + CPPR || reg + size <= RING_OS + CPPR)
        return false;
    *cppr = (uint8_t)(value >> 8 * (reg + size - 1 - (RING_OS + CPPR)));
    return true;
}

static void tima_store_locked(void *device, uint64_t offset, unsigned size, uint64_t value)
{
    struct xive *x = device;
    const struct vcpu *v = accel_current();
    unsigned op = offset & OP_BITS;
    uint8_t cppr = (uint8_t)value;

    if (v && offset >> XIVE_PAGE_SHIFT == PAGE_OS) {
        if ((op == OP_SET_CPPR && size == 1) ||
            (!(op & OP_SPECIAL) && raw_store_has_cppr(offset & RAW_BITS, size, value, &cppr))) {
            set_cppr(x, v->index, cppr);
            return;
        }
        if (op == OP_SET_PENDING && size == 1) {
            set_pending(x, v->index, (uint8_t)value);
            return;
        }
    }
    guest_error("xive", "store of %u bytes to TIMA offset %05llx", size,
                (unsigned long long)offset);
}

static uint64_t tima_load(void *device, uint64_t offset, unsigned size)
{
    struct xive *x = device;
    uint64_t value;

    pthread_mutex_lock(&x->lock);
    value = tima_load_locked(device, offset, size);
    pthread_mutex_unlock(&x->lock);
    return value;
}

static void tima_store(void *device, uint64_t offset, unsigned size, uint64_t value)
{
    struct xive *x = device;

    pthread_mutex_lock(&x->lock);
    tima_store_locked(device, offset, size, value);
    pthread_mutex_unlock(&x->lock);
}

static const struct mmio_ops tima_ops = { .load = tima_load, .store = tima_store, .has_own_lock = true };

/* ---- life ---- */

static bool add_regions(struct xive *x, struct error *err)
{
    const uint64_t sources = XIVE_SOURCES, ends = (uint64_t)x->n_servers * XIVE_PRIORITIES;

    /* A source or END has two pages. */
    return mem_add_mmio(x->mem, XIVE_ESB_BASE, sources << (XIVE_PAGE_SHIFT + 1), &esb_ops, x,
                        err) &&
           mem_add_mmio(x->mem, XIVE_END_BASE, ends << (XIVE_PAGE_SHIFT + 1), &end_ops, x, err) &&
           mem_add_mmio(x->mem, XIVE_TIMA_BASE, UINT64_C(4) << XIVE_PAGE_SHIFT, &tima_ops, x, err);
}

struct xive *xive_new(struct accel *accel, struct mem *mem, unsigned n_servers, struct error *err)
{
    struct xive *x = calloc(1, sizeof *x);

    if (x) {
        x->accel = accel;
        x->mem = mem;
        x->n_servers = n_servers;
        pthread_mutex_init(&x->lock, NULL);
        x->threads = calloc(accel_limit(accel), sizeof *x->threads);
        x->ends = calloc(n_servers, XIVE_PRIORITIES * sizeof *x->ends);
    }
    if (!x || !x->threads || !x->ends) {
        error_set(err, ERROR_RESOURCE, "out of memory for XIVE");
        xive_free(x);
        return NULL;
    }
    if (!add_regions(x, err)) {
        xive_free(x);
        return NULL;
    }
    for (unsigned server = 0; server < n_servers; server++)
        xive_claim(x, server, false);
    xive_set_active(x, false);
    return x;
}

void xive_free(struct xive *x)
{
    if (!x)
        return;
    pthread_mutex_destroy(&x->lock);
    free(x->threads);
    free(x->ends);
    free(x);
}

static void renew_thread(struct xive *x, unsigned index)
{
    x->threads[index] = (struct thread){ .pipr = NO_PRIORITY };
    update_line(x, index);
}

void xive_renew_thread(struct xive *x, unsigned index)
{
    pthread_mutex_lock(&x->lock);
    renew_thread(x, index);
    pthread_mutex_unlock(&x->lock);
}

static void xive_reset_locked(struct xive *x, bool threads)
{
    for (unsigned i = 0; i < XIVE_SOURCES; i++) {
        struct source *s = &x->sources[i];

        s->pq = PQ_OFF;
        s->eas = (struct xive_eas){ .valid = s->claimed, .masked = true };
    }
    for (unsigned i = 0; i < x->n_servers * XIVE_PRIORITIES; i++)
        x->ends[i] = (struct xive_end){ .valid = false };
    for (unsigned i = 0; threads && i < accel_limit(x->accel); i++)
        renew_thread(x, i);
}

void xive_reset(struct xive *x, bool threads)
{
    pthread_mutex_lock(&x->lock);
    xive_reset_locked(x, threads);
    pthread_mutex_unlock(&x->lock);
}

static void xive_set_active_locked(struct xive *x, bool active)
{
    if (!active && x->active)
        for (unsigned i = 0; i < accel_count(x->accel); i++)
            vcpu_set_external(accel_vcpu(x->accel, i), false);
    x->active = active;
    mem_enable_mmio(x->mem, XIVE_ESB_BASE, active);
    mem_enable_mmio(x->mem, XIVE_END_BASE, active);
    mem_enable_mmio(x->mem, XIVE_TIMA_BASE, active);
    xive_reset_locked(x, true);
}

void xive_set_active(struct xive *x, bool active)
{
    pthread_mutex_lock(&x->lock);
    xive_set_active_locked(x, active);
    pthread_mutex_unlock(&x->lock);
}

void xive_lock(struct xive *x)
{
    pthread_mutex_lock(&x->lock);
}

void xive_unlock(struct xive *x)
{
    pthread_mutex_unlock(&x->lock);
}

bool xive_is_active(const struct xive *x)
{
    return x->active;
}

unsigned xive_servers(const struct xive *x)
{
    return x->n_servers;
}

static void xive_claim_locked(struct xive *x, unsigned lisn, bool is_lsi)
{
    assert(lisn < XIVE_SOURCES && !x->sources[lisn].claimed);
    x->sources[lisn] = (struct source){
        .claimed = true,
        .is_lsi = is_lsi,
        .pq = PQ_OFF,
        .eas = { .valid = true, .masked = true },
    };
}

void xive_claim(struct xive *x, unsigned lisn, bool is_lsi)
{
    pthread_mutex_lock(&x->lock);
    xive_claim_locked(x, lisn, is_lsi);
    pthread_mutex_unlock(&x->lock);
}

static void xive_release_locked(struct xive *x, unsigned lisn)
{
    /* Events in queues stay there: they are the guest's. */
    assert(lisn < XIVE_SOURCES && x->sources[lisn].claimed);
    x->sources[lisn] = (struct source){ .pq = PQ_OFF };
}

void xive_release(struct xive *x, unsigned lisn)
{
    pthread_mutex_lock(&x->lock);
    xive_release_locked(x, lisn);
    pthread_mutex_unlock(&x->lock);
}

bool xive_is_lsi(const struct xive *x, unsigned lisn)
{
    return x->sources[lisn].is_lsi;
}

struct xive_eas *xive_eas(struct xive *x, uint64_t lisn)
{
    return lisn < XIVE_SOURCES && x->sources[lisn].claimed ? &x->sources[lisn].eas : NULL;
}

struct xive_end *xive_end(struct xive *x, unsigned server, unsigned priority)
{
    assert(server < x->n_servers && priority < XIVE_PRIORITIES);
    return &x->ends[server * XIVE_PRIORITIES + priority];
}

gpa_t xive_end_page(unsigned server, unsigned priority)
{
    return XIVE_END_BASE + ((gpa_t)(server * XIVE_PRIORITIES + priority) << (XIVE_PAGE_SHIFT + 1));
}
