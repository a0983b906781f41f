/* Connections for monitors and debuggers; see stream.h. */
#include "host/stream.h"

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

enum {
    READ_SIZE = 4096,
    PAUSE_INPUT = 1 << 20, /* queued output above which nothing is read */
    MOST_QUEUED = 64 << 20,
    LINGER_MS = 1000,
    NS_PER_MS = 1000000,
};

struct stream {
    struct loop *loop;
    const struct stream_ops *ops;
    void *opaque;
    char *name;
    char *path;    /* of a socket that we made, to be removed */
    int listen_fd; /* -1: none */
    int in_fd, out_fd; /* -1: no peer */
    bool owns_fds, hanging_up, is_socket;
    struct loop_source *listener, *input, *output;
    struct loop_timer *opening;
    uint8_t *queue;
    size_t queued, room;
};

/* ---- the peer ---- */

static void drop_peer(struct stream *s)
{
    if (s->in_fd < 0)
        return;
    loop_remove(s->input);
    loop_remove(s->output);
    s->input = s->output = NULL;
    if (s->owns_fds)
        close(s->in_fd);
    s->in_fd = s->out_fd = -1;
    s->queued = 0;
    s->hanging_up = false;
    if (s->listener)
        loop_set_events(s->listener, POLLIN);
    if (s->ops->closed)
        s->ops->closed(s->opaque);
}

static void set_events(struct stream *s)
{
    short in = s->queued > PAUSE_INPUT || s->hanging_up ? 0 : POLLIN, out = s->queued ? POLLOUT : 0;

    if (s->output)
        loop_set_events(s->output, out);
    if (s->input)
        loop_set_events(s->input, s->output ? in : (short)(in | out));
}

