/* The messages of 9P2000.L; see p9.h.
 *
 * A row and a function for each: the function takes its arguments from the message, all of them first, then acts, and
 * writes the answer behind the header. It returns 0 or a negative errno, of which Rlerror is made. [9P2000.L] */
#include "host/p9.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/log.h"
#include "host/p9-internal.h"

enum {
    FIDS_MOST = 1 << 18,
    BUCKETS = 1 << 12,
    WALK_MOST = 16,
    ATTRIBUTE_MOST = 65536,
    PIECES_MOST = 1024,
    QID_BYTES = 13,
    STRING_BYTES = 2,
    ENTRY_BYTES = QID_BYTES + 8 + 1 + STRING_BYTES,
    DEVICES_MOST = 255,
    ANSWER_TO_LERROR = 6,
    NO_FID = -1,
};

enum { QID_FOLDER = 0x80, QID_LINK = 0x02, QID_FILE = 0 };

/* What the guest's number stands for. */
struct fid {
    uint32_t number, uid;
    struct p9_node *node;
    int fd; /* -1: not opened */
    bool is_folder;
    /* An attribute that is read as a file, or collected to be set when the fid goes. */
    uint8_t *attribute;
    char *attribute_name; /* of one to be set */
    uint32_t attribute_size, attribute_filled;
    int attribute_flags;
    struct fid *next;
};

struct p9 {
    struct p9_files files;
    uint32_t message_size;
    bool agreed; /* on a version */
    struct fid *fids[BUCKETS];
    unsigned n_fids;
    dev_t devices[DEVICES_MOST];
    unsigned n_devices;
    uint8_t *request, *answer; /* P9_MESSAGE_MOST bytes each */
};

/* A request and its answer. */
struct message {
    const uint8_t *at, *end; /* of the request */
    bool is_short;           /* it ended too soon */
    uint8_t *to, *to_end;    /* of the answer */
    const struct iovec *out, *in;
    unsigned n_out, n_in;
    uint32_t data_at;   /* where data follow a Twrite's fixed part */
    uint32_t room;      /* of the answer, whole */
    uint32_t data_size; /* bytes that an Rread has put into `in` already */
};

/* ---- numbers and strings ---- */

static uint64_t take(struct message *m, unsigned bytes)
{
    uint64_t v = 0;

    if ((size_t)(m->end - m->at) < bytes) {
        m->is_short = true;
        m->at = m->end;
        return 0;
    }
    for (unsigned i = 0; i < bytes; i++)
        v |= (uint64_t)m->at[i] << 8 * i;
    m->at += bytes;
    return v;
}

static uint32_t take32(struct message *m)
{
    return (uint32_t)take(m, 4);
}

/* With a null at its end, in `text`; one that holds a null is none. */
static void take_string(struct message *m, char *text, size_t size)
{
    size_t length = take(m, 2);

    text[0] = '\0';
    if ((size_t)(m->end - m->at) < length || length >= size || memchr(m->at, 0, length)) {
        m->is_short = true;
        return;
    }
    memcpy(text, m->at, length);
    text[length] = '\0';
    m->at += length;
}

static void put(struct message *m, uint64_t v, unsigned bytes)
{
    if ((size_t)(m->to_end - m->to) < bytes) {
        m->to = m->to_end;
        return;
    }
    for (unsigned i = 0; i < bytes; i++)
        *m->to++ = (uint8_t)(v >> 8 * i);
}

static void put_bytes(struct message *m, const void *bytes, size_t size)
{
    if ((size_t)(m->to_end - m->to) < size)
        return;
    memcpy(m->to, bytes, size);
    m->to += size;
}

static void put_string(struct message *m, const char *text, size_t length)
{
    put(m, length, 2);
    put_bytes(m, text, length);
}

/* The bytes [offset, offset + size) of a list of pieces. */
static unsigned slice(const struct iovec *pieces, unsigned n, size_t offset, size_t size,
                      struct iovec *to)
{
    unsigned used = 0;

    for (unsigned i = 0; i < n && size && used < PIECES_MOST; i++) {
        size_t length = pieces[i].iov_len;

        if (offset >= length) {
            offset -= length;
            continue;
        }
        length -= offset;
        length = length < size ? length : size;
        to[used++] = (struct iovec){ (uint8_t *)pieces[i].iov_base + offset, length };
        size -= length;
        offset = 0;
    }
    return used;
}

static size_t total(const struct iovec *pieces, unsigned n)
{
    size_t bytes = 0;

    for (unsigned i = 0; i < n; i++)
        bytes += pieces[i].iov_len;
    return bytes;
}

