/* The TPM that another process emulates; see tpm.h. [swtpm, control channel] */
#include "host/tpm.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/endian.h"
#include "base/log.h"

enum control {
    CONTROL_GET_CAPABILITY = 1,
    CONTROL_INIT = 2,
    CONTROL_SHUTDOWN = 3,
    CONTROL_STOP = 14,
    CONTROL_SET_DATA_FD = 16,
    CONTROL_SET_BUFFER_SIZE = 17,
};

/* Bits of CONTROL_GET_CAPABILITY's answer. */
enum { CAN_INIT = 1 << 0, CAN_STOP = 1 << 10, CAN_SET_DATA_FD = 1 << 12, CAN_SET_BUFFER_SIZE = 1 << 13,
       NEEDED = CAN_INIT | CAN_STOP | CAN_SET_DATA_FD };

/* A key of a slow algorithm takes a while. */
enum { CONTROL_MS = 10000, COMMAND_MS = 300000 };
enum { SMALLEST_BUFFER = 1024 };

struct tpm {
    int control, data; /* -1 */
    size_t buffer_size;
    uint64_t can;
    pthread_t thread;
    bool has_thread;

    pthread_mutex_t lock; /* for what follows */
    pthread_cond_t change;
    struct tpm_request *next; /* to be done */
    bool is_running, is_ending;
    bool is_broken; /* the thread's: no command has a chance any more */
};

/* ---- bytes ---- */

