/* Fuzz target: a guest's messages to the server of a shared folder, by an input that is a list of them. Beside the
 * folder lies a file that no message may reach, by whatever links there are in the folder. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/p9.h"
#include "tests/fuzz/random-main.h"

enum { MOST_MESSAGES = 200, MESSAGE = 2048, ANSWER = 4096, FIDS = 6 };

static const char secret[] = "this is not the guest's business";

struct input {
    const uint8_t *at, *end;
};

static uint64_t take(struct input *in, unsigned bytes)
{
    uint64_t value = 0;

    while (bytes--)
        value = value << 8 | (in->at < in->end ? *in->at++ : 0);
    return value;
}

/* The place of all runs. [one a process, as a fuzzer calls one function] */
static char place[] = "/tmp/fuzz-9p-XXXXXX";
static struct p9 *servers[3];

static void check(bool ok)
{
    if (!ok)
        abort();
}

static void write_file(const char *name, const char *text)
{
    int fd = open(name, O_CREAT | O_WRONLY | O_TRUNC, 0600);

    check(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
}

/* The process lives in the folder's place: names stay short. */
static void fill_folder(void)
{
    check(!system("rm -rf folder && mkdir -p folder/d"));
    write_file("folder/f", "hello");
    check(!symlink("../secret", "folder/l") && !symlink("/", "folder/r") &&
          !symlink("..", "folder/d/u"));
    check(!mkfifo("folder/p", 0600));
}

static void clean(void)
{
    char command[64];

    snprintf(command, sizeof command, "rm -rf %s", place);
    check(!chdir("/") && !system(command));
}

static void make_place(void)
{
    check(mkdtemp(place) && !chdir(place));
    atexit(clean);
    fill_folder();
    for (unsigned i = 0; i < 3; i++) {
        const struct p9_options options = { "folder", (enum p9_security)i, false };

        check((servers[i] = p9_new(&options, NULL)));
    }
}

static void check_secret(void)
{
    char text[sizeof secret] = "";
    struct stat s;
    int fd = open("secret", O_RDONLY);

    check(fd >= 0 && read(fd, text, sizeof text) == (ssize_t)strlen(secret) &&
          !strcmp(text, secret));
    check(!fstat(fd, &s) && s.st_nlink == 1 && (s.st_mode & 07777) == 0600 && s.st_mtime == 1000);
    close(fd);
}

static void reset_secret(void)
{
    struct timespec times[2] = { { .tv_sec = 1000 }, { .tv_sec = 1000 } };

    write_file("secret", secret);
    check(!utimensat(AT_FDCWD, "secret", times, 0));
}

/* ---- messages ---- */

static uint8_t *put(uint8_t *to, uint64_t v, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        *to++ = (uint8_t)(v >> 8 * i);
    return to;
}

static uint8_t *put_name(struct input *in, uint8_t *to)
{
    static const char *const names[] = { "f",        "d",         "l",      "r",
                                         "u",        "p",         "..",     ".",
                                         "",         "n",         "m",      "../secret",
                                         "/secret",  "secret",    "user.x", "user.virtfs.mode",
                                         "9P2000.L", "security.y" };
    const char *name = names[take(in, 1) % (sizeof names / sizeof names[0])];

    to = put(to, strlen(name), 2);
    memcpy(to, name, strlen(name));
    return to + strlen(name);
}

/* The form of each message: f a fid, n a name, 1 2 4 8 numbers. Without Tfsync, which takes long and reaches nothing. */
static const struct {
    uint8_t type;
    const char *form;
} forms[] = {
    { 8, "f" },       { 12, "f4" },   { 14, "fn444" },   { 16, "fnn4" },       { 18, "fn4444" },
    { 20, "ffn" },    { 22, "f" },    { 24, "f8" },      { 26, "f444488888" }, { 30, "ffn" },
    { 32, "fn84" },   { 40, "f84" },  { 52, "f14884n" }, { 54, "f1884n" },     { 70, "ffn" },
    { 72, "fn44" },   { 74, "fnfn" }, { 76, "fn4" },     { 100, "4n" },        { 102, "fnn4" },
    { 104, "ffnn4" }, { 108, "2" },   { 110, "ff2nnn" }, { 116, "f84" },       { 118, "f84nn" },
    { 120, "f" },     { 122, "f" },   { 110, "ff2nnn" }, { 110, "ff2nnn" },    { 12, "f4" },
    { 116, "f84" },
};

/* Mostly small numbers, seldom great ones. */
static uint64_t number(struct input *in, unsigned bytes)
{
    uint64_t form = take(in, 1);

    return form < 200 ? form & 7 : form < 230 ? take(in, 2) : take(in, bytes);
}

static size_t make_message(struct input *in, uint8_t *message)
{
    unsigned row = (unsigned)take(in, 1) * 11 % (sizeof forms / sizeof forms[0]);
    uint8_t *to = message + 7;

    for (const char *c = forms[row].form; *c; c++) {
        if (*c == 'f')
            to = put(to, take(in, 1) % FIDS, 4);
        else if (*c == 'n')
            to = put_name(in, to);
        else
            to = put(to, number(in, (unsigned)(*c - '0')), (unsigned)(*c - '0'));
    }
    put(message, (uint64_t)(to - message), 4);
    message[4] = forms[row].type;
    put(message + 5, 1, 2);
    if (take(in, 1) > 250)
        put(message, take(in, 4), 4);
    return (size_t)(to - message) - (take(in, 1) > 250 ? take(in, 1) % 7 : 0);
}

static void exchange(struct p9 *p, struct input *in, uint8_t *message, size_t size)
{
    uint8_t answer[ANSWER];
    size_t cut = take(in, 1) % size, room = take(in, 1) > 240 ? take(in, 2) % ANSWER : ANSWER, got;
    struct iovec out[2] = { { message, cut }, { message + cut, size - cut } };
    struct iovec to[2] = { { answer, room / 3 }, { answer + room / 3, room - room / 3 } };

    memset(answer, 0, sizeof answer);
    got = p9_answer(p, out, 2, to, 2);
    check(got <= room);
    check(!memmem(answer, sizeof answer, secret, strlen(secret)));
}

/* A file, by one name or two, opened and read or written: what random messages seldom amount to. */
static void visit(struct p9 *p, struct input *in, uint8_t *message)
{
    static const struct {
        uint8_t type;
        unsigned numbers;
    } steps[] = { { 110, 0 }, { 12, 1 }, { 116, 3 }, { 118, 3 }, { 26, 14 }, { 120, 0 } };
    unsigned names = 1 + (unsigned)take(in, 1) % 2, writes = (unsigned)take(in, 1) & 1;

    for (unsigned i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        uint8_t *to = message + 7;

        if (i == 0) {
            to = put(put(put(to, 0, 4), FIDS, 4), names, 2);
            for (unsigned n = 0; n < names; n++)
                to = put_name(in, to);
        } else {
            to = put(to, FIDS, 4);
            for (unsigned n = 0; n < steps[i].numbers; n++)
                to = put(to,
                         i == 1   ? writes * 01001
                         : i == 4 ? (n == 0 ? 0x1ff : 1)
                         : n == 2 ? 8
                                  : 0,
                         4);
            if (i == 3)
                to = put(to, take(in, 2), 8);
        }
        put(message, (uint64_t)(to - message), 4);
        message[4] = steps[i].type;
        exchange(p, in, message, (size_t)(to - message));
    }
}

static void begin(struct p9 *p)
{
    static const uint8_t first[] = "\x15\0\0\0\x64\0\0\0\x10\0\0\x08\0"
                                   "9P2000.L";
    static const uint8_t second[] = "\x17\0\0\0\x68\0\0\0\0\0\0\xff\xff\xff\xff\0\0\0\0\0\0\0\0";
    struct input none = { 0 };
    uint8_t copy[64];

    p9_reset(p);
    memcpy(copy, first, sizeof first - 1);
    exchange(p, &none, copy, sizeof first - 1);
    memcpy(copy, second, sizeof second - 1);
    exchange(p, &none, copy, sizeof second - 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = { data, data + size };
    uint8_t message[MESSAGE];
    struct p9 *p;

    if (!servers[0])
        make_place();
    reset_secret();
    p = servers[take(&in, 1) % 3];
    begin(p);
    for (unsigned i = 0; i < MOST_MESSAGES && in.at < in.end; i++)
        if (take(&in, 1) % 4 == 3)
            visit(p, &in, message);
        else
            exchange(p, &in, message, make_message(&in, message));
    p9_reset(p);
    check_secret();
    if (access("folder/d/u", F_OK) || access("folder/p", F_OK) || access("folder/f", F_OK) ||
        access("folder/l", F_OK))
        fill_folder();
    return 0;
}
