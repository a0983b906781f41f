/* Character devices: each kind, slow other sides, and other sides that go away. */
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "host/chardev.h"
#include "tests/papr/fixture.h"

static struct loop *loop;
static unsigned locked, quits;
static char folder[] = "/tmp/test-chardev-XXXXXX";
static char path[64], spec[128];

static void lock(void *opaque)
{
    (void)opaque;
    ck_assert_uint_eq(locked++, 0);
}

static void unlock(void *opaque)
{
    (void)opaque;
    ck_assert_uint_eq(--locked, 0);
}

static void quit(void *opaque)
{
    (void)opaque;
    quits++;
}

static struct chardev *make(const char *text, struct error *err)
{
    const struct chardev_config config = { loop, lock, unlock, quit, NULL };

    return chardev_new(text, &config, err);
}

static void setup(void)
{
    strcpy(folder, "/tmp/test-chardev-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/x", folder);
    loop = loop_new(NULL);
    locked = quits = 0;
}

static void teardown(void)
{
    loop_free(loop);
    unlink(path);
    rmdir(folder);
}

static char input[4096];
static size_t n_input, room, quit_at;

static size_t can_read(void *opaque)
{
    (void)opaque;
    ck_assert_uint_eq(locked, 1);
    return room;
}

static void read_input(void *opaque, const uint8_t *data, size_t size)
{
    (void)opaque;
    ck_assert_uint_eq(locked, 1);
    ck_assert_uint_le(size, room);
    memcpy(input + n_input, data, size);
    n_input += size;
    room -= size;
    if (n_input >= quit_at)
        loop_quit(loop, 0);
}

static void read_capitals(void *opaque, const uint8_t *data, size_t size)
{
    uint8_t capitals[64];

    for (size_t i = 0; i < size; i++)
        capitals[i] = (uint8_t)(data[i] - 'a' + 'A');
    read_input(opaque, capitals, size);
}

static void expect_input(struct chardev *d, size_t most, size_t until)
{
    n_input = 0;
    room = most;
    quit_at = until;
    chardev_set_reader(d, can_read, read_input, NULL);
}

static void give_up(void *opaque)
{
    (void)opaque;
    loop_quit(loop, 99);
}

/* Runs the loop, but not for ever. */
static int run(void)
{
    struct loop_timer *timer = loop_timer_new(loop, give_up, NULL);
    int status;

    loop_timer_set(timer, loop_now_ns() + UINT64_C(5000000000));
    status = loop_run(loop);
    loop_timer_free(timer);
    return status;
}

START_TEST(a_file_gets_all)
{
    struct chardev *d;
    char text[16] = "";
    FILE *f;

    setup();
    snprintf(spec, sizeof spec, "file:%s", path);
    d = make(spec, NULL);
    ck_assert_ptr_nonnull(d);
    ck_assert_uint_eq(chardev_write(d, "hello", 5), 5);
    chardev_free(d);
    f = fopen(path, "r");
    ck_assert_ptr_nonnull(fgets(text, sizeof text, f));
    fclose(f);
    ck_assert_str_eq(text, "hello");
    teardown();
}
END_TEST

START_TEST(nothing_takes_all)
{
    struct chardev *d;

    setup();
    d = make("null", NULL);
    ck_assert_uint_eq(chardev_write(d, "hello", 5), 5);
    ck_assert(chardev_wait_room(d, 0));
    chardev_free(d);
    teardown();
}
END_TEST

static int connect_to(const char *to)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    strcpy(address.sun_path, to);
    ck_assert(!connect(fd, (struct sockaddr *)&address, sizeof address));
    return fd;
}

START_TEST(a_socket_serves_one_after_the_other)
{
    struct chardev *d;
    char text[8] = "";
    int fd;

    setup();
    snprintf(spec, sizeof spec, "unix:%s,server=on,wait=off", path);
    d = make(spec, NULL);
    ck_assert_ptr_nonnull(d);
    ck_assert_uint_eq(chardev_write(d, "lost", 4), 4);
    for (unsigned i = 0; i < 2; i++) {
        fd = connect_to(path);
        ck_assert_int_eq(write(fd, "input", 5), 5);
        expect_input(d, 100, 5);
        ck_assert_int_eq(run(), 0);
        ck_assert_mem_eq(input, "input", 5);
        ck_assert_uint_eq(chardev_write(d, "out", 3), 3);
        ck_assert_int_eq(read(fd, text, sizeof text), 3);
        close(fd);
        /* Written to one who has gone: no signal, nothing kept. */
        while (chardev_write(d, "gone", 4) == 0)
            ;
        chardev_free(d);
        loop_free(loop);
        loop = loop_new(NULL);
        d = make(spec, NULL);
        ck_assert_ptr_nonnull(d);
    }
    chardev_free(d);
    ck_assert_int_ne(access(path, F_OK), 0);
    teardown();
}
END_TEST

