/* Whether the machine runs, who stopped it, and who wants to know.
 *
 * All functions are for the event loop's thread, without the machine's lock, unless they say otherwise. The machine
 * stops itself on a vCPU's thread (power-off, reset, panic, a debugger's point): that thread freezes all, calls
 * control_ending(), and posts the rest to the loop, which calls control_ended(). A control_resume() that comes between
 * the two lets nothing run: what had begun to end the run ends it. */
#ifndef MACHINE_CONTROL_H
#define MACHINE_CONTROL_H

#include "accel/accel.h"
#include "base/loop.h"

enum run_state {
    RUN_PRELAUNCH, /* nothing has been executed since the start or a reset */
    RUN_RUNNING,
    RUN_PAUSED,
    RUN_DEBUG,          /* a debugger's point or step */
    RUN_SHUTDOWN,       /* the guest powered off, and we stay: only a reset leads out */
    RUN_GUEST_PANICKED, /* likewise, but it may be resumed */
    RUN_INTERNAL_ERROR,
    RUN_STATES,
};
/* "prelaunch", "running", ... as QMP spells it. */
const char *run_state_name(enum run_state state);

enum machine_event_kind {
    EVENT_STOP,
    EVENT_RESUME,
    EVENT_SHUTDOWN,
    EVENT_RESET,
    EVENT_POWERDOWN,
    EVENT_GUEST_PANICKED,
    EVENT_RTC_CHANGE,
    EVENT_WATCHDOG,
    EVENT_DEVICE_DELETED,
    EVENT_UNPLUG_REFUSED, /* a device that the guest keeps; as DEVICE_DELETED */
    EVENT_DEBUG, /* not for QMP: a vCPU's debug_reason tells why; comes after its EVENT_STOP */
    EVENT_KINDS,
};

struct machine_event {
    enum machine_event_kind kind;
    bool guest;         /* SHUTDOWN, RESET: it was the guest that wanted it */
    const char *reason; /* SHUTDOWN, RESET: "guest-shutdown", ...; GUEST_PANICKED, WATCHDOG: the action */
    const char *device; /* DEVICE_DELETED: its id, NULL if it has none; GUEST_PANICKED: what the guest said */
    const char *path;   /* DEVICE_DELETED: in the object tree */
    int64_t offset_s;   /* RTC_CHANGE */
};

struct machine_listener {
    void (*event)(void *opaque, const struct machine_event *event);
    void *opaque;
    struct machine_listener *next;
};

struct control;

/* accel may be NULL (a machine without processors). */
struct control *control_new(struct accel *accel, struct loop *loop, struct error *err);
void control_free(struct control *x);

/* The listener is the caller's, until it is removed. */
void control_listen(struct control *x, struct machine_listener *listener);
void control_unlisten(struct control *x, struct machine_listener *listener);
void control_emit(struct control *x, const struct machine_event *event);
/* Any thread, with or without the lock: emits soon. The strings outlive the machine. */
void control_post_event(struct control *x, const struct machine_event *event);

enum run_state control_state(const struct control *x);
bool control_is_running(const struct control *x);

/* Brings all vCPUs to a stop and waits until they are there; nothing if they are. */
void control_pause(struct control *x);
/* Lets them run. Fails in a state that only a reset leaves. */
bool control_resume(struct control *x, struct error *err);

/* Lets the vCPUs go on that accel_pause() held for a moment while the machine was running. */
void control_release(struct control *x);

/* Lock held, any thread: the vCPUs have been frozen and the loop will call control_ended(). */
void control_ending(struct control *x);
/* Waits until all vCPUs have stopped, which puts the machine into that state. RUN_RUNNING: it is about to go on by
 * control_continue() (a reset). */
void control_ended(struct control *x, enum run_state state);
/* After a reset, with all vCPUs stopped: goes on if the machine was running, else is RUN_PRELAUNCH. */
bool control_continue(struct control *x, bool was_running, struct error *err);

#endif
