/* Raw images: files and block devices of the host.
 *
 * Reads, writes and flushes go through io_uring where the host has it: whoever submits a request hands it to the
 * kernel, one thread takes the ends. What the ring cannot do (discards, short transfers, a kernel without it) is done
 * by a few threads that may wait.
 *
 * With O_DIRECT, what is not aligned as the host wants it goes through the page cache by a second descriptor: the
 * kernel keeps both coherent, and a flush concerns the file, not the descriptor.
 *
 * Locks are those that other emulators of such images take and look for: bytes of the file from 100 on say what we do,
 * from 200 on what we do not tolerate of others. */
#include <config.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "host/block-internal.h"

#ifdef HAVE_LIBURING
#include <liburing.h>
#endif

enum {
    POOL_THREADS = 8,
    RING_ENTRIES = 256,
    SECTOR = 512,
    SMALLEST_PAGE = 4096,
    HEADER_SIZE = 4096,
    MOST_PIECES = 1024, /* IOV_MAX */
    ZEROES = 64 * 1024,
};
/* Bytes of locks. */
enum { LOCK_DOES = 100, LOCK_REFUSES = 200, BYTE_READ = 0, BYTE_WRITE = 1 };

struct file {
    struct block block;
    int fd;          /* with O_DIRECT if asked for */
    int buffered_fd; /* without; fd itself if that is so */
    unsigned alignment; /* of addresses, offsets and sizes through fd */
    bool is_device, discards;
    _Atomic bool no_punch, no_zero; /* the file system said that it can't */
    struct block_pool *pool;
#ifdef HAVE_LIBURING
    bool has_ring;
    struct io_uring ring;
    pthread_mutex_t ring_lock; /* the submission side; the other is the thread's */
    pthread_t thread;
#endif
};

/* ---- doing a request and waiting for it ---- */

static bool is_aligned(const struct file *f, const struct block_request *r)
{
    uintptr_t bits = (uintptr_t)r->offset;

    for (unsigned i = 0; i < r->n_pieces; i++)
        bits |= (uintptr_t)r->pieces[i].iov_base | r->pieces[i].iov_len;
    return !(bits & (f->alignment - 1));
}

static int fd_for(const struct file *f, const struct block_request *r)
{
    return f->fd == f->buffered_fd || is_aligned(f, r) ? f->fd : f->buffered_fd;
}

/* All of one piece. Beyond the end of the file, inside of its last block, are zeros. */
static int transfer_piece(struct file *f, const struct block_request *r, int fd, uint8_t *at, size_t size,
                          uint64_t offset)
{
    while (size) {
        struct iovec v = { at, size };
        ssize_t n = r->op == BLOCK_READ ? preadv(fd, &v, 1, (off_t)offset)
                                        : pwritev2(fd, &v, 1, (off_t)offset, r->fua ? RWF_DSYNC : 0);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EINVAL && fd != f->buffered_fd) {
            /* What is left after a part was done need not be aligned. */
            fd = f->buffered_fd;
            continue;
        }
        if (n < 0)
            return errno;
        if (n == 0) {
            if (r->op != BLOCK_READ)
                return ENOSPC;
            memset(at, 0, size);
            return 0;
        }
        at += n;
        offset += (uint64_t)n;
        size -= (size_t)n;
    }
    return 0;
}

static int transfer(struct file *f, const struct block_request *r)
{
    int fd = fd_for(f, r), error = 0;
    uint64_t offset = r->offset;
    ssize_t n;

    /* Usually all at once. */
    if (r->n_pieces <= MOST_PIECES) {
        n = r->op == BLOCK_READ
                ? preadv(fd, r->pieces, (int)r->n_pieces, (off_t)offset)
                : pwritev2(fd, r->pieces, (int)r->n_pieces, (off_t)offset, r->fua ? RWF_DSYNC : 0);
        if (n >= 0 && (uint64_t)n == r->size)
            return 0;
    }
    for (unsigned i = 0; !error && i < r->n_pieces; i++) {
        error = transfer_piece(f, r, fd, r->pieces[i].iov_base, r->pieces[i].iov_len, offset);
        offset += r->pieces[i].iov_len;
    }
    return error;
}