static size_t gather(const struct iovec *pieces, unsigned n, size_t offset, void *to, size_t size)
{
    struct iovec parts[PIECES_MOST];
    unsigned used = slice(pieces, n, offset, size, parts);
    size_t done = 0;

    for (unsigned i = 0; i < used; i++) {
        memcpy((uint8_t *)to + done, parts[i].iov_base, parts[i].iov_len);
        done += parts[i].iov_len;
    }
    return done;
}

static size_t scatter(const struct iovec *pieces, unsigned n, size_t offset, const void *from,
                      size_t size)
{
    struct iovec parts[PIECES_MOST];
    unsigned used = slice(pieces, n, offset, size, parts);
    size_t done = 0;

    for (unsigned i = 0; i < used; i++) {
        memcpy(parts[i].iov_base, (const uint8_t *)from + done, parts[i].iov_len);
        done += parts[i].iov_len;
    }
    return done;
}

/* ---- fids ---- */

static struct fid **place_of(struct p9 *p, uint32_t number)
{
    struct fid **at = &p->fids[(number ^ number >> 12) % BUCKETS];

    while (*at && (*at)->number != number)
        at = &(*at)->next;
    return at;
}

static struct fid *find_fid(struct p9 *p, uint32_t number)
{
    return *place_of(p, number);
}

/* Takes the use of the node. */
static int add_fid(struct p9 *p, uint32_t number, uint32_t uid, struct p9_node *node)
{
    struct fid **at = place_of(p, number), *x;

    x = *at || p->n_fids >= FIDS_MOST ? NULL : calloc(1, sizeof *x);
    if (!x) {
        p9_node_put(&p->files, node);
        return *at ? -EBADF : -ENFILE;
    }
    *x = (struct fid){ .number = number, .uid = uid, .node = node, .fd = NO_FID };
    *at = x;
    p->n_fids++;
    return 0;
}

static void forget_fid(struct p9 *p, struct fid **at)
{
    struct fid *x = *at;

    *at = x->next;
    p->n_fids--;
    if (x->fd >= 0)
        p9_close(&p->files, x->fd);
    p9_node_put(&p->files, x->node);
    free(x->attribute);
    free(x->attribute_name);
    free(x);
}

void p9_reset(struct p9 *p)
{
    for (unsigned i = 0; i < BUCKETS; i++)
        while (p->fids[i])
            forget_fid(p, &p->fids[i]);
    p->agreed = false;
    p->message_size = P9_MESSAGE_LEAST;
}

/* ---- what files are called in answers ---- */

/* Files of several file systems may have the same number. */
static uint64_t path_of(struct p9 *p, dev_t dev, ino_t ino)
{
    unsigned i;

    for (i = 0; i < p->n_devices && p->devices[i] != dev; i++)
        ;
    if (i == p->n_devices && i < DEVICES_MOST)
        p->devices[p->n_devices++] = dev;
    return (uint64_t)ino ^ (uint64_t)i << 56;
}

static uint8_t qid_type(mode_t mode)
{
    return S_ISDIR(mode) ? QID_FOLDER : S_ISLNK(mode) ? QID_LINK : QID_FILE;
}

static void put_qid(struct p9 *p, struct message *m, const struct stat *s)
{
    put(m, qid_type(s->st_mode), 1);
    put(m, (uint32_t)s->st_mtim.tv_sec ^ (uint32_t)s->st_mtim.tv_nsec ^ (uint32_t)s->st_size << 8,
        4);
    put(m, path_of(p, s->st_dev, s->st_ino), 8);
}

static int put_qid_of(struct p9 *p, struct message *m, struct p9_node *n)
{
    struct stat s;
    int error = p9_stat(&p->files, n, &s);

    if (!error)
        put_qid(p, m, &s);
    return error;
}

/* ---- sessions ---- */

static int t_version(struct p9 *p, struct message *m)
{
    static const char ours[] = "9P2000.L", unknown[] = "unknown";
    uint32_t size = take32(m);
    char version[32];
    bool known;

    take_string(m, version, sizeof version);
    if (m->is_short || size < P9_MESSAGE_LEAST)
        return -EINVAL;
    p9_reset(p);
    known = !strcmp(version, ours);
    p->agreed = known;
    p->message_size = size < P9_MESSAGE_MOST ? size : P9_MESSAGE_MOST;
    put(m, p->message_size, 4);
    put_string(m, known ? ours : unknown, strlen(known ? ours : unknown));
    return 0;
}

