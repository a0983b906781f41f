/* A thread that waits for the earliest deadline; see clock.h. */
#include "accel/clock.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

#define NS_PER_S UINT64_C(1000000000)
#define NEVER UINT64_MAX

struct clock {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t thread;
    bool quit;
    uint64_t armed_ns; /* what the thread waits for */
    unsigned calling;  /* whose due() is under way, n: nobody's */
    pthread_cond_t called;
    void (*due)(void *opaque, unsigned index);
    void *opaque;
    unsigned n;
    uint64_t deadlines_ns[];
};

uint64_t clock_now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

/* Calls those that are due; returns the earliest deadline left. */
static uint64_t call_due(struct clock *clock)
{
    uint64_t now = clock_now_ns(), earliest = NEVER;

    for (unsigned i = 0; i < clock->n; i++) {
        if (clock->deadlines_ns[i] <= now) {
            clock->deadlines_ns[i] = NEVER;
            clock->calling = i;
            pthread_mutex_unlock(&clock->lock);
            clock->due(clock->opaque, i);
            pthread_mutex_lock(&clock->lock);
            clock->calling = clock->n;
            pthread_cond_signal(&clock->called);
        }
        if (clock->deadlines_ns[i] < earliest)
            earliest = clock->deadlines_ns[i];
    }
    return earliest;
}

static void *clock_main(void *arg)
{
    struct clock *clock = arg;
    sigset_t all;

    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    prctl(PR_SET_TIMERSLACK, 1UL);
    pthread_mutex_lock(&clock->lock);
    while (!clock->quit) {
        clock->armed_ns = call_due(clock);
        if (clock->quit)
            break;
        if (clock->armed_ns == NEVER) {
            pthread_cond_wait(&clock->changed, &clock->lock);
        } else {
            struct timespec at = { (time_t)(clock->armed_ns / NS_PER_S), (long)(clock->armed_ns % NS_PER_S) };

            pthread_cond_timedwait(&clock->changed, &clock->lock, &at);
        }
    }
    pthread_mutex_unlock(&clock->lock);
    return NULL;
}

static bool init(struct clock *clock)
{
    pthread_condattr_t attributes;
    bool ok;

    if (pthread_mutex_init(&clock->lock, NULL) || pthread_condattr_init(&attributes))
        return false;
    ok = !pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) && !pthread_cond_init(&clock->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    return ok && !pthread_cond_init(&clock->called, NULL) && !pthread_create(&clock->thread, NULL, clock_main, clock);
}

struct clock *clock_new(unsigned n, void (*due)(void *opaque, unsigned index), void *opaque, struct error *err)
{
    struct clock *clock = calloc(1, sizeof *clock + n * sizeof clock->deadlines_ns[0]);

    if (clock) {
        clock->n = clock->calling = n;
        clock->due = due;
        clock->opaque = opaque;
        clock->armed_ns = NEVER;
        memset(clock->deadlines_ns, 0xff, n * sizeof clock->deadlines_ns[0]);
    }
    if (!clock || !init(clock)) {
        error_set(err, ERROR_RESOURCE, "can't start the clock's thread");
        free(clock);
        return NULL;
    }
    return clock;
}

void clock_free(struct clock *clock)
{
    if (!clock)
        return;
    pthread_mutex_lock(&clock->lock);
    clock->quit = true;
    pthread_cond_signal(&clock->changed);
    pthread_mutex_unlock(&clock->lock);
    pthread_join(clock->thread, NULL);
    pthread_cond_destroy(&clock->changed);
    pthread_cond_destroy(&clock->called);
    pthread_mutex_destroy(&clock->lock);
    free(clock);
}

void clock_set(struct clock *clock, unsigned index, uint64_t deadline_ns)
{
    pthread_mutex_lock(&clock->lock);
    clock->deadlines_ns[index] = deadline_ns;
    if (deadline_ns < clock->armed_ns)
        pthread_cond_signal(&clock->changed);
    pthread_mutex_unlock(&clock->lock);
}

void clock_forget(struct clock *clock, unsigned index)
{
    pthread_mutex_lock(&clock->lock);
    clock->deadlines_ns[index] = NEVER;
    while (clock->calling == index)
        pthread_cond_wait(&clock->called, &clock->lock);
    pthread_mutex_unlock(&clock->lock);
}
