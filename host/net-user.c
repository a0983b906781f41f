/* A network in user mode: libslirp answers as router, DHCP and name server, and makes the guest's connections ours.
 *
 * Everything of it is done on the back end's thread. [QEMU's -netdev user; libslirp] */
#include <config.h>

#include "host/net-internal.h"

#ifdef HAVE_LIBSLIRP

#include <arpa/inet.h>
#include <errno.h>
#include <slirp/libslirp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"

enum { DEFAULT_PREFIX = 24 };

struct timer {
    struct timer *next;
    int64_t at_ms; /* 0: not set */
    SlirpTimerCb fire;
    void *opaque;
};

struct user {
    struct net *net;
    Slirp *slirp;
    struct timer *timers;
    bool receiving;
    uint32_t timeout_ms;
};

/* ---- what libslirp asks of us ---- */

static ssize_t send_packet(const void *bytes, size_t size, void *opaque)
{
    struct user *u = opaque;

    net_deliver(u->net, bytes, size);
    return (ssize_t)size;
}

static void report(const char *text, void *opaque)
{
    (void)opaque;
    guest_error("net", "%s", text);
}

static int64_t clock_ns(void *opaque)
{
    struct timespec t;

    (void)opaque;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void *timer_new(SlirpTimerCb fire, void *fire_opaque, void *opaque)
{
    struct user *u = opaque;
    struct timer *t = calloc(1, sizeof *t);

    if (t) {
        *t = (struct timer){ u->timers, 0, fire, fire_opaque };
        u->timers = t;
    }
    return t;
}

static void timer_free(void *timer, void *opaque)
{
    struct user *u = opaque;

    for (struct timer **at = &u->timers; *at; at = &(*at)->next)
        if (*at == timer) {
            *at = (*at)->next;
            free(timer);
            return;
        }
}

static void timer_mod(void *timer, int64_t at_ms, void *opaque)
{
    struct timer *t = timer;

    (void)opaque;
    if (t)
        t->at_ms = at_ms;
}

static void ignore_fd(int fd, void *opaque)
{
    (void)fd;
    (void)opaque;
}

/* Only our thread is in libslirp: it will look by itself. */
static void notify(void *opaque)
{
    (void)opaque;
}

static const SlirpCb callbacks = {
    .send_packet = send_packet,
    .guest_error = report,
    .clock_get_ns = clock_ns,
    .timer_new = timer_new,
    .timer_free = timer_free,
    .timer_mod = timer_mod,
    .register_poll_fd = ignore_fd,
    .unregister_poll_fd = ignore_fd,
    .notify = notify,
};

/* ---- on the thread ---- */

static const struct {
    int slirp;
    short poll;
} events[] = {
    { SLIRP_POLL_IN, POLLIN },   { SLIRP_POLL_OUT, POLLOUT }, { SLIRP_POLL_PRI, POLLPRI },
    { SLIRP_POLL_ERR, POLLERR }, { SLIRP_POLL_HUP, POLLHUP },
};

static int add_poll(int fd, int wanted, void *opaque)
{
    struct user *u = opaque;
    short all = 0;

    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++)
        if (wanted & events[i].slirp)
            all |= events[i].poll;
    return net_poll_add(u->net, fd, all);
}

static int get_revents(int index, void *opaque)
{
    struct user *u = opaque;
    short found = net_revents(u->net, index);
    int all = 0;

    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++)
        if (found & events[i].poll)
            all |= events[i].slirp;
    return all;
}

static void before_poll(void *state, bool receiving, int *timeout_ms)
{
    struct user *u = state;
    uint32_t timeout = (uint32_t)*timeout_ms;
    int64_t now = clock_ns(u) / 1000000;

    u->receiving = receiving;
    if (receiving)
        slirp_pollfds_fill(u->slirp, &timeout, add_poll, u);
    for (struct timer *t = u->timers; t; t = t->next)
        if (t->at_ms && t->at_ms - now < (int64_t)timeout)
            timeout = t->at_ms > now ? (uint32_t)(t->at_ms - now) : 0;
    *timeout_ms = (int)timeout;
}

static void after_poll(void *state)
{
    struct user *u = state;
    int64_t now = clock_ns(u) / 1000000;

    if (u->receiving)
        slirp_pollfds_poll(u->slirp, 0, get_revents, u);
    for (struct timer *t = u->timers; t; t = t->next)
        if (t->at_ms && t->at_ms <= now) {
            t->at_ms = 0;
            t->fire(t->opaque);
            return; /* the list may have changed; the others follow in the next round */
        }
}

static bool send_frame(void *state, const uint8_t *frame, size_t size)
{
    struct user *u = state;

    slirp_input(u->slirp, frame, (int)size);
    return true;
}

/* ---- options ---- */

/* ADDRESS or "" (then the result stays), up to the character `end`, which *text is moved behind. */
static bool take_address(const char **text, char end, struct in_addr *result)
{
    const char *stop = strchr(*text, end);
    char address[64];

    if (!stop || (size_t)(stop - *text) >= sizeof address)
        return false;
    memcpy(address, *text, (size_t)(stop - *text));
    address[stop - *text] = 0;
    *text = stop + 1;
    return !address[0] || inet_pton(AF_INET, address, result) == 1;
}

static bool take_port(const char **text, char end, int *port)
{
    char *stop;
    long n = strtol(*text, &stop, 10);

    if (stop == *text || *stop != end || n < 0 || n > 65535)
        return false;
    *port = (int)n;
    *text = stop + (end != 0);
    return true;
}

