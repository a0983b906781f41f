/* Network back ends: frames by a socket in both directions, room that runs out, the network in user mode. */
#include <arpa/inet.h>
#include <check.h>
#include <config.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/endian.h"
#include "host/net.h"

enum { FRAMES = 1000, PATIENCE_S = 10 };

struct guest {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned received, room, ready_calls;
    uint8_t last[2048];
    size_t last_size;
    bool (*wanted)(const uint8_t *frame, size_t size);
};

static bool receive(void *opaque, const uint8_t *frame, size_t size)
{
    struct guest *g = opaque;
    bool taken;

    pthread_mutex_lock(&g->lock);
    taken = g->room > 0;
    if (taken && (!g->wanted || g->wanted(frame, size))) {
        g->room--;
        g->received++;
        g->last_size = size < sizeof g->last ? size : sizeof g->last;
        memcpy(g->last, frame, g->last_size);
    }
    pthread_cond_signal(&g->changed);
    pthread_mutex_unlock(&g->lock);
    return taken;
}

static void send_ready(void *opaque)
{
    struct guest *g = opaque;

    pthread_mutex_lock(&g->lock);
    g->ready_calls++;
    pthread_cond_signal(&g->changed);
    pthread_mutex_unlock(&g->lock);
}

static void plug(struct guest *g, struct net *net, unsigned room)
{
    *g = (struct guest){ .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER,
                         .room = room };
    net_set_receiver(net, &(struct net_receiver){ receive, NULL, send_ready, g });
}

static void wait_for(struct guest *g, const unsigned *counter, unsigned at_least)
{
    struct timespec end;

    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += PATIENCE_S;
    pthread_mutex_lock(&g->lock);
    while (*counter < at_least)
        ck_assert_msg(!pthread_cond_timedwait(&g->changed, &g->lock, &end), "%u of %u", *counter, at_least);
    pthread_mutex_unlock(&g->lock);
}

static struct net *must_open(const char *argument)
{
    struct error err = { 0 };
    struct net *net = net_open(argument, &err);

    ck_assert_msg(net != NULL, "%s", err.cause);
    return net;
}

static bool send_bytes(struct net *net, const void *bytes, size_t size)
{
    const struct iovec pieces[2] = { { (void *)bytes, 10 }, { (uint8_t *)bytes + 10, size - 10 } };

    return net_send(net, pieces, 2);
}

/* Frames go both ways, in order; a receiver without room gets the same frame again. */
START_TEST(two_by_a_socket)
{
    char name[64], argument[160];
    struct guest a, b;
    struct net *server, *client;
    uint8_t frame[1500] = { 1 };
    unsigned sent = 0;

    snprintf(name, sizeof name, "/tmp/test-net-%ld", (long)getpid());
    snprintf(argument, sizeof argument, "stream,id=s,server=on,addr.type=unix,addr.path=%s", name);
    server = must_open(argument);
    ck_assert_str_eq(net_id(server), "s");
    snprintf(argument, sizeof argument, "stream,addr.type=unix,addr.path=%s", name);
    client = must_open(argument);
    plug(&a, server, 3);
    plug(&b, client, 5000);
    /* The first ones may come before there is a connection: they are lost like others on a cable. */
    while (!a.received) {
        send_bytes(client, frame, sizeof frame);
        usleep(1000);
    }
    usleep(1000);
    pthread_mutex_lock(&a.lock);
    a.room = 3;
    a.received = 0;
    pthread_mutex_unlock(&a.lock);
    net_receive_ready(server);
    while (sent < FRAMES) {
        st_be32(frame + 100, sent);
        if (send_bytes(client, frame, sizeof frame)) {
            sent++;
            continue;
        }
        /* No room: the server takes some more. */
        pthread_mutex_lock(&a.lock);
        a.room += 100;
        pthread_mutex_unlock(&a.lock);
        net_receive_ready(server);
        usleep(500);
    }
    pthread_mutex_lock(&a.lock);
    a.room = 5000;
    pthread_mutex_unlock(&a.lock);
    net_receive_ready(server);
    wait_for(&a, &a.received, FRAMES);
    ck_assert_uint_eq(a.last_size, sizeof frame);
    ck_assert_uint_eq(ld_be32(a.last + 100), FRAMES - 1);
    send_bytes(server, frame, 60);
    wait_for(&b, &b.received, 1);
    ck_assert_uint_eq(b.last_size, 60);
    net_close(client);
    net_close(server);
    ck_assert_int_ne(access(name, F_OK), 0);
}
END_TEST

#ifdef HAVE_LIBSLIRP
static bool is_arp_reply(const uint8_t *f, size_t size)
{
    return size >= 42 && ld_be16(f + 12) == 0x806 && ld_be16(f + 20) == 2;
}

/* The router answers for its address. */
START_TEST(user_mode_answers)
{
    struct net *net = must_open("user,id=n0,net=192.168.77.0/24,hostfwd=tcp:127.0.0.1:0-:22");
    static const uint8_t me[6] = { 0x52, 0x54, 0, 0x12, 0x34, 0x56 };
    uint8_t frame[60] = { 0 };
    struct guest g;

    plug(&g, net, 100);
    g.wanted = is_arp_reply;
    memset(frame, 0xff, 6);
    memcpy(frame + 6, me, 6);
    memcpy(frame + 12, "\x08\x06\0\1\x08\0\6\4\0\1", 10);
    memcpy(frame + 22, me, 6);
    inet_pton(AF_INET, "192.168.77.15", frame + 28);
    inet_pton(AF_INET, "192.168.77.2", frame + 38);
    ck_assert(send_bytes(net, frame, sizeof frame));
    wait_for(&g, &g.received, 1);
    ck_assert_mem_eq(g.last, me, 6);
    net_close(net);
}
END_TEST
#endif

START_TEST(wrong_arguments_are_explained)
{
    static const char *const wrong[] = {
        "",
        "nonsense",
        "user,nonsense=1",
        "user,hostfwd=tcp:1-2-3",
        "user,net=10.0.2.0/33",
        "user,restrict=perhaps",
        "tap",
        "socket",
        "socket,listen=1,connect=2",
        "stream,addr.type=unix",
        "stream,addr.type=inet,addr.host=127.0.0.1",
        "{\"type\":\"user\",\"nonsense\":{\"a\":1}}",
        "{",
    };

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct error err = { 0 };

        ck_assert_msg(!net_open(wrong[i], &err), "%s", wrong[i]);
        ck_assert_msg(err.cause[0], "%s", wrong[i]);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("net");
    TCase *c = tcase_create("net");
    SRunner *runner;
    int failed;

    tcase_add_test(c, two_by_a_socket);
#ifdef HAVE_LIBSLIRP
    tcase_add_test(c, user_mode_answers);
#endif
    tcase_add_test(c, wrong_arguments_are_explained);
    tcase_set_timeout(c, 60);
    suite_add_tcase(s, c);
    runner = srunner_create(s);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
