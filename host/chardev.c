/* Character devices of the host; see chardev.h. */
#include "host/chardev.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

#include "base/log.h"
#include "host/terminal.h"

enum { CTRL_A = 1, READ_SIZE = 1024 };

struct chardev {
    struct chardev_config config;
    int in_fd, out_fd;    /* -1: there is none (now) */
    int listen_fd;        /* a server's, -1 */
    char *path;           /* of a socket that we made, to be removed */
    int held_fd;          /* the other end of a pseudo terminal, -1 */
    bool owns_fds, keys;  /* keys: Ctrl-A is ours */
    bool is_socket;
    bool after_ctrl_a;
    struct loop_source *source, *listener;
    size_t (*can_read)(void *opaque);
    void (*read)(void *opaque, const uint8_t *data, size_t size);
    void *opaque;
    void (*monitor_input)(void *opaque, const uint8_t *data, size_t size);
    void (*monitor_focus)(void *opaque, bool on);
    void *monitor_opaque;
    bool at_monitor;
    char where[80];
};

size_t chardev_write(struct chardev *d, const void *data, size_t size)
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

bool chardev_wait_room(const struct chardev *d, int timeout_ms)
{
    struct pollfd room = { d->out_fd, POLLOUT, 0 };

    return d->out_fd < 0 || poll(&room, 1, timeout_ms) > 0;
}

static void show_help(void)
{
    static const char text[] = "\r\nCtrl-A h  this help\r\nCtrl-A x  quit the emulator\r\n"
                               "Ctrl-A c  to the monitor and back\r\n"
                               "Ctrl-A Ctrl-A  send Ctrl-A to the guest\r\n";

    if (write(STDERR_FILENO, text, sizeof text - 1) < 0)
        return;
}

/* Takes our keys out of the input, in place; returns what is left. */
static size_t take_keys(struct chardev *d, uint8_t *data, size_t size)
{
    size_t kept = 0;

    for (size_t i = 0; i < size; i++) {
        uint8_t key = data[i];

        if (!d->after_ctrl_a) {
            if (key == CTRL_A)
                d->after_ctrl_a = true;
            else if (d->at_monitor)
                d->monitor_input(d->monitor_opaque, &key, 1);
            else
                data[kept++] = key;
            continue;
        }
        d->after_ctrl_a = false;
        if (key == 'x')
            d->config.quit(d->config.opaque);
        else if (key == 'h' || key == '?')
            show_help();
        else if (key == 'c' && d->monitor_input)
            d->monitor_focus(d->monitor_opaque, d->at_monitor = !d->at_monitor);
        else if (key == CTRL_A && !d->at_monitor)
            data[kept++] = CTRL_A;
    }
    return kept;
}

static void disconnect(struct chardev *d)
{
    loop_remove(d->source);
    d->source = NULL;
    if (d->owns_fds && d->in_fd >= 0)
        close(d->in_fd);
    d->in_fd = -1;
    if (d->owns_fds)
        d->out_fd = -1;
    if (d->listener)
        loop_set_events(d->listener, POLLIN);
}

static void input(void *opaque, short events)
{
    struct chardev *d = opaque;
    uint8_t data[READ_SIZE];
    size_t room;
    ssize_t n;

    (void)events;
    d->config.lock(d->config.opaque);
    room = d->can_read && !d->at_monitor ? d->can_read(d->opaque) : READ_SIZE;
    if (!room) {
        /* chardev_input_ready() goes on. */
        loop_set_events(d->source, 0);
    } else {
        n = read(d->in_fd, data, room < sizeof data ? room : sizeof data);
        if (n > 0) {
            size_t kept = d->keys ? take_keys(d, data, (size_t)n) : (size_t)n;

            if (kept && d->read)
                d->read(d->opaque, data, kept);
        } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
            disconnect(d);
        }
    }
    d->config.unlock(d->config.opaque);
}

static bool watch_input(struct chardev *d, struct error *err)
{
    d->source = loop_add(d->config.loop, d->in_fd, POLLIN, input, d);
    return d->source || error_set(err, ERROR_RESOURCE, "out of memory");
}

void chardev_set_reader(struct chardev *d, size_t (*can_read)(void *opaque),
                        void (*read_fn)(void *opaque, const uint8_t *data, size_t size), void *opaque)
{
    d->can_read = can_read;
    d->read = read_fn;
    d->opaque = opaque;
}

bool chardev_has_keys(const struct chardev *d)
{
    return d->keys;
}

