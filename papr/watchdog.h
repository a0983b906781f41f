/* Watchdogs: timers that power off, restart or interrupt the partition unless it stops or winds them in time.
 * [LoPAR, H_WATCHDOG] */
#ifndef PAPR_WATCHDOG_H
#define PAPR_WATCHDOG_H

#include "base/loop.h"
#include "papr/platform.h"

struct watchdogs;

/* Their time is that of loop_now_ns(); the loop, which outlives them, calls when it has come. loop NULL: nobody
 * does but whoever calls watchdogs_expire(). */
struct watchdogs *watchdogs_new(struct platform *p, struct loop *loop, struct error *err);
void watchdogs_free(struct watchdogs *x);

/* Acts for those whose time has come by now. Lock held. */
void watchdogs_expire(struct watchdogs *x, uint64_t now_ns);

extern const struct facility_type watchdogs_facility;

#endif
