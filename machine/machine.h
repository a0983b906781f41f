/* A whole machine: made of all rooms, reset, run, freed. */
#ifndef MACHINE_MACHINE_H
#define MACHINE_MACHINE_H

#include "machine/config.h"

struct chardev;
struct control;
struct loop;
struct machine;
struct parts;

/* Puts the machine together and checks its images. The config's strings outlive it. NULL with the reason. */
struct machine *machine_new(const struct machine_config *config, struct error *err);
void machine_free(struct machine *m);

/* Runs until power-off, Ctrl-A x, SIGTERM, SIGINT or SIGHUP (which it takes over meanwhile), or a guest
 * panic; *status is then the process's exit status. False if the
 * machine could not be started. With dumpdtb, writes the tree instead of running. */
bool machine_run(struct machine *m, int *status, struct error *err);

/* For a machine that is only to be looked at (config.dumpdtb): its tree after a reset, and, if vectors is not NULL, after
 * ibm,client-architecture-support with those. Valid until the next call; NULL with the reason. */
const void *machine_tree(struct machine *m, const void *vectors, size_t vectors_size, size_t *size, struct error *err);

/* ---- for the monitor and debugger; the event loop's thread, without the lock ----
 *
 * A machine of type none has neither accel, mem, platform nor parts: NULL, and parts with NULL in it. */
struct loop *machine_loop(struct machine *m);
struct control *machine_control(struct machine *m);
struct accel *machine_accel(struct machine *m);
struct mem *machine_mem(struct machine *m);
struct devices *machine_devices(struct machine *m);
struct platform *machine_platform(struct machine *m);
const struct parts *machine_parts(struct machine *m);
const struct machine_config *machine_config(const struct machine *m);
/* The i-th serial line's other side, NULL. */
struct chardev *machine_serial(struct machine *m, unsigned i);
/* Where it is, as "pty:/dev/pts/3"; NULL if it tells no more than the option did. */
const char *machine_serial_name(struct machine *m, unsigned i);

/* Starts anew at once; goes on running if it ran. With -no-reboot, ends. */
void machine_system_reset(struct machine *m);
/* Asks the guest to shut down in good order. */
void machine_power_down(struct machine *m);
/* What follows a reboot (reset, shutdown), a power-off (poweroff, pause), a guest panic (pause, shutdown,
 * exit-failure, none); NULL: as before. The values have been checked. */
void machine_set_action(struct machine *m, const char *reboot, const char *shutdown, const char *panic);
/* Ends machine_run() with status 0. */
void machine_quit(struct machine *m);
/* Writes the present device tree to a file. */
bool machine_write_tree(struct machine *m, const char *path, struct error *err);

#endif
