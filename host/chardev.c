/* Character devices of the host; see chardev.h. */
#include "host/chardev.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/names.h"
#include "host/chardev-internal.h"
#include "host/terminal.h"

enum { CTRL_A = 1, READ_SIZE = 1024, MOST_NAMES = 24 };

static const struct chardev_kind *const kinds[] = {
    &chardev_stdio, &chardev_file, &chardev_pipe,    &chardev_socket, &chardev_pty,
    &chardev_null,  &chardev_none, &chardev_ringbuf, &chardev_serial,
};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

/* What all kinds may have. */
static const char *const common_options[] = { "type", "id", "mux", "logfile", "logappend" };

static struct chardev *base_of(struct chardev *d)
{
    return d->base ? d->base : d;
}

/* ---- output ---- */

static void watch_room(void *opaque);

static size_t write_fd(struct chardev *d, const void *data, size_t size)
{
    struct pollfd room = { d->out_fd, POLLOUT, 0 };
    ssize_t n;

    if (d->out_fd < 0)
        return size; /* nobody is connected: as a line whose plug is out */
    /* The descriptor may be shared with other programs, so that it is not made non-blocking; small
     * writes do not block where poll() sees room. */
    if (poll(&room, 1, 0) <= 0)
        return 0;
    if (size > PIPE_BUF)
        size = PIPE_BUF;
    /* A socket's other side may go away at any time, which is no reason for us to die by a signal. */
    n = d->is_socket ? send(d->out_fd, data, size, MSG_NOSIGNAL | MSG_DONTWAIT)
                     : write(d->out_fd, data, size);
    if (n >= 0)
        return (size_t)n;
    return errno == EAGAIN || errno == EINTR ? 0 : size;
}

/* A copy of what was written. It is worth no complaint from here if the disk is full. */
static void keep_log(const struct chardev *d, const void *data, size_t size)
{
    if (d->log_fd >= 0 && write(d->log_fd, data, size) < 0)
        return;
}

size_t chardev_write(struct chardev *front, const void *data, size_t size)
{
    struct chardev *d = base_of(front);
    size_t n = d->kind->write ? d->kind->write(d, data, size) : write_fd(d, data, size);

    if (n)
        keep_log(d, data, n);
    if (n < size && !d->wants_room) {
        d->wants_room = true;
        /* The loop's lists are its own thread's. */
        loop_post(d->config.loop, watch_room, d);
    }
    return n;
}

static void tell_room(struct chardev *d)
{
    loop_remove(d->room_source);
    d->room_source = NULL;
    d->wants_room = false;
    for (unsigned i = 0; i < d->n_users; i++)
        if (d->users[i].room)
            d->users[i].room(d->users[i].room_opaque);
}

static void room_is_there(void *opaque, short events)
{
    struct chardev *d = opaque;

    (void)events;
    d->config.lock(d->config.opaque);
    tell_room(d);
    d->config.unlock(d->config.opaque);
}

static void watch_room(void *opaque)
{
    struct chardev *d = opaque;

    d->config.lock(d->config.opaque);
    if (d->wants_room && d->out_fd < 0)
        tell_room(d); /* the other side has gone: all is taken now */
    else if (d->wants_room && !d->room_source)
        d->room_source = loop_add(d->config.loop, d->out_fd, POLLOUT, room_is_there, d);
    d->config.unlock(d->config.opaque);
}

void chardev_set_room(struct chardev *front, void (*fn)(void *opaque), void *opaque)
{
    struct chardev_user *user = &base_of(front)->users[front->front];

    user->room = fn;
    user->room_opaque = opaque;
}

bool chardev_wait_room(const struct chardev *front, int timeout_ms)
{
    const struct chardev *d = front->base ? front->base : front;
    struct pollfd room = { d->out_fd, POLLOUT, 0 };

    return d->out_fd < 0 || poll(&room, 1, timeout_ms) > 0;
}

/* ---- keys ---- */

