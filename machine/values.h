/* Values on the command line: text to what it means, with errors that name option and value. */
#ifndef MACHINE_VALUES_H
#define MACHINE_VALUES_H

#include <stdint.h>

#include "base/error.h"

/* All return true and set *result, or false with the reason; name is what the value was given for. */

/* on, off, and their kin. */
bool value_bool(const char *name, const char *value, bool *result, struct error *err);

/* A number with an optional suffix k, M, G or T; without one it counts in `unit` bytes. */
bool value_size(const char *name, const char *value, uint64_t unit, uint64_t *result,
                struct error *err);

/* A decimal number up to most. */
bool value_unsigned(const char *name, const char *value, unsigned most, unsigned *result,
                    struct error *err);

/* One of the names; the list ends with a NULL name and has at most eight. */
struct choice {
    const char *name;
    unsigned value;
};
bool value_choice(const char *name, const char *value, const struct choice *choices,
                  unsigned *result, struct error *err);

/* Sets the error for a value that nothing above knows; returns false. */
bool value_bad(struct error *err, const char *name, const char *value, const char *hint);

#endif
