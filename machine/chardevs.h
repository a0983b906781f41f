/* Character devices by name: what -chardev says. */
#ifndef MACHINE_CHARDEVS_H
#define MACHINE_CHARDEVS_H

#include "host/chardev.h"

struct device_options;
struct chardevs; /* all of a machine */

/* Opens those that the options name. config is copied. */
struct chardevs *chardevs_new(const struct device_options *options, const struct chardev_config *config,
                              struct error *err);
void chardevs_free(struct chardevs *all);

/* The device of that name, for one user. With mux=on others may have it, too: each gets a front of its own. It belongs
 * to the list. */
struct chardev *chardevs_take(struct chardevs *all, const char *id, struct error *err);

#endif