static int t_auth(struct p9 *p, struct message *m)
{
    (void)p;
    (void)m;
    return -ENOENT; /* none is needed */
}

static int t_attach(struct p9 *p, struct message *m)
{
    uint32_t number = take32(m), uid;
    char name[256], tree[256];
    int error;

    take32(m); /* of Tauth */
    take_string(m, name, sizeof name);
    take_string(m, tree, sizeof tree);
    uid = take32(m);
    if (m->is_short)
        return -EINVAL;
    error = add_fid(p, number, uid, p9_node_get(p->files.root));
    return error ? error : put_qid_of(p, m, p->files.root);
}

static int t_flush(struct p9 *p, struct message *m)
{
    (void)p;
    (void)m; /* what came before has been answered */
    return 0;
}

static int t_walk(struct p9 *p, struct message *m)
{
    uint32_t number = take32(m), new_number = take32(m);
    unsigned n = (unsigned)take(m, 2), done = 0;
    struct fid *x = find_fid(p, number);
    struct p9_node *at;
    uint8_t *count = m->to;
    char name[NAME_MAX + 2];
    int error = 0;

    if (m->is_short || n > WALK_MOST)
        return -EINVAL;
    if (!x || x->attribute || (new_number != number && find_fid(p, new_number)))
        return -EBADF;
    if (n && new_number == number && x->fd >= 0)
        return -EINVAL;
    at = p9_node_get(x->node);
    put(m, 0, 2);
    for (; done < n && !error; done += !error) {
        struct p9_node *next = NULL;

        take_string(m, name, sizeof name);
        error = m->is_short ? -ENAMETOOLONG : p9_walk(&p->files, at, name, &next);
        if (!error && (error = put_qid_of(p, m, next)))
            p9_node_put(&p->files, next);
        if (error)
            break;
        p9_node_put(&p->files, at);
        at = next;
    }
    count[0] = (uint8_t)done;
    if (error || done < n) {
        p9_node_put(&p->files, at);
        return done ? 0 : error;
    }
    if (new_number != number)
        return add_fid(p, new_number, x->uid, at);
    p9_node_put(&p->files, x->node);
    x->node = at;
    return 0;
}

/* What was collected for an attribute is set now. */
static int finish_attribute(struct p9 *p, struct fid *x)
{
    if (!x->attribute_name)
        return 0;
    if (x->attribute_filled < x->attribute_size)
        return -EINVAL;
    if (!x->attribute_size)
        return p9_remove_attribute(&p->files, x->node, x->attribute_name);
    return p9_set_attribute(&p->files, x->node, x->attribute_name, x->attribute, x->attribute_size,
                            x->attribute_flags);
}

static int t_clunk(struct p9 *p, struct message *m)
{
    struct fid **at = place_of(p, take32(m));
    int error;

    if (m->is_short || !*at)
        return -EBADF;
    error = finish_attribute(p, *at);
    forget_fid(p, at);
    return error;
}

/* ---- files ---- */

/* open()'s flags as the protocol numbers them. */
static int flags_of(uint32_t wire)
{
    static const struct {
        uint32_t wire;
        int flag;
    } bits[] = {
        { 0200, O_EXCL },    { 01000, O_TRUNC },   { 02000, O_APPEND },
        { 010000, O_DSYNC }, { 04000000, O_SYNC }, { 0200000, O_DIRECTORY },
    };
    int flags = (wire & 3) == 1 ? O_WRONLY : (wire & 3) == 2 ? O_RDWR : O_RDONLY;

    for (size_t i = 0; i < ARRAY_SIZE(bits); i++)
        if (wire & bits[i].wire)
            flags |= bits[i].flag;
    return flags;
}

static void put_opened(struct p9 *p, struct message *m, const struct stat *s)
{
    put_qid(p, m, s);
    put(m, 0, 4); /* no unit for reading and writing better than others */
}

static int t_lopen(struct p9 *p, struct message *m)
{
    struct fid *x = find_fid(p, take32(m));
    int flags = flags_of(take32(m)) & ~O_EXCL, error, fd;
    struct stat s;

    if (m->is_short || !x || x->fd >= 0 || x->attribute)
        return -EBADF;
    error = p9_stat(&p->files, x->node, &s);
    if (error)
        return error;
    /* Appending is a matter of the offsets that the guest gives. */
    fd = p9_open(&p->files, x->node, flags & ~O_APPEND);
    if (fd < 0)
        return fd;
    x->fd = fd;
    x->is_folder = S_ISDIR(s.st_mode);
    put_opened(p, m, &s);
    return 0;
}

