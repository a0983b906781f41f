/* Character devices: each kind, slow other sides, and other sides that go away. */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
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
        { "unix:/tmp/x,serve=on", "serve=on" }, { "unix:/tmp/x,server=maybe", "server=maybe" },
        { "file", "file" }, { "ptyx", "ptyx" },
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
        keys_of_the_terminal, wrong_names_are_explained,
    };

    return fixture_run("chardev", tests, ARRAY_SIZE(tests));
}
