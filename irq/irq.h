/* Interrupt sources, and the choice between the two controllers.
 *
 * Sources have numbers (LISN, the same under XICS and XIVE). A device claims one and gets an irq_line;
 * which controller hears it is decided at reset and at CAS. */
#ifndef IRQ_IRQ_H
#define IRQ_IRQ_H

#include "papr/platform.h"

/* The number space. */
enum {
    IRQ_IPI = 0, /* one for each server, XIVE only */
    IRQ_EPOW = 0x1000,
    IRQ_HOTPLUG = 0x1001,
    IRQ_VIO = 0x1100,
    IRQ_PCI_LSI = 0x1200,
    IRQ_MSI = 0x1300,
    IRQ_COUNT = 0x2000,
    IRQ_EXTERNAL = 0x1000, /* first that is not an IPI */
};

struct irq;
struct xics;
struct xive;

/* The controllers that the platform's configuration offers. NULL when out of memory, with more servers
 * than there are IPIs, or when the regions of the XIVE overlap others. The platform outlives it, its
 * accelerator and memory too; p->irq and p->irq_ops are the caller's to set. */
struct irq *irq_new(struct platform *p, struct error *err);
void irq_free(struct irq *irq);

/* Claims a number from IRQ_EXTERNAL on for a device: level-sensitive (LSI) or message-like. Fills in the
 * device's line. Fails if the number is out of range or taken. */
bool irq_claim(struct irq *irq, unsigned lisn, bool is_lsi, struct irq_line *line,
               struct error *err);

/* The same for count numbers of the MSI range in a row, *first being their first; `aligned` (multi-MSI,
 * where count is a power of two) makes that a multiple of count. Their lines are made by irq_line_of().
 * False, without err, if so many are not free. */
bool irq_claim_msis(struct irq *irq, unsigned count, bool aligned, unsigned *first);
struct irq_line irq_line_of(struct irq *irq, unsigned lisn);
/* Gives a claimed number back; what was pending of it is forgotten. */
void irq_release(struct irq *irq, unsigned lisn);

/* NULL if the machine lacks it. They are the facilities' states. */
struct xics *irq_xics(struct irq *irq);
struct xive *irq_xive(struct irq *irq);

/* For struct platform: self is the struct irq. A mode that the machine lacks changes nothing. */
extern const struct platform_irq_ops irq_platform_ops;

extern const struct facility_type xics_facility, xive_facility;

#endif