static int t_lcreate(struct p9 *p, struct message *m)
{
    struct fid *x = find_fid(p, take32(m));
    char name[NAME_MAX + 2];
    struct p9_maker maker = { 0 };
    struct p9_node *node;
    int flags, fd, error;
    struct stat s;

    take_string(m, name, sizeof name);
    flags = flags_of(take32(m)) & ~(O_APPEND | O_DIRECTORY);
    maker.mode = take32(m);
    maker.gid = take32(m);
    if (m->is_short || !x || x->fd >= 0 || x->attribute)
        return m->is_short ? -EINVAL : -EBADF;
    maker.uid = x->uid;
    fd = p9_create(&p->files, x->node, name, flags, &maker, &node);
    if (fd < 0)
        return fd;
    p9_node_put(&p->files, x->node);
    x->node = node;
    x->fd = fd;
    x->is_folder = false;
    error = p9_stat(&p->files, node, &s);
    if (!error)
        put_opened(p, m, &s);
    return error;
}

/* Where data may go to: at most what the message and the driver's memory hold. */
static uint32_t data_room(const struct p9 *p, const struct message *m, uint32_t wanted,
                          uint32_t header)
{
    uint32_t most = m->room < p->message_size ? m->room : p->message_size;

    most = most > header ? most - header : 0;
    return wanted < most ? wanted : most;
}

enum { READ_HEADER = P9_HEADER_BYTES + 4, WRITE_HEADER = P9_HEADER_BYTES + 16 };

static int t_read(struct p9 *p, struct message *m)
{
    struct fid *x = find_fid(p, take32(m));
    uint64_t offset = take(m, 8);
    uint32_t size = data_room(p, m, take32(m), READ_HEADER);
    struct iovec parts[PIECES_MOST];
    unsigned n;
    ssize_t got;

    if (m->is_short || !x || (!x->attribute && x->fd < 0))
        return -EBADF;
    if (x->is_folder)
        return -EISDIR;
    if (x->attribute) {
        if (x->attribute_name)
            return -EBADF;
        size = offset >= x->attribute_size         ? 0
               : size < x->attribute_size - offset ? size
                                                   : (uint32_t)(x->attribute_size - offset);
        m->data_size = (uint32_t)scatter(m->in, m->n_in, READ_HEADER, x->attribute + offset, size);
        put(m, m->data_size, 4);
        return 0;
    }
    n = slice(m->in, m->n_in, READ_HEADER, size, parts);
    do
        got = n ? preadv(x->fd, parts, (int)n, (off_t)offset) : 0;
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return -errno;
    m->data_size = (uint32_t)got;
    put(m, (uint64_t)got, 4);
    return 0;
}

static int t_write(struct p9 *p, struct message *m)
{
    struct fid *x = find_fid(p, take32(m));
    uint64_t offset = take(m, 8);
    uint32_t size = take32(m);
    struct iovec parts[PIECES_MOST];
    size_t there = total(m->out, m->n_out) - m->data_at;
    unsigned n;
    ssize_t done;

    if (m->is_short || !x || (!x->attribute_name && x->fd < 0))
        return -EBADF;
    size = size < there ? size : (uint32_t)there;
    if (x->attribute_name) {
        if (offset > x->attribute_size || size > x->attribute_size - offset)
            return -ENOSPC;
        gather(m->out, m->n_out, m->data_at, x->attribute + offset, size);
        if (x->attribute_filled < offset + size)
            x->attribute_filled = (uint32_t)(offset + size);
        put(m, size, 4);
        return 0;
    }
    n = slice(m->out, m->n_out, m->data_at, size, parts);
    do
        done = n ? pwritev(x->fd, parts, (int)n, (off_t)offset) : 0;
    while (done < 0 && errno == EINTR);
    if (done < 0)
        return -errno;
    put(m, (uint64_t)done, 4);
    return 0;
}

static int t_fsync(struct p9 *p, struct message *m)
{
    struct fid *x = find_fid(p, take32(m));
    bool data_only = m->at < m->end && take32(m);

    if (m->is_short || !x || x->fd < 0)
        return -EBADF;
    return (data_only ? fdatasync(x->fd) : fsync(x->fd)) ? -errno : 0;
}

/* ---- folders ---- */

/* As getdents64() gives them. [getdents(2)] */
struct entry {
    uint64_t ino;
    int64_t next;
    unsigned short size;
    unsigned char type;
    char name[];
};

