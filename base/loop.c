/* The event loop; see loop.h. poll(2) over an array, timers in an unsorted list: there are few of
 * both. Another thread's posts wake it through an eventfd. */
#include "base/loop.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

/* Timers that are always due must not keep the descriptors waiting for ever. */
enum { LONGEST_ROUND_NS = 10000000 };

struct loop_source {
    struct loop *loop;
    struct loop_source *next;
    int fd;
    short events;
    bool removed; /* freed when the round of callbacks is over */
    void (*ready)(void *opaque, short events);
    void *opaque;
};

struct loop_timer {
    struct loop *loop;
    struct loop_timer *next;
    uint64_t at_ns;
    void (*fire)(void *opaque);
    void *opaque;
};

struct post {
    struct post *next;
    void (*fn)(void *opaque);
    void *opaque;
};

struct loop {
    struct loop_source *sources;
    struct loop_timer *timers;
    int wake_fd;
    pthread_mutex_t post_lock;
    struct post *first, **last; /* under post_lock */
    _Atomic int quitting;       /* 0 no, 1 being set, 2 yes */
    _Atomic int status;
};

struct loop *loop_new(struct error *err)
{
    struct loop *loop = calloc(1, sizeof *loop);

    if (!loop || (loop->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) < 0) {
        error_set(err, ERROR_RESOURCE, "can't make an event loop: %s", strerror(errno));
        free(loop);
        return NULL;
    }
    pthread_mutex_init(&loop->post_lock, NULL);
    loop->last = &loop->first;
    return loop;
}

static void sweep(struct loop *loop)
{
    for (struct loop_source **at = &loop->sources; *at;) {
        struct loop_source *source = *at;

        if (source->removed) {
            *at = source->next;
            free(source);
        } else {
            at = &source->next;
        }
    }
}

void loop_free(struct loop *loop)
{
    if (!loop)
        return;
    for (struct loop_source *s = loop->sources; s; s = s->next)
        s->removed = true;
    sweep(loop);
    while (loop->timers)
        loop_timer_free(loop->timers);
    while (loop->first) {
        struct post *post = loop->first;

        loop->first = post->next;
        free(post);
    }
    pthread_mutex_destroy(&loop->post_lock);
    close(loop->wake_fd);
    free(loop);
}

struct loop_source *loop_add(struct loop *loop, int fd, short events,
                             void (*ready)(void *opaque, short events), void *opaque)
{
    struct loop_source *source = calloc(1, sizeof *source);

    if (!source)
        return NULL;
    *source = (struct loop_source){ loop, loop->sources, fd, events, false, ready, opaque };
    loop->sources = source;
    return source;
}

void loop_set_events(struct loop_source *source, short events)
{
    source->events = events;
}

void loop_remove(struct loop_source *source)
{
    if (source)
        source->removed = true;
}

struct loop_timer *loop_timer_new(struct loop *loop, void (*fire)(void *opaque), void *opaque)
{
    struct loop_timer *timer = calloc(1, sizeof *timer);

    if (!timer)
        return NULL;
    *timer = (struct loop_timer){ loop, loop->timers, 0, fire, opaque };
    loop->timers = timer;
    return timer;
}

void loop_timer_set(struct loop_timer *timer, uint64_t at_ns)
{
    timer->at_ns = at_ns;
}

void loop_timer_free(struct loop_timer *timer)
{
    if (!timer)
        return;
    for (struct loop_timer **at = &timer->loop->timers; *at; at = &(*at)->next)
        if (*at == timer) {
            *at = timer->next;
            break;
        }
    free(timer);
}

uint64_t loop_now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void wake(struct loop *loop)
{
    uint64_t one = 1;

    /* A full counter is as good as a written one. */
    if (write(loop->wake_fd, &one, sizeof one) < 0)
        return;
}

void loop_post(struct loop *loop, void (*fn)(void *opaque), void *opaque)
{
    struct post *post = malloc(sizeof *post);

    if (!post)
        return;
    *post = (struct post){ NULL, fn, opaque };
    pthread_mutex_lock(&loop->post_lock);
    *loop->last = post;
    loop->last = &post->next;
    pthread_mutex_unlock(&loop->post_lock);
    wake(loop);
}

void loop_quit(struct loop *loop, int status)
{
    int no = 0;

    if (atomic_compare_exchange_strong(&loop->quitting, &no, 1)) {
        atomic_store(&loop->status, status);
        atomic_store(&loop->quitting, 2);
    }
    wake(loop);
}

static void run_posts(struct loop *loop)
{
    struct post *post;
    uint64_t count;

    while (read(loop->wake_fd, &count, sizeof count) > 0)
        ;
    pthread_mutex_lock(&loop->post_lock);
    post = loop->first;
    loop->first = NULL;
    loop->last = &loop->first;
    pthread_mutex_unlock(&loop->post_lock);
    while (post) {
        struct post *next = post->next;

        post->fn(post->opaque);
        free(post);
        post = next;
    }
}

/* The earliest timer that is due; NULL if none is. */
static struct loop_timer *due_timer(const struct loop *loop, uint64_t now)
{
    struct loop_timer *due = NULL;

    for (struct loop_timer *timer = loop->timers; timer; timer = timer->next)
        if (timer->at_ns && timer->at_ns <= now && (!due || timer->at_ns < due->at_ns))
            due = timer;
    return due;
}

/* From the list's head each time, since what fires may free any timer. */
static void run_timers(struct loop *loop)
{
    uint64_t now = loop_now_ns();
    struct loop_timer *timer;

    while ((timer = due_timer(loop, now))) {
        timer->at_ns = 0;
        timer->fire(timer->opaque);
        if (loop_now_ns() - now > LONGEST_ROUND_NS)
            break;
    }
}

/* Milliseconds to the next timer, rounded up; -1 if there is none. */
static int time_left(const struct loop *loop)
{
    uint64_t first = 0, now = loop_now_ns(), ms;

    for (const struct loop_timer *timer = loop->timers; timer; timer = timer->next)
        if (timer->at_ns && (!first || timer->at_ns < first))
            first = timer->at_ns;
    if (!first)
        return -1;
    ms = first <= now ? 0 : (first - now + 999999) / 1000000;
    return ms > 1000000 ? 1000000 : (int)ms;
}

/* Waits once and calls back. False when there is no memory even to wait. */
static bool run_once(struct loop *loop)
{
    size_t n = 1, i;
    struct pollfd *fds;

    for (struct loop_source *s = loop->sources; s; s = s->next)
        n++;
    fds = calloc(n, sizeof *fds);
    if (!fds)
        return false;
    fds[0] = (struct pollfd){ loop->wake_fd, POLLIN, 0 };
    i = 1;
    for (struct loop_source *s = loop->sources; s; s = s->next)
        /* A descriptor that waits for nothing would report a hang-up for ever. */
        fds[i++] = (struct pollfd){ s->events ? s->fd : -1, s->events, 0 };
    if (poll(fds, n, time_left(loop)) > 0) {
        struct loop_source *s = loop->sources;

        /* Sources added by a callback stand at the head and are not in fds. */
        for (i = 1; i < n; i++) {
            struct loop_source *this = s;

            s = s->next;
            if (fds[i].revents && !this->removed)
                this->ready(this->opaque, fds[i].revents);
        }
    }
    free(fds);
    run_posts(loop);
    run_timers(loop);
    sweep(loop);
    return true;
}

int loop_run(struct loop *loop)
{
    int status;

    while (atomic_load(&loop->quitting) != 2)
        if (!run_once(loop))
            return 1;
    status = loop->status;
    atomic_store(&loop->quitting, 0);
    return status;
}
