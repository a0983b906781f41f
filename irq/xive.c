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
 * The guest reads the queue, ends the interrupt with a load of the source's page (11 -> 10 makes another
 * event), and writes its CPPR. [ISA-independent; POWER9 XIVE; spec of the pseries machine]
 *
 * Left out, since partitions without a hypervisor below them have no use for it: escalation, backlog of
 * processors that are not dispatched, groups. */
#include "irq/xive.h"

#include <stdlib.h>

#include "base/log.h"

/* Registers of the OS ring, at offset 0x10 of the area. */
enum { RING_OS = 0x10, NSR = 0, CPPR = 1, IPB = 2, LSMFB = 3, ACK = 4, INC = 5, AGE = 6, PIPR = 7, WORD2 = 8 };
enum { NSR_EO = 0x80, NO_PRIORITY = 0xff, CAM_FIRST = 0x400 };

struct source {
    bool claimed, is_lsi, asserted;
    uint8_t pq;
    struct xive_eas eas;
};

struct thread {
    uint8_t nsr, cppr, ipb, pipr;
};

struct xive {
    struct accel *accel;
    struct mem *mem;
    bool active;
    struct thread *threads; /* by vCPU index */
    struct xive_end *ends;  /* XIVE_PRIORITIES for each vCPU */
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

    t->nsr = t->pipr < t->cppr ? NSR_EO : 0;
    if (x->active)
        vcpu_set_external(accel_vcpu(x->accel, index), t->nsr);
}