static ssize_t write_some(const struct stream *s, const void *data, size_t size)
{
    /* A terminal or pipe may be shared with other programs and is not made non-blocking: small pieces do not block
     * where there is room. */
    if (!s->is_socket)
        return write(s->out_fd, data, size < READ_SIZE ? size : READ_SIZE);
    return send(s->out_fd, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* False if the peer has gone. */
static bool write_queue(struct stream *s)
{
    size_t done = 0;

    while (done < s->queued) {
        struct pollfd room = { s->out_fd, POLLOUT, 0 };
        ssize_t n;

        if (poll(&room, 1, 0) <= 0)
            break;
        n = write_some(s, s->queue + done, s->queued - done);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            break;
        if (n < 0)
            return false;
        done += (size_t)n;
    }
    memmove(s->queue, s->queue + done, s->queued - done);
    s->queued -= done;
    return true;
}

static void flush(struct stream *s)
{
    if (!write_queue(s) || (s->hanging_up && !s->queued))
        drop_peer(s);
    else
        set_events(s);
}

static void output_ready(void *opaque, short events)
{
    (void)events;
    flush(opaque);
}

static void input_ready(void *opaque, short events)
{
    struct stream *s = opaque;
    uint8_t data[READ_SIZE];
    ssize_t n;

    if (s->queued && events & POLLOUT) {
        flush(s);
        return;
    }
    n = read(s->in_fd, data, sizeof data);
    if (n > 0)
        s->ops->input(s->opaque, data, (size_t)n);
    else if (n == 0 || (errno != EAGAIN && errno != EINTR))
        drop_peer(s);
}

static bool take_peer(struct stream *s, int in_fd, int out_fd)
{
    int on = 1;

    s->in_fd = in_fd;
    s->out_fd = out_fd;
    s->input = loop_add(s->loop, in_fd, POLLIN, input_ready, s);
    if (out_fd != in_fd)
        s->output = loop_add(s->loop, out_fd, 0, output_ready, s);
    if (!s->input || (out_fd != in_fd && !s->output)) {
        drop_peer(s);
        return false;
    }
    if (s->is_socket)
        setsockopt(in_fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); /* does nothing to others */
    return true;
}

static void accept_one(void *opaque, short events)
{
    struct stream *s = opaque;
    int fd = accept4(s->listen_fd, NULL, NULL, SOCK_CLOEXEC);

    (void)events;
    if (fd < 0)
        return;
    loop_set_events(s->listener, 0);
    if (take_peer(s, fd, fd) && s->ops->opened)
        s->ops->opened(s->opaque);
}

/* A peer that is there from the beginning is told of when the loop runs. */
static void opened_early(void *opaque)
{
    struct stream *s = opaque;

    if (s->in_fd >= 0 && s->ops->opened)
        s->ops->opened(s->opaque);
}

bool stream_is_open(const struct stream *s)
{
    return s->in_fd >= 0;
}

void stream_write(struct stream *s, const void *data, size_t size)
{
    if (s->in_fd < 0 || s->hanging_up)
        return;
    if (size > MOST_QUEUED - s->queued) {
        s->queued = 0;
        stream_hang_up(s);
        return;
    }
    if (s->queued + size > s->room) {
        size_t room = 2 * (s->queued + size);
        uint8_t *queue = realloc(s->queue, room);

        if (!queue) {
            stream_hang_up(s);
            return;
        }
        s->queue = queue;
        s->room = room;
    }
    memcpy(s->queue + s->queued, data, size);
    s->queued += size;
    /* The loop finds out about an error: the caller may be in the midst of things. */
    write_queue(s);
    set_events(s);
}

void stream_hang_up(struct stream *s)
{
    if (s->in_fd < 0)
        return;
    s->hanging_up = true;
    if (s->queued) {
        set_events(s);
        return;
    }
    /* Also not now: reading the end of it is the loop's. */
    if (s->is_socket)
        shutdown(s->in_fd, SHUT_RDWR);
    s->hanging_up = false;
    set_events(s);
}

const char *stream_name(const struct stream *s)
{
    return s->name;
}

/* ---- kinds ---- */

struct options {
    bool server, wait;
};

static bool is_on(const char *value, bool *on)
{
    *on = !strcmp(value, "on") || !strcmp(value, "yes");
    return *on || !strcmp(value, "off") || !strcmp(value, "no");
}

static bool parse_options(char *rest, struct options *o, struct error *err)
{
    char *save, *word;
    bool dummy;

    for (word = rest ? strtok_r(rest, ",", &save) : NULL; word; word = strtok_r(NULL, ",", &save)) {
        bool ok = !strcmp(word, "server")           ? (o->server = true)
                  : !strcmp(word, "nowait")         ? !(o->wait = false)
                  : !strncmp(word, "server=", 7)    ? is_on(word + 7, &o->server)
                  : !strncmp(word, "wait=", 5)      ? is_on(word + 5, &o->wait)
                  : !strncmp(word, "nodelay=", 8)   ? is_on(word + 8, &dummy)
                  : !strncmp(word, "reconnect=", 10) || !strncmp(word, "id=", 3) || !strcmp(word, "nodelay");

        if (!ok) {
            error_set(err, ERROR_USAGE, "unknown socket option '%s'", word);
            error_hint(err, "valid: server=on|off, wait=on|off");
            return false;
        }
    }
    return true;
}

static bool failed(struct stream *s, const char *what, struct error *err)
{
    error_set(err, ERROR_FILE, "can't %s '%s': %s", what, s->name, strerror(errno));
    if (!strcmp(what, "connect to"))
        error_hint(err, "start the other side first, or add ,server=on");
    return false;
}

/* With a socket that is bound, or to be connected. */
static bool begin(struct stream *s, int fd, const struct sockaddr *address, socklen_t size,
                  const struct options *o, struct error *err)
{
    s->is_socket = true;
    if (!o->server) {
        if (connect(fd, address, size)) {
            close(fd);
            return failed(s, "connect to", err);
        }
        s->owns_fds = true;
        return take_peer(s, fd, fd) || error_set(err, ERROR_RESOURCE, "out of memory");
    }
    s->listen_fd = fd;
    s->owns_fds = true;
    if (address && bind(fd, address, size))
        return failed(s, "listen at", err);
    if (address && address->sa_family == AF_UNIX)
        s->path = strdup(((const struct sockaddr_un *)address)->sun_path);
    if (listen(fd, 4))
        return failed(s, "listen at", err);
    s->listener = loop_add(s->loop, fd, POLLIN, accept_one, s);
    if (!s->listener)
        return error_set(err, ERROR_RESOURCE, "out of memory");
    if (o->wait) {
        fprintf(stderr, "lpar: waiting for a connection to %s\n", s->name);
        fd = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0)
            return failed(s, "wait at", err);
        loop_set_events(s->listener, 0);
        return take_peer(s, fd, fd) || error_set(err, ERROR_RESOURCE, "out of memory");
    }
    return true;
}

static bool open_unix(struct stream *s, char *path, const struct options *o, struct error *err)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    struct stat st;
    int fd;

    if (!*path || strlen(path) >= sizeof address.sun_path) {
        error_set(err, ERROR_USAGE, "a unix socket needs a name of at most %zu characters",
                  sizeof address.sun_path - 1);
        error_hint(err, "type unix:PATH,server=on,wait=off");
        return false;
    }
    strcpy(address.sun_path, path);
    /* A socket that a former run left behind. */
    if (o->server && !stat(path, &st) && S_ISSOCK(st.st_mode))
        unlink(path);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return failed(s, "make", err);
    return begin(s, fd, (const struct sockaddr *)&address, sizeof address, o, err);
}

