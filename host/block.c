/* Images of all kinds: checks, counting, waiting; see block.h. */
#include "host/block.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "host/block-internal.h"

void block_init(struct block *b, const struct block_kind *kind)
{
    b->kind = kind;
    b->host_block_size = 512;
    pthread_mutex_init(&b->lock, NULL);
    pthread_cond_init(&b->idle, NULL);
}

void block_fini(struct block *b)
{
    pthread_mutex_destroy(&b->lock);
    pthread_cond_destroy(&b->idle);
}

void block_done(struct block *b, struct block_request *r, int error)
{
    r->done(r, error);
    /* After done(), so that who drains the image knows that all of it is over. */
    pthread_mutex_lock(&b->lock);
    if (--b->under_way == 0)
        pthread_cond_broadcast(&b->idle);
    pthread_mutex_unlock(&b->lock);
}

uint64_t block_pieces_size(const struct block_request *r)
{
    uint64_t size = 0;

    for (unsigned i = 0; i < r->n_pieces; i++)
        size += r->pieces[i].iov_len;
    return size;
}

static void count(struct block_counts *counts, const struct block_request *r)
{
    switch (r->op) {
    case BLOCK_READ:
        counts->reads++;
        counts->read_bytes += r->size;
        break;
    case BLOCK_WRITE:
        counts->writes++;
        counts->written_bytes += r->size;
        break;
    case BLOCK_FLUSH: counts->flushes++; break;
    default: break;
    }
}

struct block_counts block_counts(struct block *b)
{
    struct block_counts counts;

    pthread_mutex_lock(&b->lock);
    counts = b->counts;
    pthread_mutex_unlock(&b->lock);
    return counts;
}

void block_submit(struct block *b, struct block_request *r)
{
    if (r->op == BLOCK_READ || r->op == BLOCK_WRITE)
        r->size = block_pieces_size(r);
    if (b->sync_writes)
        r->fua = true;
    pthread_mutex_lock(&b->lock);
    b->under_way++;
    count(&b->counts, r);
    pthread_mutex_unlock(&b->lock);
    b->kind->submit(b, r);
}

void block_drain(struct block *b)
{
    pthread_mutex_lock(&b->lock);
    while (b->under_way)
        pthread_cond_wait(&b->idle, &b->lock);
    pthread_mutex_unlock(&b->lock);
}

uint64_t block_size(const struct block *b)
{
    return b->size;
}

bool block_resize(struct block *b, uint64_t size, struct error *err)
{
    int error;

    if (b->read_only || !b->kind->resize)
        return error_set(err, ERROR_UNSUPPORTED, "the size of this image can't be changed");
    if (!size || size % 512 || size > INT64_MAX) {
        error_set(err, ERROR_USAGE, "%llu bytes are no image", (unsigned long long)size);
        error_hint(err, "choose a multiple of 512");
        return false;
    }
    error = b->kind->resize(b, size);
    if (error)
        return error_set(err, ERROR_FILE, "can't change the image's size: %s", strerror(error));
    b->size = size;
    return true;
}

bool block_is_read_only(const struct block *b)
{
    return b->read_only;
}

bool block_has_write_cache(const struct block *b)
{
    return b->write_cache;
}

bool block_can_discard(const struct block *b)
{
    return b->can_discard;
}

unsigned block_host_block_size(const struct block *b)
{
    return b->host_block_size;
}

/* What a request's own parameters say about it; 0 if it may be tried. For kinds. */
int block_check(const struct block *b, const struct block_request *r)
{
    if (r->op == BLOCK_FLUSH)
        return 0;
    if (!range_within(r->offset, r->size, b->size))
        return EINVAL;
    return r->op != BLOCK_READ && b->read_only ? EROFS : 0;
}

/* ---- waiting for one ---- */

struct waiting {
    struct block_request request;
    pthread_mutex_t lock;
    pthread_cond_t over;
    bool is_over;
    int error;
};

static void wake(struct block_request *r, int error)
{
    struct waiting *w = r->opaque;

    pthread_mutex_lock(&w->lock);
    w->is_over = true;
    w->error = error;
    pthread_cond_signal(&w->over);
    pthread_mutex_unlock(&w->lock);
}

int block_wait_for(struct block *b, enum block_op op, uint64_t offset, uint64_t size,
                   const struct iovec *pieces, unsigned n_pieces)
{
    struct waiting w = {
        .request = { .op = op, .offset = offset, .size = size, .pieces = pieces,
                     .n_pieces = n_pieces, .done = wake },
        .lock = PTHREAD_MUTEX_INITIALIZER,
        .over = PTHREAD_COND_INITIALIZER,
    };

    w.request.opaque = &w;
    block_submit(b, &w.request);
    pthread_mutex_lock(&w.lock);
    while (!w.is_over)
        pthread_cond_wait(&w.over, &w.lock);
    pthread_mutex_unlock(&w.lock);
    return w.error;
}

int block_read(struct block *b, uint64_t offset, void *buffer, size_t size)
{
    const struct iovec piece = { buffer, size };

    return block_wait_for(b, BLOCK_READ, offset, size, &piece, 1);
}

int block_write(struct block *b, uint64_t offset, const void *buffer, size_t size)
{
    const struct iovec piece = { (void *)buffer, size };

    return block_wait_for(b, BLOCK_WRITE, offset, size, &piece, 1);
}

int block_flush(struct block *b)
{
    return block_wait_for(b, BLOCK_FLUSH, 0, 0, NULL, 0);
}

/* ---- opening and closing ---- */

struct block *block_open(const struct block_options *o, struct error *err)
{
    struct block_options base = *o;
    struct block *b;

    base.read_only = o->read_only || o->snapshot;
    if (block_nbd_is_uri(o->file) || (o->format && strcmp(o->format, "raw")))
        b = block_nbd_open(&base, err);
    else
        b = block_file_open(&base, err);
    if (b && o->snapshot && !o->read_only)
        b = block_overlay_open(b, err);
    return b;
}

void block_close(struct block *b)
{
    if (!b)
        return;
    block_drain(b);
    if (!b->read_only && !b->unsafe)
        block_flush(b);
    block_drain(b);
    b->kind->close(b);
}
