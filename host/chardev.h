/* Character devices of the host: what stands behind a guest's serial line.
 *
 * One interface for all kinds: stdio (with the Ctrl-A keys), file, unix socket, pseudo terminal, and
 * none. All functions are called with the machine's lock held; callbacks come from the event loop, which
 * takes the lock by the functions given at creation. */
#ifndef HOST_CHARDEV_H
#define HOST_CHARDEV_H

#include "base/error.h"
#include "base/loop.h"

struct chardev;

struct chardev_config {
    struct loop *loop;
    void (*lock)(void *opaque);
    void (*unlock)(void *opaque);
    void (*quit)(void *opaque); /* Ctrl-A x */
    void *opaque;
};

/* Makes the device that a -serial argument names: stdio, mon:stdio, file:PATH,
 * unix:PATH[,server=on|off][,wait=on|off], pty, null, none. Config is copied. Owned by the caller. NULL with
 * the reason and what to type instead. */
struct chardev *chardev_new(const char *spec, const struct chardev_config *config,
                            struct error *err);
/* Also restores the terminal. */
void chardev_free(struct chardev *chardev);

/* Takes as many bytes as it can without blocking and returns their number: fewer than size when the other
 * side is slow. A device without another side takes all. */
size_t chardev_write(struct chardev *chardev, const void *data, size_t size);

/* Waits until the device takes more output, or has no other side; false after so many milliseconds. For
 * output that nobody would repeat. */
bool chardev_wait_room(const struct chardev *chardev, int timeout_ms);

/* Input: read() gets at most as many bytes as can_read() just said. */
void chardev_set_reader(struct chardev *chardev, size_t (*can_read)(void *opaque),
                        void (*read)(void *opaque, const uint8_t *data, size_t size), void *opaque);
/* The reader has room again after can_read() said 0. */
void chardev_input_ready(struct chardev *chardev);

/* The Ctrl-A keys are on: it is a terminal, or mon:stdio. */
bool chardev_has_keys(const struct chardev *chardev);
/* What Ctrl-A c switches input to and fro: focus() is told that it has it (true) or lost it. Output of both goes to
 * the device. NULL: nothing. */
void chardev_set_monitor(struct chardev *chardev, void (*input)(void *opaque, const uint8_t *data, size_t size),
                         void (*focus)(void *opaque, bool on), void *opaque);

/* Where the other side is found if that was not said: "pty:/dev/pts/3"; else NULL. */
const char *chardev_where(const struct chardev *chardev);

#endif
