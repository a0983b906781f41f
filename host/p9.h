/* A server of the 9P2000.L protocol for one folder of the host.
 *
 * The guest is not believed: names are single components, each is opened beneath the folder's root by openat2() without
 * following links, devices and pipes are never opened, and numbers of files and lengths are bounded. What a link in the
 * folder says is the guest's to follow, inside of the folder. Messages and their numbers: docs of the protocol,
 * [9P2000.L], and [intro(5)] for the older part of it.
 *
 * Threads: one at a time. It blocks as long as the host's file system does. */
#ifndef HOST_P9_H
#define HOST_P9_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "base/error.h"

enum p9_security {
    P9_NONE,        /* files belong to who runs lpar, where it may not give them away */
    P9_PASSTHROUGH, /* they belong to the guest's users, which takes a root */
    P9_MAPPED, /* owners, modes and kinds are kept in attributes of the files (user.virtfs.*) */
};

struct p9_options {
    const char *path;
    enum p9_security security;
    bool read_only;
};

enum { P9_MESSAGE_LEAST = 4096, P9_MESSAGE_MOST = 1 << 19, P9_HEADER_BYTES = 7 };

struct p9;

struct p9 *p9_new(const struct p9_options *options, struct error *err);
void p9_free(struct p9 *p);
/* Forgets all that the guest opened. */
void p9_reset(struct p9 *p);

/* Answers the request in `out`, into `in`. Returns the bytes of the answer, at the beginning of `in`; 0: there is no
 * room for one, or no request that could be answered. */
size_t p9_answer(struct p9 *p, const struct iovec *out, unsigned n_out, const struct iovec *in,
                 unsigned n_in);

#endif