static void show_help(void)
{
    static const char text[] = "\r\nCtrl-A h  this help\r\nCtrl-A x  quit the emulator\r\n"
                               "Ctrl-A c  to the monitor and back\r\n"
                               "Ctrl-A Ctrl-A  send Ctrl-A to the guest\r\n";

    if (write(STDERR_FILENO, text, sizeof text - 1) < 0)
        return;
}

static void tell_focus(const struct chardev_user *user, bool on)
{
    if (user->focus)
        user->focus(user->focus_opaque, on);
}

static void next_focus(struct chardev *d)
{
    tell_focus(&d->users[d->focus], false);
    d->focus = (d->focus + 1) % d->n_users;
    tell_focus(&d->users[d->focus], true);
}

static void do_key(struct chardev *d, uint8_t key)
{
    if (key == 'x')
        d->config.quit(d->config.opaque);
    else if (key == 'h' || key == '?')
        show_help();
    else if (key == 'c' && d->n_users > 1)
        next_focus(d);
}

static void give(struct chardev *d, const uint8_t *data, size_t size)
{
    const struct chardev_user *user = &d->users[d->focus];

    if (size && user->read)
        user->read(user->opaque, data, size);
}

/* Hands on the input, without our keys. What follows Ctrl-A c is for another one, whose room nobody asked for: a
 * reader drops what it has no room for, and a person types one key at a time. */
static void take_input(struct chardev *d, uint8_t *data, size_t size)
{
    size_t start = 0, kept = 0;

    for (size_t i = 0; i < size; i++) {
        uint8_t key = data[i];

        if (!d->keys || (!d->after_ctrl_a && key != CTRL_A)) {
            data[kept++] = key;
        } else if (!d->after_ctrl_a) {
            d->after_ctrl_a = true;
        } else {
            d->after_ctrl_a = false;
            if (key == CTRL_A) {
                data[kept++] = CTRL_A;
                continue;
            }
            if (key == 'c') {
                give(d, data + start, kept - start);
                start = kept;
            }
            do_key(d, key);
        }
    }
    give(d, data + start, kept - start);
}

/* ---- input ---- */

static void tell_connection(struct chardev *d, bool is_there)
{
    for (unsigned i = 0; i < d->n_users; i++)
        if (d->users[i].connection)
            d->users[i].connection(d->users[i].connection_opaque, is_there);
}

static void disconnect(struct chardev *d)
{
    loop_remove(d->source);
    d->source = NULL;
    if (d->owns_fds && d->in_fd >= 0)
        close(d->in_fd);
    if (d->owns_fds && d->out_fd >= 0 && d->out_fd != d->in_fd)
        close(d->out_fd);
    d->in_fd = -1;
    if (d->owns_fds)
        d->out_fd = -1;
    if (d->wants_room)
        tell_room(d);
    if (d->kind->disconnected)
        d->kind->disconnected(d);
    tell_connection(d, false);
}

static void input(void *opaque, short events)
{
    struct chardev *d = opaque;
    const struct chardev_user *user;
    uint8_t data[READ_SIZE];
    size_t room;
    ssize_t n;

    (void)events;
    d->config.lock(d->config.opaque);
    user = &d->users[d->focus];
    room = user->can_read ? user->can_read(user->opaque) : READ_SIZE;
    if (!room) {
        /* chardev_input_ready() goes on. */
        loop_set_events(d->source, 0);
    } else {
        n = read(d->in_fd, data, room < sizeof data ? room : sizeof data);
        if (n > 0)
            take_input(d, data, (size_t)n);
        else if (n == 0 || (errno != EAGAIN && errno != EINTR))
            disconnect(d);
    }
    d->config.unlock(d->config.opaque);
}

bool chardev_connected(struct chardev *d, struct error *err)
{
    d->source = loop_add(d->config.loop, d->in_fd, POLLIN, input, d);
    if (!d->source)
        return error_set(err, ERROR_RESOURCE, "out of memory");
    tell_connection(d, true);
    return true;
}