static ssize_t read_entries(int fd, uint64_t offset, uint8_t *to, size_t size)
{
    ssize_t n;

    if (lseek(fd, (off_t)offset, SEEK_SET) < 0)
        return -errno;
    n = getdents64(fd, to, size);
    return n < 0 ? -errno : n;
}

static int t_readdir(struct p9 *p, struct message *m)
{
    struct fid *x = find_fid(p, take32(m));
    uint64_t offset = take(m, 8), device;
    uint32_t room = data_room(p, m, take32(m), READ_HEADER);
    uint8_t *count = m->to, *end = m->to + 4 + room;
    _Alignas(8) uint8_t entries[8192];
    struct stat s;
    ssize_t n;

    if (m->is_short || !x || x->fd < 0)
        return -EBADF;
    if (!x->is_folder)
        return -ENOTDIR;
    if (fstat(x->fd, &s))
        return -errno;
    device = path_of(p, s.st_dev, 0);
    put(m, 0, 4);
    while ((n = read_entries(x->fd, offset, entries, sizeof entries)) > 0) {
        for (ssize_t at = 0; at < n;) {
            const struct entry *e = (const void *)(entries + at);
            size_t length = strlen(e->name);
            mode_t type = p9_type_of_entry(&p->files, x->fd, e->name, DTTOIF(e->type));

            if ((size_t)(end - m->to) < ENTRY_BYTES + length)
                goto full;
            put(m, qid_type(type), 1);
            put(m, 0, 4);
            put(m, device ^ e->ino, 8);
            put(m, (uint64_t)e->next, 8);
            put(m, IFTODT(type), 1);
            put_string(m, e->name, length);
            offset = (uint64_t)e->next;
            at += e->size;
        }
    }
    if (n < 0 && m->to == count + 4)
        return (int)n;
full:;
    size_t bytes = (size_t)(m->to - count) - 4;

    for (unsigned i = 0; i < 4; i++)
        count[i] = (uint8_t)(bytes >> 8 * i);
    return 0;
}

static int t_mkdir(struct p9 *p, struct message *m)
{
    struct fid *x = find_fid(p, take32(m));
    char name[NAME_MAX + 2];
    struct p9_maker maker = { 0 };
    struct p9_node *node;
    int error;

    take_string(m, name, sizeof name);
    maker.mode = take32(m);
    maker.gid = take32(m);
    if (m->is_short || !x)
        return m->is_short ? -EINVAL : -EBADF;
    maker.uid = x->uid;
    error = p9_mkdir(&p->files, x->node, name, &maker);
    error = error ? error : p9_walk(&p->files, x->node, name, &node);
    if (error)
        return error;
    error = put_qid_of(p, m, node);
    p9_node_put(&p->files, node);
    return error;
}

static int answer_made(struct p9 *p, struct message *m, struct fid *x, const char *name, int error)
{
    struct p9_node *node;

    error = error ? error : p9_walk(&p->files, x->node, name, &node);
    if (error)
        return error;
    error = put_qid_of(p, m, node);
    p9_node_put(&p->files, node);
    return error;
}

static int t_symlink(struct p9 *p, struct message *m)
{
    struct fid *x = find_fid(p, take32(m));
    char name[NAME_MAX + 2], target[PATH_MAX];
    struct p9_maker maker = { 0 };

    take_string(m, name, sizeof name);
    take_string(m, target, sizeof target);
    maker.gid = take32(m);
    if (m->is_short || !x)
        return m->is_short ? -EINVAL : -EBADF;
    maker.uid = x->uid;
    return answer_made(p, m, x, name, p9_symlink(&p->files, x->node, name, target, &maker));
}

static int t_mknod(struct p9 *p, struct message *m)
{
    struct fid *x = find_fid(p, take32(m));
    char name[NAME_MAX + 2];
    struct p9_maker maker = { 0 };
    uint32_t major, minor;

    take_string(m, name, sizeof name);
    maker.mode = take32(m);
    major = take32(m);
    minor = take32(m);
    maker.gid = take32(m);
    if (m->is_short || !x)
        return m->is_short ? -EINVAL : -EBADF;
    maker.uid = x->uid;
    return answer_made(p, m, x, name, p9_mknod(&p->files, x->node, name, &maker, major, minor));
}

static int t_link(struct p9 *p, struct message *m)
{
    struct fid *dir = find_fid(p, take32(m)), *x = find_fid(p, take32(m));
    char name[NAME_MAX + 2];

    take_string(m, name, sizeof name);
    if (m->is_short || !dir || !x)
        return m->is_short ? -EINVAL : -EBADF;
    return p9_link(&p->files, x->node, dir->node, name);
}