void chardev_set_monitor(struct chardev *d, void (*input_fn)(void *opaque, const uint8_t *data, size_t size),
                         void (*focus)(void *opaque, bool on), void *opaque)
{
    d->monitor_input = input_fn;
    d->monitor_focus = focus;
    d->monitor_opaque = opaque;
    d->at_monitor = false;
}

const char *chardev_where(const struct chardev *d)
{
    return d->where[0] ? d->where : NULL;
}

static void watch_again(void *opaque)
{
    struct chardev *d = opaque;

    if (d->source)
        loop_set_events(d->source, POLLIN);
}

void chardev_input_ready(struct chardev *d)
{
    /* The loop's lists are its own thread's. */
    loop_post(d->config.loop, watch_again, d);
}

/* ---- kinds ---- */

static bool open_stdio(struct chardev *d, const char *argument, struct error *err)
{
    (void)argument;
    d->in_fd = STDIN_FILENO;
    d->out_fd = STDOUT_FILENO;
    d->keys = isatty(STDIN_FILENO);
    if (d->keys)
        terminal_make_raw();
    return watch_input(d, err);
}

/* Keys are keys also where no person types them. */
static bool open_mon_stdio(struct chardev *d, const char *argument, struct error *err)
{
    bool ok = open_stdio(d, argument, err);

    d->keys = true;
    return ok;
}

static bool open_null(struct chardev *d, const char *argument, struct error *err)
{
    (void)d;
    (void)argument;
    (void)err;
    return true;
}

static bool open_file(struct chardev *d, const char *path, struct error *err)
{
    if (!*path) {
        error_set(err, ERROR_USAGE, "a file needs a name");
        error_hint(err, "type file:PATH");
        return false;
    }
    d->owns_fds = true;
    d->out_fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (d->out_fd >= 0)
        return true;
    error_set(err, ERROR_FILE, "can't create '%s': %s", path, strerror(errno));
    error_hint(err, "name a file in a folder that exists and that you may write to");
    return false;
}

static bool open_pty(struct chardev *d, const char *argument, struct error *err)
{
    const char *name;
    struct termios t;

    (void)argument;
    d->owns_fds = true;
    d->in_fd = d->out_fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (d->in_fd < 0 || grantpt(d->in_fd) || unlockpt(d->in_fd) || !(name = ptsname(d->in_fd)))
        return error_set(err, ERROR_RESOURCE, "can't make a pseudo terminal: %s", strerror(errno));
    if (!tcgetattr(d->in_fd, &t)) {
        cfmakeraw(&t);
        tcsetattr(d->in_fd, TCSANOW, &t);
    }
    /* Held open here, so that the line does not hang up when a user of it leaves. */
    d->held_fd = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (d->held_fd < 0)
        return error_set(err, ERROR_RESOURCE, "can't open '%s': %s", name, strerror(errno));
    snprintf(d->where, sizeof d->where, "pty:%s", name);
    fprintf(stderr, "lpar: serial line redirected to %s\n", name);
    return watch_input(d, err);
}

static void accept_one(void *opaque, short events)
{
    struct chardev *d = opaque;
    int fd = accept4(d->listen_fd, NULL, NULL, SOCK_CLOEXEC);

    (void)events;
    if (fd < 0)
        return;
    d->config.lock(d->config.opaque);
    if (d->in_fd >= 0) {
        close(fd); /* one at a time */
    } else {
        d->in_fd = d->out_fd = fd;
        loop_set_events(d->listener, 0);
        watch_input(d, NULL);
    }
    d->config.unlock(d->config.opaque);
}

static bool listen_at(struct chardev *d, const struct sockaddr_un *address, bool wait,
                      struct error *err)
{
    struct stat st;

    /* A socket that a former run left behind. */
    if (!stat(address->sun_path, &st) && S_ISSOCK(st.st_mode))
        unlink(address->sun_path);
    d->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (d->listen_fd < 0 ||
        bind(d->listen_fd, (const struct sockaddr *)address, sizeof *address) ||
        listen(d->listen_fd, 1))
        return error_set(err, ERROR_FILE, "can't listen at '%s': %s", address->sun_path,
                         strerror(errno));
    d->path = strdup(address->sun_path);
    if (wait) {
        fprintf(stderr, "lpar: waiting for a connection to %s\n", address->sun_path);
        d->in_fd = d->out_fd = accept4(d->listen_fd, NULL, NULL, SOCK_CLOEXEC);
        if (d->in_fd < 0)
            return error_set(err, ERROR_FILE, "no connection to '%s': %s", address->sun_path,
                             strerror(errno));
    }
    d->listener = loop_add(d->config.loop, d->listen_fd, wait ? 0 : POLLIN, accept_one, d);
    return d->listener ? !wait || watch_input(d, err)
                       : error_set(err, ERROR_RESOURCE, "out of memory");
}

