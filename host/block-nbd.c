/* Network block devices, and through qemu-nbd all formats that it knows.
 *
 * One thread per image talks to the server by libnbd. For an image of another format than raw, a qemu-nbd is started that
 * serves this image to us alone and ends with us, however we end. It opens the image, so it is the one that locks it. */
#include <config.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/log.h"
#include "host/block-internal.h"

bool block_nbd_is_uri(const char *file)
{
    static const char *const schemes[] = { "nbd://", "nbds://", "nbd+unix://", "nbds+unix://" };

    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++)
        if (!strncmp(file, schemes[i], strlen(schemes[i])))
            return true;
    return false;
}

#ifdef HAVE_LIBNBD

#include <libnbd.h>

enum { PIECE_MOST = 16 << 20, ZEROES = 1 << 20, SECTOR = 512 };

struct nbd {
    struct block block;
    struct nbd_handle *handle;
    bool can_flush, can_fua, can_trim, can_zero, dead;
    int wake_fd;
    pthread_t thread;
    bool started;
    _Atomic bool ending;
    pthread_mutex_t queue_lock;
    struct block_request *first, **last; /* under queue_lock */
};

/* Parts of a request that are under way (and one more while it is being cut), and its first error. */
enum { PARTS, ERROR };

struct part {
    struct nbd *nbd;
    struct block_request *request;
};

/* ---- on the thread ---- */

static void end_part(struct nbd *n, struct block_request *r, int error);

static int part_done(void *opaque, int *error)
{
    struct part *part = opaque;
    struct nbd *n = part->nbd;
    struct block_request *r = part->request;

    free(part);
    end_part(n, r, *error);
    return 1;
}

/* Something to be called for one more part of the request; callback NULL when out of memory. */
static nbd_completion_callback begin_part(struct nbd *n, struct block_request *r)
{
    struct part *part = malloc(sizeof *part);

    if (!part)
        return (nbd_completion_callback){ 0 };
    *part = (struct part){ n, r };
    r->private_data[PARTS]++;
    return (nbd_completion_callback){ .callback = part_done, .user_data = part };
}

/* The command was not even taken: libnbd calls nothing then. */
static void refuse_part(struct nbd *n, nbd_completion_callback c, struct block_request *r)
{
    int error = nbd_get_errno();

    free(c.user_data);
    end_part(n, r, error ? error : EIO);
}

static void flush_part(struct nbd *n, struct block_request *r)
{
    nbd_completion_callback c = begin_part(n, r);

    if (!c.callback)
        r->private_data[ERROR] = ENOMEM;
    else if (nbd_aio_flush(n->handle, c, 0) < 0)
        refuse_part(n, c, r);
}

static void end_part(struct nbd *n, struct block_request *r, int error)
{
    if (error && !r->private_data[ERROR])
        r->private_data[ERROR] = (uint64_t)error;
    if (--r->private_data[PARTS])
        return;
    /* A server that cannot write through is told to flush then. */
    if (r->fua && !n->can_fua && n->can_flush && !r->private_data[ERROR] && r->op != BLOCK_FLUSH) {
        r->fua = false;
        r->private_data[PARTS]++;
        flush_part(n, r);
        end_part(n, r, 0);
        return;
    }
    block_done(&n->block, r, (int)r->private_data[ERROR]);
}

static void move_part(struct nbd *n, struct block_request *r, uint8_t *at, size_t size, uint64_t offset)
{
    nbd_completion_callback c = begin_part(n, r);
    uint32_t flags = r->fua && n->can_fua ? LIBNBD_CMD_FLAG_FUA : 0;
    int64_t cookie;

    if (!c.callback) {
        r->private_data[ERROR] = ENOMEM;
        return;
    }
    cookie = r->op == BLOCK_READ ? nbd_aio_pread(n->handle, at, size, offset, c, 0)
                                 : nbd_aio_pwrite(n->handle, at, size, offset, c, flags);
    if (cookie < 0)
        refuse_part(n, c, r);
}

