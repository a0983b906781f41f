/* A whole machine: made of all rooms, reset, run, freed. */
#ifndef MACHINE_MACHINE_H
#define MACHINE_MACHINE_H

#include "machine/config.h"

struct machine;

/* Puts the machine together and checks its images. The config's strings outlive it. NULL with the reason. */
struct machine *machine_new(const struct machine_config *config, struct error *err);
void machine_free(struct machine *m);

/* Runs until power-off, Ctrl-A x, SIGTERM, SIGINT or SIGHUP (which it takes over meanwhile), or a guest
 * panic; *status is then the process's exit status. False if the
 * machine could not be started. With dumpdtb, writes the tree instead of running. */
bool machine_run(struct machine *m, int *status, struct error *err);

#endif
