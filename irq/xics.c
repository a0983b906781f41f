/* XICS.
 *
 *   source --(server, priority)--> ICP: best pending (XISR, priority) --> processor's external line
 *
 * An ICP holds one interrupt at a time. A more favoured one (lower number) takes its place and the one that
 * lost is rejected: its source remembers that and is asked again (resend) when the ICP may take more.
 * [LoPAR, Interrupt Controller]
 *
 * Left out: checkpointing of in-service interrupts, and links between servers (global queues). */
#include "irq/xics.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

enum { NO_OWNER = -1 };

struct icp {
    uint8_t cppr;    /* 0: nothing may interrupt */
    uint32_t xisr;   /* 0: nothing pending */
    uint8_t pending; /* its priority, 0xff with nothing pending */
    uint8_t mfrr;
    int owner; /* source of the pending interrupt, NO_OWNER for an IPI or nothing */
};

struct source {
    bool claimed, is_lsi;
    bool asserted; /* LSI: level */
    bool sent, rejected, masked_pending;
    uint8_t priority, saved;
    unsigned server; /* server number */
};

struct xics {
    struct accel *accel;
    bool active;
    unsigned n_servers;
    struct icp *icps; /* by vCPU index */
    struct source sources[XICS_SOURCES];
    uint16_t claimed[XICS_SOURCES]; /* indices of claimed sources, ascending: those that a resend asks */
    unsigned n_claimed;
};

struct xics *xics_new(struct accel *accel, unsigned n_servers, struct error *err)
{
    struct xics *x = calloc(1, sizeof *x);

    if (x)
        x->icps = calloc(accel_count(accel), sizeof *x->icps);
    if (!x || !x->icps) {
        error_set(err, ERROR_RESOURCE, "out of memory for XICS");
        free(x);
        return NULL;
    }
    x->accel = accel;
    x->n_servers = n_servers;
    xics_reset(x);
    return x;
}

void xics_free(struct xics *x)
{
    if (!x)
        return;
    free(x->icps);
    free(x);
}

static void set_line(struct xics *x, unsigned index)
{
    if (x->active)
        vcpu_set_external(accel_vcpu(x->accel, index), x->icps[index].xisr != 0);
}

void xics_reset(struct xics *x)
{
    for (unsigned i = 0; i < accel_count(x->accel); i++) {
        x->icps[i] = (struct icp){ .pending = 0xff, .mfrr = 0xff, .owner = NO_OWNER };
        set_line(x, i);
    }
    for (unsigned i = 0; i < XICS_SOURCES; i++) {
        struct source *s = &x->sources[i];

        s->sent = s->rejected = s->masked_pending = false;
        s->priority = s->saved = XICS_MASKED;
        s->server = 0;
    }
}

void xics_set_active(struct xics *x, bool active)
{
    if (!active && x->active)
        for (unsigned i = 0; i < accel_count(x->accel); i++)
            vcpu_set_external(accel_vcpu(x->accel, i), false);
    x->active = active;
    xics_reset(x);
}

bool xics_is_active(const struct xics *x)
{
    return x->active;
}

unsigned xics_servers(const struct xics *x)
{
    return x->n_servers;
}

void xics_claim(struct xics *x, unsigned nr, bool is_lsi)
{
    unsigned at = x->n_claimed++;

    assert(nr >= XICS_FIRST && nr < XICS_FIRST + XICS_SOURCES &&
           !x->sources[nr - XICS_FIRST].claimed);
    for (; at && x->claimed[at - 1] > nr - XICS_FIRST; at--)
        x->claimed[at] = x->claimed[at - 1];
    x->claimed[at] = (uint16_t)(nr - XICS_FIRST);
    x->sources[nr - XICS_FIRST] = (struct source){
        .claimed = true, .is_lsi = is_lsi, .priority = XICS_MASKED, .saved = XICS_MASKED,
    };
}

bool xics_is_claimed(const struct xics *x, uint64_t nr)
{
    return nr >= XICS_FIRST && nr < XICS_FIRST + XICS_SOURCES &&
           x->sources[nr - XICS_FIRST].claimed;
}

static void reject(struct xics *x, int owner)
{
    struct source *s;

    if (owner == NO_OWNER)
        return;
    s = &x->sources[owner];
    if (s->is_lsi)
        s->sent = false;
    else
        s->rejected = true;
}

/* Offers a source's interrupt to its ICP, which takes or rejects it. The source's server exists: the
 * callers of xics_write_xive() saw to that, and vCPUs do not go. */
static void deliver(struct xics *x, int source)
{
    const struct source *s = &x->sources[source];
    struct vcpu *v = accel_find(x->accel, s->server);
    struct icp *icp = &x->icps[v->index];
    int loser = icp->owner;

    if (s->priority >= icp->cppr || (icp->xisr && icp->pending <= s->priority)) {
        reject(x, source);
        return;
    }
    icp->xisr = (uint32_t)source + XICS_FIRST;
    icp->pending = s->priority;
    icp->owner = source;
    set_line(x, v->index);
    reject(x, loser);
}

static void resend_msi(struct xics *x, int i)
{
    struct source *s = &x->sources[i];

    if (!s->rejected)
        return;
    s->rejected = false;
    if (s->priority != XICS_MASKED)
        deliver(x, i);
}

static void resend_lsi(struct xics *x, int i)
{
    struct source *s = &x->sources[i];

    if (s->asserted && !s->sent && s->priority != XICS_MASKED) {
        s->sent = true;
        deliver(x, i);
    }
}

static void resend_all(struct xics *x)
{
    for (unsigned n = 0; n < x->n_claimed; n++) {
        int i = x->claimed[n];

        if (x->sources[i].is_lsi)
            resend_lsi(x, i);
        else
            resend_msi(x, i);
    }
}

