/* A temporary overlay: what is written goes into a file without a name, which is gone when we are.
 *
 * A bit for each 4 KiB says where its bytes are. A write that does not cover a cluster brings the rest of it from the
 * base first. Requests are done one after the other for writers, side by side for readers: it is for trying things
 * out. Flushes need do nothing, as nothing survives us. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/block-internal.h"

enum { CLUSTER = 4096, POOL_THREADS = 4 };

struct overlay {
    struct block block;
    struct block *base;
    int fd;
    uint64_t *written; /* bit a cluster, under lock */
    pthread_rwlock_t lock;
    struct block_pool *pool;
};

static bool is_written(const struct overlay *o, uint64_t cluster)
{
    return o->written[cluster / 64] >> cluster % 64 & 1;
}

static int transfer_own(const struct overlay *o, bool is_write, uint8_t *at, size_t size, uint64_t offset)
{
    while (size) {
        ssize_t n = is_write ? pwrite(o->fd, at, size, (off_t)offset)
                             : pread(o->fd, at, size, (off_t)offset);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? errno : EIO;
        at += n;
        offset += (uint64_t)n;
        size -= (size_t)n;
    }
    return 0;
}

/* Bytes of the base in this cluster. */
static size_t cluster_size(const struct overlay *o, uint64_t cluster)
{
    uint64_t left = o->block.size - cluster * CLUSTER;

    return left < CLUSTER ? (size_t)left : CLUSTER;
}

/* Brings a cluster over from the base. */
static int own(struct overlay *o, uint64_t cluster)
{
    uint8_t bytes[CLUSTER];
    size_t n = cluster_size(o, cluster);
    int error;

    if (is_written(o, cluster))
        return 0;
    error = block_read(o->base, cluster * CLUSTER, bytes, n);
    return error ? error : transfer_own(o, true, bytes, n, cluster * CLUSTER);
}

/* How many bytes from offset on are on the same side, at most size. */
static size_t run_of(const struct overlay *o, uint64_t offset, size_t size)
{
    bool written = is_written(o, offset / CLUSTER);
    size_t n = CLUSTER - offset % CLUSTER;

    while (n < size && is_written(o, (offset + n) / CLUSTER) == written)
        n += CLUSTER;
    return n < size ? n : size;
}

static int read_piece(struct overlay *o, uint8_t *at, size_t size, uint64_t offset)
{
    int error = 0;

    while (!error && size) {
        size_t n = run_of(o, offset, size);

        error = is_written(o, offset / CLUSTER) ? transfer_own(o, false, at, n, offset)
                                                : block_read(o->base, offset, at, n);
        at += n;
        offset += n;
        size -= n;
    }
    return error;
}

/* The clusters at both ends of what is to be written. */
static int own_ends(struct overlay *o, uint64_t offset, uint64_t size)
{
    uint64_t end = offset + size;
    int error = 0;

    if (offset % CLUSTER)
        error = own(o, offset / CLUSTER);
    if (!error && end % CLUSTER && end != o->block.size)
        error = own(o, end / CLUSTER);
    return error;
}

static void mark(struct overlay *o, uint64_t offset, uint64_t size)
{
    for (uint64_t c = offset / CLUSTER; c <= (offset + size - 1) / CLUSTER; c++)
        o->written[c / 64] |= UINT64_C(1) << c % 64;
}

static int write_all(struct overlay *o, const struct block_request *r)
{
    uint64_t offset = r->offset;
    int error = own_ends(o, r->offset, r->size);

    for (unsigned i = 0; !error && i < r->n_pieces; i++) {
        error = transfer_own(o, true, r->pieces[i].iov_base, r->pieces[i].iov_len, offset);
        offset += r->pieces[i].iov_len;
    }
    if (!error)
        mark(o, r->offset, r->size);
    return error;
}

static int zero(struct overlay *o, const struct block_request *r)
{
    static const uint8_t zeroes[CLUSTER];
    int error = own_ends(o, r->offset, r->size);

    for (uint64_t done = 0; !error && done < r->size;) {
        size_t n = r->size - done < CLUSTER ? (size_t)(r->size - done) : CLUSTER;

        error = transfer_own(o, true, (uint8_t *)zeroes, n, r->offset + done);
        done += n;
    }
    if (!error)
        mark(o, r->offset, r->size);
    return error;
}

static int run(struct block *b, struct block_request *r)
{
    struct overlay *o = (struct overlay *)b;
    uint64_t offset = r->offset;
    int error = block_check(b, r);

    if (error || r->op == BLOCK_FLUSH || r->op == BLOCK_DISCARD || !r->size)
        return error;
    if (r->op == BLOCK_READ) {
        pthread_rwlock_rdlock(&o->lock);
        for (unsigned i = 0; !error && i < r->n_pieces; i++) {
            error = read_piece(o, r->pieces[i].iov_base, r->pieces[i].iov_len, offset);
            offset += r->pieces[i].iov_len;
        }
    } else {
        pthread_rwlock_wrlock(&o->lock);
        error = r->op == BLOCK_WRITE ? write_all(o, r) : zero(o, r);
    }
    pthread_rwlock_unlock(&o->lock);
    return error;
}

static void submit(struct block *b, struct block_request *r)
{
    block_pool_submit(((struct overlay *)b)->pool, r);
}

static void close_overlay(struct block *b)
{
    struct overlay *o = (struct overlay *)b;

    block_pool_free(o->pool);
    block_close(o->base);
    if (o->fd >= 0)
        close(o->fd);
    pthread_rwlock_destroy(&o->lock);
    block_fini(b);
    free(o->written);
    free(o);
}

static const struct block_kind overlay_kind = { .submit = submit, .close = close_overlay };

/* Not in /tmp, which may be memory. */
static int temporary_file(void)
{
    const char *folder = getenv("TMPDIR");
    char name[] = "/var/tmp/lpar-XXXXXX";
    int fd = open(folder ? folder : "/var/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

    if (fd >= 0)
        return fd;
    fd = mkostemp(name, O_CLOEXEC);
    if (fd >= 0)
        unlink(name);
    return fd;
}

struct block *block_overlay_open(struct block *base, struct error *err)
{
    struct overlay *o = calloc(1, sizeof *o);

    if (!o) {
        block_close(base);
        error_set(err, ERROR_RESOURCE, "out of memory");
        return NULL;
    }
    block_init(&o->block, &overlay_kind);
    pthread_rwlock_init(&o->lock, NULL);
    o->base = base;
    o->block.size = base->size;
    o->block.unsafe = true;
    o->block.write_cache = true;
    o->written = calloc(base->size / CLUSTER / 64 + 1, sizeof *o->written);
    o->fd = temporary_file();
    o->pool = block_pool_new(&o->block, POOL_THREADS, run);
    if (o->fd >= 0 && o->written && o->pool)
        return &o->block;
    error_set(err, ERROR_RESOURCE, "can't make a temporary overlay: %s", strerror(errno));
    error_hint(err, "set TMPDIR to a folder with room, or leave -snapshot out");
    close_overlay(&o->block);
    return NULL;
}
