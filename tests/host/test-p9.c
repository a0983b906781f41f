/* The server of shared folders: what its messages do to the host's files, and what they can't. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "host/p9.h"

enum { BUFFER = 16384, NO_TAG = 0xffff };

static char place[64];
static struct p9 *p;
static uint8_t request[BUFFER], answer[BUFFER];
static size_t answered;

static char *in_folder(const char *name)
{
    static char paths[4][256];
    static unsigned next;
    char *path = paths[next++ % 4];

    snprintf(path, sizeof paths[0], "%s/folder/%s", place, name);
    return path;
}

static uint64_t number_at(size_t offset, unsigned bytes)
{
    uint64_t v = 0;

    for (unsigned i = 0; i < bytes; i++)
        v |= (uint64_t)answer[offset + i] << 8 * i;
    return v;
}

/* The form of a message, a letter for each field: b 1 byte, h 2, w 4, d 8, s a string. Returns 0, or the errno. */
static int send_message(uint8_t type, const char *form, ...)
{
    uint8_t *to = request + 7;
    struct iovec out = { request, 0 }, in = { answer, sizeof answer };
    va_list list;

    va_start(list, form);
    for (const char *c = form; *c; c++) {
        const char *text = *c == 's' ? va_arg(list, const char *) : NULL;
        uint64_t v = text        ? strlen(text)
                     : *c == 'd' ? va_arg(list, uint64_t)
                                 : va_arg(list, unsigned);
        unsigned bytes = *c == 'b' ? 1 : *c == 'h' || *c == 's' ? 2 : *c == 'w' ? 4 : 8;

        for (unsigned i = 0; i < bytes; i++)
            *to++ = (uint8_t)(v >> 8 * i);
        if (text) {
            memcpy(to, text, strlen(text));
            to += strlen(text);
        }
    }
    va_end(list);
    out.iov_len = (size_t)(to - request);
    for (unsigned i = 0; i < 4; i++)
        request[i] = (uint8_t)(out.iov_len >> 8 * i);
    request[4] = type;
    request[5] = request[6] = 0x5a;
    answered = p9_answer(p, &out, 1, &in, 1);
    ck_assert_uint_ge(answered, 7);
    ck_assert_uint_eq(number_at(0, 4), answered);
    ck_assert_uint_eq(number_at(5, 2), 0x5a5a);
    if (answer[4] == 7)
        return (int)number_at(7, 4);
    ck_assert_uint_eq(answer[4], type + 1);
    return 0;
}

#define OK(...) ck_assert_int_eq(send_message(__VA_ARGS__), 0)
#define FAILS(error, ...) ck_assert_int_eq(send_message(__VA_ARGS__), error)

enum {
    STATFS = 8,
    LOPEN = 12,
    LCREATE = 14,
    SYMLINK = 16,
    MKNOD = 18,
    RENAME = 20,
    READLINK = 22,
    GETATTR = 24,
    SETATTR = 26,
    XATTRWALK = 30,
    XATTRCREATE = 32,
    READDIR = 40,
    FSYNC = 50,
    LINK = 70,
    MKDIR = 72,
    RENAMEAT = 74,
    UNLINKAT = 76,
    VERSION = 100,
    ATTACH = 104,
    WALK = 110,
    READ = 116,
    WRITE = 118,
    CLUNK = 120,
    REMOVE = 122
};

static void write_file(const char *path, const char *text)
{
    int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0644);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
}

static const char *read_file(const char *path)
{
    static char text[256];
    int fd = open(path, O_RDONLY);
    ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof text - 1);

    text[n > 0 ? n : 0] = '\0';
    close(fd);
    return text;
}

static void start(enum p9_security security, bool read_only)
{
    const struct p9_options options = { in_folder(""), security, read_only };
    struct error err = { 0 };

    p = p9_new(&options, &err);
    ck_assert_msg(p != NULL, "%s", err.cause);
    OK(VERSION, "ws", 8192, "9P2000.L");
    OK(ATTACH, "wwssw", 0, -1, "", "", 0);
}

