/* The host's end of a guest's network cable.
 *
 * One interface for a network in user mode, tap devices and sockets. What passes are whole Ethernet frames, without
 * checksum at the end. Each back end has a thread of its own.
 *
 * Threads: net_send() and net_receive_ready() from any thread, with or without the machine's lock, neither waits.
 * The receiver's functions are called on the back end's thread, without any lock. */
#ifndef HOST_NET_H
#define HOST_NET_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "base/error.h"

enum { NET_FRAME_MOST = 65536 }; /* larger frames are dropped */

struct net;

/* The guest's device. */
struct net_receiver {
    /* A frame comes in. False: there is no room, keep it; then nothing more comes until net_receive_ready(), after
     * which the same frame is offered again. A device that is switched off takes frames and drops them. */
    bool (*receive)(void *opaque, const uint8_t *frame, size_t size);
    /* No more frames for now, or net_receive_ready() was called: what was held back can go on. NULL: does not care. */
    void (*receive_end)(void *opaque);
    /* After net_send() said that there was no room, there is again. NULL: does not care. */
    void (*send_ready)(void *opaque);
    void *opaque;
};

/* Makes a back end of a -netdev argument: KIND[,id=ID][,...]; the kinds are in net.c. NULL with the reason.
 * Frames that come in before there is a receiver are dropped. */
struct net *net_open(const char *argument, struct error *err);
/* Ends the thread. No function of the receiver is called any more when this returns. NULL is fine. */
void net_close(struct net *net);

/* Once, or again after net_unset_receiver(). */
void net_set_receiver(struct net *net, const struct net_receiver *receiver);
/* The receiver goes, and with it what is kept for it; waits until it is called no more. Without locks that it takes. */
void net_unset_receiver(struct net *net);
/* The receiver has room again after it refused a frame. Harmless at other times. */
void net_receive_ready(struct net *net);

/* Sends a frame that lies in pieces. False if there is no room: nothing was taken, and send_ready() is called when
 * it is worth to try again. True if it is on its way, or was dropped as a network may do. */
bool net_send(struct net *net, const struct iovec *pieces, unsigned n_pieces);

/* "" if it has none. */
const char *net_id(const struct net *net);
/* One line about it for people, into text. */
void net_describe(const struct net *net, char *text, size_t size);

#endif
