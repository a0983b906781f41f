/* Watchdogs; see watchdog.h. */
#include "papr/watchdog.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"

enum { WATCHDOGS = 4, SHORTEST_MS = 1, NS_PER_MS = 1000000 };

/* r4 of the call. */
#define LEAVE_OTHERS PPC_BIT(47)
#define RESERVED PPC_BITMASK(0, 46)
enum operation { OPERATION_START = 1, OPERATION_STOP, OPERATION_QUERY, OPERATION_QUERY_MIGRATION };
enum action { ACTION_POWER_OFF = 1, ACTION_RESTART, ACTION_DUMP };

struct watchdog {
    uint64_t due_ns; /* 0: off */
    enum action action;
    bool leave_others;
};

struct watchdogs {
    struct platform *platform;
    struct loop *loop;
    struct loop_timer *timer;
    struct watchdog watchdogs[WATCHDOGS];
};

static void fire(void *opaque);

struct watchdogs *watchdogs_new(struct platform *p, struct loop *loop, struct error *err)
{
    struct watchdogs *x = calloc(1, sizeof *x);

    if (x && loop)
        x->timer = loop_timer_new(loop, fire, x);
    if (!x || (loop && !x->timer)) {
        error_set(err, ERROR_RESOURCE, "out of memory for watchdogs");
        free(x);
        return NULL;
    }
    x->platform = p;
    x->loop = loop;
    return x;
}

void watchdogs_free(struct watchdogs *x)
{
    if (x && x->timer)
        loop_timer_free(x->timer);
    free(x);
}

static uint64_t next_due(const struct watchdogs *x)
{
    uint64_t next = 0;

    for (unsigned i = 0; i < WATCHDOGS; i++) {
        uint64_t due = x->watchdogs[i].due_ns;

        if (due && (!next || due < next))
            next = due;
    }
    return next;
}

/* On the loop's thread, whose the timer is. */
static void set_timer(void *opaque)
{
    struct watchdogs *x = opaque;
    uint64_t next;

    accel_lock(x->platform->accel);
    next = next_due(x);
    accel_unlock(x->platform->accel);
    loop_timer_set(x->timer, next);
}

static void changed(struct watchdogs *x)
{
    if (x->loop)
        loop_post(x->loop, set_timer, x);
}

static void stop_all(struct watchdogs *x)
{
    memset(x->watchdogs, 0, sizeof x->watchdogs);
}

static void watchdogs_reset(void *self)
{
    stop_all(self);
    changed(self);
}

static void act(struct watchdogs *x, enum action action)
{
    struct platform *p = x->platform;

    switch (action) {
    case ACTION_POWER_OFF:
        p->machine_ops->power_off(p->machine);
        break;
    case ACTION_RESTART:
        p->machine_ops->reboot(p->machine);
        break;
    case ACTION_DUMP:
        for (unsigned i = 0; i < accel_count(p->accel); i++)
            if (accel_vcpu(p->accel, i)->state != VCPU_STOPPED)
                vcpu_system_reset(accel_vcpu(p->accel, i));
        break;
    }
}

void watchdogs_expire(struct watchdogs *x, uint64_t now_ns)
{
    for (unsigned i = 0; i < WATCHDOGS; i++) {
        struct watchdog w = x->watchdogs[i];

        if (!w.due_ns || w.due_ns > now_ns)
            continue;
        log_line(LOG_INFO, "watchdog", "watchdog %u was not stopped in time", i + 1);
        x->watchdogs[i].due_ns = 0;
        if (!w.leave_others)
            stop_all(x);
        act(x, w.action);
    }
}

static void fire(void *opaque)
{
    struct watchdogs *x = opaque;

    accel_lock(x->platform->accel);
    watchdogs_expire(x, loop_now_ns());
    accel_unlock(x->platform->accel);
    set_timer(x);
}

static int64_t start(struct watchdogs *x, uint64_t flags, uint64_t number, uint64_t timeout_ms)
{
    uint64_t action = flags & 0xff, longest = UINT64_MAX / NS_PER_MS / 4;

    if (!number || number > WATCHDOGS)
        return H_P2;
    if (timeout_ms <= SHORTEST_MS)
        return H_P3;
    if (action < ACTION_POWER_OFF || action > ACTION_DUMP)
        return H_PARAMETER;
    if (timeout_ms > longest)
        timeout_ms = longest; /* more than a century */
    x->watchdogs[number - 1] = (struct watchdog){
        .due_ns = loop_now_ns() + timeout_ms * NS_PER_MS,
        .action = (enum action)action,
        .leave_others = flags & LEAVE_OTHERS,
    };
    changed(x);
    return H_SUCCESS;
}

static int64_t stop(struct watchdogs *x, uint64_t number)
{
    bool was_running;

    if (number == UINT64_MAX) {
        was_running = next_due(x) != 0;
        stop_all(x);
    } else if (!number || number > WATCHDOGS) {
        return H_P2;
    } else {
        was_running = x->watchdogs[number - 1].due_ns != 0;
        x->watchdogs[number - 1].due_ns = 0;
    }
    changed(x);
    return was_running ? H_SUCCESS : H_NOOP;
}

/* r4 flags, operation and action, r5 number from 1, r6 milliseconds; out: r4 what was asked for. */
static int64_t h_watchdog(void *self, struct vcpu *v, struct hcall_args *args)
{
    enum { NEED_NOT_BE_STOPPED = 2 };
    uint64_t flags = args->in[0];

    (void)v;
    if (flags & RESERVED)
        return H_PARAMETER;
    switch (flags >> 8 & 0xff) {
    case OPERATION_START:
        return start(self, flags, args->in[1], args->in[2]);
    case OPERATION_STOP:
        return stop(self, args->in[1]);
    case OPERATION_QUERY:
        args->out[0] = PPC_FIELD_PUT(SHORTEST_MS, 0, 15) | PPC_FIELD_PUT(WATCHDOGS, 16, 31);
        return H_SUCCESS;
    case OPERATION_QUERY_MIGRATION:
        args->out[0] = NEED_NOT_BE_STOPPED;
        return H_SUCCESS;
    default:
        return H_PARAMETER;
    }
}

static const struct hcall_row watchdogs_hcalls[] = {
    { H_WATCHDOG, "H_WATCHDOG", "hcall-watchdog", .in = 3, .out = 1, .fn = h_watchdog },
};

const struct facility_type watchdogs_facility = {
    .name = "watchdogs",
    .hcalls = watchdogs_hcalls,
    .n_hcalls = ARRAY_SIZE(watchdogs_hcalls),
    .reset = watchdogs_reset,
};
