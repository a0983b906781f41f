/* Character devices by sockets, unix and TCP, as server (one client at a time) or as client, which may look for its
 * server again and again. */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "host/chardev-internal.h"

enum { MS_NS = 1000000, ADDRESS_SIZE = 256 };

struct socket {
    bool is_server, wait;
    struct sockaddr_storage address;
    socklen_t address_size;
    char *path;    /* of a socket that we made, to be removed */
    int listen_fd; /* -1 */
    int trying_fd; /* of a connection that is being made, -1 */
    uint64_t reconnect_ms; /* 0: once only */
    struct loop_source *listener, *trying;
    struct loop_timer *timer;
};

static const char *const names[] = { "path", "host", "port", "server", "wait", "reconnect", "reconnect-ms", "nodelay",
                                     "fd", "address", "nowait", NULL };

static void use(struct chardev *d, int fd)
{
    int one = 1;

    /* Fails for unix sockets, which have no delay. */
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    d->in_fd = d->out_fd = fd;
}

/* ---- server ---- */

static void accept_one(void *opaque, short events)
{
    struct chardev *d = opaque;
    struct socket *s = d->state;
    int fd = accept4(s->listen_fd, NULL, NULL, SOCK_CLOEXEC);

    (void)events;
    if (fd < 0)
        return;
    d->config.lock(d->config.opaque);
    if (d->in_fd >= 0) {
        close(fd); /* one at a time */
    } else {
        use(d, fd);
        loop_set_events(s->listener, 0);
        chardev_connected(d, NULL);
    }
    d->config.unlock(d->config.opaque);
}

static bool bind_and_listen(struct socket *s)
{
    int one = 1;

    s->listen_fd = socket(s->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s->listen_fd < 0)
        return false;
    setsockopt(s->listen_fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    return !bind(s->listen_fd, (const struct sockaddr *)&s->address, s->address_size) && !listen(s->listen_fd, 1);
}

static bool listen_at(struct chardev *d, const char *name, const char *path, struct error *err)
{
    struct socket *s = d->state;
    struct stat st;

    /* A socket that a former run left behind. */
    if (path && !stat(path, &st) && S_ISSOCK(st.st_mode))
        unlink(path);
    if (!bind_and_listen(s)) {
        error_set(err, ERROR_FILE, "can't listen at '%s': %s", name, strerror(errno));
        error_hint(err, "choose another name, in a folder that you may write to, or another port");
        return false;
    }
    s->path = path ? strdup(path) : NULL;
    if (s->wait) {
        int fd;

        fprintf(stderr, "lpar: waiting for a connection to %s\n", name);
        fd = accept4(s->listen_fd, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0)
            return error_set(err, ERROR_FILE, "no connection to '%s': %s", name, strerror(errno));
        use(d, fd);
    }
    s->listener = loop_add(d->config.loop, s->listen_fd, s->wait ? 0 : POLLIN, accept_one, d);
    return s->listener ? !s->wait || chardev_connected(d, err)
                       : error_set(err, ERROR_RESOURCE, "out of memory");
}

/* ---- client ---- */

static void try_later(struct chardev *d)
{
    struct socket *s = d->state;

    loop_timer_set(s->timer, loop_now_ns() + s->reconnect_ms * MS_NS);
}

/* The connection that was being made is there, or has failed. */
static void tried(void *opaque, short events)
{
    struct chardev *d = opaque;
    struct socket *s = d->state;
    int error = 0, fd = s->trying_fd;
    socklen_t size = sizeof error;

    (void)events;
    loop_remove(s->trying);
    s->trying = NULL;
    s->trying_fd = -1;
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error) {
        close(fd);
        try_later(d);
        return;
    }
    fcntl(fd, F_SETFL, 0);
    d->config.lock(d->config.opaque);
    use(d, fd);
    chardev_connected(d, NULL);
    d->config.unlock(d->config.opaque);
}

/* Without waiting, as the loop has more to do. */
static void try_again(void *opaque)
{
    struct chardev *d = opaque;
    struct socket *s = d->state;
    int fd = socket(s->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd >= 0 && (!connect(fd, (struct sockaddr *)&s->address, s->address_size) || errno == EINPROGRESS)) {
        s->trying_fd = fd;
        s->trying = loop_add(d->config.loop, fd, POLLOUT, tried, d);
        if (s->trying)
            return;
        s->trying_fd = -1;
    }
    if (fd >= 0)
        close(fd);
    try_later(d);
}

static bool connect_to(struct chardev *d, const char *name, struct error *err)
{
    struct socket *s = d->state;
    int fd;

    if (s->reconnect_ms) {
        s->timer = loop_timer_new(d->config.loop, try_again, d);
        if (!s->timer)
            return error_set(err, ERROR_RESOURCE, "out of memory");
        try_again(d);
        return true;
    }
    fd = socket(s->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && !connect(fd, (struct sockaddr *)&s->address, s->address_size)) {
        use(d, fd);
        return chardev_connected(d, err);
    }
    error_set(err, ERROR_FILE, "can't connect to '%s': %s", name, strerror(errno));
    error_hint(err, "start the other side first, or add ,server=on or ,reconnect=1");
    if (fd >= 0)
        close(fd);
    return false;
}