static int flush(struct file *f)
{
    return f->block.unsafe || f->block.read_only || !fdatasync(f->fd) ? 0 : errno;
}

static bool is_not_supported(int error)
{
    return error == EOPNOTSUPP || error == ENOSYS || error == ENOTTY || error == ENODEV;
}

static int change_range(const struct file *f, const struct block_request *r, unsigned long device_call,
                        int mode)
{
    uint64_t range[2] = { r->offset, r->size };
    int result;

    do
        result = f->is_device ? ioctl(f->fd, device_call, range)
                              : fallocate(f->fd, mode, (off_t)r->offset, (off_t)r->size);
    while (result && errno == EINTR);
    return result ? errno : 0;
}

static int discard(struct file *f, const struct block_request *r)
{
    int error = 0;

    if (!f->discards || f->no_punch)
        return 0;
    error = change_range(f, r, BLKDISCARD, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE);
    if (is_not_supported(error)) {
        /* It is a hint only. */
        f->no_punch = true;
        error = 0;
    }
    return error;
}

static int write_zeroes_by_hand(struct file *f, const struct block_request *r)
{
    static const uint8_t zeroes[ZEROES];
    int error = 0;

    for (uint64_t done = 0; !error && done < r->size;) {
        size_t n = r->size - done < ZEROES ? (size_t)(r->size - done) : ZEROES;

        error = transfer_piece(f, r, f->buffered_fd, (uint8_t *)zeroes, n, r->offset + done);
        done += n;
    }
    return error;
}

static int write_zeroes(struct file *f, const struct block_request *r)
{
    bool unmap = r->may_unmap && f->discards && !f->is_device && !f->no_punch;
    int error = ENOTTY;

    /* A hole keeps the file's size, so that a range beyond it stays unwritten: it reads as zeros all the same. */
    if (unmap)
        error = change_range(f, r, 0, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE);
    if (is_not_supported(error) && !f->no_zero)
        error = change_range(f, r, BLKZEROOUT, FALLOC_FL_ZERO_RANGE);
    if (is_not_supported(error) || error == EINVAL) {
        f->no_zero = true;
        return write_zeroes_by_hand(f, r);
    }
    return !error && r->fua ? flush(f) : error;
}

static int run(struct block *b, struct block_request *r)
{
    struct file *f = (struct file *)b;
    int error = block_check(b, r);

    if (error)
        return error;
    switch (r->op) {
    case BLOCK_READ:
    case BLOCK_WRITE:
        return transfer(f, r);
    case BLOCK_FLUSH:
        return flush(f);
    case BLOCK_DISCARD:
        return r->size ? discard(f, r) : 0;
    case BLOCK_WRITE_ZEROES:
        return r->size ? write_zeroes(f, r) : 0;
    }
    return EINVAL;
}

/* ---- io_uring ---- */

#ifdef HAVE_LIBURING

static void end_one(struct file *f, struct block_request *r, int result)
{
    bool is_whole = r->op == BLOCK_FLUSH ? result == 0 : result >= 0 && (uint64_t)result == r->size;

    if (is_whole)
        block_done(&f->block, r, 0);
    else if (result >= 0 || result == -EAGAIN || result == -EINTR || result == -ECANCELED ||
             result == -EINVAL)
        block_pool_submit(f->pool, r); /* from the beginning, by one who may wait */
    else
        block_done(&f->block, r, -result);
}