static int t_renameat(struct p9 *p, struct message *m)
{
    struct fid *from, *to;
    char name[NAME_MAX + 2], new_name[NAME_MAX + 2];

    from = find_fid(p, take32(m));
    take_string(m, name, sizeof name);
    to = find_fid(p, take32(m));
    take_string(m, new_name, sizeof new_name);
    if (m->is_short || !from || !to)
        return m->is_short ? -EINVAL : -EBADF;
    return p9_rename(&p->files, from->node, name, to->node, new_name);
}

static int t_rename(struct p9 *p, struct message *m)
{
    struct fid *x = find_fid(p, take32(m)), *to = find_fid(p, take32(m));
    char name[NAME_MAX + 2], old[NAME_MAX + 2];
    struct p9_node *parent;
    int error;

    take_string(m, name, sizeof name);
    if (m->is_short || !x || !to)
        return m->is_short ? -EINVAL : -EBADF;
    if ((error = p9_check_place(&p->files, x->node)))
        return error;
    strcpy(old, x->node->name);
    parent = p9_node_get(x->node->parent);
    error = p9_rename(&p->files, parent, old, to->node, name);
    p9_node_put(&p->files, parent);
    return error;
}

static int t_unlinkat(struct p9 *p, struct message *m)
{
    struct fid *x = find_fid(p, take32(m));
    char name[NAME_MAX + 2];
    uint32_t flags;

    take_string(m, name, sizeof name);
    flags = take32(m);
    if (m->is_short || !x)
        return m->is_short ? -EINVAL : -EBADF;
    return p9_unlink(&p->files, x->node, name, flags & AT_REMOVEDIR);
}

static int t_remove(struct p9 *p, struct message *m)
{
    struct fid **at = place_of(p, take32(m));
    int error;

    if (m->is_short || !*at)
        return -EBADF;
    error = p9_check_place(&p->files, (*at)->node);
    if (!error)
        error = p9_unlink(&p->files, (*at)->node->parent, (*at)->node->name,
                          S_ISDIR((*at)->node->type));
    forget_fid(p, at);
    return error;
}

static int t_readlink(struct p9 *p, struct message *m)
{
    struct fid *x = find_fid(p, take32(m));
    char target[PATH_MAX];
    int length;

    if (m->is_short || !x)
        return -EBADF;
    length = p9_readlink(&p->files, x->node, target, sizeof target);
    if (length < 0)
        return length;
    put_string(m, target, (size_t)length);
    return 0;
}

/* ---- metadata ---- */

static void put_time(struct message *m, struct timespec t)
{
    put(m, (uint64_t)t.tv_sec, 8);
    put(m, (uint64_t)t.tv_nsec, 8);
}

static int t_getattr(struct p9 *p, struct message *m)
{
    enum { BASIC = 0x7ff };
    struct fid *x = find_fid(p, take32(m));
    struct stat s;
    int error;

    take(m, 8); /* what is wanted: it gets what there is */
    if (m->is_short || !x)
        return -EBADF;
    if ((error = p9_stat(&p->files, x->node, &s)))
        return error;
    put(m, BASIC, 8);
    put_qid(p, m, &s);
    put(m, s.st_mode, 4);
    put(m, s.st_uid, 4);
    put(m, s.st_gid, 4);
    put(m, s.st_nlink, 8);
    put(m, s.st_rdev, 8);
    put(m, (uint64_t)s.st_size, 8);
    put(m, (uint64_t)s.st_blksize, 8);
    put(m, (uint64_t)s.st_blocks, 8);
    put_time(m, s.st_atim);
    put_time(m, s.st_mtim);
    put_time(m, s.st_ctim);
    put_time(m, (struct timespec){ 0 }); /* of birth, which BASIC leaves out, as the rest */
    put(m, 0, 8);
    put(m, 0, 8);
    return 0;
}

static int t_setattr(struct p9 *p, struct message *m)
{
    struct fid *x = find_fid(p, take32(m));
    struct p9_attributes a = { .valid = take32(m) };

    a.mode = take32(m);
    a.uid = take32(m);
    a.gid = take32(m);
    a.size = take(m, 8);
    a.atime.tv_sec = (time_t)take(m, 8);
    a.atime.tv_nsec = (long)take(m, 8);
    a.mtime.tv_sec = (time_t)take(m, 8);
    a.mtime.tv_nsec = (long)take(m, 8);
    if (m->is_short || !x)
        return m->is_short ? -EINVAL : -EBADF;
    return p9_set(&p->files, x->node, &a);
}

