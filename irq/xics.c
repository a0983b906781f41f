/* XICS.
 *
 *   source --(server, priority)--> ICP: best pending (XISR, priority) --> processor's external line
 *
 * An ICP holds one interrupt at a time. A source offers its interrupt, and the ICP takes it if it is more
 * favoured (a lower number) than what the processor does (CPPR) and than what the ICP holds, which is given
 * back. A source with an interrupt that nobody took offers it again when the ICP may take more, so that at
 * all times the ICP holds the most favoured of those that may interrupt. [LoPAR, Interrupt Controller]
 *
 * Left out: checkpointing of in-service interrupts, and links between servers (global queues). */
#include "irq/xics.h"

#include <assert.h>
#include <pthread.h>
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
    bool sent;     /* LSI: held by an ICP, or accepted and not yet at its end */
    bool waiting;  /* message: one came that no ICP holds and no processor accepted */
    uint8_t priority, saved;
    unsigned server; /* server number */
};

struct xics {
    pthread_mutex_t lock; /* of all that follows */
    struct accel *accel;
    _Atomic bool active; /* changed under the lock */
    unsigned n_servers;
    struct icp *icps; /* by vCPU index */
    struct source sources[XICS_SOURCES];
    uint16_t claimed[XICS_SOURCES]; /* indices, ascending: those that a resend asks */
    unsigned n_claimed;
};

struct xics *xics_new(struct accel *accel, unsigned n_servers, struct error *err)
{
    struct xics *x = calloc(1, sizeof *x);

    if (x)
        x->icps = calloc(accel_limit(accel), sizeof *x->icps);
    if (!x || !x->icps) {
        error_set(err, ERROR_RESOURCE, "out of memory for XICS");
        free(x);
        return NULL;
    }
    x->accel = accel;
    x->n_servers = n_servers;
    pthread_mutex_init(&x->lock, NULL);
    xics_reset(x);
    return x;
}

void xics_free(struct xics *x)
{
    if (!x)
        return;
    pthread_mutex_destroy(&x->lock);
    free(x->icps);
    free(x);
}

static void set_line(struct xics *x, unsigned index)
{
    struct vcpu *v = accel_at(x->accel, index);

    if (x->active && v)
        vcpu_set_external(v, x->icps[index].xisr != 0);
}

static void reset_icp(struct xics *x, unsigned index)
{
    x->icps[index] = (struct icp){ .pending = 0xff, .mfrr = 0xff, .owner = NO_OWNER };
    set_line(x, index);
}

static void xics_reset_locked(struct xics *x)
{
    for (unsigned i = 0; i < accel_limit(x->accel); i++)
        reset_icp(x, i);
    for (unsigned i = 0; i < XICS_SOURCES; i++) {
        struct source *s = &x->sources[i];

        s->sent = s->waiting = false;
        s->priority = s->saved = XICS_MASKED;
        s->server = 0;
    }
}

void xics_reset(struct xics *x)
{
    pthread_mutex_lock(&x->lock);
    xics_reset_locked(x);
    pthread_mutex_unlock(&x->lock);
}

static void xics_set_active_locked(struct xics *x, bool active)
{
    if (!active && x->active)
        for (unsigned i = 0; i < accel_count(x->accel); i++)
            vcpu_set_external(accel_vcpu(x->accel, i), false);
    x->active = active;
    xics_reset_locked(x);
}

void xics_set_active(struct xics *x, bool active)
{
    pthread_mutex_lock(&x->lock);
    xics_set_active_locked(x, active);
    pthread_mutex_unlock(&x->lock);
}

bool xics_is_active(const struct xics *x)
{
    return x->active;
}

unsigned xics_servers(const struct xics *x)
{
    return x->n_servers;
}

static void xics_claim_locked(struct xics *x, unsigned nr, bool is_lsi)
{
    unsigned at = x->n_claimed++;

    assert(nr >= XICS_FIRST && nr < XICS_FIRST + XICS_SOURCES &&
           !x->sources[nr - XICS_FIRST].claimed);
    for (; at && x->claimed[at - 1] > nr - XICS_FIRST; at--)
        x->claimed[at] = x->claimed[at - 1];
    x->claimed[at] = (uint16_t)(nr - XICS_FIRST);
    x->sources[nr - XICS_FIRST] = (struct source){
        .claimed = true,
        .is_lsi = is_lsi,
        .priority = XICS_MASKED,
        .saved = XICS_MASKED,
    };
}

void xics_claim(struct xics *x, unsigned nr, bool is_lsi)
{
    pthread_mutex_lock(&x->lock);
    xics_claim_locked(x, nr, is_lsi);
    pthread_mutex_unlock(&x->lock);
}