static void move(struct nbd *n, struct block_request *r)
{
    uint64_t offset = r->offset;

    for (unsigned i = 0; i < r->n_pieces; i++)
        for (size_t done = 0; done < r->pieces[i].iov_len;) {
            size_t size = r->pieces[i].iov_len - done;

            size = size < PIECE_MOST ? size : PIECE_MOST;
            move_part(n, r, (uint8_t *)r->pieces[i].iov_base + done, size, offset);
            done += size;
            offset += size;
        }
}

static void change_range(struct nbd *n, struct block_request *r)
{
    static uint8_t zeroes[ZEROES];
    nbd_completion_callback c;
    uint32_t flags = r->fua && n->can_fua ? LIBNBD_CMD_FLAG_FUA : 0;
    int64_t cookie;

    if (r->op == BLOCK_DISCARD && (!n->can_trim || !n->block.can_discard))
        return;
    if (r->op == BLOCK_WRITE_ZEROES && !n->can_zero) {
        for (uint64_t done = 0; done < r->size; done += ZEROES)
            move_part(n, r, zeroes, r->size - done < ZEROES ? (size_t)(r->size - done) : ZEROES, r->offset + done);
        return;
    }
    c = begin_part(n, r);
    if (!c.callback) {
        r->private_data[ERROR] = ENOMEM;
        return;
    }
    if (r->op == BLOCK_WRITE_ZEROES && !r->may_unmap)
        flags |= LIBNBD_CMD_FLAG_NO_HOLE;
    cookie = r->op == BLOCK_DISCARD ? nbd_aio_trim(n->handle, r->size, r->offset, c, flags)
                                    : nbd_aio_zero(n->handle, r->size, r->offset, c, flags);
    if (cookie < 0)
        refuse_part(n, c, r);
}

static void begin(struct nbd *n, struct block_request *r)
{
    int error = n->dead ? EIO : block_check(&n->block, r);

    r->private_data[PARTS] = 1;
    r->private_data[ERROR] = (uint64_t)error;
    if (!error)
        switch (r->op) {
        case BLOCK_READ:
        case BLOCK_WRITE:
            move(n, r);
            break;
        case BLOCK_FLUSH:
            if (n->can_flush && !n->block.unsafe && !n->block.read_only)
                flush_part(n, r);
            break;
        case BLOCK_DISCARD:
        case BLOCK_WRITE_ZEROES:
            if (r->size)
                change_range(n, r);
            break;
        }
    end_part(n, r, 0);
}

static void begin_all(struct nbd *n)
{
    struct block_request *r, *next;

    pthread_mutex_lock(&n->queue_lock);
    r = n->first;
    n->first = NULL;
    n->last = &n->first;
    pthread_mutex_unlock(&n->queue_lock);
    for (; r; r = next) {
        next = r->next;
        begin(n, r);
    }
}

static void check_connection(struct nbd *n)
{
    if (n->dead || (!nbd_aio_is_dead(n->handle) && !nbd_aio_is_closed(n->handle)))
        return;
    n->dead = true;
    if (!n->ending)
        log_line(LOG_ERROR, "block", "the connection to a block device is gone: its requests fail");
}

static void *serve(void *opaque)
{
    struct nbd *n = opaque;
    uint64_t ignored;

    while (!n->ending) {
        unsigned direction = n->dead ? 0 : nbd_aio_get_direction(n->handle);
        struct pollfd fds[2] = {
            { n->wake_fd, POLLIN, 0 },
            { n->dead ? -1 : nbd_aio_get_fd(n->handle),
              (short)((direction & LIBNBD_AIO_DIRECTION_READ ? POLLIN : 0) |
                      (direction & LIBNBD_AIO_DIRECTION_WRITE ? POLLOUT : 0)),
              0 },
        };

        if (poll(fds, 2, -1) < 0)
            continue;
        if (fds[0].revents && read(n->wake_fd, &ignored, sizeof ignored) < 0 && errno != EAGAIN)
            break;
        if (fds[1].revents & (POLLIN | POLLHUP | POLLERR))
            nbd_aio_notify_read(n->handle);
        else if (fds[1].revents & POLLOUT)
            nbd_aio_notify_write(n->handle);
        check_connection(n);
        begin_all(n);
    }
    return NULL;
}

