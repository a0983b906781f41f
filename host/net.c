/* Network back ends: the thread and the queues of frames from the guest and to it; see net.h. */
#include "host/net.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/names.h"
#include "host/net-internal.h"

/* Frames from the guest that wait: more is a memory hog, fewer wakes the guest too often. */
enum { QUEUE_FRAMES = 256, LONGEST_WAIT_MS = 60000, KINDS = 5 };

struct frame {
    size_t size;
    uint8_t *bytes;
};

struct net {
    const struct net_kind *kind;
    void *state;
    char id[64], text[256];
    struct net_receiver receiver;
    int wake_fd;
    bool started;
    pthread_t thread;
    _Atomic bool ending;

    pthread_mutex_t lock;
    struct frame queue[QUEUE_FRAMES]; /* a ring, under lock */
    unsigned first, count;
    bool sender_waits;
    bool receiver_is_ready;

    /* The thread's own. */
    struct frame kept[QUEUE_FRAMES]; /* a ring of what the receiver had no room for */
    unsigned first_kept, n_kept;
    bool delivering; /* frames went to the receiver since it was told of their end */
    struct pollfd *polls;
    unsigned n_polls, polls_room;
    uint64_t received, sent, dropped;
};

static const struct net_kind *const kinds[KINDS] = { &net_user_kind, &net_tap_kind, &net_socket_kind,
                                                     &net_stream_kind, &net_null_kind };

static void wake(struct net *net)
{
    uint64_t one = 1;

    /* A full counter means that it will wake up anyway. */
    if (write(net->wake_fd, &one, sizeof one) < 0)
        return;
}

/* ---- to the guest ---- */

static void keep(struct net *net, const uint8_t *frame, size_t size)
{
    uint8_t *bytes = net->n_kept < QUEUE_FRAMES ? malloc(size) : NULL;

    if (!bytes) {
        net->dropped++;
        return;
    }
    memcpy(bytes, frame, size);
    net->kept[(net->first_kept + net->n_kept++) % QUEUE_FRAMES] = (struct frame){ size, bytes };
}

bool net_deliver(struct net *net, const uint8_t *frame, size_t size)
{
    if (!net->receiver.receive || size > NET_FRAME_MOST || !size)
        return true;
    /* None overtakes another. */
    net->delivering = true;
    if (!net->n_kept && net->receiver.receive(net->receiver.opaque, frame, size)) {
        net->received++;
        return true;
    }
    keep(net, frame, size);
    return false;
}

/* Offers kept frames again if the receiver said that it has room. */
static void deliver_kept(struct net *net)
{
    bool ready;

    pthread_mutex_lock(&net->lock);
    ready = net->receiver_is_ready;
    net->receiver_is_ready = false;
    pthread_mutex_unlock(&net->lock);
    net->delivering |= ready;
    while (ready && net->n_kept) {
        struct frame *frame = &net->kept[net->first_kept];

        if (!net->receiver.receive(net->receiver.opaque, frame->bytes, frame->size))
            return;
        net->received++;
        free(frame->bytes);
        net->first_kept = (net->first_kept + 1) % QUEUE_FRAMES;
        net->n_kept--;
    }
}

static void end_delivery(struct net *net)
{
    if (net->delivering && net->receiver.receive_end)
        net->receiver.receive_end(net->receiver.opaque);
    net->delivering = false;
}

void net_receive_ready(struct net *net)
{
    bool told;

    pthread_mutex_lock(&net->lock);
    told = net->receiver_is_ready;
    net->receiver_is_ready = true;
    pthread_mutex_unlock(&net->lock);
    if (!told)
        wake(net);
}

/* ---- from the guest ---- */

bool net_send(struct net *net, const struct iovec *pieces, unsigned n_pieces)
{
    struct frame frame = { 0, NULL };
    bool taken, was_empty = false;

    for (unsigned i = 0; i < n_pieces; i++)
        if (pieces[i].iov_len > NET_FRAME_MOST || (frame.size += pieces[i].iov_len) > NET_FRAME_MOST)
            return true;
    if (!frame.size || !(frame.bytes = malloc(frame.size)))
        return true;
    for (size_t i = 0, at = 0; i < n_pieces; at += pieces[i++].iov_len)
        memcpy(frame.bytes + at, pieces[i].iov_base, pieces[i].iov_len);
    pthread_mutex_lock(&net->lock);
    taken = net->count < QUEUE_FRAMES;
    if (taken) {
        was_empty = net->count == 0;
        net->queue[(net->first + net->count++) % QUEUE_FRAMES] = frame;
    } else {
        net->sender_waits = true;
    }
    pthread_mutex_unlock(&net->lock);
    if (!taken)
        free(frame.bytes);
    else if (was_empty)
        wake(net);
    return taken;
}

static void send_all(struct net *net)
{
    bool tell = false;

    pthread_mutex_lock(&net->lock);
    while (net->count) {
        struct frame *frame = &net->queue[net->first];
        bool sent;

        /* Only this thread takes frames away. */
        pthread_mutex_unlock(&net->lock);
        sent = net->kind->send(net->state, frame->bytes, frame->size);
        pthread_mutex_lock(&net->lock);
        if (!sent)
            break;
        net->sent++;
        free(frame->bytes);
        net->first = (net->first + 1) % QUEUE_FRAMES;
        net->count--;
    }
    if (net->sender_waits && net->count <= QUEUE_FRAMES / 2) {
        net->sender_waits = false;
        tell = true;
    }
    pthread_mutex_unlock(&net->lock);
    if (tell && net->receiver.send_ready)
        net->receiver.send_ready(net->receiver.opaque);
}

