/* Disk images: each way to read and write them, overlays, locks, and what is refused. */
#include <check.h>
#include <config.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/block.h"

enum { SIZE = 1 << 20, REQUESTS = 600 };

static char folder[64], image[96];

static void setup(void)
{
    int fd;

    /* On a disk: O_DIRECT does not work in every memory file system. */
    strcpy(folder, "./test-block-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(image, sizeof image, "%s/image", folder);
    fd = open(image, O_CREAT | O_RDWR, 0600);
    ck_assert_int_eq(ftruncate(fd, SIZE), 0);
    close(fd);
}

static void teardown(void)
{
    unlink(image);
    rmdir(folder);
}

static struct block *must_open(const struct block_options *o)
{
    struct error err = { 0 };
    struct block *b = block_open(o, &err);

    ck_assert_msg(b != NULL, "%s", err.cause);
    return b;
}

static uint8_t byte_of_file(off_t offset)
{
    uint8_t byte = 0;
    int fd = open(image, O_RDONLY);

    ck_assert_int_eq(pread(fd, &byte, 1, offset), 1);
    close(fd);
    return byte;
}

/* Cache modes by ways of doing requests. */
START_TEST(written_is_read)
{
    struct block_options o = { .file = image, .format = "raw", .cache = _i % 5, .aio = _i / 5 };
    struct block *b = must_open(&o);
    uint8_t out[5000], in[5000];

    ck_assert_uint_eq(block_size(b), SIZE);
    for (size_t i = 0; i < sizeof out; i++)
        out[i] = (uint8_t)(i * 7 + 1);
    ck_assert_int_eq(block_write(b, 512, out, 4096), 0);
    ck_assert_int_eq(block_write(b, 777, out, sizeof out), 0); /* not aligned */
    ck_assert_int_eq(block_read(b, 777, in, sizeof in), 0);
    ck_assert_mem_eq(in, out, sizeof in);
    ck_assert_int_eq(block_flush(b), 0);
    ck_assert_uint_eq(byte_of_file(512), 1);
    ck_assert_uint_eq(byte_of_file(778), 8);
    ck_assert_uint_eq(block_has_write_cache(b), o.cache != BLOCK_CACHE_WRITETHROUGH &&
                                                    o.cache != BLOCK_CACHE_DIRECTSYNC);
    block_close(b);
}
END_TEST

START_TEST(outside_is_refused)
{
    struct block_options o = { .file = image, .format = "raw" };
    struct block *b = must_open(&o);
    uint8_t bytes[1024] = { 1 };

    ck_assert_int_eq(block_read(b, SIZE - 512, bytes, 1024), EINVAL);
    ck_assert_int_eq(block_write(b, UINT64_MAX - 511, bytes, 1024), EINVAL);
    ck_assert_int_eq(block_read(b, SIZE, bytes, 0), 0);
    block_close(b);
    o.read_only = true;
    b = must_open(&o);
    ck_assert(block_is_read_only(b));
    ck_assert_int_eq(block_write(b, 0, bytes, 512), EROFS);
    ck_assert_int_eq(block_flush(b), 0);
    block_close(b);
}
END_TEST

/* A file that ends within a block: zeros follow, and may be written. */
START_TEST(end_within_a_block)
{
    struct block_options o = { .file = image, .format = "raw" };
    uint8_t bytes[1024];
    struct block *b;

    ck_assert_int_eq(truncate(image, 700), 0);
    b = must_open(&o);
    ck_assert_uint_eq(block_size(b), 1024);
    memset(bytes, 0xff, sizeof bytes);
    ck_assert_int_eq(block_read(b, 0, bytes, 1024), 0);
    ck_assert_uint_eq(bytes[1023], 0);
    memset(bytes, 0x5a, sizeof bytes);
    ck_assert_int_eq(block_write(b, 512, bytes, 512), 0);
    block_close(b);
    ck_assert_uint_eq(byte_of_file(1023), 0x5a);
}
END_TEST

/* ---- many at a time ---- */

struct many {
    pthread_mutex_t lock;
    unsigned done, errors;
};

static void count(struct block_request *r, int error)
{
    struct many *m = r->opaque;

    pthread_mutex_lock(&m->lock);
    m->done++;
    m->errors += error != 0;
    pthread_mutex_unlock(&m->lock);
}

START_TEST(many_at_a_time)
{
    static uint8_t bytes[REQUESTS][512];
    static struct block_request r[REQUESTS];
    static struct iovec pieces[REQUESTS][2];
    struct block_options o = { .file = image, .format = "raw", .aio = _i ? BLOCK_AIO_THREADS : BLOCK_AIO_BEST };
    struct many m = { .lock = PTHREAD_MUTEX_INITIALIZER };
    struct block *b = must_open(&o);

    for (unsigned i = 0; i < REQUESTS; i++) {
        memset(bytes[i], (int)i, 512);
        pieces[i][0] = (struct iovec){ bytes[i], 100 };
        pieces[i][1] = (struct iovec){ bytes[i] + 100, 412 };
        r[i] = (struct block_request){ .op = BLOCK_WRITE, .offset = i * 512, .pieces = pieces[i],
                                       .n_pieces = 2, .done = count, .opaque = &m };
        block_submit(b, &r[i]);
    }
    block_drain(b);
    ck_assert_uint_eq(m.done, REQUESTS);
    ck_assert_uint_eq(m.errors, 0);
    for (unsigned i = 0; i < REQUESTS; i++)
        ck_assert_uint_eq(byte_of_file(i * 512 + 511), (uint8_t)i);
    block_close(b);
}
END_TEST

static int range(struct block *b, enum block_op op, bool may_unmap, uint64_t offset, uint64_t size)
{
    struct many m = { .lock = PTHREAD_MUTEX_INITIALIZER };
    struct block_request r = { .op = op, .may_unmap = may_unmap, .offset = offset, .size = size,
                               .done = count, .opaque = &m };

    block_submit(b, &r);
    block_drain(b);
    return (int)m.errors;
}

START_TEST(ranges)
{
    struct block_options o = { .file = image, .format = "raw", .discard = true };
    struct block *b = must_open(&o);
    static uint8_t ones[65536], in[65536];
    struct stat before, after;

    memset(ones, 1, sizeof ones);
    ck_assert_int_eq(block_write(b, 0, ones, sizeof ones), 0);
    block_flush(b);
    stat(image, &before);
    ck_assert_int_eq(range(b, BLOCK_DISCARD, false, 0, 32768), 0);
    stat(image, &after);
    ck_assert_int_lt(after.st_blocks, before.st_blocks);
    ck_assert_int_eq(range(b, BLOCK_WRITE_ZEROES, _i, 32768, 1000), 0);
    ck_assert_int_eq(block_read(b, 0, in, sizeof in), 0);
    ck_assert_uint_eq(in[33767], 0);
    ck_assert_uint_eq(in[33768], 1);
    ck_assert_int_eq(range(b, BLOCK_DISCARD, false, SIZE, 512), 1);
    block_close(b);
}
END_TEST

START_TEST(overlay)
{
    struct block_options o = { .file = image, .format = "raw", .snapshot = true };
    struct block *b = must_open(&o), *other;
    static uint8_t in[20000], expected[20000];
    uint8_t bytes[300];

    memset(bytes, 7, sizeof bytes);
    ck_assert(!block_is_read_only(b));
    ck_assert_int_eq(block_write(b, 5000, bytes, sizeof bytes), 0);
    ck_assert_int_eq(block_write(b, SIZE - 300, bytes, sizeof bytes), 0);
    memset(expected + 5000, 7, sizeof bytes);
    ck_assert_int_eq(block_read(b, 0, in, sizeof in), 0);
    ck_assert_mem_eq(in, expected, sizeof in);
    ck_assert_int_eq(range(b, BLOCK_WRITE_ZEROES, true, 5100, 4000), 0);
    memset(expected + 5100, 0, 200);
    ck_assert_int_eq(block_read(b, 0, in, sizeof in), 0);
    ck_assert_mem_eq(in, expected, sizeof in);
    ck_assert_int_eq(block_read(b, SIZE - 1, in, 1), 0);
    ck_assert_uint_eq(in[0], 7);
    /* Its base is read only: a second one may look on. */
    other = must_open(&o);
    block_close(other);
    block_close(b);
    ck_assert_uint_eq(byte_of_file(5000), 0);
}
END_TEST

START_TEST(locks)
{
    struct block_options o = { .file = image, .format = "raw" }, reader = { .file = image, .format = "raw", .read_only = true };
    struct block_options sharing = { .file = image, .format = "raw", .share_rw = true };
    struct error err = { 0 };
    struct block *b = must_open(&o);

    ck_assert_ptr_null(block_open(&o, &err));
    ck_assert_ptr_nonnull(strstr(err.cause, "in use"));
    ck_assert_ptr_null(block_open(&reader, NULL));
    ck_assert_ptr_null(block_open(&sharing, NULL));
    o.unlocked = true;
    block_close(must_open(&o));
    block_close(b);
    b = must_open(&reader);
    block_close(must_open(&reader));
    ck_assert_ptr_null(block_open(&(struct block_options){ .file = image, .format = "raw" }, NULL));
    block_close(b);
    b = must_open(&sharing);
    block_close(must_open(&sharing));
    block_close(b);
}
END_TEST

START_TEST(formats_are_not_guessed)
{
    struct block_options o = { .file = image };
    struct error err = { 0 };
    int fd;

    ck_assert_ptr_null(block_open(&o, &err));
    ck_assert_ptr_nonnull(strstr(err.hint, "format=raw"));
    o.read_only = true;
    block_close(must_open(&o));
    fd = open(image, O_WRONLY);
    ck_assert_int_eq(write(fd, "QFI\xfb", 4), 4);
    close(fd);
    err = (struct error){ 0 };
    ck_assert_ptr_null(block_open(&o, &err));
    ck_assert_ptr_nonnull(strstr(err.hint, "format=qcow2"));
    o.format = "raw";
    block_close(must_open(&o));
    o.file = "nowhere/at-all";
    ck_assert_ptr_null(block_open(&o, &err));
    o.file = ".";
    ck_assert_ptr_null(block_open(&o, &err));
}
END_TEST

#ifdef HAVE_LIBNBD
/* Another format, by qemu-nbd: what is written is there when it is opened again. */
START_TEST(other_formats)
{
    struct block_options o = { .file = image, .format = "qcow2", .discard = true, .cache = _i % 5 };
    char command[256];
    uint8_t out[5000], in[5000], zero[5000] = { 0 };
    struct error err = { 0 };
    struct block *b;

    snprintf(command, sizeof command, "qemu-img create -q -f qcow2 %s 4M", image);
    ck_assert_msg(!system(command), "qemu-img is missing: apt-get install qemu-utils");
    memset(out, 0x77, sizeof out);
    b = must_open(&o);
    ck_assert_uint_eq(block_size(b), 4 << 20);
    ck_assert_int_eq(block_write(b, 1000, out, sizeof out), 0);
    ck_assert_int_eq(range(b, BLOCK_WRITE_ZEROES, true, 65536, 4096), 0);
    ck_assert_int_eq(range(b, BLOCK_DISCARD, false, 131072, 65536), 0);
    ck_assert_int_eq(block_read(b, 4 << 20, in, 512), EINVAL);
    ck_assert_int_eq(block_flush(b), 0);
    /* It locks the image. */
    ck_assert_ptr_null(block_open(&o, &err));
    ck_assert_ptr_nonnull(strstr(err.cause, "qemu-nbd"));
    block_close(b);
    o.read_only = true;
    b = must_open(&o);
    ck_assert_int_eq(block_read(b, 1000, in, sizeof in), 0);
    ck_assert_mem_eq(in, out, sizeof in);
    ck_assert_int_eq(block_read(b, 65536, in, sizeof in), 0);
    ck_assert_mem_eq(in, zero, sizeof in);
    ck_assert_int_eq(block_write(b, 0, out, 512), EROFS);
    block_close(b);
    o.read_only = false;
    o.snapshot = true;
    b = must_open(&o);
    ck_assert_int_eq(block_write(b, 0, zero, sizeof zero), 0);
    ck_assert_int_eq(block_read(b, 1000, in, 512), 0);
    ck_assert_mem_eq(in, zero, 512);
    block_close(b);
}
END_TEST

START_TEST(other_formats_may_be_wrong)
{
    struct block_options o = { .file = image, .format = "vhdx" };
    char *path = getenv("PATH");
    char before[4096];
    struct error err = { 0 };

    ck_assert_ptr_null(block_open(&o, &err));
    ck_assert_ptr_nonnull(strstr(err.cause, "vhdx"));
    snprintf(before, sizeof before, "%s", path);
    setenv("PATH", "/nowhere", 1);
    err = (struct error){ 0 };
    ck_assert_ptr_null(block_open(&o, &err));
    setenv("PATH", before, 1);
    ck_assert_ptr_nonnull(strstr(err.hint, "qemu-utils"));
    o.file = "nbd+unix:///?socket=/nowhere";
    o.format = NULL;
    err = (struct error){ 0 };
    ck_assert_ptr_null(block_open(&o, &err));
    ck_assert_ptr_nonnull(strstr(err.cause, "can't connect"));
}
END_TEST
#endif

int main(void)
{
    Suite *s = suite_create("block");
    TCase *c = tcase_create("images");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_loop_test(c, written_is_read, 0, 15);
    tcase_add_test(c, outside_is_refused);
    tcase_add_test(c, end_within_a_block);
    tcase_add_loop_test(c, many_at_a_time, 0, 2);
    tcase_add_loop_test(c, ranges, 0, 2);
    tcase_add_test(c, overlay);
    tcase_add_test(c, locks);
    tcase_add_test(c, formats_are_not_guessed);
#ifdef HAVE_LIBNBD
    tcase_add_loop_test(c, other_formats, 0, 5);
    tcase_add_test(c, other_formats_may_be_wrong);
#endif
    tcase_set_timeout(c, 60);
    suite_add_tcase(s, c);
    runner = srunner_create(s);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