static bool open_tcp(struct stream *s, char *host, const struct options *o, struct error *err)
{
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = o->server ? AI_PASSIVE : 0 }, *found;
    char *port = strrchr(host, ':');
    int on = 1, fd, why;
    bool ok;

    if (!port) {
        error_set(err, ERROR_USAGE, "'%s' names no port", s->name);
        error_hint(err, "type tcp:HOST:PORT or tcp::PORT");
        return false;
    }
    *port++ = '\0';
    /* Without a host, this one alone: a monitor can do all that the user may. */
    why = getaddrinfo(*host ? host : "127.0.0.1", port, &hints, &found);
    if (why)
        return error_set(err, ERROR_USAGE, "'%s': %s", s->name, gai_strerror(why));
    fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        freeaddrinfo(found);
        return failed(s, "make", err);
    }
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    ok = begin(s, fd, found->ai_addr, found->ai_addrlen, o, err);
    freeaddrinfo(found);
    return ok;
}

static bool open_fd(struct stream *s, char *number, const struct options *o, struct error *err)
{
    char *end;
    long fd = strtol(number, &end, 10);

    if (*end || end == number || fd < 0 || fcntl((int)fd, F_GETFD) < 0) {
        error_set(err, ERROR_USAGE, "'%s' is no open descriptor", number);
        error_hint(err, "type fd:N, with N the number of a listening socket that this program was given");
        return false;
    }
    fcntl((int)fd, F_SETFD, FD_CLOEXEC);
    s->is_socket = true;
    s->owns_fds = true;
    return o->server ? begin(s, (int)fd, NULL, 0, o, err) : take_peer(s, (int)fd, (int)fd);
}

static bool open_stdio(struct stream *s, char *argument, const struct options *o, struct error *err)
{
    (void)argument;
    (void)o;
    return take_peer(s, STDIN_FILENO, STDOUT_FILENO) || error_set(err, ERROR_RESOURCE, "out of memory");
}

static bool open_null(struct stream *s, char *argument, const struct options *o, struct error *err)
{
    (void)s;
    (void)argument;
    (void)o;
    (void)err;
    return true;
}

static const struct {
    const char *prefix; /* ends in ':' if an argument follows */
    bool (*open)(struct stream *s, char *argument, const struct options *o, struct error *err);
} kinds[] = {
    { "unix:", open_unix }, { "tcp:", open_tcp },   { "telnet:", open_tcp }, { "fd:", open_fd },
    { "stdio", open_stdio }, { "null", open_null }, { "none", open_null },
};

static bool open_spec(struct stream *s, char *spec, struct options o, struct error *err)
{
    char *rest = strchr(spec, ',');

    if (rest)
        *rest++ = '\0';
    if (!parse_options(rest, &o, err))
        return false;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        size_t n = strlen(kinds[i].prefix);

        if (kinds[i].prefix[n - 1] == ':' ? !strncmp(spec, kinds[i].prefix, n) : !strcmp(spec, kinds[i].prefix))
            return kinds[i].open(s, spec + n, &o, err);
    }
    error_set(err, ERROR_USAGE, "unknown connection '%s'", spec);
    error_hint(err, "valid: unix:PATH[,server=on][,wait=off], tcp:[HOST]:PORT[,server=on][,wait=off], stdio, none");
    return false;
}

struct stream *stream_new(struct loop *loop, const char *spec, bool is_server, const struct stream_ops *ops,
                          void *opaque, struct error *err)
{
    struct stream *s = calloc(1, sizeof *s);
    char *copy = strdup(spec);
    bool ok = s && copy && (s->name = strdup(spec)) && (s->opening = loop_timer_new(loop, opened_early, s));

    if (!ok) {
        error_set(err, ERROR_RESOURCE, "out of memory");
    } else {
        s->loop = loop;
        s->ops = ops;
        s->opaque = opaque;
        s->listen_fd = s->in_fd = s->out_fd = -1;
        ok = open_spec(s, copy, (struct options){ is_server, !is_server }, err);
        if (ok && s->in_fd >= 0)
            loop_timer_set(s->opening, 1);
    }
    free(copy);
    if (ok)
        return s;
    stream_free(s);
    return NULL;
}

void stream_free(struct stream *s)
{
    uint64_t end = loop_now_ns() + (uint64_t)LINGER_MS * NS_PER_MS;

    if (!s)
        return;
    while (s->in_fd >= 0 && s->queued && loop_now_ns() < end) {
        struct pollfd room = { s->out_fd, POLLOUT, 0 };

        if (poll(&room, 1, 10) > 0 && !write_queue(s))
            break;
    }
    if (s->loop) {
        loop_remove(s->input);
        loop_remove(s->output);
        loop_remove(s->listener);
        if (s->owns_fds && s->in_fd >= 0)
            close(s->in_fd);
        if (s->listen_fd >= 0)
            close(s->listen_fd);
        if (s->path)
            unlink(s->path);
    }
    loop_timer_free(s->opening);
    free(s->path);
    free(s->name);
    free(s->queue);
    free(s);
}