START_TEST(a_new_client_follows_one_that_left)
{
    struct chardev *d;
    int fd;

    setup();
    snprintf(spec, sizeof spec, "unix:%s,server,nowait", path);
    d = make(spec, NULL);
    ck_assert_ptr_nonnull(d);
    fd = connect_to(path);
    ck_assert_int_eq(write(fd, "a", 1), 1);
    close(fd);
    fd = connect_to(path);
    ck_assert_int_eq(write(fd, "b", 1), 1);
    expect_input(d, 100, 2);
    ck_assert_int_eq(run(), 0);
    ck_assert_mem_eq(input, "ab", 2);
    close(fd);
    chardev_free(d);
    teardown();
}
END_TEST

START_TEST(a_slow_side_gets_every_byte)
{
    struct chardev *d;
    size_t sent = 0, received = 0;
    int fd;

    setup();
    snprintf(spec, sizeof spec, "unix:%s,server=on,wait=off", path);
    d = make(spec, NULL);
    fd = connect_to(path);
    ck_assert_int_eq(write(fd, "x", 1), 1);
    expect_input(d, 1, 1);
    ck_assert_int_eq(run(), 0);
    while (received < 1000000) {
        uint8_t out[5000], in[7000];
        bool is_good = true;
        ssize_t n;

        for (size_t i = 0; i < sizeof out; i++)
            out[i] = (uint8_t)((sent + i) % 251);
        sent += chardev_write(d, out, sizeof out);
        if (sent - received < 100000 && chardev_wait_room(d, 0))
            continue;
        n = read(fd, in, sizeof in);
        ck_assert_int_gt(n, 0);
        for (ssize_t i = 0; i < n; i++)
            is_good = is_good && in[i] == (received + (size_t)i) % 251;
        ck_assert(is_good);
        received += (size_t)n;
    }
    close(fd);
    chardev_free(d);
    teardown();
}
END_TEST

static void make_room(void *opaque)
{
    room = 100;
    chardev_input_ready(opaque);
}

START_TEST(input_waits_for_room)
{
    struct chardev *d;
    struct loop_timer *timer;
    int fd;

    setup();
    snprintf(spec, sizeof spec, "unix:%s,server=on,wait=off", path);
    d = make(spec, NULL);
    fd = connect_to(path);
    ck_assert_int_eq(write(fd, "0123456789", 10), 10);
    expect_input(d, 3, 10);
    timer = loop_timer_new(loop, make_room, d);
    loop_timer_set(timer, loop_now_ns() + 20000000);
    ck_assert_int_eq(run(), 0);
    ck_assert_mem_eq(input, "0123456789", 10);
    close(fd);
    chardev_free(d);
    teardown();
}
END_TEST

/* Puts a pseudo terminal in the place of standard input; returns its other end. */
static int terminal_as_stdin(int *saved)
{
    int fd = posix_openpt(O_RDWR | O_NOCTTY), slave;

    ck_assert(fd >= 0 && !grantpt(fd) && !unlockpt(fd));
    slave = open(ptsname(fd), O_RDWR | O_NOCTTY);
    ck_assert_int_ge(slave, 0);
    *saved = dup(STDIN_FILENO);
    dup2(slave, STDIN_FILENO);
    close(slave);
    return fd;
}

static unsigned rooms;

static void count_room(void *opaque)
{
    (void)opaque;
    ck_assert_uint_eq(locked, 1);
    rooms++;
    loop_quit(loop, 0);
}

/* Who was told that there is no room is told when there is, once; also if the other side goes. */
START_TEST(room_is_told)
{
    struct chardev *d;
    uint8_t bytes[4096] = { 0 };
    ssize_t n;
    int fd;

    for (unsigned leaves = 0; leaves < 2; leaves++) {
        setup();
        snprintf(spec, sizeof spec, "unix:%s,server=on,wait=off", path);
        d = make(spec, NULL);
        fd = connect_to(path);
        ck_assert_int_eq(write(fd, "x", 1), 1);
        expect_input(d, 1, 1);
        ck_assert_int_eq(run(), 0);
        rooms = 0;
        chardev_set_room(d, count_room, d);
        while (chardev_write(d, bytes, sizeof bytes) == sizeof bytes)
            ;
        chardev_write(d, bytes, sizeof bytes);
        if (leaves) {
            close(fd);
        } else {
            while ((n = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT)) > 0)
                ;
        }
        ck_assert_int_eq(run(), 0);
        ck_assert_uint_eq(rooms, 1);
        ck_assert_uint_gt(chardev_write(d, bytes, 1), 0);
        if (!leaves)
            close(fd);
        chardev_free(d);
        teardown();
    }
}
END_TEST

