/* Character devices of the host: what stands behind a guest's serial line, a monitor, a debugger.
 *
 * One interface for all kinds: the terminal (with the Ctrl-A keys), files, pipes, sockets, pseudo terminals, a ring
 * buffer, and none. All functions are called with the machine's lock held; callbacks come from the event loop, which
 * takes the lock by the functions given at creation. */
#ifndef HOST_CHARDEV_H
#define HOST_CHARDEV_H

#include "base/error.h"
#include "base/loop.h"
#include "base/option-list.h"

struct chardev;

struct chardev_config {
    struct loop *loop;
    void (*lock)(void *opaque);
    void (*unlock)(void *opaque);
    void (*quit)(void *opaque); /* Ctrl-A x */
    void *opaque;
};

/* Makes the device that a -serial argument names: stdio, mon:stdio, file:PATH, pipe:PATH, pty, null, none, ringbuf,
 * unix:PATH[,server=on|off][,wait=on|off], tcp:[HOST]:PORT[,...]. Config is copied. Owned by the caller. NULL with the
 * reason and what to type instead. */
struct chardev *chardev_new(const char *spec, const struct chardev_config *config,
                            struct error *err);
/* The same for the options of -chardev, whose type= is the kind. Those that it knows are marked as used, an unknown
 * one is an error. */
struct chardev *chardev_new_from(struct option_list *options, const struct chardev_config *config,
                                 struct error *err);
/* Also restores the terminal. Fronts of it (chardev_new_front()) go first. */
void chardev_free(struct chardev *chardev);

/* A second user of the same device, which belongs to it (several serial lines, a monitor): output is mixed, input goes
 * to the one that Ctrl-A c chooses, the device itself at first. NULL with the reason. */
struct chardev *chardev_new_front(struct chardev *chardev, struct error *err);

/* Takes as many bytes as it can without blocking and returns their number: fewer than size when the other
 * side is slow. A device without another side takes all. */
size_t chardev_write(struct chardev *chardev, const void *data, size_t size);

/* Has fn called, from the event loop, each time when there may be room again after chardev_write() took less than it
 * was given. NULL ends that. */
void chardev_set_room(struct chardev *chardev, void (*fn)(void *opaque), void *opaque);

/* Waits until the device takes more output, or has no other side; false after so many milliseconds. For
 * output that nobody would repeat. */
bool chardev_wait_room(const struct chardev *chardev, int timeout_ms);

/* Input: read() gets at most as many bytes as can_read() just said. */
void chardev_set_reader(struct chardev *chardev, size_t (*can_read)(void *opaque),
                        void (*read)(void *opaque, const uint8_t *data, size_t size), void *opaque);
/* The reader has room again after can_read() said 0. */
void chardev_input_ready(struct chardev *chardev);

/* Has fn called when another side comes (true) or goes (false): sockets. */
void chardev_set_connection(struct chardev *chardev, void (*fn)(void *opaque, bool is_there), void *opaque);

/* Whether there is another side now. */
bool chardev_is_connected(const struct chardev *chardev);

/* A ring buffer's oldest bytes, which leave it: their number. 0 for other kinds. */
size_t chardev_take(struct chardev *chardev, void *data, size_t size);

/* The Ctrl-A keys are on: it is a terminal, or mon:stdio. */
bool chardev_has_keys(const struct chardev *chardev);
/* Has fn called when Ctrl-A c gives this user the input (true) or takes it away (false). NULL ends that. */
void chardev_set_focus(struct chardev *chardev, void (*fn)(void *opaque, bool on), void *opaque);

/* The descriptor of a socket with another side, which is the caller's from then on: nothing else of the device is of use
 * any more. -1 if there is none. */
int chardev_take_socket(struct chardev *chardev);

/* What it was made as, or where its other side is found: "pty:/dev/pts/3". */
const char *chardev_name(const struct chardev *chardev);
/* Text for people: "file:PATH" and the like, into text. */
void chardev_describe(const struct chardev *chardev, char *text, size_t size);

#endif