bool xics_is_claimed(const struct xics *x, uint64_t nr)
{
    return nr >= XICS_FIRST && nr < XICS_FIRST + XICS_SOURCES &&
           x->sources[nr - XICS_FIRST].claimed;
}

static void offer(struct xics *x, int source);

/* What an ICP held and no longer does; NO_OWNER: an IPI, which MFRR remembers, or nothing. The source may
 * have got another server or priority since, so it offers its interrupt again. That ends, as each ICP that
 * takes one holds a more favoured one than before. */
static void give_back(struct xics *x, int owner)
{
    if (owner == NO_OWNER)
        return;
    if (x->sources[owner].is_lsi)
        x->sources[owner].sent = false;
    else
        x->sources[owner].waiting = true;
    offer(x, owner);
}

static void drop(struct xics *x, unsigned index)
{
    struct icp *icp = &x->icps[index];

    icp->xisr = 0;
    icp->pending = 0xff;
    icp->owner = NO_OWNER;
    set_line(x, index);
}

static bool has_interrupt(const struct source *s)
{
    return (s->is_lsi ? s->asserted && !s->sent : s->waiting) && s->priority != XICS_MASKED;
}

/* Offers a source's interrupt, if it has one, to its ICP. It waits if the server's processor has been taken out: the
 * guest may name another one. */
static void offer(struct xics *x, int source)
{
    struct source *s = &x->sources[source];
    const struct vcpu *v = accel_find(x->accel, s->server);
    unsigned index = v ? v->index : 0;
    struct icp *icp = &x->icps[index];
    int loser = icp->owner;

    if (!v || !has_interrupt(s) || s->priority >= icp->cppr || s->priority >= icp->pending)
        return;
    if (s->is_lsi)
        s->sent = true;
    else
        s->waiting = false;
    icp->xisr = (uint32_t)source + XICS_FIRST;
    icp->pending = s->priority;
    icp->owner = source;
    set_line(x, index);
    if (loser != source) /* else both are one: the processor has seen neither */
        give_back(x, loser);
}

void xics_renew_server(struct xics *x, unsigned index)
{
    int owner;

    pthread_mutex_lock(&x->lock);
    owner = x->icps[index].owner;
    reset_icp(x, index);
    give_back(x, owner);
    pthread_mutex_unlock(&x->lock);
}

static void offer_all(struct xics *x)
{
    for (unsigned n = 0; n < x->n_claimed; n++)
        offer(x, x->claimed[n]);
}

/* An IPI is pending while MFRR is more favoured than what the processor does. */
static void offer_ipi(struct xics *x, unsigned index)
{
    struct icp *icp = &x->icps[index];
    int loser = icp->owner;

    if (icp->mfrr >= icp->cppr || icp->mfrr >= icp->pending)
        return;
    icp->xisr = XICS_IPI;
    icp->pending = icp->mfrr;
    icp->owner = NO_OWNER;
    set_line(x, index);
    give_back(x, loser);
}

/* An ICP that holds nothing asks everybody. */
static void resend(struct xics *x, unsigned index)
{
    offer_ipi(x, index);
    offer_all(x);
}

static void xics_release_locked(struct xics *x, unsigned nr)
{
    int source = (int)(nr - XICS_FIRST);
    unsigned at = 0;

    assert(xics_is_claimed(x, nr));
    while (x->claimed[at] != source)
        at++;
    x->n_claimed--;
    memmove(&x->claimed[at], &x->claimed[at + 1], (x->n_claimed - at) * sizeof x->claimed[0]);
    x->sources[source] = (struct source){ .priority = XICS_MASKED, .saved = XICS_MASKED };
    for (unsigned i = 0; i < accel_limit(x->accel); i++) {
        if (x->icps[i].owner != source)
            continue;
        drop(x, i);
        resend(x, i);
    }
}

void xics_release(struct xics *x, unsigned nr)
{
    pthread_mutex_lock(&x->lock);
    xics_release_locked(x, nr);
    pthread_mutex_unlock(&x->lock);
}

/* What is held may no longer interrupt, or more may. */
static void change_cppr(struct xics *x, unsigned index, uint8_t cppr)
{
    struct icp *icp = &x->icps[index];

    icp->cppr = cppr;
    if (icp->xisr && cppr <= icp->pending) {
        int loser = icp->owner;

        drop(x, index);
        give_back(x, loser);
    }
}

static void icp_set_cppr_locked(struct xics *x, unsigned index, uint8_t cppr)
{
    change_cppr(x, index, cppr);
    if (!x->icps[index].xisr)
        resend(x, index);
}

void icp_set_cppr(struct xics *x, unsigned index, uint8_t cppr)
{
    pthread_mutex_lock(&x->lock);
    icp_set_cppr_locked(x, index, cppr);
    pthread_mutex_unlock(&x->lock);
}