static void wake(struct nbd *n)
{
    uint64_t one = 1;

    if (write(n->wake_fd, &one, sizeof one) < 0)
        return; /* full: it will wake up anyway */
}

static void submit(struct block *b, struct block_request *r)
{
    struct nbd *n = (struct nbd *)b;

    r->next = NULL;
    pthread_mutex_lock(&n->queue_lock);
    *n->last = r;
    n->last = &r->next;
    pthread_mutex_unlock(&n->queue_lock);
    wake(n);
}

static void close_nbd(struct block *b)
{
    struct nbd *n = (struct nbd *)b;

    n->ending = true;
    if (n->started) {
        wake(n);
        pthread_join(n->thread, NULL);
    }
    if (n->handle) {
        if (nbd_aio_is_ready(n->handle))
            nbd_shutdown(n->handle, 0);
        nbd_close(n->handle);
    }
    if (n->wake_fd >= 0)
        close(n->wake_fd);
    pthread_mutex_destroy(&n->queue_lock);
    block_fini(b);
    free(n);
}

static const struct block_kind nbd_kind = { .submit = submit, .close = close_nbd };

/* ---- opening ---- */

static bool is_installed(const char *program)
{
    char path[4096], *save, *folder;
    const char *folders = getenv("PATH");

    snprintf(path, sizeof path, "%s", folders ? folders : "/usr/bin:/bin");
    for (folder = strtok_r(path, ":", &save); folder; folder = strtok_r(NULL, ":", &save)) {
        char name[4096];

        snprintf(name, sizeof name, "%s/%s", folder, program);
        if (!access(name, X_OK))
            return true;
    }
    return false;
}

/* A comma of the name is doubled. */
static bool put_name(char *to, size_t size, const char *name)
{
    for (; *name && size > 2; name++) {
        if (*name == ',') {
            *to++ = ',';
            size--;
        }
        *to++ = *name;
        size--;
    }
    *to = 0;
    return !*name;
}

/* Starts one that serves this image. In a session of its own: keys that end us must not end it before us. */
static bool connect_server(struct nbd *n, const struct block_options *o, struct error *err)
{
    static const char *const caches[] = { "writeback", "none", "writethrough", "directsync", "unsafe" };
    char image[4096 + 128], cache[32], name[4096];
    char *argv[12] = { (char *)"setsid", (char *)"qemu-nbd", (char *)"--image-opts", cache,
                       (char *)(o->discard ? "--discard=unmap" : "--discard=ignore") };
    unsigned argc = 5;

    if (!is_installed("qemu-nbd")) {
        error_set(err, ERROR_UNSUPPORTED, "images of format %s are opened by qemu-nbd, which is not installed",
                  o->format);
        error_hint(err, "apt-get install qemu-utils; or use a raw image");
        return false;
    }
    if (!put_name(name, sizeof name, o->file) || access(o->file, R_OK)) {
        error_set(err, ERROR_FILE, "can't open '%s': %s", o->file, strerror(errno));
        error_hint(err, "name an image file");
        return false;
    }
    for (const char *c = o->format; *c; c++)
        if (*c == ',' || *c == '=')
            return error_set(err, ERROR_USAGE, "there is no format '%s'", o->format);
    snprintf(cache, sizeof cache, "--cache=%s", caches[o->cache]);
    snprintf(image, sizeof image, "driver=%s,file.driver=file,file.filename=%s%s%s", o->format, name,
             o->unlocked ? ",file.locking=off" : "", o->read_only ? ",read-only=on" : "");
    if (o->read_only)
        argv[argc++] = (char *)"--read-only";
    argv[argc++] = image;
    argv[argc] = NULL;
    if (!nbd_connect_systemd_socket_activation(n->handle, argv))
        return true;
    error_set(err, ERROR_FORMAT, "qemu-nbd can't open '%s' as %s", o->file, o->format);
    error_hint(err, "its own message tells why; is format= right, and nobody else using the image?");
    return false;
}

