/* Run states and events; see control.h. */
#include "machine/control.h"

#include <stdlib.h>

struct control {
    struct accel *accel;
    struct loop *loop;
    enum run_state state;
    unsigned n_ending; /* under the lock */
    struct machine_listener *listeners;
};

static const char *const names[RUN_STATES] = {
    [RUN_PRELAUNCH] = "prelaunch", [RUN_RUNNING] = "running",
    [RUN_PAUSED] = "paused",       [RUN_DEBUG] = "debug",
    [RUN_SHUTDOWN] = "shutdown",   [RUN_GUEST_PANICKED] = "guest-panicked",
    [RUN_INTERNAL_ERROR] = "internal-error",
};

const char *run_state_name(enum run_state state)
{
    return names[state];
}

struct control *control_new(struct accel *accel, struct loop *loop, struct error *err)
{
    struct control *x = calloc(1, sizeof *x);

    if (!x) {
        error_set(err, ERROR_RESOURCE, "out of memory");
        return NULL;
    }
    x->accel = accel;
    x->loop = loop;
    return x;
}

void control_free(struct control *x)
{
    free(x);
}

void control_listen(struct control *x, struct machine_listener *listener)
{
    listener->next = x->listeners;
    x->listeners = listener;
}

void control_unlisten(struct control *x, struct machine_listener *listener)
{
    for (struct machine_listener **at = &x->listeners; *at; at = &(*at)->next)
        if (*at == listener) {
            *at = listener->next;
            return;
        }
}

void control_emit(struct control *x, const struct machine_event *event)
{
    for (struct machine_listener *l = x->listeners, *next; l; l = next) {
        next = l->next;
        l->event(l->opaque, event);
    }
}

struct posted {
    struct control *control;
    struct machine_event event;
};

static void emit_posted(void *opaque)
{
    struct posted *posted = opaque;

    control_emit(posted->control, &posted->event);
    free(posted);
}

void control_post_event(struct control *x, const struct machine_event *event)
{
    struct posted *posted = malloc(sizeof *posted);

    if (!posted)
        return;
    *posted = (struct posted){ x, *event };
    loop_post(x->loop, emit_posted, posted);
}

enum run_state control_state(const struct control *x)
{
    return x->state;
}

bool control_is_running(const struct control *x)
{
    return x->state == RUN_RUNNING;
}

static void emit(struct control *x, enum machine_event_kind kind)
{
    control_emit(x, &(struct machine_event){ .kind = kind });
}

void control_pause(struct control *x)
{
    if (x->state != RUN_RUNNING)
        return;
    accel_pause(x->accel);
    x->state = RUN_PAUSED;
    emit(x, EVENT_STOP);
}

static bool let_run(struct control *x, struct error *err)
{
    bool ends;

    accel_lock(x->accel);
    ends = x->n_ending;
    accel_unlock(x->accel);
    return ends || accel_resume(x->accel, err);
}

bool control_resume(struct control *x, struct error *err)
{
    if (x->state == RUN_RUNNING)
        return true;
    if (!x->accel)
        return error_set(err, ERROR_UNSUPPORTED, "this machine has no processors");
    if (x->state == RUN_SHUTDOWN || x->state == RUN_INTERNAL_ERROR)
        return error_set(err, ERROR_USAGE, "Resetting the Virtual Machine is required");
    x->state = RUN_RUNNING;
    emit(x, EVENT_RESUME);
    if (let_run(x, err))
        return true;
    x->state = RUN_INTERNAL_ERROR;
    emit(x, EVENT_STOP);
    return false;
}

void control_release(struct control *x)
{
    if (x->state == RUN_RUNNING && !let_run(x, NULL))
        x->state = RUN_INTERNAL_ERROR;
}

void control_ending(struct control *x)
{
    x->n_ending++;
}

void control_ended(struct control *x, enum run_state state)
{
    accel_lock(x->accel);
    x->n_ending--;
    accel_unlock(x->accel);
    accel_pause(x->accel);
    if (state == RUN_RUNNING)
        return;
    if (x->state == RUN_RUNNING) {
        x->state = state;
        emit(x, EVENT_STOP);
    } else if (x->state == RUN_PAUSED) {
        x->state = state; /* paused meanwhile: the more telling reason */
    }
}

bool control_continue(struct control *x, bool was_running, struct error *err)
{
    if (!was_running) {
        x->state = RUN_PRELAUNCH;
        return true;
    }
    x->state = RUN_RUNNING;
    return let_run(x, err);
}
