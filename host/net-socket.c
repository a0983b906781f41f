/* Stream sockets between two emulators: each frame after its length in four bytes, big-endian.
 *
 * `stream` names addresses as -netdev stream does (addr.type=inet|unix), `socket` as the older -netdev socket
 * (listen=, connect=). A server has one client at a time. Without a peer, frames are lost, as with a cable that is
 * not plugged in; a client that lost its server looks for it again every second. */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/endian.h"
#include "base/log.h"
#include "host/net-internal.h"

enum { HEADER = 4, RETRY_MS = 1000 };

struct stream {
    struct net *net;
    bool is_server, receiving;
    struct sockaddr_storage address;
    socklen_t address_size;
    char *path; /* of a unix socket that we listen at */
    int listen_fd, fd;
    int listen_index, index;
    uint8_t in[HEADER + NET_FRAME_MOST], out[HEADER + NET_FRAME_MOST];
    size_t n_in;
    size_t out_at, n_out;
};

static void disconnect(struct stream *s)
{
    if (s->fd >= 0)
        close(s->fd);
    s->fd = -1;
    s->n_in = s->n_out = s->out_at = 0;
}

static void use(struct stream *s, int fd)
{
    int one = 1;

    fcntl(fd, F_SETFL, O_NONBLOCK);
    /* Fails for unix sockets, which have no delay. */
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    s->fd = fd;
}

static bool try_connect(struct stream *s)
{
    int fd = socket(s->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd >= 0 && !connect(fd, (struct sockaddr *)&s->address, s->address_size)) {
        use(s, fd);
        return true;
    }
    if (fd >= 0)
        close(fd);
    return false;
}

static void before_poll(void *state, bool receiving, int *timeout_ms)
{
    struct stream *s = state;

    s->receiving = receiving;
    s->index = s->listen_index = -1;
    if (s->fd < 0 && s->listen_fd >= 0)
        s->listen_index = net_poll_add(s->net, s->listen_fd, POLLIN);
    else if (s->fd < 0 && !try_connect(s) && *timeout_ms > RETRY_MS)
        *timeout_ms = RETRY_MS;
    if (s->fd >= 0 && (receiving || s->n_out))
        s->index = net_poll_add(s->net, s->fd,
                                (short)((receiving ? POLLIN : 0) | (s->n_out ? POLLOUT : 0)));
}

/* Hands over all whole frames; false if the peer does not speak as it should. */
static bool deliver(struct stream *s)
{
    size_t at = 0;
    bool room = true;

    while (room && s->n_in - at >= HEADER) {
        uint32_t size = ld_be32(s->in + at);

        if (size > NET_FRAME_MOST)
            return false;
        if (s->n_in - at < HEADER + size)
            break;
        room = net_deliver(s->net, s->in + at + HEADER, size);
        at += HEADER + size;
    }
    s->n_in -= at;
    memmove(s->in, s->in + at, s->n_in);
    return true;
}

/* What is to go out, as far as it goes. */
static void flush(struct stream *s)
{
    while (s->fd >= 0 && s->n_out) {
        ssize_t n = send(s->fd, s->out + s->out_at, s->n_out, MSG_NOSIGNAL);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            if (errno != EAGAIN)
                disconnect(s);
            return;
        }
        s->out_at += (size_t)n;
        s->n_out -= (size_t)n;
    }
}

static void after_poll(void *state)
{
    struct stream *s = state;
    short found = net_revents(s->net, s->index);
    ssize_t n;

    if (net_revents(s->net, s->listen_index)) {
        int fd = accept4(s->listen_fd, NULL, NULL, SOCK_CLOEXEC);

        if (fd >= 0)
            use(s, fd);
        return;
    }
    flush(s);
    if (s->fd < 0 || !s->receiving)
        return;
    if (found & (POLLIN | POLLHUP | POLLERR)) {
        n = recv(s->fd, s->in + s->n_in, sizeof s->in - s->n_in, 0);
        if (n > 0)
            s->n_in += (size_t)n;
        else if (n == 0 || (errno != EAGAIN && errno != EINTR))
            disconnect(s);
    }
    /* Also what was left when the receiver had no room. */
    if (s->fd >= 0 && !deliver(s)) {
        log_line(LOG_WARN, "net", "the peer of a socket sends no frames: disconnected");
        disconnect(s);
    }
}

static bool send_frame(void *state, const uint8_t *frame, size_t size)
{
    struct stream *s = state;

    if (s->n_out)
        return false;
    if (s->fd < 0)
        return true;
    st_be32(s->out, (uint32_t)size);
    memcpy(s->out + HEADER, frame, size);
    s->out_at = 0;
    s->n_out = HEADER + size;
    flush(s);
    return true;
}

static void close_stream(void *state)
{
    struct stream *s = state;

    disconnect(s);
    if (s->listen_fd >= 0)
        close(s->listen_fd);
    if (s->path)
        unlink(s->path);
    free(s->path);
    free(s);
}

/* ---- addresses ---- */

