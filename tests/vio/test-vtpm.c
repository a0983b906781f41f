/* Virtual TPMs, with an emulator that is a thread here: messages, a command and back, sizes and addresses that lie, an
 * emulator that does. */
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/vio/fake-backends.h"
#include "vio/vtpm.h"

enum { QUEUE = 0, BUFFER = 0x2000, PAGES = 4, NOT_MAPPED = PAGES << 12 };

/* ---- the emulator ---- */

static struct emulator {
    int control, data;
    pthread_t thread;
    uint32_t inits, stops, shutdowns, startups, buffer_size;
} emulator;

/* How it answers a command, by the command's code. */
enum { ECHO = 1, HUGE_SIZE, TINY_SIZE, GONE, LARGEST_ANSWER, STARTUP = 0x144 };

static void answer_command(void)
{
    uint8_t buffer[4096], *b = buffer;
    size_t size = 0, n;

    must(recv(emulator.data, b, 10, MSG_WAITALL) == 10);
    size = ld_be32(b + 2);
    must(size >= 10 && size <= sizeof buffer);
    must(size == 10 || recv(emulator.data, b + 10, size - 10, MSG_WAITALL) == (ssize_t)size - 10);
    n = size;
    switch (ld_be32(b + 6)) {
    case HUGE_SIZE:
        st_be32(b + 2, 4097);
        break;
    case TINY_SIZE:
        st_be32(b + 2, 9);
        break;
    case GONE:
        shutdown(emulator.data, SHUT_RDWR);
        return;
    case STARTUP:
        must(size == 12 && !b[10] && !b[11]);
        emulator.startups++;
        n = 10;
        st_be32(b + 2, 10);
        st_be32(b + 6, 0);
        break;
    case LARGEST_ANSWER:
        memset(b + 10, 0x5a, 4086);
        st_be32(b + 2, 4096);
        n = 4096;
        break;
    }
    must(send(emulator.data, b, n, MSG_NOSIGNAL) == (ssize_t)n);
}

static size_t answer_control(const uint8_t *message, uint8_t *reply)
{
    memset(reply, 0, 16);
    switch (ld_be32(message)) {
    case 1: /* what it can */
        st_be64(reply, 0x3401);
        return 8;
    case 2:
        emulator.inits++;
        return 4;
    case 3:
        emulator.shutdowns++;
        return 4;
    case 14:
        emulator.stops++;
        return 4;
    case 17:
        must(ld_be32(message + 4) == 4096);
        st_be32(reply + 4, emulator.buffer_size);
        return 16;
    }
    return 4;
}

static void *emulate(void *opaque)
{
    (void)opaque;
    for (;;) {
        uint8_t message[64], reply[16];
        char ancillary[CMSG_SPACE(sizeof(int))];
        struct iovec piece = { message, sizeof message };
        struct msghdr m = { .msg_iov = &piece, .msg_iovlen = 1, .msg_control = ancillary,
                            .msg_controllen = sizeof ancillary };
        fd_set fds;
        size_t n;

        FD_ZERO(&fds);
        FD_SET(emulator.control, &fds);
        if (emulator.data >= 0)
            FD_SET(emulator.data, &fds);
        must(select((emulator.control > emulator.data ? emulator.control : emulator.data) + 1, &fds, NULL, NULL, NULL) > 0);
        if (emulator.data >= 0 && FD_ISSET(emulator.data, &fds)) {
            if (recv(emulator.data, message, 1, MSG_PEEK) == 1)
                answer_command();
            else
                close(emulator.data), emulator.data = -1;
            continue;
        }
        if (recvmsg(emulator.control, &m, 0) <= 0)
            return NULL;
        if (m.msg_controllen)
            memcpy(&emulator.data, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(int));
        n = answer_control(message, reply);
        must(send(emulator.control, reply, n, MSG_NOSIGNAL) == (ssize_t)n);
    }
}

/* ---- the guest ---- */

static struct partition *p;
static struct tpm *tpm;
static struct vtpm *vtpm;
static uint64_t unit;
static unsigned queue_next;