static bool receive(int fd, void *buffer, size_t size, int timeout_ms)
{
    uint8_t *at = buffer;

    while (size) {
        struct pollfd p = { .fd = fd, .events = POLLIN };
        int ready = poll(&p, 1, timeout_ms);
        ssize_t n = ready > 0 ? recv(fd, at, size, MSG_DONTWAIT) : ready;

        if (n < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (n <= 0) {
            errno = n < 0 ? errno : ready ? EPIPE : ETIMEDOUT;
            return false;
        }
        at += n;
        size -= (size_t)n;
    }
    return true;
}

static bool transmit(int fd, const void *buffer, size_t size)
{
    const uint8_t *at = buffer;

    while (size) {
        ssize_t n = send(fd, at, size, MSG_NOSIGNAL);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        at += n;
        size -= (size_t)n;
    }
    return true;
}

/* ---- control ---- */

static bool failed(struct error *err, const char *what)
{
    return error_set(err, ERROR_FILE, "the TPM emulator does not %s: %s", what, strerror(errno));
}

/* Sends a control command with n words, and its answer's first word goes to result. */
static bool control(struct tpm *t, enum control command, const uint32_t *words, unsigned n, uint32_t *result)
{
    uint8_t message[8], answer[4];

    st_be32(message, (uint32_t)command);
    if (n)
        st_be32(message + 4, words[0]);
    if (!transmit(t->control, message, 4 + 4 * n) || !receive(t->control, answer, sizeof answer, CONTROL_MS))
        return false;
    *result = ld_be32(answer);
    return true;
}

/* One whose answer is only a result. */
static bool order(struct tpm *t, enum control command, const uint32_t *words, unsigned n, const char *what,
                  struct error *err)
{
    uint32_t result;

    if (!control(t, command, words, n, &result))
        return failed(err, what);
    return !result || error_set(err, ERROR_FILE, "the TPM emulator does not %s: error %#x", what, result);
}

static bool get_capabilities(struct tpm *t, struct error *err)
{
    uint32_t high;
    uint8_t low[4];

    if (!control(t, CONTROL_GET_CAPABILITY, NULL, 0, &high) || !receive(t->control, low, sizeof low, CONTROL_MS))
        return failed(err, "tell what it can");
    t->can = (uint64_t)high << 32 | ld_be32(low);
    return (t->can & NEEDED) == NEEDED || error_set(err, ERROR_UNSUPPORTED, "the TPM emulator can't be controlled");
}

/* Gives it one end of a pair of sockets, for commands. */
static bool pass_data_socket(struct tpm *t, struct error *err)
{
    uint8_t message[4];
    struct iovec piece = { message, sizeof message };
    union {
        struct cmsghdr header; /* aligns */
        char bytes[CMSG_SPACE(sizeof(int))];
    } ancillary = { 0 };
    struct msghdr m = { .msg_iov = &piece, .msg_iovlen = 1, .msg_control = ancillary.bytes,
                        .msg_controllen = sizeof ancillary.bytes };
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    int ends[2];
    ssize_t n;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
        return failed(err, "get a socket");
    t->data = ends[0];
    st_be32(message, CONTROL_SET_DATA_FD);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(c), &ends[1], sizeof(int));
    do
        n = sendmsg(t->control, &m, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    close(ends[1]);
    if (n != sizeof message || !receive(t->control, message, sizeof message, CONTROL_MS))
        return failed(err, "take a socket");
    return !ld_be32(message) || error_set(err, ERROR_FILE, "the TPM emulator does not take a socket: error %#x",
                                          ld_be32(message));
}

/* Answer: result; the size in use, the smallest, the largest. */
static bool set_buffer_size(struct tpm *t, struct error *err)
{
    const uint32_t wanted = TPM_LARGEST;
    uint8_t sizes[12];
    uint32_t result;

    t->buffer_size = TPM_LARGEST;
    if (!(t->can & CAN_SET_BUFFER_SIZE))
        return true;
    if (!control(t, CONTROL_SET_BUFFER_SIZE, &wanted, 1, &result) ||
        (!result && !receive(t->control, sizes, sizeof sizes, CONTROL_MS)))
        return failed(err, "take a buffer's size");
    if (result || ld_be32(sizes) < SMALLEST_BUFFER)
        return error_set(err, ERROR_FILE, "the TPM emulator does not take a buffer's size: error %#x", result);
    if (ld_be32(sizes) < TPM_LARGEST)
        t->buffer_size = ld_be32(sizes);
    return true;
}

bool tpm_start(struct tpm *t, struct error *err)
{
    static const uint32_t no_flags;

    return order(t, CONTROL_STOP, NULL, 0, "stop", err) && set_buffer_size(t, err) &&
           order(t, CONTROL_INIT, &no_flags, 1, "start", err);
}

size_t tpm_buffer_size(const struct tpm *t)
{
    return t->buffer_size;
}

/* ---- commands ---- */

static bool transact(struct tpm *t, struct tpm_request *r)
{
    size_t size;

    if (t->is_broken || !transmit(t->data, r->buffer, r->size) ||
        !receive(t->data, r->buffer, TPM_HEADER, COMMAND_MS))
        return false;
    size = ld_be32(r->buffer + 2);
    if (size < TPM_HEADER || size > t->buffer_size)
        return false;
    r->size = size;
    return receive(t->data, r->buffer + TPM_HEADER, size - TPM_HEADER, CONTROL_MS);
}

/* An answer that says "failure". [TPM 2.0 part 2, TPM_RC] */
static void make_failure(struct tpm_request *r)
{
    st_be16(r->buffer, 0x8001); /* TPM_ST_NO_SESSIONS */
    st_be32(r->buffer + 2, TPM_HEADER);
    st_be32(r->buffer + 6, 0x101); /* TPM_RC_FAILURE */
    r->size = TPM_HEADER;
}

static void *work(void *opaque)
{
    struct tpm *t = opaque;

    pthread_mutex_lock(&t->lock);
    for (;;) {
        struct tpm_request *r;

        while (!t->next && !t->is_ending)
            pthread_cond_wait(&t->change, &t->lock);
        if (!t->next)
            break;
        r = t->next;
        t->next = NULL;
        t->is_running = true;
        pthread_mutex_unlock(&t->lock);
        if (!transact(t, r)) {
            /* What comes later would be taken for the next one's answer. */
            if (!t->is_broken)
                log_line(LOG_ERROR, "tpm", "the TPM emulator does not answer as it should: commands fail from now on");
            t->is_broken = true;
            make_failure(r);
        }
        r->done(r);
        pthread_mutex_lock(&t->lock);
        t->is_running = false;
        pthread_cond_broadcast(&t->change);
    }
    pthread_mutex_unlock(&t->lock);
    return NULL;
}

void tpm_submit(struct tpm *t, struct tpm_request *r)
{
    pthread_mutex_lock(&t->lock);
    t->next = r;
    pthread_cond_broadcast(&t->change);
    pthread_mutex_unlock(&t->lock);
}

void tpm_drain(struct tpm *t)
{
    pthread_mutex_lock(&t->lock);
    while (t->next || t->is_running)
        pthread_cond_wait(&t->change, &t->lock);
    pthread_mutex_unlock(&t->lock);
}

/* ---- life ---- */

static bool start_thread(struct tpm *t, struct error *err)
{
    sigset_t all, before;

    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    t->has_thread = !pthread_create(&t->thread, NULL, work, t);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return t->has_thread || error_set(err, ERROR_RESOURCE, "no thread for the TPM");
}

struct tpm *tpm_new(int fd, struct error *err)
{
    struct tpm *t = calloc(1, sizeof *t);

    if (!t) {
        close(fd);
        error_set(err, ERROR_RESOURCE, "out of memory");
        return NULL;
    }
    t->control = fd;
    t->data = -1;
    t->buffer_size = TPM_LARGEST;
    pthread_mutex_init(&t->lock, NULL);
    pthread_cond_init(&t->change, NULL);
    if (get_capabilities(t, err) && pass_data_socket(t, err) && start_thread(t, err))
        return t;
    tpm_free(t);
    return NULL;
}

void tpm_free(struct tpm *t)
{
    uint32_t result;

    if (!t)
        return;
    if (t->has_thread) {
        pthread_mutex_lock(&t->lock);
        t->is_ending = true;
        pthread_cond_broadcast(&t->change);
        pthread_mutex_unlock(&t->lock);
        shutdown(t->data, SHUT_RDWR); /* ends the wait for an answer */
        pthread_join(t->thread, NULL);
        control(t, CONTROL_SHUTDOWN, NULL, 0, &result);
    }
    if (t->data >= 0)
        close(t->data);
    close(t->control);
    pthread_cond_destroy(&t->change);
    pthread_mutex_destroy(&t->lock);
    free(t);
}