static void present(struct xive *x, unsigned index, uint8_t priority)
{
    struct thread *t = &x->threads[index];

    t->ipb |= (uint8_t)(0x80 >> priority);
    if (priority < t->pipr)
        t->pipr = priority;
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
    uint8_t nsr = t->nsr;

    if (nsr & NSR_EO) {
        t->cppr = t->pipr;
        t->ipb &= (uint8_t)~(0x80 >> t->pipr);
        /* PIPR keeps its value until the next write of CPPR; it is no longer below CPPR. */
        t->nsr = 0;
        if (x->active)
            vcpu_set_external(accel_vcpu(x->accel, index), false);
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
    struct xive_end *end;

    if (!eas->valid || eas->masked || eas->index >= accel_count(x->accel))
        return;
    end = xive_end(x, eas->index, eas->priority);
    if (!end->valid)
        return;
    enqueue(x, end, eas->data);
    if (end->always_notify || trigger_pq(&end->esn))
        present(x, eas->index, eas->priority);
}

static void trigger(struct xive *x, unsigned lisn)
{
    struct source *s = &x->sources[lisn];

    if (s->is_lsi) {
        /* A level makes no second event while the first is out. */
        s->asserted = true;
        if (s->pq == PQ_RESET) {
            s->pq = PQ_PENDING;
            notify(x, lisn);
        }
    } else if (trigger_pq(&s->pq)) {
        notify(x, lisn);
    }
}

static bool end_of_interrupt(struct xive *x, unsigned lisn)
{
    struct source *s = &x->sources[lisn];
    bool queued = eoi_pq(&s->pq);

    if (s->is_lsi && s->asserted && s->pq == PQ_RESET) {
        s->pq = PQ_PENDING;
        queued = true;
    }
    if (queued)
        notify(x, lisn);
    return queued;
}

void xive_set_source(struct xive *x, unsigned lisn, bool level)
{
    struct source *s = &x->sources[lisn];

    if (s->is_lsi)
        s->asserted = level;
    if (level && x->active)
        trigger(x, lisn);
}

/* ---- source pages ---- */

static uint64_t pq_load(uint8_t *pq, uint32_t offset)
{
    uint64_t old = *pq;

    switch (offset & 0xf00) {
    case 0xc00:
    case 0xd00:
    case 0xe00:
    case 0xf00:
        *pq = offset >> 8 & 3;
        break;
    }
    return old;
}

uint64_t xive_esb_load(struct xive *x, unsigned lisn, uint32_t offset)
{
    if ((offset & 0xfff) < 0x800)
        return end_of_interrupt(x, lisn);
    return pq_load(&x->sources[lisn].pq, offset);
}

void xive_esb_store(struct xive *x, unsigned lisn, uint32_t offset, uint64_t value)
{
    (void)value;
    switch (offset >> 10 & 3) {
    case 0:
        trigger(x, lisn);
        break;
    case 1:
        end_of_interrupt(x, lisn);
        break;
    case 3:
        x->sources[lisn].pq = offset >> 8 & 3;
        break;
    }
}

static bool is_management_page(uint64_t offset)
{
    return offset >> XIVE_PAGE_SHIFT & 1;
}

static uint64_t esb_load(void *device, uint64_t offset, unsigned size)
{
    struct xive *x = device;
    unsigned lisn = (unsigned)(offset >> (XIVE_PAGE_SHIFT + 1));

    (void)size;
    if (!is_management_page(offset) || !x->sources[lisn].claimed)
        return UINT64_MAX;
    return xive_esb_load(x, lisn, offset & 0xffff);
}

static void esb_store(void *device, uint64_t offset, unsigned size, uint64_t value)
{
    struct xive *x = device;
    unsigned lisn = (unsigned)(offset >> (XIVE_PAGE_SHIFT + 1));

    (void)size;
    if (!x->sources[lisn].claimed)
        return;
    if (is_management_page(offset))
        xive_esb_store(x, lisn, offset & 0xffff, value);
    else
        trigger(x, lisn);
}

static const struct mmio_ops esb_ops = { esb_load, esb_store };

/* An END's pages are its two PQs: notification, then escalation. */
static uint64_t end_load(void *device, uint64_t offset, unsigned size)
{
    struct xive *x = device;
    struct xive_end *end = &x->ends[offset >> (XIVE_PAGE_SHIFT + 1)];
    uint8_t *pq = is_management_page(offset) ? &end->ese : &end->esn;

    (void)size;
    if (!end->valid)
        return UINT64_MAX;
    return (offset & 0xfff) < 0x800 ? eoi_pq(pq) : pq_load(pq, offset & 0xffff);
}

static void end_store(void *device, uint64_t offset, unsigned size, uint64_t value)
{
    (void)device;
    (void)offset;
    (void)size;
    (void)value;
}

static const struct mmio_ops end_ops = { end_load, end_store };

/* ---- thread interrupt management area: pages hardware, hypervisor, OS, user ---- */

enum { PAGE_OS = 2 };

static uint64_t tima_load(void *device, uint64_t offset, unsigned size)
{
    struct xive *x = device;
    struct vcpu *v = accel_current();
    unsigned reg = offset & 0xfff;
    const struct thread *t;
    uint8_t ring[16];
    uint64_t value = 0;

    if (!v || offset >> XIVE_PAGE_SHIFT != PAGE_OS)
        return UINT64_MAX;
    if (reg == 0x810 && size == 2)
        return acknowledge(x, v->index);
    if (reg < RING_OS || reg + size > RING_OS + sizeof ring)
        return UINT64_MAX;
    t = &x->threads[v->index];
    st_be64(ring, 0);
    ring[NSR] = t->nsr;
    ring[CPPR] = t->cppr;
    ring[IPB] = t->ipb;
    ring[LSMFB] = ring[ACK] = ring[AGE] = 0xff;
    ring[PIPR] = t->pipr;
    st_be32(ring + WORD2, UINT32_C(0x80000000) | (CAM_FIRST + v->id));
    st_be32(ring + WORD2 + 4, 0);
    for (unsigned i = 0; i < size; i++)
        value = value << 8 | ring[reg - RING_OS + i];
    return value;
}

static void tima_store(void *device, uint64_t offset, unsigned size, uint64_t value)
{
    struct xive *x = device;
    struct vcpu *v = accel_current();
    unsigned reg = offset & 0xfff;

    if (!v || offset >> XIVE_PAGE_SHIFT != PAGE_OS)
        return;
    if (reg == RING_OS + CPPR && size == 1)
        set_cppr(x, v->index, (uint8_t)value);
    else if (reg == 0x812 && size == 1 && value < XIVE_PRIORITIES)
        present(x, v->index, (uint8_t)value);
    else
        guest_error("xive", "store of %u bytes to TIMA offset %03x", size, reg);
}

static const struct mmio_ops tima_ops = { tima_load, tima_store };

/* ---- life ---- */

struct xive *xive_new(struct accel *accel, struct mem *mem, struct error *err)
{
    struct xive *x = calloc(1, sizeof *x);
    unsigned n = accel_count(accel);

    if (x) {
        x->accel = accel;
        x->mem = mem;
        x->threads = calloc(n, sizeof *x->threads);
        x->ends = calloc(n, XIVE_PRIORITIES * sizeof *x->ends);
    }
    if (!x || !x->threads || !x->ends) {
        error_set(err, ERROR_RESOURCE, "out of memory");
        xive_free(x);
        return NULL;
    }
    if (!mem_add_mmio(mem, XIVE_ESB_BASE, (uint64_t)XIVE_SOURCES << (XIVE_PAGE_SHIFT + 1),
                      &esb_ops, x, err) ||
        !mem_add_mmio(mem, XIVE_END_BASE, (uint64_t)n * XIVE_PRIORITIES << (XIVE_PAGE_SHIFT + 1),
                      &end_ops, x, err) ||
        !mem_add_mmio(mem, XIVE_TIMA_BASE, UINT64_C(4) << XIVE_PAGE_SHIFT, &tima_ops, x, err)) {
        xive_free(x);
        return NULL;
    }
    /* IPIs: one source for each server number. */
    for (unsigned i = 0; i < xive_servers(x) && i < 0x1000; i++)
        xive_claim(x, i, false);
    xive_set_active(x, false);
    return x;
}

void xive_free(struct xive *x)
{
    if (!x)
        return;
    free(x->threads);
    free(x->ends);
    free(x);
}

void xive_reset(struct xive *x, bool threads)
{
    for (unsigned i = 0; i < XIVE_SOURCES; i++) {
        struct source *s = &x->sources[i];

        s->pq = PQ_OFF;
        s->eas = (struct xive_eas){ .valid = s->claimed, .masked = true };
    }
    for (unsigned i = 0; i < accel_count(x->accel) * XIVE_PRIORITIES; i++)
        x->ends[i] = (struct xive_end){ .ese = PQ_OFF };
    for (unsigned i = 0; threads && i < accel_count(x->accel); i++) {
        x->threads[i] = (struct thread){ .pipr = NO_PRIORITY };
        update_line(x, i);
    }
}

void xive_set_active(struct xive *x, bool active)
{
    if (!active && x->active)
        for (unsigned i = 0; i < accel_count(x->accel); i++)
            vcpu_set_external(accel_vcpu(x->accel, i), false);
    x->active = active;
    mem_enable_mmio(x->mem, XIVE_ESB_BASE, active);
    mem_enable_mmio(x->mem, XIVE_END_BASE, active);
    mem_enable_mmio(x->mem, XIVE_TIMA_BASE, active);
    xive_reset(x, true);
}

bool xive_is_active(const struct xive *x)
{
    return x->active;
}

unsigned xive_servers(const struct xive *x)
{
    return accel_vcpu(x->accel, accel_count(x->accel) - 1)->id + 1;
}

void xive_claim(struct xive *x, unsigned lisn, bool is_lsi)
{
    struct source *s = &x->sources[lisn];

    s->claimed = true;
    s->is_lsi = is_lsi;
    s->pq = PQ_OFF;
    s->eas = (struct xive_eas){ .valid = true, .masked = true };
}

bool xive_is_lsi(const struct xive *x, unsigned lisn)
{
    return x->sources[lisn].is_lsi;
}

struct xive_eas *xive_eas(struct xive *x, uint64_t lisn)
{
    return lisn < XIVE_SOURCES && x->sources[lisn].claimed ? &x->sources[lisn].eas : NULL;
}

struct xive_end *xive_end(struct xive *x, unsigned index, unsigned priority)
{
    return &x->ends[index * XIVE_PRIORITIES + priority];
}