/* A second one on the same device: Ctrl-A c chooses who gets the input. */
START_TEST(fronts_share_a_terminal)
{
    int saved, fd;
    struct chardev *d, *front;

    setup();
    fd = terminal_as_stdin(&saved);
    d = make("mon:stdio", NULL);
    front = chardev_new_front(d, NULL);
    ck_assert_ptr_nonnull(front);
    expect_input(d, 100, 3);
    /* Both readers write to the same buffer here, the front in capitals. */
    chardev_set_reader(front, can_read, read_capitals, NULL);
    ck_assert_int_eq(write(fd, "a\x01" "cb\x01" "cd", 7), 7);
    ck_assert_int_eq(run(), 0);
    ck_assert_mem_eq(input, "aBd", 3);
    chardev_free(front);
    ck_assert(chardev_is_connected(d));
    chardev_free(d);
    dup2(saved, STDIN_FILENO);
    close(fd);
    teardown();
}
END_TEST

START_TEST(a_ring_keeps_the_last)
{
    struct chardev *d;
    char text[16] = "";

    setup();
    d = make("ringbuf,size=8", NULL);
    ck_assert_ptr_nonnull(d);
    ck_assert_uint_eq(chardev_write(d, "0123456789", 10), 10);
    ck_assert_uint_eq(chardev_take(d, text, 3), 3);
    ck_assert_mem_eq(text, "234", 3);
    ck_assert_uint_eq(chardev_take(d, text, sizeof text), 5);
    ck_assert_mem_eq(text, "56789", 5);
    ck_assert_uint_eq(chardev_take(d, text, sizeof text), 0);
    chardev_free(d);
    teardown();
}
END_TEST

START_TEST(pipes_and_logs)
{
    struct chardev *d;
    char text[16] = "", name[160];
    int fd;

    setup();
    ck_assert(!mkfifo(path, 0600));
    snprintf(name, sizeof name, "%s.log", path);
    snprintf(spec, sizeof spec, "pipe:%s,logfile=%s.log", path, path);
    d = make(spec, NULL);
    ck_assert_ptr_nonnull(d);
    fd = open(path, O_RDWR);
    ck_assert_uint_eq(chardev_write(d, "hello", 5), 5);
    ck_assert_int_eq(read(fd, text, sizeof text), 5);
    ck_assert_int_eq(write(fd, "abc", 3), 3);
    expect_input(d, 100, 3);
    ck_assert_int_eq(run(), 0);
    chardev_free(d);
    close(fd);
    fd = open(name, O_RDONLY);
    ck_assert_int_eq(read(fd, text, sizeof text), 5);
    close(fd);
    unlink(name);
    teardown();
}
END_TEST

static unsigned comings, goings;

static void count_connections(void *opaque, bool is_there)
{
    (void)opaque;
    *(is_there ? &comings : &goings) += 1;
    if (is_there || goings == 1)
        loop_quit(loop, 0);
}

/* A client looks for its server until it is there, and again after it has gone. */
START_TEST(a_client_connects_again)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
    socklen_t size = sizeof address;
    struct chardev *d;
    int server, fd, one = 1;

    setup();
    server = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    ck_assert(!bind(server, (struct sockaddr *)&address, size));
    ck_assert(!getsockname(server, (struct sockaddr *)&address, &size));
    snprintf(spec, sizeof spec, "tcp:127.0.0.1:%u,reconnect-ms=20", ntohs(address.sin_port));
    d = make(spec, NULL);
    ck_assert_ptr_nonnull(d);
    comings = goings = 0;
    chardev_set_connection(d, count_connections, NULL);
    ck_assert(!chardev_is_connected(d));
    ck_assert_uint_eq(chardev_write(d, "lost", 4), 4);
    ck_assert(!listen(server, 1));
    for (unsigned i = 0; i < 2; i++) {
        ck_assert_int_eq(run(), 0);
        ck_assert(chardev_is_connected(d));
        fd = accept(server, NULL, NULL);
        close(fd);
        ck_assert_int_eq(run(), 0);
        ck_assert_uint_eq(goings, 1);
        ck_assert(!chardev_is_connected(d));
        goings = 0;
    }
    chardev_free(d);
    close(server);
    teardown();
}
END_TEST