static void *take_ends(void *opaque)
{
    struct file *f = opaque;
    struct io_uring_cqe *cqe;

    for (;;) {
        struct block_request *r;
        int result = io_uring_wait_cqe(&f->ring, &cqe);

        if (result == -EINTR || result == -EAGAIN)
            continue;
        if (result < 0) {
            log_line(LOG_ERROR, "block", "io_uring: %s", strerror(-result));
            return NULL;
        }
        r = io_uring_cqe_get_data(cqe);
        result = cqe->res;
        io_uring_cqe_seen(&f->ring, cqe);
        if (!r)
            return NULL; /* the end */
        end_one(f, r, result);
    }
}

static void enter(struct file *f)
{
    int result;

    /* EBUSY and EAGAIN: the thread has to take ends first, or the kernel wants memory. */
    while ((result = io_uring_submit(&f->ring)) < 0 && result != -EBADF)
        usleep(result == -EINTR ? 0 : 100);
}

static bool ring_submit(struct file *f, struct block_request *r)
{
    struct io_uring_sqe *sqe;

    if (r->op == BLOCK_DISCARD || r->op == BLOCK_WRITE_ZEROES || r->n_pieces > MOST_PIECES)
        return false;
    pthread_mutex_lock(&f->ring_lock);
    sqe = io_uring_get_sqe(&f->ring);
    if (sqe) {
        if (r->op == BLOCK_FLUSH)
            io_uring_prep_fsync(sqe, f->fd, IORING_FSYNC_DATASYNC);
        else if (r->op == BLOCK_READ)
            io_uring_prep_readv(sqe, fd_for(f, r), r->pieces, r->n_pieces, r->offset);
        else
            io_uring_prep_writev2(sqe, fd_for(f, r), r->pieces, r->n_pieces, r->offset,
                                  r->fua ? RWF_DSYNC : 0);
        io_uring_sqe_set_data(sqe, r);
        enter(f);
    }
    pthread_mutex_unlock(&f->ring_lock);
    return sqe != NULL;
}

static bool start_ring(struct file *f)
{
    sigset_t all, before;
    int error;

    if (io_uring_queue_init(RING_ENTRIES, &f->ring, IORING_SETUP_CLAMP) < 0)
        return false;
    pthread_mutex_init(&f->ring_lock, NULL);
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    error = pthread_create(&f->thread, NULL, take_ends, f);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    f->has_ring = !error;
    if (error) {
        pthread_mutex_destroy(&f->ring_lock);
        io_uring_queue_exit(&f->ring);
    }
    return f->has_ring;
}

static void stop_ring(struct file *f)
{
    struct io_uring_sqe *sqe;

    if (!f->has_ring)
        return;
    /* Nothing is under way, so that there is room. */
    sqe = io_uring_get_sqe(&f->ring);
    io_uring_prep_nop(sqe);
    io_uring_sqe_set_data(sqe, NULL);
    enter(f);
    pthread_join(f->thread, NULL);
    io_uring_queue_exit(&f->ring);
    pthread_mutex_destroy(&f->ring_lock);
}

#else

static bool ring_submit(struct file *f, struct block_request *r)
{
    (void)f;
    (void)r;
    return false;
}

static bool start_ring(struct file *f)
{
    (void)f;
    return false;
}

static void stop_ring(struct file *f)
{
    (void)f;
}

#endif

static bool has_ring(const struct file *f)
{
#ifdef HAVE_LIBURING
    return f->has_ring;
#else
    (void)f;
    return false;
#endif
}

static void submit(struct block *b, struct block_request *r)
{
    struct file *f = (struct file *)b;
    bool is_void = r->op == BLOCK_FLUSH ? b->unsafe || b->read_only : !r->size;

    if (!is_void && has_ring(f) && !block_check(b, r) && ring_submit(f, r))
        return;
    block_pool_submit(f->pool, r);
}

static void close_file(struct block *b)
{
    struct file *f = (struct file *)b;

    stop_ring(f);
    block_pool_free(f->pool);
    if (f->buffered_fd >= 0 && f->buffered_fd != f->fd)
        close(f->buffered_fd);
    if (f->fd >= 0)
        close(f->fd); /* with its locks */
    block_fini(b);
    free(f);
}

