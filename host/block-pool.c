/* Threads that do the requests of an image one after the other, for what has no asynchronous form. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#include "host/block-internal.h"

enum { MOST_THREADS = 16 };

struct block_pool {
    struct block *block;
    int (*run)(struct block *b, struct block_request *r);
    pthread_mutex_t lock;
    pthread_cond_t work;
    struct block_request *first, **last;
    unsigned most, started, idle;
    bool ending;
    pthread_t threads[MOST_THREADS];
};

static void *work(void *opaque)
{
    struct block_pool *pool = opaque;

    pthread_mutex_lock(&pool->lock);
    for (;;) {
        struct block_request *r = pool->first;

        if (!r) {
            if (pool->ending)
                break;
            pool->idle++;
            pthread_cond_wait(&pool->work, &pool->lock);
            pool->idle--;
            continue;
        }
        pool->first = r->next;
        if (!pool->first)
            pool->last = &pool->first;
        pthread_mutex_unlock(&pool->lock);
        block_done(pool->block, r, pool->run(pool->block, r));
        pthread_mutex_lock(&pool->lock);
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

/* Signals are the main thread's. */
static bool start(struct block_pool *pool)
{
    sigset_t all, before;
    int error;

    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    error = pthread_create(&pool->threads[pool->started], NULL, work, pool);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!error)
        pool->started++;
    return !error;
}

struct block_pool *block_pool_new(struct block *b, unsigned most,
                                  int (*run)(struct block *b, struct block_request *r))
{
    struct block_pool *pool = calloc(1, sizeof *pool);

    if (!pool)
        return NULL;
    pool->block = b;
    pool->run = run;
    pool->most = most < MOST_THREADS ? most : MOST_THREADS;
    pool->last = &pool->first;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->work, NULL);
    /* One at once: then a request can always be done. */
    if (start(pool))
        return pool;
    block_pool_free(pool);
    return NULL;
}

void block_pool_free(struct block_pool *pool)
{
    if (!pool)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->ending = true;
    pthread_cond_broadcast(&pool->work);
    pthread_mutex_unlock(&pool->lock);
    for (unsigned i = 0; i < pool->started; i++)
        pthread_join(pool->threads[i], NULL);
    pthread_cond_destroy(&pool->work);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}

void block_pool_submit(struct block_pool *pool, struct block_request *r)
{
    r->next = NULL;
    pthread_mutex_lock(&pool->lock);
    *pool->last = r;
    pool->last = &r->next;
    if (!pool->idle && pool->started < pool->most)
        start(pool);
    pthread_cond_signal(&pool->work);
    pthread_mutex_unlock(&pool->lock);
}