static void setup(void)
{
    strcpy(place, "./test-p9-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(place));
    mkdir(in_folder(""), 0700);
    write_file(in_folder("../secret"), "secret");
    write_file(in_folder("f"), "hello");
    mkdir(in_folder("d"), 0700);
    ck_assert_int_eq(symlink("../secret", in_folder("l")), 0);
    ck_assert_int_eq(symlink("..", in_folder("d/u")), 0);
}

static void teardown(void)
{
    char command[96];

    p9_free(p);
    p = NULL;
    snprintf(command, sizeof command, "rm -rf %s", place);
    ck_assert_int_eq(system(command), 0);
}

START_TEST(files_are_read_and_written)
{
    start(P9_NONE, false);
    OK(WALK, "wwhs", 0, 1, 1, "f");
    OK(LOPEN, "ww", 1, 2);
    OK(READ, "wdw", 1, UINT64_C(1), 100);
    ck_assert_uint_eq(number_at(7, 4), 4);
    ck_assert_mem_eq(answer + 11, "ello", 4);
    OK(WRITE, "wdwbb", 1, UINT64_C(5), 2, 'a', 'b');
    ck_assert_uint_eq(number_at(7, 4), 2);
    OK(FSYNC, "ww", 1, 0);
    ck_assert_str_eq(read_file(in_folder("f")), "helloab");
    OK(GETATTR, "wd", 1, UINT64_C(0x7ff));
    ck_assert_uint_eq(number_at(7 + 8 + 13 + 4 + 4 + 4 + 8 + 8, 8), 7);
    OK(CLUNK, "w", 1);
    FAILS(EBADF, CLUNK, "w", 1);
    OK(WALK, "wwh", 0, 2, 0);
    OK(LCREATE, "wswww", 2, "n", 0102, 0640, 0);
    OK(WRITE, "wdwb", 2, UINT64_C(0), 1, 'x');
    ck_assert_str_eq(read_file(in_folder("n")), "x");
}
END_TEST

START_TEST(folders_are_listed_and_changed)
{
    unsigned found = 0;
    struct stat s;

    start(P9_NONE, false);
    OK(WALK, "wwh", 0, 1, 0);
    OK(LOPEN, "ww", 1, 0);
    OK(READDIR, "wdw", 1, UINT64_C(0), 4000);
    for (size_t at = 11; at < 11 + number_at(7, 4); at += 24 + number_at(at + 22, 2))
        found += number_at(at + 22, 2) == 1 && strchr("fdl", answer[at + 24]);
    ck_assert_uint_eq(found, 3);
    OK(MKDIR, "wsww", 0, "e", 0750, 0);
    OK(RENAMEAT, "wsws", 0, "f", 0, "g");
    OK(WALK, "wwhs", 0, 2, 1, "g");
    OK(WALK, "wwhs", 0, 3, 1, "e");
    OK(LINK, "wws", 3, 2, "h");
    ck_assert_str_eq(read_file(in_folder("e/h")), "hello");
    OK(SYMLINK, "wssw", 3, "s", "h", 0);
    OK(WALK, "wwhs", 3, 4, 1, "s");
    OK(READLINK, "w", 4);
    ck_assert_mem_eq(answer + 9, "h", 1);
    OK(SETATTR, "wwwwwddddd", 2, 1 | 8, 0600, 0, 0, UINT64_C(2), UINT64_C(0), UINT64_C(0),
       UINT64_C(0), UINT64_C(0));
    ck_assert_int_eq(stat(in_folder("g"), &s), 0);
    ck_assert_uint_eq(s.st_mode & 07777, 0600);
    ck_assert_int_eq(s.st_size, 2);
    FAILS(ENOTEMPTY, UNLINKAT, "wsw", 0, "e", 0x200);
    OK(RENAME, "wws", 2, 3, "moved");
    ck_assert_str_eq(read_file(in_folder("e/moved")), "he");
    OK(REMOVE, "w", 2);
    ck_assert_int_eq(access(in_folder("e/moved"), F_OK), -1);
    OK(STATFS, "w", 0);
}
END_TEST

/* No name and no link leads out. */
START_TEST(nothing_is_reached_outside)
{
    start((enum p9_security)_i, false);
    OK(WALK, "wwhs", 0, 1, 1, "..");
    OK(GETATTR, "wd", 1, UINT64_C(0x7ff));
    OK(WALK, "wwhs", 1, 2, 1, "f"); /* above the root is the root */
    FAILS(ENOENT, WALK, "wwhs", 0, 3, 1, "../secret");
    FAILS(ENOENT, WALK, "wwhs", 0, 3, 1, "d/u");
    OK(WALK, "wwhss", 0, 3, 2, "l", "secret"); /* one name of two: the link itself */
    ck_assert_uint_eq(number_at(7, 2), 1);
    OK(WALK, "wwhsss", 0, 3, 3, "d", "u", "secret");
    ck_assert_uint_eq(number_at(7, 2), 2);
    OK(WALK, "wwhs", 0, 4, 1, "l");
    FAILS(ELOOP, LOPEN, "ww", 4, 0);
    FAILS(EINVAL, SETATTR, "wwwwwddddd", 4, 8, 0, 0, 0, UINT64_C(0), UINT64_C(0), UINT64_C(0),
          UINT64_C(0), UINT64_C(0));
    send_message(SETATTR, "wwwwwddddd", 4, 0x1b0 | 1, 0777, 0, 0, UINT64_C(0), UINT64_C(1),
                 UINT64_C(0), UINT64_C(1), UINT64_C(0));
    FAILS(EOPNOTSUPP, XATTRWALK, "wws", 4, 9, "user.x");
    OK(WALK, "wwh", 0, 5, 0);
    FAILS(ELOOP, LCREATE, "wswww", 5, "l", 01101, 0600,
          0); /* with O_TRUNC, which must not reach the file */
    FAILS(EINVAL, LCREATE, "wswww", 5, "../new", 0101, 0600, 0);
    FAILS(EINVAL, MKDIR, "wsww", 0, "../new", 0700, 0);
    FAILS(EINVAL, UNLINKAT, "wsw", 0, "../secret", 0);
    FAILS(EINVAL, RENAMEAT, "wsws", 0, "f", 0, "../new");
    FAILS(EINVAL, SYMLINK, "wssw", 0, "..", "x", 0);
    OK(WALK, "wwhss", 0, 6, 2, "d", "u");
    FAILS(ENOTDIR, MKDIR, "wsww", 6, "new", 0700, 0);
    ck_assert_str_eq(read_file(in_folder("../secret")), "secret");
    ck_assert_int_eq(access(in_folder("../new"), F_OK), -1);
}
END_TEST

static time_t secret_time(void)
{
    struct stat s;

    ck_assert_int_eq(stat(in_folder("../secret"), &s), 0);
    return s.st_mtime;
}

START_TEST(times_of_links_are_their_own)
{
    time_t before = secret_time();

    start(P9_NONE, false);
    OK(WALK, "wwhs", 0, 1, 1, "l");
    OK(SETATTR, "wwwwwddddd", 1, 0x1b0, 0, 0, 0, UINT64_C(0), UINT64_C(1), UINT64_C(0), UINT64_C(1),
       UINT64_C(0));
    ck_assert_int_eq(secret_time(), before);
}
END_TEST

START_TEST(pipes_and_devices_are_not_opened)
{
    ck_assert_int_eq(mkfifo(in_folder("p"), 0600), 0);
    start(P9_NONE, false);
    OK(WALK, "wwhs", 0, 1, 1, "p");
    FAILS(ENXIO, LOPEN, "ww", 1, 0);
    OK(WALK, "wwh", 0, 2, 0);
    FAILS(ENXIO, LCREATE, "wswww", 2, "p", 0101, 0600, 0);
}
END_TEST

START_TEST(mapped_files_keep_what_the_guest_wants)
{
    struct stat s;

    start(P9_MAPPED, false);
    OK(ATTACH, "wwssw", 9, -1, "", "", 1234);
    OK(WALK, "wwh", 9, 1, 0);
    if (send_message(LCREATE, "wswww", 1, "n", 0102, 04755, 77) == EOPNOTSUPP)
        return; /* this file system has no attributes */
    OK(GETATTR, "wd", 1, UINT64_C(0x7ff));
    ck_assert_uint_eq(number_at(28, 4), 0104755);
    ck_assert_uint_eq(number_at(32, 4), 1234);
    ck_assert_uint_eq(number_at(36, 4), 77);
    ck_assert_int_eq(stat(in_folder("n"), &s), 0);
    ck_assert_uint_eq(s.st_mode, S_IFREG | 0600);
    OK(SYMLINK, "wssw", 9, "s", "/somewhere", 0);
    ck_assert_int_eq(lstat(in_folder("s"), &s), 0);
    ck_assert(S_ISREG(s.st_mode));
    OK(WALK, "wwhs", 9, 2, 1, "s");
    ck_assert_uint_eq(answer[9], 2); /* a link, to the guest */
    OK(READLINK, "w", 2);
    ck_assert_mem_eq(answer + 9, "/somewhere", 10);
    OK(MKNOD, "wswwww", 9, "c", 020600, 5, 1, 0);
    OK(WALK, "wwhs", 9, 3, 1, "c");
    OK(GETATTR, "wd", 3, UINT64_C(0x7ff));
    ck_assert_uint_eq(number_at(28, 4), 020600);
    ck_assert_uint_eq(number_at(48, 8), 0x501);
    FAILS(ENODATA, XATTRWALK, "wws", 3, 10, "user.virtfs.mode");
    OK(SETATTR, "wwwwwddddd", 1, 7, 0700, 5, 6, UINT64_C(0), UINT64_C(0), UINT64_C(0), UINT64_C(0),
       UINT64_C(0));
    OK(GETATTR, "wd", 1, UINT64_C(0x7ff));
    ck_assert_uint_eq(number_at(28, 8), UINT64_C(0x500000000) + 0100700);
}
END_TEST

START_TEST(attributes_are_set_and_read)
{
    start(P9_NONE, false);
    OK(WALK, "wwhs", 0, 1, 1, "f");
    OK(WALK, "wwhs", 0, 2, 1, "f");
    OK(XATTRCREATE, "wsdw", 2, "user.x", UINT64_C(2), 0);
    OK(WRITE, "wdwbb", 2, UINT64_C(0), 2, 'h', 'i');
    FAILS(ENOSPC, WRITE, "wdwb", 2, UINT64_C(2), 1, 'x');
    if (send_message(CLUNK, "w", 2) == EOPNOTSUPP)
        return; /* this file system has none */
    OK(XATTRWALK, "wws", 1, 3, "user.x");
    ck_assert_uint_eq(number_at(7, 8), 2);
    OK(READ, "wdw", 3, UINT64_C(0), 10);
    ck_assert_mem_eq(answer + 11, "hi", 2);
    FAILS(ENODATA, XATTRWALK, "wws", 1, 4, "user.y");
    FAILS(ENOSPC, XATTRCREATE, "wsdw", 1, "user.z", UINT64_C(1) << 40, 0);
}
END_TEST

START_TEST(what_is_read_only_stays)
{
    start(P9_NONE, true);
    OK(WALK, "wwhs", 0, 1, 1, "f");
    FAILS(EROFS, LOPEN, "ww", 1, 1);
    FAILS(EROFS, LOPEN, "ww", 1, 01000);
    OK(LOPEN, "ww", 1, 0);
    FAILS(EROFS, MKDIR, "wsww", 0, "x", 0700, 0);
    FAILS(EROFS, UNLINKAT, "wsw", 0, "f", 0);
    FAILS(EROFS, SETATTR, "wwwwwddddd", 1, 1, 0, 0, 0, UINT64_C(0), UINT64_C(0), UINT64_C(0),
          UINT64_C(0), UINT64_C(0));
}
END_TEST

START_TEST(more_files_than_descriptors)
{
    enum { FILES = 400 };
    struct rlimit limit = { 160, 160 };
    char name[32];

    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    start(P9_NONE, false);
    OK(WALK, "wwhs", 0, 1, 1, "d");
    for (unsigned i = 0; i < FILES; i++) {
        snprintf(name, sizeof name, "%u", i);
        OK(WALK, "wwh", 1, 100, 0);
        OK(LCREATE, "wswww", 100, name, 0101, 0600, 0);
        OK(CLUNK, "w", 100);
        OK(WALK, "wwhs", 1, 1000 + i, 1, name);
    }
    OK(RENAMEAT, "wsws", 0, "d", 0, "e");
    OK(RENAMEAT, "wsws", 1, "7", 0, "seven");
    OK(RENAMEAT, "wsws", 1, "8", 1, "8");
    write_file(in_folder("e/other"), "");
    ck_assert_int_eq(rename(in_folder("e/other"), in_folder("e/9")), 0);
    for (unsigned i = 0; i < FILES; i++)
        ck_assert_int_eq(send_message(GETATTR, "wd", 1000 + i, UINT64_C(0x7ff)),
                         i == 9 ? ESTALE : 0);
}
END_TEST

START_TEST(nonsense_is_answered)
{
    struct iovec out = { request, 7 }, in = { answer, sizeof answer };

    start(P9_NONE, false);
    FAILS(EOPNOTSUPP, 200, "w", 0);
    FAILS(EINVAL, WALK, "wwh", 0, 1, 17);
    FAILS(EBADF, READ, "wdw", 0, UINT64_C(0), 10);
    FAILS(EINVAL, MKDIR, "wh", 0, 60000);
    memset(request, 0xff, sizeof request);
    request[4] = WALK;
    ck_assert_uint_eq(p9_answer(p, &out, 1, &in, 1), 11);
    in.iov_len = 10;
    ck_assert_uint_eq(p9_answer(p, &out, 1, &in, 1), 0);
    OK(VERSION, "ws", 8192, "9P2000.u");
    ck_assert_mem_eq(answer + 13, "unknown", 7);
    FAILS(EPROTO, ATTACH, "wwssw", 0, -1, "", "", 0);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("9p");
    TCase *c = tcase_create("messages");
    SRunner *r = srunner_create(s);
    int failed;

    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, files_are_read_and_written);
    tcase_add_test(c, folders_are_listed_and_changed);
    tcase_add_loop_test(c, nothing_is_reached_outside, 0, 3);
    tcase_add_test(c, times_of_links_are_their_own);
    tcase_add_test(c, pipes_and_devices_are_not_opened);
    tcase_add_test(c, mapped_files_keep_what_the_guest_wants);
    tcase_add_test(c, attributes_are_set_and_read);
    tcase_add_test(c, what_is_read_only_stays);
    tcase_add_test(c, more_files_than_descriptors);
    tcase_add_test(c, nonsense_is_answered);
    suite_add_tcase(s, c);
    srunner_run_all(r, CK_ENV);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