static void start(uint32_t buffer_size)
{
    int ends[2];

    must(!socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
    emulator = (struct emulator){ .control = ends[1], .data = -1, .buffer_size = buffer_size };
    must(!pthread_create(&emulator.thread, NULL, emulate, NULL));
    p = partition_new();
    must((tpm = tpm_new(ends[0], NULL)) != NULL);
    must((vtpm = vtpm_new(p->f->platform, p->bus, 0x71000050, tpm, NULL)) != NULL);
    unit = vtpm_unit(vtpm);
    must(tpm_start(tpm, NULL));
    partition_map(p, unit, PAGES);
    queue_next = 0;
    ck_assert_int_eq(HCALL(p->f, CALL_REG_CRQ, unit, QUEUE, 4096), H_SUCCESS);
}

static void setup(void)
{
    start(4096);
}

static void teardown(void)
{
    vtpm_free(vtpm);
    tpm_free(tpm);
    pthread_join(emulator.thread, NULL);
    ck_assert_uint_eq(emulator.shutdowns, 1);
    close(emulator.control);
    if (emulator.data >= 0)
        close(emulator.data);
    partition_free(p);
}

/* The first word of the queue's next element, taken out; 0 if there is none. */
static uint64_t answer(void)
{
    uint8_t *at;
    uint64_t word;

    tpm_drain(tpm);
    at = partition_memory(p, QUEUE, 4096) + queue_next;
    word = ld_be64(at);
    if (word) {
        memset(at, 0, 16);
        queue_next = (queue_next + 16) % 4096;
    }
    return word;
}

static int64_t send_word(uint64_t word)
{
    return HCALL(p->f, CALL_SEND_CRQ, unit, word, 0);
}

static int64_t send_command(uint32_t size, uint32_t ioba)
{
    return send_word(UINT64_C(0x8002) << 48 | (uint64_t)size << 32 | ioba);
}

static uint8_t *put_command(uint32_t code, uint32_t size)
{
    uint8_t *b = partition_memory(p, BUFFER, 4096);

    for (unsigned i = 10; i < 4096; i++)
        b[i] = (uint8_t)(i * 7);
    st_be16(b, 0x8001);
    st_be32(b + 2, size);
    st_be32(b + 6, code);
    return b;
}

START_TEST(messages)
{
    ck_assert_int_eq(send_word(UINT64_C(0xc001) << 48), H_SUCCESS);
    ck_assert_uint_eq(answer(), UINT64_C(0xc002) << 48);
    ck_assert_int_eq(send_word(UINT64_C(0xc002) << 48), H_SUCCESS);
    ck_assert_uint_eq(answer(), 0);
    ck_assert_int_eq(send_word(UINT64_C(0x8001) << 48), H_SUCCESS);
    ck_assert_uint_eq(answer(), UINT64_C(0x8081000000000002));
    ck_assert_int_eq(send_word(UINT64_C(0x8003) << 48), H_SUCCESS);
    ck_assert_uint_eq(answer(), UINT64_C(0x8083100000000000));
    ck_assert_int_eq(send_word(UINT64_C(0x8004) << 48), H_SUCCESS);
    ck_assert_uint_eq(answer(), UINT64_C(0x8084000000000000));
    ck_assert_int_eq(send_word(UINT64_C(0x8005) << 48), H_PARAMETER);
    ck_assert_int_eq(send_word(UINT64_C(0x1234) << 48), H_PARAMETER);
    ck_assert_uint_eq(answer(), 0);
}
END_TEST

START_TEST(commands)
{
    uint8_t *b = put_command(ECHO, 22), before[22];

    memcpy(before, b, sizeof before);
    ck_assert_int_eq(send_command(22, BUFFER), H_SUCCESS);
    ck_assert_uint_eq(answer(), UINT64_C(0x8082001600000000) | BUFFER);
    ck_assert_mem_eq(partition_memory(p, BUFFER, 22), before, 22);
    b = put_command(LARGEST_ANSWER, 10);
    ck_assert_int_eq(send_command(10, BUFFER), H_SUCCESS);
    ck_assert_uint_eq(answer(), UINT64_C(0x8082100000000000) | BUFFER);
    ck_assert_uint_eq(b[10], 0x5a);
    ck_assert_uint_eq(b[4095], 0x5a);
    put_command(ECHO, 4096);
    ck_assert_int_eq(send_command(4096, BUFFER), H_SUCCESS);
    ck_assert_uint_eq(answer(), UINT64_C(0x8082100000000000) | BUFFER);
}
END_TEST

START_TEST(sizes_and_addresses_that_lie)
{
    put_command(ECHO, 22);
    ck_assert_int_eq(send_command(0, BUFFER), H_PARAMETER);
    ck_assert_int_eq(send_command(9, BUFFER), H_PARAMETER);
    ck_assert_int_eq(send_command(23, BUFFER), H_PARAMETER);
    ck_assert_int_eq(send_command(4097, BUFFER), H_PARAMETER);
    ck_assert_int_eq(send_command(0xffff, BUFFER), H_PARAMETER);
    ck_assert_int_eq(send_command(22, NOT_MAPPED), H_PARAMETER);
    ck_assert_int_eq(send_command(22, NOT_MAPPED - 21), H_PARAMETER);
    ck_assert_int_eq(send_command(22, UINT32_MAX), H_PARAMETER);
    put_command(ECHO, UINT32_MAX);
    ck_assert_int_eq(send_command(22, BUFFER), H_PARAMETER);
    ck_assert_uint_eq(answer(), 0);
    /* No room for the answer where the command was. */
    memcpy(partition_memory(p, NOT_MAPPED - 10, 10), put_command(LARGEST_ANSWER, 10), 10);
    ck_assert_int_eq(send_command(10, NOT_MAPPED - 10), H_SUCCESS);
    ck_assert_uint_eq(answer(), UINT64_C(0x8082000000000000) | (NOT_MAPPED - 10));
}
END_TEST

START_TEST(a_small_buffer)
{
    teardown();
    start(1024);
    ck_assert_int_eq(send_word(UINT64_C(0x8003) << 48), H_SUCCESS);
    ck_assert_uint_eq(answer(), UINT64_C(0x8083040000000000));
    put_command(ECHO, 1025);
    ck_assert_int_eq(send_command(1025, BUFFER), H_PARAMETER);
    put_command(ECHO, 1024);
    ck_assert_int_eq(send_command(1024, BUFFER), H_SUCCESS);
    ck_assert_uint_eq(answer(), UINT64_C(0x8082040000000000) | BUFFER);
}
END_TEST

/* Each, and every command after it, ends with the TPM's "failure". */
START_TEST(an_emulator_that_lies)
{
    for (unsigned i = 0; i < 2; i++) {
        uint8_t *b = put_command(i ? ECHO : (uint32_t)_i, 10);

        ck_assert_int_eq(send_command(10, BUFFER), H_SUCCESS);
        ck_assert_uint_eq(answer(), UINT64_C(0x8082000a00000000) | BUFFER);
        ck_assert_uint_eq(ld_be16(b), 0x8001);
        ck_assert_uint_eq(ld_be32(b + 2), 10);
        ck_assert_uint_eq(ld_be32(b + 6), 0x101);
    }
}
END_TEST

START_TEST(resets)
{
    struct error err = { 0 };

    ck_assert_uint_eq(emulator.inits, 1);
    put_command(ECHO, 10);
    ck_assert_int_eq(send_command(10, BUFFER), H_SUCCESS);
    accel_lock(p->f->accel);
    ck_assert(platform_reset(p->f->platform, &err));
    accel_unlock(p->f->accel);
    ck_assert_uint_eq(emulator.inits, 2);
    ck_assert_uint_eq(emulator.startups, 1);
    ck_assert_uint_eq(emulator.stops, 2);
    ck_assert_int_eq(send_word(UINT64_C(0x8001) << 48), H_CLOSED);
    /* A firmware of the guest's own does it itself. */
    p->f->config.has_guest_firmware = true;
    accel_lock(p->f->accel);
    ck_assert(platform_reset(p->f->platform, &err));
    accel_unlock(p->f->accel);
    ck_assert_uint_eq(emulator.inits, 3);
    ck_assert_uint_eq(emulator.startups, 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("vio/vtpm");
    TCase *tcase = tcase_create("vtpm");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, messages);
    tcase_add_test(tcase, commands);
    tcase_add_test(tcase, sizes_and_addresses_that_lie);
    tcase_add_test(tcase, a_small_buffer);
    tcase_add_loop_test(tcase, an_emulator_that_lies, HUGE_SIZE, GONE + 1);
    tcase_add_test(tcase, resets);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