/* ---- the thread ---- */

int net_poll_add(struct net *net, int fd, short events)
{
    if (net->n_polls == net->polls_room) {
        unsigned room = net->polls_room ? 2 * net->polls_room : 16;
        struct pollfd *polls = realloc(net->polls, room * sizeof *polls);

        if (!polls)
            return -1;
        net->polls = polls;
        net->polls_room = room;
    }
    net->polls[net->n_polls] = (struct pollfd){ fd, events, 0 };
    return (int)net->n_polls++;
}

short net_revents(const struct net *net, int index)
{
    return index < 0 || (unsigned)index >= net->n_polls ? 0 : net->polls[index].revents;
}

static void *serve(void *opaque)
{
    struct net *net = opaque;
    uint64_t ignored;

    while (!net->ending) {
        int timeout_ms = LONGEST_WAIT_MS;

        net->n_polls = 0;
        net_poll_add(net, net->wake_fd, POLLIN);
        net->kind->before_poll(net->state, !net->n_kept, &timeout_ms);
        if (poll(net->polls, net->n_polls, timeout_ms) < 0)
            for (unsigned i = 0; i < net->n_polls; i++)
                net->polls[i].revents = 0;
        if (net_revents(net, 0) && read(net->wake_fd, &ignored, sizeof ignored) < 0 && errno != EAGAIN)
            break;
        deliver_kept(net);
        net->kind->after_poll(net->state);
        end_delivery(net);
        send_all(net);
        end_delivery(net);
    }
    return NULL;
}

void net_set_receiver(struct net *net, const struct net_receiver *receiver)
{
    sigset_t all, before;

    net->receiver = *receiver;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    net->started = !pthread_create(&net->thread, NULL, serve, net);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* ---- opening and closing ---- */

static const struct net_kind *find_kind(const char *name, struct error *err)
{
    const char *valid[KINDS + 1] = { NULL };

    for (unsigned i = 0; i < KINDS; i++) {
        if (!strcmp(kinds[i]->name, name))
            return kinds[i];
        valid[i] = kinds[i]->name;
    }
    error_set(err, ERROR_USAGE, "unknown network '%s'", name);
    names_hint(err, name, valid);
    return NULL;
}

static bool open_kind(struct net *net, struct option_list *options, struct error *err)
{
    const char *type = options_need(options, "type", err), *id = options_get(options, "id");

    if (!type || !(net->kind = find_kind(type, err)))
        return false;
    snprintf(net->id, sizeof net->id, "%s", id ? id : "");
    net->state = net->kind->open(net, options, err);
    return net->state && options_all_used(options, (const char *const[]){ "id", NULL }, err);
}

struct net *net_open(const char *argument, struct error *err)
{
    struct net *net = calloc(1, sizeof *net);
    struct option_list options = { 0 };
    bool ok;

    if (!net) {
        error_set(err, ERROR_RESOURCE, "out of memory");
        return NULL;
    }
    pthread_mutex_init(&net->lock, NULL);
    snprintf(net->text, sizeof net->text, "%s", argument);
    net->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    ok = net->wake_fd >= 0 ||
         error_set(err, ERROR_RESOURCE, "can't make an event descriptor: %s", strerror(errno));
    ok = ok && options_split(&options, argument, "type", err) && open_kind(net, &options, err);
    options_free(&options);
    if (ok)
        return net;
    net_close(net);
    return NULL;
}

static void stop(struct net *net)
{
    net->ending = true;
    if (net->started) {
        wake(net);
        pthread_join(net->thread, NULL);
    }
    net->started = false;
}

static void drop_kept(struct net *net)
{
    while (net->n_kept) {
        free(net->kept[net->first_kept].bytes);
        net->first_kept = (net->first_kept + 1) % QUEUE_FRAMES;
        net->n_kept--;
    }
}

void net_unset_receiver(struct net *net)
{
    stop(net);
    drop_kept(net);
    net->receiver = (struct net_receiver){ 0 };
    net->receiver_is_ready = net->sender_waits = false;
    net->ending = false;
}

void net_close(struct net *net)
{
    if (!net)
        return;
    stop(net);
    if (net->state)
        net->kind->close(net->state);
    while (net->count) {
        free(net->queue[net->first].bytes);
        net->first = (net->first + 1) % QUEUE_FRAMES;
        net->count--;
    }
    drop_kept(net);
    free(net->polls);
    if (net->wake_fd >= 0)
        close(net->wake_fd);
    pthread_mutex_destroy(&net->lock);
    free(net);
}

const char *net_id(const struct net *net)
{
    return net->id;
}

void net_describe(const struct net *net, char *text, size_t size)
{
    snprintf(text, size, "%s", net->text);
}

/* ---- a cable that nobody holds at the other end ---- */

static void *open_null(struct net *net, struct option_list *options, struct error *err)
{
    (void)options;
    (void)err;
    return net;
}

static void do_nothing(void *state)
{
    (void)state;
}

static void prepare_nothing(void *state, bool receiving, int *timeout_ms)
{
    (void)state;
    (void)receiving;
    (void)timeout_ms;
}

static bool send_nowhere(void *state, const uint8_t *frame, size_t size)
{
    (void)state;
    (void)frame;
    (void)size;
    return true;
}

const struct net_kind net_null_kind = {
    .name = "null",
    .text = "nobody: what is sent is lost",
    .open = open_null,
    .close = do_nothing,
    .before_poll = prepare_nothing,
    .after_poll = do_nothing,
    .send = send_nowhere,
};
