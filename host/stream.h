/* Connections of the host that control the emulator: what a monitor or a debugger talks through.
 *
 * One peer at a time; the next one waits until it has gone. Output is queued and written as the peer takes it; while
 * much is queued no input is read, so that a peer that does not read cannot make us hoard. All functions and
 * callbacks are the event loop's thread's, without the machine's lock. */
#ifndef HOST_STREAM_H
#define HOST_STREAM_H

#include "base/error.h"
#include "base/loop.h"

struct stream;

struct stream_ops {
    void (*opened)(void *opaque); /* a peer is there; may be NULL */
    void (*closed)(void *opaque); /* it has gone; may be NULL */
    void (*input)(void *opaque, const uint8_t *data, size_t size);
};

/* Makes what a -qmp, -monitor or -gdb argument names:
 *   unix:PATH, tcp:[HOST]:PORT, fd:N (a listening socket) with [,server=on|off][,wait=on|off]; stdio; null, none.
 * is_server: the default of server=, wait= is on for servers unless said. The callbacks come once the loop runs.
 * NULL with the reason and what to type instead. */
struct stream *stream_new(struct loop *loop, const char *spec, bool is_server, const struct stream_ops *ops,
                          void *opaque, struct error *err);
/* Writes out what is queued, for a second at most, and closes. */
void stream_free(struct stream *s);

bool stream_is_open(const struct stream *s);
/* Queues output; drops it without a peer. A peer that lets 64 MiB pile up is hung up on. */
void stream_write(struct stream *s, const void *data, size_t size);
/* Hangs up when what is queued has been written. */
void stream_hang_up(struct stream *s);
/* "unix:/tmp/x,server=on" and the like, for people; as given. */
const char *stream_name(const struct stream *s);

#endif
