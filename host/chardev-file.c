/* Character devices that are files of some kind: the terminal, files, pipes, pseudo terminals, serial ports; and the two
 * that are nothing but memory, or nothing at all. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "host/chardev-internal.h"
#include "host/terminal.h"

enum { NAME_SIZE = 4096, RING_SIZE = 65536, RING_MOST = 1 << 30 };

/* ---- the terminal ---- */

static const char *const stdio_options[] = { "signal", NULL };

static bool open_stdio(struct chardev *d, struct option_list *options, struct error *err)
{
    bool signals = false;

    /* Keys that would end us go to the guest, where they are wanted, whatever is said. */
    if (!options_bool(options, "signal", &signals, err))
        return false;
    d->in_fd = STDIN_FILENO;
    d->out_fd = STDOUT_FILENO;
    d->keys = isatty(STDIN_FILENO);
    if (d->keys)
        terminal_make_raw();
    return chardev_connected(d, err);
}

static void close_stdio(struct chardev *d)
{
    (void)d;
    terminal_restore();
}

const struct chardev_kind chardev_stdio = {
    .name = "stdio", .options = stdio_options, .open = open_stdio, .close = close_stdio
};

/* ---- nothing ---- */

static bool open_null(struct chardev *d, struct option_list *options, struct error *err)
{
    (void)d;
    (void)options;
    (void)err;
    return true;
}

const struct chardev_kind chardev_null = { .name = "null", .open = open_null };
const struct chardev_kind chardev_none = { .name = "none", .open = open_null };

/* ---- files ---- */

static const char *const file_options[] = { "path", "append", "input-path", NULL };

static bool need_path(struct option_list *options, const char *kind, const char **path, struct error *err)
{
    *path = options_get(options, "path");
    if (*path && **path)
        return true;
    error_set(err, ERROR_USAGE, "a %s needs a name", kind);
    error_hint(err, "type %s:PATH", kind);
    return false;
}

static bool can_not(const char *what, const char *path, struct error *err)
{
    error_set(err, ERROR_FILE, "can't %s '%s': %s", what, path, strerror(errno));
    error_hint(err, "name a file in a folder that exists and that you may write to");
    return false;
}

static bool open_file(struct chardev *d, struct option_list *options, struct error *err)
{
    const char *path, *input = options_get(options, "input-path");
    bool append = false;

    if (!need_path(options, "file", &path, err) || !options_bool(options, "append", &append, err))
        return false;
    d->owns_fds = true;
    d->out_fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | (append ? O_APPEND : O_TRUNC), 0666);
    if (d->out_fd < 0)
        return can_not("create", path, err);
    if (!input)
        return true;
    d->in_fd = open(input, O_RDONLY | O_CLOEXEC);
    return d->in_fd >= 0 ? chardev_connected(d, err) : can_not("open", input, err);
}

/* The input's end is not the end of what is written. */
static void file_ended(struct chardev *d)
{
    (void)d;
}

const struct chardev_kind chardev_file = {
    .name = "file", .argument = "path", .options = file_options, .open = open_file, .disconnected = file_ended
};

/* ---- named pipes: PATH.in and PATH.out, or PATH for both directions ---- */

static const char *const pipe_options[] = { "path", NULL };

static bool open_pipe(struct chardev *d, struct option_list *options, struct error *err)
{
    const char *path;
    char name[NAME_SIZE];

    if (!need_path(options, "pipe", &path, err))
        return false;
    d->owns_fds = true;
    /* Both ends here, so that opening does not wait and nobody's leaving is an end. */
    snprintf(name, sizeof name, "%s.in", path);
    d->in_fd = open(name, O_RDWR | O_CLOEXEC);
    snprintf(name, sizeof name, "%s.out", path);
    d->out_fd = open(name, O_RDWR | O_CLOEXEC);
    if (d->in_fd < 0 || d->out_fd < 0) {
        if (d->in_fd >= 0)
            close(d->in_fd);
        if (d->out_fd >= 0)
            close(d->out_fd);
        d->in_fd = d->out_fd = open(path, O_RDWR | O_CLOEXEC);
    }
    if (d->in_fd >= 0)
        return chardev_connected(d, err);
    error_set(err, ERROR_FILE, "can't open '%s': %s", path, strerror(errno));
    error_hint(err, "make the pipes first: mkfifo %s.in %s.out", path, path);
    return false;
}

const struct chardev_kind chardev_pipe = {
    .name = "pipe", .argument = "path", .options = pipe_options, .open = open_pipe
};

/* ---- serial ports and other devices ---- */

static const char *const serial_options[] = { "path", NULL };