static bool set_inet(struct stream *s, const char *host, const char *port, struct error *err)
{
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = s->is_server ? AI_PASSIVE : 0 };
    struct addrinfo *found;
    int status = getaddrinfo(*host ? host : NULL, port, &hints, &found);

    if (status) {
        error_set(err, ERROR_USAGE, "can't find '%s:%s': %s", host, port, gai_strerror(status));
        error_hint(err, "name a host and a port, for instance 127.0.0.1:5000");
        return false;
    }
    memcpy(&s->address, found->ai_addr, found->ai_addrlen);
    s->address_size = found->ai_addrlen;
    freeaddrinfo(found);
    return true;
}

static bool set_unix(struct stream *s, const char *path, struct error *err)
{
    struct sockaddr_un *address = (struct sockaddr_un *)&s->address;

    if (strlen(path) >= sizeof address->sun_path)
        return error_set(err, ERROR_USAGE, "socket name '%s' is too long", path);
    address->sun_family = AF_UNIX;
    strcpy(address->sun_path, path);
    s->address_size = sizeof *address;
    return true;
}

static bool listen_at(struct stream *s, const char *path, struct error *err)
{
    int one = 1;
    struct stat st;

    if (path && !stat(path, &st) && S_ISSOCK(st.st_mode))
        unlink(path); /* left behind by a former run */
    s->listen_fd = socket(s->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (s->listen_fd >= 0)
        setsockopt(s->listen_fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (s->listen_fd < 0 || bind(s->listen_fd, (struct sockaddr *)&s->address, s->address_size) ||
        listen(s->listen_fd, 1)) {
        error_set(err, ERROR_RESOURCE, "can't listen: %s", strerror(errno));
        error_hint(err, "choose another address");
        return false;
    }
    s->path = path ? strdup(path) : NULL;
    return true;
}

static struct stream *new_stream(struct net *net, struct error *err)
{
    struct stream *s = calloc(1, sizeof *s);

    if (!s) {
        error_set(err, ERROR_RESOURCE, "out of memory");
        return NULL;
    }
    s->net = net;
    s->fd = s->listen_fd = -1;
    return s;
}

static bool open_stream_options(struct stream *s, struct option_list *options, struct error *err)
{
    static const char *const types[] = { "inet", "unix", NULL };
    const char *path = NULL, *host = "", *port;
    uint64_t reconnect = 0;
    unsigned type = 0;

    if (!options_bool(options, "server", &s->is_server, err) ||
        !options_unsigned(options, "reconnect", 3600, &reconnect, err) ||
        !options_unsigned(options, "reconnect-ms", 3600000, &reconnect, err) ||
        !options_choice(options, "addr.type", types, &type, err))
        return false;
    if (type == 1)
        return (path = options_need(options, "addr.path", err)) && set_unix(s, path, err) &&
               (!s->is_server || listen_at(s, path, err));
    host = options_get(options, "addr.host");
    port = options_need(options, "addr.port", err);
    return port && set_inet(s, host ? host : "", port, err) && (!s->is_server || listen_at(s, NULL, err));
}

static bool open_socket_options(struct stream *s, struct option_list *options, struct error *err)
{
    const char *listening = options_get(options, "listen"), *connecting = options_get(options, "connect");
    const char *where = listening ? listening : connecting;
    const char *colon = where ? strrchr(where, ':') : NULL;
    uint64_t fd = UINT64_MAX;
    char host[256];

    if (!options_unsigned(options, "fd", 1 << 20, &fd, err))
        return false;
    if (fd != UINT64_MAX) {
        use(s, (int)fd);
        return true;
    }
    if (!colon || (listening && connecting) || (size_t)(colon - where) >= sizeof host) {
        error_set(err, ERROR_USAGE, "a socket wants listen= or connect=");
        error_hint(err, "type listen=127.0.0.1:5000 here and connect=127.0.0.1:5000 there");
        return false;
    }
    memcpy(host, where, (size_t)(colon - where));
    host[colon - where] = 0;
    s->is_server = listening != NULL;
    return set_inet(s, host, colon + 1, err) && (!s->is_server || listen_at(s, NULL, err));
}

static void *open_with(struct net *net, struct option_list *options,
                       bool (*take)(struct stream *s, struct option_list *options, struct error *err),
                       struct error *err)
{
    struct stream *s = new_stream(net, err);

    if (!s || take(s, options, err))
        return s;
    close_stream(s);
    return NULL;
}

static void *open_stream(struct net *net, struct option_list *options, struct error *err)
{
    return open_with(net, options, open_stream_options, err);
}

static void *open_socket(struct net *net, struct option_list *options, struct error *err)
{
    return open_with(net, options, open_socket_options, err);
}

const struct net_kind net_stream_kind = {
    .name = "stream",
    .text = "another emulator by a socket: addr.type=inet|unix, server=",
    .open = open_stream,
    .close = close_stream,
    .before_poll = before_poll,
    .after_poll = after_poll,
    .send = send_frame,
};

const struct net_kind net_socket_kind = {
    .name = "socket",
    .text = "another emulator by a socket: listen=, connect=, or fd=",
    .open = open_socket,
    .close = close_stream,
    .before_poll = before_poll,
    .after_poll = after_poll,
    .send = send_frame,
};
