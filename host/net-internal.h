/* Between net.c and the kinds of back ends. */
#ifndef HOST_NET_INTERNAL_H
#define HOST_NET_INTERNAL_H

#include <poll.h>

#include "host/net.h"
#include "base/option-list.h"

struct net_kind {
    const char *name; /* "user" */
    const char *text;
    /* Makes the state; options are those of the argument, marked as used where they are known. May watch
     * descriptors from then on. NULL with the reason. */
    void *(*open)(struct net *net, struct option_list *options, struct error *err);
    /* The thread has ended, or never began. */
    void (*close)(void *state);

    /* All on the thread. Adds descriptors to be waited for, net_poll(); lowers *timeout_ms if something is due
     * earlier. receiving: frames may be handed over now. */
    void (*before_poll)(void *state, bool receiving, int *timeout_ms);
    void (*after_poll)(void *state);
    /* Sends one frame; false if that has to wait: it is offered again after the next poll. */
    bool (*send)(void *state, const uint8_t *frame, size_t size);
};

extern const struct net_kind net_user_kind, net_tap_kind, net_socket_kind, net_stream_kind,
    net_null_kind;

/* Watches a descriptor in the poll that is being prepared; its index, for net_revents() after it. -1 if there is no
 * memory. */
int net_poll_add(struct net *net, int fd, short events);
short net_revents(const struct net *net, int index);

/* A frame came in. False: it was kept, as the receiver has no room; hand over no more until before_poll() says
 * `receiving`. Some of what is handed over all the same is kept, too, the rest dropped. */
bool net_deliver(struct net *net, const uint8_t *frame, size_t size);

#endif