static void make_raw(int fd)
{
    struct termios t;

    if (tcgetattr(fd, &t))
        return;
    cfmakeraw(&t);
    tcsetattr(fd, TCSANOW, &t);
}

static bool open_serial(struct chardev *d, struct option_list *options, struct error *err)
{
    const char *path;

    if (!need_path(options, "serial", &path, err))
        return false;
    d->owns_fds = true;
    d->in_fd = d->out_fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (d->in_fd < 0)
        return can_not("open", path, err);
    make_raw(d->in_fd);
    return chardev_connected(d, err);
}

const struct chardev_kind chardev_serial = {
    .name = "serial", .argument = "path", .options = serial_options, .open = open_serial
};

/* ---- pseudo terminals ---- */

struct pty {
    int held_fd; /* the other end */
    char *link;  /* path=: a name that leads to it */
};

static const char *const pty_options[] = { "path", NULL };

static bool make_link(struct pty *p, const char *link, const char *name, struct error *err)
{
    if (!link)
        return true;
    unlink(link);
    if (symlink(name, link))
        return can_not("make the link", link, err);
    p->link = strdup(link);
    return true;
}

static bool open_pty(struct chardev *d, struct option_list *options, struct error *err)
{
    const char *name, *link = options_get(options, "path");
    struct pty *p = calloc(1, sizeof *p);

    if (!p)
        return error_set(err, ERROR_RESOURCE, "out of memory");
    d->state = p;
    p->held_fd = -1;
    d->owns_fds = true;
    d->in_fd = d->out_fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (d->in_fd < 0 || grantpt(d->in_fd) || unlockpt(d->in_fd) || !(name = ptsname(d->in_fd)))
        return error_set(err, ERROR_RESOURCE, "can't make a pseudo terminal: %s", strerror(errno));
    make_raw(d->in_fd);
    /* Held open here, so that the line does not hang up when a user of it leaves. */
    p->held_fd = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (p->held_fd < 0)
        return error_set(err, ERROR_RESOURCE, "can't open '%s': %s", name, strerror(errno));
    if (!make_link(p, link, name, err))
        return false;
    snprintf(d->text, sizeof d->text, "pty:%s", name);
    fprintf(stderr, "lpar: serial line redirected to %s\n", name);
    return chardev_connected(d, err);
}

static void close_pty(struct chardev *d)
{
    struct pty *p = d->state;

    if (!p)
        return;
    if (p->held_fd >= 0)
        close(p->held_fd);
    if (p->link)
        unlink(p->link);
    free(p->link);
    free(p);
}

const struct chardev_kind chardev_pty = {
    .name = "pty", .options = pty_options, .open = open_pty, .close = close_pty
};

/* ---- a ring buffer: the last of what was written, for a monitor to read ---- */

struct ring {
    size_t size, first, count;
    uint8_t bytes[];
};

static const char *const ring_options[] = { "size", NULL };

static bool open_ring(struct chardev *d, struct option_list *options, struct error *err)
{
    uint64_t size = RING_SIZE;
    struct ring *r;

    if (!options_unsigned(options, "size", RING_MOST, &size, err))
        return false;
    if (!size || size & (size - 1)) {
        error_set(err, ERROR_USAGE, "size: a ring buffer's is a power of two");
        error_hint(err, "type for instance size=65536");
        return false;
    }
    r = d->state = calloc(1, sizeof *r + size);
    if (!r)
        return error_set(err, ERROR_RESOURCE, "out of memory");
    r->size = size;
    return true;
}

static size_t write_ring(struct chardev *d, const void *data, size_t size)
{
    struct ring *r = d->state;
    const uint8_t *from = data;

    for (size_t i = 0; i < size; i++) {
        r->bytes[(r->first + r->count) % r->size] = from[i];
        if (r->count < r->size)
            r->count++;
        else
            r->first = (r->first + 1) % r->size;
    }
    return size;
}

static void close_ring(struct chardev *d)
{
    free(d->state);
}

const struct chardev_kind chardev_ringbuf = {
    .name = "ringbuf", .options = ring_options, .open = open_ring, .write = write_ring, .close = close_ring
};

size_t chardev_take(struct chardev *front, void *data, size_t size)
{
    struct chardev *d = front->base ? front->base : front;
    struct ring *r = d->state;
    size_t n = 0;

    if (d->kind != &chardev_ringbuf)
        return 0;
    for (; n < size && r->count; n++, r->count--) {
        ((uint8_t *)data)[n] = r->bytes[r->first];
        r->first = (r->first + 1) % r->size;
    }
    return n;
}