static void icp_set_mfrr_locked(struct xics *x, unsigned index, uint8_t mfrr)
{
    x->icps[index].mfrr = mfrr;
    offer_ipi(x, index);
}

void icp_set_mfrr(struct xics *x, unsigned index, uint8_t mfrr)
{
    pthread_mutex_lock(&x->lock);
    icp_set_mfrr_locked(x, index, mfrr);
    pthread_mutex_unlock(&x->lock);
}

static uint32_t icp_accept_locked(struct xics *x, unsigned index)
{
    struct icp *icp = &x->icps[index];
    uint32_t xirr = (uint32_t)icp->cppr << 24 | icp->xisr;

    if (icp->xisr) {
        icp->cppr = icp->pending;
        drop(x, index);
    }
    if (log_on(LOG_ITEM_IRQ))
        log_trace(LOG_ITEM_IRQ, "xics: vcpu %u accepts, xirr %08x", index, xirr);
    return xirr;
}

uint32_t icp_accept(struct xics *x, unsigned index)
{
    uint32_t result;

    pthread_mutex_lock(&x->lock);
    result = icp_accept_locked(x, index);
    pthread_mutex_unlock(&x->lock);
    return result;
}

static void icp_eoi_locked(struct xics *x, unsigned index, uint32_t xirr)
{
    uint32_t nr = xirr & 0xffffff;
    bool is_lsi = xics_is_claimed(x, nr) && x->sources[nr - XICS_FIRST].is_lsi;

    if (log_on(LOG_ITEM_IRQ))
        log_trace(LOG_ITEM_IRQ, "xics: vcpu %u ends, xirr %08x", index, xirr);
    if (is_lsi)
        x->sources[nr - XICS_FIRST].sent = false;
    change_cppr(x, index, (uint8_t)(xirr >> 24));
    if (!x->icps[index].xisr)
        resend(x, index);
    if (is_lsi)
        offer(x, (int)(nr - XICS_FIRST)); /* its server may be another */
}

void icp_eoi(struct xics *x, unsigned index, uint32_t xirr)
{
    pthread_mutex_lock(&x->lock);
    icp_eoi_locked(x, index, xirr);
    pthread_mutex_unlock(&x->lock);
}

static uint32_t icp_poll_locked(struct xics *x, unsigned index, uint8_t *mfrr)
{
    *mfrr = x->icps[index].mfrr;
    return (uint32_t)x->icps[index].cppr << 24 | x->icps[index].xisr;
}

uint32_t icp_poll(struct xics *x, unsigned index, uint8_t *mfrr)
{
    uint32_t result;

    pthread_mutex_lock(&x->lock);
    result = icp_poll_locked(x, index, mfrr);
    pthread_mutex_unlock(&x->lock);
    return result;
}

static void xics_set_source_locked(struct xics *x, unsigned nr, bool level)
{
    int i = (int)(nr - XICS_FIRST);
    struct source *s = &x->sources[i];

    if (s->is_lsi)
        s->asserted = level;
    else if (level && x->active)
        s->waiting = true;
    if (x->active)
        offer(x, i);
}

void xics_set_source(struct xics *x, unsigned nr, bool level)
{
    pthread_mutex_lock(&x->lock);
    xics_set_source_locked(x, nr, level);
    pthread_mutex_unlock(&x->lock);
}

static void xics_write_xive_locked(struct xics *x, unsigned nr, unsigned server, uint8_t priority, uint8_t saved)
{
    struct source *s = &x->sources[nr - XICS_FIRST];

    s->server = server;
    s->priority = priority;
    s->saved = saved;
    offer(x, (int)(nr - XICS_FIRST));
}

void xics_write_xive(struct xics *x, unsigned nr, unsigned server, uint8_t priority, uint8_t saved)
{
    pthread_mutex_lock(&x->lock);
    xics_write_xive_locked(x, nr, server, priority, saved);
    pthread_mutex_unlock(&x->lock);
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
    for (unsigned i = 0; i < accel_limit(x->accel); i++) {
        const struct icp *icp = &x->icps[i];

        if (icp->owner != NO_OWNER
                ? icp->xisr != (uint32_t)icp->owner + XICS_FIRST || !x->sources[icp->owner].claimed
                : icp->xisr != 0 && icp->xisr != XICS_IPI)
            return false;
        if (icp->xisr ? icp->pending >= icp->cppr : icp->pending != 0xff)
            return false;
    }
    for (unsigned n = 1; n < x->n_claimed; n++)
        if (x->claimed[n - 1] >= x->claimed[n])
            return false;
    return true;
}
