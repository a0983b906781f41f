/* Between block.c and the kinds of images. */
#ifndef HOST_BLOCK_INTERNAL_H
#define HOST_BLOCK_INTERNAL_H

#include <pthread.h>

#include "host/block.h"

struct block_kind {
    /* Asks block_check(), does the request, and ends it by block_done(): later, or on another thread. */
    void (*submit)(struct block *b, struct block_request *r);
    /* To a multiple of 512; an errno value if it can't. NULL: the kind can't. */
    int (*resize)(struct block *b, uint64_t size);
    void (*close)(struct block *b); /* nothing is under way; frees b's kind part */
};

/* First member of each kind's struct. */
struct block {
    const struct block_kind *kind;
    _Atomic uint64_t size;
    bool read_only, write_cache, can_discard, unsafe, sync_writes;
    unsigned host_block_size;
    pthread_mutex_t lock;
    pthread_cond_t idle;
    uint64_t under_way; /* under lock, as what follows */
    struct block_counts counts;
};

void block_init(struct block *b, const struct block_kind *kind);
void block_fini(struct block *b);
void block_done(struct block *b, struct block_request *r, int error);
/* 0, or the error with which the request is to be ended. The kinds call it where they may end requests. */
int block_check(const struct block *b, const struct block_request *r);
/* A request and its end, as block_read() and its kin. */
int block_wait_for(struct block *b, enum block_op op, uint64_t offset, uint64_t size,
                   const struct iovec *pieces, unsigned n_pieces);

/* ---- kinds ---- */

struct block *block_file_open(const struct block_options *options, struct error *err);
struct block *block_nbd_open(const struct block_options *options, struct error *err);
bool block_nbd_is_uri(const char *file);
/* Takes the base, which it closes: also when it fails. */
struct block *block_overlay_open(struct block *base, struct error *err);

/* ---- threads that do what has no asynchronous form ---- */

struct block_pool;

/* run() does a request and returns its error. Threads start when they are needed, most of them at a time. */
struct block_pool *block_pool_new(struct block *b, unsigned most,
                                  int (*run)(struct block *b, struct block_request *r));
/* Nothing is under way. */
void block_pool_free(struct block_pool *pool);
void block_pool_submit(struct block_pool *pool, struct block_request *r);

/* What a request moves. */
uint64_t block_pieces_size(const struct block_request *r);

#endif