static int resize_file(struct block *b, uint64_t size)
{
    const struct file *f = (const struct file *)b;

    if (f->is_device)
        return ENOTSUP;
    return ftruncate(f->buffered_fd, (off_t)size) ? errno : 0;
}

static const struct block_kind file_kind = { .submit = submit, .resize = resize_file, .close = close_file };

/* ---- opening ---- */

static const struct {
    unsigned offset;
    const char *magic;
    unsigned size;
    const char *format;
} headers[] = {
    { 0, "QFI\xfb", 4, "qcow2" },
    { 0, "QED", 4, "qed" },
    { 0, "KDMV", 4, "vmdk" },
    { 0, "# Disk DescriptorFile", 21, "vmdk" },
    { 0, "vhdxfile", 8, "vhdx" },
    { 0, "conectix", 8, "vpc" },
    { 0, "LUKS\xba\xbe", 6, "luks" },
    { 64, "\x7f\x10\xda\xbe", 4, "vdi" },
};

static const char *format_by_header(int fd)
{
    uint8_t header[HEADER_SIZE] = { 0 };

    if (pread(fd, header, sizeof header, 0) < 0)
        return NULL;
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++)
        if (!memcmp(header + headers[i].offset, headers[i].magic, headers[i].size))
            return headers[i].format;
    return NULL;
}

/* A guest can write another format's header into its raw image; were that believed the next time, it could name any
 * file of ours as its backing file. So nothing is believed that is not said. */
static bool check_format(const struct file *f, const struct block_options *o, struct error *err)
{
    const char *format;

    if (o->format)
        return true;
    format = format_by_header(f->buffered_fd);
    if (format) {
        error_set(err, ERROR_FORMAT, "'%s' looks like %s, and its format is not given", o->file, format);
        error_hint(err, "add format=%s; or format=raw, to give the guest the bytes as they are", format);
        return false;
    }
    if (o->read_only)
        return true;
    error_set(err, ERROR_USAGE, "the format of '%s', which is to be written, is not given", o->file);
    error_hint(err, "add format=raw (-drive file=%s,format=raw)", o->file);
    return false;
}

static bool lock_byte(int fd, off_t byte)
{
    struct flock lock = { .l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1 };

    /* A file system without locks is no reason to refuse. */
    return !fcntl(fd, F_OFD_SETLK, &lock) || (errno != EAGAIN && errno != EACCES);
}

static bool others_hold(int fd, off_t byte)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1 };

    return !fcntl(fd, F_OFD_GETLK, &lock) && lock.l_type != F_UNLCK;
}

static bool take_locks(const struct file *f, const struct block_options *o, struct error *err)
{
    bool ok;

    if (o->unlocked)
        return true;
    /* First all of ours, then a look at those of others: of two who come at once, one at least sees the other. */
    ok = lock_byte(f->fd, LOCK_DOES + BYTE_READ) &&
         (o->read_only || lock_byte(f->fd, LOCK_DOES + BYTE_WRITE)) &&
         (o->share_rw || lock_byte(f->fd, LOCK_REFUSES + BYTE_WRITE)) &&
         !others_hold(f->fd, LOCK_REFUSES + BYTE_READ) &&
         (o->read_only || !others_hold(f->fd, LOCK_REFUSES + BYTE_WRITE)) &&
         (o->share_rw || !others_hold(f->fd, LOCK_DOES + BYTE_WRITE));
    if (ok)
        return true;
    error_set(err, ERROR_FILE, "'%s' is in use by another program", o->file);
    error_hint(err, "end it (another lpar or QEMU?); readonly=on on both sides lets both read it");
    return false;
}

