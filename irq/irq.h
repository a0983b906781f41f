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

/* Both controllers or one, for the vCPUs of accel. NULL when out of memory, or when the regions of the
 * XIVE overlap others. accel and mem outlive it. */
struct irq *irq_new(struct accel *accel, struct mem *mem, bool with_xics, bool with_xive,
                    struct error *err);
void irq_free(struct irq *irq);

/* Claims a number from IRQ_EXTERNAL on for a device: level-sensitive (LSI) or message-like. Fills in the
 * device's line. Fails if the number is out of range or taken. */
bool irq_claim(struct irq *irq, unsigned lisn, bool is_lsi, struct irq_line *line,
               struct error *err);

/* NULL if the machine lacks it. They are the facilities' states. */
struct xics *irq_xics(struct irq *irq);
struct xive *irq_xive(struct irq *irq);

/* For struct platform: self is the struct irq. */
extern const struct platform_irq_ops irq_platform_ops;

extern const struct facility_type xics_facility, xive_facility;

#endif