/* An IPI is pending when MFRR is more favoured than what the ICP does. */
static void check_ipi(struct xics *x, unsigned index)
{
    struct icp *icp = &x->icps[index];
    int loser = icp->owner;

    if (icp->xisr && icp->pending <= icp->mfrr)
        return;
    icp->xisr = XICS_IPI;
    icp->pending = icp->mfrr;
    icp->owner = NO_OWNER;
    set_line(x, index);
    reject(x, loser);
}

static void resend(struct xics *x, unsigned index)
{
    if (x->icps[index].mfrr < x->icps[index].cppr)
        check_ipi(x, index);
    resend_all(x);
}

void xics_release(struct xics *x, unsigned nr)
{
    unsigned at = 0;

    assert(xics_is_claimed(x, nr));
    while (x->claimed[at] != nr - XICS_FIRST)
        at++;
    x->n_claimed--;
    memmove(&x->claimed[at], &x->claimed[at + 1], (x->n_claimed - at) * sizeof x->claimed[0]);
    x->sources[nr - XICS_FIRST] = (struct source){ .priority = XICS_MASKED, .saved = XICS_MASKED };
    for (unsigned i = 0; i < accel_count(x->accel); i++) {
        struct icp *icp = &x->icps[i];

        if (icp->owner != (int)(nr - XICS_FIRST))
            continue;
        icp->xisr = 0;
        icp->pending = 0xff;
        icp->owner = NO_OWNER;
        set_line(x, i);
        resend(x, i);
    }
}

void icp_set_cppr(struct xics *x, unsigned index, uint8_t cppr)
{
    struct icp *icp = &x->icps[index];
    uint8_t old = icp->cppr;

    icp->cppr = cppr;
    if (cppr < old) {
        /* What is pending may no longer interrupt. */
        if (icp->xisr && cppr <= icp->pending) {
            int loser = icp->owner;

            icp->xisr = 0;
            icp->pending = 0xff;
            icp->owner = NO_OWNER;
            set_line(x, index);
            reject(x, loser);
        }
    } else if (!icp->xisr) {
        resend(x, index);
    }
}

void icp_set_mfrr(struct xics *x, unsigned index, uint8_t mfrr)
{
    x->icps[index].mfrr = mfrr;
    if (mfrr < x->icps[index].cppr)
        check_ipi(x, index);
}

uint32_t icp_accept(struct xics *x, unsigned index)
{
    struct icp *icp = &x->icps[index];
    uint32_t xirr = (uint32_t)icp->cppr << 24 | icp->xisr;

    if (icp->xisr) {
        icp->cppr = icp->pending;
        icp->xisr = 0;
        icp->pending = 0xff;
        icp->owner = NO_OWNER;
        set_line(x, index);
    }
    if (log_on(LOG_ITEM_IRQ))
        log_trace(LOG_ITEM_IRQ, "xics: vcpu %u accepts, xirr %08x", index, xirr);
    return xirr;
}

void icp_eoi(struct xics *x, unsigned index, uint32_t xirr)
{
    uint32_t nr = xirr & 0xffffff;

    if (log_on(LOG_ITEM_IRQ))
        log_trace(LOG_ITEM_IRQ, "xics: vcpu %u ends, xirr %08x", index, xirr);
    x->icps[index].cppr = (uint8_t)(xirr >> 24);
    if (xics_is_claimed(x, nr) && x->sources[nr - XICS_FIRST].is_lsi)
        x->sources[nr - XICS_FIRST].sent = false;
    if (!x->icps[index].xisr)
        resend(x, index);
}

uint32_t icp_poll(const struct xics *x, unsigned index, uint8_t *mfrr)
{
    *mfrr = x->icps[index].mfrr;
    return (uint32_t)x->icps[index].cppr << 24 | x->icps[index].xisr;
}

void xics_set_source(struct xics *x, unsigned nr, bool level)
{
    int i = (int)(nr - XICS_FIRST);
    struct source *s = &x->sources[i];

    if (s->is_lsi) {
        s->asserted = level;
        if (x->active)
            resend_lsi(x, i);
        return;
    }
    if (!level || !x->active)
        return;
    if (s->priority == XICS_MASKED)
        s->masked_pending = true;
    else
        deliver(x, i);
}

void xics_write_xive(struct xics *x, unsigned nr, unsigned server, uint8_t priority, uint8_t saved)
{
    int i = (int)(nr - XICS_FIRST);
    struct source *s = &x->sources[i];

    s->server = server;
    s->priority = priority;
    s->saved = saved;
    if (s->is_lsi) {
        resend_lsi(x, i);
    } else if (s->masked_pending && priority != XICS_MASKED) {
        s->masked_pending = false;
        deliver(x, i);
    }
}

void xics_read_xive(const struct xics *x, unsigned nr, unsigned *server, uint8_t *priority,
                    uint8_t *saved)
{
    const struct source *s = &x->sources[nr - XICS_FIRST];

    *server = s->server;
    *priority = s->priority;
    *saved = s->saved;
}

bool xics_check(const struct xics *x)
{
    for (unsigned i = 0; i < accel_count(x->accel); i++) {
        const struct icp *icp = &x->icps[i];

        if (icp->owner != NO_OWNER
                ? icp->xisr != (uint32_t)icp->owner + XICS_FIRST || !x->sources[icp->owner].claimed
                : icp->xisr != 0 && icp->xisr != XICS_IPI)
            return false;
        if (!icp->xisr && icp->pending != 0xff)
            return false;
    }
    for (unsigned n = 1; n < x->n_claimed; n++)
        if (x->claimed[n - 1] >= x->claimed[n])
            return false;
    return true;
}