static bool connect_uri(struct nbd *n, const struct block_options *o, struct error *err)
{
    if (!nbd_connect_uri(n->handle, o->file))
        return true;
    error_set(err, ERROR_FILE, "can't connect to '%s': %s", o->file, nbd_get_error());
    error_hint(err, "start the server first; nbd://HOST:PORT/EXPORT or nbd+unix:///EXPORT?socket=PATH");
    return false;
}

static bool ask_server(struct nbd *n, const struct block_options *o, struct error *err)
{
    int64_t size = nbd_get_size(n->handle), preferred = nbd_get_block_size(n->handle, LIBNBD_SIZE_PREFERRED);
    bool through = o->cache == BLOCK_CACHE_WRITETHROUGH || o->cache == BLOCK_CACHE_DIRECTSYNC;

    if (size < 0)
        return error_set(err, ERROR_FILE, "'%s' has no size: %s", o->file, nbd_get_error());
    if (!o->read_only && nbd_is_read_only(n->handle)) {
        error_set(err, ERROR_FILE, "'%s' may only be read", o->file);
        error_hint(err, "add readonly=on");
        return false;
    }
    n->block.size = (uint64_t)size / SECTOR * SECTOR;
    n->can_flush = nbd_can_flush(n->handle) > 0;
    n->can_fua = nbd_can_fua(n->handle) > 0;
    n->can_trim = nbd_can_trim(n->handle) > 0;
    n->can_zero = nbd_can_zero(n->handle) > 0;
    n->block.read_only = o->read_only;
    n->block.unsafe = o->cache == BLOCK_CACHE_UNSAFE;
    n->block.sync_writes = through;
    n->block.write_cache = !o->read_only && !through && n->can_flush;
    n->block.can_discard = o->discard && n->can_trim && !o->read_only;
    if (preferred >= SECTOR && preferred <= 4096 && !(preferred & (preferred - 1)))
        n->block.host_block_size = (unsigned)preferred;
    return true;
}

static bool start_thread(struct nbd *n)
{
    sigset_t all, before;

    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    n->started = !pthread_create(&n->thread, NULL, serve, n);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return n->started;
}

struct block *block_nbd_open(const struct block_options *o, struct error *err)
{
    struct nbd *n = calloc(1, sizeof *n);
    bool ok;

    if (!n) {
        error_set(err, ERROR_RESOURCE, "out of memory");
        return NULL;
    }
    block_init(&n->block, &nbd_kind);
    pthread_mutex_init(&n->queue_lock, NULL);
    n->last = &n->first;
    n->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    n->handle = nbd_create();
    if (n->wake_fd < 0 || !n->handle) {
        error_set(err, ERROR_RESOURCE, "can't make a client for '%s'", o->file);
        goto fail;
    }
    ok = block_nbd_is_uri(o->file) ? connect_uri(n, o, err) : connect_server(n, o, err);
    if (!ok || !ask_server(n, o, err))
        goto fail;
    if (start_thread(n))
        return &n->block;
    error_set(err, ERROR_RESOURCE, "can't make a thread for '%s'", o->file);
fail:
    close_nbd(&n->block);
    return NULL;
}

#else

struct block *block_nbd_open(const struct block_options *o, struct error *err)
{
    error_set(err, ERROR_UNSUPPORTED, "'%s': this build opens raw images only", o->file);
    error_hint(err, "install libnbd-dev and configure again");
    return NULL;
}

#endif