static int t_statfs(struct p9 *p, struct message *m)
{
    struct fid *x = find_fid(p, take32(m));
    struct statfs s;
    int error;

    if (m->is_short || !x)
        return -EBADF;
    if ((error = p9_statfs(&p->files, x->node, &s)))
        return error;
    put(m, (uint32_t)s.f_type, 4);
    put(m, (uint32_t)s.f_bsize, 4);
    put(m, s.f_blocks, 8);
    put(m, s.f_bfree, 8);
    put(m, s.f_bavail, 8);
    put(m, s.f_files, 8);
    put(m, s.f_ffree, 8);
    put(m, (uint32_t)s.f_fsid.__val[0] | (uint64_t)(uint32_t)s.f_fsid.__val[1] << 32, 8);
    put(m, (uint32_t)s.f_namelen, 4);
    return 0;
}

static int t_xattrwalk(struct p9 *p, struct message *m)
{
    uint32_t number = take32(m), new_number = take32(m);
    struct fid *x = find_fid(p, number), *created;
    char name[XATTR_NAME_MAX + 2];
    uint8_t *value = NULL;
    ssize_t size;
    int error;

    take_string(m, name, sizeof name);
    if (m->is_short || !x || find_fid(p, new_number))
        return m->is_short ? -EINVAL : -EBADF;
    size = p9_get_attribute(&p->files, x->node, name[0] ? name : NULL, NULL, 0);
    if (size < 0)
        return (int)size;
    if (size > ATTRIBUTE_MOST || !(value = malloc((size_t)size + 1)))
        return -ENOSPC;
    size = p9_get_attribute(&p->files, x->node, name[0] ? name : NULL, value, (size_t)size);
    error = size < 0 ? (int)size : add_fid(p, new_number, x->uid, p9_node_get(x->node));
    if (error) {
        free(value);
        return error;
    }
    created = find_fid(p, new_number);
    created->attribute = value;
    created->attribute_size = (uint32_t)size;
    put(m, (uint64_t)size, 8);
    return 0;
}

/* The number stands for the attribute from now on. */
static int t_xattrcreate(struct p9 *p, struct message *m)
{
    struct fid *x = find_fid(p, take32(m));
    char name[XATTR_NAME_MAX + 2];
    uint64_t size;
    uint32_t flags;

    take_string(m, name, sizeof name);
    size = take(m, 8);
    flags = take32(m);
    if (m->is_short || !x || x->attribute || x->fd >= 0)
        return m->is_short ? -EINVAL : -EBADF;
    if (size > ATTRIBUTE_MOST || flags & ~(uint32_t)(XATTR_CREATE | XATTR_REPLACE))
        return size > ATTRIBUTE_MOST ? -ENOSPC : -EINVAL;
    x->attribute_name = strdup(name);
    x->attribute = malloc(size + 1);
    if (!x->attribute_name || !x->attribute) {
        free(x->attribute_name);
        free(x->attribute);
        x->attribute_name = NULL;
        x->attribute = NULL;
        return -ENOMEM;
    }
    x->attribute_size = (uint32_t)size;
    x->attribute_flags = (int)flags;
    return 0;
}

/* ---- locks ---- */

/* Guests keep the locks among their own processes themselves; nobody else is locked out. */
static int t_lock(struct p9 *p, struct message *m)
{
    struct fid *x = find_fid(p, take32(m));

    if (m->is_short || !x)
        return -EBADF;
    put(m, 0, 1); /* granted */
    return 0;
}

static int t_getlock(struct p9 *p, struct message *m)
{
    enum { UNLOCKED = 2 };
    struct fid *x = find_fid(p, take32(m));
    uint64_t start, length;
    uint32_t process;
    char client[256];

    take(m, 1);
    start = take(m, 8);
    length = take(m, 8);
    process = take32(m);
    take_string(m, client, sizeof client);
    if (m->is_short || !x)
        return m->is_short ? -EINVAL : -EBADF;
    put(m, UNLOCKED, 1);
    put(m, start, 8);
    put(m, length, 8);
    put(m, process, 4);
    put_string(m, client, strlen(client));
    return 0;
}

/* ---- all of them ---- */

struct message_row {
    uint8_t type; /* of the request; the answer's is one more */
    const char *name;
    int (*answer)(struct p9 *p, struct message *m);
};

enum { TVERSION = 100, TWRITE = 118 };