void chardev_set_reader(struct chardev *front, size_t (*can_read)(void *opaque),
                        void (*read_fn)(void *opaque, const uint8_t *data, size_t size), void *opaque)
{
    struct chardev_user *user = &base_of(front)->users[front->front];

    user->can_read = can_read;
    user->read = read_fn;
    user->opaque = opaque;
}

void chardev_set_connection(struct chardev *front, void (*fn)(void *opaque, bool is_there), void *opaque)
{
    struct chardev_user *user = &base_of(front)->users[front->front];

    user->connection = fn;
    user->connection_opaque = opaque;
}

bool chardev_is_connected(const struct chardev *front)
{
    const struct chardev *d = front->base ? front->base : front;

    return d->in_fd >= 0 || d->out_fd >= 0;
}

bool chardev_has_keys(const struct chardev *front)
{
    const struct chardev *d = front->base ? front->base : front;

    return d->keys;
}

void chardev_set_focus(struct chardev *front, void (*fn)(void *opaque, bool on), void *opaque)
{
    struct chardev_user *user = &base_of(front)->users[front->front];

    user->focus = fn;
    user->focus_opaque = opaque;
}

const char *chardev_name(const struct chardev *d)
{
    return d->text;
}

static void watch_again(void *opaque)
{
    struct chardev *d = opaque;

    if (d->source)
        loop_set_events(d->source, POLLIN);
}

void chardev_input_ready(struct chardev *front)
{
    struct chardev *d = base_of(front);

    /* The loop's lists are its own thread's. */
    loop_post(d->config.loop, watch_again, d);
}

/* ---- making them ---- */

static bool open_log(struct chardev *d, struct option_list *options, struct error *err)
{
    const char *path = options_get(options, "logfile");
    bool append = false;

    if (!options_bool(options, "logappend", &append, err))
        return false;
    if (!path)
        return true;
    d->log_fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | (append ? O_APPEND : O_TRUNC), 0666);
    if (d->log_fd >= 0)
        return true;
    error_set(err, ERROR_FILE, "can't create '%s': %s", path, strerror(errno));
    error_hint(err, "name a file in a folder that exists and that you may write to");
    return false;
}

/* Before anything is opened. */
static bool check_names(const struct chardev *d, struct option_list *options, struct error *err)
{
    const char *valid[MOST_NAMES + 1] = { NULL };
    unsigned n = 0;

    for (const char *const *name = d->kind->options; name && *name && n < MOST_NAMES; name++)
        valid[n++] = *name;
    for (size_t i = 0; i < sizeof common_options / sizeof common_options[0] && n < MOST_NAMES; i++)
        valid[n++] = common_options[i];
    for (unsigned i = 0; i < n; i++)
        options_get(options, valid[i]);
    return options_all_used(options, valid, err);
}

static bool open_kind(struct chardev *d, struct option_list *options, struct error *err)
{
    return check_names(d, options, err) && options_bool(options, "mux", &d->keys, err) &&
           open_log(d, options, err) && d->kind->open(d, options, err);
}

static struct chardev *new_chardev(const struct chardev_config *config, struct error *err)
{
    struct chardev *d = calloc(1, sizeof *d);

    if (!d) {
        error_set(err, ERROR_RESOURCE, "out of memory");
        return NULL;
    }
    d->config = *config;
    d->in_fd = d->out_fd = d->log_fd = -1;
    d->n_users = 1;
    return d;
}

static struct chardev *new_kind(const struct chardev_kind *kind, struct option_list *options, const char *text,
                                const struct chardev_config *config, struct error *err)
{
    struct chardev *d = new_chardev(config, err);

    if (!d)
        return NULL;
    d->kind = kind;
    snprintf(d->text, sizeof d->text, "%s", text);
    if (open_kind(d, options, err))
        return d;
    chardev_free(d);
    return NULL;
}

struct chardev *chardev_new_from(struct option_list *options, const struct chardev_config *config, struct error *err)
{
    const char *name = options_need(options, "type", err), *valid[KINDS + 1] = { NULL };

