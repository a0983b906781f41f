/* A tap device of the host: an interface that the host's own network sees. [Linux, networking/tuntap] */
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "host/net-internal.h"

enum { FRAMES_A_ROUND = 64 };

struct tap {
    struct net *net;
    int fd, index;
    bool blocked; /* the last frame did not go out */
    uint8_t frame[NET_FRAME_MOST];
};

static void before_poll(void *state, bool receiving, int *timeout_ms)
{
    struct tap *t = state;

    (void)timeout_ms;
    t->index = -1;
    if (receiving || t->blocked)
        t->index = net_poll_add(t->net, t->fd,
                                (short)((receiving ? POLLIN : 0) | (t->blocked ? POLLOUT : 0)));
}

static void after_poll(void *state)
{
    struct tap *t = state;

    if (!(net_revents(t->net, t->index) & POLLIN))
        return;
    for (unsigned i = 0; i < FRAMES_A_ROUND; i++) {
        ssize_t n = read(t->fd, t->frame, sizeof t->frame);

        if (n <= 0 || !net_deliver(t->net, t->frame, (size_t)n))
            return;
    }
}

static bool send_frame(void *state, const uint8_t *frame, size_t size)
{
    struct tap *t = state;

    t->blocked = write(t->fd, frame, size) < 0 && (errno == EAGAIN || errno == ENOBUFS);
    return !t->blocked;
}

static void close_tap(void *state)
{
    struct tap *t = state;

    close(t->fd);
    free(t);
}

static int open_named(const char *name, struct error *err)
{
    struct ifreq request = { .ifr_flags = IFF_TAP | IFF_NO_PI };
    int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0) {
        error_set(err, ERROR_FILE, "can't open '/dev/net/tun': %s", strerror(errno));
        error_hint(err, "choose -netdev user, or load the module tun");
        return -1;
    }
    strncpy(request.ifr_name, name, IFNAMSIZ - 1);
    if (!ioctl(fd, TUNSETIFF, &request))
        return fd;
    error_set(err, ERROR_RESOURCE, "can't use the tap device '%s': %s", name, strerror(errno));
    error_hint(err, "make it: ip tuntap add dev %s mode tap user $USER", name);
    close(fd);
    return -1;
}

static void *open_tap(struct net *net, struct option_list *options, struct error *err)
{
    const char *name = options_get(options, "ifname"), *script = options_get(options, "script");
    const char *down = options_get(options, "downscript");
    uint64_t fd = UINT64_MAX;
    struct tap *t;

    if (!options_unsigned(options, "fd", 1 << 20, &fd, err))
        return NULL;
    if ((script && strcmp(script, "no")) || (down && strcmp(down, "no"))) {
        error_set(err, ERROR_UNSUPPORTED, "script: lpar runs no scripts");
        error_hint(err, "type script=no,downscript=no and set the interface up before");
        return NULL;
    }
    if (fd == UINT64_MAX && (!name || strlen(name) >= IFNAMSIZ)) {
        error_set(err, ERROR_USAGE, "tap wants the interface's name");
        error_hint(err, "type -netdev tap,id=n0,ifname=tap0,script=no,downscript=no");
        return NULL;
    }
    t = calloc(1, sizeof *t);
    if (!t) {
        error_set(err, ERROR_RESOURCE, "out of memory");
        return NULL;
    }
    t->net = net;
    t->fd = fd != UINT64_MAX ? (int)fd : open_named(name, err);
    if (t->fd >= 0 && fcntl(t->fd, F_SETFL, O_NONBLOCK) >= 0)
        return t;
    if (t->fd >= 0)
        error_set(err, ERROR_USAGE, "fd=%d is not an open descriptor", t->fd);
    free(t);
    return NULL;
}

const struct net_kind net_tap_kind = {
    .name = "tap",
    .text = "an interface of the host: ifname=, or fd=",
    .open = open_tap,
    .close = close_tap,
    .before_poll = before_poll,
    .after_poll = after_poll,
    .send = send_frame,
};
