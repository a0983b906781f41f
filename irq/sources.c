/* Interrupt sources: who has claimed which number, and which controller hears it; see irq.h.
 *
 *   device --irq_line--> source number --> XICS or XIVE, whichever is active --> processor
 *
 * Both controllers learn of each claim and of the level of each LSI, so that these outlive a switch. What
 * the guest configured does not: a controller starts from its reset state when it becomes active. */
#include <assert.h>
#include <stdlib.h>

#include "base/log.h"
#include "irq/irq.h"
#include "irq/xics.h"
#include "irq/xive.h"

struct irq {
    struct xics *xics;
    struct xive *xive;
    enum irq_mode mode;
    bool claimed[IRQ_COUNT];
};

/* Interrupt servers are numbered as vCPUs are: vsmt apart for each core of so many threads. */
static unsigned count_servers(const struct platform_config *c)
{
    return (c->max_vcpus * c->vsmt + c->threads - 1) / c->threads;
}

static bool make_controllers(struct irq *irq, struct platform *p, struct error *err)
{
    const struct platform_config *c = p->config;
    unsigned n_servers = count_servers(c);

    if (n_servers > IRQ_EXTERNAL) {
        error_set(err, ERROR_UNSUPPORTED, "%u interrupt servers are too many", n_servers);
        error_hint(err, "%u are possible: lower maxcpus, or vsmt", IRQ_EXTERNAL);
        return false;
    }
    if (c->offers_xics && !(irq->xics = xics_new(p->accel, n_servers, err)))
        return false;
    if (c->offers_xive && !(irq->xive = xive_new(p->accel, p->mem, n_servers, err)))
        return false;
    return true;
}

static void activate(struct irq *irq, enum irq_mode mode)
{
    irq->mode = mode;
    /* First the one that goes: it lowers the processors' lines. */
    if (irq->xics && mode != IRQ_XICS)
        xics_set_active(irq->xics, false);
    if (irq->xive)
        xive_set_active(irq->xive, mode == IRQ_XIVE);
    if (irq->xics && mode == IRQ_XICS)
        xics_set_active(irq->xics, true);
}

struct irq *irq_new(struct platform *p, struct error *err)
{
    struct irq *irq = calloc(1, sizeof *irq);

    if (!irq) {
        error_set(err, ERROR_RESOURCE, "out of memory for the interrupt controllers");
        return NULL;
    }
    if (!make_controllers(irq, p, err)) {
        irq_free(irq);
        return NULL;
    }
    activate(irq, irq->xics ? IRQ_XICS : IRQ_XIVE);
    return irq;
}

void irq_free(struct irq *irq)
{
    if (!irq)
        return;
    xics_free(irq->xics);
    xive_free(irq->xive);
    free(irq);
}

static void set_source(void *listener, unsigned lisn, bool level)
{
    struct irq *irq = listener;

    if (log_on(LOG_ITEM_IRQ))
        log_trace(LOG_ITEM_IRQ, "source 0x%x %s", lisn, level ? "high" : "low");
    /* Both keep the level of LSIs; only the active one acts. */
    if (irq->xics)
        xics_set_source(irq->xics, lisn, level);
    if (irq->xive)
        xive_set_source(irq->xive, lisn, level);
}

struct irq_line irq_line_of(struct irq *irq, unsigned lisn)
{
    return (struct irq_line){ set_source, irq, lisn };
}

static void claim(struct irq *irq, unsigned lisn, bool is_lsi)
{
    irq->claimed[lisn] = true;
    if (irq->xics)
        xics_claim(irq->xics, lisn, is_lsi);
    if (irq->xive)
        xive_claim(irq->xive, lisn, is_lsi);
}

bool irq_claim(struct irq *irq, unsigned lisn, bool is_lsi, struct irq_line *line,
               struct error *err)
{
    if (lisn < IRQ_EXTERNAL || lisn >= IRQ_COUNT || irq->claimed[lisn])
        return error_set(err, ERROR_RESOURCE, "interrupt source 0x%x is not free", lisn);
    claim(irq, lisn, is_lsi);
    *line = irq_line_of(irq, lisn);
    return true;
}

static bool are_free(const struct irq *irq, unsigned first, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (irq->claimed[first + i])
            return false;
    return true;
}

bool irq_claim_msis(struct irq *irq, unsigned count, bool aligned, unsigned *first)
{
    unsigned step = aligned ? count : 1;

    if (!count || count > IRQ_COUNT - IRQ_MSI)
        return false;
    for (unsigned at = (IRQ_MSI + step - 1) / step * step; at <= IRQ_COUNT - count; at += step) {
        if (!are_free(irq, at, count))
            continue;
        for (unsigned i = 0; i < count; i++)
            claim(irq, at + i, false);
        *first = at;
        return true;
    }
    return false;
}

void irq_release(struct irq *irq, unsigned lisn)
{
    assert(lisn < IRQ_COUNT && irq->claimed[lisn]);
    irq->claimed[lisn] = false;
    if (irq->xics)
        xics_release(irq->xics, lisn);
    if (irq->xive)
        xive_release(irq->xive, lisn);
}

struct xics *irq_xics(struct irq *irq)
{
    return irq->xics;
}

struct xive *irq_xive(struct irq *irq)
{
    return irq->xive;
}

static void select_mode(void *self, enum irq_mode mode)
{
    struct irq *irq = self;
    bool offered = mode == IRQ_XICS ? irq->xics != NULL : irq->xive != NULL;

    if (!offered) {
        guest_error("irq", "the guest chose %s, which this machine lacks",
                    mode == IRQ_XICS ? "XICS" : "XIVE");
        return;
    }
    if (mode != irq->mode)
        activate(irq, mode);
}

const struct platform_irq_ops irq_platform_ops = { .select = select_mode };