    if (!name)
        return NULL;
    for (size_t i = 0; i < KINDS; i++) {
        if (!strcmp(kinds[i]->name, name))
            return new_kind(kinds[i], options, name, config, err);
        valid[i] = kinds[i]->name;
    }
    error_set(err, ERROR_USAGE, "unknown character device '%s'", name);
    names_hint(err, name, valid);
    return NULL;
}

/* The names that -serial has for kinds with something behind a colon. */
static const struct {
    const char *prefix;
    const struct chardev_kind *kind;
} prefixes[] = {
    { "unix:", &chardev_socket }, { "tcp:", &chardev_socket },
};

static const struct chardev_kind *find_prefix(const char *spec, size_t *length)
{
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
        *length = strlen(prefixes[i].prefix);
        if (!strncmp(spec, prefixes[i].prefix, *length))
            return prefixes[i].kind;
    }
    for (size_t i = 0; i < KINDS; i++) {
        size_t n = strlen(kinds[i]->name);
        char end;

        if (strncmp(spec, kinds[i]->name, n))
            continue;
        end = spec[n];
        *length = n + (end == ':');
        if (kinds[i]->argument ? end == ':' || end == ',' : !end || end == ',')
            return kinds[i];
    }
    return NULL;
}

/* "tcp:HOST:PORT" becomes host= and port=, others the kind's own option. */
static const char *first_option(const char *spec, const struct chardev_kind *kind)
{
    return kind != &chardev_socket ? kind->argument : !strncmp(spec, "tcp:", 4) ? "address" : "path";
}

struct chardev *chardev_new(const char *spec, const struct chardev_config *config, struct error *err)
{
    bool keys = !strncmp(spec, "mon:", 4);
    const char *rest = keys ? spec + 4 : spec;
    size_t length = 0;
    const struct chardev_kind *kind = find_prefix(rest, &length);
    struct option_list options = { 0 };
    struct chardev *d = NULL;

    if (!kind) {
        error_set(err, ERROR_USAGE, "unknown character device '%s'", spec);
        error_hint(err, "valid: stdio, file:PATH, pipe:PATH, unix:PATH[,server=on][,wait=off], tcp:HOST:PORT[,...], "
                        "pty, null, ringbuf");
        return NULL;
    }
    rest += length + (rest[length] == ',');
    if (!*rest || options_split(&options, rest, first_option(spec + (keys ? 4 : 0), kind), err))
        d = new_kind(kind, &options, spec, config, err);
    if (d && keys)
        d->keys = true;
    options_free(&options);
    return d;
}

struct chardev *chardev_new_front(struct chardev *base, struct error *err)
{
    struct chardev *d;

    if (base->base || base->n_users == CHARDEV_FRONTS) {
        error_set(err, ERROR_USAGE, "more than %d users of one character device", CHARDEV_FRONTS);
        return NULL;
    }
    d = new_chardev(&base->config, err);
    if (!d)
        return NULL;
    d->base = base;
    d->front = base->n_users++;
    base->users[d->front] = (struct chardev_user){ 0 };
    return d;
}

int chardev_take_socket(struct chardev *d)
{
    int fd = d->in_fd;

    if (d->base || !d->is_socket || !d->owns_fds || fd < 0)
        return -1;
    loop_remove(d->source);
    loop_remove(d->room_source);
    d->source = d->room_source = NULL;
    d->in_fd = d->out_fd = -1;
    return fd;
}

void chardev_free(struct chardev *d)
{
    if (!d)
        return;
    if (d->base) {
        d->base->users[d->front] = (struct chardev_user){ 0 };
        d->base->focus = 0;
        free(d);
        return;
    }
    loop_remove(d->source);
    loop_remove(d->room_source);
    if (d->owns_fds) {
        if (d->in_fd >= 0)
            close(d->in_fd);
        if (d->out_fd >= 0 && d->out_fd != d->in_fd)
            close(d->out_fd);
    }
    if (d->log_fd >= 0)
        close(d->log_fd);
    if (d->kind->close)
        d->kind->close(d);
    free(d);
}

void chardev_describe(const struct chardev *front, char *text, size_t size)
{
    snprintf(text, size, "%s", front->base ? front->base->text : front->text);
}
