/* Disk images: what stands behind a guest's disk.
 *
 * One interface for raw files and block devices of the host, network block devices (and through them every other
 * format), and temporary overlays. Requests are asynchronous. What is read or written are bytes at offsets; a guest's
 * block size is its device's business.
 *
 * Threads: block_submit() and the questions from any thread, with or without the machine's lock. done() is called
 * once for each request, on a thread of the image's own, without any lock; never from within block_submit(). It may
 * submit further requests, and takes the machine's lock by itself where it needs it. Open, close and drain are for
 * a thread that holds no lock that a done() takes.
 *
 * Order: requests may be done in any order. A flush covers the writes that were done before it was submitted: when it
 * is done, they are on stable storage. */
#ifndef HOST_BLOCK_H
#define HOST_BLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "base/error.h"

struct block;

enum block_op { BLOCK_READ, BLOCK_WRITE, BLOCK_FLUSH, BLOCK_DISCARD, BLOCK_WRITE_ZEROES };

/* The caller's, who leaves it alone until done(), after which it is his again. */
struct block_request {
    enum block_op op;
    bool may_unmap; /* write zeroes: the range need not stay allocated */
    bool fua;       /* write, write zeroes: on stable storage when done */
    uint64_t offset, size; /* size: of the range. Of reads and writes it is the sum of the pieces */
    const struct iovec *pieces; /* reads and writes; valid until done() */
    unsigned n_pieces;
    /* error: 0, or an errno value; EINVAL beyond the end, EROFS for a write to a read-only image. */
    void (*done)(struct block_request *r, int error);
    void *opaque;

    /* The image's own while it is under way. */
    struct block_request *next;
    uint64_t private_data[2];
};

enum block_cache {
    BLOCK_CACHE_WRITEBACK, /* the host's page cache; the guest flushes */
    BLOCK_CACHE_NONE,      /* O_DIRECT; the guest flushes */
    BLOCK_CACHE_WRITETHROUGH, /* each write is on stable storage when done */
    BLOCK_CACHE_DIRECTSYNC,   /* O_DIRECT, and the same */
    BLOCK_CACHE_UNSAFE,       /* flushes do nothing */
};

enum block_aio { BLOCK_AIO_BEST, BLOCK_AIO_URING, BLOCK_AIO_THREADS };

/* Strings are read during block_open() only. */
struct block_options {
    const char *file;   /* path, or nbd:// and its kin */
    const char *format; /* "raw", "qcow2", ...; NULL: raw if nothing speaks against it, which an image that is to
                           be written does */
    enum block_cache cache;
    enum block_aio aio;
    bool read_only;
    bool snapshot; /* writes go to a temporary overlay, which is thrown away */
    bool discard;  /* discards free room on the host; else they do nothing */
    bool unlocked; /* others may write the image at the same time (locking=off) */
    bool share_rw; /* others may write, and are told so by our lock (share-rw=on) */
};

/* Opens an image. NULL with the reason. */
struct block *block_open(const struct block_options *options, struct error *err);
/* Waits for what is under way, flushes (unless unsafe), closes. NULL is fine. */
void block_close(struct block *block);

/* Bytes, a multiple of 512: what a file lacks at the end of its last block reads as zeros. */
uint64_t block_size(const struct block *block);
/* Makes it larger or smaller. False, also if images of its kind have the size that they have. */
bool block_resize(struct block *block, uint64_t size, struct error *err);
bool block_is_read_only(const struct block *block);
/* Whether a write that is done may be lost before a flush. */
bool block_has_write_cache(const struct block *block);
/* Whether discards do something. */
bool block_can_discard(const struct block *block);
/* Smallest unit that the host writes without reading first: 512 or more, a power of two. */
unsigned block_host_block_size(const struct block *block);

/* What has been asked of the image so far. */
struct block_counts {
    uint64_t reads, writes, flushes, read_bytes, written_bytes;
};
struct block_counts block_counts(struct block *block);

void block_submit(struct block *block, struct block_request *request);

/* Waits until no request is under way that was submitted before. */
void block_drain(struct block *block);

/* A request and its end, for callers that may wait; 0 or an errno value. Not on an image's own thread. */
int block_read(struct block *block, uint64_t offset, void *buffer, size_t size);
int block_write(struct block *block, uint64_t offset, const void *buffer, size_t size);
int block_flush(struct block *block);

#endif
