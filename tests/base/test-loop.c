/* The event loop: descriptors, timers, notes from other threads. */
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include "base/loop.h"
#include "tests/papr/fixture.h"

static struct loop *loop;
static struct loop_source *source, *other_source;
static struct loop_timer *timers[3];
static int pipe_fds[2], other_fds[2];
static unsigned events_seen, order[8], n_order;

static void quit_with_7(void *opaque)
{
    (void)opaque;
    loop_quit(loop, 7);
    loop_quit(loop, 8);
}

START_TEST(the_first_status_counts)
{
    loop = loop_new(NULL);
    loop_post(loop, quit_with_7, NULL);
    ck_assert_int_eq(loop_run(loop), 7);
    loop_free(loop);
}
END_TEST

static void read_one(void *opaque, short events)
{
    char byte;

    ck_assert_ptr_eq(opaque, &source);
    ck_assert(events & POLLIN);
    ck_assert_int_eq(read(pipe_fds[0], &byte, 1), 1);
    if (++events_seen == 3)
        loop_quit(loop, 0);
}

START_TEST(descriptors_call_while_they_are_ready)
{
    loop = loop_new(NULL);
    ck_assert(!pipe(pipe_fds));
    events_seen = 0;
    source = loop_add(loop, pipe_fds[0], POLLIN, read_one, &source);
    ck_assert_int_eq(write(pipe_fds[1], "abc", 3), 3);
    ck_assert_int_eq(loop_run(loop), 0);
    ck_assert_uint_eq(events_seen, 3);
    loop_free(loop);
    close(pipe_fds[0]);
    close(pipe_fds[1]);
}
END_TEST

/* Whichever is called first removes both. */
static void remove_both(void *opaque, short events)
{
    (void)opaque;
    (void)events;
    events_seen++;
    loop_remove(source);
    loop_remove(other_source);
    loop_post(loop, quit_with_7, NULL);
}

START_TEST(removed_sources_are_not_called)
{
    loop = loop_new(NULL);
    ck_assert(!pipe(pipe_fds) && !pipe(other_fds));
    ck_assert_int_eq(write(pipe_fds[1], "a", 1) + write(other_fds[1], "a", 1), 2);
    events_seen = 0;
    source = loop_add(loop, pipe_fds[0], POLLIN, remove_both, NULL);
    other_source = loop_add(loop, other_fds[0], POLLIN, remove_both, NULL);
    loop_run(loop);
    ck_assert_uint_eq(events_seen, 1);
    loop_free(loop);
    for (int i = 0; i < 2; i++) {
        close(pipe_fds[i]);
        close(other_fds[i]);
    }
}
END_TEST

static void never(void *opaque, short events)
{
    (void)opaque;
    (void)events;
    ck_abort_msg("called without an event that was asked for");
}

START_TEST(a_muted_source_is_silent)
{
    loop = loop_new(NULL);
    ck_assert(!pipe(pipe_fds));
    ck_assert_int_eq(write(pipe_fds[1], "a", 1), 1);
    close(pipe_fds[1]);
    source = loop_add(loop, pipe_fds[0], POLLIN, never, NULL);
    loop_set_events(source, 0);
    timers[0] = loop_timer_new(loop, quit_with_7, NULL);
    loop_timer_set(timers[0], loop_now_ns() + 1000000);
    ck_assert_int_eq(loop_run(loop), 7);
    loop_free(loop);
    close(pipe_fds[0]);
}
END_TEST

static void note(void *opaque)
{
    order[n_order++] = *(unsigned *)opaque;
    if (n_order == 3)
        loop_quit(loop, 0);
}

START_TEST(timers_fire_in_the_order_of_their_times)
{
    unsigned names[3] = { 0, 1, 2 };

    loop = loop_new(NULL);
    n_order = 0;
    for (unsigned i = 0; i < 3; i++)
        timers[i] = loop_timer_new(loop, note, &names[i]);
    loop_timer_set(timers[0], 3);
    loop_timer_set(timers[1], 1);
    loop_timer_set(timers[2], 2);
    loop_run(loop);
    ck_assert_uint_eq(order[0], 1);
    ck_assert_uint_eq(order[1], 2);
    ck_assert_uint_eq(order[2], 0);
    loop_free(loop);
}
END_TEST

static void free_the_others(void *opaque)
{
    struct loop_timer **mine = opaque;

    events_seen++;
    for (unsigned i = 0; i < 3; i++)
        if (&timers[i] != mine) {
            loop_timer_free(timers[i]);
            timers[i] = NULL;
        }
    loop_post(loop, quit_with_7, NULL);
}

START_TEST(a_timer_may_free_any_other)
{
    loop = loop_new(NULL);
    events_seen = 0;
    for (unsigned i = 0; i < 3; i++) {
        timers[i] = loop_timer_new(loop, free_the_others, &timers[i]);
        loop_timer_set(timers[i], 1);
    }
    loop_run(loop);
    ck_assert_uint_eq(events_seen, 1);
    loop_free(loop);
}
END_TEST

static void rearm(void *opaque)
{
    (void)opaque;
    loop_timer_set(timers[0], 1);
}

START_TEST(a_timer_that_is_always_due_does_not_starve_the_rest)
{
    loop = loop_new(NULL);
    ck_assert(!pipe(pipe_fds));
    ck_assert_int_eq(write(pipe_fds[1], "abc", 3), 3);
    events_seen = 0;
    source = loop_add(loop, pipe_fds[0], POLLIN, read_one, &source);
    timers[0] = loop_timer_new(loop, rearm, NULL);
    loop_timer_set(timers[0], 1);
    ck_assert_int_eq(loop_run(loop), 0);
    loop_free(loop);
    close(pipe_fds[0]);
    close(pipe_fds[1]);
}
END_TEST

enum { POSTS = 10000 };
static unsigned next_post;

static void in_order(void *opaque)
{
    ck_assert_uint_eq((uintptr_t)opaque, next_post);
    if (++next_post == POSTS)
        loop_quit(loop, 0);
}

static void *post_many(void *arg)
{
    (void)arg;
    for (uintptr_t i = 0; i < POSTS; i++)
        loop_post(loop, in_order, (void *)i);
    return NULL;
}

START_TEST(notes_of_another_thread_come_in_order)
{
    pthread_t thread;

    loop = loop_new(NULL);
    next_post = 0;
    ck_assert(!pthread_create(&thread, NULL, post_many, NULL));
    ck_assert_int_eq(loop_run(loop), 0);
    pthread_join(thread, NULL);
    ck_assert_uint_eq(next_post, POSTS);
    loop_post(loop, in_order, NULL);
    loop_free(loop);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        the_first_status_counts, descriptors_call_while_they_are_ready,
        removed_sources_are_not_called, a_muted_source_is_silent,
        timers_fire_in_the_order_of_their_times, a_timer_may_free_any_other,
        a_timer_that_is_always_due_does_not_starve_the_rest, notes_of_another_thread_come_in_order,
    };

    return fixture_run("loop", tests, ARRAY_SIZE(tests));
}