/* [tcp|udp]:[HOST]:PORT-[GUEST]:PORT */
static bool add_forward(struct user *u, const char *rule, struct error *err)
{
    struct in_addr host = { htonl(INADDR_ANY) }, guest = { 0 };
    int host_port, guest_port;
    const char *at = rule;
    bool is_udp = !strncmp(at, "udp:", 4);

    at += is_udp || !strncmp(at, "tcp:", 4) ? 4 : at[0] == ':' ? 1 : 0;
    if (at == rule || !take_address(&at, ':', &host) || !take_port(&at, '-', &host_port) ||
        !take_address(&at, ':', &guest) || !take_port(&at, 0, &guest_port)) {
        error_set(err, ERROR_USAGE, "hostfwd: bad rule '%s'", rule);
        error_hint(err, "type hostfwd=tcp:127.0.0.1:2222-:22");
        return false;
    }
    if (!slirp_add_hostfwd(u->slirp, is_udp, host, host_port, guest, guest_port))
        return true;
    error_set(err, ERROR_RESOURCE, "hostfwd: can't listen for '%s': %s", rule, strerror(errno));
    error_hint(err, "choose another port of the host");
    return false;
}

static bool get_address(struct option_list *options, const char *name, struct in_addr *result, struct error *err)
{
    const char *value = options_get(options, name);

    if (!value || inet_pton(AF_INET, value, result) == 1)
        return true;
    error_set(err, ERROR_USAGE, "%s: bad address '%s'", name, value);
    error_hint(err, "type an address such as 10.0.2.2");
    return false;
}

/* net=ADDRESS[/PREFIX]; the others are where they usually are in it. */
static bool get_network(struct option_list *options, SlirpConfig *c, struct error *err)
{
    const char *value = options_get(options, "net");
    char text[64];
    char *prefix, *end;
    unsigned long bits = DEFAULT_PREFIX;

    snprintf(text, sizeof text, "%s", value ? value : "10.0.2.0/24");
    prefix = strchr(text, '/');
    if (prefix) {
        *prefix++ = 0;
        bits = strtoul(prefix, &end, 10);
        if (*end || !*prefix)
            bits = 0;
    }
    if (inet_pton(AF_INET, text, &c->vnetwork) != 1 || bits < 8 || bits > 29) {
        error_set(err, ERROR_USAGE, "net: bad network '%s'", value);
        error_hint(err, "type for instance net=10.0.2.0/24");
        return false;
    }
    c->vnetmask.s_addr = htonl(UINT32_MAX << (32 - bits));
    c->vnetwork.s_addr &= c->vnetmask.s_addr;
    c->vhost.s_addr = c->vnetwork.s_addr | htonl(2);
    c->vnameserver.s_addr = c->vnetwork.s_addr | htonl(3);
    c->vdhcp_start.s_addr = c->vnetwork.s_addr | htonl(bits <= 27 ? 15 : 4);
    return get_address(options, "host", &c->vhost, err) &&
           get_address(options, "dns", &c->vnameserver, err) &&
           get_address(options, "dhcpstart", &c->vdhcp_start, err);
}

static void close_user(void *state)
{
    struct user *u = state;

    if (u->slirp)
        slirp_cleanup(u->slirp);
    while (u->timers)
        timer_free(u->timers, u);
    free(u);
}

static void *open_user(struct net *net, struct option_list *options, struct error *err)
{
    SlirpConfig c = { .version = 1, .vprefix_len = 64 };
    bool restricted = false, ipv4 = true, ipv6 = true, ok;
    struct user *u;
    const char *rule;

    if (!get_network(options, &c, err) || !options_bool(options, "restrict", &restricted, err) ||
        !options_bool(options, "ipv4", &ipv4, err) || !options_bool(options, "ipv6", &ipv6, err))
        return NULL;
    inet_pton(AF_INET6, "fec0::", &c.vprefix_addr6);
    inet_pton(AF_INET6, "fec0::2", &c.vhost6);
    inet_pton(AF_INET6, "fec0::3", &c.vnameserver6);
    c.restricted = restricted;
    c.in_enabled = ipv4;
    c.in6_enabled = ipv6;
    c.vhostname = options_get(options, "hostname");
    c.vdomainname = options_get(options, "domainname");
    c.tftp_path = options_get(options, "tftp");
    c.tftp_server_name = options_get(options, "tftp-server-name");
    c.bootfile = options_get(options, "bootfile");
    u = calloc(1, sizeof *u);
    if (!u || !(u->slirp = slirp_new(&c, &callbacks, u))) {
        free(u);
        error_set(err, ERROR_RESOURCE, "the network in user mode cannot be made so");
        error_hint(err, "host, dns and dhcpstart lie in net, and differ");
        return NULL;
    }
    u->net = net;
    ok = true;
    while (ok && ((rule = options_next(options, "hostfwd")) || (rule = options_next(options, "hostfwd.0.str"))))
        ok = add_forward(u, rule, err);
    if (ok)
        return u;
    close_user(u);
    return NULL;
}

#else

static void *open_user(struct net *net, struct option_list *options, struct error *err)
{
    (void)net;
    (void)options;
    error_set(err, ERROR_UNSUPPORTED, "this build has no network in user mode");
    error_hint(err, "install libslirp-dev and configure again, or choose tap or socket");
    return NULL;
}

static void close_user(void *state)
{
    (void)state;
}

static void before_poll(void *state, bool receiving, int *timeout_ms)
{
    (void)state;
    (void)receiving;
    (void)timeout_ms;
}

static void after_poll(void *state)
{
    (void)state;
}

static bool send_frame(void *state, const uint8_t *frame, size_t size)
{
    (void)state;
    (void)frame;
    (void)size;
    return true;
}

#endif

const struct net_kind net_user_kind = {
    .name = "user",
    .text = "a network of its own behind the host's sockets, with hostfwd=",
    .open = open_user,
    .close = close_user,
    .before_poll = before_poll,
    .after_poll = after_poll,
    .send = send_frame,
};
