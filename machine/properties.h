/* The properties of -machine: one table. */
#ifndef MACHINE_PROPERTIES_H
#define MACHINE_PROPERTIES_H

#include "machine/config.h"

/* Sets the property of a word NAME=VALUE (or NAME, which means on), which is changed in place and kept. */
bool property_set(struct machine_config *c, char *word, struct error *err);

/* Calls row for each property and capability, for help. */
void properties_for_each(void (*row)(void *opaque, const char *name, const char *values,
                                     const char *text),
                         void *opaque);

/* The accelerators, for -accel and for the property: ACCEL[,...]. */
bool property_accel(struct machine_config *c, const char *name, const char *value, struct error *err);

#endif