static void disconnected(struct chardev *d)
{
    struct socket *s = d->state;

    if (s->listener)
        loop_set_events(s->listener, POLLIN);
    else if (s->timer)
        try_later(d);
}

/* ---- opening ---- */

static bool set_unix(struct socket *s, const char *path, struct error *err)
{
    struct sockaddr_un *address = (struct sockaddr_un *)&s->address;

    if (!*path || strlen(path) >= sizeof address->sun_path) {
        error_set(err, ERROR_USAGE, "a unix socket needs a name of at most %zu characters",
                  sizeof address->sun_path - 1);
        error_hint(err, "type unix:PATH,server=on,wait=off");
        return false;
    }
    address->sun_family = AF_UNIX;
    strcpy(address->sun_path, path);
    s->address_size = sizeof *address;
    return true;
}

static bool set_inet(struct socket *s, const char *host, const char *port, struct error *err)
{
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = s->is_server ? AI_PASSIVE : 0 };
    struct addrinfo *found;
    int status = getaddrinfo(host && *host ? host : NULL, port, &hints, &found);

    if (status) {
        error_set(err, ERROR_USAGE, "can't find '%s:%s': %s", host ? host : "", port, gai_strerror(status));
        error_hint(err, "name a host and a port, for instance tcp:127.0.0.1:4444");
        return false;
    }
    memcpy(&s->address, found->ai_addr, found->ai_addrlen);
    s->address_size = found->ai_addrlen;
    freeaddrinfo(found);
    return true;
}

static bool take_options(struct socket *s, struct option_list *options, struct error *err)
{
    /* An old way of writing them. */
    const char *no_wait = options_get(options, "nowait");
    uint64_t seconds = 0;
    bool no_delay = true;

    s->wait = !no_wait;
    return options_bool(options, "server", &s->is_server, err) && options_bool(options, "wait", &s->wait, err) &&
           options_bool(options, "nodelay", &no_delay, err) &&
           options_unsigned(options, "reconnect", 86400, &seconds, err) &&
           (s->reconnect_ms = seconds * 1000, true) &&
           options_unsigned(options, "reconnect-ms", 86400000, &s->reconnect_ms, err);
}

/* HOST:PORT, either may be given by itself. */
static bool split_address(const char *address, char *host, const char **port, struct error *err)
{
    const char *colon = strrchr(address, ':');

    if (!colon || (size_t)(colon - address) >= ADDRESS_SIZE) {
        error_set(err, ERROR_USAGE, "a TCP address is HOST:PORT, not '%s'", address);
        error_hint(err, "type for instance tcp:127.0.0.1:4444,server=on,wait=off");
        return false;
    }
    memcpy(host, address, (size_t)(colon - address));
    host[colon - address] = 0;
    *port = colon + 1;
    return true;
}

static bool open_socket(struct chardev *d, struct option_list *options, struct error *err)
{
    struct socket *s = calloc(1, sizeof *s);
    const char *path = options_get(options, "path"), *host = options_get(options, "host");
    const char *port = options_get(options, "port"), *address = options_get(options, "address");
    uint64_t fd = UINT64_MAX;
    char own_host[ADDRESS_SIZE], name[ADDRESS_SIZE + 64];

    if (!s)
        return error_set(err, ERROR_RESOURCE, "out of memory");
    s->listen_fd = s->trying_fd = -1;
    d->state = s;
    d->owns_fds = d->is_socket = true;
    if (!take_options(s, options, err) || !options_unsigned(options, "fd", 1 << 20, &fd, err))
        return false;
    if (fd != UINT64_MAX) {
        use(d, (int)fd);
        return chardev_connected(d, err);
    }
    if (address) {
        if (!split_address(address, own_host, &port, err))
            return false;
        host = own_host;
    }
    if (port ? !set_inet(s, host, port, err) : !set_unix(s, path ? path : "", err))
        return false;
    snprintf(name, sizeof name, "%s%s%s", port ? (host ? host : "") : path, port ? ":" : "", port ? port : "");
    return s->is_server ? listen_at(d, name, port ? NULL : path, err) : connect_to(d, name, err);
}

static void close_socket(struct chardev *d)
{
    struct socket *s = d->state;

    if (!s)
        return;
    loop_remove(s->listener);
    loop_remove(s->trying);
    if (s->timer)
        loop_timer_free(s->timer);
    if (s->listen_fd >= 0)
        close(s->listen_fd);
    if (s->trying_fd >= 0)
        close(s->trying_fd);
    if (s->path)
        unlink(s->path);
    free(s->path);
    free(s);
}

const struct chardev_kind chardev_socket = {
    .name = "socket", .argument = "path", .options = names, .open = open_socket, .disconnected = disconnected,
    .close = close_socket,
};