static bool option_is_on(const char *value, bool *on)
{
    if (!strcmp(value, "on") || !strcmp(value, "yes"))
        *on = true;
    else if (!strcmp(value, "off") || !strcmp(value, "no"))
        *on = false;
    else
        return false;
    return true;
}

static bool open_unix(struct chardev *d, const char *argument, struct error *err)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    bool server = false, wait = true;
    char text[256], *save, *word;

    if (strlen(argument) >= sizeof text)
        return error_set(err, ERROR_USAGE, "socket name is too long");
    strcpy(text, argument);
    word = strtok_r(text, ",", &save);
    if (!word || strlen(word) >= sizeof address.sun_path) {
        error_set(err, ERROR_USAGE, "a unix socket needs a name of at most %zu characters",
                  sizeof address.sun_path - 1);
        error_hint(err, "type unix:PATH,server=on,wait=off");
        return false;
    }
    strcpy(address.sun_path, word);
    while ((word = strtok_r(NULL, ",", &save))) {
        bool ok = !strcmp(word, "server") ? (server = true)
                  : !strcmp(word, "nowait") ? !(wait = false)
                  : !strncmp(word, "server=", 7) ? option_is_on(word + 7, &server)
                  : !strncmp(word, "wait=", 5) ? option_is_on(word + 5, &wait)
                                               : false;

        if (!ok) {
            error_set(err, ERROR_USAGE, "unknown socket option '%s'", word);
            error_hint(err, "valid: server=on|off, wait=on|off");
            return false;
        }
    }
    d->owns_fds = d->is_socket = true;
    if (server)
        return listen_at(d, &address, wait, err);
    d->in_fd = d->out_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (d->in_fd < 0 || connect(d->in_fd, (struct sockaddr *)&address, sizeof address)) {
        error_set(err, ERROR_FILE, "can't connect to '%s': %s", address.sun_path, strerror(errno));
        error_hint(err, "start the other side first, or add ,server=on");
        return false;
    }
    return watch_input(d, err);
}

static const struct {
    const char *prefix; /* ends in ':' if an argument follows */
    bool (*open)(struct chardev *d, const char *argument, struct error *err);
} kinds[] = {
    { "stdio", open_stdio }, { "mon:stdio", open_mon_stdio }, { "file:", open_file },
    { "unix:", open_unix },  { "pty", open_pty },         { "null", open_null },
    { "none", open_null },
};

struct chardev *chardev_new(const char *spec, const struct chardev_config *config,
                            struct error *err)
{
    struct chardev *d = calloc(1, sizeof *d);

    if (!d) {
        error_set(err, ERROR_RESOURCE, "out of memory");
        return NULL;
    }
    d->config = *config;
    d->in_fd = d->out_fd = d->listen_fd = d->held_fd = -1;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        size_t n = strlen(kinds[i].prefix);
        bool has_argument = kinds[i].prefix[n - 1] == ':';

        if (has_argument ? strncmp(spec, kinds[i].prefix, n) : strcmp(spec, kinds[i].prefix))
            continue;
        if (kinds[i].open(d, spec + n, err))
            return d;
        chardev_free(d);
        return NULL;
    }
    error_set(err, ERROR_USAGE, "unknown character device '%s'", spec);
    error_hint(err, "valid: stdio, file:PATH, unix:PATH[,server=on][,wait=off], pty, null");
    chardev_free(d);
    return NULL;
}

void chardev_free(struct chardev *d)
{
    if (!d)
        return;
    loop_remove(d->source);
    loop_remove(d->listener);
    if (d->owns_fds) {
        if (d->in_fd >= 0)
            close(d->in_fd);
        if (d->out_fd >= 0 && d->out_fd != d->in_fd)
            close(d->out_fd);
    }
    if (d->listen_fd >= 0)
        close(d->listen_fd);
    if (d->held_fd >= 0)
        close(d->held_fd);
    if (d->path)
        unlink(d->path);
    free(d->path);
    if (d->keys)
        terminal_restore();
    free(d);
}