static bool find_size(struct file *f, const char *name, struct error *err)
{
    struct stat st;
    off_t end;

    if (fstat(f->fd, &st))
        return error_set(err, ERROR_FILE, "can't look at '%s': %s", name, strerror(errno));
    if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode)) {
        error_set(err, ERROR_FILE, "'%s' is neither a file nor a block device", name);
        error_hint(err, "name an image file");
        return false;
    }
    f->is_device = S_ISBLK(st.st_mode);
    end = lseek(f->fd, 0, SEEK_END);
    if (end < 0)
        return error_set(err, ERROR_FILE, "can't find the size of '%s': %s", name, strerror(errno));
    f->block.size = ((uint64_t)end + SECTOR - 1) / SECTOR * SECTOR;
    return true;
}

/* What O_DIRECT wants is found by trying: the same size of block is asked of addresses, too. */
static void find_alignment(struct file *f)
{
    void *page;

    f->alignment = 1;
    if (f->fd == f->buffered_fd)
        return;
    f->alignment = SMALLEST_PAGE;
    if (posix_memalign(&page, 2 * SMALLEST_PAGE, SMALLEST_PAGE))
        return;
    if (pread(f->fd, (uint8_t *)page + SECTOR, SECTOR, SECTOR) >= 0)
        f->alignment = SECTOR;
    free(page);
    f->block.host_block_size = f->alignment;
}

static int open_once(const struct block_options *o, int flags)
{
    return open(o->file, (o->read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NOCTTY | flags);
}

static bool open_descriptors(struct file *f, const struct block_options *o, struct error *err)
{
    bool direct = o->cache == BLOCK_CACHE_NONE || o->cache == BLOCK_CACHE_DIRECTSYNC;

    f->buffered_fd = open_once(o, 0);
    if (f->buffered_fd < 0) {
        error_set(err, ERROR_FILE, "can't open '%s': %s", o->file, strerror(errno));
        if (errno == ENOENT)
            error_hint(err, "make it first: truncate -s 10G %s", o->file);
        else
            error_hint(err, errno == EACCES && !o->read_only ? "you may not write to it; add readonly=on"
                                                             : "name an image file");
        return false;
    }
    f->fd = f->buffered_fd;
    if (!direct)
        return true;
    f->fd = open_once(o, O_DIRECT);
    if (f->fd >= 0)
        return true;
    error_set(err, ERROR_FILE, "can't open '%s' past the page cache: %s", o->file, strerror(errno));
    error_hint(err, "choose cache=writeback");
    return false;
}

struct block *block_file_open(const struct block_options *o, struct error *err)
{
    struct file *f = calloc(1, sizeof *f);
    bool through = o->cache == BLOCK_CACHE_WRITETHROUGH || o->cache == BLOCK_CACHE_DIRECTSYNC;

    if (!f) {
        error_set(err, ERROR_RESOURCE, "out of memory");
        return NULL;
    }
    block_init(&f->block, &file_kind);
    f->fd = f->buffered_fd = -1;
    f->block.read_only = o->read_only;
    f->block.unsafe = o->cache == BLOCK_CACHE_UNSAFE;
    f->block.sync_writes = through;
    f->block.write_cache = !o->read_only && !through;
    f->discards = f->block.can_discard = o->discard && !o->read_only;
    if (!open_descriptors(f, o, err) || !find_size(f, o->file, err) || !take_locks(f, o, err) ||
        !check_format(f, o, err))
        goto fail;
    find_alignment(f);
    f->pool = block_pool_new(&f->block, POOL_THREADS, run);
    if (!f->pool) {
        error_set(err, ERROR_RESOURCE, "can't make threads for '%s'", o->file);
        goto fail;
    }
    if (o->aio != BLOCK_AIO_THREADS && !start_ring(f) && o->aio == BLOCK_AIO_URING) {
        error_set(err, ERROR_UNSUPPORTED, "aio=io_uring: this host or build has no io_uring");
        error_hint(err, "choose aio=threads, or leave it out");
        goto fail;
    }
    return &f->block;
fail:
    close_file(&f->block);
    return NULL;
}
