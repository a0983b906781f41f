/* Between chardev.c and the kinds. */
#ifndef HOST_CHARDEV_INTERNAL_H
#define HOST_CHARDEV_INTERNAL_H

#include "host/chardev.h"

enum { CHARDEV_FRONTS = 4 };

struct chardev_kind {
    const char *name;      /* type= of -chardev */
    const char *argument;  /* option that what follows "NAME:" is for; NULL: nothing follows */
    const char *const *options; /* names, ends with NULL */
    bool (*open)(struct chardev *d, struct option_list *options, struct error *err);
    /* NULL: what all do */
    size_t (*write)(struct chardev *d, const void *data, size_t size);
    /* The other side has gone; the descriptors are closed. */
    void (*disconnected)(struct chardev *d);
    void (*close)(struct chardev *d);
};

extern const struct chardev_kind chardev_stdio, chardev_null, chardev_none, chardev_file, chardev_pipe, chardev_pty,
    chardev_serial, chardev_ringbuf, chardev_socket;

/* What uses the device. */
struct chardev_user {
    size_t (*can_read)(void *opaque);
    void (*read)(void *opaque, const uint8_t *data, size_t size);
    void *opaque;
    void (*room)(void *opaque);
    void *room_opaque;
    void (*connection)(void *opaque, bool is_there);
    void *connection_opaque;
    void (*focus)(void *opaque, bool on);
    void *focus_opaque;
};

struct chardev {
    const struct chardev_kind *kind; /* NULL: a front of `base` */
    struct chardev_config config;
    char text[160];

    struct chardev *base;
    unsigned front; /* which user of the base this is */
    struct chardev_user users[CHARDEV_FRONTS];
    unsigned n_users, focus;

    int in_fd, out_fd; /* -1: there is none (now) */
    int log_fd;        /* of logfile=, -1 */
    bool owns_fds, keys; /* keys: Ctrl-A is ours */
    bool is_socket;
    bool after_ctrl_a;
    bool wants_room; /* a write took less than it was given */
    struct loop_source *source, *room_source;
    void *state; /* of the kind */
};

/* The descriptors are there: input is watched from now on. */
bool chardev_connected(struct chardev *d, struct error *err);

#endif
