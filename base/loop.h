/* The event loop of the main thread: descriptors, timers, and notes from other threads.
 *
 * All functions but loop_post() and loop_quit() are for the loop's own thread, or before it runs. */
#ifndef BASE_LOOP_H
#define BASE_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct loop;
struct loop_source; /* one watched descriptor */
struct loop_timer;

struct loop *loop_new(struct error *err);
void loop_free(struct loop *loop);

/* Calls ready(opaque, events) when the descriptor has any of these poll(2) events (POLLIN, POLLOUT;
 * POLLHUP and POLLERR always). The descriptor stays the caller's. NULL when out of memory. */
struct loop_source *loop_add(struct loop *loop, int fd, short events,
                             void (*ready)(void *opaque, short events), void *opaque);
void loop_set_events(struct loop_source *source, short events);
/* May be called from within ready(). */
void loop_remove(struct loop_source *source);

/* A one-shot timer, initially off; loop_timer_set() arms it at CLOCK_MONOTONIC nanoseconds, 0 disarms. */
struct loop_timer *loop_timer_new(struct loop *loop, void (*fire)(void *opaque), void *opaque);
void loop_timer_set(struct loop_timer *timer, uint64_t at_ns);
void loop_timer_free(struct loop_timer *timer);
uint64_t loop_now_ns(void);

/* Any thread: has fn(opaque) called soon on the loop's thread, in the order of posting. */
void loop_post(struct loop *loop, void (*fn)(void *opaque), void *opaque);

/* Runs until loop_quit(); returns its status. It may be run again. */
int loop_run(struct loop *loop);
/* Any thread or signal handler. The first status counts. */
void loop_quit(struct loop *loop, int status);

#endif