static const struct message_row rows[] = {
    { 8, "Tstatfs", t_statfs },
    { 12, "Tlopen", t_lopen },
    { 14, "Tlcreate", t_lcreate },
    { 16, "Tsymlink", t_symlink },
    { 18, "Tmknod", t_mknod },
    { 20, "Trename", t_rename },
    { 22, "Treadlink", t_readlink },
    { 24, "Tgetattr", t_getattr },
    { 26, "Tsetattr", t_setattr },
    { 30, "Txattrwalk", t_xattrwalk },
    { 32, "Txattrcreate", t_xattrcreate },
    { 40, "Treaddir", t_readdir },
    { 50, "Tfsync", t_fsync },
    { 52, "Tlock", t_lock },
    { 54, "Tgetlock", t_getlock },
    { 70, "Tlink", t_link },
    { 72, "Tmkdir", t_mkdir },
    { 74, "Trenameat", t_renameat },
    { 76, "Tunlinkat", t_unlinkat },
    { TVERSION, "Tversion", t_version },
    { 102, "Tauth", t_auth },
    { 104, "Tattach", t_attach },
    { 108, "Tflush", t_flush },
    { 110, "Twalk", t_walk },
    { 116, "Tread", t_read },
    { TWRITE, "Twrite", t_write },
    { 120, "Tclunk", t_clunk },
    { 122, "Tremove", t_remove },
};

static const struct message_row *find_row(uint8_t type)
{
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        if (rows[i].type == type)
            return &rows[i];
    return NULL;
}

static int act(struct p9 *p, struct message *m, uint8_t type)
{
    const struct message_row *row = find_row(type);
    int error;

    if (!row)
        return -EOPNOTSUPP;
    if (!p->agreed && type != TVERSION)
        return -EPROTO;
    error = row->answer(p, m);
    if (error)
        log_trace(LOG_ITEM_P9, "%s: %s", row->name, strerror(-error));
    else
        log_trace(LOG_ITEM_P9, "%s", row->name);
    return error;
}

size_t p9_answer(struct p9 *p, const struct iovec *out, unsigned n_out, const struct iovec *in,
                 unsigned n_in)
{
    size_t there = total(out, n_out), room = total(in, n_in), size;
    uint8_t type;
    struct message m = { .out = out, .in = in, .n_out = n_out, .n_in = n_in };
    int error;

    if (there < P9_HEADER_BYTES || room < P9_HEADER_BYTES + 4)
        return 0;
    gather(out, n_out, 0, p->request, P9_HEADER_BYTES);
    type = p->request[4];
    m.at = p->request;
    m.end = p->request + 4;
    size = take32(&m);
    /* What follows the fixed part of a write stays where it is. */
    m.data_at = WRITE_HEADER;
    if (size < P9_HEADER_BYTES || size > there || size > P9_MESSAGE_MOST)
        size = P9_HEADER_BYTES;
    if (type == TWRITE)
        size = there < WRITE_HEADER ? there : WRITE_HEADER;
    size = P9_HEADER_BYTES + gather(out, n_out, P9_HEADER_BYTES, p->request + P9_HEADER_BYTES,
                                    size - P9_HEADER_BYTES);
    m.at = p->request + P9_HEADER_BYTES;
    m.end = p->request + size;
    m.room = room < P9_MESSAGE_MOST ? (uint32_t)room : P9_MESSAGE_MOST;
    m.to = p->answer + P9_HEADER_BYTES;
    m.to_end = p->answer + m.room;
    error = act(p, &m, type);
    if (error) {
        m.to = p->answer + P9_HEADER_BYTES;
        m.data_size = 0;
        type = ANSWER_TO_LERROR;
        put(&m, (uint32_t)-error, 4);
    }
    size = (size_t)(m.to - p->answer);
    m.to = p->answer;
    put(&m, size + m.data_size, 4);
    put(&m, type + 1U, 1);
    put_bytes(&m, p->request + 5, 2); /* the tag */
    return scatter(in, n_in, 0, p->answer, size) + m.data_size;
}

struct p9 *p9_new(const struct p9_options *options, struct error *err)
{
    struct p9 *p = calloc(1, sizeof *p);

    if (!p || !(p->request = malloc(P9_MESSAGE_MOST)) || !(p->answer = malloc(P9_MESSAGE_MOST))) {
        error_set(err, ERROR_RESOURCE, "out of memory");
        p9_free(p);
        return NULL;
    }
    if (!p9_files_init(&p->files, options, err)) {
        p9_free(p);
        return NULL;
    }
    p9_reset(p);
    return p;
}

void p9_free(struct p9 *p)
{
    if (!p)
        return;
    p9_reset(p);
    if (p->files.root)
        p9_files_destroy(&p->files);
    free(p->request);
    free(p->answer);
    free(p);
}