/* With the name that it prints for the user, as the other side. */
START_TEST(a_pseudo_terminal_passes_all_bytes)
{
    int saved = dup(STDERR_FILENO), fds[2], fd;
    char text[200] = "", *name;
    struct chardev *d;

    setup();
    ck_assert(!pipe(fds));
    dup2(fds[1], STDERR_FILENO);
    d = make("pty", NULL);
    dup2(saved, STDERR_FILENO);
    ck_assert_ptr_nonnull(d);
    ck_assert_int_gt(read(fds[0], text, sizeof text - 1), 0);
    name = strstr(text, "/dev/");
    ck_assert_ptr_nonnull(name);
    name[strcspn(name, " \n")] = '\0';
    fd = open(name, O_RDWR | O_NOCTTY);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, "\x03\x01\r\n", 4), 4);
    expect_input(d, 100, 4);
    ck_assert_int_eq(run(), 0);
    ck_assert_mem_eq(input, "\x03\x01\r\n", 4);
    ck_assert_uint_eq(chardev_write(d, "a\nb", 3), 3);
    ck_assert_int_eq(read(fd, text, sizeof text), 3);
    ck_assert_mem_eq(text, "a\nb", 3);
    ck_assert_uint_eq(quits, 0);
    close(fd);
    chardev_free(d);
    teardown();
}
END_TEST

START_TEST(the_end_of_standard_input_is_no_end)
{
    struct chardev *d;
    struct loop_timer *timer;

    setup();
    ck_assert_ptr_nonnull(freopen("/dev/null", "r", stdin));
    d = make("stdio", NULL);
    ck_assert_ptr_nonnull(d);
    expect_input(d, 100, 1);
    timer = loop_timer_new(loop, give_up, NULL);
    loop_timer_set(timer, loop_now_ns() + 5000000);
    ck_assert_int_eq(run(), 99);
    ck_assert_uint_eq(n_input + quits, 0);
    chardev_free(d);
    teardown();
}
END_TEST

START_TEST(keys_of_the_terminal)
{
    int saved, fd;
    struct chardev *d;

    setup();
    fd = terminal_as_stdin(&saved);
    d = make("mon:stdio", NULL);
    ck_assert_ptr_nonnull(d);
    ck_assert_int_eq(write(fd, "a\x01\x01" "b\x01xc\x03", 8), 8);
    expect_input(d, 100, 5);
    ck_assert_int_eq(run(), 0);
    ck_assert_uint_eq(n_input, 5);
    ck_assert_mem_eq(input, "a\x01" "bc\x03", 5);
    ck_assert_uint_eq(quits, 1);
    chardev_free(d);
    dup2(saved, STDIN_FILENO);
    close(fd);
    teardown();
}
END_TEST

START_TEST(wrong_names_are_explained)
{
    static const struct {
        const char *spec, *text;
    } wrong[] = {
        { "stdoi", "stdoi" }, { "", "unknown" }, { "file:", "name" }, { "unix:", "name" },
        { "file:/nonexistent/x", "/nonexistent/x" }, { "unix:/nonexistent/x", "/nonexistent/x" },
        { "unix:/tmp/x,serve=on", "serve" }, { "unix:/tmp/x,server=maybe", "maybe" },
        { "tcp:1", "HOST:PORT" }, { "tcp:127.0.0.1:1", "connect" }, { "pipe:/nonexistent/x", "/nonexistent/x" },
        { "ringbuf,size=9", "power" }, { "file", "file" }, { "ptyx", "ptyx" },
    };

    setup();
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
        struct error err = { 0 };

        ck_assert_msg(!make(wrong[i].spec, &err), "%s", wrong[i].spec);
        ck_assert_msg(strstr(err.cause, wrong[i].text), "%s: %s", wrong[i].spec, err.cause);
        ck_assert_msg(err.hint[0], "%s has no hint", wrong[i].spec);
    }
    teardown();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_file_gets_all, nothing_takes_all, a_socket_serves_one_after_the_other,
        a_new_client_follows_one_that_left, a_slow_side_gets_every_byte, input_waits_for_room,
        a_pseudo_terminal_passes_all_bytes, the_end_of_standard_input_is_no_end,
        keys_of_the_terminal, room_is_told, fronts_share_a_terminal, a_ring_keeps_the_last, pipes_and_logs,
        a_client_connects_again, wrong_names_are_explained,
    };

    return fixture_run("chardev", tests, ARRAY_SIZE(tests));
}
