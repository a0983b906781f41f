/* Interrupt sources: who has claimed which number, and which controller hears it; see irq.h. */
#include <stdlib.h>

#include "irq/irq.h"
#include "irq/xics.h"
#include "irq/xive.h"

struct irq {
    struct xics *xics;
    struct xive *xive;
    enum irq_mode mode;
    bool claimed[IRQ_COUNT];
};

struct irq *irq_new(struct accel *accel, struct mem *mem, bool with_xics, bool with_xive,
                    struct error *err)
{
    struct irq *irq = calloc(1, sizeof *irq);

    if (!irq) {
        error_set(err, ERROR_RESOURCE, "out of memory");
        return NULL;
    }
    if (with_xics)
        irq->xics = xics_new(accel, err);
    if (with_xive)
        irq->xive = xive_new(accel, mem, err);
    if ((with_xics && !irq->xics) || (with_xive && !irq->xive)) {
        irq_free(irq);
        return NULL;
    }
    irq->mode = with_xics ? IRQ_XICS : IRQ_XIVE;
    if (irq->xive)
        xive_set_active(irq->xive, irq->mode == IRQ_XIVE);
    if (irq->xics)
        xics_set_active(irq->xics, irq->mode == IRQ_XICS);
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

    /* Both keep the level of LSIs, so that it survives a switch; only the active one acts. */
    if (irq->xics)
        xics_set_source(irq->xics, lisn, level);
    if (irq->xive)
        xive_set_source(irq->xive, lisn, level);
}

bool irq_claim(struct irq *irq, unsigned lisn, bool is_lsi, struct irq_line *line,
               struct error *err)
{
    if (lisn < IRQ_EXTERNAL || lisn >= IRQ_COUNT || irq->claimed[lisn])
        return error_set(err, ERROR_RESOURCE, "interrupt source 0x%x is not free", lisn);
    irq->claimed[lisn] = true;
    if (irq->xics)
        xics_claim(irq->xics, lisn, is_lsi);
    if (irq->xive)
        xive_claim(irq->xive, lisn, is_lsi);
    *line = (struct irq_line){ set_source, irq, lisn };
    return true;
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

    irq->mode = mode;
    /* First the one that goes: it lowers the processors' lines. */
    if (irq->xics && mode != IRQ_XICS)
        xics_set_active(irq->xics, false);
    if (irq->xive)
        xive_set_active(irq->xive, mode == IRQ_XIVE);
    if (irq->xics && mode == IRQ_XICS)
        xics_set_active(irq->xics, true);
}

const struct platform_irq_ops irq_platform_ops = { .select = select_mode };
