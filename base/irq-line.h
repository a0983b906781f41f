/* One interrupt wire: what a device holds in its hand. The device says high or low (or pulses) and
 * does not know which controller, if any, listens. */
#ifndef BASE_IRQ_LINE_H
#define BASE_IRQ_LINE_H

#include <stdbool.h>
#include <stddef.h>

struct irq_line {
    void (*set)(void *listener, unsigned number, bool level); /* NULL: nobody listens */
    void *listener;
    unsigned number; /* the listener's name for this wire: a LISN for interrupt sources */
};

/* Level: for an edge (message) source each call with true is one interrupt. Any thread that holds
 * the machine's lock. */
static inline void irq_line_set(const struct irq_line *line, bool level)
{
    if (line->set)
        line->set(line->listener, line->number, level);
}

static inline void irq_line_pulse(const struct irq_line *line)
{
    irq_line_set(line, true);
    irq_line_set(line, false);
}

#endif
